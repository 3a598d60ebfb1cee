"""The rules of the pretend Weibo, and our channel against them: replies, menu, posts, comments, mass sending, token."""

import json
from dataclasses import replace
from typing import Any

import pytest
from fixtures.drawn import drawn
from fixtures.weibo import CITY, RESIDENT, World, account_secrets
from pydantic import SecretStr

from channels.weibo import (
    ANSWER,
    CHANNEL,
    COMMENT,
    MENTIONS,
    REPLY,
    SENDALL,
    SHARE,
    TO_ME,
    TOKEN,
    Secrets,
    _asked,
)
from channels.weibo import MENU as SET_MENU
from desk.contract.channel import (
    Account,
    FileReceived,
    Mentioned,
    MenuEntry,
    Piece,
    Rejected,
    RetryAfter,
    Sent,
    Unknown,
)
from desk.contract.errors import BackendError, BackendRefused, PayloadTooLarge
from desk.contract.rendered import PaymentState, RenderedCard, RenderedMessage
from desk.contract.wire import LOCALES
from desk.publicity.ports import Expires, Illustration, Posts, SendsToMany, Unfit, Watches
from sandbox.faults import Fault

LINK = "https://127.0.0.1/hangzhou"
MENU = [
    MenuEntry(f"/service_{number}", dict.fromkeys(LOCALES, f"服务{number}"), dict.fromkeys(LOCALES, section))
    for section, numbers in (("办事", range(7)), ("帮助", range(7, 9)))
    for number in numbers
]


def text(words: str) -> Piece:
    return Piece("text", {"text": words}, words)


def with_token(account: Account, token: str) -> Account:
    secrets = Secrets.model_validate(account_secrets(account) | {"access_token": SecretStr(token)})
    return Account(**{name: getattr(account, name) for name in Account.__dataclass_fields__} | {"secrets": secrets})


@pytest.mark.parametrize("call", sorted({SHARE, COMMENT, ANSWER, MENTIONS, TO_ME, REPLY, SENDALL, SET_MENU, TOKEN}))
def test_a_token_of_its_own_serves_what_is_public(weibo: World, call: tuple[str, str]) -> None:
    """Posts and comments go by it where there is one; messages, and all calls where there is none, by the other."""
    one = _asked(weibo.account, call, form={})
    given = account_secrets(weibo.account)
    two = replace(weibo.account, secrets=Secrets.model_validate(given | {"public_token": SecretStr("public")}))
    is_public = call in {SHARE, COMMENT, ANSWER, MENTIONS, TO_ME}
    forms = [dict(asked.form or ()) for asked in (one, _asked(two, call, form={}))]
    private = given["access_token"]
    assert [one["access_token"] for one in forms] == [private, "public" if is_public else private]


def test_the_channel_can_what_some_can_besides() -> None:
    """The desk asks for abilities by their protocols."""
    for protocol in (Posts, SendsToMany, Expires, Watches):
        assert isinstance(CHANNEL, protocol)


async def test_reply_reaches_who_wrote(weibo: World) -> None:
    """As often as need be within 48 hours; characters, quotes and signs arrive as they were."""
    await weibo.act("say", text="您好")
    words = ['您好，"您"的%7B罚款&+=\n200元', "👨‍👩‍👧𠮷"]
    for one in words:
        assert isinstance(await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text(one)), Sent)
    assert [one["data"]["text"] for one in await weibo.got()] == words


async def test_window_opens_again(weibo: World) -> None:
    """After 48 hours nothing is taken, until the resident does something."""
    await weibo.act("follow")
    await weibo.steer("PUT", "clock", {"ahead_seconds": 48 * 3600 + 1})
    late = await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好"))
    assert late == Rejected("error 26410")
    await weibo.act("click", key="/next_bus")
    assert await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好")) == Sent()


async def test_mention_allows_one_reply(weibo: World) -> None:
    """In private, within 48 hours."""
    await weibo.act("mention", text="路灯不亮")
    outcomes = [await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("请私信")) for _ in range(2)]
    assert [type(one) for one in outcomes] == [Sent, Rejected]


