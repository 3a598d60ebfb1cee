"""The generated pages say what the code says."""

import subprocess
import sys

from scripts import reference


def test_generated_pages_are_fresh() -> None:
    """Settings, commands and measures are documented; `make docs` writes the pages.

    In a process of its own: the pages of commands depend on how the program was called.
    """
    command = [sys.executable, "scripts/reference.py", "check"]
    done = subprocess.run(command, cwd=reference.ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_setting_has_a_description() -> None:
    """A setting without a description is a guess for whoever runs the desk."""
    assert [name for name, field in reference.Settings.model_fields.items() if not field.description] == []
