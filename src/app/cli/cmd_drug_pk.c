/* loligo drug pk NAME --dose-mg 400: free concentration over time, and what it comes to. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/json_writer.h"
#include "data/provenance.h"
#include "twin/dose.h"
#include "twin/drug_pk.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"dose-mg", "MG", CLI_NUMBER, NULL, "Oral dose, mg."},
    {"interval-h", "HOURS", CLI_NUMBER, NULL, "Time between doses, h; a single dose when not given."},
    {"days", "DAYS", CLI_NUMBER, NULL, "Length of the course; 2 for a single dose, else five half-lives."},
    {"points", "N", CLI_COUNT, "97", "Points of the course, 2 to 100000."},
    {"table", "TABLE.csv", CLI_INPUT, NULL, "Table of drugs; the shipped one when not given."},
    {"output", "FILE.csv", CLI_OUTPUT, NULL, "Write the course here as t_h,total_uM,free_uM; - streams."},
};

typedef struct course {
  const lg_drug *drug;
  lg_drug_course c;
  lg_drug_exposure x;
  double hours;
  size_t n;
} course;

static double time_of(const course *k, size_t i) { return k->hours * (double)i / (double)(k->n - 1); }

static void write_csv(cli_run *run, const course *k, FILE *stream) {
  lg_provenance_write_comments(cli_provenance(run), stream);
  (void)fprintf(stream, "t_h,total_uM,free_uM\n");
  for (size_t i = 0; i < k->n; i++) {
    char t[32], total[32], unbound[32] = "";
    const double at = time_of(k, i), x = lg_drug_course_at(&k->c, at);
    lg_format_double(at, t);
    lg_format_double(x, total);
    if (isfinite(k->c.fraction_unbound)) lg_format_double(x * k->c.fraction_unbound, unbound);
    (void)fprintf(stream, "%s,%s,%s\n", t, total, unbound);
  }
}

static void line(const course *k, const char *words, double total_uM) {
  char total[24], unbound[24];
  lg_dose_print(total_uM, total, sizeof total);
  lg_dose_print(total_uM * k->c.fraction_unbound, unbound, sizeof unbound);
  if (isfinite(k->c.fraction_unbound)) (void)printf("  %-28s %10s in all  %10s free\n", words, total, unbound);
  else (void)printf("  %-28s %10s in all\n", words, total);
}

/* A bar per line of time: what a course looks like without a plot. */
static void draw(const course *k) {
  enum { LINES = 24, WIDTH = 50 };
  double top = 0.0;
  for (size_t i = 0; i < k->n; i++) top = fmax(top, lg_drug_course_at(&k->c, time_of(k, i)));
  const double unbound = isfinite(k->c.fraction_unbound) ? k->c.fraction_unbound : 1.0;
  (void)printf("\n  %8s  %s\n", "t, h", isfinite(k->c.fraction_unbound) ? "free, uM" : "total, uM");
  for (int i = 0; i <= LINES; i++) {
    const double t = k->hours * i / LINES, x = lg_drug_course_at(&k->c, t);
    const int length = top > 0.0 ? (int)(WIDTH * x / top + 0.5) : 0;
    (void)printf("  %8.4g  %-8.3g %.*s\n", t, x * unbound, length,
                 "##################################################");
  }
}

static void print_text(const course *k) {
  char range[2][24];
  (void)printf("%s, %s\n", k->drug->name, isfinite(k->c.interval_h) ? "repeated oral doses" : "a single oral dose");
  (void)printf("  peak after the first dose at %.3g h\n", k->x.first_peak_h);
  line(k, "first peak", k->x.first_peak_uM);
  if (isfinite(k->c.interval_h)) {
    line(k, "steady state, peak", k->x.peak_uM);
    line(k, "steady state, mean", k->x.mean_uM);
    line(k, "steady state, trough", k->x.trough_uM);
    (void)printf("  %-28s %.3g days\n", "90 % of it after", k->x.days_to_90);
  }
  if (isfinite(k->drug->free_low_uM) && isfinite(k->drug->free_high_uM)) {
    lg_dose_print(k->drug->free_low_uM, range[0], sizeof range[0]);
    lg_dose_print(k->drug->free_high_uM, range[1], sizeof range[1]);
    (void)printf("  %-28s %s - %s free\n", "therapeutic", range[0], range[1]);
  }
  draw(k);
}

