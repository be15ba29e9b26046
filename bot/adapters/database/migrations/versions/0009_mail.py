"""E-mails to clients whom no message reaches: each letter, what became of it, and an address that was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", Id, nullable=False),
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_mail_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_mail_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("job_id", name=op.f("uq_mail_job_id")),
    )
    op.create_index(op.f("ix_mail_contact_id"), "mail", ["contact_id"])
    op.create_index(op.f("ix_mail_conversation_id"), "mail", ["conversation_id"])
    with op.batch_alter_table("contact") as table:
        table.add_column(sa.Column("refused_email", sa.String(254), nullable=False, server_default=""))
