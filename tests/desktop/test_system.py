"""The System page: each card from real documents, its states, and what its controls send."""

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
from PySide6.QtQuick import QQuickItem
from tests.desktop import backend as published
from tests.desktop import machine, opinions
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands
from tests.servers import ServerProcess

from qt_trade.contract import registry
from qt_trade.contract.payloads.health import LogLevel, RoleState
from qt_trade.contract.payloads.market import FeedState
from qt_trade.contract.payloads.sessions import RevokeSession
from qt_trade.contract.payloads.signals import CandidateState

SYSTEM = "System"


def shown(desk: Hands, backend: Backend) -> None:
    """Show the page with everything on it."""
    backend.write(registry.MARKET_STATUS, published.status())
    machine.publish_machine(backend, desk.snapshot.session_id)
    desk.show(SYSTEM)
    desk.until(lambda: "alive, no work" in desk.words_in(desk.item("rolesTable")))
    desk.until(lambda: desk.read("canaryState") == "whole chain works")


def rows(desk: Hands, name: str) -> dict[str, list[str]]:
    """Return the cells of a table by the first cell of each row, as a reader hears them."""
    model = desk.item(name).property("model")
    table = [
        [
            model.data(model.index(row, column))
            for column in range(model.columnCount())
        ]
        for row in range(model.rowCount())
    ]  # fmt: skip
    return {line[0]: line for line in table}


def test_before_anything_is_heard_every_card_says_what_it_waits_for(desk: Hands) -> None:
    """Nothing looks like a state before somebody has said one."""
    desk.show(SYSTEM)
    desk.until(lambda: "No message was refused" in desk.words())
    words = desk.words()
    assert "No canary has flown yet" in words
    assert "The engine has named no sessions yet" in words
    assert "Nothing was logged yet" in words
    assert "working" not in words
    assert any(word.startswith("Waiting for the first snapshot") for word in words)


def test_the_roles_show_their_work_apart_from_their_heartbeat(
    desk: Hands, backend: Backend
) -> None:
    """Beat lives and does nothing: that is red, and why stands beside it."""
    shown(desk, backend)
    table = rows(desk, "rolesTable")
    assert list(table) == ["Streamer", "Engine", "Worker", "Beat"]
    assert table["Streamer"][1:4] == ["working", table["Streamer"][2], "quote NVDA"]
    assert table["Streamer"][5:] == ["0", "4,310", "0"]
    assert table["Beat"][1] == "alive, no work"
    assert table["Beat"][3] == "No job was called for 41 min"
    assert desk.read("rolesCard", "count") == "3 of 4 healthy"
    assert desk.read("navSystem", "needs") == 1


def test_several_processes_of_a_role_have_rows_of_their_own(desk: Hands, backend: Backend) -> None:
    """One engine leads, the other stands by; each as the engine's document judges it."""
    shown(desk, backend)
    first, second = machine.report("engine", 1), machine.report("engine", 2, leads=False)
    judged = machine.role_health(
        RoleState.WORKING,
        instances=(
            machine.instance(first, RoleState.WORKING),
            machine.instance(second, RoleState.STANDBY),
        ),
    )
    machine.hear(backend, first)
    machine.hear(backend, second)
    backend.write(registry.SYSTEM_STATUS, machine.system(machine.WORKING | {"engine": judged}))

    desk.until(lambda: "standby" in desk.words_in(desk.item("rolesTable")))
    words = desk.words_in(desk.item("rolesTable"))
    assert words.count("Engine") == 2
    assert {"study · 4101", "study · 4102"} <= set(words)
    assert desk.read("rolesCard", "count") == "5 of 5 healthy"


def test_a_role_nobody_heard_of_and_one_gone_silent_say_so(desk: Hands, backend: Backend) -> None:
    """Without an engine nobody judges work; what is heard here is still told."""
    desk.show(SYSTEM)
    machine.hear(backend, machine.report("worker"))
    desk.until(lambda: "not judged" in desk.words_in(desk.item("rolesTable")))
    table = rows(desk, "rolesTable")
    assert table["Streamer"][1] == "not seen"
    assert table["Worker"][1] == "not judged"
    assert desk.read("rolesCardNote") == "no word of the engine"
    assert desk.read("rolesCard", "count") == "4, not judged"

    silent = machine.role_health(RoleState.SILENT, "no report for 14 s")
    backend.write(registry.SYSTEM_STATUS, machine.system(machine.WORKING | {"worker": silent}))
    desk.until(lambda: rows(desk, "rolesTable")["Worker"][1] == "silent")
    assert rows(desk, "rolesTable")["Worker"][3] == "No report for 14 s"


