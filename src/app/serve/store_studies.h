/**
 * @file store_studies.h
 * @brief Studies: what is claimed, for which context of use, from which jobs and files; locked, reviewed, signed.
 *
 *     draft -> locked -> reviewed -> signed          withdrawn: from each of them, with a reason
 *       ^--------'  returned: a draft again, as the next revision
 *
 * Everybody who is signed in reads a study and its files; scientists edit drafts, and whoever did is an author of it. A
 * lock writes the manifest (items, files, SHA-256 of each); from then on neither the items nor their jobs, uploads and
 * files can go (triggers of the store see to it). Who reviews is no author. Every change adds one to the version, asks
 * for the version that the caller saw, and writes a row of the audit in the same transaction.
 */
#ifndef LG_SERVE_STORE_STUDIES_H
#define LG_SERVE_STORE_STUDIES_H

#include "app/serve/blob.h"
#include "app/serve/store_accounts.h"

typedef enum study_state { STUDY_DRAFT = 0, STUDY_LOCKED, STUDY_REVIEWED, STUDY_SIGNED, STUDY_WITHDRAWN } study_state;

/** @brief "draft", "locked", … */
const char *study_state_name(study_state state);

enum {
  STUDY_MOST_ITEMS = 200,
  STUDY_MOST_NAME = 200,   /* bytes, as all that follow */
  STUDY_MOST_WORDS = 8000, /* context of use, conclusion, comments, reasons */
  STUDY_MOST_SUBJECTS = 100,
  STUDY_MOST_CODE = 32
};

/** Why a change was not made. */
typedef enum study_refusal {
  STUDY_MADE = 0,
  STUDY_NONE,    /* there is no such study or item */
  STUDY_CHANGED, /* somebody changed it since the version that the caller saw */
  STUDY_STATE_NO,
  STUDY_WHO_NO,
  STUDY_BAD
} study_refusal;

/** Who asks for which change of which study, as it was when they saw it. */
typedef struct study_call {
  const store_who *who;
  const char *peer; /* address, for the audit */
  int64_t study, version;
  study_refusal refused; /* out: why a change fails with LG_ERR_ARGUMENT */
} study_call;

/** What people write; in a change NULL leaves what is there. subjects: codes with a line for each. */
typedef struct study_words {
  const char *name, *context, *conclusion, *subjects;
} study_words;

LG_MUST_CHECK lg_status studies_create(lg_ctx *ctx, store *s, study_call *call, const study_words *words);
LG_MUST_CHECK lg_status studies_change(lg_ctx *ctx, store *s, study_call *call, const study_words *words);
/** @brief Freeze a job that has ended (of the caller; administrators: of anybody) or an upload into a draft. */
LG_MUST_CHECK lg_status studies_add_job(lg_ctx *ctx, store *s, study_call *call, int64_t job, const char *label,
                                        int64_t *item);
LG_MUST_CHECK lg_status studies_add_upload(lg_ctx *ctx, store *s, study_call *call, int64_t upload, const char *label,
                                           int64_t *item);
LG_MUST_CHECK lg_status studies_remove_item(lg_ctx *ctx, store *s, study_call *call, int64_t item);

/** @brief Owner or administrator: write the manifest. Refused while a file is missing or an item's job changed. */
LG_MUST_CHECK lg_status studies_lock(lg_ctx *ctx, store *s, study_call *call);
/** @brief A reviewer or administrator who is no author. A return needs a comment. */
LG_MUST_CHECK lg_status studies_review(lg_ctx *ctx, store *s, study_call *call, bool accept, const char *comment);
/** @brief A reviewer or administrator, once for each person; the caller has asked for the password again. */
LG_MUST_CHECK lg_status studies_sign(lg_ctx *ctx, store *s, study_call *call, const char *meaning);
/** @brief Owner, reviewer or administrator. */
LG_MUST_CHECK lg_status studies_withdraw(lg_ctx *ctx, store *s, study_call *call, const char *reason);
/* ---- look; texts live until the callback returns -------------------------------------------------------------- */

typedef struct study_row {
  int64_t id, owner, revision, version, created, changed, n_items;
  const char *owner_name, *changed_by, *name, *context, *conclusion, *subjects;
  const char *manifest, *manifest_sha256; /* NULL: not locked */
  study_state state;
  bool author; /* whether the reader has edited it */
  bool signer; /* whether the reader has signed this revision */
} study_row;

typedef struct study_item {
  int64_t id, number, ref, added;
  const char *kind; /* "job", "upload" */
  const char *label, *added_by;
  const char *record; /* JSON: what was run, or what the file is */
} study_item;

typedef struct study_file {
  const char *role, *name, *sha256;
  uint64_t bytes;
} study_file;

/** A lock, review, signature or withdrawal. */
typedef struct study_act {
  int64_t revision, at;
  const char *act; /* "lock", "accept", "return", "sign", "withdraw" */
  const char *by, *role, *words, *manifest_sha256, *sha256;
} study_act;

typedef struct study_reader {
  void *arg;
  void (*row)(void *arg, const study_row *row);
  void (*item)(void *arg, const study_item *item);
  void (*file)(void *arg, const study_file *file);
  void (*item_end)(void *arg);
  void (*act)(void *arg, const study_act *act);
} study_reader; /* NULL: not wanted */

/** @brief A study as one snapshot: row, items with their files, acts. reader_id: who looks, for author and signer. */
LG_MUST_CHECK lg_status studies_read(lg_ctx *ctx, store *s, int64_t id, int64_t reader_id, const study_reader *reader,
                                     bool *found);
/** @brief Last changed first, those before id `before` (0: all); state < 0: all. */
LG_MUST_CHECK lg_status studies_list(lg_ctx *ctx, store *s, int64_t reader_id, int state, int64_t before, int64_t limit,
                                     void (*fn)(void *arg, const study_row *row), void *arg);
/** @brief Hash of a file of it. @retval LG_ERR_NOT_FOUND */
LG_MUST_CHECK lg_status studies_find_file(lg_ctx *ctx, store *s, int64_t id, int64_t item, const char *role,
                                          const char *name, char sha256[BLOB_HEX]);

#endif
