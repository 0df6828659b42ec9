"""What can go wrong when an AI is asked, named by what to do next.

AiError
├── AiLimitedError     wait ``retry_after_s``, then ask again
├── AiCreditError      stop asking until there is money again
├── AiKeyRefusedError  stop asking; a person has to mend the key
├── AiRejectedError    stop asking so: the model or the question is not accepted
├── AiAwayError        try again later, with backoff; nothing was billed
├── AiLateError        ask at the next turn: it may have been billed all the same
└── AiGarbledError     ask at the next turn: what came is no answer; it was billed
"""

from qt_trade.model.ai_answers import Outcome


class AiError(Exception):
    """No answer was to be had; the text says why, for people, and never holds the key.

    ``outcome``: as it is kept. ``raw``: what came instead. ``may_cost``: it may have been billed.
    """

    outcome = Outcome.AWAY
    may_cost = False

    def __init__(self, words: str, raw: str = "", request_id: str = "") -> None:
        super().__init__(words)
        self.raw = raw
        self.request_id = request_id


class AiLimitedError(AiError):
    """Asked too often."""

    outcome = Outcome.LIMITED

    def __init__(self, words: str, retry_after_s: float, raw: str, request_id: str) -> None:
        super().__init__(words, raw, request_id)
        self.retry_after_s = retry_after_s


class AiCreditError(AiError):
    """The account behind the key has no money left, or no more that it may spend."""

    outcome = Outcome.OUT_OF_CREDIT


class AiKeyRefusedError(AiError):
    """The key is not accepted, or may not do this."""

    outcome = Outcome.KEY_REFUSED


class AiRejectedError(AiError):
    """The question is not accepted: an unknown model, a form it does not know."""

    outcome = Outcome.REJECTED


class AiAwayError(AiError):
    """Nobody is there, or a server that fails."""

    outcome = Outcome.AWAY


class AiLateError(AiError):
    """No whole answer in time, or the connection broke while one was waited for."""

    outcome = Outcome.LATE
    may_cost = True


class AiGarbledError(AiError):
    """What came is no answer of this interface."""

    outcome = Outcome.UNREADABLE
    may_cost = True
