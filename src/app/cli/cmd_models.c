/* loligo models and loligo describe: the table of models, for people and as JSON. */
#include "app/cli/axon_model.h"
#include "app/cli/commands.h"
#include "app/cli/info.h"
#include "app/cli/json_out.h"
#include "app/cli/shipped.h"
#include "cable/mechanism.h"

#include <loligo/model.h>
#include <math.h>
#include <string.h>

/* Rows of models, then the mechanisms of cells with shape as rows of the room cable, then the axon. */
static size_t n_rows(void) {
  size_t n_models, n_mechanisms;
  (void)lg_models(&n_models);
  (void)lg_cable_mechanisms(&n_mechanisms);
  return n_models + n_mechanisms + CLI_AXON_MODELS;
}

static lg_model_info row_at(size_t k) {
  static cli_axon_fields axon_fields[CLI_AXON_MODELS]; /* the same every time */
  size_t n_models, n_mechanisms;
  const lg_model_info *const *models = lg_models(&n_models);
  const cable_mechanism *const *mechanisms = lg_cable_mechanisms(&n_mechanisms);
  if (k < n_models) return *models[k];
  if (k >= n_models + n_mechanisms) {
    const size_t j = k - n_models - n_mechanisms;
    return cli_axon_model(j, &axon_fields[j]);
  }
  const cable_mechanism *m = mechanisms[k - n_models];
  return (lg_model_info){.room = "cable",
                         .model = m->name,
                         .variant = "",
                         .summary = m->summary,
                         .reference = m->source,
                         .fields = m->parameters,
                         .n_fields = m->n_parameters,
                         .states = m->states,
                         .n_states = m->n_states};
}

/* "neuron/izhikevich/std", "neuron/tm", "cable/hh" */
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
  if (m->n_states == 0) return;
  (void)printf("\nStates:");
  for (size_t k = 0; k < m->n_states; k++) (void)printf(" `%s`", m->states[k]);
  (void)putchar('\n');
}

static bool is_of_room(const cli_run *run, const char *room) {
  return !cli_given(run, "room") || strcmp(cli_text(run, "room"), room) == 0;
}

/* ---- networks that ship, as rows of the room network ---------------------------------------------------------- */

static lg_model_info network_row(const cli_shipped *network) {
  return (lg_model_info){.room = "network",
                         .model = network->name,
                         .variant = "",
                         .summary = network->summary,
                         .reference = "models/README.md says how it was made and what it reaches"};
}

static void list_networks(cli_run *run, lg_json *w) {
  size_t n;
  char path[4096], name[128];
  const cli_shipped *networks = cli_shipped_networks(&n);
  for (size_t k = 0; k < n; k++) {
    if (!cli_shipped_find(cli_ctx(run), &networks[k], path, sizeof path)) continue;
    const lg_model_info m = network_row(&networks[k]);
    if (w) {
      lg_json_object(w);
      json_row(w, &m);
      lg_json_key_text(w, "file", path);
      lg_json_end_object(w);
      continue;
    }
    row_name(&m, name, sizeof name);
    (void)printf("%-30s %s\n", name, m.summary);
  }
  lg_ctx_clear(cli_ctx(run));
}

/* "network/calcium/kl", "calcium/kl" */
static const cli_shipped *find_network(lg_ctx *ctx, const char *wanted, char *path, size_t bytes) {
  size_t n;
  const cli_shipped *networks = cli_shipped_networks(&n);
  const char *name = strncmp(wanted, "network/", 8) == 0 ? wanted + 8 : wanted;
  for (size_t k = 0; k < n; k++)
    if (strcmp(networks[k].name, name) == 0 && cli_shipped_find(ctx, &networks[k], path, bytes)) return &networks[k];
  lg_ctx_clear(ctx);
  return NULL;
}

static int describe_network(cli_run *run, const cli_shipped *network, const char *path) {
  lg_ctx *ctx = cli_ctx(run);
  lg_safetensors *st = NULL;
  const lg_model_info m = network_row(network);
  const lg_status status = lg_safetensors_read(ctx, path, &st);
  if (status != LG_OK) return cli_report(run, path, status);
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-model/1");
    json_row(&w, &m);
    json_fields(&w, &m);
    lg_json_key_text(&w, "file", path);
    info_tensors_json(&w, st);
    info_network_kind_json(ctx, &w, st);
    lg_json_end_object(&w);
    (void)lg_json_end(&w);
  } else {
    (void)printf("network/%s\n  %s\n  %s\n  %s\n\nParameters: ", network->name, m.summary, m.reference, path);
    info_tensors_text(stdout, st);
    info_network_kind_text(ctx, stdout, st);
  }
  lg_safetensors_destroy(ctx, st);
  return CLI_OK;
}

