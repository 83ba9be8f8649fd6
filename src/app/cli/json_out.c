#include "app/cli/json_out.h"

#include "data/provenance.h"

lg_json cli_json_begin(const char *schema) {
  lg_json w = lg_json_begin(stdout);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", schema);
  return w;
}

void cli_json_end(cli_run *run, lg_json *w) {
  struct lg_provenance *p = cli_provenance(run);
  lg_json_key(w, "provenance");
  if (p) lg_provenance_write_json(p, w);
  else lg_json_null(w);
  lg_json_end_object(w);
  (void)lg_json_end(w);
}

void cli_json_end_figures(cli_run *run, lg_json *w, size_t n, size_t n_failed) {
  lg_json_end_array(w);
  lg_json_key_integer(w, "n", (int64_t)n);
  lg_json_key_integer(w, "n_failed", (int64_t)n_failed);
  cli_json_end(run, w);
}
