"""`desk announce`: what agencies tell the residents of a city."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from desk.announcements import arming
from desk.announcements.content import MOST_DOCUMENTS, Audience, Draft, Kind, Mode, Public, Schedule, State, Urgency
from desk.announcements.listing import page
from desk.announcements.measuring.figures import Result, result_of
from desk.announcements.rows import AnnouncementRow
from desk.app.acting import acting
from desk.app.runtime import configure_logs, now, runtime
from desk.city.area import AreaFault, Datum, read
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Permission
from desk.contract.text import Text
from desk.contract.wire import LOCALES, Locale

if TYPE_CHECKING:  # a list needs no room: what opens one is loaded where it is opened
    from desk.announcements.audience.lists import MadeList
    from desk.announcements.looking import Drawn
    from desk.announcements.service import Announcements, Standing
    from desk.publicity.attempts import OnAccount, Post
    from desk.publicity.inspecting import Inspected

app = App(name="announce", help="Announcements: write, approve, follow, correct, withdraw; what became of them.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Reason = Annotated[str, Parameter(name="--reason", help="Why, for the history and the audit.")]
WATCH_SECONDS = 0.5


@app.command
def publish(
    *,
    city: str,
    agency: str,
    topic: str,
    title: str,
    text: str,
    title_en: str,
    text_en: str,
    title_hant: str | None = None,
    text_hant: str | None = None,
    district: list[str] | None = None,
    link: str | None = None,
    image: Path | None = None,
    alt: str | None = None,
    alt_en: str | None = None,
    alt_hant: str | None = None,
    document: list[Path] | None = None,
    document_name: list[str] | None = None,
    document_name_en: list[str] | None = None,
    document_name_hant: list[str] | None = None,
    urgency: Urgency = Urgency.ROUTINE,
    alert: bool = False,
    training: bool = False,
    valid_from: datetime | None = None,
    until: datetime | None = None,
    post: bool = False,
    to_subscribers: bool = False,
    on_pages: bool | None = None,
    area: Path | None = None,
    datum: Datum = "wgs84",
    and_followers: bool = False,
    audience: str | None = None,
    used: list[str] | None = None,
    language: list[Locale] | None = None,
    channel: list[str] | None = None,
    without: list[str] | None = None,
    leave_out: list[str] | None = None,
    at: datetime | None = None,
    every: Literal["day", "week", "month"] | None = None,
    times: int = 1,
    a_minute: int | None = None,
    heeds_desk: bool = False,
    at_any_hour: bool = False,
    draft: bool = False,
    as_json: AsJson = False,
) -> None:
    """Write an announcement and submit it: it is told once another has approved it, or at once where few are told.

    Args:
        city: as its file in cities/ is called.
        agency: slug of the agency that announces, as in the city file.
        topic: slug of a topic, as in cities/shared/topics.yml: who follows it is told.
        title: in Simplified Chinese, up to 80 characters.
        text: in Simplified Chinese, up to 1,000 characters.
        title_en: in English.
        text_en: in English.
        title_hant: in Traditional Chinese; unset: derived.
        text_hant: likewise.
        district: slug of a district, may be given several times; unset: the whole city.
        link: where more is said.
        image: a JPEG, PNG or WebP file of at most 5 MB; it needs one of the following.
        alt: what is to be seen on it, in Simplified Chinese.
        alt_en: in English.
        alt_hant: in Traditional Chinese; unset: derived.
        document: a PDF of at most 10 MB that residents can fetch, may be given up to three times.
        document_name: what it is called, in Simplified Chinese, once for each document in the same order; unset: as its
            file is.
        document_name_en: in English.
        document_name_hant: in Traditional Chinese; unset: derived.
        urgency: urgent ones heed no quiet hours.
        alert: of an emergency: to everybody who ever wrote here, past quiet hours.
        training: never reaches residents.
        valid_from: from when what it says holds, with an offset or in UTC.
        until: when it is out of date.
        post: also post it on the agency's accounts where everybody reads it.
        on_pages: whether it is shown on public pages, in feeds and in search; unset: unless it is for a list or users.
        area: a file with a GeoJSON polygon, or a longitude and a latitude a line: who wants notices near a place in it
            is told, in place of who follows the topic.
        datum: of what its coordinates are: gcj02 where they were copied from a Chinese map.
        and_followers: with `--area`: also who follows the topic, in the districts named.
        audience: one that the agency keeps, by its name: a list that was brought, or a query; in place of the others.
        used: for who used this service here, in place of who follows the topic; may be given several times.
        language: only who reads it; may be given several times.
        channel: only on it; may be given several times.
        without: nobody who follows this topic; may be given several times.
        leave_out: nobody of an audience or a list that the agency keeps, by its name; may be given several times.
        to_subscribers: also hand it to platforms for subscribers who can no longer be written to singly.
        at: not before; unset: once it is approved.
        every: say it again so often.
        times: how often in all.
        a_minute: tell at most so many a minute.
        heeds_desk: slower while tickets wait at the agency's desk.
        at_any_hour: also in the city's quiet hours.
        draft: only write it.
    """
    only = {
        "languages": tuple(language or ()),
        "channels": tuple(channel or ()),
        "without_topics": tuple(without or ()),
    }
    if audience is not None and (any((area, alert, and_followers, used, *only.values()))):
        raise Conflict("--audience is in place of --area, --alert, --used, --language, --channel and --without.")
    wished: list[tuple[Public, bool]] = [("post", post), ("mass", to_subscribers)]
    written = Draft(
        city=city,
        agency=agency,
        topic=topic,
        titles=_texts(title, title_hant, title_en),
        texts=_texts(text, text_hant, text_en),
        districts=tuple(district or ()),
        link=link,
        urgency=urgency,
        kind=Kind.ALERT if alert else Kind.ANNOUNCEMENT,
        mode=Mode.TRAINING if training else Mode.LIVE,
        valid_from=_aware(valid_from),
        until=_aware(until),
        public=tuple(kind for kind, is_wished in wished if is_wished),
        on_pages=on_pages,
        audience=_audience(area, datum, used or [], alert=alert, and_followers=and_followers).model_copy(update=only),
        schedule=Schedule(
            at=_aware(at),
            every=every,
            times=times,
            a_minute=a_minute,
            heeds_desk=heeds_desk,
            quiet=not at_any_hour,
        ),
    )

    said: dict[Locale, str | None] = {"zh_Hans": alt, "zh_Hant": alt_hant, "en": alt_en}
    if image is None and any(said.values()):
        raise Conflict("--alt, --alt-en and --alt-hant say what is to be seen on an image: name one with --image.")
    content = None if image is None else _content(image)
    called: dict[Locale, list[str]] = {
        "zh_Hans": document_name or [],
        "zh_Hant": document_name_hant or [],
        "en": document_name_en or [],
    }
    papers = _papers(document or [], called)

    async def writing(room: Announcements, actor: Actor) -> AnnouncementRow:
        from desk.announcements.composing.kept import Kept

        whole = written
        if audience is not None:
            whole = whole.model_copy(update={"audience": await Kept(room.engine).named(actor, city, agency, audience)})
        if leave_out:
            less = await Kept(room.engine).leaving_out(actor, city, agency, whole.audience, leave_out)
            whole = whole.model_copy(update={"audience": less})
        if content is not None:
            kept = await room.keep_image(actor, city, agency, content)
            alternatives = {locale: text for locale, text in said.items() if text}
            whole = whole.model_copy(update={"image": kept.model_copy(update={"alternatives": alternatives})})
        if papers:
            brought = [
                (await room.keep_document(actor, city, agency, one.content, one.file), one.names) for one in papers
            ]
            named = tuple(one.model_copy(update={"names": names}) for one, names in brought)
            whole = whole.model_copy(update={"documents": named})
        if draft:
            return await room.create(actor, whole)
        return await room.find(actor, await room.publish(actor, whole))

    _handed_in(writing, as_json=as_json)


@app.command
def submit(number: int, *, as_json: AsJson = False) -> None:
    """Hand a draft to those who approve.

    Args:
        number: as `desk announce list` shows it.
    """
    _handed_in(lambda room, actor: room.submit(actor, number), as_json=as_json)


@app.command
def ask(number: int, *, language: Locale, reader: str | None = None, as_json: AsJson = False) -> None:
    """Ask one of those who may approve to read a language before it goes out; the others may read it as well.

    Args:
        number: as `desk announce list` shows it.
        language: which of its languages.
        reader: login of who is asked; unset: nobody any more.
    """

    async def asking(room: Announcements, actor: Actor) -> AnnouncementRow:
        await room.ask(actor, number, {language: reader or ""})
        return await room.find(actor, number)

    _told(asyncio.run(_in_the_room(asking)), as_json=as_json)


@app.command
def approve(
    number: int, *, language: list[Locale] | None = None, version: int | None = None, as_json: AsJson = False
) -> None:
    """Approve what another wrote, having read it.

    Args:
        number: as `desk announce list` shows it.
        language: in which language you read it, may be given several times; unset: in all that were written.
        version: that you read, as `desk announce show` says it; unset: the present one.
    """

    async def approving(room: Announcements, actor: Actor) -> AnnouncementRow:
        row = await room.find(actor, number)
        return await room.approve(actor, number, version or row.version, language or row.draft.languages)

    _told(asyncio.run(_in_the_room(approving)), as_json=as_json)


@app.command(name="return")
def return_(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """Give it back to be changed.

    Args:
        number: as `desk announce list` shows it.
        reason: what is to be changed.
    """
    _told(asyncio.run(_in_the_room(lambda room, actor: room.give_back(actor, number, reason))), as_json=as_json)


@app.command
def reject(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """Refuse it for good.

    Args:
        number: as `desk announce list` shows it.
        reason: why.
    """
    _told(asyncio.run(_in_the_room(lambda room, actor: room.reject(actor, number, reason))), as_json=as_json)


@app.command
def hurry(
    number: int,
    *,
    reason: Reason,
    in_quiet_hours: Annotated[
        bool, Parameter(help="Quiet hours hold now, and residents are told all the same.", negative="")
    ] = False,
    version: int | None = None,
    as_json: AsJson = False,
) -> None:
    """Send at once what was approved and waits for its time, or for the end of quiet hours, as it was approved.

    Args:
        number: as `desk announce list` shows it.
        reason: why.
        version: that you read, as `desk announce show` says it; unset: the present one.
    """

    async def hurrying(room: Announcements, actor: Actor) -> AnnouncementRow:
        read = version or (await room.find(actor, number)).version
        return await room.hurry(actor, number, read, reason, in_quiet_hours=in_quiet_hours)

    _told(asyncio.run(_in_the_room(hurrying)), as_json=as_json)


@app.command
def cancel(number: int, *, reason: Reason, as_json: AsJson = False) -> None:
    """Stop it wherever it is: nobody else is told, also not of what waits to be sent. What was said stays said.

    Args:
        number: as `desk announce list` shows it.
        reason: why.
    """
    _told(asyncio.run(_in_the_room(lambda room, actor: room.cancel(actor, number, reason))), as_json=as_json)


@app.command
def pause(number: int, *, reason: Reason) -> None:
    """Tell nobody else for now.

    Args:
        number: as `desk announce list` shows it.
        reason: why.
    """
    asyncio.run(_in_the_room(lambda room, actor: room.pause(actor, number, reason)))
    Console().print(f"Paused: {number}. To go on: desk announce resume {number}")


@app.command
def resume(number: int) -> None:
    """Go on with what was paused.

    Args:
        number: as `desk announce list` shows it.
    """
    asyncio.run(_in_the_room(lambda room, actor: room.resume(actor, number)))
    Console().print(f"Goes on: {number}.")


@app.command
def correct(
    number: int,
    *,
    title: str,
    text: str,
    title_en: str,
    text_en: str,
    title_hant: str | None = None,
    text_hant: str | None = None,
    wrong: str | None = None,
    wrong_en: str | None = None,
    wrong_hant: str | None = None,
    as_json: AsJson = False,
) -> None:
    """Write and submit a correction: whom the other reached are told, and who waits for it; nobody is told the other.

    Who was asked to read a language of the other is asked again, and quiet hours hold where they held for it.

    Args:
        number: of what was wrong.
        title: in Simplified Chinese, up to 80 characters.
        text: in Simplified Chinese, up to 1,000 characters.
        title_en: in English.
        text_en: in English.
        title_hant: in Traditional Chinese; unset: derived.
        text_hant: likewise.
        wrong: what was wrong and what is right, in a sentence of up to 120 characters in Simplified Chinese: residents
            read it first.
        wrong_en: in English.
        wrong_hant: in Traditional Chinese; unset: derived.
    """

    async def correcting(room: Announcements, actor: Actor) -> AnnouncementRow:
        first = await room.find(actor, number)
        texts = {"titles": _texts(title, title_hant, title_en), "texts": _texts(text, text_hant, text_en)}
        said: dict[Locale, str | None] = {"zh_Hans": wrong, "zh_Hant": wrong_hant, "en": wrong_en}
        mistake = {locale: why for locale, why in said.items() if why}
        at_once = Schedule(quiet=first.schedule.quiet)
        right = first.draft.model_copy(update={**texts, "mistake": mistake, "schedule": at_once})
        made = await room.correct(actor, number, right)
        again = await room.readers_again(actor, first)
        await room.ask(actor, made.id, {one: login for one, login in again.items() if one in made.draft.languages})
        return await room.submit(actor, made.id)

    _handed_in(correcting, as_json=as_json)


@app.command
def show(number: int, *, as_json: AsJson = False) -> None:
    """Show an announcement as residents read it, whom it is for, who approved it, and what was done with it.

    Args:
        number: as `desk announce list` shows it.
    """

    async def showing(room: Announcements, actor: Actor) -> tuple[Standing, Result, dict[Locale, str], str, list[str]]:
        standing = await room.standing(actor, number)
        second, checks = room.catalogs.text(standing.second, "en"), await _checks(room, actor, standing)
        async with room.engine.connect() as connection:
            return standing, await result_of(connection, number), room.rendered(standing.row), second, checks

    standing, result, rendered, second, checks = asyncio.run(_in_the_room(showing))
    if as_json:
        details = {**_as_json(standing.row), **_details(standing, result, rendered), "alone": _alone(standing, second)}
        details |= {"checks": checks}
        print(json.dumps(details, ensure_ascii=False, indent=2))
        return
    console = Console()
    _print_read(console, standing.row, rendered)
    for one in standing.row.audience.without:
        console.print(f"Leaves out: {one.name or one.whom}", markup=False)
    console.print(
        f"State: {standing.row.state}, version {standing.row.version}, for {standing.recipients} residents now."
    )
    _print_decision(console, standing, second)
    _print_checks(console, checks)
    table = Table("When", "Who", "What", "Why")
    for done in standing.history:
        table.add_row(f"{done.at:%Y-%m-%d %H:%M:%S}", done.actor, done.act, done.reason)
    console.print(table)
    outcomes = Table("Channel", "State", "Residents")
    for outcome in result.outcomes:
        outcomes.add_row(outcome.channel, outcome.state, str(outcome.residents))
    console.print(outcomes)
    for reason in result.reasons:
        console.print(f"{reason.messages} did not arrive on {reason.account}: {reason.reason or 'no reason given'}")
    for send in result.sends:
        if send.state == "paused":
            console.print(f"Paused on {send.account}: {send.why}")
    if any(send.state == "paused" for send in result.sends):
        console.print(f"To go on: desk announce resume {number}. To stop it: desk announce cancel {number} --reason …")


@app.command
def examples(number: int, *, as_json: AsJson = False) -> None:
    """Show up to ten of those whom an announcement is for, drawn by chance, and what each would read. Nobody is named.

    Args:
        number: as `desk announce list` shows it.
    """

    async def drawing(room: Announcements, actor: Actor) -> tuple[Drawn, dict[Locale, str]]:
        from desk.announcements.looking import Looking

        drawn = await Looking(room).examples(actor, number)
        return drawn, room.rendered(await room.find(actor, number))

    drawn, texts = asyncio.run(_in_the_room(drawing))
    if as_json:
        shown = [{"language": one.locale, "channel": one.channel, "text": texts[one.locale]} for one in drawn.examples]
        print(json.dumps({"examples": shown, "are_all": drawn.are_all}, ensure_ascii=False, indent=2))
        return
    table = Table("Language", "Channel", "Text")
    for one in drawn.examples:
        table.add_row(one.locale, one.channel, texts[one.locale])
    Console(markup=False).print(table)
    Console().print("These are all." if drawn.are_all else "Drawn by chance; another time they are others.")


@app.command
def trial(number: int, *, to: list[str] | None = None, as_json: AsJson = False) -> None:
    """Send an announcement by mail to yourself or to colleagues, as residents would read it. No resident gets it.

    Args:
        number: as `desk announce list` shows it.
        to: login of who gets it, may be given several times: who reads this agency's announcements and has left an
            address; unset: you.
    """

    async def trying() -> Sequence[str]:
        from desk.announcements.trials import Trials
        from desk.app.alerts import mailing
        from desk.app.announcing import announcing
        from desk.staff.wanted import AlertWishes

        at = runtime()
        async with acting(at) as here:
            wishes = AlertWishes(here.engine, at.keys())
            return await Trials(announcing(at, here.engine), wishes, mailing(at)).send(here.actor, number, to or ())

    sent = asyncio.run(trying())
    if as_json:
        print(json.dumps({"announcement": number, "to": list(sent)}))
    else:
        Console().print(f"Sent as a trial to {', '.join(sent)}; no resident got it.", markup=False)


@app.command
def follow(number: int) -> None:
    """Watch an announcement being told, until that is over.

    Args:
        number: as `desk announce list` shows it.
    """

    async def following(room: Announcements, actor: Actor) -> AnnouncementRow:
        standing = await room.standing(actor, number)
        with Progress(console=Console(file=sys.stderr)) as progress:
            bar = progress.add_task("told", total=standing.recipients)
            while True:
                row = await room.find(actor, number)
                async with room.engine.connect() as connection:
                    result = await result_of(connection, number)
                progress.update(bar, completed=result.told)
                if row.state not in {State.APPROVED, State.SENDING}:
                    return row
                await asyncio.sleep(WATCH_SECONDS)

    _told(asyncio.run(_in_the_room(following)), as_json=False)


@app.command
def posts(number: int, *, as_json: AsJson = False) -> None:
    """Show what became of an announcement on public accounts, and each attempt.

    Args:
        number: as `desk announce list` shows it.
    """

    async def asking(room: Announcements, actor: Actor) -> list[OnAccount]:
        from desk.publicity.attempts import Republishing

        return await Republishing(room).on_accounts(actor, number)

    found = asyncio.run(_in_the_room(asking))
    if as_json:
        shown = [_post(post) for one in found for post in one.posts]
        print(json.dumps(shown, ensure_ascii=False, indent=2, default=_iso))
        return
    table = Table("Account", "Kind", "State", "Residents", "Platform's number", "Why")
    attempts = Table("Account", "Kind", "When", "Outcome", "Why")
    for one in found:
        for post in one.posts:
            residents = "" if post.residents is None else str(post.residents)
            kind = f"{post.kind}, withdrawal" if post.withdraws else post.kind
            table.add_row(one.account, kind, post.state, residents, post.platform_id or "", post.why or "")
            for tried in post.attempts:
                at = f"{tried.began_at:%Y-%m-%d %H:%M:%S}"
                attempts.add_row(one.account, kind, at, tried.outcome, tried.why or "")
    console = Console()
    console.print(table)
    console.print(attempts)
    for one in found:
        if one.may_be_again:
            looked = " --looked" if one.is_unknown else ""
            console.print(f"To publish it again: desk announce republish {number} --account {one.account}{looked}")


@app.command
def republish(
    number: int,
    *,
    account: str,
    looked: Annotated[
        bool,
        Parameter(help="You looked at the account: what is unknown does not stand there.", negative=""),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish again on one public account what failed there or is unknown, in the words that were approved.

    Args:
        number: as `desk announce list` shows it.
        account: as `desk announce posts` shows it.
    """

    async def asking(room: Announcements, actor: Actor) -> int:
        from desk.publicity.attempts import Republishing

        return await Republishing(room).again(actor, number, account, looked=looked)

    again = asyncio.run(_in_the_room(asking))
    if as_json:
        print(json.dumps({"announcement": number, "account": account, "again": again}))
    else:
        Console().print(f"Published again on {account}: {again}. What becomes of it: desk announce posts {number}")


