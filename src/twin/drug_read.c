/* Rows of the accepted forms into a table of drugs. */
#include "base/elementary.h"
#include "twin/drug_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { MAX_BYTES = 256 << 20, MAX_NAME = 120 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- ranges ----------------------------------------------------------------------------------- */

const char *lg_drug_effect_fault(const lg_drug_effect *e, bool K_may_miss, char *buffer, size_t bytes) {
  const struct {
    const char *name;
    double x, low, high;
    bool may_miss;
  } ranges[] = {{"K (IC50, EC50), uM", e->K_uM, 1e-9, 1e9, K_may_miss || e->mode == LG_DRUG_EMPIRICAL},
                {"hill", e->hill, 0.05, 20.0, false},
                {"max_effect", e->max_effect, 0.0, 1000.0, false},
                {"K_rest, uM", e->K_rest_uM, 1e-9, 1e9, true},
                {"kon, 1/(uM ms)", e->kon_per_uM_per_ms, 0.0, 1e3, true},
                {"gating shift, mV", e->shift_mV, -100.0, 100.0, false},
                {"z_delta", e->z_delta, 0.0, 3.0, true},
                {"measured_at, mV", e->at_mV, -150.0, 100.0, false},
                {"measured_at_Mg, mM", e->at_Mg_mM, 0.0, 100.0, false},
                {"spread of pK", e->pK_sd, 0.0, 5.0, false}};
  for (size_t k = 0; k < COUNT(ranges); k++) {
    if (isnan(ranges[k].x) && ranges[k].may_miss) continue;
    if (isnan(ranges[k].x)) (void)snprintf(buffer, bytes, "%s is missing", ranges[k].name);
    else if (ranges[k].x >= ranges[k].low && ranges[k].x <= ranges[k].high) continue;
    else
      (void)snprintf(buffer, bytes, "%s is %g, allowed is %g to %g", ranges[k].name, ranges[k].x, ranges[k].low,
                     ranges[k].high);
    return buffer;
  }
  const bool share = e->mode == LG_DRUG_PORE_BLOCK || e->mode == LG_DRUG_STATE_BLOCK ||
                     e->mode == LG_DRUG_SLOW_STATE_BLOCK || e->mode == LG_DRUG_VOLTAGE_BLOCK;
  if (share && e->max_effect > 1.0) {
    (void)snprintf(buffer, bytes, "max_effect of a block is %g, allowed is 0 to 1", e->max_effect);
    return buffer;
  }
  if (e->mode == LG_DRUG_PAM_AFFINITY && e->max_effect < 1.0) {
    (void)snprintf(buffer, bytes, "max_effect of PAM_affinity is %g, the factor on the potency is at least 1",
                   e->max_effect);
    return buffer;
  }
  if (e->mode == LG_DRUG_GATING_SHIFT && e->shift_mV == 0.0) {
    (void)snprintf(buffer, bytes, "a gating shift has no gating_shift_mV");
    return buffer;
  }
  return NULL;
}

bool lg_drug_set_saturation(double saturation, lg_drug_effect *e) {
  if (isnan(saturation)) return true;
  if (!(saturation >= 0.0 && saturation <= 1000.0)) return false;
  if (saturation > 0.0 && saturation <= 1.0) e->max_effect = saturation; /* a share, 1 = full block */
  else if (saturation == 100.0) e->max_effect = 1.0;
  else if (saturation > 100.0) {
    e->mode = LG_DRUG_ACTIVATION;
    e->max_effect = saturation / 100.0 - 1.0;
  } else e->max_effect = 1.0 - saturation / 100.0;
  return true;
}

/* 10^(6 - pK): whole powers are exact. */
static double uM_of_pK(double pK) {
  const double whole = floor(6.0 - pK);
  double power = lg_exp((6.0 - pK - whole) * 2.302585092994045684);
  for (int k = 0, n = (int)fabs(whole); k < n; k++) power = whole > 0.0 ? power * 10.0 : power / 10.0;
  return power;
}

/* ---- one row ---------------------------------------------------------------------------------- */

/* Cells of one row by role. */
typedef struct row {
  const lg_csv_rows *csv;
  const char *text[LG_ROLES];
  double x[LG_ROLES]; /* numbers, concentrations in uM; NAN: empty */
  bool beyond[LG_ROLES];
} row;

