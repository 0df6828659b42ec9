"""The scores of a span of sessions found without reading those of all the years before."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what is new."""
    op.execute("CREATE INDEX claim_scores_session ON claim_scores (source_key, session)")
