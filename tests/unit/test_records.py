"""Records are shown to whom they concern: after a one-time code to the telephone that the agency has, not before."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from fixtures.dialogue import CITIES, MORNING, TESTVILLE
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.backends.records import Fact, Holder, Record
from actions.backends.sms import CodeMessage, Sent
from actions.backends.wire import Names
from actions.dialogue.ports import Claim, Step
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.kinds.record.handler import Agency, RecordHandler
from actions.proof.codes import Codes, sent
from actions.schema import RecordService
from desk.contract.agency_commands import CodeCommand
from desk.contract.certificate import Certificate
from desk.contract.errors import BackendRefused, BackendUnavailable
from desk.contract.messages import Entity
from desk.contract.proving import SendCode, Tried
from desk.store.keys import Keys
from desk.store.one_time import GOOD, SENDINGS, TRIES, codes_of

ROOT = Path(__file__).parents[2]
NAME = "social_insurance"
ID = "11010519491231002X"
PHONE = "13800138000"
KEYS = Keys("of the tests, long enough for anybody")


@dataclass
class Register:
    """Records with memory: who is on record, and what fails next."""

    phones: dict[str, str | None] = field(default_factory=lambda: {ID: PHONE})
    read: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def holder(self, id_number: str) -> Holder:
        if self.failures:
            raise self.failures.pop(0)
        if id_number not in self.phones:
            raise BackendRefused("refused", status=404, code="unknown-person")
        return Holder(phone=self.phones[id_number])

    async def record(self, id_number: str) -> Record:
        if self.failures:
            raise self.failures.pop(0)
        self.read.append(id_number)
        fact = Fact(label=Names(zh_Hans="余额", en="Balance"), money="12.00")
        return Record(as_of=MORNING, facts=[fact])


@dataclass
class Gateway:
    """A gateway with memory: what was sent, by key."""

    sent: dict[str, CodeMessage] = field(default_factory=dict)

    async def send(self, key: str, message: CodeMessage) -> Sent:
        self.sent[key] = message
        return Sent(id=key)

    @property
    def newest(self) -> str:
        return list(self.sent.values())[-1].code


@dataclass
class Talk:
    """One matter with the handler."""

    register: Register = field(default_factory=Register)
    gateway: Gateway = field(default_factory=Gateway)
    now: datetime = MORNING
    frame: Frame = field(default_factory=lambda: Frame(f"{NAME}-1", NAME, MORNING))
    step: Step = field(default_factory=Step)

    def __post_init__(self) -> None:
        declared = SERVICES[NAME]
        assert isinstance(declared, RecordService)
        agency = Agency(self.register, Codes(KEYS, self.gateway))  # type: ignore[arg-type]
        self.handler = RecordHandler(NAME, declared, dict.fromkeys(CITIES, agency))

    async def say(self, text: str, intent: str = "inform", **entities: str) -> list[str]:
        """Say something; answers the keys of what is said, the question's last."""
        found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
        return await self.take(turn_of("c", "text", intent, CITY, "zh_Hans", self.now, text=text, entities=found))

    async def press(self, **entities: str) -> list[str]:
        """Press a button that gives values."""
        found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
        return await self.take(turn_of("c", "payload", "inform", CITY, "zh_Hans", self.now, entities=found))

    async def take(self, turn: Turn) -> list[str]:
        self.step = await self.handler.answer(turn, self.frame)
        for effect in self.step.effects:
            if isinstance(effect, SendCode):
                await self._deliver(effect)
        self.frame = Frame(
            self.frame.id, NAME, turn.now, self.step.values, self.step.shown, self.step.question, self.step.finished
        )
        question = [self.step.question.reply.key] if self.step.question else []
        return [*(reply.key for reply in self.step.replies), *question]

    async def _deliver(self, wished: SendCode) -> None:
        """What the desk does after the turn."""
        try:
            phone = await self.handler.holder(CITY.slug, wished.value)
        except BackendRefused:
            phone = None
        if phone is not None:
            more = {"conversation": "c", "city": CITY.slug, "locale": "zh_Hans", "phone": phone}
            await self.handler.send_code(CITY, CodeCommand(**wished.model_dump(exclude={"type", "value"}), **more))


