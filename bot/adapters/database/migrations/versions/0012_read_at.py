"""When a bank was asked last for a conversation, so that nobody is reminded of what he has done since."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("read_at", sa.Double()))
