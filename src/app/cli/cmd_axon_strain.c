/* loligo axon strain: strain of white-matter fibres under a rotation of the head. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/axon_strain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "PROFILES.h5", CLI_OUTPUT, NULL, "Where the profiles go: .h5, or .csv."},
    {"seeds", "A..B", CLI_TEXT, NULL, "Synthetic impacts of all these seeds; one of them by --seed."},
    {"voxels", "all|N|FILE.csv", CLI_INPUT, "all",
     "All 92,408 voxels of white matter, N random ones for each impact, or places of a file (x_mm,y_mm,z_mm, "
     "fibre_x,fibre_y,fibre_z where known)."},
    {"voxel-seed", "N", CLI_COUNT, "1", "Seed of the choice of random voxels."},
    {"times", "N", CLI_COUNT, "101", "Samples of a profile."},
    {"dt", "TIME", CLI_TIME, "1ms", "Time between them (a bare number is in ms)."},
    {"start", "TIME", CLI_TIME, NULL,
     "Where the window begins in the file; otherwise --before its peak if it is longer."},
    {"before", "TIME", CLI_TIME, "20ms",
     "The window of a longer file begins so long before the peak of |acceleration|."},
    {"scale", "W", CLI_NUMBER, NULL, "Scale every rotation so that its greatest angular velocity is W rad/s."},
    {"velocity", NULL, CLI_FLAG, NULL, "The columns are angular velocities (files whose names do not tell)."},
    {"acceleration", NULL, CLI_FLAG, NULL, "The columns are angular accelerations."},
    {"degrees", NULL, CLI_FLAG, NULL, "The file is in degrees."},
    {"every", "TIME", CLI_TIME, NULL, "Time between the samples of files that hold no times."},
};

/* Beyond these a linear sphere is too simple. */
static const double much_turn_rad = 0.5, much_strain = 0.3;

typedef struct work {
  axon_impacts impacts;
  axon_places places;
  axon_voxels *voxels;
  axon_profiles *profiles;
  axon_impact_figures *figures;
  const char **paths;
} work;

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static bool whole_number(const char *text, const char **end, uint64_t *n) {
  char *stop;
  if (*text < '0' || *text > '9' || strspn(text, "0123456789") > 15) return false;
  *n = strtoull(text, &stop, 10);
  *end = stop;
  return true;
}

static int take_sources(cli_run *run, work *w) {
  const size_t n_files = cli_positionals(run);
  uint64_t first = cli_seed(run), last = first;
  if ((n_files > 0) + cli_given(run, "seed") + cli_given(run, "seeds") != 1)
    return cli_usage(run, "give either files of kinematics, or --seed N, or --seeds A..B");
  if (cli_given(run, "seeds")) {
    const char *end;
    if (!whole_number(cli_text(run, "seeds"), &end, &first) || strncmp(end, "..", 2) != 0 ||
        !whole_number(end + 2, &end, &last) || *end || last < first || last - first >= 100000)
      return cli_usage(run, "--seeds %s: A..B with A <= B is needed, at most 100000 of them", cli_text(run, "seeds"));
  }
  w->impacts.first_seed = first;
  w->impacts.n = n_files > 0 ? n_files : (size_t)(last - first) + 1;
  return CLI_OK;
}

static int take_window(cli_run *run, work *w) {
  axon_window *o = &w->impacts.window;
  o->n_times = (size_t)cli_count(run, "times");
  o->dt_s = 1e-3 * cli_number(run, "dt");
  o->start_s = cli_given(run, "start") ? 1e-3 * cli_number(run, "start") : (double)NAN;
  o->before_s = 1e-3 * cli_number(run, "before");
  o->scale = cli_given(run, "scale") ? cli_number(run, "scale") : 0.0;
  if (o->n_times < 3 || o->n_times > 100000) return cli_usage(run, "--times is %zu; 3 to 100000", o->n_times);
  if (!(o->dt_s >= 1e-6 && o->dt_s <= 0.01)) return cli_usage(run, "--dt is %g s; 1e-6 to 0.01 s", o->dt_s);
  if (!(o->before_s >= 0.0)) return cli_usage(run, "--before is %g s; 0 or more is needed", o->before_s);
  if (cli_given(run, "scale") && !(o->scale > 0.0 && o->scale <= 200.0))
    return cli_usage(run, "--scale is %g rad/s; above 0 to 200", o->scale);
  if (cli_flag(run, "velocity") && cli_flag(run, "acceleration"))
    return cli_usage(run, "--velocity and --acceleration exclude each other");
  axon_rotation_opts *r = &w->impacts.read;
  r->kind = cli_flag(run, "velocity")       ? AXON_ROTATION_VELOCITY
            : cli_flag(run, "acceleration") ? AXON_ROTATION_ACCELERATION
                                            : AXON_ROTATION_BY_NAME;
  r->degrees = cli_flag(run, "degrees");
  r->every_s = cli_given(run, "every") ? 1e-3 * cli_number(run, "every") : 0.0;
  if (cli_given(run, "every") && !(r->every_s >= 1e-6 && r->every_s <= 0.02))
    return cli_usage(run, "--every is %g s; 1e-6 to 0.02 s", r->every_s);
  return CLI_OK;
}

/* "all", a number, or a file. */
static lg_status take_voxels(cli_run *run, work *w, const char **about) {
  const char *text = cli_text(run, "voxels"), *end;
  uint64_t n;
  w->places.seed = cli_count(run, "voxel-seed");
  if (strcmp(text, "all") == 0) return LG_OK;
  if (whole_number(text, &end, &n) && *end == '\0') {
    if (n == 0) return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "--voxels 0: all, 1 or more, or a file");
    w->places.n_random = (size_t)n;
    return LG_OK;
  }
  *about = text;
  lg_status status = lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "voxels", text);
  if (status == LG_OK) status = lg_axon_voxels_load(cli_ctx(run), text, &w->voxels);
  if (status != LG_OK) return status;
  w->places.given = w->voxels;
  if (w->voxels->guessed)
    cli_say(run,
            "%s gives no fibres: their directions are those of the formula of white matter (docs/axon-profiles.md)",
            text);
  return LG_OK;
}