static bool is_number(lg_drug_role role) {
  switch (role) {
  case LG_ROLE_K:
  case LG_ROLE_PK:
  case LG_ROLE_HILL:
  case LG_ROLE_MAX:
  case LG_ROLE_SATURATION:
  case LG_ROLE_SPREAD:
  case LG_ROLE_K_REST:
  case LG_ROLE_KON:
  case LG_ROLE_SHIFT:
  case LG_ROLE_ZDELTA:
  case LG_ROLE_AT_MV:
  case LG_ROLE_AT_MG:
  case LG_ROLE_TOTAL_LOW:
  case LG_ROLE_TOTAL_HIGH:
  case LG_ROLE_UNBOUND:
  case LG_ROLE_FREE_LOW:
  case LG_ROLE_FREE_HIGH:
  case LG_ROLE_HALF_LIFE:
  case LG_ROLE_VOLUME:
  case LG_ROLE_BIOAVAILABILITY:
  case LG_ROLE_TMAX:
  case LG_ROLE_MOLAR_MASS:
  case LG_ROLE_VALUE:
    return true;
  default:
    return false;
  }
}

/* x units of `factor` uM, as exact as its decimals: 18.82 nM are 0.01882 uM, which 18.82 * 1e-3 need not be. */
static double in_uM(double x, double factor) { return factor < 1.0 ? x / floor(1.0 / factor + 0.5) : x * factor; }

/* Words on the first cell that is wrong; NULL: none is. The unit of the row comes before that of the column. */
static const char *read_cells(const lg_csv_rows *csv, const lg_drug_columns *columns, row *r, char *buffer,
                              size_t bytes) {
  static const char empty[1] = "";
  *r = (row){.csv = csv};
  for (size_t k = 0; k < LG_ROLES; k++) {
    r->text[k] = empty;
    r->x[k] = (double)NAN;
  }
  for (size_t k = 0; k < columns->n; k++)
    if (!columns->column[k].channel[0] && columns->column[k].role != LG_ROLE_NONE &&
        r->text[columns->column[k].role][0] == '\0')
      r->text[columns->column[k].role] = csv->cells[k];
  const char *unit = r->text[LG_ROLE_UNIT];
  const double row_factor = unit[0] ? lg_drug_unit_factor(unit) : (double)NAN;
  if (unit[0] && isnan(row_factor)) {
    (void)snprintf(buffer, bytes, "the unit '%.40s' is none of pM, nM, uM, mM, M", unit);
    return buffer;
  }
  for (size_t k = 0; k < columns->n; k++) {
    const lg_drug_column *c = &columns->column[k];
    double x;
    if (c->channel[0] || !is_number(c->role)) continue;
    if (!lg_drug_cell_number(csv, csv->cells[k], c->role, &x, &r->beyond[c->role])) {
      (void)snprintf(buffer, bytes, "'%.40s' in column %zu is not a number", csv->cells[k], k + 1);
      return buffer;
    }
    const double factor = isfinite(c->factor) ? c->factor : row_factor;
    if (isnan(x)) continue;
    if (isnan(factor)) return "a concentration has no unit";
    r->x[c->role] = in_uM(x, factor);
  }
  return NULL;
}

static char confidence_of(const char *text) {
  const char c = (char)toupper((unsigned char)text[0]);
  return (c == 'V' || c == 'M' || c == 'A') && text[1] == '\0' ? c : (char)LG_CONFIDENCE_NONE;
}

static bool yes_or_no(const char *text, bool *yes) {
  static const char *const words[] = {"1", "yes", "true", "0", "no", "false"};
  for (size_t k = 0; k < COUNT(words); k++)
    if (strcmp(text, words[k]) == 0) {
      *yes = k < 3;
      return true;
    }
  return false;
}

static void set_target(lg_drug_effect *e, const char *target) {
  (void)snprintf(e->target, sizeof e->target, "%.47s", target);
  lg_one_line(e->target);
}

/* An agonist of GABA has its own row for synaptic and for extrasynaptic receptors. */
static void split_gaba(lg_drug_effect *e) {
  if (e->hook != LG_HOOK_GABA || e->mode != LG_DRUG_AGONIST) return;
  char name[96];
  lg_drug_squeeze(e->target, name, sizeof name);
  if (strstr(name, "extrasynaptic") || strstr(name, "tonic") || strstr(name, "delta")) e->hook = LG_HOOK_GABA_TONIC;
  else if (strstr(name, "synaptic") || strstr(name, "phasic")) e->hook = LG_HOOK_GABA_PHASIC;
}

