"""Who controls AutoTrading: passed on by asking, never by overtaking, always with a new token."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.trading.make import BAC, BALANCED, FEED, IBM, NOW, WALL, account, later, quote
from tests.unit.trading.test_engine_core import auto_shell, buy, by, cycle, shell_of

from qt_trade.model.control import ControllerLoss
from qt_trade.trading import control
from qt_trade.trading import events as e
from qt_trade.trading.commands import (
    DeclineTakeover,
    MindControl,
    ReleaseControl,
    RevokeSession,
    StartAutoTrading,
    TakeControl,
)
from qt_trade.trading.control import NOBODY, TAKEOVER_AFTER, Control, Outcome, Scene
from qt_trade.trading.ledger import fold

ALL = {"a": "Anna", "b": "Bert", "c": "Cleo"}


def scene(seconds: float = 0.0, *living: str, token: int = 0) -> Scene:
    return Scene(later(seconds), {one: ALL[one] for one in living}, token)


def after(before: Control, outcome: Outcome | tuple[e.Event, ...]) -> Control:
    """Return the control after what happened, folded as the journal folds it."""
    events = outcome.events if isinstance(outcome, Outcome) else outcome
    for event in events:
        before = control.FOLDS[type(event)](before, event)
    return before


def held_by_anna() -> Control:
    return after(NOBODY, control.take(NOBODY, "a", scene(0, "a", "b")))


def asked_by_bert() -> Control:
    held = held_by_anna()
    return after(held, control.take(held, "b", scene(1, "a", "b")))


def test_what_nobody_holds_is_taken_at_once() -> None:
    """The first who asks has it, with a token."""
    outcome = control.take(NOBODY, "a", scene(0, "a", token=7))
    assert (outcome.accepted, outcome.words) == (True, "nobody controlled AutoTrading")
    assert after(NOBODY, outcome) == Control("a", "Anna", 7, WALL)


def test_who_holds_it_is_told_so() -> None:
    """Asking again changes nothing."""
    outcome = control.take(held_by_anna(), "a", scene(1, "a"))
    assert (outcome.accepted, outcome.events) == (True, ())
    assert outcome.words == "you control AutoTrading already"


def test_what_a_dead_session_holds_is_taken_at_once() -> None:
    """Nobody has to wait for the dead."""
    outcome = control.take(held_by_anna(), "b", scene(1, "b"))
    assert "the session of Anna, who controlled AutoTrading, has ended" in outcome.words
    assert after(held_by_anna(), outcome).holder == "b"


def test_a_living_holder_is_asked_and_has_ten_seconds() -> None:
    """The control stays until then, and passes then."""
    asked = asked_by_bert()
    assert (asked.holder, asked.token) == ("a", 1)
    assert asked.request is not None
    assert asked.request.ends_at - asked.request.asked_at == TAKEOVER_AFTER
    assert control.mind(asked, scene(10.9, "a", "b"), None, trades=True) == ()
    passed = after(asked, control.mind(asked, scene(11, "a", "b"), None, trades=True))
    assert (passed.holder, passed.token, passed.request) == ("b", 2, None)


def test_asking_twice_neither_hurries_nor_delays() -> None:
    """The first request counts."""
    again = control.take(asked_by_bert(), "b", scene(5, "a", "b"))
    assert (again.accepted, again.events) == (True, ())
    assert again.words == "Anna is asked; unless they decline it is yours at 20:00:11 UTC"


def test_one_asks_at_a_time() -> None:
    """A third has to wait, unless the one before has gone."""
    outcome = control.take(asked_by_bert(), "c", scene(2, "a", "b", "c"))
    assert not outcome.accepted
    assert outcome.words == "Bert has asked for it already; ask again after 20:00:11 UTC"
    alone = after(asked_by_bert(), control.take(asked_by_bert(), "c", scene(2, "a", "c")))
    assert alone.request is not None
    assert alone.request.name == "Cleo"


def test_a_decline_keeps_the_control() -> None:
    """The holder's word ends the request."""
    outcome = control.decline(asked_by_bert(), "a", scene(2, "a", "b"))
    assert (outcome.accepted, outcome.words) == (True, "Bert does not get it")
    assert after(asked_by_bert(), outcome) == held_by_anna()


