"""Images of announcements: brought, approved with what they say, shown to everybody, to nobody before."""

import hashlib
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from aiohttp import ClientSession, FormData
from fixtures.announcing import APPROVER, EDITOR, TOPICS, Room
from fixtures.bulletin import CITY
from fixtures.desk_command import Typed
from fixtures.desks import Answer, Chair, desks_at, hire
from fixtures.drawn import SECRET, drawn, moving, seen, telling
from fixtures.house import ROOT, House
from fixtures.staffed import actor
from fixtures.web import Site, serving
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from yarl import URL

from desk.announcements.composing.images import forget_unused
from desk.announcements.composing.kept import Kept
from desk.announcements.content import AnnouncementFault, Image, State, faults_of
from desk.announcements.looking import Looking
from desk.announcements.words import Notice
from desk.announcements.words import said as said_of
from desk.contract.errors import NotFound
from desk.contract.staff import Grant, NotPermitted, Role
from desk.contract.wire import LOCALES
from desk.store.database import transaction

ALT = {"zh_Hans": "停水范围地图", "en": "A map of the streets without water"}
PLACE = f"{CITY}/city_hall"
NEW = "/console/announcements/new"
FIELDS = {
    "place": PLACE,
    "topic": "water",
    "title_zh_Hans": "文三路停水检修",
    "title_en": "No water in Wensan Road",
    "text_zh_Hans": "周四8时至17时停水检修。",
    "text_en": "Thursday, 8 am to 5 pm.",
    "alt_zh_Hans": ALT["zh_Hans"],
    "alt_en": ALT["en"],
    "any_hour": "yes",
}
CHANGE = text("UPDATE announcement_images SET content = content || CAST('0' AS bytea)")
OTHER_IMAGE = text("""UPDATE announcements SET image = jsonb_set(image, '{sha256}', to_jsonb(CAST(:sha256 AS text)))""")


async def brought(room: Room, content: bytes | None = None, **said: str) -> Image:
    """An image that is kept, with what is to be seen on it."""
    agency = room.house.cities[CITY].agencies[0].slug
    image = await room.announcements.keep_image(EDITOR, CITY, agency, content or drawn())
    return image.model_copy(update={"alternatives": said or ALT})


def address(image: Image, suffix: str = "jpg") -> str:
    return f"/{CITY}/announcements/images/{image.sha256}.{suffix}"


async def test_an_image_is_kept_once_and_its_bringing_stands_in_the_audit(house: House) -> None:
    """By its hash, whoever brings it; what is hidden in it is not kept."""
    room = Room(house)
    first, again = await brought(room, telling()), await brought(room, telling())
    assert first.sha256 == again.sha256
    kept = await room.announcements.image(EDITOR, first.sha256)
    assert (SECRET in kept.content, kept.width, await house.scalar("SELECT count(*) FROM announcement_images")) == (
        False,
        320,
        1,
    )
    acts = await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'announcement.keep_image'")
    assert acts == 2


async def test_who_does_not_write_for_an_agency_brings_no_images(house: House) -> None:
    """By the permission to publish there."""
    with pytest.raises(NotPermitted):
        await Room(house).announcements.keep_image(APPROVER, CITY, "city_hall", drawn())


async def test_an_image_that_is_not_here_is_refused(house: House) -> None:
    """A hash that nothing is kept of is no image."""
    with pytest.raises(AnnouncementFault, match="image_gone"):
        await Room(house).announcements.create(EDITOR, Room(house).draft(image=Image(sha256="0" * 64)))


async def test_the_store_keeps_nothing_else_under_a_hash(house: House) -> None:
    """What was approved is what is shown: another content is refused by the table itself."""
    await brought(Room(house))
    with pytest.raises(IntegrityError):
        async with transaction(house.engine) as connection:
            await connection.execute(CHANGE)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["alt"]),
        ({"en": "  "}, ["alt"]),
        ({"zh_Hant": "停水範圍地圖"}, []),
        ({"en": "a" * 301}, ["alt"]),
        ({"en": "a" * 300}, []),
    ],
)
async def test_an_image_says_what_is_to_be_seen_on_it(house: House, said: dict[str, str], found: list[str]) -> None:
    """In one language at least, in some words."""
    room = Room(house)
    draft = room.draft(image=Image(sha256="0" * 64, alternatives=said))
    wrong = faults_of(draft, house.cities[CITY], topics=room.announcements.topics, now=room.now)
    assert [getattr(one, "field", None) for one in wrong] == found


