"""The tables of models, of what they and others claimed, and of what an AI was asked."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from qt_trade.storage.tables import METADATA, MOMENT

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
    Column("since", MOMENT, nullable=False),
    Column("replaced", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("trained_at", MOMENT, nullable=False),
    Column("data_from", MOMENT, nullable=False),
    Column("data_to", MOMENT, nullable=False),
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
    Column("at", MOMENT, nullable=False),
    Column("recorded_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
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
    Column("asked_at", MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_until", MOMENT),
    Column("claimed_by", Text),
    Column("begun", MOMENT),
    Column("ended", MOMENT),
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
    Column("at", MOMENT, nullable=False),
    Column("horizon_min", SmallInteger, nullable=False),
    Column("due_at", MOMENT, nullable=False),
    Column("sealed_at", MOMENT, nullable=False),
    Column("base_price", Double, nullable=False),
    Column("prob_up", Double, nullable=False),
    Column("expected_return", Double),
    Column("low", Double),
    Column("high", Double),
    Column("levels", ARRAY(Double), nullable=False),
    Column("prices", ARRAY(Double), nullable=False),
    Column("learnt_until", MOMENT),
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
    Column("due_at", MOMENT, nullable=False),
)
Index("open_claims_due", OPEN_CLAIMS.c.source_key, OPEN_CLAIMS.c.due_at)

CLAIM_SCORES = Table(
    "claim_scores",
    METADATA,
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("claim_id", BigInteger, primary_key=True, autoincrement=False),
    Column("source_key", Text, nullable=False),
    Column("session", Date, nullable=False),
    Column("settled_at", MOMENT, nullable=False),
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
    Column("slot", MOMENT, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("asked_at", MOMENT, nullable=False),
    Column("address", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("cost_max", Numeric(14, 6), nullable=False),
    Column("ended_at", MOMENT),
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
    Column("expires_at", MOMENT),
    Column("not_before", MOMENT),
    # None: its opinions are still to be sealed as claims, where there are any.
    Column("sealed_at", MOMENT),
    UniqueConstraint("source_key", "slot", "attempt", name="ai_answers_once"),
)
Index("ai_answers_asked", AI_ANSWERS.c.asked_at)
