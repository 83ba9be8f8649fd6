#include "neuron/tm_batch.h"

void lg_tm_batch_run(lg_tm_batch *batch) {
  double rest[LG_TM_LANES];
  for (int j = 0; j < LG_TM_LANES; j++) {
    double theta[LG_TM_PARAMETERS];
    for (int p = 0; p < LG_TM_PARAMETERS; p++) theta[p] = batch->theta[p][j];
    const double v = lg_tm_rest_slow(theta, batch->taumax_ms, &batch->slow[j]);
    rest[j] = v == v ? v : -65.0;
  }
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    lg_tm_batch_run_v4(batch, rest);
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) lg_tm_batch_run_v3(batch, rest);
  else lg_tm_batch_run_plain(batch, rest);
#else
  lg_tm_batch_run_plain(batch, rest);
#endif
}
