"""Which Alpaca account is meant, and where it is.

Where it is follows from the type of the access and from nothing that can be set: a PaperAccess
has no way to the live host. Another address can be given only on this very machine, for emulators.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit


class NotLoopbackError(ValueError):
    """An address that is not of this machine."""


@dataclass(frozen=True, slots=True)
class Loopback:
    """An emulator on this machine. Raises NotLoopbackError for any other address."""

    base_url: str
    stream_url: str

    def __post_init__(self) -> None:
        for url, schemes in ((self.base_url, {"http"}), (self.stream_url, {"ws"})):
            parts = urlsplit(url)
            if parts.scheme not in schemes or not is_loopback(parts.hostname or ""):
                raise NotLoopbackError(
                    f"{url!r} is no address of this machine such as {next(iter(schemes))}://"
                    "127.0.0.1:8101; Alpaca's own addresses follow from the kind of the broker"
                )


def is_loopback(host: str) -> bool:
    """Return whether a host's name is one of this machine's own addresses."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Keys:
    """A pair of API keys; the secret is never shown."""

    key_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaperAccess:
    """Simulated money at Alpaca."""

    keys: Keys
    loopback: Loopback | None = None

    name: ClassVar[str] = "Alpaca paper"
    host: ClassVar[str] = "paper-api.alpaca.markets"


@dataclass(frozen=True, slots=True)
class LiveAccess:
    """Real money. ``confirmed``: the number of the account, as a person typed it."""

    keys: Keys
    loopback: Loopback | None
    confirmed: str

    name: ClassVar[str] = "Alpaca"
    host: ClassVar[str] = "api.alpaca.markets"

    def __post_init__(self) -> None:
        if not self.confirmed.strip():
            raise ValueError("real money is traded only on an account whose number was typed")

    @classmethod
    def to_leave(cls, keys: Keys, loopback: Loopback | None) -> "LiveAccess":
        """Return an access for canceling and closing alone: nobody has to type while he flees."""
        return cls(keys, loopback, "for leaving alone")


Access = PaperAccess | LiveAccess


def base_url(access: Access) -> str:
    """Return where the REST interface is."""
    return f"https://{access.host}" if access.loopback is None else access.loopback.base_url


def stream_url(access: Access) -> str:
    """Return where the stream of news is."""
    return f"wss://{access.host}/stream" if access.loopback is None else access.loopback.stream_url
