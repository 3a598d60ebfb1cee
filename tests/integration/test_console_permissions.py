"""Who may do what in the console, made of the routes and the table of roles: in one's own agency and another's."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest
from fixtures import cap
from fixtures.alerted import TEN, Alerted, with_alerts
from fixtures.cases import appointment
from fixtures.desks import Chair, Desks, desks_at, hire
from fixtures.house import House, turn_of
from fixtures.staffed import actor
from fixtures.tickets import waits
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.alerts.service import Alerts
from desk.announcements.composing.kept import Kept
from desk.announcements.content import Document, Draft, Image
from desk.console.access import Needs, needs_of
from desk.console.server import ALL
from desk.console.ticket import ACTS
from desk.contract.messages import KeepCase
from desk.contract.staff import EVERYWHERE, PERMITS, Actor, Grant, Permission, Role, system
from desk.staff.sessions import make_key
from desk.store.database import transaction
from desk.tickets.queue import COLUMNS
from desk.tickets.reference import reference_of
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.teams import Duties, Teams
from desk.web.announcing.alerts import AlertParts

MOVE = text(f"UPDATE tickets SET agency = :agency RETURNING {COLUMNS}")
CITY, OWN, FOREIGN = "hangzhou", "water", "gas"
PLACEHOLDER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
ROUTES = [
    (one.method, one.path, needs)
    for section in ALL
    for one in section.routes
    if (needs := needs_of(one.handler)) is not None and needs.who != "visitor"
]
CONSOLE, ACCOUNT = "/console", "/console/account"
SIGNED_IN = {
    *(CONSOLE, f"{CONSOLE}/look", f"{CONSOLE}/news", f"{CONSOLE}/logout", f"{CONSOLE}/session", f"{CONSOLE}/stay"),
    *(ACCOUNT, *(f"{ACCOUNT}/{one}" for one in ("language", "alerts", "password", "app", "app/asked"))),
    *(f"{ACCOUNT}/passkeys{one}" for one in ("", "/-/asked", "/{passkey}/name", "/{passkey}/remove")),
    *(f"{ACCOUNT}/sessions{one}" for one in ("/end", "/{session}/end")),
    *(f"{CONSOLE}/requests{one}" for one in ("", "/{number}", "/{number}/key")),
}
"""What is anybody's who is logged in: their own account and session, the start page, and requests, which the room shows
to who asked for them and to who decides on them."""
VISITORS = {
    *(f"{CONSOLE}/login{one}" for one in ("", "/asked", "/passkey", "/openid", "/openid/back")),
    *(f"{CONSOLE}/join/{{token}}{one}" for one in ("", "/password", "/asked", "/passkey")),
}
"""What is open to who is not logged in yet."""
OBJECTS = frozenset(
    ("login", "number", "team", "announcement", "alert", "reference", "order", "key", "sha256", "case"),
)
"""What stands in a path and is of an agency: each is there for one's own and for another (`staffed`)."""
OF_NO_AGENCY = {
    "session": "s" * 43,  # one's own
    "passkey": "aaaa",  # one's own
    "account": "nobody_there",
    "line": "4711",
    "model": "4711",
}
"""What stands in a path and is of no agency: one's own, or what only roles that are held everywhere look after."""
BEHIND = {"act": "aaaa", "file": "aaaa"}
"""What stands behind a ticket's reference. The acts are gone through one by one
(`test_no_act_reaches_a_ticket_of_another_agency`), the files in `test_ticket_page`."""
NAMED_IN_FORM = {
    *("/console/staff", "/console/teams", "/console/answers", "/console/answers/drop", "/console/answers/past/drop"),
    "/console/bills/report",
    *(f"/console/announcements/{one}" for one in ("new", "preview", "reach", "kept")),
}
"""Forms that name what they are about, or the agency that it is of: `place`."""
ORDER = text("""
    INSERT INTO orders (number, city, service, agency, locale, amount, refunded, status, private, trade_no, created_at,
                        expires_at, paid_at, booked_at)
    VALUES (:number, :city, 'traffic_fines', :agency, 'zh_Hans', 350, 0, 'booked', '\\x00', :number, now(), now(),
            now(), now())
""")
CASE = text("SELECT id FROM cases WHERE conversation_id = :id")
PAST = text("""
    INSERT INTO past_answers (city, agency, locale, question, answer, kept_by)
    VALUES (:city, :agency, 'en', 'What is it?', 'It is this.', 'tests') RETURNING id
""")
PICTURE = text("""
    INSERT INTO announcement_images (sha256, content_type, width, height, content, brought_by, wanted_at)
    VALUES (:sha256, 'image/png', 1, 1, :content, 'tests', now())
""")
PAPER = text("""
    INSERT INTO announcement_documents (sha256, content, brought_by, wanted_at)
    VALUES (:sha256, :content, 'tests', now())
""")
MARK = text("""
    SELECT substr(encode(hash, 'hex'), 1, 16) FROM staff_sessions
    WHERE via = 'key' AND staff_id = (SELECT id FROM staff WHERE login = :login)
""")
OWNED = ("orders", "cases", "alerts", "tickets", "past_answers", "announcements", "announcement_templates", "teams")
"""What nobody of another agency changes."""
PRESSES = ("start", "refund", "document", "consent")
"""Acts of a ticket beside `ACTS`: those of `desk.console.pressing`."""
LOGINS = {OWN: "colleague", FOREIGN: "stranger"}


