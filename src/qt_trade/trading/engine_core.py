"""The engine without its surroundings: what was asked and seen goes in, steps come out.

The shell around it (roles/engine.py) does one thing at a time::

    core = EngineCore(account=fold(None, events_of_the_journal), costs=..., slot_late_after=...)
    ...tell it the newest quotes, market, limits, predictions; broker.restore(core.broker_orders())
    await settle(core.reconcile(await broker.orders(), now))

    async def settle(step):                       # for every step, whatever made it
        await journal.append(step.records)        # fails: core.abandon(step), nothing happened
        core.journaled(step)                      # the account moves on, the effects are released
        ...answer step.reply, publish core.account and step.events, log step.problem
        while step := core.reconsider(now()): await settle(step)
        while (effect := core.next_effect(now())) is not None:
            ...Send: ack = await broker.submit(effect.approved); await settle(core.on_ack(ack, now))
                     when the broker's answer is lost: core.on_silence(order_id, words, now)
                     and then core.on_found or core.never_reached, when the broker has said
               Cancel: await broker.cancel(effect.order_id); Replace: as Send, with broker.replace
        for event in broker.take_events(): await settle(core.on_broker(event, now))

What this holds, by construction and not by care:

* Nothing reaches the broker before it is journalled: effects do not exist outside the core until
  ``journaled`` was called with their step, and no second step begins before.
* One command has one effect: its answer is journalled in the same step and given again.
* A stop closes the gate in memory at once (``halt``, or handling StopAll), before the journal
  and whatever happens to it; ``next_effect`` hands out no opening order while it is closed.
  ``halt`` alone may be called at any time, also between a step and its ``journaled``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from qt_trade.model.broker_account import BrokerAccount, BrokerPosition
from qt_trade.model.costs import TradingCosts
from qt_trade.model.limits import RiskLimits
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
from qt_trade.model.predictions import Prediction
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading import commands as c
from qt_trade.trading import events as e
from qt_trade.trading.account import Account, known_to_broker
from qt_trade.trading.answers import answered_with, reply_to
from qt_trade.trading.book import NO_RESTRICTIONS, Market, RiskBook
from qt_trade.trading.control import pause_words
from qt_trade.trading.emergency import attend, count, pursue_closing
from qt_trade.trading.handlers import handle
from qt_trade.trading.outbox import Outbox, judge_again
from qt_trade.trading.outlook import Outlook
from qt_trade.trading.reconcile import (
    adopt_found,
    never_reached,
    reconcile,
    take_answer,
    take_broker_event,
)
from qt_trade.trading.reconcile_account import Difference, compare
from qt_trade.trading.returns import DayWorth
from qt_trade.trading.steps import Draft, Effect, Replace, Send, Step, View

_MARKET_UNKNOWN = Market(open=False, words="its state is not known yet", stale_after_s=0.0)


class StepPendingError(RuntimeError):
    """The shell does two things at once: one step must be settled before the next begins."""


@dataclass(frozen=True, slots=True)
class _Pending:
    step: Step
    draft: Draft
    stop_id: str | None


class EngineCore:
    """Holds the account, the newest view of the market and the orders still to be sent.

    Synchronous and deterministic: the same calls always give the same steps. ``slot_late_after``:
    feed time after which a cycle's slot is gone.
    """

    def __init__(
        self, *, account: Account, costs: TradingCosts, slot_late_after: timedelta
    ) -> None:
        self._account = account
        self._costs = costs
        self._slot_late_after = slot_late_after
        self._quotes: dict[Symbol, Quote] = {}
        self._market = _MARKET_UNKNOWN
        self._limits: RiskLimits | None = None
        self._candidates: tuple[Symbol, ...] = ()
        self._predictions: Mapping[Symbol, Prediction] = {}
        self._living: Mapping[str, str] = {}
        self.outlook = Outlook()
        self._stops: dict[str, str] = {}
        self._pending: _Pending | None = None
        self._outbox = Outbox()
        self._sent: dict[str, c.Now] = {}
        self._suspects: Mapping[str, Difference] = {}
        self._in_question: frozenset[str] = frozenset()
        self._restrictions = NO_RESTRICTIONS

    # What was seen. Nothing of it is journalled; decisions journal what they saw.

    def on_quote(self, quote: Quote) -> None:
        """Take a quote; an older one than the last of its symbol is left out."""
        last = self._quotes.get(quote.symbol)
        if last is None or quote.at >= last.at:
            self._quotes[quote.symbol] = quote

    def on_market(self, market: Market) -> None:
        """Take the session's state; until the first one the market counts as closed."""
        self._market = market

    def on_limits(self, limits: RiskLimits | None) -> None:
        """Take the limits in force; None, as at the start, opens nothing."""
        self._limits = limits

    def on_candidates(self, symbols: Iterable[Symbol]) -> None:
        """Take the watch list the cycles look at."""
        self._candidates = tuple(symbols)

    def on_predictions(self, predictions: Mapping[Symbol, Prediction]) -> None:
        """Take the newest predictions, all of them."""
        self._predictions = dict(predictions)

    def on_sessions(self, living: Mapping[str, str]) -> None:
        """Take the names of the traders' sessions that live, all of them by their ids."""
        self._living = dict(living)

    def on_doubt(self, order_ids: frozenset[str]) -> None:
        """Take the orders whose absence at the broker says nothing yet."""
        self._in_question = order_ids

    def halt(self, command_id: str, reason: str) -> None:
        """Close the gate now: from here on no opening order is handed out. Always possible.

        For the id of a StopAll command that is about to be handled; the gate stays closed until
        that command's step is journalled, and from then on until a Resume is.
        """
        self._stops[command_id] = reason

    # What may be asked, at any time.

    @property
    def account(self) -> Account:
        """The account as far as it is journalled."""
        return self._account

    @property
    def halted(self) -> str | None:
        """Why nothing opens, None while the gate is open."""
        stop = self._account.stop
        return next(iter(self._stops.values()), None) if stop is None else stop.reason

    @property
    def limits(self) -> RiskLimits | None:
        """The limits in force, None while nobody has set any."""
        return self._limits

    @property
    def unsent(self) -> frozenset[str]:
        """The ids of approved orders the broker has not been given yet."""
        return frozenset(self._outbox.unsent)

    @property
    def suspects(self) -> tuple[Difference, ...]:
        """What differed from the broker's books at the last look, explained or not."""
        return tuple(self._suspects.values())

    @property
    def effects_waiting(self) -> int:
        """How many effects are released and not handed out yet."""
        return len(self._outbox)

    def book(self, now: c.Now) -> RiskBook:
        """Return what orders are judged against at this moment; it values the account, too."""
        return self._view(now).book(self._account)

    def broker_orders(self) -> tuple[BrokerOrder, ...]:
        """Return the orders a broker without a memory of its own must know after a restart."""
        return known_to_broker(self._account)

    def broker_positions(self) -> tuple[BrokerPosition, ...]:
        """Return the positions a broker without a memory of its own must know after a restart."""
        return tuple(
            BrokerPosition(symbol, position.quantity, position.cost)
            for symbol, position in self._account.held.items()
        )

    def checks(self, now: c.Now) -> tuple[RuleVerdict, ...]:
        """Return the answers to "can AutoTrading open a position now", each in words."""
        limits_known = self._limits is not None
        fresh = sum(self._fresh(quote, now) for quote in self._quotes.values())
        auto = self._account.auto
        paused = pause_words(self._account.control)
        settings = self._account.strategy
        closed = None if settings is None else self._market.not_opening(settings, now.feed)
        return (
            RuleVerdict("autotrading", auto is not None, "on" if auto else "off"),
            RuleVerdict("stopped", self.halted is None, self.halted or "trading is not stopped"),
            RuleVerdict("entries", paused is None, paused or "not paused"),
            RuleVerdict("policy", closed is None, closed or "its hours and policy let it open"),
            RuleVerdict("limits", limits_known, "set" if limits_known else "no risk limits yet"),
            RuleVerdict("market_hours", self._market.open, self._market.words),
            RuleVerdict("market_data", fresh > 0, f"{fresh} of {len(self._quotes)} quotes fresh"),
        )

    # What happens: each returns a step, which must be journalled or abandoned before the next.

    def handle(self, command: c.Command, now: c.Now) -> Step:
        """Return what a command makes of the account; a repeated one gets its first answer."""
        known = self._account.answers.get(command.command_id)
        stops = isinstance(command, c.StopAll | c.CloseAll)
        stop_id = command.command_id if stops else None
        if isinstance(command, c.StopAll | c.CloseAll) and known is None:
            self.halt(command.command_id, command.reason)
        draft = self._draft(now)
        if known is not None:
            return self._propose(draft, reply_to(known, repeated=True), stop_id)
        answer = handle(command, draft)
        answered = answered_with(command, answer, now)
        if not answer.quiet:
            draft.add(answered)
        return self._propose(draft, reply_to(answered, repeated=False), stop_id)

    def on_ack(self, ack: BrokerAck, now: c.Now) -> Step:
        """Take the broker's answer to a submit."""
        draft = self._draft(now)
        self._add_sent(draft, ack.order_id)
        take_answer(draft, ack)
        pursue_closing(draft)
        return self._propose(draft, None)

    def on_silence(self, order_id: str, words: str, now: c.Now) -> Step:
        """Note that the answer to a submit, a replace or a cancel was lost."""
        draft = self._draft(now)
        state = draft.account.orders.get(order_id)
        if state is None or not state.sent:
            self._add_sent(draft, order_id)
        draft.add(e.OrderUnknown(at=now.wall, feed_at=now.feed, order_id=order_id, words=words))
        return self._propose(draft, None)

    def on_broker(self, event: BrokerEvent, now: c.Now) -> Step:
        """Take a fill or the end of an order; what is known already makes an empty step."""
        draft = self._draft(now)
        take_broker_event(draft, event)
        pursue_closing(draft)
        return self._propose(draft, None)

    def on_found(self, found: BrokerOrder, now: c.Now) -> Step:
        """Take over what the broker says of an order whose answer was lost."""
        adopt_found(draft := self._draft(now), found)
        pursue_closing(draft)
        return self._propose(draft, None)

    def never_reached(self, order_id: str, now: c.Now) -> Step:
        """Judge an order again that never arrived: it is sent under its own id, or canceled."""
        self._sent.pop(order_id, None)
        never_reached(draft := self._draft(now), order_id)
        pursue_closing(draft)
        return self._propose(draft, None)

    def reconcile(self, known: Sequence[BrokerOrder], now: c.Now) -> Step:
        """Hold our open orders against the broker's.

        Fills and ends we missed are adopted. An order that never reached the broker is judged
        again, so quotes, market and limits must be known before, and sent under its own id or
        canceled with the reason. What nobody can explain becomes the step's ``problem``.
        """
        draft = self._draft(now)
        reconcile(draft, known)
        pursue_closing(draft)
        return self._propose(draft, None)

    def reconsider(self, now: c.Now) -> Step | None:
        """Judge the next order to be sent again if its approval is too old; None when it is not.

        Ask before each ``next_effect``: after an outage nothing leaves on what was known before.
        """
        stale = self._outbox.stale(now, self._quotes, halted=self.halted is not None)
        if stale is None:
            return None
        judge_again(draft := self._draft(now), stale)
        pursue_closing(draft)
        return self._propose(draft, None)

    def compare(self, theirs: BrokerAccount, now: c.Now) -> Step:
        """Hold cash and positions against the broker's, after the orders were reconciled.

        What its record explains is booked. What is the same and unexplained for the second time
        is a discrepancy (``account.unexplained``), and nothing opens until it ends.
        """
        draft = self._draft(now)
        self._suspects = compare(draft, theirs, self._suspects)
        self._restrictions = theirs.restrictions
        return self._propose(draft, None)

    def attend(self, now: c.Now) -> Step:
        """Go after what an emergency is to end: what turned up, what failed, what had to wait."""
        draft = self._draft(now)
        attend(draft)
        return self._propose(draft, None)

    def count(self, positions: int, orders: int, apart: timedelta, now: c.Now) -> Step:
        """Take what the broker says is open; its good news twice, ``apart``, ends an emergency."""
        draft = self._draft(now)
        count(draft, positions, orders, apart)
        return self._propose(draft, None)

    def value_day(self, day: DayWorth, now: c.Now) -> Step:
        """Keep what the account was worth at the close of a day."""
        draft = self._draft(now)
        draft.add(day.event(now))
        return self._propose(draft, None)

    # What the shell did with a step, and what it may do then.

    def journaled(self, step: Step) -> None:
        """Take over a step that is safe in the journal, and release its effects."""
        pending = self._take(step)
        draft = pending.draft
        if pending.stop_id is not None:
            self._stops.pop(pending.stop_id, None)
        self._account = draft.account
        self._outbox.withdraw(draft.withdrawn)
        self._outbox.take(draft.effects, draft.now, draft.view.quotes)

    def abandon(self, step: Step) -> None:
        """Drop a step the journal did not take: the account stays, a closed gate stays closed."""
        self._take(step)

    def next_effect(self, now: c.Now) -> Effect | None:
        """Hand out what to do at the broker next, each once; None when there is nothing.

        While trading is stopped opening orders are kept back; StopAll's step withdraws them.
        """
        self._require_idle()
        effect = self._outbox.next(halted=self.halted is not None)
        if isinstance(effect, Send | Replace):
            self._sent[effect.approved.order.order_id] = now
        return effect

    # Inside.

    def _fresh(self, quote: Quote, now: c.Now) -> bool:
        age_s = (now.feed - quote.at).total_seconds()
        return not quote.crossed and age_s <= self._market.stale_after_s

    def _view(self, now: c.Now) -> View:
        return View(
            now=now,
            quotes=dict(self._quotes),
            market=self._market,
            costs=self._costs,
            limits=self._limits,
            halted=self.halted,
            candidates=self._candidates,
            predictions=self._predictions,
            slot_late_after=self._slot_late_after,
            unsent=self._outbox.unsent,
            in_question=self._in_question,
            living=self._living,
            outlook=self.outlook,
            restrictions=self._restrictions,
        )

    def _draft(self, now: c.Now) -> Draft:
        self._require_idle()
        return Draft(account=self._account, view=self._view(now))

    def _add_sent(self, draft: Draft, order_id: str) -> None:
        sent = self._sent.pop(order_id, draft.now)
        draft.add(e.OrderSent(at=sent.wall, feed_at=sent.feed, order_id=order_id))

    def _propose(
        self, draft: Draft, reply: c.CommandReply | None, stop_id: str | None = None
    ) -> Step:
        step = draft.step(reply)
        self._pending = _Pending(step, draft, stop_id)
        return step

    def _take(self, step: Step) -> _Pending:
        pending = self._pending
        if pending is None or pending.step is not step:
            raise StepPendingError("this step is not the one that is pending")
        self._pending = None
        return pending

    def _require_idle(self) -> None:
        if self._pending is not None:
            raise StepPendingError("journal or abandon the step before first")
