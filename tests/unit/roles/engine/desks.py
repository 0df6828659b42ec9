"""The desks where sessions, control and settings are minded, beside a shop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.unit.roles.engine.shop import Shop
from tests.unit.roles.parts import running

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.control import ControlDesk
from qt_trade.roles.engine.keeping import Keeping
from qt_trade.roles.engine.limits import LimitsDesk
from qt_trade.roles.engine.objections import Objections
from qt_trade.roles.engine.sessions import SessionsDesk
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RiskDefaults


@dataclass
class Desks:
    """Who is there, who controls AutoTrading, and what every kept setting needs."""

    audit: wiring.FencedAudit
    archive: Archive
    people: SessionsDesk
    control: ControlDesk
    objections: Objections
    keeping: Keeping

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Let them all work for the block."""
        work = (self.archive.run(), self.people.run(), self.control.run(), self.objections.run())
        async with running(*work):
            yield


async def open_desks(
    bus: Bus, shop: Shop, lead: wiring.Lead, *, ttl_s: float = registry.SESSION_TTL_S
) -> Desks:
    """Follow the sessions; the work is the test's to start."""
    audit = lead.audit()
    archive = Archive(audit)
    people = SessionsDesk(bus, archive, shop.stamp, ttl_s)
    control = ControlDesk(
        bus, shop.dealer, people, archive, audit.next_control_token, shop.stamp, lambda: None
    )
    objections = Objections(bus, shop.stamp, shown_s=0.2)
    keeping = Keeping(bus, archive, people, objections, shop.stamp)
    shop.dealer.on_step(control.on_step)
    people.begin(await audit.open_sessions(), [])
    people.on_change(control.on_sessions)
    await bus.watch_family(registry.SESSION, people.on_members)
    await people.known.wait()
    return Desks(audit, archive, people, control, objections, keeping)


def limits_of(shop: Shop, desks: Desks, board: Board | None = None) -> LimitsDesk:
    """Return the desk of the limits, with the first values every installation begins with."""
    return LimitsDesk(
        shop.core,
        board or shop.board(),
        shop.stamp,
        desks.archive,
        RiskDefaults(),
        lambda: None,
    )
