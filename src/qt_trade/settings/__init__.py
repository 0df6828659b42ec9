"""The one typed tree of settings, read from the environment (``QTRADE_…``) by every program.

Secrets are held as SecretStr and never shown. ``REDIS_URL`` and ``DATABASE_URL`` are understood
without the prefix, as everywhere, and may stand in files (``REDIS_URL_FILE``,
``REDIS_PASSWORD_FILE``, ``DATABASE_URL_FILE``), as containers are handed secrets. Values handed from the supervisor to its roles (``run``,
``feed``) come the same way, so that a role started by hand and one started by ``qtrade up``
read the same thing.
"""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from qt_trade.model.feeds import FeedChoice
from qt_trade.model.symbols import symbol
from qt_trade.settings.addresses import (
    REDIS_EXAMPLE,
    DatabaseUrl,
    RedisUrl,
    SecretFile,
    SettingsError,
    file_field,
    text_of,
    url_in,
    with_file,
)
from qt_trade.settings.broker import BrokerKind, BrokerSettings
from qt_trade.settings.intelligence import AiSettings, IntelligenceSettings
from qt_trade.settings.providers import ConsensusSettings, ProviderSettings
from qt_trade.settings.retention import RetentionSettings

__all__ = [
    "AiSettings",
    "BrokerKind",
    "BrokerSettings",
    "ConsensusSettings",
    "FeedChoice",
    "FeedSettings",
    "IntelligenceSettings",
    "OwnStrategies",
    "PaperSettings",
    "ProviderSettings",
    "RetentionSettings",
    "Rhythms",
    "RiskDefaults",
    "RunSettings",
    "Settings",
    "SettingsError",
    "default_data_dir",
    "load_settings",
]

QUORUM_MIN_LIVE = 2
SEED = 7
"""The simulation everyone sees who asks for no other."""
_LISTS = """lists are written as JSON, such as QTRADE_FEED__SYMBOLS='["AAPL", "MSFT"]'"""


def default_data_dir() -> Path:
    """Return where a person's runs live: ``XDG_DATA_HOME``/qtrade, or ~/.local/share/qtrade."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "qtrade"


def _canonical(symbols: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(symbol(text) for text in symbols)


class FeedSettings(BaseModel):
    """Which market data a run plays. ``speed`` in feed seconds per wall second."""

    choice: FeedChoice = FeedChoice.REALTIME
    source: Path | None = None
    speed: Annotated[float, Field(ge=1, le=10_000)] = 1.0
    start: AwareDatetime | None = None
    seed: Annotated[int, Field(ge=0)] = SEED
    symbols: Annotated[tuple[str, ...], AfterValidator(_canonical)] = (
        "AAPL", "AMZN", "GOOG", "JPM", "META", "MSFT", "NVDA", "SPY", "TSLA", "XOM",
    )  # fmt: skip


class RunSettings(BaseModel):
    """Who this run is: decided once by the supervisor, the same in all its roles."""

    id: str = "run-by-hand"
    account: str = "paper:realtime"
    source_key: str = "realtime"
    started: AwareDatetime | None = None
    restarts: int = 0
    """How often the supervisor has started this very process again."""
    place: str = ""
    """The place among the run's processes that its supervisor keeps filled: the same in all its
    lives, and nobody else's. Empty: no supervisor sees to it that the one before is dead."""


class PaperSettings(BaseModel):
    """The simulated broker. Costs are in the field's usual units."""

    starting_cash: Decimal = Decimal(100_000)
    commission_per_share: Decimal = Decimal("0.005")
    commission_min: Decimal = Decimal("1.00")
    slippage_bp: float = 0.5
    half_spread_bp: float = 2.0


_Amount = Annotated[Decimal, Field(ge=0)]
_Count = Annotated[int, Field(ge=0)]
_Fraction = Annotated[float, Field(ge=0, le=1)]
_PerMinute = Annotated[int, Field(ge=0, le=1_000)]
_Minutes = Annotated[int, Field(ge=0, le=390)]


