/* A job script for Slurm, and --shard I/N. */
#include "app/sweep/sweep.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TASKS = 64 };

bool lg_sweep_parse_shard(const char *text, size_t *shard, size_t *n_shards) {
  char *end;
  if (text[0] < '0' || text[0] > '9') return false;
  const unsigned long long i = strtoull(text, &end, 10);
  if (*end != '/' || end[1] < '1' || end[1] > '9') return false;
  const unsigned long long n = strtoull(end + 1, &end, 10);
  if (*end != '\0' || n > 1000000 || i > n) return false;
  *shard = (size_t)(i % n); /* 1/3, 2/3, 3/3 or 0/3, 1/3, 2/3: the same three shares */
  *n_shards = (size_t)n;
  return true;
}

/* One word as a shell needs it. */
static void put_word(FILE *f, const char *word) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+%@^-";
  if (word[0] && strspn(word, plain) == strlen(word)) {
    (void)fputs(word, f);
    return;
  }
  (void)fputc('\'', f);
  for (const char *p = word; *p; p++) {
    if (*p == '\'') (void)fputs("'\\''", f);
    else (void)fputc(*p, f);
  }
  (void)fputc('\'', f);
}

/* The command without what the script decides. */
static void put_command(FILE *f, int argc, char *const *argv) {
  static const char *const names[] = {"--slurm", "--shard", "--threads", "--progress", "--json"};
  for (int k = 0; k < argc; k++) {
    size_t which = 0;
    const size_t n = strcspn(argv[k], "=");
    while (which < 5 && !(strlen(names[which]) == n && strncmp(argv[k], names[which], n) == 0)) which++;
    if (k > 0 && which < 5) {
      if (which >= 1 && which <= 3 && argv[k][n] != '=') k++;
      continue;
    }
    if (k > 0) (void)fputc(' ', f);
    put_word(f, argv[k]);
  }
}

void lg_sweep_print_slurm(FILE *f, const char *name, int argc, char *const *argv, const char *working_directory,
                          size_t n_points) {
  const size_t blocks = (n_points + LG_SWEEP_BLOCK - 1) / LG_SWEEP_BLOCK,
               tasks = blocks < MAX_TASKS ? blocks : MAX_TASKS;
  (void)fprintf(
      f,
      "#!/bin/bash\n"
      "# %zu points in %zu shares. Each saves what it finishes; give the same script again after a failure or\n"
      "# a time limit: only what is missing is worked out. The share that ends last merges the results.\n"
      "#SBATCH --job-name=loligo-%s\n"
      "#SBATCH --array=1-%zu\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --cpus-per-task=4\n"
      "#SBATCH --mem-per-cpu=1G\n"
      "#SBATCH --time=12:00:00\n"
      "#SBATCH --signal=B:TERM@60\n"
      "#SBATCH --output=loligo-%s-%%A_%%a.log\n"
      "set -eu\n"
      "cd ",
      n_points, tasks, name, tasks, name);
  put_word(f, working_directory);
  (void)fputs("\nexec ", f);
  put_command(f, argc, argv);
  (void)fprintf(f, " --shard \"$SLURM_ARRAY_TASK_ID/%zu\" --threads \"${SLURM_CPUS_PER_TASK:-1}\" --progress=plain\n",
                tasks);
  (void)fputs("\n# Or as one job of many ranks: replace --array by --ntasks=64 and the last line by\n# mpirun ", f);
  put_command(f, argc, argv);
  (void)fputs(" --threads \"${SLURM_CPUS_PER_TASK:-1}\"\n", f);
}
