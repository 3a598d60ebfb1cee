"""What happens in a conversation besides talking: a payment, a clerk, an announcement, silence, the kill switch."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fixtures.product import Product
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from desk.sealing.vault import of_data_dir
from desk.store.keys import load as load_keys

STATE = """
    SELECT state, wrapped FROM dialogue_states JOIN conversation_keys USING (conversation_id)
    WHERE conversation_id = %s
"""
KEEP = "UPDATE dialogue_states SET state = %s WHERE conversation_id = %s"


@dataclass(frozen=True)
class Doings:
    """What can be done in a city of the running product."""

    product: Product
    city: str

    async def texted_code(self) -> str:
        """The newest one-time code that a telephone of the city got."""
        return await self.product.texted_code(self.city)

    async def upset(self, fault: dict[str, Any]) -> None:
        """Let something go wrong, in this city where none is named."""
        await self.product.upset({"city": self.city, **fault})

    async def pay(self, order: str) -> None:
        """What `desk sandbox pay` does."""
        await self._desk("sandbox", "pay", order)

    async def publish(self, announcement: dict[str, str]) -> None:
        """`desk announce publish` with these arguments; the agency is the city hall unless another is named."""
        given = {"agency": "city_hall", **announcement}
        options = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
        await self._desk("announce", "publish", "--city", self.city, "--at-any-hour", *options)

    async def clerk(self, ticket: str, doing: dict[str, Any]) -> None:
        """A clerk claims the ticket, writes what `answers` says, and hands back, or closes, what is settled."""
        if "answers" in doing:
            await self._desk("ticket", "claim", ticket)
            await self._desk("ticket", "reply", ticket, doing["answers"])
        if "then" in doing:
            await self._desk("ticket", doing["then"], ticket)

    async def voice(self, doing: str) -> None:
        """`desk voice stop` or `start` for the city; another allows the start."""
        asked = await self._desk("voice", doing, "--city", self.city, "--reason", "a trial")
        if doing == "start":
            await self._desk("request", "allow", str(asked["request"]), who="li")

    async def away(self, session: str, hours: float) -> None:
        """As if nothing had been said for so long: what the conversation remembers was touched earlier."""
        async with await AsyncConnection.connect(self.product.state["urls"]["database"]) as connection:
            row = await (await connection.execute(STATE, (session,))).fetchone()
            assert row is not None
            data_dir = self.product.data_dir
            key = of_data_dir(data_dir, load_keys(data_dir, None)).opened(UUID(session), row[1])
            earlier = _touched_earlier(key.open(row[0], "state"), timedelta(hours=hours))
            await connection.execute(KEEP, (Jsonb(key.seal(earlier, "state")), session))

    async def _desk(self, *words: str, who: str = "wang") -> dict[str, Any]:
        done = await self.product.desk(*words, "--json", who=who)
        assert done.code == 0, done.stderr or done.stdout
        return dict(json.loads(done.stdout))


def _touched_earlier(value: Any, silence: timedelta) -> Any:
    if isinstance(value, list):
        return [_touched_earlier(one, silence) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: (datetime.fromisoformat(one) - silence).isoformat()
        if name == "touched_at"
        else _touched_earlier(one, silence)
        for name, one in value.items()
    }
