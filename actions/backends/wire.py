"""What the contracts of the agencies' systems share; each of docs/reference/*.openapi.yaml says it in its own file."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

type Money = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}$")]
"""Yuan with two decimals, as text: no float is ever money."""
type Phone = Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$")]


class Contract(BaseModel):
    """A document on the wire: what it does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(Contract):
    """A thing's name as its agency writes it."""

    zh_Hans: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=300)]


class Payment(Contract):
    """What an agency is told when a resident's money has arrived."""

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: AwareDatetime
