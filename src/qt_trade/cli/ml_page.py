"""The page that ``qtrade ml report`` writes: one file that needs no other."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from qt_trade.cli.ml_listed import MARKS
from qt_trade.cli.ml_shown import SCORES, WORTH, score_row, worth_row
from qt_trade.cli.reporting import NEW_YORK
from qt_trade.contract.payloads.intelligence import MlModels, MlScorecard, ModelLine

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2430; background: #f5f7fa; margin: 0; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 60px; }
section { background: #fff; border: 1px solid #dfe4ea; border-radius: 10px; padding: 4px 20px 18px;
  margin: 18px 0; overflow-x: auto; }
h1 { font-size: 24px; } h2 { font-size: 18px; } h3 { font-size: 15px; margin-bottom: 4px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid #e8ecf1; }
th { color: #5a6675; font-weight: 600; } .number { text-align: right; }
img { max-width: 100%; } .quiet { color: #5a6675; } code { overflow-wrap: anywhere; }
"""


@dataclass(frozen=True, slots=True)
class Plots:
    """PNG files. ``importance`` and ``walked``, calibration in the walk-forward, by model.

    ``troubles``: models that could not be read, and why.
    """

    calibration: bytes
    coverage: bytes
    equity: bytes
    importance: Mapping[str, bytes]
    walked: Mapping[str, bytes]
    troubles: Mapping[str, str]


def page(card: MlScorecard, kept: MlModels, plots: Plots, written: datetime) -> str:
    """Return the HTML."""
    parts = [
        f"<h1>What the models have shown</h1><p class=quiet>{escape(_head(card, written))}</p>",
        _section("Score-card", _scores(card)),
        _section("Calibration", _plot(plots.calibration, _CALIBRATION)),
        _section("Coverage", _plot(plots.coverage, _COVERAGE)),
        _section("Edge after costs", _plot(plots.equity, _EQUITY)),
        _section("Each model in its training", _looked_at(plots)),
        _section("What they learnt from", "".join(map(_model, kept.models)) or _NONE),
    ]
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'><title>QtTrade: models</title>"
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


_CALIBRATION = (
    "Of all directions said with a certain probability, how many came true. On the dashed line a model"
    " is as right as it says; below it, it is too sure of itself."
)
_COVERAGE = "Each band is meant to hold 80 of 100 outcomes, no more and no less."
_EQUITY = (
    "Sum over all predictions that were worth acting on, of what acting on them would have brought,"
    " costs of both sides taken off. Not an account's profit: no size, no risk rule, no order."
)
_WALKED = (
    "In its walk-forward, on sessions it had not seen: how often directions were right by how sure they"
    " were said, with the number of cases, and what the bands held; 95 % intervals over sessions."
)
_IMPORTANCE = "Which features the splits of the trees gained most by."
_NONE = "<p>No model has been trained yet.</p>"


def _head(card: MlScorecard, written: datetime) -> str:
    since = "nothing is scored yet" if card.since is None else f"since {_day(card.since)}"
    return (
        f"{card.feed}, run {card.run_id}, {since}; written {_moment(written)}, feed time"
        f" {_moment(card.feed_ts)}. Out of sample: every prediction was sealed before its outcome;"
        f" {card.scored:,} of {card.sealed:,} are scored. Naive: {card.naive}. Seal: {card.head}"
    )


def _scores(card: MlScorecard) -> str:
    if not card.lines:
        return "<p>Not enough data yet: nothing that was predicted has been scored.</p>"
    words = [
        f"<li>{escape(line.model_id)}, {line.horizon_min} min: {escape(line.words)}</li>"
        for line in card.lines
        if line.words
    ]
    return (
        _table(SCORES, [score_row(line) for line in card.lines])
        + "<h3>What it is worth</h3>"
        + _table(WORTH, [worth_row(line) for line in card.lines])
        + f"<ul class=quiet>{''.join(words)}</ul>"
    )


def _looked_at(plots: Plots) -> str:
    shown = [
        f"<h3>{escape(name)}</h3>{_plot(plots.walked[name], _WALKED)}{_plot(png, _IMPORTANCE)}"
        for name, png in plots.importance.items()
    ]
    troubles = [f"<p>{escape(name)}: {escape(words)}</p>" for name, words in plots.troubles.items()]
    return "".join([*shown, *troubles]) or _NONE


def _model(one: ModelLine) -> str:
    gates = [(MARKS[gate.passed], gate.name, gate.words) for gate in one.gates]
    facts = [
        ("state", f"{one.state.lower().replace('_', ' ')}: {one.words}"),
        ("trained", _moment(one.trained_at)),
        ("data", f"{one.rows:,} rows, {_day(one.data_from)} to {_day(one.data_to)}"),
        ("hash of the data", one.data_hash),
        ("seed", str(one.seed)),
        ("parameters", _figures(one.parameters)),
        ("out of sample", _figures(one.metrics)),
        ("features", ", ".join(one.features)),
    ]
    return (
        f"<h3>{escape(one.model_id)}, {one.horizon_min} min</h3>{_table(('', ''), facts)}"
        f"{_table(('', 'gate', 'in words'), gates) if gates else ''}"
    )


def _figures(named: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in named.items())


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _plot(png: bytes, words: str) -> str:
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    return f"<p class=quiet>{escape(words)}</p><img alt='{escape(words)}' src='{source}'>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    numbers = [name.startswith("#") for name in columns]
    head = _cells("th", [name.lstrip("#") for name in columns], numbers)
    lines = "".join(f"<tr>{_cells('td', row, numbers)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"


def _cells(tag: str, texts: Sequence[str], numbers: Sequence[bool]) -> str:
    return "".join(
        f"<{tag}{' class=number' if number else ''}>{escape(text)}</{tag}>"
        for text, number in zip(texts, numbers, strict=True)
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"


def _day(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d}"
