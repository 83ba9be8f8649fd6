/* Pieces of a culture's page: pictures in an SVG, stills of a movie, which cells are shown, what static brightness
 * makes of the feeds. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "tests/alloc.h"
#include "tests/one_ctx.h"

#include "culture/simulate.h"
#include "io/canvas.h"
#include "twin/culture_keep.h"
#include "twin/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An SVG holds pixels as PNG in base64 of whole quads; a canvas can be moved and made larger. */
static void images_stand_in_figures(void **state) {
  (void)state;
  lg_canvas *c;
  char *text = NULL;
  size_t n;
  uint8_t rgb[3 * 5 * 3];
  for (size_t k = 0; k < sizeof rgb; k++) rgb[k] = (uint8_t)(5 * k);
  FILE *s = open_memstream(&text, &n);
  assert_ok(ctx, lg_canvas_svg(ctx, s, 50, 30, NULL, &c));
  lg_canvas_push(c, 3.0, 4.0, 0.5);
  lg_canvas_image(c, (lg_box){0, 0, 50, 30}, rgb, 5, 3);
  lg_canvas_pop(c);
  assert_ok(ctx, lg_canvas_close(ctx, c));
  assert_int_equal(fclose(s), 0);
  const char *from = strstr(text, "base64,");
  assert_non_null(from);
  assert_non_null(strstr(text, "translate(3,4) scale(0.5)"));
  from += 7;
  assert_memory_equal(from, "iVBORw0KGgo", 11); /* the signature of a PNG */
  assert_int_equal(strcspn(from, "\"") % 4, 0);
  free(text);
  /* pushes do not nest, images have a limit */
  s = open_memstream(&text, &n);
  assert_ok(ctx, lg_canvas_svg(ctx, s, 50, 30, NULL, &c));
  lg_canvas_push(c, 0.0, 0.0, 1.0);
  lg_canvas_push(c, 0.0, 0.0, 1.0);
  assert_int_equal(lg_canvas_close(ctx, c), LG_ERR_INTERNAL);
  (void)fclose(s);
  free(text);
}

/* The k-th cell of each group by NMSE. */
static void chosen_cells_are_best_median_worst(void **state) {
  (void)state;
  culture_cell_fit fit[7] = {{.nmse = 0.3, .group = 3}, {.nmse = 0.1, .group = 1}, {.nmse = 0.02, .group = 1},
                             {.nmse = 0.2, .group = 1}, {.nmse = 0.9, .group = 4}, {.nmse = 0.4, .group = 3},
                             {.nmse = 0.05, .group = 1}};
  const lg_culture_result r = {.n_inner = 7, .cell = fit, .group = {4, 0, 2, 1}};
  size_t cell[12];
  assert_int_equal(lg_culture_chosen_fits(&r, cell), 6);
  const size_t wanted[6] = {2, 1, 3, 0, 5, 4};
  for (size_t k = 0; k < 6; k++) assert_int_equal(cell[k], wanted[k]);
}

