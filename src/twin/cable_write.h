/** @file cable_write.h @brief Cells with shape to JSON: what cable_file.h reads gives the same model again. */
#ifndef LG_CABLE_WRITE_H
#define LG_CABLE_WRITE_H

#include "cable/model.h"
#include "data/json_writer.h"

/**
 * @brief Write the keys of a model into an object that is open: model, celsius, …, sections or compartments, regions,
 * stimuli, probes. Shapes are written point by point, so that the file stands alone.
 */
void lg_cable_write_keys(lg_json *w, const cable_model *model);

#endif
