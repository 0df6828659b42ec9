"""One true price out of several sources, some of which are wrong, old, dead or held back."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.market.consensus import judge, width_of
from qt_trade.market.evidence import Consensus, Policy, Said, Standing, Verdict
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
POLICY = Policy()
SITUATIONS = 600
PROMISE_BP = 10.0


def quote(price: float, age_s: float = 0.5, **more: float) -> Quote:
    """Return a quote of a symbol, so old at NOW."""
    nothing = dict.fromkeys(
        ("bid", "ask", "bid_size", "ask_size", "volume", "open", "high", "low", "previous_close")
    )
    at = NOW - timedelta(seconds=age_s)
    return replace(Quote(symbol=Symbol("AAPL"), at=at, price=price, **nothing), **more)


def said(source: str, price: float, age_s: float = 0.5, apart: str = "", **more: float) -> Said:
    """Return what a source said."""
    return Said(source, quote(price, age_s, **more), streamed=True, apart=apart)


def judged(*sources: Said, policy: Policy = POLICY, **silent: str) -> Consensus:
    """Return the consensus of sources that must have one."""
    found = judge(sources, silent, policy, NOW)
    assert found is not None
    return found


def verdicts(consensus: Consensus) -> dict[str, Verdict]:
    """Return what became of each source."""
    return {one.source: one.verdict for one in consensus.judged}


# -- a few hundred situations --------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    """A market that moves, and what everybody says of it at NOW. ``honest``: right and fresh."""

    number: int
    truths: Sequence[float]
    sources: tuple[Said, ...]
    silent: dict[str, str]
    honest: int

    def error_bp(self, price: float) -> float:
        """Return how far a price is from what the truth was within the honest sources' delay."""
        return min(abs(price - true) / true * 10_000 for true in self.truths)


TICK_S = 0.1
DELAY_S = 1.5


def _path(rng: random.Random) -> list[float]:
    """Return the true prices of two minutes, newest last: a random walk, now and then a jump."""
    level = rng.choice((2.4, 6.5, 9.9, 24.0, 87.0, 231.0, 905.0)) * rng.uniform(0.8, 1.25)
    per_tick = rng.uniform(0.15, 0.6) / (252 * 23_400 / TICK_S) ** 0.5
    prices = [level]
    for _ in range(1_200):
        moved = rng.gauss(0.0, per_tick) + rng.choice((-1, 1)) * 0.004 * (rng.random() < 0.001)
        prices.append(prices[-1] * (1 + moved))
    return [round(price, 2) for price in prices]


def _at(path: Sequence[float], age_s: float) -> float:
    return path[len(path) - 1 - round(age_s / TICK_S)]


def _honest(rng: random.Random, path: Sequence[float], source: str) -> Said:
    age_s = rng.uniform(0.0, DELAY_S)
    price = _at(path, age_s) * (1 + rng.uniform(-2e-4, 2e-4))
    return said(source, round(price, 2 if price < 50 else 4), age_s)


def situation(number: int) -> Situation:
    """Draw one: wrong by 5 %, stale, dead and rate-limited, all four from five sources on."""
    rng = random.Random(number)
    path = _path(rng)
    names = ["alpaca", "finnhub", "fmp", "marketstack", "replica", "twelvedata", "yahoo"]
    rng.shuffle(names)
    total = 3 + number % 5
    faults = ["wrong", "stale", "dead", "limited"]
    if total < 5:
        faults = rng.sample(faults, rng.randint(1, total - 1))
    sources, silent = [], {}
    for fault in faults:
        name = names.pop()
        match fault:
            case "wrong":
                right = _honest(rng, path, name)
                price = right.quote.price * rng.choice((0.95, 1.05))
                sources.append(replace(right, quote=replace(right.quote, price=price)))
            case "stale" if rng.random() < 0.5:
                age_s = rng.uniform(11.0, 110.0)
                sources.append(said(name, _at(path, age_s), age_s))
            case "stale":  # an old price under new times
                old = _at(path, rng.uniform(20.0, 110.0))
                sources.append(said(name, old, rng.uniform(0.0, DELAY_S)))
            case "dead":
                silent[name] = "cannot be reached: connection refused"
            case _:
                silent[name] = "limits the rate; asking again in 41 s"
    honest = total - len(faults)
    sources += [_honest(rng, path, names.pop()) for _ in range(honest)]
    rng.shuffle(sources)
    recent = path[-round(DELAY_S / TICK_S) - 1 :]
    return Situation(number, recent, tuple(sources), silent, honest)