/* Stills: shrunk by whole pixels, labels kept, the frame behind the largest event; the page has what it must. */
static void page_of_a_small_culture(void **state) {
  (void)state;
  culture_simulation sim = lg_culture_simulation_default();
  lg_culture_truth *t;
  lg_culture_movie *m;
  lg_culture_result *r;
  culture_stills *stills;
  sim.size = 160, sim.ncell = 30, sim.frames = 120;
  assert_ok(ctx, lg_culture_simulate(ctx, &sim, &t));
  assert_ok(ctx, lg_culture_film_truth(ctx, &sim, t, &m));
  double *y = lg_alloc(ctx, t->n_times * t->graph->n, sizeof *y);
  float *table = lg_alloc(ctx, 65536, sizeof *table);
  lg_culture_noisy_traces(&sim, t, y);
  const culture_identify o = lg_culture_identify_default();
  assert_ok(ctx, lg_culture_identify(ctx, t->graph, y, t->n_times, &o, &r));
  assert_int_equal(r->n_replicates, o.bootstrap.replicates);
  assert_true(r->replicate_k[0] <= r->k_low && r->replicate_k[r->n_replicates - 1] >= r->k_high);
  for (size_t k = 1; k < r->n_replicates; k++) assert_true(r->replicate_k[k - 1] <= r->replicate_k[k]);
  culture_levels levels;
  assert_ok(ctx, lg_culture_find_levels(ctx, m, (double)NAN, &levels));
  lg_culture_level_table(&levels, table);
  assert_ok(ctx, lg_culture_stills_create(ctx, m, table, t->masks, r, &stills));
  assert_true(stills->shrink == 1 && stills->width == 160 && stills->height == 160);
  assert_memory_equal(stills->label, t->masks->label, 160 * 160 * sizeof *stills->label);
  assert_true(!r->n_events || stills->has_event);

  culture_view v = {.title = "a <small> culture",
                    .method = "soe",
                    .graph = t->graph,
                    .y = y,
                    .n_times = t->n_times,
                    .result = r,
                    .options = &o,
                    .stills = stills,
                    .frame_s = 10.0,
                    .pixel_um = 0.65};
  double spread, doubled;
  assert_ok(ctx, lg_culture_static_spread(ctx, &v, &spread));
  for (size_t k = 0; k < t->n_times; k++) /* an offset of one cell, the same at all times, makes feeds */
    for (size_t i = 0; i < t->graph->n; i++) y[k * t->graph->n + i] += i % 2 ? 1.0 : -1.0;
  assert_ok(ctx, lg_culture_static_spread(ctx, &v, &doubled));
  assert_true(spread > 0.0 && doubled > 2.0 * spread);

  char folder[] = "/tmp/loligo-culture-XXXXXX", path[80];
  unsigned char *bytes;
  size_t n;
  assert_non_null(mkdtemp(folder));
  assert_ok(ctx, lg_culture_report(ctx, folder, &v, LG_REPORT_HTML | LG_REPORT_PDF));
  (void)snprintf(path, sizeof path, "%s/report.html", folder);
  assert_ok(ctx, lg_file_read(ctx, path, 20000000, &bytes, &n));
  const char *html = (const char *)bytes;
  static const char *const wanted[] = {"img-src data:",
                                       "a &lt;small&gt; culture",
                                       "id=\"movie\"",
                                       "id=\"graph\"",
                                       "id=\"fits\"",
                                       "id=\"profile\"",
                                       "id=\"replicates\"",
                                       "id=\"events\"",
                                       "id=\"feeds\"",
                                       "What gamma is, and is not",
                                       "loligo-culture-report/1",
                                       "\xc2\xb5m</text>"};
  for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
    if (!strstr(html, wanted[k])) fail_msg("the page lacks %s", wanted[k]);
  assert_null(strstr(html, "http://www.w3.org/1999/xlink"));
  assert_null(strstr(html, ">nan"));
  lg_free(ctx, bytes);
  (void)remove(path);
  (void)snprintf(path, sizeof path, "%s/report.pdf", folder);
  assert_ok(ctx, lg_file_read(ctx, path, 20000000, &bytes, &n));
  assert_memory_equal(bytes, "%PDF-", 5);
  lg_free(ctx, bytes);
  (void)remove(path);
  (void)remove(folder);
  lg_culture_stills_destroy(ctx, stills);
  lg_culture_result_destroy(ctx, r);
  lg_culture_movie_destroy(ctx, m);
  lg_culture_truth_destroy(ctx, t);
  lg_free(ctx, table);
  lg_free(ctx, y);
}

/* ---- kept and drawn again ------------------------------------------------------------------------------- */

/* A culture of four cells, two of them with an equation, made by hand. */
typedef struct small {
  uint32_t id[4], inner[2];
  double area[4], place[4], y[4 * 12], gamma[2], low[2], high[2], run[24], bare[24], replicate[3];
  bool border[4];
  culture_edge edge[3];
  signed char bound[2];
  culture_event event;
  culture_cell_fit fit[2];
  culture_pinn_row row[2];
  float pixel[6];
  uint32_t label[6];
  lg_culture_graph graph;
  lg_culture_result result;
  culture_identify options;
  culture_stills stills;
  culture_view view;
} small;

