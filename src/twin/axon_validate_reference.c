/* The ten reference profiles: bundle, outcomes of doubles and floats, traces, finer steps, processor time. */
#include "io/json_read.h"
#include "twin/axon_file.h"
#include "twin/axon_validate_internal.h"

#include <math.h>
#include <string.h>
#include <time.h>

static const char *const outputs[AXON_OUTPUTS] = {"mt", "axl", "tau", "nf", "side", "mt_broken"};
static const char *const output_words[AXON_OUTPUTS] = {
    "peak strain of microtubules", "peak strain of the axolemma", "tau lost", "neurofilaments lost", "side arms lost",
    "microtubules broken"};

typedef struct reference {
  const axon_check *c;
  lg_json_doc *doc;
  lg_axon *axon;
  axon_profiles *profiles;
  axon_outcome *outcomes; /* (profiles) */
} reference;

static bool is_strain(size_t output) { return output == AXON_MT || output == AXON_AXOLEMMA; }

/* ---- the bundle ---------------------------------------------------------------------------------------- */

static lg_status count_pairs(const reference *r, size_t *wrong) {
  lg_json_at root = lg_json_root(r->doc), pairs;
  size_t n;
  lg_status status = lg_json_get_array(r->c->ctx, &root, "pairs", &pairs, &n);
  if (status != LG_OK) return status;
  *wrong = n == r->axon->n_pairs ? 0 : 1;
  for (size_t k = 0; k < n && k < r->axon->n_pairs; k++) {
    double a, b;
    const lg_json_at pair = lg_json_item(&pairs, k);
    status = lg_json_get_number(r->c->ctx, &pair, "[0]", NULL, &a);
    if (status == LG_OK) status = lg_json_get_number(r->c->ctx, &pair, "[1]", NULL, &b);
    if (status != LG_OK) return status;
    *wrong += a != (double)r->axon->pairs[k].a || b != (double)r->axon->pairs[k].b;
  }
  return LG_OK;
}

/* Elements whose being a gap is another than the file's. */
static lg_status count_gaps(const reference *r, size_t *gaps, size_t *wrong) {
  lg_ctx *ctx = r->c->ctx;
  const size_t rows = r->axon->params.rows, elements = r->axon->params.elements;
  const lg_json_at root = lg_json_root(r->doc);
  *gaps = *wrong = 0;
  for (size_t row = 0; row < rows; row++) {
    char path[64];
    double *at;
    size_t n;
    (void)snprintf(path, sizeof path, "gap_elements_per_row[%zu]", row);
    const lg_status status = lg_json_get_numbers(ctx, &root, path, NULL, &at, &n);
    if (status != LG_OK) return status;
    for (size_t e = 0; e < elements; e++) {
      bool is_gap = false;
      for (size_t k = 0; k < n; k++) is_gap = is_gap || at[k] == (double)e;
      *wrong += is_gap == (r->axon->intact[e * rows + row] != 0);
    }
    *gaps += n;
    lg_free(ctx, at);
  }
  return LG_OK;
}

static lg_status say_bundle(const reference *r) {
  size_t wrong, gaps;
  lg_status status = count_pairs(r, &wrong);
  if (status != LG_OK) return status;
  const axon_params male = lg_axon_params_male();
  size_t other = 0;
  for (size_t k = 0; k < AXON_PARAMS; k++)
    other += lg_axon_param_get(&male, &lg_axon_param_names[k]) !=
             lg_axon_param_get(&r->axon->params, &lg_axon_param_names[k]);
  lg_axon_check_say(r->c, AXON_ROW_BUNDLE,
                    (axon_figure){"constants of the male axon that are the file's", (double)(AXON_PARAMS - other),
                                  AXON_PARAMS, "", (double)other, "other", 0.0, false});
  lg_axon_check_say(r->c, AXON_ROW_BUNDLE,
                    (axon_figure){"pairs of neighbouring rows", (double)r->axon->n_pairs, (double)r->axon->n_pairs, "",
                                  (double)wrong, "other", 0.0, false});
  status = count_gaps(r, &gaps, &wrong);
  if (status != LG_OK) return status;
  lg_axon_check_say(r->c, AXON_ROW_BUNDLE,
                    (axon_figure){"gaps; elements that are otherwise than in the file", (double)gaps, (double)gaps, "",
                                  (double)wrong, "other", 0.0, false});
  return LG_OK;
}

