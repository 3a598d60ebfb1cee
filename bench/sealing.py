"""What sealing costs in a turn: the work alone, on values of the size of a turn's. Run: python -m bench.sealing"""

import json
import secrets
import statistics
import time
from collections.abc import Callable
from uuid import uuid4

from desk.sealing.ciphers import CIPHERS
from desk.sealing.masters import Given, Masters
from desk.sealing.vault import Vault
from desk.store.keys import Keys
from values.lexicon import lexicon

TIMES = 2000
_WORDS = lexicon(__file__)
_VALUE, _CHARACTER = _WORDS.text("value"), _WORDS.text("character")
STATE = {"events": [{"event": "slot", "name": f"slot_{at}", "value": _VALUE + str(at), "at": at} for at in range(80)]}
SITUATION = {"said": "x" * 300, "asked": {"service": "traffic_fines", "field": "plate"}}
OFFERED = [f'/pay{{"order": "{one:020}"}}' for one in range(12)]
BODY = {"text": _WORDS.text("said")}
EVENT = {"message": {"id": "0" * 32, "author": "bot", "text": _CHARACTER * 120, "buttons": [], "cards": []}}
DONE = {"in_reply_to": "1", "service": None, "asks_for": None, "handed_over": False, "payment": None, "nlu": None}


def median_ms(work: Callable[[], object]) -> float:
    """The median time of a piece of work, in milliseconds."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 4)


def main() -> None:
    """Print one JSON document: milliseconds, for each algorithm."""
    found = {}
    for name in CIPHERS:
        vault, conversation = Vault(Masters(Given(""), Keys(secrets.token_urlsafe(48))), name), uuid4()
        wrapped = vault.fresh(conversation).wrapped
        key = vault.opened(conversation, wrapped)
        read = [
            (key.seal(BODY, "message"), "message"),
            *((key.seal(one, "state"), "state") for one in (STATE, SITUATION, OFFERED)),
        ]
        written = [BODY, STATE, SITUATION, OFFERED, EVENT, DONE]

        def turn() -> None:
            opened = vault.opened(conversation, wrapped)  # noqa: B023 - called in this round
            for value, thing in read:  # noqa: B023
                opened.open(value, thing)  # type: ignore[arg-type]
            for one in written:  # noqa: B023
                json.dumps(opened.seal(one, "state"))

        def plain() -> None:
            for one in written:  # noqa: B023
                json.dumps(one, ensure_ascii=False, separators=(",", ":"))

        whole, without = median_ms(turn), median_ms(plain)
        found[name] = {
            "open_key_ms": median_ms(lambda: vault.opened(conversation, wrapped)),  # noqa: B023
            "turn_ms": whole,
            "turn_without_ms": without,
            "cost_ms": round(whole - without, 4),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
