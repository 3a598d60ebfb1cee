"""Answer from the agencies' published guides."""

from typing import Annotated, Literal

from pydantic import Field

from actions.schema.file import ServiceFile
from desk.contract.wire import Slug

ABOUT = ("fee", "days", "who", "steps", "papers", "place", "hours", "source")
"""What may be asked about a guide: parts of its text, and the hours and telephone of its agency."""


class GuideService(ServiceFile):
    """The kind `guide`. How its guides are asked for stands in them, and in the questions beside its lines."""

    kind: Literal["guide"]
    suggested: Annotated[list[Slug], Field(max_length=8)] = Field(
        default_factory=list, description="Guides that are shown where no matter is named."
    )
