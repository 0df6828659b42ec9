"""Leases, the journal and its chain, bars, predictions, the laps of the feeds."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_LEASES = """
CREATE TABLE leases (
    role       text PRIMARY KEY,
    holder     text,
    token      bigint NOT NULL,
    expires_at timestamptz NOT NULL
)
"""

_JOURNAL = """
CREATE TABLE journal (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    text NOT NULL,
    kind       text NOT NULL,
    at         timestamptz NOT NULL,
    feed_at    timestamptz NOT NULL,
    order_id   text,
    command_id text,
    answers    text,
    fill_id    text,
    payload    json NOT NULL,
    prev_hash  bytea NOT NULL,
    hash       bytea NOT NULL
);
CREATE UNIQUE INDEX journal_account_seq ON journal (account, seq);
CREATE UNIQUE INDEX journal_answered_once ON journal (account, answers) WHERE answers IS NOT NULL;
CREATE UNIQUE INDEX journal_filled_once ON journal (account, fill_id) WHERE fill_id IS NOT NULL
"""

_APPEND_ONLY = """
CREATE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal only grows: % refused', TG_OP USING ERRCODE = 'QT002';
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse_change()
"""

# Both are simple enough that PostgreSQL puts them in place instead of calling them.
_FIELDS = """
CREATE FUNCTION journal_field(field text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(octet_length(field)::text || ':' || field || ',', '-')
$$;
CREATE FUNCTION journal_moment(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (extract(epoch FROM at) * 1000000)::bigint::text
$$
"""

# One call, so that an append costs one round trip. It locks the lease's row first: a take-over
# waits until this append is committed, and an append after a take-over finds its token gone.
# Then it locks the account, for a chain has one end. Each statement of the function sees what was
# committed before it began, which a single statement (begun before its locks) would not.
_APPEND = """
CREATE FUNCTION journal_append(
    lease_role text, lease_holder text, lease_token bigint, of_account text, entries json
) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    entry record;
    head bytea;
    next_head bytea;
    number bigint;
BEGIN
    PERFORM FROM leases
        WHERE role = lease_role AND holder = lease_holder AND token = lease_token FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease % is no longer held with token %', lease_role, lease_token
            USING ERRCODE = 'QT001';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('qtrade.journal ' || of_account, 0));
    SELECT hash INTO head FROM journal WHERE account = of_account ORDER BY seq DESC LIMIT 1;
    head := coalesce(head, decode(repeat('00', 32), 'hex'));
    FOR entry IN
        SELECT * FROM ROWS FROM (json_to_recordset(entries) AS (
            kind text, at timestamptz, feed_at timestamptz, order_id text, command_id text,
            answers text, fill_id text, payload text
        )) WITH ORDINALITY ORDER BY ordinality
    LOOP
        -- The same as qt_trade.storage.chain.digest.
        next_head := sha256(head || convert_to(
            journal_field(of_account) || journal_field(entry.kind)
            || journal_field(journal_moment(entry.at))
            || journal_field(journal_moment(entry.feed_at))
            || journal_field(entry.order_id) || journal_field(entry.command_id)
            || journal_field(entry.answers) || journal_field(entry.fill_id)
            || journal_field(entry.payload), 'UTF8'));
        INSERT INTO journal (account, kind, at, feed_at, order_id, command_id, answers, fill_id,
                             payload, prev_hash, hash)
        VALUES (of_account, entry.kind, entry.at, entry.feed_at, entry.order_id,
                entry.command_id, entry.answers, entry.fill_id, entry.payload::json,
                head, next_head)
        RETURNING seq INTO number;
        head := next_head;
        RETURN NEXT number;
    END LOOP;
END $$
"""

_BARS = """
CREATE TABLE bars (
    source_key text NOT NULL,
    symbol     text NOT NULL,
    interval_s integer NOT NULL,
    at         timestamptz NOT NULL,
    feed       text NOT NULL,
    provider   text NOT NULL,
    open       double precision NOT NULL,
    high       double precision NOT NULL,
    low        double precision NOT NULL,
    close      double precision NOT NULL,
    volume     bigint NOT NULL,
    bid        double precision,
    bid_size   bigint,
    ask        double precision,
    ask_size   bigint,
    PRIMARY KEY (source_key, symbol, interval_s, at)
)
"""

_PREDICTIONS = """
CREATE TABLE predictions (
    source_key      text NOT NULL,
    symbol          text NOT NULL,
    model           text NOT NULL,
    at              timestamptz NOT NULL,
    horizon_min     smallint NOT NULL,
    feed            text NOT NULL,
    base_price      double precision NOT NULL,
    price           double precision NOT NULL,
    expected_return double precision NOT NULL,
    confidence      double precision NOT NULL,
    low             double precision NOT NULL,
    high            double precision NOT NULL,
    PRIMARY KEY (source_key, symbol, model, at, horizon_min)
)
"""

_FEED_RUNS = """
CREATE TABLE feed_runs (
    source_key text NOT NULL,
    lap        integer NOT NULL,
    feed       text NOT NULL,
    account    text NOT NULL CONSTRAINT feed_runs_account UNIQUE,
    feed_at    timestamptz,
    ended      boolean NOT NULL,
    PRIMARY KEY (source_key, lap)
)
"""


def upgrade() -> None:
    """Make the first tables."""
    for statement in (
        _LEASES, _JOURNAL, _APPEND_ONLY, _FIELDS, _APPEND, _BARS, _PREDICTIONS, _FEED_RUNS,
    ):  # fmt: skip
        op.execute(statement)
