"""A telephone that is proved before something is booked, where the city demands it."""

import pytest
from fixtures.booking import MARRIAGE, PHONE, SUMMED_UP, Applicant, slot
from fixtures.dialogue import TESTVILLE
from fixtures.house import KEYS
from fixtures.services import SERVICES
from fixtures.turns import knowing

from actions.backends.sms import CodeMessage, Sent, Sms
from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.dialogue.state.turn import Turn
from actions.kinds.appointment import Appointment
from actions.kinds.appointment.offer import AgencyOffer
from actions.kinds.appointment.telephone import Telephone
from actions.proof.codes import Codes
from actions.schema import AppointmentService, require_bookings
from desk.city.files import City, OfferedService
from desk.contract.agency_commands import CodeCommand
from desk.contract.certificate import Certificate
from desk.contract.errors import ConfigurationError
from desk.contract.messages import KeepCase
from desk.contract.proving import SendCode, Tried
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

OTHER_PHONE = "13900139000"
ASKED = (MARRIAGE, "one_time_code")
CERTIFICATE = Certificate(name="陈嘉树", id_number="330106199001010121", issuer={"zh_Hans": "支付宝"})


class Gateway(Sms):
    """A gateway with memory."""

    def __init__(self) -> None:
        self.sent: list[CodeMessage] = []

    async def send(self, _: str, message: CodeMessage) -> Sent:
        self.sent.append(message)
        return Sent(id="1")


class Careful(Applicant):
    """A resident of a city that books with proved telephones alone; the desk sends the codes that are wished."""

    def __init__(self, catalogs: Catalogs, locale: Locale = "zh_Hans", certificate: Certificate | None = None) -> None:
        super().__init__(catalogs, SERVICES, locale=locale)
        declared, self.gateway, self.certificate = SERVICES[MARRIAGE], Gateway(), certificate
        assert isinstance(declared, AppointmentService)
        offers = {self.city.slug: AgencyOffer(self.agency, clock=self._seconds)}
        telephones = {self.city.slug: Telephone(MARRIAGE, Codes(KEYS, self.gateway))}
        self.handler = Appointment(MARRIAGE, declared, offers, telephones)
        handlers = {MARRIAGE: self.handler, "next_bus": self.buses}
        self._dialogue = Dialogue(handlers, Offer(SERVICES, {self.city.slug: self.city}))

    async def take(self, turn: Turn) -> str:
        said = await super().take(knowing(turn, certificate=self.certificate))
        for effect in self.effects:
            if isinstance(effect, SendCode):
                about = effect.model_dump(include={"service", "of", "frame", "number"})
                command = CodeCommand(conversation="c", city=self.city.slug, locale="en", phone=effect.value, **about)
                await self.handler.send_code(self.city, command)
        return said

    async def confirm(self) -> str:
        """Fill in the form and say yes to its summary."""
        await self.fill()
        return await self.say("对的", "affirm")

    async def type(self, code: str) -> str:
        """Type a code."""
        return await self.say(code, "inform")

    @property
    def code(self) -> str:
        """The last code that was sent."""
        return self.gateway.sent[-1].code

    @property
    def proved(self) -> list[bool]:
        """What the desk learns of the last try."""
        return [one.right for one in self.effects if isinstance(one, Tried) and one.what == "phone"]

    @property
    def holders(self) -> list[str | None]:
        """The telephones by which the desk lets the last turn's cases be seen elsewhere."""
        return [one.proved_phone for one in self.effects if isinstance(one, KeepCase)]


@pytest.fixture
def resident(catalogs: Catalogs) -> Careful:
    return Careful(catalogs)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.parametrize(
    ("locale", "asks", "wrong", "why"),
    [
        ("zh_Hans", "还差一步", "验证码不对", "免得别人"),
        ("zh_Hant", "還差一步", "驗證碼不對", "以免有人"),
        ("en", "One more step", "not right", "nobody takes appointments"),
    ],
)
async def test_it_is_booked_once_the_code_is_right(
    catalogs: Catalogs, locale: Locale, asks: str, wrong: str, why: str
) -> None:
    """After the yes a code is asked for; nothing is booked before it, and the telephone is shown masked."""
    resident = Careful(catalogs, locale)
    said = await resident.confirm()
    assert (asks in said, PHONE in said, resident.state, resident.agency.live) == (True, False, ASKED, [])
    assert [one.to for one in resident.gateway.sent] == [PHONE]
    assert why in await resident.say("why" if locale == "en" else "为什么要验证码", "out_of_scope")
    assert resident.state == ASKED
    assert wrong in await resident.type(other_than(resident.code))
    assert (resident.proved, resident.agency.live) == ([False], [])
    said = await resident.type(resident.code)
    assert resident.agency.live[0].reference in said
    assert (resident.proved, resident.state) == ([True], (None, None))
    assert resident.holders == [PHONE]


