/* One page that holds everything: style, figures as inline SVG, data as JSON. It asks for nothing from outside and
 * runs no script; its own policy says so. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_page.h"

#include "data/provenance.h"
#include "io/plot.h"
#include "twin/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *lg_report_flag_words(lg_report_flag flag) {
  switch (flag) {
  case LG_FLAG_GREEN:
    return "Accepted";
  case LG_FLAG_AMBER:
    return "Usable with reservations";
  default:
    return "Not accepted";
  }
}

const char *lg_report_flag_class(lg_report_flag flag) {
  return flag == LG_FLAG_GREEN ? "green" : (flag == LG_FLAG_AMBER ? "amber" : "red");
}

const char *lg_report_flag_sign(lg_report_flag flag) {
  return flag == LG_FLAG_GREEN ? "\xe2\x9c\x93" : (flag == LG_FLAG_AMBER ? "!" : "\xe2\x9c\x95");
}

char *lg_words_of(lg_ctx *ctx, lg_words_fn fn, const void *user) {
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  if (s) fn(user, s);
  if (!s || fclose(s) != 0) {
    free(text);
    LG_IGNORE(lg_fail(ctx, LG_ERR_MEMORY, "no memory for the words of a report"));
    return NULL;
  }
  return text;
}

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

static void put_css(const void *extra, FILE *s) {
  lg_report_put_css(s);
  if (extra) (void)fputs(extra, s);
}

static lg_status page_open(lg_ctx *ctx, const char *title, const char *kind, const char *extra, const char *images,
                           FILE *s) {
  char hash[45], *css = lg_words_of(ctx, put_css, extra);
  if (!css) return LG_ERR_MEMORY;
  hash_base64(css, strlen(css), hash);
  (void)fprintf(
      s,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; %sbase-uri "
      "'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"Loligo\">\n<title>",
      hash, images);
  lg_write_escaped(s, title);
  (void)fprintf(s, " \xe2\x80\x93 %s</title>\n<style>%s</style>\n</head>\n", kind, css);
  (void)fputs("<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n", s);
  free(css);
  return LG_OK;
}

lg_status lg_page_open(lg_ctx *ctx, const char *title, const char *kind, const char *extra, FILE *s) {
  return page_open(ctx, title, kind, extra, "", s);
}

lg_status lg_page_open_images(lg_ctx *ctx, const char *title, const char *kind, const char *extra, FILE *s) {
  return page_open(ctx, title, kind, extra, "img-src data:; ", s);
}

static void put_tiles(const lg_report_tile *tiles, size_t n, FILE *s) {
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

void lg_page_put_header(const lg_page_header *h, const lg_page_link *links, size_t n, FILE *s) {
  (void)fprintf(s, "<header>\n<p class=\"eyebrow\">%s", h->kind);
  if (h->created && h->created[0]) {
    (void)fputs(" \xc2\xb7 ", s);
    lg_write_escaped(s, h->created);
  }
  (void)fputs(" \xc2\xb7 research use only</p>\n<h1>", s);
  lg_write_escaped(s, h->title);
  (void)fprintf(s, "</h1>\n<p class=\"chip %s\"><b aria-hidden=\"true\">%s</b>%s%s%s</p>\n",
                lg_report_flag_class(h->flag), lg_report_flag_sign(h->flag), h->flag_words,
                h->domain_words[0] ? ", " : "", h->domain_words);
  lg_page_words(s, "p class=\"lead\"", h->lead);
  (void)fputc('\n', s);
  if (h->n_reasons > 0) {
    (void)fputs("<ul>\n", s);
    for (size_t k = 0; k < h->n_reasons; k++) {
      lg_page_words(s, "li", h->reasons[k]);
      (void)fputc('\n', s);
    }
    (void)fputs("</ul>\n", s);
  }
  put_tiles(h->tiles, h->n_tiles, s);
  (void)fputs("<nav aria-label=\"Sections\">", s);
  for (size_t k = 0; k < n; k++)
    if (links[k].there) (void)fprintf(s, "<a href=\"#%s\">%s</a>", links[k].id, links[k].name);
  (void)fputs("</nav>\n</header>\n<main id=\"main\">\n", s);
}

void lg_page_put_provenance(const char *json, FILE *s) {
  if (!json || !json[0]) return;
  (void)fputs(
      "<section id=\"provenance\">\n<h2>Where this comes from</h2>\n<p>Program, options, seed and the SHA-256 of every "
      "input. The same data give this page byte for byte.</p>\n<details open><summary>Provenance</summary>\n<pre>",
      s);
  /* lines matter here: escape line by line */
  const char *p = json;
  while (*p) {
    char line[512];
    size_t n = strcspn(p, "\n");
    const size_t all = n;
    if (n >= sizeof line) n = sizeof line - 1;
    while (n > 0 && n < all && ((unsigned char)p[n] & 0xc0) == 0x80) n--; /* not within a character */
    memcpy(line, p, n);
    line[n] = 0;
    lg_write_escaped(s, line);
    p += n;
    if (*p == '\n') {
      (void)fputc('\n', s);
      p++;
    } else if (n == 0) {
      break;
    }
  }
  (void)fputs("</pre></details>\n</section>\n", s);
}

