/* Drugs on cells with shape: channels of regions. */
#include "twin/cable_drug_internal.h"

#include "cable/distribution.h"
#include "twin/drug_internal.h"

#include <math.h>
#include <string.h>

static const lg_cable_target targets[] = {
    {"hh", "gnabar", LG_HOOK_NA},
    {"hh", "gkbar", LG_HOOK_K},
    {"hh_drugged", "gnabar", LG_HOOK_NA},
    {"hh_drugged", "gkbar", LG_HOOK_K},
    {"NaTs", "gbar", LG_HOOK_NA},
    {"NaTs2_t", "gNaTs2_tbar", LG_HOOK_NA},
    {"NaTs_drugged", "gbar", LG_HOOK_NA},
    {"NaTa", "gbar", LG_HOOK_NA},
    {"NaTa_t", "gNaTa_tbar", LG_HOOK_NA},
    {"NaTa_drugged", "gbar", LG_HOOK_NA},
    {"NaP", "gbar", LG_HOOK_NAP},
    {"Nap_Et2", "gNap_Et2bar", LG_HOOK_NAP},
    {"kv31", "gbar", LG_HOOK_K},
    {"SKv3_1", "gSKv3_1bar", LG_HOOK_K},
    {"K_P", "gbar", LG_HOOK_K},
    {"K_Pst", "gK_Pstbar", LG_HOOK_K},
    {"K_T", "gbar", LG_HOOK_A},
    {"K_Tst", "gK_Tstbar", LG_HOOK_A},
    {"kvm", "gbar", LG_HOOK_M},
    {"Im", "gImbar", LG_HOOK_M},
    {"ih", "gbar", LG_HOOK_H},
    {"Ih", "gIhbar", LG_HOOK_H},
    {"calva", "gbar", LG_HOOK_CAT},
    {"Ca_LVAst", "gCa_LVAstbar", LG_HOOK_CAT},
    {"cahva", "gbar", LG_HOOK_CAL},
    {"Ca_HVA", "gCa_HVAbar", LG_HOOK_CAL},
    {"sk", "gbar", LG_HOOK_SK},
    {"SK_E2", "gSK_E2bar", LG_HOOK_SK},
    {"girk", "gbar", LG_HOOK_GIRK},
};

/* What the point neuron calls them: its conductance, and the field that a drug multiplies. */
static const struct {
  lg_drug_hook hook;
  const char *conductance, *factor;
} seats[] = {
    {LG_HOOK_NA, "gNa", "gNa_scale"}, {LG_HOOK_NAP, "gNaP", "gNaP"},    {LG_HOOK_K, "gK", "gK_scale"},
    {LG_HOOK_A, "gA", "gA"},          {LG_HOOK_M, "gM", "gM_scale"},    {LG_HOOK_H, "gH", "gH"},
    {LG_HOOK_CAT, "gCaT", "gCaT"},    {LG_HOOK_CAL, "gCaL", "gCaL"},    {LG_HOOK_SK, "gSK", "gSK"},
    {LG_HOOK_NMDA, "gNMDA", "gNMDA"}, {LG_HOOK_AMPA, "gAMPA", "gAMPA"}, {LG_HOOK_GABA_PHASIC, "gGABAA", "gGABAA"}};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const lg_cable_target *lg_cable_targets(size_t *n) {
  *n = COUNT(targets);
  return targets;
}

/* ---- small things ----------------------------------------------------------------------------------------------- */

double lg_cable_after(const lg_cable_treatment *t, const char *field) { return lg_neuron_get(&t->after, field); }

double lg_cable_change(const lg_cable_treatment *t, const char *field) {
  return lg_neuron_get(&t->after, field) - lg_neuron_get(&t->before, field);
}

double lg_cable_factor(const lg_cable_treatment *t, const char *field) {
  const double before = lg_neuron_get(&t->before, field);
  return before > 0.0 ? lg_neuron_get(&t->after, field) / before : 1.0;
}

