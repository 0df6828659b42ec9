"""What AutoTrading does, in one word and the reason for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.trading import BackendStatus
from qt_trade.model.presets import StrategySettings
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading.account import Account
from qt_trade.trading.events import CycleReport, Stage

_BY_CHECK: Mapping[str, BackendStatus] = {
    "journal": BackendStatus.ERROR,
    "market_hours": BackendStatus.MARKET_CLOSED,
    "entries": BackendStatus.PAUSED,
    "policy": BackendStatus.PAUSED,
    "market_data": BackendStatus.STALE_DATA,
}
"""What a check that fails makes of AutoTrading; any other one is risk's."""

_ORDER = (BackendStatus.ERROR, BackendStatus.MARKET_CLOSED, BackendStatus.PAUSED)
"""Which goes first where several fail: what explains the others."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The word and its reason."""

    status: BackendStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a standing is judged by. ``config_error``: why the configuration is not traded with.

    ``trouble``: what else stands in AutoTrading's way, or None. ``checks``: the answers to "can a
    position be opened now".
    """

    account: Account
    config_error: str | None
    trouble: str | None
    checks: Sequence[RuleVerdict]
    next_run: datetime | None


def standing(seen: Basis) -> Standing:
    """Return what AutoTrading does now."""
    settings, checks = seen.account.strategy, seen.checks
    if seen.config_error is not None:
        return _standing(BackendStatus.CONFIG_ERROR, seen.config_error)
    if settings is None:
        return _standing(BackendStatus.STOPPED, seen.trouble or _stopped(seen.account))
    failed = {_status_of(check): check for check in reversed(checks) if not check.passed}
    for status in _ORDER:
        if status in failed:
            return _standing(status, failed[status].words)
    told = _of_settings(settings) or _of_last_cycle(seen.account.last_cycle, failed)
    if told is not None:
        return told
    at = "" if seen.next_run is None else f": the next cycle is at {seen.next_run:%H:%M} UTC"
    return _standing(BackendStatus.RUNNING, f"{settings.own or settings.strategy}{at}")


def _standing(status: BackendStatus, words: str) -> Standing:
    return Standing(status, words[:WORDS_LENGTH_MAX])


def _status_of(check: RuleVerdict) -> BackendStatus:
    return _BY_CHECK.get(check.rule, BackendStatus.RISK_BLOCKED)


def _stopped(account: Account) -> str:
    if account.stop is not None:
        return f"all trading is stopped: {account.stop.reason}"
    return "AutoTrading is off"


def _of_settings(settings: StrategySettings) -> Standing | None:
    if settings.own or settings.signals.names:
        return None
    words = "no source of signals is in use: nothing can be opened"
    return _standing(BackendStatus.CONFIG_ERROR, words)


def _of_last_cycle(
    last: CycleReport | None, failed: Mapping[BackendStatus, RuleVerdict]
) -> Standing | None:
    if last is not None and last.words:
        return _standing(BackendStatus.ERROR, last.words)
    for status in (BackendStatus.STALE_DATA, BackendStatus.RISK_BLOCKED):
        if status in failed:
            return _standing(status, failed[status].words)
    if last is not None and last.signals and not last.passed_risk:
        first = next(row for row in last.rows if row.ended_at is Stage.RISK)
        words = f"every order of the last cycle was refused; {first.symbol}: {first.risk}"
        return _standing(BackendStatus.RISK_BLOCKED, words)
    return None
