"""The providers of market data: which there are, which a person has keys for, each one made."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.gate import QuotaLedger
from qt_trade.market.provider import Access, Plan, Provider, ProviderKit, ProviderSpec
from qt_trade.settings import BrokerKind, ProviderSettings, Settings, SettingsError

ALPACA = "alpaca"
GROUP = "qt_trade.providers"
"""The group of entry points whose values are a module's ``SPEC``."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A provider as a person set it up. ``missing``: why it cannot be asked, empty: it can."""

    spec: ProviderSpec
    plan: Plan
    access: Access
    missing: str


def known_specs(points: Iterable[EntryPoint] | None = None) -> Mapping[str, ProviderSpec]:
    """Return every installed provider by name. Raises SettingsError for one that is none.

    One that cannot be imported costs its own prices and nobody else's.
    """
    specs = {}
    for point in entry_points(group=GROUP) if points is None else points:
        try:
            spec = point.load()
        except ImportError as error:
            get_logger().error("providers.broken", provider=point.name, because=str(error))
            continue
        if not isinstance(spec, ProviderSpec) or spec.name != point.name:
            raise SettingsError(f"the entry point {point.value} is no provider named {point.name}")
        specs[spec.name] = spec
    return dict(sorted(specs.items()))


def configured(settings: Settings, specs: Mapping[str, ProviderSpec]) -> tuple[Configured, ...]:
    """Return all providers as they are set up. Raises SettingsError that names what is wrong."""
    for name in settings.providers:
        if name not in specs:
            known = ", ".join(specs)
            raise SettingsError(f"QTRADE_PROVIDERS__{name.upper()}: there is none; known: {known}")
    return tuple(
        _configured(settings, spec, settings.providers.get(spec.name, ProviderSettings()))
        for spec in specs.values()
    )


def provider_keys(settings: Settings) -> Mapping[str, tuple[str, str]]:
    """Return key and secret of every provider a person set up. Raises SettingsError."""
    names = {*settings.providers, ALPACA}
    found = {name: _keys(settings, name) for name in sorted(names)}
    return {name: keys for name, keys in found.items() if any(keys)}


def _keys(settings: Settings, name: str) -> tuple[str, str]:
    given = settings.providers.get(name, ProviderSettings())
    key, secret = given.credentials(name, settings.keys_dir)
    if name == ALPACA and not key and settings.broker.kind is not BrokerKind.PAPER:
        # The same pair of keys opens both doors at Alpaca; a role may have been told neither.
        with suppress(SettingsError):
            keys = settings.broker.keys(settings.keys_dir)
            return keys.key_id, keys.secret
    return key, secret


def _configured(settings: Settings, spec: ProviderSpec, given: ProviderSettings) -> Configured:
    name = f"QTRADE_PROVIDERS__{spec.name.upper()}"
    try:
        plan = spec.plan(given.plan)
    except ValueError as error:
        raise SettingsError(f"{name}__PLAN: {error}") from None
    key, secret = _keys(settings, spec.name)
    missing = ""
    if not given.enabled:
        missing = f"{name}__ENABLED is false"
    elif spec.keys and not key:
        missing = f"{name}__KEY is not set"
    elif spec.keys > 1 and not secret:
        missing = f"{name}__SECRET is not set"
    access = Access(
        key=key,
        secret=secret,
        plan=plan.name,
        base_url=given.base_url,
        stream_url=given.stream_url,
        options=given.options,
        cache_dir=settings.data_dir / spec.name,
    )
    try:
        for option in ("timeout_s", "mute_s"):
            access.seconds(option, 1.0)
        spec.check(access)
    except ValueError as error:
        raise SettingsError(f"{name}__OPTIONS: {error}") from None
    return Configured(spec, plan, access, missing)


def open_ledger(settings: Settings) -> RedisQuotas:
    """Return the budgets all processes share; it connects at its first question. To be closed."""
    return RedisQuotas(settings.redis())


def make_providers(
    found: Iterable[Configured],
    ledger: QuotaLedger,
    wall: Clock,
    may_be_mute: Callable[[], bool],
) -> dict[str, Provider]:
    """Return the providers that can be asked, by name."""
    return {
        one.spec.name: one.spec.make(
            ProviderKit(
                access=one.access,
                plan=one.plan,
                ledger=ledger,
                wall=wall,
                sleep=asyncio.sleep,
                rng=random.SystemRandom(),
                may_be_mute=may_be_mute,
            )
        )
        for one in found
        if not one.missing
    }
