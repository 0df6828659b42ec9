"""``qtrade watchlist`` against a streamer's own desk on a real server."""

import asyncio
import json
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from tests.desktop.backend import ACCOUNT, RUN, Backend, holdings, position, stamp
from tests.unit.cli.conftest import Qtrade

from qt_trade.cli import watchlist_tools
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.watchlist_tools import Edit
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.sessions import ActiveSession, ActiveSessions, SessionRole
from qt_trade.contract.payloads.watch_list import WatchList
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.market.listings import UncheckedError
from qt_trade.model.feeds import FeedKind
from qt_trade.model.instruments import Instrument, Listing
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.payloads import Stamp
from qt_trade.roles.streamer.watch_list import WatchListDesk, WatchListParts

FEED = (Symbol("AAPL"), Symbol("MSFT"))
LISTED = {"AAPL": "Apple", "MSFT": "Microsoft", "BRK.B": "Berkshire", "IBM": "IBM", "SPY": "S&P"}
AWAY = "XYZ"


class Exchange:
    """Knows what is listed; of one symbol nobody can say anything."""

    async def known(self, symbols: Collection[Symbol]) -> Mapping[Symbol, Listing]:
        return {}

    async def ask(self, symbol: Symbol) -> Listing:
        if symbol == AWAY:
            raise UncheckedError("Alpaca cannot be reached", alone=True)
        found = Instrument(symbol, LISTED[symbol]) if symbol in LISTED else None
        return Listing(symbol, found, "Alpaca", SystemClock().now())


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread("streamer")
    yield thread
    thread.close()


def watching(loop: LoopThread, url: str, *, recorded: bool = False) -> None:
    """Run a streamer's desk until the loop ends."""

    def ignore(symbols: Sequence[Symbol]) -> None:
        pass

    async def run() -> None:
        wall = SystemClock()
        bus = Bus(url, Party.STREAMER, wall, random.Random(1))
        await bus.open(timeout_s=20.0)
        kind = FeedKind.REPLAY if recorded else FeedKind.REAL_TIME
        parts = WatchListParts(
            bus=bus, wall=wall, stamp=Stamp(kind, RUN, "test"), account=ACCOUNT, feed_symbols=FEED,
            source_words="the recording", lookups=None if recorded else Exchange(), follow=ignore,
        )  # fmt: skip
        try:
            await WatchListDesk(parts).run()
        finally:
            await bus.close()

    async def there() -> None:
        bus, written = Bus(url, Party.FRONTEND, SystemClock(), random.Random(2)), asyncio.Event()
        await bus.open(timeout_s=20.0)
        await bus.watch(
            registry.DYNAMIC_TICKERS, lambda change: written.set() if change.value else None
        )
        await written.wait()
        await bus.close()

    loop.submit(run())
    loop.run(there(), 20.0)


@pytest.fixture
def streamer(loop: LoopThread, backend: Backend) -> Backend:
    watching(loop, backend.url)
    return backend


def listed(backend: Backend) -> tuple[str, ...]:
    symbols: tuple[str, ...] = backend.read(registry.WATCH_LIST).value.symbols
    return symbols


def test_the_list_in_force_is_shown_with_why_and_how(qtrade: Qtrade, streamer: Backend) -> None:
    for words in ((), ("show",)):
        said = qtrade("watchlist", *words, "--redis-url", streamer.url)
        assert said.code == 0, said.err
        assert "Watch list, 2 symbols (REAL-TIME)" in said.out
        assert "feed" in said.out
        assert "polled" in said.out


def test_symbols_are_added_in_canonical_form_behind_those_of_the_settings(
    qtrade: Qtrade, streamer: Backend
) -> None:
    said = qtrade("watchlist", "add", "brk-b", "ibm", "BRK.B", "--redis-url", streamer.url)
    assert said.code == 0, said.err
    assert "BRK.B is watched" in said.out
    assert "4 on the list, 4 watched" in said.out
    assert listed(streamer) == ("AAPL", "MSFT", "BRK.B", "IBM")
    again = qtrade("watchlist", "add", "IBM", "--redis-url", streamer.url)
    assert again.code == 0
    assert "is watched" not in again.out


