"""What trainers see of real conversations, decide, and take out: with a real store."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fixtures.house import KEYS, House, until
from fixtures.staffed import actor
from fixtures.taught import ASKED_BACK, Alike, entity, gathered, gathering, stands, taught_texts, trainer, understood
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text

from desk.contract.errors import Conflict, NotFound
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import NotPermitted
from desk.contract.wire import LOCALES
from desk.conversations.erasure import data_of, erase, forget_idle
from desk.conversations.live import Live
from desk.sealing.opening import renew
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.terms import Term
from desk.teaching import gathering as gathering_module
from desk.teaching.deciding import Deciding
from desk.teaching.editing.library import Library
from desk.teaching.exchange import Exchange
from desk.teaching.figures import Figures
from desk.teaching.gathering import Gathering
from desk.teaching.grouping import Grouping
from desk.teaching.inbox import Inbox, Wanted
from desk.teaching.proposing import Proposing
from desk.teaching.rows import Line
from desk.teaching.taught import SealingTaught

MEI, LAN, WU = trainer("mei"), trainer("lan"), trainer("wu")
SERVICES = frozenset({"traffic_fines", "next_bus", "report_problem"})
CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")
LAST_WEEK = timedelta(days=7)
BLIND = text("UPDATE teaching_lines SET is_blind = true")
TAUGHT = "SELECT count(*) FROM taught_lines"
PLAIN = "SELECT count(*) FROM taught_lines WHERE text IS NOT NULL OR content IS NULL"
OLDER = text("UPDATE taught_lines SET content = NULL, text = '那个啥', spans = '[]', situation = NULL")
OLDER_OF_NOBODY = text("""
    INSERT INTO taught_lines (decision_id, language, text, commands, spans, by)
    SELECT decision_id, language, '旧的', commands, '[]', by FROM taught_lines
