"""What can fail in a turn, as problem+json (RFC 9457).

The table of `docs/explanation/contracts.md`. A failure is never an empty list: it is one of these.
"""

import json
from typing import Dict, Tuple

# type: (status, title)
_PROBLEMS: Dict[str, Tuple[int, str]] = {
    "bad-request": (400, "The request is not the contract."),
    "not-found": (404, "There is nothing here."),
    "state-unreadable": (422, "The state is not one this bot wrote."),
    "turn-failed": (500, "The turn failed."),
    "not-ready": (503, "No model is loaded yet."),
    "overloaded": (503, "Too many turns at once."),
    "actions-unreachable": (503, "The actions server cannot be reached."),
    "actions-timeout": (504, "The actions server took too long."),
}

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """A turn failed. `kind` is the stable type; `detail` says more and never quotes a resident."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.status, self.title = _PROBLEMS[kind]

    def body(self) -> bytes:
        """The document to answer with."""
        document = {"type": self.kind, "title": self.title, "status": self.status, "detail": self.detail}
        return json.dumps(document, ensure_ascii=False).encode()
