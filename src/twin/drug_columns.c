/* Names of columns: what each holds, in which unit, and which of the accepted forms the file has. */
#include "io/csv_number.h"
#include "twin/drug_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { MAX_WORDS = 16, MAX_WORD = 32, MERGED = 160 };

double lg_drug_unit_factor(const char *unit) {
  static const struct {
    const char *name;
    double uM;
  } units[] = {{"pM", 1e-6},       {"nM", 1e-3},
               {"uM", 1.0},        {"µM", 1.0},
               {"μM", 1.0},        {"mM", 1e3},
               {"M", 1e6},         {"um", 1.0},
               {"nm", 1e-3},       {"mm", 1e3},
               {"UM", 1.0},        {"\xb5M", 1.0},
               {"\xb5mol/L", 1.0}, /* Latin-1, as spreadsheets of Windows write it */ {"NM", 1e-3},
               {"umol/L", 1.0},    {"nmol/L", 1e-3},
               {"µmol/L", 1.0},    {"μmol/L", 1.0},
               {"mmol/L", 1e3},    {"umol/l", 1.0},
               {"nmol/l", 1e-3},   {"pm", 1e-6}};
  for (size_t k = 0; k < COUNT(units); k++)
    if (strcmp(units[k].name, unit) == 0) return units[k].uM;
  return (double)NAN;
}

bool lg_drug_cell_number(const lg_csv_rows *rows, const char *cell, lg_drug_role role, double *x, bool *beyond) {
  static const char *const missing[] = {"",  "NA", "N/A", "n/a", "na",   "nan",  "NaN",
                                        "-", "–",  "nd",  "ND",  "none", "None", "?"};
  char local[64];
  *x = (double)NAN;
  *beyond = false;
  for (size_t k = 0; k < COUNT(missing); k++)
    if (strcmp(cell, missing[k]) == 0) return true;
  /* an IC50 above, a pIC50 below: not reached */
  const char sign = role == LG_ROLE_K ? '>' : role == LG_ROLE_PK ? '<' : '\0';
  if (sign != '\0' && *cell == sign) {
    *beyond = true;
    cell += 1 + (cell[1] == '=');
    while (*cell == ' ') cell++;
  }
  const size_t n = strlen(cell);
  if (n >= sizeof local) return false;
  memcpy(local, cell, n + 1);
  /* tables of other countries: ';' between cells and ',' in numbers */
  char *comma = strchr(local, ',');
  if (comma && rows->separator != ',' && !strchr(local, '.') && !strchr(comma + 1, ',')) *comma = '.';
  return lg_csv_number(local, x) && isfinite(*x);
}

/* ---- words of a column's name ------------------------------------------------------------------ */

typedef struct words {
  size_t n;
  char word[MAX_WORDS][MAX_WORD]; /* as written */
} words;

/* Cut at everything but letters, digits, '.', '/', '%' and bytes above 127 (µ). */
static words split(const char *name) {
  words w = {0};
  size_t length = 0;
  for (const unsigned char *p = (const unsigned char *)name;; p++) {
    const bool part = *p >= 128 || isalnum(*p) || *p == '.' || *p == '/' || *p == '%';
    if (part && w.n < MAX_WORDS && length + 1 < MAX_WORD) w.word[w.n][length++] = (char)*p;
    if (!part && length > 0) {
      w.word[w.n++][length] = '\0';
      length = 0;
    }
    if (*p == '\0' || w.n == MAX_WORDS) break;
  }
  return w;
}

static bool same(const char *a, const char *b) {
  for (; *a && *b; a++, b++)
    if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
  return *a == *b;
}

/* Unit at the end of a name; it is taken off. NAN: there is none. A bare m is metres in nobody's table of drugs, but
 * "IC50 M" is molar: upper case only. */
static double take_unit(words *w) {
  if (w->n < 2) return (double)NAN;
  const double factor = lg_drug_unit_factor(w->word[w->n - 1]);
  if (isfinite(factor)) w->n--;
  return factor;
}

static void join(const words *w, char *out, size_t bytes) {
  size_t n = 0;
  for (size_t k = 0; k < w->n; k++)
    for (const char *p = w->word[k]; *p && n + 1 < bytes; p++) out[n++] = (char)tolower((unsigned char)*p);
  out[n] = '\0';
}

