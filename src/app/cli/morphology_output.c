#include "app/cli/morphology_output.h"

#include "app/cli/json_out.h"
#include "app/cli/picture.h"
#include "io/plot_morphology.h"

#include <math.h>

/* ---- JSON: keys as in the shared geometry, and notes --------------------------------------------- */

static void put_section(lg_json *w, const morphology_result *r, size_t k) {
  const lg_section *s = &r->m->sections[k];
  const double axial = lg_section_axial_per_um(r->m, k);
  lg_json_object(w);
  lg_json_key_integer(w, "type", s->type);
  lg_json_key_integer(w, "distal_id", s->distal_id);
  lg_json_key_integer(w, "parent", (int64_t)s->parent);
  lg_json_key_number(w, "parentx", s->parent_x);
  lg_json_key_integer(w, "npts", (int64_t)s->n_points);
  lg_json_key_number(w, "length_um", lg_section_length_um(r->m, k));
  lg_json_key_number(w, "area_um2", lg_section_area_um2(r->m, k));
  if (isinf(axial)) lg_json_key_text(w, "axial_per_um", "inf");
  else lg_json_key_number(w, "axial_per_um", axial);
  if (r->n) lg_json_key_integer(w, "n_compartments", (int64_t)r->n[k]);
  lg_json_end_object(w);
}

