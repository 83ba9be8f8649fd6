/* loligo models and loligo describe: the table of models, for people and as JSON. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"

#include <loligo/model.h>
#include <math.h>
#include <string.h>

/* "neuron/izhikevich/std", "neuron/tm" */
static void row_name(const lg_model_info *m, char *buffer, size_t bytes) {
  (void)snprintf(buffer, bytes, "%s/%s%s%s", m->room, m->model, m->variant[0] ? "/" : "", m->variant);
}

static void json_row(lg_json *w, const lg_model_info *m) {
  char name[128];
  row_name(m, name, sizeof name);
  lg_json_key_text(w, "name", name);
  lg_json_key_text(w, "room", m->room);
  lg_json_key_text(w, "model", m->model);
  lg_json_key_text(w, "variant", m->variant);
  lg_json_key_text(w, "summary", m->summary);
  lg_json_key_text(w, "reference", m->reference);
}

static void json_field(lg_json *w, const lg_field *f) {
  lg_json_object(w);
  lg_json_key_text(w, "name", f->name);
  lg_json_key_text(w, "unit", f->unit);
  lg_json_key_number(w, "default", f->default_value);
  lg_json_key_number(w, "low", f->low);
  lg_json_key_number(w, "high", f->high);
  lg_json_key_text(w, "doc", f->doc);
  lg_json_end_object(w);
}

static void json_fields(lg_json *w, const lg_model_info *m) {
  lg_json_key(w, "parameters");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_fields; k++) json_field(w, &m->fields[k]);
  lg_json_end_array(w);
  lg_json_key(w, "states");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_states; k++) lg_json_text(w, m->states[k]);
  lg_json_end_array(w);
}

/* docs/models.md below its introduction; a test compares them. */
static void markdown_row(const lg_model_info *m) {
  char name[128], value[32], low[32], high[32];
  row_name(m, name, sizeof name);
  (void)printf("\n## %s\n\n%s\n\n%s\n\n| parameter | unit | default | range | meaning |\n|---|---|---|---|---|\n", name,
               m->summary, m->reference);
  for (size_t k = 0; k < m->n_fields; k++) {
    const lg_field *f = &m->fields[k];
    lg_format_double(f->low, low);
    lg_format_double(f->high, high);
    if (isnan(f->default_value)) (void)snprintf(value, sizeof value, "-");
    else lg_format_double(f->default_value, value);
    (void)printf("| `%s` | %s | %s | %s … %s | %s |\n", f->name, f->unit, value, low, high, f->doc);
  }
  (void)printf("\nStates:");
  for (size_t k = 0; k < m->n_states; k++) (void)printf(" `%s`", m->states[k]);
  (void)putchar('\n');
}

static int run_models(cli_run *run) {
  size_t n;
  const lg_model_info *const *rows = lg_models(&n);
  char name[128];
  if (cli_flag(run, "markdown")) {
    for (size_t k = 0; k < n; k++) markdown_row(rows[k]);
    return CLI_OK;
  }
  if (!cli_json(run)) {
    for (size_t k = 0; k < n; k++) {
      row_name(rows[k], name, sizeof name);
      (void)printf("%-30s %s\n", name, rows[k]->summary);
    }
    return CLI_OK;
  }
  lg_json w = cli_json_begin("loligo-models/1");
  lg_json_key(&w, "models");
  lg_json_array(&w);
  for (size_t k = 0; k < n; k++) {
    lg_json_object(&w);
    json_row(&w, rows[k]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? CLI_OK : CLI_RESOURCE;
}

/* A row by "room/model/variant", "room/model", "model" or "model/variant"; the first that fits. */
static const lg_model_info *find_row(const char *wanted) {
  size_t n;
  const lg_model_info *const *rows = lg_models(&n);
  char name[128];
  for (size_t k = 0; k < n; k++) {
    row_name(rows[k], name, sizeof name);
    const char *full[] = {name, strchr(name, '/') + 1};
    for (size_t j = 0; j < 2; j++) {
      const size_t length = strlen(wanted);
      if (strncmp(full[j], wanted, length) != 0 || strchr(wanted, '/') == wanted + length) continue;
      const bool whole = full[j][length] == '\0';
      const bool model_only = full[j][length] == '/' && strcmp(full[j] + length + 1, rows[k]->variant) == 0;
      if (whole || model_only) return rows[k];
    }
  }
  return NULL;
}

static int unknown_row(cli_run *run, const char *wanted) {
  size_t n, used = 0;
  const lg_model_info *const *rows = lg_models(&n);
  static char names[128][128];
  const char *list[128];
  for (size_t k = 0; k < n && k < 128; k++) {
    row_name(rows[k], names[k], sizeof names[k]);
    list[used++] = names[k];
  }
  const char *near = cli_nearest(wanted, list, used);
  if (near) return cli_usage(run, "there is no model '%s'; did you mean '%s'?", wanted, near);
  return cli_usage(run, "there is no model '%s'; 'loligo models' lists them", wanted);
}

static void print_row(const lg_model_info *m) {
  char name[128], value[32], low[32], high[32], range[72];
  row_name(m, name, sizeof name);
  (void)printf("%s\n  %s\n  %s\n\nParameters\n", name, m->summary, m->reference);
  (void)printf("  %-20s %-12s %12s  %-22s %s\n", "name", "unit", "default", "range", "meaning");
  for (size_t k = 0; k < m->n_fields; k++) {
    const lg_field *f = &m->fields[k];
    lg_format_double(f->low, low);
    lg_format_double(f->high, high);
    (void)snprintf(range, sizeof range, "%s ... %s", low, high);
    if (isnan(f->default_value)) (void)snprintf(value, sizeof value, "-");
    else lg_format_double(f->default_value, value);
    (void)printf("  %-20s %-12s %12s  %-22s %s\n", f->name, f->unit, value, range, f->doc);
  }
  (void)printf("\nStates\n  ");
  for (size_t k = 0; k < m->n_states; k++) (void)printf("%s%s", k > 0 ? ", " : "", m->states[k]);
  (void)putchar('\n');
}

static int run_describe(cli_run *run) {
  const lg_model_info *m = find_row(cli_positional(run, 0));
  if (!m) return unknown_row(run, cli_positional(run, 0));
  if (!cli_json(run)) {
    print_row(m);
    return CLI_OK;
  }
  lg_json w = cli_json_begin("loligo-model/1");
  json_row(&w, m);
  json_fields(&w, m);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? CLI_OK : CLI_RESOURCE;
}

static const cli_option models_options[] = {
    {"markdown", NULL, CLI_FLAG, NULL, "Print every model with its parameters, as docs/models.md has them."},
};

const cli_command cli_models_command = {
    .name = "models",
    .arguments = "[--markdown]",
    .summary = "List the models of all rooms.",
    .example = "loligo models",
    .options = models_options,
    .n_options = sizeof models_options / sizeof models_options[0],
    .run = run_models,
};

const cli_command cli_describe_command = {
    .name = "describe",
    .arguments = "ROOM/MODEL[/VARIANT]",
    .summary = "Show a model's parameters with units, defaults and ranges, and its states.",
    .example = "loligo describe neuron/izhikevich\n  loligo describe neuron/tm --json",
    .min_positional = 1,
    .max_positional = 1,
    .run = run_describe,
};
