"""Every table is thought of: what is erased with a conversation, what is given out of it, when its rows go.

A new table that nobody thought of fails here. What stays says why.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fixtures.house import ROOT, House
from fixtures.payments import PayHouse
from sqlalchemy import event

from desk.contract.rendered import RenderedMessage
from desk.conversations import service
from desk.conversations.live import Live
from desk.store.database import transaction

CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")
CHANGES = re.compile(r"\b(?:DELETE\s+FROM|UPDATE)\s+([a-z_]+)", re.IGNORECASE)
READS = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)", re.IGNORECASE)
OF_CONVERSATIONS = """
    SELECT DISTINCT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'conversation_id'
"""
TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'procrastinate%'
      AND table_name <> 'alembic_version'
"""
GO_WITH = """
    SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint AS tie
    JOIN pg_class AS child ON child.oid = tie.conrelid JOIN pg_class AS parent ON parent.oid = tie.confrelid
    WHERE tie.contype = 'f' AND tie.confdeltype = 'c'
"""
NOT_ERASED: Mapping[str, str] = {
    "access_tokens": "the session goes on, and hears in its stream that all is erased",
    "deliveries": "go with the messages that were to be sent",
    "openings": "who read what is kept to answer for it, as long as the audit; without content",
}
"""What names a conversation, and is not changed where that is erased."""
NOT_GIVEN: Mapping[str, str] = {
    "access_tokens": "hashes of what the resident holds",
    "attempt_warnings": "what is told within seconds, and then stands among what was said",
    "conversation_counters": "a number that events are counted by",
    "goings_on": "a code on a screen; over in minutes, and that a device came in stands among what was said",
    "link_codes": "a hash of what the resident was shown; over in ten minutes",
    "openings": "who read what is told by the agency (docs/explanation/privacy.md)",
    "plain_conversations": "that an older version's rows are still to be sealed",
    "proofs": "keyed hashes, to know the owner of what strangers guess at",
    "visits": "a look at one's own matters; over in half an hour",
    "wished_codes": "a code on its way; over in an hour",
}
"""What names a conversation, and is not in what is given out of it."""
STAYS: Mapping[str, str] = {
    **dict.fromkeys(("agencies", "account_watches"), "as city files and whoever keeps accounts say"),
    **dict.fromkeys(
        (
            *("announcements", "announcement_approvals", "announcement_events", "announcement_versions"),
            *("announcement_sends", "announcement_templates", "public_posts", "public_post_attempts"),
            *("alerts", "alert_polls", "feed_pings", "announcement_arming"),
        ),
        "what was said in public, by whom, and how it went: nothing of a resident",
    ),
    **dict.fromkeys(
        ("site_counts", "guide_votes", "chat_scripts"),
        "bare numbers of days, and scripts that everybody may read: nothing of a resident",
    ),
    "data_changes": "what staff propose that the files say: numbers of persons are refused, so nothing of a resident",
    **dict.fromkeys(("bill_days", "payment_differences"), "accounts of public money: nothing of a resident"),
    **dict.fromkeys(
        ("staff", "staff_requests", "voice_stops", "ticket_duty"),
        "what was decided stays somebody's; from who was ever asked follows that two are needed",
    ),
    **dict.fromkeys(
        ("teaching_decisions", "teaching_proposals", "teaching_progress", "teaching_weeks"),
        "what trainers decided and proposed, and how many messages there were: nothing of a resident",
    ),
    "audit_chain": "one row: where the audit begins and ends",
    "text_stops": "that a telephone wants no text messages, as a keyed hash: forgetting it would write to it again",
    "ticket_grades": "bare grades, for figures; words go with the conversation",
}
"""Tables of which no row is ever deleted."""


@contextmanager
def heard(house: House) -> Iterator[list[str]]:
    """The statements that a store is sent meanwhile."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(house.engine.sync_engine, "before_cursor_execute", hear)
    yield said
    event.remove(house.engine.sync_engine, "before_cursor_execute", hear)


async def names(house: House, query: str) -> set[str]:
    """Names of tables."""
    return set((await house.scalar(f"SELECT array_agg(table_name::text) FROM ({query}) AS found")) or [])


async def test_what_is_of_a_conversation_is_erased_or_said_to_stay(paying: PayHouse) -> None:
    """Each table that names one is changed by an erasure."""
    house = paying.house
    conversation = await house.open()
    parts = house.parts(paying.parts.cashier)
    with heard(house) as said:
        await service.erase(house.engine, Live(house.redis), conversation.id, CONFIRMATION, parts)
    changed = {name for one in said for name in CHANGES.findall(one)}
    assert await names(house, OF_CONVERSATIONS) - changed - {*NOT_ERASED} == set()


async def test_what_is_of_a_conversation_is_given_out_or_said_not_to_be(paying: PayHouse) -> None:
    """Each table that names one is read for whoever asks what is kept of them."""
    house = paying.house
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        with heard(house) as said:
            await service.data_of(connection, conversation.id, house.parts(paying.parts.cashier))
    read = {name for one in said for name in READS.findall(one)}
    assert await names(house, OF_CONVERSATIONS) - read - {*NOT_GIVEN} == set()


async def test_rows_of_every_table_go_or_are_said_to_stay(house: House) -> None:
    """Something deletes them, or what they belong to."""
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "desk").rglob("*.py") if "migrations" not in path.parts
    )
    code += await house.scalar("SELECT string_agg(prosrc, E'\n') FROM pg_proc WHERE prosrc ~ 'DELETE FROM'")
    known = await names(house, TABLES)
    goes = {name for name in known if re.search(rf"DELETE FROM {name}\b", code)}
    ties = await house.scalar(f"SELECT array_agg(child::text || ' ' || parent::text) FROM ({GO_WITH}) AS found")
    while True:
        more = goes | {child for child, parent in (one.split(" ") for one in ties) if parent in goes}
        if more == goes:
            break
        goes = more
    assert known - goes == {*STAYS}
