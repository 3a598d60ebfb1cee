"""Audiences are counted exactly, by one process of the store or by two. Real PostgreSQL."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from fixtures.announcing import CITY
from fixtures.house import House
from sqlalchemy import text

from desk.announcements.audience import whom
from desk.announcements.audience.whom import NOBODY, Reach, Whom
from desk.announcements.content import Audience, Group, LeftOut
from desk.city.area import read
from desk.contract.grid import cell_at
from desk.store.database import transaction

SMALL = read("120.151,30.271\n120.169,30.271\n120.169,30.279\n120.151,30.279")
LARGE = read("120.101,30.201\n120.199,30.201\n120.199,30.299\n120.101,30.299")
OTHER_CITY, TOPIC, OTHER_TOPIC = "ningbo", "water", "traffic"
PEOPLE = 250
IS_SMALL = frozenset(cell_at(30.275, lon) for lon in (120.155, 120.165))
IS_LARGE = frozenset(cell_at(30.205 + row / 100, 120.105 + column / 100) for row in range(10) for column in range(10))

ACCOUNT = text("""
    INSERT INTO channel_accounts (agency_id, channel, slug, city)
    SELECT id, :channel, :channel, city FROM agencies WHERE city = :city ORDER BY id LIMIT 1 RETURNING id
""")
RESIDENT = text("""
    INSERT INTO residents (id, account_id, external_id, state, muted_at)
    VALUES (:id, :account, :name, CASE WHEN :gets = 'nothing' THEN 'left' ELSE 'reachable' END,
            CASE WHEN :gets = 'alerts' THEN now() END)
""")
CONVERSATION = text("""
    INSERT INTO conversations (id, account_id, resident_id, channel, city, locale)
    VALUES (:id, :account, :id, :channel, :city, :locale)
""")
WISH = text("""
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id)
    VALUES (:id, :city, :topic, :district, :account)
""")
PLACE = text("""
    INSERT INTO notice_places (conversation_id, city, cell, account_id, created_at)
    VALUES (:id, :city, :cell, :account, now())
""")
CASE = text("""
    INSERT INTO cases (conversation_id, frame, city, service, agency, kind, reference_hash, code_hash, private, status,
                       created_at, changed_at, known_at)
    VALUES (:id, :service, :city, :service, 'a', 'report', '', uuid_send(gen_random_uuid()), '', 'open', now(), now(),
            now())
""")
ORDER = text("""
    INSERT INTO orders (number, conversation_id, city, service, agency, locale, amount, private, expires_at, paid_at)
    VALUES (gen_random_uuid(), :id, :city, :service, 'a', 'zh_Hans', 1, '', now(), CASE WHEN :is_paid THEN now() END)
""")
PERSON = text("INSERT INTO linked_persons (id, city, locale) VALUES (:id, :city, 'zh_Hans')")
LIST = text("""
    INSERT INTO announcement_lists (city, agency, name, kind, lines, known, made_by, made_at, good_until)
    SELECT :city, slug, 'all', 'telephones', 0, 0, 'test', now(), now() + interval '1 day' FROM agencies
    WHERE city = :city ORDER BY id LIMIT 1 RETURNING id, agency
""")
MEMBERS = text("""
    INSERT INTO announcement_list_members (list_id, account_id, conversation_id)
    SELECT :list, account_id, id FROM conversations
""")
ANNOUNCEMENT = text("""
    INSERT INTO announcements (city, agency, topic, kind, titles, texts, created_by, state)
    VALUES (:city, 'a', :topic, 'announcement', '{}', '{}', 'test', 'done') RETURNING id
""")
TOLD = text("""
    WITH said AS (
        INSERT INTO outbound_messages (conversation_id, seq, type, body) VALUES (:id, :number, 'message', '{}')
    ), sent AS (
        INSERT INTO deliveries (conversation_id, seq, account_id, lane, state, reason)
        SELECT id, :number, account_id, 1, :state, :reason FROM conversations
        WHERE id = :id AND CAST(:state AS text) IS NOT NULL
    )
    INSERT INTO announcement_deliveries (announcement_id, conversation_id, seq) VALUES (:number, :id, :number)
