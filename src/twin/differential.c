#include "twin/differential.h"

#include "base/elementary.h"
#include "io/json_read.h"
#include "neuron/learn_tm_pair.h"
#include "neuron/prior_izhikevich.h"
#include "twin/clone.h"
#include "twin/clone_judge.h"
#include "twin/clone_screen.h"

#include <string.h>

/* Samples of a side that are fitted at most: ten seconds at 20 kHz. */
#define MAX_SAMPLES ((size_t)200000)
/* What stands behind a twin for BIC: its file does not tell; a second of recording. */
#define TWIN_SAMPLES 20000.0

/* ---- telling ------------------------------------------------------------------------------------ */

static void judge(lg_difference *d) {
  const double worst = fmax(d->chi2_before, d->chi2_after);
  d->accepted = d->chi2_before >= 0.8 && d->chi2_after >= 0.8 && worst <= 1.25;
  d->domain = d->accepted ? LG_DOMAIN_GREEN : worst < 4.0 ? LG_DOMAIN_AMBER : LG_DOMAIN_RED;
  if (d->accepted) return;
  (void)snprintf(d->reason, sizeof d->reason,
                 "the %s model leaves chi2 %.3g (before) and %.3g (after) per sample, 1 expected: the change is the "
                 "model's best account, and its probability is conditional on the model",
                 d->model, d->chi2_before, d->chi2_after);
}

static void fill(lg_difference *d, const lg_delta_candidate *candidates, size_t m, const lg_delta_answer *a) {
  size_t best = 0;
  d->n = m;
  d->none = a->none;
  d->subset_probability = a->weight;
  for (size_t c = 0; c < m; c++) {
    lg_difference_row *r = &d->rows[c];
    (void)snprintf(r->name, sizeof r->name, "%s", candidates[c].name);
    (void)snprintf(r->unit, sizeof r->unit, "%s", candidates[c].unit);
    r->scale = candidates[c].scale;
    r->probability = a->probability[c];
    r->changed = (a->subset >> c & 1u) != 0;
    r->before = r->after = (double)NAN;
    if (a->probability[c] > a->probability[best]) best = c;
    const double low = a->delta[c] - 1.96 * a->sd[c], high = a->delta[c] + 1.96 * a->sd[c];
    if (!r->changed) continue;
    r->change = r->scale ? lg_expm1(a->delta[c]) : a->delta[c];
    r->low95 = r->scale ? lg_expm1(low) : low;
    r->high95 = r->scale ? lg_expm1(high) : high;
  }
  const bool none = a->none > a->probability[best];
  (void)snprintf(d->target, sizeof d->target, "%s", none ? "none" : d->rows[best].name);
  d->probability = none ? a->none : a->probability[best];
}

/* ---- jointly ------------------------------------------------------------------------------------- */

/* The fitted pieces of a recording; of many sweeps a few spread evenly over them. */
typedef struct pieces {
  size_t n, samples;
  lg_tm_sweep *sweeps;
  lg_fit_trace *traces;
} pieces;

static void pieces_free(lg_ctx *ctx, pieces *p) {
  lg_free(ctx, p->sweeps);
  lg_free(ctx, p->traces);
}

static lg_status check(lg_ctx *ctx, const lg_recording *rec) {
  if (rec->n_sweeps == 0) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no sweep with a membrane potential");
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!s->i_pA)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "sweep %d has no current; the change is judged by what current drove",
                     s->number);
    if (s->dt_ms > 0.2500001)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "sampled at %.3g kHz; spikes need at least 4 kHz", 1.0 / s->dt_ms);
    if ((double)s->n * s->dt_ms < 10.0)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "sweep %d lasts %.3g ms; at least 10 ms are needed", s->number,
                     (double)s->n * s->dt_ms);
    for (size_t j = 0; j < s->n; j++)
      if (!isfinite(s->v_mV[j]) || !isfinite(s->i_pA[j]))
        return lg_fail(ctx, LG_ERR_FORMAT, "sweep %d, sample %zu: potential or current is not a number", s->number, j);
  }
  return LG_OK;
}

