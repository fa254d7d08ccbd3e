"""Run by alembic: use the connection that the program already has."""

from alembic import context

from model_registry.server.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
