"""Documents of announcements for everybody: on pages and in feeds, as long as their announcement stands."""

import json
from datetime import timedelta
from urllib.parse import quote

import feedparser
from fixtures.announcing import EDITOR, Room
from fixtures.bulletin import CITY
from fixtures.drawn import drawn
from fixtures.house import House
from fixtures.papers import larger, printed
from fixtures.web import serving
from icalendar import Calendar
from integration.test_announcement_documents import NAMES, SHA, address, brought
from integration.test_announcement_images import brought as image_brought
from integration.test_announcement_images import fetched
from yarl import URL

from desk.announcements.composing.documents import path_of


async def test_a_document_is_fetched_as_long_as_its_announcement_stands(house: House) -> None:
    """Not a draft's, nor a training's, nor below another announcement; gone, with the word so, once it is withdrawn."""
    room = Room(house)
    kept, drill = await brought(room), await brought(room, printed("A drill"))
    draft = await room.announcements.create(EDITOR, room.draft(documents=[kept]))
    training = await room.publish(documents=[drill], mode="training")
    other = await room.publish()
    async with serving(house, now=lambda: room.now) as site:
        for hidden in (address(kept, draft.id), address(drill, training), address(kept, other)):
            assert (await fetched(site, hidden))[0] == 404
        await room.announcements.submit(EDITOR, draft.id)
        status, content, headers = await fetched(site, f"{address(kept, draft.id)}?lang=en")
        assert (status, content, headers["Content-Type"]) == (200, printed(), "application/pdf")
        named = quote(f"{NAMES['en']}.pdf", safe="")
        assert headers["Content-Disposition"] == (
            f"attachment; filename=\"{kept.sha256[:16]}.pdf\"; filename*=UTF-8''{named}"
        )
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable, s-maxage=60"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        async with site.http.head(f"{site.url}{address(kept, draft.id)}") as head:
            assert (head.status, head.content_length, await head.read()) == (200, kept.size, b"")
        known = {"If-None-Match": headers["ETag"]}
        assert (await fetched(site, address(kept, draft.id), **known))[0] == 304
        wrong = (address(kept, draft.id).replace(CITY, "ningbo"), path_of(CITY, draft.id, SHA), address(kept, 999))
        assert [(await fetched(site, one))[0] for one in wrong] == [404, 404, 404]
        await room.announcements.withdraw(EDITOR, draft.id, "wrong street")
        status, gone, headers = await fetched(site, f"{address(kept, draft.id)}?lang=en", **known)
        assert (status, headers["Content-Type"].partition(";")[0], b"%PDF" in gone) == (410, "text/html", False)


async def test_a_large_document_comes_whole(house: House) -> None:
    """Part by part, each byte once, as the file was that came."""
    room, content = Room(house), larger(printed(), 3_000_001)
    kept = await brought(room, content)
    number = await room.publish(documents=[kept])
    async with serving(house, now=lambda: room.now) as site:
        status, body, headers = await fetched(site, address(kept, number))
    assert (status, body == content, headers["Content-Length"]) == (200, True, str(len(content)))


async def test_pages_and_feeds_name_it_with_its_kind_and_size(house: House) -> None:
    """On its page, in Atom, JSON Feed and the calendar, in each language or by its file's name."""
    room = Room(house)
    kept = await brought(room, zh_Hans='停水<范围>"图"')
    plain = await brought(room, printed("More"), file="permit.pdf", zh_Hant=" ")
    image = await image_brought(room, drawn("PNG"))
    until = room.now + timedelta(hours=8)
    number = await room.publish(documents=[kept, plain], image=image, until=until)
    size = f"{max(1, round(kept.size / 1000))} KB"
    async with serving(house, now=lambda: room.now) as site:
        for lang, named, tag in (
            ("zh-Hant", f"停水&lt;範圍&gt;&#34;圖&#34;（PDF，{size}）", "zh-Hant"),
            ("en", f"停水&lt;范围&gt;&#34;图&#34; (PDF, {size})", "zh-Hans"),
        ):
            _, page, _ = await fetched(site, f"/{CITY}/announcements/{number}?lang={lang}")
            link = f'href="{address(kept, number)}?lang={lang}" lang="{tag}"'
            assert (link in page.decode(), f">{named}</a>" in page.decode()) == (True, True)
            assert f">permit{named.rpartition('#34;')[2]}</a>" in page.decode()
        _, atom, _ = await fetched(site, f"/{CITY}/announcements.atom?lang=en")
        read = feedparser.parse(atom)
        files = [(URL(one.href).path, one.type, one.length) for one in read.entries[0].enclosures]
        pdf = "application/pdf"
        assert files[1:] == [(address(one, number), pdf, str(one.size)) for one in (kept, plain)]
        assert (read.bozo, f"permit (PDF, {size})</a>" in read.entries[0].content[0].value) == (0, True)
        _, body, _ = await fetched(site, f"/{CITY}/announcements.json?lang=zh_Hans")
        attached = json.loads(body)["items"][0]["attachments"]
        assert [one["mime_type"] for one in attached] == ["image/png", pdf, pdf]
        assert (URL(attached[1]["url"]).is_absolute(), attached[1]["size_in_bytes"]) == (True, kept.size)
        assert attached[1]["title"] == f'停水<范围>"图"（PDF，{size}）'
        _, body, _ = await fetched(site, f"/{CITY}/announcements.ics?lang=en")
        [event] = Calendar.from_ical(body.decode()).walk("VEVENT")
        assert [(URL(one).path, one.params["FMTTYPE"]) for one in event["ATTACH"]] == [
            (address(one, number), pdf) for one in (kept, plain)
        ]
        await room.announcements.withdraw(EDITOR, number, "wrong")
        for form in ("atom", "json", "ics"):
            _, body, _ = await fetched(site, f"/{CITY}/announcements.{form}?lang=en")
            assert kept.sha256[:16] not in body.decode()


async def test_what_was_corrected_keeps_its_documents_below_its_correction(house: House) -> None:
    """Both stand on the page of the one that was wrong, each with its own."""
    room = Room(house)
    wrong, right = await brought(room), await brought(room, printed("Right"))
    number = await room.publish(documents=[wrong])
    row = await room.announcements.correct(EDITOR, number, room.draft(documents=[right]))
    await room.announcements.submit(EDITOR, row.id)
    async with serving(house, now=lambda: room.now) as site:
        _, page, _ = await fetched(site, f"/{CITY}/announcements/{number}?lang=en")
        for path in (address(wrong, number), address(right, row.id)):
            assert (path in page.decode(), (await fetched(site, path))[0]) == (True, 200)
