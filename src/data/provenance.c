#define _XOPEN_SOURCE 700
#include "data/provenance.h"

#include <errno.h>
#include <loligo/version.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

enum { MAX_ITEMS = 96 };

typedef struct item {
  char *role, *text;
  char hash[65]; /* inputs only */
} item;

struct lg_provenance {
  char *command_line;
  uint64_t seed;
  struct timespec start;
  size_t n_inputs, n_options;
  item inputs[MAX_ITEMS], options[MAX_ITEMS];
};

static void hex_of(const unsigned char *digest, char hex[65]) {
  for (int k = 0; k < 32; k++) (void)snprintf(hex + 2 * k, 3, "%02x", digest[k]);
}

void lg_sha256_bytes(const void *bytes, size_t n, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256(digest, bytes, n);
  hex_of(digest, hex);
}

lg_status lg_sha256_file(lg_ctx *ctx, const char *path, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES], block[65536];
  crypto_hash_sha256_state state;
  size_t n;
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  (void)crypto_hash_sha256_init(&state);
  while ((n = fread(block, 1, sizeof block, stream)) > 0) (void)crypto_hash_sha256_update(&state, block, n);
  const bool bad = ferror(stream) != 0;
  (void)fclose(stream);
  if (bad) return lg_fail(ctx, LG_ERR_IO, "%s: could not be read whole", path);
  (void)crypto_hash_sha256_final(&state, digest);
  hex_of(digest, hex);
  return LG_OK;
}

static char *join(lg_ctx *ctx, int argc, char *const *argv) {
  size_t n = 1;
  for (int k = 0; k < argc; k++) n += strlen(argv[k]) + 1;
  char *line = lg_alloc(ctx, n, 1);
  if (!line) return NULL;
  for (int k = 0; k < argc; k++) {
    if (k) (void)strcat(line, " ");
    (void)strcat(line, k == 0 ? "loligo" : argv[k]);
  }
  return line;
}

lg_status lg_provenance_create(lg_ctx *ctx, int argc, char *const *argv, uint64_t seed, lg_provenance **out) {
  *out = NULL;
  lg_provenance *p = lg_alloc(ctx, 1, sizeof *p);
  if (!p) return LG_ERR_MEMORY;
  p->command_line = join(ctx, argc, argv);
  p->seed = seed;
  (void)clock_gettime(CLOCK_REALTIME, &p->start);
  if (!p->command_line) {
    lg_provenance_destroy(ctx, p);
    return LG_ERR_MEMORY;
  }
  *out = p;
  return LG_OK;
}

void lg_provenance_destroy(lg_ctx *ctx, lg_provenance *p) {
  if (!p) return;
  for (size_t k = 0; k < p->n_inputs; k++) {
    lg_free(ctx, p->inputs[k].role);
    lg_free(ctx, p->inputs[k].text);
  }
  for (size_t k = 0; k < p->n_options; k++) {
    lg_free(ctx, p->options[k].role);
    lg_free(ctx, p->options[k].text);
  }
  lg_free(ctx, p->command_line);
  lg_free(ctx, p);
}

static lg_status add(lg_ctx *ctx, item *items, size_t *n, const char *role, const char *text) {
  if (*n >= MAX_ITEMS) return lg_fail(ctx, LG_ERR_LIMIT, "more than %d entries of provenance", MAX_ITEMS);
  item *it = &items[*n];
  it->role = lg_strdup(ctx, role);
  it->text = lg_strdup(ctx, text);
  if (!it->role || !it->text) {
    lg_free(ctx, it->role);
    lg_free(ctx, it->text);
    return LG_ERR_MEMORY;
  }
  (*n)++;
  return LG_OK;
}

lg_status lg_provenance_add_input(lg_ctx *ctx, lg_provenance *p, const char *role, const char *path) {
  char hash[65];
  lg_status status = lg_sha256_file(ctx, path, hash);
  if (status == LG_OK) status = add(ctx, p->inputs, &p->n_inputs, role, path);
  if (status == LG_OK) memcpy(p->inputs[p->n_inputs - 1].hash, hash, sizeof hash);
  return status;
}

lg_status lg_provenance_add_option(lg_ctx *ctx, lg_provenance *p, const char *name, const char *value) {
  return add(ctx, p->options, &p->n_options, name, value);
}

static void utc(struct timespec t, char text[40]) {
  struct tm parts;
  (void)gmtime_r(&t.tv_sec, &parts);
  (void)strftime(text, 40, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static const char *cpu_features(void) {
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return "x86-64-v4";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "x86-64-v3";
  return "x86-64";
#else
  return "generic";
#endif
}

void lg_provenance_write_json(lg_provenance *p, lg_json *w) {
  char start[40], stop[40];
  struct timespec now;
  (void)clock_gettime(CLOCK_REALTIME, &now);
  utc(p->start, start);
  utc(now, stop);
  lg_json_object(w);
  lg_json_key_text(w, "program", "loligo");
  lg_json_key_text(w, "version", lg_version());
  lg_json_key_text(w, "commit", lg_version_commit());
  lg_json_key_text(w, "compiler", lg_version_compiler());
  lg_json_key_text(w, "cpu", cpu_features());
  lg_json_key_text(w, "command", p->command_line);
  lg_json_key_integer(w, "seed", (int64_t)p->seed);
  lg_json_key(w, "options");
  lg_json_object(w);
  for (size_t k = 0; k < p->n_options; k++) lg_json_key_text(w, p->options[k].role, p->options[k].text);
  lg_json_end_object(w);
  lg_json_key(w, "inputs");
  lg_json_array(w);
  for (size_t k = 0; k < p->n_inputs; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "role", p->inputs[k].role);
    lg_json_key_text(w, "path", p->inputs[k].text);
    lg_json_key_text(w, "sha256", p->inputs[k].hash);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key_text(w, "start_utc", start);
  lg_json_key_text(w, "stop_utc", stop);
  lg_json_end_object(w);
}

/* A line break inside a value would end the comment: show it as a space. */
static void comment(FILE *stream, const char *key, const char *text) {
  (void)fprintf(stream, "# %s: ", key);
  for (const char *c = text; *c; c++) (void)fputc(*c == '\n' || *c == '\r' ? ' ' : *c, stream);
  (void)fputc('\n', stream);
}

void lg_provenance_write_comments(lg_provenance *p, FILE *stream) {
  char text[128];
  (void)snprintf(text, sizeof text, "loligo %s (%s)", lg_version(), lg_version_commit());
  comment(stream, "program", text);
  comment(stream, "compiler", lg_version_compiler());
  comment(stream, "cpu", cpu_features());
  comment(stream, "command", p->command_line);
  (void)snprintf(text, sizeof text, "%llu", (unsigned long long)p->seed);
  comment(stream, "seed", text);
  for (size_t k = 0; k < p->n_options; k++) {
    (void)snprintf(text, sizeof text, "option %s", p->options[k].role);
    comment(stream, text, p->options[k].text);
  }
  for (size_t k = 0; k < p->n_inputs; k++) {
    (void)snprintf(text, sizeof text, "input %s sha256=%s", p->inputs[k].role, p->inputs[k].hash);
    comment(stream, text, p->inputs[k].text);
  }
  utc(p->start, text);
  comment(stream, "start_utc", text);
}
