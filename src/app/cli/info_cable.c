/* Cells with shape in words: reconstructions, cases. */
#include "app/cli/info.h"
#include "io/plot_morphology.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(const char *word) {
  char *end;
  if (strspn(word, "0123456789+-.eE") != strlen(word)) return false;
  (void)strtod(word, &end);
  return end != word;
}

/** Whether a line of text has at least seven words, and only numbers before a remark. */
static bool is_swc_line(char *line) {
  size_t n = 0;
  char *remark = strchr(line, '#');
  if (remark) *remark = '\0';
  for (char *at = line; *at;) {
    while (isspace((unsigned char)*at)) at++;
    char *begin = at;
    while (*at && !isspace((unsigned char)*at)) at++;
    if (at == begin) break;
    const char kept = *at;
    *at = '\0';
    if (!is_number(begin)) return false;
    *at = kept;
    n++;
  }
  return n >= 7;
}

bool info_is_swc(const unsigned char *bytes, size_t n) {
  size_t at = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  while (at < n) {
    char line[256];
    size_t end = at;
    while (end < n && bytes[end] != '\n' && bytes[end] != '\r') end++;
    size_t begin = at;
    while (begin < end && isspace(bytes[begin])) begin++;
    if (begin < end && bytes[begin] != '#') {
      (void)snprintf(line, sizeof line, "%.*s", (int)(end - begin < sizeof line ? end - begin : sizeof line - 1),
                     (const char *)bytes + begin);
      return is_swc_line(line);
    }
    at = end + 1;
  }
  return false;
}

/* ---- morphology --------------------------------------------------------------------------------- */

/** Sums over the sections of a type. */
typedef struct type_sum {
  int type;
  size_t n;
  double length, area;
} type_sum;

enum { MOST_TYPES = 16 };

static size_t sum_types(const lg_morphology *m, type_sum sums[MOST_TYPES]) {
  size_t n = 0;
  for (size_t k = 0; k < m->n_sections; k++) {
    size_t i = 0;
    while (i < n && sums[i].type != m->sections[k].type) i++;
    if (i == MOST_TYPES) continue;
    if (i == n) sums[n++] = (type_sum){.type = m->sections[k].type};
    sums[i].n++;
    sums[i].length += lg_section_length_um(m, k), sums[i].area += lg_section_area_um2(m, k);
  }
  return n;
}

static void sections_text(FILE *stream, const lg_morphology *m) {
  type_sum sums[MOST_TYPES];
  char buffer[32];
  const size_t n = sum_types(m, sums);
  for (size_t k = 0; k < n; k++)
    (void)fprintf(stream, "%-16s %6zu sections, %12.3f um, %12.3f um2\n", lg_section_type_name(sums[k].type, buffer),
                  sums[k].n, sums[k].length, sums[k].area);
  if (m->n_notes > 0)
    (void)fprintf(stream, "%zu repair%s or note%s: loligo neuron morphology lists them\n", m->n_notes,
                  m->n_notes == 1 ? "" : "s", m->n_notes == 1 ? "" : "s");
}

void info_morphology_text(FILE *stream, const lg_morphology *m) {
  (void)fprintf(stream, "morphology, SWC\n");
  sections_text(stream, m);
}

void info_morphology_json(lg_json *w, const lg_morphology *m) {
  type_sum sums[MOST_TYPES];
  const size_t n = sum_types(m, sums);
  lg_json_key_text(w, "format", "SWC");
  lg_json_key_integer(w, "n_sections", (int64_t)m->n_sections);
  lg_json_key(w, "types");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    lg_json_object(w);
    lg_json_key_integer(w, "type", sums[k].type);
    lg_json_key_integer(w, "n_sections", (int64_t)sums[k].n);
    lg_json_key_number(w, "length_um", sums[k].length);
    lg_json_key_number(w, "area_um2", sums[k].area);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key_integer(w, "n_notes", (int64_t)m->n_notes);
}

/* ---- case ---------------------------------------------------------------------------------------- */

static void region_text(FILE *stream, const cable_region *r) {
  char buffer[32];
  (void)fputs("region       ", stream);
  if (r->all_types) (void)fputs("all types", stream);
  for (size_t k = 0; !r->all_types && k < r->n_types; k++)
    (void)fprintf(stream, "%s%s", k ? ", " : "", lg_section_type_name(r->types[k], buffer));
  (void)fprintf(stream, ": Ra %g ohm cm, cm %g uF/cm2, ", r->axial_resistivity_ohm_cm, r->capacitance_uF_cm2);
  for (size_t k = 0; k < r->n_uses; k++) (void)fprintf(stream, "%s%s", k ? ", " : "", r->uses[k].mechanism->name);
  (void)fputs(r->n_uses ? "\n" : "no mechanisms\n", stream);
}

