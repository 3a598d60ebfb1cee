"""A root made of the product's files and of a folder of one's own over it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from desk.app.choice import ANSWERING, at_start
from desk.app.layering import PRETEND, root_of, summary
from desk.app.layers import Layers, names_of
from desk.app.model import fingerprint
from desk.city.files import load_cities, load_city
from desk.city.guides import load_guides
from desk.city.topics import load_topics
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Text
from desk.contract.wire import LOCALES
from desk.texts.catalogs import Catalogs, compile_catalogs
from tools.scaffold.city import NewCity, make_city

ROOT = Path(__file__).resolve().parents[2]
CITY, OTHER = "hohhot", "lanzhou"
OWN_CITY = NewCity("quzhou", "衢州", "Quzhou", 28.935, 118.874, "330802", "0570")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product with two cities, two guides and few words and texts: what is read is read in the same way."""
    root = tmp_path_factory.mktemp("product")
    for name in ("bot", "values", "config.yml", "domain.yml", "sandbox"):
        (root / name).symlink_to(ROOT / name)
    (root / "guides").mkdir()
    for guide in ("parking", "pets"):
        shutil.copy(ROOT / f"guides/{guide}.yml", root / "guides")
    for locale in LOCALES:
        (root / f"locales/{locale}/LC_MESSAGES").mkdir(parents=True)
        for part in ("common", "bill"):
            shutil.copy(ROOT / f"locales/{locale}/LC_MESSAGES/{part}.po", root / f"locales/{locale}/LC_MESSAGES")
    compile_catalogs(root / "locales")
    for part in ("cities/shared", "nlu/traffic_fines", "nlu/safety"):
        shutil.copytree(ROOT / part, root / part)
    for city in (CITY, OTHER):
        shutil.copy(ROOT / f"cities/{city}.yml", root / "cities")
    (root / "cities/names").mkdir()
    (root / f"cities/names/{OTHER}.yml").write_text("stop: [东方红广场]\n", encoding="utf-8")
    return root


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of one's own, which holds one telephone."""
    return put(tmp_path / "own", f"cities/{CITY}.yml", "agencies: [{slug: hotline, phone: 0471-96123}]\n")


def put(own: Path, name: str, text: str) -> Path:
    path = own / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return own


def refused(product: Path, own: Path, tmp_path: Path, *only: str) -> str:
    """What is said of a folder that cannot be used."""

    def read() -> None:
        root = root_of(Layers(product, own, only), tmp_path / "data")
        load_cities(root / "cities")
        load_topics(root / "cities")
        load_guides(root / "guides")

    with pytest.raises(ConfigurationError) as caught:
        read()
    return str(caught.value)


def test_without_layers_the_root_is_the_products_folder(product: Path, tmp_path: Path) -> None:
    """And nothing is written."""
    assert (root_of(Layers(product), tmp_path / "data"), (tmp_path / "data").exists()) == (product, False)


def test_a_citys_file_is_laid_over_the_products(product: Path, own: Path, tmp_path: Path) -> None:
    """By slug and key: all else stays as it was, and the other cities with it."""
    cities = load_cities(root_of(Layers(product, own), tmp_path / "data") / "cities")
    before = load_city(product / f"cities/{CITY}.yml")
    assert set(cities) == {CITY, OTHER}
    assert cities[CITY].agency("hotline").phone == "0471-96123"
    assert cities[CITY].agency("hotline").names == before.agency("hotline").names
    assert cities[CITY].services == before.services


def test_what_a_city_is_to_be_without_is_gone(product: Path, own: Path, tmp_path: Path) -> None:
    """A service, by its name."""
    put(own, f"cities/{CITY}.yml", "without: [services.air_quality]\n")
    cities = load_cities(root_of(Layers(product, own), tmp_path / "data") / "cities")
    assert "air_quality" not in cities[CITY].services
    assert "report_problem" in cities[CITY].services


def test_a_city_is_added_with_its_pretend_systems(product: Path, own: Path, tmp_path: Path) -> None:
    """As the scaffolder writes them into the folder."""
    make_city(product, OWN_CITY, own)
    root = root_of(Layers(product, own), tmp_path / "data")
    assert load_cities(root / "cities")["quzhou"].names.en == "Quzhou"
    assert (root / PRETEND / "quzhou" / "persons.yml").is_file()
    assert (root / PRETEND / "hangzhou").is_dir()
    assert not (product / "cities/quzhou.yml").exists()


def test_files_that_addresses_name_lie_in_the_folder_of_ones_own(product: Path, own: Path, tmp_path: Path) -> None:
    """A timetable, named from the folder; other addresses are as they are."""
    endpoints = {"environment": "timetables/air.json", "other": "https://air.example/", "third": "sandbox:/x"}
    said = {"services": {"air_quality": {"endpoints": endpoints}}}
    put(own, f"cities/{CITY}.yml", yaml.safe_dump(said))
    city = load_cities(root_of(Layers(product, own), tmp_path / "data") / "cities")[CITY]
    assert city.services["air_quality"].endpoints == endpoints | {"environment": str(own / "timetables/air.json")}


