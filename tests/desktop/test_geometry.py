"""Nothing is cut off: not by an alert, not by a banner, not in the smallest window."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtQml import QQmlExpression, qmlContext
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from tests.desktop import (
    accounts,
    emergencies,
    floor,
    learning,
    machine,
    opinions,
    predictions,
    risks,
    sources,
)
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import PAGES, Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.emergency import EmergencyState
from qt_trade.contract.payloads.market import FeedState
from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.desktop.models.skills import MARKS
from qt_trade.desktop.snapshot import Notice
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import Skill

SIZES = ((1600, 1000), (1280, 800), (1120, 760))
RIGHT = 2
"""Qt's number for a text that stands at the right end of its place."""
LONG = (
    "The database refused the journal's entry of 13:46:00: too many connections, the engine asks "
    "again in 4 s and decides nothing until then"
)
ENGINES = {
    "running": published.engine(),
    "stopped": published.engine(active=False, emergency=True),
    "failing": msgspec.structs.replace(published.engine(), last_error=LONG),
}
SIMULATED = msgspec.structs.replace(published.status(), feed=FeedKind.SIMULATION)
"""The longest word a feed's cell can hold."""
NO_DATA = msgspec.structs.replace(
    published.status(),
    feed=FeedKind.REAL_TIME,
    feed_source="yahoo",
    feed_state=FeedState.NO_DATA,
    feed_words="Yahoo cannot be reached: no route",
)


def fresh(status: TradingStatus) -> TradingStatus:
    return msgspec.structs.replace(status, ts=SystemClock().now())


def raise_banner(hands: Hands) -> None:
    """Say something that stays until it is dismissed."""
    now = SystemClock().now()
    told = "Stop without this desk: run `qtrade panic` on the server, or use the broker's own page."
    hands.snapshot.notice = Notice("crit", "Nothing was sent: no connection to Redis.", told, now)
    hands.app.desk.refresh()


CELLS = ("Trade", "Account", "Day", "Mode", "Feed", "Clock", "Link", "Session")


@pytest.fixture(params=ENGINES, ids=str)
def engine(request: pytest.FixtureRequest) -> TradingStatus:
    return fresh(ENGINES[request.param])


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def sized(request: pytest.FixtureRequest, desk: Hands, backend: Backend) -> Hands:
    desk.app.window.resize(*request.param)
    backend.publish_everything()
    machine.publish_machine(backend, desk.snapshot.session_id)
    accounts.publish_account(backend)
    risks.publish_risk(backend)
    learning.publish_learning(backend)
    opinions.publish_opinions(backend)
    backend.write(registry.MARKET_STATUS, SIMULATED)
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    desk.until(lambda: len(desk.snapshot.quotes) == len(published.CASES))
    return desk


