"""Every settings document of the frontends, each with what its versions are held against."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from qt_trade.contract import registry
from qt_trade.contract.payloads.frontend import TradingConfig
from qt_trade.contract.payloads.sessions import SessionSettings
from qt_trade.model.control import ControllerLoss
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.keeping import Keeping, KeptDesk, Rules
from qt_trade.roles.engine.limits import IN_FORCE, LimitsDesk
from qt_trade.roles.engine.objections import Objection
from qt_trade.roles.engine.wishes import WishesDesk

T = TypeVar("T")


class SettingsDesk:
    """Keeps them all; each takes its effect where its rules say."""

    def __init__(
        self,
        keeping: Keeping,
        limits: LimitsDesk,
        wishes: WishesDesk,
        on_controller_loss: Callable[[ControllerLoss], None],
    ) -> None:
        trading, bot, portfolio = wishes.rules()
        self._in_force = limits
        self.limits = KeptDesk(keeping, registry.RISK_SETTINGS, limits.rules())
        self._others: tuple[KeptDesk[Any], ...] = (
            KeptDesk(
                keeping,
                registry.SESSION_SETTINGS,
                Rules(
                    taken=lambda value: on_controller_loss(value.on_controller_loss),
                    first=lambda: _first_session_settings(keeping.stamp),
                ),
            ),
            KeptDesk(
                keeping,
                registry.TRADING_CONFIG,
                _heard(replace(trading, judge=_paper_only), limits.on_trading_config),
            ),
            KeptDesk(keeping, registry.BOT_STRATEGY, bot),
            KeptDesk(
                keeping,
                registry.PORTFOLIO_SETTINGS,
                _heard(portfolio, limits.on_portfolio_settings),
            ),
            KeptDesk(keeping, registry.UI_STATE, Rules()),
            KeptDesk(keeping, registry.WATCH_LIST, Rules()),
        )

    def begin(self, kept: Mapping[str, str]) -> None:
        """Take over what an earlier engine kept, by key."""
        self._in_force.begin(kept.get(IN_FORCE))
        for desk in (self.limits, *self._others):
            desk.begin(kept.get(desk.key))

    async def follow(self) -> None:
        """Follow all but the limits, which the engine must know before all else."""
        for desk in self._others:
            await desk.watch()

    async def run(self) -> None:
        """Carry out what is written, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._in_force.run())
            for desk in (self.limits, *self._others):
                group.create_task(desk.run())

    def lost(self) -> None:
        """Hear that the server lost its data."""
        for desk in (self.limits, *self._others):
            desk.lost()


def _first_session_settings(stamp: Stamp) -> SessionSettings:
    return SessionSettings(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        session_id=SOURCE,
        on_controller_loss=ControllerLoss.PAUSE_ENTRIES,
    )


def _heard(rules: Rules[T], also: Callable[[T], None]) -> Rules[T]:
    """Return rules whose versions in force another hears of, too."""

    def taken(value: T) -> None:
        also(value)
        rules.taken(value)

    return replace(rules, taken=taken)


def _paper_only(config: TradingConfig) -> Objection | None:
    if config.paper_mode:
        return None
    words = "false; real money is chosen by qtrade up --live alone: set it to true"
    return Objection("$.paper_mode", words, config.session_id)
