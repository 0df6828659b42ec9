"""How long to wait before the next attempt: exponential, with full jitter and a ceiling."""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Delays that grow until :meth:`reset`.

    Full jitter: each delay is drawn evenly between zero and the growing bound, so that many
    clients do not come back in step (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """

    base_s: float
    ceiling_s: float
    rng: random.Random
    attempt: int = field(default=0, init=False)

    def next_delay(self) -> float:
        """Count one more failed attempt and return the seconds to wait before the next."""
        bound = min(self.ceiling_s, self.base_s * 2.0 ** min(self.attempt, 60))
        self.attempt += 1
        return self.rng.uniform(0.0, bound)

    def reset(self) -> None:
        """Start over: the last attempt worked."""
        self.attempt = 0
