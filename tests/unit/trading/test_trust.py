"""A model that has not shown skill is not traded on, unless simulated money was told to."""

from dataclasses import replace

import pytest
from tests.unit.trading import make
from tests.unit.trading.make import BAC, BALANCED, FEED, IBM, account, prediction, quote
from tests.unit.trading.test_risk import holding

from qt_trade.model.predictions import Skill
from qt_trade.model.presets import Agreement, SignalUse
from qt_trade.model.signals import Vote
from qt_trade.trading.outlook import Outlook
from qt_trade.trading.strategies.preset import decide
from qt_trade.trading.strategies.snapshot import Snapshot
from qt_trade.trading.strategies.trust import Trust
from qt_trade.trading.technical import Reading

UNPROVEN = [skill for skill in Skill if skill is not Skill.PROVEN]
UP = Reading(FEED, 60, 100.0, 101.0, 100.0, 0.2, 55.0, 0.01, 0.1, 0.015)
TOLD = Trust(unproven=True)


def sight(skill, held=None, expected=0.002, **more):
    made = prediction(expected=expected, skill=skill)
    values = {
        "slot": FEED, "feed_now": FEED, "candidates": (IBM,), "quotes": {IBM: quote()},
        "predictions": {IBM: made}, "account": held or account(), "settings": BALANCED,
        "market": make.OPEN,
    }  # fmt: skip
    return Snapshot(**values | more)


def only(snapshot):
    (decision,) = decide(snapshot)
    return decision


def test_nobody_is_trusted_who_was_not_named():
    """The default of a snapshot and of an engine alike is the strict one."""
    assert not sight(Skill.PROVEN).trust.unproven
    assert not Outlook().trust.unproven


@pytest.mark.parametrize(
    ("skill", "words"),
    [
        (Skill.NOT_PROVEN, "not proven"),
        (Skill.NO_SKILL, "no skill"),
        (Skill.WAITING, "not enough cases yet"),
    ],
)
def test_a_model_without_proven_skill_opens_nothing_and_the_reason_says_so(skill, words):
    decision = only(sight(skill))
    assert decision.intent is None
    assert decision.candidate == f"the model has not shown skill at 60 min: {words}"
    assert only(sight(Skill.PROVEN)).intent is not None


@pytest.mark.parametrize("trust", [Trust(), TOLD])
def test_what_a_model_said_before_it_was_taken_out_of_use_is_not_acted_on(trust):
    """Neither by the strategies nor by one of a person's own."""
    gone = replace(trust, withdrawn=frozenset({"gbm-60-v1"}))
    decision = only(sight(Skill.PROVEN, trust=gone))
    assert decision.intent is None
    assert decision.candidate == "gbm-60-v1 was taken out of use"
    assert not gone.trusted({IBM: prediction(skill=Skill.PROVEN)})


def test_the_reason_names_the_way_out_where_there_is_one():
    decision = only(sight(Skill.WAITING, trust=Trust(way_out="set this")))
    assert decision.candidate.endswith("not enough cases yet (set this)")


@pytest.mark.parametrize("skill", UNPROVEN)
def test_it_closes_nothing_either(skill):
    """A position is left by its stops, or by somebody who has shown something."""
    assert only(sight(skill, holding(10), expected=-0.01)).intent is None
    assert only(sight(Skill.PROVEN, holding(10), expected=-0.01)).intent is not None


@pytest.mark.parametrize("skill", UNPROVEN)
def test_told_so_it_is_traded_on_and_the_order_says_what_it_is(skill):
    decision = only(sight(skill, trust=TOLD))
    assert decision.intent is not None
    assert f"unproven ({skill.words})" in decision.intent.reason


def test_another_source_may_act_where_the_model_is_silent():
    """By agreement of all nobody may; else the rest is weaker for it."""
    use = SignalUse(ml=True, technical=True)
    seen = sight(Skill.NO_SKILL, technicals={IBM: UP}, settings=replace(BALANCED, signals=use))
    decision = only(seen)
    assert decision.intent is not None
    assert decision.sources[0].vote is Vote.SILENT
    assert decision.horizon is None
    alone = only(
        replace(seen, settings=replace(BALANCED, signals=SignalUse(ml=False, technical=True)))
    )
    assert alone.intent is not None
    assert decision.intent.strength == pytest.approx(alone.intent.strength / 2)
    all_of_them = replace(BALANCED, signals=use, agreement=Agreement.ALL)
    assert only(replace(seen, settings=all_of_them)).intent is None


def test_of_a_prediction_the_proven_horizons_are_left():
    """This is what a person's own strategy sees."""
    mixed = prediction()
    first, *rest = mixed.horizons
    mixed = replace(mixed, horizons=(first, *(replace(h, skill=Skill.WAITING) for h in rest)))
    bare = prediction(BAC, skill=Skill.NO_SKILL)
    seen = {IBM: mixed, BAC: bare}
    trusted = Trust().trusted(seen)
    assert trusted == {IBM: replace(mixed, horizons=(first,))}
    assert TOLD.trusted(seen) == seen
