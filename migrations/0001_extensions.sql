-- What all the others stand on: extensions, and what keeps history as it was written.

-- migrate:up

CREATE EXTENSION IF NOT EXISTS btree_gist;  -- constraints over a uuid, an integer and a range
CREATE EXTENSION IF NOT EXISTS pg_trgm;  -- parts of names

CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'history is only added to' USING ERRCODE = 'restrict_violation';
    END
    $$;

-- migrate:down

-- The extensions stay: others may use them.
DROP FUNCTION refuse_rewriting_history;
