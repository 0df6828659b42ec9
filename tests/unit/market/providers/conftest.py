"""A Yahoo of the test's own, and a way to decide when a source's sleep is over."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from tests.emulators.yahoo import YahooEmulator

with warnings.catch_warnings():
    # Its import chain warns about itself (pandas 3); the tests turn warnings into errors.
    warnings.simplefilter("ignore")
    import yfinance.pricing_pb2  # noqa: F401 - loaded here, once, for every test


class HeldSleep:
    """A sleep that ends at once when it is short, and else when the test says so."""

    def __init__(self, short_s: float = 20.0) -> None:
        self._short_s = short_s
        self._held: list[tuple[float, asyncio.Future[None]]] = []
        self._changed = asyncio.Condition()
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        if seconds <= self._short_s:
            await asyncio.sleep(0)
            return
        over = asyncio.get_running_loop().create_future()
        async with self._changed:
            self._held.append((seconds, over))
            self._changed.notify_all()
        await over

    async def sleeping(self, which: Callable[[float], bool]) -> float:
        """Wait until somebody sleeps such a time; return its length."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._waiting(which)))
            return self._waiting(which)[0][0]

    async def wake(self, which: Callable[[float], bool]) -> None:
        """Wait until somebody sleeps such a time, and end that sleep."""
        await self.sleeping(which)
        self._waiting(which)[0][1].set_result(None)

    def _waiting(self, which: Callable[[float], bool]) -> list[tuple[float, asyncio.Future[None]]]:
        return [(s, over) for s, over in self._held if which(s) and not over.done()]


@pytest_asyncio.fixture
async def yahoo() -> AsyncIterator[YahooEmulator]:
    async with YahooEmulator() as running:
        yield running


@pytest_asyncio.fixture
async def sleep() -> HeldSleep:
    return HeldSleep()


@pytest.fixture
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("yfinance"))
