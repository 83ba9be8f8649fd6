/* What NeuroML says of groups of segments: densities, capacitance, resistivity, ions; and clamps. */
#include "twin/neuroml_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lg_status add_property(neuroml *m, const lg_xml_element *e, neuroml_property property) {
  const char *group = lg_xml_attribute(e, "segmentGroup");
  if (lg_xml_attribute(e, "segment"))
    return lg_neuroml_refuse(m, e, "<%.40s segment=…> is not supported; segmentGroup is", e->name);
  if (m->n_properties == m->properties_room) {
    const size_t room = m->properties_room ? 2 * m->properties_room : 16;
    neuroml_property *grown =
        lg_realloc(m->ctx, m->properties, m->properties_room * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    m->properties = grown;
    m->properties_room = room;
  }
  if (m->n_properties >= 2000) return lg_neuroml_refuse(m, e, "more than 2000 properties");
  if (group && strlen(group) >= NEUROML_NAME)
    return lg_neuroml_refuse(m, e, "segmentGroup: a name of more than %d bytes", NEUROML_NAME - 1);
  (void)snprintf(property.group, sizeof property.group, "%s", group ? group : "all");
  property.line = e->line;
  m->properties[m->n_properties++] = property;
  return LG_OK;
}

static lg_status read_density(neuroml *m, const lg_xml_element *e) {
  neuroml_property p = {.what = SAYS_DENSITY};
  const char *channel, *ion = lg_xml_attribute(e, "ion");
  const bool nernst = strcmp(e->name, "channelDensityNernst") == 0;
  lg_status status;
  if (lg_xml_child(e, "variableParameter"))
    return lg_neuroml_refuse(m, e, "densities that vary along a path are not supported");
  LG_TRY(lg_neuroml_text(m, e, "ionChannel", &channel));
  LG_TRY(lg_neuroml_quantity(m, e, "condDensity", NEUROML_DENSITY, &p.value));
  if (!(p.value >= 0.0)) return lg_neuroml_refuse(m, e, "condDensity is negative");
  if (!nernst) LG_TRY(lg_neuroml_quantity(m, e, "erev", NEUROML_VOLTAGE, &p.reversal_mV));
  LG_TRY(lg_neuroml_channel(m, e, channel, ion ? ion : "non_specific", nernst, &p.mechanism));
  LG_TRY(add_property(m, e, p));
done:
  return status;
}

static lg_status read_value(neuroml *m, const lg_xml_element *e, neuroml_what what, neuroml_dimension dimension) {
  neuroml_property p = {.what = what};
  const lg_status status = lg_neuroml_quantity(m, e, "value", dimension, &p.value);
  if (status != LG_OK) return status;
  if (!(p.value > 0.0)) return lg_neuroml_refuse(m, e, "value = %g: above 0 expected", p.value);
  return add_property(m, e, p);
}

static lg_status read_species(neuroml *m, const lg_xml_element *e) {
  static const char *const attributes[] = {"initialConcentration", "initialExtConcentration"};
  const char *ion = lg_xml_attribute(e, "ion"), *model = lg_xml_attribute(e, "concentrationModel");
  neuroml_property p = {.what = SAYS_POOL};
  lg_status status = LG_OK;
  if (!ion) LG_TRY(lg_neuroml_text(m, e, "id", &ion));
  if (strlen(ion) >= sizeof p.ion) return lg_neuroml_refuse(m, e, "ion=\"%.40s\": at most 15 letters", ion);
  (void)snprintf(p.ion, sizeof p.ion, "%s", ion);
  if (model) {
    LG_TRY(lg_neuroml_pool(m, e, model, ion, &p.mechanism));
    LG_TRY(add_property(m, e, p));
  }
  for (size_t k = 0; k < 2; k++) {
    if (!lg_xml_attribute(e, attributes[k])) continue;
    p.what = k == 0 ? SAYS_INSIDE : SAYS_OUTSIDE;
    LG_TRY(lg_neuroml_quantity(m, e, attributes[k], NEUROML_CONCENTRATION, &p.value));
    if (!(p.value > 0.0)) return lg_neuroml_refuse(m, e, "%s = %g mM: above 0 expected", attributes[k], p.value);
    LG_TRY(add_property(m, e, p));
  }
done:
  return status;
}

static lg_status read_start(neuroml *m, const lg_xml_element *e) {
  double v;
  const lg_status status = lg_neuroml_quantity(m, e, "value", NEUROML_VOLTAGE, &v);
  if (status != LG_OK) return status;
  if (!isnan(m->v_init_mV) && m->v_init_mV != v)
    return lg_neuroml_add_note(m, "initMembPotential: %g mV is used everywhere, not %g mV", m->v_init_mV, v);
  m->v_init_mV = v;
  return LG_OK;
}

static lg_status read_item(neuroml *m, const lg_xml_element *e) {
  const char *name = e->name;
  if (strcmp(name, "channelDensity") == 0 || strcmp(name, "channelDensityNernst") == 0) return read_density(m, e);
  if (strcmp(name, "specificCapacitance") == 0) return read_value(m, e, SAYS_CAPACITANCE, NEUROML_CAPACITANCE);
  if (strcmp(name, "resistivity") == 0) return read_value(m, e, SAYS_RESISTIVITY, NEUROML_RESISTIVITY);
  if (strcmp(name, "initMembPotential") == 0) return read_start(m, e);
  if (strcmp(name, "species") == 0) return read_species(m, e);
  if (strcmp(name, "spikeThresh") == 0 || strcmp(name, "notes") == 0 || strcmp(name, "annotation") == 0 ||
      strcmp(name, "property") == 0)
    return LG_OK;
  return lg_neuroml_refuse(
      m, e,
      "<%.60s> is not supported; channelDensity, channelDensityNernst, specificCapacitance, resistivity, "
      "initMembPotential, species are",
      name);
}

