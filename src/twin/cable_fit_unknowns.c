/* Which values of a model are fitted, in which ranges. */
#include "twin/cable_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *lg_cable_fit_word(cable_fit_verdict verdict) {
  static const char *const words[] = {"identified", "at bound", "not identifiable"};
  return words[verdict];
}

static bool is_leak_reversal(const cable_named *it) {
  const char *dot = strrchr(it->name, '.');
  return it->p.sort == CABLE_FIELD && it->p.mechanism->sort != CABLE_POINT && strcmp(it->unit, "mV") == 0 && dot &&
         (strcmp(dot, ".e") == 0 || strcmp(dot, ".el") == 0);
}

/* What is fitted when nobody says. */
static bool is_usual(const cable_named *it) {
  if (it->p.sort == CABLE_CAPACITANCE || it->p.sort == CABLE_AXIAL) return true;
  return (it->conductance && it->value > 0.0) || is_leak_reversal(it);
}

static bool is_passive(const cable_named *it) {
  const char *dot = strrchr(it->name, '.');
  if (it->p.sort == CABLE_CAPACITANCE || it->p.sort == CABLE_AXIAL || is_leak_reversal(it)) return true;
  if (it->p.sort != CABLE_FIELD || !it->conductance) return false;
  return it->p.mechanism->constant_leak || (dot && strcmp(dot, ".gl") == 0) ||
         strcmp(it->p.mechanism->name, "ih") == 0 || strcmp(it->p.mechanism->name, "Ih") == 0;
}

static void default_range(const cable_named *it, cable_fit_unknown *u) {
  u->logarithmic = it->conductance || it->p.sort == CABLE_CAPACITANCE || it->p.sort == CABLE_AXIAL ||
                   (it->low >= 0.0 && it->value > 0.0 && strcmp(it->unit, "mV") != 0);
  if (!u->logarithmic) {
    const double reach = strcmp(it->unit, "mV") == 0 ? 25.0 : fmax(fabs(it->value), 1.0);
    u->low = it->value - reach;
    u->high = it->value + reach;
  } else {
    const double factor = it->p.sort == CABLE_CAPACITANCE ? 4.0 : it->p.sort == CABLE_AXIAL ? 5.0 : 30.0;
    u->low = it->value / factor;
    u->high = it->value * factor;
  }
  u->low = fmax(u->low, it->low);
  u->high = fmin(u->high, it->high);
}

static lg_status add(lg_ctx *ctx, const cable_named *it, const double *range, cable_fit_unknown *list, size_t *n) {
  const bool may_tie = it->p.sort == CABLE_CAPACITANCE || it->p.sort == CABLE_AXIAL || is_leak_reversal(it);
  const char *dot = strrchr(it->name, '.');
  for (size_t k = 0; may_tie && k < *n; k++) {
    cable_fit_unknown *u = &list[k];
    if (u->tied[0].sort != it->p.sort || u->start != it->value || u->n_tied == CABLE_FIT_TIED) continue;
    if (it->p.sort == CABLE_FIELD && u->tied[0].field != it->p.field) continue;
    if (it->p.sort == CABLE_FIELD && u->tied[0].mechanism != it->p.mechanism) continue;
    u->tied[u->n_tied++] = it->p;
    (void)snprintf(u->name, sizeof u->name, "%s", dot ? dot + 1 : it->name);
    if (it->p.sort == CABLE_FIELD) (void)snprintf(u->name, sizeof u->name, "%.40s%.40s", it->p.mechanism->name, dot);
    return LG_OK;
  }
  cable_fit_unknown *u = &list[*n];
  memset(u, 0, sizeof *u);
  (void)snprintf(u->name, sizeof u->name, "%s", it->name);
  u->unit = it->unit;
  u->n_tied = 1;
  u->tied[0] = it->p;
  u->start = it->value;
  u->passive = is_passive(it);
  default_range(it, u);
  if (range) {
    u->low = range[0];
    u->high = range[1];
    if (u->low <= 0.0) u->logarithmic = false;
    if (!(u->low >= it->low && u->high <= it->high))
      return lg_fail(ctx, LG_ERR_RANGE, "%s: the range %g … %g leaves what is allowed, %g … %g %s", u->name, u->low,
                     u->high, it->low, it->high, it->unit);
  }
  if (!(u->low < u->high))
    return lg_fail(ctx, LG_ERR_RANGE, "%s: no range (the value is %g); say NAME=LOW:HIGH", u->name, it->value);
  u->start = fmin(fmax(u->start, u->low), u->high);
  (*n)++;
  return LG_OK;
}

