"""What a question costs, in exact USD: as the answer says, else by its tokens."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

TICKS_PER_USD = 10_000_000_000
"""xAI's ``usage.cost_in_usd_ticks`` (shared facts of the providers, section 7.1)."""
HIDDEN_TOKENS_MAX = 16_000
"""What a model may think to itself before it answers: put aside, for it is billed."""
_MILLION = Decimal(1_000_000)
_PLACES = Decimal("0.000001")
BELIEVED_MAX = Decimal(1000)
"""USD; an answer that says that it cost more says nothing that could be true."""


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens."""

    input_usd: Decimal
    output_usd: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer says of itself; None: it does not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    ticks: int | None = None


def cost_of(usage: Usage, prices: Prices) -> Decimal | None:
    """Return what an answer cost, None where it says nothing of it that can be true.

    Tokens of reasoning stand in the total alone at xAI, and in ``completion_tokens`` elsewhere;
    all of them cost what output costs.
    """
    cost = _told(usage, prices)
    return cost if cost is None or cost <= BELIEVED_MAX else None


def _told(usage: Usage, prices: Prices) -> Decimal | None:
    if usage.ticks is not None and usage.ticks >= 0:
        return _rounded(Decimal(usage.ticks) / TICKS_PER_USD)
    told, out = usage.prompt_tokens, usage.completion_tokens
    if told is None or out is None or min(told, out) < 0:
        return None
    out = max(out, (usage.total_tokens or 0) - told)
    return _rounded((told * prices.input_usd + out * prices.output_usd) / _MILLION)


def cost_max(prompt_bytes: int, output_tokens_max: int, prices: Prices) -> Decimal:
    """Return what a question is taken to cost at most: no token is shorter than a byte."""
    out = output_tokens_max + HIDDEN_TOKENS_MAX
    return _rounded((prompt_bytes * prices.input_usd + out * prices.output_usd) / _MILLION)


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(_PLACES, rounding=ROUND_UP)
