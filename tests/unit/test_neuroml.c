/* NeuroML: gates of every kind against their formulas, morphology, refusals with their line. */
#include "tests/unit/cable_block.h"

#include "cable/nmodl.h"
#include "twin/neuroml.h"

#define CELL(channel, density)                                                                                         \
  "<neuroml id=\"x\">" channel "\n<cell id=\"c\"><morphology id=\"m\"><segment id=\"0\"><proximal x=\"0\" y=\"0\" "    \
  "z=\"0\" diameter=\"9\"/><distal x=\"9\" y=\"0\" z=\"0\" diameter=\"9\"/></segment></morphology>"                    \
  "<biophysicalProperties id=\"b\"><membraneProperties>" density                                                       \
  "</membraneProperties></biophysicalProperties></cell></neuroml>"
#define DENSITY "<channelDensity id=\"d\" ionChannel=\"k\" condDensity=\"10 S_per_m2\" erev=\"-80mV\" ion=\"k\"/>"
#define CHANNEL(gate) "<ionChannelHH id=\"k\">" gate "</ionChannelHH>"
#define Q10 "<q10Settings type=\"q10ExpTemp\" q10Factor=\"2.5\" experimentalTemp=\"20degC\"/>"
#define FORWARD "<forwardRate type=\"HHExpLinearRate\" rate=\"0.2per_ms\" midpoint=\"-30mV\" scale=\"9mV\"/>"
#define REVERSE "<reverseRate type=\"HHExpRate\" rate=\"300 per_s\" midpoint=\"-0.04V\" scale=\"-30mV\"/>"
#define STEADY "<steadyState type=\"HHSigmoidVariable\" rate=\"1\" midpoint=\"-35mV\" scale=\"7mV\"/>"
#define TAU "<timeCourse type=\"fixedTimeCourse\" tau=\"4ms\"/>"

enum { V = 12 };

static double forward(double v) {
  const double x = (v + 30.0) / 9.0;
  return 0.2 * (fabs(x) < 1e-9 ? 1.0 : x / (1.0 - exp(-x)));
}
static double reverse(double v) { return 0.3 * exp(-(v + 40.0) / 30.0); }
static double sigmoid(double v) { return 1.0 / (1.0 + exp(-(v + 35.0) / 7.0)); }
static double rates_inf(double v) { return forward(v) / (forward(v) + reverse(v)); }
static double rates_tau(double v) { return 1.0 / (forward(v) + reverse(v)); }
static double four(double v) {
  (void)v;
  return 4.0;
}

static neuroml *parse(const char *text) {
  neuroml *m = NULL;
  assert_ok(ctx, lg_neuroml_parse(ctx, "test.nml", text, strlen(text), &m));
  return m;
}

static cable_nmodl *mechanism(const neuroml *m, size_t k) {
  char *text = NULL;
  size_t n = 0;
  cable_nmodl *own = NULL;
  FILE *stream = open_memstream(&text, &n);
  assert_non_null(stream);
  lg_neuroml_write_mechanism(m, k, stream);
  (void)fclose(stream);
  assert_ok(ctx, lg_cable_nmodl_compile(ctx, "made.mod", text, n, &own));
  free(text);
  return own;
}

static void near(double value, double expected) {
  if (!(fabs(value - expected) <= 1e-11 * (1.0 + fabs(expected)))) fail_msg("%.17g, expected %.17g", value, expected);
}

static void gates_are_their_formulas(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double (*inf)(double), (*tau)(double);
  } kinds[] = {
      {CELL(CHANNEL("<gateHHrates id=\"m\" instances=\"2\">" Q10 FORWARD REVERSE "</gateHHrates>"), DENSITY), rates_inf,
       rates_tau},
      {CELL(CHANNEL("<gateHHratesTau id=\"m\" instances=\"2\">" Q10 FORWARD REVERSE TAU "</gateHHratesTau>"), DENSITY),
       rates_inf, four},
      {CELL(CHANNEL("<gateHHratesInf id=\"m\" instances=\"2\">" Q10 FORWARD REVERSE STEADY "</gateHHratesInf>"),
            DENSITY),
       sigmoid, rates_tau},
      {CELL(CHANNEL("<gateHHratesTauInf id=\"m\" instances=\"2\">" Q10 FORWARD REVERSE TAU STEADY
                    "</gateHHratesTauInf>"),
            DENSITY),
       sigmoid, four},
      {CELL(CHANNEL("<gateHHtauInf id=\"m\" instances=\"2\">" Q10 TAU STEADY "</gateHHtauInf>"), DENSITY), sigmoid,
       four},
      {CELL(CHANNEL("<gate type=\"gateHHtauInf\" id=\"m\" instances=\"2\">" Q10 TAU STEADY "</gate>"), DENSITY),
       sigmoid, four},
  };
  for (size_t q = 0; q < sizeof kinds / sizeof kinds[0]; q++) {
    neuroml *m = parse(kinds[q].text);
    assert_int_equal(lg_neuroml_mechanisms(m), 1);
    cable_nmodl *own = mechanism(m, 0);
    static test_block t;
    test_block_make(&t, lg_cable_nmodl_mechanism(own), V);
    const double q10 = pow(2.5, (34.0 - 20.0) / 10.0);
    t.now.celsius = 34.0;
    for (size_t k = 0; k < V; k++) {
      t.v[k] = -90.0 + 10.0 * (double)k; /* -30 among them */
      t.parameters[0][k] = 0.001;
      t.parameters[1][k] = -80.0;
    }
    test_block_start(&t);
    for (size_t k = 0; k < V; k++) near(t.states[0][k], kinds[q].inf(t.v[k]));
    for (size_t k = 0; k < V; k++) t.v[k] += 10.0;
    test_block_advance(&t, 0.1);
    test_block_current(&t);
    for (size_t k = 0; k < V; k++) {
      const double v = t.v[k], inf = kinds[q].inf(v), tau = kinds[q].tau(v) / q10;
      const double m1 = inf + (kinds[q].inf(v - 10.0) - inf) * exp(-0.1 / tau);
      near(t.states[0][k], m1);
      near(t.i[k], 0.001 * m1 * m1 * (v + 80.0));
    }
    test_block_end(&t);
    lg_cable_nmodl_destroy(ctx, own);
    lg_neuroml_destroy(ctx, m);
  }
}

