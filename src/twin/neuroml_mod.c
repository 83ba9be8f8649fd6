/* Channels and pools of NeuroML as NMODL. */
#include "data/json_writer.h"
#include "twin/neuroml_internal.h"

#include <math.h>
#include <string.h>

typedef struct number {
  char text[40];
} number;

/* In parentheses where it is negative, so that no sign meets an operator. */
static number num(double x) {
  number n;
  char plain[32];
  lg_format_double(x, plain);
  (void)snprintf(n.text, sizeof n.text, x < 0.0 ? "(%s)" : "%s", plain);
  return n;
}

static void put_rate(FILE *f, const neuroml_rate *r) {
  const number rate = num(r->rate), midpoint = num(r->midpoint_mV), scale = num(r->scale_mV);
  switch (r->form) {
  case RATE_EXP:
    (void)fprintf(f, "%s*exp((v - %s)/%s)", rate.text, midpoint.text, scale.text);
    break;
  case RATE_SIGMOID:
    (void)fprintf(f, "%s/(1 + exp(-(v - %s)/%s))", rate.text, midpoint.text, scale.text);
    break;
  case RATE_LINEAR:
    (void)fprintf(f, "%s*linoid((v - %s)/%s)", rate.text, midpoint.text, scale.text);
    break;
  case RATE_FIXED:
    (void)fprintf(f, "%s", rate.text);
    break;
  case RATE_NONE:
    break;
  }
}

static void put_q10(FILE *f, const neuroml_q10 *q) {
  if (isnan(q->temperature)) (void)fprintf(f, "%s", num(q->factor).text);
  else (void)fprintf(f, "%s^((celsius - %s)/10)", num(q->factor).text, num(q->temperature).text);
}

static void put_gate_rates(FILE *f, const neuroml_gate *q) {
  const bool rates = q->forward.form != RATE_NONE && q->reverse.form != RATE_NONE;
  if (rates) {
    (void)fprintf(f, "  a = ");
    put_rate(f, &q->forward);
    (void)fprintf(f, "\n  b = ");
    put_rate(f, &q->reverse);
    (void)fprintf(f, "\n");
  }
  (void)fprintf(f, "  qt = 1");
  for (size_t k = 0; k < q->n_q10; k++) {
    (void)fprintf(f, "*");
    put_q10(f, &q->q10[k]);
  }
  (void)fprintf(f, "\n  %s_inf = ", q->name);
  if (q->steady.form != RATE_NONE) put_rate(f, &q->steady);
  else (void)fprintf(f, "a/(a + b)");
  if (!q->instantaneous) {
    (void)fprintf(f, "\n  %s_tau = ", q->name);
    if (q->time_course.form != RATE_NONE) put_rate(f, &q->time_course);
    else (void)fprintf(f, "1/(a + b)");
    (void)fprintf(f, "/qt");
  }
  (void)fprintf(f, "\n");
}

static void put_head(FILE *f, const neuroml *m, const neuroml_mechanism *x) {
  (void)fprintf(f, "TITLE %s of %s, from NeuroML\n", x->name, m->name);
}

/* Names of all gates, with an ending; instantaneous ones too or not. */
static void put_names(FILE *f, const neuroml_mechanism *x, const char *ending, bool instantaneous) {
  for (size_t k = 0; k < x->n_gates; k++)
    if (instantaneous || !x->gates[k].instantaneous) (void)fprintf(f, " %s%s", x->gates[k].name, ending);
}

static bool has_states(const neuroml_mechanism *x) {
  for (size_t k = 0; k < x->n_gates; k++)
    if (!x->gates[k].instantaneous) return true;
  return false;
}

static void put_conductance(FILE *f, const neuroml_mechanism *x) {
  (void)fprintf(f, "  g = gbar");
  if (x->conductance_q10.factor > 0.0) {
    (void)fprintf(f, "*");
    put_q10(f, &x->conductance_q10);
  }
  for (size_t k = 0; k < x->n_gates; k++) {
    const neuroml_gate *q = &x->gates[k];
    (void)fprintf(f, "*%s%s", q->name, q->instantaneous ? "_inf" : "");
    if (q->instances > 1) (void)fprintf(f, "^%u", q->instances);
  }
  (void)fprintf(f, "\n");
}

