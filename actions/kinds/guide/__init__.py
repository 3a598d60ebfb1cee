"""The kind `guide`: answers from published guides. May say nothing of a matter that stands in no guide."""

from actions.kinds.guide.handler import GuideHandler, open_guide

__all__ = ["GuideHandler", "open_guide"]