""")
SENDS = text("""
    INSERT INTO announcement_sends (announcement_id, account_id, agency, urgent, beyond, state)
    SELECT :number, id, 'a', false, :beyond, 'ended' FROM channel_accounts
    WHERE CAST(:channel AS text) IS NULL OR channel = :channel
""")
BECAME: Mapping[str, tuple[str | None, str | None, bool]] = {
    "shown": (None, None, True),
    "sent": ("sent", None, True),
    "unknown": ("unknown", None, True),
    "sending": ("sending", None, True),
    "corrected": ("dropped", "corrected", True),
    "waiting": ("waiting", None, False),
    "dead": ("dead", None, False),
    "dropped": ("dropped", "the resident has left", False),
}
"""What became of a message: its state, why, and whether the resident was reached."""
LINKED = text("INSERT INTO linked_conversations (conversation_id, person_id) VALUES (:id, :person)")


@dataclass(frozen=True)
class One:
    """A conversation with what it wishes: topics with districts, and squares; what it used; and what it gets at all."""

    id: UUID
    channel: str
    city: str
    locale: str
    wishes: frozenset[tuple[str, str]]
    cells: frozenset[int]
    used: frozenset[tuple[str, str]]  # services, each by how: case | paid | unpaid
    person: UUID | None
    gets: str  # everything | alerts: nothing else that nobody asked for | nothing: they left


def people(chance: random.Random) -> list[One]:
    """Conversations on two channels, some moved to another city, some linked by twos and threes."""
    persons = [UUID(int=chance.getrandbits(128)) for _ in range(20)]
    cells = [*sorted(IS_LARGE), cell_at(30.1, 120.3)]
    districts = ("", "east", "west")
    return [
        One(
            UUID(int=chance.getrandbits(128)),
            chance.choice(("sms", "telegram")),
            chance.choice((CITY, CITY, CITY, OTHER_CITY)),
            chance.choice(("zh_Hans", "zh_Hans", "zh_Hant", "en")),
            frozenset(
                (chance.choice((TOPIC, OTHER_TOPIC)), chance.choice(districts)) for _ in range(chance.randrange(4))
            ),
            frozenset(chance.choice([*cells, *sorted(IS_SMALL) * 9]) for _ in range(chance.randrange(4))),
            frozenset(
                (chance.choice(("fines", "report", "water")), chance.choice(("case", "paid", "unpaid")))
                for _ in range(chance.randrange(4))
            ),
            chance.choice([None, None, None, *persons[:2]]) if number % 3 else chance.choice([None, *persons]),
            chance.choice(("everything", "everything", "alerts", "nothing")),
        )
        for number in range(PEOPLE)
    ]


async def enter(house: House, everybody: Sequence[One]) -> None:
    async with transaction(house.engine) as connection:
        accounts = {
            one: (await connection.execute(ACCOUNT, {"channel": one, "city": CITY})).scalar_one()
            for one in ("sms", "telegram")
        }
        for person in {one.person for one in everybody if one.person is not None}:
            await connection.execute(PERSON, {"id": person, "city": CITY})
        for one in everybody:
            values = {"id": one.id, "account": accounts[one.channel], "channel": one.channel, "locale": one.locale}
            await connection.execute(RESIDENT, {**values, "name": str(one.id), "gets": one.gets})
            await connection.execute(CONVERSATION, {**values, "city": one.city})
            for topic, district in one.wishes:
                await connection.execute(WISH, {**values, "city": CITY, "topic": topic, "district": district})
            for cell in one.cells:
                await connection.execute(PLACE, {**values, "city": CITY, "cell": cell})
            for service, how in one.used:
                of_service = {"id": one.id, "city": CITY, "service": service}
                if how == "case":
                    await connection.execute(CASE, of_service)
                else:
                    await connection.execute(ORDER, {**of_service, "is_paid": how == "paid"})
            if one.person is not None:
                await connection.execute(LINKED, {"id": one.id, "person": one.person})


def is_one(one: One, audience: Group, districts: Sequence[str]) -> bool:
    """Whether a conversation is one of a group, whatever it gets; the same decision as the store's, one by one."""
    follows = any(topic == TOPIC and (not districts or where in ("", *districts)) for topic, where in one.wishes)
    near = bool(one.cells & (IS_SMALL if audience.area == SMALL else IS_LARGE))
    of_kind: Mapping[str, bool] = {
        "followers": follows,
        "everybody": one.city == CITY,
        "list": one.city == CITY,
        "users": one.city == CITY and any(how != "unpaid" and of in audience.services for of, how in one.used),
        "area": near or (audience.and_followers and follows),
    }
    return (
        of_kind[audience.whom]
        and (not audience.languages or one.locale in audience.languages)
        and (not audience.channels or one.channel in audience.channels)
        and not any(topic in audience.without_topics for topic, _ in one.wishes)
    )


