#define _XOPEN_SOURCE 700
#include "app/cli/axon_map_job.h"

#include "app/cli/json_out.h"
#include "twin/axon_file.h"
#include "twin/axon_map_figures.h"
#include "twin/axon_map_report.h"
#include "twin/axon_net_file.h"
#include "twin/axon_strain.h"
#include "twin/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IMPACT_TIMES = AXON_NET_TIMES };
static const double impact_dt_s = 1e-3, before_s = 0.02, voxel_mm = 2.0;

static double seconds(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

bool axon_map_job_planes(const char *text, double at_mm[3]) {
  char *end = NULL;
  for (size_t d = 0; d < 3; d++) {
    at_mm[d] = strtod(text, &end);
    if (end == text || !(fabs(at_mm[d]) <= 1e4) || *end != (d < 2 ? ',' : '\0')) return false;
    text = end + 1;
  }
  return true;
}

void axon_map_job_forget(lg_ctx *ctx, axon_map_job *job) {
  lg_axon_map_destroy(ctx, job->map);
  lg_axon_surrogate_destroy(ctx, job->net);
  lg_axon_destroy(ctx, job->axon);
  lg_axon_profiles_destroy(ctx, job->profiles);
}

/* ---- profiles --------------------------------------------------------------------------------------------- */

/* Every k-th plane of voxels along each axis. */
static size_t thin_out(axon_voxel *voxels, size_t n, uint64_t every) {
  size_t kept = 0;
  for (size_t k = 0; k < n; k++) {
    bool keep = true;
    for (size_t d = 0; d < 3; d++) {
      const int64_t plane = (int64_t)floor(1e3 * voxels[k].x_m[d] / voxel_mm);
      keep = keep && plane % (int64_t)every == 0;
    }
    if (keep) voxels[kept++] = voxels[k];
  }
  return kept;
}

/* White matter under one impact: of a file, or of the seed. */
static lg_status strain_of(cli_run *run, axon_map_job *job, const char *file, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_voxels voxels = {0};
  axon_impact_figures figures;
  const axon_impacts impacts = {
      .n = 1,
      .paths = file ? &file : NULL,
      .first_seed = cli_seed(run),
      .window = {.n_times = IMPACT_TIMES, .dt_s = impact_dt_s, .start_s = (double)NAN, .before_s = before_s}};
  const axon_places places = {.given = &voxels};
  LG_TRY(lg_axon_white_matter(ctx, &voxels.voxels, &voxels.n));
  voxels.n = thin_out(voxels.voxels, voxels.n, cli_count(run, "every"));
  LG_TRY(lg_axon_strain(ctx, &impacts, &places, &job->profiles, &figures, about));
  (void)snprintf(job->title, sizeof job->title, "%s%.80s, %.3g rad/s", file ? "" : "impact of seed ",
                 file ? base_name(file) : job->profiles->impact_names[0] + 1, figures.peak_omega);
  if (figures.turned_rad > 0.5 || figures.most_strain > 0.3)
    cli_say(run,
            "warning: the head turns by %.2g rad and fibres are strained up to %.2g: a linear sphere is too simple for "
            "more than 0.5 and 0.3",
            figures.turned_rad, figures.most_strain);
done:
  lg_free(ctx, voxels.voxels);
  return status;
}

/* Only the profiles of one impact. */
static lg_status keep_impact(cli_run *run, axon_profiles *p) {
  const uint64_t wanted = cli_given(run, "impact") ? cli_count(run, "impact") : 0;
  size_t kept = 0;
  if (!p->impact || p->n_impacts < 2) {
    if (wanted > 0) return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "the file has one impact; --impact is 0");
    return LG_OK;
  }
  if (!cli_given(run, "impact"))
    return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "the file has %zu impacts, a map is of one; choose with --impact K",
                   p->n_impacts);
  for (size_t k = 0; k < p->n; k++) {
    if (p->impact[k] != wanted) continue;
    memmove(p->strain + kept * p->n_times, p->strain + k * p->n_times, p->n_times * sizeof *p->strain);
    for (size_t d = 0; d < 3; d++) {
      if (p->position_mm) p->position_mm[3 * kept + d] = p->position_mm[3 * k + d];
      if (p->fibre) p->fibre[3 * kept + d] = p->fibre[3 * k + d];
    }
    if (p->names && kept != k) {
      char *other = p->names[kept];
      p->names[kept] = p->names[k];
      p->names[k] = other;
    }
    p->impact[kept++] = (uint32_t)wanted;
  }
  for (size_t k = kept; p->names && k < p->n; k++) lg_free(cli_ctx(run), p->names[k]);
  p->n = kept;
  if (kept > 0) return LG_OK;
  return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "no voxel is of impact %llu", (unsigned long long)wanted);
}

