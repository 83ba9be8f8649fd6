#include "neuron/tm_batch.h"

#include "base/cpu.h"

void lg_tm_batch_run(lg_tm_batch *batch) {
  double rest[LG_TM_LANES];
  for (int j = 0; j < LG_TM_LANES; j++) {
    double theta[LG_TM_PARAMETERS];
    for (int p = 0; p < LG_TM_PARAMETERS; p++) theta[p] = batch->theta[p][j];
    const double v = lg_tm_rest_slow(theta, batch->taumax_ms, &batch->slow[j]);
    rest[j] = v == v ? v : -65.0;
  }
  const lg_cpu level = lg_cpu_level();
  if (level >= LG_CPU_V4) lg_tm_batch_run_v4(batch, rest);
  else if (level >= LG_CPU_V3) lg_tm_batch_run_v3(batch, rest);
  else lg_tm_batch_run_plain(batch, rest);
}
