"""A watchdog acts on evidence: a living server that knows no engine, or a long silence of all."""

import pytest

from qt_trade.roles.panic.watchdog import Life, Patience, command_id, find

PATIENCE = Patience(gone_s=60, unreachable_s=300)


@pytest.mark.parametrize(
    ("alive_at", "answered_at", "now", "act", "words"),
    [
        (None, 100.0, 1_000.0, False, "not armed: no engine was seen yet"),
        (100.0, 100.0, 110.0, False, "the engine is alive"),
        (100.0, 159.0, 159.9, False, "no sign of the engine for 60 s; acts in 0 s"),
        (100.0, 160.0, 160.0, True, "no sign of the engine for 60 s"),
        (100.0, 100.0, 200.0, False, "neither Redis nor PostgreSQL has answered for 100 s"),
        (100.0, 100.0, 400.0, True, "neither Redis nor PostgreSQL has answered for 300 s"),
        (100.0, 390.0, 391.0, True, "no sign of the engine for 291 s"),
    ],
)
def test_what_the_signs_say(
    alive_at: float | None, answered_at: float, now: float, *, act: bool, words: str
) -> None:
    found = find(Life(alive_at, answered_at), PATIENCE, now)
    assert found.act is act
    assert found.words.startswith(words)


def test_every_watchdog_of_one_engines_life_acts_under_one_id() -> None:
    first, second = Life(), Life()
    first.saw_engine(1.0, token=7)
    second.saw_engine(2.0, token=7)
    second.saw_engine(9.0)
    assert command_id(first, "CLOSE_ALL_POSITIONS") == command_id(second, "CLOSE_ALL_POSITIONS")
    second.saw_engine(10.0, token=8)
    assert command_id(first, "CLOSE_ALL_POSITIONS") != command_id(second, "CLOSE_ALL_POSITIONS")


def test_a_server_that_answers_is_no_sign_of_an_engine() -> None:
    life = Life()
    life.saw_engine(100.0)
    life.saw_server(170.0)
    assert find(life, PATIENCE, 170.0).act
