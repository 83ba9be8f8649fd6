#define _XOPEN_SOURCE 700
#include "io/ro_crate.h"

#include <errno.h>
#include <loligo/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *media_type(const char *name) {
  static const struct {
    const char *ending, *type;
  } types[] = {
      {".json", "application/json"},  {".csv", "text/csv"},          {".html", "text/html"},
      {".pdf", "application/pdf"},    {".svg", "image/svg+xml"},     {".png", "image/png"},
      {".nwb", "application/x-hdf5"}, {".h5", "application/x-hdf5"},
  };
  const char *dot = strrchr(name, '.');
  for (size_t k = 0; dot && k < sizeof types / sizeof types[0]; k++)
    if (strcmp(dot, types[k].ending) == 0) return types[k].type;
  return "application/octet-stream";
}

static void reference(lg_json *w, const char *id) {
  lg_json_object(w);
  lg_json_key_text(w, "@id", id);
  lg_json_end_object(w);
}

static void key_reference(lg_json *w, const char *key, const char *id) {
  lg_json_key(w, key);
  reference(w, id);
}

static void begin_entity(lg_json *w, const char *id, const char *type) {
  lg_json_object(w);
  lg_json_key_text(w, "@id", id);
  lg_json_key_text(w, "@type", type);
}

/* Relative ids must be URIs: everything else than unreserved characters and '/' as %XX. */
static void encode(const char *name, char *out, size_t bytes) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";
  size_t n = 0;
  for (const unsigned char *p = (const unsigned char *)name; *p && n + 4 < bytes; p++) {
    if (strchr(plain, *p)) out[n++] = (char)*p;
    else n += (size_t)snprintf(out + n, bytes - n, "%%%02X", *p);
  }
  out[n] = '\0';
}

static lg_status write_file(lg_ctx *ctx, lg_json *w, const char *dir, const lg_crate_file *file) {
  char path[4096], hash[65], id[1024];
  struct stat st;
  (void)snprintf(path, sizeof path, "%s/%s", dir, file->name);
  if (stat(path, &st) != 0) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  const lg_status status = lg_sha256_file(ctx, path, hash);
  if (status != LG_OK) return status;
  encode(file->name, id, sizeof id);
  begin_entity(w, id, "File");
  lg_json_key_text(w, "name", file->name);
  if (file->description) lg_json_key_text(w, "description", file->description);
  lg_json_key_text(w, "encodingFormat", media_type(file->name));
  lg_json_key_integer(w, "contentSize", (int64_t)st.st_size);
  lg_json_key_text(w, "sha256", hash);
  lg_json_end_object(w);
  return LG_OK;
}

/* Inputs lie outside of the crate: they are named by their hash. */
static void input_id(const lg_provenance_input *input, char *id, size_t bytes) {
  (void)snprintf(id, bytes, "urn:sha256:%s", input->sha256);
}

static bool is_repeated(const lg_provenance *p, size_t k) {
  for (size_t j = 0; j < k; j++)
    if (strcmp(lg_provenance_get_input(p, j).sha256, lg_provenance_get_input(p, k).sha256) == 0) return true;
  return false;
}

static void write_inputs(lg_json *w, const lg_provenance *p) {
  for (size_t k = 0; k < lg_provenance_inputs(p); k++) {
    const lg_provenance_input input = lg_provenance_get_input(p, k);
    const char *slash = strrchr(input.path, '/');
    char id[96];
    if (is_repeated(p, k)) continue;
    input_id(&input, id, sizeof id);
    begin_entity(w, id, "File");
    lg_json_key_text(w, "name", slash ? slash + 1 : input.path);
    lg_json_key_text(w, "description", input.role);
    lg_json_key_text(w, "sha256", input.sha256);
    lg_json_end_object(w);
  }
}

static void write_action(lg_json *w, const lg_provenance *p, const lg_crate_file *files, size_t n) {
  char start[40], stop[40], id[1024];
  lg_provenance_times(p, start, stop);
  begin_entity(w, "#run", "CreateAction");
  lg_json_key_text(w, "name", lg_provenance_command(p));
  lg_json_key_text(w, "startTime", start);
  lg_json_key_text(w, "endTime", stop);
  key_reference(w, "instrument", "#loligo");
  lg_json_key(w, "object");
  lg_json_array(w);
  for (size_t k = 0; k < lg_provenance_inputs(p); k++) {
    const lg_provenance_input input = lg_provenance_get_input(p, k);
    if (is_repeated(p, k)) continue;
    input_id(&input, id, sizeof id);
    reference(w, id);
  }
  lg_json_end_array(w);
  lg_json_key(w, "result");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    encode(files[k].name, id, sizeof id);
    reference(w, id);
  }
  lg_json_end_array(w);
  lg_json_end_object(w);
}

static void write_program(lg_json *w) {
  char version[128];
  (void)snprintf(version, sizeof version, "%s (%s)", lg_version(), lg_version_commit());
  begin_entity(w, "#loligo", "SoftwareApplication");
  lg_json_key_text(w, "name", "Loligo");
  lg_json_key_text(w, "version", version);
  lg_json_key_text(w, "softwareRequirements", lg_version_compiler());
  lg_json_end_object(w);
}

static void write_root(lg_json *w, const char *name, const char *description, const char *date,
                       const lg_crate_file *files, size_t n) {
  char id[1024];
  begin_entity(w, "ro-crate-metadata.json", "CreativeWork");
  key_reference(w, "conformsTo", "https://w3id.org/ro/crate/1.1");
  key_reference(w, "about", "./");
  lg_json_end_object(w);
  begin_entity(w, "./", "Dataset");
  lg_json_key_text(w, "name", name);
  lg_json_key_text(w, "description", description);
  lg_json_key_text(w, "datePublished", date);
  lg_json_key_text(w, "license", "The licence of the inputs holds for what was made from them.");
  lg_json_key(w, "hasPart");
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    encode(files[k].name, id, sizeof id);
    reference(w, id);
  }
  lg_json_end_array(w);
  key_reference(w, "mentions", "#run");
  lg_json_end_object(w);
}

lg_status lg_ro_crate_write(lg_ctx *ctx, const char *dir, const char *name, const char *description,
                            const lg_provenance *provenance, const lg_crate_file *files, size_t n) {
  char path[4096], start[40], stop[40];
  lg_outfile *file = NULL;
  (void)snprintf(path, sizeof path, "%s/ro-crate-metadata.json", dir);
  lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  lg_provenance_times(provenance, start, stop);
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "@context", "https://w3id.org/ro/crate/1.1/context");
  lg_json_key(&w, "@graph");
  lg_json_array(&w);
  write_root(&w, name, description, stop, files, n);
  for (size_t k = 0; k < n && status == LG_OK; k++) status = write_file(ctx, &w, dir, &files[k]);
  write_inputs(&w, provenance);
  write_program(&w);
  write_action(&w, provenance, files, n);
  lg_json_end_array(&w);
  lg_json_end_object(&w);
  if (status == LG_OK && !lg_json_end(&w)) status = lg_fail(ctx, LG_ERR_INTERNAL, "%s: the JSON does not nest", path);
  if (status == LG_OK) return lg_outfile_commit(ctx, file);
  lg_outfile_discard(ctx, file);
  return status;
}
