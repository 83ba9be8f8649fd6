#include "twin/screen_report_view.h"

#include "base/elementary.h"
#include "twin/report_keep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lg_status check(lg_ctx *ctx, const lg_screen_report_data *d) {
  size_t n;
  if (d->n_compounds == 0 || d->n_doses == 0 || !d->compounds || !d->dose_uM || !d->cells)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "screen report: %zu compounds and %zu doses; at least one of each expected",
                   d->n_compounds, d->n_doses);
  if ((d->n_failures && !d->failures) || (d->n_notes && !d->notes) || (d->n_reasons && !d->reasons))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "screen report: a list has a length but is NULL");
  if (!lg_mul_size(d->n_compounds, d->n_doses, &n)) return lg_fail(ctx, LG_ERR_LIMIT, "screen report: too many points");
  for (size_t k = 0; k < d->n_compounds; k++)
    if (!d->compounds[k].name) return lg_fail(ctx, LG_ERR_ARGUMENT, "screen report: compound %zu has no name", k);
  for (size_t j = 0; j < d->n_doses; j++)
    if (!(d->dose_uM[j] > 0.0) || !isfinite(d->dose_uM[j]) || (j > 0 && d->dose_uM[j] <= d->dose_uM[j - 1]))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "screen report: dose %zu is %g uM; ascending doses above 0 expected", j,
                     d->dose_uM[j]);
  for (size_t k = 0; k < n; k++)
    if (d->cells[k].verdict >= LG_VERDICTS)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "screen report: verdict %d is none", d->cells[k].verdict);
  return LG_OK;
}

/* Four decimals: what screen.json keeps; results.csv has every digit. */
static double rounded(double x) { return fabs(x) < 1e9 ? floor(x * 1e4 + 0.5) / 1e4 : (double)NAN; }

static lg_status copy_cells(lg_ctx *ctx, lg_screen_view *v) {
  lg_status status = LG_OK;
  const size_t n = v->data.n_compounds * v->data.n_doses;
  LG_NEW(ctx, v->cells, n);
  for (size_t k = 0; k < n; k++) {
    lg_screen_cell *c = &v->cells[k];
    *c = v->data.cells[k];
    if (c->verdict < 0) c->verdict = -1;
    c->area_ratio = rounded(c->area_ratio);
    c->area_lo = rounded(c->area_lo);
    c->area_hi = rounded(c->area_hi);
    c->rheobase_ratio = rounded(c->rheobase_ratio);
    c->affected = rounded(c->affected);
    for (int j = 0; j < LG_VERDICTS; j++) c->share[j] = rounded(c->share[j]);
  }
  v->data.cells = v->cells;
done:
  return status;
}

const lg_screen_cell *lg_screen_at(const lg_screen_view *v, size_t compound, size_t dose) {
  return &v->cells[compound * v->data.n_doses + dose];
}

bool lg_screen_restores(const lg_screen_view *v, const lg_screen_cell *c) {
  const double healthy = v->data.healthy_area_ratio;
  /* a neuron that is silenced or blocked may pass through the healthy area, and is not healthy */
  if (c->verdict < 0 || c->verdict == LG_VERDICT_SILENCED || c->verdict == LG_VERDICT_BLOCK) return false;
  return healthy > 0.0 && fabs(c->area_ratio / healthy - 1.0) <= 0.2;
}

/* ---- ranking --------------------------------------------------------------------------------------- */

static double change(const lg_screen_cell *c) {
  double a = c->area_ratio;
  if (!(a > 0.01)) a = 0.01;
  if (a > 100.0) a = 100.0;
  return fabs(lg_ln(a));
}

static lg_screen_rank rank_of(const lg_screen_view *v, size_t compound) {
  const size_t n = v->data.n_doses;
  lg_screen_rank r = {.compound = compound, .first = n, .strongest = n, .verdict = -1, .restored = n};
  for (size_t j = 0; j < n; j++) {
    const lg_screen_cell *c = lg_screen_at(v, compound, j);
    if (c->verdict < 0) continue;
    if (r.verdict < 0) r.verdict = LG_VERDICT_UNCHANGED;
    if (r.restored == n && lg_screen_restores(v, c)) r.restored = j;
    if (c->verdict == LG_VERDICT_UNCHANGED) continue;
    if (r.first == n) r.first = j;
    if (r.strongest == n || change(c) > r.strength) {
      r.strongest = j;
      r.strength = change(c);
      r.verdict = c->verdict;
    }
  }
  return r;
}