/* ---- one row per effect ------------------------------------------------------------------------ */

static const struct known {
  const char *name; /* words joined in lower case, unit taken off */
  lg_drug_role role;
  bool concentration;
} known[] = {{"drug", LG_ROLE_NAME, false},
             {"name", LG_ROLE_NAME, false},
             {"compound", LG_ROLE_NAME, false},
             {"compoundname", LG_ROLE_NAME, false},
             {"drugname", LG_ROLE_NAME, false},
             {"molecule", LG_ROLE_NAME, false},
             {"id", LG_ROLE_ID, false},
             {"compoundid", LG_ROLE_ID, false},
             {"class", LG_ROLE_CLASS, false},
             {"drugclass", LG_ROLE_CLASS, false},
             {"target", LG_ROLE_TARGET, false},
             {"channel", LG_ROLE_TARGET, false},
             {"gene", LG_ROLE_TARGET, false},
             {"ionchannel", LG_ROLE_TARGET, false},
             {"current", LG_ROLE_TARGET, false},
             {"modelhook", LG_ROLE_HOOK, false},
             {"hook", LG_ROLE_HOOK, false},
             {"mode", LG_ROLE_MODE, false},
             {"koric50", LG_ROLE_K, true},
             {"ic50", LG_ROLE_K, true},
             {"ec50", LG_ROLE_K, true},
             {"kd", LG_ROLE_K, true},
             {"ki", LG_ROLE_K, true},
             {"k", LG_ROLE_K, true},
             {"pic50", LG_ROLE_PK, false},
             {"pec50", LG_ROLE_PK, false},
             {"pk", LG_ROLE_PK, false},
             {"pki", LG_ROLE_PK, false},
             {"hill", LG_ROLE_HILL, false},
             {"h", LG_ROLE_HILL, false},
             {"nh", LG_ROLE_HILL, false},
             {"hillcoefficient", LG_ROLE_HILL, false},
             {"hillslope", LG_ROLE_HILL, false},
             {"maxeffect", LG_ROLE_MAX, false},
             {"saturation", LG_ROLE_SATURATION, false},
             {"saturation%", LG_ROLE_SATURATION, false},
             {"saturationlevel", LG_ROLE_SATURATION, false},
             {"spread", LG_ROLE_SPREAD, false},
             {"pic50spread", LG_ROLE_SPREAD, false},
             {"pksd", LG_ROLE_SPREAD, false},
             {"krest", LG_ROLE_K_REST, true},
             {"konperumperms", LG_ROLE_KON, false},
             {"gatingshiftmvatsat", LG_ROLE_SHIFT, false},
             {"gatingshiftmv", LG_ROLE_SHIFT, false},
             {"shiftmv", LG_ROLE_SHIFT, false},
             {"shiftat", LG_ROLE_SHIFT_AT, false},
             {"zdelta", LG_ROLE_ZDELTA, false},
             {"measuredatmv", LG_ROLE_AT_MV, false},
             {"measuredatmg", LG_ROLE_AT_MG, true},
             {"plasmatotallow", LG_ROLE_TOTAL_LOW, true},
             {"plasmatotalhigh", LG_ROLE_TOTAL_HIGH, true},
             {"fractionunbound", LG_ROLE_UNBOUND, false},
             {"freelow", LG_ROLE_FREE_LOW, true},
             {"freehigh", LG_ROLE_FREE_HIGH, true},
             {"cmax", LG_ROLE_FREE_HIGH, true},
             {"freecmax", LG_ROLE_FREE_HIGH, true},
             {"cmaxfree", LG_ROLE_FREE_HIGH, true},
             {"eftpc", LG_ROLE_FREE_HIGH, true},
             {"eftpclow", LG_ROLE_FREE_LOW, true},
             {"eftpchigh", LG_ROLE_FREE_HIGH, true},
             {"pdconfidence", LG_ROLE_CONFIDENCE, false},
             {"confidence", LG_ROLE_CONFIDENCE, false},
             {"pkconfidence", LG_ROLE_PK_CONFIDENCE, false},
             {"expectedverdict", LG_ROLE_VERDICT, false},
             {"source", LG_ROLE_SOURCE, false},
             {"reference", LG_ROLE_SOURCE, false},
             {"notes", LG_ROLE_NOTES, false},
             {"default", LG_ROLE_DEFAULT, false},
             {"rangesource", LG_ROLE_RANGE_SOURCE, false},
             {"halflifeh", LG_ROLE_HALF_LIFE, false},
             {"volumel", LG_ROLE_VOLUME, false},
             {"bioavailability", LG_ROLE_BIOAVAILABILITY, false},
             {"tmaxh", LG_ROLE_TMAX, false},
             {"molarmassgpermol", LG_ROLE_MOLAR_MASS, false},
             {"kineticsconfidence", LG_ROLE_KINETICS_CONFIDENCE, false},
             {"kineticssource", LG_ROLE_KINETICS_SOURCE, false},
             {"unit", LG_ROLE_UNIT, false},
             {"units", LG_ROLE_UNIT, false},
             {"param", LG_ROLE_PARAMETER, false},
             {"parameter", LG_ROLE_PARAMETER, false},
             {"value", LG_ROLE_VALUE, false}};

