#define _XOPEN_SOURCE 700
/* loligo drug fit DATA.csv, loligo validate drug-fit DATA.csv FITS.csv: Hill curves through raw block. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/json_writer.h"
#include "data/provenance.h"
#include "io/csv_rows.h"
#include "twin/block_data.h"
#include "twin/dose.h"
#include "twin/figure_hill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fits {
  lg_block_data *data;
  lg_hill_result *result; /* (data->n) */
  size_t n_skipped;
} fits;

static const char *note_of(const lg_hill_result *r) {
  if (r->n < 3 || r->n_concentrations < 2) return "too few values";
  if (!r->reached) return "no block";
  if (r->at_bound) return "Hill at its bound";
  return r->extrapolated ? "extrapolated" : "";
}

static void free_fits(cli_run *run, fits *f) {
  lg_block_data_destroy(cli_ctx(run), f->data);
  lg_free(cli_ctx(run), f->result);
}

static lg_hill_options read_options(cli_run *run) {
  lg_hill_options o = LG_HILL_OPTIONS_INIT;
  o.robust = cli_flag(run, "robust");
  o.n_bootstrap = cli_count(run, "bootstrap");
  return o;
}

/* Read and fit; an exit code, reported. */
static int make_fits(cli_run *run, const char *path, const lg_hill_options *options, fits *f) {
  lg_ctx *ctx = cli_ctx(run);
  lg_drug_problems problems = {0};
  *f = (fits){0};
  if (options->n_bootstrap == 1 || options->n_bootstrap > 100000)
    return cli_usage(run, "--bootstrap must be 0 or 2 to 100000");
  lg_status status = cli_provenance(run) ? LG_OK : LG_ERR_MEMORY;
  if (status == LG_OK)
    status =
        lg_block_data_read(ctx, path, cli_text(run, "unit"), cli_flag(run, "keep-going") ? &problems : NULL, &f->data);
  if (status == LG_OK) {
    for (size_t k = 0; k < problems.n && k < 20; k++)
      cli_say(run, "loligo: %s:%zu: skipped: %s", path, problems.problems[k].line, problems.problems[k].message);
    f->n_skipped = problems.n;
    status = lg_provenance_add_input(ctx, cli_provenance(run), "block", path);
  }
  lg_free(ctx, problems.problems);
  if (status == LG_OK) {
    f->result = lg_alloc(ctx, f->data->n, sizeof *f->result);
    status = f->result ? lg_block_data_fit(ctx, f->data, options, cli_seed(run), f->result) : LG_ERR_MEMORY;
  }
  if (status == LG_OK) return CLI_OK;
  free_fits(run, f);
  *f = (fits){0};
  return cli_report(run, path, status);
}

/* ---- output ------------------------------------------------------------------------------------ */

static void number(FILE *stream, double x) {
  char digits[32] = "";
  if (isfinite(x)) lg_format_double(x, digits);
  (void)fprintf(stream, "%s,", digits);
}

static double highest(const lg_block_pair *p) {
  double high = 0.0;
  for (size_t k = 0; k < p->n; k++) high = fmax(high, p->c_uM[k]);
  return high;
}

static void csv_row(FILE *stream, const lg_block_pair *p, const lg_hill_result *r) {
  char digits[32];
  lg_csv_write_cell(stream, p->drug);
  (void)fputc(',', stream);
  lg_csv_write_cell(stream, p->channel);
  (void)fputc(',', stream);
  if (!r->reached || r->IC50_uM > 1e9) { /* a row that can be imported: the IC50 lies above what was tested */
    lg_format_double(highest(p), digits);
    (void)fprintf(stream, ">%s,,", digits);
  } else {
    number(stream, r->IC50_uM);
    number(stream, r->hill);
  }
  number(stream, fmin(r->pIC50_sd, 5.0));
  number(stream, r->IC50_low_uM);
  number(stream, r->IC50_high_uM);
  number(stream, r->hill_low);
  number(stream, r->hill_high);
  number(stream, r->max_block_percent);
  number(stream, r->rmse_percent);
  (void)fprintf(stream, "%zu,%zu,%d,%s,", r->n, r->n_concentrations, r->extrapolated, note_of(r));
  lg_csv_write_cell(stream, p->pacing);
  (void)fputc('\n', stream);
}

