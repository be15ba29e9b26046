"""The staff desk: what a bank's clients should know at a step, and requests that need two persons."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bank_trap",
        sa.Column("id", Id, nullable=False),
        sa.Column("bank", sa.String(100), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("added_by", sa.String(40), nullable=False),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_trap"),
    )
    op.create_index("ix_bank_trap_bank", "bank_trap", ["bank"])
    op.create_table(
        "desk_request",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_name", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("agreed_by", sa.String(40), nullable=False, server_default=""),
        sa.Column("agreed_name", sa.String(100), nullable=False, server_default=""),
        sa.Column("agreed_at", sa.Double()),
        sa.Column("due_at", sa.Double()),
        sa.Column("done_at", sa.Double()),
        sa.Column("stopped_name", sa.String(100), nullable=False, server_default=""),
        sa.Column("stopped_at", sa.Double()),
        sa.Column("shown", sa.String(16), nullable=False, server_default=""),
        sa.Column("busy_until", sa.Double(), nullable=False, server_default="0"),
        sa.Column("channel", sa.String(40), nullable=False, server_default=""),
        sa.Column("thread", sa.String(40), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_desk_request"),
    )
    op.create_index("ix_desk_request_contact_id", "desk_request", ["contact_id"])
    op.create_index("ix_desk_request_shown", "desk_request", ["shown"])