static void put_notes(lg_json *w, const lg_morphology *m) {
  lg_json_key(w, "notes");
  lg_json_array(w);
  for (size_t k = 0; m && k < m->n_notes; k++) {
    const lg_morphology_note *note = &m->notes[k];
    lg_json_object(w);
    lg_json_key_text(w, "code", note->code);
    lg_json_key_boolean(w, "refusal", note->refusal);
    lg_json_key(w, "node_id");
    if (note->node_id >= 0) lg_json_integer(w, note->node_id);
    else lg_json_null(w);
    lg_json_key(w, "line");
    if (note->line > 0) lg_json_integer(w, (int64_t)note->line);
    else lg_json_null(w);
    lg_json_key_text(w, "text", note->text);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void totals(const lg_morphology *m, double *length, double *area) {
  *length = *area = 0;
  for (size_t k = 0; k < m->n_sections; k++) {
    *length += lg_section_length_um(m, k);
    *area += lg_section_area_um2(m, k);
  }
}

void cli_morphology_json(cli_run *run, const morphology_result *r) {
  lg_json w = cli_json_begin("loligo-morphology/1");
  lg_json_key_text(&w, "swc", r->swc);
  lg_json_key_text(&w, "soma", r->soma);
  if (r->refused) {
    lg_json_key_text(&w, "refused", r->refused);
  } else {
    double length, area;
    totals(r->m, &length, &area);
    lg_json_key_integer(&w, "n_sections", (int64_t)r->m->n_sections);
    lg_json_key_number(&w, "total_length_um", length);
    lg_json_key_number(&w, "total_area_um2", area);
    if (r->n) lg_json_key_integer(&w, "n_compartments", (int64_t)r->n_compartments);
    lg_json_key(&w, "sections");
    lg_json_array(&w);
    for (size_t k = 0; k < r->m->n_sections; k++) put_section(&w, r, k);
    lg_json_end_array(&w);
  }
  put_notes(&w, r->m);
  cli_json_end(run, &w);
}

/* ---- table ------------------------------------------------------------------------------------- */

static void print_types(const morphology_result *r) {
  (void)printf("%-16s %9s %14s %14s%s\n", "type", "sections", "length (um)", "area (um2)",
               r->n ? "   compartments" : "");
  /* types in the order in which they come */
  for (size_t k = 0; k < r->m->n_sections; k++) {
    const int type = r->m->sections[k].type;
    bool before = false;
    for (size_t i = 0; i < k && !before; i++) before = r->m->sections[i].type == type;
    if (before) continue;
    double length = 0, area = 0;
    size_t sections = 0, compartments = 0;
    for (size_t i = k; i < r->m->n_sections; i++) {
      if (r->m->sections[i].type != type) continue;
      length += lg_section_length_um(r->m, i), area += lg_section_area_um2(r->m, i);
      sections++, compartments += r->n ? r->n[i] : 0;
    }
    char buffer[32];
    (void)printf("%-16s %9zu %14.3f %14.3f", lg_section_type_name(type, buffer), sections, length, area);
    if (r->n) (void)printf(" %14zu", compartments);
    (void)printf("\n");
  }
  double length, area;
  totals(r->m, &length, &area);
  (void)printf("%-16s %9zu %14.3f %14.3f", "all", r->m->n_sections, length, area);
  if (r->n) (void)printf(" %14zu", r->n_compartments);
  (void)printf("\n");
}

static void print_sections(const morphology_result *r) {
  (void)printf("\n%7s %4s %9s %7s %8s %6s %12s %12s %14s%s\n", "section", "type", "distal", "parent", "parentx",
               "points", "length (um)", "area (um2)", "axial (1/um)", r->n ? "  compartments" : "");
  for (size_t k = 0; k < r->m->n_sections; k++) {
    const lg_section *s = &r->m->sections[k];
    (void)printf("%7zu %4d %9lld %7td %8g %6zu %12.3f %12.3f %14.6g", k, s->type, (long long)s->distal_id, s->parent,
                 s->parent_x, s->n_points, lg_section_length_um(r->m, k), lg_section_area_um2(r->m, k),
                 lg_section_axial_per_um(r->m, k));
    if (r->n) (void)printf(" %13zu", r->n[k]);
    (void)printf("\n");
  }
}

void cli_morphology_table(const morphology_result *r) {
  (void)printf("%s, rule for the soma: %s\n\n", r->swc, r->soma);
  print_types(r);
  print_sections(r);
  if (r->m->n_notes > 0) (void)printf("\nnotes\n");
  for (size_t k = 0; k < r->m->n_notes; k++) {
    const lg_morphology_note *note = &r->m->notes[k];
    (void)printf("  %s", note->code);
    if (note->line > 0) (void)printf(", line %zu", note->line);
    if (note->node_id >= 0) (void)printf(", node %lld", (long long)note->node_id);
    (void)printf(": %s\n", note->text);
  }
}

/* ---- nodes ------------------------------------------------------------------------------------- */

static void put_csv_number(FILE *s, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fprintf(s, ",%s", text);
}

lg_status cli_morphology_nodes(cli_run *run, const char *path, const cable_tree *tree) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  FILE *s = lg_outfile_stream(file);
  (void)fprintf(s, "# nodes of a cut cell; those without membrane are points where sections meet or begin\n");
  (void)fprintf(s, "node,parent,section,x,area_um2,capacitance_nF,axial_to_parent_uS,distance_from_soma_um\n");
  for (size_t k = 0; k < tree->n_nodes; k++) {
    (void)fprintf(s, "%zu,%d,%d", k, tree->parent[k], tree->section[k]);
    put_csv_number(s, tree->x[k]);
    put_csv_number(s, tree->area_um2[k]);
    put_csv_number(s, tree->capacitance_nF[k]);
    put_csv_number(s, tree->axial_uS[k]);
    put_csv_number(s, tree->distance_um[k]);
    (void)fputc('\n', s);
  }
  return lg_outfile_commit(cli_ctx(run), file);
}

/* ---- drawing ----------------------------------------------------------------------------------- */

typedef struct drawing {
  const lg_morphology *m;
  lg_morphology_figure how;
} drawing;

static lg_status draw(lg_ctx *ctx, void *user, lg_canvas *canvas, lg_box box) {
  const drawing *d = user;
  return lg_plot_morphology(ctx, d->m, &d->how, canvas, box);
}

static int axis_of(char letter) { return letter == 'x' ? 0 : letter == 'y' ? 1 : 2; }

lg_status cli_morphology_draw(cli_run *run, const char *path, const lg_morphology *m) {
  const char *view = cli_text(run, "view");
  char words[200];
  drawing d = {.m = m, .how = {.font = 13.0, .right = axis_of(view[0]), .up = axis_of(view[1])}};
  lg_plot_morphology_words(m, words, sizeof words);
  const cli_picture picture = {
      .title = "Morphology", .id = "morphology", .words = words, .width = 800, .height = 900, .draw = draw, .user = &d};
  return cli_write_picture(run, path, &picture);
}
