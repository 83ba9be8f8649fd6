#include "twin/axon_chosen.h"

#include "data/json_writer.h"
#include "io/csv_rows.h"

#include <math.h>

lg_status lg_axon_chosen_write(lg_ctx *ctx, const char *path, const axon_pool *pool, const axon_chosen *chosen,
                               const char *const *sources, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  char number[32];
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("name,file,impact,index,peak,distance\n", f);
  for (size_t k = 0; k < chosen->n; k++) {
    const size_t c = chosen->which[k];
    lg_csv_write_cell(f, pool->names[c]);
    (void)fputc(',', f);
    if (sources) lg_csv_write_cell(f, sources[pool->source[c]]);
    else (void)fprintf(f, "%u", (unsigned)pool->source[c]);
    (void)fputc(',', f);
    lg_csv_write_cell(f, pool->impact_names[pool->impact[c]]);
    lg_format_double(pool->peak[c], number);
    (void)fprintf(f, ",%zu,%s,", pool->index[c], number);
    lg_format_double(chosen->distance[k], number);
    (void)fprintf(f, "%s\n", isfinite(chosen->distance[k]) ? number : "");
  }
  return lg_outfile_commit(ctx, file);
}
