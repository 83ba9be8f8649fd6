/* Rotations of heads out of CSV: which columns, which units, which times. */
#include "twin/axon_kinematics.h"

#include "io/csv_number.h"
#include "io/csv_rows.h"
#include "twin/axon_profiles_internal.h"

#include <math.h>
#include <string.h>

enum { MAX_SAMPLES = 2000000, MAX_NAME = 64, LEAST_SAMPLES = 3 };

static const double most_velocity = 200.0, most_acceleration = 1e5, degree = 3.14159265358979323846 / 180.0;
static const size_t max_file_bytes = (size_t)1 << 28;

void lg_axon_rotation_destroy(lg_ctx *ctx, axon_rotation *r) {
  if (!r) return;
  lg_free(ctx, r->x);
  lg_free(ctx, r);
}

/* ---- names of columns --------------------------------------------------------------------------------------- */

typedef enum unit { UNIT_NONE, UNIT_RAD_S, UNIT_RAD_S2, UNIT_KRAD_S2, UNIT_DEG_S, UNIT_DEG_S2, UNIT_OTHER } unit;

/* What a name stands for; bare is "x", acc is "ax", which is linear unless its unit says otherwise. */
typedef enum meaning { MEANS_NOTHING, MEANS_VELOCITY, MEANS_ACCELERATION, MEANS_ACC, MEANS_BARE, MEANINGS } meaning;

typedef struct column {
  meaning means;
  size_t axis;
  unit unit;
} column;

/* Lower case, without blanks, quotes, brackets and the like. */
static void squeeze(const char *name, char out[MAX_NAME]) {
  size_t n = 0;
  for (; *name && n + 1 < MAX_NAME; name++) {
    if (strchr(" _-.()[]{}\"'", *name)) continue;
    out[n++] = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
  }
  out[n] = '\0';
}

/* Cut the unit off the end of a squeezed name. */
static unit cut_unit(char *name) {
  static const struct {
    const char *text;
    unit is;
  } known[] = {
      {"krad/s^2", UNIT_KRAD_S2}, {"krad/s2", UNIT_KRAD_S2}, {"krads2", UNIT_KRAD_S2}, {"rad/s^2", UNIT_RAD_S2},
      {"rad/s2", UNIT_RAD_S2},    {"rad/s²", UNIT_RAD_S2},   {"rads^2", UNIT_RAD_S2},  {"rads2", UNIT_RAD_S2},
      {"radpers2", UNIT_RAD_S2},  {"rad/s/s", UNIT_RAD_S2},  {"rad/s", UNIT_RAD_S},    {"rads", UNIT_RAD_S},
      {"radpers", UNIT_RAD_S},    {"deg/s^2", UNIT_DEG_S2},  {"deg/s2", UNIT_DEG_S2},  {"deg/s²", UNIT_DEG_S2},
      {"degs2", UNIT_DEG_S2},     {"deg/s", UNIT_DEG_S},     {"degs", UNIT_DEG_S},     {"degpers", UNIT_DEG_S},
      {"°/s2", UNIT_DEG_S2},      {"°/s", UNIT_DEG_S},       {"dps", UNIT_DEG_S},      {"m/s^2", UNIT_OTHER},
      {"m/s2", UNIT_OTHER},       {"m/s²", UNIT_OTHER},      {"ms2", UNIT_OTHER},      {"m/s", UNIT_OTHER},
  };
  const size_t n = strlen(name);
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
    const size_t m = strlen(known[k].text);
    if (n <= m || strcmp(name + n - m, known[k].text) != 0) continue;
    name[n - m] = '\0';
    return known[k].is;
  }
  return UNIT_NONE;
}

