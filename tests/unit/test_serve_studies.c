/* Studies: every transition, and every change that must be refused, by the functions and by the store itself. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_audit.h"
#include "app/serve/store_files.h"
#include "app/serve/store_jobs.h"
#include "app/serve/store_studies.h"
#include "app/serve/study_manifest.h"
#include "data/provenance.h"
#include "tests/store.h"

#include <jansson.h>
#include <sqlite3.h>
#include <string.h>

static lg_ctx *ctx;
static store *s;
static store_who ada, bob, rita, root, eve; /* scientists, a reviewer, an administrator, a viewer */

static void make_who(store_who *who, const char *name, serve_role role) {
  *who = (store_who){.role = role};
  (void)snprintf(who->name, sizeof who->name, "%s", name);
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, store_run(ctx, s, NULL, "INSERT INTO users (name, role, created) VALUES (?, ?, 1)", "ti", name,
                           (int64_t)role));
  who->user = store_last_id(s);
  assert_ok(ctx, store_end(ctx, s, LG_OK));
}

static int set_up(void **state) {
  (void)state;
  make_folder();
  ctx = lg_test_ctx();
  assert_ok(ctx, store_open(ctx, folder, &s));
  make_who(&ada, "ada", ROLE_SCIENTIST);
  make_who(&bob, "bob", ROLE_SCIENTIST);
  make_who(&rita, "rita", ROLE_REVIEWER);
  make_who(&root, "root", ROLE_ADMIN);
  make_who(&eve, "eve", ROLE_VIEWER);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  audit_check check;
  assert_ok(ctx, store_audit_verify(ctx, s, NULL, &check));
  assert_true(check.intact);
  store_close(ctx, s);
  lg_ctx_destroy(ctx);
  drop_folder();
  return 0;
}

/* ---- things to put into a study --------------------------------------------------------------------------------- */

static void put(const char *words, char sha256[BLOB_HEX]) {
  blob_writer *w;
  uint64_t bytes;
  assert_ok(ctx, blob_open(ctx, folder, &w));
  assert_ok(ctx, blob_write(ctx, w, words, strlen(words)));
  assert_ok(ctx, blob_commit(ctx, w, sha256, &bytes));
}

static int64_t upload(const store_who *who, const char *name, const char *words, char sha256[BLOB_HEX]) {
  int64_t id;
  const audit_who by = {who->user, who->name, NULL};
  put(words, sha256);
  assert_ok(ctx, uploads_add(ctx, s, &by, name, sha256, strlen(words), 0, &id));
  return id;
}

static int64_t job(const store_who *who, const char *input_sha256, bool quick) {
  const job_file in = {"input", "twin.json", input_sha256, 0};
  const job_new n = {.user = who->user,
                     .command = "trial",
                     .request = "{\"options\": {\"drug\": \"phenytoin\"}}",
                     .quick = quick,
                     .inputs = &in,
                     .n_inputs = 1};
  int64_t id;
  assert_ok(ctx, jobs_create(ctx, s, &n, &id));
  return id;
}

static void finish(int64_t id, const char *result) {
  char sha256[BLOB_HEX];
  job_task task;
  size_t n;
  bool kept;
  put(result, sha256);
  assert_ok(ctx, tasks_claim(ctx, s, "w", 10000, -100, 1, &task, &n));
  assert_int_equal(n, 1);
  assert_int_equal(task.job, id);
  const job_file out = {"output", "trial/dose_response.csv", sha256, strlen(result)};
  const task_result r = {.good = true, .exit_code = 0, .summary = "{\"IC50_uM\": 12.5}", .files = &out, .n_files = 1};
  assert_ok(ctx, tasks_finish(ctx, s, &task, "w", &r, &kept));
  assert_true(kept);
}

/* ---- a study ------------------------------------------------------------------------------------------- */