@pytest.mark.parametrize("number", range(SITUATIONS))
def test_price_is_within_a_tenth_of_a_per_cent_or_in_doubt(number: int) -> None:
    """Whatever one wrong, one stale, one dead and one held-back source do to the honest ones."""
    drawn = situation(number)
    found = judge(drawn.sources, drawn.silent, POLICY, NOW)
    assert found is not None
    assert found.quote.doubt or drawn.error_bp(found.quote.price) <= PROMISE_BP
    assert len(found.judged) == len(drawn.sources) + len(drawn.silent)
    assert all((one.verdict is Verdict.USED) is (not one.left_out) for one in found.judged)


def test_doubt_is_the_exception_where_two_are_honest() -> None:
    """A consensus that is always in doubt would keep every promise, and be of no use."""
    fit = [drawn for drawn in map(situation, range(SITUATIONS)) if drawn.honest >= 2]
    found = [judge(drawn.sources, drawn.silent, POLICY, NOW) for drawn in fit]
    sound = sum(one is not None and not one.quote.doubt for one in found)
    assert len(fit) > SITUATIONS / 4
    assert sound / len(fit) >= 0.95


def test_a_lone_honest_source_never_confirms_itself() -> None:
    """With all four faults and one honest source a price without doubt is an exception too."""
    lone = [drawn for drawn in map(situation, range(SITUATIONS)) if drawn.honest == 1]
    assert lone
    for drawn in lone:
        found = judge(drawn.sources, drawn.silent, POLICY, NOW)
        assert found is not None
        if not found.quote.doubt:  # the stale one's price is still, or again, the true one
            assert len(found.used) == 2
            assert drawn.error_bp(found.quote.price) <= PROMISE_BP


# -- one by one ----------------------------------------------------------------------------------


def test_spike_to_ten_times_the_price_is_left_out() -> None:
    """A decimal point in the wrong place is as far out as can be."""
    found = judged(said("a", 100.0), said("b", 100.02), said("c", 1000.0))
    assert found.quote.price == pytest.approx(100.01)
    assert verdicts(found)["c"] is Verdict.OUTLIER
    assert found.judged[2].left_out == "89,990 bp away from what 2 others agree on"
    assert found.quote.doubt == ""


def test_one_source_is_confirmed_by_nothing() -> None:
    """The one price there is, is told, and that nothing may be opened on it."""
    found = judged(said("a", 100.0), b="cannot be reached: connection refused")
    assert found.quote.price == 100.0
    assert found.quote.doubt == "1 of 2 sources: nothing confirms the price"
    assert found.standing is Standing.UNCONFIRMED
    assert found.judged[1].left_out == "cannot be reached: connection refused"


def test_one_source_is_enough_for_who_says_so() -> None:
    """A quorum of one trades on a single source."""
    found = judged(said("a", 100.0), policy=replace(POLICY, quorum=1))
    assert found.quote.doubt == ""


def test_two_that_differ_contradict_each_other() -> None:
    """Nobody knows which of two is right, whatever the quorum."""
    for quorum in (1, 2):
        found = judged(said("a", 100.0), said("b", 105.0), policy=replace(POLICY, quorum=quorum))
        assert found.standing is Standing.CONTRADICTORY
        assert found.quote.doubt in {
            "2 sources contradict each other by 500 bp",
            "2 sources contradict each other by 476 bp",
        }


