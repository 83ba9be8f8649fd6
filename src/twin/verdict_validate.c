#include "twin/verdict_validate.h"

#include "neuron/learn_tm.h"
#include "neuron/prior_tm.h"
#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

/* How a row is judged. */
typedef enum test {
  VERDICT,   /* the verdict is `verdict`, or silenced where inhibited is asked for */
  UNCHANGED, /* the very same counts */
  BROADER,   /* half-width 5 % up at least, counts at 1.5 and 3 x within one spike */
  SUSTAINED  /* verdict unchanged in 1-s steps, a tenth fewer spikes in a 30-s plateau */
} test;

static const struct row {
  const char *name, *expected, *drug;
  double dose_uM, tone_nS; /* tone in the bath of both */
  bool tone_is_treatment;  /* … of the treated only */
  test test;
  lg_verdict verdict;
  const char *field; /* a current that the neuron gets */
  double value;      /* per C where > 0, else -value */
  double gNa_factor; /* 0: 1 */
} rows_of[LG_TRUTHS] = {
    {"XE991 10 uM", "excited", "XE991", 10.0, 0, false, VERDICT, LG_VERDICT_EXCITED, NULL, 0, 0},
    {"4-AP 1 mM, A current of 5 nS per pF", "excited", "4-aminopyridine", 1000.0, 0, false, VERDICT, LG_VERDICT_EXCITED,
     "gA", 5.0, 0},
    {"TEA 1 mM", "spike broader, counts within 1", "tetraethylammonium", 1000.0, 0, false, BROADER,
     LG_VERDICT_UNCHANGED, NULL, 0, 0},
    {"retigabine 10 uM", "inhibited", "retigabine", 10.0, 0, false, VERDICT, LG_VERDICT_INHIBITED, NULL, 0, 0},
    {"GABA tone 5 nS per 100 pF", "inhibited", NULL, 0.0, 0.05, true, VERDICT, LG_VERDICT_INHIBITED, NULL, 0, 0},
    {"diazepam 0.1 uM, tone 2 nS per 100 pF", "inhibited", "diazepam", 0.1, 0.02, false, VERDICT, LG_VERDICT_INHIBITED,
     NULL, 0, 0},
    {"diazepam 0.1 uM, no tone", "unchanged", "diazepam", 0.1, 0, false, UNCHANGED, LG_VERDICT_UNCHANGED, NULL, 0, 0},
    {"TTX 10 nM", "mixed", "tetrodotoxin", 0.01, 0, false, VERDICT, LG_VERDICT_MIXED, NULL, 0, 0},
    {"TTX 30 nM", "mixed", "tetrodotoxin", 0.03, 0, false, VERDICT, LG_VERDICT_MIXED, NULL, 0, 0},
    {"TTX 100 nM", "silenced", "tetrodotoxin", 0.1, 0, false, VERDICT, LG_VERDICT_SILENCED, NULL, 0, 0},
    {"memantine 1 uM, current steps", "unchanged", "memantine", 1.0, 0, false, UNCHANGED, LG_VERDICT_UNCHANGED, NULL, 0,
     0},
    {"lacosamide 100 uM, 1-s steps", "unchanged", "lacosamide", 100.0, 0, false, VERDICT, LG_VERDICT_UNCHANGED,
     "slow_inactivation", -1.0, 0.45},
    {"lacosamide 100 uM, 30-s plateau", "fewer spikes", "lacosamide", 100.0, 0, false, SUSTAINED, LG_VERDICT_UNCHANGED,
     "slow_inactivation", -1.0, 0.45},
};

/* Bath in which a conductance of tone_nS is open at an EC20 of GABA. */
static lg_drug_bath bath_of(double tone_nS) {
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  if (tone_nS > 0.0) {
    bath.gaba_tonic_uM = 0.25 * LG_GABA_TONIC_EC50_UM;
    bath.gGABA_tonic_nS = 5.0 * tone_nS;
  }
  return bath;
}

