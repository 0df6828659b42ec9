"""Bars as PostgreSQL's binary COPY wants them, built in bulk.

The format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from operator import lt

from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

COLUMNS = (
    "source_key, feed, provider, symbol, interval_s, at, open, high, low, close, volume,"
    " bid, bid_size, ask, ask_size"
)
"""In the order of a row's fields here: what is the same for a whole series stands first."""

_BEGINS = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_ENDS = struct.pack(">h", -1)
_FIELDS = 15
_CHUNK_ROWS = 2048
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts microseconds from the year 2000."""
_MICRO = timedelta(microseconds=1)

Origin = tuple[str, str, str]
"""Source key, feed and provider."""


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one symbol and length, in order of time. ``starts``: in Unix microseconds."""

    symbol: Symbol
    interval_s: int
    starts: Sequence[int]
    bars: Sequence[Bar]


def series_of(bars: Iterable[Bar]) -> list[Series]:
    """Sort bars into series, by symbol and length; of one bar given twice the later counts."""
    groups: defaultdict[tuple[Symbol, int], dict[int, Bar]] = defaultdict(dict)
    symbol, interval_s = Symbol(""), 0
    group: dict[int, Bar] = {}
    for bar in bars:
        # Most bars come as series already.
        if bar.symbol is not symbol or bar.interval_s != interval_s:
            symbol, interval_s = bar.symbol, bar.interval_s
            group = groups[symbol, interval_s]
        since = bar.at - _UNIX  # `micros`, without the call
        group[(since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds] = bar
    return [_series(key, groups[key]) for key in sorted(groups)]


def _series(key: tuple[Symbol, int], group: Mapping[int, Bar]) -> Series:
    starts = list(group)
    if all(map(lt, starts, islice(starts, 1, None))):
        return Series(*key, starts, list(group.values()))
    starts.sort()
    return Series(*key, starts, [group[start] for start in starts])


def micros(at: datetime) -> int:
    """Return a moment in Unix microseconds, exactly."""
    since = at - _UNIX
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(at_us: int) -> datetime:
    """Return the moment of Unix microseconds."""
    return _UNIX + at_us * _MICRO


def chunks(origin: Origin, lots: Iterable[Series]) -> Iterator[bytes]:
    """Yield the bytes of one COPY in pieces of a size that keeps both ends busy."""
    parts = [_BEGINS]
    for series in lots:
        for start in range(0, len(series.bars), _CHUNK_ROWS):
            _add_rows(parts, origin, series, slice(start, start + _CHUNK_ROWS))
            yield b"".join(parts)
            parts.clear()
    parts.append(_ENDS)
    yield b"".join(parts)


def _add_rows(parts: list[bytes], origin: Origin, series: Series, which: slice) -> None:
    prefix, add, quoted = _prefix(origin, series), parts.append, _quoted
    pack = _TRADED.pack
    for at, bar in zip(series.starts[which], series.bars[which], strict=True):
        add(prefix)
        # As one call: the lengths of the fields stand between their values.
        add(
            pack(
                8, at - _EPOCH_US, 8, bar.open, 8, bar.high, 8, bar.low, 8, bar.close,
                8, bar.volume,
            )
        )  # fmt: skip
        add(quoted(bar))


def _prefix(origin: Origin, series: Series) -> bytes:
    texts = (text.encode() for text in (*origin, series.symbol))
    fields = b"".join(struct.pack(">i", len(text)) + text for text in texts)
    return struct.pack(">h", _FIELDS) + fields + struct.pack(">ii", 4, series.interval_s)


_TRADED = struct.Struct(">iqidididid" + "iq")
_NOTHING = struct.pack(">i", -1)
_UNQUOTED = _NOTHING * 4


def _quoted(bar: Bar) -> bytes:
    values = (bar.bid, bar.bid_size, bar.ask, bar.ask_size)
    if values == (None, None, None, None):
        return _UNQUOTED
    given = tuple(value is not None for value in values)
    fields: list[float] = []
    for value in values:
        if value is None:
            fields.append(-1)
        else:
            fields += (8, value)
    return _quote_format(given).pack(*fields)


@cache
def _quote_format(given: tuple[bool, ...]) -> struct.Struct:
    codes = ("id", "iq", "id", "iq")
    parts = (code if there else "i" for code, there in zip(codes, given, strict=True))
    return struct.Struct(">" + "".join(parts))