static const char *read_kind(const row *r, lg_drug_effect *e, char *buffer, size_t bytes) {
  const char *target = r->text[LG_ROLE_TARGET], *hook = r->text[LG_ROLE_HOOK];
  set_target(e, target);
  if (!lg_drug_mode_of(r->text[LG_ROLE_MODE], &e->mode)) {
    (void)snprintf(buffer, bytes, "the mode '%.40s' is unknown", r->text[LG_ROLE_MODE]);
    return buffer;
  }
  const bool by_expression = hook[0] && lg_drug_hook_of(hook, &e->hook);
  if (!by_expression && !lg_drug_hook_of_target(target, &e->hook)) {
    (void)snprintf(buffer, bytes,
                   "the channel '%.40s' is unknown; known are names like Nav1.6, INaL, Kv7.2, hERG, ICaL, HCN, GABA-A, "
                   "NMDA, and 'none'",
                   target);
    return buffer;
  }
  split_gaba(e);
  return NULL;
}

/* "shift measured AT 250 uM, not saturation": hand-made tables say so in their notes. */
static bool is_shift_at_K(const row *r) {
  const char *at = r->text[LG_ROLE_SHIFT_AT];
  if (at[0]) return at[0] == 'K' || at[0] == 'k';
  return strstr(r->text[LG_ROLE_NOTES], "measured AT ") != NULL;
}

static const char *read_numbers(const row *r, lg_drug_effect *e, char *buffer, size_t bytes) {
  const double *x = r->x;
  if (isfinite(x[LG_ROLE_PK])) {
    if (!(x[LG_ROLE_PK] >= -3.0 && x[LG_ROLE_PK] <= 15.0)) {
      (void)snprintf(buffer, bytes, "pIC50 is %g, allowed is -3 to 15 (6 is 1 uM)", x[LG_ROLE_PK]);
      return buffer;
    }
    e->K_uM = uM_of_pK(x[LG_ROLE_PK]);
    if (isfinite(x[LG_ROLE_K]) && fabs(lg_ln(x[LG_ROLE_K] / e->K_uM)) > 0.12) {
      (void)snprintf(buffer, bytes, "IC50 is %g uM, but pIC50 %g is %g uM", x[LG_ROLE_K], x[LG_ROLE_PK], e->K_uM);
      return buffer;
    }
  }
  if (isfinite(x[LG_ROLE_K])) e->K_uM = x[LG_ROLE_K];
  if (r->beyond[LG_ROLE_K] || r->beyond[LG_ROLE_PK]) {
    e->above_uM = e->K_uM;
    e->K_uM = (double)NAN;
  }
  if (isfinite(x[LG_ROLE_HILL])) e->hill = x[LG_ROLE_HILL];
  if (isfinite(x[LG_ROLE_MAX])) e->max_effect = x[LG_ROLE_MAX];
  else if (!lg_drug_set_saturation(x[LG_ROLE_SATURATION], e)) {
    (void)snprintf(buffer, bytes, "saturation is %g, allowed is 0 to 1000 %%", x[LG_ROLE_SATURATION]);
    return buffer;
  }
  if (isfinite(x[LG_ROLE_SPREAD])) e->pK_sd = x[LG_ROLE_SPREAD];
  e->K_rest_uM = x[LG_ROLE_K_REST];
  e->kon_per_uM_per_ms = x[LG_ROLE_KON];
  if (isfinite(x[LG_ROLE_SHIFT])) e->shift_mV = x[LG_ROLE_SHIFT];
  e->shift_at_K = e->mode == LG_DRUG_GATING_SHIFT && is_shift_at_K(r);
  e->z_delta = x[LG_ROLE_ZDELTA];
  if (isfinite(x[LG_ROLE_AT_MV])) e->at_mV = x[LG_ROLE_AT_MV];
  if (isfinite(x[LG_ROLE_AT_MG])) e->at_Mg_mM = 1e-3 * x[LG_ROLE_AT_MG];
  e->confidence = confidence_of(r->text[LG_ROLE_CONFIDENCE]);
  return NULL;
}