@dataclass(frozen=True)
class Staffed:
    """A console of a city with two agencies that have the same things. `objects` stand in paths, `fields` in forms."""

    desks: Desks
    objects: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, Mapping[str, str]]


def agencies(house: House) -> tuple[str, str]:
    """Two agencies of the city."""
    return house.cities[CITY].agencies[0].slug, house.cities[CITY].agencies[1].slug


def grant_of(role: Role, agency: str) -> Grant:
    """A role as somebody of an agency holds it, or everywhere where it is no agency's."""
    return Grant(role) if role in EVERYWHERE else Grant(role, CITY, agency)


def names_in(path: str) -> set[str]:
    """What stands in a path, by name."""
    return {found[1] for found in PLACEHOLDER.finditer(path)}


def path_of(path: str, objects: Mapping[str, str]) -> str:
    """A path with objects of a place in it; what is of no agency is made up."""
    filled = {**OF_NO_AGENCY, **BEHIND, **objects}
    return PLACEHOLDER.sub(lambda found: filled[found[1]], path)


def plain(path: str) -> str:
    """A path as it is written in lists: placeholders without their patterns."""
    return PLACEHOLDER.sub(r"{\1}", path)


async def statuses(
    chair: Chair, objects: Mapping[str, str], fields: Mapping[str, str], agency: str
) -> dict[tuple[str, str], int]:
    """What every route answers; what ends the session comes last."""
    code = (await chair.get("/console/account")).csrf
    got = {}
    for method, path, _ in sorted(ROUTES, key=lambda one: one[1].endswith("logout")):
        asked = path_of(path, objects)
        if method == "GET":
            answer = await chair.get(asked, follow=False)
        else:
            given = fields if path in NAMED_IN_FORM or names_in(path) & OBJECTS else {}
            answer = await chair.send(asked, {**given, "csrf": code, "place": f"{CITY}/{agency}"}, follow=False)
        got[method, path] = answer.status
    return got


def is_expected(method: str, path: str, needs: Needs, actor: Actor, agency: str, status: int) -> bool:
    """Whether an answer is right: refused without the permission, hidden or refused in another's agency.

    A page of an object that whoever asks may see is there: else nothing would follow from another's that is hidden.
    """
    if not needs.admits(actor):
        return status == 403
    names = names_in(path) & OBJECTS
    needed = Permission.STAFF_MANAGE if "number" in names else needs.permission
    is_theirs = needed is None or actor.may(needed, CITY, agency)
    if names and not is_theirs:
        return status in (403, 404)
    if method == "POST" and path in NAMED_IN_FORM and not is_theirs:
        return status in (403, 404, 422)
    if method == "GET" and names and not names_in(path) & set(BEHIND):
        return status not in (401, 403, 404, 500)
    return status not in (401, 403, 500)


def alerts_of(house: House, *agencies_of: str) -> AlertParts:
    """A city that takes alerts of each of some agencies."""
    sources = [
        {"slug": f"source{number}", "agency": agency, "senders": [cap.SENDER], "key_env": f"SOURCE_{number}"}
        for number, agency in enumerate(agencies_of)
    ]

    async def deliver(connection: AsyncConnection, alert: int) -> None:
        """Nobody is told."""

    parts = Alerted(house).parts()
    cities = {**house.cities, CITY: with_alerts(house.cities[CITY], sources=sources, office="41600000")}
    room = Alerts(house.engine, cities, lambda: TEN, "alerts@city.example", {}, deliver)
    return AlertParts(room, parts.standing, parts.issuing, parts.keys)


