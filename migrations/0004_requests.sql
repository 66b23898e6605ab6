-- What was asked for with a key that makes it happen once. `hash`: of what was asked. `deed`: JSON, what came of it,
-- written in the commit that did it; '' where nothing was done. `status`: of the answer, 0 while none is written down.
CREATE TABLE requests (
    caller TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    hash   TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    deed   TEXT   NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT   NOT NULL,
    PRIMARY KEY (caller, name)
);
CREATE INDEX requests_by_age ON requests (at);

UPDATE schema_info SET version = 4 WHERE id = 1;
