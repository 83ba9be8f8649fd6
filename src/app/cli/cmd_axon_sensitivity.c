/* loligo axon sensitivity: which constant of the axon matters to which output. */
#include "app/cli/axon_options.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/picture.h"
#include "data/provenance.h"
#include "twin/axon_file.h"
#include "twin/axon_sensitivity_file.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "OUT.csv", CLI_OUTPUT, NULL,
     "Where the sensitivities go: one row for each output and constant, by rank."},
    {"seeds", "SEEDS", CLI_TEXT, "1..20", "Seeds of gaps, each one axon: 1..20, or 1..10,17."},
    {"each", "EACH.csv", CLI_OUTPUT, NULL, "Write the sensitivities of every profile and seed too."},
    {"picture", "FILE", CLI_OUTPUT, NULL, "Draw the constants that matter most (.svg, .png or .pdf)."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the male axon's."},
};

enum { SAID = 5 };

typedef struct work {
  axon_params params;
  axon_profiles *profiles;
  uint64_t *seeds;
  size_t n_seeds;
  axon_sensitivity *all; /* (AXON_SENSITIVE, AXON_JUDGED) */
  double *each;
  double cpu_s;
} work;

static lg_status derive(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  LG_TRY(cli_axon_params(run, &w->params, about));
  *about = NULL;
  LG_TRY(cli_axon_seeds(ctx, cli_text(run, "seeds"), &w->seeds, &w->n_seeds));
  *about = cli_positional(run, 0);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "profiles", *about));
  LG_TRY(lg_axon_profiles_load(ctx, *about, &w->profiles));
  LG_NEW(ctx, w->all, AXON_SENSITIVE * AXON_JUDGED);
  if (cli_given(run, "each"))
    LG_NEW(ctx, w->each, w->profiles->n * w->n_seeds * (size_t)(AXON_SENSITIVE * AXON_JUDGED));
  w->cpu_s = -cli_cpu_seconds();
  LG_TRY(lg_axon_sensitivities(ctx, &w->params, w->seeds, w->n_seeds, w->profiles, w->all, w->each));
  w->cpu_s += cli_cpu_seconds();
done:
  return status;
}

static lg_status draw(lg_ctx *ctx, void *user, lg_canvas *canvas, lg_box box) {
  (void)ctx;
  lg_axon_tornado(canvas, box, user);
  return LG_OK;
}

static lg_status draw_picture(cli_run *run, const char *path, work *w) {
  return cli_write_picture(run, path,
                           &(cli_picture){.title = "Sensitivity of an axon's outputs to its constants",
                                          .id = "tornado",
                                          .words = "For each output the constants that matter most: relative change "
                                                   "of the output over that of the constant, mean over profiles and "
                                                   "gap configurations; whiskers are one standard deviation over gap "
                                                   "configurations.",
                                          .width = 860,
                                          .height = 720,
                                          .draw = draw,
                                          .user = w->all});
}

static lg_status write_all(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_provenance *p = cli_provenance(run);
  *about = cli_text(run, "output");
  lg_status status = lg_axon_sensitivities_write(ctx, *about, &w->params, w->all, p);
  if (status == LG_OK && w->each) {
    *about = cli_text(run, "each");
    status = lg_axon_sensitivities_write_each(ctx, *about, w->profiles, w->seeds, w->n_seeds, w->each, p);
  }
  if (status == LG_OK && cli_given(run, "picture")) {
    *about = cli_text(run, "picture");
    status = draw_picture(run, *about, w);
  }
  return status;
}

