"""Effects of a turn that may be a guess, an attempt of many, or a wish for a code.

The desk judges them before anything of the answer counts: what is refused is not said, and nothing of it remembered.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from desk.contract.wire import Slug

type What = Literal["plate", "account", "code", "phone", "reference"]
"""What is guessed: the VIN of a plate, an account, the one-time code of a person's id, that of a telephone which was
given, a number of an agency's, or the one-time code of such a number."""


class _Effect(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tried(_Effect):
    """Something was tried that others may guess. `subject` is the plate, account, id, telephone or number.

    Personal data.
    """

    type: Literal["tried"] = "tried"
    what: What
    service: Slug | None
    subject: Annotated[str, Field(min_length=1, max_length=128, repr=False)]
    right: bool


class SendCode(_Effect):
    """A one-time code goes to the telephone that the agency holds for a person (an id) or a reference, if there is one;
    or (`phone`) to the telephone that a resident gave.

    The code follows from conversation, `frame` and `number`. Whether one was sent, the answer cannot say: the desk has
    it sent after the turn.
    """

    type: Literal["send_code"] = "send_code"
    service: Slug
    of: Literal["person", "reference", "phone"]
    value: Annotated[str, Field(min_length=1, max_length=128, repr=False)]
    frame: Annotated[str, Field(min_length=1, max_length=80)]
    number: Annotated[int, Field(ge=1, le=20)]


class Reserve(_Effect):
    """Something is about to be booked or submitted: it was summed up. Whoever has too much open is told so instead.

    `frame` is the case that it becomes. `phones` and `id_numbers` are those of the form. Personal data.
    """

    type: Literal["reserve"] = "reserve"
    service: Slug
    frame: Annotated[str, Field(min_length=1, max_length=80)]
    phones: Annotated[list[str], Field(max_length=10, repr=False)] = Field(default_factory=list)
    id_numbers: Annotated[list[str], Field(max_length=10, repr=False)] = Field(default_factory=list)