def test_two_camps_of_equal_size_contradict_each_other() -> None:
    """Two against two is no majority."""
    found = judged(said("a", 100.0), said("b", 100.01), said("c", 102.0), said("d", 102.01))
    assert found.standing is Standing.CONTRADICTORY
    assert len(found.used) == 2


def test_of_a_contradiction_the_price_nearer_to_the_last_is_shown() -> None:
    """The screen does not jump by 5 % because a second source went wrong."""
    for before, shown in ((99.9, 100.0), (105.2, 105.0)):
        found = judge((said("a", 100.0), said("b", 105.0)), {}, POLICY, NOW, before)
        assert found is not None
        assert found.quote.price == shown


def test_too_few_that_agree_say_so() -> None:
    """A quorum of three is not reached by two."""
    found = judged(said("a", 100.0), said("b", 100.0), policy=replace(POLICY, quorum=3))
    assert found.quote.doubt == "2 of 3 sources agree: too few"


def test_old_price_does_not_count_from_the_first_moment_beyond_the_age() -> None:
    """At ten seconds it still does."""
    at_the_edge = judged(said("a", 100.0), said("b", 100.0, age_s=10.0))
    assert at_the_edge.quote.doubt == ""
    assert at_the_edge.holds_until == NOW
    beyond = judged(said("a", 100.0), said("b", 100.0, age_s=10.001))
    assert verdicts(beyond)["b"] is Verdict.TOO_OLD
    assert beyond.judged[1].left_out == "10 s old; 10 s are allowed"
    assert beyond.quote.doubt


def test_without_any_fresh_price_the_newest_is_shown_in_doubt() -> None:
    """The last one known, its age in words for each source."""
    found = judged(said("a", 100.0, age_s=30.0), said("b", 101.0, age_s=12.0))
    assert found.quote.price == 101.0
    assert found.quote.doubt == "no source within 10 s"
    assert found.used == ()
    assert found.holds_until is None


def test_delayed_source_is_kept_apart() -> None:
    """It neither confirms nor contradicts, and its distance is told."""
    late = said("late", 100.5, age_s=900.0, apart="delayed by 15 min")
    found = judged(said("a", 100.0), said("b", 100.0), late)
    assert found.quote.doubt == ""
    assert found.judged[2].verdict is Verdict.NOT_REAL_TIME
    assert found.judged[2].left_out == "delayed by 15 min"
    assert found.judged[2].deviation_bp == pytest.approx(50.0)
    fresh_but_late = replace(late, quote=quote(100.0))
    assert judged(said("a", 100.0), fresh_but_late).quote.doubt
    assert judged(late).quote.doubt == "only delayed sources"


def test_price_from_the_future_does_not_count_until_its_time() -> None:
    """Two seconds are a clock that goes wrong; more is no time of a trade."""
    found = judged(said("a", 100.0), said("b", 100.0, age_s=-5.0))
    assert verdicts(found)["b"] is Verdict.AHEAD
    assert found.judged[1].left_out == "5.0 s ahead of the clock"
    assert found.holds_until == NOW + timedelta(seconds=3)
    assert judged(said("a", 100.0), said("b", 100.0, age_s=-2.0)).quote.doubt == ""
    assert judged(said("b", 100.0, age_s=-5.0)).quote.doubt == "only quotes ahead of the clock"


def test_nobody_with_a_price_is_no_consensus() -> None:
    """There is nothing to show."""
    assert judge((), {"a": "asked every 5 minutes; no answer yet"}, POLICY, NOW) is None


def test_two_wrong_ones_that_agree_cannot_be_told_from_right_ones() -> None:
    """The limit of every vote, as the guide says."""
    found = judged(said("a", 105.0), said("b", 105.0), said("honest", 100.0))
    assert found.quote.price == 105.0
    assert found.quote.doubt == ""
    assert verdicts(found)["honest"] is Verdict.OUTLIER


