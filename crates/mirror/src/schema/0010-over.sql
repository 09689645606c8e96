-- Of a revocation that failed and whose device is over by other means nothing is left to do.
UPDATE outbox SET conflict = '{"kind":"gone"}'
WHERE revokes AND state IN (0, 1, 2, 4) AND state = 4 AND conflict ->> '$.kind' != 'gone' AND EXISTS
    (SELECT 1 FROM device WHERE device.platform = outbox.platform AND device.id = coalesce(conflict ->> '$.id', subject)
       AND device.standing >= 2);
-- Activity is read platform by platform, in the order of its numbers.
DROP INDEX activity_by_time;
