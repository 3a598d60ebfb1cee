"""Services as data: what `nlu/<service>/service.yml` may say, read and checked. May not know any one service.

A service file names a kind, which runs it, and texts by key. A folder of `nlu/` without a service file is something
the account understands and does not offer. The fields are described in docs/reference/service-files.md.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from actions.fields.kinds import FIELD_KINDS
from desk.cities import Slug
from desk.errors import ConfigurationError

FILE = "service.yml"

type Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="A key of the catalogs.")]


class ServiceModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServiceField(ServiceModel):
    """One thing that a resident gives."""

    entity: Slug = Field(description="The entity that carries it; also the field's name, and `asks_for` of the API.")
    validation: str = Field(description="How it is read and checked: a name of actions/fields/kinds.py.")
    ask: Key = Field(description="The question.")
    help: Key = Field(description="Where it is found; said when the question did not help.")
    why: Key | None = Field(None, description="Why it is asked, and by whom ({agency}). Needed for personal data.")
    noted: Key = Field(description="Said when it was taken and something else is still missing.")
    changed: Key = Field(description="Said when it was corrected.")
    personal: bool = Field(False, description="Personal data: a notice stands beside the question; dropped in silence.")
    confirm: Literal["in_result"] = Field(
        "in_result", description="How it is confirmed. in_result: the result names it; nothing is booked before."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.validation not in FIELD_KINDS:
            raise ValueError(f"validation {self.validation!r} is unknown; there are {', '.join(sorted(FIELD_KINDS))}")
        if self.personal and self.why is None:
            raise ValueError(f"{self.entity} is personal data: give `why`")
        return self


class ServiceFile(ServiceModel):
    """What every service says of itself."""

    title: Key = Field(description="Its name on buttons and in sentences.")
    description: Key = Field(description="One sentence: what it does.")
    takes_location: bool = Field(False, description="A shared location alone begins it.")


class CodeService(ServiceFile):
    """A service with its own module in actions/."""

    kind: Literal["code"]
    takes: list[Slug] = Field(default_factory=list, description="Entities that, given alone, may begin it.")

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(self.takes)

    @property
    def personal(self) -> frozenset[str]:
        return frozenset()


class BillService(ServiceFile):
    """Identify, look up, show; then pay."""

    kind: Literal["bill"]
    backend: Slug = Field(description="The client of the agency's system, and the city file's name for its address.")
    fields: Annotated[list[ServiceField], Field(min_length=1)] = Field(description="In the order they are asked.")
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
        if self.subject not in self.entities:
            raise ValueError(f"subject {self.subject!r} is none of the fields {', '.join(self.entities)}")
        return self

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(field.entity for field in self.fields)

    @property
    def personal(self) -> frozenset[str]:
        return frozenset(field.entity for field in self.fields if field.personal)

    def field(self, entity: str) -> ServiceField:
        return next(field for field in self.fields if field.entity == entity)


type Service = CodeService | BillService


class _File(ServiceModel):
    service: Annotated[Service, Field(discriminator="kind")]


def load_service(path: Path) -> Service:
    """Read one service file.

    Raises:
        ConfigurationError: it is not YAML or breaks the schema.
    """
    try:
        return _File.model_validate({"service": yaml.safe_load(path.read_text(encoding="utf-8"))}).service
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as exc:
        raise ConfigurationError(
            f"{path.parent.name}/{path.name}: {exc}. Mend the file; its fields are in docs/reference/service-files.md."
        ) from exc


def load_services(folder: Path) -> dict[str, Service]:
    """Read all service files of `nlu/`, by intent name, in alphabetical order.

    Raises:
        ConfigurationError: there is none, or one is wrong.
    """
    services = {path.parent.name: load_service(path) for path in sorted(folder.glob(f"*/{FILE}"))}
    if not services:
        raise ConfigurationError(f"No service file in {folder}. Add one with: uv run desk new service NAME")
    return services
