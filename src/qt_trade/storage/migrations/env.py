"""What Alembic runs: the steps, on the connection that `migrate` hands over."""

from alembic import context

from qt_trade.storage.intelligence_tables import MODELS

# All tables are in one METADATA once both modules of them are imported, which this one does.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=MODELS.metadata
)
context.run_migrations()
