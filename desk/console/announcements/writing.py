"""Where an announcement is written: begun, changed, corrected; whom it reaches and how it reads while one types."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from desk.announcements.alone import second
from desk.announcements.beginning import times_of
from desk.announcements.checking.checks import checks_of
from desk.announcements.composing.changes import changes
from desk.announcements.composing.kept import Kept, KeptAudience
from desk.announcements.content import (
    LONGEST_ALTERNATIVE,
    LONGEST_DOCUMENT,
    LONGEST_LINK,
    LONGEST_MISTAKE,
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_DOCUMENTS,
    MOST_TIMES,
    PLACEHOLDERS,
    AnnouncementFault,
    Draft,
    Earlier,
    Kind,
    Mode,
    Schedule,
    Urgency,
    faults_of,
    languages_of,
    needed_of,
)
from desk.announcements.ports import Composed
from desk.announcements.rows import AnnouncementRow
from desk.city.files import City
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.announcements.bringing import PLACES, Brought, brought_by, limits_of, with_left_out, with_list
from desk.console.announcements.costs import costs_of
from desk.console.announcements.drawn import Drawing, drawn
from desk.console.announcements.fields import (
    DATUMS,
    DOCUMENT,
    EVERY,
    LESS,
    ON_PAGES,
    PUBLIC,
    WHOM,
    Frame,
    documents_in,
    draft_of,
    fault_at,
    form_of_draft,
    with_documents,
)
from desk.console.announcements.listing import NEW, NUMBER, PATH, looking_at, room_of
from desk.console.announcements.words import AnnouncementWords
from desk.console.faults import Fault, fault_of
from desk.console.forms import Form, file_of, form_of, named_file_of, query_of
from desk.console.sections import Section
from desk.contract.errors import DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.contract.wire import LOCALES
from desk.media import documents as papers
from desk.media.cleaning import FORMATS, LARGEST
from desk.texts.catalogs import LANGUAGE_TAGS
from desk.web.gate import insist_on_pace
from desk.web.parts import PARTS

ONE = f"{PATH}/{{announcement:[0-9]{{1,18}}}}"
AT = "document_file"
"""The field by which documents are brought."""
SHOWN_DATES = 3  # of what is repeated
TAKEN = ("whom", "list", "area", "and_followers", "language_", "channel_", "service_", "without_", LESS)
"""Fields of an audience, by how their names begin."""

LONGEST = {
    "title": LONGEST_TITLE,
    "text": LONGEST_TEXT,
    "link": LONGEST_LINK,
    "name": LONGEST_NAME,
    "alt": LONGEST_ALTERNATIVE,
    "mistake": LONGEST_MISTAKE,
    "document": LONGEST_DOCUMENT,
}

type Options = list[tuple[str, str, str]]


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def new_page(request: web.Request) -> web.Response:
    """An empty announcement, one from a template or a correction; first of all, of which agency."""
    asked, actor, room = query_of(request), visits.actor_of(request), room_of(request)
    if NUMBER.fullmatch(asked["corrects"]):
        wrong = await room.find(actor, int(asked["corrects"]))
        form = form_of_draft(as_correction(wrong), room.cities[wrong.city])
        readers = {f"reader_{one}": login for one, login in (await room.readers_again(actor, wrong)).items()}
        return await _page(request, Frame.of(wrong.draft, room.cities), Form({**form, **readers}), corrects=wrong)
    if NUMBER.fullmatch(asked["template"]):
        kept = await Kept(room.engine).templates(actor)
        found = next((one for one in kept if one.id == int(asked["template"])), None)
        if found is None:
            raise NotFound("There is no such template.")
        frame = Frame.of(found.draft, room.cities)
        return await _page(request, frame, form_of_draft(found.draft, frame.city))
    if not asked["place"]:
        return await _begin(request, asked)
    try:
        return await _page(request, _frame(request, asked), asked)
    except NotFound as exc:
        return await _begin(request, asked, fault_of(exc, "place"))


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def create(request: web.Request) -> web.Response:
    """Begin a draft, and submit it where that is asked."""
    form, actor, room = await form_of(request), visits.actor_of(request), room_of(request)
    corrects = await room.find(actor, int(form["corrects"])) if NUMBER.fullmatch(form["corrects"]) else None
    try:
        frame = _frame(request, form)
    except NotFound as exc:
        return await _begin(request, form, fault_of(exc, "place"))
    form, unfit = await _with_files(request, frame, form)
    kept = await _kept_by(request, frame, form, *unfit, corrects=corrects)
    if kept is not None:
        return kept
    draft, faults = _checked(request, form, frame)
    if faults or unfit:
        return await _page(request, frame, form, *unfit, *faults, corrects=corrects)
    try:
        row = await room.create(actor, draft, corrects=None if corrects is None else corrects.id)
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, frame, form, fault_at(exc), corrects=corrects)
    return await _saved(request, row, form)


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def edit_page(request: web.Request) -> web.Response:
    """An announcement to be changed."""
    room = room_of(request)
    row = await _own(request)
    return await _page(request, Frame.of(row.draft, room.cities), await _form_of(request, row), row=row)


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def save(request: web.Request) -> web.Response:
    """Change it. What somebody else changed meanwhile is shown beside what was typed, and nothing is lost."""
    form, actor, room = await form_of(request), visits.actor_of(request), room_of(request)
    row = await _own(request)
    frame = Frame.of(row.draft, room.cities)
    form, unfit = await _with_files(request, frame, form)
    kept = await _kept_by(request, frame, form, *unfit, row=row)
    if kept is not None:
        return kept
    draft, faults = _checked(request, form, frame)
    version = int(form["version"]) if NUMBER.fullmatch(form["version"]) else 0
    if version != row.version:
        meanwhile = Fault(Text(key="console.error_announcement_changed"), "meanwhile")
        return await _page(request, frame, form, meanwhile, *unfit, row=row, typed=draft, status=409)
    if faults or unfit:
        return await _page(request, frame, form, *unfit, *faults, row=row)
    try:
        saved = await room.save(actor, row.id, version, draft)
    except NotPermitted:
        raise
    except DeskError as exc:
        now = await room.find(actor, row.id)
        typed = draft if now.version != version else None
        return await _page(request, frame, form, fault_at(exc), row=now, typed=typed, status=409)
    return await _saved(request, saved, form)


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def preview(request: web.Request) -> web.Response:
    """How what is typed reads in each language and on each channel, and in public."""
    form, actor = await form_of(request), visits.actor_of(request)
    frame = _frame(request, form)
    draft, faults = draft_of(form, frame, room_of(request).topics)
    corrects = int(form["corrects"]) if NUMBER.fullmatch(form["corrects"]) else None
    earlier = Earlier(form["earlier"]) if form["earlier"] in list(Earlier) else None
    corrected = None
    if corrects is not None:  # what another agency's is corrected by is imagined for nobody
        wrong = await room_of(request).find(actor, corrects)
        corrected = wrong.as_corrected if earlier is None else None
    row = looking_at(request).imagined(actor, draft, corrects, earlier, corrected)
    return shell.page(request, "announcement_preview.html", **await previewed(request, row), wrong=[*faults])


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def reach(request: web.Request) -> web.Response:
    """How many residents what is typed is for, and who approves that."""
    form = await form_of(request)
    frame = _frame(request, form)
    draft, faults = draft_of(form, frame, room_of(request).topics)
    corrects = int(form["corrects"]) if NUMBER.fullmatch(form["corrects"]) else None
    return shell.page(request, "announcement_reach.html", wrong=faults, **await _reach(request, draft, corrects))


@staff(Permission.ANNOUNCEMENT_READ)
async def image(request: web.Request) -> web.Response:
    """An image of an announcement that one may see, or one that one has just brought."""
    found = await room_of(request).image(visits.actor_of(request), request.match_info["sha256"])
    headers = {"Cache-Control": "private, max-age=300", "Content-Disposition": "inline"}
    return web.Response(body=found.content, content_type=found.content_type, headers=headers)


@staff(Permission.ANNOUNCEMENT_READ)
async def document(request: web.Request) -> web.Response:
    """A document of an announcement that one may see, or one that one has just brought: as a file to be kept."""
    sha256 = request.match_info["sha256"]
    content = await room_of(request).document(visits.actor_of(request), sha256)
    headers = {
        "Cache-Control": "private, max-age=300",
        "Content-Disposition": f'attachment; filename="{sha256[:16]}.pdf"',
    }
    return web.Response(body=content, content_type=papers.PDF, headers=headers)


@staff(Permission.ANNOUNCEMENT_PUBLISH)
async def drop_kept(request: web.Request) -> web.Response:
    """Forget a template, or an audience."""
    form, actor = await form_of(request), visits.actor_of(request)
    kept = Kept(room_of(request).engine)
    if not NUMBER.fullmatch(form["kept"]):
        raise web.HTTPBadRequest
    await (kept.drop_audience if form["what"] == "audience" else kept.drop_template)(actor, int(form["kept"]))
    return shell.see_other(NEW, done="announcement_dropped")


async def previewed(
    request: web.Request, row: AnnouncementRow, words: AnnouncementWords | None = None
) -> dict[str, Any]:
    """What a preview shows: readings by language, and what is said on public accounts, or why it cannot be."""
    words = words or AnnouncementWords(request)
    said: Sequence[Composed] = ()
    refused = None
    try:
        said = await room_of(request).in_public.composed(row.sayable)
    except DeskError as exc:
        refused = fault_of(exc).text
    return {
        "readings": words.readings(row),
        "said": said,
        "refused": refused,
        "picture": words.picture(row),
        "documents": words.documents(row),
        "is_open": row.published_at is None,
        "announcements": words,
    }


async def _reach(request: web.Request, draft: Draft, corrects: int | None) -> dict[str, Any]:
    room, actor = room_of(request), visits.actor_of(request)
    reach = await room.reach(actor, draft, corrects)
    corrected = None if corrects is None else await room.find(actor, corrects)
    first = None if corrected is None else corrected.as_corrected
    row = looking_at(request).imagined(actor, draft, corrects, None, first)
    before = None if corrected is None else corrected.draft
    return {
        "recipients": reach.residents,
        "spread": reach.parts,
        "costs": costs_of(AnnouncementWords(request), row, room.cities[draft.city], reach.parts),
        "second": second(draft, reach.residents, await room.share_of(actor, row)),
        "waiting": reach.waiting,
        "drawing": drawing_of(draft, room.cities[draft.city]),
        "frame_city": draft.city,
        "is_on_pages": draft.is_on_pages,
        "announcements": AnnouncementWords(request),
        "warnings": list(
            checks_of(row, reach, room.cities[draft.city], room.now(), before, await looking_at(request).alike(row))
        ),
        "dates": dates_of(request, draft),
    }


def dates_of(request: web.Request, draft: Draft) -> dict[str, Any]:
    """Of what is repeated the next dates and the last, in the city's zone, and how many there are; else nothing."""
    room, words = room_of(request), AnnouncementWords(request)
    if draft.schedule.every is None:
        return {}
    times = times_of(draft.schedule)
    coming = [one for one in times if one > room.now()]
    return {
        "next": [words.moment(draft.city, one) for one in coming[:SHOWN_DATES]],
        "last": words.moment(draft.city, times[-1]),
        "count": len(times),
        "zone": room.cities[draft.city].timezone,
    }


