"""What telling residents costs at the most where a platform charges by parts: those whom it is for, now."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from desk.announcements.audience.whom import Part
from desk.announcements.rows import AnnouncementRow
from desk.city.files import City
from desk.console.announcements.words import AnnouncementWords
from desk.contract.wire import LOCALES

CENT = Decimal("0.01")
LANGUAGES = {str(one): one for one in LOCALES}


@dataclass(frozen=True, slots=True)
class Cost:
    """What it costs to tell who reads one language on one channel. `price` of a part in yuan; None: none is set."""

    part: Part
    parts: int
    price: Decimal | None

    @property
    def charged(self) -> int:
        """Parts that are charged in all."""
        return self.part.residents * self.parts

    @property
    def yuan(self) -> Decimal | None:
        """What these cost."""
        return None if self.price is None else self.charged * self.price


@dataclass(frozen=True, slots=True)
class Costs:
    """What one telling costs, and how often it is told."""

    of: Sequence[Cost]
    times: int

    @property
    def yuan(self) -> Decimal:
        """What one telling costs as far as prices are set, to the cent."""
        return self._sum().quantize(CENT)

    @property
    def all_times(self) -> Decimal:
        """The same of all times."""
        return (self._sum() * self.times).quantize(CENT)

    @property
    def is_known(self) -> bool:
        """Whether a price is set on each channel."""
        return all(one.price is not None for one in self.of)

    def _sum(self) -> Decimal:
        return sum((one.yuan for one in self.of if one.yuan is not None), Decimal(0))


def costs_of(words: AnnouncementWords, row: AnnouncementRow, city: City, parts: Sequence[Part]) -> Costs | None:
    """What it costs to tell those whom it is for; None: nothing. Who has several channels is told, and paid for, once.

    `parts` are residents by language and channel, linked channels counted each: so it is no more than that.
    """
    found = []
    for part in parts:
        charged = words.charged(row, part.channel, LANGUAGES[part.locale])
        if charged is not None and part.residents:
            found.append(Cost(part, charged, city.announcing.on(part.channel).price))
    return Costs(found, row.schedule.times) if found else None
