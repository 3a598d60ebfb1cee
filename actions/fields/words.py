"""Somebody's own words, as they were written. Taken only where they are asked for."""

from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.correction import Correction
from values.definition import Accepted, Reading, Rejected

LONGEST = 500


class Words:
    """`words`: read as they are, without what surrounds them."""

    def read(self, written: str) -> Reading:
        plain = " ".join(written.split())
        return Accepted(plain[:LONGEST]) if plain else Rejected("form.no_such_option", {"written": written})

    def find(self, text: str) -> Sequence[str]:  # noqa: ARG002 - any words may be these
        return ()

    def attempts(self, text: str) -> bool:  # noqa: ARG002 - any words may be these
        return False

    def shown(self, value: str) -> JsonValue:
        return value

    def corrected(self, value: str, said: Correction) -> str | None:  # noqa: ARG002 - they are given anew
        return None
