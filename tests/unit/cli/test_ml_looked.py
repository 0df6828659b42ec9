"""``qtrade ml explain`` and ``report`` on a real server, a real database and a real model."""

import asyncio
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.desktop.backend import ACCOUNT, NOW, Backend, predicted, status
from tests.servers import fresh_database
from tests.unit.cli.conftest import Qtrade
from tests.unit.cli.test_ml import card, interval, kept, line
from tests.unit.roles.worker.trained import keep, learnt

from qt_trade.contract import registry
from qt_trade.contract.payloads import intelligence as wire
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.intelligence.baseline import MODEL as BASELINE
from qt_trade.model.bars import Bar
from qt_trade.model.claims import Claim, ClaimScore
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.claims import ClaimStore
from qt_trade.storage.database import Database
from qt_trade.storage.migrate import migrate
from qt_trade.storage.models import ModelStore
from qt_trade.storage.runs import FeedRuns

KEY = "replay:minute"
QUARTER = timedelta(minutes=15)
AT = NOW - timedelta(minutes=1)
"""The end of the newest quarter."""
OPENS = tuple(datetime(2013, 10, day, 13, 30, tzinfo=UTC) for day in (3, 4, 7))
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    """A migrated database, which every test gets a copy of."""
    with fresh_database(postgres_url, "ml_template", "template0") as url:
        asyncio.run(migrate(url))
        yield "ml_template"


def quarters() -> list[Bar]:
    """Three sessions of three symbols, the last up to ``AT`` and a quarter further."""
    made = []
    starts = [opened + QUARTER * number for opened in OPENS for number in range(26)]
    for number, name in enumerate(("AAPL", "MSFT", "SPY")):
        steps = np.random.default_rng(number).normal(0, 0.003, len(starts))
        for at, close in zip(starts, 100 * np.exp(np.cumsum(steps)), strict=True):
            price = float(close)
            made.append(Bar(Symbol(name), at, 900, price, price * 1.01, price * 0.99, price, 5_000))
    return [bar for bar in made if bar.at <= AT]


async def _filled(database_url: str) -> tuple[str, str]:
    """Store a run, its bars and two models; return the ids of the one in use and the shadow."""
    database = Database(database_url, name="test", pool_size=1)
    assert (await FeedRuns(database).plan(KEY, FeedKind.REPLAY, restart=False)).account == ACCOUNT
    await BarStore(database).store(BarOrigin(KEY, FeedKind.REPLAY, "test"), quarters())
    models = ModelStore(database, KEY, FeedKind.REPLAY)
    used = await keep(models, learnt(30, OPENS[0], rounds=40))
    shadow = await keep(models, learnt(60, OPENS[0], rises=False, rounds=40), in_use=False)
    claims = ClaimStore(database, KEY)
    claim = Claim(used, Symbol("AAPL"), OPENS[1] + QUARTER, 30, 100.0, 0.6, 0.001)
    await claims.seal([claim], now=claim.at)
    (sealed,) = await claims.due(claim.due_at)
    score = ClaimScore(
        sealed.claim_id, OPENS[1].date(), claim.due_at, 101.0, 0.01, 1.0, 0.0, 0.16, edge_bp=97.0
    )
    await claims.settle([score])
    await database.close()
    return used, shadow


@pytest.fixture
def models(database_url: str) -> tuple[str, str]:
    return asyncio.run(_filled(database_url))


def by(used: str) -> PredictionsCurrent:
    """Predictions of which half an hour is a model's, and the rest the baseline's."""
    document = predicted()
    symbols = {}
    for name, one in document.symbols.items():
        horizons = {
            minutes: msgspec.structs.replace(of, model=used if minutes == "30" else BASELINE)
            for minutes, of in one.horizons.items()
        }
        symbols[name] = msgspec.structs.replace(one, at=AT, horizons=horizons)
    return msgspec.structs.replace(document, symbols=symbols)


@pytest.fixture
def running(backend: Backend, models: tuple[str, str]) -> Backend:
    backend.write(registry.MARKET_STATUS, status())
    backend.write(registry.PREDICTIONS_CURRENT, by(models[0]))
    return backend


