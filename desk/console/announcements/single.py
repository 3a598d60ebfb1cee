"""One announcement: how it reads, whom it reaches, what is to be decided, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from desk.announcements.checking.checks import checks_on
from desk.announcements.composing.images import page_of
from desk.announcements.composing.over import LONGEST_WHY
from desk.announcements.composing.reviewing import ASK
from desk.announcements.content import (
    CONVERTED,
    EDITABLE,
    OPEN,
    AnnouncementFault,
    Draft,
    Earlier,
    Schedule,
    State,
    faults_of,
)
from desk.announcements.history import Done
from desk.announcements.looking import EXAMPLES, OUTCOMES, Version
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Standing
from desk.announcements.telling.pace import put_off, quiet_args, quiet_end, quiet_of
from desk.announcements.trials import NO_ADDRESS, Trials, may_name
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.account import PATH as ACCOUNT
from desk.console.announcements.bringing import brought
from desk.console.announcements.costs import costs_of
from desk.console.announcements.fields import fault_at
from desk.console.announcements.listing import NUMBER, PATH, looking_at, room_of
from desk.console.announcements.reviews import reviews_of
from desk.console.announcements.words import AnnouncementWords
from desk.console.announcements.writing import as_correction, dates_of, described, drawing_of, previewed
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.contract.errors import DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.contract.wire import LOCALES
from desk.publicity.attempts import Republishing
from desk.web.gate import insist_on_pace
from desk.web.parts import PARTS

TRIAL_TO = "to_"
"""How fields begin that name, by login, who gets a trial."""
ONE = f"{PATH}/{{announcement:[0-9]{{1,18}}}}"


@dataclass(frozen=True, slots=True)
class Hurried:
    """What it means to send one at once.

    Attributes:
        at: when it would be sent.
        quiet: that quiet hours hold now; None: they do not keep it.
    """

    at: str
    quiet: Text | None


@staff(Permission.ANNOUNCEMENT_READ)
async def announcement_page(request: web.Request) -> web.Response:
    """An announcement with all that somebody has to know who decides on it."""
    return await _page(request)


@staff(Permission.ANNOUNCEMENT_READ)
async def told_page(request: web.Request) -> web.Response:
    """Its figures alone, as long as it is being told: of how many, `of` says, as the page counted that once."""
    actor, number, of = visits.actor_of(request), _number(request), query_of(request)["of"]
    row = await room_of(request).find(actor, number)
    shown = shell.page(
        request,
        "announcement_told.html",
        row=row,
        recipients=int(of) if NUMBER.fullmatch(of) else 0,
        result=await looking_at(request).result(actor, number),
        outcomes=OUTCOMES,
        announcements=AnnouncementWords(request),
    )
    if row.state is not State.SENDING:
        shown.headers["HX-Refresh"] = "true"
    return shown


@staff(Permission.ANNOUNCEMENT_READ)
async def examples_page(request: web.Request) -> web.Response:
    """Ten of those whom it is for, drawn anew each time: their language and channel, and what they would read."""
    actor, number = visits.actor_of(request), _number(request)
    row = await room_of(request).find(actor, number)
    words = AnnouncementWords(request)
    return shell.page(
        request,
        "announcement_examples.html",
        row=row,
        drawn=await looking_at(request).examples(actor, number),
        readings={one.locale: one for one in words.readings(row)},
        plain=_plain_channels(request),
        announcements=words,
    )


@staff(Permission.ANNOUNCEMENT_READ)
async def versions_page(request: web.Request) -> web.Response:
    """All versions, each with what is another in it than in the one before."""
    actor, number = visits.actor_of(request), _number(request)
    row = await room_of(request).find(actor, number)
    found = await looking_at(request).versions(actor, number)
    logins = [login for one in found for login in (one.saved_by, *one.approved_by)]
    words = AnnouncementWords(request, await shell.named(request, logins))
    before = [*found[1:], None]
    shown = [
        (one, described(words, row, earlier.draft, one.draft) if earlier is not None else None)
        for one, earlier in zip(found, before, strict=True)
    ]
    return shell.page(request, "announcement_versions.html", row=row, versions=shown, announcements=words)


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def submit(request: web.Request) -> web.Response:
    """Hand it to those who approve, also where it needs none: sending is an act of its own."""
    await form_of(request)
    try:
        row = await room_of(request).submit(visits.actor_of(request), _number(request), to_another=True)
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, Fault(fault_at(exc).text))
    return shell.see_other(f"{PATH}/{row.id}", done="announcement_submitted")


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def send(request: web.Request) -> web.Response:
    """Send the version that was read, which needs no second person; its conversion was read or not."""
    form, room = await form_of(request), room_of(request)
    read = [one for one in LOCALES if form[f"read_{one}"]]
    act = room.send(visits.actor_of(request), _number(request), _version_in(form), read=read)
    return await _decided(request, form, act, "send")


@staff(Permission.ANNOUNCEMENT_APPROVE)
async def approve(request: web.Request) -> web.Response:
    """Approve the version that was read, in the languages that were ticked."""
    form = await form_of(request)
    languages = [one for one in LOCALES if form[f"read_{one}"]]
    try:
        row = await room_of(request).approve(visits.actor_of(request), _number(request), _version_in(form), languages)
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, fault_of(exc, f"read_{LOCALES[0]}"), form=form)
    done = "announcement_read" if row.state is State.PENDING else "announcement_approved"
    return shell.see_other(f"{PATH}/{row.id}", done=done)


@staff(Permission.ANNOUNCEMENT_APPROVE)
async def give_back(request: web.Request) -> web.Response:
    """Return it to be changed; why stands in its history."""
    form = await form_of(request)
    act = room_of(request).give_back
    return await _decided(request, form, act(visits.actor_of(request), _number(request), form["reason"]), "return")


@staff(Permission.ANNOUNCEMENT_APPROVE)
async def reject(request: web.Request) -> web.Response:
    """Refuse it for good."""
    form = await form_of(request)
    act = room_of(request).reject
    return await _decided(request, form, act(visits.actor_of(request), _number(request), form["reason"]), "reject")


@staff(Permission.ANNOUNCEMENT_APPROVE)
async def hurry(request: web.Request) -> web.Response:
    """Send at once what waits for its time or for the end of quiet hours, as the page said whether they hold."""
    form, actor, number = await form_of(request), visits.actor_of(request), _number(request)
    known = bool(form["in_quiet_hours"])
    act = room_of(request).hurry(actor, number, _version_in(form), form["reason"], in_quiet_hours=known)
    return await _decided(request, form, act, "hurry")


@staff(Permission.ANNOUNCEMENT_WITHDRAW)
async def cancel(request: web.Request) -> web.Response:
    """Stop it: what waits to be sent is not sent."""
    form = await form_of(request)
    act = room_of(request).cancel
    return await _decided(request, form, act(visits.actor_of(request), _number(request), form["reason"]), "cancel")


@staff(Permission.ANNOUNCEMENT_WITHDRAW)
async def pause(request: web.Request) -> web.Response:
    """Tell nobody else for now."""
    form = await form_of(request)
    act = room_of(request).pause
    return await _decided(request, form, act(visits.actor_of(request), _number(request), form["reason"]), "pause")


@staff(Permission.ANNOUNCEMENT_WITHDRAW)
async def resume(request: web.Request) -> web.Response:
    """Go on telling."""
    form = await form_of(request)
    act = room_of(request).resume
    return await _decided(request, form, act(visits.actor_of(request), _number(request)), "resume")


@staff(Permission.ANNOUNCEMENT_WITHDRAW)
async def withdraw(request: web.Request) -> web.Response:
    """Take it back: it is shown and told no more; whom it reached are told that, and public accounts, as is ticked."""
    form = await form_of(request)
    act = room_of(request).withdraw(
        visits.actor_of(request),
        _number(request),
        form["reason"],
        tell=bool(form["tell"]),
        post=bool(form["post"]),
        why={one: form[f"why_{one}"] for one in LOCALES} if form["tell"] else {},
    )
    return await _decided(request, form, act, "withdraw")


@staff(Permission.ANNOUNCEMENT_APPROVE)
async def republish(request: web.Request) -> web.Response:
    """Publish again what failed on one public account; what is unknown, once somebody has looked there."""
    form, number = await form_of(request), _number(request)
    account = form["account"]
    try:
        await Republishing(room_of(request)).again(
            visits.actor_of(request),
            number,
            account,
            looked=bool(form["looked"]),
            seen=int(form["seen"]) if NUMBER.fullmatch(form["seen"]) else None,
        )
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, fault_of(exc, f"looked-{account}"), form=form, doing=f"republish-{account}")
    return shell.see_other(f"{PATH}/{number}", done="announcement_republish")


@staff(Permission.ANNOUNCEMENT_READ)
async def trial(request: web.Request) -> web.Response:
    """Send it to oneself by mail, or to colleagues who are ticked, in every language in which residents read it."""
    form, actor, number = await form_of(request), visits.actor_of(request), _number(request)
    to = [name.removeprefix(TRIAL_TO) for name in form if name.startswith(TRIAL_TO)]
    await insist_on_pace(request, "trials", request.app[PARTS].limits.trials, actor.login)
    try:
        await trials_of(request).send(actor, number, to)
    except (NotPermitted, NotFound):
        raise
    except DeskError as exc:
        fault = fault_of(exc)
        if fault.text.key == NO_ADDRESS:
            fault = replace(fault, path=f"{ACCOUNT}#mail")
        return await _page(request, fault, form=form, doing="trial" if to else "")
    return shell.see_other(f"{PATH}/{number}", done="announcement_tried_others" if to else "announcement_tried")


def trials_of(request: web.Request) -> Trials:
    """What sends trials."""
    console = request.app[CONSOLE]
    return Trials(room_of(request), console.alerts, console.mail)


async def _decided(request: web.Request, form: Form, act: Any, name: str) -> web.Response:
    try:
        await act
    except NotPermitted:
        raise
    except DeskError as exc:
        is_why = name == "withdraw" and isinstance(exc, AnnouncementFault)
        fault = fault_at(exc) if is_why else fault_of(exc, f"{name}-reason")
        return await _page(request, fault, form=form, doing=name)
    return shell.see_other(f"{PATH}/{_number(request)}", done=f"announcement_{name}")


async def _page(request: web.Request, *faults: Fault, form: Form = EMPTY, doing: str = "") -> web.Response:
    room, actor, number = room_of(request), visits.actor_of(request), _number(request)
    standing = await room.standing(actor, number)
    row, looking = standing.row, looking_at(request)
    versions = await looking.versions(actor, number)
    words = AnnouncementWords(request, await shell.named(request, _named(standing, versions)))
    is_correction = row.corrects is not None and row.earlier is not Earlier.OVER
    corrected = await room.find(actor, row.corrects) if row.corrects is not None and is_correction else None
    wrong = [] if row.state not in (State.DRAFT, State.RETURNED) else _wrong(request, row.draft)
    is_told = row.published_at is not None
    result = await looking.result(actor, number) if is_told else None
    may = _may(actor, standing, later=0 if result is None else result.later)
    hurried = await _hurried(request, words, standing)
    return shell.page(
        request,
        "announcement.html",
        status=422 if faults else 200,
        faults=list(faults),
        row=row,
        standing=standing,
        form=form,
        doing=doing,
        may={**may, "send": _may_send(actor, standing) and not wrong, "hurry": hurried is not None},
        hurried=hurried,
        wrong=wrong,
        second=_second(actor, standing),
        alone_left=(await room.share_of(actor, _corrected(row))).left if may["withdraw"] else 0,
        returned=_returned(standing),
        corrected=None if corrected is None else described(words, row, as_correction(corrected), row.draft),
        waiting=0 if is_told else standing.reach.waiting,
        corrections=await looking.corrections(actor, number) if is_told else [],
        its_end=await looking.its_end(actor, number) if row.withdrawn_at is not None else None,
        reached=await room.reached(actor, number) if may["withdraw"] else 0,
        holds=row.holds(room.now()),
        brought=await brought(request, row.city, row.agency, row.audience.list),
        left_out=[
            (words.left_out(one), await brought(request, row.city, row.agency, one.list))
            for one in row.audience.without
        ],
        newest=await looking.newest(actor, number),
        is_public=_is_public(row),
        public_page=page_of(room.public_url, row.city, row.id) if _is_public(row) else "",
        most_examples=EXAMPLES,
        over=words.over(row) if may["withdraw"] else [],
        longest_why=LONGEST_WHY,
        dates=dates_of(request, row.draft),
        warnings=await checks_on(looking, actor, standing),
        quiet=quiet_of(row, standing.reach, room.cities[row.city], room.now()),
        after_quiet=_after_quiet(request, words, standing),
        costs=None if is_told else costs_of(words, row, room.cities[row.city], standing.parts),
        reviews=await reviews_of(request, standing, words),
        asked=[one for one in room.readable(row) if one in row.draft.languages],
        conversion=_conversion(room.readable(row), standing),
        changed=_changed(words, row, versions),
        versions=len(versions),
        result=result,
        outcomes=OUTCOMES,
        **await posted(request, row),
        is_armed=await looking.is_armed(),
        mails=request.app[CONSOLE].mail is not None,
        names_colleagues=request.app[CONSOLE].mail is not None and may_name(actor, row),
        colleagues=await trials_of(request).colleagues(actor, row),
        account=f"{ACCOUNT}#mail",
        trial_to=TRIAL_TO,
        drawing=drawing_of(row.draft, room_of(request).cities[row.city]),
        **await previewed(request, row, words),
    )


async def posted(request: web.Request, row: AnnouncementRow) -> dict[str, Any]:
    """What became of it on public accounts, and whether whoever looks may have it published again."""
    republishing, actor = Republishing(room_of(request)), visits.actor_of(request)
    found = await republishing.on_accounts(actor, row.id) if row.published_at is not None else []
    approves = actor.may(Permission.ANNOUNCEMENT_APPROVE, row.city, row.agency)
    return {"on_accounts": found, "may_republish": approves, "stands_on": [one.account for one in found if one.stands]}


def _may(actor: Actor, standing: Standing, *, later: int) -> dict[str, bool]:
    """What whoever looks can do with it now; so many are to be told `later`, also where the telling is over."""
    row = standing.row

    def holds(permission: Permission) -> bool:
        return actor.may(permission, row.city, row.agency)

    writes, approves = holds(Permission.ANNOUNCEMENT_PUBLISH), holds(Permission.ANNOUNCEMENT_APPROVE)
    stops = holds(Permission.ANNOUNCEMENT_WITHDRAW)
    is_own = actor.login in standing.authors
    waits = row.state is State.PENDING
    is_out = row.published_at is not None and row.withdrawn_at is None and not row.takes_back
    return {
        "edit": writes and row.state in EDITABLE and row.repeats is None,
        "submit": writes and row.state in (State.DRAFT, State.RETURNED),
        "approve": approves and waits and not is_own,
        "own": approves and waits and is_own,
        "decide": approves and row.state in (State.PENDING, State.APPROVED),
        "correct": writes and row.published_at is not None and not row.takes_back,
        "cancel": stops and (row.state in OPEN or (row.state is State.DONE and row.withdrawn_at is None and later > 0)),
        "pause": stops and row.state is State.SENDING,
        "withdraw": stops and is_out,
    }


def _may_send(actor: Actor, standing: Standing) -> bool:
    """Whether whoever looks may send it without a second person."""
    row = standing.row
    is_open = row.state in (State.DRAFT, State.RETURNED, State.PENDING)
    return is_open and standing.is_alone and actor.may(Permission.ANNOUNCEMENT_PUBLISH, row.city, row.agency)


async def _hurried(request: web.Request, words: AnnouncementWords, standing: Standing) -> Hurried | None:
    """What sending it at once is, for who may; None: they may not, or it waits for nothing."""
    row, room = standing.row, room_of(request)
    city, now = room.cities[row.city], room.now()
    until = quiet_end(row, standing.reach, city, now)
    waits = until or (row.due_at if row.state is State.APPROVED else None)
    if waits is None or waits <= now or not await room.may_hurry(visits.actor_of(request), row):
        return None
    quiet = put_off(replace(row, state=State.SENDING), city, now, standing.reach.instead_of)
    said = None if quiet is None else Text(key="console.announcement_hurry_quiet", args=quiet_args(city, quiet))
    return Hurried(words.moment(row.city, waits), said)


def _after_quiet(request: web.Request, words: AnnouncementWords, standing: Standing) -> str:
    """When it begins, or goes on, where quiet hours keep it from everybody; empty: they do not.

    A correction is told at once to those who were told what was wrong.
    """
    row, room = standing.row, room_of(request)
    if row.corrects is not None:
        return ""
    return words.moment(row.city, quiet_end(row, standing.reach, room.cities[row.city], room.now()))


def _is_public(row: AnnouncementRow) -> bool:
    """Whether it stands on the public pages."""
    return row.published_at is not None and row.withdrawn_at is None and row.mode == "live" and row.draft.is_on_pages


def _second(actor: Actor, standing: Standing) -> Text | None:
    """Whether and why a second person has to approve it, for whoever could send it."""
    row = standing.row
    if row.published_at is not None or row.state not in (State.DRAFT, State.RETURNED, State.PENDING):
        return None
    return standing.second if actor.may(Permission.ANNOUNCEMENT_PUBLISH, row.city, row.agency) else None


def _corrected(row: AnnouncementRow) -> AnnouncementRow:
    """What would tell now, to those whom it reached, what became of it."""
    return replace(row, id=0, corrects=row.id, repeats=None, due_at=None, schedule=Schedule())


def _returned(standing: Standing) -> Done | None:
    """By whom and why it was returned last, until it is submitted again; or rejected."""
    if standing.row.state not in (State.DRAFT, State.RETURNED, State.REJECTED):
        return None
    last = next((one for one in reversed(standing.history) if one.act in ("return", "reject", "submit")), None)
    return None if last is None or last.act == "submit" else last


def _named(standing: Standing, versions: Sequence[Version]) -> list[str]:
    """The logins of whom its page names: who did something with it, approved it, or is asked to read it."""
    done = [one.actor for one in standing.history]
    approved = [*(one.by for one in standing.approvals), *(by for one in versions for by in one.approved_by)]
    asked = [one.reason.partition(" ")[2] for one in standing.history if one.act == ASK]
    tried = [login for one in standing.history if one.act == "trial" for login in one.reason.split(", ")]
    return [standing.row.created_by, *done, *approved, *asked, *tried]


def _wrong(request: web.Request, draft: Draft) -> list[Text]:
    """What hinders a draft from being submitted."""
    room = room_of(request)
    found = faults_of(draft, room.cities[draft.city], topics=room.topics, now=room.now())
    return [fault_at(one).text for one in found]


def _conversion(readable: Sequence[str], standing: Standing) -> str:
    """Whether a conversion is `unread`, or `read` by who approved it; empty: there is none."""
    if CONVERTED not in readable or CONVERTED in standing.row.draft.languages:
        return ""
    return "read" if any(CONVERTED in one.languages for one in standing.approvals) else "unread"


def _changed(
    words: AnnouncementWords, row: AnnouncementRow, versions: Sequence[Version]
) -> tuple[Version, Sequence[tuple[str, Any, str, str]]] | None:
    """What is another than in the version that was approved last, else than in the one before; None: there is none."""
    earlier = versions[1:]
    if not earlier:
        return None
    base = next((one for one in earlier if one.approved_by), earlier[0])
    return base, described(words, row, base.draft, row.draft)


def _plain_channels(request: web.Request) -> frozenset[str]:
    """Channels that write choices as numbered lines."""
    return frozenset(name for name, one in request.app[CONSOLE].channels.items() if not one.abilities.buttons)


def _number(request: web.Request) -> int:
    return int(request.match_info["announcement"])


def _version_in(form: Form) -> int:
    """The version that whoever presses had before them; 0: the form names none."""
    return int(form["version"]) if NUMBER.fullmatch(form["version"]) else 0


SECTION = Section(
    routes=(
        web.get(ONE, announcement_page),
        web.get(f"{ONE}/told", told_page),
        web.get(f"{ONE}/examples", examples_page),
        web.get(f"{ONE}/versions", versions_page),
        web.post(f"{ONE}/submit", submit),
        web.post(f"{ONE}/send", send),
        web.post(f"{ONE}/approve", approve),
        web.post(f"{ONE}/return", give_back),
        web.post(f"{ONE}/reject", reject),
        web.post(f"{ONE}/hurry", hurry),
        web.post(f"{ONE}/cancel", cancel),
        web.post(f"{ONE}/pause", pause),
        web.post(f"{ONE}/resume", resume),
        web.post(f"{ONE}/withdraw", withdraw),
        web.post(f"{ONE}/republish", republish),
        web.post(f"{ONE}/trial", trial),
    ),
)
