"""Who asks for something: people at the desk, and beat that calls for the cycles."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from qt_trade.contract import registry
from qt_trade.contract.payloads import commands as wire
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.order_terms import OrderType, Side, TimeInForce
from qt_trade.model.presets import PRESETS
from qt_trade.roles.simulate.engine import ACCOUNT
from qt_trade.roles.simulate.world import CYCLE_EVERY, DESK, FEED, SYMBOLS, World
from qt_trade.trading.commands import StartAutoTrading
from qt_trade.trading.ids import cycle_command_id

TWICE = 0.15
LATE = 0.1
LATE_MAX_S = 40.0


class People:
    """One desk. Every command may be sent twice, and may be on its way for long."""

    def __init__(self, world: World, until_s: float) -> None:
        self._w = world
        self._rng = world.chance(5)
        self._until_s = until_s
        self._number = 0
        self._orders: list[str] = []

    async def ask(self) -> None:
        """Ask for one thing after the other."""
        self.start_autotrading()
        choices: tuple[tuple[float, Callable[[], None]], ...] = (
            (20, self.submit), (4, self.cancel), (1, self.stop), (1, self.cancel_all),
            (1, self.close_all), (6, self.resume), (1, self.start_autotrading),
        )  # fmt: skip
        while self._w.loop.time() < self._until_s:
            await asyncio.sleep(self._rng.expovariate(1 / 4.0))
            (act,) = self._rng.choices(
                [act for _, act in choices], [weight for weight, _ in choices]
            )
            act()

    async def call_cycles(self) -> None:
        """Call for a cycle at every slot, as beat does: twice at times, or late."""
        slot = FEED
        while self._w.loop.time() < self._until_s:
            await asyncio.sleep(CYCLE_EVERY.total_seconds())
            slot += CYCLE_EVERY
            self._w.predict({symbol: self._rng.choice((-0.01, 0.0, 0.01)) for symbol in SYMBOLS})
            request = wire.TradingCycleRequest(
                ts=self._w.wall.now(),
                source="beat",
                feed=FeedKind.SIMULATION,
                command_id=cycle_command_id(ACCOUNT, slot),
                slot=slot,
            )
            self._send(partial(self._w.mail.send, registry.TRADING_CYCLE, request))

    def submit(self) -> None:
        """Send an order."""
        symbol = self._rng.choice(SYMBOLS)
        price = self._w.feed.quotes[symbol].price
        limited = self._rng.random() < 0.5  # noqa: PLR2004  # half of them
        near = Decimal(str(round(price * (1 + self._rng.uniform(-0.01, 0.01)), 2)))
        command_id = self._next_id("order")
        self._orders.append(command_id)
        self._manual(
            wire.SubmitOrder(
                ts=self._w.wall.now(),
                source="desktop",
                feed=FeedKind.SIMULATION,
                session_id=DESK,
                command_id=command_id,
                symbol=symbol,
                side=self._rng.choice((Side.BUY, Side.BUY, Side.SELL)),
                quantity=Decimal(self._rng.choice((1, 10, 30, 60, 150))),
                order_type=OrderType.LIMIT if limited else OrderType.MARKET,
                limit_price=near if limited else None,
                time_in_force=self._rng.choice(tuple(TimeInForce)),
            )
        )

    def cancel(self) -> None:
        """Cancel an order that somebody has heard of."""
        account = self._w.rules.account
        open_orders = () if account is None else account.open_orders
        if not open_orders:
            return
        self._manual(
            wire.CancelOrder(
                ts=self._w.wall.now(),
                source="desktop",
                feed=FeedKind.SIMULATION,
                session_id=DESK,
                command_id=self._next_id("cancel"),
                order_id=self._rng.choice(open_orders).order.order_id,
            )
        )

    def stop(self) -> None:
        """Stop all trading."""
        self._emergency(wire.Emergency.STOP_ALL_TRADING)

    def cancel_all(self) -> None:
        """Cancel all orders."""
        self._emergency(wire.Emergency.CANCEL_ALL_ORDERS)

    def close_all(self) -> None:
        """Close all positions."""
        self._emergency(wire.Emergency.CLOSE_ALL_POSITIONS)

    def resume(self) -> None:
        """Lift the stop."""
        self._emergency(wire.Emergency.RESUME)

    def start_autotrading(self) -> None:
        """Write the configuration anew."""
        strategy = self._rng.choice(tuple(Strategy))
        settings = replace(PRESETS[strategy], order_notional=usd(2_000))
        self._w.want(
            StartAutoTrading(
                command_id=self._next_id("auto"), by=DESK, settings=settings, token=self._number
            )
        )

    def _manual(self, payload: wire.ManualOrder) -> None:
        self._w.witness.note(f"desk: {payload}")
        self._send(partial(self._w.mail.send, registry.MANUAL_ORDERS, payload))

    def _emergency(self, action: wire.Emergency) -> None:
        payload = wire.EmergencyAction(
            ts=self._w.wall.now(),
            source="desktop",
            feed=None,
            session_id=DESK,
            command_id=self._next_id("emergency"),
            action=action,
            reason="the simulation says so",
            confirmed=True,
        )
        self._w.witness.note(f"desk: {action} {payload.command_id}")
        self._send(partial(self._w.mail.send, registry.EMERGENCY_ACTIONS, payload))

    def _send(self, send: Callable[[], None]) -> None:
        """Send at once or later, perhaps twice: a client that got no answer sends again."""
        delay_s = 0.0
        if self._rng.random() < LATE:
            self._w.witness.fault("command late")
            delay_s = self._rng.random() * LATE_MAX_S
        self._w.loop.call_later(delay_s, send)
        if self._rng.random() < TWICE:
            self._w.witness.fault("command twice")
            self._w.loop.call_later(delay_s + self._rng.random() * 10.0, send)

    def _next_id(self, what: str) -> str:
        self._number += 1
        return f"{what}-{self._number}"