static void put_channel(FILE *f, const neuroml *m, const neuroml_mechanism *x) {
  const bool ion = x->ion[0] != 0, states = has_states(x);
  put_head(f, m, x);
  (void)fprintf(f, "NEURON {\n  SUFFIX %s\n", x->name);
  if (ion)
    (void)fprintf(f, "  USEION %s%s%s WRITE i%s\n", x->ion, x->nernst ? " READ e" : "", x->nernst ? x->ion : "",
                  x->ion);
  else (void)fprintf(f, "  NONSPECIFIC_CURRENT i\n");
  (void)fprintf(f, "  RANGE gbar, g%s\n}\n", x->nernst ? "" : ", erev");
  (void)fprintf(f, "PARAMETER {\n  gbar = 0 (S/cm2) <0, 1e6>\n");
  if (!x->nernst) (void)fprintf(f, "  erev = 0 (mV) <-1000, 1000>\n");
  (void)fprintf(f, "}\nASSIGNED {\n  v (mV) celsius (degC) g (S/cm2) a b qt");
  if (ion) (void)fprintf(f, " i%s (mA/cm2)", x->ion);
  else (void)fprintf(f, " i (mA/cm2)");
  if (x->nernst) (void)fprintf(f, " e%s (mV)", x->ion);
  put_names(f, x, "_inf", true);
  put_names(f, x, "_tau", false);
  (void)fprintf(f, "\n}\n");
  if (states) {
    (void)fprintf(f, "STATE {");
    put_names(f, x, "", false);
    (void)fprintf(f, " }\nINITIAL {\n  rates()\n");
    for (size_t k = 0; k < x->n_gates; k++)
      if (!x->gates[k].instantaneous) (void)fprintf(f, "  %s = %s_inf\n", x->gates[k].name, x->gates[k].name);
    (void)fprintf(f, "}\n");
  }
  (void)fprintf(f, "BREAKPOINT {\n");
  if (states) (void)fprintf(f, "  SOLVE states METHOD cnexp\n");
  if (x->n_gates > 0) (void)fprintf(f, "  rates()\n");
  put_conductance(f, x);
  (void)fprintf(f, "  i%s = g*(v - %s%s)\n}\n", x->ion, x->nernst ? "e" : "erev", x->nernst ? x->ion : "");
  if (states) {
    (void)fprintf(f, "DERIVATIVE states {\n  rates()\n");
    for (size_t k = 0; k < x->n_gates; k++) {
      const char *q = x->gates[k].name;
      if (!x->gates[k].instantaneous) (void)fprintf(f, "  %s' = (%s_inf - %s)/%s_tau\n", q, q, q, q);
    }
    (void)fprintf(f, "}\n");
  }
  (void)fprintf(f, "PROCEDURE rates() {\n");
  for (size_t k = 0; k < x->n_gates; k++) put_gate_rates(f, &x->gates[k]);
  (void)fprintf(f, "}\nFUNCTION linoid(x) {\n  if (fabs(x) < 1e-5) { linoid = 1 + x/2 + x*x/12 } else { linoid = x/(1 "
                   "- exp(-x)) }\n}\n");
}

/* The shell lies below the membrane of a sphere with the area of the compartment, as LEMS defines it. */
static void put_pool(FILE *f, const neuroml *m, const neuroml_mechanism *x) {
  const char *c = x->ion;
  put_head(f, m, x);
  (void)fprintf(f, "NEURON {\n  SUFFIX %s\n  USEION %s READ i%s, %si WRITE %si\n  RANGE rest, decay%s\n}\n", x->name, c,
                c, c, c, x->kind == NEUROML_POOL_SHELL ? ", shell" : ", rho");
  (void)fprintf(f,
                "UNITS { FARADAY = (faraday) (coulomb) PI = (pi) (1) }\nPARAMETER {\n  rest = %s (mM) <0, 1e4>\n  "
                "decay = %s (ms) <1e-9, 1e9>\n",
                num(x->resting_mM).text, num(x->decay_ms).text);
  if (x->kind == NEUROML_POOL_SHELL) (void)fprintf(f, "  shell = %s (um) <1e-9, 1e4>\n", num(x->shell_um).text);
  else (void)fprintf(f, "  rho = %s\n", num(x->rho).text);
  (void)fprintf(f, "}\nASSIGNED { i%s (mA/cm2) area (um2) drive volume outer inner }\nSTATE { %si (mM) }\n", c, c);
  (void)fprintf(f, "BREAKPOINT { SOLVE states METHOD cnexp }\nDERIVATIVE states {\n");
  if (x->kind == NEUROML_POOL_SHELL)
    (void)fprintf(f,
                  "  outer = sqrt(area/(4*PI))\n  inner = outer - shell\n  if (inner < 0) { inner = 0 }\n"
                  "  volume = 4*PI*(outer^3 - inner^3)/3\n  drive = -(10000)*i%s*area/(2*FARADAY*volume)\n",
                  c);
  else (void)fprintf(f, "  drive = -i%s*rho\n", c);
  (void)fprintf(f, "  %si' = drive - (%si - rest)/decay\n}\n", c, c);
}

void lg_neuroml_write_mechanism(const neuroml *m, size_t k, FILE *f) {
  const neuroml_mechanism *x = &m->mechanisms[k];
  if (x->kind == NEUROML_CHANNEL) put_channel(f, m, x);
  else put_pool(f, m, x);
}
