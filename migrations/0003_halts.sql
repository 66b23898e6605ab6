-- Everything stopped. One row for each halt there ever was. `ended_at`: 0 while it holds. `expires_at`:
-- 9223372036854775807 for never.
CREATE TABLE halts (
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    body       TEXT   NOT NULL
);
CREATE INDEX halts_that_hold ON halts (ended_at) WHERE ended_at = 0;

UPDATE schema_info SET version = 3 WHERE id = 1;
