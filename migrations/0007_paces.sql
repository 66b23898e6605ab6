-- `effects.not_before`: until when a card keeps its distance from its last painting, however much happens meanwhile; 0 for
-- any time. An older program hurries it, and finds that it is too early.
ALTER TABLE effects ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;

-- What people did in chats is known by `requests` now, written in the commit that does it.
DELETE FROM chat_memory WHERE value = '';

UPDATE schema_info SET version = 7 WHERE id = 1;
