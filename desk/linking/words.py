"""How channels and codes are written for residents."""

from desk.contract.messages import Text

NAMED = frozenset({"telegram", "weibo", "alipay", "taobao", "webchat", "sms"})
"""Channels with a text `channel.<name>`; any other is "another channel"."""


def channel_text(name: str) -> Text:
    """What residents call a channel."""
    return Text(key=f"channel.{name}" if name in NAMED else "channel.other")


def code_text(code: str) -> str:
    """A code in two halves, as it is read out and typed."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"
