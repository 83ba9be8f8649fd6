#define _XOPEN_SOURCE 700
#include "app/cli/picture.h"

#include "data/provenance.h"

#include <stdlib.h>
#include <string.h>

static const char *ending_of(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot ? dot + 1 : "";
}

bool cli_is_picture(const char *path) {
  const char *ending = ending_of(path);
  return strcmp(path, "-") == 0 || strcmp(ending, "svg") == 0 || strcmp(ending, "png") == 0 ||
         strcmp(ending, "pdf") == 0;
}

/* The words of the picture and the command that drew it: what an SVG says of itself. */
static char *description_of(cli_run *run, const char *words) {
  char *text = NULL;
  size_t n = 0;
  const lg_provenance *p = cli_provenance(run);
  FILE *s = open_memstream(&text, &n);
  if (!s) return NULL;
  (void)fprintf(s, "%s Drawn by: %s", words, lg_provenance_command(p));
  for (size_t k = 0; k < lg_provenance_inputs(p); k++)
    (void)fprintf(s, "; SHA-256 of the %s: %s", lg_provenance_get_input(p, k).role,
                  lg_provenance_get_input(p, k).sha256);
  if (fclose(s) == 0) return text;
  free(text);
  return NULL;
}

static lg_status open_canvas(lg_ctx *ctx, const char *ending, FILE *s, const cli_picture *p, const char *words,
                             lg_canvas **out) {
  const lg_svg_opts opts = {.title = p->title, .description = words, .id = p->id};
  if (strcmp(ending, "png") == 0) return lg_canvas_png(ctx, s, p->width, p->height, 2.0, out);
  if (strcmp(ending, "pdf") == 0) return lg_canvas_pdf(ctx, s, p->width, p->height, p->title, NULL, out);
  return lg_canvas_svg(ctx, s, p->width, p->height, &opts, out);
}

lg_status cli_write_picture(cli_run *run, const char *path, const cli_picture *p) {
  lg_status status = LG_OK;
  lg_ctx *ctx = cli_ctx(run);
  lg_outfile *file = NULL;
  lg_canvas *c = NULL;
  const double margin = 14;
  char *words = description_of(run, p->words);
  if (!words) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the words of the picture");
  LG_TRY(lg_outfile_open(ctx, path, &file));
  LG_TRY(open_canvas(ctx, ending_of(path), lg_outfile_stream(file), p, words, &c));
  LG_TRY(p->draw(ctx, p->user, c, (lg_box){margin, margin, p->width - 2 * margin, p->height - 2 * margin}));
  status = lg_canvas_close(ctx, c);
  c = NULL;
  if (status == LG_OK) {
    status = lg_outfile_commit(ctx, file);
    file = NULL;
  }
done:
  lg_canvas_destroy(ctx, c);
  lg_outfile_discard(ctx, file);
  free(words);
  return status;
}
