"""What people and the schedule ask of the engine; each has at most one effect per id."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.control import ControllerLoss
from qt_trade.model.money import Usd
from qt_trade.model.order_terms import Exits, OrderClass, OrderType, Side, TimeInForce
from qt_trade.model.presets import StrategySettings
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.model.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Now:
    """The present: ``wall`` for records, ``feed`` for every rule of the market. Aware UTC."""

    wall: datetime
    feed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    command_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitManual(_Asked):
    """Send one order; ``model.order_terms`` says what belongs to what."""

    symbol: Symbol
    side: Side
    quantity: Shares
    order_type: OrderType
    limit_price: Usd | None
    time_in_force: TimeInForce
    stop_price: Usd | None = None
    trail_price: Usd | None = None
    trail_bp: int | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    exits: Exits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceManual(_Asked):
    """Change an open order; None: as it is."""

    order_id: str
    quantity: Shares | None = None
    limit_price: Usd | None = None
    stop_price: Usd | None = None
    trail_price: Usd | None = None
    trail_bp: int | None = None
    time_in_force: TimeInForce | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptDifference(_Asked):
    """Take the broker's figure over where nobody could explain why ours differs."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelManual(_Asked):
    """Cancel one open order."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAutoTrading(_Asked):
    """Trade with these settings from the next cycle on.

    ``decided``: the control's token when the wish was written, None where nobody knows;
    ``token``: the one to give the session if it gets the control by this.
    """

    settings: StrategySettings
    decided: int | None = None
    token: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAutoTrading(_Asked):
    """Run no further cycle; positions and open orders stay."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameWishes(_Asked):
    """Wish this of the strategy, in the name of a frontend's document (``model.wishes``)."""

    document: str
    wishes: Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Emergency(_Asked):
    reason: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAll(_Emergency):
    """Open nothing from now on, until a person resumes; cancels nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll(_Emergency):
    """Stop AutoTrading and cancel every open order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAll(_Emergency):
    """Stop all trading, cancel every open order and leave every position at the market.

    Where the market is closed the exits wait for it to open.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(_Emergency):
    """Lift the stop; AutoTrading stays off until it is started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCycle(_Asked):
    """Run the trading cycle of a slot (feed time); ids.cycle_command_id makes the id."""

    slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeControl(_Asked):
    """Ask for the control of AutoTrading; ``token`` is for the new holder."""

    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseControl(_Asked):
    """Hand the control on; ``token`` is for whoever gets it."""

    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineTakeover(_Asked):
    """Keep the control against a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MindControl(_Asked):
    """Look at the time and at who lives. Asked by the engine itself, and never answered twice.

    ``policy``: what the holder's death means; None while it is not certain. ``token``: for
    whoever gets the control.
    """

    policy: ControllerLoss | None
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MindRisk(_Asked):
    """Look at what the account is worth and at the breakers. Asked by the engine itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSession(_Asked):
    """Log a session out for good."""

    target: str
    reason: str


Command = (
    SubmitManual
    | ReplaceManual
    | AcceptDifference
    | CancelManual
    | StartAutoTrading
    | StopAutoTrading
    | NameWishes
    | StopAll
    | CancelAll
    | CloseAll
    | Resume
    | RunCycle
    | TakeControl
    | ReleaseControl
    | DeclineTakeover
    | MindControl
    | MindRisk
    | RevokeSession
)


@dataclass(frozen=True, slots=True)
class CommandReply:
    """The answer to a command; ``repeated`` when it had taken its effect before."""

    command_id: str
    accepted: bool
    reason: str
    order_id: str | None
    verdicts: tuple[RuleVerdict, ...]
    repeated: bool
