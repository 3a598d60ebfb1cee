"""Moving a conversation to another city: by name, by a shared place, and what is left behind."""

from dataclasses import replace
from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.dialogue import PLATE, TAIL, Resident, city
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.city_names import cities_in
from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Turn
from desk.city.files import City, load_city
from desk.city.holidays import Calendar
from desk.contract.commands import Command
from desk.contract.errors import ConfigurationError
from desk.contract.messages import CloseOrder, Entity, Location
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from sandbox.facts import facts

ROOT = Path(__file__).parents[2]
SERVED = loaded.cities()
NEAR_BOX = {"south": 29.0, "west": 121.5, "north": 31.0, "east": 123.0}
WIDE_BOX = {"south": 28.0, "west": 122.0, "north": 32.0, "east": 125.0}
HERE = city("here", "此城", "Here", ["traffic_fines", "next_bus"])
NEAR = city("near", "近城", "Neartown", ["next_bus", "traffic_fines"], bounds=NEAR_BOX, centre={"lat": 30, "lon": 122})
FAR = city("far", "远城", "Farville", ["traffic_fines"], bounds=WIDE_BOX, languages=["zh_Hans"])
CITIES = {one.slug: one for one in (FAR, HERE, NEAR)}  # the wide box comes first


def newcomer(catalogs: Catalogs, locale: Locale = "zh_Hans") -> Resident:
    resident = Resident(catalogs, SERVICES, locale=locale, cities=CITIES)
    resident.city = HERE
    return resident


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return newcomer(catalogs)


@pytest.mark.parametrize(
    "name",
    [
        "宁波",
        "宁波市",
        "寧波",
        "寧波市",
        "Ningbo",
        "ningbo",
        "NINGBO",
        "Ningbo City",
        "Níngbō",
        "Ning bo",
        "ｎｉｎｇｂｏ",
    ],
)
def test_city_is_known_by_its_names(name: str) -> None:
    """Both scripts, with 市 or without, English and pinyin, in any case and width."""
    assert [found.slug for found in cities_in(name, SERVED.values())] == ["ningbo"]


def test_every_city_is_known_by_all_its_names() -> None:
    """No name of a served city is taken for another's."""
    wrong = [
        (one.slug, name)
        for one in SERVED.values()
        for name in (one.slug, one.names.zh_Hans, one.names.en, f"{one.names.zh_Hans}市")
        if [found.slug for found in cities_in(name, SERVED.values())] != [one.slug]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "entities", "moves_to"),
    [
        pytest.param("我现在在近城", {"city": "近城"}, "near", id="the one that is named"),
        pytest.param("我不在此城，我在近城", {"city": "近城"}, "near", id="not the one that is refused"),
        pytest.param("要近城，不要此城", {"city": "此城"}, "near", id="the refused one is named last"),
        pytest.param("switch to Neartown", {}, "near", id="a name that was not seen to be one"),
    ],
)
async def test_wish_by_name_moves(resident: Resident, text: str, entities: dict[str, str], moves_to: str) -> None:
    """The conversation is in the wished city, whose name and services the answer gives."""
    said = await resident.say(text, "change_city", **entities)
    assert (resident.outcome.city, resident.city.slug) == (moves_to, moves_to)
    assert "已为您转到近城政务服务" in said
    assert resident.buttons == ["公交到站时间", "交通违章查询与缴款"]


def asking_of(resident: Resident, text: str, intent: str, asks: float, command: Command) -> Turn:
    entities = (Entity(entity="city", value="近城"),)
    turn = turn_of("c", "text", intent, resident.city, resident.locale, resident.now, text=text, entities=entities)
    return replace(turn, inquiry=Inquiry(asks), commands=((command, 0.9),))


