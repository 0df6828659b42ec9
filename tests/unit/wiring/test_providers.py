"""Which providers there are, and what a person has to set before they can be asked."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tests.unit.wiring.own_provider import PAIR, SPEC

from qt_trade.settings import Settings, SettingsError, load_settings
from qt_trade.wiring.providers import GROUP, configured, known_specs, provider_keys

MINE = {"mine": SPEC}


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, f"tests.unit.wiring.own_provider:{value}", GROUP)


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(f"QTRADE_{name}", value)
    return load_settings()


def test_a_provider_of_ones_own_is_found_by_its_entry_point() -> None:
    """One file and one line are enough."""
    assert known_specs([point("mine", "SPEC")]) == MINE


@pytest.mark.parametrize(("name", "value"), [("mine", "NO_SPEC"), ("yours", "SPEC")])
def test_an_entry_point_that_is_no_provider_is_named(name: str, value: str) -> None:
    """Something else under the name, or a provider under another."""
    with pytest.raises(SettingsError, match=f"own_provider:{value} is no provider named {name}"):
        known_specs([point(name, value)])


def test_without_a_key_the_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked, and it is said what to do."""
    (found,) = configured(settings(monkeypatch), MINE)
    assert found.missing == "QTRADE_PROVIDERS__MINE__KEY is not set"


def test_a_pair_of_keys_needs_both_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is named where it is missing."""
    given = settings(monkeypatch, PROVIDERS__ALPACA__KEY="K")
    (found,) = configured(given, {"alpaca": PAIR})
    assert found.missing == "QTRADE_PROVIDERS__ALPACA__SECRET is not set"


def test_key_and_plan_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the key is shown by nobody."""
    given = settings(monkeypatch, PROVIDERS__MINE__KEY="k-42", PROVIDERS__MINE__PLAN="paid")
    (found,) = configured(given, MINE)
    assert (found.missing, found.plan.name, found.access.key) == ("", "paid", "k-42")
    assert "k-42" not in repr(found) + repr(given)


def test_a_key_may_stand_in_a_folder_of_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As containers, and the roles of a run, are told theirs."""
    (tmp_path / "mine.key").write_text("k-43\n")
    (found,) = configured(settings(monkeypatch, KEYS_DIR=str(tmp_path)), MINE)
    assert (found.missing, found.access.key) == ("", "k-43")


def test_an_empty_file_of_a_key_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rather than a provider that is silently not there."""
    (tmp_path / "mine.key").write_text("")
    with pytest.raises(SettingsError, match=r"QTRADE_PROVIDERS__MINE__KEY_FILE: .* is empty"):
        configured(settings(monkeypatch, KEYS_DIR=str(tmp_path)), MINE)


def test_an_unknown_plan_is_answered_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, what stands there, what would be right."""
    given = settings(monkeypatch, PROVIDERS__MINE__PLAN="gold")
    with pytest.raises(
        SettingsError, match=r"MINE__PLAN: 'gold' is no plan of Mine; .* free, paid"
    ):
        configured(given, MINE)


def test_a_span_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every provider knows these two options."""
    given = settings(monkeypatch, PROVIDERS__MINE__OPTIONS='{"timeout_s": "-1"}')
    with pytest.raises(SettingsError, match="MINE__OPTIONS: the option timeout_s is '-1'"):
        configured(given, MINE)


def test_an_unknown_provider_is_answered_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A misspelt name must not be ignored."""
    with pytest.raises(SettingsError, match="QTRADE_PROVIDERS__FINHUB: there is none; known: mine"):
        configured(settings(monkeypatch, PROVIDERS__FINHUB__KEY="k"), MINE)


def test_a_provider_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key may stay where it is."""
    given = settings(monkeypatch, PROVIDERS__MINE__KEY="k", PROVIDERS__MINE__ENABLED="false")
    (found,) = configured(given, MINE)
    assert found.missing == "QTRADE_PROVIDERS__MINE__ENABLED is false"


@pytest.mark.parametrize("address", ["http://203.0.113.9", "ws://example.org/stream"])
def test_a_key_never_travels_unencrypted(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """But to this very machine, where emulators are."""
    with pytest.raises(SettingsError, match=r"PROVIDERS__MINE.*a key does not travel unencrypted"):
        settings(monkeypatch, PROVIDERS__MINE__BASE_URL=address)


def test_the_brokers_keys_open_alpacas_other_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a person gave no others for its market data."""
    broker = {"BROKER__KIND": "alpaca-paper", "BROKER__KEY_ID": "K", "BROKER__SECRET": "S"}
    given = settings(monkeypatch, **broker)
    assert provider_keys(given) == {"alpaca": ("K", "S")}
    (found,) = configured(given, {"alpaca": PAIR})
    assert found.missing == ""


def test_a_role_that_was_not_told_the_brokers_keys_does_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The streamer of a run knows the broker's kind, and not its keys."""
    (found,) = configured(settings(monkeypatch, BROKER__KIND="alpaca-paper"), {"alpaca": PAIR})
    assert found.missing == "QTRADE_PROVIDERS__ALPACA__KEY is not set"
