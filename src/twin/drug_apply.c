/* Pharmacodynamics: a neuron and doses into the treated neuron; equations in src/twin/README.md. */
#include "twin/drug_apply.h"
#include "base/elementary.h"

#include <math.h>
#include <string.h>

/* ---- what the neuron has ----------------------------------------------------------------------- */

double lg_treat_get(const lg_treat *t, const char *field) {
  const size_t k = lg_model_field(t->out->info, field);
  return k == SIZE_MAX ? 0.0 : t->out->value[k];
}

bool lg_treat_has(const lg_treat *t, const char *field) { return lg_model_field(t->out->info, field) != SIZE_MAX; }

lg_status lg_treat_set(lg_treat *t, const char *field, double value) {
  return lg_neuron_set(t->ctx, t->out, field, value);
}

/* Conductance of a hook, and the field that a drug multiplies. */
typedef struct seat {
  lg_drug_hook hook;
  const char *conductance, *factor;
} seat;

static const seat seats[] = {
    {LG_HOOK_NA, "gNa", "gNa_scale"}, {LG_HOOK_NAP, "gNaP", "gNaP"},    {LG_HOOK_K, "gK", "gK_scale"},
    {LG_HOOK_A, "gA", "gA"},          {LG_HOOK_M, "gM", "gM_scale"},    {LG_HOOK_H, "gH", "gH"},
    {LG_HOOK_CAT, "gCaT", "gCaT"},    {LG_HOOK_CAL, "gCaL", "gCaL"},    {LG_HOOK_SK, "gSK", "gSK"},
    {LG_HOOK_NMDA, "gNMDA", "gNMDA"}, {LG_HOOK_AMPA, "gAMPA", "gAMPA"}, {LG_HOOK_GIRK, "gGIRK", "gGIRK"}};

static const seat *seat_of(lg_drug_hook hook) {
  for (size_t k = 0; k < sizeof seats / sizeof seats[0]; k++)
    if (seats[k].hook == hook) return &seats[k];
  return NULL;
}

static bool is_there(const lg_treat *t, lg_drug_hook hook) {
  const seat *s = seat_of(hook);
  return s && lg_treat_get(t, s->conductance) > 0.0 && lg_treat_get(t, s->factor) > 0.0;
}

/* ---- notes ------------------------------------------------------------------------------------ */

void lg_treat_note(lg_treat *t, const lg_drug_effect *e, lg_drug_outcome outcome, double strength) {
  lg_drug_notes *notes = t->notes;
  if (!notes) return;
  if (outcome == LG_DRUG_ACTED) notes->n_acted++;
  if (notes->n < LG_DRUG_MAX_NOTES) notes->notes[notes->n++] = (lg_drug_note){e, outcome, strength};
}

/* ---- block and activation ---------------------------------------------------------------------- */

/* How an effect acts on a given conductance: modes without a mechanism in the model fall back on a plain block. */
static bool blocks(const lg_acting *a) {
  const lg_drug_effect *e = a->effect;
  if (e->hook >= LG_HOOK_GABA_TONIC && e->hook <= LG_HOOK_GABA) return false; /* drug_gaba.c */
  if (e->mode == LG_DRUG_PORE_BLOCK || e->mode == LG_DRUG_COMPETITIVE) return true;
  if (e->mode == LG_DRUG_VOLTAGE_BLOCK && e->hook == LG_HOOK_NMDA && lg_drug_is_magnesium(a->drug)) return false;
  if (e->mode == LG_DRUG_VOLTAGE_BLOCK) return isnan(e->z_delta) || e->hook != LG_HOOK_NMDA;
  return (e->mode == LG_DRUG_STATE_BLOCK || e->mode == LG_DRUG_SLOW_STATE_BLOCK) && e->hook != LG_HOOK_NA;
}

/* The K of a plain block: channels other than sodium have no inactivated state in these models, and cells rest. */
static double plain_K(const lg_drug_effect *e) {
  const bool by_state = e->mode == LG_DRUG_STATE_BLOCK || e->mode == LG_DRUG_SLOW_STATE_BLOCK;
  return by_state && isfinite(e->K_rest_uM) ? e->K_rest_uM : e->K_uM;
}

