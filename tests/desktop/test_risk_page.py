"""The Risk page: what of the limits is used, what may be changed how, the steps, the receipts."""

from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import emergencies, risks
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands
from tests.desktop.test_panic import hold

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import Emergency

RISK = "Risk"
POSITION = "risk_settings|position_weight_max"
RESERVE = "risk_settings|cash_reserve"


@pytest.fixture
def page(desk: Hands, backend: Backend) -> Hands:
    """The page with everything in it."""
    backend.publish_everything()
    risks.publish_risk(backend)
    desk.show(RISK)
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    desk.until(lambda: desk.snapshot.risk_state is not None)
    desk.until(lambda: len(desk.snapshot.receipts) == 3)
    desk.until(lambda: desk.snapshot.portfolio_settings is not None)
    desk.settle()
    return desk


def row(page: Hands, title: str) -> dict[str, object]:
    """Return what a limit's row is given."""
    return next(one for one in page.app.desk.risk.limits.rows if one["title"] == title)


def write(page: Hands, name: str, text: str) -> None:
    """Put the keyboard into a field and type over what stands there."""
    field = page.item(name)
    field.forceActiveFocus()
    page.until(lambda: bool(field.property("activeFocus")))
    QTest.keyClick(page.app.window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for character in text:
        QTest.keyClick(page.app.window, character)


def test_a_bar_is_blue_then_amber_then_red(page: Hands) -> None:
    """Below 80%, from 80% on, at all of it; what cannot be said has no share."""
    tones = {name: row(page, name)["tone"] for name in ("Opened today", "Largest position")}
    assert tones == {"Opened today": "accent", "Largest position": "warn"}
    assert row(page, "Orders per cycle")["tone"] == "crit"
    assert row(page, "Order rate, per min")["shareText"] == "—"
    shown = page.words_in(page.item("limitsCard"))
    for expected in ("12.5% NVDA", "15.0%", "84%", "refuses the buy", "stops new buys"):
        assert expected in shown


def test_only_what_a_document_sets_can_be_changed(page: Hands) -> None:
    """A limit of no document has no Change beside it."""
    assert page.shows(f"change-{POSITION}")
    assert not page.shows("change-|")


def test_a_tighter_limit_is_written_at_once_on_its_revision(page: Hands, backend: Backend) -> None:
    """No password: it can only hold more back. Everything else of the document stays."""
    page.press(f"change-{POSITION}")
    page.until(lambda: page.shows("changeValue"))
    assert page.read("changeValue") == "15"
    assert page.read("changeApply", "enabled") is False
    write(page, "changeValue", "12.5")
    page.until(lambda: page.read("changeApply", "enabled"))
    assert page.read("changeWords") == "Tighter. It is in force at once."
    assert not page.shows("changePassword")
    page.settle()
    page.press("changeApply")
    page.until(lambda: backend.read(registry.RISK_SETTINGS).value.position_weight_max == 0.125)
    written = backend.read(registry.RISK_SETTINGS).value
    assert written.daily_notional_cap == published.limits().daily_notional_cap
    assert written.updated_by == page.snapshot.session_name
    page.until(
        lambda: page.read("changeResult") == "Largest position: 15 → 12.5 %. In force at once."
    )


def test_a_looser_limit_needs_the_password_again(page: Hands, backend: Backend) -> None:
    """The wrong one changes nothing, and the field hides what is typed."""
    password = urlsplit(backend.url).password
    assert password
    page.press(f"change-{POSITION}")
    page.until(lambda: page.shows("changeValue"))
    write(page, "changeValue", "20")
    page.until(lambda: page.shows("changePassword"))
    assert page.read("changeWords") == "Looser. It is in force 60 s after it was written."
    assert page.read("changeApply", "enabled") is False
    write(page, "changePassword", "wrong")
    assert page.read("changeApply", "enabled") is False
    assert page.read("changeApply", "hint").startswith("That is not the password")
    assert page.read("changePassword", "displayText") != "wrong"

    page.app.desk.risk.typePassword(password)
    page.until(lambda: page.read("changeApply", "enabled"))
    page.settle()
    page.press("changeApply")
    page.until(lambda: backend.read(registry.RISK_SETTINGS).value.position_weight_max == 0.20)
    page.until(lambda: "in force 60 s after" in page.read("changeResult"))


def test_the_looser_direction_of_a_reserve_is_down(page: Hands) -> None:
    """A floor holds more back the higher it is."""
    page.app.desk.risk.askLimit(RESERVE)
    for typed, looser in (("9000", True), ("12,000", False)):
        page.app.desk.risk.type(typed)
        assert page.app.desk.risk.view.view.looser is looser


@pytest.mark.parametrize(
    ("name", "typed", "reason"),
    [
        (POSITION, "much", "A number such as 10 is needed."),
        (POSITION, "120", "A share is 100% at most."),
        ("risk_settings|trades_per_cycle_max", "2.5", "Whole numbers only, such as 10."),
    ],
)
def test_what_is_no_limit_is_said_and_not_written(
    page: Hands, backend: Backend, name: str, typed: str, reason: str
) -> None:
    """At the field, before anything is sent."""
    before = backend.read(registry.RISK_SETTINGS).revision
    page.app.desk.risk.askLimit(name)
    page.app.desk.risk.type(typed)
    assert page.read("changeWords") == reason
    page.app.desk.risk.apply()
    assert backend.read(registry.RISK_SETTINGS).revision == before


def test_another_desk_that_wrote_first_is_not_overwritten(page: Hands, backend: Backend) -> None:
    """The revision the change stands on counts, not the newest."""
    page.app.desk.risk.askLimit(POSITION)
    page.app.desk.risk.type("12")
    backend.write(registry.RISK_SETTINGS, published.limits())
    revision = backend.read(registry.RISK_SETTINGS).revision
    page.until(lambda: page.snapshot.revisions["risk_settings"] == revision)
    page.app.desk.risk.apply()
    page.until(lambda: page.read("changeResult").startswith("Not written: "))
    assert backend.read(registry.RISK_SETTINGS).value.position_weight_max == 0.15


def test_escape_changes_nothing(page: Hands, backend: Backend) -> None:
    """Nor does Keep."""
    before = backend.read(registry.RISK_SETTINGS).revision
    page.press(f"change-{POSITION}")
    page.until(lambda: page.read("changeValue", "activeFocus"))
    write(page, "changeValue", "9")
    page.type(Qt.Key.Key_Escape)
    page.until(lambda: not page.shows("changeValue"))
    assert backend.read(registry.RISK_SETTINGS).revision == before


def test_a_limit_that_waits_says_until_when(page: Hands, backend: Backend) -> None:
    """It stands in the document, and so on every desk."""
    waits = risks.limit("position", pending="20.0% from 13:47:12 UTC")
    backend.write(registry.RISK_STATE, risks.state(limits=(waits,)))
    page.until(lambda: "→ 20.0% from 13:47:12 UTC" in page.words())


def test_breakers_name_what_opens_them_and_where_they_stand(page: Hands) -> None:
    """Icon, word and colour; how often it tripped today."""
    shown = page.words_in(page.item("breakersCard"))
    for expected in ("closed", "warning", "open", "2 unknown orders", "1 unknown"):
        assert expected in shown
    rows = {one["title"]: one for one in page.app.desk.risk.breakers.rows}
    assert rows["Model"]["now"] == "worse, 212 × · 1 trip today"


def test_a_symbol_is_excluded_at_once(page: Hands, backend: Backend) -> None:
    """By a keyboard alone; what is no symbol is said."""
    page.press("excludeAsk")
    page.until(lambda: page.read("excludeSymbol", "activeFocus"))
    for key in "n vd":
        QTest.keyClick(page.app.window, key)
    page.type(Qt.Key.Key_Return)
    assert page.read("excludeWords") == "N VD is no symbol, such as AAPL."
    write(page, "excludeSymbol", "nvda")
    page.type(Qt.Key.Key_Return)
    page.until(
        lambda: (
            backend.read(registry.PORTFOLIO_SETTINGS).value.excluded_symbols
            == ("GME", "TSLA", "NVDA")
        )
    )
    written = backend.read(registry.PORTFOLIO_SETTINGS).value
    assert written.max_position_pct == 0.15
    assert written.session_id == page.snapshot.session_id


def test_the_first_exclusion_writes_a_document_that_holds_nothing_else_back(
    desk: Hands, backend: Backend
) -> None:
    """Where nobody has written one yet, it repeats the limits in force."""
    backend.publish_everything()
    backend.write(registry.RISK_STATE, risks.state())
    desk.until(lambda: desk.snapshot.risk_state is not None)
    desk.until(lambda: desk.snapshot.risk_settings is not None)
    desk.app.desk.risk.exclude("tsla")
    desk.until(lambda: backend.read(registry.PORTFOLIO_SETTINGS) is not None)
    written, limits = backend.read(registry.PORTFOLIO_SETTINGS).value, published.limits()
    assert written.excluded_symbols == ("TSLA",)
    assert written.max_position_pct == limits.position_weight_max
    assert written.cash_reserve == limits.cash_reserve
    assert written.rebalance_enabled is False


def test_what_opens_nothing_is_said_over_the_limits(page: Hands, backend: Backend) -> None:
    """In amber, in risk's own words."""
    backend.write(registry.RISK_STATE, risks.state(words="nothing opens: Order state"))
    page.until(lambda: page.read("riskWords") == "Nothing opens: Order state")


def test_letting_a_symbol_in_again_is_looser(page: Hands, backend: Backend) -> None:
    """So it asks for the password; a cooling symbol cannot be let in at all."""
    assert page.shows("remove-TSLA")
    assert not page.shows("remove-XOM")
    page.press("remove-TSLA")
    page.until(lambda: page.shows("changePassword"))
    assert page.read("changeApply", "enabled") is False
    page.app.desk.risk.typePassword(urlsplit(backend.url).password)
    page.app.desk.risk.apply()
    page.until(lambda: backend.read(registry.PORTFOLIO_SETTINGS).value.excluded_symbols == ("GME",))


@pytest.mark.parametrize(
    ("step", "action"),
    [
        ("stepStop", Emergency.STOP_ALL_TRADING),
        ("stepCancel", Emergency.CANCEL_ALL_ORDERS),
        ("stepClose", Emergency.CLOSE_ALL_POSITIONS),
    ],
)
def test_each_step_is_held(page: Hands, backend: Backend, step: str, action: Emergency) -> None:
    """A short press does nothing."""
    page.press(step)
    assert page.read(step, "progress") == 0
    hold(page, step, lambda: bool(backend.received))
    (asked,) = backend.received
    assert (asked.action, asked.how) == (action, "button")


def test_the_steps_say_what_they_would_end(page: Hands, backend: Backend) -> None:
    """And are off where there is nothing to end."""
    assert page.read("stepCancel") == "Cancel 1 open order"
    assert page.read("stepClose") == "Close all 4 positions"
    assert page.read("stepClose", "words") == "cancel, then sell 26,544.30 USD at market"
    assert page.read("armed") == "armed"
    backend.write(registry.TRADING_STATUS, published.engine(active=False, emergency=True))
    page.until(lambda: page.read("armed") == "stopped")
    assert page.read("stepStop", "enabled") is False
    page.settle()
    page.press("stepResume")
    page.until(lambda: bool(backend.received))
    assert backend.received[0].action is Emergency.RESUME


def test_past_actions_keep_their_receipts(page: Hands) -> None:
    """The newest first; the selected one shows its steps, counts, fills and hash."""
    assert page.read("receiptTitle") == "Close all, by desk-1 (F12)"
    assert page.read("receiptCardResult") == "verified at broker"
    shown = page.words_in(page.item("receiptCard"))
    assert shown.count("0 positions, 0 orders") == 2
    for expected in ("26,541.50", "4 of 4", "+3.4 s", "sha256 9f2c01234567…41ab1234ab12"):
        assert expected in shown
    assert emergencies.HASH not in shown

    page.press("past1")
    page.until(lambda: page.read("receiptTitle") == "Close all, by desk-2 (button)")
    assert page.read("receiptCardResult") == "1 and 0 left"
    assert page.read("receiptCardResult", "tone") == "warn"
    assert page.read("receiptWords") == "The broker refuses to sell AAPL: halted."


def test_before_risk_has_spoken_there_are_no_figures(desk: Hands, backend: Backend) -> None:
    """Waiting, and no receipt: both said in words."""
    backend.write(registry.MARKET_STATUS, published.status())
    desk.show(RISK)
    desk.until(lambda: desk.read("headerFeedTitle") == "REPLAY")
    assert "Risk has published no limits yet" in desk.words()
    assert "No receipt yet" in desk.words()


def test_risk_that_is_silent_locks_its_controls(page: Hands, backend: Backend) -> None:
    """The card says who does not answer, since when, and where to look."""
    backend.write_old(registry.RISK_STATE, risks.state(), 60)
    backend.write_old(registry.TRADING_STATUS, published.engine(), 60)
    page.until(lambda: page.shows("riskDownTitle"))
    assert page.read("riskDownTitle") == "Risk does not answer"
    assert page.read("excludeAsk", "enabled") is False
    page.settle()
    page.press("riskDownOpen")
    assert page.page == "System"
