-- oldest: 1
-- Columns are TEXT, BIGINT, DOUBLE PRECISION or BLOB. Times are Unix milliseconds. Ids are 64-bit, ordered by time.
-- A customer and a conversation have the number of their oldest identity, so there are no tables for them:
-- identity.customer_id is the materialised result of the facts below.

CREATE TABLE channel (
  id           BIGINT PRIMARY KEY,
  type         TEXT NOT NULL,
  name         TEXT NOT NULL,
  settings     TEXT NOT NULL,             -- JSON; secrets are encrypted
  enabled      BIGINT NOT NULL,
  state        TEXT NOT NULL,             -- ok | paused | down; "disabled" is enabled = 0
  state_reason TEXT,
  pull_cursor  TEXT,
  pull_waiting BIGINT,                    -- how many more the provider held when the cursor moved
  version      BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  deleted_at   BIGINT
);

-- The loss equation, written in the transaction of what it counts.
CREATE TABLE channel_count (
  channel_id  BIGINT PRIMARY KEY,
  received    BIGINT NOT NULL DEFAULT 0,
  stored      BIGINT NOT NULL DEFAULT 0,
  duplicate   BIGINT NOT NULL DEFAULT 0,
  ignored     BIGINT NOT NULL DEFAULT 0,
  quarantined BIGINT NOT NULL DEFAULT 0,
  rejected    BIGINT NOT NULL DEFAULT 0,
  forged      BIGINT NOT NULL DEFAULT 0,
  sent        BIGINT NOT NULL DEFAULT 0,
  failed      BIGINT NOT NULL DEFAULT 0,
  unconfirmed BIGINT NOT NULL DEFAULT 0,
  last_at     BIGINT                      -- when input last arrived
);

-- What arrived in each hour: the channel's rhythm, for the silence alarm.
CREATE TABLE channel_hour (
  channel_id BIGINT NOT NULL,
  hour       BIGINT NOT NULL,             -- Unix hours
  received   BIGINT NOT NULL,
  PRIMARY KEY (channel_id, hour)
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres

CREATE TABLE channel_log (
  id         BIGINT PRIMARY KEY,
  channel_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  level      TEXT NOT NULL,               -- info | warning | error
  what       TEXT NOT NULL,
  detail     TEXT
);
CREATE INDEX channel_log_channel ON channel_log (channel_id, id);

-- Uniqueness of (channel, event key) decides what is a duplicate. Also how an edit, a reply or a reaction finds its message.
CREATE TABLE event_key (
  channel_id BIGINT NOT NULL,
  key        TEXT NOT NULL,
  message_id BIGINT,
  PRIMARY KEY (channel_id, key)
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres

-- The raw input as it arrived.
CREATE TABLE inbox (
  id          BIGINT PRIMARY KEY,
  channel_id  BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  method      TEXT NOT NULL,
  sub_path    TEXT,
  query       TEXT,                       -- JSON
  headers     TEXT,                       -- JSON, on the allow-list of the type
  body        BLOB NOT NULL,
  adapter     TEXT NOT NULL,              -- version that parsed it last
  state       BIGINT NOT NULL,            -- 0 done, 1 quarantined
  reason      TEXT,
  stored      BIGINT NOT NULL,
  duplicate   BIGINT NOT NULL,
  ignored     BIGINT NOT NULL,
  quarantined BIGINT NOT NULL
); -- only: sqlite
) PARTITION BY RANGE (id); -- only: postgres
CREATE TABLE inbox_other PARTITION OF inbox DEFAULT; -- only: postgres
CREATE INDEX inbox_quarantined ON inbox (id) WHERE state = 1;

-- Of whom an input speaks, where no message says so: edits, receipts, reactions, repetitions. Kept as long as the input.
CREATE TABLE inbox_trace (
  inbox_id    BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, identity_id)
) WITHOUT ROWID; -- only: sqlite
) PARTITION BY RANGE (inbox_id); -- only: postgres
CREATE TABLE inbox_trace_other PARTITION OF inbox_trace DEFAULT; -- only: postgres
CREATE INDEX inbox_trace_identity ON inbox_trace (identity_id);

