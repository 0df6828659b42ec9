"""The work behind ``qtrade strategy``."""

from pathlib import Path

from rich.markup import escape

from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import RefusalError
from qt_trade.model.limits import Strategy
from qt_trade.model.shares import format_shares
from qt_trade.settings import SettingsError, load_settings
from qt_trade.trading.strategies.example import empty_snapshot, example_snapshot
from qt_trade.trading.strategies.own import OwnAnswer, RunOwn, objection_to
from qt_trade.trading.strategies.snapshot import Snapshot
from qt_trade.wiring import own_strategies


def show(*, as_json: bool) -> None:
    """Print every strategy by its name, and what is no strategy with the reason."""
    try:
        files = load_settings().strategies.files
    except SettingsError as error:
        raise RefusalError(str(error)) from error
    found = own_strategies.find(files)
    if as_json:
        own = [{"name": one.name, "origin": one.origin} for one in found.strategies.values()]
        print_json({"presets": list(Strategy), "own": own, "troubles": found.troubles})
        return
    rows = [(name.value, "a preset of QtTrade") for name in Strategy]
    rows += [(one.name, one.origin) for one in found.strategies.values()]
    print_table("Strategies", ("Name", "Where it comes from"), rows, "Name")
    for trouble in found.troubles:
        say(f"[yellow]not loaded:[/] {escape(trouble)}")


def check(file: Path, *, as_json: bool) -> None:
    """Try a file on an empty snapshot and on a made-up one, twice. Raises RefusalError."""
    budget_ms = load_settings().strategies.budget_ms
    try:
        strategy = own_strategies.load_file(file)
    except own_strategies.NoStrategyError as trouble:
        raise RefusalError(str(trouble)) from trouble
    run = own_strategies.guarded(strategy, budget_ms)
    _tried(run, empty_snapshot(), "an empty snapshot")
    first = _tried(run, example_snapshot(), "the example")
    again = _tried(run, example_snapshot(), "the example")
    if first.intents != again.intents:
        raise RefusalError("the same snapshot gave two answers: decide must not use time or chance")
    if as_json:
        intents = [
            {"symbol": one.symbol, "side": one.side, "quantity": one.quantity, "reason": one.reason}
            for one in first.intents
        ]
        print_json({"name": strategy.name, "took_ms": first.took_ms, "intents": intents})
        return
    say(
        f"[green]{escape(strategy.name)}[/] is a strategy; it took {first.took_ms:.1f} of "
        f"{budget_ms:g} ms. On made-up quotes it wants:"
    )
    for one in first.intents:
        say(f"  {one.side} {format_shares(one.quantity)} {one.symbol}: {escape(one.reason)}")
    if not first.intents:
        say("  nothing")


def _tried(run: RunOwn, snapshot: Snapshot, on: str) -> OwnAnswer:
    answer = run(snapshot)
    trouble = answer.trouble or objection_to(answer.intents, snapshot)
    if trouble:
        raise RefusalError(f"on {on}: {trouble}")
    return answer