static study_call as(const store_who *who, int64_t study, int64_t version) {
  return (study_call){.who = who, .peer = "127.0.0.1", .study = study, .version = version};
}

#define assert_made(call, expr)                                                                                        \
  do {                                                                                                                 \
    assert_ok(ctx, expr);                                                                                              \
    assert_int_equal((call).refused, STUDY_MADE);                                                                      \
  } while (0)
#define assert_refused(call, why, words, expr)                                                                         \
  do {                                                                                                                 \
    assert_int_equal(expr, LG_ERR_ARGUMENT);                                                                           \
    assert_int_equal((call).refused, why);                                                                             \
    if (!strstr(lg_ctx_message(ctx), words)) fail_msg("\"%s\" does not say \"%s\"", lg_ctx_message(ctx), words);       \
  } while (0)

typedef struct seen {
  study_state state;
  int64_t version, revision, n_items, n_files, n_acts, item;
  char manifest_sha256[BLOB_HEX], changed_by[65], name[256], last_act[16], act_sha256[BLOB_HEX];
  char *manifest;
  bool author, signer;
} seen;

static void see_row(void *arg, const study_row *r) {
  seen *v = arg;
  v->state = r->state, v->version = r->version, v->revision = r->revision, v->n_items = r->n_items;
  v->author = r->author, v->signer = r->signer;
  (void)snprintf(v->manifest_sha256, sizeof v->manifest_sha256, "%s", r->manifest_sha256 ? r->manifest_sha256 : "");
  (void)snprintf(v->changed_by, sizeof v->changed_by, "%s", r->changed_by);
  (void)snprintf(v->name, sizeof v->name, "%s", r->name);
  v->manifest = r->manifest ? strdup(r->manifest) : NULL;
}
static void see_item(void *arg, const study_item *i) { ((seen *)arg)->item = i->id; }
static void see_file(void *arg, const study_file *f) { (void)f, ((seen *)arg)->n_files++; }
static void see_act(void *arg, const study_act *a) {
  seen *v = arg;
  v->n_acts++;
  char sha256[BLOB_HEX];
  assert_ok(ctx, study_act_hash(ctx, 1, a, sha256)); /* the tests' study is the first */
  assert_string_equal(sha256, a->sha256);
  (void)snprintf(v->last_act, sizeof v->last_act, "%s", a->act);
}

static seen look(int64_t id, const store_who *who) {
  seen v = {0};
  bool found;
  const study_reader r = {.arg = &v, .row = see_row, .item = see_item, .file = see_file, .act = see_act};
  assert_ok(ctx, studies_read(ctx, s, id, who->user, &r, &found));
  assert_true(found);
  return v;
}

static int64_t draft(const store_who *who) {
  study_call c = as(who, 0, 0);
  const study_words w = {"Phenytoin at 37 degrees", "Ranking of compounds in research", NULL, "S-014\nS-015"};
  assert_made(c, studies_create(ctx, s, &c, &w));
  assert_int_equal(c.version, 1);
  return c.study;
}

/* A draft with one job; *version is what comes next. */
static int64_t filled(int64_t *version, int64_t *job_id) {
  char sha256[BLOB_HEX];
  int64_t item;
  (void)upload(&ada, "twin.json", "{\"model\": \"tm\"}", sha256);
  *job_id = job(&ada, sha256, false);
  finish(*job_id, "dose_uM,f_Hz\n1,12\n");
  const int64_t id = draft(&ada);
  study_call c = as(&ada, id, 1);
  assert_made(c, studies_add_job(ctx, s, &c, *job_id, "the trial", &item));
  *version = c.version;
  return id;
}