async def told(house: House, everybody: Sequence[One], chance: random.Random) -> tuple[int, frozenset[UUID]]:
    """Something that some were told, and whom of them it reached."""
    reached = set[UUID]()
    async with transaction(house.engine) as connection:
        number: int = (await connection.execute(ANNOUNCEMENT, {"city": CITY, "topic": TOPIC})).scalar_one()
        await connection.execute(SENDS, {"number": number, "beyond": NOBODY, "channel": None})
        for one in everybody:
            if chance.random() < 0.4:
                state, reason, is_reached = BECAME[chance.choice([*BECAME, "sent", "sent"])]
                values = {"id": one.id, "number": number, "state": state, "reason": reason}
                await connection.execute(TOLD, values)
                reached |= {one.id} if is_reached else set()
    return number, frozenset(reached)


def is_left_out(one: One, everybody: Sequence[One], audience: Audience, districts: Sequence[str]) -> bool:
    """Whether it, or one that is linked with it, is among those whom an audience leaves out."""
    of_person = [other for other in everybody if other is one or (one.person and other.person == one.person)]
    return any(is_one(other, less, districts) for less in audience.without for other in of_person)


AUDIENCES: Mapping[str, tuple[Audience, tuple[str, ...]]] = {
    "followers": (Audience(), ()),
    "followers of a district": (Audience(), ("east",)),
    "followers in two languages": (Audience(languages=("zh_Hans", "en")), ()),
    "followers on one channel": (Audience(channels=("telegram",)), ("east", "west")),
    "followers of no other topic": (Audience(without_topics=(OTHER_TOPIC,)), ()),
    "everybody": (Audience(whom="everybody"), ()),
    "everybody in one language": (Audience(whom="everybody", languages=("zh_Hant",)), ()),
    "users of a service": (Audience(whom="users", services=("fines",)), ()),
    "users of one of two services, in one language": (
        Audience(whom="users", services=("report", "water"), languages=("zh_Hans",), without_topics=(OTHER_TOPIC,)),
        (),
    ),
    "a small area": (Audience(whom="area", area=SMALL), ()),
    "a large area": (Audience(whom="area", area=LARGE), ()),
    "a small area and followers": (Audience(whom="area", area=SMALL, and_followers=True), ("west",)),
    "a large area and followers": (Audience(whom="area", area=LARGE, and_followers=True), ()),
    "a large area and followers, narrowed": (
        Audience(whom="area", area=LARGE, and_followers=True, languages=("en",), without_topics=(OTHER_TOPIC,)),
        (),
    ),
}
LEAVING_OUT: Mapping[str, tuple[Audience, tuple[str, ...]]] = {
    "followers but those near": (Audience(without=(LeftOut(whom="area", area=SMALL),)), ()),
    "followers of a district but English readers who follow": (
        Audience(without=(LeftOut(languages=("en",)),)),
        ("east",),
    ),
    "everybody but followers": (Audience(whom="everybody", without=(LeftOut(),)), ("west",)),
    "everybody in one language but two": (
        Audience(
            whom="everybody",
            languages=("zh_Hans",),
            without=(LeftOut(channels=("sms",)), LeftOut(whom="area", area=LARGE, without_topics=(OTHER_TOPIC,))),
        ),
        (),
    ),
    "a large area but a small one and its followers": (
        Audience(whom="area", area=LARGE, without=(LeftOut(whom="area", area=SMALL, and_followers=True),)),
        ("east",),
    ),
    "users but those of another service": (
        Audience(whom="users", services=("fines",), without=(LeftOut(whom="users", services=("report",)),)),
        (),
    ),
    "followers of neither topic but users of two services": (
        Audience(without_topics=(OTHER_TOPIC, "gas"), without=(LeftOut(whom="users", services=("fines", "water")),)),
        ("east",),
    ),
    "a small area and followers but one channel": (
        Audience(whom="area", area=SMALL, and_followers=True, without=(LeftOut(channels=("telegram",)),)),
        (),
    ),
}


