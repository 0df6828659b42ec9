"""Asking the workers for something, and showing how it goes until it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import RefusalError
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import Reply
from qt_trade.model.feeds import FeedKind

D = TypeVar("D")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Course:
    """How work goes. ``total`` None: nobody knows yet how much there is."""

    stage: str
    done: float
    total: float | None
    words: str
    over: bool


class Following(Generic[D, T]):
    """Shows how what was asked for goes on, as a document tells it, until it is over.

    ``mine``: finds it in the document. ``begun``: whether it was taken up.
    """

    def __init__(
        self, mine: Callable[[D], T | None], course: Callable[[T], Course], amount: ProgressColumn
    ) -> None:
        self.begun = False
        self._mine = mine
        self._course = course
        self._amount = amount
        self._changed = asyncio.Event()
        self._told: T | None = None

    def on_change(self, change: Change[D]) -> None:
        """Take the newest word of it."""
        told = None if change.value is None else self._mine(change.value)
        if told is not None:
            self._told = told
            self._changed.set()

    async def end(self, *, as_json: bool) -> T:
        """Return its last word when it is over."""
        columns = (
            TextColumn("{task.description}"), BarColumn(), self._amount,
            TextColumn("{task.fields[words]}"), TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, disable=as_json) as progress:
            bar = progress.add_task("waiting", total=None, words="")
            while True:
                await self._changed.wait()
                self._changed.clear()
                if (told := self._told) is None:
                    continue
                course = self._course(told)
                progress.update(
                    bar,
                    description=escape(course.stage),
                    completed=course.done,
                    total=course.total,
                    words=escape(course.words),
                )
                if course.over:
                    return told


async def feed_of(bus: Bus) -> FeedKind:
    """Return the kind of feed a request is meant for: the run's."""
    return await attach.feed_kind(bus) or FeedKind.REAL_TIME


def show(reply: Reply, *, as_json: bool) -> None:
    """Print an answer. Raises RefusalError with the reason of a refusal."""
    if as_json:
        print_json(reply)
    if not reply.accepted:
        raise RefusalError(reply.reason)
    if not as_json:
        say(escape(reply.reason))


def run(work: Callable[[], Awaitable[T]], unknown: str) -> T:
    """Carry out what asks a worker. ``unknown``: where to look when none answers.

    Raises RefusalError.
    """
    try:
        return attach.run(work)
    except NoReplyError as error:
        raise RefusalError(f"no worker answers ({error}); {unknown}") from error
