/* GABA-A receptors: what is bound, what modulates, what competes.
 *
 * Synaptic and extrasynaptic receptors each answer to X, the agonist in units of its EC50, with R = X^n / (1 + X^n).
 * Agonists add their D/K; a competitive antagonist divides X by 1 + D/K_B (Gaddum, Schild); a modulator multiplies it.
 * A gain is measured at an EC20 of GABA: the factor on X that makes the EC20 response grow by that gain (and saturates
 * with GABA, as modulators do). Blockers of the pore multiply R.
 */
#include "base/elementary.h"
#include "twin/drug_apply.h"

#include <math.h>

typedef struct receptors {
  lg_drug_hook hook;
  double ec50_uM, hill;
  double ambient; /* GABA without drug, in units of the EC50 */
} receptors;

static bool is_gaba(lg_drug_hook hook) { return hook >= LG_HOOK_GABA_TONIC && hook <= LG_HOOK_GABA; }

static bool concerns(const lg_drug_effect *e, lg_drug_hook hook) { return e->hook == hook || e->hook == LG_HOOK_GABA; }

static double response(double x, double hill) {
  if (!(x > 0.0)) return 0.0;
  const double y = hill == 1.0 ? x : lg_pow(x, hill);
  return y < 1e300 ? y / (1.0 + y) : 1.0;
}

/* Factor on the agonist that lets an EC20 response grow by `gain`; a response is never above 0.99 of all. */
static double factor_of_gain(double gain, double hill) {
  double r = 0.2 * (1.0 + gain);
  if (r > 0.99) r = 0.99;
  if (r < 1e-6) r = 1e-6;
  const double ratio = r / (1.0 - r) / 0.25;
  return hill == 1.0 ? ratio : lg_pow(ratio, 1.0 / hill);
}

/* What drugs do to one kind of receptor. */
typedef struct change {
  double agonist;  /* in units of EC50, on top of GABA */
  double efficacy; /* the same, each times its largest effect: partial agonists open fewer */
  double affinity; /* factor on X by modulators */
  double schild;   /* 1 + sum of D/K of antagonists */
  double left;     /* by pore blockers */
} change;

static change change_of(const lg_treat *t, const receptors *r) {
  change c = {.affinity = 1.0, .schild = 1.0, .left = 1.0};
  double all = 1.0, weighted = 0.0, opened = 1.0;
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_drug_effect *e = t->acting[k].effect;
    const double dose = t->acting[k].dose_uM;
    if (!concerns(e, r->hook)) continue;
    const double occupancy = lg_drug_occupancy(dose, e->K_uM, e->hill);
    if (e->mode == LG_DRUG_AGONIST) {
      c.agonist += dose / e->K_uM;
      c.efficacy += e->max_effect * dose / e->K_uM;
    } else if (e->mode == LG_DRUG_PAM_GAIN) c.affinity *= factor_of_gain(e->max_effect * occupancy, r->hill);
    else if (e->mode == LG_DRUG_PAM_AFFINITY) c.affinity *= 1.0 + (e->max_effect - 1.0) * occupancy;
    else if (e->mode == LG_DRUG_COMPETITIVE) c.schild += lg_pow(dose / e->K_uM, e->hill);
    else if (e->mode == LG_DRUG_ACTIVATION) opened *= 1.0 + e->max_effect * occupancy;
    else if (e->mode != LG_DRUG_GATING_SHIFT) { /* blocks of every kind: these receptors have no states here */
      const double term = occupancy < 1.0 ? occupancy / (1.0 - occupancy) : 1e300;
      c.left *= 1.0 - e->max_effect * occupancy;
      all += term;
      weighted += e->max_effect * term;
    }
  }
  if (t->bath.combination == LG_COMBINE_ONE_SITE) c.left = 1.0 - weighted / all;
  c.left *= opened;
  return c;
}

static bool changes(const change *c) {
  return c->agonist > 0.0 || c->affinity != 1.0 || c->schild != 1.0 || c->left != 1.0;
}

static double bound(const receptors *r, const change *c) {
  const double x = r->ambient + c->agonist, share = c->agonist > 0.0 ? (r->ambient + c->efficacy) / x : 1.0;
  return c->left * share * response(x * c->affinity / c->schild, r->hill);
}

