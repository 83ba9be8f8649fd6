/* loligo validate cable-gradient: derivatives of a cell with shape, against each other and against differences. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "cable/gradient_check.h"
#include "data/provenance.h"
#include "twin/cable_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"parameters", "PATTERN,...", CLI_TEXT, NULL,
     "Parameters by name, * for any text: \"soma.hh.gnabar\", \"*.Ra\"; not given: conductances, reversals, cm, Ra, "
     "weights and clamps."},
    {"scheme", "sdirk2|nrn", CLI_CHOICE, "sdirk2", "How the cell is stepped."},
    {"dt", "TIME", CLI_TIME, "0.025ms", "Step."},
    {"stop", "TIME", CLI_TIME, "20ms", "How long to run."},
    {"scale", "X", CLI_NUMBER, "1",
     "Times the amplitudes of clamps and the weights of synapses: 0.1 for subthreshold."},
    {"max-dx-um", "L", CLI_NUMBER, NULL, "Cut sections into compartments of at most L um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut at F of the length constant at 100 Hz (0.1)."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into N compartments."},
    {"no-differences", NULL, CLI_FLAG, NULL, "Only forward against backward, and the cost."},
};

static const char usual[] = "*.g*,*.e,*.el,*.cm,*.Ra,*.ena,*.ek,*.ehcn,weight*,clamp*";

/* Keep the parameters that a list of patterns names; a pattern that names none is an error. */
static lg_status choose(lg_ctx *ctx, const char *patterns, bool strict, cable_named *all, size_t *n) {
  char pattern[128];
  size_t kept = 0;
  bool *wanted = lg_alloc(ctx, *n + 1, sizeof *wanted);
  lg_status status = wanted ? LG_OK : LG_ERR_MEMORY;
  for (const char *at = patterns; status == LG_OK && *at;) {
    const size_t length = strcspn(at, ",");
    bool any = false;
    if (length >= sizeof pattern) {
      status = lg_fail(ctx, LG_ERR_ARGUMENT, "a pattern of more than %zu bytes", sizeof pattern - 1);
      break;
    }
    memcpy(pattern, at, length);
    pattern[length] = '\0';
    for (size_t k = 0; k < *n; k++)
      if (lg_cable_matches(pattern, all[k].name)) any = wanted[k] = true;
    if (!any && strict)
      status = lg_fail(ctx, LG_ERR_NOT_FOUND, "no parameter is named %s; there are %s, ...", pattern,
                       *n > 0 ? all[0].name : "none");
    at += length + (at[length] == ',');
  }
  for (size_t k = 0; k < *n && wanted; k++)
    if (wanted[k]) all[kept++] = all[k];
  *n = kept;
  lg_free(ctx, wanted);
  return status;
}

static void print(const cable_check *c, const cable_named *p) {
  (void)printf("%zu nodes, %zu steps, %zu spikes at the first probe, %zu parameters\n\n", c->n_nodes, c->n_steps,
               c->n_spikes, c->n_parameters);
  (void)printf("%-32s %12s %16s %16s %16s\n", "parameter", "value", "forward", "backward", "differences");
  for (int spike = 0; spike < (isnan(c->spike_ms) ? 1 : 2); spike++) {
    (void)printf(spike ? "derivative of the first spike's time (%.6f ms)\n" : "derivative of the loss (%.6g mV^2 ms)\n",
                 spike ? c->spike_ms : c->loss);
    for (size_t k = 0; k < c->n_parameters; k++) {
      const cable_check_row *r = spike ? &c->of_spike[k] : &c->of_loss[k];
      (void)printf("%-32s %12.6g %16.9e %16.9e %16.9e\n", p[k].name, p[k].value, r->forward, r->backward,
                   r->differences);
    }
  }
  (void)printf("\nforward = backward to %.1e, = differences to %.1e (relative)\n", c->forward_backward,
               c->forward_differences);
  (void)printf("one run %.4g s (%.1f million compartment-steps per s)\n", c->run_s,
               (double)c->n_nodes * (double)c->n_steps / c->run_s * 1e-6);
  (void)printf("forward  %6.2f runs for %zu parameters, %.2f per 8\n", c->forward_s / c->run_s, c->n_parameters,
               c->forward_s / c->run_s / ceil((double)c->n_parameters / 8.0));
  (void)printf("backward %6.2f runs for any number; keeps %.2f MB (all steps would be %.2f MB)\n",
               c->backward_s / c->run_s, 1e-6 * (double)c->memory_bytes,
               1e-6 * (double)c->state_bytes * (double)c->n_steps);
  if (c->differences_s > 0.0)
    (void)printf("differences of sixth order %.2f runs; the simplest, one-sided, would be %zu\n",
                 c->differences_s / c->run_s, c->n_parameters + 1);
}