static lg_status write_csv(cli_run *run, const fits *f, const char *path) {
  lg_outfile *file = NULL;
  lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  lg_provenance_write_comments(cli_provenance(run), stream);
  (void)fputs("name,channel,IC50_uM,hill,spread,IC50_low_uM,IC50_high_uM,hill_low,hill_high,max_block_percent,"
              "rmse_percent,n,n_concentrations,extrapolated,note,pacing\n",
              stream);
  for (size_t k = 0; k < f->data->n; k++) csv_row(stream, &f->data->pairs[k], &f->result[k]);
  return lg_outfile_commit(cli_ctx(run), file);
}

static void text_row(const lg_block_pair *p, const lg_hill_result *r) {
  char K[24], low[24], high[24], interval[64] = "-", hills[48] = "-";
  lg_dose_print(r->IC50_uM, K, sizeof K);
  if (isfinite(r->IC50_low_uM)) {
    lg_dose_print(r->IC50_low_uM, low, sizeof low);
    lg_dose_print(r->IC50_high_uM, high, sizeof high);
    (void)snprintf(interval, sizeof interval, "%s - %s", low, high);
    (void)snprintf(hills, sizeof hills, "%.2f - %.2f", r->hill_low, r->hill_high);
  }
  if (r->reached)
    (void)printf("%-18s %-8s %10s  %-22s %6.3f  %-13s %7.1f %4zu  %s\n", p->drug, p->channel, K, interval, r->hill,
                 hills, r->max_block_percent, r->n, note_of(r));
  else
    (void)printf("%-18s %-8s %10s  %-22s %6s  %-13s %7.1f %4zu  %s\n", p->drug, p->channel, "-", "-", "-", "-",
                 r->max_block_percent, r->n, note_of(r));
}

static void json_row(lg_json *w, const lg_block_pair *p, const lg_hill_result *r) {
  lg_json_object(w);
  lg_json_key_text(w, "drug", p->drug);
  lg_json_key_text(w, "channel", p->channel);
  lg_json_key_text(w, "pacing", p->pacing[0] ? p->pacing : NULL);
  lg_json_key_number(w, "IC50_uM", r->IC50_uM);
  lg_json_key_number(w, "hill", r->hill);
  lg_json_key_numbers(w, "IC50_ci95_uM", (const double[]){r->IC50_low_uM, r->IC50_high_uM}, 2);
  lg_json_key_numbers(w, "hill_ci95", (const double[]){r->hill_low, r->hill_high}, 2);
  lg_json_key_number(w, "pIC50_sd", r->pIC50_sd);
  lg_json_key_number(w, "max_block_percent", r->max_block_percent);
  lg_json_key_number(w, "rmse_percent", r->rmse_percent);
  lg_json_key_integer(w, "n", (int64_t)r->n);
  lg_json_key_integer(w, "n_concentrations", (int64_t)r->n_concentrations);
  lg_json_key_boolean(w, "extrapolated", r->extrapolated);
  lg_json_key_text(w, "note", note_of(r)[0] ? note_of(r) : NULL);
  lg_json_end_object(w);
}

static int print_json(cli_run *run, const fits *f) {
  lg_json w = cli_json_begin("loligo-drug-fit/1");
  lg_json_key(&w, "fits");
  lg_json_array(&w);
  for (size_t k = 0; k < f->data->n; k++) json_row(&w, &f->data->pairs[k], &f->result[k]);
  lg_json_end_array(&w);
  cli_json_end(run, &w);
  return CLI_OK;
}

