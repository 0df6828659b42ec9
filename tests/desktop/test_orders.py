"""The page of orders: what the ticket asks and sends, what is under way, and what has ended."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import floor
from tests.desktop.backend import Backend
from tests.desktop.hands import PAGES, Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import (
    CancelOrder,
    ReplaceOrder,
    SubmitOrder,
)
from qt_trade.model.orders import OrderClass, OrderStatus, Side

KINDS = ("Market", "Limit", "Stop", "Stop limit", "Trailing", "Bracket", "OCO")
MAGENTA = "#f277be"
FIELDS = {
    "Market": {"quantity": "3"},
    "Limit": {"quantity": "2.5", "limit_price": "187.30"},
    "Stop": {"quantity": "3", "stop_price": "183.40"},
    "Stop limit": {"quantity": "3", "stop_price": "183.40", "limit_price": "183.00"},
    "Trailing": {"quantity": "3", "trail": "1.25"},
    "Bracket": {
        "quantity": "3", "limit_price": "187.30", "take_profit": "190.10",
        "stop_loss": "184.50", "stop_loss_limit": "184.00",
    },
    "OCO": {"quantity": "3", "limit_price": "190.10", "stop_loss": "184.50"},
}  # fmt: skip


@pytest.fixture
def page(desk: Hands, backend: Backend) -> Hands:
    """The page with an order in each state; risk lets three shares pass."""
    backend.judge = floor.judged
    backend.publish_everything()
    backend.write(registry.ACTIVE_ORDERS, floor.seven())
    backend.append(registry.ORDER_EVENTS, floor.ends())
    desk.show("Orders")
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    desk.until(lambda: desk.app.desk.orders.rows.count == len(floor.seven().orders))
    desk.until(lambda: desk.read("ticketSymbol") == "AAPL")
    return desk


def choose(desk: Hands, kind: str) -> None:
    name = "ticketType" if KINDS.index(kind) < KINDS.index("Trailing") else "ticketClass"
    desk.press(name + kind)
    for field, text in FIELDS[kind].items():
        desk.until(lambda field=field: desk.shows(f"ticket-{field}"))
        desk.write(f"ticket-{field}", text)


def sendable(desk: Hands) -> bool:
    return bool(desk.read("ticketSend", "enabled"))


def engine_time(desk: Hands) -> datetime | None:
    status = desk.snapshot.trading_status
    return None if status is None else status.ts


def word(desk: Hands, order: str) -> str:
    return str(desk.read(f"orderState-{order}"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_order_is_asked_about_and_sent_as_it_was_typed(
    page: Hands, backend: Backend, kind: str
) -> None:
    """What goes to the engine is what risk was asked, field by field."""
    choose(page, kind)
    page.until(lambda: sendable(page))
    page.press("ticketSend")
    page.until(lambda: bool(backend.received))

    (sent,) = backend.received
    assert isinstance(sent, SubmitOrder)
    asked = backend.questions[-1]
    own = {"ts", "command_id"}
    for name in set(sent.__struct_fields__) - own:
        assert getattr(sent, name) == getattr(asked, name), name
    assert sent.symbol == "AAPL"
    assert sent.quantity == Decimal(FIELDS[kind]["quantity"])
    for name in ("limit_price", "stop_price", "take_profit", "stop_loss", "stop_loss_limit"):
        text = FIELDS[kind].get(name)
        assert getattr(sent, name) == (None if text is None else Decimal(text)), name
    assert sent.trail_bp == (125 if kind == "Trailing" else None)
    classes = {"Bracket": OrderClass.BRACKET, "OCO": OrderClass.OCO}
    assert sent.order_class is classes.get(kind, OrderClass.SIMPLE)
    assert sent.side is (Side.SELL if kind == "OCO" else Side.BUY)
    page.until(lambda: "accepted" in page.read("ticketResult"))


def test_what_risk_says_stands_in_the_ticket_and_locks_the_button(
    page: Hands, backend: Backend
) -> None:
    """Rule, value and way out: too many shares are refused, the largest quantity is one click away."""
    choose(page, "Limit")
    page.write("ticket-quantity", "40")
    page.until(lambda: page.read("ticketUse") == "Use 3")
    words = page.words_in(page.item("ticketCard"))
    for said in ("Position cap 15%", "19.7%", "3 of 14 fail", "7,492.00 USD", "39.6%", "32.4% →"):
        assert said in words
    assert not sendable(page)
    assert page.read("ticketResult") == "Refused by risk: Sector cap 35%: Technology would be 39.6%"

    page.press("ticketUse")
    page.until(lambda: sendable(page))
    assert page.read("ticket-quantity") == "3"
    assert page.read("ticketSend") == "Send PAPER buy order"
    assert "14 of 14 pass" in page.words_in(page.item("ticketCard"))
    page.press("showEveryCheck")
    assert "Excluded symbols holds" in page.words_in(page.item("ticketCard"))
    assert backend.received == []


def test_only_the_answer_to_what_stands_there_counts(page: Hands, backend: Backend) -> None:
    """While typing risk is asked once, about the end; until it has answered nothing can be sent."""
    choose(page, "Market")
    page.until(lambda: sendable(page))
    before = len(backend.questions)
    page.write("ticket-quantity", "12345")
    assert not sendable(page)
    assert page.read("ticketResult") == "Asking risk"
    page.until(lambda: "Refused" in page.read("ticketResult"))
    asked = backend.questions[before:]
    assert asked[-1].quantity == Decimal(12345)
    assert len(asked) < len("12345")


def test_it_asks_again_when_prices_or_orders_move(page: Hands, backend: Backend) -> None:
    """An answer that was given in other circumstances is replaced without a key being pressed."""
    choose(page, "Market")
    page.until(lambda: sendable(page))
    before = len(backend.questions)
    backend.publish(published.quote("AAPL", 490.12, 483.03, sequence=11))
    page.until(lambda: len(backend.questions) > before)
    assert backend.questions[-1].quantity == Decimal(3)
    assert sendable(page)

    page.show("Dashboard")
    page.settle()
    asked = len(backend.questions)
    backend.publish(published.quote("AAPL", 491.00, 483.03, sequence=12))
    page.until(lambda: page.snapshot.quotes["AAPL"].sequence == 12)
    for _ in range(2):  # beats of the engine: two seconds apart, so that it would have asked
        heard = engine_time(page)
        page.until(lambda heard=heard: engine_time(page) != heard)
    assert len(backend.questions) == asked
    page.show("Orders")
    page.until(lambda: len(backend.questions) > asked)


def test_a_risk_that_does_not_answer_locks_the_ticket(page: Hands, backend: Backend) -> None:
    """No verdict is no permission."""
    choose(page, "Market")
    page.until(lambda: sendable(page))
    backend.mute = True
    page.write("ticket-quantity", "2")
    page.until(lambda: page.read("ticketResult") == "Risk does not answer. Orders are locked.")
    assert not sendable(page)


@pytest.mark.parametrize(
    ("kind", "field", "text", "said"),
    [
        ("Market", "quantity", "many", "A number of shares, such as 12"),
        ("Limit", "limit_price", "-1", "Limit price is -1; it must not be negative"),
        ("Bracket", "stop_loss", "188", "Stop loss must lie on the losing side of the entry"),
        ("Trailing", "trail", "1.255", "At most two decimal places, such as 1.25%"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    page: Hands, kind: str, field: str, text: str, said: str
) -> None:
    """The words are those of the contract; nothing is asked and nothing can be sent."""
    choose(page, kind)
    page.write(f"ticket-{field}", text)
    page.until(lambda: page.read(f"ticketError-{field}") == said)
    assert not sendable(page)


def test_parts_of_shares_and_times_that_do_not_fit_are_refused_in_words(page: Hands) -> None:
    """Half a share belongs to a simple DAY order; a stop knows no IOC, and only a limit more hours."""
    choose(page, "Limit")
    page.until(lambda: sendable(page))
    page.press("ticketInForceGTC")
    page.until(lambda: "part of a share" in page.read("ticketError-quantity"))
    page.write("ticket-quantity", "3")
    page.press("ticketHoursExtended hours")
    page.until(lambda: page.app.desk.ticket.view.view.extended)
    page.press("ticketTypeStop")
    assert page.app.desk.ticket.view.view.in_force == ("DAY", "GTC")
    assert not page.app.desk.ticket.view.view.extended
    assert not page.shows("ticketHours")


def test_a_symbol_that_is_emptied_to_be_typed_anew_stays_empty(
    page: Hands, backend: Backend
) -> None:
    """News that come meanwhile put nothing into the field."""
    page.write("ticketSymbol", "")
    backend.publish(published.quote("AAPL", 490.12, 483.03, sequence=11))
    page.until(lambda: page.snapshot.quotes["AAPL"].sequence == 11)
    page.settle()
    assert page.read("ticketSymbol") == ""
    assert page.read("ticketResult") == "Enter a symbol"


def test_an_oco_is_for_a_position_that_is_held(page: Hands) -> None:
    """Without one it cannot be chosen, and says why."""
    page.write("ticketSymbol", "MSFT")
    page.press("ticketClassOCO")
    assert page.read("ticketClass", "index") != 2
    assert "none of MSFT is held" in page.read("ticketClass", "hint")
    page.write("ticketSymbol", "AAPL")
    page.press("ticketClassOCO")
    assert page.read("ticketClass", "index") == 2
    assert page.read("ticketSide", "index") == 1


def test_the_keys_open_fill_and_send_the_ticket(page: Hands, backend: Backend) -> None:
    """B from another page, S, Ctrl Enter in a field; Esc sends nothing."""
    page.app.desk.selectSymbol("MSFT")
    page.show("Dashboard")
    page.type(Qt.Key.Key_S)
    page.until(lambda: page.page == "Orders" and page.read("ticket-quantity", "activeFocus"))
    assert page.read("ticketSymbol") == "MSFT"
    assert page.read("ticketSend") == "Send PAPER sell order"
    page.press("ticketTypeMarket")
    page.write("ticket-quantity", "2")
    page.until(lambda: sendable(page))
    page.type(Qt.Key.Key_Escape)
    assert backend.received == []
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(page.app.window, Qt.Key.Key_Return, control)
    page.until(lambda: bool(backend.received))
    assert backend.received[0].side is Side.SELL


def test_an_order_without_an_answer_is_asked_about_with_the_same_id(
    page: Hands, backend: Backend
) -> None:
    """A refusal names its reason; what was sent is never sent as a second order by itself."""
    backend.accept, backend.reason = False, "cash reserve 10,000 would be 9,122"
    choose(page, "Market")
    page.until(lambda: sendable(page))
    page.press("ticketSend")
    page.until(lambda: "refused" in page.read("ticketResult"))
    assert page.read("ticketResult").endswith("Cash reserve 10,000 would be 9,122")


def test_real_money_is_framed_and_asks_in_the_words_of_the_order(
    page: Hands, backend: Backend
) -> None:
    """Frame, badge and button are magenta; Enter sends nothing, the button that names it does."""
    assert not page.item("liveFrame").isVisible()
    live = msgspec.structs.replace(published.summary(), mode="LIVE")
    backend.write(registry.PORTFOLIO_SUMMARY, live)
    page.until(lambda: page.item("liveFrame").isVisible())
    assert page.read("headerMode", "mode") == "LIVE"
    assert page.read("ticketMode", "mode") == "LIVE"
    choose(page, "Limit")
    page.until(lambda: sendable(page))
    assert page.read("ticketSend") == "Send LIVE buy order…"
    assert page.read("ticketSend", "kind") == "live"

    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(page.app.window, Qt.Key.Key_Return, control)
    page.until(lambda: page.shows("liveAskConfirm"))
    assert page.read("liveAskConfirm") == "Buy 2.5 AAPL, limit 187.30, DAY"
    page.item("liveAskConfirm").forceActiveFocus()
    page.type(Qt.Key.Key_Return)
    page.type(Qt.Key.Key_Enter)
    page.type(Qt.Key.Key_Escape)
    page.until(lambda: not page.shows("liveAskConfirm"))
    assert backend.received == []

    page.press("ticketSend")
    page.until(lambda: page.shows("liveAskConfirm"))
    page.settle()
    page.press("liveAskConfirm")
    page.until(lambda: bool(backend.received))
    assert backend.received[0].limit_price == Decimal("187.30")


def test_every_page_is_framed_while_money_is_real(page: Hands, backend: Backend) -> None:
    """On all four edges of the window; in PAPER on none."""
    edges = page.app.grab()
    assert edges.pixelColor(0, 500).name() != MAGENTA
    status = msgspec.structs.replace(published.engine(), mode="LIVE")
    backend.write(registry.TRADING_STATUS, status)
    page.until(lambda: page.item("liveFrame").isVisible())
    for name in PAGES:
        page.show(name)
        page.settle()
        edges = page.app.grab()
        places = ((0, 500), (edges.width() - 1, 500), (800, 0), (800, edges.height() - 1))
        assert {edges.pixelColor(*place).name() for place in places} == {MAGENTA}, name


def test_a_question_about_real_money_ends_when_the_order_changes(
    page: Hands, backend: Backend
) -> None:
    """Nothing is confirmed but what was asked."""
    status = msgspec.structs.replace(published.engine(), mode="LIVE")
    backend.write(registry.TRADING_STATUS, status)
    page.until(lambda: page.item("liveFrame").isVisible())
    choose(page, "Limit")
    page.until(lambda: sendable(page))
    page.press("ticketSend")
    page.until(lambda: page.shows("liveAskConfirm"))
    page.app.desk.ticket.type("quantity", "1")
    page.until(lambda: not page.shows("liveAskConfirm"))
    page.app.desk.ticket.confirm()
    assert backend.received == []


def test_every_order_under_way_says_where_it_stands(page: Hands) -> None:
    """Each state has its word; what nobody knows is amber, dashed and locked."""
    said = {
        "qt-META-0-7f3a": "UNKNOWN",
        "qt-JPM-0-ge": "ACCEPTED",
        "qt-AMZN-0-amzn": "PARTLY FILLED",
        "qt-NVDA-0-held-sl": "HELD",
        "qt-XOM-0-xom": "CANCELLING",
    }
    for order, state in said.items():
        assert word(page, order).startswith(state)
    assert page.read("orderState-qt-META-0-7f3a", "dashed") is True
    assert not page.item("cancelOrder-qt-META-0-7f3a").isVisible()
    assert not page.item("change-qt-XOM-0-xom").isVisible()
    assert page.item("cancelOrder-qt-NVDA-0-held-sl").isVisible()
    assert page.shows("navOrdersNeeds")
    assert page.read("lifeTitle") == "META buy 52: the broker has not confirmed."
    words = page.read("lifeWords")
    assert words.startswith("Asking by its order id, try 6, ")
    assert words.endswith("It may be open, so 5,001 USD stay reserved.")
    assert page.read("lifeOrderId") == "qt-META-0-7f3a"
    shown = page.words_in(page.item("lifeLine"))
    for step in (
        "Decided",
        "Checked",
        "Sent",
        "Unknown",
        "Accepted",
        "not seen",
        "never sent twice",
    ):
        assert step in shown


def test_cancel_asks_first_by_button_and_by_key(page: Hands, backend: Backend) -> None:
    """Back leaves the order; the button that names it cancels it."""
    page.press("cancelOrder-qt-JPM-0-ge")
    page.until(lambda: page.shows("cancelAskConfirm"))
    assert page.read("cancelAskTitle") == "Cancel buy 16 JPM, 312.40?"
    page.settle()
    page.press("cancelAskBack")
    page.until(lambda: not page.shows("cancelAskConfirm"))
    assert backend.received == []

    page.type(Qt.Key.Key_C)
    page.until(lambda: page.shows("cancelAskConfirm"))
    page.settle()
    page.press("cancelAskConfirm")
    page.until(lambda: bool(backend.received))
    (cancel,) = backend.received
    assert isinstance(cancel, CancelOrder)
    assert cancel.order_id == "qt-JPM-0-ge"


def test_an_unknown_order_is_not_cancelled_by_key(page: Hands, backend: Backend) -> None:
    """It is locked until the broker has said what became of it."""
    page.item("activeOrders").forceActiveFocus()
    page.type(Qt.Key.Key_Down)
    page.until(lambda: page.app.desk.orders.view.view.selected == "qt-META-0-7f3a")
    page.type(Qt.Key.Key_C)
    page.settle()
    assert not page.shows("cancelAskConfirm")
    assert backend.received == []


def test_cancel_all_counts_what_can_be_cancelled_and_asks(page: Hands, backend: Backend) -> None:
    """The one that is leaving already is not counted."""
    assert page.read("cancelAll") == "Cancel all 6"
    page.press("cancelAll")
    page.until(lambda: page.shows("cancelAllAskConfirm"))
    page.settle()
    page.press("cancelAllAskConfirm")
    page.until(lambda: len(backend.received) == 6)
    assert all(isinstance(one, CancelOrder) for one in backend.received)
    assert "qt-XOM-0-xom" not in {one.order_id for one in backend.received}


def test_an_order_is_changed_in_its_row(page: Hands, backend: Backend) -> None:
    """Only what was typed goes out; the same figures, or words, go nowhere."""
    page.press("change-qt-AMZN-0-amzn")
    page.until(lambda: page.shows("changeApply"))
    page.settle()
    assert page.read("change-limit_price") == "228.20"
    assert page.read("changeApply", "enabled") is False
    page.write("change-limit_price", "dear")
    page.press("changeApply")
    page.until(lambda: "a number such as" in page.read("changeError"))
    page.write("change-limit_price", "227.90")
    page.press("changeApply")
    page.until(lambda: bool(backend.received))
    (change,) = backend.received
    assert isinstance(change, ReplaceOrder)
    assert (change.order_id, change.limit_price) == ("qt-AMZN-0-amzn", Decimal("227.90"))
    assert change.quantity is None
    page.until(lambda: not page.shows("changeApply"))


def test_an_order_that_ends_while_it_is_changed_closes_its_fields(
    page: Hands, backend: Backend
) -> None:
    """What is no longer open can no longer be changed."""
    page.press("change-qt-AMZN-0-amzn")
    page.until(lambda: page.shows("changeApply"))
    rest = tuple(one for one in floor.seven().orders if one.symbol != "AMZN")
    backend.write(registry.ACTIVE_ORDERS, msgspec.structs.replace(floor.seven(), orders=rest))
    page.until(lambda: not page.shows("changeApply"))
    assert page.app.desk.orders.view.view.editing == ""


def test_the_log_has_fills_and_every_other_end_with_its_reason(page: Hands) -> None:
    """Refused by risk, rejected by the broker, expired: each with its words, and the sums below."""
    page.until(lambda: page.app.desk.tradeLog.table.count == 9)
    words = page.words_in(page.item("tradeLogCard"))
    for said in ("REFUSED BY RISK", "Sector cap 35%: would be 37.1%", "REJECTED", "EXPIRED"):
        assert said in words
    assert page.read("logFilled") == "6 filled"
    assert page.read("logRealized") == "+48.20"


def test_the_filters_of_the_log(page: Hands) -> None:
    """By whom, by result, by symbol; the keys / and Esc are the search's."""
    log = page.app.desk.tradeLog
    page.until(lambda: log.table.count == 9)
    page.press("logOriginManual")
    page.until(lambda: log.table.count == 3)
    page.press("logOriginAll")
    page.press("logResult")
    page.until(lambda: log.table.count == 6)
    assert page.read("logResult") == "Result: FILLED"
    page.press("logResult")
    page.until(lambda: log.table.count == 1)
    for _ in range(4):
        page.press("logResult")
    page.item("activeOrders").forceActiveFocus()
    page.type(Qt.Key.Key_Slash)
    page.until(lambda: bool(page.read("logSearch", "activeFocus")))
    for letter in "tsla":
        QTest.keyClick(page.app.window, letter)
    page.until(lambda: log.table.count == 3)
    page.type(Qt.Key.Key_Escape)
    page.until(lambda: log.table.count == 9)


