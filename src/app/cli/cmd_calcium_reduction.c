/* loligo calcium reduction: what one dimension misses of a calcium wave. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "calcium/axi.h"
#include "data/provenance.h"
#include "twin/calcium_reduction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for summary.json, front.csv, map.csv, thresholds.csv."},
    {"radial", "N", CLI_COUNT, "12", "Rings of the cytosol; the ER has five eighths as many."},
    {"dt", "TIME", CLI_SECONDS, NULL, "Step, 2.5us unless given; a bare number is in seconds."},
    {"max-dx-um", "LENGTH", CLI_NUMBER, "0.05", "Longest edge along x, um; half of it in one dimension."},
    {"gate", "kl|closure|rise|NET.safetensors", CLI_INPUT, "kl", "Gate of the ryanodine receptor."},
    {"refine", NULL, CLI_FLAG, NULL, "Halve dx, dt and the rings' widths, one at a time, and say where that leads."},
    {"set", "NAME=X;...", CLI_TEXT, NULL, "Constants of the case, and R, r, j0: other values."},
    {"vary", "NAME=X,X,...;...", CLI_TEXT, NULL, "A map over up to 3 constants, speeds in both dimensions."},
    {"threshold", "NAME=LOW,HIGH;...", CLI_TEXT, NULL, "From where on there is a wave, in both dimensions, to 0.3 %."},
    {"map-only", NULL, CLI_FLAG, NULL, "Leave the case itself out: only --vary and --threshold."},
};

/* "NAME=X,X;NAME=X": at least `fewest` and at most `most` numbers each. */
static lg_status read_axes(cli_run *run, const char *option, calcium_axis *axes, size_t room, size_t fewest,
                           size_t most, size_t *n) {
  lg_ctx *ctx = cli_ctx(run);
  const char *text = cli_text(run, option);
  *n = 0;
  for (const char *at = text; at && *at;) {
    const char *equals = strchr(at, '=');
    if (!equals || equals == at || (size_t)(equals - at) >= sizeof axes[0].name)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "--%s %s: NAME=numbers expected at \"%s\"", option, text, at);
    if (*n == room) return lg_fail(ctx, LG_ERR_ARGUMENT, "--%s %s: at most %zu names", option, text, room);
    calcium_axis *a = &axes[(*n)++];
    memcpy(a->name, at, (size_t)(equals - at));
    a->name[equals - at] = '\0';
    a->n = 0;
    for (at = equals + 1;; at++) {
      char *end;
      const double x = strtod(at, &end);
      if (end == at || !isfinite(x) || a->n == most || (*end && *end != ',' && *end != ';'))
        return lg_fail(ctx, LG_ERR_ARGUMENT, "--%s %s: %s needs %zu to %zu numbers, comma-separated", option, text,
                       a->name, fewest, most);
      a->values[a->n++] = x;
      at = end;
      if (*at != ',') break;
    }
    if (a->n < fewest)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "--%s %s: %s needs %zu numbers", option, text, a->name, fewest);
    if (*at == ';') at++;
  }
  return LG_OK;
}

static lg_status read_thresholds(cli_run *run, calcium_reduction_options *o) {
  const lg_status status = read_axes(run, "threshold", o->thresholds, CALCIUM_THRESHOLDS, 2, 2, &o->n_thresholds);
  for (size_t k = 0; k < o->n_thresholds && status == LG_OK; k++)
    if (!(o->thresholds[k].values[0] > 0.0 && o->thresholds[k].values[1] > o->thresholds[k].values[0]))
      return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "--threshold: %s between %g and %g: 0 < LOW < HIGH",
                     o->thresholds[k].name, o->thresholds[k].values[0], o->thresholds[k].values[1]);
  return status;
}

static void print_case(const calcium_reduction *r) {
  double one, two;
  (void)printf("%-22s %14s %14s %10s\n", "", "one dimension", "across too", "error");
  for (size_t k = 0; k < CALCIUM_REDUCTION_ROWS; k++) {
    const char *name = lg_calcium_reduction_row(&r->figures, k, &one, &two);
    (void)printf("%-22s %14.6g %14.6g %+9.2f%%\n", name, one, two, 100.0 * lg_calcium_reduction_error(one, two));
  }
  if (r->front_two->caught)
    (void)printf("at the front, c at the ER's membrane is up to %.2f times that at the plasma membrane\n",
                 r->peak_ratio);
  if (!r->o.refine) return;
  (void)printf("\n%-22s %14s %14s\n", "across", "speed um/s", "peak uM");
  (void)printf("%-22s %14.3f %14.5f\n", "this grid", r->figures.two.speed_um_s, r->figures.two.peak_uM);
  static const char *const what[3] = {"half the dx", "half the dt", "twice the rings"};
  for (size_t k = 0; k < 3; k++)
    (void)printf("%-22s %14.3f %14.5f\n", what[k], r->refined[k].speed_um_s, r->refined[k].peak_uM);
  (void)printf("%-22s %14.3f %14.5f   speed within %.2g um/s; this grid %+.2f%%\n", "where they lead", r->speed_limit,
               r->peak_limit, r->speed_error, 100.0 * (r->figures.two.speed_um_s / r->speed_limit - 1.0));
}

