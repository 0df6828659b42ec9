"""What the engine says of itself: settings in force, trading status, health of the roles."""

import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads import trading as wire
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.model.limits import Strategy
from qt_trade.model.money import to_decimal
from qt_trade.model.presets import PRESETS
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.model.wishes import in_force
from qt_trade.roles.engine.documents import SOURCE, Stamp, mode
from qt_trade.roles.engine.standing import Basis, Standing, standing
from qt_trade.roles.rhythm import last_boundary
from qt_trade.settings import Rhythms
from qt_trade.trading.account import Account
from qt_trade.trading.events import CycleReport

CYCLES_SHOWN = 60
_AUTOTRADINGS = ("entries", "policy")
"""Checks that keep AutoTrading from opening, and no person."""


@dataclass(slots=True)
class Evidence:
    """What the engine has seen of others."""

    prediction: datetime | None = None
    database_latency_ms: float | None = None
    database_error: str = ""


class Board:
    """Remembers what the documents need beyond the account."""

    def __init__(self, stamp: Stamp, rhythms: Rhythms, run_started: datetime | None) -> None:
        self._stamp = stamp
        self._cycle_every = rhythms.trading_cycle
        self._started = stamp.wall.now()
        self._run_started = run_started or self._started
        self._cycles: deque[CycleReport] = deque(maxlen=CYCLES_SHOWN)
        self._cycles_run = 0
        self._troubles: dict[str, str] = {}
        self.evidence = Evidence()
        self.config_error: str | None = None
        """Why the configuration asked for is not traded with."""

    def remember_cycle(self, report: CycleReport) -> None:
        """Take a finished cycle into the list of the last ones."""
        self._cycles.append(report)
        self._cycles_run += report.at >= self._run_started

    def trouble(self, where: str, words: str | None) -> bool:
        """Note what is wrong somewhere, or with None that nothing is any more.

        Returns whether that is news.
        """
        if self._troubles.get(where) == words:
            return False
        if words is None:
            del self._troubles[where]
        else:
            self._troubles[where] = words
        return True

    @property
    def troubles(self) -> Mapping[str, str]:
        """What is wrong now, by where."""
        return dict(self._troubles)

    @property
    def last_error(self) -> str | None:
        """What is wrong now, the configuration first; None when nothing is."""
        return self.config_error or next(iter(self._troubles.values()), None)

    def settings(self, account: Account) -> wire.TradingSettings:
        """Return ``trading_settings``: those in force, or the preset that would be."""
        auto = account.auto
        configured = PRESETS[Strategy.BALANCED] if auto is None else auto.settings
        chosen = in_force(configured, account.wished)
        aims, hours = chosen.aims, chosen.hours
        return wire.TradingSettings(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            enabled=auto is not None,
            strategy=chosen.strategy,
            confidence_min=chosen.confidence_min,
            buy_threshold_pct=chosen.buy_threshold,
            sell_threshold_pct=chosen.sell_threshold,
            order_notional=to_decimal(chosen.order_notional),
            max_position_per_trade=chosen.order_shares_max,
            stop_loss_pct=chosen.stop_loss,
            take_profit_pct=chosen.take_profit,
            last_updated=self._started if auto is None else auto.since,
            updated_by="preset" if auto is None else auto.by,
            orders_per_cycle=chosen.orders_max,
            sources=chosen.signals.names,
            candidate_score_min=chosen.signals.candidate_score_min,
            sizing=chosen.sizing,
            sizing_scale=chosen.sizing_scale,
            positions_wanted=aims.positions,
            weight_max=aims.weight_max,
            capital=None if aims.capital is None else to_decimal(aims.capital),
            rebalance_beyond=aims.rebalance_beyond,
            preferred_sectors=aims.preferred_sectors,
            excluded_symbols=aims.excluded,
            skip_first_min=hours.skip_first_min,
            skip_last_min=hours.skip_last_min,
            policy=chosen.policy,
            fractional=chosen.fractional,
            exits_at_broker=chosen.exits_at_broker,
            own_strategy=chosen.own,
        )

    def standing(
        self, account: Account, checks: tuple[RuleVerdict, ...], next_run: datetime | None
    ) -> Standing:
        """Return what AutoTrading does now, in one word and the reason for it."""
        trouble = self._troubles.get("autotrading")
        return standing(Basis(account, self.config_error, trouble, self._gates(checks), next_run))

    def _gates(self, checks: tuple[RuleVerdict, ...]) -> tuple[RuleVerdict, ...]:
        # AutoTrading being off does not keep a person from trading.
        others = (check for check in checks if check.rule != "autotrading")
        return (*others, self._journal_check())

    def status(
        self,
        account: Account,
        checks: tuple[RuleVerdict, ...],
        halted: str | None,
    ) -> wire.TradingStatus:
        """Return ``trading_status``. ``halted``: why nothing opens, journalled or not yet."""
        auto, stop, last = account.auto, account.stop, account.last_cycle
        last_run, next_run = self.runs(account)
        gates = self._gates(checks)
        stands = self.standing(account, checks, next_run)
        return wire.TradingStatus(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            account=self._stamp.account,
            run_id=self._stamp.run_id,
            feed_ts=self._stamp.feed_clock.now(),
            mode=mode(self._stamp),
            status=stands.status,
            reason=stands.reason,
            active=auto is not None,
            emergency_stop=halted is not None,
            emergency_words=(halted or "") if stop is None else f"{stop.reason} ({stop.by})",
            can_trade=all(gate.passed for gate in gates if gate.rule not in _AUTOTRADINGS),
            checks=tuple(
                wire.Check(name=gate.rule, ok=gate.passed, words=gate.words) for gate in gates
            ),
            controller="" if auto is None else auto.by,
            since=None if auto is None else auto.since,
            last_run=last_run,
            next_run=next_run,
            cycle_interval_s=self._cycle_every.total_seconds(),
            last_error=self.last_error,
            trades_today=account.today.trades,
            total_volume=to_decimal(account.today.volume),
            cycles_run=self._cycles_run,
            last_cycle=None if last is None else _report(last),
            cycles=tuple(_summary(report) for report in self._cycles),
            worker_pid=os.getpid(),
        )

    def runs(self, account: Account) -> tuple[datetime | None, datetime | None]:
        """Return the slots of the last cycle and of the next one; None where there is none."""
        last = None if account.last_cycle is None else account.last_cycle.slot
        feed_now = self._stamp.feed_clock.now()
        return last, None if account.auto is None else self._next_slot(feed_now)

    def _next_slot(self, feed_now: datetime) -> datetime:
        return last_boundary(feed_now, self._cycle_every) + self._cycle_every

    def _journal_check(self) -> RuleVerdict:
        seen = self.evidence
        if seen.database_latency_ms is not None:
            return RuleVerdict("journal", passed=True, words="every step is kept")
        words = f"nothing can be kept: {seen.database_error}" if seen.database_error else "not seen"
        return RuleVerdict("journal", passed=False, words=words)


