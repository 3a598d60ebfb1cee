"""Changes of guides, facts, texts and lines: what is read of the files, what is found fault with, what is written."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures import loaded

from desk.app.model import fingerprint
from desk.city.files import City
from desk.city.guides import Guide, load_guides
from desk.contract.errors import Conflict
from desk.contract.wire import LOCALES
from desk.teaching.editing import sheets, splice
from desk.teaching.editing.library import Library
from desk.teaching.editing.meanings import without_service
from desk.teaching.editing.own_values import NoValue, with_values
from desk.teaching.editing.patching import commit, patch_of
from desk.teaching.editing.rows import Change, Kind, Stands
from desk.teaching.editing.turns import with_turns
from desk.teaching.formats import written
from desk.teaching.rows import Taught
from desk.texts.catalogs import Catalogs

ROOT = loaded.ROOT
TODAY = date(2026, 12, 1)
GUIDE, FACT, LINES, TEXT = "dog_licence", "next_bus/look_up_cost", "next_bus/next_bus", "account.how_long"
TEXTS = Path("locales/en/LC_MESSAGES/account.po")
PIGEONS = "keep_pigeons/keep_pigeons"
MEANING = {
    "title_zh_Hans": "养鸽子",
    "title_zh_Hant": "養鴿子",
    "title_en": "Keeping pigeons",
    "add_zh_Hans": "顶楼想养几只鸽子行吗\n鸽子棚要去哪备案\n养信鸽找谁登记",
    "add_zh_Hant": "天台可唔可以養白鴿\n白鴿棚要去邊度備案\n養信鴿搵邊個登記",
    "add_en": "may I keep pigeons on the roof\nwhere do I register a pigeon loft\nracing pigeons who do I tell",
    "add_mixed": "pigeon 棚要不要 register\n想养 racing pigeon 找谁\n天台养 pigeons ok 吗",
}
READ = ("nlu", "guides", "locales", "cities", "values", "bot", "config.yml", "domain.yml")


@pytest.fixture(scope="module")
def heads() -> sheets.Heads:
    """The headings of guides."""
    return sheets.heads_of(Catalogs(ROOT / "locales"))


@pytest.fixture(scope="module")
def cities() -> Mapping[str, City]:
    """Those of the product."""
    return loaded.cities()


@pytest.fixture(scope="module")
def library(heads: sheets.Heads, cities: Mapping[str, City]) -> Library:
    """The product's files."""
    return Library(ROOT, cities, heads, published=loaded.published())


def change(kind: Kind, name: str, before: Mapping[str, str], after: Mapping[str, str], number: int = 1) -> Change:
    """A change that is allowed."""
    at = datetime(2026, 12, 1, tzinfo=UTC)
    told = {"agency": None, "by": "mei", "reason": "asked often", "at": at, "state": Stands.ALLOWED, "decided_at": at}
    return Change(number, kind, name, before=before, after=after, decided_by="lin", remark="good", **told)  # type: ignore[arg-type]


def edited(library: Library, kind: Kind, name: str, after: Mapping[str, str], number: int = 1) -> Change:
    """The same, of what is in the files."""
    now = library.fields(kind, name)
    return change(kind, name, {one: now.get(one, "") for one in after}, after, number)


def why(library: Library, kind: Kind, name: str, after: Mapping[str, str]) -> set[str]:
    """What stops a change."""
    return {one.why for one in library.findings(kind, name, after, TODAY) if one.stops}


