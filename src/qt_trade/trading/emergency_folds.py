"""What the events of an emergency make of an account."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from qt_trade.model.emergencies import Emergency
from qt_trade.trading.account import Account, EmergencyState
from qt_trade.trading.emergency_events import EmergencyBegan, EmergencyCounted, EmergencyEnded


def is_done(action: Emergency, positions: int, orders: int) -> bool:
    """Return whether nothing is open at the broker that an emergency is to end."""
    if action is Emergency.CLOSE_ALL_POSITIONS:
        return positions == 0 and orders == 0
    return action is not Emergency.CANCEL_ALL_ORDERS or orders == 0


def _began(account: Account, event: EmergencyBegan) -> Account:
    return replace(account, emergency=EmergencyState(event))


def _counted(account: Account, event: EmergencyCounted) -> Account:
    state = account.emergency
    if state is None or state.began.command_id != event.command_id:
        return account
    # One answer that speaks against the end takes back those before it.
    done = is_done(state.began.action, event.positions, event.orders)
    counts = (*state.counts, event) if done else ()
    return replace(account, emergency=replace(state, counts=counts))


def _ended(account: Account, event: EmergencyEnded) -> Account:
    state = account.emergency
    if state is None or state.began.command_id != event.command_id:
        return account
    return replace(account, emergency=None)


EMERGENCY_FOLDS: Mapping[type, Callable[[Account, Any], Account]] = MappingProxyType(
    {EmergencyBegan: _began, EmergencyCounted: _counted, EmergencyEnded: _ended}
)
