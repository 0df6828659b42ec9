"""The risk limits in force: taken from ``risk_settings``, kept, and never guessed when damaged."""

from collections.abc import Callable

from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.keeping import Rules
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RiskDefaults
from qt_trade.trading.engine_core import EngineCore

TROUBLE = "limits"


def limits_rules(
    core: EngineCore, board: Board, stamp: Stamp, first: RiskDefaults, changed: Callable[[], None]
) -> Rules[RiskSettings]:
    """Return how the limits are treated: damaged ones open nothing until a person mends them."""

    def taken(settings: RiskSettings) -> None:
        core.on_limits(requests.risk_limits(settings))
        board.trouble(TROUBLE, None)
        changed()

    def damaged(error: InvalidMessageError) -> None:
        core.on_limits(None)
        board.trouble(TROUBLE, f"nothing is opened: {error}")
        changed()

    def first_version() -> RiskSettings:
        return RiskSettings(
            ts=stamp.wall.now(),
            source=SOURCE,
            feed=stamp.feed,
            updated_by=SOURCE,
            daily_notional_cap=first.daily_notional_cap,
            position_shares_max=first.position_shares_max,
            position_weight_max=first.position_weight_max,
            trades_per_cycle_max=first.trades_per_cycle_max,
            cash_reserve=first.cash_reserve,
            cooldown_min=first.cooldown_min,
        )

    return Rules(taken=taken, damaged=damaged, first=first_version)
