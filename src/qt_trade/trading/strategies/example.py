"""A made-up snapshot for trying a strategy: invented numbers, never shown as a market's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.portfolio import Position
from qt_trade.model.predictions import HORIZONS_MIN, HorizonPrediction, Prediction, Skill
from qt_trade.model.presets import PRESETS, StrategySettings
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import Shares
from qt_trade.model.signals import Candidate, Candidates, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account
from qt_trade.trading.book import Market
from qt_trade.trading.events import AccountOpened
from qt_trade.trading.ledger import apply
from qt_trade.trading.strategies.snapshot import Snapshot
from qt_trade.trading.technical import Reading

_AT = datetime(2024, 1, 3, 15, 30, tzinfo=UTC)
_CHANGES = {Symbol("AAA"): 0.012, Symbol("BBB"): -0.009, Symbol("CCC"): 0.0}
_HELD = Symbol("AAA")


def example_snapshot(settings: StrategySettings = PRESETS[Strategy.BALANCED]) -> Snapshot:
    """Return three stocks at about 100 USD: one held that rises, one that falls, one that rests."""
    return Snapshot(
        slot=_AT,
        feed_now=_AT,
        candidates=tuple(_CHANGES),
        quotes={symbol: _quote(symbol, change) for symbol, change in _CHANGES.items()},
        predictions={symbol: _prediction(symbol, change) for symbol, change in _CHANGES.items()},
        account=_account(),
        settings=settings,
        market=Market(
            open=True,
            words="a made-up session",
            stale_after_s=90.0,
            opens_at=_AT - timedelta(hours=1),
            closes_at=_AT + timedelta(hours=5, minutes=30),
        ),
        technicals={symbol: _reading(change) for symbol, change in _CHANGES.items()},
        opinions=Candidates(
            (Candidate(Symbol("AAA"), Vote.BUY, 0.8, 0.7, "made up", _AT + timedelta(hours=1)),), ""
        ),
    )


def empty_snapshot(settings: StrategySettings = PRESETS[Strategy.BALANCED]) -> Snapshot:
    """Return what a strategy sees before anything is known."""
    return replace(
        example_snapshot(settings),
        candidates=(),
        quotes={},
        predictions={},
        technicals={},
        opinions=Candidates(),
        account=replace(_account(), positions={}),
    )


def _account() -> Account:
    opened = AccountOpened(at=_AT, feed_at=_AT, account_id="example", cash=usd(100_000))
    held = Position(
        symbol=_HELD, quantity=Shares(50), cost=usd(5_000), realized=usd(0), opened_at=_AT
    )
    return replace(apply(None, opened), positions={_HELD: held}, cash=usd(95_000))


def _quote(symbol: Symbol, change: float) -> Quote:
    price = 100.0 * (1 + change)
    return Quote(
        symbol=symbol,
        at=_AT,
        price=price,
        bid=price - 0.01,
        ask=price + 0.01,
        bid_size=300,
        ask_size=300,
        volume=1_000_000,
        open=100.0,
        high=max(price, 100.0),
        low=min(price, 100.0),
        previous_close=100.0,
    )


def _prediction(symbol: Symbol, change: float) -> Prediction:
    price = 100.0 * (1 + change)
    return Prediction(
        symbol=symbol,
        at=_AT,
        price=price,
        horizons=tuple(
            HorizonPrediction(
                horizon_min=minutes,
                price=price * (1 + change / 4),
                expected_return=change / 4,
                confidence=0.62,
                low=price * 0.98,
                high=price * 1.02,
                model="made-up",
                skill=Skill.PROVEN,
            )
            for minutes in HORIZONS_MIN
        ),
    )


def _reading(change: float) -> Reading:
    return Reading(
        at=_AT,
        bars=120,
        close=100.0 * (1 + change),
        ema_fast=100.0 + 60 * change,
        ema_slow=100.0 + 40 * change,
        macd_histogram=5 * change,
        rsi=50.0 + 2_500 * change,
        momentum=change / 2,
        atr=0.12,
        volatility_day=0.015,
    )
