"""Bars in partitions by length and time; splits and dividends, what was asked of whom, backfills."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ASIDE = """
ALTER TABLE bars RENAME TO bars_before;
ALTER TABLE bars_before RENAME CONSTRAINT bars_pkey TO bars_before_pkey
"""

# Names are compared byte by byte: an index over them in a language's order costs twice as much.
_BARS = """
CREATE TABLE bars (
    source_key text COLLATE "C" NOT NULL,
    symbol     text COLLATE "C" NOT NULL,
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
) PARTITION BY LIST (interval_s)
"""

# Partitions are made when their first bar comes, for a table that must be thought of a year ahead
# is forgotten one day. A table is made aside and attached: that locks out nobody who reads or
# writes, which CREATE TABLE … PARTITION OF does. There is no default partition: it would be
# searched at every attach, and a row in it would be in the way for ever.
_PARTITION = """
CREATE FUNCTION bars_partition(
    of_interval integer, of_at timestamptz,
    OUT name text, OUT begins timestamptz, OUT ends timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    unit text := CASE WHEN of_interval < 86400 THEN 'month' ELSE 'year' END;
    parent text := format('bars_%ss', of_interval);
BEGIN
    begins := date_trunc(unit, of_at, 'UTC');
    ends := date_add(begins, ('1 ' || unit)::interval, 'UTC');
    name := parent || to_char(
        begins AT TIME ZONE 'UTC', CASE unit WHEN 'month' THEN '_YYYY_MM' ELSE '_YYYY' END);
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('qtrade.bars_partition', 0));
    IF to_regclass(parent) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE bars INCLUDING ALL) PARTITION BY RANGE (at)', parent);
        EXECUTE format('ALTER TABLE bars ATTACH PARTITION %I FOR VALUES IN (%s)',
                       parent, of_interval);
    END IF;
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE bars INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, name, begins, ends);
    END IF;
END $$
"""

_MOVE = """
DO $$
BEGIN
    PERFORM bars_partition(interval_s, month) FROM (
        SELECT DISTINCT interval_s, date_trunc('month', at, 'UTC') AS month FROM bars_before
    ) AS needed;
    INSERT INTO bars (source_key, symbol, interval_s, at, feed, provider, open, high, low, close,
                      volume, bid, bid_size, ask, ask_size)
    SELECT source_key, symbol, interval_s, at, feed, provider, open, high, low, close,
           volume, bid, bid_size, ask, ask_size
    FROM bars_before;
    DROP TABLE bars_before;
END $$
"""

_ACTIONS = """
CREATE TABLE corporate_actions (
    source_key text NOT NULL,
    symbol     text NOT NULL,
    ex_date    date NOT NULL,
    kind       text NOT NULL,
    value      numeric NOT NULL,
    provider   text NOT NULL,
    PRIMARY KEY (source_key, symbol, ex_date, kind)
)
"""

_COVERAGE = """
CREATE TABLE bar_coverage (
    source_key text NOT NULL,
    symbol     text NOT NULL,
    interval_s integer NOT NULL,
    provider   text NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    asked_at   timestamptz NOT NULL,
    outcome    text NOT NULL,
    bars       bigint NOT NULL,
    words      text NOT NULL,
    PRIMARY KEY (source_key, symbol, interval_s, provider, since, until)
)
"""

_JOBS = """
CREATE TABLE backfill_jobs (
    job_id     text PRIMARY KEY,
    number     bigint GENERATED ALWAYS AS IDENTITY,
    source_key text NOT NULL,
    asked_by   text NOT NULL,
    asked_at   timestamptz NOT NULL,
    symbols    text[] NOT NULL,
    interval_s integer NOT NULL,
    since      date NOT NULL,
    until      date NOT NULL,
    planned    boolean NOT NULL,
    state      text NOT NULL,
    words      text NOT NULL,
    begun      timestamptz,
    ended      timestamptz
);
CREATE INDEX backfill_jobs_number ON backfill_jobs (source_key, number);
CREATE TABLE backfill_spans (
    job_id     text NOT NULL REFERENCES backfill_jobs ON DELETE CASCADE,
    number     integer NOT NULL,
    symbol     text NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    state      text NOT NULL,
    provider   text NOT NULL,
    bars       bigint NOT NULL,
    attempts   integer NOT NULL,
    not_before timestamptz,
    words      text NOT NULL,
    PRIMARY KEY (job_id, number)
)
"""


def upgrade() -> None:
    """Put the bars into partitions, and make what is new."""
    for statement in (
        _ASIDE, _BARS, _PARTITION, _MOVE, _ACTIONS, _COVERAGE, _JOBS,
    ):  # fmt: skip
        op.execute(statement)
