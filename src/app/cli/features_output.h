/** @file features_output.h @brief Features as JSON, CSV, a table for people, and the table of features itself. */
#ifndef LG_FEATURES_OUTPUT_H
#define LG_FEATURES_OUTPUT_H

#include "data/provenance.h"
#include <loligo/features.h>

/** @brief Write `{"schema": "loligo-features/1", "sweeps": […], "cell": {…}, "undefined": {…}, …}`. */
void features_write_json(FILE *stream, const lg_recording *rec, const lg_features *f, const char *definition,
                         lg_provenance *provenance);

/** @brief Write one row per sweep (empty = undefined), provenance in comments. */
void features_write_csv(FILE *stream, const lg_recording *rec, const lg_features *f, const char *definition,
                        lg_provenance *provenance);

/** @brief Write the table that a person reads: a line per sweep, then the cell. all: every feature with its reason. */
void features_write_text(FILE *stream, const lg_recording *rec, const lg_features *f, bool all);

/** @brief Write the table of features: name, unit, eFEL, IPFX, sentence. */
void features_list_text(FILE *stream);
void features_list_markdown(FILE *stream);
void features_list_json(FILE *stream);

#endif
