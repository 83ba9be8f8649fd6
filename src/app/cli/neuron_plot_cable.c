/* Figures of a cell that is simulated for them. */
#include "app/cli/json_out.h"
#include "app/cli/neuron_plot.h"
#include "app/cli/picture.h"
#include "app/cli/simulate_cable.h"
#include "cable/frames.h"
#include "data/provenance.h"
#include "io/plot_columns.h"
#include "io/plot_image.h"
#include "io/plot_morphology.h"
#include "twin/cable_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TIMES = 100, USUAL_TIMES = 8, IMAGE_COLUMNS = 500, IMAGE_ROWS = 240 };

static const double font = 13.0;

/** What is simulated and drawn. */
typedef struct cable_picture {
  cli_run *run;
  cable_model *model;
  cable_tree *tree;
  cable_frames *frames;
  cable_result *result;
  size_t n_path, *path;
  double low, high; /* mV of the shades */
  char words[400];
} cable_picture;

/* ---- options --------------------------------------------------------------------------------------- */

static lg_status parse_times(cable_picture *p, double times[MOST_TIMES], size_t *n) {
  lg_ctx *ctx = cli_ctx(p->run);
  const char *text = cli_text(p->run, "at");
  const double begin = cli_given(p->run, "from") ? cli_number(p->run, "from") : 0.0;
  const double end = cli_given(p->run, "to") ? cli_number(p->run, "to") : p->model->tstop_ms;
  *n = 0;
  if (!text) {
    for (; *n < USUAL_TIMES; ++*n) times[*n] = begin + (end - begin) * (double)*n / (USUAL_TIMES - 1);
    return LG_OK;
  }
  while (*text) {
    char word[64], reason[160];
    const size_t length = strcspn(text, ", ");
    if (length > 0) {
      if (*n == MOST_TIMES) return lg_fail(ctx, LG_ERR_ARGUMENT, "--at: more than %d times", MOST_TIMES);
      (void)snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), text);
      if (!cli_parse_quantity(word, CLI_TIME, &times[*n], reason, sizeof reason))
        return lg_fail(ctx, LG_ERR_ARGUMENT, "--at: %s", reason);
      ++*n;
    }
    text += length + (text[length] != '\0');
  }
  return *n > 0 ? LG_OK : lg_fail(ctx, LG_ERR_ARGUMENT, "--at names no time");
}

/** soma, mid:ID, sec:INDEX:X, name:NAME:X */
static lg_status parse_place(lg_ctx *ctx, const char *text, cable_location *at) {
  long long id;
  unsigned long long index;
  double x = 0.5;
  int used = 0;
  *at = (cable_location){.x = 0.5};
  if (strcmp(text, "soma") == 0) {
    at->where = CABLE_AT_SOMA;
    return LG_OK;
  }
  if (sscanf(text, "mid:%lld%n", &id, &used) == 1 && !text[used]) {
    at->where = CABLE_AT_MID, at->node_id = id;
    return LG_OK;
  }
  if ((sscanf(text, "sec:%llu:%lf%n", &index, &x, &used) == 2 || sscanf(text, "sec:%llu%n", &index, &used) == 1) &&
      !text[used]) {
    at->where = CABLE_AT_SECTION, at->section = (size_t)index, at->x = x;
    return LG_OK;
  }
  if (strncmp(text, "name:", 5) == 0 && text[5]) {
    const char *colon = strrchr(text + 5, ':');
    char *end = NULL;
    if (colon) x = strtod(colon + 1, &end);
    const size_t n = colon && end != colon + 1 && !*end ? (size_t)(colon - text - 5) : strlen(text + 5);
    at->where = CABLE_AT_NAME, at->x = colon && end != colon + 1 && !*end ? x : 0.5;
    (void)snprintf(at->name, sizeof at->name, "%.*s", (int)n, text + 5);
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_ARGUMENT, "'%s' is no place: soma, mid:ID, sec:INDEX:X or name:NAME:X", text);
}

