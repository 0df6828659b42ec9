"""What models claimed, sealed in a chain before its outcome, and how right it was."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The database itself refuses what would come after its outcome, or from a model that has seen it.
_CLAIMS = """
CREATE TABLE claims (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_key      text NOT NULL,
    model_id        text NOT NULL,
    symbol          text NOT NULL,
    at              timestamptz NOT NULL,
    horizon_min     smallint NOT NULL,
    due_at          timestamptz NOT NULL,
    sealed_at       timestamptz NOT NULL,
    base_price      double precision NOT NULL,
    prob_up         double precision NOT NULL,
    expected_return double precision,
    low             double precision,
    high            double precision,
    levels          double precision[] NOT NULL,
    prices          double precision[] NOT NULL,
    learnt_until    timestamptz,
    prev_hash       bytea NOT NULL,
    hash            bytea NOT NULL,
    CONSTRAINT claims_once UNIQUE (source_key, model_id, symbol, at, horizon_min),
    CONSTRAINT claims_before_outcome CHECK (sealed_at < due_at),
    CONSTRAINT claims_unseen CHECK (learnt_until <= at)
);
CREATE UNIQUE INDEX claims_chain ON claims (source_key, id)
"""

_APPEND_ONLY = """
CREATE FUNCTION claims_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was claimed stays as it was said: % refused', TG_OP
        USING ERRCODE = 'QT002';
END $$;
CREATE TRIGGER claims_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claims
    FOR EACH STATEMENT EXECUTE FUNCTION claims_refuse_change()
"""

# What waits for its outcome: to look for it among all claims would take longer every day.
_OPEN = """
CREATE TABLE open_claims (
    claim_id   bigint PRIMARY KEY,
    source_key text NOT NULL,
    due_at     timestamptz NOT NULL
);
CREATE INDEX open_claims_due ON open_claims (source_key, due_at)
"""

_SCORES = """
CREATE TABLE claim_scores (
    number        bigint GENERATED ALWAYS AS IDENTITY,
    claim_id      bigint PRIMARY KEY,
    source_key    text NOT NULL,
    session       date NOT NULL,
    settled_at    timestamptz NOT NULL,
    outcome_price double precision,
    realised      double precision,
    hit           double precision,
    naive_hit     double precision,
    brier         double precision,
    pinball_bp    double precision,
    covered       boolean,
    edge_bp       double precision,
    words         text NOT NULL
);
CREATE UNIQUE INDEX claim_scores_number ON claim_scores (source_key, number)
"""


def upgrade() -> None:
    """Make what is new."""
    for statement in (_CLAIMS, _APPEND_ONLY, _OPEN, _SCORES):
        op.execute(statement)
