"""Every kind of event survives the journal exactly; what is damaged or unknown is refused."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from tests.unit.trading.make import BALANCED, FEED, IBM, WALL, account, fill, order
from tests.unit.trading.test_engine_core import auto_shell, buy, by, cycle

from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.control import ControllerLoss
from qt_trade.model.emergencies import Emergency
from qt_trade.model.limits import Strategy
from qt_trade.model.money import ZERO, usd
from qt_trade.model.orders import OrderOrigin
from qt_trade.model.shares import shares
from qt_trade.model.signals import Source, SourceSignal, Vote
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.model.wishes import Wishes
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.commands import CancelAll, CloseAll, Resume, StopAll
from qt_trade.trading.emergency_events import PositionBefore
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import EVENT_TYPES, UnknownEventError, from_record, to_record


def test_a_whole_life_survives_the_journal():
    """What the records say is exactly what the core believes."""
    shell = auto_shell()
    shell.ask(cycle())
    shell.ask(buy(3, limit=usd(90)))
    shell.ask(by(StopAll, "s", reason="fire"))
    shell.ask(by(CancelAll, "x", reason="fire"))
    shell.ask(by(CloseAll, "y", reason="fire"))
    shell.ask(by(Resume, "r", reason="out"))
    assert fold(account(), [from_record(record) for record in shell.journal]) == shell.core.account


WHEN = {"at": WALL + timedelta(microseconds=1), "feed_at": FEED}
SAID = SourceSignal(Source.TECHNICAL, Vote.SELL, 0.75, "RSI 71: −0.75", "opens from +0.50")
ROW = e.CycleRow(IBM, e.Stage.RISK, "a", "b", "c − d", "", "o", 0.1 + 0.2, None, (SAID,))
VERDICT = RuleVerdict("stopped", passed=False, words="«stop»")
SAMPLES = (
    e.ValueMarked(
        **WHEN,
        value=usd(104_000),
        deposited=usd(100_000),
        day_start=usd(103_000),
        rebased=True,
    ),
    e.BreakerTurned(**WHEN, name="day_loss", open=True, words="2% lost; opens at 1.5% lost"),
    e.AccountOpened(**WHEN, account_id="paper:x", cash=usd("100000.000001")),
    e.CommandAnswered(
        **WHEN,
        command_id="c",
        name="StopAll",
        by="me",
        asked='{"x":1}',
        accepted=True,
        reason="",
        order_id=None,
        verdicts=(VERDICT,),
    ),
    e.DecisionMade(
        **WHEN,
        order_id="o",
        symbol=IBM,
        reason="x",
        price=0.1 + 0.2,
        bid=None,
        ask=1e-9,
        quote_at=FEED,
        model=None,
        predicted_at=None,
        horizon_min=None,
        expected_return=-1.5,
        confidence=0.5,
    ),
    e.RiskJudged(**WHEN, order=order(limit=usd("0.0001")), verdicts=(VERDICT, VERDICT)),
    e.OrderApproved(
        **WHEN,
        order=order(),
        command_id="c",
        reserved=usd(10**12),
        worst_price=None,
        opens=True,
        cycle=FEED,
    ),
    e.OrderRefused(**WHEN, order=order(), command_id="c", because="x"),
    e.OrderSent(**WHEN, order_id="o"),
    e.OrderAcknowledged(**WHEN, order_id="o", broker_order_id="b"),
    e.OrderFilled(**WHEN, fill=fill(price="0.000001"), realized=usd("-3.000001")),
    e.CancelAsked(**WHEN, order_id="o", by="me", reason="x"),
    e.OrderCanceled(**WHEN, order_id="o", words="x"),
    e.OrderExpired(**WHEN, order_id="o", words="x"),
    e.OrderRejected(**WHEN, order_id="o", words="x"),
    e.OrderUnknown(**WHEN, order_id="o", words="x"),
    e.OrderActivated(**WHEN, order_id="o", words="x"),
    e.StopMoved(**WHEN, order_id="o", stop_price=usd(1)),
    e.OrderTriggered(**WHEN, order_id="o", words="x"),
    e.ReplaceAsked(**WHEN, order_id="o", by="n"),
    e.OrderReplaced(**WHEN, order_id="o", words="x"),
    e.TradingStopped(**WHEN, reason="x", by="me"),
    e.TradingResumed(**WHEN, reason="x", by="me"),
    e.AutoTradingStarted(**WHEN, settings=BALANCED, by="me"),
    e.AutoTradingStopped(**WHEN, reason="x", by="me"),
    e.WishesNamed(
        **WHEN,
        document="frontend:bot_strategy",
        wishes=Wishes(strategy=Strategy.AGGRESSIVE, excluded=(IBM,), capital=usd("0.000001")),
        by="me",
    ),
    e.EmergencyBegan(
        **WHEN,
        command_id="c",
        action=Emergency.CLOSE_ALL_POSITIONS,
        by="me",
        how="F12",
        reason="x",
        positions=(PositionBefore(IBM, shares(10), usd(1_000)),),
        orders=("o",),
    ),
    e.EmergencyCounted(**WHEN, command_id="c", positions=0, orders=1),
    e.EmergencyEnded(**WHEN, command_id="c", verified=True, words="x"),
    e.CloseAsked(**WHEN, symbol=IBM, command_id="c", by="me", reason="x"),
    e.ControlTaken(**WHEN, session_id="s", name="n", token=2**60, words="x"),
    e.ControlReleased(**WHEN, session_id="s", words="x"),
    e.TakeoverAsked(**WHEN, session_id="s", name="n", ends_at=WALL),
    e.TakeoverEnded(**WHEN, session_id="s", words="x"),
    e.ControllerLost(**WHEN, session_id="s", policy=ControllerLoss.STOP, paused=False),
    e.ControllerReturned(**WHEN, session_id="s"),
    e.SessionRevoked(**WHEN, session_id="s", by="me", reason="x"),
    e.CycleFinished(
        **WHEN, report=e.CycleReport(1, FEED, WALL, 1, 1, 0, 0, (ROW,), "mine", 1.5, "x")
    ),
    b.BooksBegun(
        **WHEN,
        cash=usd("0.01"),
        positions=(BrokerPosition(IBM, shares("0.5"), usd(7)),),
        activities=("a-1",),
    ),
    b.DayValued(
        **WHEN,
        day=FEED.date(),
        value=usd(1),
        deposited=usd(2),
        benchmark=None,
        benchmark_symbol=IBM,
    ),
    b.ExternalFill(
        **WHEN,
        activity_id="a",
        order=order(origin=OrderOrigin.EXTERNAL),
        fill=fill(),
        realized=None,
    ),
    b.CashAdjusted(
        **WHEN,
        activity_id="a",
        kind=b.Adjustment.DIVIDEND,
        amount=usd("-0.000001"),
        symbol=IBM,
        words="x",
    ),
    b.SharesAdjusted(
        **WHEN, activity_id="a", symbol=IBM, quantity=shares("-0.000000001"), words="x"
    ),
    b.DiscrepancyFound(
        **WHEN,
        key="position:IBM",
        symbol=IBM,
        cash=ZERO,
        quantity=shares("-2"),
        cost=usd(-7),
        ours="a",
        brokers="b",
        words="c",
    ),
    b.DiscrepancyEnded(**WHEN, key="cash", words="x"),
    b.DifferenceAccepted(
        **WHEN,
        key="cash",
        by="me",
        reason="x",
        symbol=None,
        cash=usd(1),
        quantity=shares(0),
        cost=ZERO,
    ),
)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_every_kind_survives_exactly(event):
    assert from_record(to_record(event)) == event


def test_every_kind_has_a_sample():
    assert {type(event).__name__ for event in SAMPLES} == set(EVENT_TYPES)


def test_a_record_names_its_order_and_command():
    stopped = e.TradingStopped(at=WALL, feed_at=FEED, reason="x", by="me")
    record = to_record(stopped)
    assert (record.kind, record.at, record.feed_at) == ("TradingStopped", WALL, FEED)
    assert (record.order_id, record.command_id) == (None, None)
    shell = auto_shell()
    order_id = shell.ask(buy()).order_id
    by_kind = {record.kind: record for record in shell.journal}
    assert by_kind["OrderApproved"].order_id == order_id
    assert by_kind["OrderApproved"].command_id == "c-1"
    assert by_kind["OrderFilled"].order_id == order_id
    assert by_kind["OrderSent"].order_id == order_id
    assert by_kind["CommandAnswered"].command_id == "c-1"


def test_damage_is_refused():
    record = to_record(e.OrderSent(at=WALL, feed_at=FEED, order_id="o"))
    with pytest.raises(UnknownEventError, match="'Later'"):
        from_record(replace(record, kind="Later"))
    with pytest.raises(msgspec.ValidationError, match="order_id"):
        from_record(
            replace(record, body=b'{"at":"2026-11-23T20:00:00Z","feed_at":"2026-11-23T20:00:00Z"}')
        )
    with pytest.raises(msgspec.DecodeError):
        from_record(replace(record, body=record.body[:-5]))


def test_what_an_older_version_wrote_is_read_as_it_was_meant():
    """AutoTrading, decisions and cycles of before there were several sources of signals."""
    old = to_record(e.AutoTradingStarted(**WHEN, settings=BALANCED, by="me"))
    body = msgspec.json.decode(old.body)
    younger = set(body["settings"]) - {
        "strategy", "horizon_min", "confidence_min", "buy_threshold", "sell_threshold",
        "order_notional", "order_shares_max", "orders_max", "stop_loss", "take_profit",
        "exit_on_flip", "prediction_age_max_min",
    }  # fmt: skip
    for name in younger:
        del body["settings"][name]
    assert from_record(replace(old, body=msgspec.json.encode(body))) == e.AutoTradingStarted(
        **WHEN, settings=BALANCED, by="me"
    )
