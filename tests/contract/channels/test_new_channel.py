"""A channel that `desk new channel` writes passes the suite at once, with one file and one table."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desk.contract.errors import ConfigurationError, Conflict
from tools.scaffold.channel import NewChannel, make_channel

ROOT = Path(__file__).parents[3]
CODE = ("channels", "desk", "sandbox", "tests/contract/channels", "tests/fixtures")
PLAIN = ("-p", "no:cacheprovider", "-p", "no:schemathesis")
HALF_COMPILED = shutil.ignore_patterns("*.pyc.*")
"""What Python writes just now; what it has compiled is copied, so that it need not be compiled again."""
NEW = NewChannel("carrier_pigeon", "信鸽 Carrier Pigeon", "hangzhou")
NAMES = ["channels/carrier_pigeon.py", "tests/contract/channels/carrier_pigeon.yml"]


def test_a_new_channel_passes_the_suite_with_one_file_and_one_table(tmp_path: Path) -> None:
    """Nothing is edited: it is found, and every case of the contract holds; the style is the house's."""
    for folder in CODE:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=HALF_COMPILED)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    new, changed = make_channel(tmp_path, NEW)
    assert sorted(map(str, new)) == NAMES
    assert changed == []
    for command in (
        ["-m", "ruff", "check", "--no-cache", *NAMES[:1]],
        ["-m", "ruff", "format", "--no-cache", "--check", *NAMES[:1]],
        ["-m", "pytest", "-q", *PLAIN, "tests/contract/channels", "-k", "carrier_pigeon"],
    ):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "carrier_pigeon" not in str(sorted(path.name for path in (ROOT / "channels").iterdir()))


@pytest.mark.parametrize(("name", "error"), [("telegram", Conflict), ("Tele gram", ConfigurationError)])
def test_a_name_that_is_taken_or_wrong_is_refused(tmp_path: Path, name: str, error: type[Exception]) -> None:
    """And nothing is written."""
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "telegram.py").touch()
    with pytest.raises(error):
        make_channel(tmp_path, NewChannel(name, "x", "hangzhou"))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["channels", "telegram.py"]