async def furnished(
    house: House, desks: Desks, alerts: Alerts, number: int, agency: str
) -> tuple[dict[str, str], dict[str, str]]:
    """An order, a case, an alert, a ticket, a key, an image, a document, a template and a past answer of an agency."""
    place, login = {"city": CITY, "agency": agency}, list(LOGINS.values())[number]
    conversation, ticket = await waits(house)
    case = KeepCase.model_validate(appointment(**place, known_at=None).model_dump())
    document = cap.document(identifier=f"{cap.NUMBER[:-1]}{number}")
    taken = await alerts.take(system("tests", Permission.ALERT_UPLOAD), CITY, f"source{number}", document, via="push")
    content = f"picture {number}".encode()
    picture, order = hashlib.sha256(content).hexdigest(), f"2026112910000{number:03}"
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE tickets SET agency = :agency WHERE id = :id"), {**place, "id": ticket.id})
        await connection.execute(ORDER, {**place, "number": order})
        past = (await connection.execute(PAST, place)).scalar_one()
        await house.keeper().carry_out(turn_of(connection, conversation, [case]))
        kept_case = (await connection.execute(CASE, {"id": conversation.id})).scalar_one()
        for statement in (PICTURE, PAPER):  # whichever is asked for by this hash
            await connection.execute(statement, {"sha256": picture, "content": content})
        found = await connection.execute(text("SELECT id FROM staff WHERE login = :login"), {"login": login})
        await make_key(connection, found.scalar_one(), name="tests", days=1)
        mark = (await connection.execute(MARK, {"login": login})).scalar_one()
    lead = Actor("lead", grants=(Grant(Role.EDITOR), Grant(Role.AGENCY_ADMIN)))
    team = await Teams(house.engine).create(lead, CITY, agency, Duties("One"))
    paper = Document(sha256=picture, file="notice.pdf", size=len(content))
    files = {"image": Image(sha256=picture), "documents": (paper,)}
    draft = Draft(city=CITY, agency=agency, topic="water", titles={}, texts={}, **files)
    announcement = await desks.console.announcements.create(lead, draft)
    kept = Kept(house.engine)
    await kept.keep_template(lead, "One", draft)
    [template] = await kept.templates(lead, CITY, agency)
    objects = {
        "login": login,
        "team": str(team),
        "announcement": str(announcement.id),
        "alert": str(taken.alert.id),
        "reference": reference_of(ticket.id),
        "order": order,
        "case": str(kept_case),
        "key": mark,
        "sha256": picture,
    }
    fields = {"answer": str(past), "kept": str(template.id), "what": "template", "name": "One", "login": login}
    return objects, {**fields, "reason": "tests", "decision": "approve", "demand": "copy", "document": "passport"}


async def shape_of(house: House, agency: str) -> list[str | None]:
    """What is there of an agency, to be compared."""
    query = (
        "SELECT coalesce(md5(string_agg(one::text, ' ' ORDER BY one::text)), '') FROM {} AS one WHERE agency = :agency"
    )
    return [await house.scalar(query.format(table), agency=agency) for table in OWNED]


@asynccontextmanager
async def staffed(house: House) -> AsyncIterator[Staffed]:
    """Two agencies with somebody in each, a request of each that waits, and the same things of each."""
    own, foreign = agencies(house)
    boss, _ = [await hire(house.engine, one, Grant(Role.SECURITY_ADMIN)) for one in ("boss", "second")]
    alerts = alerts_of(house, own, foreign)
    async with desks_at(house, emergency_alerts=alerts) as desks:
        objects: dict[str, dict[str, str]] = {}
        fields: dict[str, dict[str, str]] = {}
        for number, (place, agency) in enumerate(((OWN, own), (FOREIGN, foreign))):
            await hire(house.engine, LOGINS[place], Grant(Role.EDITOR, CITY, agency))
            found, fields[place] = await furnished(house, desks, alerts.alerts, number, agency)
            admin = Actor(boss.login, grants=(Grant(Role.SECURITY_ADMIN),))
            grant = Grant(Role.CLERK, CITY, agency)
            asked = await desks.console.staff.grant(admin, LOGINS[place], grant, reason="tests")
            objects[place] = {**found, "number": str(asked.id)}
        yield Staffed(desks, objects, fields)


def test_everything_that_stands_in_a_path_is_looked_at() -> None:
    """It is there of two agencies, or is of none: one's own, or looked after by roles that are held everywhere."""
    placed = [(needs, name) for _, path, needs in ROUTES for name in names_in(path)]
    assert {name for _, name in placed} == OBJECTS | set(OF_NO_AGENCY) | set(BEHIND)
    of_none = {needs.permission for needs, name in placed if name in OF_NO_AGENCY} - {None}
    assert {role for role, held in PERMITS.items() if held & of_none} <= EVERYWHERE
    assert all("reference" in names_in(path) for _, path, _ in ROUTES if names_in(path) & set(BEHIND))


