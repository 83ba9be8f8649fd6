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

/* What a study says and from what; state: 0 draft, 1 locked, 2 reviewed, 3 signed, 4 withdrawn. What was locked does
 * not change and does not go: triggers, so that no way round the functions leaves a hole. A return takes the manifest
 * off the study; study_manifests keeps it. */
#define STUDIES                                                                                                        \
  "CREATE TABLE studies (id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL REFERENCES users,"               \
  " name TEXT NOT NULL, context TEXT NOT NULL, conclusion TEXT NOT NULL, subjects TEXT NOT NULL,"                      \
  " state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 4), revision INTEGER NOT NULL DEFAULT 1,"              \
  " version INTEGER NOT NULL DEFAULT 1, created INTEGER NOT NULL, changed INTEGER NOT NULL,"                           \
  " changed_by TEXT NOT NULL, manifest_sha256 TEXT);"                                                                  \
  "CREATE TABLE study_authors (study INTEGER NOT NULL REFERENCES studies, user INTEGER NOT NULL REFERENCES users,"     \
  " PRIMARY KEY (study, user)) WITHOUT ROWID;"                                                                         \
  "CREATE TABLE study_items (id INTEGER PRIMARY KEY AUTOINCREMENT, study INTEGER NOT NULL REFERENCES studies,"         \
  " kind TEXT NOT NULL CHECK (kind IN ('job', 'upload')), ref INTEGER NOT NULL, label TEXT NOT NULL,"                  \
  " record TEXT NOT NULL, added INTEGER NOT NULL, added_by TEXT NOT NULL, UNIQUE (study, kind, ref));"                 \
  "CREATE INDEX study_items_by_ref ON study_items (kind, ref);"                                                        \
  "CREATE TABLE study_files (item INTEGER NOT NULL REFERENCES study_items ON DELETE CASCADE, role TEXT NOT NULL,"      \
  " name TEXT NOT NULL, sha256 TEXT NOT NULL REFERENCES blobs, PRIMARY KEY (item, role, name)) WITHOUT ROWID;"         \
  "CREATE INDEX study_files_by_hash ON study_files (sha256);"                                                          \
  "CREATE TABLE study_manifests (study INTEGER NOT NULL REFERENCES studies, revision INTEGER NOT NULL,"                \
  " manifest TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (study, revision));"                                     \
  "CREATE TABLE study_acts (id INTEGER PRIMARY KEY AUTOINCREMENT, study INTEGER NOT NULL REFERENCES studies,"          \
  " revision INTEGER NOT NULL, act TEXT NOT NULL CHECK (act IN ('lock', 'accept', 'return', 'sign', 'withdraw')),"     \
  " user INTEGER NOT NULL REFERENCES users, by_name TEXT NOT NULL, role TEXT NOT NULL, at INTEGER NOT NULL,"           \
  " words TEXT NOT NULL, manifest_sha256 TEXT, sha256 TEXT NOT NULL);"                                                 \
  "CREATE INDEX study_acts_by_study ON study_acts (study, id);"                                                        \
  "CREATE UNIQUE INDEX study_acts_once ON study_acts (study, revision, user) WHERE act = 'sign';"                      \
  "CREATE INDEX audit_by_object ON audit (object, id);"

