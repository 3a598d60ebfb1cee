"""Emergency alerts: taken in once, let through by a second person, replaced, taken back, expired. Real PostgreSQL."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from fixtures import cap as given
from fixtures.alerted import APPROVER, AT_ONCE, EDITOR, SIGNED, SOURCE, TEN, Alerted, certified
from fixtures.house import HOME, House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.alerts.cap import read
from desk.alerts.codes import Kind, Scope, Status
from desk.alerts.deciding import Done, decide
from desk.alerts.documents import Refused
from desk.alerts.listing import Listing
from desk.alerts.signatures import signed, signed_part
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Grant, NotPermitted, Role
from desk.store.database import transaction


@pytest.fixture
def alerted(house: House) -> Alerted:
    return Alerted(house)


async def refused(alerted: Alerted, document: bytes | None = None, **changes: Any) -> str:
    """Why a document is refused."""
    with pytest.raises(Refused) as why:
        await alerted.take(document, **changes)
    return why.value.why


def later(minutes: int = 5) -> str:
    """A time after the first document."""
    return (TEN + timedelta(minutes=minutes)).isoformat()


async def test_a_trusted_source_is_shown_at_once(alerted: Alerted) -> None:
    """With a number of ours, and handed on for delivery."""
    taken = await alerted.take()
    assert (taken.is_new, taken.alert.state, taken.alert.districts) == (True, "live", ("xihu",))
    assert taken.alert.number == "33010041600000_20261124100000_0"
    assert await alerted.shown() == [taken.alert.id]
    assert alerted.told == [taken.alert.id]


async def test_bringing_a_document_twice_is_bringing_it_once(alerted: Alerted) -> None:
    """Also at the same time, by any number."""
    taken = await asyncio.gather(*(alerted.take() for _ in range(5)))
    assert sum(one.is_new for one in taken) == 1
    assert len({one.alert.id for one in taken}) == 1
    assert len(alerted.told) == 1


async def test_another_document_of_the_same_number_is_refused(alerted: Alerted) -> None:
    """A number is given once; what changes is an Update."""
    await alerted.take()
    assert await refused(alerted, info=[given.info(headline="another")]) == "number_used"


async def test_a_source_that_needs_approval_waits(alerted: Alerted) -> None:
    """Nobody sees it before somebody let it through; then everybody, and those are told who want to be."""
    taken = await alerted.take(source=SOURCE)
    assert taken.alert.state == "pending"
    assert await alerted.shown() == []
    passed = await alerted.room.approve(APPROVER, taken.alert.id)
    assert passed.state == "live"
    assert await alerted.shown() == [taken.alert.id]
    assert alerted.told == [taken.alert.id]


async def test_who_uploads_does_not_approve(alerted: Alerted) -> None:
    """Whatever roles they hold; and what is uploaded waits even where its source's documents do not."""
    both = actor("both", Grant(Role.EDITOR, HOME), Grant(Role.APPROVER, HOME))
    taken = await alerted.take(by=both, via="upload")
    assert taken.alert.state == "pending"
    with pytest.raises(NotPermitted, match="second person"):
        await alerted.room.approve(both, taken.alert.id)
    assert (await alerted.room.approve(APPROVER, taken.alert.id)).state == "live"


async def test_who_may_do_what(alerted: Alerted) -> None:
    """An editor uploads and ends, an approver decides and ends, a clerk does none of it."""
    clerk = actor("clerk", Grant(Role.CLERK, HOME))
    elsewhere = actor("elsewhere", Grant(Role.APPROVER, "ningbo"))
    with pytest.raises(NotPermitted):
        await alerted.take(by=clerk, via="upload")
    with pytest.raises(NotPermitted):
        await alerted.take(by=APPROVER, via="upload")
    taken = await alerted.take(by=EDITOR, via="upload")
    for nobody in (clerk, EDITOR, elsewhere):
        with pytest.raises(NotPermitted):
            await alerted.room.approve(nobody, taken.alert.id)
    await alerted.room.approve(APPROVER, taken.alert.id)
    for nobody in (clerk, elsewhere):
        with pytest.raises(NotPermitted):
            await alerted.room.end(nobody, taken.alert.id, "wrong")
    await alerted.room.end(EDITOR, taken.alert.id, "sent by mistake")
    assert await alerted.shown() == []


