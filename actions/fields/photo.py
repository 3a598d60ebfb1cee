"""A picture that was sent as a file: its id. It is never read from words."""

from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.correction import Correction
from desk.contract.messages import Text
from values.definition import Accepted, Reading


class Photo:
    """`photo`: the value is the id of a stored file."""

    def read(self, written: str) -> Reading:
        return Accepted(written)

    def find(self, text: str) -> Sequence[str]:  # noqa: ARG002 - words are no picture
        return ()

    def attempts(self, text: str) -> bool:  # noqa: ARG002 - words are no picture
        return False

    def shown(self, value: str) -> JsonValue:  # noqa: ARG002 - every picture is shown by the same word
        return {"text": Text(key="card.photo_attached").model_dump()}

    def corrected(self, value: str, said: Correction) -> str | None:  # noqa: ARG002 - another picture is sent
        return None
