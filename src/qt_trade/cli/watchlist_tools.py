"""The work behind ``qtrade watchlist``."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ConflictError
from qt_trade.contract.payloads.sessions import Session
from qt_trade.contract.payloads.watch_list import (
    WATCHED_MAX,
    DynamicTickers,
    TickerOrigin,
    TickerState,
    WatchList,
)
from qt_trade.kit.clock import SystemClock
from qt_trade.model.symbols import Symbol, symbol

PATIENCE_S = 30.0
"""How long no symbol's news are waited for: a provider may be slow, and another asked after it."""
ATTEMPTS = 5
_SEPARATORS = re.compile(r"[\s,;]+")

Edit = Callable[[tuple[Symbol, ...]], tuple[Symbol, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a change. ``symbols``: the user's list now; ``watched``: all that is."""

    symbols: tuple[str, ...]
    watched: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    refused: dict[str, str]
    unchecked: dict[str, str]
    staying: dict[str, str]
    """Taken off the list and watched all the same, and why."""
    words: str


def named(texts: Iterable[str]) -> tuple[Symbol, ...]:
    """Return symbols in canonical form, each once. Raises RefusalError for what is none."""
    try:
        return tuple(dict.fromkeys(symbol(text) for text in texts))
    except ValueError as error:
        raise RefusalError(str(error), USAGE) from error


def read(file: Path) -> tuple[Symbol, ...]:
    """Return a file's symbols. Raises RefusalError that names the line of what is none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"{file} cannot be read: {error}", USAGE) from error
    found: list[Symbol] = []
    for number, line in enumerate(lines, 1):
        words = _SEPARATORS.split(line.partition("#")[0].strip())
        try:
            found += named(word for word in words if word)
        except RefusalError as error:
            raise RefusalError(f"{file}, line {number}: {error}", USAGE) from error
    if not found:
        raise RefusalError(f"{file} has no symbol in it", USAGE)
    return tuple(dict.fromkeys(found))


def show(target: Target, *, as_json: bool) -> None:
    """Print the list in force."""

    async def look() -> DynamicTickers:
        async with attach.attached(target) as bus:
            return await _in_force(bus)

    tickers = attach.run(look)
    if as_json:
        print_json(tickers)
        return
    rows = [
        (name, one.name, ", ".join(one.origins).lower(), one.state.lower(), one.words)
        for name, one in ((name, tickers.tickers[name]) for name in tickers.symbols)
    ]
    title = f"Watch list, {len(rows)} symbols ({tickers.feed})"
    print_table(title, ("Symbol", "Name", "Why", "How", ""), rows, "Symbol")
    for name, words in tickers.refused.items():
        say(escape(f"{name} is not watched: {words}"))
    if tickers.words:
        say(escape(tickers.words))


async def _in_force(bus: Bus) -> DynamicTickers:
    found = await bus.read(registry.DYNAMIC_TICKERS)
    if found is None:
        raise RefusalError("no streamer has written dynamic_tickers yet; does one run?")
    return found.value


def add(symbols: Sequence[Symbol], target: Target, *, as_json: bool) -> None:
    """Put symbols behind the others. Raises RefusalError when one is refused."""

    def edit(listed: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        return tuple(dict.fromkeys((*listed, *symbols)))

    change(edit, target, as_json=as_json)


def remove(symbols: Sequence[Symbol], target: Target, *, as_json: bool) -> None:
    """Take symbols out. Raises RefusalError when one is not on the list: then none is."""

    def edit(listed: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        strange = [name for name in symbols if name not in listed]
        if strange:
            raise RefusalError(f"not on the list: {', '.join(strange)}; nothing is changed")
        return tuple(name for name in listed if name not in symbols)

    change(edit, target, as_json=as_json)


def replace(symbols: Sequence[Symbol], target: Target, *, as_json: bool) -> None:
    """Make symbols the whole list. Raises RefusalError when another changed it meanwhile."""
    change(lambda _listed: tuple(symbols), target, as_json=as_json, on_top=False)


def change(
    edit: Edit,
    target: Target,
    *,
    as_json: bool,
    on_top: bool = True,
    patience_s: float = PATIENCE_S,
) -> None:
    """Change the list and print what becomes of it. Raises RefusalError for what is refused.

    ``on_top``: whether the edit is made once more where another was faster.
    """

    async def work() -> Answer:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            editing = _Editing(bus, session, await _in_force(bus), patience_s, quiet=as_json)
            await editing.begin()
            return await editing.change(edit, on_top=on_top)

    answer = attach.run(work)
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    if answer.refused:
        words = "; ".join(f"{name}: {because}" for name, because in answer.refused.items())
        raise RefusalError(f"not put on the list: {words}")


class _Editing:
    """One change of the list, from reading it to what became of it."""

    def __init__(
        self, bus: Bus, session: Session, known: DynamicTickers, patience_s: float, *, quiet: bool
    ) -> None:
        self._bus = bus
        self._session = session
        self._patience_s = patience_s
        self._quiet = quiet
        self._tickers = known
        self._revision = -1
        self._list: WatchList | None = None
        self._news = asyncio.Event()

    async def begin(self) -> None:
        """Follow the list in force, and what people write."""
        await self._bus.watch(registry.DYNAMIC_TICKERS, self._on_tickers)
        await self._bus.watch(registry.WATCH_LIST, self._on_list)

    def _on_tickers(self, change: Change[DynamicTickers]) -> None:
        if change.value is not None:
            self._tickers = change.value
            self._news.set()

    def _on_list(self, change: Change[WatchList]) -> None:
        if change.value is not None:
            self._written_as(change.revision, change.value)

    def _written_as(self, revision: int, value: WatchList) -> None:
        if revision > self._revision:
            self._revision, self._list = revision, value
            self._news.set()

    async def change(self, edit: Edit, *, on_top: bool) -> Answer:
        """Change the list and return what became of it; what is refused is taken out again."""
        before, wanted = await self._written(edit, on_top=on_top)
        tickers = await self._taken(wanted)
        added = tuple(name for name in wanted if name not in before)
        refused = {str(name): tickers.refused[name] for name in added if name in tickers.refused}
        if refused:
            _, wanted = await self._written(
                lambda listed: tuple(name for name in listed if name not in refused), on_top=True
            )
            tickers = await self._taken(wanted)
        removed = [name for name in before if name not in wanted]
        return Answer(
            symbols=wanted,
            watched=tickers.symbols,
            added=tuple(name for name in added if name not in refused),
            removed=tuple(removed),
            refused=refused,
            unchecked={
                name: tickers.tickers[name].words
                for name in added
                if name in tickers.tickers and tickers.tickers[name].state is TickerState.UNCHECKED
            },
            staying={
                name: ", ".join(tickers.tickers[name].origins).lower()
                for name in removed
                if name in tickers.tickers
            },
            words=tickers.words,
        )

    async def _written(
        self, edit: Edit, *, on_top: bool
    ) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...]]:
        """Return the list as it was and as it is written now."""
        for _ in range(ATTEMPTS):
            found = await self._bus.read(registry.WATCH_LIST)
            listed = self._of_the_feed() if found is None else found.value.symbols
            before = tuple(Symbol(name) for name in listed)
            wanted = edit(before)
            if len(wanted) > WATCHED_MAX:
                raise RefusalError(f"{len(wanted)} symbols; at most {WATCHED_MAX} can be watched")
            if found is not None and wanted == before:
                return before, wanted
            mine = self._made(wanted)
            try:
                revision = await self._bus.write(
                    registry.WATCH_LIST,
                    mine,
                    expect=0 if found is None else found.revision,
                    base=None if found is None else found.value,
                )
            except ConflictError as conflict:
                who = await self._person(conflict.writer)
                if not on_top:
                    raise RefusalError(
                        f"{who} changed the list meanwhile; look at it with"
                        " `qtrade watchlist show`, and set it again"
                    ) from conflict
                self._say(f"{who} changed the list meanwhile; trying again on top of that")
            else:
                self._written_as(revision, mine)
                return before, wanted
        raise RefusalError(f"others changed the list {ATTEMPTS} times meanwhile; try again")

    def _of_the_feed(self) -> tuple[str, ...]:
        """Return the list of who has never written one: the settings', or the recording's."""
        return tuple(
            name
            for name in self._tickers.symbols
            if TickerOrigin.FEED in self._tickers.tickers[name].origins
        )

    def _made(self, symbols: tuple[Symbol, ...]) -> WatchList:
        return WatchList(
            ts=SystemClock().now(),
            source="cli",
            feed=self._tickers.feed,
            session_id=self._session.session_id,
            symbols=symbols,
        )

    async def _taken(self, wanted: tuple[Symbol, ...]) -> DynamicTickers:
        """Wait until the streamer has decided on every symbol of the newest list.

        Raises RefusalError when that is no longer the one that is wanted.
        """
        while True:
            self._news.clear()
            newest = self._list
            if newest is not None and _is_decided(self._tickers, newest):
                if newest.symbols == wanted:
                    return self._tickers
                who = await self._person(newest.session_id)
                listed = ", ".join(newest.symbols) or "empty"
                raise RefusalError(f"{who} changed the list again meanwhile; it is now {listed}")
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._news.wait()
            except TimeoutError:
                raise RefusalError(
                    "the list is written, and the streamer has not said what becomes of it; look"
                    " with `qtrade watchlist show`, and whether one runs with `qtrade status`"
                ) from None

    async def _person(self, writer: str) -> str:
        """Return who a session is, where the engine knows it."""
        found = await self._bus.read(registry.SESSIONS_ACTIVE)
        living = () if found is None else found.value.sessions
        session = next((one for one in living if one.session_id == writer), None)
        if session is None:
            return writer or "somebody"
        return f"{session.name} ({session.user} on {session.host})"

    def _say(self, words: str) -> None:
        if not self._quiet:
            say(f"[yellow]{escape(words)}[/]")


def _is_decided(tickers: DynamicTickers, newest: WatchList) -> bool:
    decided = {*tickers.tickers, *tickers.refused}
    return tickers.list_ts == newest.ts and decided.issuperset(newest.symbols)


def _tell(answer: Answer) -> None:
    for name in answer.added:
        if name in answer.unchecked:
            say(f"[yellow]{escape(f'{name} is not checked yet: {answer.unchecked[name]}')}[/]")
        else:
            say(f"[green]{name} is watched[/]")
    for name in answer.removed:
        if name in answer.staying:
            why = answer.staying[name]
            say(f"[yellow]{escape(f'{name} is off the list and watched all the same: {why}')}[/]")
        else:
            say(f"{name} is no longer watched")
    count = len(answer.symbols)
    say(escape(f"{count} on the list, {len(answer.watched)} watched; {answer.words}".rstrip("; ")))
