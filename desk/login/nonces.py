"""Words that bind an entry of a link to the browser that asked for it: our page sets one, and the entry comes with it.

`<random>.<until>.<signature>`; it names an account's door, until when it is good (seconds since 1970), and nobody.
Nothing is stored. It stops pages and programs that are not our page; who was sent a link by somebody else opens our
page all the same, and is asked there whether the link is theirs.
"""

import base64
import binascii
import secrets
from datetime import datetime, timedelta

from desk.store.keys import Keys

GOOD = timedelta(minutes=15)
"""So long a page may be open before its entry is brought: entries of links are good for ten minutes at most."""
PURPOSE = "entry asked"
BYTES = 16


def made(keys: Keys, account: str, now: datetime) -> str:
    """One for a page of an account's door."""
    head = f"{secrets.token_urlsafe(BYTES)}.{int((now + GOOD).timestamp())}"
    signature = keys.signature(f"{account}\n{head}", purpose=PURPOSE, length=BYTES)
    return f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def is_good(keys: Keys, account: str, nonce: str, now: datetime) -> bool:
    """Whether a nonce is of this account's page, and not over."""
    if not nonce.isascii():
        return False
    head, _, signature = nonce.rpartition(".")
    _, _, until = head.partition(".")
    try:
        given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return False
    signed = keys.is_signature(given, f"{account}\n{head}", purpose=PURPOSE, length=BYTES)
    return signed and now.timestamp() < int(until)
