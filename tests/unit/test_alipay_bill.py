"""A bill is read whole or not at all."""

import io
import zipfile

import pytest

from desk.alipay.bill import BillLine, read_bill
from desk.contract.errors import BackendNonsense

HEAD = "支付宝交易号,商户订单号,业务类型,商品名称,订单金额（元）,退款批次号/请求号,备注"
LINES = "T1\t,O1\t,交易\t,罚款\t,12.30\t,\t,\t\r\nT1\t,O1\t,退款\t,罚款\t,-2.3\t,r1\t,\t\r\n"


class GbkInfo(zipfile.ZipInfo):
    """A file's name in GBK, without a flag: as Alipay's archives have it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits


def packed(
    details: str, *, encoding: str = "gbk", gbk_names: bool = True, names: tuple[str, ...] = ("业务明细",)
) -> bytes:
    """An archive with a summary, and details under these names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name in (*names, "业务明细(汇总)"):
            info = (GbkInfo if gbk_names else zipfile.ZipInfo)(f"2088_20261124_{name}.csv")
            bundle.writestr(info, ("#汇总\r\n" if "汇总" in name else details).encode(encoding))
    return file.getvalue()


READ = [BillLine("O1", "T1", "payment", "12.30", None), BillLine("O1", "T1", "refund", "-2.30", "r1")]


@pytest.mark.parametrize("gbk_names", [True, False], ids=["names in GBK", "names in UTF-8"])
def test_payments_and_refunds_are_read(gbk_names: bool) -> None:
    """Comments and tabs are no data; amounts have two decimals."""
    details = f"#支付宝业务明细查询\r\n{HEAD}\r\n{LINES}#交易合计：1笔\r\n"
    assert read_bill(packed(details, gbk_names=gbk_names)) == READ


def test_columns_are_found_by_their_names() -> None:
    """In any order."""
    names = HEAD.split(",")
    cells = [line.split(",") for line in LINES.strip().split("\r\n")]
    turned = "\r\n".join(",".join(reversed(row)) for row in [names, *cells])
    assert read_bill(packed(turned)) == READ


def test_characters_beyond_gbk_are_read() -> None:
    """A name that only GB 18030 has spoils nothing."""
    assert read_bill(packed(f"{HEAD}\r\n{LINES.replace('罚款', '㐀𠀀')}", encoding="gb18030")) == READ


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>expired</html>", id="a page"),
        pytest.param(packed(f"{HEAD}\r\n{LINES}")[:-30], id="cut off"),
        pytest.param(packed(""), id="empty details"),
        pytest.param(packed(HEAD.replace("业务类型", "类型")), id="a column missing"),
        pytest.param(packed(f"{HEAD}\r\nT1,O1,交易\r\n"), id="a line cut off"),
        pytest.param(packed(f"{HEAD}\r\nT1,O1,转账,罚款,1.00,,\r\n"), id="an unknown kind"),
        pytest.param(packed(f"{HEAD}\r\nT1,O1,交易,罚款,一元,,\r\n"), id="no amount"),
        pytest.param(packed(f"{HEAD}\r\n{LINES}", names=()), id="no details"),
        pytest.param(packed(f"{HEAD}\r\n{LINES}", names=("业务明细", "业务明细2")), id="two files of details"),
        pytest.param(packed(f"{HEAD}\r\n{'x' * 200_000}\r\n"), id="a field without an end"),
    ],
)
def test_what_is_not_as_expected_is_an_error(archive: bytes) -> None:
    """Never a shorter bill: a line that is left out would look like money lost, or hide it."""
    with pytest.raises(BackendNonsense):
        read_bill(archive)