class RiskDefaults(BaseModel):
    """The first version of ``risk_settings``, written where there is none yet.

    Where an earlier version wrote one, what it did not know of is completed from here.
    """

    daily_notional_cap: _Amount = Decimal(50_000)
    position_shares_max: Annotated[int, Field(ge=1)] = 1_000
    position_weight_max: _Fraction = 0.15
    trades_per_cycle_max: _Count = 3
    cash_reserve: _Amount = Decimal(10_000)
    cooldown_min: _Count = 30
    order_notional_max: _Amount = Decimal(15_000)
    sector_weight_max: _Fraction = 0.35
    exposure_max: _Fraction = 0.9
    positions_max: _Count = 20
    open_orders_max: _Count = 20
    trades_per_day_max: _Count = 60
    symbol_trades_per_day_max: _Count = 6
    orders_per_min_max: _PerMinute = 10
    price_collar: _Fraction = 0.1
    spread_max_bp: _Count = 100
    skip_first_min: _Minutes = 0
    skip_last_min: _Minutes = 0
    day_loss_soft: _Fraction = 0.015
    day_loss_hard: _Fraction = 0.03
    drawdown_max: _Fraction = 0.08
    unknown_orders_max: _Count = 2
    broker_failures_max: _PerMinute = 3
    shorting: bool = False


class OwnStrategies(BaseModel):
    """A person's own strategies. ``budget_ms``: how long one may take for a decision."""

    files: tuple[Path, ...] = ()
    budget_ms: Annotated[float, Field(gt=0, le=5_000)] = 200.0


class Rhythms(BaseModel):
    """How often the jobs run, in feed time.

    ``yfinance_enhanced``: how often it is looked whose year of days is due; ``retraining``: whether
    a training is.
    """

    market_data: timedelta = timedelta(minutes=5)
    trading_cycle: timedelta = timedelta(minutes=10)
    predictions: timedelta = timedelta(minutes=15)
    histories: timedelta = timedelta(minutes=15)
    tidying: timedelta = timedelta(hours=1)
    retraining: timedelta = timedelta(minutes=15)
    yfinance: timedelta = timedelta(minutes=5)
    yfinance_enhanced: timedelta = timedelta(minutes=15)


