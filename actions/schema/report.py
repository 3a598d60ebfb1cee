"""Category, place, description, photo; submit; then followed until it is closed."""

from typing import Literal, Self

from pydantic import Field, model_validator

from actions.schema.field import FormService
from desk.contract.wire import Slug

CATEGORY, PLACE, PHONE, PHOTO, DESCRIPTION = "category", "place", "phone", "photo", "description"
"""Names of fields that the kind itself knows. All but the photo are needed."""
CATEGORIES = "categories"
"""What `options_from` of the category says: the agency's system knows them."""


class ReportService(FormService):
    """The kind `report`."""

    kind: Literal["report"]
    backend: Slug = Field("open311", description="The city file's name for the address of the agency's system.")
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