CITY = TESTVILLE.model_copy(update={"services": {**TESTVILLE.services, NAME: TESTVILLE.services["traffic_fines"]}})


@pytest.fixture
def talk() -> Talk:
    return Talk()


async def test_record_is_shown_after_the_code(talk: Talk) -> None:
    """Id, code, record: nothing of it is read before the code was right; consent to both is recorded."""
    assert await talk.say("查社保", NAME) == ["record.ask_id_number"]
    assert await talk.say(ID, id_number=ID) == ["record.ask_code"]
    assert talk.step.consents == ("id_number",)
    assert talk.register.read == []
    assert await talk.say(talk.gateway.newest) == ["record.result"]
    assert talk.register.read == [ID]
    assert talk.step.consents == ("one_time_code",)
    assert talk.step.finished


async def test_nothing_of_the_telephone_is_known_to_the_dialogue(talk: Talk) -> None:
    """Not even its end: whoever gave the id may not be its holder."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    assert PHONE[-4:] not in str(talk.step).replace(ID, "")


async def test_wrong_codes_void_the_code(talk: Talk) -> None:
    """After three wrong codes the right one is worth nothing; another is sent."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    right = talk.gateway.newest
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(TRIES - 1):
        assert (await talk.say(wrong))[0] == "record.wrong_code"
    assert await talk.say(wrong) == ["record.code_is_void", "record.ask_code"]
    assert (await talk.say(right))[0] == "record.wrong_code"
    assert talk.register.read == []


@pytest.mark.parametrize(
    "text", ["为什么要验证码", "點解要驗證碼", "验证码是干什么用的", "why do I need a code", "what is the code for?"]
)
async def test_what_the_code_is_for_is_told(talk: Talk, text: str) -> None:
    """And it is asked for again; whoever did not get it hears something else."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    assert await talk.say(text, "out_of_scope") == ["record.why_code", "record.ask_code"]
    assert await talk.say("验证码没收到", "out_of_scope") == ["record.help_code", "record.ask_code"]


@pytest.mark.parametrize(
    "text",
    ["手机号换了怎么办", "这个手机不用了", "我轉咗電話", "I changed my phone number", "that's not my phone any more"],
)
async def test_who_has_another_telephone_now_is_sent_to_the_counter(talk: Talk, text: str) -> None:
    """The code goes nowhere else; nothing given is lost."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    turn = turn_of("c", "text", "human_agent", CITY, "zh_Hans", MORNING, text=text)
    assert await talk.handler.claims(turn, talk.frame) is Claim.SURE
    assert await talk.say(text, "human_agent") == ["record.other_phone", "record.ask_code"]


async def test_old_code_is_replaced(talk: Talk) -> None:
    """A code is good for five minutes."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    right = talk.gateway.newest
    talk.now += GOOD * 1.01
    assert await talk.say(right) == ["record.code_is_old", "record.ask_code"]
    assert await talk.say(talk.gateway.newest) == ["record.result"]


async def test_repeated_turn_sends_the_same_message_again(talk: Talk) -> None:
    """A turn that is answered twice sends one message: same key, same code."""
    before = talk.frame
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    once = dict(talk.gateway.sent)
    talk.frame = before
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    assert talk.gateway.sent == once


async def test_no_code_is_kept(talk: Talk) -> None:
    """Neither in the frame, which the dialogue's state holds, nor in what the desk is told; it hangs on the secret."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    code = talk.gateway.newest
    told = [effect.model_dump_json() for effect in talk.step.effects]
    assert told
    assert [one for one in (repr(talk.frame), *told) if code in one] == []
    sending = sent(talk.frame.shown)
    assert sending is not None
    ours, theirs = [Codes(keys, talk.gateway) for keys in (KEYS, Keys("another secret, as long as the first"))]  # type: ignore[arg-type]
    assert ours.is_right("c", talk.frame.id, sending, code)
    assert not theirs.is_right("c", talk.frame.id, sending, code)