async def test_stranger_gets_nothing(weibo: World) -> None:
    """Who never did anything cannot be written to; nor can who unfollowed."""
    assert isinstance(await CHANNEL.send(weibo.http, weibo.account, "1", text("您好")), Rejected)
    await weibo.act("follow")
    await weibo.act("unfollow")
    assert isinstance(await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好")), Rejected)
    assert await weibo.got() == []


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        pytest.param("text", json.dumps({"text": "字" * 300}), id="300 characters"),
        pytest.param("text", json.dumps({"text": ""}), id="no character"),
        pytest.param("text", "%7B%22text%22%3A%22a%22%7D", id="encoded twice"),
        pytest.param("articles", json.dumps({"articles": []}), id="no article"),
        pytest.param("articles", json.dumps({"articles": [{"display_name": "a"}]}), id="half an article"),
        pytest.param("position", json.dumps({"longitude": 116.3, "latitude": 39.9}), id="coordinates as numbers"),
        pytest.param("voice", json.dumps({"text": "a"}), id="another kind"),
    ],
)
async def test_malformed_reply_is_refused(weibo: World, kind: str, data: str) -> None:
    """With a code in the usual form."""
    await weibo.act("say", text="您好")
    status, said = await weibo.call(
        "POST", "/2/messages/reply.json", data={"receiver_id": RESIDENT, "type": kind, "data": data}
    )
    assert (status, said["request"]) == (400, "/2/messages/reply.json")
    assert int(said["error_code"]) in (10008, 10017, 26412)
    assert await weibo.got() == []


async def test_payment_is_an_article_beside_the_whole_text(weibo: World) -> None:
    """The facts stand in the text; the article adds a link to press."""
    await weibo.act("say", text="交罚款")
    url = "https://127.0.0.1/pay/202611240000000000000001"
    message = RenderedMessage(
        text=f"罚款200.00元，请在30分钟内付款：{url}",
        locale="zh_Hans",
        cards=[
            RenderedCard(
                kind="payment",
                title="缴纳罚款",
                payment=PaymentState(order="202611240000000000000001", amount="200.00", status="open", url=url),
            )
        ],
    )
    for piece in CHANNEL.render(message):
        assert await CHANNEL.send(weibo.http, weibo.account, RESIDENT, piece) == Sent()
    words, article = await weibo.got()
    assert words["data"]["text"] == message.text
    assert article["data"]["articles"][0]["url"] == url


@pytest.mark.parametrize("limit", ["calls_an_hour", "calls_a_day", "posts_an_hour"])
async def test_limits_end_with_the_hour_at_the_latest_told(weibo: World, limit: str) -> None:
    """What is too much is refused with a rate code; it is tried again in the next hour."""
    await weibo.steer("PUT", "limits", {limit: 1})
    outcomes = [await CHANNEL.post(weibo.http, weibo.account, f"停水通知{number} {LINK}") for number in range(2)]
    assert isinstance(outcomes[0], Sent)
    assert isinstance(outcomes[1], RetryAfter)
    assert 0 < outcomes[1].seconds <= 3600
    assert len((await weibo.steer("GET", f"{CITY}/timeline"))["posts"]) == 1


async def test_menu_is_made_within_its_bounds(weibo: World) -> None:
    """Three buttons at most with five below each; the platform shows what was made."""
    said = await CHANNEL.connect(weibo.http, weibo.account, MENU)
    menu = (await weibo.steer("GET", f"{CITY}/account"))["menu"]
    assert [(button["name"], len(button["sub_button"])) for button in menu["button"]] == [("办事", 5), ("帮助", 2)]
    assert "364 days" in said[0] or "365 days" in said[0]


@pytest.mark.parametrize(
    "menu",
    [
        pytest.param({"button": []}, id="none"),
        pytest.param({"button": [{"type": "click", "name": str(n), "key": "k"} for n in range(4)]}, id="four"),
        pytest.param({"button": [{"name": "a", "sub_button": []}]}, id="nothing below"),
        pytest.param({"button": [{"name": "a", "type": "click"}]}, id="no key"),
        pytest.param({"button": [{"name": "一二三四五六七", "type": "click", "key": "k"}]}, id="a long name"),
        pytest.param({"button": [{"name": "a", "type": "view", "url": "javascript:1"}]}, id="no address"),
    ],
)
async def test_bad_menu_is_refused(weibo: World, menu: dict[str, Any]) -> None:
    """With the module's code."""
    status, said = await weibo.call("POST", "/2/messages/menu/create.json", data={"menus": json.dumps(menu)})
    assert (status, str(said["error_code"])[:3]) == (400, "264")


