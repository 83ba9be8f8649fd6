/* What the description of a TIFF says of time and space: OME-XML, or ImageJ's "key=value" lines. */
#include "io/tiff_internal.h"
#include "io/xml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double positive(const char *text) {
  char *end;
  const double x = text ? strtod(text, &end) : 0.0;
  return text && end != text && x > 0.0 && isfinite(x) ? x : (double)NAN;
}

/* Seconds of OME's units of time. */
static double seconds(const char *unit) {
  if (!unit || strcmp(unit, "s") == 0) return 1.0;
  if (strcmp(unit, "ms") == 0) return 1e-3;
  return strcmp(unit, "min") == 0 ? 60.0 : strcmp(unit, "h") == 0 ? 3600.0 : (double)NAN;
}

static double micrometres(const char *unit) {
  if (!unit || strcmp(unit, "\xc2\xb5m") == 0 || strcmp(unit, "\xce\xbcm") == 0 || strcmp(unit, "um") == 0) return 1.0;
  if (strcmp(unit, "nm") == 0) return 1e-3;
  return strcmp(unit, "mm") == 0 ? 1e3 : (double)NAN;
}

static void ome(lg_ctx *ctx, const char *text, size_t n, lg_tiff_info *info, long *channels) {
  lg_xml *xml = NULL;
  if (lg_xml_parse(ctx, "OME-XML", text, n, &xml) != LG_OK) return; /* the pixels are what counts */
  const lg_xml_element *image = lg_xml_child(lg_xml_root(xml), "Image");
  const lg_xml_element *pixels = image ? lg_xml_child(image, "Pixels") : NULL;
  if (pixels) {
    info->frame_s =
        positive(lg_xml_attribute(pixels, "TimeIncrement")) * seconds(lg_xml_attribute(pixels, "TimeIncrementUnit"));
    info->pixel_um = positive(lg_xml_attribute(pixels, "PhysicalSizeX")) *
                     micrometres(lg_xml_attribute(pixels, "PhysicalSizeXUnit"));
    const char *c = lg_xml_attribute(pixels, "SizeC");
    if (c) *channels = strtol(c, NULL, 10);
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

static void imagej(const char *text, size_t n, lg_tiff_info *info, long *images, long *channels) {
  char value[64];
  if (value_of(text, n, "images", value, sizeof value)) *images = strtol(value, NULL, 10);
  if (value_of(text, n, "channels", value, sizeof value)) *channels = strtol(value, NULL, 10);
  if (value_of(text, n, "finterval", value, sizeof value)) info->frame_s = positive(value);
}

void lg_tiff_describe(lg_ctx *ctx, const char *text, size_t n, lg_tiff_info *info, long *images, long *channels) {
  if (n > 6 && strncmp(text, "ImageJ", 6) == 0) imagej(text, n, info, images, channels);
  else if (n > 5 && memchr(text, '<', n < 64 ? n : 64) && n < LG_XML_MAX_BYTES) ome(ctx, text, n, info, channels);
}