static column column_of(const char *text) {
  static const struct {
    const char *stem;
    meaning means;
  } known[] = {
      {"", MEANS_BARE},
      {"a", MEANS_ACC},
      {"w", MEANS_VELOCITY},
      {"omega", MEANS_VELOCITY},
      {"ω", MEANS_VELOCITY},
      {"angvel", MEANS_VELOCITY},
      {"angvelocity", MEANS_VELOCITY},
      {"angularvel", MEANS_VELOCITY},
      {"angularvelocity", MEANS_VELOCITY},
      {"rotvel", MEANS_VELOCITY},
      {"rotvelocity", MEANS_VELOCITY},
      {"rotationalvelocity", MEANS_VELOCITY},
      {"gyro", MEANS_VELOCITY},
      {"vrot", MEANS_VELOCITY},
      {"alpha", MEANS_ACCELERATION},
      {"α", MEANS_ACCELERATION},
      {"angacc", MEANS_ACCELERATION},
      {"angaccel", MEANS_ACCELERATION},
      {"angularacc", MEANS_ACCELERATION},
      {"angularaccel", MEANS_ACCELERATION},
      {"angularacceleration", MEANS_ACCELERATION},
      {"rotacc", MEANS_ACCELERATION},
      {"rotaccel", MEANS_ACCELERATION},
      {"rotationalacceleration", MEANS_ACCELERATION},
      {"arot", MEANS_ACCELERATION},
      {"dw", MEANS_ACCELERATION},
      {"domega", MEANS_ACCELERATION},
  };
  char name[MAX_NAME];
  column c = {.means = MEANS_NOTHING};
  squeeze(text, name);
  c.unit = cut_unit(name);
  const size_t n = strlen(name);
  if (n == 0 || name[n - 1] < 'x' || name[n - 1] > 'z') return c;
  c.axis = (size_t)(name[n - 1] - 'x');
  name[n - 1] = '\0';
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
    if (strcmp(name, known[k].stem) == 0) c.means = known[k].means;
  return c;
}

/* ---- which columns ---------------------------------------------------------------------------------------- */

typedef struct plan {
  bool has_names, timed;
  double time_unit; /* s */
  size_t n_cells, cell[3];
  bool is_acceleration;
  double factor; /* to rad/s or rad/s² */
  char said[256];
} plan;

typedef struct group {
  size_t cell[3], found;
  unit unit;
  bool mixed; /* units differ */
} group;

static void add_to_group(group *g, const column *c, size_t cell) {
  if (g->found & ((size_t)1 << c->axis)) return; /* the first of that name */
  g->found |= (size_t)1 << c->axis;
  g->cell[c->axis] = cell;
  if (c->unit == UNIT_NONE) return;
  if (g->unit != UNIT_NONE && g->unit != c->unit) g->mixed = true;
  g->unit = c->unit;
}

static bool whole(const group *g) { return g->found == 7; }

static bool is_angular(unit u) { return u != UNIT_NONE && u != UNIT_OTHER; }

static bool of_acceleration(unit u) { return u == UNIT_RAD_S2 || u == UNIT_KRAD_S2 || u == UNIT_DEG_S2; }

/* Velocity or acceleration by what was asked for, the unit, or not at all. */
static lg_status kind_of_bare(lg_ctx *ctx, const group *g, axon_rotation_kind asked, bool *acceleration) {
  *acceleration = asked == AXON_ROTATION_ACCELERATION || (asked == AXON_ROTATION_BY_NAME && of_acceleration(g->unit));
  if (asked != AXON_ROTATION_BY_NAME || is_angular(g->unit)) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "three columns without a name that tells: are they angular velocities (rad/s) or accelerations "
                 "(rad/s2)? say --velocity or --acceleration");
}

static lg_status choose(lg_ctx *ctx, const group g[MEANINGS], axon_rotation_kind asked, const group **chosen,
                        bool *acceleration) {
  const group *v = &g[MEANS_VELOCITY], *a = &g[MEANS_ACCELERATION];
  if (!whole(a) && whole(&g[MEANS_ACC]) && of_acceleration(g[MEANS_ACC].unit)) a = &g[MEANS_ACC];
  *acceleration = asked == AXON_ROTATION_ACCELERATION || (asked == AXON_ROTATION_BY_NAME && !whole(v));
  *chosen = *acceleration ? a : v;
  if (whole(*chosen)) return LG_OK;
  *chosen = &g[MEANS_BARE];
  if (whole(*chosen)) return kind_of_bare(ctx, *chosen, asked, acceleration);
  if (whole(&g[MEANS_ACC]))
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "ax, ay, az may be linear accelerations; angular ones carry their unit (ax_rad_s2) or are called "
                   "alpha_x, alpha_y, alpha_z");
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "no three %s among the columns; omega_x, omega_y, omega_z (rad/s) or alpha_x, alpha_y, alpha_z "
                 "(rad/s2) are needed",
                 asked == AXON_ROTATION_ACCELERATION ? "angular accelerations"
                 : asked == AXON_ROTATION_VELOCITY   ? "angular velocities"
                                                     : "angular velocities or accelerations");
}

