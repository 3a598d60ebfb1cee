"""Published guides that are near to what was asked, and past answers that share words with it: what could be sent.

None is ever sent by itself: they are put into the box where a clerk writes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web

from desk.city.guides import LocalGuide
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from desk.tickets.service import LONGEST_REPLY
from desk.tickets.suggesting.answers import answer_of, parts_of
from desk.tickets.suggesting.near_guides import MOST, GuideWords, words_of
from desk.tickets.suggesting.past import LOOKED_AT, PastAnswer
from desk.tickets.suggesting.questions import Asked
from desk.web.parts import ANNOUNCED, PARTS, guides_of

WORD = re.compile(r"[a-z]{3,}")
ALIKE = 0.12
"""So alike must a line and the question of a past answer be: shared pieces, of those of the longer one."""
WORDS = web.AppKey("console_guide_words", dict[str, GuideWords])
"""The words of each city's guides, made when they are first looked for."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A guide: its name, answer in short, text for the box and public page; `is_said`: it was told before.

    `parts`: each part that can be put into the box alone, and its text.
    """

    title: str
    short: str
    text: str
    page: str
    is_said: bool = False
    parts: Sequence[tuple[str, str]] = ()


def suggested_for(
    request: web.Request, city: str, asked: Asked, lines: Iterable[str], locale: Locale, told: str = ""
) -> list[Suggestion]:
    """Published guides of a city that are near to what was asked.

    By meaning, once the bot has read the newest message; until then by the words of `lines`, the oldest first. `told`:
    what the resident was told already; such guides come last.
    """
    parts = request.app[PARTS]
    served, catalogs = parts.cities.get(city), parts.catalogs
    guides = (None if served is None else guides_of(request, served)) or {}
    base = request.app[ANNOUNCED].public_url
    near = asked.guides if asked.is_read else _words_of(request, city, guides).by_words([*lines][::-1])
    found = [guides[slug] for slug in near if slug in guides][:MOST]
    suggested = [_suggestion(catalogs, city, local, locale, told, asked, base) for local in found]
    return sorted(suggested, key=lambda one: one.is_said)


def _words_of(request: web.Request, city: str, guides: Mapping[str, LocalGuide]) -> GuideWords:
    known = request.app[WORDS]
    if city not in known:
        known[city] = words_of(guides)
    return known[city]


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


@lru_cache(maxsize=8 * LOOKED_AT)
def _kept(question: str) -> frozenset[str]:
    return pieces(question)


def _shared(wanted: frozenset[str], has: frozenset[str]) -> float:
    both = len(wanted & has)
    return both / max(len(wanted), len(has)) if both > 1 else 0.0


def _suggestion(
    catalogs: Catalogs, city: str, local: LocalGuide, locale: Locale, told: str, asked: Asked, base: str
) -> Suggestion:
    short = catalogs.name(local.guide.answer.model_dump(), locale)
    title = catalogs.name(local.guide.names.model_dump(), locale)
    page = f"/{city}/guides/{local.slug}?lang={locale}"
    text = answer_of(
        catalogs,
        local,
        locale,
        about=asked.about,
        cases=asked.cases.get(local.slug, ()),
        page=f"{base}{page}",
        longest=LONGEST_REPLY,
    )
    # the assistant begins with the title of a guide, a clerk may have sent its answer in short
    is_said = title in told.split("\n") or short.strip().split("\n")[0] in told
    return Suggestion(title, short, text, page, is_said, tuple(parts_of(catalogs, local, locale).items()))