static bool is_csv(const char *path) {
  const size_t n = strlen(path);
  return n > 4 && strcmp(path + n - 4, ".csv") == 0;
}

static lg_status read_source(cli_run *run, axon_map_job *job, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0);
  lg_status status = LG_OK;
  if (!path) return strain_of(run, job, NULL, about);
  *about = path;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), is_csv(path) ? "kinematics" : "profiles", path));
  if (is_csv(path)) return strain_of(run, job, path, about);
  (void)snprintf(job->title, sizeof job->title, "%.150s", base_name(path));
  LG_TRY(lg_axon_profiles_load(ctx, path, &job->profiles));
  LG_TRY(keep_impact(run, job->profiles));
  if (!job->profiles->position_mm)
    status = lg_fail(ctx, LG_ERR_ARGUMENT,
                     "the profiles have no positions; a map needs position_mm (HDF5 of loligo axon strain)");
done:
  return status;
}

/* ---- network and simulation -------------------------------------------------------------------------------- */

static bool same_axon(const axon_params *a, const axon_params *b, const char **which) {
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    *which = lg_axon_param_names[k].name;
    if (lg_axon_param_get(a, &lg_axon_param_names[k]) != lg_axon_param_get(b, &lg_axon_param_names[k])) return false;
  }
  return true;
}

static lg_status load_net(cli_run *run, axon_map_job *job, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  const char *which;
  lg_status status = LG_OK;
  if (cli_given(run, "net")) (void)snprintf(job->net_path, sizeof job->net_path, "%s", cli_text(run, "net"));
  else LG_TRY(cli_find_data(ctx, "models/axon-male.safetensors", job->net_path, sizeof job->net_path));
  *about = job->net_path;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", job->net_path));
  LG_TRY(lg_axon_surrogate_load(ctx, job->net_path, &job->net));
  if (!same_axon(&job->axon->params, &job->net->params, &which))
    status = lg_fail(ctx, LG_ERR_ARGUMENT,
                     "the network learned another axon (%s differs); give --direct, or its network", which);
done:
  return status;
}

/* Voxels to simulate: all, or those that the network does not know. */
static lg_status choose(cli_run *run, const axon_map_job *job, const axon_prediction *predictions, size_t **which,
                        size_t *n) {
  lg_status status = LG_OK;
  const bool all = !predictions || cli_flag(run, "both");
  LG_NEW(cli_ctx(run), *which, job->profiles->n);
  for (size_t k = *n = 0; k < job->profiles->n && !cli_flag(run, "no-fallback"); k++)
    if (all || !predictions[k].in_range) (*which)[(*n)++] = k;
done:
  return status;
}

static lg_status ask_net(cli_run *run, axon_map_job *job, axon_prediction **predictions) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  LG_NEW(ctx, *predictions, job->profiles->n);
  const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  LG_TRY(lg_axon_surrogate_predict(ctx, job->net, job->profiles, *predictions));
  job->net_s = seconds(CLOCK_MONOTONIC) - wall;
  job->net_cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
done:
  return status;
}

static lg_status simulate(cli_run *run, axon_map_job *job, const size_t *which, size_t n, axon_outcome *outcomes) {
  char folder[4096];
  const bool given = cli_given(run, "resume");
  const lg_status status = axon_sweep_folder(cli_ctx(run), given ? cli_text(run, "resume") : NULL,
                                             cli_text(run, "output"), folder, sizeof folder);
  if (status != LG_OK) return status;
  const axon_sweep sweep = {.axon = job->axon,
                            .profiles = job->profiles,
                            .which = which,
                            .n = n,
                            .opts = {.precision = AXON_FLOAT},
                            .folder = folder,
                            .keep = given};
  return axon_sweep_run(run, &sweep, outcomes, &job->direct);
}

