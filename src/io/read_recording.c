/* lg_recording_read: by content, not by extension. One row per format. */
#define _XOPEN_SOURCE 700
#include <loligo/recording.h>

#include "io/abf.h"
#include "io/csv_recording.h"
#include "io/ibw.h"
#include "io/nwb.h"
#include "io/recording_table.h"
#include "io/sandbox.h"

#include <string.h>
#include <sys/stat.h>

enum { MAX_FILE_BYTES = 1 << 30 };

/* Foreign binary formats are parsed in a child process that can do nothing else (io/sandbox.h). */
typedef struct abf_images {
  const unsigned char *bytes, *stimulus;
  size_t n, n_stimulus;
  const char *path;
} abf_images;

static lg_status parse_abf(lg_ctx *ctx, const void *user, lg_recording **out) {
  const abf_images *i = user;
  return lg_abf_parse(ctx, i->bytes, i->n, i->stimulus, i->n_stimulus, i->path, out);
}

/* An external stimulus file is looked for beside the recording, nowhere else. */
static lg_status read_abf(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  lg_status status = LG_OK;
  abf_images images = {.bytes = bytes, .n = n, .path = path};
  unsigned char *stimulus = NULL;
  char name[300], beside[4096];
  struct stat st;
  lg_abf_stimulus_name(bytes, n, name, sizeof name);
  const char *slash = strrchr(path, '/');
  const int length = snprintf(beside, sizeof beside, "%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, name);
  if (name[0] != '\0' && length > 0 && (size_t)length < sizeof beside && stat(beside, &st) == 0 && S_ISREG(st.st_mode))
    LG_TRY(lg_file_read(ctx, beside, MAX_FILE_BYTES, &stimulus, &images.n_stimulus));
  images.stimulus = stimulus;
  LG_TRY(lg_sandbox_run(ctx, parse_abf, &images, n + images.n_stimulus, NULL, out));
  LG_TRY(lg_recording_add_file(ctx, *out, path));
  if (stimulus) LG_TRY(lg_recording_add_file(ctx, *out, beside));
done:
  if (status != LG_OK) {
    lg_recording_destroy(ctx, *out);
    *out = NULL;
  }
  lg_free(ctx, stimulus);
  return status;
}

/* HDF5 is NWB, or the columns that `loligo convert` writes; when it is neither, the reason of NWB counts. */
static lg_status read_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  lg_status status = lg_sandbox_parse(ctx, lg_nwb_parse, bytes, n, path, NULL, out);
  if (status != LG_ERR_FORMAT) return status;
  char reason[1024];
  lg_table table = {0};
  (void)snprintf(reason, sizeof reason, "%s", lg_ctx_message(ctx));
  if (lg_table_parse_h5(ctx, bytes, n, &table) == LG_OK && lg_table_is_recording(&table))
    status = lg_table_to_recording(ctx, &table, path, out);
  else status = lg_fail(ctx, status, "%s", reason);
  lg_table_clear(ctx, &table);
  return status;
}

static lg_status read_npy(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  lg_table table = {0};
  lg_status status = lg_table_parse_npy(ctx, bytes, n, &table);
  if (status == LG_OK) status = lg_table_to_recording(ctx, &table, path, out);
  lg_table_clear(ctx, &table);
  return status;
}

static lg_status read_ibw(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  (void)bytes;
  (void)n;
  return lg_ibw_read(ctx, path, out); /* with the waves beside it */
}

typedef struct reader {
  bool (*is)(const unsigned char *bytes, size_t n);
  lg_status (*parse)(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out);
} reader;

static const reader readers[] = {
    {lg_abf_is, read_abf}, {lg_nwb_is, read_h5},
    {lg_npy_is, read_npy}, {lg_csv_is, lg_csv_parse}, /* text, our own parser, fuzzed */
    {lg_ibw_is, read_ibw},
};

static lg_status read_file(lg_ctx *ctx, const char *path, lg_recording **out) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  size_t n = 0;
  LG_TRY(lg_file_read(ctx, path, MAX_FILE_BYTES, &bytes, &n));
  for (size_t k = 0; k < sizeof readers / sizeof readers[0]; k++)
    if (readers[k].is(bytes, n)) {
      status = readers[k].parse(ctx, bytes, n, path, out);
      goto done;
    }
  status = n == 0
               ? lg_fail(ctx, LG_ERR_FORMAT, "the file is empty")
               : lg_fail(ctx, LG_ERR_FORMAT,
                         "this is not a recording that Loligo reads: ABF, NWB 2, Igor .ibw, or CSV whose first row is "
                         "t_ms,i_pA,v_mV[,sweep]");
done:
  lg_free(ctx, bytes);
  return status;
}

static lg_status read_folder(lg_ctx *ctx, const char *path, lg_recording **out) {
  if (lg_nwb_is_zarr(path))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "this is an NWB file in a Zarr folder; export it to HDF5 (.nwb)");
  return lg_ibw_read(ctx, path, out);
}

lg_status lg_recording_read(lg_ctx *ctx, const char *path, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  struct stat st;
  *out = NULL;
  const bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
  LG_TRY(is_folder ? read_folder(ctx, path, &rec) : read_file(ctx, path, &rec));
  bool listed = false; /* a reader of several files lists them itself */
  for (size_t k = 0; k < rec->n_files; k++) listed |= strcmp(rec->files[k], path) == 0;
  if (!is_folder && !listed) LG_TRY(lg_recording_add_file(ctx, rec, path));
  LG_TRY(lg_recording_find_steps(ctx, rec));
  LG_TRY(lg_recording_check(ctx, rec));
  *out = rec;
  rec = NULL;
done:
  lg_recording_destroy(ctx, rec);
  return status;
}
