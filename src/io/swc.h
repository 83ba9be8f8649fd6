/**
 * @file swc.h
 * @brief SWC reconstructions of cells: text to nodes to sections, with every repair and refusal told.
 *
 * A line is `id type x y z radius parent` (µm), # begins a remark. Ids are whole numbers from 0 in any order; a node
 * whose parent is negative or not in the file is a root, and there must be one. Blanks, tabs or commas between the
 * columns; line ends of any system; a byte order mark; exponents; further columns are ignored and told.
 *
 * Somata are written in many ways, hence three rules (docs/cable-morphology.md says how they differ):
 * g1      rule G1 of this program: one node, or the three nodes of NeuroMorpho.Org: a cylinder with length = diameter;
 *         else one section through all soma nodes; dendrites begin at their own first node, joined at the soma's middle
 * import3d what NEURON's Import3d makes of the file
 * arbor   every node with a parent is a frustum from its parent's point: what Arbor's load_swc_arbor makes of it
 */
#ifndef LG_SWC_H
#define LG_SWC_H

#include "data/morphology.h"

typedef enum lg_swc_soma { LG_SWC_G1 = 0, LG_SWC_IMPORT3D, LG_SWC_ARBOR } lg_swc_soma;

typedef struct lg_swc_options {
  lg_swc_soma soma;
  bool keep_soma_tree; /* of several trees keep the one with the soma, instead of refusing the file */
} lg_swc_options;

/**
 * @brief Parse a file's bytes.
 * @param name    of the file, for messages
 * @param options NULL: rule G1
 * @param[out] out the cell with its notes. Also on LG_ERR_FORMAT: then without sections, and at least one note is a
 *                 refusal (the message is the first of them). Destroy with lg_morphology_destroy() in both cases.
 */
LG_MUST_CHECK lg_status lg_swc_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *name,
                                     const lg_swc_options *options, lg_morphology **out);

/** @brief Read a file, at most 1 GiB; the rest as lg_swc_parse(). */
LG_MUST_CHECK lg_status lg_swc_read(lg_ctx *ctx, const char *path, const lg_swc_options *options, lg_morphology **out);

/** @brief Rule by its name (g1, import3d, arbor); LG_ERR_ARGUMENT for others. */
LG_MUST_CHECK lg_status lg_swc_soma_from_name(lg_ctx *ctx, const char *name, lg_swc_soma *soma);

#endif
