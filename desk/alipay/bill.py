"""Alipay's bill of a day: a zip of GBK CSV files. Source: Alipay's open-platform documents.

The layout is not fixed by a primary source, so columns are found by their names, and whatever is not as expected is
an error: a bill that is half read would make losses look like agreement.
"""

import csv
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Literal

from desk.alipay.answers import yuan
from desk.contract.errors import BackendNonsense
from values.lexicon import lexicon

LARGEST = 64 * 1024 * 1024  # bytes, packed and unpacked

_WORDS = lexicon(__file__)
COLUMNS = _WORDS.by_name("columns")
KINDS: dict[str, Literal["payment", "refund"]] = _WORDS.by_name("kinds")


@dataclass(frozen=True)
class BillLine:
    """One line of the bill: a payment, or a refund (`amount` is negative)."""

    order: str
    trade_no: str
    kind: Literal["payment", "refund"]
    amount: str
    refund_request: str | None


def read_bill(archive: bytes) -> list[BillLine]:
    """Read the details of a bill's zip; comment lines begin with `#`, and a summary lies beside them.

    Raises:
        BackendNonsense: it is no such zip, or a line of it cannot be read.
    """
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(_lines(_details(archive)))]
    except csv.Error as exc:
        raise BackendNonsense("The bill's details are not CSV.") from exc
    if not rows or any(name not in rows[0] for name in COLUMNS.values()):
        raise BackendNonsense("The bill's details have other columns than expected.")
    head, *lines = rows
    place = {field: head.index(name) for field, name in COLUMNS.items()}
    return [_line(number, row, place) for number, row in enumerate(lines, start=1)]


def _line(number: int, row: list[str], place: dict[str, int]) -> BillLine:
    try:
        cells = {field: row[index] for field, index in place.items()}
        kind, amount = KINDS[cells["kind"]], yuan(cells["amount"])
    except (IndexError, KeyError, ValueError) as exc:
        raise BackendNonsense(f"Line {number} of the bill's details cannot be read.") from exc
    return BillLine(cells["order"], cells["trade_no"], kind, amount, cells["refund_request"] or None)


def _details(archive: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            details = [info for info in bundle.infolist() if _has_details(_name(info))]
            if len(details) != 1 or details[0].file_size > LARGEST:
                raise BackendNonsense("The bill's archive has no single file of details.")
            return bundle.read(details[0]).decode("gb18030")  # a superset of GBK
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as exc:
        # RuntimeError: it has a password, or is packed in another way; ValueError: places in it are none
        raise BackendNonsense("The bill is not a zip of GBK text.") from exc


def _has_details(name: str) -> bool:
    return _WORDS.text("details") in name and _WORDS.text("summary") not in name


def _lines(text: str) -> list[str]:
    return [line for line in io.StringIO(text) if line.strip() and not line.startswith("#")]


def _name(info: zipfile.ZipInfo) -> str:
    """Names in Alipay's archives are GBK without the flag that would say so; Python then reads them as cp437."""
    return info.filename if info.flag_bits & 0x800 else info.filename.encode("cp437").decode("gb18030", "replace")
