#include "app/cli/culture_options.h"

#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "twin/culture_keep.h"
#include "twin/report.h"
#include "twin/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int index_of(const char *word, const char *(*name)(int), int n) {
  for (int k = 0; k < n; k++)
    if (strcmp(word, name(k)) == 0) return k;
  return -1;
}

static const char *law_name(int k) { return lg_culture_law_name((culture_law)k); }
static const char *method_name(int k) { return lg_culture_method_name((culture_method)k); }

int cli_culture_law(cli_run *run) { return index_of(cli_text(run, "law"), law_name, CULTURE_LAWS); }

culture_identify cli_culture_options(cli_run *run) {
  const char *resample = cli_text(run, "resample");
  culture_identify o = lg_culture_identify_default();
  o.method = (culture_method)index_of(cli_text(run, "method"), method_name, CULTURE_METHODS);
  o.law = cli_culture_law(run);
  o.bootstrap.what = strcmp(resample, "both") == 0    ? CULTURE_BOTH
                     : strcmp(resample, "cells") == 0 ? CULTURE_CELLS
                                                      : CULTURE_TIME_BLOCKS;
  o.bootstrap.block = (size_t)cli_count(run, "block");
  o.bootstrap.replicates = (size_t)cli_count(run, "replicates");
  if (cli_given(run, "seed")) o.bootstrap.seed = o.pinn.seed = o.pinn_paper.seed = cli_seed(run);
  const char *leak = cli_text(run, "leak");
  o.soe.leak = strcmp(leak, "common") == 0 ? CULTURE_COMMON_LEAK
               : strcmp(leak, "cell") == 0 ? CULTURE_CELL_LEAK
                                           : CULTURE_NO_LEAK;
  o.window = (size_t)cli_count(run, "window");
  o.no_events = cli_flag(run, "no-events");
  if (cli_given(run, "train")) o.n_train = (size_t)cli_count(run, "train");
  return o;
}

lg_status cli_culture_load(cli_run *run, const char **about, lg_culture_graph **graph, double **y, size_t *n_times) {
  static const char *const names[] = {"traces", "edges", "cells"};
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  for (size_t k = 0; k < 3; k++) {
    *about = cli_text(run, names[k]);
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), names[k], *about));
  }
  LG_TRY(lg_culture_graph_load(ctx, cli_text(run, "cells"), cli_text(run, "edges"), about, graph));
  *about = cli_text(run, "traces");
  LG_TRY(lg_culture_traces_load(ctx, *about, *graph, y, n_times));
done:
  return status;
}

lg_status cli_culture_network(cli_run *run, culture_identify *o, lg_culture_amortised *loaded, const char **about) {
  lg_status status = LG_OK;
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_text(run, "amortised-net"), *was = *about;
  char shipped[4096];
  if (o->method != CULTURE_AMORTISED) return LG_OK;
  if (!path) {
    LG_TRY(cli_find_data(ctx, "models/culture-amortised.safetensors", shipped, sizeof shipped));
    path = shipped;
  } else {
    *about = path;
  }
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", path));
  LG_TRY(lg_culture_amortised_load(ctx, path, loaded));
  o->amortised = loaded;
  *about = was;
done:
  return status;
}

lg_status cli_culture_report(cli_run *run, const char *folder, const char *source, const culture_identify *options,
                             culture_view view) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *slash = strrchr(source, '/');
  const unsigned pdf = cli_flag(run, "pdf") ? LG_REPORT_PDF : 0,
                 figures = cli_flag(run, "figures") ? LG_REPORT_FIGURES : 0;
  if (cli_flag(run, "no-report")) return LG_OK;
  char *provenance = lg_page_provenance_text(ctx, cli_provenance(run));
  if (!provenance) return LG_ERR_MEMORY;
  view.title = slash && slash[1] ? slash + 1 : source;
  view.method = lg_culture_method_name(options->method);
  view.options = options;
  view.provenance_json = provenance;
  LG_TRY(lg_culture_report(ctx, folder, &view, LG_REPORT_HTML | pdf | figures));
  LG_TRY(lg_culture_keep(ctx, folder, &view));
