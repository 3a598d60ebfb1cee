"""The actions server: `POST /webhook` (Rasa's action protocol), `POST /commands/…`, `GET /health`. No rules.

Lets in the bot at the one and the desk at the others (`desk/http/peers.py`), believes of a turn what the desk signed,
and signs what the desk shall believe of the answer. Answers 200 to every well-formed request, whatever happens behind
it, with a reply that a person understands; then nothing that is remembered has changed.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import JsonValue, ValidationError

from actions.commands import bookings, following, proving, stops
from actions.commands.bookings import BOOKINGS, Bookings, Settles
from actions.commands.following import FOLLOWING, Following
from actions.commands.proving import PROVING, Proving
from actions.commands.stops import STOPS, Stops
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.replies import HUMAN
from actions.dialogue.manager import Dialogue
from actions.dialogue.ports import Follows, Proves, SendsCodes, ShowsBoards
from actions.dialogue.reading.button_words import ButtonWords
from actions.dialogue.reading.finder import Finder
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.server.files import Files
from actions.server.handlers import open_handlers
from actions.server.shell import rendered
from actions.server.surroundings import Surroundings
from actions.server.webhook import SESSION, ActionCall, answer_of, apology_of, turn_of
from actions.transit.buses import CityBuses
from desk.city.files import City
from desk.contract.messages import Effect, Reply, Signed
from desk.http.peers import guard, refusal, verifier
from desk.http.signatures import NotSigned, Signatures
from desk.http.tracing import follow
from desk.store.keys import Keys
from desk.store.terms import Retentions
from desk.texts.catalogs import Catalogs
from roles.mac import BOT_TO_ACTIONS, CONTENT_TYPE, DESK_TO_ACTIONS, Refused

ACTION = "action_answer"
TURN_SECONDS = 4.7
"""Within the 5 s that the bot waits (contracts.md, "Time, from the inside out")."""
REQUEST_BYTES = 32 * 1024 * 1024
"""Ours are some kilobytes. A plain Rasa sends its whole tracker at every turn: megabytes after a thousand of them."""

log = structlog.get_logger(__name__)
DIALOGUE = web.AppKey("dialogue", Dialogue)
BUSES = web.AppKey("buses", Mapping[str, CityBuses])


class Webhook:
    """Rasa's side of the server.

    Without `signatures` it answers anybody's Rasa, of whom nothing is known; with `catalogs` in rendered text.
    """

    def __init__(
        self,
        cities: Mapping[str, City],
        clock: Callable[[], datetime],
        signatures: Signatures | None,
        catalogs: Catalogs | None = None,
    ) -> None:
        self._cities = cities
        self._clock = clock
        self._signatures = signatures
        self._catalogs = catalogs

    def routes(self) -> list[web.RouteDef]:
        """Both."""
        return [web.post("/webhook", self.answer), web.get("/health", self.health)]

    async def health(self, request: web.Request) -> web.Response:
        """200 once the server can answer; `feeds` are the cities whose timetable is missing or over, and why."""
        found = {city: one.trouble(self._today(city)) for city, one in request.app.get(BUSES, {}).items()}
        feeds = [{"city": city, "trouble": trouble} for city, trouble in found.items() if trouble is not None]
        return web.json_response({"status": "ok", "feeds": feeds})

    def _today(self, city: str) -> date:
        return self._clock().astimezone(ZoneInfo(self._cities[city].timezone)).date()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one action call; 400 only where it is none, 403 where the desk did not sign what it knows."""
        try:
            call = self._believed(ActionCall.model_validate_json(await request.read()))
            if call.next_action != ACTION:
                raise KeyError(call.next_action)
            turn = turn_of(call, self._cities, self._clock())
        except (ValidationError, ValueError) as exc:
            return _problem(f"Not the contract: {type(exc).__name__}.")
        except KeyError as exc:
            return _problem(f"There is no action or city {exc}.")
        except NotSigned as exc:
            log.warning("turn_not_signed", why=str(exc))
            return _problem(str(exc), status=403, name="not-signed")
        follow(turn.conversation, turn.message_id)
        session = call.tracker.slots.get(SESSION)
        answer = await answered(request.app[DIALOGUE], turn, session, signatures=self._signatures)
        log.info("turn_answered", city=turn.city.slug)
        if self._catalogs is not None:
            answer = rendered(self._catalogs, answer, turn.city.slug)
        return web.json_response(answer)

    def _believed(self, call: ActionCall) -> ActionCall:
        """The call with the context that counts. Raises NotSigned."""
        if self._signatures is None:
            return call.of_a_stranger()
        given = call.tracker.latest_message.metadata
        message = "" if given.message is None else given.message.id
        self._signatures.check_turn(given.signature, call.tracker.sender_id, message, given.context or {})
        return call


