/* embed_assets FOLDER OUT.c: the files of the built page as one C source (src/app/serve/assets.h). Text is kept
 * gzipped; the ETag is the start of the SHA-256 of what the file holds. Files below assets/ have their hash in the
 * name: they may be kept for ever. A folder that is not there makes a table of nothing. Run by the build, never
 * installed. */
#define _XOPEN_SOURCE 700
#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { MOST_FILES = 256, MOST_PATH = 512 };

typedef struct asset {
  char path[MOST_PATH], etag[33];
  const char *type;
  bool gzip;
  size_t n, n_raw;
} asset;

static const char *const types[][2] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".wasm", "application/wasm"},
    {".png", "image/png"},
    {".txt", "text/plain; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".swc", "text/plain; charset=utf-8"},
};

static int fail(const char *what, const char *path) {
  (void)fprintf(stderr, "embed_assets: %s: %s\n", path, what);
  return 1;
}

static const char *type_of(const char *path) {
  const char *dot = strrchr(path, '.');
  for (size_t k = 0; dot && k < sizeof types / sizeof types[0]; k++)
    if (strcmp(dot, types[k][0]) == 0) return types[k][1];
  return NULL;
}

static unsigned char *read_all(const char *path, size_t *n) {
  unsigned char *bytes = NULL;
  FILE *f = fopen(path, "rb");
  long size = -1;
  if (f && fseek(f, 0, SEEK_END) == 0) size = ftell(f);
  if (size >= 0 && fseek(f, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)size + 1))) {
    *n = fread(bytes, 1, (size_t)size, f);
    if (*n != (size_t)size) {
      free(bytes);
      bytes = NULL;
    }
  }
  if (f) (void)fclose(f);
  return bytes;
}

static unsigned char *gzipped(unsigned char *bytes, size_t n, size_t *n_out) {
  z_stream z = {0};
  unsigned char *out = NULL;
  if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return NULL;
  const uLong room = deflateBound(&z, (uLong)n) + 32;
  if ((out = malloc(room))) {
    z.next_in = bytes, z.avail_in = (uInt)n, z.next_out = out, z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) == Z_STREAM_END) *n_out = z.total_out;
    else {
      free(out);
      out = NULL;
    }
  }
  (void)deflateEnd(&z);
  return out;
}

static void write_bytes(FILE *out, size_t k, const unsigned char *bytes, size_t n) {
  (void)fprintf(out, "static const unsigned char asset_%zu[] = {", k);
  for (size_t i = 0; i < n; i++) (void)fprintf(out, "%s%u,", i % 32 == 0 ? "\n" : "", bytes[i]);
  (void)fprintf(out, "%s};\n", n ? "" : "0");
}

static int add_file(FILE *out, const char *folder, const char *path, asset *a, size_t k) {
  char full[2 * MOST_PATH];
  unsigned char hash[crypto_hash_sha256_BYTES], *packed = NULL;
  (void)snprintf(full, sizeof full, "%s%s", folder, path);
  a->type = type_of(path);
  if (!a->type) return fail("no content type is known for it", full);
  unsigned char *bytes = read_all(full, &a->n_raw);
  if (!bytes) return fail("cannot be read", full);
  (void)snprintf(a->path, sizeof a->path, "%s", path);
  (void)crypto_hash_sha256(hash, bytes, a->n_raw);
  (void)sodium_bin2hex(a->etag, sizeof a->etag, hash, 16);
  packed = gzipped(bytes, a->n_raw, &a->n);
  a->gzip = packed && a->n < a->n_raw - a->n_raw / 10;
  if (!a->gzip) a->n = a->n_raw;
  write_bytes(out, k, a->gzip ? packed : bytes, a->n);
  free(packed);
  free(bytes);
  return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Names in order, so that the same page makes the same source. */
static int list_files(const char *folder, const char *below, char **names, size_t *n) {
  char full[2 * MOST_PATH];
  struct dirent *entry;
  (void)snprintf(full, sizeof full, "%s%s", folder, below);
  DIR *d = opendir(full);
  if (!d) return 0;
  while ((entry = readdir(d))) {
    char path[MOST_PATH];
    struct stat about;
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "manifest.json") == 0) continue;
    if (snprintf(path, sizeof path, "%s/%s", below, entry->d_name) >= MOST_PATH) return fail("too long a path", path);
    (void)snprintf(full, sizeof full, "%s%s", folder, path);
    if (stat(full, &about) != 0) return fail("cannot be read", full);
    if (S_ISDIR(about.st_mode)) {
      if (list_files(folder, path, names, n)) return 1;
    } else if (*n == MOST_FILES) return fail("too many files", full);
    else if (!(names[(*n)++] = strdup(path))) return fail("no memory", full);
  }
  (void)closedir(d);
  return 0;
}

int main(int argc, char **argv) {
  static asset assets[MOST_FILES];
  static char *names[MOST_FILES];
  size_t n = 0;
  if (argc != 3) return fail("usage: embed_assets FOLDER OUT.c", "arguments");
  if (sodium_init() < 0) return fail("libsodium does not start", "libsodium");
  if (list_files(argv[1], "", names, &n)) return 1;
  qsort(names, n, sizeof names[0], by_name);
  FILE *out = fopen(argv[2], "w");
  if (!out) return fail("cannot be written", argv[2]);
  (void)fprintf(out, "/* Made by tools/embed_assets.c. */\n#include \"app/serve/assets.h\"\n\n");
  for (size_t k = 0; k < n; k++)
    if (add_file(out, argv[1], names[k], &assets[k], k)) return 1;
  (void)fprintf(out, "const serve_asset serve_assets[] = {\n");
  for (size_t k = 0; k < n; k++)
    (void)fprintf(out, "    {\"%s\", \"%s\", \"%s\", asset_%zu, %zu, %zu, %s, %s},\n", assets[k].path, assets[k].type,
                  assets[k].etag, k, assets[k].n, assets[k].n_raw, assets[k].gzip ? "true" : "false",
                  strncmp(assets[k].path, "/assets/", 8) == 0 ? "true" : "false");
  (void)fprintf(out, "    {NULL, NULL, NULL, NULL, 0, 0, false, false}};\nconst size_t serve_n_assets = %zu;\n", n);
  for (size_t k = 0; k < n; k++) free(names[k]);
  if (fclose(out) != 0) return fail("cannot be written", argv[2]);
  /* an old file, so that the next make looks again whether there is a page */
  const struct timespec old[2] = {{1, 0}, {1, 0}};
  return n > 0 || utimensat(AT_FDCWD, argv[2], old, 0) == 0 ? 0 : fail("cannot be dated", argv[2]);
}
