/* What happens at W nodes at once; V, LOAD, STORE, SET1, FMA, FNMA, POSITIVE, ABOVE_ONE, PUT, TAKE and NAME are given.
 * The same operations in the same order for every W, so the same bits. */

/* States of Keizer and Levine's gate to the end of a step (gate_kl.c has the formulas); returns P. */
static inline V NAME(gates)(const sweep_local *q, size_t k, V u) {
  const V one = SET1(1.0), past = SET1(q->gate_past), a_off = SET1(q->a_off), a2 = SET1(q->a2), a3 = SET1(q->a3);
  double *now = q->gates + k, *before = q->before_gates + k;
  V x[3];
  for (size_t g = 0; g < 3; g++) {
    const V value = LOAD(now + g * q->n);
    x[g] = FMA(past, value - LOAD(before + g * q->n), value);
    STORE(before + g * q->n, value);
  }
  const V u3 = u * u * u, a_on = SET1(q->a_on) * (u3 * u), b_on = SET1(q->b_on) * u3;
  const V o1 = one - x[0] - x[1] - x[2];
  const V r2 = a2 * FMA(b_on, o1, SET1(-q->b_off) * x[0]), r3 = a3 * FMA(SET1(q->c_on), o1, SET1(-q->c_off) * x[2]);
  const V r1 = FNMA(a_on, x[1], a_off * o1), a = one + a_on;
  const V other = a2 * b_on, slow = SET1(q->slow), both = FMA(a, one + other + slow, a_off);
  const V inverse = one / (a * both);
  const V d = FMA(a, r2 + r3, r1) * a * inverse; /* loss of o1 */
  x[0] = POSITIVE(x[0] + FNMA(other, d, r2));
  x[1] = POSITIVE(FMA(FNMA(a_off, d, r1), both * inverse, x[1]));
  x[2] = POSITIVE(x[2] + FNMA(slow, d, r3));
  const V sum = x[0] + x[1] + x[2];
  if (ABOVE_ONE(sum)) {
    const V to_one = one / MAX_ONE(sum);
    for (size_t g = 0; g < 3; g++) x[g] = x[g] * to_one;
  }
  for (size_t g = 0; g < 3; g++) STORE(now + g * q->n, x[g]);
  const V open = one - x[1] - x[2];
  STORE(q->open + k, open);
  return open;
}

/* A row of reactions.h where densities vary, else one number. */
static inline V NAME(local)(const sweep_local *q, size_t row, size_t k, double everywhere) {
  return q->local ? LOAD(q->local + row * q->n + k) : SET1(everywhere);
}

/* Amounts per second that reactions bring to c, b and e of the nodes, µM µm³/s; all denominators by one division. */
static inline void NAME(react)(const sweep_local *q, size_t k, V c, V b, V e, V open, V out[3]) {
  const V er_over = (c + SET1(q->serca_k)) * e;
  const V binding = FNMA(SET1(q->buffer_on) * c, b, SET1(q->buffer_off) * (SET1(q->buffer_total) - b));
  const V buffering = LOAD(q->cytosol_um3 + k) * binding,
          permeability = FMA(NAME(local)(q, CALCIUM_LOCAL_RYR, k, q->ryr_permeability), open,
                             NAME(local)(q, CALCIUM_LOCAL_ER_LEAK, k, q->er_leak));
  const V area = LOAD(q->er_um2 + k), serca = NAME(local)(q, CALCIUM_LOCAL_SERCA, k, q->serca_max);
  if (q->closed) {
    const V from_er = area * FMA(permeability, e - c, SET1(0.0) - serca * c / er_over);
    out[0] = buffering + from_er;
    out[2] = SET1(0.0) - from_er;
  } else {
    const V c2 = c * c, pmca_over = c2 + SET1(q->pmca_k2), ncx_over = c + SET1(q->ncx_k);
    const V outside_over = pmca_over * ncx_over, inverse = SET1(1.0) / (er_over * outside_over);
    const V pumps = FMA(NAME(local)(q, CALCIUM_LOCAL_PMCA, k, q->pmca_max) * c2, ncx_over,
                        NAME(local)(q, CALCIUM_LOCAL_NCX, k, q->ncx_max) * c * pmca_over) *
                    er_over;
    const V from_er = area * FMA(permeability, e - c, SET1(0.0) - serca * c * outside_over * inverse);
    V in = FNMA(pumps, inverse, NAME(local)(q, CALCIUM_LOCAL_PLASMA_LEAK, k, q->plasma_leak) * (SET1(q->outside) - c));
    if (q->inflow) in = in + LOAD(q->inflow + k);
    out[0] = FMA(LOAD(q->plasma_um2 + k), in, buffering + from_er);
    out[2] = SET1(0.0) - from_er;
  }
  out[1] = buffering;
}

/* What flows along the chain's edges into the nodes: what one edge takes here it gives there, to the last bit but one
 * of the larger sum. */
static inline V NAME(flow)(const double *u, const double *edge, double diffusion, V here, V sum) {
  const V d = SET1(diffusion);
  const V in = d * LOAD(edge) * (LOAD(u - 1) - here), out = d * LOAD(edge + 1) * (here - LOAD(u + 1));
  return sum + (in - out);
}

/* Right sides of the nodes from k on. */
static inline void NAME(begin)(const sweep_local *q, size_t k, ROW *rows) {
  const V c = LOAD(q->c + k), b = LOAD(q->b + k), e = LOAD(q->e + k);
  const V open = q->gates_first && q->gates ? NAME(gates)(q, k, c) : LOAD(q->open + k);
  V f[3];
  NAME(react)(q, k, c, b, e, open, f);
  const V present = SET1(q->present);
  V r[3];
  if (q->past != 0.0)
    for (size_t s = 0; s < 3; s++) r[s] = FMA(present, f[s], LOAD(q->history[s] + k));
  else
    for (size_t s = 0; s < 3; s++) r[s] = f[s];
  if (q->share != 0.0)
    for (size_t s = 0; s < 3; s++) STORE(q->history[s] + k, f[s]);
  r[0] = NAME(flow)(q->c + k, q->cytosol_edge + k, q->diffusion_cytosol, c, r[0]);
  r[1] = NAME(flow)(q->b + k, q->cytosol_edge + k, q->diffusion_buffer, b, r[1]);
  r[2] = NAME(flow)(q->e + k, q->er_edge + k, q->diffusion_er, e, r[2]);
  PUT(r[0], r[1], r[2], rows);
}

/* The changes of the nodes from k on are known: new values, gates and history. */
static inline void NAME(end)(const sweep_local *q, size_t k, const ROW *rows) {
  V d[3];
  TAKE(rows, d);
  const V c = LOAD(q->c + k) + d[0];
  STORE(q->c + k, c);
  STORE(q->b + k, LOAD(q->b + k) + d[1]);
  STORE(q->e + k, LOAD(q->e + k) + d[2]);
  if (q->share != 0.0) {
    const V cytosol = SET1(q->share) * LOAD(q->cytosol_um3 + k), er = SET1(q->share) * LOAD(q->er_um3 + k);
    STORE(q->history[0] + k, cytosol * d[0] - LOAD(q->history[0] + k));
    STORE(q->history[1] + k, cytosol * d[1] - LOAD(q->history[1] + k));
    STORE(q->history[2] + k, er * d[2] - LOAD(q->history[2] + k));
  }
  if (q->change) STORE(q->change + k, d[0]);
  if (!q->gates_first && q->gates) (void)NAME(gates)(q, k, c);
}
