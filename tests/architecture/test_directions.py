"""Style sheets name sides by the direction of writing, so that a page stands right in a language written the other way.

Such words are shown already: names and messages of residents are in any script (`dir="auto"`).
"""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, text_of

STYLES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("desk/*/static/**/*.css"))
EXCEPTIONS = {
    ("desk/web/static/chat/launcher.css", ':host([side="left"]) .launch, :host([side="left"]) .panel'): (
        "a site names the side of its own page, which does not turn with the language of the chat"
    ),
    ("desk/web/static/chat/launcher.css", ':host([side="right"]) .launch, :host([side="right"]) .panel'): ("likewise"),
}
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIDES = re.compile(
    r"(?:margin|padding|scroll-margin|scroll-padding|border)-(?:left|right|top|bottom)(?:-(?:width|style|color))?"
    r"|left|right|top|bottom|border-(?:top|bottom)-(?:left|right)-radius"
)
TURNS = frozenset({"text-align", "float", "clear", "caption-side"})
CORNERS = {2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}
FOUR_SIDES = frozenset({"margin", "padding", "inset", "border-width", "border-color", "border-style", "scroll-margin"})


def values(said: str) -> list[str]:
    """The values of a declaration, each function as one."""
    parts, depth = [""], 0
    for char in said.strip():
        depth += (char == "(") - (char == ")")
        if char == " " and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part]


def is_physical(name: str, said: str) -> bool:
    """Whether a declaration means another thing where writing goes from right to left."""
    if SIDES.fullmatch(name):
        return True
    if name in TURNS:
        return said.strip() in {"left", "right"}
    given = values(said.partition("!")[0])
    if name in FOUR_SIDES:
        return len(given) == 4 and given[1] != given[3]
    if name == "border-radius" and "/" not in said and len(given) >= 2:  # corners from the start, clockwise
        first, second, third, fourth = (given[at] for at in CORNERS[len(given)])
        return (first, fourth) != (second, third)
    return False


def physical(text: str) -> Iterator[tuple[str, str]]:
    """Selector and declaration of each."""
    for selector, body in RULE.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
        for one in body.split(";"):
            name, _, said = one.partition(":")
            if is_physical(name.strip(), said):
                yield selector.strip(), one.strip()


@pytest.mark.parametrize("path", STYLES)
def test_no_side_is_left_or_right(path: str) -> None:
    """But where the reason is written down."""
    assert [found for found in physical(text_of(path)) if (path, found[0]) not in EXCEPTIONS] == []


def test_exceptions_are_needed() -> None:
    """Each is of a rule that there is."""
    found = {(path, selector) for path in STYLES for selector, _ in physical(text_of(path))}
    assert found == EXCEPTIONS.keys()


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("margin-left: 1px", True),
        ("margin-inline-start: 1px", False),
        ("left: 0", True),
        ("text-align: right", True),
        ("text-align: end", False),
        ("padding: 1px 2px 3px 4px", True),
        ("padding: 1px 2px 3px 2px", False),
        ("padding: 1px calc(2px + 1px) 0 calc(2px + 1px)", False),
        ("inset: 0 auto auto 1rem", True),
        ("border-radius: 1px 1px 0 0", False),
        ("border-radius: 1px 0 0 1px", True),
        ("border-radius: 50%", False),
        ("--left: 1px", False),
    ],
)
def test_what_is_a_side_is_told(declaration: str, expected: bool) -> None:
    """Names and shorthands."""
    assert bool(list(physical(f"a {{ {declaration}; }}"))) is expected
