"""The gate: who may no longer act writes nothing, answers nothing and takes no command away."""

import pytest
import redis
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.roles.parts import eventually

from qt_trade.contract import registry
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import HeldBackError, NoReplyError
from qt_trade.contract.payloads.commands import EmergencyAction, Reply
from qt_trade.contract.payloads.trading import BackendStatus

pytestmark = pytest.mark.asyncio


async def test_documents_logs_and_deletions_are_held_back(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Until the lease is proved again; reading goes on."""
    engine = await connect(redis_url, Party.ENGINE)
    leads = [True]
    engine.gate.hold_to(lambda: leads[0])
    await engine.write(registry.AUTOTRADING_BACKEND_STATUS, BackendStatus.RUNNING)
    leads[0] = False
    with pytest.raises(HeldBackError):
        await engine.write(registry.AUTOTRADING_BACKEND_STATUS, BackendStatus.STOPPED)
    with pytest.raises(HeldBackError):
        await engine.delete(registry.AUTOTRADING_BACKEND_STATUS)
    with pytest.raises(HeldBackError):
        await engine.replace(registry.TRADES_LOG, [])
    found = await engine.read(registry.AUTOTRADING_BACKEND_STATUS)
    assert found is not None
    assert found.value is BackendStatus.RUNNING
    leads[0] = True
    await engine.write(registry.AUTOTRADING_BACKEND_STATUS, BackendStatus.STOPPED)
    assert stranger.get("autotrading:backend_status") == b"STOPPED"


async def test_what_every_process_tells_of_itself_is_not(connect: Connect, redis_url: str) -> None:
    """A standby says that it stands by, and why it refused something."""
    engine = await connect(redis_url, Party.ENGINE)
    engine.gate.hold_to(lambda: False)
    engine.refuse("session:x", "$", "odd", b"{}")

    async def buried() -> bool:
        return await engine.length(registry.DEAD_LETTERS) == 1

    await eventually(buried)


async def test_commands_wait_for_whoever_leads(connect: Connect, redis_url: str) -> None:
    """Neither read nor answered by who does not; the next leader has them all."""
    desk = await connect(redis_url, Party.FRONTEND)
    old, new = await connect(redis_url, Party.ENGINE), await connect(redis_url, Party.ENGINE)
    handled: list[str] = []

    def handler(name: str):  # type: ignore[no-untyped-def]  # a handler of each engine
        async def handle(action: EmergencyAction) -> Reply:
            handled.append(name)
            return make.reply(action.command_id)

        return handle

    def reject(rejection: Rejection) -> Reply:
        return make.reply(rejection.command_id)

    old.gate.hold_to(lambda: False)
    old.serve(registry.EMERGENCY_ACTIONS, handler("old"), reject)
    with pytest.raises(NoReplyError):
        await desk.send(registry.EMERGENCY_ACTIONS, make.stop("e-1"), timeout_s=0.3)
    new.serve(registry.EMERGENCY_ACTIONS, handler("new"), reject)
    reply = await desk.send(registry.EMERGENCY_ACTIONS, make.stop("e-1"), timeout_s=20.0)
    assert reply.command_id == "e-1"
    assert set(handled) == {"new"}
