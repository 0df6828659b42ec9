"""The tables as SQLAlchemy sees them; the migrations make them, and a test holds both equal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

METADATA = MetaData()

_MOMENT = DateTime(timezone=True)

LEASES = Table(
    "leases",
    METADATA,
    Column("role", Text, primary_key=True),
    Column("holder", Text),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("feed_at", _MOMENT, nullable=False),
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
    Column("at", _MOMENT, primary_key=True),
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
    Column("since", _MOMENT, primary_key=True),
    Column("until", _MOMENT, primary_key=True),
    Column("asked_at", _MOMENT, nullable=False),
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
    Column("asked_at", _MOMENT, nullable=False),
    Column("symbols", ARRAY(Text), nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("begun", _MOMENT),
    Column("ended", _MOMENT),
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
    Column("since", _MOMENT, nullable=False),
    Column("until", _MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("bars", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", _MOMENT),
    Column("words", Text, nullable=False),
)

FEED_RUNS = Table(
    "feed_runs",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("lap", Integer, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("feed_at", _MOMENT),
    Column("ended", Boolean, nullable=False),
    UniqueConstraint("account", name="feed_runs_account"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _MOMENT, nullable=False),
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
    Column("at", _MOMENT, nullable=False, server_default=func.clock_timestamp()),
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
    Column("said_at", _MOMENT, nullable=False),
)

MODELS = Table(
    "models",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("model_id", Text, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("horizon_min", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", _MOMENT, nullable=False),
    Column("replaced", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("trained_at", _MOMENT, nullable=False),
    Column("data_from", _MOMENT, nullable=False),
    Column("data_to", _MOMENT, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("features", ARRAY(Text), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("data_hash", Text, nullable=False),
    Column("gates", JSON, nullable=False),
    Column("skill", Text, nullable=False),
    Column("refused", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    UniqueConstraint("source_key", "family", "horizon_min", "number", name="models_version"),
    UniqueConstraint("source_key", "made_by", "horizon_min", name="models_made_once"),
)
Index(
    "models_one_in_use",
    MODELS.c.source_key,
    MODELS.c.horizon_min,
    unique=True,
    postgresql_where=MODELS.c.state == "IN_USE",
)

MODEL_CONTENTS = Table(
    "model_contents",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("model_id", Text, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["source_key", "model_id"], ["models.source_key", "models.model_id"], ondelete="CASCADE"
    ),
)

MODEL_CHANGES = Table(
    "model_changes",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source_key", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("recorded_at", _MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("done_by", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("command_id", Text),
)
Index(
    "model_changes_once",
    MODEL_CHANGES.c.source_key,
    MODEL_CHANGES.c.command_id,
    MODEL_CHANGES.c.model_id,
    unique=True,
    postgresql_where=MODEL_CHANGES.c.command_id.is_not(None),
)

TRAINING_JOBS = Table(
    "training_jobs",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("job_id", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("horizons_min", ARRAY(Integer), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", _MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_until", _MOMENT),
    Column("claimed_by", Text),
    Column("begun", _MOMENT),
    Column("ended", _MOMENT),
)
Index(
    "training_jobs_one_runs",
    TRAINING_JOBS.c.source_key,
    unique=True,
    postgresql_where=TRAINING_JOBS.c.state == "RUNNING",
)

CLAIMS = Table(
    "claims",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source_key", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("horizon_min", SmallInteger, nullable=False),
    Column("due_at", _MOMENT, nullable=False),
    Column("sealed_at", _MOMENT, nullable=False),
    Column("base_price", Double, nullable=False),
    Column("prob_up", Double, nullable=False),
    Column("expected_return", Double),
    Column("low", Double),
    Column("high", Double),
    Column("levels", ARRAY(Double), nullable=False),
    Column("prices", ARRAY(Double), nullable=False),
    Column("learnt_until", _MOMENT),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("source_key", "model_id", "symbol", "at", "horizon_min", name="claims_once"),
)
Index("claims_chain", CLAIMS.c.source_key, CLAIMS.c.id, unique=True)

OPEN_CLAIMS = Table(
    "open_claims",
    METADATA,
    Column("claim_id", BigInteger, primary_key=True, autoincrement=False),
    Column("source_key", Text, nullable=False),
    Column("due_at", _MOMENT, nullable=False),
)
Index("open_claims_due", OPEN_CLAIMS.c.source_key, OPEN_CLAIMS.c.due_at)

CLAIM_SCORES = Table(
    "claim_scores",
    METADATA,
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("claim_id", BigInteger, primary_key=True, autoincrement=False),
    Column("source_key", Text, nullable=False),
    Column("session", Date, nullable=False),
    Column("settled_at", _MOMENT, nullable=False),
    Column("outcome_price", Double),
    Column("realised", Double),
    Column("hit", Double),
    Column("naive_hit", Double),
    Column("brier", Double),
    Column("pinball_bp", Double),
    Column("covered", Boolean),
    Column("edge_bp", Double),
    Column("words", Text, nullable=False),
)
Index("claim_scores_number", CLAIM_SCORES.c.source_key, CLAIM_SCORES.c.number, unique=True)
Index("claim_scores_session", CLAIM_SCORES.c.source_key, CLAIM_SCORES.c.session)

AI_ANSWERS = Table(
    "ai_answers",
    METADATA,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("source_key", Text, nullable=False),
    Column("slot", _MOMENT, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("asked_at", _MOMENT, nullable=False),
    Column("address", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("cost_max", Numeric(14, 6), nullable=False),
    Column("ended_at", _MOMENT),
    Column("outcome", Text, nullable=False),
    Column("words", Text, nullable=False),
    # None: it is not known, and what was put aside counts.
    Column("cost", Numeric(14, 6)),
    Column("answered_by", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("usage", Text, nullable=False),
    Column("taken", Text, nullable=False),
    Column("became", Text, nullable=False),
    Column("expires_at", _MOMENT),
    Column("not_before", _MOMENT),
    # None: its opinions are still to be sealed as claims, where there are any.
    Column("sealed_at", _MOMENT),
    UniqueConstraint("source_key", "slot", "attempt", name="ai_answers_once"),
)
Index("ai_answers_asked", AI_ANSWERS.c.asked_at)

DISPERSIONS = Table(
    "dispersions",
    METADATA,
    Column("source_key", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("at", _MOMENT, primary_key=True),
    Column("dispersion", Double, nullable=False),
)
