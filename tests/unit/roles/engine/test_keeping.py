"""Settings: taken over from who may, kept where nothing is lost, and given back when lost."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import redis
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import Desks, limits_of, open_desks
from tests.unit.roles.engine.shop import open_shop
from tests.unit.roles.parts import eventually, lose_everything, running

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.frontend import PortfolioSettings, TradingConfig, UiState
from qt_trade.contract.payloads.results import AutoTradingError
from qt_trade.contract.payloads.sessions import RevokedSession, SessionRole
from qt_trade.contract.payloads.watch_list import WatchList
from qt_trade.model.audit import Audited, AuditEntry
from qt_trade.model.control import ControllerLoss
from qt_trade.roles.engine.keeping import decode_kept
from qt_trade.roles.engine.settings_desk import SettingsDesk
from qt_trade.roles.engine.wishes import WishesDesk

pytestmark = pytest.mark.asyncio

CODEC = Codec(registry.TRADING_CONFIG)


def trading_config(**more: Any) -> TradingConfig:
    told = {
        "session_id": "desk-1", "aggressiveness": 3, "max_position_size": 100,
        "max_daily_trades": 10, "buy_threshold_pct": 0.05, "sell_threshold_pct": 0.05,
        "stop_loss_pct": 0.02, "take_profit_pct": 0.04, "cash_reserve": Decimal(1000),
        "trading_capital": Decimal(50_000), "use_ml_signals": True,
        "ml_confidence_threshold": 0.6, "paper_mode": True, "updated_by": "anna",
    }  # fmt: skip
    return TradingConfig(**wires.STAMP | told | more)


def ui_state(**more: Any) -> UiState:
    told = {
        "session_id": "desk-1", "active_tab": "trading", "chart_symbol": "IBM",
        "chart_timeframe": "1m", "theme": "dark", "notifications_enabled": True,
    }  # fmt: skip
    return UiState(**wires.STAMP | told | more)


@dataclass
class Cabinet:
    desks: Desks
    settings: SettingsDesk
    front: Bus
    stranger: redis.Redis
    policies: list[ControllerLoss]

    async def stands(self, holds: Callable[[TradingConfig | None], bool]) -> None:
        async def so() -> bool:
            found = await self.front.read(registry.TRADING_CONFIG)
            return holds(None if found is None else found.value)

        await eventually(so)

    async def kept(self, key: str = "frontend:trading_config") -> str | None:
        return (await self.desks.audit.kept_settings()).get(key)

    async def is_kept(self, config: TradingConfig) -> None:
        async def so() -> bool:
            return decode_kept(registry.TRADING_CONFIG, await self.kept()) == config

        await eventually(so)

    async def lines(self, what: Audited, key: str, count: int) -> list[AuditEntry]:
        found: list[AuditEntry] = []

        async def so() -> bool:
            lines = await self.desks.audit._audit.last(100)
            found[:] = [one for one in lines if one.what is what and one.key == key]
            return len(found) >= count

        await eventually(so)
        return found

    async def error(self, holds: Callable[[AutoTradingError | None], bool]) -> None:
        async def so() -> bool:
            found = await self.front.read(registry.AUTOTRADING_ERROR)
            return holds(None if found is None else found.value)

        await eventually(so)


@pytest_asyncio.fixture
async def cabinet(lead: wiring.Lead, connect: Connect, redis_url: str) -> AsyncIterator[Cabinet]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    desks = await open_desks(bus, shop, lead)
    policies: list[ControllerLoss] = []
    wishes = WishesDesk(shop.dealer, lambda: None)
    settings = SettingsDesk(desks.keeping, limits_of(shop, desks), wishes, policies.append)
    settings.begin(await desks.audit.kept_settings())
    desks.control.on_loss(settings.lost)
    await front.write(registry.SESSION, wires.session(user="anna"), "desk-1")
    await settings.follow()
    with redis.Redis.from_url(redis_url) as stranger:
        async with running(settings.run()), desks.at_work():
            yield Cabinet(desks, settings, front, stranger, policies)


async def test_an_accepted_version_is_kept_with_who_and_what(cabinet: Cabinet) -> None:
    """Before and after, the fields that changed, and the person behind the session."""
    first, second = trading_config(), trading_config(aggressiveness=5, updated_by="bert")
    await cabinet.front.write(registry.TRADING_CONFIG, first)
    await cabinet.is_kept(first)
    await cabinet.front.write(registry.TRADING_CONFIG, second)
    await cabinet.is_kept(second)
    _, line = await cabinet.lines(Audited.SETTING_CHANGED, "frontend:trading_config", 2)
    assert (line.session_id, line.name, line.user, line.role) == (
        "desk-1",
        "bert",
        "anna",
        "trader",
    )
    assert line.words == "aggressiveness"
    assert line.before is not None
    assert line.after is not None
    assert CODEC.decode(line.before.encode()) == first
    assert CODEC.decode(line.after.encode()) == second


async def test_a_version_that_says_nothing_new_is_no_line(cabinet: Cabinet) -> None:
    """It is kept all the same: the newest stamp counts."""
    await cabinet.front.write(registry.UI_STATE, ui_state())
    await cabinet.front.write(registry.UI_STATE, ui_state(source="again"))
    await cabinet.front.write(registry.UI_STATE, ui_state(theme="light"))
    lines = await cabinet.lines(Audited.SETTING_CHANGED, "frontend:ui_state", 2)
    assert [line.words for line in lines] == ["", "theme"]


async def test_a_stranger_that_knows_no_revisions_is_taken_over(cabinet: Cabinet) -> None:
    """A plain SET counts as much as a write of ours."""
    config = trading_config(aggressiveness=1)
    cabinet.stranger.set("frontend:trading_config", CODEC.encode(config))
    await cabinet.is_kept(config)


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"session_id": "nobody"}, "$.session_id", "session nobody is unknown or has expired"),
        ({"session_id": "viewer-1"}, "$.session_id", "may look, not trade"),
        ({"paper_mode": False}, "$.paper_mode", "chosen by qtrade up --live alone"),
    ],
)
async def test_a_refused_version_gives_way_to_the_one_in_force(
    cabinet: Cabinet, change: dict[str, Any], path: str, words: str
) -> None:
    """It is answered for all to see, kept in the dead letters, and the document is right again."""
    viewer = wires.session(SessionRole.VIEWER, "viewer-1")
    await cabinet.front.write(registry.SESSION, viewer, "viewer-1")
    good = trading_config()
    await cabinet.front.write(registry.TRADING_CONFIG, good)
    await cabinet.is_kept(good)
    bad = trading_config(aggressiveness=5, **change)
    cabinet.stranger.set("frontend:trading_config", CODEC.encode(bad))
    await cabinet.error(
        lambda error: error is not None and error.path == path and words in error.reason
    )
    await cabinet.stands(lambda config: config == good)
    await cabinet.is_kept(good)

    async def buried() -> bool:
        letters = await cabinet.front.entries(registry.DEAD_LETTERS, last=10)
        return [(one.value.key, one.value.path) for one in letters] == [
            ("frontend:trading_config", path)
        ]

    await eventually(buried)
    (line,) = await cabinet.lines(Audited.SETTING_REFUSED, "frontend:trading_config", 1)
    assert words in line.words
    # Nothing stands in the way any more, and soon nothing says so.
    await cabinet.error(lambda error: error is None)


async def test_where_none_is_in_force_the_refusal_stands_until_it_is_mended(
    cabinet: Cabinet,
) -> None:
    """There is nothing to put in its place."""
    bad = trading_config(session_id="nobody")
    await cabinet.front.write(registry.TRADING_CONFIG, bad)
    await cabinet.error(lambda error: error is not None and error.session_id == "nobody")
    await cabinet.stands(lambda config: config == bad)
    await cabinet.front.write(registry.TRADING_CONFIG, trading_config())
    await cabinet.error(lambda error: error is None)


async def test_nonsense_gives_way_to_the_version_in_force(cabinet: Cabinet) -> None:
    """With the path of the field in the answer."""
    good = trading_config()
    await cabinet.front.write(registry.TRADING_CONFIG, good)
    await cabinet.is_kept(good)
    odd = msgspec.json.decode(CODEC.encode(good)) | {"aggressiveness": 9}
    cabinet.stranger.set("frontend:trading_config", msgspec.json.encode(odd))
    await cabinet.error(lambda error: error is not None and error.path == "$.aggressiveness")
    await cabinet.stands(lambda config: config == good)


async def test_what_a_server_lost_or_a_hand_deleted_comes_back(
    cabinet: Cabinet, redis_url: str
) -> None:
    """A restart without data, a flush that says nothing, a DEL."""
    good = trading_config()
    await cabinet.front.write(registry.TRADING_CONFIG, good)
    await cabinet.is_kept(good)
    await lose_everything(redis_url, cabinet.front)
    await cabinet.stands(lambda config: config == good)
    cabinet.stranger.flushall()
    await cabinet.stands(lambda config: config == good)
    cabinet.stranger.delete("frontend:trading_config")
    await cabinet.stands(lambda config: config == good)


async def test_an_engine_that_finds_an_empty_server_fills_it(
    lead: wiring.Lead, connect: Connect, cabinet: Cabinet, redis_url: str
) -> None:
    """From PostgreSQL, whoever accepted it."""
    good = trading_config()
    await cabinet.front.write(registry.TRADING_CONFIG, good)
    await cabinet.is_kept(good)
    kept = await cabinet.desks.audit.kept_settings()
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.flushall()
    bus = await connect(Party.ENGINE)
    shop = await open_shop(lead)
    desks = await open_desks(bus, shop, lead)
    wishes = WishesDesk(shop.dealer, lambda: None)
    successor = SettingsDesk(desks.keeping, limits_of(shop, desks), wishes, lambda _policy: None)
    successor.begin(kept)
    await successor.follow()
    async with running(successor.run()):
        await cabinet.stands(lambda config: config == good)


async def test_what_a_dead_holder_means_is_written_first_by_the_engine(cabinet: Cabinet) -> None:
    """So that all see what holds, and a person can change it."""
    await eventually(lambda: cabinet.policies == [ControllerLoss.PAUSE_ENTRIES])
    found = await cabinet.front.read(registry.SESSION_SETTINGS)
    assert found is not None
    chosen = msgspec.structs.replace(
        found.value, session_id="desk-1", on_controller_loss=ControllerLoss.STOP
    )
    await cabinet.front.write(registry.SESSION_SETTINGS, chosen)
    await eventually(lambda: cabinet.policies[-1] is ControllerLoss.STOP)


async def test_a_kept_version_that_is_not_understood_is_none() -> None:
    """An older or a newer program may have kept it; nobody guesses."""
    assert decode_kept(registry.PORTFOLIO_SETTINGS, '{"x": 1}') is None
    assert decode_kept(registry.PORTFOLIO_SETTINGS, "") is None
    told = PortfolioSettings(
        **wires.STAMP, session_id="desk-1", target_diversification=5, max_position_pct=0.2,
        rebalance_enabled=False, rebalance_threshold=0.1, preferred_sectors=(),
        excluded_symbols=("IBM",), cash_reserve=Decimal(1), updated_by="anna",
    )  # fmt: skip
    body = Codec(registry.PORTFOLIO_SETTINGS).encode(told).decode()
    assert decode_kept(registry.PORTFOLIO_SETTINGS, body) == told


async def test_the_last_words_of_a_session_that_closed_itself_count(cabinet: Cabinet) -> None:
    """A window writes how it was left and is gone; one that was logged out has no last words."""
    await eventually(lambda: cabinet.desks.people.session("desk-1") is not None)
    await cabinet.front.delete(registry.SESSION, "desk-1")
    await eventually(lambda: cabinet.desks.people.session("desk-1") is None)
    last = trading_config(aggressiveness=2)
    await cabinet.front.write(registry.TRADING_CONFIG, last)
    await cabinet.is_kept(last)
    assert await cabinet.desks.people.objection_to("desk-1") is not None
    gone = RevokedSession(session_id="desk-1", at=wires.WALL, by="desk-2", reason="enough")
    cabinet.desks.people.revoke(gone)
    await cabinet.front.write(registry.TRADING_CONFIG, trading_config(aggressiveness=4))
    await cabinet.error(lambda error: error is not None and "was logged out" in error.reason)
    await cabinet.stands(lambda config: config == last)


async def test_the_watch_list_is_kept_judged_and_given_back(
    cabinet: Cabinet, redis_url: str
) -> None:
    """Also one a stranger plainly sets; a small letter in it is refused with its place."""
    key = registry.WATCH_LIST.key()

    async def is_kept(*symbols: str) -> None:
        async def so() -> bool:
            kept = decode_kept(registry.WATCH_LIST, await cabinet.kept(key))
            found = await cabinet.front.read(registry.WATCH_LIST)
            return (
                kept is not None
                and found is not None
                and kept.symbols == found.value.symbols == symbols
            )

        await eventually(so)

    first = WatchList(**wires.STAMP, session_id="desk-1", symbols=("AAPL", "BRK.B"))
    await cabinet.front.write(registry.WATCH_LIST, first)
    await is_kept("AAPL", "BRK.B")
    plain = msgspec.json.decode(Codec(registry.WATCH_LIST).encode(first))
    cabinet.stranger.set(key, msgspec.json.encode(plain | {"symbols": ["IBM"]}))
    await is_kept("IBM")
    cabinet.stranger.set(key, msgspec.json.encode(plain | {"symbols": ["brk-b"]}))
    await cabinet.error(lambda error: error is not None and "$.symbols[0]" in str(error))
    await is_kept("IBM")
    await lose_everything(redis_url, cabinet.front, cabinet.desks.keeping.bus)
    await is_kept("IBM")
    lines = await cabinet.lines(Audited.SETTING_CHANGED, key, 2)
    assert [line.words for line in lines][-1] == "symbols"
