#include "tests/one_ctx.h"

#include "io/canvas.h"
#include "io/plot.h"

#include <math.h>
#include <string.h>
#include <time.h>

static void ticks_are_round_and_inside(void **state) {
  (void)state;
  const double ranges[][2] = {{0, 1000}, {-83.2, 41.7}, {0.00021, 0.00093}, {-1e9, 3e9}, {17.0, 17.03}, {-5, -1}};
  for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
    const lg_ticks t = lg_ticks_nice(ranges[r][0], ranges[r][1], 6);
    assert_in_range(t.n, 4, 9);
    assert_true(t.first >= ranges[r][0] - 1e-6 * t.step);
    assert_true(t.first + (t.n - 1) * t.step <= ranges[r][1] + 1e-6 * t.step);
  }
  const lg_ticks t = lg_ticks_nice(0.0, 1.0, 5);
  assert_true(t.first == 0.0 && t.step == 0.2 && t.n == 6 && t.decimals == 1);
  assert_int_equal(lg_ticks_nice(1.0, 1.0, 5).n, 0);
  assert_int_equal(lg_ticks_nice((double)NAN, 1.0, 5).n, 0);
  assert_int_equal(lg_ticks_nice(-(double)INFINITY, 1.0, 5).n, 0);
  assert_int_equal(lg_ticks_nice(-1.7e308, 1.7e308, 5).n, 0);
}

static void numbers_have_three_digits(void **state) {
  (void)state;
  const struct {
    double x;
    const char *text;
  } rows[] = {{-60.16, "\xe2\x88\x92"
                       "60.2"},
              {9.996, "10.0"},
              {0.03214, "0.0321"},
              {1234.5, "1234"},
              {0.0, "0"},
              {1.234e-7, "1.23\xc3\x97"
                         "10\xe2\x81\xbb\xe2\x81\xb7"},
              {(double)NAN, "\xe2\x80\x93"},
              {252.0, "252"},
              {2.5e7, "2.50\xc3\x97"
                      "10\xe2\x81\xb7"}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    char text[40];
    lg_format_significant(rows[k].x, 3, text);
    assert_string_equal(text, rows[k].text);
  }
  char text[40];
  lg_format_fixed(-0.001, 1, text);
  assert_string_equal(text, "0.0");
  lg_format_fixed(-12.34, 1, text);
  assert_string_equal(text, "\xe2\x88\x92"
                            "12.3");
}

/* Every spike of one sample survives, wherever it lies, and the order of time is kept. */
static void decimation_keeps_extremes(void **state) {
  (void)state;
  enum { N = 100003, COLUMNS = 317 };
  static double y[N];
  static size_t at[2 * COLUMNS + 4];
  for (size_t spike = 0; spike < N; spike += 7919) {
    for (size_t k = 0; k < N; k++) y[k] = (double)(k % 13) * 0.01;
    y[spike] = 50.0;
    y[(spike + 4000) % N] = -90.0;
    const size_t m = lg_decimate(y, N, 0.0, (double)COLUMNS / N, COLUMNS, at);
    assert_true(m <= 2 * COLUMNS + 4);
    int found = 0;
    for (size_t k = 0; k < m; k++) {
      if (k > 0) assert_true(at[k] > at[k - 1]);
      if (y[at[k]] == 50.0 || y[at[k]] == -90.0) found++;
    }
    assert_int_equal(found, 2);
  }
}

static void decimation_of_a_window_and_of_gaps(void **state) {
  (void)state;
  enum { N = 10000, COLUMNS = 100 };
  static double y[N];
  size_t at[2 * COLUMNS + 4];
  for (size_t k = 0; k < N; k++) y[k] = k >= 4000 && k < 6000 ? (double)NAN : (double)k;
  size_t m = lg_decimate(y, N, 0.0, (double)COLUMNS / N, COLUMNS, at);
  size_t gaps = 0;
  for (size_t k = 0; k < m; k++) gaps += isnan(y[at[k]]) ? 1 : 0;
  assert_int_equal(gaps, 20); /* one for every column of nothing */
  /* samples 1000 … 1099 fill the window; one neighbour on each side lets the line run to the edge */
  m = lg_decimate(y, N, -1000.0, 1.0, COLUMNS, at);
  assert_int_equal(m, COLUMNS + 2);
  assert_int_equal(at[0], 999);
  assert_int_equal(at[m - 1], 1100);
  assert_int_equal(lg_decimate(y, 0, 0.0, 1.0, COLUMNS, at), 0);
  assert_int_equal(lg_decimate(y, N, (double)NAN, 1.0, COLUMNS, at), 0);
  assert_int_equal(lg_decimate(y, N, 0.0, 0.0, COLUMNS, at), 0);
}

