"""How the command line speaks: tables for people, one JSON object for programs."""

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 160
"""Columns where no terminal says how wide it is: in a pipe and in a file."""


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else PIPE_WIDTH)


out = _console(stderr=False)
err = _console(stderr=True)


def complain(words: str) -> None:
    """Say on standard error why nothing was done."""
    err.print(f"[bold red]qtrade:[/] {escape(words)}", highlight=False, soft_wrap=True)


def say(words: str) -> None:
    """Print one line of markup; what comes from elsewhere must be escaped."""
    out.print(words, highlight=False, soft_wrap=True)


def to_json(value: Any) -> str:
    """Return a payload, or anything made of payloads, as it stands in Redis."""
    import msgspec  # noqa: PLC0415  # only where something is printed as JSON

    encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
    return encoder.encode(value).decode()


def print_json(value: Any) -> None:
    """Print one JSON value on one line, without colour, at once."""
    sys.stdout.write(to_json(value) + "\n")
    sys.stdout.flush()


def print_table(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], whole: str = ""
) -> None:
    """Print rows of plain text; columns whose name begins with ``#`` are aligned right.

    The column ``whole`` is never broken into lines.
    """
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        right = column.startswith("#")
        name = column.lstrip("#")
        table.add_column(name, justify="right" if right else "left", no_wrap=name == whole)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)
