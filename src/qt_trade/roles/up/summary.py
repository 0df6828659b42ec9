"""What a run did, in figures that come from where they are true."""

from dataclasses import asdict, dataclass

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads.market import MarketData
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


class Tally:
    """Adds up a count that begins anew when the role that counts is started again."""

    def __init__(self) -> None:
        self.total = 0
        self._last = 0

    def see(self, count: int) -> None:
        """Take the count as it stands now."""
        self.total += count - self._last if count >= self._last else count
        self._last = count


class Counter:
    """Notes where the counts stand at the start and takes the difference at the end."""

    def __init__(self, figures: RunFigures, run_id: str) -> None:
        self._figures = figures
        self._run_id = run_id
        self._place = 0
        self._first_letter: tuple[int, ...] = ()
        self._quotes = Tally()

    async def begin(self, bus: Bus) -> None:
        """Note the journal's and the dead letters' end, and count the quotes from now on."""
        self._place = await self._figures.last_place()
        newest = await bus.entries(registry.DEAD_LETTERS, last=1)
        self._first_letter = _place_of(newest[-1].entry_id) if newest else ()
        await bus.watch(registry.MARKET_DATA, self._on_data)

    def _on_data(self, change: Change[MarketData]) -> None:
        if change.value is not None:
            self._see(change.value)

    def _see(self, data: MarketData) -> None:
        if data.run_id == self._run_id:
            self._quotes.see(data.quotes_published)

    async def end(self, bus: Bus, feed: str, account: str) -> Summary:
        """Return the figures; the servers must still live. The restarts are not known here."""
        data = await bus.read(registry.MARKET_DATA)
        if data is not None:
            self._see(data.value)
        made = await bus.read(registry.PREDICTIONS_CURRENT)
        ours = made is not None and made.value.run_id == self._run_id
        kinds = await self._figures.kinds_since(self._place)
        # By their ids: the log is capped, so that its length stands still at the cap.
        letters = await bus.entries(registry.DEAD_LETTERS, last=registry.DEAD_LETTERS.cap)
        return Summary(
            feed=feed,
            account=account,
            quotes=self._quotes.total,
            predictions=made.value.predictions_made if made is not None and ours else 0,
            cycles=kinds.count("CycleFinished"),
            orders=kinds.count("OrderSent"),
            fills=kinds.count("OrderFilled"),
            rejected=sum(_place_of(letter.entry_id) > self._first_letter for letter in letters),
            restarts=0,
        )

    async def close(self) -> None:
        """Let go of the database."""
        await self._figures.close()


def _place_of(entry_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split("-"))
