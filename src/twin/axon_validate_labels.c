/* Row 10: the profiles of dataset_train.npz, simulated in floats, beside the labels that are in it. */
#define _XOPEN_SOURCE 700
#include "axon/distance.h"
#include "twin/axon_profiles.h"
#include "twin/axon_validate_internal.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { QUICK = 160 };

typedef struct labels {
  const axon_check *c;
  axon_profiles *profiles;
  lg_table *table;
  const double *wanted; /* (n, AXON_OUTPUTS) */
  axon_outcome *outcomes;
} labels;

static lg_status load(labels *l) {
  lg_ctx *ctx = l->c->ctx;
  lg_status status = LG_OK;
  char path[4096];
  LG_TRY(lg_axon_check_path(l->c, "dataset_train.npz", path));
  LG_TRY(lg_axon_profiles_load_every(ctx, path, 1e-3, &l->profiles));
  LG_TRY(lg_table_read(ctx, path, &l->table));
  const lg_table_item *y = lg_table_find(l->table, "train_y");
  if (!y || !y->x || y->n != l->profiles->n * AXON_OUTPUTS)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: train_y is no matrix of %zu labels with %d outputs", path, l->profiles->n,
                   (int)AXON_OUTPUTS));
  l->wanted = y->x;
done:
  return status;
}

/* How far apart the profiles are: the least of all distances to those with a higher peak. */
static lg_status say_distance(labels *l) {
  lg_ctx *ctx = l->c->ctx;
  lg_status status = LG_OK;
  lg_axon_neighbours *nb = NULL;
  float *row = NULL;
  double least = (double)INFINITY;
  const size_t n_times = l->profiles->n_times;
  LG_NEW(ctx, row, n_times);
  LG_TRY(lg_axon_neighbours_begin(ctx, NULL, 0, n_times, &nb));
  for (size_t k = 0; k < l->profiles->n; k++) {
    for (size_t t = 0; t < n_times; t++) row[t] = (float)l->profiles->strain[k * n_times + t];
    least = fmin(least, lg_axon_nearest(nb, row, 0.0));
    LG_TRY(lg_axon_neighbours_add(ctx, nb, row));
  }
  lg_axon_check_say(l->c, AXON_ROW_LABELS,
                    (axon_figure){.what = "least distance of two profiles (chosen at a threshold of about 0.32)",
                                  .value = least,
                                  .wanted = 0.32,
                                  .error = 100.0 * fabs(least / 0.32 - 1.0),
                                  .error_unit = "%",
                                  .must = 1.0});
done:
  lg_free(ctx, row);
  lg_axon_neighbours_destroy(ctx, nb);
  return status;
}

static void say_output(const labels *l, size_t output) {
  static const char *const names[AXON_OUTPUTS] = {
      "strain of microtubules", "strain of axolemma", "tau lost",
      "neurofilaments lost",    "side arms lost",     "microtubules broken"};
  const bool percent = output >= AXON_TAU;
  double most = 0.0, sum = 0.0;
  size_t at = 0;
  char what[160];
  for (size_t k = 0; k < l->profiles->n; k++) {
    const double d = fabs(l->outcomes[k].out[output] - l->wanted[k * AXON_OUTPUTS + output]);
    sum += d;
    if (!(d <= most)) most = d, at = k;
  }
  (void)snprintf(what, sizeof what, "%s, largest of %zu (profile %s; mean %.1e)", names[output], l->profiles->n,
                 l->profiles->names[at], sum / (double)l->profiles->n);
  lg_axon_check_say(l->c, AXON_ROW_LABELS,
                    (axon_figure){.what = what,
                                  .value = l->outcomes[at].out[output],
                                  .wanted = l->wanted[at * AXON_OUTPUTS + output],
                                  .unit = percent ? "%" : "",
                                  .error = most,
                                  .error_unit = percent ? "%" : "",
                                  .must = percent ? 5e-3 : 2e-5});
}

lg_status lg_axon_validate_labels(const axon_check *c) {
  lg_ctx *ctx = c->ctx;
  lg_status status = LG_OK;
  labels l = {.c = c};
  lg_axon *axon = NULL;
  const axon_params params = lg_axon_params_male();
  const axon_simulate_opts o = {.precision = AXON_FLOAT};
  char path[4096];
  if (!lg_axon_check_wants(c, AXON_ROW_LABELS)) return LG_OK;
  LG_TRY(lg_axon_check_path(c, "dataset_train.npz", path));
  if (c->what->only == 0 && access(path, R_OK) != 0) { /* the rest of the rows have their data */
    lg_axon_check_note(c, AXON_ROW_LABELS, "dataset_train.npz is not in the folder: labels not compared", 0.0, "");
    goto done;
  }
  LG_TRY(load(&l));
  LG_TRY(say_distance(&l));
  const size_t all = l.profiles->n;
  LG_NEW(ctx, l.outcomes, all);
  LG_TRY(lg_axon_create(ctx, &params, &axon));
  if (c->what->quick && all > QUICK) l.profiles->n = QUICK; /* those with the highest peaks: they are in front */
  status = lg_axon_simulate(ctx, axon, l.profiles, &o, l.outcomes, NULL);
  for (size_t k = 0; status == LG_OK && k < AXON_OUTPUTS; k++) say_output(&l, k);
  l.profiles->n = all; /* all names are freed */
done:
  lg_free(ctx, l.outcomes);
  lg_axon_destroy(ctx, axon);
  lg_table_destroy(ctx, l.table);
  lg_axon_profiles_destroy(ctx, l.profiles);
  return status;
}
