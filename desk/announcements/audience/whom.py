"""Who an announcement is for, as statements: how many, which of one account come next, and on which accounts they are.

An audience is resolved when it is told, account by account and from conversation to conversation; nobody's list is
ever held. `Recipients` is read by conversation: who has several channels is told on one of them. Counted are those who
get something: neither who left the account nor, but of alerts, who wants nothing that nobody asked for. Who is left out
is so on all linked channels, in the same statement.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.content import Audience, Draft, Earlier, Kind
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.city.area import ranges_of, raster_of
from desk.contract.grid import IN_A_ROW
from desk.contract.wire import LOCALES

NOBODY = UUID(int=0)

FOLLOWS = """
    wish.city = :city AND wish.topic = :topic
    AND (CAST(:districts AS text[]) = '{}' OR wish.district = '' OR wish.district = ANY (CAST(:districts AS text[])))
"""
NARROWING = """
    (CAST(:languages AS text[]) = '{}' OR conversation.locale = ANY (CAST(:languages AS text[])))
    AND (CAST(:channels AS text[]) = '{}' OR conversation.channel = ANY (CAST(:channels AS text[])))
"""
FOLLOWS_NONE = """
    NOT EXISTS (
        SELECT FROM subscriptions AS other WHERE other.conversation_id = conversation.id
          AND other.city = :city AND other.topic = ANY (CAST(:without AS text[])) <offset>)
"""
# Of whom an audience leaves out: written only once, for any of them.
NARROWING_LESS = f"""
    {NARROWING} AND (CAST(:without AS text[]) = '{{}}' OR {FOLLOWS_NONE.replace("<offset>", "")})
"""
LESS = "/* and who is left out */"
"""Stands where `_lessened` writes whom an audience leaves out."""
TOPICS = "topics"
"""Names, among kinds of audiences that are left out, those who follow one of some topics."""
NARROWED = f"{NARROWING} {LESS}"
LESS_OF_ACCOUNT = "/* and who of the account is left out, <side> */"
"""The same in a count of an account and of a part of its conversations."""
LEFT_OF_ACCOUNT = re.compile(r"/\* and who of the account is left out, ([^*]+) \*/")
# Who gets nothing, beside `resident`: found through an index of those alone, since they are few.
GETS_NOTHING = """
    (resident.state = 'left' OR resident.muted_at IS NOT NULL)
    AND (resident.state = 'left' OR NOT CAST(:is_alert AS boolean))
"""
GETS_IT = f"""
    NOT EXISTS (SELECT FROM residents AS resident WHERE resident.id = conversation.resident_id AND {GETS_NOTHING})
"""
OF_CASE = """
    cases WHERE cases.conversation_id = conversation.id
    AND cases.city = :city AND cases.service = ANY (CAST(:services AS text[]))
"""
OF_ORDER = """
    orders WHERE orders.conversation_id = conversation.id
    AND orders.city = :city AND orders.service = ANY (CAST(:services AS text[])) AND orders.paid_at IS NOT NULL
"""
USED = f"""
    conversation.city = :city AND (EXISTS (SELECT FROM {OF_CASE}) OR EXISTS (SELECT FROM {OF_ORDER}))
"""
# A list is its agency's alone.
ON_LIST = """
    member.list_id = :list AND conversation.city = :city
    AND EXISTS (SELECT FROM announcement_lists AS brought WHERE brought.id = :list
                  AND brought.city = :city AND brought.agency = :agency)
"""
# An area is found by its squares, which lie between its first and its last. Page by page it is gone through in the
# order of conversations: each of them is looked at once, however many squares there are.
BETWEEN = "place.cell BETWEEN CAST(:first AS bigint) AND CAST(:last AS bigint)"
# A square is looked up where it lies on the area's ground (`Raster`): as quickly in a province as in a street.
BEYOND = "(place.cell - CAST(:first AS bigint))"
SQUARE = f"""
    CASE WHEN {BETWEEN} AND {BEYOND} % {IN_A_ROW} < CAST(:width AS bigint)
    THEN get_bit(CAST(:squares AS bytea), {BEYOND} / {IN_A_ROW} * CAST(:width AS bigint) + {BEYOND} % {IN_A_ROW})
    ELSE 0 END
"""
NEAR = f"place.city = :city AND {SQUARE} = 1"
# Who was reached by an announcement: it was said there, and where it had to be sent it was, or may have been. Also
# where it was still to be sent when a correction came: there the correction is read alone.
REACHED = """
    NOT EXISTS (SELECT FROM deliveries AS sent
                WHERE sent.conversation_id = told.conversation_id AND sent.seq = told.seq
                  AND (sent.state IN ('waiting', 'dead')
                       OR sent.state = 'dropped' AND sent.reason IS DISTINCT FROM 'corrected'))
"""

FOLLOWS_IT = f"SELECT wish.conversation_id AS id FROM subscriptions AS wish WHERE {FOLLOWS}"
FOLLOWERS = FOLLOWS_IT.replace("SELECT", "SELECT DISTINCT")
SOME_FOLLOWERS = f"""
    SELECT DISTINCT wish.conversation_id AS id FROM subscriptions AS wish
    JOIN conversations AS conversation ON conversation.id = wish.conversation_id
    WHERE {FOLLOWS} AND {NARROWED}
