"""`desk new`: what it makes is valid at once, and what it refuses leaves nothing behind."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import opencc
import pytest
from babel.messages.pofile import read_po
from fixtures.grown import CITY, NAMES, copied, example
from fixtures.patience import HANG_SECONDS

from actions.schema import Service, load_services
from desk.city.files import load_cities
from desk.city.guides import FOLDER, load_guides, offered_in
from desk.city.yaml_files import parse_yaml
from desk.contract.errors import ConfigurationError
from sandbox.facts import facts
from sandbox.seed import Seed
from tools.scaffold.city import make_city
from tools.scaffold.service import make_service
from tools.scaffold.templates import kinds


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product with one city more, which offers one new service of each kind."""
    root = copied(tmp_path_factory.mktemp("grown"))
    make_city(root, CITY)
    for kind in NAMES:
        make_service(root, example(kind, CITY.slug))
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copied(tmp_path)


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_kind_has_an_example() -> None:
    """No kind that can be made goes untried here, and every declared kind can be made."""
    assert sorted(NAMES) == kinds()
    assert {arm.model_fields["kind"].annotation.__args__[0] for arm in Service.__value__.__args__} == set(kinds())


def test_what_is_made_is_clean(grown: Path) -> None:
    """`desk check` finds nothing to mend after a city and a service of each kind were made."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    environment |= {"PYTHONPATH": str(grown), "DESK_ROOT_DIR": str(grown), "DESK_DATA_DIR": str(grown / "data")}
    command = [sys.executable, "-m", "desk", "check"]
    done = subprocess.run(
        command, cwd=grown, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_city_offers_what_was_made(grown: Path) -> None:
    """Each service is declared, in its kind, and stands in the city file; the sandbox has facts of the city."""
    services = load_services(grown / "nlu")
    offered = parse_yaml((grown / "cities" / f"{CITY.slug}.yml").read_text(encoding="utf-8"))["services"]
    assert {kind: services[name].kind for kind, name in NAMES.items()} == {kind: kind for kind in NAMES}
    assert set(offered) >= {*NAMES.values(), "air_quality", "report_problem"}
    known = facts(CITY.slug, seed=Seed(grown / "sandbox" / "data"))
    assert {"valid_id_number", f"{NAMES['bill']}_amount", f"{NAMES['appointment']}_office"} <= set(known)


def test_a_new_guide_is_its_own_services_alone(grown: Path) -> None:
    """The guide that a new service begins with is answered with by it, and by no other service of any city."""
    cities, guides = load_cities(grown / "cities"), load_guides(grown / FOLDER)
    mine = NAMES["guide"]
    assert list(offered_in(cities[CITY.slug], mine, guides)) == [mine]
    assert mine not in offered_in(cities["hangzhou"], "service_guide", guides)


@pytest.mark.parametrize(("locale", "to_other"), [("zh_Hant", "s2t"), ("zh_Hans", "t2s")])
def test_texts_are_in_their_own_characters(grown: Path, locale: str, to_other: str) -> None:
    """Made Traditional texts hold no Simplified characters, and the other way round."""
    converter, strange = opencc.OpenCC(to_other), []
    for name in NAMES.values():
        with (grown / "locales" / locale / "LC_MESSAGES" / f"{name}.po").open("rb") as file:
            said = "".join(str(message.string) for message in read_po(file) if message.id)
        strange += [(name, char) for char in said if converter.convert(char) != char]
    assert strange == []


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"name": "traffic_fines"}, "exists"),
        ({"name": "service_guide"}, "exists"),
        ({"name": "common"}, "exists"),
        ({"name": "Driving Test"}, "cannot be a name"),
        ({"kind": "wish"}, "no kind"),
        ({"title_en": 'A "title"'}, "title-en"),
        ({"city": "nowhere"}, "no city"),
        ({"agency": "nobody"}, "no agency"),
        ({"said": {}}, "at least 3 times"),
        ({"said": {**example("code").said, "en": ["will it rain", "one more", "and another"]}}, "said already"),
    ],
)
def test_a_wrong_wish_writes_nothing(root: Path, change: dict[str, object], because: str) -> None:
    """A refused service says why, and not a file is different."""
    before = tree(root)
    with pytest.raises(ConfigurationError, match=because):
        make_service(root, replace(example("appointment", "hangzhou"), **change))  # type: ignore[arg-type]
    assert tree(root) == before


def test_a_failure_at_the_end_undoes_all(root: Path) -> None:
    """When the catalogs cannot be compiled, the files that were moved already are taken back."""
    before = tree(root)
    (root / "locales" / "en" / "LC_MESSAGES" / "citydesk.mo").unlink(missing_ok=True)
    (root / "locales" / "en" / "LC_MESSAGES" / "citydesk.mo").mkdir()
    with pytest.raises(OSError, match="citydesk"):
        make_service(root, example("code", "hangzhou"))
    (root / "locales" / "en" / "LC_MESSAGES" / "citydesk.mo").rmdir()
    assert {path for path in tree(root) if not path.endswith((".mo", ".new"))} == {
        path for path in before if not path.endswith(".mo")
    }


def test_a_city_that_exists_is_refused(root: Path) -> None:
    """A slug that is taken, or digits that are none, write nothing."""
    before = tree(root)
    for wrong in (replace(CITY, slug="hangzhou"), replace(CITY, region="33"), replace(CITY, area_code="x")):
        with pytest.raises(ConfigurationError):
            make_city(root, wrong)
    assert tree(root) == before
