"""Several sources made one word, portfolios brought to their aims, and a reason for every end."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading import make
from tests.unit.trading.make import BAC, BALANCED, FEED, IBM, SPY, account, prediction, quote
from tests.unit.trading.test_risk import approval, holding

from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.orders import Side
from qt_trade.model.presets import (
    PRESETS,
    Agreement,
    PortfolioAims,
    PositionSizing,
    SignalUse,
    StrategySettings,
    TradingHours,
    TradingPolicy,
)
from qt_trade.model.shares import Shares
from qt_trade.model.signals import Candidate, Candidates, Source, SourceSignal, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading.events import Stage
from qt_trade.trading.ledger import apply
from qt_trade.trading.strategies.blend import blend
from qt_trade.trading.strategies.preset import decide
from qt_trade.trading.strategies.snapshot import Snapshot
from qt_trade.trading.technical import Reading

ALL_SOURCES = SignalUse(ml=True, candidates=True, technical=True)
UP = Reading(FEED, 60, 100.0, 101.0, 100.0, 0.2, 55.0, 0.01, 0.1, 0.015)
DOWN = Reading(FEED, 60, 100.0, 99.0, 100.0, -0.2, 55.0, -0.01, 0.1, 0.015)
XOM, JPM = Symbol("XOM"), Symbol("JPM")


def opinion(vote=Vote.BUY, score=0.8, symbol=IBM, minutes=60):
    until = FEED + timedelta(minutes=minutes)
    return Candidate(symbol, vote, score, 0.7, "new orders", until)


def sight(
    held=None,
    *,
    settings=BALANCED,
    quotes=None,
    predictions=(),
    readings=None,
    opinions=(),
    trouble="",
    market=make.OPEN,
    minutes=0,
    candidates=None,
) -> Snapshot:
    quotes = (quote(),) if quotes is None else quotes
    return Snapshot(
        slot=FEED,
        feed_now=FEED + timedelta(minutes=minutes),
        candidates=tuple(q.symbol for q in quotes) if candidates is None else candidates,
        quotes={one.symbol: one for one in quotes},
        predictions={one.symbol: one for one in predictions},
        account=held or account(),
        settings=settings,
        market=market,
        technicals=readings or {},
        opinions=Candidates(tuple(opinions), trouble),
    )


def only(snapshot):
    (decision,) = decide(snapshot)
    return decision


def using(use=ALL_SOURCES, agreement=Agreement.NO_OBJECTION, **more) -> StrategySettings:
    return replace(BALANCED, signals=use, agreement=agreement, **more)


# One word out of several.


def said(*votes: tuple[Vote, float]):
    return [SourceSignal(source, *vote, "w") for source, vote in zip(Source, votes, strict=False)]


B, S, H, N = (Vote.BUY, 0.6), (Vote.SELL, 0.3), (Vote.HOLD, 0.2), (Vote.SILENT, 0.0)


@pytest.mark.parametrize(
    ("votes", "all_", "no_objection", "net"),
    [
        ((B,), Vote.BUY, Vote.BUY, Vote.BUY),
        ((S,), Vote.SELL, Vote.SELL, Vote.SELL),
        ((H,), Vote.HOLD, Vote.HOLD, Vote.HOLD),
        ((N,), Vote.HOLD, Vote.HOLD, Vote.HOLD),
        ((B, B, B), Vote.BUY, Vote.BUY, Vote.BUY),
        ((B, B, N), Vote.HOLD, Vote.BUY, Vote.BUY),
        ((B, H, H), Vote.HOLD, Vote.BUY, Vote.BUY),
        ((B, S, H), Vote.SELL, Vote.HOLD, Vote.BUY),
        ((S, S, B), Vote.SELL, Vote.HOLD, Vote.HOLD),
        ((S, H, N), Vote.SELL, Vote.SELL, Vote.SELL),
    ],
)
def test_sources_agree_by_the_strategys_rule(votes, all_, no_objection, net):
    """0.6 against 0.3 and 0.3 is even: nobody wins."""
    for agreement, vote in (
        (Agreement.ALL, all_),
        (Agreement.NO_OBJECTION, no_objection),
        (Agreement.NET, net),
    ):
        assert blend(said(*votes), agreement).vote is vote


def test_a_silent_source_weakens_the_others():
    """Strength is the mean over all in use."""
    assert blend(said(B, N), Agreement.NET).strength == pytest.approx(0.3)
    assert blend(said(B, B), Agreement.NET).strength == pytest.approx(0.6)


def test_a_source_without_weight_is_heard_and_counts_for_nothing():
    """Neither as an agreement that is missing, nor as a weakening, nor as an objection."""
    buy, _ = said(B, N)
    for vote in (Vote.SILENT, Vote.SELL, Vote.BUY):
        weightless = SourceSignal(Source.CANDIDATES, vote, 0.9, "w", weight=0.0)
        for agreement in Agreement:
            both, alone = blend((buy, weightless), agreement), blend((buy,), agreement)
            assert (both.vote, both.strength) == (alone.vote, alone.strength)
            assert blend((weightless,), agreement).vote is Vote.HOLD
    assert blend((weightless, weightless), Agreement.ALL).lacks == "no opening: no source counts"


def test_weights_are_the_sources_shares():
    heavy = SourceSignal(Source.ML, Vote.BUY, 0.8, "w", weight=3.0)
    light = SourceSignal(Source.TECHNICAL, Vote.BUY, 0.4, "w", weight=1.0)
    assert blend((heavy, light), Agreement.NET).strength == pytest.approx(0.7)


def test_what_they_say_together_stands_behind_what_each_says():
    """One alone needs no sum."""
    assert blend(said(B, B), Agreement.NET).words.endswith("; together BUY at 0.60")
    assert "together" not in blend(said(B), Agreement.NET).words
    assert "together" not in blend(said(B, S), Agreement.NO_OBJECTION).words


votes = st.tuples(st.sampled_from(Vote), st.floats(min_value=0, max_value=1))


@given(st.permutations([Source.ML, Source.CANDIDATES, Source.TECHNICAL]), st.data())
def test_the_order_of_sources_is_of_no_matter(order, data):
    """Nor is any strength above one."""
    one = [SourceSignal(source, *data.draw(votes), "w") for source in order]
    for agreement in Agreement:
        first, again = blend(one, agreement), blend(one[::-1], agreement)
        assert (first.vote, first.strength) == (again.vote, again.strength)
        assert 0 <= first.strength <= 1


# What each source says.


@pytest.mark.parametrize(
    ("reading", "vote", "words"),
    [
        (UP, Vote.BUY, "EMA 101.00 over 100.00, MACD +0.200, RSI 55, momentum +1.00%: +0.75"),
        (DOWN, Vote.SELL, "EMA 99.00 under 100.00, MACD -0.200, RSI 55, momentum -1.00%: -0.75"),
        (replace(UP, rsi=75.0), Vote.BUY, "RSI 75"),
        (replace(UP, rsi=75.0, momentum=-0.01), Vote.HOLD, "+0.00"),
        (replace(DOWN, rsi=25.0), Vote.SELL, "-0.50"),
        (replace(UP, rsi=None, bars=12), Vote.SILENT, "12 of 34 bars for the indicators"),
        (replace(UP, at=FEED - timedelta(minutes=11)), Vote.SILENT, "the last bar ended at 13:49"),
        (None, Vote.SILENT, "no bars yet"),
    ],
)
def test_indicators_vote_and_say_how(reading, vote, words):
    """Each votes once; half of the votes are a signal."""
    readings = {} if reading is None else {IBM: reading}
    use = SignalUse(ml=False, technical=True)
    decision = only(sight(settings=using(use), readings=readings))
    (signal,) = decision.sources
    assert (signal.source, signal.vote) == (Source.TECHNICAL, vote)
    assert words in signal.words
    assert (decision.intent is not None) is (vote is Vote.BUY)


@pytest.mark.parametrize(
    ("opinions", "trouble", "minutes", "vote", "words"),
    [
        ((opinion(),), "", 0, Vote.BUY, "the AI says BUY at 80%: new orders"),
        ((opinion(score=0.6),), "", 0, Vote.BUY, "60%"),
        ((opinion(score=0.59),), "", 0, Vote.HOLD, "59%"),
        ((opinion(Vote.SELL),), "", 0, Vote.SELL, "the AI says SELL"),
        ((opinion(Vote.HOLD),), "", 0, Vote.HOLD, "the AI says HOLD"),
        ((opinion(),), "", 60, Vote.SILENT, "the AI's opinion expired at 15:00 UTC"),
        ((), "", 0, Vote.SILENT, "the AI has no opinion of IBM"),
        ((), "no AI candidates: NOT_CONFIGURED (x)", 0, Vote.SILENT, "NOT_CONFIGURED"),
    ],
)
def test_an_ai_is_heard_from_its_threshold_until_its_opinion_expires(
    opinions, trouble, minutes, vote, words
):
    """Where there is none nothing is invented, and the reason stands in its place."""
    use = SignalUse(ml=False, candidates=True)
    snapshot = sight(settings=using(use), opinions=opinions, trouble=trouble, minutes=minutes)
    (signal,) = only(snapshot).sources
    assert (signal.source, signal.vote) == (Source.CANDIDATES, vote)
    assert words in signal.words


def test_an_ai_that_was_worse_than_naive_weighs_nothing():
    """Told in words; the others decide as if it were not asked."""
    use = SignalUse(ml=True, candidates=True)
    for agreement in Agreement:
        seen = sight(
            settings=using(use, agreement), predictions=(prediction(),), opinions=(opinion(),)
        )
        blamed = replace(seen, opinions=replace(seen.opinions, discredited="grok is worse"))
        alone = replace(seen, settings=using(SignalUse(), agreement))
        assert only(seen).intent.strength != only(alone).intent.strength
        assert only(blamed).intent.strength == only(alone).intent.strength
        words = "CANDIDATES SILENT: the AI's word weighs nothing: grok is worse"
        assert words in only(blamed).signal
    nobody = replace(blamed, settings=using(SignalUse(ml=False, candidates=True)))
    assert only(nobody).candidate == "the AI's word weighs nothing: grok is worse"
    assert only(nobody).intent is None


def test_an_ai_may_bring_a_symbol_that_is_not_on_the_list():
    """Only where its signals are in use, and only one there is a quote of."""
    both = (opinion(symbol=BAC), opinion(symbol=SPY))
    quotes = (quote(IBM), quote(BAC))
    use = SignalUse(ml=False, candidates=True)
    found = decide(sight(settings=using(use), quotes=quotes, candidates=(IBM,), opinions=both))
    ends = {one.symbol: (one.ended_at, one.intent is not None) for one in found}
    assert ends == {
        BAC: (Stage.SIGNAL, True),
        IBM: (Stage.CANDIDATE, False),
        SPY: (Stage.CANDIDATE, False),
    }
    assert len(decide(sight(quotes=quotes, candidates=(IBM,), opinions=both))) == 1


@pytest.mark.parametrize(
    ("agreement", "reading", "opens"),
    [
        (Agreement.ALL, UP, True),
        (Agreement.ALL, DOWN, False),
        (Agreement.NO_OBJECTION, None, True),
        (Agreement.NO_OBJECTION, DOWN, False),
        (Agreement.ALL, None, False),
    ],
)
def test_prediction_and_indicators_together(agreement, reading, opens):
    """The words name each source, and what the opening lacks."""
    use = SignalUse(ml=True, technical=True)
    readings = {} if reading is None else {IBM: reading}
    settings = using(use, agreement)
    decision = only(sight(settings=settings, predictions=(prediction(),), readings=readings))
    assert (decision.intent is not None) is opens
    assert decision.signal.startswith("ML BUY: expects +0.200%")
    vote = "SILENT" if reading is None else "BUY" if reading is UP else "SELL"
    assert f"TECHNICAL {vote}: " in decision.signal
    assert opens or f"no opening: TECHNICAL says {vote}" in decision.signal


def test_a_position_is_left_when_the_signals_turn():
    """Told by whoever turned."""
    use = SignalUse(ml=True, technical=True)
    decision = only(sight(holding(10), settings=using(use), readings={IBM: DOWN}))
    assert decision.intent is not None
    assert decision.intent.reason.startswith("BALANCED: the signals turned: ML SILENT: no pred")
    kept = only(sight(holding(10), settings=using(use), readings={IBM: UP}))
    assert kept.intent is None


def test_no_source_in_use_opens_nothing_and_still_leaves_by_its_stops():
    """A person may want that: what is held is minded."""
    settings = using(SignalUse(ml=False))
    assert only(sight(settings=settings)).candidate == "no source of signals is in use"
    low = quote(price=98.0, bid=98.0)
    decision = only(sight(holding(10), settings=settings, quotes=(low,)))
    assert decision.intent is not None
    assert "stop loss" in decision.intent.reason


# What the account should look like.


def test_an_excluded_symbol_is_no_candidate_and_a_held_one_is_only_left():
    """No top-up either."""
    aims = PortfolioAims(positions=4, rebalance_beyond=0.01, excluded=(IBM,))
    settings = replace(BALANCED, aims=aims)
    decision = only(sight(settings=settings, predictions=(prediction(),)))
    assert decision.candidate == "IBM is excluded by the portfolio settings"
    assert decision.ended_at is Stage.CANDIDATE
    held = only(sight(holding(10), settings=settings, predictions=(prediction(),)))
    assert held.intent is None


def test_no_more_positions_than_wanted_counting_those_on_their_way():
    """The stronger signal has the last place."""
    quotes = (quote(IBM), quote(BAC), quote(SPY))
    predictions = (prediction(BAC, 0.002), prediction(SPY, 0.003))
    settings = replace(BALANCED, aims=PortfolioAims(positions=2))
    found = {
        one.symbol: one
        for one in decide(
            sight(holding(10), settings=settings, quotes=quotes, predictions=predictions)
        )
    }
    assert found[SPY].intent is not None
    assert found[BAC].intent is None
    assert found[BAC].signal.endswith("2 positions are wanted, and they are held or on their way")
    waiting = apply(account(), approval(make.order(symbol=IBM)))
    last = decide(sight(waiting, settings=settings, quotes=quotes, predictions=predictions))
    assert sum(one.intent is not None for one in last) == 1


def test_preferred_sectors_go_first_among_openings():
    """Also before a stronger signal."""
    quotes = (quote(XOM), quote(JPM))
    predictions = (prediction(XOM, 0.001), prediction(JPM, 0.005))
    settings = replace(BALANCED, orders_max=1)
    first = decide(sight(settings=settings, quotes=quotes, predictions=predictions))[0]
    assert first.symbol == JPM
    energetic = replace(settings, aims=PortfolioAims(preferred_sectors=("Energy",)))
    first, second = decide(sight(settings=energetic, quotes=quotes, predictions=predictions))
    assert (first.symbol, second.intent) == (XOM, None)


@pytest.mark.parametrize(
    ("held", "beyond", "side", "quantity"),
    [
        (300, 0.04, Side.SELL, 50),
        (200, 0.04, Side.BUY, 50),
        (200, 0.05, None, 0),
        (300, None, None, 0),
        (250, 0.0, None, 0),
    ],
)
def test_a_holding_is_brought_back_to_its_weight_beyond_the_threshold(held, beyond, side, quantity):
    """A quarter of 100,000 is wanted; shares are 100."""
    settings = replace(BALANCED, aims=PortfolioAims(positions=4, rebalance_beyond=beyond))
    decision = only(sight(holding(held), settings=settings))
    if side is None:
        assert decision.intent is None
    else:
        assert decision.intent is not None
        assert (decision.intent.side, decision.intent.quantity) == (side, Shares(quantity))
        assert "25.0% are wanted" in decision.intent.reason


def test_a_stop_goes_before_rebalancing_and_a_turned_signal_before_a_top_up():
    """A holding is not bought into a fall."""
    settings = replace(
        BALANCED, exit_on_flip=False, aims=PortfolioAims(positions=4, rebalance_beyond=0.01)
    )
    falling = (prediction(expected=-0.01),)
    assert only(sight(holding(200), settings=settings, predictions=falling)).intent is None
    low = quote(price=98.0, bid=98.0)
    decision = only(sight(holding(300), settings=settings, quotes=(low,)))
    assert decision.intent is not None
    assert decision.intent.quantity == 300


def test_capital_is_the_lesser_of_what_is_there_and_what_is_wished():
    """None where a holding has no price: nobody can say what the account is worth."""
    assert sight(holding(10)).capital() == usd(100_000)
    less = replace(BALANCED, aims=PortfolioAims(capital=usd(7_000)))
    assert sight(settings=less).capital() == usd(7_000)
    more = replace(BALANCED, aims=PortfolioAims(capital=usd(700_000)))
    assert sight(settings=more).capital() == usd(100_000)
    assert sight(holding(10), quotes=(quote(BAC),)).capital() is None


def test_a_size_by_volatility_uses_the_indicators_bars():
    """Twice a calm stock's volatility is half the equal weight."""
    aims = PortfolioAims(positions=10)
    settings = replace(BALANCED, sizing=PositionSizing.VOLATILITY_BASED, aims=aims)
    wild = {IBM: replace(UP, volatility_day=0.02)}
    snapshot = sight(settings=settings, predictions=(prediction(),), readings=wild)
    decision = only(snapshot)
    assert decision.intent is not None
    assert decision.intent.quantity == 50
    unknown = only(replace(snapshot, technicals={}))
    assert unknown.intent is None
    assert "the volatility is not known yet" in unknown.signal