def test_what_does_not_exist_is_refused_and_left_out_again(
    qtrade: Qtrade, streamer: Backend
) -> None:
    """The others are watched; the code says that something was refused."""
    said = qtrade("watchlist", "add", "NOPE", "IBM", "--json", "--redis-url", streamer.url)
    assert said.code == 1
    assert "not put on the list: NOPE: NOPE is not known to Alpaca" in said.err
    answer = json.loads(said.out)
    assert answer["added"] == ["IBM"]
    assert answer["refused"] == {"NOPE": "NOPE is not known to Alpaca"}
    assert answer["symbols"] == answer["watched"] == ["AAPL", "MSFT", "IBM"]
    assert listed(streamer) == ("AAPL", "MSFT", "IBM")


def test_what_nobody_can_check_is_on_the_list_and_said_so(
    qtrade: Qtrade, streamer: Backend
) -> None:
    said = qtrade("watchlist", "add", AWAY, "--redis-url", streamer.url)
    assert said.code == 0, said.err
    assert f"{AWAY} is not checked yet" in said.out
    assert "Alpaca cannot be reached" in said.out
    assert listed(streamer)[-1] == AWAY


def test_symbols_are_taken_out_and_what_is_held_stays_watched(
    qtrade: Qtrade, streamer: Backend
) -> None:
    held = holdings((position("MSFT", 3, "33", "34", "33"),))
    streamer.write(registry.PORTFOLIO_POSITIONS, held)
    said = qtrade("watchlist", "remove", "aapl", "msft", "--redis-url", streamer.url)
    assert said.code == 0, said.err
    assert "AAPL is no longer watched" in said.out
    assert "MSFT is off the list and watched all the same: position" in said.out
    assert listed(streamer) == ()


def test_what_is_not_on_the_list_is_not_taken_out_and_nothing_else_is(
    qtrade: Qtrade, streamer: Backend
) -> None:
    said = qtrade("watchlist", "remove", "AAPL", "SPY", "--redis-url", streamer.url)
    assert said.code == 1
    assert "not on the list: SPY; nothing is changed" in said.err
    assert streamer.read(registry.WATCH_LIST) is None


def test_the_whole_list_is_set_in_its_order(qtrade: Qtrade, streamer: Backend) -> None:
    said = qtrade("watchlist", "set", "SPY", "AAPL", "--json", "--redis-url", streamer.url)
    assert said.code == 0, said.err
    answer = json.loads(said.out)
    assert (answer["symbols"], answer["added"], answer["removed"]) == (
        ["SPY", "AAPL"],
        ["SPY"],
        ["MSFT"],
    )


def test_a_file_is_imported_and_a_bad_line_is_named(
    qtrade: Qtrade, streamer: Backend, tmp_path: Path
) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("\ufeff# mine\nSPY, brk-b; IBM\n\nspy # again\n", encoding="utf-8")
    said = qtrade("watchlist", "import", str(file), "--redis-url", streamer.url)
    assert said.code == 0, said.err
    assert listed(streamer) == ("AAPL", "MSFT", "SPY", "BRK.B", "IBM")
    file.write_text("SPY\nwhat is this?\n")
    said = qtrade("watchlist", "import", str(file), "--redis-url", streamer.url)
    assert said.code == 2
    assert "line 2" in said.err
    file.write_text("# nothing\n")
    assert "has no symbol in it" in qtrade("watchlist", "import", str(file)).err
    assert "cannot be read" in qtrade("watchlist", "import", str(tmp_path / "gone")).err


@pytest.mark.parametrize("text", ["", "1AAPL", "AAPL.TOOLONG", "Ä"])
def test_what_is_no_symbol_is_refused_before_anything_is_asked(qtrade: Qtrade, text: str) -> None:
    said = qtrade("watchlist", "add", text)
    assert said.code == 2
    assert "no US ticker symbol such as AAPL or BRK.B" in said.err


