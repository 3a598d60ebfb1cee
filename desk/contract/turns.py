"""One turn between worker and bot: what `POST /turn` takes and answers."""

from typing import Any, Literal

from pydantic import Field, JsonValue

from desk.contract.messages import Context, Effect, EmergencyHeard, Intent, Message, Reply, Understanding
from desk.contract.wire import Locale, Slug, Wire


class TurnRequest(Wire):
    """`POST /turn`: everything the bot needs; it keeps nothing between calls.

    `compared` are texts that the message is held against in meaning, for the actions. `signature` is the desk's, of
    what the turn may know (`desk/http/signatures.py`), for the actions.
    """

    conversation: str
    message: Message
    state: dict[str, Any] | None = None
    context: Context
    compared: list[str] = Field(default_factory=list)
    signature: str = ""


class TurnResult(Wire):
    """The bot's answer to `POST /turn`.

    `candidate` and `passed_over` are the desk's notes, and no bot's: the fingerprint of the model on trial that gave
    it, and of the one that could not; empty: none.
    """

    replies: list[Reply]
    state: dict[str, Any]
    nlu: Understanding
    service: str | None = None
    asks_for: str | None = None
    locale: Locale
    city: Slug | None = None  # the city that the conversation moves to; None where it stays
    effects: list[Effect] = Field(default_factory=list)
    situation: dict[str, JsonValue] | None = None  # what the dialogue states; kept, and given back with the next turn
    candidate: str = ""
    passed_over: str = ""


class UnderstandRequest(Wire):
    """`POST /understand`: a text alone, of which nothing is remembered; `compared` are texts it is held against.

    `asked`: whether it is also to be said what a question asks about.
    """

    text: str
    compared: list[str] = Field(default_factory=list)
    asked: bool = False


class Denial(Wire):
    """Of a text in an emergency of which a part says that what was answered is not so: `rest` is what the other parts
    say, `kinds` how likely each kind of emergency is by that alone; both may be empty.
    """

    rest: str = ""
    kinds: dict[str, float] = Field(default_factory=dict)


class Understood(Wire):
    """The answer to `POST /understand`.

    `possible`: whether it may be of an emergency at all. `follows`: how likely the text, written in one, is more of it,
    its end, or something else that is wanted. `likeness`: how near it is in meaning to each compared text, -1 to 1.
    Where it was asked for, of a question: `about`, which parts of a guide it asks about and how likely, the likeliest
    first; `passages`, which passages are near to it (guide, part, number from 0, likeness).
    """

    intent: Intent
    language: Locale | None = None
    emergency: EmergencyHeard | None = None
    possible: bool = False
    likeness: list[float] = Field(default_factory=list)
    denial: Denial | None = None
    follows: dict[Literal["goes_on", "over", "wish", "never"], float]
    about: list[tuple[str, float]] = Field(default_factory=list)
    passages: list[tuple[str, str, int, float]] = Field(default_factory=list)
