"""One name for all that is done about a message, in every role's log: the trace id of W3C Trace Context.

It follows from the conversation and the message, so that every role knows it without being told, also when a turn is
repeated by another worker. It says nothing of either. Between roles, and to the systems of cities, it travels as
`traceparent` (https://www.w3.org/TR/trace-context/) beside what is signed: nobody acts on it. Standard library only.
"""

import hashlib
import re
from typing import Optional

HEADER = "traceparent"
_FORM = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}")


def trace_of(conversation: str, message: str) -> str:
    """The trace of a message: 32 hexadecimal digits, never all zero."""
    return hashlib.sha256(f"trace\n{conversation}\n{message}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def traceparent(trace: str) -> str:
    """The header's value. The span is the trace's own first: whoever keeps spans names others."""
    return f"00-{trace}-{trace[16:]}-01"


def passed_on(header: Optional[str]) -> Optional[str]:
    """The header as it came, for whoever keeps no spans and asks a third; None where there is none that can be read."""
    return None if read(header) is None else header


def read(header: Optional[str]) -> Optional[str]:
    """The trace of a header; None where there is none that can be read."""
    found = _FORM.fullmatch(header or "")
    return None if found is None or set(found["trace"]) == {"0"} else found["trace"]
