/**
 * @file job_commands.h
 * @brief What of the command line the API offers, and a request turned into a command line.
 *
 * A request never names a path: files that are read are named by their hash and get a safe name in the job's folder,
 * in/NAME; files that are written get out/NAME there.
 */
#ifndef LG_SERVE_JOB_COMMANDS_H
#define LG_SERVE_JOB_COMMANDS_H

#include "app/cli/cli.h"
#include "app/serve/store_jobs.h"
#include "data/json_writer.h"

struct json_t;

/** The table of commands as the program hands it in: the server is a library and has none. */
typedef struct serve_commands {
  const cli_command *const *table;
  size_t n;
  const cli_option *common; /* options that every command has */
  size_t n_common;
  bool (*parse_quantity)(const char *text, cli_kind kind, double *value, char *reason, size_t reason_bytes);
} serve_commands;

/** Whether the API runs a command. */
typedef struct job_policy {
  const char *name;
  const char *positional; /* a letter for each argument: f file read, o file written, t words; the last one repeats */
  const char *refused;    /* NULL: it is run; otherwise why not */
} job_policy;

/** @brief NULL: nobody has said anything about that command, so it is not run. */
const job_policy *job_policy_of(const char *command);

/** @brief All commands with their options, for forms and programs. */
void job_commands_write(lg_json *w, const serve_commands *commands);

enum { JOB_MOST_INPUTS = 64, JOB_MOST_WORDS = 256, JOB_FILE_NAME = 101 };

/** A request that was checked. */
typedef struct job_order {
  const cli_command *command;
  char *request; /* JSON: arguments and options as they came, argv as the worker runs it (live: argv alone); lg_free */
  bool batch;    /* it has shares */
  int priority;
  size_t n_inputs;
  job_file input[JOB_MOST_INPUTS];
  char names[JOB_MOST_INPUTS][JOB_FILE_NAME];
  char hashes[JOB_MOST_INPUTS][BLOB_HEX];
} job_order;

/**
 * @brief Check {"command", "arguments", "options", "inputs", "priority"} strictly.
 * @retval LG_ERR_ARGUMENT, LG_ERR_RANGE the message says what is wrong and what would be right
 */
LG_MUST_CHECK lg_status job_order_read(lg_ctx *ctx, const serve_commands *commands, const struct json_t *body,
                                       job_order *order);
/** @brief The same for a live stream: {"arguments", "options", "inputs"} of `neuron live`. */
LG_MUST_CHECK lg_status job_order_read_live(lg_ctx *ctx, const serve_commands *commands, const struct json_t *body,
                                            job_order *order);
void job_order_forget(lg_ctx *ctx, job_order *order);

/** @brief Whether a name may stand in the job's folder: [A-Za-z0-9] first, then those and "._-", at most 100. */
bool job_name_is_safe(const char *name);
/** @brief A safe name that is like this one. */
void job_make_safe(const char *name, char safe[JOB_FILE_NAME]);

#endif