static const struct known *known_column(const char *name, double *factor) {
  char joined[96];
  words w = split(name);
  for (int pass = 0; pass < 2; pass++) { /* "kon_per_uM_per_ms" and "measured_at_mV" as they are, then without unit */
    *factor = pass ? take_unit(&w) : (double)NAN;
    if (pass && isnan(*factor)) return NULL;
    join(&w, joined, sizeof joined);
    for (size_t k = 0; k < COUNT(known); k++)
      if (strcmp(known[k].name, joined) == 0) return &known[k];
  }
  return NULL;
}

/* ---- one row per compound ---------------------------------------------------------------------- */

static bool quantity_of(const char *word, lg_drug_role *role) {
  static const struct {
    const char *word;
    lg_drug_role role;
  } quantities[] = {{"pic50", LG_ROLE_PK},       {"pec50", LG_ROLE_PK},     {"ic50", LG_ROLE_K},
                    {"ec50", LG_ROLE_K},         {"hill", LG_ROLE_HILL},    {"h", LG_ROLE_HILL},
                    {"nh", LG_ROLE_HILL},        {"n", LG_ROLE_HILL},       {"saturation", LG_ROLE_SATURATION},
                    {"sat", LG_ROLE_SATURATION}, {"spread", LG_ROLE_SPREAD}};
  for (size_t k = 0; k < COUNT(quantities); k++)
    if (same(quantities[k].word, word)) {
      *role = quantities[k].role;
      return true;
    }
  return false;
}

static bool is_filler(const char *word) {
  static const char *const fillers[] = {"coefficient", "coeff",  "slope", "level",  "%",
                                        "log",         "effect", "value", "percent"};
  for (size_t k = 0; k < COUNT(fillers); k++)
    if (same(fillers[k], word)) return true;
  return false;
}

/* "hERG pIC50", "IC50_hERG_uM", "Nav1.5-late Hill": a quantity and a channel that is known; the rest has no words. */
static bool channel_column(const char *name, lg_drug_column *out) {
  words w = split(name), channel = {0};
  lg_drug_hook hook;
  bool found = false, spread = false;
  out->factor = take_unit(&w);
  for (size_t k = 0; k < w.n; k++) {
    lg_drug_role role;
    if (quantity_of(w.word[k], &role)) {
      spread = spread || role == LG_ROLE_SPREAD; /* "pIC50 spread" is a spread, "Hill spread" is not of pIC50 */
      if (found && role != LG_ROLE_SPREAD) continue;
      if (found && out->role == LG_ROLE_HILL) return false;
      out->role = role;
      found = true;
    } else if (!is_filler(w.word[k])) {
      memcpy(channel.word[channel.n++], w.word[k], MAX_WORD);
    }
  }
  if (!found || channel.n == 0) return false;
  size_t n = 0;
  for (size_t k = 0; k < channel.n; k++)
    for (const char *p = channel.word[k]; *p && n + 2 < sizeof out->channel; p++) {
      if (k > 0 && p == channel.word[k]) out->channel[n++] = ' ';
      out->channel[n++] = *p;
    }
  out->channel[n] = '\0';
  return lg_drug_hook_of_target(out->channel, &hook);
}

/* ---- the whole row ----------------------------------------------------------------------------- */

static bool is_concentration(lg_drug_role role) {
  for (size_t k = 0; k < COUNT(known); k++)
    if (known[k].role == role) return known[k].concentration;
  return false;
}

