"""Our cash and positions against the broker's: book what it explains, name what nothing does.

The broker's own record explains most: a trade by hand, a split, a dividend, a fee. What is left
over and is the same at the next look is a discrepancy; nothing opens until it ends or a person
takes the broker's figure over. What a position cost is not compared: brokers count it their way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from qt_trade.model.broker_account import ActivityKind, BrokerAccount, BrokerActivity
from qt_trade.model.money import ZERO, Usd, format_usd, to_cent
from qt_trade.model.orders import (
    Fill,
    Order,
    OrderOrigin,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.shares import NO_SHARES, Shares, format_shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account
from qt_trade.trading.book_events import (
    Adjustment,
    BooksBegun,
    CashAdjusted,
    DiscrepancyEnded,
    DiscrepancyFound,
    ExternalFill,
    SharesAdjusted,
)
from qt_trade.trading.events import AutoTradingStopped, TradingStopped
from qt_trade.trading.ids import is_ours
from qt_trade.trading.positions import book, flat
from qt_trade.trading.steps import Draft

CASH = "cash"
CENT = Usd(10_000)
"""Brokers tell cash to the cent."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that differs: what must be added to ours to have the broker's."""

    key: str
    symbol: Symbol | None
    cash: Usd
    quantity: Shares
    cost: Usd
    ours: str
    brokers: str

    def same(self, other: "Difference | DiscrepancyFound | None") -> bool:
        """Return whether another look found this very difference."""
        if other is None:
            return False
        return (self.cash, self.quantity) == (other.cash, other.quantity)


def compare(
    draft: Draft, theirs: BrokerAccount, suspects: Mapping[str, Difference]
) -> dict[str, Difference]:
    """Hold the books against the broker's; return what differs and is not explained (yet).

    ``suspects``: what the last comparison returned. A difference that is among them becomes a
    discrepancy, for whatever was on its way then has arrived since.
    """
    if _untouched(draft.account) and _differs(draft.account, theirs):
        _begin(draft, theirs)
    _book_all(draft, theirs.activities)
    _book_lost(draft, theirs)
    found = {one.key: one for one in differences(draft.account, theirs)}
    _round(draft, found)
    _report(draft, found, suspects)
    return found


def differences(ours: Account, theirs: BrokerAccount) -> Iterator[Difference]:
    """Yield every figure that differs by more than the broker's rounding."""
    off = theirs.cash - ours.cash
    if abs(off) >= CENT:
        ours_words, brokers_words = (format_usd(to_cent(one)) for one in (ours.cash, theirs.cash))
        yield Difference(CASH, None, Usd(off), NO_SHARES, ZERO, ours_words, brokers_words)
    for symbol in sorted(ours.held.keys() | theirs.positions.keys()):
        held = ours.positions.get(symbol) or flat(symbol)
        line = theirs.positions.get(symbol)
        quantity, cost = (NO_SHARES, ZERO) if line is None else (line.quantity, line.cost)
        if quantity != held.quantity:
            yield Difference(
                key=f"position:{symbol}",
                symbol=symbol,
                cash=ZERO,
                quantity=quantity - held.quantity,
                cost=Usd(cost - held.cost),
                ours=f"{format_shares(held.quantity)} shares",
                brokers=f"{format_shares(quantity)} shares",
            )


def _book_all(draft: Draft, activities: Iterable[BrokerActivity]) -> None:
    """Book a record line by line; of a split's lines those that give before those that take.

    Some brokers tell a split as the old shares going and the new ones coming; between the two
    there would be no position to split.
    """

    def takes(activity: BrokerActivity) -> bool:
        held = NO_SHARES if activity.symbol is None else draft.account.quantity(activity.symbol)
        return (activity.quantity or NO_SHARES) * held < 0

    def kind_of(activity: BrokerActivity) -> tuple[bool, Symbol | None]:
        return activity.kind is ActivityKind.SPLIT, activity.symbol

    for (is_split, _symbol), lines in groupby(activities, kind_of):
        for activity in sorted(lines, key=takes) if is_split else lines:
            _book(draft, activity)


def _untouched(ours: Account) -> bool:
    """Return whether nothing was ever asked of the account or booked in it."""
    return not (ours.answers or ours.orders or ours.positions or ours.booked or ours.cycles_run)


def _differs(ours: Account, theirs: BrokerAccount) -> bool:
    return bool(theirs.activities) or any(True for _ in differences(ours, theirs))


def _begin(draft: Draft, theirs: BrokerAccount) -> None:
    draft.add(
        BooksBegun(
            at=draft.now.wall,
            feed_at=draft.now.feed,
            cash=theirs.cash,
            positions=tuple(theirs.positions[symbol] for symbol in sorted(theirs.positions)),
            activities=tuple(activity.activity_id for activity in theirs.activities),
        )
    )


def _book(draft: Draft, activity: BrokerActivity) -> None:
    """Book a line of the broker's record that is not booked yet."""
    if activity.activity_id in draft.account.booked:
        return
    if activity.kind is ActivityKind.TRADE:
        if not is_ours(activity.order_id) and activity.order_id not in draft.account.orders:
            _book_trade(draft, activity)
    elif activity.kind is ActivityKind.SPLIT:
        _book_split(draft, activity)
    else:
        draft.add(
            CashAdjusted(
                at=draft.now.wall,
                feed_at=draft.now.feed,
                activity_id=activity.activity_id,
                kind=Adjustment[activity.kind.name],
                amount=activity.amount,
                symbol=activity.symbol,
                words=activity.words,
            )
        )


