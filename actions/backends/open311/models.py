"""The documents of GeoReport v2, read leniently: what its servers send differs in more than format.

Ids come as numbers or strings, empty elements as null or "", times with and without an offset.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _written(value: object) -> object:
    """Ids and texts as strings; nothing as the empty string."""
    if value is None:
        return ""
    return str(value).strip() if isinstance(value, int | float | str) and not isinstance(value, bool) else value


def _moment(value: object) -> datetime | None:
    """A time with its offset; one without it, or unreadable, says nothing."""
    try:
        read = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


type Written = Annotated[str, BeforeValidator(_written)]
type Id = Annotated[str, BeforeValidator(_written), Field(min_length=1, max_length=64)]
type Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Category(Document):
    """A service of the server: a kind of problem. `metadata`: it has attributes that are to be asked for.

    `type`: `realtime` answers the request's id, `batch` a token that becomes one later, `blackbox` nothing to follow.
    """

    service_code: Id
    service_name: Id
    description: Written = ""
    metadata: bool = False
    type: Literal["realtime", "batch", "blackbox"] = "realtime"
    keywords: Written = ""
    group: Written = ""

    @property
    def words(self) -> list[str]:
        """Its keywords, one by one."""
        return [word for part in self.keywords.replace("，", ",").split(",") if (word := part.strip())]


class Value(Document):
    """One of the values of an attribute."""

    key: Id
    name: Written = ""


class Attribute(Document):
    """Something more that a category asks. `variable` ones are answered by the resident."""

    code: Id
    variable: bool = True
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"] = "string"
    required: bool = False
    description: Written = ""
    datatype_description: Written = ""
    order: int = 0
    values: list[Value] = Field(default_factory=list, max_length=200)

    @property
    def is_list(self) -> bool:
        return self.datatype in ("singlevaluelist", "multivaluelist")


class Definition(Document):
    """What a category asks."""

    service_code: Written = ""
    attributes: list[Attribute] = Field(default_factory=list, max_length=100)

    @property
    def asked(self) -> list[Attribute]:
        """The attributes without which a report is refused and that only the resident knows, in their order."""
        return sorted((one for one in self.attributes if one.variable and one.required), key=lambda one: one.order)


class Receipt(Document):
    """The answer to a report: an id, or a token for one, or (of a blackbox) neither."""

    service_request_id: Written = ""
    token: Written = ""
    service_notice: Written = ""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if max(len(self.service_request_id), len(self.token)) > 64:
            raise ValueError("the id is longer than 64 characters")
        return self


class Request(Document):
    """A report as it stands. `status` is `open` or `closed`; some servers know further words for open ones."""

    service_request_id: Id
    status: Written = "open"
    status_notes: Written = ""
    service_code: Written = ""
    description: Written = ""
    agency_responsible: Written = ""
    requested_datetime: Moment = None
    updated_datetime: Moment = None
    expected_datetime: Moment = None

    @property
    def is_closed(self) -> bool:
        return self.status.lower() == "closed"


class Offered(Document):
    """An endpoint of the discovery document."""

    specification: Written = ""
    url: Written
    type: Written = ""
    formats: list[str] = Field(default_factory=list)


class Report(BaseModel):
    """What is reported. Exactly one of `address` and the point (WGS 84 degrees) is given.

    `attributes` are pairs of code and value; a code of a list that takes several may come twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    service_code: str
    description: str
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    phone: str | None = None
    media_url: str | None = None
    attributes: list[tuple[str, str]] = Field(default_factory=list)
    language: str | None = None  # BCP 47: of what the office says to it, if its server has it

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.address is None) == (self.lat is None or self.lon is None):
            raise ValueError("a report has either an address or a point")
        return self
