/* The encoder in one precision. */
lg_var LG_R(encoder)(LG_R(tape) * tape, const lg_encoder *encoder, lg_var x, lg_var features) {
  const lg_encoder_options *o = &encoder->options;
  lg_var parts[4];
  size_t n = 0;
  for (size_t i = 0; i < o->n_conv; i++) x = LG_R(conv1d)(tape, &encoder->conv[i], x, o->act);
  if (o->lstm) x = LG_R(lstm)(tape, &encoder->lstm, x);
  for (int i = 0; i < 3; i++)
    if (o->pool[i]) parts[n++] = LG_R(pool_time)(tape, x, (lg_pool_kind)i);
  if (o->features) parts[n++] = features;
  x = LG_R(concat)(tape, n, parts);
  for (size_t i = 0; i < o->n_dense; i++) x = LG_R(dense)(tape, &encoder->dense[i], x, o->act);
  return x;
}
