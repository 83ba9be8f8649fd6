/*
 * A driver for LLVMFuzzerTestOneInput without libFuzzer: mutates seeds, the same mutations on every machine.
 *
 * usage: fuzz_x ROUNDS SEEDS…   SEEDS are files or folders; ROUNDS mutated inputs are tried after every seed itself.
 * FUZZ_SEED=N tries other mutations: long runs can be split and go on another day.
 * On a crash the input lies in ./crash-<program>.bin (written before the call, removed at the end).
 */
#define _XOPEN_SOURCE 700
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_SEEDS = 256, MAX_BYTES = 1 << 20 };

typedef struct seed {
  uint8_t *bytes;
  size_t n;
} seed;

static seed seeds[MAX_SEEDS];
static size_t n_seeds;
static uint64_t state = 0x9E3779B97F4A7C15u;

static uint64_t next(void) { /* splitmix64 */
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static size_t below(size_t n) { return n ? (size_t)(next() % n) : 0; }

static void load_file(const char *path) {
  FILE *stream = fopen(path, "rb");
  if (!stream || n_seeds >= MAX_SEEDS) {
    if (stream) (void)fclose(stream);
    return;
  }
  seed *s = &seeds[n_seeds];
  s->bytes = malloc(MAX_BYTES);
  s->n = s->bytes ? fread(s->bytes, 1, MAX_BYTES, stream) : 0;
  if (s->bytes) n_seeds++;
  (void)fclose(stream);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void load(const char *path) {
  struct stat st;
  if (stat(path, &st) != 0) return;
  if (!S_ISDIR(st.st_mode)) {
    load_file(path);
    return;
  }
  char *names[MAX_SEEDS];
  size_t n = 0;
  DIR *folder = opendir(path);
  for (struct dirent *e; folder && (e = readdir(folder)) && n < MAX_SEEDS;)
    if (e->d_name[0] != '.') names[n++] = strdup(e->d_name);
  if (folder) (void)closedir(folder);
  qsort(names, n, sizeof names[0], by_name);
  for (size_t k = 0; k < n; k++) {
    char full[4096];
    (void)snprintf(full, sizeof full, "%s/%s", path, names[k]);
    load_file(full);
    free(names[k]);
  }
}

static const uint8_t *interesting(size_t *n) {
  static const uint8_t values[][8] = {{0},
                                      {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                                      {0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0},
                                      {0, 0, 0, 0x80, 0, 0, 0, 0},
                                      {1, 0, 0, 0, 0, 0, 0, 0},
                                      {0, 0, 0, 0, 0, 0, 0xF8, 0x7F},
                                      {0, 0, 0, 0, 0, 0, 0xF0, 0xFF}};
  static const size_t widths[] = {1, 2, 4, 8};
  *n = widths[below(4)];
  return values[below(sizeof values / sizeof values[0])];
}

/* One small damage; headers are hit more often than the body. */
static size_t mutate(uint8_t *bytes, size_t n) {
  const size_t place = next() & 1 ? below(n) : below(n < 1024 ? n : 1024);
  switch (below(8)) {
  case 0:
  case 1:
    if (n) bytes[place] ^= (uint8_t)(1u << below(8));
    return n;
  case 2:
  case 3:
    if (n) bytes[place] = (uint8_t)next();
    return n;
  case 4: {
    size_t width;
    const uint8_t *value = interesting(&width);
    if (place + width <= n) memcpy(bytes + place, value, width);
    return n;
  }
  case 5:
    return next() & 3 ? n : below(n); /* cut off */
  case 6: {                           /* leave out a piece */
    const size_t gap = below(n - place < 64 ? n - place : 64);
    memmove(bytes + place, bytes + place + gap, n - place - gap);
    return n - gap;
  }
  default: { /* say a piece twice */
    const size_t piece = below(n - place < 64 ? n - place : 64);
    if (n + piece > MAX_BYTES) return n;
    memmove(bytes + place + piece, bytes + place, n - place);
    return n + piece;
  }
  }
}

static int try_input(const char *path, const uint8_t *bytes, size_t n) {
  FILE *stream = fopen(path, "wb");
  if (stream) {
    (void)fwrite(bytes, 1, n, stream);
    (void)fclose(stream);
  }
  /* an exact block, so that a sanitizer sees one byte too far */
  uint8_t *exact = malloc(n ? n : 1);
  if (!exact) return 1;
  if (n) memcpy(exact, bytes, n);
  (void)LLVMFuzzerTestOneInput(exact, n);
  free(exact);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    (void)fprintf(stderr, "usage: %s ROUNDS SEEDS...\n", argv[0]);
    return 2;
  }
  const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
  char path[512];
  const char *folder = getenv("TMPDIR");
  (void)snprintf(path, sizeof path, "%s/crash-%s-%ld.bin", folder ? folder : "/tmp", name, (long)getpid());
  const unsigned long rounds = strtoul(argv[1], NULL, 10);
  if (getenv("FUZZ_SEED")) state += strtoull(getenv("FUZZ_SEED"), NULL, 10) * 0xD1342543DE82EF95u;
  for (int k = 2; k < argc; k++) load(argv[k]);
  if (n_seeds == 0) {
    (void)fprintf(stderr, "%s: no seeds\n", name);
    return 2;
  }
  (void)fprintf(stderr, "%s: %zu seeds, %lu mutations; a crash leaves %s\n", name, n_seeds, rounds, path);
  uint8_t *bytes = malloc(MAX_BYTES);
  int bad = !bytes;
  for (size_t k = 0; k < n_seeds && !bad; k++) bad = try_input(path, seeds[k].bytes, seeds[k].n);
  for (unsigned long r = 0; r < rounds && !bad; r++) {
    const seed *s = &seeds[below(n_seeds)];
    size_t n = s->n;
    memcpy(bytes, s->bytes, n);
    for (size_t hits = 1 + below(6); hits > 0; hits--) n = mutate(bytes, n);
    bad = try_input(path, bytes, n);
  }
  (void)unlink(path);
  free(bytes);
  for (size_t k = 0; k < n_seeds; k++) free(seeds[k].bytes);
  return bad;
}
