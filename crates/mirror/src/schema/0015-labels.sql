-- Types, tags, permissions and groups are in the search index, too, from now on.
UPDATE state SET words_entered = 0;
