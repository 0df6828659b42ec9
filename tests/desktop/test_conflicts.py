"""Two desks change the same settings: nothing typed is lost, nothing is overwritten unseen."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import people
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.trading import AutoTradingConfig, RiskSettings
from qt_trade.model.control import ControllerLoss

AUTOTRADING = "AutoTrading"


@pytest.fixture
def desks(open_desk: Callable[[str], Hands], backend: Backend) -> tuple[Hands, Hands]:
    backend.publish_everything()
    backend.write(registry.TRADING_STATUS, published.engine(active=False))
    backend.write(registry.SESSION_SETTINGS, people.on_loss(ControllerLoss.PAUSE_ENTRIES))
    one, two = open_desk(backend.url), open_desk(backend.url)
    for hands in (one, two):
        hands.show(AUTOTRADING)
        hands.until(lambda hands=hands: hands.read("tradingSwitch", "enabled"))
        hands.until(lambda hands=hands: hands.read("config-stopLoss") == "1.5")
        hands.settle()
    return one, two


def enter(hands: Hands, field: str, text: str) -> None:
    """Write into a field as a person does."""
    hands.app.window.requestActivate()
    hands.until(hands.app.window.isActive)
    hands.press(f"config-{field}")
    QTest.keyClick(hands.app.window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for letter in text:
        QTest.keyClick(hands.app.window, letter)
    assert hands.read(f"config-{field}") == text


def stored(backend: Backend) -> AutoTradingConfig:
    config = backend.read(registry.AUTOTRADING_ENABLED).value
    assert isinstance(config, AutoTradingConfig)
    return config


def test_a_field_changed_by_another_while_it_is_edited_waits_for_a_decision(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """The note names the field, who, what and when; apply waits; keep mine writes on top."""
    one, two = desks
    enter(two, "stopLoss", "1.8")
    enter(one, "stopLoss", "1.2")
    one.press("applyConfig")

    two.until(lambda: two.shows("conflictTitle-stopLoss"))
    name = one.app.link.session.name
    assert two.read("conflictTitle-stopLoss").startswith("Stop loss changed ")
    assert two.read("conflictTitle-stopLoss").endswith(f"ago by {name}: 1.2%.")
    assert two.read("conflictWords-stopLoss") == "Yours: 1.8%."
    assert two.read("config-stopLoss") == "1.8"
    assert two.read("config-stopLoss", "undecided") is True
    assert two.read("applyConfig", "enabled") is False
    assert two.read("applyConfig", "hint") == "Decide about the fields in amber first"
    assert stored(backend).stop_loss_pct == 0.012

    two.settle()
    two.press("keepMine-stopLoss")
    two.until(lambda: two.read("applyConfig", "enabled"))
    two.settle()
    two.press("applyConfig")
    two.until(lambda: stored(backend).stop_loss_pct == 0.018)
    one.until(lambda: one.read("config-stopLoss") == "1.8")


def test_taking_theirs_forgets_what_was_typed_in_that_field_alone(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """Another field keeps its text."""
    one, two = desks
    enter(two, "stopLoss", "1.8")
    enter(two, "takeProfit", "4")
    enter(one, "stopLoss", "1.2")
    one.press("applyConfig")
    two.until(lambda: two.shows("takeTheirs-stopLoss"))
    two.settle()
    two.press("takeTheirs-stopLoss")
    two.until(lambda: two.read("config-stopLoss") == "1.2")
    assert two.read("config-takeProfit") == "4"
    assert not two.shows("conflictTitle-stopLoss")

    two.settle()
    two.press("applyConfig")
    two.until(lambda: stored(backend).take_profit_pct == 0.04)
    assert stored(backend).stop_loss_pct == 0.012


def test_an_untouched_field_takes_over_what_another_wrote_and_is_marked(
    desks: tuple[Hands, Hands],
) -> None:
    """The mark names field and desk; the one who wrote it sees none."""
    one, two = desks
    enter(one, "takeProfit", "3.5")
    one.press("applyConfig")
    two.until(lambda: two.read("config-takeProfit") == "3.5")
    name = one.app.link.session.name
    assert two.read("configWords").startswith("Take profit: changed ")
    assert two.read("configWords").endswith(f"by {name}")
    one.until(lambda: one.read("configWords").endswith(f"by {name}"))
    assert one.read("configWords").startswith("set ")


def test_a_write_that_comes_too_late_is_refused_and_loses_nothing(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """The revision the form was based on is gone: the desk says who wrote, and keeps the text."""
    _, two = desks
    enter(two, "takeProfit", "4")
    # Written while this desk's event loop stands still: it cannot have seen it yet.
    backend.write(registry.AUTOTRADING_ENABLED, from_the_command_line(stop_loss_pct=0.012))
    two.app.desk.config.apply()
    two.until(lambda: two.shows("configError"))
    assert two.read("configError").startswith("Not written: the command line wrote meanwhile.")
    assert two.read("config-takeProfit") == "4"
    assert stored(backend).take_profit_pct == 0.03

    two.until(lambda: two.read("config-stopLoss") == "1.2")
    two.settle()
    two.press("applyConfig")
    two.until(lambda: stored(backend).take_profit_pct == 0.04)
    assert stored(backend).stop_loss_pct == 0.012
    two.until(lambda: not two.shows("configError"))


def test_starting_uses_what_was_applied_while_stopped(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """What stands in the form is what is traded with."""
    one, _ = desks
    enter(one, "stopLoss", "1.2")
    one.press("applyConfig")
    one.until(lambda: backend.read(registry.AUTOTRADING_ENABLED) is not None)
    assert not stored(backend).enabled
    one.until(lambda: one.snapshot.config is not None)
    one.press("tradingSwitch")
    one.until(lambda: stored(backend).enabled)
    assert stored(backend).stop_loss_pct == 0.012


def test_a_choice_that_came_too_late_is_asked_about(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """What happens without the controller: theirs stands until this desk insists."""
    _, two = desks
    backend.write(registry.SESSION_SETTINGS, people.on_loss(ControllerLoss.STOP))
    two.app.desk.sessions.chooseLoss(0)
    two.until(lambda: two.shows("keepMine-loss"))
    assert two.read("conflictTitle-loss").endswith("ago by engine: stop.")
    assert two.read("conflictWords-loss") == "Yours: keep trading."
    assert loss(backend) is ControllerLoss.STOP

    two.settle()
    two.press("keepMine-loss")
    two.until(lambda: loss(backend) is ControllerLoss.KEEP_TRADING)
    two.until(lambda: not two.shows("keepMine-loss"))


def loss(backend: Backend) -> object:
    return backend.read(registry.SESSION_SETTINGS).value.on_controller_loss


def from_the_command_line(**more: object) -> AutoTradingConfig:
    given = published.settings()
    fields = {name: getattr(given, name) for name in AutoTradingConfig.__struct_fields__
              if name not in ("session_id", "enabled", "updated_by")}  # fmt: skip
    fields |= {"session_id": "cli-1", "enabled": False, "updated_by": "the command line"}
    return AutoTradingConfig(**fields | more)


def test_the_limits_are_asked_about_before_they_are_changed_and_by_field_when_in_conflict(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """The question names what changes; another's change of the same limit waits for a decision."""
    _, two = desks
    two.app.desk.limits.type("cooldown_min", "45")
    two.app.desk.limits.type("position_weight_max", "20")
    backend.write(registry.RISK_SETTINGS, raised(cooldown_min=60, cash_reserve=Decimal(12_000)))
    two.until(lambda: two.app.desk.limits.conflicts.count == 1)
    (row,) = two.app.desk.limits.conflicts.rows
    assert row["title"].startswith("Cooldown changed ")
    assert row["title"].endswith("ago by desk-7: 60 min.")
    assert row["words"] == "Yours: 45 min."
    assert two.read("limits-cash_reserve") == "12,000"
    assert two.read("limitsWords").startswith("Limits, Cash reserve: changed ")
    assert not two.app.desk.limits.view.view.can_apply

    two.app.desk.limits.keepMine("cooldown_min")
    two.until(lambda: two.read("applyLimits", "enabled"))
    two.item("applyLimits").metaObject().invokeMethod(two.item("applyLimits"), "click")
    two.until(lambda: two.shows("limitsAskConfirm"))
    assert two.read("limitsAskWords").splitlines() == [
        "Cooldown: 60 → 45 min",
        "One symbol, share of account: 15 → 20%",
    ]
    two.settle()
    two.press("limitsAskConfirm")
    two.until(lambda: backend.read(registry.RISK_SETTINGS).value.cooldown_min == 45)
    written = backend.read(registry.RISK_SETTINGS).value
    assert (written.position_weight_max, written.cash_reserve) == (0.2, Decimal(12_000))
    assert written.updated_by == two.app.link.session.name


def test_a_limit_that_is_no_number_is_not_written(
    desks: tuple[Hands, Hands], backend: Backend
) -> None:
    """Half a trade per cycle is named as what it is."""
    one, _ = desks
    before = backend.read(registry.RISK_SETTINGS).revision
    one.app.desk.limits.type("trades_per_cycle_max", "1.5")
    one.app.desk.limits.apply()
    assert one.read("limitsError") == "Orders per cycle: whole numbers only, such as 10."
    one.app.desk.limits.type("trades_per_cycle_max", "few")
    one.app.desk.limits.apply()
    assert one.read("limitsError") == "Orders per cycle: a number such as 10 is needed."
    assert backend.read(registry.RISK_SETTINGS).revision == before


def raised(**more: object) -> RiskSettings:
    given = {name: getattr(published.limits(), name) for name in RiskSettings.__struct_fields__}
    return RiskSettings(**given | {"updated_by": "desk-7"} | more)
