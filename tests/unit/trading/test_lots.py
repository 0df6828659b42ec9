"""Tax lots: first in, first out, and to the micro-dollar the ledger's own money."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, FEED, IBM, WALL, account, fill
from tests.unit.trading.test_books import as_event, external, happenings

from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.money import ZERO, usd
from qt_trade.model.orders import Fill, Side
from qt_trade.model.shares import NO_SHARES, Shares, shares
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.ledger import apply
from qt_trade.trading.lots import ClosedLot, Lot, LotBook, bought_near, held_over_a_year, washes

WHEN = {"at": WALL, "feed_at": FEED}


def bought(days: int, quantity: str, price: str, n: int, *, side: Side = Side.BUY) -> Fill:
    made = fill(side, quantity, price, commission="1", n=n)
    return replace(made, at=FEED + timedelta(days=days))


def taken(book: LotBook, *fills: Fill) -> list[ClosedLot]:
    told = [e.OrderFilled(**WHEN, fill=one, realized=None) for one in fills]
    return [closed for event in told for closed in book.take(event)]


def test_the_first_in_is_the_first_out() -> None:
    """A sale takes the oldest lot whole and a part of the next; fees go with the shares."""
    book = LotBook()
    sale = bought(20, "15", "120", 3, side=Side.SELL)
    closed = taken(book, bought(0, "10", "100", 1), bought(10, "10", "110", 2), sale)
    assert [(one.quantity, one.cost, one.proceeds) for one in closed] == [
        (10, usd(1_000), usd(1_200)),
        (5, usd(550), usd(600)),
    ]
    assert [one.opened_at for one in closed] == [FEED, FEED + timedelta(days=10)]
    assert sum(one.fees for one in closed) == usd("2.5")
    (left,) = book.lots(IBM)
    assert (left.quantity, left.cost, left.fees) == (5, usd(550), usd("0.5"))


def test_a_sale_through_zero_opens_a_short_lot() -> None:
    """And buying it back earns what the price has fallen."""
    book = LotBook()
    taken(book, bought(0, "1", "100", 1), bought(1, "3", "100", 2, side=Side.SELL))
    (short,) = book.lots(IBM)
    assert (short.quantity, short.cost) == (-2, usd(-200))
    (closed,) = taken(book, bought(2, "2", "90", 3))
    assert closed.proceeds - closed.cost == usd(20)
    assert book.held == {}


def test_a_split_goes_through_all_lots() -> None:
    """What each cost, and since when it is held, stays."""
    book = LotBook()
    taken(book, bought(0, "10", "100", 1), bought(1, "5", "110", 2))
    book.take(b.SharesAdjusted(**WHEN, activity_id="s", symbol=IBM, quantity=shares(15), words=""))
    assert [(lot.quantity, lot.cost) for lot in book.lots(IBM)] == [
        (20, usd(1_000)),
        (10, usd(550)),
    ]


def test_what_was_held_before_has_no_day() -> None:
    """Nobody has told when it was bought, so nobody knows how long it was held."""
    book = LotBook()
    line = BrokerPosition(IBM, Shares(3), usd(300))
    book.take(b.BooksBegun(**WHEN, cash=ZERO, positions=(line,), activities=()))
    (closed,) = taken(book, bought(400, "3", "90", 1, side=Side.SELL))
    assert (closed.opened_at, closed.long_term) == (None, None)
    assert closed.realized == usd(-31)


@pytest.mark.parametrize(
    ("opened", "left", "long"),
    [
        ("2024-01-15", "2025-01-15", False),
        ("2024-01-15", "2025-01-16", True),
        ("2024-01-15", "2026-01-01", True),
        ("2024-02-29", "2025-02-28", False),
        ("2024-02-29", "2025-03-01", True),
    ],
)
def test_long_term_is_more_than_a_year(opened: str, left: str, *, long: bool) -> None:
    """The day after the anniversary, also of a leap day."""
    days = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (opened, left)]
    assert held_over_a_year(*days) is long


def loss(days: int, symbol=IBM, proceeds: int = 90) -> ClosedLot:
    at = FEED + timedelta(days=days)
    return ClosedLot(symbol, FEED, at, Shares(1), usd(100), usd(proceeds), ZERO)


def test_a_purchase_washes_the_losses_of_thirty_days() -> None:
    """Of that symbol, to the day; a gain is none."""
    closed = [loss(0), loss(1), loss(5, BAC), loss(6, proceeds=110), loss(40)]
    at = FEED + timedelta(days=31)
    assert washes(closed, IBM, at) == (closed[1],)


def test_a_loss_is_washed_by_purchases_around_it() -> None:
    """Thirty days before or after; one whose day nobody knows is not guessed, a short sale is none."""
    lots = [
        Lot(IBM, FEED + timedelta(days=days), Shares(size), usd(1), ZERO)
        for days, size in ((-31, 1), (-30, 1), (30, 1), (31, 1), (0, -1))
    ]
    unknown = Lot(IBM, None, Shares(1), usd(1), ZERO)
    assert bought_near([*lots, unknown], FEED) == (lots[1], lots[2])


@given(st.lists(happenings, max_size=30))
def test_lots_and_ledger_tell_of_the_same_money(drawn: list[object]) -> None:
    """Per symbol and to the micro-dollar, whatever happens; and of the same shares."""
    held, book = account(), LotBook()
    realized: dict[str, int] = {}
    for one in drawn:
        event = as_event(held, one)
        if event is None or getattr(event, "activity_id", None) in held.booked:
            continue
        held = apply(held, event)
        for closed in book.take(event):
            realized[closed.symbol] = realized.get(closed.symbol, 0) + closed.realized
    for symbol in (IBM, BAC):
        lots = book.lots(symbol)
        assert sum((lot.quantity for lot in lots), NO_SHARES) == held.quantity(symbol)
        position = held.positions.get(symbol)
        ours = 0 if position is None else position.realized - position.cost
        open_money = sum(lot.cost + lot.fees for lot in lots)
        assert realized.get(symbol, 0) - open_money == ours
        signs = {lot.quantity > 0 for lot in lots}
        assert len(signs) <= 1, "nobody is long and short at once"


@given(st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=20))
def test_a_flat_position_has_earned_the_same(changes: list[int]) -> None:
    """Average cost and lots differ on the way, never at the end."""
    sides = {True: Side.BUY, False: Side.SELL}
    made = [fill(sides[n > 0], abs(n), str(90 + i), n=i) for i, n in enumerate(changes)]
    rest = sum(changes)
    if rest:
        made.append(fill(sides[rest < 0], abs(rest), "100", n=99))
    held, book, total = account(), LotBook(), 0
    for number, one in enumerate(made):
        event = external(one, number)
        held = apply(held, event)
        total += sum(closed.realized for closed in book.take(event))
    assert held.quantity(IBM) == 0
    assert total == held.realized
