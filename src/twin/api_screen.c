/* Screens in memory: the public interface. Sweeps that are kept on disk and resumed are the program's (app/sweep). */
#include "twin/api.h"
#include "twin/dose.h"
#include "twin/screening.h"

#include <loligo/twin.h>
#include <string.h>

typedef struct screen {
  lg_ctx *ctx; /* asked for cancelling only, while points are worked out */
  lg_individual *individuals;
  double *dose_uM;
  size_t n_doses;
  lg_screening_opts opts;
  lg_screening *screening;
  lg_screening_result *results;
  lg_ctx **workers; /* one for each thread: none of them shares messages or memory */
  size_t n_workers;
} screen;

static void clear(lg_ctx *ctx, screen *s) {
  for (size_t k = 0; k < s->n_workers; k++) lg_ctx_destroy(s->workers[k]);
  lg_free(ctx, (void *)s->workers);
  lg_free(ctx, s->results);
  lg_screening_destroy(ctx, s->screening);
  lg_free(ctx, s->individuals);
  lg_free(ctx, s->dose_uM);
}

/* The same for every compound, or multiples of each one's therapeutic concentration; NAN where that is not known. */
static lg_status read_doses(lg_ctx *ctx, const char *text, const lg_drug_table *library, screen *s) {
  lg_status status = LG_OK;
  double *doses = NULL;
  const bool multiples = strchr(text, 'x') != NULL;
  for (size_t c = 0; c < library->n; c++) {
    lg_drug drug = library->drugs[c];
    const bool unknown = multiples && isnan(lg_drug_therapeutic_uM(&drug));
    if (unknown) drug.free_low_uM = drug.free_high_uM = 1.0; /* how many there are is asked for, not which */
    lg_free(ctx, doses);
    doses = NULL;
    LG_TRY(lg_doses_parse(ctx, text, multiples ? &drug : NULL, &doses, &s->n_doses));
    if (c == 0) LG_NEW(ctx, s->dose_uM, library->n * s->n_doses);
    for (size_t d = 0; d < s->n_doses; d++) s->dose_uM[c * s->n_doses + d] = unknown ? (double)NAN : doses[d];
  }
done:
  lg_free(ctx, doses);
  return status;
}

static lg_status read_subjects(lg_ctx *ctx, const char *const *names, const char *const *subjects, size_t n, screen *s,
                               bool *any_izhikevich) {
  lg_status status = LG_OK;
  lg_subject *one = NULL;
  LG_NEW(ctx, s->individuals, n);
  for (size_t k = 0; k < n; k++) {
    LG_TRY(lg_subject_parse(ctx, names[k], subjects[k], 0, 0, &one));
    s->individuals[k].neuron = one->neuron;
    s->individuals[k].domain = one->domain;
    (void)snprintf(s->individuals[k].name, sizeof s->individuals[k].name, "%s", one->name);
    if (strcmp(one->neuron.info->model, "izhikevich") == 0) *any_izhikevich = true;
    lg_subject_destroy(ctx, one);
    one = NULL;
  }
done:
  lg_subject_destroy(ctx, one);
  return status;
}

