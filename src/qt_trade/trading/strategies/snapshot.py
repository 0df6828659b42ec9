"""What a strategy sees, and what it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qt_trade.model.money import Usd, usd_rounded
from qt_trade.model.orders import Side
from qt_trade.model.portfolio import Position
from qt_trade.model.predictions import HorizonPrediction, Prediction
from qt_trade.model.presets import StrategySettings
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import Shares
from qt_trade.model.signals import Candidates, SourceSignal
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account
from qt_trade.trading.book import Market
from qt_trade.trading.events import Stage
from qt_trade.trading.strategies.trust import PROVEN_ALONE, Trust
from qt_trade.trading.technical import Reading


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a strategy sees, all of one moment. ``feed_now`` is feed time.

    ``candidates`` is the watch list in force; what is held is looked at in any case. ``opinions``
    are an AI's, ``technicals`` what the indicators of each symbol say. ``trust``: whose
    predictions are acted on.
    """

    slot: datetime
    feed_now: datetime
    candidates: tuple[Symbol, ...]
    quotes: Mapping[Symbol, Quote]
    predictions: Mapping[Symbol, Prediction]
    account: Account
    settings: StrategySettings
    market: Market
    technicals: Mapping[Symbol, Reading] = field(default_factory=dict)
    opinions: Candidates = field(default_factory=Candidates)
    trust: Trust = PROVEN_ALONE

    @property
    def held(self) -> Mapping[Symbol, Position]:
        """The positions there are."""
        return self.account.held

    def buying_price(self, symbol: Symbol) -> Usd | None:
        """Return what a share costs now: the ask, or the last price; None without a quote."""
        quote = self.quotes.get(symbol)
        if quote is None:
            return None
        return usd_rounded(quote.price if quote.ask is None else quote.ask)

    def capital(self) -> Usd | None:
        """Return what is traded with: the account's value, or less if less is wished.

        None while a holding has no price.
        """
        total = int(self.account.cash)
        for symbol, position in self.held.items():
            quote = self.quotes.get(symbol)
            if quote is None:
                return None
            total += usd_rounded(quote.price * float(position.quantity))
        wished = self.settings.aims.capital
        return Usd(max(total if wished is None else min(total, wished), 0))

    def not_opening(self) -> str | None:
        """Return why nothing may open now, whatever the signals say; None when something may."""
        return self.market.not_opening(self.settings, self.feed_now)


@dataclass(frozen=True, slots=True)
class Intent:
    """An order the strategy wants, at the market. Exits go before openings, strong before weak.

    ``quantity``: shares, whole ones unless the settings allow parts.
    """

    symbol: Symbol
    side: Side
    quantity: Shares
    reason: str
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """One symbol's way through candidates and signals.

    Without an ``intent`` it ended there, and the last stage's words say why. ``frees``: its exits
    at the broker are to be canceled, so that the next cycle can sell.
    """

    symbol: Symbol
    ended_at: Stage
    candidate: str
    signal: str = ""
    prediction: Prediction | None = None
    horizon: HorizonPrediction | None = None
    sources: tuple[SourceSignal, ...] = ()
    intent: Intent | None = None
    frees: bool = False


Decide = Callable[[Snapshot], Sequence[Decision]]
"""A strategy as the cycle runs it."""
