"""A link opened as a Mini App: the token of the page that was identified, and each proof tied to its first link."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("secure_link") as table:
        table.add_column(sa.Column("page_hash", sa.String(64)))
        table.create_unique_constraint(op.f("uq_secure_link_page_hash"), ["page_hash"])
    op.create_table(
        "launch",
        sa.Column("proof", sa.String(64), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("proof", name=op.f("pk_launch")),
    )
