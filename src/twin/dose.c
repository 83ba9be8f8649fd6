/* Doses as people write them; see dose.h. */
#include "twin/dose.h"

#include "base/elementary.h"
#include "io/csv_number.h"

#include <math.h>
#include <string.h>

enum { MAX_TEXT = 2000 };

/* A number and its unit; factor NAN: none was written. */
typedef struct quantity {
  double x, factor;
} quantity;

typedef struct item {
  quantity low, high; /* the same for a single value */
  size_t count;
  bool linear;
} item;

static lg_status refuse(lg_ctx *ctx, const char *text, const char *why) {
  return lg_fail(ctx, LG_ERR_ARGUMENT, "dose '%.60s' %s; write 10nM, 1uM,10uM, 0.1:100uM:10log or 2x", text, why);
}

static double unit_factor(const char *unit, const lg_drug *drug, bool *multiple) {
  static const struct {
    const char *name;
    double uM;
  } units[] = {{"pM", 1e-6}, {"nM", 1e-3}, {"uM", 1.0}, {"µM", 1.0}, {"μM", 1.0}, {"mM", 1e3}, {"M", 1e6}};
  *multiple = strcmp(unit, "x") == 0;
  if (*multiple) return drug ? lg_drug_therapeutic_uM(drug) : (double)NAN;
  for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
    if (strcmp(units[k].name, unit) == 0) return units[k].uM;
  return (double)NAN;
}

static lg_status read_quantity(lg_ctx *ctx, const char *text, const lg_drug *drug, quantity *q) {
  char number[64];
  size_t n = strspn(text, "0123456789+-.eE");
  bool multiple;
  while (text[n] == ' ') n++;
  size_t digits = n;
  while (digits > 0 && text[digits - 1] == ' ') digits--;
  if (digits == 0 || digits >= sizeof number) return refuse(ctx, text, "is not a number with a unit");
  memcpy(number, text, digits);
  number[digits] = '\0';
  if (!lg_csv_number(number, &q->x) || !isfinite(q->x)) return refuse(ctx, text, "is not a number with a unit");
  if (q->x < 0.0) return refuse(ctx, text, "is negative");
  q->factor = (double)NAN;
  if (text[n] == '\0') return LG_OK;
  q->factor = unit_factor(text + n, drug, &multiple);
  if (isfinite(q->factor)) return LG_OK;
  if (multiple && drug)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "dose '%s': the free therapeutic concentration of %s is not known; give a concentration (10uM)",
                   text, drug->name);
  if (multiple) return refuse(ctx, text, "counts in therapeutic concentrations, which need a single known drug");
  return refuse(ctx, text, "has an unknown unit (pM, nM, uM, mM, M, or x for multiples of the therapeutic one)");
}

static lg_status read_count(lg_ctx *ctx, const char *whole, const char *text, item *it) {
  size_t count = 0, k = 0;
  for (; text[k] >= '0' && text[k] <= '9' && k < 6; k++) count = 10 * count + (size_t)(text[k] - '0');
  it->linear = strcmp(text + k, "lin") == 0;
  if (k == 0 || !(it->linear || text[k] == '\0' || strcmp(text + k, "log") == 0))
    return refuse(ctx, whole, "must say how many: 8log or 8lin");
  if (count < 2 || count > LG_DOSES_MAX) return refuse(ctx, whole, "must count 2 to 1000 doses");
  it->count = count;
  return LG_OK;
}

static lg_status read_item(lg_ctx *ctx, char *text, const lg_drug *drug, item *it) {
  lg_status status = LG_OK;
  char whole[64];
  (void)snprintf(whole, sizeof whole, "%.60s", text);
  char *second = strchr(text, ':'), *third = second ? strchr(second + 1, ':') : NULL;
  *it = (item){.count = 1};
  if (second && !third) return refuse(ctx, whole, "must say how many: LOW:HIGH:8log");
  if (second) *second++ = *third++ = '\0';
  LG_TRY(read_quantity(ctx, text, drug, &it->low));
  it->high = it->low;
  if (!second) return LG_OK;
  LG_TRY(read_quantity(ctx, second, drug, &it->high));
  LG_TRY(read_count(ctx, whole, third, it));
  if (isnan(it->low.factor)) it->low.factor = it->high.factor;
  if (!it->linear && !(it->low.x > 0.0)) return refuse(ctx, whole, "begins at 0, which has no logarithm; use lin");
done:
  return status;
}

