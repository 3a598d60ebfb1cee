"""Whoever opens a file of a resident asks whether it is held, or looks for malware in it (decision 29)."""

from tests.architecture.sources import python_files, text_of

OPENS = "open_file(row.content"
LOOKS = "desk/intake/scanning.py"


def test_who_opens_a_file_obeys_holding() -> None:
    """A statement that reads what is in a file reads `held`, and its module refuses what is."""
    opening = {str(path): text_of(path) for path in python_files("desk") if OPENS in text_of(path)}
    assert LOOKS in opening
    assert len(opening) > 1
    careless = [
        path for path, code in opening.items() if path != LOOKS and ("held" not in code or "raise FileHeld" not in code)
    ]
    assert careless == []