def test_the_canary_is_timed_to_this_screen_and_told_in_the_session(
    desk: Hands, backend: Backend
) -> None:
    """The last step is this desk's own; its number goes out with the next heartbeat."""
    shown(desk, backend)
    desk.until(lambda: "painted" in desk.words_in(desk.item("canaryCard")))
    words = desk.words_in(desk.item("canaryCard"))
    for expected in ("Quote in", "14 checks", "7.0 ms", "This desk", "256 of 256 arrived"):
        assert expected in words
    painted = desk.snapshot.system.painted
    assert painted is not None
    assert painted.number == 256
    assert painted.after_ms > 0

    def echoed() -> bool:
        session = backend.read(registry.SESSION, desk.snapshot.session_id)
        return session is not None and session.value.canary == 256

    desk.until(echoed)
    session = backend.read(registry.SESSION, desk.snapshot.session_id).value
    assert session.delay_ms == painted.after_ms


def test_a_canary_that_did_not_arrive_says_where_it_was_lost(desk: Hands, backend: Backend) -> None:
    """The step is marked, and nothing of this screen is claimed."""
    shown(desk, backend)
    before = machine.canary(257)
    lost = msgspec.structs.replace(before.steps[3], ok=False, took_ms=None, words="no commit")
    broken = msgspec.structs.replace(
        before,
        ok=False,
        words="the journal did not answer within 2 s",
        total_ms=None,
        failed=1,
        arrived=256,
        steps=(*before.steps[:3], lost),
    )
    backend.write(registry.CANARY, broken)
    desk.until(lambda: desk.read("canaryState") == "chain broken")
    assert desk.read("canaryTotal") == "—"
    assert desk.read("canaryRemark") == "The journal did not answer within 2 s."
    assert desk.read("canaryCounts") == "256 of 257 arrived"
    assert "nothing came" in desk.words_in(desk.item("canaryCard"))


def test_the_connections_are_those_from_here_and_from_every_role(
    desk: Hands, backend: Backend
) -> None:
    """A line that is down says why; a feed without data, too."""
    shown(desk, backend)
    machine.hear(backend, machine.report("worker", redis=machine.DOWN))
    status = msgspec.structs.replace(
        published.status(), feed_state=FeedState.NO_DATA, feed_words="Yahoo cannot be reached"
    )
    backend.write(registry.MARKET_STATUS, status)
    desk.until(lambda: "timed out" in desk.words_in(desk.item("connectionsTable")))
    desk.until(lambda: "no data" in desk.words_in(desk.item("connectionsTable")))
    table = rows(desk, "connectionsTable")
    assert table["Redis"][1] == "connected"
    assert str(urlsplit(backend.url).port) in table["Redis"][2]
    assert table["Redis"][2].endswith("no TLS")
    assert table["PostgreSQL"][1:3] == ["connected", "as the engine sees it"]
    assert table["PostgreSQL"][4] == "1.7 ms"
    assert table["Redis · worker"][1:3] == ["lost", "timed out"]
    assert table["Redis · worker"][6] == "3"
    assert table["minute_2013-10-04_09"][2] == "Yahoo cannot be reached"


def test_an_ai_that_is_asked_is_a_connection_with_its_budget(desk: Hands, backend: Backend) -> None:
    """How long it took, and what is left of today's; without one there is no such line."""
    shown(desk, backend)
    backend.write(
        registry.GROK_CANDIDATES, opinions.candidates(state=CandidateState.NOT_CONFIGURED)
    )
    desk.until(lambda: desk.app.desk.snapshot.candidates is not None)
    unasked = msgspec.structs.replace(opinions.candidates(), model="", asked_at=None, took_s=None)
    backend.write(registry.GROK_CANDIDATES, unasked)
    desk.until(lambda: "not asked yet" in desk.words_in(desk.item("connectionsTable")))
    assert rows(desk, "connectionsTable")["AI"][1] == "not asked yet"
    asked = msgspec.structs.replace(opinions.candidates(), spent_usd=0.5)
    backend.write(registry.GROK_CANDIDATES, asked)
    desk.until(lambda: opinions.MODEL in desk.words_in(desk.item("connectionsTable")))
    line = rows(desk, "connectionsTable")[opinions.MODEL]
    assert line[1:3] == ["connected", "candidates"]
    assert line[4] == "4,100 ms"
    assert line[5] == "1.50 of 2.00 USD today"
    desk.app.desk.ages.ask("line/AI/latency")
    told = {one["name"]: one["value"] for one in desk.app.desk.ages.view.view.rows}
    assert registry.GROK_CANDIDATES.name in told.values()
    used = opinions.candidates(state=CandidateState.BUDGET_USED, words="2.00 of 2.00 USD are spent")
    backend.write(registry.GROK_CANDIDATES, used)
    desk.until(lambda: "budget used" in desk.words_in(desk.item("connectionsTable")))


