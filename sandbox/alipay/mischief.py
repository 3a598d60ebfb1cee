"""What goes wrong with notifications on demand: duplicate, late, overtaken, lost, forged."""

import random
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from sandbox.alipay.notices import Forgery, Notice
from sandbox.state import State

SYSTEM, KIND = "alipay", "mischief"
FORGERIES: tuple[Forgery, ...] = get_args(Forgery.__value__)


class Rule(BaseModel):
    """What is done to notifications, of one order or of any, how often and how many times.

    - `duplicate`: `times` more deliveries of the same;
    - `late`: the first try after `seconds`, by the shortened clock;
    - `reorder`: it waits until a later one of its order has been tried, or for `seconds`;
    - `lose`: never sent;
    - `tamper`: beside it, the same with another amount under the signature of the true one;
    - `forge_signature`: beside it, the same with a signature that is not its own;
    - `forge_amount`, `forge_app`, `forge_seller`: beside it, one over a cent, for another application or seller, under
      a true signature of Alipay's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal["duplicate", "late", "reorder", "lose"] | Forgery
    order: str | None = None
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    count: Annotated[int, Field(ge=1)] | None = None
    times: Annotated[int, Field(ge=1, le=100)] = 1
    seconds: Annotated[float, Field(ge=0, le=7 * 86400)] = 600.0


class Mischief:
    """All rules that are set. They survive a restart."""

    def __init__(self, state: State, chance: random.Random) -> None:
        self._state = state
        self._chance = chance

    def set(self, rule: Rule) -> str:
        """Keep a rule; its id."""
        number = max((int(key) for key, _ in self._state.all(SYSTEM, None, KIND)), default=0) + 1
        self._state.put((SYSTEM, "", KIND, str(number), rule.model_dump()))
        return str(number)

    def all(self) -> dict[str, Rule]:
        return {key: Rule.model_validate(body) for key, body in self._state.all(SYSTEM, None, KIND)}

    def lift(self) -> int:
        """Remove all rules; how many there were."""
        keys = list(self.all())
        for key in keys:
            self._state.delete(SYSTEM, "", KIND, key)
        return len(keys)

    def done_to(self, notice: Notice) -> list[Notice]:
        """What is really sent for a notification. Counts the rules that it met."""
        sent = [notice]
        for key, rule in self.all().items():
            if rule.order not in (None, notice.order) or self._chance.random() >= rule.rate:
                continue
            if rule.count == 1:
                self._state.delete(SYSTEM, "", KIND, key)
            elif rule.count is not None:
                left = rule.model_copy(update={"count": rule.count - 1})
                self._state.put((SYSTEM, "", KIND, key, left.model_dump()))
            sent = apply(rule, sent)
        return sent


def apply(rule: Rule, sent: list[Notice]) -> list[Notice]:
    """One rule done to a notification (the first) and what already comes with it."""
    notice, *others = sent
    match rule.what:
        case "duplicate":
            return [*sent, *(notice.copy_of() for _ in range(rule.times))]
        case "late":
            return [notice.model_copy(update={"wait": rule.seconds}), *others]
        case "reorder":
            return [notice.model_copy(update={"wait": rule.seconds, "held": True}), *others]
        case "lose":
            return [notice.model_copy(update={"outcome": "lost"}), *others]
        case forgery:
            return [*sent, notice.copy_of(forgery=forgery, wait=0.0, held=False)]
