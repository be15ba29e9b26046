"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_clients()
    create_connections()
    create_conversations()
    create_secure_links()
    create_queues()


def create_clients() -> None:
    op.create_table(
        "client_file",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("accountant", sa.String(length=100), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("aggregator_user", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_file")),
        sa.UniqueConstraint("name", name=op.f("uq_client_file_name")),
    )
    op.create_table(
        "contact",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("chat_id", sa.BigInteger()),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_contact_chat_id")),
    )
    op.create_table(
        "file_contact",
        sa.Column("file_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_file_contact_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["client_file.id"], name=op.f("fk_file_contact_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "contact_id", name=op.f("pk_file_contact")),
    )
    op.create_index(op.f("ix_file_contact_contact_id"), "file_contact", ["contact_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger()),
        sa.Column("claimed_at", sa.Double()),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_invitation_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_contact_id"), "invitation", ["contact_id"], unique=False)


def create_connections() -> None:
    op.create_table(
        "connection",
        sa.Column("id", Id, nullable=False),
        sa.Column("file_id", Id, nullable=False),
        sa.Column("bank", sa.String(length=100), nullable=False),
        sa.Column("cadence_days", sa.Integer(), nullable=False),
        sa.Column("aggregator_connection", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("expiry_source", sa.String(length=16), nullable=False),
        sa.Column("last_success_at", sa.Double()),
        sa.Column("synchronised", sa.Boolean(), nullable=False),
        sa.Column("vendor_code", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["client_file.id"], name=op.f("fk_connection_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("file_id", "bank", name=op.f("uq_connection_file_id_bank")),
    )
    op.create_index(
        op.f("ix_connection_aggregator_connection"), "connection", ["aggregator_connection"], unique=False
    )
    op.create_index(op.f("ix_connection_file_id"), "connection", ["file_id"], unique=False)


def create_conversations() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", Id, nullable=False),
        sa.Column("connection_id", Id, nullable=False),
        sa.Column("contact_id", Id),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.Double()),
        sa.Column("started_at", sa.Double()),
        sa.Column("spoken_at", sa.Double(), nullable=False),
        sa.Column("last_press", sa.String(length=64), nullable=False),
        sa.Column("last_words", sa.Text(), nullable=False),
        sa.Column("case_id", Id),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_conversation_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_conversation_contact_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("connection_id", name=op.f("uq_conversation_connection_id")),
    )
    op.create_index(op.f("ix_conversation_contact_id"), "conversation", ["contact_id"], unique=False)
    op.create_index(op.f("ix_conversation_deadline"), "conversation", ["deadline"], unique=False)
    op.create_table(
        "staff_case",
        sa.Column("id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("taken_by", sa.String(length=100), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("thread", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_staff_case_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_case")),
    )
    op.create_index(op.f("ix_staff_case_conversation_id"), "staff_case", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_staff_case_thread"), "staff_case", ["thread"], unique=False)


def create_secure_links() -> None:
    op.create_table(
        "secure_link",
        sa.Column("id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("new_secret", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("opened_at", sa.Double()),
        sa.Column("proven_at", sa.Double()),
        sa.Column("claimed_at", sa.Double()),
        sa.Column("return_hash", sa.String(length=64)),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_secure_link_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secure_link")),
        sa.UniqueConstraint("return_hash", name=op.f("uq_secure_link_return_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_secure_link_token_hash")),
    )
    op.create_index(op.f("ix_secure_link_conversation_id"), "secure_link", ["conversation_id"], unique=False)


def create_queues() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("job_id", sa.String(length=200), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("job_id", name=op.f("uq_outbox_job_id")),
    )
    op.create_index(op.f("ix_outbox_chat_id_id"), "outbox", ["chat_id", "id"], unique=False)
    op.create_index(op.f("ix_outbox_owner"), "outbox", ["owner"], unique=False)
    op.create_table(
        "replica",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replica")),
    )
    op.create_table(
        "send_budget",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_send_budget")),
    )