static void print_text(cli_run *run, const fits *f) {
  (void)printf("%-18s %-8s %10s  %-22s %6s  %-13s %7s %4s  %s\n", "drug", "channel", "IC50", "95 % interval", "Hill",
               "95 % interval", "most, %", "n", "");
  for (size_t k = 0; k < f->data->n; k++) text_row(&f->data->pairs[k], &f->result[k]);
  if (f->data->n_missing)
    cli_say(run, "loligo: %zu of %zu rows hold no value (NA) or are controls", f->data->n_missing, f->data->n_rows);
}

/* ---- the figure --------------------------------------------------------------------------------- */

enum { ACROSS = 4, DOWN = 5, MOST_PANELS = 200, MARGIN = 16 };

static const char *ending_of(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot ? dot + 1 : "";
}

/* One picture with every panel. */
static lg_status draw_one(cli_run *run, const fits *f, const char *ending, const lg_svg_opts *opts, FILE *stream,
                          lg_canvas **out) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const size_t n = f->data->n, across = n < ACROSS ? n : ACROSS, rows = (n + across - 1) / across;
  const double w = (double)across * LG_HILL_PANEL_WIDTH + 2 * MARGIN,
               h = (double)rows * LG_HILL_PANEL_HEIGHT + 2 * MARGIN;
  if (n > MOST_PANELS)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu panels are too many for one picture (%d); draw a .pdf", n, MOST_PANELS);
  if (strcmp(ending, "png") == 0) LG_TRY(lg_canvas_png(ctx, stream, w, h, rows > 30 ? 1.0 : 2.0, out));
  else LG_TRY(lg_canvas_svg(ctx, stream, w, h, opts, out));
  LG_TRY(lg_figure_hill(ctx, *out, MARGIN, MARGIN, across, f->data, f->result, 0, n));
done:
  return status;
}

/* Pages of twenty panels. */
static lg_status draw_pages(cli_run *run, const fits *f, const char *title, FILE *stream, lg_canvas **out) {
  lg_status status = LG_OK;
  const size_t each = ACROSS * DOWN;
  LG_TRY(lg_canvas_pdf(cli_ctx(run), stream, ACROSS * LG_HILL_PANEL_WIDTH + 2 * MARGIN,
                       DOWN * LG_HILL_PANEL_HEIGHT + 2 * MARGIN, title, NULL, out));
  for (size_t k = 0; k < f->data->n; k += each) {
    if (k > 0) lg_canvas_next_page(*out);
    const size_t left = f->data->n - k;
    LG_TRY(
        lg_figure_hill(cli_ctx(run), *out, MARGIN, MARGIN, ACROSS, f->data, f->result, k, left < each ? left : each));
  }
done:
  return status;
}

/* What an SVG says of itself: the panels in words, and the command. */
static char *words_of_figure(cli_run *run, const fits *f) {
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  if (!s) return NULL;
  lg_figure_hill_words(s, f->data, f->result, 0, f->data->n);
  (void)fprintf(s, " Drawn by: %s", lg_provenance_command(cli_provenance(run)));
  if (fclose(s) == 0) return text;
  free(text);
  return NULL;
}

static int draw_figure(cli_run *run, const fits *f) {
  static const char title[] = "Hill curves through raw block";
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_text(run, "figure");
  lg_outfile *file = NULL;
  lg_canvas *canvas = NULL;
  char *words = words_of_figure(run, f);
  const lg_svg_opts opts = {.title = title, .description = words, .id = "hill"};
  lg_status status = words ? lg_outfile_open(ctx, path, &file) : LG_ERR_MEMORY;
  if (status == LG_OK)
    status = strcmp(ending_of(path), "pdf") == 0
                 ? draw_pages(run, f, title, lg_outfile_stream(file), &canvas)
                 : draw_one(run, f, ending_of(path), &opts, lg_outfile_stream(file), &canvas);
  if (status == LG_OK) {
    status = lg_canvas_close(ctx, canvas);
    canvas = NULL;
  }
  if (status == LG_OK) {
    status = lg_outfile_commit(ctx, file);
    file = NULL;
  }
  lg_canvas_destroy(ctx, canvas);
  lg_outfile_discard(ctx, file);
  free(words);
  return status == LG_OK ? CLI_OK : cli_report(run, path, status);
}

