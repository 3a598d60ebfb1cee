"""A list of residents, brought where an announcement is written: it is its audience from then on."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from desk.announcements.audience.lists import KEPT, LARGEST, MOST_LINES, MadeList, Of
from desk.announcements.composing.kept import too_many
from desk.announcements.content import MOST_LEFT_OUT, AnnouncementFault, LeftOut
from desk.console import visits
from desk.console.announcements.fields import LESS, LIST, Frame, fault_at
from desk.console.announcements.words import AnnouncementWords
from desk.console.faults import Fault
from desk.console.forms import Form
from desk.console.parts import CONSOLE
from desk.contract.messages import Text
from desk.web.gate import insist_on_pace
from desk.web.parts import PARTS

LIST_OF: tuple[Of, ...] = ("telephones", "references")
PLACES = tuple(f"{LESS}{at}" for at in range(MOST_LEFT_OUT))
"""Fields for those who are left out."""
CSV_TYPES = ".csv,.txt,text/csv,text/plain"


def limits_of(words: AnnouncementWords) -> dict[str, Any]:
    """What a page says of lists: what they hold, and how large they may be."""
    return {
        "lists_of": [(one, words.t(f"announcement_list_of_{one}"), "") for one in LIST_OF],
        "list_types": CSV_TYPES,
        "list_megabytes": LARGEST // 1_000_000,
        "list_lines": MOST_LINES,
        "list_days": KEPT.days,
    }


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a list, in words. `is_whole`: each of its lines could be used, by the column that is the first."""

    said: str = ""
    is_whole: bool = True


async def with_list(
    request: web.Request, frame: Frame, form: Form, content: bytes, *, leaves_out: bool
) -> tuple[Form, Brought, list[Fault]]:
    """The form with the list that was chosen as its audience, or as those whom it `leaves_out`, what became of it, or
    what is wrong with it.
    """
    if leaves_out and all(form[one] for one in PLACES):
        return form, Brought(), [fault_at(too_many())]
    if not content:
        return form, Brought(), [Fault(Text(key="console.error_announcement_list_none"), "list_file")]
    actor, words = visits.actor_of(request), AnnouncementWords(request)
    await insist_on_pace(request, "lists", request.app[PARTS].limits.lists, actor.login)
    kind = next((one for one in LIST_OF if form["list_of"] == one), LIST_OF[0])
    lists = request.app[CONSOLE].lists
    try:
        made = await lists.upload(actor, frame.city.slug, frame.agency, form["list_name"], kind, content)
    except AnnouncementFault as exc:
        return form, Brought(), [fault_at(exc)]
    is_whole = not made.unreadable and made.column == 1
    said = _said(words, frame.city.slug, made)
    if leaves_out:
        said = f"{said} {words.t('announcement_less_brought')}"
        filled = with_left_out(form, LeftOut(whom="list", list=made.id, name=made.name))
    else:
        filled = Form({**form, "whom": "list", "list": str(made.id)})
    return filled, Brought(said, is_whole), []


def with_left_out(form: Form, one: LeftOut) -> Form:
    """The form that leaves one more out, unless it does already.

    Raises:
        AnnouncementFault: it leaves out as many as can be.
    """
    written = one.model_dump_json()
    if written in (form[place] for place in PLACES):
        return form
    place = next((place for place in PLACES if not form[place]), None)
    if place is None:
        raise too_many()
    return Form({**form, place: written})


def _said(words: AnnouncementWords, city: str, made: MadeList) -> str:
    """What became of each line of a list."""
    more = "_more" if made.unreadable > len(made.where) else ""
    key = f"announcement_list_{'unreadable' if made.unreadable else 'taken'}{more}"
    said = [words.t(key, **words.list_args(city, made))]
    said += [words.t("announcement_list_column", column=made.column)] if made.column > 1 else []
    return " ".join(said)


async def brought_by(request: web.Request, frame: Frame, form: Form) -> str:
    """Which list is its audience, in words; empty: none, or one that is over."""
    if not LIST.fullmatch(form["list"]):
        return ""
    return await brought(request, frame.city.slug, frame.agency, int(form["list"]))


async def brought(request: web.Request, city: str, agency: str, number: int | None) -> str:
    """The same of a list by its number."""
    found = None if number is None else await request.app[CONSOLE].lists.find(city, agency, number)
    return "" if found is None else _said(AnnouncementWords(request), city, found)
