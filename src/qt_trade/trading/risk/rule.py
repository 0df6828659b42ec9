"""What a rule is: a name, the limits it holds an order to, and a pure function that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading.risk.case import Case


class Finding(NamedTuple):
    """A rule's answer without its name. ``value`` of ``limit``: the figures, where there are any."""

    passed: bool
    words: str
    value: str = ""
    limit: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    ``limits``: the fields of ``RiskLimits`` it reads; the first one is named in its verdicts.
    ``at_limit``: what happens there, for people.
    """

    name: str
    title: str
    limits: tuple[str, ...]
    at_limit: str
    check: Callable[[Case], Finding]

    @property
    def what(self) -> str:
        """The rule as a user would agree to it."""
        return self.check.__doc__ or ""

    def __call__(self, case: Case) -> RuleVerdict:
        """Answer for an order, and say which setting the limit is."""
        fits, words, value, limit, warns = self.check(case)
        setting = case.limits.setting(self.limits[0]).words if self.limits else ""
        if setting and not fits:
            words = f"{words} ({setting})"
        return RuleVerdict(self.name, fits, words, value, limit, warns, setting)


def rule(
    title: str, *limits: str, at_limit: str = "refuses the order"
) -> Callable[[Callable[[Case], Finding]], Rule]:
    """Make a rule of a function, which gives it its name."""

    def made(check: Callable[[Case], Finding]) -> Rule:
        return Rule(check.__name__, title, limits, at_limit, check)

    return made


REDUCES = Finding(passed=True, words="only shrinks the position")
"""What every cap says to an order that can only shrink a position: a cap never keeps anyone in."""


def passed(words: str, value: str = "", limit: str = "", *, warns: bool = False) -> Finding:
    """Return an answer that lets the order pass."""
    return Finding(True, words, value, limit, warns)  # noqa: FBT003  # every order asks 33 times


def refused(words: str, value: str = "", limit: str = "") -> Finding:
    """Return an objection."""
    return Finding(False, words, value, limit)  # noqa: FBT003  # as above


def within(fits: bool, words: str, trouble: str, value: str, limit: str) -> Finding:  # noqa: FBT001
    """Return what a cap says: the same words either way, and the trouble behind an objection."""
    return passed(words, value, limit) if fits else refused(f"{words}: {trouble}", value, limit)
