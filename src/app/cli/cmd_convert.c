/* loligo convert IN OUT: recordings, traces, twins and tensors into other formats, with provenance. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"

#include "app/cli/convert.h"
#include "app/cli/info.h"
#include "io/nwb.h"
#include "io/recording_table.h"
#include "io/trace_write.h"
#include "twin/neuroml.h"

#include <string.h>
#include <strings.h>

static const cli_option options[] = {
    {"sweep", "N", CLI_COUNT, NULL, "Only sweep N of a recording, counted from 0."},
    {"tensor", "NAME", CLI_TEXT, NULL, "Only this tensor of a safetensors file (needed for .npy)."},
};

bool convert_ends_in(const char *path, const char *ending) {
  const size_t n = strlen(path), m = strlen(ending);
  return n >= m && strcasecmp(path + n - m, ending) == 0;
}

/* Keep one sweep; the others go. */
static lg_status choose_sweep(lg_ctx *ctx, lg_recording *rec, uint64_t wanted) {
  if (wanted >= rec->n_sweeps)
    return lg_fail(ctx, LG_ERR_RANGE, "the recording has %zu sweeps, there is no sweep %llu (they count from 0)",
                   rec->n_sweeps, (unsigned long long)wanted);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    if (k == wanted) continue;
    lg_free(ctx, rec->sweeps[k].v_mV);
    lg_free(ctx, rec->sweeps[k].i_pA);
  }
  rec->sweeps[0] = rec->sweeps[wanted];
  rec->n_sweeps = 1;
  return LG_OK;
}

static lg_status write_table(lg_ctx *ctx, const lg_table *table, lg_provenance *provenance, const char *path) {
  lg_status status = LG_OK;
  lg_trace_column *columns = NULL;
  size_t n = 0;
  LG_NEW(ctx, columns, table->n);
  for (size_t k = 0; k < table->n; k++)
    if (table->items[k].x) columns[n++] = (lg_trace_column){table->items[k].name, table->items[k].x};
  status = lg_trace_write(ctx, path, columns, n, table->items[0].n, provenance);
done:
  lg_free(ctx, columns);
  return status;
}

static lg_status convert_recording(cli_run *run, const char *in, const char *out, convert_summary *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  lg_table *table = NULL;
  LG_TRY(lg_recording_read(ctx, in, &rec));
  for (size_t k = 0; k < rec->n_warnings; k++) cli_say(run, "loligo: %s: warning: %s", in, rec->warnings[k]);
  LG_TRY(lg_provenance_add_recording(ctx, cli_provenance(run), rec));
  if (cli_given(run, "sweep")) LG_TRY(choose_sweep(ctx, rec, cli_count(run, "sweep")));
  s->what = "sweeps";
  s->n = rec->n_sweeps;
  s->writing = true;
  if (convert_ends_in(out, ".nwb")) {
    status = lg_nwb_write(ctx, out, rec, cli_provenance(run));
  } else {
    LG_TRY(lg_table_from_recording(ctx, rec, &table));
    status = write_table(ctx, table, cli_provenance(run), out);
  }
done:
  lg_table_destroy(ctx, table);
  lg_recording_destroy(ctx, rec);
  return status;
}

static lg_status convert_table(cli_run *run, const char *in, const char *out, convert_summary *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_table *table = NULL;
  LG_TRY(lg_table_read(ctx, in, &table));
  if (lg_table_is_recording(table) && (convert_ends_in(out, ".nwb") || cli_given(run, "sweep"))) {
    lg_table_destroy(ctx, table);
    return convert_recording(run, in, out, s);
  }
  if (!lg_table_is_trace(table)) {
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "the file is no trace: its first column must be t_ms, and all columns numbers of one length");
    goto done;
  }
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "trace", in));
  s->what = "rows";
  s->n = table->items[0].n;
  s->writing = true;
  status = write_table(ctx, table, cli_provenance(run), out);
done:
  lg_table_destroy(ctx, table);
  return status;
}

/* A cell in NeuroML becomes a case, with its channels in NMODL beside it. */
static lg_status convert_neuroml(cli_run *run, const char *in, const char *out, convert_summary *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  neuroml *m = NULL;
  const char *note;
  LG_TRY(lg_neuroml_load(ctx, in, &m));
  for (size_t k = 0; (note = lg_neuroml_note(m, k)) != NULL; k++) cli_say(run, "loligo: %s: %s", in, note);
  s->what = "sections";
  s->n = lg_neuroml_sections(m);
  s->writing = true;
  status = lg_neuroml_save(ctx, m, out);
done:
  lg_neuroml_destroy(ctx, m);
  return status;
}

/* An array, or HDF5 that is no NWB, is a trace when it is no recording. */
static lg_status convert_by_content(cli_run *run, const char *in, const char *out, convert_summary *s) {
  lg_ctx *ctx = cli_ctx(run);
  info_kind kind;
  if (convert_ends_in(in, ".nml") || convert_ends_in(in, ".xml")) return convert_neuroml(run, in, out, s);
  lg_status status = info_find_kind(ctx, in, &kind);
  if (status != LG_OK) return status;
  switch (kind) {
  case INFO_JSON:
    return convert_document(run, in, out, s);
  case INFO_TENSORS:
    return convert_tensors(run, in, out, s);
  case INFO_TABLE:
    return convert_table(run, in, out, s);
  case INFO_MORPHOLOGY:
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "a morphology is not converted; loligo neuron morphology shows and cuts it");
  case INFO_IMAGES:
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "images are not converted; loligo culture traces reads cells out of them");
  case INFO_RECORDING:
    break;
  }
  status = convert_recording(run, in, out, s);
  if (status == LG_OK || s->writing || status == LG_ERR_RANGE) return status;
  char reason[1024];
  (void)snprintf(reason, sizeof reason, "%s", lg_ctx_message(ctx));
  lg_table *table = NULL;
  const bool trace = lg_table_read(ctx, in, &table) == LG_OK && lg_table_is_trace(table);
  lg_table_destroy(ctx, table);
  return trace ? convert_table(run, in, out, s) : lg_fail(ctx, status, "%s", reason);
}

static void tell(const cli_run *run, const char *in, const char *out, const convert_summary *s) {
  if (strcmp(out, "-") == 0) return;
  if (!cli_json(run)) {
    cli_say(run, "%s: %zu %s written to %s", in, s->n, s->what, out);
    return;
  }
  lg_json w = cli_json_begin("loligo-convert/1");
  lg_json_key_text(&w, "input", in);
  lg_json_key_text(&w, "output", out);
  lg_json_key_integer(&w, s->what, (int64_t)s->n);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

static int run_convert(cli_run *run) {
  const char *in = cli_positional(run, 0), *out = cli_positional(run, 1);
  convert_summary s = {.what = "sweeps"};
  const lg_status status = cli_provenance(run) ? convert_by_content(run, in, out, &s) : (lg_status)LG_ERR_MEMORY;
  if (status != LG_OK) return cli_report(run, s.writing ? out : in, status);
  tell(run, in, out, &s);
  return CLI_OK;
}

const cli_command cli_convert_command = {
    .name = "convert",
    .arguments = "IN OUT [--sweep N]",
    .summary = "Write a recording, trace, twin or network in another format; the ending of OUT says which. A cell of "
               "NeuroML (.nml) "
               "becomes a case with its channels in NMODL beside it.",
    .example =
        "loligo convert cell.abf cell.csv\nloligo convert cell.abf cell.nwb\nloligo convert twin.json parameters.csv\n"
        "loligo convert cell.nml case.json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_convert,
    .output_positional = 2,
};
