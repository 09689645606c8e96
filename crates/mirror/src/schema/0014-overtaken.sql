-- What stands in the place of something that was asked for before.
ALTER TABLE outbox ADD COLUMN overtaken_by INTEGER;
CREATE INDEX outbox_overtaken ON outbox (overtaken_by) WHERE overtaken_by IS NOT NULL;
UPDATE outbox SET overtaken_by = (SELECT max(later.id) FROM outbox AS later WHERE later.platform = outbox.platform
    AND later.subject = outbox.subject AND later.id > outbox.id AND later.queued_at <= outbox.ended_at AND later.state != 6
    AND (later.revokes OR later.intent ->> '$.kind' = 'deny' OR later.intent ->> '$.kind' = 'disable' AND outbox.intent ->> '$.kind' = 'enable'))
    WHERE state = 7 AND acknowledged_at IS NULL;
