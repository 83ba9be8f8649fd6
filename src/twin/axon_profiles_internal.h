/** @file axon_profiles_internal.h @brief What the readers of strain profiles share. */
#ifndef LG_AXON_PROFILES_INTERNAL_H
#define LG_AXON_PROFILES_INTERNAL_H

#include "twin/axon_profiles.h"

/** A profile is at least that many samples and that long; steps are within these. */
enum { AXON_PROFILE_LEAST_SAMPLES = 3, AXON_PROFILE_MOST = 5000000, AXON_PROFILE_MOST_SAMPLES = 100000 };
#define AXON_PROFILE_LEAST_S 1e-3
#define AXON_PROFILE_LEAST_STEP_S 1e-7
#define AXON_PROFILE_MOST_STEP_S 0.1

/** Where a profile and a sample stand in a file, for messages. */
typedef enum profiles_layout { PROFILES_IN_COLUMNS, PROFILES_IN_ROWS, PROFILES_IN_H5 } profiles_layout;

/** Profiles as they stand in the file, before they are checked. */
typedef struct profiles_raw {
  axon_profiles *p; /* dt_s is not set */
  double *t_s;      /* (n_times), NULL: samples p->dt_s apart */
  profiles_layout layout;
  const char *unit;  /* of the times in the file: "s", "ms" */
  size_t first_cell; /* PROFILES_IN_ROWS, PROFILES_IN_COLUMNS: cells before the first sample or profile */
  uint32_t *line;    /* line of a row of the file, NULL: rows are not in lines */
} profiles_raw;

void axon_profiles_raw_clear(lg_ctx *ctx, profiles_raw *raw);
/** @brief Arrays for n profiles of n_times samples; checks the counts. */
LG_MUST_CHECK lg_status axon_profiles_raw_create(lg_ctx *ctx, size_t n, size_t n_times, profiles_raw *raw);
/** @brief Check all of it, take first samples off, and hand the profiles over. */
LG_MUST_CHECK lg_status axon_profiles_accept(lg_ctx *ctx, profiles_raw *raw, axon_profiles **out);

/** @brief "t_s" -> 1, "t_ms" -> 1e-3 and so on; 0: no name of a time. */
double axon_time_unit(const char *name, const char **unit);

LG_MUST_CHECK lg_status axon_profiles_parse_csv(lg_ctx *ctx, const unsigned char *bytes, size_t n, double dt_s,
                                                profiles_raw *raw);
LG_MUST_CHECK lg_status axon_profiles_parse_npy(lg_ctx *ctx, const unsigned char *bytes, size_t n, double dt_s,
                                                profiles_raw *raw);
LG_MUST_CHECK lg_status axon_profiles_parse_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, profiles_raw *raw);
LG_MUST_CHECK lg_status axon_profiles_write_h5(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                               lg_provenance *provenance);
LG_MUST_CHECK lg_status axon_profiles_write_csv(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                                lg_provenance *provenance);

#endif
