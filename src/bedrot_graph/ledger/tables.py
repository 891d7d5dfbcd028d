"""The tables of the ledger, as each version of the program has made them of those before."""

_FIRST = (
    """
    CREATE TABLE alerts (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        severity TEXT NOT NULL,
        title TEXT NOT NULL,
        message TEXT NOT NULL,
        raised_at TEXT NOT NULL,
        rule TEXT NOT NULL,
        body TEXT NOT NULL,
        times INTEGER NOT NULL,
        noticed_at REAL NOT NULL,
        changed_at REAL NOT NULL,
        unjudged_at REAL,
        resolved_at REAL,
        acknowledged_at REAL,
        acknowledged_by TEXT,
        snoozed_until REAL,
        snoozed_at REAL,
        snoozed_by TEXT
    ) STRICT
    """,
    "CREATE INDEX alerts_newest ON alerts (noticed_at, id)",
    "CREATE INDEX alerts_open ON alerts (id) WHERE resolved_at IS NULL",
    "CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE resolved_at IS NOT NULL",
    """
    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        alert TEXT NOT NULL,
        event TEXT NOT NULL,
        at REAL NOT NULL,
        severity TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE channels (
        name TEXT PRIMARY KEY,
        told_through INTEGER NOT NULL,
        told_at REAL
    ) STRICT
    """,
    """
    CREATE TABLE told (
        channel TEXT NOT NULL,
        alert TEXT NOT NULL,
        at REAL NOT NULL,
        is_over INTEGER NOT NULL,
        PRIMARY KEY (channel, alert)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        channel TEXT NOT NULL,
        form TEXT NOT NULL,
        state TEXT NOT NULL,
        created_at REAL NOT NULL,
        due_at REAL NOT NULL,
        attempts INTEGER NOT NULL,
        delivered_at REAL,
        problem TEXT,
        is_loud INTEGER NOT NULL,
        alerts TEXT NOT NULL,
        title TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX deliveries_due ON deliveries (channel, due_at) WHERE state = 'PENDING'",
    "CREATE INDEX deliveries_newest ON deliveries (created_at, id)",
)

VERSIONS = (_FIRST,)
"""Statements that make of each version's tables the next one's, from none at all on; what was released stays as is."""
