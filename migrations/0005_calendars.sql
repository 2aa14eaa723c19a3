-- Calendars: feeds that programs read, CalDAV, and calendars that owners keep elsewhere.

-- migrate:up

-- Feeds
-- -----

-- A secret calendar address. Only the SHA-256 of its token is kept; its scope and view never change.
CREATE TABLE feed (
    id uuid NOT NULL,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    scope text NOT NULL,
    view text NOT NULL,
    resource_id uuid REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    rotated_at timestamptz,
    revoked_at timestamptz,
    read_at timestamptz,
    search jsonb,  -- what a feed of a search searches for
    CONSTRAINT feed_pk PRIMARY KEY (id),
    CONSTRAINT feed_hash_once UNIQUE (hash),
    CONSTRAINT feed_resource_said CHECK ((scope = 'resource') = (resource_id IS NOT NULL)),
    CONSTRAINT feed_scope_one_of CHECK (scope IN ('resource', 'organization', 'person', 'search')),
    CONSTRAINT feed_search_said CHECK (
        (scope = 'search') = (search IS NOT NULL) AND (scope = 'search') = (view = 'free')
    ),
    CONSTRAINT feed_view_one_of CHECK (view IN ('busy', 'member', 'owner', 'free'))
);
CREATE INDEX feed_member_id ON feed (member_id);

-- CalDAV
-- ------

-- How far the log of a calendar has come. Whoever compares the calendar with its log locks this row.
CREATE TABLE dav_calendar (
    resource_id uuid NOT NULL,
    number integer NOT NULL DEFAULT 0,
    CONSTRAINT dav_calendar_pk PRIMARY KEY (resource_id),
    CONSTRAINT dav_calendar_of_resource FOREIGN KEY (resource_id) REFERENCES resource (id)
);

-- What programs were told of one object of a calendar, and at which number of the log.
CREATE TABLE dav_member (
    resource_id uuid NOT NULL,
    name text NOT NULL,
    etag text,  -- null: it is gone
    number integer NOT NULL,
    CONSTRAINT dav_member_pk PRIMARY KEY (resource_id, name),
    CONSTRAINT dav_member_numbered CHECK (number > 0),
    CONSTRAINT dav_member_of_resource FOREIGN KEY (resource_id) REFERENCES resource (id)
);

-- A calendar object that an owner's program put there, kept as it came; its busy times are closures.
CREATE TABLE dav_object (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,  -- also the group of its closures
    name text NOT NULL,  -- the last part of its address
    uid text NOT NULL,
    data bytea NOT NULL,
    blocks boolean NOT NULL DEFAULT false,  -- it has had closures; when all are lifted it is gone
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,  -- null: it repeats without end
    closed_until timestamptz,  -- repetitions are closures up to here; null: all are
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at timestamptz,  -- its data is emptied; closures that are over stay its
    CONSTRAINT dav_object_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT dav_object_name_once EXCLUDE USING btree (resource_id WITH =, name WITH =) WHERE (deleted_at IS NULL),
    CONSTRAINT dav_object_uid_once EXCLUDE USING btree (resource_id WITH =, uid WITH =) WHERE (deleted_at IS NULL)
);

-- How the programs of a member show a calendar. Theirs alone: without it, programs choose.
CREATE TABLE dav_look (
    resource_id uuid NOT NULL,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    color text,  -- `#RRGGBB` or `#RRGGBBAA`
    place integer,  -- in the list of calendars
    CONSTRAINT dav_look_pk PRIMARY KEY (resource_id, member_id),
    CONSTRAINT dav_look_of_resource FOREIGN KEY (resource_id) REFERENCES resource (id)
);
CREATE INDEX dav_look_member_id ON dav_look (member_id);

-- Foreign calendars
-- -----------------

-- An owner's own calendar, whose busy time a resource takes over.
CREATE TABLE foreign_calendar (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    url text NOT NULL,  -- sealed: it is a secret, and may carry a password
    name text NOT NULL DEFAULT '',
    unit integer,  -- whose calendar it is; null: of all units
    keep_titles boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    removed_at timestamptz,
    fetch_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- when it is due
    leased_until timestamptz,
    tried_at timestamptz,
    read_at timestamptz,  -- also when nothing had changed
    parsed_at timestamptz,
    digest bytea,  -- SHA-256 of the file that was parsed
    etag text NOT NULL DEFAULT '',
    last_modified text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,  -- in a row
    missing integer NOT NULL DEFAULT 0,  -- answers 404 or 410 in a row
    error text NOT NULL DEFAULT '',
    accept_empty boolean NOT NULL DEFAULT false,  -- the owner says that it is right when nothing is left
    told_at timestamptz,  -- that it cannot be read
    events integer NOT NULL DEFAULT 0,
    own integer NOT NULL DEFAULT 0,
    wrong integer NOT NULL DEFAULT 0,
    doubtful_zones jsonb NOT NULL DEFAULT '[]',
    is_collection boolean NOT NULL DEFAULT false,  -- CalDAV, with user and password in the address
    CONSTRAINT foreign_calendar_pk PRIMARY KEY (resource_id, id)
);
CREATE INDEX foreign_calendar_member_id ON foreign_calendar (member_id);
CREATE INDEX foreign_calendar_due ON foreign_calendar (fetch_at) WHERE removed_at IS NULL;

-- A time that a foreign calendar says is busy. Claims follow from it.
CREATE TABLE foreign_busy (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    unit integer,
    during tstzrange NOT NULL,
    tentative boolean NOT NULL DEFAULT false,
    doubtful boolean NOT NULL DEFAULT false,  -- its zone is not known: all that it may be
    title text NOT NULL DEFAULT '',
    CONSTRAINT foreign_busy_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT foreign_busy_of_calendar FOREIGN KEY (resource_id, calendar_id)
        REFERENCES foreign_calendar (resource_id, id)
);

-- A booking that met busy time, and that its owner was told of.
CREATE TABLE foreign_conflict (
    resource_id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    told_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT foreign_conflict_pk PRIMARY KEY (resource_id, calendar_id, booking_id),
    CONSTRAINT foreign_conflict_of_calendar FOREIGN KEY (resource_id, calendar_id)
        REFERENCES foreign_calendar (resource_id, id),
    CONSTRAINT foreign_conflict_of_booking FOREIGN KEY (resource_id, booking_id) REFERENCES booking (resource_id, id)
);

-- migrate:down

DROP TABLE feed, dav_calendar, dav_member, dav_object, dav_look, foreign_calendar, foreign_busy, foreign_conflict;
