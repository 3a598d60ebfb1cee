"""A small run of `make test-chaos`: 30 orders, and a worker and the server killed while they are paid."""

from pathlib import Path

from chaos.trial import trial

SEED = 17  # kills the server, then the worker


async def test_thirty_orders_are_booked_once_or_given_back(tmp_path: Path) -> None:
    """Whatever is lost, repeated, forged or killed: each order's money is with the police or the payer, once."""
    found, measured = await trial(tmp_path, seed=SEED, orders=30, kills=2)
    assert found == [], f"seed {SEED}:\n" + "\n".join(found)
    assert measured["killed"] == {"serve": 1, "worker": 1}