CREATE TABLE identity (
  id          BIGINT PRIMARY KEY,
  kind        TEXT NOT NULL,
  scope       TEXT NOT NULL,
  value       TEXT NOT NULL,              -- canonical
  original    TEXT,                       -- as written, if that differs; what is sent to
  name        TEXT,
  former_name TEXT,                       -- the name it showed before
  named_at    BIGINT,                     -- when that changed
  language    TEXT,
  assurance   BIGINT NOT NULL,
  generation  BIGINT NOT NULL,            -- 1 for the first owner of the key
  customer_id BIGINT NOT NULL,            -- the oldest identity of the same person; 0: erased
  since       BIGINT NOT NULL,
  until       BIGINT,                     -- closed: the key changed hands
  blocked_at  BIGINT
);
CREATE UNIQUE INDEX identity_owned_key ON identity (kind, scope, value) WHERE until IS NULL;
CREATE INDEX identity_former_key ON identity (kind, scope, value) WHERE until IS NOT NULL;
CREATE INDEX identity_customer ON identity (customer_id, id);

-- Other names of the same account.
CREATE TABLE alias (
  id          BIGINT PRIMARY KEY,
  identity_id BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  scope       TEXT NOT NULL,
  value       TEXT NOT NULL,
  assurance   BIGINT NOT NULL,
  channel_id  BIGINT,                     -- provenance
  since       BIGINT NOT NULL,
  last_seen   BIGINT NOT NULL,            -- to the day
  until       BIGINT
);
CREATE INDEX alias_key ON alias (kind, scope, value);
CREATE INDEX alias_identity ON alias (identity_id);

-- Contacts that were claimed: notes on the identity that claimed them, never owners.
CREATE TABLE claim (
  id          BIGINT PRIMARY KEY,
  identity_id BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  scope       TEXT NOT NULL,
  value       TEXT NOT NULL,
  assurance   BIGINT NOT NULL,
  channel_id  BIGINT,                     -- provenance
  since       BIGINT NOT NULL,
  last_seen   BIGINT NOT NULL,            -- to the day
  UNIQUE (identity_id, kind, scope, value)
);
CREATE INDEX claim_key ON claim (kind, scope, value);

-- Append-only facts from which customers follow. A fact is revoked by a later action and never deleted.
CREATE TABLE fact (
  id              BIGINT PRIMARY KEY,
  kind            BIGINT NOT NULL,        -- 1 manual link, 2 evidence, 3 bar, 4 veto, 5 detach
  left_id         BIGINT NOT NULL,
  right_id        BIGINT NOT NULL,
  key_kind        TEXT,                   -- evidence and bar: the key both sides share
  key_scope       TEXT,
  key_value       TEXT,
  generation      BIGINT,
  left_assurance  BIGINT,
  right_assurance BIGINT,
  action_id       BIGINT NOT NULL,
  revoked_by      BIGINT
);
CREATE INDEX fact_left ON fact (left_id);
CREATE INDEX fact_right ON fact (right_id);
CREATE INDEX fact_action ON fact (action_id);
CREATE INDEX fact_revoked ON fact (revoked_by) WHERE revoked_by IS NOT NULL;

-- Who did what to the facts, when and why: merges, attaches, detaches, automatic links, vetoes, and their undoing.
CREATE TABLE action (
  id        BIGINT PRIMARY KEY,
  kind      TEXT NOT NULL,                -- merge | attach | detach | automatic | veto | undo | erase
  at        BIGINT NOT NULL,
  actor     TEXT NOT NULL,
  reason    TEXT,
  detail    TEXT,                         -- JSON: before and after partition
  undone_by BIGINT
);

