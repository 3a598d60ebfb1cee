"""Lines of JSONL files, each as a model."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from desk.contract.errors import StartError


def read_jsonl[Line: BaseModel](files: Sequence[Path], model: type[Line]) -> list[Line]:
    """The lines of all files.

    Raises:
        StartError: a file is missing, or a line is none; the message says where.
    """
    found = []
    for file in files:
        try:
            written = file.read_text(encoding="utf-8").splitlines()
        except OSError as exc:
            raise StartError(f"{file} cannot be read: {exc.strerror}.") from exc
        for number, text in enumerate(written, start=1):
            try:
                found.append(model.model_validate_json(text))
            except ValidationError as exc:
                raise StartError(f"{file}, line {number}: {exc.errors()[0]['msg']}.") from exc
    return found
