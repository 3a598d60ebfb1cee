"""Exits with 0 where the role in this container answers `/health` at its port of measures; else with 1, and why."""

import http.client
import os
import sys

PORT = int(os.environ.get("DESK_METRICS_PORT") or 9100)
SECONDS = 3.0


def main() -> str | None:
    """Ask once; what is wrong, or None."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as exc:
        return f"Port {PORT} does not answer ({type(exc).__name__})."
    finally:
        connection.close()
    return None if status == 200 else f"Port {PORT} answers {status}."


if __name__ == "__main__":
    sys.exit(main())