def test_only_what_is_everybodys_names_no_permission() -> None:
    """A page that is added to it is added to the list, too."""
    assert {plain(path) for _, path, needs in ROUTES if needs.permission is None} == SIGNED_IN
    routes = (one for section in ALL for one in section.routes)
    visitors = {plain(one.path) for one in routes if (needs := needs_of(one.handler)) and needs.who == "visitor"}
    assert visitors == VISITORS


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_admits_whom_the_table_of_roles_does(house: House, role: Role) -> None:
    """In one's own agency, and in another's: what is of it is hidden or refused, and is as it was."""
    own, foreign = agencies(house)
    async with staffed(house) as there:
        before = await shape_of(house, foreign)
        for place, agency in ((OWN, own), (FOREIGN, foreign)):
            grant = grant_of(role, own)
            known = await hire(house.engine, f"one_{place}", grant)
            async with there.desks.chair(known) as chair:
                got = await statuses(chair, there.objects[place], there.fields[place], agency)
            holder = Actor(known.login, grants=(grant,))
            wrong = [
                (method, path, got[method, path])
                for method, path, needs in ROUTES
                if not is_expected(method, path, needs, holder, agency, got[method, path])
            ]
            assert wrong == []
        assert await shape_of(house, foreign) == before


async def test_no_act_reaches_a_ticket_of_another_agency(house: House) -> None:
    """Each form of a ticket's page, the page itself and its live lines are refused; nothing has happened to it.

    Whatever the role: who holds one everywhere reads no tickets.
    """
    own, foreign = agencies(house)
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        hand_over = house.hand_over()
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
        ticket = TicketRow(**(await connection.execute(MOVE, {"agency": foreign})).one()._mapping)
    path = f"/console/tickets/{ticket.reference}"
    fields = {"message": "m", "note": "n", "reason": "r", "for": "1h", "login": "one", "why": "spam", "agency": own}
    fields |= {"demand": "copy", "document": "passport", "into": ticket.reference, "tags": "t", "urgency": "urgent"}
    fields |= {"question": "q", "answer": "a", "service": "next_bus", "consent": "c"}
    async with desks_at(house) as desks:
        for role in Role:
            known = await hire(house.engine, f"one_{role}", grant_of(role, own))
            got = {}
            async with desks.chair(known) as chair:
                code = (await chair.get("/console/account")).csrf
                for page in ("", "/live", "/data", f"/files/{UUID(int=0)}"):
                    got[page] = await chair.get(f"{path}{page}", follow=False)
                for act in (*ACTS, *PRESSES, "reveal", "contact", "data/link", "data/demand"):
                    got[act] = await chair.send(f"{path}/{act}", {"csrf": code, **fields}, follow=False)
                chosen = {"csrf": code, "ticket": str(ticket.id), "do": "claim"}
                bulk = await chair.send("/console/tickets/bulk", chosen, follow=False)
            assert {name: one.status for name, one in got.items() if one.status not in {403, 404}} == {}, role
            assert bulk.status in {403, 422}
    assert await house.clerks.find(actor("op"), ticket.id) == ticket
    assert await house.scalar("SELECT count(*) FROM ticket_events WHERE kind <> 'opened'") == 0


async def test_nobody_without_a_session_is_answered(house: House) -> None:
    """Every page leads to the login page, every form too."""
    made_up = dict.fromkeys(OBJECTS, "4711") | {"login": "lin", "reference": "T-999-4"}
    made_up |= {"key": "0" * 16, "sha256": "0" * 64}
    async with desks_at(house) as desks, desks.chair() as chair:
        assert len(ROUTES) > 30
        for method, path, _ in ROUTES:
            asked = path_of(path, made_up)
            answer = await (chair.get(asked, follow=False) if method == "GET" else chair.send(asked, {}, follow=False))
            assert (answer.status, answer.headers.get("Location", "")[:14]) == (303, "/console/login"), (method, path)


async def test_the_bar_shows_the_places_that_somebody_may_go_to(house: House) -> None:
    """And no other; each has a letter of its own."""
    letters = [place.letter for section in ALL for place in section.places] + ["m"]
    assert len(set(letters)) == len(letters)
    async with desks_at(house) as desks:
        for role in Role:
            known = await hire(house.engine, f"one_{role}", grant_of(role, agencies(house)[0]))
            async with desks.chair(known) as chair:
                shown = set(re.findall(r'<a href="([^"]+)" data-letter="[a-z]"', (await chair.get("/console")).text))
                holder = Actor(known.login, grants=(grant_of(role, agencies(house)[0]),))
                places = [place for section in ALL for place in section.places]
                assert shown == {one.path for one in places if one.is_open_to(holder)} | {"/console/account"}
