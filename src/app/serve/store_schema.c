#include "app/serve/store_schema.h"

/* Who may come in. Passwords as Argon2id, sessions and tokens as SHA-256 of what the holder has. */
#define ACCOUNTS                                                                                                       \
  "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, role INTEGER NOT NULL"        \
  " CHECK (role BETWEEN 1 AND 4), password TEXT, created INTEGER NOT NULL, disabled INTEGER);"                         \
  "CREATE TABLE sessions (hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"            \
  " created INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL, peer TEXT) WITHOUT ROWID;"              \
  "CREATE INDEX sessions_by_user ON sessions (user);"                                                                  \
  "CREATE TABLE tokens (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user INTEGER NOT NULL"                      \
  " REFERENCES users ON DELETE CASCADE, name TEXT NOT NULL, scopes TEXT NOT NULL, created INTEGER NOT NULL,"           \
  " used INTEGER, expires INTEGER);"                                                                                   \
  "CREATE TABLE invitations (hash TEXT PRIMARY KEY, role INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"

/* Rows are added, never changed or taken away; each holds the hash of the one before. */
#define AUDIT                                                                                                          \
  "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user INTEGER, user_name TEXT,"       \
  " peer TEXT, action TEXT NOT NULL, object TEXT, detail TEXT, before TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);"      \
  "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); "    \
  "END;"                                                                                                               \
  "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never cut'); END;"

/* Files are named by SHA-256; uploads and results both point at them. */
#define FILES                                                                                                          \
  "CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;"      \
  "CREATE TABLE uploads (id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users, name TEXT NOT NULL,"          \
  " sha256 TEXT NOT NULL REFERENCES blobs, created INTEGER NOT NULL, info TEXT);"                                      \
  "CREATE INDEX uploads_by_user ON uploads (user, id);"

/* A job is a command; a task is what one worker leases. state of both: 0 waiting, 1 running, 2 done, 3 failed,
 * 4 cancelled, 5 paused; of a task also 6: an earlier stage is not done. turn: users take turns. */
#define JOBS                                                                                                           \
  "CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL REFERENCES users,"                   \
  " command TEXT NOT NULL, request TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,"                                   \
  " priority INTEGER NOT NULL DEFAULT 0, quick INTEGER NOT NULL DEFAULT 0,"                                            \
  " created INTEGER NOT NULL, started INTEGER, ended INTEGER, exit_code INTEGER, message TEXT,"                        \
  " done INTEGER, total INTEGER, what TEXT, summary TEXT, version INTEGER NOT NULL DEFAULT 0);"                        \
  "CREATE INDEX jobs_by_user ON jobs (user, id);"                                                                      \
  "CREATE INDEX jobs_not_ended ON jobs (user) WHERE ended IS NULL;"                                                    \
  "CREATE TABLE tasks (id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,"                \
  " shard INTEGER NOT NULL, n_shards INTEGER NOT NULL, stage INTEGER NOT NULL DEFAULT 0,"                              \
  " state INTEGER NOT NULL DEFAULT 0, priority INTEGER NOT NULL, turn INTEGER NOT NULL,"                               \
  " tries INTEGER NOT NULL DEFAULT 0, worker TEXT, lease INTEGER, done INTEGER, total INTEGER,"                        \
  " exit_code INTEGER, message TEXT, UNIQUE (job, stage, shard));"                                                     \
  "CREATE INDEX tasks_waiting ON tasks (priority DESC, turn, id) WHERE state = 0;"                                     \
  "CREATE INDEX tasks_leased ON tasks (lease) WHERE state = 1;"                                                        \
  "CREATE TABLE job_files (job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE, role TEXT NOT NULL"                 \
  " CHECK (role IN ('input', 'output', 'log')), name TEXT NOT NULL, sha256 TEXT NOT NULL REFERENCES blobs,"            \
  " PRIMARY KEY (job, role, name)) WITHOUT ROWID;"                                                                     \
  "CREATE INDEX job_files_by_hash ON job_files (sha256);"                                                              \
  "CREATE INDEX uploads_by_hash ON uploads (sha256);"

/* The newest row of the audit: moves on by one, never goes back or away. */
#define AUDIT_HEAD                                                                                                     \
  "CREATE TABLE audit_head (one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL, hash TEXT NOT NULL);"        \
  "INSERT INTO audit_head VALUES (1, 0, '');"                                                                          \
  "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN new.id IS NOT old.id + 1 OR new.one <> 1 BEGIN " \
  "SELECT RAISE(ABORT, 'the head of the audit moves on by one row'); END;"                                             \
  "CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit has a head'); "    \
  "END;"

const char *const store_steps[] = {ACCOUNTS AUDIT FILES JOBS, AUDIT_HEAD};
const int store_n_steps = sizeof store_steps / sizeof store_steps[0];
