"""The work behind ``qtrade up``."""

from dataclasses import replace

from qt_trade.cli.console import complain, err, out, print_json, print_table
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.starting import no_desktop
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.roles.supervision.progress import Progress
from qt_trade.roles.supervision.reporting import Note, Reporter
from qt_trade.roles.supervision.supervisor import Ending
from qt_trade.roles.up.options import UpOptions
from qt_trade.roles.up.stack import Outcome, Stack
from qt_trade.settings import Settings


def play(options: UpOptions, settings: Settings) -> int:
    """Play a run and print what it did; return the exit code."""
    # With --json standard output belongs to the one object.
    report = Progress(err if options.as_json else out)
    missing = None if options.headless else no_desktop()
    if missing is not None:
        options = replace(options, headless=True)
        _tell_headless(report, options, missing)
    try:
        outcome = Stack(options, settings, SystemClock(), report).play()
    except SupervisionError as error:
        raise RefusalError(str(error)) from error
    _show(outcome, options)
    came_up = outcome.result.seconds_to_ready is not None
    if came_up and outcome.summary is None:
        raise RefusalError("the figures of the run could not be read in the end")
    return 1 if outcome.result.ending is Ending.FAILED else 0


def _tell_headless(report: Reporter, options: UpOptions, missing: str) -> None:
    report(
        Note(
            f"Headless: {missing}. Once there is a desktop: "
            f"qtrade desktop --data-dir {options.data_dir}"
        )
    )


def _show(outcome: Outcome, options: UpOptions) -> None:
    if outcome.result.error is not None:
        complain(outcome.result.error)
    if outcome.summary is None:
        return
    figures = outcome.summary.as_dict()
    if options.as_json:
        print_json(figures | {"ending": outcome.result.ending})
        return
    rows = [
        (name, f"{value:,}" if isinstance(value, int) else value) for name, value in figures.items()
    ]
    print_table(f"The run ended: {outcome.result.ending}", ("figure", "#count"), rows)
