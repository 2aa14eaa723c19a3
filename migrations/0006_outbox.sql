-- What is owed: notices, letters and webhook deliveries; and the mails that came back.

-- migrate:up

-- Mail
-- ----

-- One message owed to one recipient. Owed in the transaction of the change, frozen, sent by the worker.
CREATE TABLE notice (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    position bigserial,  -- the order in which they were owed; per booking the order of its changes
    booking_id uuid NOT NULL,  -- of a booking of a series the series: news of one and of all come in order
    kind text NOT NULL,
    recipient text NOT NULL,  -- mail address
    locale text NOT NULL DEFAULT 'zh-CN',
    facts jsonb NOT NULL DEFAULT '{}',  -- all that the mail says, frozen
    owed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    attempts integer NOT NULL DEFAULT 0,
    attempt_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- not before this
    leased_until timestamptz,
    sent_at timestamptz,
    lapsed_at timestamptz,  -- not sent: not wanted, over, or later news has arrived
    dead_at timestamptz,
    last_error text NOT NULL DEFAULT '',
    erase boolean NOT NULL DEFAULT false,  -- as soon as it is sent, lapsed or dead: it names somebody who was erased
    act bigint,  -- the transaction in which it was owed
    CONSTRAINT notice_pk PRIMARY KEY (resource_id, id)
);
CREATE INDEX notice_waiting ON notice (attempt_at)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;
CREATE INDEX notice_by_booking ON notice (booking_id, recipient, position);
CREATE INDEX notice_to_erase ON notice (id) WHERE erase;
-- What one act owes to one recipient.
CREATE INDEX notice_of_act ON notice (act, recipient)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;

-- One message owed to one address. Owed in the transaction of the change, frozen, sent by the worker. It may carry a
-- link that is a secret; once it was sent, lapsed or died, its facts are emptied.
CREATE TABLE letter (
    id uuid NOT NULL,
    position bigserial,
    kind text NOT NULL,
    recipient text NOT NULL,  -- mail address
    locale text NOT NULL DEFAULT 'zh-CN',
    facts jsonb NOT NULL DEFAULT '{}',  -- text by name, put into the texts of the kind
    valid_until timestamptz,  -- afterwards it is not sent any more
    owed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    attempts integer NOT NULL DEFAULT 0,
    attempt_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- not before this
    leased_until timestamptz,
    sent_at timestamptz,
    lapsed_at timestamptz,
    dead_at timestamptz,
    last_error text NOT NULL DEFAULT '',
    erase boolean NOT NULL DEFAULT false,  -- as soon as it is sent, lapsed or dead: it is to somebody who was erased
    CONSTRAINT letter_pk PRIMARY KEY (id)
);
CREATE INDEX letter_waiting ON letter (attempt_at)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;
CREATE INDEX letter_to_erase ON letter (id) WHERE erase;

-- A notice that its recipient wants in the mail of the day. Deleted by the transaction that owes that mail.
CREATE TABLE digest_item (
    id uuid NOT NULL,
    position bigserial,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    booking_id uuid NOT NULL,
    kind text NOT NULL,
    facts jsonb NOT NULL DEFAULT '{}',  -- all that the mail says, frozen
    owed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT digest_item_pk PRIMARY KEY (id)
);
CREATE INDEX digest_item_account_id ON digest_item (account_id);

-- A mail that was read, so that a second copy changes nothing. Neither its sender nor its text is kept.
CREATE TABLE inbound_mail (
    digest bytea PRIMARY KEY DEFAULT '\x',  -- SHA-256 of Message-ID and body: on the way only other headers change
    outcome text NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Webhooks
-- --------

-- An address of an organization's own program. Its secrets are derived from its id and generation, not stored.
CREATE TABLE webhook_endpoint (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    url text NOT NULL,  -- sealed: it often is a secret
    description text NOT NULL DEFAULT '',
    events text[] NOT NULL DEFAULT '{}',
    generation integer NOT NULL DEFAULT 1,  -- of the secret
    overlap_until timestamptz,  -- until then the secret before is used beside it
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    failing_since timestamptz,  -- nothing has been taken since then
    disabled_at timestamptz,
    removed_at timestamptz,
    CONSTRAINT webhook_endpoint_pk PRIMARY KEY (id)
);
CREATE INDEX webhook_endpoint_organization_id ON webhook_endpoint (organization_id);
CREATE INDEX webhook_endpoint_member_id ON webhook_endpoint (member_id);

-- One event owed to one endpoint. Owed in the transaction of the change, frozen, sent by the worker.
CREATE TABLE webhook_delivery (
    id uuid NOT NULL,
    position bigserial,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoint (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    event_id uuid NOT NULL,  -- the same at every attempt, and for every endpoint
    type text NOT NULL,
    subject_id uuid NOT NULL,  -- the booking or resource: what is told of one keeps its order
    payload jsonb NOT NULL DEFAULT '{}',
    owed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    attempts integer NOT NULL DEFAULT 0,
    attempt_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- not before this
    leased_until timestamptz,
    sent_at timestamptz,
    lapsed_at timestamptz,  -- not sent: the endpoint was removed
    dead_at timestamptz,
    last_error text NOT NULL DEFAULT '',
    tried_at timestamptz,
    status integer,  -- of the last answer
    milliseconds integer,
    answer text NOT NULL DEFAULT '',  -- its first bytes
    CONSTRAINT webhook_delivery_pk PRIMARY KEY (id)
);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (endpoint_id, attempt_at)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;
CREATE INDEX webhook_delivery_outstanding ON webhook_delivery (endpoint_id, subject_id, position)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;
CREATE INDEX webhook_delivery_told ON webhook_delivery (endpoint_id, position);

-- migrate:down

DROP TABLE notice, letter, digest_item, inbound_mail, webhook_endpoint, webhook_delivery;
