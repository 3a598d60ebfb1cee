"""Announcements for programs: written, submitted, approved, followed, corrected, cancelled.

What makes something new carries an `Idempotency-Key`: asked again with it, nothing new is made.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.checking.checks import checks_on
from desk.announcements.composing.kept import Kept
from desk.announcements.composing.reviewing import asked_of
from desk.announcements.content import LONGEST_NAME, MOST_LEFT_OUT, AnnouncementFault, Draft, Earlier, State
from desk.announcements.looking import Looking
from desk.announcements.measuring.figures import result_of
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.announcements.telling.pace import quiet_end
from desk.announcements.trials import MOST as MOST_TRIED
from desk.announcements.trials import Trials
from desk.api.access import PROGRAM, program
from desk.api.wire import NUMBER, WORDS, Act, Nothing, Written, answer, body_of, number_in
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Permission
from desk.contract.wire import Locale, Slug
from desk.publicity.attempts import Republishing
from desk.web.gate import insist_on_pace
from desk.web.parts import PARTS
from desk.web.problems import Problem, not_valid

type Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=WORDS)]
type Names = Annotated[tuple[Name, ...], Field(max_length=MOST_LEFT_OUT)]
type Number = Annotated[int, Field(ge=1, lt=10**18)]
ROOM = web.AppKey("api_announcements", Announcements)
TRIALS = web.AppKey("api_trials", Trials)
PATH = "/api/v1/announcements"
ONE = f"{PATH}/{NUMBER}"
KEY = "Idempotency-Key"
LONGEST_KEY = 100

KNOWN = text("SELECT digest, announcement_id FROM api_requests WHERE login = :login AND key = :key")
KEEP = text("""
    INSERT INTO api_requests (login, key, digest, announcement_id) VALUES (:login, :key, :digest, :announcement)
    ON CONFLICT DO NOTHING RETURNING key
""")


class New(Written):
    """What is to be announced. With `submit` it is handed to those who approve, or begins where nobody has to.

    `audience` names one that the agency keeps, a query or a list: it is told to those, as they are now, in place of the
    draft's. `leave_out` names audiences and lists that it keeps: nobody in them, as they are now, is told; they stand
    in `without` of the draft's audience from then on.
    """

    draft: Draft
    corrects: Number | None = None
    submit: bool = False
    audience: Name | None = None
    leave_out: Names = ()


class Change(Written):
    """What it is to be from now on; `version` is the one that was changed. `audience`, `leave_out` as of a new one."""

    draft: Draft
    version: Number
    audience: Name | None = None
    leave_out: Names = ()


class Approval(Written):
    """Which version was read, in which languages."""

    version: Number
    languages: Annotated[list[Locale], Field(min_length=1)]


class Why(Written):
    """Why something is done."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=WORDS)]


class Hurry(Why):
    """Why it is sent at once, and which version. `in_quiet_hours`: also where quiet hours hold now."""

    version: Number
    in_quiet_hours: bool = False


class Withdrawal(Written):
    """Why it is taken back, for the history.

    `tell`: exactly those whom it reached are told that it no longer holds; null: where it is still to come or in force.
    `post`: it is said on the public accounts where it stands, too, without a reason; null: as above.
    `why` is what they read of the reason, by language; where they are many it waits for another person's approval.
    """

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    tell: bool | None = None
    post: bool | None = None
    why: dict[Locale, str] = Field(default_factory=dict)


class Announcement(Written):
    """An announcement as it stands. Times are ISO 8601 with an offset.

    `earlier`: the one that it is about (`corrects`) was not wrong, but has changed or is over.
    """

    announcement: int
    state: State
    version: int
    draft: Draft
    corrects: int | None
    earlier: Earlier | None
    submitted_by: str | None
    published_at: str | None
    withdrawn: bool


class Alone(Written):
    """How many residents of the city the account may tell within 24 hours without a second person.

    `most` of them all together, of whom so many are `left`; `says` is whether and why this one needs a second person.
    """

    most: int
    left: int
    says: str