static lg_status apply_unit(lg_ctx *ctx, const group *g, bool degrees, plan *p) {
  const bool says_degrees = g->unit == UNIT_DEG_S || g->unit == UNIT_DEG_S2;
  if (g->mixed || g->unit == UNIT_OTHER)
    return lg_fail(ctx, LG_ERR_FORMAT, "the units of the three columns differ or are not those of a rotation");
  if (is_angular(g->unit) && of_acceleration(g->unit) != p->is_acceleration)
    return lg_fail(ctx, LG_ERR_FORMAT, "the unit of the three columns is not that of an angular %s",
                   p->is_acceleration ? "acceleration (rad/s2)" : "velocity (rad/s)");
  if (says_degrees && !degrees)
    return lg_fail(ctx, LG_ERR_FORMAT, "the columns are in degrees; rad is needed, or say --degrees to convert them");
  if (degrees && is_angular(g->unit) && !says_degrees)
    return lg_fail(ctx, LG_ERR_FORMAT, "--degrees, but the columns say that they are in rad");
  p->factor = (degrees ? degree : 1.0) * (g->unit == UNIT_KRAD_S2 ? 1e3 : 1.0);
  return LG_OK;
}

static lg_status plan_of_names(lg_ctx *ctx, const lg_csv_rows *rows, const axon_rotation_opts *o, plan *p) {
  group g[MEANINGS] = {{{0}, 0, UNIT_NONE, false}};
  const group *chosen;
  const char *time_name = "s";
  p->time_unit = axon_time_unit(rows->cells[0], &time_name);
  p->timed = p->time_unit > 0.0;
  if (!p->timed && !(o->every_s > 0.0))
    return lg_fail(ctx, LG_ERR_FORMAT, "the first column is '%.40s'; t_s or t_ms is needed, or --every 1ms",
                   rows->cells[0]);
  for (size_t k = p->timed; k < rows->n_cells; k++) {
    const column c = column_of(rows->cells[k]);
    add_to_group(&g[c.means], &c, k);
  }
  lg_status status = choose(ctx, g, o->kind, &chosen, &p->is_acceleration);
  if (status == LG_OK) status = apply_unit(ctx, chosen, o->degrees, p);
  if (status != LG_OK) return status;
  for (size_t a = 0; a < 3; a++) p->cell[a] = chosen->cell[a];
  (void)snprintf(p->said, sizeof p->said, "angular %s from the columns %.40s, %.40s, %.40s%s",
                 p->is_acceleration ? "accelerations" : "velocities", rows->cells[p->cell[0]], rows->cells[p->cell[1]],
                 rows->cells[p->cell[2]], o->degrees ? ", degrees converted" : "");
  return LG_OK;
}

/* A file of numbers only: t, x, y, z or x, y, z. */
static lg_status plan_of_numbers(lg_ctx *ctx, const lg_csv_rows *rows, const axon_rotation_opts *o, plan *p) {
  const size_t n = rows->n_cells;
  if (n != 3 && n != 4)
    return lg_fail(ctx, LG_ERR_FORMAT, "%zu columns without names; t,x,y,z or x,y,z is known without, others by name",
                   n);
  p->timed = n == 4;
  p->time_unit = 1.0;
  if (n == 3 && !(o->every_s > 0.0))
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "three columns without names or times; say how far samples are apart (--every 1ms)");
  if (o->kind == AXON_ROTATION_BY_NAME)
    return lg_fail(
        ctx, LG_ERR_FORMAT,
        "columns without names: are they angular velocities (rad/s) or accelerations (rad/s2)? say --velocity "
        "or --acceleration");
  p->is_acceleration = o->kind == AXON_ROTATION_ACCELERATION;
  p->factor = o->degrees ? degree : 1.0;
  for (size_t a = 0; a < 3; a++) p->cell[a] = a + (n == 4);
  (void)snprintf(p->said, sizeof p->said, "angular %s from %s columns without names%s",
                 p->is_acceleration ? "accelerations" : "velocities", n == 4 ? "the last three of four" : "three",
                 o->degrees ? ", degrees converted" : "");
  return LG_OK;
}

