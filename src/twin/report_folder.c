#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_folder.h"

#include <unistd.h>

lg_status lg_folder_write(lg_ctx *ctx, const char *dir, const char *name, lg_folder_fn write, const void *user) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  LG_TRY(lg_outfile_open(ctx, path, &file));
  LG_TRY(write(ctx, user, lg_outfile_stream(file)));
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
  return status;
}

/* A picture on its way into a file. */
typedef struct sheet {
  const lg_picture *picture;
  const void *user;
} sheet;

static lg_status finish(lg_ctx *ctx, const sheet *s, lg_canvas *c, double margin) {
  const lg_picture *p = s->picture;
  const lg_box box = {margin, margin, p->width - 2 * margin, p->height - 2 * margin};
  const lg_status status = p->draw(ctx, s->user, c, box);
  if (status == LG_OK) return lg_canvas_close(ctx, c);
  lg_canvas_destroy(ctx, c);
  return status;
}

static lg_status put_svg(lg_ctx *ctx, const void *user, FILE *stream) {
  const sheet *s = user;
  const lg_picture *p = s->picture;
  const lg_svg_opts opts = {.title = p->title, .id = p->name};
  lg_canvas *c = NULL;
  const lg_status status = lg_canvas_svg(ctx, stream, p->width, p->height, &opts, &c);
  return status == LG_OK ? finish(ctx, s, c, 14.0) : status;
}

static lg_status put_png(lg_ctx *ctx, const void *user, FILE *stream) {
  const sheet *s = user;
  lg_canvas *c = NULL;
  const lg_status status = lg_canvas_png(ctx, stream, s->picture->width, s->picture->height, 2.0, &c);
  return status == LG_OK ? finish(ctx, s, c, 14.0) : status;
}

lg_status lg_folder_pictures(lg_ctx *ctx, const char *dir, const lg_picture *pictures, size_t n, const void *user) {
  for (size_t k = 0; k < n; k++) {
    const sheet s = {&pictures[k], user};
    char name[64];
    if (!pictures[k].possible) continue;
    (void)snprintf(name, sizeof name, "fig-%s.svg", pictures[k].name);
    lg_status status = lg_folder_write(ctx, dir, name, put_svg, &s);
    (void)snprintf(name, sizeof name, "fig-%s.png", pictures[k].name);
    if (status == LG_OK) status = lg_folder_write(ctx, dir, name, put_png, &s);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

lg_status lg_picture_in_page(lg_ctx *ctx, const lg_picture *p, const lg_svg_opts *opts, const void *user,
                             FILE *stream) {
  const sheet s = {p, user};
  lg_canvas *c = NULL;
  const lg_status status = lg_canvas_svg(ctx, stream, p->width, p->height, opts, &c);
  return status == LG_OK ? finish(ctx, &s, c, 2.0) : status;
}

enum { CRATE_FILES = 32 };

lg_status lg_folder_crate(lg_ctx *ctx, const char *dir, const char *name, const char *description,
                          const lg_provenance *provenance, const lg_crate_file *files, size_t n) {
  lg_crate_file there[CRATE_FILES];
  size_t m = 0;
  for (size_t k = 0; k < n && m < CRATE_FILES; k++) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", dir, files[k].name) >= (int)sizeof path) continue;
    if (access(path, R_OK) == 0) there[m++] = files[k];
  }
  return lg_ro_crate_write(ctx, dir, name, description, provenance, there, m);
}