void lg_page_put_footer(const char *text, FILE *s) { (void)fprintf(s, "</main>\n<footer><p>%s</p></footer>\n", text); }

/* JSON in a script element: '<' and '&' only occur within texts, where \u003c means the same. */
lg_status lg_page_close(lg_ctx *ctx, lg_page_json_fn write, const void *user, FILE *s) {
  lg_status status = LG_OK;
  char *json = NULL;
  size_t n = 0;
  FILE *m = open_memstream(&json, &n);
  if (!m) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the page");
  status = write(ctx, user, m);
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
  if (status == LG_OK) (void)fputs("</body>\n</html>\n", s);
  free(json);
  return status;
}

lg_status lg_page_end(lg_ctx *ctx, const char *provenance_json, lg_page_json_fn write, const void *user, FILE *s) {
  lg_page_put_provenance(provenance_json, s);
  lg_page_put_footer("Written by Loligo. The numbers of this page are in it as JSON (element loligo-data).", s);
  return lg_page_close(ctx, write, user, s);
}

/* ---- small parts -------------------------------------------------------------------------------- */

void lg_page_number(FILE *s, double x, int digits) {
  char text[40];
  lg_format_significant(x, digits, text);
  (void)fprintf(s, "<td class=\"n\">%s</td>", text);
}

void lg_page_words(FILE *s, const char *element, const char *text) {
  (void)fprintf(s, "<%s>", element);
  lg_write_escaped(s, text ? text : "\xe2\x80\x93");
  (void)fprintf(s, "</%.*s>", (int)strcspn(element, " "), element);
}

void lg_page_unit(FILE *s, const char *unit) {
  char buffer[48];
  lg_page_words(s, "td class=\"u\"", lg_unit_words(unit, buffer, sizeof buffer));
}

void lg_page_list(FILE *s, const char *css, const char *const *texts, size_t n) {
  if (n == 0) return;
  (void)fprintf(s, "<ul%s>\n", css);
  for (size_t k = 0; k < n; k++) lg_page_words(s, "li", texts[k]);
  (void)fputs("\n</ul>\n", s);
}

void lg_page_fact(FILE *s, const char *name, const char *text) {
  if (!text || !text[0]) return;
  lg_page_words(s, "dt", name);
  lg_page_words(s, "dd", text);
  (void)fputc('\n', s);
}

void lg_page_caption(FILE *s, const char *words) {
  lg_page_words(s, "figcaption", words);
  (void)fputc('\n', s);
}

void lg_report_limits_words(double low, double high, char *buffer, size_t bytes) {
  char a[40], b[40];
  lg_format_short(low, 3, a);
  lg_format_short(high, 3, b);
  if (low == high) (void)snprintf(buffer, bytes, "%s", a);
  else if (isfinite(low) && isfinite(high)) (void)snprintf(buffer, bytes, "%s \xe2\x80\xa6 %s", a, b);
  else if (isfinite(high)) (void)snprintf(buffer, bytes, "\xe2\x89\xa4 %s", b);
  else if (isfinite(low)) (void)snprintf(buffer, bytes, "\xe2\x89\xa5 %s", a);
  else (void)snprintf(buffer, bytes, "\xe2\x80\x93");
}

void lg_page_table_head(FILE *stream, const char *label, const char *const *titles, size_t n) {
  (void)fprintf(stream, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n<thead><tr>",
                label);
  for (size_t k = 0; k < n; k++)
    (void)fprintf(stream, "<th scope=\"col\"%s>%s</th>", k > 0 ? " class=\"n\"" : "", titles[k]);
  (void)fputs("</tr></thead>\n<tbody>\n", stream);
}

/* What lg_words_of() hands on is const; a provenance is written, not changed, but its writer takes times of it. */
typedef struct provenance_of {
  lg_provenance *provenance;
} provenance_of;

static void put_provenance(const void *user, FILE *stream) {
  lg_json w = lg_json_begin(stream);
  lg_provenance_write_json(((const provenance_of *)user)->provenance, &w);
  (void)lg_json_end(&w);
}

char *lg_page_provenance_text(lg_ctx *ctx, struct lg_provenance *provenance) {
  return lg_words_of(ctx, put_provenance, &(provenance_of){provenance});
}
