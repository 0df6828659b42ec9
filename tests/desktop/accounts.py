"""An account with a past: results, sectors, lots, and the broker's books, for the tests."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from tests.desktop.backend import ACCOUNT, HELD, NOW, Backend, holdings, stamp, summary

from qt_trade.contract import registry
from qt_trade.contract.payloads import portfolio, reconciliation, results
from qt_trade.kit.clock import SystemClock

DAYS = 62
LAST_DAY = date(2013, 10, 4)
SECTORS = {
    "AAPL": "Information Technology",
    "GOOG": "Communication Services",
    "TSLA": "Consumer Discretionary",
    "XOM": "Energy",
}
EXITS = {"AAPL": ("478.10", "499.20"), "TSLA": ("178.20", "191.00")}


def lots(one: portfolio.Position) -> tuple[portfolio.TaxLot, ...]:
    """Return a position as two purchases."""
    first = one.qty // 2
    parts = (first, one.qty - first)
    return tuple(
        portfolio.TaxLot(
            opened_at=NOW - timedelta(days=5 - 2 * number, hours=1),
            qty=Decimal(qty),
            cost=one.avg_entry_price * qty,
        )
        for number, qty in enumerate(parts)
        if qty
    )


def held() -> portfolio.PortfolioPositions:
    """Return the positions with sector, exits, holding time and lots."""
    return holdings(
        tuple(
            msgspec.structs.replace(
                one,
                sector=SECTORS[one.symbol],
                opened_at=NOW - timedelta(days=number + 1, hours=2),
                stop=None if one.symbol not in EXITS else Decimal(EXITS[one.symbol][0]),
                target=None if one.symbol not in EXITS else Decimal(EXITS[one.symbol][1]),
                exits_words="" if one.symbol in EXITS else "none",
                lots=lots(one),
            )
            for number, one in enumerate(HELD)
        )
    )


def worth() -> portfolio.PortfolioSummary:
    """Return the account with its sectors."""
    total = Decimal("100452.61")
    sectors = tuple(
        portfolio.SectorWeight(
            sector=SECTORS[one.symbol],
            value=one.market_value,
            weight=float(one.market_value / total),
        )
        for one in HELD
        if one.market_value is not None
    )
    return msgspec.structs.replace(
        summary(), sectors=sectors, effective_positions=3.6, broker="Paper"
    )


def days(count: int = DAYS) -> tuple[results.DayValue, ...]:
    """Return the ends of so many exchange days."""
    rng = random.Random(9)
    value, benchmark, made, day = 100_000.0, 163.0, [], LAST_DAY
    dates: list[date] = []
    while len(dates) < count:
        if day.weekday() < 5:  # Monday to Friday
            dates.append(day)
        day -= timedelta(days=1)
    for one in reversed(dates):
        made.append(
            results.DayValue(
                day=one.isoformat(), value=Decimal(f"{value:.2f}"), benchmark=benchmark
            )
        )
        value *= 1 + rng.gauss(0.0008, 0.0042)
        benchmark *= 1 + rng.gauss(0.0005, 0.0050)
    return tuple(made)


BY_SYMBOL = (
    ("AAPL", "1204.10", "73.00", 31), ("GOOG", "-54.20", "-22.30", 12),
    ("TSLA", "611.35", "60.80", 44), ("XOM", "-180.05", "13.80", 22), ("MSFT", "388.20", "0", 19),
    ("NVDA", "97.92", "0", 9), ("AMZN", "502.75", "0", 21), ("JPM", "-12.40", "0", 7),
    ("META", "86.70", "0", 16), ("SPY", "11.15", "0", 15),
)  # fmt: skip


def performance(**more: Any) -> results.TradingPerformance:
    """Return results with every figure; ``more`` takes some of them away."""
    symbols = tuple(
        results.SymbolResult(
            symbol=name, realized=Decimal(realized), unrealized=Decimal(open_), trades=trades
        )
        for name, realized, open_, trades in BY_SYMBOL
    )
    total = sum((one.realized + (one.unrealized or 0) for one in symbols), Decimal(0))
    fields: dict[str, Any] = {
        "account": ACCOUNT, "feed_ts": NOW, "daily_pnl": Decimal("452.61"),
        "weekly_pnl": Decimal("812.10"), "monthly_pnl": Decimal("1204.90"),
        "total_pnl": total - Decimal("196.00"), "win_rate": 0.541,
        "avg_trade_duration": 2.8 * 1440, "sharpe_ratio": 1.31, "max_drawdown": 0.021,
        "total_trades": 196, "winning_trades": 106, "losing_trades": 90,
        "avg_win": Decimal("85.42"), "avg_loss": Decimal("-71.99"), "current_positions": 4,
        "portfolio_value": Decimal("100452.61"), "cash_balance": Decimal("73908.31"),
        "buying_power": Decimal("63908.31"), "words": "", "return_pct": 4.44, "benchmark": "SPY",
        "benchmark_return_pct": 2.91, "sharpe_low": -0.6, "sharpe_high": 3.2,
        "win_rate_low": 0.47, "win_rate_high": 0.61, "profit_factor": 1.40,
        "gross_win": Decimal("9054.52"), "gross_loss": Decimal("6479.10"),
        "median_trade_duration": 1.9 * 1440, "slippage_bp": 0.4, "drawdown_now": 0.009,
        "drawdown_words": "8 to 24 Sep", "by_symbol": symbols, "daily": days(),
    }  # fmt: skip
    return results.TradingPerformance(**stamp("engine"), **fields | more)


NOT_YET = "not enough data yet, 12 of 30 trades"


def young() -> results.TradingPerformance:
    """Return results of an account that has hardly traded."""
    missing = dict.fromkeys(
        (
            "win_rate", "sharpe_ratio", "max_drawdown", "avg_trade_duration", "avg_win",
            "avg_loss", "return_pct", "profit_factor", "slippage_bp",
        )
    )  # fmt: skip
    return performance(**missing, words=NOT_YET, daily=days(1), total_trades=12)


def books(*differences: reconciliation.Difference, **more: Any) -> reconciliation.Reconciliation:
    """Return the last comparison with the broker."""
    now = SystemClock().now()
    fields: dict[str, Any] = {
        "account": ACCOUNT, "broker": "Paper", "checked_at": now - timedelta(seconds=2),
        "matches": not differences, "orders": 1, "positions": 4, "cash": Decimal("73908.31"),
        "differences": differences, "adopted": (), "words": "",
    }  # fmt: skip
    return reconciliation.Reconciliation(**stamp("engine"), **fields | more)


def difference() -> reconciliation.Difference:
    """Return shares that the broker has and we know nothing of."""
    return reconciliation.Difference(
        key="position:AAPL", ours="20 shares", brokers="25 shares",
        since=SystemClock().now() - timedelta(seconds=70),
        words="5 shares more than our fills explain",
    )  # fmt: skip


def publish_account(backend: Backend) -> None:
    """Write an account with a past."""
    backend.write(registry.PORTFOLIO_POSITIONS, held())
    backend.write(registry.PORTFOLIO_SUMMARY, worth())
    backend.write(registry.TRADING_PERFORMANCE, performance())
    backend.write(registry.RECONCILIATION, books())