@pytest.mark.parametrize(
    ("held", "who", "words"),
    [
        (asked_by_bert(), "b", "Anna controls AutoTrading, not you"),
        (held_by_anna(), "a", "nobody asks for the control"),
        (NOBODY, "a", "nobody controls AutoTrading"),
    ],
)
def test_only_the_holder_declines_and_only_a_request(held: Control, who: str, words: str) -> None:
    """Everything else is refused in words."""
    assert control.decline(held, who, scene(2, "a", "b")) == Outcome(accepted=False, words=words)


def test_a_release_hands_it_to_whoever_asks() -> None:
    """Nobody has to wait for the ten seconds."""
    outcome = control.release(asked_by_bert(), "a", scene(2, "a", "b"))
    assert outcome.words == "Bert has it now"
    assert after(asked_by_bert(), outcome).holder == "b"


def test_a_release_without_a_living_request_leaves_it_to_nobody() -> None:
    """The token stays: it never goes back."""
    for held in (held_by_anna(), asked_by_bert()):
        outcome = control.release(held, "a", scene(2, "a"))
        assert outcome.words == "nobody controls AutoTrading now"
        assert after(held, outcome) == Control(token=1)


def test_who_asked_may_take_it_back() -> None:
    """The request is gone, the control is where it was."""
    outcome = control.release(asked_by_bert(), "b", scene(2, "a", "b"))
    assert (outcome.accepted, after(asked_by_bert(), outcome)) == (True, held_by_anna())


def test_only_the_holder_releases() -> None:
    """Neither somebody else nor anybody where nobody holds it."""
    refused = control.release(asked_by_bert(), "c", scene(2, "a", "b", "c"))
    assert refused == Outcome(accepted=False, words="Anna controls AutoTrading, not you")
    assert not control.release(NOBODY, "a", scene(0, "a")).accepted
    assert not control.release(held_by_anna(), "b", scene(0, "a")).accepted


def test_a_start_takes_what_nobody_living_holds() -> None:
    """Whoever starts AutoTrading then controls it."""
    free = control.start(NOBODY, "a", 0, scene(0, "a"))
    assert after(NOBODY, free).holder == "a"
    dead = control.start(held_by_anna(), "b", 1, scene(0, "b"))
    assert after(held_by_anna(), dead).token == 2


def test_another_ones_start_is_refused_with_what_to_do() -> None:
    """The words name who controls, and the way."""
    outcome = control.start(held_by_anna(), "b", 1, scene(0, "a", "b"))
    assert outcome == Outcome(accepted=False, words="Anna controls AutoTrading; take over first")


def test_a_wish_from_before_a_change_of_holder_is_nobodys() -> None:
    """It was decided under an older token, even if its writer could take the control now."""
    late = control.start(held_by_anna(), "b", 0, scene(0, "b"))
    assert not late.accepted
    assert "changed hands" in late.words
    unknown = control.start(held_by_anna(), "b", None, scene(0, "b"))
    assert unknown.accepted


def test_the_holders_own_start_ends_a_pause() -> None:
    """Its session lives: it has just written."""
    lost = after(
        held_by_anna(),
        control.mind(held_by_anna(), scene(0), ControllerLoss.PAUSE_ENTRIES, trades=True),
    )
    outcome = control.start(lost, "a", 1, scene(1, "a"))
    assert (outcome.accepted, after(lost, outcome)) == (True, held_by_anna())
    assert control.start(held_by_anna(), "a", 0, scene(1, "a")).events == ()


@pytest.mark.parametrize(
    ("policy", "trades", "paused", "stops"),
    [
        (ControllerLoss.KEEP_TRADING, True, False, False),
        (ControllerLoss.PAUSE_ENTRIES, True, True, False),
        (ControllerLoss.PAUSE_ENTRIES, False, False, False),
        (ControllerLoss.STOP, True, False, True),
        (ControllerLoss.STOP, False, False, False),
    ],
)
def test_the_policy_says_what_a_dead_holder_means(
    policy: ControllerLoss, *, trades: bool, paused: bool, stops: bool
) -> None:
    """Once, and not again while it stays dead."""
    held = held_by_anna()
    events = control.mind(held, scene(1), policy, trades=trades)
    lost = after(held, events)
    assert (lost.holder, lost.lost, lost.paused) == ("a", True, paused)
    assert [type(event) for event in events[1:]] == [e.AutoTradingStopped] * stops
    assert control.mind(lost, scene(2), policy, trades=trades) == ()
    assert (control.pause_words(lost) is None) is not paused
    back = after(lost, control.mind(lost, scene(3, "a"), policy, trades=trades))
    assert back == held


