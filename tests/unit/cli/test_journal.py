"""``qtrade journal``: an auditor's questions, answered from the journal of a real engine's core."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import psycopg
import pytest
from tests.desktop import backend as payloads
from tests.desktop.backend import Backend
from tests.servers import fresh_database
from tests.unit.cli.conftest import Qtrade, Said
from tests.unit.roles.parts import settings_of
from tests.unit.trading.make import BAC, FEED, FREE, IBM, SPY, WALL, WIDE, quote
from tests.unit.trading.test_engine_core import auto_shell, buy, by, cycle

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import AcceptDifference
from qt_trade.model.journal import JournalRecord
from qt_trade.model.money import usd
from qt_trade.storage.migrate import migrate
from qt_trade.trading import events as e
from qt_trade.trading.commands import StopAll
from qt_trade.trading.ids import cycle_command_id, order_id_for
from qt_trade.trading.records import to_record

MANUAL = order_id_for("c-1", IBM, 0)
BY_CYCLE = order_id_for(cycle_command_id("paper:test", FEED), IBM, 0)
OPENED = e.AccountOpened(at=WALL, feed_at=FEED, account_id="paper:test", cash=usd(100_000))


def life() -> list[JournalRecord]:
    """A cycle over three symbols of which two are bought, an order by hand, a stop."""
    shell = auto_shell(
        quote(IBM),
        quote(BAC, 14.0),
        quote(SPY, 167.0),
        limits=replace(WIDE, trades_per_cycle_max=2),
        costs=FREE,
    )
    shell.ask(cycle())
    shell.ask(buy(3))
    shell.ask(by(StopAll, "s", reason="fire"))
    return [to_record(OPENED), *shell.journal]


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    """A database with the tables and one account's journal."""
    with fresh_database(postgres_url, "journal_of_the_cli", "template0") as url:
        asyncio.run(migrate(url))
        asyncio.run(_append(url, "paper:test", life()))
        yield "journal_of_the_cli"


@pytest.fixture
def database_template(template: str) -> str:
    """Every test gets a copy of it."""
    return template


async def _append(url: str, account: str, records: Sequence[JournalRecord]) -> None:
    async with wiring.leading("engine", settings_of("redis://x", url)) as lead:
        await lead.journal(account).append(records)


def ask(qtrade: Qtrade, url: str, *words: str) -> Said:
    return qtrade("journal", *words, "--database-url", url)


def test_a_whole_journal_is_proved_to_be(qtrade: Qtrade, database_url: str) -> None:
    """With its count and head, which are found again when they were noted."""
    said = ask(qtrade, database_url, "verify")
    assert said.code == 0, said.err
    assert "✓ the chain is whole" in said.out
    assert "3 orders and 3 fills: each judged and approved before it was sent" in said.out
    assert "the account folds to cash " in said.out
    told = json.loads(ask(qtrade, database_url, "verify", "--json").out)
    (account,) = told["accounts"]
    assert (told["ok"], account["entries"]) == (True, len(life()))
    noted = f"{account['entries']}:{account['head']}"
    assert noted in said.out
    assert ask(qtrade, database_url, "verify", "--noted", noted).code == 0
    other = f"{account['entries']}:{'0' * 64}"
    lost = ask(qtrade, database_url, "verify", "--noted", other)
    assert lost.code == 1
    assert "no journal here had the head that was noted" in lost.err


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (
            'payload = replace(payload::text, \'"quantity":"3"\', \'"quantity":"4"\')::json',
            "OrderFilled",
        ),
        ("at = at + interval '1 microsecond'", "OrderSent"),
        ("order_id = 'another'", "RiskJudged"),
        ("feed_at = feed_at - interval '1 hour'", "CycleFinished"),
        ("kind = 'OrderExpired'", "OrderAcknowledged"),
        ("hash = sha256(hash)", "TradingStopped"),
    ],
)
def test_a_changed_entry_is_named(
    qtrade: Qtrade, database_url: str, change: str, kind: str
) -> None:
    """Whatever of it was changed, by whoever may switch the table's own guard off."""
    statement = f"UPDATE journal SET {change} WHERE seq = %s"  # noqa: S608  # of this file alone
    place = _tamper(database_url, statement, kind)
    said = ask(qtrade, database_url, "verify")
    assert said.code == 1
    assert f"entry #{place} (" in said.err
    assert "is not what was written, or what stood before it is gone" in said.err
    told = json.loads(ask(qtrade, database_url, "verify", "--json").out)
    assert (told["ok"], told["accounts"][0]["broken_at"]) == (False, place)