static double ratio_of(const lg_acting *a) {
  const double occupancy = lg_drug_occupancy(a->dose_uM, plain_K(a->effect), a->effect->hill);
  return occupancy < 1.0 ? occupancy / (1.0 - occupancy) : 1e300;
}

/* (D/K)^h without the detour over the occupancy, so that 1/(1 + D/K) comes out to the last bit. */
static double term_of(const lg_acting *a) {
  const double x = a->dose_uM / plain_K(a->effect);
  const double term = a->effect->hill == 1.0 ? x : lg_pow(x, a->effect->hill);
  return term < 1e300 ? term : ratio_of(a);
}

/* Whether an effect on one hook reaches the conductance of another: the sodium pore carries the persistent current. */
static bool reaches(const lg_treat *t, size_t k, lg_drug_hook hook) {
  const lg_acting *a = &t->acting[k];
  if (a->effect->hook == hook) return true;
  if (hook != LG_HOOK_NAP || a->effect->hook != LG_HOOK_NA || a->effect->mode != LG_DRUG_PORE_BLOCK) return false;
  for (size_t j = 0; j < t->n_acting; j++)
    if (t->acting[j].drug == a->drug && t->acting[j].effect->hook == LG_HOOK_NAP) return false;
  return true;
}

/* What all blockers leave of a conductance. */
static double left_of(const lg_treat *t, lg_drug_hook hook) {
  double left = 1.0, all = 1.0, weighted = 0.0;
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_acting *a = &t->acting[k];
    if (!blocks(a) || !reaches(t, k, hook)) continue;
    const double term = term_of(a), max = a->effect->max_effect;
    left *= max == 1.0 ? 1.0 / (1.0 + term) : 1.0 - max * (term / (1.0 + term));
    all += term;
    weighted += max * term;
  }
  return t->bath.combination == LG_COMBINE_ONE_SITE ? 1.0 - weighted / all : left;
}

/* A modulator of a conductance whose agonist is not modelled raises it like an opener. */
static bool opens(const lg_drug_effect *e) {
  if (e->hook >= LG_HOOK_GABA_TONIC && e->hook <= LG_HOOK_GABA) return false;
  return e->mode == LG_DRUG_ACTIVATION || e->mode == LG_DRUG_PAM_GAIN;
}

static double opened(const lg_treat *t, lg_drug_hook hook) {
  double factor = 1.0;
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_drug_effect *e = t->acting[k].effect;
    if (e->hook == hook && opens(e))
      factor *= 1.0 + e->max_effect * lg_drug_occupancy(t->acting[k].dose_uM, e->K_uM, e->hill);
  }
  return factor;
}

static lg_status scale_conductances(lg_treat *t) {
  lg_status status = LG_OK;
  bool there[LG_HOOKS] = {0};
  for (size_t k = 0; k < sizeof seats / sizeof seats[0]; k++) {
    const seat *s = &seats[k];
    there[s->hook] = is_there(t, s->hook);
    const double factor = left_of(t, s->hook) * opened(t, s->hook);
    if (there[s->hook] && factor != 1.0) LG_TRY(lg_treat_set(t, s->factor, lg_treat_get(t, s->factor) * factor));
  }
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_acting *a = &t->acting[k];
    if (!(blocks(a) || opens(a->effect))) continue;
    const double occupancy = lg_drug_occupancy(a->dose_uM, plain_K(a->effect), a->effect->hill);
    const bool persistent = reaches(t, k, LG_HOOK_NAP) && there[LG_HOOK_NAP];
    const bool acts = a->effect->hook != LG_HOOK_NONE && (there[a->effect->hook] || persistent);
    lg_treat_note(t, a->effect, acts ? LG_DRUG_ACTED : LG_DRUG_NO_TARGET, a->effect->max_effect * occupancy);
  }
done:
  return status;
}

/* ---- shifts ----------------------------------------------------------------------------------- */

/* A shift measured at one concentration and not at saturation: Hill through that point, and never more than was seen.
 */
