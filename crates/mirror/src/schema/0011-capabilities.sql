-- What the platform said last that it can do for whoever uses it here, in the app's words as a JSON list; nothing if it never said.
ALTER TABLE platform ADD COLUMN capabilities TEXT;
