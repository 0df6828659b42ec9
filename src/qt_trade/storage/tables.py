"""The tables as SQLAlchemy sees them; the migrations make them, and a test holds both equal.

Those of models and of what they claim stand in ``intelligence_tables.py``.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

METADATA = MetaData()

MOMENT = DateTime(timezone=True)

LEASES = Table(
    "leases",
    METADATA,
    Column("role", Text, primary_key=True),
    Column("holder", Text),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("feed_at", MOMENT, nullable=False),
    Column("order_id", Text),
    Column("command_id", Text),
    Column("answers", Text),
    Column("fill_id", Text),
    # json, not jsonb: the text stays as it was hashed, and any string JSON allows may stand in it.
    Column("payload", JSON, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index("journal_account_seq", JOURNAL.c.account, JOURNAL.c.seq, unique=True)
Index(
    "journal_answered_once",
    JOURNAL.c.account,
    JOURNAL.c.answers,
    unique=True,
    postgresql_where=JOURNAL.c.answers.is_not(None),
)
Index(
    "journal_filled_once",
    JOURNAL.c.account,
    JOURNAL.c.fill_id,
    unique=True,
    postgresql_where=JOURNAL.c.fill_id.is_not(None),
)

BARS = Table(
    "bars",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("interval_s", Integer, primary_key=True),
    Column("at", MOMENT, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("open", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("close", Double, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("bid", Double),
    Column("bid_size", BigInteger),
    Column("ask", Double),
    Column("ask_size", BigInteger),
)

CORPORATE_ACTIONS = Table(
    "corporate_actions",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("ex_date", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Numeric, nullable=False),
    Column("provider", Text, nullable=False),
)

BAR_COVERAGE = Table(
    "bar_coverage",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("interval_s", Integer, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("since", MOMENT, primary_key=True),
    Column("until", MOMENT, primary_key=True),
    Column("asked_at", MOMENT, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("bars", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
)

BACKFILL_JOBS = Table(
    "backfill_jobs",
    METADATA,
    Column("job_id", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("source_key", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", MOMENT, nullable=False),
    Column("symbols", ARRAY(Text), nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("begun", MOMENT),
    Column("ended", MOMENT),
)
Index("backfill_jobs_number", BACKFILL_JOBS.c.source_key, BACKFILL_JOBS.c.number)

BACKFILL_SPANS = Table(
    "backfill_spans",
    METADATA,
    Column(
        "job_id",
        Text,
        ForeignKey("backfill_jobs.job_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("since", MOMENT, nullable=False),
    Column("until", MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("bars", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", MOMENT),
    Column("words", Text, nullable=False),
)

FEED_RUNS = Table(
    "feed_runs",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("lap", Integer, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("feed_at", MOMENT),
    Column("ended", Boolean, nullable=False),
    UniqueConstraint("account", name="feed_runs_account"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("what", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("session_id", Text),
    Column("name", Text),
    Column("user_name", Text),
    Column("host", Text),
    Column("role", Text),
    Column("version", Text),
    Column("done_by", Text),
    Column("key", Text),
    # Text, not json: what stood in Redis, to the letter.
    Column("before", Text),
    Column("after", Text),
    Column("token", BigInteger),
)
Index("audit_session", AUDIT.c.session_id, AUDIT.c.id)

KEPT_SETTINGS = Table(
    "kept_settings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
)

INSTRUMENTS = Table(
    "instruments",
    METADATA,
    Column("symbol", Text, primary_key=True),
    # False: whoever was asked said that there is none.
    Column("listed", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("tradable", Boolean),
    Column("said_by", Text, nullable=False),
    Column("said_at", MOMENT, nullable=False),
)

DISPERSIONS = Table(
    "dispersions",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("at", MOMENT, primary_key=True),
    Column("dispersion", Double, nullable=False),
)
