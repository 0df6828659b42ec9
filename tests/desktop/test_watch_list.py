"""The watch list: what is in force, and what a person adds, takes out and wants back."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtQml import QJSValue
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import predictions, sources
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.watch_list import TickerOrigin, TickerState
from qt_trade.desktop.models.rows import WatchRow
from qt_trade.desktop.view_models.watch_wishes import why_kept
from qt_trade.model.predictions import Skill

MINE = tuple(sources.NAMES)


def ready(desk: Hands, backend: Backend) -> None:
    """Show the Markets page of a real feed, the keyboard in the window."""
    sources.publish_real_market(backend)
    desk.show("Markets")
    desk.until(lambda: desk.read("watchAdd", "enabled"))
    desk.until(lambda: desk.app.desk.tables.watchList.count == len(MINE))
    desk.settle()
    desk.app.window.requestActivate()
    desk.until(desk.app.window.isActive)


@pytest.fixture
def market(desk: Hands, backend: Backend) -> Hands:
    ready(desk, backend)
    return desk


def stored(backend: Backend) -> tuple[str, ...]:
    found: tuple[str, ...] = backend.read(registry.WATCH_LIST).value.symbols
    return found


def row(desk: Hands, symbol: str) -> WatchRow:
    model = desk.app.desk.tables.watchList
    found: WatchRow = model.row(model.rowOf(symbol))
    return found


def shown(desk: Hands) -> list[str]:
    model = desk.app.desk.tables.watchList
    return [model.keyAt(place) for place in range(model.rowCount())]


def add(desk: Hands, text: str) -> None:
    """Press A, type, press Enter."""
    desk.item("marketsPage").forceActiveFocus()
    desk.type(Qt.Key.Key_A)
    desk.until(lambda: bool(desk.read("watchAdd", "activeFocus")))
    for letter in text:
        QTest.keyClick(desk.app.window, letter)
    desk.type(Qt.Key.Key_Return)


def test_the_list_in_force_stands_with_names_and_sources(market: Hands, backend: Backend) -> None:
    """Its symbols, their companies, what is streamed, what is asked for, what nobody knows yet."""
    held = (TickerOrigin.POSITION,)
    polled = sources.ticker("Berkshire Hathaway", state=TickerState.POLLED, origins=held)
    new = sources.ticker(state=TickerState.UNCHECKED, origins=(TickerOrigin.CANDIDATE,))
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers(**{"BRK.B": polled, "GE": new}))
    market.until(lambda: "GE" in shown(market))
    assert row(market, "AAPL").name == "Apple"
    assert row(market, "AAPL").sources == "3 of 4"
    assert row(market, "BRK.B").words == "by request"
    assert row(market, "GE").words == "not checked yet"
    assert row(market, "GE").sources == ""
    assert market.read("watchListCard", "count") == "10 of 12 streamed"


def test_a_symbol_is_added_by_keyboard_and_waits_until_it_is_in_force(
    market: Hands, backend: Backend
) -> None:
    """Typed as a broker spells it, written in the canonical form; then read, looked up, there."""
    add(market, "brk-b")
    market.until(lambda: stored(backend) == (*MINE, "BRK.B"))
    market.until(lambda: "BRK.B" in shown(market))
    assert row(market, "BRK.B").words == "asked for, not looked at yet"
    written = backend.read(registry.WATCH_LIST).value
    backend.write(registry.DYNAMIC_TICKERS, replace(sources.tickers(), list_ts=written.ts))
    market.until(lambda: row(market, "BRK.B").words == "being looked up")
    assert market.read("watchAdd") == ""
    backend.write(
        registry.DYNAMIC_TICKERS, sources.tickers(**{"BRK.B": sources.ticker("Berkshire")})
    )
    market.until(lambda: row(market, "BRK.B").name == "Berkshire")
    assert row(market, "BRK.B").words == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12ab", "12ab is no symbol: a US ticker symbol such as AAPL or BRK.B is needed."),
        ("  ", "Nothing was typed: a US ticker symbol such as AAPL or BRK.B is needed."),
        ("aapl", "AAPL is on the list already."),
    ],
)
def test_nonsense_is_named_at_the_field_and_nothing_is_written(
    market: Hands, backend: Backend, text: str, words: str
) -> None:
    """What was typed stays, to be mended; typing on takes the words away."""
    before = backend.read(registry.WATCH_LIST).revision
    add(market, text)
    assert market.read("watchNote") == words
    assert market.read("watchAdd") == text
    assert backend.read(registry.WATCH_LIST).revision == before
    QTest.keyClick(market.app.window, "x")
    market.until(lambda: not market.shows("watchNote"))
    market.type(Qt.Key.Key_Escape)
    assert market.read("watchAdd") == ""


def test_a_refused_symbol_stays_with_the_reason_until_it_is_taken_out(
    market: Hands, backend: Backend
) -> None:
    """The words are the backend's own; in a recording they say what the recording has."""
    add(market, "zzzz")
    market.until(lambda: "ZZZZ" in stored(backend))
    why = "no provider knows this symbol"
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers(refused={"ZZZZ": why}))
    market.until(lambda: row(market, "ZZZZ").words == why)
    assert row(market, "ZZZZ").words_tone == "warn"
    assert row(market, "ZZZZ").last is None
    market.app.desk.markets.watch.remove("ZZZZ")
    market.until(lambda: stored(backend) == MINE)
    market.until(lambda: "ZZZZ" not in shown(market))


