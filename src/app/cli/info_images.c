/* Stacks of images in words: what a movie or a label image of a culture is. */
#include "app/cli/info.h"

#include <math.h>

/** What the pixels say. */
typedef struct pixels {
  double least, greatest, dark; /* in the file's values; dark: half a percent of the pixels are below */
  double full_pct;              /* at the greatest value that the type holds */
  bool is_labels;               /* one image of few values, most pixels equal to their neighbour */
  size_t n_labels;              /* values above 0 */
} pixels;

static double value_of(const lg_tiff *t, double count) { return count / t->scale + t->offset; }

static void look_at(const lg_tiff *t, const size_t *seen, pixels *p) {
  const size_t n = t->info.n_frames * t->info.height * t->info.width;
  size_t low = 0, high = 65535, below = 0, dark = 0, equal = 0;
  while (low < 65535 && !seen[low]) low++;
  while (high > 0 && !seen[high]) high--;
  while (dark < 65535 && 200 * (below + seen[dark]) < n) below += seen[dark++];
  for (size_t k = 1; k <= high; k++) p->n_labels += seen[k] > 0;
  p->least = value_of(t, (double)low), p->greatest = value_of(t, (double)high), p->dark = value_of(t, (double)dark);
  const size_t full = t->info.bits == 8 ? 255 : 65535;
  if (!t->info.is_float && t->info.bits <= 16) p->full_pct = 100.0 * (double)seen[full] / (double)n;
  if (t->info.n_frames > 1 || t->info.is_float) return;
  for (size_t k = 0; k + 1 < n; k++) equal += t->counts[k] == t->counts[k + 1];
  p->is_labels = p->n_labels > 0 && 5 * equal > 4 * n;
}

static lg_status count_pixels(lg_ctx *ctx, const lg_tiff *t, pixels *p) {
  size_t *seen = lg_alloc(ctx, 65536, sizeof *seen);
  *p = (pixels){0};
  if (!seen) return LG_ERR_MEMORY;
  for (size_t k = 0; k < t->info.n_frames * t->info.height * t->info.width; k++) seen[t->counts[k]]++;
  look_at(t, seen, p);
  lg_free(ctx, seen);
  return LG_OK;
}

void info_images_text(lg_ctx *ctx, FILE *stream, const lg_tiff *t) {
  const lg_tiff_info *i = &t->info;
  pixels p;
  if (count_pixels(ctx, t, &p) != LG_OK) return;
  (void)fprintf(stream, "%s, TIFF%s\n",
                p.is_labels       ? "labels"
                : i->n_frames > 1 ? "movie"
                                  : "image",
                i->is_one_block ? " (ImageJ, frames in one block)" : "");
  (void)fprintf(stream, "size         %zu frame%s of %zu x %zu pixels (width x height)\n", i->n_frames,
                i->n_frames == 1 ? "" : "s", i->width, i->height);
  (void)fprintf(stream, "pixels       %u bits, %s\n", i->bits, i->is_float ? "floats" : "whole numbers");
  if (p.is_labels) {
    (void)fprintf(stream, "labels       %zu, up to %.10g\n", p.n_labels, p.greatest);
  } else {
    (void)fprintf(stream, "values       %.6g to %.6g; half a percent of the pixels below %.6g\n", p.least, p.greatest,
                  p.dark);
    if (p.full_pct > 0.0) (void)fprintf(stream, "saturated    %.3g %% of the pixels\n", p.full_pct);
  }
  if (isfinite(i->frame_s)) (void)fprintf(stream, "time         %.6g s between frames\n", i->frame_s);
  else if (i->n_frames > 1) (void)fprintf(stream, "time         the file does not say how far frames are apart\n");
  if (isfinite(i->pixel_um)) (void)fprintf(stream, "space        %.6g um per pixel\n", i->pixel_um);
}

void info_images_json(lg_ctx *ctx, lg_json *w, const lg_tiff *t) {
  const lg_tiff_info *i = &t->info;
  pixels p;
  if (count_pixels(ctx, t, &p) != LG_OK) return;
  lg_json_key_integer(w, "n_frames", (int64_t)i->n_frames);
  lg_json_key_integer(w, "height", (int64_t)i->height);
  lg_json_key_integer(w, "width", (int64_t)i->width);
  lg_json_key_integer(w, "bits", i->bits);
  lg_json_key_boolean(w, "is_float", i->is_float);
  lg_json_key_number(w, "frame_s", i->frame_s);
  lg_json_key_number(w, "pixel_um", i->pixel_um);
  lg_json_key_number(w, "least", p.least);
  lg_json_key_number(w, "greatest", p.greatest);
  lg_json_key_number(w, "dark", p.dark);
  lg_json_key_number(w, "saturated_pct", p.full_pct);
  lg_json_key_boolean(w, "is_labels", p.is_labels);
  lg_json_key_integer(w, "n_labels", p.is_labels ? (int64_t)p.n_labels : 0);
}
