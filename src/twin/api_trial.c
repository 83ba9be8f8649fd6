/* Trials: the public interface. */
#include "num/ascending.h"
#include "twin/api.h"
#include "twin/dose.h"
#include "twin/trial_data.h"
#include "twin/trial_report_pictures.h"

#include <loligo/twin.h>
#include <stdlib.h>
#include <string.h>

/* What a trial is made of; it stays alive with the result, since arrays lie in it. */
typedef struct work {
  lg_subject *subject;
  lg_trial_opts opts;
  double *doses;
  lg_delta_net *learned;
  lg_trial *trial;
} work;

static void destroy_work(lg_ctx *ctx, void *object) {
  work *w = object;
  if (!w) return;
  lg_trial_destroy(ctx, w->trial);
  lg_subject_destroy(ctx, w->subject);
  lg_delta_net_destroy(ctx, w->learned);
  lg_free(ctx, w->doses);
  lg_free(ctx, w);
}

static lg_status read_options(lg_ctx *ctx, const lg_drug_table *table, const lg_trial_options *o, work *w) {
  lg_status status = LG_OK;
  size_t n = 0;
  lg_trial_opts *to = &w->opts;
  *to = (lg_trial_opts)LG_TRIAL_OPTS_INIT;
  if (o->n_drugs < 1 || o->n_drugs > LG_TRIAL_MAX_DRUGS)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu drugs; 1 … %d are given together", o->n_drugs, (int)LG_TRIAL_MAX_DRUGS));
  if (!o->doses) LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "which doses? as in 0.1:100uM:10log"));
  if (!(o->step_ms >= 50.0 && o->step_ms <= 1e5))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "step_ms is %g; 50 … 1e5 ms", o->step_ms));
  if (!(o->plateau_ms >= 500.0 && o->plateau_ms <= 3e5))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "plateau_ms is %g; 500 … 3e5 ms", o->plateau_ms));
  LG_TRY(lg_api_bath(ctx, o->bath, &to->bath));
  to->n_drugs = o->n_drugs;
  for (size_t k = 0; k < o->n_drugs; k++) {
    LG_TRY(lg_drug_find(ctx, table, o->drugs[k], &to->drug[k]));
    to->per_dose[k] = o->per_dose ? o->per_dose[k] : 1.0;
    if (!(to->per_dose[k] >= 0.0 && isfinite(to->per_dose[k])))
      LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "per_dose[%zu] is %g; 0 or more", k, to->per_dose[k]));
  }
  LG_TRY(lg_doses_parse(ctx, o->doses, to->drug[0], &w->doses, &n));
  qsort(w->doses, n, sizeof *w->doses, lg_ascending);
  for (size_t k = 0; k < n; k++)
    if (k == 0 || w->doses[k] != w->doses[k - 1]) w->doses[to->n_doses++] = w->doses[k];
  to->dose_uM = w->doses;
  to->assay.step_ms = o->step_ms;
  to->assay.plateau_ms = o->plateau_ms;
  if (o->quick) lg_assay_be_quick(&to->assay);
  to->epileptic = o->epileptic != 0;
  to->trace_factor = o->trace_factor;
done:
  return status;
}

static lg_status give_arrays(lg_ctx *ctx, const lg_trial *t, lg_result *r) {
  lg_status status = LG_OK;
  void *dose, *spikes, *area, *rheobase, *probability;
  const size_t n = t->n_points, rows[] = {n + 1, LG_ASSAY_LEVELS}, shares[] = {n, LG_VERDICTS};
  LG_TRY(lg_result_add(ctx, r, "dose_uM", LG_ARRAY_DOUBLE, 1, &n, &dose));
  LG_TRY(lg_result_lend_row(ctx, r, "i_pA", LG_ASSAY_LEVELS, t->plan.i_pA));
  LG_TRY(lg_result_add(ctx, r, "n_spikes", LG_ARRAY_UINT32, 2, rows, &spikes));
  LG_TRY(lg_result_add(ctx, r, "area_ratio", LG_ARRAY_DOUBLE, 1, &n, &area));
  LG_TRY(lg_result_add(ctx, r, "rheobase_ratio", LG_ARRAY_DOUBLE, 1, &n, &rheobase));
  LG_TRY(lg_result_add(ctx, r, "probability", LG_ARRAY_DOUBLE, 2, shares, &probability));
  memcpy(spikes, t->before.n_spikes, sizeof t->before.n_spikes);
  for (size_t k = 0; k < n; k++) {
    const lg_trial_point *p = &t->points[k];
    ((double *)dose)[k] = p->dose_uM;
    ((double *)area)[k] = p->ratios.area;
    ((double *)rheobase)[k] = p->ratios.rheobase;
    memcpy((uint32_t *)spikes + (k + 1) * LG_ASSAY_LEVELS, p->assay.n_spikes, sizeof p->assay.n_spikes);
    memcpy((double *)probability + k * LG_VERDICTS, p->bands.probability, sizeof p->bands.probability);
  }
  if (t->n_trace > 0 && t->trace_mV) {
    void *traces;
    LG_TRY(lg_result_add(ctx, r, "trace_mV", LG_ARRAY_DOUBLE, 2, (size_t[]){n + 1, t->n_trace}, &traces));
    memcpy(traces, t->trace_mV, t->n_trace * sizeof(double));
    for (size_t k = 0; k < n; k++)
      if (t->points[k].trace_mV)
        memcpy((double *)traces + (k + 1) * t->n_trace, t->points[k].trace_mV, t->n_trace * sizeof(double));
  }
done:
  return status;
}

