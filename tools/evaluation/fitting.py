"""Heads that are fitted anew on vectors that are kept, by the bot's Python (`tools/evaluation/heads.py`)."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from desk.contract.errors import StartError

HEADS = Path(__file__).with_name("heads.py")


def fitted(
    python: Path, folder: Path, given: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """What comes of each job, one after the other.

    Args:
        python: the bot's.
        folder: where vectors are kept.
        given: what is `learnt` and what is `asked`, pairs of a text and the signs of its situation.
        jobs: as `heads.py` takes them.

    Raises:
        StartError: the bot's Python failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "given.json").write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
    (folder / "jobs.jsonl").write_text("".join(f"{json.dumps(job)}\n" for job in jobs), encoding="utf-8")
    with (folder / "jobs.jsonl").open("rb") as asked, (folder / "heads.log").open("wb") as log:
        child = subprocess.Popen(
            [str(python), str(HEADS), str(folder)], stdin=asked, stdout=subprocess.PIPE, stderr=log, text=True
        )
        with child:
            for line in child.stdout or ():
                yield json.loads(line)
        if child.returncode:
            raise StartError(f"The heads could not be fitted. Look into {folder / 'heads.log'}.")