@pytest.mark.parametrize(
    ("locale", "part"), [("zh_Hans", "要转到近城吗"), ("zh_Hant", "要轉到近城"), ("en", "Neartown?")]
)
@pytest.mark.parametrize("intent", ["change_city", "nlu_fallback"])
async def test_a_question_about_another_city_does_not_move(
    catalogs: Catalogs, locale: Locale, part: str, intent: str
) -> None:
    """Whether to move is asked; what is open stays until then, and a yes moves."""
    someone = newcomer(catalogs, locale)
    said = await someone.take(asking_of(someone, "近城也是这样规定的吗", intent, 0.95, "unclear"))
    assert part in said
    assert someone.outcome.city is None
    await someone.say("好", "affirm")
    assert someone.city is NEAR


@pytest.mark.parametrize(("text", "moves"), [("近城", True), ("那近城", True), ("近城係咪都要㗎", False)])
async def test_a_city_in_what_is_not_understood_moves_only_alone(resident: Resident, text: str, *, moves: bool) -> None:
    """Beside other words it is asked about."""
    await resident.take(asking_of(resident, text, "nlu_fallback", 0.39, "unclear"))
    assert (resident.city is NEAR) is moves
    assert ("要转到近城吗" in resident.messages[-1].text) is not moves


async def test_who_stays_goes_on_with_what_was_open(resident: Resident) -> None:
    """The question whether to move drops nothing."""
    await resident.ask_for_fines()
    await resident.take(asking_of(resident, "近城的罚款也能在这查吗", "change_city", 0.95, "unclear"))
    await resident.say("不用", "deny")
    assert (resident.city, resident.state) == (HERE, ("traffic_fines", "vin_last6"))


@pytest.mark.parametrize(
    ("text", "asks", "command"),
    [
        pytest.param("能不能换到近城", 0.95, "city", id="the situation hears the wish"),
        pytest.param("我人在近城", 0.1, "unclear", id="it asks nothing"),
        pytest.param("那近城呢", 0.9, "unclear", id="the same there"),
    ],
)
async def test_a_wish_for_another_city_moves(resident: Resident, text: str, asks: float, command: Command) -> None:
    """However it is put."""
    await resident.take(asking_of(resident, text, "change_city", asks, command))
    assert resident.city is NEAR


@pytest.mark.parametrize(("locale", "part"), [("zh_Hant", "已為您轉到近城"), ("en", "You are now with Neartown")])
async def test_move_speaks_the_language_of_the_resident(catalogs: Catalogs, locale: Locale, part: str) -> None:
    """Each language says it in its own words."""
    someone = newcomer(catalogs, locale)
    assert part in await someone.say("Neartown", "change_city", city="Neartown")


async def test_new_city_that_lacks_the_language_speaks_its_own(catalogs: Catalogs) -> None:
    """Where the new city does not have the resident's language, its first one is spoken."""
    someone = newcomer(catalogs, "en")
    await someone.say("Farville", "change_city", city="Farville")
    assert someone.locale == "zh_Hans"


async def test_city_that_is_here_is_said_so(resident: Resident) -> None:
    """Nothing moves, and an open question returns."""
    await resident.ask_for_fines()
    said = await resident.say("切换到此城", "change_city", city="此城市")
    assert (resident.outcome.city, resident.state) == (None, ("traffic_fines", "vin_last6"))
    assert "现在就在此城" in said


async def test_unserved_city_is_named_back_with_those_that_are(resident: Resident) -> None:
    """Honest, with the served cities as buttons; a press moves."""
    said = await resident.say("我在东莞", "change_city", city="东莞")
    assert "东莞" in said
    assert (resident.outcome.city, resident.buttons) == (None, ["近城", "远城"])
    await resident.press("近城")
    assert resident.city is NEAR


async def test_a_district_of_this_city_is_no_wish_for_another(catalogs: Catalogs) -> None:
    """“I am in the east”, read as a move: what is meant is asked."""
    east = {"slug": "east", "names": {"zh_Hans": "东区", "en": "East District"}}
    home = city("here", "此城", "Here", ["traffic_fines", "next_bus"], districts=[east])
    someone = Resident(catalogs, SERVICES, locale="en", cities={**CITIES, "here": home})
    someone.city = home
    said = await someone.say("I am in East", "change_city", district="East District")
    assert someone.outcome.city is None
    assert "do not serve" not in said