@pytest.mark.parametrize("changes", ["image", "words"])
async def test_an_approval_is_bound_to_the_image_and_its_words(house: House, changes: str) -> None:
    """Another image in the store, or other words of it, were not approved: nothing is told."""
    room = Room(house)
    image, other = await brought(room), await brought(room, drawn("PNG"))
    later = {"at": room.now + timedelta(hours=1), "quiet": False}
    row = await room.approve(await room.pending(image=image, schedule=later))
    assert row.state is State.APPROVED
    async with transaction(house.engine) as connection:
        if changes == "image":
            await connection.execute(OTHER_IMAGE, {"sha256": other.sha256})
        else:
            await connection.execute(text("""UPDATE announcements SET image = image || '{"alternatives": {}}'"""))
    room.now += timedelta(hours=2)
    await room.announcements.begin_due()
    assert ((await room.find(row.id)).state, (await room.history(row.id))[-1]) == (State.CANCELLED, "void")


async def test_what_was_approved_before_there_were_images_stays_approved(house: House) -> None:
    """Without an image an approval is bound to what it was bound to before: no word of one."""
    room = Room(house)
    row = await room.pending()
    later = {"image": True, "documents": True, "on_pages": True, "mistake": True}
    later["audience"] = {"area", "and_followers", "without"}
    draft = row.draft.model_dump(mode="json", exclude=later)
    reply = said_of(Notice.of(row, at=row.submitted_at or row.created_at), house.cities[CITY], TOPICS, unasked=True)
    bound = {
        "announcement": row.id,
        "version": row.version,
        "corrects": None,
        "draft": draft,
        "rendered": {
            one: house.catalogs.render(reply, one).model_dump(mode="json", exclude={"image", "line", "links"})
            for one in LOCALES
        },
    }
    before = hashlib.sha256(json.dumps(bound, ensure_ascii=False, sort_keys=True).encode()).digest()
    assert room.announcements.digest(row) == before


async def test_changing_the_image_is_a_new_version_that_nobody_approved(house: House) -> None:
    """It is named among the changes; templates, corrections and repetitions carry it."""
    room = Room(house)
    image, other = await brought(room), await brought(room, drawn("PNG"))
    row = await room.approve(await room.pending(image=image, schedule={"at": room.now + timedelta(hours=1)}))
    changed = row.draft.model_copy(update={"image": other})
    saved = await room.announcements.save(EDITOR, row.id, row.version, changed)
    assert (saved.state, saved.version, saved.image) == (State.DRAFT, 2, other)
    versions = await Looking(room.announcements).versions(EDITOR, row.id)
    assert [one.draft.image for one in versions] == [other, image]
    kept = Kept(house.engine)
    await kept.keep_template(EDITOR, "with a map", changed)
    assert (await kept.templates(EDITOR))[0].draft.image == other
    every = {"at": room.now + timedelta(hours=1), "every": "day", "times": 2, "quiet": False}
    repeated = await room.approve(await room.pending(image=image, schedule=every))
    again = await house.scalar(f"SELECT image->>'sha256' FROM announcements WHERE repeats = {repeated.id}")
    assert again == image.sha256


