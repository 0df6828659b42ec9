"""What Alembic runs: the steps, on the connection that `migrate` hands over."""

from alembic import context

from qt_trade.storage.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
