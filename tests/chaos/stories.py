"""What happens to each order of a run, drawn from one seed: who pays how, what is done to the notifications, who dies.

May not know how any of it is carried out.
"""

import random
from dataclasses import dataclass
from typing import Literal

type Kind = Literal["one", "two", "counter", "partly", "twin", "cancelled", "unpaid"]
type Way = Literal["code", "page"]
type Part = Literal["worker", "second worker", "serve", "actions", "postgres", "valkey"]

SHARES: dict[Kind, int] = {"one": 70, "two": 6, "counter": 6, "partly": 6, "twin": 4, "cancelled": 4, "unpaid": 4}
"""Of a hundred orders: one fine · both fines of a car · a fine paid at a counter meanwhile · of two fines one paid at a
counter · a fine that two residents pay · an order cancelled and paid all the same · never paid, whatever is claimed."""
MISCHIEF = (None, None, None, "duplicate", "duplicate", "late", "reorder", "lose")
FORGERIES = ("tamper", "forge_signature", "forge_amount", "forge_app", "forge_seller")
PARTS: dict[Part, int] = {"worker": 4, "second worker": 4, "serve": 4, "actions": 2, "postgres": 1, "valkey": 1}


@dataclass(frozen=True)
class Story:
    """One order. `car` is the place of its car in the register; two residents of a twin have the same."""

    number: int
    kind: Kind
    car: int
    way: Way
    mischief: str | None
    forgery: str | None
    wait: float  # seconds between the offer and the payment

    @property
    def fines(self) -> int:
        """How many fines the car has."""
        return 2 if self.kind in ("two", "partly") else 1

    @property
    def name(self) -> str:
        done = [word for word in (self.mischief, self.forgery) if word]
        return f"#{self.number} {self.kind} by {self.way}" + (f" ({', '.join(done)})" if done else "")


@dataclass(frozen=True)
class Kill:
    """SIGKILL of a part, `after` so many payments and `pause` seconds."""

    after: int
    part: Part
    pause: float


@dataclass(frozen=True)
class Plan:
    """All of a run."""

    seed: int
    stories: tuple[Story, ...]
    kills: tuple[Kill, ...]

    @property
    def cars(self) -> list[int]:
        """How many fines each car has, by its place."""
        return list({story.car: story.fines for story in self.stories}.values())


def draw(*, seed: int, orders: int, kills: int) -> Plan:
    """Draw a plan: the same seed and sizes give the same. Every kind is there, and twins come in pairs."""
    chance = random.Random(seed)
    kinds = _kinds(orders, chance)
    stories: list[Story] = []
    for number, kind in enumerate(kinds):
        twin = kind == "twin" and sum(one.kind == "twin" for one in stories) % 2 == 1
        car = _last_twin(stories).car if twin else max((one.car for one in stories), default=-1) + 1
        forged = kind == "unpaid" or chance.random() < 0.2
        stories.append(
            Story(
                number=number,
                kind=kind,
                car=car,
                # whoever cancels has a code that nobody scanned: it stays good
                way="code" if kind in ("cancelled", "unpaid") else chance.choice(("code", "page")),
                mischief=None if kind == "unpaid" else chance.choice(MISCHIEF),
                forgery=chance.choice(FORGERIES) if forged else None,
                wait=chance.uniform(0.0, 3.0),
            )
        )
    paid = sum(story.kind != "unpaid" for story in stories)
    moments = sorted(chance.randrange(paid * 9 // 10) for _ in range(kills))
    names, weights = list(PARTS), list(PARTS.values())
    deaths = tuple(Kill(after, chance.choices(names, weights)[0], chance.uniform(0.0, 0.5)) for after in moments)
    return Plan(seed, tuple(stories), deaths)


def _kinds(orders: int, chance: random.Random) -> list[Kind]:
    kinds: list[Kind] = []
    for kind, share in SHARES.items():
        many = max(1, orders * share // 100)
        kinds += [kind] * (max(2, many - many % 2) if kind == "twin" else many)
    kinds += ["one"] * (orders - len(kinds))
    chance.shuffle(kinds)
    return kinds[:orders]


def _last_twin(stories: list[Story]) -> Story:
    return next(story for story in reversed(stories) if story.kind == "twin")
