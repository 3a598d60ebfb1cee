"""Was this guide helpful? Asked under a guide and under an answer from it; counted by day, guide and language.

Who answers is known to nobody: there is no session, no cookie, and no words. So nothing is forged in anybody's name; it
is our page, or one of a listed site, that a browser must say it comes from, and one address answers so often.
"""

from typing import get_args

from aiohttp import web
from aiohttp_pydantic.oas.typing import r204
from yarl import URL

from channels.webchat import HelpfulRequest
from desk.city.files import City
from desk.contract.wire import Locale
from desk.sites import votes
from desk.sites.votes import Answer
from desk.store.database import transaction
from desk.web import cookies, languages
from desk.web.access import public
from desk.web.gate import insist_on_pace, posted
from desk.web.guides import ONE
from desk.web.limits import Rate
from desk.web.parts import PARTS, guides_of
from desk.web.problems import Problem
from desk.web.typed import typed

ADDRESS = ONE + "/helpful"
IN_CHAT = "/chat/v1/helpful"
PACE = Rate(per_second=0.2, capacity=30)  # of one address, which may be that of an office
ANSWERS: tuple[Answer, ...] = get_args(Answer.__value__)


@public
async def answer_page(request: web.Request) -> web.Response:
    """Count what the form under a guide says, and lead back to it: to the reasons, or to thanks."""
    if not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    city, guide = request.match_info["city"], request.match_info["guide"]
    form = await posted(request)
    answer = next((one for one in ANSWERS if one == form.get("answer")), None)
    if answer is None:
        raise Problem("malformed")
    locale = await _count(request, city, guide, answer, str(form.get("lang", "")))
    said = "no" if answer == "no" else "thanks"
    there = URL(f"/{city}/guides/{guide}").with_query(lang=locale, said=said).with_fragment("helpful")
    raise web.HTTPSeeOther(there)


@public
@typed
async def answer_in_chat(request: web.Request, body: HelpfulRequest) -> r204:
    """Count whether a guide helped that an answer was taken from: `yes`, `no`, or after a no the reason.

    Kept is the number for a day, guide and language, nothing of who says so.

    Status Codes:
        204: Counted.
        404: The city has no such guide.
    """
    parts, sender = request.app[PARTS], cookies.foreign_origin(request)
    if not (parts.origins.may_open(sender, body.city) if sender is not None else cookies.is_own_page(request)):
        raise Problem("origin_not_allowed")
    await _count(request, body.city, body.guide, body.answer, body.locale)
    return web.Response(status=204)


async def _count(request: web.Request, slug: str, guide: str, answer: Answer, wanted: str) -> Locale:
    """Count an answer; the language that it is counted under, one of the city's."""
    parts = request.app[PARTS]
    city: City | None = parts.cities.get(slug)
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    if guide not in (guides_of(request, city) or {}):
        raise Problem("not_found")
    locale = next((one for one in city.languages if one == wanted), None)
    locale = locale or languages.requested(request, city.languages)
    await insist_on_pace(request, "votes", PACE)
    async with transaction(parts.engine) as connection:
        day = city.local(parts.now()).date()
        await votes.note(connection, day=day, city=slug, guide=guide, locale=locale, answer=answer)
    return locale
