"""What every fault is held against: a desk that watches, follows and sends while others write.

The writer and the engine go on (or come back) by themselves; at the end the desk must have what
the server has, must know every entry of the log or have been told of a gap, and its commands must
have been carried out once each.
"""

import asyncio
import contextlib
from typing import Any

from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import PATIENCE_S, Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.link import Link
from qt_trade.contract.payloads.commands import EmergencyAction, Reply
from qt_trade.contract.payloads.market import Bar, MarketData
from qt_trade.contract.payloads.trading import AutoTradingStatus


class Scene:
    """A desk behind a fault, and a backend that works on all the time."""

    def __init__(self, desk: Bus, backend: Bus, engine: Bus) -> None:
        self.desk, self.backend, self.engine = desk, backend, engine
        self.links: Seen[Link] = Seen()
        self.documents: Seen[Change[MarketData]] = Seen()
        self.words: Seen[Change[AutoTradingStatus]] = Seen()
        self.batches: Seen[Batch[Bar]] = Seen()
        self.effects: list[str] = []
        self._replies: dict[str, Reply] = {}
        self._numbers = 0
        self._sent: dict[str, asyncio.Task[Reply]] = {}

    @classmethod
    async def set(cls, connect: Connect, desk_url: str, server_url: str) -> "Scene":
        """Connect everybody and wait until the desk has seen a first value of each."""
        desk = await connect(desk_url, Party.FRONTEND)
        backend = await connect(server_url, Party.STREAMER)
        engine = await connect(server_url, Party.ENGINE)
        scene = cls(desk, backend, engine)
        engine.serve(registry.EMERGENCY_ACTIONS, scene._carry_out, _rejected)
        desk.on_link(scene.links)
        await scene.write()
        await desk.watch(registry.MARKET_DATA, scene.documents)
        await desk.watch(registry.AUTOTRADING_STATUS, scene.words)
        await desk.follow(registry.BARS, scene.batches, "AAPL", last=1000)
        await scene.documents.count(1)
        await scene.batches.count(1)
        return scene

    async def write(self) -> None:
        """Write the next number into a document and a log; who is away writes nothing."""
        self._numbers += 1
        with contextlib.suppress(DisconnectedError):
            await self.backend.write(registry.MARKET_DATA, make.market_data(self._numbers))
            await self.backend.append(registry.BARS, make.bar(self._numbers), "AAPL")

    def send(self, command_id: str) -> None:
        """Begin to send a command; ``answered`` waits for all of them."""
        sending = self.desk.send(registry.EMERGENCY_ACTIONS, make.stop(command_id), PATIENCE_S)
        self._sent[command_id] = asyncio.create_task(sending)

    async def until_away(self) -> Link:
        """Wait until the desk knows that it is cut off."""
        await self.links.until(lambda seen: not seen[-1].connected)
        return self.links[-1]

    async def until_back(self, reconnects: int = 1) -> None:
        """Wait until the desk is whole again, and the others are there, too."""
        await self.links.until(
            lambda seen: seen[-1].connected and seen[-1].reconnects >= reconnects
        )
        for bus in (self.backend, self.engine):
            links: Seen[Link] = Seen()
            bus.on_link(links)
            await links.until(lambda seen: seen[-1].connected)

    async def check(self, server_url: str, connect: Connect) -> None:
        """Hold what the desk knows against what a newcomer reads from the server."""
        for command_id, task in self._sent.items():
            assert (await task).reason == "done"
            assert self.effects.count(command_id) == 1
        await self.write()
        newcomer = await connect(server_url, Party.FRONTEND)
        document = await newcomer.read(registry.MARKET_DATA)
        assert document is not None
        await self.documents.until(
            lambda seen: (seen[-1].value, seen[-1].revision) == (document.value, document.revision)
        )
        entries = await newcomer.entries(registry.BARS, "AAPL", last=registry.BARS.cap)
        await self.batches.until(lambda seen: self.known()[-1:] == list(entries[-1:]))
        known = self.known()
        both = min(len(known), len(entries))
        assert known[-both:] == list(entries[-both:])
        if not any(batch.gap for batch in self.batches):
            assert len(known) >= len(entries)

    def known(self) -> list[Any]:
        """Return the log as the desk knows it: every batch added, a fresh one in place of all."""
        entries: list[Any] = []
        for batch in self.batches:
            entries = [*([] if batch.fresh else entries), *batch.entries]
        return entries

    async def _carry_out(self, command: EmergencyAction) -> Reply:
        # A journal keyed by the command's id, as the engine's is.
        if command.command_id not in self._replies:
            self.effects.append(command.command_id)
            self._replies[command.command_id] = make.reply(command.command_id, "done")
        return self._replies[command.command_id]


def _rejected(rejection: Any) -> Reply:
    return make.reply(rejection.command_id, rejection.reason, accepted=False)


async def refused(bus: Bus) -> bool:
    """Whether a write is refused or finds nobody, instead of being kept by the wrong server."""
    try:
        await bus.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    except ContractError:
        return True
    return False
