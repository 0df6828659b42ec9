"""``qtrade order`` and ``qtrade stop``: sent as meant, and the answer shown."""

import json
from decimal import Decimal

import msgspec
import pytest
from tests.desktop import backend as payloads
from tests.desktop.backend import Backend
from tests.unit.cli.conftest import Qtrade

from qt_trade.cli import ordering
from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import (
    CancelOrder,
    Emergency,
    EmergencyAction,
    ReplaceOrder,
    SubmitOrder,
    Verdict,
)
from qt_trade.model.feeds import FeedKind
from qt_trade.model.orders import OrderClass, OrderType, Side, TimeInForce


def test_an_order_travels_as_it_was_meant(qtrade: Qtrade, backend: Backend) -> None:
    """Side, canonical symbol, exact price; under a session that is closed again."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    line = "order SELL brk-b 3 --limit 190.5 --tif ioc --redis-url"
    said = qtrade(*line.split(), backend.url)
    assert said.code == 0, said.err
    assert said.out == "accepted (REPLAY)\n"
    (order,) = backend.received
    assert isinstance(order, SubmitOrder)
    assert (order.side, order.symbol, order.quantity) == (Side.SELL, "BRK.B", 3)
    assert (order.order_type, order.limit_price) == (OrderType.LIMIT, Decimal("190.50"))
    assert (order.time_in_force, order.feed) == (TimeInForce.IOC, FeedKind.REPLAY)
    assert backend.read(registry.SESSION, order.session_id) is None


def test_a_bracket_travels_with_its_exits(qtrade: Qtrade, backend: Backend) -> None:
    """Prices make the type, exits the class."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    line = "order BUY AAPL 10 --limit 190 --take-profit 200 --stop-loss 185 --tif gtc --redis-url"
    said = qtrade(*line.split(), backend.url)
    assert said.code == 0, said.err
    (order,) = backend.received
    assert order.order_class is OrderClass.BRACKET
    assert (order.take_profit, order.stop_loss) == (Decimal(200), Decimal(185))


@pytest.mark.parametrize(
    ("trail", "price", "bp"), [("2.50", Decimal("2.50"), None), ("2.5%", None, 250)]
)
def test_a_trailing_stop_follows_in_dollars_or_per_cent(
    qtrade: Qtrade, backend: Backend, trail: str, price: Decimal | None, bp: int | None
) -> None:
    """The percent sign makes the difference."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    said = qtrade("order", "SELL", "AAPL", "10", "--trail", trail, "--redis-url", backend.url)
    assert said.code == 0, said.err
    (order,) = backend.received
    assert order.order_type is OrderType.TRAILING_STOP
    assert (order.trail_price, order.trail_bp) == (price, bp)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("BUY AAPL 10 --limit 190 --take-profit 180", "take_profit must lie on the winning side"),
        ("BUY AAPL 2.5 --tif gtc", "quantity has a part of a share"),
        ("SELL AAPL 10 --trail 1.234%", "at most two decimal places"),
        ("SELL AAPL 10 --trail x%", "write 2.50 or 2.5% for example"),
    ],
)
def test_an_order_that_cannot_be_is_not_sent(
    qtrade: Qtrade, backend: Backend, line: str, words: str
) -> None:
    """The field is named, and the code is that of a command line that makes no sense."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    said = qtrade("order", *line.split(), "--redis-url", backend.url)
    assert (said.code, backend.received) == (2, [])
    assert words in said.err


def test_an_order_is_changed_and_canceled_by_its_id(qtrade: Qtrade, backend: Backend) -> None:
    """What is not named stays as it is."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    line = "order replace qt-1 --limit 191 --redis-url"
    assert qtrade(*line.split(), backend.url).code == 0
    assert qtrade("order", "cancel", "qt-1", "--redis-url", backend.url).code == 0
    change, cancel = backend.received
    assert isinstance(change, ReplaceOrder)
    assert (change.order_id, change.limit_price, change.quantity) == ("qt-1", Decimal(191), None)
    assert isinstance(cancel, CancelOrder)
    assert cancel.order_id == "qt-1"


def test_a_refused_order_ends_with_code_1_and_the_reason(qtrade: Qtrade, backend: Backend) -> None:
    """With --json the whole reply is on standard output all the same."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    backend.accept, backend.reason = False, "cash_reserve: [10,000.00] stay"
    said = qtrade("order", "buy", "AAPL", "1", "--redis-url", backend.url)
    assert (said.code, said.out) == (1, "")
    assert said.err == "qtrade: refused (REPLAY): cash_reserve: [10,000.00] stay\n"
    said = qtrade("order", "buy", "AAPL", "1", "--json", "--redis-url", backend.url)
    assert said.code == 1
    assert json.loads(said.out)["reason"] == "cash_reserve: [10,000.00] stay"


def test_an_order_needs_to_know_the_feed_it_is_meant_for(qtrade: Qtrade, backend: Backend) -> None:
    """Nothing is sent before the streamer has said what is played."""
    said = qtrade("order", "buy", "AAPL", "1", "--redis-url", backend.url)
    assert said.code == 1
    assert "no streamer has published market_status yet" in said.err
    assert backend.received == []


def test_a_stop_needs_no_streamer(qtrade: Qtrade, backend: Backend) -> None:
    """Neither its silence nor its damage keeps a stop from being sent."""
    assert qtrade("stop", "--redis-url", backend.url).code == 0
    backend.spoil("market_status", b"nonsense")
    said = qtrade("stop", "--reason", "the quotes look wrong", "--redis-url", backend.url)
    assert said.code == 0
    for action in backend.received:
        assert isinstance(action, EmergencyAction)
        assert (action.action, action.feed) == (Emergency.STOP_ALL_TRADING, None)
        assert action.confirmed
    assert [action.reason for action in backend.received] == ["by hand", "the quotes look wrong"]


def test_resume_allows_trading_again(qtrade: Qtrade, backend: Backend) -> None:
    """The same command, the other way."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    said = qtrade("stop", "--resume", "--json", "--redis-url", backend.url)
    assert json.loads(said.out)["accepted"] is True
    assert backend.received[0].action is Emergency.RESUME


def test_a_reason_too_long_is_refused_by_the_contract(qtrade: Qtrade, backend: Backend) -> None:
    """In the contract's words, not in a traceback."""
    said = qtrade("stop", "--reason", "x" * 3000, "--redis-url", backend.url)
    assert said.code == 1
    assert "reason" in said.err
    assert backend.received == []


def test_no_engine_no_answer(qtrade: Qtrade, redis_url: str) -> None:
    """What is not known is not claimed; what to do next is said."""
    said = qtrade("stop", "--redis-url", redis_url)
    assert said.code == 1
    assert "no reply to stop-" in said.err
    assert "no engine answers, so nothing trades now" in said.err


def test_verdicts_are_shown_rule_by_rule(
    backend: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also those whose words look like markup; then the order's id."""
    reply = msgspec.structs.replace(
        backend._reply("order-1", accepted=True, reason="it rests"),
        order_id="qt-1",
        verdicts=(
            Verdict(rule="cash", passed=True, words="[5] free"),
            Verdict(rule="session", passed=False, words="closed"),
        ),
    )
    ordering._show(reply, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        " ✓ cash: [5] free",
        " ✕ session: closed",
        "accepted (REPLAY) order qt-1 it rests",
    ]
