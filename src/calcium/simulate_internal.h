/** @file simulate_internal.h @brief What a run keeps while it is watched. */
#ifndef LG_CALCIUM_SIMULATE_INTERNAL_H
#define LG_CALCIUM_SIMULATE_INTERNAL_H

#include "calcium/run.h"

typedef struct watch {
  const calcium_case *c;
  const calcium_stepper *stepper;
  calcium_film *film;
  calcium_result *r;
  calcium_between *places; /* (n_probes) */
  calcium_between middle;
  double *last; /* (n_probes) c one step ago */
  double last_s, sample_s;
  double *old;      /* (n_columns, n) one step ago, where a sample or snapshot may lie in the step */
  double longest_s; /* step so far */
  size_t edge;      /* of the stretch that runs */
  bool underway;    /* within a stretch */
  size_t next_sample, next_snapshot;
  double *trace_t, *trace_c, *trace_p; /* (trace_room) at mid-length */
  size_t n_trace, trace_room;
} watch;

/** @brief Give the saver all that the run and its watching remember after a step. */
LG_MUST_CHECK lg_status lg_calcium_watch_save(lg_ctx *ctx, watch *w, const calcium_saver *saver, size_t n_edges);
/** @brief Take it back; the run stands within a stretch then. */
LG_MUST_CHECK lg_status lg_calcium_watch_restore(lg_ctx *ctx, watch *w, const calcium_saver *saver, size_t n_edges);

#endif
