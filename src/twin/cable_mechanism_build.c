/* Mechanisms compiled by the machine's C compiler, kept in a folder of the user. */
#define _XOPEN_SOURCE 700
#include "base/cpu.h"
#include "twin/cable_mechanism_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The bits of the interpreter: no contraction; what makes vectors of branches. */
#define FLAGS "-std=c17", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fPIC", "-shared", "-w"

typedef struct building {
  lg_ctx *ctx;
  char *why;
  size_t why_bytes;
  const char *compiler;
  char folder[512], object[640], source[640], made[640];
} building;

static bool fails(building *b, const char *fmt, ...) LG_PRINTF(2, 3);

static bool fails(building *b, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(b->why, b->why_bytes, fmt, args);
  va_end(args);
  return false;
}

/* ---- where ------------------------------------------------------------------------------------ */

static bool join(building *b, const char *root, const char *below) {
  const int n = snprintf(b->folder, sizeof b->folder, "%s%s", root, below);
  return n > 0 && (size_t)n < sizeof b->folder;
}

/* A folder that is ours and that nobody else can write to: what lies there is run. */
static bool find_folder(building *b) {
  const char *own = getenv("LOLIGO_CACHE_DIR"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  struct stat s;
  bool named = false;
  if (own && *own) named = join(b, own, "/mechanisms");
  else if (xdg && *xdg == '/') named = join(b, xdg, "/loligo/mechanisms");
  else if (home && *home == '/') named = join(b, home, "/.cache/loligo/mechanisms");
  if (!named) return fails(b, "there is no folder to keep objects in (set LOLIGO_CACHE_DIR)");
  if (lg_make_directory(b->ctx, b->folder) != LG_OK) return fails(b, "the folder %s cannot be made", b->folder);
  if (stat(b->folder, &s) != 0 || s.st_uid != geteuid()) return fails(b, "the folder %s is not yours", b->folder);
  if ((s.st_mode & 077) && chmod(b->folder, 0700) != 0) return fails(b, "others can write to %s", b->folder);
  return true;
}

static bool is_ours(const char *path) {
  struct stat s;
  return lstat(path, &s) == 0 && S_ISREG(s.st_mode) && s.st_uid == geteuid() && !(s.st_mode & 022);
}

/* The name of the object: what it is made of, by what, for which machine. */
static bool name_object(building *b, const char *text) {
  static const char *const flags[] = {FLAGS, NULL};
  unsigned char hash[crypto_hash_sha256_BYTES];
  char hex[2 * sizeof hash + 1];
  crypto_hash_sha256_state state;
  if (sodium_init() < 0) return fails(b, "libsodium does not start");
  (void)crypto_hash_sha256_init(&state);
  const char *parts[] = {b->compiler, lg_cpu_name(), text};
  for (size_t k = 0; k < 3; k++)
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)parts[k], strlen(parts[k]) + 1);
  for (size_t k = 0; flags[k]; k++)
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)flags[k], strlen(flags[k]) + 1);
  (void)crypto_hash_sha256_final(&state, hash);
  (void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  (void)snprintf(b->object, sizeof b->object, "%s/%.40s.so", b->folder, hex);
  (void)snprintf(b->source, sizeof b->source, "%s/%.40s-%ld.c", b->folder, hex, (long)getpid());
  (void)snprintf(b->made, sizeof b->made, "%s/%.40s-%ld.so", b->folder, hex, (long)getpid());
  return true;
}

/* ---- compiling -------------------------------------------------------------------------------- */

