/* TIFF: what is written is read again; kinds of pixels, tiles, ImageJ's one block, OME-XML; damaged and foreign files.
 */
#include "tests/test.h"

#include "base/base.h"
#include "io/tiff.h"

#include <math.h>
#include <string.h>
#include <tiffio.h>

static void path_of(char *path, size_t bytes, const char *name) {
  (void)snprintf(path, bytes, "/tmp/lg-tiff-%ld-%s", (long)getpid(), name);
}

static void make_counts(uint16_t *x, size_t n) {
  lg_rng rng = lg_rng_make(1, 1, n);
  for (size_t k = 0; k < n; k++) x[k] = (uint16_t)lg_rng_below(&rng, 65536);
}

static void test_movie_there_and_back(void **state) {
  (void)state;
  enum { T = 5, H = 37, W = 53 };
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  static uint16_t counts[T * H * W];
  lg_tiff *t;
  path_of(path, sizeof path, "movie.tif");
  make_counts(counts, T * H * W);
  assert_ok(ctx, lg_tiff_write_movie(ctx, path, counts, T, H, W, 10.0, 0.65));
  assert_ok(ctx, lg_tiff_read(ctx, path, &t));
  assert_true(t->info.n_frames == T && t->info.height == H && t->info.width == W && t->info.bits == 16);
  assert_true(fabs(t->info.frame_s - 10.0) < 1e-9 && fabs(t->info.pixel_um - 0.65) < 1e-4);
  assert_memory_equal(t->counts, counts, sizeof counts);
  lg_tiff_destroy(ctx, t);
  assert_int_equal(lg_tiff_read_labels(ctx, path, &t), LG_ERR_UNSUPPORTED);
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

static void test_labels_there_and_back(void **state) {
  (void)state;
  enum { H = 21, W = 40 };
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  uint32_t label[H * W];
  lg_tiff *t;
  path_of(path, sizeof path, "masks.tif");
  for (uint32_t wide = 0; wide < 2; wide++) {
    for (uint32_t k = 0; k < H * W; k++) label[k] = k % 7 * (wide ? 100000 : 11);
    assert_ok(ctx, lg_tiff_write_labels(ctx, path, label, H, W));
    assert_ok(ctx, lg_tiff_read_labels(ctx, path, &t));
    assert_int_equal(t->info.bits, wide ? 32 : 16);
    assert_memory_equal(t->labels, label, sizeof label);
    lg_tiff_destroy(ctx, t);
  }
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

/* An image of libtiff's own, with what is asked for. */
typedef struct kind {
  uint16_t bits, samples, format, photometric;
  bool tiled;
  const char *order, *description;
} kind;

static void write_kind(const char *path, const kind *k, const void *pixels, uint32_t height, uint32_t width) {
  TIFF *tiff = TIFFOpen(path, k->order);
  assert_non_null(tiff);
  (void)TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  (void)TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  (void)TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, k->bits);
  (void)TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, k->samples);
  (void)TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, k->format);
  (void)TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, k->photometric);
  (void)TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  (void)TIFFSetField(tiff, TIFFTAG_COMPRESSION, k->tiled ? COMPRESSION_LZW : COMPRESSION_NONE);
  if (k->description) (void)TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, k->description);
  const size_t bytes = k->bits / 8 * k->samples;
  char buffer[64 * 64 * 8];
  if (k->tiled) {
    (void)TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 16);
    (void)TIFFSetField(tiff, TIFFTAG_TILELENGTH, 16);
    for (uint32_t y = 0; y < height; y += 16)
      for (uint32_t x = 0; x < width; x += 16) {
        memset(buffer, 0, sizeof buffer);
        for (uint32_t row = 0; row < 16 && y + row < height; row++)
          memcpy(buffer + row * 16 * bytes, (const char *)pixels + ((y + row) * width + x) * bytes,
                 (width - x < 16 ? width - x : 16) * bytes);
        assert_true(TIFFWriteTile(tiff, buffer, x, y, 0, 0) >= 0);
      }
  } else {
    (void)TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 7);
    for (uint32_t y = 0; y < height; y++) {
      memcpy(buffer, (const char *)pixels + y * width * bytes, width * bytes); /* libtiff swaps in place */
      assert_true(TIFFWriteScanline(tiff, buffer, y, 0) >= 0);
    }
  }
  TIFFClose(tiff);
}

