"""Looking for malware in files from outside: the port, and what stands in where nobody looks."""

from enum import StrEnum
from typing import Protocol

from prometheus_client import Counter

SCANS = Counter("desk_files_scanned", "Looks for malware in files from residents.", ["verdict"])


class Verdict(StrEnum):
    """What came of a look at a file."""

    CLEAN = "clean"
    MALWARE = "malware"
    UNKNOWN = "unknown"  # the scanner could not look: the file is kept back until one has
    UNSCANNED = "unscanned"  # nobody looks here


class Scanner(Protocol):
    """Looks for malware."""

    @property
    def looks(self) -> bool:
        """Whether it does at all."""
        ...

    async def scan(self, content: bytes) -> Verdict:
        """Look at a file, for some seconds at most. Raises nothing: who cannot look answers UNKNOWN."""
        ...

    async def version(self) -> str:
        """Who looks, for `desk check`.

        Raises:
            ConfigurationError: nobody answers; the message says the mend.
        """
        ...


class NoScanner:
    """Looks at nothing; for an installation without a scanner."""

    looks = False

    async def scan(self, content: bytes) -> Verdict:  # noqa: ARG002 - of the port
        """Let it pass, unseen."""
        return Verdict.UNSCANNED

    async def version(self) -> str:
        """Nobody."""
        return "files from residents are not scanned for malware; DESK_MALWARE_SCANNER names a scanner"
