"""A desk that Redis lets look only: it says so, and does not even try to write."""

from collections.abc import Callable

import pytest
import redis
from PySide6.QtCore import QPointF
from tests.desktop import learning
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.exports.acl import User, acl_rules
from qt_trade.contract.payloads.sessions import VIEWER_PREFIX, SessionRole

LOOK_ONLY = "This desk may look, not trade"
WRITERS = {
    "Dashboard": ("dashboardSwitch", "cancel-order-9"),
    "Orders": ("ticketSend", "change-order-9", "cancelOrder-order-9", "cancelAll"),
    "Intelligence": ("trainingStart", "promotionAct", "scoreTableAct-gbm-30-v31/30"),
    "Risk": ("excludeAsk",),
    "AutoTrading": ("tradingSwitch", "applyConfig", "config-stopLoss", "strategy", "loss"),
}
"""The controls of each page that would write."""


@pytest.fixture
def viewer(open_desk: Callable[[str], Hands], backend: Backend, redis_url: str) -> Hands:
    with redis.Redis.from_url(redis_url) as server:
        rules = acl_rules(User.VIEWER)
        server.execute_command("ACL", "SETUSER", "viewer", "on", ">look", *rules)
    backend.publish_everything()
    learning.publish_learning(backend)
    backend.write(registry.ML_TRAINING_STATUS, learning.training(**learning.IDLE))
    hands = open_desk(f"redis://viewer:look@{redis_url.rpartition('@')[2]}")
    hands.until(lambda: hands.read("headerTradeTitle") == "Ready to trade")
    # The server says who it is a moment later than what there is.
    hands.until(lambda: hands.snapshot.session_id.startswith(VIEWER_PREFIX))
    return hands


def test_a_viewer_opens_a_viewers_session_and_says_so(viewer: Hands, backend: Backend) -> None:
    """Its id begins with viewer-, its chip says read only."""
    viewer.until(lambda: viewer.read("headerSession", "chip") == "read only")
    own = viewer.snapshot.session_id
    assert own.startswith("viewer-")
    viewer.until(lambda: backend.read(registry.SESSION, own) is not None)
    assert backend.read(registry.SESSION, own).value.role is SessionRole.VIEWER


@pytest.mark.parametrize("page", WRITERS)
def test_every_control_that_writes_is_off_with_the_reason(viewer: Hands, page: str) -> None:
    """On each page, in the same words."""
    viewer.show(page)
    viewer.settle()
    for name in WRITERS[page]:
        assert viewer.read(name, "enabled") is False, name
        assert viewer.read(name, "hint") == LOOK_ONLY, name


@pytest.mark.parametrize("width", [1600, 1280, 1120])
def test_its_header_leaves_room_for_the_panic_control(viewer: Hands, width: int) -> None:
    """The chip takes room from the other cells, never from the way out."""
    viewer.until(lambda: viewer.read("headerSession", "chip") == "read only")
    viewer.app.window.resize(width, 800)
    button = viewer.item("panicButton")

    def is_whole() -> bool:
        viewer.settle()
        return bool(button.mapToScene(QPointF(button.width(), 0)).x() < width)

    viewer.until(is_whole)


def test_the_panic_control_says_how_to_stop_without_this_desk(viewer: Hands) -> None:
    """It is no button that does nothing: it names the way out."""
    viewer.until(lambda: viewer.read("headerSession", "chip") == "read only")
    viewer.settle()
    assert viewer.read("panicButton", "reachable") is False
    assert viewer.read("panicButtonCaption") == "read only"
    viewer.press("panicButton")
    viewer.until(lambda: viewer.shows("emergencyArea"))
    assert viewer.read("emergencyNote").startswith("Nothing was sent: this desk may look, not")
    assert viewer.read("wayOutText0") == "qtrade panic"


def test_nothing_is_sent_even_if_it_is_asked_for(viewer: Hands, backend: Backend) -> None:
    """The link refuses before the wire."""
    viewer.app.desk.startTrading()
    viewer.app.desk.emergency.panic("button")
    viewer.until(lambda: viewer.read("emergencyNote").startswith("Nothing was sent:"))
    assert "may look, not trade" in viewer.read("emergencyNote")
    assert backend.received == []
    assert backend.read(registry.AUTOTRADING_ENABLED) is None


def test_a_viewer_may_end_its_own_session_and_begin_anew(viewer: Hands, backend: Backend) -> None:
    """The only thing it writes, under the server's real rules."""
    own = viewer.snapshot.session_id
    viewer.until(lambda: backend.read(registry.SESSION, own) is not None)
    viewer.app.desk.sessions.logOut()
    viewer.until(lambda: backend.read(registry.SESSION, own) is None)
    viewer.app.desk.sessions.newSession()
    viewer.until(lambda: viewer.snapshot.session_id != own)
    assert viewer.snapshot.session_id.startswith("viewer-")
    new = viewer.snapshot.session_id
    viewer.until(lambda: backend.read(registry.SESSION, new) is not None)
