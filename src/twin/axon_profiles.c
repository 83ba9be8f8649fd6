/* Strain profiles out of files: which reader, and what is checked whatever the file was. */
#include "twin/axon_profiles_internal.h"

#include "io/h5_read.h"
#include "io/table.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t max_file_bytes = (size_t)1 << 31;

double axon_time_unit(const char *name, const char **unit) {
  static const struct {
    const char *name, *unit;
    double s;
  } known[] = {
      {"t_s", "s", 1.0},         {"t", "s", 1.0},           {"time", "s", 1.0},     {"time_s", "s", 1.0},
      {"t (s)", "s", 1.0},       {"t [s]", "s", 1.0},       {"time (s)", "s", 1.0}, {"time [s]", "s", 1.0},
      {"t_ms", "ms", 1e-3},      {"time_ms", "ms", 1e-3},   {"t (ms)", "ms", 1e-3}, {"t [ms]", "ms", 1e-3},
      {"time (ms)", "ms", 1e-3}, {"time [ms]", "ms", 1e-3},
  };
  char lower[16];
  size_t n = 0;
  for (; name[n] && n + 1 < sizeof lower; n++)
    lower[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] - 'A' + 'a' : name[n]);
  lower[n] = '\0';
  for (size_t k = 0; !name[n] && k < sizeof known / sizeof known[0]; k++)
    if (strcmp(lower, known[k].name) == 0) {
      *unit = known[k].unit;
      return known[k].s;
    }
  return 0.0;
}

/* ---- arrays --------------------------------------------------------------------------------------------- */

void axon_profiles_raw_clear(lg_ctx *ctx, profiles_raw *raw) {
  lg_axon_profiles_destroy(ctx, raw->p);
  lg_free(ctx, raw->t_s);
  lg_free(ctx, raw->line);
  *raw = (profiles_raw){0};
}

lg_status axon_profiles_raw_create(lg_ctx *ctx, size_t n, size_t n_times, profiles_raw *raw) {
  lg_status status = LG_OK;
  size_t cells;
  if (n == 0) return lg_fail(ctx, LG_ERR_FORMAT, "there is no profile in the file");
  if (n_times < AXON_PROFILE_LEAST_SAMPLES)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu profiles of %zu samples; a profile is at least %d samples long", n, n_times,
                   AXON_PROFILE_LEAST_SAMPLES);
  if (n > AXON_PROFILE_MOST || n_times > AXON_PROFILE_MOST_SAMPLES || !lg_mul_size(n, n_times, &cells) ||
      cells > LG_H5_MAX_SAMPLES)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu profiles of %zu samples; up to %d of up to %d, %d samples in all, are read",
                   n, n_times, AXON_PROFILE_MOST, AXON_PROFILE_MOST_SAMPLES, LG_H5_MAX_SAMPLES);
  LG_NEW(ctx, raw->p, 1);
  LG_NEW(ctx, raw->p->names, n);
  LG_NEW(ctx, raw->p->strain, cells);
  raw->p->n = n;
  raw->p->n_times = n_times;
done:
  return status;
}

/* ---- where a sample is ------------------------------------------------------------------------------------ */

typedef struct place {
  char text[160];
} place;

static place place_of(const profiles_raw *raw, size_t profile, size_t sample) {
  place w;
  const char *name = raw->p->names[profile];
  const char *quote = name ? "'" : "";
  if (!name) name = "";
  if (raw->layout == PROFILES_IN_COLUMNS && raw->line)
    (void)snprintf(w.text, sizeof w.text, "line %u, column %zu %s%.60s%s", (unsigned)raw->line[sample],
                   profile + raw->first_cell + 1, quote, name, quote);
  else if (raw->layout == PROFILES_IN_ROWS && raw->line)
    (void)snprintf(w.text, sizeof w.text, "line %u, profile %s%.60s%s, column %zu", (unsigned)raw->line[profile], quote,
                   name, quote, sample + raw->first_cell + 1);
  else
    (void)snprintf(w.text, sizeof w.text, "profile %s%.60s%s (row %zu), sample %zu", quote, name, quote, profile + 1,
                   sample + 1);
  return w;
}