def expected(
    everybody: Sequence[One], audience: Audience, districts: Sequence[str], *, is_alert: bool = False
) -> tuple[int, Counter[object]]:
    gets = ("everything", "alerts") if is_alert else ("everything",)
    meant = [one for one in whom_of(everybody, audience, districts) if one.gets in gets]
    return len({one.person or one.id for one in meant}), Counter((one.locale, one.channel) for one in meant)


def whom_of(everybody: Sequence[One], audience: Audience, districts: Sequence[str]) -> list[One]:
    """All conversations that an audience is for, whatever they get."""
    meant = [one for one in everybody if is_one(one, audience, districts)]
    return [one for one in meant if not is_left_out(one, everybody, audience, districts)]


def said(reach: Reach) -> tuple[int, Counter[object]]:
    return reach.residents, Counter({(part.locale, part.channel): part.residents for part in reach.parts})


@pytest.mark.parametrize("seed", range(3))
async def test_counts_by_two_and_alone_are_exact(house: House, seed: int) -> None:
    """Each audience is counted as one by one: by two processes, and alone while another count has the second one."""
    everybody = people(random.Random(seed))
    await enter(house, everybody)
    audiences = {**AUDIENCES, **LEAVING_OUT}
    wanted = {name: expected(everybody, *one) for name, one in audiences.items()}
    by_two, alone = {}, {}
    async with house.engine.connect() as other:
        for name, (audience, districts) in audiences.items():
            asked = Whom(audience, CITY, TOPIC, districts)
            async with house.engine.connect() as connection:
                by_two[name] = said(await asked.reach(connection))
            assert (await other.execute(whom.IS_FIRST)).scalar_one()
            async with house.engine.connect() as connection:
                alone[name] = said(await asked.reach(connection))
            await other.rollback()
    assert by_two == wanted
    assert alone == wanted
    assert all(count for count, _ in wanted.values())


@pytest.mark.parametrize("is_alert", [False, True])
async def test_counts_hold_those_alone_who_get_it(house: House, is_alert: bool) -> None:
    """Who left an account never counts, and who wants nothing unasked counts of alerts; on a list, too."""
    everybody = people(random.Random(7))
    await enter(house, everybody)
    async with transaction(house.engine) as connection:
        number, agency = (await connection.execute(LIST, {"city": CITY})).one()
        await connection.execute(MEMBERS, {"list": number})
    few = (LeftOut(languages=("zh_Hans",)),)
    on_list = {
        "a list": (Audience(whom="list", list=number), ()),
        "a list but followers": (Audience(whom="list", list=number, without=few), ()),
        "but a list": (Audience(without=(LeftOut(whom="list", list=number, channels=("sms",)),)), ()),
    }
    for name, (audience, districts) in {**AUDIENCES, **LEAVING_OUT, **on_list}.items():
        asked = Whom(audience, CITY, TOPIC, districts, agency=agency, is_alert=is_alert)
        async with house.engine.connect() as connection:
            wanted = expected(everybody, audience, districts, is_alert=is_alert)
            assert said(await asked.reach(connection)) == wanted, name


