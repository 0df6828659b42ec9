"""Gates say what they saw, also where that is too little to be said with an interval."""

import math
from dataclasses import replace

from qt_trade.intelligence.learning import gates
from qt_trade.intelligence.learning.judgement import BANDS, Judgement
from qt_trade.intelligence.learning.measures import NOTHING, Measured
from qt_trade.model.predictions import Skill


def measured(value: float, off: float = 0.01, sessions: int = 40, p_value: float = 0.2) -> Measured:
    return Measured(value, value - off, value + off, p_value, 900, sessions)


SOUND = gates.Evidence(
    judgement=Judgement(
        difference=measured(0.03, p_value=1e-5),
        hit_rate=0.53,
        naive_hit_rate=0.5,
        information=measured(0.04),
        certainty=measured(0.0),
        coverage={share: measured(share) for share in BANDS},
        calibration=(),
        edge_bp=measured(2.0, 1.0),
        others={},
    ),
    features=18,
    peeking=(),
    loudest=("return_1", measured(-0.1)),
    controls={"shuffled labels": measured(0.0)},
)


def words(evidence: gates.Evidence, name: str) -> tuple[bool | None, str]:
    return next((one.passed, one.words) for one in gates.rule(evidence).gates if one.name == name)


def judged(**changes: object) -> gates.Evidence:
    return replace(SOUND, judgement=replace(SOUND.judgement, **changes))  # type: ignore[arg-type]


def test_sound_evidence_opens_every_gate() -> None:
    """So that each of the cases below is closed by what it changes alone."""
    ruling = gates.rule(SOUND)
    assert [one.name for one in ruling.gates if not one.passed] == []
    assert (ruling.skill, ruling.refused) == (Skill.PROVEN, "")
    assert words(SOUND, gates.BEATS_NAIVE) == (
        True,
        "+3.0 (2.0 to 4.0) points; 53.0% against 50.0% of 900 cases in 40 sessions, p < 0.001",
    )


def test_too_few_sessions_are_said_instead_of_an_endless_interval() -> None:
    """What was worth acting on may have been so on a few days alone."""
    few = judged(edge_bp=measured(0.6, math.inf, sessions=8))
    assert words(few, gates.AFTER_COSTS) == (
        False,
        "+0.6 (of 8 sessions, too few for an interval) bp in 900 cases worth acting on",
    )


def test_a_model_too_sure_of_itself_is_not_calibrated() -> None:
    """More than two points, and more than luck allows."""
    passed, said = words(judged(certainty=measured(0.05)), gates.CALIBRATED)
    assert (passed, said) == (False, "too sure of itself by 5.0 points")


def test_too_few_sessions_do_not_pass_for_calibrated() -> None:
    """Any figure lies within an endless interval."""
    for few in (
        judged(certainty=measured(0.2, math.inf, sessions=9)),
        judged(coverage={0.8: NOTHING}),
    ):
        assert words(few, gates.CALIBRATED) == (None, "too few sessions to tell")


def test_a_control_that_shows_something_refuses_the_model() -> None:
    """Where nothing can be known the judging is what knows something."""
    loud = replace(SOUND, controls={"labels a day off": measured(0.05, p_value=1e-4)})
    ruling = gates.rule(loud)
    assert words(loud, gates.CONTROLS)[0] is False
    assert ruling.refused.startswith("Controls show nothing: no: +5.0")
    assert ruling.skill is Skill.NO_SKILL