# When nothing opens.

SESSION = replace(make.OPEN, opens_at=FEED, closes_at=FEED + timedelta(minutes=390))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (9, "the first 10 min of the session are left out"),
        (10, None),
        (374, None),
        (375, "the last 15 min before the close are left out"),
    ],
)
def test_the_first_and_last_minutes_may_be_left_out(minutes, words):
    """In minutes of the session, which an early close ends, too; exits go on."""
    settings = replace(BALANCED, hours=TradingHours(10, 15), prediction_age_max_min=1_000)
    more = {"settings": settings, "market": SESSION, "minutes": minutes}
    decision = only(sight(predictions=(prediction(),), **more))
    assert (decision.intent is None) is (words is not None)
    assert words is None or decision.signal.endswith(words)
    low = quote(price=98.0, bid=98.0)
    assert only(sight(holding(10), quotes=(low,), **more)).intent is not None


def test_exits_only_opens_nothing_and_leaves_by_its_stops():
    """By policy, at any time."""
    settings = replace(BALANCED, policy=TradingPolicy.EXITS_ONLY)
    decision = only(sight(settings=settings, predictions=(prediction(),)))
    assert decision.signal.endswith(
        "the policy is EXITS_ONLY: positions are closed, none is opened"
    )


def test_flat_by_the_close_sells_all_in_the_last_minutes():
    """And not before."""
    settings = replace(BALANCED, policy=TradingPolicy.FLAT_BY_CLOSE, hours=TradingHours(0, 15))
    more = {"settings": settings, "market": SESSION}
    assert only(sight(holding(10), minutes=374, **more)).intent is None
    decision = only(sight(holding(10), minutes=375, **more))
    assert decision.intent is not None
    assert decision.intent.reason == "BALANCED: flat by the close: the last 15 min"