static void make_small(small *s) {
  *s = (small){.id = {3, 5, 8, 9}, .inner = {1, 2}, .area = {600, 700, 800, 900}, .border = {true, false, false, true}};
  for (size_t k = 0; k < 48; k++) s->y[k] = 0.01 * (double)(k * k % 37);
  for (size_t k = 0; k < 24; k++) s->run[k] = 0.02 * (double)(k % 7), s->bare[k] = -s->run[k];
  for (size_t k = 0; k < 4; k++) s->place[k] = 10.0 + (double)k;
  for (size_t k = 0; k < 3; k++) s->edge[k] = (culture_edge){(uint32_t)k, (uint32_t)k + 1, 30.0, 12.0};
  for (size_t k = 0; k < 6; k++) s->pixel[k] = (float)k, s->label[k] = (uint32_t)(3 + k % 2);
  s->fit[0] = (culture_cell_fit){0.1, 0.2, 0.3, 0.4, (double)NAN, 3};
  s->fit[1] = (culture_cell_fit){0.1, 0.2, 0.1, 0.4, 0.8, 1};
  s->event = (culture_event){2, 4, 0.7};
  s->row[1] = (culture_pinn_row){10, 0.5, 0.25, 0.04};
  s->replicate[0] = 0.03, s->replicate[1] = 0.04, s->replicate[2] = 0.05;
  s->low[0] = (double)NAN;
  s->graph = (lg_culture_graph){4, s->id, s->area, s->place, s->place, s->border, 3, s->edge};
  s->result = (lg_culture_result){.law = CULTURE_UNIT,
                                  .law_chosen = true,
                                  .n_inner = 2,
                                  .n_times = 12,
                                  .inner = s->inner,
                                  .k = 0.04,
                                  .k_low = 0.03,
                                  .k_high = (double)INFINITY,
                                  .gamma = s->gamma,
                                  .gamma_low = s->low,
                                  .gamma_high = s->high,
                                  .at_bound = s->bound,
                                  .identifiable = true,
                                  .has_events = true,
                                  .n_events = 1,
                                  .events = &s->event,
                                  .run = s->run,
                                  .bare = s->bare,
                                  .cell = s->fit,
                                  .group = {1, 0, 1, 0},
                                  .n_replicates = 3,
                                  .replicate_k = s->replicate,
                                  .pinn = {2, s->row, 0}};
  for (size_t q = 0; q < CULTURE_PROFILE; q++) s->result.profile_k[q] = 1.0 + (double)q, s->result.profile[q] = 2.0;
  s->bound[1] = -1;
  lg_culture_warn(&s->result, "one %s", "warning");
  lg_culture_warn(&s->result, "another");
  s->options = lg_culture_identify_default();
  s->options.law = -1, s->options.method = CULTURE_CRLSM;
  s->stills = (culture_stills){2, 3, 4, s->pixel, s->pixel, s->pixel, 7, true, 2, s->label};
  s->view = (culture_view){"t", "crlsm", &s->graph, s->y, 12, &s->result, &s->options, &s->stills, 2.0, 0.5, "{}"};
}

static void same_bytes(const char *a, const char *b) {
  unsigned char *x, *y;
  size_t n, m;
  assert_ok(ctx, lg_file_read(ctx, a, 20000000, &x, &n));
  assert_ok(ctx, lg_file_read(ctx, b, 20000000, &y, &m));
  assert_int_equal(n, m);
  assert_memory_equal(x, y, n);
  lg_free(ctx, x);
  lg_free(ctx, y);
}

/* All of it comes back: kept once more it has the same bytes, and so has the page. */
static void kept_pages_are_the_same(void **state) {
  (void)state;
  char a[] = "/tmp/loligo-culture-XXXXXX", b[] = "/tmp/loligo-culture-XXXXXX", from[80], to[80];
  small s;
  culture_kept *k;
  make_small(&s);
  assert_non_null(mkdtemp(a));
  assert_non_null(mkdtemp(b));
  assert_ok(ctx, lg_culture_keep(ctx, a, &s.view));
  assert_ok(ctx, lg_culture_report(ctx, a, &s.view, LG_REPORT_HTML));
  assert_ok(ctx, lg_culture_kept_load(ctx, a, &k));
  assert_ok(ctx, lg_culture_keep(ctx, b, &k->view));
  assert_ok(ctx, lg_culture_report(ctx, b, &k->view, LG_REPORT_HTML));
  static const char *const files[] = {CULTURE_KEPT, "report.html"};
  for (size_t f = 0; f < 2; f++) {
    (void)snprintf(from, sizeof from, "%s/%s", a, files[f]);
    (void)snprintf(to, sizeof to, "%s/%s", b, files[f]);
    same_bytes(from, to);
    (void)remove(from);
    (void)remove(to);
  }
  assert_int_equal(k->result->group[0], 1);
  assert_string_equal(k->result->warning[1], "another");
  assert_true(k->view.options->law == -1 && k->view.options->method == CULTURE_CRLSM);
  lg_culture_kept_destroy(ctx, k);
  (void)remove(a);
  (void)remove(b);
}

