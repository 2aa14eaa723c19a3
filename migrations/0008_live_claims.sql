-- What others read of taken time. Its columns are an outer interface: they stay.

-- migrate:up

CREATE VIEW live_claims AS
    SELECT resource_id, unit, during, booking_id, reason FROM claim
    WHERE released_at IS NULL AND (expires_at IS NULL OR expires_at > now());

-- migrate:down

DROP VIEW live_claims;
