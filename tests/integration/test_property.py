"""The promise, driven by chance: whatever is killed, frozen or taken away, every message has one answer, in order."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
from fixtures.databases import Databases
from fixtures.fake_bot import FakeBot
from fixtures.house import House, Nursery, assert_sound, house_at
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from desk.conversations.rows import ConversationRow
from tools.engines.valkey import Valkey

CONVERSATIONS = 3
WORKERS = 2

STORIES = int(os.environ.get("CITYDESK_STORIES", "6"))  # more of them find more: a hundred take some five minutes

says = st.sampled_from(
    ["hello", "hello", "slow=0.2", "error=1", "error=9", "drop=1", "unready=2", "nonsense=1", "spoil"]
)
where = st.integers(0, CONVERSATIONS - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("post"), where, says),
        st.tuples(st.just("post"), where, says),
        st.tuples(st.just("post_fifty_times"), where, says),
        st.tuples(st.just("kill_worker"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("freeze_worker"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("cut_database_sessions")),
        st.tuples(st.just("take_bot_away"), st.sampled_from([0.1, 0.4])),
        st.tuples(st.just("lose_the_bell")),
        st.tuples(st.just("pause"), st.sampled_from([0.0, 0.05, 0.3])),
    ),
    min_size=5,
    max_size=14,
)


class Story:
    """One run: a house, a bot, two worker processes, and what was accepted in each conversation, in order."""

    def __init__(self, house: House, bot: FakeBot, stack: AsyncExitStack) -> None:
        self.house, self.bot, self.stack = house, bot, stack
        self.conversations: list[ConversationRow] = []
        self.accepted: list[list[int]] = []
        self.workers: list[int] = []
        self.frozen: list[int] = []

    async def begin(self) -> None:
        for _ in range(CONVERSATIONS):
            self.conversations.append(await self.house.open())
            self.accepted.append([])
        for _ in range(WORKERS):
            self.workers.append(await self.new_worker())

    async def new_worker(self) -> int:
        return await self.stack.enter_async_context(self.house.worker_process(self.bot.url, idle_seconds=1.0))

    async def post(self, where: int, said: str) -> None:
        self.accepted[where].append(await self.say(where, said, uuid4().hex))

    async def post_fifty_times(self, where: int, said: str) -> None:
        name = uuid4().hex
        ids = await asyncio.gather(*(self.say(where, said, name) for _ in range(50)))
        assert len(set(ids)) == 1
        self.accepted[where].append(ids[0])

    async def say(self, where: int, said: str, name: str) -> int:
        return await self.house.say(self.conversations[where], said, external_id=name)

    async def kill_worker(self, which: int) -> None:
        os.kill(self.workers[which], signal.SIGKILL)
        self.workers[which] = await self.new_worker()

    async def freeze_worker(self, which: int) -> None:
        os.kill(self.workers[which], signal.SIGSTOP)
        self.frozen.append(self.workers[which])
        self.workers[which] = await self.new_worker()

    async def cut_database_sessions(self) -> None:
        with psycopg.connect(self.house.database_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    async def take_bot_away(self, seconds: float) -> None:
        await self.bot.down()
        await asyncio.sleep(seconds)
        await self.bot.up()

    async def lose_the_bell(self) -> None:
        await self.house.redis.delete("desk:bell")

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def end(self) -> None:
        """Let the frozen wake in the middle of what is left to do, wait for all, and look again after a while."""
        for pid in self.frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        await self.house.settle(*self.conversations)
        await asyncio.sleep(0.2)
        for conversation, accepted in zip(self.conversations, self.accepted, strict=True):
            assert_sound(await self.house.events(conversation), accepted)


async def tell(story_steps: list[tuple[str, ...]], urls: tuple[str, str], catalogs: Path, nursery: Nursery) -> None:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(house_at(*urls, catalogs, nursery, is_furnished=True))
        bot = await stack.enter_async_context(FakeBot())
        story = Story(house, bot, stack)
        await story.begin()
        for step, *arguments in story_steps:
            await getattr(story, step)(*arguments)
        await story.end()


def test_every_accepted_message_has_one_answer_in_order(
    databases: Databases, valkey: Valkey, catalogs_folder: Path, nursery: Nursery
) -> None:
    """Posts, fifty at once, kills, frosts, cut sessions, a bot that comes and goes: no gap in seq, one end a turn."""

    @settings(
        max_examples=STORIES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(story_steps=steps)
    def run(story_steps: list[tuple[str, ...]]) -> None:
        with databases.lent() as url:
            urls = (url, f"{valkey.url.rsplit('/', 1)[0]}/15")
            asyncio.run(tell(story_steps, urls, catalogs_folder, nursery))

    run()
