/* loligo neuron mechanism: what was understood of an NMODL file. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/cable_mechanism_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"compile", NULL, CLI_FLAG, NULL, "Compile it by the C compiler too, and say whether that worked."},
    {"c", "FILE", CLI_OUTPUT, NULL, "Write the C text that is compiled."},
};

static void ion_words(const cable_ion_use *ion, const char **words, size_t *n) {
  *n = 0;
  if (ion->reads_reversal) words[(*n)++] = "reversal";
  if (ion->reads_inside) words[(*n)++] = "concentration inside";
  if (ion->reads_outside) words[(*n)++] = "concentration outside";
  if (ion->reads_current) words[(*n)++] = "current";
}

static double limit(double x) { return fabs(x) >= 1e300 ? (double)NAN : x; }

/* ---- JSON ------------------------------------------------------------------------------------- */

static void write_parameters(lg_json *w, const cable_mechanism *kind) {
  lg_json_key(w, "parameters");
  lg_json_array(w);
  for (size_t k = 0; k < kind->n_parameters; k++) {
    const lg_field *f = &kind->parameters[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", f->name);
    lg_json_key_text(w, "unit", f->unit);
    lg_json_key_number(w, "default", f->default_value);
    lg_json_key_number(w, "low", limit(f->low));
    lg_json_key_number(w, "high", limit(f->high));
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void write_states(lg_json *w, const cable_nmodl *m) {
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  for (int pass = 0; pass < 2; pass++) {
    lg_json_key(w, pass == 0 ? "states" : "recordable");
    lg_json_array(w);
    for (size_t k = 0; k < lg_cable_nmodl_shown_states(m); k++) {
      if (lg_cable_nmodl_is_state(m, k) != (pass == 0)) continue;
      lg_json_object(w);
      lg_json_key_text(w, "name", kind->states[k]);
      lg_json_key_text(w, "unit", lg_cable_nmodl_state_unit(m, k));
      lg_json_end_object(w);
    }
    lg_json_end_array(w);
  }
}

static void write_ions(lg_json *w, const cable_mechanism *kind) {
  const char *words[4];
  size_t n;
  lg_json_key(w, "ions");
  lg_json_array(w);
  for (size_t k = 0; k < kind->n_ions; k++) {
    const cable_ion_use *ion = &kind->ions[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", ion->name);
    lg_json_key_integer(w, "valence", ion->valence);
    lg_json_key(w, "reads");
    lg_json_array(w);
    ion_words(ion, words, &n);
    for (size_t j = 0; j < n; j++) lg_json_text(w, words[j]);
    lg_json_end_array(w);
    lg_json_key_boolean(w, "writes_current", ion->writes_current);
    lg_json_key_boolean(w, "writes_concentration", ion->writes_inside);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void write_notes(lg_json *w, const cable_nmodl *m) {
  unsigned line;
  lg_json_key(w, "nonspecific_currents");
  lg_json_array(w);
  for (size_t k = 0; lg_cable_nmodl_nonspecific(m, k); k++) lg_json_text(w, lg_cable_nmodl_nonspecific(m, k));
  lg_json_end_array(w);
  lg_json_key(w, "notes");
  lg_json_array(w);
  for (size_t k = 0; lg_cable_nmodl_note(m, k, &line); k++) {
    lg_json_object(w);
    lg_json_key_integer(w, "line", line);
    lg_json_key_text(w, "text", lg_cable_nmodl_note(m, k, &line));
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void write_json(cli_run *run, const cable_nmodl *m, const char *why) {
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  lg_json w = cli_json_begin("loligo-mechanism/1");
  lg_json_key_text(&w, "name", kind->name);
  lg_json_key_text(&w, "title", lg_cable_nmodl_title(m));
  lg_json_key_text(&w, "kind", kind->sort == CABLE_POINT ? "point" : "density");
  lg_json_key_boolean(&w, "takes_events", kind->receive != NULL);
  write_parameters(&w, kind);
  write_states(&w, m);
  write_ions(&w, kind);
  write_notes(&w, m);
  lg_json_key_integer(&w, "instructions", (int64_t)lg_cable_nmodl_operations(m));
  if (cli_flag(run, "compile")) {
    lg_json_key_boolean(&w, "compiled", lg_cable_nmodl_is_compiled(m));
    if (*why) lg_json_key_text(&w, "why_not", why);
  }
  cli_json_end(run, &w);
}

/* ---- words ------------------------------------------------------------------------------------ */

static void print_parameters(const cable_mechanism *kind) {
  for (size_t k = 0; k < kind->n_parameters; k++) {
    const lg_field *f = &kind->parameters[k];
    (void)printf("parameter  %-12s %12g %-10s", f->name, f->default_value, f->unit);
    if (!isnan(limit(f->low)) || !isnan(limit(f->high))) (void)printf(" %g ... %g", f->low, f->high);
    (void)printf("\n");
  }
}

static void print_ions(const cable_nmodl *m) {
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  const char *words[4];
  size_t n;
  for (size_t k = 0; k < kind->n_ions; k++) {
    const cable_ion_use *ion = &kind->ions[k];
    (void)printf("ion        %-12s", ion->name);
    ion_words(ion, words, &n);
    for (size_t j = 0; j < n; j++) (void)printf("%s%s", j ? ", " : " reads ", words[j]);
    if (ion->writes_current) (void)printf("%s", n ? "; carries current" : " carries current");
    if (ion->writes_inside) (void)printf("; sets the concentration inside");
    (void)printf("\n");
  }
  for (size_t k = 0; lg_cable_nmodl_nonspecific(m, k); k++)
    (void)printf("current    %-12s through no ion\n", lg_cable_nmodl_nonspecific(m, k));
}

static void print(cli_run *run, const cable_nmodl *m, const char *why) {
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  unsigned line;
  (void)printf("%s: %s%s%s%s\n", kind->name, kind->sort == CABLE_POINT ? "point process" : "density mechanism",
               kind->receive ? " that takes events" : "", *lg_cable_nmodl_title(m) ? ", " : "",
               lg_cable_nmodl_title(m));
  print_parameters(kind);
  for (size_t k = 0; k < lg_cable_nmodl_shown_states(m); k++)
    (void)printf("%-10s %-12s %12s %s\n", lg_cable_nmodl_is_state(m, k) ? "state" : "recordable", kind->states[k], "",
                 lg_cable_nmodl_state_unit(m, k));
  print_ions(m);
  for (size_t k = 0; lg_cable_nmodl_note(m, k, &line); k++)
    (void)printf("note       line %u: %s\n", line, lg_cable_nmodl_note(m, k, &line));
  if (!cli_flag(run, "compile")) return;
  if (lg_cable_nmodl_is_compiled(m)) (void)printf("compiled by the C compiler\n");
  else (void)printf("interpreted: %s\n", why);
}

static lg_status write_c(cli_run *run, const cable_nmodl *m) {
  lg_ctx *ctx = cli_ctx(run);
  lg_outfile *file = NULL;
  char *text = NULL;
  lg_status status;
  LG_TRY(lg_cable_nmodl_c(ctx, m, &text));
  LG_TRY(lg_outfile_open(ctx, cli_text(run, "c"), &file));
  (void)fputs(text, lg_outfile_stream(file));
  status = lg_outfile_commit(ctx, file);
done:
  lg_free(ctx, text);
  return status;
}

static int run_mechanism(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0);
  cable_nmodl *m = NULL;
  char why[600] = "";
  lg_status status = cli_provenance(run) ? lg_cable_mechanism_load(ctx, path, &m) : LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "mechanism", path);
  if (status == LG_OK && cli_flag(run, "compile")) status = lg_cable_mechanism_build(ctx, m, why, sizeof why);
  if (status != LG_OK) {
    lg_cable_nmodl_destroy(ctx, m);
    return cli_report(run, path, status);
  }
  if (cli_given(run, "c")) status = write_c(run, m);
  if (status == LG_OK) {
    if (cli_json(run)) write_json(run, m, why);
    else print(run, m, why);
  }
  lg_cable_nmodl_destroy(ctx, m);
  return status == LG_OK ? CLI_OK : cli_report(run, cli_text(run, "c"), status);
}

const cli_command cli_neuron_mechanism_command = {
    .name = "neuron mechanism",
    .arguments = "FILE.mod [--compile] [--c FILE]",
    .summary = "Show what was understood of a mechanism in NMODL, or say in which line what is not supported.",
    .example = "loligo neuron mechanism kdr.mod --json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_mechanism,
};