/* Numbers of the drug itself; a later row may add what an earlier one leaves open, not contradict it. */
static const char *merge_number(double x, double *have, const char *what, char *buffer, size_t bytes) {
  if (isnan(x)) return NULL;
  if (!(x >= 0.0)) {
    (void)snprintf(buffer, bytes, "%s is %g, it must be positive", what, x);
    return buffer;
  }
  if (isfinite(*have) && fabs(x - *have) > 1e-6 * fabs(*have)) {
    (void)snprintf(buffer, bytes, "%s is %g here and %g in an earlier row of this drug", what, x, *have);
    return buffer;
  }
  *have = x;
  return NULL;
}

static const char *check_free(const lg_drug *d, char *buffer, size_t bytes) {
  const double fu = d->fraction_unbound;
  if (isfinite(fu) && !(fu > 0.0 && fu <= 1.0)) {
    (void)snprintf(buffer, bytes, "fraction_unbound is %g, allowed is 0 to 1", fu);
    return buffer;
  }
  if (d->free_low_uM > d->free_high_uM || d->total_low_uM > d->total_high_uM)
    return "the low end of a therapeutic range is above its high end";
  const double total[] = {d->total_low_uM, d->total_high_uM}, free_uM[] = {d->free_low_uM, d->free_high_uM};
  for (size_t k = 0; k < 2; k++)
    if (isfinite(fu) && isfinite(total[k]) && isfinite(free_uM[k]) &&
        fabs(free_uM[k] - fu * total[k]) > 0.1 * fu * total[k]) {
      (void)snprintf(buffer, bytes, "free %g uM is not total %g uM x fraction unbound %g; check the units", free_uM[k],
                     total[k], fu);
      return buffer;
    }
  return NULL;
}

static const char *read_range(const row *r, lg_drug *d, char *buffer, size_t bytes) {
  lg_drug merged = *d;
  const struct {
    lg_drug_role role;
    double *have;
    const char *what;
  } numbers[] = {{LG_ROLE_TOTAL_LOW, &merged.total_low_uM, "plasma_total_low"},
                 {LG_ROLE_TOTAL_HIGH, &merged.total_high_uM, "plasma_total_high"},
                 {LG_ROLE_UNBOUND, &merged.fraction_unbound, "fraction_unbound"},
                 {LG_ROLE_FREE_LOW, &merged.free_low_uM, "free_low"},
                 {LG_ROLE_FREE_HIGH, &merged.free_high_uM, "free_high"},
                 {LG_ROLE_HALF_LIFE, &merged.kinetics.half_life_h, "half_life_h"},
                 {LG_ROLE_VOLUME, &merged.kinetics.volume_L, "volume_L"},
                 {LG_ROLE_BIOAVAILABILITY, &merged.kinetics.bioavailability, "bioavailability"},
                 {LG_ROLE_TMAX, &merged.kinetics.tmax_h, "tmax_h"},
                 {LG_ROLE_MOLAR_MASS, &merged.kinetics.molar_mass_g_per_mol, "molar_mass"}};
  for (size_t k = 0; k < COUNT(numbers); k++) {
    const char *fault = merge_number(r->x[numbers[k].role], numbers[k].have, numbers[k].what, buffer, bytes);
    if (fault) return fault;
  }
  if (merged.kinetics.bioavailability > 1.0) return "bioavailability is a share, 0 to 1";
  if (isnan(merged.free_low_uM)) merged.free_low_uM = merged.total_low_uM * merged.fraction_unbound;
  if (isnan(merged.free_high_uM)) merged.free_high_uM = merged.total_high_uM * merged.fraction_unbound;
  const char *fault = check_free(&merged, buffer, bytes);
  if (!fault) *d = merged;
  return fault;
}

/* ---- a row into the table ---------------------------------------------------------------------- */

static lg_status keep_first(lg_drug_builder *b, const char *text, char **have) {
  return (*have)[0] || text[0] == '\0' ? LG_OK : lg_drug_keep(b, text, have);
}

