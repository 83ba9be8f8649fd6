/**
 * @file sonata.h
 * @brief Edges and spikes of SONATA files (HDF5), the parts that describe connections and trains.
 *
 * Dai et al. 2020, doi 10.1371/journal.pcbi.1007696. Read are /edges/<population>/source_node_id, target_node_id and,
 * of edge group 0, syn_weight and delay; /spikes[/<population>]/timestamps (ms) and node_ids. Everything else is left
 * alone: cells and synapses are described by the network that the edges are put into. Parsed in the sandbox.
 */
#ifndef LG_SONATA_H
#define LG_SONATA_H

#include "base/base.h"

typedef struct lg_sonata_edge {
  uint32_t from, to;
  double weight, delay_ms; /* NAN: the file does not say */
} lg_sonata_edge;

typedef struct lg_sonata_spike {
  double t_ms;
  uint32_t cell;
} lg_sonata_spike;

/**
 * @brief The edges of a population, in the file's order.
 * @param population NULL: the only one
 * @retval LG_ERR_FORMAT      no SONATA edges, a population that is not there (the message lists them)
 * @retval LG_ERR_UNSUPPORTED several edge groups
 */
LG_MUST_CHECK lg_status lg_sonata_edges(lg_ctx *ctx, const char *path, const char *population, lg_sonata_edge **edges,
                                        size_t *n);

/** @brief The spikes of a population (NULL: the only one, or those that stand in /spikes itself). */
LG_MUST_CHECK lg_status lg_sonata_spikes(lg_ctx *ctx, const char *path, const char *population,
                                         lg_sonata_spike **spikes, size_t *n);

#endif
