/* loligo info FILE: what is in a file, in which units, and where it came from. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"

#include "app/cli/info.h"
#include "io/csv_recording.h"
#include "io/h5_outline.h"
#include "io/h5_read.h"
#include "io/swc.h"
#include "learn/gate_net.h"
#include "twin/cable_file.h"
#include "twin/channels_file.h"
#include "twin/model_file.h"
#include "twin/network_file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const cli_option options[] = {
    {"sweeps", "N", CLI_COUNT, "60", "Show at most N sweeps of a recording (--json has all)."},
};

/* ---- which kind of file --------------------------------------------------------------------------- */

static bool has_word(const char *names, const char *word) {
  const size_t n = strlen(word);
  for (const char *at = names; at; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0')) return true;
  }
  return false;
}

/* A recording has t_ms and v_mV and nothing that it cannot hold (a simulated u_pA makes a trace). */
static bool is_recording_csv(const unsigned char *bytes, size_t n) {
  char names[512] = "";
  size_t used = 0;
  for (size_t at = 0; at < n;) {
    const unsigned char *newline = memchr(bytes + at, '\n', n - at);
    const size_t end = newline ? (size_t)(newline - bytes) : n;
    if (end > at && bytes[at] != '#' && bytes[at] != '\r') {
      for (size_t k = at; k < end && used + 1 < sizeof names; k++)
        if (!isspace(bytes[k]) && bytes[k] != '"' && bytes[k] < 128)
          names[used++] = bytes[k] == ';' ? ',' : (char)bytes[k];
      break;
    }
    at = end + 1;
  }
  names[used] = '\0';
  size_t known = 0, commas = 1;
  static const char *const words[] = {"t_ms", "v_mV", "i_pA", "sweep"};
  for (size_t k = 0; k < used; k++) commas += names[k] == ',';
  for (size_t k = 0; k < 4; k++) known += has_word(names, words[k]);
  return has_word(names, "t_ms") && has_word(names, "v_mV") && known == commas;
}

/* Text that begins with '{' or '[' behind blanks, a byte order mark and // remarks. */
static bool is_json(const unsigned char *bytes, size_t n) {
  size_t at = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  for (;;) {
    while (at < n && isspace(bytes[at])) at++;
    if (at + 1 >= n || bytes[at] != '/' || bytes[at + 1] != '/') break;
    while (at < n && bytes[at] != '\n') at++;
  }
  return at < n && (bytes[at] == '{' || bytes[at] == '[');
}

static bool is_safetensors(const unsigned char *bytes, size_t n) {
  return n >= 9 && bytes[8] == '{' && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0;
}

/* Classic TIFF and BigTIFF, either order of bytes. */
static bool is_tiff(const unsigned char *b, size_t n) {
  if (n < 8 || b[0] != b[1]) return false;
  return (b[0] == 'I' && (b[2] == 42 || b[2] == 43) && b[3] == 0) ||
         (b[0] == 'M' && b[2] == 0 && (b[3] == 42 || b[3] == 43));
}

lg_status info_find_kind(lg_ctx *ctx, const char *path, info_kind *kind) {
  unsigned char bytes[65536];
  struct stat st;
  *kind = INFO_RECORDING;
  if (stat(path, &st) != 0) return lg_fail(ctx, LG_ERR_IO, "cannot be opened: %s", strerror(errno));
  if (S_ISDIR(st.st_mode)) return LG_OK;
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(ctx, LG_ERR_IO, "cannot be opened: %s", strerror(errno));
  const size_t n = fread(bytes, 1, sizeof bytes, stream);
  (void)fclose(stream);
  if (is_safetensors(bytes, n)) *kind = INFO_TENSORS;
  else if (is_tiff(bytes, n)) *kind = INFO_IMAGES;
  else if (n > 0 && !memchr(bytes, 0, n) && memcmp(bytes, "ABF", n < 3 ? n : 3) != 0 && !lg_h5_is(bytes, n)) {
    if (is_json(bytes, n)) *kind = INFO_JSON;
    else if (info_is_swc(bytes, n)) *kind = INFO_MORPHOLOGY;
    else if (!is_recording_csv(bytes, n) && memchr(bytes, ',', n)) *kind = INFO_TABLE;
  }
  return LG_OK;
}

/* ---- what was read -------------------------------------------------------------------------------- */

typedef struct contents {
  info_kind kind;
  lg_recording *rec;
  lg_json_doc *doc;
  lg_safetensors *tensors;
  lg_table *table;
  cable_model *cable;
  cable_network_model *network;
  lg_morphology *morphology;
  axon_profiles *profiles;
  lg_tiff *tiff;
  lg_json_doc *outline; /* of an HDF5 file that this program wrote */
  lg_origin *origin;    /* NULL: the file holds no provenance */
} contents;

