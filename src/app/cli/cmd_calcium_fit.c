/* loligo calcium fit: constants of a dendrite with ER from measured calcium waves. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/calcium_file.h"
#include "twin/calcium_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Folder for fit.json, case.json with the fitted values, residuals.csv, arrivals.csv."},
    {"case", "CASE.json", CLI_INPUT, NULL, "The dendrite, its stimulus and all constants that are not fitted."},
    {"free", "NAME[=LOW:HIGH],...", CLI_TEXT, NULL,
     "What is fitted: keys of the case's parameters and constants, R, r, j0, and t0, the stimulus on the data's "
     "clock."},
    {"gate", "kl|closure|rise|NET.safetensors", CLI_INPUT, "kl", "Gate of the ryanodine receptor."},
    {"noise", "X", CLI_NUMBER, NULL, "Noise of a sample in the data's unit; not given: by how neighbours scatter."},
    {"time-error", "TIME", CLI_SECONDS, NULL, "Error of an arrival; not given: by the scatter about the fit."},
    {"peak-error", "SHARE", CLI_NUMBER, "0.02", "Error of a peak of arrivals, as a share of it."},
    {"kd-uM", "C", CLI_CONCENTRATION, NULL, "Dissociation constant of the indicator, for columns dff and f."},
    {"dynamic-range", "X", CLI_NUMBER, "100", "F max over F min of the indicator."},
    {"exposure", "TIME", CLI_SECONDS, NULL, "Samples are means over so long about their times; not given: points."},
    {"until", "TIME", CLI_SECONDS, NULL, "Leave out samples after this; a bare number is in seconds."},
    {"starts", "N", CLI_COUNT, "3", "Starts at most; the first is the case's own values."},
    {"iterations", "N", CLI_COUNT, "20", "Steps of a start at most."},
    {"no-profiles", NULL, CLI_FLAG, NULL, "Intervals by the curvature alone."},
    {"coverage", "N", CLI_COUNT, "0",
     "Simulate N waves at the fitted values, fit them, and count how often intervals hold."},
    {"dt", "TIME", CLI_SECONDS, NULL, "Step of the model, 5us unless given; a bare number is in seconds."},
    {"max-dx-um", "LENGTH", CLI_NUMBER, "0.05", "Longest edge of the model's grid, um."},
};

static void words(void *user, const char *what) { cli_say(user, "%s", what); }

static void print_correlations(const calcium_fit *f) {
  for (size_t u = 0; u < f->n; u++)
    for (size_t v = 0; v < u; v++)
      if (fabs(f->correlation[u * f->n + v]) > 0.9)
        (void)printf("%s and %s are told apart badly: correlation %+.3f\n", f->unknowns[v].name, f->unknowns[u].name,
                     f->correlation[u * f->n + v]);
}

static void print_coverage(const calcium_fit *f) {
  size_t inside = 0;
  if (f->o.coverage == 0) return;
  (void)printf("\n%zu waves simulated at these values and fitted again, %zu failed\n", f->o.coverage,
               f->coverage_failed);
  (void)printf("%-14s %18s %18s %18s\n", "constant", "inside 95 %", "rms error", "sd of the fit");
  for (size_t u = 0; u < f->n; u++) {
    const calcium_fit_unknown *k = &f->unknowns[u];
    const bool time = strcmp(k->name, "t0") == 0;
    char error[32], sd[32];
    (void)snprintf(error, sizeof error, time ? "%.3g ms" : "%.3g %%", time ? 1e3 * k->spread : 100.0 * k->spread);
    (void)snprintf(sd, sizeof sd, time ? "%.3g ms" : "%.3g %%", time ? 1e3 * k->sd : 100.0 * k->sd);
    (void)printf("%-14s %11zu/%-6zu %18s %18s\n", k->name, k->covered, f->coverage_done, error, sd);
    inside += k->covered;
  }
  (void)printf("together %zu of %zu\n", inside, f->n * f->coverage_done);
}

static void print(const calcium_fit *f) {
  (void)printf("%zu places, %zu numbers, chi2 per number %.4g (%.4g at the case's values); %zu of %zu starts agree\n",
               f->wave->n_traces, f->n_residuals, f->chi2, f->start_chi2, f->starts_best, f->starts_tried);
  if (f->wave->signal != CALCIUM_ARRIVALS) (void)printf("what is left scatters by %.4g\n", f->noise);
  if (f->scale > 1.2 && (f->o.noise > 0.0 || f->o.time_error_s > 0.0))
    (void)printf("not explained to the errors that were told: intervals are %.2f times as wide\n", f->scale);
  (void)printf("\n");
  (void)printf("%-14s %12s %12s %12s  %-10s %s\n", "constant", "value", "low 95 %", "high 95 %", "by", "");
  for (size_t u = 0; u < f->n; u++) {
    const calcium_fit_unknown *k = &f->unknowns[u];
    (void)printf("%-14s %12.5g %12.5g %12.5g  %-10s %s\n", k->name, k->value, k->interval[0], k->interval[1],
                 k->profiled ? "profile" : "curvature", k->identified ? "" : "not identified");
  }
  print_correlations(f);
  print_coverage(f);
}

static int check_options(cli_run *run, const calcium_fit_options *o) {
  if (!cli_text(run, "case")) return cli_usage(run, "of what dendrite? give --case CASE.json");
  if (!cli_text(run, "free")) return cli_usage(run, "what is to be fitted? give --free rho_R,Dc");
  if (!(o->dt_s >= 1e-8 && o->dt_s <= 1e-3)) return cli_usage(run, "--dt is %g s; allowed is 1e-8 to 0.001", o->dt_s);
  if (!(o->max_dx_um >= 1e-3)) return cli_usage(run, "--max-dx-um is %g; allowed is 0.001 or more", o->max_dx_um);
  if (cli_given(run, "noise") && !(o->noise > 0.0))
    return cli_usage(run, "--noise is %g; it must be above 0", o->noise);
  if (cli_given(run, "time-error") && !(o->time_error_s > 0.0)) return cli_usage(run, "--time-error must be above 0");
  if (!(o->peak_error > 0.0)) return cli_usage(run, "--peak-error is %g; it must be above 0", o->peak_error);
  if (!(o->dynamic_range > 1.0)) return cli_usage(run, "--dynamic-range is %g; it must be above 1", o->dynamic_range);
  if (cli_given(run, "kd-uM") && !(o->kd_uM > 0.0))
    return cli_usage(run, "--kd-uM is %g; it must be above 0", o->kd_uM);
  if (!(o->exposure_s >= 0.0)) return cli_usage(run, "--exposure is %g s; it must not be negative", o->exposure_s);
  if (o->starts < 1 || o->starts > 64) return cli_usage(run, "--starts is %zu; allowed is 1 to 64", o->starts);
  if (o->coverage > 10000) return cli_usage(run, "--coverage is %zu; allowed is up to 10000", o->coverage);
  return CLI_OK;
}

static lg_status finish(cli_run *run, const calcium_fit *f) {
  if (cli_text(run, "output")) {
    const lg_status status = lg_calcium_fit_write(cli_ctx(run), cli_text(run, "output"), f, cli_provenance(run));
    if (status != LG_OK) return status;
  }
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-calcium-fit/1");
    lg_calcium_fit_fields(&w, f);
    cli_json_end(run, &w);
  } else {
    print(f);
  }
  return LG_OK;
}

static int run_fit(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  calcium_wave *wave = NULL;
  calcium_fit *fit = NULL;
  calcium_fit_unknown unknowns[CALCIUM_FIT_MOST];
  size_t n = 0;
  const char *about = NULL, *data = cli_positional(run, 0);
  const calcium_fit_options o = {.case_path = cli_text(run, "case"),
                                 .gate = cli_text(run, "gate"),
                                 .dt_s = cli_number_or(run, "dt", 5e-6),
                                 .max_dx_um = cli_number(run, "max-dx-um"),
                                 .noise = cli_given(run, "noise") ? cli_number(run, "noise") : 0.0,
                                 .time_error_s = cli_number_or(run, "time-error", 0.0),
                                 .peak_error = cli_number(run, "peak-error"),
                                 .kd_uM = cli_given(run, "kd-uM") ? cli_number(run, "kd-uM") : 0.0,
                                 .dynamic_range = cli_number(run, "dynamic-range"),
                                 .exposure_s = cli_number_or(run, "exposure", 0.0),
                                 .starts = (size_t)cli_count(run, "starts"),
                                 .iterations = (size_t)cli_count(run, "iterations"),
                                 .profiles = !cli_flag(run, "no-profiles"),
                                 .coverage = (size_t)cli_count(run, "coverage"),
                                 .seed = cli_seed(run)};
  const int usage = check_options(run, &o);
  if (usage != CLI_OK) return usage;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  about = o.case_path;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "case", o.case_path));
  LG_TRY(lg_calcium_load(ctx, o.case_path, &c));
  about = NULL;
  LG_TRY(lg_calcium_fit_unknowns(ctx, c, cli_text(run, "free"), unknowns, &n));
  about = data;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "wave", data));
  LG_TRY(lg_calcium_wave_read(ctx, data, c, cli_number_or(run, "until", (double)INFINITY), &wave));
  if (wave->signal > CALCIUM_CONCENTRATION && o.kd_uM == 0.0) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "column %s is fluorescence: --kd-uM says what the indicator binds",
                     lg_calcium_signal_word(wave->signal));
    goto done;
  }
  LG_TRY(lg_calcium_fit_run(ctx, wave, unknowns, n, &o, words, run, &fit));
  about = cli_text(run, "output");
  LG_TRY(finish(run, fit));
done:
  lg_calcium_fit_destroy(ctx, fit);
  lg_calcium_wave_destroy(ctx, wave);
  lg_calcium_case_destroy(ctx, c);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_calcium_fit_command = {
    .name = "calcium fit",
    .arguments = "WAVE.csv --case CASE.json --free NAME,... [-o DIR] [--coverage N]",
    .summary = "Find constants of a dendrite with ER from measured calcium waves, with intervals.",
    .example = "loligo calcium fit wave.csv --case case.json --free rho_R,Dc -o fit/ --coverage 20",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_fit,
};
