"""A form over a shared document, whatever two people do to it in whatever order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models.form import Form, Source

AT = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
NAMES = ("stop", "profit", "shares")
FIRST = {"stop": "1.5", "profit": "3", "shares": "10"}

values = st.fixed_dictionaries({name: st.sampled_from(["1", "2", "3"]) for name in NAMES})
steps = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.sampled_from(NAMES), st.sampled_from(["1", "2", "3", ""])),
        st.tuples(st.just("other"), values, st.booleans()),
        st.tuples(st.just("keep"), st.sampled_from(NAMES), st.none()),
        st.tuples(st.just("take"), st.sampled_from(NAMES), st.none()),
    ),
    max_size=12,
)


def source(fields: dict[str, str], revision: int, *, own: bool = False) -> Source:
    return Source(fields, revision, "desk-2", AT, AT, own)


def begun() -> Form:
    return forms.rebased(Form(), source(FIRST, 1))


def test_the_first_state_is_no_change() -> None:
    """What the form begins with is not marked."""
    form = begun()
    assert form.values == FIRST
    assert forms.marked(form, AT) == {}


def test_what_was_typed_stays_and_is_asked_about() -> None:
    """The rest follows and is marked for ten seconds."""
    form = forms.typed(begun(), "stop", "1.8")
    form = forms.rebased(form, source(FIRST | {"stop": "1.2", "profit": "4"}, 2))
    assert form.values == {"stop": "1.8", "profit": "4", "shares": "10"}
    assert set(form.undecided) == {"stop"}
    assert form.undecided["stop"].value == "1.2"
    assert set(forms.marked(form, AT + timedelta(seconds=10))) == {"profit"}
    assert forms.marked(form, AT + timedelta(seconds=11)) == {}


def test_what_both_wrote_alike_is_no_conflict() -> None:
    """The typed value equals theirs: nothing is left to decide or to apply."""
    form = forms.typed(begun(), "stop", "1.2")
    form = forms.rebased(form, source(FIRST | {"stop": "1.2"}, 2))
    assert (dict(form.typed), dict(form.undecided)) == ({}, {})


def test_a_decision_holds_until_the_field_changes_again() -> None:
    """Keep mine, another field of theirs, then the same field once more."""
    form = forms.typed(begun(), "stop", "1.8")
    form = forms.keep_mine(forms.rebased(form, source(FIRST | {"stop": "1.2"}, 2)), "stop")
    form = forms.rebased(form, source(FIRST | {"stop": "1.2", "profit": "4"}, 3))
    assert not form.undecided
    form = forms.rebased(form, source(FIRST | {"stop": "1.1", "profit": "4"}, 4))
    assert form.undecided["stop"].value == "1.1"


def test_ones_own_write_marks_nothing() -> None:
    """It comes back as everybody's does."""
    form = forms.rebased(begun(), source(FIRST | {"stop": "1.2"}, 2, own=True))
    assert forms.marked(form, AT) == {}


def test_typing_the_documents_own_value_is_no_change() -> None:
    """Nor is a conflict left over once the text equals theirs."""
    form = forms.typed(begun(), "stop", "1.8")
    form = forms.rebased(form, source(FIRST | {"stop": "1.2"}, 2))
    form = forms.typed(form, "stop", "1.2")
    assert (dict(form.typed), dict(form.undecided)) == ({}, {})


@given(steps)
def test_nothing_typed_is_lost_and_nothing_is_overwritten_unseen(
    script: list[tuple[str, object, object]],
) -> None:
    """Every field shows what was typed last here, else the document; typed fields that another
    changed since they were decided wait."""
    form, document, revision = begun(), dict(FIRST), 1
    mine: dict[str, str] = {}
    seen = dict(FIRST)
    for kind, first, second in script:
        if kind == "other":
            document, revision = dict(first), revision + 1  # type: ignore[call-overload]
            form = forms.rebased(form, source(document, revision, own=bool(second)))
            mine = {name: text for name, text in mine.items() if document[name] != text}
        elif kind == "type":
            form = forms.typed(form, str(first), str(second))
            if first not in mine:
                seen[str(first)] = document[str(first)]
            mine[str(first)] = str(second)
            mine = {name: text for name, text in mine.items() if document[name] != text}
        elif kind == "keep":
            form = forms.keep_mine(form, str(first))
            seen[str(first)] = document[str(first)]
        else:
            form = forms.take_theirs(form, str(first))
            mine.pop(str(first), None)
        assert form.values == {**document, **mine}
        assert {name for name in mine if seen[name] != document[name]} <= set(form.undecided)
        assert set(form.undecided) <= set(form.typed) == set(mine)