def test_the_sessions_name_this_desk_and_who_controls(desk: Hands, backend: Backend) -> None:
    """This desk first; rights in words."""
    shown(desk, backend)
    desk.until(lambda: desk.read("sessionsCard", "count") == "3")
    table = rows(desk, "sessionsTable")
    assert list(table) == ["desk-1", "desk-2", "tablet"]
    assert table["desk-1"][1] == "this desk"
    assert [line[4] for line in table.values()] == ["trades", "controls", "watches"]
    assert table["desk-2"][1:4] == ["ada@attic", "0.1.0", "21 ms"]
    assert table["desk-1"][5] == "now"


def test_a_session_is_ended_only_after_it_was_named_and_a_reason_given(
    desk: Hands, backend: Backend
) -> None:
    """The command carries target and reason; the engine's answer stands on the card."""
    shown(desk, backend)
    desk.until(lambda: desk.read("sessionsCard", "count") == "3")
    assert not desk.read("revokeSession", "enabled")
    desk.app.desk.system.chooseSession("desk-2")
    desk.settle()
    desk.press("revokeSession")
    desk.until(lambda: desk.read("revokeQuestion") == "Log out desk-2?")
    assert not desk.read("revokeConfirm", "enabled")
    assert backend.received == []

    desk.item("revokeReason").setProperty("text", "left the house")
    desk.settle()
    desk.press("revokeConfirm")
    desk.until(lambda: bool(backend.received))
    (wish,) = backend.received
    assert isinstance(wish, RevokeSession)
    assert (wish.target, wish.reason) == ("desk-2", "left the house")
    desk.until(lambda: desk.read("revokeResult") == "desk-2 is logged out")


def test_a_refused_log_out_says_why_and_escape_ends_nothing(desk: Hands, backend: Backend) -> None:
    """This desk itself is not offered."""
    shown(desk, backend)
    backend.accept, backend.reason = False, "it has ended already"
    desk.until(lambda: desk.read("sessionsCard", "count") == "3")
    system = desk.app.desk.system
    system.chooseSession(desk.snapshot.session_id)
    assert not desk.read("revokeSession", "enabled")

    system.chooseSession("desk-2")
    system.askRevoke()
    system.keepSession()
    assert not desk.item("revokeQuestion").isVisible()
    system.askRevoke()
    system.revoke("gone")
    desk.until(
        lambda: desk.read("revokeResult") == "desk-2 was not logged out: it has ended already"
    )


def test_refused_messages_are_grouped_and_shown_raw_with_the_field_marked(
    desk: Hands, backend: Backend
) -> None:
    """Four letters, two reasons; a stranger's markup stays text."""
    shown(desk, backend)
    desk.until(lambda: desk.read("rejectedCard", "count") == "4")
    model = desk.app.desk.system.rejectedTable
    lines = [[model.data(model.index(r, c)) for c in range(8)] for r in range(2)]
    assert lines[0][1:7] == [
        "frontend:manual_orders", "engine", "quantity", '"12,5"', "Expected int, got str", "2",
    ]  # fmt: skip
    assert lines[1][3:5] == ["price", "-1"]

    desk.app.desk.system.chooseLetter(model.keyAt(1))
    view = desk.app.desk.system.rejected.view
    assert view.marked == "&quot;price&quot;:-1"
    assert "&lt;b&gt;not bold&lt;/b&gt;" in view.after
    assert desk.read("rejectedWhy").startswith("price: Expected float > 0.0.")
    assert desk.item("rejectedRaw").isVisible()
    desk.app.desk.system.chooseLetter(model.keyAt(1))
    assert not desk.item("rejectedRaw").isVisible()


