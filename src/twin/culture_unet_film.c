/* Cells of a film by the flow network: maps brought to the size of cells that it knows, masks brought back. */
#include "twin/culture_unet.h"

#include "culture/blur.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

/* Median area of the cells that it was trained on. Zooms are tried in steps of a root of two; flows and the masks made
 * of them agree to better than `good` (mean square) where the zoom is right and the image is clear; in noise, and
 * where it knows nothing, they are never nearer than `poor`. */
static const double known_area_px = 768.0, step = 1.4142135623730951, least_zoom = 0.125, most_zoom = 8.0;
static const double good = 0.15, poor = 0.33;
enum { LOOKS = 8, WINDOW = 288, GLANCE = 512 };

double lg_culture_unet_diameter_px(void) { return sqrt(4.0 * known_area_px / 3.141592653589793); }

culture_unet_options lg_culture_unet_options_default(void) {
  return (culture_unet_options){.zoom = (double)NAN, .flow = lg_culture_flow_default()};
}

/* Median area of labels that do not touch the rim; of all where every one does. */
static lg_status median_area(lg_ctx *ctx, const lg_culture_masks *m, double *area) {
  lg_status status = LG_OK;
  double *count = NULL;
  size_t kept = 0;
  LG_NEW(ctx, count, 2 * ((size_t)m->most + 1));
  double *rim = count + m->most + 1;
  for (size_t k = 0; k < m->height * m->width; k++) {
    const size_t y = k / m->width, x = k % m->width;
    count[m->label[k]] += 1.0;
    if (y == 0 || x == 0 || y + 1 == m->height || x + 1 == m->width) rim[m->label[k]] = 1.0;
  }
  for (int all = 0; all < 2 && kept == 0; all++)
    for (size_t c = 1; c <= m->most; c++)
      if (count[c] > 0.0 && (all || rim[c] == 0.0)) count[kept++] = count[c]; /* kept < c */
  *area = kept ? lg_median(count, kept) : known_area_px;
done:
  lg_free(ctx, count);
  return status;
}

static double zoom_of(double area) { return fmin(fmax(sqrt(known_area_px / area), least_zoom), most_zoom); }

/* By what the watershed finds in the middle of the image. */
static lg_status first_zoom(lg_ctx *ctx, const float *map, const lg_culture_movie *m, double *zoom) {
  lg_status status = LG_OK;
  culture_watershed o = lg_culture_watershed_default();
  lg_culture_masks *masks = NULL;
  const size_t height = m->height < GLANCE ? m->height : GLANCE, width = m->width < GLANCE ? m->width : GLANCE;
  const float *from = map + (m->height - height) / 2 * m->width + (m->width - width) / 2;
  float *cut = NULL;
  double h, area;
  if (m->n_frames < 8) o.h = 0.2, o.smooth_px = 2.0, o.background_px = 25.0;
  LG_NEW(ctx, cut, height * width);
  for (size_t y = 0; y < height; y++) memcpy(cut + y * width, from + y * m->width, width * sizeof *cut);
  status = lg_culture_watershed_segment(ctx, cut, height, width, &o, &masks, &h);
  if (status == LG_ERR_NOT_FOUND) { /* no seed: as it is */
    *zoom = 1.0;
    status = LG_OK;
    lg_ctx_clear(ctx);
    goto done;
  }
  if (status != LG_OK) goto done;
  LG_TRY(median_area(ctx, masks, &area));
  *zoom = zoom_of(area);
  if (*zoom > 0.75 && *zoom < 1.33) *zoom = 1.0; /* what it knows well; nothing is resampled */
done:
  lg_free(ctx, cut);
  lg_culture_masks_destroy(ctx, masks);
  return status;
}

/* Linear resampling, blurred first where it is made smaller. @param to (h, w) */
static lg_status resample(lg_ctx *ctx, const float *from, size_t height, size_t width, double zoom, float *to, size_t h,
                          size_t w) {
  lg_status status = LG_OK;
  float *block = NULL;
  const size_t n = height * width;
  LG_NEW(ctx, block, 2 * n + width + 2 * CULTURE_BLUR_MOST);
  if (zoom < 1.0) {
    const culture_blur blur = lg_culture_blur_make(0.45 / zoom);
    lg_culture_blur(&blur, height, width, from, block, block + n);
  } else {
    memcpy(block, from, n * sizeof *block);
  }
  for (size_t y = 0; y < h; y++)
    for (size_t x = 0; x < w; x++) {
      const double sy = fmin(fmax(((double)y + 0.5) / zoom - 0.5, 0.0), (double)height - 1.0);
      const double sx = fmin(fmax(((double)x + 0.5) / zoom - 0.5, 0.0), (double)width - 1.0);
      const size_t y0 = (size_t)sy, x0 = (size_t)sx, y1 = y0 + 1 < height ? y0 + 1 : y0,
                   x1 = x0 + 1 < width ? x0 + 1 : x0;
      const double fy = sy - (double)y0, fx = sx - (double)x0;
      to[y * w + x] =
          (float)((1 - fy) * ((1 - fx) * (double)block[y0 * width + x0] + fx * (double)block[y0 * width + x1]) +
                  fy * ((1 - fx) * (double)block[y1 * width + x0] + fx * (double)block[y1 * width + x1]));
    }
done:
  lg_free(ctx, block);
  return status;
}

