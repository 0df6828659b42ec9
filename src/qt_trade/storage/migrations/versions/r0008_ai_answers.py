"""What AIs were asked, what they answered, and what it cost."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ANSWERS = """
CREATE TABLE ai_answers (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_key  text NOT NULL,
    slot        timestamptz NOT NULL,
    attempt     smallint NOT NULL,
    asked_at    timestamptz NOT NULL,
    address     text NOT NULL,
    model       text NOT NULL,
    prompt      text NOT NULL,
    cost_max    numeric(14, 6) NOT NULL,
    ended_at    timestamptz,
    outcome     text NOT NULL,
    words       text NOT NULL,
    cost        numeric(14, 6),
    answered_by text NOT NULL,
    request_id  text NOT NULL,
    raw         text NOT NULL,
    usage       text NOT NULL,
    taken       text NOT NULL,
    CONSTRAINT ai_answers_once UNIQUE (source_key, slot, attempt)
);
CREATE INDEX ai_answers_asked ON ai_answers (asked_at)
"""


def upgrade() -> None:
    """Make what is new."""
    op.execute(_ANSWERS)