static place place_of_time(const profiles_raw *raw, size_t sample) {
  place w;
  if (raw->layout == PROFILES_IN_COLUMNS && raw->line)
    (void)snprintf(w.text, sizeof w.text, "line %u", (unsigned)raw->line[sample]);
  else if (raw->layout == PROFILES_IN_ROWS)
    (void)snprintf(w.text, sizeof w.text, "time of column %zu", sample + raw->first_cell + 1);
  else (void)snprintf(w.text, sizeof w.text, "time %zu", sample + 1);
  return w;
}

/* ---- times -------------------------------------------------------------------------------------------------- */

/* The times are uneven: say where, by the step that most have. */
static lg_status refuse_uneven(lg_ctx *ctx, const profiles_raw *raw) {
  const size_t n = raw->p->n_times;
  const double *t = raw->t_s;
  double *steps = lg_alloc(ctx, n, sizeof *steps);
  if (!steps) return LG_ERR_MEMORY;
  for (size_t k = 1; k < n; k++) steps[k - 1] = t[k] - t[k - 1];
  qsort(steps, n - 1, sizeof *steps, lg_ascending);
  const double usual = steps[(n - 2) / 2];
  lg_free(ctx, steps);
  size_t at = 1, worst = 1;
  for (size_t k = 1; k < n; k++)
    if (fabs(t[k] - t[k - 1] - usual) > fabs(t[worst] - t[worst - 1] - usual)) worst = k;
  while (at < worst && fabs(t[at] - t[at - 1] - usual) < 0.02 * usual) at++;
  const double step = t[at] - t[at - 1], many = step / usual;
  if (many > 1.9 && fabs(many - floor(many + 0.5)) < 0.02)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "%s: %.0f samples are missing between %g and %g s; even times are needed, here %g s apart",
                   place_of_time(raw, at).text, many - 1.0, t[at - 1], t[at], usual);
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "%s: a step of %g s among steps of %g s; even times are needed (interpolate the profiles first)",
                 place_of_time(raw, at).text, step, usual);
}

static lg_status check_times(lg_ctx *ctx, const profiles_raw *raw, double *dt) {
  const size_t n = raw->p->n_times;
  const double *t = raw->t_s;
  for (size_t k = 0; k < n; k++)
    if (!isfinite(t[k])) return lg_fail(ctx, LG_ERR_FORMAT, "%s: the time is no number", place_of_time(raw, k).text);
  for (size_t k = 1; k < n; k++)
    if (!(t[k] > t[k - 1]))
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: time %g s after %g s; times must rise", place_of_time(raw, k).text, t[k],
                     t[k - 1]);
  *dt = (t[n - 1] - t[0]) / (double)(n - 1);
  for (size_t k = 0; k < n; k++)
    if (!(fabs(t[k] - t[0] - (double)k * *dt) <= 1e-2 * *dt)) return refuse_uneven(ctx, raw);
  return LG_OK;
}

/* A step of seconds, or a whole profile within a millisecond, is a wrong unit. */
static lg_status check_step(lg_ctx *ctx, const profiles_raw *raw, double dt) {
  const double lasts = dt * (double)(raw->p->n_times - 1);
  const bool in_s = !raw->unit || strcmp(raw->unit, "s") == 0;
  if (!(dt <= AXON_PROFILE_MOST_STEP_S))
    return lg_fail(ctx, LG_ERR_RANGE, "samples are %g s apart; at most %g s are taken%s", dt, AXON_PROFILE_MOST_STEP_S,
                   in_s && raw->t_s ? " (times in ms? name them t_ms)" : "");
  if (!(dt >= AXON_PROFILE_LEAST_STEP_S) || !(lasts >= AXON_PROFILE_LEAST_S * (1.0 - 1e-9)))
    return lg_fail(ctx, LG_ERR_RANGE,
                   "the profiles are too short: %zu samples of %g ms, %g ms in all; at least %g ms are needed%s",
                   raw->p->n_times, 1e3 * dt, 1e3 * lasts, 1e3 * AXON_PROFILE_LEAST_S,
                   !in_s ? " (times in s? name them t_s)" : "");
  return LG_OK;
}

