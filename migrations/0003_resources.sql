-- What is shared: resources, when they are open, by which rules, and what their users must have.

-- migrate:up

-- Resources
-- ---------

-- What is shared.
CREATE TABLE resource (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    kind text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    manufacturer text NOT NULL DEFAULT '',
    model text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT '',
    country text NOT NULL DEFAULT '',  -- ISO 3166-1 alpha-2
    city text NOT NULL DEFAULT '',
    region_code text,  -- GB/T 2260
    time_zone text NOT NULL,  -- IANA name
    units integer NOT NULL DEFAULT 1,
    week_hours int4multirange NOT NULL,  -- local minutes of the week
    rules jsonb NOT NULL DEFAULT '{}',  -- of booking, where they differ from the owner's
    price_per_hour numeric,
    currency text NOT NULL DEFAULT '',  -- ISO 4217; never guessed
    source_url text NOT NULL DEFAULT '',
    import_key text,  -- what makes a row of an owner's list the same row next time
    listed boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    latitude double precision,  -- WGS 84, as the owner says; both or neither
    longitude double precision,
    address text NOT NULL DEFAULT '',
    contact text NOT NULL DEFAULT '',  -- an office, a telephone number: shown to everyone
    methods text NOT NULL DEFAULT '',  -- and standards that it serves: GB/T, ISO, ASTM
    price_text text NOT NULL DEFAULT '',  -- as the owner wrote it, where an amount per hour does not say it
    CONSTRAINT resource_pk PRIMARY KEY (id),
    CONSTRAINT resource_import_once UNIQUE (owner_id, import_key),
    CONSTRAINT resource_kind_known CHECK (
        kind IN (
            'equipment', 'test_site', 'training_base', 'expert_service', 'technical_service', 'production_capacity'
        )
    ),
    CONSTRAINT resource_units_positive CHECK (units BETWEEN 1 AND 10000)
);
CREATE INDEX resource_owner_id ON resource (owner_id);
CREATE INDEX resource_name_trigrams ON resource USING gin (name gin_trgm_ops);
CREATE INDEX resource_kind_region ON resource (kind, region_code);
CREATE INDEX resource_region ON resource (region_code);
CREATE INDEX resource_place ON resource (latitude, longitude) WHERE latitude IS NOT NULL;
CREATE INDEX resource_time_zone ON resource (time_zone);

-- What a resource is found by, made from it and the name of its owner.
CREATE TABLE search_text (
    resource_id uuid NOT NULL,
    of_version integer NOT NULL DEFAULT 0,  -- of the resource
    owner_name text NOT NULL DEFAULT '',
    title text NOT NULL DEFAULT '',  -- its names and model, one on each line
    body text NOT NULL DEFAULT '',  -- these and all else that it says of itself
    sounds text NOT NULL DEFAULT '',  -- the same in pinyin
    grams text[] NOT NULL DEFAULT '{}',  -- pairs of characters of body and sounds
    standards text[] NOT NULL DEFAULT '{}',  -- that it names, such as GB/T 228.1-2021
    CONSTRAINT search_text_pk PRIMARY KEY (resource_id),
    CONSTRAINT search_text_of_resource FOREIGN KEY (resource_id) REFERENCES resource (id)
) WITH (toast_tuple_target = 512);
-- Grams are only read through their index: kept beside the table they do not make each row three times as long.
ALTER TABLE search_text ALTER COLUMN grams SET STORAGE EXTERNAL;
CREATE INDEX search_text_grams ON search_text USING gin (grams) WITH (fastupdate = off);
CREATE INDEX search_text_standards ON search_text USING gin (standards) WITH (fastupdate = off);

-- A resource that is a part of another: taking the whole takes its parts, and a part the whole.
CREATE TABLE part (
    whole_id uuid NOT NULL,
    part_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT part_pk PRIMARY KEY (whole_id, part_id),
    CONSTRAINT part_of_another CHECK (whole_id <> part_id),
    CONSTRAINT part_of_whole FOREIGN KEY (whole_id) REFERENCES resource (id)
);
CREATE INDEX part_part_id ON part (part_id);

-- A unit with a name of its own, by which it can be asked for. Units without a row are numbered only.
CREATE TABLE unit (
    resource_id uuid NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT unit_pk PRIMARY KEY (resource_id, number),
    CONSTRAINT unit_of_resource FOREIGN KEY (resource_id) REFERENCES resource (id)
);

-- A picture of a resource, made anew by us: what was sent is not kept.
CREATE TABLE photo (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    position integer NOT NULL,
    alt text NOT NULL DEFAULT '',  -- says in words what is to be seen
    width integer NOT NULL,
    height integer NOT NULL,
    large bytea NOT NULL,  -- WebP
    small bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT photo_pk PRIMARY KEY (resource_id, id)
);

-- A screen on a wall that shows the day of a resource. Its address is derived from its id, not stored.
CREATE TABLE display (
    id uuid NOT NULL,
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    label text NOT NULL DEFAULT '',  -- where it hangs
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    revoked_at timestamptz,
    CONSTRAINT display_pk PRIMARY KEY (id)
);
CREATE INDEX display_resource_id ON display (resource_id);

-- A resource that a manager runs, where they do not run all.
CREATE TABLE member_resource (
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    CONSTRAINT member_resource_pk PRIMARY KEY (id),
    CONSTRAINT member_resource_once UNIQUE (member_id, resource_id)
);
CREATE INDEX member_resource_resource_id ON member_resource (resource_id);

-- Opening hours and rules
-- -----------------------

