-- What chats remember: which message is a card, up to where its thread is told, which requests were taken already.
-- `chat`: its name. `name`: the chat's own. `at`: when it was written down.
CREATE TABLE chat_memory (
    chat  TEXT   NOT NULL,
    name  TEXT   NOT NULL,
    value TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (chat, name)
);
CREATE INDEX chat_memory_by_age ON chat_memory (chat, at) WHERE value = '';

UPDATE schema_info SET version = 2 WHERE id = 1;
