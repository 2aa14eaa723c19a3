-- Answers of every POST that honours an Idempotency-Key, also of people who act for no organization. Keys from before
-- are forgotten: what they kept was half an answer.

-- migrate:up

DROP TABLE idempotency_key;

-- The answer to a request that may be sent again.
CREATE TABLE idempotency_key (
    by_id uuid NOT NULL,  -- the member, or the account of whoever acts for no organization
    key text NOT NULL,
    account_id uuid NOT NULL,
    fingerprint bytea NOT NULL,  -- SHA-256 of method, path and body
    answer text,  -- as JSON, sealed where it tells a secret; none where it is too long
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT idempotency_key_pk PRIMARY KEY (by_id, key),
    CONSTRAINT idempotency_key_of_account FOREIGN KEY (account_id) REFERENCES account (id)
);

-- migrate:down

DROP TABLE idempotency_key;

CREATE TABLE idempotency_key (
    member_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT idempotency_key_pk PRIMARY KEY (member_id, key),
    CONSTRAINT idempotency_key_of_member FOREIGN KEY (member_id) REFERENCES member (id)
);
