"""Connections are read without being asked, and their silence is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connection") as table:
        table.add_column(sa.Column("next_read_at", sa.Double(), nullable=False, server_default="0"))
        table.add_column(sa.Column("stale", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_index(op.f("ix_connection_next_read_at"), ["next_read_at"])