static cable_run_options run_options(const cli_run *run) {
  const char *name = cli_text(run, "scheme");
  return (cable_run_options){.scheme = strcmp(name, "nrn") == 0        ? CABLE_NRN
                                       : strcmp(name, "adaptive") == 0 ? CABLE_ADAPTIVE
                                                                       : CABLE_SDIRK2,
                             .dt_ms = cli_number(run, "dt"),
                             .seed = cli_seed(run)};
}

/* ---- voltage ----------------------------------------------------------------------------------- */

/** Ends of the shades: what was asked for, else what was there, at least 1 mV apart. */
static void choose_range(cable_picture *p) {
  double low = (double)INFINITY, high = -(double)INFINITY;
  const cable_frames *f = p->frames;
  for (size_t k = 0; k < f->n_times * f->n_nodes; k++) {
    low = fmin(low, (double)f->v_mV[k]);
    high = fmax(high, (double)f->v_mV[k]);
  }
  if (high - low < 1.0) low -= 0.5, high += 0.5;
  p->low = cli_given(p->run, "low") ? cli_number(p->run, "low") : low;
  p->high = cli_given(p->run, "high") ? cli_number(p->run, "high") : high;
  if (!(p->high > p->low)) p->high = p->low + 1.0;
}

static int axis_of(char letter) { return letter == 'x' ? 0 : letter == 'y' ? 1 : 2; }

/** Columns of panels with which the cell is drawn largest. */
static size_t best_columns(const lg_morphology *m, const lg_morphology_figure *how, size_t n, lg_box box) {
  double low[3] = {(double)INFINITY, (double)INFINITY, (double)INFINITY};
  double high[3] = {-(double)INFINITY, -(double)INFINITY, -(double)INFINITY}, best = 0;
  for (size_t k = 0; k < m->n_points; k++) {
    const double at[3] = {m->points[k].x_um, m->points[k].y_um, m->points[k].z_um};
    for (size_t a = 0; a < 3; a++) low[a] = fmin(low[a], at[a]), high[a] = fmax(high[a], at[a]);
  }
  const double w = fmax(high[how->right] - low[how->right], 1), h = fmax(high[how->up] - low[how->up], 1);
  size_t columns = 1;
  for (size_t c = 1; c <= n; c++) {
    const size_t rows = (n + c - 1) / c;
    const double scale = fmin(box.w / (double)c / w, (box.h / (double)rows - 2 * font) / h);
    if (scale > best) best = scale, columns = c;
  }
  return columns;
}

static lg_status draw_voltage(lg_ctx *ctx, void *user, lg_canvas *c, lg_box box) {
  cable_picture *p = user;
  lg_status status = LG_OK;
  const lg_morphology *m = p->model->morphology;
  const char *view = cli_text(p->run, "view");
  const double bar = 5.5 * font;
  size_t *n_pieces = NULL, n_centres = 0;
  double *shades = NULL;
  LG_NEW(ctx, n_pieces, m->n_sections);
  for (size_t s = 0; s < m->n_sections; s++) n_centres += n_pieces[s] = (size_t)p->tree->n_centres[s];
  LG_NEW(ctx, shades, n_centres);
  lg_morphology_figure how = {.font = font,
                              .right = axis_of(view[0]),
                              .up = axis_of(view[1]),
                              .n_pieces = n_pieces,
                              .shades = shades,
                              .no_scale_bar = true};
  lg_plot_shade_bar(c, (lg_box){box.x + box.w - bar + font, box.y + 2 * font, font, 0.6 * box.h}, p->low, p->high, font,
                    "v (mV)");
  box.w -= bar;
  const size_t n = p->frames->n_times, columns = best_columns(m, &how, n, box), rows = (n + columns - 1) / columns;
  const double w = box.w / (double)columns, h = box.h / (double)rows;
  for (size_t k = 0; k < n; k++) {
    const size_t column = k % columns, row = k / columns;
    const lg_box at = {box.x + (double)column * w, box.y + (double)row * h, w, h};
    const float *v = p->frames->v_mV + k * p->frames->n_nodes;
    char number[40], title[64];
    for (size_t s = 0, i = 0; s < m->n_sections; s++)
      for (size_t j = 0; j < n_pieces[s]; j++, i++)
        shades[i] = ((double)v[(size_t)p->tree->first_centre[s] + j] - p->low) / (p->high - p->low);
    lg_format_short(p->frames->t_ms[k], 5, number);
    (void)snprintf(title, sizeof title, "%s ms", number);
    lg_canvas_text(c, at.x + w / 2, at.y + font, font, LG_INK_TEXT, LG_TEXT_MIDDLE, title);
    how.no_scale_bar = k + 1 < n;
    /* the scale bar takes 1.6 lines of the last panel: all keep them free, so that all are of one size */
    const double below = how.no_scale_bar ? 3.6 * font : 2 * font;
    LG_TRY(lg_plot_morphology(ctx, m, &how, c, (lg_box){at.x + 4, at.y + 1.6 * font, w - 8, h - below}));
  }
done:
  lg_free(ctx, n_pieces);
  lg_free(ctx, shades);
  return status;
}

