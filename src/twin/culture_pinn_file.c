#define _XOPEN_SOURCE 700
#include "twin/culture_pinn_file.h"

#include "io/safetensors.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PARTS = 9, ROW = 4 };

/* A part of the state as a tensor. */
typedef struct part {
  const char *name;
  lg_dtype dtype;
  size_t n;
  void *data;
} part;

static double now_s(void) {
  struct timespec t = {0, 0};
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void parts_of(const culture_pinn_state *s, int64_t *digest, part parts[PARTS]) {
  const part all[PARTS] = {
      {"theta", LG_DTYPE_F32, s->n_params, s->theta},
      {"adam_m", LG_DTYPE_F32, s->n_params, s->m},
      {"adam_v", LG_DTYPE_F32, s->n_params, s->v},
      {"cells", LG_DTYPE_F64, 3 * (1 + s->n_cells), s->cells},
      {"scales", LG_DTYPE_F64, 2 * s->n_cells, s->scales},
      {"history", LG_DTYPE_F64, ROW * s->n_history, s->history},
      {"sums", LG_DTYPE_F64, 3, s->sums},
      {"position", LG_DTYPE_I64, 2, s->position},
      {"digest", LG_DTYPE_I64, 1, digest},
  };
  _Static_assert(sizeof(culture_pinn_row) == ROW * sizeof(double), "a row of history is four numbers");
  memcpy(parts, all, sizeof all);
}

static lg_status save(void *user, lg_ctx *ctx, const culture_pinn_state *state, bool last) {
  culture_pinn_file *file = user;
  lg_tensor_entry entries[PARTS];
  part parts[PARTS];
  int64_t digest;
  const lg_text_pair about[] = {{"schema", "loligo-culture-pinn-state/1"}};
  if (!last && now_s() - file->saved_at_s < file->pause_s) return LG_OK;
  memcpy(&digest, &state->digest, sizeof digest);
  parts_of(state, &digest, parts);
  for (size_t q = 0; q < PARTS; q++)
    entries[q] = (lg_tensor_entry){
        .name = parts[q].name, .dtype = parts[q].dtype, .rank = 1, .shape = {parts[q].n}, .data = parts[q].data};
  file->saved_at_s = now_s();
  return lg_safetensors_write(ctx, file->path, entries, PARTS, about, 1);
}

/* Everything is looked at before the first number is written. */
static lg_status check(lg_ctx *ctx, const lg_safetensors *st, const culture_pinn_state *state, const part parts[PARTS],
                       const void *data[PARTS]) {
  lg_status status = LG_OK;
  uint64_t digest;
  const size_t one = 1;
  LG_TRY(lg_safetensors_get(ctx, st, "digest", LG_DTYPE_I64, 1, &one, &data[PARTS - 1]));
  memcpy(&digest, data[PARTS - 1], sizeof digest);
  if (digest != state->digest)
    return lg_fail(ctx, LG_ERR_ARGUMENT,
                   "the checkpoint is of another training (options, traces, graph or seed); remove it to start anew");
  for (size_t q = 0; q + 1 < PARTS; q++)
    LG_TRY(lg_safetensors_get(ctx, st, parts[q].name, parts[q].dtype, 1, &parts[q].n, &data[q]));
  const int64_t *position = data[PARTS - 2];
  if (position[0] < 0 || position[1] < 0 || (uint64_t)position[1] >= state->n_history)
    return lg_fail(ctx, LG_ERR_FORMAT, "the checkpoint's position (step %lld, row %lld) is impossible",
                   (long long)position[0], (long long)position[1]);
done:
  return status;
}

static lg_status load(void *user, lg_ctx *ctx, const culture_pinn_state *state) {
  culture_pinn_file *file = user;
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  part parts[PARTS];
  const void *data[PARTS] = {NULL};
  int64_t digest;
  file->saved_at_s = now_s();
  if (access(file->path, R_OK) != 0) return LG_OK;
  parts_of(state, &digest, parts);
  LG_TRY(lg_safetensors_read(ctx, file->path, &st));
  LG_TRY(check(ctx, st, state, parts, data));
  for (size_t q = 0; q + 1 < PARTS; q++) memcpy(parts[q].data, data[q], parts[q].n * lg_dtype_bytes(parts[q].dtype));
  file->resumed_at = (double)state->position[0];
done:
  lg_safetensors_destroy(ctx, st);
  return status;
}

void lg_culture_pinn_keep(culture_pinn *options, culture_pinn_file *file) {
  options->save = save;
  options->load = load;
  options->user = file;
}
