"""The way to real money on the command line: an option, and a number that is typed."""

import pytest
from tests.unit.cli.conftest import Qtrade

KEYS = {"QTRADE_BROKER__KEY_ID": "AK1", "QTRADE_BROKER__SECRET": "a-secret"}


def refused(qtrade: Qtrade, monkeypatch, *options: str, kind: str = "alpaca-live") -> str:
    for name, value in {**KEYS, "QTRADE_BROKER__KIND": kind}.items():
        monkeypatch.setenv(name, value)
    said = qtrade("up", "--headless", *options)
    assert said.code == 2, said
    return said.err


def test_live_belongs_to_the_live_broker(qtrade, monkeypatch):
    words = refused(qtrade, monkeypatch, "--live", kind="alpaca-paper")
    assert "this broker is alpaca-paper" in words


def test_the_live_broker_is_not_started_by_accident(qtrade, monkeypatch):
    assert "only with --live" in refused(qtrade, monkeypatch)


def test_where_nobody_can_type_the_number_comes_with_the_option(qtrade, monkeypatch):
    words = refused(qtrade, monkeypatch, "--live")
    assert "--confirm-live ACCOUNT" in words
    assert "a-secret" not in words


@pytest.mark.parametrize("feed", ["simulation"])
def test_real_money_is_not_traded_on_made_up_prices(qtrade, monkeypatch, feed):
    words = refused(qtrade, monkeypatch, "--confirm-live", "123", "--feed", feed)
    assert "choose --feed realtime" in words


def test_an_empty_number_is_none(qtrade, monkeypatch):
    assert "no account number" in refused(qtrade, monkeypatch, "--confirm-live", " ")