def test_a_removal_can_be_taken_back_to_its_place(market: Hands, backend: Backend) -> None:
    """Del takes the selected row out; the note's link brings it back where it was."""
    market.app.desk.selectSymbol("GOOG")
    market.item("watchList").forceActiveFocus()
    market.type(Qt.Key.Key_Delete)
    market.until(lambda: "GOOG" not in stored(backend))
    assert market.read("watchNote") == "GOOG taken out."
    market.until(lambda: row(market, "GOOG").words == "being taken out")
    market.settle()
    market.press("watchUndo")
    market.until(lambda: stored(backend) == MINE)
    market.until(lambda: row(market, "GOOG").words == "")
    assert not market.shows("watchUndo")


def test_the_cross_of_a_row_takes_it_out(market: Hands, backend: Backend) -> None:
    market.press("watchListRemove-MSFT")
    market.until(lambda: "MSFT" not in stored(backend))


def test_what_others_need_is_not_taken_out_and_says_why(market: Hands, backend: Backend) -> None:
    """A held symbol, a candidate, the feed's own."""
    more = {
        "HELD": sources.ticker(origins=(TickerOrigin.POSITION,)),
        "CAND": sources.ticker(origins=(TickerOrigin.CANDIDATE,)),
        "FEED": sources.ticker(origins=(TickerOrigin.FEED,)),
    }
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers(**more))
    market.until(lambda: "FEED" in shown(market))
    for symbol, why in (
        ("HELD", "is held or has an open order"),
        ("CAND", "is a candidate"),
        ("FEED", "belongs to the feed"),
    ):
        market.app.desk.markets.watch.remove(symbol)
        assert why in market.read("watchNote")
        assert not row(market, symbol).mine
    assert stored(backend) == MINE


def test_an_add_is_an_add_on_whatever_list_another_wrote_meanwhile(
    open_desk: Callable[[str], Hands], backend: Backend
) -> None:
    """Two desks change at once, and the command line with them: nobody undoes anybody."""
    one, two = open_desk(backend.url), open_desk(backend.url)
    for desk in (one, two):
        ready(desk, backend)
    one.app.desk.markets.watch.add("IBM")
    two.app.desk.markets.watch.add("GE")
    two.app.desk.markets.watch.remove("XOM")
    expected = {*MINE, "IBM", "GE"} - {"XOM"}
    one.until(lambda: set(stored(backend)) == expected)
    # Written while this desk's event loop stands still: it cannot have seen it yet.
    backend.write(registry.WATCH_LIST, sources.wish(*sorted(expected), "KO"))
    one.app.desk.markets.watch.add("PEP")
    one.until(lambda: set(stored(backend)) == {*expected, "KO", "PEP"})
    one.until(lambda: not one.app.desk.markets.watch.view.view.busy)
    assert one.app.desk.markets.watch.view.view.error == ""


def test_the_first_wish_stands_on_what_is_watched_already(desk: Hands, backend: Backend) -> None:
    """Where nobody wrote a list yet, an add does not lose the symbols of the settings."""
    feed = sources.ticker(origins=(TickerOrigin.FEED,))
    backend.publish_everything()
    backend.write(registry.MARKET_STATUS, sources.status())
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers("AAPL", MSFT=feed))
    desk.show("Markets")
    desk.until(lambda: desk.app.desk.tables.watchList.count == 2)
    desk.until(lambda: desk.app.desk.markets.watch.view.view.can_edit)
    assert desk.app.desk.markets.watch.add("ibm")
    desk.until(lambda: backend.read(registry.WATCH_LIST) is not None
               and stored(backend) == ("AAPL", "MSFT", "IBM"))  # fmt: skip


