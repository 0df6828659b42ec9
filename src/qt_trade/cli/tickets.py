"""An order as it is typed, and what of the contract it means."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from qt_trade.cli import attach
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.contract.payloads.commands import Ticket
from qt_trade.contract.payloads.sessions import Session
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import to_decimal, usd
from qt_trade.model.order_terms import OrderClass, OrderType, Side, TimeInForce
from qt_trade.model.shares import Shares, shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.symbols import symbol as canonical

T = TypeVar("T", bound=Ticket)
_PERCENT_IN_BP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order as it was typed. ``trail`` in USD, or in per cent as ``2.5%``."""

    side: Side
    symbol: str
    quantity: str
    limit: str | None = None
    stop: str | None = None
    trail: str | None = None
    take_profit: str | None = None
    stop_loss: str | None = None
    stop_loss_limit: str | None = None
    oco: bool = False
    tif: TimeInForce = TimeInForce.DAY
    extended_hours: bool = False

    @property
    def order_type(self) -> OrderType:
        """The type its prices make it."""
        if self.trail is not None:
            return OrderType.TRAILING_STOP
        if self.stop is not None:
            return OrderType.STOP if self.limit is None else OrderType.STOP_LIMIT
        return OrderType.MARKET if self.limit is None else OrderType.LIMIT

    @property
    def order_class(self) -> OrderClass:
        """What its exits make it."""
        if self.oco:
            return OrderClass.OCO
        exits = (self.take_profit, self.stop_loss, self.stop_loss_limit)
        return OrderClass.SIMPLE if exits == (None, None, None) else OrderClass.BRACKET

    def read(self) -> "Typed":
        """Return what the words mean, before anything is asked. Raises RefusalError."""
        trail_price, trail_bp = trail_of(self.trail)
        return Typed(
            wanted=self,
            symbol=ticker(self.symbol),
            quantity=quantity_of(self.quantity),
            limit_price=price_of("--limit", self.limit),
            stop_price=price_of("--stop", self.stop),
            trail_price=trail_price,
            trail_bp=trail_bp,
            take_profit=price_of("--take-profit", self.take_profit),
            stop_loss=price_of("--stop-loss", self.stop_loss),
            stop_loss_limit=price_of("--stop-loss-limit", self.stop_loss_limit),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """An order whose words make sense, each for itself."""

    wanted: Wanted
    symbol: Symbol
    quantity: Shares
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_price: Decimal | None
    trail_bp: int | None
    take_profit: Decimal | None
    stop_loss: Decimal | None
    stop_loss_limit: Decimal | None

    def ticket(
        self, kind: type[T], session: Session, feed: FeedKind, now: datetime, word: str
    ) -> T:
        """Return the ticket this means; ``word`` begins its command id. Raises RefusalError."""
        wanted = self.wanted
        try:
            return kind(
                ts=now,
                source="cli",
                feed=feed,
                session_id=session.session_id,
                command_id=attach.command_id(word, now),
                symbol=self.symbol,
                side=wanted.side,
                quantity=self.quantity,
                order_type=wanted.order_type,
                limit_price=self.limit_price,
                time_in_force=wanted.tif,
                stop_price=self.stop_price,
                trail_price=self.trail_price,
                trail_bp=self.trail_bp,
                extended_hours=wanted.extended_hours,
                order_class=wanted.order_class,
                take_profit=self.take_profit,
                stop_loss=self.stop_loss,
                stop_loss_limit=self.stop_loss_limit,
            )
        except ValueError as error:
            raise RefusalError(str(error), USAGE) from error


def ticker(text: str) -> Symbol:
    """Return a symbol from the command line. Raises RefusalError."""
    try:
        return canonical(text)
    except ValueError as error:
        raise RefusalError(f"symbol: {error}", USAGE) from error


def quantity_of(text: str) -> Shares:
    """Return a number of shares from the command line. Raises RefusalError."""
    try:
        quantity = shares(text)
    except ValueError as error:
        raise RefusalError(
            f"quantity {text}: {error}; write 10 or 2.5 for example", USAGE
        ) from error
    if quantity <= 0:
        raise RefusalError(f"quantity {text}: an order is for more than 0 shares", USAGE)
    return quantity


def price_of(option: str, text: str | None) -> Decimal | None:
    """Return a price from the command line, None where none was given. Raises RefusalError."""
    if text is None:
        return None
    try:
        price = usd(text)
    except ValueError as error:
        raise RefusalError(f"{option} {text}: {error}; write 190.50 for example", USAGE) from error
    if price <= 0:
        raise RefusalError(f"{option} {text}: a price is positive", USAGE)
    return to_decimal(price)


def trail_of(text: str | None) -> tuple[Decimal | None, int | None]:
    """Return how far a stop follows, in USD or in basis points. Raises RefusalError."""
    if text is None or not text.endswith("%"):
        return price_of("--trail", text), None
    try:
        bp = Decimal(text.removesuffix("%")) * _PERCENT_IN_BP
    except ArithmeticError as error:
        raise RefusalError(f"--trail {text}: write 2.50 or 2.5% for example", USAGE) from error
    if bp != bp.to_integral_value():
        raise RefusalError(f"--trail {text}: at most two decimal places of a per cent", USAGE)
    return None, int(bp)
