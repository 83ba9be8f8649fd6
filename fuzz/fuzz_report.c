/* trial.json and screen.json as a folder may hold them after being edited, cut or mixed up. */
#include "twin/screen_report.h"
#include "twin/trial_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_trial_report *trial = NULL;
  lg_screen_report *screen = NULL;
  FILE *sink = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  sink = fopen("/dev/null", "wb");
  if (sink && lg_trial_report_parse(ctx, "fuzz.json", data, size, &trial) == LG_OK)
    LG_IGNORE(lg_trial_json(ctx, lg_trial_report_get(trial), sink));
  if (sink && lg_screen_report_parse(ctx, "fuzz.json", data, size, &screen) == LG_OK)
    LG_IGNORE(lg_screen_json(ctx, lg_screen_report_get(screen), sink));
  lg_trial_report_destroy(ctx, trial);
  lg_screen_report_destroy(ctx, screen);
  if (sink) (void)fclose(sink);
  lg_ctx_destroy(ctx);
  return 0;
}
