/** @file journal_file.h @brief The journal that this process appends to. */
#ifndef LG_SWEEP_JOURNAL_FILE_H
#define LG_SWEEP_JOURNAL_FILE_H

#include "app/sweep/sweep.h"

#include <pthread.h>

typedef struct lg_journal_out {
  char path[4096];
  int fd;       /* -1: not made yet */
  bool is_open; /* lock and fd are to be given back */
  pthread_mutex_t lock;
  size_t bytes; /* whole records */
  bool unsynced, failed;
  char reason[256]; /* why it failed */
} lg_journal_out;

/** @brief Make folder/journal-HOST-RANK-SHARD-PID.lgj with its header; a name that exists gets another number. */
LG_MUST_CHECK lg_status lg_journal_out_open(lg_ctx *ctx, const char *folder, int rank, size_t shard,
                                            const unsigned char *header, size_t n, lg_journal_out *out);

/** @brief Append one record; from any thread. False: `reason` says why; what was there before stays whole. */
bool lg_journal_out_append(lg_journal_out *out, const unsigned char *record, size_t n);

/** @brief Bring what was appended to the disk. False: `reason` says why. */
bool lg_journal_out_sync(lg_journal_out *out);

/** @brief Sync and close; false as above. Accepts one that is not open. */
bool lg_journal_out_close(lg_journal_out *out);

#endif