static lg_status make_map(cli_run *run, axon_map_job *job, const axon_prediction *predictions, const size_t *which,
                          size_t n, const axon_outcome *outcomes, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  LG_TRY(lg_axon_map_create(ctx, job->profiles, &job->map));
  if (predictions) LG_TRY(lg_axon_map_take_net(ctx, job->map, predictions));
  if (n > 0) LG_TRY(lg_axon_map_take_direct(ctx, job->map, which, n, outcomes));
  LG_TRY(lg_axon_map_finish(ctx, job->map, cli_number(run, "injury-threshold"), cli_flag(run, "no-fallback")));
  if (cli_given(run, "regions")) {
    *about = cli_text(run, "regions");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "regions", *about));
    status = lg_axon_map_read_regions(ctx, job->map, *about, job->profiles->names);
  } else {
    status = lg_axon_map_partition(ctx, job->map);
  }
done:
  return status;
}

int axon_map_job_work(cli_run *run, axon_map_job *job) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *about = NULL;
  axon_params params = lg_axon_params_male();
  axon_prediction *predictions = NULL;
  axon_outcome *outcomes = NULL;
  size_t *which = NULL;
  const double start = seconds(CLOCK_MONOTONIC);
  LG_TRY(read_source(run, job, &about));
  job->profiles_s = seconds(CLOCK_MONOTONIC) - start;
  if (cli_given(run, "params")) {
    about = cli_text(run, "params");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "params", about));
    LG_TRY(lg_axon_params_load(ctx, about, &params));
  }
  about = NULL;
  LG_TRY(lg_axon_create(ctx, &params, &job->axon));
  if (!cli_flag(run, "direct")) {
    LG_TRY(load_net(run, job, &about));
    about = NULL;
    LG_TRY(ask_net(run, job, &predictions));
  }
  LG_TRY(choose(run, job, predictions, &which, &job->n_simulated));
  LG_NEW(ctx, outcomes, job->n_simulated);
  LG_TRY(simulate(run, job, which, job->n_simulated, outcomes));
  job->rank = job->direct.rank;
  job->n_failed = job->direct.n_failed;
  if (job->rank == 0) status = make_map(run, job, predictions, which, job->n_simulated, outcomes, &about);
done:
  lg_free(ctx, predictions);
  lg_free(ctx, outcomes);
  lg_free(ctx, which);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

/* ---- what is told ------------------------------------------------------------------------------------------ */

static void put_agreement(lg_json *w, const char *key, lg_ctx *ctx, const axon_map *m, bool in_range_only) {
  lg_json_key(w, key);
  lg_json_object(w);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    axon_agreement a;
    if (lg_axon_map_agreement(ctx, m, q, in_range_only, &a) != LG_OK) continue;
    lg_json_key(w, lg_axon_output_names[q].name);
    lg_json_object(w);
    lg_json_key_integer(w, "n", (int64_t)a.n);
    lg_json_key_number(w, "r2", a.r2);
    lg_json_key_number(w, "nrmse_pct", a.nrmse_pct);
    lg_json_key_number(w, "rmse", a.rmse);
    lg_json_key_number(w, "mean_error", a.mean_error);
    lg_json_key_number(w, "p95_abs_error", a.p95_error);
    lg_json_key_number(w, "worst_abs_error", a.worst_error);
    lg_json_end_object(w);
  }
  lg_json_end_object(w);
}

