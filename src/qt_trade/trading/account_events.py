"""What happened to an account as a whole: its beginning, commands, wishes."""

from dataclasses import dataclass

from qt_trade.model.money import Usd
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.model.wishes import Wishes
from qt_trade.trading.happened import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Happened):
    """An account began with this cash. Always the first event of a journal."""

    account_id: str
    cash: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswered(Happened):
    """A command took its effect and was answered so; asked again, it is answered the same.

    ``name`` is the command's type, ``by`` the session or role that sent it, ``asked`` the
    command itself as JSON.
    """

    command_id: str
    name: str
    by: str
    asked: str
    accepted: bool
    reason: str
    order_id: str | None
    verdicts: tuple[RuleVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesNamed(Happened):
    """A frontend's document wishes this of the strategy, in its new version (all of it)."""

    document: str
    wishes: Wishes
    by: str
