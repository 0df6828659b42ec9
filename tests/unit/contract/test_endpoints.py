"""The registry: every key once, and names that cannot be built wrongly."""

from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Command, Document, Endpoint, Party


def test_every_endpoint_of_the_module_is_listed_once() -> None:
    """A key that is declared but not listed would be missing in all that is printed from it."""
    declared = [one for one in vars(registry).values() if isinstance(one, Endpoint)]
    assert sorted(one.name for one in declared) == sorted(one.name for one in registry.KEYS)
    assert len({one.name for one in registry.KEYS}) == len(registry.KEYS)


@pytest.mark.parametrize("endpoint", registry.KEYS, ids=lambda one: one.name)
def test_somebody_writes_and_somebody_reads(endpoint: Endpoint[object]) -> None:
    """No key without a purpose."""
    assert endpoint.writers
    assert endpoint.readers
    assert endpoint.what


def test_a_family_needs_its_part_and_others_take_none() -> None:
    """A key is never half a name."""
    assert registry.BARS.family
    assert registry.BARS.key("AAPL") == "bars:AAPL"
    assert registry.MARKET_DATA.key() == "market_data"
    with pytest.raises(ValueError, match="a part is missing"):
        registry.BARS.key()
    with pytest.raises(ValueError, match="takes no part"):
        registry.MARKET_DATA.key("AAPL")


def test_strangers_are_looked_after_where_frontends_write() -> None:
    """Their SET and DEL are noticed on exactly these documents."""
    watched = {
        one.name for one in registry.KEYS if isinstance(one, Document) and one.foreign_writers
    }
    assert watched == {
        "autotrading:enabled", "autotrading:status", "risk_settings", "frontend:session_settings",
        "frontend:trading_config", "frontend:bot_strategy", "frontend:portfolio_settings",
        "frontend:ui_state", "frontend:watch_list",
    }  # fmt: skip


def test_each_command_is_carried_out_by_one_party() -> None:
    """The engine's, but for the requests of data and models, which a worker carries out."""
    commands = [one for one in registry.KEYS if isinstance(one, Command)]
    assert all(len(one.readers) == 1 for one in commands)
    others = [one for one in commands if one.readers != frozenset({Party.ENGINE})]
    assert set(others) == {registry.DATA_REQUESTS, registry.ML_REQUESTS}
    assert all(one.readers == frozenset({Party.WORKER}) for one in others)


def test_a_document_is_stale_when_its_writer_should_have_written_again() -> None:
    """After its own time, and never where it is written on change alone."""
    at = datetime(2013, 10, 4, 14, 30, tzinfo=UTC)
    assert registry.MARKET_DATA.stale_after_s == 5.0
    assert not registry.MARKET_DATA.stale(at, at + timedelta(seconds=5))
    assert registry.MARKET_DATA.stale(at, at + timedelta(seconds=5.1))
    assert not registry.RISK_SETTINGS.stale(at, at + timedelta(days=1))
