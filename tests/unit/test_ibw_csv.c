#include "tests/test.h"

#include "base/base.h"
#include "io/csv_recording.h"
#include "io/ibw.h"

#include <locale.h>
#include <loligo/recording.h>
#include <math.h>
#include <string.h>

static void reads_a_pair_by_folder_and_by_file(void **state) {
  (void)state;
  static const char *const paths[] = {LG_TEST_DATA "/B6", LG_TEST_DATA "/B6/B6_Ch3_IDRest_183.ibw",
                                      LG_TEST_DATA "/B6/B6_Ch0_IDRest_181.ibw"};
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (size_t p = 0; p < 3; p++) {
    lg_recording *rec = NULL;
    assert_ok(ctx, lg_recording_read(ctx, paths[p], &rec));
    assert_string_equal(rec->format, "IBW 5");
    assert_int_equal(rec->n_sweeps, 2);
    assert_int_equal(rec->sweeps[0].number, 181);
    assert_int_equal(rec->sweeps[1].number, 183);
    for (size_t k = 0; k < 2; k++) {
      const lg_sweep *s = &rec->sweeps[k];
      assert_int_equal(s->n, 12000);
      assert_true(fabs(s->dt_ms - 0.25) < 1e-12);
      assert_int_equal(s->current_origin, LG_CURRENT_MEASURED);
    }
    /* first samples as Igor shows them */
    assert_true(fabs(rec->sweeps[0].i_pA[0] + 3.12484741) < 1e-6);
    assert_true(fabs(rec->sweeps[0].v_mV[0] + 69.09037781) < 1e-6);
    lg_recording_destroy(ctx, rec);
  }
  lg_ctx_destroy(ctx);
}

static void put16(unsigned char *b, size_t at, int x) {
  b[at] = (unsigned char)(x & 0xff);
  b[at + 1] = (unsigned char)((x >> 8) & 0xff);
}

static void put32(unsigned char *b, size_t at, int x) {
  put16(b, at, x & 0xffff);
  put16(b, at + 2, (x >> 16) & 0xffff);
}

/* A little-endian version 2 wave of int16 with its checksum, after technical note 003. */
static size_t make_version_2(unsigned char *b, const char *unit) {
  const double step = 1e-4;
  memset(b, 0, 126 + 20);
  put16(b, 0, 2);
  put32(b, 2, 126 - 16 + 20);
  put16(b, 16, 16); /* int16 */
  memcpy(b + 16 + 6, "wave7", 5);
  memcpy(b + 16 + 34, unit, strlen(unit));
  memcpy(b + 16 + 38, "s", 1);
  put32(b, 16 + 42, 10);
  memcpy(b + 16 + 48, &step, 8);
  for (int k = 0; k < 10; k++) put16(b, 126 + 2 * (size_t)k, -60 - k);
  unsigned sum = 0;
  for (size_t k = 0; k < 126; k += 2) sum += (unsigned)b[k] | (unsigned)b[k + 1] << 8;
  put16(b, 14, (int)((0x10000 - (sum & 0xffff)) & 0xffff));
  return 146;
}

static void parses_version_2_and_finds_damage(void **state) {
  (void)state;
  lg_ctx *ctx;
  unsigned char b[256];
  lg_ibw_wave w;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const size_t n = make_version_2(b, "mV");
  assert_true(lg_ibw_is(b, n));
  assert_ok(ctx, lg_ibw_parse(ctx, b, n, &w));
  assert_string_equal(w.name, "wave7");
  assert_string_equal(w.unit, "mV");
  assert_int_equal(w.n, 10);
  assert_int_equal(w.version, 2);
  assert_true(fabs(w.dt_ms - 0.1) < 1e-12);
  assert_true(w.values[9] == -69.0);
  lg_ibw_destroy(ctx, &w);
  assert_int_equal(lg_ibw_parse(ctx, b, n - 1, &w), LG_ERR_FORMAT);
  lg_ibw_destroy(ctx, &w);
  b[60]++;
  assert_int_equal(lg_ibw_parse(ctx, b, n, &w), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "checksum"));
  lg_ibw_destroy(ctx, &w);
  lg_ctx_destroy(ctx);
}

static lg_status parse(lg_ctx *ctx, const char *text, lg_recording **rec) {
  return lg_csv_parse(ctx, (const unsigned char *)text, strlen(text), "test.csv", rec);
}

static void reads_csv_with_sweeps(void **state) {
  (void)state;
  lg_ctx *ctx;
  lg_recording *rec = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx,
            parse(ctx,
                  "\xef\xbb\xbf# made by hand\r\nt_ms,i_pA,v_mV,sweep\r\n0,0,-65,3\r\n0.1,5,-64.5,3\r\n# between\r\n"
                  "0.2,5,nan,3\r\n0,1,-60,4\r\n0.1,2,-61,4\r\n",
                  &rec));
  assert_int_equal(rec->n_sweeps, 2);
  assert_int_equal(rec->sweeps[0].n, 3);
  assert_int_equal(rec->sweeps[0].number, 3);
  assert_true(rec->sweeps[0].dt_ms == 0.1);
  assert_true(isnan(rec->sweeps[0].v_mV[2]));
  assert_true(rec->sweeps[1].i_pA[1] == 2.0);
  lg_recording_destroy(ctx, rec);
  assert_ok(ctx, parse(ctx, "v_mV;t_ms;note\n-65;0;a\n-66;0.05;b\n", &rec));
  assert_null(rec->sweeps[0].i_pA);
  assert_int_equal(rec->n_warnings, 1);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
}

