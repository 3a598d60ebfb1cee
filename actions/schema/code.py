"""A service with its own module in actions/."""

from typing import Literal

from pydantic import Field

from actions.schema.file import ServiceFile, ServiceModel
from desk.contract.wire import Slug


class TakesUp(ServiceModel):
    """A value of another look-up that was just shown, with which this one begins."""

    service: Slug
    value: Slug = Field(description="As that service keeps it.")
    as_: Slug = Field(alias="as", description="As this one does.")


class CodeService(ServiceFile):
    """The kind `code`."""

    kind: Literal["code"]
    takes: list[Slug] = Field(default_factory=list, description="Entities that, given alone, may begin it.")
    takes_up: list[TakesUp] = Field(default_factory=list, description="What it takes from a look-up before it.")

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(self.takes)