def test_codes_are_spread_over_all_there_are() -> None:
    """Six digits of an HMAC: of 2,000 matters hardly two have the same, and each digit is as likely at each place."""
    made = [codes_of(KEYS, "c", f"frame-{one}", 1)[0] for one in range(2_000)]
    assert {len(one) for one in made} == {6}
    assert len(set(made)) > 1_980
    seen = [sum(one[place] == digit for one in made) for place in range(6) for digit in "0123456789"]
    assert 130 < min(seen) <= max(seen) < 280


async def test_codes_are_few(talk: Talk) -> None:
    """So many codes in one matter, then the counter is named, and nothing is remembered."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    for _ in range(SENDINGS - 1):
        assert await talk.press(one_time_code="again") == ["record.ask_code"]
    assert await talk.press(one_time_code="again") == ["record.too_many_codes"]
    assert (talk.step.finished, talk.step.values) == (True, {})


@pytest.mark.parametrize("phones", [{ID: PHONE}, {ID: None}, {}])
async def test_who_is_known_is_not_told(talk: Talk, phones: dict[str, str | None]) -> None:
    """The same answer for who is on record, who is without a telephone, and who is not; the agency is not asked."""
    talk.register.phones = phones
    talk.register.failures.append(BackendUnavailable("down"))
    with pytest.raises(BackendUnavailable):  # by what the desk asks afterwards
        await talk.say(f"查社保{ID}", NAME, id_number=ID)
    assert [reply.key for reply in talk.step.replies] == []
    assert talk.step.question is not None
    assert talk.step.question.reply.key == "record.ask_code"
    assert [type(one) for one in talk.step.effects] == [SendCode]


async def test_codes_that_are_tried_are_told_to_the_desk(talk: Talk) -> None:
    """Wrong ones and the right one, with the id that they are for."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    right = talk.gateway.newest
    await talk.say("000000" if right != "000000" else "111111")
    assert [(one.subject, one.right) for one in talk.step.effects if isinstance(one, Tried)] == [(ID, False)]
    await talk.say(right)
    assert [(one.subject, one.right) for one in talk.step.effects if isinstance(one, Tried)] == [(ID, True)]


@pytest.mark.parametrize(
    "text",
    [
        *("帮我查我老婆的社保", "查我爸的社保", "我妈今年七十了，想看看她的养老金", "替儿子查一下缴费", "帮邻居查社保"),
        *("幫我老豆查社保", "我阿媽嘅醫保仲有幾多", "查下我家姐嘅社保", "睇下細佬交咗幾多個月"),
        *("check my wife's pension", "how much has my dad paid in?", "my parents' social insurance", "is it for her?"),
    ],
)
async def test_records_of_others_are_refused(talk: Talk, text: str) -> None:
    """Somebody else's record is refused, whoever asks; what that person can do is said."""
    assert await talk.say(text, NAME) == ["record.only_own"]
    assert talk.gateway.sent == {}


@pytest.mark.parametrize(
    "text", ["查我的社保", "我老婆让我查查我自己的社保", "睇下我嘅社保", "my own pension, not my wife's"]
)
async def test_ones_own_record_is_no_relatives(talk: Talk, text: str) -> None:
    """Who names a relative beside their own record is asked for their id."""
    assert await talk.say(text, NAME) == ["record.ask_id_number"]


async def test_while_an_id_is_asked_a_relative_is_refused_and_the_question_stays(talk: Talk) -> None:
    """The number of a relative is not taken."""
    await talk.say("查社保", NAME)
    assert await talk.say(f"这是我妈的身份证{ID}", "inform", id_number=ID) == [
        "record.only_own",
        "record.ask_id_number",
    ]
    assert talk.step.values == {}


