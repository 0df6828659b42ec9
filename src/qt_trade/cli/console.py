"""How the command line speaks: tables for people, one JSON object for programs."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console()
err = Console(stderr=True)


class RefusalError(Exception):
    """Something the person at the terminal can mend; its text says how."""

    def __init__(self, words: str, exit_code: int = 1) -> None:
        super().__init__(words)
        self.exit_code = exit_code


def complain(words: str) -> None:
    """Say on standard error why nothing was done."""
    err.print(f"[bold red]qtrade:[/] {escape(words)}", highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one JSON object on one line, without colour."""
    out.out(json.dumps(value, default=str, sort_keys=True), highlight=False)


def print_table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of text; columns whose name begins with ``#`` are aligned right."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column.lstrip("#"), justify="right" if column[0] == "#" else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table)