async def test_images_that_nothing_names_are_deleted_after_a_day(house: House) -> None:
    """Versions and templates keep theirs, also of an announcement that has another by now."""
    room = Room(house)
    first, second, third, lost = [await brought(room, drawn("PNG", size=(size, 10))) for size in (10, 20, 30, 40)]
    row = await room.announcements.create(EDITOR, room.draft(image=first))
    await room.announcements.save(EDITOR, row.id, 1, room.draft(image=second))
    await Kept(house.engine).keep_template(EDITOR, "one", room.draft(image=third))

    async def left(before: datetime) -> set[str]:
        async with transaction(house.engine) as connection:
            await forget_unused(connection, before)
            return set((await connection.execute(text("SELECT sha256 FROM announcement_images"))).scalars())

    assert len(await left(room.now)) == 4
    assert await left(room.now + timedelta(seconds=1)) == {first.sha256, second.sha256, third.sha256}
    with pytest.raises(NotFound):
        await room.announcements.image(EDITOR, lost.sha256)


async def test_staff_see_images_of_their_places_alone(house: House) -> None:
    """A draft's image by the permission to read it; one just brought is seen by who brought it."""
    room = Room(house)
    image = await brought(room)
    near, far = actor("near", Grant(Role.APPROVER, CITY)), actor("far", Grant(Role.APPROVER, "ningbo"))
    with pytest.raises(NotFound):
        await room.announcements.image(near, image.sha256)
    await room.announcements.create(EDITOR, room.draft(image=image))
    assert (await room.announcements.image(near, image.sha256)).content_type == "image/jpeg"
    with pytest.raises(NotFound):
        await room.announcements.image(far, image.sha256)


# For everybody


