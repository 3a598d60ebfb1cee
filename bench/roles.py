"""What it costs a turn that roles know each other: `python -m bench.roles`, milliseconds of processor time, medians.

All that a turn passes on its way from the worker to the actions and back, with bodies of a turn's usual size: signing,
checking, and the desk's signature of what the turn may know. Processor time, so that a busy machine measures the same.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

from desk.contract.messages import Context, Message
from desk.contract.turns import TurnRequest
from desk.http.peers import signer, verifier
from desk.http.signatures import Signatures
from desk.store.keys import Keys
from roles.mac import BOT_TO_ACTIONS, CONTENT_TYPE, DESK_TO_BOT, HEADER, Signer, Verifier
from values.lexicon import lexicon

ROUNDS, TURNS = 30, 100
STATE_BYTES, CALL_BYTES, ANSWER_BYTES = 6_000, 12_000, 8_000
"""A form half filled: its memory, the bot's call of the action, an answer with a card and buttons."""
_WORDS = lexicon(__file__)
KEYS = Keys("of a benchmark, long enough for anybody")


def _request(orders: int) -> TurnRequest:
    subject = {"key": "traffic_fines.subject", "args": {"plate": _WORDS.text("plate")}}
    order = {
        "order": "202611280000000000000001",
        "city": "hangzhou",
        "service": "traffic_fines",
        "agency": "traffic_police",
        "status": "paid",
        "amount": "200.00",
        "items": [{"reference": "3301059292091567", "amount": "200.00", "title": subject}],
        "subject": subject,
        "created_at": "2026-11-28T09:00:00+08:00",
        "expires_at": "2026-11-28T09:30:00+08:00",
    }
    context = Context.model_validate(
        {
            "city": "hangzhou",
            "locale": "zh_Hans",
            "channel": "webchat",
            "now": datetime.now(UTC),
            "situation": {"step": "asked", "service": "traffic_fines", "asked": "vin_last6", "offered": ["a"] * 20},
            "orders": [order] * orders,
        }
    )
    message = Message(id="4711", kind="text", text=_WORDS.text("said"))
    return TurnRequest(conversation="c" * 36, message=message, state={"slots": "x" * STATE_BYTES}, context=context)


def _way(signing: Signer, checking: Verifier, path: str, body: bytes, answer: bytes) -> None:
    signed = signing.sign("POST", path, body)
    ticket = checking.admit("POST", path, {HEADER: signed.header, "Content-Type": CONTENT_TYPE})
    checking.check(ticket, body)
    assert signing.is_answer(signed, 200, checking.answer(ticket, 200, answer), answer)


def turn_of(request: TurnRequest) -> Callable[[], None]:
    """All that is added to a turn."""
    signatures = Signatures(KEYS)
    to_bot, at_bot = signer(KEYS, DESK_TO_BOT), verifier(KEYS, DESK_TO_BOT)
    to_actions, at_actions = signer(KEYS, BOT_TO_ACTIONS), verifier(KEYS, BOT_TO_ACTIONS)
    call, answer, body = b"c" * CALL_BYTES, b"a" * ANSWER_BYTES, request.model_dump_json().encode()

    def turn() -> None:
        context = request.context.model_dump(mode="json")
        signature = signatures.of_turn(request.conversation, request.message.id, context)
        request.model_copy(update={"signature": signature})
        _way(to_bot, at_bot, "/turn", body, answer)
        _way(to_actions, at_actions, "/webhook", call, answer)
        signatures.check_turn(signature, request.conversation, request.message.id, context)

    return turn


def measured(turn: Callable[[], None]) -> float:
    """Milliseconds of one turn: the median of rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TURNS):
            turn()
        rounds.append((time.process_time() - began) / TURNS * 1_000)
    return round(median(rounds), 3)


if __name__ == "__main__":
    print(json.dumps({f"{orders} orders": measured(turn_of(_request(orders))) for orders in (0, 10)}))
