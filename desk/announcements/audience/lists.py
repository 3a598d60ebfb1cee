"""Lists that agencies bring: of telephones, or of numbers of cases and tickets. Who is known here is told by them.

A number is looked up by its keyed hash and then forgotten: only which conversations it led to is kept, how many lines
led to none, and of the first that are no numbers how they begin. Nobody comes onto a list that there is, since
approvals are bound to it; who has everything erased goes from it. It ends after `KEPT`.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Literal

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.people import person_of
from desk.announcements.composing.kept import AUDIENCE, KEEPS
from desk.announcements.content import LONGEST_NAME, AnnouncementFault, Audience
from desk.announcements.words import BETWEEN as BETWEEN_NAMES
from desk.audit.trail import record
from desk.contract.errors import NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.contract.telephones import home
from desk.contract.wire import LOCALES, Locale
from desk.store.database import transaction
from desk.store.keys import Keys
from desk.tickets.reference import ticket_id_of

type Of = Literal["telephones", "references"]

KEPT = timedelta(days=30)
LARGEST = 2_000_000  # bytes
MOST_LINES = 150_000
AT_ONCE = 1_000  # lines in a statement
LONGEST_LINE = 100  # characters of what is looked up
NAMED = 10  # lines that are no numbers: so many are said by their number
MARKS = {b"PK\x03\x04": "excel", b"\xd0\xcf\x11\xe0": "excel"}
"""How workbooks begin that are no CSV, and what is said of them."""
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How a file in UTF-16 begins, as spreadsheets write "Unicode text"."""
MOBILE = re.compile(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}")
"""Of the mainland, or from abroad with the sign before it."""
TELEPHONE = re.compile(rf"{MOBILE.pattern}|0[0-9]{{9,11}}|[2-9][0-9]{{6,7}}")
"""The same, or one of a house, with or without the number of its area."""
BETWEEN = str.maketrans("", "", " -()（）　\t")

ADD = text("""
    INSERT INTO announcement_lists (city, agency, name, kind, lines, known, made_by, made_at, good_until)
    VALUES (:city, :agency, :name, :kind, 0, 0, :by, :now, :good_until) RETURNING id
""")
FIND = text("""
    SELECT id, name, lines, known, good_until, unreadable, unread, taken_from FROM announcement_lists
    WHERE id = :id AND city = :city AND agency = :agency
""")
COUNTED = text("""
    UPDATE announcement_lists SET lines = :lines, known = :known, unreadable = :unreadable,
           unread = CAST(:unread AS jsonb), taken_from = :column
    WHERE id = :id
""")
ENTER = """
    , entered AS (
        INSERT INTO announcement_list_members (list_id, account_id, conversation_id)
        SELECT DISTINCT :list, account_id, id FROM found ON CONFLICT DO NOTHING
    )
    SELECT DISTINCT line FROM found
"""
BY_PERSON = text(f"""
    WITH wanted AS (
        SELECT line, person FROM unnest(CAST(:lines AS bigint[]), CAST(:hashes AS text[])) AS one (line, person)
    ), found AS (
        SELECT wanted.line, conversation.account_id, conversation.id FROM wanted
        JOIN residents AS resident ON resident.person = wanted.person
        JOIN conversations AS conversation ON conversation.resident_id = resident.id AND conversation.city = :city
        FOR KEY SHARE OF conversation
    ) {ENTER}
""")
BY_CASE = text(f"""
    WITH wanted AS (
        SELECT line, hash FROM unnest(CAST(:lines AS bigint[]), CAST(:hashes AS bytea[])) AS one (line, hash)
    ), found AS (
        SELECT wanted.line, conversation.account_id, conversation.id FROM wanted
        JOIN cases ON cases.reference_hash = wanted.hash AND cases.city = :city AND cases.agency = :agency
        JOIN conversations AS conversation ON conversation.id = cases.conversation_id
        FOR KEY SHARE OF conversation
    ) {ENTER}
""")
BY_TICKET = text(f"""
    WITH wanted AS (
        SELECT line, ticket FROM unnest(CAST(:lines AS bigint[]), CAST(:tickets AS bigint[])) AS one (line, ticket)
    ), found AS (
        SELECT wanted.line, conversation.account_id, conversation.id FROM wanted
        JOIN tickets ON tickets.id = wanted.ticket AND tickets.city = :city AND tickets.agency = :agency
        JOIN conversations AS conversation ON conversation.id = tickets.conversation_id
        FOR KEY SHARE OF conversation
    ) {ENTER}
""")
# What is told just now goes on to leave out who is on one, also on its last day.
OVER = text("""
    DELETE FROM announcement_lists AS brought
    WHERE good_until <= clock_timestamp() AND NOT EXISTS (
        SELECT FROM announcement_sends AS send
        JOIN announcements ON announcements.id = coalesce(nullif(send.in_place_of, 0), send.announcement_id)
        WHERE send.state <> 'ended'
          AND announcements.audience -> 'without' @> jsonb_build_array(jsonb_build_object('list', brought.id)))
    RETURNING id
""")
FORGET = text("""
    DELETE FROM announcement_audiences WHERE CAST(audience ->> 'list' AS bigint) = ANY (CAST(:ids AS bigint[]))
""")


