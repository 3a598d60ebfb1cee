"""From where a city takes emergency alerts (CAP 1.2), as its file says it."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from desk.contract.wire import Slug

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
SENDER = re.compile(r"[^\s,<&]+")


def _address(url: str) -> str:
    """Refuse an address that alerts must not come by: they would be anybody's."""
    if url.startswith("sandbox:/"):
        return url
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise ValueError(f"{url!r} is no https:// address; http:// is only for this machine")
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("give scheme, host and path, without user, password or fragment")
    return url


def _sender(said: str) -> str:
    if not SENDER.fullmatch(said):
        raise ValueError(f"{said!r} is no sender of CAP: it has a space, a comma, < or &")
    return said


class AlertModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AlertSource(AlertModel):
    """Who sends the city alerts, and by which way.

    `agency`: in whose name residents read them. `senders`: what `sender` of its documents may be. `url`: a CAP
    document, or an Atom or RSS index of some, that is asked for each minute. `key_env`: name of the environment
    variable with the key by which documents are pushed. `certificates`: PEM files below the root; with one, every
    document must be signed by it. `approval`: whether somebody here lets a document through, or it is shown at once.
    """

    slug: Slug
    agency: Slug
    senders: Annotated[
        list[Annotated[str, Field(max_length=200), AfterValidator(_sender)]], Field(min_length=1, max_length=200)
    ]
    url: Annotated[str, Field(max_length=500), AfterValidator(_address)] | None = None
    key_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,99}$")] | None = None
    certificates: Annotated[list[Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,200}$")]], Field(max_length=8)] = (
        Field(default_factory=list)
    )
    approval: bool = True

    @model_validator(mode="after")
    def _comes_by_some_way(self) -> Self:
        if self.url is None and self.key_env is None:
            raise ValueError("a source of alerts has a url that is asked, a key_env by which it pushes, or both")
        return self


class AlertsHere(AlertModel):
    """Emergency alerts of a city. In a `training` city everything is shown to staff alone, whatever it says it is.

    `office`: the eight digits by which the city's own alerts are numbered after its region's six (GB/T 35965.1): three
    of the kind of agency (GB/T 4657), three within it, two that extend it.
    """

    mode: Literal["live", "training"] = "live"
    sources: list[AlertSource] = Field(default_factory=list)
    office: Annotated[str, Field(pattern=r"^[0-9]{8}$")] = "00000000"

    @model_validator(mode="after")
    def _sources_are_known_apart(self) -> Self:
        slugs = [one.slug for one in self.sources]
        if len(slugs) != len({*slugs}):
            raise ValueError("two sources of alerts have the same slug")
        return self

    def source(self, slug: str) -> AlertSource | None:
        """A source by its slug."""
        return next((one for one in self.sources if one.slug == slug), None)