void lg_cable_touched(lg_cable_treatment *t, const char *mechanism, bool done, const char *what, ...) {
  lg_cable_touch touch = {.done = done, .places = 1};
  va_list words;
  va_start(words, what);
  (void)snprintf(touch.mechanism, sizeof touch.mechanism, "%s", mechanism);
  (void)vsnprintf(touch.what, sizeof touch.what, what, words);
  va_end(words);
  for (size_t k = 0; k < t->how->n_touches; k++) {
    lg_cable_touch *have = &t->how->touches[k];
    if (strcmp(have->mechanism, touch.mechanism) != 0 || strcmp(have->what, touch.what) != 0) continue;
    have->places++;
    return;
  }
  if (t->how->n_touches < LG_CABLE_MAX_TOUCHES) t->how->touches[t->how->n_touches++] = touch;
}

size_t lg_cable_parameter(const cable_mechanism *m, const char *name) {
  for (size_t p = 0; p < m->n_parameters; p++)
    if (strcmp(m->parameters[p].name, name) == 0) return p;
  return SIZE_MAX;
}

/* ---- what the cell has ------------------------------------------------------------------------------------------ */

/* The conductances of a mechanism: row k, false behind the last. A user's mechanism whose name is a channel's has one.
 */
static bool target_of(const cable_mechanism *m, size_t k, lg_drug_hook *hook, size_t *parameter) {
  size_t found = 0;
  for (size_t r = 0; r < COUNT(targets); r++) {
    if (strcmp(targets[r].mechanism, m->name) != 0) continue;
    *parameter = lg_cable_parameter(m, targets[r].parameter);
    *hook = targets[r].hook;
    if (*parameter != SIZE_MAX && found++ == k) return true;
  }
  if (found > 0 || k > 0 || lg_cable_mechanism_find(m->name) == m) return false;
  if (m->sort != CABLE_DENSITY || !lg_drug_hook_of_target(m->name, hook)) return false;
  for (*parameter = 0; *parameter < m->n_parameters; (*parameter)++)
    if (strcmp(m->parameters[*parameter].unit, "S/cm2") == 0 || strcmp(m->parameters[*parameter].unit, "mho/cm2") == 0)
      return true;
  return false;
}

static void find_channels(lg_cable_treatment *t) {
  lg_drug_hook hook;
  size_t parameter;
  for (size_t r = 0; r < t->model->n_regions; r++)
    for (size_t u = 0; u < t->model->regions[r].n_uses; u++) {
      const cable_use *use = &t->model->regions[r].uses[u];
      for (size_t k = 0; target_of(use->mechanism, k, &hook, &parameter); k++)
        if (use->values[parameter] > 0.0) t->there[hook] = true;
    }
}

/* A point neuron that has what the cell has. */
static lg_status make_stand_in(lg_cable_treatment *t, const lg_dose *doses, size_t n, const lg_drug_bath *bath) {
  lg_status status = LG_OK;
  LG_TRY(lg_neuron_init(t->ctx, "tm", NULL, &t->before));
  for (size_t k = 0; k < COUNT(seats); k++)
    LG_TRY(lg_neuron_set(t->ctx, &t->before, seats[k].conductance, t->there[seats[k].hook] ? 1.0 : 0.0));
  LG_TRY(lg_neuron_set(t->ctx, &t->before, "gL", 1.0));
  LG_TRY(lg_neuron_set(t->ctx, &t->before, "gGABA", t->there[LG_HOOK_GABA_TONIC] ? 1.0 : 0.0));
  LG_TRY(lg_drug_apply(t->ctx, &t->before, doses, n, bath, &t->after, &t->how->notes));
done:
  return status;
}

/* GIRK and tonic GABA go beside a leak; slow inactivation has no counterpart in these cells. */
static void correct_notes(lg_cable_treatment *t) {
  lg_drug_notes *notes = &t->how->notes;
  for (size_t k = 0; k < notes->n; k++) {
    const lg_drug_effect *e = notes->notes[k].effect;
    const bool beside = e->hook == LG_HOOK_GIRK || e->hook == LG_HOOK_GABA_TONIC;
    const bool elsewhere = (beside && !t->has_leak) || e->mode == LG_DRUG_SLOW_STATE_BLOCK;
    if (!elsewhere || notes->notes[k].outcome != LG_DRUG_ACTED) continue;
    notes->notes[k].outcome = LG_DRUG_NO_TARGET;
    notes->n_acted--;
  }
}

