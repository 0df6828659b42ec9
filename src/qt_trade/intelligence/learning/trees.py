"""The trees of a kept model, checked line by line before LightGBM sees any of them.

LightGBM takes its own text on trust: one that was cut off, or names a child that is none, ends the
process that reads it, or never lets it go. So nothing of a kept text is handed on: what is a tree
is written anew, number by number, and everything else is refused in words.
"""

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from qt_trade.intelligence.learning.learnt import DamagedModelError

TREES_MAX = 5_000
LEAVES_MAX = 256
WHOLE_MAX = 2**31 - 1
_END = "end of trees"
_OF_SPLITS = (
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child",
    "internal_value", "internal_weight", "internal_count",
)  # fmt: skip
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_SINGLE = ("num_leaves", "num_cat", "is_linear", "shrinkage")
_FIELDS = frozenset((*_OF_SPLITS, *_OF_LEAVES, *_SINGLE))
_WHOLE = frozenset(
    ("split_feature", "decision_type", "left_child", "right_child", "internal_count", "leaf_count")
)
_DECISIONS = frozenset(("0", "2", "4", "6", "8", "10"))
"""By numbers; which way a missing one goes, and what counts as missing. No categories."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)

_Tree = Mapping[str, str]


@lru_cache(maxsize=64)
def checked(text: str, features: int) -> str:
    """Return the trees of a LightGBM text of so many features, written anew, for LightGBM to read.

    The same text is checked once: that costs some milliseconds. Raises DamagedModelError.
    """
    head, trees = _parts(text)
    told = head.get("max_feature_idx", "")
    asked = int(told) + 1 if told.isascii() and told.isdigit() else 0
    if asked != features:
        raise DamagedModelError(f"the model's trees ask for {asked} features, it names {features}")
    if head.get("num_class") != "1" or head.get("num_tree_per_iteration") != "1":
        raise DamagedModelError("the model's trees give more than one score")
    if not 0 < len(trees) <= TREES_MAX:
        raise DamagedModelError(f"the model has {len(trees)} trees; 1 to {TREES_MAX} are possible")
    for number, tree in enumerate(trees):
        if trouble := _trouble(tree, features):
            raise DamagedModelError(f"tree {number} of the model is damaged: {trouble}")
    return _written(trees, features)


def _parts(text: str) -> tuple[_Tree, list[_Tree]]:
    """Return the head and the trees by their fields."""
    kept, end, _ = text.partition(f"\n{_END}")
    lines = kept.split("\n")
    if lines[0] != "tree" or not end:
        raise DamagedModelError("the model's trees are not whole: they have no beginning or no end")
    parts: list[dict[str, str]] = [{}]
    for line in filter(None, lines[1:]):
        name, _, value = line.partition("=")
        if name == "Tree":
            if value != str(len(parts) - 1):
                raise DamagedModelError(f"the model's tree {len(parts) - 1} is missing")
            parts.append({})
        elif name in parts[-1]:
            raise DamagedModelError(f"the model's trees say {name[:40]!r} twice")
        else:
            parts[-1][name] = value
    return parts[0], list(parts[1:])


def _trouble(tree: _Tree, features: int) -> str:
    """Return what is wrong with a tree, empty: nothing."""
    if set(tree) != _FIELDS:
        return "it has other fields than a tree's"
    leaves = tree["num_leaves"]
    if not (leaves.isascii() and leaves.isdigit() and 0 < int(leaves) <= LEAVES_MAX):
        return f"it has {leaves[:20]!r} leaves; 1 to {LEAVES_MAX} are possible"
    if tree["num_cat"] != "0" or tree["is_linear"] != "0" or not _is_number(tree["shrinkage"]):
        return "it is no plain tree of numbers"
    return _columns(tree, int(leaves)) or _shape(tree, int(leaves), features)


def _columns(tree: _Tree, leaves: int) -> str:
    for name in (*_OF_SPLITS, *_OF_LEAVES):
        values = tree[name].split()
        wanted = leaves - (name in _OF_SPLITS)
        # A tree of one leaf leaves its weight out.
        if len(values) != wanted and not (leaves == 1 and not values and name != "leaf_value"):
            return f"{name} has {len(values)} values, {wanted} are wanted"
        known = _is_whole if name in _WHOLE else _is_number
        if name == "threshold":
            # Whatever is known is below this: what is missing goes the other way.
            values = [value for value in values if value != "inf"]
        if not all(map(known, values)):
            return f"{name} has a value that is no number"
    return ""


def _shape(tree: _Tree, leaves: int, features: int) -> str:
    """Say what keeps its nodes from being a tree: each has one parent, which comes before it."""
    if any(not 0 <= int(one) < features for one in tree["split_feature"].split()):
        return "it asks for a feature that there is none of"
    if not _DECISIONS.issuperset(tree["decision_type"].split()):
        return "it decides in a way that is not known"
    children = [
        (parent, int(child))
        for side in ("left_child", "right_child")
        for parent, child in enumerate(tree[side].split())
    ]
    found = sorted(child for _, child in children)
    # Leaf 0 is -1, leaf 1 is -2; node 0 is the root.
    nodes = [*range(-leaves, 0), *range(1, leaves - 1)] if leaves > 1 else []
    if found != nodes or any(0 < child <= parent for parent, child in children):
        return "its nodes make no tree"
    return ""


def _is_number(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None and math.isfinite(float(word))


def _is_whole(word: str) -> bool:
    digits = word.removeprefix("-")
    return digits.isascii() and digits.isdigit() and abs(int(word)) <= WHOLE_MAX


def _written(trees: Iterable[_Tree], features: int) -> str:
    names = " ".join(f"Column_{number}" for number in range(features))
    lines = [
        "tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0",
        f"max_feature_idx={features - 1}", f"feature_names={names}",
        f"feature_infos={' '.join(['none'] * features)}", "",
    ]  # fmt: skip
    for number, tree in enumerate(trees):
        lines += [f"Tree={number}", f"num_leaves={tree['num_leaves']}", "num_cat=0"]
        lines += [f"{name}={' '.join(tree[name].split())}" for name in _ORDER]
        lines += ["is_linear=0", f"shrinkage={tree['shrinkage']}", "", ""]
    return "\n".join([*lines, _END, "", "parameters:", "end of parameters", ""])


_ORDER = (
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child",
    "leaf_value", "leaf_weight", "leaf_count", "internal_value", "internal_weight",
    "internal_count",
)  # fmt: skip
"""In which LightGBM writes a tree's columns."""
