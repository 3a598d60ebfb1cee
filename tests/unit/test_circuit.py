"""The circuit breaker: when it opens, and how it closes again."""

from dataclasses import dataclass

import pytest

from desk.contract.errors import BackendError, BackendRefused, BackendUnavailable
from desk.http.circuit import Circuit


@dataclass
class Clock:
    """A clock that is set by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def ends_with(circuit: Circuit, error: BackendError | None) -> None:
    """Let one call through that ends so."""
    try:
        with circuit.guard():
            if error is not None:
                raise error
    except BackendError as exc:
        assert exc is error  # noqa: PT017 - not the circuit's own refusal


def test_circuit_opens_after_failures_in_a_row() -> None:
    """The threshold's failure opens it; then calls are refused without being made."""
    circuit = Circuit(Clock(), threshold=3)
    for _ in range(3):
        ends_with(circuit, BackendUnavailable())
    with pytest.raises(BackendUnavailable, match="circuit is open"), circuit.guard():
        pytest.fail("the call was let through")


@pytest.mark.parametrize("good", [None, BackendRefused()], ids=["an answer", "a refusal is an answer"])
def test_an_answer_in_between_keeps_it_closed(good: BackendError | None) -> None:
    """Failures count in a row only."""
    circuit = Circuit(Clock(), threshold=2)
    for end in (BackendUnavailable(), good, BackendUnavailable()):
        ends_with(circuit, end)
    assert not circuit.is_open


def test_after_a_rest_one_probe_goes_through() -> None:
    """Half open: one call probes, a second beside it is refused; the probe's answer closes the circuit."""
    clock = Clock()
    circuit = Circuit(clock, threshold=1, rest_seconds=10)
    ends_with(circuit, BackendUnavailable())
    clock.seconds = 10
    with circuit.guard(), pytest.raises(BackendUnavailable, match="circuit is open"), circuit.guard():
        pytest.fail("a second call was let through beside the probe")
    assert not circuit.is_open


def test_a_failed_probe_opens_it_for_another_rest() -> None:
    """The system is still down: nobody else tries until the next rest is over."""
    clock = Clock()
    circuit = Circuit(clock, threshold=1, rest_seconds=10)
    ends_with(circuit, BackendUnavailable())
    clock.seconds = 10
    ends_with(circuit, BackendUnavailable())
    clock.seconds = 19
    with pytest.raises(BackendUnavailable, match="circuit is open"), circuit.guard():
        pytest.fail("the call was let through")


def test_a_probe_that_is_cancelled_leaves_the_next_one_free() -> None:
    """A probe that ends with neither answer nor failure (a turn cut off) does not hold the circuit open for ever."""
    clock = Clock()
    circuit = Circuit(clock, threshold=1, rest_seconds=10)
    ends_with(circuit, BackendUnavailable())
    clock.seconds = 10
    with pytest.raises(KeyboardInterrupt), circuit.guard():
        raise KeyboardInterrupt
    ends_with(circuit, None)
    assert not circuit.is_open
