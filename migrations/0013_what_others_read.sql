-- What was not understood in foreign calendars; and bookings ahead that calendars must read anew, for a name or the place that
-- stands in them has changed, whichever door it changed by (docs/decisions/0268).

-- migrate:up

ALTER TABLE foreign_calendar
    ADD COLUMN findings jsonb NOT NULL DEFAULT '[]',  -- lines that were not understood
    ADD COLUMN findings_told jsonb NOT NULL DEFAULT '[]';  -- hashes of those that its owner was told of

-- Bookings whose place has changed; their guests are still to be told.
CREATE TABLE place_change (
    resource_id uuid NOT NULL REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    booking_id uuid NOT NULL,
    CONSTRAINT place_change_pk PRIMARY KEY (resource_id, booking_id),
    CONSTRAINT place_change_of_booking FOREIGN KEY (resource_id, booking_id) REFERENCES booking (resource_id, id)
);

CREATE FUNCTION show_resource_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I.booking SET version = version + 1, sequence = sequence + $2,
        revised_at = greatest(date_trunc(''second'', now()), revised_at + interval ''1 second'')
        WHERE resource_id = $1 AND ends_at > now() AND status IN (''requested'', ''confirmed'', ''in_use'')',
        TG_TABLE_SCHEMA) USING NEW.id, (NEW.city IS DISTINCT FROM OLD.city)::int;
    IF NEW.city IS DISTINCT FROM OLD.city THEN
        EXECUTE format('INSERT INTO %I.place_change (resource_id, booking_id)
            SELECT resource_id, id FROM %I.booking
            WHERE resource_id = $1 AND ends_at > now() AND status IN (''requested'', ''confirmed'', ''in_use'')
            ON CONFLICT DO NOTHING', TG_TABLE_SCHEMA, TG_TABLE_SCHEMA) USING NEW.id;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION show_organization_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I.booking SET version = version + 1,
        revised_at = greatest(date_trunc(''second'', now()), revised_at + interval ''1 second'')
        WHERE (organization_id = $1 OR resource_id IN (SELECT id FROM %I.resource WHERE owner_id = $1))
            AND ends_at > now() AND status IN (''requested'', ''confirmed'', ''in_use'')',
        TG_TABLE_SCHEMA, TG_TABLE_SCHEMA) USING NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION show_account_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I.booking SET version = version + 1,
        revised_at = greatest(date_trunc(''second'', now()), revised_at + interval ''1 second'')
        WHERE member_id IN (SELECT id FROM %I.member WHERE account_id = $1)
            AND ends_at > now() AND status IN (''requested'', ''confirmed'', ''in_use'')',
        TG_TABLE_SCHEMA, TG_TABLE_SCHEMA) USING NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER resource_is_shown_anew AFTER UPDATE ON resource FOR EACH ROW WHEN (
    (OLD.name, OLD.name_en, OLD.city, OLD.time_zone) IS DISTINCT FROM (NEW.name, NEW.name_en, NEW.city, NEW.time_zone)
) EXECUTE FUNCTION show_resource_anew();
CREATE TRIGGER organization_is_shown_anew AFTER UPDATE ON organization
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION show_organization_anew();
CREATE TRIGGER account_is_shown_anew AFTER UPDATE ON account FOR EACH ROW WHEN (
    (OLD.name, OLD.email) IS DISTINCT FROM (NEW.name, NEW.email)
) EXECUTE FUNCTION show_account_anew();

-- migrate:down

DROP TRIGGER account_is_shown_anew ON account;
DROP TRIGGER organization_is_shown_anew ON organization;
DROP TRIGGER resource_is_shown_anew ON resource;
DROP FUNCTION show_account_anew();
DROP FUNCTION show_organization_anew();
DROP FUNCTION show_resource_anew();
DROP TABLE place_change;
ALTER TABLE foreign_calendar DROP COLUMN findings, DROP COLUMN findings_told;
