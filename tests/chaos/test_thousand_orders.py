"""Money through a run of real processes in which notifications, agencies and our own parts fail: `make test-chaos`.

`CITYDESK_SEED`, `CITYDESK_ORDERS` and `CITYDESK_KILLS` choose another run. The seed decides who pays what and how, what
is done to each notification and what is killed after which payment; the machine decides the moments in between.
"""

import os
from pathlib import Path

from chaos.trial import trial

SEED = int(os.environ.get("CITYDESK_SEED", "20261124"))
ORDERS = int(os.environ.get("CITYDESK_ORDERS", "1000"))
KILLS = int(os.environ.get("CITYDESK_KILLS", "60"))


async def test_a_thousand_orders_are_booked_once_or_given_back(tmp_path: Path) -> None:
    """Whatever is lost, repeated, forged or killed: each order's money is with the police or the payer, once."""
    found, _ = await trial(tmp_path, seed=SEED, orders=ORDERS, kills=KILLS)
    assert found == [], f"seed {SEED}:\n" + "\n".join(found)
