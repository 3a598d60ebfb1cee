"""Trials of announcements: by mail to staff alone, marked in every language, counted nowhere. A pretend mail server."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from fixtures.announcing import CITY, EDITOR, Room
from fixtures.desk_command import Typed
from fixtures.desks import hire
from fixtures.house import KEYS, House
from fixtures.staffed import actor

from desk.announcements.content import State
from desk.announcements.trials import Trials
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.staff.mail import mail_server
from desk.staff.wanted import AlertWishes
from sandbox.mail import MailServer

AGENCY = "city_hall"
MARKS = ("【试发·简体中文】", "【試發·繁體中文】", "[Test, English]")
LEADS = ("居民没有收到", "居民沒有收到", "No resident got it")
COUNTED = """
    SELECT (SELECT count(*) FROM announcement_deliveries) + (SELECT count(*) FROM deliveries)
         + (SELECT count(*) FROM held_notices) + (SELECT count(*) FROM announcement_sends)
"""


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer() as server:
        yield server


async def works(house: House, login: str, role: Role, agency: str = AGENCY, *, mail: bool = True) -> Actor:
    """A member of staff, who has left an address or not."""
    await hire(house.engine, login, Grant(role, CITY, agency))
    one = actor(login, Grant(role, CITY, agency))
    if mail:
        await AlertWishes(house.engine, KEYS).keep(one, f"{login}@city.example", ())
    return one


def trials(room: Room, server: MailServer | None) -> Trials:
    mail = server and mail_server(server.url, "desk@city.example")
    return Trials(room.announcements, AlertWishes(room.house.engine, KEYS), mail)


async def test_a_trial_goes_to_colleagues_and_counts_nowhere(house: House, server: MailServer) -> None:
    """Each reads it in every language, and in each that it is a trial and whose; no resident who follows is told."""
    room = Room(house)
    lin = await works(house, "lin", Role.EDITOR)
    await works(house, "wang", Role.APPROVER)
    await room.reader()
    row = await room.announcements.create(EDITOR, room.draft(agency=AGENCY))
    assert [one.login for one in await trials(room, server).colleagues(lin, row)] == ["wang"]
    assert await trials(room, server).send(lin, row.id, ["wang", "lin", "wang"]) == ["wang", "lin"]
    assert [one["To"] for one in server.taken] == [*["lin@city.example"] * 3, *["wang@city.example"] * 3]
    for mark, lead, one in zip(MARKS * 2, LEADS * 2, server.taken, strict=True):
        assert one["Subject"].startswith(mark)
        first = one.get_content().splitlines()[0]
        assert (lead in first, "Lin" in first) == (True, True)
    assert "文三路停水" in server.taken[0].get_content()
    assert (await house.scalar(COUNTED), (await room.find(row.id)).state) == (0, State.DRAFT)
    [*_, last] = (await room.announcements.standing(EDITOR, row.id)).history
    assert (last.actor, last.act, last.reason) == ("lin", "trial", "wang, lin")


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (["mo"], "Nobody of that name reads announcements of this agency: mo"),
        (["wang", "nobody"], "agency: nobody"),
        (["zhao", "wang"], "No address was left by zhao"),
        ([f"one{at}" for at in range(11)], "At most 10"),
    ],
)
async def test_who_cannot_read_it_gets_none(house: House, server: MailServer, to: list[str], why: str) -> None:
    """Nor anybody else then: it is said who, and nothing is sent."""
    room = Room(house)
    lin = await works(house, "lin", Role.EDITOR)
    await works(house, "wang", Role.APPROVER)
    await works(house, "zhao", Role.APPROVER, mail=False)
    await works(house, "mo", Role.EDITOR, "water")
    row = await room.announcements.create(EDITOR, room.draft(agency=AGENCY))
    with pytest.raises(Conflict, match=why) as refused:
        await trials(room, server).send(lin, row.id, to)
    assert refused.value.said is not None
    assert (server.taken, await room.history(row.id)) == ([], ["create"])


async def test_what_hinders_a_trial_is_said(house: House, server: MailServer) -> None:
    """What is not written, no server, one that takes nothing or refuses an address; who only reads sends to nobody."""
    room = Room(house)
    lin = await works(house, "lin", Role.EDITOR)
    reads = await works(house, "jin", Role.ANALYST)
    row = await room.announcements.create(EDITOR, room.draft(agency=AGENCY))
    empty = await room.announcements.create(EDITOR, room.draft(agency=AGENCY, titles={}, texts={}))
    with pytest.raises(Conflict, match="not written yet"):
        await trials(room, server).send(lin, empty.id)
    await room.announcements.cancel(EDITOR, empty.id, "Not needed.")
    with pytest.raises(Conflict, match="not written yet"):
        await trials(room, server).send(lin, empty.id)
    with pytest.raises(Conflict, match="no mail server"):
        await trials(room, None).send(lin, row.id)
    with pytest.raises(NotPermitted):
        await trials(room, server).send(reads, row.id, ["lin"])
    assert await trials(room, server).colleagues(reads, row) == ()
    with pytest.raises(NotFound):
        await trials(room, server).send(replace(lin, grants=(Grant(Role.EDITOR, CITY, "water"),)), row.id)
    server.fault, server.left = "refuse", 1
    with pytest.raises(Conflict, match="refuses the address of lin"):
        await trials(room, server).send(lin, row.id)
    server.fault, server.left = "later", 1
    with pytest.raises(Conflict, match="try again later"):
        await trials(room, server).send(lin, row.id)
    assert await trials(room, server).send(reads, row.id) == ["jin"]


async def test_the_command_sends_one(
    house: House, server: MailServer, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To who is named; without a server it says which setting is missing."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    room = Room(house)
    await works(house, "zheng", Role.APPROVER)
    row = await room.announcements.create(EDITOR, room.draft(agency=AGENCY))
    code, _, errors = await typed("announce", "trial", str(row.id), "--to", "zheng")
    assert (code, "DESK_SMTP_URL" in errors) == (1, True)
    monkeypatch.setenv("DESK_SMTP_URL", server.url)
    monkeypatch.setenv("DESK_MAIL_FROM", "desk@city.example")
    code, out, errors = await typed("announce", "trial", str(row.id), "--to", "zheng", "--json")
    assert (code, errors) == (0, "")
    assert json.loads(out) == {"announcement": row.id, "to": ["zheng"]}
    assert {one["To"] for one in server.taken} == {"zheng@city.example"}
