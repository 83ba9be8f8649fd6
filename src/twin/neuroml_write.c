/* A NeuroML cell as a case of ours. */
#include "data/json_writer.h"
#include "twin/neuroml_internal.h"

#include <math.h>
#include <string.h>

/* The root's region is the soma (type 1); the others have types of their own from 10 on. */
static int type_of(const neuroml *m, size_t klass) {
  int type = 10;
  if (klass == m->segments[0].klass) return 1;
  for (size_t c = 0; c < klass; c++) type += m->classes[c].n_segments > 0 && c != m->segments[0].klass;
  return type;
}

static void write_sections(const neuroml *m, lg_json *w) {
  lg_json_key(w, "sections");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_sections; k++) {
    const neuroml_section *s = &m->sections[k];
    const neuroml_segment *first = &m->segments[s->first_segment];
    lg_json_object(w);
    if (first->name[0]) lg_json_key_text(w, "name", first->name);
    lg_json_key_integer(w, "type", type_of(m, s->klass));
    lg_json_key_integer(w, "parent", s->parent);
    lg_json_key_number(w, "parentx", s->parent < 0 ? 0.0 : s->parent_x);
    lg_json_key(w, "pts");
    lg_json_array(w);
    for (size_t p = 0; p < s->n_points; p++) lg_json_numbers(w, m->points[s->first_point + p], 4);
    lg_json_end_array(w);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

/* ---- regions ---------------------------------------------------------------------------------- */

/* What is said of a class, in the order of the file; later values of one thing replace earlier ones, but densities of
 * one channel add up. */
typedef struct said {
  double capacitance, resistivity;
  double *conductance, *reversal; /* (n_mechanisms) NAN: not there */
} said;

static void gather(const neuroml *m, size_t klass, said *s) {
  s->capacitance = s->resistivity = (double)NAN;
  for (size_t k = 0; k < m->n_mechanisms; k++) s->conductance[k] = s->reversal[k] = (double)NAN;
  for (size_t c = klass; m->classes[c].property != SIZE_MAX;
       c = m->classes[c].before) { /* from the last to the first */
    const neuroml_property *p = &m->properties[m->classes[c].property];
    double *g = &s->conductance[p->mechanism < m->n_mechanisms ? p->mechanism : 0];
    switch (p->what) {
    case SAYS_CAPACITANCE:
      if (isnan(s->capacitance)) s->capacitance = p->value;
      break;
    case SAYS_RESISTIVITY:
      if (isnan(s->resistivity)) s->resistivity = p->value;
      break;
    case SAYS_DENSITY: { /* two reversals: the mean that gives the same current */
      double *e = &s->reversal[p->mechanism];
      const double before = isnan(*g) ? 0.0 : *g, sum = before + p->value;
      *e = isnan(*e) || !(sum > 0.0) ? p->reversal_mV : (*e * before + p->reversal_mV * p->value) / sum;
      *g = sum;
      break;
    }
    case SAYS_POOL:
      *g = 0.0;
      break;
    case SAYS_INSIDE:
    case SAYS_OUTSIDE:
      break;
    }
  }
}

static void write_mechanisms(const neuroml *m, lg_json *w, const said *s) {
  lg_json_key(w, "mechanisms");
  lg_json_object(w);
  for (size_t k = 0; k < m->n_mechanisms; k++) {
    const neuroml_mechanism *x = &m->mechanisms[k];
    if (isnan(s->conductance[k])) continue;
    lg_json_key(w, x->name);
    lg_json_object(w);
    if (x->kind == NEUROML_CHANNEL) {
      lg_json_key_number(w, "gbar", s->conductance[k]);
      if (!x->nernst) lg_json_key_number(w, "erev", s->reversal[k]);
    }
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}

/* "ena": null where a channel follows Nernst: only sodium and potassium have fixed ones otherwise. */
static void write_reversals(const neuroml *m, lg_json *w, const said *s) {
  static const char *const fixed[] = {"na", "k"};
  bool any = false;
  for (size_t f = 0; f < 2; f++)
    for (size_t k = 0; k < m->n_mechanisms; k++) {
      const neuroml_mechanism *x = &m->mechanisms[k];
      if (isnan(s->conductance[k]) || !x->nernst || strcmp(x->ion, fixed[f]) != 0) continue;
      if (!any) {
        lg_json_key(w, "reversal");
        lg_json_object(w);
      }
      any = true;
      lg_json_key(w, f == 0 ? "ena" : "ek");
      lg_json_null(w);
      break;
    }
  if (any) lg_json_end_object(w);
}

/* Concentrations of ions that some mechanism here uses. */
static bool is_used(const neuroml *m, const char *ion) {
  for (size_t k = 0; k < m->n_mechanisms; k++)
    if (strcmp(m->mechanisms[k].ion, ion) == 0) return true;
  return false;
}

static void write_concentrations(const neuroml *m, lg_json *w, size_t klass) {
  char written[32][20];
  size_t n = 0;
  for (size_t c = klass; m->classes[c].property != SIZE_MAX; c = m->classes[c].before) {
    const neuroml_property *p = &m->properties[m->classes[c].property];
    char key[20];
    bool old = false;
    if ((p->what != SAYS_INSIDE && p->what != SAYS_OUTSIDE) || !is_used(m, p->ion) || n == 32) continue;
    (void)snprintf(key, sizeof key, "%s%c", p->ion, p->what == SAYS_INSIDE ? 'i' : 'o');
    for (size_t k = 0; k < n; k++) old = old || strcmp(written[k], key) == 0;
    if (old) continue;
    if (n == 0) {
      lg_json_key(w, "concentrations");
      lg_json_object(w);
    }
    memcpy(written[n++], key, sizeof key);
    lg_json_key_number(w, key, p->value);
  }
  if (n > 0) lg_json_end_object(w);
}

static void write_region(const neuroml *m, lg_json *w, size_t klass, said *s) {
  gather(m, klass, s);
  lg_json_object(w);
  lg_json_key(w, "types");
  lg_json_array(w);
  lg_json_integer(w, type_of(m, klass));
  lg_json_end_array(w);
  if (!isnan(s->resistivity)) lg_json_key_number(w, "Ra_ohm_cm", s->resistivity);
  lg_json_key_number(w, "cm_uF_cm2", isnan(s->capacitance) ? 1.0 : s->capacitance);
  write_mechanisms(m, w, s);
  write_reversals(m, w, s);
  write_concentrations(m, w, klass);
  lg_json_end_object(w);
}

static bool write_regions(const neuroml *m, lg_json *w) {
  said s = {0};
  s.conductance = lg_alloc(m->ctx, m->n_mechanisms + 1, sizeof *s.conductance);
  s.reversal = lg_alloc(m->ctx, m->n_mechanisms + 1, sizeof *s.reversal);
  const bool room = s.conductance && s.reversal;
  lg_json_key(w, "regions");
  lg_json_array(w);
  for (size_t c = 0; c < m->n_classes && room; c++)
    if (m->classes[c].n_segments > 0) write_region(m, w, c, &s);
  lg_json_end_array(w);
  lg_free(m->ctx, s.conductance);
  lg_free(m->ctx, s.reversal);
  return room;
}

/* ---- the case --------------------------------------------------------------------------------- */

static void write_place(lg_json *w, size_t section, double x) {
  lg_json_key(w, "loc");
  lg_json_array(w);
  lg_json_text(w, "sec");
  lg_json_integer(w, (int64_t)section);
  lg_json_number(w, x);
  lg_json_end_array(w);
}

static double end_of_run(const neuroml *m) {
  double end = 100.0;
  for (size_t k = 0; k < m->n_clamps; k++) {
    const double off = m->clamps[k].delay_ms + m->clamps[k].duration_ms + 50.0;
    if (off > end && off < 10000.0) end = off;
  }
  return end;
}

bool lg_neuroml_write_case(const neuroml *m, FILE *stream) {
  lg_json w = lg_json_begin(stream);
  char file[NEUROML_NAME + 8];
  lg_json_object(&w);
  lg_json_key_text(&w, "name", m->name);
  lg_json_key_text(&w, "description", "converted from NeuroML");
  lg_json_key_number(&w, "celsius", m->celsius);
  lg_json_key_number(&w, "v_init_mV", m->v_init_mV);
  lg_json_key_number(&w, "tstop_ms", end_of_run(m));
  lg_json_key_number(&w, "sample_ms", 0.1);
  lg_json_key(&w, "mechanism_files");
  lg_json_array(&w);
  for (size_t k = 0; k < m->n_mechanisms; k++) {
    (void)snprintf(file, sizeof file, "%s.mod", m->mechanisms[k].name);
    lg_json_text(&w, file);
  }
  lg_json_end_array(&w);
  write_sections(m, &w);
  const bool whole = write_regions(m, &w);
  lg_json_key(&w, "iclamps");
  lg_json_array(&w);
  for (size_t k = 0; k < m->n_clamps; k++) {
    lg_json_object(&w);
    write_place(&w, m->clamps[k].section, m->clamps[k].x);
    lg_json_key_number(&w, "delay_ms", m->clamps[k].delay_ms);
    lg_json_key_number(&w, "dur_ms", m->clamps[k].duration_ms);
    lg_json_key_number(&w, "amp_nA", m->clamps[k].amplitude_nA);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "probes");
  lg_json_array(&w);
  lg_json_object(&w);
  lg_json_key_text(&w, "name", "soma");
  write_place(&w, 0, 0.5);
  lg_json_end_object(&w);
  lg_json_end_array(&w);
  lg_json_end_object(&w);
  return lg_json_end(&w) && whole;
}

/* name.mod in the folder of the case. */
static lg_status save_mechanism(lg_ctx *ctx, const neuroml *m, size_t k, const char *path) {
  const char *slash = strrchr(path, '/');
  const size_t folder = slash ? (size_t)(slash + 1 - path) : 0, bytes = folder + NEUROML_NAME + 8;
  lg_outfile *file = NULL;
  char *name = lg_alloc(ctx, bytes, 1);
  if (!name) return LG_ERR_MEMORY;
  (void)snprintf(name, bytes, "%.*s%s.mod", (int)folder, path, m->mechanisms[k].name);
  lg_status status = lg_outfile_open(ctx, name, &file);
  if (status == LG_OK) {
    lg_neuroml_write_mechanism(m, k, lg_outfile_stream(file));
    status = lg_outfile_commit(ctx, file);
  }
  lg_free(ctx, name);
  return status;
}

lg_status lg_neuroml_save(lg_ctx *ctx, const neuroml *m, const char *path) {
  lg_outfile *file = NULL;
  lg_status status = LG_OK;
  if (strcmp(path, "-") == 0 && m->n_mechanisms > 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "a case with mechanisms of its own needs a file name: they are written beside it");
  for (size_t k = 0; k < m->n_mechanisms; k++) LG_TRY(save_mechanism(ctx, m, k, path));
  LG_TRY(lg_outfile_open(ctx, path, &file));
  if (!lg_neuroml_write_case(m, lg_outfile_stream(file))) {
    lg_outfile_discard(ctx, file);
    return lg_fail(ctx, LG_ERR_INTERNAL, "%s: the case could not be written", path);
  }
  status = lg_outfile_commit(ctx, file);
done:
  return status;
}