/* Untreated and treated neuron of a row, and the one without tone that the currents are of. */
static lg_status pair_of(lg_ctx *ctx, const struct row *row, const lg_drug_table *table, const lg_neuron *plain,
                         lg_neuron pair[3]) {
  lg_neuron neuron = *plain;
  lg_status status = LG_OK;
  const double C = lg_neuron_get(plain, "C");
  const lg_drug_bath with = bath_of(row->tone_nS * C), without = bath_of(0.0);
  lg_dose dose = {NULL, row->dose_uM};
  if (row->field) LG_TRY(lg_neuron_set(ctx, &neuron, row->field, row->value > 0.0 ? row->value * C : -row->value));
  if (row->gNa_factor > 0.0) LG_TRY(lg_neuron_set(ctx, &neuron, "gNa", row->gNa_factor * lg_neuron_get(plain, "gNa")));
  pair[2] = neuron;
  if (row->drug) LG_TRY(lg_drug_find(ctx, table, row->drug, &dose.drug));
  LG_TRY(lg_drug_apply(ctx, &neuron, NULL, 0, row->tone_is_treatment ? &without : &with, &pair[0], NULL));
  LG_TRY(lg_drug_apply(ctx, &neuron, &dose, row->drug ? 1 : 0, &with, &pair[1], NULL));
done:
  return status;
}

static unsigned needs(const struct row *row) {
  const unsigned fi = LG_ASSAY_FI | LG_ASSAY_RHEOBASE;
  return row->test == BROADER ? fi | LG_ASSAY_SHAPE : row->test == SUSTAINED ? fi | LG_ASSAY_PLATEAU : fi;
}

static bool same_counts(const lg_assay *a, const lg_assay *b) {
  return memcmp(a->n_spikes, b->n_spikes, sizeof a->n_spikes) == 0;
}

static bool near(const lg_assay *a, const lg_assay *b, double factor) {
  const size_t l = lg_assay_level(factor);
  return abs((int)a->n_spikes[l] - (int)b->n_spikes[l]) <= 1;
}

static bool judge(const struct row *row, const lg_assay_plan *plan, const lg_assay *a, const lg_assay *b,
                  char words[LG_TRUTH_WORDS]) {
  const lg_verdict v = lg_assay_judge(plan, a, b, NULL);
  char rule[160];
  lg_verdict_explain(plan, a, b, rule, sizeof rule);
  (void)snprintf(words, LG_TRUTH_WORDS, "%s: %s", lg_verdict_name(v), rule);
  const size_t t = lg_assay_level(1.5), s = lg_assay_level(3.0);
  switch (row->test) {
  case UNCHANGED:
    return v == LG_VERDICT_UNCHANGED && same_counts(a, b);
  case BROADER:
    (void)snprintf(words, LG_TRUTH_WORDS, "half-width %.3g to %.3g ms; %u to %u spikes at 1.5 x, %u to %u at 3 x",
                   a->half_width_ms, b->half_width_ms, a->n_spikes[t], b->n_spikes[t], a->n_spikes[s], b->n_spikes[s]);
    return b->half_width_ms > 1.05 * a->half_width_ms && near(a, b, 1.5) && near(a, b, 3.0);
  case SUSTAINED:
    (void)snprintf(words, LG_TRUTH_WORDS, "%.0f to %.0f spikes in 30 s, late rate %.3g to %.3g Hz; 1-s steps %s",
                   a->plateau_spikes, b->plateau_spikes, a->plateau_late_rate_Hz, b->plateau_late_rate_Hz,
                   lg_verdict_name(v));
    return v == LG_VERDICT_UNCHANGED && b->plateau_spikes < 0.9 * a->plateau_spikes;
  default:
    return v == row->verdict || (row->verdict == LG_VERDICT_INHIBITED && v == LG_VERDICT_SILENCED);
  }
}

static lg_status regular_spiking(lg_ctx *ctx, const lg_drug_table *table, lg_truth rows[LG_TRUTHS]) {
  lg_status status = LG_OK;
  lg_neuron plain;
  LG_TRY(lg_neuron_init(ctx, "tm", "", &plain));
  for (size_t r = 0; r < LG_TRUTHS; r++) {
    lg_assay_opts o = LG_ASSAY_OPTS_INIT;
    lg_neuron pair[3];
    lg_assay a[2];
    lg_assay_plan plan;
    o.what = needs(&rows_of[r]);
    rows[r] = (lg_truth){.name = rows_of[r].name, .expected = rows_of[r].expected};
    LG_TRY(pair_of(ctx, &rows_of[r], table, &plain, pair));
    LG_TRY(lg_assay_plan_make(ctx, &pair[2], &o, &plan));
    LG_TRY(lg_assay_run(ctx, pair, 2, &plan, true, a));
    rows[r].right = judge(&rows_of[r], &plan, &a[0], &a[1], rows[r].found);
  }
done:
  return status;
}

