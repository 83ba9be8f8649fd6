/* Channels of a point neuron from its model file. */
#include "twin/channels_file.h"

#include "twin/gate_file.h"

#include <math.h>
#include <string.h>

/* The name of a file without folder and ending, as far as it is one for a channel. */
static bool stem(const char *path, char name[LG_CHANNEL_NAME]) {
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
  const size_t n = dot ? (size_t)(dot - base) : strlen(base);
  if (n == 0 || n >= LG_CHANNEL_NAME) return false;
  (void)snprintf(name, LG_CHANNEL_NAME, "%.*s", (int)n, base);
  return true;
}

static bool good_name(const char *name) {
  const size_t n = strlen(name);
  return n > 0 && n < LG_CHANNEL_NAME &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

static lg_status read_one(lg_ctx *ctx, const lg_json_at *at, const char *folder, lg_channel *out) {
  static const char *const keys[] = {"mechanism", "name", "gmax_S_cm2", "reversal_mV"};
  lg_status status = LG_OK;
  lg_json_at object;
  const char *file, *name;
  char *path = NULL;
  LG_TRY(lg_json_get_object(ctx, at, "", &object));
  LG_TRY(lg_json_only_keys(ctx, &object, keys, sizeof keys / sizeof keys[0]));
  LG_TRY(lg_json_get_text(ctx, &object, "mechanism", &file));
  LG_TRY(lg_json_get_text_or(ctx, &object, "name", NULL, &name));
  LG_TRY(lg_json_get_number_in(ctx, &object, "gmax_S_cm2", "S/cm2", 0.0, 1e3, &out->gmax_S_cm2));
  LG_TRY(lg_json_get_number_in(ctx, &object, "reversal_mV", "mV", -500.0, 500.0, &out->reversal_mV));
  if (name) (void)snprintf(out->name, sizeof out->name, "%s", name);
  if ((name ? !good_name(name) : !stem(file, out->name)) || !good_name(out->name)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a channel needs a \"name\" of up to %d letters, digits, _ and -",
                     at->file, at->path, LG_CHANNEL_NAME - 1);
    goto done;
  }
  const bool alone = file[0] == '/' || !*folder;
  const size_t bytes = strlen(file) + strlen(folder) + 2;
  LG_NEW(ctx, path, bytes);
  (void)snprintf(path, bytes, "%s%s%s", alone ? "" : folder, alone ? "" : "/", file);
  status = lg_gate_net_load(ctx, path, &out->net);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: %s: ", at->file, at->path);
done:
  lg_free(ctx, path);
  return status;
}

lg_status lg_channels_read(lg_ctx *ctx, const lg_json_at *root, const char *folder, lg_channels **out) {
  lg_status status = LG_OK;
  lg_channel list[LG_CHANNELS_MOST];
  lg_json_at array;
  size_t n = 0, done_with = 0;
  *out = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "channels", &array, &n));
  if (n == 0 || n > LG_CHANNELS_MOST) {
    status =
        lg_fail(ctx, LG_ERR_RANGE, "%s: channels: %zu of them; allowed are 1 to %d", root->file, n, LG_CHANNELS_MOST);
    goto done;
  }
  for (; done_with < n; done_with++) {
    const lg_json_at item = lg_json_item(&array, done_with);
    list[done_with] = (lg_channel){.net = NULL};
    LG_TRY(read_one(ctx, &item, folder, &list[done_with]));
  }
  status = lg_channels_create(ctx, n, list, out);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: channels: ", root->file);
done:
  for (size_t k = 0; k < done_with && !*out; k++) lg_gate_net_destroy(ctx, list[k].net);
  return status;
}
