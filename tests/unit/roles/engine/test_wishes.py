"""The frontends' three documents take their effect, in the order people wrote them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import limits_of, open_desks
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.engine.test_keeping import trading_config
from tests.unit.roles.parts import eventually, running
from tests.unit.trading.make import BALANCED

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.frontend import BotStrategy, PortfolioSettings
from qt_trade.contract.payloads.results import AutoTradingError
from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.presets import PRESETS, PositionSizing, StrategySettings
from qt_trade.model.signals import Source
from qt_trade.roles.engine.settings_desk import SettingsDesk
from qt_trade.roles.engine.wishes import WishesDesk
from qt_trade.trading.commands import StartAutoTrading
from qt_trade.trading.events import WishesNamed

pytestmark = pytest.mark.asyncio


def bot_strategy(**more: Any) -> BotStrategy:
    told = {
        "session_id": "desk-1", "strategy_type": Strategy.AGGRESSIVE, "use_grok_signals": True,
        "use_ml_predictions": True, "use_technical_analysis": True, "grok_score_threshold": 0.7,
        "ml_confidence_threshold": 0.4, "risk_level": 4,
        "position_sizing_method": PositionSizing.VOLATILITY_BASED, "diversification_target": 12,
        "updated_by": "anna",
    }  # fmt: skip
    return BotStrategy(**wires.STAMP | told | more)


def portfolio(**more: Any) -> PortfolioSettings:
    told = {
        "session_id": "desk-1", "target_diversification": 6, "max_position_pct": 0.2,
        "rebalance_enabled": True, "rebalance_threshold": 0.05,
        "preferred_sectors": ("technology",), "excluded_symbols": ("TSLA",),
        "cash_reserve": Decimal(0), "updated_by": "anna",
    }  # fmt: skip
    return PortfolioSettings(**wires.STAMP | told | more)


@dataclass
class House:
    shop: Shop
    front: Bus

    async def trades(self, **expected: object) -> StrategySettings:
        """Wait until AutoTrading would trade so."""

        def so() -> bool:
            now = self.shop.core.account.strategy
            return now is not None and all(
                getattr(now, name) == value for name, value in expected.items()
            )

        await eventually(so)
        strategy = self.shop.core.account.strategy
        assert strategy is not None
        return strategy


@pytest_asyncio.fixture
async def house(lead: wiring.Lead, connect: Connect) -> AsyncIterator[House]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    desks = await open_desks(bus, shop, lead)
    wishes = WishesDesk(shop.dealer, lambda: None)
    settings = SettingsDesk(desks.keeping, limits_of(shop, desks), wishes, lambda _policy: None)
    await front.write(registry.SESSION, wires.session(), "desk-1")
    start = StartAutoTrading(command_id="a-1", by="desk-1", settings=BALANCED, token=1)
    await shop.dealer.handle(start)
    await settings.follow()
    async with running(settings.run(), wishes.run()), desks.at_work():
        yield House(shop, front)


async def test_a_bot_strategy_chooses_strategy_sources_and_sizing(house: House) -> None:
    """From the next cycle on; a confidence below a coin's odds means a coin's odds."""
    await house.front.write(registry.BOT_STRATEGY, bot_strategy())
    now = await house.trades(strategy=Strategy.AGGRESSIVE)
    bold = PRESETS[Strategy.AGGRESSIVE]
    assert now.signals.names == (Source.ML, Source.CANDIDATES, Source.TECHNICAL)
    assert (now.signals.candidate_score_min, now.confidence_min) == (0.7, 0.5)
    assert (now.sizing, now.sizing_scale) == (PositionSizing.VOLATILITY_BASED, 1.25)
    assert (now.aims.positions, now.horizon_min) == (12, bold.horizon_min)
    assert now.buy_threshold == BALANCED.buy_threshold


async def test_a_trading_config_chooses_thresholds_stops_and_boldness(house: House) -> None:
    """Its shares per order are a limit: the strictest counts."""
    config = trading_config(
        aggressiveness=5, stop_loss_pct=0.07, max_position_size=40, trading_capital=Decimal(9_000)
    )
    await house.front.write(registry.TRADING_CONFIG, config)
    now = await house.trades(stop_loss=0.07)
    assert (now.orders_max, now.order_shares_max) == (6, 40)
    assert now.aims.capital == usd(9_000)
    assert now.buy_threshold == config.buy_threshold_pct


async def test_portfolio_settings_choose_the_aims(house: House) -> None:
    """Sectors are known by their usual names, however they were written."""
    await house.front.write(registry.PORTFOLIO_SETTINGS, portfolio())
    await eventually(lambda: house.shop.core.account.wished.versions)
    now = await house.trades()
    assert (now.aims.positions, now.aims.weight_max) == (6, 0.2)
    assert (now.aims.rebalance_beyond, now.aims.excluded) == (0.05, ("TSLA",))
    assert now.aims.preferred_sectors == ("Information Technology",)


async def test_the_younger_of_two_documents_counts(house: House) -> None:
    """Both name the positions wanted; saving the older one again changes nothing of that."""
    await house.front.write(registry.BOT_STRATEGY, bot_strategy())
    await house.trades(strategy=Strategy.AGGRESSIVE)
    await house.front.write(registry.PORTFOLIO_SETTINGS, portfolio())
    await eventually(lambda: len(house.shop.core.account.wished.versions) == 2)
    await house.front.write(registry.BOT_STRATEGY, bot_strategy(risk_level=5))
    now = await house.trades(sizing_scale=1.5)
    assert now.aims.positions == 6


async def test_a_sector_that_is_none_is_refused_with_its_field(house: House) -> None:
    """With the sectors there are; nothing takes effect."""
    wrong = portfolio(preferred_sectors=("Energy", "Tulips"))
    await house.front.write(registry.PORTFOLIO_SETTINGS, wrong)
    shown: list[AutoTradingError] = []

    async def refused() -> bool:
        found = await house.front.read(registry.AUTOTRADING_ERROR)
        if found is not None:
            shown.append(found.value)
        return bool(shown)

    await eventually(refused)
    assert shown[0].path == "$.preferred_sectors[1]"
    assert "Energy, Financials" in shown[0].reason
    assert house.shop.core.account.wished.versions == {}


async def test_each_version_is_journalled_once(house: House) -> None:
    """Who wished what, in order; the same again is no line."""
    for level in (4, 4, 5):
        await house.front.write(registry.BOT_STRATEGY, bot_strategy(risk_level=level))
        await eventually(
            lambda level=level: house.shop.core.account.wished.named.risk_level == level
        )
    named = [event for event in await house.shop.told() if isinstance(event, WishesNamed)]
    assert [(one.document, one.wishes.risk_level, one.by) for one in named] == [
        ("frontend:bot_strategy", 4, "anna"),
        ("frontend:bot_strategy", 5, "anna"),
    ]
