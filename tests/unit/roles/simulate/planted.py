"""Parts with one bug each, as a careless hand might have written them."""

from dataclasses import dataclass, replace

from qt_trade.contract.consumer import TryAgainError
from qt_trade.contract.payloads.commands import ManualOrder, Reply, SubmitOrder
from qt_trade.model.broker_errors import AmbiguousAnswerError
from qt_trade.model.money import ZERO
from qt_trade.model.orders import BrokerAck, Fill
from qt_trade.model.verdicts import Approved
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.simulate.parts import Parts
from qt_trade.roles.simulate.remote import RemoteBroker
from qt_trade.roles.simulate.store import Store
from qt_trade.trading.book import RiskBook
from qt_trade.trading.commands import CommandReply
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import OrderApproved
from qt_trade.trading.steps import Step, View
from qt_trade.wiring.lease_clock import LeaseClock


class SendsFirst(Dealer):
    """Gives the broker an order before the journal has it: quicker, until somebody dies."""

    async def _keep(self, step: Step) -> None:
        for event in step.events:
            if isinstance(event, OrderApproved):
                await self._broker.submit(
                    Approved(order=event.order, verdicts=(), worst_price=event.worst_price)
                )
        await super()._keep(step)


class GuessesNo(RemoteBroker):
    """Takes an order whose answer was lost for rejected."""

    async def submit(self, approved: Approved) -> BrokerAck:
        try:
            return await super().submit(approved)
        except AmbiguousAnswerError as lost:
            order_id = approved.order.order_id
            return BrokerAck(order_id, accepted=False, broker_order_id="", words=str(lost))


class NeverLooks(Dealer):
    """Trusts its journal: what the broker says at the start is not asked for."""

    async def reconcile(self) -> None:
        pass

    async def compare_books(self):
        return await self._broker.account()


class NewIdOnRetry(RemoteBroker):
    """Sends again after a time-out, with an id that is unique."""

    async def submit(self, approved: Approved) -> BrokerAck:
        try:
            return await super().submit(approved)
        except AmbiguousAnswerError:
            again = replace(approved.order, order_id=f"{approved.order.order_id}-again")
            ack = await super().submit(
                Approved(order=again, verdicts=approved.verdicts, worst_price=approved.worst_price)
            )
            return replace(ack, order_id=approved.order.order_id)


class NoGate(EngineCore):
    """Knows that trading is stopped, and forgets to hold anything back."""

    @property
    def halted(self) -> str | None:
        return None


class BooksTwice(EngineCore):
    """Books what the broker repeats."""

    def on_broker(self, event, now):
        state = self.account.orders.get(event.order_id)
        if isinstance(event, Fill) and state is not None:
            event = replace(event, fill_id=f"{event.fill_id}-{len(state.fills)}")
        return super().on_broker(event, now)


class ForgetsFees(EngineCore):
    """Books a fill without what it cost."""

    def on_broker(self, event, now):
        if isinstance(event, Fill):
            event = replace(event, commission=ZERO)
        return super().on_broker(event, now)


class _BlindView(View):
    def book(self, account) -> RiskBook:
        return super().book(replace(account, orders={}))


class SeesNoOpenOrders(EngineCore):
    """Judges an order as if nothing else were on its way."""

    def _view(self, now) -> View:
        view = super()._view(now)
        fields = {name: getattr(view, name) for name in View.__dataclass_fields__}
        return _BlindView(**fields)


class TakesQuotesAsNew(EngineCore):
    """Believes that a quote is of now because it was given now."""

    def book(self, now) -> RiskBook:
        self._redate(now)
        return super().book(now)

    def handle(self, command, now) -> Step:
        self._redate(now)
        return super().handle(command, now)

    def _redate(self, now) -> None:
        for symbol, quote in self._quotes.items():
            self._quotes[symbol] = replace(quote, at=now.feed)


class MayOpenAnything(EngineCore):
    """Was never told which symbols are excluded."""

    def on_limits(self, limits) -> None:
        super().on_limits(replace(limits, excluded=frozenset()))


class AlwaysOpen(EngineCore):
    """Did not hear that the session is over."""

    def on_market(self, market) -> None:
        super().on_market(replace(market, open=True))


class Forgetful(EngineCore):
    """Does not remember what it has answered."""

    def handle(self, command, now) -> Step:
        self._account = replace(self._account, answers={})
        return super().handle(command, now)


class AcceptsTwice(Store):
    """A journal without unique keys."""

    def refuse_twice(self, answers, fills) -> None:
        pass


class NoFence(Store):
    """A journal that whoever thinks he leads may write."""

    def may_write(self, fence) -> bool:
        return True

    async def renew(self, fence) -> None:
        await self._round_trip()


class Tampered(Store):
    """Somebody makes the deposit larger, afterwards."""

    def _commit(self, records, fence) -> None:
        super()._commit(records, fence)
        first = self.entries[0]
        changed = first.record.body.replace(b"100000000000", b"900000000000")
        self.entries[0] = replace(first, record=replace(first.record, body=changed))


class HalfABatch(Store):
    """Stores records one by one, and stops where the line breaks."""

    async def append(self, records, fence) -> None:
        if len(records) > 1 and self._rng.random() < 0.3:
            await super().append(records[: len(records) // 2], fence)
            raise ConnectionResetError("in the middle")
        await super().append(records, fence)


@dataclass(slots=True)
class AlwaysSure(LeaseClock):
    """Takes a lease for held until somebody says otherwise."""

    @property
    def sure(self) -> bool:
        return True


class SaysYes(CommandDesk):
    """Answers a sale before it has done anything about it, and then does nothing."""

    async def on_manual(self, payload: ManualOrder) -> Reply:
        if isinstance(payload, SubmitOrder) and payload.side == "SELL":
            answer = CommandReply(
                command_id=payload.command_id,
                accepted=True,
                reason="",
                order_id=None,
                verdicts=(),
                repeated=False,
            )
            return requests.reply(answer, self._stamp.feed, self._stamp.wall.now())
        return await super().on_manual(payload)


class NeverAnswersCancels(CommandDesk):
    """Waits for a better moment to cancel."""

    async def on_manual(self, payload: ManualOrder) -> Reply:
        if not isinstance(payload, SubmitOrder):
            raise TryAgainError("later")
        return await super().on_manual(payload)


BUGS: tuple[tuple[Parts, str], ...] = (
    (Parts(dealer=SendsFirst), "verdict before send"),
    (Parts(broker=GuessesNo), "nothing is guessed"),
    (Parts(dealer=NeverLooks), "no order lost"),
    (Parts(broker=NewIdOnRetry), "verdict before send"),
    (Parts(core=NoGate), "nothing opens after a stop"),
    (Parts(core=BooksTwice), "broker quantity = ours"),
    (Parts(core=ForgetsFees), "cash to the cent"),
    (Parts(core=SeesNoOpenOrders), "caps"),
    (Parts(core=TakesQuotesAsNew), "stale data opens nothing"),
    (Parts(core=MayOpenAnything), "excluded symbols"),
    (Parts(core=AlwaysOpen), "market hours"),
    (Parts(core=Forgetful, store=AcceptsTwice), "one effect per command"),
    (Parts(store=NoFence), "one writer"),
    (Parts(lease_clock=AlwaysSure), "one engine acts"),
    (Parts(store=Tampered), "the chain holds"),
    (Parts(store=HalfABatch), "every command is answered"),
    (Parts(desk=SaysYes), "everything explained"),
    (Parts(desk=NeverAnswersCancels), "every command is answered"),
)
"""Each with the rule that has to catch it."""