@app.command
def watch(*, as_json: AsJson = False) -> None:
    """Show what an inspection would find: accounts without posts, questions answered late, links that lead nowhere."""

    at = runtime()

    async def looking() -> Inspected:
        from desk.app.channels import channels_of
        from desk.publicity.inspecting import Inspection, posting_channels

        async with acting(at) as here:
            here.actor.require_somewhere(Permission.ANNOUNCEMENT_READ)
            return await Inspection(here.engine, posting_channels(channels_of(at)), now).look(here.actor)

    configure_logs()
    found = asyncio.run(looking())
    if as_json:
        print(json.dumps(_inspected(found), ensure_ascii=False, indent=2))
        return
    console = Console()
    accounts = Table("Account", "City", "Agency", "Days since the last post", "State")
    for account in sorted(found.accounts, key=lambda one: -one.days):
        accounts.add_row(account.account, account.city, account.agency, str(account.days), account.state)
    console.print(accounts)
    for late in found.questions:
        console.print(
            f"{late.city}/{late.agency}: {late.late} answers are late, the oldest since {late.oldest:%Y-%m-%d}."
        )
    for link in found.links:
        console.print(f"Announcement {link.announcement}: {link.link} ({link.why})")


@app.command
def withdraw(
    number: int,
    *,
    reason: Reason = "",
    tell: bool | None = None,
    post: bool | None = None,
    why: str | None = None,
    why_en: str | None = None,
    why_hant: str | None = None,
    as_json: AsJson = False,
) -> None:
    """Take an announcement back: it is shown and told no more. What was said already stays said.

    Args:
        number: as `desk announce list` shows it.
        reason: why, for the history.
        tell: tell exactly those whom it reached that it no longer holds; unset: where it is still to come or in force.
        post: say on the public accounts where it stands that it was withdrawn; unset: as above.
        why: the reason for them, in Simplified Chinese; where they are many another person approves it first.
        why_en: in English.
        why_hant: in Traditional Chinese; unset: derived.
    """
    said: dict[Locale, str | None] = {"zh_Hans": why, "zh_Hant": why_hant, "en": why_en}
    written = {locale: text for locale, text in said.items() if text}

    async def withdrawing(room: Announcements, actor: Actor) -> AnnouncementRow | None:
        await room.withdraw(actor, number, reason, tell=tell, post=post, why=written)
        from desk.announcements.looking import Looking

        return await Looking(room).its_end(actor, number)

    end = asyncio.run(_in_the_room(withdrawing))
    if as_json:
        print(json.dumps({"withdrawn": number, "told_by": None if end is None else end.id}))
        return
    console = Console()
    console.print(f"Withdrawn: {number}.")
    if end is not None and end.state is State.PENDING:
        console.print(
            f"Those whom it reached are told by {end.id}, once another has read why: desk announce show {end.id}"
        )
    elif end is not None:
        console.print(f"Those whom it reached are told by {end.id}: desk announce follow {end.id}")


