/* Channels and pools of NeuroML. */
#include "twin/neuroml_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rates ------------------------------------------------------------------------------------ */

static lg_status read_rate(neuroml *m, const lg_xml_element *e, neuroml_dimension dimension, neuroml_rate *out) {
  static const struct {
    const char *type;
    rate_form form;
  } table[] = {{"HHExpRate", RATE_EXP},     {"HHSigmoidRate", RATE_SIGMOID},     {"HHExpLinearRate", RATE_LINEAR},
               {"HHExpVariable", RATE_EXP}, {"HHSigmoidVariable", RATE_SIGMOID}, {"HHExpLinearVariable", RATE_LINEAR},
               {"HHExpTime", RATE_EXP},     {"HHSigmoidTime", RATE_SIGMOID}};
  const char *type;
  lg_status status;
  LG_TRY(lg_neuroml_text(m, e, "type", &type));
  if (strcmp(type, "fixedTimeCourse") == 0) {
    out->form = RATE_FIXED;
    LG_TRY(lg_neuroml_quantity(m, e, "tau", NEUROML_TIME, &out->rate));
    if (!(out->rate > 0.0)) return lg_neuroml_refuse(m, e, "tau = %g ms: above 0 expected", out->rate);
    return LG_OK;
  }
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (strcmp(table[k].type, type) == 0) out->form = table[k].form;
  if (out->form == RATE_NONE)
    return lg_neuroml_refuse(
        m, e,
        "<%.40s type=\"%.60s\">: a ComponentType of LEMS is not supported; HHExpRate, HHSigmoidRate, "
        "HHExpLinearRate, HH…Variable, fixedTimeCourse are",
        e->name, type);
  LG_TRY(lg_neuroml_quantity(m, e, "rate", dimension, &out->rate));
  LG_TRY(lg_neuroml_quantity(m, e, "midpoint", NEUROML_VOLTAGE, &out->midpoint_mV));
  LG_TRY(lg_neuroml_quantity(m, e, "scale", NEUROML_VOLTAGE, &out->scale_mV));
  if (out->scale_mV == 0.0) return lg_neuroml_refuse(m, e, "scale = 0");
done:
  return status;
}

static lg_status read_q10(neuroml *m, const lg_xml_element *e, neuroml_q10 *out) {
  const char *type;
  lg_status status;
  LG_TRY(lg_neuroml_text(m, e, "type", &type));
  out->temperature = (double)NAN;
  if (strcmp(type, "q10Fixed") == 0) {
    LG_TRY(lg_neuroml_quantity(m, e, "fixedQ10", NEUROML_NUMBER, &out->factor));
  } else if (strcmp(type, "q10ExpTemp") == 0) {
    LG_TRY(lg_neuroml_quantity(m, e, "q10Factor", NEUROML_NUMBER, &out->factor));
    LG_TRY(lg_neuroml_quantity(m, e, "experimentalTemp", NEUROML_TEMPERATURE, &out->temperature));
  } else {
    return lg_neuroml_refuse(m, e, "q10Settings of type \"%.60s\": q10Fixed or q10ExpTemp expected", type);
  }
  if (!(out->factor > 0.0)) return lg_neuroml_refuse(m, e, "a q10 of %g: above 0 expected", out->factor);
done:
  return status;
}

/* ---- gates ------------------------------------------------------------------------------------ */

typedef struct gate_needs {
  const char *type;
  bool rates, steady, time_course;
} gate_needs;

static const gate_needs gate_types[] = {
    {"gateHHrates", true, false, false},   {"gateHHratesTau", true, false, true},
    {"gateHHratesInf", true, true, false}, {"gateHHratesTauInf", true, true, true},
    {"gateHHtauInf", false, true, true},   {"gateHHInstantaneous", false, true, false},
};