static void refusals_name_line_and_reason(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } refused[] = {
      {"", "test.nml:1: no XML"},
      {"<a/>", "test.nml:1: <neuroml> expected, got <a>"},
      {"<Lems/>", "simulations in LEMS are not supported"},
      {"<neuroml>\n<cell>\n</neuroml>", "test.nml:3: no XML: mismatched tag"},
      {"<!DOCTYPE x [\n<!ENTITY a \"b\">]><neuroml>&a;</neuroml>", "test.nml:2: the document declares an entity"},
      {"<neuroml><iafCell id=\"a\"/></neuroml>", "there is no <cell>"},
      {"<neuroml>\n<include href=\"../../etc/passwd\"/></neuroml>", "test.nml:2: the file includes"},
      {"<neuroml><cell id=\"a\"/></neuroml>", "test.nml:1: the cell has no morphology"},
      {CELL("", DENSITY), "there is no channel \"k\""},
      {CELL(CHANNEL("<gateKS id=\"m\"/>"), DENSITY), "a gate of type \"gateKS\" is not supported"},
      {CELL(CHANNEL("<gateHHrates id=\"m\"><forwardRate type=\"my_rate\"/></gateHHrates>"), DENSITY),
       "a ComponentType of LEMS is not supported"},
      {CELL(CHANNEL("<gateHHrates id=\"m\">" FORWARD "</gateHHrates>"), DENSITY),
       "gate m needs forwardRate and reverseRate"},
      {CELL(CHANNEL(""), "<channelDensity id=\"d\" ionChannel=\"k\" condDensity=\"10 mV\" erev=\"-80mV\" ion=\"k\"/>"),
       "test.nml:2: condDensity=\"10 mV\": a conductance density"},
      {CELL(CHANNEL(""), "<channelDensityNonUniform id=\"d\" ionChannel=\"k\"/>"),
       "<channelDensityNonUniform> is not supported"},
      {CELL(CHANNEL(""), "<specificCapacitance value=\"1 uF_per_cm2\" segmentGroup=\"g\"/>"),
       "there is no segment group \"g\""},
  };
  for (size_t k = 0; k < sizeof refused / sizeof refused[0]; k++) {
    neuroml *m = NULL;
    const lg_status status = lg_neuroml_parse(ctx, "test.nml", refused[k].text, strlen(refused[k].text), &m);
    if (status != LG_ERR_FORMAT) fail_msg("%s: %s", lg_status_name(status), refused[k].text);
    if (!strstr(lg_ctx_message(ctx), refused[k].message))
      fail_msg("'%s', not '%s'", lg_ctx_message(ctx), refused[k].message);
    assert_null(m);
  }
}

static void shapes_that_are_no_trees_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
      "<segment id=\"0\"><parent segment=\"1\"/><distal x=\"1\" y=\"0\" z=\"0\" diameter=\"1\"/></segment>"
      "<segment id=\"1\"><parent segment=\"0\"/><distal x=\"1\" y=\"0\" z=\"0\" diameter=\"1\"/></segment>",
      "<segment id=\"0\"><proximal x=\"0\" y=\"0\" z=\"0\" diameter=\"1\"/><distal x=\"1\" y=\"0\" z=\"0\" "
      "diameter=\"0\"/></segment>",
      "<segment id=\"0\"><proximal x=\"0\" y=\"0\" z=\"0\" diameter=\"1\"/></segment>",
      "<segment id=\"0\"><proximal x=\"0\" y=\"0\" z=\"0\" diameter=\"1\"/><distal x=\"1\" y=\"0\" z=\"0\" "
      "diameter=\"1\"/></segment>"
      "<segment id=\"0\"><parent segment=\"0\"/><distal x=\"1\" y=\"0\" z=\"0\" diameter=\"1\"/></segment>",
  };
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    char text[2000];
    neuroml *m = NULL;
    (void)snprintf(text, sizeof text, "<neuroml><cell id=\"a\"><morphology id=\"m\">%s</morphology></cell></neuroml>",
                   bad[k]);
    assert_int_equal(lg_neuroml_parse(ctx, "t", text, strlen(text), &m), LG_ERR_FORMAT);
    assert_null(m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gates_are_their_formulas),
      cmocka_unit_test(refusals_name_line_and_reason),
      cmocka_unit_test(shapes_that_are_no_trees_are_refused),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
