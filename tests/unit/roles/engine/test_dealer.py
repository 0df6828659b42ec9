"""The dealer: journal first, broker then, and nothing lost or doubled whatever dies in between."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from tests.servers import ServerProcess
from tests.unit.roles.engine.shop import Shop, buy, kinds, open_shop, stop
from tests.unit.roles.parts import ACCOUNT, eventually, running, settings_of
from tests.unit.trading.make import FEED, FREE, WALL, quote

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.broker_errors import AmbiguousAnswerError
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.money import usd
from qt_trade.model.orders import BrokerAck, OrderStatus
from qt_trade.model.verdicts import Approved
from qt_trade.roles.engine.dealer import UnfitError
from qt_trade.settings import Settings
from qt_trade.storage.errors import FencedError
from qt_trade.storage.migrate import migrate
from qt_trade.trading.commands import CancelManual
from qt_trade.trading.events import (
    CommandAnswered,
    OrderAcknowledged,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderSent,
    TradingStopped,
)
from qt_trade.trading.records import to_record

pytestmark = pytest.mark.asyncio


class WatchedBroker(PaperBroker):
    """The paper broker; something happens just before it takes an order."""

    def __init__(self, before: Callable[[Approved], Awaitable[None]]) -> None:
        super().__init__(FREE, limited_by_size=True)
        self.before = before

    async def submit(self, approved: Approved) -> BrokerAck:
        await self.before(approved)
        return await super().submit(approved)


async def test_an_order_is_in_the_journal_before_the_broker_hears_of_it(lead: wiring.Lead) -> None:
    seen: list[str] = []

    async def look(approved: Approved) -> None:
        told = await shop.told()
        seen.extend(e.order.order_id for e in told if isinstance(e, OrderApproved))
        assert approved.order.order_id in seen

    shop = await open_shop(lead, WatchedBroker(look))
    async with running(shop.dealer.run()):
        reply = await shop.dealer.handle(buy())
        await shop.heard(OrderFilled)
    assert seen == [reply.order_id]
    kinds_told = [type(event) for event in await shop.told()]
    assert kinds_told[-5:-1] == [OrderApproved, CommandAnswered, OrderSent, OrderAcknowledged]


async def test_a_repeated_command_is_answered_again_and_done_once(lead: wiring.Lead) -> None:
    shop = await open_shop(lead)
    async with running(shop.dealer.run()):
        first, again = await shop.dealer.handle(buy()), await shop.dealer.handle(buy())
        await shop.heard(OrderFilled)
    assert (first.order_id, first.repeated) == (again.order_id, False)
    assert again.repeated
    assert len(await shop.broker.orders()) == 1


async def test_a_stop_takes_back_what_the_broker_has_not_got(lead: wiring.Lead) -> None:
    shop = await open_shop(lead)
    bought = await shop.dealer.handle(buy())
    stopped = await shop.dealer.handle(stop())
    assert stopped.accepted
    async with running(shop.dealer.run()):
        await shop.dealer.handle(stop("s-2"))
    assert await shop.broker.orders() == ()
    assert shop.core.account.orders[str(bought.order_id)].status is OrderStatus.CANCELED


async def test_a_stop_answers_while_an_order_is_on_its_way_to_the_broker(lead: wiring.Lead) -> None:
    """The gate closes at once; the second order stays with us."""

    async def press(_: Approved) -> None:
        shop.core.halt("s-1", "enough")

    shop = await open_shop(lead, WatchedBroker(press))
    await shop.dealer.handle(buy("c-1"))
    await shop.dealer.handle(buy("c-2"))
    async with running(shop.dealer.run()):
        await shop.heard(OrderFilled)
        assert (await shop.dealer.handle(stop())).accepted
    assert len(await shop.broker.orders()) == 1


async def test_what_the_broker_said_waits_in_order_while_the_journal_is_away(
    redis_url: str, private_postgres: ServerProcess
) -> None:
    """Acknowledgement and fill come after the database died, and are kept for its return."""
    await migrate(private_postgres.url)

    async def die(_: Approved) -> None:
        private_postgres.kill()

    settings = settings_of(redis_url, private_postgres.url)
    async with wiring.leading("engine", settings) as lead:
        shop = await open_shop(lead, WatchedBroker(die))
        async with running(shop.dealer.run()):
            reply = await shop.dealer.handle(buy())
            await eventually(lambda: bool(shop.dealer._away))
            with pytest.raises(JournalAwayError):
                await shop.dealer.handle(buy("c-2"))
            assert shop.core.account.held == {}
            private_postgres.start()
            await shop.heard(OrderFilled)
        told = [e for e in await shop.told() if getattr(e, "order_id", None) == reply.order_id]
        filled = kinds(shop.steps, OrderFilled)
    assert [type(event) for event in told] == [CommandAnswered, OrderSent, OrderAcknowledged]
    assert len(filled) == 1
    assert shop.core.account.quantity(quote().symbol) == 10


async def test_a_resting_order_filled_during_an_outage_is_booked_once(
    redis_url: str, private_postgres: ServerProcess
) -> None:
    await migrate(private_postgres.url)
    settings = settings_of(redis_url, private_postgres.url)
    async with wiring.leading("engine", settings) as lead:
        shop = await open_shop(lead)
        async with running(shop.dealer.run()):
            await shop.dealer.handle(buy(limit=usd(99)))
            await shop.heard(OrderAcknowledged)
            private_postgres.kill()
            shop.dealer.see_quote(quote(price=98.0))
            await eventually(lambda: bool(shop.dealer._away))
            private_postgres.start()
            await shop.heard(OrderFilled)
        assert [type(e) for e in await shop.told()].count(OrderFilled) == 1


async def _blocked_append(database_url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    """Keep every append waiting, so that its connection can be cut in the middle."""
    blocker = await psycopg.AsyncConnection.connect(database_url)
    await blocker.execute("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
    return blocker


async def _cut_the_append(blocker: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    """End the waiting append's connection; nobody can know whether it was stored."""

    async def cut() -> bool:
        found = await blocker.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND query LIKE '%journal_append%'"
        )
        return bool(await found.fetchall())

    await eventually(cut)
    await blocker.close()


