"""What a simulation is made of. The tests put one broken part in, and it must be caught."""

from dataclasses import dataclass

from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.simulate.remote import RemoteBroker
from qt_trade.roles.simulate.store import Store
from qt_trade.trading.engine_core import EngineCore
from qt_trade.wiring.lease_clock import LeaseClock


@dataclass(frozen=True, slots=True)
class Parts:
    """The real ones by default."""

    core: type[EngineCore] = EngineCore
    dealer: type[Dealer] = Dealer
    desk: type[CommandDesk] = CommandDesk
    lease_clock: type[LeaseClock] = LeaseClock
    store: type[Store] = Store
    broker: type[RemoteBroker] = RemoteBroker


REAL = Parts()
