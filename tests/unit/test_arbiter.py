"""What the model makes of a message in its situation, weighed against its words; and the rules that answer then."""

from dataclasses import replace

import pytest
from fixtures.dialogue import MORNING, PLATE, TAIL, TESTVILLE, Resident, item
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.arbiter import asked, decided
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.question import ANSWERS
from actions.dialogue.state.session import Frame, Question, Session
from actions.dialogue.state.turn import Turn
from desk.contract.commands import COMMANDS
from desk.contract.messages import Entity, Intent, Reply
from desk.texts.catalogs import Catalogs

OFFER = Offer(SERVICES, {TESTVILLE.slug: TESTVILLE})
NOTHING = Session(touched_at=MORNING)


def said(text: str, intent: str, *commands: tuple[str, float], confidence: float = 0.9) -> Turn:
    turn = turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text, confidence=confidence)
    return replace(turn, commands=commands)  # type: ignore[arg-type]


def asking(service: str, asks_for: str | None = None) -> Session:
    front = Frame("f-1", service, MORNING, question=Question(asks_for, Reply(key="q")))
    return replace(NOTHING, open=(front,))


@pytest.mark.parametrize(
    ("turn", "intent"),
    [
        pytest.param(said("不对", "deny", ("change", 0.8)), "correct", id="sure: the command's intent"),
        pytest.param(said("不对", "deny", ("change", 0.5), ("refuse", 0.4)), "deny", id="unsure: as it was"),
        pytest.param(said("要钱吗", "air_quality", ("ask_fee", 0.9)), "air_quality", id="a question is a rule's"),
        pytest.param(said("烦", "affirm", ("person", 0.7)), "affirm", id="handing over wants to be surer"),
        pytest.param(said("人工", "affirm", ("person", 0.9)), "human_agent", id="and is, where it is"),
        pytest.param(said("交", "payment_status", ("pay_all", 0.9)), "affirm", id="to pay is a yes to what is due"),
        pytest.param(said("?", "greet"), "greet", id="without a model nothing changes"),
        pytest.param(said("算了", "cancel", ("refuse", 0.9)), "cancel", id="to stop says more than no"),
        pytest.param(
            said("订阅停水通知", "subscribe", ("unsubscribe", 0.7), confidence=0.95), "subscribe", id="words are surer"
        ),
        pytest.param(
            said("别再发了", "subscribe", ("unsubscribe", 0.9), confidence=0.95), "unsubscribe", id="the model is surer"
        ),
    ],
)
def test_intent_is_that_of_a_sure_command(turn: Turn, intent: str) -> None:
    """In its situation a message may be another thing than its words alone."""
    assert decided(turn, asking("utility_bills"), OFFER).intent == intent


@pytest.mark.parametrize("confirms", ["cancel_booking", "erase"])
@pytest.mark.parametrize(
    ("commands", "intent"),
    [
        pytest.param((("confirm", 0.95), ("refuse", 0.02)), "affirm", id="a plain yes"),
        pytest.param((("confirm", 0.8), ("ask_next", 0.15)), "correct", id="a yes with a question"),
        pytest.param((("refuse", 0.7), ("confirm", 0.2)), "correct", id="words say yes, the situation no"),
    ],
)
def test_what_cannot_be_undone_wants_a_plain_yes(
    confirms: str, commands: tuple[tuple[str, float], ...], intent: str
) -> None:
    """Words and situation must both hear it, and nothing else beside it."""
    turn = knowing(said("好", "affirm", *commands), situation={"confirms": confirms})
    assert decided(turn, asking("traffic_fines"), OFFER).intent == intent


@pytest.mark.parametrize("words", ["cancel", "deny"])
def test_words_that_refuse_where_the_situation_hears_a_yes_do_neither(words: str) -> None:
    """“Send it off” at a summary: neither sent nor thrown away on a guess."""
    turn = knowing(said("send it off", words, ("confirm", 0.94)), situation={"confirms": "submit"})
    assert decided(turn, asking("report_problem"), OFFER).intent == "correct"


def test_a_question_sums_up_its_kinds() -> None:
    """That something is asked may be sure where none of the questions is."""
    turn = said("那要多久才好啊", "next_bus", ("ask_duration", 0.45), ("ask_next", 0.3), ("start", 0.1))
    assert turn.reading.sure == "ask_duration"


def test_a_wish_that_names_what_it_is_about_is_no_question_about_the_middle() -> None:
    """A stop, and when the bus comes: another service; the plate of this one: still about it."""
    bus = replace(
        said("武林广场下一班几点", "next_bus", ("ask_hours", 0.9)), entities=(Entity(entity="stop", value="武林广场"),)
    )
    assert asked(bus, asking("traffic_fines"), OFFER) is None
    fine = replace(
        said("浙A12345要交多少", "traffic_fines", ("ask_fee", 0.9)),
        entities=(Entity(entity="plate", value="浙A12345"),),
    )
    assert asked(fine, asking("traffic_fines"), OFFER) == "ask_fee"


def test_every_command_of_a_rule_is_one() -> None:
    """And no two rules answer one command."""
    of_rules = [command for rule in ANSWERS for command in rule.commands]
    assert set(of_rules) <= set(COMMANDS)
    assert len(of_rules) == len(set(of_rules))
    assert ASKS - {"ask_what"} <= set(of_rules)


async def test_a_question_in_the_middle_is_about_the_middle(catalogs: Catalogs) -> None:
    """Whatever service its words sound like: it is answered, and the open question comes back."""
    payer = Payer(catalogs, SERVICES, locale="zh_Hans")
    await payer.say("交罚款", "traffic_fines")
    assert payer.outcome.asks_for == "plate"
    payer.commands = (("ask_fee", 0.9),)
    await payer.say("要钱吗", "next_bus")
    keys = [reply.key for reply in payer.outcome.replies]
    assert keys[0].startswith("facts.not_known")
    assert (payer.outcome.service, payer.outcome.asks_for) == ("traffic_fines", "plate")


