"""The work behind ``qtrade ml verify``."""

import asyncio
import re
from typing import Any

from rich.markup import escape

from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.kit.logs import mask_secrets
from qt_trade.storage.claims import NotedEnd, SealCheck
from qt_trade.storage.errors import StorageError
from qt_trade.wiring.seals import Seals, reading_seals

HEAD_DIGITS = 64


def verify(database: str, feed: str | None, noted: str | None, *, as_json: bool) -> None:
    """Verify the chain of one feed, or all. Raises RefusalError when anything is wrong."""
    expected = None if noted is None else _noted(noted)
    try:
        found = asyncio.run(_checked(database, feed, expected))
    except StorageError as error:
        words = " ".join(str(error).split())
        raise RefusalError(
            f"the database {mask_secrets(database)} cannot be read: {words}"
        ) from error
    troubles = [_trouble(name, check) for name, check in found.items() if check.broken_at]
    if expected is not None and not any(check.noted for check in found.values()):
        troubles.append(f"no chain here had the head that was noted: {noted}")
    if as_json:
        feeds = [_told(name, check) for name, check in found.items()]
        print_json({"ok": not troubles, "troubles": troubles, "feeds": feeds})
    else:
        for name, check in found.items():
            _say(name, check)
    if troubles:
        raise RefusalError("; ".join(troubles))


async def _checked(database: str, feed: str | None, noted: NotedEnd | None) -> dict[str, SealCheck]:
    async with reading_seals(database) as seals:
        return {name: await seals.verify(name, noted) for name in await _named(seals, feed)}


async def _named(seals: Seals, feed: str | None) -> list[str]:
    known = await seals.feeds()
    if not known:
        raise RefusalError("nothing was predicted and sealed in this database yet")
    if feed is None:
        return known
    if feed not in known:
        raise RefusalError(f"--feed {feed}: there is {', '.join(known)}")
    return [feed]


def _noted(text: str) -> NotedEnd:
    found = re.fullmatch(rf"(\d+):([0-9a-fA-F]{{{HEAD_DIGITS}}})", text)
    if found is None:
        raise RefusalError(
            f"--noted {text}: write CLAIMS:HEAD as `qtrade ml verify` prints it", USAGE
        )
    return NotedEnd(int(found[1]), bytes.fromhex(found[2]))


def _trouble(feed: str, check: SealCheck) -> str:
    return (
        f"{feed}: claim #{check.broken_at} is not what was sealed, or what stood before it is gone;"
        f" the {check.claims} claims before it are whole"
    )


def _say(feed: str, check: SealCheck) -> None:
    say(f"[bold]{escape(feed)}[/]: {check.claims} claims")
    if check.broken_at is None:
        note = f"{check.claims}:{check.head.hex()}"
        say(f"  [green]✓[/] the chain is whole; note this elsewhere: {note}")
    else:
        say(f"  [red]✕[/] {escape(_trouble(feed, check))}")
    if check.noted is not None:
        mark = "[green]✓[/] it is" if check.noted else "[red]✕[/] it is not"
        say(f"  {mark} the chain that was noted")


def _told(feed: str, check: SealCheck) -> dict[str, Any]:
    return {
        "feed": feed,
        "claims": check.claims,
        "head": check.head.hex(),
        "chain_whole": check.broken_at is None,
        "broken_at": check.broken_at,
        "noted": check.noted,
    }
