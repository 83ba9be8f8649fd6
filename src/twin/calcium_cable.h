/**
 * @file calcium_cable.h
 * @brief A dendrite's calcium together with the cable that it is a part of: spikes open calcium channels, calcium opens
 * channels of the cable (docs/calcium-cable.md).
 *
 * The voltage of the cable moves the voltage-dependent channels (vdcc) of the dendrite, and the calcium that the
 * cable's own channels carry flows into it; its calcium, averaged over each compartment, stands in the place of the
 * cable's shells, and the current of its channels flows into the cable. Both take turns: over an interval the cable
 * goes first with calcium and current continued in a line from the interval before, then calcium with the voltage in a
 * line between both ends. That is of second order in the interval.
 */
#ifndef LG_CALCIUM_CABLE_H
#define LG_CALCIUM_CABLE_H

#include "cable/cell.h"
#include "calcium/run.h"
#include "io/json_read.h"

struct lg_provenance;

/** The key `cable` of a case. */
typedef struct calcium_cable_spec {
  char *path;                /* of the cell's file */
  double interval_ms, dt_ms; /* of the exchange; of the cable: the interval is a whole number of its steps */
  double max_dx_um;          /* longest compartment; 0: as the cell says */
  bool current;              /* the current of the dendrite's channels flows in the cable */
  size_t n_sections;         /* 0: all, as they come */
  size_t *sections;          /* (n_sections) of the cable, in the order of the dendrite's */
} calcium_cable_spec;

/** @brief Read the key `cable` of a case; *out is NULL where there is none. path: of the case. */
LG_MUST_CHECK lg_status lg_calcium_cable_read(lg_ctx *ctx, const lg_json_at *root, const char *path,
                                              calcium_cable_spec **out);
/** @brief The same from the case's file. */
LG_MUST_CHECK lg_status lg_calcium_cable_load(lg_ctx *ctx, const char *path, calcium_cable_spec **out);
void lg_calcium_cable_destroy(lg_ctx *ctx, calcium_cable_spec *spec);

/** What the cable did. */
typedef struct calcium_cable_result {
  cable_model *model; /* whose probes they are */
  cable_result *cable;
  size_t n_covered; /* compartments that calcium runs in */
} calcium_cable_result;

/**
 * @brief Run a case and its cable to the case's end.
 * @retval LG_ERR_RANGE sections of the case and of the cable that do not fit each other, steps longer than the interval
 */
LG_MUST_CHECK lg_status lg_calcium_cable_simulate(lg_ctx *ctx, const calcium_cable_spec *spec, const calcium_case *c,
                                                  const calcium_grid *grid, const calcium_gate *gate,
                                                  const calcium_options *options, calcium_result **out,
                                                  calcium_cable_result **cable);
void lg_calcium_cable_result_destroy(lg_ctx *ctx, calcium_cable_result *result);

/** @brief Whether there are voltages to show; result may be NULL. */
bool lg_calcium_cable_has_voltages(const calcium_cable_result *result);

/** @brief cable.csv (the cable's probes) and spikes.csv into a folder. */
LG_MUST_CHECK lg_status lg_calcium_cable_write(lg_ctx *ctx, const char *folder, const calcium_cable_result *result,
                                               struct lg_provenance *provenance);

#endif