static lg_status plot_voltage(cable_picture *p, const cable_run_options *o, const char *output) {
  lg_status status = LG_OK;
  lg_ctx *ctx = cli_ctx(p->run);
  double times[MOST_TIMES];
  size_t n = 0;
  if (!p->model->morphology)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the cell has compartments without a shape; --as traces draws it");
  LG_TRY(parse_times(p, times, &n));
  LG_TRY(lg_cable_record_frames(ctx, p->model, p->tree, o, 0, NULL, n, times, &p->frames));
  choose_range(p);
  (void)snprintf(p->words, sizeof p->words,
                 "The cell at %zu times from %g to %g ms, coloured by membrane potential from %.4g to %.4g mV.",
                 p->frames->n_times, times[0], times[n - 1], p->low, p->high);
  const cli_picture picture = {.title = "Membrane potential on the morphology",
                               .id = "voltage",
                               .words = p->words,
                               .width = cli_number(p->run, "width"),
                               .height = cli_number(p->run, "height"),
                               .draw = draw_voltage,
                               .user = p};
  LG_TRY(cli_write_picture(p->run, output, &picture));
done:
  return status;
}

/* ---- path by time ------------------------------------------------------------------------------ */

/** The node at which the path ends: what was asked for, or the farthest from the soma. */
static lg_status end_of_path(cable_picture *p, size_t *node) {
  lg_ctx *ctx = cli_ctx(p->run);
  cable_location at;
  if (!cli_given(p->run, "path-to")) {
    *node = 0;
    for (size_t k = 0; k < p->tree->n_nodes; k++)
      if (p->tree->distance_um[k] > p->tree->distance_um[*node]) *node = k;
    return LG_OK;
  }
  const lg_status status = parse_place(ctx, cli_text(p->run, "path-to"), &at);
  if (at.x >= 1) at.x = 1 - 1e-12; /* a free end has no node: its last compartment is drawn */
  return status == LG_OK ? lg_cable_tree_locate(ctx, p->model, p->tree, &at, node) : status;
}

/** Voltages along the path at even distances, linear between nodes. */
static void fill_image(const cable_picture *p, float *image, size_t rows, size_t columns, double longest) {
  const double *way = p->tree->distance_um;
  for (size_t r = 0; r < rows; r++) {
    const double at = longest * ((double)r + 0.5) / (double)rows;
    size_t i = 0;
    while (i + 2 < p->n_path && way[p->path[i + 1]] < at) i++;
    const double a = way[p->path[i]], b = way[p->path[i + 1]];
    const float f = b > a ? (float)fmin(fmax((at - a) / (b - a), 0), 1) : 0;
    for (size_t c = 0; c < columns; c++) {
      const float *v = p->frames->v_mV + c * p->frames->n_nodes;
      image[r * columns + c] = c < p->frames->n_times ? v[i] + f * (v[i + 1] - v[i]) : (float)NAN;
    }
  }
}

