"""Takes what the link brought into the snapshot."""

from datetime import datetime

from qt_trade.desktop.link import Pending
from qt_trade.desktop.snapshot import Snapshot


def take_over(pending: Pending, desk: Snapshot, now: datetime) -> None:
    """Take over everything that arrived; where it is another server's, forget the rest first."""
    if pending.elsewhere is not None:
        desk.begin_elsewhere(pending.elsewhere, now)
    if pending.session is not None:
        desk.take_session(pending.session, pending.ahead_s)
    _take_values(pending, desk)
    _take_logs(pending, desk)
    desk.system.take(pending.roles.values(), pending.letters, pending.lines, now)
    if pending.messages:
        desk.messages += pending.messages
        desk.last_event = now
    if pending.link is not None:
        desk.take_link(pending.link, now)


def _take_values(pending: Pending, desk: Snapshot) -> None:
    for change in pending.documents.values():
        desk.take_document(change, pending.arrived[change.key])
    for quote in pending.quotes.values():
        desk.take_quote(quote, pending.quoted[quote.symbol])


def _take_logs(pending: Pending, desk: Snapshot) -> None:
    for symbol, bars in pending.bars:
        desk.take_bars(symbol, bars)
    for symbol, history in pending.histories.items():
        desk.take_history(symbol, history)
    for trades in pending.trades:
        desk.take_trades(trades)
    for receipts in pending.receipts:
        desk.take_receipts(receipts)
    for steps in pending.order_events:
        desk.take_order_events(steps)
    for equity in pending.equity:
        desk.take_equity(equity)
