/** @file job_internal.h @brief Shared by job_commands.c and job_order.c. */
#ifndef LG_SERVE_JOB_INTERNAL_H
#define LG_SERVE_JOB_INTERNAL_H

#include "app/serve/job_commands.h"

bool job_option_is_ours(const char *name);
/** @brief Why a command that is run is not run with that option; NULL: it is. */
const char *job_option_refused(const char *command, const char *option);
bool job_command_is_batch(const cli_command *c);

#endif