/* The drug of a row, with what the row says of it; *index SIZE_MAX: the row is bad and was listed. */
static lg_status read_drug(lg_drug_builder *b, const row *r, size_t *index) {
  lg_status status = LG_OK;
  char buffer[200];
  const char *name = r->text[LG_ROLE_NAME], *id = r->text[LG_ROLE_ID];
  *index = SIZE_MAX;
  if (!name[0] && !id[0]) return lg_drug_bad_row(b, r->csv->line, "the name of the drug is missing");
  if (strlen(name) > MAX_NAME || strlen(id) > MAX_NAME)
    return lg_drug_bad_row(b, r->csv->line, "the name of the drug is longer than %d bytes", MAX_NAME);
  const size_t before = b->table->n;
  size_t found;
  LG_TRY(lg_drug_builder_drug(b, name, id, r->csv->line, &found));
  lg_drug *d = &b->table->drugs[found];
  if (found >= before) d->line = 0; /* until a row of it is good */
  if (d->line > 0 && id[0] && name[0] && strcmp(d->name, name) != 0)
    return lg_drug_bad_row(b, r->csv->line, "the id %.40s is '%.40s' here and '%.40s' in line %zu", id, name, d->name,
                           d->line);
  const char *fault = read_range(r, d, buffer, sizeof buffer);
  if (fault) return lg_drug_bad_row(b, r->csv->line, "%.40s: %s", d->name, fault);
  LG_TRY(keep_first(b, r->text[LG_ROLE_CLASS], &d->drug_class));
  LG_TRY(keep_first(b, r->text[LG_ROLE_VERDICT], &d->expected_verdict));
  LG_TRY(keep_first(b, r->text[LG_ROLE_RANGE_SOURCE], &d->range_source));
  LG_TRY(keep_first(b, r->text[LG_ROLE_KINETICS_SOURCE], &d->kinetics.source));
  if (d->pk_confidence == LG_CONFIDENCE_NONE) d->pk_confidence = confidence_of(r->text[LG_ROLE_PK_CONFIDENCE]);
  if (d->kinetics.confidence == LG_CONFIDENCE_NONE)
    d->kinetics.confidence = confidence_of(r->text[LG_ROLE_KINETICS_CONFIDENCE]);
  if (d->line == 0) d->line = r->csv->line;
  *index = found;
done:
  return status;
}

static lg_status add_effect(lg_drug_builder *b, const row *r, size_t index, lg_drug_effect *e) {
  lg_status status = LG_OK;
  LG_TRY(lg_drug_keep(b, r->text[LG_ROLE_SOURCE], &e->source));
  LG_TRY(lg_drug_keep(b, r->text[LG_ROLE_NOTES], &e->notes));
  e->line = r->csv->line;
  LG_TRY(lg_drug_builder_effect(b, index, e));
done:
  return status;
}

static lg_status effect_row(lg_drug_builder *b, const row *r) {
  lg_status status = LG_OK;
  char buffer[200];
  lg_drug_effect e = lg_drug_effect_blank();
  size_t index;
  const char *fault = read_kind(r, &e, buffer, sizeof buffer);
  if (!fault) fault = read_numbers(r, &e, buffer, sizeof buffer);
  /* "not reached" is an answer; nothing at all is none */
  const bool beyond = r->beyond[LG_ROLE_K] || r->beyond[LG_ROLE_PK];
  if (!fault) fault = lg_drug_effect_fault(&e, beyond, buffer, sizeof buffer);
  const char *flag = r->text[LG_ROLE_DEFAULT];
  if (!fault && flag[0] && !yes_or_no(flag, &e.chosen)) fault = "the column default holds neither 0 nor 1";
  if (fault) {
    const char *name = r->text[LG_ROLE_NAME][0] ? r->text[LG_ROLE_NAME] : r->text[LG_ROLE_ID];
    return lg_drug_bad_row(b, r->csv->line, "%.40s, %.30s: %s", name, r->text[LG_ROLE_TARGET], fault);
  }
  LG_TRY(read_drug(b, r, &index));
  if (index == SIZE_MAX) return LG_OK;
  if (flag[0]) b->n_chosen[index]++;
  LG_TRY(add_effect(b, r, index, &e));
done:
  return status;
}

/* ---- one row per compound ---------------------------------------------------------------------- */

