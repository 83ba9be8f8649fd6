/** @file nwb_internal.h @brief What the parts of the NWB reader share. */
#ifndef LG_NWB_INTERNAL_H
#define LG_NWB_INTERNAL_H

#include "io/h5_read.h"
#include "io/nwb.h"

typedef enum nwb_kind {
  NWB_OTHER,
  NWB_CURRENT_CLAMP,
  NWB_ZERO_CLAMP,
  NWB_VOLTAGE_CLAMP,
  NWB_CURRENT_STIMULUS,
  NWB_VOLTAGE_STIMULUS
} nwb_kind;

typedef enum nwb_place { NWB_ACQUISITION, NWB_PRESENTATION, NWB_TEMPLATES } nwb_place;

/** One series of /acquisition, /stimulus/presentation or /stimulus/templates. */
typedef struct nwb_series {
  char *name;
  nwb_kind kind;
  nwb_place place;
  lg_h5_id id, electrode; /* electrode is all 0 when there is none */
  int64_t sweep_number;   /* -1: none */
  double start_s, dt_ms;
  size_t n;
  double scale, offset; /* stored number → mV or pA */
  double bias_pA;       /* bias_current, NAN when not stated */
  char description[160];
} nwb_series;

#define NWB_NONE SIZE_MAX

/** One response with its stimulus, by index into the series. */
typedef struct nwb_pair {
  size_t response, stimulus; /* stimulus may be NWB_NONE */
  size_t response_first, response_count, stimulus_first, stimulus_count;
  int64_t number;
  double start_s; /* of the response; only for sorting */
} nwb_pair;

typedef struct nwb_file {
  lg_ctx *ctx;
  lg_h5 h5;
  nwb_series *series;
  size_t n_series, room;
  nwb_pair *pairs;
  size_t n_pairs, pair_room;
} nwb_file;

/** Scan the three groups; every series of interest is described, no samples are read. */
LG_MUST_CHECK lg_status nwb_scan(nwb_file *file);
/** Read samples [first, first + count) of a series in mV or pA. */
LG_MUST_CHECK lg_status nwb_read_samples(nwb_file *file, const nwb_series *s, size_t first, size_t count, double *out);
/** The group a series lies in, "/acquisition" … */
const char *nwb_place_path(nwb_place place);
bool nwb_is_response(const nwb_series *s);

LG_MUST_CHECK lg_status nwb_add_pair(nwb_file *file, nwb_pair pair);
/** Series by the object reference of a table; NWB_NONE when it is not one of ours. */
size_t nwb_find_series(nwb_file *file, hid_t dataset, const hobj_ref_t *reference);

/** Pairs from the tables; none are added when the table is absent. */
LG_MUST_CHECK lg_status nwb_pair_by_recordings(nwb_file *file, bool *used_simultaneous);
/** Give the sweep numbers of the old sweep_table to the series. */
LG_MUST_CHECK lg_status nwb_apply_sweep_table(nwb_file *file, bool *present);
/** Choose the rule; *rule receives the sentence. */
LG_MUST_CHECK lg_status nwb_pair_all(nwb_file *file, const char **rule);

/** Integers of a table's column; absent: *n = 0 and LG_OK. */
LG_MUST_CHECK lg_status nwb_read_integers(nwb_file *file, hid_t table, const char *name, int64_t **values, size_t *n);

#endif
