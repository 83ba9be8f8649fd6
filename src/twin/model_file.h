/**
 * @file model_file.h
 * @brief Model files and protocols in JSON, as people write them and as programs do.
 */
#ifndef LG_MODEL_FILE_H
#define LG_MODEL_FILE_H

#include "data/json_writer.h"
#include "data/provenance.h"

#include <loligo/neuron.h>

/**
 * @brief Read a model: `{"model", "variant", "parameters", "initial", "modifiers"}`, or a twin file.
 *
 * Parameters that are not given have the defaults of the table. Names that the model does not know are refused with the
 * nearest one; a name that another variant of the family has is ignored with a warning. // comments are allowed.
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message names the file and the key path
 */
LG_MUST_CHECK lg_status lg_neuron_load(lg_ctx *ctx, const char *path, lg_neuron *out);

/** @brief The same from n bytes; name stands in messages. */
LG_MUST_CHECK lg_status lg_neuron_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_neuron *out);

/**
 * @brief Write a neuron as the value of the writer: every parameter with its value, the initial states that are given.
 *
 * lg_neuron_parse() makes the same neuron of it, bit by bit.
 */
void lg_neuron_write_json(const lg_neuron *neuron, lg_json *w);

/** @brief Read a protocol: `{"duration_ms", "sample_ms", "segments": […], "synaptic": […]}`. */
LG_MUST_CHECK lg_status lg_protocol_load(lg_ctx *ctx, const char *path, lg_protocol **out);

/** @brief The same from n bytes; name stands in messages. */
LG_MUST_CHECK lg_status lg_protocol_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n,
                                          lg_protocol **out);

/**
 * @brief Write a protocol so that lg_protocol_load() returns the same one, bit for bit (the phase of a sine: to
 * rounding).
 * @param name, description  for people; NULL: left out
 * @param provenance         NULL: left out
 */
void lg_protocol_write(FILE *stream, const lg_protocol *protocol, const char *name, const char *description,
                       lg_provenance *provenance);

#endif
