/* Rows 2 and 3: the printed regression, bounded least squares beside SciPy's. */
#include "twin/culture_validate_internal.h"

#include "culture/methods.h"

#include <loligo/lsq.h>
#include <math.h>
#include <string.h>

/* ---- the printed regression ---------------------------------------------------------------------------------- */

/* A graph of a few cells with raw weights: the normalised ones times `scale`. */
typedef struct tiny {
  lg_culture_graph *g;
  double *y, scale;
  size_t n_times;
} tiny;

static void clear_tiny(lg_ctx *ctx, tiny *t) {
  lg_culture_graph_destroy(ctx, t->g);
  lg_free(ctx, t->y);
}

static lg_status read_tiny(const culture_check *c, const lg_json_at *at, tiny *t) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  double *edges = NULL, *inner = NULL, u = 0.0, l = 0.0;
  size_t n, n_inner;
  LG_NEW(ctx, t->g, 1);
  LG_TRY(lg_culture_check_numbers(c, at, "edges_i_j_u_l", &edges, &n));
  LG_TRY(lg_culture_check_numbers(c, at, "interior", &inner, &n_inner));
  const size_t n_edges = t->g->n_edges = n / 4;
  LG_NEW(ctx, t->g->edges, n_edges);
  for (size_t e = 0; e < n_edges; e++) {
    const double *r = edges + 4 * e;
    t->g->edges[e] = (culture_edge){(uint32_t)r[0], (uint32_t)r[1], r[2], r[3]};
    u += r[2] / (double)n_edges, l += r[3] / (double)n_edges;
  }
  t->scale = u * l;
  lg_json_at list;
  LG_TRY(lg_json_get_array(ctx, at, "Y", &list, &t->n_times));
  LG_TRY(lg_culture_check_numbers(c, at, "Y", &t->y, &n));
  t->g->n = t->n_times ? n / t->n_times : 0;
  LG_NEW(ctx, t->g->id, t->g->n);
  LG_NEW(ctx, t->g->area_px, t->g->n);
  LG_NEW(ctx, t->g->is_border, t->g->n);
  for (size_t k = 0; k < t->g->n; k++) t->g->id[k] = (uint32_t)k + 1, t->g->area_px[k] = 1.0, t->g->is_border[k] = true;
  for (size_t q = 0; q < n_inner; q++)
    if (inner[q] >= 0.0 && inner[q] < (double)t->g->n) t->g->is_border[(size_t)inner[q]] = false;
done:
  lg_free(ctx, edges);
  lg_free(ctx, inner);
  return status;
}

static lg_status compare(const culture_check *c, const lg_json_at *at, const char *key, const double *mine, size_t n,
                         double *apart) {
  double *x = NULL;
  size_t m;
  const lg_status status = lg_culture_check_numbers(c, at, key, &x, &m);
  if (status != LG_OK) return status;
  if (m != n) *apart = (double)INFINITY;
  for (size_t k = 0; k < m && k < n; k++) *apart = fmax(*apart, fabs(x[k] - mine[k]) / (1.0 + fabs(x[k])));
  lg_free(c->ctx, x);
  return LG_OK;
}

/* The room asks for eight frames; what follows the few of the file repeats the last and is not compared. */
static lg_status judge_rows(const culture_check *c, const lg_json_at *at, double apart[2]) {
  static const char *const keys[3] = {"case1_first_interior", "case2", "case3"};
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  tiny t = {0};
  lg_culture_coupling *coupling = NULL;
  lg_culture_data *d = NULL;
  double dt, gamma, *y = NULL, *a = NULL, *b = NULL;
  LG_TRY(read_tiny(c, at, &t));
  const size_t times = t.n_times, padded = times < 8 ? 8 : times;
  LG_NEW(ctx, y, padded * t.g->n);
  for (size_t k = 0; k < padded; k++)
    memcpy(y + k * t.g->n, t.y + (k < times ? k : times - 1) * t.g->n, t.g->n * sizeof *y);
  LG_TRY(lg_json_get_number(ctx, at, "dt", NULL, &dt));
  LG_TRY(lg_json_get_number(ctx, at, "gamma_known_case1", NULL, &gamma));
  LG_TRY(lg_culture_coupling_create(ctx, t.g, CULTURE_UL_DEGREE, &coupling));
  LG_TRY(lg_culture_data_create(ctx, t.g, coupling, y, padded, &d));
  lg_culture_data few = *d;
  few.n_times = times;
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t k = 0; k < times; k++) {
      d->x[g * times + k] = d->x[g * padded + k];
      d->z[g * times + k] = t.scale * d->z[g * padded + k];
    }
  const size_t rows = times - 1, n = d->n_inner, wide[3] = {1, 2, n + 1}, tall[3] = {rows, n * rows, n * rows};
  LG_NEW(ctx, a, n * rows * (n + 1));
  LG_NEW(ctx, b, n * rows);
  for (unsigned k = 0; k < 3; k++) {
    char key[64];
    lg_culture_euler_rows(&few, k + 1, dt, k == 0 ? gamma : 0.0, a, b);
    (void)snprintf(key, sizeof key, "%s.A", keys[k]);
    LG_TRY(compare(c, at, key, a, tall[k] * wide[k], &apart[0]));
    (void)snprintf(key, sizeof key, "%s.b", keys[k]);
    LG_TRY(compare(c, at, key, b, tall[k], &apart[1]));
  }
