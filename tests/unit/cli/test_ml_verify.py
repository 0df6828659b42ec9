"""``qtrade ml verify``: whoever changed a sealed prediction is found from the command line."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.servers import fresh_database
from tests.unit.cli.conftest import Qtrade, Said

from qt_trade.model.claims import Claim
from qt_trade.model.symbols import symbol
from qt_trade.storage.claims import ClaimStore
from qt_trade.storage.database import Database
from qt_trade.storage.migrate import migrate

AT = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)


async def _seal(url: str, feed: str, minutes: range) -> None:
    database = Database(url, name="test", pool_size=1)
    made = [
        Claim("m", symbol("IBM"), AT + timedelta(minutes=minute), 15, 100.0, 0.6)
        for minute in minutes
    ]
    await ClaimStore(database, feed).seal(made, now=AT)
    await database.close()


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    """A database with the chains of two feeds."""
    with fresh_database(postgres_url, "claims_of_the_cli", "template0") as url:
        asyncio.run(migrate(url))
        asyncio.run(_seal(url, "replay:october", range(3)))
        asyncio.run(_seal(url, "simulation:7", range(2)))
        yield "claims_of_the_cli"


@pytest.fixture
def database_template(template: str) -> str:
    """Every test gets a copy of it."""
    return template


def ask(qtrade: Qtrade, url: str, *more: str) -> Said:
    return qtrade("ml", "verify", "--database-url", url, *more)


def test_whole_chains_are_said_to_be_whole_and_can_be_noted(
    qtrade: Qtrade, database_url: str
) -> None:
    """What was noted is found again when the chain has grown, and another's is not."""
    said = ask(qtrade, database_url, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert [(one["feed"], one["claims"]) for one in told["feeds"]] == [
        ("replay:october", 3),
        ("simulation:7", 2),
    ]
    noted = f"3:{told['feeds'][0]['head']}"
    assert f"note this elsewhere: {noted}" in " ".join(ask(qtrade, database_url).out.split())
    asyncio.run(_seal(database_url, "replay:october", range(3, 5)))
    grown = ask(qtrade, database_url, "--feed", "replay:october", "--noted", noted)
    assert grown.code == 0
    assert "it is the chain that was noted" in grown.out
    other = ask(qtrade, database_url, "--feed", "simulation:7", "--noted", noted)
    assert other.code == 1
    assert "no chain here had the head that was noted" in other.err


def test_a_changed_prediction_is_named(qtrade: Qtrade, database_url: str) -> None:
    """By its number, and how many before it are whole; the other feed's chain is not in doubt."""
    with psycopg.connect(database_url, autocommit=True) as bare:
        bare.execute("ALTER TABLE claims DISABLE TRIGGER claims_append_only")
        bare.execute("UPDATE claims SET prob_up = 0.7 WHERE id = 2")
    said = ask(qtrade, database_url)
    assert said.code == 1
    assert "replay:october: claim #2 is not what was sealed" in said.err
    assert "the 1 claims before it are whole" in said.err
    assert ask(qtrade, database_url, "--feed", "simulation:7").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--feed", "none"), "--feed none: there is replay:october, simulation:7"),
        (("--noted", "12"), "write CLAIMS:HEAD"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_words(
    qtrade: Qtrade, database_url: str, words: tuple[str, ...], said: str
) -> None:
    """Naming what would be right."""
    answer = ask(qtrade, database_url, *words)
    assert answer.code != 0
    assert said in answer.err


def test_a_database_without_claims_is_said_to_have_none(qtrade: Qtrade, postgres_url: str) -> None:
    """And one out of reach does not show its password."""
    with fresh_database(postgres_url, "no_claims", "template0") as url:
        asyncio.run(migrate(url))
        assert "nothing was predicted and sealed" in ask(qtrade, url).err
    away = ask(qtrade, "postgresql://me:secret@127.0.0.1:1/qt")
    assert "cannot be read" in away.err
    assert "secret" not in away.err