@dataclass(frozen=True, slots=True)
class MadeList:
    """A list that was taken.

    Attributes:
        id, name, good_until: which it is, and when it ends.
        lines: that had something, each counted once.
        known: so many of them led to somebody.
        unreadable: so many of them were no numbers at all.
        unread: the first of these: where in the file, from 1, and what stands there, masked (`masked`).
        column: from which column they were taken, from 1.
    """

    id: int
    name: str
    lines: int
    known: int
    good_until: datetime
    unreadable: int = 0
    unread: Sequence[tuple[int, str]] = ()
    column: int = 1

    @property
    def where(self) -> list[int]:
        """The lines of `unread`."""
        return [line for line, _ in self.unread]

    @property
    def unknown(self) -> int:
        """Lines that led to nobody here."""
        return self.lines - self.known


@dataclass(frozen=True)
class Lists:
    """The room for programs and commands.

    Args:
        engine: of the store.
        keys: hash what is looked up.
        channels: on which residents are known by their telephone.
        of_case: the hash by which an agency's number of a case is found.
        now: the clock.
    """

    engine: AsyncEngine
    keys: Keys
    channels: Sequence[str]
    of_case: Callable[[str], bytes]
    now: Callable[[], datetime]

    async def upload(self, actor: Actor, city: str, agency: str, name: str, kind: Of, content: bytes) -> MadeList:
        """Take a list: the first column of each line. It becomes an audience that the agency keeps under this name.

        Of telephones it is the only column with mobile numbers, where the first has none.

        Raises:
            AnnouncementFault: it cannot be read, is too long, empty or without any number, or the name is no name; or
                several columns hold mobile numbers, and the first does not.
            NotPermitted: the actor does not write for this agency.
        """
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, city, agency)
        said = name.strip()
        if not 0 < len(said) <= LONGEST_NAME:
            said_of = Text(key="console.error_announcement_name", args={"most": LONGEST_NAME})
            message = f"A name has 1 to {LONGEST_NAME} characters."
            raise AnnouncementFault(message, field="list_name", said=said_of)
        rows = list(rows_of(content))
        column = _column(rows) if kind == "telephones" else 0
        first = dict[str, int]()
        for at, entry in entries_of(rows, column):
            first.setdefault(entry, at)
        lines = [(at, entry) for entry, at in first.items()]
        if not lines:
            raise _fault("There is nothing on this list.", "empty")
        wrong = [at for at, entry in lines if kind == "telephones" and _telephone(entry) is None]
        if len(wrong) == len(lines):
            which = "no_numbers" if len(wrong) <= NAMED else "no_numbers_more"
            where = wrong[:NAMED]
            raise _fault(f"No line is a telephone number: {_some(where, 'en')}.", which, lines=_named(where))
        place = {"city": city, "agency": agency}
        now = self.now()
        async with transaction(self.engine) as connection:
            made = {**place, "name": said, "kind": kind, "by": actor.login, "now": now, "good_until": now + KEPT}
            number = int((await connection.execute(ADD, made)).scalar_one())
            known: set[int] = set()
            for some in batched(lines, AT_ONCE, strict=False):
                look = self._telephones if kind == "telephones" else self._references
                known |= await look(connection, {**place, "list": number}, some)
            counts = {"lines": len(lines), "known": len(known)}
            unread = [(at, masked(entry)) for at, entry in lines if at in set(wrong[:NAMED])]
            left = {"unreadable": len(wrong), "unread": json.dumps(unread), "column": column + 1}
            await connection.execute(COUNTED, {"id": number, **counts, **left})
            audience = Audience(whom="list", list=number).model_dump_json()
            await connection.execute(KEEPS[AUDIENCE], {**place, "name": said, "kept": audience, "by": actor.login})
            await record(
                connection,
                actor,
                "announcement.upload_list",
                subject=str(number),
                city=city,
                agency=agency,
                details={"kind": kind, **counts},
            )
        return MadeList(number, said, len(lines), len(known), now + KEPT, len(wrong), unread, column + 1)

    async def find(self, city: str, agency: str, number: int) -> MadeList | None:
        """A list of an agency, as it was taken; None: it has none of this number, or it is over."""
        async with self.engine.connect() as connection:
            found = (await connection.execute(FIND, {"id": number, "city": city, "agency": agency})).one_or_none()
        if found is None:
            return None
        unread = [(line, said) for line, said in found.unread]
        return MadeList(
            found.id,
            found.name,
            found.lines,
            found.known,
            found.good_until,
            found.unreadable,
            unread,
            found.taken_from,
        )

    async def _telephones(
        self, connection: AsyncConnection, into: dict[str, object], some: Sequence[tuple[int, str]]
    ) -> set[int]:
        pairs = [
            (line, person_of(self.keys, channel, number))
            for line, written in some
            if (number := _telephone(written)) is not None
            for channel in self.channels
        ]
        values = {"list": into["list"], "city": into["city"]}
        values |= {"lines": [line for line, _ in pairs], "hashes": [person for _, person in pairs]}
        return set((await connection.execute(BY_PERSON, values)).scalars())

    async def _references(
        self, connection: AsyncConnection, into: dict[str, object], some: Sequence[tuple[int, str]]
    ) -> set[int]:
        lines = [line for line, _ in some]
        hashes = [self.of_case(written) for _, written in some]
        known = set((await connection.execute(BY_CASE, {**into, "lines": lines, "hashes": hashes})).scalars())
        tickets = [(line, ticket) for line, written in some if (ticket := _ticket(written)) is not None]
        values = {**into, "lines": [line for line, _ in tickets], "tickets": [ticket for _, ticket in tickets]}
        return known | set((await connection.execute(BY_TICKET, values)).scalars())


