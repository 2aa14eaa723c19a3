-- The index of an act in words that others share, which notice_together has taken over.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS notice_of_act;

-- migrate:down
CREATE INDEX notice_of_act ON notice (act, recipient)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;
