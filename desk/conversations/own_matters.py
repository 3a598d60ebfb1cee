"""What a resident has going on, as they see it on a page of their own. Each room says what it has of it
(`desk.conversations.ports.TurnPart.own_matters`); nobody else knows what there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from desk.contract.telephones import home
from desk.contract.text import Text
from desk.store.keys import Keys

TELEPHONE = "telephone of own matters"  # the purpose of the hashes by which matters are found

type Kind = Literal["order", "appointment", "application", "report", "ticket", "asked", "subscription"]

type Group = Literal["to_do", "in_progress", "done", "followed"]
"""Whether something waits for the resident, for somebody else, for nobody, or is told of as long as they wish."""


def telephone_hash(keys: Keys, telephone: str) -> bytes:
    """The keyed hash of a telephone, by which its holder's matters are found. It does not rotate."""
    return keys.digest(home(telephone), purpose=TELEPHONE)


@dataclass(frozen=True, slots=True)
class Held:
    """Whose matters are asked for, and when.

    `whole` are conversations all of whose matters are theirs; `telephone` is the hash of the one that they have proved:
    theirs is besides what was proved by it when it was made, wherever that was.
    """

    whole: Sequence[UUID]
    telephone: bytes | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """Something that can be done. `name` says what: the text `web.own_do_<name>`.

    It leads to `url`; or into the chat, where `payload` begins it in the conversation that the matter is of, and
    `says`, words with which a resident begins it, in any other. Without words it is for that conversation alone.
    """

    name: str
    url: str | None = None
    payload: str | None = None
    says: Text | None = None


@dataclass(frozen=True, slots=True)
class OwnMatter:
    """One thing that a resident has going on. Times are aware.

    Args:
        id: names it, in all rooms.
        conversation_id: in which it was made.
        kind: what it is.
        group: whom it waits for.
        city: where.
        agency: whose it is.
        service: of which it is; None: of none.
        about: what it is about; what names a person in it, the page masks.
        state: texts that say how it stands; the first that there is counts, since statuses are agencies' words.
        at: when it is due, or takes place; None: at no time.
        changed_at: when something became of it last.
        place: where it takes place.
        lines: further facts: names of labels (`web.own_label_<name>`) with what is said.
        ways: what can be done, the next step first.
    """

    id: str
    conversation_id: UUID
    kind: Kind
    group: Group
    city: str
    agency: str
    service: str | None
    about: Text
    state: Sequence[Text]
    changed_at: datetime
    at: datetime | None = None
    place: Text | None = None
    lines: Sequence[tuple[str, Text]] = ()
    ways: Sequence[Way] = ()
