"""What the streamer needs of any source of market data, and the events a source tells."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from qt_trade.kit.clock import Anchor
from qt_trade.market.evidence import Consensus
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

Sleep = Callable[[float], Awaitable[None]]
"""Wait a number of wall seconds; zero or less yields to the loop once. ``asyncio.sleep`` fits."""


class SourceState(StrEnum):
    """Whether a source delivers. ENDED: a recording has been played to its end."""

    OK = "OK"
    NO_DATA = "NO_DATA"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source is at its start.

    ``quote_interval_s``: feed seconds between two quotes of one symbol while it trades. ``note``:
    a sentence for people about what the quotes are worth (recorded, drawn, pushed).
    ``silence_max_s``: feed seconds without a quote of any symbol while the market trades that are
    nothing unusual; None: as many as between two of one symbol.
    """

    kind: FeedKind
    name: str
    symbols: tuple[Symbol, ...]
    quote_interval_s: float
    note: str
    silence_max_s: float | None = None


@dataclass(frozen=True, slots=True)
class QuoteEvent:
    """A new quote, or other evidence for it. ``evidence`` None: the source has only itself."""

    quote: Quote
    evidence: Consensus | None = None


@dataclass(frozen=True, slots=True)
class BarEvent:
    """A one-minute bar that has closed.

    In real time also a better version of one told before, or one of the past that came late: who
    keeps bars keeps them by ``at``, and the last one told is right.
    """

    bar: Bar


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """The feed's clock was set. ``anchor`` None: feed time is wall time."""

    anchor: Anchor | None
    reason: str


@dataclass(frozen=True, slots=True)
class StateEvent:
    """The source's state changed; ``words`` say it to a person."""

    state: SourceState
    words: str


@dataclass(frozen=True, slots=True)
class SymbolsEvent:
    """The source follows other symbols from now on."""

    symbols: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class LineState:
    """One provider's stream. ``streamed``: the symbols it should carry, of at most ``room``.

    ``refused``: it does not accept the key, and is left alone until a new start.
    """

    connected: bool
    words: str
    streamed: frozenset[Symbol]
    room: int
    refused: bool


@dataclass(frozen=True, slots=True)
class LinesEvent:
    """The state of the providers' streams changed."""

    lines: Mapping[str, LineState]


SourceEvent = QuoteEvent | BarEvent | ClockEvent | StateEvent | SymbolsEvent | LinesEvent


class QuoteSource(Protocol):
    """A source of quotes and one-minute bars that keeps its own pace."""

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        ...

    async def history(self) -> Sequence[Bar]:
        """Return the one-minute bars before the start, oldest first, several sessions if there.

        Call it once, before :meth:`events`. A source that has to ask for them far away returns
        nothing and delivers them as events, so that quotes need not wait.
        """
        ...

    def events(self) -> AsyncGenerator[SourceEvent, None]:
        """Yield what happens, each at its time and in order of feed time.

        Begins with a ClockEvent and a StateEvent. Returns after ENDED; otherwise it never ends and
        never raises for want of a network. To be iterated once.
        """
        ...

    async def close(self) -> None:
        """Let go of sockets and threads. May be called twice."""
        ...
