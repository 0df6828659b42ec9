"""What a training process says: read line by line, and when it breaks off, why."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from qt_trade.roles.worker.models.training_child import TrainingChild, TrainingCrashedError
from qt_trade.roles.worker.models.training_lines import Line

pytestmark = pytest.mark.asyncio

TOLD = '{"type":"told","horizon_min":15,"stage":"folds","share":0.5}'


async def heard_of(program: str) -> list[Line]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=PIPE, stderr=PIPE, limit=1000
    )
    child = TrainingChild(process)
    try:
        return [line async for line in child.lines()]
    finally:
        await child.stop()


async def test_what_it_says_is_read_until_it_has_done_its_work() -> None:
    """A line each."""
    (told,) = await heard_of(f"print('{TOLD}')")
    assert isinstance(told, tuple(Line.__args__))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print('Traceback')", "said what cannot be read"),
        (f"print('{TOLD}'.replace('0.5', 'null'))", r"cannot be read: Expected `float`.*share"),
        ("print('x' * 5000)", "said what cannot be read"),
        ("import sys; sys.exit('no \\0 room')", "ended with code 1: no  room"),
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
    ],
    ids=["no line of ours", "a number that is none", "too long", "its last words", "killed"],
)
async def test_what_breaks_off_says_why(program: str, words: str) -> None:
    """In words that a person reads, and PostgreSQL takes."""
    with pytest.raises(TrainingCrashedError, match=words):
        await heard_of(program)
