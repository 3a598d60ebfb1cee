"""A Weibo government account: private messages by the callback of its fan service (fensi fuwu), and the public side.

Sources: open.weibo.com/wiki, "message service" (xiaoxi fuwu) and "Weibo API", in copies of 2013 to 2024. What they
leave open is read in the widest sense: seconds or milliseconds, codes as numbers or digits, both shapes of an error.

There is no message id, so a digest is one; identifiers exceed 2^53 and stay strings. Weibo has no buttons: choices are
numbered lines, and the desk takes a number or a title for the press (`desk/texts/splitting.py`).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hmac import compare_digest
from typing import Annotated, Any
from urllib.parse import urlsplit

from aiohttp import ClientSession
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, SecretStr, ValidationError

from desk.contract import channel
from desk.contract.channel import Account, Answer, Delivery, Inbound, MenuEntry, Outcome, Piece
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused
from desk.contract.messages import Location, Text
from desk.contract.rendered import RenderedCard, RenderedMessage
from desk.platforms.calls import Asked, CallFailed, Codes, File, call, failed, json_call, json_outcome
from desk.publicity.ports import Illustration, Public, Seen, Standing, Unfit
from desk.texts.splitting import choices, shortened, split, with_choices

type Call = tuple[str, str]

HOSTS = {"m": "https://m.api.weibo.com", "open": "https://api.weibo.com", "upload": "https://upload.api.weibo.com"}
REPLY, SENDALL = ("m", "/2/messages/reply.json"), ("m", "/2/messages/sendall.json")
MENU, MENU_SHOWN = ("m", "/2/messages/menu/create.json"), ("m", "/2/messages/menu/show.json")
FILE, TOKEN = ("upload", "/2/mss/msget"), ("open", "/oauth2/get_token_info")
SHARE, COMMENT = ("open", "/2/statuses/share.json"), ("open", "/2/comments/create.json")
ANSWER, MENTIONS = ("open", "/2/comments/reply.json"), ("open", "/2/comments/mentions.json")
TO_ME = ("open", "/2/comments/to_me.json")
ON_WALL = {SHARE, COMMENT, ANSWER, MENTIONS, TO_ME}
"""Calls of the open platform, whose rights are asked for apart from those of the fan service."""

# "Explanation of error codes" (cuowu daima shuoming): the first digit says system or service, the next two the module.
CODES = Codes(
    fields=("error_code", "errcode"),  # the latter of sendall
    later={10001, 10002, 10003, 10009, 10010, 10011},
    next_hour={10004, 10022, 10023, 10024},  # this address, also as it was written before; this user; to this call
    nobody={10013, 20003},
    account={10005, 10006, 10012, 10014, *range(21300, 21400)},  # application, permission; the token
)
# Rights are granted call by call: who may not publish still answers private messages.
IN_PUBLIC = replace(CODES, account={10006, 10012, *range(21300, 21400)})

REPLAY = timedelta(minutes=5)  # Weibo tries three times within some 15 s
POST_LIMIT = 140  # characters, of a post and of a comment
MENU_BUTTONS, MENU_SUB_BUTTONS = 3, 5
MENU_NAMES = (6, 10)  # characters of a button's and of a sub-button's name; the documents name no number
PAGE, PAGES = 50, 4  # comments asked for at once, and how often: a hundred calls a day are all there are
PICTURE = "/static/pay.png"  # of the desk's pages
PICTURES = ("image/jpeg", "image/png", "image/gif")
NO_PICTURE = [channel.Rejected(f"error {code}") for code in (20005, 20006, 20007)]  # its kind, size or form
NO_FILE = ("application/json", "text/html", "text/plain")  # an error, whatever its status
TOPIC = re.compile(r"#[^#]+#")
ID = re.compile(r"^[0-9]{1,20}$")
LONGEST_TOKEN = 100 * 366 * 86_400  # seconds that a token may be good for

type Id = Annotated[str, BeforeValidator(lambda it: str(it) if type(it) is int else it), Field(pattern=ID.pattern)]


class Secrets(BaseModel):
    """What the account is connected with: the open platform's application, and the fan service's token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app_secret: SecretStr = Field(description="App Secret of the application; it signs what Weibo sends.")
    access_token: SecretStr = Field(
        description="Token from the account's page fan service > advanced functions > developer mode"
        " (fensi fuwu > gaoji gongneng > kaifa moshi)."
    )
    public_token: SecretStr = Field(
        default=SecretStr(""),
        description="Token by which the application posts and answers comments, where the other has no right to;"
        " empty: the other serves.",
    )
    operator_ip: str = Field(description="Address from which the agency posts; Weibo wants it with each post (rip).")


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Push(_Wire):
    type: str
    receiver_id: Id
    sender_id: Id
    created_at: str
    text: str = ""
    data: JsonValue = None


