/* Hundreds of compounds as thin columns, grouped by what they do at their strongest, so that the name of each group can
 * stand below it: the ink never speaks alone. */
#include "twin/figure_verdict.h"
#include "twin/screen_report_view.h"

#include <math.h>
#include <stdlib.h>

enum { LINES = 3 };

/* Order of the groups from left to right. */
static const int order[LG_VERDICTS + 1] = {LG_VERDICT_SILENCED,
                                           LG_VERDICT_INHIBITED,
                                           LG_VERDICT_MIXED,
                                           LG_VERDICT_BLOCK,
                                           LG_VERDICT_EXCITED,
                                           LG_VERDICT_UNCHANGED,
                                           -1};

static lg_status draw_group(lg_ctx *ctx, const lg_screen_view *v, const size_t *ranks, size_t n, lg_canvas *c,
                            lg_box b) {
  lg_status status = LG_OK;
  const size_t doses = v->data.n_doses;
  lg_box *boxes = NULL;
  const double w = b.w / (double)n, h = b.h / (double)doses;
  LG_NEW(ctx, boxes, n);
  for (int verdict = -1; verdict < LG_VERDICTS; verdict++)
    for (size_t j = 0; j < doses; j++) { /* lowest dose at the bottom; neighbours of one verdict are one box */
      size_t m = 0;
      for (size_t k = 0; k < n; k++) {
        if (lg_screen_at(v, v->ranks[ranks[k]].compound, j)->verdict != verdict) continue;
        const double x = b.x + (double)k * w;
        if (m > 0 && fabs(boxes[m - 1].x + boxes[m - 1].w - x) < 1e-6) boxes[m - 1].w += w;
        else boxes[m++] = (lg_box){x, b.y + b.h - (double)(j + 1) * h, w, h - 0.4};
      }
      const lg_verdict_look *look = lg_verdict_look_of(verdict);
      if (m > 0 && look->ink != LG_INK_PAPER) lg_canvas_rects(c, boxes, m, look->ink, look->alpha);
    }
done:
  lg_free(ctx, boxes);
  return status;
}

lg_status lg_figure_heat_strip(lg_ctx *ctx, const lg_screen_view *v, size_t first, double f, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  const size_t n = v->data.n_compounds;
  size_t *ranks = NULL;
  char low[48], high[48];
  if (first >= n) return LG_OK;
  LG_NEW(ctx, ranks, n - first);
  const double left = lg_text_width(lg_screen_dose(v, v->data.n_doses - 1, high), f, 0) + 0.8 * f;
  const lg_box b = {box.x + left, box.y + 0.4 * f, box.w - left, box.h - (double)(LINES + 1) * 1.3 * f};
  lg_canvas_text(c, b.x - 0.5 * f, b.y + 0.9 * f, f, LG_INK_MUTED, LG_TEXT_END, high);
  lg_canvas_text(c, b.x - 0.5 * f, b.y + b.h - 0.2 * f, f, LG_INK_MUTED, LG_TEXT_END, lg_screen_dose(v, 0, low));
  double x = b.x, ends[LINES]; /* of the words on each line: narrow groups keep their names */
  for (int k = 0; k < LINES; k++) ends[k] = b.x - f;
  for (size_t g = 0; g <= LG_VERDICTS; g++) {
    size_t m = 0;
    for (size_t k = first; k < n; k++)
      if (v->ranks[k].verdict == order[g]) ranks[m++] = k;
    if (m == 0) continue;
    const double w = b.w * (double)m / (double)(n - first);
    LG_TRY(draw_group(ctx, v, ranks, m, c, (lg_box){x, b.y, w, b.h}));
    char text[96];
    const lg_verdict_look *look = lg_verdict_look_of(order[g]);
    (void)snprintf(text, sizeof text, "%s %s: %zu", look->letter, look->words, m);
    lg_canvas_line(c, x + 1.0, b.y + b.h + 0.35 * f, x + w - 2.0, b.y + b.h + 0.35 * f,
                   (lg_pen){LG_INK_TEXT, 0.1 * f, LG_DASH_SOLID, 1.0});
    const double width = lg_text_width(text, f, 0);
    const double at = x + width > box.x + box.w ? box.x + box.w - width : x;
    int line = 0;
    while (line + 1 < LINES && at < ends[line] + f) line++;
    lg_canvas_text(c, at, b.y + b.h + (1.5 + 1.3 * line) * f, f, LG_INK_TEXT, 0, text);
    ends[line] = at + width;
    const double foot = b.y + b.h + (0.6 + 1.3 * line) * f; /* which group the words belong to */
    lg_canvas_line(c, x + 1.0, b.y + b.h, x + 1.0, foot, (lg_pen){LG_INK_TEXT, 0.1 * f, LG_DASH_SOLID, 1.0});
    x += w;
  }
done:
  lg_free(ctx, ranks);
  return status;
}
