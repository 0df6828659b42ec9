"""The reference page of the providers that come with QtTrade, made from what they declare."""

from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points

from qt_trade.market.provider import Capability, Plan, ProviderSpec, Timeliness
from qt_trade.wiring.providers import GROUP, known_specs

_HEAD = """\
# The providers and their plans

Made by `make docs` from what the providers declare; a test fails when it is out of date. [The \
guide](../guide/providers.md) says how to set keys and what is odd about each; [one of your \
own](../guide/own-provider.md) is a file.

A limit counts calls or, where it says so, credits: a call for several symbols costs one each. All \
processes share it. The first plan of a provider is the one that is taken where \
`QTRADE_PROVIDERS__<NAME>__PLAN` says nothing. Bars are those we take, which are never adjusted.
"""
_SHOWN = {
    Capability.INTRADAY: "1, 5, 15 min",
    Capability.DAILY: "days",
    Capability.FUNDAMENTALS: "company",
    Capability.NEWS: "news",
    Capability.LOOKUP: "symbols",
}
_TIMELINESS = {
    Timeliness.REAL_TIME: "real time",
    Timeliness.DELAYED: "delayed",
    Timeliness.END_OF_DAY: "end of day",
}


def providers_page() -> str:
    """Return the page."""
    points = entry_points(group=GROUP)
    ours = known_specs(point for point in points if point.value.startswith("qt_trade."))
    return "\n".join([_HEAD, *_table(ours.values()), "", *_notes(ours.values()), ""])


def _table(specs: Iterable[ProviderSpec]) -> Iterator[str]:
    heads = ["plan", "prices", "limits", "symbols a call", "streamed", *_SHOWN.values()]
    yield "| " + " | ".join(heads) + " |"
    yield "|---" * len(heads) + "|"
    for spec in specs:
        for plan in spec.plans.values():
            yield "| " + " | ".join([f"`{spec.name}` `{plan.name}`", *_cells(plan)]) + " |"


def _cells(plan: Plan) -> Iterator[str]:
    can = plan.capabilities
    prices = _TIMELINESS[plan.timeliness]
    if plan.delay:
        prices += f" by {plan.delay.total_seconds() / 60:.0f} min"
    yield prices if can & {Capability.QUOTE, Capability.BATCH_QUOTE} else "–"
    unit = " credits" if plan.billed_per_symbol else ""
    yield ", ".join(f"{limit.count:,}{unit} a {limit.window}" for limit in plan.limits)
    yield str(plan.batch_max)
    yield str(plan.stream_max) if Capability.STREAM in can else "–"
    for capability in _SHOWN:
        yield "yes" if capability in can else "–"


def _notes(specs: Iterable[ProviderSpec]) -> Iterator[str]:
    keys = {0: "no key", 1: "a key", 2: "a pair of keys"}
    for spec in specs:
        yield f"* **{spec.title}** (`{spec.name}`, {keys[spec.keys]}): {spec.note}."
