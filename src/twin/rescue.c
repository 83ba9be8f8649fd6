#include "twin/rescue.h"

#include "base/elementary.h"
#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

void lg_rescue_destroy(lg_ctx *ctx, lg_rescue *r) {
  if (!r) return;
  lg_free(ctx, r->rows);
  lg_free(ctx, r);
}

static double distance(const lg_rescue_row *row) {
  return row->area_to_healthy > 0.0 ? fabs(lg_ln(row->area_to_healthy)) : (double)INFINITY;
}

static int nearest_first(const void *a, const void *b) {
  const lg_rescue_row *x = a, *y = b;
  const double dx = distance(x), dy = distance(y);
  return dx != dy ? (dx > dy) - (dx < dy) : strcmp(x->drug->name, y->drug->name);
}

/* [0] healthy, [1] ill, [2 …] ill and treated. */
static lg_status prepare(lg_ctx *ctx, const lg_subject *s, const lg_drug_table *table, const lg_drug_bath *bath,
                         lg_neuron *neurons, lg_rescue *r) {
  lg_status status = LG_OK;
  lg_neuron ill;
  LG_TRY(lg_make_epileptic(ctx, &s->neuron, &ill));
  LG_TRY(lg_drug_apply(ctx, &s->neuron, NULL, 0, bath, &neurons[0], NULL));
  LG_TRY(lg_drug_apply(ctx, &ill, NULL, 0, bath, &neurons[1], NULL));
  for (size_t k = 0; k < table->n; k++) {
    const lg_drug *drug = &table->drugs[k];
    const lg_dose dose = {drug, drug->free_high_uM};
    if (!(dose.free_uM > 0.0)) {
      r->n_unknown++;
      continue;
    }
    lg_neuron *to = &neurons[2 + r->n];
    LG_TRY(lg_drug_apply(ctx, &ill, &dose, 1, bath, to, NULL));
    r->rows[r->n++] = (lg_rescue_row){.drug = drug, .dose_uM = dose.free_uM, .acts = !lg_same_neuron(to, &neurons[1])};
  }
done:
  return status;
}

lg_status lg_rescue_run(lg_ctx *ctx, const lg_subject *s, const lg_drug_table *table, const lg_drug_bath *bath,
                        const lg_assay_opts *opts, lg_rescue **out) {
  lg_status status = LG_OK;
  lg_rescue *r = NULL;
  lg_neuron *neurons = NULL;
  lg_assay *found = NULL;
  lg_assay_plan plan;
  lg_assay_opts o = *opts;
  *out = NULL;
  o.what = LG_ASSAY_FI | LG_ASSAY_RHEOBASE;
  o.dt_ms = lg_assay_dt(o.dt_ms, lg_rate_scale(&s->neuron));
  LG_NEW(ctx, r, 1);
  LG_NEW(ctx, r->rows, table->n > 0 ? table->n : 1);
  LG_NEW(ctx, neurons, table->n + 2);
  LG_NEW(ctx, found, table->n + 2);
  LG_TRY(prepare(ctx, s, table, bath, neurons, r));
  LG_TRY(lg_assay_plan_make(ctx, &s->neuron, &o, &plan));
  LG_TRY(lg_assay_run(ctx, neurons, r->n + 2, &plan, true, found));
  if (!(found[0].area > 0.0))
    LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the healthy neuron does not fire in this bath: nothing to come back to"));
  r->ill_to_healthy = found[1].area / found[0].area;
  const bool ill = r->ill_to_healthy < 0.8 || r->ill_to_healthy > 1.2;
  for (size_t k = 0; k < r->n; k++) {
    lg_rescue_row *row = &r->rows[k];
    row->area_to_healthy = found[k + 2].area / found[0].area;
    row->verdict = lg_assay_judge(&plan, &found[1], &found[k + 2], NULL);
    row->rescues = ill && row->acts && row->area_to_healthy >= 0.8 && row->area_to_healthy <= 1.2;
  }
  qsort(r->rows, r->n, sizeof r->rows[0], nearest_first);
  *out = r;
  r = NULL;
done:
  lg_rescue_destroy(ctx, r);
  lg_free(ctx, neurons);
  lg_free(ctx, found);
  return status;
}