def _book_trade(draft: Draft, activity: BrokerActivity) -> None:
    fill = _fill_of(activity)
    if fill is None:
        draft.problems.append(f"the broker's trade {activity.activity_id} does not say of what")
        return
    position = draft.account.positions.get(fill.symbol) or flat(fill.symbol)
    order = Order(
        order_id=fill.order_id,
        symbol=fill.symbol,
        side=fill.side,
        quantity=fill.quantity,
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
        origin=OrderOrigin.EXTERNAL,
        reason=f"traded at the broker, not by us: {activity.words}".rstrip(": "),
        created_at=activity.at,
    )
    draft.add(
        ExternalFill(
            at=draft.now.wall,
            feed_at=draft.now.feed,
            activity_id=activity.activity_id,
            order=order,
            fill=fill,
            realized=book(position, fill).realized,
        )
    )


def _fill_of(activity: BrokerActivity) -> Fill | None:
    """Return a foreign trade as a fill; what its cash has more or less than its price is commission."""
    symbol, side, price, quantity = (
        activity.symbol,
        activity.side,
        activity.price,
        activity.quantity,
    )
    if symbol is None or side is None or price is None or not quantity:
        return None
    worth = value_of(price, quantity)
    due = -worth if side is Side.BUY else worth
    return Fill(
        fill_id=f"activity-{activity.activity_id}",
        order_id=activity.order_id or f"external-{activity.activity_id}",
        symbol=symbol,
        side=side,
        quantity=quantity,
        price=price,
        commission=Usd(due - activity.amount),
        at=activity.at,
    )


def _book_split(draft: Draft, activity: BrokerActivity) -> None:
    symbol, quantity = activity.symbol, activity.quantity
    held = NO_SHARES if symbol is None else draft.account.quantity(symbol)
    if symbol is None or not quantity or held * (held + quantity) <= 0:
        draft.problems.append(f"the broker's split {activity.activity_id} fits no position of ours")
        return
    draft.add(
        SharesAdjusted(
            at=draft.now.wall,
            feed_at=draft.now.feed,
            activity_id=activity.activity_id,
            symbol=symbol,
            quantity=quantity,
            words=activity.words,
        )
    )


def _book_lost(draft: Draft, theirs: BrokerAccount) -> None:
    """Book trades of orders that bear our mark and are not in the journal.

    Such as `qtrade panic` sent while nobody wrote one. Trades that are in the journal look the
    same once their order's day is over, so only the newest are booked, and only where together
    they are exactly what is missing.
    """
    missing = {one.symbol: one.quantity for one in differences(draft.account, theirs)}
    lost: dict[Symbol, list[BrokerActivity]] = {}
    for activity in theirs.activities:
        known = activity.activity_id in draft.account.booked
        ours = activity.order_id in draft.account.orders
        if activity.kind is ActivityKind.TRADE and activity.symbol and not known and not ours:
            lost.setdefault(activity.symbol, []).append(activity)
    for symbol, activities in lost.items():
        closing = _newest_that_close(activities, missing.get(symbol, NO_SHARES))
        for activity in closing:
            _book_trade(draft, activity)
        if closing:
            _stop(draft, symbol)


def _newest_that_close(activities: list[BrokerActivity], gap: Shares) -> list[BrokerActivity]:
    """Return the newest trades that are exactly what is missing, oldest first; none if none are."""
    left = gap
    for place in range(len(activities) - 1, -1, -1):
        if not left:
            break
        left -= _signed(activities[place])
        if not left:
            return activities[place:]
    return []


def _stop(draft: Draft, symbol: Symbol) -> None:
    """Stop all trading: whoever acts with our mark past the engine had a reason to."""
    if draft.account.stop is None:
        now = draft.now
        reason = (
            f"{symbol} was traded at the broker by an order that bears our mark and is not in the "
            "journal, as of qtrade panic or qtrade watchdog"
        )
        draft.add(TradingStopped(at=now.wall, feed_at=now.feed, reason=reason, by="engine"))
        if draft.account.auto is not None:
            draft.add(AutoTradingStopped(at=now.wall, feed_at=now.feed, reason=reason, by="engine"))


def _signed(activity: BrokerActivity) -> Shares:
    quantity = activity.quantity or NO_SHARES
    return quantity if activity.side is Side.BUY else -quantity


def _round(draft: Draft, found: dict[str, Difference]) -> None:
    """Take over what brokers round per fill of a part of a share: less than a cent each."""
    off = found.get(CASH)
    if off is None or abs(off.cash) > CENT * draft.account.part_fills:
        return
    del found[CASH]
    draft.add(
        CashAdjusted(
            at=draft.now.wall,
            feed_at=draft.now.feed,
            activity_id=f"rounding-{draft.now.wall.isoformat()}",
            kind=Adjustment.ROUNDING,
            amount=off.cash,
            symbol=None,
            words=f"{draft.account.part_fills} fills of parts of shares, rounded by the broker",
        )
    )


def _report(
    draft: Draft, found: Mapping[str, Difference], suspects: Mapping[str, Difference]
) -> None:
    now = draft.now
    known = dict(draft.account.unexplained)
    for key, one in found.items():
        if one.same(suspects.get(key)) and not one.same(known.get(key)):
            draft.add(
                DiscrepancyFound(
                    at=now.wall,
                    feed_at=now.feed,
                    key=key,
                    symbol=one.symbol,
                    cash=one.cash,
                    quantity=one.quantity,
                    cost=one.cost,
                    ours=one.ours,
                    brokers=one.brokers,
                    words=f"{key}: ours {one.ours}, the broker's {one.brokers}; nothing explains it",
                )
            )
    for key in known.keys() - found.keys():
        draft.add(
            DiscrepancyEnded(at=now.wall, feed_at=now.feed, key=key, words="the books agree again")
        )