static void test_life(void **state) {
  (void)state;
  int64_t version, job_id;
  char sha256[BLOB_HEX];
  const int64_t id = filled(&version, &job_id);
  seen v = look(id, &ada);
  assert_int_equal(v.state, STUDY_DRAFT);
  assert_int_equal(v.n_items, 1);
  assert_int_equal(v.n_files, 2);
  assert_true(v.author);

  study_call c = as(&ada, id, version);
  assert_made(c, studies_lock(ctx, s, &c));
  v = look(id, &rita);
  assert_int_equal(v.state, STUDY_LOCKED);
  assert_false(v.author);
  lg_sha256_bytes(v.manifest, strlen(v.manifest), sha256); /* the text that is kept is the one that was hashed */
  assert_string_equal(sha256, v.manifest_sha256);
  json_error_t e;
  json_t *m = json_loads(v.manifest, JSON_REJECT_DUPLICATES, &e);
  assert_non_null(m);
  json_t *item = json_array_get(json_object_get(m, "items"), 0), *files = json_object_get(item, "files");
  assert_int_equal(json_array_size(files), 2);
  assert_string_equal(json_string_value(json_object_get(json_array_get(files, 1), "path")),
                      "files/01-job-1/output/trial/dose_response.csv");
  assert_string_equal(json_string_value(json_object_get(json_object_get(item, "record"), "command")), "trial");
  assert_int_equal(json_array_size(json_object_get(m, "subjects")), 2);
  json_decref(m);
  free(v.manifest);

  c = as(&rita, id, c.version);
  assert_made(c, studies_review(ctx, s, &c, true, "checked against the traces"));
  v = look(id, &rita);
  assert_int_equal(v.state, STUDY_REVIEWED);
  free(v.manifest);
  assert_made(c, studies_sign(ctx, s, &c, "I approve the result for its context of use"));
  v = look(id, &rita);
  assert_int_equal(v.state, STUDY_SIGNED);
  assert_true(v.signer);
  assert_string_equal(v.manifest_sha256, sha256);
  free(v.manifest);
  c = as(&root, id, c.version); /* a second person signs too, the same one does not */
  assert_made(c, studies_sign(ctx, s, &c, "Seen"));
  assert_refused(c, STUDY_STATE_NO, "already", studies_sign(ctx, s, &c, "Seen"));
  assert_made(c, studies_withdraw(ctx, s, &c, "the recording was of another cell"));
  v = look(id, &ada);
  assert_int_equal(v.state, STUDY_WITHDRAWN);
  assert_int_equal(v.n_acts, 5);
  assert_int_equal(v.version, c.version);
  assert_string_equal(v.changed_by, "root");
  free(v.manifest);
  /* each change has its row */
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM audit WHERE object = 'study 1'"), v.version);
}

/* A return makes a draft of it again, as the next revision; what was locked then is kept. */
static void test_return(void **state) {
  (void)state;
  int64_t version, job_id;
  const int64_t id = filled(&version, &job_id);
  study_call c = as(&ada, id, version);
  assert_made(c, studies_lock(ctx, s, &c));
  c = as(&rita, id, c.version);
  assert_refused(c, STUDY_BAD, "comment", studies_review(ctx, s, &c, false, ""));
  assert_made(c, studies_review(ctx, s, &c, false, "which temperature?"));
  seen v = look(id, &ada);
  assert_int_equal(v.state, STUDY_DRAFT);
  assert_int_equal(v.revision, 2);
  assert_string_equal(v.manifest_sha256, "");
  assert_string_equal(v.last_act, "return");
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM study_manifests"), 1);
  c = as(&bob, id, c.version); /* who works on it is an author too */
  assert_made(c, studies_change(ctx, s, &c, &(study_words){.conclusion = "at 37 degrees"}));
  c = as(&ada, id, c.version);
  assert_made(c, studies_lock(ctx, s, &c));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM study_manifests"), 2);
  assert_int_equal(count(ctx, s, "SELECT count(DISTINCT sha256) FROM study_manifests"), 2);
  v = look(id, &bob);
  assert_true(v.author);
  free(v.manifest);
}