static void put_region(lg_json *w, const axon_region *r) {
  lg_json_object(w);
  lg_json_key_text(w, "region", r->name);
  lg_json_key_integer(w, "n", (int64_t)r->n);
  lg_json_key_integer(w, "n_failed", (int64_t)r->n_failed);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    lg_json_key(w, lg_axon_output_names[q].name);
    lg_json_object(w);
    lg_json_key_number(w, "mean", r->mean[q]);
    lg_json_key_number(w, "median", r->median[q]);
    lg_json_key_number(w, "p95", r->p95[q]);
    lg_json_key_number(w, "max", r->most[q]);
    lg_json_end_object(w);
  }
  lg_json_key_number(w, "injured_pct", r->injured_pct);
  lg_json_key_number(w, "out_of_range_pct", r->out_of_range_pct);
  lg_json_end_object(w);
}

static lg_status put_regions(lg_ctx *ctx, lg_json *w, const axon_map *m) {
  lg_status status = LG_OK;
  lg_json_key(w, "regions");
  lg_json_array(w);
  for (size_t k = 0; k <= m->n_regions && status == LG_OK; k++) {
    axon_region r;
    status = lg_axon_map_region(ctx, m, k == 0 ? m->n_regions : k - 1, &r);
    if (status == LG_OK) put_region(w, &r);
  }
  lg_json_end_array(w);
  return status;
}

static void put_times(cli_run *run, lg_json *w, const axon_map_job *job) {
  lg_json_key(w, "times");
  lg_json_object(w);
  lg_json_key_integer(w, "threads", (int64_t)lg_ctx_threads(cli_ctx(run)));
  lg_json_key_integer(w, "ranks", (int64_t)job->direct.n_ranks);
  lg_json_key_number(w, "profiles_s", job->profiles_s);
  if (job->net) {
    lg_json_key_number(w, "network_s", job->net_s);
    lg_json_key_number(w, "network_cpu_s", job->net_cpu_s);
  }
  if (job->n_simulated > 0) {
    lg_json_key_number(w, "direct_s", job->direct.wall_s);
    lg_json_key_number(w, "direct_cpu_s", job->direct.cpu_s);
    lg_json_key_integer(w, "direct_here", (int64_t)(job->n_simulated - job->direct.n_resumed));
  }
  lg_json_end_object(w);
}

static lg_status print_json(cli_run *run, const axon_map_job *job) {
  lg_ctx *ctx = cli_ctx(run);
  const axon_map *m = job->map;
  lg_json w = cli_json_begin("loligo-axon-map/1");
  lg_json_key_text(&w, "title", job->title);
  lg_json_key_integer(&w, "n_voxels", (int64_t)m->n);
  for (unsigned s = 0; s < AXON_MAP_SOURCES; s++) {
    char key[40];
    (void)snprintf(key, sizeof key, "n_%s", lg_axon_map_sources[s]);
    lg_json_key_integer(&w, key, (int64_t)lg_axon_map_count(m, s));
  }
  lg_json_key_integer(&w, "n_simulated", (int64_t)job->n_simulated);
  if (m->in_range) lg_json_key_integer(&w, "n_out_of_range", (int64_t)lg_axon_map_out_of_range(m));
  lg_json_key_number(&w, "injury_threshold", m->threshold);
  if (m->net[0] && m->direct[0] && job->n_simulated == m->n) {
    put_agreement(&w, "agreement", ctx, m, false);
    put_agreement(&w, "agreement_in_range", ctx, m, true);
  }
  lg_json_key_text(&w, "partition", m->partition);
  const lg_status status = put_regions(ctx, &w, m);
  put_times(run, &w, job);
  cli_json_end(run, &w);
  return status;
}

