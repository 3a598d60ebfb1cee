"""Published guides, and past answers of the agency, that share words with what was asked: what a clerk could send.

None is ever sent by itself: they are put into the box where a clerk writes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from aiohttp import web

from desk.city.files import Names
from desk.city.guides import LocalGuide
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from desk.tickets.past import LOOKED_AT, PastAnswer
from desk.web.parts import GUIDES, PARTS

WORD = re.compile(r"[a-z]{3,}")
ALIKE = 0.12
"""So alike must a line and a guide's question be for it to be suggested: shared pieces, of those of the longer one."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer of a guide, with its name and public page."""

    title: str
    text: str
    page: str


def suggested_for(request: web.Request, city: str, lines: Iterable[str], locale: Locale, most: int) -> list[Suggestion]:
    """Published guides of a city that are near to a line of what was asked, the nearest first."""
    guides: Mapping[str, LocalGuide] = request.app[GUIDES].get(city) or {}
    catalogs, wanted = request.app[PARTS].catalogs, [found for one in lines if (found := pieces(one))]
    near = [(likeness, local) for local in guides.values() if (likeness := likeness_of(wanted, local)) >= ALIKE]
    near.sort(key=lambda one: (-one[0], one[1].slug))
    return [_suggestion(catalogs, city, local, locale) for _, local in near[:most]]


def past_for(kept: Iterable[PastAnswer], lines: Iterable[str], most: int) -> list[PastAnswer]:
    """Past answers whose question is near to a line of what was asked, the nearest first, then the newest."""
    wanted = [found for one in lines if (found := pieces(one))]
    likenesses = [(max((_shared(line, _kept(one.question)) for line in wanted), default=0.0), one) for one in kept]
    near = [(likeness, one) for likeness, one in likenesses if likeness >= ALIKE]
    near.sort(key=lambda one: (-one[0], -one[1].id))
    return [one for _, one in near[:most]]


def pieces(said: str) -> frozenset[str]:
    """What texts are compared by: words of letters, and pairs of other characters beside each other."""
    lower = said.lower()
    other = "".join(one if one.isalpha() and not one.isascii() else " " for one in lower)
    pairs = {part[at : at + 2] for part in other.split() for at in range(len(part) - 1)}
    return frozenset({*WORD.findall(lower), *pairs})


def likeness_of(lines: Iterable[frozenset[str]], local: LocalGuide) -> float:
    """How alike the nearest of some lines and of a guide's questions are, 0 to 1."""
    asked = [_published(one) for one in _questions(local)]
    return max((_shared(line, has) for line in lines for has in asked), default=0.0)


@cache
def _published(question: str) -> frozenset[str]:
    """The pieces of a guide's question: it is the same for every clerk and city."""
    return pieces(question)


@lru_cache(maxsize=8 * LOOKED_AT)
def _kept(question: str) -> frozenset[str]:
    return pieces(question)


def _questions(local: LocalGuide) -> Iterable[str]:
    names = local.guide.names
    return (*local.guide.asked.all, names.zh_Hans, names.en)


def _shared(wanted: frozenset[str], has: frozenset[str]) -> float:
    both = len(wanted & has)
    return both / max(len(wanted), len(has)) if both > 1 else 0.0


def _suggestion(catalogs: Catalogs, city: str, local: LocalGuide, locale: Locale) -> Suggestion:
    def said(names: Names) -> str:
        return catalogs.name(names.model_dump(), locale)

    return Suggestion(said(local.guide.names), said(local.guide.answer), f"/{city}/guides/{local.slug}")