def test_fresher_prices_weigh_more() -> None:
    """Of three in a row the middle one, unless the newest alone outweighs both others."""
    same = judged(said("a", 100.0, 1.0), said("b", 100.02, 1.0), said("c", 100.04, 1.0))
    assert same.quote.price == 100.02
    newer = judged(said("a", 100.0, 8.0), said("b", 100.02, 8.0), said("c", 100.04, 0.0))
    assert newer.quote.price == 100.04
    assert newer.primary == "c"


def test_price_is_never_farther_than_half_the_width_from_anybody_who_agrees() -> None:
    """However new the one at the edge is."""
    found = judged(said("a", 100.0, 9.0), said("b", 100.1, 0.0))
    assert found.quote.price == pytest.approx(100.05)
    assert found.dispersion_bp == pytest.approx(10.0, abs=0.01)


@pytest.mark.parametrize(
    ("low", "high", "agree"),
    [
        (100.0, 100.1, True),
        (100.0, 100.11, False),
        (8.0, 8.01, True),
        (8.0, 8.02, False),
        (5.0, 5.01, True),
        (4.99, 5.0, False),
        (2.0, 2.0, True),
    ],
)
def test_a_cent_is_within_the_tolerance_while_its_half_is(
    low: float, high: float, *, agree: bool
) -> None:
    """Beneath five dollars nobody can say to 0.1 % which of two neighbouring cents is right."""
    found = judged(said("a", low), said("b", high))
    assert (found.quote.doubt == "") is agree
    if agree:
        assert abs(found.quote.price - low) / low <= 0.001 + 1e-9
        assert high - low <= width_of(low, 10.0) * (1 + 1e-9)


def test_book_is_the_freshest_honest_one() -> None:
    """A crossed book and one that is nowhere near the price are left out."""
    found = judged(
        said("old", 100.0, 3.0, bid=99.99, ask=100.01, bid_size=3, ask_size=4),
        said("crossed", 100.0, 1.0, bid=100.02, ask=100.0),
        said("far", 100.0, 0.5, bid=90.0, ask=91.0),
        said("none", 100.0, 0.0),
    )
    assert found.book_source == "old"
    assert (found.quote.bid, found.quote.ask) == (99.99, 100.01)
    assert (found.quote.bid_size, found.quote.ask_size) == (3, 4)


def test_day_figures_are_those_of_the_sources_that_agree() -> None:
    """The middle of what they say; the largest volume, for some see only one exchange."""
    found = judged(
        said("a", 100.0, open=99.0, high=101.0, low=98.0, previous_close=97.0, volume=500),
        said("b", 100.0, open=99.1, high=99.5, low=98.5, previous_close=97.0, volume=90_000),
        said("wrong", 105.0, open=104.0, high=110.0, low=103.0, previous_close=9.7),
    )
    assert found.quote.open == 99.0
    assert found.quote.high == 100.0  # a high beneath the last price is not one
    assert found.quote.previous_close == 97.0
    assert found.quote.volume == 90_000


def test_day_figures_come_from_anybody_while_those_who_agree_have_none() -> None:
    """A stream of trades knows no previous close; an answer of minutes ago does, if of today."""
    asked = said("asked", 99.0, 200.0, previous_close=97.0)
    assert judged(said("a", 100.0), said("b", 100.0), asked).quote.previous_close == 97.0
    day_before = said("asked", 99.0, 86_400.0, previous_close=96.0)
    assert judged(said("a", 100.0), said("b", 100.0), day_before).quote.previous_close is None


def test_a_long_age_that_is_allowed_does_not_run_out_of_weight() -> None:
    """Hours allow hours, as for a person who trades on polled prices only."""
    hours = replace(POLICY, max_age=timedelta(hours=9))
    found = judged(said("a", 100.0, 30_000.0), said("b", 100.02, 30_000.0), policy=hours)
    assert found.quote.price == pytest.approx(100.01)
