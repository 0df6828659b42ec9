"""The audit, the settings as they were last accepted, and the tokens of AutoTrading's control."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AUDIT = """
CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    what       text NOT NULL,
    account    text NOT NULL,
    words      text NOT NULL,
    session_id text,
    name       text,
    user_name  text,
    host       text,
    role       text,
    version    text,
    done_by    text,
    key        text,
    before     text,
    after      text,
    token      bigint
);
CREATE INDEX audit_session ON audit (session_id, id)
"""

_ONLY_GROWS = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit only grows: % refused', TG_OP USING ERRCODE = 'QT002';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()
"""

_KEPT_SETTINGS = """
CREATE TABLE kept_settings (
    key  text PRIMARY KEY,
    body text NOT NULL,
    at   timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

# A sequence never goes back, not even when what was done with its number is undone.
_NUMBERS = "CREATE SEQUENCE control_token AS bigint"


def upgrade() -> None:
    """Make what is new."""
    for statement in (_AUDIT, _ONLY_GROWS, _KEPT_SETTINGS, _NUMBERS):
        op.execute(statement)
