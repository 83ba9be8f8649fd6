#include "twin/report_paper.h"

#include <string.h>

void lg_paper_foot(lg_paper *p) {
  char text[64], foot[128];
  (void)snprintf(text, sizeof text, "%d", p->page);
  (void)snprintf(foot, sizeof foot, "Loligo \xc2\xb7 %s \xc2\xb7 research use only", p->foot);
  lg_canvas_text(p->c, LG_PAPER_MARGIN, LG_PAPER_HEIGHT - 24.0, 7.5, LG_INK_MUTED, 0, foot);
  lg_canvas_text(p->c, LG_PAPER_WIDTH - LG_PAPER_MARGIN, LG_PAPER_HEIGHT - 24.0, 7.5, LG_INK_MUTED, LG_TEXT_END, text);
}

void lg_paper_next_page(lg_paper *p) {
  lg_paper_foot(p);
  lg_canvas_next_page(p->c);
  p->page++;
  p->y = LG_PAPER_MARGIN;
}

double lg_paper_room(const lg_paper *p) { return LG_PAPER_HEIGHT - LG_PAPER_MARGIN - 6.0 - p->y; }
void lg_paper_need(lg_paper *p, double height) {
  if (lg_paper_room(p) < height) lg_paper_next_page(p);
}

/* Wrapped words from x with a width; moves y. */
void lg_paper_paragraph(lg_paper *p, double x, double width, double size, lg_ink ink, unsigned flags,
                        const char *text) {
  char line[1024];
  while (text && *text) {
    size_t n = 0, fits = 0;
    while (text[n] && n + 5 < sizeof line) {
      size_t word = n;
      while (text[word] == ' ') word++;
      while (text[word] && text[word] != ' ' && text[word] != '\n' && word + 5 < sizeof line) word++;
      memcpy(line, text, word);
      line[word] = 0;
      if (fits > 0 && lg_text_width(line, size, flags) > width) break;
      fits = n = word;
      if (text[n] == '\n') break;
    }
    /* a word wider than the line is cut */
    memcpy(line, text, fits);
    line[fits] = 0;
    while (fits > 1 && lg_text_width(line, size, flags) > width) {
      do fits--;
      while (fits > 1 && ((unsigned char)line[fits] & 0xc0) == 0x80);
      line[fits] = 0;
    }
    lg_paper_need(p, 1.4 * size);
    p->y += 1.4 * size;
    lg_canvas_text(p->c, x, p->y, size, ink, flags, line);
    text += fits;
    while (*text == ' ') text++;
    if (*text == '\n') text++;
    if (fits == 0) break;
  }
}

void lg_paper_heading(lg_paper *p, const char *text, double with) {
  lg_paper_need(p, 30.0 + with);
  p->y += p->y > LG_PAPER_MARGIN ? 22.0 : 10.0;
  lg_canvas_text(p->c, LG_PAPER_MARGIN, p->y, 13.0, LG_INK_TEXT, LG_TEXT_BOLD, text);
  p->y += 6.0;
}

void lg_paper_bullet(lg_paper *p, const char *text) {
  lg_paper_need(p, 1.5 * LG_PAPER_BODY);
  lg_canvas_disc(p->c, LG_PAPER_MARGIN + 4.0, p->y + 1.4 * LG_PAPER_BODY - 0.33 * LG_PAPER_BODY, 1.3, LG_INK_MUTED,
                 (lg_pen){LG_INK_MUTED, 0, LG_DASH_SOLID, 1});
  lg_paper_paragraph(p, LG_PAPER_MARGIN + 12.0, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 12.0, LG_PAPER_BODY, LG_INK_TEXT,
                     0, text);
}

void lg_paper_fact(lg_paper *p, const char *name, const char *text) {
  if (!text || !text[0]) return;
  lg_paper_need(p, 1.5 * LG_PAPER_BODY);
  const double before = p->y;
  const int page = p->page;
  lg_canvas_text(p->c, LG_PAPER_MARGIN, p->y + 1.4 * LG_PAPER_BODY, LG_PAPER_BODY, LG_INK_MUTED, 0, name);
  lg_paper_paragraph(p, LG_PAPER_MARGIN + 130.0, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 130.0, LG_PAPER_BODY,
                     LG_INK_TEXT, 0, text);
  if (p->page == page && p->y < before + 1.5 * LG_PAPER_BODY) p->y = before + 1.5 * LG_PAPER_BODY;
}

void lg_paper_row(lg_paper *p, const lg_paper_column *columns, const char *const *cells, size_t n, unsigned flags,
                  lg_ink ink) {
  lg_paper_need(p, 15.0);
  p->y += 12.5;
  for (size_t k = 0; k < n; k++)
    lg_canvas_text(p->c, columns[k].x, p->y, 8.2, ink, columns[k].flags | (k == 0 ? flags : 0), cells[k]);
  lg_canvas_line(p->c, LG_PAPER_MARGIN, p->y + 3.6, LG_PAPER_WIDTH - LG_PAPER_MARGIN, p->y + 3.6,
                 (lg_pen){LG_INK_GRID, 0.5, LG_DASH_SOLID, 1.0});
}

