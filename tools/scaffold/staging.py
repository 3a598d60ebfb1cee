"""Files that are written all or none."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass
class Staging:
    """New files and new versions of files below a root, by path relative to it."""

    root: Path
    files: dict[Path, str] = field(default_factory=dict)

    def put(self, path: str | Path, text: str) -> None:
        """Write a file when `commit` comes; a file that there is gets this text."""
        self.files[Path(path)] = text

    def text(self, path: str | Path) -> str | None:
        """What a file will say: as put here, else as it is; None where there is none."""
        if Path(path) in self.files:
            return self.files[Path(path)]
        there = self.root / path
        return there.read_text(encoding="utf-8") if there.is_file() else None

    def commit(self, check: Callable[[Path], None], finish: Callable[[], object]) -> tuple[list[Path], list[Path]]:
        """Write all: into a folder beside, where `check` sees them; then to their places; then `finish`.

        Whatever any of it raises, the root is as it was. Returns the paths that are new, and those that are changed.
        """
        with TemporaryDirectory(prefix=".new-", dir=self.root) as folder:
            staged, kept = Path(folder) / "new", Path(folder) / "old"
            for path, text in self.files.items():
                (staged / path).parent.mkdir(parents=True, exist_ok=True)
                (staged / path).write_text(text, encoding="utf-8")
            check(staged)
            changed = [path for path in self.files if (self.root / path).exists()]
            for path in changed:
                (kept / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.root / path, kept / path)
            made: list[Path] = []
            folders: list[Path] = []
            whole = False
            try:
                for path in self.files:
                    folders += self._with_folders(self.root / path)
                    made.append(path)
                    (staged / path).replace(self.root / path)
                finish()
                whole = True
            finally:
                if not whole:
                    self._undo(made, folders, kept)
            return [path for path in self.files if path not in changed], changed

    def _with_folders(self, path: Path) -> list[Path]:
        """Make the folders above a file; those that are new, the outermost first."""
        missing = [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        return list(reversed(missing))

    def _undo(self, made: list[Path], folders: list[Path], kept: Path) -> None:
        for path in made:
            if (kept / path).exists():
                (kept / path).replace(self.root / path)
            else:
                (self.root / path).unlink(missing_ok=True)
        for folder in reversed(folders):
            folder.rmdir()
