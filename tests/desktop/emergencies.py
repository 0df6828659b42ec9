"""What the engine says of an emergency while it runs, and what it leaves, for the tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.desktop.backend import ACCOUNT, HELD, stamp

from qt_trade.contract.payloads import emergency
from qt_trade.contract.payloads.commands import Emergency
from qt_trade.contract.payloads.emergency import EmergencyState, StepState
from qt_trade.kit.clock import SystemClock

COMMAND = "desk-1:00000000000000aa"
HASH = "9f2c" + "0123456789abcdef" * 3 + "41ab1234ab12"
UNKNOWN = "UBER buy 52: state asked at the broker, try 9. If it fills, it is sold at once."
WORTH = {one.symbol: one.market_value for one in HELD}


def line(
    symbol: str, qty: int, state: str, price: str | None = None, filled: int = 0, **more: Any
) -> emergency.EmergencyLine:
    """Return one position that is being closed."""
    return emergency.EmergencyLine(
        symbol=symbol, qty=Decimal(qty), was_worth=WORTH.get(symbol), state=state,
        filled=Decimal(filled), price=None if price is None else Decimal(price),
        after_s=more.get("after_s"), words=more.get("words", ""),
    )  # fmt: skip


def step(name: str, state: StepState, words: str, after_s: float | None) -> emergency.EmergencyStep:
    """Return one step of an emergency."""
    return emergency.EmergencyStep(name=name, state=state, after_s=after_s, words=words)


RUNNING = (
    step("AutoTrading stopped", StepState.DONE, "no new orders from any desk", 0.2),
    step("canceling orders", StepState.RUNNING, "6 of 7, UBER buy 52 is unknown", 0.9),
    step("closing positions", StepState.RUNNING, "2 of 4 at market", 2.6),
    step("broker asked twice", StepState.PENDING, "must say 0 positions and 0 orders", None),
    step("receipt", StepState.PENDING, "kept in the journal, shown here", None),
)
OPEN = (
    line("AAPL", 20, "sent"),
    line("TSLA", 40, "sent", "183.05", 12),
    line("GOOG", 5, "closed", "865.70", 5, after_s=1.6),
    line("XOM", 60, "closed", "85.61", 60, after_s=1.9),
)
CLOSED = (
    line("AAPL", 20, "closed", "487.72", 20, after_s=2.9),
    line("TSLA", 40, "closed", "183.05", 40, after_s=3.4),
    *OPEN[2:],
)


def status(state: EmergencyState, **more: Any) -> emergency.EmergencyStatus:
    """Return the engine's word on an emergency, as far as it has come in that state."""
    now = SystemClock().now()
    ended = state in {EmergencyState.VERIFIED, EmergencyState.VERIFYING}
    fields: dict[str, Any] = {
        "account": ACCOUNT, "state": state, "command_id": COMMAND,
        "action": Emergency.CLOSE_ALL_POSITIONS, "by": "desk-1", "how": "F12",
        "reason": "Panic held", "began_at": now - timedelta(seconds=2.6),
        "positions_before": 4, "orders_before": 7,
        "positions_open": 0 if ended else 2, "orders_open": 0 if ended else 1,
        "exposure_open": Decimal(0) if ended else Decimal("14880.90"),
        "counted_at": now - timedelta(seconds=0.4),
        "lines": CLOSED if ended else OPEN,
        "steps": RUNNING, "unknown_orders": () if ended else (UNKNOWN,), "words": "",
    }  # fmt: skip
    return emergency.EmergencyStatus(**stamp("engine"), **fields | more)


def receipt(command_id: str = COMMAND, **more: Any) -> emergency.EmergencyReceipt:
    """Return what an emergency left, proved by two counts."""
    now = SystemClock().now()
    done = [
        ("held", 0.0), ("stopped", 0.2), ("canceled", 0.9), ("closed", 3.4), ("verified", 33.4),
    ]  # fmt: skip
    fields: dict[str, Any] = {
        "account": ACCOUNT, "mode": "PAPER", "command_id": command_id,
        "action": Emergency.CLOSE_ALL_POSITIONS, "by": "desk-1", "how": "F12",
        "reason": "Panic held", "began_at": now - timedelta(seconds=40),
        "ended_at": now - timedelta(seconds=6.6), "verified": True,
        "counts": (
            emergency.BrokerCount(at=now - timedelta(seconds=36.6), positions=0, orders=0),
            emergency.BrokerCount(at=now - timedelta(seconds=6.6), positions=0, orders=0),
        ),
        "orders_canceled": 7, "orders_before": 7, "positions_before": 4, "lines": CLOSED,
        "steps": tuple(step(name, StepState.DONE, "", after) for name, after in done),
        "slippage_bp": -2.1, "slippage": Decimal("-12.94"), "journal_hash": HASH, "words": "",
    }  # fmt: skip
    return emergency.EmergencyReceipt(**stamp("engine"), **fields | more)