/* Maps (2, height, width) of the film: mean and correlation, or twice the image. */
static lg_status make_maps(lg_ctx *ctx, const lg_culture_film *f, float *maps, float *seeds) {
  const lg_culture_movie *m = &f->movie;
  const size_t n = m->height * m->width;
  if (m->n_frames >= 8) {
    const lg_status status = lg_culture_project(ctx, m, f->table, maps, maps + n);
    lg_culture_cell_map(maps, maps + n, n, seeds);
    lg_culture_unet_correlation(maps + n, n);
    return status;
  }
  bool membranes;
  const lg_status status = lg_culture_image_map(ctx, m, &membranes, seeds);
  for (size_t k = 0; k < n; k++) maps[k] = maps[n + k] = seeds[k];
  return status;
}

typedef struct window {
  size_t y0, x0, h, w;
} window;

/* The maps of a film, (2, height, width); turned: dark is bright. */
typedef struct scene {
  const lg_culture_unet_file *net;
  const float *maps;
  size_t height, width;
  bool turned;
} scene;

static lg_status mean_error(lg_ctx *ctx, const lg_culture_masks *m, const float *flow, double *error) {
  lg_status status = LG_OK;
  double *of = NULL, area = 0.0;
  LG_NEW(ctx, of, (size_t)m->most + 1);
  LG_TRY(lg_culture_flow_error(ctx, m, flow, of));
  *error = 0.0;
  for (size_t k = 0; k < m->height * m->width; k++)
    if (m->label[k]) *error += of[m->label[k]], area += 1.0;
  *error = area > 0.0 ? *error / area : (double)INFINITY;
done:
  lg_free(ctx, of);
  return status;
}

/* A window of the two maps, resampled, through the network to masks. @param[out] error mean square by which the masks'
 * own flows lie off; may be NULL */
static lg_status run_zoomed(lg_ctx *ctx, const scene *s, const window *at, double zoom, const culture_flow_options *o,
                            lg_culture_masks **out, double *error) {
  lg_status status = LG_OK;
  const size_t h = (size_t)fmax(16.0, floor((double)at->h * zoom + 0.5)), n = at->h * at->w;
  const size_t w = (size_t)fmax(16.0, floor((double)at->w * zoom + 0.5));
  float *sized = NULL, *cut = NULL, *x = NULL, *flow = NULL; /* each is given back as soon as it was used */
  LG_NEW(ctx, cut, n);
  LG_NEW(ctx, sized, 2 * h * w);
  for (size_t q = 0; q < 2; q++) {
    for (size_t y = 0; y < at->h; y++)
      memcpy(cut + y * at->w, s->maps + (q * s->height + at->y0 + y) * s->width + at->x0, at->w * sizeof *cut);
    LG_TRY(resample(ctx, cut, at->h, at->w, zoom, sized + q * h * w, h, w));
  }
  lg_free(ctx, cut);
  cut = NULL;
  LG_NEW(ctx, x, CULTURE_UNET_IN * h * w);
  LG_TRY(lg_culture_unet_input(ctx, sized, sized + h * w, h, w, x));
  lg_free(ctx, sized);
  sized = NULL;
  for (size_t k = 0; s->turned && k < CULTURE_UNET_IN * h * w; k++) x[k] = 2.0f - x[k];
  LG_NEW(ctx, flow, CULTURE_UNET_OUT * h * w);
  LG_TRY(lg_culture_unet_run(ctx, &s->net->net, s->net->theta, x, h, w, flow));
  lg_free(ctx, x);
  x = NULL;
  LG_TRY(lg_culture_flow_masks(ctx, flow, h, w, o, out));
  if (error) LG_TRY(mean_error(ctx, *out, flow, error));
done:
  lg_free(ctx, sized);
  lg_free(ctx, cut);
  lg_free(ctx, x);
  lg_free(ctx, flow);
  return status;
}

/* Labels at the film's size: the nearest of the smaller or larger ones. */
static lg_status bring_back(lg_ctx *ctx, size_t height, size_t width, lg_culture_masks *m) {
  lg_status status = LG_OK;
  uint32_t *label = NULL;
  if (m->height == height && m->width == width) return LG_OK;
  LG_NEW(ctx, label, height * width);
  for (size_t y = 0; y < height; y++)
    for (size_t x = 0; x < width; x++) {
      const size_t sy = (size_t)(((double)y + 0.5) * (double)m->height / (double)height);
      const size_t sx = (size_t)(((double)x + 0.5) * (double)m->width / (double)width);
      label[y * width + x] = m->label[sy * m->width + sx];
    }
  lg_free(ctx, m->label);
  m->label = label, m->height = height, m->width = width;
done:
  return status;
}