async def test_account_that_offers_nothing_has_no_menu(weibo: World) -> None:
    """It is said, and not left empty."""
    with pytest.raises(BackendRefused):
        await CHANNEL.connect(weibo.http, weibo.account, [])


async def test_token_is_told_before_it_ends(weibo: World) -> None:
    """How long it holds; that it ended, was revoked, or is another account's."""
    good = await CHANNEL.standing(weibo.http, weibo.account)
    assert good.good
    assert good.expires_in is not None
    assert 363 <= good.expires_in.days <= 365
    await weibo.steer("PUT", "clock", {"ahead_seconds": 366 * 86400})
    assert "21327" in (await CHANNEL.standing(weibo.http, weibo.account)).why
    await weibo.steer("PUT", "clock", {"ahead_seconds": 0})
    await weibo.steer("POST", f"{CITY}/token", {"revoke": True})
    revoked = await CHANNEL.standing(weibo.http, weibo.account)
    assert (revoked.good, "21332" in revoked.why) == (False, True)
    with pytest.raises(BackendRefused, match="authorise"):
        await CHANNEL.connect(weibo.http, weibo.account, MENU)
    fresh = (await weibo.steer("POST", f"{CITY}/token", {"seconds": 86400}))["token"]
    renewed = with_token(weibo.account, fresh)
    assert (await CHANNEL.standing(weibo.http, renewed)).good
    other = Account(**{n: getattr(renewed, n) for n in Account.__dataclass_fields__} | {"platform_id": "1"})
    assert "another account" in (await CHANNEL.standing(weibo.http, other)).why


async def test_standing_that_is_not_told_is_an_error(weibo: World) -> None:
    """A platform that is down says nothing of a token: no alarm is made of it."""
    await weibo.steer("POST", "trouble", {"call": "/oauth2/get_token_info", "code": 10002})
    with pytest.raises(BackendError) as told:
        await CHANNEL.standing(weibo.http, weibo.account)
    assert told.value.retryable


@pytest.mark.parametrize(
    ("post", "code"),
    [
        pytest.param("停水通知", 10017, id="no link"),
        pytest.param("停水通知 https://elsewhere.example/", 10017, id="another domain"),
        pytest.param(f"#停水# {LINK}", 10017, id="a topic"),
        pytest.param(f"{'停' * 130} {LINK}", 20012, id="too long"),
    ],
)
async def test_post_against_the_rules_is_refused(weibo: World, post: str, code: int) -> None:
    """Nothing is posted."""
    assert await CHANNEL.post(weibo.http, weibo.account, post) == Rejected(f"error {code}")
    assert (await weibo.steer("GET", f"{CITY}/timeline"))["posts"] == []


async def test_composed_post_is_taken_and_not_twice(weibo: World) -> None:
    """With the operator's address; the same again is refused as a repetition."""
    post = CHANNEL.compose("post", "文三路停水检修", "12月3日8时至17时停水。", LINK)
    sent = await CHANNEL.post(weibo.http, weibo.account, post)
    (posted,) = (await weibo.steer("GET", f"{CITY}/timeline"))["posts"]
    assert sent == Sent(str(posted["id"]))
    assert (posted["text"], posted["rip"]) == (post, "203.0.113.7")
    assert await CHANNEL.post(weibo.http, weibo.account, post) == Rejected("error 20019")


async def test_an_image_goes_along_with_a_post(weibo: World) -> None:
    """In the same call. What Weibo takes none of is left out, and the words are posted all the same, once."""
    image = Illustration(drawn(), "image/jpeg", "停水范围地图")
    for number, one in enumerate((image, replace(image, content_type="image/webp"))):
        assert isinstance(await CHANNEL.post(weibo.http, weibo.account, f"停水{number} {LINK}", one), Sent)
    await weibo.steer("POST", "trouble", {"call": "/2/statuses/share.json", "code": 20006})
    assert isinstance(await CHANNEL.post(weibo.http, weibo.account, f"停水2 {LINK}", image), Sent)
    posts = (await weibo.steer("GET", f"{CITY}/timeline"))["posts"]
    assert [one.get("pic") for one in posts] == [f"image/jpeg {len(image.content)}", None, None]


@pytest.mark.parametrize("code", [10014, 10024, 20012])
async def test_what_is_refused_for_another_reason_is_not_posted_without_its_image(weibo: World, code: int) -> None:
    """The outcome is that of the post."""
    await weibo.steer("POST", "trouble", {"call": "/2/statuses/share.json", "code": code})
    image = Illustration(drawn(), "image/jpeg", "停水范围地图")
    assert not isinstance(await CHANNEL.post(weibo.http, weibo.account, f"停水 {LINK}", image), Sent)
    assert (await weibo.steer("GET", f"{CITY}/timeline"))["posts"] == []