def lines_apart(before: str, after: str) -> int:
    """In how many lines two texts differ."""
    return len(set(before.splitlines()) ^ set(after.splitlines()))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what models are made of, under git."""
    target = tmp_path_factory.mktemp("checkout")
    for name in READ:
        source = ROOT / name
        if source.is_dir():
            skipped = shutil.ignore_patterns(".venv", "__pycache__", "*.mo")
            shutil.copytree(source, target / name, ignore=skipped, symlinks=True)
        else:
            shutil.copy(source, target / name)
    for asked in (("init", "-q"), ("config", "user.name", "CI"), ("config", "user.email", "ci@desk.invalid")):
        git(target, *asked)
    git(target, "add", "-A")
    git(target, "commit", "-q", "-m", "as it is served")
    return target


def git(folder: Path, *asked: str) -> str:
    return subprocess.run(("git", "-C", str(folder), *asked), capture_output=True, text=True, check=True).stdout


def test_every_guide_is_told_whole_by_its_texts(heads: sheets.Heads) -> None:
    """What is written and read again changes nothing."""
    for slug, guide in load_guides(ROOT / "guides").items():
        texts = sheets.written(guide, heads)
        assert sheets.changed(texts, texts, heads) == {}, slug
        for locale in ("zh_Hans", "en"):
            sheet = sheets.read(texts[locale], heads[locale])
            assert sheet.title == getattr(guide.names, locale)
            assert len(sheet.lists["steps"]) == len(guide.steps), slug
            assert len(sheet.cases) == len(guide.cases), slug


@pytest.mark.parametrize("path", sorted((ROOT / "guides").glob("*.yml")), ids=lambda path: path.stem)
def test_a_field_is_put_into_a_guide_and_all_else_stays(path: Path) -> None:
    """Also where there was none, and a list that grows."""
    text = path.read_text("utf-8")
    before = yaml.load(text, yaml.CSafeLoader)
    steps = [*before["steps"], {"zh_Hans": "多一步：再来", "en": "Once more: come again"}]
    for way, value in ((("answer", "en"), "A: b # c"), (("until",), date(2027, 1, 1)), (("steps",), steps)):
        after = splice.put(text, way, value)
        wanted = yaml.load(text, yaml.CSafeLoader)
        node = wanted
        for name in way[:-1]:
            node = node[name]
        node[way[-1]] = value
        assert yaml.load(after, yaml.CSafeLoader) == wanted
        assert lines_apart(text, after) <= 2 + 4 * len(before["steps"])
    assert yaml.load(splice.put(text, ("cases",), None), yaml.CSafeLoader) == {
        name: one for name, one in before.items() if name != "cases"
    }


@pytest.mark.parametrize("path", sorted((ROOT / "nlu").glob("*/facts.yml")), ids=lambda path: path.parent.name)
def test_a_fact_is_put_into_its_file_and_all_else_stays(path: Path) -> None:
    """Between braces as in lines; also a new one."""
    text = path.read_text("utf-8")
    facts = yaml.load(text, yaml.CSafeLoader)["facts"]
    for name in facts:
        for locale in facts[name]["said"]:
            after = splice.put(text, ("facts", name, "said", locale), 'is "new": yes')
            facts_after = yaml.load(after, yaml.CSafeLoader)["facts"]
            assert facts_after[name]["said"][locale] == 'is "new": yes'
            assert {one: facts_after[one] for one in facts if one != name} == {
                one: facts[one] for one in facts if one != name
            }
    added = splice.put(text, ("facts", "one_more"), facts[next(iter(facts))])
    assert yaml.load(added, yaml.CSafeLoader)["facts"] == {**facts, "one_more": facts[next(iter(facts))]}


def test_a_guide_changes_in_the_lines_that_were_changed(library: Library) -> None:
    """One sentence: one line goes, one comes."""
    now = library.fields(Kind.GUIDE, GUIDE)
    after = {"en": now["en"].replace("please call first", "please call us first")}
    [(path, text)] = library.files(Kind.GUIDE, GUIDE, now, after).items()
    assert path == f"guides/{GUIDE}.yml"
    assert lines_apart((ROOT / path).read_text("utf-8"), text) == 2
    assert why(library, Kind.GUIDE, GUIDE, after) == set()


def test_a_guide_ends_on_a_day(library: Library) -> None:
    """And is told until then."""
    [text] = library.files(Kind.GUIDE, GUIDE, library.fields(Kind.GUIDE, GUIDE), {"until": "2027-03-01"}).values()
    guide = Guide.model_validate(yaml.load(text, yaml.CSafeLoader))
    assert guide.holds_on(date(2027, 3, 1))
    assert not guide.holds_on(date(2027, 3, 2))
    assert why(library, Kind.GUIDE, GUIDE, {"until": "2026-01-01"}) >= {"until"}


def test_a_new_guide_is_written_from_its_texts(library: Library, heads: sheets.Heads) -> None:
    """In the order of its fields; what is left out is absent."""
    fields = {
        "life_event": "daily_life",
        "agency": "city_hall",
        "dated": "2026-12-01",
        "zh_Hans": (
            f"# 自行车停放\n\n停在划线处。\n\n## {heads['zh_Hans']['responsible']}\n城管部门\n\n"
            f"## {heads['zh_Hans']['steps']}\n1. 找停车线\n2. 锁好\n\n## {heads['zh_Hans']['place']}\n路边\n\n"
            f"## {heads['zh_Hans']['sources']}\n- 《城市市容和环境卫生管理条例》\n\n"
            f"## {heads['zh_Hans']['asked']}\n- 自行车能停哪\n"
        ),
        "zh_Hant": f"## {heads['zh_Hant']['asked']}\n- 單車泊邊度\n",
        "en": (
            f"# Parking a bicycle\n\nWithin the marked lines.\n\n## {heads['en']['responsible']}\nCity management\n\n"
            f"## {heads['en']['steps']}\n- Find the lines\n- Lock it\n\n## {heads['en']['place']}\nAt the kerb\n\n"
            f"## {heads['en']['sources']}\n- City appearance rules\n\n"
            f"## {heads['en']['asked']}\n- where may I leave my bike\n"
        ),
    }
    assert why(library, Kind.GUIDE, "bicycle_parking", fields) == set()
    [text] = library.files(Kind.GUIDE, "bicycle_parking", {}, fields).values()
    guide = Guide.model_validate(yaml.load(text, yaml.CSafeLoader))
    assert [one.en for one in guide.steps] == ["Find the lines", "Lock it"]
    assert text.startswith("names:\n  zh_Hans: 自行车停放\n")
    uneven = {**fields, "en": fields["en"].replace("- Lock it\n", "")}
    assert why(library, Kind.GUIDE, "bicycle_parking", uneven) == {"sheet_lengths"}
    assert why(library, Kind.GUIDE, "../bicycle", fields) == {"name"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("# A\nb\n## Nothing of it\nc", "heading"),
        ("c\n# A", "no_title"),
        ("# A\nb\n## {cases}\nc", "no_case"),
        ("# A\nb\n## {fee}\nc\n## {fee}\nd", "twice"),
    ],
)
def test_what_is_no_guide_is_refused(heads: sheets.Heads, said: str, wanted: str) -> None:
    """With the place."""
    with pytest.raises(sheets.NoSheet) as caught:
        sheets.read(said.format(**heads["en"]), heads["en"])
    assert caught.value.why == wanted


def test_a_fact_is_changed_and_a_new_one_is_kept(library: Library) -> None:
    """Nothing else of its file moves."""
    path = ROOT / "nlu/next_bus/facts.yml"
    after = {"said_en": "It costs nothing.", "asked_en": "is it free\nwhat does it cost"}
    [text] = library.files(Kind.FACT, FACT, {}, after).values()
    fact = yaml.load(text, yaml.CSafeLoader)["facts"]["look_up_cost"]
    assert (fact["said"]["en"], fact["asked"]["en"]) == ("It costs nothing.", ["is it free", "what does it cost"])
    assert lines_apart(path.read_text("utf-8"), text) <= 4
    assert why(library, Kind.FACT, FACT, {"sources": "no_such_source"}) == {"schema"}
    whole = {**library.fields(Kind.FACT, FACT), "said_en": "It is free."}
    [text] = library.files(Kind.FACT, "next_bus/another", {}, whole).values()
    assert yaml.load(text, yaml.CSafeLoader)["facts"]["another"]["said"]["en"] == "It is free."


def test_a_text_keeps_its_arguments(library: Library) -> None:
    """In each language; a brace that is none is refused."""
    now = library.fields(Kind.TEXT, TEXT)
    assert set(now) == set(LOCALES)
    assert why(library, Kind.TEXT, TEXT, {"en": "Erased after {days} days."}) == set()
    assert why(library, Kind.TEXT, TEXT, {"en": "Erased after some days."}) == {"arguments"}
    assert why(library, Kind.TEXT, TEXT, {"zh_Hans": "{days} 天后删除 {agency}"}) == {"arguments"}
    assert why(library, Kind.TEXT, TEXT, {"en": "Erased after {days days."}) == {"arguments"}
    assert why(library, Kind.TEXT, "no.such_key", {"en": "x"}) >= {"not_there"}
    [(path, text)] = library.files(Kind.TEXT, TEXT, now, {"en": 'Erased after {days} days: "gone".'}).items()
    assert path == TEXTS.as_posix()
    assert lines_apart((ROOT / path).read_text("utf-8"), text) == 2


def test_lines_are_looked_at_while_they_are_typed(library: Library) -> None:
    """What is there, means something else, is held out, or is somebody's."""
    held_out = json.loads((ROOT / "nlu/next_bus/tests/held_out.jsonl").read_text("utf-8").splitlines()[0])["text"]
    other = next(one for one in library.corpus.lines if one.intent == "traffic_fines" and "[" not in one.text)
    assert why(library, Kind.LINES, LINES, {"add_en": "is my bus nearly at the stop, the green one"}) == set()
    assert "twice" in why(library, Kind.LINES, LINES, {"add_en": "Next bus"})
    assert "conflict" in why(library, Kind.LINES, LINES, {f"add_{other.language}": other.text})
    assert "leak" in why(library, Kind.LINES, LINES, {"add_zh_Hans": held_out})
    assert "personal" in why(library, Kind.LINES, LINES, {"add_zh_Hans": "我电话13812345678，车来了叫我"})
    assert "no_value" in why(library, Kind.LINES, LINES, {"add_zh_Hans": "我的车[浙A8K37P](plate)停在28路站边上"})
    assert "not_there" in why(library, Kind.LINES, LINES, {"drop_en": "no such line"})
    assert "nothing" in why(library, Kind.LINES, LINES, {})


