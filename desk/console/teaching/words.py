"""What pages of trainers call things: commands, values, signals, and what the account had said before a line."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from aiohttp import web

from desk.console import shell, visits
from desk.console.parts import CONSOLE
from desk.contract.commands import COMMANDS, OF_INTENTS
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.teaching.editing.meanings import TITLE, without_service
from desk.teaching.hiding import ENTITIES
from desk.teaching.rows import Line
from desk.teaching.signals import START
from desk.texts.catalogs import Catalogs
from desk.web.parts import PARTS

PLACEHOLDER = re.compile(r"\{[^{}]*\}")
UNFILLED = "…"


def matters(request: web.Request) -> dict[str, str]:
    """What a message may begin, by name: the key of what it is called. Also what is understood, and no service."""
    others = without_service(request.app[CONSOLE].library.root)
    services = {name: one.title for name, one in request.app[PARTS].services.items()}
    return {**services, **{name: f"{name}.{TITLE}" for name in others}}


class TeachingWords:
    """The words of a page of trainers, in its reader's language."""

    def __init__(self, request: web.Request) -> None:
        self._words = shell.words_of(request)
        self._catalogs = request.app[PARTS].catalogs
        self._locale = visits.locale_of(request)
        self._matters = matters(request)

    def command(self, command: str) -> str:
        """What a command is called; a start by its service."""
        name, _, service = command.partition(":")
        if name not in COMMANDS:
            return command
        if name == START and service:
            return self._words.t("command_start_of", service=self.matter(service))
        return self._words.t(f"command_{name}")

    def meaning(self, command: str) -> str:
        """What a resident wants who means a command; where there are words for one service, by those."""
        name, _, service = command.partition(":")
        own = f"meaning_{name}_{service}"
        return self._words.t(own if f"console.{own}" in self._catalogs.keys(self._locale) else f"meaning_{name}")

    def matter(self, name: str) -> str:
        """What a service is called."""
        title = self._matters.get(name)
        return name if title is None else self._words.say(Text(key=title))

    def entry(self, name: str) -> str:
        """What lines or facts are called whose name is `folder/own`: their meaning, else the service's."""
        folder, _, own = name.partition("/")
        if own in OF_INTENTS:
            return self.command(OF_INTENTS[own])
        return self.matter(own if own in self._matters else folder)

    def entity(self, name: str) -> str:
        """What a type of values is called."""
        return self._words.t(f"value_{name}")

    def language(self, code: str) -> str:
        """What a language of lines is called."""
        return self._words.t(f"ticket_language_{code}") if code in ("zh_Hans", "zh_Hant", "en") else code

    def said(self, line: Line) -> list[str]:
        """What the account had said before, without the values in it; nothing where it was nothing but values."""
        keys = (line.situation or {}).get("said", ())
        return list(filter(None, (_pattern(self._catalogs, self._locale, str(key)) for key in keys)))

    def buttons(self, line: Line) -> list[str]:
        """What was on offer, without values."""
        keys = [str(one["title"]["key"]) for one in (line.situation or {}).get("buttons", ())]
        return list(filter(None, (_pattern(self._catalogs, self._locale, key) for key in keys)))

    def asked_for(self, line: Line) -> str:
        """What value was asked for; empty: none."""
        entity = (line.situation or {}).get("asks_for")
        known = self._catalogs.keys(self._locale)
        if not entity:
            return ""
        return self.entity(str(entity)) if f"console.value_{entity}" in known else str(entity)

    def types(self) -> dict[str, str]:
        """Types of values that can be marked, by what they are called."""
        return {self.entity(one): one for one in ENTITIES}

    def facts(self, line: Line) -> list[tuple[str, str]]:
        """Where the conversation stood: what of it is known, each by its name."""
        stood: Mapping[str, Any] = line.situation or {}
        t = self._words.t
        shown = [self.matter(str(one["service"])) for one in stood.get("shown", ())]
        made = [self.matter(str(one["service"])) for one in stood.get("standing", ())]
        found = [
            (t("teaching_service"), self.matter(str(stood["service"])) if stood.get("service") else ""),
            (t("teaching_asked_for"), self.asked_for(line)),
            (t("teaching_yes_does"), t("teaching_yes") if stood.get("confirms") else ""),
            (t("teaching_shown"), ", ".join(dict.fromkeys(shown))),
            (t("teaching_made"), ", ".join(dict.fromkeys(made))),
        ]
        return [(name, value) for name, value in found if value]

    def choices(self) -> list[tuple[str, str, str]]:
        """All commands to choose from, starts first, by what they are called."""
        starts = [(f"{START}:{name}", self.matter(name), self._words.t("teaching_starts")) for name in self._matters]
        others = [(one, self.command(one), self._words.t("teaching_commands")) for one in COMMANDS if one != START]
        return [*starts, *others]

    def parts_of(self, line: Line) -> list[tuple[str, str]]:
        """A text in pieces, each with the type of the value that it is, or empty."""
        return pieces(line.text, line.spans)


def pieces(text: str, spans: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """A text in pieces: what is marked in it, each with its type, and what is between."""
    found: list[tuple[str, str]] = []
    end = 0
    for one in sorted(spans, key=lambda span: int(span["start"])):
        start, stop = int(one["start"]), int(one["end"])
        if start < end:
            continue
        found += [(text[end:start], ""), (text[start:stop], str(one["entity"]))]
        end = stop
    return [one for one in [*found, (text[end:], "")] if one[0]]


def percent(share: float | None) -> str:
    """A probability as pages show it."""
    return "" if share is None else f"{share:.0%}"


@lru_cache(maxsize=4096)
def _pattern(catalogs: Catalogs, locale: Locale, key: str) -> str:
    """A text as the catalog has it, with an ellipsis for each value; empty where it is nothing but values."""
    if key not in catalogs.keys(locale):
        return ""
    said = PLACEHOLDER.sub(UNFILLED, catalogs.section(key, locale).get("", ""))
    return said if said.replace(UNFILLED, "").strip() else ""