lg_status lg_neuroml_read_properties(neuroml *m) {
  static const char *const parts[] = {"membraneProperties", "intracellularProperties"};
  const lg_xml_element *own = lg_xml_child(m->cell, "biophysicalProperties");
  const char *other = lg_xml_attribute(m->cell, "biophysicalProperties");
  lg_status status = LG_OK;
  if (!own && other) own = lg_neuroml_by_id(m, other);
  if (!own) return lg_neuroml_refuse(m, m->cell, "the cell has no biophysicalProperties");
  for (size_t k = 0; k < 2; k++)
    for (const lg_xml_element *part = lg_xml_child(own, parts[k]); part; part = lg_xml_sibling(part, parts[k]))
      for (const lg_xml_element *e = lg_xml_child(part, NULL); e; e = e->next) LG_TRY(read_item(m, e));
done:
  return status;
}

/* ---- clamps ----------------------------------------------------------------------------------- */

static lg_status add_clamp(neuroml *m, const lg_xml_element *use, const char *id, const char *segment,
                           const char *fraction) {
  const lg_xml_element *e = lg_neuroml_by_id(m, id);
  const long long wanted = segment ? strtoll(segment, NULL, 10) : m->segments[0].id;
  const double along = fraction ? strtod(fraction, NULL) : 0.5;
  size_t k = 0;
  lg_status status;
  if (!e || strcmp(e->name, "pulseGenerator") != 0)
    return lg_neuroml_add_note(m, "input %.60s is passed over: only pulseGenerator is converted", id);
  while (k < m->n_segments && m->segments[k].id != wanted) k++;
  if (k == m->n_segments) return lg_neuroml_refuse(m, use, "there is no segment %lld", wanted);
  if (!(along >= 0.0 && along <= 1.0))
    return lg_neuroml_refuse(m, use, "fractionAlong = %g: between 0 and 1 expected", along);
  if (m->n_clamps >= 1000) return lg_neuroml_refuse(m, use, "more than 1000 inputs");
  if (!m->clamps) LG_NEW(m->ctx, m->clamps, 1000);
  neuroml_clamp *c = &m->clamps[m->n_clamps];
  const neuroml_segment *s = &m->segments[k];
  c->section = s->section;
  c->x = fmin(1.0, (s->begin_um + along * (s->end_um - s->begin_um)) / m->sections[s->section].length_um);
  LG_TRY(lg_neuroml_quantity(m, e, "delay", NEUROML_TIME, &c->delay_ms));
  LG_TRY(lg_neuroml_quantity(m, e, "duration", NEUROML_TIME, &c->duration_ms));
  LG_TRY(lg_neuroml_quantity(m, e, "amplitude", NEUROML_CURRENT, &c->amplitude_nA));
  m->n_clamps++;
done:
  return status;
}

/* "pop[0]", "../pop/0/cell": the first cell of its population. */
static bool is_first(const char *target) {
  const char *bracket = strchr(target, '['), *slash = strncmp(target, "../", 3) == 0 ? strchr(target + 3, '/') : NULL;
  if (bracket) return bracket[1] == '0' && bracket[2] == ']';
  return slash && slash[1] == '0' && (slash[2] == '/' || !slash[2]);
}

static lg_status read_network(neuroml *m, const lg_xml_element *network) {
  const char *input, *target;
  lg_status status = LG_OK;
  if (lg_xml_attribute(network, "temperature"))
    LG_TRY(lg_neuroml_quantity(m, network, "temperature", NEUROML_TEMPERATURE, &m->celsius));
  for (const lg_xml_element *e = lg_xml_child(network, NULL); e; e = e->next) {
    if (strcmp(e->name, "explicitInput") == 0) {
      LG_TRY(lg_neuroml_text(m, e, "input", &input));
      LG_TRY(lg_neuroml_text(m, e, "target", &target));
      if (is_first(target))
        LG_TRY(add_clamp(m, e, input, lg_xml_attribute(e, "segmentId"), lg_xml_attribute(e, "fractionAlong")));
    } else if (strcmp(e->name, "inputList") == 0) {
      LG_TRY(lg_neuroml_text(m, e, "component", &input));
      for (const lg_xml_element *i = lg_xml_child(e, NULL); i; i = i->next) {
        target = lg_xml_attribute(i, "target");
        if (target && is_first(target))
          LG_TRY(add_clamp(m, i, input, lg_xml_attribute(i, "segmentId"), lg_xml_attribute(i, "fractionAlong")));
      }
    } else if (strcmp(e->name, "population") != 0 && strcmp(e->name, "notes") != 0) {
      LG_TRY(lg_neuroml_add_note(m, "<%.60s> of the network is passed over: one cell is converted", e->name));
    }
  }
done:
  return status;
}

lg_status lg_neuroml_read_clamps(neuroml *m) {
  lg_status status = LG_OK;
  for (size_t d = 0; d < m->n_documents && status == LG_OK; d++)
    for (const lg_xml_element *e = lg_xml_child(lg_xml_root(m->documents[d]), "network"); e && status == LG_OK;
         e = lg_xml_sibling(e, "network"))
      status = read_network(m, e);
  return status;
}