async def test_a_document_is_decided_once(alerted: Alerted) -> None:
    """The second who decides is told what it is now; a reason is needed to keep one back."""
    taken = await alerted.take(source=SOURCE)
    with pytest.raises(Conflict):
        await alerted.room.reject(APPROVER, taken.alert.id, " ")
    await alerted.room.reject(APPROVER, taken.alert.id, "of another city")
    with pytest.raises(Conflict, match="rejected"):
        await alerted.room.approve(APPROVER, taken.alert.id)
    with pytest.raises(NotFound):
        await alerted.room.approve(APPROVER, 4711)
    assert await alerted.state(taken.alert.id) == ("rejected", "of another city")


async def test_expiry_is_looked_at_again_when_it_is_shown_and_let_through(alerted: Alerted) -> None:
    """What was right when it came is not shown once it is over."""
    shown = await alerted.take()
    waits = await alerted.take(source=SOURCE, identifier="waits")
    alerted.now = TEN + timedelta(hours=6)
    assert await alerted.shown() == []
    with pytest.raises(Conflict, match="expired"):
        await alerted.room.approve(APPROVER, waits.alert.id)
    late = await alerted.take(identifier="late")
    assert (late.alert.state, late.alert.why) == ("kept", "it had expired when it came")
    assert shown.alert.id != late.alert.id


async def test_one_without_expiry_holds_for_a_day(alerted: Alerted) -> None:
    """The standard leaves it to who shows it."""
    await alerted.take(info=[given.info(expires=None)])
    alerted.now = TEN + timedelta(hours=23)
    assert len(await alerted.shown()) == 1
    alerted.now = TEN + timedelta(hours=25)
    assert await alerted.shown() == []


async def test_one_that_takes_effect_later_is_shown_then(alerted: Alerted) -> None:
    """Not before."""
    soon = (TEN + timedelta(hours=1)).isoformat()
    await alerted.take(info=[given.info(effective=soon)])
    assert await alerted.shown() == []
    alerted.now = TEN + timedelta(hours=1)
    assert len(await alerted.shown()) == 1


async def test_an_update_replaces_what_it_names(alerted: Alerted) -> None:
    """One of them is shown at a time."""
    first = await alerted.take()
    update = await alerted.take(identifier="update", msgType="Update", references=given.reference(), sent=later())
    assert await alerted.shown() == [update.alert.id]
    assert await alerted.state(first.alert.id) == ("ended", "replaced by an update")


async def test_an_update_that_waits_leaves_what_it_names(alerted: Alerted) -> None:
    """Until it is let through, the first holds."""
    first = await alerted.take(source=SOURCE)
    await alerted.room.approve(APPROVER, first.alert.id)
    update = await alerted.take(
        source=SOURCE, identifier="update", msgType="Update", references=given.reference(), sent=later()
    )
    assert await alerted.shown() == [first.alert.id]
    await alerted.room.approve(APPROVER, update.alert.id)
    assert await alerted.shown() == [update.alert.id]


async def test_a_cancel_takes_back_what_it_names(alerted: Alerted) -> None:
    """And is nothing itself that could be shown."""
    first = await alerted.take()
    cancel = await alerted.take(
        identifier="cancel", msgType="Cancel", references=given.reference(), info=None, sent=later()
    )
    assert await alerted.shown() == []
    assert cancel.alert.state == "kept"
    assert await alerted.state(first.alert.id) == ("ended", "taken back by its sender")
    assert alerted.told == [first.alert.id, first.alert.id]  # to be told, and to be taken back


async def test_a_cancel_of_a_chain_means_its_last(alerted: Alerted) -> None:
    """Senders name all documents of a chain; those that were replaced are no choice."""
    await alerted.take()
    await alerted.take(identifier="update", msgType="Update", references=given.reference(), sent=later())
    named = f"{given.reference()} {given.reference('update', sent=later())}"
    await alerted.take(identifier="cancel", msgType="Cancel", references=named, info=None, sent=later(10))
    assert await alerted.shown() == []


async def test_a_cancel_that_may_mean_several_is_refused(alerted: Alerted) -> None:
    """Both go on; why, is kept."""
    await alerted.take()
    await alerted.take(identifier="second")
    named = f"{given.reference()} {given.reference('second')}"
    assert await refused(alerted, identifier="c", msgType="Cancel", references=named, info=None) == "ambiguous"
    assert len(await alerted.shown()) == 2
    [refusal] = await Listing(alerted.house.engine).refusals(EDITOR, HOME)
    assert (refusal.why, refusal.source) == ("ambiguous", AT_ONCE)


