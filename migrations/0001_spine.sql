-- The spine: environments with their ledgers, deployments, releases, effects.
--
-- Rules for every migration. Portable SQL for SQLite and PostgreSQL: BIGINT, TEXT and BYTEA only; times are
-- milliseconds since 1970; ids are made by the program; what looks like JSON is TEXT and is never looked into by SQL.
-- Everything is NOT NULL, with the sentinels named here. Expand only: a later migration adds, and an older program
-- can still read what it leaves behind; one that cannot keep this raises `schema_info.readable_from`.

-- One row. `version`: the newest migration applied. `readable_from`: the oldest program that can use this database.
CREATE TABLE schema_info (
    id            BIGINT NOT NULL PRIMARY KEY,
    version       BIGINT NOT NULL,
    readable_from BIGINT NOT NULL
);
INSERT INTO schema_info (id, version, readable_from) VALUES (1, 1, 1);

-- One row for each environment of each app. `seq` and `head`: number and hash of its last ledger entry (0 and '' for
-- none). `wake_at`: when the clock alone may change something; 9223372036854775807 for never.
CREATE TABLE environments (
    app      TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    head     TEXT   NOT NULL,
    attempt  BIGINT NOT NULL,
    wake_at  BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    PRIMARY KEY (app, name)
);
CREATE INDEX environments_wake ON environments (wake_at) WHERE wake_at < 9223372036854775807;

-- One row for each deployment there ever was. `closed_at`: 0 while open. `outcome`: '' while open.
CREATE TABLE deployments (
    id           TEXT   NOT NULL PRIMARY KEY,
    app          TEXT   NOT NULL,
    environment  TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    version      TEXT   NOT NULL,
    digest       TEXT   NOT NULL,
    requested_by TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    closed_at    BIGINT NOT NULL,
    phase        TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    revision     BIGINT NOT NULL,
    state        TEXT   NOT NULL
);
CREATE INDEX deployments_open ON deployments (app, environment) WHERE phase <> 'closed';
CREATE INDEX deployments_of_environment ON deployments (app, environment, created_at, id);
CREATE INDEX deployments_of_app ON deployments (app, created_at, id);

-- One row for each smoke test. `closed_at`: 0 while open.
CREATE TABLE smokes (
    id          TEXT   NOT NULL PRIMARY KEY,
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL,
    state       TEXT   NOT NULL
);

-- Releases. `ord`: the order of registration from 1 upwards; what was only found running goes below 1, because it was
-- there before anything was registered. `found`: 1 for that.
CREATE TABLE releases (
    app           TEXT   NOT NULL,
    version       TEXT   NOT NULL,
    ord           BIGINT NOT NULL,
    digest        TEXT   NOT NULL,
    registered_at BIGINT NOT NULL,
    found         BIGINT NOT NULL,
    body          TEXT   NOT NULL,
    PRIMARY KEY (app, version)
);
CREATE UNIQUE INDEX releases_in_order ON releases (app, ord);
CREATE INDEX releases_by_digest ON releases (app, digest);

-- Evidence, by the ledger entry that gave it. `deployment`: '' for what was found. `found`: 1 for that.
CREATE TABLE evidence (
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    version     TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    deployment  TEXT   NOT NULL,
    found       BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    PRIMARY KEY (app, environment, seq)
);

-- Barred artifacts.
CREATE TABLE quarantine (
    app    TEXT   NOT NULL,
    digest TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    body   TEXT   NOT NULL,
    PRIMARY KEY (app, digest)
);

-- Held environments; environment '' holds the whole app.
CREATE TABLE locks (
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    PRIMARY KEY (app, environment)
);

-- The ledgers: one chain for each environment. `who`, `data`: JSON, `null` for none. `owner`: the deployment or smoke
-- test that the entry is about, '' for none. `previous`: the hash of the entry before, '' for the first.
CREATE TABLE ledger (
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    who         TEXT   NOT NULL,
    data        TEXT   NOT NULL,
    owner       TEXT   NOT NULL,
    previous    TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    PRIMARY KEY (app, environment, seq)
);
CREATE INDEX ledger_of_owner ON ledger (owner, seq) WHERE owner <> '';

-- What is to be done outside; a row is deleted once it is done, so the table stays small. `bench`: target, check or
-- chat: who works on it. `lane`: at most one of a lane is worked on at a time. `owner`: the deployment or smoke test,
-- '' for none. `card`: the card that shows its trouble, or the card it paints, '' for none. `chat`: for which chat,
-- '' for other benches. `claim`: '' while nobody works on it; else it is theirs until `claimed_until`.
-- `generation`: counts the reasons to paint a card. `trouble`: '' or a note as JSON. `troubled_at`: since when, or 0.
CREATE TABLE effects (
    id            TEXT   NOT NULL PRIMARY KEY,
    bench         TEXT   NOT NULL,
    lane          TEXT   NOT NULL,
    app           TEXT   NOT NULL,
    environment   TEXT   NOT NULL,
    owner         TEXT   NOT NULL,
    card          TEXT   NOT NULL,
    chat          TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    body          TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    tries         BIGINT NOT NULL,
    claim         TEXT   NOT NULL,
    claimed_until BIGINT NOT NULL,
    cancelled     BIGINT NOT NULL,
    generation    BIGINT NOT NULL,
    trouble       TEXT   NOT NULL,
    troubled_at   BIGINT NOT NULL
);
CREATE INDEX effects_due ON effects (due_at, id) WHERE cancelled = 0;
CREATE INDEX effects_in_lane ON effects (lane);
CREATE INDEX effects_of_environment ON effects (app, environment);
CREATE UNIQUE INDEX effects_one_show ON effects (chat, card) WHERE kind = 'show';

-- The memory of rollouts, outside the ledger because snapshots may hold secrets. `place`: the order in which machines
-- were first heard of. `recorded`: the order of their snapshots, 0 before there is one. `snapshot`: '' before there is
-- one. `note`: '' or a note as JSON.
CREATE TABLE journal (
    deployment  TEXT   NOT NULL,
    machine     TEXT   NOT NULL,
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    recorded    BIGINT NOT NULL,
    snapshot    TEXT   NOT NULL,
    stage       TEXT   NOT NULL,
    note        TEXT   NOT NULL,
    PRIMARY KEY (deployment, machine)
);
CREATE INDEX journal_of_environment ON journal (app, environment);

-- Small things that a target remembers for a later attempt, such as a lease nonce.
CREATE TABLE journal_memory (
    deployment  TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    value       TEXT   NOT NULL,
    PRIMARY KEY (deployment, name)
);
