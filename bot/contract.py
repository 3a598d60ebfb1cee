"""`POST /turn` on the wire (`docs/explanation/contracts.md`).

The same shapes as `desk/contract/messages.py`; of the context only what the bot reads.
"""

import json
import re
from typing import Annotated, Any, Dict, List, Literal, Optional, Type, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError, model_validator

TEXT_READ = 1_000  # characters of a message that are read; the rest is ignored (docs/explanation/contracts.md)
_PAYLOAD = re.compile(r"/(?P<intent>[a-z_]+)(?P<entities>\{.*\})?\Z", re.DOTALL)
_PAYLOAD_LENGTH = 512
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_Model = TypeVar("_Model", bound=BaseModel)


class BadRequest(Exception):
    """The request is not the contract. The argument says where, without quoting the resident."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Location(_Wire):
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    datum: Literal["wgs84", "gcj02"] = "wgs84"


class Media(_Wire):
    id: StrictStr
    content_type: StrictStr


class Message(_Wire):
    id: StrictStr
    kind: Literal["text", "payload", "location", "media"]
    text: Optional[StrictStr] = None
    payload: Optional[StrictStr] = None
    location: Optional[Location] = None
    media: Optional[Media] = None
    harmless: bool = False
    signs: Optional[Dict[str, int]] = None

    @model_validator(mode="after")
    def exactly_its_kind(self) -> "Message":
        """Exactly the field that `kind` names is set."""
        filled = [name for name in ("text", "payload", "location", "media") if getattr(self, name) is not None]
        if filled != [self.kind]:
            raise ValueError("exactly the field that `kind` names must be set")
        return self


class Context(BaseModel):
    """What the bot itself reads of a turn's context, and nothing else is checked: the rest is the actions'.

    `situation` is what the dialogue stated after the last turn.
    """

    city: StrictStr
    locale: Literal["zh_Hans", "zh_Hant", "en"]
    now: StrictStr
    situation: Optional[Dict[str, Any]] = None

    model_config = ConfigDict(extra="allow", frozen=True)


class TurnRequest(_Wire):
    conversation: Annotated[StrictStr, Field(min_length=1)]
    message: Message
    state: Optional[Dict[str, Any]] = None
    context: Context
    compared: List[StrictStr] = []
    signature: StrictStr = ""


class UnderstandRequest(_Wire):
    text: StrictStr
    compared: List[StrictStr] = []
    asked: StrictBool = False


class Reply(BaseModel):
    """A reply as the actions server gives it: the key is ours to check, the rest is the desk's."""

    key: str = Field(min_length=1)
    args: Dict[str, Any] = {}
    buttons: List[Dict[str, Any]] = []
    cards: List[Dict[str, Any]] = []

    model_config = ConfigDict(extra="forbid")


def read_request(body: bytes) -> TurnRequest:
    """Reads the body of `POST /turn`.

    Raises:
        BadRequest: it is no JSON or not the contract.
    """
    return _read(TurnRequest, body)


def read_text(body: bytes) -> UnderstandRequest:
    """Reads the body of `POST /understand`.

    Raises:
        BadRequest: it is no JSON or not the contract.
    """
    return _read(UnderstandRequest, body)


def _read(model: Type[_Model], body: bytes) -> _Model:
    try:
        return model.model_validate(json.loads(body))
    except ValidationError as exc:
        error = exc.errors()[0]
        raise BadRequest(f"{'.'.join(map(str, error['loc']))}: {error['msg']}") from exc
    except (ValueError, RecursionError) as exc:
        raise BadRequest("The body is not JSON in UTF-8.") from exc


def read_payload(payload: str) -> Dict[str, Any]:
    """Reads a button's `/intent{"entity": "value"}` into Rasa's parse data, with confidence 1.

    Raises:
        BadRequest: it is not of this form.
    """
    match = _PAYLOAD.match(payload) if len(payload) <= _PAYLOAD_LENGTH else None
    if match is None:
        raise BadRequest('message.payload is not of the form /intent{"entity": "value"}.')
    try:
        values = json.loads(match["entities"] or "{}")
    except ValueError as exc:
        raise BadRequest("message.payload: what follows the intent is not JSON.") from exc
    if not all(isinstance(value, str) for value in values.values()):
        raise BadRequest("message.payload: values must be strings.")
    intent = {"name": match["intent"], "confidence": 1.0}
    return {
        "text": payload,
        "intent": intent,
        "intent_ranking": [intent],
        "entities": [{"entity": name, "value": value} for name, value in values.items()],
    }


def clean(text: str) -> str:
    """Gives what is read of a text: its first 1,000 characters.

    NUL and halves of surrogate pairs, which neither PostgreSQL nor UTF-8 can hold, become U+FFFD: every offset stays.
    """
    return _UNSTORABLE.sub("\ufffd", text[:TEXT_READ])


def shielded(text: str) -> str:
    """Gives a text that is never a command.

    A slash in front (Rasa looks behind white space, too) becomes its full-width form, so that it is text like any
    other and every offset stays.
    """
    rest = text.lstrip()
    if not rest.startswith("/"):
        return text
    position = len(text) - len(rest)
    return text[:position] + "／" + rest[1:]