def test_a_line_near_to_those_of_another_meaning_is_doubted(library: Library) -> None:
    """What is typed is like five lines that stand elsewhere: it is said, and does not stop."""
    near = next(
        one
        for one in library.corpus.lines
        if one.intent == "traffic_fines"
        and one.language == "en"
        and len(one.text) > 20
        and "[" not in one.text
        and library.corpus.rather(f"{one.text}!", "next_bus") is not None
    )
    found = library.findings(Kind.LINES, LINES, {"add_en": f"{near.text} pls"}, TODAY)
    assert [one.why for one in found if one.why == "rather"] == ["rather"]
    assert not any(one.stops for one in found if one.why == "rather")


def test_values_of_persons_become_invented_ones() -> None:
    """Whatever is typed, the file has none of it."""
    line = with_values("帮我查[plate]的罚款，坐[28路](bus_line)")
    assert "[plate]" not in line
    assert line.endswith("(plate)的罚款，坐[28路](bus_line)")
    with pytest.raises(NoValue):
        with_values("我是[周清岚](person_name)")


def test_a_new_meaning_is_lines_and_what_it_is_called(library: Library) -> None:
    """Files of its own, which another change may add lines to; a service is no part of it."""
    files = library.files(Kind.LINES, PIGEONS, {}, MEANING)
    lines = {f"nlu/keep_pigeons/{one}.yml" for one in ("zh_Hans", "zh_Hant", "en", "mixed")}
    assert set(files) == lines | {f"locales/{one}/LC_MESSAGES/keep_pigeons.po" for one in LOCALES}
    [entry] = yaml.load(files["nlu/keep_pigeons/en.yml"], yaml.CSafeLoader)["nlu"]
    assert entry["intent"] == "keep_pigeons"
    assert entry["examples"].startswith("- may I keep pigeons on the roof\n- ")
    assert 'msgid "keep_pigeons.title"\nmsgstr "Keeping pigeons"\n' in files["locales/en/LC_MESSAGES/keep_pigeons.po"]
    assert why(library, Kind.LINES, PIGEONS, MEANING) == set()
    one_more = change(Kind.LINES, PIGEONS, {}, {"add_en": "whom do I ask about a pigeon loft"}, 2)
    patch = patch_of(library, [change(Kind.LINES, PIGEONS, {}, MEANING), one_more])
    assert patch.count("new file mode") == len(files)
    assert "+    - whom do I ask about a pigeon loft\n" in patch


