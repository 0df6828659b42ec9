"""Who controls AutoTrading: two desks on one server, and everything that passes between them."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import people
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands
from tests.servers import ServerProcess

from qt_trade.contract import registry
from qt_trade.contract.payloads.sessions import (
    DeclineTakeover,
    ReleaseControl,
    RevokedSession,
    Session,
    TakeControl,
)
from qt_trade.kit.clock import SystemClock
from qt_trade.model.control import ControllerLoss

AUTOTRADING = "AutoTrading"


class Pair:
    """Two desks; the first one controls."""

    def __init__(self, one: Hands, two: Hands, backend: Backend) -> None:
        self.one, self.two, self.backend = one, two, backend

    @property
    def first(self) -> Session:
        return self.one.app.link.session

    @property
    def second(self) -> Session:
        return self.two.app.link.session

    def write(self, holder: Session | None, **more: object) -> None:
        control = people.controlled(holder, **more)  # type: ignore[arg-type]
        self.backend.write(registry.AUTOTRADING_CONTROL, control)


@pytest.fixture
def pair(open_desk: Callable[[str], Hands], backend: Backend) -> Pair:
    backend.publish_everything()
    both = Pair(open_desk(backend.url), open_desk(backend.url), backend)
    for hands in (both.one, both.two):
        hands.show(AUTOTRADING)
        hands.until(lambda hands=hands: hands.read("headerTradeTitle") == "Ready to trade")
    active = people.living(both.first, both.second, holder=both.first.session_id)
    backend.write(registry.SESSIONS_ACTIVE, active)
    backend.write(registry.SESSION_SETTINGS, people.on_loss(ControllerLoss.PAUSE_ENTRIES))
    both.write(both.first)
    both.one.until(lambda: both.one.item("handOver").isVisible())
    both.two.until(lambda: both.two.item("takeOver").isVisible())
    both.one.settle()
    both.two.settle()
    return both


def test_another_desks_control_locks_the_start_and_names_the_way_out(pair: Pair) -> None:
    """Start and apply are off on the other desk with the words of the picture; a stop is not."""
    assert pair.one.read("controlledBy") == f"{pair.first.name} (this desk)"
    assert pair.two.read("controlledBy") == pair.first.name
    assert pair.two.read("tradingSwitch") == "Stop"
    assert pair.two.read("tradingSwitch", "enabled") is True

    pair.backend.write(registry.TRADING_STATUS, published.engine(active=False))
    pair.two.until(lambda: pair.two.read("tradingSwitch") == "Start AutoTrading")
    assert pair.two.read("tradingSwitch", "enabled") is False
    hint = f"{pair.first.name} controls AutoTrading. Take over."
    assert pair.two.read("tradingSwitch", "hint") == hint
    pair.one.until(lambda: pair.one.read("tradingSwitch") == "Start AutoTrading")
    assert pair.one.read("tradingSwitch", "enabled") is True


def test_a_take_over_is_asked_counted_down_and_taken(pair: Pair) -> None:
    """The asking desk counts, the holder is told, and in the end both see who has it."""
    pair.two.press("takeOver")
    pair.two.until(lambda: bool(pair.backend.received))
    (wish,) = pair.backend.received
    assert isinstance(wish, TakeControl)
    assert wish.session_id == pair.second.session_id

    pair.write(pair.first, asks=pair.second)
    asking = f"Asking {pair.first.name}, "
    pair.two.until(lambda: pair.two.read("controlWho").startswith(asking))
    pair.one.until(lambda: pair.one.item("takeoverAsked").isVisible())
    asked = f"{pair.second.name} asks for the control. It passes in "
    assert pair.one.read("takeoverAskedWords").startswith(asked)

    pair.write(pair.second, token=2)
    pair.two.until(lambda: pair.two.read("controlWho") == "This desk controls AutoTrading now.")
    lost = f"{pair.second.name} controls AutoTrading now."
    pair.one.until(lambda: pair.one.read("controlWho") == lost)
    assert pair.one.read("controlledBy") == pair.second.name


def test_the_holder_keeps_the_control(pair: Pair) -> None:
    """Keep sends a decline, and the asking desk is told."""
    pair.write(pair.first, asks=pair.second)
    pair.one.until(lambda: pair.one.item("takeoverKeep").isVisible())
    pair.two.until(lambda: pair.two.read("controlWho").startswith("Asking "))
    pair.one.settle()
    pair.one.press("takeoverKeep")
    pair.one.until(lambda: bool(pair.backend.received))
    assert isinstance(pair.backend.received[0], DeclineTakeover)

    pair.write(pair.first)
    kept = f"{pair.first.name} keeps the control."
    pair.two.until(lambda: pair.two.read("controlWho") == kept)


@pytest.mark.parametrize(
    ("button", "wanted"),
    [("linkBannerAction", DeclineTakeover), ("linkBannerMore", ReleaseControl)],
)
def test_the_holder_is_asked_on_every_page(pair: Pair, button: str, wanted: type) -> None:
    """Ten seconds are too few to find the page: the banner asks, and takes the answer."""
    pair.one.show("Dashboard")
    pair.write(pair.first, asks=pair.second)
    asks = f"{pair.second.name} asks for the control of AutoTrading."
    pair.one.until(lambda: pair.one.read("linkBannerTitle") == asks)
    assert pair.one.read("linkBannerWords").startswith("It passes in ")
    pair.one.settle()
    pair.one.press(button)
    pair.one.until(lambda: bool(pair.backend.received))
    assert isinstance(pair.backend.received[0], wanted)


@pytest.mark.parametrize("button", ["takeoverHandOver", "handOver"])
def test_the_holder_hands_over(pair: Pair, button: str) -> None:
    """When asked, and unasked."""
    if button == "takeoverHandOver":
        pair.write(pair.first, asks=pair.second)
    pair.one.until(lambda: pair.one.item(button).isVisible())
    pair.one.settle()
    pair.one.press(button)
    pair.one.until(lambda: bool(pair.backend.received))
    assert isinstance(pair.backend.received[0], ReleaseControl)


def test_the_key_t_asks_before_it_asks(pair: Pair) -> None:
    """Escape does nothing; the button of the question takes over."""
    pair.two.type(Qt.Key.Key_T)
    pair.two.until(lambda: pair.two.item("takeOverAskConfirm").isVisible())
    pair.two.type(Qt.Key.Key_Escape)
    pair.two.until(lambda: not pair.two.shows("takeOverAskConfirm"))
    assert pair.backend.received == []

    pair.two.type(Qt.Key.Key_T)
    pair.two.until(lambda: pair.two.shows("takeOverAskConfirm"))
    pair.two.settle()
    pair.two.press("takeOverAskConfirm")
    pair.two.until(lambda: bool(pair.backend.received))
    assert isinstance(pair.backend.received[0], TakeControl)


def test_a_question_keeps_nobody_from_the_panic_control(pair: Pair) -> None:
    """F12 held in the question, and in the list of sessions, fills the control."""
    for name in ("takeOverAskConfirm", "sessionEnd"):
        if name == "sessionEnd":
            pair.two.press("headerSession")
        else:
            pair.two.type(Qt.Key.Key_T)
        pair.two.until(lambda name=name: pair.two.shows(name))
        QTest.keyPress(pair.two.app.window, Qt.Key.Key_F12)
        pair.two.until(lambda: pair.two.read("panicButton", "progress") > 0)
        QTest.keyRelease(pair.two.app.window, Qt.Key.Key_F12)
        pair.two.until(lambda: pair.two.read("panicButton", "progress") == 0)
        pair.two.type(Qt.Key.Key_Escape)
        pair.two.until(lambda name=name: not pair.two.shows(name))
    assert pair.backend.received == []


def test_a_refused_take_over_says_why(pair: Pair) -> None:
    """The engine's reason stands where the button was pressed."""
    pair.backend.accept, pair.backend.reason = False, "this session has expired"
    pair.two.press("takeOver")
    pair.two.until(lambda: pair.two.read("controlWho").startswith("Take-over refused: "))
    assert pair.two.read("controlWho") == "Take-over refused: This session has expired."


