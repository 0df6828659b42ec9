"""Minutes are closed from pushed quotes exactly once, and only when they were seen whole."""

from datetime import UTC, datetime, timedelta

from qt_trade.market.minutes import MinuteBars
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

TEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def quote(seconds: float, price: float, volume: int | None = None, symbol: str = "SPY") -> Quote:
    return Quote(
        symbol=Symbol(symbol),
        at=TEN + timedelta(seconds=seconds),
        price=price,
        bid=price - 0.01,
        ask=price + 0.01,
        bid_size=100,
        ask_size=200,
        volume=volume,
        open=None,
        high=None,
        low=None,
        previous_close=None,
    )


def test_a_minute_is_told_when_the_next_one_begins() -> None:
    minutes = MinuteBars()
    assert minutes.take(quote(30, 9.0, 1000)) is None
    assert minutes.take(quote(60, 10.0, 1100)) is None  # 15:00 was not seen from its start
    for second, price, volume in ((70, 12.0, 1200), (80, 8.0, 1300), (119, 11.0, 1400)):
        assert minutes.take(quote(second, price, volume)) is None
    bar = minutes.take(quote(125, 11.5, 1450))
    assert bar is not None
    assert (bar.symbol, bar.at, bar.interval_s) == ("SPY", TEN + timedelta(minutes=1), 60)
    assert (bar.open, bar.high, bar.low, bar.close) == (10.0, 12.0, 8.0, 11.0)
    assert bar.volume == 400  # from the last quote of the minute before
    assert (bar.bid, bar.bid_size, bar.ask, bar.ask_size) == (10.99, 100, 11.01, 200)


def test_a_minute_is_told_when_its_time_is_over() -> None:
    minutes = MinuteBars()
    for second in (10, 61):
        minutes.take(quote(second, 10.0))
        minutes.take(quote(second, 20.0, symbol="IBM"))
    assert list(minutes.ended_by(TEN + timedelta(seconds=119))) == []
    ended = list(minutes.ended_by(TEN + timedelta(seconds=120)))
    assert [(bar.symbol, bar.close, bar.volume) for bar in ended] == [
        ("SPY", 10.0, 0),
        ("IBM", 20.0, 0),
    ]
    assert list(minutes.ended_by(TEN + timedelta(seconds=500))) == []


def test_a_volume_that_starts_anew_is_not_negative() -> None:
    minutes = MinuteBars()
    minutes.take(quote(0, 10.0, 9_000_000))
    minutes.take(quote(60, 10.0, 50))
    (bar,) = minutes.ended_by(TEN + timedelta(minutes=2))
    assert bar.volume == 0