def test_composed_posts_keep_to_the_rules() -> None:
    """Text that does not fit stays behind the link; a topic, or a title that is too long, is the editor's matter."""
    assert CHANNEL.compose("post", "题", "文", LINK) == f"【题】文 {LINK}"
    assert CHANNEL.compose("post", "题", "文" * 140, LINK) == f"【题】 {LINK}"
    assert CHANNEL.compose("mass", "题", "文" * 140, LINK) == f"【题】{'文' * 140} {LINK}"
    assert CHANNEL.compose("mass", "题", "文" * 300, LINK) == f"【题】 {LINK}"
    with pytest.raises(Unfit, match="shorten"):
        CHANNEL.compose("post", "题" * 140, "文", LINK)
    with pytest.raises(Unfit, match="#"):
        CHANNEL.compose("post", "#停水#", "文", LINK)


async def test_mention_is_answered_where_it_was_made(weibo: World) -> None:
    """Below a post; below a comment, whose post is found although the push does not name it."""
    post = (await weibo.act("mention", text="路灯不亮"))["id"]
    comment = (await weibo.act("mention", text="快修", status=post))["id"]
    for one in list(weibo.callback.happened):
        assert isinstance(one.what, Mentioned)
        assert isinstance(await CHANNEL.say_publicly(weibo.http, weibo.account, one.what, "请私信我们。"), Sent)
    ours = [
        one
        for one in (await weibo.steer("GET", f"{CITY}/timeline"))["comments"]
        if one["by"] == weibo.account.platform_id
    ]
    assert [(one["status"], one["to"]) for one in ours] == [(post, None), (post, comment)]
    gone = Mentioned("1", "x", "comment")
    assert isinstance(await CHANNEL.say_publicly(weibo.http, weibo.account, gone, "请私信我们。"), Rejected)
    long = Mentioned(str(post), "x")
    assert isinstance(await CHANNEL.say_publicly(weibo.http, weibo.account, long, "请" * 141), Rejected)


async def test_comments_are_found_once_and_as_they_were_pushed(weibo: World) -> None:
    """What was there before is past; own comments are none; a pushed mention has the same id when it is found."""
    sent = await CHANNEL.post(weibo.http, weibo.account, f"停水通知 {LINK}")
    assert isinstance(sent, Sent)
    await weibo.act("comment", text="以前的", status=int(sent.id or 0))
    first = await CHANNEL.look(weibo.http, weibo.account, {})
    assert first.happened == []
    await weibo.act("comment", text="什么时候来水？", status=int(sent.id or 0))
    await weibo.act("mention", text="什么时候来水？", status=int(sent.id or 0))
    seen = await CHANNEL.look(weibo.http, weibo.account, first.since)
    assert [one.what.text for one in seen.happened if isinstance(one.what, Mentioned)] == [
        "什么时候来水？",
        f"@{CITY}_gov 什么时候来水？",
    ]
    assert seen.happened[1].id == weibo.callback.happened[-1].id
    what = seen.happened[0].what
    assert isinstance(what, Mentioned)
    assert isinstance(await CHANNEL.say_publicly(weibo.http, weibo.account, what, "请私信我们。"), Sent)
    assert (await CHANNEL.look(weibo.http, weibo.account, seen.since)).happened == []


async def test_more_comments_than_a_page_are_all_found(weibo: World) -> None:
    """Oldest first."""
    sent = await CHANNEL.post(weibo.http, weibo.account, f"停水通知 {LINK}")
    assert isinstance(sent, Sent)
    first = await CHANNEL.look(weibo.http, weibo.account, {})
    for number in range(55):
        await weibo.act("comment", resident=str(number + 1), text=str(number), status=int(sent.id or 0))
    seen = await CHANNEL.look(weibo.http, weibo.account, first.since)
    texts = [one.what.text for one in seen.happened if isinstance(one.what, Mentioned)]
    assert texts == [str(number) for number in range(55)]