static void test_kinds(void **state) {
  (void)state;
  enum { H = 33, W = 41 };
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  uint16_t half[H * W];
  uint8_t byte[H * W];
  uint32_t word[H * W];
  float real[H * W];
  lg_tiff *t;
  path_of(path, sizeof path, "kind.tif");
  make_counts(half, H * W);
  for (size_t k = 0; k < H * W; k++)
    byte[k] = (uint8_t)half[k], word[k] = (uint32_t)half[k] * 3, real[k] = (float)half[k] / 1000.0f - 3.0f;
  const kind grey = {16,
                     1,
                     SAMPLEFORMAT_UINT,
                     PHOTOMETRIC_MINISBLACK,
                     false,
                     "wb",
                     "<OME><Image><Pixels TimeIncrement=\"500\" TimeIncrementUnit=\"ms\" PhysicalSizeX=\"0.25\" "
                     "SizeC=\"1\"/></Image></OME>"};
  for (int tiled = 0; tiled < 2; tiled++)
    for (int big = 0; big < 2; big++) {
      kind k = grey;
      k.tiled = tiled, k.order = big ? "w8b" : "wl";
      write_kind(path, &k, half, H, W);
      assert_ok(ctx, lg_tiff_read(ctx, path, &t));
      assert_memory_equal(t->counts, half, sizeof half);
      assert_true(fabs(t->info.frame_s - 0.5) < 1e-12 && fabs(t->info.pixel_um - 0.25) < 1e-12);
      lg_tiff_destroy(ctx, t);
    }
  kind k = grey;
  k.bits = 8;
  write_kind(path, &k, byte, H, W);
  assert_ok(ctx, lg_tiff_read(ctx, path, &t));
  for (size_t q = 0; q < H * W; q++) assert_int_equal(t->counts[q], byte[q]);
  lg_tiff_destroy(ctx, t);
  k.bits = 32;
  write_kind(path, &k, word, H, W);
  assert_ok(ctx, lg_tiff_read(ctx, path, &t));
  for (size_t q = 0; q < H * W; q++)
    assert_true(fabs((double)t->counts[q] / t->scale + t->offset - (double)word[q]) <= 0.51 / t->scale);
  lg_tiff_destroy(ctx, t);
  k.format = SAMPLEFORMAT_IEEEFP;
  write_kind(path, &k, real, H, W);
  assert_ok(ctx, lg_tiff_read(ctx, path, &t));
  for (size_t q = 0; q < H * W; q++)
    assert_true(fabs((double)t->counts[q] / t->scale + t->offset - (double)real[q]) <= 0.51 / t->scale);
  lg_tiff_destroy(ctx, t);
  real[5] = (float)NAN;
  write_kind(path, &k, real, H, W);
  assert_int_equal(lg_tiff_read(ctx, path, &t), LG_ERR_FORMAT);
  k = grey, k.bits = 8, k.samples = 3, k.photometric = PHOTOMETRIC_RGB;
  static uint8_t colour[3 * H * W];
  write_kind(path, &k, colour, H, W);
  assert_int_equal(lg_tiff_read(ctx, path, &t), LG_ERR_UNSUPPORTED);
  assert_non_null(strstr(lg_ctx_message(ctx), "colour"));
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

/* Signed and 64-bit numbers, white that is 0, palettes: what microscopes and NumPy write. */
static void test_more_kinds(void **state) {
  (void)state;
  enum { H = 12, W = 15 };
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  int16_t signed_half[H * W];
  int64_t wide[H * W];
  double real[H * W];
  uint8_t byte[H * W];
  lg_tiff *t;
  path_of(path, sizeof path, "more.tif");
  for (int k = 0; k < H * W; k++) {
    signed_half[k] = (int16_t)(k * 7 - 300), wide[k] = k % 9, real[k] = 1e6 + 3.0 * k, byte[k] = (uint8_t)k;
  }
  kind k = {16, 1, SAMPLEFORMAT_INT, PHOTOMETRIC_MINISBLACK, false, "wb", NULL};
  for (int little = 0; little < 2; little++) {
    k.order = little ? "wl" : "wb", k.bits = 16, k.format = SAMPLEFORMAT_INT, k.photometric = PHOTOMETRIC_MINISBLACK;
    write_kind(path, &k, signed_half, H, W);
    assert_ok(ctx, lg_tiff_read(ctx, path, &t));
    for (size_t q = 0; q < H * W; q++) assert_int_equal(t->counts[q], signed_half[q] + 300);
    assert_true(t->offset == -300.0 && t->scale == 1.0);
    lg_tiff_destroy(ctx, t);
    assert_int_equal(lg_tiff_read_labels(ctx, path, &t), LG_ERR_FORMAT);
    assert_non_null(strstr(lg_ctx_message(ctx), "the first at row 0, column 0"));
    k.bits = 64;
    write_kind(path, &k, wide, H, W);
    assert_ok(ctx, lg_tiff_read_labels(ctx, path, &t));
    for (size_t q = 0; q < H * W; q++) assert_int_equal(t->labels[q], q % 9);
    lg_tiff_destroy(ctx, t);
    k.format = SAMPLEFORMAT_IEEEFP;
    write_kind(path, &k, real, H, W);
    assert_ok(ctx, lg_tiff_read(ctx, path, &t));
    for (size_t q = 0; q < H * W; q++)
      assert_true(fabs((double)t->counts[q] / t->scale + t->offset - real[q]) <= 0.51 / t->scale);
    lg_tiff_destroy(ctx, t);
    k.bits = 8, k.format = SAMPLEFORMAT_UINT, k.photometric = PHOTOMETRIC_MINISWHITE;
    write_kind(path, &k, byte, H, W);
    assert_ok(ctx, lg_tiff_read(ctx, path, &t));
    for (size_t q = 0; q < H * W; q++) assert_int_equal(t->counts[q], 255 - byte[q]);
    lg_tiff_destroy(ctx, t);
  }
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

/* Time and space as ImageJ and OME tell them; planes that are promised but not there. */
static void test_descriptions(void **state) {
  (void)state;
  enum { H = 9, W = 11 };
  static const struct {
    const char *text;
    double frame_s, pixel_um; /* the resolution is 4 pixels a unit */
    lg_status status;
  } cases[] = {
      {"ImageJ=1.54f\nimages=1\nunit=micron\nfinterval=2.0\n", 2.0, 0.25, LG_OK},
      {"ImageJ=1.54f\nunit=\\u00B5m\nfinterval=500.0\ntunit=ms\n", 0.5, 0.25, LG_OK},
      {"ImageJ=1.54f\nunit=nm\nfinterval=0.5\ntunit=min\n", 30.0, 0.25e-3, LG_OK},
      {"ImageJ=1.54f\nunit=pixel\n", (double)NAN, (double)NAN, LG_OK},
      {"ImageJ=1.54f\nimages=1\nslices=1\nframes=1\n", (double)NAN, (double)NAN, LG_OK},
      {"ImageJ=1.54f\nimages=6\nslices=3\nframes=2\n", 0, 0, LG_ERR_UNSUPPORTED},
      {"ImageJ=1.54f\nimages=90\nframes=90\nhyperstack=true\n", 0, 0, LG_ERR_FORMAT},
      {"<?xml version=\"1.0\"?><OME><Image><Pixels SizeC=\"1\" SizeZ=\"1\" SizeT=\"1\" PhysicalSizeX=\"650\" "
       "PhysicalSizeXUnit=\"nm\" TimeIncrement=\"10\"/></Image></OME>",
       10.0, 0.65, LG_OK},
      {"<OME><Image><Pixels SizeC=\"1\" SizeT=\"1\" PhysicalSizeX=\"1\"><Plane TheC=\"0\" TheZ=\"0\" DeltaT=\"0.1\"/>"
       "<Plane TheC=\"0\" TheZ=\"0\" DeltaT=\"10.1\"/><Plane TheC=\"0\" TheZ=\"0\" DeltaT=\"20.2\"/>"
       "<Plane TheC=\"0\" TheZ=\"0\" DeltaT=\"30.2\"/></Pixels></Image></OME>",
       10.0, 1.0, LG_OK},
      {"<OME><Image><Pixels SizeC=\"1\" SizeZ=\"1\" SizeT=\"7\"/></Image></OME>", 0, 0, LG_ERR_FORMAT},
      {"<OME><Image><Pixels SizeC=\"1\" SizeZ=\"5\" SizeT=\"7\"/></Image></OME>", 0, 0, LG_ERR_UNSUPPORTED},
      {"<OME><Image><Pixels SizeC=\"2\" SizeZ=\"1\" SizeT=\"1\"/></Image></OME>", 0, 0, LG_ERR_UNSUPPORTED}};
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  uint16_t half[H * W];
  path_of(path, sizeof path, "described.tif");
  make_counts(half, H * W);
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    kind k = {16, 1, SAMPLEFORMAT_UINT, PHOTOMETRIC_MINISBLACK, false, "wl", cases[c].text};
    lg_tiff *t = NULL;
    write_kind(path, &k, half, H, W);
    TIFF *tiff = TIFFOpen(path, "r+");
    assert_non_null(tiff);
    (void)TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_NONE);
    (void)TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 4.0);
    (void)TIFFRewriteDirectory(tiff);
    TIFFClose(tiff);
    const lg_status status = lg_tiff_read(ctx, path, &t);
    if (status != cases[c].status) fail_msg("case %zu: %s (%s)", c, lg_status_name(status), lg_ctx_message(ctx));
    if (status != LG_OK) continue;
    const double want[2] = {cases[c].frame_s, cases[c].pixel_um}, have[2] = {t->info.frame_s, t->info.pixel_um};
    for (int q = 0; q < 2; q++)
      if (isnan(want[q]) ? !isnan(have[q]) : !(fabs(have[q] - want[q]) < 1e-9 + 1e-6 * want[q]))
        fail_msg("case %zu: %g instead of %g", c, have[q], want[q]);
    lg_tiff_destroy(ctx, t);
  }
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