static void print_json(cli_run *run, const cable_check *c, const cable_named *p) {
  lg_json w = cli_json_begin("loligo-cable-gradient/1");
  lg_json_key_integer(&w, "n_nodes", (int64_t)c->n_nodes);
  lg_json_key_integer(&w, "n_steps", (int64_t)c->n_steps);
  lg_json_key_integer(&w, "n_spikes", (int64_t)c->n_spikes);
  lg_json_key_number(&w, "forward_backward", c->forward_backward);
  lg_json_key_number(&w, "forward_differences", c->forward_differences);
  lg_json_key_number(&w, "run_s", c->run_s);
  lg_json_key_number(&w, "forward_runs", c->forward_s / c->run_s);
  lg_json_key_number(&w, "backward_runs", c->backward_s / c->run_s);
  lg_json_key_integer(&w, "memory_bytes", (int64_t)c->memory_bytes);
  lg_json_key(&w, "parameters");
  lg_json_array(&w);
  for (size_t k = 0; k < c->n_parameters; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "name", p[k].name);
    lg_json_key_number(&w, "value", p[k].value);
    lg_json_key_number(&w, "forward", c->of_loss[k].forward);
    lg_json_key_number(&w, "backward", c->of_loss[k].backward);
    lg_json_key_number(&w, "differences", c->of_loss[k].differences);
    lg_json_key_number(&w, "spike_forward", c->of_spike[k].forward);
    lg_json_key_number(&w, "spike_backward", c->of_spike[k].backward);
    lg_json_key_number(&w, "spike_differences", c->of_spike[k].differences);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int run_check(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *file = cli_positional(run, 0);
  cable_model *model = NULL;
  cable_named *p = NULL;
  cable_check *check = NULL;
  size_t n = 0;
  bool good = false;
  cable_cut cut = CABLE_CUT_INIT;
  const double scale = cli_number(run, "scale");
  if (cli_given(run, "nseg")) cut.n_per_section = (size_t)cli_count(run, "nseg");
  if (cli_given(run, "max-dx-um")) cut.max_dx_um = cli_number(run, "max-dx-um");
  if (cli_given(run, "d-lambda")) cut.d_lambda = cli_number(run, "d-lambda");
  const cable_check_options o = {.scheme = strcmp(cli_text(run, "scheme"), "nrn") == 0 ? CABLE_NRN : CABLE_SDIRK2,
                                 .dt_ms = cli_number(run, "dt"),
                                 .stop_ms = cli_number(run, "stop"),
                                 .differences = !cli_flag(run, "no-differences")};
  LG_TRY(lg_cable_load(ctx, file, &model));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "model", file));
  for (size_t k = 0; k < model->n_clamps; k++) model->clamps[k].amplitude_nA *= scale;
  for (size_t k = 0; k < model->n_synapses; k++) model->synapses[k].weight_uS *= scale;
  LG_TRY(lg_cable_parameters(ctx, model, &p, &n));
  LG_TRY(choose(ctx, cli_given(run, "parameters") ? cli_text(run, "parameters") : usual, cli_given(run, "parameters"),
                p, &n));
  LG_TRY(lg_cable_gradient_check(ctx, model, &cut, &o, p, n, &check));
  LG_TRY(lg_progress(ctx, "differences of runs", n, n));
  if (cli_json(run)) print_json(run, check, p);
  else print(check, p);
  good = check->forward_backward <= 1e-10 && check->forward_differences <= 1e-6;
  if (!good) cli_say(run, "a figure misses its limit (1e-10, 1e-6)");
done:
  lg_cable_check_destroy(ctx, check);
  lg_free(ctx, p);
  lg_cable_model_destroy(ctx, model);
  return status == LG_OK ? (good ? CLI_OK : CLI_NEGATIVE) : cli_report(run, file, status);
}

const cli_command cli_validate_cable_gradient_command = {
    .name = "validate cable-gradient",
    .arguments = "CASE.json [--parameters PATTERN,...] [--stop TIME] [--scale X]",
    .summary = "Derivatives of a cell with shape: forward against backward against differences, and their cost.",
    .example = "loligo validate cable-gradient c_l5_step.json --max-dx-um 50\n"
               "loligo validate cable-gradient c_l5_step.json --max-dx-um 50 --scale 0.1",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_check,
};
