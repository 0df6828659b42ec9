"""The work behind ``qtrade journal``."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self, TypeVar

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.kit.logs import mask_secrets
from qt_trade.model.symbols import Symbol
from qt_trade.model.symbols import symbol as canonical
from qt_trade.storage.errors import StorageError
from qt_trade.trading.reading import Entry
from qt_trade.trading.soundness import account_words
from qt_trade.trading.stories import Line, OrderStory, SymbolStory, row_words
from qt_trade.wiring.journals import Journals, Noted, Verified, reading_journals

T = TypeVar("T")
HEAD_DIGITS = 64


found_database = attach.find_database


def verify(database: str, account: str | None, noted: str | None, *, as_json: bool) -> None:
    """Verify one journal, or all; exit code 1 when anything is wrong."""
    expected = None if noted is None else _noted(noted)

    async def work(journals: Journals) -> list[Verified]:
        return [await journals.verify(one, expected) for one in await _named(journals, account)]

    found = _read(database, work)
    lost = expected is not None and not any(one.noted for one in found)
    troubles = [words for one in found for words in _troubles(one)]
    if lost:
        troubles.append(f"no journal here had the head that was noted at entry {noted}")
    if as_json:
        print_json(
            {"ok": not troubles, "troubles": troubles, "accounts": [_told(one) for one in found]}
        )
    else:
        for one in found:
            _say_verified(one)
    if troubles:
        raise RefusalError("; ".join(troubles[:3]) + (" …" if len(troubles) > 3 else ""))  # noqa: PLR2004


def show(database: str, account: str | None, order_id: str, *, as_json: bool) -> None:
    """Print the life of an order."""

    async def work(journals: Journals) -> tuple[str, OrderStory] | None:
        for one in reversed(await _named(journals, account)):
            story = OrderStory(order_id)
            for entry in await journals.entries(one):
                story.take(entry)
            if story.lines:
                return one, story
        return None

    found = _read(database, work)
    if found is None:
        raise RefusalError(
            f"no journal here has an order {order_id}; `qtrade status` and the Orders page list them"
        )
    of_account, story = found
    related = sorted(story.related)
    if as_json:
        told = {"account": of_account, "order_id": order_id, "order": story.order}
        print_json(told | {"related": related, "lines": story.lines})
        return
    say(f"[bold]{escape(order_id)}[/] of {escape(of_account)}")
    _say_lines(story.lines)
    if related:
        say(f"belongs together with {escape(', '.join(related))}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: why something was (not) done in a symbol around a moment of feed time.

    ``day`` None: the day of the journal's last entry.
    """

    symbol: Symbol
    day: datetime | None
    clock: time
    within: timedelta

    @classmethod
    def read(cls, symbol: str, moment: str, within_min: int) -> Self:
        """Return what the words of the command line mean. Raises RefusalError."""
        try:
            ticker = canonical(symbol)
        except ValueError as error:
            raise RefusalError(f"symbol: {error}", USAGE) from error
        within = timedelta(minutes=within_min)
        try:
            if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", moment):
                return cls(ticker, None, time.fromisoformat(moment.zfill(5)), within)
            at = datetime.fromisoformat(moment)
        except ValueError as error:
            words = "write 2013-10-07T14:30 (UTC), 2013-10-07T10:30-04:00 or 14:30"
            raise RefusalError(f"time {moment!r}: {error}; {words}", USAGE) from error
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return cls(ticker, at, at.time(), within)

    def moment(self, newest: datetime) -> datetime:
        """Return the moment that is asked for; ``newest``: the last one of the journal."""
        day = self.day or newest
        return day.replace(
            hour=self.clock.hour, minute=self.clock.minute, second=self.clock.second, microsecond=0
        )


def why(database: str, account: str | None, question: Question, *, as_json: bool) -> None:
    """Print what happened in a symbol around a moment, or why nothing did."""

    async def work(journals: Journals) -> tuple[str, list[Entry]]:
        newest = (await _named(journals, account))[-1]
        return newest, await journals.entries(newest)

    of_account, entries = _read(database, work)
    moment = question.moment(entries[-1].feed_at)
    story = SymbolStory(question.symbol, moment, question.within)
    for entry in entries:
        story.take(entry)
    _check_span(story, of_account)
    if as_json:
        told = {"account": of_account, "symbol": question.symbol, "moment": moment}
        print_json(
            told
            | {
                "words": _answer(story),
                "cycle": story.nearest,
                "row": story.row,
                "in_force": list(story.held_back),
                "lines": story.lines,
            }
        )
        return
    say(f"[bold]{question.symbol}[/] at {moment:%Y-%m-%d %H:%M:%S} UTC, {escape(of_account)}")
    say(escape(_answer(story)))
    for line in story.held_back:
        say(f"  in force since {line.feed_at:%m-%d %H:%M:%S}: {line.kind}: {escape(line.words)}")
    _say_lines(story.lines)


