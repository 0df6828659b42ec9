"""What comes after an AI's answer: until when it holds, whether it is sealed, what became of it."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AFTERWARDS = """
ALTER TABLE ai_answers
    ADD COLUMN became     text NOT NULL DEFAULT '',
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN not_before timestamptz,
    ADD COLUMN sealed_at  timestamptz;
-- What was taken before was sealed at once, and held for an hour.
UPDATE ai_answers SET sealed_at = ended_at, expires_at = ended_at + interval '1 hour'
WHERE taken NOT IN ('', '[]')
"""


def upgrade() -> None:
    """Make what is new."""
    op.execute(_AFTERWARDS)
