"""The work behind ``qtrade ml list``."""

from datetime import datetime

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.ml_shown import NOTHING, lower, moment, read
from qt_trade.cli.options import Target
from qt_trade.cli.reporting import NEW_YORK
from qt_trade.contract import registry
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.intelligence import Gate, MlModels, ModelLine
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState

MARKS = {True: "✓", False: "✕", None: "·"}
_SKILL = {Skill.WAITING: "waiting"}
_MODELS = (
    "model", "horizon", "state", "skill", "trained", "#sessions", "#live cases", "#gates open",
)  # fmt: skip
_GATES = ("", "gate", "what is wrong or missing")


def models(target: Target, *, as_json: bool) -> None:
    """Print every model that is kept, the newest first, one line each."""
    kept = read(registry.ML_MODELS, target)
    if as_json:
        print_json(kept)
        return
    if not kept.models:
        say("no model has been trained yet: `qtrade ml train`")
        return
    live = _live_cases(target)
    print_table(f"{kept.feed}, newest first", _MODELS, [_row(one, live) for one in kept.models])
    say("sessions: judged on, out of sample. The gates of one: `qtrade ml list MODEL`")


def model(model_id: str, target: Target, *, as_json: bool) -> None:
    """Print one model and its gates. Raises RefusalError where there is no such model."""
    one = _named(model_id, read(registry.ML_MODELS, target))
    if as_json:
        print_json(one)
        return
    title = f"{one.model_id}: {one.horizon_min} min ahead, {lower(one.state)}, {_skill(one)}"
    rows = [(MARKS[gate.passed], gate.name, _trouble(gate)) for gate in one.gates]
    print_table(title, _GATES, rows, whole="gate")
    say(
        f"trained {moment(one.trained_at)} on {one.rows:,} rows of {_day(one.data_from)} to"
        f" {_day(one.data_to)}, seed {one.seed}"
    )
    if one.state is not ModelState.SHADOW or one.demoted:
        say(escape(f"{lower(one.state)}: {one.demoted or one.words}"))
    if one.promotable:
        say(escape(f"{one.words}: `qtrade ml promote {one.model_id}`"))


def _named(model_id: str, kept: MlModels) -> ModelLine:
    for one in kept.models:
        if one.model_id == model_id:
            return one
    there = ", ".join(one.model_id for one in kept.models) or "none yet"
    raise RefusalError(f"there is no model {model_id!r}; there are: {there}")


def _live_cases(target: Target) -> dict[str, int]:
    """Return how many predictions of each model have been scored; none where nobody says."""

    async def look() -> dict[str, int]:
        async with attach.attached(target) as bus:
            try:
                found = await bus.read(registry.ML_SCORECARD)
            except InvalidMessageError:
                return {}
        return {} if found is None else {one.model_id: one.cases for one in found.value.lines}

    return attach.run(look)


def _row(one: ModelLine, live: dict[str, int]) -> tuple[str, ...]:
    sessions = one.metrics.get("sessions")
    opened = sum(gate.passed is True for gate in one.gates)
    return (
        one.model_id, f"{one.horizon_min} min", lower(one.state), _skill(one),
        _day(one.trained_at), NOTHING if sessions is None else f"{sessions:.0f}",
        f"{live[one.model_id]:,}" if one.model_id in live else NOTHING,
        f"{opened} of {len(one.gates)}",
    )  # fmt: skip


def _skill(one: ModelLine) -> str:
    return _SKILL.get(one.skill, one.skill.words)


def _trouble(gate: Gate) -> str:
    return "" if gate.passed else gate.words


def _day(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d}"