static lg_status pieces_make(lg_ctx *ctx, const lg_recording *rec, pieces *p) {
  lg_status status = LG_OK;
  size_t total = 0;
  LG_TRY(check(ctx, rec));
  LG_NEW(ctx, p->sweeps, rec->n_sweeps);
  LG_NEW(ctx, p->traces, rec->n_sweeps);
  for (size_t k = 0; k < rec->n_sweeps; k++) total += lg_clone_trace(&rec->sweeps[k]).n;
  const size_t stride = total / MAX_SAMPLES + 1;
  for (size_t k = 0; k < rec->n_sweeps; k += stride) {
    const lg_fit_trace t = lg_clone_trace(&rec->sweeps[k]);
    p->traces[p->n] = t;
    p->sweeps[p->n++] = (lg_tm_sweep){t.n, t.dt_ms, t.v_mV, t.i_pA};
    p->samples += t.n;
  }
done:
  return status;
}

static lg_status joint_tm(lg_ctx *ctx, const pieces *before, const pieces *after, lg_difference *out) {
  lg_status status = LG_OK;
  lg_tm_pair_desk *desk = NULL;
  lg_tm_pair_fit *fit = NULL;
  lg_tm_fit_opts opts = lg_tm_fit_opts_default();
  const lg_tm_side sides[2] = {{before->sweeps, before->n}, {after->sweeps, after->n}};
  lg_delta_candidate candidates[LG_TM_CHANGES];
  lg_delta_answer a = {.subset = 0};
  memset(out, 0, sizeof *out);
  for (int p = 0; p < LG_TM_PARAMETERS; p++) { /* a cell need not be of the training population */
    const double width = opts.high[p] - opts.low[p];
    opts.low[p] -= 0.5 * width;
    opts.high[p] += 0.5 * width;
  }
  LG_NEW(ctx, fit, 1);
  LG_TRY(lg_tm_pair_desk_create(ctx, before->samples, after->samples, &desk));
  const bool found = lg_tm_pair_identify_in(desk, &sides[0], &sides[1], &opts, fit);
  if (lg_cancelled(ctx)) status = lg_fail(ctx, LG_ERR_CANCELLED, "interrupted after %u passes", fit->passes);
  else if (!found) status = lg_fail(ctx, LG_ERR_NUMERICAL, "no start of the fit gave a finite trajectory");
  LG_TRY(status);
  memcpy(a.delta, fit->delta, sizeof fit->delta);
  memcpy(a.sd, fit->sd, sizeof fit->sd);
  memcpy(a.probability, fit->probability, sizeof fit->probability);
  a.subset = fit->subset;
  a.weight = fit->subset_weight[fit->subset];
  a.none = fit->subset_weight[0];
  for (int c = 0; c < LG_TM_CHANGES; c++)
    candidates[c] = (lg_delta_candidate){
        .name = lg_tm_change_names[c], .unit = lg_tm_change_is_scale(c) ? "" : "mV", .scale = lg_tm_change_is_scale(c)};
  (void)snprintf(out->model, sizeof out->model, "tm");
  (void)snprintf(out->method, sizeof out->method, "joint");
  fill(out, candidates, LG_TM_CHANGES, &a);
  double natural[LG_TM_PARAMETERS];
  static const int at[LG_TM_CHANGES] = {1, 2, 3, 4, 8, -1};
  lg_tm_to_natural(fit->theta, natural);
  for (int c = 0; c < LG_TM_CHANGES; c++) {
    lg_difference_row *r = &out->rows[c];
    if (at[c] < 0) continue;
    r->before = natural[at[c]];
    r->after = r->scale ? r->before * (1.0 + r->change) : r->before + r->change;
  }
  out->chi2_before = fit->chi2_before;
  out->chi2_after = fit->chi2_after;
  out->noise_before_mV = fit->sigma_before_mV;
  out->noise_after_mV = fit->sigma_after_mV;
  judge(out);
done:
  lg_tm_pair_desk_destroy(ctx, desk);
  lg_free(ctx, fit);
  return status;
}

