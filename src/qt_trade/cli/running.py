"""The work behind ``qtrade up``."""

import os
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from qt_trade.cli.console import RefusalError, err, out, print_json, print_table
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.roles.supervision.progress import Progress
from qt_trade.roles.supervision.reporting import Note, Reporter
from qt_trade.roles.supervision.supervisor import Ending
from qt_trade.roles.up.options import UpOptions
from qt_trade.roles.up.stack import Outcome, Stack
from qt_trade.settings import Settings


def folder(asked: Path | None) -> Path:
    """Return the data folder of a run."""
    return Settings().data_dir if asked is None else asked


def play(options: UpOptions) -> int:
    """Play a run and print what it did; return the exit code."""
    settings = Settings()
    # With --json standard output belongs to the one object.
    console: Console = err if options.as_json else out
    report = Progress(console)
    if not options.headless and not _display():
        options = replace(options, headless=True)
        _tell_headless(report, options)
    try:
        outcome = Stack(options, settings, SystemClock(), report).play()
    except SupervisionError as error:
        raise RefusalError(str(error)) from error
    _show(outcome, options)
    return 1 if outcome.result.ending is Ending.FAILED else 0


def _display() -> bool:
    return any(os.environ.get(name) for name in ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM"))


def _tell_headless(report: Reporter, options: UpOptions) -> None:
    report(
        Note(
            "No display: started without the desktop. Attach one from a session that has a "
            f"display: qtrade desktop --data-dir {options.data_dir}"
        )
    )


def _show(outcome: Outcome, options: UpOptions) -> None:
    if outcome.result.error is not None:
        err.print(
            f"[bold red]qtrade:[/] {escape(outcome.result.error)}", highlight=False, soft_wrap=True
        )
    if outcome.summary is None:
        return
    figures = outcome.summary.as_dict()
    if options.as_json:
        print_json(figures)
        return
    rows = [
        (name, f"{value:,}" if isinstance(value, int) else value) for name, value in figures.items()
    ]
    print_table(f"The run ended: {outcome.result.ending}", ("figure", "#count"), rows)
