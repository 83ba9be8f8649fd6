#include "app/cli/features_output.h"

#include <math.h>
#include <string.h>

static const lg_feature_value *row(const lg_features *f, size_t sweep) { return f->sweeps + sweep * LG_SWEEP_FEATURES; }

/* ---- JSON --------------------------------------------------------------------------------------- */

static void json_values(lg_json *w, const lg_feature_info *table, const lg_feature_value *values, size_t n) {
  for (size_t k = 0; k < n; k++) lg_json_key_number(w, table[k].name, values[k].value);
}

static void json_reasons(lg_json *w, const lg_feature_info *table, const lg_feature_value *values, size_t n) {
  lg_json_object(w);
  for (size_t k = 0; k < n; k++)
    if (values[k].reason) lg_json_key_text(w, table[k].name, values[k].reason);
  lg_json_end_object(w);
}

static void json_sweeps(lg_json *w, const lg_features *f) {
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < f->n_sweeps; k++) {
    lg_json_object(w);
    lg_json_key_integer(w, "sweep", (int64_t)k);
    lg_json_key_integer(w, "sweep_number", f->numbers[k]);
    json_values(w, lg_features_sweep_table(), row(f, k), LG_SWEEP_FEATURES);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void json_undefined(lg_json *w, const lg_features *f) {
  lg_json_key(w, "undefined");
  lg_json_object(w);
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < f->n_sweeps; k++) json_reasons(w, lg_features_sweep_table(), row(f, k), LG_SWEEP_FEATURES);
  lg_json_end_array(w);
  lg_json_key(w, "cell");
  json_reasons(w, lg_features_cell_table(), f->cell, LG_CELL_FEATURES);
  lg_json_end_object(w);
}

static void json_units(lg_json *w, const char *key, const lg_feature_info *table, size_t n) {
  lg_json_key(w, key);
  lg_json_object(w);
  for (size_t k = 0; k < n; k++) lg_json_key_text(w, table[k].name, table[k].unit);
  lg_json_end_object(w);
}

