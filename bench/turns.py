"""`turns`: completed turns a second, and how long one takes, through our whole durable path and through stock Rasa."""

from dataclasses import asdict
from typing import Any

from bench.figures import Round, figures, ratio, rounds_within
from bench.ground import Ground, Models, Tell, standing
from bench.load import Side, talk_all
from bench.machine import machine
from bench.sample import SAMPLE_LINES

ROUNDS = 12  # at most; short ones, so that what disturbs one side disturbs all
LEAST_ROUNDS = 1
BUDGET_SECONDS = 240.0  # no further round is begun that would end later
TURNS = 10  # of a conversation
ALONE, CROWD = 1, 16  # clients
CONVERSATIONS = {ALONE: 2, CROWD: 16}  # in each round


async def measure(models: Models, tell: Tell) -> dict[str, Any]:
    """Measure all sides in turn, round after round, and answer the result's document.

    Raises:
        StartError: a side does not come up.
    """
    async with standing(models, tell, same_model=True) as ground:
        sides: list[Side] = [ground.ours, *ground.peers]
        before = await _called(ground)
        rounds: dict[tuple[str, int], list[Round]] = {(side.name, at): [] for side in sides for at in CONVERSATIONS}
        tell.step(f"{ROUNDS} rounds of {len(sides)} sides")
        for number in rounds_within(ROUNDS, LEAST_ROUNDS, models.seconds_left(BUDGET_SECONDS)):
            scripts = {at: ground.speaker.scripts(count, TURNS) for at, count in CONVERSATIONS.items()}
            for place, side in enumerate(sides if number % 2 == 0 else reversed(sides)):
                for clients, said in scripts.items():
                    rounds[side.name, clients].append(await talk_all(side, said, clients))
                tell.progress(number * len(sides) + place + 1, ROUNDS * len(sides))
        after = await _called(ground)
        memory = ground.memory_mb()
    results = [
        side_document(side.name, {at: rounds[side.name, at] for at in CONVERSATIONS}, memory[side.name], after, before)
        for side in sides
    ]
    ours, peer, *others = results
    return {
        "name": "turns",
        "ours": ours,
        "peer": peer,
        "ratio": ratio(ours["turns_per_second"], peer["turns_per_second"]),
        "other_peers": [
            {**other, "ratio": ratio(ours["turns_per_second"], other["turns_per_second"])} for other in others
        ],
        "machine": machine(models.load_before),
        "method": {
            "rounds": len(rounds[ground.ours.name, ALONE]),
            "turns_in_a_conversation": TURNS,
            "conversations_in_a_round": {str(at): count for at, count in CONVERSATIONS.items()},
            "peer_trained_on": {"lines": models.stock.lines, "intents": models.stock.intents, "limit": SAMPLE_LINES},
            "peer_trained_in_seconds": models.stock.seconds and round(models.stock.seconds),
        },
    }


async def _called(ground: Ground) -> dict[str, int]:
    """How often the action answered, by side, since everything was started."""
    return {ground.ours.name: ground.ours.tally.by_action} | {
        peer.name: await peer.actions_called() for peer in ground.peers
    }


def side_document(
    name: str,
    rounds: dict[int, list[Round]],
    memory_mb: float | None,
    called: dict[str, int],
    called_before: dict[str, int],
) -> dict[str, Any]:
    """One side's part: the figures at most clients stand in front, all of them under `clients`."""
    by_clients = {clients: figures(measured) for clients, measured in rounds.items()}
    crowd = by_clients[max(by_clients)]
    return {
        "name": name,
        "turns_per_second": crowd.per_second,
        "p50_ms": crowd.p50_ms,
        "p95_ms": crowd.p95_ms,
        "memory_mb": memory_mb,
        "turns": sum(found.completed + found.failed for found in by_clients.values()),
        "failed": sum(found.failed for found in by_clients.values()),
        "actions_called": called[name] - called_before[name],
        "clients": {
            str(clients): {"turns_per_second": found.per_second, **_rest(asdict(found))}
            for clients, found in by_clients.items()
        },
    }


def _rest(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "per_second"}