/* ---- sodium channels ----------------------------------------------------------------------------------- */

/* The block by fast inactivation; a slow one is for models with slow inactivation. */
typedef struct blocker {
  double kon, K_inactivated, K_rest, dose;
} blocker;

static lg_status find_blocker(lg_cable_treatment *t, blocker *out) {
  static const char *const fields[2][5] = {
      {"block_dose", "block_kon", "block_K_inactivated", "block_K_rest", "block_slow"},
      {"block2_dose", "block2_kon", "block2_K_inactivated", "block2_K_rest", "block2_slow"}};
  *out = (blocker){.dose = 0.0};
  for (size_t k = 0; k < 2; k++) {
    const double dose = lg_cable_after(t, fields[k][0]);
    if (!(dose > 0.0) || lg_cable_after(t, fields[k][4]) > 0.5) continue;
    if (out->dose > 0.0)
      return lg_fail(t->ctx, LG_ERR_UNSUPPORTED,
                     "two state-dependent sodium blockers at once: channels of cells with shape hold one");
    *out = (blocker){.dose = dose,
                     .kon = lg_cable_after(t, fields[k][1]),
                     .K_inactivated = lg_cable_after(t, fields[k][2]),
                     .K_rest = lg_cable_after(t, fields[k][3])};
  }
  return LG_OK;
}

static const cable_mechanism *drugged_kind(const cable_mechanism *m) {
  static const char *const pairs[][2] = {
      {"hh", "hh_drugged"},        {"hh_drugged", "hh_drugged"},     {"NaTs", "NaTs_drugged"},
      {"NaTs2_t", "NaTs_drugged"}, {"NaTs_drugged", "NaTs_drugged"}, {"NaTa", "NaTa_drugged"},
      {"NaTa_t", "NaTa_drugged"},  {"NaTa_drugged", "NaTa_drugged"}};
  if (lg_cable_mechanism_find(m->name) != m) return NULL; /* a user's, whatever its name */
  for (size_t k = 0; k < COUNT(pairs); k++)
    if (strcmp(pairs[k][0], m->name) == 0) return lg_cable_mechanism_find(pairs[k][1]);
  return NULL;
}

/* Probes of states follow the channel that takes the place of another. */
static void move_probes(lg_cable_treatment *t, const cable_mechanism *from, const cable_mechanism *to) {
  for (size_t p = 0; p < t->model->n_probes; p++) {
    cable_probe *probe = &t->model->probes[p];
    if (probe->mechanism != from) continue;
    probe->mechanism = to;
    for (size_t s = 0; probe->quantity == CABLE_STATE && s < to->n_states; s++)
      if (strcmp(to->states[s], from->states[probe->state]) == 0) {
        probe->state = s;
        break;
      }
  }
}

/* The same channel, able to be shifted and blocked: parameters in the same order, then those of the drug. */
static lg_status replace(lg_cable_treatment *t, cable_use *use, const cable_mechanism *kind) {
  lg_status status = LG_OK;
  double *values = NULL;
  cable_shape *shapes = NULL;
  if (use->mechanism == kind) return LG_OK;
  LG_NEW(t->ctx, values, kind->n_parameters + 1);
  for (size_t p = 0; p < kind->n_parameters; p++)
    values[p] = p < use->mechanism->n_parameters ? use->values[p] : kind->parameters[p].default_value;
  move_probes(t, use->mechanism, kind);
  if (use->shapes) {
    LG_NEW(t->ctx, shapes, kind->n_parameters + 1);
    memcpy(shapes, use->shapes,
           use->mechanism->n_parameters * sizeof *shapes); /* those of the drug are the same everywhere */
  }
  lg_free(t->ctx, use->values);
  lg_free(t->ctx, use->shapes);
  use->values = values;
  use->shapes = shapes;
  values = NULL;
  use->mechanism = kind;
done:
  lg_free(t->ctx, values);
  return status;
}

