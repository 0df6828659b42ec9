"""Which symbols are watched: decided from what is wished, held and known, without a clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qt_trade.contract.payloads.watch_list import WATCHED_MAX, Ticker, TickerOrigin, TickerState
from qt_trade.model.instruments import Listing
from qt_trade.model.symbols import Symbol

FULL = f"{WATCHED_MAX} symbols are watched already, and no more can be; take others out first"


@dataclass(frozen=True, slots=True)
class Wished:
    """What wants to be watched, each in its order. ``user`` None: no list was ever written.

    ``held``: positions and open orders. ``feed``: the settings' symbols, or the recording's.
    """

    feed: tuple[Symbol, ...]
    user: tuple[Symbol, ...] | None = None
    candidates: tuple[Symbol, ...] = ()
    held: tuple[Symbol, ...] = ()

    @property
    def list(self) -> tuple[Symbol, ...]:
        """The user's list; the feed's where there is none."""
        return self.feed if self.user is None else self.user

    def as_shown(self) -> tuple[Symbol, ...]:
        """Return all of them in the order of the user's list, others behind it."""
        return tuple(dict.fromkeys((*self.list, *self.candidates, *self.held)))

    def by_importance(self) -> tuple[Symbol, ...]:
        """Return all of them, what there is money in first."""
        return tuple(dict.fromkeys((*self.held, *self.candidates, *self.list)))

    def origins(self) -> dict[Symbol, tuple[TickerOrigin, ...]]:
        """Say of each symbol why it is watched."""
        reasons = {
            TickerOrigin.USER: frozenset(self.user or ()),
            TickerOrigin.CANDIDATE: frozenset(self.candidates),
            TickerOrigin.POSITION: frozenset(self.held),
            TickerOrigin.FEED: frozenset(self.feed if self.user is None else ()),
        }
        return {
            name: tuple(origin for origin, names in reasons.items() if name in names)
            for name in self.as_shown()
        }


@dataclass(frozen=True, slots=True)
class Watched:
    """The list in force. ``tickers`` as they are shown; ``followed`` the most important first.

    Symbols nobody has been asked about yet are in none of them.
    """

    tickers: Mapping[Symbol, Ticker]
    refused: Mapping[Symbol, str]
    followed: tuple[Symbol, ...]


def watched(
    wished: Wished,
    known: Mapping[Symbol, Listing],
    unchecked: Mapping[Symbol, str],
    pushed: frozenset[Symbol],
) -> Watched:
    """Decide for a source that can follow any symbol.

    ``known``: what was said of symbols; ``unchecked``: why nobody could say anything. What is held
    is followed whoever denies it, and the settings' symbols until somebody does. No other symbol
    is before somebody knew it, so that none is shown that does not exist.
    """
    held, sure = frozenset(wished.held), frozenset((*wished.feed, *wished.held))
    by_importance = wished.by_importance()
    refused = {
        name: f"{name} is not known to {known[name].said_by}"
        for name in by_importance
        if name in known and known[name].instrument is None and name not in held
    }
    follow = [
        name for name in by_importance if name not in refused and (name in sure or name in known)
    ]
    waiting = [
        name for name in by_importance
        if name in unchecked and not (name in sure or name in known)
    ]  # fmt: skip
    room = max(WATCHED_MAX, len(held))
    refused |= dict.fromkeys((*follow, *waiting)[room:], FULL)
    followed = frozenset(follow[:room])
    listed = followed | frozenset(waiting[: room - len(followed)])
    origins = wished.origins()
    tickers = {
        name: _followed(known.get(name), origins[name], streamed=name in pushed)
        if name in followed
        else _unchecked(origins[name], unchecked[name])
        for name in wished.as_shown()
        if name in listed
    }
    return Watched(tickers, refused, tuple(follow[:room]))


def watched_of_fixed(wished: Wished, source: str) -> Watched:
    """Decide for a source that has its own symbols and no others, such as a recording."""
    only = f"{source} has only {_named(wished.feed)}"
    has, held = frozenset(wished.feed), frozenset(wished.held)
    every = tuple(dict.fromkeys((*wished.as_shown(), *wished.feed)))
    origins = wished.origins()
    tickers = {}
    for name in every:
        why = origins.get(name, ())
        if name in has:
            why = tuple(dict.fromkeys((*why, TickerOrigin.FEED)))
            tickers[name] = Ticker(name="", origins=why, state=TickerState.STREAMED, words="")
        elif name in held:
            words = f"held, and without a price: {only}"
            tickers[name] = Ticker(name="", origins=why, state=TickerState.UNCHECKED, words=words)
    refused = dict.fromkeys((name for name in every if name not in tickers), only)
    return Watched(tickers, refused, wished.feed)


def in_words(found: Watched, *, several: bool) -> str:
    """Say what becomes of the list. ``several``: its symbols are pushed or asked for by turns."""
    states = [ticker.state for ticker in found.tickers.values()]
    pushed = states.count(TickerState.STREAMED)
    asked = states.count(TickerState.POLLED)
    unchecked = states.count(TickerState.UNCHECKED)
    parts = []
    if several and asked and pushed:
        parts.append(
            f"{pushed} of {pushed + asked} symbols are pushed, as many as the plans allow;"
            " the others are asked for by turns"
        )
    elif several and asked:
        parts.append(f"{asked} symbols are asked for by turns; none is pushed")
    if unchecked:
        parts.append(f"{unchecked} not checked, and without a price until they are")
    if found.refused:
        parts.append(f"{len(found.refused)} refused")
    return "; ".join(parts)


def _followed(
    listing: Listing | None, origins: tuple[TickerOrigin, ...], *, streamed: bool
) -> Ticker:
    instrument = None if listing is None else listing.instrument
    return Ticker(
        name="" if instrument is None else instrument.name,
        origins=origins,
        state=TickerState.STREAMED if streamed else TickerState.POLLED,
        words=_said(listing),
        tradable=None if instrument is None else instrument.tradable,
    )


def _unchecked(origins: tuple[TickerOrigin, ...], because: str) -> Ticker:
    return Ticker(
        name="",
        origins=origins,
        state=TickerState.UNCHECKED,
        words=f"nobody could say whether there is one: {because}",
    )


def _said(listing: Listing | None) -> str:
    if listing is None:
        return ""
    if listing.instrument is None:
        return f"held, though not known to {listing.said_by}"
    if listing.instrument.tradable is False:
        return f"cannot be traded at {listing.said_by}"
    return ""


def _named(names: Iterable[Symbol], most: int = 12) -> str:
    every = tuple(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"
