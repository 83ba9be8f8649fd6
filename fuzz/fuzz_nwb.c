/*
 * NWB through the sandbox, as loligo reads it: libhdf5 crashes on a few per cent of damaged files, inside the child.
 * A finding is a crash of this process, a child left over, or a failure without one clean line.
 */
#define _XOPEN_SOURCE 700
#include "io/nwb.h"
#include "io/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs, parsed, refused, stopped, limited;

static void report(void) {
  (void)printf(
      "{\"fuzz\": \"nwb\", \"inputs\": %lu, \"parsed\": %lu, \"refused\": %lu, \"child_stopped_by_signal\": %lu, "
      "\"child_over_limit\": %lu}\n",
      inputs, parsed, refused, stopped, limited);
}

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

static void count(lg_status status, const char *message) {
  inputs++;
  if (status == LG_OK) parsed++;
  else if (status == LG_ERR_LIMIT || status == LG_ERR_MEMORY) limited++;
  else if (strstr(message, "the parser was stopped") || strstr(message, "no valid answer")) stopped++;
  else refused++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const lg_sandbox_limits limits = {.memory_bytes = (size_t)1 << 30, .cpu_s = 2, .wall_s = 20};
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  if (inputs == 0) (void)atexit(report);
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  const lg_status status = lg_sandbox_parse(ctx, lg_nwb_parse, data, size, "fuzz.nwb", &limits, &rec);
  const char *message = lg_ctx_message(ctx);
  require((status == LG_OK) == (rec != NULL), "status and recording disagree", message);
  require(status == LG_OK || strlen(message) > 10, "no message", lg_status_name(status));
  require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
  require(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child is left over", message);
  for (size_t k = 0; rec && k < rec->n_sweeps; k++) require(rec->sweeps[k].dt_ms > 0.0, "no step", message);
  count(status, message);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
  return 0;
}
