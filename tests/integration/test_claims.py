"""Many clerks claim many tickets at once: a small run of what `make test-chaos` does with 10,000 claims."""

from chaos.claims import Claim, Kept, contest, findings
from fixtures.house import House

CLAIMS = 300


async def test_no_ticket_has_two_owners(house: House) -> None:
    """Of ten claims of a ticket one wins; what is kept, what happened and what is in the audit agree."""
    found, measured = await contest(house, claims=CLAIMS, seed=7)
    assert found == []
    assert (measured["claims"], measured["won"], measured["owned"]) == (CLAIMS, CLAIMS // 10, CLAIMS // 10)


def test_a_second_owner_would_be_found() -> None:
    """Told twice, kept for somebody else, without an event, or missing in the audit: each is said with its ticket."""
    made = [Claim(one, login, 0.01, is_won=True) for one, login in ((1, "a"), (1, "b"), (2, "a"), (3, "a"))]
    kept = Kept({1: "a", 2: "c", 3: "a"}, {1: 2, 2: 1}, {"T-1-8": 2, "T-2-6": 1})
    assert list(findings([1, 2, 3], made, kept)) == [
        "ticket 1: 2 clerks were told that they have it: ['a', 'b']",
        "ticket 1: 2 events of a claim",
        "ticket 2: a was told that they have it, and c has it",
        "ticket 3: 0 events of a claim",
        "2 tickets are claimed in the audit, not 3",
        "ticket T-1-8: 2 records of a claim",
    ]
