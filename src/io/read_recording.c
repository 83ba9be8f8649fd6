/* lg_recording_read: by content, not by extension. One row per format. */
#include <loligo/recording.h>

#include "io/abf.h"
#include "io/nwb.h"
#include "io/sandbox.h"

enum { MAX_FILE_BYTES = 1 << 30 };

/* Foreign binary formats are parsed in a child process that can do nothing else (io/sandbox.h). */
static lg_status parse_abf(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  return lg_abf_parse(ctx, bytes, n, NULL, 0, path, out);
}

static lg_status read_abf(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  return lg_sandbox_parse(ctx, parse_abf, bytes, n, path, NULL, out);
}

static lg_status read_nwb(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  return lg_sandbox_parse(ctx, lg_nwb_parse, bytes, n, path, NULL, out);
}

typedef struct reader {
  bool (*is)(const unsigned char *bytes, size_t n);
  lg_status (*parse)(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out);
} reader;

static const reader readers[] = {
    {lg_abf_is, read_abf},
    {lg_nwb_is, read_nwb},
};

lg_status lg_recording_read(lg_ctx *ctx, const char *path, lg_recording **out) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  lg_recording *rec = NULL;
  size_t n = 0;
  *out = NULL;
  LG_TRY(lg_file_read(ctx, path, MAX_FILE_BYTES, &bytes, &n));
  for (size_t k = 0; k < sizeof readers / sizeof readers[0]; k++)
    if (readers[k].is(bytes, n)) {
      LG_TRY(readers[k].parse(ctx, bytes, n, path, &rec));
      LG_TRY(lg_recording_find_steps(ctx, rec));
      LG_TRY(lg_recording_check(ctx, rec));
      *out = rec;
      rec = NULL;
      goto done;
    }
  status = lg_fail(ctx, LG_ERR_FORMAT, "this is not a recording that Loligo reads (ABF, NWB, Igor .ibw, CSV)");
done:
  lg_recording_destroy(ctx, rec);
  lg_free(ctx, bytes);
  return status;
}
