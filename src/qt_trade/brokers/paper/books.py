"""Cash and positions at the paper broker, and what they allow."""

from collections.abc import Iterable

from qt_trade.model.broker_account import BrokerAccount, BrokerPosition, Restrictions
from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Fill, Side
from qt_trade.model.shares import NO_SHARES, Shares, part_of, value_of
from qt_trade.model.symbols import Symbol


class Books:
    """Moves with every fill. Until it is given the account's cash it allows everything."""

    def __init__(self) -> None:
        self._cash = ZERO
        self._held: dict[Symbol, BrokerPosition] = {}
        self.known = False

    def begin(self, cash: Usd | None, positions: Iterable[BrokerPosition]) -> None:
        """Take over cash and positions; None: they are not known, and nothing is held against."""
        self.known = cash is not None
        self._cash = ZERO if cash is None else cash
        self._held = {position.symbol: position for position in positions}

    @property
    def cash(self) -> Usd:
        """The cash there is."""
        return self._cash

    def quantity(self, symbol: Symbol) -> Shares:
        """Return the shares held."""
        held = self._held.get(symbol)
        return NO_SHARES if held is None else held.quantity

    def opens(self, symbol: Symbol, side: Side) -> bool:
        """Return whether an order on that side opens or enlarges a position, rather than shrink it.

        Of positions that are not known a sale is taken to shrink one.
        """
        if not self.known:
            return side is Side.BUY
        held = self.quantity(symbol)
        return held >= 0 if side is Side.BUY else held <= 0

    def account(self) -> BrokerAccount:
        """Return cash and positions as the fills made them."""
        held = {symbol: line for symbol, line in self._held.items() if line.quantity}
        return BrokerAccount(
            number="paper",
            cash=self._cash,
            positions=held,
            activities=(),
            restrictions=Restrictions(),
        )

    def book(self, fill: Fill) -> None:
        """Take a fill in, by average cost."""
        direction = 1 if fill.side is Side.BUY else -1
        before = self._held.get(fill.symbol, BrokerPosition(fill.symbol, NO_SHARES, ZERO))
        change = direction * fill.quantity
        quantity = before.quantity + change
        closed = (
            min(abs(before.quantity), abs(change)) if before.quantity * change < 0 else NO_SHARES
        )
        opened = value_of(fill.price, abs(change) - closed)
        # In parts as the ledger books them, so that both round the same.
        worth = value_of(fill.price, closed) + opened
        self._cash = Usd(self._cash - direction * worth - fill.commission)
        kept = before.cost - part_of(before.cost, closed, abs(before.quantity))
        self._held[fill.symbol] = BrokerPosition(
            fill.symbol, quantity, Usd(kept + direction * opened)
        )
