/* Landlock: the program of a task sees the system's libraries, what ships, and the job's folder, and nothing else; it
 * starts no program at all. It may be led by a file of a user to name any path. Linux 5.13 and later; without it the
 * other limits remain. */
#define _GNU_SOURCE
#include "app/serve/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_landlock_create_ruleset
#include <linux/landlock.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ALL_OF_FIRST_VERSION ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* Places that are not there need no rule. */
static bool allow(int rules, const char *path, uint64_t access) {
  struct stat about;
  struct landlock_path_beneath_attr place = {.allowed_access = access};
  const int file = open(path, O_PATH | O_CLOEXEC);
  if (file < 0) return true;
  if (fstat(file, &about) != 0 || !S_ISDIR(about.st_mode))
    place.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
  place.parent_fd = file;
  const bool good = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &place, 0) == 0;
  (void)close(file);
  return good;
}

int launcher_cage(const char *folder, const char *program, const char *const *readable) {
  static const char *const libraries[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"};
  static const char *const looked_at[] = {"/etc/ld.so.cache", "/etc/localtime", "/usr/share",   "/proc",
                                          "/sys/devices",     "/sys/fs/cgroup", "/dev/urandom", "/etc/fonts"};
  const struct landlock_ruleset_attr attributes = {.handled_access_fs = ALL_OF_FIRST_VERSION};
  const int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
  bool good = true;
  for (size_t k = 0; k < sizeof libraries / sizeof libraries[0]; k++) good = good && allow(rules, libraries[k], READ);
  for (size_t k = 0; k < sizeof looked_at / sizeof looked_at[0]; k++) good = good && allow(rules, looked_at[k], READ);
  for (size_t k = 0; readable && readable[k]; k++) good = good && allow(rules, readable[k], READ);
  good = good && allow(rules, program, READ);
  good = good && allow(rules, "/dev/null", READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
  good = good && allow(rules, folder, ALL_OF_FIRST_VERSION & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE);
  good = good && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  good = good && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  (void)close(rules);
  return good ? 1 : -1;
}

#else

int launcher_cage(const char *folder, const char *program, const char *const *readable) {
  (void)folder, (void)program, (void)readable;
  return 0;
}

#endif
