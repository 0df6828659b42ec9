"""Questions that were put to an AI: what they may cost, and how each of them ended."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Outcome(StrEnum):
    """How a question ended.

    ASKED: it is under way, or whoever asked died over it. DECLINED: the AI would not answer. CUT:
    the answer stops in its middle. LATE: none came in time, or the connection broke; it may
    have cost something all the same. LIMITED: asked too often. OUT_OF_CREDIT: the account has no money left. REJECTED: the
    question itself was not accepted. AWAY: there was nobody, or a server that failed.
    """

    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    DECLINED = "DECLINED"
    CUT = "CUT"
    EMPTY = "EMPTY"
    UNREADABLE = "UNREADABLE"
    LATE = "LATE"
    LIMITED = "LIMITED"
    OUT_OF_CREDIT = "OUT_OF_CREDIT"
    KEY_REFUSED = "KEY_REFUSED"
    REJECTED = "REJECTED"
    AWAY = "AWAY"


@dataclass(frozen=True, slots=True)
class AiQuestion:
    """A question as it leaves. ``slot``: the moment it belongs to, in which it is answered once.

    ``address`` and ``model``: who is asked. ``cost_max``: USD that are put aside for it.
    """

    slot: datetime
    asked_at: datetime
    address: str
    model: str
    prompt: str
    cost_max: Decimal


@dataclass(frozen=True, slots=True)
class AiEnd:
    """How a question ended. ``cost`` None: it is not known, and what was put aside counts.

    ``answered_by``: the model that answered, which may be another than the one that was asked.
    ``usage``: tokens as the answer tells them, as JSON. ``taken``: the opinions that were taken of
    it, as JSON; they hold until ``expires_at``. ``not_before``: until then the AI wants no question.
    """

    at: datetime
    outcome: Outcome
    words: str
    cost: Decimal | None
    answered_by: str = ""
    request_id: str = ""
    raw: str = ""
    usage: str = ""
    taken: str = ""
    expires_at: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AiRecord:
    """A question and its end as they are kept. ``end`` None: there is none (yet)."""

    number: int
    question: AiQuestion
    end: AiEnd | None


@dataclass(frozen=True, slots=True)
class AiLine:
    """A question and its end without what was said to the letter. ``became``: as JSON, by symbol.

    ``ended_at`` None: there is no end (yet). The other fields are those of question and end.
    """

    number: int
    slot: datetime
    asked_at: datetime
    cost_max: Decimal
    ended_at: datetime | None
    outcome: Outcome
    words: str
    cost: Decimal | None
    answered_by: str
    taken: str
    became: str
    expires_at: datetime | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class AiStanding:
    """How it stands with a feed's questions.

    ``last``: the newest. ``taken``: answers of which opinions were taken, oldest first. ``spent``:
    USD of the day, what is put aside included. ``failed``: so many slots without an answer since
    the last one that had one; a question that has not ended counts for nothing.
    """

    last: AiLine | None
    taken: tuple[AiLine, ...]
    spent: Decimal
    failed: int


class AiBarred(StrEnum):
    """Why a question does not leave.

    ASKED: in this slot it has, and asking again would not help. UNDER_WAY: another has not ended.
    BUDGET: it might cost more than is left of the day's. RATE: a minute has had its questions.
    LIMITED: the AI wants none before a moment that is to come.
    """

    ASKED = "ASKED"
    UNDER_WAY = "UNDER_WAY"
    BUDGET = "BUDGET"
    RATE = "RATE"
    LIMITED = "LIMITED"


@dataclass(frozen=True, slots=True)
class AiLimits:
    """What may be asked. ``budget``: USD since ``day_from``. ``given_up_s``: an older one is dead."""

    budget: Decimal
    day_from: datetime
    per_minute: int
    attempts_max: int
    given_up_s: float


@dataclass(frozen=True, slots=True)
class AiPermit:
    """``number``: of the question that may leave; None: ``barred`` says why it may not.

    ``until``: when the AI may be asked again, where it said so.
    """

    number: int | None
    barred: AiBarred | None = None
    until: datetime | None = None
