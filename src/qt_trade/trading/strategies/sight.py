"""A snapshot with what every symbol's decision needs, worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass

from qt_trade.model.money import Usd
from qt_trade.model.orders import OrderOrigin, Side
from qt_trade.model.portfolio import Position
from qt_trade.model.sectors import sector_of
from qt_trade.model.shares import NO_SHARES, Shares
from qt_trade.model.signals import Candidate
from qt_trade.model.symbols import Symbol
from qt_trade.trading.claims import pair_of, shares_claimed
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.sizing import Basis
from qt_trade.trading.strategies.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Sight:
    """``buying`` and ``selling``: the shares of open orders. ``opinions``: the AI's, by symbol.

    ``exits``: the symbols whose exits are with the broker.
    """

    snapshot: Snapshot
    held: Mapping[Symbol, Position]
    buying: Mapping[Symbol, Shares]
    selling: Mapping[Symbol, Shares]
    exits: frozenset[Symbol]
    opinions: Mapping[Symbol, Candidate]
    capital: Usd | None

    def basis(self, symbol: Symbol) -> Basis:
        """Return what the size of an order in a symbol is reckoned from."""
        reading = self.snapshot.technicals.get(symbol)
        return Basis(self.capital, None if reading is None else reading.volatility_day)

    def sellable(self, symbol: Symbol) -> Shares:
        """Return the shares held that no open order sells yet."""
        position = self.held.get(symbol)
        have = NO_SHARES if position is None else position.quantity
        return max(have - self.selling.get(symbol, NO_SHARES), NO_SHARES)

    @property
    def positions(self) -> int:
        """How many symbols are held or being bought."""
        return len(self.held.keys() | self.buying.keys())

    def preferred(self, symbol: Symbol) -> bool:
        """Return whether a symbol is of a sector that is preferred."""
        return sector_of(symbol) in self.snapshot.settings.aims.preferred_sectors


def sight_of(snapshot: Snapshot) -> Sight:
    """Work out a snapshot: each order is looked at once, and a pair of exits counts once."""
    by_symbol: dict[Symbol, dict[str, OrderState]] = {}
    for order_id, state in snapshot.account.orders.items():
        by_symbol.setdefault(state.order.symbol, {})[order_id] = state
    return Sight(
        snapshot=snapshot,
        held=snapshot.account.held,
        buying=_claims(by_symbol, Side.BUY),
        selling=_claims(by_symbol, Side.SELL),
        exits=frozenset(
            symbol
            for symbol, orders in by_symbol.items()
            if any(waits_as_exit(state) for state in orders.values())
        ),
        opinions={one.symbol: one for one in snapshot.opinions.by_symbol},
        capital=snapshot.capital(),
    )


def waits_as_exit(state: OrderState) -> bool:
    """Return whether an order is an exit that AutoTrading left with the broker, still waiting."""
    own = state.order.origin is OrderOrigin.AUTOTRADING
    return own and state.status.open and not state.cancel_asked and pair_of(state) is not None


def _claims(
    by_symbol: Mapping[Symbol, Mapping[str, OrderState]], side: Side
) -> dict[Symbol, Shares]:
    claims = {symbol: shares_claimed(orders, side) for symbol, orders in by_symbol.items()}
    return {symbol: claimed for symbol, claimed in claims.items() if claimed}
