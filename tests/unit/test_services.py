"""Service files: what may stand in them, and that faults are refused at start with the mend."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures import loaded

from actions.schema import BillService, CodeService, load_service, load_services
from desk.city.yaml_files import parse_yaml
from desk.contract.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
FINES = ROOT / "nlu" / "traffic_fines" / "service.yml"


def written(folder: Path, **changes: Any) -> Path:
    """The file of the fines with changes; None takes a line away."""
    data = parse_yaml(FINES.read_text(encoding="utf-8")) | changes
    path = folder / "my_bill" / "service.yml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump({k: v for k, v in data.items() if v is not None}, allow_unicode=True), "utf-8")
    return path


def test_services_of_the_house_are_read() -> None:
    """Both services of this release are declared: one of a kind, one of code."""
    services = loaded.services()
    fines, bus = services["traffic_fines"], services["next_bus"]
    assert isinstance(fines, BillService)
    assert isinstance(bus, CodeService)
    assert fines.entities == ("plate", "vin_last6")
    assert fines.personal == {"plate", "vin_last6"}
    assert bus.takes_location


FIELD = parse_yaml(FINES.read_text(encoding="utf-8"))["fields"][0]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"kind": "poem"}, "poem"),
        ({"title": "Fines"}, "title"),
        ({"title": None}, "title"),
        ({"colour": "red"}, "colour"),
        ({"subject": "phone"}, "subject 'phone' is none of the fields"),
        ({"fields": []}, "fields"),
        ({"fields": [FIELD | {"validation": "shoe_size"}]}, "validation 'shoe_size' is unknown; there are"),
        ({"fields": [{k: v for k, v in FIELD.items() if k != "why"}]}, "give `why`"),
    ],
    ids=["kind", "key", "missing", "unknown", "subject", "no fields", "validation", "personal without why"],
)
def test_fault_names_file_and_field(tmp_path: Path, changes: dict[str, Any], part: str) -> None:
    """A wrong file stops the start; the message names it, what is wrong, and where the fields are described."""
    with pytest.raises(ConfigurationError, match=r"service-files\.md") as caught:
        load_service(written(tmp_path, **changes))
    assert "my_bill/service.yml" in str(caught.value)
    assert part in str(caught.value)


def test_file_that_is_no_yaml(tmp_path: Path) -> None:
    """A file that cannot be parsed is named, too."""
    path = written(tmp_path)
    path.write_text("kind: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"my_bill/service\.yml"):
        load_services(tmp_path)


def test_folder_without_services(tmp_path: Path) -> None:
    """Nothing to offer is a fault with a mend, not an empty product."""
    with pytest.raises(ConfigurationError, match="desk new service"):
        load_services(tmp_path)