/* "NAME" or "NAME=LOW:HIGH" of `length` bytes. */
static lg_status read_pattern(lg_ctx *ctx, const char *text, size_t length, char name[128], double range[2],
                              bool *has_range) {
  char word[256];
  if (length == 0 || length >= sizeof word) return lg_fail(ctx, LG_ERR_ARGUMENT, "an empty or endless pattern");
  memcpy(word, text, length);
  word[length] = '\0';
  char *equals = strchr(word, '=');
  *has_range = equals != NULL;
  if (equals) {
    char *end;
    *equals = '\0';
    range[0] = strtod(equals + 1, &end);
    if (*end == ':') range[1] = strtod(end + 1, &end);
    if (*end != '\0' || !(range[0] < range[1]))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: a range LOW:HIGH expected after =", word);
  }
  (void)snprintf(name, 128, "%.127s", word);
  return LG_OK;
}

lg_status lg_cable_fit_unknowns(lg_ctx *ctx, const cable_model *model, const char *patterns, bool bridge,
                                cable_fit_unknown **out, size_t *n) {
  lg_status status = LG_OK;
  cable_named *all = NULL;
  cable_fit_unknown *list = NULL;
  bool *taken = NULL;
  size_t n_all = 0;
  *out = NULL;
  *n = 0;
  LG_TRY(lg_cable_parameters(ctx, model, &all, &n_all));
  LG_NEW(ctx, list, n_all + 1);
  LG_NEW(ctx, taken, n_all + 1);
  for (size_t k = 0; !patterns && k < n_all; k++)
    if (is_usual(&all[k])) LG_TRY(add(ctx, &all[k], NULL, list, n));
  for (const char *at = patterns; at && *at;) {
    const size_t length = strcspn(at, ",");
    char name[128];
    double range[2] = {0.0, 0.0};
    bool has_range, any = false;
    LG_TRY(read_pattern(ctx, at, length, name, range, &has_range));
    for (size_t k = 0; k < n_all; k++) {
      if (!lg_cable_matches(name, all[k].name)) continue;
      any = true;
      if (!taken[k]) LG_TRY(add(ctx, &all[k], has_range ? range : NULL, list, n));
      taken[k] = true;
    }
    if (!any) {
      status = lg_fail(ctx, LG_ERR_NOT_FOUND, "no parameter is named %s; there are %s, %s, ...", name,
                       n_all > 0 ? all[0].name : "none", n_all > 1 ? all[1].name : "none");
      goto done;
    }
    at += length + (at[length] == ',');
  }
  if (bridge) {
    cable_fit_unknown *u = &list[(*n)++];
    memset(u, 0, sizeof *u);
    (void)snprintf(u->name, sizeof u->name, "bridge");
    u->unit = "MOhm";
    u->passive = true;
    u->low = -50.0;
    u->high = 100.0;
  }
  if (*n == 0 || *n > LG_LM_MOST) {
    status = lg_fail(ctx, LG_ERR_RANGE, "%zu unknowns; allowed are 1 … %d", *n, (int)LG_LM_MOST);
    goto done;
  }
  *out = list;
  list = NULL;
done:
  lg_free(ctx, list);
  lg_free(ctx, taken);
  lg_free(ctx, all);
  return status;
}