@pytest.mark.parametrize(
    ("name", "other", "wanted"),
    [
        pytest.param("pets/keep_pigeons", {}, "name", id="its name is not its folder's"),
        pytest.param("guide/guide", {}, "name", id="texts are called so"),
        pytest.param("complain/complain", {}, "name", id="a command is called so"),
        pytest.param("keep_pigeons/keep_pigeons", {"title_zh_Hant": " "}, "empty", id="a language has no name for it"),
        pytest.param("keep_pigeons/keep_pigeons", {"add_en": "may I keep pigeons on the roof"}, "few", id="few lines"),
        pytest.param("keep_pigeons/keep_pigeons", {"add_en": "a\nNext bus\nb"}, "conflict", id="a line of another"),
    ],
)
def test_what_a_new_meaning_lacks_is_told(library: Library, name: str, other: dict[str, str], wanted: str) -> None:
    """It is not taken."""
    assert wanted in why(library, Kind.LINES, name, {**MEANING, **other})


def test_meanings_without_a_service_are_read_off_the_files() -> None:
    """Not those that are a command of the dialogue, nor folders of several."""
    assert without_service(ROOT) == ("latest_announcements",)


def test_what_is_scarce_and_stands_twice_is_listed(library: Library) -> None:
    """The files themselves have no line with two meanings; some long ones are held out, too, in the words of others."""
    corpus = library.corpus
    assert len(corpus.lines) > 20_000
    assert [pair for pair in corpus.contradictions if pair[0].intent != pair[1].intent] == []
    assert len(corpus.leaks) < 20
    assert all(one.lines < one.usual or one.lines < 8 for one in corpus.scarce)


