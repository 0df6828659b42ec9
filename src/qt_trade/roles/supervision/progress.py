"""Shows a run's events to a person: a live table while it comes up, plain lines otherwise."""

from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from qt_trade.roles.supervision.reporting import (
    AllReady,
    Died,
    Event,
    Note,
    Ready,
    Restarted,
    Starting,
    Stopped,
    Stopping,
)

_REFRESH_HZ = 12
_SOON_S = 0.05


@dataclass(slots=True)
class _Row:
    state: str
    seconds: str = ""
    waits: bool = True


class Progress:
    """A reporter for the terminal.

    On a terminal the start is a table that changes in place; everything later, and everything in
    a pipe, is one line per event.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: dict[str, _Row] = {}
        self._live: Live | None = None
        self._starting = console.is_terminal

    def __call__(self, event: Event) -> None:
        """Show an event."""
        # A note is printed above the table, which stays.
        if self._starting and not isinstance(event, Note):
            self._show_in_table(event)
        if not self._starting or isinstance(event, Note):
            self._print(event)

    def _show_in_table(self, event: Event) -> None:
        match event:
            case Starting(name):
                self._rows[name] = _Row("starting")
            case Ready(name, seconds):
                self._rows[name] = _Row("[green]ready[/]", f"{seconds:.2f} s", waits=False)
            case Restarted(name, restarts, seconds):
                state = f"[green]ready[/] after restart {restarts}"
                self._rows[name] = _Row(state, f"{seconds:.2f} s", waits=False)
            case Died(name, cause, next_start_s, _):
                self._rows[name] = _Row(f"[red]{escape(cause)}[/], {_again(next_start_s)}")
            case _:
                self._leave_table()
                return
        self._draw()

    def _draw(self) -> None:
        if self._live is None:
            self._live = Live(console=self._console, refresh_per_second=_REFRESH_HZ)
            self._live.start()
        self._live.update(self._table())

    def _leave_table(self) -> None:
        self._starting = False
        if self._live is not None:
            self._live.stop()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, row in self._rows.items():
            sign: RenderableType = Spinner("dots") if row.waits else Text("●", "green")
            table.add_row(sign, name, Text.from_markup(row.state), Text(row.seconds, "dim"))
        return table

    def _print(self, event: Event) -> None:
        line = _line(event)
        if line is not None:
            self._console.print(line, highlight=False, soft_wrap=True)


def _again(next_start_s: float | None) -> str:
    if next_start_s is None:
        return "not started again"
    return "starting again" if next_start_s < _SOON_S else f"next start in {next_start_s:.1f} s"


def _line(event: Event) -> str | None:
    return _line_of_process(event) or _line_of_run(event)


def _line_of_process(event: Event) -> str | None:
    match event:
        case Ready(name, seconds):
            return f"[green]●[/] {name} ready [dim]{seconds:.2f} s[/]"
        case Died(name, cause, next_start_s, log):
            where = f"[dim]see {escape(str(log))}[/]"
            return f"[red]✖[/] {name} died: {escape(cause)}, {_again(next_start_s)} {where}"
        case Restarted(name, restarts, seconds):
            return f"[green]●[/] {name} ready again [dim]{seconds:.2f} s, restart {restarts}[/]"
        case Stopped(name, killed):
            return f"[dim]○ {name} stopped{' (killed, it did not end by itself)' * killed}[/]"
        case _:
            return None


def _line_of_run(event: Event) -> str | None:
    match event:
        case AllReady(seconds):
            return f"[bold green]All ready[/] [dim]in {seconds:.2f} s[/]"
        case Stopping(why):
            return f"Stopping: {escape(why)}"
        case Note(text):
            return escape(text)
        case _:
            return None