async def answered(
    dialogue: Dialogue,
    turn: Turn,
    remembered: object,
    *,
    seconds: float = TURN_SECONDS,
    signatures: Signatures | None = None,
) -> dict[str, JsonValue]:
    """Answer a turn, or apologise and remember nothing of it: the resident may send the same again.

    With `signatures` effects that bind are signed; a Rasa that is not ours is answered without.
    """
    try:
        async with asyncio.timeout(seconds):
            outcome = await dialogue.answer(turn, _session(remembered, turn))
        if signatures is not None:
            outcome = replace(outcome, effects=tuple(_signed(one, turn, signatures) for one in outcome.effects))
        return answer_of(outcome)
    except TimeoutError:
        log.error("action_too_slow", intent=turn.intent)
        return apology_of(Reply(key="common.action_slow", buttons=[HUMAN]), turn.locale)
    except Exception as exc:  # noqa: BLE001 - the boundary of HTTP: whatever broke, the resident hears of it
        # without the exception's text, which may quote the resident
        stack = "".join(traceback.format_tb(exc.__traceback__))
        log.error("action_failed", intent=turn.intent, error=type(exc).__name__, stack=stack)
        return apology_of(Reply(key="common.action_failed", buttons=[HUMAN]), turn.locale)


def _signed(effect: Effect, turn: Turn, signatures: Signatures) -> Effect:
    """An effect as the desk believes it."""
    if not isinstance(effect, Signed):
        return effect
    signature = signatures.of_effect(turn.conversation, turn.message_id, effect.model_dump(mode="json"))
    return effect.model_copy(update={"signature": signature})


def build(
    *,
    root: Path,
    cities: dict[str, City],
    sandbox_url: str | None,
    data_dir: Path,
    clock: Callable[[], datetime],
    keys: Keys,
    public_url: str | None = None,
    retentions: Retentions | None = None,
    environ: Mapping[str, str] | None = None,
    for_rasa: bool = False,
    files: Files | None = None,
) -> web.Application:
    """Build the application.

    Args:
        root: the folder with nlu/; file endpoints of city files are relative to it.
        data_dir: where timetables are kept.
        clock: the time, aware; only for turns that bring none.
        keys: of this installation, for one-time codes, addresses of photos, and to know the bot and the desk by.
        public_url: where the desk is reached, for addresses of photos; without it none is asked for.
        retentions: for how long what is kept is kept, by city, as residents are told.
        environ: where the keys are that city files name by `key_env`.
        for_rasa: answer anybody's Rasa at `/webhook`, and nobody else: for development, on this machine alone.
        files: what was read of the root before; None: it is read now.

    Raises:
        ConfigurationError: a file of the root is wrong. At startup: a city file lacks an address or a key.
    """
    signatures = Signatures(keys)
    read = files or Files.of(root)
    finder = Finder(read.directory, read.guides)
    surroundings = Surroundings(root, cities, sandbox_url, data_dir, environ or {}, keys, public_url, finder)

    async def opened(application: web.Application) -> AsyncIterator[None]:
        async with open_handlers(read.services, surroundings) as opening:
            offer = Offer(
                read.services,
                cities,
                read.topics,
                read.facts,
                read.asked,
                finder,
                read.day,
                retentions or Retentions(),
                read.suggested,
                opening.gazetteer,
                read.rarity,
            )
            handlers = opening.handlers
            application[BUSES] = opening.buses
            words = ButtonWords(read.texts)
            application[DIALOGUE] = Dialogue(
                handlers,
                offer,
                reference_proof=opening.reference_proof,
                words=words,
                larger_models=opening.larger_models,
            )
            settling = {name: handler for name, handler in handlers.items() if isinstance(handler, Settles)}
            application[BOOKINGS] = Bookings(settling, cities, signatures)
            follows = {name: handler for name, handler in handlers.items() if isinstance(handler, Follows)}
            application[FOLLOWING] = Following(follows, cities)
            application[STOPS] = Stops([one for one in handlers.values() if isinstance(one, ShowsBoards)])
            persons = {name: handler for name, handler in handlers.items() if isinstance(handler, Proves)}
            telephones = {name: one for name, one in handlers.items() if isinstance(one, SendsCodes)}
            application[PROVING] = Proving(
                persons, opening.reference_proof.provers, telephones, opening.visitors, cities
            )
            yield

    lets_in = [no_pages] if for_rasa else [guarded(keys)]
    webhook = Webhook(cities, clock, None, read.texts) if for_rasa else Webhook(cities, clock, signatures)
    application = web.Application(client_max_size=REQUEST_BYTES, middlewares=lets_in)
    application.cleanup_ctx.append(opened)
    application.add_routes(webhook.routes())
    if not for_rasa:
        application.add_routes([*bookings.routes(), *following.routes(), *proving.routes(), *stops.routes()])
    return application


def guarded(keys: Keys) -> Middleware:
    """Lets the bot in at `/webhook`, and the desk at everything else."""
    return guard({"/webhook": verifier(keys, BOT_TO_ACTIONS)}, otherwise=verifier(keys, DESK_TO_ACTIONS))


@web.middleware
async def no_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what a web page can send."""
    if "Origin" in request.headers:
        return refusal(Refused("from-a-page"))
    if request.method == "POST" and request.content_type != CONTENT_TYPE:
        return refusal(Refused("not-json"))
    return await handler(request)


def _session(remembered: object, turn: Turn) -> Session:
    """Read what is remembered; what an older release wrote and this one cannot read is begun anew."""
    try:
        return Session.from_json(remembered, turn.now, turn.message_id)
    except ValidationError:
        log.warning("session_unreadable")
        return Session(touched_at=turn.now, epoch=turn.message_id)


def _problem(detail: str, *, status: int = 400, name: str = "bad-request") -> web.Response:
    body = {"type": name, "title": "Not an action call.", "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
