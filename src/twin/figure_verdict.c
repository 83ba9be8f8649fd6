#include "twin/figure_verdict.h"

#include <string.h>

/* Silenced is the colour of the words themselves: nothing fires, nothing shines. Fills stay pale enough for letters to
 * be read on them in the light and in the dark. */
static const lg_verdict_look looks[LG_VERDICTS + 1] = {
    [LG_VERDICT_SILENCED] = {"silenced", "silenced", "S", "v0", LG_INK_TEXT, LG_INK_PAPER, 0.88},
    [LG_VERDICT_INHIBITED] = {"inhibited", "inhibited", "I", "v1", LG_INK_BLUE, LG_INK_TEXT, 0.45},
    [LG_VERDICT_UNCHANGED] = {"unchanged", "unchanged", "\xc2\xb7", "v2", LG_INK_GRID, LG_INK_MUTED, 0.32},
    [LG_VERDICT_EXCITED] = {"excited", "excited", "E", "v3", LG_INK_ORANGE, LG_INK_TEXT, 0.46},
    [LG_VERDICT_BLOCK] = {"depolarisation_block", "depolarisation block", "B", "v4", LG_INK_VERMILLION, LG_INK_TEXT,
                          0.5},
    [LG_VERDICT_MIXED] = {"mixed", "mixed", "M", "v5", LG_INK_PURPLE, LG_INK_TEXT, 0.5},
    [LG_VERDICTS] = {"failed", "not worked out", "\xc3\x97", "v6", LG_INK_PAPER, LG_INK_MUTED, 1.0},
};

const char *const lg_verdict_css =
    ".v{display:inline-block;white-space:nowrap;font-weight:600}"
    ".v b{display:inline-block;min-width:1.5em;text-align:center;border-radius:4px;margin-right:.45em;font-weight:700}"
    ".v0 b{background:var(--k1);color:var(--k0)}"
    ".v1 b{background:color-mix(in srgb,var(--k4) 45%,var(--card));color:var(--k1)}"
    ".v2 b{background:var(--tint);color:var(--k2)}"
    ".v3 b{background:color-mix(in srgb,var(--k7) 46%,var(--card));color:var(--k1)}"
    ".v4 b{background:color-mix(in srgb,var(--k5) 50%,var(--card));color:var(--k1);outline:1.5px solid var(--k5)}"
    ".v5 b{background:color-mix(in srgb,var(--k9) 50%,var(--card));color:var(--k1)}"
    ".v6 b{border:1px solid var(--line);color:var(--k2)}\n"
    "td.d{min-width:15em}#metrics tbody th{min-width:16em}#card tbody th{min-width:9em}th small,td "
    "small{font-weight:400}.plain{color:var(--k2)}\n"
    "@media print{.v b{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

const lg_verdict_look *lg_verdict_look_of(int verdict) {
  return &looks[verdict >= 0 && verdict < LG_VERDICTS ? verdict : LG_VERDICTS];
}

int lg_verdict_find(const char *name) {
  for (int k = 0; k < LG_VERDICTS; k++)
    if (name && strcmp(name, looks[k].name) == 0) return k;
  return -1;
}

static void frame(lg_canvas *c, lg_box b, lg_ink ink, double width, lg_dash dash) {
  const double h = width / 2;
  const lg_point p[5] = {{b.x + h, b.y + h},
                         {b.x + b.w - h, b.y + h},
                         {b.x + b.w - h, b.y + b.h - h},
                         {b.x + h, b.y + b.h - h},
                         {b.x + h, b.y + h}};
  lg_canvas_stroke(c, p, 5, (lg_pen){ink, width, dash, 1.0});
}

void lg_verdict_cell(lg_canvas *c, lg_box b, int verdict, double f, const char *text) {
  const lg_verdict_look *look = lg_verdict_look_of(verdict);
  if (look->ink != LG_INK_PAPER) lg_canvas_rect(c, b, look->ink, look->alpha);
  else frame(c, b, LG_INK_GRID, 0.8, LG_DASH_DOTS);
  if (verdict == LG_VERDICT_BLOCK) frame(c, b, LG_INK_VERMILLION, 0.12 * f, LG_DASH_SOLID);
  const char *words = text && lg_text_width(text, f, LG_TEXT_BOLD) <= b.w - 0.3 * f ? text : look->letter;
  if (lg_text_width(words, f, LG_TEXT_BOLD) <= b.w + 0.2 * f && b.w >= 0.7 * f && b.h >= 0.9 * f)
    lg_canvas_text(c, b.x + b.w / 2, b.y + b.h / 2 + 0.36 * f, f, look->letter_ink,
                   verdict == LG_VERDICT_UNCHANGED ? LG_TEXT_MIDDLE : LG_TEXT_MIDDLE | LG_TEXT_BOLD, words);
}

void lg_verdict_row(lg_canvas *c, const double *edges, const int *verdicts, size_t n, double y, double h, double f) {
  for (size_t k = 0; k < n;) {
    size_t end = k + 1; /* of the run of one verdict */
    bool narrow = edges[k + 1] - edges[k] < 1.1 * f;
    while (end < n && verdicts[end] == verdicts[k]) {
      narrow = narrow || edges[end + 1] - edges[end] < 1.1 * f;
      end++;
    }
    const size_t step = narrow ? end - k : 1;
    for (; k < end; k += step)
      lg_verdict_cell(c, (lg_box){edges[k] + 0.5, y, edges[k + step] - edges[k] - 1.0, h}, verdicts[k], f, NULL);
  }
}

double lg_verdict_legend(lg_canvas *c, double x, double y, double width, double f, const bool used[LG_VERDICTS + 1]) {
  double at = x, line = 0.0;
  bool any = false;
  for (int k = 0; k <= LG_VERDICTS; k++) {
    if (!used[k]) continue;
    any = true;
    const double w = 1.5 * f, whole = w + 0.45 * f + lg_text_width(looks[k].words, f, 0);
    if (at > x && at + whole > x + width) {
      at = x;
      line += 1.6 * f;
    }
    if (c) {
      lg_verdict_cell(c, (lg_box){at, y + line - 1.0 * f, w, 1.3 * f}, k, 0.9 * f, NULL);
      lg_canvas_text(c, at + w + 0.45 * f, y + line, f, LG_INK_TEXT, 0, looks[k].words);
    }
    at += whole + 1.2 * f;
  }
  return any ? line + 1.6 * f : 0.0;
}

void lg_verdict_tag(FILE *s, int verdict) {
  const lg_verdict_look *look = lg_verdict_look_of(verdict);
  (void)fprintf(s, "<span class=\"v %s\"><b aria-hidden=\"true\">%s</b>%s</span>", look->css, look->letter,
                look->words);
}
