"""Jobs of the payments room. Their fence is the state of the order: one that runs twice changes nothing."""

import structlog
from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.contract.errors import BackendError, Conflict, NotFound
from desk.payments import ledger
from desk.payments.bill_days import BillDays
from desk.payments.cashier import CLOSE, REFUND
from desk.payments.reconciliation import Reconciliation
from desk.payments.refunds import Refunds
from desk.payments.service import BOOK, CHECK, Payments
from desk.payments.unsettled import look
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of
from desk.store.retention import note_run
from desk.store.terms import Category

log = structlog.get_logger(__name__)

# For what is wrong with us or the database; what is wrong outside is waited for by the services themselves.
AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)


def _payments(context: JobContext) -> Payments:
    payments = tools_of(context).part(Payments)
    if payments is None:
        raise NotFound("Payments are not set up in this worker: see DESK_ALIPAY_GATEWAY.")
    return payments


@JOBS.task(name=BOOK, queue=REPLIES, pass_context=True, retry=AGAIN)
async def book(context: JobContext, *, order: str) -> None:
    """Tell the agency of a paid order."""
    await _payments(context).book(order)


@JOBS.task(name=CLOSE, queue=REPLIES, pass_context=True, retry=AGAIN)
async def close(context: JobContext, *, order: str) -> None:
    """Close an order that has expired or was cancelled."""
    await _payments(context).close(order)


@JOBS.task(name=CHECK, queue=REPLIES, pass_context=True, retry=AGAIN)
async def check(context: JobContext, *, order: str) -> None:
    """Ask the gateway whether an order was paid; what it cannot say now is asked again later."""
    try:
        await _payments(context).check(order)
    except (BackendError, Conflict) as exc:
        log.warning("order_cannot_be_checked", order=order, error=type(exc).__name__)


@JOBS.task(name=REFUND, queue=REPLIES, pass_context=True, retry=AGAIN)
async def refund(context: JobContext, *, refund: str) -> None:
    """Pay money back."""
    await Refunds(_payments(context).dependencies).carry_out(refund)


@JOBS.periodic(cron="*/15 * * * *")
@JOBS.task(name="payments.check_unsettled", queue=UPKEEP, pass_context=True, queueing_lock="payments.check_unsettled")
async def check_unsettled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue a job for every order and refund that has not come to its end."""
    tools = tools_of(context)
    if tools.part(Payments) is None:
        return
    async with transaction(tools.engine) as connection:
        found = await look(connection)
    if found:
        log.info("unsettled", jobs=found)


# Each hour, since nobody knows when a desk that was down is up again; most of the time nothing is to be done.
@JOBS.periodic(cron="5 * * * *")
@JOBS.task(name="payments.reconcile", queue=UPKEEP, pass_context=True, queueing_lock="payments.reconcile", retry=AGAIN)
async def reconcile(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Compare the bills of all days that are over, and were not compared, with our orders."""
    payments = tools_of(context).part(Payments)
    if payments is None:
        return
    days = await BillDays(payments.dependencies, Reconciliation(payments)).compare_missed()
    if days:
        log.info("bills_compared", days=[day.isoformat() for day in days])


@JOBS.periodic(cron="47 * * * *")
@JOBS.task(name="payments.forget", queue=UPKEEP, pass_context=True, queueing_lock="payments.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete orders of erased residents that are older than they must be kept, also where nothing is paid now."""
    tools, forgotten = tools_of(context), 0
    async with transaction(tools.engine) as connection:
        for kind in (Category.ORDERS, Category.UNPAID):
            done = [await ledger.forget(connection, kind, term) for term in tools.retentions.terms(kind)]
            forgotten += await note_run(connection, kind, tools.retentions, done)
    if forgotten:
        log.info("orders_forgotten", orders=forgotten)