@app.command(name="list-upload")
def list_upload(
    path: Path,
    *,
    city: str,
    agency: str,
    name: str,
    of: Literal["telephones", "references"],
    as_json: AsJson = False,
) -> None:
    """Bring a list: who of it is known here becomes an audience of the agency for 30 days. Its numbers are not kept.

    Args:
        path: a CSV file; its first column counts, or the only other one with mobile numbers.
        city: as its file in cities/ is called.
        agency: slug of the agency whose audience it becomes.
        name: under which it is kept, in place of the one that had it.
        of: telephones, or numbers of cases and tickets of the agency.
    """

    content = path.read_bytes()

    async def bringing() -> MadeList:
        from desk.app.announcing import lists

        at = runtime()
        async with acting(at) as here:
            return await lists(at, here.engine).upload(here.actor, city, agency, name, of, content)

    made = asyncio.run(bringing())
    if as_json:
        said: dict[str, Any] = {"list": made.id, "lines": made.lines, "known": made.known, "unknown": made.unknown}
        said |= {"unreadable": made.unreadable, "where": list(made.where), "column": made.column}
        sys.stdout.write(json.dumps({**said, "until": made.good_until.isoformat(timespec="seconds")}) + "\n")
        return
    Console().print(
        f"List {made.id}, “{made.name}”: {made.known} of {made.lines} lines are known here, until"
        f" {made.good_until:%Y-%m-%d}; nothing is kept of the other {made.unknown}."
    )
    if made.unreadable:
        where = ", ".join(map(str, made.where))
        Console().print(f"{made.unreadable} of these are no telephone numbers, first: {where}.")
    if made.column > 1:
        Console().print(f"The first column holds no mobile numbers: column {made.column} was taken.")