async def test_mass_sending_reaches_subscribers_alone(weibo: World) -> None:
    """Also after 48 hours. The answer says only that it was accepted; its error has names of its own."""
    await weibo.act("subscribe")
    await weibo.act("follow", resident="2")
    await weibo.steer("PUT", "clock", {"ahead_seconds": 72 * 3600})
    sent = await CHANNEL.send_to_subscribers(weibo.http, weibo.account, [RESIDENT, "2"], "停水通知")
    (mass,) = (await weibo.steer("GET", f"{CITY}/masses"))["masses"]
    assert sent == Sent(str(mass["id"]))
    assert mass["delivered"] == [RESIDENT]
    assert [one["how"] for one in await weibo.got()] == ["mass"]
    assert await weibo.got("2") == []
    refused = await CHANNEL.send_to_subscribers(weibo.http, with_token(weibo.account, "x"), [RESIDENT], "停水")
    assert refused == Rejected("error 21332", account=True)
    _, said = await weibo.call("POST", "/2/messages/sendall.json", json={"msgtype": "text"})
    assert set(said) == {"request", "errcode", "errmsg"}


@pytest.mark.parametrize("code", [10001, 10002, 10003, 10009, 10010])
async def test_what_may_pass_is_tried_again(weibo: World, code: int) -> None:
    """Nothing was done, and the code says that later it may be."""
    await weibo.act("say", text="您好")
    await weibo.steer("POST", "trouble", {"call": "/2/messages/reply.json", "code": code})
    assert isinstance(await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好")), RetryAfter)
    assert await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好")) == Sent()


async def test_an_address_that_calls_too_often_waits_for_the_next_hour(weibo: World) -> None:
    """As with each other limit: nobody has to act."""
    await weibo.act("say", text="您好")
    await weibo.steer("POST", "trouble", {"call": "/2/messages/reply.json", "code": 10004})
    outcome = await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好"))
    assert isinstance(outcome, RetryAfter)
    assert 0 < outcome.seconds <= 3600
    assert not outcome.outage


@pytest.mark.parametrize("code", [10005, 10014])
async def test_a_right_that_is_lacking_is_of_that_call_alone(weibo: World, code: int) -> None:
    """Who may not publish is refused that, and goes on answering private messages."""
    await weibo.act("subscribe")
    await weibo.act("say", text="您好")
    for call in ("/2/statuses/share.json", "/2/messages/sendall.json", "/2/comments/create.json"):
        await weibo.steer("POST", "trouble", {"call": call, "code": code})
    lacking = Rejected(f"error {code}")
    assert await CHANNEL.post(weibo.http, weibo.account, f"停水 {LINK}") == lacking
    assert await CHANNEL.send_to_subscribers(weibo.http, weibo.account, [RESIDENT], "停水") == lacking
    mention = Mentioned("4711", "路灯不亮", "post")
    assert await CHANNEL.say_publicly(weibo.http, weibo.account, mention, "请私信") == lacking
    assert await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好")) == Sent()


@pytest.mark.parametrize("code", [10014, 21301, 21327])
async def test_what_concerns_the_account_says_so(weibo: World, code: int) -> None:
    """An operator must act; nothing of this account is sent meanwhile."""
    await weibo.act("say", text="您好")
    await weibo.steer("POST", "trouble", {"call": "/2/messages/reply.json", "code": code})
    outcome = await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好"))
    assert outcome == Rejected(f"error {code}", account=True)


async def test_file_is_loaded_within_its_bound(weibo: World) -> None:
    """Larger ones are refused; an error is not taken for a file."""
    await weibo.act("image", content="ff" * 2000)
    what = weibo.callback.happened[0].what
    assert isinstance(what, FileReceived)
    assert await CHANNEL.fetch(weibo.http, weibo.account, what, limit=2000) == b"\xff" * 2000
    with pytest.raises(PayloadTooLarge):
        await CHANNEL.fetch(weibo.http, weibo.account, what, limit=1999)
    with pytest.raises(BackendRefused):
        await CHANNEL.fetch(weibo.http, weibo.account, FileReceived("1", "image"), limit=2000)


@pytest.mark.parametrize("fault", [{"nonsense": True}, {"cut": True}, {"status": 502}])
async def test_answer_that_cannot_be_read_leaves_it_open(weibo: World, fault: dict[str, Any]) -> None:
    """It may have been delivered: it is not sent again blindly."""
    await weibo.act("say", text="您好")
    weibo.faults.set(Fault(system="weibo", count=1, **fault))
    assert isinstance(await CHANNEL.send(weibo.http, weibo.account, RESIDENT, text("您好")), Unknown)
