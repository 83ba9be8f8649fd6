/* CSV as a recording (with its steps and checks) and as any table. */
#include "io/csv_recording.h"
#include "io/plot_raster.h"
#include "io/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  lg_table table = {0};
  volatile double sum = 0.0;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_csv_is(data, size)) sum += 1.0;
  if (lg_csv_parse(ctx, data, size, "fuzz.csv", &rec) == LG_OK) {
    LG_IGNORE(lg_recording_find_steps(ctx, rec));
    LG_IGNORE(lg_recording_check(ctx, rec));
  }
  lg_recording_destroy(ctx, rec);
  if (lg_table_parse_csv(ctx, data, size, &table) == LG_OK)
    for (size_t k = 0; k < table.n; k++)
      for (size_t j = 0; table.items[k].x && j < table.items[k].n; j++) sum += table.items[k].x[j];
  lg_table_clear(ctx, &table);
  lg_raster *raster = NULL;
  if (lg_raster_parse(ctx, data, size, "fuzz.csv", &raster) == LG_OK)
    for (size_t k = 0; k < raster->n; k++) sum += raster->t_ms[k] + (double)raster->row[k];
  lg_raster_destroy(ctx, raster);
  lg_ctx_destroy(ctx);
  return 0;
}
