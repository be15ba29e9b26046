"""What each client was told and what became of it, the moments that he named, and the day of his VAT return."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "nudge",
        sa.Column("id", Id, nullable=False),
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("contact_id", Id),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("fate", sa.String(12), nullable=False),
        sa.Column("answered_at", sa.Double()),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_nudge_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_nudge_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
    )
    op.create_index(op.f("ix_nudge_job_id"), "nudge", ["job_id"])
    op.create_index(op.f("ix_nudge_contact_id"), "nudge", ["contact_id"])
    op.create_index(op.f("ix_nudge_conversation_id_answered_at"), "nudge", ["conversation_id", "answered_at"])
    op.create_table(
        "promise",
        sa.Column("id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("contact_id", Id),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_promise_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_promise_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.UniqueConstraint("conversation_id", "sequence", name=op.f("uq_promise_conversation_id_sequence")),
    )
    op.create_index(op.f("ix_promise_contact_id"), "promise", ["contact_id"])
    with op.batch_alter_table("client_file") as table:
        table.add_column(sa.Column("vat_day", sa.Integer))
