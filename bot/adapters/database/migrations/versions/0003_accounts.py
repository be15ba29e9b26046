"""The accounts of a connection are remembered, so that another login of the same bank is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connection") as table:
        table.add_column(sa.Column("accounts", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("strayed", sa.Boolean(), nullable=False, server_default=sa.false()))
