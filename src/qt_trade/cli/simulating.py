"""Plays seeds and tells people what they found."""

from rich.console import Console

from qt_trade.roles.simulate.many import Total, replay, simulate
from qt_trade.roles.simulate.seed import Outcome

TRACE_SHOWN = 60


def play(first: int, seeds: int, *, quiet: bool) -> Total:
    """Run seeds; say at once which broke a rule, and unless ``quiet`` how far it has come."""
    errors, console = Console(stderr=True), Console()
    done = 0

    def hear(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        if outcome.violations:
            _tell(errors, outcome)
        elif not quiet and done % 100 == 0:
            console.print(f"{done} of {seeds} seeds")

    total = simulate(first, seeds, heard=hear)
    if not quiet:
        words = ", ".join(f"{count} {kind}" for kind, count in total.faults.most_common())
        console.print(f"faults: {words}", highlight=False)
    return total


def _tell(console: Console, outcome: Outcome) -> None:
    for line in outcome.trace[-TRACE_SHOWN:]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    for violation in outcome.violations:
        console.print(f"seed {outcome.seed}: {violation}", style="red", markup=False)
    console.print(f"play it again: {replay(outcome.seed)}", highlight=False)