async def fetched(site: Site, path: str, **headers: str) -> tuple[int, bytes, Any]:
    async with site.http.get(f"{site.url}{path}", headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_an_image_is_public_as_long_as_its_announcement_is(house: House) -> None:
    """Not a draft's, nor another city's, nor a training's; gone with what was taken back."""
    room = Room(house)
    image, drill = await brought(room), await brought(room, drawn("PNG"))
    draft = await room.announcements.create(EDITOR, room.draft(image=image))
    await room.publish(image=drill, mode="training")
    async with serving(house, now=lambda: room.now) as site:
        for hidden in (address(image), address(drill, "png")):
            assert (await fetched(site, hidden))[0] == 404
        await room.announcements.submit(EDITOR, draft.id)
        status, content, headers = await fetched(site, address(image))
        assert (status, seen(content).size, headers["Content-Type"]) == (200, (320, 200), "image/jpeg")
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (await fetched(site, address(image), **{"If-None-Match": headers["ETag"]}))[0] == 304
        wrong = (address(image, "png"), address(image).replace(CITY, "ningbo"), address(Image(sha256="0" * 64)))
        assert [(await fetched(site, one))[0] for one in wrong] == [404, 404, 404]
        await room.announcements.withdraw(EDITOR, draft.id, "wrong street")
        assert (await fetched(site, address(image)))[0] == 404


async def test_pages_and_feeds_show_it_with_what_is_to_be_seen_on_it(house: House) -> None:
    """On its page, in the archive, in Atom and JSON Feed, in each language or in one that there is."""
    room = Room(house)
    image = await brought(room, drawn("PNG"), zh_Hans='停水<范围>"地图"')
    number = await room.publish(image=image)
    async with serving(house, now=lambda: room.now) as site:
        for path in (f"/{CITY}", f"/{CITY}/announcements", f"/{CITY}/announcements/{number}"):
            for lang, alt, tag in (
                ("zh_Hant", "停水&lt;範圍&gt;&#34;地圖&#34;", "zh-Hant"),
                ("en", "停水&lt;范围&gt;", "zh-Hans"),
            ):
                _, page, _ = await fetched(site, f"{path}?lang={lang}")
                [shown] = re.findall(r"<img[^>]*>", page.decode())
                assert f'src="{address(image, "png")}"' in shown
                assert (f'alt="{alt}' in shown, f'lang="{tag}"' in shown, 'width="320"' in shown) == (True, True, True)
        _, atom, _ = await fetched(site, f"/{CITY}/announcements.atom?lang=en")
        read = feedparser.parse(atom)
        [file] = read.entries[0].enclosures
        size = str(len((await fetched(site, address(image, "png")))[1]))
        assert (read.bozo, URL(file.href).path, file.type, file.length) == (0, address(image, "png"), "image/png", size)
        [content] = read.entries[0].content
        assert "<img" in content.value
        assert "停水&lt;范围&gt;&quot;地图&quot;" in content.value
        _, body, _ = await fetched(site, f"/{CITY}/announcements.json?lang=zh_Hans")
        [item] = json.loads(body)["items"]
        assert URL(item["image"]).is_absolute()
        assert item["attachments"] == [
            {
                "url": item["image"],
                "mime_type": "image/png",
                "size_in_bytes": int(size),
                "title": '停水<范围>"地图"',
            }
        ]
        await room.announcements.withdraw(EDITOR, number, "wrong")
        for form in ("atom", "json"):
            _, body, _ = await fetched(site, f"/{CITY}/announcements.{form}?lang=en")
            assert image.sha256 not in body.decode()


# In the console


@asynccontextmanager
async def seats(house: House) -> AsyncIterator[tuple[Chair, Chair]]:
    editor = await hire(house.engine, "lin", Grant(Role.EDITOR, CITY, "city_hall"))
    approver = await hire(house.engine, "wang", Grant(Role.APPROVER, CITY, "city_hall"))
    async with desks_at(house) as desks, desks.chair(editor) as writing, desks.chair(approver) as reading:
        yield writing, reading


async def send(chair: Chair, path: str, file: bytes | None, *, of: str, **fields: str) -> Answer:
    """Send the form where an announcement is written, as a browser does."""
    form = FormData()
    for name, value in {"csrf": (await chair.get(of)).csrf, **FIELDS, **fields}.items():
        form.add_field(name, value)
    name, content = "map.jpg" if file else "", io.BytesIO(file or b"")
    form.add_field("image_file", content, filename=name, content_type="application/octet-stream")
    return await chair.send(path, form)  # type: ignore[arg-type]


def image_in(page: Answer) -> str:
    return page.hidden("image")


async def test_from_a_chosen_file_to_everybody(house: House) -> None:
    """An editor attaches it, sees it and says what it shows; an approver sees it so; then it is public."""
    here = house.cities[CITY]
    strict = here.announcing.model_copy(update={"alone_up_to": 0})
    house.cities[CITY] = here.model_copy(update={"announcing": strict})
    of = f"{NEW}?place={PLACE}"
    await Room(house).reader()
    async with seats(house) as (writing, reading):
        page = await send(writing, NEW, telling(), of=of, do="look")
        sha256 = image_in(page)
        shown = f'src="/console/announcements/images/{sha256}"'
        assert (page.status, page.text.count(shown)) == (200, 2)
        async with writing.http.get(f"{writing.url}/console/announcements/images/{sha256}") as answer:
            assert (answer.status, answer.content_type, SECRET in await answer.read()) == (200, "image/jpeg", False)
        hidden = await reading.get(f"/console/announcements/images/{sha256}")
        assert hidden.status == 404
        sent = await send(writing, NEW, None, of=of, do="submit", image=sha256)
        assert sent.path.endswith("done=announcement_submitted"), sent.errors
        look = await reading.get("/console/announcements/1")
        assert (shown in look.text, ALT["zh_Hans"] in look.text, ALT["en"] in look.text) == (True, True, True)
        async with ClientSession() as http, http.get(f"{reading.url}{address(Image(sha256=sha256))}") as answer:
            assert answer.status == 404
        fields = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
        done = await reading.post("/console/announcements/1/approve", fields, of="/console/announcements/1")
        assert done.path.endswith("done=announcement_approved"), done.errors
        async with ClientSession() as http, http.get(f"{reading.url}{address(Image(sha256=sha256))}") as answer:
            assert answer.status == 200
        correction = await writing.get(f"{NEW}?corrects=1")
        assert image_in(correction) == sha256


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"<svg/>", "choose a JPEG, PNG or WebP file."),
        (moving("PNG"), "choose one that is not animated."),
        (drawn()[:900], "the file is damaged or incomplete."),
        (drawn("PNG", size=(17_000, 2)), "The image has too many pixels"),
        (drawn() + b"0" * 5_000_000, "choose a file of up to 5 MB."),
    ],
    ids=["kind", "animated", "broken", "dimensions", "large"],
)
async def test_what_is_wrong_with_a_file_is_said_and_nothing_is_lost(house: House, file: bytes, said: str) -> None:
    """At its field; texts, the image before and its words stay."""
    of = f"{NEW}?place={PLACE}"
    async with seats(house) as (writing, _):
        before = image_in(await send(writing, NEW, drawn(), of=of, do="look"))
        page = await send(writing, NEW, file, of=of, do="save", image=before)
        assert (page.status, said in page.errors, 'href="#image_file"' in page.text) == (422, True, True), page.errors
        assert image_in(page) == before
        assert [one for one in FIELDS.values() if one not in page.text] == []
    assert await house.scalar("SELECT count(*) FROM announcements") == 0