def test_a_gone_controller_pauses_the_entries_in_amber(pair: Pair) -> None:
    """The state says so, the reason stands below, and the control can be taken at once."""
    pair.write(pair.first, alive=False, paused=True)
    pair.two.until(lambda: pair.two.read("tradingState") == "ENTRIES PAUSED")
    assert pair.two.item("controlPaused").isVisible()
    assert pair.two.read("controlPaused").startswith("Entries are paused: ")
    assert pair.two.read("controlledBy").endswith(", gone")
    assert pair.two.read("takeOver", "enabled") is True


def test_what_happens_without_the_controller_is_set_for_all_desks(pair: Pair) -> None:
    """One desk sets it, the other sees it, marked."""
    pair.one.press("lossStop")
    pair.two.until(lambda: pair.two.read("loss", "index") == 2)
    stored = pair.backend.read(registry.SESSION_SETTINGS).value
    assert stored.on_controller_loss is ControllerLoss.STOP
    assert pair.two.read("lossMark").endswith(f"by {pair.first.name}")
    assert pair.one.read("lossMark") == ""


def test_the_panel_lists_who_is_there_and_who_controls(pair: Pair) -> None:
    """A click on the header's cell opens it."""
    pair.two.until(lambda: pair.two.read("headerSessionWords") == "2 sessions")
    pair.two.press("headerSession")
    pair.two.until(lambda: pair.two.shows("sessionPanelTable"))
    assert pair.two.read("sessionController") == f"AutoTrading: {pair.first.name}"
    table = pair.two.item("sessionPanelTable")
    pair.two.until(lambda: pair.first.name in pair.two.words_in(table))
    assert pair.second.session_id in pair.two.read("sessionId")


