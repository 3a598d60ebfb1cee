"""Twenty clerks claim the same tickets at once, as `make test-chaos` has them: `CITYDESK_CLAIMS`, ten for each ticket.

`CITYDESK_SEED` decides the order of the claims; the machine decides who comes first.
"""

import os

from chaos.claims import contest
from fixtures.house import House

SEED = int(os.environ.get("CITYDESK_SEED", "20261124"))
CLAIMS = int(os.environ.get("CITYDESK_CLAIMS", "10000"))


async def test_ten_thousand_claims_leave_one_owner_each(house: House) -> None:
    """Of ten claims of a ticket one wins; row, events and audit say the same of whom."""
    found, _ = await contest(house, claims=CLAIMS, seed=SEED)
    assert found == [], f"seed {SEED}:\n" + "\n".join(found)
