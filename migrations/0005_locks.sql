-- The cards of locks: one row for each lock of a person there ever was, handed on or not. `environment`: '' for a whole
-- app. `ended_at`: 0 while it holds.
CREATE TABLE lock_cards (
    id          TEXT   NOT NULL PRIMARY KEY,
    app         TEXT   NOT NULL,
    environment TEXT   NOT NULL,
    ended_at    BIGINT NOT NULL,
    ended_by    TEXT   NOT NULL,
    body        TEXT   NOT NULL
);

UPDATE schema_info SET version = 5 WHERE id = 1;