/* The middle of the image, as large as what the network takes in one piece. */
static window middle_of(size_t height, size_t width, double zoom) {
  const size_t side = (size_t)fmax(32.0, floor((double)WINDOW / zoom));
  window at = {.h = side < height ? side : height, .w = side < width ? side : width};
  at.y0 = (height - at.h) / 2, at.x0 = (width - at.w) / 2;
  return at;
}

/* How far flows and masks disagree at a zoom; infinite where there is no cell. The check of cells is off: it would hide
 * what this is to find. */
static lg_status try_zoom(lg_ctx *ctx, const scene *s, const culture_flow_options *flow, double zoom, double *error) {
  const window at = middle_of(s->height, s->width, zoom);
  culture_flow_options every = *flow;
  lg_culture_masks *masks = NULL;
  every.flow_threshold = 0.0;
  *error = (double)INFINITY;
  if (zoom < least_zoom || zoom > most_zoom) return LG_OK;
  lg_status status = run_zoomed(ctx, s, &at, zoom, &every, &masks, error);
  lg_culture_masks_destroy(ctx, masks);
  if (status != LG_ERR_NOT_FOUND) return status;
  lg_ctx_clear(ctx);
  return LG_OK;
}

/* From a first zoom downhill to where they disagree least. */
static lg_status find_zoom(lg_ctx *ctx, const scene *s, const culture_flow_options *flow, double *zoom, double *best) {
  lg_status status = LG_OK;
  const double first = *zoom;
  LG_TRY(try_zoom(ctx, s, flow, *zoom, best));
  if (*best < good && *zoom == 1.0) return LG_OK;
  for (int way = 0; way < 2 && *zoom == first; way++) /* down only where up was no better */
    for (int k = 0; k < LOOKS; k++) {
      const double next = way ? *zoom / step : *zoom * step;
      double error;
      LG_TRY(try_zoom(ctx, s, flow, next, &error));
      if (!(error < *best)) break;
      *best = error, *zoom = next;
    }
  if (*zoom > 0.75 && *zoom < 1.33) *zoom = 1.0;
done:
  return status;
}

/* Zoom, and of an image which way round it is: bright cells on dark look like membranes to the measure of
 * lg_culture_image_map() where there are few of them. */
static lg_status search(lg_ctx *ctx, const lg_culture_film *f, const float *map, const culture_flow_options *flow,
                        scene *s, double *zoom) {
  lg_status status = LG_OK;
  double first, error, other;
  LG_TRY(first_zoom(ctx, map, &f->movie, &first));
  *zoom = first;
  LG_TRY(find_zoom(ctx, s, flow, zoom, &error));
  if (f->movie.n_frames < 8 && error > good) {
    double turned = first;
    s->turned = true;
    LG_TRY(find_zoom(ctx, s, flow, &turned, &other));
    s->turned = other < error;
    if (s->turned) *zoom = turned, error = other;
  }
  if (error > poor)
    LG_TRY(lg_fail(ctx, LG_ERR_NOT_FOUND,
                   "no cell that the network knows: its flows and the cells made of them disagree at every zoom; "
                   "--diameter says how large cells are"));
done:
  return status;
}

lg_status lg_culture_film_unet(lg_ctx *ctx, const lg_culture_film *f, const lg_culture_unet_file *net,
                               const culture_unet_options *o, lg_culture_masks **out, double *zoom) {
  lg_status status = LG_OK;
  const size_t height = f->movie.height, width = f->movie.width, n = height * width;
  const window whole = {.h = height, .w = width};
  scene s = {.net = net, .height = height, .width = width};
  float *maps = NULL;
  *out = NULL;
  *zoom = o->zoom;
  if (!isnan(o->zoom) && !(o->zoom >= 0.05 && o->zoom <= 20.0))
    return lg_fail(ctx, LG_ERR_RANGE, "a zoom of %g; 0.05 to 20", o->zoom);
  LG_NEW(ctx, maps, 3 * n);
  s.maps = maps;
  LG_TRY(make_maps(ctx, f, maps, maps + 2 * n));
  if (isnan(*zoom)) LG_TRY(search(ctx, f, maps + 2 * n, &o->flow, &s, zoom));
  LG_TRY(run_zoomed(ctx, &s, &whole, *zoom, &o->flow, out, NULL));
  LG_TRY(bring_back(ctx, height, width, *out));
done:
  lg_free(ctx, maps);
  if (status != LG_OK) {
    lg_culture_masks_destroy(ctx, *out);
    *out = NULL;
  }
  return status;
}
