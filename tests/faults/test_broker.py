"""Celery and RedBeat by the same URLs: TLS, Sentinels, socket files, a password that rotates."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from celery import Celery
from redbeat.schedulers import get_redis
from tests.faults.proxy import LOOPBACK, Proxy
from tests.faults.sentinels import House, lone_server
from tests.faults.test_tls import Authority
from tests.servers import ServerProcess
from tests.unit.roles.parts import settings_of

from qt_trade.contract.target import Target, address_of, url_of
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.roles.worker.app import make_app

QUEUE = "jobs:run-1"
RETRIES = {"max_retries": 100, "interval_start": 0.05, "interval_step": 0.05, "interval_max": 0.2}


def app_at(url: str) -> Celery:
    app = make_app(settings_of(url, "postgresql://x/x"))
    app.finalize()
    return app


def send(app: Celery, name: str) -> None:
    """Send a job as beat does, but patiently."""
    app.send_task(name, retry=True, retry_policy=RETRIES)


def waiting(url: str) -> list[str]:
    """The jobs that lie in the queue, oldest first."""
    with redis.Redis.from_url(url) as client:
        raw: Any = client.lrange(QUEUE, 0, -1)
    return [json.loads(one)["headers"]["task"] for one in reversed(raw)]


def both_reach(app: Celery, server_url: str) -> None:
    """A job is sent and taken, and beat's own client writes and reads."""
    send(app, "one")
    assert waiting(server_url) == ["one"]
    assert take(app) == "one"
    beat = get_redis(app)
    beat.set("redbeat:probe", "here")
    with redis.Redis.from_url(server_url) as client:
        assert client.get("redbeat:probe") == b"here"
    app.close()


def take(app: Celery) -> str:
    """Take the next job as a worker does, over a connection of its own, and confirm it."""
    taken: list[str] = []

    def on_message(message: Any) -> None:
        taken.append(message.headers["task"])
        message.ack()

    with app.connection_for_read() as connection:
        consumer = app.amqp.TaskConsumer(connection.channel(), on_message=on_message)
        with consumer:
            while not taken:
                connection.drain_events(timeout=20)
    return taken[0]


@contextmanager
def tls_in_front(port: int, authority: Authority) -> Iterator[int]:
    """A TLS door in front of a server, in an event loop of its own; yields its port."""
    loop = LoopThread("tls-door")
    door = Proxy(port, authority.context(LOOPBACK, asks_for_one=True))
    loop.run(door.listen())
    try:
        yield door.port
    finally:
        loop.run(door.vanish())
        loop.close()


def test_over_tls_with_ones_own_authority_and_certificate(
    private_valkey: ServerProcess, tmp_path: Path
) -> None:
    """kombu and RedBeat check the same certificate as all others."""
    authority = Authority(tmp_path)
    address = address_of(private_valkey.url)
    ((_, port),) = address.target.hosts
    with tls_in_front(port, authority) as door:
        target = Target(
            ((LOOPBACK, door),),
            user=address.target.user,
            tls=True,
            ca_file=authority.file,
            certificate_file=authority.client_file,
        )
        both_reach(app_at(url_of(target, address.password)), private_valkey.url)


def test_by_way_of_the_sentinels_to_whoever_is_the_primary(tmp_path: Path) -> None:
    """Before and after the first one dies."""
    with House(tmp_path, sentinels=1).running() as house:
        app = app_at(house.url)
        send(app, "before")
        get_redis(app).set("redbeat:probe", "here")
        with redis.Redis.from_url(house.first.url) as primary:
            primary.execute_command("WAIT", 1, 0)
        house.first.kill()
        house.await_primary(house.second)
        send(app, "after")
        assert waiting(house.second.url) == ["before", "after"]
        assert take(app) == "before"
        assert get_redis(app).get("redbeat:probe") == "here"
        app.close()


def test_by_a_socket_file(tmp_path: Path) -> None:
    """For those who let nobody in from outside."""
    path = tmp_path / "redis.sock"
    with lone_server(tmp_path, f"unixsocket {path}") as server:
        target = Target(path=str(path))
        both_reach(app_at(url_of(target, address_of(server.url).password)), server.url)


def test_a_rotated_password_is_read_at_the_next_connect(
    private_valkey: ServerProcess, tmp_path: Path
) -> None:
    """No restart of worker or beat: the file, the server, a cut, and all goes on."""
    file = tmp_path / "password"
    address = address_of(private_valkey.url)
    file.write_text(address.password)
    app = app_at(f"{url_of(address.target)}?password_file={file}")
    send(app, "before")
    beat = get_redis(app)
    beat.set("redbeat:probe", "here")
    rotated = url_of(address.target, "rotated")
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.execute_command("ACL", "SETUSER", "admin", "resetpass", ">rotated")
        file.write_text("rotated")
        admin.client_kill_filter(_type="normal", skipme=True)
    send(app, "after")
    assert waiting(rotated) == ["before", "after"]
    assert take(app) == "before"
    assert beat.get("redbeat:probe") == "here"
    app.close()
