"""What residents do at the pretend Weibo, and what of it is pushed to the account."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.state import Body
from sandbox.weibo.book import Account, Book, Tie
from sandbox.weibo.pushes import Pushes
from sandbox.weibo.rules import WeiboError

PNG = (
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c6360606000000004000146a0d1550000000049454e44ae426082"
)  # one point
AMR = "2321414d520a" + "3c" + "00" * 31  # one silent frame
TEXTS = {
    "follow": "关注事件消息",
    "unfollow": "取消关注事件消息",
    "scan": "扫描二维码",
    "scan_follow": "扫描二维码",
    "click": "自定义菜单点击事件消息",
    "view": "自定义菜单跳转链接事件消息",
    "voice": "发了一个语音消息",
    "image": "发了一张图片",
}


class Act(BaseModel):
    """`POST /_sandbox/weibo/<city>/residents/<resident>`: one thing that a resident does. `text` is what they write.

    `subscribe` and `unsubscribe` are what Weibo makes of the keywords `dy` and `td`. `key` is the menu's key or
    address, or the code's `<action>_<scene>`. `status` is the post that is commented on; without it a mention is a
    post.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    does: Literal[
        "follow", "unfollow", "subscribe", "unsubscribe", "say", "position", "image", "voice", "click", "view", "scan",
        "mention", "comment", "sticker",
    ]  # fmt: skip
    text: Annotated[str, Field(max_length=10_000)] = ""
    lat: Annotated[float, Field(ge=-90, le=90)] = 0.0  # of Chinese maps
    lon: Annotated[float, Field(ge=-180, le=180)] = 0.0
    key: str = ""
    status: int | None = None
    content: str | None = None  # of a file, hexadecimal
    content_type: str | None = None


class Residents:
    """All of them: an account is known by its uid, a resident too."""

    def __init__(self, book: Book, pushes: Pushes) -> None:
        self._book, self._pushes = book, pushes

    async def act(self, account: Account, resident: str, act: Act) -> dict[str, Any]:
        """Do it; what there is to know of it afterwards.

        Raises:
            WeiboError: there is no such post, or a key is missing.
        """
        if act.does in ("mention", "comment"):
            return await self._say_publicly(account, resident, act)
        kind, text, data = self._private(account, resident, act)
        tie = self._book.tie(account.uid, resident)
        match act.does:
            case "unfollow":
                tie = tie.model_copy(update={"follows": False, "subscribed": False, "left": True})
            case "unsubscribe":
                tie = tie.model_copy(update={"subscribed": False})
            case "view":
                pass
            case does:
                tie = self._acted(tie, does)
        self._book.keep_tie(account.uid, resident, tie)
        return await self._pushes.push(account, resident, kind, text, data)

    def _acted(self, tie: Tie, does: str) -> Tie:
        """From now on it may be answered for 48 hours, as often as need be."""
        changes: dict[str, Any] = {"left": False, "acted_at": self._book.now(), "replies": None}
        if does in ("follow", "scan"):
            changes["follows"] = True
        if does == "subscribe":
            changes["subscribed"] = True
        return tie.model_copy(update=changes)

    def _private(self, account: Account, resident: str, act: Act) -> tuple[str, str, Body]:
        match act.does:
            case "say":
                return "text", act.text, {}
            case "position":
                where = {"longitude": f"{act.lon:.6f}", "latitude": f"{act.lat:.6f}"}
                return "position", act.text or "我在这里: http://t.cn/zQgLLYO", where
            case "image" | "voice":
                return act.does, TEXTS[act.does], self._file(account, act)
            case "subscribe" | "unsubscribe":
                return "event", act.text or ("dy" if act.does == "subscribe" else "td"), {"subtype": act.does}
            case "click" | "view":
                return "event", TEXTS[act.does], {"subtype": act.does, "key": act.key}
            case "scan":
                known = self._book.tie(account.uid, resident).follows
                subtype = "scan" if known else "scan_follow"
                return "event", TEXTS[subtype], {"subtype": subtype, "key": act.key, "ticket": f"TICKET{act.key}"}
            case "follow" | "unfollow":
                return "event", TEXTS[act.does], {"subtype": act.does}
            case does:  # a kind that no document has: those who read must not stumble
                return does, act.text, {"anything": [1, {"new": True}]}

    def _file(self, account: Account, act: Act) -> Body:
        """Two identifiers: the sender reads with the one, the receiver with the other."""
        default = ("image/png", PNG) if act.does == "image" else ("audio/amr", AMR)
        content_type, content = act.content_type or default[0], act.content or default[1]
        mine = self._book.number()
        bytes.fromhex(content)
        theirs = self._book.add("file", {"for": account.uid, "content_type": content_type, "content": content})
        return {"vfid": mine, "tovfid": theirs}

    async def _say_publicly(self, account: Account, resident: str, act: Act) -> dict[str, Any]:
        mentioned = act.does == "mention"
        text = f"@{account.name} {act.text}" if mentioned else act.text
        if act.status is None:
            if not mentioned:
                raise WeiboError(10016, "(status)")
            number = self._book.add("status", {"by": resident, "text": text, "rip": ""})
        else:
            if self._book.row("status", str(act.status)) is None:
                raise WeiboError(20101)
            number = self._book.add("comment", {"by": resident, "status": act.status, "text": text, "to": None})
        if not mentioned:
            return {"id": number}
        tie = self._book.tie(account.uid, resident)
        if tie.replies is not None:
            tie = tie.model_copy(update={"acted_at": self._book.now(), "replies": 1, "left": False})
            self._book.keep_tie(account.uid, resident, tie)
        data = {"subtype": "status" if act.status is None else "comment", "key": str(number)}
        return {"id": number, **await self._pushes.push(account, resident, "mention", text, data)}
