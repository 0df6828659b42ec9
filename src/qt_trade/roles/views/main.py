"""The views' process: reads our database of the server, writes the older frontends' one."""

import asyncio
import random

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.older_views import url_of_views
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.patience import connect
from qt_trade.roles.presence import Presence
from qt_trade.roles.process import RoleContext, run_role
from qt_trade.roles.views.service import Views


def main() -> int:
    """Serve the views until told to stop."""
    return run_role("views", work)


async def work(context: RoleContext) -> None:
    """Serve the views until cancelled."""
    url, wall, rng = context.settings.redis(), SystemClock(), random.SystemRandom()
    ours, theirs = Bus(url, Party.VIEWS, wall, rng), Bus(url_of_views(url), Party.VIEWS, wall, rng)
    presence = Presence("views", context.settings, ours, wall, context.logs)
    views = Views(ours, theirs, presence.work)
    try:
        await connect(ours)
        await connect(theirs)
        presence.lead()
        context.ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(presence.run())
            await views.run()
    finally:
        await views.close()
        await ours.close()
        await theirs.close()