done:
  free(provenance);
  return status;
}

lg_status cli_culture_write_shifts(cli_run *run, const char *output, const lg_culture_film *film) {
  lg_ctx *ctx = cli_ctx(run);
  char path[4096];
  if (!film->shift) return LG_OK;
  if (!cli_provenance(run)) return LG_ERR_MEMORY;
  char *folder = lg_folder_of(ctx, strcmp(output, "-") == 0 ? "." : output);
  if (!folder) return LG_ERR_MEMORY;
  const bool fits = snprintf(path, sizeof path, "%s/shifts.csv", folder) < (int)sizeof path;
  lg_free(ctx, folder);
  if (!fits) return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the output is too long");
  return lg_culture_shifts_write(ctx, path, film, cli_provenance(run));
}

bool cli_culture_simplify_is_fine(cli_run *run) {
  const double px = cli_number(run, "simplify");
  if (px >= 0.0 && px <= 100.0) return true;
  (void)cli_usage(run, "--simplify %g: 0 to 100 px is the range", px);
  return false;
}

lg_status cli_culture_crate(cli_run *run, const char *folder, const char *source) {
  static const lg_crate_file files[] = {
      {"summary.json", "Coupling, its interval, law, warnings, groups of cells, provenance."},
      {"params.csv", "Effective feed of every cell with its interval."},
      {"events.csv", "What cells do by themselves: cell, frame, amplitude."},
      {"fit.csv", "How well the free run meets every cell."},
      {"runs.csv", "Free runs of every cell, with the events found (c) and without (b)."},
      {"profile.csv", "Squares of the residuals over the coupling."},
      {"traces.csv", "Normalised log-brightness of every cell, a row for each frame."},
      {"cells.csv", "Cells: area, centroid, neighbours, whether they touch the border."},
      {"edges.csv", "Shared borders: distance of the centroids, length."},
      {"cells.geojson", "Outlines of the cells."},
      {"graph.graphml", "Cells and borders as a graph."},
      {"masks.tif", "Label image of the cells."},
      {"report.html", "All of it as one page."},
      {"report.safetensors", "What the page shows, for 'loligo report' to draw it again."},
      {"report.pdf", "The same to print."},
      {"fig-movie.svg", NULL},
      {"fig-movie.png", NULL},
      {"fig-graph.svg", NULL},
      {"fig-graph.png", NULL},
      {"fig-fits.svg", NULL},
      {"fig-fits.png", NULL},
      {"fig-profile.svg", NULL},
      {"fig-profile.png", NULL},
      {"fig-replicates.svg", NULL},
      {"fig-replicates.png", NULL},
      {"fig-events.svg", NULL},
      {"fig-events.png", NULL},
      {"fig-feeds.svg", NULL},
      {"fig-feeds.png", NULL},
      {"fig-training.svg", NULL},
      {"fig-training.png", NULL},
  };
  const char *slash = strrchr(source, '/');
  char name[512];
  (void)snprintf(name, sizeof name, "Network of cells of %s", slash && slash[1] ? slash + 1 : source);
  return lg_folder_crate(cli_ctx(run), folder, name, "A monolayer's calcium as an identified network of cells.",
                         cli_provenance(run), files, sizeof files / sizeof files[0]);
}

void cli_culture_print(cli_run *run, const lg_culture_graph *graph, const lg_culture_result *r, const char *method,
                       const char *out) {
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-culture/1");
    lg_culture_summary(&j, graph, r, method);
    cli_json_end(run, &j);
    return;
  }
  char interval[64] = "no interval by this method";
  if (isfinite(r->k_low)) (void)snprintf(interval, sizeof interval, "95 %%: %.5f to %.5f", r->k_low, r->k_high);
  if (isnan(r->k)) cli_say(run, "k is not identifiable; its profile is in %s/profile.csv", out);
  else
    cli_say(run, "k %.5f per frame (%s), law %s, %zu cells, %zu events; written to %s", r->k, interval,
            lg_culture_law_name(r->law), r->n_inner, r->n_events, out);
  for (size_t k = 0; k < r->n_warnings; k++) cli_say(run, "warning: %s", r->warning[k]);
}
