"""How far the sources' prices were apart at the end of a quarter of an hour."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Apart from the bars: those are stored by whoever delivers them, often long after, and what the
# sources said at the moment can be known only then.
_DISPERSIONS = """
CREATE TABLE dispersions (
    source_key text NOT NULL,
    symbol     text NOT NULL,
    at         timestamptz NOT NULL,
    dispersion double precision NOT NULL CHECK (dispersion >= 0),
    PRIMARY KEY (source_key, symbol, at)
)
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(_DISPERSIONS)
