"""What every service says of itself."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

type Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="A key of the catalogs.")]


class ServiceModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServiceFile(ServiceModel):
    """What every service says of itself, whatever its kind."""

    title: Key = Field(description="Its name on buttons and in sentences.")
    description: Key = Field(description="One sentence: what it does.")
    called: list[str] = Field(
        default_factory=list,
        description="Words by which residents call it, Simplified or English: they show which of two services a"
        " sentence refuses and which it wants.",
    )
    guided_words: list[str] = Field(
        default_factory=list,
        description="Words of what is wished of it and only a published guide answers: how it is done elsewhere.",
    )
    takes_location: bool = Field(False, description="A shared location alone begins it.")

    @property
    def entities(self) -> tuple[str, ...]:
        """Entities that, given alone, may begin it."""
        return ()

    @property
    def personal(self) -> frozenset[str]:
        """Names of its values that are personal data."""
        return frozenset()

    def texts(self, name: str) -> frozenset[str]:  # noqa: ARG002 - kinds build keys from the name
        """Keys of texts that a service says: what its file names, and what its kind builds from its name."""
        return frozenset({self.title, self.description})
