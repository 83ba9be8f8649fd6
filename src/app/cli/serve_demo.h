/** @file serve_demo.h @brief `loligo serve --demo`: an empty folder filled with the examples that ship. */
#ifndef LG_CLI_SERVE_DEMO_H
#define LG_CLI_SERVE_DEMO_H

#include "app/serve/job_commands.h"
#include "app/serve/store_facts.h"

enum { SERVE_DEMO_FOLDER = 256 };

/** @brief A folder of its own for a demonstration that leaves nothing. @param[out] folder */
LG_MUST_CHECK lg_status serve_demo_folder(lg_ctx *ctx, char folder[SERVE_DEMO_FOLDER]);

/**
 * @brief Fill a folder that is empty or not there: accounts "demo" (administrator) and "reviewer", files, jobs that
 * wait for the workers, a study. A folder that was filled so before is left as it is.
 * @param[out] password of both accounts
 * @retval LG_ERR_ARGUMENT the folder has data that is no demonstration: nothing was touched
 */
LG_MUST_CHECK lg_status serve_demo_fill(lg_ctx *ctx, const serve_commands *commands, const char *folder,
                                        char password[STORE_FACT]);

#endif