/* ---- numbers ------------------------------------------------------------------------------------------------- */

typedef struct samples {
  double *t, *x; /* (room), (room, 3) */
  size_t n, room, first_line;
} samples;

static lg_status grow(lg_ctx *ctx, samples *s) {
  if (s->n < s->room) return LG_OK;
  const size_t room = s->room ? 2 * s->room : 512;
  if (room > MAX_SAMPLES) return lg_fail(ctx, LG_ERR_LIMIT, "more than %d samples of a rotation", MAX_SAMPLES / 2);
  double *t = lg_realloc(ctx, s->t, s->n * sizeof *t, room, sizeof *t);
  if (!t) return LG_ERR_MEMORY;
  s->t = t;
  double *x = lg_realloc(ctx, s->x, 3 * s->n * sizeof *x, 3 * room, sizeof *x);
  if (!x) return LG_ERR_MEMORY;
  s->x = x;
  s->room = room;
  return LG_OK;
}

static lg_status take_number(lg_ctx *ctx, const lg_csv_rows *rows, size_t cell, double *x) {
  if (!lg_csv_number(rows->cells[cell], x))
    return lg_fail(ctx, LG_ERR_FORMAT, "line %zu, column %zu: '%.24s' is no number", rows->line, cell + 1,
                   rows->cells[cell]);
  if (isfinite(*x)) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "line %zu, column %zu: the sample is missing (empty or nan); every one is needed",
                 rows->line, cell + 1);
}

static lg_status check_magnitude(lg_ctx *ctx, const plan *p, double x, size_t line) {
  const double most = p->is_acceleration ? most_acceleration : most_velocity;
  if (fabs(x) <= most) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "line %zu: %g %s; at most %g is taken for a head (degrees? say --degrees)", line, x,
                 p->is_acceleration ? "rad/s2" : "rad/s", most);
}

static lg_status take_row(lg_ctx *ctx, const lg_csv_rows *rows, const plan *p, const axon_rotation_opts *o,
                          samples *s) {
  lg_status status = LG_OK;
  if (rows->error) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", rows->line, rows->error);
  if (rows->n_cells != p->n_cells)
    return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %zu cells, but the first row has %zu", rows->line, rows->n_cells,
                   p->n_cells);
  LG_TRY(grow(ctx, s));
  s->t[s->n] = (double)s->n * o->every_s;
  if (p->timed) {
    LG_TRY(take_number(ctx, rows, 0, &s->t[s->n]));
    s->t[s->n] *= p->time_unit;
  }
  if (s->n > 0 && !(s->t[s->n] > s->t[s->n - 1]))
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "line %zu: time %g s after %g s; times must rise", rows->line, s->t[s->n],
                   s->t[s->n - 1]));
  for (size_t a = 0; a < 3; a++) {
    double x;
    LG_TRY(take_number(ctx, rows, p->cell[a], &x));
    s->x[3 * s->n + a] = p->factor * x;
    LG_TRY(check_magnitude(ctx, p, p->factor * x, rows->line));
  }
  s->n++;
done:
  return status;
}

