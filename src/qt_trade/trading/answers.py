"""A command's answer, in the journal and back to whoever asked."""

from dataclasses import dataclass

import msgspec

from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading import commands as c
from qt_trade.trading import events as e


@dataclass(frozen=True, slots=True)
class Answer:
    """A handler's answer. ``quiet``: it is not worth a line in the journal."""

    accepted: bool
    reason: str = ""
    order_id: str | None = None
    verdicts: tuple[RuleVerdict, ...] = ()
    quiet: bool = False


def answered_with(command: c.Command, answer: Answer, now: c.Now) -> e.CommandAnswered:
    """Return the answer to a command as the journal keeps it."""
    return e.CommandAnswered(
        at=now.wall,
        feed_at=now.feed,
        command_id=command.command_id,
        name=type(command).__name__,
        by=command.by,
        asked=msgspec.json.encode(command).decode(),
        accepted=answer.accepted,
        reason=answer.reason,
        order_id=answer.order_id,
        verdicts=answer.verdicts,
    )


def reply_to(answered: e.CommandAnswered, *, repeated: bool) -> c.CommandReply:
    """Return the reply that an answer in the journal gives."""
    return c.CommandReply(
        command_id=answered.command_id,
        accepted=answered.accepted,
        reason=answered.reason,
        order_id=answered.order_id,
        verdicts=answered.verdicts,
        repeated=repeated,
    )
