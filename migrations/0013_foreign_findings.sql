-- What was not understood in foreign calendars.

-- migrate:up

ALTER TABLE foreign_calendar
    ADD COLUMN findings jsonb NOT NULL DEFAULT '[]',  -- lines that were not understood
    ADD COLUMN findings_told jsonb NOT NULL DEFAULT '[]';  -- hashes of those that its owner was told of

-- migrate:down

ALTER TABLE foreign_calendar DROP COLUMN findings, DROP COLUMN findings_told;
