-- Which words each index has and how often, as far as anybody reads on: a search begins with the lists that are short.
CREATE VIRTUAL TABLE device_search_vocabulary USING fts5vocab (device_search, instance);
CREATE VIRTUAL TABLE tombstone_search_vocabulary USING fts5vocab (tombstone_search, instance);
CREATE VIRTUAL TABLE journal_search_vocabulary USING fts5vocab (journal_search, instance);
CREATE VIRTUAL TABLE activity_search_vocabulary USING fts5vocab (activity_search, instance);
