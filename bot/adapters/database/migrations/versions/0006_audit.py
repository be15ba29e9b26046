"""The audit trail, which can only grow; and what became of a secure link, for staff."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = depends_on = None

REFUSAL = "the audit trail only grows"
SQLITE = [
    f"CREATE TRIGGER audit_no_{event} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for event, when in {
        "update": "UPDATE ON audit",
        "delete": "DELETE ON audit",
        # « INSERT OR REPLACE » deletes without a word.
        "replacement": "INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)",
    }.items()
]
POSTGRESQL = [
    "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
]


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("h", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
    with op.batch_alter_table("secure_link") as table:
        table.add_column(sa.Column("outcome", sa.String(length=10), nullable=False, server_default=""))
        table.create_index(op.f("ix_secure_link_state_expires_at"), ["state", "expires_at"])