static void range_is_never_empty(void **state) {
  (void)state;
  double rows[][2] = {{5, 5}, {0, 0}, {(double)INFINITY, -(double)INFINITY}, {(double)NAN, 1}, {-1e300, 1e300}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    lg_range_pad(&rows[k][0], &rows[k][1], 0.05);
    assert_true(rows[k][1] > rows[k][0]);
    assert_true(isfinite(rows[k][0]) && isfinite(rows[k][1]));
  }
}

static void text_is_escaped_and_repaired(void **state) {
  (void)state;
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  assert_non_null(s);
  lg_write_escaped(s, "<script>&\"'\x01\xff\xc3"
                      "a\xe2\x82\xac\xed\xa0\x80");
  assert_int_equal(fclose(s), 0);
  assert_string_equal(text, "&lt;script&gt;&amp;&quot;&#39;\xef\xbf\xbd\xef\xbf\xbd"
                            "a\xe2\x82\xac"
                            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  free(text);
}

/* ---- a picture with everything on it ---------------------------------------------------------------- */

enum { SAMPLES = 20000 };
static double v[SAMPLES], lo[SAMPLES], hi[SAMPLES];

static lg_status draw(lg_canvas *c) {
  lg_status status = LG_OK;
  lg_plot p = {.canvas = c, .area = {60, 40, 320, 160}, .x0 = 0, .x1 = 1000, .y0 = -90, .y1 = 60};
  lg_plot_frame(&p, LG_FRAME_USUAL, "time (ms)", "potential (mV)");
  LG_TRY(lg_plot_trace_band(ctx, &p, 0.0, 0.05, lo, hi, SAMPLES, LG_INK_BLUE, 0.2));
  LG_TRY(lg_plot_trace(ctx, &p, 0.0, 0.05, v, SAMPLES, (lg_pen){LG_INK_TEXT, 1.0, LG_DASH_SOLID, 1.0}));
  LG_TRY(lg_plot_trace(ctx, &p, 0.0, 0.05, hi, SAMPLES, (lg_pen){LG_INK_VERMILLION, 1.0, LG_DASH_LONG, 0.8}));
  const double x[5] = {100, 200, (double)NAN, 400, 500}, y[5] = {0, 10, 20, 30, 40};
  for (int m = LG_MARK_DISC; m <= LG_MARK_CROSS; m++)
    lg_plot_marks(&p, x, y, 5, 3.0, (lg_mark)m, (lg_ink)(LG_INK_BLUE + m));
  LG_TRY(lg_plot_line(ctx, &p, x, y, 5, (lg_pen){LG_INK_GREEN, 1.5, LG_DASH_DOTS, 1.0}));
  const lg_legend entries[2] = {
      {"recording <&>", {LG_INK_TEXT, 1.0, LG_DASH_SOLID, 1.0}, -1, LG_INK_TEXT, 0},
      {"twin \xcf\x87\xc2\xb2", {LG_INK_BLUE, 1.5, LG_DASH_LONG, 1.0}, LG_MARK_RING, LG_INK_BLUE, 0}};
  (void)lg_legend_row(c, 60, 20, 320, 11, entries, 2);
  lg_canvas_text(c, 10, 100, 10, LG_INK_MUTED, LG_TEXT_UP, "broken \xff utf-8");
done:
  return status;
}

typedef enum kind { SVG, SVG_PAGE, PDF, PNG } kind;

static char *picture(kind what, size_t *bytes) {
  char *text = NULL;
  *bytes = 0;
  FILE *s = open_memstream(&text, bytes);
  assert_non_null(s);
  lg_canvas *c = NULL;
  const lg_svg_opts opts = {.title = "A <test>", .description = "one & two", .id = "t1", .in_page = what == SVG_PAGE};
  if (what == PDF) assert_ok(ctx, lg_canvas_pdf(ctx, s, 400, 240, "test", NULL, &c));
  else if (what == PNG) assert_ok(ctx, lg_canvas_png(ctx, s, 400, 240, 2.0, &c));
  else assert_ok(ctx, lg_canvas_svg(ctx, s, 400, 240, &opts, &c));
  assert_ok(ctx, draw(c));
  assert_ok(ctx, lg_canvas_close(ctx, c));
  assert_int_equal(fclose(s), 0);
  return text;
}

static void fill_samples(void) {
  for (size_t k = 0; k < SAMPLES; k++) {
    v[k] = k % 2500 == 1200 ? 40.0 : -65.0 + (double)(k % 17) * 0.05;
    lo[k] = v[k] - 5.0;
    hi[k] = v[k] + 5.0;
    if (k > 9000 && k < 9500) v[k] = lo[k] = (double)NAN;
  }
}

static void same_bytes_twice(void **state) {
  (void)state;
  fill_samples();
  for (int what = SVG; what <= PNG; what++) {
    size_t a_bytes, b_bytes;
    char *a = picture((kind)what, &a_bytes), *b = picture((kind)what, &b_bytes);
    assert_int_equal(a_bytes, b_bytes);
    assert_true(a_bytes > 2000);
    assert_memory_equal(a, b, a_bytes);
    free(a);
    free(b);
  }
}

/* Tags nest, attributes are quoted, no bare & or <: a small checker, since the library has no XML parser. */
static void assert_well_formed(const char *xml) {
  char names[64][32];
  int depth = 0;
  for (const char *p = xml; *p; p++) {
    if (*p == '&') {
      const size_t n = strcspn(p, ";<> ");
      assert_true(p[n] == ';' && n <= 6);
    }
    if (*p != '<') continue;
    if (p[1] == '?') {
      p = strstr(p, "?>");
      assert_non_null(p);
      continue;
    }
    const bool closing = p[1] == '/';
    const char *name = p + 1 + closing;
    const size_t length = strcspn(name, " />\n");
    assert_in_range(length, 1, 31);
    const char *end = name;
    bool quoted = false;
    for (; *end && (quoted || *end != '>'); end++) {
      if (*end == '"') quoted = !quoted;
      assert_true(*end != '<');
    }
    assert_true(*end == '>');
    if (closing) {
      assert_true(depth > 0);
      depth--;
      assert_int_equal(strlen(names[depth]), length);
      assert_memory_equal(names[depth], name, length);
    } else if (end[-1] != '/') {
      assert_true(depth < 64);
      memcpy(names[depth], name, length);
      names[depth++][length] = 0;
    }
    p = end;
  }
  assert_int_equal(depth, 0);
}

static void svg_is_well_formed(void **state) {
  (void)state;
  fill_samples();
  for (int what = SVG; what <= SVG_PAGE; what++) {
    size_t n;
    char *xml = picture((kind)what, &n);
    assert_well_formed(xml);
    assert_non_null(strstr(xml, "A &lt;test&gt;"));
    assert_non_null(strstr(xml, "<desc id=\"t1-d\">one &amp; two</desc>"));
    assert_non_null(strstr(xml, "aria-labelledby=\"t1-t t1-d\""));
    assert_null(strstr(xml, "nan"));
    assert_null(strstr(xml, "inf"));
    free(xml);
  }
}

static void empty_and_broken_data_draw_nothing(void **state) {
  (void)state;
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  lg_canvas *c = NULL;
  assert_ok(ctx, lg_canvas_svg(ctx, s, 200, 100, NULL, &c));
  lg_plot p = {.canvas = c, .area = {20, 20, 160, 60}, .x0 = 0, .x1 = 1, .y0 = 0, .y1 = 1};
  double none[3] = {(double)NAN, (double)NAN, (double)NAN};
  assert_ok(ctx, lg_plot_trace(ctx, &p, 0, 0.1, none, 3, (lg_pen){LG_INK_TEXT, 1, LG_DASH_SOLID, 1}));
  assert_ok(ctx, lg_plot_trace(ctx, &p, 0, 0.1, NULL, 0, (lg_pen){LG_INK_TEXT, 1, LG_DASH_SOLID, 1}));
  assert_ok(ctx, lg_plot_trace(ctx, &p, 0, 0.0, none, 3, (lg_pen){LG_INK_TEXT, 1, LG_DASH_SOLID, 1}));
  assert_ok(ctx, lg_plot_band(ctx, &p, none, none, none, 3, LG_INK_BLUE, 0.5));
  assert_ok(ctx, lg_plot_line(ctx, &p, none, none, 0, (lg_pen){LG_INK_TEXT, 1, LG_DASH_SOLID, 1}));
  p.y0 = p.y1 = (double)NAN;
  lg_plot_frame(&p, LG_FRAME_USUAL, NULL, NULL);
  assert_ok(ctx, lg_canvas_close(ctx, c));
  assert_int_equal(fclose(s), 0);
  assert_null(strstr(text, "nan"));
  free(text);
  assert_int_equal(lg_canvas_svg(ctx, stdout, 0.0, 100, NULL, &c), LG_ERR_RANGE);
  assert_int_equal(lg_canvas_png(ctx, stdout, 1e6, 1e6, 2.0, &c), LG_ERR_RANGE);
  const lg_svg_opts bad = {.id = "a\"b"};
  assert_int_equal(lg_canvas_svg(ctx, stdout, 10, 10, &bad, &c), LG_ERR_ARGUMENT);
}

static double now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* A million samples with spikes and noise, to SVG, in less processor time than the 64 ms that were promised. */
static void a_million_samples_are_fast(void **state) {
  (void)state;
  enum { N = 1000000 };
  double *y = malloc(N * sizeof *y);
  assert_non_null(y);
  lg_rng rng = lg_rng_make(1, 2, 3);
  for (size_t k = 0; k < N; k++) y[k] = (k % 20000 == 9000 ? 40.0 : -65.0) + lg_rng_uniform(&rng);
  double best = 1e9;
  size_t n = 0;
  for (int repeat = 0; repeat < 5; repeat++) {
    char *text = NULL;
    const double begin = now_ms();
    FILE *s = open_memstream(&text, &n);
    lg_canvas *c = NULL;
    assert_ok(ctx, lg_canvas_svg(ctx, s, 1080, 400, NULL, &c));
    lg_plot p = {.canvas = c, .area = {60, 40, 1000, 320}, .x0 = 0, .x1 = 50000, .y0 = -70, .y1 = 45};
    lg_plot_frame(&p, LG_FRAME_USUAL, "time (ms)", "potential (mV)");
    assert_ok(ctx, lg_plot_trace(ctx, &p, 0, 0.05, y, N, (lg_pen){LG_INK_TEXT, 1, LG_DASH_SOLID, 1}));
    assert_ok(ctx, lg_canvas_close(ctx, c));
    assert_int_equal(fclose(s), 0);
    const double took = now_ms() - begin;
    if (took < best) best = took;
    free(text);
  }
  free(y);
  print_message("1,000,000 samples to SVG: %.1f ms, %zu bytes\n", best, n);
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
  const double limit = 640.0; /* checked builds are slower */
#else
  const double limit = 64.0;
#endif
  assert_true(best <= limit);
  assert_true(n < 200000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ticks_are_round_and_inside),
      cmocka_unit_test(numbers_have_three_digits),
      cmocka_unit_test(decimation_keeps_extremes),
      cmocka_unit_test(decimation_of_a_window_and_of_gaps),
      cmocka_unit_test(range_is_never_empty),
      cmocka_unit_test(text_is_escaped_and_repaired),
      cmocka_unit_test(same_bytes_twice),
      cmocka_unit_test(svg_is_well_formed),
      cmocka_unit_test(empty_and_broken_data_draw_nothing),
      cmocka_unit_test(a_million_samples_are_fast),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