static lg_status unit_of(lg_drug_builder *b, size_t line, const char *name, double default_factor, bool has_unit_column,
                         lg_drug_column *c) {
  if (!is_concentration(c->role)) {
    c->factor = 1.0;
    return LG_OK;
  }
  if (isfinite(c->factor)) return LG_OK;
  c->factor = default_factor;
  if (isfinite(c->factor) || has_unit_column) return LG_OK;
  return lg_fail(b->ctx, LG_ERR_FORMAT,
                 "%s:%zu: the column '%s' has no unit; name it %s_uM or %s_nM, add a column 'units', or give the unit "
                 "(--unit nM)",
                 b->name, line, name, name, name);
}

static lg_status note_ignored(lg_drug_builder *b, const char *name) {
  char *old = b->table->ignored;
  const size_t had = old ? strlen(old) : 0, n = strlen(name);
  if (had > 2000 || n > 200) return LG_OK;
  char *grown = lg_realloc(b->ctx, old, had ? had + 1 : 0, had + n + 3, 1);
  if (!grown) return LG_ERR_MEMORY;
  (void)snprintf(grown + had, n + 3, "%s%s", had ? ", " : "", name);
  b->table->ignored = grown;
  lg_one_line(grown);
  return LG_OK;
}

static size_t channel_number(const lg_drug_columns *c, size_t upto) {
  for (size_t k = 0; k < upto; k++)
    if (c->column[k].channel[0] && same(c->column[k].channel, c->column[upto].channel))
      return c->column[k].channel_index;
  return c->n_channels;
}

/* A row of channels above a row of quantities ("hERG,,,INa,," over "pIC50,Hill,Saturation,pIC50,…"). */
static bool is_two_rows(char *const *above, size_t n_above, char *const *below, size_t n_below) {
  lg_drug_role role;
  lg_drug_hook hook;
  size_t channels = 0, quantities = 0;
  double factor;
  for (size_t k = 0; k < n_above; k++) {
    lg_drug_column c = {0};
    if (above[k][0] == '\0') continue;
    if (channel_column(above[k], &c)) return false;
    if (!known_column(above[k], &factor) && lg_drug_hook_of_target(above[k], &hook)) channels++;
  }
  for (size_t k = 0; k < n_below; k++) {
    const words w = split(below[k]);
    quantities += w.n > 0 && quantity_of(w.word[0], &role);
  }
  return channels > 0 && quantities >= channels;
}

/* Names out of two rows: a channel holds for the columns up to the next one. */
static size_t merge_rows(char **names, size_t n_above, char *const *below, size_t n_below, char *text) {
  static const char empty[1] = "";
  const size_t n = n_below > n_above ? n_below : n_above;
  const char *channel = empty;
  for (size_t k = 0; k < n; k++) {
    const char *up = k < n_above ? names[k] : empty, *down = k < n_below ? below[k] : empty;
    if (up[0]) channel = up;
    lg_drug_role role;
    const words w = split(down);
    if (w.n > 0 && quantity_of(w.word[0], &role)) (void)snprintf(text, MERGED, "%.70s %.70s", channel, down);
    else (void)snprintf(text, MERGED, "%.150s", down[0] ? down : up);
    names[k] = text;
    text += MERGED;
  }
  return n;
}

static lg_status check_form(lg_drug_builder *b, size_t line, const lg_drug_columns *c, const size_t *count) {
  static const char needed[] = "expected are drug,target,mode,K_or_IC50_uM,… (as data/drugs.csv), "
                               "id,name,channel,IC50_uM or pIC50,hill,… or one row per compound with columns like "
                               "'hERG pIC50' or 'INa IC50 (nM)'";
  if (!count[LG_ROLE_NAME] && !count[LG_ROLE_ID])
    return lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: no column holds the name of the drug; %s", b->name, line, needed);
  if (c->form == LG_DRUG_FORM_SHEET || c->form == LG_DRUG_FORM_PARAMETERS) return LG_OK;
  if (!count[LG_ROLE_TARGET])
    return lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: no column holds the channel; %s", b->name, line, needed);
  if (!count[LG_ROLE_K] && !count[LG_ROLE_PK])
    return lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: no column holds IC50, pIC50 or K; %s", b->name, line, needed);
  return LG_OK;
}

