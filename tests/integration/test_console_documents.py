"""Documents of announcements in the console, and by command: attached, named, refused, removed."""

import io
import json
from html import unescape
from pathlib import Path

import pytest
from aiohttp import FormData
from fixtures.announcing import Room
from fixtures.bulletin import CITY
from fixtures.desk_command import Typed
from fixtures.desks import Answer, Chair
from fixtures.house import ROOT, House
from fixtures.papers import locked, opening, printed, script
from integration.test_announcement_images import FIELDS, NEW, PLACE, seats


async def send(
    chair: Chair, path: str, file: bytes | None, *, of: str, name: str = "停水.pdf", **fields: str
) -> Answer:
    """Send the form where an announcement is written, as a browser does."""
    form = FormData(quote_fields=False)  # as browsers write names
    for key, value in {"csrf": (await chair.get(of)).csrf, **FIELDS, **fields}.items():
        form.add_field(key, value)
    content = io.BytesIO(file or b"")
    form.add_field("document_file", content, filename=name if file else "", content_type="application/octet-stream")
    return await chair.send(path, form)  # type: ignore[arg-type]


def held(page: Answer, name: str) -> str:
    """A document that a page holds in a field, as JSON."""
    return unescape(page.hidden(name))


async def test_from_a_chosen_file_to_everybody(house: House) -> None:
    """An editor attaches it and names it; an approver sees and fetches it so; then it is public."""
    Room(house).alone_up_to(0)
    await Room(house).reader()
    of = f"{NEW}?place={PLACE}"
    async with seats(house) as (writing, reading):
        page = await send(writing, NEW, printed(), of=of, do="look")
        kept = held(page, "document_0")
        sha256 = json.loads(kept)["sha256"]
        assert (json.loads(kept)["file"], f"/console/announcements/documents/{sha256}" in page.text) == (
            "停水.pdf",
            True,
        )
        named = {"document_0": kept, "name_0_en": "Streets", "name_0_zh_Hans": "范围"}
        sent = await send(writing, NEW, printed("More"), of=of, name="more.pdf", do="submit", **named)
        assert sent.path.endswith("done=announcement_submitted"), sent.errors
        shown = await reading.get("/console/announcements/1")
        size = f"{max(1, round(len(printed()) / 1000))} KB"
        assert [one in shown.text for one in (f"Streets (PDF, {size})", f"范围（PDF，{size}）", "more.pdf")] == [
            True
        ] * 3
        async with reading.http.get(f"{reading.url}/console/announcements/documents/{sha256}") as answer:
            assert (answer.status, await answer.read()) == (200, printed())
        edit = await writing.get("/console/announcements/1/edit")
        assert held(edit, "document_0") == kept
        assert 'name="name_0_en" value="Streets"' in edit.text


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"<html></html>", "choose a PDF file."),
        (locked("secret"), "The PDF is protected."),
        (opening(script()), "runs a script or opens something by itself"),
        (printed()[:-300], "is damaged or not written to the standard"),
    ],
    ids=["kind", "encrypted", "active", "broken"],
)
async def test_what_is_wrong_with_a_file_is_said_and_nothing_is_lost(house: House, file: bytes, said: str) -> None:
    """At its field; texts, and the documents before, stay."""
    of = f"{NEW}?place={PLACE}"
    async with seats(house) as (writing, _):
        before = held(await send(writing, NEW, printed(), of=of, do="look"), "document_0")
        page = await send(writing, NEW, file, of=of, do="save", document_0=before, name_0_en="Streets")
        assert (page.status, said in page.errors, 'href="#document_file"' in page.text) == (422, True, True), (
            page.errors
        )
        assert (held(page, "document_0"), 'value="Streets"' in page.text) == (before, True)
        assert [one for one in FIELDS.values() if one not in page.text] == []
    assert await house.scalar("SELECT count(*) FROM announcements") == 0


