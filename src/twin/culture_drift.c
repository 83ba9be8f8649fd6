/* Drift: found, undone, written, and what it leaves of the picture. */
#include "twin/culture_drift.h"

#include "io/table.h"

#include <math.h>
#include <string.h>

lg_status lg_culture_film_align(lg_ctx *ctx, lg_culture_film *f) {
  lg_status status = LG_OK;
  const lg_culture_movie *m = &f->movie;
  size_t lost = 0;
  LG_NEW(ctx, f->shift, m->n_frames);
  LG_TRY(lg_culture_find_shifts(ctx, m, f->shift, &f->shift_noise_px));
  LG_TRY(lg_culture_apply_shifts(ctx, &f->movie, f->shift));
  f->seen = lg_culture_seen_by_all(f->shift, m->n_frames, m->height, m->width);
  for (size_t t = 0; t < m->n_frames; t++) lost += !f->shift[t].trusted;
  if (lost > 0)
    lg_log(ctx, LG_LEVEL_WARNING, "%zu of %zu frames look like no other; their shifts are taken from the frames around",
           lost, m->n_frames);
  const double kept = (double)((f->seen.bottom - f->seen.top) * (f->seen.right - f->seen.left));
  if (kept < 0.5 * (double)(m->height * m->width))
    lg_log(ctx, LG_LEVEL_WARNING, "the frames drift so far that only %.0f %% of the picture is seen by all of them",
           100.0 * kept / (double)(m->height * m->width));
done:
  return status;
}

lg_status lg_culture_film_clip(lg_ctx *ctx, const lg_culture_film *f, lg_culture_masks *masks) {
  lg_status status = LG_OK;
  const culture_seen s = f->seen;
  unsigned char *had = NULL, *has = NULL;
  if (!f->shift) return LG_OK;
  if (masks->height != f->movie.height || masks->width != f->movie.width)
    return lg_fail(ctx, LG_ERR_RANGE, "masks of %zu x %zu pixels, a movie of %zu x %zu", masks->width, masks->height,
                   f->movie.width, f->movie.height);
  LG_NEW(ctx, had, (size_t)masks->most + 1);
  LG_NEW(ctx, has, (size_t)masks->most + 1);
  for (size_t y = 0; y < masks->height; y++)
    for (size_t x = 0; x < masks->width; x++) {
      uint32_t *label = &masks->label[y * masks->width + x];
      had[*label] = 1;
      if (y >= s.top && y < s.bottom && x >= s.left && x < s.right) has[*label] = 1;
      else *label = 0;
    }
  size_t lost = 0;
  for (size_t l = 1; l <= masks->most; l++) lost += had[l] && !has[l];
  if (lost > 0)
    lg_log(ctx, LG_LEVEL_WARNING, "%zu cell%s outside of what all frames show; left out", lost,
           lost == 1 ? " lies" : "s lie");
done:
  lg_free(ctx, had);
  lg_free(ctx, has);
  return status;
}

lg_status lg_culture_shifts_write(lg_ctx *ctx, const char *path, const lg_culture_film *f, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  if (!f->shift) return LG_OK;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *s = lg_outfile_stream(file);
  lg_provenance_write_comments(provenance, s);
  (void)fprintf(s, "# what lies at (y, x) in frame 0 lies at (y + dy_px, x + dx_px) in frame t\n");
  (void)fprintf(s, "# seen by all frames: rows %zu to %zu, columns %zu to %zu (the last not included)\n", f->seen.top,
                f->seen.bottom, f->seen.left, f->seen.right);
  (void)fprintf(s, "# standard deviation of one frame's shift along one axis: %.4f px\n", f->shift_noise_px);
  (void)fputs("frame,dy_px,dx_px,peak,trusted\n", s);
  for (size_t t = 0; t < f->movie.n_frames; t++)
    (void)fprintf(s, "%zu,%.4f,%.4f,%.4f,%d\n", t, f->shift[t].dy_px, f->shift[t].dx_px, f->shift[t].peak,
                  f->shift[t].trusted);
  return lg_outfile_commit(ctx, file);
}

lg_status lg_culture_seen_load(lg_ctx *ctx, const char *path, size_t height, size_t width, culture_seen *out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  culture_shift *shift = NULL;
  LG_TRY(lg_table_read(ctx, path, &table));
  const lg_table_item *dy = lg_table_find(table, "dy_px"), *dx = lg_table_find(table, "dx_px");
  if (!dy || !dx || !dy->x || !dx->x || dy->n != dx->n || dy->n == 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "columns dy_px and dx_px of numbers are needed, as --align writes them"));
  LG_NEW(ctx, shift, dy->n);
  for (size_t t = 0; t < dy->n; t++) {
    if (!(fabs(dy->x[t]) < 1e5 && fabs(dx->x[t]) < 1e5))
      LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "row %zu: a shift of %g, %g px", t + 1, dy->x[t], dx->x[t]));
    shift[t].dy_px = dy->x[t], shift[t].dx_px = dx->x[t];
  }
  *out = lg_culture_seen_by_all(shift, dy->n, height, width);
  if (out->bottom == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "these shifts leave nothing that all frames show"));
done:
  lg_free(ctx, shift);
  lg_table_destroy(ctx, table);
  return status;
}