static int print_json(cli_run *run, const course *k) {
  const double fu = k->c.fraction_unbound;
  lg_json w = cli_json_begin("loligo-drug-course/1");
  lg_json_key_text(&w, "drug", k->drug->name);
  lg_json_key_number(&w, "dose_mg", cli_number(run, "dose-mg"));
  lg_json_key_number(&w, "interval_h", k->c.interval_h);
  lg_json_key_number(&w, "ka_per_h", k->c.ka_per_h);
  lg_json_key_number(&w, "ke_per_h", k->c.ke_per_h);
  lg_json_key_number(&w, "first_peak_h", k->x.first_peak_h);
  lg_json_key_number(&w, "first_peak_total_uM", k->x.first_peak_uM);
  lg_json_key_number(&w, "first_peak_free_uM", k->x.first_peak_uM * fu);
  lg_json_key_number(&w, "steady_peak_free_uM", k->x.peak_uM * fu);
  lg_json_key_number(&w, "steady_mean_free_uM", k->x.mean_uM * fu);
  lg_json_key_number(&w, "steady_trough_free_uM", k->x.trough_uM * fu);
  lg_json_key_number(&w, "days_to_90_percent", k->x.days_to_90);
  lg_json_key_number(&w, "therapeutic_free_low_uM", k->drug->free_low_uM);
  lg_json_key_number(&w, "therapeutic_free_high_uM", k->drug->free_high_uM);
  lg_json_key(&w, "course");
  lg_json_array(&w);
  for (size_t i = 0; i < k->n; i++) {
    const double t = time_of(k, i), x = lg_drug_course_at(&k->c, t);
    lg_json_object(&w);
    lg_json_key_number(&w, "t_h", t);
    lg_json_key_number(&w, "total_uM", x);
    lg_json_key_number(&w, "free_uM", x * fu);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
  return CLI_OK;
}

static int write_course(cli_run *run, const course *k) {
  const char *path = cli_text(run, "output");
  if (path) {
    lg_outfile *file = NULL;
    lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
    if (status == LG_OK) {
      write_csv(run, k, lg_outfile_stream(file));
      status = lg_outfile_commit(cli_ctx(run), file);
    }
    if (status != LG_OK) return cli_report(run, path, status);
    if (strcmp(path, "-") == 0) return CLI_OK;
  }
  if (cli_json(run)) return print_json(run, k);
  print_text(k);
  return CLI_OK;
}

static int run_pk(cli_run *run) {
  lg_drug_table *table = NULL;
  course k = {.n = cli_count(run, "points")};
  const double interval = cli_given(run, "interval-h") ? cli_number(run, "interval-h") : (double)INFINITY;
  if (!cli_given(run, "dose-mg")) return cli_usage(run, "--dose-mg is missing");
  if (!(cli_number(run, "dose-mg") > 0.0)) return cli_usage(run, "--dose-mg must be above 0");
  if (k.n < 2 || k.n > 100000) return cli_usage(run, "--points must be 2 to 100000");
  if (cli_given(run, "days") && !(cli_number(run, "days") > 0.0 && cli_number(run, "days") <= 3650.0))
    return cli_usage(run, "--days must be above 0 and at most 3650");
  int code = cli_drug_table(run, cli_text(run, "table"), false, NULL, &table, NULL);
  if (code == CLI_OK) code = cli_drug_find(run, table, cli_positional(run, 0), &k.drug);
  if (code == CLI_OK) {
    const lg_status status = lg_drug_course_make(cli_ctx(run), k.drug, cli_number(run, "dose-mg"), interval, &k.c);
    if (status != LG_OK) {
      (void)cli_report(run, NULL, status);
      code = status == LG_ERR_RANGE ? CLI_USAGE : cli_exit_code(status);
    }
  }
  if (code == CLI_OK) {
    k.x = lg_drug_course_exposure(&k.c);
    k.hours = cli_given(run, "days") ? 24.0 * cli_number(run, "days")
              : isfinite(interval)   ? 5.0 * k.drug->kinetics.half_life_h
                                     : 48.0;
    code = write_course(run, &k);
  }
  lg_drug_table_destroy(cli_ctx(run), table);
  return code;
}

const cli_command cli_drug_pk_command = {
    .name = "drug pk",
    .arguments = "NAME --dose-mg MG [--interval-h HOURS] [--days DAYS] [-o FILE.csv] [--json]",
    .summary = "Work out plasma and free concentrations after oral doses, by one compartment.",
    .example =
        "loligo drug pk carbamazepine --dose-mg 400 --interval-h 12\n  loligo drug pk lacosamide --dose-mg 200 -o "
        "course.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_pk,
};