-- A local day on which other hours hold than the weekly ones.
CREATE TABLE opening_exception (
    resource_id uuid NOT NULL,
    day date NOT NULL,
    hours int4multirange NOT NULL,  -- local minutes of that day; empty: closed
    reason text NOT NULL DEFAULT '',
    CONSTRAINT opening_exception_pk PRIMARY KEY (resource_id, day),
    CONSTRAINT opening_exception_of_resource FOREIGN KEY (resource_id) REFERENCES resource (id)
);

-- Other booking rules for some local days.
CREATE TABLE rule_override (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    rules jsonb NOT NULL DEFAULT '{}',  -- only what differs
    reason text NOT NULL DEFAULT '',
    CONSTRAINT rule_override_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT rule_override_days CHECK (last_day >= first_day)
);

-- A public holiday of a country, or a day on which people work instead (调休). Editable.
CREATE TABLE holiday (
    id uuid NOT NULL,
    country text NOT NULL,  -- ISO 3166-1 alpha-2
    day date NOT NULL,
    works_like integer,  -- null: a day off; 0-6: worked with that weekday's hours, 0 is Monday
    name text NOT NULL DEFAULT '',
    edited boolean NOT NULL DEFAULT false,  -- by hand: the yearly filling leaves it alone
    CONSTRAINT holiday_pk PRIMARY KEY (id),
    CONSTRAINT holiday_once UNIQUE (country, day)
);

-- A version of what a guest must accept before booking. The newest one counts; none: nothing to accept.
CREATE TABLE terms (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    id uuid NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT terms_pk PRIMARY KEY (resource_id, id),
    CONSTRAINT terms_version_once UNIQUE (resource_id, version)
);

-- Lists that are brought in, tables that are taken out, words that are offered
-- ----------------------------------------------------------------------------

-- A list that an owner sent: looked at first, then brought in by the worker once it is confirmed.
CREATE TABLE list_import (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    file_name text NOT NULL DEFAULT '',
    content bytea,  -- forgotten once it is brought in
    assumed jsonb NOT NULL DEFAULT '{}',  -- what the file does not say
    report jsonb NOT NULL DEFAULT '{}',  -- of the dry run, then of the import
    done_rows integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    confirmed_at timestamptz,
    finished_at timestamptz,
    error text NOT NULL DEFAULT '',
    total_rows integer NOT NULL DEFAULT 0,  -- that are to be brought in; known once the import has begun
    CONSTRAINT list_import_pk PRIMARY KEY (id)
);
CREATE INDEX list_import_owner_id ON list_import (owner_id);

-- A table that somebody asked for: written by the worker, fetched by a link until it expires.
CREATE TABLE export (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    subject text NOT NULL,
    format text NOT NULL DEFAULT 'xlsx',
    locale text NOT NULL DEFAULT 'zh-CN',
    content bytea,  -- until it has expired
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    written_at timestamptz,
    valid_until timestamptz,
    error text NOT NULL DEFAULT '',
    CONSTRAINT export_pk PRIMARY KEY (id),
    CONSTRAINT export_format_known CHECK (format IN ('csv', 'xlsx'))
);
CREATE INDEX export_owner_id ON export (owner_id);

-- A word that operators recommend for grouping resources of a kind. Owners may write another.
CREATE TABLE category (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    CONSTRAINT category_pk PRIMARY KEY (id),
    CONSTRAINT category_once UNIQUE (kind, name)
);

-- Qualifications
-- --------------

-- What an owner demands of those who use some of its resources.
CREATE TABLE qualification (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    name text NOT NULL,
    how_to_get text NOT NULL DEFAULT '',
    valid_days integer,  -- null: for ever
    training_resource_id uuid,  -- attending a booking of it grants the qualification
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    takes_applications boolean NOT NULL DEFAULT false,  -- whether guests may ask for it with a proof
    CONSTRAINT qualification_pk PRIMARY KEY (id)
);
CREATE INDEX qualification_owner_id ON qualification (owner_id);

-- A resource that only the qualified may book.
CREATE TABLE needed_qualification (
    resource_id uuid NOT NULL,
    qualification_id uuid NOT NULL REFERENCES qualification (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT needed_qualification_pk PRIMARY KEY (resource_id, qualification_id)
);

-- A person's qualification.
CREATE TABLE "grant" (
    id uuid NOT NULL,
    qualification_id uuid NOT NULL REFERENCES qualification (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    granted_by_id uuid,  -- a member; null: by attending a training
    booking_id uuid,  -- the training
    granted_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz,
    revoked_at timestamptz,
    reminded_at timestamptz,
    CONSTRAINT grant_pk PRIMARY KEY (id)
);
CREATE INDEX grant_account_id ON "grant" (account_id);
CREATE INDEX grant_to_expire ON "grant" (expires_at) WHERE revoked_at IS NULL AND reminded_at IS NULL;
CREATE INDEX grant_of_person ON "grant" (account_id, qualification_id) WHERE revoked_at IS NULL;

-- A person asks for a qualification, with words or a file that prove it. Deleted some time after its end.
CREATE TABLE application (
    id uuid NOT NULL,
    qualification_id uuid NOT NULL REFERENCES qualification (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,  -- for whom they acted
    note text NOT NULL DEFAULT '',
    name text NOT NULL DEFAULT '',  -- of the file
    media_type text NOT NULL DEFAULT '',  -- empty: there is no file
    content bytea,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    withdrawn_at timestamptz,
    decided_at timestamptz,
    decided_by_id uuid,  -- a member of the owner
    grant_id uuid,  -- null: declined
    reason text NOT NULL DEFAULT '',
    CONSTRAINT application_pk PRIMARY KEY (id)
);
CREATE INDEX application_qualification_id ON application (qualification_id);
CREATE INDEX application_account_id ON application (account_id);

-- migrate:down

DROP TABLE resource, search_text, part, unit, photo, display, member_resource, opening_exception, rule_override,
    holiday, terms, list_import, export, category, qualification, needed_qualification, "grant", application;
