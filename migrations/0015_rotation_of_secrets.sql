-- Secrets can be rotated: what lasts is made with a key of its own, what was derived is sealed, and each place of the
-- audit chain names the secret with which it was made.

-- migrate:up

-- The one key with which is made what others keep for long. It is made at random and sealed with RONGTONG_SECRET.
CREATE TABLE lasting_key (
    id smallint PRIMARY KEY DEFAULT 1,
    sealed text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT lasting_key_one CHECK (id = 1)
);

ALTER TABLE second_factor ADD COLUMN sealed text NOT NULL DEFAULT '';  -- empty: derived from the salt
ALTER TABLE webhook_endpoint
    ADD COLUMN sealed_secret text NOT NULL DEFAULT '',  -- empty: derived from id and generation
    ADD COLUMN sealed_before text NOT NULL DEFAULT '';
ALTER TABLE audit_seal ADD COLUMN key_id text NOT NULL DEFAULT '';  -- of the secret; empty: it has to be tried

-- migrate:down

ALTER TABLE audit_seal DROP COLUMN key_id;
ALTER TABLE webhook_endpoint DROP COLUMN sealed_secret, DROP COLUMN sealed_before;
ALTER TABLE second_factor DROP COLUMN sealed;
DROP TABLE lasting_key;