static size_t cut(char *text, char *items[LG_DOSES_MAX]) {
  size_t n = 0;
  for (char *p = text; p && n < LG_DOSES_MAX; n++) {
    char *comma = strchr(p, ',');
    if (comma) *comma = '\0';
    while (*p == ' ') p++;
    for (size_t k = strlen(p); k > 0 && p[k - 1] == ' '; k--) p[k - 1] = '\0';
    items[n] = p;
    p = comma ? comma + 1 : NULL;
  }
  return n;
}

static double dose_at(const item *it, size_t k) {
  const double low = it->low.x * it->low.factor, high = it->high.x * it->high.factor;
  const double share = it->count > 1 ? (double)k / (double)(it->count - 1) : 0.0;
  if (k == 0) return low;
  if (k + 1 == it->count) return high; /* the ends as they were written */
  return it->linear ? low + share * (high - low) : low * lg_exp(share * lg_ln(high / low));
}

static lg_status expand(lg_ctx *ctx, const char *text, const item *it, double *uM, size_t *n) {
  const double low = it->low.x * it->low.factor, high = it->high.x * it->high.factor;
  if (it->count > 1 && !(high > low)) return refuse(ctx, text, "does not go upwards");
  if (high > 1e9) return refuse(ctx, text, "is above 1000 M");
  if (*n + it->count > LG_DOSES_MAX) return refuse(ctx, text, "makes more than 1000 doses");
  for (size_t k = 0; k < it->count; k++) uM[(*n)++] = dose_at(it, k);
  return LG_OK;
}

lg_status lg_doses_parse(lg_ctx *ctx, const char *text, const lg_drug *drug, double **uM, size_t *n) {
  lg_status status = LG_OK;
  char *copy = NULL, **pieces = NULL;
  item *items = NULL;
  double *out = NULL, factor = (double)NAN;
  *uM = NULL;
  *n = 0;
  if (strlen(text) > MAX_TEXT) return refuse(ctx, text, "is longer than 2000 bytes");
  copy = lg_strdup(ctx, text);
  if (!copy) return LG_ERR_MEMORY;
  LG_NEW(ctx, pieces, LG_DOSES_MAX);
  LG_NEW(ctx, items, LG_DOSES_MAX);
  LG_NEW(ctx, out, LG_DOSES_MAX);
  const size_t n_items = cut(copy, pieces);
  for (size_t k = 0; k < n_items; k++) LG_TRY(read_item(ctx, pieces[k], drug, &items[k]));
  for (size_t k = n_items; k-- > 0;) {
    item *it = &items[k];
    if (isnan(it->high.factor)) {
      const double have = isfinite(factor) ? factor : it->high.x == 0.0 ? 1.0 : (double)NAN;
      if (isnan(have)) LG_TRY(refuse(ctx, text, "has no unit"));
      it->low.factor = it->high.factor = have;
    }
    factor = it->high.factor;
  }
  for (size_t k = 0; k < n_items; k++) LG_TRY(expand(ctx, text, &items[k], out, n));
  *uM = out;
  out = NULL;
done:
  lg_free(ctx, copy);
  lg_free(ctx, pieces);
  lg_free(ctx, items);
  lg_free(ctx, out);
  return status;
}

void lg_dose_print(double uM, char *buffer, size_t bytes) {
  static const struct {
    const char *name;
    double uM;
  } units[] = {{"M", 1e6}, {"mM", 1e3}, {"uM", 1.0}, {"nM", 1e-3}, {"pM", 1e-6}};
  size_t k = 0;
  if (uM > 1e7) { /* nothing dissolves like that */
    (void)snprintf(buffer, bytes, "> 10 M");
    return;
  }
  while (k < 4 && uM < units[k].uM * 0.9995) k++;
  if (uM == 0.0) k = 2;
  (void)snprintf(buffer, bytes, "%.3g %s", uM / units[k].uM, units[k].name);
}
