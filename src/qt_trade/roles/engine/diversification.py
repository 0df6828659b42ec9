"""How the account's money is spread: over sectors, and over how many positions in effect."""

from collections import defaultdict

from qt_trade.model.money import Usd
from qt_trade.model.sectors import sector_of
from qt_trade.roles.engine.valuation import Valuation

UNKNOWN_SECTOR = "unknown"


def by_sector(valuation: Valuation) -> tuple[tuple[str, Usd, float], ...]:
    """Return each sector's value and its fraction of the account, the largest first.

    Empty while a held symbol has no price. What the table does not list stands as "unknown".
    """
    total = valuation.total
    if not total:
        return ()
    worth: dict[str, int] = defaultdict(int)
    for row in valuation.positions:
        if row.market_value is not None:
            worth[sector_of(row.position.symbol) or UNKNOWN_SECTOR] += abs(row.market_value)
    largest = sorted(worth.items(), key=lambda item: (-item[1], item[0]))
    return tuple((sector, Usd(value), value / total) for sector, value in largest)


def effective_positions(valuation: Valuation) -> float | None:
    """Return how many positions of equal size would be as diverse: 1 / Σ of the squared weights.

    That is the inverse of the Herfindahl-Hirschman index over the invested money; None without
    a position, or while one has no price.
    """
    worths = [abs(row.market_value or 0) for row in valuation.positions]
    invested = sum(worths)
    if not invested or any(row.market_value is None for row in valuation.positions):
        return None
    return 1 / sum((worth / invested) ** 2 for worth in worths)
