/* Measured calcium waves out of CSV files. */
#include "twin/calcium_wave.h"

#include "io/table.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST = 8 };

const char *lg_calcium_signal_word(calcium_signal signal) {
  static const char *const words[] = {"arrivals", "c_uM", "dff", "f"};
  return words[signal];
}

void lg_calcium_wave_destroy(lg_ctx *ctx, calcium_wave *w) {
  if (!w) return;
  for (size_t k = 0; k < w->n_traces && w->traces; k++) {
    lg_free(ctx, w->traces[k].t_s);
    lg_free(ctx, w->traces[k].y);
  }
  lg_free(ctx, w->traces);
  lg_free(ctx, w);
}

static double median(double *x, size_t n) {
  qsort(x, n, sizeof *x, lg_ascending);
  return n == 0 ? (double)NAN : n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

static double middle_of_three(double a, double b, double c) { return fmax(fmin(a, b), fmin(fmax(a, b), c)); }

/* Level before the wave: the median of the first eighth. */
static double base_of(const calcium_trace *t, double *room) {
  const size_t n = t->n / 8 > 3 ? t->n / 8 : 3;
  memcpy(room, t->y, n * sizeof *room);
  return median(room, n);
}

/* When half of the rise is passed, and stays passed for two samples. */
static void measure_trace(calcium_wave *w, calcium_trace *t, double *room) {
  const double base = base_of(t, room);
  double top = base;
  t->up_s = (double)NAN;
  for (size_t k = 1; k + 1 < t->n; k++) top = fmax(top, middle_of_three(t->y[k - 1], t->y[k], t->y[k + 1]));
  w->rise = fmax(w->rise, top - base);
  if (!(top - base > 6.0 * w->noise)) return;
  const double level = base + 0.5 * (top - base);
  for (size_t k = 1; k + 1 < t->n; k++) {
    if (t->y[k - 1] >= level || t->y[k] < level || t->y[k + 1] < level) continue;
    t->up_s = t->t_s[k - 1] + (t->t_s[k] - t->t_s[k - 1]) * (level - t->y[k - 1]) / (t->y[k] - t->y[k - 1]);
    return;
  }
}

void lg_calcium_wave_measure(calcium_wave *w, double *room) {
  size_t n = 0;
  if (w->signal == CALCIUM_ARRIVALS) return;
  for (size_t k = 0; k < w->n_traces; k++) {
    const calcium_trace *t = &w->traces[k];
    for (size_t q = 1; q + 1 < t->n; q++) room[n++] = fabs(t->y[q - 1] - 2.0 * t->y[q] + t->y[q + 1]);
  }
  w->noise = median(room, n) / (0.6744897501960817 * sqrt(6.0));
  w->rise = 0.0;
  for (size_t k = 0; k < w->n_traces; k++) measure_trace(w, &w->traces[k], room);
}

/* ---- columns ----------------------------------------------------------------------------------------- */

typedef struct columns {
  const lg_table_item *t, *x, *section, *y, *up, *down, *peak;
  double unit_s; /* of t */
  size_t n;
} columns;

static lg_status numbers(lg_ctx *ctx, const lg_table *table, const char *name, bool needed, size_t *n,
                         const lg_table_item **out) {
  *out = lg_table_find(table, name);
  if (!*out) return needed ? lg_fail(ctx, LG_ERR_FORMAT, "no column %s", name) : LG_OK;
  if (!(*out)->x) return lg_fail(ctx, LG_ERR_FORMAT, "column %s holds words; numbers are expected", name);
  if (*n > 0 && (*out)->n != *n)
    return lg_fail(ctx, LG_ERR_FORMAT, "column %s has %zu rows, others have %zu", name, (*out)->n, *n);
  *n = (*out)->n;
  return LG_OK;
}

static lg_status find_columns(lg_ctx *ctx, const lg_table *table, const calcium_case *c, columns *k,
                              calcium_signal *signal) {
  static const char *const names[] = {NULL, "c_uM", "dff", "f"};
  lg_status status = LG_OK;
  memset(k, 0, sizeof *k);
  k->unit_s = 1.0;
  LG_TRY(numbers(ctx, table, "x_um", true, &k->n, &k->x));
  LG_TRY(numbers(ctx, table, "section", c->n_sections > 1, &k->n, &k->section));
  LG_TRY(numbers(ctx, table, "t_up_s", false, &k->n, &k->up));
  if (k->up) {
    *signal = CALCIUM_ARRIVALS;
    LG_TRY(numbers(ctx, table, "t_down_s", false, &k->n, &k->down));
    LG_TRY(numbers(ctx, table, "c_peak_uM", false, &k->n, &k->peak));
    return LG_OK;
  }
  LG_TRY(numbers(ctx, table, "t_s", false, &k->n, &k->t));
  if (!k->t) {
    LG_TRY(numbers(ctx, table, "t_ms", false, &k->n, &k->t));
    k->unit_s = 1e-3;
  }
  for (size_t q = 1; q < 4 && !k->y; q++) {
    LG_TRY(numbers(ctx, table, names[q], false, &k->n, &k->y));
    *signal = (calcium_signal)q;
  }
  if (!k->t || !k->y)
    status = lg_fail(ctx, LG_ERR_FORMAT,
                     "the columns are those of no wave: x_um, t_up_s (arrivals), or t_s, x_um and c_uM, dff or f");
done:
  return status;
}

static lg_status place_of(lg_ctx *ctx, const columns *k, const calcium_case *c, size_t row, calcium_place *place) {
  const double x = k->x->x[row], s = k->section ? k->section->x[row] : 0.0;
  if (!(s >= 0.0 && s < (double)c->n_sections && s == floor(s)))
    return lg_fail(ctx, LG_ERR_RANGE, "row %zu: section %g; the case has 0 to %zu", row + 1, s, c->n_sections - 1);
  place->section = (size_t)s;
  place->x_um = x;
  const double length = c->sections[place->section].length_um;
  if (!(x >= 0.0 && x <= length))
    return lg_fail(ctx, LG_ERR_RANGE, "row %zu: x is %g um; section %zu reaches from 0 to %g um", row + 1, x,
                   place->section, length);
  return LG_OK;
}

static calcium_trace *trace_of(calcium_wave *w, calcium_place place, size_t near) {
  for (size_t q = 0; q < w->n_traces; q++) {
    calcium_trace *t = &w->traces[(near + q) % w->n_traces];
    if (t->place.section == place.section && t->place.x_um == place.x_um) return t;
  }
  return NULL;
}

/* Places in the order in which they first come, and how many rows each has. */
static lg_status collect(lg_ctx *ctx, calcium_wave *w, const columns *k, const calcium_case *c, double until_s,
                         uint32_t *whose) {
  size_t room = 0;
  for (size_t row = 0; row < k->n; row++) {
    calcium_place place = {0, 0.0};
    const double t = k->t ? k->t->x[row] * k->unit_s : k->up->x[row];
    whose[row] = UINT32_MAX;
    const lg_status status = place_of(ctx, k, c, row, &place);
    if (status != LG_OK) return status;
    if (k->t && !isfinite(t)) return lg_fail(ctx, LG_ERR_FORMAT, "row %zu has no time", row + 1);
    if (!isfinite(t) || t > until_s || (k->y && !isfinite(k->y->x[row]))) continue;
    calcium_trace *it = trace_of(w, place, row > 0 && whose[row - 1] != UINT32_MAX ? whose[row - 1] : 0);
    if (!it) {
      if (w->n_traces == 4096) return lg_fail(ctx, LG_ERR_LIMIT, "more than 4096 places");
      if (w->n_traces == room) {
        const size_t more = room ? 2 * room : 64;
        calcium_trace *grown = lg_realloc(ctx, w->traces, room * sizeof *grown, more, sizeof *grown);
        if (!grown) return LG_ERR_MEMORY;
        w->traces = grown;
        room = more;
      }
      it = &w->traces[w->n_traces++];
      *it = (calcium_trace){place, 0, NULL, NULL, (double)NAN, (double)NAN, (double)NAN};
    } else if (!k->t) {
      return lg_fail(ctx, LG_ERR_FORMAT, "row %zu: a second arrival at %g um", row + 1, place.x_um);
    }
    it->n++;
    whose[row] = (uint32_t)(it - w->traces);
    w->last_s = fmax(w->last_s, t);
  }
  if (w->n_traces == 0) return lg_fail(ctx, LG_ERR_RANGE, "no row with numbers before %g s", until_s);
  return LG_OK;
}

static lg_status fill(lg_ctx *ctx, calcium_wave *w, const columns *k, const uint32_t *whose) {
  lg_status status = LG_OK;
  for (size_t q = 0; q < w->n_traces && k->t; q++) {
    calcium_trace *t = &w->traces[q];
    if (t->n < FEWEST) {
      status = lg_fail(ctx, LG_ERR_RANGE, "%zu samples at %g um; at least %d are needed", t->n, t->place.x_um, FEWEST);
      goto done;
    }
    LG_NEW(ctx, t->t_s, t->n);
    LG_NEW(ctx, t->y, t->n);
    t->n = 0;
  }
  for (size_t row = 0; row < k->n; row++) {
    if (whose[row] == UINT32_MAX) continue;
    calcium_trace *t = &w->traces[whose[row]];
    if (!k->t) {
      t->n = 0;
      t->up_s = k->up->x[row];
      if (k->down) t->down_s = k->down->x[row];
      if (k->peak) t->peak_uM = k->peak->x[row];
      continue;
    }
    t->t_s[t->n] = k->t->x[row] * k->unit_s;
    t->y[t->n] = k->y->x[row];
    if (t->n > 0 && !(t->t_s[t->n] > t->t_s[t->n - 1])) {
      status =
          lg_fail(ctx, LG_ERR_RANGE, "row %zu: time %g s at %g um does not rise", row + 1, t->t_s[t->n], t->place.x_um);
      goto done;
    }
    t->n++;
    w->n_samples++;
  }
done:
  return status;
}

static lg_status measure(lg_ctx *ctx, calcium_wave *w) {
  lg_status status = LG_OK;
  double *room = NULL;
  size_t n = 0;
  if (w->n_samples == 0) return LG_OK;
  LG_NEW(ctx, room, w->n_samples);
  for (size_t q = 0; q < w->n_traces; q++)
    for (size_t k = 1; k < w->traces[q].n; k++) room[n++] = w->traces[q].t_s[k] - w->traces[q].t_s[k - 1];
  w->frame_s = median(room, n);
  lg_calcium_wave_measure(w, room);
done:
  lg_free(ctx, room);
  return status;
}

lg_status lg_calcium_wave_read(lg_ctx *ctx, const char *path, const calcium_case *c, double until_s,
                               calcium_wave **out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  calcium_wave *w = NULL;
  uint32_t *whose = NULL;
  columns k;
  *out = NULL;
  LG_TRY(lg_table_read(ctx, path, &table));
  LG_NEW(ctx, w, 1);
  LG_TRY(find_columns(ctx, table, c, &k, &w->signal));
  LG_NEW(ctx, whose, k.n + 1);
  LG_TRY(collect(ctx, w, &k, c, until_s, whose));
  LG_TRY(fill(ctx, w, &k, whose));
  LG_TRY(measure(ctx, w));
  *out = w;
  w = NULL;
done:
  lg_table_destroy(ctx, table);
  lg_calcium_wave_destroy(ctx, w);
  lg_free(ctx, whose);
  return status;
}
