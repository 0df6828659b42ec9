"""The reference page of the command line, made from its own help."""

from collections.abc import Iterator
from typing import Any

import typer

from qt_trade.cli.main import app

_HEAD = """\
# The command line

Made by `make docs` from the commands' own help; a test fails when it is out of date. Exit codes: 0 \
when all went well (also after `--for`, Ctrl-C and SIGTERM), 1 when something failed or was refused, \
2 for a command line or a setting that makes no sense. What went wrong stands in one line on standard \
error; with `--json` standard output holds nothing but JSON.

Every command that attaches to a run finds it by `--redis-url`, `--data-dir`, the variable \
`REDIS_URL`, or the user's data folder, in this order.
"""
WIDTH = 90


def command_page() -> str:
    """Return docs/reference/commands.md."""
    command = typer.main.get_command(app)
    return "\n".join([_HEAD, *_sections(command, "qtrade", None)]) + "\n"


def _sections(command: Any, name: str, parent: Any) -> Iterator[str]:  # typer names neither type
    context = command.make_context(
        name, [], parent, resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH
    )
    yield f"## `{context.command_path}`\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    for part, below in getattr(command, "commands", {}).items():
        yield from _sections(below, part, context)