static lg_status gate_child(neuroml *m, const lg_xml_element *c, neuroml_gate *gate) {
  if (strcmp(c->name, "forwardRate") == 0) return read_rate(m, c, NEUROML_PER_TIME, &gate->forward);
  if (strcmp(c->name, "reverseRate") == 0) return read_rate(m, c, NEUROML_PER_TIME, &gate->reverse);
  if (strcmp(c->name, "steadyState") == 0) return read_rate(m, c, NEUROML_NUMBER, &gate->steady);
  if (strcmp(c->name, "timeCourse") == 0) return read_rate(m, c, NEUROML_TIME, &gate->time_course);
  if (strcmp(c->name, "q10Settings") == 0) {
    if (gate->n_q10 == 4) return lg_neuroml_refuse(m, c, "more than 4 q10Settings");
    return read_q10(m, c, &gate->q10[gate->n_q10++]);
  }
  if (strcmp(c->name, "notes") == 0 || strcmp(c->name, "annotation") == 0) return LG_OK;
  return lg_neuroml_refuse(m, c, "<%.40s> in a gate is not supported", c->name);
}

static lg_status unique_gate_name(neuroml *m, const lg_xml_element *e, const neuroml_mechanism *x,
                                  const neuroml_gate *gate) {
  for (size_t k = 0; k < x->n_gates; k++)
    if (strcmp(x->gates[k].name, gate->name) == 0) return lg_neuroml_refuse(m, e, "a second gate %s", gate->name);
  return LG_OK;
}

static lg_status read_gate(neuroml *m, const lg_xml_element *e, neuroml_mechanism *x) {
  const char *type = strcmp(e->name, "gate") == 0 ? lg_xml_attribute(e, "type") : e->name, *id;
  const gate_needs *needs = NULL;
  double instances = 1.0;
  lg_status status;
  for (size_t k = 0; type && k < sizeof gate_types / sizeof gate_types[0]; k++)
    if (strcmp(gate_types[k].type, type) == 0) needs = &gate_types[k];
  if (!needs)
    return lg_neuroml_refuse(
        m, e,
        "a gate of type \"%.60s\" is not supported; gateHHrates, gateHHtauInf, gateHHratesTau, gateHHratesInf, "
        "gateHHratesTauInf, gateHHInstantaneous are",
        type ? type : "");
  if (x->n_gates == NEUROML_MAX_GATES) return lg_neuroml_refuse(m, e, "more than %d gates", NEUROML_MAX_GATES);
  neuroml_gate *gate = &x->gates[x->n_gates];
  memset(gate, 0, sizeof *gate);
  LG_TRY(lg_neuroml_text(m, e, "id", &id));
  lg_neuroml_clean_name(id, gate->name, sizeof gate->name);
  LG_TRY(unique_gate_name(m, e, x, gate));
  if (lg_xml_attribute(e, "instances")) LG_TRY(lg_neuroml_quantity(m, e, "instances", NEUROML_NUMBER, &instances));
  if (!(instances >= 1.0 && instances <= 20.0 && instances == floor(instances)))
    return lg_neuroml_refuse(m, e, "instances = %g: a whole number between 1 and 20 expected", instances);
  gate->instances = (unsigned)instances;
  gate->instantaneous = strcmp(needs->type, "gateHHInstantaneous") == 0;
  for (const lg_xml_element *c = lg_xml_child(e, NULL); c; c = c->next) LG_TRY(gate_child(m, c, gate));
  if (needs->rates && (gate->forward.form == RATE_NONE || gate->reverse.form == RATE_NONE))
    return lg_neuroml_refuse(m, e, "gate %.40s needs forwardRate and reverseRate", id);
  if (needs->steady && gate->steady.form == RATE_NONE)
    return lg_neuroml_refuse(m, e, "gate %.40s needs steadyState", id);
  if (needs->time_course && gate->time_course.form == RATE_NONE)
    return lg_neuroml_refuse(m, e, "gate %.40s needs timeCourse", id);
  if (!needs->steady) gate->steady.form = RATE_NONE;
  x->n_gates++;
done:
  return status;
}