@pytest.mark.parametrize("text", ["我妈的能查吗", "可以查我爸的吗", "can i see my wife's"])
async def test_a_relatives_record_in_the_middle_is_claimed(talk: Talk, text: str) -> None:
    """Whatever else such a question is taken for; a relative in another wish is none of it."""
    await talk.say("查社保", NAME)
    asked = turn_of("c", "text", "request_status", CITY, "zh_Hans", talk.now, text=text)
    assert await talk.handler.claims(asked, talk.frame) is Claim.SURE
    wish = turn_of("c", "text", "hospital_appointment", CITY, "zh_Hans", talk.now, text="帮我妈挂个号")
    assert await talk.handler.claims(wish, talk.frame) is not Claim.SURE


async def test_proof_is_good_for_a_while(talk: Talk) -> None:
    """Asked again within half an hour the record is shown without another code; later not."""
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    await talk.say(talk.gateway.newest)
    again = turn_of("c", "text", NAME, CITY, "zh_Hans", talk.now, text="再看一下社保")
    assert await talk.handler.claims(again, talk.frame) is Claim.SURE
    assert await talk.take(again) == ["record.result"]
    talk.now += GOOD * 12
    later = turn_of("c", "text", NAME, CITY, "zh_Hans", talk.now, text="再看一下社保")
    assert await talk.handler.claims(later, talk.frame) is Claim.NO


async def test_another_id_needs_another_code(talk: Talk) -> None:
    """An id that is corrected before the code came gets a code of its own."""
    other = "110105200411240017"
    talk.register.phones[other] = "13900139000"
    await talk.say(f"查社保{ID}", NAME, id_number=ID)
    first = talk.gateway.newest
    assert "record.ask_code" in await talk.say(f"不对，是{other}", "correct", id_number=other)
    await talk.say(first)
    assert talk.register.read == []
    await talk.say(talk.gateway.newest)
    assert talk.register.read == [other]


CERTIFICATE = Certificate(name="王明", id_number=ID, issuer={"zh_Hans": "支付宝", "en": "Alipay"})


def certified(talk: Talk, text: str, **entities: str) -> Turn:
    """A turn of somebody whom the channel's platform has proved to be the holder of ID."""
    found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
    return turn_of("c", "text", NAME, CITY, "zh_Hans", talk.now, text=text, entities=found, certificate=CERTIFICATE)


async def test_whom_the_platform_proved_is_asked_nothing(talk: Talk) -> None:
    """Their own record is shown at once: no id is typed, no code is sent."""
    assert await talk.take(certified(talk, "查社保")) == ["record.certified", "record.result"]
    assert (talk.register.read, talk.gateway.sent, talk.step.finished) == ([ID], {}, True)


async def test_a_certificate_opens_no_other_persons_record(talk: Talk) -> None:
    """Another id needs a code to that person's telephone, and words for others are refused as ever."""
    other = "110105200411240017"
    talk.register.phones[other] = "13900139000"
    assert "record.ask_code" in await talk.take(certified(talk, f"查社保{other}", id_number=other))
    assert talk.register.read == []
    fresh = Talk()
    assert await fresh.take(certified(fresh, "帮我查我老婆的社保")) == ["record.only_own"]
    assert fresh.register.read == []


async def test_once_the_certificate_is_over_a_code_is_needed(talk: Talk) -> None:
    """What was shown for it stays, and opens nothing by itself."""
    await talk.take(certified(talk, "查社保"))
    later = turn_of("c", "text", NAME, CITY, "zh_Hans", talk.now, text="再看一下社保")
    assert await talk.handler.claims(later, talk.frame) is Claim.NO


async def test_who_is_proved_and_not_on_record_is_told_so(talk: Talk) -> None:
    """The agency does not know them: that is said, and nothing is asked."""
    talk.register.phones.clear()
    assert await talk.take(certified(talk, "查社保")) == ["record.certified", f"{NAME}.not_found"]
    assert (talk.step.finished, talk.gateway.sent) == (True, {})