/* ---- outcomes ------------------------------------------------------------------------------------------ */

/* Wanted outcome of a profile; finer: that with an eighth of the step, NAN where the file has none. */
static lg_status wanted_of(const reference *r, size_t profile, size_t output, bool finer, double *x) {
  lg_ctx *ctx = r->c->ctx;
  lg_json_at root = lg_json_root(r->doc), results, one; /* names hold dots: key by key */
  lg_status status = lg_json_get(ctx, &root, "results", &results);
  if (status == LG_OK) status = lg_json_get_key(ctx, &results, r->profiles->names[profile], &one);
  if (status == LG_OK && finer) status = lg_json_get(ctx, &one, "dt_over_8", &one);
  if (status != LG_OK) return status;
  return lg_json_get_number_or(ctx, &one, outputs[output], NULL, -INFINITY, INFINITY, (double)NAN, x);
}

/* Per output the profile that is farthest off. */
static lg_status say_outcomes(const reference *r, int row, bool finer, double strain_must, double percent_must) {
  for (size_t q = 0; q < AXON_OUTPUTS; q++) {
    double worst = -1.0, wanted = 0.0;
    size_t at = 0;
    for (size_t k = 0; k < r->profiles->n; k++) {
      double x;
      const lg_status status = wanted_of(r, k, q, finer, &x);
      if (status != LG_OK) return status;
      const double off = fabs(r->outcomes[k].out[q] - x);
      if (!isnan(x) && !(off <= worst)) worst = off, at = k, wanted = x;
    }
    if (worst < 0.0) continue; /* the file does not have it */
    char what[160];
    (void)snprintf(what, sizeof what, "%s, worst of %zu: %.40s", output_words[q], r->profiles->n,
                   r->profiles->names[at]);
    lg_axon_check_say(r->c, row,
                      (axon_figure){what, r->outcomes[at].out[q], wanted, is_strain(q) ? "" : "%", worst,
                                    is_strain(q) ? "" : "% pts", is_strain(q) ? strain_must : percent_must, false});
  }
  return LG_OK;
}

static lg_status simulate(const reference *r, axon_precision precision, double dt_s, double *trace) {
  const axon_simulate_opts o = {.precision = precision, .dt_s = dt_s};
  return lg_axon_simulate(r->c->ctx, r->axon, r->profiles, &o, r->outcomes, trace);
}

/* ---- traces -------------------------------------------------------------------------------------------- */

/* The file's column beside ours, whatever its row's distance relative to the column's greatest. */
static lg_status say_trace(const reference *r, size_t profile, const double *trace, size_t n_steps) {
  static const char *const columns[AXON_TRACES] = {
      "eps", "mt_max_now", "axl_max_now", "tau_lost_frac", "nf_lost_frac", "reaction_x0_pN", "max_excess_compress"};
  lg_status status = LG_OK;
  lg_table *table = NULL;
  char name[200], what[200];
  (void)snprintf(name, sizeof name, "ref_open_trace_%.100s.csv", r->profiles->names[profile]);
  LG_TRY(lg_axon_check_table(r->c, name, &table));
  for (size_t q = 0; q < AXON_TRACES; q++) {
    const double *x;
    size_t n;
    double most = 0.0, worst = 0.0;
    LG_TRY(lg_axon_check_column(r->c, table, columns[q], &x, &n));
    if (n != n_steps) LG_TRY(lg_fail(r->c->ctx, LG_ERR_FORMAT, "%s has %zu rows, not %zu", name, n, n_steps));
    for (size_t k = 0; k < n; k++) {
      const double off = fabs(trace[(k + 1) * AXON_TRACES + q] - x[k]);
      most = fmax(most, fabs(x[k]));
      worst = off <= worst ? worst : off;
    }
    (void)snprintf(what, sizeof what, "%.40s, %s: greatest; farthest off, of it", r->profiles->names[profile],
                   columns[q]);
    lg_axon_check_say(r->c, AXON_ROW_TRACES,
                      (axon_figure){what, most, (double)NAN, "", worst / fmax(most, 1e-300), "",
                                    most > 0.0 ? 1e-8 : (double)NAN, false});
  }
done:
  lg_table_destroy(r->c->ctx, table);
  return status;
}