def test_an_uncertain_death_means_nothing_yet() -> None:
    """A heartbeat may be on its way."""
    assert control.mind(held_by_anna(), scene(1), None, trades=True) == ()
    assert control.mind(NOBODY, scene(1), ControllerLoss.STOP, trades=True) == ()
    assert control.mind(held_by_anna(), scene(1, "a"), ControllerLoss.STOP, trades=True) == ()


def test_a_request_ends_with_its_session_and_passes_with_the_holders() -> None:
    """Whichever of the two dies first."""
    gone = control.mind(asked_by_bert(), scene(2, "a"), None, trades=True)
    assert after(asked_by_bert(), gone) == held_by_anna()
    passed = control.mind(asked_by_bert(), scene(2, "b"), None, trades=True)
    assert after(asked_by_bert(), passed).holder == "b"


def test_a_takeover_and_a_stop_end_a_pause() -> None:
    """Nobody is left with a pause that nothing ends."""
    lost = after(
        held_by_anna(),
        control.mind(held_by_anna(), scene(1), ControllerLoss.PAUSE_ENTRIES, trades=True),
    )
    assert not after(lost, control.take(lost, "b", scene(2, "b"))).paused
    off = e.AutoTradingStopped(at=WALL, feed_at=WALL, reason="x", by="b")
    assert not after(lost, (off,)).paused


class Desks(RuleBasedStateMachine):
    """Any sequence of sessions that come, ask, hand over, decline, die and return."""

    who = st.sampled_from(sorted(ALL))

    @initialize()
    def begin(self) -> None:
        self.control = NOBODY
        self.living: set[str] = set()
        self.at = 0.0
        self.drawn = 0
        self.holders: list[tuple[int, str | None]] = [(0, None)]
        self.declined = False

    def scene(self) -> Scene:
        self.drawn += 1
        return scene(self.at, *sorted(self.living), token=self.drawn)

    def happen(self, outcome: Outcome | tuple[e.Event, ...]) -> None:
        was = self.control
        self.control = after(was, outcome)
        if self.control.holder != was.holder:
            self.holders.append((self.control.token, self.control.holder))
            if was.holder in self.living and self.control.holder is not None:
                self.given_up(was)

    def given_up(self, was: Control) -> None:
        """A living holder loses the control to another only by hand or by not declining."""
        asked = was.request
        assert asked is not None
        assert self.handed or self.at >= (asked.ends_at - NOW.wall).total_seconds()

    @rule(who=who)
    def come_or_go(self, who: str) -> None:
        self.living ^= {who}

    @rule(seconds=st.sampled_from([0.5, 4.0, 11.0]))
    def wait(self, seconds: float) -> None:
        self.at += seconds

    @rule(who=who)
    def take(self, who: str) -> None:
        self.handed = False
        if who in self.living:
            self.happen(control.take(self.control, who, self.scene()))

    @rule(who=who)
    def release(self, who: str) -> None:
        self.handed = True
        self.happen(control.release(self.control, who, self.scene()))

    @rule(who=who)
    def decline(self, who: str) -> None:
        self.handed = False
        self.happen(control.decline(self.control, who, self.scene()))

    @rule(who=who)
    def start(self, who: str) -> None:
        self.handed = False
        if who in self.living:
            outcome = control.start(self.control, who, self.control.token, self.scene())
            self.happen(outcome)
            assert outcome.accepted == (self.control.holder == who)

    @rule(policy=st.sampled_from([None, *ControllerLoss]), trades=st.booleans())
    def mind(self, policy: ControllerLoss | None, *, trades: bool) -> None:
        self.handed = False
        self.happen(control.mind(self.control, self.scene(), policy, trades=trades))

    @invariant()
    def tokens_only_grow_with_each_holder(self) -> None:
        """Two holders never had the same token, and no token came after a greater one."""
        tokens = [token for token, holder in self.holders if holder is not None]
        assert tokens == sorted(set(tokens))
        assert self.control.token == max([0, *tokens])

    @invariant()
    def a_pause_has_a_dead_holder(self) -> None:
        """Nobody is paused without somebody who could return."""
        assert not self.control.paused or (self.control.lost and self.control.holder)