/* ---- two twins ------------------------------------------------------------------------------------ */

static const lg_family *family_of(const lg_twin *t) {
  size_t n;
  const lg_family *const *families = lg_families(&n);
  const bool searched = t->method && strcmp(t->method, "features") == 0;
  for (size_t k = 0; k < n; k++)
    if (strcmp(families[k]->model, t->model) == 0 && strcmp(families[k]->variant, t->variant) == 0 &&
        (families[k]->search != NULL) == searched)
      return families[k];
  return NULL;
}

/* Conductances by name; their coordinates are logarithms in both tm families. */
static size_t tm_candidates(const lg_twin *t, lg_delta_candidate *candidates) {
  static const char *const names[] = {"gNa", "gK", "gL", "gM", "VT", "gH"};
  size_t m = 0;
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
    for (size_t p = 0; p < t->n_parameters; p++) {
      if (strcmp(t->parameters[p].name, names[k]) != 0) continue;
      const bool scale = names[k][0] == 'g';
      candidates[m] = (lg_delta_candidate){.name = names[k], .unit = scale ? "" : "mV", .scale = scale};
      candidates[m++].direction[p] = 1.0;
    }
  return m;
}

static lg_status solve_twins(lg_ctx *ctx, const lg_twin *before, const lg_twin *after, lg_difference *out) {
  const lg_family *family = family_of(before);
  lg_delta_candidate candidates[LG_DELTA_MAX_C];
  lg_delta_answer a;
  double z[2][LG_DELTA_MAX_P], natural[2][LG_DELTA_MAX_P];
  const size_t n = before->n_parameters;
  memset(out, 0, sizeof *out);
  if (!family || family_of(after) != family || after->n_parameters != n || n > LG_DELTA_MAX_P)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the twins are of different families (%s %s and %s %s); clone both with the same --model",
                   before->model, before->variant, after->model, after->variant);
  for (size_t p = 0; p < n; p++) {
    natural[0][p] = before->parameters[p].value;
    natural[1][p] = after->parameters[p].value;
  }
  for (int side = 0; side < 2; side++) family->to_z(natural[side], z[side]);
  const bool izhikevich = strcmp(before->model, "izhikevich") == 0 && strcmp(before->variant, "std") == 0;
  const size_t m = izhikevich                         ? lg_delta_izhikevich(candidates)
                   : strcmp(before->model, "tm") == 0 ? tm_candidates(before, candidates)
                                                      : 0;
  if (m == 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no candidates of change are known for %s %s", before->model,
                   before->variant);
  if (!lg_delta_solve(n, z[0], before->covariance, z[1], after->covariance, candidates, m, TWIN_SAMPLES, &a))
    return lg_fail(ctx, LG_ERR_NUMERICAL, "the covariance of a twin is not that of a distribution");
  (void)snprintf(out->model, sizeof out->model, "%s", before->model);
  (void)snprintf(out->method, sizeof out->method, "twins");
  fill(out, candidates, m, &a);
  for (size_t c = 0; c < m; c++)
    for (size_t p = 0; p < n; p++)
      if (strcmp(before->parameters[p].name, out->rows[c].name) == 0) {
        out->rows[c].before = natural[0][p];
        out->rows[c].after = natural[1][p];
      }
  out->chi2_before = before->chi2_per_sample;
  out->chi2_after = after->chi2_per_sample;
  out->noise_before_mV = before->noise_mV;
  out->noise_after_mV = after->noise_mV;
  judge(out);
  return LG_OK;
}

