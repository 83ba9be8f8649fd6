/* ABF1 and ABF2 in this process (loligo parses them in the sandbox), and the same bytes as a stimulus file. */
#include "io/abf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

static void parse(lg_ctx *ctx, const uint8_t *data, size_t size, const uint8_t *stimulus, size_t n_stimulus) {
  lg_recording *rec = NULL;
  const lg_status status = lg_abf_parse(ctx, data, size, stimulus, n_stimulus, "fuzz.abf", &rec);
  const char *message = lg_ctx_message(ctx);
  require((status == LG_OK) == (rec != NULL), "status and recording disagree", message);
  require(status == LG_OK || strlen(message) > 10, "no message", lg_status_name(status));
  require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
  if (rec) LG_IGNORE(lg_recording_find_steps(ctx, rec));
  if (rec) LG_IGNORE(lg_recording_check(ctx, rec));
  lg_recording_destroy(ctx, rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  char name[300];
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  lg_abf_stimulus_name(data, size, name, sizeof name);
  require(strlen(name) < sizeof name, "the name of the stimulus has no end", "");
  parse(ctx, data, size, NULL, 0);
  if (name[0]) parse(ctx, data, size, data, size);
  lg_ctx_destroy(ctx);
  return 0;
}