def drawing_of(draft: Draft, city: City) -> Drawing | None:
    """The picture of its area, if it has one."""
    return None if draft.audience.area is None else drawn(draft.audience.area, city)


def _checked(request: web.Request, form: Form, frame: Frame) -> tuple[Draft, list[Fault]]:
    """What was typed, and what is wrong with it: all of it where it is to be submitted."""
    room = room_of(request)
    draft, faults = draft_of(form, frame, room.topics)
    if form["do"] == "submit":
        wrong = faults_of(draft, frame.city, topics=room.topics, now=room.now())
        faults += [fault_at(one) for one in wrong]
    return draft, faults


async def _saved(request: web.Request, row: AnnouncementRow, form: Form) -> web.Response:
    room, actor = room_of(request), visits.actor_of(request)
    is_submitted = form["do"] == "submit"
    chosen = set(form)
    readers = {one: form[f"reader_{one}"] for one in LOCALES if f"reader_{one}" in chosen}
    try:
        await room.ask(actor, row.id, readers)
        if is_submitted:
            await room.submit(actor, row.id, to_another=True)
    except NotPermitted:
        raise
    except DeskError as exc:  # it is saved, and says what hinders it
        again = await _form_of(request, row)
        return await _page(request, Frame.of(row.draft, room.cities), again, fault_at(exc), row=row)
    return shell.see_other(f"{PATH}/{row.id}", done=f"announcement_{'submitted' if is_submitted else 'saved'}")


