/**
 * @file model_file.h
 * @brief Model files and protocols in JSON, as people write them and as programs do (reading: loligo/neuron.h and
 *        loligo/protocol.h).
 */
#ifndef LG_MODEL_FILE_H
#define LG_MODEL_FILE_H

#include "data/json_writer.h"
#include "data/provenance.h"

#include <loligo/neuron.h>
#include <loligo/protocol.h>

/**
 * @brief Write a neuron as the value of the writer: every parameter with its value, the initial states that are given.
 *
 * lg_neuron_parse() makes the same neuron of it, bit by bit.
 */
void lg_neuron_write_json(const lg_neuron *neuron, lg_json *w);

/**
 * @brief Write a protocol so that lg_protocol_load() returns the same one, bit for bit (the phase of a sine: to
 * rounding).
 * @param name, description  for people; NULL: left out
 * @param provenance         NULL: left out
 */
void lg_protocol_write(FILE *stream, const lg_protocol *protocol, const char *name, const char *description,
                       lg_provenance *provenance);

#endif