static void test_who(void **state) {
  (void)state;
  int64_t version, job_id, item;
  char sha256[BLOB_HEX];
  study_call c = as(&eve, 0, 0);
  assert_refused(c, STUDY_WHO_NO, "scientists", studies_create(ctx, s, &c, &(study_words){.name = "x"}));
  const int64_t id = filled(&version, &job_id);
  c = as(&eve, id, version);
  assert_refused(c, STUDY_WHO_NO, "scientists", studies_change(ctx, s, &c, &(study_words){.name = "x"}));
  assert_refused(c, STUDY_WHO_NO, "withdraws", studies_withdraw(ctx, s, &c, "so"));
  c = as(&bob, id, version);
  assert_refused(c, STUDY_WHO_NO, "owner", studies_lock(ctx, s, &c));
  const int64_t file = upload(&bob, "notes.txt", "words", sha256);
  c = as(&ada, id, version); /* others' files are not hers to add */
  assert_refused(c, STUDY_NONE, "no upload", studies_add_upload(ctx, s, &c, file, "", &item));
  c = as(&rita, id, version); /* a reviewer who edits is an author, and reviews no more */
  assert_made(c, studies_change(ctx, s, &c, &(study_words){.name = "Better name"}));
  version = c.version;
  c = as(&ada, id, version);
  assert_made(c, studies_lock(ctx, s, &c));
  version = c.version;
  assert_refused(c, STUDY_WHO_NO, "reviewers", studies_review(ctx, s, &c, true, ""));
  c = as(&rita, id, version);
  assert_refused(c, STUDY_WHO_NO, "author", studies_review(ctx, s, &c, true, ""));
  c = as(&root, id, version);
  assert_made(c, studies_review(ctx, s, &c, true, ""));
  c = as(&ada, id, c.version);
  assert_refused(c, STUDY_WHO_NO, "sign", studies_sign(ctx, s, &c, "me"));
}

static void test_states(void **state) {
  (void)state;
  int64_t version, job_id, item;
  char sha256[BLOB_HEX];
  const int64_t running = job(&ada, (upload(&ada, "a.json", "{}", sha256), sha256), false);
  assert_ok(ctx, jobs_pause(ctx, s, NULL, running));
  const int64_t id = filled(&version, &job_id);
  study_call c = as(&ada, id, version);
  assert_refused(c, STUDY_STATE_NO, "ended", studies_add_job(ctx, s, &c, running, "", &item));
  assert_refused(c, STUDY_BAD, "already", studies_add_job(ctx, s, &c, job_id, "", &item));
  assert_refused(c, STUDY_NONE, "no job", studies_add_job(ctx, s, &c, 999, "", &item));
  assert_refused(c, STUDY_NONE, "no item", studies_remove_item(ctx, s, &c, 999));
  study_call r = as(&rita, id, version);
  assert_refused(r, STUDY_STATE_NO, "draft", studies_review(ctx, s, &r, true, ""));
  assert_refused(r, STUDY_STATE_NO, "draft", studies_sign(ctx, s, &r, "x"));
  assert_made(c, studies_lock(ctx, s, &c));
  version = c.version;
  assert_refused(c, STUDY_STATE_NO, "locked", studies_lock(ctx, s, &c));
  assert_refused(c, STUDY_STATE_NO, "locked", studies_change(ctx, s, &c, &(study_words){.name = "x"}));
  assert_refused(c, STUDY_STATE_NO, "locked", studies_add_job(ctx, s, &c, running, "", &item));
  seen v = look(id, &ada);
  free(v.manifest);
  assert_refused(c, STUDY_STATE_NO, "locked", studies_remove_item(ctx, s, &c, v.item));
  r = as(&rita, id, version);
  assert_refused(r, STUDY_STATE_NO, "reviewed", studies_sign(ctx, s, &r, "x"));
  assert_made(r, studies_review(ctx, s, &r, true, ""));
  assert_refused(r, STUDY_STATE_NO, "reviewed", studies_review(ctx, s, &r, true, ""));
  assert_refused(r, STUDY_BAD, "meaning", studies_sign(ctx, s, &r, " "));
  assert_refused(r, STUDY_BAD, "reason", studies_withdraw(ctx, s, &r, ""));
  assert_made(r, studies_withdraw(ctx, s, &r, "so"));
  assert_refused(r, STUDY_STATE_NO, "already", studies_withdraw(ctx, s, &r, "so"));
  assert_refused(r, STUDY_STATE_NO, "withdrawn", studies_sign(ctx, s, &r, "x"));
  c = as(&ada, 77, 1);
  assert_refused(c, STUDY_NONE, "no study", studies_lock(ctx, s, &c));
}

