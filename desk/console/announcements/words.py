"""How pages name what stands in an announcement, and how it reads to residents in each language and on each channel."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from desk.announcements.audience.lists import MadeList
from desk.announcements.beginning import CLOCK, OUTRUN
from desk.announcements.composing.documents import attached
from desk.announcements.composing.images import page_of
from desk.announcements.composing.over import draft_of
from desk.announcements.content import (
    CONVERTED,
    SOURCE,
    Document,
    Kind,
    LeftOut,
    Mode,
    State,
    Urgency,
    languages_of,
    needed_of,
)
from desk.announcements.history import Done
from desk.announcements.rows import AnnouncementRow
from desk.announcements.telling.pace import put_off
from desk.announcements.words import MARK, Notice, described, said, with_documents
from desk.city.area import Area, square_km
from desk.console import shell, visits
from desk.console.parts import CONSOLE
from desk.console.ticket_words import NOBODY, TicketWords
from desk.contract.channel import Channel, Charges, Piece
from desk.contract.messages import Reply, Text
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import LOCALES, Locale
from desk.conversations.numbered import wordings
from desk.staff.names import Names
from desk.texts.catalogs import LANGUAGE_TAGS, spoken_name
from desk.texts.splitting import choices, with_choices
from desk.web.parts import PARTS

COLOURS = {
    State.DRAFT: "plain",
    State.PENDING: "wait",
    State.RETURNED: "wait",
    State.REJECTED: "bad",
    State.APPROVED: "good",
    State.SENDING: "wait",
    State.DONE: "good",
    State.CANCELLED: "bad",
}

POSTS = {"waiting": "wait", "sending": "wait", "sent": "good", "rejected": "bad", "unknown": "bad"}
"""The kinds of tag of a post on a public account, by its state."""
TEXTS = {
    "titles": "announcement_title",
    "texts": "announcement_text",
    "mistake": "announcement_mistake",
    "alternatives": "announcement_alternative",
    "document_names": "announcement_document_name",
}
"""What texts by language are called."""
CORRECTED = "corrected"
"""The reason with which the room stops what is corrected."""
FAILING = re.compile(r"(?:(?P<account>\S+): )?(?P<failed>\d+) of the last (?P<ended>\d+) messages did not arrive")
"""As the teller writes why it paused a send; in the history with the account."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An announcement as it reads in a language.

    Attributes:
        locale, tag: the language, and what stands in `lang=`.
        text: what residents read, also where they read another language; empty: nothing is written that could be shown.
        buttons: below it.
        numbered: the same on channels without buttons.
        pieces: channels on which it takes several messages, with how many.
        charged: channels on which each resident costs something, with as how many parts it is charged at the most.
        is_written: somebody wrote it; else it is converted, or missing.
        is_converted: it is converted from the first one.
        is_needed: it has to be written.
    """

    locale: Locale
    tag: str
    text: str
    buttons: Sequence[str]
    numbered: str
    pieces: Sequence[tuple[str, int]]
    charged: Sequence[tuple[str, int]]
    is_written: bool
    is_converted: bool
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An image of an announcement: what is to be seen on it, and in each language (`lang=`, its name, what is said)."""

    sha256: str
    alternative: str
    tag: str
    said: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of an announcement, and how it is named in each language (`lang=`, the language, what is said)."""

    sha256: str
    file: str
    said: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Over:
    """What is said of an announcement that is taken back, in a language (`lang=`)."""

    tag: str
    title: str
    text: str


class AnnouncementWords:
    """Words about announcements, in the language of a request. `names` are those of the staff whom they name."""

    def __init__(self, request: web.Request, names: Names = NOBODY) -> None:
        self._names = names
        self._request = request
        self._words = shell.words_of(request)
        self._room = request.app[CONSOLE].announcements
        self._locale = visits.locale_of(request)
        self._tickets = TicketWords(request)

    def t(self, key: str, **args: str | int) -> str:
        """A text of the console."""
        return self._words.t(key, **args)

    def colour(self, state: State) -> str:
        """The kind of tag of a state."""
        return COLOURS[state]

    def post_colour(self, state: str) -> str:
        """The kind of tag of a post on a public account."""
        return POSTS[state]

    def state(self, row: AnnouncementRow) -> str:
        """How far it is, in words."""
        if row.withdrawn_at is not None:
            return self.t("announcement_state_withdrawn")
        return self.t(f"announcement_state_{row.state}")

    def stands(self, row: AnnouncementRow, told: int) -> str:
        """The text that says how it stands, and whether anybody was told."""
        if row.withdrawn_at is not None or row.state is State.CANCELLED:
            how = "cancelled" if row.withdrawn_at is None else "withdrawn"
            return f"announcement_next_{how}" if told else f"announcement_next_{how}_untold"
        return f"announcement_next_{row.state}"

    def is_over(self, row: AnnouncementRow) -> bool:
        """Whether nobody else will be told."""
        return row.withdrawn_at is not None or row.state in (State.DONE, State.CANCELLED, State.REJECTED)

    def seen(self, row: AnnouncementRow) -> str:
        """The text that says who can read it, now or once it is sent."""
        if row.mode is Mode.TRAINING:
            return "announcement_seen_training"
        if not row.draft.is_on_pages:
            return "announcement_seen_them"
        if row.withdrawn_at is not None:
            return "announcement_seen_no_more"
        if row.published_at is not None:
            return "announcement_seen_all"
        return "announcement_seen_never" if self.is_over(row) else "announcement_seen_all_then"

    def over(self, row: AnnouncementRow) -> list[Over]:
        """What those read whom it reached, where it is taken back and they are told, in each language of the city."""
        city = self._room.cities[row.city]
        draft = draft_of(row, city, self._request.app[PARTS].catalogs, {})
        return [
            Over(LANGUAGE_TAGS[one], draft.titles[one], draft.texts[one])
            for one in languages_of(city)
            if one in draft.titles
        ]

    def title(self, row: AnnouncementRow) -> str:
        """What it is called in the reader's language, else in one in which it is written."""
        return self.titled(row.id, row.titles)

    def headed(self, row: AnnouncementRow) -> str:
        """The same with the words before it that say that it is a drill, an alert, or urgent."""
        is_alert, is_urgent, title = row.kind is Kind.ALERT, row.urgency is Urgency.URGENT, self.title(row)
        if is_alert or is_urgent:
            word = self.t("announcement_kind_alert" if is_alert else "announcement_urgency_urgent")
            title = self.t("announcement_headed", word=word, title=title)
        return self.t("announcement_headed_training", title=title) if row.mode is Mode.TRAINING else title

    def marks(self, row: AnnouncementRow) -> list[str]:
        """What it says of one before it: that it corrects it, or tells that it was withdrawn."""
        if row.corrects is None:
            return []
        return [self.t(f"announcement_{'over' if row.takes_back else 'correction'}_of", number=row.corrects)]

    def author(self, row: AnnouncementRow) -> str:
        """Who wrote it; of a later date of a series, that it is one."""
        return self.who(row.created_by) if row.repeats is None else self.t("announcement_by_series", number=row.repeats)

    def who(self, login: str | None) -> str:
        """What a member of staff is called; of what begins or ends by itself that it does."""
        return self.t("announcement_by_itself") if login == CLOCK.login else self._names.of(login)

    def whose(self, logins: Iterable[str]) -> str:
        """What several are called together."""
        return self._join(self.who(one) for one in logins)

    def titled(self, number: int, titles: Mapping[str, str]) -> str:
        """The same of a number and titles."""
        known = {one: titles[one] for one in titles if titles[one].strip()}
        if not known:
            return self.t("announcement_untitled", number=number)
        if self._locale in known or "zh_Hans" in known:
            return spoken_name(known, self._locale)
        return next(iter(known.values()))

    def topic(self, slug: str) -> str:
        """What a topic is called."""
        found = self._room.topics.get(slug)
        return slug if found is None else self._name(found.names.model_dump())

    def channel(self, name: str) -> str:
        """What a channel is called."""
        return self._tickets.channel(name)

    def service(self, name: str) -> str:
        """What a service is called."""
        return self._tickets.service(name)

    def language(self, code: str) -> str:
        """What a language is called."""
        return self.t(f"ticket_language_{code}")

    def languages(self, codes: Iterable[str]) -> str:
        """What several languages are called together."""
        return self._join(self.language(one) for one in codes)

    def list_args(self, city: str, made: MadeList) -> dict[str, str | int]:
        """What a text says of a list that was brought."""
        counts = {"lines": made.lines, "known": made.known, "unreadable": made.unreadable}
        counts |= {"others": made.unknown, "unknown": made.unknown - made.unreadable}
        where = self._join(self.t("announcement_list_line", line=line, said=said) for line, said in made.unread)
        return {**counts, "where": where, "name": made.name, "until": self.moment(city, made.good_until)[:10]}

    def _named(self, part: str) -> Callable[[Any], str]:
        """How a part of an audience is called."""
        named: Mapping[str, Callable[[Any], str]] = {
            "languages": self.language,
            "channels": self.channel,
            "services": self.service,
            "without_topics": self.topic,
            "without": self.left_out,
        }
        return named[part]

    def left_out(self, one: LeftOut) -> str:
        """Whom an announcement leaves out: what they are called, and who they are."""
        who = [self.t(f"announcement_whom_{one.whom}")]
        for part in ("services", "languages", "channels"):
            who += map(self._named(part), getattr(one, part))
        who += [] if one.area is None else [f"{square_km(one.area):.1f} km²"]
        who += [self.t("announcement_and_followers")] if one.and_followers else []
        less = self._join(self.topic(topic) for topic in one.without_topics)
        who += [f"{self.t('announcement_without')} {less}"] if less else []
        said = " · ".join(who)
        return self.t("announcement_less_is", name=one.name, who=said) if one.name else said

    def begins(self, row: AnnouncementRow) -> datetime | None:
        """When it began, or is to begin."""
        return row.published_at or row.due_at or row.schedule.at

    def quiet_until(self, row: AnnouncementRow) -> str:
        """When quiet hours end that keep one from being told, once it was approved; empty: they do not."""
        city = self._room.cities[row.city]
        until = put_off(row, city, self._room.now()) if row.state in (State.APPROVED, State.SENDING) else None
        return self.moment(row.city, until)

    def act(self, name: str) -> str:
        """What was done."""
        return self.t(f"announcement_did_{name}")

    def reason(self, done: Done) -> str:
        """Why it was done, as whoever did it said; of an approval, what was read."""
        match done.act:
            case "approve":
                return self._join(self.language(one) for one in done.reason.split(", "))
            case "ask":
                language, _, login = done.reason.partition(" ")
                return f"{self.language(language)} · {self.who(login) or self.t('announcement_nothing')}"
            case "trial":
                return self._join(self.who(one) for one in done.reason.split(", "))
            case "void":
                return ""
            case "cancel" if done.reason == CORRECTED:
                return self.t("announcement_why_corrected")
            case "cancel" if done.reason == OUTRUN:
                return self.t("announcement_why_outrun")
            case "pause":
                return self.paused(done.reason)
            case _:
                return done.reason

    def paused(self, why: str | None) -> str:
        """Why a send is paused: what somebody said, or that most messages did not arrive."""
        found = FAILING.fullmatch(why or "")
        if found is None:
            return why or ""
        counts = {"failed": found["failed"], "ended": found["ended"]}
        if found["account"] is None:
            return self.t("announcement_why_failing", **counts)
        return self.t("announcement_why_failing_on", account=found["account"], **counts)

    def field(self, name: str) -> str:
        """What a field is called, as a difference names it: `titles.en`, `schedule.at`."""
        what, _, part = name.partition(".")
        if what in TEXTS:
            of = self.t(TEXTS[what])
            return f"{of} · {self.language(part)}"
        return self.t(f"announcement_field_{part or what}")

    def value(self, row: AnnouncementRow, name: str, value: Any) -> str:
        """A value of a field, as a person reads it."""
        part = name.rpartition(".")[2]
        match part, value:
            case _, None | () | [] | "":
                return self.t("announcement_nothing")
            case _, datetime():
                return self.moment(row.city, value)
            case _, bool():
                return self.t("announcement_yes" if value else "announcement_no")
            case (("topic" | "image"), str()):
                return self.topic(value) if part == "topic" else self.t("announcement_image_named", name=value[:8])
            case (("urgency" | "whom" | "every"), _):
                return self.t(f"announcement_{part}_{value}")
            case "documents", _:
                return self._join(f"{one.file} ({one.sha256[:8]})" for one in value)
            case "districts", _:
                return self._join(self._words.district(row.city, one) for one in value)
            case "public", _:
                return self._join(self.t(f"announcement_public_{one}") for one in value)
            case (("languages" | "channels" | "services" | "without_topics" | "without"), _):
                return self._join(map(self._named(part), value))
            case _:
                return f"{square_km(value):.1f} km²" if isinstance(value, Area) else str(value)

    def moment(self, city: str, at: datetime | None) -> str:
        """A time in the city's zone."""
        if at is None:
            return ""
        zone = self._room.cities[city].timezone
        return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"

    def picture(self, row: AnnouncementRow) -> Shown | None:
        """Its image, with what is said of it in each language."""
        if row.image is None:
            return None
        said = row.image.alternatives
        written = [(LANGUAGE_TAGS[one], self.language(one), said.get(one, "")) for one in LOCALES]
        best = next((one for one in (self._locale, *LOCALES) if said.get(one)), None)
        return Shown(row.image.sha256, said[best] if best else "", LANGUAGE_TAGS[best or self._locale], written)

    def documents(self, row: AnnouncementRow) -> list[Paper]:
        """Its documents, as they are named in each language of the city."""
        here, catalogs = languages_of(self._room.cities[row.city]), self._request.app[PARTS].catalogs

        def named(one: Document, locale: Locale) -> tuple[str, str, str]:
            text = catalogs.text(Text.model_validate(described(one)), locale)
            return LANGUAGE_TAGS[locale], self.language(locale), text

        return [Paper(one.sha256, one.file, [named(one, locale) for locale in here]) for one in row.documents]

    def readings(self, row: AnnouncementRow) -> list[Reading]:
        """As residents read it, in each language of the city."""
        city, catalogs = self._room.cities[row.city], self._request.app[PARTS].catalogs
        channels = self._request.app[CONSOLE].channels
        here = {one.channel for one in city.accounts}
        reply = self._reply(row)
        found, spoken = [], wordings(catalogs)
        written, needed = row.draft.languages, needed_of(row.draft, city)
        for locale in languages_of(city):
            is_written, is_converted = locale in written, locale == CONVERTED and locale not in written
            is_there = is_written or SOURCE in written
            spoken_in = locale if is_written or is_converted else SOURCE
            message = catalogs.render(reply, locale)
            plain = spoken[locale].of(message)
            pieces = {
                name: self._pieces(row, channel, message, plain)
                for name, channel in sorted(channels.items())
                if name in here
            }
            found.append(
                Reading(
                    locale=locale,
                    tag=LANGUAGE_TAGS[spoken_in],
                    text=message.text if is_there else "",
                    buttons=[one.title for one in message.buttons],
                    numbered=with_choices(plain, choices(plain)),
                    pieces=[(self.channel(name), len(sent)) for name, sent in pieces.items() if len(sent) > 1],
                    charged=[
                        (self.channel(name), sum(map(channel.charged, pieces[name])))
                        for name, channel in sorted(channels.items())
                        if name in pieces and isinstance(channel, Charges)
                    ],
                    is_written=is_written,
                    is_converted=is_converted,
                    is_needed=locale in needed,
                )
            )
        return found

    def charged(self, row: AnnouncementRow, channel: str, locale: Locale) -> int | None:
        """As how many parts it is charged at the most to who reads a language on a channel; None: it costs nothing."""
        found, catalogs = self._request.app[CONSOLE].channels.get(channel), self._request.app[PARTS].catalogs
        if found is None or not isinstance(found, Charges):
            return None
        message = catalogs.render(self._reply(row), locale)
        plain = wordings(catalogs)[locale].of(message)
        return sum(map(found.charged, self._pieces(row, found, message, plain)))

    def _reply(self, row: AnnouncementRow) -> Reply:
        notice = Notice.of(row.sayable, at=row.published_at or self._room.now())
        reply = said(notice, self._room.cities[row.city], self._room.topics, unasked=True, audience=row.audience)
        return with_documents(reply, attached(row.documents, row.city, row.id, self._room.public_url))

    def _pieces(
        self, row: AnnouncementRow, channel: Channel, message: RenderedMessage, plain: RenderedMessage
    ) -> Sequence[Piece]:
        return channel.render(self._sent(row, plain if channel.abilities.numbers else message, channel))

    def _sent(self, row: AnnouncementRow, message: RenderedMessage, channel: Channel) -> RenderedMessage:
        """What a channel is given: of one that shows no images where the image is seen is a line of the text."""
        if row.image is None or channel.abilities.images or not self._room.public_url:
            return message
        page = page_of(self._room.public_url, row.city, row.id)
        catalogs = self._request.app[PARTS].catalogs
        said = catalogs.text(Text(key="announcements.image_at", args={"page": page}), message.locale)
        return message.model_copy(update={"text": f"{message.text}\n{said}"})

    @property
    def mark(self) -> str:
        """What stands below a conversion that nobody read."""
        return MARK

    @property
    def without_buttons(self) -> list[str]:
        """Channels that write choices as numbered lines, by name."""
        channels = self._request.app[CONSOLE].channels
        return [self.channel(name) for name, one in sorted(channels.items()) if one.abilities.numbers]

    def _name(self, names: dict[str, Any]) -> str:
        return self._request.app[PARTS].catalogs.name(names, self._locale)

    def _join(self, names: Any) -> str:
        return (", " if self._locale == "en" else "、").join(names)
