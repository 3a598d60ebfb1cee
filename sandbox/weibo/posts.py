"""The public side: posts with a link to a safe domain, comments, who is mentioned. Calls of the host api.weibo.com."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.state import Body
from sandbox.weibo.book import Account, Book
from sandbox.weibo.gate import Gate, Params, wanted
from sandbox.weibo.rules import POST_AT_MOST, WeiboError

PICTURES, LARGEST_PICTURE = ("image/jpeg", "image/png", "image/gif"), 5_000_000
LINK = re.compile(r"https?://[!-~]+")
TOPIC = re.compile(r"#[^#]+#")


@dataclass(frozen=True)
class Posts:
    book: Book
    gate: Gate

    def routes(self) -> list[web.RouteDef]:
        form = self.gate.form
        return [
            web.post("/weibo/oauth2/get_token_info", form(self._token_info)),
            web.post("/weibo/2/statuses/share.json", form(self._share, limited=True, posts=True)),
            web.post("/weibo/2/comments/create.json", form(self._comment, limited=True, posts=True)),
            web.post("/weibo/2/comments/reply.json", form(self._reply, limited=True, posts=True)),
            web.get("/weibo/2/comments/mentions.json", form(self._mentions, limited=True)),
            web.get("/weibo/2/comments/to_me.json", form(self._to_me, limited=True)),
        ]

    def _token_info(self, account: Account, _: Params) -> dict[str, Any]:
        left = (account.token_until - self.book.now()).total_seconds()
        return {
            "uid": int(account.uid),
            "appkey": account.app_key,
            "scope": "",
            "create_at": int(account.token_from.timestamp()),
            "expire_in": int(left),
        }

    def _share(self, account: Account, params: Params) -> dict[str, Any]:
        text, rip = wanted(params, "status", "rip")
        _check_address(rip)
        if len(text) > POST_AT_MOST:
            raise WeiboError(20012)
        links = LINK.findall(text)
        if not any(urlsplit(link).hostname in account.safe_domains for link in links):
            raise WeiboError(10017, "text not find domain!")
        if TOPIC.search(text):
            raise WeiboError(10017, "(topic)")
        if any(row["text"] == text for row in self.book.rows("status", by=account.uid)[-20:]):
            raise WeiboError(20019)
        kind, _, size = params.get("pic", "").partition(" ")
        if kind and kind not in PICTURES:
            raise WeiboError(20005)
        if kind and int(size) > LARGEST_PICTURE:
            raise WeiboError(20006)
        picture = {"pic": params["pic"]} if kind else {}
        return self._status(self.book.add("status", {"by": account.uid, "text": text, "rip": rip, **picture}))

    def _comment(self, account: Account, params: Params) -> dict[str, Any]:
        text, status, rip = wanted(params, "comment", "id", "rip")
        return self._said(account, text, status, rip, params, to=None)

    def _reply(self, account: Account, params: Params) -> dict[str, Any]:
        text, status, comment, rip = wanted(params, "comment", "id", "cid", "rip")
        row = self.book.row("comment", comment)
        if row is None or str(row["status"]) != status:
            raise WeiboError(20201)
        return self._said(account, text, status, rip, params, to=row["id"])

    def _said(
        self, account: Account, text: str, status: str, rip: str, params: Params, to: int | None
    ) -> dict[str, Any]:
        _check_address(rip)
        if len(text) > POST_AT_MOST:
            raise WeiboError(20012)
        if params.get("comment_ori", "0") not in ("0", "1") or params.get("without_mention", "0") not in ("0", "1"):
            raise WeiboError(10017)
        if self.book.row("status", status) is None:
            raise WeiboError(20101)
        return self._shown(self.add_comment(account.uid, int(status), text, to))

    def add_comment(self, by: str, status: int, text: str, to: int | None = None) -> int:
        return self.book.add("comment", {"by": by, "status": status, "text": text, "to": to})

    def _mentions(self, account: Account, params: Params) -> dict[str, Any]:
        """Comments in which the account's name stands behind an @."""
        name = f"@{account.name}"
        return self._page(params, [row for row in self.book.rows("comment") if name in row["text"]])

    def _to_me(self, account: Account, params: Params) -> dict[str, Any]:
        own = {row["id"] for row in self.book.rows("status", by=account.uid)}
        rows = [row for row in self.book.rows("comment") if row["status"] in own and row["by"] != account.uid]
        return self._page(params, rows)

    def _page(self, params: Params, rows: list[Body]) -> dict[str, Any]:
        """The newest first, after `since_id`, up to `max_id`."""
        try:
            since, until = int(params.get("since_id", "0")), int(params.get("max_id", "0"))
            count, page = min(int(params.get("count", "50")), 200), int(params.get("page", "1"))
        except ValueError as exc:
            raise WeiboError(10017) from exc
        found = sorted(row["id"] for row in rows if row["id"] > since and (not until or row["id"] <= until))[::-1]
        shown = found[(page - 1) * count : page * count]
        return {"comments": [self._shown(number) for number in shown], "total_number": len(found)}

    def _shown(self, number: int) -> dict[str, Any]:
        row = self.book.row("comment", str(number)) or {}
        shown = _object(row) | {"status": self._status(row["status"]), "source": "微博"}
        return shown | ({"reply_comment": {"id": row["to"], "idstr": str(row["to"])}} if row["to"] else {})

    def _status(self, number: int) -> dict[str, Any]:
        return _object(self.book.row("status", str(number)) or {})


def _object(row: Body) -> dict[str, Any]:
    """A post or comment as the calls answer it."""
    number, by = row["id"], row["by"]
    return {
        "created_at": row["at"],
        "id": number,
        "idstr": str(number),
        "mid": str(number),
        "text": row["text"],
        "user": {"id": int(by), "idstr": by},
    }


def _check_address(text: str) -> None:
    try:
        ip_address(text)
    except ValueError as exc:
        raise WeiboError(10017, "(rip)") from exc
