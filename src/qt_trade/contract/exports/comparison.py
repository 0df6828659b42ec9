"""Two JSON Schemas of one key, compared: which values only one of them takes.

Knows the vocabulary of ``schemas`` and no more; a word it does not know counts as a change both
ways when it differs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_REMARKS = frozenset({"$schema", "$id", "$defs", "title", "description", "x-contract"})
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_KNOWN = frozenset({"type", "enum", "const", "pattern", "format", "properties", "required", "items",
                    "additionalProperties", "propertyNames", *_LEAST, *_MOST})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """``narrower``: refuses what was taken. ``wider``: takes what was refused."""

    path: str
    words: str
    narrower: bool
    wider: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    """The old and the new schema of one place."""

    path: str
    old: Schema
    new: Schema

    def differs(self, words: str, *, narrower: bool = False, wider: bool = False) -> Difference:
        return Difference(self.path, words, narrower, wider)


def compare(old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield every difference between two schemas, each complete with its ``$defs``."""
    return _Comparison(old.get("$defs", {}), new.get("$defs", {})).places("$", old, new)


class _Comparison:
    """Knows what the two sides refer to."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new

    def places(self, path: str, old: Schema, new: Schema) -> Iterator[Difference]:
        """Compare two schemas of one place, alternative by alternative."""
        olds, news = _alternatives(old, self._old), _alternatives(new, self._new)
        for sort in olds.keys() - news.keys():
            yield Difference(path, f"{sort} is no longer taken", narrower=True, wider=False)
        for sort in news.keys() - olds.keys():
            yield Difference(path, f"{sort} is taken, too", narrower=False, wider=True)
        for sort in sorted(olds.keys() & news.keys()):
            yield from self._pair(_Pair(path, olds[sort], news[sort]))

    def _pair(self, pair: _Pair) -> Iterator[Difference]:
        yield from _words(pair)
        yield from _text(pair)
        yield from _bounds(pair)
        yield from self._fields(pair)
        yield from self._more(pair)
        yield from _unknown(pair)

    def _fields(self, pair: _Pair) -> Iterator[Difference]:
        olds, news = pair.old.get("properties", {}), pair.new.get("properties", {})
        for name in [*olds, *(name for name in news if name not in olds)]:
            field = f"{pair.path}.{name}"
            if name not in news:
                yield _removed(pair, name, field)
            elif name not in olds:
                yield _added(pair, name, field)
            else:
                yield from self.places(field, olds[name], news[name])
                yield from _required(pair, name, field)

    def _more(self, pair: _Pair) -> Iterator[Difference]:
        """Compare what may stand in a list or a mapping, and whether unknown fields may."""
        inside = f"{pair.path}[...]"
        for word in ("items", "additionalProperties", "propertyNames"):
            old, new = pair.old.get(word), pair.new.get(word)
            if isinstance(old, dict) and isinstance(new, dict):
                at = pair.path if word == "propertyNames" else inside
                yield from self.places(at, old, new)
            elif old != new and (old is False or new is False):
                yield _strictness(pair, strict=new is False)
            elif old != new:
                added = new is not None
                words = f"{word} is {'now' if added else 'no longer'} limited"
                yield pair.differs(words, narrower=added, wider=not added)


def _alternatives(schema: Schema, definitions: Schema) -> dict[str, Schema]:
    """Return the schemas a value may fit, by the sort of value each is for."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" not in schema:
        return {_sort(schema): schema}
    found: dict[str, Schema] = {}
    for one in schema["anyOf"]:
        found |= _alternatives(one, definitions)
    return found


def _sort(schema: Schema) -> str:
    """Return what kind of value a schema is for; an object that says by a tag which it is has its."""
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {}).items()
        tags = [f'{name} "{field["const"]}"' for name, field in fields if "const" in field]
        return f"an object with {tags[0]}" if tags else "an object"
    if "const" in schema or "enum" in schema or "pattern" in schema:
        kind = "string"
    names = {"string": "text", "null": "null", "boolean": "yes or no", "array": "a list",
             "integer": "a number", "number": "a number"}  # fmt: skip
    return names.get(str(kind), "any value")


def _words(pair: _Pair) -> Iterator[Difference]:
    old, new = _listed(pair.old), _listed(pair.new)
    if old is None or new is None:
        if (old is None) != (new is None):
            only = new is not None
            words = "only listed words are taken now" if only else "any word is taken now"
            yield pair.differs(words, narrower=only, wider=not only)
        return
    for word in old:
        if word not in new:
            yield pair.differs(f'"{word}" is no longer among the words', narrower=True)
    for word in new:
        if word not in old:
            yield pair.differs(f'"{word}" is a new word', wider=True)


def _listed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _text(pair: _Pair) -> Iterator[Difference]:
    for word in ("pattern", "format"):
        old, new = pair.old.get(word), pair.new.get(word)
        if old != new:
            words = f"its {word} was {old or 'any'} and is {new or 'any'}"
            yield pair.differs(words, narrower=new is not None, wider=old is not None)
    kinds = pair.old.get("type"), pair.new.get("type")
    if kinds == ("number", "integer"):
        yield pair.differs("only whole numbers are taken now", narrower=True)
    elif kinds == ("integer", "number"):
        yield pair.differs("fractions are taken now", wider=True)


def _bounds(pair: _Pair) -> Iterator[Difference]:
    for word in (*_LEAST, *_MOST):
        old, new = pair.old.get(word), pair.new.get(word)
        if old == new:
            continue
        if old is None or new is None:
            tighter = old is None
        else:
            tighter = new > old if word in _LEAST else new < old
        words = f"its {word} was {_shown(old)} and is {_shown(new)}"
        yield pair.differs(words, narrower=tighter, wider=not tighter)


def _removed(pair: _Pair, name: str, path: str) -> Difference:
    # Whoever demanded the field misses it; whoever still sends it is refused by a strict reader.
    strict = pair.new.get("additionalProperties") is False
    wanted = name in pair.old.get("required", ())
    return Difference(path, "the field is gone", narrower=strict, wider=wanted)


def _added(pair: _Pair, name: str, path: str) -> Difference:
    # Whoever does not send the field is refused; a strict reader of before does not know it.
    strict = pair.old.get("additionalProperties") is False
    demanded = name in pair.new.get("required", ())
    words = "a new field that must be there" if demanded else "a new field"
    return Difference(path, words, narrower=demanded, wider=strict)


def _required(pair: _Pair, name: str, path: str) -> Iterator[Difference]:
    before, after = (name in side.get("required", ()) for side in (pair.old, pair.new))
    if before != after:
        words = f"the field {'must' if after else 'need not'} be there now"
        yield Difference(path, words, narrower=after, wider=before)


def _strictness(pair: _Pair, *, strict: bool) -> Difference:
    words = "unknown fields are refused now" if strict else "unknown fields are read over now"
    return pair.differs(words, narrower=strict, wider=not strict)


def _unknown(pair: _Pair) -> Iterator[Difference]:
    for word in sorted((pair.old.keys() | pair.new.keys()) - _KNOWN - _REMARKS - {"anyOf", "$ref"}):
        if pair.old.get(word) != pair.new.get(word):
            yield pair.differs(f'the rule "{word}" changed', narrower=True, wider=True)


def _shown(bound: Any) -> str:
    return "none" if bound is None else f"{bound}"