# The same sight, the same decisions.

symbols = st.lists(st.sampled_from([IBM, BAC, SPY, XOM, JPM]), unique=True, max_size=5)
moves = st.floats(min_value=-0.02, max_value=0.02)


@given(
    st.sampled_from(Strategy),
    symbols,
    st.lists(moves, min_size=5, max_size=5),
    st.sampled_from(PositionSizing),
    st.booleans(),
)
def test_every_strategy_decides_the_same_on_the_same_snapshot(
    strategy, listed, expected, sizing, held
):
    """One decision for each symbol, each with a reason, whatever the order of the list."""
    use = SignalUse(ml=True, technical=True)
    aims = PortfolioAims(positions=3, rebalance_beyond=0.02)
    settings = replace(PRESETS[strategy], signals=use, sizing=sizing, aims=aims)
    changes = dict(zip([IBM, BAC, SPY, XOM, JPM], expected, strict=True))
    snapshot = sight(
        holding(100) if held else None,
        settings=settings,
        quotes=tuple(quote(symbol) for symbol in changes),
        predictions=tuple(prediction(symbol, move) for symbol, move in changes.items()),
        readings={symbol: UP if move > 0 else DOWN for symbol, move in changes.items()},
        candidates=tuple(listed),
    )
    decisions = decide(snapshot)
    assert decide(snapshot) == decisions
    assert decide(replace(snapshot, candidates=tuple(reversed(listed)))) == decisions
    assert len({one.symbol for one in decisions}) == len(decisions)
    openings = [one.intent for one in decisions if one.intent and one.intent.side is Side.BUY]
    assert len(openings) <= settings.orders_max
    for one in decisions:
        assert one.candidate
        assert one.ended_at is Stage.CANDIDATE or one.signal
        assert one.intent is None or (one.intent.reason and one.intent.quantity > Decimal(0))