static double shift_of(const lg_acting *a) {
  const lg_drug_effect *e = a->effect;
  if (!e->shift_at_K) return e->shift_mV * lg_drug_occupancy(a->dose_uM, e->K_uM, e->hill);
  return a->dose_uM >= e->K_uM ? e->shift_mV : e->shift_mV * 2.0 * lg_drug_occupancy(a->dose_uM, e->K_uM, e->hill);
}

static lg_status shift_gates(lg_treat *t) {
  lg_status status = LG_OK;
  static const struct {
    lg_drug_hook hook;
    const char *field;
  } gates[] = {{LG_HOOK_M, "p_shift"}, {LG_HOOK_NA, "h_shift"}};
  for (size_t g = 0; g < 2; g++) {
    const bool there = is_there(t, gates[g].hook) && lg_treat_has(t, gates[g].field);
    double sum = 0.0, all = 1.0, weighted = 0.0;
    for (size_t k = 0; k < t->n_acting; k++) {
      const lg_acting *a = &t->acting[k];
      if (a->effect->mode != LG_DRUG_GATING_SHIFT || a->effect->hook != gates[g].hook) continue;
      const double shift = shift_of(a), term = term_of(a);
      sum += shift;
      all += term;
      weighted += shift * (1.0 + term); /* shift = s x/(1+x); one site: s x/(1 + sum x) */
      lg_treat_note(t, a->effect, there ? LG_DRUG_ACTED : LG_DRUG_NO_TARGET, shift);
    }
    if (t->bath.combination == LG_COMBINE_ONE_SITE) sum = weighted / all;
    if (there && sum != 0.0) LG_TRY(lg_treat_set(t, gates[g].field, lg_treat_get(t, gates[g].field) + sum));
  }
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_drug_effect *e = t->acting[k].effect;
    if (e->mode == LG_DRUG_GATING_SHIFT && e->hook != LG_HOOK_M && e->hook != LG_HOOK_NA)
      lg_treat_note(t, e, LG_DRUG_NO_TARGET, 0.0);
  }
done:
  return status;
}

/* ---- state-dependent block ---------------------------------------------------------------------- */

/* Fields of the first and the second blocker. */
static const char *const block_fields[2][5] = {
    {"block_kon", "block_K_inactivated", "block_K_rest", "block_dose", "block_slow"},
    {"block2_kon", "block2_K_inactivated", "block2_K_rest", "block2_dose", "block2_slow"}};

static lg_status set_blocker(lg_treat *t, const lg_acting *a) {
  lg_status status = LG_OK;
  const lg_drug_effect *e = a->effect;
  const bool slow = e->mode == LG_DRUG_SLOW_STATE_BLOCK;
  const double kon = isfinite(e->kon_per_uM_per_ms) ? e->kon_per_uM_per_ms : slow ? LG_DRUG_KON_SLOW : LG_DRUG_KON_FAST;
  const double values[5] = {kon, e->K_uM, isfinite(e->K_rest_uM) ? e->K_rest_uM : 1e9, a->dose_uM, slow ? 1.0 : 0.0};
  size_t place = 0;
  while (place < 2 && lg_treat_get(t, block_fields[place][3]) > 0.0 && lg_treat_get(t, block_fields[place][0]) > 0.0)
    place++;
  if (place == 2 || !lg_treat_has(t, block_fields[place][0]))
    return lg_fail(t->ctx, LG_ERR_UNSUPPORTED, "%s is one state-dependent sodium blocker too many: the model holds two",
                   a->drug->name);
  if (slow && !lg_treat_has(t, block_fields[place][4]))
    return lg_fail(t->ctx, LG_ERR_UNSUPPORTED, "this model has no block of slowly inactivated channels (%s)",
                   a->drug->name);
  for (size_t k = 0; k < 5; k++)
    if (lg_treat_has(t, block_fields[place][k])) LG_TRY(lg_treat_set(t, block_fields[place][k], values[k]));
  if (place == 1) LG_TRY(lg_treat_set(t, "block_one_site", t->bath.combination == LG_COMBINE_ONE_SITE ? 1.0 : 0.0));
done:
  return status;
}

