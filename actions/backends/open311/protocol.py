"""How one city's server is spoken to, as its city file says."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Protocol(BaseModel):
    """`settings.open311` of a service in a city file.

    `key_attribute` is the code of an attribute by which the server takes a report once: the same value again answers
    the first result. Where there is none, a report is looked for by its mark before it is sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["xml", "json"] = "xml"
    jurisdiction_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    key_attribute: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")] | None = None
    withdraw_path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_/.-]*\{id\}[A-Za-z0-9_/.-]*$")] | None = None
    """Where a report is taken back: a POST below the endpoint; {id} is its number. None: the server admits none."""
    anonymous: bool = False
    """Whether a report is taken without a telephone number."""
    settled_seconds: Annotated[int, Field(ge=5, le=3600)] = 60
    """After so long a report that is not in the list of requests was not taken."""

    @property
    def media_type(self) -> str:
        return "text/xml" if self.format == "xml" else "application/json"


class Place(BaseModel):
    """Where the server is: an endpoint, or the discovery document that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    address: str

    @property
    def is_discovery(self) -> bool:
        return urlsplit(self.address).path.endswith(("/discovery.xml", "/discovery.json"))

    @model_validator(mode="after")
    def _is_http(self) -> Self:
        if not self.address.startswith(("http://", "https://")):
            raise ValueError("the address of an Open311 server is a URL")
        return self