def _check_span(story: SymbolStory, account: str) -> None:
    if story.first is None or story.last is None:
        raise RefusalError(f"the journal of {account} is empty")
    begun, ended = story.first - story.around, story.last + story.around
    if not begun <= story.moment <= ended:
        raise RefusalError(
            f"time {story.moment:%Y-%m-%d %H:%M} UTC: the journal of {account} goes from "
            f"{story.first:%Y-%m-%d %H:%M} to {story.last:%Y-%m-%d %H:%M} UTC of feed time"
        )


def _answer(story: SymbolStory) -> str:
    near = story.nearest
    happened = (
        f"{len(story.lines)} entries within {story.around.total_seconds() / 60:.0f} minutes"
        if story.lines
        else "nothing happened"
    )
    if near is None:
        return f"{happened}; no cycle has run on this account"
    off = abs(near.slot - story.moment)
    which = "the nearest cycle" if off > story.around else "the cycle"
    cycle = f"{which} is {near.number} of {near.slot:%Y-%m-%d %H:%M} UTC"
    if story.row is not None:
        return f"{happened}; {cycle}: {row_words(story.row)}"
    others = ", ".join(row.symbol for row in near.rows) or "none"
    return f"{happened}; {cycle}: {story.symbol} was no candidate of it (candidates: {others})"


def _say_lines(lines: list[Line]) -> None:
    for line in lines:
        times = f"{line.at:%Y-%m-%d %H:%M:%S.%f} feed {line.feed_at:%Y-%m-%d %H:%M:%S}"
        say(f"  #{line.place} {times} [bold]{line.kind}[/] {escape(line.words)}")
        for verdict in line.verdicts:
            mark = "[green]✓[/]" if verdict.passed else "[red]✕[/]"
            say(f"      {mark} {escape(verdict.rule)}: {escape(verdict.words)}")


def _say_verified(one: Verified) -> None:
    soundness = one.soundness
    say(f"[bold]{escape(one.account)}[/]: {one.entries} entries{escape(_span(one))}")
    if one.broken is None:
        say(
            f"  [green]✓[/] the chain is whole; note this elsewhere: {one.entries}:{one.head.hex()}"
        )
    for words in _troubles(one):
        say(f"  [red]✕[/] {escape(words)}")
    if not soundness.findings:
        words = "each judged and approved before it was sent; every fill belongs to one of them"
        say(f"  [green]✓[/] {soundness.orders} orders and {soundness.fills} fills: {words}")
    if soundness.account is not None and soundness.provable:
        say(f"  [green]✓[/] the account folds to {escape(account_words(soundness.account))}")
    if one.noted is not None:
        mark = "[green]✓[/] it is" if one.noted else "[red]✕[/] it is not"
        say(f"  {mark} the journal that was noted")


def _span(one: Verified) -> str:
    if one.first is None or one.last is None:
        return ""
    return f", {one.first.at:%Y-%m-%d %H:%M:%S} to {one.last.at:%Y-%m-%d %H:%M:%S} UTC"


def _troubles(one: Verified) -> list[str]:
    """Return what is wrong with a journal, the chain first."""
    soundness, told = one.soundness, []
    if one.broken is not None:
        where = f"#{one.broken.place} ({one.broken.kind} of {one.broken.at:%Y-%m-%d %H:%M:%S} UTC"
        order = f", order {one.broken.order_id}" if one.broken.order_id else ""
        told.append(
            f"{one.account}: entry {where}{order}) is not what was written, or what stood before "
            f"it is gone; the {one.entries} entries before it are whole"
        )
    told += [f"{one.account}: #{found.place}: {found.words}" for found in soundness.findings]
    if soundness.more_findings:
        told.append(f"{one.account}: and {soundness.more_findings} more like these")
    return told


def _told(one: Verified) -> dict[str, Any]:
    soundness = one.soundness
    return {
        "account": one.account,
        "entries": one.entries,
        "head": one.head.hex(),
        "chain_whole": one.broken is None,
        "broken_at": None if one.broken is None else one.broken.place,
        "broken_kind": None if one.broken is None else one.broken.kind,
        "sound": not soundness.findings,
        "findings": soundness.findings,
        "orders": soundness.orders,
        "fills": soundness.fills,
        "noted": one.noted,
    }


def _noted(text: str) -> Noted:
    found = re.fullmatch(rf"(\d+):([0-9a-fA-F]{{{HEAD_DIGITS}}})", text)
    if found is None:
        raise RefusalError(
            f"--noted {text}: write ENTRIES:HEAD as `qtrade journal verify` prints it", USAGE
        )
    return Noted(int(found[1]), bytes.fromhex(found[2]))


async def _named(journals: Journals, account: str | None) -> list[str]:
    known = await journals.accounts()
    if not known:
        raise RefusalError("no account has a journal in this database yet")
    if account is None:
        return known
    if account not in known:
        raise RefusalError(f"--account {account}: there is {', '.join(known)}")
    return [account]


def _read(database: str, work: Callable[[Journals], Awaitable[T]]) -> T:
    async def body() -> T:
        async with reading_journals(database) as journals:
            return await work(journals)

    try:
        return asyncio.run(body())
    except StorageError as error:
        words = " ".join(str(error).split())
        raise RefusalError(
            f"the database {mask_secrets(database)} cannot be read: {words}"
        ) from error
