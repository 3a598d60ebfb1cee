"""The client of the bot: `POST /turn` (`docs/explanation/contracts.md`).

The bot may stand at several addresses; any of them answers any turn. A turn goes to the one with the fewest in flight.
An address that refused, or said 503, rests for a moment and is then tried by one turn alone, so that a thousand waiting
conversations do not hammer a bot that is starting. A bot that answers no turn in time and not even whether it lives is
frozen, and no message's fault. Whoever does not prove to be a bot of ours is no bot: the turn waits.

A model on trial stands at addresses of its own. What it cannot take is asked where the others are answered.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError

from desk.contract.errors import BotError, BotInterrupted, BotUnreachable, PeerStrange
from desk.contract.messages import Signed
from desk.contract.turns import TurnRequest, TurnResult, UnderstandRequest, Understood
from desk.conversations.candidate import Candidate
from desk.http.peers import ask, signer
from desk.http.signatures import NotSigned, Signatures
from desk.store.keys import Keys
from roles.mac import DESK_TO_BOT

CONNECT_SECONDS = 1.0
# Less than the 5 s after which the bot's server closes an idle connection: a turn must not meet that moment.
IDLE_CONNECTION_SECONDS = 3.0
REST_SECONDS = (0.1, 0.2, 0.4, 0.8)
TRIAL_SECONDS = 1.0
ALIVE_SECONDS = 1.0  # so soon a bot that lives says so, whatever it works at
ANSWER_BYTES = 4 * 2**20
log = structlog.get_logger(__name__)
UNDERSTAND_SECONDS = 1.5  # an emergency is not kept waiting for the model: the signs have said theirs


class Problem(BaseModel):
    """What is read of an RFC 9457 answer."""

    type: str = "about:blank"


class BotStateUnreadable(BotError):
    """The bot cannot read the dialogue state; beginning anew can help."""


class BotBusy(BotInterrupted):
    """The bot did not answer in time beside others that it answered: that is no fault of the message."""


class BotForges(BotError):
    """The bot answered an effect that binds and that the actions did not sign for this turn: nothing of it counts."""


class BotTimeout(BotError):
    """The bot did not answer in time."""


@dataclass
class Address:
    """One bot: what is in flight there, and until when it rests after a refusal."""

    url: str
    in_flight: int = 0
    refusals: int = 0
    rests_until: float = 0.0
    frozen: bool = False

    def rest(self, now: float, *, frozen: bool = False) -> None:
        self.frozen = frozen
        self.rests_until = now + REST_SECONDS[min(self.refusals, len(REST_SECONDS) - 1)]
        self.refusals += 1

    def recovered(self) -> None:
        self.refusals, self.rests_until, self.frozen = 0, 0.0, False


class BotClient:
    """Asks the bot. An async context manager: its connections are open as long as it is.

    Args:
        url: the bot's address; several are separated by commas. It may move: `stands_at`.
        timeout_seconds: how long a turn may take.
        keys: of this installation: sign what is asked, and what a turn may know.
        clock: monotonic, in seconds: how long an address rests.
    """

    def __init__(
        self, url: str, timeout_seconds: float, keys: Keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._addresses: list[Address] = []
        self._candidate: Candidate | None = None
        self._tried: list[Address] = []
        self.stands_at(url)
        self._timeout_seconds = timeout_seconds
        self._signer = signer(keys, DESK_TO_BOT)
        self._signatures = Signatures(keys)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    def stands_at(self, url: str) -> None:
        """Ask at these addresses from now on; turns in flight elsewhere end there. Nothing named: as before."""
        named = _named(url, self._addresses)
        if named:
            self._addresses = named

    def tries(self, candidate: Candidate | None, url: str = "") -> None:
        """Ask a model on trial, at these addresses, in those conversations that it answers. None: there is none."""
        self._tried = _named(url, self._tried)
        self._candidate = candidate if self._tried else None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_CONNECTION_SECONDS),
            timeout=aiohttp.ClientTimeout(total=self._timeout_seconds, sock_connect=CONNECT_SECONDS),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def turn(self, request: TurnRequest, *, may_be_tried: bool = False) -> TurnResult:
        """Ask for one turn; with `may_be_tried` a model on trial where it answers this conversation.

        Raises:
            BotUnreachable: no bot can serve just now; this is no try.
            BotInterrupted: the connection broke, or the bot froze, in the middle; whether it acted is unknown.
            BotBusy: no answer in time beside others; whether it acted is unknown.
            BotStateUnreadable: the state must be begun anew.
            BotTimeout: no answer in time, though it had nothing else to do.
            BotForges: an effect that moves money, or keeps a case, is not as the actions decided it.
            BotError: any other failure, or an answer that is not the contract.
        """
        context = request.context.model_dump(mode="json")
        signature = self._signatures.of_turn(request.conversation, request.message.id, context)
        body = request.model_copy(update={"signature": signature}).model_dump_json().encode()
        tried, passed_over = self._candidate if may_be_tried else None, ""
        if tried is not None and tried.answers(request.conversation, request.context.city):
            try:
                result = self._believed(request, await self._at_one_of(self._tried, body))
                return result.model_copy(update={"candidate": tried.fingerprint, "passed_over": ""})
            except (BotUnreachable, BotStateUnreadable) as exc:
                log.warning("candidate_passed_over", error=type(exc).__name__)
                passed_over = tried.fingerprint
        result = self._believed(request, await self._at_one_of(self._addresses, body))
        return result.model_copy(update={"candidate": "", "passed_over": passed_over})

    def _believed(self, request: TurnRequest, result: TurnResult) -> TurnResult:
        """The answer, if each effect that binds is as the actions decided it. Raises BotForges."""
        for effect in result.effects:
            if isinstance(effect, Signed):
                try:
                    document = effect.model_dump(mode="json")
                    self._signatures.check_effect(request.conversation, request.message.id, document)
                except NotSigned as exc:
                    log.error("effect_not_signed", message=request.message.id, effect=effect.type)
                    raise BotForges(str(exc)) from exc
        return result

    async def _at_one_of(self, addresses: Sequence[Address], body: bytes) -> TurnResult:
        last: BotUnreachable | None = None
        for _ in addresses:
            address = self._choose(addresses)
            if address is None:
                break
            try:
                return await self._ask(address, body)
            except BotUnreachable as exc:
                last = exc
        raise last or BotUnreachable("The bot refused a moment ago; it is left in peace for a while.")

    async def understand(
        self, text: str, compared: Sequence[str] = (), *, asked: bool = False, seconds: float = UNDERSTAND_SECONDS
    ) -> Understood:
        """Ask what a text means, without a turn; not for long, and of one address only.

        `asked`: and what a question asks about.

        Raises:
            BotError: no bot serves just now, or its answer is late or not the contract.
        """
        if self._session is None:
            raise RuntimeError("BotClient is used outside of its context.")
        address = min(self._addresses, key=lambda one: (one.rests_until > self._clock(), one.in_flight))
        request = UnderstandRequest(text=text, compared=[*compared], asked=asked)
        body = request.model_dump_json(exclude_defaults=True).encode()  # a bot of the release before knows no `asked`
        limits = aiohttp.ClientTimeout(total=seconds, sock_connect=seconds)
        try:
            status, content = await ask(self._session, self._signer, address.url, "/understand", body, limits=limits)
        except (aiohttp.ClientError, TimeoutError, ConnectionError, PeerStrange) as exc:
            raise BotUnreachable(f"The bot at {address.url} does not say what it understands.") from exc
        if status != 200:
            raise BotError(f"The bot answered {status}: {_problem(content)}.")
        try:
            return Understood.model_validate_json(content)
        except ValidationError as exc:
            raise BotError("What the bot understood is not the contract.") from exc

    def _choose(self, addresses: Sequence[Address]) -> Address | None:
        now = self._clock()
        awake = [address for address in addresses if address.rests_until <= now]
        if not awake:
            return None
        address = min(awake, key=lambda address: address.in_flight)
        if address.refusals:  # one turn a second tries it; the others wait for what that one finds
            address.rests_until = now + TRIAL_SECONDS
        return address

    async def _ask(self, address: Address, body: bytes) -> TurnResult:
        if self._session is None:
            raise RuntimeError("BotClient is used outside of its context.")
        if address.frozen and not await self._lives(address):
            address.rest(self._clock(), frozen=True)
            raise BotUnreachable(f"The bot at {address.url} is frozen.")
        trial, others = address.refusals > 0, address.in_flight
        address.in_flight += 1
        try:
            status, content = await ask(self._session, self._signer, address.url, "/turn", body)
        except PeerStrange as exc:
            address.rest(self._clock())
            log.error("bot_strange", why=str(exc))
            raise BotUnreachable(str(exc)) from exc
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            address.rest(self._clock())
            raise BotUnreachable(f"The bot at {address.url} cannot be reached: {type(exc).__name__}.") from exc
        except TimeoutError as exc:
            if not await self._lives(address):
                address.rest(self._clock(), frozen=True)
                raise (BotUnreachable if trial else BotInterrupted)(f"The bot at {address.url} is frozen.") from exc
            if others or address.in_flight > 1:
                raise _busy(address) from exc
            address.recovered()
            raise BotTimeout(f"The bot did not answer within {self._timeout_seconds} s.") from exc
        except (aiohttp.ClientError, ConnectionError) as exc:
            address.recovered()
            raise BotInterrupted(f"The connection to the bot broke: {type(exc).__name__}.") from exc
        except asyncio.CancelledError:
            address.recovered()
            raise
        finally:
            address.in_flight -= 1
        if status == 504 and (others or address.in_flight):
            raise _busy(address)
        if status == 503:
            address.rest(self._clock())
            raise BotUnreachable(f"The bot is not ready: {_problem(content)}.")
        address.recovered()
        return _result(status, content)

    async def _lives(self, address: Address) -> bool:
        """Whether a bot answers anything at all."""
        if self._session is None:
            raise RuntimeError("BotClient is used outside of its context.")
        try:
            async with asyncio.timeout(ALIVE_SECONDS):
                await ask(self._session, self._signer, address.url, "/health")
                return True
        except PeerStrange:
            return True
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return False


def _named(url: str, before: Sequence[Address]) -> list[Address]:
    """The addresses that are named; what is known of those that were named before stays known."""
    known = {one.url: one for one in before}
    named = (part.strip().rstrip("/") for part in url.split(","))
    return [known.get(one) or Address(one) for one in named if one]


def _busy(address: Address) -> BotBusy:
    address.recovered()
    return BotBusy(f"The bot at {address.url} had others to answer.")


def _result(status: int, content: bytes) -> TurnResult:
    if status == 422:
        raise BotStateUnreadable(f"The bot cannot read the state: {_problem(content)}.")
    if status != 200:
        raise BotError(f"The bot answered {status}: {_problem(content)}.")
    if len(content) > ANSWER_BYTES:
        raise BotError(f"The bot's answer has {len(content)} bytes; {ANSWER_BYTES} are allowed.")
    try:
        result = TurnResult.model_validate_json(content)
    except ValidationError as exc:
        where = sorted({".".join(str(part) for part in error["loc"]) for error in exc.errors()})
        raise BotError(f"The bot's answer is not the contract, at {where[:5]}.") from exc
    if not result.replies and not result.effects:
        raise BotError("The bot's answer has neither replies nor effects.")
    return result


def _problem(content: bytes) -> str:
    """The machine-readable kind of a problem answer; its detail may hold a resident's words and is left out."""
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        return "no problem document"
    return problem.type