/* A program that uses the library may have set a locale with a decimal comma. */
static void reads_csv_in_any_locale(void **state) {
  (void)state;
  static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "pt_BR.UTF-8"};
  const char *found = NULL;
  for (size_t k = 0; k < 4 && !found; k++) found = setlocale(LC_NUMERIC, names[k]);
  lg_ctx *ctx;
  lg_recording *rec = NULL;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  const lg_status status = parse(ctx, "t_ms,v_mV\n0,-65.5\n0.1,-64.25\n", &rec);
  (void)setlocale(LC_NUMERIC, "C");
  assert_ok(ctx, status);
  assert_true(rec->sweeps[0].v_mV[1] == -64.25);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
  if (!found) (void)printf("no locale with a decimal comma is installed: read in the locale C only\n");
}

static void names_the_line_of_a_csv_error(void **state) {
  (void)state;
  static const struct {
    const char *text, *words;
  } cases[] = {
      {"t_ms,i_pA\n0,1\n", "line 1: the column 'v_mV' is missing"},
      {"# c\nt_ms,v_mV\n0,-65\n0.1,x\n", "line 4: 'x' in the column v_mV is not a number"},
      {"t_ms,v_mV\n0,-65\n0.1\n", "line 3: 1 cells, but 2 columns"},
      {"t_ms,v_mV\n0,-65\n0.1,-65\n0.3,-65\n", "equal intervals"},
      {"t_ms,v_mV\n0,-65\n0,-65\n", "time does not advance"},
      {"t_ms,v_mV,sweep\n0,-65,0\n1,-65,0\n0,-65,1\n1,-65,1\n2,-65,0\n", "begins again"},
      {"t_ms,v_mV,t_ms\n0,-65,0\n", "stands twice"},
      {"t_ms,v_mV\n", "no rows"},
      {"t_ms,v_mV,sweep\n0,-65,0.5\n1,-65,0\n", "whole numbers"},
  };
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    lg_recording *rec = NULL;
    assert_int_equal(parse(ctx, cases[k].text, &rec), LG_ERR_FORMAT);
    assert_null(rec);
    if (!strstr(lg_ctx_message(ctx), cases[k].words))
      fail_msg("case %zu: '%s' does not say '%s'", k, lg_ctx_message(ctx), cases[k].words);
  }
  lg_ctx_destroy(ctx);
}

/* Potentials of a made-up cell at rest, changed by a function; what does the check say? */
static lg_status check(lg_ctx *ctx, double scale, double offset, double dt_ms, double missing_from,
                       const char **warning) {
  static char text[512];
  lg_recording *rec = NULL;
  lg_sweep *s;
  text[0] = '\0';
  assert_ok(ctx, lg_recording_create(ctx, &rec));
  assert_ok(ctx, lg_recording_add_sweep(ctx, rec, 4000, dt_ms, 1, &s));
  for (size_t j = 0; j < 4000; j++) {
    s->v_mV[j] = ((j % 500) == 250 ? 30.0 : -65.0 + 0.01 * (double)(j % 7)) * scale + offset;
    if ((double)j >= missing_from) s->v_mV[j] = (double)NAN;
  }
  const lg_status status = lg_recording_check(ctx, rec);
  if (rec->n_warnings) (void)snprintf(text, sizeof text, "%s", rec->warnings[0]);
  *warning = text;
  lg_recording_destroy(ctx, rec);
  return status;
}

static void checks_what_is_plausible(void **state) {
  (void)state;
  lg_ctx *ctx;
  const char *warning;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  assert_ok(ctx, check(ctx, 1.0, 0.0, 0.1, 1e9, &warning));
  assert_string_equal(warning, "");
  assert_int_equal(check(ctx, 1000.0, 0.0, 0.1, 1e9, &warning), LG_ERR_FORMAT);
  assert_int_equal(check(ctx, 0.001, 0.0, 0.1, 1e9, &warning), LG_ERR_FORMAT);
  assert_int_equal(check(ctx, 1.0, 0.0, 0.1, 0.0, &warning), LG_ERR_FORMAT);
  assert_ok(ctx, check(ctx, 1.0, 62.0, 0.1, 1e9, &warning));
  assert_non_null(strstr(warning, "rests at"));
  assert_ok(ctx, check(ctx, 1.0, 0.0, 0.2, 1e9, &warning));
  assert_non_null(strstr(warning, "5 kHz"));
  assert_ok(ctx, check(ctx, 1.0, 0.0, 0.1, 3990.0, &warning));
  assert_non_null(strstr(warning, "10 of 4000 samples of the potential are missing"));
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_a_pair_by_folder_and_by_file),
      cmocka_unit_test(parses_version_2_and_finds_damage),
      cmocka_unit_test(reads_csv_with_sweeps),
      cmocka_unit_test(reads_csv_in_any_locale),
      cmocka_unit_test(names_the_line_of_a_csv_error),
      cmocka_unit_test(checks_what_is_plausible),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