static lg_status say_traces(const reference *r) {
  static const char *const names[] = {"p4", "p7", "ramp10_to_0.20_decay"};
  lg_ctx *ctx = r->c->ctx;
  lg_status status = LG_OK;
  double *trace = NULL;
  const size_t n_steps = lg_axon_steps(r->profiles, &(axon_simulate_opts){.precision = AXON_DOUBLE});
  LG_NEW(ctx, trace, r->profiles->n * (n_steps + 1) * AXON_TRACES);
  LG_TRY(simulate(r, AXON_DOUBLE, 0.0, trace));
  for (size_t t = 0; t < sizeof names / sizeof names[0]; t++)
    for (size_t k = 0; k < r->profiles->n; k++)
      if (strcmp(r->profiles->names[k], names[t]) == 0)
        LG_TRY(say_trace(r, k, trace + k * (n_steps + 1) * AXON_TRACES, n_steps));
done:
  lg_free(ctx, trace);
  return status;
}

/* ---- finer steps --------------------------------------------------------------------------------------- */

/* By how much an eighth of the step changes the outputs, relative, where they are not next to nothing. */
static lg_status say_steps(const reference *r) {
  lg_status status = LG_OK;
  axon_outcome *coarse = NULL;
  LG_NEW(r->c->ctx, coarse, r->profiles->n);
  LG_TRY(simulate(r, AXON_DOUBLE, 0.0, NULL));
  memcpy(coarse, r->outcomes, r->profiles->n * sizeof *coarse);
  LG_TRY(simulate(r, AXON_DOUBLE, 0.125 * r->profiles->dt_s, NULL));
  LG_TRY(say_outcomes(r, AXON_ROW_STEPS, true, 1e-8, 1e-6));
  for (size_t q = 0; q < AXON_MT_BROKEN; q++) {
    double most = 0.0;
    size_t at = 0;
    for (size_t k = 0; k < r->profiles->n; k++) {
      const double moved = fabs(coarse[k].out[q] / r->outcomes[k].out[q] - 1.0);
      if (moved >= most) most = moved, at = k;
    }
    char what[160];
    (void)snprintf(what, sizeof what, "%s: 1 ms is off at most, %.40s", output_words[q], r->profiles->names[at]);
    lg_axon_check_say(r->c, AXON_ROW_STEPS,
                      (axon_figure){what, coarse[at].out[q], r->outcomes[at].out[q], is_strain(q) ? "" : "%",
                                    100.0 * most, "%", 10.0, false});
  }
done:
  lg_free(r->c->ctx, coarse);
  return status;
}

/* ---- time ---------------------------------------------------------------------------------------------- */

static double cpu_s(void) { return (double)clock() / CLOCKS_PER_SEC; }