/* A column of the table; "-" where there is no wave. */
static void cell(int width, double x) {
  if (isnan(x)) (void)printf("%*s", width, "-");
  else (void)printf("%*.2f", width, x);
}

static void share(double x) {
  if (isnan(x)) (void)printf("%9s", "-");
  else (void)printf("%+8.2f%%", 100.0 * x);
}

static void print_map(const calcium_reduction *r) {
  (void)printf("\n");
  for (size_t a = 0; a < r->o.n_axes; a++) (void)printf("%10s ", r->o.axes[a].name);
  (void)printf("%12s %12s %9s %10s %10s %9s\n", "speed 1-D", "2-D um/s", "error", "peak 1-D", "2-D uM", "error");
  for (size_t k = 0; k < r->n_map; k++) {
    const calcium_pair *p = &r->map[k];
    for (size_t a = 0; a < r->o.n_axes; a++) (void)printf("%10.5g ", p->at[a]);
    const bool waves = !isnan(p->one.speed_um_s) && !isnan(p->two.speed_um_s);
    cell(12, p->one.speed_um_s);
    cell(13, p->two.speed_um_s);
    share(lg_calcium_reduction_error(p->one.speed_um_s, p->two.speed_um_s));
    (void)printf(" %10.4f %10.4f", p->one.peak_uM, p->two.peak_uM);
    share(waves ? lg_calcium_reduction_error(p->one.peak_uM, p->two.peak_uM) : (double)NAN);
    (void)printf("\n");
  }
}

static void print_thresholds(const calcium_reduction *r) {
  (void)printf("\n%-12s %-14s %14s %14s\n", "threshold of", "", "no wave at", "a wave at");
  for (size_t k = 0; k < 2 * r->o.n_thresholds; k++) {
    const calcium_threshold *t = &r->thresholds[k];
    const char *dimensions = k % 2 ? "across too" : "one dimension";
    if (t->found) (void)printf("%-12s %-14s %14.5g %14.5g\n", t->name, dimensions, t->below, t->above);
    else (void)printf("%-12s %-14s none between %g and %g\n", t->name, dimensions, t->low, t->high);
  }
}

static lg_status finish(cli_run *run, const calcium_reduction *r) {
  if (cli_text(run, "output")) {
    const lg_status status = lg_calcium_reduction_write(cli_ctx(run), cli_text(run, "output"), r, cli_provenance(run));
    if (status != LG_OK) return status;
  }
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-calcium-reduction/1");
    lg_calcium_reduction_fields(&w, r);
    cli_json_end(run, &w);
    return LG_OK;
  }
  if (r->has_case) print_case(r);
  if (r->n_map > 0) print_map(r);
  if (r->o.n_thresholds > 0) print_thresholds(r);
  return LG_OK;
}

static int run_reduction(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  calcium_reduction *r = NULL;
  const char *about = NULL;
  const calcium_trial_case shared = {cli_positional(run, 0), cli_text(run, "gate")};
  calcium_reduction_options o = {.dt_s = cli_number_or(run, "dt", 2.5e-6),
                                 .max_dx_um = cli_number(run, "max-dx-um"),
                                 .n_rings = (size_t)cli_count(run, "radial"),
                                 .refine = cli_flag(run, "refine"),
                                 .map_only = cli_flag(run, "map-only")};
  if (!(o.dt_s >= 1e-9 && o.dt_s <= 1e-3)) return cli_usage(run, "--dt is %g s; allowed is 1e-9 to 0.001", o.dt_s);
  if (!(o.max_dx_um >= 1e-3)) return cli_usage(run, "--max-dx-um is %g; allowed is 0.001 or more", o.max_dx_um);
  if (o.n_rings < 4 || o.n_rings > 256) return cli_usage(run, "--radial is %zu; allowed is 4 to 256", o.n_rings);
  if (o.map_only && !cli_given(run, "vary") && !cli_given(run, "threshold"))
    return cli_usage(run, "--map-only leaves nothing to do without --vary or --threshold");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(read_axes(run, "set", o.set, CALCIUM_TRIAL_KNOBS, 1, 1, &o.n_set));
  LG_TRY(read_axes(run, "vary", o.axes, CALCIUM_AXES, 1, CALCIUM_AXIS_VALUES, &o.n_axes));
  LG_TRY(read_thresholds(run, &o));
  about = shared.path;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "case", about));
  LG_TRY(lg_calcium_reduction_run(ctx, &shared, &o, &r));
  about = cli_text(run, "output");
  LG_TRY(finish(run, r));
done:
  lg_calcium_reduction_destroy(ctx, r);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_calcium_reduction_command = {
    .name = "calcium reduction",
    .arguments = "CASE.json [-o DIR] [--refine] [--vary NAME=X,X,...] [--threshold NAME=LOW,HIGH] [--radial N]",
    .summary = "Say what one dimension misses of a calcium wave: the same case resolved across the dendrite.",
    .example = "loligo calcium reduction case.json --refine\n"
               "loligo calcium reduction case.json -o map/ --map-only --vary 'rho_R=0.5,1,3;r=0.1,0.15,0.2'",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_reduction,
};
