"""A provider of somebody's own, as his package would hold it."""

from types import MappingProxyType

from qt_trade.market.provider import Capability, Plan, Provider, ProviderSpec, Timeliness
from qt_trade.model.quotas import Limit, Window

FREE = Plan("free", frozenset({Capability.QUOTE}), Timeliness.REAL_TIME, (Limit(5, Window.MINUTE),))
PAID = Plan("paid", frozenset({Capability.QUOTE}), Timeliness.REAL_TIME, (Limit(9, Window.SECOND),))
SPEC = ProviderSpec(
    name="mine",
    title="Mine",
    plans=MappingProxyType({"free": FREE, "paid": PAID}),
    keys=1,
    note="made up",
    make=lambda kit: Provider(SPEC, kit),
)
PAIR = ProviderSpec(
    name="alpaca",
    title="Alpaca",
    plans=MappingProxyType({"free": FREE}),
    keys=2,
    note="made up",
    make=lambda kit: Provider(PAIR, kit),
)
NO_SPEC = "not a provider"