static lg_status clone_both(lg_ctx *ctx, const lg_recording *before, const lg_recording *after, const char *model,
                            uint64_t seed, lg_difference *out) {
  lg_status status = LG_OK;
  lg_clone *clones[2] = {NULL, NULL};
  const lg_clone_opts opts = {.model = model, .all_sweeps = true, .seed = seed};
  LG_TRY(lg_clone_recording(ctx, before, &opts, &clones[0]));
  LG_TRY(lg_clone_recording(ctx, after, &opts, &clones[1]));
  LG_TRY(solve_twins(ctx, &clones[0]->twin, &clones[1]->twin, out));
done:
  lg_clone_destroy(ctx, clones[0]);
  lg_clone_destroy(ctx, clones[1]);
  return status;
}

/* ---- files ----------------------------------------------------------------------------------------- */

typedef struct twin_file {
  lg_json_doc *doc;
  lg_twin twin;
} twin_file;

static lg_status read_twin(lg_ctx *ctx, const char *path, twin_file *f) {
  lg_status status = LG_OK;
  double *covariance = NULL;
  size_t n = 0;
  const char *text;
  lg_json_at at, parameters;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &f->doc));
  at = lg_json_root(f->doc);
  LG_TRY(lg_json_get_text(ctx, &at, "schema", &text));
  if (strncmp(text, "loligo-twin/", 12) != 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: schema '%s' is not that of a twin; loligo clone makes twins", path, text);
    goto done;
  }
  LG_TRY(lg_json_get_text(ctx, &at, "model", &f->twin.model));
  LG_TRY(lg_json_get_text(ctx, &at, "variant", &f->twin.variant));
  LG_TRY(lg_json_get_text_or(ctx, &at, "fit.method", "trace", &f->twin.method));
  LG_TRY(lg_json_get_number_or(ctx, &at, "fit.chi2_per_sample", NULL, 0.0, (double)INFINITY, (double)NAN,
                               &f->twin.chi2_per_sample));
  LG_TRY(lg_json_get_number_or(ctx, &at, "fit.noise_mV", "mV", 0.0, (double)INFINITY, (double)NAN, &f->twin.noise_mV));
  LG_TRY(lg_json_get_object(ctx, &at, "parameters", &parameters));
  for (const char *key; (key = lg_json_key_at(&parameters, f->twin.n_parameters)) != NULL;) {
    lg_json_at one;
    if (f->twin.n_parameters == LG_TWIN_MAX_PARAMETERS) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: more than %d parameters", path, LG_TWIN_MAX_PARAMETERS);
      goto done;
    }
    lg_twin_parameter *p = &f->twin.parameters[f->twin.n_parameters++];
    LG_TRY(lg_json_get_key(ctx, &parameters, key, &one));
    LG_TRY(lg_json_get_number(ctx, &one, "value", NULL, &p->value));
    p->name = key;
  }
  LG_TRY(lg_json_get_numbers(ctx, &at, "covariance_transformed", NULL, &covariance, &n));
  if (n != f->twin.n_parameters * f->twin.n_parameters) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: covariance_transformed: %zu numbers for %zu parameters", path, n,
                     f->twin.n_parameters);
    goto done;
  }
  memcpy(f->twin.covariance, covariance, n * sizeof *covariance);
done:
  lg_free(ctx, covariance);
  return status;
}

lg_status lg_difference_of_twins(lg_ctx *ctx, const char *before, const char *after, lg_difference *out) {
  lg_status status = LG_OK;
  twin_file *files = NULL;
  LG_NEW(ctx, files, 2);
  LG_TRY(read_twin(ctx, before, &files[0]));
  LG_TRY(read_twin(ctx, after, &files[1]));
  LG_TRY(solve_twins(ctx, &files[0].twin, &files[1].twin, out));
done:
  for (int k = 0; files && k < 2; k++) lg_json_doc_destroy(ctx, files[k].doc);
  lg_free(ctx, files);
  return status;
}

