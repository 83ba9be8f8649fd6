/* The two sweeps, in blocks of WIDE nodes and single ones for the rest: begin_wide, end_wide, begin_one, end_one and
 * the rows' operations are given. */

static const double *field(const calcium_sweep *q, size_t s) { return s == 0 ? q->c : s == 1 ? q->b : q->e; }

static void flow_loose(const calcium_sweep *q, const calcium_loose *l, calcium_row flux) {
  const double d[3] = {q->constants.diffusion_cytosol, q->constants.diffusion_buffer, q->constants.diffusion_er};
  for (size_t s = 0; s < 3; s++) {
    const double *u = field(q, s);
    flux[s] = d[s] * (s < 2 ? l->cytosol_um : l->er_um) * (u[l->parent] - u[l->head]);
  }
}

/* Node k of a block that holds events: its row is in q->right; x is what the chain's next node handed down. */
static ROW down_event(const calcium_sweep *q, size_t k, ROW x, size_t *at) {
  double *row = q->right[k];
  calcium_row chain;
  ROW_STORE(chain, ROW_FMA(ROW_LOAD(q->carry[k + 1]), x, ROW_LOAD(row)));
  for (size_t s = 0; s < 3; s++) row[s] = chain[s];
  for (; *at > 0 && q->events[*at - 1].node == k; --*at) {
    const calcium_event *event = &q->events[*at - 1];
    calcium_loose *l = &q->loose[event->loose];
    if (event->is_parent) {
      for (size_t s = 0; s < 3; s++) row[s] += l->passed[s];
      continue;
    }
    calcium_row flux;
    flow_loose(q, l, flux);
    for (size_t s = 0; s < 3; s++) {
      row[s] += flux[s];
      l->passed[s] = l->carry[s] * row[s] - flux[s];
    }
  }
  return ROW_LOAD(row);
}

static void down(const calcium_sweep *q) {
  const sweep_local local = sweep_localize(q);
  size_t k = q->n, at = q->n_events;
  ROW x = ROW_ZERO, rows[WIDE];
  while (k > 0) {
    const size_t wide = k % WIDE == 0 ? WIDE : 1;
    k -= wide;
    if (wide == 1) begin_one(&local, k, rows);
    else begin_wide(&local, k, rows);
    if (at > 0 && q->events[at - 1].node >= k) {
      for (size_t j = 0; j < wide; j++) ROW_STORE(q->right[k + j], rows[j]);
      for (size_t j = wide; j-- > 0;) x = down_event(q, k + j, x, &at);
      continue;
    }
    if (wide == 1) {
      x = ROW_FMA(ROW_LOAD(q->carry[k + 1]), x, rows[0]);
      ROW_STORE(q->right[k], x);
      continue;
    }
    for (size_t j = WIDE; j-- > 0;) {
      x = ROW_FMA(ROW_LOAD(q->carry[k + j + 1]), x, rows[j]);
      ROW_STORE(q->right[k + j], x);
    }
  }
}

static ROW up_event(const calcium_sweep *q, size_t k, ROW x, size_t *at) {
  double *row = q->right[k];
  ROW_STORE(row, ROW_FMA(ROW_LOAD(q->carry[k]), x, ROW_MUL(ROW_LOAD(row), ROW_LOAD(q->inverse[k]))));
  for (; *at < q->n_events && q->events[*at].node == k; ++*at) {
    const calcium_loose *l = &q->loose[q->events[*at].loose];
    if (q->events[*at].is_parent) continue;
    for (size_t s = 0; s < 3; s++) row[s] += l->carry[s] * q->right[l->parent][s];
  }
  return ROW_LOAD(row);
}

static void up(const calcium_sweep *q) {
  const sweep_local local = sweep_localize(q);
  size_t k = 0, at = 0;
  ROW x = ROW_ZERO, rows[WIDE];
  while (k < q->n) {
    const size_t wide = k + WIDE <= q->n ? WIDE : 1;
    if (at < q->n_events && q->events[at].node < k + wide) {
      for (size_t j = 0; j < wide; j++) rows[j] = x = up_event(q, k + j, x, &at);
    } else if (wide == 1) {
      rows[0] = x = ROW_FMA(ROW_LOAD(q->carry[k]), x, ROW_MUL(ROW_LOAD(q->right[k]), ROW_LOAD(q->inverse[k])));
    } else {
      for (size_t j = 0; j < WIDE; j++)
        rows[j] = x =
            ROW_FMA(ROW_LOAD(q->carry[k + j]), x, ROW_MUL(ROW_LOAD(q->right[k + j]), ROW_LOAD(q->inverse[k + j])));
    }
    if (wide == 1) end_one(&local, k, rows);
    else end_wide(&local, k, rows);
    k += wide;
  }
}

const calcium_sweep_kernels KERNELS = {down, up};