static bool write_source(building *b, const char *text) {
  const int fd = open(b->source, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  size_t left = strlen(text);
  if (fd < 0) return fails(b, "%s cannot be written: %s", b->source, strerror(errno));
  while (left > 0) {
    const ssize_t n = write(fd, text, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text += n;
    left -= (size_t)n;
  }
  return (close(fd) == 0 && left == 0) || fails(b, "%s cannot be written", b->source);
}

static bool run_compiler(building *b) {
  static const char *const flags[] = {FLAGS, NULL};
  char *words[24], machine[40];
  size_t n = 0;
  words[n++] = (char *)(uintptr_t)b->compiler;
  for (size_t k = 0; flags[k]; k++) words[n++] = (char *)(uintptr_t)flags[k];
  (void)snprintf(machine, sizeof machine, "-march=%s", lg_cpu_name());
  if (strncmp(lg_cpu_name(), "x86-64", 6) == 0) words[n++] = machine;
  if (lg_cpu_level() == LG_CPU_V4) words[n++] = (char *)(uintptr_t) "-mprefer-vector-width=512";
  words[n++] = (char *)(uintptr_t) "-o";
  words[n++] = b->made;
  words[n++] = b->source;
  words[n++] = (char *)(uintptr_t) "-lm";
  words[n] = NULL;
  posix_spawn_file_actions_t quiet;
  if (posix_spawn_file_actions_init(&quiet) != 0) return fails(b, "no memory");
  pid_t child;
  int code = posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
  if (code == 0) code = posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  if (code == 0) code = posix_spawn_file_actions_adddup2(&quiet, 1, 2);
  if (code == 0) code = posix_spawnp(&child, b->compiler, &quiet, NULL, words, environ);
  (void)posix_spawn_file_actions_destroy(&quiet);
  if (code != 0) return fails(b, "there is no C compiler (%s): %s", b->compiler, strerror(code));
  int how;
  while (waitpid(child, &how, 0) < 0)
    if (errno != EINTR) return fails(b, "the C compiler was lost");
  if (!WIFEXITED(how) || WEXITSTATUS(how) == 127) return fails(b, "there is no C compiler (%s)", b->compiler);
  return WEXITSTATUS(how) == 0 || fails(b, "%s failed with exit code %d", b->compiler, WEXITSTATUS(how));
}

static bool make_object(building *b, const char *text) {
  bool made = write_source(b, text) && run_compiler(b);
  if (made && (chmod(b->made, 0700) != 0 || rename(b->made, b->object) != 0))
    made = fails(b, "%s cannot be written: %s", b->object, strerror(errno));
  (void)unlink(b->source);
  if (!made) (void)unlink(b->made);
  return made;
}

/* ---- loading ---------------------------------------------------------------------------------- */

static void close_object(void *handle) { (void)dlclose(handle); }

static bool load_object(building *b, cable_nmodl *m) {
  cable_nmodl_function functions[CABLE_NMODL_TASKS];
  void *handle = is_ours(b->object) ? dlopen(b->object, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!handle) return fails(b, "%s cannot be loaded", b->object);
  bool any = false;
  for (size_t k = 0; k < CABLE_NMODL_TASKS; k++) {
    char name[24];
    (void)snprintf(name, sizeof name, "lg_task_%zu", k);
    void *symbol = dlsym(handle, name); /* NULL: a function that the mechanism has not */
    memcpy(&functions[k], &symbol, sizeof symbol);
    any = any || symbol;
  }
  if (!any) {
    (void)dlclose(handle);
    return fails(b, "%s holds no mechanism", b->object);
  }
  lg_cable_nmodl_attach(m, functions, handle, close_object);
  return true;
}

lg_status lg_cable_mechanism_build(lg_ctx *ctx, cable_nmodl *m, char *why, size_t bytes) {
  const char *chosen = getenv("CC");
  building b = {.ctx = ctx, .why = why, .why_bytes = bytes};
  char *text = NULL;
  b.compiler = chosen && *chosen && !strchr(chosen, ' ') ? chosen : "cc";
  if (bytes > 0) why[0] = 0;
  if (lg_cable_nmodl_is_compiled(m)) return LG_OK;
  const lg_status status = lg_cable_nmodl_c(ctx, m, &text);
  if (status != LG_OK) return status;
  if (find_folder(&b) && name_object(&b, text) && (is_ours(b.object) || make_object(&b, text)))
    (void)load_object(&b, m);
  lg_free(ctx, text);
  return LG_OK;
}
