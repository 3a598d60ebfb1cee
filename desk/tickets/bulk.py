"""The same done with many tickets, each for itself: what cannot be done with one holds up no other."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from desk.contract.errors import Conflict, DeskError
from desk.contract.messages import Text
from desk.tickets.reference import reference_of

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket. `error` is why nothing was done."""

    ticket_id: int
    error: DeskError | None = None

    @property
    def reference(self) -> str:
        return reference_of(self.ticket_id)


async def each(ticket_ids: Sequence[int], act: Callable[[int], Awaitable[object]]) -> list[Outcome]:
    """Do something with each of at most a hundred tickets, in order.

    Raises:
        Conflict: there are more, or none.
    """
    wanted = list(dict.fromkeys(ticket_ids))
    if not 0 < len(wanted) <= MOST:
        raise Conflict(f"Choose 1 to {MOST} tickets.", said=Text(key="console.error_ticket_bulk", args={"most": MOST}))
    done: list[Outcome] = []
    for one in wanted:
        try:
            await act(one)
        except DeskError as exc:
            done.append(Outcome(one, exc))
        else:
            done.append(Outcome(one))
    return done
