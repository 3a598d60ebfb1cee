"""A circuit breaker: a system that is down is left alone for a while, and residents are told at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from desk.contract.errors import BackendError, BackendRefused, CircuitOpen


@dataclass
class Circuit:
    """Opens after `threshold` failures in a row; after `rest_seconds` one call may probe whether the system is back.

    `clock` is monotonic, in seconds. A refusal (4xx) is an answer: the system works.
    """

    clock: Callable[[], float]
    threshold: int = 5
    rest_seconds: float = 10.0
    _failures: int = 0
    _opened_at: float | None = None
    _probing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for a probe."""
        return self._opened_at is not None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let one call through, and learn from how it ends.

        Raises:
            CircuitOpen: it was not called.
        """
        if self._opened_at is not None and (self._probing or self.clock() - self._opened_at < self.rest_seconds):
            raise CircuitOpen
        probe = self._probing = self._opened_at is not None
        try:
            yield
        except BackendRefused:
            self._close()
            raise
        except BackendError:
            self._failures += 1
            if probe or self._failures >= self.threshold:
                self._opened_at = self.clock()
            raise
        else:
            self._close()
        finally:
            if probe:
                self._probing = False

    def _close(self) -> None:
        self._failures, self._opened_at = 0, None
