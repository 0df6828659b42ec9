"""Passwords in files: read at every connect, rotated without a restart, mended while refused."""

import random
from pathlib import Path

import pytest
import redis
from redis.exceptions import AuthenticationError
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.credentials import FILE_BYTES_MAX, PasswordFile
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import RefusedError
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.trading import AutoTradingStatus
from qt_trade.contract.target import address_of, target_of, url_of
from qt_trade.kit.clock import Clock, ManualClock, SystemClock

pytestmark = pytest.mark.asyncio


@pytest.fixture
def file(tmp_path: Path, private_valkey: ServerProcess) -> Path:
    """The file with the right password."""
    path = tmp_path / "password"
    path.write_text(address_of(private_valkey.url).password + "\n")
    return path


def put(file: Path, text: str) -> None:
    """Write as an administrator does, between two steps of a test."""
    file.write_text(text)


def rotate(admin: redis.Redis, password: str) -> None:
    """Give the administrator, as whom all here log in, another password."""
    admin.execute_command("ACL", "SETUSER", "admin", "resetpass", f">{password}")


def url_with(file: Path, private_valkey: ServerProcess) -> str:
    target = address_of(private_valkey.url).target
    return url_of(target) + f"?password_file={file}"


@pytest.mark.parametrize(
    ("text", "user", "credentials"),
    [
        ("pw", "", ("pw",)),
        (" pw\n", "trader", ("trader", "pw")),
        ("redis://:pw@h", "trader", ("trader", "pw")),
        ("rediss+sentinel://other:p%40w@h/m", "trader", ("other", "p@w")),
    ],
)
async def test_a_file_holds_a_password_or_a_url(
    tmp_path: Path, text: str, user: str, credentials: tuple[str, ...]
) -> None:
    """With the white space that editors leave."""
    path = tmp_path / "secret"
    path.write_text(text)
    provider = PasswordFile(str(path), user)
    assert provider.get_credentials() == await provider.get_credentials_async() == credentials


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff", "cannot be read: it is no text"),
        (b" \n", "holds no password"),
        (b"http://:s3cret@h", "the URL in the file .* must begin with"),
        (b"redis://h", "holds no password"),
        (b"x" * (FILE_BYTES_MAX + 1), "larger than a password"),
    ],
)
async def test_what_is_no_password_counts_as_a_wrong_one(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    """A person mends it; what stands in the file is not repeated."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AuthenticationError, match=words) as refused:
        PasswordFile(str(path), "").get_credentials()
    assert "s3cret" not in str(refused.value)
    assert "xxx" not in str(refused.value)


async def test_a_rotated_password_is_read_at_the_next_connect(
    connect: Connect, private_valkey: ServerProcess, file: Path
) -> None:
    """File and server change while all are connected; after a cut all are whole again."""
    desk = await connect(url_with(file, private_valkey), Party.FRONTEND)
    words: Seen[Change[AutoTradingStatus]] = Seen()
    await desk.watch(registry.AUTOTRADING_STATUS, words)
    await words.count(1)
    links: Seen[Link] = Seen()
    desk.on_link(links)
    with redis.Redis.from_url(private_valkey.url) as admin:
        rotate(admin, "rotated")
        put(file, "rotated")
        admin.client_kill_filter(_type="pubsub")
        admin.client_kill_filter(_type="normal", skipme=True)
    await links.until(lambda seen: seen[-1].reconnects == 1)
    await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    await words.count(2)
    assert not any(link.phase is LinkPhase.REFUSED for link in links)


@pytest.mark.parametrize(
    "clock", [ManualClock(make.AT), SystemClock()], ids=["an old file", "a young file"]
)
async def test_while_refused_a_changed_file_is_tried_by_itself(
    private_valkey: ServerProcess, file: Path, clock: Clock
) -> None:
    """Nobody has to press a button on every machine."""
    right = address_of(private_valkey.url).password
    put(file, "wrong")
    bus = Bus(url_with(file, private_valkey), Party.FRONTEND, clock, random.Random(1))
    links: Seen[Link] = Seen()
    with pytest.raises(RefusedError, match="refuses user or password"):
        await bus.open()
    bus.on_link(links)
    assert links[-1].next_in_s > 0
    put(file, right)
    await links.until(lambda seen: seen[-1].connected)
    await bus.close()


async def test_the_file_may_change_before_the_server_does(
    private_valkey: ServerProcess, file: Path
) -> None:
    """A rotation has two halves; between them the right password is refused for a moment."""
    put(file, "rotated")
    bus = Bus(url_with(file, private_valkey), Party.FRONTEND, SystemClock(), random.Random(1))
    links: Seen[Link] = Seen()
    with pytest.raises(RefusedError):
        await bus.open()
    bus.on_link(links)
    with redis.Redis.from_url(private_valkey.url) as admin:
        rotate(admin, "rotated")
    await links.until(lambda seen: seen[-1].connected)
    await bus.close()


async def test_without_a_file_nobody_tries_again(private_valkey: ServerProcess) -> None:
    """But for a person who asks."""
    wrong = url_of(target_of(private_valkey.url), "wrong")
    bus = Bus(wrong, Party.FRONTEND, SystemClock(), random.Random(1))
    with pytest.raises(RefusedError):
        await bus.open()
    assert bus.link.next_in_s == 0.0
    with redis.Redis.from_url(private_valkey.url) as admin:
        before = admin.info("stats")["total_connections_received"]
        links: Seen[Link] = Seen()
        bus.on_link(links)
        bus.try_now()
        await links.count(2)
        assert admin.info("stats")["total_connections_received"] == before + 1
    await bus.close()


async def test_a_link_says_where_it_leads_and_to_what(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Host and port, kind and version; never a secret."""
    address = address_of(private_valkey.url)
    bus = await connect(private_valkey.url, Party.FRONTEND, wait=False)
    links: Seen[Link] = Seen()
    bus.on_link(links)
    assert (links[0].target, links[0].server, links[0].tls) == (address.target.place, "", False)
    await links.until(lambda seen: seen[-1].connected)
    assert links[-1].server.startswith("Valkey 9.")
    private_valkey.kill()
    await links.until(lambda seen: "nothing listens at" in seen[-1].last_error)
    assert links[-1].target == address.target.place
    assert address.password not in repr(links)
    private_valkey.start()


async def test_a_user_who_may_not_listen_is_refused_until_he_may(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Permissions are like passwords: a person mends them and asks to try now."""
    place = private_valkey.url.rpartition("@")[2]
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.execute_command("ACL", "SETUSER", "deaf", "on", ">pw", "~*", "+@all", "resetchannels")
        bus = await connect(f"redis://deaf:pw@{place}", Party.FRONTEND)
        links: Seen[Link] = Seen()
        bus.on_link(links)
        words: Seen[Change[AutoTradingStatus]] = Seen()
        await bus.watch(registry.AUTOTRADING_STATUS, words)
        await links.until(lambda seen: seen[-1].phase is LinkPhase.REFUSED)
        assert "does not permit it to this user" in links[-1].last_error
        assert links[-1].next_in_s == 0.0
        admin.execute_command("ACL", "SETUSER", "deaf", "allchannels")
    bus.try_now()
    await links.until(lambda seen: seen[-1].connected)
    await words.count(1)
