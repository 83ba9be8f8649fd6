/* Channels under a prescribed u(t): rest, exact solutions, an independent program's recordings; the files they leave.
 */
#define _XOPEN_SOURCE 700
#include "base/elementary.h"
#include "calcium/clamp.h"
#include "tests/one_ctx.h"
#include "twin/clamp_file.h"

#include <math.h>
#include <string.h>

static calcium_constants constants;

static clamp_channel channel(clamp_kind kind) { return (clamp_channel){kind, &constants, 100.0}; }

static void test_rest_stays(void **state) {
  (void)state;
  for (int k = 0; k <= CLAMP_VDCC_L; k++) {
    const clamp_channel c = channel((clamp_kind)k);
    for (int i = 0; i < 5; i++) {
      const double u = lg_clamp_about(c.kind)->voltage ? -90.0 + 30.0 * i : 0.02 * pow(5.0, i);
      double y[CLAMP_STATES], slope[CLAMP_STATES];
      lg_clamp_rest(&c, u, y);
      lg_clamp_slope(&c, u, 0.0, y, slope);
      for (size_t s = 0; s < lg_clamp_about(c.kind)->n_states; s++)
        assert_true(fabs(slope[s]) < 1e-9 * (1.0 + u * u * u * u * 1500.0));
      const double p = lg_clamp_open(&c, y);
      assert_true(p > 0.0 && p < 1.0);
    }
  }
}

/* A step of voltage: every gate of the squid goes to its end by one exponential. */
static void test_step_is_exponential(void **state) {
  (void)state;
  const clamp_channel c = channel(CLAMP_HH_NA);
  clamp_protocol p = {.rest = -65.0, .end_s = 0.02, .n = 1};
  p.parts[0] = (clamp_part){.kind = CLAMP_TRAPEZOID, .size = 65.0, .from_s = 0.005, .to_s = 1.0};
  clamp_rows rows = {0};
  assert_ok(ctx, lg_clamp_run(ctx, &c, &p, 1e-10, 10000, &rows));
  double rest[CLAMP_STATES], end[CLAMP_STATES], slope[CLAMP_STATES];
  lg_clamp_rest(&c, -65.0, rest);
  lg_clamp_rest(&c, 0.0, end);
  lg_clamp_slope(&c, 0.0, 0.0, rest, slope);
  assert_true(rows.n > 40);
  for (size_t i = 0; i < rows.n; i++) {
    const double *row = rows.row + CLAMP_ROW * i, t = row[0] - 0.005;
    for (size_t s = 0; s < 2; s++) {
      const double rate = slope[s] / (end[s] - rest[s]);
      const double x = t <= 0.0 ? rest[s] : end[s] + (rest[s] - end[s]) * exp(-rate * t);
      assert_true(fabs(row[4 + s] - x) < 1e-8);
    }
    if (i > 0) assert_true(row[0] > row[0 - CLAMP_ROW]);
  }
  lg_clamp_rows_clear(ctx, &rows);
}

/* u' is the slope of u, and a set depends on its seed and index only. */
static void test_protocols(void **state) {
  (void)state;
  for (int k = 0; k <= CLAMP_HH_NA; k++) {
    const clamp_channel c = channel((clamp_kind)k);
    for (size_t i = 0; i < 70; i++) {
      const clamp_protocol p = lg_clamp_random(&c, CLAMP_ALL, 5, i), q = lg_clamp_random(&c, CLAMP_ALL, 5, i);
      assert_memory_equal(&p, &q, sizeof p);
      for (size_t s = 1; s < 40; s++) {
        const double t = p.end_s * (double)s / 40.3, h = 1e-7;
        double u, d, ua, ub, x;
        lg_clamp_u(&p, t, &u, &d);
        lg_clamp_u(&p, t - h, &ua, &x);
        lg_clamp_u(&p, t + h, &ub, &x);
        if (!lg_clamp_about(c.kind)->voltage) assert_true(u > 0.0);
        if (fabs(ub - ua) < 1.0) assert_true(fabs((ub - ua) / (2 * h) - d) < 1e-3 * (1.0 + fabs(d)) + 0.05 * fabs(d));
      }
    }
  }
}

typedef struct replay {
  const gate_data *data;
  size_t row;
} replay;

static void drive(const void *user, double t, double *u, double *udot) {
  const replay *r = user;
  const double a = r->data->t_s[r->row], b = r->data->t_s[r->row + 1];
  lg_gate_data_at(r->data, r->row, (t - a) / (b - a), u, udot);
}

