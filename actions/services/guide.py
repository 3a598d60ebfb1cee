"""Answer from the agencies' published guides."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from actions.services.file import ServiceFile
from desk.cities import Slug

ABOUT = ("fee", "days", "who", "steps", "papers", "place", "hours", "source")
"""What may be asked about a guide: parts of its text, and the hours and telephone of its agency."""


class GuideService(ServiceFile):
    """The kind `guide`. Words are in Simplified characters and lower case; so is what they are compared with."""

    kind: Literal["guide"]
    about_words: dict[str, list[str]] = Field(description="Words by which a sentence asks about a part of a guide.")
    same_words: dict[str, list[str]] = Field(
        description="Words that mean the same, by the one that stands for them: spellings, Cantonese, English."
    )
    empty_words: list[str] = Field(description="Words that say nothing of the matter.")
    suggested: Annotated[list[Slug], Field(max_length=8)] = Field(
        default_factory=list, description="Guides that are shown where no matter is named."
    )

    @model_validator(mode="after")
    def _knows_what_is_asked_about(self) -> Self:
        if unlike := sorted(set(self.about_words) ^ set(ABOUT)):
            raise ValueError(f"about_words has exactly {', '.join(ABOUT)}; {', '.join(unlike)} is missing or unknown")
        return self