static lg_status draw_space_time(lg_ctx *ctx, void *user, lg_canvas *c, lg_box box) {
  cable_picture *p = user;
  lg_status status = LG_OK;
  float *image = NULL;
  const double longest = p->tree->distance_um[p->path[p->n_path - 1]], right = 6.5 * font;
  const size_t columns = p->frames->n_times;
  LG_NEW(ctx, image, columns * (size_t)IMAGE_ROWS);
  fill_image(p, image, IMAGE_ROWS, columns, longest);
  lg_plot plot = {.canvas = c,
                  .font = font,
                  .area = {box.x + 4.4 * font, box.y + 2 * font, box.w - 4.4 * font - right, box.h - 5.2 * font},
                  .x0 = p->frames->t_ms[0],
                  .x1 = p->frames->t_ms[columns - 1],
                  .y0 = 0,
                  .y1 = longest};
  LG_TRY(lg_plot_image(ctx, &plot, image, IMAGE_ROWS, columns, p->low, p->high));
  lg_plot_frame(&plot, LG_FRAME_X | LG_FRAME_Y | LG_FRAME_LINE, "time (ms)", "way from the soma (\xc2\xb5m)");
  lg_plot_shade_bar(c, (lg_box){box.x + box.w - right + 1.6 * font, plot.area.y + font, font, 0.8 * plot.area.h},
                    p->low, p->high, font, "v (mV)");
done:
  lg_free(ctx, image);
  return status;
}

static lg_status plot_space_time(cable_picture *p, const cable_run_options *o, const char *output) {
  lg_status status = LG_OK;
  lg_ctx *ctx = cli_ctx(p->run);
  double times[IMAGE_COLUMNS];
  size_t end = 0;
  const double t0 = cli_given(p->run, "from") ? cli_number(p->run, "from") : 0.0;
  const double t1 = cli_given(p->run, "to") ? cli_number(p->run, "to") : p->model->tstop_ms;
  LG_TRY(end_of_path(p, &end));
  LG_NEW(ctx, p->path, p->tree->n_nodes);
  LG_TRY(lg_cable_path(ctx, p->model, p->tree, end, p->path, &p->n_path));
  if (p->n_path < 2 || !(p->tree->distance_um[end] > 0))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "there is no way from the soma to this place: nothing to draw"));
  for (size_t k = 0; k < IMAGE_COLUMNS; k++) times[k] = t0 + (t1 - t0) * (double)k / (IMAGE_COLUMNS - 1);
  LG_TRY(lg_cable_record_frames(ctx, p->model, p->tree, o, p->n_path, p->path, IMAGE_COLUMNS, times, &p->frames));
  if (p->frames->n_times < 2) LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "it diverged at once, %s", p->frames->stopped));
  choose_range(p);
  (void)snprintf(
      p->words, sizeof p->words,
      "Membrane potential along the way of %.4g um from the soma to section %d, from %g to %g ms; shades from "
      "%.4g to %.4g mV.",
      p->tree->distance_um[end], p->tree->section[end], t0, t1, p->low, p->high);
  const cli_picture picture = {.title = "Membrane potential by place and time",
                               .id = "space-time",
                               .words = p->words,
                               .width = cli_number(p->run, "width"),
                               .height = cli_number(p->run, "height"),
                               .draw = draw_space_time,
                               .user = p};
  LG_TRY(cli_write_picture(p->run, output, &picture));
done:
  return status;
}

/* ---- traces ------------------------------------------------------------------------------------ */

