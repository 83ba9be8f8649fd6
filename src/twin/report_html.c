/* The page of a cloned recording. */
#include "twin/report_html.h"

#include <stdlib.h>

static void lead(const void *view, FILE *s) { lg_report_lead(view, s); }

static lg_status put_header(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  const lg_page_link links[] = {{"overlay", "Recording and twin", v->best < v->data.n_sweeps},
                                {"family", "Side by side", lg_figure_family_possible(v)},
                                {"fi", "f\xe2\x80\x93I curve", lg_figure_fi_possible(v)},
                                {"parameters", "Parameters", v->data.n_parameters > 0},
                                {"posterior", "Posterior", lg_figure_posterior_possible(v)},
                                {"sweeps", "All sweeps", v->data.n_sweeps > 1},
                                {"features", "Features", v->data.n_features > 0},
                                {"card", "Credibility card", true},
                                {"recording", "The recording", true}};
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char *words = lg_words_of(ctx, lead, v);
  if (!words) return LG_ERR_MEMORY;
  const lg_page_header header = lg_report_header(v, words, tiles);
  lg_page_put_header(&header, links, sizeof links / sizeof links[0], s);
  free(words);
  return LG_OK;
}

static lg_status put_json(lg_ctx *ctx, const void *view, FILE *s) {
  return lg_report_write_json(ctx, &((const lg_report_view *)view)->data, NULL, s);
}

lg_status lg_report_write_html(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  LG_TRY(lg_page_open(ctx, lg_report_title(&v->data), "neuron twin", NULL, s));
  LG_TRY(put_header(ctx, v, s));
  LG_TRY(lg_html_hero(ctx, v, s));
  LG_TRY(lg_html_fi_and_parameters(ctx, v, s));
  lg_html_parameters(v, s);
  LG_TRY(lg_html_posterior(ctx, v, s));
  LG_TRY(lg_html_sweeps(ctx, v, s));
  lg_html_features(v, s);
  lg_html_card(v, s);
  lg_html_recording(v, s);
  lg_page_put_provenance(v->data.provenance_json, s);
  lg_page_put_footer("Written by Loligo. The numbers of this page are in it as JSON (element loligo-data); the traces "
                     "stand in traces.csv beside it.",
                     s);
  LG_TRY(lg_page_close(ctx, put_json, v, s));
done:
  return status;
}