/* A full vector of the worst reference profile, and one profile by doubles. */
static lg_status say_time(const reference *r) {
  lg_ctx *ctx = r->c->ctx;
  lg_status status = LG_OK;
  const size_t n = 16 * 8;
  axon_profiles many = {.n = n, .n_times = r->profiles->n_times, .dt_s = r->profiles->dt_s};
  axon_outcome *outcomes = NULL;
  double best[2] = {INFINITY, INFINITY};
  LG_NEW(ctx, many.strain, n * many.n_times);
  LG_NEW(ctx, many.names, n); /* borrowed below */
  LG_NEW(ctx, outcomes, n);
  for (size_t k = 0; k < n; k++) {
    many.names[k] = r->profiles->names[k % r->profiles->n];
    memcpy(many.strain + k * many.n_times, r->profiles->strain + (k % r->profiles->n) * many.n_times,
           many.n_times * sizeof(double));
  }
  for (int trial = 0; trial < 3; trial++) {
    double t = cpu_s();
    LG_TRY(lg_axon_simulate(ctx, r->axon, &many, &(axon_simulate_opts){.precision = AXON_FLOAT}, outcomes, NULL));
    best[0] = fmin(best[0], (cpu_s() - t) / (double)n);
    t = cpu_s();
    LG_TRY(simulate(r, AXON_DOUBLE, 0.0, NULL));
    best[1] = fmin(best[1], (cpu_s() - t) / (double)r->profiles->n);
  }
  char what[160];
  (void)snprintf(what, sizeof what, "one profile of %zu steps, floats (%s), best of 3 (goal 10 ms)", many.n_times - 1,
                 lg_axon_float()->name);
  lg_axon_check_note(r->c, AXON_ROW_TIME, what, 1e3 * best[0], "ms");
  lg_axon_check_note(r->c, AXON_ROW_TIME, "the same, doubles with Newton to 1e-9 nm", 1e3 * best[1], "ms");
  lg_axon_check_note(r->c, AXON_ROW_TIME, "92,408 voxels by floats on two cores, scaled from these (goal 10 min)",
                     92408.0 * best[0] / 120.0, "min");
done:
  lg_free(ctx, many.strain);
  lg_free(ctx, many.names);
  lg_free(ctx, outcomes);
  return status;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static lg_status load(reference *r) {
  lg_ctx *ctx = r->c->ctx;
  lg_status status = LG_OK;
  char path[4096];
  axon_params params;
  LG_TRY(lg_axon_check_path(r->c, "ref_open.json", path));
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &r->doc));
  LG_TRY(lg_axon_params_load(ctx, path, &params));
  LG_TRY(lg_axon_create(ctx, &params, &r->axon));
  LG_TRY(lg_axon_check_path(r->c, "ref_open_profiles.csv", path));
  LG_TRY(lg_axon_profiles_load(ctx, path, &r->profiles));
  LG_NEW(ctx, r->outcomes, r->profiles->n);
done:
  return status;
}

lg_status lg_axon_validate_reference(const axon_check *c) {
  static const int mine[] = {AXON_ROW_BUNDLE, AXON_ROW_DOUBLE, AXON_ROW_FLOAT,
                             AXON_ROW_TRACES, AXON_ROW_STEPS,  AXON_ROW_TIME};
  lg_status status = LG_OK;
  reference r = {.c = c};
  bool wanted = false;
  for (size_t k = 0; k < sizeof mine / sizeof mine[0]; k++) wanted = wanted || lg_axon_check_wants(c, mine[k]);
  if (!wanted) return LG_OK;
  LG_TRY(load(&r));
  if (lg_axon_check_wants(c, AXON_ROW_BUNDLE)) LG_TRY(say_bundle(&r));
  if (lg_axon_check_wants(c, AXON_ROW_DOUBLE)) {
    LG_TRY(simulate(&r, AXON_DOUBLE, 0.0, NULL));
    LG_TRY(say_outcomes(&r, AXON_ROW_DOUBLE, false, 1e-8, 1e-6));
  }
  if (lg_axon_check_wants(c, AXON_ROW_FLOAT)) {
    LG_TRY(simulate(&r, AXON_FLOAT, 0.0, NULL));
    LG_TRY(say_outcomes(&r, AXON_ROW_FLOAT, false, 2e-5, 5e-3));
  }
  if (lg_axon_check_wants(c, AXON_ROW_TRACES)) LG_TRY(say_traces(&r));
  if (lg_axon_check_wants(c, AXON_ROW_STEPS)) LG_TRY(say_steps(&r));
  if (lg_axon_check_wants(c, AXON_ROW_TIME)) LG_TRY(say_time(&r));
done:
  lg_free(c->ctx, r.outcomes);
  lg_axon_profiles_destroy(c->ctx, r.profiles);
  lg_axon_destroy(c->ctx, r.axon);
  lg_json_doc_destroy(c->ctx, r.doc);
  return status;
}
