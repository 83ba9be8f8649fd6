/**
 * @file live_program.h
 * @brief The program of a live stream: the first line of its standard input says what it is to be; it makes its folder,
 * limits and cage, and runs that command line with what follows as its input.
 *
 * The line: {"folder": DIR, "argv": [program, …], "inputs": [[blob, place], …]}.
 */
#ifndef LG_SERVE_LIVE_PROGRAM_H
#define LG_SERVE_LIVE_PROGRAM_H

#include "base/base.h"

typedef struct live_program_options {
  const char *program;
  const char *const *readable; /* places that it may read beside the system's libraries and its folder; ends NULL */
  int (*run)(int argc, char **argv);
} live_program_options;

/** @brief Does not return where it comes as far as the command line. */
LG_MUST_CHECK lg_status live_program(lg_ctx *ctx, const live_program_options *options);

#endif