""")


async def lines_of(house: House) -> list[Line]:
    """All lines that wait, by groups, the largest first."""
    inbox = Inbox(house.engine)
    return [line for group in await inbox.groups(MEI, Wanted()) for line in await inbox.group(MEI, group.id)]


def deciding(house: House) -> Deciding:
    return Deciding(house.engine, SERVICES)


async def test_only_what_is_worth_a_look_waits(house: House) -> None:
    """Unsure, asked back, pressed, corrected, handed over; what went well, and what is too new, does not."""
    told = await house.open()
    await understood(house, told, "罚款多少钱", commands=[("ask_fee", 0.9)])
    await understood(house, told, "那个啥")
    pressed = await house.open()
    await understood(house, pressed, "路灯", commands=[("wait", 0.7)])
    await understood(house, pressed, "/report_problem", commands=[("start", 1.0)], situation=ASKED_BACK, kind="payload")
    asked_back = await house.open()
    await understood(house, asked_back, "嗯那个", commands=[("confirm", 0.7)])
    await stands(house, asked_back, ASKED_BACK)
    handed = await house.open()
    await understood(house, handed, "你们怎么回事", commands=[("ask_why", 0.8)], outcome="handed_over")
    await understood(house, told, "刚刚的", ago=timedelta(minutes=5))
    await gathered(house, [0.999])
    found = {line.text: line.signals for line in await lines_of(house) if line.signals}
    assert found == {
        "那个啥": ("unsure",),
        "路灯": ("pressed", "asked_back"),
        "嗯那个": ("asked_back",),
        "你们怎么回事": ("handed_over",),
    }
    [line] = [one for one in await lines_of(house) if one.text == "路灯"]
    assert (line.pressed, line.offers[0][0]) == ("start:report_problem", "start:report_problem")


async def test_a_line_is_read_with_what_was_said_before(house: House) -> None:
    """And nothing of a person in either; the trace says who read, once a day."""
    conversation = await house.open()
    first = "我叫周清岚，车牌浙A8K37P"
    await understood(house, conversation, first, commands=[("provide", 0.95)])
    said = "小岚要坐28路"
    found = [entity(said, "person_name", "小岚"), entity(said, "bus_line", "28路")]
    await understood(house, conversation, said, entities=found, situation={"step": "asking", "asks_for": "stop"})
    await gathered(house)
    for _ in range(2):
        [line] = await lines_of(house)
    assert (line.text, line.before) == ("[person_name]要坐28路", ["我叫[person_name]，车牌[plate]"])
    assert line.spans == [{"entity": "bus_line", "start": 15, "end": 18}]
    assert line.situation is not None
    assert line.situation["asks_for"] == "stop"
    trace = "SELECT string_agg(purpose || ' ' || reader, ',') FROM openings"
    assert await house.scalar(trace) == "label mei"
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'teaching.read'") == 1


async def test_lines_alike_in_a_like_situation_are_labelled_together(house: House) -> None:
    """By one decision; each is taught, and stands in the audit."""
    for said in ("罚款怎么交", "罚款在哪交", "罚单呢", "公交呢"):
        await understood(house, await house.open(), said)
    elsewhere = await house.open()
    await understood(house, elsewhere, "罚款呢", situation={"step": "confirming"})
    await gathered(house)
    groups = await Inbox(house.engine).groups(MEI, Wanted())
    assert sorted(one.count for one in groups) == [1, 1, 3]
    ids = [line.id for line in await Inbox(house.engine).group(MEI, groups[0].id)]
    assert await deciding(house).label(MEI, ids, ["start:traffic_fines"]) == 3
    assert await house.scalar(TAUGHT) == 3
    assert await house.scalar("SELECT details ->> 'commands' FROM audit_records WHERE act = 'teaching.label'") == (
        '["start:traffic_fines"]'
    )
    assert len(await lines_of(house)) == 2


async def test_grouping_waits_for_the_bot(house: House) -> None:
    """Lines of one text are put together without it; others stand alone until it is back."""
    for said in ("罚款 怎么交？", "罚款怎么交", "公交"):
        await understood(house, await house.open(), said)
    while await gathering(house).gather():
        pass
    assert len(await Inbox(house.engine).groups(MEI, Wanted())) == 3
    alike = Alike()
    assert await Grouping(house.engine, alike).group() == 3
    assert [one.count for one in await Inbox(house.engine).groups(MEI, Wanted())] == [2, 1]
    assert len(alike.asked) == 1


async def ask(house: House, job: str) -> None:
    """Have a job run once more; the clock may have asked for it at the same time."""
    with suppress(AlreadyEnqueued):
        async with transaction(house.engine) as connection:
            await defer(connection, job, lane=UPKEEP, timestamp=0)


async def test_jobs_look_through_group_and_tidy(house: House) -> None:
    """As they are deferred; what waited for half a year is deleted."""
    await understood(house, await house.open(), "那个啥")
    parts = {Gathering: gathering(house), Grouping: Grouping(house.engine, Alike())}
    async with house.jobs(parts):
        await ask(house, "teaching.gather")
        await until(lambda: house.scalar("SELECT count(*) = 1 FROM teaching_lines WHERE group_id IS NOT NULL"))
        [line] = await lines_of(house)
        await deciding(house).label(MEI, [line.id], ["unclear"])
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE taught_lines SET settled_at = now() - interval '181 days'"))
        await ask(house, "teaching.tidy")
        await until(lambda: house.scalar("SELECT count(*) = 0 FROM taught_lines"))


async def test_what_grows_is_seen(house: House) -> None:
    """Five of a meaning in a week, and none before."""
    for number in range(5):
        await understood(house, await house.open(), f"新{number}")
    for days in (10, 11, 12, 13, 14):
        await understood(house, await house.open(), f"旧{days}", ago=timedelta(days=days))
    await gathered(house)
    grows = await Inbox(house.engine).groups(MEI, Wanted(signal="growing"))
    assert [(one.count, one.examples[0].text[0], one.is_growing) for one in grows] == [(5, "新", True)]


async def test_a_bad_grade_brings_what_was_said_before(house: House) -> None:
    """Also what went well by itself."""
    conversation = await house.open()
    await understood(house, conversation, "罚款多少钱", commands=[("ask_fee", 0.95)])
    await gathered(house, [0.999])
    async with transaction(house.engine) as connection:
        made = await connection.execute(
            text("""
                INSERT INTO tickets (conversation_id, city, agency, state, opened_by, reason, opened_at)
                VALUES (:id, 'hangzhou', 'water', 'closed', 'resident', 'asked', clock_timestamp()) RETURNING id
            """),
            {"id": conversation.id},
        )
        await connection.execute(
            text("""
                INSERT INTO ticket_grades (ticket_id, city, agency, asked_at, grade, graded_at)
                VALUES (:id, 'hangzhou', 'water', clock_timestamp(), 'dissatisfied', clock_timestamp())
            """),
            {"id": made.scalar_one()},
        )
    assert await gathering(house).gather_graded() == 1
    assert await gathering(house).gather_graded() == 0
    [line] = await lines_of(house)
    assert (line.text, line.signals) == ("罚款多少钱", ("bad_grade",))


async def test_a_tenth_gets_a_blind_second_word_and_a_third_settles(house: House) -> None:
    """Nothing is taught before; nobody says two of the three."""
    await understood(house, await house.open(), "那个啥")
    await gathered(house)
    async with transaction(house.engine) as connection:
        await connection.execute(BLIND)
    [line] = await lines_of(house)
    inbox, decides = Inbox(house.engine), deciding(house)
    await decides.label(MEI, [line.id], ["unclear"])
    assert [await inbox.next_line(one, "second") for one in (MEI, LAN)] == [None, line.id]
    assert len(await decides.history(LAN)) == 0
    with pytest.raises(Conflict):
        await decides.label(MEI, [line.id], ["unclear"])
    await decides.label(LAN, [line.id], ["wait"])
    assert await house.scalar(TAUGHT) == 0
    assert [await inbox.next_line(one, "third") for one in (LAN, WU)] == [None, line.id]
    await decides.label(WU, [line.id], ["wait"])
    assert await house.scalar("SELECT commands[1] || ' ' || by FROM taught_lines") == "wait wu"
    of_all, *_ = await Figures(house.engine).agreement(MEI)
    assert (of_all.lines, of_all.same) == (1, 0)


async def test_a_decision_is_taken_back(house: House) -> None:
    """By who made it, while nobody has said more; what was taught is gone."""
    for said in ("那个啥", "那个"):
        await understood(house, await house.open(), said)
    await gathered(house)
    ids, decides = [line.id for line in await lines_of(house)], deciding(house)
    await decides.label(MEI, ids, ["unclear"])
    with pytest.raises(NotFound):
        await decides.undo(LAN)
    assert sorted(await decides.undo(MEI)) == sorted(ids)
    number = (await decides.history(MEI))[0].id
    assert (await house.scalar(TAUGHT), len(await lines_of(house))) == (0, 2)
    with pytest.raises(Conflict):
        await decides.undo(MEI, number)
    await decides.pass_over(MEI, ids)
    assert await lines_of(house) == []
    await decides.undo(MEI)
    async with transaction(house.engine) as connection:
        await connection.execute(BLIND)
    await decides.label(MEI, ids, ["unclear"])
    await decides.label(LAN, ids, ["wait"])
    with pytest.raises(Conflict):
        await decides.undo(MEI)
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'teaching.undo'") == 2


async def test_what_a_trainer_marks_as_a_name_is_hidden_for_all(house: House) -> None:
    """In the line and in what is taught; a line that cannot be saved so is deleted."""
    for said in ("小岚坐28路", "那个啥"):
        await understood(house, await house.open(), said)
    await gathered(house)
    line, other = sorted(await lines_of(house), key=lambda one: one.id)
    decides = deciding(house)
    with pytest.raises(Conflict):
        await decides.label(MEI, [line.id], ["start:next_bus"], "bus_line 29路")
    await decides.label(MEI, [line.id], ["start:next_bus"], "person_name 小岚\nbus_line 28路")
    kept = await Inbox(house.engine).line(LAN, line.id)
    assert kept is not None
    assert kept.text == "[person_name]坐28路"
    assert await taught_texts(house) == [kept.text]
    await decides.remove(MEI, other.id)
    assert await house.scalar("SELECT count(*) FROM teaching_lines") == 1
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 2


@pytest.mark.parametrize(
    "commands", [[], ["nothing"], ["start"], ["start:nothing"], ["wait:next_bus"], ["wait", "later", "list", "greet"]]
)
async def test_what_is_no_command_is_refused(house: House, commands: list[str]) -> None:
    """And nothing is decided."""
    await understood(house, await house.open(), "那个啥")
    await gathered(house)
    [line] = await lines_of(house)
    with pytest.raises(Conflict):
        await deciding(house).label(MEI, [line.id], commands)
    assert len(await lines_of(house)) == 1


async def test_what_is_labelled_out_of_turn_is_in_no_figure(house: House) -> None:
    """The share counts those that were drawn in their order: the unsure ones of the inbox alone would lower it."""
    await understood(house, await house.open(), "罚款多少", commands=[("ask_fee", 0.9)], ago=LAST_WEEK)
    await understood(house, await house.open(), "那个啥", ago=LAST_WEEK)
    await gathered(house, [0.2, 0.9, 0.3, 0.9])
    inbox, decides, figures = Inbox(house.engine), deciding(house), Figures(house.engine)
    [unsure] = await lines_of(house)
    await decides.label(MEI, [unsure.id], ["wait"])
    assert [(one.drawn, one.said) for one in await figures.weeks(MEI)] == [(2, 0)]
    first = await inbox.next_line(MEI, "sample")
    assert first is not None
    await decides.label(MEI, [first], ["ask_fee"])
    [week] = await figures.weeks(MEI)
    assert (week.said, week.share and week.share.value) == (2, 0.5)


async def test_the_sample_is_drawn_of_all_messages(house: House) -> None:
    """The smallest chances of a week, whatever became of a message; it is labelled once the week is over."""
    sure = [("ask_fee", 0.9)]
    for number in range(4):
        await understood(house, await house.open(), f"罚款{number}元", commands=sure, ago=LAST_WEEK)
    await understood(house, await house.open(), "罚款", commands=sure)
    await gathered(house, [0.4, 0.9, 0.3, 0.9, 0.2, 0.9, 0.1, 0.9])
    inbox, decides = Inbox(house.engine), deciding(house)
    assert (await inbox.counts(MEI))["sample"] == 4
    assert (await inbox.counts(MEI))["inbox"] == 0
    for right in (True, True, True, False):
        line = await inbox.next_line(MEI, "sample")
        assert line is not None
        await decides.label(MEI, [line], ["ask_fee" if right else "wait"])
    assert await inbox.next_line(MEI, "sample") is None
    this, last = await Figures(house.engine).weeks(MEI)
    assert (this.messages, this.is_over, this.share) == (1, False, None)
    assert (last.messages, last.drawn, last.said, last.is_over) == (4, 4, 4, True)
    assert last.share is not None
    assert (last.share.right, last.share.of, round(last.share.low, 2), round(last.share.high, 2)) == (3, 4, 0.3, 0.95)


async def test_a_sample_that_is_full_keeps_the_smallest_chances(house: House) -> None:
    """However many messages come."""
    most = gathering_module.SAMPLE
    conversation = await house.open()
    for number in range(most + 5):
        await understood(house, conversation, f"罚款{number}", commands=[("ask_fee", 0.9)])
    chances = [(most + 5 - number) / 1000 for number in range(most + 5)]
    await gathered(house, [one for chance in chances for one in (chance, 0.9)])
    assert await house.scalar("SELECT count(*) FROM teaching_lines WHERE sampled_in IS NOT NULL") == most
    assert await house.scalar("SELECT max(chance) FROM teaching_lines") == pytest.approx(most / 1000)
    assert await house.scalar("SELECT messages FROM teaching_weeks") == most + 5


async def test_erasing_reaches_lines_and_what_was_taught(house: House) -> None:
    """Also where a job has read the message before, and writes after: nobody can open it."""
    conversation = await house.open()
    await understood(house, conversation, "那个啥")
    await gathered(house)
    [line] = await lines_of(house)
    await deciding(house).label(MEI, [line.id], ["unclear"])
    async with transaction(house.engine) as connection:
        given = await data_of(connection, conversation.id, house.parts())
    assert given["teaching_lines"][0]["commands"] == ["unclear"]
    await erase(house.engine, Live(house.redis), conversation.id, CONFIRMATION, house.parts())
    for table in ("teaching_lines", "taught_lines"):
        assert await house.scalar(f"SELECT count(*) FROM {table}") == 0


async def test_what_is_forgotten_after_its_time_leaves_what_was_taught(house: House) -> None:
    """With nothing that tells whose it was."""
    conversation = await house.open()
    await understood(house, conversation, "那个啥", ago=timedelta(days=40))
    await understood(house, conversation, "那个", ago=timedelta(days=40))
    await gathered(house)
    first, _ = await lines_of(house)
    await deciding(house).label(MEI, [first.id], ["unclear"])
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE conversations SET created_at = now() - interval '50 days'"))
        await connection.execute(text("UPDATE outbound_messages SET created_at = now() - interval '50 days'"))
    await forget_idle(house.engine, Term(30), parts=house.parts())
    assert await house.scalar("SELECT count(*) FROM teaching_lines") == 0
    assert (
        await house.scalar("SELECT count(*) FROM taught_lines WHERE conversation_id IS NULL AND line_id IS NULL") == 1
    )
    assert await taught_texts(house) == [first.text]
    assert await house.scalar(PLAIN) == 0


async def test_what_an_older_version_taught_in_plain_is_sealed(house: House) -> None:
    """By the key of its conversation, or by the data key; it can be taken out before and after."""
    conversation = await house.open()
    await understood(house, conversation, "那个啥")
    await gathered(house)
    [line] = await lines_of(house)
    await deciding(house).label(MEI, [line.id], ["unclear"])
    async with transaction(house.engine) as connection:
        await connection.execute(OLDER)
        await connection.execute(OLDER_OF_NOBODY)
    exchange = Exchange(house.engine, SERVICES, KEYS)
    before = await exchange.export(MEI, "turns")
    assert (before.count("那个啥"), before.count("旧的")) == (1, 1)
    sealing = SealingTaught(house.engine, KEYS)
    assert (await house.scalar(PLAIN), await sealing.seal(), await sealing.seal()) == (2, 2, 0)
    assert await house.scalar(PLAIN) == 0
    assert await exchange.export(MEI, "turns") == before


async def test_a_line_whose_key_is_gone_is_left_out(house: House) -> None:
    """The others are taken out."""
    for said in ("那个啥", "那个"):
        await understood(house, await house.open(), said)
    await gathered(house)
    for line in await lines_of(house):
        await deciding(house).label(MEI, [line.id], ["unclear"])
    async with transaction(house.engine) as connection:
        first = await connection.scalar(text("SELECT min(conversation_id::text)::uuid FROM taught_lines"))
        await renew(connection, first)
    exchange = Exchange(house.engine, SERVICES, KEYS)
    await exchange.export(MEI, "csv", only_new=True)
    assert await exchange.counts(MEI) == (2, 1)


async def test_taught_lines_go_out_and_come_in(house: House) -> None:
    """Each kind of file; the second time nothing is new; what is brought holds no number of a person."""
    await understood(house, await house.open(), "车牌浙A8K37P那个")
    await gathered(house)
    [line] = await lines_of(house)
    await deciding(house).label(MEI, [line.id], ["provide"])
    exchange = Exchange(house.engine, SERVICES, KEYS)
    assert await exchange.counts(MEI) == (1, 1)
    content = await exchange.export(MEI, "turns", only_new=True)
    assert "浙A8K37P那个" not in content or "[plate]" not in content
    assert "turns: []" in await exchange.export(MEI, "turns", only_new=True)
    brought = "text,commands,language\n我电话13812345678要缴费,start:traffic_fines,zh_Hans\n".encode()
    assert await exchange.bring(MEI, brought, "csv") == 1
    assert (await taught_texts(house))[-1] == "我电话[phone]要缴费"
    assert await house.scalar(PLAIN) == 0
    for wrong in (b"text,commands\nx,nothing\n", b"text\nx\n"):
        with pytest.raises(Conflict):
            await exchange.bring(MEI, wrong, "csv")
    assert await exchange.counts(MEI) == (2, 1)
    acts = await house.scalar("SELECT string_agg(act, ' ' ORDER BY number) FROM audit_records WHERE act LIKE '%port'")
    assert acts == "teaching.export teaching.export teaching.import"


async def test_what_was_downloaded_is_still_taken_into_the_files(house: House, tmp_path: Path) -> None:
    """A look at the table takes nothing away from the data; what the files have by then is not written again."""
    said = "我要问鸽子那回事"
    await understood(house, await house.open(), said)
    await gathered(house)
    [line] = await lines_of(house)
    await deciding(house).label(MEI, [line.id], ["unclear"])
    exchange = Exchange(house.engine, SERVICES, KEYS)
    await exchange.export(MEI, "csv")
    library = Library(tmp_path, {}, {locale: {} for locale in LOCALES})
    files = await exchange.untaken(MEI, library)
    assert [said in content for path, content in files.items() if path.endswith(".yml")] == [True]
    assert await exchange.untaken(MEI, replace(library, over=files)) == {}


async def test_proposals_wait_until_somebody_takes_them_up(house: House) -> None:
    """Once; a name or number of a person is refused."""
    proposing = Proposing(house.engine)
    with pytest.raises(Conflict):
        await proposing.propose(MEI, "command", "ask_discount", "asks as 13812345678 did")
    number = await proposing.propose(MEI, "command", "ask_discount", "asks whether it is cheaper for somebody")
    await proposing.close(LAN, number, taken=True)
    with pytest.raises(NotFound):
        await proposing.close(LAN, number, taken=False)
    [found] = await proposing.all(MEI)
    assert (found.closed_as, found.closed_by) == ("taken", "lan")


async def test_nobody_but_trainers_reads_or_labels(house: House) -> None:
    """Neither operators, clerks, editors nor who administrates an agency."""
    other = actor("op")
    with pytest.raises(NotPermitted):
        await Inbox(house.engine).groups(other, Wanted())
    with pytest.raises(NotPermitted):
        await deciding(house).label(other, [1], ["wait"])
    with pytest.raises(NotPermitted):
        await Exchange(house.engine, SERVICES, KEYS).export(other, "csv")
    with pytest.raises(NotPermitted):
        await Proposing(house.engine).all(other)
