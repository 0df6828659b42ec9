"""Rows of the watch list: what is new is told at once, a price that only grows older now and then."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.desktop import backend as published

from qt_trade.contract.link import Link, LinkPhase
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models.watch_rows import AGES_EVERY, WatchRows
from qt_trade.desktop.view_models.watch_wishes import Line

LINES = [Line("AAPL"), Line("MSFT")]


@pytest.fixture
def desk() -> Snapshot:
    status = published.status()
    link = Link(LinkPhase.CONNECTED, status.clock.wall, 0, 0.0, None, 0, "")
    desk = Snapshot(link, "desk-1", "desk-1")
    desk.market_status = status
    for symbol in ("AAPL", "MSFT"):
        desk.take_quote(published.quote(symbol, 101.0, 100.0), status.clock.wall)
    return desk


def test_a_price_that_stays_grows_older_now_and_then(desk: Snapshot) -> None:
    """Not in every frame; the row is the same one meanwhile."""
    rows, begun = WatchRows(), published.status().clock.wall
    first = rows.of(desk, begun, LINES)
    soon = rows.of(desk, begun + AGES_EVERY / 2, LINES)
    assert all(one is other for one, other in zip(first, soon, strict=True))
    later = rows.of(desk, begun + timedelta(seconds=2), LINES)
    assert later[0].age_s is not None
    assert first[0].age_s is not None
    assert later[0].age_s > first[0].age_s


def test_what_is_new_is_told_at_once(desk: Snapshot) -> None:
    """A quote of one symbol, a line's words, a lost connection of all."""
    rows, now = WatchRows(), published.status().clock.wall
    apple, microsoft = rows.of(desk, now, LINES)
    desk.take_quote(published.quote("AAPL", 102.0, 100.0), now)
    newer, same = rows.of(desk, now, LINES)
    assert newer.last == 102.0
    assert same is microsoft
    worded = rows.of(desk, now, [Line("AAPL", words="by request"), LINES[1]])
    assert (worded[0].words, worded[1]) == ("by request", microsoft)
    desk.link = Link(LinkPhase.RECONNECTING, now, 1, 0.0, None, 0, "gone")
    assert [row.stale for row in rows.of(desk, now, LINES)] == [True, True]
    assert not apple.stale


def test_an_old_price_goes_stale_and_a_closed_market_lets_it_be(desk: Snapshot) -> None:
    """By the feed's clock, with the limit it states."""
    rows, now = WatchRows(), published.status().clock.wall
    late = now + timedelta(seconds=200)
    assert [(row.stale, row.ageing) for row in rows.of(desk, late, LINES)] == [(True, True)] * 2
    assert desk.market_status is not None
    desk.market_status = replace(desk.market_status, market_open=False)
    assert [(row.stale, row.ageing) for row in rows.of(desk, late, LINES)] == [(False, False)] * 2