/* ImageJ's large stacks: one directory, the other frames behind its pixels. */
static void test_one_block(void **state) {
  (void)state;
  enum { T = 4, H = 16, W = 20 };
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  static uint16_t counts[T * H * W];
  lg_tiff *t;
  path_of(path, sizeof path, "block.tif");
  make_counts(counts, T * H * W);
  kind k = {16, 1, SAMPLEFORMAT_UINT, PHOTOMETRIC_MINISBLACK, false, "wb", "ImageJ=1.53\nimages=4\nfinterval=2.5\n"};
  for (int little = 0; little < 2; little++) {
    k.order = little ? "wl" : "wb";
    /* libtiff puts pixels first and the directory behind; frames must follow the pixels, so the whole goes in as one
       tall image whose height is then made smaller in the directory */
    write_kind(path, &k, counts, T * H, W);
    TIFF *tiff = TIFFOpen(path, "r+");
    assert_non_null(tiff);
    (void)TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)H);
    (void)TIFFRewriteDirectory(tiff);
    TIFFClose(tiff);
    const lg_status status = lg_tiff_read(ctx, path, &t);
    assert_ok(ctx, status);
    assert_int_equal(t->info.n_frames, T);
    assert_true(fabs(t->info.frame_s - 2.5) < 1e-12);
    assert_memory_equal(t->counts, counts, sizeof counts);
    lg_tiff_destroy(ctx, t);
  }
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

