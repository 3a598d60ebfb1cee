"""The client of Valkey (or Redis): bell, live hints and rate limits.

Valkey is never the only copy of anything, so nobody waits for it: time-outs are short and there is one second try,
which replaces a pooled connection that died with a restarted server.
"""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_SECONDS = 0.5
# Blocking commands wait 1 s in the server (longer ones never returned in redis-py 8.1 once this time-out had struck).
ANSWER_SECONDS = 3.0


def create_client(url: str) -> Redis:
    """Make the client. `url` is redis://…; nothing is connected before the first command."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 1),
        driver_info=None,  # else each connection looks up redis-py's version on the disk, and tells it
    )
