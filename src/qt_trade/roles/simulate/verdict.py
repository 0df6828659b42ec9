"""What must be true once nothing has gone wrong for a while: broker, journal and engine agree."""

from collections import Counter

from qt_trade.contract import registry
from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.orders import BrokerOrder, OrderStatus
from qt_trade.roles.simulate.exchange import at_once
from qt_trade.roles.simulate.store import hashed
from qt_trade.roles.simulate.world import World
from qt_trade.storage.chain import GENESIS, digest
from qt_trade.trading import events as e
from qt_trade.trading.account import Account
from qt_trade.trading.emergency import given_up
from qt_trade.trading.ids import is_ours
from qt_trade.trading.ledger import fold

RECEIPTS = registry.EMERGENCY_RECEIPTS.name


def judge(world: World) -> None:
    """Hold everything against everything."""
    account = world.rules.account
    core = world.cores.get(world.store.token)
    if account is None or core is None:
        world.witness.violated("the engine stands", "no engine ever led")
        return
    _journal(world, account, core.account)
    _commands(world)
    _emergencies(world, account)
    if world.paper:
        paper = world.papers[world.store.token]
        _books(world, account, at_once(paper.account()))
        _orders(world, account, at_once(paper.orders()), complete=False)
    else:
        _books(world, account, world.exchange.account())
        _orders(world, account, world.exchange.orders(), complete=True)


def _journal(world: World, account: Account, believed: Account) -> None:
    require = world.witness.require
    head = GENESIS
    for place, entry in enumerate(world.store.entries):
        head = digest(head, hashed(entry.record))
        require(entry.hash == head, "the chain holds", f"broken at entry {place}")
    events = [entry.event for entry in world.store.entries]
    require(
        fold(None, events) == account == believed,
        "the account is the journal's fold",
        "at the end the engine believes something else",
    )
    fills = Counter(one.fill.fill_id for one in events if isinstance(one, e.OrderFilled))
    for fill_id, times in fills.items():
        require(times == 1, "no fill is booked twice", f"{fill_id} {times} times")
    require(not account.unexplained, "everything explained", f"unexplained: {account.unexplained}")


def _commands(world: World) -> None:
    require, mail = world.witness.require, world.mail
    require(not mail.unanswered, "every command is answered", f"{len(mail.unanswered)} wait")
    answered = Counter(
        entry.event.command_id
        for entry in world.store.entries
        if isinstance(entry.event, e.CommandAnswered)
    )
    for command_id, times in answered.items():
        require(times == 1, "one effect per command", f"{command_id} {times} times")
    for command_id in set(mail.sent):
        replies = mail.replies.get(command_id, [])
        require(bool(replies), "every command is answered", f"{command_id} never was")
        carried_out = command_id in answered or not any(reply.accepted for reply in replies)
        require(carried_out, "everything explained", f"{command_id}: a yes without a line")
        # A cycle that found nothing to do leaves no line, and may find something when it comes again.
        lasting = command_id in answered and not command_id.startswith("cycle-")
        accepted = {reply.accepted for reply in replies if lasting}
        require(len(accepted) <= 1, "one effect per command", f"{command_id}: yes and no")


def _emergencies(world: World, account: Account) -> None:
    """Whatever was called for has ended with a receipt; a closed market alone lets exits wait."""
    require, closed = world.witness.require, not world.feed.market.open
    running = account.emergency
    require(
        running is None or closed or _beyond(account),
        "every emergency ends with a receipt",
        f"{running} is still carried out",
    )
    ended = Counter(
        entry.event.command_id
        for entry in world.store.entries
        if isinstance(entry.event, e.EmergencyEnded)
    )
    receipts = Counter(one.command_id for one in world.mail.logs.get(RECEIPTS, ()))
    require(
        ended == receipts,
        "every emergency ends with a receipt",
        f"ended {sorted(ended)}, receipts {sorted(receipts.elements())}",
    )


def _beyond(account: Account) -> bool:
    """Return whether a position was tried to be closed so often that a person has to look."""
    return any(given_up(closing) for closing in account.closing.values())


def _books(world: World, account: Account, theirs: BrokerAccount) -> None:
    require = world.witness.require
    ours = {symbol: line.quantity for symbol, line in account.held.items()}
    broker = {symbol: line.quantity for symbol, line in theirs.positions.items()}
    require(ours == broker, "broker quantity = ours", f"ours {ours}, the broker's {broker}")
    require(
        account.cash == theirs.cash,
        "cash to the cent",
        f"ours {account.cash}, the broker's {theirs.cash}",
    )


def _orders(
    world: World, account: Account, theirs: tuple[BrokerOrder, ...], *, complete: bool
) -> None:
    """``complete``: the broker forgets nothing, so that every order of ours must be there."""
    require = world.witness.require
    there = {known.order.order_id: known for known in theirs if is_ours(known.order.order_id)}
    for order_id, known in there.items():
        state = account.orders.get(order_id)
        if state is None:
            world.witness.violated("everything explained", f"{order_id} is not in the journal")
            continue
        require(
            {fill.fill_id for fill in known.fills} == {fill.fill_id for fill in state.fills},
            "every fill is booked",
            f"{order_id}: {len(known.fills)} at the broker, {len(state.fills)} booked",
        )
        require(
            known.status.open == state.status.open,
            "no order lost",
            f"{order_id} is {known.status} at the broker, {state.status} in the journal",
        )
    for state in account.open_orders:
        order_id = state.order.order_id
        settled = state.status not in {OrderStatus.UNKNOWN, OrderStatus.PENDING_NEW}
        require(settled, "no order lost", f"{order_id} is still {state.status}")
        if complete:
            require(order_id in there, "no order lost", f"{order_id} is not at the broker")
