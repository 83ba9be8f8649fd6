/*
 * Strain profiles in CSV, NumPy arrays and, through the sandbox, HDF5. What is accepted keeps its promises: finite
 * fractions from 0, names, a step; and can be brought to other times.
 */
#define _XOPEN_SOURCE 700
#include "twin/axon_profiles.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs, parsed, refused, stopped;

static void report(void) {
  (void)printf("{\"fuzz\": \"axon_profiles\", \"inputs\": %lu, \"parsed\": %lu, \"refused\": %lu, "
               "\"child_stopped\": %lu}\n",
               inputs, parsed, refused, stopped);
}

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

static void check(lg_ctx *ctx, axon_profiles *p) {
  require(p->n > 0 && p->n_times >= 3 && p->dt_s > 0.0, "no profiles", "");
  for (size_t k = 0; k < p->n; k++) {
    require(p->names[k] && p->names[k][0], "no name", "");
    require(p->strain[k * p->n_times] == 0.0, "does not begin at 0", p->names[k]);
    for (size_t t = 0; t < p->n_times; t++)
      require(fabs(p->strain[k * p->n_times + t]) <= 2.0, "no fraction", p->names[k]);
    for (size_t d = 0; d < 3; d++)
      require(!p->position_mm || isfinite(p->position_mm[3 * k + d]), "no place", p->names[k]);
    require(!p->impact || p->impact[k] < p->n_impacts, "no such impact", p->names[k]);
  }
  for (size_t k = 0; p->impact_names && k < p->n_impacts; k++) require(p->impact_names[k] != NULL, "no impact", "");
  require(lg_axon_profiles_resample(ctx, p, 101, 1e-3) == LG_OK, "not resampled", lg_ctx_message(ctx));
  for (size_t k = 0; k < p->n; k++) require(p->strain[k * 101] == 0.0, "resampled to another start", p->names[k]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  axon_profiles *p = NULL;
  if (inputs == 0) (void)atexit(report);
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  const lg_status status = lg_axon_profiles_parse(ctx, data, size, size % 2 ? 1e-3 : 0.0, &p);
  const char *message = lg_ctx_message(ctx);
  inputs++;
  require((status == LG_OK) == (p != NULL), "status and profiles disagree", message);
  require(status == LG_OK || strlen(message) > 10, "no message", lg_status_name(status));
  require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
  require(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child is left over", message);
  if (status == LG_OK) parsed++;
  else if (strstr(message, "the parser was stopped") || strstr(message, "no valid answer")) stopped++;
  else refused++;
  if (p) check(ctx, p);
  lg_axon_profiles_destroy(ctx, p);
  lg_ctx_destroy(ctx);
  return 0;
}
