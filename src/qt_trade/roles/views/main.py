"""The views' process: reads our database of the server, writes the older frontends' one."""

import random

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.older_views import url_of_views
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.patience import connect
from qt_trade.roles.process import RoleContext, run_role
from qt_trade.roles.views.service import Views


def main() -> int:
    """Serve the views until told to stop."""
    return run_role("views", work)


async def work(context: RoleContext) -> None:
    """Serve the views until cancelled."""
    url, wall, rng = context.settings.redis(), SystemClock(), random.SystemRandom()
    ours, theirs = Bus(url, Party.VIEWS, wall, rng), Bus(url_of_views(url), Party.VIEWS, wall, rng)
    views = Views(ours, theirs)
    try:
        await connect(ours)
        await connect(theirs)
        context.ready()
        await views.run()
    finally:
        await views.close()
        await ours.close()
        await theirs.close()
