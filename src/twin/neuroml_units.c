/* Numbers with units as NeuroML writes them, and small helpers. */
#include "twin/neuroml_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

lg_status lg_neuroml_refuse_at(neuroml *m, const lg_xml_element *at, const char *fmt, ...) {
  char text[400];
  const char *file = m->paths[0] ? m->paths[0] : "";
  const lg_xml_element *root = at;
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  lg_one_line(text);
  while (root && root->parent) root = root->parent;
  for (size_t k = 0; k < m->n_documents; k++)
    if (lg_xml_root(m->documents[k]) == root) file = lg_xml_file(m->documents[k]);
  return lg_fail(m->ctx, LG_ERR_FORMAT, "%s:%u: %s", file, at ? at->line : 1u, text);
}

lg_status lg_neuroml_add_note(neuroml *m, const char *fmt, ...) {
  char text[300];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  lg_one_line(text);
  if (m->n_notes >= 100) return LG_OK;
  for (size_t k = 0; k < m->n_notes; k++)
    if (strcmp(m->notes[k], text) == 0) return LG_OK;
  if (!m->notes) m->notes = lg_alloc(m->ctx, 100, sizeof *m->notes);
  if (!m->notes) return LG_ERR_MEMORY;
  m->notes[m->n_notes] = lg_strdup(m->ctx, text);
  return m->notes[m->n_notes++] ? LG_OK : LG_ERR_MEMORY;
}

static const struct {
  const char *name;
  neuroml_dimension dimension;
  double factor;
} units[] = {
    {"V", NEUROML_VOLTAGE, 1e3},
    {"mV", NEUROML_VOLTAGE, 1.0},
    {"s", NEUROML_TIME, 1e3},
    {"ms", NEUROML_TIME, 1.0},
    {"us", NEUROML_TIME, 1e-3},
    {"min", NEUROML_TIME, 6e4},
    {"per_s", NEUROML_PER_TIME, 1e-3},
    {"per_ms", NEUROML_PER_TIME, 1.0},
    {"Hz", NEUROML_PER_TIME, 1e-3},
    {"per_min", NEUROML_PER_TIME, 1.0 / 6e4},
    {"S", NEUROML_CONDUCTANCE, 1e6},
    {"mS", NEUROML_CONDUCTANCE, 1e3},
    {"uS", NEUROML_CONDUCTANCE, 1.0},
    {"nS", NEUROML_CONDUCTANCE, 1e-3},
    {"pS", NEUROML_CONDUCTANCE, 1e-6},
    {"S_per_m2", NEUROML_DENSITY, 1e-4},
    {"mS_per_cm2", NEUROML_DENSITY, 1e-3},
    {"S_per_cm2", NEUROML_DENSITY, 1.0},
    {"uS_per_cm2", NEUROML_DENSITY, 1e-6},
    {"mS_per_m2", NEUROML_DENSITY, 1e-7},
    {"F_per_m2", NEUROML_CAPACITANCE, 1e2},
    {"uF_per_cm2", NEUROML_CAPACITANCE, 1.0},
    {"ohm_m", NEUROML_RESISTIVITY, 1e2},
    {"kohm_cm", NEUROML_RESISTIVITY, 1e3},
    {"ohm_cm", NEUROML_RESISTIVITY, 1.0},
    {"degC", NEUROML_TEMPERATURE, 1.0},
    {"mol_per_m3", NEUROML_CONCENTRATION, 1.0},
    {"mM", NEUROML_CONCENTRATION, 1.0},
    {"uM", NEUROML_CONCENTRATION, 1e-3},
    {"nM", NEUROML_CONCENTRATION, 1e-6},
    {"M", NEUROML_CONCENTRATION, 1e3},
    {"mol_per_cm3", NEUROML_CONCENTRATION, 1e6},
    {"m", NEUROML_LENGTH, 1e6},
    {"cm", NEUROML_LENGTH, 1e4},
    {"um", NEUROML_LENGTH, 1.0},
    {"A", NEUROML_CURRENT, 1e9},
    {"uA", NEUROML_CURRENT, 1e3},
    {"nA", NEUROML_CURRENT, 1.0},
    {"pA", NEUROML_CURRENT, 1e-3},
    {"mol_per_m_per_A_per_s", NEUROML_RHO, 0.01},
    {"mol_per_cm_per_uA_per_ms", NEUROML_RHO, 1e11 * 0.01},
};

