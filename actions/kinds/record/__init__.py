"""The kind `record`: prove identity by a one-time code to the telephone that the agency holds, look up, show."""

from actions.kinds.record.handler import RecordHandler, open_record

__all__ = ["RecordHandler", "open_record"]
