"""What residents get in private: its form, and whether it may be sent at all."""

from typing import Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError

from sandbox.weibo.book import Account, Book
from sandbox.weibo.rules import ARTICLES_AT_MOST, TEXT_BELOW, WeiboError

type How = Literal["reply", "passive", "mass"]


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    text: str = Field(min_length=1, max_length=TEXT_BELOW - 1)


class Article(BaseModel):
    model_config = ConfigDict(extra="forbid")
    display_name: str = Field(min_length=1)
    summary: str
    image: AnyHttpUrl
    url: AnyHttpUrl


class Articles(BaseModel):
    model_config = ConfigDict(extra="forbid")
    articles: list[Article] = Field(min_length=1, max_length=ARTICLES_AT_MOST)


class Position(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    longitude: str = Field(pattern=r"^-?[0-9]{1,3}\.[0-9]+$")
    latitude: str = Field(pattern=r"^-?[0-9]{1,2}\.[0-9]+$")


FORMS: dict[str, type[BaseModel]] = {"text": Words, "articles": Articles, "position": Position}


class Inbox:
    """All inboxes."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def deliver(self, account: Account, resident: str, kind: str, data: Any, *, how: How) -> int:
        """Check and deliver a message; its number.

        Raises:
            WeiboError: its form is wrong, it is too late for a reply, or the resident left.
        """
        if kind not in FORMS:
            raise WeiboError(10017, "(type)")
        try:
            FORMS[kind].model_validate(data)
        except ValidationError as exc:
            where = ".".join(map(str, exc.errors(include_input=False)[0]["loc"]))
            raise WeiboError(26412, f"({where})") from exc
        if how != "mass":
            self._book.use_reply(account.uid, resident)
        return self._book.add(
            "message", {"account": account.uid, "to": resident, "type": kind, "data": data, "how": how}
        )

    def of(self, account: str, resident: str) -> list[dict[str, Any]]:
        return self._book.rows("message", account=account, to=resident)
