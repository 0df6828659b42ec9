"""The one typed tree of settings, read from the environment (``QTRADE_…``) by every program.

Secrets are held as SecretStr and never shown. ``REDIS_URL`` and ``DATABASE_URL`` are understood
without the prefix, as everywhere. Values handed from the supervisor to its roles (``run``,
``feed``) come the same way, so that a role started by hand and one started by ``qtrade up``
read the same thing.
"""

import os
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import symbol


def default_data_dir() -> Path:
    """Return where a person's runs live: ``XDG_DATA_HOME``/qtrade, or ~/.local/share/qtrade."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "qtrade"


class FeedChoice(StrEnum):
    """What ``--feed`` takes."""

    REALTIME = "realtime"
    REPLAY = "replay"
    SIMULATION = "simulation"

    @property
    def kind(self) -> FeedKind:
        """The word documents and screens carry."""
        match self:
            case FeedChoice.REALTIME:
                return FeedKind.REAL_TIME
            case FeedChoice.REPLAY:
                return FeedKind.REPLAY
            case FeedChoice.SIMULATION:
                return FeedKind.SIMULATION


def _canonical(symbols: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(symbol(text) for text in symbols)


class FeedSettings(BaseModel):
    """Which market data a run plays. ``speed`` in feed seconds per wall second."""

    choice: FeedChoice = FeedChoice.REALTIME
    source: Path | None = None
    speed: Annotated[float, Field(ge=1, le=10_000)] = 1.0
    start: datetime | None = None
    seed: int = 7
    symbols: Annotated[tuple[str, ...], AfterValidator(_canonical)] = (
        "AAPL", "AMZN", "GOOG", "JPM", "META", "MSFT", "NVDA", "SPY", "TSLA", "XOM",
    )  # fmt: skip


class RunSettings(BaseModel):
    """Who this run is: decided once by the supervisor, the same in all its roles."""

    id: str = "run-by-hand"
    account: str = "paper:realtime"
    source_key: str = "realtime"
    started: datetime | None = None


class YahooSettings(BaseModel):
    """Where Yahoo is; other addresses are for emulators on loopback. None: the real ones."""

    base_url: str | None = None
    stream_url: str | None = None


class PaperSettings(BaseModel):
    """The simulated broker. Costs are in the field's usual units."""

    starting_cash: Decimal = Decimal(100_000)
    commission_per_share: Decimal = Decimal("0.005")
    commission_min: Decimal = Decimal("1.00")
    slippage_bp: float = 0.5
    half_spread_bp: float = 2.0


class RiskDefaults(BaseModel):
    """The first version of ``risk_settings``, written where there is none yet."""

    daily_notional_cap: Decimal = Decimal(50_000)
    position_shares_max: int = 1_000
    position_weight_max: float = 0.15
    trades_per_cycle_max: int = 3
    cash_reserve: Decimal = Decimal(10_000)
    cooldown_min: int = 30


class Rhythms(BaseModel):
    """How often the jobs run, in feed time."""

    market_data: timedelta = timedelta(minutes=5)
    trading_cycle: timedelta = timedelta(minutes=10)
    predictions: timedelta = timedelta(minutes=15)


class Settings(BaseSettings):
    """Everything a program of QtTrade may be told."""

    model_config = SettingsConfigDict(
        env_prefix="QTRADE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    redis_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("QTRADE_REDIS_URL", "REDIS_URL")
    )
    database_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("QTRADE_DATABASE_URL", "DATABASE_URL")
    )
    data_dir: Path = Field(default_factory=default_data_dir)
    log_level: str = "INFO"
    feed: FeedSettings = FeedSettings()
    run: RunSettings = RunSettings()
    yahoo: YahooSettings = YahooSettings()
    paper: PaperSettings = PaperSettings()
    risk: RiskDefaults = RiskDefaults()
    rhythms: Rhythms = Rhythms()
    command_age_max_s: float = 60.0
    """A command older than this is refused: a market order of an hour ago is nobody's wish."""

    def redis(self) -> str:
        """Return the Redis URL. Raises SettingsError when none is set."""
        if self.redis_url is None:
            raise SettingsError(
                "REDIS_URL is not set; for example redis://:password@127.0.0.1:6379/0"
            )
        return self.redis_url.get_secret_value()

    def database(self) -> str:
        """Return the PostgreSQL URL. Raises SettingsError when none is set."""
        if self.database_url is None:
            raise SettingsError(
                "DATABASE_URL is not set; for example postgresql://user:password@127.0.0.1/qt_trade"
            )
        return self.database_url.get_secret_value()


class SettingsError(Exception):
    """A setting that a program needs is missing."""
