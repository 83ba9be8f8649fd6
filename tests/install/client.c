/* What a program outside of the repository sees: only installed headers and the library. */
#include <loligo/ctx.h>
#include <loligo/recording.h>
#include <loligo/version.h>

#include <stdio.h>
#include <string.h>

int main(void) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  lg_sweep *sweep = NULL;
  int bad = 1;
  if (lg_ctx_create(&ctx) != LG_OK) return 1;
  if (strcmp(lg_version(), LG_VERSION) != 0) goto done;
  if (lg_recording_create(ctx, &rec) != LG_OK) goto done;
  if (lg_recording_add_sweep(ctx, rec, 100, 0.05, 1, &sweep) != LG_OK || sweep->n != 100) goto done;
  if (lg_ctx_set_threads(ctx, 0) != LG_ERR_RANGE || lg_ctx_message(ctx)[0] == '\0') goto done;
  bad = 0;
done:
  if (bad) (void)fprintf(stderr, "client: %s\n", lg_ctx_message(ctx));
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
  return bad;
}
