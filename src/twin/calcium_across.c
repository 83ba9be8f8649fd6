/* A run resolved across the dendrite. */
#include "twin/calcium_across.h"

#include "data/json_writer.h"
#include "data/provenance.h"

#include <math.h>
#include <string.h>

/* A stepper around the stepper that copies the rings when a snapshot's time is reached. */
typedef struct taker {
  calcium_stepper inner;
  const calcium_axi *axi;
  const calcium_case *c;
  calcium_across *across;
} taker;

static const calcium_state *state_of(const void *own) {
  const taker *t = own;
  return t->inner.state(t->inner.own);
}

static void begin(void *own, double end_s, double dt_s) {
  const taker *t = own;
  t->inner.begin(t->inner.own, end_s, dt_s);
}

static bool ended(const void *own) {
  const taker *t = own;
  return t->inner.ended(t->inner.own);
}

static void totals(const void *own, double out[3]) {
  const taker *t = own;
  t->inner.totals(t->inner.own, out);
}

static calcium_derived derived(const void *own) {
  const taker *t = own;
  return t->inner.derived(t->inner.own);
}

static void take(const taker *t, double now) {
  calcium_across *a = t->across;
  const size_t m = a->rings->n_x * a->rings->cytosol.n, me = a->rings->n_x * a->rings->er.n;
  const calcium_axi_fields f = lg_calcium_axi_state(t->axi);
  a->t_s[a->n] = now;
  memcpy(a->c + a->n * m, f.c, m * sizeof(double));
  memcpy(a->b + a->n * m, f.b, m * sizeof(double));
  memcpy(a->e + a->n * me, f.e, me * sizeof(double));
  a->n++;
}

static lg_status step(lg_ctx *ctx, void *own) {
  const taker *t = own;
  const lg_status status = t->inner.step(ctx, t->inner.own);
  const double now = state_of(t)->t_s;
  while (status == LG_OK && t->across->n < t->c->n_snapshots && t->c->snapshots_s[t->across->n] <= now * (1.0 + 1e-12))
    take(t, now);
  return status;
}

lg_status lg_calcium_simulate_across(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                     const calcium_gate *gate, size_t n_rings, const calcium_options *options,
                                     calcium_result **out, calcium_across **across) {
  lg_status status = LG_OK;
  calcium_axi *axi = NULL;
  calcium_across *a = NULL;
  *out = NULL;
  *across = NULL;
  LG_NEW(ctx, a, 1);
  LG_TRY(lg_calcium_axi_grid_create(ctx, c, grid, n_rings, &a->rings));
  const size_t m = grid->n * a->rings->cytosol.n, me = grid->n * a->rings->er.n, n = c->n_snapshots + 1;
  if ((double)n * (double)m > 2e8) {
    status = lg_fail(ctx, LG_ERR_LIMIT, "%zu snapshots of %zu rings; at most 2e8 together", c->n_snapshots, m);
    goto done;
  }
  LG_NEW(ctx, a->t_s, n);
  LG_NEW(ctx, a->c, n * m);
  LG_NEW(ctx, a->b, n * m);
  LG_NEW(ctx, a->e, n * me);
  LG_TRY(lg_calcium_axi_create(ctx, c, a->rings, gate, &axi));
  taker own = {lg_calcium_axi_stepper(axi), axi, c, a};
  const calcium_stepper around = {&own, state_of, begin, ended, step, totals, derived, NULL};
  while (a->n < c->n_snapshots && c->snapshots_s[a->n] <= 0.0) take(&own, 0.0);
  LG_TRY(lg_calcium_simulate_with(ctx, c, grid, &around, NULL, options, out));
  *across = a;
  a = NULL;
done:
  lg_calcium_axi_destroy(ctx, axi);
  lg_calcium_across_destroy(ctx, a);
  return status;
}

void lg_calcium_across_destroy(lg_ctx *ctx, calcium_across *a) {
  if (!a) return;
  lg_calcium_axi_grid_destroy(ctx, a->rings);
  lg_free(ctx, a->t_s);
  lg_free(ctx, a->c);
  lg_free(ctx, a->b);
  lg_free(ctx, a->e);
  lg_free(ctx, a);
}

static void number(FILE *f, const char *before, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fprintf(f, "%s%s", before, text);
}

lg_status lg_calcium_across_write(lg_ctx *ctx, const char *folder, const calcium_across *a, lg_provenance *provenance) {
  char path[4096];
  lg_outfile *out = NULL;
  if ((size_t)snprintf(path, sizeof path, "%s/cross_sections.csv", folder) >= sizeof path)
    return lg_fail(ctx, LG_ERR_RANGE, "the folder's name is too long");
  lg_status status = lg_outfile_open(ctx, path, &out);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(out);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("t_s,x_um,rho_um,compartment,c_uM,b_uM\n", f);
  for (size_t s = 0; s < a->n; s++)
    for (size_t i = 0; i < a->rings->n_x; i++)
      for (size_t k = 0; k < a->rings->er.n + a->rings->cytosol.n; k++) {
        const bool er = k < a->rings->er.n;
        const calcium_rings *rings = er ? &a->rings->er : &a->rings->cytosol;
        const size_t at = i * rings->n + (er ? k : k - a->rings->er.n), all = a->rings->n_x * rings->n;
        number(f, "", a->t_s[s]);
        number(f, ",", a->rings->line->x_um[i]);
        number(f, ",", rings->rho_um[at]);
        (void)fputs(er ? ",er" : ",cytosol", f);
        number(f, ",", er ? a->e[s * all + at] : a->c[s * all + at]);
        number(f, ",", er ? 0.0 : a->b[s * all + at]);
        (void)fputc('\n', f);
      }
  return lg_outfile_commit(ctx, out);
}