def some_changes(library: Library) -> list[Change]:
    """One of each kind, and two that follow one another."""
    now = library.fields(Kind.GUIDE, GUIDE)
    first = {"en": now["en"].replace("please call first", "please call us first")}
    second = {"until": "2027-03-01"}
    return [
        edited(library, Kind.GUIDE, GUIDE, first, 1),
        edited(library, Kind.GUIDE, GUIDE, second, 2),
        edited(library, Kind.FACT, FACT, {"said_en": "It costs nothing."}, 3),
        edited(library, Kind.TEXT, TEXT, {"en": "Erased after {days} days."}, 4),
        change(Kind.LINES, LINES, {}, {"add_en": "is my bus nearly here", "drop_en": "bus times"}, 5),
    ]


def test_a_patch_and_commits_make_the_same_files(
    library: Library, checkout: Path, tmp_path: Path, heads: sheets.Heads, cities: Mapping[str, City]
) -> None:
    """From the console by either way into the repository: the model has the same fingerprint, and it is another."""
    served = replace(library, root=checkout)
    changes = some_changes(served)
    before = fingerprint(checkout)
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(checkout), str(other))
    (tmp_path / "changes.patch").write_text(patch_of(served, changes), encoding="utf-8")
    git(other, "apply", str(tmp_path / "changes.patch"))
    committed = tmp_path / "committed"
    git(tmp_path, "clone", "-q", str(checkout), str(committed))
    for asked in (("config", "user.name", "CI"), ("config", "user.email", "ci@desk.invalid")):
        git(committed, *asked)
    made = commit(served, changes, committed, {"mei": "Mei", "lin": "Lin"})
    assert len(made) == len(changes)
    assert fingerprint(other) == fingerprint(committed) != before
    assert git(other, "diff", "HEAD") == git(committed, "diff", "HEAD~5", "HEAD")
    told = git(committed, "log", "-1", "--format=%an <%ae>%n%B")
    assert told.startswith("Mei <mei@desk.invalid>\nlines next_bus/next_bus: as proposed in change 5\n\nasked often\n")
    assert "Reviewed-by: Lin <lin@desk.invalid>" in told
    merged = Library(committed, cities, heads)
    assert {one.kind for one in changes if one.kind is not Kind.LINES and _is_in(merged, one)} == {*Kind} - {Kind.LINES}
    assert merged.has_lines(LINES, changes[-1].after)
    assert not served.has_lines(LINES, changes[-1].after)


def _is_in(library: Library, one: Change) -> bool:
    now = library.fields(one.kind, one.name)
    return all(now[name].strip() == said.strip() for name, said in one.after.items())


def test_a_change_of_what_has_changed_since_is_refused(library: Library) -> None:
    """It names the entry and the number."""
    stale = change(Kind.TEXT, TEXT, {"en": "Something else."}, {"en": "Erased after {days} days."}, 7)
    with pytest.raises(Conflict, match=r"account\.how_long .* change 7"):
        patch_of(library, [stale])


def test_what_was_labelled_is_put_behind_the_turns(library: Library) -> None:
    """Once, with its situation, and an invented value where one was hidden."""
    lines = [
        Taught(
            id=number,
            city="hangzhou",
            language="zh_Hans",
            text="明天[plate]能走28路吗",
            commands=("ask_what", "start:next_bus"),
            spans=[{"entity": "date", "start": 0, "end": 2}],
            situation={"step": "idle", "said": ["common.greeting"]},
            by="mei",
            settled_at=datetime(2026, 11, 29, tzinfo=UTC),
        )
        for number in (1, 2)
    ]
    files = with_turns(library, written(lines, "turns"))
    assert set(files) == {"nlu/common/turns/zh_Hans.yml", "nlu/situations.json"}
    before: list[Any] = yaml.load((ROOT / "nlu/common/turns/zh_Hans.yml").read_text("utf-8"), yaml.CSafeLoader)["turns"]
    after: list[Any] = yaml.load(files["nlu/common/turns/zh_Hans.yml"], yaml.CSafeLoader)["turns"]
    assert after[:-1] == before
    assert "[plate]" not in after[-1]["say"]
    assert after[-1]["in"] in json.loads(files["nlu/situations.json"])
    again = replace(library, over=files)
    assert with_turns(again, written(lines, "turns")) == {}
