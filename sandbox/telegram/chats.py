"""What the pretend Telegram remembers: bots, their chats, updates that wait. In memory; numbers never come again.

Sources: https://core.telegram.org/bots/api and its FAQ for rates ("one message per second in a chat, short bursts are
let pass; 30 a second in all").
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ALL_RATE, CHAT_RATE, CHAT_BURST = 30.0, 1.0, 3.0
EPOCH = 1_780_000_000  # numbers are ten a second since then: after a restart they go on higher

type Body = dict[str, Any]


class Refusal(Exception):
    """An error of the Bot API."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


@dataclass
class Bucket:
    """A token bucket."""

    rate: float
    size: float
    tokens: float
    at: float = field(default_factory=time.monotonic)

    def wait(self) -> float:
        """Take a token; seconds until there is one, 0 if it was taken."""
        now = time.monotonic()
        self.tokens, self.at = min(self.size, self.tokens + (now - self.at) * self.rate), now
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate
        self.tokens -= 1
        return 0.0


@dataclass
class Chat:
    """A private chat of a bot with a resident."""

    resident: int
    language: str = "zh-hans"
    blocked: bool = False
    messages: list[Body] = field(default_factory=list)  # of both sides, as the Bot API shows them
    acknowledged: list[str] = field(default_factory=list)  # callback queries
    menu_button: Body | None = None
    bucket: Bucket = field(default_factory=lambda: Bucket(CHAT_RATE, CHAT_BURST, CHAT_BURST))

    def sender(self) -> Body:
        return {"id": self.resident, "is_bot": False, "first_name": "居民", "language_code": self.language}

    def shown(self) -> Body:
        return {"id": self.resident, "type": "private", "first_name": "居民"}


@dataclass
class Fault:
    """What goes wrong with calls of a method. `hang` and `cut` happen after the call was carried out."""

    method: str
    error: int | str  # 429, 400, 401, 403, 500, 502 (no JSON), "hang", "cut", "migrate"
    count: int = 1
    retry_after: int = 1
    description: str = "asked for"


@dataclass
class Bot:
    """A bot: one city's account."""

    id: int
    city: str
    token: str
    username: str
    webhook: str | None
    secret: str | None
    clock: Callable[[], datetime]
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # by file_id: path and content
    commands: dict[str, list[Body]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)  # by language; "": of all others
    menu_button: Body | None = None
    waiting: deque[Body] = field(default_factory=deque)  # updates that nobody has taken yet, while there is no webhook
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    bucket: Bucket = field(default_factory=lambda: Bucket(ALL_RATE, ALL_RATE, ALL_RATE))
    last_number: int = field(default_factory=lambda: int((time.time() - EPOCH) * 10))

    def number(self) -> int:
        """The next number of a message, an update or a query."""
        self.last_number += 1
        return self.last_number

    def chat(self, resident: int) -> Chat:
        """The chat with a resident, begun if need be."""
        return self.chats.setdefault(resident, Chat(resident))

    def me(self) -> Body:
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.username,
            "username": self.username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def message(self, chat: Chat, author: Body, **content: Any) -> Body:
        """Write a message into a chat."""
        written = {
            "message_id": self.number(),
            "from": author,
            "chat": chat.shown(),
            "date": int(self.clock().timestamp()),
            **content,
        }
        chat.messages.append(written)
        return written

    def keep(self, name: str, content: bytes) -> str:
        """Keep a file that was uploaded; its file_id."""
        number = f"file{self.number()}"
        self.files[number] = (f"uploads/{number}/{name}", content)
        return number

    def struck(self, method: str) -> Fault | None:
        """The fault that hits this call, if any; counts it."""
        for fault in self.faults:
            if fault.method == method:
                fault.count -= 1
                if fault.count <= 0:
                    self.faults.remove(fault)
                return fault
        return None