class Settings(BaseSettings):
    """Everything a program of QtTrade may be told."""

    model_config = SettingsConfigDict(
        env_prefix="QTRADE_",
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    # Before the URLs, which are put together with them.
    redis_url_file: SecretFile = file_field("REDIS_URL_FILE")
    redis_password_file: SecretFile = file_field("REDIS_PASSWORD_FILE")
    database_url_file: SecretFile = file_field("DATABASE_URL_FILE")
    redis_url: RedisUrl | None = Field(
        default=None,
        validation_alias=AliasChoices("QTRADE_REDIS_URL", "REDIS_URL"),
        validate_default=True,
    )
    database_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias=AliasChoices("QTRADE_DATABASE_URL", "DATABASE_URL"),
        validate_default=True,
    )
    keys_dir: SecretFile = None
    """A folder with a file per provider's key: ``finnhub.key``, ``alpaca.key``, ``alpaca.secret``."""
    data_dir: Path = Field(default_factory=default_data_dir)
    log_level: str = "INFO"
    feed: FeedSettings = FeedSettings()
    run: RunSettings = RunSettings()
    providers: dict[str, ProviderSettings] = {}
    consensus: ConsensusSettings = ConsensusSettings()
    retention: RetentionSettings = RetentionSettings()
    intelligence: IntelligenceSettings = IntelligenceSettings()
    ai: AiSettings = AiSettings()
    broker: BrokerSettings = BrokerSettings()
    paper: PaperSettings = PaperSettings()
    risk: RiskDefaults = RiskDefaults()
    rhythms: Rhythms = Rhythms()
    strategies: OwnStrategies = OwnStrategies()
    older_views: bool = False
    """Serve the older system's frontends with views in their shapes, in a database of their own."""
    emergency_apart_s: Annotated[float, Field(ge=0)] = 30.0
    """Between the two answers of the broker that prove that an emergency has done its work."""
    command_age_max_s: float = 60.0
    """A command older than this is refused: a market order of an hour ago is nobody's wish."""

    @field_validator("redis_url", mode="before")
    @classmethod
    def _redis_url_from_files(cls, given: object, info: ValidationInfo) -> object:
        """Take the URL from its file, and the password from its own, where none is given.

        Such a password is read again at every connect, so only the name of its file is kept.
        """
        url_file: Path | None = info.data.get("redis_url_file")
        password_file: Path | None = info.data.get("redis_password_file")
        if given is None:
            return None if url_file is None else url_in(url_file, password_file)
        text = given.get_secret_value() if isinstance(given, SecretStr) else str(given)
        return text if password_file is None else with_file(text, password_file)

    @field_validator("database_url", mode="before")
    @classmethod
    def _database_url_from_file(cls, given: object, info: ValidationInfo) -> object:
        url_file: Path | None = info.data.get("database_url_file")
        return text_of(url_file) if given is None and url_file is not None else given

    def check_broker(self, feed: FeedChoice) -> None:
        """Hold the broker against the feed. Raises SettingsError in words."""
        kind = self.broker.kind
        if kind is BrokerKind.ALPACA_LIVE and self.intelligence.trade_unproven:
            raise SettingsError(
                "QTRADE_INTELLIGENCE__TRADE_UNPROVEN: real money is never traded on a model that "
                "has not shown skill; unset it, or choose a broker with simulated money"
            )
        if kind is BrokerKind.ALPACA_LIVE and self.consensus.quorum < QUORUM_MIN_LIVE:
            raise SettingsError(
                f"QTRADE_CONSENSUS__QUORUM: {self.consensus.quorum} is one source's word alone; "
                f"with real money {QUORUM_MIN_LIVE} or more must agree on a price"
            )
        if kind is BrokerKind.PAPER or feed is FeedChoice.REALTIME:
            return
        if kind is BrokerKind.ALPACA_LIVE or self.broker.loopback() is None:
            raise SettingsError(
                f"QTRADE_BROKER__KIND: {kind} trades at today's prices, and --feed {feed} shows "
                "others; choose --feed realtime, or the paper broker"
            )

    def redis(self) -> str:
        """Return the Redis URL. Raises SettingsError when none is set."""
        if self.redis_url is None:
            raise SettingsError(f"REDIS_URL is not set; for example {REDIS_EXAMPLE}")
        return self.redis_url.get_secret_value()

    def database(self) -> str:
        """Return the PostgreSQL URL. Raises SettingsError when none is set."""
        if self.database_url is None:
            raise SettingsError(
                "DATABASE_URL is not set; for example postgresql://user:password@127.0.0.1/qt_trade"
            )
        return self.database_url.get_secret_value()


def load_settings(*, redis_url: str | None = None, database_url: str | None = None) -> Settings:
    """Return the settings of this process; the given URLs go before the environment's.

    Raises SettingsError that names the variable (or the option) and what would be right.
    """
    given = {"QTRADE_REDIS_URL": redis_url, "QTRADE_DATABASE_URL": database_url}
    try:
        return Settings(**{name: url for name, url in given.items() if url is not None})  # type: ignore[arg-type]  # by the alias
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None
    except SourceError as error:
        raise SettingsError(f"{error}; {_LISTS}") from None


def _in_words(error: ValidationError) -> str:
    """Return the first complaint with the name of the variable it is about."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [str(step) for step in first["loc"] if isinstance(step, str)]
    name = "QTRADE_" + "__".join(path).upper().removeprefix("QTRADE_")
    name = {"QTRADE_REDIS_URL": "REDIS_URL", "QTRADE_DATABASE_URL": "DATABASE_URL"}.get(name, name)
    return f"{name}: {first['msg'].removeprefix('Value error, ')}"