lg_status lg_difference_of_recordings(lg_ctx *ctx, const lg_recording *before, const lg_recording *after,
                                      const lg_difference_options *options, lg_difference *out) {
  enum { SLOW_NOISE = 3 };
  lg_status status = LG_OK;
  pieces sides[2] = {{0}, {0}};
  lg_difference other;
  LG_TRY(pieces_make(ctx, before, &sides[0]));
  LG_TRY(pieces_make(ctx, after, &sides[1]));
  const bool white = !(lg_clone_screen_noise(sides[0].traces, sides[0].n).ratio > SLOW_NOISE) &&
                     !(lg_clone_screen_noise(sides[1].traces, sides[1].n).ratio > SLOW_NOISE);
  const char *model = options->model ? options->model : "hh";
  if (strcmp(model, "izhikevich") == 0 || !white) {
    LG_TRY(clone_both(ctx, before, after, model, options->seed, out));
    goto done;
  }
  LG_TRY(lg_progress(ctx, "comparing", 0, 2));
  LG_TRY(joint_tm(ctx, &sides[0], &sides[1], out));
  if (out->accepted || options->model) goto done;
  LG_TRY(lg_progress(ctx, "comparing", 1, 2));
  if (clone_both(ctx, before, after, "izhikevich", options->seed, &other) == LG_OK && other.accepted) *out = other;
  if (lg_cancelled(ctx)) status = lg_fail(ctx, LG_ERR_CANCELLED, "interrupted");
done:
  for (int k = 0; k < 2; k++) pieces_free(ctx, &sides[k]);
  return status;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void write_row(lg_json *w, const lg_difference_row *r) {
  const double interval[2] = {r->low95, r->high95};
  lg_json_object(w);
  lg_json_key_text(w, "name", r->name);
  lg_json_key_text(w, "kind", r->scale ? "scale" : "shift");
  lg_json_key_text(w, "unit", r->scale ? "1" : r->unit);
  lg_json_key_boolean(w, "changed", r->changed);
  lg_json_key_number(w, "probability", r->probability);
  lg_json_key_number(w, "change", r->change);
  lg_json_key_numbers(w, "ci95", interval, 2);
  lg_json_key_number(w, "before", r->before);
  lg_json_key_number(w, "after", r->after);
  lg_json_end_object(w);
}

lg_status lg_difference_write(lg_ctx *ctx, const lg_difference *d, lg_provenance *provenance, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-drug-delta/1");
  lg_json_key_text(&w, "model", d->model);
  lg_json_key_text(&w, "method", d->method);
  lg_json_key_text(&w, "target", d->target);
  lg_json_key_number(&w, "probability", d->probability);
  lg_json_key_number(&w, "probability_no_change", d->none);
  lg_json_key_number(&w, "probability_of_explanation", d->subset_probability);
  lg_json_key(&w, "candidates");
  lg_json_array(&w);
  for (size_t k = 0; k < d->n; k++) write_row(&w, &d->rows[k]);
  lg_json_end_array(&w);
  lg_json_key(&w, "fit");
  lg_json_object(&w);
  lg_json_key_boolean(&w, "accepted", d->accepted);
  lg_json_key_number(&w, "chi2_before", d->chi2_before);
  lg_json_key_number(&w, "chi2_after", d->chi2_after);
  lg_json_key_number(&w, "noise_before_mV", d->noise_before_mV);
  lg_json_key_number(&w, "noise_after_mV", d->noise_after_mV);
  lg_json_end_object(&w);
  lg_json_key_text(&w, "domain", lg_domain_name(d->domain));
  lg_json_key(&w, "reasons");
  lg_json_array(&w);
  if (d->reason[0]) lg_json_text(&w, d->reason);
  lg_json_end_array(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(ctx, file);
    return lg_fail(ctx, LG_ERR_INTERNAL, "the JSON of the change did not nest");
  }
  return lg_outfile_commit(ctx, file);
}
