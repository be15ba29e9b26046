"""Consents are remembered, so that a bank's cadence can be learned; a list that says no cadence says none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
cadence_days = sa.column("cadence_days", sa.Integer())
connection = sa.table("connection", cadence_days)


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", Id, nullable=False),
        sa.Column("connection_id", Id, nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_consent_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_connection_id"), "consent", ["connection_id"], unique=False)
    # Until now an empty cell was stored as the law's 180 days; a 180 that was typed said no more than that.
    op.execute(sa.update(connection).where(cadence_days == 180).values(cadence_days=0))
