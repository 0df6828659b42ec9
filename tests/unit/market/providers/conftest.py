"""A Yahoo of the test's own, and a place for what yfinance keeps."""

import warnings
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.emulators.yahoo import YahooEmulator

with warnings.catch_warnings():
    # Its import chain warns about itself (pandas 3); the tests turn warnings into errors.
    warnings.simplefilter("ignore")
    import yfinance.pricing_pb2  # noqa: F401 - loaded here, once, for every test


@pytest_asyncio.fixture
async def yahoo() -> AsyncIterator[YahooEmulator]:
    async with YahooEmulator() as running:
        yield running


@pytest.fixture
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("yfinance"))
