"""Applications: what is missing is asked, the agency says who may apply, a yes submits once, the fee is an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from fixtures.dialogue import CITIES, MORNING, TESTVILLE
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.backends.applications import Application, Terms
from actions.backends.wire import Names, Payment
from actions.dialogue.ports import Claim, Step
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.kinds.application.handler import ApplicationHandler
from actions.kinds.statements import NotTaken
from actions.kinds.statements import Payment as Paid
from actions.schema import ApplicationService
from desk.contract.errors import BackendRefused, BackendTimeout, BackendUnavailable
from desk.contract.messages import Entity, KeepCase, OpenOrder

ROOT = Path(__file__).parents[2]
NAME = "travel_permit"
ID = "11010519491231002X"
VALUES = {
    "permit_type": "both",
    "permit_number": "C12345678",
    "person_name": "李小龙",
    "id_number": ID,
    "phone": "13800138000",
}
CITY = TESTVILLE.model_copy(update={"services": {**TESTVILLE.services, NAME: TESTVILLE.services["traffic_fines"]}})


@dataclass
class Bureau:
    """An agency with memory: what was submitted by key, what it answers, what fails next."""

    terms: Terms = field(default_factory=lambda: Terms(eligible=True, reason=None, fee="30.00", days=7))
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    paid: dict[str, Payment] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    loses_answer: bool = False

    async def check(self, values: Mapping[str, str]) -> Terms:
        assert values
        self._fail()
        return self.terms

    async def submit(self, key: str, values: Mapping[str, str]) -> Application:
        self._fail()
        if key in self.taken and self.taken[key] != dict(values):
            raise BackendRefused("reused", status=409, code="key-reused")
        self.taken[key] = dict(values)
        if self.loses_answer:
            self.loses_answer = False
            raise BackendTimeout("lost")
        return self._answer(key)

    async def application(self, key: str) -> Application:
        self._fail()
        if key not in self.taken:
            raise BackendRefused("none", status=404, code="not-found")
        return self._answer(key)

    async def pay(self, key: str, payment: Payment) -> Application:
        self._fail()
        if self.paid.setdefault(key, payment) != payment:
            raise BackendRefused("paid", status=409, code="already-paid")
        return self._answer(key)

    def _answer(self, key: str) -> Application:
        paid = key in self.paid
        return Application(
            reference=key[:12].upper(),
            status="submitted" if paid else "awaiting_payment",
            fee=self.terms.fee,
            paid=paid,
            receipt="R1" if paid else None,
            note=None,
        )

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


@dataclass
class Talk:
    """One application with the handler."""

    bureau: Bureau = field(default_factory=Bureau)
    now: datetime = MORNING
    pays: bool = True
    frame: Frame = field(default_factory=lambda: Frame(f"{NAME}-1", NAME, MORNING))
    step: Step = field(default_factory=Step)

    def __post_init__(self) -> None:
        declared = SERVICES[NAME]
        assert isinstance(declared, ApplicationService)
        agencies = dict.fromkeys(CITIES, self.bureau)
        self.handler = ApplicationHandler(NAME, declared, agencies)  # type: ignore[arg-type]

    async def say(self, text: str, intent: str = "inform", **entities: str) -> list[str]:
        """Say something; answers the keys of what is said, the question's last."""
        found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
        turn = turn_of("c", "text", intent, CITY, "zh_Hans", self.now, text=text, entities=found, pays=self.pays)
        return await self.take(turn)

    async def press(self, intent: str, **entities: str) -> list[str]:
        """Press a button."""
        found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
        return await self.take(
            turn_of("c", "payload", intent, CITY, "zh_Hans", self.now, entities=found, pays=self.pays, message_id="m")
        )

    async def take(self, turn: Turn) -> list[str]:
        self.step = await self.handler.answer(turn, self.frame)
        self.frame = Frame(
            self.frame.id, NAME, turn.now, self.step.values, self.step.shown, self.step.question, self.step.finished
        )
        question = [self.step.question.reply.key] if self.step.question else []
        return [*(reply.key for reply in self.step.replies), *question]

    async def fill(self) -> list[str]:
        """Give everything by buttons, up to the summary."""
        return await self.press(NAME, **VALUES)


@pytest.fixture
def talk() -> Talk:
    return Talk()


async def test_one_thing_is_asked_at_a_time(talk: Talk) -> None:
    """What is missing is asked in the file's order; personal data with the reason the first time; defaults are not."""
    assert await talk.say("港澳通行证续签", NAME, permit_type="港澳") == [
        "travel_permit.ask_permit_type",
    ], "the name of the permit is no wish for both"
    assert await talk.say("两地都要") == ["form.noted", "travel_permit.ask_permit_number"]
    assert talk.step.question is not None
    assert talk.step.question.notice is not None
    assert (await talk.say("C12345678"))[-1] == "travel_permit.ask_person_name"
    assert talk.step.consents == ("permit_number",)
    assert (await talk.say("李小龙"))[-1] == "travel_permit.ask_id_number"
    assert (await talk.say(ID))[-1] == "travel_permit.ask_phone"
    assert (await talk.say("13800138000"))[-1] == "application.summary"
    assert talk.step.values["endorsement"] == "once"


