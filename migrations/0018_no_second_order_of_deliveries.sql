-- The order of a subject in words that others share, which webhook_delivery_in_order has taken over.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS webhook_delivery_outstanding;

-- migrate:down
CREATE INDEX webhook_delivery_outstanding ON webhook_delivery (endpoint_id, subject_id, position)
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL;
