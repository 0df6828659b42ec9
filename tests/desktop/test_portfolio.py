"""The Portfolio page: results with their counts, holdings, sectors, and the broker's books."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.desktop import accounts
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import AcceptDifference

PORTFOLIO = "Portfolio"


@pytest.fixture
def page(desk: Hands, backend: Backend) -> Hands:
    """The page of an account with a past."""
    backend.publish_everything()
    accounts.publish_account(backend)
    desk.show(PORTFOLIO)
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    desk.until(lambda: desk.snapshot.performance is not None)
    desk.until(lambda: desk.snapshot.reconciliation is not None)
    desk.settle()
    return desk


def test_the_digit_opens_the_page(desk: Hands) -> None:
    """5, and Ctrl 5."""
    desk.type(Qt.Key.Key_5)
    assert desk.page == PORTFOLIO
    desk.show("Dashboard")
    QTest.keyClick(desk.app.window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert desk.page == PORTFOLIO


def test_each_figure_of_the_performance_has_its_interval_and_count(page: Hands) -> None:
    """No figure stands without how sure it is."""
    shown = page.words_in(page.item("resultsCard"))
    for expected in (
        "+4.44%", "SPY +2.91%", "95% interval −0.6 to 3.2", "−2.1%", "8 to 24 Sep",
        "95% interval 47 to 61, 196 trades", "gross win 9,055 / loss 6,479",
        "+85.42 / −71.99", "106 wins, 90 losses", "2.8 days", "median 1.9 days", "0.4 bp",
        "paper fills, live is likely worse", "Return, 62 days",
    ):  # fmt: skip
        assert expected in shown


def test_too_few_trades_are_no_ratio(page: Hands, backend: Backend) -> None:
    """A dash and how many there are, never a zero; the chart says how many days it needs."""
    backend.write(registry.TRADING_PERFORMANCE, accounts.young())
    page.until(lambda: "Not enough data yet, 12 of 30 trades" in page.words())
    assert page.read("result1") == "—"
    assert page.read("growthChart", "emptyText") == "not enough data yet, 1 of 2 exchange days"


def test_the_chart_shows_a_window_of_days_against_the_benchmark(page: Hands) -> None:
    """Changes since the window's first day, and the drawdown since the highest day before it."""
    everything = accounts.days()
    first, last = everything[0], everything[-1]
    page.press("growthRangeAll")
    whole = float(last.value / first.value - 1)
    page.until(lambda: page.read("growthAccount") == f"Account {whole * 100:+.2f}%")
    chart = page.item("growthChart")
    chart.hoverAt(chart.width() - 58, 60)
    assert page.read("growthChart", "crosshair")["day"] == "Fri 4 Oct 2013"

    page.press("growthRange1M")
    window = [one for one in everything if one.day > "2013-09-04"]
    change = float(last.value / window[0].value - 1) * 100
    text = f"Account {change:+.2f}%".replace("-", "−")
    page.until(lambda: page.read("growthAccount") == text)


def test_positions_say_sector_exits_age_and_their_share_of_the_cap(page: Hands) -> None:
    """The heaviest first, a row of sums at the end."""
    shown = page.words_in(page.item("holdingsCard"))
    for expected in (
        "AAPL", "Information Technology", "478.10 / 499.20", "none", "1 d", "+0.75%",
        "26,544.30", "+125.30", "+0.47%", "bar: share of the 15% cap",
    ):  # fmt: skip
        assert expected in shown
    meters = [
        item
        for item in page._items(page.item("holdingsTable"))
        if item.property("fill") is not None and item.width() == 44
    ]
    assert max(meter.property("value") for meter in meters) == pytest.approx(0.0976 / 0.15, 0.01)


def test_the_lots_are_those_of_the_selected_position(page: Hands) -> None:
    """The heaviest until one is chosen, by click or by arrow."""
    assert page.read("lotsCard", "title") == "Tax lots of AAPL"
    assert "4,841.00" in page.words_in(page.item("lotsCard"))
    page.item("holdingsTable").forceActiveFocus()
    page.type(Qt.Key.Key_Down)
    page.until(lambda: page.read("lotsCard", "title") == "Tax lots of TSLA")
    assert "3,631.00" in page.words_in(page.item("lotsCard"))


def test_sectors_are_bars_and_the_sum_is_theirs(page: Hands) -> None:
    """Each sector, all positions, cash with its reserve, and how diverse that is."""
    shown = page.words_in(page.item("sectorsCard"))
    for expected in (
        "Energy", "5.1%", "26.4%", "Cash 73.6%, reserve 10,000 USD",
        "as diverse as 3.6 equal positions",
    ):  # fmt: skip
        assert expected in shown