def test_a_guide_is_laid_over_the_products(product: Path, own: Path, tmp_path: Path) -> None:
    """Its fee; the answer stays."""
    put(own, "guides/parking.yml", "fee: {zh_Hans: 每小时五元, en: 5 yuan an hour}\n")
    guides = load_guides(root_of(Layers(product, own), tmp_path / "data") / "guides")
    before = load_guides(product / "guides")
    assert guides["parking"].fee is not None
    assert guides["parking"].fee.en == "5 yuan an hour"
    assert (guides["parking"].answer, set(guides)) == (before["parking"].answer, set(before))


def test_a_text_is_said_otherwise_in_one_language(product: Path, own: Path, tmp_path: Path) -> None:
    """In the others it stays."""
    put(own, "locales/en/LC_MESSAGES/ours.po", 'msgid "common.error"\nmsgstr "Sorry: that did not work."\n')
    made = Catalogs(root_of(Layers(product, own), tmp_path / "data") / "locales", strict=True)
    before = Catalogs(product / "locales", strict=True)
    said = Text(key="common.error")
    assert made.text(said, "en") == "Sorry: that did not work."
    assert made.text(said, "zh_Hans") == before.text(said, "zh_Hans")
    assert made.keys("en") == before.keys("en")


def test_a_service_of_ones_own_brings_its_texts(product: Path, own: Path, tmp_path: Path) -> None:
    """In every language, below its name."""
    put(own, "nlu/ferry/service.yml", "kind: code\n")
    for locale in ("zh_Hans", "zh_Hant", "en"):
        put(own, f"locales/{locale}/LC_MESSAGES/ferry.po", f'msgid "ferry.title"\nmsgstr "Ferry {locale}"\n')
    root = root_of(Layers(product, own), tmp_path / "data")
    assert Catalogs(root / "locales", strict=True).text(Text(key="ferry.title"), "en") == "Ferry en"
    assert (root / "nlu/ferry/service.yml").is_file()
    assert (root / "nlu/traffic_fines/service.yml").is_file()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (f"cities/{CITY}.yml", "colour: '#1d5a8c'\nlanguages: [fr]\n", "{own}/cities/hohhot.yml:2: languages.0"),
        (f"cities/{CITY}.yml", "\nservices: {air_quality: {agency: sea}}\n", "{own}/cities/hohhot.yml:2: service air"),
        (f"cities/{CITY}.yml", "names: {en: [Hohhot\n", "{own}/cities/hohhot.yml:2: "),
        (f"cities/{CITY}.yml", "- a list\n", "{own}/cities/hohhot.yml:1: it is no mapping"),
        (f"cities/{CITY}.yml", "colour: '#1d5a8c'\nwithout: [services.ferry]\n", "{own}/cities/hohhot.yml:2: there is"),
        ("cities/jinhua.yml", "slug: jinhua\nwithout: [services.ferry]\n", "{own}/cities/jinhua.yml:2: there is"),
        ("cities/shared/topics.yml", "topics:\n- {slug: tides, names: {en: 3}}\n", "/cities/shared/topics.yml:2: "),
        ("guides/parking.yml", "life_event: driving\nfee: 5\n", "{own}/guides/parking.yml:2: fee"),
        ("citys/hohhot.yml", "slug: hohhot\n", "{own}/citys is read by nobody. Did you mean cities?"),
        ("nlu/traffic_fines/service.yml", "kind: bill\n", "the product has a folder traffic_fines"),
    ],
    ids=["schema", "agency", "no YAML", "no mapping", "without", "new", "shared", "guide", "folder", "service"],
)  # fmt: skip
def test_a_wrong_file_is_named_with_its_line(
    product: Path, own: Path, tmp_path: Path, name: str, text: str, said: str
) -> None:
    """That of one's own, and not the one that was made of it."""
    put(own, name, text)
    assert said.format(own=own) in refused(product, own, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('msgid "common.eror"\nmsgstr "x"\n', ":1: the product has no text common.eror"),
        ('msgid "common.eror"\nmsgstr "x"\n', "Did you mean common.error?"),
        ('\n\nmsgid "common.error"\nmsgstr "Sorry, {name}"\n', ":3: common.error names the arguments ['name']"),
        ('msgid "common.error"\nmsgstr ""\n', ":1: common.error is empty"),
        ('#, fuzzy\nmsgid "common.error"\nmsgstr "x"\n', "common.error is marked fuzzy"),
        ('msgid "ferry.title"\nmsgstr "Ferry"\n', ":1: ferry.title is not said in zh_Hans, zh_Hant"),
    ],
    ids=["unknown", "unknown, near", "arguments", "empty", "fuzzy", "one language"],
)
def test_a_wrong_text_is_named_with_its_line(product: Path, own: Path, tmp_path: Path, text: str, said: str) -> None:
    """A text that is laid over another has its arguments."""
    put(own, "nlu/ferry/service.yml", "kind: code\n")
    put(own, "locales/en/LC_MESSAGES/ours.po", text)
    found = refused(product, own, tmp_path)
    assert f"{own}/locales/en/LC_MESSAGES/ours.po:" in found
    assert said in found


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        (lambda own: put(own, f"cities/{CITY}.yml", "agencies: [{slug: hotline, phone: 0471-1}]\n"), False),
        (lambda own: put(own, "locales/en/LC_MESSAGES/o.po", 'msgid "common.error"\nmsgstr "Sorry"\n'), False),
        (lambda own: put(own, f"cities/{CITY}.yml", "names: {en: Huhehaote}\n"), True),
        (lambda own: put(own, "guides/parking.yml", "dated: 2026-01-01\n"), True),
        (lambda own: put(own, "nlu/ferry/en.yml", "nlu: []\n"), True),
    ],
    ids=["telephone", "text", "name", "guide", "service"],
)
def test_a_model_is_another_where_what_it_is_made_of_is(
    product: Path, own: Path, tmp_path: Path, change: Callable[[Path], object], is_another: bool
) -> None:
    """A telephone and a text train nothing: the model is that of the product's own files."""
    change(own)
    made = fingerprint(root_of(Layers(product, own), tmp_path / "data"))
    assert (made != fingerprint(product)) is is_another


