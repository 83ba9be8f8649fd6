/**
 * @file nmodl.h
 * @brief Mechanisms of the user: a subset of NMODL, compiled to vector instructions (or to C, by twin/).
 *
 * What is read, what is refused and where results differ from NEURON's: docs/cable-nmodl.md.
 */
#ifndef LG_CABLE_NMODL_H
#define LG_CABLE_NMODL_H

#include "cable/mechanism.h"

typedef struct cable_nmodl cable_nmodl;

/**
 * @brief Compile the text of an NMODL file.
 * @param file stands in messages: "file:line: reason"
 * @retval LG_ERR_FORMAT what cannot be read or is not supported, with its line
 * @retval LG_ERR_LIMIT  too large
 */
LG_MUST_CHECK lg_status lg_cable_nmodl_compile(lg_ctx *ctx, const char *file, const char *text, size_t n,
                                               cable_nmodl **out);
/** @brief Destroy; accepts NULL. No block of the mechanism may be left. */
void lg_cable_nmodl_destroy(lg_ctx *ctx, cable_nmodl *mechanism);

/** @brief The mechanism, as the built-in ones are; lives as long as its owner. */
const cable_mechanism *lg_cable_nmodl_mechanism(const cable_nmodl *mechanism);

/** @brief TITLE of the file, "". */
const char *lg_cable_nmodl_title(const cable_nmodl *mechanism);
/** @brief The first *n states of the mechanism are of the file (STATE and RANGE); those behind are its own. */
size_t lg_cable_nmodl_shown_states(const cable_nmodl *mechanism);
/** @brief Unit of state k as the file says it, "" where it does not. */
const char *lg_cable_nmodl_state_unit(const cable_nmodl *mechanism, size_t k);
/** @brief Whether state k is a STATE of the file. */
bool lg_cable_nmodl_is_state(const cable_nmodl *mechanism, size_t k);
/** @brief Name of current k that flows through no ion, NULL behind the last. */
const char *lg_cable_nmodl_nonspecific(const cable_nmodl *mechanism, size_t k);
/** @brief Note k of what was read and ignored with its line; NULL behind the last. */
const char *lg_cable_nmodl_note(const cable_nmodl *mechanism, size_t k, unsigned *line);
/** @brief Vector instructions of all functions together. */
size_t lg_cable_nmodl_operations(const cable_nmodl *mechanism);

/* ---- compiled by the machine's C compiler (twin/cable_mechanism_compile.c) ------------------------------------- */

enum { CABLE_NMODL_TASKS = 9 };

/** @brief The mechanism as C text; free with lg_free. */
LG_MUST_CHECK lg_status lg_cable_nmodl_c(lg_ctx *ctx, const cable_nmodl *mechanism, char **text);
/** A compiled function of that text: lg_task_<k>. */
typedef void (*cable_nmodl_function)(size_t n, const double *const *in, const double *scalar, double *const *out);
/** @brief Use compiled functions [CABLE_NMODL_TASKS] (NULL: interpret). close(handle) is called by destroy. */
void lg_cable_nmodl_attach(cable_nmodl *mechanism, const cable_nmodl_function *functions, void *handle,
                           void (*close)(void *handle));
/** @brief Whether compiled functions are in use. */
bool lg_cable_nmodl_is_compiled(const cable_nmodl *mechanism);

#endif
