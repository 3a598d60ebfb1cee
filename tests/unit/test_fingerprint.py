"""The name of a model: it changes exactly when something changes that the model is made from."""

from pathlib import Path

import pytest

from desk.app.model import fingerprint, trained
from desk.contract.errors import ConfigurationError, StartError

MATTERS = ["config.yml", "domain.yml", "bot/uv.lock", "bot/importer.py", "bot/components/words.py", "nlu/greet/en.yml"]
MATTERS += [
    "bot/components/encoders/centroids.json",
    "bot/components/text/readings.json",
    "bot/components/encoders/tuned.npz",
    "nlu/safety/fire/lines.jsonl",
    "nlu/situations.json",
    "nlu/greet/turns/en.yml",
    "cities/shared/topics.yml",
    "cities/names/a.yml",
]
DOES_NOT = [
    "nlu/greet/tests/en.yml",
    "nlu/safety/tests/strangers.jsonl",
    "nlu/safety/fire/kind.yml",
    "nlu/safety/shared/meanwhile.yml",
    "bot/.venv/lib/rasa/core.py",
    "desk/app/runtime.py",
    "README.md",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with every kind of file."""
    for name in MATTERS + DOES_NOT:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("as it was", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", MATTERS)
def test_fingerprint_changes_with_what_the_model_is_made_from(root: Path, name: str) -> None:
    """Words, pipeline, the bot's code and its libraries each make another model."""
    before = fingerprint(root)
    (root / name).write_text("changed", encoding="utf-8")
    assert fingerprint(root) != before


@pytest.mark.parametrize("name", DOES_NOT)
def test_fingerprint_stays_with_everything_else(root: Path, name: str) -> None:
    """Held-out lines and the desk's code train nothing."""
    before = fingerprint(root)
    (root / name).write_text("changed", encoding="utf-8")
    assert fingerprint(root) == before


@pytest.mark.parametrize(
    ("city", "another"),
    [
        ("agencies: [{names: {en: Hall}, hours: [{closes: '17:00'}]}]", False),
        ("agencies: [{names: {en: Town Hall}}]", True),
        ("agencies: [{names: {en: Hall}}]\ndistricts: [{names: {en: Old Town}}]", True),
        ("agencies: [{names: {en: Hall}}]\nnames: {en: Elsewhere}", True),
    ],
    ids=["hours", "agency", "district", "city"],
)
def test_fingerprint_changes_with_the_names_of_a_city_and_not_with_its_hours(
    root: Path, city: str, another: bool
) -> None:
    """The model knows how cities, districts and agencies are called, and nothing else of them."""
    (root / "cities" / "b.yml").write_text("agencies: [{names: {en: Hall}}]", encoding="utf-8")
    before = fingerprint(root)
    (root / "cities" / "b.yml").write_text(city, encoding="utf-8")
    assert (fingerprint(root) != before) is another


def test_fingerprint_changes_with_a_new_and_with_a_renamed_file(root: Path) -> None:
    """A file counts by its place, too."""
    before = fingerprint(root)
    (root / "nlu/greet/en.yml").rename(root / "nlu/greet/zh_Hans.yml")
    renamed = fingerprint(root)
    (root / "nlu/greet/en.yml").write_text("as it was", encoding="utf-8")
    assert len({before, renamed, fingerprint(root)}) == 3


def test_fingerprint_is_the_same_in_another_folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A clone elsewhere makes the same model."""
    elsewhere = tmp_path_factory.mktemp("城市 desk") / "clone"
    root.rename(elsewhere)
    before = fingerprint(elsewhere)
    elsewhere.rename(root)
    assert fingerprint(root) == before


def test_fingerprint_names_a_missing_file(root: Path) -> None:
    """A root without its configuration is said to be none."""
    (root / "config.yml").unlink()
    with pytest.raises(StartError, match=r"config\.yml is missing.*DESK_ROOT_DIR"):
        fingerprint(root)


def test_trained_finds_only_the_model_of_these_files(root: Path, tmp_path: Path) -> None:
    """A model of other words is none."""
    models = tmp_path / "models"
    models.mkdir()
    (models / "0123456789abcdef.tar.gz").touch()
    assert trained(root, models) is None
    right = models / f"{fingerprint(root)}.tar.gz"
    right.touch()
    assert trained(root, models) == right


@pytest.mark.parametrize(
    ("service", "another"),
    [
        ("fee: {amount: '20.00'}\nfields: [{entity: plate}]", False),
        ("fields: [{entity: vin_last6}]", True),
        ("fields: [{entity: plate}, {entity: phone}]", True),
    ],
    ids=["fee", "other entity", "one more"],
)
def test_fingerprint_changes_with_what_a_service_asks_for_and_not_with_its_fee(
    root: Path, service: str, another: bool
) -> None:
    """The model knows which entities there are; what is done with them is no word of it."""
    path = root / "nlu" / "greet" / "service.yml"
    path.write_text("fields: [{entity: plate}]", encoding="utf-8")
    before = fingerprint(root)
    path.write_text(service, encoding="utf-8")
    assert (fingerprint(root) != before) is another


def test_a_declaration_that_is_no_yaml_is_named(root: Path) -> None:
    """Where it is, and what is wrong with it."""
    (root / "nlu" / "greet" / "service.yml").write_text("fields: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"nlu/greet/service\.yml is no YAML"):
        fingerprint(root)
