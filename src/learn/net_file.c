#include "learn/net_file.h"

#include "learn/train.h"

#include <string.h>

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* The name of the one dense layer beside the encoder. */
static lg_status find_head(lg_ctx *ctx, const lg_safetensors *file, char name[LG_PARAM_NAME], size_t *width) {
  const lg_tensor_entry *found = NULL;
  for (size_t k = 0; k < lg_safetensors_count(file); k++) {
    const lg_tensor_entry *t = lg_safetensors_at(file, k);
    const size_t length = strlen(t->name);
    if (begins(t->name, "encoder.") || t->rank != 2 || length < 8 || strcmp(t->name + length - 7, ".weight") != 0)
      continue;
    if (found) return lg_fail(ctx, LG_ERR_FORMAT, "two heads, '%.60s' and '%.60s'; one is read", found->name, t->name);
    found = t;
  }
  if (!found) return lg_fail(ctx, LG_ERR_FORMAT, "no head: a matrix '<name>.weight' beside 'encoder.…'");
  if (strlen(found->name) - 7 >= LG_PARAM_NAME)
    return lg_fail(ctx, LG_ERR_FORMAT, "the head's name '%.80s' is too long", found->name);
  memcpy(name, found->name, strlen(found->name) - 7);
  name[strlen(found->name) - 7] = 0;
  *width = found->shape[1];
  return LG_OK;
}

lg_status lg_net_file_read(lg_ctx *ctx, const lg_safetensors *file, lg_net_file *net) {
  lg_status status = LG_OK;
  const char *text = lg_safetensors_metadata(file, "encoder");
  lg_encoder_options options;
  size_t width = 0;
  memset(net, 0, sizeof *net);
  if (!text) return lg_fail(ctx, LG_ERR_FORMAT, "not a network of loligo: no metadata 'encoder' with the architecture");
  LG_TRY(lg_encoder_parse(ctx, text, &options));
  LG_TRY(lg_encoder_create(ctx, &net->params, "encoder", &options, &net->encoder));
  LG_TRY(find_head(ctx, file, net->head_name, &width));
  LG_TRY(lg_dense_create(ctx, &net->params, net->head_name, net->encoder.width, width, &net->head));
  size_t encoder_tensors = 0;
  for (size_t k = 0; k < lg_safetensors_count(file); k++)
    encoder_tensors += begins(lg_safetensors_at(file, k)->name, "encoder.");
  if (encoder_tensors + 2 != net->params.n) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%zu tensors of the encoder; its architecture has %zu", encoder_tensors,
                     net->params.n - 2);
    goto done;
  }
  for (size_t i = 0; i < net->params.n; i++) { /* shapes before memory: the file bounds what is allocated */
    const void *data = NULL;
    LG_TRY(lg_safetensors_get(ctx, file, net->params.items[i].name, LG_DTYPE_F32, net->params.items[i].rank,
                              net->params.items[i].shape, &data));
  }
  LG_NEW(ctx, net->theta, net->params.count);
  LG_TRY(lg_f32_params_load(ctx, &net->params, file, net->theta));
done:
  if (status != LG_OK) lg_net_file_clear(ctx, net);
  return status;
}

void lg_net_file_clear(lg_ctx *ctx, lg_net_file *net) {
  lg_params_clear(ctx, &net->params);
  lg_free(ctx, net->theta);
  memset(net, 0, sizeof *net);
}
