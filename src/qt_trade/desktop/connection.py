"""The Redis this desk speaks to: where it is, who says so, and the secret that goes with it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from qt_trade.contract.target import Address, Target, TargetError, address_of, url_of
from qt_trade.desktop.passwords import Kept


class Origin(StrEnum):
    """Who named the Redis."""

    RUN = "from this run"
    SAVED = "saved on this desk"


@dataclass(frozen=True, slots=True)
class Connection:
    """An address with its secrets, which no text of it shows."""

    address: Address = field(repr=False)
    origin: Origin

    @property
    def target(self) -> Target:
        """Where it is, without a secret."""
        return self.address.target

    @property
    def url(self) -> str:
        """The URL with its secrets: for the link alone."""
        address = self.address
        return url_of(address.target, address.password, address.sentinel_password)

    @property
    def place(self) -> str:
        """Where it is, as a person says it."""
        return self.target.place


def connection_of(url: str, origin: Origin) -> Connection:
    """Return the connection a URL names. Raises TargetError, which repeats nothing of the URL."""
    return Connection(address_of(url), origin)


def kept_by(connection: Connection, kept: Kept) -> Kept:
    """Return where the password of a connection is; ``kept`` where it has one of its own."""
    if connection.target.password_file:
        return Kept.FILE
    return kept if connection.address.password else Kept.NOWHERE


def shown_address(target: Target) -> str:
    """Return the address as the form shows it: what has a field of its own is left out."""
    return url_of(replace(target, user="", ca_file="", password_file=""))


def target_typed(text: str, *, user: str, tls: bool, ca_file: str) -> Target:
    """Return the target that the form's fields name. Raises TargetError in words for a person."""
    plain = text.strip()
    if not plain:
        raise TargetError("enter an address such as redis://127.0.0.1:6379/0")
    if "://" not in plain:
        plain = f"redis{'s' * tls}://{plain}"
    address = address_of(plain)
    if address.password or address.target.user:
        raise TargetError("user and password have fields of their own; leave them out here")
    return replace(address.target, user=user.strip(), ca_file=ca_file.strip() if tls else "")