/* A chunk is all doses of one compound on one individual. */
static lg_status work(void *user, size_t begin, size_t end, unsigned worker) {
  screen *s = user;
  for (size_t k = begin; k < end; k++) {
    if (lg_cancelled(s->ctx)) return LG_ERR_CANCELLED;
    const lg_status status =
        lg_screening_points(s->workers[worker], s->screening, k * s->n_doses, s->n_doses, s->results + k * s->n_doses);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status run(lg_ctx *ctx, screen *s) {
  lg_status status = LG_OK;
  const size_t n_pairs = s->opts.n_individuals * s->opts.table->n;
  LG_TRY(lg_screening_create(ctx, &s->opts, &s->screening));
  LG_NEW(ctx, s->results, n_pairs * s->n_doses);
  LG_NEW(ctx, s->workers, lg_ctx_threads(ctx));
  for (; s->n_workers < lg_ctx_threads(ctx); s->n_workers++) LG_TRY(lg_ctx_create(&s->workers[s->n_workers]));
  status = lg_parallel_for(ctx, n_pairs, 1, work, s);
  if (status == LG_ERR_CANCELLED) LG_TRY(lg_fail(ctx, status, "the screen was cancelled"));
  for (size_t k = 0; status != LG_OK && k < s->n_workers; k++)
    if (lg_ctx_message(s->workers[k])[0]) LG_TRY(lg_fail(ctx, status, "%s", lg_ctx_message(s->workers[k])));
done:
  return status;
}

static lg_status give_arrays(lg_ctx *ctx, const screen *s, lg_result *r) {
  lg_status status = LG_OK;
  const size_t shape[] = {s->opts.n_individuals, s->opts.table->n, s->n_doses, LG_ASSAY_LEVELS};
  const size_t before_shape[] = {shape[0], shape[3]};
  void *dose, *verdict, *area, *rheobase, *pA, *spikes, *before;
  LG_TRY(lg_result_add(ctx, r, "dose_uM", LG_ARRAY_DOUBLE, 2, shape + 1, &dose));
  LG_TRY(lg_result_add(ctx, r, "verdict", LG_ARRAY_INT32, 3, shape, &verdict));
  LG_TRY(lg_result_add(ctx, r, "area_ratio", LG_ARRAY_DOUBLE, 3, shape, &area));
  LG_TRY(lg_result_add(ctx, r, "rheobase_ratio", LG_ARRAY_DOUBLE, 3, shape, &rheobase));
  LG_TRY(lg_result_add(ctx, r, "rheobase_pA", LG_ARRAY_DOUBLE, 3, shape, &pA));
  LG_TRY(lg_result_add(ctx, r, "n_spikes", LG_ARRAY_UINT32, 4, shape, &spikes));
  LG_TRY(lg_result_add(ctx, r, "n_spikes_before", LG_ARRAY_UINT32, 2, before_shape, &before));
  memcpy(dose, s->dose_uM, shape[1] * shape[2] * sizeof(double));
  for (size_t k = 0; k < shape[0] * shape[1] * shape[2]; k++) {
    const lg_screening_result *one = &s->results[k];
    ((int32_t *)verdict)[k] = one->failed ? -1 : (int32_t)one->verdict;
    ((double *)area)[k] = one->failed ? (double)NAN : one->ratios.area;
    ((double *)rheobase)[k] = one->failed ? (double)NAN : one->ratios.rheobase;
    ((double *)pA)[k] = one->failed ? (double)NAN : one->assay.rheobase_pA;
    if (!one->failed) memcpy((uint32_t *)spikes + k * LG_ASSAY_LEVELS, one->assay.n_spikes, sizeof one->assay.n_spikes);
  }
  for (size_t k = 0; k < shape[0]; k++)
    memcpy((uint32_t *)before + k * LG_ASSAY_LEVELS, lg_screening_before(s->screening, k)->n_spikes,
           LG_ASSAY_LEVELS * sizeof(uint32_t));
done:
  return status;
}

static void write_failures(const screen *s, lg_json *w) {
  const size_t n = s->opts.n_individuals * s->opts.table->n * s->n_doses;
  lg_json_key(w, "failures");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    if (!s->results[k].failed) continue;
    lg_json_object(w);
    lg_json_key_integer(w, "subject", (int64_t)(k / (s->opts.table->n * s->n_doses)));
    lg_json_key_integer(w, "compound", (int64_t)(k / s->n_doses % s->opts.table->n));
    lg_json_key_integer(w, "dose", (int64_t)(k % s->n_doses));
    lg_json_key_text(w, "message", s->results[k].message);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static lg_status give_json(lg_ctx *ctx, const screen *s, lg_result *r) {
  lg_status status = LG_OK;
  lg_api_json j = {0};
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-screen-arrays/1"));
  lg_json_key(&j.w, "subjects");
  lg_json_array(&j.w);
  for (size_t k = 0; k < s->opts.n_individuals; k++) lg_json_text(&j.w, s->individuals[k].name);
  lg_json_end_array(&j.w);
  lg_json_key(&j.w, "compounds");
  lg_json_array(&j.w);
  for (size_t k = 0; k < s->opts.table->n; k++) lg_json_text(&j.w, s->opts.table->drugs[k].name);
  lg_json_end_array(&j.w);
  lg_json_key(&j.w, "verdicts");
  lg_json_array(&j.w);
  for (size_t k = 0; k < LG_VERDICTS; k++) lg_json_text(&j.w, lg_verdict_name((lg_verdict)k));
  lg_json_end_array(&j.w);
  lg_json_key_numbers(&j.w, "I_over_rheobase", lg_assay_factors, LG_ASSAY_LEVELS);
  write_failures(s, &j.w);
  LG_TRY(lg_api_json_end(ctx, &j, r));
done:
  lg_result_text_drop(&j.writer);
  return status;
}

lg_status lg_screen_run(lg_ctx *ctx, const char *const *names, const char *const *subjects, size_t n,
                        const lg_drug_table *library, const lg_screen_options *options, lg_result **out) {
  const lg_screen_options defaults = LG_SCREEN_OPTIONS_INIT, *o = options ? options : &defaults;
  lg_status status = LG_OK;
  screen s = {.ctx = ctx};
  lg_result *r = NULL;
  lg_delta_net *learned = NULL;
  bool any = false;
  *out = NULL;
  LG_TRY(lg_api_size(ctx, "lg_screen_options", o->size, sizeof *o));
  if (n == 0 || library->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu twins, %zu compounds", n, library->n));
  LG_TRY(read_subjects(ctx, names, subjects, n, &s, &any));
  LG_TRY(read_doses(ctx, o->doses ? o->doses : defaults.doses, library, &s));
  if (any && o->learned) LG_TRY(lg_delta_net_load(ctx, o->learned, &learned));
  s.opts = (lg_screening_opts){.protocol = o->one_step ? LG_SCREENING_STEP : LG_SCREENING_FI,
                               .n_individuals = n,
                               .individuals = s.individuals,
                               .table = library,
                               .n_doses = s.n_doses,
                               .dose_uM = s.dose_uM,
                               .epileptic = o->epileptic != 0,
                               .learned = learned};
  LG_TRY(lg_api_bath(ctx, o->bath, &s.opts.bath));
  LG_TRY(run(ctx, &s));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(give_arrays(ctx, &s, r));
  LG_TRY(give_json(ctx, &s, r));
  *out = r;
  r = NULL;
done:
  clear(ctx, &s);
  lg_delta_net_destroy(ctx, learned);
  lg_result_destroy(ctx, r);
  return status;
}
