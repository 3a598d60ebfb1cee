"""One-time codes. They follow from a secret, so nothing is stored, and a repeated turn sends the same one."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.backends.sms import CodeMessage, Sms
from actions.dialogue.session import Frame
from actions.dialogue.turn import Turn
from desk.cities import Agency
from desk.i18n import spoken_name
from desk.keys import Keys
from values.types.phone import masked

GOOD = timedelta(minutes=5)
TRIES = 3
"""So many wrong codes, and the code is worth nothing any more."""
SENDINGS = 3
"""So many codes are sent in one matter."""
DIGITS = 6
PURPOSE = "one-time code"


@dataclass(frozen=True, slots=True)
class Sending:
    """One code that was sent: the how many-th of its matter, to which telephone (as it is shown), when.

    The whole number of the telephone is not kept: whoever gave an id may not be its holder.
    """

    number: int
    phone: str
    at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether the code is too old."""
        return now - self.at > GOOD


def sent(shown: Mapping[str, JsonValue]) -> Sending | None:
    """The last code of a matter, as its frame remembers it."""
    phone, at = shown.get("phone"), shown.get("sent_at")
    if not isinstance(phone, str) or not isinstance(at, str):
        return None
    return Sending(count(shown, "sendings"), phone, datetime.fromisoformat(at))


def unsent(shown: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What a frame remembers, without the code that was sent; how many were is kept."""
    return {name: value for name, value in shown.items() if name not in ("phone", "sent_at", "wrong")}


def remembered(shown: Mapping[str, JsonValue], sending: Sending) -> dict[str, JsonValue]:
    """What a frame remembers once a code was sent."""
    fresh: dict[str, JsonValue] = {"sendings": sending.number, "phone": sending.phone}
    return {**shown, **fresh, "sent_at": sending.at.isoformat(), "wrong": 0}


def count(shown: Mapping[str, JsonValue], name: str) -> int:
    """A number that a frame remembers; 0 where it does not."""
    value = shown.get(name)
    return value if isinstance(value, int) else 0


class Codes:
    """Sends codes through a city's gateway, and says whether one is right."""

    def __init__(self, keys: Keys, sms: Sms) -> None:
        self._keys = keys
        self._sms = sms

    async def send(self, turn: Turn, frame: Frame, agency: Agency, phone: str, number: int) -> Sending:
        """Send a code.

        Raises:
            BackendRefused: `too-many`.
            BackendError: the gateway failed.
        """
        sending = Sending(number, masked(phone), turn.now)
        message = CodeMessage(
            to=phone,
            sign=spoken_name(agency.names.model_dump(exclude_none=True), turn.locale)[:40],
            code=self._code(turn, frame, sending),
            minutes=int(GOOD.total_seconds() // 60),
            locale=turn.locale,
        )
        key = self._keys.digest(f"{turn.conversation}\n{frame.id}\n{number}", purpose="message key").hex()[:32]
        await self._sms.send(key, message)
        return sending

    def is_right(self, turn: Turn, frame: Frame, sending: Sending, given: str) -> bool:
        """Whether this is the code that was sent."""
        return hmac.compare_digest(given, self._code(turn, frame, sending))

    def _code(self, turn: Turn, frame: Frame, sending: Sending) -> str:
        value = f"{turn.conversation}\n{frame.id}\n{sending.number}"
        return f"{int.from_bytes(self._keys.digest(value, purpose=PURPOSE)[:8]) % 10**DIGITS:0{DIGITS}}"