@pytest.mark.parametrize(
    ("text", "value"),
    [("香港", "hong_kong"), ("澳門", "macau"), ("香港跟澳门都要", "both"), ("Macau", "macau"), ("both", "both")],
)
async def test_regions_are_understood(talk: Talk, text: str, value: str) -> None:
    """A region is meant by its name in three languages; both together are one choice."""
    await talk.say("续签", NAME)
    await talk.say(text)
    assert talk.step.values["permit_type"] == value


async def test_yes_submits_once_and_opens_the_order_of_the_fee(talk: Talk) -> None:
    """The yes to the summary submits; the case is kept, the fee is offered; a repeated turn changes nothing."""
    await talk.fill()
    before = talk.frame
    assert await talk.press("affirm") == ["travel_permit.submitted", "payments.order"]
    case, order = talk.step.effects
    assert isinstance(case, KeepCase)
    assert isinstance(order, OpenOrder)
    assert (case.kind, case.status, order.amount) == ("application", "awaiting_payment", "30.00")
    first = talk.step
    talk.frame = before
    await talk.press("affirm")
    assert (len(talk.bureau.taken), talk.step.effects) == (1, first.effects)


async def test_lost_answer_is_said_and_tried_again(talk: Talk) -> None:
    """Where the agency's answer is lost, the case is kept as unknown, and trying again finds the first result."""
    await talk.fill()
    talk.bureau.loses_answer = True
    said = await talk.press("affirm")
    assert said[-2:] == ["application.not_known", "application.try_again"]
    (case,) = talk.step.effects
    assert isinstance(case, KeepCase)
    assert case.status == "unknown"
    assert "travel_permit.submitted" in await talk.press("affirm")
    assert len(talk.bureau.taken) == 1


async def test_what_is_changed_after_a_lost_answer_is_not_submitted_twice(talk: Talk) -> None:
    """The attempt whose answer was lost stands, and that is said; nothing else is submitted."""
    await talk.fill()
    talk.bureau.loses_answer = True
    await talk.press("affirm")
    await talk.say("电话改成13900139000", "correct", phone="13900139000")
    assert "application.first_stands" in await talk.press("affirm")
    assert [values["phone"] for values in talk.bureau.taken.values()] == [VALUES["phone"]]


async def test_nothing_is_submitted_before_the_yes(talk: Talk) -> None:
    """Summaries and corrections submit nothing."""
    await talk.fill()
    assert await talk.say("不对", "deny") == ["form.change_what"]
    assert await talk.press("correct", field="phone") == ["travel_permit.ask_phone"]
    assert (await talk.say("13900139000"))[-1] == "application.summary"
    assert talk.bureau.taken == {}
    await talk.press("affirm")
    assert [values["phone"] for values in talk.bureau.taken.values()] == ["13900139000"]


async def test_value_changed_at_the_summary_is_summed_up_again(talk: Talk) -> None:
    """Another endorsement, said at the summary, brings a new summary."""
    await talk.fill()
    assert await talk.say("改成一年两次", "correct") == ["form.changed", "application.summary"]
    assert talk.step.values["endorsement"] == "twice"


async def test_who_may_not_apply_hears_why(talk: Talk) -> None:
    """The agency's reason is said, nothing is submitted, nothing is kept."""
    talk.bureau.terms = Terms(eligible=False, reason=Names(zh_Hans="有效期不足。", en="Expires."), fee=None, days=7)
    assert await talk.fill() == ["application.not_eligible_because"]
    assert (talk.step.finished, talk.step.values, talk.bureau.taken) == (True, {}, {})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("unknown-person", ["travel_permit.refused_person", "travel_permit.ask_permit_number"]),
        ("pending", ["application.pending"]),
    ],
)
async def test_refusals_are_said(talk: Talk, code: str, said: list[str]) -> None:
    """A paper that is not this person's is asked for again; what is under way is not submitted twice."""
    talk.bureau.failures.append(BackendRefused("no", status=409, code=code))
    assert await talk.fill() == said


async def test_agency_down_keeps_everything(talk: Talk) -> None:
    """A system that fails loses nothing; trying again goes on to the summary."""
    talk.bureau.failures.append(BackendUnavailable("down"))
    assert await talk.fill() == [BackendUnavailable.text_key]
    assert talk.step.values == {**VALUES, "endorsement": "once"}
    assert (await talk.press(NAME))[-1] == "application.summary"


async def test_without_payments_the_counter_is_named(talk: Talk) -> None:
    """Where nothing can be paid here, the fee is paid at the counter."""
    talk.pays = False
    await talk.fill()
    assert await talk.press("affirm") == ["travel_permit.submitted", "application.pay_there"]