async def _form_of(request: web.Request, row: AnnouncementRow) -> Form:
    """The fields in which one that is kept is changed, with who is asked to read it."""
    room = room_of(request)
    asked, _ = await room.asked(visits.actor_of(request), row.id)
    fields = form_of_draft(row.draft, room.cities[row.city], row.version)
    return Form({**fields, **{f"reader_{one}": login for one, login in asked.items()}})


async def _kept_by(
    request: web.Request,
    frame: Frame,
    form: Form,
    *unfit: Fault,
    row: AnnouncementRow | None = None,
    corrects: AnnouncementRow | None = None,
) -> web.Response | None:
    """The page again, after an audience was taken or something was kept; None: nothing of that was asked."""
    actor, room = visits.actor_of(request), room_of(request)
    kept = Kept(room.engine)
    content = await file_of(request, "list_file")
    if form["do"] in ("bring", "bring_less"):
        form, brought, wrong = await with_list(request, frame, form, content, leaves_out=form["do"] == "bring_less")
        return await _page(request, frame, form, *unfit, *wrong, row=row, corrects=corrects, taken=brought)
    if content and form["do"] in ("save", "submit"):
        waits = Fault(Text(key="console.error_announcement_list_waits"), "list_file")
        return await _page(request, frame, form, *unfit, waits, row=row, corrects=corrects)
    draft, _ = draft_of(form, frame, room.topics)
    said = ""
    try:
        match form["do"]:
            case "take" | "leave_out":
                form = _taken(form, await kept.audiences(actor, frame.city.slug, frame.agency), draft, frame)
            case "keep_audience":
                await kept.keep_audience(actor, frame.city.slug, frame.agency, form["kept_name"], draft.audience)
                said = AnnouncementWords(request).t("done_announcement_kept")
            case "keep_template":
                await kept.keep_template(actor, form["template_name"], draft.model_copy(update={"mistake": {}}))
                said = AnnouncementWords(request).t("done_announcement_kept")
            case "look":
                pass
            case _:
                return None
    except NotPermitted:
        raise
    except AnnouncementFault as exc:
        return await _page(request, frame, form, *unfit, fault_at(exc), row=row, corrects=corrects)
    except DeskError as exc:
        field = "kept_name" if form["do"] == "keep_audience" else "template_name"
        return await _page(request, frame, form, *unfit, fault_of(exc, field), row=row, corrects=corrects)
    return await _page(request, frame, form, *unfit, row=row, corrects=corrects, said=said)


