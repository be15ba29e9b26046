"""The right person, and a bank's end: what a contact is to a client file, who was asked, what staff have retired."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("file_contact") as table:
        table.add_column(sa.Column("role", sa.String(60), nullable=False, server_default=""))
        table.add_column(sa.Column("declined", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("tried", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("connection") as table:
        table.add_column(sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()))
