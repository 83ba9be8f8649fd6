#define _XOPEN_SOURCE 700
#include "app/cli/axon_learn_table.h"

#include "data/provenance.h"

#include <math.h>
#include <stdlib.h>

enum { P = AXON_PREDICTED };

static const char *const outputs[P] = {"mt", "axl", "tau_pct", "nf_pct"};

void cli_axon_score_head(const char *words) {
  (void)printf("%-34s", words);
  for (int q = 0; q < P; q++) (void)printf("%9s", outputs[q]);
  (void)printf("\n");
}

static void row(const char *name, const char *what, const double x[P], double scale, int digits) {
  (void)printf("%-20.20s%-14s", name, what);
  for (int q = 0; q < P; q++) (void)printf("%9.*f", digits, scale * x[q]);
  (void)printf("\n");
}

void cli_axon_score_print(const char *name, const axon_score *s) {
  row(name, "R2", s->r2, 1.0, 4);
  row("", "NRMSE, %", s->nrmse, 100.0, 2);
  if (!(s->inside68[0] >= 0.0)) return;
  row("", "in 68 %", s->inside68, 100.0, 1);
  row("", "in 95 %", s->inside95, 100.0, 1);
}

void cli_axon_score_json(lg_json *w, const char *key, const axon_score *s) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_integer(w, "profiles", (int64_t)s->n);
  lg_json_key_numbers(w, "r2", s->r2, P);
  lg_json_key_numbers(w, "nrmse", s->nrmse, P);
  if (s->inside68[0] >= 0.0) {
    lg_json_key_numbers(w, "coverage_68", s->inside68, P);
    lg_json_key_numbers(w, "coverage_95", s->inside95, P);
  }
  lg_json_end_object(w);
}

void cli_axon_learn_print(cli_run *run, const axon_learn_run *what, const axon_learn_table *table) {
  char name[64];
  const axon_learn_opts *o = &what->opts;
  (void)printf("%s, %zu network%s of %zu weights, %zu profiles, %zu epochs; in range up to a distance of %.3f\n",
               lg_axon_net_shape(o->layout)->name, o->nets, o->nets == 1 ? "" : "s", lg_axon_net_weights(o->layout),
               what->examples->n, lg_axon_learn_epochs(what->examples->n, o), table->reach);
  if (what->folds || what->n_tests) cli_axon_score_head("");
  if (what->folds) {
    (void)snprintf(name, sizeof name, "%zu folds", what->folds);
    cli_axon_score_print(name, &table->folds.all);
  } else cli_say(run, "sd is the networks' spread as it is; --folds 5 calibrates it");
  for (size_t k = 0; k < what->n_tests; k++) cli_axon_score_print(what->test_names[k], &table->tests[k]);
  for (size_t k = 0; k < what->n_curve; k++) {
    (void)snprintf(name, sizeof name, "%zu profiles", what->curve[k]);
    cli_axon_score_print(name, &table->curve[k]);
  }
}

void cli_axon_learn_json(cli_run *run, const char *schema, const char *network, const axon_learn_run *what,
                         const axon_learn_table *table) {
  const axon_learn_opts *o = &what->opts;
  lg_json w = cli_json_begin(schema);
  if (network) lg_json_key_text(&w, "network", network);
  lg_json_key_text(&w, "output", what->output);
  lg_json_key_text(&w, "layout", lg_axon_net_shape(o->layout)->name);
  lg_json_key_integer(&w, "networks", (int64_t)o->nets);
  lg_json_key_integer(&w, "weights", (int64_t)lg_axon_net_weights(o->layout));
  lg_json_key_integer(&w, "profiles", (int64_t)what->examples->n);
  lg_json_key_integer(&w, "epochs", (int64_t)lg_axon_learn_epochs(what->examples->n, o));
  lg_json_key_number(&w, "reach", table->reach);
  lg_json_key(&w, "outputs");
  lg_json_array(&w);
  for (int q = 0; q < P; q++) lg_json_text(&w, outputs[q]);
  lg_json_end_array(&w);
  if (what->folds) cli_axon_score_json(&w, "folds", &table->folds.all);
  for (size_t k = 0; k < what->n_tests; k++) cli_axon_score_json(&w, what->test_names[k], &table->tests[k]);
  if (what->n_curve) {
    lg_json_key(&w, "curve");
    lg_json_object(&w);
    for (size_t k = 0; k < what->n_curve; k++) {
      char name[32];
      (void)snprintf(name, sizeof name, "%zu", what->curve[k]);
      cli_axon_score_json(&w, name, &table->curve[k]);
    }
    lg_json_end_object(&w);
  }
  cli_json_end(run, &w);
}

lg_status cli_provenance_text(cli_run *run, char **text) {
  size_t bytes = 0;
  *text = NULL;
  if (!cli_provenance(run)) return LG_ERR_MEMORY;
  FILE *stream = open_memstream(text, &bytes);
  if (!stream) return lg_fail(cli_ctx(run), LG_ERR_MEMORY, "no memory for the provenance");
  lg_json json = lg_json_begin(stream);
  lg_provenance_write_json(cli_provenance(run), &json);
  const bool good = lg_json_end(&json);
  return fclose(stream) == 0 && good ? LG_OK : lg_fail(cli_ctx(run), LG_ERR_MEMORY, "no memory for the provenance");
}
