/* SHA-256 of bytes, of files, and of folders of files. */
#define _XOPEN_SOURCE 700
#include "data/provenance.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void hex_of(const unsigned char *digest, char hex[65]) {
  for (int k = 0; k < 32; k++) (void)snprintf(hex + 2 * k, 3, "%02x", digest[k]);
}

void lg_sha256_bytes(const void *bytes, size_t n, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256(digest, bytes, n);
  hex_of(digest, hex);
}

static lg_status hash_file(lg_ctx *ctx, const char *path, char hex[65]) {
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

/* ---- folders ---------------------------------------------------------------------------------- */

enum { MAX_FILES = 4096 };

typedef struct listing {
  size_t n;
  char *name[MAX_FILES];
} listing;

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static char *join(lg_ctx *ctx, const char *folder, const char *name) {
  const size_t n = strlen(folder) + strlen(name) + 2;
  char *path = lg_alloc(ctx, n, 1);
  if (path) (void)snprintf(path, n, "%s/%s", folder, name);
  return path;
}

static bool is_regular(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static lg_status list(lg_ctx *ctx, const char *path, listing *files) {
  lg_status status = LG_OK;
  const struct dirent *entry;
  DIR *folder = opendir(path);
  if (!folder) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  while (status == LG_OK && (entry = readdir(folder)) != NULL) {
    char *whole = join(ctx, path, entry->d_name);
    if (!whole) status = LG_ERR_MEMORY;
    else if (is_regular(whole)) {
      if (files->n == MAX_FILES)
        status = lg_fail(ctx, LG_ERR_LIMIT, "%s: more than %d files in the folder", path, MAX_FILES);
      else if ((files->name[files->n] = lg_strdup(ctx, entry->d_name)) == NULL) status = LG_ERR_MEMORY;
      else files->n++;
    }
    lg_free(ctx, whole);
  }
  (void)closedir(folder);
  return status;
}

/* As `sha256sum * | sha256sum` in the folder: the files in it, in the order of their names' bytes. */
static lg_status hash_folder(lg_ctx *ctx, const char *path, char hex[65]) {
  lg_status status = LG_OK;
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_state state;
  listing *files = NULL;
  char *whole = NULL, one[65];
  LG_NEW(ctx, files, 1);
  LG_TRY(list(ctx, path, files));
  qsort(files->name, files->n, sizeof files->name[0], by_name);
  (void)crypto_hash_sha256_init(&state);
  for (size_t k = 0; k < files->n; k++) {
    whole = join(ctx, path, files->name[k]);
    status = whole ? hash_file(ctx, whole, one) : LG_ERR_MEMORY;
    lg_free(ctx, whole);
    if (status != LG_OK) goto done;
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)one, 64);
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)"  ", 2);
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)files->name[k], strlen(files->name[k]));
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)"\n", 1);
  }
  (void)crypto_hash_sha256_final(&state, digest);
  hex_of(digest, hex);
done:
  for (size_t k = 0; files && k < files->n; k++) lg_free(ctx, files->name[k]);
  lg_free(ctx, files);
  return status;
}

lg_status lg_sha256_file(lg_ctx *ctx, const char *path, char hex[65]) {
  struct stat st;
  const bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
  return is_folder ? hash_folder(ctx, path, hex) : hash_file(ctx, path, hex);
}