@pytest.mark.parametrize("kind", ["Cancel", "Update"])
async def test_what_is_taken_back_before_it_comes_is_never_shown(alerted: Alerted, kind: str) -> None:
    """An index lists the newest first: the order in which documents come says nothing."""
    info = None if kind == "Cancel" else [given.info(headline="the update")]
    newer = await alerted.take(identifier="n", msgType=kind, references=given.reference(), info=info, sent=later())
    first = await alerted.take()
    assert first.alert.state == "ended"
    assert await alerted.shown() == ([] if kind == "Cancel" else [newer.alert.id])
    assert first.alert.id not in alerted.told


async def test_nobody_ends_what_another_source_sent(alerted: Alerted) -> None:
    """A Cancel counts among documents of its own source."""
    await alerted.take()
    other = await alerted.take(
        source=SOURCE, identifier="cancel", msgType="Cancel", references=given.reference(), info=None, sent=later()
    )
    await alerted.room.approve(APPROVER, other.alert.id)
    assert len(await alerted.shown()) == 1


async def test_an_exercise_ends_nothing_that_is_actual(alerted: Alerted) -> None:
    """Nor is it ever shown, whoever lets it through."""
    real = await alerted.take()
    drill = await alerted.take(
        identifier="drill", status="Exercise", msgType="Update", references=given.reference(), sent=later()
    )
    assert (drill.alert.done, drill.alert.state) == (Done.TRIAL, "live")
    assert await alerted.shown() == [real.alert.id]
    assert alerted.told == [real.alert.id]


@pytest.mark.parametrize("mode", ["live", "training"])
async def test_the_whole_table_taken_in(alerted: Alerted, mode: str) -> None:
    """Every status, kind and scope of a trusted source: shown is what the table calls public, and told likewise."""
    alerted.mode = mode
    expected = []
    rows = itertools.product(Status, Kind, Scope)
    for number, (status, kind, scope) in enumerate(rows):
        done = decide(status, kind, scope, is_known=True, mode=mode)  # type: ignore[arg-type]
        members = given.document(
            identifier=f"n{number}",
            status=status.value,
            msgType=kind.value,
            scope=scope.value,
            restriction="staff",
            addresses="a@b.example",
            references=given.reference(f"unknown{number}"),
        )
        if done is Done.REFUSED:
            assert await refused(alerted, members) == "draft"
            continue
        taken = await alerted.take(members)
        assert taken.alert.done is done
        if done is Done.PUBLIC and kind is not Kind.CANCEL:
            expected.append(taken.alert.id)
    assert sorted(await alerted.shown()) == expected == sorted(alerted.told)
    assert len(expected) == (2 if mode == "live" else 0)


async def test_the_database_itself_refuses_a_test_in_public(alerted: Alerted) -> None:
    """Whatever code does: what is not actual and public can stand in no row that is shown."""
    taken = await alerted.take(identifier="drill", status="Exercise")
    with pytest.raises(Exception, match="ck_alerts_public_is_actual"):
        async with transaction(alerted.house.engine) as connection:
            await connection.execute(text("UPDATE alerts SET done = 'public' WHERE id = :id"), {"id": taken.alert.id})


async def test_a_city_in_training_shows_nothing_that_was_shown(alerted: Alerted) -> None:
    """The mode is looked at whenever something is shown."""
    await alerted.take()
    alerted.mode = "training"
    assert await alerted.shown() == []


async def test_what_holds_elsewhere_is_kept_and_not_shown(alerted: Alerted) -> None:
    """A source may serve a province."""
    area = given.area(polygon=None, geocode={"valueName": "GB/T 2260", "value": "330200"})
    taken = await alerted.take(info=[given.info(area=area)])
    assert (taken.alert.state, taken.alert.why) == ("kept", "it does not say that it holds here")
    assert await alerted.shown() == []


async def test_of_several_infos_those_of_the_city_are_kept(alerted: Alerted) -> None:
    """And the gravest decides how grave it is."""
    elsewhere = given.area(polygon=None, geocode={"valueName": "GB/T 2260", "value": "330200"})
    infos = [
        given.info(severity="Extreme", area=elsewhere),
        given.info(severity="Minor"),
        given.info(severity="Moderate", language="en"),
    ]
    taken = await alerted.take(info=infos)
    assert taken.alert.severity == "Moderate"
    assert len(taken.alert.infos) == 2