static const char *const in_words[] = {"a number",
                                       "a voltage (mV)",
                                       "a time (ms)",
                                       "a rate (per_ms)",
                                       "a conductance (uS)",
                                       "a conductance density (mS_per_cm2)",
                                       "a specific capacitance (uF_per_cm2)",
                                       "a resistivity (kohm_cm)",
                                       "a temperature (degC)",
                                       "a concentration (mM)",
                                       "a length (um)",
                                       "a current (nA)",
                                       "rho (mol_per_m_per_A_per_s)"};

lg_status lg_neuroml_text(neuroml *m, const lg_xml_element *e, const char *attribute, const char **text) {
  *text = lg_xml_attribute(e, attribute);
  return *text ? LG_OK : lg_neuroml_refuse(m, e, "<%.40s> without %s", e->name, attribute);
}

lg_status lg_neuroml_quantity(neuroml *m, const lg_xml_element *e, const char *attribute, neuroml_dimension dimension,
                              double *x) {
  const char *text;
  char *end;
  const lg_status status = lg_neuroml_text(m, e, attribute, &text);
  if (status != LG_OK) return status;
  *x = strtod(text, &end);
  if (end == text || !isfinite(*x) || fabs(*x) > 1e30)
    return lg_neuroml_refuse(m, e, "%s=\"%.40s\": %s expected", attribute, text, in_words[dimension]);
  while (isspace((unsigned char)*end)) end++;
  size_t n = strlen(end);
  while (n > 0 && isspace((unsigned char)end[n - 1])) n--;
  if (dimension == NEUROML_NUMBER && n == 0) return LG_OK;
  for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
    if (strlen(units[k].name) == n && strncmp(units[k].name, end, n) == 0 && units[k].dimension == dimension) {
      *x *= units[k].factor;
      return LG_OK;
    }
  return lg_neuroml_refuse(m, e, "%s=\"%.40s\": %s expected", attribute, text, in_words[dimension]);
}

const lg_xml_element *lg_neuroml_by_id(const neuroml *m, const char *id) {
  for (size_t d = 0; d < m->n_documents; d++)
    for (const lg_xml_element *e = lg_xml_child(lg_xml_root(m->documents[d]), NULL); e; e = e->next) {
      const char *own = lg_xml_attribute(e, "id");
      if (own && strcmp(own, id) == 0) return e;
    }
  return NULL;
}

void lg_neuroml_clean_name(const char *id, char *name, size_t bytes) {
  static const char *const taken[] = {
      "v",    "t",    "dt",   "celsius", "area",  "diam",   "gbar", "erev",  "i",     "g",      "exp", "log",
      "sqrt", "a",    "b",    "drive",   "rest",  "if",     "else", "qt",    "shift", "LOCAL",  "sin", "cos",
      "pow",  "fabs", "tanh", "linoid",  "rates", "states", "cai",  "SOLVE", "TABLE", "PROTECT"};
  size_t n = 0;
  if (!isalpha((unsigned char)id[0])) name[n++] = 'x';
  for (; *id && n + 8 < bytes && n < 40; id++) name[n++] = isalnum((unsigned char)*id) ? *id : '_';
  name[n] = 0;
  for (size_t k = 0; k < sizeof taken / sizeof taken[0]; k++)
    if (strcmp(taken[k], name) == 0) (void)snprintf(name + n, bytes - n, "_q");
}