/* The figures that there is something to show in, each a text "dose.svg", "fi.svg", "traces.svg". */
static lg_status give_figures(lg_ctx *ctx, const lg_trial_report_data *data, lg_result *r) {
  lg_status status = LG_OK;
  lg_trial_view *view = NULL;
  lg_picture pictures[LG_TRIAL_PICTURES];
  lg_result_writer writer = {0};
  char name[32];
  LG_TRY(lg_trial_view_create(ctx, data, &view));
  lg_trial_pictures(view, false, pictures);
  for (size_t k = 0; k < LG_TRIAL_PICTURES; k++) {
    if (!pictures[k].possible) continue;
    const lg_svg_opts svg = {.title = pictures[k].title, .id = pictures[k].name};
    LG_TRY(lg_result_text_begin(ctx, &writer));
    LG_TRY(lg_picture_in_page(ctx, &pictures[k], &svg, view, writer.stream));
    (void)snprintf(name, sizeof name, "%s.svg", pictures[k].name);
    LG_TRY(lg_result_text_end(ctx, r, name, &writer));
  }
done:
  lg_result_text_drop(&writer);
  lg_trial_view_destroy(ctx, view);
  return status;
}

static lg_status give_texts(lg_ctx *ctx, const work *w, lg_result *r) {
  lg_status status = LG_OK;
  lg_trial_data *data = NULL;
  lg_result_writer writer = {0};
  LG_TRY(lg_trial_data_create(ctx, w->subject, &w->opts, w->trial, NULL, &data));
  LG_TRY(lg_result_text_begin(ctx, &writer));
  LG_TRY(lg_trial_json(ctx, &data->data, writer.stream));
  LG_TRY(lg_result_text_end(ctx, r, "json", &writer));
  LG_TRY(give_figures(ctx, &data->data, r));
done:
  lg_result_text_drop(&writer);
  lg_trial_data_destroy(ctx, data);
  return status;
}

lg_status lg_trial_give(lg_ctx *ctx, const char *name, const char *subject, const lg_drug_table *table,
                        const lg_trial_options *options, lg_result **out) {
  lg_status status = LG_OK;
  lg_result *r = NULL;
  work *w = NULL;
  *out = NULL;
  LG_TRY(lg_api_size(ctx, "lg_trial_options", options->size, sizeof *options));
  LG_TRY(lg_result_create(ctx, &r));
  LG_NEW(ctx, w, 1);
  work *mine = w;
  w = NULL;
  LG_TRY(lg_result_keep(ctx, r, mine, destroy_work));
  LG_TRY(read_options(ctx, table, options, mine));
  LG_TRY(lg_subject_parse(ctx, name, subject, options->n_members, options->seed, &mine->subject));
  if (options->learned && strcmp(mine->subject->neuron.info->model, "izhikevich") == 0)
    LG_TRY(lg_delta_net_load(ctx, options->learned, &mine->learned));
  mine->opts.learned = mine->learned;
  LG_TRY(lg_trial_run(ctx, mine->subject, &mine->opts, &mine->trial));
  LG_TRY(give_arrays(ctx, mine->trial, r));
  LG_TRY(give_texts(ctx, mine, r));
  *out = r;
  r = NULL;
done:
  lg_free(ctx, w);
  lg_result_destroy(ctx, r);
  return status;
}

const char *lg_verdict_word(size_t verdict) {
  return verdict < LG_VERDICTS ? lg_verdict_name((lg_verdict)verdict) : NULL;
}
