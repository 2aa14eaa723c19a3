-- What one act owes to one recipient, in its order. In words of its own: only who asks for an act reads from it.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS notice_together ON notice (act, recipient, position)
    WHERE coalesce(sent_at, lapsed_at, dead_at) IS NULL;

-- migrate:down
DROP INDEX notice_together;
