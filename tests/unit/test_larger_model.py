"""What a larger model is asked, and which of its answers are taken: all of it is right, or none is."""

import json
from typing import Any

import pytest
from fixtures.larger_model import Proposer

from actions.dialogue.reading.proposing import HARMLESS, MOST, Argument, Candidate, Chosen, Proposal
from actions.larger_model import answers, asking
from actions.larger_model.client import LIMITS, Remembering
from desk.contract.commands import COMMANDS
from desk.contract.errors import BackendNonsense, BackendTimeout, BackendUnavailable
from desk.contract.messages import Text
from desk.contract.situation import Offered, Situation, Standing

BUS = Candidate("start", "next_bus", frozenset({"stop", "bus_line"}))
FEE, ERASE, THANKS = Candidate("ask_fee"), Candidate("erase"), Candidate("thanks")
CANDIDATES = (BUS, FEE, ERASE, THANKS)
MESSAGE = "[plate] 武林广场那趟车呢"


def answer(commands: object, *, content: object = None, finish: str = "stop", model: str = "m-32b") -> bytes:
    """A chat completion with these commands, or with another content."""
    said = json.dumps({"commands": commands}, ensure_ascii=False) if content is None else content
    message = {"role": "assistant", "content": said}
    return json.dumps({"model": model, "choices": [{"message": message, "finish_reason": finish}]}).encode()


def command(name: str, **named: str) -> dict[str, Any]:
    return {"command": name, "arguments": [{"entity": one, "written": value} for one, value in named.items()]}


def test_a_right_answer_is_a_proposal() -> None:
    """Its commands with what the message names for them, and who said so."""
    proposal = answers.read(200, answer([command("start:next_bus", stop="武林广场")]), MESSAGE, CANDIDATES)
    assert proposal == Proposal((Chosen(BUS, (Argument("stop", "武林广场"),)),), "m-32b")


def test_nothing_is_an_answer() -> None:
    """Where none of the candidates fits."""
    assert answers.read(200, answer([]), MESSAGE, CANDIDATES).chosen == ()


def test_an_odd_name_of_a_model_is_no_answer() -> None:
    """It goes to the logs: only a name of the usual form does."""
    with pytest.raises(BackendNonsense):
        answers.read(200, answer([], model="m\nforged=1"), MESSAGE, CANDIDATES)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(answer([command("drop_tables")]), id="a command that is no candidate"),
        pytest.param(answer([command("thanks"), command("person")]), id="one of two is no candidate"),
        pytest.param(answer([command("start:next_bus", stop="西湖")]), id="an argument that is no span"),
        pytest.param(answer([command("start:next_bus", stop="")]), id="an empty argument"),
        pytest.param(
            answer([command("start:next_bus", phone="武林广场")]), id="a value that the command does not have"
        ),
        pytest.param(answer([command("ask_fee", stop="武林广场")]), id="a value for a command without any"),
        pytest.param(answer([command("thanks")] * (MOST + 1)), id="too many commands"),
        pytest.param(answer([command("start:next_bus", stop="武" * 81)]), id="an argument that is too long"),
        pytest.param(answer([{**command("thanks"), "say": "hello"}]), id="more than the schema has"),
        pytest.param(answer(None, content="The resident says thanks."), id="prose"),
        pytest.param(answer(None, content='{"commands": ["thanks"]}'), id="commands that are none"),
        pytest.param(answer(None, content='```json\n{"commands": []}\n```'), id="JSON in a fence"),
        pytest.param(answer([command("thanks")], finish="length"), id="cut short"),
        pytest.param(b'{"model": "m", "choices": [{"message": {"content": null, "refusal": "no"}}]}', id="a refusal"),
        pytest.param(b'{"model": "m", "choices": []}', id="no choice"),
        pytest.param(b"<html>", id="no JSON"),
    ],
)
def test_a_wrong_answer_is_refused_whole(content: bytes) -> None:
    """Nothing of it is taken."""
    with pytest.raises(BackendNonsense):
        answers.read(200, content, MESSAGE, CANDIDATES)


@pytest.mark.parametrize("status", [201, 301, 400, 401, 404, 429, 500, 503])
def test_any_other_status_is_no_answer(status: int) -> None:
    """A wrong key or model counts as a failure, too: after some of them it is not asked for a while."""
    with pytest.raises(BackendUnavailable):
        answers.read(status, answer([]), MESSAGE, CANDIDATES)


