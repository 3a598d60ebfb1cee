"""Asking: every account, in every language of its city, through the bot as residents reach it. Nothing is stored.

A question is a turn of a conversation that there is not: the bot gets it as it gets any other, with no state, and what
it answers is judged and thrown away; its effects are never carried out.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import Counter

from desk.city.files import ChannelAccount, City
from desk.contract.errors import BotError, NotFound
from desk.contract.messages import Context, Message
from desk.contract.staff import Permission, system
from desk.contract.turns import TurnRequest
from desk.contract.wire import Locale
from desk.conversations.bot import BotClient
from desk.kill_switch.service import KillSwitch, Scope
from desk.selftest.judging import Verdict, judge
from desk.selftest.questions import Question
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)
ASKED = Counter("desk_selftest_questions_total", "Questions of the self-test, by what came of them", ["verdict"])

BY = system("selftest", Permission.VOICE_STOP)
AT_ONCE = 4
"""So many questions are asked at once: residents come first."""
ALARMING = frozenset({Verdict.WRONG, Verdict.UNSOURCED})


@dataclass(frozen=True, slots=True)
class Examined:
    """A question as it was asked and judged."""

    city: str
    account: str
    question: str
    locale: Locale
    verdict: Verdict
    why: str = ""

    @property
    def alarms(self) -> bool:
        return self.verdict in ALARMING


@dataclass(frozen=True)
class SelfTest:
    """The examiner. `catalogs` are strict; with `stops_voice` an account that says something wrong is silenced."""

    bot: BotClient
    catalogs: Catalogs
    cities: Mapping[str, City]
    questions: Sequence[Question]
    now: Callable[[], datetime]
    voice: KillSwitch
    stops_voice: bool = False

    async def examine(self, city: str) -> list[Examined]:
        """Ask each account of a city, alarm on what is wrong, and stop the voice if that is wished.

        Raises:
            NotFound: there is no such city.
        """
        if city not in self.cities:
            raise NotFound(f"There is no city {city!r}; there are {', '.join(self.cities)}.")
        found: list[Examined] = []
        for account in self.cities[city].accounts:
            found += await self._account(self.cities[city], account)
        return found

    async def _account(self, city: City, account: ChannelAccount) -> list[Examined]:
        gate = asyncio.Semaphore(AT_ONCE)
        wanted = [one for one in self.questions if one.offered is None or one.offered in city.services]

        async def asked(question: Question, locale: Locale) -> Examined:
            async with gate:
                return await self._ask(city, account, question, locale)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asked(one, locale)) for one in wanted for locale in city.languages]
        found = [task.result() for task in tasks]
        for one in found:
            ASKED.labels(verdict=one.verdict.value).inc()
            if one.alarms:
                log.error(
                    "selftest_alarm",
                    city=one.city,
                    account=one.account,
                    question=one.question,
                    locale=one.locale,
                    verdict=one.verdict.value,
                    why=one.why,
                )
        if self.stops_voice and (wrong := [one for one in found if one.alarms]):
            reason = ", ".join(sorted({f"{one.question} ({one.verdict})" for one in wrong}))
            await self.voice.stop(Scope("account", account.slug), reason=f"self-test: {reason}"[:500], actor=BY)
        return found

    async def _ask(self, city: City, account: ChannelAccount, question: Question, locale: Locale) -> Examined:
        request = TurnRequest(
            conversation=f"selftest-{uuid4().hex}",
            message=Message(id=uuid4().hex, kind="text", text=question.say[locale]),
            context=Context(
                city=city.slug,
                locale=locale,
                channel=account.channel,
                now=self.now().astimezone(ZoneInfo(city.timezone)).replace(microsecond=0),
            ),
        )
        try:
            result = await self.bot.turn(request)
        except BotError as exc:
            verdict, why = Verdict.UNAVAILABLE, f"the bot did not answer ({type(exc).__name__})"
        else:
            verdict, why = judge(question, locale, result, self.catalogs)
        return Examined(city.slug, account.slug, question.id, locale, verdict, why)
