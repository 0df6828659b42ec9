"""The header's feed and clock: what kind of prices, how many sources, and when the market opens."""

from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from tests.desktop import backend as published
from tests.desktop import sources
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.market import FeedState, MarketSession
from qt_trade.contract.payloads.sources import SourceVerdict, Timeliness
from qt_trade.desktop.view_models import words


@pytest.fixture
def market(desk: Hands, backend: Backend) -> Hands:
    sources.publish_real_market(backend)
    desk.until(lambda: desk.read("headerFeedWords").startswith("3 of 4 sources · "))
    return desk


def test_a_real_feed_says_how_many_sources_and_how_old(market: Hands, backend: Backend) -> None:
    """Amber while fewer stand behind the prices than could."""
    assert market.read("headerFeedTitle") == "REAL-TIME"
    assert market.app.desk.header.view.feed_words_tone == "warn"
    every = {
        name: sources.made(
            name, price, before, sources={"alpaca": sources.said(price, 0.2, 0.0),
                                          "finnhub": sources.said(price, 0.2, 0.0)},
            sources_used=("alpaca", "finnhub"), sources_count=2,
        )
        for name, price, before, _ in published.CASES
    }  # fmt: skip
    stats = sources.providers()
    two = {name: stats.providers[name] for name in ("alpaca", "finnhub")}
    backend.write(registry.MULTI_API_DATA, sources.evidence(**every))
    backend.write(registry.MULTI_API_STATS, msgspec.structs.replace(stats, providers=two))
    market.until(lambda: market.read("headerFeedWords").startswith("2 of 2 sources · "))
    assert market.app.desk.header.view.feed_words_tone == "faint"


def test_a_narrow_header_says_it_shorter_and_whole(market: Hands) -> None:
    market.app.window.resize(1120, 760)
    market.until(lambda: market.read("headerFeedWords").startswith("3/4 · "))
    market.settle()
    assert not market.read("headerFeedWords", "truncated")


def test_delayed_prices_alone_are_called_delayed(market: Hands, backend: Backend) -> None:
    late = sources.said(487.0, 900, None, timeliness=Timeliness.DELAYED,
                        verdict=SourceVerdict.NOT_REAL_TIME, left_out="15 min late")  # fmt: skip
    every = {
        name: sources.made(name, price, before, sources={"marketstack": late}, sources_used=(),
                           sources_count=0, doubt="no real-time source")
        for name, price, before, _ in published.CASES
    }  # fmt: skip
    stats = sources.providers()
    one = {"marketstack": sources.provider("Marketstack", timeliness=Timeliness.DELAYED)}
    backend.write(registry.MULTI_API_DATA, sources.evidence(**every))
    backend.write(registry.MULTI_API_STATS, msgspec.structs.replace(stats, providers=one))
    market.until(lambda: market.read("headerFeedTitle") == "DELAYED")


def test_old_quotes_of_an_open_market_are_stale(market: Hands, backend: Backend) -> None:
    backend.write(registry.MARKET_STATUS, sources.status(published.NOW + timedelta(seconds=42)))
    market.until(lambda: market.read("headerFeedTitle").startswith("STALE 4"))
    assert market.read("headerFeedWords") == "last quote 13:46:00"


def test_a_closed_market_says_when_it_last_spoke(market: Hands, backend: Backend) -> None:
    """Closed is not stale, however long ago."""
    shut = sources.status(
        published.NOW + timedelta(hours=9), market_open=False,
        market_session=MarketSession.CLOSED, words="Good Friday", trading_day=False,
    )  # fmt: skip
    backend.write(registry.MARKET_STATUS, shut)
    market.until(lambda: market.read("headerFeedTitle") == "CLOSED")
    assert market.read("headerFeedWords") == "last 13:46"
    assert market.read("headerClockTitle") == "NYSE closed"
    assert market.read("headerClockWords") == "opens Tue 09:30"
    assert market.read("headerClock", "hint").startswith("Good Friday")


def test_a_half_day_says_that_it_closes_early(market: Hands, backend: Backend) -> None:
    half = sources.status(early_close=True, next_close=published.NOW + timedelta(minutes=42))
    backend.write(registry.MARKET_STATUS, half)
    closes = f"early close {words.minute(half.next_close)}, in 4"
    market.until(lambda: market.read("headerClockWords").startswith(closes))


def test_a_feed_without_data_says_why(market: Hands, backend: Backend) -> None:
    none = sources.status(feed_state=FeedState.NO_DATA, feed_words="every provider is resting")
    backend.write(registry.MARKET_STATUS, none)
    market.until(lambda: market.read("headerFeedTitle") == "NO DATA")
    assert market.read("headerFeedWords") == "every provider is resting"


def test_the_badge_leads_to_the_consensus(market: Hands) -> None:
    """By a click and by the keyboard; pointing at it or I still tell its age."""
    assert market.page == "Dashboard"
    market.settle()
    market.press("headerFeed")
    market.until(lambda: market.page == "Markets")
    market.show("Dashboard")
    market.app.window.requestActivate()
    market.until(market.app.window.isActive)
    market.item("headerFeed").forceActiveFocus()
    market.type(Qt.Key.Key_I)
    market.until(lambda: market.shows("agePopupLine"))
    market.type(Qt.Key.Key_Escape)
    market.item("headerFeed").forceActiveFocus()
    market.type(Qt.Key.Key_Return)
    market.until(lambda: market.page == "Markets")