async def test_who_is_certified_is_asked_for_no_code(catalogs: Catalogs) -> None:
    """The channel's platform says who the resident is."""
    resident = Careful(catalogs, certificate=CERTIFICATE)
    said = await resident.confirm()
    assert (resident.gateway.sent, resident.agency.live[0].reference in said) == ([], True)
    assert resident.holders == [None]


async def test_a_code_is_good_for_the_telephone_that_it_was_sent_to(resident: Careful) -> None:
    """Another telephone is summed up again and gets a code of its own; the first code is worth nothing."""
    await resident.confirm()
    first = resident.code
    await resident.say(f"电话改成{OTHER_PHONE}", "correct", phone=OTHER_PHONE)
    assert resident.state == SUMMED_UP
    await resident.say("对的", "affirm")
    assert [one.to for one in resident.gateway.sent] == [PHONE, OTHER_PHONE]
    await resident.type(first)
    assert (resident.proved, resident.agency.live) == ([False], [])
    await resident.type(resident.code)
    assert [wish.phone for wish in resident.agency.wishes.values()] == [OTHER_PHONE]


async def test_three_wrong_ones_make_a_code_void(resident: Careful) -> None:
    """The right one comes too late; another is sent when it is asked for, and no more than three."""
    await resident.confirm()
    right = resident.code
    for _ in range(3):
        await resident.type(other_than(right))
    assert len(resident.gateway.sent) == 1
    await resident.type(right)
    assert resident.agency.live == []
    for _ in range(2):
        await resident.press_payload('/inform{"one_time_code": "again"}')
    assert len(resident.gateway.sent) == 3
    assert "没有约上" in await resident.press_payload('/inform{"one_time_code": "again"}')
    assert (resident.state, resident.agency.live) == ((None, None), [])


async def test_a_yes_while_the_code_is_asked_for_sends_no_other(resident: Careful) -> None:
    """Nor does a word that is not understood."""
    await resident.confirm()
    for text, intent in (("好的", "affirm"), ("嗯哼", "out_of_scope"), ("没收到短信", "out_of_scope")):
        await resident.say(text, intent)
        assert (text, resident.state, len(resident.gateway.sent)) == (text, ASKED, 1)


async def test_what_is_needed_can_be_asked_meanwhile(resident: Careful) -> None:
    """The code stays asked for."""
    await resident.confirm()
    await resident.say("结婚登记要带什么材料", MARRIAGE)
    assert resident.state == ASKED


async def test_when_the_agency_is_away_no_second_code_is_asked_for(resident: Careful) -> None:
    """What was proved stays proved in this form."""
    await resident.confirm()
    resident.agency.silent = True
    await resident.type(resident.code)
    resident.agency.silent = False
    said = await resident.press("再试一次")
    assert resident.agency.live[0].reference in said
    assert len(resident.gateway.sent) == 1


async def test_a_slot_that_is_gone_needs_no_second_code(resident: Careful) -> None:
    """Another time is chosen, confirmed, booked."""
    await resident.confirm()
    resident.agency.taken.add(slot("10:00"))
    await resident.type(resident.code)
    assert resident.state == (MARRIAGE, "time")
    await resident.say("10:30", "inform")
    said = await resident.say("对的", "affirm")
    assert (resident.agency.live[0].reference in said, len(resident.gateway.sent)) == (True, 1)


async def test_giving_up_books_nothing(resident: Careful) -> None:
    """The form is given up while the code is on its way."""
    await resident.confirm()
    await resident.say("算了不约了", "cancel")
    assert (resident.state, resident.agency.live) == ((None, None), [])


def test_a_city_that_demands_it_names_a_gateway() -> None:
    """A city file without one is refused."""
    with pytest.raises(ValueError, match=r"endpoints\.sms"):
        OfferedService.model_validate({"agency": "bureau", "proved_phone": True})


def test_only_bookings_are_proved() -> None:
    """A service that books nothing cannot demand it: `desk check` says so, and the actions do not start."""
    demanding = {"agency": "police", "proved_phone": True, "endpoints": {"sms": "sandbox:/sms/x"}}
    towns: list[City] = []
    for service in (MARRIAGE, "traffic_fines"):
        offered = {service: OfferedService.model_validate(demanding)}
        towns.append(TESTVILLE.model_copy(update={"services": offered}))
    require_bookings(SERVICES, towns[:1])
    with pytest.raises(ConfigurationError, match="traffic_fines books no appointment"):
        require_bookings(SERVICES, towns)


def test_a_service_without_a_file_is_not_this_checks() -> None:
    """A city may offer what the checkout has no file of: another check names it."""
    demanding = {"agency": "police", "proved_phone": True, "endpoints": {"sms": "sandbox:/sms/x"}}
    offered = {MARRIAGE: OfferedService.model_validate(demanding)}
    require_bookings({}, [TESTVILLE.model_copy(update={"services": offered})])