/* The recordings of another program (Radau, 1e-10): held steps to its digits, moving calcium as its samples allow. */
static void test_another_program(void **state) {
  (void)state;
  char path[1024];
  gate_data *d = NULL;
  if (!lg_test_shared("data/calcium/ryr_clamp.csv", path, sizeof path)) skip();
  assert_ok(ctx, lg_clamp_read(ctx, path, false, &d));
  assert_int_equal(d->n_protocols, 11);
  const clamp_channel c = channel(CLAMP_KL);
  for (size_t k = 0; k < d->n_protocols; k++) {
    const gate_protocol *p = &d->protocols[k];
    double y[CLAMP_STATES], worst = 0.0;
    lg_clamp_rest(&c, constants.cytosol_rest, y);
    for (size_t i = p->first; i + 1 < p->first + p->n; i++) {
      const replay r = {d, i};
      assert_ok(ctx, lg_clamp_move(ctx, &c, drive, &r, d->t_s[i], d->t_s[i + 1], 1e-11, y));
      worst = fmax(worst, fabs(lg_clamp_open(&c, y) - d->open[i + 1]));
    }
    print_message("%s: %.2g\n", p->name, worst);
    assert_true(worst < (strncmp(p->name, "step", 4) == 0 ? 2e-9 : 1e-3));
  }
  lg_gate_data_destroy(ctx, d);
}

static void refused(const char *text, const char *wanted) {
  gate_data *d = NULL;
  const lg_status s = lg_clamp_parse(ctx, "t.csv", (const unsigned char *)text, strlen(text), false, &d);
  assert_int_equal(s, LG_ERR_FORMAT);
  assert_null(d);
  if (!strstr(lg_ctx_message(ctx), wanted)) fail_msg("'%s' does not say '%s'", lg_ctx_message(ctx), wanted);
}

#define HEAD "protocol,t_s,u_uM,dudt_uM_per_s,P\n"

static void test_bad_files(void **state) {
  (void)state;
  refused(HEAD "a,0,0.05,0,0.1\na,1,0.05,0,1.2\n", "t.csv: line 3: P is 1.2; allowed is 0 to 1");
  refused(HEAD "a,0,0.05,0,0.1\na,0,0.05,0,0.2\n", "line 3: t_s is 0 after 0; it must ascend");
  refused(HEAD "a,0,0.05,0,nan\n", "line 2: P is 'nan', not a finite number");
  refused(HEAD "a,0,-0.05,0,0.2\n", "line 2: a concentration of -0.05 uM");
  refused(HEAD "a,0,0.05,0\n", "line 2: 4 cells; the first line has 5");
  refused(HEAD "a,0,0.05,0,0\na,1,0.05,0,0\nb,0,1,0,0\n", "line 4: the protocol 'a' has 2 rows; at least 3");
  refused(HEAD "a,0,0.05,0,0\na,1,0.05,0,0\na,2,0.05,0,0\n", "too few openings: P goes from 0 to 0");
  refused("protocol,t_s,u_mV,dudt,P\n", "say --inputs v");
  refused("protocol,t_s,u_uM,dudt\n", "there is no column P");
  refused(HEAD, "no rows");
  refused(HEAD "a,0,1,0,0\na,1,1,0,0.5\na,2,1,0,0.6\nb,0,1,0,0\nb,1,1,0,0\nb,2,1,0,0\na,3,1,0,0\n", "began before");
}

static void test_slopes_where_there_are_none(void **state) {
  (void)state;
  const char *text = "trace;time_s;c_uM;open;o1\na;0;1;0;0\na;1;2;0.1;0\na;3;10;0.2;0\n";
  gate_data *d = NULL;
  assert_ok(ctx, lg_clamp_parse(ctx, "t.csv", (const unsigned char *)text, strlen(text), false, &d));
  assert_true(fabs(d->udot[0] - 1.0) < 1e-12 && fabs(d->udot[1] - 2.0) < 1e-12 && fabs(d->udot[2] - 4.0) < 1e-12);
  assert_int_equal(d->n_states, 1);
  lg_gate_data_destroy(ctx, d);
}

static void test_a_set_is_read_as_it_was_written(void **state) {
  (void)state;
  char path[] = "/tmp/loligo-clamp-XXXXXX";
  gate_data *made = NULL, *read = NULL;
  const clamp_set set = {channel(CLAMP_RISE), CLAMP_ALL, 3, 7, 11, 1e-8};
  size_t rows;
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  assert_ok(ctx, lg_clamp_write(ctx, path, &set, NULL, &rows));
  assert_ok(ctx, lg_clamp_data(ctx, &set, &made));
  assert_ok(ctx, lg_clamp_read(ctx, path, false, &read));
  assert_int_equal(read->n, rows);
  assert_int_equal(read->n_protocols, 7);
  assert_memory_equal(read->open, made->open, rows * sizeof(double));
  assert_memory_equal(read->u, made->u, rows * sizeof(double));
  assert_string_equal(read->protocols[6].name, made->protocols[6].name);
  lg_gate_data_destroy(ctx, made);
  lg_gate_data_destroy(ctx, read);
  (void)remove(path);
}

static int begin(void **state) {
  constants = lg_calcium_constants_default();
  return open_ctx(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rest_stays),
                                     cmocka_unit_test(test_step_is_exponential),
                                     cmocka_unit_test(test_protocols),
                                     cmocka_unit_test(test_another_program),
                                     cmocka_unit_test(test_bad_files),
                                     cmocka_unit_test(test_slopes_where_there_are_none),
                                     cmocka_unit_test(test_a_set_is_read_as_it_was_written)};
  return cmocka_run_group_tests(tests, begin, close_ctx);
}