#define STUDIES_CLOSED                                                                                                 \
  "CREATE TRIGGER study_words_stay BEFORE UPDATE ON studies WHEN old.state <> 0 AND (new.name <> old.name OR"          \
  " new.context <> old.context OR new.conclusion <> old.conclusion OR new.subjects <> old.subjects)"                   \
  " BEGIN SELECT RAISE(ABORT, 'a study that is locked does not change'); END;"                                         \
  "CREATE TRIGGER study_state_goes_on BEFORE UPDATE ON studies WHEN new.state <> old.state AND NOT ("                  \
  " (old.state = 0 AND new.state = 1 AND new.manifest_sha256 IS NOT NULL) OR (old.state = 1 AND new.state = 2)"        \
  " OR (old.state = 1 AND new.state = 0 AND new.revision = old.revision + 1) OR (old.state = 2 AND new.state = 3)"     \
  " OR (old.state < 4 AND new.state = 4))"                                                                             \
  " BEGIN SELECT RAISE(ABORT, 'a study does not go that way'); END;"                                                   \
  "CREATE TRIGGER study_manifest_stays BEFORE UPDATE ON studies WHEN old.manifest_sha256 IS NOT NULL AND"              \
  " new.manifest_sha256 IS NOT old.manifest_sha256 AND NOT (old.state = 1 AND new.state = 0)"                          \
  " BEGIN SELECT RAISE(ABORT, 'the manifest of a study does not change'); END;"                                        \
  "CREATE TRIGGER studies_stay BEFORE DELETE ON studies BEGIN SELECT RAISE(ABORT, 'studies are withdrawn, not "        \
  "deleted'); END;"                                                                                                    \
  "CREATE TRIGGER study_items_no_insert BEFORE INSERT ON study_items WHEN (SELECT state FROM studies WHERE id ="       \
  " new.study) <> 0 BEGIN SELECT RAISE(ABORT, 'a study that is locked does not change'); END;"                         \
  "CREATE TRIGGER study_items_no_update BEFORE UPDATE ON study_items BEGIN SELECT RAISE(ABORT, 'items are frozen'); "  \
  "END;"                                                                                                               \
  "CREATE TRIGGER study_items_no_delete BEFORE DELETE ON study_items WHEN (SELECT state FROM studies WHERE id ="       \
  " old.study) <> 0 BEGIN SELECT RAISE(ABORT, 'a study that is locked does not change'); END;"                         \
  "CREATE TRIGGER study_files_no_insert BEFORE INSERT ON study_files WHEN (SELECT s.state FROM study_items i JOIN"     \
  " studies s ON s.id = i.study WHERE i.id = new.item) <> 0"                                                           \
  " BEGIN SELECT RAISE(ABORT, 'a study that is locked does not change'); END;"                                         \
  "CREATE TRIGGER study_files_no_update BEFORE UPDATE ON study_files BEGIN SELECT RAISE(ABORT, 'items are frozen'); "  \
  "END;"                                                                                                               \
  "CREATE TRIGGER study_files_no_delete BEFORE DELETE ON study_files WHEN (SELECT s.state FROM study_items i JOIN"     \
  " studies s ON s.id = i.study WHERE i.id = old.item) <> 0"                                                           \
  " BEGIN SELECT RAISE(ABORT, 'a study that is locked does not change'); END;"                                         \
  "CREATE TRIGGER study_manifests_no_update BEFORE UPDATE ON study_manifests BEGIN SELECT RAISE(ABORT, 'manifests "    \
  "stay'); END;"                                                                                                       \
  "CREATE TRIGGER study_manifests_no_delete BEFORE DELETE ON study_manifests BEGIN SELECT RAISE(ABORT, 'manifests "    \
  "stay'); END;"                                                                                                       \
  "CREATE TRIGGER study_acts_no_update BEFORE UPDATE ON study_acts BEGIN SELECT RAISE(ABORT, 'reviews and signatures " \
  "stay'); END;"                                                                                                       \
  "CREATE TRIGGER study_acts_no_delete BEFORE DELETE ON study_acts BEGIN SELECT RAISE(ABORT, 'reviews and signatures " \
  "stay'); END;"                                                                                                       \
  "CREATE TRIGGER jobs_in_study BEFORE DELETE ON jobs WHEN EXISTS (SELECT 1 FROM study_items i JOIN studies s ON"      \
  " s.id = i.study WHERE i.kind = 'job' AND i.ref = old.id AND s.manifest_sha256 IS NOT NULL)"                         \
  " BEGIN SELECT RAISE(ABORT, 'the job belongs to a study that is locked: it stays'); END;"                            \
  "CREATE TRIGGER uploads_in_study BEFORE DELETE ON uploads WHEN EXISTS (SELECT 1 FROM study_items i JOIN studies s"   \
  " ON s.id = i.study WHERE i.kind = 'upload' AND i.ref = old.id AND s.manifest_sha256 IS NOT NULL)"                   \
  " BEGIN SELECT RAISE(ABORT, 'the upload belongs to a study that is locked: it stays'); END;"

/* Few words about the store itself. */
#define FACTS "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

/* What differs from the table of limits (limits.c). */
#define LIMITS "CREATE TABLE limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"

/* An invitation of somebody who has an account: a new password. */
#define RESETS "ALTER TABLE invitations ADD COLUMN user INTEGER REFERENCES users ON DELETE CASCADE;"

const char *const store_steps[] = {
    ACCOUNTS AUDIT FILES JOBS, AUDIT_HEAD, STUDIES, STUDIES_CLOSED, FACTS, LIMITS, RESETS};
const int store_n_steps = sizeof store_steps / sizeof store_steps[0];