async def test_a_journal_in_doubt_ends_the_engine(lead: wiring.Lead, settings: Settings) -> None:
    """It never acts again, and its successor carries the command out once."""
    shop = await open_shop(lead)
    blocker = await _blocked_append(settings.database())
    asked = asyncio.create_task(shop.dealer.handle(buy()))
    await _cut_the_append(blocker)
    with pytest.raises(UnfitError, match="in doubt"):
        await asked
    with pytest.raises(UnfitError):
        await shop.dealer.ended()
    with pytest.raises(UnfitError):
        await shop.dealer.handle(stop())
    assert await shop.broker.orders() == ()

    successor = await open_shop(lead)
    async with running(successor.dealer.run()):
        assert (await successor.dealer.handle(buy())).accepted
        await successor.heard(OrderFilled)
    assert [type(e) for e in await successor.told()].count(OrderApproved) == 1


async def test_who_lost_the_lease_acts_no_more(lead: wiring.Lead, settings: Settings) -> None:
    shop = await open_shop(lead)
    async with running(shop.dealer.run()):
        await shop.dealer.handle(buy("c-1", limit=usd(90)))
        await shop.heard(OrderAcknowledged)
    async with await psycopg.AsyncConnection.connect(settings.database()) as thief:
        await thief.execute("UPDATE leases SET holder = 'another', token = token + 1")
    with pytest.raises(UnfitError, match="no longer ours"):
        await shop.dealer.handle(buy("c-2"))
    with pytest.raises(UnfitError):
        await shop.dealer.ended()
    assert len(await shop.broker.orders()) == 1


async def test_a_command_answered_long_ago_is_refused_and_trading_goes_on(
    lead: wiring.Lead,
) -> None:
    """The account remembers the newest thousands of answers, the journal all of them."""
    shop = await open_shop(lead)
    long_ago = CommandAnswered(
        at=WALL, feed_at=FEED, command_id="c-1", name="SubmitManual", by="desk-1", asked="{}",
        accepted=True, reason="", order_id=None, verdicts=(),
    )  # fmt: skip
    await shop.journal.append([to_record(long_ago)])
    with pytest.raises(wiring.JournalRefusesError):
        await shop.dealer.handle(buy("c-1"))
    assert (await shop.dealer.handle(buy("c-2"))).accepted


