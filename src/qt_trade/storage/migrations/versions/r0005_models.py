"""Models with their content and the history of their states; trainings."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A model belongs to the feed it learnt from: what a simulation taught never acts in real time.
# A training that is carried out twice adds its model once (models_made_once).
_MODELS = """
CREATE TABLE models (
    source_key  text NOT NULL,
    model_id    text NOT NULL,
    feed        text NOT NULL,
    family      text NOT NULL,
    number      integer NOT NULL,
    horizon_min smallint NOT NULL,
    state       text NOT NULL CHECK (state IN ('SHADOW', 'IN_USE', 'RETIRED', 'REFUSED')),
    since       timestamptz NOT NULL,
    replaced    text NOT NULL,
    made_by     text NOT NULL,
    trained_at  timestamptz NOT NULL,
    data_from   timestamptz NOT NULL,
    data_to     timestamptz NOT NULL,
    rows        bigint NOT NULL,
    features    text[] NOT NULL,
    parameters  json NOT NULL,
    metrics     json NOT NULL,
    seed        bigint NOT NULL,
    data_hash   text NOT NULL,
    gates       json NOT NULL,
    skill       text NOT NULL,
    refused     text NOT NULL,
    trigger     text NOT NULL,
    PRIMARY KEY (source_key, model_id),
    CONSTRAINT models_version UNIQUE (source_key, family, horizon_min, number),
    CONSTRAINT models_made_once UNIQUE (source_key, made_by, horizon_min)
);
CREATE UNIQUE INDEX models_one_in_use ON models (source_key, horizon_min)
    WHERE state = 'IN_USE'
"""

# Apart from the models: nobody who lists them reads megabytes.
_CONTENTS = """
CREATE TABLE model_contents (
    source_key text NOT NULL,
    model_id   text NOT NULL,
    sha256     bytea NOT NULL,
    body       bytea NOT NULL,
    PRIMARY KEY (source_key, model_id),
    FOREIGN KEY (source_key, model_id) REFERENCES models (source_key, model_id) ON DELETE CASCADE
)
"""

_CHANGES = """
CREATE TABLE model_changes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_key  text NOT NULL,
    model_id    text NOT NULL,
    at          timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    before      text,
    after       text NOT NULL,
    done_by     text NOT NULL,
    words       text NOT NULL,
    command_id  text
);
CREATE UNIQUE INDEX model_changes_once ON model_changes (source_key, command_id, model_id)
    WHERE command_id IS NOT NULL
"""

_ONLY_GROWS = """
CREATE FUNCTION model_changes_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of models only grows: % refused', TG_OP USING ERRCODE = 'QT002';
END $$;
CREATE TRIGGER model_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON model_changes
    FOR EACH STATEMENT EXECUTE FUNCTION model_changes_refuse_change()
"""

# One training runs at a time, whatever two workers believe (training_jobs_one_runs).
_JOBS = """
CREATE TABLE training_jobs (
    source_key    text NOT NULL,
    job_id        text NOT NULL,
    number        bigint GENERATED ALWAYS AS IDENTITY,
    horizons_min  integer[] NOT NULL,
    trigger       text NOT NULL,
    asked_by      text NOT NULL,
    asked_at      timestamptz NOT NULL,
    state         text NOT NULL,
    words         text NOT NULL,
    attempts      integer NOT NULL,
    claimed_until timestamptz,
    begun         timestamptz,
    ended         timestamptz,
    PRIMARY KEY (source_key, job_id)
);
CREATE UNIQUE INDEX training_jobs_one_runs ON training_jobs (source_key)
    WHERE state = 'RUNNING'
"""


def upgrade() -> None:
    """Make what is new."""
    for statement in (_MODELS, _CONTENTS, _CHANGES, _ONLY_GROWS, _JOBS):
        op.execute(statement)