"""
EVERYBODY = f"SELECT conversation.id FROM conversations AS conversation WHERE conversation.city = :city AND {NARROWED}"
USERS = f"SELECT conversation.id FROM conversations AS conversation WHERE {USED} AND {NARROWED}"
LISTED = f"""
    SELECT member.conversation_id AS id FROM announcement_list_members AS member
    JOIN conversations AS conversation ON conversation.id = member.conversation_id
    WHERE {ON_LIST} AND {NARROWED}
"""
ALSO = "AND CAST(:and_followers AS boolean)"
PLACES = f"place.conversation_id AS id FROM notice_places AS place WHERE {NEAR}"
SOME_PLACES = f"""
    place.conversation_id AS id FROM notice_places AS place
    JOIN conversations AS conversation ON conversation.id = place.conversation_id
    WHERE {NEAR} AND {NARROWED}
"""
PLACED, SOME_PLACED = f"SELECT DISTINCT {PLACES}", f"SELECT DISTINCT {SOME_PLACES}"
CORRECTED = f"""
    SELECT told.conversation_id AS id FROM announcement_deliveries AS told
    WHERE told.announcement_id = :corrects AND {REACHED}
"""
# Who was told it and not reached, found by what did not arrive: it is little, and has two indexes.
NOT_REACHED = """
    SELECT told.conversation_id AS id FROM deliveries AS sent
    JOIN announcement_deliveries AS told ON told.conversation_id = sent.conversation_id AND told.seq = sent.seq
    WHERE told.announcement_id = ANY (CAST(:told AS bigint[])) AND sent.state = 'waiting'
    UNION ALL SELECT told.conversation_id FROM deliveries AS sent
    JOIN announcement_deliveries AS told ON told.conversation_id = sent.conversation_id AND told.seq = sent.seq
    WHERE told.announcement_id = ANY (CAST(:told AS bigint[]))
      AND (sent.state = 'dead' OR sent.state = 'dropped' AND sent.reason IS DISTINCT FROM 'corrected')
      AND sent.state IN ('dead', 'dropped')
"""

# Counted account by account, in the order of conversations: what is joined is read in that order from indexes alone,
# and nothing is sorted. Whether a square is in the area is written so that the planner takes it for likely (<> 0); of
# an area of few squares so that it takes it for unlikely (= 1): then each conversation is looked up. Each count is of
# two halves of the conversations, whose numbers are random, where two processes of PostgreSQL may count one each
# (`TWO`).
FEW_SQUARES = 16
SMALLER = "small "
"""Before the kind of an area of so few."""
OR_FOLLOWERS = "area or followers"
"""The kind of a larger one whose audience are followers, too."""
FIRST, MIDDLE = (f"CAST('{digit}0000000-0000-0000-0000-000000000000' AS uuid)" for digit in "08")
IN_AREA = f"place.city = :city AND {BETWEEN} AND {SQUARE} <> 0"
# Of each language, in the order of `LOCALES`: to compare three names takes less than to group by two. The channel of
# all conversations of an account is the account's.
IN_LANGUAGES = ", ".join(f"count(*) FILTER (WHERE conversation.locale = '{one}')" for one in LOCALES)
BY_LANGUAGE_OF_ACCOUNT = f"""
    SELECT {IN_LANGUAGES}
    FROM <found> conversation.account_id = :account_id AND conversation.id <side>
      AND {NARROWING} {LESS_OF_ACCOUNT}
"""
CHANNELS = text("SELECT id, channel FROM channel_accounts WHERE id = ANY (CAST(:accounts AS bigint[]))")
# The same with those whom something earlier reached.
BEFORE = "/* and whom others reached, <side> */"
BEFORE_OF_ACCOUNT = re.compile(r"/\* and whom others reached, ([^*]+) \*/")
ONE_BEFORE = """
    UNION SELECT conversation.id FROM conversations AS conversation
    WHERE conversation.account_id = :account_id AND conversation.id <side> AND EXISTS (
        SELECT FROM announcement_deliveries AS told WHERE told.conversation_id = conversation.id
          AND told.announcement_id = (CAST(:also AS bigint[]))[<number>] AND told.conversation_id <side>)
"""
BY_LANGUAGE_AND_BEFORE = f"""
    SELECT {IN_LANGUAGES} FROM (
        SELECT conversation.id FROM <found> conversation.account_id = :account_id AND conversation.id <side>
          AND {NARROWING} {LESS_OF_ACCOUNT} {BEFORE}
    ) AS found JOIN conversations AS conversation ON conversation.id = found.id
    WHERE conversation.account_id = :account_id AND conversation.id <side>
"""
JOINED = "(<ids>) AS found JOIN conversations AS conversation ON conversation.id = found.id WHERE"
OF_PLACES = f"""
    SELECT place.conversation_id AS id FROM notice_places AS place
    WHERE {IN_AREA} AND place.account_id = :account_id AND place.conversation_id <side>
"""
OF_FEW_PLACES = OF_PLACES.replace(IN_AREA, f"{NEAR} AND {BETWEEN}")
OF_FOLLOWERS = f"{FOLLOWS_IT} AND wish.account_id = :account_id AND wish.conversation_id <side>"
WHO_ARE_NEAR = f"""
    conversations AS conversation WHERE EXISTS (
        SELECT FROM notice_places AS place WHERE place.conversation_id = conversation.id AND {IN_AREA}
          AND place.account_id = :account_id AND place.conversation_id <side>) AND
"""
WHO_FOLLOW = f"""
    conversations AS conversation WHERE EXISTS (
        SELECT FROM subscriptions AS wish WHERE wish.conversation_id = conversation.id AND {FOLLOWS}
          AND wish.account_id = :account_id AND wish.conversation_id <side>) AND