static void print_json(cli_run *run, const work *w) {
  lg_json j = cli_json_begin("loligo-axon-sensitivity/1");
  lg_json_key_integer(&j, "n_profiles", (int64_t)w->profiles->n);
  lg_json_key_integer(&j, "n_seeds", (int64_t)w->n_seeds);
  lg_json_key_number(&j, "cpu_s", w->cpu_s);
  for (size_t q = 0; q < AXON_JUDGED; q++) {
    lg_json_key(&j, cli_axon_outputs[q]);
    lg_json_array(&j);
    for (size_t rank = 1; rank <= AXON_SENSITIVE; rank++) {
      const size_t c = lg_axon_sensitivity_ranked(w->all, q, rank);
      const axon_sensitivity *s = &w->all[c * AXON_JUDGED + q];
      lg_json_object(&j);
      lg_json_key_text(&j, "constant", lg_axon_sensitive_name(c));
      lg_json_key_text(&j, "method", c < AXON_TANGENTS ? "tangent" : "difference");
      lg_json_key_number(&j, "mean", s->mean);
      lg_json_key_number(&j, "sd", s->sd);
      lg_json_key_number(&j, "size", s->size);
      lg_json_key_number(&j, "min", s->low);
      lg_json_key_number(&j, "max", s->high);
      lg_json_key_integer(&j, "n", (int64_t)s->n);
      lg_json_end_object(&j);
    }
    lg_json_end_array(&j);
  }
  cli_json_end(run, &j);
}

/* "mt: K +0.41 (sd 0.05), eta ..." */
static void say_output(cli_run *run, const work *w, size_t q) {
  char line[400] = "";
  size_t used = 0;
  for (size_t rank = 1; rank <= SAID; rank++) {
    const size_t c = lg_axon_sensitivity_ranked(w->all, q, rank);
    const axon_sensitivity *s = &w->all[c * AXON_JUDGED + q];
    used += (size_t)snprintf(line + used, sizeof line - used, "%s%s %+.2g", rank > 1 ? ", " : "",
                             lg_axon_sensitive_name(c), s->mean);
    if (isfinite(s->sd)) used += (size_t)snprintf(line + used, sizeof line - used, " (sd %.1g)", s->sd);
  }
  cli_say(run, "%s: %s", cli_axon_outputs[q], line);
}

/* Runs without a sensitivity of some constant. */
static size_t count_failed(const work *w) {
  const size_t n = w->profiles->n * w->n_seeds;
  size_t least = n;
  for (size_t k = 0; k < AXON_SENSITIVE * AXON_JUDGED; k++)
    if (w->all[k].n < least) least = w->all[k].n;
  return n - least;
}

static int run_sensitivity(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  size_t n_failed = 0;
  const char *about = NULL;
  if (!cli_text(run, "output")) return cli_usage(run, "where to? give -o OUT.csv");
  if (cli_given(run, "picture") && !cli_is_picture(cli_text(run, "picture")))
    return cli_usage(run, "--picture %s: .svg, .png or .pdf is needed", cli_text(run, "picture"));
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(derive(run, &w, &about));
  LG_TRY(write_all(run, &w, &about));
  n_failed = count_failed(&w);
  if (n_failed > 0)
    cli_say(run, "%zu of %zu runs without a sensitivity: they failed, or an output was 0", n_failed,
            w.profiles->n * w.n_seeds);
  if (cli_json(run)) print_json(run, &w);
  else {
    for (size_t q = 0; q < AXON_JUDGED; q++) say_output(run, &w, q);
    cli_say(run, "d ln output / d ln constant, mean over %zu profiles and %zu axons; %.3g s of CPU", w.profiles->n,
            w.n_seeds, w.cpu_s);
  }
done:
  lg_free(ctx, w.seeds);
  lg_free(ctx, w.all);
  lg_free(ctx, w.each);
  lg_axon_profiles_destroy(ctx, w.profiles);
  if (status != LG_OK) return cli_report(run, about, status);
  return n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_axon_sensitivity_command = {
    .name = "axon sensitivity",
    .arguments = "PROFILES -o OUT.csv [--seeds 1..20] [--params P.json] [--each EACH.csv] [--picture TORNADO.svg]",
    .summary = "Derive an axon's outputs along its constants, and rank what matters.",
    .example = "loligo axon sensitivity profiles.csv -o sensitivity.csv --seeds 1..20 --picture tornado.svg",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_sensitivity,
};