async def test_an_image_without_words_is_not_submitted(house: House) -> None:
    """The words are asked for at their field, and the image is not lost."""
    async with seats(house) as (writing, _):
        of = f"{NEW}?place={PLACE}"
        page = await send(writing, NEW, drawn(), of=of, do="submit", alt_zh_Hans="", alt_en="")
        assert "describe the image in at least one language" in page.errors
        assert ('href="#alt_zh_Hans"' in page.text, len(image_in(page))) == (True, 64)


async def test_an_image_is_removed_and_the_change_is_named(house: House) -> None:
    """A version without it; what another version had is said."""
    of, edit = f"{NEW}?place={PLACE}", "/console/announcements/1/edit"
    async with seats(house) as (writing, _):
        saved = await send(writing, NEW, drawn(), of=of, do="save")
        assert saved.path.endswith("done=announcement_saved"), saved.errors
        sha256 = image_in(await writing.get(edit))
        gone = await send(writing, edit, None, of=edit, do="save", image=sha256, image_drop="yes", version="1")
        assert gone.path.endswith("done=announcement_saved"), gone.errors
        assert f"/images/{sha256}" not in gone.text
        assert f"<del>Image {sha256[:8]}</del>" in gone.text
    assert await house.scalar("SELECT count(*) FROM announcements WHERE image IS NULL") == 1


async def test_a_file_comes_from_an_own_form_alone(house: House) -> None:
    """Without the form's token nothing is kept; other forms take no files."""
    async with seats(house) as (writing, _):
        for path in (NEW, "/console/announcements/preview"):
            form = FormData({"place": PLACE, "do": "look"})
            form.add_field("image_file", drawn(), filename="map.jpg")
            assert (await writing.send(path, form)).status == 403  # type: ignore[arg-type]
    assert await house.scalar("SELECT count(*) FROM announcement_images") == 0


# By command


async def test_an_image_is_attached_by_command(
    house: House, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is to be seen on it; what is wrong is one line."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    (tmp_path / "map.jpg").write_bytes(telling())
    written = ["--city", CITY, "--agency", "city_hall", "--topic", "water", "--title", "停水", "--title-en", "No water"]
    written += ["--text", "周四停水。", "--text-en", "Thursday.", "--draft", "--json"]
    for wrong, why in (
        (("--image", str(tmp_path / "none.jpg"), "--alt", "地图"), "cannot be read"),
        (("--alt", "地图"), "name one with --image"),
        (("--image", str(ROOT / "README.md"), "--alt", "地图"), "error_announcement_image_kind"),
    ):
        code, _, errors = await typed("announce", "publish", *written, *wrong)
        assert (code, len(errors.splitlines()), why in errors) == (1, 1, True), errors
    image = ("--image", str(tmp_path / "map.jpg"), "--alt", "停水范围地图", "--alt-en", "A map")
    code, output, errors = await typed("announce", "publish", *written, *image)
    assert code == 0, errors
    made = json.loads(output)
    assert made["image"]["alternatives"] == {"zh_Hans": "停水范围地图", "en": "A map"}
    kept = await Room(house).announcements.image(EDITOR, made["image"]["sha256"])
    assert (kept.content_type, SECRET in kept.content) == ("image/jpeg", False)
    _, output, _ = await typed("announce", "show", str(made["announcement"]))
    assert "A map" in output