class Details(Announcement):
    """The same with whom it reaches, what is still to be read by an approver, and what became of its messages.

    `waiting`: so many of `recipients` had not been told of what it corrects. `alone` is what the account that asks may
    tell without a second person. `paused` are the accounts on which nobody else is told for now, each with the reason.
    `quiet_until`, once it was approved: the city's quiet hours keep it until then, a correction only from those who
    still wait; the others are told at once. `checks`: what to look at once more before it is approved, in English; it
    hinders nothing. `asked`: whom its editors asked to read a language, by login. `rendered` is
    what residents read, by language; of what is not written yet an ellipsis.
    """

    recipients: int
    waiting: int
    quiet_until: str | None
    alone: Alone
    checks: list[str]
    asked: dict[Locale, str]
    waits_for: list[Locale]
    rendered: dict[Locale, str]
    told: int
    outcomes: list[dict[str, str | int]]
    paused: list[dict[str, str]]


class Tried(Written):
    """A call to the platform. `outcome`: sending, taken, later (not for now), refused, unknown or interrupted."""

    at: str
    outcome: str
    why: str | None


class PublicPost(Written):
    """What became of it on a public account. `state`: waiting, sending, sent, rejected or unknown.

    `withdraws`: it says there that the announcement was withdrawn.
    """

    account: str
    channel: str
    kind: str
    state: str
    residents: int | None
    platform_id: str | None
    why: str | None
    withdraws: bool
    attempts: list[Tried]


class Posts(Written):
    """What became of an announcement on public accounts."""

    posts: list[PublicPost]


class Again(Written):
    """On which account what failed is published again.

    `looked`: somebody looked there, and what is unknown does not stand there.
    """

    account: Annotated[str, Field(min_length=1, max_length=200, pattern=WORDS)]
    looked: bool = False


class Wanted(Written):
    """Which announcements are listed; `approved`: only what the account approved."""

    state: tuple[State, ...] = ()
    city: Slug | None = None
    agency: Slug | None = None
    approved: bool = False
    before: Number | None = None


class Trial(Written):
    """Who gets a trial, by login: members of staff who read this agency's announcements and have left an address."""

    to: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100, pattern=WORDS)]],
        Field(min_length=1, max_length=MOST_TRIED),
    ]


class Sent(Written):
    """To whom a trial was sent, by login."""

    to: list[str]


class Example(Written):
    """Somebody who would be told: which language they read, on which channel, and what they would read."""

    language: Locale
    channel: str
    text: str


class Examples(Written):
    """Some of those whom an announcement is for, drawn by chance; `are_all`: there are no others."""

    examples: list[Example]
    are_all: bool


class Page(Written):
    """Announcements, the newest first; `before` asks for the following ones, null where there are none."""

    announcements: list[Announcement]
    before: int | None


@program(Permission.ANNOUNCEMENT_PUBLISH)
async def create(request: web.Request) -> web.Response:
    """Write an announcement, or a correction. 201, or 200 where the same was asked for before."""
    wanted, (key, digest) = await body_of(request, New), await _key(request)
    actor, room = request[PROGRAM], request.app[ROOM]
    known = {"login": actor.login, "key": key}

    async def keep(connection: AsyncConnection, row: AnnouncementRow) -> None:
        kept = await connection.execute(KEEP, {**known, "digest": digest, "announcement": row.id})
        if kept.one_or_none() is None:
            raise _Repeated

    found = await _known(room, known, digest)
    if found is None:
        try:
            draft = await _for_audience(room, actor, wanted)
            row = await room.create(actor, draft, corrects=wanted.corrects, besides=keep)
        except _Repeated:  # by another request with the same key, just now
            found = await _known(room, known, digest)
    if found is not None:
        row = await room.find(actor, found)
    if wanted.submit and row.state is State.DRAFT and row.version == 1:
        row = await _submitted(room, actor, row.id)
    return answer(_shown(row), status=201 if found is None else 200)


