"""A small synchronous shell around the core: journal in a list, the real paper broker."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.journal import JournalRecord
from qt_trade.model.quotes import Quote
from qt_trade.trading.commands import Command, CommandReply, Now
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import Event
from qt_trade.trading.records import from_record
from qt_trade.trading.steps import Cancel, Effect, Replace, Step

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    return asyncio.run(work)


class Shell:
    """Drives a core as the engine role does. ``sent`` are the order ids the broker was given."""

    def __init__(self, core: EngineCore, broker: PaperBroker, now: Now) -> None:
        self.core = core
        self.broker = broker
        self.now = now
        self.journal: list[JournalRecord] = []
        self.sent: list[str] = []
        self.problems: list[str] = []

    @property
    def events(self) -> list[Event]:
        return [from_record(record) for record in self.journal]

    def ask(self, command: Command) -> CommandReply:
        reply = self.settle(self.core.handle(command, self.now)).reply
        assert reply is not None
        self.work()
        return reply

    def settle(self, step: Step) -> Step:
        self.journal.extend(step.records)
        self.core.journaled(step)
        if step.problem is not None:
            self.problems.append(step.problem)
        return step

    def work(self) -> None:
        """Do what the core wants done, until it wants nothing more."""
        while True:
            while (again := self.core.reconsider(self.now)) is not None:
                self.settle(again)
            effect = self.core.next_effect(self.now)
            if effect is None:
                return
            self.carry_out(effect)
            self.take_events()

    def carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Cancel):
            run(self.broker.cancel(effect.order_id))
            return
        self.sent.append(effect.approved.order.order_id)
        if isinstance(effect, Replace):
            ack = run(self.broker.replace(effect.order_id, effect.approved))
        else:
            ack = run(self.broker.submit(effect.approved))
        self.settle(self.core.on_ack(ack, self.now))

    def take_events(self) -> None:
        for event in self.broker.take_events():
            self.settle(self.core.on_broker(event, self.now))

    def quote(self, quote: Quote) -> None:
        self.core.on_quote(quote)
        for event in self.broker.on_quote(quote):
            self.settle(self.core.on_broker(event, self.now))
        self.work()

    def close_session(self) -> None:
        for event in self.broker.on_session_close():
            self.settle(self.core.on_broker(event, self.now))
        self.work()
