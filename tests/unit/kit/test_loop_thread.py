"""A loop in a thread: results, errors, time-outs, and an end that leaves nothing behind."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from qt_trade.kit.loop_thread import LoopThread


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    thread = LoopThread("test-loop")
    yield thread
    thread.close()


async def where() -> str:
    return threading.current_thread().name


def test_coroutines_run_in_its_thread_and_return_or_raise(thread: LoopThread) -> None:
    """As if they were called."""
    assert thread.run(where()) == "test-loop"
    assert thread.submit(where()).result() == "test-loop"

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        thread.run(fail())


def test_calls_from_other_threads_reach_the_loop(thread: LoopThread) -> None:
    """For call_soon_threadsafe."""
    heard = threading.Event()
    thread.loop.call_soon_threadsafe(heard.set)
    assert heard.wait(10)


class Sleeper:
    """A coroutine that waits for ever and says when it was cancelled."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.cancelled = threading.Event()

    async def sleep(self) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()


def test_what_takes_too_long_is_cancelled(thread: LoopThread) -> None:
    """Not left running behind the caller's back."""
    sleeper = Sleeper()
    with pytest.raises(TimeoutError):
        thread.run(sleeper.sleep(), timeout_s=0.05)
    assert sleeper.cancelled.wait(10)


def test_closing_cancels_what_runs_and_lets_its_caller_go() -> None:
    """Nobody waits for ever; a second close is no error, a later call is."""
    thread = LoopThread("test-loop")
    sleeper = Sleeper()
    future = thread.submit(sleeper.sleep())
    assert sleeper.started.wait(10)
    thread.close()
    assert sleeper.cancelled.is_set()
    assert future.cancelled()
    thread.close()
    with pytest.raises(RuntimeError):
        thread.run(where())


def test_the_loop_cannot_wait_for_itself(thread: LoopThread) -> None:
    """That would hang; it is an error instead."""

    async def wait_for_myself() -> None:
        thread.run(where())

    with pytest.raises(RuntimeError, match="itself"):
        thread.run(wait_for_myself())
