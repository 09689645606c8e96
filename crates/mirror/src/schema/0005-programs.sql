-- Readings and acknowledgements are numbered in one order, whichever program makes them. What was numbered before comes before all.
ALTER TABLE state RENAME COLUMN openings TO tick;
UPDATE state SET tick = (tick + 1) << 32;
