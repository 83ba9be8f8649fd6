/* loligo drug list|show|import: the table of drugs. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/json_writer.h"
#include "data/provenance.h"
#include "twin/dose.h"
#include "twin/drug_json.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define TABLE_OPTION                                                                                                   \
  { "table", "TABLE.csv", CLI_INPUT, NULL, "Table or library of drugs; the shipped one when not given." }
#define UNIT_OPTION                                                                                                    \
  { "unit", "pM|nM|uM|mM|M", CLI_CHOICE, NULL, "Unit of concentrations whose column names none." }
#define KEEP_OPTION                                                                                                    \
  { "keep-going", NULL, CLI_FLAG, NULL, "Name bad rows on stderr and go on without them." }

static int open_table(cli_run *run, const char *path, lg_drug_table **out, size_t *n_skipped) {
  const lg_drug_read_options options = {.unit = cli_text(run, "unit")};
  return cli_drug_table(run, path, cli_flag(run, "keep-going"), &options, out, n_skipped);
}

/* Whether a text holds a word, in whatever case. */
static bool holds(const char *text, const char *word) {
  const size_t n = strlen(word);
  for (; *text; text++) {
    size_t k = 0;
    while (k < n && text[k] && tolower((unsigned char)text[k]) == tolower((unsigned char)word[k])) k++;
    if (k == n) return true;
  }
  return n == 0;
}

static bool is_wanted(cli_run *run, const lg_drug *d) {
  if (cli_this(run) == &cli_drug_import_command) return true;
  const char *wanted = cli_text(run, "class"), *target = cli_text(run, "target");
  if (wanted && !holds(d->drug_class, wanted)) return false;
  if (!target) return true;
  for (size_t k = 0; k < d->n_effects; k++)
    if (holds(d->effects[k].target, target) || holds(lg_drug_hook_name(d->effects[k].hook), target)) return true;
  return false;
}

/* The row that a list shows: the first that acts by default. */
static const lg_drug_effect *main_effect(const lg_drug *d) {
  for (size_t k = 0; k < d->n_effects; k++)
    if (d->effects[k].chosen) return &d->effects[k];
  return d->n_effects ? &d->effects[0] : NULL;
}

static void print_range(const lg_drug *d, char *buffer, size_t bytes) {
  char low[24], high[24];
  if (isnan(lg_drug_therapeutic_uM(d))) {
    (void)snprintf(buffer, bytes, "-");
    return;
  }
  lg_dose_print(isnan(d->free_low_uM) ? d->free_high_uM : d->free_low_uM, low, sizeof low);
  lg_dose_print(isnan(d->free_high_uM) ? d->free_low_uM : d->free_high_uM, high, sizeof high);
  (void)snprintf(buffer, bytes, "%s - %s", low, high);
}

static void print_K(const lg_drug_effect *e, char *buffer, size_t bytes) {
  char text[24];
  lg_dose_print(isnan(e->K_uM) ? e->above_uM : e->K_uM, text, sizeof text);
  (void)snprintf(buffer, bytes, "%s%s", isnan(e->K_uM) ? "> " : "", e->mode == LG_DRUG_EMPIRICAL ? "-" : text);
}

/* ---- list ------------------------------------------------------------------------------------- */

