/* libtiff over memory; what the directories of a file say. */
#include "io/tiff_internal.h"

#include <math.h>
#include <string.h>

/* No compression that is read here goes further: blank blocks of zstd. */
enum { most_pixels_per_byte = 40000 };

static tmsize_t image_read(thandle_t handle, void *to, tmsize_t n) {
  tiff_image *i = handle;
  if (n < 0) return -1;
  const size_t left = i->at < i->n ? i->n - i->at : 0, m = (size_t)n < left ? (size_t)n : left;
  memcpy(to, i->bytes + i->at, m);
  i->at += m;
  return (tmsize_t)m;
}

static tmsize_t image_write(thandle_t handle, void *from, tmsize_t n) {
  (void)handle, (void)from, (void)n;
  return -1;
}

static toff_t image_seek(thandle_t handle, toff_t offset, int whence) {
  tiff_image *i = handle;
  i->at = whence == SEEK_SET ? (size_t)offset : whence == SEEK_CUR ? i->at + (size_t)offset : i->n + (size_t)offset;
  return i->at;
}

static int image_close(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t image_size(thandle_t handle) { return ((tiff_image *)handle)->n; }

/* The whole image, so that libtiff need not copy strips before it decodes them. It only reads. */
static int image_map(thandle_t handle, void **base, toff_t *size) {
  const tiff_image *i = handle;
  union {
    const unsigned char *from;
    void *to;
  } pointer = {.from = i->bytes};
  *base = pointer.to;
  *size = i->n;
  return 1;
}

static void image_unmap(thandle_t handle, void *base, toff_t size) { (void)handle, (void)base, (void)size; }

/* libtiff's handlers are global, with the open file as the only context: it is the image. */
static void keep_message(thandle_t handle, const char *module, const char *fmt, va_list list) {
  tiff_image *i = handle;
  (void)module;
  if (!i || i->message[0]) return; /* the first says why */
  (void)vsnprintf(i->message, sizeof i->message, fmt, list);
  lg_one_line(i->message);
}

static void drop_message(thandle_t handle, const char *module, const char *fmt, va_list list) {
  (void)handle, (void)module, (void)fmt, (void)list;
}

TIFF *lg_tiff_open_image(tiff_image *image) {
  (void)TIFFSetErrorHandler(NULL);
  (void)TIFFSetWarningHandler(NULL);
  (void)TIFFSetErrorHandlerExt(keep_message);
  (void)TIFFSetWarningHandlerExt(drop_message);
  image->at = 0;
  image->message[0] = '\0';
  return TIFFClientOpen("image", "r", image, image_read, image_write, image_seek, image_close, image_size, image_map,
                        image_unmap);
}

/* One directory as far as it must be the same for all. */
typedef struct page {
  uint32_t width, height;
  uint16_t bits, samples, format, photometric;
} page;

static lg_status read_page(lg_ctx *ctx, TIFF *tiff, size_t frame, page *p) {
  *p = (page){.bits = 1, .samples = 1, .format = SAMPLEFORMAT_UINT, .photometric = PHOTOMETRIC_MINISBLACK};
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &p->width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &p->height))
    return lg_fail(ctx, LG_ERR_FORMAT, "frame %zu has no size", frame + 1);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &p->bits);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &p->samples);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &p->format);
  (void)TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &p->photometric);
  return LG_OK;
}

static lg_status check_page(lg_ctx *ctx, const page *p) {
  if (p->width < 1 || p->height < 1 || p->width > LG_TIFF_MAX_SIDE || p->height > LG_TIFF_MAX_SIDE)
    return lg_fail(ctx, LG_ERR_LIMIT, "frames of %u x %u pixels; 1 to %d a side are read", p->width, p->height,
                   (int)LG_TIFF_MAX_SIDE);
  if (p->photometric == PHOTOMETRIC_PALETTE)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "a colour image (its pixels are numbers of a palette); one grey channel is "
                   "needed");
  if (p->samples != 1 || p->photometric == PHOTOMETRIC_RGB)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "a colour image (%u values a pixel); one grey channel is needed",
                   p->samples);
  const bool whole = p->format == SAMPLEFORMAT_UINT || p->format == SAMPLEFORMAT_INT || p->format == SAMPLEFORMAT_VOID;
  const bool fine = (whole && (p->bits == 8 || p->bits == 16 || p->bits == 32 || p->bits == 64)) ||
                    (p->format == SAMPLEFORMAT_IEEEFP && (p->bits == 32 || p->bits == 64));
  if (!fine)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "pixels of %u bits, format %u; whole numbers of 8, 16, 32, 64 bits or floats "
                   "of 32, 64 are read",
                   p->bits, p->format);
  return LG_OK;
}

/* Size of a pixel out of the resolution; unit_um: of ImageJ's own unit, which TIFF knows nothing of. */
static double resolution_um(TIFF *tiff, double unit_um) {
  float per_unit = 0.0f;
  uint16_t unit = RESUNIT_NONE;
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
  if (!TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &per_unit) || !(per_unit > 0.0f)) return (double)NAN;
  if (unit_um > 0.0) return unit_um / (double)per_unit;
  if (unit != RESUNIT_CENTIMETER) return (double)NAN; /* inches are what programs write that know nothing of pixels */
  return 1e4 / (double)per_unit;
}

