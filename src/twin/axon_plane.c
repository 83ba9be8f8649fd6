/* Outputs of axons over a plane of strain and rate: simulated, gathered over axons, written. */
#include "base/elementary.h"
#include "data/json_writer.h"
#include "num/ascending.h"
#include "twin/axon_report.h"

#include <math.h>
#include <stdlib.h>

enum { P = AXON_RAMP_OUTPUTS };

void lg_axon_plane_destroy(lg_ctx *ctx, axon_plane *g) {
  if (!g) return;
  lg_free(ctx, g->strain);
  lg_free(ctx, g->rate_per_s);
  lg_free(ctx, g->median);
  lg_free(ctx, g->low);
  lg_free(ctx, g->high);
  lg_free(ctx, g);
}

/* Of the axons that did not fail. */
static void gather(axon_plane *g, const double *all, double *scratch) {
  for (size_t k = 0; k < g->n_rates * g->n_strains; k++)
    for (size_t q = 0; q < P; q++) {
      size_t n = 0;
      for (size_t a = 0; a < g->n_axons; a++) {
        const double x = all[(k * g->n_axons + a) * P + q];
        if (isfinite(x)) scratch[n++] = x;
      }
      qsort(scratch, n, sizeof *scratch, lg_ascending);
      g->median[k * P + q] = n > 0 ? lg_quantile(scratch, n, 0.5) : (double)NAN;
      if (g->low) g->low[k * P + q] = n > 0 ? lg_quantile(scratch, n, 0.05) : (double)NAN;
      if (g->high) g->high[k * P + q] = n > 0 ? lg_quantile(scratch, n, 0.95) : (double)NAN;
    }
}

static void spread_evenly(double low, double high, size_t n, bool by_logarithm, double *out) {
  for (size_t k = 0; k < n; k++) {
    const double part = n > 1 ? (double)k / (double)(n - 1) : 0.0;
    out[k] = by_logarithm ? low * lg_exp(part * lg_ln(high / low)) : low + part * (high - low);
  }
  out[n - 1] = n > 1 ? high : low;
}

lg_status lg_axon_plane_create(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons, const double strain[2],
                               size_t n_strains, const double rate_per_s[2], size_t n_rates, axon_plane **out) {
  lg_status status = LG_OK;
  axon_plane *g = NULL;
  double *all = NULL, *scratch = NULL;
  size_t points, values;
  *out = NULL;
  if (n_strains < 1 || n_rates < 1 || n_axons < 1 || !lg_mul_size(n_strains, n_rates, &points) ||
      !lg_mul_size(points, n_axons, &values) || values > (size_t)1 << 28)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu strains, %zu rates, %zu axons: 1 to %zu figures in all", n_strains, n_rates,
                   n_axons, (size_t)1 << 28);
  LG_NEW(ctx, g, 1);
  g->n_strains = n_strains, g->n_rates = n_rates, g->n_axons = n_axons;
  LG_NEW(ctx, g->strain, n_strains);
  LG_NEW(ctx, g->rate_per_s, n_rates);
  LG_NEW(ctx, g->median, points * P);
  if (n_axons > 1) {
    LG_NEW(ctx, g->low, points * P);
    LG_NEW(ctx, g->high, points * P);
  }
  LG_NEW(ctx, all, values * P);
  LG_NEW(ctx, scratch, n_axons);
  spread_evenly(strain[0], strain[1], n_strains, false, g->strain);
  spread_evenly(rate_per_s[0], rate_per_s[1], n_rates, true, g->rate_per_s);
  LG_TRY(lg_axon_ramps(ctx, axons, n_axons, g->strain, n_strains, g->rate_per_s, n_rates, all, &g->n_failed));
  gather(g, all, scratch);
  const axon_params male = lg_axon_params_male();
  g->is_default = true;
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *name = &lg_axon_param_names[k];
    if (name->offset == offsetof(axon_params, seed) && n_axons > 1) continue;
    g->is_default = g->is_default && lg_axon_param_get(&male, name) == lg_axon_param_get(&axons[0]->params, name);
  }
  *out = g;
  g = NULL;
done:
  lg_free(ctx, all);
  lg_free(ctx, scratch);
  lg_axon_plane_destroy(ctx, g);
  return status;
}

static void put(FILE *f, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fprintf(f, ",%s", isnan(x) ? "nan" : text);
}

lg_status lg_axon_plane_write(lg_ctx *ctx, const char *path, const axon_plane *g, lg_provenance *provenance) {
  static const char *const names[P] = {"mt", "axl", "tau_pct", "nf_pct"};
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("strain,rate_per_s", f);
  for (size_t q = 0; q < P; q++) {
    (void)fprintf(f, ",%s", names[q]);
    if (g->low) (void)fprintf(f, ",%s_q05,%s_q95", names[q], names[q]);
  }
  for (size_t r = 0; r < g->n_rates; r++)
    for (size_t s = 0; s < g->n_strains; s++) {
      const size_t at = (r * g->n_strains + s) * P;
      char text[32];
      lg_format_double(g->strain[s], text);
      (void)fprintf(f, "\n%s", text);
      put(f, g->rate_per_s[r]);
      for (size_t q = 0; q < P; q++) {
        put(f, g->median[at + q]);
        if (g->low) put(f, g->low[at + q]);
        if (g->low) put(f, g->high[at + q]);
      }
    }
  (void)fputc('\n', f);
  return lg_outfile_commit(ctx, file);
}
