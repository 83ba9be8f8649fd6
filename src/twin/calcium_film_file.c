/* A film of calcium as bytes. */
#include "twin/calcium_film_file.h"

#include "data/json_writer.h"

#include <string.h>

/* Little-endian whatever the machine's order. */
static void put_float(FILE *f, float x) {
  uint32_t bits;
  unsigned char bytes[4];
  memcpy(&bits, &x, sizeof bits);
  for (size_t k = 0; k < 4; k++) bytes[k] = (unsigned char)(bits >> 8 * k & 255u);
  (void)fwrite(bytes, 1, 4, f);
}

static void put_layers(FILE *f, const calcium_film *film, size_t n_times, size_t step) {
  for (size_t q = 0; q < CALCIUM_FILM_LAYERS; q++)
    for (size_t t = 0; t < n_times; t++)
      for (size_t p = 0; p < film->n_places; p++)
        put_float(f, film->values[(q * film->n_places + p) * film->n_times + t * step]);
}

lg_status lg_calcium_film_write(lg_ctx *ctx, const char *path, const calcium_film *film, size_t most) {
  lg_outfile *file = NULL;
  if (film->next < 2) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "this kind of run makes no film");
  size_t step = 1;
  while ((film->n_times - 1) / step + 1 > most) step++;
  const size_t n_times = (film->n_times - 1) / step + 1;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fprintf(f, "{\"schema\":\"loligo-calcium-film/1\",\"layers\":[\"c_uM\",\"ce_uM\",\"P\"],\"n_times\":%zu",
                n_times);
  (void)fprintf(f, ",\"n_places\":%zu", film->n_places);
  lg_put_number(f, ",\"every_s\":", film->end_s / (double)(film->n_times - 1) * (double)step);
  lg_put_number(f, ",\"length_um\":", film->length_um);
  (void)fputs("}\n", f);
  put_layers(f, film, n_times, step);
  return lg_outfile_commit(ctx, file);
}