async def _with_files(request: web.Request, frame: Frame, form: Form) -> tuple[Form, list[Fault]]:
    """The form with the files that were chosen, which are kept from now on, and what is wrong with any."""
    form, unfit = await _with_image(request, frame, form)
    form, wrong = await _with_document(request, frame, form)
    return form, [*unfit, *wrong]


async def _with_document(request: web.Request, frame: Frame, form: Form) -> tuple[Form, list[Fault]]:
    have = documents_in(form)
    form = with_documents(form, have)
    content, name = await named_file_of(request, "document_file")
    if not content:
        return form, []
    if len(have) == MOST_DOCUMENTS:
        return form, [Fault(Text(key="console.error_announcement_document_many", args={"most": MOST_DOCUMENTS}), AT)]
    actor, room = visits.actor_of(request), room_of(request)
    await insist_on_pace(request, "documents of staff", request.app[PARTS].limits.documents_of_staff, actor.login)
    try:
        brought = await room.keep_document(actor, frame.city.slug, frame.agency, content, name)
    except AnnouncementFault as exc:
        return form, [fault_at(exc)]
    if brought.sha256 in {one.sha256 for one in have}:
        said = Text(key="console.error_announcement_document_twice", args={"name": brought.file})
        return form, [Fault(said, AT)]
    return with_documents(form, [*have, brought]), []


