"""``qtrade contract``: the contract, readable."""

import typer

from qt_trade.cli.options import AsJson

app = typer.Typer(help="The contract between backend and frontends.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``contract list`` a sub-command while it is the only one."""


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """List every key with its kind, payload, writers and freshness."""
    from qt_trade.cli.console import print_json, print_table  # noqa: PLC0415  # start-up time
    from qt_trade.contract.endpoints import Document, Log  # noqa: PLC0415
    from qt_trade.contract.registry import KEYS  # noqa: PLC0415

    rows = []
    for key in KEYS:
        limit = "-"
        if isinstance(key, Document):
            limit = f"stale after {key.stale_after_s:g} s" if key.stale_after_s else "on change"
            limit = f"gone after {key.ttl_s:g} s" if key.ttl_s else limit
        elif isinstance(key, Log):
            limit = f"last {key.cap}"
        payload = getattr(key.payload, "__name__", str(key.payload).rpartition(".")[2])
        writers = ", ".join(sorted(key.writers)) if len(key.writers) < 5 else "all"  # noqa: PLR2004
        rows.append((key.name, type(key).__name__, payload, writers, limit, key.what))
    columns = ("key", "kind", "payload", "written by", "kept", "what")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table("The contract", columns, rows)
