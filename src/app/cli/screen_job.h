/**
 * @file screen_job.h
 * @brief A screen as a sweep: who is treated with what, the columns of its rows, its summary and report.
 */
#ifndef LG_CLI_SCREEN_JOB_H
#define LG_CLI_SCREEN_JOB_H

#include "app/cli/trial_options.h"
#include "app/sweep/sweep.h"
#include "twin/screening.h"

typedef struct screen_job {
  lg_drug_table *library;
  size_t n_skipped; /* rows of the library */
  lg_individual *individuals;
  size_t n_individuals, n_twins;
  bool population;
  lg_domain domain; /* the worst */
  double *dose_uM;  /* (library->n, n_doses) */
  size_t n_doses;
  bool multiples;        /* doses are multiples of therapeutic ones: they differ between compounds */
  double *multiple;      /* (n_doses) then */
  lg_delta_net *learned; /* of izhikevich individuals */
  lg_screening_opts opts;
  lg_screening *screening;
  char fingerprint[65];
  lg_sweep_plan plan;
} screen_job;

/** @brief Read twins and library, parse doses, hash what the points depend on. CLI_OK or an exit code, reported. */
int screen_job_read(cli_run *run, screen_job *job);

/** @brief Measure the untreated individuals and fill the plan of the sweep. */
LG_MUST_CHECK lg_status screen_job_prepare(cli_run *run, screen_job *job);

/** @brief summary.json, screen.json with its report; of a complete run. */
LG_MUST_CHECK lg_status screen_job_report(cli_run *run, const screen_job *job, const char *folder, bool pictures);

void screen_job_forget(lg_ctx *ctx, screen_job *job);

#endif