def test_the_log_is_written_as_csv_with_raw_numbers(page: Hands, tmp_path: Path) -> None:
    """What is shown, no formulas, and a file that cannot be written says so."""
    page.until(lambda: page.app.desk.tradeLog.table.count == 9)
    file = tmp_path / "trades.csv"
    page.app.desk.tradeLog.export(QUrl.fromLocalFile(str(file)))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("time,symbol,side,quantity,price_usd")
    assert len(lines) == 1 + 9
    sold = next(line for line in lines if ",SELL," in line)
    assert ",20,184.01,3680.20,1,FILLED," in sold
    assert ",48.20," in sold
    assert page.read("logTold") == "9 lines written to trades.csv"

    page.app.desk.tradeLog.export(QUrl.fromLocalFile(str(tmp_path / "none" / "trades.csv")))
    page.until(lambda: page.read("logTold").startswith("Not written: "))


def test_nothing_of_the_rows_is_reset_when_the_documents_come_again(
    page: Hands, backend: Backend
) -> None:
    """A new document changes rows in place: what is being read does not jump."""
    resets: list[str] = []
    for model in (page.app.desk.orders.rows, page.app.desk.tradeLog.table):
        model.modelReset.connect(lambda: resets.append("reset"))
        model.rowsRemoved.connect(lambda *_: resets.append("removed"))
    changed: list[int] = []
    page.app.desk.orders.rows.dataChanged.connect(lambda first, *_: changed.append(first.row()))
    every = list(floor.seven().orders)
    every[1] = msgspec.structs.replace(
        every[1], status=OrderStatus.PARTIALLY_FILLED, filled_qty=Decimal(5)
    )
    backend.write(
        registry.ACTIVE_ORDERS, msgspec.structs.replace(floor.seven(), orders=tuple(every))
    )
    page.until(lambda: word(page, "qt-JPM-0-ge") == "PARTLY FILLED")
    assert 1 in changed
    assert resets == []


def test_a_silent_engine_locks_every_control_of_the_page(page: Hands, backend: Backend) -> None:
    """Ticket, change, cancel: off, with the reason; the rows stay and are grey."""
    choose(page, "Market")
    page.until(lambda: sendable(page))
    backend.write_old(registry.TRADING_STATUS, published.engine(), 30.0)
    page.until(lambda: not sendable(page))
    for name in ("ticketSend", "change-qt-JPM-0-ge", "cancelOrder-qt-JPM-0-ge", "cancelAll"):
        assert page.read(name, "enabled") is False, name
        assert page.read(name, "hint") == "Engine does not answer", name


def test_markets_leads_to_the_ticket_of_its_symbol(page: Hands) -> None:
    """Two buttons beside the quote open the one ticket there is."""
    page.app.desk.selectSymbol("NVDA")
    page.show("Markets")
    page.until(lambda: page.shows("marketsSell"))
    page.settle()
    page.press("marketsSell")
    page.until(lambda: page.page == "Orders")
    assert page.read("ticketSymbol") == "NVDA"
    assert page.read("ticketSide", "index") == 1