async def forget_over(connection: AsyncConnection) -> int:
    """Forget lists whose time is over, and the audiences kept of them; how many."""
    ids = list((await connection.execute(OVER)).scalars())
    if ids:
        await connection.execute(FORGET, {"ids": ids})
    return len(ids)


def entries_of(rows: Iterable[tuple[int, Sequence[str]]], column: int = 0) -> Iterator[tuple[int, str]]:
    """What stands in a column of each line, with the line's number; a first one without a digit is a heading."""
    for at, (line, cells) in enumerate(rows):
        entry = cells[column] if column < len(cells) else ""
        if entry and not (at == 0 and not any(char.isdigit() for char in entry)):
            yield line, entry[:LONGEST_LINE]


def rows_of(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """What stands in each line, by column, with its number from 1.

    UTF-8, GB 18030 as spreadsheets in China write, or UTF-16 with its mark; commas, semicolons or tabs.

    Raises:
        AnnouncementFault: it is none of these, or too long.
    """
    if len(content) > LARGEST:
        raise _fault(f"A list has at most {LARGEST:,} bytes.", "large", megabytes=LARGEST // 1_000_000)
    written = _decoded(content)
    first = written.partition("\n")[0]
    comma = next((one for one in ",;\t" if one in first), ",")
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=comma)
    try:
        for at, row in enumerate(reader):
            if at > MOST_LINES:
                raise _fault(f"A list has at most {MOST_LINES:,} lines.", "long", most=MOST_LINES)
            yield reader.line_num, [cell.strip().removeprefix("'").strip() for cell in row]
    except csv.Error as exc:
        raise _fault(f"Line {reader.line_num} is no line of a CSV file.", "line", line=reader.line_num) from exc


def _decoded(content: bytes) -> str:
    which = next((said for mark, said in MARKS.items() if content.startswith(mark)), None)
    if which is not None:
        raise _fault("This is a workbook: save it as CSV.", which)
    for encoding in ("utf-16",) if content.startswith(WIDE) else ("utf-8-sig", "gb18030"):
        try:
            written = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in written:
            raise _fault("This is no CSV file.", "binary")
        return written
    raise _fault("The list is written neither in UTF-8 nor in GB 18030.", "encoding")


def masked(entry: str) -> str:
    """What stands in a line that is no number: its first character, by which its editor finds it. It may be a name."""
    return entry if len(entry) == 1 else f"{entry[0]}***"


def _column(rows: Iterable[tuple[int, Sequence[str]]]) -> int:
    """The column, from 0, that holds mobile numbers: the first, or the only other one; the first where none does."""
    found = {at for _, cells in rows for at, cell in enumerate(cells) if MOBILE.fullmatch(_dense(cell))}
    if not found or 0 in found:
        return 0
    if len(found) > 1:
        columns = [one + 1 for one in sorted(found)][:NAMED]
        message = f"The first column holds no mobile numbers, but {_some(columns, 'en')} do."
        raise _fault(message, "columns", columns=_named(columns))
    return found.pop()


def _telephone(written: str) -> str | None:
    """A telephone number without what people write between digits; None: it is none."""
    number = _dense(written)
    return number if TELEPHONE.fullmatch(number) else None


def _dense(written: str) -> str:
    """A number without what people write between digits; of the mainland without what stands before it abroad."""
    return home(written[:LONGEST_LINE].translate(BETWEEN))


def _some(numbers: Iterable[int], locale: Locale) -> str:
    return str(BETWEEN_NAMES[locale]).join(map(str, numbers))


def _named(numbers: Sequence[int]) -> JsonValue:
    """Numbers beside each other, as each language writes them."""
    return {"name": {locale: _some(numbers, locale) for locale in LOCALES}}


def _fault(message: str, which: str, **args: JsonValue) -> AnnouncementFault:
    """What is wrong with the file."""
    said = Text(key=f"console.error_announcement_list_{which}", args=dict(args))
    return AnnouncementFault(message, field="list_file", said=said)


def _ticket(written: str) -> int | None:
    try:
        return ticket_id_of(written)
    except NotFound:
        return None