/* Arrays, and HDF5 that is no NWB, may hold a trace or tensors; else the reason why it is no recording counts. */
static lg_status read_recording(lg_ctx *ctx, const char *path, contents *c) {
  char reason[1024];
  lg_status status = lg_recording_read(ctx, path, &c->rec);
  if (status != LG_ERR_FORMAT && status != LG_ERR_UNSUPPORTED) return status;
  (void)snprintf(reason, sizeof reason, "%s", lg_ctx_message(ctx));
  unsigned char magic[16] = {0};
  FILE *stream = fopen(path, "rb");
  const size_t n = stream ? fread(magic, 1, sizeof magic, stream) : 0;
  if (stream) (void)fclose(stream);
  const bool table = lg_npy_is(magic, n) || lg_npz_is(magic, n) || (lg_h5_is(magic, n) && strstr(reason, "not NWB"));
  if (table) {
    c->kind = INFO_TABLE;
    return lg_table_read(ctx, path, &c->table);
  }
  return lg_fail(ctx, status, "%s", reason);
}

/* A model or protocol that this program would refuse is no good input. */
static lg_status check_document(lg_ctx *ctx, const char *path, contents *c) {
  const char *kind = info_document_kind(c->doc);
  lg_status status = LG_OK;
  if (strcmp(kind, "twin") == 0 || strcmp(kind, "model") == 0) {
    lg_neuron neuron;
    lg_channels *channels = NULL;
    status = lg_neuron_load_channels(ctx, path, &neuron, &channels);
    lg_channels_destroy(ctx, channels);
  } else if (strcmp(kind, "protocol") == 0) {
    lg_protocol *protocol = NULL;
    status = lg_protocol_load(ctx, path, &protocol);
    lg_protocol_destroy(ctx, protocol);
  } else if (strcmp(kind, "cell") == 0) {
    status = lg_cable_load(ctx, path, &c->cable);
  } else if (strcmp(kind, "network of cells") == 0) {
    status = lg_network_load(ctx, path, NULL, &c->network);
  }
  return status;
}

/* A table may be one of strain profiles: times in s (t_s) or names, HDF5 with /t_s, an archive of arrays. */
static void look_for_profiles(lg_ctx *ctx, const char *path, contents *c) {
  const char *first = c->table && c->table->n > 0 ? c->table->items[0].name : "";
  const bool h5 = c->table && strcmp(c->table->format, "HDF5") == 0;
  if (!h5 && strcmp(first, "t_s") != 0 && strcmp(first, "name") != 0) return;
  if (h5 && !lg_table_find(c->table, "t_s")) return;
  if (lg_axon_profiles_load(ctx, path, &c->profiles) != LG_OK) lg_ctx_clear(ctx); /* a table then */
}

/* HDF5 of ours says what it is; of others the list of its numbers is all that is known. */
static void look_for_outline(lg_ctx *ctx, const char *path, contents *c) {
  if (c->profiles || !c->table || strcmp(c->table->format, "HDF5") != 0) return;
  if (lg_h5_outline_read(ctx, path, &c->outline) != LG_OK) lg_ctx_clear(ctx); /* the table is what there is */
  if (c->outline && info_h5_kind(ctx, c->outline)) return;
  lg_json_doc_destroy(ctx, c->outline);
  c->outline = NULL;
}

static lg_status read_contents(lg_ctx *ctx, const char *path, contents *c) {
  lg_status status = info_find_kind(ctx, path, &c->kind);
  if (status != LG_OK) return status;
  switch (c->kind) {
  case INFO_RECORDING:
    status = read_recording(ctx, path, c);
    break;
  case INFO_JSON:
    status = lg_json_load(ctx, path, LG_JSON_COMMENTS, (size_t)256 << 20, &c->doc);
    if (status == LG_OK) status = check_document(ctx, path, c);
    break;
  case INFO_TENSORS:
    status = lg_safetensors_read(ctx, path, &c->tensors);
    break;
  case INFO_TABLE:
    status = lg_table_read(ctx, path, &c->table);
    break;
  case INFO_MORPHOLOGY:
    status = lg_swc_read(ctx, path, NULL, &c->morphology);
    break;
  case INFO_IMAGES:
    return lg_tiff_read(ctx, path, &c->tiff); /* carries no provenance */
  }
  if (status == LG_OK && c->kind == INFO_TABLE) look_for_profiles(ctx, path, c);
  if (status == LG_OK) look_for_outline(ctx, path, c);
  if (status == LG_OK && lg_origin_read(ctx, path, &c->origin) != LG_OK) c->origin = NULL;
  return status;
}

