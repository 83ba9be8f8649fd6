/**
 * @file ro_crate.h
 * @brief RO-Crate 1.1 metadata of a run folder: which files, made by what, from which inputs (www.researchobject.org).
 */
#ifndef LG_RO_CRATE_H
#define LG_RO_CRATE_H

#include "data/provenance.h"

/** One file of the folder. */
typedef struct lg_crate_file {
  const char *name;        /**< relative to the folder: "run.json" */
  const char *description; /**< one sentence, or NULL */
} lg_crate_file;

/**
 * @brief Write dir/ro-crate-metadata.json.
 *
 * Sizes and SHA-256 are those of the files as they stand now, so call it last. Media types follow from the names'
 * endings. The run becomes a CreateAction with the program as its instrument, the inputs of the provenance as its
 * objects (with their hashes) and the files as its result.
 *
 * @param name        of the run: "Twin of 171116sh_0018.abf"
 * @param description one or two sentences
 * @param files       (n) shape (n); must exist
 * @retval LG_ERR_IO  a file is missing, or the metadata cannot be written
 */
LG_MUST_CHECK lg_status lg_ro_crate_write(lg_ctx *ctx, const char *dir, const char *name, const char *description,
                                          const lg_provenance *provenance, const lg_crate_file *files, size_t n);

#endif
