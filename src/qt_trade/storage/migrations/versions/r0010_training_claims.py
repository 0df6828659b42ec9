"""Who trains: a worker that is started again takes up what its predecessor left, at once."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what is new."""
    op.execute("ALTER TABLE training_jobs ADD COLUMN claimed_by text")
