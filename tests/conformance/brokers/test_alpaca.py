"""Alpaca's broker under every fault its emulator has: nothing is lost, nothing is doubled."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
import pytest_asyncio
from tests.conformance.brokers.test_brokers import known, status, wanted
from tests.conformance.brokers.test_exits import bracket
from tests.conformance.brokers.venues import HELD, alpaca, deep, take
from tests.emulators.alpaca import Fault
from tests.unit.roles.parts import eventually, running
from tests.unit.trading.make import IBM

from qt_trade.brokers.alpaca.rest import KeysRefusedError
from qt_trade.model.broker_account import ActivityKind
from qt_trade.model.broker_errors import AmbiguousAnswerError, BrokerAwayError
from qt_trade.model.money import usd
from qt_trade.model.orders import Fill, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved
from qt_trade.trading.ids import is_ours

pytestmark = pytest.mark.asyncio

TAKEN = [
    Fault.CUT_TAKEN, Fault.ERROR_500_TAKEN, Fault.BAD_GATEWAY_TAKEN, Fault.GATEWAY_TIMEOUT_TAKEN,
    Fault.TORN_TAKEN, Fault.SILENT_TAKEN,
]  # fmt: skip
NOT_TAKEN = [
    Fault.CUT, Fault.ERROR_500, Fault.BAD_GATEWAY, Fault.GATEWAY_TIMEOUT, Fault.SILENT,
]  # fmt: skip


@pytest_asyncio.fixture
async def venue():
    """Alpaca's broker with its line up; the emulator holds 400 IBM."""
    async with alpaca() as made:
        yield made


@pytest_asyncio.fixture
async def unheard():
    """Alpaca's broker whose line nobody keeps: what it knows it has asked for."""
    async with alpaca(streamed=False) as made:
        yield made


def approved(one, worst=None):
    return Approved(one, (), worst)


async def heard(venue, count):
    """Wait until the stream has brought so much news, and return it."""
    news = []

    def more():
        news.extend(venue.broker.take_events())
        return len(news) >= count

    await eventually(more)
    return news


@pytest.mark.parametrize("fault", TAKEN)
async def test_an_order_whose_answer_was_lost_is_found_by_its_id(venue, fault):
    venue.emulator.faults.next(fault)
    with pytest.raises(AmbiguousAnswerError):
        await venue.broker.submit(approved(wanted()))
    found = await venue.broker.order("qt-1")
    assert found is not None
    assert (found.status, found.filled) == (OrderStatus.FILLED, 10)
    assert venue.emulator.posted["qt-1"] == 1
    assert len(await take(venue)) == 1


@pytest.mark.parametrize("fault", NOT_TAKEN)
async def test_an_order_that_never_arrived_is_sent_again_under_its_id(venue, fault):
    venue.emulator.faults.next(fault)
    with pytest.raises(AmbiguousAnswerError):
        await venue.broker.submit(approved(wanted()))
    assert await venue.broker.order("qt-1") is None
    assert (await venue.broker.submit(approved(wanted()))).accepted
    assert len(venue.emulator.orders_of("qt-1")) == 1
    assert len(await take(venue)) == 1


async def test_sent_again_what_is_there_already_is_looked_up(venue):
    """A 422 "client_order_id must be unique" is good news."""
    venue.emulator.faults.next(Fault.GATEWAY_TIMEOUT_TAKEN)
    with pytest.raises(AmbiguousAnswerError):
        await venue.broker.submit(approved(wanted(limit=usd(99))))
    another = venue.make()
    assert (await another.submit(approved(wanted(limit=usd(99))))).accepted
    await another.close()
    assert venue.emulator.posted["qt-1"] == 2
    assert len(venue.emulator.orders_of("qt-1")) == 1


async def test_an_order_that_arrives_late_is_the_one_that_was_sent(venue):
    venue.emulator.faults.next(Fault.LATE)
    with pytest.raises(AmbiguousAnswerError):
        await venue.broker.submit(approved(wanted()))
    assert await venue.broker.order("qt-1") is None
    venue.emulator.release_late()
    found = await venue.broker.order("qt-1")
    assert found is not None
    assert (await venue.broker.submit(approved(wanted()))).accepted
    assert len(venue.emulator.orders_of("qt-1")) == 1


