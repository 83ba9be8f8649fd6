#include "twin/report_sheets.h"

/* A figure as wide as the page (0.6 points per px at most), made smaller where it would not fit on one. */
static lg_status put_picture(lg_paper *p, const lg_sheets *s, size_t which) {
  const lg_picture *q = &s->pictures[which];
  const double width = LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, most = LG_PAPER_HEIGHT - 2 * LG_PAPER_MARGIN - 120.0;
  double scale = width / q->width < 0.6 ? width / q->width : 0.6;
  if (q->height * scale > most) scale = most / q->height;
  char words[800];
  lg_paper_heading(p, q->title, q->height * scale + 34.0);
  lg_canvas_push(p->c, LG_PAPER_MARGIN, p->y + 6.0, scale);
  const lg_status status = q->draw(p->ctx, s->user, p->c, (lg_box){2.0, 2.0, q->width - 4.0, q->height - 4.0});
  lg_canvas_pop(p->c);
  p->y += 6.0 + q->height * scale;
  if (status == LG_OK && s->words) {
    s->words(s->user, which, words, sizeof words);
    lg_paper_paragraph(p, LG_PAPER_MARGIN, width, 8.0, LG_INK_MUTED, 0, words);
  }
  return status;
}

static lg_status put_sheets(lg_ctx *ctx, const void *user, FILE *stream) {
  const lg_sheets *s = user;
  lg_status status = LG_OK;
  lg_paper p = {.ctx = ctx, .foot = s->foot, .y = LG_PAPER_MARGIN, .page = 1};
  LG_TRY(lg_canvas_pdf(ctx, stream, LG_PAPER_WIDTH, LG_PAPER_HEIGHT, s->title, s->header->created, &p.c));
  lg_paper_header(&p, s->header);
  for (size_t k = 0; k < s->n_pictures; k++)
    if (s->pictures[k].possible) LG_TRY(put_picture(&p, s, k));
  if (s->tables) s->tables(&p, s->user);
  lg_paper_provenance(&p, s->provenance_json);
  lg_paper_foot(&p);
  status = lg_canvas_close(ctx, p.c);
  p.c = NULL;
done:
  lg_canvas_destroy(ctx, p.c);
  return status;
}

lg_status lg_folder_sheets(lg_ctx *ctx, const char *dir, const char *name, const lg_sheets *sheets) {
  return lg_folder_write(ctx, dir, name, put_sheets, sheets);
}
