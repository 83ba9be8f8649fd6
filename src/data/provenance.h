/**
 * @file provenance.h
 * @brief Where a result comes from: version, options, seed, hashes of the inputs, machine, times, command line.
 *
 * Every file that we write carries it: as the object "provenance" in JSON, as `# key: value` lines in CSV.
 */
#ifndef LG_PROVENANCE_H
#define LG_PROVENANCE_H

#include "data/json_writer.h"
#include <loligo/recording.h>

typedef struct lg_provenance lg_provenance;

LG_MUST_CHECK lg_status lg_provenance_create(lg_ctx *ctx, int argc, char *const *argv, uint64_t seed,
                                             lg_provenance **out);
void lg_provenance_destroy(lg_ctx *ctx, lg_provenance *p);

/**
 * @brief A copy without what results do not depend on: the folders that the command ran in and wrote to, times, and the
 * options shard, threads, progress, quiet, json, slurm, no-report.
 *
 * For results that must have the same bytes however the work was divided. The output stands as `-o results`.
 */
LG_MUST_CHECK lg_status lg_provenance_lasting(lg_ctx *ctx, const lg_provenance *p, lg_provenance **out);

/** @brief The seed that was used, where it is not the one of the command line (a file may hold one). */
void lg_provenance_set_seed(lg_provenance *p, uint64_t seed);

/** @brief Hash a file that the result depends on. role: "recording", "model", "protocol", "weights" … */
LG_MUST_CHECK lg_status lg_provenance_add_input(lg_ctx *ctx, lg_provenance *p, const char *role, const char *path);

/** @brief Hash every file that a recording was read from (a folder of waves, a stimulus file beside it). */
LG_MUST_CHECK lg_status lg_provenance_add_recording(lg_ctx *ctx, lg_provenance *p, const lg_recording *rec);

/** @brief Note a resolved option ("dt" = "0.025 ms"); a second value replaces the first. */
LG_MUST_CHECK lg_status lg_provenance_add_option(lg_ctx *ctx, lg_provenance *p, const char *name, const char *value);

/** @brief Write the object (the value, after the caller wrote the key "provenance"). Sets the stop time. */
void lg_provenance_write_json(lg_provenance *p, lg_json *w);

/** @brief The same as a text, an object with the key "provenance"; NULL without memory. Free with free(). */
char *lg_provenance_text(lg_ctx *ctx, lg_provenance *p);

/** One input that was hashed. */
typedef struct lg_provenance_input {
  const char *role, *path, *sha256;
} lg_provenance_input;

/** @brief What was noted, for other metadata formats; borrowed until the next change. */
size_t lg_provenance_inputs(const lg_provenance *p);
lg_provenance_input lg_provenance_get_input(const lg_provenance *p, size_t k);
const char *lg_provenance_command(const lg_provenance *p); /**< quoted for a shell */
/** @brief Start of the run and now, UTC, ISO 8601. */
void lg_provenance_times(const lg_provenance *p, char start[40], char now[40]);

/** @brief Write `# key: value` lines; the key argv holds a JSON array, so that `loligo verify` can run it again. */
void lg_provenance_write_comments(lg_provenance *p, FILE *stream);

/** @brief SHA-256 of a file as 64 hex digits. */
LG_MUST_CHECK lg_status lg_sha256_file(lg_ctx *ctx, const char *path, char hex[65]);
/** @brief SHA-256 of bytes as 64 hex digits. */
void lg_sha256_bytes(const void *bytes, size_t n, char hex[65]);

#endif
