"""What risk says of an account, for the tests: limits, breakers, symbols that wait."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.desktop import emergencies
from tests.desktop.backend import ACCOUNT, NOW, Backend, stamp

from qt_trade.contract import registry
from qt_trade.contract.payloads import frontend, risk
from qt_trade.contract.payloads.commands import Emergency
from qt_trade.contract.payloads.emergency import BrokerCount
from qt_trade.contract.payloads.risk import BreakerState
from qt_trade.kit.clock import SystemClock

RISK = registry.RISK_SETTINGS.key()
LIMITS = (
    ("day_loss", "Day loss", "+0.44%", "−1.50%", 0.0, "stops new buys", "", ""),
    ("day_loss_hard", "Day loss, hard", "+0.44%", "−3.00%", 0.0, "closes all, stops", "", ""),
    ("drawdown", "Drawdown from peak", "−0.9%", "−8.0%", 0.11, "stops AutoTrading", "", ""),
    ("position", "Largest position", "12.5% NVDA", "15.0%", 0.84, "refuses the buy", RISK,
     "position_weight_max"),
    ("notional", "Opened today", "34,211 USD", "50,000 USD", 0.68, "refuses the buy", RISK,
     "daily_notional_cap"),
    ("reserve", "Cash reserve", "73,908 USD", "10,000 USD", 0.14, "refuses the buy", RISK,
     "cash_reserve"),
    ("cycle", "Orders per cycle", "3", "3", 1.0, "refuses the order", RISK,
     "trades_per_cycle_max"),
    ("shares", "Shares per symbol", "60 XOM", "1,000", 0.06, "refuses the buy", RISK,
     "position_shares_max"),
    ("rate", "Order rate, per min", "—", "10", None, "queues, then refuses", "", ""),
)  # fmt: skip
BREAKERS = (
    ("data", "Market data", BreakerState.CLOSED, "under 2 sources, 10 s", "2 sources", 0),
    ("broker", "Broker", BreakerState.CLOSED, "3 failures in 60 s", "0 failures", 0),
    ("unknown", "Order state", BreakerState.WARNING, "2 unknown orders", "1 unknown", 0),
    ("model", "Model", BreakerState.OPEN, "worse than naive, 200 ×", "worse, 212 ×", 1),
)


def limit(name: str, **more: Any) -> risk.LimitLine:
    """Return one of the limits above."""
    of = next(line for line in LIMITS if line[0] == name)
    fields = dict(
        zip(
            ("name", "title", "used", "allowed", "share", "at_limit", "key", "field"),
            of,
            strict=True,
        )
    )
    return risk.LimitLine(**fields | more)


def state(**more: Any) -> risk.RiskState:
    """Return the document with everything in it."""
    fields: dict[str, Any] = {
        "account": ACCOUNT, "feed_ts": NOW,
        "limits": tuple(limit(line[0]) for line in LIMITS),
        "breakers": tuple(
            risk.BreakerLine(
                name=name, title=title, state=stands, opens_at=at, now=now, trips_today=trips
            )
            for name, title, stands, at, now, trips in BREAKERS
        ),
        "waits": (
            risk.WaitLine(
                symbol="XOM", why="sold 13:21, wait 60 min", until=NOW + timedelta(minutes=35)
            ),
            risk.WaitLine(
                symbol="GME", why="excluded by desk-1", until=None,
                key=registry.PORTFOLIO_SETTINGS.key(), field="excluded_symbols",
            ),
        ),
        "words": "within the limits",
    }  # fmt: skip
    return risk.RiskState(**stamp("engine"), **fields | more)


def wanted(*excluded: str) -> frontend.PortfolioSettings:
    """Return what the account should look like, with symbols that are never opened."""
    return frontend.PortfolioSettings(
        **stamp("engine"), session_id="engine", target_diversification=8, max_position_pct=0.15,
        rebalance_enabled=False, rebalance_threshold=0.05, preferred_sectors=(),
        excluded_symbols=excluded, cash_reserve=Decimal(10_000), updated_by="desk-1",
    )  # fmt: skip


def receipts() -> list[Any]:
    """Return the receipts of a few days, the oldest first."""
    now = SystemClock().now()
    left = BrokerCount(at=now - timedelta(days=3), positions=1, orders=0)
    stopped = emergencies.receipt(
        "limit:2", action=Emergency.STOP_ALL_TRADING, by="day loss limit", how="limit", lines=(),
        began_at=now - timedelta(days=9), ended_at=now - timedelta(days=9) + timedelta(seconds=0.2),
        orders_before=0, orders_canceled=0, slippage=None, slippage_bp=None,
    )  # fmt: skip
    failed = emergencies.receipt(
        "desk-2:3", by="desk-2", how="button", verified=False, counts=(left,),
        began_at=now - timedelta(days=3, seconds=32), ended_at=now - timedelta(days=3),
        lines=(emergencies.line("AAPL", 20, "stuck", words="halted"), *emergencies.CLOSED[1:]),
        words="the broker refuses to sell AAPL: halted",
    )  # fmt: skip
    return [stopped, failed, emergencies.receipt()]


def publish_risk(backend: Backend) -> None:
    """Write everything the page shows."""
    backend.write(registry.RISK_STATE, state())
    backend.write(registry.PORTFOLIO_SETTINGS, wanted("GME", "TSLA"))
    backend.append(registry.EMERGENCY_RECEIPTS, receipts())
