"""Whom a note mentions: a login, a name, a name with its login, nobody, several."""

import pytest

from desk.contract.staff import Actor
from desk.tickets.staffing.mentions import Mentions, mentions_in

PEOPLE = [
    Actor("wang.fang", "王芳"),
    Actor("wang.fangfang", "王芳芳"),
    Actor("li", "李雷"),
    Actor("li.2", "李雷"),
    Actor("lin", "Lin"),
    Actor("linda", "Linda May"),
    Actor("robot", ""),
]
LOGINS = {"wang.fang", "li", "lin", "linda"}
NOTES: dict[str, tuple[str, Mentions]] = {
    "a login": ("@Wang.Fang please", Mentions(("wang.fang",), (), ())),
    "a login before a name": ("@lin, @Lin", Mentions(("lin",), (), ())),
    "a name without a space behind it": ("请@王芳看一下", Mentions((), (), ())),
    "a name": ("@王芳看一下，@王芳 再看", Mentions(("wang.fang",), (), ())),
    "the longest name": ("@王芳芳看一下", Mentions(("wang.fangfang",), (), ())),
    "a name of two words": ("@linda may look, @Linda May", Mentions(("linda",), (), ())),
    "a name with its login": ("@李雷 (li.2) 请看", Mentions(("li.2",), (), ())),
    "a name that two have": ("@李雷 请看", Mentions((), (), ("李雷",))),
    "a name within a word": ("@linden", Mentions((), ("linden",), ())),
    "nobody": ("@韩梅梅，请看", Mentions((), ("韩梅梅",), ())),
    "an address and a time": ("mail a@lin.example @12:30", Mentions((), (), ())),
}


@pytest.mark.parametrize(("note", "expected"), NOTES.values(), ids=NOTES)
def test_a_note_mentions(note: str, expected: Mentions) -> None:
    """Whoever is meant; what is meant for nobody or several is told apart."""
    assert mentions_in(note, LOGINS, PEOPLE) == expected