def test_without_a_streamer_nothing_is_written(qtrade: Qtrade, backend: Backend) -> None:
    for words in (("show",), ("add", "IBM")):
        said = qtrade("watchlist", *words, "--redis-url", backend.url)
        assert said.code == 1
        assert "no streamer has written dynamic_tickers" in said.err
    assert backend.read(registry.WATCH_LIST) is None


def test_more_than_can_be_watched_is_refused(qtrade: Qtrade, streamer: Backend) -> None:
    names = [f"S{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(500)]
    said = qtrade("watchlist", "add", *names, "--redis-url", streamer.url)
    assert said.code == 1
    assert "502 symbols; at most 500 can be watched" in said.err


def test_a_recording_refuses_what_it_has_not(
    qtrade: Qtrade, backend: Backend, loop: LoopThread
) -> None:
    watching(loop, backend.url, recorded=True)
    said = qtrade("watchlist", "add", "IBM", "--redis-url", backend.url)
    assert said.code == 1
    assert "IBM: the recording has only AAPL, MSFT" in said.err
    assert listed(backend) == ("AAPL", "MSFT")


def behind_anna(backend: Backend, wish: str, times: int) -> Edit:
    """Return an edit during which Anna changes the list, the first so many times."""
    moment = SystemClock().now()
    anna = ActiveSession(
        session_id="desk-1", name="Anna's desk", user="anna", host="den", role=SessionRole.TRADER,
        version="1", opened_at=moment, last_seen=moment, delay_ms=None, controls=False,
    )  # fmt: skip
    active = ActiveSessions(**stamp("engine"), sessions=(anna,), revoked=())
    backend.write(registry.SESSIONS_ACTIVE, active)
    hers = [("SPY", "IBM"[: 3 * (n % 2)]) for n in range(times)]

    def edit(listed: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        if hers:
            symbols = tuple(filter(None, hers.pop(0)))
            theirs = WatchList(**stamp("desktop"), session_id="desk-1", symbols=symbols)
            backend.write(registry.WATCH_LIST, theirs)
        return (*listed, Symbol(wish))

    return edit


def test_who_was_faster_is_named_and_the_addition_made_on_top(
    streamer: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither overwrites the other unseen."""
    target = Target(redis_url=streamer.url)
    watchlist_tools.change(behind_anna(streamer, "BRK.B", 1), target, as_json=False)
    said = capsys.readouterr().out
    assert "Anna's desk (anna on den) changed the list meanwhile; trying again" in said
    assert listed(streamer) == ("SPY", "BRK.B")


def test_a_whole_list_is_not_laid_over_another_s_change(streamer: Backend) -> None:
    with pytest.raises(RefusalError, match=r"Anna's desk \(anna on den\) changed .*; look at it"):
        watchlist_tools.change(
            behind_anna(streamer, "BRK.B", 1),
            Target(redis_url=streamer.url),
            as_json=False,
            on_top=False,
        )
    assert listed(streamer) == ("SPY",)


def test_who_is_always_too_late_is_told_so(streamer: Backend) -> None:
    edit = behind_anna(streamer, "BRK.B", watchlist_tools.ATTEMPTS)
    with pytest.raises(RefusalError, match="others changed the list 5 times meanwhile"):
        watchlist_tools.change(edit, Target(redis_url=streamer.url), as_json=True)


def test_a_streamer_that_says_nothing_is_not_waited_for_for_ever(
    backend: Backend, loop: LoopThread
) -> None:
    """The list is written, and what becomes of it is not known."""
    watching(loop, backend.url)
    loop.close()
    with pytest.raises(RefusalError, match="has not said what becomes of it"):
        watchlist_tools.change(
            lambda listed: (*listed, Symbol("IBM")),
            Target(redis_url=backend.url),
            as_json=False,
            patience_s=0.2,
        )
    assert listed(backend) == ("AAPL", "MSFT", "IBM")
