"""How the emulated Alpaca misbehaves: what a test orders, or a seeded schedule throws."""

import random
from collections import Counter, deque
from collections.abc import Sequence
from enum import StrEnum, auto


class Fault(StrEnum):
    """What happens to one request. TAKEN: it was carried out all the same."""

    SILENT = auto()
    SILENT_TAKEN = auto()
    CUT = auto()
    CUT_TAKEN = auto()
    ERROR_500 = auto()
    ERROR_500_TAKEN = auto()
    BAD_GATEWAY = auto()
    BAD_GATEWAY_TAKEN = auto()
    GATEWAY_TIMEOUT = auto()
    GATEWAY_TIMEOUT_TAKEN = auto()
    RATE_LIMIT = auto()
    BAD_KEY = auto()
    TORN_TAKEN = auto()
    LATE = auto()
    """A POST whose answer is lost and that is carried out only when the test says so."""

    @property
    def taken(self) -> bool:
        """Whether the request is carried out before its answer goes wrong."""
        return self.name.endswith("_TAKEN")


ANYTHING = ""


class Faults:
    """Which fault strikes which request. ``seen`` counts those that did."""

    def __init__(self) -> None:
        self.seen: Counter[Fault] = Counter()
        self._planned: dict[str, deque[Fault]] = {}
        self._rng = random.Random(0)
        self._rate = 0.0
        self._kinds: Sequence[Fault] = ()

    def next(self, *faults: Fault, on: str = "POST /v2/orders") -> None:
        """Let the next requests of a kind (``METHOD path``; ANYTHING: any) meet these faults."""
        self._planned.setdefault(on, deque()).extend(faults)

    def by_chance(self, seed: int, rate: float, kinds: Sequence[Fault]) -> None:
        """Throw a fault with a probability per request, the same ones for the same seed."""
        self._rng, self._rate, self._kinds = random.Random(seed), rate, tuple(kinds)

    def strikes(self, request: str) -> Fault | None:
        """Return the fault that meets a request."""
        for key in (request, ANYTHING):
            planned = self._planned.get(key)
            if planned:
                return self._seen(planned.popleft())
        if self._kinds and self._rng.random() < self._rate:
            return self._seen(self._rng.choice(self._kinds))
        return None

    def _seen(self, fault: Fault) -> Fault:
        self.seen[fault] += 1
        return fault
