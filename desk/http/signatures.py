"""What desk and actions sign for each other. Between them stands the bot, which holds the key of no signature.

The desk signs what a turn may know (certificate, orders, cases) and a command that moves money; the actions believe
nothing else. The actions sign effects that bind (`desk.contract.messages.Signed`); the desk carries out no others. The
bot passes all of it on, and cannot invent it.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from desk.contract.errors import DeskError
from desk.store.keys import Keys

TURN, COMMAND, EFFECT = "signature of a turn", "signature of a command", "signature of an effect"
GOOD_SECONDS = 60.0
"""So long after it was signed a turn's context counts; the bot has 8 s."""


class NotSigned(DeskError):
    """This was not signed, or not now, or for something else."""


class Signatures:
    """Makes and checks them. `clock` gives seconds since 1970."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.time) -> None:
        self._turns = keys.signing(TURN)
        self._commands = keys.signing(COMMAND)
        self._effects = keys.signing(EFFECT)
        self._clock = clock

    def of_turn(self, conversation: str, message: str, context: Mapping[str, JsonValue]) -> str:
        """Sign what the turn of a message may know: `<time> <mac>`."""
        at = int(self._clock())
        return f"{at} {_mac(self._turns[0], [at, conversation, message, context])}"

    def check_turn(self, signature: str, conversation: str, message: str, context: Mapping[str, JsonValue]) -> None:
        """Check that the desk knows this of the turn.

        Raises:
            NotSigned: it does not.
        """
        said, _, mac = signature.partition(" ")
        at = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else 0
        if not _is_of(mac, self._turns, [at, conversation, message, context]):
            raise NotSigned("The context is not the one that the desk signed for this turn.")
        if abs(self._clock() - at) > GOOD_SECONDS:
            raise NotSigned("The context was signed too long ago.")

    def of_command(self, command: Mapping[str, JsonValue]) -> str:
        """Sign a command: every member but `signature`, its order first of all."""
        return _mac(self._commands[0], _signed(command))

    def check_command(self, command: Mapping[str, JsonValue]) -> None:
        """Check that the desk gave this command.

        Raises:
            NotSigned: it did not.
        """
        if not _is_of(str(command.get("signature")), self._commands, _signed(command)):
            raise NotSigned("The command is not one that the desk signed.")

    def of_effect(self, conversation: str, message: str, effect: Mapping[str, JsonValue]) -> str:
        """Sign an effect of the turn of a message: every member but `signature`."""
        return _mac(self._effects[0], [conversation, message, _signed(effect)])

    def check_effect(self, conversation: str, message: str, effect: Mapping[str, JsonValue]) -> None:
        """Check that the actions decided this, in this very turn.

        Raises:
            NotSigned: they did not.
        """
        signed = [conversation, message, _signed(effect)]
        if not _is_of(str(effect.get("signature")), self._effects, signed):
            raise NotSigned(f"The effect {effect.get('type')} is not one that the actions signed for this turn.")


def _signed(document: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in document.items() if name != "signature"}


def _is_of(mac: str, keys: Iterable[bytes], signed: object) -> bool:
    """Whether a signature is over this, by any of the keys that are valid."""
    return any(hmac.compare_digest(mac.encode(), _mac(key, signed).encode()) for key in keys)


def _mac(key: bytes, signed: object) -> str:
    """Over the one form that a JSON value has: members in order, no blanks, ASCII."""
    written = json.dumps(signed, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hmac.new(key, written.encode(), hashlib.sha256).hexdigest()
