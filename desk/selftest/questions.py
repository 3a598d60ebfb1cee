"""Questions of the self-test as data: `selftest/*.yml`, one file a service or matter."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Locale

FOLDER = "selftest"


class Question(BaseModel):
    """A question in each language, and what the answer must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    say: dict[Locale, str] = Field(min_length=3, description="The question as a resident puts it, by language.")
    offered: str | None = Field(None, description="Asked only where the city offers this service.")
    service: str | None = Field(None, description="The service in progress after the answer.")
    asks_for: str | None = Field(None, description="The entity that is asked for after the answer.")
    keys: list[str] = Field(min_length=1, description="Texts of which the answer holds one, nested ones included.")
    sources: list[str] = Field(
        default_factory=list, description="Arguments of which the answer holds one: who says so, and of when it is."
    )

    @model_validator(mode="after")
    def _names_its_service(self) -> "Question":
        if self.service is not None and self.offered is None:
            raise ValueError(f"{self.id}: give `offered`, the service that the city must have")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    questions: list[Question] = Field(min_length=1)


def load_questions(root: Path) -> Sequence[Question]:
    """Read all questions, by file and in their order. `root` is the folder with `selftest/`.

    Raises:
        ConfigurationError: there is none, or a file is wrong.
    """
    questions: list[Question] = []
    for path in sorted((root / FOLDER).glob("*.yml")):
        try:
            questions += _File.model_validate(read_yaml(path)).questions
        except (OSError, ValueError) as exc:
            raise ConfigurationError(f"{FOLDER}/{path.name}: {exc}. Mend the file.") from exc
    names = [one.id for one in questions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(f"{FOLDER}/: {', '.join(twice)} stands there twice. Rename one.")
    if not questions:
        raise ConfigurationError(f"{FOLDER}/ has no questions. Add a file: docs/how-to/check-what-it-says.md")
    return questions