def test_some_of_the_cities_are_served_with_the_model_of_all(product: Path, tmp_path: Path) -> None:
    """Nothing is trained; a model of these alone is another, and is taken where there is one."""
    data = tmp_path / "data"
    root = root_of(Layers(product, None, (CITY,)), data)
    assert list(load_cities(root / "cities")) == [CITY]
    assert not (root / f"cities/names/{OTHER}.yml").exists()
    for made in (product, root):
        model = data / "models" / f"{fingerprint(made)}.tar.gz"
        model.parent.mkdir(parents=True, exist_ok=True)
        model.touch()
        start = at_start(root, data, ANSWERING)
        assert (start.path, start.choice.model) == (model, fingerprint(made))
    assert fingerprint(root) != fingerprint(product)


def test_a_city_that_there_is_not_cannot_be_served(product: Path, own: Path, tmp_path: Path) -> None:
    """What is near is named."""
    assert "Did you mean hohhot?" in refused(product, own, tmp_path, "hohot")


def test_the_same_files_are_laid_over_each_other_once(product: Path, own: Path, tmp_path: Path) -> None:
    """And anew as soon as one says something else, in either layer."""
    layers, data = Layers(product, own, ()), tmp_path / "data"
    first = root_of(layers, data)
    assert root_of(layers, data) == first
    put(own, f"cities/{CITY}.yml", "agencies: [{slug: hotline, phone: 0471-96124}]\n")
    second = root_of(layers, data)
    assert second != first
    assert load_cities(second / "cities")[CITY].agency("hotline").phone == "0471-96124"


def test_roots_that_were_made_long_ago_are_deleted(product: Path, own: Path, tmp_path: Path) -> None:
    """Six are kept."""
    for number in range(9):
        put(own, f"cities/{CITY}.yml", f"agencies: [{{slug: hotline, phone: 0471-{number}0}}]\n")
        made = root_of(Layers(product, own), tmp_path / "data")
    kept = list((tmp_path / "data/layers").iterdir())
    assert made in kept
    assert len(kept) == 6


def test_summary_says_what_a_folder_brings(product: Path, own: Path) -> None:
    """In numbers, with what is served."""
    put(own, "guides/parking.yml", "dated: 2026-01-01\n")
    said = summary(Layers(product, own, names_of(f" {CITY}, ")))
    assert said == f"{own}; cities: 0 added, 1 laid over; guides: 0 added, 1 laid over; served: {CITY}"


STRANGE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=x\\n"\n\n'


@pytest.mark.parametrize(
    ("name", "said", "why"),
    [
        (f"cities/names/{CITY}.yml", "stop:\n  a: b\n", ":2: stop: Input should be a valid list"),
        (f"cities/names/{CITY}.yml", "stop: [1.5]\n", ":1: stop.0"),
        (f"cities/{CITY}.yml", "agencies:\n  - {slug: [a], phone: b}\n", "agencies.0.slug"),
        (f"cities/{CITY}.yml", 'services: {air_quality: {endpoints: {x: "a\\0b"}}}\n', ":1: an address is none"),
        ("locales/en/LC_MESSAGES/x.po", STRANGE * 2, "cannot be read"),
    ],
    ids=[
        "names that are no list",
        "a name that is a fraction",
        "a slug that is a list",
        "a path of a zero",
        "an encoding",
    ],
)
def test_what_cannot_be_read_is_refused_with_its_file(
    product: Path, own: Path, tmp_path: Path, name: str, said: str, why: str
) -> None:
    """Whatever is wrong, at the start: never an error without a file, and not in the middle of a training."""
    put(own, name, said)
    found = refused(product, own, tmp_path)
    assert (name in found, why in found) == (True, True), found
