"""Errors of the product: one tree.

The class docstring is the default message for developers; `text_key` names the text a resident reads
(`locales/`), and `said` is what the member of staff who caused it reads, where there is a text of its own. Errors of
outside calls say whether trying again can help (`retryable`).
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from desk.contract.messages import Text


class DeskError(Exception):
    """Something in Citydesk went wrong."""

    text_key: ClassVar[str] = "common.error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None, *, said: "Text | None" = None) -> None:
        super().__init__(message or type(self).__doc__ or "")
        self.said = said


class StartError(DeskError):
    """Citydesk cannot start. The message says what to do."""


class ConfigurationError(StartError):
    """A setting, a city file or a service file is wrong. The message names the file, the field and the mend."""


class BackendError(DeskError):
    """A city's system did not do what was asked."""

    text_key = "common.backend_failed"


class BackendUnavailable(BackendError):
    """A city's system cannot be reached, is overloaded, or its circuit is open; nothing was changed there."""

    text_key = "common.backend_unavailable"
    retryable = True


class CircuitOpen(BackendUnavailable):
    """The circuit is open: a city's system failed several times in a row, and is left alone for a while."""


class BackendTimeout(BackendUnavailable):
    """A city's system did not answer in time; whether it acted is unknown."""

    text_key = "common.backend_unavailable"


class BackendRefused(BackendError):
    """A city's system refused the request (4xx): asking again the same way cannot help."""

    def __init__(self, message: str | None = None, *, status: int = 400, code: str = "refused") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class BackendNonsense(BackendError):
    """A city's system answered with something its contract does not allow."""

    text_key = "common.backend_unavailable"
    retryable = True


class BotError(DeskError):
    """The bot answered a turn with an error."""

    retryable = True


class BotUnreachable(BotError):
    """The bot, or the actions server behind it, cannot serve just now. The turn waits; this is no try."""


class BotInterrupted(BotError):
    """The connection to the bot broke in the middle of a turn."""


class PeerStrange(DeskError):
    """What answered did not prove to be the role that was asked, or did not take this process for a role."""

    retryable = True


class NotFound(DeskError):
    """There is no such thing."""


class Conflict(DeskError):
    """The thing is not in a state in which this can be done."""


class FileHeld(Conflict):
    """The file is kept back until somebody has looked for malware in it."""

    retryable = True


class PayloadTooLarge(DeskError):
    """The request is larger than allowed."""

    text_key = "common.too_long"
