/**
 * @file cli.h
 * @brief The command line: one table of commands, one option table per command; help, completion and man pages come
 * from them.
 *
 * A command is one file `cmd_<name>.c` that exports `const cli_command cli_<name>` and one line in commands.c.
 * stdout is data, stderr is words.
 */
#ifndef LG_CLI_H
#define LG_CLI_H

#include <loligo/ctx.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** What a value means; decides which units are accepted ("25us") and what a bare number is. */
typedef enum cli_kind {
  CLI_FLAG,         /* --json */
  CLI_TEXT,         /* any words */
  CLI_CHOICE,       /* one of the words in `value`: "reference|rk4|euler" */
  CLI_INPUT,        /* a file or folder that is read; cannot be opened: exit code 3 */
  CLI_OUTPUT,       /* a file or folder that is written ("-" streams); cannot be written: exit code 5 */
  CLI_COUNT,        /* a whole number >= 0 */
  CLI_NUMBER,       /* a number without dimension */
  CLI_TIME,         /* ms; s, us, ns, min */
  CLI_SECONDS,      /* a time too, but a bare number is in s */
  CLI_CURRENT,      /* pA; nA, uA, A */
  CLI_VOLTAGE,      /* mV; V, uV */
  CLI_FREQUENCY,    /* Hz; kHz */
  CLI_CONCENTRATION /* uM; nM, mM, pM, M */
} cli_kind;

/** @brief What a kind is called in the tables of options as JSON. */
static inline const char *cli_kind_name(cli_kind kind) {
  static const char *const names[] = {"flag", "text", "choice",  "input",     "output",    "count",        "number",
                                      "time", "time", "current", "potential", "frequency", "concentration"};
  return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "text";
}

/** @brief The unit of a bare number; NULL where there is none. */
static inline const char *cli_kind_unit(cli_kind kind) {
  static const char *const units[] = {"ms", "s", "pA", "mV", "Hz", "uM"};
  return kind >= CLI_TIME && kind <= CLI_CONCENTRATION ? units[kind - CLI_TIME] : NULL;
}

typedef struct cli_option {
  const char *name;  /* "dt"; "-o" is the short form of "output" */
  const char *value; /* "FILE", "TIME", "auto|plain|json"; NULL for flags */
  cli_kind kind;
  const char *fallback; /* default as text, NULL = not given */
  const char *help;     /* one sentence */
} cli_option;

typedef struct cli_run cli_run;

typedef struct cli_command {
  const char *name;      /* "clone", "neuron simulate" */
  const char *arguments; /* "REC -o TWIN.json [--report DIR]" */
  const char *summary;   /* one sentence */
  const char *example;   /* one or more example lines, the help begins with them */
  const cli_option *options;
  size_t n_options;
  int min_positional, max_positional; /* max < 0: any number */
  int (*run)(cli_run *run);           /* returns an exit code */
  int output_positional;              /* the k-th argument (from 1) is a file that is written; 0: none is */
} cli_command;

/** Exit codes of the contract. */
enum {
  CLI_OK = 0,
  CLI_NEGATIVE = 1,
  CLI_USAGE = 2,
  CLI_BAD_INPUT = 3,
  CLI_NUMERICAL = 4,
  CLI_RESOURCE = 5,
  CLI_PARTIAL = 6,
  CLI_INTERRUPTED = 130
};

/** @brief The table of commands. */
const cli_command *const *cli_commands(size_t *n);

/** Options that every command has: json, seed, threads, quiet, progress, help. */
const cli_option *cli_common_options(size_t *n);

/* ---- what a running command may ask ------------------------------------------------------------ */

lg_ctx *cli_ctx(cli_run *run);
const cli_command *cli_this(const cli_run *run);
size_t cli_positionals(const cli_run *run);
const char *cli_positional(const cli_run *run, size_t k);
/** @brief Whether an option was given (by flag, environment or file; a default does not count). */
bool cli_given(const cli_run *run, const char *option);
bool cli_flag(const cli_run *run, const char *option);
/** @brief Text of an option or its default; NULL if neither. */
const char *cli_text(const cli_run *run, const char *option);
/** @brief Number of an option in its documented unit (checked when the line was parsed). NAN if not given. */
double cli_number(const cli_run *run, const char *option);
/** @brief The same where it was given, otherwise `otherwise`. */
double cli_number_or(const cli_run *run, const char *option, double otherwise);
uint64_t cli_count(const cli_run *run, const char *option);
bool cli_json(const cli_run *run);
uint64_t cli_seed(const cli_run *run);
int cli_argc(const cli_run *run);
char *const *cli_argv(const cli_run *run);

/** @brief Provenance of this run: command line, options and seed are in it already; destroyed with the run. NULL: no
 * memory. */
struct lg_provenance *cli_provenance(cli_run *run);

/** @brief Map a status to an exit code. */
int cli_exit_code(lg_status status);

/**
 * @brief Print `loligo: FILE: CODE: message` of the context's last failure to stderr; returns the exit code.
 *
 * `file` is the input or output that the call was about, NULL when it was about none. A file that could not be opened
 * or read is a bad input (3) when it is an argument or a CLI_INPUT option, and a resource failure (5) otherwise.
 */
int cli_report(cli_run *run, const char *file, lg_status status);

/**
 * @brief Find a file that ships: "models/izhikevich.safetensors", "data/recordings/171116sh_0018.abf".
 *
 * Looks into $LOLIGO_DATA_DIR, ../share/loligo beside the program, the source tree it was built from, and the place
 * of installation, in this order.
 * @param[out] path buffer of `bytes`
 * @retval LG_ERR_NOT_FOUND it is in none of them; the message lists the places
 */
LG_MUST_CHECK lg_status cli_find_data(lg_ctx *ctx, const char *relative, char *path, size_t bytes);

/** @brief Print `loligo: words` and a hint to --help to stderr; returns CLI_USAGE. */
int cli_usage(cli_run *run, const char *fmt, ...) LG_PRINTF(2, 3);

/** @brief Words for people on stderr, unless --quiet. */
void cli_say(const cli_run *run, const char *fmt, ...) LG_PRINTF(2, 3);

/** @brief Whether colour and cursor movements may go to stderr: a terminal, no NO_COLOR, TERM not "dumb". */
bool cli_fancy(void);

/** @brief Parse "25us" to the unit of a kind; false and a reason when it cannot be. */
bool cli_parse_quantity(const char *text, cli_kind kind, double *value, char *reason, size_t reason_bytes);

/** @brief Nearest of n names to a misspelt one, NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

/** @brief Print the help of a command (or of the program when NULL) to stdout. */
void cli_help(const cli_command *command);

/** @brief The command of that full name ("neuron simulate"), NULL if there is none. */
const cli_command *cli_find_command(const char *name);

/** @brief Write the manual page of a command (or of the program when NULL) as roff. */
void cli_manual(FILE *stream, const cli_command *command);

/** @brief Call fn for each word of "reference|rk4|euler". */
void cli_each_choice(const cli_option *option, void (*fn)(void *user, const char *word, size_t length), void *user);

#endif
