"""What a resident gives: the fields of a service, as its file declares them."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from actions.fields.kinds import FIELD_KINDS
from actions.schema.file import Key, ServiceFile, ServiceModel
from desk.city.files import Document, Names
from desk.contract.wire import Slug

CHOICE, IDENTITY = "choice", "id_number"


class DeclaredOption(ServiceModel):
    """One of the things that can be chosen, where they are the same in every city."""

    value: Slug
    names: Names
    also: list[str] = Field(default_factory=list, description="Further words that mean it.")


EXAMPLED = frozenset({"place", "plate"})
"""Validations that say what a value looks like when one is none: they need an example."""


class ServiceField(ServiceModel):
    """One thing that a resident gives."""

    entity: Slug = Field(description="The entity that carries it, and `asks_for` of the API.")
    as_: Slug | None = Field(
        None, alias="as", description="The field's name, where one entity is given for several fields (two persons)."
    )
    validation: str = Field(description="How it is read and checked: a type of values/types/, or choice, photo, words.")
    ask: Key = Field(description="The question.")
    ask_if_optional: Key | None = Field(
        None, description="The question where a city's agency does without it: it may be skipped then."
    )
    example: Names | None = Field(
        None, description="What {example} of its texts says where a city file has none of its own (`examples`)."
    )
    whose: list[str] = Field(
        default_factory=list,
        description="Words by which residents say that a value is this person's, where one entity is given for several"
        " fields (my, her): Simplified or English.",
    )
    no_choice: list[str] = Field(
        default_factory=list,
        description="Names that hold the words of an option and choose none (a permit for two places is no wish for"
        " both): Simplified or English.",
    )
    help: Key | None = Field(None, description="Where it is found; said when the question did not help.")
    called: list[str] = Field(
        default_factory=list,
        description="Words by which residents call it, Simplified or English: who asks what that is while another field"
        " is asked for hears its `help`.",
    )
    why: Key | None = Field(None, description="Why it is asked, and by whom ({agency}). Needed for personal data.")
    noted: Key | None = Field(
        "form.noted", description="Said when it was taken and something else is still missing; null where that shows."
    )
    changed: Key = Field("form.changed", description="Said when it was corrected.")
    personal: bool = Field(False, description="Personal data: a notice stands beside the question; dropped in silence.")
    optional: bool = Field(False, description="The resident may skip it.")
    documents: list[Document] = Field(
        default_factory=list,
        description="Of an id_number: documents whose numbers an agency may take in its place, `passport`,"
        " `hk_macau_permit` or `taiwan_permit`; which ones it does, each city says (`documents`).",
    )
    ask_with_documents: Key | None = Field(
        None, description="The question where some are taken; its {documents} names them."
    )
    options: list[DeclaredOption] = Field(default_factory=list, description="Of a choice: what there is.")
    options_from: Slug | None = Field(
        None, description="Of a choice, where the agency's system says what there is: which of its lists; see the kind."
    )
    everyday: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Of a choice: what residents call an option, by one of the agency's own names for it (Simplified).",
    )

    @property
    def name(self) -> str:
        """The field's name: also that of its label, `card.<name>`."""
        return self.as_ or self.entity

    def left_out_at_will(self) -> Self:
        """The same field where it need not be given."""
        return self.model_copy(update={"optional": True, "ask": self.ask_if_optional or self.ask})

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.validation not in FIELD_KINDS:
            raise ValueError(f"validation {self.validation!r} is unknown; there are {', '.join(sorted(FIELD_KINDS))}")
        if self.personal and self.why is None:
            raise ValueError(f"{self.name} is personal data: give `why`")
        if self.validation in EXAMPLED and self.example is None:
            raise ValueError(f"{self.name} is a {self.validation}: give an `example`")
        if self.called and self.help is None:
            raise ValueError(f"{self.name} says what it is `called`: give the `help` that is said of it")
        if self.documents and (self.validation != IDENTITY or self.ask_with_documents is None):
            raise ValueError(f"{self.name} takes other documents: it is an {IDENTITY}, and has `ask_with_documents`")
        if self.everyday and self.validation != CHOICE:
            raise ValueError(f"{self.name} is no choice: it has no `everyday` names")
        if self.validation == CHOICE and bool(self.options) == bool(self.options_from):
            raise ValueError(f"{self.name} is a choice: give either `options` or `options_from`")
        return self


class FormService(ServiceFile):
    """A service that asks for something. The base of all kinds with fields."""

    fields: Annotated[list[ServiceField], Field(min_length=1)] = Field(description="In the order they are asked.")

    takes_documents: ClassVar[bool] = False
    """Whether the contract of the kind's agencies has a place for other documents than resident identity cards."""

    @model_validator(mode="after")
    def _takes_what_its_agencies_can(self) -> Self:
        if not self.takes_documents and (named := [one.name for one in self.fields if one.documents]):
            raise ValueError(
                f"agencies of this kind know people by id numbers: {', '.join(named)} takes no `documents`"
            )
        return self

    @model_validator(mode="after")
    def _names_are_different(self) -> Self:
        names = [field.name for field in self.fields]
        if len(set(names)) < len(names):
            raise ValueError(f"two fields have one name in {', '.join(names)}; name one with `as`")
        return self

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(field.entity for field in self.fields))

    @property
    def personal(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields if field.personal)

    @property
    def optional(self) -> frozenset[str]:
        """Names of the fields that may be skipped."""
        return frozenset(field.name for field in self.fields if field.optional)

    def texts(self, name: str) -> frozenset[str]:
        said = {
            key
            for field in self.fields
            for key in (
                field.ask,
                field.ask_with_documents,
                field.ask_if_optional,
                field.help,
                field.why,
                field.noted,
                field.changed,
                f"card.{field.name}",
                *(f"card.{document}" for document in field.documents),
            )
            if key is not None
        }
        return super().texts(name) | said

    def field(self, name: str) -> ServiceField:
        """The field of a name.

        Raises:
            KeyError: there is none.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
