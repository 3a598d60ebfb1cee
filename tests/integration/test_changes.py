"""Changes of the project's data: who may propose and decide, and what is kept until it is in the files."""

from datetime import date
from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.house import House

from desk.city.guides import load_guide
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.teaching.editing.changes import Changes
from desk.teaching.editing.library import Library
from desk.teaching.editing.patching import patch_of
from desk.teaching.editing.publishing import Publishing
from desk.teaching.editing.rows import Kind, Stands
from desk.teaching.editing.sheets import heads_of

TODAY = date(2026, 12, 1)
GUIDE, TEXT, CITY = "dog_licence", "account.how_long", "hangzhou"
UNTIL = {"until": "2027-03-01"}


def of(role: Role, login: str, agency: str | None = None) -> Actor:
    """Somebody with a role: of an agency of the city, or everywhere."""
    grant = Grant(role) if agency is None else Grant(role, CITY, agency)
    return Actor(login, login.title(), (grant,), "command", "tests")


MEI, LIN = of(Role.TRAINER, "mei"), of(Role.TRAINER, "lin")
EDITOR, APPROVER = of(Role.EDITOR, "wei", "city_hall"), of(Role.APPROVER, "fang", "city_hall")
OTHERS = of(Role.EDITOR, "hong", "traffic_police")


@pytest.fixture
def changes(house: House) -> Changes:
    """The room, over the product's files."""
    library = Library(loaded.ROOT, house.cities, heads_of(house.catalogs), published=loaded.published())
    return Changes(house.engine, library)


async def proposed(changes: Changes, actor: Actor = MEI, kind: Kind = Kind.GUIDE, name: str = GUIDE) -> int:
    """A change that waits."""
    after = UNTIL if kind is Kind.GUIDE else {"en": "Erased after {days} days."}
    return await changes.propose(actor, kind, name, after, reason="the rule ends", today=TODAY)


async def test_one_proposes_and_another_allows(house: House, changes: Changes) -> None:
    """It stands with who, why, when and what; the audit has both."""
    number = await proposed(changes)
    with pytest.raises(NotPermitted):
        await changes.decide(MEI, number, allow=True, remark="mine")
    with pytest.raises(Conflict):
        await changes.decide(LIN, number, allow=True, remark=" ")
    one = await changes.decide(LIN, number, allow=True, remark="checked with the office")
    assert (one.state, one.by, one.decided_by, one.remark) == ("allowed", "mei", "lin", "checked with the office")
    assert list(one.differences) == [("until", [("+", "2027-03-01")])]
    assert [each.id for each in await changes.allowed(LIN)] == [number]
    with pytest.raises(Conflict):
        await changes.decide(LIN, number, allow=False, remark="again")
    acts = await house.scalar("SELECT string_agg(act, ' ' ORDER BY number) FROM audit_records")
    assert acts == "data.propose data.allowed"


async def test_one_takes_ones_own_back(changes: Changes) -> None:
    """And nobody else's."""
    number = await proposed(changes)
    with pytest.raises(NotPermitted):
        await changes.withdraw(LIN, number)
    assert (await changes.withdraw(MEI, number)).state is Stands.WITHDRAWN
    assert await changes.allowed(MEI) == []


async def test_a_guide_is_its_agencys(changes: Changes) -> None:
    """An editor of the agency proposes and its approver allows; another agency's sees nothing of it."""
    number = await proposed(changes, EDITOR)
    assert [one.id for one in await changes.all(EDITOR)] == [number]
    assert await changes.all(OTHERS) == []
    with pytest.raises(NotFound):
        await changes.one(OTHERS, number)
    with pytest.raises(NotPermitted):
        await proposed(changes, OTHERS)
    with pytest.raises(NotPermitted):
        await changes.decide(EDITOR, number, allow=True, remark="mine")
    assert (await changes.decide(APPROVER, number, allow=False, remark="it does not")).state is Stands.REFUSED


async def test_an_agency_does_not_take_a_guide_of_another(changes: Changes) -> None:
    """Nor give its own away."""
    with pytest.raises(NotPermitted):
        await changes.propose(OTHERS, Kind.GUIDE, GUIDE, {"agency": "traffic_police"}, reason="ours", today=TODAY)
    with pytest.raises(NotPermitted):
        await changes.propose(EDITOR, Kind.GUIDE, GUIDE, {"agency": "traffic_police"}, reason="theirs", today=TODAY)


@pytest.mark.parametrize("actor", [EDITOR, APPROVER])
async def test_texts_and_lines_are_for_who_holds_it_everywhere(changes: Changes, actor: Actor) -> None:
    """They are of all agencies."""
    with pytest.raises(NotPermitted):
        await proposed(changes, actor, Kind.TEXT, TEXT)
    number = await proposed(changes, MEI, Kind.TEXT, TEXT)
    assert await changes.all(actor) == []
    with pytest.raises(NotFound):
        await changes.decide(actor, number, allow=True, remark="good")


@pytest.mark.parametrize("after", [{"en": "Erased."}, {"en": "Call 13812345678 after {days} days."}, {}])
async def test_what_is_found_fault_with_is_not_taken(changes: Changes, after: dict[str, str]) -> None:
    """Arguments that are not those of the text, a number of a person, nothing."""
    with pytest.raises(Conflict):
        await changes.propose(MEI, Kind.TEXT, TEXT, after, reason="shorter", today=TODAY)
    assert await changes.all(MEI) == []


async def test_what_is_in_the_files_is_not_taken_out_again(changes: Changes, house: House) -> None:
    """It is allowed, and waits no more."""
    number = await proposed(changes)
    await changes.decide(LIN, number, allow=True, remark="good")
    [path, text] = next(iter(changes.library.files(Kind.GUIDE, GUIDE, {}, UNTIL).items()))
    library = changes.library.after()
    library.over[path] = text
    merged = Changes(house.engine, library)
    assert await merged.allowed(LIN) == []
    assert merged.is_merged(await merged.one(LIN, number))


async def test_an_allowed_guide_is_written_for_who_tells_it(changes: Changes, house: House, tmp_path: Path) -> None:
    """Once; a second change follows the first; what is in the files is not written."""
    publishing = Publishing(house.engine, changes.library, tmp_path)
    assert await publishing.publish() == 0
    await changes.decide(LIN, await proposed(changes), allow=True, remark="good")
    assert await publishing.publish() == 1
    assert load_guide(tmp_path / f"{GUIDE}.yml").until == date(2027, 3, 1)
    assert await publishing.publish() == 0
    number = await changes.propose(MEI, Kind.GUIDE, GUIDE, {"until": "2027-04-01"}, reason="later", today=TODAY)
    await changes.decide(LIN, number, allow=True, remark="good")
    assert await publishing.publish() == 1
    assert load_guide(tmp_path / f"{GUIDE}.yml").until == date(2027, 4, 1)
    assert "+until: 2027-04-01" in patch_of(changes.library, await changes.allowed(MEI))
