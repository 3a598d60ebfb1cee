"""One-time codes. They follow from the secret that signs, so nothing of them is stored: who wishes one and who sends it
make the same.
"""

import hmac
from datetime import timedelta

from desk.store.keys import Keys

PURPOSE = "one-time code"
GOOD = timedelta(minutes=5)
TRIES = 3
"""So many wrong codes, and the code is worth nothing any more."""
SENDINGS = 3
"""So many codes are wished in one matter."""
DIGITS = 6


def codes_of(keys: Keys, conversation: str, frame: str, number: int) -> list[str]:
    """The code by each secret that is valid, the one that is sent first."""
    value = f"{conversation}\n{frame}\n{number}".encode()
    made = [hmac.digest(key, value, "sha256") for key in keys.signing(PURPOSE)]
    return [f"{int.from_bytes(one[:8]) % 10**DIGITS:0{DIGITS}}" for one in made]


def is_code(keys: Keys, conversation: str, frame: str, number: int, given: str) -> bool:
    """Whether this is the code that was sent, by any secret that is valid."""
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in codes_of(keys, conversation, frame, number))