void info_cable_text(FILE *stream, const cable_model *model) {
  (void)fprintf(stream, "cell with shape, JSON\n");
  if (model->swc_path) (void)fprintf(stream, "shape        %s\n", model->swc_path);
  if (model->morphology) sections_text(stream, model->morphology);
  else (void)fprintf(stream, "shape        %zu compartments given by their values\n", model->n_compartments);
  for (size_t k = 0; k < model->n_regions; k++) region_text(stream, &model->regions[k]);
  (void)fprintf(stream, "stimuli      %zu current clamps, %zu synapses, %zu other points\n", model->n_clamps,
                model->n_synapses, model->n_points);
  (void)fputs("probes       ", stream);
  for (size_t k = 0; k < model->n_probes; k++) (void)fprintf(stream, "%s%s", k ? ", " : "", model->probes[k].column);
  (void)fprintf(stream, "\nrun          %g ms at %g degC from %g mV, sampled every %g ms\n", model->tstop_ms,
                model->celsius, model->v_init_mV, model->sample_ms);
}

void info_cable_json(lg_json *w, const cable_model *model) {
  lg_json_key(w, "cell");
  lg_json_object(w);
  lg_json_key_text(w, "swc", model->swc_path);
  lg_json_key(w, "morphology");
  if (model->morphology) {
    lg_json_object(w);
    info_morphology_json(w, model->morphology);
    lg_json_end_object(w);
  } else {
    lg_json_null(w);
  }
  lg_json_key_integer(w, "n_compartments_given", (int64_t)model->n_compartments);
  lg_json_key_integer(w, "n_regions", (int64_t)model->n_regions);
  lg_json_key_integer(w, "n_clamps", (int64_t)model->n_clamps);
  lg_json_key_integer(w, "n_synapses", (int64_t)model->n_synapses);
  lg_json_key(w, "probes");
  lg_json_array(w);
  for (size_t k = 0; k < model->n_probes; k++) lg_json_text(w, model->probes[k].column);
  lg_json_end_array(w);
  lg_json_key_number(w, "tstop_ms", model->tstop_ms);
  lg_json_end_object(w);
}

/* ---- network ------------------------------------------------------------------------------------- */

static const char *population_kind(const cable_population *p) {
  return p->kind == CABLE_POISSON ? "Poisson sources" : p->kind == CABLE_TRAINS ? "given trains" : "cells";
}

void info_network_text(FILE *stream, const cable_network_model *m) {
  (void)fprintf(stream, "network of cells with shape, JSON\n");
  for (size_t k = 0; k < m->n_populations; k++)
    (void)fprintf(stream, "population   %s: %zu %s\n", m->populations[k].name, m->populations[k].number,
                  population_kind(&m->populations[k]));
  for (size_t k = 0; k < m->n_projections; k++)
    (void)fprintf(stream, "projection   %s to %s\n", m->populations[m->projections[k].from].name,
                  m->populations[m->projections[k].to].name);
  (void)fprintf(stream, "stimuli      %zu, gap junctions %zu, probes %zu\n", m->n_stimuli, m->n_gaps, m->n_probes);
  (void)fprintf(stream, "run          %g ms, step %g ms, sampled every %g ms\n", m->tstop_ms, m->dt_ms, m->sample_ms);
}

void info_network_json(lg_json *w, const cable_network_model *m) {
  lg_json_key(w, "network");
  lg_json_object(w);
  lg_json_key(w, "populations");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_populations; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "name", m->populations[k].name);
    lg_json_key_text(w, "kind", population_kind(&m->populations[k]));
    lg_json_key_integer(w, "number", (int64_t)m->populations[k].number);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key_integer(w, "n_projections", (int64_t)m->n_projections);
  lg_json_key_integer(w, "n_stimuli", (int64_t)m->n_stimuli);
  lg_json_key_integer(w, "n_gaps", (int64_t)m->n_gaps);
  lg_json_key_number(w, "tstop_ms", m->tstop_ms);
  lg_json_end_object(w);
}
