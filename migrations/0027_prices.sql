-- What owners charge: rules that are never changed, only ended; and what a booking costs, frozen on it (docs/decisions/0315, 0316).

-- migrate:up

CREATE TABLE price_rule (
    id uuid NOT NULL,
    owner_id uuid NOT NULL REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    resource_id uuid REFERENCES resource (id) ON UPDATE CASCADE ON DELETE RESTRICT,  -- none: of all that have none of their own
    partner_id uuid REFERENCES organization (id) ON UPDATE CASCADE ON DELETE RESTRICT,  -- for one organization; none: for the circle
    circle text NOT NULL,
    mode text NOT NULL,
    rule jsonb NOT NULL,
    valid tstzrange NOT NULL,
    made_by uuid NOT NULL REFERENCES member (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT price_rule_pk PRIMARY KEY (id),
    CONSTRAINT price_rule_circle_known CHECK (circle IN ('own', 'partners', 'verified_smes', 'everyone')),
    CONSTRAINT price_rule_mode_known CHECK (mode IN ('self', 'staffed', 'sample', 'session')),
    CONSTRAINT price_rule_once EXCLUDE USING gist (
        owner_id WITH =, (coalesce(resource_id, owner_id)) WITH =, (coalesce(partner_id, owner_id)) WITH =,
        circle WITH =, mode WITH =, valid WITH &&
    )
);
CREATE INDEX price_rule_resource_id ON price_rule (resource_id);
CREATE INDEX price_rule_made_by ON price_rule (made_by);
CREATE INDEX price_rule_partner_id ON price_rule (partner_id);

CREATE FUNCTION keep_price_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.owner_id, NEW.resource_id, NEW.partner_id, NEW.circle, NEW.mode, NEW.rule)
        IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.resource_id, OLD.partner_id, OLD.circle, OLD.mode, OLD.rule)
        OR NOT (NEW.valid <@ OLD.valid) THEN
        RAISE EXCEPTION 'a price is never changed, only ended';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER price_rule_stays BEFORE UPDATE ON price_rule FOR EACH ROW EXECUTE FUNCTION keep_price_rule();

ALTER TABLE booking ADD COLUMN cost jsonb, ADD COLUMN price_rule_id uuid;

-- migrate:down

ALTER TABLE booking DROP COLUMN cost, DROP COLUMN price_rule_id;
DROP TABLE price_rule;
DROP FUNCTION keep_price_rule();