"""
WHO_ARE_ON_IT = f"""
    conversations AS conversation WHERE EXISTS (
        SELECT FROM announcement_list_members AS member WHERE member.conversation_id = conversation.id AND {ON_LIST}
          AND member.account_id = :account_id AND member.conversation_id <side>) AND
"""
WHO_WERE_TOLD = """
    conversations AS conversation WHERE EXISTS (
        SELECT FROM announcement_deliveries AS told WHERE told.conversation_id = conversation.id
          AND told.announcement_id = :corrects AND told.conversation_id <side>) AND
"""
OF_CITY = "(SELECT * FROM conversations WHERE city = :city) AS conversation WHERE"
# Found by what they used and not conversation by conversation; each once, however often. One service after another:
# of one an index has them in the order of conversations.
ONE_SERVICE = """
    SELECT used.conversation_id AS id FROM cases AS used
    WHERE used.city = :city AND used.service = (CAST(:services AS text[]))[<number>] AND used.conversation_id <side>
    UNION SELECT used.conversation_id FROM orders AS used
    WHERE used.city = :city AND used.service = (CAST(:services AS text[]))[<number>] AND used.paid_at IS NOT NULL
      AND used.conversation_id <side>
"""
MORE_SERVICES = "/* and who used others, <side> */"
MORE_OF_ACCOUNT = re.compile(r"/\* and who used others, ([^*]+) \*/")
OF_USERS = f"{ONE_SERVICE.replace('<number>', '1')} {MORE_SERVICES}"
FOUND_OF_ACCOUNT = {
    "followers": WHO_FOLLOW,
    "everybody": OF_CITY,
    "list": WHO_ARE_ON_IT,
    "corrected": WHO_WERE_TOLD,
    "users": f"{JOINED.replace('<ids>', OF_USERS)} conversation.city = :city AND",
    "area": WHO_ARE_NEAR,
    OR_FOLLOWERS: JOINED.replace("<ids>", f"{OF_PLACES} UNION {OF_FOLLOWERS}"),
    f"{SMALLER}area": JOINED.replace("<ids>", f"{OF_FEW_PLACES} UNION {OF_FOLLOWERS} {ALSO}"),
}


def _between(whole: str, *sides: str) -> str:
    """The count of conversations, part by part of their numbers."""
    return " UNION ALL ".join(whole.replace("<side>", side) for side in sides)


OF_ACCOUNTS = {which: BY_LANGUAGE_OF_ACCOUNT.replace("<found>", found) for which, found in FOUND_OF_ACCOUNT.items()}
AND_BEFORE = {which: BY_LANGUAGE_AND_BEFORE.replace("<found>", found) for which, found in FOUND_OF_ACCOUNT.items()}
ONE_SIDE, TWO_SIDES = (f">= {FIRST}",), (f"< {MIDDLE}", f">= {MIDDLE}")
PARTS = {which: _between(whole, *ONE_SIDE) for which, whole in OF_ACCOUNTS.items()}
HALVES = {which: _between(whole, *TWO_SIDES) for which, whole in OF_ACCOUNTS.items()}
PARTS_AND_BEFORE = {which: _between(whole, *ONE_SIDE) for which, whole in AND_BEFORE.items()}
HALVES_AND_BEFORE = {which: _between(whole, *TWO_SIDES) for which, whole in AND_BEFORE.items()}
# Linked channels are one resident's: so many of those that were counted are another's. Looked for one by one (OFFSET):
# they are few.
LINKED = f"""
    SELECT count(*) - count(DISTINCT linked.person_id) FROM linked_conversations AS linked
    JOIN conversations AS conversation ON conversation.id = linked.conversation_id
    WHERE {GETS_IT} AND <is one>
"""
# Those of whom that were counted who get nothing, likewise.
IN_VAIN = f"""
    SELECT conversation.locale, conversation.channel, count(*) AS residents
    FROM residents AS resident JOIN conversations AS conversation ON conversation.resident_id = resident.id
    WHERE {GETS_NOTHING} AND <is one>
    GROUP BY conversation.locale, conversation.channel
"""
OF_WISHES = f"subscriptions AS wish WHERE wish.conversation_id = conversation.id AND {FOLLOWS}"
OF_SQUARES = f"notice_places AS place WHERE place.conversation_id = conversation.id AND {NEAR}"
OF_MEMBERS = f"announcement_list_members AS member WHERE member.conversation_id = conversation.id AND {ON_LIST}"
IS_FOLLOWER = f"EXISTS (SELECT FROM {OF_WISHES} OFFSET 0)"
IS_NEAR = f"EXISTS (SELECT FROM {OF_SQUARES} OFFSET 0)"
IS_ONE = {
    "followers": IS_FOLLOWER,
    "everybody": "conversation.city = :city",
    "users": USED,
    "list": f"EXISTS (SELECT FROM {OF_MEMBERS} OFFSET 0)",
    "corrected": f"""
        EXISTS (SELECT FROM announcement_deliveries AS told WHERE told.conversation_id = conversation.id
                  AND told.announcement_id = :corrects AND {REACHED} OFFSET 0)
    """,
    "area": f"{IS_NEAR} OR ({IS_FOLLOWER} {ALSO})",
}
IS_BEFORE = f"""
    EXISTS (SELECT FROM announcement_deliveries AS told WHERE told.conversation_id = conversation.id
              AND told.announcement_id = ANY (CAST(:also AS bigint[])) AND {REACHED} OFFSET 0)
