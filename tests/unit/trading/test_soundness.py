"""A journal that no rule allows is found out, event by event."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.unit.trading.make import BAC, FEED, IBM, WALL, account, fill, order
from tests.unit.trading.test_books import external
from tests.unit.trading.test_engine_core import auto_shell, buy, by, cycle

from qt_trade.model.journal import JournalRecord
from qt_trade.model.money import usd
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.commands import Resume, StopAll
from qt_trade.trading.reading import read_entry
from qt_trade.trading.records import to_record
from qt_trade.trading.soundness import FINDINGS_KEPT, Soundness

WHEN = {"at": WALL, "feed_at": FEED}
OPENED = e.AccountOpened(**WHEN, account_id="paper:test", cash=usd(100_000))
JUDGED = e.RiskJudged(**WHEN, order=order(), verdicts=(RuleVerdict("x", passed=True, words=""),))
APPROVED = e.OrderApproved(
    **WHEN, order=order(), command_id="c", reserved=usd(1), worst_price=None, opens=True, cycle=None
)
SENT = e.OrderSent(**WHEN, order_id="o-1")
FILLED = e.OrderFilled(**WHEN, fill=fill(), realized=None)
STOPPED = e.TradingStopped(**WHEN, reason="fire", by="me")
ANSWERED = e.CommandAnswered(
    **WHEN, command_id="c", name="x", by="me", asked="{}", accepted=True, reason="",
    order_id=None, verdicts=(),
)  # fmt: skip


def checked(*events: e.Event, records: Sequence[JournalRecord] = ()) -> Soundness:
    soundness = Soundness()
    for place, record in enumerate([*map(to_record, events), *records]):
        soundness.take(read_entry(place, record))
    soundness.finish()
    return soundness


def test_a_real_life_is_sound() -> None:
    """Cycle, orders by hand, stop and resume; the account is the core's own."""
    shell = auto_shell()
    shell.ask(cycle())
    shell.ask(buy(3))
    shell.ask(by(StopAll, "s", reason="fire"))
    shell.ask(buy(3, command_id="c-2"))
    shell.ask(by(Resume, "r", reason="out"))
    shell.ask(buy(3, command_id="c-3"))
    found = checked(OPENED, records=shell.journal)
    assert found.findings == []
    assert found.account == shell.core.account
    assert (found.orders, found.fills) == (3, 3)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((APPROVED,), "o-1 was approved without a verdict on it before"),
        (
            (replace(JUDGED, order=order(quantity=9)), APPROVED),
            "o-1 was approved without a verdict on it before",
        ),
        (
            (replace(JUDGED, verdicts=(RuleVerdict("cap", passed=False, words="no"),)), APPROVED),
            "o-1 was approved against the rule cap: no",
        ),
        ((STOPPED, JUDGED, APPROVED), "was approved while trading was stopped"),
        (
            (e.OrderRefused(**WHEN, order=order(), command_id="c", because="x"),),
            "o-1 was refused without a verdict before",
        ),
        ((SENT,), "o-1 was sent without an approval before"),
        ((FILLED,), "fill o-1-0 belongs to o-1, which was never approved"),
        ((JUDGED, APPROVED, FILLED, FILLED), "fill o-1-0 is booked a second time"),
        (
            (JUDGED, APPROVED, replace(FILLED, fill=fill(symbol=BAC))),
            "fill o-1-0 is no BUY of IBM",
        ),
        (
            (JUDGED, APPROVED, replace(FILLED, fill=fill(quantity=11))),
            "o-1 is filled beyond its 10 shares",
        ),
        ((ANSWERED, ANSWERED), "the command c was answered a second time"),
        ((external(fill(), 1), external(fill(), 1)), "activity a-1 is booked a second time"),
        ((OPENED,), "a second AccountOpened in one journal"),
        (
            (
                b.SharesAdjusted(
                    **WHEN, activity_id="a", symbol=IBM, quantity=order().quantity, words=""
                ),
            ),
            "0 shares of IBM cannot be split by 10",
        ),
    ],
)
def test_what_no_rule_allows_is_named_at_its_place(events: tuple[e.Event, ...], words: str) -> None:
    """The place is that of the entry itself."""
    found = checked(OPENED, *events)
    assert words in found.findings[0].words
    assert found.findings[0].place == len(events)


def test_a_damaged_body_is_named_and_ends_the_proof() -> None:
    """Nothing is claimed of what may stand in it."""
    damaged = replace(to_record(SENT), body=b"{}")
    found = checked(OPENED, JUDGED, APPROVED, records=[damaged])
    assert "the body of this OrderSent cannot be read" in found.findings[0].words
    assert not found.provable


def test_an_account_that_does_not_add_up_is_said_to() -> None:
    """The last line of the proof."""
    soundness = Soundness(account=replace(account(), cash=usd(1)))
    soundness.finish()
    assert "do not add up" in soundness.findings[0].words


def test_a_flood_of_findings_is_counted() -> None:
    """And does not fill the memory."""
    found = checked(OPENED, *[SENT] * (FINDINGS_KEPT + 5))
    assert len(found.findings) == FINDINGS_KEPT
    assert found.more_findings == 6, "one more: the account cannot be folded either"
