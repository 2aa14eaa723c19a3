-- Who is here: accounts and how they sign in, organizations, their members, and the audit log.

-- migrate:up

-- Accounts
-- --------

-- A person who signs in.
CREATE TABLE account (
    id uuid NOT NULL,
    email text NOT NULL,  -- lower case
    name text NOT NULL,
    locale text NOT NULL DEFAULT 'zh-CN',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_operator boolean NOT NULL DEFAULT false,  -- runs the platform: verifies organizations, watches delivery, audits
    time_zone text NOT NULL DEFAULT 'Asia/Shanghai',  -- IANA name; the mail of the day comes in its morning
    verified_at timestamptz,  -- when the address was proven; before, they act for nobody
    erased_at timestamptz,  -- name and address are gone; a pseudonym stands in their place
    notifications jsonb NOT NULL DEFAULT '{}',  -- how to be told, by event; what is not said is "now"
    locked_at timestamptz,  -- by an operator: nobody signs in or acts with it
    CONSTRAINT account_pk PRIMARY KEY (id),
    CONSTRAINT account_email_once UNIQUE (email),
    CONSTRAINT account_email_lower CHECK (email = lower(email)),
    CONSTRAINT account_locale_known CHECK (locale IN ('zh-CN', 'en'))
);

-- What is kept of a person's password. Apart from the account, so that no reading of accounts carries it along.
CREATE TABLE password (
    account_id uuid PRIMARY KEY REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    hash text NOT NULL,  -- argon2id with its parameters, PHC string format
    changed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- What is kept of a person's authenticator. Its secret is derived from the salt and stands nowhere.
CREATE TABLE second_factor (
    account_id uuid PRIMARY KEY REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    salt bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    confirmed_at timestamptz,  -- before, it is not asked for
    last_step bigint NOT NULL DEFAULT 0  -- the newest time step of which a code was used
);

-- One of the codes that stand in for a lost authenticator, each once. Only its SHA-256 is kept.
CREATE TABLE recovery_code (
    id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    hash bytea NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_code_pk PRIMARY KEY (id)
);
CREATE INDEX recovery_code_account_id ON recovery_code (account_id);

-- The right to do one thing once, of whoever holds the secret that is made of its id.
CREATE TABLE ticket (
    id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    purpose text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT ticket_pk PRIMARY KEY (id),
    CONSTRAINT ticket_purpose_known CHECK (purpose IN ('verify', 'reset', 'second_step'))
);
CREATE INDEX ticket_account_id ON ticket (account_id);

-- How often something was tried that must not be tried too often. Whose it is cannot be read from the key.
CREATE TABLE attempt (
    key bytea PRIMARY KEY,
    counted_from timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    times integer NOT NULL DEFAULT 1
);

-- Organizations and their members
-- -------------------------------

-- An enterprise, university, institute or SME.
CREATE TABLE organization (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,  -- ISO 3166-1 alpha-2
    region_code text,  -- GB/T 2260
    verified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    rules jsonb NOT NULL DEFAULT '{}',  -- booking rules for all its resources, where a resource says nothing else
    declared_at timestamptz,
    merged_into_id uuid,  -- the organization that took over all it had
    registration_number text NOT NULL DEFAULT '',  -- what a foreign register calls it
    rejected_at timestamptz,  -- the newer of it and verified_at says how it stands
    revenue bigint,  -- of a year, in 10,000 CNY
    sector text,
    staff integer,  -- as it declared itself, like its revenue and sector
    suspended_at timestamptz,
    uscc text,  -- unified social credit code, GB 32100
    CONSTRAINT organization_pk PRIMARY KEY (id),
    CONSTRAINT organization_name_once UNIQUE (name),
    CONSTRAINT organization_uscc_once UNIQUE (uscc),
    CONSTRAINT organization_kind_known CHECK (
        kind IN ('large_enterprise', 'university', 'research_institute', 'public_body', 'sme')
    ),
    CONSTRAINT organization_merged_into FOREIGN KEY (merged_into_id) REFERENCES organization (id)
);
CREATE INDEX organization_undecided ON organization (id) WHERE verified_at IS NULL AND rejected_at IS NULL;

-- An account within an organization, with a role.
CREATE TABLE member (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    role text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    monthly_minutes integer,  -- what a booker may book in a calendar month; none: no limit
    named_only boolean NOT NULL DEFAULT false,  -- a manager of those in member_resource only
    CONSTRAINT member_pk PRIMARY KEY (id),
    CONSTRAINT member_once UNIQUE (organization_id, account_id),
    CONSTRAINT member_role_known CHECK (role IN ('admin', 'manager', 'booker'))
);
CREATE INDEX member_account_id ON member (account_id);
CREATE INDEX member_capped ON member (organization_id) WHERE monthly_minutes IS NOT NULL;

-- One browser in which a person is signed in. Of its id only the SHA-256 is kept; one that ended is deleted.
CREATE TABLE session (
    id uuid NOT NULL,  -- names the session in lists; it opens nothing
    hash bytea NOT NULL,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    member_id uuid REFERENCES member (id) ON UPDATE CASCADE ON DELETE CASCADE,  -- acted for
    rights text NOT NULL,  -- when it was issued; with others it is no longer good
    device text NOT NULL DEFAULT '',  -- such as `Firefox, Linux`
    network text NOT NULL DEFAULT '',  -- the first half of the address it was issued to
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_seen_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz NOT NULL,
    CONSTRAINT session_pk PRIMARY KEY (id),
    CONSTRAINT session_hash_once UNIQUE (hash)
);
CREATE INDEX session_account_id ON session (account_id);
CREATE INDEX session_member_id ON session (member_id);

-- A secret with which a program acts for a member. Only its SHA-256 is kept.
CREATE TABLE api_token (
    id uuid NOT NULL,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    hash bytea NOT NULL,
    prefix text NOT NULL,  -- the first characters, to recognise it by
    label text NOT NULL DEFAULT '',
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,  -- to the minute
    CONSTRAINT api_token_pk PRIMARY KEY (id),
    CONSTRAINT api_token_hash_once UNIQUE (hash)
);
CREATE INDEX api_token_member_id ON api_token (member_id);

-- What one device of a member signs in with. Only the SHA-256 is kept.
CREATE TABLE app_password (
    id uuid NOT NULL,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    hash bytea NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT app_password_pk PRIMARY KEY (id),
    CONSTRAINT app_password_hash_once UNIQUE (hash)
);
CREATE INDEX app_password_member_id ON app_password (member_id);

-- An offer by mail to become a member. The link's secret is derived and stands nowhere.
CREATE TABLE invitation (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    email text NOT NULL,  -- lower case
    role text NOT NULL,
    resource_ids uuid[],  -- those that a manager is to run; none: all
    monthly_minutes integer,
    invited_by_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT invitation_pk PRIMARY KEY (id),
    CONSTRAINT invitation_role_known CHECK (role IN ('admin', 'manager', 'booker'))
);
CREATE INDEX invitation_organization_id ON invitation (organization_id);

-- A person who asks to become a member.
CREATE TABLE join_request (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    status text NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    decided_at timestamptz,
    CONSTRAINT join_request_pk PRIMARY KEY (id),
    CONSTRAINT join_request_status_known CHECK (status IN ('waiting', 'accepted', 'refused'))
);
CREATE INDEX join_request_organization_id ON join_request (organization_id);
CREATE INDEX join_request_account_id ON join_request (account_id);
CREATE UNIQUE INDEX join_request_once ON join_request (organization_id, account_id) WHERE status = 'waiting';

-- A domain of mail addresses whose owners may ask to join an organization.
CREATE TABLE mail_domain (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    domain text NOT NULL,  -- lower case
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT mail_domain_pk PRIMARY KEY (id),
    CONSTRAINT mail_domain_once UNIQUE (organization_id, domain)
);
CREATE INDEX mail_domain_domain ON mail_domain (domain);

-- An organization that an owner names as its partner.
CREATE TABLE partner (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT partner_pk PRIMARY KEY (id),
    CONSTRAINT partner_once UNIQUE (owner_id, organization_id)
);

-- A file with which an organization proves what it is. The bytes are in the data directory under `stored`.
CREATE TABLE document (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    member_id uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,  -- who sent it
    kind text NOT NULL,
    name text NOT NULL DEFAULT '',  -- as it was called where it came from
    media_type text NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    stored text NOT NULL,  -- a random name
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    removed_at timestamptz,
    CONSTRAINT document_pk PRIMARY KEY (id),
    CONSTRAINT document_kind_known CHECK (kind IN ('licence', 'registration', 'authorization', 'other'))
);
CREATE INDEX document_organization_id ON document (organization_id);

-- What the operator decided about an organization, and why. Only ever added to.
CREATE TABLE decision (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    verb text NOT NULL,
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT decision_pk PRIMARY KEY (id),
    CONSTRAINT decision_verb_known CHECK (verb IN ('verified', 'rejected', 'suspended', 'reinstated', 'merged'))
);
CREATE INDEX decision_organization_id ON decision (organization_id);

-- Identity providers of organizations
-- -----------------------------------

-- Where the people of an organization sign in.
CREATE TABLE identity_provider (
    id uuid NOT NULL,
    organization_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    kind text NOT NULL DEFAULT 'oidc',
    name text NOT NULL,  -- what people call it
    issuer text NOT NULL,
    client_id text NOT NULL,
    sealed_secret text NOT NULL DEFAULT '',  -- encrypted; empty for a client without one
    joins boolean NOT NULL DEFAULT true,  -- who signs in first becomes a booker
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT identity_provider_pk PRIMARY KEY (id),
    CONSTRAINT identity_provider_once UNIQUE (organization_id, issuer, client_id),
    CONSTRAINT identity_provider_kind_known CHECK (kind IN ('oidc'))
);

-- A domain of mail addresses for which an identity provider speaks, once an operator has verified that.
CREATE TABLE identity_domain (
    id uuid NOT NULL,
    provider_id uuid NOT NULL REFERENCES identity_provider (id) ON UPDATE CASCADE ON DELETE CASCADE,
    domain text NOT NULL,
    verified_at timestamptz,
    CONSTRAINT identity_domain_pk PRIMARY KEY (id),
    CONSTRAINT identity_domain_once UNIQUE (provider_id, domain),
    CONSTRAINT identity_domain_lower CHECK (domain = lower(domain))
);
-- A verified domain speaks through one identity provider.
CREATE UNIQUE INDEX identity_domain_verified_once ON identity_domain (domain) WHERE verified_at IS NOT NULL;

-- A person as an identity provider knows them. What it calls them never changes, unlike their address.
CREATE TABLE external_identity (
    id uuid NOT NULL,
    provider_id uuid NOT NULL REFERENCES identity_provider (id) ON UPDATE CASCADE ON DELETE CASCADE,
    subject text NOT NULL,
    account_id uuid NOT NULL REFERENCES account (id) ON UPDATE CASCADE ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT external_identity_pk PRIMARY KEY (id),
    CONSTRAINT external_identity_once UNIQUE (provider_id, subject)
);
CREATE INDEX external_identity_account_id ON external_identity (account_id);

-- A browser that was sent to an identity provider. All that it must bring back is derived from its cookie.
CREATE TABLE sign_in_attempt (
    hash bytea PRIMARY KEY,  -- SHA-256 of the cookie
    provider_id uuid NOT NULL REFERENCES identity_provider (id) ON UPDATE CASCADE ON DELETE CASCADE,
    return_to text NOT NULL DEFAULT '/',
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_expires_at ON sign_in_attempt (expires_at);

-- The audit log
-- -------------

-- One change of state. Written in its transaction; the application's role can only insert and read.
CREATE TABLE audit_entry (
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- by the database clock: the application's role cannot state it
    actor text NOT NULL,
    account_id uuid,  -- no foreign keys: entries outlive what they are about
    member_id uuid,
    organization_id uuid,  -- whose thing it is
    owner_id uuid,  -- of the resource on which another organization's thing stands
    noun text NOT NULL,
    object_id uuid,
    verb text NOT NULL,
    was json NOT NULL DEFAULT '{}',  -- only what changed; text as it was written, so that its hash stays the same
    became json NOT NULL DEFAULT '{}',
    request_id text NOT NULL DEFAULT '',
    CONSTRAINT audit_entry_pk PRIMARY KEY (id),
    CONSTRAINT audit_entry_actor_known CHECK (actor IN ('member', 'account', 'operator', 'system'))
);
CREATE INDEX audit_entry_of_organization ON audit_entry (organization_id, id);
CREATE INDEX audit_entry_of_owner ON audit_entry (owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX audit_entry_of_object ON audit_entry (object_id, id);
CREATE INDEX audit_entry_of_account ON audit_entry (account_id, id);

-- The place of an entry in the chain: its hash covers the entry and the hash of the place before.
CREATE TABLE audit_seal (
    number bigint NOT NULL,  -- 1, 2, 3 … without gaps
    entry_id uuid NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT audit_seal_pk PRIMARY KEY (number),
    CONSTRAINT audit_seal_once UNIQUE (entry_id)
);

-- migrate:down

DROP TABLE account, password, second_factor, recovery_code, ticket, attempt, organization, member, session, api_token,
    app_password, invitation, join_request, mail_domain, partner, document, decision, identity_provider,
    identity_domain, external_identity, sign_in_attempt, audit_entry, audit_seal;
