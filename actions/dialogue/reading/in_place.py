"""Whether somebody asks if one document may be used in the place of another ("my passport instead of the card")."""

from dataclasses import dataclass

from actions.phrases import plain
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_DOCUMENT, _PASSPORT, _STANDS = (_WORDS.pattern(name) for name in ("document", "passport", "stands"))


@dataclass(frozen=True, slots=True)
class InPlace:
    """What is said of the document that somebody has, and of the one that is wanted, each as `phrases.plain` has it."""

    held: str
    wanted: str

    @property
    def without_passport(self) -> str:
        """All that is said but for the passport: it alone makes nobody a foreigner."""
        return _PASSPORT.sub(" ", f"{self.held} {self.wanted}")


def in_place(text: str) -> InPlace | None:
    """Read a text; None where it names no two documents of which one takes the other's place."""
    said = plain(text)
    found = _STANDS.search(said)
    if found is None:
        return None
    held, wanted = said[: found.start()], said[found.end() :]
    if not _DOCUMENT.search(held):  # "instead of the card, may I bring …"
        wanted, _, held = wanted.partition(",")
    return InPlace(held, wanted) if _DOCUMENT.search(held) and _DOCUMENT.search(wanted) else None
