/* What the description of a TIFF says of time and space: OME-XML, or ImageJ's "key=value" lines. */
#include "io/tiff_internal.h"
#include "io/xml.h"
#include "num/median.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double positive(const char *text) {
  char *end;
  const double x = text ? strtod(text, &end) : 0.0;
  return text && end != text && x > 0.0 && isfinite(x) ? x : (double)NAN;
}

/* Seconds of OME's and ImageJ's units of time. */
static double seconds(const char *unit) {
  static const struct {
    const char *name;
    double s;
  } units[] = {{"s", 1.0},        {"sec", 1.0},  {"second", 1.0},     {"seconds", 1.0}, {"ms", 1e-3},
               {"msec", 1e-3},    {"us", 1e-6},  {"\xc2\xb5s", 1e-6}, {"min", 60.0},    {"minute", 60.0},
               {"minutes", 60.0}, {"h", 3600.0}, {"hour", 3600.0},    {"hours", 3600.0}};
  if (!unit || !unit[0]) return 1.0;
  for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
    if (strcmp(unit, units[k].name) == 0) return units[k].s;
  return (double)NAN;
}

/* Micrometres of their units of length; ImageJ writes the letter mu as an escape. */
static double micrometres(const char *unit) {
  static const struct {
    const char *name;
    double um;
  } units[] = {{"\xc2\xb5m", 1.0}, {"\xce\xbcm", 1.0}, {"\xb5m", 1.0},      {"\\u00B5m", 1.0}, {"um", 1.0},
               {"micron", 1.0},    {"microns", 1.0},   {"micrometer", 1.0}, {"nm", 1e-3},      {"nanometer", 1e-3},
               {"mm", 1e3},        {"cm", 1e4},        {"m", 1e6},          {"inch", 25400.0}, {"in", 25400.0}};
  if (!unit) return 1.0;
  for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
    if (strcmp(unit, units[k].name) == 0) return units[k].um;
  return (double)NAN;
}

static long count_of(const char *text) {
  const long n = text ? strtol(text, NULL, 10) : 0;
  return n > 0 ? n : 0;
}

/* Planes of the first channel tell their times where the document has no increment: the middle one of their steps. */
static double step_of_planes(lg_ctx *ctx, const lg_xml_element *pixels) {
  lg_status status = LG_OK;
  double *steps = NULL, before = 0.0, middle = (double)NAN;
  size_t n = 0, planes = 0;
  for (const lg_xml_element *p = lg_xml_child(pixels, "Plane"); p; p = lg_xml_sibling(p, "Plane")) planes++;
  LG_NEW(ctx, steps, planes + 1);
  for (const lg_xml_element *p = lg_xml_child(pixels, "Plane"); p; p = lg_xml_sibling(p, "Plane")) {
    const char *c = lg_xml_attribute(p, "TheC"), *z = lg_xml_attribute(p, "TheZ"),
               *text = lg_xml_attribute(p, "DeltaT");
    if ((c && strcmp(c, "0") != 0) || (z && strcmp(z, "0") != 0) || !text) continue;
    const double now = strtod(text, NULL) * seconds(lg_xml_attribute(p, "DeltaTUnit"));
    steps[n++] = now - before; /* the first is none */
    before = now;
  }
  if (n > 2) middle = lg_median(steps + 1, n - 1);
done:
  lg_free(ctx, steps);
  return status == LG_OK && middle > 0.0 && isfinite(middle) ? middle : (double)NAN;
}

static void ome(lg_ctx *ctx, const char *text, size_t n, lg_tiff_info *info, tiff_words *words) {
  lg_xml *xml = NULL;
  if (lg_xml_parse(ctx, "OME-XML", text, n, &xml) != LG_OK) return; /* the pixels are what counts */
  const lg_xml_element *image = lg_xml_child(lg_xml_root(xml), "Image");
  const lg_xml_element *pixels = image ? lg_xml_child(image, "Pixels") : NULL;
  if (pixels) {
    info->frame_s =
        positive(lg_xml_attribute(pixels, "TimeIncrement")) * seconds(lg_xml_attribute(pixels, "TimeIncrementUnit"));
    info->pixel_um = positive(lg_xml_attribute(pixels, "PhysicalSizeX")) *
                     micrometres(lg_xml_attribute(pixels, "PhysicalSizeXUnit"));
    if (isnan(info->frame_s)) info->frame_s = step_of_planes(ctx, pixels);
    words->channels = count_of(lg_xml_attribute(pixels, "SizeC"));
    words->slices = count_of(lg_xml_attribute(pixels, "SizeZ"));
    words->frames = count_of(lg_xml_attribute(pixels, "SizeT"));
    if (words->slices > 0 && words->frames > 0 && words->slices < 1000000 && words->frames < 1000000)
      words->images = words->slices * words->frames;
  }
  lg_xml_destroy(ctx, xml);
}

/* Value of a line "key=…", into a buffer; false: there is none. */
static bool value_of(const char *text, size_t n, const char *key, char *value, size_t bytes) {
  const size_t length = strlen(key);
  for (size_t at = 0; at + length < n;) {
    size_t end = at;
    while (end < n && text[end] != '\n' && text[end] != '\0') end++;
    if (end - at > length && strncmp(text + at, key, length) == 0 && text[at + length] == '=') {
      size_t m = end - at - length - 1;
      if (m >= bytes) m = bytes - 1;
      memcpy(value, text + at + length + 1, m);
      value[m] = '\0';
      return true;
    }
    at = end + 1;
  }
  return false;
}

static void imagej(const char *text, size_t n, lg_tiff_info *info, tiff_words *words) {
  char value[64], unit[64];
  long *const counts[] = {&words->images, &words->channels, &words->slices, &words->frames};
  static const char *const names[] = {"images", "channels", "slices", "frames"};
  for (size_t k = 0; k < 4; k++)
    if (value_of(text, n, names[k], value, sizeof value)) *counts[k] = count_of(value);
  const bool has_unit = value_of(text, n, "tunit", unit, sizeof unit);
  if (value_of(text, n, "finterval", value, sizeof value))
    info->frame_s = positive(value) * seconds(has_unit ? unit : NULL);
  if (value_of(text, n, "unit", value, sizeof value)) words->unit_um = micrometres(value);
}

void lg_tiff_describe(lg_ctx *ctx, const char *text, size_t n, lg_tiff_info *info, tiff_words *words) {
  if (n > 6 && strncmp(text, "ImageJ", 6) == 0) imagej(text, n, info, words);
  else if (n > 5 && memchr(text, '<', n < 64 ? n : 64) && n < LG_XML_MAX_BYTES) ome(ctx, text, n, info, words);
}