/* Notes: a modulator, an antagonist or a pore blocker needs a conductance to work on. */
static void note_all(lg_treat *t, const double *before, const double *after, const bool *there) {
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_drug_effect *e = t->acting[k].effect;
    if (!is_gaba(e->hook) || e->mode == LG_DRUG_GATING_SHIFT) continue;
    const size_t one = e->hook == LG_HOOK_GABA_PHASIC || (e->hook == LG_HOOK_GABA && !(before[0] > 0.0) && there[1]);
    if (e->mode == LG_DRUG_AGONIST) {
      const bool acts = there[one] && after[one] != before[one];
      lg_treat_note(t, e, acts ? LG_DRUG_ACTED : LG_DRUG_NO_TARGET, after[one] - before[one]);
    } else if (before[one] > 0.0 || after[one] > 0.0) {
      const double factor = before[one] > 0.0 ? after[one] / before[one] : 1.0;
      lg_treat_note(t, e, LG_DRUG_ACTED, factor);
    } else lg_treat_note(t, e, LG_DRUG_NO_AGONIST, 0.0);
  }
}

/* Tonic current: the bath's tone first, then the drugs on it. before, after: nS. */
static lg_status treat_tonic(lg_treat *t, double *before, double *after, bool *there) {
  receptors r = {LG_HOOK_GABA_TONIC, LG_GABA_TONIC_EC50_UM, LG_GABA_TONIC_HILL, 0.0};
  const double own = lg_treat_get(t, "gGABA");
  double ambient = t->bath.gaba_tonic_uM, max = t->bath.gGABA_tonic_nS;
  if (own > 0.0 && !(ambient > 0.0)) ambient = LG_GABA_AMBIENT_UM;
  r.ambient = ambient / r.ec50_uM;
  const double share = response(r.ambient, r.hill);
  /* a tone that the neuron has stands; the bath gives one to a neuron without */
  if (own > 0.0) max = own / share;
  else if (!(max > 0.0)) max = 2.5 * lg_treat_get(t, "gL");
  *before = own > 0.0 ? own : max * share;
  *there = max > 0.0;
  const change c = change_of(t, &r);
  *after = changes(&c) ? max * bound(&r, &c) : *before;
  return *after != own ? lg_treat_set(t, "gGABA", *after) : LG_OK;
}

/* Synaptic events: the amplitude by what the peak of GABA binds; a gain in affinity is half faster binding and half
 * slower unbinding, so that events last longer by its root. An agonist in the bath adds nothing to a peak that nearly
 * saturates. */
static lg_status treat_phasic(lg_treat *t, double *before, double *after, bool *there) {
  lg_status status = LG_OK;
  receptors r = {LG_HOOK_GABA_PHASIC, LG_GABA_SYNAPTIC_EC50_UM, LG_GABA_SYNAPTIC_HILL, 0.0};
  r.ambient = t->bath.gaba_synaptic_uM / r.ec50_uM;
  *before = *after = lg_treat_get(t, "gGABAA");
  *there = *before > 0.0;
  change c = change_of(t, &r);
  c.agonist = 0.0;
  if (!*there || !changes(&c) || !(r.ambient > 0.0)) return LG_OK;
  *after = *before * bound(&r, &c) / response(r.ambient, r.hill);
  LG_TRY(lg_treat_set(t, "gGABAA", *after));
  if (c.affinity != 1.0) LG_TRY(lg_treat_set(t, "GABAA_decay", lg_treat_get(t, "GABAA_decay") * sqrt(c.affinity)));
done:
  return status;
}

lg_status lg_treat_gaba(lg_treat *t) {
  lg_status status = LG_OK;
  double before[2], after[2];
  bool there[2];
  if (!(t->bath.gaba_tonic_uM >= 0.0 && t->bath.gaba_tonic_uM <= 1e6) ||
      !(t->bath.gaba_synaptic_uM >= 0.0 && t->bath.gaba_synaptic_uM <= 1e6))
    return lg_fail(t->ctx, LG_ERR_RANGE, "GABA in the bath is %g and %g uM, allowed is 0 to 1e6 uM",
                   t->bath.gaba_tonic_uM, t->bath.gaba_synaptic_uM);
  if (!isnan(t->bath.EGABA_mV)) LG_TRY(lg_treat_set(t, "EGABA", t->bath.EGABA_mV));
  LG_TRY(treat_tonic(t, &before[0], &after[0], &there[0]));
  LG_TRY(treat_phasic(t, &before[1], &after[1], &there[1]));
  note_all(t, before, after, there);
done:
  return status;
}
