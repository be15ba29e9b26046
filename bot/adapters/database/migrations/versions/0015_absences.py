"""Who of staff is away, and who was asked to take a case; reminders are counted by their day."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("staff_case") as table:
        table.add_column(sa.Column("asked", sa.String(100), nullable=False, server_default=""))
    op.create_table(
        "absence",
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_nudge_at"), "nudge", ["at"])