static int list_json(cli_run *run, const lg_drug_table *table) {
  lg_json w = cli_json_begin("loligo-drugs/1");
  lg_json_key_text(&w, "table", table->path);
  lg_json_key(&w, "drugs");
  lg_json_array(&w);
  for (size_t k = 0; k < table->n; k++) {
    if (!is_wanted(run, &table->drugs[k])) continue;
    lg_json_object(&w);
    lg_drug_json(&table->drugs[k], &w);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
  return CLI_OK;
}

static void list_text(cli_run *run, const lg_drug_table *table) {
  char range[64], K[32];
  (void)printf("%-18s %-8s %-18s %-26s %-10s %-20s %s\n", "drug", "short", "class", "target", "K", "therapeutic, free",
               "expected");
  for (size_t k = 0; k < table->n; k++) {
    const lg_drug *d = &table->drugs[k];
    const lg_drug_effect *e = main_effect(d);
    if (!is_wanted(run, d) || !e) continue;
    print_range(d, range, sizeof range);
    print_K(e, K, sizeof K);
    (void)printf("%-18.40s %-8.20s %-18.18s %-26.26s %-10s %-20s %.60s\n", d->name, d->id, d->drug_class, e->target, K,
                 range, d->expected_verdict);
  }
}

static size_t count_wanted(cli_run *run, const lg_drug_table *table) {
  size_t n = 0;
  for (size_t k = 0; k < table->n; k++) n += is_wanted(run, &table->drugs[k]) ? 1 : 0;
  return n;
}

static int run_list(cli_run *run) {
  lg_drug_table *table = NULL;
  int code = open_table(run, cli_text(run, "table"), &table, NULL);
  if (code != CLI_OK) return code;
  if (cli_json(run)) code = list_json(run, table);
  else if (count_wanted(run, table) > 0) list_text(run, table);
  else {
    cli_say(run, "loligo: none of the %zu drugs is of that class and target", table->n);
    code = CLI_NEGATIVE;
  }
  lg_drug_table_destroy(cli_ctx(run), table);
  return code;
}

/* ---- show ------------------------------------------------------------------------------------- */

static const char *confidence_words(char confidence) {
  switch (confidence) {
  case LG_CONFIDENCE_VERIFIED:
    return "verified";
  case LG_CONFIDENCE_RECALLED:
    return "recalled";
  case LG_CONFIDENCE_APPROXIMATE:
    return "approximate";
  default:
    return "no mark";
  }
}

static void mode_words(const lg_drug_effect *e, char *b, size_t bytes) {
  char K[32], K_rest[32];
  print_K(e, K, sizeof K);
  lg_dose_print(e->K_rest_uM, K_rest, sizeof K_rest);
  const double percent = 100.0 * e->max_effect;
  switch (e->mode) {
  case LG_DRUG_PORE_BLOCK:
    (void)snprintf(b, bytes, "blocks, IC50 %s, Hill %.3g, at most %.3g %%", K, e->hill, percent);
    break;
  case LG_DRUG_ACTIVATION:
    (void)snprintf(b, bytes, "opens, EC50 %s, Hill %.3g, at most + %.3g %%", K, e->hill, percent);
    break;
  case LG_DRUG_STATE_BLOCK:
  case LG_DRUG_SLOW_STATE_BLOCK:
    (void)snprintf(b, bytes, "blocks %s channels, K %s (resting %s), kon %.3g /(uM ms)",
                   e->mode == LG_DRUG_STATE_BLOCK ? "inactivated" : "slowly inactivated", K,
                   isnan(e->K_rest_uM) ? "spared" : K_rest, e->kon_per_uM_per_ms);
    break;
  case LG_DRUG_GATING_SHIFT:
    (void)snprintf(b, bytes, "shifts the gate by %.4g mV %s %s, Hill %.3g", e->shift_mV,
                   e->shift_at_K ? "(as measured) at" : "at saturation, EC50", K, e->hill);
    break;
  case LG_DRUG_VOLTAGE_BLOCK:
    (void)snprintf(b, bytes, "blocks by voltage, IC50 %s at %.3g mV with %.3g mM Mg, z delta %.3g", K, e->at_mV,
                   e->at_Mg_mM, e->z_delta);
    break;
  case LG_DRUG_AGONIST:
    (void)snprintf(b, bytes, "opens, EC50 %s, Hill %.3g", K, e->hill);
    break;
  case LG_DRUG_PAM_GAIN:
    (void)snprintf(b, bytes, "raises an EC20 response by up to %.3g %%, EC50 %s, Hill %.3g", percent, K, e->hill);
    break;
  case LG_DRUG_PAM_AFFINITY:
    (void)snprintf(b, bytes, "divides the EC50 of GABA by up to %.3g, EC50 %s, Hill %.3g", e->max_effect, K, e->hill);
    break;
  case LG_DRUG_COMPETITIVE:
    (void)snprintf(b, bytes, "competes, K %s", K);
    break;
  default:
    (void)snprintf(b, bytes, "known from paired recordings only");
    break;
  }
}

static void show_targets(const lg_drug *d) {
  char words[160];
  (void)printf("\nTargets (* acts by default)\n");
  for (size_t k = 0; k < d->n_effects; k++) {
    const lg_drug_effect *e = &d->effects[k];
    mode_words(e, words, sizeof words);
    (void)printf("  %c %-28s %-12s %s\n", e->chosen ? '*' : ' ', e->target, lg_drug_hook_name(e->hook), words);
    (void)printf("    %s: %s%s%s\n", confidence_words(e->confidence), e->source[0] ? e->source : "no source",
                 e->notes[0] ? "; " : "", e->notes);
  }
}

static bool has_curve(const lg_drug_effect *e) {
  return e->chosen && isfinite(e->K_uM) && e->mode != LG_DRUG_EMPIRICAL && e->mode != LG_DRUG_VOLTAGE_BLOCK;
}

/* Occupancy of the acting targets: at the therapeutic range, or around K where none is known. */
static void show_curve(const lg_drug *d) {
  static const double multiples[] = {0.1, 0.3, 1, 3, 10};
  const double middle = lg_drug_therapeutic_uM(d);
  const lg_drug_effect *first = main_effect(d);
  const double unit = isfinite(middle) ? middle : first ? first->K_uM : (double)NAN;
  char dose[24];
  if (isnan(unit) || !first || !has_curve(first)) return;
  (void)printf("\nShare of the effect at multiples of %s\n  %-30s",
               isfinite(middle) ? "the free therapeutic concentration" : "K", "");
  for (size_t j = 0; j < 5; j++) {
    lg_dose_print(multiples[j] * unit, dose, sizeof dose);
    (void)printf("%10s", dose);
  }
  (void)putchar('\n');
  for (size_t k = 0; k < d->n_effects; k++) {
    const lg_drug_effect *e = &d->effects[k];
    if (!has_curve(e)) continue;
    (void)printf("  %-30s", e->target);
    for (size_t j = 0; j < 5; j++)
      (void)printf("%8.1f %%", 100.0 * lg_drug_occupancy(multiples[j] * unit, e->K_uM, e->hill));
    (void)putchar('\n');
  }
}

static void show_ranges(const lg_drug *d) {
  char range[64];
  const lg_drug_kinetics *k = &d->kinetics;
  print_range(d, range, sizeof range);
  (void)printf("\nTherapeutic plasma range\n");
  if (isnan(lg_drug_therapeutic_uM(d))) (void)printf("  not known\n");
  else if (isnan(d->total_low_uM)) (void)printf("  %s free (%s)\n", range, confidence_words(d->pk_confidence));
  else
    (void)printf("  %.4g - %.4g uM in all, %.3g unbound: %s free (%s)\n", d->total_low_uM, d->total_high_uM,
                 d->fraction_unbound, range, confidence_words(d->pk_confidence));
  if (d->range_source[0]) (void)printf("    %s\n", d->range_source);
  if (isnan(k->half_life_h)) return;
  (void)printf(
      "\nKinetics ('loligo drug pk' draws the course)\n  half-life %.3g h, volume %.3g L, %.3g %% absorbed, peak "
      "after %.3g h, %.5g g/mol\n    %s: %s\n",
      k->half_life_h, k->volume_L, 100.0 * k->bioavailability, k->tmax_h, k->molar_mass_g_per_mol,
      confidence_words(k->confidence), k->source);
}

static void show_text(const lg_drug *d) {
  (void)printf("%s%s%s%s%s%s\n", d->name, d->id[0] ? " (" : "", d->id, d->id[0] ? ")" : "",
               d->drug_class[0] ? ", " : "", d->drug_class);
  if (d->expected_verdict[0]) (void)printf("  expected: %s\n", d->expected_verdict);
  show_targets(d);
  show_curve(d);
  show_ranges(d);
}

static int run_show(cli_run *run) {
  lg_drug_table *table = NULL;
  const lg_drug *d;
  int code = open_table(run, cli_text(run, "table"), &table, NULL);
  if (code == CLI_OK) code = cli_drug_find(run, table, cli_positional(run, 0), &d);
  if (code == CLI_OK && !cli_json(run)) show_text(d);
  else if (code == CLI_OK) {
    lg_json w = cli_json_begin("loligo-drug/1");
    lg_drug_json(d, &w);
    cli_json_end(run, &w);
  }
  lg_drug_table_destroy(cli_ctx(run), table);
  return code;
}

/* ---- import ----------------------------------------------------------------------------------- */

/* What a table holds, for the report of an import. */
typedef struct tally {
  size_t rows, without_target, not_reached, not_default;
} tally;

static tally count_rows(const lg_drug_table *table) {
  tally t = {0};
  for (size_t k = 0; k < table->n; k++)
    for (size_t j = 0; j < table->drugs[k].n_effects; j++) {
      const lg_drug_effect *e = &table->drugs[k].effects[j];
      t.rows++;
      if (e->hook == LG_HOOK_NONE) t.without_target++;
      t.not_reached += isnan(e->K_uM) ? 1 : 0;
      t.not_default += e->chosen ? 0 : 1;
    }
  return t;
}

static const char *form_words(lg_drug_form form) {
  static const char *const words[] = {"table", "long", "sheet", "parameters"};
  return words[form];
}

static int import_json(cli_run *run, const lg_drug_table *table, const tally *t, size_t n_skipped) {
  lg_json w = cli_json_begin("loligo-drug-import/1");
  lg_json_key_text(&w, "form", form_words(table->form));
  lg_json_key_integer(&w, "n_drugs", (int64_t)table->n);
  lg_json_key_integer(&w, "n_rows", (int64_t)t->rows);
  lg_json_key_integer(&w, "n_skipped", (int64_t)n_skipped);
  lg_json_key_integer(&w, "n_without_counterpart", (int64_t)t->without_target);
  lg_json_key_integer(&w, "n_not_reached", (int64_t)t->not_reached);
  lg_json_key_integer(&w, "n_not_default", (int64_t)t->not_default);
  lg_json_key_text(&w, "ignored_columns", table->ignored);
  if (!cli_text(run, "output")) {
    lg_json_key(&w, "drugs");
    lg_json_array(&w);
    for (size_t k = 0; k < table->n; k++) {
      lg_json_object(&w);
      lg_drug_json(&table->drugs[k], &w);
      lg_json_end_object(&w);
    }
    lg_json_end_array(&w);
  }
  cli_json_end(run, &w);
  return CLI_OK;
}

static void import_words(const cli_run *run, const lg_drug_table *table, const tally *t, size_t n_skipped) {
  static const char *const forms[] = {"the columns of Loligo's own table", "one row per compound and channel",
                                      "one row per compound, columns per channel", "one row per parameter"};
  cli_say(run, "loligo: %zu drugs, %zu rows (%s)", table->n, t->rows, forms[table->form]);
  if (table->ignored[0]) cli_say(run, "loligo: columns that were not used: %s", table->ignored);
  if (t->without_target)
    cli_say(run, "loligo: %zu rows concern channels that the neuron models do not have (hERG, IKs, IK1 ...)",
            t->without_target);
  if (t->not_reached) cli_say(run, "loligo: %zu rows give no K, only what it lies above", t->not_reached);
  if (t->not_default)
    cli_say(run, "loligo: in %zu rows another row of the drug acts for the same current", t->not_default);
  if (n_skipped) cli_say(run, "loligo: %zu rows were skipped", n_skipped);
}

static int run_import(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *output = cli_text(run, "output");
  lg_drug_table *table = NULL;
  lg_outfile *file = NULL;
  size_t n_skipped = 0;
  int code = open_table(run, path, &table, &n_skipped);
  if (code != CLI_OK) return code;
  const tally t = count_rows(table);
  lg_status status = output ? lg_outfile_open(ctx, output, &file) : LG_OK;
  if (status == LG_OK && output) {
    lg_provenance_write_comments(cli_provenance(run), lg_outfile_stream(file));
    lg_drug_table_write(lg_outfile_stream(file), table);
    status = lg_outfile_commit(ctx, file);
  }
  if (status != LG_OK) code = cli_report(run, output, status);
  else if (cli_json(run) && !(output && strcmp(output, "-") == 0)) code = import_json(run, table, &t, n_skipped);
  else {
    if (!output) list_text(run, table); /* only a look at what would be imported */
    import_words(run, table, &t, n_skipped);
  }
  lg_drug_table_destroy(ctx, table);
  return code == CLI_OK && n_skipped > 0 ? CLI_PARTIAL : code;
}

/* ---- the commands ------------------------------------------------------------------------------ */

static const cli_option list_options[] = {
    TABLE_OPTION,
    {"class", "WORDS", CLI_TEXT, NULL, "Only drugs whose class holds these words (antiseizure)."},
    {"target", "WORDS", CLI_TEXT, NULL, "Only drugs with a target or conductance that holds these words (Nav1, gM)."},
    UNIT_OPTION,
    KEEP_OPTION,
};

const cli_command cli_drug_list_command = {
    .name = "drug list",
    .arguments = "[--class WORDS] [--target WORDS] [--table TABLE.csv] [--json]",
    .summary = "List drugs: class, main target with its K, free therapeutic range, what is expected of them.",
    .example = "loligo drug list --class antiseizure\n  loligo drug list --target GABA-A --json",
    .options = list_options,
    .n_options = sizeof list_options / sizeof list_options[0],
    .run = run_list,
};

static const cli_option show_options[] = {TABLE_OPTION, UNIT_OPTION, KEEP_OPTION};

const cli_command cli_drug_show_command = {
    .name = "drug show",
    .arguments = "NAME [--table TABLE.csv] [--json]",
    .summary = "Show one drug: every target with its numbers, source and confidence; its effect at therapeutic doses.",
    .example = "loligo drug show carbamazepine\n  loligo drug show TTX --json",
    .options = show_options,
    .n_options = sizeof show_options / sizeof show_options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_show,
};

static const cli_option import_options[] = {
    {"output", "TABLE.csv", CLI_OUTPUT, NULL, "Write the table here; - streams; without it the drugs are only shown."},
    UNIT_OPTION,
    KEEP_OPTION,
};

const cli_command cli_drug_import_command = {
    .name = "drug import",
    .arguments = "FILE [-o TABLE.csv] [--unit nM] [--keep-going] [--json]",
    .summary = "Turn a library or a spreadsheet of IC50 values (AP-Portal, CiPA, your own) into a table of drugs.",
    .example = "loligo drug import screen.csv -o drugs.csv\n  loligo drug import ic50.csv --unit nM --keep-going -o "
               "drugs.csv\n  loligo drug show quinidine --table drugs.csv",
    .options = import_options,
    .n_options = sizeof import_options / sizeof import_options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_import,
};