/* What the columns of one channel say: words on what is wrong, NULL when all is well; *present: there is an IC50. */
static const char *read_channel(const row *r, const lg_drug_columns *columns, size_t channel, lg_drug_effect *e,
                                bool *present, char *buffer, size_t bytes) {
  row own = *r;
  for (size_t k = 0; k < LG_ROLES; k++)
    if (k == LG_ROLE_K || k == LG_ROLE_PK || k == LG_ROLE_HILL || k == LG_ROLE_SATURATION || k == LG_ROLE_SPREAD)
      own.x[k] = (double)NAN;
  const char *unit = r->text[LG_ROLE_UNIT];
  for (size_t k = 0; k < columns->n; k++) {
    const lg_drug_column *c = &columns->column[k];
    double x;
    if (!c->channel[0] || c->channel_index != channel) continue;
    if (!lg_drug_cell_number(r->csv, r->csv->cells[k], c->role, &x, &own.beyond[c->role])) {
      (void)snprintf(buffer, bytes, "'%.40s' in column %zu (%s) is not a number", r->csv->cells[k], k + 1, c->channel);
      return buffer;
    }
    if (isnan(x)) continue;
    own.x[c->role] = in_uM(x, isfinite(c->factor) ? c->factor : lg_drug_unit_factor(unit));
    set_target(e, c->channel);
    LG_IGNORE(lg_drug_hook_of_target(c->channel, &e->hook) ? LG_OK : LG_ERR_INTERNAL);
  }
  *present = isfinite(own.x[LG_ROLE_K]) || isfinite(own.x[LG_ROLE_PK]);
  if (!*present) return NULL;
  const char *fault = read_numbers(&own, e, buffer, bytes);
  if (fault) return fault;
  return lg_drug_effect_fault(e, own.beyond[LG_ROLE_K] || own.beyond[LG_ROLE_PK], buffer, bytes);
}

static lg_status sheet_row(lg_drug_builder *b, const row *r, const lg_drug_columns *columns) {
  lg_status status = LG_OK;
  char buffer[200];
  size_t index;
  const char *name = r->text[LG_ROLE_NAME][0] ? r->text[LG_ROLE_NAME] : r->text[LG_ROLE_ID];
  for (size_t channel = 0; channel < columns->n_channels; channel++) { /* all right, or the row does not count */
    lg_drug_effect e = lg_drug_effect_blank();
    bool present;
    const char *fault = read_channel(r, columns, channel, &e, &present, buffer, sizeof buffer);
    if (fault) return lg_drug_bad_row(b, r->csv->line, "%.40s, %s: %s", name, e.target, fault);
  }
  LG_TRY(read_drug(b, r, &index));
  if (index == SIZE_MAX) return LG_OK;
  if (b->table->drugs[index].line != r->csv->line)
    return lg_drug_bad_row(b, r->csv->line, "%.40s stands in line %zu already", name, b->table->drugs[index].line);
  for (size_t channel = 0; channel < columns->n_channels; channel++) {
    lg_drug_effect e = lg_drug_effect_blank();
    bool present;
    LG_IGNORE(read_channel(r, columns, channel, &e, &present, buffer, sizeof buffer) ? LG_ERR_INTERNAL : LG_OK);
    if (present) LG_TRY(add_effect(b, r, index, &e));
  }
done:
  return status;
}

/* ---- drug, parameter, value --------------------------------------------------------------------- */

/* "ICaL_IC50", "hERG_h": one number of an effect. IC50 comes first, Hill changes it. */
static lg_status parameter_row(lg_drug_builder *b, const row *r, double factor) {
  lg_status status = LG_OK;
  char channel[48], buffer[200];
  const char *parameter = r->text[LG_ROLE_PARAMETER], *cut = strrchr(parameter, '_');
  const size_t n = cut ? (size_t)(cut - parameter) : 0;
  const bool is_ic50 = cut && strcmp(cut, "_IC50") == 0, is_pic50 = cut && strcmp(cut, "_pIC50") == 0;
  const bool is_hill = cut && (strcmp(cut, "_h") == 0 || strcmp(cut, "_hill") == 0 || strcmp(cut, "_Hill") == 0);
  lg_drug_hook hook;
  size_t index;
  if (n == 0 || n >= sizeof channel || !(is_ic50 || is_pic50 || is_hill))
    return lg_drug_bad_row(b, r->csv->line, "the parameter '%.40s' is not like ICaL_IC50, ICaL_pIC50 or ICaL_h",
                           parameter);
  memcpy(channel, parameter, n);
  channel[n] = '\0';
  if (!lg_drug_hook_of_target(channel, &hook))
    return lg_drug_bad_row(b, r->csv->line, "the channel '%s' is unknown", channel);
  LG_TRY(read_drug(b, r, &index));
  const double x = r->x[LG_ROLE_VALUE];
  if (index == SIZE_MAX || isnan(x)) return LG_OK;
  if (is_pic50 && !(x >= -3.0 && x <= 15.0))
    return lg_drug_bad_row(b, r->csv->line, "pIC50 is %g, allowed is -3 to 15 (6 is 1 uM)", x);
  lg_drug *d = &b->table->drugs[index];
  lg_drug_effect *known = NULL;
  for (size_t k = 0; k < d->n_effects; k++)
    if (strcmp(d->effects[k].target, channel) == 0) known = &d->effects[k];
  lg_drug_effect e = known ? *known : lg_drug_effect_blank();
  set_target(&e, channel);
  e.hook = hook;
  if (is_ic50) e.K_uM = in_uM(x, factor);
  else if (is_pic50) e.K_uM = uM_of_pK(x);
  else e.hill = x;
  const char *fault = lg_drug_effect_fault(&e, true, buffer, sizeof buffer); /* the IC50 may come later */
  if (fault) return lg_drug_bad_row(b, r->csv->line, "%.40s, %s: %s", d->name, parameter, fault);
  if (known) *known = e;
  else LG_TRY(add_effect(b, r, index, &e));
done:
  return status;
}