static int run_models(cli_run *run) {
  const size_t n = n_rows();
  const bool json = cli_json(run) && !cli_flag(run, "markdown");
  char name[128];
  lg_json w;
  if (json) {
    w = cli_json_begin("loligo-models/1");
    lg_json_key(&w, "models");
    lg_json_array(&w);
  }
  for (size_t k = 0; k < n; k++) {
    const lg_model_info m = row_at(k);
    if (!is_of_room(run, m.room)) continue;
    if (cli_flag(run, "markdown")) {
      markdown_row(&m);
    } else if (!json) {
      row_name(&m, name, sizeof name);
      (void)printf("%-30s %s\n", name, m.summary);
    } else {
      lg_json_object(&w);
      json_row(&w, &m);
      lg_json_end_object(&w);
    }
  }
  if (!cli_flag(run, "markdown") && is_of_room(run, "network")) list_networks(run, json ? &w : NULL);
  if (!json) return CLI_OK;
  lg_json_end_array(&w);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? CLI_OK : CLI_RESOURCE;
}

/* A row by "room/model/variant", "room/model", "model" or "model/variant"; the first that fits. */
static bool find_row(const char *wanted, lg_model_info *out) {
  const size_t n = n_rows(), length = strlen(wanted);
  char name[128];
  for (size_t k = 0; k < n; k++) {
    *out = row_at(k);
    row_name(out, name, sizeof name);
    const char *full[] = {name, strchr(name, '/') + 1};
    for (size_t j = 0; j < 2; j++) {
      if (strncmp(full[j], wanted, length) != 0 || strchr(wanted, '/') == wanted + length) continue;
      const bool whole = full[j][length] == '\0';
      const bool model_only = full[j][length] == '/' && strcmp(full[j] + length + 1, out->variant) == 0;
      if (whole || model_only) return true;
    }
  }
  return false;
}

static int unknown_row(cli_run *run, const char *wanted) {
  static char names[256][128];
  const char *list[256];
  size_t n_networks, used = 0;
  const size_t n = n_rows();
  const cli_shipped *networks = cli_shipped_networks(&n_networks);
  for (size_t k = 0; k < n && k < 256; k++) {
    const lg_model_info m = row_at(k);
    row_name(&m, names[k], sizeof names[k]);
    list[used++] = names[k];
  }
  for (size_t k = 0; k < n_networks && used < 256; k++, used++) {
    (void)snprintf(names[used], sizeof names[used], "network/%s", networks[k].name);
    list[used] = names[used];
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
  if (m->n_states == 0) return;
  (void)printf("\nStates\n  ");
  for (size_t k = 0; k < m->n_states; k++) (void)printf("%s%s", k > 0 ? ", " : "", m->states[k]);
  (void)putchar('\n');
}

static int run_describe(cli_run *run) {
  lg_model_info m;
  char path[4096];
  const char *wanted = cli_positional(run, 0);
  if (!find_row(wanted, &m)) {
    const cli_shipped *network = find_network(cli_ctx(run), wanted, path, sizeof path);
    return network ? describe_network(run, network, path) : unknown_row(run, wanted);
  }
  if (!cli_json(run)) {
    print_row(&m);
    return CLI_OK;
  }
  lg_json w = cli_json_begin("loligo-model/1");
  json_row(&w, &m);
  json_fields(&w, &m);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? CLI_OK : CLI_RESOURCE;
}

static const cli_option models_options[] = {
    {"markdown", NULL, CLI_FLAG, NULL, "Print every model with its parameters, as docs/models.md has them."},
    {"room", "neuron|cable|axon|network", CLI_CHOICE, NULL, "Only the models of this room."},
};

const cli_command cli_models_command = {
    .name = "models",
    .arguments = "[--markdown] [--room ROOM]",
    .summary = "List the models of all rooms, the mechanisms of cells with shape, the networks that ship.",
    .example = "loligo models\n  loligo models --room network",
    .options = models_options,
    .n_options = sizeof models_options / sizeof models_options[0],
    .run = run_models,
};

const cli_command cli_describe_command = {
    .name = "describe",
    .arguments = "ROOM/MODEL[/VARIANT]",
    .summary = "Show a model's parameters with units, defaults and ranges, and its states.",
    .example = "loligo describe neuron/izhikevich\n  loligo describe cable/hh\n  loligo describe neuron/tm --json",
    .min_positional = 1,
    .max_positional = 1,
    .run = run_describe,
};
