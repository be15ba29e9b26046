"""Alembic runs this. It migrates on the connection that `schema.migrate` hands in, inside its transaction."""

from alembic import context

from bot.adapters.database.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
