"""What the frontends' settings documents wish of the strategy, on its way into the journal."""

import asyncio
from collections.abc import Callable

from qt_trade.contract import registry
from qt_trade.contract.payloads.frontend import BotStrategy, PortfolioSettings, TradingConfig
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.money import usd
from qt_trade.model.sectors import sector_named
from qt_trade.model.symbols import Symbol
from qt_trade.model.wishes import Wishes
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.keeping import Rules
from qt_trade.roles.engine.objections import Objection
from qt_trade.trading.commands import NameWishes

RETRY_S = 0.25
CONFIDENCE_MIN = 0.5
"""Nobody is less sure of a direction; a lower threshold means the same."""


def of_trading_config(config: TradingConfig) -> Wishes:
    """Return what ``frontend:trading_config`` wishes; its limits are risk's besides."""
    return Wishes(
        aggressiveness=config.aggressiveness,
        order_shares_max=config.max_position_size,
        buy_threshold=config.buy_threshold_pct,
        sell_threshold=config.sell_threshold_pct,
        stop_loss=config.stop_loss_pct,
        take_profit=config.take_profit_pct,
        capital=usd(config.trading_capital),
        use_ml=config.use_ml_signals,
        confidence_min=max(config.ml_confidence_threshold, CONFIDENCE_MIN),
    )


def of_bot_strategy(config: BotStrategy) -> Wishes:
    """Return what ``frontend:bot_strategy`` wishes."""
    return Wishes(
        strategy=config.strategy_type,
        use_ml=config.use_ml_predictions,
        use_candidates=config.use_grok_signals,
        use_technical=config.use_technical_analysis,
        candidate_score_min=config.grok_score_threshold,
        confidence_min=max(config.ml_confidence_threshold, CONFIDENCE_MIN),
        risk_level=config.risk_level,
        sizing=config.position_sizing_method,
        positions=config.diversification_target,
    )


def of_portfolio_settings(config: PortfolioSettings) -> Wishes:
    """Return what ``frontend:portfolio_settings`` wishes; its limits are risk's besides."""
    return Wishes(
        positions=config.target_diversification,
        weight_max=config.max_position_pct,
        rebalance=config.rebalance_enabled,
        rebalance_beyond=config.rebalance_threshold,
        preferred_sectors=tuple(_sector(name) for name in config.preferred_sectors),
        excluded=tuple(Symbol(name) for name in config.excluded_symbols),
    )


def unknown_sector(config: PortfolioSettings) -> Objection | None:
    """Object to a preferred sector that no company could be of."""
    for number, name in enumerate(config.preferred_sectors):
        try:
            sector_named(name)
        except ValueError as unknown:
            path = f"$.preferred_sectors[{number}]"
            return Objection(path, str(unknown), config.session_id)
    return None


def _sector(name: str) -> str:
    try:
        return sector_named(name)
    except ValueError:
        return name  # kept since before sectors were held to a list: it prefers nothing


class WishesDesk:
    """Has every new version journalled, the newest of each document."""

    def __init__(self, dealer: Dealer, changed: Callable[[], None]) -> None:
        self._dealer = dealer
        self._changed = changed
        self._waiting: dict[str, NameWishes] = {}
        self._due = asyncio.Event()
        self._log = get_logger()

    def take_trading_config(self, config: TradingConfig) -> None:
        """Take the version in force."""
        self._take(registry.TRADING_CONFIG.key(), of_trading_config(config), config.updated_by)

    def take_bot_strategy(self, config: BotStrategy) -> None:
        """Take the version in force."""
        self._take(registry.BOT_STRATEGY.key(), of_bot_strategy(config), config.updated_by)

    def take_portfolio_settings(self, config: PortfolioSettings) -> None:
        """Take the version in force."""
        key = registry.PORTFOLIO_SETTINGS.key()
        self._take(key, of_portfolio_settings(config), config.updated_by)

    def rules(self) -> tuple[Rules[TradingConfig], Rules[BotStrategy], Rules[PortfolioSettings]]:
        """Return how the three documents are treated."""
        return (
            Rules(taken=self.take_trading_config),
            Rules(taken=self.take_bot_strategy),
            Rules(taken=self.take_portfolio_settings, judge=unknown_sector),
        )

    async def settle(self) -> None:
        """Have everything journalled that is known now. Raises JournalAwayError."""
        while self._waiting:
            document, command = next(iter(self._waiting.items()))
            answer = await self._dealer.handle(command)
            if self._waiting.get(document) is command:
                del self._waiting[document]
            self._log.info("wishes.named", document=document, words=answer.reason)
            self._changed()

    async def run(self) -> None:
        """Have every further version journalled, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self.settle()
            except JournalAwayError as away:
                self._log.warning("wishes.postponed", words=str(away))
                await asyncio.sleep(RETRY_S)
                self._due.set()

    def _take(self, document: str, wishes: Wishes, by: str) -> None:
        # The same wish twice changes nothing, so that the id need not tell two versions apart.
        command_id = f"wishes-{document}"
        self._waiting[document] = NameWishes(
            command_id=command_id, by=by, document=document, wishes=wishes
        )
        self._due.set()