def test_no_page_cuts_a_word_off(sized: Hands, backend: Backend, engine: TradingStatus) -> None:
    backend.write(registry.TRADING_STATUS, engine)
    sized.until(lambda: _shows_engine(sized, engine))
    for banner in (False, True):
        if banner:
            raise_banner(sized)
            assert sized.read("linkBanner", "visible")
        for page in PAGES:
            sized.show(page)
            sized.settle()
            cut = {text: _overhang(item) for item, text in _texts(sized) if _overhang(item)}
            assert cut == {}, f"page {page}, banner {banner}"


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_a_real_feed_with_all_its_words_has_room(
    sized: Hands, backend: Backend, *, dark: bool
) -> None:
    """Doubts, refusals, names, quotas: nothing is cut off, and no cell lies over its neighbour."""
    if not dark:
        QTest.keyClick(sized.app.window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    sources.publish_real_market(backend)
    wide = {"AAPL": sources.alone("AAPL", 12_487.75, 12_483.03),
            "TSLA": sources.made("TSLA", 183.07, 180.98, halted=True, doubt="halted: news pending")}  # fmt: skip
    backend.write(registry.MULTI_API_DATA, sources.evidence(**wide))
    refused = {"ZZZZ": "no provider knows this symbol, and the broker does not trade it"}
    backend.write(registry.WATCH_LIST, sources.wish(*sources.NAMES, "ZZZZ"))
    backend.write(registry.DYNAMIC_TICKERS, sources.tickers(refused=refused))
    sized.until(lambda: "ZZZZ" in (sized.snapshot.tickers or sources.tickers()).refused)
    sized.until(lambda: sized.snapshot.source_stats is not None)
    for page in ("Markets", "System", "Dashboard"):
        sized.show(page)
        sized.app.desk.selectSymbol("AAPL" if page == "Markets" else "TSLA")
        sized.app.desk.markets.watch.remove("XOM")
        sized.settle()
        cut = {text: _overhang(item) for item, text in _texts(sized) if _overhang(item)}
        assert cut == {}, page
        for name in ("watchList", "connectionsTable"):
            if sized.shows(name):
                assert _meeting(sized, name) == []
    chip, card = _place(sized.item("consensusChip")), _place(sized.item("consensusCard"))
    assert card.contains(chip)


def test_what_is_not_proven_is_said_whole_in_every_window(sized: Hands, backend: Backend) -> None:
    """Neither the mark of a prediction nor an opinion lies over its neighbour or is cut."""
    skills = {15: Skill.NOT_PROVEN, 30: Skill.NO_SKILL, 60: Skill.WAITING}
    backend.write(registry.PREDICTIONS_CURRENT, predictions.said(skills, move=-0.0123))
    sized.until(lambda: sized.read("predictionsModel") == predictions.MODEL)
    marks = set(MARKS.values())
    for page, tables in (("Dashboard", ("predictionsTable", "candidatesTable")),
                         ("Markets", ("watchList", "consensusCard"))):  # fmt: skip
        sized.show(page)
        sized.settle()
        for name in tables:
            assert _meeting(sized, name) == [], name
        cut = [text for item, text in _texts(sized) if text in marks and item.property("truncated")]
        assert cut == [], page


def _meeting(hands: Hands, table: str) -> list[str]:
    """Return the cells of a table whose words lie over those of another of the same row."""
    whole = hands.item(table)
    inside = [(_inked(item), text) for item, text in _texts(hands) if whole.isAncestorOf(item)]
    return [
        f"{text} meets {more}"
        for number, (place, text) in enumerate(inside)
        for other, more in inside[number + 1 :]
        if place.intersects(other)
    ]


def _inked(item: QQuickItem) -> QRectF:
    """Return where an item's words are: at the left or the right end of its place."""
    place, wide = _place(item), float(item.property("contentWidth"))
    high = float(item.property("contentHeight")) - 4
    # PySide has no type for the alignment; QML has a number for it.
    told = QQmlExpression(qmlContext(item), item, "horizontalAlignment + 0").evaluate()
    at_right = (told[0] if isinstance(told, tuple) else told) == RIGHT
    left = place.right() - wide if at_right else place.left()
    return QRectF(left, place.center().y() - high / 2, wide, high)


def test_the_page_of_orders_holds_long_words_and_every_kind(sized: Hands, backend: Backend) -> None:
    """Refusals of many words, an order in each state, and the ticket with all its fields."""
    backend.judge = floor.judged_at_length
    backend.write(registry.ACTIVE_ORDERS, floor.seven())
    backend.append(registry.ORDER_EVENTS, floor.ends())
    sized.show("Orders")
    sized.until(lambda: sized.app.desk.orders.rows.count == len(floor.seven().orders))
    ticket = sized.app.desk.ticket
    for kind in (4, 5):
        ticket.chooseKind(kind)
        for field in ticket.view.view.shown:
            ticket.type(field, "12.5" if field == "trail" else "40")
        sized.settle()
    ticket.type("take_profit", "44")
    ticket.type("stop_loss", "33")
    ticket.type("stop_loss_limit", "32")
    sized.until(lambda: ticket.view.view.result == "" and "Refused" in ticket.view.view.hint)
    sized.app.desk.orders.beginChange("qt-AMZN-0-amzn")
    sized.settle()
    cut = {text: _overhang(item) for item, text in _texts(sized) if _overhang(item)}
    assert cut == {}
    assert _place(sized.item("ticketCard")).contains(_place(sized.item("ticketSend")))
    assert _place(sized.item("activeOrdersCard")).contains(_place(sized.item("lifeLine")))


def test_the_switch_and_the_decision_stay_whole_whatever_the_engine_says(
    sized: Hands, backend: Backend, engine: TradingStatus
) -> None:
    backend.write(registry.TRADING_STATUS, engine)
    sized.until(lambda: _shows_engine(sized, engine))
    raise_banner(sized)
    sized.settle()

    card = _place(sized.item("tradingCard"))
    for name in ("dashboardSwitch", "seeCycle", "tradingStory"):
        assert card.contains(_place(sized.item(name))), name
    story = sized.item("tradingStory")
    assert story.property("contentHeight") <= story.height()
    assert not _place(story).intersects(_place(sized.item("dashboardSwitch")))


@pytest.mark.parametrize("state", [one for one in EmergencyState if one != "IDLE"])
def test_an_emergency_stays_within_its_cards(
    sized: Hands, backend: Backend, state: EmergencyState
) -> None:
    """Whatever it says, in every window; no line of it lies beside its card."""
    sized.app.desk.emergency.panic("button")  # so that one that has ended is shown, too
    told = emergencies.status(state, words=LONG, command_id="x")
    backend.write(registry.EMERGENCY_STATUS, told)
    sized.until(lambda: sized.snapshot.emergency is not None)
    sized.app.desk.emergency.fold()
    sized.app.desk.emergency.reopen()
    sized.until(lambda: bool(sized.read("emergencyArea", "visible")))
    sized.settle()
    for name in ("emergencyCard", "emergencySteps"):
        card = _place(sized.item(name))
        texts = [
            (item, text) for item, text in _texts(sized) if sized.item(name).isAncestorOf(item)
        ]
        assert texts
        beside = [t for item, t in texts if not card.contains(_place(item).adjusted(1, 1, -1, -1))]
        assert beside == []


@pytest.mark.parametrize("latency_ms", [0.4, 12.3, 123.4, 1234.5])
def test_the_header_leaves_room_for_the_way_out_in_every_window(
    sized: Hands, latency_ms: float
) -> None:
    snapshot = sized.app.desk.snapshot
    snapshot.link = replace(snapshot.link, latency_ms=latency_ms)
    sized.app.desk.refresh()
    sized.settle()
    shown = [sized.item(f"header{cell}") for cell in CELLS]
    edges = [_place(item) for item in shown if item.isVisible()]
    edges.append(_place(sized.item("panicButton")))

    for left, right in pairwise(edges):
        assert left.right() <= right.left()
    assert edges[-1].right() < sized.app.window.width()
    for item in shown:
        titles = [title for title in sized._items(item) if title.objectName().endswith("Title")]
        assert all(_place(title).right() <= _place(item).right() for title in titles)


def test_no_figure_of_the_account_touches_its_neighbour(sized: Hands) -> None:
    sized.settle()
    card = sized.item("portfolioCard")
    texts = [item for item, _ in _texts(sized) if card.isAncestorOf(item)]
    for item in texts:
        mine = _place(item)
        others = [o for o in texts if o is not item and _place(o).intersects(mine)]
        assert others == [], item.property("text")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_without_data_the_markets_say_why_and_what_to_do(
    desk: Hands, backend: Backend, size: tuple[int, int]
) -> None:
    desk.app.window.resize(*size)
    backend.write(registry.MARKET_STATUS, NO_DATA)
    desk.show("Markets")
    desk.until(lambda: desk.read("chartEmpty", "title") == "No bars of AAPL yet")
    desk.settle()

    assert desk.read("headerFeedTitle") == "NO DATA"
    assert desk.read("chartEmpty", "words").startswith("Yahoo cannot be reached: no route. ")
    assert "--feed simulation" in desk.read("chartEmpty", "words")
    assert [text for item, text in _texts(desk) if _overhang(item)] == []


@pytest.mark.parametrize("name", ["running", "stopped"])
def test_a_full_window_shortens_nothing_in_the_header(
    desk: Hands, backend: Backend, name: str
) -> None:
    backend.publish_everything()
    engine = fresh(ENGINES[name])
    backend.write(registry.TRADING_STATUS, engine)
    desk.until(lambda: _shows_engine(desk, engine))
    desk.until(lambda: desk.read("headerLinkTitle").endswith(" ms"))
    desk.settle()

    parts = [f"header{cell}{part}" for cell in CELLS for part in ("Title", "Words")]
    parts = [part for part in parts if not part.startswith("headerMode")]
    cut = [part for part in (*parts, "panicButtonCaption") if desk.read(part, "truncated")]
    assert cut == []


def test_a_banner_moves_only_the_first_row(desk: Hands, backend: Backend) -> None:
    backend.publish_everything()
    desk.until(lambda: desk.read("portfolioTotal") == "100,452.61")
    desk.settle()
    rows = ("positionsCard", "activityCard", "ordersCard")
    before = [_place(desk.item(name)) for name in rows]

    raise_banner(desk)
    desk.settle()
    assert [_place(desk.item(name)) for name in rows] == before


def _shows_engine(hands: Hands, engine: TradingStatus) -> bool:
    seen = hands.snapshot.trading_status
    return seen is not None and msgspec.structs.replace(seen, ts=engine.ts) == engine


def _texts(hands: Hands) -> Iterator[tuple[QQuickItem, str]]:
    for item in hands._items(hands.app.window.contentItem()):
        if item.inherits("QQuickText") and item.property("text") and _shows(item):
            yield item, item.property("text")


def _shows(item: QQuickItem) -> bool:
    parent = item.parentItem()
    return item.isVisible() and parent is not None and parent.opacity() > 0


def _overhang(item: QQuickItem) -> str:
    """Return which part of the window cuts the item off; what scrolls may hold more than it shows."""
    place, parent = _place(item), item.parentItem()
    while parent is not None:
        if parent.inherits("QQuickFlickable"):
            place = _place(parent)
        elif parent.clip() and not _place(parent).adjusted(-1, -1, 1, 1).contains(place):
            return f"{parent.objectName()} {_place(parent)} cuts {place}"
        parent = parent.parentItem()
    return ""


def _place(item: QQuickItem) -> QRectF:
    return QRectF(item.mapToScene(QPointF(0, 0)), item.size())
