"""Lints the statements of migrations: `.venv/bin/python scripts/migrations.py SQUAWK FOLDER`.

Writes FOLDER/pre/NNNN.sql and FOLDER/post/NNNN.sql, by the phase of each migration, and has squawk judge them: nothing
may hold a table for long, and one of `pre` may take nothing away from roles of the release before.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desk.store.migrations import OURS, Chain, Phase  # noqa: E402
from tools.engines.postgres import MAJOR  # noqa: E402

KNOWN = "0076"
"""Migrations until this one had run everywhere before linting began. None of them is written anew."""
TAKES_AWAY = ("ban-drop-column", "ban-drop-table", "ban-drop-not-null", "renaming-column", "renaming-table")
"""What roles of the release before would notice, and those of its own release do not."""
NOT_ASKED = (
    "prefer-robust-stmts",  # each migration is one transaction: what failed is undone, and is run whole again
    "require-statement-timeout",  # filling a column may take long; what is bounded is how long others wait behind it
)

ACCEPTED = {"0080": ("ban-drop-not-null",)}
"""Rules that a migration may break. 0080: of the release before, only trainers' exports and what a resident's own data
shows of taught lines read their text; while both run, they find those that were sealed meanwhile without one."""


def write(chain: Chain, folder: Path) -> dict[Phase, list[Path]]:
    """Write the statements of each phase; answers the files."""
    files: dict[Phase, list[Path]] = {phase: [] for phase in Phase}
    for phase in Phase:
        (folder / phase).mkdir(parents=True, exist_ok=True)
        for old in (folder / phase).glob("*.sql"):
            old.unlink()
    for revision in chain.revisions:
        if revision > KNOWN:
            phase = chain.phase(revision)
            path = folder / phase / f"{revision}.sql"
            path.write_text(chain.statements(revision), encoding="utf-8")
            files[phase].append(path)
    return files


def lint(squawk: str, files: dict[Phase, list[Path]]) -> bool:
    """Whether squawk finds nothing; what it finds it prints."""
    is_well = True
    for phase, paths in files.items():
        apart = [[path] for path in paths if path.stem in ACCEPTED]
        for some in [[path for path in paths if path.stem not in ACCEPTED], *apart]:
            accepted = ACCEPTED.get(some[0].stem, ()) if some else ()
            left_out = [*NOT_ASKED, *(TAKES_AWAY if phase is Phase.POST else ()), *accepted]
            options = [f"--exclude={','.join(left_out)}", f"--pg-version={MAJOR}.0"]
            if some:
                done = subprocess.run([squawk, *options, *map(str, some)], check=False)
                is_well = is_well and done.returncode == 0
    return is_well


if __name__ == "__main__":
    written = write(OURS, Path(sys.argv[2]))
    print(", ".join(f"{len(paths)} of {phase}" for phase, paths in written.items()), f"after {KNOWN}")
    sys.exit(0 if lint(sys.argv[1], written) else 1)