def test_the_list_shows_a_part_of_itself(market: Hands, backend: Backend) -> None:
    """Mine, what is held, the candidates; an empty part says so."""
    more = {
        "HELD": sources.ticker(origins=(TickerOrigin.POSITION,)),
        "BOTH": sources.ticker(origins=(TickerOrigin.POSITION, TickerOrigin.CANDIDATE)),
    }
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers(**more))
    market.until(lambda: "BOTH" in shown(market))
    market.settle()
    market.press("watchFilterPositions")
    market.until(lambda: shown(market) == ["HELD", "BOTH"])
    market.press("watchFilterCandidates")
    market.until(lambda: shown(market) == ["BOTH"])
    market.press("watchFilterMine")
    market.until(lambda: shown(market) == list(MINE))
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers())
    market.press("watchFilterCandidates")
    market.until(lambda: market.shows("watchEmpty"))
    assert market.read("watchEmpty", "title") == "No watched symbol is a candidate."


def test_without_a_connection_nothing_can_be_asked_for(market: Hands) -> None:
    """The field is off and says why."""
    market.snapshot.link = market.snapshot.link.__class__(
        market.snapshot.link.phase.RECONNECTING, published.NOW, 1, 1.0, None, 1, "gone"
    )
    market.app.desk.refresh()
    assert not market.read("watchAdd", "enabled")
    assert market.read("watchAdd", "hint") == "No connection to Redis"
    assert not market.app.desk.markets.watch.add("IBM")


def test_a_halted_symbol_says_so_in_the_list_and_over_its_chart(
    market: Hands, backend: Backend
) -> None:
    """The chip, the reason, and the ground after the last bar."""
    halt = sources.made("AAPL", 487.75, 483.03, halted=True, doubt="halted: news pending (T1)")
    backend.write(registry.MULTI_API_DATA, sources.evidence(AAPL=halt))
    market.until(lambda: market.shows("chartHalted"))
    assert market.read("chartNote") == "halted: news pending (T1)"
    assert market.read("candleChart", "halted") is True
    assert row(market, "AAPL").words == "halted"
    backend.write(registry.MULTI_API_DATA, sources.evidence())
    market.until(lambda: not market.shows("chartHalted"))
    assert market.read("candleChart", "halted") is False


def test_what_a_recording_has_is_not_taken_out(desk: Hands, backend: Backend) -> None:
    """It would be written, and stay all the same: that is said instead."""
    backend.publish_everything()
    apple = sources.ticker("Apple Inc.", origins=(TickerOrigin.FEED,))
    played = replace(sources.tickers("AAPL"), feed=published.FEED, tickers={"AAPL": apple})
    backend.write(registry.DYNAMIC_TICKERS, played)
    desk.until(lambda: desk.snapshot.tickers is not None)
    words = why_kept(desk.snapshot, ("AAPL",), "AAPL")
    assert words == "AAPL is in the recording, and all of that is played."
    desk.show("Markets")
    desk.until(lambda: desk.app.desk.tables.watchList.count == 1)
    assert not row(desk, "AAPL").mine


def test_no_signal_is_written_out_and_says_why_to_everybody(
    market: Hands, backend: Backend
) -> None:
    """In the pop-up, and to who cannot see it; what is not proven says so beside its figure."""
    said = predictions.said({30: Skill.NO_SKILL, 60: Skill.PROVEN}, words="15 min: 12 of 30 bars")
    backend.write(registry.PREDICTIONS_CURRENT, replace(said, feed=sources.REAL))
    market.until(lambda: row(market, "AAPL").horizons[0] is None)
    market.settle()
    told = {str(item.property("display")): item for item in predicted(market)}
    assert {"no signal", "+0.12%  61%  no skill", "▲ +0.12%  61%"} <= set(told)
    assert described(told["no signal"]) == "no signal: 15 min: 12 of 30 bars"
    assert "no better than doing nothing" in described(told["+0.12%  61%  no skill"])
    market.app.desk.ages.ask("prediction/AAPL/15")
    rows = {one["name"]: one["value"] for one in market.app.desk.ages.view.view.rows}
    assert rows["Missing"] == "15 min: 12 of 30 bars"


def predicted(desk: Hands) -> list[QQuickItem]:
    """Return the cells of the first row that tell of the future."""
    cells = desk._items(desk.item("watchList"))
    return [one for one in cells if one.property("row") == 0 and isinstance(told(one), dict)]


def told(item: QQuickItem) -> object:
    extra = item.property("extra")
    value = extra.toVariant() if isinstance(extra, QJSValue) else extra
    return value if isinstance(value, dict) and "mark" in value else None


def described(item: QQuickItem) -> str:
    """Return what is said of an item to who cannot see it."""
    interface = QAccessible.queryAccessibleInterface(item)
    return str(interface.text(QAccessible.Text.Description))
