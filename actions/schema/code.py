"""A service with its own module in actions/."""

from typing import Literal

from pydantic import Field

from actions.schema.file import ServiceFile
from desk.contract.wire import Slug


class CodeService(ServiceFile):
    """The kind `code`."""

    kind: Literal["code"]
    takes: list[Slug] = Field(default_factory=list, description="Entities that, given alone, may begin it.")

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(self.takes)
