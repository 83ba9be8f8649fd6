#include "twin/axon_threshold_file.h"

#include <math.h>

static const char *const outputs[AXON_JUDGED] = {"mt", "axl", "tau_pct", "nf_pct"};

lg_status lg_axon_thresholds_write(lg_ctx *ctx, const char *path, const lg_axon_population *population,
                                   const axon_threshold *thresholds, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("seed", f);
  for (size_t q = 0; q < AXON_JUDGED; q++) {
    const char *name = outputs[q];
    (void)fprintf(f, ",%s_separates,%s_uninjured_max,%s_injured_min,%s_margin_pct,%s_threshold", name, name, name, name,
                  name);
  }
  (void)fputc('\n', f);
  for (size_t k = 0; k < population->n; k++) {
    (void)fprintf(f, "%llu", (unsigned long long)population->seeds[k]);
    for (size_t q = 0; q < AXON_JUDGED; q++) {
      const axon_split *s = &thresholds[k].split[q];
      (void)fprintf(f, ",%s", thresholds[k].failed ? "nan" : s->separates ? "1" : "0");
      lg_put_number(f, ",", s->low);
      lg_put_number(f, ",", s->high);
      lg_put_number(f, ",", 100.0 * s->margin);
      lg_put_number(f, ",", s->threshold);
    }
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
}

lg_status lg_axon_grid_write(lg_ctx *ctx, const char *path, const lg_axon_population *population,
                             const axon_outcome *grid, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("seed,eps,rate_per_s,injured,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct\n", f);
  for (size_t k = 0; k < population->n * AXON_GRID; k++) {
    const axon_grid_point *g = &lg_axon_grid[k % AXON_GRID];
    (void)fprintf(f, "%llu", (unsigned long long)population->seeds[k / AXON_GRID]);
    lg_put_number(f, ",", g->strain);
    lg_put_number(f, ",", g->rate_per_s);
    (void)fprintf(f, ",%d", g->injured);
    for (size_t q = 0; q < AXON_OUTPUTS; q++) lg_put_number(f, ",", grid[k].out[q]);
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
}