class _Named(_Wire):
    id: Id


class _Comment(_Wire):
    id: Id
    created_at: str
    text: str = ""
    user: _Named
    status: _Named


class _Comments(_Wire):
    comments: list[_Comment]


class _Token(_Wire):
    uid: Id
    expire_in: Annotated[int, Field(le=LONGEST_TOKEN)]


@dataclass(frozen=True)
class Weibo:
    """The channel; also `Posts`, `SendsToMany`, `Expires` and `Watches` of desk/publicity/ports.py."""

    name = "weibo"
    Secrets = Secrets
    abilities = channel.Abilities(
        text_limit=299,  # "fewer than 300"
        images=True,  # as an article: a title, a picture, a link
        account_rate=4.0,  # 15,000 calls an hour from one address
        resident_burst=5,  # the documents name no bound for one resident
        reply_window=timedelta(hours=48),
        signs_once=("signature", REPLAY),  # it covers timestamp and nonce, not the body
        tries_for=timedelta(seconds=15),  # three times, five seconds each
    )
    subscribers_at_once = 1_000  # the documents name no number

    def verify(self, account: Account, delivery: Delivery) -> None:
        """The signature is over App Secret, timestamp and nonce; the body is not covered, so what is old is refused."""
        given, at, nonce = (delivery.query.get(name, "") for name in ("signature", "timestamp", "nonce"))
        secret = _secrets(account).app_secret.get_secret_value()
        expected = hashlib.sha1("".join(sorted([secret, at, nonce])).encode(), usedforsecurity=False).hexdigest()
        if not (at and nonce and compare_digest(given.lower().encode(), expected.encode())):
            raise channel.Forged("The signature is not Weibo's.")
        if not (at.isascii() and at.isdigit() and len(at) <= 13):
            raise channel.Forged("The timestamp is none.")
        seconds = int(at) / (1000 if len(at) == 13 else 1)
        if abs(delivery.at.timestamp() - seconds) > REPLAY.total_seconds():
            raise channel.Forged("The request is too old, or a clock is wrong.")

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:
        if delivery.method == "GET":
            return []
        try:
            push = _Push.model_validate_json(delivery.body)
        except ValidationError as exc:  # without the values: they are what a resident wrote
            where = ".".join(map(str, exc.errors(include_input=False)[0]["loc"]))
            raise channel.Malformed(f"Not a push of Weibo's, at {where!r}.") from None
        if push.receiver_id != account.platform_id:
            raise channel.Malformed("It is for another account.")
        what = _event(push)
        at = channel.in_time(_created(push.created_at), delivery.at)
        return [Inbound(_id(push, what), push.sender_id, at, what)]

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:  # noqa: ARG002
        """Empty: received, nothing to say now, do not send it again. Who asks by GET gets back what it sent."""
        echo = delivery.query.get("echostr", "") if delivery.method == "GET" else ""
        return Answer(body=echo.encode())

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        text = with_choices(message, choices(message))
        pieces = [Piece("text", {"text": part}, part) for part in split(text, self.abilities.text_limit)]
        articles: list[JsonValue] = [article for card in message.cards if (article := _article(card))]
        if articles:
            pieces.append(Piece("articles", {"articles": articles}, ""))
        if (image := message.image) is not None:
            said = shortened(image.text, self.abilities.text_limit)
            shown: JsonValue = {"display_name": said, "summary": said, "image": image.url, "url": image.url}
            pieces.append(Piece("articles", {"articles": [shown]}, said, beside=True))
        return pieces

    async def send(self, http: ClientSession, account: Account, resident: str, piece: Piece) -> Outcome:
        form = {
            "type": piece.method,
            "data": json.dumps(piece.content, ensure_ascii=False, separators=(",", ":")),
            "receiver_id": resident,
            "save_sender_box": "0",  # a copy at Weibo would be one more place that keeps personal data
        }
        return await json_outcome(http, _asked(account, REPLY, form=form), CODES)

    async def acknowledge(self, http: ClientSession, account: Account, happened: Inbound) -> None:
        """There are no buttons."""

    async def fetch(self, http: ClientSession, account: Account, file: channel.FileReceived, *, limit: int) -> bytes:
        try:
            answered = await call(http, _asked(account, FILE, query={"fid": file.reference}), limit=limit)
            if answered.status != 200 or answered.content_type in NO_FILE:
                raise failed(answered, CODES)
        except CallFailed as exc:
            raise exc.as_error("Weibo") from None
        return answered.content

    async def connect(self, http: ClientSession, account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:
        """Check the token, then make the menu. The callback is entered at Weibo by hand: there is no call for it."""
        standing = await self.standing(http, account)
        if not standing.good or standing.expires_in is None:
            raise BackendRefused(standing.why, code="token")
        made = menu_of(menu)
        asked = {"menus": json.dumps(made, ensure_ascii=False)}
        try:
            await json_call(http, _asked(account, MENU, form=asked, query={}), CODES)
            shown = (await json_call(http, _asked(account, MENU_SHOWN), CODES)).get("menu")
        except CallFailed as exc:
            raise exc.as_error("Weibo") from None
        if _pressed(shown) != _pressed(made):
            raise BackendError("Weibo took the menu but shows another one: look at the account's page.")
        days, buttons = standing.expires_in.days, len(made["button"])
        return [f"The token is good for {days} days.", f"The menu has {buttons} buttons, on telephones within a day."]

    async def say_publicly(
        self, http: ClientSession, account: Account, mention: channel.Mentioned, text: str
    ) -> Outcome:
        if len(text) > POST_LIMIT:
            return channel.Rejected(f"A comment has at most {POST_LIMIT} characters.")
        form = {"comment": text, "comment_ori": "0", "rip": _secrets(account).operator_ip}
        if mention.kind == "post":
            return await json_outcome(http, _asked(account, COMMENT, form=form | {"id": mention.post}), IN_PUBLIC)
        post, _, comment = mention.post.rpartition("/")
        try:
            found = {"cid": comment, "id": post or await _post_of(http, account, comment)}
        except CallFailed as exc:
            return exc.outcome
        return await json_outcome(http, _asked(account, ANSWER, form=form | found), IN_PUBLIC)

    def compose(self, kind: Public, title: str, text: str, link: str) -> str:
        """Title and text, or the title alone; always with the link, without which Weibo takes no post."""
        limit = POST_LIMIT if kind == "post" else self.abilities.text_limit
        said = next((one for words in (text, "") if len(one := f"【{title}】{words} {link}") <= limit), None)
        if said is None:
            too_long = Text(key="console.error_announcement_post_long", args={"most": limit})
            raise Unfit(f"Title and link have more than {limit} characters: shorten one of them.", said=too_long)
        if TOPIC.search(said):
            said_so = Text(key="console.error_announcement_post_topic")
            raise Unfit("Weibo takes no #topic# from an application: write it without #.", said=said_so)
        return said

    async def post(
        self, http: ClientSession, account: Account, text: str, image: Illustration | None = None
    ) -> Outcome:
        """An image that Weibo does not take is left out."""
        asked = _asked(account, SHARE, form={"status": text, "rip": _secrets(account).operator_ip})
        if image is not None and image.content_type in PICTURES:
            file = File("pic", "image", image.content, image.content_type)
            outcome = await json_outcome(http, replace(asked, file=file), IN_PUBLIC, number="idstr")
            if outcome not in NO_PICTURE:
                return outcome
        return await json_outcome(http, asked, IN_PUBLIC, number="idstr")

    async def send_to_subscribers(
        self, http: ClientSession, account: Account, residents: Sequence[str], text: str
    ) -> Outcome:
        """A task is accepted; examination and delivery come later, and Weibo does not tell how they ended."""
        body: dict[str, JsonValue] = {"touser": list(residents), "text": {"content": text}, "msgtype": "text"}
        return await json_outcome(http, _asked(account, SENDALL, body=body), IN_PUBLIC, number="msg_id")

    async def standing(self, http: ClientSession, account: Account) -> Standing:
        try:
            token = _Token.model_validate(await json_call(http, _asked(account, TOKEN, form={}), CODES))
        except CallFailed as exc:
            if isinstance(exc.outcome, channel.Rejected) and exc.outcome.account:
                return Standing(good=False, why=f"Weibo refuses the token ({exc.outcome.why}): authorise it again.")
            raise exc.as_error("Weibo") from None
        except ValidationError:
            raise BackendNonsense("Weibo says nothing of the token that could be read.") from None
        if token.uid != account.platform_id:
            return Standing(good=False, why="The token is of another account: authorise it as this one.")
        if token.expire_in <= 0:
            return Standing(good=False, why="The token has expired: authorise it again.")
        return Standing(good=True, expires_in=timedelta(seconds=token.expire_in))

    async def look(self, http: ClientSession, account: Account, since: Mapping[str, str]) -> Seen:
        """Comments that mention the account or answer its posts; what was pushed too has the same id.

        The first time nothing is reported: what was written before the account was connected is past.
        """
        found: dict[str, Inbound] = {}
        newest = dict(since)
        for name, comments_of in (("mentions", MENTIONS), ("to_me", TO_ME)):
            try:
                comments = await _comments(http, account, comments_of, since.get(name, "0"), PAGES if since else 1)
            except CallFailed as exc:
                raise exc.as_error("Weibo") from None
            newest[name] = str(max([int(since.get(name, "0")), *(int(comment.id) for comment in comments)]))
            for comment in comments:
                if name in since and comment.user.id != account.platform_id:
                    what = channel.Mentioned(f"{comment.status.id}/{comment.id}", comment.text, "comment")
                    with suppress(channel.Malformed):  # of no time: it would be found again for ever
                        at = channel.in_time(_created(comment.created_at), datetime.now(UTC))
                        found[comment.id] = Inbound(f"comment:{comment.id}", comment.user.id, at, what)
        return Seen([found[key] for key in sorted(found, key=int)], newest)


CHANNEL = Weibo()


def menu_of(menu: Sequence[MenuEntry]) -> dict[str, Any]:
    """Weibo's menu: one to three buttons with one to five below each; names are cut to what a telephone shows."""
    sections: dict[str, list[JsonValue]] = {}
    for entry in menu:
        below = sections.setdefault(shortened(entry.section["zh_Hans"], MENU_NAMES[0]), [])
        if len(below) < MENU_SUB_BUTTONS:
            name = shortened(entry.titles["zh_Hans"], MENU_NAMES[1])
            below.append({"type": "click", "name": name, "key": entry.payload})
    buttons = [{"name": name, "sub_button": below} for name, below in sections.items()][:MENU_BUTTONS]
    if not buttons:
        raise BackendRefused("The city offers nothing that a menu could show.", code="menu")
    return {"button": buttons}


def _pressed(menu: object) -> list[tuple[str, ...]]:
    """What can be pressed in a menu, in order; whatever else Weibo shows of a button does not matter."""
    buttons = menu.get("button") if isinstance(menu, dict) else None
    found: list[tuple[str, ...]] = []
    for button in buttons if isinstance(buttons, list) else []:
        if isinstance(button, dict):
            below = button.get("sub_button")
            found.append(tuple(str(button.get(name) or "") for name in ("name", "type", "key")))
            found += [("below", *one) for one in _pressed({"button": below})]
    return found


def _secrets(account: Account) -> Secrets:
    assert isinstance(account.secrets, Secrets)
    return account.secrets


def _id(push: _Push, what: channel.ChannelEvent) -> str:
    if isinstance(what, channel.Mentioned):  # `look` may find it too
        return f"{what.kind}:{what.post}"
    said = [push.sender_id, push.created_at, push.type, push.text, push.data]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _created(text: str) -> datetime:
    """A time as Weibo writes it, "Mon Jul 16 18:09:20 +0800 2012"; English whatever the locale of this process is."""
    try:
        weekday, month, day, clock, zone, year = text.split()
        at = parsedate_to_datetime(f"{weekday}, {day} {month} {year} {clock} {zone}")
    except (ValueError, TypeError, OverflowError):
        raise channel.Malformed("created_at is no time.") from None
    if at.tzinfo is None:
        raise channel.Malformed("created_at has no zone.")
    return at


def _event(push: _Push) -> channel.ChannelEvent:
    data = push.data if isinstance(push.data, dict) else {}
    subtype, key = data.get("subtype"), data.get("key")
    match push.type:
        case "text":
            return channel.TextReceived(push.text)
        case "position":
            return _placed(push, data)
        case "voice" | "image" as kind if ID.fullmatch(str(data.get("tovfid"))):
            return channel.FileReceived(str(data["tovfid"]), kind)
        case "event" if subtype in ("follow", "subscribe"):
            return channel.Subscribed()
        case "event" if subtype in ("scan", "scan_follow"):
            return channel.Subscribed(entry=key if isinstance(key, str) else "")
        case "event" if subtype == "unfollow":
            return channel.Unsubscribed()
        case "event" if subtype == "unsubscribe":
            return channel.CommandUsed("/unsubscribe")  # of what comes unasked: who asks is answered all the same
        case "event" if subtype == "click":
            return _clicked(key)
        case "event" if subtype == "view":
            return channel.EventIgnored("menu_link")
        case "mention" if subtype in ("status", "comment") and ID.fullmatch(str(key)):
            return channel.Mentioned(str(key), push.text, "post" if subtype == "status" else "comment")
    return channel.EventIgnored("unknown_type")


def _clicked(key: JsonValue) -> channel.ChannelEvent:
    """A button of the menu; one that somebody made at Weibo by hand says with its key what it means."""
    if not isinstance(key, str) or not key.strip():
        return channel.EventIgnored("menu_key")
    return channel.CommandUsed(key) if key[:1] == "/" else channel.TextReceived(key)


def _placed(push: _Push, data: Mapping[str, JsonValue]) -> channel.ChannelEvent:
    """A place; where its coordinates are none, what Weibo writes beside it: who sent it gets an answer."""
    place = _location(data)
    if place is not None:
        return channel.LocationReceived(place)
    if not push.text.strip():
        raise channel.Malformed("The position is none.")
    return channel.TextReceived(push.text)


def _location(data: Mapping[str, JsonValue]) -> Location | None:
    """Coordinates come as texts, in the datum of Chinese maps; None where they are none."""
    try:
        return Location(lat=float(str(data["latitude"])), lon=float(str(data["longitude"])), datum="gcj02")
    except (KeyError, ValueError):  # pydantic's error is a ValueError
        return None


def _article(card: RenderedCard) -> JsonValue:
    """A card of a payment as a picture with a link; its facts stand in the text too."""
    if card.payment is None or card.payment.url is None:
        return None
    address = urlsplit(card.payment.url)
    return {
        "display_name": card.title,
        "summary": "\n".join(f"{row.label} {row.value}" for row in card.rows),
        "image": f"{address.scheme}://{address.netloc}{PICTURE}",
        "url": card.payment.url,
    }


def _asked(
    account: Account,
    name: Call,
    *,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: JsonValue = None,
) -> Asked:
    """A call with the account's token for it: in the query where there is one or no form, else in the form."""
    host, path = name
    url = (account.base_url or HOSTS[host]).rstrip("/") + path
    secrets = _secrets(account)
    granted = secrets.public_token.get_secret_value() if name in ON_WALL else ""
    token = {"access_token": granted or secrets.access_token.get_secret_value()}
    if form is not None:
        if query is not None:
            return Asked("POST", url, form=dict(form), query=token | dict(query))
        return Asked("POST", url, form=token | dict(form))
    return Asked("GET" if body is None else "POST", url, query=token | dict(query or {}), json=body)


async def _comments(
    http: ClientSession, account: Account, name: Call, since: str, pages: int, until: str | None = None
) -> list[_Comment]:
    """Comments after one, at most to another, the newest first."""
    found: list[_Comment] = []
    bounds = {"since_id": since, "count": str(PAGE)} | ({"max_id": until} if until else {})
    for page in range(1, pages + 1):
        try:
            asked = _asked(account, name, query=bounds | {"page": str(page)})
            part = _Comments.model_validate(await json_call(http, asked, IN_PUBLIC)).comments
        except ValidationError:
            raise CallFailed(channel.Unknown("unreadable comments")) from None
        found += part
        if len(part) < PAGE:
            break
    return found


async def _post_of(http: ClientSession, account: Account, comment: str) -> str:
    """The post that a pushed comment stands under: Weibo pushes the comment's id alone, but an answer names both."""
    for name in (MENTIONS, TO_ME):
        for one in await _comments(http, account, name, str(int(comment) - 1), 1, until=comment):
            return one.status.id
    raise CallFailed(channel.Rejected("the comment is not there any more"))
