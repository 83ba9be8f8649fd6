#include "twin/axon_population_file.h"

#include <math.h>

struct lg_axon_population_table {
  lg_outfile *spread, *each;
};

static const char *const outputs[AXON_OUTPUTS] = {"mt", "axl", "tau_pct", "nf_pct", "side_pct", "mt_broken_pct"};

lg_status lg_axon_population_table_open(lg_ctx *ctx, const char *path, const char *each_path, lg_provenance *provenance,
                                        lg_axon_population_table **out) {
  lg_status status = LG_OK;
  lg_axon_population_table *t = NULL;
  *out = NULL;
  LG_NEW(ctx, t, 1);
  LG_TRY(lg_outfile_open(ctx, path, &t->spread));
  if (provenance) lg_provenance_write_comments(provenance, lg_outfile_stream(t->spread));
  (void)fputs("name,output,n,mean,sd,q05,q25,q50,q75,q95,min,max,share_injured\n", lg_outfile_stream(t->spread));
  if (each_path) {
    LG_TRY(lg_outfile_open(ctx, each_path, &t->each));
    if (provenance) lg_provenance_write_comments(provenance, lg_outfile_stream(t->each));
    (void)fputs("name,seed,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct\n", lg_outfile_stream(t->each));
  }
  *out = t;
  t = NULL;
done:
  lg_axon_population_table_discard(ctx, t);
  return status;
}

static void add_spread(FILE *f, const char *name, size_t q, const axon_spread *s) {
  (void)fprintf(f, "%s,%s,%zu", name, outputs[q], s->n);
  lg_put_number(f, ",", s->mean);
  lg_put_number(f, ",", s->sd);
  for (size_t k = 0; k < AXON_QUANTILES; k++) lg_put_number(f, ",", s->quantile[k]);
  lg_put_number(f, ",", s->low);
  lg_put_number(f, ",", s->high);
  lg_put_number(f, ",", s->reached);
  (void)fputc('\n', f);
}

static void add_each(FILE *f, const char *name, const axon_outcome *outcomes, const lg_axon_population *population) {
  for (size_t k = 0; k < population->n; k++) {
    (void)fprintf(f, "%s,%llu", name, (unsigned long long)population->seeds[k]);
    for (size_t q = 0; q < AXON_OUTPUTS; q++) lg_put_number(f, ",", outcomes[k].out[q]);
    (void)fputc('\n', f);
  }
}

void lg_axon_population_table_add(lg_axon_population_table *table, const lg_axon_population *population,
                                  const axon_profiles *profiles, const axon_outcome *outcomes,
                                  const axon_spread *spreads) {
  for (size_t k = 0; k < profiles->n; k++) {
    for (size_t q = 0; q < AXON_OUTPUTS; q++)
      add_spread(lg_outfile_stream(table->spread), profiles->names[k], q, &spreads[k * AXON_OUTPUTS + q]);
    if (table->each)
      add_each(lg_outfile_stream(table->each), profiles->names[k], outcomes + k * population->n, population);
  }
}

lg_status lg_axon_population_table_commit(lg_ctx *ctx, lg_axon_population_table *t) {
  lg_status status = LG_OK;
  lg_outfile *spread = t->spread;
  if (t->each) {
    lg_outfile *each = t->each;
    t->each = NULL;
    LG_TRY(lg_outfile_commit(ctx, each));
  }
  t->spread = NULL;
  LG_TRY(lg_outfile_commit(ctx, spread));
done:
  lg_axon_population_table_discard(ctx, t);
  return status;
}

void lg_axon_population_table_discard(lg_ctx *ctx, lg_axon_population_table *t) {
  if (!t) return;
  lg_outfile_discard(ctx, t->spread);
  lg_outfile_discard(ctx, t->each);
  lg_free(ctx, t);
}