async def test_a_host_that_nobody_answers_at_was_surely_not_told(unheard):
    await unheard.emulator._runner.cleanup()
    with pytest.raises(BrokerAwayError):
        await unheard.broker.submit(approved(wanted()))


async def test_too_many_requests_are_told_with_the_pause_that_is_wanted(venue):
    venue.emulator.retry_after = "0.2"
    venue.emulator.faults.next(Fault.RATE_LIMIT)
    with pytest.raises(BrokerAwayError) as away:
        await venue.broker.submit(approved(wanted()))
    assert away.value.retry_after_s == pytest.approx(0.2)
    with pytest.raises(BrokerAwayError):
        await venue.broker.submit(approved(wanted()))
    assert venue.emulator.received["POST /v2/orders"] == 1, "nothing leaves during the pause"
    assert await venue.broker.order("qt-1") is None, "a question waits for its turn"
    assert (await venue.broker.submit(approved(wanted()))).accepted


@pytest.mark.parametrize("answer", [401, 403])
async def test_bad_keys_are_not_taken_for_a_refusal_of_the_order(venue, answer):
    venue.emulator.bad_key_status = answer
    venue.emulator.faults.next(Fault.BAD_KEY)
    with pytest.raises(KeysRefusedError, match="refuses the keys"):
        await venue.broker.submit(approved(wanted()))
    assert (await venue.broker.submit(approved(wanted()))).accepted


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (wanted(quantity=10_000), "insufficient buying power"),
        (wanted(Side.SELL, HELD + 1), "insufficient qty available"),
        (wanted(limit=usd("99.001")), "sub-penny"),
    ],
)
async def test_a_refusal_is_told_in_alpacas_words(venue, one, words):
    ack = await venue.broker.submit(approved(one))
    assert not ack.accepted
    assert words in ack.words
    assert await take(venue) == []


async def test_an_order_rejected_after_it_was_taken_ends_so(venue):
    venue.emulator.book.rejects.add(IBM)
    assert (await venue.broker.submit(approved(wanted()))).accepted
    (end,) = await take(venue)
    assert (end.order_id, end.status) == ("qt-1", OrderStatus.REJECTED)


async def test_a_halted_symbol_waits(venue):
    venue.emulator.book.halted.add(IBM)
    await venue.broker.submit(approved(wanted()))
    assert await status(venue, "qt-1") is OrderStatus.ACCEPTED
    venue.emulator.book.halted.clear()
    venue.show(deep())
    assert len(await take(venue)) == 1


async def test_an_order_before_the_open_waits_for_it_and_extended_hours_do_not(venue):
    venue.emulator.book.session = "extended"
    early = replace(wanted(limit=usd("100.10")), extended_hours=True)
    await venue.broker.submit(approved(early))
    await venue.broker.submit(approved(wanted(order_id="qt-2")))
    (fill,) = await take(venue)
    assert fill.order_id == "qt-1"
    venue.emulator.book.open_session()
    (fill,) = await take(venue)
    assert fill.order_id == "qt-2"


async def test_a_market_order_never_pays_more_than_it_was_approved_with(venue):
    """Alpaca knows no worst price: it goes as a limit, on the market's grid."""
    venue.show(deep(101.0, 101.2))
    await venue.broker.submit(approved(wanted(), usd("100.508")))
    (theirs,) = venue.emulator.orders_of("qt-1")
    assert (theirs.type, theirs.limit_price) == ("limit", Decimal("100.50"))
    assert (await known(venue, "qt-1")).order.order_type is OrderType.MARKET
    venue.show(deep(100.2, 100.4))
    (fill,) = await take(venue)
    assert fill.price == usd("100.4")


# The stream


async def test_news_is_pushed(venue):
    rung = asyncio.Event()
    venue.broker.on_news(rung.set)
    await venue.broker.submit(approved(wanted(limit=usd("99"))))
    venue.show(deep(98.0, 98.2))
    async with asyncio.timeout(10):
        await rung.wait()
    (fill,) = await heard(venue, 1)
    assert (fill.quantity, fill.fill_id) == (10, "qt-1@10")


