"""The watch list of a whole run: changed from the command line, followed, kept, and judged."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.asking import until
from tests.emulators.alpaca_data import SECRET, AlpacaDataEmulator
from tests.emulators.provider import KEY
from tests.end_to_end.recording import write_recording
from tests.end_to_end.stack import QTRADE, Stack, running_stack

from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread

PATIENCE_S = 60.0
EVERY_S = 0.2


class Venue:
    """An emulated Alpaca in a thread of its own that pushes prices all the time."""

    def __init__(self) -> None:
        self._thread = LoopThread("alpaca")
        self.emulator = AlpacaDataEmulator()
        self._thread.run(self.emulator.__aenter__())
        self._pushing = self._thread.submit(self._push())

    async def _push(self) -> None:
        while True:
            for name in self.emulator.market.names:
                with suppress(ConnectionError):
                    await self.emulator.push(name, at=SystemClock().now())
            await asyncio.sleep(EVERY_S)

    def stop(self) -> None:
        """Let it die; may be called twice."""
        if not self._pushing.cancelled():
            self._pushing.cancel()
            self._thread.run(self.emulator.__aexit__(None, None, None))

    def close(self) -> None:
        self.stop()
        self._thread.close()


@pytest.fixture
def venue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Venue]:
    running = Venue()
    for name, value in {
        "PROVIDERS__YAHOO__ENABLED": "false",
        "PROVIDERS__ALPACA__KEY": KEY,
        "PROVIDERS__ALPACA__SECRET": SECRET,
        "PROVIDERS__ALPACA__BASE_URL": running.emulator.base_url,
        "PROVIDERS__ALPACA__STREAM_URL": running.emulator.stream_url,
        "CONSENSUS__QUORUM": "1",
        "FEED__SYMBOLS": '["AAPL", "MSFT"]',
    }.items():
        monkeypatch.setenv(f"QTRADE_{name}", value)
    yield running
    running.close()


def watchlist(stack: Stack, *words: str) -> tuple[int, Any, str]:
    """Run the command on a run; return code, answer and complaint."""
    command = (*QTRADE, "watchlist", *words, "--json", "--data-dir", str(stack.data_dir))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "null"), done.stderr


def document(client: "redis.Redis", key: str) -> Any:
    body: Any = client.get(key)
    return {} if body is None else json.loads(body)


def priced(client: "redis.Redis", symbol: str) -> bool:
    return symbol in document(client, "market_data").get("symbols", {})


@pytest.mark.timeout(300)
def test_a_list_changed_while_the_run_goes_on_is_followed_and_kept(
    tmp_path: Path, venue: Venue
) -> None:
    """A class share gets its price, NOPE never; the next run knows both without asking anybody."""
    data_dir = tmp_path / "data"
    with running_stack(data_dir, "--feed", "realtime") as stack:
        with redis.Redis.from_url(stack.url_of("admin")) as client:
            until(lambda: priced(client, "AAPL"), PATIENCE_S)
            code, answer, complaint = watchlist(stack, "add", "brk-b", "NOPE")
            assert code == 1, answer
            assert "not put on the list: NOPE: NOPE is not known to Alpaca" in complaint
            assert answer["symbols"] == answer["watched"] == ["AAPL", "MSFT", "BRK.B"]
            until(lambda: priced(client, "BRK.B"), PATIENCE_S, "no price of BRK.B")
            assert not priced(client, "NOPE")

            code, answer, complaint = watchlist(stack, "remove", "MSFT")
            assert (code, answer["watched"]) == (0, ["AAPL", "BRK.B"]), complaint
            until(lambda: not priced(client, "MSFT"), PATIENCE_S, "MSFT is still followed")
            until(
                lambda: document(client, "market_status")["symbols"] == ["AAPL", "BRK.B"],
                PATIENCE_S,
            )
        assert stack.stop() == 0

    venue.stop()
    with running_stack(data_dir, "--feed", "realtime") as stack:
        with redis.Redis.from_url(stack.url_of("admin")) as client:
            until(
                lambda: document(client, "dynamic_tickers").get("symbols") == ["AAPL", "BRK.B"],
                PATIENCE_S,
                "the list is not what it was",
            )
            line = document(client, "dynamic_tickers")["tickers"]["BRK.B"]
            assert line["name"] == "Berkshire Hathaway Inc. Class B"
        code, answer, _ = watchlist(stack, "add", "IBM")
        assert code == 0
        assert "Alpaca cannot be reached" in answer["unchecked"]["IBM"]
        assert stack.stop() == 0


@pytest.mark.timeout(300)
def test_a_recording_s_symbols_are_all_there_are(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "recorded.parquet")
    options = ("--feed", "replay", "--speed", "60", "--from", str(recording))
    with running_stack(tmp_path / "data", *options) as stack:
        code, shown, _ = watchlist(stack, "show")
        assert code == 0
        code, answer, complaint = watchlist(stack, "add", "ZZZ")
        assert code == 1
        assert f"ZZZ: the replay has only {', '.join(shown['symbols'])}" in complaint
        assert answer["watched"] == shown["symbols"]
        assert stack.stop() == 0
