"""Prove identity, look up, show."""

from typing import Literal, Self

from pydantic import Field, model_validator

from actions.schema.field import FormService
from desk.contract.wire import Slug

ID_NUMBER, CODE = "id_number", "one_time_code"
"""The two fields of every record: whose it is, and the proof."""
TEXTS = ("not_found", "also")


class RecordService(FormService):
    """The kind `record`."""

    kind: Literal["record"]
    backend: Slug = Field("records", description="The city file's name for the address of the agency's system.")
    other_words: list[str] = Field(default_factory=list, description="Words that mean somebody else's record: refused.")

    @model_validator(mode="after")
    def _has_its_fields(self) -> Self:
        names = [field.name for field in self.fields]
        if names != [ID_NUMBER, CODE]:
            raise ValueError(f"a record has the fields {ID_NUMBER} and {CODE}, not {', '.join(names)}")
        return self

    def texts(self, name: str) -> frozenset[str]:
        return super().texts(name) | {f"{name}.{text}" for text in TEXTS}
