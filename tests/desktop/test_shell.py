"""The frame: what the header says, what it says while the wire is down, the panic control."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from tests.desktop import accounts, machine, risks
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import PAGES, Hands
from tests.servers import ServerProcess

from qt_trade.contract import registry


def test_the_header_shows_what_the_backend_published(desk: Hands, backend: Backend) -> None:
    backend.publish_everything()

    desk.until(lambda: desk.read("headerAccountTitle") == "100,452.61")
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    assert desk.read("headerDayTitle") == "+452.61 +0.45%"
    assert desk.read("headerMode", "mode") == "PAPER"
    assert desk.read("headerFeedTitle") == "REPLAY"
    assert desk.read("headerClockTitle") == "NYSE open"
    assert desk.read("headerClockWords").startswith("7 Oct 2013 13:46")
    desk.until(lambda: desk.read("headerLinkTitle").endswith(" ms"))


def test_before_anything_is_published_nothing_looks_like_a_number(desk: Hands) -> None:
    assert desk.read("headerAccountTitle") == "—"
    assert desk.read("headerDayTitle") == "—"
    assert desk.read("headerFeedTitle") == "NO DATA"
    assert desk.read("headerMode", "mode") == ""
    for page in PAGES[:3]:  # System counts what this desk measured itself
        desk.show(page)
        numbers = [w for w in desk.words() if w.replace(",", "").replace(".", "").strip("0") == ""]
        assert numbers == []


def test_a_held_symbol_without_a_price_leaves_the_total_unknown(
    desk: Hands, backend: Backend
) -> None:
    backend.publish_everything()
    backend.write(registry.PORTFOLIO_SUMMARY, published.summary(total=None))

    desk.until(
        lambda: desk.snapshot.summary is not None and desk.snapshot.summary.total_value is None
    )
    assert desk.read("headerAccountTitle") == "—"
    assert desk.read("headerDayTitle") == "—"


def test_a_stop_by_the_engine_names_its_reason(desk: Hands, backend: Backend) -> None:
    backend.publish_everything()
    backend.write(registry.TRADING_STATUS, published.engine(active=False, emergency=True))

    desk.until(lambda: desk.read("headerTradeTitle") == "Cannot trade")
    assert desk.read("headerTradeWords") == "Panic held at this desk"
    assert desk.read("panicButton", "engaged") is True


def test_without_redis_the_desk_says_so_and_offers_to_try(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    private_valkey.kill()
    hands = open_desk(private_valkey.url)

    hands.until(lambda: bool(hands.read("linkBanner", "visible")))
    assert hands.read("linkBannerTitle") == "No connection to Redis."
    assert hands.read("panicButton", "reachable") is False
    assert hands.read("dashboardSwitch", "enabled") is False


def test_a_lost_connection_greys_all_and_its_return_makes_all_whole(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    backend = Backend(private_valkey.url)
    hands = open_desk(private_valkey.url)
    backend.publish_everything()
    hands.until(lambda: hands.read("dashboardSwitch", "enabled"))
    hands.until(lambda: hands.read("portfolioTotal") == "100,452.61")

    private_valkey.kill()
    hands.until(lambda: bool(hands.read("linkBanner", "visible")))
    assert hands.read("linkBannerTitle").startswith("Connection to Redis lost")
    assert hands.read("headerTradeTitle") == "Cannot trade"
    assert hands.read("headerFeedTitle").startswith("STALE")
    assert hands.read("portfolioTotal") == "100,452.61"
    assert hands.read("portfolioCardNote").startswith("stale since")
    assert hands.read("tradingState") == "UNKNOWN"
    assert hands.read("dashboardSwitch", "enabled") is False
    assert hands.read("panicButton", "reachable") is False

    private_valkey.start()
    backend.publish_everything()
    hands.until(lambda: hands.snapshot.connected)
    hands.until(lambda: hands.read("linkBannerTitle") == "Connected.")
    hands.until(lambda: hands.read("tradingState") == "RUNNING")
    assert hands.read("dashboardSwitch", "enabled") is True
    assert "caught up" in hands.read("linkBannerWords")
    backend.close()


def test_digits_and_the_navigation_change_the_page(desk: Hands) -> None:
    QTest.keyClick(desk.app.window, Qt.Key.Key_3)
    assert desk.page == "AutoTrading"
    desk.press("navMarkets")
    assert desk.page == "Markets"
    keys = {"AutoTrading": Qt.Key.Key_3, "Dashboard": Qt.Key.Key_1, "Markets": Qt.Key.Key_2}
    for page, key in keys.items():
        QTest.keyClick(desk.app.window, key, Qt.KeyboardModifier.ControlModifier)
        assert desk.page == page


def test_the_focus_ring_is_for_the_keyboard(desk: Hands, backend: Backend) -> None:
    backend.publish_everything()
    desk.press("navMarkets")
    assert desk.read("navMarkets", "activeFocus")
    assert not desk.read("navMarkets", "visualFocus")
    QTest.keyClick(desk.app.window, Qt.Key.Key_Tab)
    while desk.app.window.activeFocusItem().inherits("QQuickItem") and not desk.read(
        "interval", "activeFocus"
    ):
        QTest.keyClick(desk.app.window, Qt.Key.Key_Tab)
    assert desk.read("interval", "visualFocus")
    desk.press("interval1m")
    assert not desk.read("interval", "visualFocus")


def test_a_narrow_window_folds_the_navigation(desk: Hands) -> None:
    desk.app.window.resize(1200, 900)
    desk.until(lambda: desk.item("navDashboard").width() < 60)


def test_every_control_has_a_name_for_those_who_cannot_see_it(
    desk: Hands, backend: Backend
) -> None:
    backend.publish_everything()
    machine.publish_machine(backend, desk.snapshot.session_id)
    accounts.publish_account(backend)
    risks.publish_risk(backend)
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    unnamed: list[str] = []
    for page in PAGES:
        desk.show(page)
        for item in desk._items(desk.app.window.contentItem()):
            if item.isVisible() and _is_control(item):
                unnamed += [] if _spoken(item) and item.objectName() else [str(item)]
    assert unnamed == []


def _is_control(item: QQuickItem) -> bool:
    return item.inherits("QQuickAbstractButton") or item.inherits("QQuickTextField")


def _spoken(item: QQuickItem) -> str:
    interface = QAccessible.queryAccessibleInterface(item)
    return "" if interface is None else interface.text(QAccessible.Text.Name)
