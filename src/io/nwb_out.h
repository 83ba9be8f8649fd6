/** @file nwb_out.h @brief The parts of an NWB 2 file, for the writers of recordings and of traces. */
#ifndef LG_NWB_OUT_H
#define LG_NWB_OUT_H

#include "data/provenance.h"
#include "io/h5_write.h"

typedef struct lg_nwb_out {
  lg_h5_out h5;
  char identifier[65]; /* hash of what is in the file: equal content, equal name */
} lg_nwb_out;

/** One series to write. Paths are made of place and name. */
typedef struct lg_nwb_out_series {
  const char *place; /* "/acquisition", "/stimulus/presentation" */
  const char *name;
  const char *type;        /* neurodata_type */
  const char *description; /* one sentence */
  const char *stimulus;    /* stimulus_description, NULL for a plain TimeSeries */
  const char *unit;
  double conversion; /* stored number → unit */
  const double *data;
  size_t n;
  double start_s, rate_Hz;
  const double *timestamps_s; /* (n) instead of start and rate, or NULL */
  int64_t sweep_number;       /* -1: none */
} lg_nwb_out_series;

/** One row of the intracellular_recordings table, by path; stimulus NULL: absent. */
typedef struct lg_nwb_out_row {
  const char *stimulus, *response;
  size_t n_stimulus, n_response;
} lg_nwb_out_row;

/** Begin a file: all that NWB requires, one device, one electrode. identifier: 64 hex digits. */
LG_MUST_CHECK lg_status lg_nwb_out_open(lg_ctx *ctx, lg_nwb_out *out, const char *identifier, const char *description,
                                        const char *protocol, const char *notes, lg_provenance *provenance);
void lg_nwb_out_series_add(lg_nwb_out *out, const lg_nwb_out_series *s);
LG_MUST_CHECK lg_status lg_nwb_out_table(lg_ctx *ctx, lg_nwb_out *out, const lg_nwb_out_row *rows, size_t n);

#endif
