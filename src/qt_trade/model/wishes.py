"""What the frontends' documents wish of a strategy, and whose word counts where they differ.

The precedence, once and for all:

* A **wish** (the strategy, which signals count, thresholds, stops, boldness, sizing, positions
  wanted, rebalancing) is what a person named last. ``autotrading:enabled`` names all of its own
  when AutoTrading is switched on, and while it runs those that changed; a new version of
  ``frontend:trading_config``, ``frontend:bot_strategy`` or ``frontend:portfolio_settings`` names
  those that differ from the version before. The journal keeps the order.
* A **limit** (shares per order, capital, weight, excluded symbols) is the strictest that anybody
  named, whenever that was; ``trading.risk`` holds every order to all of them besides.
* What nobody named is the preset's. Without the three documents nothing here has an effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from qt_trade.model.limits import Strategy
from qt_trade.model.money import Usd
from qt_trade.model.presets import (
    PRESETS,
    PortfolioAims,
    PositionSizing,
    SignalUse,
    StrategySettings,
)
from qt_trade.model.symbols import Symbol

ORDERS_BY_AGGRESSIVENESS: Mapping[int, float] = MappingProxyType(
    {1: 0.4, 2: 0.7, 3: 1.0, 4: 1.5, 5: 2.0}
)
"""Openings per cycle as a multiple of the preset's, rounded, at least one."""

SIZE_BY_RISK_LEVEL: Mapping[int, float] = MappingProxyType(
    {1: 0.5, 2: 0.75, 3: 1.0, 4: 1.25, 5: 1.5}
)
"""Size of an opening as a multiple of what the sizing method says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is wished; None: not named. Units as in ``StrategySettings`` and ``PortfolioAims``."""

    strategy: Strategy | None = None
    use_ml: bool | None = None
    use_candidates: bool | None = None
    use_technical: bool | None = None
    confidence_min: float | None = None
    candidate_score_min: float | None = None
    buy_threshold: float | None = None
    sell_threshold: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    aggressiveness: int | None = None
    risk_level: int | None = None
    sizing: PositionSizing | None = None
    positions: int | None = None
    order_shares_max: int | None = None
    capital: Usd | None = None
    weight_max: float | None = None
    rebalance: bool | None = None
    rebalance_beyond: float | None = None
    preferred_sectors: tuple[str, ...] | None = None
    excluded: tuple[Symbol, ...] | None = None

    def beyond(self, before: "Wishes") -> "Wishes":
        """Return those that differ from an earlier version's."""
        return Wishes(
            **{
                name: value
                for name in NAMES
                if (value := getattr(self, name)) != getattr(before, name)
            }
        )

    def over(self, older: "Wishes") -> "Wishes":
        """Return the older ones with these in their place."""
        named = {name: value for name in NAMES if (value := getattr(self, name)) is not None}
        return replace(older, **named)

    def without(self, names: tuple[str, ...]) -> "Wishes":
        """Return them without some, which another has named since."""
        return replace(self, **dict.fromkeys(names))


NAMES: tuple[str, ...] = tuple(one.name for one in fields(Wishes))

CONFIGURED: tuple[str, ...] = (
    "strategy",
    "confidence_min",
    "buy_threshold",
    "sell_threshold",
    "stop_loss",
    "take_profit",
)
"""What ``autotrading:enabled`` names itself."""


@dataclass(frozen=True, slots=True)
class Wished:
    """Everything wished so far: ``named`` is what counts, ``versions`` each document's newest."""

    named: Wishes = Wishes()
    versions: Mapping[str, Wishes] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, document: str, wishes: Wishes) -> "Wished":
        """Return what is wished after a document's new version."""
        changed = wishes.beyond(self.versions.get(document, Wishes()))
        versions = MappingProxyType({**self.versions, document: wishes})
        return Wished(changed.over(self.named), versions)

    def after_start(self, settings: StrategySettings, running: StrategySettings | None) -> "Wished":
        """Return what is wished after AutoTrading was given settings, which name some themselves.

        ``running``: those it ran with until now, None when it was off.
        """
        named = tuple(
            name
            for name in CONFIGURED
            if running is None or getattr(settings, name) != getattr(running, name)
        )
        return replace(self, named=self.named.without(named))


NOTHING_WISHED = Wished()


def in_force(settings: StrategySettings, wished: Wished) -> StrategySettings:
    """Return the settings a cycle trades with: the configuration's and what is wished besides."""
    wishes = wished.named
    changed = _preset_of(settings, wishes.strategy)
    level = wishes.aggressiveness or _MIDDLE
    scale = SIZE_BY_RISK_LEVEL[wishes.risk_level or _MIDDLE]
    named = [version.order_shares_max for version in wished.versions.values()]
    caps = [changed.order_shares_max, *(cap for cap in named if cap is not None)]
    return replace(
        changed,
        **{name: value for name in CONFIGURED if (value := getattr(wishes, name)) is not None},
        signals=_signals(changed.signals, wishes),
        aims=_aims(changed.aims, wishes),
        sizing=wishes.sizing or changed.sizing,
        sizing_scale=changed.sizing_scale * scale,
        orders_max=max(1, round(changed.orders_max * ORDERS_BY_AGGRESSIVENESS[level])),
        order_shares_max=min(caps),
    )


_MIDDLE = 3


def _preset_of(settings: StrategySettings, strategy: Strategy | None) -> StrategySettings:
    """Return the settings with what no configuration names taken from another preset."""
    if strategy is None or strategy is settings.strategy:
        return settings
    preset = PRESETS[strategy]
    return replace(
        settings,
        strategy=strategy,
        horizon_min=preset.horizon_min,
        orders_max=preset.orders_max,
        exit_on_flip=preset.exit_on_flip,
        prediction_age_max_min=preset.prediction_age_max_min,
        agreement=preset.agreement,
    )


def _signals(use: SignalUse, wishes: Wishes) -> SignalUse:
    return replace(
        use,
        ml=use.ml if wishes.use_ml is None else wishes.use_ml,
        candidates=use.candidates if wishes.use_candidates is None else wishes.use_candidates,
        technical=use.technical if wishes.use_technical is None else wishes.use_technical,
        candidate_score_min=(
            use.candidate_score_min
            if wishes.candidate_score_min is None
            else wishes.candidate_score_min
        ),
    )


def _aims(aims: PortfolioAims, wishes: Wishes) -> PortfolioAims:
    return replace(
        aims,
        positions=aims.positions if wishes.positions is None else wishes.positions,
        weight_max=wishes.weight_max,
        capital=wishes.capital,
        rebalance_beyond=wishes.rebalance_beyond if wishes.rebalance else None,
        preferred_sectors=wishes.preferred_sectors or (),
        excluded=wishes.excluded or (),
    )