static lg_status block_states(lg_treat *t) {
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_acting *a = &t->acting[k];
    const bool by_state = a->effect->mode == LG_DRUG_STATE_BLOCK || a->effect->mode == LG_DRUG_SLOW_STATE_BLOCK;
    if (!by_state || a->effect->hook != LG_HOOK_NA) continue;
    const bool there = is_there(t, LG_HOOK_NA);
    const lg_status status = there ? set_blocker(t, a) : LG_OK;
    if (status != LG_OK) return status;
    lg_treat_note(t, a->effect, there ? LG_DRUG_ACTED : LG_DRUG_NO_TARGET,
                  a->dose_uM / (a->dose_uM + a->effect->K_uM)); /* of inactivated channels, in the end */
  }
  return LG_OK;
}

/* ---- voltage-dependent block -------------------------------------------------------------------- */

/* One site with magnesium: doses add up in units of K(V); the field holds one blocker, a second joins when it lies
 * equally deep. */
static lg_status add_nmda(lg_treat *t, const lg_acting *a) {
  lg_status status = LG_OK;
  const double K0 = lg_drug_K0(a->effect), z = a->effect->z_delta, have = lg_treat_get(t, "NMDA_block_dose");
  if (!lg_treat_has(t, "NMDA_block_dose"))
    return lg_fail(t->ctx, LG_ERR_UNSUPPORTED, "this model has no block of NMDA receptors (%s)", a->drug->name);
  if (have > 0.0) {
    if (fabs(lg_treat_get(t, "NMDA_block_zdelta") - z) > 0.4)
      return lg_fail(t->ctx, LG_ERR_UNSUPPORTED, "%s blocks NMDA receptors at another depth than the blocker before",
                     a->drug->name);
    return lg_treat_set(t, "NMDA_block_dose", have + a->dose_uM * lg_treat_get(t, "NMDA_block_K0") / K0);
  }
  LG_TRY(lg_treat_set(t, "NMDA_block_dose", a->dose_uM));
  LG_TRY(lg_treat_set(t, "NMDA_block_K0", K0));
  LG_TRY(lg_treat_set(t, "NMDA_block_zdelta", z));
done:
  return status;
}

/* Share of what would pass at -65 mV that the blocker takes away. */
static double block_at_rest(const lg_treat *t, const lg_acting *a) {
  const double v_mV = -65.0;
  if (lg_drug_is_magnesium(a->drug)) return lg_drug_occupancy(a->dose_uM, 3570.0 * lg_exp(0.062 * v_mV), 1.0);
  const double magnesium = 1.0 + lg_treat_get(t, "Mg") / 3.57 * lg_exp(-0.062 * v_mV);
  const double K = lg_drug_K0(a->effect) * lg_exp(a->effect->z_delta * v_mV / LG_DRUG_RT_F_MV);
  return lg_drug_occupancy(a->dose_uM, K * magnesium, 1.0);
}

static lg_status block_by_voltage(lg_treat *t) {
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_acting *a = &t->acting[k];
    if (a->effect->mode != LG_DRUG_VOLTAGE_BLOCK || a->effect->hook != LG_HOOK_NMDA || blocks(a)) continue;
    const bool there = is_there(t, LG_HOOK_NMDA);
    lg_status status = LG_OK;
    if (there && lg_drug_is_magnesium(a->drug)) /* dose on top of what the bath has */
      status = lg_treat_set(t, "Mg", lg_treat_get(t, "Mg") + 1e-3 * a->dose_uM);
    else if (there) status = add_nmda(t, a);
    if (status != LG_OK) return status;
    lg_treat_note(t, a->effect, there ? LG_DRUG_ACTED : LG_DRUG_NO_TARGET, block_at_rest(t, a));
  }
  return LG_OK;
}

bool lg_drug_is_magnesium(const lg_drug *drug) {
  return strncmp(drug->name, "magnesium", 9) == 0 || strncmp(drug->name, "Magnesium", 9) == 0;
}

/* ---- GIRK ------------------------------------------------------------------------------------- */