async def test_wish_without_a_name_asks_which(resident: Resident) -> None:
    """All other cities as buttons; the bare name that follows is the answer."""
    await resident.say("换个城市", "change_city")
    assert resident.buttons == ["近城", "远城"]
    await resident.say("Neartown", "inform")
    assert resident.city is NEAR


async def test_question_which_city_takes_an_unserved_one(resident: Resident) -> None:
    """An unserved name is an answer, too: it is named back."""
    await resident.say("换个城市", "change_city")
    assert "东莞" in await resident.say("东莞", "inform", city="东莞")


async def test_question_which_city_leaves_other_wishes_alone(resident: Resident) -> None:
    """Whoever wishes a service instead gets it here."""
    await resident.say("换个城市", "change_city")
    await resident.say("查违章", "traffic_fines")
    assert (resident.city, resident.state) == (HERE, ("traffic_fines", "plate"))


async def test_open_service_ends_with_a_word(resident: Resident) -> None:
    """It belongs to the old city: its end is said, and its values are gone."""
    await resident.ask_for_fines()
    said = await resident.say("换到近城", "change_city", city="近城")
    assert "您在此城办理的交通违章查询与缴款还没有办完，现在已经结束" in said
    assert resident.state == (None, None)
    await resident.say("查违章", "traffic_fines")
    assert resident.state == ("traffic_fines", "plate")


async def test_finished_look_up_is_dropped(resident: Resident) -> None:
    """A follow-up to what was looked up in the old city finds nothing."""
    await resident.say("试站几点有车", "next_bus", stop="试站")
    await resident.say("换到近城", "change_city", city="近城")
    assert resident.session.finished == ()


