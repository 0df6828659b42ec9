"""The running product as somebody who has a password meets it, with a plain client."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import redis
from tests import asking
from tests.end_to_end.stack import Stack

from qt_trade.contract.registry import DEAD_LETTERS, MANUAL_ORDERS

PATIENCE_S = 20.0
_numbers = itertools.count(1)


def until(holds: Callable[[], object]) -> None:
    """Wait for what another program does."""
    asking.until(holds, PATIENCE_S)


def now() -> str:
    return datetime.now(UTC).isoformat()


class House:
    """A run, and a trader's, a viewer's and the admin's connection to its Redis."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.trader = redis.Redis.from_url(stack.url_of("trader"))
        self.viewer = redis.Redis.from_url(stack.url_of("viewer"))
        self._admin = redis.Redis.from_url(stack.url_of("admin"))
        self.roles = self._roles()

    def close(self) -> None:
        for client in (self.trader, self.viewer, self._admin):
            client.close()

    def _roles(self) -> dict[str, int]:
        return {
            role: self.stack.child(f"role {role}").pid
            for role in ("engine", "streamer", "worker", "beat")
        }

    def session(self, session_id: str, client: redis.Redis | None = None, /, **other: Any) -> str:
        """Write a session's document as a frontend does; return its id."""
        told = {
            "ts": now(), "source": "intruder", "session_id": session_id, "name": "intruder",
            "user": "x", "host": "x", "role": "trader", "version": "1", "opened_at": now(),
            "canary": None, "delay_ms": None,
        } | other  # fmt: skip
        (client or self.trader).set(f"session:{session_id}", json.dumps(told), px=60_000)
        return session_id

    def order(self, session_id: str, /, **other: Any) -> dict[str, Any]:
        """Return an order that is right but for what is given."""
        return {
            "action": "submit", "ts": now(), "source": "intruder", "feed": "SIMULATION",
            "session_id": session_id, "command_id": f"try-{next(_numbers)}", "symbol": "AAPL",
            "side": "BUY", "quantity": 1, "order_type": "MARKET", "limit_price": None,
            "time_in_force": "DAY",
        } | other  # fmt: skip

    def send(self, fields: dict[Any, Any], stream: str = MANUAL_ORDERS.name) -> None:
        """Append to a command's stream and wait until the engine is through with it."""
        entry = self.trader.xadd(stream, fields)
        until(lambda: not self._admin.xrange(stream, entry, entry))

    def reply_to(self, command_id: str) -> dict[str, Any] | None:
        """Return the kept reply; None when a command was not answered."""
        kept = self.trader.get(f"reply:{command_id}")
        return None if kept is None else dict(json.loads(kept))

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send an order and return its reply."""
        self.send({"d": json.dumps(order)})
        reply = self.reply_to(order["command_id"])
        assert reply is not None
        return reply

    def letters(self, key: str) -> list[dict[str, Any]]:
        """Return what was refused of a key, oldest first."""
        entries = self.trader.xrange(DEAD_LETTERS.name)
        letters = [json.loads(fields[b"d"]) for _, fields in entries]
        return [letter for letter in letters if letter["key"] == key]

    def until_refused(self, key: str, before: int) -> dict[str, Any]:
        """Wait for one more refused message of a key, and return it."""
        until(lambda: len(self.letters(key)) > before)
        return self.letters(key)[-1]

    def trades(self) -> bool:
        """Whether an honest order is judged by all rules; the same symbol has to wait its turn."""
        reply = self.ask(self.order(self.session("honest")))
        return bool(reply["accepted"]) or "cooldown" in str(reply["reason"])

    def is_unharmed(self) -> None:
        """Every role lives on, and an honest order is judged as ever."""
        assert self.trades(), self.stack.logs()
        assert self._roles() == self.roles, self.stack.logs()