static lg_status check_even(lg_ctx *ctx, const samples *s, const plan *p, axon_rotation *r) {
  if (s->n < LEAST_SAMPLES)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu samples; a rotation is at least %d long", s->n, LEAST_SAMPLES);
  r->t0_s = s->t[0];
  r->dt_s = (s->t[s->n - 1] - s->t[0]) / (double)(s->n - 1);
  for (size_t k = 0; k < s->n; k++)
    if (!(fabs(s->t[k] - s->t[0] - (double)k * r->dt_s) <= 0.02 * r->dt_s))
      return lg_fail(ctx, LG_ERR_FORMAT,
                     "sample %zu: time %g s where %g s is even with the others; samples are missing, or interpolate to "
                     "even times first",
                     k + 1, s->t[k], s->t[0] + (double)k * r->dt_s);
  if (r->dt_s < 1e-6 || r->dt_s > 0.02)
    return lg_fail(ctx, LG_ERR_RANGE, "samples are %g s apart; 1e-6 to 0.02 s is taken%s", r->dt_s,
                   !p->timed            ? ""
                   : p->time_unit < 1.0 ? " (times in s? name them t_s)"
                                        : " (times in ms? name them t_ms)");
  return LG_OK;
}

static bool all_numbers(const lg_csv_rows *rows) {
  double x;
  for (size_t k = 0; k < rows->n_cells; k++)
    if (!lg_csv_number(rows->cells[k], &x)) return false;
  return true;
}

static lg_status read_all(lg_ctx *ctx, lg_csv_rows *rows, const axon_rotation_opts *o, samples *s, axon_rotation *r) {
  lg_status status = LG_OK;
  plan p = {.factor = 1.0};
  if (!lg_csv_rows_next(rows)) return lg_fail(ctx, LG_ERR_FORMAT, "the file is empty; a rotation is needed");
  if (rows->error) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", rows->line, rows->error);
  p.n_cells = rows->n_cells;
  p.has_names = !all_numbers(rows);
  LG_TRY(p.has_names ? plan_of_names(ctx, rows, o, &p) : plan_of_numbers(ctx, rows, o, &p));
  if (!p.has_names) LG_TRY(take_row(ctx, rows, &p, o, s));
  while (lg_csv_rows_next(rows)) LG_TRY(take_row(ctx, rows, &p, o, s));
  LG_TRY(check_even(ctx, s, &p, r));
  r->is_acceleration = p.is_acceleration;
  memcpy(r->said, p.said, sizeof r->said);
done:
  return status;
}

lg_status lg_axon_rotation_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const axon_rotation_opts *opts,
                                 axon_rotation **out) {
  lg_status status = LG_OK;
  lg_csv_rows *rows = NULL;
  samples s = {0};
  axon_rotation *r = NULL;
  bool begun = false;
  *out = NULL;
  if (n == 0 || memchr(bytes, 0, n))
    return lg_fail(ctx, LG_ERR_FORMAT, "the file is %s; a rotation is CSV: t_s,omega_x,omega_y,omega_z",
                   n == 0 ? "empty" : "no text");
  LG_NEW(ctx, rows, 1);
  LG_NEW(ctx, r, 1);
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, rows));
  begun = true;
  LG_TRY(read_all(ctx, rows, opts, &s, r));
  r->n = s.n;
  r->x = s.x;
  s.x = NULL;
  *out = r;
  r = NULL;
done:
  if (begun) lg_csv_rows_clear(ctx, rows);
  lg_free(ctx, rows);
  lg_free(ctx, s.t);
  lg_free(ctx, s.x);
  lg_axon_rotation_destroy(ctx, r);
  return status;
}

lg_status lg_axon_rotation_load(lg_ctx *ctx, const char *path, const axon_rotation_opts *opts, axon_rotation **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, max_file_bytes, &bytes, &n);
  if (status == LG_OK) status = lg_axon_rotation_parse(ctx, bytes, n, opts, out);
  lg_free(ctx, bytes);
  return status;
}

/* ---- the window -------------------------------------------------------------------------------------------------- */

static double square(const double *x) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2]; }

/* Time in the file of the greatest |angular acceleration|. */
static double peak_time(const axon_rotation *r) {
  size_t best = 0;
  double most = -1.0;
  for (size_t k = 0; k < r->n; k++) {
    double a[3];
    const size_t before = k > 0 ? k - 1 : 0, after = k + 1 < r->n ? k + 1 : k;
    for (size_t d = 0; d < 3; d++)
      a[d] = r->is_acceleration ? r->x[3 * k + d]
                                : (r->x[3 * after + d] - r->x[3 * before + d]) / ((double)(after - before) * r->dt_s);
    if (square(a) > most) most = square(a), best = k;
  }
  return r->t0_s + (double)best * r->dt_s;
}