/* ---- strains -------------------------------------------------------------------------------------------------- */

static lg_status check_strains(lg_ctx *ctx, const profiles_raw *raw) {
  const axon_profiles *p = raw->p;
  for (size_t k = 0; k < p->n; k++)
    for (size_t t = 0; t < p->n_times; t++) {
      const double x = p->strain[k * p->n_times + t];
      if (isnan(x))
        return lg_fail(ctx, LG_ERR_FORMAT, "%s: the strain is missing (empty or nan); every sample is needed",
                       place_of(raw, k, t).text);
      if (!isfinite(x)) return lg_fail(ctx, LG_ERR_FORMAT, "%s: the strain is infinite", place_of(raw, k, t).text);
      if (fabs(x) > 1.0)
        return lg_fail(ctx, LG_ERR_RANGE, "%s: strain %g; fractions of at most 1 are needed (percent? divide by 100)",
                       place_of(raw, k, t).text, x);
    }
  return LG_OK;
}

/* The first sample is the strain at rest: off with it, and say so once. */
static void take_first_off(lg_ctx *ctx, axon_profiles *p) {
  size_t n = 0, most = 0;
  double off = 0.0;
  for (size_t k = 0; k < p->n; k++) {
    double *x = p->strain + k * p->n_times;
    const double first = x[0];
    if (first == 0.0) continue;
    n++;
    if (fabs(first) > fabs(off)) off = first, most = k;
    for (size_t t = 0; t < p->n_times; t++) x[t] -= first;
  }
  if (n == 1)
    lg_log(ctx, LG_LEVEL_WARNING, "profile '%.60s' begins at strain %g; taken off all its samples", p->names[most],
           off);
  else if (n > 1)
    lg_log(ctx, LG_LEVEL_WARNING,
           "%zu of %zu profiles do not begin at 0 (farthest from it '%.60s': %g); their first sample is taken off", n,
           p->n, p->names[most], off);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

typedef struct named {
  const char *name;
  size_t k;
} named;

static int by_name(const void *a, const void *b) {
  const named *x = a, *y = b;
  const int order = strcmp(x->name, y->name);
  return order ? order : (x->k > y->k) - (x->k < y->k);
}

static lg_status check_names(lg_ctx *ctx, const profiles_raw *raw) {
  lg_status status = LG_OK;
  const axon_profiles *p = raw->p;
  const bool columns = raw->layout == PROFILES_IN_COLUMNS && raw->line;
  named *all = NULL;
  LG_NEW(ctx, all, p->n);
  for (size_t k = 0; k < p->n; k++) {
    all[k] = (named){p->names[k], k};
    if (!p->names[k][0])
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s %zu: the profile has no name", columns ? "column" : "row",
                     k + 1 + (columns ? raw->first_cell : 0)));
  }
  qsort(all, p->n, sizeof *all, by_name);
  for (size_t k = 1; k < p->n; k++)
    if (strcmp(all[k].name, all[k - 1].name) == 0)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "two profiles are named '%.60s' (%s %zu and %zu); names must differ",
                     all[k].name, columns ? "columns" : "rows", all[k - 1].k + 1 + (columns ? raw->first_cell : 0),
                     all[k].k + 1 + (columns ? raw->first_cell : 0)));
done:
  lg_free(ctx, all);
  return status;
}

