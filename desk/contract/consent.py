"""That a resident answered a question for personal data after its notice."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from desk.contract.wire import Slug


class Consent(BaseModel):
    """An effect of the turn that brought the answer: the desk records it. Holds no value.

    `field` is the field's name in its service, `entity` what kind of thing it is; `purpose` is the key of the text that
    said why it is asked. Whose data the agency then has in hand, the conversation says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["consent"] = "consent"
    city: Slug
    agency: Slug
    service: Slug
    field: Slug
    entity: Slug
    purpose: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