async def test_the_exits_of_a_bracket_are_pushed_under_our_ids(venue):
    await venue.broker.submit(approved(bracket()))
    venue.show(deep(111.0, 111.2))
    news = await heard(venue, 4)
    assert [one.order_id for one in news] == ["qt-1", "qt-1-tp", "qt-1-tp", "qt-1-sl"]


async def test_frames_that_come_twice_count_once(venue):
    venue.emulator.stream.twice = True
    venue.show(deep(ask_size=4))
    await venue.broker.submit(approved(wanted()))
    venue.show(deep())
    await heard(venue, 2)
    await eventually(lambda: len(venue.emulator.stream.sent) >= 6)
    assert await take(venue) == []
    assert (await known(venue, "qt-1")).filled == 10


async def test_frames_in_the_wrong_order_are_the_same_fills(venue):
    """The end is not told before the fills it stands for, and no share is missing or doubled."""
    venue.emulator.stream.backwards = True
    for size in (3, 4, 10):
        venue.show(deep(ask_size=size))
        if size == 3:
            await venue.broker.submit(approved(wanted()))
    venue.emulator.stream.release()
    news = await heard(venue, 3)
    assert {(one.fill_id, one.quantity) for one in news} == {
        ("qt-1@3", shares(3)), ("qt-1@7", shares(4)), ("qt-1@10", shares(3)),
    }  # fmt: skip
    assert await take(venue) == []


async def test_what_happened_while_the_stream_was_cut_is_caught_up_with(venue):
    await venue.broker.submit(approved(wanted(limit=usd("99"), quantity=10)))
    await venue.broker.submit(approved(wanted(limit=usd("98"), order_id="qt-2")))
    venue.emulator.stream.refused = True
    venue.emulator.stream.cut()
    venue.show(deep(98.8, 98.9, ask_size=4))
    venue.show(deep(98.8, 99.0, ask_size=10))
    venue.emulator.book.cancel(venue.emulator.orders_of("qt-2")[0].id)
    venue.emulator.stream.refused = False
    first, second, end = await heard(venue, 3)
    assert [(one.fill_id, one.price) for one in (first, second)] == [
        ("qt-1@4", usd("98.9")), ("qt-1@10", usd(99)),
    ]  # fmt: skip
    assert (end.order_id, end.status) == ("qt-2", OrderStatus.CANCELED)


async def test_a_mute_stream_is_left_for_a_new_one(venue):
    """It is connected and says nothing, not even pong."""
    await venue.broker.submit(approved(wanted(limit=usd("99"))))
    venue.emulator.stream.mute = True
    venue.show(deep(98.0, 98.2))
    assert venue.emulator.stream.hits["listen"] == 1
    (fill,) = await heard(venue, 1)
    assert fill.quantity == 10


async def test_an_order_without_news_is_looked_at(venue):
    """Its frames are lost, and the line lives."""
    venue.emulator.stream._listening.clear()
    await venue.broker.submit(approved(wanted()))
    (fill,) = await heard(venue, 1)
    assert isinstance(fill, Fill)
    assert venue.emulator.stream.hits["listen"] == 1


async def test_the_same_execution_on_both_ways_has_one_name(venue):
    venue.show(deep(ask_size=4))
    await venue.broker.submit(approved(wanted()))
    (pushed,) = await heard(venue, 1)
    await venue.restart()
    asked = await known(venue, "qt-1")
    assert [one.fill_id for one in asked.fills] == [pushed.fill_id]
    other = venue.make()
    found = await other.order("qt-1")
    await other.close()
    assert [(one.fill_id, one.price) for one in found.fills] == [(pushed.fill_id, pushed.price)]


async def test_an_execution_that_is_not_on_record_is_told_by_the_average_once(unheard):
    await unheard.broker.submit(approved(wanted()))
    lines, unheard.emulator.book.activities = unheard.emulator.book.activities, []
    (fill,) = await take(unheard)
    assert (fill.fill_id, fill.price) == ("qt-1@10", usd("100.10"))
    unheard.emulator.book.activities = lines
    async with running(unheard.broker.run()):
        await unheard.emulator.stream.listening()
        assert await take(unheard) == []