async def test_a_restart_between_approval_and_broker_sends_the_order_once(
    lead: wiring.Lead,
) -> None:
    before = await open_shop(lead)
    reply = await before.dealer.handle(buy())
    after = await open_shop(lead)
    await after.dealer.reconcile()
    async with running(after.dealer.run()):
        await after.heard(OrderFilled)
    assert [order.order.order_id for order in await after.broker.orders()] == [reply.order_id]
    told = await after.told()
    assert [type(event) for event in told].count(OrderSent) == 1


async def test_reconciling_waits_for_the_journal(
    redis_url: str, private_postgres: ServerProcess
) -> None:
    await migrate(private_postgres.url)
    settings = settings_of(redis_url, private_postgres.url)
    async with wiring.leading("engine", settings) as lead:
        before = await open_shop(lead)
        await before.dealer.handle(buy())
        after = await open_shop(lead)
        private_postgres.kill()
        reconciling = asyncio.create_task(after.dealer.reconcile())
        await eventually(lambda: bool(after.dealer._away))
        private_postgres.start()
        async with asyncio.timeout(20):
            await reconciling
        async with running(after.dealer.run()):
            await after.heard(OrderFilled)


async def test_a_stop_during_an_outage_holds_although_nothing_is_journalled(
    redis_url: str, private_postgres: ServerProcess
) -> None:
    await migrate(private_postgres.url)
    settings = settings_of(redis_url, private_postgres.url)
    async with wiring.leading("engine", settings) as lead:
        shop = await open_shop(lead)
        await shop.dealer.handle(buy())
        private_postgres.kill()
        with pytest.raises(JournalAwayError):
            await shop.dealer.handle(stop())
        assert shop.core.halted == "enough"
        private_postgres.start()
        async with running(shop.dealer.run()):
            await _handled(shop)
        assert await shop.broker.orders() == ()
        assert [type(e) for e in await shop.told()].count(TradingStopped) == 1


async def _handled(shop: Shop) -> None:
    """Deliver the stop again, as the consumer does, until it is answered."""
    async with asyncio.timeout(20):
        while True:
            try:
                assert (await shop.dealer.handle(stop())).accepted
            except JournalAwayError:
                await asyncio.sleep(0.01)
            else:
                return


async def test_a_standby_waits_for_the_lease(settings: Settings, lead: wiring.Lead) -> None:
    assert await lead.ping() > 0
    other = settings_of(settings.redis(), settings.database(), run={"id": "run-2"})
    waiting = asyncio.create_task(_lead_once(other))
    done, _ = await asyncio.wait({waiting}, timeout=0)
    assert not done
    async with await psycopg.AsyncConnection.connect(settings.database()) as clock:
        await clock.execute("UPDATE leases SET expires_at = clock_timestamp()")
    async with asyncio.timeout(20):
        await waiting
    stopped = TradingStopped(at=WALL, feed_at=FEED, reason="enough", by="desk-1")
    with pytest.raises(FencedError):
        await lead.journal(ACCOUNT).append([to_record(stopped)])


async def _lead_once(settings: Settings) -> None:
    async with wiring.leading("engine", settings):
        pass


class MuteBroker(PaperBroker):
    """The paper broker; the answer to its first cancel is lost."""

    def __init__(self) -> None:
        super().__init__(FREE, limited_by_size=True)
        self.cancels = 0

    async def cancel(self, order_id: str) -> BrokerAck:
        self.cancels += 1
        if self.cancels == 1:
            raise AmbiguousAnswerError("timed out")
        return await super().cancel(order_id)


async def test_a_cancel_whose_answer_is_lost_is_asked_for_again_at_the_next_look(
    lead: wiring.Lead,
) -> None:
    """The engine fell over a cancel that timed out (seed 19 of the simulation)."""
    broker = MuteBroker()
    shop = await open_shop(lead, broker)
    async with running(shop.dealer.run()):
        reply = await shop.dealer.handle(buy(limit=usd(90)))
        await shop.heard(OrderAcknowledged)
        cancel = CancelManual(command_id="x-1", by="desk-1", order_id=str(reply.order_id))
        assert (await shop.dealer.handle(cancel)).accepted
        await eventually(lambda: broker.cancels == 1)
        await shop.dealer.reconcile()
        await shop.heard(OrderCanceled)
    assert shop.core.account.open_orders == ()