static void test_damaged(void **state) {
  (void)state;
  enum { T = 3, H = 30, W = 30 };
  lg_ctx *ctx = lg_test_ctx();
  char path[200];
  static uint16_t counts[T * H * W];
  unsigned char *bytes;
  size_t n;
  lg_tiff *t;
  path_of(path, sizeof path, "cut.tif");
  make_counts(counts, T * H * W);
  assert_ok(ctx, lg_tiff_write_movie(ctx, path, counts, T, H, W, (double)NAN, (double)NAN));
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 24, &bytes, &n));
  for (size_t cut = 0; cut < n; cut += n / 23 + 1) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    (void)fwrite(bytes, 1, cut, f);
    (void)fclose(f);
    const lg_status status = lg_tiff_read(ctx, path, &t);
    assert_int_equal(status, LG_ERR_FORMAT);
  }
  lg_free(ctx, bytes);
  (void)unlink(path);
  assert_int_equal(lg_tiff_read(ctx, path, &t), LG_ERR_IO);
  assert_int_equal(lg_tiff_read(ctx, "/tmp", &t), LG_ERR_FORMAT);
  lg_ctx_destroy(ctx);
}

static void test_shared_movie(void **state) {
  (void)state;
  char path[4096];
  if (!lg_test_shared("data/culture/open/open_movie.tif", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  lg_tiff *t;
  double sum = 0.0;
  assert_ok(ctx, lg_tiff_read(ctx, path, &t));
  assert_true(t->info.n_frames == 361 && t->info.height == 288 && t->info.width == 288);
  for (size_t k = 0; k < (size_t)361 * 288 * 288; k++) sum += (double)t->counts[k];
  assert_true(sum / (361.0 * 288.0 * 288.0) > 100.0); /* the camera's dark level */
  lg_tiff_destroy(ctx, t);
  static const char *const others[] = {"real_MDCK_wt_Zo_1_5.tif", "real_fura2_glomerulus_adu340.tif",
                                       "real_plantseg_ovule_raw_z16.tif", "real_stardist_nuclei_raw.tif"};
  for (size_t k = 0; k < 4; k++) {
    char name[200];
    (void)snprintf(name, sizeof name, "data/culture/open/%s", others[k]);
    (void)lg_test_shared(name, path, sizeof path);
    assert_ok(ctx, lg_tiff_read(ctx, path, &t));
    print_message("%s: %zu x %zu x %zu, %u bits\n", others[k], t->info.n_frames, t->info.height, t->info.width,
                  t->info.bits);
    lg_tiff_destroy(ctx, t);
  }
  (void)lg_test_shared("data/culture/open/open_masks.tif", path, sizeof path);
  assert_ok(ctx, lg_tiff_read_labels(ctx, path, &t));
  uint32_t most = 0;
  for (size_t k = 0; k < (size_t)288 * 288; k++) most = t->labels[k] > most ? t->labels[k] : most;
  assert_int_equal(most, 108);
  lg_tiff_destroy(ctx, t);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_movie_there_and_back),
                                     cmocka_unit_test(test_labels_there_and_back),
                                     cmocka_unit_test(test_kinds),
                                     cmocka_unit_test(test_more_kinds),
                                     cmocka_unit_test(test_descriptions),
                                     cmocka_unit_test(test_one_block),
                                     cmocka_unit_test(test_damaged),
                                     cmocka_unit_test(test_shared_movie)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