@pytest.mark.parametrize(("seed", "is_alert"), [(0, False), (1, True)])
async def test_whom_others_reached_is_counted_exactly(house: House, seed: int, is_alert: bool) -> None:
    """In place of an audience, and with each: by what became of each message, and each person once."""
    chance = random.Random(seed)
    everybody = people(chance)
    await enter(house, everybody)
    several = [await told(house, everybody, chance) for _ in range(3)]
    gets = ("everything", "alerts") if is_alert else ("everything",)

    def wanted(meant: Sequence[One], *reached: frozenset[UUID]) -> tuple[int, Counter[object]]:
        them = [one for one in everybody if one in meant or any(one.id in some for some in reached)]
        them = [one for one in them if one.gets in gets]
        return len({one.person or one.id for one in them}), Counter((one.locale, one.channel) for one in them)

    (first, by_first), (second, by_second), (third, by_third) = several
    narrowed = Audience(languages=("en",), without_topics=(TOPIC,))
    async with house.engine.connect() as connection:
        asked = Whom(narrowed, CITY, TOPIC, corrects=first, is_alert=is_alert)
        assert said(await asked.reach(connection)) == wanted((), by_first)
        asked = Whom(narrowed, CITY, TOPIC, corrects=first, also=(second, third), is_alert=is_alert)
        assert said(await asked.reach(connection)) == wanted((), by_first, by_second, by_third)
    for name, (audience, districts) in {**AUDIENCES, **LEAVING_OUT}.items():
        asked = Whom(audience, CITY, TOPIC, districts, also=(second, third), is_alert=is_alert)
        async with house.engine.connect() as connection:
            found = said(await asked.reach(connection))
        assert found == wanted(whom_of(everybody, audience, districts), by_second, by_third), name


async def test_who_was_told_on_another_account_is_reached(house: House) -> None:
    """A linked channel of an account to which nothing was sent: the correction goes there, too."""
    nothing, person = frozenset[Any](), UUID(int=7)
    followed = frozenset({(TOPIC, "")})
    texts = One(UUID(int=1), "sms", CITY, "zh_Hans", followed, nothing, nothing, person, "everything")
    chat = replace(texts, id=UUID(int=2), channel="telegram", wishes=nothing)
    await enter(house, [texts, chat])
    async with transaction(house.engine) as connection:
        number: int = (await connection.execute(ANNOUNCEMENT, {"city": CITY, "topic": TOPIC})).scalar_one()
        await connection.execute(SENDS, {"number": number, "beyond": NOBODY, "channel": "sms"})
        await connection.execute(TOLD, {"id": chat.id, "number": number, "state": "sent", "reason": None})
    asked = Whom(Audience(), CITY, TOPIC, corrects=number)
    async with house.engine.connect() as connection:
        assert said(await asked.reach(connection)) == (1, Counter({("zh_Hans", "telegram"): 1}))
        pages = [await asked.next(connection, one, NOBODY, 7) for one in await asked.accounts(connection)]
    assert [one for page in pages for one, _ in page] == [chat.id]


@pytest.mark.parametrize("name", LEAVING_OUT)
async def test_who_is_left_out_comes_on_no_page(house: House, name: str) -> None:
    """Told page by page are exactly those who are counted, each once; nobody who is left out on another channel."""
    everybody, (audience, districts) = people(random.Random(11)), LEAVING_OUT[name]
    await enter(house, everybody)
    asked, found = Whom(audience, CITY, TOPIC, districts), list[UUID]()
    async with house.engine.connect() as connection:
        for account in await asked.accounts(connection):
            beyond = NOBODY
            while page := await asked.next(connection, account, beyond, 7):
                found += [one for one, _ in page]
                beyond = page[-1][0]
    meant = whom_of(everybody, audience, districts)
    assert sorted(found) == sorted(one.id for one in meant)
    assert 0 < len(meant) < len(whom_of(everybody, audience.model_copy(update={"without": ()}), districts))


async def test_one_count_at_a_time_takes_a_second_process(house: House) -> None:
    """While one counts the next finds that it is not the first; afterwards its transaction divides nothing more."""
    async with house.engine.connect() as first, house.engine.connect() as second:
        await Whom(Audience(), CITY, TOPIC).reach(first)
        assert not (await second.execute(whom.IS_FIRST)).scalar_one()
        workers = (await first.execute(text("SHOW max_parallel_workers_per_gather"))).scalar_one()
    assert workers == "0"