def test_logging_out_ends_the_session_and_a_new_one_begins_with_another_id(pair: Pair) -> None:
    """Between the two nothing can be sent."""
    old = pair.second.session_id
    pair.two.press("headerSession")
    pair.two.until(lambda: pair.two.shows("sessionEnd"))
    pair.two.settle()
    pair.two.press("sessionEnd")
    pair.two.until(lambda: pair.backend.read(registry.SESSION, old) is None)
    pair.two.until(lambda: pair.two.read("linkBannerTitle") == "Logged out.")
    assert pair.two.read("tradingSwitch", "enabled") is False
    assert pair.two.read("tradingSwitch", "hint") == "This desk's session is over"
    assert pair.two.read("panicButtonCaption") == "logged out"

    pair.two.settle()
    pair.two.press("sessionEnd")
    pair.two.until(lambda: pair.two.snapshot.session_id != old)
    new = pair.two.snapshot.session_id
    pair.two.until(lambda: pair.backend.read(registry.SESSION, new) is not None)
    pair.two.until(lambda: pair.two.read("tradingSwitch", "enabled"))


def test_a_revoked_desk_says_by_whom_and_why_and_sends_nothing(pair: Pair) -> None:
    """Its banner offers a new session; its heartbeat does not bring the old one back."""
    first, second = pair.first, pair.second
    gone = RevokedSession(
        session_id=second.session_id,
        at=SystemClock().now(),
        by=first.session_id,
        reason="left open at the office",
    )
    active = msgspec.structs.replace(people.living(first), revoked=(gone,))
    pair.backend.write(registry.SESSIONS_ACTIVE, active)
    pair.two.until(lambda: pair.two.read("linkBannerTitle") == f"Logged out by {first.name}.")
    assert pair.two.read("linkBannerWords").startswith("Left open at the office. ")
    assert pair.two.read("tradingSwitch", "enabled") is False

    pair.two.app.desk.emergency.stopTrading("button")
    pair.two.until(lambda: "session is over" in pair.two.read("linkBannerWords"))
    assert pair.backend.received == []
    pair.two.press("linkBannerAction")
    pair.two.until(lambda: pair.two.read("linkBannerAction") == "Start a new session")
    pair.two.settle()
    pair.two.press("linkBannerAction")
    pair.two.until(lambda: pair.two.snapshot.over is None)
    assert pair.two.snapshot.session_id != second.session_id
    pair.two.until(lambda: not pair.two.read("linkBanner", "visible"))


def test_without_redis_it_is_unknown_what_autotrading_does(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """The words of the picture: last known, by its own rules, and how to stop it."""
    backend = Backend(private_valkey.url)
    hands = open_desk(private_valkey.url)
    hands.show(AUTOTRADING)
    backend.publish_everything()
    hands.until(lambda: hands.read("tradingState") == "RUNNING")
    backend.write(registry.AUTOTRADING_CONTROL, people.controlled(hands.app.link.session))
    hands.until(lambda: hands.read("controlledBy").endswith("(this desk)"))

    private_valkey.kill()
    hands.until(lambda: hands.read("tradingState") == "UNKNOWN")
    assert hands.read("tradingState", "dashed") is True
    assert "Last known: running" in hands.words()
    remark = "The backend goes on trading by its own rules. What it did since 13:4"
    assert hands.read("controlRemark").startswith(remark)
    assert hands.read("nextCycle") == "unknown"
    assert hands.read("controlledBy").endswith(", last known")
    hands.settle()
    hands.press("controlRemarkAction")
    assert hands.read("emergencyNote").startswith("Nothing was sent: no connection to Redis.")
    private_valkey.start()
    backend.close()


def test_the_count_down_runs_on_the_servers_clock(pair: Pair) -> None:
    """A desk whose clock is an hour behind shows the same seconds."""
    pair.write(pair.first, asks=pair.second)
    pair.two.until(lambda: pair.two.read("controlWho").startswith("Asking "))
    pair.two.snapshot.ahead_s = 3600.0
    pair.two.app.desk.sessions.show(SystemClock().now() - timedelta(hours=1))
    left = pair.two.read("controlWho").split(", ")[1]
    assert int(left.removesuffix(" s")) <= people.TAKE_OVER_S
