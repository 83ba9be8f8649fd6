/* Drugs on cells with shape: conductances that drugs open where there were none, in proportion to the leak. */
#include "cable/distribution.h"
#include "twin/cable_drug_internal.h"

#include <math.h>
#include <string.h>

/* The field of a use that is a leak, SIZE_MAX: none. */
static size_t leak_field(const cable_use *use) {
  if (lg_cable_mechanism_find(use->mechanism->name) != use->mechanism) return SIZE_MAX;
  if (strcmp(use->mechanism->name, "pas") == 0) return lg_cable_parameter(use->mechanism, "g");
  return strncmp(use->mechanism->name, "hh", 2) == 0 ? lg_cable_parameter(use->mechanism, "gl") : SIZE_MAX;
}

/* Leak density of a region. */
static double leak_of(const cable_region *region) {
  double sum = 0.0;
  for (size_t u = 0; u < region->n_uses; u++) {
    const size_t p = leak_field(&region->uses[u]);
    if (p != SIZE_MAX) sum += region->uses[u].values[p];
  }
  return sum;
}

static cable_use *use_of(cable_region *region, const cable_mechanism *kind) {
  for (size_t u = 0; u < region->n_uses; u++)
    if (region->uses[u].mechanism == kind) return &region->uses[u];
  return NULL;
}

void lg_cable_find_tonic(lg_cable_treatment *t) {
  const cable_mechanism *gaba = lg_cable_mechanism_find("gaba_tonic");
  for (size_t r = 0; r < t->model->n_regions; r++) {
    cable_region *region = &t->model->regions[r];
    const cable_use *tonic = use_of(region, gaba);
    t->has_leak = t->has_leak || leak_of(region) > 0.0;
    t->there[LG_HOOK_GABA_TONIC] = t->there[LG_HOOK_GABA_TONIC] || (tonic && tonic->values[0] > 0.0);
  }
}

/* The use of a mechanism in a region, made with a conductance of 0 where there is none. */
static lg_status need_use(lg_cable_treatment *t, cable_region *region, const cable_mechanism *kind, cable_use **out) {
  lg_status status = LG_OK;
  *out = use_of(region, kind);
  if (*out) return LG_OK;
  const size_t n = region->n_uses;
  cable_use *more = lg_realloc(t->ctx, region->uses, n * sizeof *more, n + 1, sizeof *more);
  if (!more) return LG_ERR_MEMORY;
  region->uses = more;
  cable_use *use = &more[n];
  *use = (cable_use){.mechanism = kind};
  LG_NEW(t->ctx, use->values, kind->n_parameters + 1);
  for (size_t p = 0; p < kind->n_parameters; p++) use->values[p] = kind->parameters[p].default_value;
  region->n_uses++;
  *out = use;
done:
  return status;
}

/* As much as `share` of the leak, in every region with one. */
static lg_status open_beside_leak(lg_cable_treatment *t, const char *name, double share, double reversal) {
  const cable_mechanism *kind = lg_cable_mechanism_find(name);
  lg_status status = LG_OK;
  for (size_t r = 0; r < t->model->n_regions; r++) {
    const double leak = leak_of(&t->model->regions[r]);
    cable_use *use;
    if (!(leak > 0.0)) continue;
    LG_TRY(need_use(t, &t->model->regions[r], kind, &use));
    use->values[0] += share * leak;
    if (kind->n_parameters > 1) use->values[1] = reversal;
    lg_cable_touched(t, name, true, "%.4g of the leak", share);
  }
done:
  return status;
}

lg_status lg_cable_treat_tonic(lg_cable_treatment *t) {
  lg_status status = LG_OK;
  const double girk = lg_cable_change(t, "gGIRK"), before = lg_neuron_get(&t->before, "gGABA");
  if (!t->has_leak) return LG_OK;
  if (girk > 0.0) LG_TRY(open_beside_leak(t, "girk", girk, 0.0));
  if (before > 0.0) {
    const double factor = lg_cable_factor(t, "gGABA");
    for (size_t r = 0; r < t->model->n_regions && factor != 1.0; r++) {
      cable_use *use = use_of(&t->model->regions[r], lg_cable_mechanism_find("gaba_tonic"));
      if (!use) continue;
      use->values[0] *= factor;
      lg_cable_touched(t, "gaba_tonic", true, "g x %.6g", factor);
    }
  } else if (lg_cable_after(t, "gGABA") > 0.0) {
    LG_TRY(open_beside_leak(t, "gaba_tonic", lg_cable_after(t, "gGABA"), lg_cable_after(t, "EGABA")));
  }
done:
  return status;
}