static bool is_picture(const char *path) {
  return strcmp(ending_of(path), "svg") == 0 || strcmp(ending_of(path), "png") == 0 ||
         strcmp(ending_of(path), "pdf") == 0;
}

static int run_fit(cli_run *run) {
  const lg_hill_options options = read_options(run);
  const char *output = cli_text(run, "output");
  fits f;
  if (cli_given(run, "figure") && !is_picture(cli_text(run, "figure")))
    return cli_usage(run, "--figure '%s' ends in none of .svg, .png, .pdf", cli_text(run, "figure"));
  int code = make_fits(run, cli_positional(run, 0), &options, &f);
  if (code != CLI_OK || !f.data) return code;
  if (output) {
    const lg_status status = write_csv(run, &f, output);
    if (status != LG_OK) code = cli_report(run, output, status);
  }
  if (code == CLI_OK && cli_given(run, "figure")) code = draw_figure(run, &f);
  if (code == CLI_OK && !(output && strcmp(output, "-") == 0)) {
    if (cli_json(run)) code = print_json(run, &f);
    else print_text(run, &f);
  }
  if (code == CLI_OK && f.n_skipped > 0) code = CLI_PARTIAL;
  free_fits(run, &f);
  return code;
}

/* ---- beside published fits ---------------------------------------------------------------------- */

typedef struct score {
  size_t n, n_good, n_compared;
  double worst_ratio, worst_hill;
} score;

static const lg_drug_effect *published(const lg_drug_table *table, const lg_block_pair *p) {
  for (size_t k = 0; k < table->n; k++)
    for (size_t j = 0; strcmp(table->drugs[k].name, p->drug) == 0 && j < table->drugs[k].n_effects; j++)
      if (strcmp(table->drugs[k].effects[j].target, p->channel) == 0) return &table->drugs[k].effects[j];
  return NULL;
}

static void compare(const fits *f, const lg_drug_table *table, double least_block, bool words, score *s) {
  if (words)
    (void)printf("%-18s %-8s %8s %12s %12s %8s %7s %7s %7s\n", "drug", "channel", "most, %", "IC50, uM", "published",
                 "ratio", "Hill", "publ.", "");
  for (size_t k = 0; k < f->data->n; k++) {
    const lg_block_pair *p = &f->data->pairs[k];
    const lg_hill_result *r = &f->result[k];
    const lg_drug_effect *e = published(table, p);
    if (!e || isnan(e->K_uM) || r->n_concentrations < 2) continue;
    s->n_compared++;
    const bool counts = r->max_block_percent >= least_block;
    const double ratio = r->IC50_uM / e->K_uM, difference = r->hill - e->hill;
    const bool good = r->reached && fabs(ratio - 1.0) <= 0.15 && fabs(difference) <= 0.15;
    if (counts) {
      s->n++;
      if (good) s->n_good++;
      if (fabs(ratio - 1.0) > fabs(s->worst_ratio)) s->worst_ratio = ratio - 1.0;
      if (fabs(difference) > fabs(s->worst_hill)) s->worst_hill = difference;
    }
    if (words)
      (void)printf("%-18s %-8s %8.1f %12.5g %12.5g %8.4f %7.3f %7.3f %7s\n", p->drug, p->channel, r->max_block_percent,
                   r->IC50_uM, e->K_uM, ratio, r->hill, e->hill,
                   !counts ? "-"
                   : good  ? "ok"
                           : "off");
  }
}

static int validate_json(cli_run *run, const score *s) {
  lg_json w = cli_json_begin("loligo-validate-drug-fit/1");
  lg_json_key_integer(&w, "n_pairs", (int64_t)s->n);
  lg_json_key_integer(&w, "n_within", (int64_t)s->n_good);
  lg_json_key_number(&w, "share_within", s->n ? (double)s->n_good / (double)s->n : (double)NAN);
  lg_json_key_number(&w, "worst_IC50_error", s->worst_ratio);
  lg_json_key_number(&w, "worst_hill_error", s->worst_hill);
  lg_json_key_integer(&w, "n_compared", (int64_t)s->n_compared);
  cli_json_end(run, &w);
  return CLI_OK;
}

