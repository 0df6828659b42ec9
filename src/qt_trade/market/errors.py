"""What can go wrong at a source, named by what to do next.

MarketDataError
├── RateLimitedError     wait ``retry_after_s``, then ask again
├── UnreachableError     try again later, with backoff
├── RestingError         wait until it is probed; it failed again and again
├── KeyRefusedError      stop asking; a person has to mend the key
├── NotInPlanError       stop asking for this kind of thing, or this symbol; the rest goes on
├── UnknownSymbolError   stop asking for this symbol
├── BadAnswerError       try again once; if it stays, the vendor changed: report it
├── BadRecordingError    mend the file; nothing can be played before
└── OutsideCalendarError load a wider calendar
"""

from datetime import datetime

from qt_trade.model.symbols import Symbol


class MarketDataError(Exception):
    """Market data could not be had; the text says why, for people."""


class RateLimitedError(MarketDataError):
    """The vendor asks for a pause."""

    def __init__(self, vendor: str, retry_after_s: float) -> None:
        super().__init__(f"{vendor} limits the rate; asking again in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class UnreachableError(MarketDataError):
    """No answer: no network, no name, a time-out, or the server is down."""

    def __init__(self, vendor: str, because: str) -> None:
        super().__init__(f"{vendor} cannot be reached: {because}")


class RestingError(MarketDataError):
    """The vendor failed so often that it is left alone for a while."""

    def __init__(self, vendor: str, retry_after_s: float) -> None:
        super().__init__(f"{vendor} failed again and again; probing it in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class KeyRefusedError(MarketDataError):
    """The vendor does not accept the key. ``because`` never holds the key itself."""

    def __init__(self, vendor: str, because: str) -> None:
        super().__init__(f"{vendor} refuses the key: {because}")


class NotInPlanError(MarketDataError):
    """The key's plan does not have what was asked for. ``symbol``: only this one is not in it."""

    def __init__(self, vendor: str, because: str, symbol: Symbol | None = None) -> None:
        super().__init__(f"{vendor}: not in the plan: {because}")
        self.symbol = symbol


class UnknownSymbolError(MarketDataError):
    """The vendor does not know the symbol."""

    def __init__(self, vendor: str, symbol: Symbol) -> None:
        super().__init__(f"{vendor} does not know {symbol}")
        self.symbol = symbol


class BadAnswerError(MarketDataError):
    """An answer came that cannot be what the vendor meant."""

    def __init__(self, vendor: str, because: str) -> None:
        super().__init__(f"{vendor} answered something unreadable: {because}")


class BadRecordingError(MarketDataError):
    """A recording cannot be played; the text names file, column and row."""


class OutsideCalendarError(MarketDataError):
    """A moment lies outside the calendar that was loaded."""

    def __init__(self, at: datetime, first: datetime, last: datetime) -> None:
        super().__init__(
            f"{at:%Y-%m-%d %H:%M}Z is outside the loaded calendar ({first:%Y-%m-%d} to"
            f" {last:%Y-%m-%d})"
        )
