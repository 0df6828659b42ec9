"""What is held against every test of a provider: nothing it logs tells a key."""

import logging

import pytest
from tests.conformance.providers.venues import WRONG
from tests.emulators.provider import KEY


@pytest.fixture(autouse=True)
def _no_key_is_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    yield
    # The server's own words aside: it is the vendor.
    told = [line for line in caplog.records if not line.name.startswith("aiohttp")]
    for line in told:
        assert KEY not in line.getMessage(), line.name
        assert WRONG not in line.getMessage(), line.name