static void free_contents(lg_ctx *ctx, contents *c) {
  lg_recording_destroy(ctx, c->rec);
  lg_json_doc_destroy(ctx, c->doc);
  lg_json_doc_destroy(ctx, c->outline);
  lg_safetensors_destroy(ctx, c->tensors);
  lg_table_destroy(ctx, c->table);
  lg_cable_model_destroy(ctx, c->cable);
  lg_cable_network_model_destroy(ctx, c->network);
  lg_morphology_destroy(ctx, c->morphology);
  lg_axon_profiles_destroy(ctx, c->profiles);
  lg_tiff_destroy(ctx, c->tiff);
  lg_origin_destroy(ctx, c->origin);
}

/* ---- output --------------------------------------------------------------------------------------- */

static const char *kind_name(lg_ctx *ctx, const contents *c) {
  if (c->outline) return info_h5_kind(ctx, c->outline);
  switch (c->kind) {
  case INFO_JSON:
    return info_document_kind(c->doc);
  case INFO_TENSORS:
    return "network";
  case INFO_TABLE:
    return c->profiles ? "strain profiles" : lg_table_is_trace(c->table) ? "trace" : "table";
  case INFO_MORPHOLOGY:
    return "morphology";
  case INFO_IMAGES:
    return "images";
  case INFO_RECORDING:
    break;
  }
  return "recording";
}

static void write_json(lg_ctx *ctx, const char *path, const contents *c) {
  struct stat st;
  lg_json w = cli_json_begin("loligo-info/1");
  lg_json_key_text(&w, "file", path);
  lg_json_key_text(&w, "kind", kind_name(ctx, c));
  if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) lg_json_key_integer(&w, "bytes", (int64_t)st.st_size);
  if (c->rec) info_recording_json(ctx, &w, c->rec);
  else if (c->doc) info_document_json(ctx, &w, c->doc);
  else if (c->morphology) info_morphology_json(&w, c->morphology);
  else if (c->tensors) info_tensors_json(&w, c->tensors);
  else if (c->profiles) info_profiles_json(ctx, &w, c->profiles);
  else if (c->table) info_table_json(&w, c->table);
  else if (c->tiff) info_images_json(ctx, &w, c->tiff);
  if (c->outline) info_h5_json(ctx, &w, c->outline);
  if (c->tensors) info_network_kind_json(ctx, &w, c->tensors);
  if (c->cable) info_cable_json(&w, c->cable);
  if (c->network) info_network_json(&w, c->network);
  info_origin_json(&w, c->origin);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

static void write_text(cli_run *run, const char *path, const contents *c) {
  if (!c->rec) (void)printf("%s: ", path);
  if (c->rec) info_recording_text(stdout, c->rec, (size_t)cli_count(run, "sweeps"));
  else if (c->cable) info_cable_text(stdout, c->cable);
  else if (c->network) info_network_text(stdout, c->network);
  else if (c->doc) info_document_text(cli_ctx(run), stdout, c->doc);
  else if (c->morphology) info_morphology_text(stdout, c->morphology);
  else if (c->tensors) info_tensors_text(stdout, c->tensors);
  else if (c->profiles) info_profiles_text(cli_ctx(run), stdout, c->profiles);
  else if (c->outline) info_h5_text(cli_ctx(run), stdout, c->outline);
  else if (c->table) info_table_text(stdout, c->table);
  else if (c->tiff) info_images_text(cli_ctx(run), stdout, c->tiff);
  if (c->tensors) info_network_kind_text(cli_ctx(run), stdout, c->tensors);
  if (c->origin) info_origin_text(stdout, c->origin);
}

static int run_info(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  int code = CLI_OK;
  contents c = {0};
  const char *path = cli_positional(run, 0);
  const lg_status status = read_contents(ctx, path, &c);
  if (status != LG_OK) code = cli_report(run, path, status);
  else if (cli_json(run)) write_json(ctx, path, &c);
  else write_text(run, path, &c);
  free_contents(ctx, &c);
  return code;
}

const cli_command cli_info_command = {
    .name = "info",
    .arguments = "FILE [--json]",
    .summary = "Show what is in a file: ranges, units, sweeps, how current and potential were paired, warnings.",
    .example = "loligo info cell.abf\nloligo info twin.json\nloligo info trace.csv --json\nloligo info movie.tif",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_info,
};
