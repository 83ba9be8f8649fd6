/** @file cable_file_internal.h @brief Parts of the reader of cells with shape. */
#ifndef LG_CABLE_FILE_INTERNAL_H
#define LG_CABLE_FILE_INTERNAL_H

#include "twin/cable_file.h"

/** @brief "swc", "sections" or "compartments" of a cell; relative names start at folder. */
LG_MUST_CHECK lg_status lg_cable_read_shape(lg_ctx *ctx, const lg_json_at *root, const char *folder,
                                            cable_model *model);

/** @brief "regions": what membrane the types have. */
LG_MUST_CHECK lg_status lg_cable_read_regions(lg_ctx *ctx, const lg_json_at *root, cable_model *model);

/** @brief "iclamps", "points", "synapses". */
LG_MUST_CHECK lg_status lg_cable_read_stimuli(lg_ctx *ctx, const lg_json_at *root, cable_model *model);

/** @brief "probes", "record_extra". */
LG_MUST_CHECK lg_status lg_cable_read_probes(lg_ctx *ctx, const lg_json_at *root, cable_model *model);

/** @brief One more synapse, or probe, of a cell that was read already, as its file would have it. */
LG_MUST_CHECK lg_status lg_cable_read_synapse(lg_ctx *ctx, const lg_json_at *at, cable_model *model);
LG_MUST_CHECK lg_status lg_cable_read_probe(lg_ctx *ctx, const lg_json_at *at, cable_model *model);

/** @brief A mechanism by its name, built in or the model's own; refused naming the nearest. */
LG_MUST_CHECK lg_status lg_cable_read_mechanism(lg_ctx *ctx, const lg_json_at *at, const char *name,
                                                const cable_model *model, const cable_mechanism **out);

/** @brief Values of a mechanism out of an object (NULL: all defaults); values are allocated. */
LG_MUST_CHECK lg_status lg_cable_read_values(lg_ctx *ctx, const lg_json_at *object, const cable_mechanism *mechanism,
                                             cable_use *use);

/** @brief {"value": x, "distance": {…}} of a parameter into use->values and use->shapes. */
LG_MUST_CHECK lg_status lg_cable_read_distribution(lg_ctx *ctx, const lg_json_at *item, size_t parameter,
                                                   cable_use *use);

/** @brief ["soma"], ["mid", id], ["sec", index, x], ["name", text, x] at a key of an object; the place must be there.
 */
LG_MUST_CHECK lg_status lg_cable_read_place(lg_ctx *ctx, const lg_json_at *object, const char *key,
                                            const cable_model *model, cable_location *out);

/** @brief Copy a name, refusing longer ones. */
LG_MUST_CHECK lg_status lg_cable_read_name(lg_ctx *ctx, const lg_json_at *object, const char *key, const char *fallback,
                                           char *name, size_t bytes);

#endif
