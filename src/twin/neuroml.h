/**
 * @file neuroml.h
 * @brief Cells of NeuroML 2 as cases of ours: sections, regions, and a mechanism in NMODL for every channel and pool.
 *
 * A fixed vocabulary (docs/cable-nmodl.md lists it); ComponentTypes written in LEMS are refused.
 */
#ifndef LG_NEUROML_H
#define LG_NEUROML_H

#include "data/morphology.h"
#include "io/xml.h"

typedef struct neuroml neuroml;

/** @brief Read a NeuroML file with the files that it includes (below its folder). */
LG_MUST_CHECK lg_status lg_neuroml_load(lg_ctx *ctx, const char *path, neuroml **out);
/** @brief Read one document from memory; inclusions are refused. */
LG_MUST_CHECK lg_status lg_neuroml_parse(lg_ctx *ctx, const char *file, const void *bytes, size_t n, neuroml **out);
/** @brief Destroy; accepts NULL. */
void lg_neuroml_destroy(lg_ctx *ctx, neuroml *model);

/** @brief Mechanisms made; name k is that of the file without ".mod". */
size_t lg_neuroml_mechanisms(const neuroml *model);
const char *lg_neuroml_mechanism_name(const neuroml *model, size_t k);
/** @brief Write mechanism k as NMODL. */
void lg_neuroml_write_mechanism(const neuroml *model, size_t k, FILE *stream);
/** @brief Write the case as JSON. False when the numbers could not be written. */
bool lg_neuroml_write_case(const neuroml *model, FILE *stream);
size_t lg_neuroml_sections(const neuroml *model);
/** @brief What was passed over, NULL behind the last. */
const char *lg_neuroml_note(const neuroml *model, size_t k);

/** @brief Whether the bytes look like NeuroML. */
bool lg_neuroml_is(const void *bytes, size_t n);

/** @brief Write a case and its mechanisms beside it. */
LG_MUST_CHECK lg_status lg_neuroml_save(lg_ctx *ctx, const neuroml *model, const char *path);

#endif
