-- What a plan and a promotion must find however far back it lies. `releases.one_way`: 1 for a release that cannot be gone
-- back from, as its body says. An older program reads on; what it registers meanwhile as one-way its body alone tells.
ALTER TABLE releases ADD COLUMN one_way BIGINT NOT NULL DEFAULT 0;
UPDATE releases SET one_way = 1 WHERE replace(body, '"one_way":true', '') <> body;
CREATE INDEX releases_one_way ON releases (app, ord) WHERE one_way = 1;
CREATE INDEX evidence_by_digest ON evidence (app, environment, digest, found, seq DESC);

UPDATE schema_info SET version = 6 WHERE id = 1;