static lg_status conductance_scaling(neuroml *m, const lg_xml_element *e, neuroml_mechanism *x) {
  lg_status status;
  LG_TRY(lg_neuroml_quantity(m, e, "q10Factor", NEUROML_NUMBER, &x->conductance_q10.factor));
  LG_TRY(lg_neuroml_quantity(m, e, "experimentalTemp", NEUROML_TEMPERATURE, &x->conductance_q10.temperature));
  if (!(x->conductance_q10.factor > 0.0))
    return lg_neuroml_refuse(m, e, "a q10 of %g: above 0 expected", x->conductance_q10.factor);
done:
  return status;
}

static lg_status read_channel(neuroml *m, const lg_xml_element *e, neuroml_mechanism *x) {
  const char *type = lg_xml_attribute(e, "type");
  const bool passive = strcmp(e->name, "ionChannelPassive") == 0 || (type && strcmp(type, "ionChannelPassive") == 0);
  lg_status status = LG_OK;
  if (strcmp(e->name, "ionChannel") != 0 && strcmp(e->name, "ionChannelHH") != 0 && !passive)
    return lg_neuroml_refuse(
        m, e, "<%.40s>: a channel of this kind is not supported; ionChannelHH, ionChannel, ionChannelPassive are",
        e->name);
  if (type && !passive && strcmp(type, "ionChannelHH") != 0)
    return lg_neuroml_refuse(
        m, e, "a channel of type \"%.60s\" is not supported; ionChannelHH and ionChannelPassive are", type);
  for (const lg_xml_element *c = lg_xml_child(e, NULL); c; c = c->next) {
    if (strncmp(c->name, "gate", 4) == 0) LG_TRY(read_gate(m, c, x));
    else if (strcmp(c->name, "q10ConductanceScaling") == 0) LG_TRY(conductance_scaling(m, c, x));
    else if (strcmp(c->name, "notes") != 0 && strcmp(c->name, "annotation") != 0)
      return lg_neuroml_refuse(m, c, "<%.40s> in a channel is not supported", c->name);
  }
  if (passive && x->n_gates > 0) return lg_neuroml_refuse(m, e, "a passive channel with gates");
done:
  return status;
}

/* ---- the list --------------------------------------------------------------------------------- */

