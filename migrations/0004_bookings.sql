-- Who has which time: bookings and what leads to them, and the claims that take it.

-- migrate:up

-- Bookings
-- --------

-- What a recurrence rule asked for; each occurrence that was booked is a booking.
CREATE TABLE series (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    rule text NOT NULL,  -- RFC 5545 RRULE
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    units integer NOT NULL DEFAULT 1,
    excluded jsonb NOT NULL DEFAULT '[]',  -- EXDATE: starts, RFC 3339
    skipped jsonb NOT NULL DEFAULT '[]',  -- starts that could not be booked, RFC 3339
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    sequence integer NOT NULL DEFAULT 0,  -- of its invitation: no booking of the series ever had a higher one
    CONSTRAINT series_pk PRIMARY KEY (resource_id, id)
);

-- What an organization reserved on one resource.
CREATE TABLE booking (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    group_id uuid,
    status text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    units integer NOT NULL DEFAULT 1,
    purpose text NOT NULL DEFAULT '',
    attendees jsonb NOT NULL DEFAULT '[]',  -- who comes along: names and addresses
    uid text NOT NULL,  -- the calendar's UID; never changes
    sequence integer NOT NULL DEFAULT 0,  -- RFC 5545 3.8.7.4: counts changes that a calendar must not miss
    version integer NOT NULL DEFAULT 1,  -- counts every change; the ETag
    reason text NOT NULL DEFAULT '',  -- why it was declined or cancelled
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    revised_at timestamptz NOT NULL,  -- whole seconds, later at every change; the calendar's DTSTAMP
    confirmed_at timestamptz,  -- when first confirmed: since then it stands in calendars
    checked_in_at timestamptz,
    checked_out_at timestamptz,  -- with checked_in_at the time really used
    due_at timestamptz,  -- a request that is not decided by then expires
    recurrence_id timestamptz,  -- the start that the series gave it
    series_id uuid,
    CONSTRAINT booking_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT booking_status_known CHECK (
        status IN ('requested', 'confirmed', 'in_use', 'completed', 'declined', 'cancelled', 'expired', 'no_show')
    ),
    CONSTRAINT booking_ends_after_start CHECK (ends_at > starts_at)
);
CREATE INDEX booking_member_id ON booking (member_id);
CREATE INDEX booking_by_organization ON booking (organization_id, id);
CREATE INDEX booking_by_id ON booking (id);
CREATE INDEX booking_by_end ON booking (resource_id, ends_at);
-- Whether a feed has changed.
CREATE INDEX booking_by_revision ON booking (resource_id, revised_at);
CREATE INDEX booking_by_organization_revision ON booking (organization_id, revised_at);
-- Bookings one is invited to, whatever the case of the address.
CREATE INDEX booking_by_attendee ON booking USING gin ((lower(attendees::text)::jsonb) jsonb_path_ops)
    WHERE attendees <> '[]';
CREATE INDEX booking_by_due ON booking (due_at) WHERE status = 'requested';
CREATE INDEX booking_by_start ON booking (starts_at) WHERE status = 'confirmed';
CREATE INDEX booking_of_series ON booking (series_id, recurrence_id) WHERE series_id IS NOT NULL;
CREATE INDEX booking_to_begin ON booking (starts_at) WHERE status IN ('confirmed', 'in_use');
CREATE INDEX booking_by_group ON booking (group_id) WHERE group_id IS NOT NULL;

-- Who did what to a booking, when and why. Only ever added to: the database refuses everything else.
CREATE TABLE booking_change (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    member_id uuid REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,  -- null: the program itself
    verb text NOT NULL,
    reason text NOT NULL DEFAULT '',
    was jsonb NOT NULL DEFAULT '{}',  -- only what changed
    became jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT booking_change_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT booking_change_of_booking FOREIGN KEY (resource_id, booking_id) REFERENCES booking (resource_id, id)
);
CREATE INDEX booking_change_of_booking_key ON booking_change (booking_id, id);

-- What somebody who is invited to a booking last answered.
CREATE TABLE attendance_answer (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    booking_id uuid NOT NULL,
    email text NOT NULL,  -- in lower case
    answer text NOT NULL,
    sequence integer NOT NULL DEFAULT 0,  -- of the booking when it was answered: a later one asks anew
    stamp timestamptz NOT NULL,  -- DTSTAMP of the answer
    answered_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT attendance_answer_pk PRIMARY KEY (resource_id, booking_id, email),
    CONSTRAINT attendance_answer_known CHECK (answer IN ('accepted', 'tentative', 'declined')),
    CONSTRAINT attendance_answer_of_booking FOREIGN KEY (resource_id, booking_id) REFERENCES booking (resource_id, id)
);

-- Who accepted which version of a resource's terms.
CREATE TABLE terms_acceptance (
    resource_id uuid NOT NULL,
    version integer NOT NULL,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    accepted_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT terms_acceptance_pk PRIMARY KEY (resource_id, version, member_id)
);

-- A missed booking or a late cancellation, by the owner's policy.
CREATE TABLE strike (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    resource_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    appeal text NOT NULL DEFAULT '',
    forgiven_at timestamptz,
    forgiven_by_id uuid,  -- a member
    CONSTRAINT strike_pk PRIMARY KEY (id),
    CONSTRAINT strike_kind_known CHECK (kind IN ('no_show', 'late_cancellation'))
);
CREATE INDEX strike_member_id ON strike (member_id);
CREATE INDEX strike_by_owner ON strike (owner_id, at);