async def _with_image(request: web.Request, frame: Frame, form: Form) -> tuple[Form, list[Fault]]:
    """The form with the image that was chosen, which is kept from now on, or what is wrong with that."""
    fields = dict(form)
    if fields.pop("image_drop", ""):
        fields["image"] = ""
    content = await file_of(request, "image_file")
    if not content:
        return Form(fields), []
    actor, room = visits.actor_of(request), room_of(request)
    await insist_on_pace(request, "images of staff", request.app[PARTS].limits.images_of_staff, actor.login)
    try:
        image = await room.keep_image(actor, frame.city.slug, frame.agency, content)
    except AnnouncementFault as exc:
        return Form(fields), [fault_at(exc)]
    return Form({**fields, "image": image.sha256}), []


def _taken(form: Form, kept: Sequence[KeptAudience], draft: Draft, frame: Frame) -> Form:
    """The form with an audience that is kept, in place of its own or as those whom it leaves out.

    Raises:
        AnnouncementFault: it cannot be left out, or as many are as can be.
    """
    is_audience = form["do"] == "take"
    chosen = form["kept_audience" if is_audience else "kept_less"]
    found = next((one for one in kept if str(one.id) == chosen), None)
    if found is None:
        return form
    if not is_audience:
        return with_left_out(form, found.as_left_out)
    taking = draft.model_copy(update={"audience": found.audience})
    return _with_audience(form, form_of_draft(taking, frame.city))


def _with_audience(form: Form, audience: Form) -> Form:
    others = {name: value for name, value in form.items() if not name.startswith(TAKEN)}
    return Form({**others, **{name: value for name, value in audience.items() if name.startswith(TAKEN)}})


async def _begin(request: web.Request, form: Form, *faults: Fault) -> web.Response:
    actor, room = visits.actor_of(request), room_of(request)
    return shell.page(
        request,
        "announcement_begin.html",
        status=422 if faults else 200,
        faults=list(faults),
        form=form,
        places=places_of(request, actor),
        templates=await Kept(room.engine).templates(actor),
        announcements=AnnouncementWords(request),
    )