static int run_validate(cli_run *run) {
  lg_hill_options options = LG_HILL_OPTIONS_INIT;
  options.n_bootstrap = 0;
  options.robust = cli_flag(run, "robust");
  const lg_drug_read_options units = {.unit = cli_text(run, "unit")};
  fits f;
  lg_drug_table *table = NULL;
  score s = {0};
  int code = make_fits(run, cli_positional(run, 0), &options, &f);
  if (code != CLI_OK || !f.data) return code;
  code = cli_drug_table(run, cli_positional(run, 1), false, &units, &table, NULL);
  if (code == CLI_OK) {
    compare(&f, table, cli_number(run, "least-block"), !cli_json(run), &s);
    if (cli_json(run)) code = validate_json(run, &s);
    else
      (void)printf("\n%zu of %zu pairs with at least %g %% block are within 15 %% (IC50) and 0.15 (Hill); the largest "
                   "differences are %.2g %% and %.2g\n",
                   s.n_good, s.n, cli_number(run, "least-block"), 100.0 * s.worst_ratio, s.worst_hill);
    if (code == CLI_OK && (s.n == 0 || (double)s.n_good < 0.8 * (double)s.n)) code = CLI_NEGATIVE;
  }
  lg_drug_table_destroy(cli_ctx(run), table);
  free_fits(run, &f);
  return code;
}

/* ---- the commands ------------------------------------------------------------------------------ */

#define UNIT_OPTION                                                                                                    \
  { "unit", "pM|nM|uM|mM|M", CLI_CHOICE, NULL, "Unit of concentrations whose column names none." }
#define ROBUST_OPTION                                                                                                  \
  { "robust", NULL, CLI_FLAG, NULL, "Let single bad cells count little (Cauchy weights) instead of least squares." }
#define KEEP_OPTION                                                                                                    \
  { "keep-going", NULL, CLI_FLAG, NULL, "Name bad rows on stderr and go on without them." }

static const cli_option fit_options[] = {
    {"output", "FITS.csv", CLI_OUTPUT, NULL, "Write the fits here, as 'loligo drug import' reads them; - streams."},
    {"figure", "FILE.svg", CLI_OUTPUT, NULL, "Draw every fit with its cells; .svg, .png, or .pdf in pages of twenty."},
    {"bootstrap", "N", CLI_COUNT, "2000", "Resamples for the 95 % intervals; 0: none."},
    ROBUST_OPTION,
    UNIT_OPTION,
    KEEP_OPTION,
};

const cli_command cli_drug_fit_command = {
    .name = "drug fit",
    .arguments = "DATA.csv [-o FITS.csv] [--figure FITS.pdf] [--robust] [--bootstrap N] [--json]",
    .summary =
        "Fit IC50 and Hill coefficient, with intervals, to raw block in percent (drug,conc,units,channel,block).",
    .example =
        "loligo drug fit drug_block.csv -o fits.csv --figure fits.pdf\n  loligo drug import fits.csv -o drugs.csv",
    .options = fit_options,
    .n_options = sizeof fit_options / sizeof fit_options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_fit,
};

static const cli_option validate_options[] = {
    {"least-block", "PERCENT", CLI_NUMBER, "40", "Only pairs that were blocked this much at some concentration count."},
    ROBUST_OPTION,
    UNIT_OPTION,
    KEEP_OPTION,
};

const cli_command cli_validate_drug_fit_command = {
    .name = "validate drug-fit",
    .arguments = "DATA.csv PUBLISHED.csv [--unit nM] [--json]",
    .summary = "Fit raw block and compare with published IC50 and Hill values; exit code 1 below 80 % of the pairs.",
    .example = "loligo validate drug-fit cipa_drug_block.csv cipa_IC50_optimal_long.csv --unit nM",
    .options = validate_options,
    .n_options = sizeof validate_options / sizeof validate_options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_validate,
};
