"""The tables, once for SQLite and PostgreSQL. Changed only together with a migration.

Moments are stored as seconds since 1970 in UTC (float), so that both databases order and compare them alike;
days are ISO dates. Names that start with an underscore belong to nobody else.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite only numbers rows by itself as INTEGER

client_file = sa.Table(
    "client_file",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("siren", sa.String(9), nullable=False, default=""),
    sa.Column("accountant", sa.String(100), nullable=False, default=""),
    sa.Column("timezone", sa.String(64), nullable=False, default=""),
    sa.Column("aggregator_user", sa.String(200), nullable=False, default=""),
    sa.Column("closing_day", sa.String(10), nullable=False, default="", server_default=""),
    sa.Column("away_until", sa.Date),
    sa.Column("vat_day", sa.Integer),
)

contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("phone", sa.String(40), nullable=False, default=""),
    sa.Column("email", sa.String(254), nullable=False, default=""),
    sa.Column("chat_id", sa.BigInteger, unique=True),
    sa.Column("reachable", sa.Boolean, nullable=False, default=True),
    sa.Column("nudged_at", sa.Double),
    sa.Column("refused_email", sa.String(254), nullable=False, default="", server_default=""),
)

file_contact = sa.Table(
    "file_contact",
    metadata,
    sa.Column("file_id", sa.ForeignKey("client_file.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False, default=0),
    sa.Column("role", sa.String(60), nullable=False, default="", server_default=""),
    sa.Column("declined", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Index(None, "contact_id"),
)

connection = sa.Table(
    "connection",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("file_id", sa.ForeignKey("client_file.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("bank", sa.String(100), nullable=False),
    sa.Column("cadence_days", sa.Integer, nullable=False, default=0),
    sa.Column("aggregator_connection", sa.String(200), nullable=False, default="", index=True),
    sa.Column("state", sa.String(32), nullable=False, default="unknown"),
    sa.Column("expires_on", sa.Date),
    sa.Column("expiry_source", sa.String(16), nullable=False, default="estimated"),
    sa.Column("last_success_at", sa.Double),
    sa.Column("synchronised", sa.Boolean, nullable=False, default=False),
    sa.Column("vendor_code", sa.String(64), nullable=False, default=""),
    sa.Column("next_read_at", sa.Double, nullable=False, default=0.0, server_default="0", index=True),
    sa.Column("stale", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("accounts", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("strayed", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("failed_tries", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("closed", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.UniqueConstraint("file_id", "bank"),
)

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("connection_id", sa.ForeignKey("connection.id", ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("began_on", sa.Date, nullable=False),
    sa.Column("proven", sa.Boolean, nullable=False),
    sa.Column("ended_on", sa.Date),
    sa.Column("lapsed", sa.Boolean, nullable=False, default=False),
)

conversation = sa.Table(
    "conversation",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("connection_id", sa.ForeignKey("connection.id", ondelete="CASCADE"), unique=True, nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False, default=0),
    sa.Column("deadline", sa.Double, index=True),
    sa.Column("started_at", sa.Double),
    sa.Column("spoken_at", sa.Double, nullable=False, default=0.0),
    sa.Column("last_press", sa.String(64), nullable=False, default=""),
    sa.Column("last_words", sa.Text, nullable=False, default=""),
    sa.Column("case_id", Id),
    sa.Column("tried", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("read_at", sa.Double),
)

staff_case = sa.Table(
    "staff_case",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id", ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("cause", sa.String(40), nullable=False),
    sa.Column("opened_at", sa.Double, nullable=False),
    sa.Column("status", sa.String(20), nullable=False, default="open"),
    sa.Column("taken_by", sa.String(100), nullable=False, default=""),
    sa.Column("closed", sa.Boolean, nullable=False, default=False),
    sa.Column("channel", sa.String(40), nullable=False, default=""),
    sa.Column("thread", sa.String(40), nullable=False, default="", index=True),
    sa.Column("asked", sa.String(100), nullable=False, default="", server_default=""),
)

absence = sa.Table(
    "absence",
    metadata,
    sa.Column("person", sa.String(100), primary_key=True),  # the folded first name
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("since", sa.Date),  # the first day; null where it was noted on that day
    sa.Column("until", sa.Date, nullable=False),  # the last day
)

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Column("claimed_by", sa.BigInteger),
    sa.Column("claimed_at", sa.Double),
)

mail = sa.Table(
    "mail",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("job_id", sa.String(200), nullable=False, unique=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id", ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("begun_at", sa.Double, nullable=False),
    sa.Column("outcome", sa.String(10), nullable=False),
)

nudge = sa.Table(
    "nudge",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("job_id", sa.String(200), index=True, nullable=False),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True),
    sa.Column("at", sa.Double, nullable=False, index=True),
    sa.Column("fate", sa.String(12), nullable=False),
    sa.Column("answered_at", sa.Double),
    sa.Index(None, "conversation_id", "answered_at"),
)

promise = sa.Table(
    "promise",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("made_at", sa.Double, nullable=False),
    sa.Column("until", sa.Double, nullable=False),
    sa.Column("away", sa.Boolean, nullable=False),
    sa.UniqueConstraint("conversation_id", "sequence"),
)

secure_link = sa.Table(
    "secure_link",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id", ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("new_secret", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, default="OPEN"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Column("opened_at", sa.Double),
    sa.Column("proven_at", sa.Double),
    sa.Column("claimed_at", sa.Double),
    sa.Column("return_hash", sa.String(64), unique=True),
    sa.Column("outcome", sa.String(10), nullable=False, default="", server_default=""),
    sa.Column("page_hash", sa.String(64), unique=True),
    sa.Index(None, "state", "expires_at"),
)

audit = sa.Table(  # only grows: the migration's triggers refuse everything but INSERT
    "audit",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("h", sa.String(64), nullable=False),
)

launch = sa.Table(
    "launch",
    metadata,
    sa.Column("proof", sa.String(64), primary_key=True),
    # No foreign key: it would lock the link before the proof is known to be new.
    sa.Column("link_id", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),
)

bank_reading = sa.Table(  # the newest one of each connection that says something of its bank
    "bank_reading",
    metadata,
    sa.Column(
        "connection_id", sa.ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("file_id", sa.BigInteger, nullable=False),
    sa.Column("bank", sa.String(100), nullable=False),
    sa.Column("read_at", sa.Double, nullable=False),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Column("failing_since", sa.Double),
    sa.Column("failed_at", sa.Double),
    sa.Index(None, "bank", "read_at"),
)

bank_day = sa.Table(
    "bank_day",
    metadata,
    sa.Column("bank", sa.String(100), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("clients", sa.Integer, nullable=False),
    sa.Column("failing", sa.Integer, nullable=False),
)

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("bank", sa.String(100), nullable=False),
    sa.Column("folded", sa.String(100), nullable=False),
    sa.Column("running", sa.String(100), unique=True),  # the folded name while it lasts, so that a bank has one
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("opened_at", sa.Double, nullable=False),
    sa.Column("since", sa.Double),
    sa.Column("ended_at", sa.Double),
    sa.Column("failing", sa.Integer, nullable=False),
    sa.Column("clients", sa.Integer, nullable=False),
    sa.Column("habit", sa.Double, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("who", sa.String(100), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("thread", sa.String(40), nullable=False),
    sa.Index(None, "folded", "ended_at"),
)

bank_trap = sa.Table(
    "bank_trap",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("bank", sa.String(100), nullable=False, index=True),
    sa.Column("step", sa.String(20), nullable=False),
    sa.Column("words", sa.String(200), nullable=False),
    sa.Column("who", sa.String(100), nullable=False),
    sa.Column("added_by", sa.String(40), nullable=False),
    sa.Column("added_at", sa.Double, nullable=False),
)

desk_request = sa.Table(  # no foreign key: it outlives the person whose data it let be erased
    "desk_request",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("contact_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("asked_by", sa.String(40), nullable=False),
    sa.Column("asked_name", sa.String(100), nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Column("until", sa.Double, nullable=False),
    sa.Column("agreed_by", sa.String(40), nullable=False, default="", server_default=""),
    sa.Column("agreed_name", sa.String(100), nullable=False, default="", server_default=""),
    sa.Column("agreed_at", sa.Double),
    sa.Column("due_at", sa.Double),
    sa.Column("done_at", sa.Double),
    sa.Column("stopped_name", sa.String(100), nullable=False, default="", server_default=""),
    sa.Column("stopped_at", sa.Double),
    sa.Column("shown", sa.String(16), nullable=False, default="", server_default="", index=True),
    sa.Column("busy_until", sa.Double, nullable=False, default=0.0, server_default="0"),
    sa.Column("channel", sa.String(40), nullable=False, default="", server_default=""),
    sa.Column("thread", sa.String(40), nullable=False, default="", server_default=""),
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.String(160), primary_key=True),
    sa.Column("received_at", sa.Double, nullable=False, index=True),
    sqlite_with_rowid=False,
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("job_id", sa.String(200), nullable=False, unique=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("owner", sa.String(64), nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("attempted", sa.Boolean, nullable=False, default=False),
    sa.Index(None, "chat_id", "id"),
)

replica = sa.Table(
    "replica",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("seen_at", sa.Double, nullable=False),
)

send_budget = sa.Table(
    "send_budget",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("next_at", sa.Double, nullable=False),
)