async def _page(
    request: web.Request,
    frame: Frame,
    form: Form,
    *faults: Fault,
    row: AnnouncementRow | None = None,
    corrects: AnnouncementRow | None = None,
    typed: Draft | None = None,
    taken: Brought | None = None,
    said: str = "",
    status: int = 422,
) -> web.Response:
    """The page where it is written. `typed` is shown beside what somebody else saved meanwhile; a list was `taken`."""
    room, actor, words = room_of(request), visits.actor_of(request), AnnouncementWords(request)
    actor.require(Permission.ANNOUNCEMENT_PUBLISH, frame.city.slug, frame.agency)
    is_new = row is None and corrects is None
    last = await looking_at(request).last_topic(actor, frame.city.slug, frame.agency) if is_new else None
    is_chosen = bool(form["topic"])
    if not is_chosen:
        form = Form({**form, "topic": last or next(iter(room.topics))})
    draft, _ = draft_of(form, frame, room.topics)
    wrong = corrects.id if corrects is not None else row.corrects if row is not None else None
    before = corrects.as_corrected if corrects is not None else row.corrected if row is not None else None
    looked = looking_at(request).imagined(actor, draft, wrong, None if row is None else row.earlier, before)
    kept = await Kept(room.engine).audiences(actor, frame.city.slug, frame.agency)
    authors = set() if row is None else (await room.asked(actor, row.id))[1]
    readers = await room.readers(actor, frame.city.slug, frame.agency, {actor.login, *authors})
    names = await shell.named(request, (one.login for one in readers))
    return shell.page(
        request,
        "announcement_write.html",
        status=status if faults else 200,
        faults=list(faults),
        form=form,
        frame=frame,
        row=row,
        corrects=wrong,
        says_mistake=wrong is not None and (row is None or row.earlier is None),
        path=NEW if row is None else f"{PATH}/{row.id}/edit",
        version=row.version if row is not None else "",
        meanwhile=_meanwhile(words, row, typed),
        kept_audiences=[(str(one.id), one.name, "") for one in kept],
        kept_less=[(str(one.id), one.name, "") for one in kept if one.may_be_left_out],
        left_out=[
            (place, one.model_dump_json(), words.left_out(one))
            for place, one in zip(PLACES, draft.audience.without, strict=False)
        ],
        said_done=said,
        taken=taken,
        returned="" if row is None else await looking_at(request).returned_because(row),
        readers=[(one.login, names.of(one.login), "") for one in readers],
        brought=(taken and taken.said) or await brought_by(request, frame, form),
        **limits_of(words),
        longest=LONGEST,
        megabytes=LARGEST // 1_000_000,
        kinds=",".join(FORMATS),
        brought_documents=[
            (at, form[f"{DOCUMENT}{at}"], one) for at, one in enumerate(draft.documents) if form[f"{DOCUMENT}{at}"]
        ],
        most_documents=MOST_DOCUMENTS,
        document_megabytes=papers.LARGEST // 1024 // 1024,
        most_times=MOST_TIMES,
        needed=needed_of(draft, frame.city),
        topic_hint=_topic_hint(words, form["topic"], last, is_chosen=is_chosen or not is_new),
        placeholders=" ".join(f"{{{one}}}" for one in sorted(PLACEHOLDERS)),
        languages=[
            (code, LANGUAGE_TAGS[code], words.language(code))
            for code in LOCALES
            if code in languages_of(frame.city) or code in draft.languages
        ],
        **_choices(request, frame, words),
        **{**await previewed(request, looked), **await _reach(request, draft, wrong)},
    )


def _topic_hint(words: AnnouncementWords, topic: str, last: str | None, *, is_chosen: bool) -> str:
    """Where the topic comes from, while nobody has chosen another."""
    if last is not None and topic == last:
        return words.t("announcement_topic_last")
    return "" if is_chosen else words.t("announcement_topic_first")


def _meanwhile(
    words: AnnouncementWords, row: AnnouncementRow | None, typed: Draft | None
) -> Sequence[tuple[str, Any, str, str]]:
    """How what was typed differs from what is stored by now: field, marked pieces, or both values."""
    if row is None or typed is None:
        return ()
    return described(words, row, row.draft, typed)