static lg_status describe(lg_ctx *ctx, TIFF *tiff, lg_tiff_info *info, tiff_words *words) {
  char *text = NULL;
  *words = (tiff_words){.unit_um = (double)NAN};
  info->frame_s = info->pixel_um = (double)NAN;
  if (TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) && text)
    lg_tiff_describe(ctx, text, strlen(text), info, words);
  if (isnan(info->pixel_um)) info->pixel_um = resolution_um(tiff, words->unit_um);
  if (words->channels > 1)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the stack has %ld channels; give the one of calcium", words->channels);
  if (words->slices > 1 && words->frames > 1)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the stack has %ld planes in depth at %ld times; give one plane over time",
                   words->slices, words->frames);
  return LG_OK;
}

/* ImageJ writes large stacks with one directory: the frames follow each other, not compressed. */
static lg_status one_block(lg_ctx *ctx, TIFF *tiff, const tiff_image *image, long images, lg_tiff_info *info) {
  uint16_t compression = COMPRESSION_NONE;
  uint64_t *offsets = NULL;
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  if (images <= 1 || compression != COMPRESSION_NONE || TIFFIsTiled(tiff)) return LG_OK;
  if (!TIFFGetField(tiff, TIFFTAG_STRIPOFFSETS, &offsets) || !offsets) return LG_OK;
  const uint64_t frame = (uint64_t)info->height * info->width * (info->bits / 8);
  if (images > LG_TIFF_MAX_FRAMES || offsets[0] > image->n || (image->n - offsets[0]) / frame < (uint64_t)images)
    return lg_fail(ctx, LG_ERR_FORMAT, "the description promises %ld frames; the file is too short for them", images);
  info->n_frames = (size_t)images;
  info->is_one_block = true;
  return LG_OK;
}

static lg_status scan(lg_ctx *ctx, TIFF *tiff, tiff_image *image, lg_tiff_info *info) {
  page first, now;
  tiff_words words;
  lg_status status = read_page(ctx, tiff, 0, &first);
  if (status == LG_OK) status = check_page(ctx, &first);
  if (status == LG_OK) status = describe(ctx, tiff, info, &words);
  if (status != LG_OK) return status;
  info->width = first.width, info->height = first.height, info->bits = first.bits;
  info->is_float = first.format == SAMPLEFORMAT_IEEEFP;
  info->is_signed = first.format == SAMPLEFORMAT_INT;
  info->is_inverted = first.photometric == PHOTOMETRIC_MINISWHITE;
  for (info->n_frames = 1; TIFFReadDirectory(tiff); info->n_frames++) {
    if (info->n_frames == LG_TIFF_MAX_FRAMES)
      return lg_fail(ctx, LG_ERR_LIMIT, "more than %d frames", (int)LG_TIFF_MAX_FRAMES);
    status = read_page(ctx, tiff, info->n_frames, &now);
    if (status != LG_OK) return status;
    if (memcmp(&now, &first, sizeof now) != 0)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "frame %zu has %u x %u pixels of %u bits, the first %u x %u of %u; all must be alike",
                     info->n_frames + 1, now.width, now.height, now.bits, first.width, first.height, first.bits);
  }
  if (image->message[0])
    return lg_fail(ctx, LG_ERR_FORMAT, "behind frame %zu: %s; the file is cut or damaged", info->n_frames,
                   image->message);
  if (info->n_frames == 1 && TIFFSetDirectory(tiff, 0)) {
    status = one_block(ctx, tiff, image, words.images, info);
    if (status != LG_OK) return status;
  }
  if (words.images > 0 && info->n_frames < (size_t)words.images)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "the description promises %ld frames, %zu are in the file: it is cut, or the others "
                   "lie in other files",
                   words.images, info->n_frames);
  if (info->n_frames > LG_TIFF_MAX_PIXELS / (info->width * info->height))
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu frames of %zu x %zu pixels are more than 4e9 pixels", info->n_frames,
                   info->width, info->height);
  if (info->n_frames * info->width * info->height / most_pixels_per_byte > image->n)
    return lg_fail(ctx, LG_ERR_FORMAT, "%zu frames of %zu x %zu pixels cannot come out of %zu bytes", info->n_frames,
                   info->width, info->height, image->n);
  return LG_OK;
}

lg_status lg_tiff_scan(lg_ctx *ctx, tiff_image *image, lg_tiff_info *info) {
  *info = (lg_tiff_info){0};
  TIFF *tiff = lg_tiff_open_image(image);
  if (!tiff)
    return lg_fail(ctx, LG_ERR_FORMAT, "no TIFF: %s", image->message[0] ? image->message : "libtiff cannot open it");
  const lg_status status = scan(ctx, tiff, image, info);
  TIFFClose(tiff);
  return status;
}
