"""Which broker a run has, and that real money is never reached by half a wish."""

import pytest
import pytest_asyncio
from tests.emulators.alpaca import LIVE_KEY, PAPER_KEY, AlpacaEmulator
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.brokers.alpaca.broker import AlpacaBroker
from qt_trade.brokers.paper import PaperBroker
from qt_trade.kit.clock import ManualClock
from qt_trade.model.alpaca_access import Keys
from qt_trade.model.feeds import FeedChoice
from qt_trade.model.money import usd
from qt_trade.settings import BrokerKind, Settings, SettingsError, load_settings
from qt_trade.trading.strategies.trust import Trust

CLOCK = ManualClock(WALL)


@pytest_asyncio.fixture
async def live():
    """Alpaca's live host."""
    async with AlpacaEmulator(live=True) as emulator:
        yield emulator


def settings_of(monkeypatch, emulator=None, *, key=PAPER_KEY, **fields) -> Settings:
    given = {"key_id": key[0], "secret": key[1], **fields}
    if emulator is not None:
        given |= {"base_url": emulator.base_url, "stream_url": emulator.stream_url}
    for name, value in given.items():
        monkeypatch.setenv(f"QTRADE_BROKER__{name.upper()}", value)
    return load_settings()


def test_the_paper_broker_is_the_default():
    assert isinstance(wiring.make_broker(Settings(), CLOCK, WALL), PaperBroker)


def test_keys_may_stand_in_files(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n")
    monkeypatch.setenv("QTRADE_BROKER__KEY_ID", "PK1")
    monkeypatch.setenv("QTRADE_BROKER__SECRET_FILE", str(secret))
    settings = load_settings()
    assert settings.broker.keys() == Keys("PK1", "from-a-file")
    assert "from-a-file" not in repr(settings)


def test_a_missing_key_is_named(monkeypatch):
    monkeypatch.setenv("QTRADE_BROKER__KIND", "alpaca-paper")
    with pytest.raises(SettingsError, match="QTRADE_BROKER__KEY_ID is not set"):
        wiring.make_broker(load_settings(), CLOCK, WALL)


@pytest.mark.parametrize("host", ["https://api.alpaca.markets", "http://192.168.0.7:8101"])
def test_no_address_but_this_machines_own_is_taken(monkeypatch, host):
    monkeypatch.setenv("QTRADE_BROKER__BASE_URL", host)
    monkeypatch.setenv("QTRADE_BROKER__STREAM_URL", "ws://127.0.0.1:1/stream")
    with pytest.raises(SettingsError, match="no address of this machine"):
        load_settings()


@pytest.mark.parametrize("kind", ["alpaca-paper", "alpaca-live"])
@pytest.mark.parametrize("feed", [FeedChoice.REPLAY, FeedChoice.SIMULATION])
def test_todays_market_is_not_traded_at_other_prices(monkeypatch, kind, feed):
    settings = settings_of(monkeypatch, kind=kind)
    with pytest.raises(SettingsError, match="choose --feed realtime"):
        settings.check_broker(feed)
    settings.check_broker(FeedChoice.REALTIME)


def test_real_money_is_not_traded_on_an_unproven_model(monkeypatch):
    """Refused at the start, in words; and whoever asks all the same is not given the trust."""
    monkeypatch.setenv("QTRADE_INTELLIGENCE__TRADE_UNPROVEN", "true")
    real = settings_of(monkeypatch, kind="alpaca-live", key=LIVE_KEY)
    with pytest.raises(SettingsError, match="TRADE_UNPROVEN: real money is never traded"):
        real.check_broker(FeedChoice.REALTIME)
    with pytest.raises(SettingsError, match="TRADE_UNPROVEN"):
        wiring.make_broker(real, CLOCK, WALL)
    assert wiring.trust(real) == Trust()
    for kind in ("paper", "alpaca-paper"):
        simulated = settings_of(monkeypatch, kind=kind)
        simulated.check_broker(FeedChoice.REALTIME)
        assert wiring.trust(simulated).unproven


def test_simulated_money_is_not_traded_on_an_unproven_model_unless_told_so(monkeypatch):
    trust = wiring.trust(settings_of(monkeypatch, kind="paper"))
    assert not trust.unproven
    assert "QTRADE_INTELLIGENCE__TRADE_UNPROVEN=true" in trust.way_out


@pytest.mark.asyncio
async def test_an_emulators_market_is_the_feeds(monkeypatch, live):
    settings_of(monkeypatch, live, kind="alpaca-paper").check_broker(FeedChoice.SIMULATION)
    real = settings_of(monkeypatch, live, kind="alpaca-live")
    with pytest.raises(SettingsError, match="choose --feed realtime"):
        real.check_broker(FeedChoice.SIMULATION)


def test_real_money_without_a_typed_number_is_refused(monkeypatch):
    settings = settings_of(monkeypatch, kind="alpaca-live", key=LIVE_KEY)
    with pytest.raises(SettingsError, match="account number was typed"):
        wiring.make_broker(settings, CLOCK, WALL)


@pytest.mark.asyncio
async def test_the_number_that_was_typed_must_be_that_of_the_keys(monkeypatch, live):
    mine = {"kind": "alpaca-live", "key": LIVE_KEY}
    wrong = settings_of(monkeypatch, live, confirmed="987654321", **mine)
    with pytest.raises(SettingsError, match="no real money is traded"):
        await wiring.account_id(wrong, CLOCK, "paper:realtime")
    right = settings_of(monkeypatch, live, confirmed=live.book.number, **mine)
    assert await wiring.account_id(right, CLOCK, "paper:realtime") == "live:123456789"


@pytest.mark.asyncio
async def test_paper_keys_at_the_live_host_are_refused_in_words(monkeypatch, live):
    settings = settings_of(monkeypatch, live, kind="alpaca-live", confirmed="123456789")
    with pytest.raises(SettingsError, match="refuses the keys"):
        await wiring.account_id(settings, CLOCK, "paper:realtime")


@pytest.mark.asyncio
async def test_an_account_is_opened_as_alpaca_has_it(monkeypatch, live):
    live.book.cash = live.book.cash.from_float(4321.5)
    mine = {"kind": "alpaca-live", "key": LIVE_KEY, "confirmed": live.book.number}
    settings = settings_of(monkeypatch, live, **mine)
    broker = wiring.make_broker(settings, CLOCK, WALL)
    opened = await wiring.account_opened(settings, "live:123456789", broker, CLOCK, CLOCK)
    assert (opened.account_id, opened.cash) == ("live:123456789", usd("4321.5"))
    assert isinstance(broker, AlpacaBroker)
    await broker.close()


@pytest.mark.asyncio
async def test_leaving_needs_no_number(monkeypatch, live):
    settings = settings_of(monkeypatch, live, kind="alpaca-live", key=LIVE_KEY)
    broker = wiring.far_broker(settings)
    assert broker is not None
    assert (await broker.account()).number == live.book.number
    await broker.close()


def test_the_kinds_are_what_the_guide_says():
    assert {kind.value for kind in BrokerKind} == {"paper", "alpaca-paper", "alpaca-live"}