-- What may be one person, for somebody to decide. Accepted and never follow from the facts, and are open again when those are revoked.
CREATE TABLE suggestion (
  id          BIGINT PRIMARY KEY,
  proposes    TEXT NOT NULL,              -- merge | close (then left and right are the one identity)
  left_id     BIGINT NOT NULL,
  right_id    BIGINT NOT NULL,
  evidence    TEXT NOT NULL,              -- JSON
  score       DOUBLE PRECISION NOT NULL,
  state       TEXT NOT NULL,              -- open | accepted | dismissed | never
  created_at  BIGINT NOT NULL,
  resolved_at BIGINT,
  resolved_by TEXT
);
CREATE INDEX suggestion_state ON suggestion (state, id);
CREATE INDEX suggestion_left ON suggestion (left_id);
CREATE INDEX suggestion_right ON suggestion (right_id);

-- What identities may have in common without proving anything. Written behind the log.
CREATE TABLE trait (
  identity_id BIGINT NOT NULL,
  kind        TEXT NOT NULL,              -- order | mailbox (without its tag) | handle (without its marks) | note (an address in what a CRM wrote)
  value       TEXT NOT NULL,
  since       BIGINT NOT NULL,
  PRIMARY KEY (identity_id, kind, value)
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres
CREATE INDEX trait_value ON trait (kind, value);

-- What a CRM writes about a person, on the identity that the call named.
CREATE TABLE profile (
  identity_id BIGINT PRIMARY KEY,
  name        TEXT,
  attributes  TEXT,                       -- JSON object
  version     BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);

-- How an identity is reached through a channel.
CREATE TABLE reach (
  identity_id    BIGINT NOT NULL,
  channel_id     BIGINT NOT NULL,
  address        TEXT,
  since          BIGINT NOT NULL,
  opted_out_at   BIGINT,
  unreachable_at BIGINT,
  window_until   BIGINT,
  PRIMARY KEY (identity_id, channel_id)
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres

-- Accounts that came without a name, to be asked of their provider.
CREATE TABLE profile_request (
  identity_id BIGINT NOT NULL,
  channel_id  BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,
  tries       BIGINT NOT NULL,
  PRIMARY KEY (identity_id, channel_id)
);
CREATE INDEX profile_request_due ON profile_request (due_at);

-- Summary of one identity's thread; a conversation folds those of its identities on read.
CREATE TABLE activity (
  identity_id     BIGINT PRIMARY KEY,
  last_at         BIGINT NOT NULL,
  last_sequence   BIGINT NOT NULL,
  last_message_id BIGINT NOT NULL,
  unread          BIGINT NOT NULL
);
CREATE INDEX activity_last ON activity (last_at);

-- content is the immutable first revision: the rendered JSON array of parts. Later revisions stand in their own table.
CREATE TABLE message (
  id                 BIGINT PRIMARY KEY,
  identity_id        BIGINT NOT NULL,     -- whose thread it is on
  author_identity_id BIGINT,              -- who wrote it, if that is somebody else
  channel_id         BIGINT NOT NULL,
  direction          BIGINT NOT NULL,     -- 0 in, 1 out
  occurred_at        BIGINT NOT NULL,     -- order of the thread: occurred_at, sequence, id; fixed at insert
  sequence           BIGINT NOT NULL,
  provider_at        BIGINT,
  received_at        BIGINT NOT NULL,
  external_id        TEXT,
  content            TEXT NOT NULL,
  files              BIGINT NOT NULL,     -- how many parts have an attachment
  state              BIGINT NOT NULL,
  assurance          BIGINT NOT NULL,
  revision           BIGINT NOT NULL,
  reply_to           BIGINT,
  group_key          TEXT,
  author_kind        TEXT,
  author_name        TEXT,
  metadata           TEXT,
  subject            TEXT,
  recipients         TEXT,
  error              TEXT,                -- JSON {kind, detail}
  reactions          BIGINT NOT NULL,     -- how many identities have reacted
  inbox_id           BIGINT,
  edited_at          BIGINT,
  deleted_at         BIGINT
);
CREATE INDEX message_thread ON message (identity_id, occurred_at, sequence);
CREATE INDEX message_author ON message (author_identity_id) WHERE author_identity_id IS NOT NULL;

CREATE TABLE revision (
  message_id BIGINT NOT NULL,
  revision   BIGINT NOT NULL,             -- 2 and up
  content    TEXT NOT NULL,
  files      BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (message_id, revision)
);

CREATE TABLE reaction (
  message_id  BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,            -- 0: the shop
  reactions   TEXT NOT NULL,              -- JSON array
  at          BIGINT NOT NULL,
  PRIMARY KEY (message_id, identity_id)
);
CREATE INDEX reaction_identity ON reaction (identity_id) WHERE identity_id <> 0;

-- The units of an outgoing message, each with its own provider id and state.
CREATE TABLE part (
  message_id  BIGINT NOT NULL,
  idx         BIGINT NOT NULL,
  channel_id  BIGINT NOT NULL,
  provider_id TEXT,
  state       BIGINT NOT NULL,
  attempt     BIGINT NOT NULL,
  error       TEXT,                       -- JSON {kind, detail}
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (message_id, idx)
);
CREATE INDEX part_provider ON part (channel_id, provider_id) WHERE provider_id IS NOT NULL;

-- What is still to be sent. A row goes when its unit is settled. Of a lane (channel, identity) only the first unit has a time to be sent at; the others
-- wait for it.
CREATE TABLE outbox (
  id          BIGINT PRIMARY KEY,         -- order within the lane
  message_id  BIGINT NOT NULL,
  idx         BIGINT NOT NULL,
  channel_id  BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,            -- 9223372036854775807: waits for the unit before it, or is being sent
  lease_until BIGINT,                     -- set while a node is sending it
  leased_by   BIGINT,                     -- that node's run
  attempt     BIGINT NOT NULL,            -- how often it was tried
  tried_since BIGINT,                     -- when for the first time
  aside       BIGINT NOT NULL,            -- 1: unconfirmed and repeated; it has released its lane
  UNIQUE (message_id, idx)
);
CREATE INDEX outbox_lane ON outbox (channel_id, identity_id, id);
CREATE INDEX outbox_due ON outbox (channel_id, due_at);
CREATE INDEX outbox_lease ON outbox (lease_until) WHERE lease_until IS NOT NULL;

-- Provider ids of units that were sent again: reports on an earlier attempt still count.
CREATE TABLE earlier_unit (
  channel_id  BIGINT NOT NULL,
  provider_id TEXT NOT NULL,
  message_id  BIGINT NOT NULL,
  idx         BIGINT NOT NULL,
  PRIMARY KEY (channel_id, provider_id)
);
CREATE INDEX earlier_unit_message ON earlier_unit (message_id);

-- Reports that came before the answer of the send they speak of.
CREATE TABLE parked_report (
  channel_id  BIGINT NOT NULL,
  provider_id TEXT NOT NULL,
  state       BIGINT NOT NULL,
  error       TEXT,
  at          BIGINT NOT NULL,
  PRIMARY KEY (channel_id, provider_id, state)
);

CREATE TABLE attachment (
  id           BIGINT PRIMARY KEY,
  state        BIGINT NOT NULL,           -- 0 pending, 1 ready, 2 failed, 3 refused
  file_name    TEXT,
  content_type TEXT NOT NULL,
  size         BIGINT,
  sha256       TEXT,                      -- where the bytes are
  reason       TEXT,
  channel_id   BIGINT,                    -- where it is fetched from, or who uploaded it
  identity_id  BIGINT,
  message_id   BIGINT,                    -- null: uploaded and not yet used
  reference    TEXT,                      -- for the type's media source
  expected_sha256 TEXT,
  expires_at   BIGINT,                    -- the provider forgets it then
  due_at       BIGINT,
  lease_until  BIGINT,
  leased_by    BIGINT,                    -- the run of the node that fetches it
  attempts     BIGINT NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX attachment_due ON attachment (due_at) WHERE state = 0;
CREATE INDEX attachment_unused ON attachment (created_at) WHERE message_id IS NULL;
CREATE INDEX attachment_sha256 ON attachment (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX attachment_message ON attachment (message_id) WHERE message_id IS NOT NULL;

-- The bytes of files, where nodes share a database and no folder. They are their own order, so compressing them again would be for nothing.
CREATE TABLE file (
  sha256    TEXT PRIMARY KEY,
  upload_id BIGINT NOT NULL UNIQUE,
  size      BIGINT NOT NULL,
  kept_at   BIGINT NOT NULL
);

CREATE TABLE file_chunk (
  upload_id BIGINT NOT NULL,
  place     BIGINT NOT NULL,
  bytes     BLOB NOT NULL,
  PRIMARY KEY (upload_id, place)
);
ALTER TABLE file_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL; -- only: postgres

-- Files that are being added, or that were added and no row names yet. The id is that of the upload.
CREATE TABLE file_hold (
  id     BIGINT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  run    BIGINT NOT NULL,
  at     BIGINT NOT NULL
);
CREATE INDEX file_hold_sha256 ON file_hold (sha256);

-- The hub's log. Positions are dense from 1. A message event refers to (message, revision) instead of carrying a copy.
CREATE TABLE event (
  position    BIGINT PRIMARY KEY,
  type        BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  identity_id BIGINT,
  customer_id BIGINT,
  message_id  BIGINT,
  revision    BIGINT,
  data        TEXT                        -- JSON, where it cannot be rendered from the message
); -- only: sqlite
) PARTITION BY RANGE (position); -- only: postgres
-- The events that say something of a person by themselves.
CREATE INDEX event_told ON event (identity_id) WHERE data IS NOT NULL;

-- How far a background reader of the log has come.
CREATE TABLE reader (
  name     TEXT PRIMARY KEY,
  position BIGINT NOT NULL
);

CREATE TABLE api_key (
  id         BIGINT PRIMARY KEY,
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  hint       TEXT NOT NULL,               -- first characters, to recognise it by
  scopes     TEXT NOT NULL,               -- separated by spaces
  rate       BIGINT,                      -- calls a second; null: as the settings say, and with scope admin no limit
  origin     TEXT NOT NULL,               -- api | first_start | settings
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT
);

CREATE TABLE idempotency (
  api_key_id   BIGINT NOT NULL,
  method       TEXT NOT NULL,
  path         TEXT NOT NULL,
  key          TEXT NOT NULL,
  claim        BIGINT NOT NULL,           -- of one request; another has another
  run          BIGINT NOT NULL,           -- of the node that works on it
  body_hash    TEXT NOT NULL,             -- SHA-256 of JSON; of files only the length
  created_at   BIGINT NOT NULL,
  status       BIGINT,                    -- null: in flight
  content_type TEXT,
  location     TEXT,
  etag         TEXT,
  answer       BLOB,
  PRIMARY KEY (api_key_id, method, path, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- Browser visitors of the web chat. The token itself is never stored. A visitor has an identity only from its first words on, so it is named by
-- the value of its key.
CREATE TABLE visitor_session (
  token_hash   TEXT PRIMARY KEY,
  channel_id   BIGINT NOT NULL,
  visitor      TEXT NOT NULL,
  subject      TEXT,                      -- the signed customer id, if signed in
  page         TEXT,                      -- where the chat was opened, without its query
  born_at      BIGINT NOT NULL,           -- of the visitor, over all its tokens
  last_used_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  replaced_at  BIGINT                     -- a newer token has taken its place; it dies soon
);
CREATE INDEX visitor_session_visitor ON visitor_session (visitor);
CREATE INDEX visitor_session_expiry ON visitor_session (expires_at);

-- One use of a signed identity token, again only by the same visitor; and of a ticket for the live stream, again by nobody.
CREATE TABLE visitor_token_use (
  channel_id BIGINT NOT NULL,
  token_id   TEXT NOT NULL,
  visitor    TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, token_id)
);

CREATE INDEX visitor_token_use_expiry ON visitor_token_use (expires_at);

-- One-time codes that prove a claimed address. Neither the code nor a hash of it is here: it is computed from the row's id under the master key, once to
-- send it and once for each try.
CREATE TABLE visitor_code (
  id          BIGINT PRIMARY KEY,         -- of the claim
  channel_id  BIGINT NOT NULL,
  visitor     TEXT NOT NULL,
  kind        TEXT NOT NULL,
  value       TEXT NOT NULL,
  mailbox     TEXT NOT NULL,              -- the address as limits count it
  identity_id BIGINT,                     -- whose address it was sent to
  message_id  BIGINT,                     -- by which it was sent; null: it was not, and no try is right
  tries       BIGINT NOT NULL,
  tried_at    BIGINT,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  ended_at    BIGINT                      -- used, or another has taken its place
);
CREATE INDEX visitor_code_visitor ON visitor_code (visitor);
CREATE INDEX visitor_code_mailbox ON visitor_code (mailbox);
CREATE INDEX visitor_code_identity ON visitor_code (identity_id);
CREATE INDEX visitor_code_message ON visitor_code (message_id);

-- When a node last proved that it can write.
CREATE TABLE heartbeat (
  node BIGINT PRIMARY KEY,
  at   BIGINT NOT NULL
);

-- The runs of the program that are at work. One that has not been heard of in time is taken out by another.
CREATE TABLE node (
  run        BIGINT PRIMARY KEY,
  number     BIGINT NOT NULL UNIQUE,      -- in the ids it makes
  name       TEXT NOT NULL,
  version    TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  until      BIGINT NOT NULL
);

-- What only one node may do at a time, and which does it.
CREATE TABLE work (
  name  TEXT PRIMARY KEY,
  run   BIGINT NOT NULL,
  since BIGINT NOT NULL
);

-- Ends a transaction of a node that has been taken out.
CREATE FUNCTION channelhub_fence(of_run BIGINT) RETURNS void LANGUAGE plpgsql AS $$ -- only: postgres
BEGIN -- only: postgres
  IF NOT EXISTS (SELECT 1 FROM node WHERE run = of_run) THEN -- only: postgres
    RAISE EXCEPTION 'this node was taken for dead, and its work given to others' USING ERRCODE = 'CH001'; -- only: postgres
  END IF; -- only: postgres
END $$; -- only: postgres

-- Rows that are changed all day: room on their page lets a new version stand beside the old one without touching indexes that did not change, and clearing
-- begins after some thousand changes instead of after a fifth of the table, or finding the next unit to send would walk over the dead ones.
ALTER TABLE outbox SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000); -- only: postgres
ALTER TABLE part SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02); -- only: postgres
ALTER TABLE activity SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000); -- only: postgres
ALTER TABLE channel_count SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500); -- only: postgres
ALTER TABLE channel_hour SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500); -- only: postgres
ALTER TABLE reader SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500); -- only: postgres
ALTER TABLE node SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500); -- only: postgres
-- Rows that are added and stay: the planner's view of them is renewed before it is a fifth behind, and freezing comes in small portions.
ALTER TABLE message SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05); -- only: postgres
ALTER TABLE event_key SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05); -- only: postgres
ALTER TABLE identity SET (fillfactor = 90, autovacuum_analyze_scale_factor = 0.02); -- only: postgres
ALTER TABLE attachment SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05); -- only: postgres

-- The words of messages and identities, by their numbers; on SQLite they have a file of their own. Written behind the log, and built anew at need.
CREATE TABLE search_person ( -- only: postgres
  id    BIGINT PRIMARY KEY, -- only: postgres
  words TSVECTOR NOT NULL -- only: postgres
); -- only: postgres
CREATE INDEX search_person_words ON search_person USING gin (words) WITH (gin_pending_list_limit = 256); -- only: postgres

CREATE TABLE search_message ( -- only: postgres
  id    BIGINT PRIMARY KEY, -- only: postgres
  words TSVECTOR NOT NULL -- only: postgres
); -- only: postgres
CREATE INDEX search_message_words ON search_message USING gin (words) WITH (gin_pending_list_limit = 256); -- only: postgres

CREATE TABLE search_progress ( -- only: postgres
  version       BIGINT NOT NULL, -- only: postgres
  position      BIGINT NOT NULL, -- only: postgres
  at            BIGINT NOT NULL, -- only: postgres
  built_down_to BIGINT NOT NULL, -- only: postgres
  built         BIGINT NOT NULL, -- only: postgres
  total         BIGINT NOT NULL -- only: postgres
); -- only: postgres
