"""The risk limits in force: taken from the settings, kept, and never guessed when damaged."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from qt_trade.contract import registry
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.frontend import PortfolioSettings, TradingConfig
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import Audited, AuditEntry, KeptSetting
from qt_trade.model.limits import RiskLimits, Setting
from qt_trade.model.money import usd
from qt_trade.model.sectors import sector_named
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.keeping import Rules
from qt_trade.roles.engine.objections import Objection
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RiskDefaults
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.risk.effective import NamedLimit, effective_limits
from qt_trade.trading.risk.loosening import InForce, advance

TROUBLE = "limits"
IN_FORCE = "risk:in_force"
"""Under this name the limits in force are kept beside the documents that name them, so that a
restart does not cut the wait of a looser one short."""
_FIRST = tuple(RiskDefaults.model_fields)


class LimitsDesk:
    """Works out the limits in force, and lets looser ones wait.

    The strictest of ``risk_settings``, ``frontend:trading_config`` and
    ``frontend:portfolio_settings`` counts. Damaged limits open nothing until a person mends them.
    """

    def __init__(
        self,
        core: EngineCore,
        board: Board,
        stamp: Stamp,
        archive: Archive,
        first: RiskDefaults,
        changed: Callable[[], None],
    ) -> None:
        self._core = core
        self._board = board
        self._stamp = stamp
        self._archive = archive
        self._first = first
        self._changed = changed
        self._own: RiskSettings | None = None
        self._config: TradingConfig | None = None
        self._portfolio: PortfolioSettings | None = None
        self._in_force: InForce | None = None
        self._due = asyncio.Event()
        self._log = get_logger()

    def rules(self) -> Rules[RiskSettings]:
        """Return how ``risk_settings`` is treated."""
        return Rules(
            taken=self._taken,
            judge=_sound,
            damaged=self._damaged,
            first=self._first_version,
            complete=self._complete,
        )

    @property
    def in_force(self) -> InForce | None:
        """The limits in force and those that wait; None while nobody has set any."""
        return self._in_force

    def begin(self, kept: str | None) -> None:
        """Take over what was in force in an earlier engine's life."""
        if kept:
            try:
                self._in_force = msgspec.json.decode(kept, type=InForce)
            except msgspec.ValidationError as other:
                # Kept by another version: what the documents say is then in force at once.
                self._log.warning("limits.not_understood", words=str(other))

    def on_trading_config(self, config: TradingConfig) -> None:
        """Take the limits that ``frontend:trading_config`` names."""
        self._config = config
        self._work_out()

    def on_portfolio_settings(self, settings: PortfolioSettings) -> None:
        """Take the limits that ``frontend:portfolio_settings`` names."""
        self._portfolio = settings
        self._work_out()

    async def run(self) -> None:
        """Let looser limits come into force when their wait is over, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._due.wait()
            self._due.clear()
            self._work_out()

    def _rest_s(self) -> float | None:
        due = None if self._in_force is None else self._in_force.next_due
        return None if due is None else max((due - self._stamp.wall.now()).total_seconds(), 0.0)

    def _taken(self, settings: RiskSettings) -> None:
        self._own = settings
        self._board.trouble(TROUBLE, None)
        self._work_out()

    def _damaged(self, error: InvalidMessageError) -> None:
        self._own = None
        self._core.on_limits(None)
        self._board.trouble(TROUBLE, f"nothing is opened: {error}")
        self._changed()

    def _work_out(self) -> None:
        if self._own is None:
            return
        before, now = self._in_force, self._stamp.wall.now()
        named = (*_of_config(self._config), *_of_portfolio(self._portfolio))
        wanted = effective_limits(risk_limits(self._own), named)
        self._in_force = advance(before, wanted, now)
        self._core.on_limits(self._in_force.limits)
        if before != self._in_force:
            self._keep(before, self._in_force, now)
            self._due.set()
        self._changed()

    def _keep(self, before: InForce | None, after: InForce, now: datetime) -> None:
        """Remember what is in force, and who loosened what when."""
        loosened = [] if before is None else [one for one in before.waiting if _came(one, after)]
        entry = None
        if loosened:
            words = "; ".join(f"{one} is {_value(after.limits, one)} now" for one in loosened)
            entry = AuditEntry(
                at=now,
                what=Audited.SETTING_CHANGED,
                account=self._stamp.account,
                words=f"the wait of a looser limit is over: {words}",
                name=None if self._own is None else self._own.updated_by,
                key=IN_FORCE,
            )
            self._log.warning("limits.loosened", words=words)
        body = msgspec.json.encode(after).decode()
        self._archive.note(entry, KeptSetting(IN_FORCE, body))

    def _first_version(self) -> RiskSettings:
        return RiskSettings(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            updated_by=SOURCE,
            **{name: getattr(self._first, name) for name in _FIRST},
        )

    def _complete(self, settings: RiskSettings) -> RiskSettings:
        """Fill in what a version leaves out: as it is in force, else as the first version has it."""
        known = self._own or self._first_version()
        missing = [name for name in _FIRST if getattr(settings, name) is None]
        if not missing:
            return settings
        return msgspec.structs.replace(settings, **{name: getattr(known, name) for name in missing})


def _came(name: str, after: InForce) -> bool:
    """Return whether what was waited for is in force, and not taken back."""
    return name not in after.waiting and _value(after.limits, name) == _value(after.wanted, name)


def _value(limits: RiskLimits, name: str) -> object:
    return getattr(limits, name)


def risk_limits(settings: RiskSettings) -> RiskLimits:
    """Return the limits of a complete version as the rules take them."""
    money = ("daily_notional_cap", "cash_reserve", "order_notional_max")
    values = {name: getattr(settings, name) for name in _FIRST}
    values |= {name: usd(values[name]) for name in money}
    return RiskLimits(
        **values, trading_capital=None, excluded=frozenset(), preferred_sectors=frozenset()
    )


def _sound(settings: RiskSettings) -> Objection | None:
    soft, hard = settings.day_loss_soft, settings.day_loss_hard
    if soft is not None and hard is not None and hard < soft:
        words = f"{hard} closes everything before day_loss_soft {soft} stops new buys: make it more"
        return Objection("$.day_loss_hard", words)
    return None


def _of_config(config: TradingConfig | None) -> Iterator[NamedLimit]:
    if config is None:
        return
    key = registry.TRADING_CONFIG.key()
    for name, field, value in (
        ("position_shares_max", "max_position_size", config.max_position_size),
        ("trades_per_day_max", "max_daily_trades", config.max_daily_trades),
        ("cash_reserve", "cash_reserve", usd(config.cash_reserve)),
        ("trading_capital", "trading_capital", usd(config.trading_capital)),
    ):
        yield NamedLimit(name, value, Setting(key, field))


def _of_portfolio(settings: PortfolioSettings | None) -> Iterator[NamedLimit]:
    if settings is None:
        return
    key = registry.PORTFOLIO_SETTINGS.key()
    sectors = frozenset(sector_named(text) for text in settings.preferred_sectors)
    for name, field, value in (
        ("position_weight_max", "max_position_pct", settings.max_position_pct),
        ("positions_max", "target_diversification", settings.target_diversification),
        ("cash_reserve", "cash_reserve", usd(settings.cash_reserve)),
        ("excluded", "excluded_symbols", frozenset(map(Symbol, settings.excluded_symbols))),
        ("preferred_sectors", "preferred_sectors", sectors),
    ):
        yield NamedLimit(name, value, Setting(key, field))
