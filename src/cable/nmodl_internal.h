/** @file nmodl_internal.h @brief A compiled mechanism, as its functions see it. */
#ifndef LG_NMODL_INTERNAL_H
#define LG_NMODL_INTERNAL_H

#include "cable/nmodl.h"
#include "cable/nmodl_program.h"

struct cable_nmodl {
  cable_mechanism kind; /* first: a block's kind is the way here */
  nm_module module;
  nm_lowered lowered;
  nm_program program[NM_TASKS];
  nm_kernel interpret;
  cable_nmodl_function compiled[NM_TASKS];
  void *handle;
  void (*close)(void *handle);
};

/** @brief Fill in the functions of kind. */
void lg_nmodl_set_functions(struct cable_nmodl *m);

#endif