"""
IS_MEANT = {whom: f"({NARROWED} AND ({is_one}))" for whom, is_one in IS_ONE.items()}
IS_MEANT_OR_BEFORE = {whom: f"({is_one} OR {IS_BEFORE})" for whom, is_one in IS_MEANT.items()}
TWICE, TWICE_AND_BEFORE = (
    {whom: text(LINKED.replace("<is one>", is_one)) for whom, is_one in which.items()}
    for which in (IS_MEANT, IS_MEANT_OR_BEFORE)
)
VAIN, VAIN_AND_BEFORE = (
    {whom: text(IN_VAIN.replace("<is one>", is_one)) for whom, is_one in which.items()}
    for which in (IS_MEANT, IS_MEANT_OR_BEFORE)
)
OF_UNREACHED = f"""
    SELECT conversation.locale, conversation.channel, count(*) AS residents
    FROM (SELECT DISTINCT id FROM ({NOT_REACHED}) AS several) AS found
    JOIN conversations AS conversation ON conversation.id = found.id
    WHERE NOT <is one>
    GROUP BY conversation.locale, conversation.channel
"""
UNREACHED, UNREACHED_AND_BEFORE = (
    {whom: text(OF_UNREACHED.replace("<is one>", is_one)) for whom, is_one in which.items()}
    for which in (IS_MEANT, IS_MEANT_OR_BEFORE)
)
COUNTED_OFF = ((VAIN, UNREACHED, TWICE), (VAIN_AND_BEFORE, UNREACHED_AND_BEFORE, TWICE_AND_BEFORE))
"""What is taken off what was counted: who gets nothing, whom it did not reach, linked channels; with `also`, second."""
# By which rows a conversation is one of those who are left out: none of them may be there, for it or for one that is
# linked with it. A count joins them; a page, of few conversations, looks each up by its key (OFFSET 0 keeps it so):
# else all who are left out would be gathered anew for each page.
BY_ROWS: Mapping[str, Sequence[str]] = {
    "followers": (OF_WISHES,),
    "users": (f"{OF_CASE} AND conversation.city = :city", f"{OF_ORDER} AND conversation.city = :city"),
    "list": (OF_MEMBERS,),
    "area": (OF_SQUARES, f"{OF_WISHES} {ALSO}"),
}
WITHOUT_ROWS = f"""
    AND NOT EXISTS (SELECT FROM <rows> AND {NARROWING_LESS} <offset>)
    AND NOT EXISTS (
        SELECT FROM linked_conversations AS mine
        JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
        JOIN conversations AS barred ON barred.id = theirs.conversation_id
        WHERE mine.conversation_id = conversation.id
          AND EXISTS (SELECT FROM <rows of linked> AND <narrowing of linked>) <offset>)
"""
LEAVES_OUT = {
    whom: " ".join(
        WITHOUT_ROWS.replace("<rows>", one)
        .replace("<rows of linked>", one.replace("conversation.", "barred."))
        .replace("<narrowing of linked>", NARROWING_LESS.replace("conversation.", "barred."))
        for one in rows
    )
    for whom, rows in BY_ROWS.items()
}
# In a count of an account they are read in the order of conversations, too, from indexes alone: whose rows, and which
# part of them, is said once more. An index has that order for one topic or service at a time.
OF_MINE = "<rows>.account_id = :account_id AND <rows>.conversation_id <side>"
OF_ONE_SERVICE = "service = (CAST(:services AS text[]))[1]"
ANY_SERVICE = "service = ANY (CAST(:services AS text[]))"


def _mine(rows: str, alias: str) -> str:
    return f"{rows} AND {OF_MINE.replace('<rows>', alias)}"


MINE_BY_ROWS: Mapping[str, Sequence[str]] = {
    "followers": (_mine(OF_WISHES, "wish"),),
    "users": tuple(
        f"{of.replace(ANY_SERVICE, OF_ONE_SERVICE)} AND {table}.conversation_id <side> AND conversation.city = :city"
        for of, table in ((OF_CASE, "cases"), (OF_ORDER, "orders"))
    ),
    "list": (_mine(OF_MEMBERS, "member"),),
    "area": (_mine(OF_SQUARES.replace(NEAR, IN_AREA), "place"), f"{_mine(OF_WISHES, 'wish')} {ALSO}"),
    "small area": (_mine(f"{OF_SQUARES} AND {BETWEEN}", "place"), f"{_mine(OF_WISHES, 'wish')} {ALSO}"),
}
LEAVES_OUT_MINE = {
    whom: " ".join(
        WITHOUT_ROWS.replace("<rows>", mine)
        .replace("<rows of linked>", one.replace("conversation.", "barred."))
        .replace("<narrowing of linked>", NARROWING_LESS.replace("conversation.", "barred."))
        for mine, one in zip(rows, BY_ROWS[whom.removeprefix(SMALLER)], strict=True)
    )
    for whom, rows in MINE_BY_ROWS.items()
}
FOLLOWS_NONE_MINE = f"""
    NOT EXISTS (
        SELECT FROM subscriptions AS other WHERE other.conversation_id = conversation.id
          AND other.city = :city AND other.topic = (CAST(:without AS text[]))[<number>]
          AND {OF_MINE.replace("<rows>", "other")})
"""
# One count at a time is shared by two processes: no more than a second core is taken for it. Others count alone.
# A half is never divided further: each process would read the whole of what is joined.
ALONE = text("SELECT set_config('max_parallel_workers_per_gather', '0', true)")
TWO = text("""
    SELECT set_config('max_parallel_workers_per_gather', '2', true), set_config('parallel_setup_cost', '0', true),
           set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '1TB', true),
           set_config('min_parallel_index_scan_size', '1TB', true)