static lg_status check_places(lg_ctx *ctx, const axon_profiles *p) {
  for (size_t k = 0; k < 3 * p->n; k++)
    if ((p->position_mm && !isfinite(p->position_mm[k])) || (p->fibre && !isfinite(p->fibre[k])))
      return lg_fail(ctx, LG_ERR_FORMAT, "profile '%.60s' (row %zu): its position or fibre is no number",
                     p->names[k / 3], k / 3 + 1);
  return LG_OK;
}

lg_status axon_profiles_accept(lg_ctx *ctx, profiles_raw *raw, axon_profiles **out) {
  lg_status status = LG_OK;
  if (raw->t_s) LG_TRY(check_times(ctx, raw, &raw->p->dt_s));
  LG_TRY(check_step(ctx, raw, raw->p->dt_s));
  LG_TRY(check_names(ctx, raw));
  LG_TRY(check_strains(ctx, raw));
  if (raw->p->position_mm || raw->p->fibre) LG_TRY(check_places(ctx, raw->p));
  take_first_off(ctx, raw->p);
  *out = raw->p;
  raw->p = NULL;
done:
  return status;
}

/* ---- files --------------------------------------------------------------------------------------------- */

static bool is_text(const unsigned char *bytes, size_t n) {
  size_t k = 0;
  while (k < n && k < 65536 && bytes[k] != 0) k++;
  return n > 0 && (k == n || k == 65536);
}

static bool only_blanks(const unsigned char *bytes, size_t n) {
  for (size_t k = 0; k < n; k++)
    if (!strchr(" \t\r\n", bytes[k]) || bytes[k] == 0) return false;
  return true;
}

lg_status lg_axon_profiles_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, double dt_s, axon_profiles **out) {
  lg_status status = LG_OK;
  profiles_raw raw = {0};
  *out = NULL;
  if (only_blanks(bytes, n)) return lg_fail(ctx, LG_ERR_FORMAT, "the file is empty; strain profiles are needed");
  if (lg_npy_is(bytes, n) || lg_npz_is(bytes, n)) LG_TRY(axon_profiles_parse_npy(ctx, bytes, n, dt_s, &raw));
  else if (lg_h5_is(bytes, n)) LG_TRY(axon_profiles_parse_h5(ctx, bytes, n, &raw));
  else if (is_text(bytes, n)) LG_TRY(axon_profiles_parse_csv(ctx, bytes, n, dt_s, &raw));
  else
    LG_TRY(
        lg_fail(ctx, LG_ERR_FORMAT, "this is neither CSV nor .npy, .npz nor HDF5; strain profiles are one of these"));
  LG_TRY(axon_profiles_accept(ctx, &raw, out));
done:
  axon_profiles_raw_clear(ctx, &raw);
  return status;
}

lg_status lg_axon_profiles_load_every(lg_ctx *ctx, const char *path, double dt_s, axon_profiles **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, max_file_bytes, &bytes, &n);
  if (status == LG_OK) status = lg_axon_profiles_parse(ctx, bytes, n, dt_s, out);
  lg_free(ctx, bytes);
  return status;
}

lg_status lg_axon_profiles_load(lg_ctx *ctx, const char *path, axon_profiles **out) {
  return lg_axon_profiles_load_every(ctx, path, 0.0, out);
}

static bool ends_with(const char *path, const char *ending) {
  const size_t n = strlen(path), m = strlen(ending);
  return n >= m && strcmp(path + n - m, ending) == 0;
}

lg_status lg_axon_profiles_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                 lg_provenance *provenance) {
  if (profiles->n == 0 || profiles->n_times == 0) return lg_fail(ctx, LG_ERR_RANGE, "there is no profile to write");
  if (ends_with(path, ".h5") || ends_with(path, ".hdf5"))
    return axon_profiles_write_h5(ctx, path, profiles, provenance);
  if (ends_with(path, ".csv") || strcmp(path, "-") == 0)
    return axon_profiles_write_csv(ctx, path, profiles, provenance);
  return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: strain profiles are written as .h5 or .csv", path);
}
