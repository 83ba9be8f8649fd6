/* Units of NMODL as far as constants need them: FARADAY = (faraday) (coulomb), R = (k-mole) (joule/degC). */
#include "cable/nmodl_ast.h"
#include "num/special.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { METRE, KILOGRAM, SECOND, COULOMB, KELVIN, MOLE, DIMENSIONS };

typedef struct quantity {
  double factor; /* in metre, kilogram, second, coulomb, kelvin, mole */
  int power[DIMENSIONS];
} quantity;

typedef struct unit_row {
  const char *name;
  double factor;
  signed char power[DIMENSIONS];
} unit_row;

/* Constants of CODATA 2018. "mole" is a number in NEURON's table of units (k-mole is the gas constant), and so here. */
static const unit_row table[] = {
    {"1", 1.0, {0}},
    {"pi", 3.14159265358979323846, {0}},
    {"m", 1.0, {1}},
    {"meter", 1.0, {1}},
    {"metre", 1.0, {1}},
    {"micron", 1e-6, {1}},
    {"angstrom", 1e-10, {1}},
    {"cm", 1e-2, {1}},
    {"g", 1e-3, {0, 1}},
    {"gram", 1e-3, {0, 1}},
    {"s", 1.0, {0, 0, 1}},
    {"sec", 1.0, {0, 0, 1}},
    {"second", 1.0, {0, 0, 1}},
    {"minute", 60.0, {0, 0, 1}},
    {"hour", 3600.0, {0, 0, 1}},
    {"Hz", 1.0, {0, 0, -1}},
    {"hertz", 1.0, {0, 0, -1}},
    {"coul", 1.0, {0, 0, 0, 1}},
    {"coulomb", 1.0, {0, 0, 0, 1}},
    {"C", 1.0, {0, 0, 0, 1}},
    {"e", 1.602176634e-19, {0, 0, 0, 1}},
    {"faraday", 96485.33212331001, {0, 0, 0, 1}},
    {"degC", 1.0, {0, 0, 0, 0, 1}},
    {"K", 1.0, {0, 0, 0, 0, 1}},
    {"kelvin", 1.0, {0, 0, 0, 0, 1}},
    {"degK", 1.0, {0, 0, 0, 0, 1}},
    {"mole", 6.02214076e23, {0}},
    {"mol", 6.02214076e23, {0}},
    {"amp", 1.0, {0, 0, -1, 1}},
    {"ampere", 1.0, {0, 0, -1, 1}},
    {"A", 1.0, {0, 0, -1, 1}},
    {"joule", 1.0, {2, 1, -2}},
    {"J", 1.0, {2, 1, -2}},
    {"cal", 4.184, {2, 1, -2}},
    {"k", 1.380649e-23, {2, 1, -2, 0, -1}},
    {"volt", 1.0, {2, 1, -2, -1}},
    {"V", 1.0, {2, 1, -2, -1}},
    {"ohm", 1.0, {2, 1, -1, -2}},
    {"siemens", 1.0, {-2, -1, 1, 2}},
    {"mho", 1.0, {-2, -1, 1, 2}},
    {"S", 1.0, {-2, -1, 1, 2}},
    {"farad", 1.0, {-2, -1, 2, 2}},
    {"F", 1.0, {-2, -1, 2, 2}},
    {"liter", 1e-3, {3}},
    {"l", 1e-3, {3}},
    {"molar", 6.02214076e26, {-3}},
    {"M", 6.02214076e26, {-3}},
    {"newton", 1.0, {1, 1, -2}},
};

static const struct {
  const char *name;
  double factor;
} prefixes[] = {{"milli", 1e-3}, {"micro", 1e-6}, {"nano", 1e-9}, {"pico", 1e-12}, {"femto", 1e-15},
                {"kilo", 1e3},   {"mega", 1e6},   {"giga", 1e9},  {"centi", 1e-2}, {"deci", 1e-1},
                {"m", 1e-3},     {"u", 1e-6},     {"n", 1e-9},    {"p", 1e-12},    {"f", 1e-15},
                {"k", 1e3},      {"c", 1e-2},     {"d", 1e-1},    {"M", 1e6}};

static bool look_up(const char *word, size_t n, quantity *out) {
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
    if (strlen(table[k].name) != n || strncmp(table[k].name, word, n) != 0) continue;
    out->factor = table[k].factor;
    for (int d = 0; d < DIMENSIONS; d++) out->power[d] = table[k].power[d];
    return true;
  }
  return false;
}

/* A word: itself, without the s of a plural, behind a prefix. */
static bool word_unit(const char *word, size_t n, quantity *out) {
  for (int plural = 0; plural < 2; plural++) {
    const size_t m = n - (size_t)plural;
    if (plural && (n < 4 || word[n - 1] != 's')) break;
    if (look_up(word, m, out)) return true;
    for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0]; k++) {
      const size_t long_ = strlen(prefixes[k].name);
      if (m <= long_ || strncmp(word, prefixes[k].name, long_) != 0) continue;
      if (!look_up(word + long_, m - long_, out)) continue;
      out->factor *= prefixes[k].factor;
      return true;
    }
    if (m == 5 && strncmp(word, "milli", 5) == 0) { /* (milli/liter): a number */
      *out = (quantity){.factor = 1e-3 * 6.02214076e23};
      return true;
    }
  }
  return false;
}

static void times(quantity *a, const quantity *b, int exponent) {
  a->factor *= lg_power(b->factor, exponent);
  for (int d = 0; d < DIMENSIONS; d++) a->power[d] += exponent * b->power[d];
}

static bool parse(const char *text, quantity *out) {
  bool below = false;
  *out = (quantity){.factor = 1.0};
  for (const char *p = text; *p;) {
    if (*p == '/') {
      if (below) return false; /* one stroke only, as in NEURON */
      below = true;
      p++;
    } else if (isspace((unsigned char)*p) || *p == '-' || *p == '*') {
      p++;
    } else if (isdigit((unsigned char)*p) || *p == '.') {
      char *end;
      const double x = strtod(p, &end);
      if (end == p || !(x > 0.0) || !isfinite(x) || (*end == '-' && isdigit((unsigned char)end[1]))) return false;
      out->factor = below ? out->factor / x : out->factor * x;
      p = end;
    } else if (isalpha((unsigned char)*p)) {
      size_t n = 0;
      quantity q;
      while (isalpha((unsigned char)p[n])) n++;
      if (!word_unit(p, n, &q)) return false;
      p += n;
      int exponent = 1;
      if (*p == '^') p++;
      if (isdigit((unsigned char)*p)) exponent = *p++ - '0';
      times(out, &q, below ? -exponent : exponent);
    } else {
      return false;
    }
  }
  return true;
}

bool lg_nmodl_unit_factor(const char *from, const char *to, double *factor) {
  quantity a, b;
  if (!parse(from, &a) || !parse(to, &b)) return false;
  for (int d = 0; d < DIMENSIONS; d++)
    if (a.power[d] != b.power[d]) return false;
  *factor = a.factor / b.factor;
  return isfinite(*factor);
}