-- A place in a wait list: a length of time within a window, on one resource or on any of a kind or an owner.
CREATE TABLE waiting (
    id uuid NOT NULL,
    position bigserial,  -- the order in which they came
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    resource_id uuid,
    kind text,
    owner_id uuid,
    during tstzrange NOT NULL,
    minutes integer NOT NULL,
    units integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    passed jsonb NOT NULL DEFAULT '[]',  -- offers that were passed or ran out: resource and start
    CONSTRAINT waiting_pk PRIMARY KEY (id),
    CONSTRAINT waiting_status_known CHECK (status IN ('waiting', 'offered', 'booked', 'left', 'over')),
    CONSTRAINT waiting_for_something CHECK (num_nonnulls(resource_id, kind, owner_id) > 0)
);
CREATE INDEX waiting_member_id ON waiting (member_id);
CREATE INDEX waiting_in_line ON waiting (position) WHERE status IN ('waiting', 'offered');

-- Time that is taken
-- ------------------

-- Time the owner takes out.
CREATE TABLE closure (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    during tstzrange NOT NULL,
    units integer,  -- how many; none: all
    reason text NOT NULL DEFAULT '',
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    lifted_at timestamptz,
    group_id uuid,  -- closures made from one recurrence rule
    CONSTRAINT closure_pk PRIMARY KEY (resource_id, id)
);
CREATE INDEX closure_by_end ON closure (resource_id, upper(during)) WHERE lifted_at IS NULL;

-- Time kept for a while: while a form is filled in, or an offer or a proposal stands.
CREATE TABLE hold (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    kind text NOT NULL DEFAULT 'form',
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    units integer NOT NULL DEFAULT 1,
    waiting_id uuid,  -- of an offer
    booking_id uuid,  -- of a proposal of another time for it
    message text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz NOT NULL,  -- by the database clock
    ended_at timestamptz,  -- used, given back or expired
    CONSTRAINT hold_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT hold_kind_known CHECK (kind IN ('form', 'offer', 'proposal'))
);
CREATE INDEX hold_member_id ON hold (member_id);
CREATE INDEX hold_by_expiry ON hold (expires_at) WHERE ended_at IS NULL;
CREATE INDEX hold_of_booking ON hold (resource_id, booking_id) WHERE ended_at IS NULL;
CREATE INDEX hold_by_id ON hold (id);

-- Time taken on one unit. Nothing else takes time.
CREATE TABLE claim (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    unit integer NOT NULL,
    during tstzrange NOT NULL,
    reason text NOT NULL,
    booking_id uuid,
    closure_id uuid,
    expires_at timestamptz,  -- of a hold
    released_at timestamptz,  -- live while null
    hold_id uuid,
    pinned boolean NOT NULL DEFAULT false,  -- the unit was asked for; never moved to another
    whole_claim_id uuid,
    whole_id uuid,  -- a whole that this resource is a part of, taken by the claim `whole_claim_id`
    CONSTRAINT claim_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT claim_reason_known CHECK (reason IN ('booking', 'hold', 'closure', 'busy')),
    CONSTRAINT claim_half_open CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)),
    CONSTRAINT claim_once EXCLUDE USING gist (resource_id WITH =, unit WITH =, during WITH &&)
        WHERE (released_at IS NULL),
    CONSTRAINT claim_of_booking FOREIGN KEY (resource_id, booking_id) REFERENCES booking (resource_id, id),
    CONSTRAINT claim_of_closure FOREIGN KEY (resource_id, closure_id) REFERENCES closure (resource_id, id),
    CONSTRAINT claim_of_hold FOREIGN KEY (resource_id, hold_id) REFERENCES hold (resource_id, id),
    CONSTRAINT claim_of_whole FOREIGN KEY (whole_id, whole_claim_id) REFERENCES claim (resource_id, id)
);
CREATE INDEX claim_of_booking_key ON claim (resource_id, booking_id);
CREATE INDEX claim_without_booking ON claim (resource_id)
    WHERE released_at IS NULL AND reason IN ('hold', 'busy');
-- What cannot go to another unit.
CREATE INDEX claim_nailed ON claim (resource_id)
    WHERE released_at IS NULL AND (pinned OR reason IN ('closure', 'busy'));
CREATE INDEX claim_of_hold_key ON claim (resource_id, hold_id) WHERE hold_id IS NOT NULL;
-- Which resources are busy in a window. While the table is nearly empty PostgreSQL would take this index also for what
-- asks about one resource, and stay with it for long: `unit > 0` holds for every claim, and only who says it gets it.
CREATE INDEX claim_live_during ON claim USING gist (during) INCLUDE (resource_id)
    WHERE released_at IS NULL AND unit > 0;
-- What is taken through wholes.
CREATE INDEX claim_of_whole ON claim (whole_id, whole_claim_id) WHERE whole_id IS NOT NULL;
CREATE INDEX claim_through_whole ON claim (resource_id) WHERE whole_id IS NOT NULL AND released_at IS NULL;

-- Requests that are sent again
-- ----------------------------

-- The answer to a request that may be sent again.
CREATE TABLE idempotency_key (
    member_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,  -- SHA-256 of method, path and body
    status integer NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT idempotency_key_pk PRIMARY KEY (member_id, key),
    CONSTRAINT idempotency_key_of_member FOREIGN KEY (member_id) REFERENCES member (id)
);

-- migrate:down

DROP TABLE series, booking, booking_change, attendance_answer, terms_acceptance, strike, waiting, closure, hold,
    claim, idempotency_key;
