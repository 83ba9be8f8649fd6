/*
 * Frozen networks in the lanes of a vector. The including file defines
 *   INFER(name), V, W (lanes), LOAD STORE SET1 ADD SUB MUL DIV FMA(a,b,c) = ab + c, FNMA(a,b,c) = c - ab,
 *   FNMS(a,b,c) = -ab - c, MAXV MINV, SIGMOID_EXP(c) see below, TIMES x TILE_OUT: the register tile, TIMES * TILE_OUT
 *   sums, and ONE_OUT outputs when there is one time.
 *
 * A register tile is `times` sums for each of `outs` outputs. Per input of the run: one load for each time, one
 * broadcast for each output, times * outs products.
 */

/* 1 / (1 + e^-x): lg_sigmoid_f32 operation by operation where -88 < x, so the same bits; below, where the tape's
 * exponential goes on to infinity, it stays at 6e-39. Scaling by 2^n is an addition to the exponent's bits. */
static inline V INFER(sigmoid)(V x) {
  const V one = SET1(1.0f), magic = SET1(0x1.8p23f), c = MAXV(SET1(-88.0f), MINV(SET1(86.9f), x));
  const V shifted = FNMA(c, SET1(1.44269504088896341f), magic), n = SUB(shifted, magic);
  const V r = FMA(n, SET1(2.12194440e-4f), FNMS(n, SET1(0.693359375f), c)), z = MUL(r, r);
  const V low = FMA(SET1(1.6666665459e-1f), r, SET1(5.0000001201e-1f));
  const V middle = FMA(SET1(8.3334519073e-3f), r, SET1(4.1665795894e-2f));
  const V high = FMA(SET1(1.9875691500e-4f), r, SET1(1.3981999507e-3f));
  const V p = FMA(FMA(high, z, middle), z, low);
  return DIV(one, ADD(one, TIMES_EXP2(ADD(FMA(p, z, r), one), shifted)));
}

static inline V INFER(activate)(lg_act act, V x) {
  if (act == LG_ACT_SILU) return MUL(x, INFER(sigmoid)(x));
  return act == LG_ACT_RELU ? MAXV(x, SET1(0.0f)) : x;
}

/* One tile; times and outs are constants at every call, so the loops unroll and the sums stay in registers. */
LG_ALWAYS_INLINE static inline void INFER(tile)(const int times, const int outs, const axon_stage *s, const float *x,
                                                const float *weight, size_t n_out, float *y) {
  V sum[TILE_TIMES][AXON_TILE];
  LG_UNROLL for (int o = 0; o < outs; o++) {
    const V bias = SET1(weight[o]);
    LG_UNROLL for (int t = 0; t < times; t++) sum[t][o] = bias;
  }
  const size_t step = s->step * W;
  const float *w = weight + AXON_TILE;
  for (size_t k = 0; k < s->depth; k++) {
    V in[TILE_TIMES];
    LG_UNROLL for (int t = 0; t < times; t++) in[t] = LOAD(x + (size_t)t * step);
    LG_UNROLL for (int o = 0; o < outs; o++) {
      const V weights = SET1(w[o]);
      LG_UNROLL for (int t = 0; t < times; t++) sum[t][o] = FMA(in[t], weights, sum[t][o]);
    }
    x += W;
    w += AXON_TILE;
  }
  LG_UNROLL for (int t = 0; t < times; t++) LG_UNROLL for (int o = 0; o < outs; o++) if ((size_t)o < n_out)
      STORE(y + ((size_t)t * s->out + (size_t)o) * W, INFER(activate)(s->act, sum[t][o]));
}

/* All outputs of `times` times. */
LG_ALWAYS_INLINE static inline void INFER(times)(const int times, const int outs, const axon_stage *s, const float *x,
                                                 const float *weights, float *y) {
  for (size_t o = 0; o < s->out; o += (size_t)outs) {
    const float *tile = weights + s->packed + o / AXON_TILE * AXON_TILE * (s->depth + 1) + o % AXON_TILE;
    INFER(tile)(times, outs, s, x, tile, s->out - o, y + o * W);
  }
}

static void INFER(stage)(const axon_stage *s, const float *weights, float *scratch) {
  const float *x = scratch + s->input * W;
  float *y = scratch + s->result * W;
  size_t t = 0;
  for (; t + TILE_TIMES <= s->out_times; t += TILE_TIMES)
    INFER(times)(TILE_TIMES, TILE_OUTS, s, x + t * s->step * W, weights, y + t * s->out * W);
  for (; t < s->out_times; t++) INFER(times)(1, AXON_TILE, s, x + t * s->step * W, weights, y + t * s->out * W);
}

/* Strain of the lanes, (time, lanes); lanes without a profile repeat the last one. */
static void INFER(gather)(const axon_infer_call *call, float *strain) {
  for (size_t l = 0; l < W; l++) {
    const double *from = call->strain + (l < call->n ? l : call->n - 1) * AXON_NET_TIMES;
    for (size_t t = 0; t < AXON_NET_TIMES; t++) strain[t * W + l] = (float)from[t];
  }
}

/* lg_axon_net_input() of the six channels, operation by operation. */
static void INFER(six_channels)(const axon_infer *net, const float *strain, float *x) {
  V keep[4], gain[4], s[4], before = LOAD(strain), most = before;
  for (int j = 0; j < 4; j++) keep[j] = SET1(net->keep[j]), gain[j] = SET1(net->gain[j]), s[j] = SET1(0.0f);
  const V ten = SET1(10.0f);
  for (size_t t = 0; t < AXON_NET_TIMES; t++, x += AXON_NET_CHANNELS * W) {
    const V now = LOAD(strain + t * W), moved = SUB(now, before);
    before = now;
    most = MAXV(now, most);
    STORE(x, MUL(now, ten));
    STORE(x + W, MUL(most, ten));
    for (int j = 0; j < 4; j++) {
      s[j] = ADD(MUL(keep[j], s[j]), MUL(gain[j], moved));
      STORE(x + (size_t)(2 + j) * W, s[j]);
    }
  }
}

/* Any other layout: one profile after the other. */
static void INFER(inputs)(const axon_infer *net, const float *strain, float *x) {
  float one[AXON_NET_TIMES], in[AXON_NET_TIMES * AXON_NET_CHANNELS];
  for (size_t l = 0; l < W; l++) {
    for (size_t t = 0; t < AXON_NET_TIMES; t++) one[t] = strain[t * W + l];
    lg_axon_net_input(net->layout, one, in);
    for (size_t k = 0; k < net->n_inputs; k++) x[k * W + l] = in[k];
  }
}

static void INFER(run)(const axon_infer_call *call) {
  const axon_infer *net = call->net;
  float *x = call->scratch + net->input * W;
  INFER(gather)(call, call->scratch);
  if (net->layout == AXON_LAYOUT_SIX) INFER(six_channels)(net, call->scratch, x);
  else INFER(inputs)(net, call->scratch, x);
  for (size_t m = 0; m < net->n_nets; m++) {
    for (size_t k = 0; k < net->n_stages; k++)
      INFER(stage)(&net->stage[k], net->weights + m * net->n_packed, call->scratch);
    const float *y = call->scratch + net->stage[net->n_stages - 1].result * W;
    for (size_t l = 0; l < call->n; l++)
      for (size_t q = 0; q < AXON_PREDICTED; q++)
        call->out[m * call->net_stride + l * AXON_PREDICTED + q] = y[q * W + l];
  }
}

const axon_infer_build BUILD = {BUILD_NAME, W, INFER(run)};