async def test_a_fourth_and_the_same_again_are_refused(house: House) -> None:
    """Each once, and three at most."""
    of, have = f"{NEW}?place={PLACE}", dict[str, str]()
    async with seats(house) as (writing, _):
        for at in range(3):
            page = await send(writing, NEW, printed(str(at)), of=of, do="look", **have)
            have[f"document_{at}"] = held(page, f"document_{at}")
            if at == 0:
                twice = await send(writing, NEW, printed("0"), of=of, do="look", **have)
                assert "is attached already" in twice.errors
        assert 'id="document_file"' not in page.text
        fourth = await send(writing, NEW, printed("4"), of=of, do="look", **have)
        assert "At most 3 documents" in fourth.errors


async def test_a_document_is_removed_and_the_change_is_named(house: House) -> None:
    """A version without it; what another version had is said. The others move up."""
    of, edit = f"{NEW}?place={PLACE}", "/console/announcements/1/edit"
    async with seats(house) as (writing, _):
        first = held(await send(writing, NEW, printed("1"), of=of, do="look"), "document_0")
        both = {"document_0": first, "name_0_en": "One"}
        saved = await send(writing, NEW, printed("2"), of=of, name="two.pdf", do="save", **both)
        assert saved.path.endswith("done=announcement_saved"), saved.errors
        page = await writing.get(edit)
        kept = {f"document_{at}": held(page, f"document_{at}") for at in (0, 1)}
        gone = await send(writing, edit, None, of=edit, do="save", **kept, document_drop_0="yes", version="1")
        assert gone.path.endswith("done=announcement_saved"), gone.errors
        sha256, other = (json.loads(kept[f"document_{at}"])["sha256"] for at in (0, 1))
        assert f"<ins>two.pdf ({other[:8]})</ins>" in gone.text
        assert f"停水.pdf ({sha256[:8]})" in gone.text
        assert json.loads(held(await writing.get(edit), "document_0"))["sha256"] == other


async def test_a_file_comes_from_an_own_form_alone(house: House) -> None:
    """Without the form's token nothing is kept; other forms take no files."""
    async with seats(house) as (writing, _):
        for path in (NEW, "/console/announcements/preview"):
            form = FormData({"place": PLACE, "do": "look"})
            form.add_field("document_file", printed(), filename="a.pdf")
            assert (await writing.send(path, form)).status == 403  # type: ignore[arg-type]
    assert await house.scalar("SELECT count(*) FROM announcement_documents") == 0


# By command


async def test_documents_are_attached_by_command(
    house: House, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its names, in their order; what is wrong is one line, and nothing is kept of it."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    for name in ("one", "two"):
        (tmp_path / f"{name}.pdf").write_bytes(printed(name))
    one, two = (("--document", str(tmp_path / f"{name}.pdf")) for name in ("one", "two"))
    written = ["--city", CITY, "--agency", "city_hall", "--topic", "water", "--title", "停水", "--title-en", "No water"]
    written += ["--text", "周四停水。", "--text-en", "Thursday.", "--draft", "--json"]
    for wrong, why in (
        (("--document", str(tmp_path / "none.pdf")), "cannot be read"),
        (("--document-name", "地图"), "as many files with --document"),
        ((*one, *two, *one, *two), "At most 3 documents"),
        (("--document", str(ROOT / "README.md")), "error_announcement_document_kind"),
    ):
        code, _, errors = await typed("announce", "publish", *written, *wrong)
        assert (code, len(errors.splitlines()), why in errors) == (1, 1, True), errors
    assert await house.scalar("SELECT count(*) FROM announcement_documents") == 0
    names = ("--document-name", "地图", "--document-name-en", "A map", "--document-name-en", "A permit")
    code, output, errors = await typed("announce", "publish", *written, *one, *two, *names)
    assert code == 0, errors
    made = json.loads(output)
    assert [(each["file"], each["names"]) for each in made["documents"]] == [
        ("one.pdf", {"zh_Hans": "地图", "en": "A map"}),
        ("two.pdf", {"en": "A permit"}),
    ]
    _, output, _ = await typed("announce", "show", str(made["announcement"]))
    assert ("地图 · A map" in output, "A permit" in output) == (True, True)
