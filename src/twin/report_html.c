/* One page that holds everything: style, figures as inline SVG, data as JSON. It asks for nothing from outside and
 * runs no script; its own policy says so. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_html.h"

#include <stdlib.h>
#include <string.h>

/* SHA-256 in base64, as Content-Security-Policy wants it. */
static void hash_base64(const char *text, size_t n, char out[45]) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char hex[65];
  unsigned char b[33] = {0};
  lg_sha256_bytes(text, n, hex);
  for (int k = 0; k < 64; k++) {
    const int nibble = hex[k] <= '9' ? hex[k] - '0' : hex[k] - 'a' + 10;
    b[k / 2] = (unsigned char)(b[k / 2] << 4 | nibble);
  }
  for (int k = 0; k < 11; k++) {
    const unsigned u = (unsigned)b[3 * k] << 16 | (unsigned)b[3 * k + 1] << 8 | b[3 * k + 2];
    for (int j = 0; j < 4; j++) out[4 * k + j] = digits[u >> (18 - 6 * j) & 63];
  }
  out[43] = '=';
  out[44] = 0;
}

static lg_status put_head(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  char *css = NULL, hash[45];
  size_t n = 0;
  FILE *m = open_memstream(&css, &n);
  if (m) lg_report_put_css(m);
  if (!m || fclose(m) != 0) {
    free(css);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the page");
  }
  hash_base64(css, n, hash);
  (void)fprintf(
      s,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; base-uri "
      "'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"Loligo\">\n<title>",
      hash);
  lg_write_escaped(s, lg_report_title(&v->data));
  (void)fprintf(s, " \xe2\x80\x93 neuron twin</title>\n<style>%s</style>\n</head>\n", css);
  free(css);
  return LG_OK;
}

static lg_status put_lead(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  char *text = NULL;
  size_t n = 0;
  FILE *m = open_memstream(&text, &n);
  if (m) lg_report_lead(v, m);
  if (!m || fclose(m) != 0) {
    free(text);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the page");
  }
  (void)fputs("<p class=\"lead\">", s);
  lg_write_escaped(s, text);
  (void)fputs("</p>\n", s);
  free(text);
  return LG_OK;
}

static void put_tiles(const lg_report_view *v, FILE *s) {
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  const size_t n = lg_report_tiles(v, tiles);
  (void)fputs("<dl class=\"tiles\">\n", s);
  for (size_t k = 0; k < n; k++) {
    (void)fputs("<div class=\"tile\"><dt>", s);
    lg_write_escaped(s, tiles[k].name);
    (void)fputs("</dt><dd>", s);
    lg_write_escaped(s, tiles[k].value);
    if (tiles[k].unit[0]) (void)fprintf(s, " <small>%s</small>", tiles[k].unit);
    (void)fputs("</dd>", s);
    if (tiles[k].note[0]) {
      (void)fputs("<dd class=\"note\">", s);
      lg_write_escaped(s, tiles[k].note);
      (void)fputs("</dd>", s);
    }
    (void)fputs("</div>\n", s);
  }
  (void)fputs("</dl>\n", s);
}

static void put_nav(const lg_report_view *v, FILE *s) {
  const struct {
    const char *id, *name;
    bool there;
  } rows[] = {{"overlay", "Recording and twin", v->best < v->data.n_sweeps},
              {"family", "Side by side", lg_figure_family_possible(v)},
              {"fi", "f\xe2\x80\x93I curve", lg_figure_fi_possible(v)},
              {"parameters", "Parameters", v->data.n_parameters > 0},
              {"posterior", "Posterior", lg_figure_posterior_possible(v)},
              {"sweeps", "All sweeps", v->data.n_sweeps > 1},
              {"features", "Features", v->data.n_features > 0},
              {"card", "Credibility card", true},
              {"recording", "The recording", true}};
  (void)fputs("<nav aria-label=\"Sections\">", s);
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
    if (rows[k].there) (void)fprintf(s, "<a href=\"#%s\">%s</a>", rows[k].id, rows[k].name);
  (void)fputs("</nav>\n", s);
}

static lg_status put_header(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  static const char *const colours[] = {"green", "amber", "red"}, *const signs[] = {"\xe2\x9c\x93", "!",
                                                                                    "\xe2\x9c\x95"};
  (void)fputs("<header>\n<p class=\"eyebrow\">Neuron twin", s);
  if (v->data.created && v->data.created[0]) {
    (void)fputs(" \xc2\xb7 ", s);
    lg_write_escaped(s, v->data.created);
  }
  (void)fputs(" \xc2\xb7 research use only</p>\n<h1>", s);
  lg_write_escaped(s, lg_report_title(&v->data));
  (void)fprintf(s, "</h1>\n<p class=\"chip %s\"><b aria-hidden=\"true\">%s</b>%s, %s</p>\n", colours[v->flag],
                signs[v->flag], lg_report_flag_words(v->flag), lg_report_domain_words(&v->data));
  const lg_status status = put_lead(ctx, v, s);
  if (v->data.n_reasons > 0) {
    (void)fputs("<ul>\n", s);
    for (size_t k = 0; k < v->data.n_reasons; k++) {
      (void)fputs("<li>", s);
      lg_write_escaped(s, v->data.reasons[k]);
      (void)fputs("</li>\n", s);
    }
    (void)fputs("</ul>\n", s);
  }
  put_tiles(v, s);
  put_nav(v, s);
  (void)fputs("</header>\n", s);
  return status;
}

/* JSON in a script element: '<' and '&' only occur within texts, where \u003c means the same. */
static lg_status put_data(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  char *json = NULL;
  size_t n = 0;
  FILE *m = open_memstream(&json, &n);
  if (!m) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the page");
  status = lg_report_write_json(ctx, &v->data, NULL, m);
  if (fclose(m) != 0 && status == LG_OK) status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for the page");
  if (status == LG_OK) {
    (void)fputs("<script type=\"application/json\" id=\"loligo-data\">\n", s);
    for (size_t k = 0; k < n; k++) {
      if (json[k] == '<' || json[k] == '>' || json[k] == '&')
        (void)fprintf(s, "\\u%04x", (unsigned)(unsigned char)json[k]);
      else (void)fputc(json[k], s);
    }
    (void)fputs("</script>\n", s);
  }
  free(json);
  return status;
}

lg_status lg_report_write_html(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  LG_TRY(put_head(ctx, v, s));
  (void)fputs("<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n", s);
  LG_TRY(put_header(ctx, v, s));
  (void)fputs("<main id=\"main\">\n", s);
  LG_TRY(lg_html_hero(ctx, v, s));
  LG_TRY(lg_html_fi_and_parameters(ctx, v, s));
  lg_html_parameters(v, s);
  LG_TRY(lg_html_posterior(ctx, v, s));
  LG_TRY(lg_html_sweeps(ctx, v, s));
  lg_html_features(v, s);
  lg_html_card(v, s);
  lg_html_recording(v, s);
  lg_html_provenance(v, s);
  (void)fputs("</main>\n<footer><p>Written by Loligo. The numbers of this page are in it as JSON (element "
              "loligo-data); the traces "
              "stand in traces.csv beside it.</p></footer>\n",
              s);
  LG_TRY(put_data(ctx, v, s));
  (void)fputs("</body>\n</html>\n", s);
done:
  return status;
}