@app.command
def arm(*, as_json: AsJson = False) -> None:
    """Let this store send announcements: after a backup was restored it sends none until somebody says so."""

    async def letting() -> None:
        async with acting(runtime()) as here:
            await arming.arm(here.engine, here.actor)

    asyncio.run(letting())
    if as_json:
        print(json.dumps({"armed": True}))
    else:
        Console().print("Armed: what is approved is sent from here.")


@app.command(name="list")
def list_(
    *,
    city: str | None = None,
    agency: str | None = None,
    state: list[State] | None = None,
    approved: Annotated[bool, Parameter(help="Only what you approved.", negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """List announcements of your agencies, the newest first.

    Args:
        city: as its file in cities/ is called; unset: all.
        agency: slug of an agency; unset: all.
        state: only in this state, may be given several times; unset: all.
    """

    async def listing() -> list[AnnouncementRow]:
        async with acting(runtime()) as here:
            by = here.actor.login if approved else None
            return await page(here.engine, here.actor, states=state or (), city=city, agency=agency, approved_by=by)

    found = asyncio.run(listing())
    if as_json:
        print(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("No.", "State", "Published", "City", "Agency", "Topic", "Districts", "Title")
    for one in found:
        at = "" if one.published_at is None else one.published_at.astimezone().isoformat(sep=" ", timespec="minutes")
        title = one.titles.get("zh_Hans", "")
        state_now = "withdrawn" if one.withdrawn_at is not None else str(one.state)
        table.add_row(str(one.id), state_now, at, one.city, one.agency, one.topic, ", ".join(one.districts), title)
    Console().print(table)


def _texts(simplified: str, traditional: str | None, english: str) -> dict[Locale, str]:
    return {"zh_Hans": simplified, "en": english, **({"zh_Hant": traditional} if traditional else {})}


def _print_read(console: Console, row: AnnouncementRow, rendered: dict[Locale, str]) -> None:
    """What residents read and see."""
    from desk.announcements.words import in_size

    for locale, said in rendered.items():
        console.print(f"[bold]{locale}[/]\n{said}\n")
    if row.image is not None:
        console.print(f"Image {row.image.sha256}: {' · '.join(row.image.alternatives.values())}\n", markup=False)
    for one in row.documents:
        named = " · ".join(filter(None, map(one.names.get, LOCALES))) or one.file
        console.print(f"Document {named} ({in_size(one.size)})\n{one.sha256}", markup=False)


def _print_decision(console: Console, standing: Standing, second: str) -> None:
    """Who has to read it, is asked to, and did."""
    from desk.announcements.composing.reviewing import asked_of

    row = standing.row
    if row.state in (State.DRAFT, State.RETURNED, State.PENDING):
        console.print(second)
    for approval in standing.approvals:
        console.print(f"Approved by {approval.by}, who read {', '.join(approval.languages)}.")
    for locale, login in asked_of(standing.history).items():
        console.print(f"Asked to read {locale}: {login}.")
    if row.state is State.PENDING:
        console.print(f"Nobody has read yet: {', '.join(standing.waits_for)}. desk announce approve {row.id}")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that is to be brought: its file, and its names by language."""

    content: bytes
    file: str
    names: Mapping[Locale, str]


def _papers(paths: Sequence[Path], called: Mapping[Locale, Sequence[str]]) -> list[Paper]:
    """Documents with their names, each of which stands in the place of its file.

    Raises:
        Conflict: they are too many, a name has no file, or a file cannot be read.
    """
    if len(paths) > MOST_DOCUMENTS:
        raise Conflict(f"At most {MOST_DOCUMENTS} documents go with an announcement.")
    if any(len(names) > len(paths) for names in called.values()):
        raise Conflict("--document-name, -en and -hant name documents: give as many files with --document.")
    return [
        Paper(
            _content(path),
            path.name,
            {locale: names[place] for locale, names in called.items() if place < len(names) and names[place].strip()},
        )
        for place, path in enumerate(paths)
    ]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise Conflict(f"{path} cannot be read: {exc.strerror}.") from exc


def _audience(path: Path | None, datum: Datum, used: Sequence[str], *, alert: bool, and_followers: bool) -> Audience:
    """To whom it is told, but for what narrows that down."""
    if sum(map(bool, (path, used, alert))) > 1:
        raise Conflict("--area, --used and --alert each say to whom it is told: name one of them.")
    if path is None:
        if and_followers:
            raise Conflict("--and-followers adds to an area: name its file with --area.")
        if used:
            return Audience(whom="users", services=tuple(used))
        return Audience(whom="everybody" if alert else "followers")
    try:
        return Audience(whom="area", area=read(_content(path).decode(), datum), and_followers=and_followers)
    except (AreaFault, UnicodeDecodeError) as exc:
        raise Conflict(f"{path}: {exc}") from exc


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)


def _as_json(row: AnnouncementRow) -> dict[str, Any]:
    return {
        "announcement": row.id,
        "state": row.state,
        "version": row.version,
        "city": row.city,
        "agency": row.agency,
        "topic": row.topic,
        "districts": list(row.districts),
        "titles": dict(row.titles),
        "texts": dict(row.texts),
        "mistake": dict(row.mistake),
        "link": row.link,
        "image": None if row.image is None else row.image.model_dump(),
        "documents": [one.model_dump() for one in row.documents],
        "audience": row.audience.model_dump(mode="json"),
        "on_pages": row.draft.is_on_pages,
        "corrects": row.corrects,
        "earlier": row.earlier,
        "published_at": None if row.published_at is None else row.published_at.isoformat(timespec="seconds"),
        "withdrawn": row.withdrawn_at is not None,
    }


def _inspected(found: Inspected) -> dict[str, Any]:
    return {
        "accounts": [
            {
                "account": one.account,
                "channel": one.channel,
                "city": one.city,
                "agency": one.agency,
                "last_post": None if one.last_at is None else one.last_at.isoformat(timespec="seconds"),
                "days": one.days,
                "state": one.state,
            }
            for one in found.accounts
        ],
        "questions": [
            {
                "city": one.city,
                "agency": one.agency,
                "late": one.late,
                "oldest": one.oldest.isoformat(timespec="seconds"),
            }
            for one in found.questions
        ],
        "links": [
            {
                "announcement": one.announcement,
                "city": one.city,
                "agency": one.agency,
                "link": one.link,
                "why": one.why,
                "since": one.since.isoformat(timespec="seconds"),
            }
            for one in found.links
        ],
    }


def _details(standing: Standing, result: Result, rendered: dict[Locale, str]) -> dict[str, Any]:
    from desk.announcements.composing.reviewing import asked_of

    return {
        "rendered": rendered,
        "recipients": standing.recipients,
        "needs_approval": not standing.is_alone,
        "approvals": [{"by": one.by, "languages": list(one.languages)} for one in standing.approvals],
        "asked": dict(asked_of(standing.history)),
        "waits_for": list(standing.waits_for),
        "told": result.told,
        "outcomes": [
            {"channel": one.channel, "state": one.state, "residents": one.residents} for one in result.outcomes
        ],
        "answered": result.answered,
        "sends": [
            {"account": one.account, "state": one.state, "why": one.why, "told": one.told} for one in result.sends
        ],
        "reasons": [{"account": one.account, "reason": one.reason, "messages": one.messages} for one in result.reasons],
    }


def _post(post: Post) -> dict[str, Any]:
    names = ("account", "kind", "withdraws", "state", "residents", "platform_id", "why")
    return {**{name: getattr(post, name) for name in names}, "attempts": [asdict(one) for one in post.attempts]}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _alone(standing: Standing, says: str) -> dict[str, Any]:
    return {"most": standing.share.most, "left": standing.share.left, "says": says}


def _handed_in(act: Callable[[Announcements, Actor], Awaitable[AnnouncementRow]], *, as_json: bool) -> None:
    """Hand it in, and say where it stands; where it waits for another, why."""

    async def acting_and_looking(room: Announcements, actor: Actor) -> tuple[AnnouncementRow, str, list[str]]:
        row = await act(room, actor)
        standing = await room.standing(actor, row.id)
        checks = await _checks(room, actor, standing)
        if row.state is State.DRAFT:
            return row, "", checks
        said = standing.second if row.state is State.PENDING else _quiet(room, standing)
        return row, "" if said is None else room.catalogs.text(said, "en"), checks

    row, said, checks = asyncio.run(_in_the_room(acting_and_looking))
    _told(row, as_json=as_json)
    if as_json:
        return
    if said:
        Console().print(said)
    _print_checks(Console(), checks)


async def _checks(room: Announcements, actor: Actor, standing: Standing) -> list[str]:
    """What to look at once more before it is approved; of what was approved nothing."""
    from desk.announcements.checking.checks import checks_on
    from desk.announcements.looking import Looking

    return [room.catalogs.text(one, "en") for one in await checks_on(Looking(room), actor, standing)]


def _print_checks(console: Console, checks: Sequence[str]) -> None:
    for one in checks:
        console.print(f"Check this first: {one}", markup=False)


def _quiet(room: Announcements, standing: Standing) -> Text | None:
    """What the page says of quiet hours."""
    from desk.announcements.telling.pace import quiet_of

    return quiet_of(standing.row, standing.reach, room.cities[standing.row.city], room.now())


def _told(row: AnnouncementRow, *, as_json: bool) -> None:
    """Say where an announcement stands, and what comes next."""
    if as_json:
        print(json.dumps(_as_json(row), ensure_ascii=False))
        return
    following = {
        State.DRAFT: f"To hand it in: desk announce submit {row.id}",
        State.PENDING: f"It waits for another's approval: desk announce approve {row.id}",
        State.RETURNED: f"To be changed: {row.id}",
        State.APPROVED: f"It begins at {row.due_at:%Y-%m-%d %H:%M %Z}." if row.due_at else "",
        State.SENDING: f"It is being told: desk announce follow {row.id}. To stop it: desk announce cancel {row.id}",
        State.DONE: f"To take it back: desk announce withdraw {row.id}",
    }
    Console().print(f"Announcement {row.id} is {row.state}. {following.get(row.state, '')}".rstrip())


async def _in_the_room[Result](work: Callable[[Announcements, Actor], Awaitable[Result]]) -> Result:
    """Open the room for one command."""
    from desk.app.announcing import announcing

    at = runtime()
    async with acting(at) as here:
        return await work(announcing(at, here.engine), here.actor)
