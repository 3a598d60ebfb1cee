"""Eligibility, form, papers, fee; submitted on a yes; then followed."""

from typing import Literal, Self

from pydantic import Field, model_validator

from actions.schema.eligibility import Rule, judged
from actions.schema.field import FormService
from actions.schema.file import Key
from actions.schema.further import Further
from desk.contract.refunds import RefundRule
from desk.contract.wire import Slug

TEXTS = ("submitted", "about", "refused_person")


class ApplicationService(FormService):
    """The kind `application`."""

    kind: Literal["application"]
    backend: Slug = Field("applications", description="The city file's name for the address of the agency's system.")
    defaults: dict[Slug, str] = Field(
        default_factory=dict,
        description="Values that are taken unless another is given; the summary shows them.",
    )
    proved_by: Slug = Field(description="The field that is asked for again where the agency does not know the person.")
    subject: Slug = Field(description="The field that names what is applied for, in lists.")
    eligibility: list[Rule] = Field(default_factory=list, description="Rules on id numbers, on the day of applying.")
    refund: RefundRule | None = Field(
        None,
        description="What of a fee that was paid here goes back: `none`, or what a `clerk` decides.",
    )
    requirements: Key | None = Field(None, description="Who may apply, and with which papers; said on request.")
    requirements_words: list[str] = Field(
        default_factory=list, description="Words by which a sentence asks what is needed."
    )
    further: list[Further] = Field(default_factory=list, description="What is needed in special cases.")
    status_words: list[str] = Field(
        default_factory=list, description="Words by which a sentence asks how one that was submitted is getting on."
    )

    @model_validator(mode="after")
    def _names_its_fields(self) -> Self:
        names = {field.name for field in self.fields}
        wanted = {*self.defaults, self.proved_by, self.subject}
        wanted |= judged(self.eligibility)
        if missing := sorted(wanted - names):
            raise ValueError(f"{', '.join(missing)} is none of the fields {', '.join(sorted(names))}")
        if may := sorted({self.proved_by, self.subject} & self.optional):
            raise ValueError(f"an application is not made without {', '.join(may)}: not `optional`")
        if self.refund is not None and (self.refund.full_until_hours is not None or self.refund.otherwise == "half"):
            raise ValueError("what was applied for cannot be given up here: refund is otherwise: none, or clerk")
        if self.requirements_words and self.requirements is None:
            raise ValueError("there are requirements_words and no `requirements`")
        return self

    def texts(self, name: str) -> frozenset[str]:
        own = {self.requirements} if self.requirements is not None else set()
        built = {f"{name}.{text}" for text in TEXTS}
        rules, cases = {rule.text for rule in self.eligibility}, {one.text for one in self.further}
        return super().texts(name) | own | built | rules | cases
