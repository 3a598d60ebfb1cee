"""What the cases room hands out: frozen rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from desk.contract.text import Text
from desk.contract.wire import Wire
from desk.store.keys import Keys

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import City
    from desk.contract.messages import CaseKind, CaseNote, Remembered

CASE, REMEMBERED = "case", "remembered"  # the purposes for which private parts are sealed


REFERENCE = "case reference"  # the purpose of the hashes by which cases are found


class Private(Wire):
    """The part of a case that is about a person."""

    reference: str
    about: Text
    facts: dict[str, JsonValue]
    place: Text | None


class Values(Wire):
    """The sealed part of what is remembered."""

    values: dict[str, str]


def reference_hash(keys: Keys, reference: str) -> bytes:
    """By what the agency's number of a case is found, however it is written."""
    plain = "".join(char for char in reference.upper() if char.isalnum())
    return keys.digest(plain, purpose=REFERENCE)


def name_of(conversation_id: UUID, frame: str) -> str:
    """The one thing that a sealed part belongs to."""
    return f"{conversation_id} {frame}"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case. Times are aware, in UTC; `frame` is its name in the conversation."""

    id: int
    conversation_id: UUID
    frame: str
    city: str
    service: str
    agency: str
    kind: str
    private: bytes
    status: str
    at: datetime | None
    over: bool
    revision: int
    remind_at: datetime | None
    reminded_at: datetime | None
    look_at: datetime | None
    created_at: datetime
    changed_at: datetime
    known_at: datetime

    def opened(self, keys: Keys) -> Private:
        """Open the private part.

        Raises:
            Unsealable: the secret has changed.
        """
        sealed = keys.open(self.private, purpose=CASE, of=name_of(self.conversation_id, self.frame))
        return Private.model_validate_json(sealed)

    def note(self, keys: Keys, city: "City") -> "CaseNote":
        """The case as a turn may know it: times in the city's time.

        Raises:
            Unsealable: the secret has changed.
        """
        from desk.contract.messages import CaseNote  # all that a turn says

        private, zone = self.opened(keys), ZoneInfo(city.timezone)
        return CaseNote(
            case=self.frame,
            city=self.city,
            service=self.service,
            agency=self.agency,
            kind=cast("CaseKind", self.kind),
            reference=private.reference,
            about=private.about,
            facts=private.facts,
            status=self.status,
            at=None if self.at is None else self.at.astimezone(zone).isoformat(),
            place=private.place,
            over=self.over,
            known_at=self.known_at.astimezone(zone).isoformat(timespec="seconds"),
        )


@dataclass(frozen=True, slots=True)
class RememberedRow:
    """Values that a resident wanted kept."""

    id: int
    conversation_id: UUID
    service: str
    private: bytes
    created_at: datetime

    def note(self, keys: Keys) -> "Remembered":
        """The values as a turn may know them.

        Raises:
            Unsealable: the secret has changed.
        """
        from desk.contract.messages import Remembered  # likewise

        sealed = keys.open(self.private, purpose=REMEMBERED, of=name_of(self.conversation_id, self.service))
        return Remembered(service=self.service, values=Values.model_validate_json(sealed).values)


type Change = Literal["status", "at", "place"]


def changes(before: "CaseNote", after: "CaseNote") -> frozenset[Change]:
    """What a resident wants to hear of: the status (or its end), the time and the place."""
    found: set[Change] = set()
    if before.status != after.status or before.over != after.over:
        found.add("status")
    if _moment(before.at) != _moment(after.at):
        found.add("at")
    if before.place != after.place:
        found.add("place")
    return frozenset(found)


def _moment(at: str | None) -> datetime | None:
    return None if at is None else datetime.fromisoformat(at)