/* Those that heal first, then by the lowest dose that changes something, then by how much, then as in the library;
 * those of which nothing is known last. */
static int better(const void *a, const void *b) {
  const lg_screen_rank *x = a, *y = b;
  if ((x->verdict < 0) != (y->verdict < 0)) return x->verdict < 0 ? 1 : -1;
  if (x->restored != y->restored) return x->restored < y->restored ? -1 : 1;
  if (x->first != y->first) return x->first < y->first ? -1 : 1;
  if (x->strength != y->strength) return x->strength > y->strength ? -1 : 1;
  return x->compound < y->compound ? -1 : 1;
}

static lg_status rank_all(lg_ctx *ctx, lg_screen_view *v) {
  lg_status status = LG_OK;
  const size_t n = v->data.n_compounds, doses = v->data.n_doses;
  LG_NEW(ctx, v->ranks, n);
  LG_NEW(ctx, v->by_verdict, doses * (LG_VERDICTS + 1));
  for (size_t k = 0; k < n; k++) {
    v->ranks[k] = rank_of(v, k);
    v->n_hits += v->ranks[k].first < doses;
    v->n_restored += v->ranks[k].restored < doses;
    v->hits_by_verdict[v->ranks[k].verdict < 0 ? LG_VERDICTS : v->ranks[k].verdict]++;
    for (size_t j = 0; j < doses; j++) {
      const int verdict = lg_screen_at(v, k, j)->verdict;
      const size_t column = verdict < 0 ? LG_VERDICTS : (size_t)verdict;
      v->by_verdict[j * (LG_VERDICTS + 1) + column]++;
      v->used[column] = true;
    }
  }
  qsort(v->ranks, n, sizeof *v->ranks, better);
done:
  return status;
}

static lg_report_flag flag_of(const lg_screen_report_data *d) {
  const char *domain = d->domain ? d->domain : "red";
  if (strcmp(domain, "green") == 0) return LG_FLAG_GREEN;
  return strcmp(domain, "amber") == 0 ? LG_FLAG_AMBER : LG_FLAG_RED;
}

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

static lg_status name_it(lg_ctx *ctx, lg_screen_view *v) {
  char text[512];
  const lg_screen_report_data *d = &v->data;
  if (d->title && d->title[0]) (void)snprintf(text, sizeof text, "%s", d->title);
  else
    (void)snprintf(text, sizeof text, "%s on %s", d->library ? last_part(d->library) : "Compounds",
                   d->twins ? last_part(d->twins) : "a twin");
  v->title = lg_strdup(ctx, text);
  return v->title ? LG_OK : LG_ERR_MEMORY;
}

lg_status lg_screen_view_create(lg_ctx *ctx, const lg_screen_report_data *data, lg_screen_view **out) {
  lg_status status = LG_OK;
  lg_screen_view *v = NULL;
  *out = NULL;
  LG_TRY(check(ctx, data));
  LG_NEW(ctx, v, 1);
  v->data = *data;
  LG_TRY(lg_report_lay_out(ctx, data->provenance_json, &v->provenance));
  v->data.provenance_json = v->provenance;
  v->flag = flag_of(data);
  v->many = data->n_individuals > 1;
  LG_TRY(copy_cells(ctx, v));
  LG_TRY(rank_all(ctx, v));
  LG_TRY(name_it(ctx, v));
  *out = v;
  v = NULL;
done:
  lg_screen_view_destroy(ctx, v);
  return status;
}

void lg_screen_view_destroy(lg_ctx *ctx, lg_screen_view *v) {
  if (!v) return;
  lg_free(ctx, v->cells);
  lg_free(ctx, v->ranks);
  lg_free(ctx, v->by_verdict);
  lg_free(ctx, v->title);
  free(v->provenance); /* jansson's */
  lg_free(ctx, v);
}
