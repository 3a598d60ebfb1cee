"""The bill of a day: a zip of GBK CSV, details and summary, laid out as the real one. Alipay's documents."""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sandbox.alipay.clock import SHANGHAI
from sandbox.alipay.identity import BUYER_LOGIN, SELLER_ID
from sandbox.alipay.trades import Trade

READY = time(9, tzinfo=SHANGHAI)  # a day's bill is there at this time of the next day

DETAILS = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员",
    "终端号", "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）",
    "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号",
    "服务费（元）", "分润（元）", "备注",
)  # fmt: skip
SUMMARY = (
    "门店编号", "门店名称", "交易订单总笔数", "退款订单总笔数", "订单金额（元）", "商家实收（元）", "支付宝优惠（元）",
    "商家优惠（元）", "卡消费金额（元）", "服务费（元）", "分润（元）", "实收净额（元）",
)  # fmt: skip

type Row = dict[str, str]


def is_ready(day: date, now: datetime) -> bool:
    """Whether the bill of a day has been made."""
    return now >= datetime.combine(day + timedelta(days=1), READY)


def rows_of(day: date, trades: Iterable[Trade]) -> list[Row]:
    """The lines of a day: payments, and refunds with negative amounts, in the order in which they happened."""
    rows: list[tuple[datetime, Row]] = []
    for trade in trades:
        if trade.paid_at is not None and _day(trade.paid_at) == day:
            rows.append((trade.paid_at, _row(trade, "交易", trade.amount, trade.paid_at, "")))
        rows += [
            (refund.at, _row(trade, "退款", -refund.amount, refund.at, request))
            for request, refund in trade.refunds.items()
            if _day(refund.at) == day
        ]
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def archive(day: date, rows: list[Row], now: datetime) -> bytes:
    """The zip. File names are GBK without a flag, as the real one's."""
    files = {"业务明细": _details(day, rows, now), "业务明细(汇总)": _summary(day, rows, now)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in files.items():
            info = _GbkName(f"{SELLER_ID}_{day:%Y%m%d}_{name}.csv", now.timetuple()[:6])
            bundle.writestr(info, text.encode("gbk", "replace"), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


class _GbkName(zipfile.ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  # overrides zipfile's own hook
        return self.filename.encode("gbk"), self.flag_bits


def _row(trade: Trade, kind: str, amount: Decimal, at: datetime, request: str) -> Row:
    filled = {
        "支付宝交易号": trade.trade_no,
        "商户订单号": trade.order,
        "业务类型": kind,
        "商品名称": trade.subject,
        "创建时间": _time(trade.created_at or at),
        "完成时间": _time(at),
        "对方账户": BUYER_LOGIN,
        "订单金额（元）": f"{amount:.2f}",
        "商家实收（元）": f"{amount:.2f}",
        "退款批次号/请求号": request,
    }
    money = {name: "0.00" for name in DETAILS if name.endswith("（元）")}
    return dict.fromkeys(DETAILS, "") | money | filled


def _details(day: date, rows: list[Row], now: datetime) -> str:
    file = io.StringIO()
    file.write("#支付宝业务明细查询\r\n" + _period(day) + "#-----------------业务明细列表----------------\r\n")
    lines = csv.writer(file)
    lines.writerow(DETAILS)
    for row in rows:
        lines.writerow([f"{cell}\t" for cell in row.values()])  # tabs keep spreadsheets from rounding long numbers
    file.write("#-----------------业务明细列表结束------------\r\n")
    paid, refunded = _split(rows)
    file.write(f"#交易合计：{len(paid)}笔，商家实收共{_sum(paid)}元\r\n")
    file.write(f"#退款合计：{len(refunded)}笔，商家实收退款共{_sum(refunded)}元\r\n")
    file.write(f"#导出时间：[{now:%Y年%m月%d日 %H:%M:%S}]\r\n")
    return file.getvalue()


def _summary(day: date, rows: list[Row], now: datetime) -> str:
    file = io.StringIO()
    file.write("#支付宝业务汇总查询\r\n" + _period(day) + "#-----------------业务汇总列表----------------\r\n")
    lines = csv.writer(file)
    lines.writerow(SUMMARY)
    paid, refunded = _split(rows)
    total = _sum(rows)
    zero = "0.00"
    lines.writerow(["合计", "", str(len(paid)), str(len(refunded)), total, total, zero, zero, zero, zero, zero, total])
    file.write("#-----------------业务汇总列表结束------------\r\n")
    file.write(f"#导出时间：[{now:%Y年%m月%d日 %H:%M:%S}]\r\n")
    return file.getvalue()


def _period(day: date) -> str:
    first, last = f"{day:%Y年%m月%d日} 00:00:00", f"{day + timedelta(days=1):%Y年%m月%d日} 00:00:00"
    return f"#账号：[{SELLER_ID}0156]\r\n#起始日期：[{first}]   终止日期：[{last}]\r\n"


def _split(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    return [row for row in rows if row["业务类型"] == "交易"], [row for row in rows if row["业务类型"] == "退款"]


def _sum(rows: list[Row]) -> str:
    return f"{sum((Decimal(row['订单金额（元）']) for row in rows), Decimal(0)):.2f}"


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _time(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
