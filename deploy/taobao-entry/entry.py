"""Makes the link that a press on the entry in Taobao opens: docs/how-to/connect-a-taobao-entry.md.

Python's standard library is all that it needs. Serve it where the app's users are logged in: it signs for whoever asks.

    ENTRY_SECRET=… python entry.py --desk https://desk.example.gov.cn --account CITY-taobao --resident 2200000001
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import secrets
import time

VERSION = "v1"
GOOD_SECONDS = 300  # ten minutes at most


def link(desk: str, account: str, secret: str, resident: str, language: str | None = None) -> str:
    """A link that is good once, for some minutes. `resident` is Taobao's name for who pressed, never one they typed."""
    claims = {
        "sub": resident,
        "account": account,
        "jti": secrets.token_urlsafe(18),
        "exp": int(time.time()) + GOOD_SECONDS,
        **({"lang": language} if language else {}),
    }
    head = f"{VERSION}.{_encoded(json.dumps(claims).encode())}"
    signature = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{desk}/enter/{account}#{head}.{_encoded(signature)}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


if __name__ == "__main__":
    wishes = argparse.ArgumentParser(description="Make a link for one press.")
    for name in ("desk", "account", "resident"):
        wishes.add_argument(f"--{name}", required=True)
    wishes.add_argument("--language")
    wish = wishes.parse_args()
    print(link(wish.desk, wish.account, os.environ["ENTRY_SECRET"], wish.resident, wish.language))