TestDesks = Desks.TestCase


# Through the core: journalled, answered once, and acted on in one place.


def test_a_start_by_another_is_refused_by_the_core_and_nothing_changes() -> None:
    """The holder is compared at the moment of acting, and the answer is in the journal."""
    shell = shell_of()
    shell.core.on_sessions({"desk-1": "Anna", "desk-2": "Bert"})
    assert shell.ask(by(StartAutoTrading, settings=BALANCED)).accepted
    before = shell.core.account.auto
    other = StartAutoTrading(command_id="s-2", by="desk-2", settings=BALANCED, token=9)
    reply = shell.ask(other)
    assert (reply.accepted, reply.reason) == (False, "Anna controls AutoTrading; take over first")
    assert shell.core.account.auto == before
    assert shell.ask(other).repeated


def test_commands_of_the_control_are_answered_once_also_after_a_restart() -> None:
    """The same id again gets the same answer and raises no token."""
    shell = shell_of()
    shell.core.on_sessions({"desk-1": "Anna", "desk-2": "Bert"})
    assert shell.ask(by(TakeControl, "t-1", token=1)).accepted
    asked = TakeControl(command_id="t-2", by="desk-2", token=2)
    first, again = shell.ask(asked), shell.ask(asked)
    assert (first.reason, again.repeated) == (again.reason, True)
    assert shell.ask(by(DeclineTakeover, "d-1")).reason == "Bert does not get it"
    assert shell.ask(by(ReleaseControl, "r-1", token=3)).accepted
    refolded = fold(account(), shell.events)
    assert refolded.control == shell.core.account.control == Control(token=1)
    assert "t-2" in refolded.answers


def test_minding_the_control_is_journalled_only_when_something_happens() -> None:
    """The engine looks often; the journal hears of it when it matters, and of no answer."""
    shell = shell_of()
    shell.core.on_sessions({"desk-1": "Anna"})
    shell.ask(by(TakeControl, "t-1", token=1))
    known = len(shell.events)
    shell.ask(by(MindControl, "m-1", policy=ControllerLoss.STOP, token=0))
    assert len(shell.events) == known
    shell.core.on_sessions({})
    shell.ask(by(MindControl, "m-2", policy=ControllerLoss.STOP, token=0))
    assert [type(event) for event in shell.events[known:]] == [e.ControllerLost]


def test_a_paused_cycle_opens_nothing_and_a_person_may() -> None:
    """Exits, stops and manual orders go on."""
    shell = auto_shell(quote(), quote(BAC, 14.0))
    shell.ask(by(MindControl, "m-1", policy=ControllerLoss.PAUSE_ENTRIES, token=0))
    checks = {check.rule: check for check in shell.core.checks(NOW)}
    assert not checks["entries"].passed
    assert "entries are paused" in checks["entries"].words
    shell.ask(cycle())
    report = shell.core.account.last_cycle
    assert report is not None
    assert (report.signals, report.orders) == (2, 0)
    assert "entries are paused" in report.rows[0].risk
    assert "another session takes over" in report.rows[0].risk
    manual = shell.ask(buy())
    assert manual.accepted
    shell.core.on_sessions({"desk-1": "Anna"})
    shell.ask(by(MindControl, "m-2", policy=None, token=0))
    shell.ask(cycle(FEED + timedelta(minutes=10)))
    assert set(shell.core.account.held) == {IBM, BAC}


def test_a_revoked_session_is_remembered() -> None:
    """By whom and why, and a second time it is only said again."""
    shell = shell_of()
    gone = by(RevokeSession, "v-1", target="desk-9", reason="left the house")
    assert shell.ask(gone).reason == "desk-9 is logged out"
    again = by(RevokeSession, "v-2", target="desk-9", reason="again")
    assert shell.ask(again).reason == "it was logged out already: left the house"
    revoked = fold(account(), shell.events).revoked["desk-9"]
    assert (revoked.by, revoked.reason, revoked.at) == ("desk-1", "left the house", WALL)


def test_the_ten_seconds_are_the_walls() -> None:
    """A replay at sixty times the speed gives its holder no less time."""
    soon = replace(NOW, wall=NOW.wall + timedelta(seconds=2), feed=NOW.feed + timedelta(minutes=2))
    fast = Scene(soon, ALL, 0)
    assert control.mind(asked_by_bert(), fast, None, trades=True) == ()
