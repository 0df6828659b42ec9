"""``qtrade risk``: what is asked, and how the answer is shown."""

import json
from decimal import Decimal

import pytest
from tests.desktop import backend as payloads
from tests.desktop import risks
from tests.desktop.backend import Backend
from tests.unit.cli.conftest import Qtrade

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import Reply, RiskQuestion, Verdict, WhatIf
from qt_trade.model.order_terms import OrderClass, OrderType, Side

OBJECTION = "sector_weight: 37.1% against 35% (risk_settings sector_weight_max)"
FOUND = WhatIf(
    cost=Decimal("2301.40"), commission=Decimal(1), slippage_bp=2.0,
    free_cash_after=Decimal("71607.10"), free_cash_after_weight=0.716, weight_before=0.02,
    weight_after=0.043, sector="Information Technology", sector_before=0.324, sector_after=0.371,
    loss_at_stop=Decimal("-102.50"), largest_quantity=Decimal(4),
)  # fmt: skip


def judged(question: RiskQuestion, *, accepted: bool) -> Reply:
    return Reply(
        **payloads.stamp("engine"), command_id=question.command_id, accepted=accepted,
        reason="" if accepted else OBJECTION, order_id=None,
        verdicts=(
            Verdict(rule="stopped", passed=True, words="trading is not stopped"),
            Verdict(rule="wash_sale", passed=True, words="may not count for taxes", warning=True),
            Verdict(
                rule="sector_weight", passed=accepted, words="37.1% [of] it", value="37.1%",
                limit="35%",
            ),
        ),
        what_if=FOUND,
    )  # fmt: skip


@pytest.fixture
def asked(backend: Backend) -> Backend:
    backend.write(registry.MARKET_STATUS, payloads.status())
    backend.judge = lambda question: judged(question, accepted=True)
    return backend


def test_every_verdict_is_shown_before_anything_is_sent(qtrade: Qtrade, asked: Backend) -> None:
    """With its figures, and what the account would be."""
    said = qtrade("risk", "explain", "buy", "aapl", "10", "--redis-url", asked.url)
    assert said.code == 0, said.err
    for shown in (
        "✓", "stopped", "trading is not stopped", "37.1% [of] it", "35%", "2,301.40 USD",
        "71,607.10 USD, 71.6%", "2.0% → 4.3%", "32.4% → 37.1%", "nothing was sent",
        "the stop would lose up to -102.50 USD",
    ):  # fmt: skip
        assert shown in said.out
    (warned,) = (line for line in said.out.splitlines() if "wash_sale" in line)
    assert "!" in warned
    assert asked.received == []
    (question,) = asked.questions
    assert (question.side, question.symbol, question.quantity) == (Side.BUY, "AAPL", 10)
    assert question.order_type is OrderType.MARKET


def test_an_objection_ends_with_code_1_and_says_why(qtrade: Qtrade, asked: Backend) -> None:
    """With --json the whole answer is on standard output all the same."""
    asked.judge = lambda question: judged(question, accepted=False)
    said = qtrade("risk", "explain", "buy", "AAPL", "10", "--json", "--redis-url", asked.url)
    assert said.code == 1
    assert json.loads(said.out)["what_if"]["largest_quantity"] == 4
    assert said.err == f"qtrade: it would be refused (REPLAY): {OBJECTION}\n"


@pytest.mark.parametrize(
    ("options", "kind", "group"),
    [
        ("--limit 190.5", OrderType.LIMIT, OrderClass.SIMPLE),
        ("--stop 180", OrderType.STOP, OrderClass.SIMPLE),
        ("--stop 180 --limit 179", OrderType.STOP_LIMIT, OrderClass.SIMPLE),
        ("--trail 2.5", OrderType.TRAILING_STOP, OrderClass.SIMPLE),
        ("--limit 190 --take-profit 210 --stop-loss 180", OrderType.LIMIT, OrderClass.BRACKET),
    ],
)
def test_the_prices_make_the_order(
    qtrade: Qtrade, asked: Backend, options: str, kind: OrderType, group: OrderClass
) -> None:
    """As the ticket would have it."""
    said = qtrade(
        "risk", "explain", "BUY", "AAPL", "10", *options.split(), "--redis-url", asked.url
    )
    assert said.code == 0, said.err
    (question,) = asked.questions
    assert (question.order_type, question.order_class) == (kind, group)


def test_an_order_that_cannot_be_is_not_asked_about(qtrade: Qtrade, asked: Backend) -> None:
    """The field is named, as everywhere."""
    line = "risk explain BUY AAPL 10 --stop x --redis-url"
    said = qtrade(*line.split(), asked.url)
    assert said.code == 2
    assert "--stop x" in said.err
    line = "risk explain BUY AAPL 10 --extended-hours --redis-url"
    said = qtrade(*line.split(), asked.url)
    assert said.code == 2
    assert "extended_hours" in said.err
    assert asked.questions == []


def test_nobody_is_asked_before_the_feed_is_known(qtrade: Qtrade, backend: Backend) -> None:
    """An answer about another feed would be none."""
    said = qtrade("risk", "explain", "buy", "AAPL", "1", "--redis-url", backend.url)
    assert said.code == 1
    assert "no streamer has published market_status yet" in said.err


def test_the_limits_are_shown_with_their_use(qtrade: Qtrade, backend: Backend) -> None:
    """Breakers and waits, too; --json is the document itself."""
    said = qtrade("risk", "show", "--redis-url", backend.url)
    assert said.code == 1
    assert "no engine has published the limits yet" in said.err
    waits = risks.limit("position", pending="0.2 from 20:01:00 UTC", share=None)
    backend.write(registry.RISK_STATE, risks.state(limits=(waits,)))
    said = qtrade("risk", "show", "--redis-url", backend.url)
    assert said.code == 0, said.err
    for shown in ("Largest position", "12.5% NVDA", "waits: 0.2", "?", "Order state", "warning",
                  "XOM is not opened: sold 13:21", "GME is not opened", "until it is lifted"):  # fmt: skip
        assert shown in said.out
    said = qtrade("risk", "show", "--json", "--redis-url", backend.url)
    assert json.loads(said.out)["limits"][0]["name"] == "position"
