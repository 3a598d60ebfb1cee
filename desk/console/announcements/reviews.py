"""Who is asked to read which language of an announcement, and whether somebody has."""

from dataclasses import dataclass

from aiohttp import web

from desk.announcements.composing.reviewing import asked_of
from desk.announcements.content import State
from desk.announcements.service import Standing
from desk.console import visits
from desk.console.announcements.listing import room_of
from desk.console.announcements.words import AnnouncementWords
from desk.contract.wire import Locale


@dataclass(frozen=True, slots=True)
class Review:
    """A language that somebody who may approve has to read.

    Attributes:
        locale: the language.
        login: who is asked; empty: nobody is yet.
        name: what they are called.
        is_read: somebody has read it, whoever that was.
        may: who is asked may still approve it.
    """

    locale: Locale
    login: str
    name: str
    is_read: bool
    may: bool


async def reviews_of(request: web.Request, standing: Standing, words: AnnouncementWords) -> list[Review]:
    """Who is asked to read each language that is written; nothing where it goes out without a second person."""
    row, asked = standing.row, asked_of(standing.history)
    waits = row.state is State.PENDING or (row.state in (State.DRAFT, State.RETURNED) and not standing.is_alone)
    if not waits and not (asked and row.state in (State.DRAFT, State.RETURNED)):
        return []
    room, read = room_of(request), {language for one in standing.approvals for language in one.languages}
    known = await room.readers(visits.actor_of(request), row.city, row.agency, standing.authors)
    may = {one.login for one in known}
    written = [one for one in room.readable(row) if one in row.draft.languages]
    return [
        Review(one, login, words.who(login), one in read, login in may)
        for one in written
        for login in [asked.get(one, "")]
    ]