/* Two people edit one study: the second is told who was first, and changes nothing. */
static void test_versions(void **state) {
  (void)state;
  const int64_t id = draft(&ada);
  study_call first = as(&bob, id, 1), second = as(&ada, id, 1);
  assert_made(first, studies_change(ctx, s, &first, &(study_words){.context = "teaching"}));
  assert_int_equal(first.version, 2);
  assert_refused(second, STUDY_CHANGED, "bob changed",
                 studies_change(ctx, s, &second, &(study_words){.context = "another"}));
  assert_int_equal(second.version, 1);
  second.version = 2;
  assert_made(second, studies_change(ctx, s, &second, &(study_words){.name = "Second"}));
  const seen v = look(id, &ada);
  assert_int_equal(v.version, 3);
  assert_string_equal(v.name, "Second");
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM studies WHERE context = 'teaching'"), 1);
}

static void test_words(void **state) {
  (void)state;
  char large[STUDY_MOST_WORDS + 2];
  study_call c = as(&ada, 0, 0);
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = 0;
  assert_refused(c, STUDY_BAD, "name", studies_create(ctx, s, &c, &(study_words){.context = "x"}));
  assert_refused(c, STUDY_BAD, "empty", studies_create(ctx, s, &c, &(study_words){.name = "  "}));
  assert_refused(c, STUDY_BAD, "control", studies_create(ctx, s, &c, &(study_words){.name = "a\x1b[2J"}));
  assert_refused(c, STUDY_BAD, "one line", studies_create(ctx, s, &c, &(study_words){.name = "a\nb"}));
  assert_refused(c, STUDY_BAD, "context", studies_create(ctx, s, &c, &(study_words){.name = "a", .context = large}));
  assert_refused(c, STUDY_BAD, "no subject code",
                 studies_create(ctx, s, &c, &(study_words){.name = "a", .subjects = "S-1\nMaria"}));
  assert_refused(c, STUDY_BAD, "no subject code",
                 studies_create(ctx, s, &c, &(study_words){.name = "a", .subjects = "John Doe 1"}));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM studies"), 0);
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM audit"), 0);
  const int64_t id = draft(&ada);
  c = as(&ada, id, 1);
  assert_refused(c, STUDY_BAD, "at least one", studies_lock(ctx, s, &c));
  assert_made(c, studies_change(ctx, s, &c, &(study_words){.context = " \n"}));
  assert_refused(c, STUDY_BAD, "context of use", studies_lock(ctx, s, &c));
}

static lg_status raw(const char *sql) {
  const lg_status status = store_begin(ctx, s);
  return status == LG_OK ? store_end(ctx, s, store_run(ctx, s, NULL, sql, "")) : status;
}