void features_write_json(FILE *stream, const lg_recording *rec, const lg_features *f, const char *definition,
                         lg_provenance *provenance) {
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-features/1");
  lg_json_key_text(&w, "recording", rec->source);
  lg_json_key_text(&w, "format", rec->format);
  lg_json_key_text(&w, "definition", definition);
  lg_json_key(&w, "warnings");
  lg_json_array(&w);
  for (size_t k = 0; k < rec->n_warnings; k++) lg_json_text(&w, rec->warnings[k]);
  lg_json_end_array(&w);
  json_sweeps(&w, f);
  lg_json_key(&w, "cell");
  lg_json_object(&w);
  json_values(&w, lg_features_cell_table(), f->cell, LG_CELL_FEATURES);
  lg_json_end_object(&w);
  json_undefined(&w, f);
  lg_json_key(&w, "units");
  lg_json_object(&w);
  json_units(&w, "sweeps", lg_features_sweep_table(), LG_SWEEP_FEATURES);
  json_units(&w, "cell", lg_features_cell_table(), LG_CELL_FEATURES);
  lg_json_end_object(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

/* ---- CSV ---------------------------------------------------------------------------------------- */

void features_write_csv(FILE *stream, const lg_recording *rec, const lg_features *f, const char *definition,
                        lg_provenance *provenance) {
  char text[32];
  (void)fprintf(stream, "# schema: loligo-features-csv/1\n# recording: ");
  for (const char *p = rec->source; *p; p++) (void)fputc((unsigned char)*p < 0x20 ? '?' : *p, stream);
  (void)fprintf(stream, "\n# definition: %s\n", definition);
  lg_provenance_write_comments(provenance, stream);
  (void)fprintf(stream, "sweep");
  for (size_t k = 0; k < LG_SWEEP_FEATURES; k++) (void)fprintf(stream, ",%s", lg_features_sweep_table()[k].name);
  (void)fputc('\n', stream);
  for (size_t s = 0; s < f->n_sweeps; s++) {
    (void)fprintf(stream, "%zu", s);
    for (size_t k = 0; k < LG_SWEEP_FEATURES; k++) {
      text[0] = '\0';
      if (!row(f, s)[k].reason) lg_format_double(row(f, s)[k].value, text);
      (void)fprintf(stream, ",%s", text);
    }
    (void)fputc('\n', stream);
  }
}

/* ---- text --------------------------------------------------------------------------------------- */

/* Columns of the short table: feature, heading, decimals. */
static const struct {
  lg_sweep_feature id;
  const char *heading;
  int decimals;
} columns[] = {{LG_SF_I_STEP, "I/pA", 1},      {LG_SF_N_SPIKES, "spikes", 0},  {LG_SF_RATE, "rate/Hz", 1},
               {LG_SF_LATENCY, "lat/ms", 2},   {LG_SF_V_BASE, "base/mV", 2},   {LG_SF_V_SS, "Vss/mV", 2},
               {LG_SF_RIN, "Rin/MOhm", 1},     {LG_SF_TAU, "tau/ms", 2},       {LG_SF_AP1_THR, "thr/mV", 2},
               {LG_SF_AP1_AMP, "amp/mV", 2},   {LG_SF_AP1_HW, "hw/ms", 3},     {LG_SF_ISI_MEAN, "ISI/ms", 2},
               {LG_SF_ADAPTATION, "adapt", 3}, {LG_SF_DEPOL_BLOCK, "block", 0}};
enum { N_COLUMNS = sizeof columns / sizeof columns[0], WIDTH = 9 };

static void put_number(FILE *stream, const lg_feature_value *f, int decimals) {
  if (f->reason) (void)fprintf(stream, "%*s", WIDTH, "-");
  else (void)fprintf(stream, "%*.*f", WIDTH, decimals, f->value);
}

static void text_sweeps(FILE *stream, const lg_features *f) {
  (void)fprintf(stream, "sweep");
  for (size_t c = 0; c < N_COLUMNS; c++) (void)fprintf(stream, "%*s", WIDTH, columns[c].heading);
  (void)fputc('\n', stream);
  for (size_t k = 0; k < f->n_sweeps; k++) {
    (void)fprintf(stream, "%5zu", k);
    for (size_t c = 0; c < N_COLUMNS; c++) put_number(stream, &row(f, k)[columns[c].id], columns[c].decimals);
    (void)fputc('\n', stream);
  }
}

static void text_values(FILE *stream, const lg_feature_info *table, const lg_feature_value *values, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const char *unit = strcmp(table[k].unit, "1") == 0 ? "" : table[k].unit;
    if (values[k].reason)
      (void)fprintf(stream, "  %-28s %12s %-6s %s\n", table[k].name, "undefined", "", values[k].reason);
    else (void)fprintf(stream, "  %-28s %12.6g %-6s %s\n", table[k].name, values[k].value, unit, table[k].doc);
  }
}

void features_write_text(FILE *stream, const lg_recording *rec, const lg_features *f, bool all) {
  (void)fprintf(stream, "%s: %s, %zu sweep%s\n\n", rec->source, rec->format, f->n_sweeps, f->n_sweeps == 1 ? "" : "s");
  if (all)
    for (size_t k = 0; k < f->n_sweeps; k++) {
      (void)fprintf(stream, "sweep %zu\n", k);
      text_values(stream, lg_features_sweep_table(), row(f, k), LG_SWEEP_FEATURES);
      (void)fputc('\n', stream);
    }
  else text_sweeps(stream, f);
  (void)fprintf(stream, "%scell\n", all ? "" : "\n");
  text_values(stream, lg_features_cell_table(), f->cell, LG_CELL_FEATURES);
}

/* ---- the table itself --------------------------------------------------------------------------- */

static void list_text(FILE *stream, const char *title, const lg_feature_info *table, size_t n) {
  (void)fprintf(stream, "%s\n", title);
  for (size_t k = 0; k < n; k++) (void)fprintf(stream, "  %-28s %-6s %s\n", table[k].name, table[k].unit, table[k].doc);
}

void features_list_text(FILE *stream) {
  list_text(stream, "Features of a sweep", lg_features_sweep_table(), LG_SWEEP_FEATURES);
  (void)fputc('\n', stream);
  list_text(stream, "Features of the cell", lg_features_cell_table(), LG_CELL_FEATURES);
}

static void list_markdown(FILE *stream, const char *title, const lg_feature_info *table, size_t n) {
  (void)fprintf(stream, "## %s\n\n| name | unit | what it is | eFEL | IPFX |\n|---|---|---|---|---|\n", title);
  for (size_t k = 0; k < n; k++) {
    (void)fprintf(stream, "| `%s` | %s | ", table[k].name, table[k].unit);
    for (const char *p = table[k].doc; *p; p++) (void)(*p == '|' ? fputs("\\|", stream) : fputc(*p, stream));
    (void)fprintf(stream, " | %s | %s |\n", table[k].efel, table[k].ipfx);
  }
}

void features_list_markdown(FILE *stream) {
  list_markdown(stream, "Features of a sweep", lg_features_sweep_table(), LG_SWEEP_FEATURES);
  (void)fputc('\n', stream);
  list_markdown(stream, "Features of the cell", lg_features_cell_table(), LG_CELL_FEATURES);
}

static void list_json(lg_json *w, const char *key, const lg_feature_info *table, size_t n) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "name", table[k].name);
    lg_json_key_text(w, "unit", table[k].unit);
    lg_json_key_text(w, "efel", table[k].efel[0] ? table[k].efel : NULL);
    lg_json_key_text(w, "ipfx", table[k].ipfx[0] ? table[k].ipfx : NULL);
    lg_json_key_text(w, "doc", table[k].doc);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void features_list_json(FILE *stream) {
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-feature-list/1");
  list_json(&w, "sweep", lg_features_sweep_table(), LG_SWEEP_FEATURES);
  list_json(&w, "cell", lg_features_cell_table(), LG_CELL_FEATURES);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}
