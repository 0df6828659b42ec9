"""Which provider streams which symbols, where a plan carries fewer than are watched."""

from collections.abc import Collection, Mapping, Sequence

from qt_trade.model.symbols import Symbol


def allocated(
    symbols: Sequence[Symbol],
    room: Mapping[str, int],
    refused: Mapping[str, Collection[Symbol]],
    quorum: int,
) -> Mapping[str, frozenset[Symbol]]:
    """Return the symbols each provider should stream; the first symbols matter most.

    ``room``: how many each carries. ``refused``: which ones it will not. First as many symbols as
    possible get a quorum of streams, the rest of the room then confirms them further: a third
    opinion on one is worth less than a second on another.
    """
    taken: dict[str, set[Symbol]] = {name: set() for name in room}
    for enough in (quorum, len(room)):
        for symbol in symbols:
            _fill(symbol, enough, taken, room, refused)
    return {name: frozenset(those) for name, those in taken.items()}


def _fill(
    symbol: Symbol,
    enough: int,
    taken: Mapping[str, set[Symbol]],
    room: Mapping[str, int],
    refused: Mapping[str, Collection[Symbol]],
) -> None:
    # Who has most room left first: the small ones are kept for those that need a second.
    by_room = sorted(room, key=lambda name: (len(taken[name]) - room[name], name))
    streams = sum(symbol in those for those in taken.values())
    for name in by_room:
        if streams >= enough:
            return
        free = len(taken[name]) < room[name] and symbol not in refused.get(name, ())
        if free and symbol not in taken[name]:
            taken[name].add(symbol)
            streams += 1