# What happens beside our orders


async def test_a_trade_by_hand_is_a_line_of_the_record(venue):
    await venue.broker.submit(approved(wanted()))
    venue.emulator.book.trade_by_hand(IBM, "sell", Decimal(5), Decimal("99.90"))
    theirs = await venue.broker.account()
    (trade,) = theirs.activities
    assert (trade.kind, trade.side, trade.quantity) == (ActivityKind.TRADE, Side.SELL, 5)
    assert trade.amount == usd("499.50")
    assert theirs.positions[IBM].quantity == HELD + 10 - 5


async def test_splits_and_fees_are_lines_of_the_record_each_once(venue):
    venue.emulator.book.split(IBM, Decimal(2))
    venue.emulator.book.note("FEE", Decimal("-0.05"), description="TAF fee")
    await venue.broker.account()
    venue.emulator.book.note("DIV", Decimal("12.34"), symbol=IBM)
    theirs = await venue.broker.account()
    assert [(one.kind, one.amount, one.quantity) for one in theirs.activities] == [
        (ActivityKind.SPLIT, usd(0), shares(HELD)),
        (ActivityKind.FEE, usd("-0.05"), None),
        (ActivityKind.DIVIDEND, usd("12.34"), None),
    ]
    assert theirs.positions[IBM].quantity == 2 * HELD


async def test_an_exit_of_ours_is_no_trade_by_hand_also_for_a_new_process(venue):
    """Alpaca gives exits client ids of its own; whose they are its list of entries says."""
    await venue.broker.submit(approved(bracket(force=TimeInForce.GTC)))
    venue.show(deep(111.0, 111.2))
    await take(venue)
    stranger = venue.make()
    theirs = await stranger.account()
    await stranger.close()
    assert len(theirs.activities) == 2
    assert all(is_ours(one.order_id) for one in theirs.activities)


async def test_what_alpaca_forbids_is_said(venue):
    venue.emulator.book.trading_blocked = True
    restrictions = (await venue.broker.account()).restrictions
    assert restrictions.trading_blocked
    assert restrictions.words == ("trading is blocked",)


async def test_an_order_that_cannot_be_followed_is_named(venue):
    """Placed by hand, in a way this program has no words for."""
    odd = venue.emulator.book.submit(
        {"symbol": "IBM", "side": "buy", "type": "limit", "time_in_force": "gtc", "qty": "1",
         "limit_price": "90"}
    )  # fmt: skip
    odd.type = "peg"
    assert await venue.broker.orders() == ()
    (words,) = (await venue.broker.account()).restrictions.words
    assert "none that QtTrade can follow" in words


async def test_under_faults_by_chance_every_intent_is_one_order_and_every_share_is_told(venue):
    """A hundred requests, half of them answered wrongly; then the books are the same."""
    kinds = [
        fault for fault in Fault if fault not in {Fault.SILENT, Fault.SILENT_TAKEN, Fault.LATE}
    ]
    venue.emulator.retry_after = "0.1"
    venue.emulator.faults.by_chance(11, 0.5, kinds)
    news = []
    for n in range(40):
        one = approved(wanted(Side.BUY if n % 2 else Side.SELL, order_id=f"qt-{n}"))
        await _until_known(venue, one)
        news += venue.broker.take_events()
    venue.emulator.faults.by_chance(0, 0.0, ())
    news += await take(venue)
    assert all(len(venue.emulator.orders_of(f"qt-{n}")) == 1 for n in range(40))
    assert sum(venue.emulator.faults.seen.values()) > 20
    told = [one for one in news if isinstance(one, Fill)]
    assert len({one.fill_id for one in told}) == len(told) == 40
    assert not [one for one in news if isinstance(one, OrderUpdate)]


async def _until_known(venue, one):
    """Do as the engine does: send, ask while nobody knows, send again what never arrived."""
    while True:
        try:
            ack = await venue.broker.submit(one)
        except (AmbiguousAnswerError, BrokerAwayError):
            try:
                if await venue.broker.order(one.order.order_id) is not None:
                    return
            except BrokerAwayError:
                continue
        else:
            assert ack.accepted, ack.words
            return