def test_an_answer_is_not_quoted_in_the_error() -> None:
    """It may hold what a resident wrote."""
    with pytest.raises(BackendNonsense) as caught:
        answers.read(200, answer([command("13812345678")]), MESSAGE, CANDIDATES)
    assert "138" not in str(caught.value)


def test_the_request_confines_the_answer_to_the_candidates() -> None:
    """By a JSON schema: an enumeration, at most three, no further fields."""
    body: Any = asking.request("m-32b", MESSAGE, Situation(), CANDIDATES)
    wanted = body["response_format"]["json_schema"]
    commands = wanted["schema"]["properties"]["commands"]
    assert (body["model"], body["temperature"], wanted["strict"]) == ("m-32b", 0, True)
    assert commands["maxItems"] == 3
    assert commands["items"]["properties"]["command"]["enum"] == ["start:next_bus", "ask_fee", "erase", "thanks"]
    assert commands["items"]["additionalProperties"] is False


def test_no_values_can_be_named_where_no_command_has_any() -> None:
    """An enumeration of nothing would be no schema."""
    arguments: Any = asking.schema((FEE,))["properties"]
    assert arguments["commands"]["items"]["properties"]["arguments"]["maxItems"] == 0


def test_buttons_are_stated_without_what_they_carry() -> None:
    """A button's title and payload may hold the number of a notice, or an amount."""
    button = Offered(
        command="pay_some",
        title=Text(key="button.pay", args={"amount": {"money": "200.00"}}),
        payload='/choose{"reference": "3301059292091567"}',
    )
    standing = Standing(what="order", service="traffic_fines", status="open")
    situation = Situation(said=("traffic_fines.result",), buttons=(button,), standing=(standing,))
    body = json.dumps(asking.request("m", MESSAGE, situation, CANDIDATES))
    assert ("button.pay" in body, "3301059292091567" in body, "200.00" in body) == (True, False, False)


def test_every_command_that_is_made_sure_is_one_and_undoes_nothing() -> None:
    """The list is closed: what it does not name is never enough by itself."""
    assert set(COMMANDS) >= HARMLESS
    heavy = {
        "confirm",
        "pay_all",
        "pay_some",
        "cancel_this",
        "withdraw",
        "move",
        "erase",
        "person",
        "refund",
        "restart",
    }
    assert not HARMLESS & (heavy | {"choose", "complain", "unsubscribe", "skip", "refuse"})


def test_half_of_a_proposal_is_not_acted_upon() -> None:
    """Thanks, and an erasure: neither."""
    assert Proposal((Chosen(THANKS), Chosen(ERASE)), "m").harmless == ()
    assert Proposal((Chosen(BUS), Chosen(FEE)), "m").harmless == (Chosen(BUS), Chosen(FEE))


def test_a_courtesy_beside_something_else_wants_nothing() -> None:
    """Alone it is answered."""
    assert Proposal((Chosen(THANKS), Chosen(FEE)), "m").harmless == (Chosen(FEE),)
    assert Proposal((Chosen(THANKS),), "m").harmless == (Chosen(THANKS),)


async def test_the_same_is_asked_once() -> None:
    """By message, situation and candidates; the oldest is forgotten, and what failed is asked again."""
    model = Proposer(chooses=["thanks"])
    remembering = Remembering(model, most=2)
    asked = Situation(step="asking", asks_for="plate")
    for message, situation in (("a", Situation()), ("a", Situation()), ("a", asked), ("b", Situation())):
        await remembering.propose(message, situation, CANDIDATES)
    assert [message for message, _, _ in model.shown] == ["a", "a", "b"]
    await remembering.propose("a", Situation(), CANDIDATES)
    assert len(model.shown) == 4
    model.failures.append(BackendTimeout())
    with pytest.raises(BackendTimeout):
        await remembering.propose("c", Situation(), CANDIDATES)
    await remembering.propose("c", Situation(), CANDIDATES)
    assert len(model.shown) == 6


def test_a_turn_waits_a_second_and_a_half() -> None:
    """One call, and its failure is heard before the budget ends: only so the circuit breaker counts it."""
    assert (LIMITS.budget, LIMITS.tries) == (1.5, 1)
    assert max(LIMITS.attempt, LIMITS.only_attempt) < LIMITS.budget