@program(Permission.ANNOUNCEMENT_READ)
async def listing(request: web.Request) -> web.Response:
    """Announcements of the agencies that the account reads; `?city=&agency=&state=&approved=&before=`."""
    query = request.query
    asked = {name: query[name] for name in ("city", "agency", "approved", "before") if name in query}
    try:
        wanted = Wanted.model_validate({**asked, "state": query.getall("state", [])})
    except ValidationError as exc:
        raise not_valid(exc, "query") from exc
    found = await request.app[ROOM].all(
        request[PROGRAM],
        states=wanted.state,
        city=wanted.city,
        agency=wanted.agency,
        before=wanted.before,
        approved_by=request[PROGRAM].login if wanted.approved else None,
        limit=LIMIT,
    )
    page = Page(announcements=[_shown(one) for one in found], before=found[-1].id if len(found) == LIMIT else None)
    return answer(page)


@program(Permission.ANNOUNCEMENT_READ)
async def show(request: web.Request) -> web.Response:
    """One announcement, whom it reaches, and what became of it."""
    room, number = request.app[ROOM], number_in(request)
    standing = await room.standing(request[PROGRAM], number)
    async with room.engine.connect() as connection:
        result = await result_of(connection, number)
    outcomes: Sequence[dict[str, str | int]] = [
        {"channel": one.channel, "state": one.state, "residents": one.residents} for one in result.outcomes
    ]
    row = standing.row
    quiet = quiet_end(row, standing.reach, room.cities[row.city], room.now())
    shown = Details(
        **_shown(row).model_dump(),
        recipients=standing.recipients,
        waiting=standing.reach.waiting,
        quiet_until=None if quiet is None else quiet.isoformat(timespec="seconds"),
        alone=Alone(
            most=standing.share.most,
            left=standing.share.left,
            says=room.catalogs.text(standing.second, "en"),
        ),
        checks=[room.catalogs.text(one, "en") for one in await checks_on(Looking(room), request[PROGRAM], standing)],
        asked=dict(asked_of(standing.history)),
        waits_for=list(standing.waits_for),
        rendered=room.rendered(row),
        told=result.told,
        outcomes=list(outcomes),
        paused=[{"account": one.account, "why": one.why or ""} for one in result.sends if one.state == "paused"],
    )
    return answer(shown)


@program(Permission.ANNOUNCEMENT_PUBLISH)
async def change(request: web.Request) -> web.Response:
    """Change it: a new version, which nobody has approved. 409 where somebody changed it meanwhile."""
    wanted, actor, room = await body_of(request, Change), request[PROGRAM], request.app[ROOM]
    draft = await _for_audience(room, actor, wanted)
    return answer(_shown(await room.save(actor, number_in(request), wanted.version, draft)))


@program(Permission.ANNOUNCEMENT_PUBLISH)
async def submit(request: web.Request) -> web.Response:
    """Hand it to those who approve; it begins where nobody has to."""
    return answer(_shown(await request.app[ROOM].submit(request[PROGRAM], number_in(request))))


@program(Permission.ANNOUNCEMENT_APPROVE)
async def approve(request: web.Request) -> web.Response:
    """Approve what another wrote. 403 for one's own."""
    wanted = await body_of(request, Approval)
    row = await request.app[ROOM].approve(request[PROGRAM], number_in(request), wanted.version, wanted.languages)
    return answer(_shown(row))


@program(Permission.ANNOUNCEMENT_APPROVE)
async def give_back(request: web.Request) -> web.Response:
    """Return it to be changed."""
    wanted = await body_of(request, Why)
    return answer(_shown(await request.app[ROOM].give_back(request[PROGRAM], number_in(request), wanted.reason)))


@program(Permission.ANNOUNCEMENT_APPROVE)
async def reject(request: web.Request) -> web.Response:
    """Refuse it for good."""
    wanted = await body_of(request, Why)
    return answer(_shown(await request.app[ROOM].reject(request[PROGRAM], number_in(request), wanted.reason)))