/* Neurons of the prior: plain tm. */
static lg_status draw_neurons(lg_ctx *ctx, uint64_t seed, size_t n, lg_neuron *out) {
  lg_tm_draw draws[LG_TM_LANES];
  for (size_t k = 0; k < n; k++) {
    double natural[LG_TM_PARAMETERS];
    lg_status status = lg_neuron_init(ctx, "tm", "", &out[k]);
    if (k % LG_TM_LANES == 0) lg_tm_prior_draw(seed, k, draws);
    lg_tm_to_natural(draws[k % LG_TM_LANES].theta, natural);
    for (int p = 0; p < LG_TM_PARAMETERS && status == LG_OK; p++)
      status = lg_neuron_set(ctx, &out[k], lg_tm_parameter_names[p], natural[p]);
    if (status == LG_OK) status = lg_neuron_set(ctx, &out[k], "taumax", LG_TM_PRIOR_TAUMAX);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status random_neurons(lg_ctx *ctx, const lg_drug_table *table, size_t n, uint64_t seed,
                                lg_truth rows[LG_TRUTHS]) {
  lg_status status = LG_OK;
  lg_neuron *plain = NULL, *bare = NULL, *before = NULL, *after = NULL;
  lg_assay_plan *plans = NULL;
  lg_assay *a = NULL, *b = NULL;
  LG_NEW(ctx, plain, n);
  LG_NEW(ctx, bare, n);
  LG_NEW(ctx, before, n);
  LG_NEW(ctx, after, n);
  LG_NEW(ctx, plans, n);
  LG_NEW(ctx, a, n);
  LG_NEW(ctx, b, n);
  LG_TRY(draw_neurons(ctx, seed, n, plain));
  for (size_t r = 0; r < LG_TRUTHS; r++) {
    lg_assay_opts o = LG_ASSAY_OPTS_INIT;
    size_t m = 0;
    o.what = needs(&rows_of[r]);
    LG_TRY(lg_progress(ctx, "rows of the truth table", r, LG_TRUTHS));
    for (size_t k = 0; k < n; k++) {
      lg_neuron pair[3];
      LG_TRY(pair_of(ctx, &rows_of[r], table, &plain[k], pair));
      bare[k] = pair[2];
      before[k] = pair[0];
      after[k] = pair[1];
    }
    LG_TRY(lg_assay_plans_make(ctx, bare, n, &o, 0.0, plans));
    for (size_t k = 0; k < n; k++) {
      if (!(plans[k].baseline_rheobase_pA > 0.0)) continue; /* a current that it was given made it fire, or stop */
      before[m] = before[k];
      after[m] = after[k];
      plans[m++] = plans[k];
    }
    LG_TRY(lg_assay_run(ctx, before, m, plans, false, a));
    LG_TRY(lg_assay_run(ctx, after, m, plans, false, b));
    rows[r].n = m;
    for (size_t k = 0; k < m; k++) {
      char words[LG_TRUTH_WORDS];
      rows[r].verdicts[lg_assay_judge(&plans[k], &a[k], &b[k], NULL)]++;
      rows[r].n_right += judge(&rows_of[r], &plans[k], &a[k], &b[k], words);
    }
  }
done:
  lg_free(ctx, plain);
  lg_free(ctx, bare);
  lg_free(ctx, before);
  lg_free(ctx, after);
  lg_free(ctx, plans);
  lg_free(ctx, a);
  lg_free(ctx, b);
  return status;
}

lg_status lg_truth_table(lg_ctx *ctx, const lg_drug_table *table, size_t n, uint64_t seed, lg_truth rows[LG_TRUTHS]) {
  lg_status status = regular_spiking(ctx, table, rows);
  if (status == LG_OK && n > 0) status = random_neurons(ctx, table, n, seed, rows);
  return status;
}
