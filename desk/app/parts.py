"""What takes part in turns, and so in giving out, erasing and forgetting: a room more is a line here."""

from collections.abc import Callable, Mapping
from datetime import datetime

from desk.announcements.board import Board
from desk.attempts.guard import Guard
from desk.cases.keeper import Keeper
from desk.cases.links import Links
from desk.city.files import City
from desk.city.topics import Topic
from desk.consents.service import Consents
from desk.conversations.ports import TurnPart
from desk.devices.part import Devices
from desk.going_on.part import CodesShown
from desk.intake.residents import Followed
from desk.linking.service import Linker
from desk.login.certificates import Certificates
from desk.payments.cashier import Cashier, Orders
from desk.rights.part import DataLinks
from desk.safety.part import KeptEmergencies
from desk.store.keys import Keys
from desk.teaching.part import TaughtBy
from desk.tickets.part import Tickets
from desk.visits.part import KeptMatters


def turn_parts(
    *,
    keys: Keys,
    cities: Mapping[str, City],
    topics: Mapping[str, Topic],
    public_url: str,
    now: Callable[[], datetime],
    cashier: Cashier | None,
) -> tuple[TurnPart, ...]:
    """All of them, in the order in which effects are carried out and data are erased.

    Args:
        public_url: where residents reach the desk, without a trailing slash.
        now: the clock, aware.
        cashier: opens and closes orders; without one nothing can be paid in this process, and the bot is told so.
    """
    guard = Guard(keys, cities, now)
    return (
        cashier or Orders(),  # first: who tells of a payment holds its order while it speaks in the conversation
        Tickets(),
        Keeper(keys, Links(keys, public_url), cities, now),
        Consents(),
        Board(cities, topics, now, public_url),
        Certificates(keys),
        Followed(cities),
        KeptEmergencies(),
        DataLinks(),
        TaughtBy(keys),
        KeptMatters(),
        Devices(),
        CodesShown(),
        guard,
        Linker(keys, cities, now, guard),  # last: the others read and erase what linked channels share
    )