static lg_status open_girk(lg_treat *t) {
  double open = 0.0;
  bool any = false;
  const double own = t->bath.gGIRK_max_nS, max = own > 0.0 ? own : 0.5 * lg_treat_get(t, "gL");
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_acting *a = &t->acting[k];
    if (a->effect->mode != LG_DRUG_AGONIST || a->effect->hook != LG_HOOK_GIRK) continue;
    const bool there = lg_treat_has(t, "gGIRK") && max > 0.0;
    const double share = a->effect->max_effect * lg_drug_occupancy(a->dose_uM, a->effect->K_uM, a->effect->hill);
    open = 1.0 - (1.0 - open) * (1.0 - (share < 1.0 ? share : 1.0)); /* several agonists open no more than all */
    any = any || there;
    lg_treat_note(t, a->effect, there ? LG_DRUG_ACTED : LG_DRUG_NO_TARGET, share * max);
  }
  return any ? lg_treat_set(t, "gGIRK", lg_treat_get(t, "gGIRK") + open * max) : LG_OK;
}

/* ---- all of it -------------------------------------------------------------------------------- */

static bool is_known(lg_treat *t, const lg_acting *a) {
  const lg_drug_effect *e = a->effect;
  if (e->mode == LG_DRUG_EMPIRICAL || isnan(e->K_uM)) {
    lg_treat_note(t, e, LG_DRUG_NO_MECHANISM, 0.0);
    return false;
  }
  if (!e->chosen) {
    lg_treat_note(t, e, LG_DRUG_NOT_CHOSEN, 0.0);
    return false;
  }
  return true;
}

static lg_status gather(lg_treat *t, const lg_dose *doses, size_t n) {
  size_t room = 0;
  for (size_t k = 0; k < n; k++) {
    const lg_dose *d = &doses[k];
    if (!(d->free_uM >= 0.0 && d->free_uM <= 1e9))
      return lg_fail(t->ctx, LG_ERR_RANGE, "the dose of %s is %g uM, allowed is 0 to 1e9 uM", d->drug->name,
                     d->free_uM);
    room += d->free_uM > 0.0 ? d->drug->n_effects : 0;
  }
  if (room > LG_TREAT_MAX)
    return lg_fail(t->ctx, LG_ERR_LIMIT, "%zu effects at once, allowed are %d", room, LG_TREAT_MAX);
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; doses[k].free_uM > 0.0 && j < doses[k].drug->n_effects; j++) {
      const lg_acting a = {doses[k].drug, &doses[k].drug->effects[j], doses[k].free_uM};
      if (is_known(t, &a)) t->acting[t->n_acting++] = a;
    }
  return LG_OK;
}

/* Modes that no part above took: an agonist or a modulator of something that has none. */
static void note_rest(lg_treat *t) {
  for (size_t k = 0; k < t->n_acting; k++) {
    const lg_drug_effect *e = t->acting[k].effect;
    const bool gaba = e->hook >= LG_HOOK_GABA_TONIC && e->hook <= LG_HOOK_GABA;
    if ((e->mode == LG_DRUG_PAM_AFFINITY && !gaba) || (e->mode == LG_DRUG_AGONIST && !gaba && e->hook != LG_HOOK_GIRK))
      lg_treat_note(t, e, LG_DRUG_NO_TARGET, 0.0);
  }
}

lg_status lg_drug_apply(lg_ctx *ctx, const lg_neuron *neuron, const lg_dose *doses, size_t n, const lg_drug_bath *bath,
                        lg_neuron *out, lg_drug_notes *notes) {
  static const lg_drug_bath usual = LG_DRUG_BATH_INIT;
  lg_status status = LG_OK;
  lg_neuron treated = *neuron;
  lg_treat t = {.ctx = ctx, .out = &treated, .notes = notes, .bath = bath ? *bath : usual};
  if (notes) *notes = (lg_drug_notes){0};
  if (strcmp(neuron->info->model, "tm") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "drugs act on the model tm, this neuron is %s", neuron->info->model);
  LG_TRY(gather(&t, doses, n));
  LG_TRY(scale_conductances(&t));
  LG_TRY(shift_gates(&t));
  LG_TRY(block_states(&t));
  LG_TRY(block_by_voltage(&t));
  LG_TRY(lg_treat_gaba(&t));
  LG_TRY(open_girk(&t));
  note_rest(&t);
  *out = treated;
done:
  return status;
}