async def test_a_sender_that_the_source_does_not_have_is_refused(alerted: Alerted) -> None:
    """The key of a source is no licence to speak as another."""
    assert await refused(alerted, sender="mayor@hangzhou.example") == "wrong_sender"


async def test_a_document_of_the_future_is_refused(alerted: Alerted) -> None:
    """But for some minutes, by which clocks differ."""
    assert await refused(alerted, sent=later(11)) == "not_yet"
    assert (await alerted.take(sent=later(9))).alert.state == "live"


async def test_refusals_are_kept_once(alerted: Alerted) -> None:
    """A feed that lists a broken document for days is one line, in the audit too."""
    for _ in range(3):
        assert await refused(alerted, b"<alert/>") == "not_cap"
    listing = Listing(alerted.house.engine)
    assert [one.why for one in await listing.refusals(EDITOR, HOME)] == ["not_cap"]
    assert await alerted.acts() == [("alert.refuse", f"alerts:{AT_ONCE}")]


async def test_everything_stands_in_the_audit(alerted: Alerted) -> None:
    """Who brought it, who let it through, who ended it."""
    taken = await alerted.take(source=SOURCE)
    await alerted.room.approve(APPROVER, taken.alert.id)
    await alerted.room.end(EDITOR, taken.alert.id, "over")
    acts = [("alert.receive", f"alerts:{SOURCE}"), ("alert.approve", "approver"), ("alert.end", "editor")]
    assert await alerted.acts() == acts


async def test_numbers_are_given_once_in_a_second(alerted: Alerted) -> None:
    """Ten in a second; the eleventh is of the next."""
    numbers = [(await alerted.take(identifier=f"n{n}")).alert.number for n in range(12)]
    assert numbers[:10] == [f"33010041600000_20261124100000_{n}" for n in range(10)]
    assert numbers[10:] == ["33010041600000_20261124100001_0", "33010041600000_20261124100001_1"]


async def test_a_source_whose_documents_are_signed_takes_no_other(alerted: Alerted) -> None:
    """Unsigned, signed by somebody else, or changed after it was signed: refused. What is signed is taken in."""
    key, certificate = certified("seismic")
    alerted.certificates = {(HOME, SIGNED): (certificate,)}
    good = signed(given.document(), key, certificate)
    assert await refused(alerted, source=SIGNED) == "not_signed"
    assert await refused(alerted, signed(given.document(), *certified()), source=SIGNED) == "wrong_signature"
    assert (
        await refused(alerted, good.replace("西湖区过去".encode(), "全市过去".encode()), source=SIGNED)
        == "wrong_signature"
    )
    assert (await alerted.take(good, source=SIGNED)).alert.state == "live"


async def test_a_certificate_that_has_run_out_proves_nothing(alerted: Alerted) -> None:
    """The source says so, and its new one is to be given."""
    key, certificate = certified("seismic", days=-1)
    alerted.certificates = {(HOME, SIGNED): (certificate,)}
    assert await refused(alerted, signed(given.document(), key, certificate), source=SIGNED) == "no_certificate"


def test_what_is_believed_is_what_was_signed() -> None:
    """A signature that covers something else within the document says nothing of the document."""
    key, certificate = certified()
    good = signed(given.document(), key, certificate)
    assert read(signed_part(good, [certificate], TEN)).identifier == given.NUMBER
    for changed in (
        good.replace(b'URI=""', b'URI="#a"'),
        good.replace(b"<sender>", b"<sender>x"),
        good.replace(b"</alert>", b"<note>x</note></alert>"),
        good.replace(b"ecdsa-sha256", b"hmac-sha256"),
    ):
        with pytest.raises(Refused) as why:
            signed_part(changed, [certificate], TEN)
        assert why.value.why == "wrong_signature"


async def test_staff_see_what_came_to_their_cities(alerted: Alerted) -> None:
    """And nobody else does."""
    taken = await alerted.take(source=SOURCE)
    listing = Listing(alerted.house.engine)
    assert [one.id for one in await listing.alerts(APPROVER, state="pending")] == [taken.alert.id]
    assert await listing.alerts(actor("elsewhere", Grant(Role.APPROVER, "ningbo"))) == []
    _, content = await listing.one(APPROVER, taken.alert.id)
    assert content == given.document()
    with pytest.raises(NotPermitted):
        await listing.alerts(actor("clerk", Grant(Role.CLERK, HOME)))