def described(
    words: AnnouncementWords, row: AnnouncementRow, before: Draft, after: Draft
) -> Sequence[tuple[str, Any, str, str]]:
    """Differences as a page shows them: field, marked pieces of a text, else the value before and after."""
    return [
        (
            words.field(one.field),
            one.pieces,
            "" if one.pieces else words.value(row, one.field, one.before),
            "" if one.pieces else words.value(row, one.field, one.after),
        )
        for one in changes(before, after)
    ]


def _choices(request: web.Request, frame: Frame, words: AnnouncementWords) -> Mapping[str, Any]:
    """What can be chosen, each by its name."""
    of, city = shell.words_of(request), frame.city
    topics: Options = [(one, words.topic(one), "") for one in room_of(request).topics]
    services = [one for one in city.services if one in request.app[PARTS].services]
    return {
        "topics": topics,
        "districts": [(one.slug, of.district(city.slug, one.slug)) for one in city.districts],
        "channels": [(one, words.channel(one)) for one in frame.channels],
        "services": sorted(((one, words.service(one)) for one in services), key=lambda one: one[1]),
        "urgencies": [(str(one), words.t(f"announcement_urgency_{one}"), "") for one in Urgency],
        "whom": [(one, words.t(f"announcement_whom_{one}")) for one in WHOM],
        "datums": [(one, words.t(f"announcement_datum_{one}"), "") for one in DATUMS],
        "every": [(one, words.t(f"announcement_every_{one}"), "") for one in EVERY],
        "on_pages": [(one, words.t(f"announcement_on_pages_{one}"), "") for one in ON_PAGES],
        "public": [(one, words.t(f"announcement_public_{one}")) for one in PUBLIC],
    }


def places_of(request: web.Request, actor: Actor) -> Options:
    """The agencies for which somebody writes."""
    words = shell.words_of(request)
    return [
        (f"{slug}/{agency.slug}", words.agency(slug, agency.slug), words.city(slug))
        for slug, city in request.app[PARTS].cities.items()
        for agency in city.agencies
        if actor.may(Permission.ANNOUNCEMENT_PUBLISH, slug, agency.slug)
    ]


def _frame(request: web.Request, form: Form) -> Frame:
    """What of a new announcement never changes.

    Raises:
        NotFound: there is no such place for which somebody writes.
    """
    if form["place"] not in {value for value, _, _ in places_of(request, visits.actor_of(request))}:
        raise NotFound("There is no such place.", said=Text(key="console.error_no_place"))
    city, _, agency = form["place"].partition("/")
    kind = Kind.ALERT if form["kind"] == Kind.ALERT else Kind.ANNOUNCEMENT
    mode = Mode.TRAINING if form["mode"] == Mode.TRAINING else Mode.LIVE
    return Frame(room_of(request).cities[city], agency, kind, mode)


async def _own(request: web.Request) -> AnnouncementRow:
    """The announcement of the address, if one may write it."""
    actor = visits.actor_of(request)
    row = await room_of(request).find(actor, int(request.match_info["announcement"]))
    actor.require(Permission.ANNOUNCEMENT_PUBLISH, row.city, row.agency)
    return row


def as_correction(wrong: AnnouncementRow) -> Draft:
    """What a correction begins with: the same texts, at once, in quiet hours where the other was told in them."""
    at_once = Schedule(quiet=wrong.schedule.quiet)
    return wrong.draft.model_copy(update={"schedule": at_once, "on_pages": wrong.draft.is_on_pages, "mistake": {}})


SECTION = Section(
    routes=(
        web.get(NEW, new_page),
        web.post(NEW, create),
        web.post(f"{PATH}/preview", preview),
        web.post(f"{PATH}/reach", reach),
        web.post(f"{PATH}/kept", drop_kept),
        web.get(f"{PATH}/images/{{sha256:[0-9a-f]{{64}}}}", image),
        web.get(f"{PATH}/documents/{{sha256:[0-9a-f]{{64}}}}", document),
        web.get(f"{ONE}/edit", edit_page),
        web.post(f"{ONE}/edit", save),
    ),
)
