"""What a run did, in figures that come from where they are true."""

from dataclasses import asdict, dataclass

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.wiring import RunFigures


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one run. ``rejected``: messages that did not fit the contract."""

    feed: str
    account: str
    quotes: int
    predictions: int
    cycles: int
    orders: int
    fills: int
    rejected: int
    restarts: int

    def as_dict(self) -> dict[str, str | int]:
        """Return the figures by name."""
        return asdict(self)


class Counter:
    """Notes where the counts stand at the start and takes the difference at the end."""

    def __init__(self, figures: RunFigures, run_id: str) -> None:
        self._figures = figures
        self._run_id = run_id
        self._place = 0
        self._letters = 0
        self._counts = {"quotes": 0, "predictions": 0, "cycles": 0, "orders": 0, "fills": 0}
        self._rejected = 0

    async def begin(self, bus: Bus) -> None:
        """Note the journal's and the dead letters' end."""
        self._place = await self._figures.last_place()
        self._letters = await bus.length(registry.DEAD_LETTERS)

    async def end(self, bus: Bus) -> None:
        """Take the counts while the servers still live."""
        data = await bus.read(registry.MARKET_DATA)
        made = await bus.read(registry.PREDICTIONS_CURRENT)
        kinds = await self._figures.kinds_since(self._place)
        if data is not None and data.value.run_id == self._run_id:
            self._counts["quotes"] = data.value.quotes_published
        if made is not None and made.value.run_id == self._run_id:
            self._counts["predictions"] = made.value.predictions_made
        self._counts["cycles"] = kinds.count("CycleFinished")
        self._counts["orders"] = kinds.count("OrderSent")
        self._counts["fills"] = kinds.count("OrderFilled")
        self._rejected = await bus.length(registry.DEAD_LETTERS) - self._letters
        await self._figures.close()

    def summary(self, feed: str, account: str, restarts: int) -> Summary:
        """Return the figures."""
        return Summary(
            feed=feed, account=account, rejected=self._rejected, restarts=restarts, **self._counts
        )
