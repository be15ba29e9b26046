"""An absence may be noted before it begins."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("absence") as table:
        table.add_column(sa.Column("since", sa.Date))
