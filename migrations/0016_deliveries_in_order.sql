-- What waits for an endpoint, by subject. In words of its own: only who asks for the order of a subject reads from it.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS webhook_delivery_in_order
    ON webhook_delivery (endpoint_id, subject_id, position)
    WHERE coalesce(sent_at, lapsed_at, dead_at) IS NULL;

-- migrate:down
DROP INDEX webhook_delivery_in_order;
