"""Decisions come with a reason wherever they end, and the same sight gives the same decision."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.trading import make
from tests.unit.trading.make import BAC, BALANCED, FEED, IBM, SPY, account, prediction, quote
from tests.unit.trading.test_risk import approval, holding

from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.orders import Side
from qt_trade.model.presets import PRESETS
from qt_trade.trading.events import Stage
from qt_trade.trading.ledger import apply
from qt_trade.trading.sizing import Basis, size_opening
from qt_trade.trading.strategies import preset
from qt_trade.trading.strategies.snapshot import Snapshot


def decide(snapshot, settings=BALANCED):
    return preset.decide(replace(snapshot, settings=settings))


def sight(held=None, quotes=None, predictions=(), *, candidates=(IBM,), minutes=0):
    quotes = (quote(),) if quotes is None else quotes
    return Snapshot(
        slot=FEED,
        feed_now=FEED + timedelta(minutes=minutes),
        candidates=candidates,
        quotes={one.symbol: one for one in quotes},
        predictions={one.symbol: one for one in predictions},
        account=held or account(),
        settings=BALANCED,
        market=make.OPEN,
    )


def only(snapshot, settings=BALANCED):
    (decision,) = decide(snapshot, settings)
    return decision


def test_a_strong_signal_opens_whole_shares_of_the_order_size():
    decision = only(sight(quotes=(quote(ask=100.1),), predictions=(prediction(),)))
    assert decision.intent is not None
    assert (decision.intent.side, decision.intent.quantity) == (Side.BUY, 49)
    assert "expects +0.200% in 60 min with 60.0% confidence" in decision.intent.reason
    assert "gbm-60-v1 over 60 min" in decision.candidate


@pytest.mark.parametrize(
    ("expected", "confidence", "opens"),
    [(0.0005, 0.55, True), (0.00049, 0.55, False), (0.0005, 0.549, False), (-0.01, 0.9, False)],
)
def test_the_thresholds_are_inclusive(expected, confidence, opens):
    decision = only(sight(predictions=(prediction(IBM, expected, confidence),)))
    assert (decision.intent is not None) is opens
    assert decision.ended_at is Stage.SIGNAL
    assert opens or "opens from" in decision.signal


def test_without_a_quote_or_a_prediction_a_candidate_ends():
    first, second = decide(sight(quotes=(quote(BAC),), candidates=(IBM, BAC)), BALANCED)
    assert (first.symbol, first.candidate) == (BAC, "no prediction yet")
    assert (second.symbol, second.candidate) == (IBM, "no quote yet")
    assert {first.ended_at, second.ended_at} == {Stage.CANDIDATE}


def test_an_old_prediction_is_no_signal():
    """The older system traded on predictions three days old."""
    decision = only(sight(predictions=(prediction(),), minutes=31))
    assert decision.candidate == "the prediction is 31 min old, 30 min are allowed"
    assert only(sight(predictions=(prediction(),), minutes=30)).intent is not None


def test_a_horizon_nobody_predicted_is_no_signal():
    settings = replace(BALANCED, horizon_min=45)
    assert (
        "no prediction 45 min ahead" in only(sight(predictions=(prediction(),)), settings).candidate
    )


def test_a_share_dearer_than_the_order_size_is_not_bought():
    decision = only(sight(quotes=(quote(price=5_001.0),), predictions=(prediction(),)))
    assert decision.intent is None
    assert "price above the order size: a share costs 5,001.00" in decision.signal


def test_an_order_is_capped_in_shares():
    size = size_opening(usd(1), replace(BALANCED, order_shares_max=7), Basis(None, None))
    assert (size.shares, size.words) == (7, "7 shares at 1.00 for order size 5,000.00, capped at 7")


def test_an_opening_on_its_way_is_not_repeated():
    waiting = apply(account(), approval(make.order()))
    decision = only(sight(waiting, predictions=(prediction(),)))
    assert decision.intent is None
    assert "an opening order is on its way" in decision.signal


def test_a_position_is_kept_without_a_reason_to_sell():
    decision = only(sight(holding(10), predictions=(prediction(),)))
    assert decision.signal.startswith("10 held at +0.00%; expects")
    assert decision.signal.endswith("no reason to sell")
    assert only(sight(holding(10))).signal == "10 held at +0.00%; no reason to sell"
    assert "no model over 60 min" not in only(sight(holding(10))).candidate


@pytest.mark.parametrize(
    ("price", "why"),
    [(98.5, "stop loss: -1.50%"), (103.0, "take profit: +3.00%"), (98.51, None), (102.99, None)],
)
def test_a_position_is_sold_at_its_stops(price, why):
    decision = only(sight(holding(10), quotes=(quote(price=price, bid=price),)))
    if why is None:
        assert decision.intent is None
    else:
        assert decision.intent is not None
        assert (decision.intent.side, decision.intent.quantity) == (Side.SELL, 10)
        assert why in decision.intent.reason


@pytest.mark.parametrize(
    ("expected", "confidence", "flip", "sells"),
    [
        (-0.0005, 0.55, True, True),
        (-0.0005, 0.55, False, False),
        (-0.0004, 0.55, True, False),
        (-0.0005, 0.54, True, False),
    ],
)
def test_a_position_is_sold_when_the_prediction_turns(expected, confidence, flip, sells):
    settings = replace(BALANCED, exit_on_flip=flip)
    decision = only(
        sight(holding(10), predictions=(prediction(IBM, expected, confidence),)), settings
    )
    assert (decision.intent is not None) is sells


def test_only_what_is_not_on_sale_already_is_sold():
    falling = (prediction(expected=-0.01),)
    decision = only(sight(holding(10, waiting=4), predictions=falling))
    assert decision.intent is not None
    assert decision.intent.quantity == 6
    decision = only(sight(holding(10, waiting=10), predictions=falling))
    assert decision.intent is None
    assert "nothing left to sell beyond open orders" in decision.signal


def test_a_holding_is_watched_though_it_left_the_list():
    symbols = [d.symbol for d in decide(sight(holding(10), candidates=(SPY,)), BALANCED)]
    assert set(symbols) == {IBM, SPY}


def test_exits_come_first_and_the_strongest_openings_are_kept():
    quotes = (quote(IBM), quote(BAC), quote(SPY))
    predictions = (
        prediction(IBM, -0.01, 0.9),
        prediction(BAC, 0.001, 0.6),
        prediction(SPY, 0.002, 0.6),
    )
    snapshot = sight(holding(10), quotes, predictions, candidates=(BAC, SPY, IBM))
    settings = replace(BALANCED, orders_max=1)
    decisions = decide(snapshot, settings)
    assert [(d.symbol, d.intent is not None) for d in decisions] == [
        (IBM, True),
        (SPY, True),
        (BAC, False),
    ]
    assert decisions[2].signal.endswith("1 stronger signals take this cycle's openings")
    assert decide(snapshot, settings) == decisions


def test_the_presets_grow_bolder():
    order = [PRESETS[s] for s in (Strategy.CONSERVATIVE, Strategy.BALANCED, Strategy.AGGRESSIVE)]
    assert set(PRESETS) == set(Strategy)
    assert [p.strategy for p in order] == list(Strategy)
    for timid, bold in itertools.pairwise(order):
        assert timid.confidence_min > bold.confidence_min
        assert timid.buy_threshold > bold.buy_threshold
        assert timid.order_notional < bold.order_notional
        assert timid.stop_loss < bold.stop_loss