/* ---- the file --------------------------------------------------------------------------------- */

static lg_status data_row(lg_drug_builder *b, const lg_csv_rows *csv, const lg_drug_columns *columns, double factor) {
  row r;
  char buffer[200];
  if (csv->error) return lg_drug_bad_row(b, csv->line, "%s", csv->error);
  if (csv->n_cells != columns->n)
    return lg_drug_bad_row(b, csv->line, "%zu cells, but %zu columns are named", csv->n_cells, columns->n);
  const char *fault = read_cells(csv, columns, &r, buffer, sizeof buffer);
  if (fault) return lg_drug_bad_row(b, csv->line, "%s", fault);
  if (columns->form == LG_DRUG_FORM_SHEET) return sheet_row(b, &r, columns);
  if (columns->form == LG_DRUG_FORM_PARAMETERS) {
    const double own = lg_drug_unit_factor(r.text[LG_ROLE_UNIT]);
    return parameter_row(b, &r, isfinite(own) ? own : factor);
  }
  return effect_row(b, &r);
}

lg_status lg_drug_table_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                              const lg_drug_read_options *options, lg_drug_problems *skipped, lg_drug_table **out) {
  lg_status status = LG_OK;
  lg_drug_builder b = {0};
  lg_csv_rows rows = {0};
  lg_drug_columns columns = {0};
  *out = NULL;
  double factor = (double)NAN;
  if (options && options->unit) {
    factor = lg_drug_unit_factor(options->unit);
    if (isnan(factor))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "the unit '%s' is none of pM, nM, uM, mM, M", options->unit);
  }
  if (n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: a workbook (.xlsx, .ods) or another archive; save its sheet as CSV",
                   name);
  LG_TRY(lg_drug_builder_begin(ctx, name, skipped, &b));
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, &rows));
  LG_TRY(lg_drug_columns_read(&b, &rows, factor, &columns));
  b.table->form = columns.form;
  while (lg_csv_rows_next(&rows)) {
    b.table->n_rows++;
    LG_TRY(data_row(&b, &rows, &columns, factor));
  }
  if (b.table->n_rows == 0) status = lg_fail(ctx, LG_ERR_FORMAT, "%s: there are column names but no rows", name);
  if (status == LG_OK && !b.table->ignored) b.table->ignored = lg_strdup(ctx, "");
  if (status == LG_OK && !b.table->ignored) status = LG_ERR_MEMORY;
done:
  lg_csv_rows_clear(ctx, &rows);
  lg_free(ctx, columns.column);
  return lg_drug_builder_end(&b, status, out);
}

lg_status lg_drug_table_read_with(lg_ctx *ctx, const char *path, const lg_drug_read_options *options,
                                  lg_drug_problems *skipped, lg_drug_table **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, MAX_BYTES, &bytes, &n);
  if (status == LG_OK) status = lg_drug_table_parse(ctx, path, bytes, n, options, skipped, out);
  lg_free(ctx, bytes);
  return status;
}

lg_status lg_drug_table_read(lg_ctx *ctx, const char *path, lg_drug_problems *skipped, lg_drug_table **out) {
  return lg_drug_table_read_with(ctx, path, NULL, skipped, out);
}