/* What was locked stays: by the functions, and for whoever writes SQL. */
static void test_kept(void **state) {
  (void)state;
  int64_t version, job_id, item;
  char sha256[BLOB_HEX], path[256];
  const int64_t id = filled(&version, &job_id);
  const int64_t file = upload(&ada, "Notes of today.txt", "these are notes", sha256);
  study_call c = as(&ada, id, version);
  assert_made(c, studies_add_upload(ctx, s, &c, file, "", &item));
  assert_made(c, studies_lock(ctx, s, &c));
  assert_int_equal(jobs_delete(ctx, s, NULL, job_id), LG_ERR_ARGUMENT);
  assert_non_null(strstr(lg_ctx_message(ctx), "study"));
  assert_int_equal(uploads_delete(ctx, s, &(audit_who){ada.user, ada.name, NULL}, file), LG_ERR_ARGUMENT);
  assert_ok(ctx, blob_path(ctx, folder, sha256, path, sizeof path));
  static const char *const attacks[] = {
      "DELETE FROM jobs",
      "DELETE FROM uploads",
      "DELETE FROM studies",
      "DELETE FROM study_items",
      "DELETE FROM study_files",
      "DELETE FROM study_acts",
      "DELETE FROM study_manifests",
      "DELETE FROM blobs",
      "UPDATE studies SET name = 'x'",
      "UPDATE studies SET state = 0",
      "UPDATE studies SET state = 3",
      "UPDATE studies SET manifest_sha256 = 'x'",
      "UPDATE studies SET manifest_sha256 = NULL",
      "UPDATE study_items SET label = 'x'",
      "UPDATE study_files SET name = 'x'",
      "UPDATE study_manifests SET manifest = 'x'",
      "UPDATE study_acts SET words = 'x'",
      "INSERT INTO study_items (study, kind, ref, label, record, added, added_by) VALUES (1, 'job', 5, '', '', 1, '')",
      "INSERT INTO study_files SELECT item, 'log', 'x', sha256 FROM study_files LIMIT 1",
  };
  for (size_t k = 0; k < sizeof attacks / sizeof attacks[0]; k++)
    if (raw(attacks[k]) == LG_OK) fail_msg("%s was done", attacks[k]);
  seen v = look(id, &ada);
  assert_int_equal(v.n_items, 2);
  assert_non_null(strstr(v.manifest, "files/02-upload-2/upload/000~Notes_of_today.txt"));
  free(v.manifest);
}

/* In a draft the source may go: the lock says so; files go with the last item that holds them. */
static void test_draft_is_free(void **state) {
  (void)state;
  int64_t item;
  char sha256[BLOB_HEX], path[256];
  const int64_t id = draft(&ada), file = upload(&ada, "a.csv", "t_ms,v_mV\n0,-70\n", sha256);
  study_call c = as(&ada, id, 1);
  assert_made(c, studies_add_upload(ctx, s, &c, file, "", &item));
  assert_ok(ctx, uploads_delete(ctx, s, &(audit_who){ada.user, ada.name, NULL}, file));
  assert_ok(ctx, blob_path(ctx, folder, sha256, path, sizeof path)); /* the item holds it */
  assert_refused(c, STUDY_BAD, "was deleted", studies_lock(ctx, s, &c));
  assert_made(c, studies_remove_item(ctx, s, &c, item));
  assert_int_equal(blob_path(ctx, folder, sha256, path, sizeof path), LG_ERR_NOT_FOUND);
  /* a blob that is gone from the disk */
  const int64_t other = upload(&ada, "b.csv", "t_ms,v_mV\n0,-71\n", sha256);
  assert_made(c, studies_add_upload(ctx, s, &c, other, "", &item));
  assert_ok(ctx, blob_path(ctx, folder, sha256, path, sizeof path));
  assert_int_equal(unlink(path), 0);
  assert_refused(c, STUDY_BAD, "missing", studies_lock(ctx, s, &c));
  /* a quick run that is an item is not forgotten */
  (void)upload(&ada, "twin.json", "{}", sha256);
  const int64_t quick = job(&ada, sha256, true);
  finish(quick, "result");
  assert_made(c, studies_add_job(ctx, s, &c, quick, "", &item));
  assert_ok(ctx, jobs_forget_quick(ctx, s, store_now() + 1000));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM jobs"), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_return, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_who, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_draft_is_free, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