/* ---- what is said -------------------------------------------------------------------------------------- */

enum { MOST_NAMED = 8 };

static void say_warnings(cli_run *run, const work *w) {
  size_t turned = 0, strained = 0, broken = 0;
  double most_turn = 0.0, most = 0.0;
  for (size_t k = 0; k < w->impacts.n; k++) {
    const axon_impact_figures *f = &w->figures[k];
    turned += f->turned_rad > much_turn_rad;
    strained += f->most_strain > much_strain;
    broken += f->most_strain > 1.0;
    most_turn = fmax(most_turn, f->turned_rad);
    most = fmax(most, f->most_strain);
  }
  if (turned)
    cli_say(run,
            "warning: %zu of %zu impacts turn the head by more than %g rad (up to %.2g): a linear sphere is too "
            "simple for them",
            turned, w->impacts.n, much_turn_rad, most_turn);
  if (strained)
    cli_say(run, "warning: %zu of %zu impacts strain fibres beyond %g (up to %.2g), where the sphere is not linear%s",
            strained, w->impacts.n, much_strain, most,
            broken ? "; strains beyond 1 will be refused by the other commands" : "");
}

static void say_impacts(cli_run *run, const work *w) {
  for (size_t k = 0; k < w->impacts.n && k < MOST_NAMED; k++) {
    const axon_impact_figures *f = &w->figures[k];
    char from[48] = "";
    if (w->impacts.paths) (void)snprintf(from, sizeof from, ", from %g ms", 1e3 * f->start_s);
    cli_say(run, "%s: up to %.4g rad/s, %.4g rad/s2%s; 95th percentile of peak strain %.4g",
            w->profiles->impact_names[k], f->peak_omega, f->peak_alpha, from, f->strain_95);
  }
  if (w->impacts.n > MOST_NAMED) cli_say(run, "... %zu impacts in all", w->impacts.n);
  say_warnings(run, w);
}

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-axon-strain/1");
  lg_json_key_integer(&j, "n_profiles", (int64_t)w->profiles->n);
  lg_json_key_integer(&j, "n_times", (int64_t)w->profiles->n_times);
  lg_json_key_number(&j, "dt_s", w->profiles->dt_s);
  lg_json_key(&j, "impacts");
  lg_json_array(&j);
  for (size_t k = 0; k < w->impacts.n; k++) {
    const axon_impact_figures *f = &w->figures[k];
    lg_json_object(&j);
    lg_json_key_text(&j, "name", w->profiles->impact_names[k]);
    lg_json_key_number(&j, "peak_omega_rad_s", f->peak_omega);
    lg_json_key_number(&j, "peak_alpha_rad_s2", f->peak_alpha);
    lg_json_key_number(&j, "turned_rad", f->turned_rad);
    lg_json_key_number(&j, "start_s", f->start_s);
    lg_json_key_number(&j, "strain_95", f->strain_95);
    lg_json_key_number(&j, "greatest_strain", f->most_strain);
    lg_json_end_object(&j);
  }
  lg_json_end_array(&j);
  cli_json_end(run, &j);
}

/* ---- the command --------------------------------------------------------------------------------------- */

static lg_status make_all(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t n_files = cli_positionals(run);
  if (n_files > 0) LG_NEW(ctx, w->paths, n_files);
  for (size_t k = 0; k < n_files; k++) {
    *about = w->paths[k] = cli_positional(run, k);
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "kinematics", w->paths[k]));
  }
  w->impacts.paths = n_files > 0 ? w->paths : NULL;
  *about = NULL;
  LG_TRY(take_voxels(run, w, about));
  LG_NEW(ctx, w->figures, w->impacts.n);
  LG_TRY(lg_axon_strain(ctx, &w->impacts, &w->places, &w->profiles, w->figures, about));
  *about = cli_text(run, "output");
  LG_TRY(lg_axon_profiles_write(ctx, *about, w->profiles, cli_provenance(run)));
done:
  return status;
}

static int run_strain(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  work w = {0};
  const char *about = NULL;
  if (!cli_given(run, "output")) return cli_usage(run, "where to? give -o PROFILES.h5");
  int code = take_sources(run, &w);
  if (code == CLI_OK) code = take_window(run, &w);
  if (code != CLI_OK) return code;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  const lg_status status = make_all(run, &w, &about);
  if (status == LG_OK && w.profiles) {
    say_impacts(run, &w);
    if (cli_json(run)) print_json(run, &w);
    else
      cli_say(run, "%zu profiles of %zu samples, %g ms apart; written to %s", w.profiles->n, w.profiles->n_times,
              1e3 * w.profiles->dt_s, about);
  }
  lg_free(ctx, (void *)w.paths);
  lg_free(ctx, w.figures);
  lg_axon_voxels_destroy(ctx, w.voxels);
  lg_axon_profiles_destroy(ctx, w.profiles);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_axon_strain_command = {
    .name = "axon strain",
    .arguments = "KINEMATICS.csv... | --seed N | --seeds A..B -o PROFILES.h5 [--voxels all|N|FILE.csv] [--scale W]",
    .summary = "Strain of white-matter fibres while the head turns: from measured or synthetic kinematics.",
    .example = "loligo axon strain impact.csv -o profiles.h5\n"
               "loligo axon strain --seeds 101..400 --voxels 1000 -o training.h5",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = -1,
    .run = run_strain,
};