async def test_what_i_have_is_said_plainly(catalogs: Catalogs) -> None:
    """Nothing is nothing; an open payment is one."""
    payer = Payer(catalogs, SERVICES, locale="en")
    payer.commands = (("what_i_have", 0.9),)
    await payer.say("what have I got here", "list_services")
    assert [reply.key for reply in payer.outcome.replies] == ["have.nothing"]
    payer.commands = ()
    payer.register.due[PLATE] = [item(PLATE)]
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await payer.say("pay", "affirm")
    payer.commands = (("what_i_have", 0.9),)
    await payer.say("what have I got here", "list_services")
    assert [reply.key for reply in payer.outcome.replies] == ["have.these"]


@pytest.mark.parametrize("intent", ["traffic_fines", "affirm", "nlu_fallback"])
async def test_a_question_on_consequences_orders_nothing(intent: str, catalogs: Catalogs) -> None:
    """Whatever its words sound like: what was shown stays, and can be paid afterwards."""
    payer = Payer(catalogs, SERVICES, locale="zh_Hans")
    payer.register.due[PLATE] = [item(PLATE)]
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    payer.commands = (("ask_next", 0.9),)
    await payer.say("那现在交要加钱不 算迟了吗", intent)
    assert payer.opened is None
    payer.commands = (("pay_all", 0.9),)
    await payer.say("交吧", "affirm")
    assert payer.opened is not None


@pytest.mark.parametrize(
    ("confirms", "command", "intent"),
    [
        pytest.param("move_booking", "move", "affirm", id="move it"),
        pytest.param("cancel_booking", "withdraw", "affirm", id="cancel it"),
        pytest.param("erase", "erase", "affirm", id="delete it"),
        pytest.param("book", "withdraw", "change_appointment", id="not what is asked"),
    ],
)
def test_the_thing_itself_is_a_yes_to_its_question(confirms: str, command: str, intent: str) -> None:
    """Whoever says "move it" to: move the booking? agrees."""
    turn = knowing(said("就这么办", "change_appointment", (command, 0.92)), situation={"confirms": confirms})
    assert decided(turn, asking("traffic_fines"), OFFER).intent == intent


def test_a_day_beside_it_is_a_change() -> None:
    """Another day than the one that is asked about is no yes."""
    turn = knowing(said("改到周五", "change_appointment", ("move", 0.92)), situation={"confirms": "move_booking"})
    turn = replace(turn, entities=(Entity(entity="date", value="周五"),))
    assert decided(turn, asking("traffic_fines"), OFFER).intent == "change_appointment"


@pytest.mark.parametrize(
    ("intent", "is_open"),
    [
        pytest.param("traffic_fines", True, id="words name the fine: and its payment?"),
        pytest.param("cancel", False, id="words agree"),
        pytest.param("nlu_fallback", False, id="words are not understood"),
    ],
)
async def test_an_order_ends_where_words_do_not_speak_against_it(
    intent: str, is_open: bool, catalogs: Catalogs
) -> None:
    """What only the situation hears closes no payment that is asked about."""
    payer = Payer(catalogs, SERVICES, locale="zh_Hans")
    payer.register.due[PLATE] = [item(PLATE)]
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await payer.say("交吧", "affirm")
    payer.commands = (("cancel_this", 0.84),)
    await payer.say("罚款那个付款呢", intent)
    assert ("payments.cancelled" not in [reply.key for reply in payer.outcome.replies]) is is_open


def ranked(turn: Turn, **likely: float) -> Turn:
    return replace(turn, ranking=tuple(Intent(name=name, confidence=one) for name, one in likely.items()))


@pytest.mark.parametrize(
    ("likely", "intent"),
    [
        pytest.param({"next_bus": 0.32, "utility_bills": 0.22}, "nlu_fallback", id="two are close: none is chosen"),
        pytest.param({"next_bus": 0.5, "utility_bills": 0.2}, "next_bus", id="one stands out"),
        pytest.param({"next_bus": 0.15}, "nlu_fallback", id="hardly any"),
    ],
)
def test_a_sure_wish_is_for_what_stands_out(likely: dict[str, float], intent: str) -> None:
    """Of two services that are nearly as likely none begins: what was shown may be meant, or it is asked back."""
    turn = ranked(said("那明天呢", "nlu_fallback", ("start", 0.82), confidence=0.3), **likely)
    assert decided(turn, asking("utility_bills"), OFFER).intent == intent


@pytest.mark.parametrize(
    ("confidence", "start", "likely", "begins"),
    [
        pytest.param(0.41, 0.98, 0.37, True, id="unsure words, and a wish all but surely heard"),
        pytest.param(0.41, 0.6, 0.37, False, id="no sure wish"),
        pytest.param(0.9, 0.98, 0.37, False, id="words are sure that it is another office's"),
        pytest.param(0.41, 0.98, 0.1, False, id="no service is likely"),
    ],
)
async def test_words_of_another_office_may_be_a_wish(
    resident: Resident, confidence: float, start: float, likely: float, *, begins: bool
) -> None:
    """The words and the situation are learnt apart: where the one is unsure and the other sure, that one counts."""
    turn = ranked(said("帮我查违章", "out_of_scope", ("start", start), confidence=confidence), traffic_fines=likely)
    await resident.take(turn)
    assert (resident.state[0] == "traffic_fines") is begins