def test_a_removed_entry_is_noticed_at_the_next(qtrade: Qtrade, database_url: str) -> None:
    """The one behind the gap does not follow the one before it."""
    place = _tamper(database_url, "DELETE FROM journal WHERE seq = %s", "OrderApproved")
    told = json.loads(ask(qtrade, database_url, "verify", "--json").out)
    assert told["accounts"][0]["broken_at"] == place + 1


def _tamper(url: str, statement: str, kind: str) -> int:
    """Change the last entry of a kind as the database's owner could; return its place."""
    with psycopg.connect(url, autocommit=True) as bare:
        found = bare.execute("SELECT max(seq) FROM journal WHERE kind = %s", [kind]).fetchone()
        assert found is not None
        bare.execute("ALTER TABLE journal DISABLE TRIGGER journal_append_only")
        assert bare.execute(statement, [found[0]]).rowcount == 1
        return int(found[0])


UNSOUND = {
    "was sent without an approval": lambda kinds: [k for k in kinds if k != "OrderApproved"],
    "was approved without a verdict": lambda kinds: [k for k in kinds if k != "RiskJudged"],
}


@pytest.mark.parametrize("words", UNSOUND)
def test_a_chain_of_lies_is_whole_and_unsound(
    qtrade: Qtrade, database_url: str, words: str
) -> None:
    """What a wrong engine wrote itself has good hashes; the order of the events tells."""
    kept = UNSOUND[words]([record.kind for record in life()])
    records = [record for record in life() if record.kind in kept]
    asyncio.run(_append(database_url, "paper:liar", records))
    said = ask(qtrade, database_url, "verify", "--account", "paper:liar")
    assert said.code == 1
    assert words in said.err
    assert "✓ the chain is whole" in said.out


def test_a_record_of_a_newer_version_is_named_and_not_skipped(
    qtrade: Qtrade, database_url: str
) -> None:
    """Nothing is said of what cannot be read."""
    strange = JournalRecord("OrderDreamt", WALL, FEED, None, None, b'{"x": 1}')
    asyncio.run(_append(database_url, "paper:test", [strange]))
    said = ask(qtrade, database_url, "verify")
    assert said.code == 1
    assert "'OrderDreamt' is no kind of event known here: a newer QtTrade wrote it" in said.err
    assert "the account folds to" not in said.out


def test_the_life_of_an_order_by_hand(qtrade: Qtrade, database_url: str) -> None:
    """From the command to the fill, with every rule's verdict and both times."""
    said = ask(qtrade, database_url, "show", MANUAL)
    assert said.code == 0, said.err
    kinds = (
        "RiskJudged",
        "OrderApproved",
        "CommandAnswered",
        "OrderSent",
        "OrderAcknowledged",
        "OrderFilled",
    )
    places = [said.out.index(f" {kind} ") for kind in kinds]
    assert places == sorted(places)
    assert "✓ cash_reserve: " in said.out
    assert "SubmitManual by desk-1, accepted" in said.out
    assert "BUY 3 IBM at 100.00" in said.out
    assert "2026-11-23 20:00:00.000000 feed 2013-10-07 14:00:00" in said.out


def test_the_life_of_a_cycles_order_has_its_inputs(qtrade: Qtrade, database_url: str) -> None:
    """What the strategy saw, and its row in the cycle; all of it as JSON, too."""
    told = json.loads(ask(qtrade, database_url, "show", BY_CYCLE, "--json").out)
    lines = {line["kind"]: line for line in told["lines"]}
    assert "inputs: price 100.0" in lines["DecisionMade"]["words"]
    assert "expected return 0.002" in lines["DecisionMade"]["words"]
    assert "(ended at ORDER)" in lines["CycleFinished"]["words"]
    assert "RunCycle by worker" in lines["CommandAnswered"]["words"]
    assert {one["rule"] for one in lines["RiskJudged"]["verdicts"]} >= {"cooldown", "no_short"}
    assert told["order"]["symbol"] == "IBM"


