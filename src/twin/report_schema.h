/**
 * @file report_schema.h
 * @brief The keys of run.json: one table per kind of record, from which it is written and read.
 */
#ifndef LG_REPORT_SCHEMA_H
#define LG_REPORT_SCHEMA_H

#include "data/json_writer.h"
#include "io/json_read.h"
#include "twin/report.h"

typedef enum lg_key_kind {
  LG_KEY_NAME,    /* const char *, must be there */
  LG_KEY_TEXT,    /* const char *, null = NULL */
  LG_KEY_NUMBER,  /* double, null = `absent` */
  LG_KEY_FLAG,    /* bool */
  LG_KEY_MAYBE,   /* bool that older files lack: false */
  LG_KEY_COUNT,   /* int of 0 or more, null = -1 */
  LG_KEY_INTEGER, /* int */
  LG_KEY_SIZE,    /* size_t */
  LG_KEY_LETTER   /* char, null = '-' */
} lg_key_kind;

typedef struct lg_key {
  const char *key;
  lg_key_kind kind;
  size_t offset; /* of the member */
  double absent;
} lg_key;

/** A kind of record: the keys in the order of the file. */
typedef struct lg_record {
  const lg_key *keys;
  size_t n, bytes; /* keys; size of the struct */
} lg_record;

extern const lg_record lg_record_head /* of lg_report_data */, lg_record_sweep, lg_record_parameter, lg_record_feature,
    lg_record_candidate, lg_record_check, lg_record_fact;

/** @brief Write the keys of one record into the object that is open. */
void lg_record_put(lg_json *w, const lg_record *record, const void *from);
/** @brief Write `key: [{…}, …]` for n records that follow each other. */
void lg_records_put(lg_json *w, const char *key, const lg_record *record, const void *from, size_t n);
/** @brief Write `key: ["…", …]`. */
void lg_texts_put(lg_json *w, const char *key, const char *const *texts, size_t n);
/** @brief Read the keys of one object; texts stay the document's. */
LG_MUST_CHECK lg_status lg_record_get(lg_ctx *ctx, const lg_json_at *at, const lg_record *record, void *to);

#endif