""")
IS_FIRST = text("SELECT pg_try_advisory_xact_lock(hashtextextended('announcements.counting', 0))")
NEXT = """
    SELECT page.id, EXISTS (
        SELECT FROM linked_conversations AS mine WHERE mine.conversation_id = page.id
    ) AS is_linked
    FROM ({}) AS page ORDER BY page.id LIMIT :limit
"""
ONWARDS = "({} AND {} = :account_id AND {} > :beyond ORDER BY 1 LIMIT :limit)"
# The first so many of each kind hold the first so many of both.
EITHER = f"{ONWARDS} UNION {ONWARDS}"
OF_ACCOUNT = "(SELECT account_id FROM conversations WHERE conversations.id = told.conversation_id)"
OF_TOLD = (OF_ACCOUNT, "told.conversation_id")
OF_WISH = ("wish.account_id", "wish.conversation_id")
OF_PLACE = ("place.account_id", "place.conversation_id")
PAGES = {
    "followers": ONWARDS.format(FOLLOWERS, *OF_WISH),
    "some followers": ONWARDS.format(SOME_FOLLOWERS, *OF_WISH),
    "everybody": ONWARDS.format(EVERYBODY, "conversation.account_id", "conversation.id"),
    "users": ONWARDS.format(USERS, "conversation.account_id", "conversation.id"),
    "list": ONWARDS.format(LISTED, "member.account_id", "member.conversation_id"),
    "area": EITHER.format(PLACED, *OF_PLACE, f"{FOLLOWERS} {ALSO}", *OF_WISH),
    "some area": EITHER.format(SOME_PLACED, *OF_PLACE, f"{SOME_FOLLOWERS} {ALSO}", *OF_WISH),
    "corrected": ONWARDS.format(CORRECTED, *OF_TOLD),
}
# Of each of them the first so many.
PAGE_BEFORE = f"""
    (SELECT reached.id FROM unnest(CAST(:also AS bigint[])) AS one (number) CROSS JOIN LATERAL
        {ONWARDS.format(CORRECTED.replace(":corrects", "one.number"), *OF_TOLD)} AS reached)
"""
NEXTS = {which: text(NEXT.format(page)) for which, page in PAGES.items()}
NEXTS_AND_BEFORE = {which: text(NEXT.format(f"{page} UNION {PAGE_BEFORE}")) for which, page in PAGES.items()}
DRAWN = text(f"""
    SELECT found.id FROM ({PLACED} AND {BETWEEN} UNION {FOLLOWERS} {ALSO}) AS found ORDER BY random() LIMIT :limit
""")
SOME_DRAWN = text(f"""
    SELECT found.id FROM ({SOME_PLACED} AND {BETWEEN} UNION {SOME_FOLLOWERS} {ALSO}) AS found
    ORDER BY random() LIMIT :limit
