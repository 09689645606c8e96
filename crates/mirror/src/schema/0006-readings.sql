-- The last reading that had all requests and codes, as whole_tick is for devices.
ALTER TABLE platform ADD COLUMN others_tick INTEGER NOT NULL DEFAULT 0;
-- How far the platform's clock is ahead of this computer's.
ALTER TABLE platform ADD COLUMN ahead_millis INTEGER;
-- The oldest entry of the activity log from which on none is missing here.
ALTER TABLE platform ADD COLUMN log_from INTEGER;
UPDATE platform SET others_tick = whole_tick, log_from =
    (SELECT max(number) FROM activity WHERE activity.platform = platform.number AND NOT EXISTS
        (SELECT 1 FROM activity AS before WHERE before.platform = activity.platform AND before.number = activity.number - 1));
