"""What is watched, of what is wished, held and known."""

from datetime import UTC, datetime

import pytest

from qt_trade.contract.payloads.watch_list import WATCHED_MAX, TickerOrigin, TickerState
from qt_trade.model.instruments import Instrument, Listing
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.watched import FULL, Wished, in_words, watched, watched_of_fixed

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AAPL, BRK, IBM, NOPE, SPY = (Symbol(name) for name in ("AAPL", "BRK.B", "IBM", "NOPE", "SPY"))
NOBODY: frozenset[Symbol] = frozenset()


def listed(*names: Symbol, tradable: bool | None = True) -> dict[Symbol, Listing]:
    return {
        name: Listing(name, Instrument(name, f"{name} Inc.", "NYSE", tradable), "Alpaca", AT)
        for name in names
    }


def denied(*names: Symbol) -> dict[Symbol, Listing]:
    return {name: Listing(name, None, "Alpaca and Finnhub", AT) for name in names}


def test_without_a_list_the_settings_symbols_are_watched_unchecked():
    """They are there from the first moment, without a network; a wrong one goes when it is told."""
    wished = Wished(feed=(AAPL, NOPE))
    found = watched(wished, {}, {}, NOBODY)
    assert found.followed == (AAPL, NOPE)
    assert found.tickers[AAPL].origins == (TickerOrigin.FEED,)
    later = watched(wished, listed(AAPL) | denied(NOPE), {}, NOBODY)
    assert tuple(later.tickers) == later.followed == (AAPL,)
    assert later.tickers[AAPL].name == "AAPL Inc."
    assert later.refused == {NOPE: "NOPE is not known to Alpaca and Finnhub"}


def test_a_list_of_the_user_s_replaces_them():
    found = watched(Wished(feed=(AAPL,), user=(IBM,)), listed(IBM), {}, NOBODY)
    assert tuple(found.tickers) == (IBM,)
    assert found.tickers[IBM].origins == (TickerOrigin.USER,)
    assert watched(Wished(feed=(AAPL,), user=()), {}, {}, NOBODY).followed == ()


def test_what_there_is_money_in_comes_first_and_the_user_s_order_is_shown():
    wished = Wished(feed=(), user=(SPY, IBM), candidates=(AAPL, IBM), held=(BRK, SPY))
    found = watched(wished, listed(SPY, IBM, AAPL), {}, frozenset({BRK}))
    assert found.followed == (BRK, SPY, AAPL, IBM)
    assert tuple(found.tickers) == (SPY, IBM, AAPL, BRK)
    assert found.tickers[IBM].origins == (TickerOrigin.USER, TickerOrigin.CANDIDATE)
    assert found.tickers[BRK].state is TickerState.STREAMED
    assert found.tickers[SPY].state is TickerState.POLLED


def test_no_symbol_is_shown_before_somebody_knew_it():
    """Not yet asked for, it is nowhere; where nobody could say, it is there and not followed."""
    wished = Wished(feed=(), user=(IBM, NOPE))
    assert watched(wished, {}, {}, NOBODY).tickers == {}
    found = watched(wished, listed(IBM), {NOPE: "Alpaca cannot be reached"}, frozenset({NOPE}))
    assert found.followed == (IBM,)
    assert found.tickers[NOPE].state is TickerState.UNCHECKED
    assert "Alpaca cannot be reached" in found.tickers[NOPE].words


def test_what_is_held_is_followed_whoever_denies_it():
    found = watched(Wished(feed=(), held=(NOPE,)), denied(NOPE), {}, NOBODY)
    assert found.followed == (NOPE,)
    assert found.refused == {}
    assert "held, though" in found.tickers[NOPE].words


def test_a_share_that_cannot_be_traded_is_watched_and_said_so():
    found = watched(Wished(feed=(), user=(IBM,)), listed(IBM, tradable=False), {}, NOBODY)
    assert found.tickers[IBM].words == "cannot be traded at Alpaca"
    assert found.tickers[IBM].tradable is False


def test_no_more_than_can_be_watched_are_and_the_least_important_are_told():
    names = tuple(Symbol(f"S{chr(65 + n // 26)}{chr(65 + n % 26)}") for n in range(WATCHED_MAX))
    wished = Wished(feed=(), user=names, held=(BRK,), candidates=(AAPL,))
    found = watched(wished, listed(AAPL, *names[:-1]), {names[-1]: "away"}, NOBODY)
    assert len(found.followed) == len(found.tickers) == WATCHED_MAX
    assert found.followed[:2] == (BRK, AAPL)
    assert found.refused == {names[-2]: FULL, names[-1]: FULL}


def test_a_recording_has_its_own_symbols_and_refuses_others_in_words():
    wished = Wished(feed=(IBM, SPY), user=(AAPL, SPY), candidates=(BRK,), held=(NOPE,))
    found = watched_of_fixed(wished, "the recording")
    only = "the recording has only IBM, SPY"
    assert tuple(found.tickers) == (SPY, NOPE, IBM)
    assert found.followed == (IBM, SPY)
    assert found.refused == {AAPL: only, BRK: only}
    assert found.tickers[SPY].origins == (TickerOrigin.USER, TickerOrigin.FEED)
    assert found.tickers[SPY].state is TickerState.STREAMED
    assert found.tickers[NOPE].state is TickerState.UNCHECKED
    assert in_words(found, several=False) == (
        "1 not checked, and without a price until they are; 2 refused"
    )


@pytest.mark.parametrize(
    ("pushed", "words"),
    [
        (NOBODY, "2 symbols are asked for by turns; none is pushed"),
        (
            frozenset({AAPL}),
            "1 of 2 symbols are pushed, as many as the plans allow; the others are asked for by turns",
        ),
        (frozenset({AAPL, IBM}), ""),
    ],
)
def test_words_say_when_the_plans_do_not_push_all(pushed, words):
    found = watched(Wished(feed=(AAPL, IBM)), {}, {}, pushed)
    assert in_words(found, several=True) == words
