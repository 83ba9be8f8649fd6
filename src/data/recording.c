#include <loligo/recording.h>

#include "base/base.h"

#include <string.h>

lg_status lg_recording_create(lg_ctx *ctx, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  *out = NULL;
  LG_NEW(ctx, rec, 1);
  LG_TRY(lg_recording_set_text(ctx, &rec->source, ""));
  LG_TRY(lg_recording_set_text(ctx, &rec->format, ""));
  LG_TRY(lg_recording_set_text(ctx, &rec->pairing, ""));
  LG_TRY(lg_recording_set_text(ctx, &rec->protocol, ""));
  *out = rec;
  return LG_OK;
done:
  lg_recording_destroy(ctx, rec);
  return status;
}

void lg_recording_destroy(lg_ctx *ctx, lg_recording *rec) {
  if (!rec) return;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    lg_free(ctx, rec->sweeps[k].v_mV);
    lg_free(ctx, rec->sweeps[k].i_pA);
  }
  for (size_t k = 0; k < rec->n_warnings; k++) lg_free(ctx, rec->warnings[k]);
  for (size_t k = 0; k < rec->n_files; k++) lg_free(ctx, rec->files[k]);
  lg_free(ctx, (void *)rec->files);
  lg_free(ctx, rec->sweeps);
  lg_free(ctx, (void *)rec->warnings);
  lg_free(ctx, rec->source);
  lg_free(ctx, rec->format);
  lg_free(ctx, rec->pairing);
  lg_free(ctx, rec->protocol);
  lg_free(ctx, rec);
}

lg_status lg_recording_add_sweep(lg_ctx *ctx, lg_recording *rec, size_t n, double dt_ms, int with_current,
                                 lg_sweep **out) {
  lg_status status = LG_OK;
  lg_sweep sweep = {.n = n, .dt_ms = dt_ms, .number = (int)rec->n_sweeps};
  *out = NULL;
  LG_NEW(ctx, sweep.v_mV, n);
  if (with_current) LG_NEW(ctx, sweep.i_pA, n);
  /* room for 1, 2, 4, 8 … sweeps: the block is full exactly when their number is a power of two */
  if ((rec->n_sweeps & (rec->n_sweeps - 1)) == 0) {
    const size_t room = rec->n_sweeps > 0 ? 2 * rec->n_sweeps : 1;
    lg_sweep *grown = lg_realloc(ctx, rec->sweeps, rec->n_sweeps * sizeof *grown, room, sizeof *grown);
    if (!grown) {
      status = LG_ERR_MEMORY;
      goto done;
    }
    rec->sweeps = grown;
  }
  rec->sweeps[rec->n_sweeps] = sweep;
  *out = &rec->sweeps[rec->n_sweeps++];
  return LG_OK;
done:
  lg_free(ctx, sweep.v_mV);
  lg_free(ctx, sweep.i_pA);
  return status;
}

static lg_status append_text(lg_ctx *ctx, char ***list, size_t *n, const char *text) {
  char *copy = lg_strdup(ctx, text);
  if (!copy) return LG_ERR_MEMORY;
  char **grown = lg_realloc(ctx, (void *)*list, *n * sizeof *grown, *n + 1, sizeof *grown);
  if (!grown) {
    lg_free(ctx, copy);
    return LG_ERR_MEMORY;
  }
  grown[(*n)++] = copy;
  *list = grown;
  return LG_OK;
}

lg_status lg_recording_warn(lg_ctx *ctx, lg_recording *rec, const char *fmt, ...) {
  char text[512];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  lg_one_line(text);
  return append_text(ctx, &rec->warnings, &rec->n_warnings, text);
}

lg_status lg_recording_add_file(lg_ctx *ctx, lg_recording *rec, const char *path) {
  return append_text(ctx, &rec->files, &rec->n_files, path);
}

lg_status lg_recording_set_text(lg_ctx *ctx, char **field, const char *text) {
  char *copy = lg_strdup(ctx, text);
  if (!copy) return LG_ERR_MEMORY;
  lg_free(ctx, *field);
  *field = copy;
  return LG_OK;
}
