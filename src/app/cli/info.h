/** @file info.h @brief What loligo info says about each kind of file: for people, and as JSON. */
#ifndef LG_CLI_INFO_H
#define LG_CLI_INFO_H

#include "app/cli/cli.h"
#include "cable/network.h"
#include "data/json_writer.h"
#include "io/json_read.h"
#include "io/origin.h"
#include "io/safetensors.h"
#include "io/table.h"
#include "io/tiff.h"
#include "twin/axon_profiles.h"

#include <loligo/recording.h>

/** What a file is, by its content. */
typedef enum info_kind {
  INFO_RECORDING,  /* ABF, NWB, Igor, CSV of t_ms, i_pA, v_mV, sweep */
  INFO_JSON,       /* twin, model, protocol, plan, results */
  INFO_TENSORS,    /* safetensors */
  INFO_TABLE,      /* traces and other tables in CSV, .npy, HDF5 */
  INFO_MORPHOLOGY, /* SWC */
  INFO_IMAGES      /* TIFF: a movie, an image, labels */
} info_kind;

/** @brief Look at the first bytes. A file that is none of them counts as a recording, whose reader says why not. */
LG_MUST_CHECK lg_status info_find_kind(lg_ctx *ctx, const char *path, info_kind *kind);

/* The JSON forms write keys into an open object. */
void info_recording_text(FILE *stream, const lg_recording *rec, size_t max_sweeps);
void info_recording_json(lg_ctx *ctx, lg_json *w, const lg_recording *rec);
void info_table_text(FILE *stream, const lg_table *table);
void info_table_json(lg_json *w, const lg_table *table);
void info_tensors_text(FILE *stream, const lg_safetensors *st);
void info_tensors_json(lg_json *w, const lg_safetensors *st);
/** @brief A movie, an image or labels. */
void info_images_text(lg_ctx *ctx, FILE *stream, const lg_tiff *tiff);
void info_images_json(lg_ctx *ctx, lg_json *w, const lg_tiff *tiff);
/** @brief What an outline (io/h5_outline.h) of ours is, "axon map"; NULL: of somebody else's, or of a kind that has
 * words of its own. */
const char *info_h5_kind(lg_ctx *ctx, const lg_json_doc *outline);
/** @brief An HDF5 file of that kind: datasets, shapes, units, ranges. */
void info_h5_text(lg_ctx *ctx, FILE *stream, const lg_json_doc *outline);
void info_h5_json(lg_ctx *ctx, lg_json *w, const lg_json_doc *outline);
/** @brief Program, command, seed and inputs. */
void info_origin_text(FILE *stream, const lg_origin *origin);
/** @brief The key "made_by"; null without an origin. */
void info_origin_json(lg_json *w, const lg_origin *origin);
/** @brief Strain profiles of axons. */
void info_profiles_text(lg_ctx *ctx, FILE *stream, const axon_profiles *p);
void info_profiles_json(lg_ctx *ctx, lg_json *w, const axon_profiles *p);
/** @brief Networks that are gates of a channel: what they mean, beside tensors and metadata. */
void info_gate_text(lg_ctx *ctx, FILE *stream, const lg_safetensors *st);
void info_gate_json(lg_ctx *ctx, lg_json *w, const lg_safetensors *st);
/** @brief Networks that stand for the mechanics of an axon. */
bool info_axon_net_is(const lg_safetensors *st);
void info_axon_net_text(lg_ctx *ctx, FILE *stream, const lg_safetensors *st);
void info_axon_net_json(lg_ctx *ctx, lg_json *w, const lg_safetensors *st);
/** @brief Whichever of these kinds of network it is; nothing of others. */
void info_network_kind_text(lg_ctx *ctx, FILE *stream, const lg_safetensors *st);
void info_network_kind_json(lg_ctx *ctx, lg_json *w, const lg_safetensors *st);
/** @brief A number of a document; NAN where there is none. */
double info_number(lg_ctx *ctx, const lg_json_at *at, const char *path);
/** @brief "loligo-twin/1" or what the keys tell: "twin", "model", "protocol", "plan", "result", "JSON". */
const char *info_document_kind(const lg_json_doc *doc);
void info_document_text(lg_ctx *ctx, FILE *stream, const lg_json_doc *doc);
void info_document_json(lg_ctx *ctx, lg_json *w, const lg_json_doc *doc);

/** @brief Cells with shape: a case in JSON, a reconstruction. */
void info_cable_text(FILE *stream, const cable_model *model);
void info_cable_json(lg_json *w, const cable_model *model);
void info_network_text(FILE *stream, const cable_network_model *model);
void info_network_json(lg_json *w, const cable_network_model *model);
void info_morphology_text(FILE *stream, const lg_morphology *m);
void info_morphology_json(lg_json *w, const lg_morphology *m);
/** @brief Whether the first line that is no remark has at least seven numbers between blanks, as SWC has. */
bool info_is_swc(const unsigned char *bytes, size_t n);

/** Least and largest of n numbers, and how many are missing (not finite). */
typedef struct info_range {
  size_t n, missing;
  double least, largest;
} info_range;

info_range info_range_of(const double *x, size_t n);
/** @brief Widen a by b. */
void info_range_join(info_range *a, const info_range *b);
/** @brief key: {"unit", "min", "max", "n", "missing"}; min and max are null without finite numbers. */
void info_range_json(lg_json *w, const char *key, const info_range *r, const char *unit);

#endif
