-- The shifts of a week as they were said: one that begins where another ends is still its own, and belongs to its day.

-- migrate:up

ALTER TABLE resource ADD COLUMN week_shifts int4range[] NOT NULL DEFAULT '{}';  -- none: as `week_hours` has them

-- migrate:down

ALTER TABLE resource DROP COLUMN week_shifts;