/* Indices that would lead out of the arrays are refused; what is not there has a line of its own. */
static void kept_pages_are_checked(void **state) {
  (void)state;
  char a[] = "/tmp/loligo-culture-XXXXXX", path[80];
  small s;
  culture_kept *k;
  assert_non_null(mkdtemp(a));
  assert_int_equal(lg_culture_kept_load(ctx, a, &k), LG_ERR_IO);
  assert_non_null(strstr(lg_ctx_message(ctx), "report.safetensors is missing"));
  for (int wrong = 0; wrong < 8; wrong++) {
    make_small(&s);
    if (wrong == 0) s.inner[1] = 4;
    else if (wrong == 1) s.inner[1] = 1; /* not ascending */
    else if (wrong == 2) s.edge[2].j = 4;
    else if (wrong == 3) s.event.cell = 4;
    else if (wrong == 4) s.event.frame = 12;
    else if (wrong == 5) s.fit[0].group = 5;
    else if (wrong == 6) s.stills.at_cell = 9;
    else s.stills.shrink = 0;
    assert_ok(ctx, lg_culture_keep(ctx, a, &s.view));
    assert_int_equal(lg_culture_kept_load(ctx, a, &k), LG_ERR_FORMAT);
    assert_null(k);
  }
  (void)snprintf(path, sizeof path, "%s/" CULTURE_KEPT, a);
  (void)remove(path);
  (void)remove(a);
}

static char full[] = "/tmp/loligo-culture-XXXXXX";

static lg_status keep_and_load(lg_ctx *c) {
  small s;
  culture_kept *k = NULL;
  make_small(&s);
  lg_status status = lg_culture_keep(c, full, &s.view);
  if (status == LG_OK) status = lg_culture_kept_load(c, full, &k);
  assert_int_equal(status == LG_OK, k != NULL);
  lg_culture_kept_destroy(c, k);
  return status;
}

static void keeping_without_memory(void **state) {
  (void)state;
  char path[80];
  assert_non_null(mkdtemp(full));
  assert_true(lg_exhaust("keep_and_load", keep_and_load) > 20);
  (void)snprintf(path, sizeof path, "%s/" CULTURE_KEPT, full);
  (void)remove(path);
  (void)remove(full);
}

/* A movie larger than a still is shrunk by means. */
static void stills_are_shrunk(void **state) {
  (void)state;
  enum { SIDE = 810, FRAMES = 8 };
  lg_culture_movie m = {.n_frames = FRAMES, .height = 10, .width = SIDE};
  lg_culture_masks masks = {.height = 10, .width = SIDE, .most = 2};
  const lg_culture_result r = {.n_events = 0};
  culture_stills *s;
  m.counts = lg_alloc(ctx, FRAMES * 10 * SIDE, sizeof *m.counts);
  masks.label = lg_alloc(ctx, 10 * SIDE, sizeof *masks.label);
  float *table = lg_alloc(ctx, 65536, sizeof *table);
  for (size_t k = 0; k < 65536; k++) table[k] = (float)k;
  for (size_t t = 0; t < FRAMES; t++)
    for (size_t p = 0; p < 10 * (size_t)SIDE; p++)
      m.counts[t * 10 * SIDE + p] = (uint16_t)(100 + (p % 3) * 30 + (t == 5 ? 60 : t));
  for (size_t p = 0; p < 10 * (size_t)SIDE; p++) masks.label[p] = p % SIDE < SIDE / 2 ? 1 : 2;
  assert_ok(ctx, lg_culture_stills_create(ctx, &m, table, &masks, &r, &s));
  assert_true(s->shrink == 3 && s->width == 270 && s->height == 4 && s->frame_at == 5 && !s->has_event);
  for (size_t k = 0; k < 270; k++) assert_true(fabs((double)s->frame[k] - 190.0) < 1e-4);
  assert_true(s->label[0] == 1 && s->label[269] == 2);
  lg_culture_stills_destroy(ctx, s);
  masks.width--;
  assert_int_equal(lg_culture_stills_create(ctx, &m, table, &masks, &r, &s), LG_ERR_RANGE);
  lg_free(ctx, m.counts);
  lg_free(ctx, masks.label);
  lg_free(ctx, table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(images_stand_in_figures), cmocka_unit_test(chosen_cells_are_best_median_worst),
      cmocka_unit_test(page_of_a_small_culture), cmocka_unit_test(stills_are_shrunk),
      cmocka_unit_test(kept_pages_are_the_same), cmocka_unit_test(kept_pages_are_checked),
      cmocka_unit_test(keeping_without_memory)};
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