""")
# From account to account through the index, however many residents each has.
ACCOUNTS_OF_FOLLOWERS = text("""
    WITH RECURSIVE walk AS (
        (SELECT account_id FROM subscriptions WHERE city = :city AND topic = :topic ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT following.account_id FROM walk CROSS JOIN LATERAL (
            SELECT account_id FROM subscriptions
            WHERE city = :city AND topic = :topic AND account_id > walk.account_id ORDER BY account_id LIMIT 1
        ) AS following
    )
    SELECT account_id FROM walk
""")
ACCOUNTS_OF_CITY = text("""
    WITH RECURSIVE walk AS (
        (SELECT account_id FROM conversations WHERE city = :city ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT following.account_id FROM walk CROSS JOIN LATERAL (
            SELECT account_id FROM conversations
            WHERE city = :city AND account_id > walk.account_id ORDER BY account_id LIMIT 1
        ) AS following
    )
    SELECT account_id FROM walk
""")
ACCOUNTS_OF_PLACES = text("""
    WITH RECURSIVE walk AS (
        (SELECT account_id FROM notice_places WHERE city = :city ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT following.account_id FROM walk CROSS JOIN LATERAL (
            SELECT account_id FROM notice_places
            WHERE city = :city AND account_id > walk.account_id ORDER BY account_id LIMIT 1
        ) AS following
    )
    SELECT account_id FROM walk
""")
ACCOUNTS_OF_LIST = text("""
    WITH RECURSIVE walk AS (
        (SELECT account_id FROM announcement_list_members WHERE list_id = :list ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT following.account_id FROM walk CROSS JOIN LATERAL (
            SELECT account_id FROM announcement_list_members
            WHERE list_id = :list AND account_id > walk.account_id ORDER BY account_id LIMIT 1
        ) AS following
    )
    SELECT account_id FROM walk
""")
THERE = text("""
    SELECT id FROM announcement_lists WHERE id = ANY (CAST(:lists AS bigint[])) AND city = :city AND agency = :agency
""")
# Whoever still waits for what is corrected is told the correction in its place: on which accounts, from where on. Where
# a telling is over, by its end or because it was stopped, nobody waits any more.
RESTS = text(f"""
    SELECT waits.*, send.account_id, send.beyond FROM announcement_sends AS send
    JOIN (SELECT {COLUMNS} FROM announcements) AS waits
      ON waits.id = coalesce(nullif(send.in_place_of, 0), send.announcement_id)
    WHERE send.state <> 'ended'
      AND (send.announcement_id = :wrong OR send.announcement_id = :by AND send.in_place_of <> 0)
    ORDER BY waits.id, send.account_id
""")
# What is held for them, or is still in the outbox; and who was told by now.
PUT_BY = """
    SELECT held.conversation_id AS id FROM held_notices AS held
    WHERE held.announcement_id = ANY (CAST(:before AS bigint[])) OR held.announcement_id = :by
    UNION SELECT told.conversation_id FROM announcement_deliveries AS told WHERE told.announcement_id = :by
    UNION SELECT told.conversation_id FROM announcement_deliveries AS told
    JOIN deliveries AS sent ON sent.conversation_id = told.conversation_id AND sent.seq = told.seq
    WHERE told.announcement_id = :wrong AND sent.state = 'waiting'
"""
STILL = f"""
    SELECT conversation.locale, conversation.channel, count(*) AS conversations,
           count(*) FILTER (WHERE linked.person_id IS NULL) + count(DISTINCT linked.person_id) AS residents
    FROM (<pages>) AS page JOIN conversations AS conversation ON conversation.id = page.id
    LEFT JOIN linked_conversations AS linked ON linked.conversation_id = page.id
    WHERE {GETS_IT} AND NOT EXISTS (
        SELECT FROM announcement_deliveries AS told
        WHERE told.announcement_id = ANY (CAST(:before AS bigint[])) AND {REACHED}
          AND (told.conversation_id = page.id OR told.conversation_id IN (
              SELECT other.conversation_id FROM linked_conversations AS other
              WHERE other.person_id = linked.person_id)))
    GROUP BY GROUPING SETS ((conversation.locale, conversation.channel), ())
"""
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
# Who has linked channels may have been told on another account than that of the send.
ACCOUNTS_OF_REACHED = text("""
    SELECT account_id FROM announcement_sends WHERE announcement_id = ANY (CAST(:numbers AS bigint[]))
    UNION SELECT conversation.account_id FROM linked_conversations AS linked
    JOIN announcement_deliveries AS told ON told.conversation_id = linked.conversation_id
    JOIN conversations AS conversation ON conversation.id = linked.conversation_id
    WHERE told.announcement_id = ANY (CAST(:numbers AS bigint[]))
""")


@dataclass(frozen=True, slots=True)
class Part:
    """Residents who read one language on one channel."""

    locale: str
    channel: str
    residents: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many residents an announcement is for.

    Attributes:
        residents: all of them; who has several linked channels is one.
        parts: the same by language and channel, the most first; linked channels are counted each.
        waiting: so many of them had not been told of what it corrects.
        instead_of: what those wait for who are still to be told: in the same hours, and as fast, the correction comes.
    """

    residents: int
    parts: Sequence[Part]
    waiting: int = 0
    instead_of: Sequence[AnnouncementRow] = ()


@dataclass(frozen=True, slots=True)
class Whom:
    """An audience in a place: what the statements are given.

    With `corrects` it is exactly those whom that announcement has reached, instead; counted, with those who still wait
    for that one where `by`, the number of what corrects it, is given (0: it has none yet). Those whom any of `also` has
    reached are among it, whatever else it is. Of an alert those are counted, too, who want nothing else unasked.
    """

    audience: Audience
    city: str
    topic: str
    districts: Sequence[str] = ()
    corrects: int | None = None
    agency: str = ""
    also: Sequence[int] = ()
    by: int | None = None
    is_alert: bool = False

    @classmethod
    def of(cls, row: AnnouncementRow) -> "Whom":
        """Whom an announcement is for."""
        by = row.id if row.corrects is not None and row.earlier is not Earlier.OVER else None
        is_alert = row.kind is Kind.ALERT
        whom = (row.audience, row.city, row.topic, row.districts, row.corrects, row.agency, row.also_reached)
        return cls(*whom, by=by, is_alert=is_alert)

    @classmethod
    def for_draft(cls, draft: Draft, corrects: int | None = None) -> "Whom":
        """Whom a draft is for; with `corrects` whom that announcement has reached."""
        whom = (draft.audience, draft.city, draft.topic, draft.districts, corrects, draft.agency)
        return cls(*whom, is_alert=draft.kind is Kind.ALERT)

    async def count(self, connection: AsyncConnection) -> int:
        """How many residents it is for, now."""
        return (await self.reach(connection)).residents

    async def reach(self, connection: AsyncConnection) -> Reach:
        """How many residents it is for, now; in all, by language and channel, and of a correction those who wait."""
        is_first = bool((await connection.execute(IS_FIRST)).scalar_one())
        await connection.execute(TWO if is_first else ALONE)
        values = {**self._narrowed(), **self._values(), "is_alert": self.is_alert}
        found = list[Part]()
        parts_of = self._parts_of(is_first=is_first)
        accounts = {"accounts": await self.accounts(connection)}
        for account, channel in (await connection.execute(CHANNELS, accounts)).all():
            for row in await connection.execute(parts_of, {**values, "account_id": account}):
                found += [Part(locale, channel, residents) for locale, residents in zip(LOCALES, row, strict=True)]
        await connection.execute(ALONE)
        whom, told = self._kind, [*self.also, *([] if self.corrects is None else [self.corrects])]
        vain, unreached, linked = COUNTED_OFF[bool(self.also)]
        less = list(await connection.execute(self._less(vain[whom]), values))
        if told:
            less += await connection.execute(self._less(unreached[whom]), {**values, "told": told})
        found += [Part(row.locale, row.channel, -row.residents) for row in less]
        twice = int((await connection.execute(self._less(linked[whom]), values)).scalar_one())
        still = await self._waiting(connection)
        parts = [part for part in _together([*found, *still.parts]) if part.residents]
        residents = sum(part.residents for part in found) - twice + still.residents
        return Reach(residents, parts, still.residents, still.instead_of)

    def _parts_of(self, *, is_first: bool) -> TextClause:
        """What counts conversations of an account."""
        which = self._kind
        if which == "area":
            which = f"{SMALLER}area" if self._is_small else OR_FOLLOWERS if self.audience.and_followers else which
        one, two = (PARTS_AND_BEFORE, HALVES_AND_BEFORE) if self.also else (PARTS, HALVES)
        more = max(0, len(self.audience.services) - 1)
        return _of_parts((two if is_first else one)[which], self._whom_less, len(self.also), more)

    async def _waiting(self, connection: AsyncConnection) -> Reach:
        """Those who wait for what is corrected, or did: they are told the correction in its place. Of others nobody."""
        if self.corrects is None or self.by is None:
            return Reach(0, ())
        values: dict[str, Any] = {"wrong": self.corrects, "by": self.by, "before": [self.corrects, *self.also]}
        pages, instead_of = [PUT_BY], dict[int, AnnouncementRow]()
        for number, row in enumerate((await connection.execute(RESTS, values)).all()):
            send = row._asdict()
            account, beyond = send.pop("account_id"), send.pop("beyond")
            other = AnnouncementRow.of(send)
            instead_of[other.id], waits = other, Whom.of(other)
            page = f"({PAGES[waits._which]} UNION {PAGE_BEFORE})" if waits.also else PAGES[waits._which]
            of_page = {**waits._values(), "account_id": account, "beyond": beyond, "limit": None}
            pages.append(PARAMETER.sub(rf":\1_{number}", _lessened(page, waits._whom_less)))
            values |= {f"{name}_{number}": value for name, value in of_page.items()}
        statement = text(STILL.replace("<pages>", " UNION ".join(pages)))
        found = (await connection.execute(statement, {**values, "is_alert": self.is_alert})).all()
        residents = sum(row.residents for row in found if row.locale is None)
        parts = [Part(row.locale, row.channel, row.conversations) for row in found if row.locale is not None]
        return Reach(residents, _together(parts), residents, list(instead_of.values()))

    async def accounts(self, connection: AsyncConnection) -> list[int]:
        """The accounts on which there may be somebody."""
        earlier = [*self.also, *([self.corrects] if self.corrects is not None else [])]
        reached = (
            list((await connection.execute(ACCOUNTS_OF_REACHED, {"numbers": earlier})).scalars()) if earlier else []
        )
        if self.corrects is not None:
            return reached
        if self.audience.whom == "followers":
            found = await connection.execute(ACCOUNTS_OF_FOLLOWERS, {"city": self.city, "topic": self.topic})
        elif self.audience.whom == "list":
            found = await connection.execute(ACCOUNTS_OF_LIST, {"list": self.audience.list})
        elif self.audience.whom == "area":
            found = await connection.execute(ACCOUNTS_OF_PLACES, {"city": self.city})
            if self.audience.and_followers:
                values = {"city": self.city, "topic": self.topic}
                reached = [*reached, *(await connection.execute(ACCOUNTS_OF_FOLLOWERS, values)).scalars()]
        else:
            found = await connection.execute(ACCOUNTS_OF_CITY, {"city": self.city})
        return list(dict.fromkeys([*found.scalars(), *reached]))

    async def drawn(self, connection: AsyncConnection, limit: int) -> list[UUID] | None:
        """Some conversations at random, of an area; None of another audience, whose conversations follow each other."""
        if self._which not in ("area", "some area"):
            return None
        statement = DRAWN if self._which == "area" else SOME_DRAWN
        return list((await connection.execute(self._less(statement), {**self._values(), "limit": limit})).scalars())

    async def missing(self, connection: AsyncConnection) -> list[int]:
        """Lists that it names, also to leave them out, and that are not there: of another agency, or over."""
        named = self.audience.lists if self.corrects is None else frozenset[int]()
        if not named:
            return []
        values = {"lists": sorted(named), "city": self.city, "agency": self.agency}
        return sorted(named.difference((await connection.execute(THERE, values)).scalars()))

    async def next(
        self, connection: AsyncConnection, account: int, beyond: UUID, limit: int
    ) -> list[tuple[UUID, bool]]:
        """The next conversations of an account, and whether each is linked with others."""
        values = {**self._values(), "account_id": account, "beyond": beyond, "limit": limit}
        nexts = NEXTS_AND_BEFORE if self.also else NEXTS
        statement = self._less(nexts[self._which], "OFFSET 0")
        return [(row.id, row.is_linked) for row in await connection.execute(statement, values)]

    @property
    def _is_small(self) -> bool:
        area = self.audience.area
        return area is not None and sum(last - first + 1 for first, last in ranges_of(area)) <= FEW_SQUARES

    @property
    def _kind(self) -> str:
        return self.audience.whom if self.corrects is None else "corrected"

    @property
    def _which(self) -> str:
        if self.corrects is not None:
            return "corrected"
        audience, whom = self.audience, self.audience.whom
        is_narrowed = audience.languages or audience.channels or audience.without_topics or audience.without
        return f"some {whom}" if whom in ("followers", "area") and is_narrowed else whom

    def _values(self) -> Mapping[str, Any]:
        return {**self._of_audience(), **({"also": list(self.also)} if self.also else {})}

    def _of_audience(self) -> Mapping[str, Any]:
        if self.corrects is not None:
            return {"corrects": self.corrects}
        audience, narrowed = self.audience, self._narrowed()
        match self._which:
            case "followers":
                return {"city": self.city, "topic": self.topic, "districts": list(self.districts)}
            case "some followers":
                return {"city": self.city, "topic": self.topic, "districts": list(self.districts), **narrowed}
            case "area" | "some area":
                where = {"city": self.city, "topic": self.topic, "districts": list(self.districts)}
                return {**where, **self._squares(), **(narrowed if self._which == "some area" else {})}
            case "users":
                return {"city": self.city, "services": list(audience.services), **narrowed}
            case "list":
                return {"city": self.city, "agency": self.agency, "list": audience.list, **narrowed}
            case _:
                return {"city": self.city, **narrowed}

    def _narrowed(self) -> Mapping[str, Any]:
        audience = self.audience if self.corrects is None else Audience()
        return {
            "city": self.city,
            "languages": list(audience.languages),
            "channels": list(audience.channels),
            "without": list(audience.without_topics),
            **self._left_out(),
        }

    @property
    def _others(self) -> Sequence["Whom"]:
        """Whom it leaves out, of services one by one."""
        without = self.audience.without if self.corrects is None else ()
        apart = [
            one.model_copy(update={"services": services})
            for one in without
            for services in ([(each,) for each in one.services] if one.whom == "users" else [one.services])
        ]
        audiences = [Audience.model_validate(one.model_dump(exclude={"name"})) for one in apart]
        return [Whom(one, self.city, self.topic, self.districts, agency=self.agency) for one in audiences]

    @property
    def _whom_less(self) -> tuple[str, ...]:
        """What kinds of audiences are left out, and last as often as there are topics that followers of topics are."""
        if self.corrects is not None:
            return ()
        kinds = (f"{SMALLER if one._is_small else ''}{one.audience.whom}" for one in self._others)
        return (*kinds, *(TOPICS for _ in self.audience.without_topics))

    def _less(self, statement: TextClause, offset: str = "") -> TextClause:
        """A statement without those whom the audience leaves out."""
        return _without(statement.text, self._whom_less, offset) if self._whom_less else statement

    def _left_out(self) -> Mapping[str, Any]:
        """What its part of a statement is given of each whom it leaves out."""
        values = dict[str, Any]()
        for at, other in enumerate(self._others):
            given = {**other._of_audience(), **other._narrowed()}
            values |= {_named_less(at, name): value for name, value in given.items()}
        return values

    def _squares(self) -> Mapping[str, Any]:
        assert self.audience.area is not None
        ground = raster_of(self.audience.area)
        return {
            "first": ground.first,
            "last": ground.last,
            "width": ground.width,
            "squares": ground.squares,
            "and_followers": self.audience.and_followers,
        }


@lru_cache(maxsize=256)
def _without(statement: str, less: tuple[str, ...], offset: str) -> TextClause:
    return text(_lessened(statement, less, offset))


@lru_cache(maxsize=256)
def _of_parts(statement: str, less: tuple[str, ...], before: int, services: int) -> TextClause:
    """A count of parts of an account: with whom so many others reached, and of so many services after the first."""
    others = "".join(ONE_BEFORE.replace("<number>", str(number + 1)) for number in range(before))
    more = "".join(f"UNION {ONE_SERVICE.replace('<number>', str(number + 2))}" for number in range(services))
    said = BEFORE_OF_ACCOUNT.sub(lambda side: others.replace("<side>", side[1]), statement)
    said = MORE_OF_ACCOUNT.sub(lambda side: more.replace("<side>", side[1]), said)
    return text(_lessened(said, less))


def _lessened(statement: str, less: Sequence[str], offset: str = "") -> str:
    """A statement that leaves out audiences of these kinds, each with its parameters, and followers of topics."""
    kinds, topics = [one for one in less if one != TOPICS], less.count(TOPICS)
    clauses = [f"AND {FOLLOWS_NONE}"] if topics else []
    mine = [f"AND {FOLLOWS_NONE_MINE.replace('<number>', str(number + 1))}" for number in range(topics)]
    for at, one in enumerate(kinds):
        clauses.append(_of_less(at, LEAVES_OUT[one.removeprefix(SMALLER)]))
        mine.append(_of_less(at, LEAVES_OUT_MINE[one]))
    of_account = " ".join(mine).replace("<offset>", "")
    statement = LEFT_OF_ACCOUNT.sub(lambda side: of_account.replace("<side>", side[1]), statement)
    return statement.replace(LESS, " ".join(clauses).replace("<offset>", offset))


def _of_less(at: int, clause: str) -> str:
    """A clause with the parameters of the one that is left out at a place; the account is that of all."""
    return PARAMETER.sub(lambda one: one[0] if one[1] == "account_id" else f":{_named_less(at, one[1])}", clause)


def _named_less(at: int, name: str) -> str:
    """What a parameter is called of the one that is left out at a place, from 0."""
    return f"less_{ascii_lowercase[at]}_{name}"


def _together(parts: Sequence[Part]) -> list[Part]:
    """Parts of the same language and channel as one, the most first."""
    found = dict[tuple[str, str], int]()
    for part in parts:
        found[part.locale, part.channel] = found.get((part.locale, part.channel), 0) + part.residents
    return sorted((Part(*place, residents) for place, residents in found.items()), key=_most_first)


def _most_first(part: Part) -> tuple[int, str, str]:
    return -part.residents, part.locale, part.channel
