/** @file culture_pinn_file.h @brief Checkpoints of a physics-informed network's training. */
#ifndef LG_CULTURE_PINN_FILE_H
#define LG_CULTURE_PINN_FILE_H

#include "culture/pinn.h"

/** Where a training saves; start from {.path = …}. */
typedef struct culture_pinn_file {
  const char *path;  /* a safetensors file, replaced whole */
  double pause_s;    /* seconds between saves */
  double saved_at_s; /* of the monotonic clock */
  double resumed_at; /* step that it went on from; 0: from the start */
} culture_pinn_file;

/**
 * @brief Let a training save into a file and go on from it where it is there.
 *
 * A file of another training (other options, traces, graph) is refused with LG_ERR_ARGUMENT, a damaged one with
 * LG_ERR_FORMAT.
 */
void lg_culture_pinn_keep(culture_pinn *options, culture_pinn_file *file);

#endif
