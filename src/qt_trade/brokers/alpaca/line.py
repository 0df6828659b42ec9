"""The line to Alpaca: its stream while it holds, and a look at the account whenever it may not.

After every sign-in, and after every attempt that failed, everything open is asked for over REST:
what happened in between is told then. An order whose news do not come although they should is
looked at by itself.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from qt_trade.brokers.alpaca.wire import WireUpdate
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.logs import get_logger
from qt_trade.model.broker_errors import BrokerAwayError

Stream = Callable[[], AsyncGenerator[WireUpdate | None, None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    ``news_s``: for the news of an order that was just placed or canceled. ``gap_s``: for fills that
    frames in the wrong order still bring. ``backoff_*``: between attempts.
    """

    news_s: float = 5.0
    gap_s: float = 1.0
    backoff_base_s: float = 0.25
    backoff_max_s: float = 30.0


class Line:
    """Keeps the stream and watches over orders that should have made news."""

    def __init__(
        self,
        stream: Stream,
        take: Callable[[WireUpdate], None],
        catch_up: Callable[[], Awaitable[None]],
        look: Callable[[str], Awaitable[None]],
        rng: random.Random,
        patience: Patience,
    ) -> None:
        self._stream = stream
        self._take = take
        self._catch_up = catch_up
        self._look = look
        self._rng = rng
        self._patience = patience
        self._due: dict[str, float] = {}
        self._changed = asyncio.Event()
        self._log = get_logger()

    def expect(self, order_id: str, within_s: float | None = None) -> None:
        """Look at an order unless there is news of it in time."""
        wait_s = self._patience.news_s if within_s is None else within_s
        due = asyncio.get_running_loop().time() + wait_s
        self._due[order_id] = min(due, self._due.get(order_id, due))
        self._changed.set()

    def heard(self, order_id: str) -> None:
        """Note that there was news of an order."""
        self._due.pop(order_id, None)

    async def run(self) -> None:
        """Keep the line until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            group.create_task(self._listen())

    async def _listen(self) -> None:
        backoff = self._backoff()
        while True:
            try:
                await self._one_connection(backoff)
            except BrokerAwayError as away:
                self._log.warning("broker.stream_away", words=str(away), attempt=backoff.attempt)
            await asyncio.sleep(backoff.next_delay())
            # Fills do not wait for the stream to come back.
            await self._try_to_catch_up()

    async def _one_connection(self, backoff: Backoff) -> None:
        catching: asyncio.Task[None] | None = None
        try:
            async with aclosing(self._stream()) as updates:
                async for update in updates:
                    if update is None:
                        self._log.info("broker.stream_listening")
                        catching = asyncio.create_task(self._catch_up_at_last())
                        continue
                    backoff.reset()
                    self._take(update)
        finally:
            if catching is not None:
                catching.cancel()
                await asyncio.gather(catching, return_exceptions=True)

    async def _catch_up_at_last(self) -> None:
        backoff, done = self._backoff(), await self._try_to_catch_up()
        while not done:
            await asyncio.sleep(backoff.next_delay())
            done = await self._try_to_catch_up()

    async def _try_to_catch_up(self) -> bool:
        try:
            await self._catch_up()
        except BrokerAwayError as away:
            self._log.warning("broker.away", words=str(away))
            return False
        return True

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            now = loop.time()
            due = [order_id for order_id, at in self._due.items() if at <= now]
            for order_id in due:
                await self._look_at(order_id)
            next_at = min(self._due.values(), default=None)
            wait_s = None if next_at is None else max(next_at - loop.time(), 0.0)
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _look_at(self, order_id: str) -> None:
        self._due.pop(order_id, None)
        try:
            await self._look(order_id)
        except BrokerAwayError as away:
            self._log.warning("broker.away", words=str(away), order_id=order_id)
            self.expect(order_id)

    def _backoff(self) -> Backoff:
        patience = self._patience
        return Backoff(patience.backoff_base_s, patience.backoff_max_s, self._rng)
