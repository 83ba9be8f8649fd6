/* A run that stops and goes on later, bit by bit the same: first the course at mid-length, then all the rest. */
#include "calcium/simulate_internal.h"
#include "calcium/tape.h"

/* All of a run after a step. */
static void tape_all(watch *w, calcium_tape *t, size_t n_edges) {
  calcium_result *r = w->r;
  lg_tape_same(t, r->n_nodes);
  lg_tape_same(t, r->n_probes);
  lg_tape_same(t, r->n_columns);
  lg_tape_index(t, &w->edge, n_edges - 1);
  lg_tape_index(t, &w->next_sample, r->n_samples);
  lg_tape_index(t, &w->next_snapshot, w->c->n_snapshots);
  lg_tape_index(t, &r->n_steps, SIZE_MAX);
  lg_tape_doubles(t, &w->last_s, 1);
  lg_tape_doubles(t, &w->longest_s, 1);
  lg_tape(t, &r->summary, sizeof r->summary);
  lg_tape(t, r->arrivals, r->n_probes * sizeof *r->arrivals);
  lg_tape_doubles(t, w->last, r->n_probes);
  lg_tape_doubles(t, r->sample_s, w->next_sample);
  lg_tape_doubles(t, r->samples, w->next_sample * r->n_probes * r->n_columns);
  lg_tape_doubles(t, r->totals, 3 * w->next_sample);
  lg_tape_doubles(t, r->snapshot_s, w->next_snapshot);
  lg_tape_doubles(t, r->snapshots, w->next_snapshot * r->n_nodes * r->n_columns);
  if (w->film) {
    lg_tape_index(t, &w->film->next, w->film->n_times);
    lg_tape(t, w->film->values, CALCIUM_FILM_LAYERS * w->film->n_places * w->film->n_times * sizeof(float));
  }
  w->stepper->tape(w->stepper->own, t);
}

lg_status lg_calcium_watch_save(lg_ctx *ctx, watch *w, const calcium_saver *saver, size_t n_edges) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  calcium_tape count = {0};
  tape_all(w, &count, n_edges);
  const size_t all = count.at + sizeof w->n_trace + 3 * w->n_trace * sizeof(double);
  LG_NEW(ctx, bytes, all);
  calcium_tape t = {.to = bytes};
  lg_tape(&t, &w->n_trace, sizeof w->n_trace);
  lg_tape_doubles(&t, w->trace_t, w->n_trace);
  lg_tape_doubles(&t, w->trace_c, w->n_trace);
  lg_tape_doubles(&t, w->trace_p, w->n_trace);
  tape_all(w, &t, n_edges);
  status = saver->save(ctx, saver->user, w->last_s, bytes, all);
done:
  lg_free(ctx, bytes);
  return status;
}

lg_status lg_calcium_watch_restore(lg_ctx *ctx, watch *w, const calcium_saver *saver, size_t n_edges) {
  lg_status status = LG_OK;
  calcium_tape t = {.from = saver->from, .n = saver->n_from};
  double **const arrays[3] = {&w->trace_t, &w->trace_c, &w->trace_p};
  size_t rows = 0;
  lg_tape(&t, &rows, sizeof rows);
  if (t.torn || rows > saver->n_from / (3 * sizeof(double))) goto torn;
  for (size_t q = 0; q < 3; q++) {
    double *grown = lg_realloc(ctx, *arrays[q], w->trace_room * sizeof(double), rows + 4096, sizeof(double));
    if (!grown) return LG_ERR_MEMORY;
    *arrays[q] = grown;
    lg_tape_doubles(&t, grown, rows);
  }
  w->trace_room = rows + 4096;
  w->n_trace = rows;
  tape_all(w, &t, n_edges);
  if (t.torn || t.at != t.n) goto torn;
  w->underway = true;
  return status;
torn:
  return lg_fail(ctx, LG_ERR_ARGUMENT, "the saved run does not fit this one: remove it to begin anew");
}
