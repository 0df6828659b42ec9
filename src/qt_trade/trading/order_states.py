"""The life of an order as one table: what each piece of news makes of an order in each status.

The ledger follows this very table, and ``docs/reference/order-states.md`` is printed from it. What
is not listed cannot be: a test holds the table complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from qt_trade.model.orders import OrderStatus as S


class News(StrEnum):
    """What can happen to an order that is known."""

    APPROVED = "approved again"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    HELD = "held at the broker"
    ACTIVATED = "activated"
    PART_FILLED = "filled in part"
    FILLED = "filled"
    CANCEL_ASKED = "cancel asked"
    REPLACE_ASKED = "replacement asked"
    UNANSWERED = "unanswered"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"


class Kind(StrEnum):
    """What is done with a piece of news.

    TAKEN: it counts, whether the status changes or stays. IGNORED: it says nothing new and changes
    nothing. REFUSED: it cannot be; a journal that says so is damaged.
    """

    TAKEN = "taken"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Move:
    """What a piece of news makes of an order: the status after it, and why."""

    to: S
    kind: Kind
    words: str


_WORDS: Mapping[News, str] = {
    News.APPROVED: "judged anew under its own id, before the broker had it",
    News.SENT: "handed to the broker; only its answer says more",
    News.ACKNOWLEDGED: "the broker has it; where something is filled that stays so",
    News.HELD: "an exit that waits at the broker for its entry",
    News.ACTIVATED: "the broker works it",
    News.PART_FILLED: "a fill proves that the broker has it",
    News.FILLED: "all of it is executed",
    News.CANCEL_ASKED: "the wish is noted; the broker's word ends it",
    News.REPLACE_ASKED: "the wish is noted; it stays until the broker confirms",
    News.UNANSWERED: "nobody knows, so the broker is asked by its id",
    News.CANCELED: "it is off the book",
    News.EXPIRED: "its time ran out",
    News.REJECTED: "the broker did not take it",
    News.REPLACED: "another order of ours has its place",
}
_ENDS: Mapping[News, S] = {
    News.CANCELED: S.CANCELED,
    News.EXPIRED: S.EXPIRED,
    News.REJECTED: S.REJECTED,
    News.REPLACED: S.REPLACED,
}
_KEPT = (News.SENT, News.CANCEL_ASKED, News.REPLACE_ASKED)


def _taken(news: News, to: S) -> Move:
    return Move(to, Kind.TAKEN, _WORDS[news])


def _open(status: S) -> dict[News, Move]:
    """Return what holds of every open status; ``_special`` says where one differs."""
    moves = {news: _taken(news, status) for news in _KEPT}
    moves |= {news: _taken(news, end) for news, end in _ENDS.items()}
    moves[News.UNANSWERED] = _taken(News.UNANSWERED, S.UNKNOWN)
    moves[News.PART_FILLED] = _taken(News.PART_FILLED, S.PARTIALLY_FILLED)
    moves[News.FILLED] = _taken(News.FILLED, S.FILLED)
    moves[News.ACTIVATED] = _taken(News.ACTIVATED, S.ACCEPTED)
    moves[News.ACKNOWLEDGED] = _taken(News.ACKNOWLEDGED, S.ACCEPTED)
    moves[News.HELD] = _taken(News.HELD, S.HELD)
    moves[News.APPROVED] = _taken(News.APPROVED, S.PENDING_NEW)
    return moves


def _ended(status: S) -> dict[News, Move]:
    """Return what holds after the end: a fill that comes late is money all the same."""
    late = "it has ended; this says nothing new"
    moves = {news: Move(status, Kind.IGNORED, late) for news in News}
    moves[News.PART_FILLED] = Move(status, Kind.TAKEN, "executed before its end, told afterwards")
    moves[News.FILLED] = Move(S.FILLED, Kind.TAKEN, "executed before its end, told afterwards")
    moves[News.CANCEL_ASKED] = Move(
        status, Kind.TAKEN, "it has ended here and is open at the broker"
    )
    moves[News.APPROVED] = Move(status, Kind.REFUSED, "it was approved again after its end")
    return moves


def _special(status: S) -> dict[News, Move]:
    worked = "the broker works it already"
    match status:
        case S.HELD:
            return {
                News.APPROVED: _taken(News.APPROVED, S.HELD),
                News.ACKNOWLEDGED: _taken(News.HELD, S.HELD),
            }
        case S.ACCEPTED:
            return {
                News.HELD: Move(status, Kind.IGNORED, worked),
                News.ACTIVATED: Move(status, Kind.IGNORED, worked),
            }
        case S.PARTIALLY_FILLED:
            traded = "it was approved again after it had traded"
            return {
                News.APPROVED: Move(status, Kind.REFUSED, traded),
                News.ACKNOWLEDGED: _taken(News.ACKNOWLEDGED, status),
                News.HELD: Move(status, Kind.IGNORED, worked),
                News.ACTIVATED: Move(status, Kind.IGNORED, worked),
            }
        case _:
            return {}


TABLE: Mapping[tuple[S, News], Move] = MappingProxyType(
    {
        (status, news): move
        for status in S
        for news, move in (
            _open(status) | _special(status) if status.open else _ended(status)
        ).items()
    }
)
"""By status and news: what becomes of the order."""


def order_states_page() -> str:
    """Return the table for people."""
    head = (
        "# The life of an order\n\n"
        "Printed from `trading/order_states.py`; the ledger follows this very table.\n\n"
        "An order begins as `PENDING_NEW` when risk approves it, and an exit of a bracket or an "
        "OCO as `HELD`, before any broker hears of them. `UNKNOWN` is a status like any other: the "
        "broker's answer was lost, the order counts as open, and the broker is asked for it by its "
        "client order id until it has said.\n"
    )
    parts = [head]
    for status in S:
        life = "may still be filled" if status.open else "has ended"
        parts.append(f"\n## {status}\n\nThe order {life}.\n\n| news | then | |\n|---|---|---|\n")
        for news in News:
            move = TABLE[status, news]
            then = f"`{move.to}`" if move.kind is Kind.TAKEN else move.kind
            parts.append(f"| {news} | {then} | {move.words} |\n")
    return "".join(parts)
