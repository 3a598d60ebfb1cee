"""Accounts of the pretend gateway, and what telephones got."""

from dataclasses import dataclass, field
from datetime import datetime

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was taken."""

    id: str
    to: str
    text: str
    at: datetime
    parts: int


@dataclass
class Account:
    """An account: its number, the key of both ways, and where it brings what happens."""

    city: str
    number: str
    key: str
    callback: str | None
    texts: list[Text] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    events: int = 0

    def take(self, to: str, text: str, at: datetime) -> Text:
        """Take a text for a number."""
        taken = Text(f"{self.number}-{len(self.texts) + 1}", to, text, at, charged(text))
        self.texts.append(taken)
        return taken

    def got(self, number: str) -> list[Text]:
        return [text for text in self.texts if text.to == number]

    def is_fresh(self, nonce: str) -> bool:
        """Whether a nonce was not used yet; it is now."""
        fresh = nonce not in self.nonces
        self.nonces.add(nonce)
        return fresh

    def next_event(self) -> str:
        self.events += 1
        return f"{self.number}-e{self.events}"


def charged(text: str) -> int:
    """The parts that a network charges: 160 or 153 septets, else 70 or 67 words of UTF-16."""
    if set(text) <= GSM | ESCAPED:
        units = len(text) + sum(char in ESCAPED for char in text)
        return 1 if units <= 160 else -(-units // 153)
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)