@program(Permission.ANNOUNCEMENT_APPROVE)
async def hurry(request: web.Request) -> web.Response:
    """Send at once what waits for its time or for the end of quiet hours. 403 for one's own above the city's limit."""
    wanted, number = await body_of(request, Hurry), number_in(request)
    act = request.app[ROOM].hurry(
        request[PROGRAM], number, wanted.version, wanted.reason, in_quiet_hours=wanted.in_quiet_hours
    )
    return answer(_shown(await act))


@program(Permission.ANNOUNCEMENT_WITHDRAW)
async def cancel(request: web.Request) -> web.Response:
    """Stop it wherever it is."""
    wanted = await body_of(request, Why)
    return answer(_shown(await request.app[ROOM].cancel(request[PROGRAM], number_in(request), wanted.reason)))


@program(Permission.ANNOUNCEMENT_WITHDRAW)
async def withdraw(request: web.Request) -> web.Response:
    """Take back what was published; whom it reached are told so where it still matters, or as is asked."""
    wanted, number = await body_of(request, Withdrawal), number_in(request)
    act = request.app[ROOM].withdraw(
        request[PROGRAM], number, wanted.reason, tell=wanted.tell, post=wanted.post, why=wanted.why
    )
    return answer(_shown(await act))


@program(Permission.ANNOUNCEMENT_WITHDRAW)
async def pause(request: web.Request) -> web.Response:
    """Tell nobody else for now."""
    wanted, number = await body_of(request, Why), number_in(request)
    await request.app[ROOM].pause(request[PROGRAM], number, wanted.reason)
    return answer(_shown(await request.app[ROOM].find(request[PROGRAM], number)))


@program(Permission.ANNOUNCEMENT_WITHDRAW)
async def resume(request: web.Request) -> web.Response:
    """Go on with what was paused."""
    number = number_in(request)
    await request.app[ROOM].resume(request[PROGRAM], number)
    return answer(_shown(await request.app[ROOM].find(request[PROGRAM], number)))


@program(Permission.ANNOUNCEMENT_READ)
async def posts(request: web.Request) -> web.Response:
    """What became of it on public accounts, with the latest attempts of each post."""
    return answer(await _posts(request))


@program(Permission.ANNOUNCEMENT_APPROVE)
async def republish(request: web.Request) -> web.Response:
    """Publish again what failed on one account. 409: nothing did, it is over, or nobody looked at what is unknown."""
    wanted = await body_of(request, Again)
    room = Republishing(request.app[ROOM])
    await room.again(request[PROGRAM], number_in(request), wanted.account, looked=wanted.looked)
    return answer(await _posts(request))


@program(Permission.ANNOUNCEMENT_READ)
async def examples(request: web.Request) -> web.Response:
    """Up to ten of those whom it is for, drawn by chance, and what each would read."""
    room, actor, number = request.app[ROOM], request[PROGRAM], number_in(request)
    drawn = await Looking(room).examples(actor, number)
    texts = room.rendered(await room.find(actor, number))
    shown = [Example(language=one.locale, channel=one.channel, text=texts[one.locale]) for one in drawn.examples]
    return answer(Examples(examples=shown, are_all=drawn.are_all))


@program(Permission.ANNOUNCEMENT_READ)
async def trial(request: web.Request) -> web.Response:
    """Send it to colleagues by mail, as residents would read it. No resident gets it, and nothing counts it."""
    wanted, actor = await body_of(request, Trial), request[PROGRAM]
    await insist_on_pace(request, "trials", request.app[PARTS].limits.trials, actor.login)
    return answer(Sent(to=list(await request.app[TRIALS].send(actor, number_in(request), wanted.to))))


