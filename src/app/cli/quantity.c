/* Numbers with units on the command line: "25us", "150pA". A wrong dimension is an error. */
#include "app/cli/cli.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct unit {
  cli_kind kind;
  const char *name;
  double factor; /* to the documented unit of the kind; of CLI_SECONDS: to ms */
} unit;

static const unit units[] = {
    {CLI_TIME, "ms", 1},
    {CLI_TIME, "s", 1e3},
    {CLI_TIME, "us", 1e-3},
    {CLI_TIME, "µs", 1e-3},
    {CLI_TIME, "ns", 1e-6},
    {CLI_TIME, "min", 6e4},
    {CLI_CURRENT, "pA", 1},
    {CLI_CURRENT, "nA", 1e3},
    {CLI_CURRENT, "uA", 1e6},
    {CLI_CURRENT, "µA", 1e6},
    {CLI_CURRENT, "A", 1e12},
    {CLI_VOLTAGE, "mV", 1},
    {CLI_VOLTAGE, "V", 1e3},
    {CLI_VOLTAGE, "uV", 1e-3},
    {CLI_VOLTAGE, "µV", 1e-3},
    {CLI_FREQUENCY, "Hz", 1},
    {CLI_FREQUENCY, "kHz", 1e3},
    {CLI_CONCENTRATION, "uM", 1},
    {CLI_CONCENTRATION, "µM", 1},
    {CLI_CONCENTRATION, "nM", 1e-3},
    {CLI_CONCENTRATION, "pM", 1e-6},
    {CLI_CONCENTRATION, "mM", 1e3},
    {CLI_CONCENTRATION, "M", 1e6},
};

static const char *kind_name(cli_kind kind) {
  switch (kind) {
  case CLI_TIME:
  case CLI_SECONDS:
    return "a time (ms, s, us)";
  case CLI_CURRENT:
    return "a current (pA, nA)";
  case CLI_VOLTAGE:
    return "a potential (mV, V)";
  case CLI_FREQUENCY:
    return "a frequency (Hz, kHz)";
  case CLI_CONCENTRATION:
    return "a concentration (uM, nM, mM)";
  case CLI_COUNT:
    return "a whole number";
  default:
    return "a number without unit";
  }
}

static bool refuse(char *reason, size_t bytes, const char *text, const char *why, cli_kind kind) {
  (void)snprintf(reason, bytes, "'%s' %s; expected %s", text, why, kind_name(kind));
  return false;
}

bool cli_parse_quantity(const char *text, cli_kind kind, double *value, char *reason, size_t reason_bytes) {
  char *end = NULL;
  const double x = strtod(text, &end);
  if (end == text || isnan(x)) return refuse(reason, reason_bytes, text, "is not a number", kind);
  while (isspace((unsigned char)*end)) end++;
  if (*end == '\0') {
    *value = x;
    return true;
  }
  for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
    if (strcmp(units[k].name, end) != 0) continue;
    if (units[k].kind != (kind == CLI_SECONDS ? CLI_TIME : kind))
      return refuse(reason, reason_bytes, text, "has the wrong dimension", kind);
    *value = x * units[k].factor;
    if (kind == CLI_SECONDS) *value *= 1e-3;
    return true;
  }
  return refuse(reason, reason_bytes, text, "has an unknown unit", kind);
}