async def test_requirements_are_said_on_request(talk: Talk) -> None:
    """Asked what is needed, that is said: at the start with a button, in the middle before the question."""
    assert await talk.say("港澳通行证续签要什么材料", NAME, permit_type="港澳") == ["travel_permit.requirements"]
    assert talk.step.finished
    talk.frame = Frame(f"{NAME}-2", NAME, MORNING)
    await talk.say("续签香港", NAME, permit_type="香港")
    question = turn_of("c", "text", "service_guide", CITY, "zh_Hans", MORNING, text="需要什么")
    assert await talk.handler.claims(question, talk.frame) is Claim.SURE
    assert await talk.take(question) == ["travel_permit.requirements", "travel_permit.ask_permit_number"]


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("多久能拿到", "request_status", 0.41),
        ("要钱吗", "air_quality", 0.4),
        ("幾多錢", "out_of_scope", 0.9),
        ("how much does it cost", "out_of_scope", 0.98),
        ("how long does it take", "nlu_fallback", 0.12),
    ],
)
async def test_fee_and_time_are_told_in_the_middle(talk: Talk, text: str, intent: str, confidence: float) -> None:
    """They stand with what is needed; where nothing is begun nothing is claimed."""
    turn = turn_of("c", "text", intent, CITY, "zh_Hans", MORNING, text=text, confidence=confidence)
    assert await talk.handler.claims(turn, talk.frame) is Claim.NO
    await talk.say("续签香港", NAME, permit_type="香港")
    assert await talk.handler.claims(turn, talk.frame) is Claim.SURE
    assert await talk.take(turn) == ["travel_permit.requirements", "travel_permit.ask_permit_number"]


async def test_fee_is_settled_once(talk: Talk) -> None:
    """The agency hears of the money under the application's key; another payment of it is refused for good."""
    await talk.fill()
    await talk.press("affirm")
    (key,) = talk.bureau.taken
    paid = Paid(key, "30.00", "1" * 24, "T1", MORNING)
    assert await talk.handler.settle("testville", paid) == "R1"
    assert await talk.handler.settle("testville", paid) == "R1"
    other = await talk.handler.settle("testville", Paid(key, "30.00", "2" * 24, "T2", MORNING))
    assert other == NotTaken("already-paid")


async def test_status_is_the_agencys(talk: Talk) -> None:
    """A case is followed by its key; one that never arrived is over."""
    await talk.fill()
    await talk.press("affirm")
    case = talk.step.effects[0]
    assert isinstance(case, KeepCase)
    answer = await talk.handler.status(case)
    assert (answer.case.status, answer.said.key) == ("awaiting_payment", "application.status_awaiting_payment")
    talk.bureau.taken.clear()
    gone = await talk.handler.status(case)
    assert (gone.case.over, gone.said.key) == (True, "application.status_not_submitted")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("外国人呢", "travel_permit.foreigners"),
        ("小孩呢？", "travel_permit.children"),
        ("what about a child", "travel_permit.children"),
        ("军人呢", "form.case_not_said"),
    ],
)
async def test_a_special_case_after_what_is_needed_is_answered(talk: Talk, asked: str, said: str) -> None:
    """Once and again; where nothing is written of it, whom to ask, unless somebody else knows."""
    await talk.say("港澳通行证续签要什么材料", NAME)
    for _ in range(2):
        turn = turn_of("c", "text", "nlu_fallback", CITY, "zh_Hans", MORNING, text=asked)
        assert await talk.handler.claims(turn, talk.frame) is (Claim.MAYBE if said.startswith("form.") else Claim.SURE)
        assert await talk.take(turn) == [said]


async def test_a_special_case_in_the_middle_is_answered_and_the_question_returns(talk: Talk) -> None:
    """A case of which nothing is written is no business of the form's."""
    await talk.say("港澳通行证续签，两地都要", NAME, permit_type="两地")
    turn = turn_of("c", "text", "nlu_fallback", CITY, "zh_Hans", MORNING, text="小孩呢")
    assert await talk.handler.claims(turn, talk.frame) is Claim.SURE
    assert await talk.take(turn) == ["travel_permit.children", "travel_permit.ask_permit_number"]
    other = turn_of("c", "text", "nlu_fallback", CITY, "zh_Hans", MORNING, text="军人呢")
    assert await talk.handler.claims(other, talk.frame) is Claim.NO


async def test_after_submitting_such_a_question_is_anothers(talk: Talk) -> None:
    """What was submitted has told nothing of what is needed."""
    await talk.fill()
    await talk.say("确认", "affirm")
    turn = turn_of("c", "text", "nlu_fallback", CITY, "zh_Hans", MORNING, text="小孩呢")
    assert await talk.handler.claims(turn, talk.frame) is Claim.NO


async def test_what_is_needed_is_said_though_a_value_stands_beside_it(talk: Talk) -> None:
    """港澳 in the name of the permit is no answer to where to."""
    asked = await talk.say("續港澳通行證要咩材料", NAME, permit_type="港澳")
    assert asked == ["travel_permit.requirements"]
    assert talk.step.finished