static lg_status drug_sodium(lg_cable_treatment *t, cable_use *use) {
  lg_status status = LG_OK;
  blocker b;
  const cable_mechanism *old = use->mechanism, *kind = drugged_kind(old);
  const double shift = lg_cable_change(t, "h_shift");
  char name[CABLE_NAME_BYTES];
  LG_TRY(find_blocker(t, &b));
  if (shift == 0.0 && !(b.dose > 0.0)) return LG_OK;
  if (!kind) {
    lg_cable_touched(t, old->name, false, "its inactivation can be neither shifted nor bound to");
    return LG_OK;
  }
  LG_TRY(replace(t, use, kind));
  if (old == kind) (void)snprintf(name, sizeof name, "%s", kind->name);
  else (void)snprintf(name, sizeof name, "%.30s -> %.29s", old->name, kind->name);
  if (shift != 0.0) {
    use->values[lg_cable_parameter(kind, "h_shift")] += shift;
    lg_cable_touched(t, name, true, "h_shift %+.4g mV", shift);
  }
  if (b.dose > 0.0) {
    double *dose = &use->values[lg_cable_parameter(kind, "block_dose")];
    if (*dose > 0.0) {
      status = lg_fail(t->ctx, LG_ERR_UNSUPPORTED, "%s is under a state-dependent blocker already: it holds one",
                       kind->name);
      goto done;
    }
    *dose = b.dose;
    use->values[lg_cable_parameter(kind, "block_kon")] = b.kon;
    use->values[lg_cable_parameter(kind, "block_K_inactivated")] = b.K_inactivated;
    use->values[lg_cable_parameter(kind, "block_K_rest")] = b.K_rest;
    lg_cable_touched(t, name, true, "block_dose %.4g uM, K %.4g uM inactivated, %.4g uM at rest", b.dose,
                     b.K_inactivated, b.K_rest);
  }
done:
  return status;
}

/* ---- channels ------------------------------------------------------------------------------------------ */

static double factor_of(const lg_cable_treatment *t, lg_drug_hook hook) {
  for (size_t k = 0; k < COUNT(seats); k++)
    if (seats[k].hook == hook) return t->there[hook] ? lg_cable_factor(t, seats[k].factor) : 1.0;
  return 1.0;
}

static void drug_m_current(lg_cable_treatment *t, cable_use *use) {
  const double shift = lg_cable_change(t, "p_shift");
  const size_t p = lg_cable_parameter(use->mechanism, "m_shift");
  if (shift == 0.0) return;
  if (p != SIZE_MAX) use->values[p] += shift;
  lg_cable_touched(t, use->mechanism->name, p != SIZE_MAX, "m_shift %+.4g mV", shift);
}

static lg_status treat_use(lg_cable_treatment *t, cable_use *use) {
  lg_status status = LG_OK;
  lg_drug_hook hook;
  size_t p;
  bool sodium = false;
  for (size_t k = 0; target_of(use->mechanism, k, &hook, &p); k++) {
    if (!(use->values[p] > 0.0)) continue;
    const double factor = factor_of(t, hook);
    use->values[p] *= factor;
    if (factor != 1.0)
      lg_cable_touched(t, use->mechanism->name, true, "%s x %.6g", use->mechanism->parameters[p].name, factor);
    if (hook == LG_HOOK_M) drug_m_current(t, use);
    sodium = sodium || hook == LG_HOOK_NA;
  }
  if (sodium) LG_TRY(drug_sodium(t, use));
done:
  return status;
}

lg_status lg_cable_treat(lg_ctx *ctx, cable_model *model, const lg_dose *doses, size_t n, const lg_drug_bath *bath,
                         lg_cable_treated *how) {
  lg_status status = LG_OK;
  lg_cable_treated *mine = NULL;
  LG_NEW(ctx, mine, 1);
  lg_cable_treatment t = {.ctx = ctx, .model = model, .how = mine};
  find_channels(&t);
  lg_cable_find_receptors(&t);
  lg_cable_find_tonic(&t);
  LG_TRY(make_stand_in(&t, doses, n, bath));
  correct_notes(&t);
  for (size_t r = 0; r < model->n_regions; r++)
    for (size_t u = 0; u < model->regions[r].n_uses; u++) LG_TRY(treat_use(&t, &model->regions[r].uses[u]));
  LG_TRY(lg_cable_treat_synapses(&t));
  LG_TRY(lg_cable_treat_tonic(&t));
  if (how) *how = *mine;
done:
  lg_free(ctx, mine);
  return status;
}
