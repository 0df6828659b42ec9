"""What was said of symbols, so that nobody has to be asked a second time."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTRUMENTS = """
CREATE TABLE instruments (
    symbol   text PRIMARY KEY,
    listed   boolean NOT NULL,
    name     text NOT NULL,
    exchange text NOT NULL,
    tradable boolean,
    said_by  text NOT NULL,
    said_at  timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Make what is new."""
    op.execute(_INSTRUMENTS)
