"""Which model a start takes, and which files are let go."""

import os
from pathlib import Path

import pytest

from desk.app.choice import ANSWERING, RELEASE, Choice, at_start, kept, read, write
from desk.app.model import fingerprint
from tools.training import forget_old

OTHER = "0123456789abcdef"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root that a model can be made of."""
    for name in ("config.yml", "domain.yml", "bot/uv.lock", "nlu/greet/en.yml"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("as it was", encoding="utf-8")
    (tmp_path / "root" / "cities").mkdir()
    return tmp_path / "root"


def have(data_dir: Path, *names: str) -> None:
    """Models that lie there."""
    for age, name in enumerate(names):
        path = data_dir / "models" / f"{name}.tar.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (age, age))


def test_without_anything_the_model_of_these_files_is_to_be_trained(root: Path, tmp_path: Path) -> None:
    """Nothing lies there, and nothing was chosen."""
    start = at_start(root, tmp_path, ANSWERING)
    assert (start.path, start.choice.model) == (None, fingerprint(root))


def test_a_start_takes_the_model_of_its_files(root: Path, tmp_path: Path) -> None:
    """As always, where nothing was released."""
    own = fingerprint(root)
    have(tmp_path, own)
    assert at_start(root, tmp_path, ANSWERING).path == tmp_path / "models" / f"{own}.tar.gz"


def test_what_answered_answers_again_after_a_start_with_the_same_files(root: Path, tmp_path: Path) -> None:
    """Also one that was gone back to."""
    have(tmp_path, fingerprint(root), OTHER)
    write(tmp_path, ANSWERING, Choice(model=OTHER, files=fingerprint(root), release="3 x"))
    start = at_start(root, tmp_path, ANSWERING)
    assert (start.path, start.choice.release) == (tmp_path / "models" / f"{OTHER}.tar.gz", "3 x")


def test_a_start_with_other_files_takes_theirs_and_no_older_release(root: Path, tmp_path: Path) -> None:
    """A deployment is a release of its own: what was released before is done with."""
    write(tmp_path, ANSWERING, Choice(model=OTHER, files=OTHER))
    write(tmp_path, RELEASE, Choice(model=OTHER, files=OTHER, release="3 x"))
    have(tmp_path, OTHER, fingerprint(root))
    start = at_start(root, tmp_path, ANSWERING)
    assert (start.choice.model, start.choice.release) == (fingerprint(root), "3 x")


def test_a_model_that_waits_for_its_release_is_not_taken_by_a_start(root: Path, tmp_path: Path) -> None:
    """It was trained beside the one that answers, for these very files."""
    have(tmp_path, OTHER, f"jobs/{fingerprint(root)}")
    write(tmp_path, ANSWERING, Choice(model=OTHER, files=OTHER))
    assert at_start(root, tmp_path, ANSWERING).choice.model == OTHER


def test_where_nobody_runs_the_bots_each_takes_what_was_released(root: Path, tmp_path: Path) -> None:
    """`desk bot` reads the release itself."""
    have(tmp_path, fingerprint(root), f"jobs/{OTHER}")
    write(tmp_path, RELEASE, Choice(model=OTHER, files=fingerprint(root), release="3 x"))
    assert at_start(root, tmp_path, RELEASE).path == tmp_path / "models" / "jobs" / f"{OTHER}.tar.gz"


def test_a_broken_file_chooses_nothing(root: Path, tmp_path: Path) -> None:
    """A full disk yesterday does not stop today's start."""
    (tmp_path / ANSWERING).write_text("{", encoding="utf-8")
    assert read(tmp_path, ANSWERING) is None
    assert at_start(root, tmp_path, ANSWERING).choice.model == fingerprint(root)


def test_old_models_go_but_for_those_that_answer_or_are_to(tmp_path: Path) -> None:
    """The oldest go first."""
    have(tmp_path, "a", "b", "c", "d", "e", "unfinished-f")
    write(tmp_path, ANSWERING, Choice(model="a", files="x"))
    write(tmp_path, RELEASE, Choice(model="b", files="x"))
    forget_old(tmp_path / "models", keep=tmp_path / "models" / "e.tar.gz")
    assert sorted(kept(tmp_path / "models")) == ["a", "b", "e"]