done:
  lg_free(ctx, y);
  lg_free(ctx, a);
  lg_free(ctx, b);
  lg_culture_data_destroy(ctx, d);
  lg_culture_coupling_destroy(ctx, coupling);
  clear_tiny(ctx, &t);
  return status;
}

lg_status lg_culture_validate_regression(const culture_check *c) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_json_at all;
  size_t n;
  double apart[2] = {0.0, 0.0};
  LG_TRY(lg_culture_check_json(c, "regression", &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_array(c->ctx, &root, "", &all, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&all, k);
    LG_TRY(judge_rows(c, &at, apart));
  }
  lg_culture_check_most(c, CULTURE_ROW_REGRESSION, "matrices: greatest relative deviation", apart[0], "", 1e-12);
  lg_culture_check_most(c, CULTURE_ROW_REGRESSION, "right sides: greatest relative deviation", apart[1], "", 1e-12);
  lg_culture_check_note(c, CULTURE_ROW_REGRESSION, "graphs", (double)n, "");
done:
  lg_json_doc_destroy(c->ctx, doc);
  return status;
}

/* ---- bounded least squares ------------------------------------------------------------------------------------ */

typedef struct lsq_score {
  size_t costly, outside;
  double apart;
  unsigned most;
} lsq_score;

static lg_status judge_case(const culture_check *c, const lg_json_at *at, lsq_score *s) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  double *a = NULL, *b = NULL, *low = NULL, *high = NULL, *x_ref = NULL, *x = NULL, cost;
  size_t cells, m, n, n_low, n_high;
  bool unique;
  lg_lsq_result r;
  LG_TRY(lg_json_get_numbers(ctx, at, "A", NULL, &a, &cells));
  LG_TRY(lg_json_get_numbers(ctx, at, "b", NULL, &b, &m));
  LG_TRY(lg_json_get_numbers(ctx, at, "lb", NULL, &low, &n_low));
  LG_TRY(lg_json_get_numbers(ctx, at, "ub", NULL, &high, &n_high));
  LG_TRY(lg_json_get_numbers(ctx, at, "x_ref", NULL, &x_ref, &n));
  LG_TRY(lg_json_get_number(ctx, at, "cost_ref", NULL, &cost));
  LG_TRY(lg_json_get_boolean(ctx, at, "unique", &unique));
  if (cells != m * n || n_low != n || n_high != n)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "a case of %zu numbers for %zu x %zu", cells, m, n));
  for (size_t j = 0; j < n; j++) {
    if (isnan(low[j])) low[j] = -(double)INFINITY;
    if (isnan(high[j])) high[j] = (double)INFINITY;
  }
  LG_NEW(ctx, x, n);
  LG_TRY(lg_lsq_bounded(ctx, m, n, a, b, low, high, NULL, x, NULL, &r));
  s->costly += !(r.cost <= cost * (1.0 + 1e-9) + 1e-14);
  for (size_t j = 0; j < n; j++) {
    s->outside += !(x[j] >= low[j] && x[j] <= high[j]);
    if (unique) s->apart = fmax(s->apart, fabs(x[j] - x_ref[j]) / (1.0 + fabs(x_ref[j])));
  }
  if (r.iterations + r.iterations_active > s->most) s->most = r.iterations + r.iterations_active;
done:
  lg_free(ctx, a);
  lg_free(ctx, b);
  lg_free(ctx, low);
  lg_free(ctx, high);
  lg_free(ctx, x_ref);
  lg_free(ctx, x);
  return status;
}

lg_status lg_culture_validate_lsq(const culture_check *c) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_json_at cases;
  size_t n;
  lsq_score s = {0};
  LG_TRY(lg_culture_check_json(c, "lsq", &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_array(c->ctx, &root, "cases", &cases, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&cases, k);
    LG_TRY(judge_case(c, &at, &s));
  }
  const int row = CULTURE_ROW_LSQ;
  lg_culture_check_most(c, row, "costs above the reference's (1 + 1e-9) + 1e-14", (double)s.costly, "", 0.0);
  lg_culture_check_most(c, row, "unknowns outside their bounds", (double)s.outside, "", 0.0);
  lg_culture_check_most(c, row, "unknowns beside the reference's, where unique", s.apart, "", 1e-6);
  lg_culture_check_most(c, row, "most iterations", s.most, "", 500.0);
  lg_culture_check_note(c, row, "cases", (double)n, "");
done:
  lg_json_doc_destroy(c->ctx, doc);
  return status;
}