/* ---- the top of the first page -------------------------------------------------------------------- */

static lg_ink flag_ink(lg_report_flag flag) {
  return flag == LG_FLAG_GREEN ? LG_INK_GREEN : (flag == LG_FLAG_AMBER ? LG_INK_ORANGE : LG_INK_VERMILLION);
}

static void chip(lg_paper *p, const lg_page_header *h) {
  char text[160];
  (void)snprintf(text, sizeof text, "%s%s%s", h->flag_words, h->domain_words[0] ? ", " : "", h->domain_words);
  const double w = lg_text_width(text, 10.0, LG_TEXT_BOLD) + 36.0;
  lg_canvas_round_rect(p->c, (lg_box){LG_PAPER_MARGIN, p->y + 6.0, w, 20.0}, 10.0, flag_ink(h->flag), 0.16);
  lg_canvas_disc(p->c, LG_PAPER_MARGIN + 12.0, p->y + 16.0, 6.0, flag_ink(h->flag),
                 (lg_pen){LG_INK_TEXT, 0, LG_DASH_SOLID, 1});
  lg_canvas_text(p->c, LG_PAPER_MARGIN + 12.0, p->y + 19.0, 8.0, LG_INK_PAPER, LG_TEXT_MIDDLE | LG_TEXT_BOLD,
                 lg_report_flag_sign(h->flag));
  lg_canvas_text(p->c, LG_PAPER_MARGIN + 24.0, p->y + 19.6, 10.0, LG_INK_TEXT, LG_TEXT_BOLD, text);
  p->y += 30.0;
}

static void put_tiles(lg_paper *p, const lg_report_tile *t, size_t n) {
  if (n == 0) return;
  const double gap = 8.0, w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - gap * (double)(n - 1)) / (double)n,
               top = p->y + 10.0;
  double low = top;
  for (size_t k = 0; k < n; k++) {
    const double x = LG_PAPER_MARGIN + (double)k * (w + gap);
    lg_canvas_line(p->c, x, top, x + w, top, (lg_pen){LG_INK_MUTED, 0.8, LG_DASH_SOLID, 1.0});
    p->y = top + 2.0;
    lg_paper_paragraph(p, x, w, 7.5, LG_INK_MUTED, 0, t[k].name);
    if (lg_text_width(t[k].name, 7.5, 0) <= w) p->y += 10.5;
    char value[100];
    (void)snprintf(value, sizeof value, "%s %s", t[k].value, t[k].unit);
    const double wide = lg_text_width(value, 14.0, LG_TEXT_BOLD);
    lg_canvas_text(p->c, x, p->y + 17.0, wide > w ? 14.0 * w / wide : 14.0, LG_INK_TEXT, LG_TEXT_BOLD, value);
    p->y += 20.0;
    lg_paper_paragraph(p, x, w, 7.0, LG_INK_MUTED, 0, t[k].note);
    if (p->y > low) low = p->y;
  }
  p->y = low + 4.0;
}

void lg_paper_header(lg_paper *p, const lg_page_header *h) {
  const double width = LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN;
  char eyebrow[128];
  (void)snprintf(eyebrow, sizeof eyebrow, "%s%s%s", h->kind, h->created ? " \xc2\xb7 " : "",
                 h->created ? h->created : "");
  lg_paper_paragraph(p, LG_PAPER_MARGIN, width, 8.5, LG_INK_MUTED, 0, eyebrow);
  p->y += 4.0;
  lg_paper_paragraph(p, LG_PAPER_MARGIN, width, 21.0, LG_INK_TEXT, LG_TEXT_BOLD, h->title);
  p->y += 4.0;
  chip(p, h);
  lg_paper_paragraph(p, LG_PAPER_MARGIN, width, 10.0, LG_INK_TEXT, 0, h->lead);
  for (size_t k = 0; k < h->n_reasons; k++) lg_paper_bullet(p, h->reasons[k]);
  put_tiles(p, h->tiles, h->n_tiles);
}

void lg_paper_provenance(lg_paper *p, const char *text) {
  if (!text || !text[0]) return;
  lg_paper_heading(p, "Where this comes from", 60.0);
  while (*text) {
    char line[400];
    const size_t n = strcspn(text, "\n"), kept = n < sizeof line - 1 ? n : sizeof line - 1;
    memcpy(line, text, kept);
    line[kept] = 0;
    size_t spaces = strspn(line, " ");
    if (spaces > 24) spaces = 24;
    lg_paper_paragraph(p, LG_PAPER_MARGIN + 3.0 * (double)spaces,
                       LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 3.0 * (double)spaces, 6.8, LG_INK_TEXT, LG_TEXT_MONO,
                       line + spaces);
    text += n + (text[n] == '\n');
  }
}
