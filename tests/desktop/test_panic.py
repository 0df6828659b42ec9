"""The panic control: held, let go, by key, out of reach, and what is shown until it is proved."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import emergencies, people
from tests.desktop.backend import Backend
from tests.desktop.hands import PAGES, Hands
from tests.servers import ServerProcess

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import Emergency, EmergencyAction
from qt_trade.contract.payloads.emergency import EmergencyState

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def ready(desk: Hands, backend: Backend) -> Hands:
    backend.publish_everything()
    desk.until(lambda: desk.read("panicButton", "reachable"))
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    return desk


def hold(desk: Hands, name: str, done: Callable[[], bool]) -> None:
    """Keep the button pressed until something is done."""
    QTest.mousePress(desk.app.window, LEFT, NONE, desk.place(name))
    desk.until(done)
    QTest.mouseRelease(desk.app.window, LEFT, NONE, desk.place(name))


def repeat(desk: Hands, key: Qt.Key) -> None:
    """Send what a keyboard sends while a key stays down."""
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, key, NONE, "", autorep=True)
        QGuiApplication.sendEvent(desk.app.window, event)


def test_holding_panic_closes_everything_and_says_by_which_control(
    ready: Hands, backend: Backend
) -> None:
    """One command, confirmed, by the button; the view opens at once and waits for the engine."""
    hold(ready, "panicButton", lambda: bool(backend.received))

    (action,) = backend.received
    assert isinstance(action, EmergencyAction)
    assert action.action is Emergency.CLOSE_ALL_POSITIONS
    assert (action.confirmed, action.how) == (True, "button")
    assert ready.shows("emergencyArea")
    ready.until(lambda: ready.read("emergencyNote").startswith("Accepted."))


def test_letting_go_in_time_sends_nothing(ready: Hands, backend: Backend) -> None:
    """While it is held it says how long still; let go it is as it was."""
    QTest.mousePress(ready.app.window, LEFT, NONE, ready.place("panicButton"))
    ready.until(lambda: ready.read("panicButton", "progress") > 0.3)
    assert ready.read("panicButtonCaption").endswith(" s to go")
    QTest.mouseRelease(ready.app.window, LEFT, NONE, ready.place("panicButton"))

    assert ready.read("panicButton", "progress") == 0
    assert ready.read("panicButtonCaption") == "hold 1.5 s · F12"
    assert not ready.shows("emergencyArea")
    assert backend.received == []


def test_f12_is_panic_too_and_letting_go_cancels(ready: Hands, backend: Backend) -> None:
    """A key that repeats is one press: it neither cancels nor sends twice."""
    QTest.keyPress(ready.app.window, Qt.Key.Key_F12)
    ready.until(lambda: ready.read("panicButton", "progress") > 0)
    QTest.keyRelease(ready.app.window, Qt.Key.Key_F12)
    assert ready.read("panicButton", "progress") == 0
    assert backend.received == []

    QTest.keyPress(ready.app.window, Qt.Key.Key_F12)
    ready.until(lambda: ready.read("panicButton", "progress") > 0.5)
    before = ready.read("panicButton", "progress")
    repeat(ready, Qt.Key.Key_F12)
    assert ready.read("panicButton", "progress") >= before
    ready.until(lambda: bool(backend.received))
    repeat(ready, Qt.Key.Key_F12)
    QTest.keyRelease(ready.app.window, Qt.Key.Key_F12)
    (action,) = backend.received
    assert (action.action, action.how) == (Emergency.CLOSE_ALL_POSITIONS, "F12")


@pytest.mark.parametrize("page", PAGES)
def test_f12_begins_from_every_page(ready: Hands, page: str) -> None:
    """Wherever the keyboard is."""
    ready.show(page)
    ready.settle()
    for _ in range(12):
        ready.type(Qt.Key.Key_Tab)
        QTest.keyPress(ready.app.window, Qt.Key.Key_F12)
        assert ready.read("panicButton", "holding") is True
        QTest.keyRelease(ready.app.window, Qt.Key.Key_F12)
        assert ready.read("panicButton", "holding") is False


def test_f12_begins_from_a_pop_up_and_a_dialog(ready: Hands, backend: Backend) -> None:
    """What has the keyboard for itself passes this one key on."""
    ready.press("headerSession")
    ready.until(lambda: ready.shows("sessionPanel"))
    QTest.keyPress(ready.app.window, Qt.Key.Key_F12)
    assert ready.read("panicButton", "holding") is True
    QTest.keyRelease(ready.app.window, Qt.Key.Key_F12)
    ready.type(Qt.Key.Key_Escape)

    other = ready.app.link.session
    backend.write(registry.AUTOTRADING_CONTROL, people.controlled(other))
    ready.show("AutoTrading")
    ready.settle()
    ready.type(Qt.Key.Key_T)
    QTest.keyPress(ready.app.window, Qt.Key.Key_F12)
    assert ready.read("panicButton", "holding") is True
    QTest.keyRelease(ready.app.window, Qt.Key.Key_F12)


def test_what_is_open_is_what_the_broker_counts(ready: Hands, backend: Backend) -> None:
    """Counts, exposure, each position, the unknown order by its name, the steps with times."""
    backend.write(registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.RUNNING))
    ready.until(lambda: ready.shows("emergencyArea"))

    assert ready.read("positionsOpenValue") == "2"
    assert ready.read("ordersOpenValue") == "1"
    assert ready.read("exposureOpenValue") == "14,881"
    assert ready.read("emergencyUnknown") == emergencies.UNKNOWN
    assert ready.read("emergencyFooter").startswith("Counted by the broker, ")
    words = ready.words_in(ready.item("emergencyArea"))
    for expected in ("AAPL", "0 of 20", "12 of 40", "865.70", "+0.9 s", "Broker asked twice"):
        assert expected in words
    assert ready.read("headerTradeTitle") == "Cannot trade"
    assert ready.read("headerTradeWords") == "Emergency, closing everything"
    assert ready.read("panicButtonCaption") == "2 and 1 still open"


def test_a_count_that_nobody_has_made_is_no_zero(ready: Hands, backend: Backend) -> None:
    """Until the broker has said something there is a dash."""
    told = emergencies.status(
        EmergencyState.RUNNING, positions_open=None, orders_open=None, exposure_open=None,
        counted_at=None,
    )  # fmt: skip
    backend.write(registry.EMERGENCY_STATUS, told)
    ready.until(lambda: ready.shows("emergencyArea"))
    assert ready.read("positionsOpenValue") == "—"
    assert ready.read("exposureOpenValue") == "—"
    assert ready.read("panicButtonCaption") == "asking the broker"
    assert ready.read("emergencyFooter").startswith("The broker is being asked")


def test_folded_it_goes_on_and_a_click_shows_it_again(ready: Hands, backend: Backend) -> None:
    """By the button, by Escape, by going to a page; news of the same one leave it folded."""
    backend.write(registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.RUNNING))
    ready.until(lambda: ready.shows("emergencyArea"))
    ready.settle()
    ready.press("emergencyFold")
    assert not ready.shows("emergencyArea")
    assert ready.shows("dashboardPage")
    backend.write(
        registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.RUNNING, positions_open=1)
    )
    ready.until(lambda: ready.read("panicButtonCaption") == "1 and 1 still open")
    assert not ready.shows("emergencyArea")

    ready.press("panicButton")
    ready.until(lambda: ready.shows("emergencyArea"))
    ready.type(Qt.Key.Key_Escape)
    assert not ready.shows("emergencyArea")
    ready.press("panicButton")
    ready.until(lambda: ready.shows("emergencyArea"))
    ready.type(Qt.Key.Key_2)
    assert ready.page == "Markets"
    assert not ready.shows("emergencyArea")
    assert backend.received == []


def test_a_closed_market_is_said_plainly(ready: Hands, backend: Backend) -> None:
    """The exits are queued: nothing looks as if it were being closed now."""
    told = emergencies.status(
        EmergencyState.WAITING, words="the market opens Mon 09:30 ET, 4 exits are queued"
    )
    backend.write(registry.EMERGENCY_STATUS, told)
    ready.until(lambda: ready.shows("emergencyArea"))
    assert ready.read("emergencyTitle") == "Market closed, exits are queued"
    assert ready.read("emergencyNote") == "The market opens Mon 09:30 ET, 4 exits are queued."


def test_what_cannot_be_closed_is_named_in_amber(ready: Hands, backend: Backend) -> None:
    """Never a green tick: what it is, and the ways out beside it."""
    told = emergencies.status(
        EmergencyState.NEEDS_YOU, words="the broker refuses to sell AAPL: halted"
    )
    backend.write(registry.EMERGENCY_STATUS, told)
    ready.until(lambda: ready.shows("emergencyArea"))
    assert ready.read("emergencyTitle") == "Not everything is closed"
    assert ready.read("emergencyNote", "tone") == "warn"
    assert ready.read("emergencyNote") == "The broker refuses to sell AAPL: halted."
    assert ready.shows("waysOut")


def test_the_receipt_shows_two_counts_apart_in_time(ready: Hands, backend: Backend) -> None:
    """It comes with the proof, in the view that was open, and stays until it is closed."""
    backend.write(registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.RUNNING))
    ready.until(lambda: ready.shows("emergencyArea"))
    assert not ready.shows("emergencyReceipt")
    backend.append(registry.EMERGENCY_RECEIPTS, [emergencies.receipt()])
    backend.write(registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.VERIFIED))
    ready.until(lambda: ready.shows("emergencyReceipt"))

    words = ready.words_in(ready.item("emergencyReceipt"))
    assert words.count("0 positions, 0 orders") == 2
    assert "−2.1 bp, −12.94 USD" in words
    assert ready.read("receiptResult") == "verified"
    ready.press("receiptCopy")
    assert QGuiApplication.clipboard().text() == emergencies.HASH
    ready.press("emergencyFold")
    assert not ready.shows("emergencyArea")


def test_a_desk_that_comes_later_shows_no_emergency_that_has_ended(
    ready: Hands, backend: Backend
) -> None:
    """Only what still has to be done takes the page away."""
    backend.write(registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.VERIFIED))
    ready.until(lambda: ready.snapshot.emergency is not None)
    assert not ready.shows("emergencyArea")


def test_a_refused_panic_says_so_and_shows_the_other_ways(ready: Hands, backend: Backend) -> None:
    """Nothing pretends that anything is being closed."""
    backend.accept, backend.reason = False, "no session of this id"
    ready.app.desk.emergency.panic("button")
    ready.until(lambda: ready.read("emergencyNote").startswith("Refused: "))
    assert ready.read("emergencyNote") == "Refused: No session of this id. Nothing was closed."
    assert ready.shows("waysOut")
    assert ready.read("wayOutText0") == "qtrade panic"


def test_out_of_reach_it_opens_the_ways_without_this_desk_and_queues_nothing(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """Dashed and unreachable; what was not sent then is not sent when the line is back."""
    backend = Backend(private_valkey.url)
    backend.publish_everything()
    hands = open_desk(private_valkey.url)
    hands.until(lambda: hands.read("panicButton", "reachable"))
    private_valkey.kill()
    hands.until(lambda: hands.read("panicButton", "reachable") is False)
    assert hands.read("panicButtonCaption") == "unreachable"

    QTest.keyPress(hands.app.window, Qt.Key.Key_F12)
    QTest.keyRelease(hands.app.window, Qt.Key.Key_F12)
    assert hands.shows("emergencyArea")
    assert hands.read("emergencyNote") == (
        "Nothing was sent: no connection to Redis. It is not sent later, either."
    )
    hands.settle()
    hands.press("wayOutCopy0")
    assert QGuiApplication.clipboard().text() == "qtrade panic"
    assert published.ACCOUNT in hands.words_in(hands.item("waysOut"))
    hands.press("emergencyFold")
    assert not hands.shows("emergencyArea")

    private_valkey.start()
    hands.until(lambda: hands.snapshot.connected)
    backend.publish_everything()
    hands.until(lambda: hands.read("panicButton", "reachable"))
    backend.write(registry.PORTFOLIO_SUMMARY, published.summary("99.00"))
    hands.until(lambda: hands.read("headerAccountTitle") == "99.00")
    assert backend.received == []
    backend.close()


def test_an_emergency_whose_line_is_lost_is_grey_and_says_who_goes_on(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """What the broker says now is not known here; the backend finishes alone."""
    backend = Backend(private_valkey.url)
    backend.publish_everything()
    hands = open_desk(private_valkey.url)
    backend.write(registry.EMERGENCY_STATUS, emergencies.status(EmergencyState.RUNNING))
    hands.until(lambda: hands.shows("emergencyArea"))
    private_valkey.kill()
    hands.until(lambda: "is lost" in hands.read("emergencyNote"))
    assert hands.shows("waysOut")
    backend.close()


def test_the_smaller_steps_tell_their_ending_in_a_notice(ready: Hands, backend: Backend) -> None:
    """Stopping and cancelling close nothing, and open no view."""
    ready.app.desk.emergency.stopTrading("button")
    ready.until(lambda: ready.read("linkBannerTitle") == "Stop of all trading: done.")
    ready.app.desk.emergency.cancelAll("button")
    ready.until(lambda: ready.read("linkBannerTitle") == "Cancel of all orders: done.")
    asked = [one.action for one in backend.received]
    assert asked == [Emergency.STOP_ALL_TRADING, Emergency.CANCEL_ALL_ORDERS]
    assert not ready.shows("emergencyArea")


def test_a_refused_step_is_said_until_it_is_dismissed(desk: Hands, backend: Backend) -> None:
    """Bad news does not leave by itself."""
    backend.accept, backend.reason = False, "no session of this id"
    desk.until(lambda: desk.read("panicButton", "reachable"))

    desk.app.desk.emergency.stopTrading("button")
    desk.until(lambda: desk.read("linkBannerTitle") == "Stop of all trading: refused.")
    assert desk.read("linkBannerWords") == "No session of this id"
    desk.press("linkBannerAction")
    assert not desk.read("linkBanner", "visible")
