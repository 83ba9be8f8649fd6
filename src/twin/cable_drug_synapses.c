/* Drugs on cells with shape: receptors of synapses. */
#include "twin/cable_drug_internal.h"

#include <math.h>
#include <string.h>

/* What a synapse is, by its name; those without one of a receptor, by where they pull. */
typedef struct receptors {
  bool ampa, nmda, gaba;
  bool pair; /* of two conductances whose ratio is parameter `ratio` */
  const char *ratio, *decay;
} receptors;

static receptors receptors_of(const cable_use *use) {
  const char *name = use->mechanism->name;
  if (lg_cable_mechanism_find(name) != use->mechanism) return (receptors){.ampa = false}; /* a user's */
  if (strcmp(name, "AMPA") == 0) return (receptors){.ampa = true};
  if (strcmp(name, "NMDA") == 0 || strcmp(name, "nmda2") == 0) return (receptors){.nmda = true};
  if (strcmp(name, "GABA_A") == 0) return (receptors){.gaba = true, .decay = "tau2"};
  if (strcmp(name, "AMPA_NMDA") == 0)
    return (receptors){.ampa = true, .nmda = true, .pair = true, .ratio = "NMDA_ratio"};
  if (strcmp(name, "GABA_AB") == 0)
    return (receptors){.gaba = true, .pair = true, .ratio = "GABAB_ratio", .decay = "tau2_A"};
  const bool one = strcmp(name, "ExpSyn") == 0;
  if (!one && strcmp(name, "Exp2Syn") != 0) return (receptors){.ampa = false};
  const double e = use->values[lg_cable_parameter(use->mechanism, "e")];
  return (receptors){.ampa = e > -30.0, .gaba = e < -50.0, .decay = one ? "tau" : "tau2"};
}

void lg_cable_find_receptors(lg_cable_treatment *t) {
  for (size_t s = 0; s < t->model->n_synapses; s++) {
    const receptors r = receptors_of(&t->model->synapses[s].use);
    t->there[LG_HOOK_AMPA] = t->there[LG_HOOK_AMPA] || r.ampa;
    t->there[LG_HOOK_NMDA] = t->there[LG_HOOK_NMDA] || r.nmda;
    t->there[LG_HOOK_GABA_PHASIC] = t->there[LG_HOOK_GABA_PHASIC] || r.gaba;
  }
}

/* The weight is the first conductance; the other of a pair keeps its own by the ratio. */
static void scale(lg_cable_treatment *t, cable_synapse *s, const receptors *r, double first, double second) {
  const char *name = s->use.mechanism->name;
  s->weight_uS *= first;
  if (first != 1.0) lg_cable_touched(t, name, true, "weight x %.6g", first);
  if (!r->pair || second == first) return;
  const size_t p = lg_cable_parameter(s->use.mechanism, r->ratio);
  s->use.values[p] *= second / first;
  lg_cable_touched(t, name, true, "%s x %.6g", r->ratio, second / first);
}

/* A drug in the pore beside magnesium; a second one joins when it lies equally deep. */
static lg_status block_pore(lg_cable_treatment *t, cable_use *use) {
  const double dose = lg_cable_after(t, "NMDA_block_dose"), K0 = lg_cable_after(t, "NMDA_block_K0"),
               zdelta = lg_cable_after(t, "NMDA_block_zdelta"), magnesium = lg_cable_change(t, "Mg");
  const char *name = use->mechanism->name;
  if (magnesium != 0.0) {
    use->values[lg_cable_parameter(use->mechanism, "mg")] += magnesium;
    lg_cable_touched(t, name, true, "mg %+.4g mM", magnesium);
  }
  if (!(dose > 0.0)) return LG_OK;
  double *have = &use->values[lg_cable_parameter(use->mechanism, "blocker")];
  double *have_K0 = &use->values[lg_cable_parameter(use->mechanism, "blocker_K0")];
  double *have_zdelta = &use->values[lg_cable_parameter(use->mechanism, "blocker_zdelta")];
  if (*have > 0.0 && fabs(*have_zdelta - zdelta) > 0.4)
    return lg_fail(t->ctx, LG_ERR_UNSUPPORTED, "%s is blocked at another depth already (blocker_zdelta %g, now %g)",
                   name, *have_zdelta, zdelta);
  if (*have > 0.0) {
    *have += dose * *have_K0 / K0;
  } else {
    *have = dose;
    *have_K0 = K0;
    *have_zdelta = zdelta;
  }
  lg_cable_touched(t, name, true, "blocker %.4g uM, K0 %.4g uM, zdelta %.3g", dose, K0, zdelta);
  return LG_OK;
}

static void lengthen(lg_cable_treatment *t, cable_use *use, const char *decay) {
  const double factor = lg_cable_factor(t, "GABAA_decay");
  if (factor == 1.0) return;
  use->values[lg_cable_parameter(use->mechanism, decay)] *= factor;
  lg_cable_touched(t, use->mechanism->name, true, "%s x %.6g", decay, factor);
}

lg_status lg_cable_treat_synapses(lg_cable_treatment *t) {
  lg_status status = LG_OK;
  const double ampa = lg_cable_factor(t, "gAMPA"), nmda = lg_cable_factor(t, "gNMDA"),
               gaba = lg_cable_factor(t, "gGABAA");
  for (size_t k = 0; k < t->model->n_synapses; k++) {
    cable_synapse *s = &t->model->synapses[k];
    const receptors r = receptors_of(&s->use);
    if (r.ampa) scale(t, s, &r, ampa, nmda);
    else if (r.nmda) scale(t, s, &r, nmda, nmda);
    if (r.nmda) LG_TRY(block_pore(t, &s->use));
    if (!r.gaba) continue;
    scale(t, s, &r, gaba, 1.0); /* GABA-B receptors are others */
    lengthen(t, &s->use, r.decay);
  }
done:
  return status;
}
