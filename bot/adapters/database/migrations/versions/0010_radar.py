"""The radar: the newest reading of each connection, each bank's habit by day, and the incidents of banks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("connection") as table:
        table.add_column(sa.Column("failed_tries", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "bank_reading",
        sa.Column("connection_id", Id, nullable=False, autoincrement=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("bank", sa.String(100), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("failing_since", sa.Double()),
        sa.Column("failed_at", sa.Double()),
        sa.PrimaryKeyConstraint("connection_id", name="pk_bank_reading"),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name="fk_bank_reading_connection_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_bank_reading_bank_read_at", "bank_reading", ["bank", "read_at"])
    op.create_table(
        "bank_day",
        sa.Column("bank", sa.String(100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("failing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bank", "day", name="pk_bank_day"),
    )
    op.create_table(
        "incident",
        sa.Column("id", Id, nullable=False),
        sa.Column("bank", sa.String(100), nullable=False),
        sa.Column("folded", sa.String(100), nullable=False),
        sa.Column("running", sa.String(100)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("since", sa.Double()),
        sa.Column("ended_at", sa.Double()),
        sa.Column("failing", sa.Integer(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("habit", sa.Double(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("thread", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("running", name="uq_incident_running"),
    )
    op.create_index("ix_incident_folded_ended_at", "incident", ["folded", "ended_at"])
