/* Rotations of heads and places of fibres in CSV; what is accepted gives finite accelerations and strains. */
#include "twin/axon_kinematics.h"
#include "twin/axon_voxels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

static void check_message(lg_ctx *ctx, lg_status status) {
  const char *message = lg_ctx_message(ctx);
  require(status == LG_OK || strlen(message) > 10, "no message", lg_status_name(status));
  require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
}

static void use_rotation(lg_ctx *ctx, const axon_rotation *r) {
  const axon_window w = {.n_times = 101, .dt_s = 1e-3, .start_s = (double)NAN, .before_s = 0.02};
  axon_kinematics *k = NULL;
  double start;
  const lg_status status = lg_axon_rotation_window(ctx, r, &w, &k, &start);
  check_message(ctx, status);
  for (size_t t = 0; k && t < 303; t++) require(isfinite(k->alpha[t]), "no acceleration", r->said);
  lg_axon_kinematics_destroy(ctx, k);
}

static void use_voxels(lg_ctx *ctx, const axon_voxels *v) {
  double alpha[30] = {0.0, 0.0, 0.0, 900.0}, strain[10];
  axon_kinematics k = {.n_times = 10, .dt_s = 1e-3, .alpha = alpha};
  for (size_t q = 0; q < v->n && q < 20; q++) {
    require(lg_axon_fibre_strain(ctx, &k, &v->voxels[q], 1, strain) == LG_OK, "no strain", lg_ctx_message(ctx));
    for (size_t t = 0; t < 10; t++) require(isfinite(strain[t]), "the strain is no number", "");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  axon_rotation *r = NULL;
  axon_voxels *v = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  const axon_rotation_opts o = {
      .kind = (axon_rotation_kind)(size % 3), .degrees = size % 5 == 0, .every_s = size % 2 ? 1e-3 : 0.0};
  lg_status status = lg_axon_rotation_parse(ctx, data, size, &o, &r);
  require((status == LG_OK) == (r != NULL), "status and rotation disagree", lg_ctx_message(ctx));
  check_message(ctx, status);
  if (r) use_rotation(ctx, r);
  status = lg_axon_voxels_parse(ctx, data, size, &v);
  require((status == LG_OK) == (v != NULL), "status and places disagree", lg_ctx_message(ctx));
  check_message(ctx, status);
  if (v) use_voxels(ctx, v);
  lg_axon_rotation_destroy(ctx, r);
  lg_axon_voxels_destroy(ctx, v);
  lg_ctx_destroy(ctx);
  return 0;
}