def test_a_prediction_is_explained_by_what_its_model_saw(
    running: Backend, models: tuple[str, str], redis_url: str, database_url: str, qtrade: Qtrade
) -> None:
    """Pushes add up to the model's score, each with the figure that stood in the features then."""
    where = ("--redis-url", redis_url, "--database-url", database_url)
    said = qtrade("ml", "explain", "aapl", *where, "--json")
    assert said.code == 0, said.err
    answer = json.loads(said.out)
    assert (answer["symbol"], answer["baseline"]) == ("AAPL", ["15", "60"])
    (model,) = answer["models"]
    assert (model["model"], model["horizon_min"], model["state"]) == (models[0], 30, "IN_USE")
    assert datetime.fromisoformat(model["at"]) == AT
    pushes = [one["push"] for one in model["features"]]
    assert pushes == sorted(pushes, key=abs, reverse=True)
    score = model["base"] + sum(pushes)
    assert model["prob_up"] == pytest.approx(1 / (1 + np.exp(-0.5 * score)))
    closes = [bar.close for bar in quarters() if bar.symbol == "AAPL" and bar.at < AT]
    (way,) = (one for one in model["features"] if one["name"] == "return_1")
    assert way["value"] == pytest.approx(np.log(closes[-1] / closes[-2]), rel=1e-5)
    assert way["words"] == f"its way over 15 minutes: {way['value']:+.2%}"
    spoken = qtrade("ml", "explain", "AAPL", "--model", models[1], *where)
    assert spoken.code == 0, spoken.err
    assert f"60 min ahead of 2013-10-07 13:45 ET (REPLAY), by {models[1]}, shadow" in spoken.out
    assert "leans down" in spoken.out
    assert "its way over 15 minutes" in spoken.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ZZZ"], "ZZZ: no signal: it is not watched"),
        (["AAPL", "--model", "gbm-15-v9"], "gbm-15-v9"),
        (["XOM"], "XOM: no stored bar of a quarter of an hour ends at 2013-10-07 13:45 ET"),
    ],
)
def test_what_cannot_be_explained_is_said_in_words(
    running: Backend, redis_url: str, database_url: str, qtrade: Qtrade,
    arguments: list[str], words: str,
) -> None:  # fmt: skip
    """A symbol nobody watches, a model nobody trained, a moment without a bar: code 1."""
    where = ("--redis-url", redis_url, "--database-url", database_url)
    said = qtrade("ml", "explain", *arguments, *where)
    assert (said.code, words in said.err) == (1, True), said


def test_the_baseline_explains_itself_without_a_database(
    backend: Backend, redis_url: str, qtrade: Qtrade
) -> None:
    """It has no features, and nothing is looked up for it."""
    backend.write(registry.MARKET_STATUS, status())
    backend.write(registry.PREDICTIONS_CURRENT, by(BASELINE))
    said = qtrade("ml", "explain", "AAPL", "--redis-url", redis_url)
    assert said.code == 0, said.err
    assert "15 and 30 and 60 min ahead: the baseline carries the last hour's drift on" in said.out


def calibrated(model_id: str, **changes: Any) -> wire.ScoreLine:
    points = tuple(
        wire.Calibration(said=said, right=interval(said - 0.01), cases=200)
        for said in (0.52, 0.57, 0.63)
    )
    return line(model_id=model_id, calibration=points, **changes)


def test_the_report_is_one_page_with_its_plots_in_it(
    running: Backend, models: tuple[str, str], redis_url: str, database_url: str, qtrade: Qtrade,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Table, plots, data and seeds are in the file, and nothing is fetched from anywhere."""
    running.write(
        registry.ML_SCORECARD, card(calibrated(models[0]), calibrated("gbm-60-v2", words="<b>"))
    )
    running.write(registry.ML_MODELS, kept(model_id=models[1], data_hash="feedc0de"))
    file, plot = tmp_path / "models.html", tmp_path / "calibration.png"
    where = ("--redis-url", redis_url, "--database-url", database_url)
    said = qtrade("ml", "report", str(file), "--calibration", str(plot), *where)
    assert said.code == 0, said.err
    page = file.read_text(encoding="utf-8")
    plots = re.findall(r"src='data:image/png;base64,([^']+)'", page)
    assert len(plots) == 5
    assert all(b64decode(one).startswith(PNG) for one in plots)
    assert "In its walk-forward, on sessions it had not seen" in page
    assert b64decode(plots[0]) == plot.read_bytes()
    for words in (models[0], "&lt;b&gt;", "+2.0 (0.8 to 3.2)", "feedc0de", "seed", "c0ffee"):
        assert words in page
    assert "http" not in page
    assert "<b>" not in page


def test_without_cases_the_plots_say_so_and_a_missing_model_is_named(
    running: Backend, redis_url: str, database_url: str, qtrade: Qtrade, tmp_path: Path
) -> None:
    """Nothing is drawn that nobody knows."""
    running.write(registry.ML_SCORECARD, card())
    running.write(registry.ML_MODELS, kept())
    file = tmp_path / "models.html"
    where = ("--redis-url", redis_url, "--database-url", database_url)
    said = qtrade("ml", "report", str(file), *where, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out) == {"written": [str(file)], "scored": 6192}
    page = file.read_text(encoding="utf-8")
    assert "Not enough data yet: nothing that was predicted has been scored." in page
    assert "gbm-60-v32: " in page
    said = qtrade("ml", "report", str(tmp_path / "no" / "models.html"), *where)
    assert (said.code, "cannot be written: No such file" in said.err) == (1, True)


def test_the_calibration_plot_needs_no_database(
    running: Backend, redis_url: str, qtrade: Qtrade, tmp_path: Path
) -> None:
    """It is drawn from the score-card alone, the same one twice to the byte."""
    running.write(registry.ML_SCORECARD, card(calibrated("gbm-30-v31")))
    running.write(registry.ML_MODELS, kept())
    files = [tmp_path / "one.png", tmp_path / "two.png"]
    for file in files:
        said = qtrade("ml", "report", "--calibration", str(file), "--redis-url", redis_url)
        assert (said.code, said.err) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes().startswith(PNG)
    assert not Path("qtrade-models.html").exists()
