/* The parameters of a model by name. */
#include "cable/parameters.h"
#include "cable/distribution.h"

#include <math.h>
#include <string.h>

typedef struct list {
  cable_named *of;
  size_t n, room;
} list;

static lg_status add(lg_ctx *ctx, list *l, const cable_named *what) {
  if (l->n == l->room) {
    cable_named *more = lg_realloc(ctx, l->of, l->room * sizeof *more, 2 * l->room + 32, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    l->of = more;
    l->room = 2 * l->room + 32;
  }
  l->of[l->n++] = *what;
  return LG_OK;
}

static void append(char *buffer, size_t bytes, const char *text) {
  const size_t n = strlen(buffer);
  if (n < bytes) (void)snprintf(buffer + n, bytes - n, "%s", text);
}

void lg_cable_region_name(const cable_region *region, char *buffer, size_t bytes) {
  static const char *const words[] = {"undefined", "soma", "axon", "dend", "apic"};
  (void)snprintf(buffer, bytes, "%s", region->all_types ? "all" : "");
  for (size_t k = 0; k < region->n_types && !region->all_types; k++) {
    char number[24];
    const int type = region->types[k];
    (void)snprintf(number, sizeof number, "type%d", type);
    if (k > 0) append(buffer, bytes, "+");
    append(buffer, bytes, type >= 0 && type <= 4 ? words[type] : number);
  }
}

static bool is_conductance(const lg_field *f) { return f->name[0] == 'g' && strstr(f->unit, "S/cm2") != NULL; }

static cable_named field_of(const cable_mechanism *kind, size_t field, const double *values) {
  const lg_field *f = &kind->parameters[field];
  cable_named it = {.p = CABLE_PARAMETER_INIT,
                    .unit = f->unit,
                    .value = values[field],
                    .low = f->low,
                    .high = f->high,
                    .conductance = is_conductance(f)};
  it.p.sort = CABLE_FIELD;
  it.p.mechanism = kind;
  it.p.field = field;
  return it;
}

static lg_status add_region(lg_ctx *ctx, const cable_model *m, size_t r, list *l) {
  lg_status status = LG_OK;
  const cable_region *region = &m->regions[r];
  char name[64];
  lg_cable_region_name(region, name, sizeof name);
  for (size_t u = 0; u < region->n_uses; u++) {
    const cable_mechanism *kind = region->uses[u].mechanism;
    for (size_t f = 0; f < kind->n_parameters; f++) {
      if (region->uses[u].shapes && region->uses[u].shapes[f].kind) continue; /* not one number */
      cable_named it = field_of(kind, f, region->uses[u].values);
      it.p.region = r;
      (void)snprintf(it.name, sizeof it.name, "%.50s.%.20s.%.20s", name, kind->name, kind->parameters[f].name);
      LG_TRY(add(ctx, l, &it));
    }
  }
  double reversal[3] = {region->reversal_na_mV, region->reversal_k_mV, region->reversal_ca_mV};
  static const char *const ions[3] = {"na", "k", "ca"};
  for (size_t x = 0; x < 3; x++)
    for (size_t k = 0; k < region->n_ions; k++)
      if (strcmp(region->ions[k].name, ions[x]) == 0 && !isnan(region->ions[k].reversal_mV))
        reversal[x] = region->ions[k].reversal_mV;
  const struct {
    cable_parameter_sort sort;
    const char *word, *unit, *ion;
    double value, low, high;
  } rest[] = {
      {CABLE_CAPACITANCE, "cm", "uF/cm2", "", region->capacitance_uF_cm2, 1e-3, 1e3},
      {CABLE_AXIAL, "Ra", "ohm cm", "", region->axial_resistivity_ohm_cm, 1e-3, 1e6},
      {CABLE_REVERSAL, "ena", "mV", "na", reversal[0], -500.0, 500.0},
      {CABLE_REVERSAL, "ek", "mV", "k", reversal[1], -500.0, 500.0},
      {CABLE_REVERSAL, "eca", "mV", "ca", reversal[2], -500.0, 500.0},
  };
  for (size_t k = 0; k < sizeof rest / sizeof rest[0]; k++) {
    cable_named it = {.p = CABLE_PARAMETER_INIT,
                      .unit = rest[k].unit,
                      .value = rest[k].value,
                      .low = rest[k].low,
                      .high = rest[k].high};
    bool used = rest[k].sort != CABLE_REVERSAL;
    for (size_t u = 0; u < region->n_uses && !used; u++)
      for (size_t x = 0; x < region->uses[u].mechanism->n_ions; x++)
        used = used || (strcmp(region->uses[u].mechanism->ions[x].name, rest[k].ion) == 0 &&
                        region->uses[u].mechanism->ions[x].reads_reversal);
    if (!used || isnan(rest[k].value) || (!m->morphology && rest[k].sort != CABLE_REVERSAL)) continue;
    it.p.sort = rest[k].sort;
    it.p.region = r;
    (void)snprintf(it.p.ion, sizeof it.p.ion, "%s", rest[k].ion);
    (void)snprintf(it.name, sizeof it.name, "%.50s.%s", name, rest[k].word);
    LG_TRY(add(ctx, l, &it));
  }
done:
  return status;
}

static lg_status add_fields_of_place(lg_ctx *ctx, const cable_use *use, size_t index, bool synapse, list *l) {
  lg_status status = LG_OK;
  for (size_t f = 0; f < use->mechanism->n_parameters; f++) {
    cable_named it = field_of(use->mechanism, f, use->values);
    it.p.index = index;
    it.conductance = false;
    (void)snprintf(it.name, sizeof it.name, "%.40s%s[%zu].%.20s", use->mechanism->name, synapse ? "" : "@point", index,
                   use->mechanism->parameters[f].name);
    LG_TRY(add(ctx, l, &it));
  }
done:
  return status;
}

lg_status lg_cable_parameters(lg_ctx *ctx, const cable_model *m, cable_named **out, size_t *n) {
  lg_status status = LG_OK;
  list l = {0};
  *out = NULL;
  *n = 0;
  for (size_t r = 0; r < m->n_regions; r++) LG_TRY(add_region(ctx, m, r, &l));
  for (size_t k = 0; k < m->n_points; k++) LG_TRY(add_fields_of_place(ctx, &m->points[k].use, k, false, &l));
  for (size_t k = 0; k < m->n_synapses; k++) {
    cable_named it = {.p = CABLE_PARAMETER_INIT, .unit = "uS", .value = m->synapses[k].weight_uS, .high = 1e3};
    LG_TRY(add_fields_of_place(ctx, &m->synapses[k].use, k, true, &l));
    it.p.sort = CABLE_WEIGHT;
    it.p.index = k;
    (void)snprintf(it.name, sizeof it.name, "weight[%zu]", k);
    LG_TRY(add(ctx, &l, &it));
  }
  for (size_t k = 0; k < m->n_clamps; k++) {
    cable_named it = {
        .p = CABLE_PARAMETER_INIT, .unit = "nA", .value = m->clamps[k].amplitude_nA, .low = -1e3, .high = 1e3};
    it.p.sort = CABLE_CLAMP;
    it.p.index = k;
    (void)snprintf(it.name, sizeof it.name, "clamp[%zu]", k);
    LG_TRY(add(ctx, &l, &it));
  }
  *out = l.of;
  *n = l.n;
  l.of = NULL;
done:
  lg_free(ctx, l.of);
  return status;
}

bool lg_cable_matches(const char *pattern, const char *name) {
  const char *star = NULL, *resume = NULL;
  while (*name) {
    if (*pattern == '*') {
      star = ++pattern;
      resume = name;
    } else if (*pattern == '?' || *pattern == *name) {
      pattern++;
      name++;
    } else if (star) {
      pattern = star;
      name = ++resume;
    } else return false;
  }
  while (*pattern == '*') pattern++;
  return *pattern == '\0';
}

static void set_region(cable_region *region, const cable_parameter *p, double value) {
  switch (p->sort) {
  case CABLE_FIELD:
    for (size_t u = 0; u < region->n_uses; u++)
      if (region->uses[u].mechanism == p->mechanism) region->uses[u].values[p->field] = value;
    break;
  case CABLE_CAPACITANCE:
    region->capacitance_uF_cm2 = value;
    break;
  case CABLE_AXIAL:
    region->axial_resistivity_ohm_cm = value;
    break;
  case CABLE_REVERSAL:
    for (size_t k = 0; k < region->n_ions; k++)
      if (strcmp(region->ions[k].name, p->ion) == 0) region->ions[k].reversal_mV = value;
    if (strcmp(p->ion, "na") == 0) region->reversal_na_mV = value;
    if (strcmp(p->ion, "k") == 0) region->reversal_k_mV = value;
    if (strcmp(p->ion, "ca") == 0) region->reversal_ca_mV = value;
    break;
  default:
    break;
  }
}

void lg_cable_model_set(cable_model *m, const cable_parameter *p, double value) {
  const bool point = p->sort == CABLE_FIELD && p->mechanism->sort == CABLE_POINT;
  for (size_t r = 0; r < m->n_regions && !point; r++)
    if (p->region == CABLE_ANY || p->region == r) set_region(&m->regions[r], p, value);
  for (size_t k = 0; k < m->n_synapses; k++) {
    if (p->index != CABLE_ANY && p->index != k) continue;
    if (p->sort == CABLE_WEIGHT) m->synapses[k].weight_uS = value;
    if (point && m->synapses[k].use.mechanism == p->mechanism) m->synapses[k].use.values[p->field] = value;
  }
  for (size_t k = 0; k < m->n_points && point; k++)
    if ((p->index == CABLE_ANY || p->index == k) && m->points[k].use.mechanism == p->mechanism)
      m->points[k].use.values[p->field] = value;
  for (size_t k = 0; k < m->n_clamps && p->sort == CABLE_CLAMP; k++)
    if (p->index == CABLE_ANY || p->index == k) m->clamps[k].amplitude_nA = value;
  if (p->sort == CABLE_V_INIT) m->v_init_mV = value;
}
