"""Category, place, description, photo; submit; then followed until it is closed."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from actions.services.field import FormService
from actions.services.file import Key, ServiceModel
from desk.cities import Slug

CATEGORY, PLACE, PHONE, PHOTO, DESCRIPTION = "category", "place", "phone", "photo", "description"
"""Names of fields that the kind itself knows. All but the photo are needed."""
CATEGORIES = "categories"
"""What `options_from` of the category says: the agency's system knows them."""


class Danger(ServiceModel):
    """Something that cannot wait for a report: whom to call is said before anything else."""

    words: Annotated[list[str], Field(min_length=1)] = Field(description="Words by which a sentence tells of it.")
    phones: Annotated[list[Annotated[str, Field(pattern=r"^[0-9-]{3,12}$")]], Field(min_length=1)] = Field(
        description="Numbers of the whole country."
    )
    hotline: Slug | None = Field(None, description="A number that city files name by this (`hotlines`), said first.")
    text: Key = Field(description="What to do; {phones} are the numbers.")


class ReportService(FormService):
    """The kind `report`."""

    kind: Literal["report"]
    backend: Slug = Field("open311", description="The city file's name for the address of the agency's system.")
    dangers: list[Danger] = Field(default_factory=list, description="What cannot wait.")
    attribute_entities: dict[str, Slug] = Field(
        default_factory=dict, description="Codes of attributes of categories that an entity of the sentence answers."
    )
    opening_words: list[str] = Field(
        default_factory=list, description="Words that only say that something is reported, and nothing of it."
    )

    @model_validator(mode="after")
    def _has_its_fields(self) -> Self:
        names = {field.name for field in self.fields}
        if missing := sorted({CATEGORY, PLACE, PHONE, DESCRIPTION} - names):
            raise ValueError(f"a report needs the fields {', '.join(missing)}")
        if self.field(CATEGORY).options_from != CATEGORIES:
            raise ValueError(f"the category of a report has `options_from: {CATEGORIES}`")
        return self

    def texts(self, name: str) -> frozenset[str]:
        return super().texts(name) | {danger.text for danger in self.dangers}