static lg_status read_names(lg_drug_builder *b, double default_factor, size_t line, char *const *names,
                            lg_drug_columns *out) {
  lg_status status = LG_OK;
  size_t count[LG_ROLES] = {0}, n_channel_columns = 0;
  bool has_unit_column = false;
  for (size_t k = 0; k < out->n; k++) {
    double factor;
    const struct known *what = known_column(names[k], &factor);
    has_unit_column = has_unit_column || (what && what->role == LG_ROLE_UNIT);
  }
  for (size_t k = 0; k < out->n; k++) {
    lg_drug_column *c = &out->column[k];
    const struct known *what = known_column(names[k], &c->factor);
    if (what) c->role = what->role;
    else if (channel_column(names[k], c)) n_channel_columns++;
    else {
      *c = (lg_drug_column){.factor = 1.0};
      if (names[k][0]) LG_TRY(note_ignored(b, names[k]));
      continue;
    }
    LG_TRY(unit_of(b, line, names[k], default_factor, has_unit_column, c));
    if (c->channel[0]) {
      c->channel_index = channel_number(out, k);
      if (c->channel_index == out->n_channels) out->n_channels++;
      for (size_t j = 0; j < k; j++)
        if (out->column[j].channel[0] && out->column[j].channel_index == c->channel_index &&
            out->column[j].role == c->role) {
          status = lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: the columns '%s' and '%s' hold the same", b->name, line,
                           names[j], names[k]);
          goto done;
        }
    } else if (count[c->role]++ > 0 && (c->role == LG_ROLE_NAME || c->role == LG_ROLE_K || c->role == LG_ROLE_TARGET)) {
      status = lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: the column '%s' stands twice, or another says the same", b->name,
                       line, names[k]);
      goto done;
    }
  }
  if (n_channel_columns > 0) out->form = LG_DRUG_FORM_SHEET;
  else if (count[LG_ROLE_PARAMETER] && count[LG_ROLE_VALUE]) out->form = LG_DRUG_FORM_PARAMETERS;
  else out->form = count[LG_ROLE_MODE] || count[LG_ROLE_HOOK] ? LG_DRUG_FORM_TABLE : LG_DRUG_FORM_LONG;
  if (out->form == LG_DRUG_FORM_PARAMETERS && isnan(default_factor) && !has_unit_column) {
    status = lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: values have no unit; give it (--unit nM)", b->name, line);
    goto done;
  }
  LG_TRY(check_form(b, line, out, count));
done:
  return status;
}

/* Whether the first row may be the upper of two: it names channels without saying what of them. */
static bool names_channels(char *const *names, size_t n) {
  lg_drug_hook hook;
  double factor;
  for (size_t k = 0; k < n; k++)
    if (names[k][0] && !known_column(names[k], &factor) && lg_drug_hook_of_target(names[k], &hook)) return true;
  return false;
}

lg_status lg_drug_columns_read(lg_drug_builder *b, lg_csv_rows *rows, double default_factor, lg_drug_columns *out) {
  lg_status status = LG_OK;
  char **names = NULL, *merged = NULL;
  *out = (lg_drug_columns){0};
  if (!lg_csv_rows_next(rows)) return lg_fail(b->ctx, LG_ERR_FORMAT, "%s: the file is empty", b->name);
  if (rows->error) return lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: %s", b->name, rows->line, rows->error);
  const size_t line = rows->line;
  LG_NEW(b->ctx, names, LG_CSV_MAX_CELLS);
  out->n = rows->n_cells;
  memcpy(names, rows->cells, out->n * sizeof *names);
  if (names_channels(names, out->n) && lg_csv_rows_next(rows)) {
    rows->again = rows->error || !is_two_rows(names, out->n, rows->cells, rows->n_cells);
    if (!rows->again) {
      LG_NEW(b->ctx, merged, (size_t)LG_CSV_MAX_CELLS * MERGED);
      out->n = merge_rows(names, out->n, rows->cells, rows->n_cells, merged);
    }
  }
  LG_NEW(b->ctx, out->column, out->n);
  LG_TRY(read_names(b, default_factor, line, names, out));
done:
  lg_free(b->ctx, names);
  lg_free(b->ctx, merged);
  if (status != LG_OK) {
    lg_free(b->ctx, out->column);
    out->column = NULL;
  }
  return status;
}
