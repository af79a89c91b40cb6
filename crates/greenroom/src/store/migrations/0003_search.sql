-- What can be found by a part of its name: tests, runs, workflows, branches, pull requests, files and failures. A name
-- that comes again with every run (a path, a branch) has one row, so that both tables grow with names, not with history.
-- Besides the tokens of before: {bytewise} makes a column compare by bytes, {trigrams} is the operator class of the
-- index on parts of words, and what lies between `-- only sqlite` or `-- only postgres` and `-- end` is for that engine.

CREATE TABLE search (
  -- Kind in the highest byte; below it the id of what it stands for, or a hash of the text where it has none. Given,
  -- never generated.
  id {id},
  kind BIGINT NOT NULL,
  -- Where it leads: a test, a run, a workflow, the newest run of a branch or pull request, the newest artifact with a
  -- file, a family of failures.
  ref BIGINT NOT NULL,
  -- Position of a file in its artifact; 0 for all else.
  part BIGINT NOT NULL,
  -- The name alone, in lower case, at most 300 characters: what equals or begins with the words comes first.
  name TEXT {bytewise} NOT NULL,
  -- Newest first within one rank. Of a test when it last failed, else when it was first seen.
  at BIGINT NOT NULL
);
CREATE INDEX search_newest ON search (kind, at DESC, id DESC);
CREATE INDEX search_name ON search (kind, name);

-- Apart from `search`, because its index is dear to write: what changes with each run is over there.
CREATE TABLE search_text (
  id {id},
  kind BIGINT NOT NULL,
  -- All words it is found by, in lower case, at most 400 characters.
  text TEXT NOT NULL
);

-- only postgres
CREATE INDEX search_text_of_tests ON search_text USING gin (text {trigrams}) WHERE kind = 1;
CREATE INDEX search_text_of_runs ON search_text USING gin (text {trigrams}) WHERE kind = 2;
CREATE INDEX search_text_of_branches ON search_text USING gin (text {trigrams}) WHERE kind = 4;
CREATE INDEX search_text_of_files ON search_text USING gin (text {trigrams}) WHERE kind = 5;
CREATE INDEX search_text_of_failures ON search_text USING gin (text {trigrams}) WHERE kind = 6;
-- end

-- only sqlite
CREATE VIRTUAL TABLE search_trigram USING fts5 (text, content = '', detail = none, columnsize = 0, tokenize = 'trigram case_sensitive 1');
CREATE TRIGGER search_text_added AFTER INSERT ON search_text BEGIN
  INSERT INTO search_trigram (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER search_text_changed AFTER UPDATE OF text ON search_text WHEN old.text <> new.text BEGIN
  INSERT INTO search_trigram (search_trigram, rowid, text) VALUES ('delete', old.id, old.text);
  INSERT INTO search_trigram (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER search_text_removed AFTER DELETE ON search_text BEGIN
  INSERT INTO search_trigram (search_trigram, rowid, text) VALUES ('delete', old.id, old.text);
END;
-- end

-- A run by the number GitHub shows.
CREATE INDEX run_of_number ON run (run_number, created_at DESC, id DESC);