static lg_status draw_traces(lg_ctx *ctx, void *user, lg_canvas *c, lg_box box) {
  cable_picture *p = user;
  lg_status status = LG_OK;
  const cable_result *r = p->result;
  lg_plot_column *columns = NULL;
  LG_NEW(ctx, columns, r->n_probes + 1);
  for (size_t k = 0; k < r->n_probes; k++)
    columns[k] = (lg_plot_column){p->model->probes[k].column, r->values + k * r->n_samples};
  const double t0 = cli_given(p->run, "from") ? cli_number(p->run, "from") : 0.0;
  const double t1 = cli_given(p->run, "to") ? cli_number(p->run, "to") : 0.0;
  LG_TRY(lg_plot_columns(ctx, columns, r->n_probes, r->n_samples, 0.0, r->sample_ms, t0, t1, font, c, box));
done:
  lg_free(ctx, columns);
  return status;
}

static lg_status plot_traces(cable_picture *p, const cable_run_options *o, const char *output) {
  lg_ctx *ctx = cli_ctx(p->run);
  lg_status status = lg_cable_simulate(ctx, p->model, p->tree, o, &p->result);
  if (status == LG_ERR_NUMERICAL && p->result) status = LG_OK; /* drawn up to there */
  if (status != LG_OK) return status;
  (void)snprintf(p->words, sizeof p->words, "Traces of %zu probes over %g ms; %zu spikes.%s%s", p->result->n_probes,
                 p->model->tstop_ms, p->result->n_spikes, p->result->diverged ? " Diverged " : "", p->result->where);
  const cli_picture picture = {.title = "Traces",
                               .id = "traces",
                               .words = p->words,
                               .width = cli_number(p->run, "width"),
                               .height = cli_number(p->run, "height"),
                               .draw = draw_traces,
                               .user = p};
  return cli_write_picture(p->run, output, &picture);
}

/* ---- all --------------------------------------------------------------------------------------- */

static void tell(const cable_picture *p, const char *as, const char *output) {
  const char *stopped = p->frames ? p->frames->stopped : p->result->where;
  if (stopped[0]) cli_say(p->run, "the simulation diverged %s: drawn up to there", stopped);
  if (!cli_json(p->run) || strcmp(output, "-") == 0) return;
  lg_json w = cli_json_begin("loligo-neuron-plot/1");
  lg_json_key_text(&w, "input", cli_positional(p->run, 0));
  lg_json_key_text(&w, "as", as);
  lg_json_key_text(&w, "output", output);
  lg_json_key_text(&w, "shows", p->words);
  if (p->frames) {
    lg_json_key_number(&w, "low_mV", p->low);
    lg_json_key_number(&w, "high_mV", p->high);
  }
  cli_json_end(p->run, &w);
}

static lg_status add_inputs(cli_run *run, const cable_model *model) {
  lg_provenance *p = cli_provenance(run);
  if (!p) return LG_ERR_MEMORY;
  lg_status status = lg_provenance_add_input(cli_ctx(run), p, "model", cli_positional(run, 0));
  if (status == LG_OK && model->swc_path)
    status = lg_provenance_add_input(cli_ctx(run), p, "morphology", model->swc_path);
  return status;
}

int cli_plot_cable(cli_run *run, const char *as) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  cable_picture p = {.run = run};
  const cable_run_options o = run_options(run);
  const cable_cut cut = cli_cable_cut(run);
  const char *file = cli_positional(run, 0), *output = cli_text(run, "output");
  LG_TRY(lg_cable_load(ctx, file, &p.model));
  LG_TRY(add_inputs(run, p.model));
  LG_TRY(lg_cable_tree_create(ctx, p.model, &cut, &p.tree));
  if (strcmp(as, "space-time") == 0) status = plot_space_time(&p, &o, output);
  else if (strcmp(as, "traces") == 0) status = plot_traces(&p, &o, output);
  else status = plot_voltage(&p, &o, output);
  if (status == LG_ERR_IO) file = output;
  if (status == LG_OK) tell(&p, as, output);
done:
  lg_cable_frames_destroy(ctx, p.frames);
  lg_cable_result_destroy(ctx, p.result);
  lg_cable_tree_destroy(ctx, p.tree);
  lg_cable_model_destroy(ctx, p.model);
  lg_free(ctx, p.path);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}
