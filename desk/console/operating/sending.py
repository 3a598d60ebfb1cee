"""What is sent on channels: what waits, what could not be sent and why, and sending it again.

Nothing here says what a message says, or to whom it goes.
"""

from aiohttp import web

from desk.audit.trail import reason_of
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.operating import accounts
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import NotPermitted, Permission
from desk.sending.dead_letters import DeadLetters, Group
from desk.sending.lanes import LANES
from desk.tickets.reaching.unreached import SPAN, unreached

PATH = f"{visits.ROOT}/sending"


@staff(Permission.SENDING_MANAGE)
async def sending_page(request: web.Request) -> web.Response:
    """What waits, by account and lane; what did not arrive, by account and reason."""
    return await _page(request)


@staff(Permission.SENDING_MANAGE)
async def retry(request: web.Request) -> web.Response:
    """Send again what ended one way; what may have arrived only by who says so."""
    form, actor = await form_of(request), visits.actor_of(request)
    letters = DeadLetters(request.app[CONSOLE].engine)
    chosen = next((one for one in await letters.groups(actor) if value_of(one) == form["group"]), None)
    if chosen is None:
        return await _page(request, form, Fault(Text(key="console.error_sending_group"), "group"))
    if chosen.state == "unknown" and form["unknown"] != "yes":
        return await _page(request, form, Fault(Text(key="console.error_sending_unknown"), "unknown"))
    try:
        await letters.retry(
            actor,
            chosen.account,
            unknown=chosen.state == "unknown",
            state=chosen.state,
            why=chosen.reason,
            reason=reason_of(form["reason"]),
        )
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, "reason"))
    return shell.see_other(PATH, done="sending_again")


def value_of(group: Group) -> str:
    """A group as a form names it."""
    return f"{group.account} {group.state} {group.reason}"


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    actor, words = visits.actor_of(request), shell.words_of(request)
    wanted = query_of(request)["account"] or None
    letters = DeadLetters(request.app[CONSOLE].engine)
    groups = await letters.groups(actor, wanted)
    untold = [] if wanted else await unreached(request.app[CONSOLE].engine, actor)
    return shell.page(
        request,
        "sending.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        wanted=wanted or "",
        counts=await letters.counts(wanted),
        lanes=[words.t(f"sending_lane_{one}") for one in LANES],
        groups=groups,
        untold=[(one, words.city(one.city)) for one in untold],
        untold_days=SPAN.days,
        choices=[
            (
                value_of(one),
                words.t("sending_group", account=one.account, count=one.deliveries, why=one.reason or "–"),
                words.t(f"sending_state_{one.state}"),
            )
            for one in groups
        ],
        accounts_path=accounts.PATH if actor.may(Permission.CHANNEL_MANAGE) else "",
    )


SECTION = Section(
    routes=(web.get(PATH, sending_page), web.post(PATH, retry)),
    places=(Place("sending", PATH, "o", 27, Permission.SENDING_MANAGE, group="operation"),),
)
