"""Identify, look up, show; then pay."""

from typing import Literal, Self

from pydantic import Field, model_validator

from actions.services.field import FormService
from desk.cities import Slug

TEXTS = ("item", "item_title", "item_short", "result", "result_more", "nothing_due", "next_step", "another")
"""Texts of a bill, `<service>.<text>`, besides `refused_<field>`, `too_many_wrong` and `order_subject`."""


class BillService(FormService):
    """The kind `bill`."""

    kind: Literal["bill"]
    backend: Slug = Field(description="The client of the agency's system, and the city file's name for its address.")
    subject: Slug = Field(description="The field that names what the bill is about; the others prove the right to it.")
    item_facts: list[Slug] = Field(description="Facts of an item, in order; their labels are `card.<fact>`.")
    settle_words: list[str] = Field(
        default_factory=list, description="Words by which a sentence wants to settle what was just shown."
    )
    again_words: list[str] = Field(
        default_factory=list, description="Words by which a sentence asks again about what was just shown."
    )
    other_words: list[str] = Field(
        default_factory=list, description="Words by which a sentence means another subject than the one just shown."
    )

    @model_validator(mode="after")
    def _names_its_subject(self) -> Self:
        names = [field.name for field in self.fields]
        if self.subject not in names:
            raise ValueError(f"subject {self.subject!r} is none of the fields {', '.join(names)}")
        return self

    def texts(self, name: str) -> frozenset[str]:
        said = {f"{name}.{text}" for text in (*TEXTS, "too_many_wrong", "order_subject")}
        said |= {f"{name}.refused_{field.name}" for field in self.fields}
        return super().texts(name) | said | {f"card.{fact}" for fact in self.item_facts}