static lg_status add_mechanism(neuroml *m, neuroml_mechanism **out) {
  if (m->n_mechanisms == m->mechanisms_room) {
    const size_t room = m->mechanisms_room ? 2 * m->mechanisms_room : 8;
    neuroml_mechanism *grown =
        lg_realloc(m->ctx, m->mechanisms, m->mechanisms_room * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    m->mechanisms = grown;
    m->mechanisms_room = room;
  }
  if (m->n_mechanisms >= 200) return lg_fail(m->ctx, LG_ERR_LIMIT, "%s: more than 200 channels", m->name);
  *out = &m->mechanisms[m->n_mechanisms];
  memset(*out, 0, sizeof **out);
  return LG_OK;
}

/* A name that no other mechanism has. */
static void name_mechanism(const neuroml *m, neuroml_mechanism *x, const char *ending) {
  char base[NEUROML_NAME];
  lg_neuroml_clean_name(x->id, base, sizeof base);
  (void)snprintf(x->name, sizeof x->name, "%.40s%s", base, ending);
  for (unsigned suffix = 2;; suffix++) {
    bool taken = false;
    for (size_t k = 0; k < m->n_mechanisms; k++) taken = taken || strcmp(m->mechanisms[k].name, x->name) == 0;
    if (!taken) return;
    (void)snprintf(x->name, sizeof x->name, "%.40s%s%u", base, ending, suffix);
  }
}

static lg_status check_ion(neuroml *m, const lg_xml_element *use, const char *ion) {
  for (size_t k = 0; ion[k]; k++)
    if (k >= 12 || !((ion[k] >= 'a' && ion[k] <= 'z') || (ion[k] >= '0' && ion[k] <= '9' && k > 0)))
      return lg_neuroml_refuse(m, use, "ion=\"%.40s\": up to 12 small letters and digits expected", ion);
  return LG_OK;
}

lg_status lg_neuroml_channel(neuroml *m, const lg_xml_element *use, const char *id, const char *ion, bool nernst,
                             size_t *out) {
  neuroml_mechanism *x;
  const char *carried = strcmp(ion, "non_specific") == 0 || strcmp(ion, "nonspecific") == 0 ? "" : ion;
  lg_status status;
  LG_TRY(check_ion(m, use, carried));
  if (nernst && !*carried) return lg_neuroml_refuse(m, use, "a Nernst potential needs an ion");
  for (size_t k = 0; k < m->n_mechanisms; k++) {
    const neuroml_mechanism *old = &m->mechanisms[k];
    if (old->kind != NEUROML_CHANNEL || strcmp(old->id, id) != 0 || strcmp(old->ion, carried) != 0 ||
        old->nernst != nernst)
      continue;
    *out = k;
    return LG_OK;
  }
  const lg_xml_element *e = lg_neuroml_by_id(m, id);
  if (!e) return lg_neuroml_refuse(m, use, "there is no channel \"%.60s\"", id);
  LG_TRY(add_mechanism(m, &x));
  (void)snprintf(x->id, sizeof x->id, "%s", id);
  (void)snprintf(x->ion, sizeof x->ion, "%s", carried);
  x->nernst = nernst;
  LG_TRY(read_channel(m, e, x));
  name_mechanism(m, x, nernst ? "_nernst" : "");
  *out = m->n_mechanisms++;
done:
  return status;
}

lg_status lg_neuroml_pool(neuroml *m, const lg_xml_element *use, const char *id, const char *ion, size_t *out) {
  neuroml_mechanism *x;
  lg_status status;
  LG_TRY(check_ion(m, use, ion));
  for (size_t k = 0; k < m->n_mechanisms; k++)
    if (m->mechanisms[k].kind != NEUROML_CHANNEL && strcmp(m->mechanisms[k].id, id) == 0 &&
        strcmp(m->mechanisms[k].ion, ion) == 0) {
      *out = k;
      return LG_OK;
    }
  const lg_xml_element *e = lg_neuroml_by_id(m, id);
  if (!e) return lg_neuroml_refuse(m, use, "there is no concentration model \"%.60s\"", id);
  const char *type = lg_xml_attribute(e, "type");
  if (!type || strcmp(e->name, "concentrationModel") != 0) type = e->name;
  LG_TRY(add_mechanism(m, &x));
  (void)snprintf(x->id, sizeof x->id, "%s", id);
  (void)snprintf(x->ion, sizeof x->ion, "%s", ion);
  if (strcmp(type, "decayingPoolConcentrationModel") == 0) {
    x->kind = NEUROML_POOL_SHELL;
    LG_TRY(lg_neuroml_quantity(m, e, "shellThickness", NEUROML_LENGTH, &x->shell_um));
    if (!(x->shell_um > 0.0)) return lg_neuroml_refuse(m, e, "shellThickness = %g um: above 0 expected", x->shell_um);
  } else if (strcmp(type, "fixedFactorConcentrationModel") == 0) {
    x->kind = NEUROML_POOL_FACTOR;
    LG_TRY(lg_neuroml_quantity(m, e, "rho", NEUROML_RHO, &x->rho));
  } else {
    return lg_neuroml_refuse(m, e,
                             "the concentration model \"%.60s\" is not supported; decayingPoolConcentrationModel and "
                             "fixedFactorConcentrationModel are",
                             type);
  }
  LG_TRY(lg_neuroml_quantity(m, e, "restingConc", NEUROML_CONCENTRATION, &x->resting_mM));
  LG_TRY(lg_neuroml_quantity(m, e, "decayConstant", NEUROML_TIME, &x->decay_ms));
  if (!(x->decay_ms > 0.0)) return lg_neuroml_refuse(m, e, "decayConstant = %g ms: above 0 expected", x->decay_ms);
  name_mechanism(m, x, "");
  *out = m->n_mechanisms++;
done:
  return status;
}
