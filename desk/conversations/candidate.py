"""A model on trial that answers some residents in the place of the one that answers all others."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom it answers: those of these cities (empty: of all), and of them a share of the conversations.

    A conversation stays with it, or without it; a share that grows keeps those that it had.
    """

    fingerprint: str
    cities: frozenset[str]
    percent: int

    def answers(self, conversation: str, city: str) -> bool:
        """Whether a conversation, now in a city, is among them."""
        return (not self.cities or city in self.cities) and self._place(conversation) < self.percent

    def _place(self, conversation: str) -> float:
        """Where a conversation stands among all, 0 to 100; for each model elsewhere, so that all take their turn."""
        digest = hashlib.sha256(f"{self.fingerprint} {conversation}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64 * 100