static double start_of(const axon_rotation *r, const axon_window *w) {
  const double lasts = (double)(w->n_times - 1) * w->dt_s, end = r->t0_s + (double)(r->n - 1) * r->dt_s;
  if (isfinite(w->start_s)) return w->start_s;
  if (end - r->t0_s <= lasts * (1.0 + 1e-9)) return r->t0_s;
  return fmax(r->t0_s, peak_time(r) - w->before_s);
}

/* Velocities at the samples of the file. */
static double *velocities(lg_ctx *ctx, const axon_rotation *r) {
  double *v = lg_alloc(ctx, 3 * r->n, sizeof *v);
  if (!v) return NULL;
  if (!r->is_acceleration) {
    memcpy(v, r->x, 3 * r->n * sizeof *v);
    return v;
  }
  for (size_t k = 3; k < 3 * r->n; k++) v[k] = v[k - 3] + 0.5 * (r->x[k] + r->x[k - 3]) * r->dt_s;
  return v;
}

static void read_off(const axon_rotation *r, const double *v, double t, double *out) {
  const double at = fmin(fmax((t - r->t0_s) / r->dt_s, 0.0), (double)(r->n - 1));
  const size_t k = (size_t)floor(at + 1e-9) < r->n ? (size_t)floor(at + 1e-9) : r->n - 1;
  const double part = at - (double)k;
  for (size_t d = 0; d < 3; d++)
    out[d] = k + 1 >= r->n || part < 1e-9 ? v[3 * k + d] : v[3 * k + d] + part * (v[3 * k + 3 + d] - v[3 * k + d]);
}

/* The samples of the file are those of the window: accelerations need not be integrated. */
static bool fits(const axon_rotation *r, const axon_window *w, double start, size_t *first) {
  const double at = (start - r->t0_s) / r->dt_s;
  *first = at >= 0.0 ? (size_t)floor(at + 0.5) : 0;
  return r->is_acceleration && fabs(r->dt_s - w->dt_s) <= 1e-6 * w->dt_s && at > -1e-6 &&
         fabs(at - (double)*first) < 1e-6;
}

lg_status lg_axon_rotation_window(lg_ctx *ctx, const axon_rotation *r, const axon_window *w, axon_kinematics **out,
                                  double *start_s) {
  lg_status status = LG_OK;
  double *v = NULL, *x = NULL;
  size_t first;
  *out = NULL;
  *start_s = start_of(r, w);
  if (*start_s > r->t0_s + (double)(r->n - 1) * r->dt_s)
    return lg_fail(ctx, LG_ERR_RANGE, "the window begins at %g s; the rotation ends at %g s", *start_s,
                   r->t0_s + (double)(r->n - 1) * r->dt_s);
  LG_NEW(ctx, x, 3 * w->n_times);
  if (fits(r, w, *start_s, &first)) {
    for (size_t t = 0; t < w->n_times && first + t < r->n; t++)
      memcpy(x + 3 * t, r->x + 3 * (first + t), 3 * sizeof *x);
    LG_TRY(lg_axon_kinematics_of_acceleration(ctx, x, w->n_times, w->dt_s, out));
  } else {
    v = velocities(ctx, r);
    if (!v) LG_TRY(LG_ERR_MEMORY);
    for (size_t t = 0; t < w->n_times; t++) read_off(r, v, *start_s + (double)t * w->dt_s, x + 3 * t);
    LG_TRY(lg_axon_kinematics_of_velocity(ctx, x, w->n_times, w->dt_s, out));
  }
  if (w->scale > 0.0) {
    const double most = (*out)->peak_omega;
    if (!(most > 1e-9)) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "the head does not turn in the window; it cannot be scaled"));
    for (size_t k = 0; k < 3 * w->n_times; k++) (*out)->alpha[k] *= w->scale / most;
    (*out)->peak_omega = w->scale;
  }
done:
  lg_free(ctx, v);
  lg_free(ctx, x);
  if (status != LG_OK) {
    lg_axon_kinematics_destroy(ctx, *out);
    *out = NULL;
  }
  return status;
}
