"""Identify, look up, show; then pay."""

from typing import Literal, Self

from pydantic import Field, model_validator

from actions.schema.field import CHOICE, DeclaredOption, FormService
from actions.schema.file import ServiceModel
from desk.contract.wire import Slug

TEXTS = ("item", "item_title", "item_short", "result", "result_more", "nothing_due", "next_step", "another")
"""Texts of a bill, `<service>.<text>`, besides `refused_<field>`, `too_many_wrong` and `order_subject`."""
DIVIDED_TEXTS = ("offer_all", "not_here", "not_in_this_city", "in_turn", "passed_over")
"""Texts of a bill that is divided."""
KEPT_TEXTS = ("keep", "kept", "forget", "forgotten", "which_to_forget", "saved")
"""Texts of a bill that offers to keep values for the next time."""


class Division(ServiceModel):
    """How a service is divided by a choice: each of its options has an agency of its own and subjects of its own."""

    field: Slug = Field(description="The choice. City files name the agency of each option (`agencies`).")
    together: dict[str, list[Slug]] = Field(
        default_factory=dict,
        description="Words that mean several options at once ('water and power'), with these.",
    )
    not_here: list[DeclaredOption] = Field(
        default_factory=list,
        description="What is asked for in the same way and cannot be had here; city files may name its agency, too.",
    )


class Keeping(ServiceModel):
    """That a subject may be kept for the next time, by a button or by words."""

    words: list[str] = Field(description="Words by which a resident wants what was just shown to be kept.")
    forget_words: list[str] = Field(description="Words by which a resident does not want it kept any longer.")


class Note(ServiceModel):
    """What is said to certain words, before all else: that something cannot be done here."""

    words: list[str]
    text: Slug = Field(description="The text is `<service>.<text>`; its arguments are {agency} and {phone}.")


class BillService(FormService):
    """The kind `bill`."""

    kind: Literal["bill"]
    backend: Slug = Field(description="The client of the agency's system, and the city file's name for its address.")
    subject: Slug = Field(description="The field that names what the bill is about; the others prove the right to it.")
    item_facts: list[Slug] = Field(description="Facts of an item, in order; their labels are `card.<fact>`.")
    divided: Division | None = Field(None, description="Where one service bills for several agencies.")
    keeping: Keeping | None = Field(None, description="Where the subject may be kept for the next time.")
    notes: list[Note] = Field(default_factory=list, description="What is said first to certain words.")
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
    def _names_its_fields(self) -> Self:
        names = [field.name for field in self.fields]
        if self.subject not in names:
            raise ValueError(f"subject {self.subject!r} is none of the fields {', '.join(names)}")
        if self.subject in self.optional:
            raise ValueError(f"a bill is not found without its subject {self.subject}: not `optional`")
        if self.divided is not None:
            options = self._options(self.divided.field)
            if unknown := {one for several in self.divided.together.values() for one in several} - options:
                raise ValueError(f"divided.together names {', '.join(sorted(unknown))}, which are no options")
        return self

    def _options(self, name: str) -> set[str]:
        """Values of the choice that divides the service."""
        choice = next((one for one in self.fields if one.name == name and one.validation == CHOICE), None)
        if choice is None or not choice.options:
            raise ValueError(f"divided.field {name!r} is no field that is a choice with options")
        return {one.value for one in choice.options}

    def texts(self, name: str) -> frozenset[str]:
        said = {f"{name}.{text}" for text in (*TEXTS, "too_many_wrong", "order_subject")}
        said |= {f"{name}.refused_{field.name}" for field in self.fields}
        said |= {f"{name}.{note.text}" for note in self.notes}
        if self.divided is not None:
            said |= {f"{name}.{text}" for text in DIVIDED_TEXTS}
        if self.keeping is not None:
            said |= {f"{name}.{text}" for text in KEPT_TEXTS}
        return super().texts(name) | said | {f"card.{fact}" for fact in self.item_facts}
