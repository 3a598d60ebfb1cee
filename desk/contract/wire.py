"""What models of the wire have in common."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

type Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""The name of a city, an agency, a service or a field in files and on the wire."""

type Locale = Literal["zh_Hans", "zh_Hant", "en"]
LOCALES: tuple[Locale, ...] = ("zh_Hans", "zh_Hant", "en")


class Wire(BaseModel):
    """A model of the wire: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