def _report(report: CycleReport) -> wire.CycleReport:
    return wire.CycleReport(
        number=report.number,
        slot=report.slot,
        at=report.at,
        candidates=report.candidates,
        signals=report.signals,
        passed_risk=report.passed_risk,
        orders=report.orders,
        rows=tuple(
            wire.CycleRow(
                symbol=row.symbol,
                ended_at=wire.Stage(row.ended_at.value),
                candidate=row.candidate,
                signal=row.signal,
                risk=row.risk,
                order=row.order,
                order_id=row.order_id,
                expected_return=row.expected_return,
                confidence=row.confidence,
                sources=tuple(
                    wire.SourceSignal(
                        source=said.source,
                        vote=said.vote,
                        strength=said.strength,
                        words=said.words[:WORDS_LENGTH_MAX],
                    )
                    for said in row.sources
                ),
            )
            for row in report.rows
        ),
        strategy=report.strategy,
        took_ms=report.took_ms,
        words=report.words[:WORDS_LENGTH_MAX],
    )


def _summary(report: CycleReport) -> wire.CycleSummary:
    return wire.CycleSummary(
        number=report.number,
        slot=report.slot,
        candidates=report.candidates,
        signals=report.signals,
        passed_risk=report.passed_risk,
        orders=report.orders,
    )
