"""When the people of a client file rest: its weekly closing day, and its own holidays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("client_file") as table:
        table.add_column(sa.Column("closing_day", sa.String(10), nullable=False, server_default=""))
        table.add_column(sa.Column("away_until", sa.Date()))
