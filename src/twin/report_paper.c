#include "twin/report_paper.h"

#include <string.h>

void lg_paper_foot(lg_paper *p) {
  char text[64];
  (void)snprintf(text, sizeof text, "%d", p->page);
  lg_canvas_text(p->c, LG_PAPER_MARGIN, LG_PAPER_HEIGHT - 24.0, 7.5, LG_INK_MUTED, 0,
                 "Loligo \xc2\xb7 neuron twin \xc2\xb7 research use only");
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
