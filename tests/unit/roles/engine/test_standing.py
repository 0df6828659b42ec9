"""AutoTrading's word and its reason, one test for each word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.roles.parts import ACCOUNT
from tests.unit.trading.make import (
    BALANCED,
    CLOSED,
    FEED,
    FREE,
    IBM,
    NOW,
    OPEN,
    WALL,
    WIDE,
    core_of,
    later,
    prediction,
    quote,
)
from tests.unit.trading.test_engine_core import by, cycle

from qt_trade.contract.payloads.trading import BackendStatus
from qt_trade.kit.clock import ManualClock
from qt_trade.model.control import ControllerLoss
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import usd
from qt_trade.model.presets import SignalUse, StrategySettings, TradingHours, TradingPolicy
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.standing import Standing
from qt_trade.roles.engine.status import Board
from qt_trade.settings import Rhythms
from qt_trade.trading.commands import (
    Command,
    MindControl,
    Now,
    StartAutoTrading,
    StopAll,
    TakeControl,
)
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.strategies.own import OwnAnswer


class Scene:
    """A core that trades, and the board that shows it."""

    def __init__(self, settings: StrategySettings | None = BALANCED, **core: Any) -> None:
        self.core: EngineCore = core_of(costs=FREE, **core)
        stamp = Stamp(FeedKind.REPLAY, "run-1", ACCOUNT, ManualClock(WALL), ManualClock(FEED))
        self.board = Board(stamp, Rhythms(), WALL)
        self.board.evidence.database_latency_ms = 1.0
        self.core.on_predictions({IBM: prediction()})
        self.core.on_sessions({"desk-1": "Anna"})
        if settings is not None:
            self.ask(by(StartAutoTrading, "a-1", settings=settings))

    def ask(self, command: Command, now: Now = NOW) -> None:
        self.core.journaled(self.core.handle(command, now))

    def standing(self, now: Now = NOW) -> Standing:
        account = self.core.account
        return self.board.standing(account, self.core.checks(now), FEED + timedelta(minutes=10))


def test_running_says_what_trades_and_when_next() -> None:
    """All is well."""
    assert Scene().standing() == Standing(
        BackendStatus.RUNNING, "BALANCED: the next cycle is at 14:10 UTC"
    )


def test_stopped_says_by_what() -> None:
    """Never started, or everything was stopped."""
    scene = Scene(None)
    assert scene.standing() == Standing(BackendStatus.STOPPED, "AutoTrading is off")
    scene = Scene()
    scene.ask(by(StopAll, "s-1", reason="fire"))
    assert scene.standing() == Standing(BackendStatus.STOPPED, "all trading is stopped: fire")


def test_market_closed_says_when_it_opens() -> None:
    """In the calendar's words; it explains that no quote is fresh, too."""
    scene = Scene()
    scene.core.on_market(CLOSED)
    assert scene.standing(later(3_600)) == Standing(BackendStatus.MARKET_CLOSED, CLOSED.words)


def test_stale_data_counts_what_is_fresh() -> None:
    """A minute and a half after the last quote."""
    assert Scene().standing(later(91)) == Standing(BackendStatus.STALE_DATA, "0 of 1 quotes fresh")


def test_paused_by_the_policy_and_by_the_hours() -> None:
    """A person set it so."""
    only = Scene(replace(BALANCED, policy=TradingPolicy.EXITS_ONLY)).standing()
    assert only.status is BackendStatus.PAUSED
    assert "EXITS_ONLY" in only.reason
    scene = Scene(replace(BALANCED, hours=TradingHours(10, 0)))
    scene.core.on_market(replace(OPEN, opens_at=FEED))
    assert scene.standing() == Standing(
        BackendStatus.PAUSED, "the first 10 min of the session are left out"
    )


def test_paused_while_the_controlling_desk_is_gone() -> None:
    """Its death pauses entries until it returns."""
    scene = Scene(None)
    scene.ask(TakeControl(command_id="t-1", by="desk-1", token=1))
    scene.ask(StartAutoTrading(command_id="a-1", by="desk-1", settings=BALANCED, token=1))
    scene.core.on_sessions({})
    scene.ask(
        MindControl(command_id="m-1", by="engine", policy=ControllerLoss.PAUSE_ENTRIES, token=2)
    )
    told = scene.standing()
    assert told.status is BackendStatus.PAUSED
    assert told.reason.startswith("entries are paused: the session of Anna")


def test_risk_blocked_without_limits() -> None:
    """Missing limits open nothing."""
    assert Scene(limits=None).standing() == Standing(
        BackendStatus.RISK_BLOCKED, "no risk limits yet"
    )


def test_risk_blocked_when_every_order_of_the_last_cycle_was_refused() -> None:
    """With the first one's reason, until a cycle passes."""
    scene = Scene(limits=replace(WIDE, daily_notional_cap=usd(1)))
    scene.ask(cycle())
    told = scene.standing()
    assert told.status is BackendStatus.RISK_BLOCKED
    assert told.reason.startswith(
        "every order of the last cycle was refused; IBM: daily_notional: "
    )


def test_config_error_says_what_is_wrong_with_it() -> None:
    """Before all else: what was asked for is not what runs."""
    scene = Scene()
    scene.board.config_error = "the configuration is damaged: $.confidence_min"
    scene.core.on_market(CLOSED)
    assert scene.standing() == Standing(
        BackendStatus.CONFIG_ERROR, "the configuration is damaged: $.confidence_min"
    )


def test_config_error_where_no_source_is_in_use() -> None:
    """It could never open anything."""
    told = Scene(replace(BALANCED, signals=SignalUse(ml=False))).standing()
    assert told.status is BackendStatus.CONFIG_ERROR
    assert told.reason == "no source of signals is in use: nothing can be opened"


def test_error_while_the_journal_cannot_be_kept() -> None:
    """Nothing may be sent."""
    scene = Scene()
    scene.board.evidence.database_latency_ms = None
    scene.board.evidence.database_error = "connection refused"
    assert scene.standing() == Standing(
        BackendStatus.ERROR, "nothing can be kept: connection refused"
    )


def test_error_until_a_strategy_of_ones_own_succeeds_again() -> None:
    """The person's line stands on the screen."""
    scene = Scene(replace(BALANCED, own="mine"))
    answers = [OwnAnswer((), 1.0, "KeyError: 'x' (line 7 of mine.py)"), OwnAnswer((), 1.0)]
    scene.core.outlook.strategies = {"mine": lambda _snapshot: answers.pop(0)}
    scene.ask(cycle())
    told = scene.standing()
    assert told.status is BackendStatus.ERROR
    assert told.reason.endswith("nothing is sent: KeyError: 'x' (line 7 of mine.py)")
    now = later(600)
    scene.core.on_quote(quote(at=now.feed))
    scene.ask(cycle(now.feed), now)
    assert scene.standing(now).status is BackendStatus.RUNNING


@pytest.mark.parametrize("status", BackendStatus)
def test_every_word_has_its_test(status: BackendStatus) -> None:
    """A new word is not added without one."""
    names = " ".join(name for name in globals() if name.startswith("test_"))
    assert status.value.lower() in names