static lg_status say(cli_run *run, const axon_map_job *job) {
  lg_ctx *ctx = cli_ctx(run);
  const axon_map *m = job->map;
  axon_region whole;
  const lg_status status = lg_axon_map_region(ctx, m, m->n_regions, &whole);
  if (status != LG_OK) return status;
  if (job->direct.n_resumed > 0) cli_say(run, "%zu voxels were simulated already", job->direct.n_resumed);
  if (job->net)
    cli_say(run, "%zu voxels by the network in %.3g s; %zu of them are out of its range", m->n, job->net_s,
            lg_axon_map_out_of_range(m));
  if (job->n_simulated > 0)
    cli_say(run, "%zu voxels simulated directly in %.4g s", job->n_simulated, job->direct.wall_s);
  if (job->n_failed > 0) cli_say(run, "%zu voxels could not be simulated; they are marked as failed", job->n_failed);
  for (size_t q = 0; job->net && job->n_simulated == m->n && q < AXON_PREDICTED; q++) {
    axon_agreement a;
    if (lg_axon_map_agreement(ctx, m, q, false, &a) == LG_OK)
      cli_say(run, "  %-7s network against simulation: R2 %.5f, NRMSE %.2f %%, worst error %.3g %s",
              lg_axon_output_names[q].name, a.r2, a.nrmse_pct, a.worst_error, lg_axon_output_names[q].unit);
  }
  cli_say(run, "injured (strain of microtubules %g or more): %.3g %% of the white matter", m->threshold,
          whole.injured_pct);
  const axon_params male = lg_axon_params_male();
  const char *which;
  if (!cli_given(run, "injury-threshold") && !same_axon(&job->axon->params, &male, &which))
    cli_say(run,
            "the threshold %g is that of the default axon, and this one differs (%s): loligo axon threshold finds its "
            "own, --injury-threshold takes it",
            m->threshold, which);
  cli_say(run, "map: %s", cli_text(run, "output"));
  return LG_OK;
}

/* The page, with the times of this run. */
static lg_status write_report(cli_run *run, const axon_map_job *job, const axon_map_about *about, const char *folder) {
  lg_ctx *ctx = cli_ctx(run);
  const bool direct = job->n_simulated > 0;
  const double none = (double)NAN;
  char *provenance = lg_page_provenance_text(ctx, cli_provenance(run));
  if (!provenance) return LG_ERR_MEMORY;
  const axon_map_page page = {.map = job->map,
                              .title = job->title,
                              .network = about->network,
                              .provenance_json = provenance,
                              .at_mm = {job->at_mm[0], job->at_mm[1], job->at_mm[2]},
                              .times = {.threads = lg_ctx_threads(ctx),
                                        .ranks = job->direct.n_ranks,
                                        .n_simulated = job->n_simulated - job->direct.n_resumed,
                                        .profiles_s = job->profiles_s,
                                        .network_s = job->net ? job->net_s : none,
                                        .network_cpu_s = job->net ? job->net_cpu_s : none,
                                        .direct_s = direct ? job->direct.wall_s : none,
                                        .direct_cpu_s = direct ? job->direct.cpu_s : none}};
  lg_status status = lg_make_directory(ctx, folder);
  if (status == LG_OK) status = lg_axon_map_report(ctx, folder, &page);
  free(provenance);
  return status;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

int axon_map_job_write(cli_run *run, axon_map_job *job) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_provenance *lasting = NULL;
  const char *path = cli_text(run, "output");
  LG_TRY(lg_provenance_lasting(ctx, cli_provenance(run), &lasting));
  const axon_map_about about = {.title = job->title,
                                .network = job->net ? base_name(job->net_path) : NULL,
                                .params = &job->axon->params,
                                .provenance = lasting};
  LG_TRY(lg_axon_map_write(ctx, path, job->map, &about));
  if (cli_given(run, "summary")) {
    path = cli_text(run, "summary");
    LG_TRY(lg_axon_map_write_regions(ctx, path, job->map, &about));
  }
  if (cli_given(run, "points")) {
    path = cli_text(run, "points");
    LG_TRY(lg_axon_map_write_points(ctx, path, job->map, &about));
  }
  if (cli_given(run, "slices")) {
    path = cli_text(run, "slices");
    if (job->map->grid.n[0] == 0)
      LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "the voxels lie on no regular grid; there are no slices of them"));
    LG_TRY(lg_make_directory(ctx, path));
    LG_TRY(lg_axon_map_pictures(ctx, path, job->map, job->at_mm));
  }
  if (cli_given(run, "report")) {
    path = cli_text(run, "report");
    LG_TRY(write_report(run, job, &about, path));
  }
  LG_TRY(say(run, job));
  if (cli_json(run)) status = print_json(run, job);
done:
  lg_provenance_destroy(ctx, lasting);
  return status == LG_OK ? CLI_OK : cli_report(run, path, status);
}
