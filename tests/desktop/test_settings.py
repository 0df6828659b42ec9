"""The Settings page: the trial of an address, the change to it, and where the password stays."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands
from tests.emulators.key_ring import MemoryKeyRing
from tests.servers import ServerProcess

from qt_trade.contract import registry
from qt_trade.contract.link import LinkPhase
from qt_trade.desktop.app import DesktopApp
from qt_trade.desktop.connection_store import ConnectionStore
from qt_trade.desktop.passwords import Passwords
from qt_trade.kit.clock import SystemClock

SETTINGS, SYSTEM = "Settings", "System"
ROOT = Path(__file__).parents[2]
SERVE = """
import asyncio, sys
from pathlib import Path
from tests.faults.proxy import Proxy
from tests.faults.test_tls import Authority

async def serve():
    tls = Authority(Path(sys.argv[1])).context("127.0.0.1")
    async with Proxy(int(sys.argv[2]), tls).running() as proxy:
        print(proxy.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(serve())
"""
"""A process that speaks TLS before a server; the file of its authority lies in the folder."""


@pytest.fixture(autouse=True)
def no_key_ring() -> Iterator[None]:
    """No key ring, as on a server without a desktop session."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path: Path) -> ConnectionStore:
    """Where this test's desks remember their connection."""
    return ConnectionStore(_settings(tmp_path), Passwords())


@pytest.fixture
def open_with(qtbot: QtBot) -> Iterator[Callable[[str | None, ConnectionStore], Hands]]:
    """Open a window with a store; it is closed after the test."""
    opened: list[DesktopApp] = []

    def open_on(url: str | None, store: ConnectionStore) -> Hands:
        app = DesktopApp(url, SystemClock(), random.Random(len(opened)), store)
        opened.append(app)
        return Hands(app, qtbot)

    yield open_on
    for app in opened:
        app.close()


@pytest.fixture
def tls_port(private_valkey: ServerProcess, tmp_path: Path) -> Iterator[int]:
    """The port at which the private server is reached over TLS."""
    port = str(urlsplit(private_valkey.url).port)
    command = [sys.executable, "-c", SERVE, str(tmp_path), port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def _settings(folder: Path) -> QSettings:
    return QSettings(str(folder / "desk.conf"), QSettings.Format.IniFormat)


def fill(hands: Hands, url: str, password: str | None = None) -> None:
    """Enter an address as a person would: its user and password in their own fields."""
    parts = urlsplit(url)
    form = hands.app.desk.connectionForm
    form.edit("address", f"redis://{parts.hostname}:{parts.port}/0")
    form.edit("user", parts.username or "")
    form.typePassword(parts.password if password is None else password)


def press(hands: Hands, name: str) -> None:
    """Press what stands where it belongs after the last change."""
    hands.settle()
    hands.press(name)


def test_a_trial_shows_its_nine_steps_and_changes_nothing(desk: Hands, backend: Backend) -> None:
    """Against the real server all of them pass."""
    backend.publish_everything()
    desk.show(SETTINGS)
    press(desk, "testConnection")
    desk.until(lambda: "9 of 9 steps pass" in desk.read("connectionSummary"))

    words = desk.words_in(desk.item("trialSteps"))
    assert words[0] == "Name resolved"
    assert "Backend" in words
    assert any("Valkey" in word for word in words)
    assert desk.snapshot.connected


def test_a_failing_trial_says_where_and_how_to_mend_it(desk: Hands) -> None:
    """The steps after it are not tried."""
    desk.show(SETTINGS)
    desk.app.desk.connectionForm.edit("address", "redis://127.0.0.1:1/0")
    press(desk, "testConnection")
    desk.until(lambda: "of 9 steps pass" in desk.read("connectionSummary"))

    words = desk.words_in(desk.item("trialSteps"))
    assert "1 of 9 steps pass" in desk.read("connectionSummary")
    assert any(word.startswith("Start the server") for word in words)
    assert words.count("not tried") == 7
    assert desk.snapshot.connected


def test_saving_moves_the_desk_and_shows_nothing_of_the_old_backend(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    store: ConnectionStore,
    backend: Backend,
    private_valkey: ServerProcess,
) -> None:
    """The other server's backend has another account value; the first one's is gone at once."""
    hands = open_with(backend.url, store)
    backend.publish_everything()
    hands.until(lambda: hands.read("headerAccountTitle") == "100,452.61")
    first = hands.snapshot.session_id
    hands.show(SETTINGS)
    assert hands.read("connectionGuide").startswith("The address comes from the run")
    fill(hands, private_valkey.url)
    press(hands, "saveConnection")
    hands.until(lambda: hands.read("headerAccountTitle") == "—")
    hands.until(lambda: hands.snapshot.connected)
    assert hands.snapshot.quotes == {}
    assert hands.snapshot.session_id != first
    assert hands.read("connectionOutcome").startswith("Saved. This desk now speaks to")
    hands.until(lambda: backend.read(registry.SESSION, first) is None)

    other = Backend(private_valkey.url)
    other.publish_everything()
    other.write(registry.PORTFOLIO_SUMMARY, published.summary("7.25"))
    hands.until(lambda: hands.read("headerAccountTitle") == "7.25")
    hands.until(lambda: other.read(registry.SESSION, hands.snapshot.session_id) is not None)
    other.close()


def test_an_address_that_does_not_work_is_not_saved_and_the_old_one_stays(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    store: ConnectionStore,
    backend: Backend,
) -> None:
    """Not even for a moment is the connection given up."""
    hands = open_with(backend.url, store)
    hands.until(lambda: hands.snapshot.connected)
    hands.show(SETTINGS)
    fill(hands, backend.url, password="wrong")  # noqa: S106  # that is the point
    press(hands, "saveConnection")
    hands.until(lambda: hands.read("connectionOutcome") != "")

    assert hands.read("connectionOutcome").startswith("Not saved.")
    assert hands.snapshot.target in hands.read("connectionOutcome")
    assert hands.snapshot.connected
    assert store.load() is None


def test_a_password_in_the_address_is_asked_into_its_own_field(desk: Hands) -> None:
    """What is typed into the address is shown, so no secret may stay in it."""
    desk.show(SETTINGS)
    desk.app.desk.connectionForm.edit("address", "redis://me:secret@127.0.0.1:6379/0")
    press(desk, "testConnection")
    assert desk.read("connectionError").startswith("User and password have fields of their own")
    assert not desk.read("connectionSummary")


def test_the_choice_of_tls_and_the_address_say_the_same(desk: Hands) -> None:
    """Either of them may be changed; the file of an own CA belongs to TLS alone."""
    desk.show(SETTINGS)
    form = desk.app.desk.connectionForm
    form.edit("address", "redis://host:6379/0")
    press(desk, "connectionTlsRequired")
    assert desk.read("connectionAddress") == "rediss://host:6379/0"
    assert not desk.read("connectionCa", "enabled")
    press(desk, "connectionTlsOwn CA")
    assert desk.read("connectionCa", "enabled")
    form.edit("address", "redis://host:6379/0")
    assert desk.read("connectionTls", "index") == 0


def test_an_own_authority_is_needed_and_named(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    store: ConnectionStore,
    backend: Backend,
    private_valkey: ServerProcess,
    tls_port: int,
    tmp_path: Path,
) -> None:
    """Without its file the certificate is refused and the fix names the file; with it, TLS holds."""
    hands = open_with(backend.url, store)
    hands.until(lambda: hands.snapshot.connected)
    hands.show(SETTINGS)
    form = hands.app.desk.connectionForm
    fill(hands, private_valkey.url)
    form.edit("address", f"rediss://127.0.0.1:{tls_port}/0")
    press(hands, "saveConnection")
    hands.until(lambda: hands.read("connectionOutcome") != "")
    assert "file of your own certificate authority" in hands.read("connectionOutcome")

    form.chooseTls(2)
    form.edit("ca_file", str(tmp_path / "ca.pem"))
    press(hands, "saveConnection")
    hands.until(lambda: hands.read("connectionOutcome").startswith("Saved."))
    hands.until(lambda: hands.snapshot.connected and hands.snapshot.link.tls)
    assert "TLSv1.3" in hands.read("connectionFound") or "TLS 1.3" in hands.read("connectionFound")


def test_the_password_is_never_shown_and_goes_to_no_file(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    store: ConnectionStore,
    backend: Backend,
    private_valkey: ServerProcess,
    tmp_path: Path,
) -> None:
    """Without a key ring it is kept for this session, and the form says so."""
    hands = open_with(backend.url, store)
    hands.show(SETTINGS)
    fill(hands, private_valkey.url)
    press(hands, "saveConnection")
    hands.until(lambda: hands.read("connectionOutcome").startswith("Saved."))

    secret = urlsplit(private_valkey.url).password
    assert secret
    view = hands.app.desk.connection.view
    assert secret not in repr(view)
    assert secret not in "".join(hands.words())
    hint = hands.read("connectionPassword", "placeholderText")
    assert hint == "for this session only: no system key ring here"
    assert hands.read("connectionPassword") == ""
    _settings(tmp_path).sync()
    assert secret not in (tmp_path / "desk.conf").read_text()
    assert secret not in repr(store.load())


def test_a_password_in_a_file_stays_there_and_goes_to_its_own_server_alone(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    store: ConnectionStore,
    backend: Backend,
    tmp_path: Path,
) -> None:
    """As `qtrade up` hands it over: named, not read; another server does not get it."""
    parts = urlsplit(backend.url)
    file = tmp_path / "password"
    file.write_text(parts.password or "")
    url = f"redis://{parts.username}@{parts.hostname}:{parts.port}/0?password_file={file}"
    hands = open_with(url, store)
    hands.until(lambda: hands.snapshot.connected)
    hands.show(SETTINGS)
    assert hands.read("connectionAddress") == f"redis://{parts.hostname}:{parts.port}/0"
    hint = hands.read("connectionPassword", "placeholderText")
    assert hint == "in a file, read at every connect"
    press(hands, "testConnection")
    hands.until(lambda: "of 9 steps pass" in hands.read("connectionSummary"))
    assert "as " in hands.app.desk.connection.view.steps[3]["words"]

    tried: list[str] = []
    form = hands.app.desk.connectionForm
    form.tryWanted.connect(tried.append)
    form.edit("address", "redis://127.0.0.1:1/0")
    form.test()
    assert tried == [f"redis://{parts.username}:@127.0.0.1:1/0"]


def test_with_a_key_ring_the_next_desk_connects_by_itself(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    backend: Backend,
    private_valkey: ServerProcess,
    tmp_path: Path,
) -> None:
    """The address comes from the settings, the password from the key ring."""
    keyring.set_keyring(MemoryKeyRing())
    hands = open_with(backend.url, ConnectionStore(_settings(tmp_path), Passwords()))
    hands.show(SETTINGS)
    fill(hands, private_valkey.url)
    press(hands, "saveConnection")
    hands.until(lambda: hands.read("connectionOutcome").startswith("Saved."))
    hint = hands.read("connectionPassword", "placeholderText")
    assert hint == "stored in the system key ring"

    again = open_with(None, ConnectionStore(_settings(tmp_path), Passwords()))
    again.until(lambda: again.snapshot.connected)
    assert again.page == "Dashboard"
    assert str(urlsplit(private_valkey.url).port) in again.snapshot.target


def test_without_any_address_the_desk_opens_its_settings_and_can_be_given_one(
    open_with: Callable[[str | None, ConnectionStore], Hands],
    store: ConnectionStore,
    backend: Backend,
) -> None:
    """It says what to do, and from then on is a desk like any other."""
    hands = open_with(None, store)
    assert hands.page == SETTINGS
    assert hands.read("connectionGuide").startswith("No Redis is named yet.")
    hands.until(lambda: hands.read("linkBannerTitle") == "No Redis is named.")
    assert hands.read("connectionState") == "no address"

    fill(hands, backend.url)
    press(hands, "saveConnection")
    hands.until(lambda: hands.snapshot.connected)
    backend.publish_everything()
    hands.until(lambda: hands.read("headerAccountTitle") == "100,452.61")
    hands.until(lambda: hands.read("connectionState").startswith("connected"))


def test_a_refused_desk_says_so_and_leads_to_its_settings(
    open_desk: Callable[[str], Hands], backend: Backend
) -> None:
    """A wrong password is not tried again by itself."""
    parts = urlsplit(backend.url)
    hands = open_desk(f"redis://:wrong@{parts.hostname}:{parts.port}/0")
    hands.until(lambda: hands.snapshot.link.phase is LinkPhase.REFUSED)
    hands.until(lambda: hands.read("linkBannerTitle") == "Redis refuses this desk.")
    assert hands.read("linkBannerAction") == "Try now"

    press(hands, "linkBannerMore")
    assert hands.page == SETTINGS
    assert hands.read("connectionState") == "refused"


def test_a_lost_connection_leads_to_the_system_page(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """The banner names the target and the error; the page has every connection."""
    backend = Backend(private_valkey.url)
    hands = open_desk(private_valkey.url)
    backend.publish_everything()
    hands.until(lambda: hands.read("headerAccountTitle") == "100,452.61")
    private_valkey.kill()
    hands.until(lambda: hands.read("linkBannerTitle").startswith("Connection to Redis lost"))
    target = f"127.0.0.1:{urlsplit(private_valkey.url).port}"
    assert any(target in word for word in hands.words_in(hands.item("linkBanner")))

    press(hands, "linkBannerMore")
    assert hands.page == SYSTEM
    hands.until(lambda: "lost" in hands.words_in(hands.item("connectionsTable")))
    backend.close()


def test_the_keys_of_the_settings_open_them(desk: Hands) -> None:
    """Ctrl 9 and Ctrl comma, and the digit."""
    control, none = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
    for key, modifier in (
        (Qt.Key.Key_9, control),
        (Qt.Key.Key_Comma, control),
        (Qt.Key.Key_9, none),
    ):
        desk.show("Dashboard")
        QTest.keyClick(desk.app.window, key, modifier)
        assert desk.page == SETTINGS
