"""One-time codes. They follow from a secret, so nothing is stored, and a repeated turn sends the same one.

A turn only says that one is wished (`desk.contract.proving.SendCode`); the desk counts, and has it sent afterwards.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from actions.backends.sms import CodeMessage, Sms
from desk.city.files import Agency
from desk.contract.agency_commands import CodeCommand
from desk.store.keys import Keys
from desk.store.one_time import GOOD, codes_of, is_code
from desk.texts.catalogs import spoken_name


@dataclass(frozen=True, slots=True)
class Sending:
    """One code that was wished: the how many-th of its matter, and when. Nothing of the telephone is known here."""

    number: int
    at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether the code is too old."""
        return now - self.at > GOOD


def sent(shown: Mapping[str, JsonValue]) -> Sending | None:
    """The last code of a matter, as its frame remembers it."""
    at = shown.get("sent_at")
    return Sending(count(shown, "sendings"), datetime.fromisoformat(at)) if isinstance(at, str) else None


def unsent(shown: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What a frame remembers, without the code that was sent; how many were is kept."""
    return {name: value for name, value in shown.items() if name not in ("phone", "sent_at", "wrong")}


def remembered(shown: Mapping[str, JsonValue], sending: Sending) -> dict[str, JsonValue]:
    """What a frame remembers once a code was wished."""
    return {**unsent(shown), "sendings": sending.number, "sent_at": sending.at.isoformat(), "wrong": 0}


def count(shown: Mapping[str, JsonValue], name: str) -> int:
    """A number that a frame remembers; 0 where it does not."""
    value = shown.get(name)
    return value if isinstance(value, int) else 0


def given_code(text: str) -> str | None:
    """What a message gives as a code: digits alone, or among few words."""
    alone = re.fullmatch(r"\D{0,12}?(\d[\d\s-]{2,9}\d)\D{0,4}", unicodedata.normalize("NFKC", text))
    return re.sub(r"\D", "", alone[1]) if alone else None


class Codes:
    """Sends codes through a city's gateway, and says whether one is right."""

    def __init__(self, keys: Keys, sms: Sms) -> None:
        self._keys = keys
        self._sms = sms

    async def send(self, command: CodeCommand, agency: Agency) -> None:
        """Send a code. The same command may be carried out any number of times.

        Raises:
            BackendRefused: `too-many`.
            BackendError: the gateway failed.
        """
        message = CodeMessage(
            to=command.phone,
            sign=spoken_name(agency.names.model_dump(exclude_none=True), command.locale)[:40],
            code=codes_of(self._keys, command.conversation, command.frame, command.number)[0],
            minutes=int(GOOD.total_seconds() // 60),
            locale=command.locale,
        )
        value = f"{command.conversation}\n{command.frame}\n{command.number}"
        key = self._keys.signature(value, purpose="message key", length=16)
        await self._sms.send(key.hex(), message)

    def is_right(self, conversation: str, frame: str, sending: Sending, given: str) -> bool:
        """Whether this is the code that was sent, by any secret that is valid."""
        return is_code(self._keys, conversation, frame, sending.number, given)
