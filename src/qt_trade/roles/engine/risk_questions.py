"""Answers what risk would say to an order, without sending, journalling or holding up anything."""

from msgspec.structs import replace

from qt_trade.contract import registry
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.payloads import commands as wire
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.command_desk import Admission, Serving
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp, amount
from qt_trade.trading.commands import CommandReply
from qt_trade.trading.orders import manual_order
from qt_trade.trading.risk.what_if import WhatIf, what_if
from qt_trade.trading.steps import NOTHING_OPENS


class RiskQuestions:
    """Serves ``frontend:risk_questions``: it reads the account as it is journalled."""

    def __init__(self, bus: Serving, dealer: Dealer, sessions: Admission, stamp: Stamp) -> None:
        self._bus = bus
        self._dealer = dealer
        self._sessions = sessions
        self._stamp = stamp

    def serve(self) -> None:
        """Begin to answer."""
        self._bus.serve(registry.RISK_QUESTIONS, self.on_question, self.reject)

    async def on_question(self, question: wire.RiskQuestion) -> wire.Reply:
        """Answer with every verdict and what the order would do to the account."""
        feed = self._stamp.feed
        if question.feed is not feed:
            words = f"the order was meant for {question.feed}, this run is {feed}"
            return self._refuse(question.command_id, words)
        objection = await self._sessions.objection_to(question.session_id)
        if objection is not None:
            return self._refuse(question.command_id, objection)
        return self._answer(question)

    def reject(self, rejection: Rejection) -> wire.Reply:
        """Answer what cannot even be read."""
        return self._refuse(rejection.command_id, rejection.reason)

    def _answer(self, question: wire.RiskQuestion) -> wire.Reply:
        now, core = self._dealer.now(), self._dealer.core
        order = manual_order(requests.submit(question), now.wall)
        limits = core.limits or NOTHING_OPENS
        verdicts, found = what_if(order, core.book(now), limits)
        because = next((f"{one.rule}: {one.words}" for one in verdicts if not one.passed), "")
        answer = CommandReply(
            command_id=question.command_id,
            accepted=not because,
            reason=because,
            order_id=None,
            verdicts=verdicts,
            repeated=False,
        )
        reply = requests.reply(answer, self._stamp.feed, self._stamp.wall.now())
        return replace(reply, what_if=_wire(found))

    def _refuse(self, command_id: str, words: str) -> wire.Reply:
        return requests.refusal(command_id, words, self._stamp.feed, self._stamp.wall.now())


def _wire(found: WhatIf) -> wire.WhatIf:
    return wire.WhatIf(
        cost=amount(found.cost),
        commission=amount(found.commission),
        slippage_bp=found.slippage_bp,
        free_cash_after=amount(found.free_cash_after),
        free_cash_after_weight=found.free_cash_after_weight,
        weight_before=found.weight_before,
        weight_after=found.weight_after,
        sector=found.sector,
        sector_before=found.sector_before,
        sector_after=found.sector_after,
        loss_at_stop=amount(found.loss_at_stop),
        largest_quantity=found.largest_quantity,
    )
