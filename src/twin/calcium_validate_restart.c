/* Row 16: a run that was saved in mid-wave and went on from there, bit by bit beside one that was not. */
#include "twin/calcium_validate_internal.h"

#include <string.h>

/* A save in memory, when it was asked for `at` times. */
typedef struct kept {
  size_t asked, at, n;
  double t_s;
  unsigned char *bytes;
} kept;

static bool due(void *user) {
  kept *k = user;
  return ++k->asked == k->at;
}

static lg_status keep(lg_ctx *ctx, void *user, double t_s, const unsigned char *bytes, size_t n) {
  lg_status status = LG_OK;
  kept *k = user;
  LG_NEW(ctx, k->bytes, n + 1);
  memcpy(k->bytes, bytes, n);
  k->n = n;
  k->t_s = t_s;
done:
  return status;
}

/* Bytes that differ in all that a run hands back. */
static size_t differ(const calcium_result *a, const calcium_result *b) {
  const struct {
    const void *a, *b;
    size_t n;
  } parts[] = {{a->samples, b->samples, a->n_samples * a->n_probes * a->n_columns * sizeof(double)},
               {a->totals, b->totals, 3 * a->n_samples * sizeof(double)},
               {a->arrivals, b->arrivals, a->n_probes * sizeof *a->arrivals},
               {&a->summary, &b->summary, sizeof a->summary}};
  size_t n = a->n_steps != b->n_steps || a->n_samples != b->n_samples || a->n_probes != b->n_probes;
  for (size_t p = 0; p < sizeof parts / sizeof parts[0] && n == 0; p++)
    for (size_t k = 0; k < parts[p].n; k++)
      n += ((const unsigned char *)parts[p].a)[k] != ((const unsigned char *)parts[p].b)[k];
  return n;
}

static lg_status one(const validation *v, const calcium_case *c, calcium_scheme scheme, size_t at, const char *name) {
  lg_ctx *ctx = v->ctx;
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  calcium_result *whole = NULL, *rest = NULL;
  kept k = {.at = at};
  char what[96];
  calcium_saver saver = {.user = &k, .due = due, .save = keep};
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const calcium_options o = {.scheme = scheme, .dt_s = 5e-6, .max_dx_um = 0.1, .saver = &saver};
  LG_TRY(lg_calcium_grid_create(ctx, c, 0.1, &grid));
  LG_TRY(lg_calcium_simulate(ctx, c, grid, &gate, NULL, &o, &whole));
  if (!k.bytes) LG_TRY(lg_fail(ctx, LG_ERR_INTERNAL, "%s: the run ended before it could be saved", name));
  saver.due = NULL;
  saver.from = k.bytes;
  saver.n_from = k.n;
  LG_TRY(lg_calcium_simulate(ctx, c, grid, &gate, NULL, &o, &rest));
  (void)snprintf(what, sizeof what, "%s saved at %.2f ms of %g: bytes that differ at the end", name, 1e3 * k.t_s,
                 1e3 * c->end_s);
  lg_validation_figure(v, (lg_merit){.row = 16,
                                     .what = what,
                                     .value = (double)differ(whole, rest),
                                     .wanted = 0.0,
                                     .unit = "bytes",
                                     .error = (double)differ(whole, rest),
                                     .error_unit = "bytes",
                                     .must = 0.0,
                                     .goal = 0.0});
done:
  lg_free(ctx, k.bytes);
  lg_calcium_result_destroy(ctx, whole);
  lg_calcium_result_destroy(ctx, rest);
  lg_calcium_grid_destroy(ctx, grid);
  return status;
}

lg_status lg_validate_restart(const validation *v) {
  static const struct {
    calcium_scheme scheme;
    size_t at; /* times 256 steps: near 17 ms of 40 */
    const char *name;
  } rows[] = {{CALCIUM_IMEX2, 13, "imex2"}, {CALCIUM_IMEX1, 13, "imex1"}, {CALCIUM_RODAS4, 60, "rodas4"}};
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  if (!lg_validation_wants(v, 16)) return LG_OK;
  LG_TRY(lg_validation_case(v, "case.json", &c));
  c->end_s = 0.04;
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) LG_TRY(one(v, c, rows[k].scheme, rows[k].at, rows[k].name));
done:
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}
