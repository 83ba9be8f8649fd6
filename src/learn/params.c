#include "learn/params.h"

#include <string.h>

lg_status lg_params_add(lg_ctx *ctx, lg_params *params, const lg_param *param, size_t *offset) {
  if (param->name[0] == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "a parameter tensor needs a name");
  if (!memchr(param->name, 0, sizeof param->name))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "name of a parameter tensor is longer than %d", LG_PARAM_NAME - 1);
  if (param->rank == 0 || param->rank > LG_PARAM_RANK)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: rank %zu; 1 to %d", param->name, param->rank, LG_PARAM_RANK);
  if (lg_params_find(params, param->name))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "two parameter tensors are called %s", param->name);
  size_t count = 1;
  for (size_t r = 0; r < param->rank; r++)
    if (param->shape[r] == 0 || !lg_mul_size(count, param->shape[r], &count) || count > ((size_t)1 << 32))
      return lg_fail(ctx, LG_ERR_LIMIT, "%s: dimension %zu is %zu; 1 or more, and at most 2^32 elements in all",
                     param->name, r, param->shape[r]);
  if (params->n == params->capacity) {
    const size_t capacity = params->capacity ? 2 * params->capacity : 16;
    lg_param *items =
        lg_realloc(ctx, params->items, params->n * sizeof *params->items, capacity, sizeof *params->items);
    if (!items) return LG_ERR_MEMORY;
    params->items = items;
    params->capacity = capacity;
  }
  lg_param *item = &params->items[params->n++];
  *item = *param;
  item->offset = params->count;
  item->count = count;
  params->count += count;
  *offset = item->offset;
  return LG_OK;
}

void lg_params_clear(lg_ctx *ctx, lg_params *params) {
  if (!params) return;
  lg_free(ctx, params->items);
  *params = (lg_params){0};
}

const lg_param *lg_params_find(const lg_params *params, const char *name) {
  for (size_t i = 0; i < params->n; i++)
    if (strcmp(params->items[i].name, name) == 0) return &params->items[i];
  return NULL;
}
