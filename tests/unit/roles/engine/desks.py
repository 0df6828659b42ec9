"""The desks where sessions and control are minded, beside a shop."""

from dataclasses import dataclass

from tests.unit.roles.engine.shop import Shop

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.control import ControlDesk
from qt_trade.roles.engine.sessions import SessionsDesk


@dataclass
class Desks:
    """Who is there, and who controls AutoTrading."""

    audit: wiring.FencedAudit
    archive: Archive
    people: SessionsDesk
    control: ControlDesk


async def open_desks(
    bus: Bus, shop: Shop, lead: wiring.Lead, *, ttl_s: float = registry.SESSION_TTL_S
) -> Desks:
    """Follow the sessions; ``run`` of archive, people and control is the test's to start."""
    audit = lead.audit()
    archive = Archive(audit)
    people = SessionsDesk(bus, archive, shop.stamp, ttl_s)
    control = ControlDesk(
        bus, shop.dealer, people, archive, audit.next_control_token, shop.stamp, lambda: None
    )
    shop.dealer.on_step(control.on_step)
    people.begin(await audit.open_sessions(), [])
    people.on_change(control.on_sessions)
    await bus.watch_family(registry.SESSION, people.on_members)
    await people.known.wait()
    await bus.watch(registry.SESSION_SETTINGS, control.on_settings)
    return Desks(audit, archive, people, control)
