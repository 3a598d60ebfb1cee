"""What the pretend Weibo allows, and what it answers to the rest: open.weibo.com/wiki, but for what is remarked."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

TEXT_BELOW = 300  # characters of a private message
POST_AT_MOST = 140  # of a post and of a comment
ARTICLES_AT_MOST = 8
WINDOW = timedelta(hours=48)  # of replies, after something that the resident did
TOKEN_LIFE = timedelta(days=365)  # of a fan service's token; of the time people report, the documents name none
TRIES = 3  # of a push
MENU_BUTTONS, MENU_SUB_BUTTONS = 3, 5
MENU_NAMES = (6, 10)  # characters; ours: the documents name none
MENU_KEY = 128  # characters; ours

ERRORS = {
    10001: "System error!",
    10002: "Service unavailable!",
    10003: "Remote service error!",
    10004: "IP limit!",
    10005: "Permission denied, need a high level appkey!",
    10008: "Param error, see doc for more info!",
    10009: "Too many pending tasks, system is busy!",
    10010: "Job expired!",
    10013: "Invalid weibo user!",
    10014: "Insufficient app permissions!",
    10016: "Miss required parameter, see doc for more info!",
    10017: "Parameter value is not valid, see doc for more info!",
    10022: "IP requests out of rate limit!",
    10023: "User requests out of rate limit!",
    10024: "User requests for this api out of rate limit!",
    20005: "Unsupport image type, only support JPG, GIF, PNG!",
    20006: "Image size too large!",
    20007: "Does multipart has image?",
    20012: "Text too long, please input text less than 140 characters!",
    20019: "Repeat content!",
    20101: "Target weibo does not exist!",
    20201: "Target weibo comment does not exist!",
    21327: "expired_token",
    21332: "invalid_access_token",
    # The module of messages has 264; its single codes are in no document, so these are ours.
    26401: "The menu is not valid!",
    26410: "The time for a reply is over!",
    26411: "The user does not follow you!",
    26412: "The message is not valid!",
}
FORBIDDEN = frozenset({10004, 10005, 10014, 10022, 10023, 10024, 21327, 21332})  # answered with 403, others with 400


class WeiboError(Exception):
    """A call is refused with a code of `ERRORS`; `detail` stands behind its text."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{ERRORS.get(code, 'Error!')} {detail}".strip())
        self.code = code


class Limits(BaseModel):
    """`PUT /_sandbox/weibo/limits`: how much is allowed, and how long an answer to a push may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls_a_day: Annotated[int, Field(ge=1)] = 100  # of an account, to posts and comments
    calls_an_hour: Annotated[int, Field(ge=1)] = 15_000  # of an address, to everything
    posts_an_hour: Annotated[int, Field(ge=1)] = 30  # of an account: posts and comments
    answer_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