async def _posts(request: web.Request) -> Posts:
    found = await Republishing(request.app[ROOM]).on_accounts(request[PROGRAM], number_in(request))
    names = ("account", "channel", "kind", "state", "residents", "platform_id", "why", "withdraws")
    shown = []
    for post in (post for one in found for post in one.posts):
        tried = [
            Tried(at=one.began_at.isoformat(timespec="seconds"), outcome=one.outcome, why=one.why)
            for one in post.attempts
        ]
        shown.append(PublicPost(**{name: getattr(post, name) for name in names}, attempts=tried))
    return Posts(posts=shown)


LIMIT = 50
ACTS: tuple[Act, ...] = (
    ("post", PATH, create, New, Announcement),
    ("get", PATH, listing, Nothing, Page),
    ("get", ONE, show, Nothing, Details),
    ("put", ONE, change, Change, Announcement),
    ("post", f"{ONE}/submit", submit, Nothing, Announcement),
    ("post", f"{ONE}/approve", approve, Approval, Announcement),
    ("post", f"{ONE}/return", give_back, Why, Announcement),
    ("post", f"{ONE}/reject", reject, Why, Announcement),
    ("post", f"{ONE}/hurry", hurry, Hurry, Announcement),
    ("post", f"{ONE}/cancel", cancel, Why, Announcement),
    ("post", f"{ONE}/withdraw", withdraw, Withdrawal, Announcement),
    ("post", f"{ONE}/pause", pause, Why, Announcement),
    ("post", f"{ONE}/resume", resume, Nothing, Announcement),
    ("get", f"{ONE}/posts", posts, Nothing, Posts),
    ("post", f"{ONE}/republish", republish, Again, Posts),
    ("get", f"{ONE}/examples", examples, Nothing, Examples),
    ("post", f"{ONE}/trial", trial, Trial, Sent),
)


class _Repeated(Exception):
    """Another request with the same key was first."""


async def _for_audience(room: Announcements, actor: Actor, wanted: New | Change) -> Draft:
    """What is wanted, for the audience that it names, and with those left out whom it names.

    Raises:
        NotFound, AnnouncementFault: as for `Kept.leaving_out`.
    """
    draft, kept = wanted.draft, Kept(room.engine)
    audience = draft.audience
    if wanted.audience is not None:
        audience = await kept.named(actor, draft.city, draft.agency, wanted.audience)
    try:
        less = await kept.leaving_out(actor, draft.city, draft.agency, audience, wanted.leave_out)
    except AnnouncementFault as exc:
        raise AnnouncementFault(str(exc), field="leave_out", said=exc.said) from exc
    return draft.model_copy(update={"audience": less})


async def _submitted(room: Announcements, actor: Actor, number: int) -> AnnouncementRow:
    """Submit it, unless another request with the same key just has."""
    try:
        return await room.submit(actor, number)
    except Conflict:
        row = await room.find(actor, number)
        if row.state is State.DRAFT:
            raise
        return row


async def _known(room: Announcements, known: dict[str, str], digest: bytes) -> int | None:
    """What was made with this key before.

    Raises:
        Conflict: it came with another body.
    """
    async with room.engine.connect() as connection:
        found = (await connection.execute(KNOWN, known)).one_or_none()
    if found is not None and found.digest != digest:
        raise Conflict("This Idempotency-Key came with another body before.")
    return None if found is None else int(found.announcement_id)


def _shown(row: AnnouncementRow) -> Announcement:
    return Announcement(
        announcement=row.id,
        state=row.state,
        version=row.version,
        draft=row.draft,
        corrects=row.corrects,
        earlier=row.earlier,
        submitted_by=row.submitted_by,
        published_at=None if row.published_at is None else row.published_at.isoformat(timespec="seconds"),
        withdrawn=row.withdrawn_at is not None,
    )


async def _key(request: web.Request) -> tuple[str, bytes]:
    key = request.headers.get(KEY, "")
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        reason = f"1 to {LONGEST_KEY} printable characters that name this request and no other"
        raise Problem("not_valid", errors=[{"in": "headers", "field": KEY, "reason": reason}])
    return key, hashlib.sha256(await request.read()).digest()
