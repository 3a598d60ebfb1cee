"""`desk nlu names`: what the systems of a city call their stops, lines and offices, as the model is given it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.desk_command import ROOT, Done, run_desk
from fixtures.sandbox_process import SandboxProcess

from desk.city.yaml_files import parse_yaml

CITIES = ("hangzhou", "datong")
SECRET = "for the tests of names, and nothing else"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cities with their services, and names of one that are out of date."""
    root = tmp_path_factory.mktemp("root")
    shutil.copy(ROOT / "config.yml", root)
    shutil.copytree(ROOT / "cities" / "shared", root / "cities" / "shared")
    for city in CITIES:
        shutil.copy(ROOT / "cities" / f"{city}.yml", root / "cities")
    (root / "nlu").symlink_to(ROOT / "nlu")
    (root / "cities" / "names").mkdir()
    (root / "cities" / "names" / "datong.yml").write_text("stop: [从前站]\n", encoding="utf-8")
    return root


def ask(root: Path, data_dir: Path, sandbox_url: str, *arguments: str) -> Done:
    settings = {"DESK_ROOT_DIR": str(root), "DESK_SANDBOX_URL": sandbox_url, "DESK_SECRET_KEY": SECRET}
    return run_desk(data_dir, "nlu", "names", *arguments, **settings)


@pytest.fixture(scope="module")
def asked(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield ask(root, tmp_path_factory.mktemp("data"), sandbox.url)


@pytest.mark.parametrize("city", CITIES)
def test_names_are_those_that_the_repository_has(root: Path, asked: Done, city: str) -> None:
    """What is written replaces what was there, and is what `cities/names/` says of the pretend systems."""
    assert asked.code == 0, asked.stdout + asked.stderr
    written, kept = (folder / "cities" / "names" / f"{city}.yml" for folder in (root, ROOT))
    assert written.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


def test_names_are_by_entity_and_in_every_language_of_the_systems(root: Path, asked: Done) -> None:
    """Stops, lines that are more than a number, offices as people call them, and departments of hospitals."""
    assert asked.code == 0, asked.stdout + asked.stderr
    names = parse_yaml((root / "cities" / "names" / "hangzhou.yml").read_text(encoding="utf-8"))
    assert {"武林广场", "Wulin Square"} <= set(names["stop"])
    assert {"B支4", "B支4路"} <= set(names["bus_line"])
    assert not [name for name in names["bus_line"] if name.isdecimal()]
    assert {"西湖区婚姻登记处", "西湖婚登处"} <= set(names["office"])
    assert "西湖区" not in names["office"]
    assert names["department"]


def test_names_stay_where_the_systems_do_not_answer(root: Path, asked: Done, tmp_path: Path) -> None:
    """A city whose timetable cannot be had keeps its file, and the command says so."""
    assert asked.code == 0, asked.stdout + asked.stderr
    before = (root / "cities" / "names" / "datong.yml").read_bytes()
    again = ask(root, tmp_path, "http://127.0.0.1:9", "--city", "datong")
    assert (again.code, "Its names stay as they were" in again.stdout) == (1, True)
    assert (root / "cities" / "names" / "datong.yml").read_bytes() == before
