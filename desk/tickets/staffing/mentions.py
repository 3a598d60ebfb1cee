"""Whom a note mentions: `@` with a login, or with a name as pages show it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from desk.contract.staff import Actor

MENTION = re.compile(r"(?<![\w@])@([a-z][a-z0-9._-]{0,30}[a-z0-9])", re.IGNORECASE)
"""A mention by login."""
AT = re.compile(r"(?<![\w@])@(?=[^\W\d_])")
WORD = re.compile(r"[^\W_]{1,40}")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Logins of whom a note mentions; what is called like nobody, and what like several."""

    logins: tuple[str, ...]
    unknown: tuple[str, ...]
    shared: tuple[str, ...]


def logins_in(note: str) -> list[str]:
    """What may be logins in a note, in lower case."""
    return [one.lower() for one in MENTION.findall(note)]


def mentions_in(note: str, logins: Collection[str], people: Sequence[Actor]) -> Mentions:
    """Whom a note mentions. A login counts before a name, and the longest name that fits.

    Args:
        note: what was written.
        logins: those of it that are of somebody.
        people: who may be mentioned by name.
    """
    found: list[str] = []
    unknown: list[str] = []
    shared: list[str] = []
    for at in AT.finditer(note):
        by_login = MENTION.match(note, at.start())
        login = "" if by_login is None else by_login[1]
        if login.lower() in logins:
            found.append(login.lower())
        elif called := _called(note[at.end() :].lower(), people):
            (found if len(called) == 1 else shared).append(called[0].login if len(called) == 1 else called[0].name)
        elif word := login or _word(note, at.end()):
            unknown.append(word)
    return Mentions(*(tuple(dict.fromkeys(one)) for one in (found, unknown, shared)))


def _word(note: str, at: int) -> str:
    found = WORD.match(note, at)
    return "" if found is None else found[0]


def _called(rest: str, people: Sequence[Actor]) -> list[Actor]:
    """Whose name a text begins with, in lower case; with the login behind it, of one alone."""
    fits = [
        (len(form), one)
        for one in people
        if one.name
        for form in (one.name.lower(), f"{one.name} ({one.login})".lower())
        if rest.startswith(form) and not _goes_on(rest[len(form) - 1 : len(form) + 1])
    ]
    longest = max((length for length, _ in fits), default=0)
    return [one for length, one in fits if length == longest]


def _goes_on(edge: str) -> bool:
    """Whether a word of Latin letters goes on where a name ends: Chinese names end without a space."""
    return len(edge) == 2 and edge.isascii() and edge.isalnum()
