"""TLS on real sockets: the tests' own authority, terminated by the proxy (the server has none)."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import trustme
from tests.faults.conftest import Connect
from tests.faults.proxy import LOOPBACK, Proxy
from tests.faults.scene import Scene
from tests.servers import ServerProcess
from tests.unit.contract.seen import Seen

from qt_trade.contract.endpoints import Party
from qt_trade.contract.link import Link
from qt_trade.contract.target import Target, address_of, url_of
from qt_trade.contract.trial import StepName, trial_of
from qt_trade.kit.clock import SystemClock

pytestmark = pytest.mark.asyncio


class Authority:
    """A certificate authority of a test's own, with the files it hands out."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self.client_file = str(folder / "client.pem")
        self._ca.cert_pem.write_to_path(self.file)
        self._ca.issue_cert("desk@home.lan").private_key_and_cert_chain_pem.write_to_path(
            self.client_file
        )

    def context(self, *names: str, asks_for_one: bool = False) -> ssl.SSLContext:
        """What a server of these names shakes hands with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names).configure_cert(context)
        if asks_for_one:
            context.verify_mode = ssl.CERT_REQUIRED
            self._ca.configure_trust(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest_asyncio.fixture
async def tls_proxy(
    private_valkey: ServerProcess, authority: Authority, request: pytest.FixtureRequest
) -> AsyncIterator[Proxy]:
    """A proxy that speaks TLS; marked ``client_certificate`` it asks for one, too."""
    ((_, port),) = address_of(private_valkey.url).target.hosts
    context = getattr(request, "param", {})
    names = context.get("names", (LOOPBACK,))
    tls = authority.context(*names, asks_for_one=context.get("asks_for_one", False))
    async with Proxy(port, tls).running() as running:
        yield running


def secured(private_valkey: ServerProcess, proxy: Proxy, **fields: str | bool) -> str:
    """The URL of the server behind the proxy."""
    address = address_of(private_valkey.url)
    target = Target(((LOOPBACK, proxy.port),), user=address.target.user, tls=True, **fields)  # type: ignore[arg-type]  # fields by name
    return url_of(target, address.password)


async def test_a_desk_over_tls_is_a_desk_like_any_other(
    connect: Connect, private_valkey: ServerProcess, tls_proxy: Proxy, authority: Authority
) -> None:
    """It watches, sends, is cut in the middle of a record, and comes back."""
    url = secured(private_valkey, tls_proxy, ca_file=authority.file)
    scene = await Scene.set(connect, url, private_valkey.url)
    assert scene.links[-1].tls
    scene.send("across")
    tls_proxy.cut_after(100)
    for _ in range(5):
        await scene.write()
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


async def test_an_authority_nobody_has_named_is_not_trusted(
    connect: Connect, private_valkey: ServerProcess, tls_proxy: Proxy
) -> None:
    """No password is sent; the words say what is missing, and it is tried again."""
    desk = await connect(secured(private_valkey, tls_proxy), Party.FRONTEND, wait=False)
    links: Seen[Link] = Seen()
    desk.on_link(links)
    await links.until(lambda seen: seen[-1].attempt >= 2)
    assert f"the certificate of 127.0.0.1:{tls_proxy.port} is not trusted" in links[-1].last_error


@pytest.mark.parametrize("tls_proxy", [{"names": ("redis.home.lan",)}], indirect=True)
async def test_a_certificate_of_another_host_is_refused(
    connect: Connect, private_valkey: ServerProcess, tls_proxy: Proxy, authority: Authority
) -> None:
    """Unless one says that the name does not matter; the authority still does."""
    url = secured(private_valkey, tls_proxy, ca_file=authority.file)
    desk = await connect(url, Party.FRONTEND, wait=False)
    links: Seen[Link] = Seen()
    desk.on_link(links)
    await links.until(lambda seen: "not valid for '127.0.0.1'" in seen[-1].last_error)
    url = secured(private_valkey, tls_proxy, ca_file=authority.file, check_hostname=False)
    assert (await connect(url, Party.FRONTEND)).link.connected


@pytest.mark.parametrize("tls_proxy", [{"asks_for_one": True}], indirect=True)
async def test_a_server_may_ask_for_a_certificate(
    connect: Connect, private_valkey: ServerProcess, tls_proxy: Proxy, authority: Authority
) -> None:
    """Who has one gets in; who has none is told."""
    url = secured(private_valkey, tls_proxy, ca_file=authority.file)
    desk = await connect(url, Party.FRONTEND, wait=False)
    links: Seen[Link] = Seen()
    desk.on_link(links)
    await links.until(lambda seen: bool(seen[-1].last_error))
    url = secured(
        private_valkey, tls_proxy, ca_file=authority.file, certificate_file=authority.client_file
    )
    assert (await connect(url, Party.FRONTEND)).link.connected


async def test_a_trial_names_the_version_and_the_end_of_the_certificate(
    private_valkey: ServerProcess, tls_proxy: Proxy, authority: Authority
) -> None:
    """And what is wrong with one that is not trusted."""
    url = secured(private_valkey, tls_proxy, ca_file=authority.file)
    trial = await trial_of(url, SystemClock())
    tls = trial.steps[2]
    assert tls.ok
    assert tls.words.startswith("TLS 1.3, certificate valid until ")
    assert trial.passed == 8
    trial = await trial_of(secured(private_valkey, tls_proxy), SystemClock())
    assert trial.failed is not None
    assert trial.failed.name is StepName.TLS
    assert "not trusted" in trial.failed.words
    assert "ssl_ca_certs" in trial.failed.fix


async def test_a_ca_file_that_is_missing_is_named(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """In a trial and in the link: OpenSSL only says that there is none."""
    ((_, port),) = address_of(private_valkey.url).target.hosts
    url = f"rediss://127.0.0.1:{port}?ssl_ca_certs=/nowhere/ca.pem"
    trial = await trial_of(url, SystemClock())
    assert trial.failed is not None
    assert "/nowhere/ca.pem" in trial.failed.words
    desk = await connect(url, Party.FRONTEND, wait=False)
    links: Seen[Link] = Seen()
    desk.on_link(links)
    await links.until(lambda seen: "/nowhere/ca.pem" in seen[-1].last_error)