def test_what_the_symbols_brought_adds_up_to_the_whole(page: Hands) -> None:
    """What does not fit is one row, what is no symbol's another."""
    told = accounts.performance()
    assert told.total_pnl is not None
    assert page.read("symbolsSum") == f"realised + unrealised, sum +{told.total_pnl:,.2f}"
    rows = page.app.desk.portfolio.symbols.rows
    values = [float(row["value"].replace(",", "").replace("−", "-")) for row in rows]
    assert sum(values) == pytest.approx(float(told.total_pnl), abs=0.005)
    assert [row["symbol"] for row in rows][-2:] == ["3 more", "Fees and other"]


def test_a_symbol_without_a_price_leaves_the_sum_unknown(page: Hands, backend: Backend) -> None:
    """It is named, and nothing is added up without it."""
    first, *rest = accounts.performance().by_symbol
    unknown = msgspec.structs.replace(first, unrealized=None)
    backend.write(registry.TRADING_PERFORMANCE, accounts.performance(by_symbol=(unknown, *rest)))
    page.until(lambda: page.read("symbolsSum") == "no price of AAPL, and so no sum")


def test_the_books_match_or_say_where_they_differ(page: Hands, backend: Backend) -> None:
    """Both figures line by line; accepting asks for a reason and is a command of its own."""
    assert page.read("booksWords").startswith("Matches broker, checked ")
    assert not page.shows("booksBar")

    backend.write(registry.RECONCILIATION, accounts.books(accounts.difference()))
    page.until(lambda: page.read("booksWords").startswith("1 difference to the broker, checked "))
    shown = page.words_in(page.item("booksBar"))
    assert {"Position AAPL", "ours 20 shares", "broker 25 shares"} <= set(shown)
    page.settle()
    page.press("accept-position:AAPL")
    page.until(lambda: page.shows("acceptQuestion"))
    assert page.read("acceptQuestion") == "Take 25 shares of the broker for our 20 shares?"
    page.settle()
    assert page.read("acceptConfirm", "enabled") is False
    for key in (Qt.Key.Key_O, Qt.Key.Key_K):
        page.type(key)
    assert page.read("acceptConfirm", "enabled") is True
    page.press("acceptConfirm")
    page.until(lambda: bool(backend.received))
    (wish,) = backend.received
    assert isinstance(wish, AcceptDifference)
    assert (wish.key, wish.reason) == ("position:AAPL", "ok")
    page.until(lambda: page.read("acceptResult").startswith("Taken over."))


def test_escape_accepts_nothing(page: Hands, backend: Backend) -> None:
    """Nor does Keep ours."""
    backend.write(registry.RECONCILIATION, accounts.books(accounts.difference()))
    for leave in (lambda: page.type(Qt.Key.Key_Escape), lambda: page.press("acceptKeep")):
        page.until(lambda: page.shows("accept-position:AAPL"))
        page.settle()
        page.press("accept-position:AAPL")
        page.until(lambda: page.shows("acceptQuestion"))
        page.settle()
        leave()
        page.until(lambda: not page.shows("acceptQuestion"))
    assert backend.received == []


def test_a_refused_acceptance_says_why(page: Hands, backend: Backend) -> None:
    """In the engine's words."""
    backend.accept, backend.reason = False, "the difference has gone meanwhile"
    backend.write(registry.RECONCILIATION, accounts.books(accounts.difference()))
    page.until(lambda: page.shows("accept-position:AAPL"))
    page.app.desk.portfolio.askAccept("position:AAPL")
    page.app.desk.portfolio.accept("it was by hand")
    page.until(lambda: page.read("acceptResult") == "Refused: The difference has gone meanwhile.")


def test_an_account_of_which_nothing_is_known_shows_no_figure(
    desk: Hands, backend: Backend
) -> None:
    """Before the first results, and books that were never compared say so."""
    backend.write(registry.MARKET_STATUS, published.status())
    desk.show(PORTFOLIO)
    desk.until(lambda: desk.read("headerFeedTitle") == "REPLAY")
    desk.settle()
    assert desk.read("booksWords") == "Not compared with the broker yet"
    assert desk.app.desk.portfolio.results.rows == []
    assert "The engine has published no results yet" in desk.words()


def test_stale_results_lose_their_colour_and_say_since_when(page: Hands, backend: Backend) -> None:
    """A writer that is silent leaves what it said, in grey."""
    backend.write_old(registry.TRADING_PERFORMANCE, accounts.performance(), 60)
    page.until(lambda: page.read("resultsCardNote").startswith("stale since "))
    assert page.read("growthChart", "stale") is True