async def test_open_order_is_closed_and_that_is_said(catalogs: Catalogs) -> None:
    """An order of the old city that could still be paid is closed, as cancelling does."""
    payer = Payer(catalogs, SERVICES, cities=CITIES)
    payer.city = HERE
    await payer.say(f"查违章 {PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await payer.say("交", "affirm")
    order = payer.orders[0].order
    said = await payer.say("换到近城", "change_city", city="近城")
    assert payer.effects == (CloseOrder(order=order),)
    assert f"订单{order}已关闭，没有扣款" in said


async def test_order_of_the_old_city_keeps_its_agency(catalogs: Catalogs) -> None:
    """What was paid there is reported with that city's agency, and its refund is asked for there."""
    payer = Payer(catalogs, SERVICES, cities=CITIES)
    payer.city = HERE
    await payer.say(f"查违章 {PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await payer.say("交", "affirm")
    payer.becomes("booked", receipt="R1")
    await payer.say("换到近城", "change_city", city="近城")
    assert payer.orders[0].city == "here"
    assert "要由此城受理" in await payer.say("退款", "refund")
    assert payer.effects == ()
    await payer.press("转到此城")
    await payer.say("退款", "refund")
    assert [effect.type for effect in payer.effects] == ["open_ticket"]


IN_NEAR, IN_BOTH, NOWHERE = (30.0, 121.6), (30.0, 122.3), (10.0, 100.0)


async def test_place_in_this_city_is_for_the_buses(resident: Resident) -> None:
    """Inside the bounds of this city nothing is asked."""
    assert "bus at here" in await resident.share(30.0, 120.0)


@pytest.mark.parametrize(("at", "slug"), [(IN_NEAR, "near"), (IN_BOTH, "near"), ((30.0, 124.0), "far")])
async def test_place_in_another_city_offers_to_move(resident: Resident, at: tuple[float, float], slug: str) -> None:
    """Nothing moves before the answer; where boxes overlap the nearest centre decides."""
    await resident.share(*at)
    assert resident.outcome.city is None
    assert resident.buttons == [f"转到{CITIES[slug].names.zh_Hans}", "留在此城"]


@pytest.mark.parametrize("text", [None, "好的", "换到近城"])
async def test_place_is_looked_up_after_the_move(resident: Resident, text: str | None) -> None:
    """Button, yes or the name: the conversation moves, and the place is for the buses there."""
    await resident.share(*IN_NEAR)
    if text is None:
        said = await resident.press("转到近城")
    else:
        said = await resident.say(text, "affirm" if text == "好的" else "change_city")
    assert resident.city is NEAR
    assert "已为您转到近城" in said
    assert "bus at here" in said


async def test_place_may_be_left_alone(resident: Resident) -> None:
    """Who stays goes on with the open question here."""
    await resident.ask_for_fines()
    await resident.share(*IN_NEAR)
    said = await resident.press("留在此城")
    assert "仍在此城" in said
    assert (resident.city, resident.state) == (HERE, ("traffic_fines", "vin_last6"))


async def test_place_in_a_city_without_a_taker_moves_alone(resident: Resident) -> None:
    """Where the new city has no service for a place, the move says so."""
    await resident.share(30.0, 124.0)
    await resident.press("转到远城")
    assert (resident.city, resident.state) == (FAR, (None, None))


async def test_place_in_no_city_of_ours_is_for_the_buses(resident: Resident) -> None:
    """A place that no served city holds is answered by the service here, as before."""
    assert "bus at here" in await resident.share(*NOWHERE)


@pytest.mark.parametrize(
    ("lat", "lon", "slug"),
    [(22.56, 113.88, "shenzhen"), (22.70, 113.95, "shenzhen"), (23.1, 113.3, "guangzhou"), (22.54, 114.05, "shenzhen")],
)
def test_overlapping_boxes_are_told_apart(lat: float, lon: float, slug: str) -> None:
    """Where two served cities' boxes overlap, a place belongs to the nearer centre."""
    found = Offer(SERVICES, SERVED).other_city_at(SERVED["hangzhou"], Location(lat=lat, lon=lon))
    assert found is SERVED[slug]


@pytest.mark.parametrize(
    ("here", "lat", "lon", "slug"),
    [
        ("guangzhou", 22.56, 113.88, "shenzhen"),  # Bao'an, in the boxes of both
        ("guangzhou", 22.70, 113.93, "shenzhen"),  # Guangming
        ("guangzhou", 22.81, 113.67, "dongguan"),  # Humen
        ("guangzhou", 22.80, 113.53, None),  # Nansha: Dongguan's centre is nearer, but not much
        ("guangzhou", 22.94, 113.38, None),  # Panyu
        ("shenzhen", 22.56, 113.88, None),
        ("shenzhen", 23.10, 113.30, "guangzhou"),  # outside of the box of Shenzhen
        ("hangzhou", 30.42, 120.30, None),  # Linping, in the boxes of Hangzhou and Jiaxing
    ],
)
def test_own_box_does_not_keep_what_is_clearly_another_citys(
    here: str, lat: float, lon: float, slug: str | None
) -> None:
    """A place in this city's box is another's whose box has it, too, and whose centre is much nearer."""
    found = Offer(SERVICES, SERVED).other_city_at(SERVED[here], Location(lat=lat, lon=lon))
    assert (found and found.slug) == slug


@pytest.mark.parametrize("slug", SERVED)
def test_places_of_a_city_stay_its_own(slug: str) -> None:
    """Where the sandbox of a city says that a bus stops, and its centre, nobody is sent away from."""
    city, offer = SERVED[slug], Offer(SERVICES, SERVED)
    known = facts(slug, seed=loaded.seed())
    places = [(city.middle.lat, city.middle.lon)]
    places += [
        (float(known[f"{name}_lat"]), float(known[f"{name}_lon"]))
        for name in ("stop_with_realtime", "route_from")
        if f"{name}_lat" in known
    ]
    assert [offer.other_city_at(city, Location(lat=lat, lon=lon)) for lat, lon in places] == [None] * len(places)


def test_shifted_datum_is_undone_first() -> None:
    """A place at the edge of a box counts by its true coordinates."""
    edge = SERVED["hangzhou"].bounds.east
    offer = Offer(SERVICES, {"hangzhou": SERVED["hangzhou"], "east": _east_of(edge)})
    assert offer.other_city_at(SERVED["hangzhou"], Location(lat=30.0, lon=edge + 0.002)) is not None
    assert offer.other_city_at(SERVED["hangzhou"], Location(lat=30.0, lon=edge + 0.002, datum="gcj02")) is None


def _east_of(edge: float) -> City:
    return city("east", "东城", "East", [], bounds={"south": 29.0, "west": edge, "north": 31.0, "east": edge + 1})


def test_centre_outside_of_the_bounds_is_refused(tmp_path: Path) -> None:
    """A city file whose centre is not in the city does not load, and says why."""
    file = tmp_path / "ningbo.yml"
    text = (ROOT / "cities" / "ningbo.yml").read_text(encoding="utf-8")
    file.write_text(text.replace("lat: 29.868", "lat: 39.868"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="centre lies outside"):
        load_city(file, Calendar())


def test_every_served_city_has_a_centre() -> None:
    """Each city file says where its centre is."""
    assert [slug for slug, one in SERVED.items() if one.centre is None] == []


async def test_city_of_a_followed_account_comes_first(resident: Resident) -> None:
    """Who follows another city's account, too, and names no city is offered that one before nearer ones."""
    resident.followed = ("here", "far")
    said = await resident.say("换个城市", "change_city")
    assert "您还关注了远城的账号" in said
    assert resident.buttons == ["远城", "近城"]
    await resident.press("远城")
    assert resident.city is FAR


@pytest.mark.parametrize(("press", "slug"), [("转到近城", "near"), ("留在此城", "here")])
async def test_who_comes_to_another_citys_account_again_is_asked(resident: Resident, press: str, slug: str) -> None:
    """The conversation has moved from the account's city: nothing moves back before the answer."""
    resident.followed = ("near", "far")
    said = await resident.press_payload("/greet")
    assert "这是近城的账号" in said
    assert (resident.outcome.city, resident.buttons) == (None, ["转到近城", "留在此城"])
    await resident.press(press)
    assert resident.city.slug == slug


async def test_who_comes_to_this_citys_account_is_greeted(resident: Resident) -> None:
    """Following other cities' accounts, too, changes no greeting."""
    resident.followed = ("here", "far")
    await resident.press_payload("/greet")
    assert "转到远城" not in resident.buttons
    assert "公交到站时间" in resident.buttons


async def test_typed_greeting_asks_nothing(resident: Resident) -> None:
    """A hello in the middle of the day is no coming to the account."""
    resident.followed = ("near",)
    await resident.say("你好", "greet")
    assert "转到近城" not in resident.buttons


@pytest.mark.parametrize(
    ("text", "locale"), [("那近城呢", "zh_Hans"), ("咁近城呢", "zh_Hant"), ("and in Neartown?", "en")]
)
async def test_what_was_looked_up_last_is_looked_up_there(catalogs: Catalogs, text: str, locale: Locale) -> None:
    """A brief question about another city, after a look-up, wishes the same there; a wish to move does not."""
    resident = newcomer(catalogs, locale)
    await resident.say("下一班车", "next_bus", stop="武林广场")
    await resident.say(text, "change_city", city="Neartown" if locale == "en" else "近城")
    assert resident.city.slug == "near"
    assert resident.state == ("next_bus", "stop")
    assert len(resident.messages) == 2
    other = newcomer(catalogs, locale)
    await other.say("下一班车", "next_bus", stop="武林广场")
    await other.say("换到近城", "change_city", city="近城")
    assert other.state == (None, None)


@pytest.mark.parametrize(("text", "moves"), [("此城", True), ("停水那个写的是此城，我只要一个区的", False)])
async def test_what_is_said_of_this_city_is_no_wish_to_be_there(catalogs: Catalogs, text: str, *, moves: bool) -> None:
    """Its bare name is; with more it is about something else."""
    resident = newcomer(catalogs)
    await resident.say(text, "nlu_fallback", city="此城")
    assert ("common.city_is_here" in [reply.key for reply in resident.outcome.replies]) is moves
