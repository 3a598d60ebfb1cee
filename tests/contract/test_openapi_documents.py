"""Every contract that an agency's system is built by is a valid OpenAPI document."""

from pathlib import Path

import pytest
from openapi_spec_validator import validate

from desk.city.yaml_files import parse_yaml

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
DOCUMENTS = sorted(REFERENCE.glob("*.openapi.yaml"))


def test_there_are_contracts() -> None:
    assert DOCUMENTS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_contract_is_valid_openapi(document: Path) -> None:
    """It passes openapi-spec-validator."""
    validate(parse_yaml(document.read_text(encoding="utf-8")))
