#include "twin/culture_coupling.h"

#include "io/plot.h"
#include "learn/train.h"
#include "twin/report_folder.h"

#include <math.h>
#include <string.h>

typedef struct job {
  const lg_culture_graph *graph;
  const lg_culture_learned *r;
  lg_provenance *provenance;
} job;

const char *lg_culture_learned_shape(const lg_culture_learned *r) {
  if (isnan(r->bend.low)) return "undecided";
  if (r->bend.high < 1.0 && r->score_z > 1.645) return "saturates";
  if (r->bend.low > 1.0 && r->score_z > 1.645) return "steepens";
  return r->bend.low > 0.5 && r->bend.high < 2.0 ? "linear" : "undecided";
}

static lg_status write_curve(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  const lg_culture_learned *r = j->r;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("difference,message_per_frame,band_lo,band_hi,linear_law,message_short_border,message_long_border\n", f);
  for (size_t q = 0; q < CULTURE_CURVE; q++) {
    lg_put_number(f, "", r->d[q]);
    lg_put_number(f, ",", r->curve[q].value);
    lg_put_number(f, ",", r->curve[q].low);
    lg_put_number(f, ",", r->curve[q].high);
    lg_put_number(f, ",", r->k_linear * r->unit * r->d[q]);
    lg_put_number(f, ",", r->near[q]);
    lg_put_number(f, ",", r->far[q]);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

static lg_status write_params(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("cell,gamma_per_frame,ci_lo,ci_hi,at_bound\n", f);
  for (size_t g = 0; g < j->r->n_inner; g++) {
    (void)fprintf(f, "%u", j->graph->id[j->r->inner[g]]);
    lg_put_number(f, ",", j->r->gamma[g]);
    lg_put_number(f, ",", j->r->gamma_low[g]);
    lg_put_number(f, ",", j->r->gamma_high[g]);
    (void)fputs(",0\n", f);
  }
  return LG_OK;
}

static void banded(lg_json *w, const char *key, const char *band, const culture_banded *x) {
  lg_json_key_number(w, key, x->value);
  lg_json_key_numbers(w, band, (const double[]){x->low, x->high}, 2);
}

void lg_culture_learned_summary(lg_json *w, const lg_culture_graph *graph, const lg_culture_learned *r) {
  lg_json_key_text(w, "method", "graph-ode");
  banded(w, "k_per_frame", "k_ci95", &r->k);
  banded(w, "k_small_differences_per_frame", "k_small_differences_ci95", &r->k_small);
  banded(w, "bend", "bend_ci95", &r->bend);
  lg_json_key_text(w, "shape", lg_culture_learned_shape(r));
  lg_json_key_text(w, "law", lg_culture_law_name(r->law));
  lg_json_key_number(w, "k_linear_law_per_frame", r->k_linear);
  lg_json_key_integer(w, "n_cells", (int64_t)graph->n);
  lg_json_key_integer(w, "n_inner", (int64_t)r->n_inner);
  lg_json_key_integer(w, "n_edges", (int64_t)graph->n_edges);
  lg_json_key_integer(w, "n_train_frames", (int64_t)r->n_train);
  lg_json_key_number(w, "kept_frames_score", r->score);
  lg_json_key_number(w, "kept_frames_score_linear_law", r->score_linear);
  lg_json_key_number(w, "kept_frames_gain_z", r->score_z);
  lg_json_key_number(w, "output_error_factor", r->flattening);
  lg_json_key_number(w, "l_short", r->l_near);
  lg_json_key_number(w, "l_long", r->l_far);
}

static lg_status write_summary(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_json w = lg_json_begin(f);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-culture-coupling/1");
  lg_culture_learned_summary(&w, j->graph, j->r);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(j->provenance, &w);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? LG_OK : LG_ERR_INTERNAL;
}

static const double font = 12.0;

static lg_status draw(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  static const lg_legend legend[] = {
      {.text = "learned, and the 95 % band of its members", .pen = {LG_INK_BLUE, 2.0, LG_DASH_SOLID, 1.0}, .mark = -1},
      {.text = "short border (10 %)", .pen = {LG_INK_SKY, 1.2, LG_DASH_DOTS, 1.0}, .mark = -1},
      {.text = "long border (90 %)", .pen = {LG_INK_PURPLE, 1.2, LG_DASH_DOT_LONG, 1.0}, .mark = -1},
      {.text = "linear law", .pen = {LG_INK_MUTED, 1.5, LG_DASH_LONG, 1.0}, .mark = -1}};
  const job *j = user;
  const lg_culture_learned *r = j->r;
  lg_status status = LG_OK;
  double low[CULTURE_CURVE], high[CULTURE_CURVE], value[CULTURE_CURVE], linear[CULTURE_CURVE];
  const double top = lg_legend_height(box.w, font, legend, 4) + 2.2 * font;
  lg_plot p = {.canvas = c,
               .area = {box.x + 5.0 * font, box.y + top, box.w - 6.0 * font, box.h - top - 3.5 * font},
               .x0 = r->d[0],
               .x1 = r->d[CULTURE_CURVE - 1],
               .y0 = (double)INFINITY,
               .y1 = -(double)INFINITY,
               .font = font};
  for (size_t q = 0; q < CULTURE_CURVE; q++) {
    low[q] = r->curve[q].low, high[q] = r->curve[q].high, value[q] = r->curve[q].value;
    linear[q] = r->k_linear * r->unit * r->d[q];
  }
  const double *const all[6] = {low, high, value, linear, r->near, r->far};
  for (size_t q = 0; q < 6; q++) lg_range_extend(&p.y0, &p.y1, all[q], CULTURE_CURVE);
  lg_range_pad(&p.y0, &p.y1, 0.05);
  (void)lg_legend_row(c, box.x, box.y + font, box.w, font, legend, 4);
  lg_plot_frame(&p, LG_FRAME_USUAL, "difference of two cells, y_j - y_i", "message per frame");
  LG_TRY(lg_plot_band(ctx, &p, r->d, low, high, CULTURE_CURVE, LG_INK_BLUE, 0.2));
  LG_TRY(lg_plot_line(ctx, &p, r->d, linear, CULTURE_CURVE, legend[3].pen));
  LG_TRY(lg_plot_line(ctx, &p, r->d, r->near, CULTURE_CURVE, legend[1].pen));
  LG_TRY(lg_plot_line(ctx, &p, r->d, r->far, CULTURE_CURVE, legend[2].pen));
  LG_TRY(lg_plot_line(ctx, &p, r->d, value, CULTURE_CURVE, legend[0].pen));
done:
  return status;
}

static lg_status write_net(lg_ctx *ctx, const char *folder, const lg_culture_learned *r) {
  lg_status status = LG_OK;
  lg_tensor_entry *entries = NULL;
  char path[4096], units[120];
  LG_NEW(ctx, entries, r->phi.params.n);
  lg_f64_params_entries(&r->phi.params, r->theta, entries);
  (void)snprintf(units, sizeof units, "difference=%.17g message=%.17g factor=%.17g", r->phi.difference, r->phi.message,
                 r->flattening);
  const lg_text_pair more[] = {{"schema", "loligo-culture-phi/1"},
                               {"form", "factor message (f(d/difference,u,l) - f(-d/difference,u,l))/2, tanh"},
                               {"units", units},
                               {"law", lg_culture_law_name(r->law)}};
  (void)snprintf(path, sizeof path, "%s/phi.safetensors", folder);
  LG_TRY(lg_safetensors_write(ctx, path, entries, r->phi.params.n, more, sizeof more / sizeof more[0]));
done:
  lg_free(ctx, entries);
  return status;
}

lg_status lg_culture_learned_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                   const lg_culture_learned *r, lg_provenance *provenance) {
  const job j = {graph, r, provenance};
  const lg_picture picture = {"coupling", "What passes between two cells", 640.0, 460.0, true, draw};
  lg_status status = LG_OK;
  if (strlen(folder) > 4000) return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(lg_folder_write(ctx, folder, "coupling.csv", write_curve, &j));
  LG_TRY(lg_folder_write(ctx, folder, "params.csv", write_params, &j));
  LG_TRY(lg_folder_pictures(ctx, folder, &picture, 1, &j));
  LG_TRY(write_net(ctx, folder, r));
  LG_TRY(lg_folder_write(ctx, folder, "summary.json", write_summary, &j));
done:
  return status;
}
