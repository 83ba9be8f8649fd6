/** @file calcium_file_internal.h @brief Parts of the reader of calcium cases. */
#ifndef LG_CALCIUM_FILE_INTERNAL_H
#define LG_CALCIUM_FILE_INTERNAL_H

#include "calcium/extra_case.h"
#include "twin/calcium_file.h"

/** @brief geometry, sections, swc + er_fraction, or cable + er_fraction; path of the case file: names are relative to
 * it. Where the cable says how long the run is, *end_s is that. */
LG_MUST_CHECK lg_status lg_calcium_read_shape(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c,
                                              double *end_s);

/** @brief ip3r, ip3, er_buffer, soce, vdcc, voltage_mV, rest_mV, celsius; after the shape. */
LG_MUST_CHECK lg_status lg_calcium_read_extras(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c);

/** @brief A number, rows [x_um, value] (one section only), or {"everywhere": …, "sections": [{"section": 0,
 * "value": … | "table": rows}, …]}; left as it is where the key is absent. */
LG_MUST_CHECK lg_status lg_calcium_read_profile(lg_ctx *ctx, const lg_json_at *at, const char *key, size_t n_sections,
                                                calcium_profile *out);

/** @brief At least two rows of two numbers, the first rising; both columns are the caller's to free. */
LG_MUST_CHECK lg_status lg_calcium_read_rows2(lg_ctx *ctx, const lg_json_at *at, const char *key, const char *unit,
                                              double **x, double **y, size_t *n);

/** @brief The path of a file named in a case: relative to the case's folder. */
LG_MUST_CHECK lg_status lg_calcium_beside(lg_ctx *ctx, const char *path, const char *name, char **out);

/** @brief A constant by its key in a case file, NULL where there is none; parameter: it stands under "parameters". */
double *lg_calcium_constant(calcium_constants *constants, const char *key, bool *parameter);

#endif