def test_an_unknown_order_is_said_to_be(qtrade: Qtrade, database_url: str) -> None:
    """Not an empty page."""
    said = ask(qtrade, database_url, "show", "qt-NONE")
    assert (said.code, said.out) == (1, "")
    assert "no journal here has an order qt-NONE" in said.err


def test_why_something_was_done(qtrade: Qtrade, database_url: str) -> None:
    """The cycle's row, and the entries around that moment."""
    said = ask(qtrade, database_url, "why", "ibm", "14:00")
    assert said.code == 0, said.err
    assert "the cycle is 1 of 2013-10-07 14:00 UTC: candidate: " in said.out
    assert "in force since 10-07 14:00:00: TradingStopped: fire (by desk-1)" in said.out
    assert " DecisionMade " in said.out
    told = json.loads(
        ask(qtrade, database_url, "why", "SPY", "2013-10-07T10:00-04:00", "--json").out
    )
    assert told["moment"] == "2013-10-07T14:00:00Z"
    assert told["row"]["ended_at"] == "RISK"
    assert "trades_per_cycle" in told["words"]


def test_why_nothing_was_done(qtrade: Qtrade, database_url: str) -> None:
    """A symbol nobody looked at, and a quiet moment: the nearest cycle is named."""
    said = ask(qtrade, database_url, "why", "AAPL", "14:00")
    assert "nothing happened; the cycle is 1" in said.out
    assert "AAPL was no candidate of it (candidates: " in said.out
    quiet = ask(qtrade, database_url, "why", "IBM", "14:20", "--within", "30")
    assert quiet.code == 0
    near = ask(qtrade, database_url, "why", "IBM", "14:09", "--within", "9")
    assert "the cycle is 1" in near.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("why", "IBM", "yesterday"), "time 'yesterday'"),
        (("why", "IBM", "25:00"), "time '25:00'"),
        (("why", "I B M", "14:00"), "symbol: 'I B M' is no US ticker symbol"),
        (("why", "IBM", "2020-01-01T14:00"), "goes from 2013-10-07 14:00 to 2013-10-07 14:00 UTC"),
        (("verify", "--account", "paper:none"), "--account paper:none: there is paper:test"),
        (("verify", "--noted", "12"), "write ENTRIES:HEAD"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_words(
    qtrade: Qtrade, database_url: str, words: tuple[str, ...], said: str
) -> None:
    """Naming what would be right."""
    answer = ask(qtrade, database_url, *words)
    assert answer.code != 0
    assert said in answer.err


def test_a_database_without_journals_is_said_to_have_none(
    qtrade: Qtrade, postgres_url: str
) -> None:
    """And one out of reach does not show its password."""
    with fresh_database(postgres_url, "journal_empty", "template0") as url:
        assert "migrate first" in ask(qtrade, url, "verify").err
        asyncio.run(migrate(url))
        assert "no account has a journal" in ask(qtrade, url, "verify").err
    away = ask(qtrade, "postgresql://me:secret@127.0.0.1:1/qt", "verify")
    assert "cannot be read" in away.err
    assert "secret" not in away.err


def test_the_journal_is_read_by_whom_may_not_write(qtrade: Qtrade, database_url: str) -> None:
    """A role that may only look is enough for an auditor."""
    with psycopg.connect(database_url, autocommit=True) as bare:
        bare.execute(
            "ALTER DATABASE "
            + database_url.rsplit("/", 1)[1].split("?", maxsplit=1)[0]
            + " SET default_transaction_read_only = on"
        )
    assert ask(qtrade, database_url, "verify").code == 0


def test_a_difference_is_taken_over_by_a_command(qtrade: Qtrade, backend: Backend) -> None:
    """Through the contract, with key and reason."""
    backend.write(registry.MARKET_STATUS, payloads.status())
    words = ("journal", "accept", "cash", "--reason", "a fee by phone", "--redis-url", backend.url)
    said = qtrade(*words)
    assert said.code == 0, said.err
    (wish,) = backend.received
    assert isinstance(wish, AcceptDifference)
    assert (wish.key, wish.reason) == ("cash", "a fee by phone")
