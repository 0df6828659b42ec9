"""What the cycles look at besides quotes and predictions: indicators, opinions, strategies."""

from collections.abc import Iterable, Mapping

from qt_trade.model.bars import Bar
from qt_trade.model.signals import Candidates
from qt_trade.trading.strategies.own import NO_STRATEGIES, RunOwn
from qt_trade.trading.strategies.trust import PROVEN_ALONE, Trust
from qt_trade.trading.technical import Technicals


class Outlook:
    """Nothing of it is journalled; decisions journal what they saw.

    ``strategies``: the own ones; ``trust``: whose predictions are acted on.
    """

    def __init__(
        self, strategies: Mapping[str, RunOwn] = NO_STRATEGIES, trust: Trust = PROVEN_ALONE
    ) -> None:
        self.strategies = strategies
        self.trust = trust
        self.technicals = Technicals()
        self.opinions = Candidates()

    def on_bars(self, bars: Iterable[Bar]) -> None:
        """Take closed bars, each symbol's oldest first."""
        for bar in bars:
            self.technicals.add(bar)

    def on_opinions(self, opinions: Candidates) -> None:
        """Take an AI's newest opinions, all of them."""
        self.opinions = opinions
