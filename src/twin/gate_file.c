/* Networks of gates from files. */
#include "twin/gate_file.h"

lg_status lg_gate_net_load(lg_ctx *ctx, const char *path, lg_gate_net **out) {
  lg_safetensors *file = NULL;
  *out = NULL;
  lg_status status = lg_safetensors_read(ctx, path, &file);
  if (status != LG_OK) return status;
  status = lg_gate_net_parse(ctx, file, out);
  lg_safetensors_destroy(ctx, file);
  return status == LG_OK ? LG_OK : lg_fail_prefix(ctx, status, "%s: ", path);
}
