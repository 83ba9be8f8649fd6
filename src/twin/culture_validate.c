/* The culture room beside truth and references: what all rows share. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/culture_validate_internal.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
  const char *title, *source;
  lg_status (*run)(const culture_check *c);
} rows[CULTURE_ROWS + 1] = {
    [CULTURE_ROW_STAGES] = {"stages of a movie, cells and borders (stages_*.json)", "SciPy 1.10.1, scikit-image 0.19.3",
                            lg_culture_validate_stages},
    [CULTURE_ROW_REGRESSION] = {"the printed regression, cases 1 to 3 (regression_*.json)", "regression_*.json",
                                lg_culture_validate_regression},
    [CULTURE_ROW_LSQ] = {"least squares inside bounds (lsq_*.json)", "SciPy 1.10.1 lsq_linear, polished",
                         lg_culture_validate_lsq},
    [CULTURE_ROW_WATERSHED] = {"cells of the movie by the watershed", "*_masks.tif", lg_culture_validate_watershed},
    [CULTURE_ROW_NETWORK] = {"cells of the movie by the flow network", "*_masks.tif", lg_culture_validate_network},
    [CULTURE_ROW_REAL] = {"real MDCK monolayers, one stained image each: published cells found again",
                          "github.com/JahnJ, partial masks", lg_culture_validate_real},
    [CULTURE_ROW_TRACES] = {"k, feeds and law from traces, segmented output error", "traces_t*_truth.json",
                            lg_culture_validate_traces},
    [CULTURE_ROW_OWN_MASKS] = {"movie to parameters by its own masks", "*_params.json, *_latent.csv, *_events.csv",
                               lg_culture_validate_own},
    [CULTURE_ROW_TRUE_MASKS] = {"movie to parameters by the true masks", "*_params.json, *_latent.csv, *_events.csv",
                                lg_culture_validate_true},
    [CULTURE_ROW_PINN] = {"movie to k by the robust physics-informed network, true masks", "*_params.json",
                          lg_culture_validate_pinn},
    [CULTURE_ROW_PAPER] = {"the published estimators, which miss k", "Poggi et al. 2025, arXiv 2505.20327",
                           lg_culture_validate_paper},
    [CULTURE_ROW_INTERVALS] = {"95 % intervals of k on simulated sets (noise 0.01, events), blocks of time",
                               "loligo culture simulate", lg_culture_validate_intervals},
    [CULTURE_ROW_SPEED] = {"processor time of the stages (all threads together)",
                           "SciPy on one thread: median 10.7 s, CRLSM 0.31 s, all 14 s", lg_culture_validate_speed},
    [CULTURE_ROW_LEARNED] = {"what passes between two cells, learned (graph neural ODE)",
                             "traces_t*_truth.json, loligo culture simulate", lg_culture_validate_learned},
    [CULTURE_ROW_AMORTISED] = {"k and feeds in one pass of a network, on fresh simulated cultures",
                               "loligo culture simulate", lg_culture_validate_amortised},
};

bool lg_culture_check_wants(const culture_check *c, int row) { return c->what->only == 0 || c->what->only == row; }

static void say(const culture_check *c, int row, lg_merit m) {
  m.row = row;
  m.title = rows[row].title;
  m.source = rows[row].source;
  m.unit = m.unit ? m.unit : "";
  m.error_unit = m.error_unit ? m.error_unit : "";
  m.goal = (double)NAN;
  c->what->say(c->what->user, &m);
}

void lg_culture_check_most(const culture_check *c, int row, const char *what, double value, const char *unit,
                           double most) {
  say(c, row,
      (lg_merit){.what = what,
                 .value = value,
                 .wanted = (double)NAN,
                 .unit = unit,
                 .error = value,
                 .error_unit = unit,
                 .must = most});
}

void lg_culture_check_least(const culture_check *c, int row, const char *what, double value, const char *unit,
                            double least) {
  say(c, row,
      (lg_merit){.what = what,
                 .value = value,
                 .wanted = (double)NAN,
                 .unit = unit,
                 .error = value,
                 .error_unit = unit,
                 .must = least,
                 .at_least = true});
}

void lg_culture_check_apart(const culture_check *c, int row, const char *what, double value, double truth,
                            const char *unit, double most_pct) {
  say(c, row,
      (lg_merit){.what = what,
                 .value = value,
                 .wanted = truth,
                 .unit = unit,
                 .error = 100.0 * fabs(value / truth - 1.0),
                 .error_unit = "%",
                 .must = most_pct});
}

void lg_culture_check_note(const culture_check *c, int row, const char *what, double value, const char *unit) {
  const double none = (double)NAN;
  say(c, row, (lg_merit){.what = what, .value = value, .wanted = none, .unit = unit, .error = none, .must = none});
}

static bool path_of(const culture_check *c, char *path, const char *fmt, va_list list) {
  const int n = snprintf(path, 4096, "%s/", c->what->folder);
  if (n < 0 || n >= 4096) return false;
  const int m = vsnprintf(path + n, 4096 - (size_t)n, fmt, list);
  return m >= 0 && n + m < 4096;
}

lg_status lg_culture_check_path(const culture_check *c, char *path, const char *fmt, ...) {
  va_list list;
  va_start(list, fmt);
  const bool fits = path_of(c, path, fmt, list);
  va_end(list);
  return fits ? LG_OK : lg_fail(c->ctx, LG_ERR_RANGE, "the folder's name is too long");
}

bool lg_culture_check_has(const culture_check *c, const char *fmt, ...) {
  char path[4096];
  va_list list;
  va_start(list, fmt);
  const bool fits = path_of(c, path, fmt, list);
  va_end(list);
  return fits && access(path, R_OK) == 0;
}

static lg_status flatten(const culture_check *c, const lg_json_at *at, double *out, size_t most, size_t *n) {
  lg_json_at list;
  size_t count;
  lg_status status = lg_json_get_array(c->ctx, at, "", &list, &count);
  for (size_t k = 0; status == LG_OK && k < count; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    if (!lg_json_is_number(&item)) status = flatten(c, &item, out, most, n);
    else if (*n >= most) status = lg_fail(c->ctx, LG_ERR_LIMIT, "more than %zu numbers", most);
    else status = lg_json_get_number(c->ctx, &item, "", NULL, &out[(*n)++]);
  }
  return status;
}

lg_status lg_culture_check_numbers(const culture_check *c, const lg_json_at *at, const char *key, double **x,
                                   size_t *n) {
  enum { MOST = 200000 };
  lg_json_at value;
  *n = 0;
  *x = lg_alloc(c->ctx, MOST, sizeof **x);
  if (!*x) return LG_ERR_MEMORY;
  lg_status status = lg_json_get(c->ctx, at, key, &value);
  if (status == LG_OK) status = flatten(c, &value, *x, MOST, n);
  if (status == LG_OK) return LG_OK;
  lg_free(c->ctx, *x);
  *x = NULL;
  return status;
}

lg_status lg_culture_check_json(const culture_check *c, const char *stem, lg_json_doc **doc) {
  char path[4096];
  const lg_status status = lg_culture_check_path(c, path, "%s_%s.json", stem, c->what->set);
  return status == LG_OK ? lg_json_load(c->ctx, path, LG_JSON_STRICT, 0, doc) : status;
}

double lg_culture_seconds(void) { return (double)clock() / (double)CLOCKS_PER_SEC; }

lg_status lg_culture_check_film(const culture_check *c, lg_culture_film **out) {
  char path[4096];
  *out = NULL;
  const lg_status status = lg_culture_check_path(c, path, "%s_movie.tif", c->what->set);
  return status == LG_OK ? lg_culture_film_load(c->ctx, path, (double)NAN, 32, out) : status;
}

lg_status lg_culture_check_masked_film(const culture_check *c, lg_culture_film **film, lg_culture_masks **masks) {
  char path[4096];
  lg_status status = lg_culture_check_film(c, film);
  if (status == LG_OK) status = lg_culture_check_path(c, path, "%s_masks.tif", c->what->set);
  return status == LG_OK ? lg_culture_masks_load(c->ctx, path, masks) : status;
}

lg_status lg_culture_validate(lg_ctx *ctx, const culture_validation *what) {
  const culture_check c = {ctx, what};
  for (int row = 1; row <= CULTURE_ROWS; row++) {
    if (!lg_culture_check_wants(&c, row)) continue;
    lg_status status = lg_progress(ctx, "rows", (size_t)row - 1, CULTURE_ROWS);
    const double before = lg_culture_seconds();
    if (status == LG_OK) status = rows[row].run(&c);
    if (status != LG_OK) return status;
    lg_culture_check_note(&c, row, "processor time of this row", lg_culture_seconds() - before, "s");
  }
  return LG_OK;
}
