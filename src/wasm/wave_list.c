/* What calcium in the browser does without: the Rosenbrock scheme, and a clock of the processor. */
#include "calcium/run_internal.h"

#include <time.h>

static lg_status refuse(lg_ctx *ctx, calcium_run *run, void **own) {
  (void)run;
  *own = NULL;
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the scheme rodas4 does not run in the browser");
}
static void nothing(lg_ctx *ctx, void *own) {
  (void)ctx;
  (void)own;
}

const calcium_integrator lg_calcium_step_rodas4 = {.name = "rodas4", .create = refuse, .destroy = nothing};

/* -1: not known */
clock_t clock(void) { return (clock_t)-1; }
