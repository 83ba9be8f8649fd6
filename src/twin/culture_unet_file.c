#include "twin/culture_unet.h"

#include "io/safetensors.h"
#include "learn/train.h"

#include <string.h>

void lg_culture_unet_file_clear(lg_ctx *ctx, lg_culture_unet_file *f) {
  lg_culture_unet_clear(ctx, &f->net);
  lg_free(ctx, f->theta);
  f->theta = NULL;
}

bool lg_culture_is_unet(const lg_safetensors *file) {
  const char *schema = lg_safetensors_metadata(file, "schema");
  return schema && strcmp(schema, "loligo-culture-unet/1") == 0;
}

lg_status lg_culture_unet_of(lg_ctx *ctx, const lg_safetensors *st, lg_culture_unet_file *out) {
  lg_status status = LG_OK;
  memset(out, 0, sizeof *out);
  if (!lg_culture_is_unet(st)) {
    const char *schema = lg_safetensors_metadata(st, "schema");
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "no network of cells: its schema is '%.40s'", schema ? schema : "not there"));
  }
  LG_TRY(lg_culture_unet_create(ctx, &out->net));
  LG_NEW(ctx, out->theta, out->net.params.count);
  LG_TRY(lg_f32_params_load(ctx, &out->net.params, st, out->theta));
done:
  if (status != LG_OK) lg_culture_unet_file_clear(ctx, out);
  return status;
}

lg_status lg_culture_unet_load(lg_ctx *ctx, const char *path, lg_culture_unet_file *out) {
  lg_safetensors *st = NULL;
  memset(out, 0, sizeof *out);
  lg_status status = lg_safetensors_read(ctx, path, &st);
  if (status == LG_OK) status = lg_culture_unet_of(ctx, st, out);
  lg_safetensors_destroy(ctx, st);
  return status;
}
