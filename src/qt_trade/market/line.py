"""One provider's stream, kept alive: connected again after every end, at the right distance."""

import random
from collections.abc import Callable
from contextlib import aclosing

from qt_trade.kit.backoff import Backoff
from qt_trade.kit.logs import get_logger
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnreachableError,
)
from qt_trade.market.ports import Sleep
from qt_trade.market.provider import (
    Capability,
    Connected,
    Halt,
    NotStreamed,
    Provider,
    StreamEvent,
    Subscription,
)
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_FOR_GOOD = (KeyRefusedError, NotInPlanError)
"""Asking again does not help: a person has to mend the key, or pay."""


class ProviderLine:
    """Runs a provider's stream for as long as there is something to stream.

    ``on_quote`` and ``on_halt`` are told what it brings; ``on_change`` that its state is another:
    ``connected``, ``words`` for people, ``refused`` by symbol and ``room`` for symbols.
    """

    def __init__(
        self,
        provider: Provider,
        on_quote: Callable[[str, Quote], None],
        on_halt: Callable[[str, Halt], None],
        on_change: Callable[[str], None],
        sleep: Sleep,
        rng: random.Random,
    ) -> None:
        self.name = provider.spec.name
        self.subscription = Subscription()
        self.connected = False
        self.key_refused = False
        self.words = "not connected yet"
        self.refused: dict[Symbol, str] = {}
        plan = provider.plan
        self.room = plan.stream_max if Capability.STREAM in plan.capabilities else 0
        self._provider = provider
        self._on_quote = on_quote
        self._on_halt = on_halt
        self._on_change = on_change
        self._sleep = sleep
        self._backoff = Backoff(1.0, 60.0, rng)

    async def run(self) -> None:
        """Stream until cancelled, or until the provider will not have it."""
        while True:
            await self._something_wanted()
            error = await self._one_connection()
            for_good = isinstance(error, _FOR_GOOD)
            if for_good:
                self.room, self.key_refused = 0, isinstance(error, KeyRefusedError)
            self._lost(str(error))
            if for_good:
                return
            delay_s = _pause_s(error) + self._backoff.next_delay()
            get_logger().warning(
                "realtime.stream_lost", provider=self.name, because=str(error), retry_s=delay_s
            )
            await self._sleep(delay_s)

    async def _something_wanted(self) -> None:
        if not self.subscription.wanted:
            await self.subscription.differs_from(frozenset())

    async def _one_connection(self) -> MarketDataError:
        """Take what one connection brings; return what ended it."""
        try:
            async with aclosing(self._provider.stream(self.subscription)) as events:
                async for event in events:
                    self._take(event)
        except MarketDataError as error:
            return error
        except Exception as error:  # noqa: BLE001  # told and logged, and tried again
            # A plug-in's mistake costs its prices, not those of the others.
            get_logger().exception("realtime.stream_broke", provider=self.name)
            title = self._provider.spec.title
            return UnreachableError(title, f"its client failed ({type(error).__name__})")
        return UnreachableError(self._provider.spec.title, "the stream ended")

    def _take(self, event: StreamEvent) -> None:
        match event:
            case Quote():
                self._backoff.reset()
                self._on_quote(self.name, event)
            case Halt():
                self._on_halt(self.name, event)
            case Connected():
                self.connected, self.words = True, "connected"
                get_logger().info("realtime.connected", provider=self.name)
                self._on_change(self.name)
            case NotStreamed(symbol, words):
                self._not_streamed(symbol, words)
            case BadAnswerError() | MarketDataError():
                get_logger().warning("realtime.bad_frame", provider=self.name, because=str(event))

    def _not_streamed(self, symbol: Symbol | None, words: str) -> None:
        if symbol is None:
            self.words = words  # it says not which: what it sends will show
        else:
            self.refused[symbol] = words
        get_logger().warning(
            "realtime.not_streamed", provider=self.name, symbol=symbol, because=words
        )
        self._on_change(self.name)

    def _lost(self, words: str) -> None:
        self.connected, self.words = False, words
        self._on_change(self.name)


def _pause_s(error: MarketDataError) -> float:
    return error.retry_after_s if isinstance(error, RateLimitedError | RestingError) else 0.0
