"""The audit grows only, and only by the leader's hand; settings are kept as they were accepted."""

from datetime import UTC, datetime

import psycopg
import pytest

from qt_trade.model.audit import Audited, AuditEntry, KeptSetting
from qt_trade.storage.audit import AuditLog
from qt_trade.storage.database import Database
from qt_trade.storage.errors import FencedError
from qt_trade.storage.leases import Fence, Leases
from qt_trade.storage.migrate import migrate

pytestmark = pytest.mark.asyncio

AT = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
Bare = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture
def audit(database: Database) -> AuditLog:
    return AuditLog(database)


def entry(what: Audited, session_id: str = "desk-1", **more: object) -> AuditEntry:
    told = {"account": "paper:test", "words": "w", "session_id": session_id, "at": AT}
    return AuditEntry(what=what, **(told | more))  # type: ignore[arg-type]


async def test_what_was_added_is_returned_oldest_first(audit: AuditLog, fence: Fence) -> None:
    """Every field comes back exactly, and the newest are those asked for."""
    full = entry(
        Audited.SETTING_CHANGED, name="desk", user="u", host="h", role="trader", version="1", by="desk-2",
        key="risk_settings", before='{"a":1.0}', after='{"a": 2e3}', token=2**60,
    )  # fmt: skip
    bare = AuditEntry(at=AT, what=Audited.CONTROL_RELEASED, account="a", words="")
    await audit.add([full, bare], [], fence)
    assert await audit.last(10) == [full, bare]
    assert await audit.last(1) == [bare]


async def test_a_session_is_open_until_its_end_is_told(audit: AuditLog, fence: Fence) -> None:
    """Expired, closed and revoked ones are not, and one that came back is."""
    opened, ended = Audited.SESSION_OPENED, Audited.SESSION_EXPIRED
    await audit.add([entry(opened, "a"), entry(opened, "b"), entry(ended, "a")], [], fence)
    assert [one.session_id for one in await audit.open_sessions()] == ["b"]
    again = entry(opened, "a", host="elsewhere")
    await audit.add([again, entry(Audited.SESSION_REVOKED, "b")], [], fence)
    assert await audit.open_sessions() == [again]
    assert [one.session_id for one in await audit.revoked()] == ["b"]


async def test_the_last_accepted_version_of_a_setting_is_kept(
    audit: AuditLog, fence: Fence
) -> None:
    """To the letter, and together with its line of the audit."""
    await audit.add([], [KeptSetting("a", '{"x": 1}'), KeptSetting("b", "{}")], fence)
    await audit.add([entry(Audited.SETTING_CHANGED)], [KeptSetting("a", '{"x":  2}')], fence)
    kept = sorted(await audit.kept_settings(), key=lambda one: one.key)
    assert kept == [KeptSetting("a", '{"x":  2}'), KeptSetting("b", "{}")]


async def test_who_lost_the_lease_adds_nothing(
    audit: AuditLog, fence: Fence, leases: Leases
) -> None:
    """Neither a line nor a setting of a leader of before."""
    await leases.release(fence)
    assert await leases.acquire("engine", "host-2", 60.0) is not None
    with pytest.raises(FencedError):
        await audit.add([entry(Audited.SESSION_OPENED)], [KeptSetting("a", "{}")], fence)
    assert (await audit.last(1), await audit.kept_settings()) == ([], [])


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET words = 'x'", "DELETE FROM audit", "TRUNCATE audit"]
)
async def test_nobody_changes_the_audit(
    audit: AuditLog, fence: Fence, bare: Bare, statement: str
) -> None:
    """Not even somebody at the database itself, by mistake."""
    await audit.add([entry(Audited.SESSION_OPENED)], [], fence)
    with pytest.raises(psycopg.Error, match="the audit only grows"):
        await bare.execute(statement)


async def test_tokens_never_go_back(
    audit: AuditLog, database_url: str, other_database: Database
) -> None:
    """Whoever draws, and after the tables were brought up to date once more."""
    first = await audit.next_control_token()
    second = await AuditLog(other_database).next_control_token()
    await migrate(database_url)
    assert first < second < await audit.next_control_token()
