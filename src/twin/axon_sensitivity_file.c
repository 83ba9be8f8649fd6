#include "twin/axon_sensitivity_file.h"

#include "io/plot.h"

#include <math.h>
#include <string.h>

static const char *const outputs[AXON_JUDGED] = {"mt", "axl", "tau_pct", "nf_pct"};

size_t lg_axon_sensitivity_ranked(const axon_sensitivity *s, size_t output, size_t rank) {
  for (size_t c = 0; c < AXON_SENSITIVE; c++)
    if (s[c * AXON_JUDGED + output].rank == rank) return c;
  return AXON_SENSITIVE;
}

static void write_row(FILE *f, const axon_params *params, const axon_sensitivity *all, size_t q, size_t rank) {
  const size_t c = lg_axon_sensitivity_ranked(all, q, rank);
  if (c == AXON_SENSITIVE) return;
  const axon_sensitivity *s = &all[c * AXON_JUDGED + q];
  const char *name = lg_axon_sensitive_name(c);
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *p = &lg_axon_param_names[k];
    if (strcmp(p->name, name) != 0) continue;
    (void)fprintf(f, "%s,%s,%s", outputs[q], name, p->unit);
    lg_put_number(f, ",", lg_axon_param_get(params, p));
  }
  (void)fprintf(f, ",%s,%zu", c < AXON_TANGENTS ? "tangent" : "difference", s->rank);
  lg_put_number(f, ",", s->mean);
  lg_put_number(f, ",", s->sd);
  lg_put_number(f, ",", s->size);
  lg_put_number(f, ",", s->low);
  lg_put_number(f, ",", s->high);
  (void)fprintf(f, ",%zu\n", s->n);
}

lg_status lg_axon_sensitivities_write(lg_ctx *ctx, const char *path, const axon_params *params,
                                      const axon_sensitivity *sensitivities, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("output,constant,unit,value,method,rank,mean,sd,size,min,max,n\n", f);
  for (size_t q = 0; q < AXON_JUDGED; q++)
    for (size_t rank = 1; rank <= AXON_SENSITIVE; rank++) write_row(f, params, sensitivities, q, rank);
  return lg_outfile_commit(ctx, file);
}

lg_status lg_axon_sensitivities_write_each(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                           const uint64_t *seeds, size_t n_seeds, const double *each,
                                           lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("name,seed,output,constant,sensitivity\n", f);
  for (size_t k = 0; k < profiles->n * n_seeds; k++)
    for (size_t q = 0; q < AXON_JUDGED; q++)
      for (size_t c = 0; c < AXON_SENSITIVE; c++) {
        (void)fprintf(f, "%s,%llu,%s,%s", profiles->names[k / n_seeds], (unsigned long long)seeds[k % n_seeds],
                      outputs[q], lg_axon_sensitive_name(c));
        lg_put_number(f, ",", each[(k * AXON_SENSITIVE + c) * AXON_JUDGED + q]);
        (void)fputc('\n', f);
      }
  return lg_outfile_commit(ctx, file);
}

/* ---- tornado ------------------------------------------------------------------------------------------- */

enum { BARS = 12 };

static void draw_bar(lg_canvas *canvas, const lg_plot *plot, double y, double height, const char *name,
                     const axon_sensitivity *s) {
  const double zero = lg_plot_x(plot, 0.0), end = lg_plot_x(plot, s->mean);
  const double left = fmin(zero, end), width = fabs(end - zero);
  lg_canvas_rect(canvas, (lg_box){left, y - 0.5 * height, width, height},
                 s->mean < 0.0 ? LG_INK_VERMILLION : LG_INK_BLUE, 0.85);
  if (isfinite(s->sd))
    lg_canvas_line(canvas, lg_plot_x(plot, s->mean - s->sd), y, lg_plot_x(plot, s->mean + s->sd), y,
                   (lg_pen){LG_INK_TEXT, 1.2, LG_DASH_SOLID, 1.0});
  lg_canvas_text(canvas, plot->area.x - 6, y + 3.5, 11, LG_INK_TEXT, LG_TEXT_END, name);
}

static void draw_panel(lg_canvas *canvas, lg_box box, const axon_sensitivity *all, size_t q) {
  static const char *const titles[AXON_JUDGED] = {"peak strain of microtubules", "peak strain of axolemma", "tau lost",
                                                  "neurofilaments lost"};
  double low = 0.0, high = 0.0;
  for (size_t rank = 1; rank <= BARS; rank++) {
    const axon_sensitivity *s = &all[lg_axon_sensitivity_ranked(all, q, rank) * AXON_JUDGED + q];
    const double sd = isfinite(s->sd) ? s->sd : 0.0, reach[2] = {s->mean - sd, s->mean + sd};
    lg_range_extend(&low, &high, reach, 2);
  }
  lg_range_pad(&low, &high, 0.04);
  const lg_box area = {box.x + 66, box.y + 24, box.w - 80, box.h - 66};
  const lg_plot plot = {.canvas = canvas, .area = area, .x0 = low, .x1 = high, .y0 = 0.0, .y1 = 1.0};
  lg_plot_frame(&plot, LG_FRAME_X | LG_FRAME_X_GRID | LG_FRAME_LINE, "d ln output / d ln constant", NULL);
  lg_canvas_text(canvas, box.x + 66, box.y + 14, 12, LG_INK_TEXT, LG_TEXT_BOLD, titles[q]);
  for (size_t rank = 1; rank <= BARS; rank++) {
    const size_t c = lg_axon_sensitivity_ranked(all, q, rank);
    const double pitch = area.h / BARS, y = area.y + ((double)rank - 0.5) * pitch;
    draw_bar(canvas, &plot, y, 0.62 * pitch, lg_axon_sensitive_name(c), &all[c * AXON_JUDGED + q]);
  }
  const double zero = lg_plot_x(&plot, 0.0);
  lg_canvas_line(canvas, zero, area.y, zero, area.y + area.h, (lg_pen){LG_INK_TEXT, 0.8, LG_DASH_SOLID, 1.0});
}

void lg_axon_tornado(lg_canvas *canvas, lg_box box, const axon_sensitivity *sensitivities) {
  for (size_t q = 0; q < AXON_JUDGED; q++) {
    const size_t column = q % 2, row = q / 2;
    const lg_box panel = {box.x + (double)column * 0.5 * box.w, box.y + (double)row * 0.5 * box.h, 0.5 * box.w,
                          0.5 * box.h};
    draw_panel(canvas, panel, sensitivities, q);
  }
}