def test_what_this_desk_refuses_itself_appears_among_the_rejected(
    desk: Hands, backend: Backend
) -> None:
    """A damaged document is refused on reading and kept with its reason."""
    shown(desk, backend)
    backend.spoil("backend:portfolio_summary", b'{"total_value": 1}')
    desk.until(lambda: desk.read("rejectedCard", "count") == "5")
    table = desk.item("rejectedTable")
    desk.until(lambda: "backend:portfolio_summary" in desk.words_in(table))


def test_the_log_is_filtered_by_level_and_by_text(desk: Hands, backend: Backend) -> None:
    """Newest first; what fits nothing says so."""
    shown(desk, backend)
    desk.until(lambda: len(lines(desk)) == 6)
    assert lines(desk)[0] == "order.filled symbol=AAPL qty=10 price=484.28"
    desk.settle()
    desk.press("logLevelWarnings")
    assert len(lines(desk)) == 2
    desk.press("logLevelErrors")
    assert lines(desk) == ["predictions.failed reason=not enough bars"]
    desk.press("logLevelAll")
    desk.app.desk.system.filterLog("streamer")
    assert lines(desk) == ["quotes.published symbols=10"]
    desk.app.desk.system.filterLog("nothing like it")
    desk.until(lambda: "No line fits" in desk.words())


def test_what_strangers_write_stays_in_its_line(desk: Hands, backend: Backend) -> None:
    """A name or a log line with a line break, or far too long, covers no neighbour."""
    shown(desk, backend)
    name = "two\nlines " + 40 * "x"
    backend.write(registry.SESSIONS_ACTIVE, machine.active(machine.session("desk-9", name=name)))
    backend.push(registry.LOG_LINES, machine.line(LogLevel.INFO, "odd", "first\nsecond"))
    desk.until(lambda: desk.read("sessionsCard", "count") == "1")
    desk.until(lambda: len(lines(desk)) == 7)
    desk.settle()
    for text in ("two\nlines", "odd first\nsecond"):
        cell = next(item for item in texts(desk) if str(item.property("text")).startswith(text))
        assert cell.property("lineCount") == 1
        assert cell.property("truncated")

    desk.app.desk.system.chooseSession("desk-9")
    desk.app.desk.system.askRevoke()
    desk.settle()
    card, button = desk.item("sessionsCard"), desk.item("revokeConfirm")
    assert button.mapToItem(card, button.width(), 0).x() <= card.width()


def test_a_held_log_stands_still_and_counts_what_waits(desk: Hands, backend: Backend) -> None:
    """Going on shows what came meanwhile."""
    shown(desk, backend)
    desk.until(lambda: len(lines(desk)) == 6)
    desk.settle()
    desk.press("logHold")
    desk.until(lambda: desk.read("logHold") == "Go on")
    backend.push(registry.LOG_LINES, machine.line(LogLevel.WARNING, "lease.lost", "by=engine-2"))
    desk.until(lambda: desk.read("logCard", "count") == "1 new line")
    assert len(lines(desk)) == 6

    desk.settle()
    desk.press("logHold")
    desk.until(lambda: len(lines(desk)) == 7)
    assert lines(desk)[0] == "lease.lost by=engine-2"


def test_a_lost_connection_greys_the_page_and_claims_nothing(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """What is not known any more is said to be not known."""
    backend = Backend(private_valkey.url)
    desk = open_desk(private_valkey.url)
    desk.until(lambda: desk.snapshot.connected)
    shown(desk, backend)
    private_valkey.kill()
    desk.until(lambda: desk.read("canaryState") == "not known")
    for card in ("rolesCard", "canaryCard", "sessionsCard", "rejectedCard"):
        assert desk.read(f"{card}Note").startswith("stale since"), card
    table = rows(desk, "connectionsTable")
    assert table["Redis"][1] == "lost"
    assert table["PostgreSQL"][1] == "not known"
    assert not desk.read("revokeSession", "enabled")
    backend.close()


def texts(desk: Hands) -> list[QQuickItem]:
    """Return every text item of the window."""
    root = desk.app.window.contentItem()
    return [item for item in desk._items(root) if item.inherits("QQuickText")]


def lines(desk: Hands) -> list[str]:
    """Return the words of the log's lines as the model has them."""
    model = desk.app.desk.system.lines
    return [model.row(place).words for place in range(model.rowCount())]
