"""The work behind ``qtrade status``."""

from pathlib import Path
from typing import Any

from qt_trade.cli import attach
from qt_trade.cli.console import out, print_json, print_table
from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.portfolio import PortfolioSummary
from qt_trade.contract.payloads.trading import SystemStatus, TradingStatus

SHOWN: tuple[Document[Any], ...] = (
    registry.MARKET_STATUS,
    registry.TRADING_STATUS,
    registry.PORTFOLIO_SUMMARY,
    registry.SYSTEM_STATUS,
)


def show(data_dir: Path | None, *, as_json: bool) -> None:
    """Print the documents as one table, or as one JSON object by key."""
    found = attach.run(lambda: _read(data_dir))
    if as_json:
        print_json({key: attach.to_plain(value) for key, value in found.items()})
        return
    rows = [
        *_market(found.get("market_status")),
        *_trading(found.get("trading_status")),
        *_account(found.get("backend:portfolio_summary")),
        *_system(found.get("system_status")),
    ]
    print_table("QtTrade", ("what", "state"), rows)
    missing = [document.name for document in SHOWN if document.name not in found]
    if missing:
        out.print(f"not published yet: {', '.join(missing)}", highlight=False)


async def _read(data_dir: Path | None) -> dict[str, Any]:
    found = {}
    async with attach.attached(data_dir) as bus:
        for document in SHOWN:
            versioned = await bus.read(document)
            if versioned is not None:
                found[document.name] = versioned.value
    return found


def _market(status: MarketStatus | None) -> list[tuple[str, str]]:
    if status is None:
        return []
    return [
        ("Feed", f"{status.feed} × {status.clock.speed:g}: {status.feed_source}"),
        ("Feed state", f"{status.feed_state}: {status.feed_words}"),
        ("Market", f"{status.words} ({status.current_time_et})"),
    ]


def _trading(status: TradingStatus | None) -> list[tuple[str, str]]:
    if status is None:
        return []
    failed = [f"✕ {check.name}: {check.words}" for check in status.checks if not check.ok]
    return [
        ("AutoTrading", f"{status.status} ({status.mode}, {status.feed})"),
        ("Can trade", "yes" if status.can_trade else "\n".join(failed) or "no"),
        ("Cycles", f"{status.cycles_run} this run, {status.trades_today} trades today"),
    ]


def _account(summary: PortfolioSummary | None) -> list[tuple[str, str]]:
    if summary is None:
        return []
    total = "— (a held symbol has no price)"
    if summary.total_value is not None:
        total = f"{summary.total_value:,.2f} USD"
    return [
        ("Account", f"{summary.account}: {total}"),
        ("Cash", f"{summary.cash_balance:,.2f} USD in cash, {summary.positions_count} positions"),
    ]


def _system(status: SystemStatus | None) -> list[tuple[str, str]]:
    if status is None:
        return []
    roles = [
        f"{'✓' if role.alive else '✕'} {name}: {role.words}" for name, role in status.roles.items()
    ]
    return [
        ("Roles", "\n".join(sorted(roles))),
        ("Rejected messages", str(status.rejected_messages)),
    ]
