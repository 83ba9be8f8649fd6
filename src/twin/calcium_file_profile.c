/* A density along a dendrite: a number, rows [x, value] of the one section, or numbers and rows section by section. */
#include "twin/calcium_file_internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

lg_status lg_calcium_read_rows2(lg_ctx *ctx, const lg_json_at *at, const char *key, const char *unit, double **x,
                                double **y, size_t *n) {
  lg_status status = LG_OK;
  lg_json_at rows;
  LG_TRY(lg_json_get_array(ctx, at, key, &rows, n));
  if (*n < 2) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: at least two rows of two numbers", rows.file, rows.path);
    goto done;
  }
  LG_NEW(ctx, *x, *n);
  LG_NEW(ctx, *y, *n);
  for (size_t k = 0; k < *n; k++) {
    const lg_json_at row = lg_json_item(&rows, k);
    LG_TRY(lg_json_get_number(ctx, &row, "[0]", unit, &(*x)[k]));
    LG_TRY(lg_json_get_number(ctx, &row, "[1]", NULL, &(*y)[k]));
    if (k > 0 && !((*x)[k] > (*x)[k - 1])) {
      status = lg_fail(ctx, LG_ERR_RANGE, "%s: %s[%zu]: the first number is %g %s; it must rise", rows.file, rows.path,
                       k, (*x)[k], unit);
      goto done;
    }
  }
done:
  return status;
}

static lg_status read_piece(lg_ctx *ctx, const lg_json_at *at, size_t n_sections, calcium_profile_piece *piece) {
  static const char *const keys[] = {"section", "value", "table"};
  lg_status status = LG_OK;
  int64_t section;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_integer(ctx, at, "section", 0, (int64_t)n_sections - 1, &section));
  piece->section = (size_t)section;
  if (lg_json_has(at, "table"))
    return lg_calcium_read_rows2(ctx, at, "table", "um", &piece->x_um, &piece->value, &piece->n);
  LG_NEW(ctx, piece->value, 1);
  piece->n = 1;
  LG_TRY(lg_json_get_number(ctx, at, "value", NULL, piece->value));
done:
  return status;
}

lg_status lg_calcium_read_profile(lg_ctx *ctx, const lg_json_at *parent, const char *key, size_t n_sections,
                                  calcium_profile *out) {
  static const char *const keys[] = {"everywhere", "sections"};
  lg_status status = LG_OK;
  lg_json_at at, list;
  size_t n;
  if (!lg_json_has(parent, key)) return LG_OK;
  LG_TRY(lg_json_get(ctx, parent, key, &at));
  if (lg_json_is_number(&at)) return lg_json_get_number(ctx, parent, key, NULL, &out->everywhere);
  if (lg_json_is_array(&at)) {
    if (n_sections > 1) {
      status = lg_fail(ctx, LG_ERR_FORMAT,
                       "%s: %s: rows [x, value] of which of %zu sections? {\"everywhere\": …, \"sections\": "
                       "[{\"section\": 0, \"table\": …}]}",
                       at.file, at.path, n_sections);
      goto done;
    }
    LG_NEW(ctx, out->pieces, 1);
    out->n_pieces = 1;
    return lg_calcium_read_rows2(ctx, parent, key, "um", &out->pieces[0].x_um, &out->pieces[0].value,
                                 &out->pieces[0].n);
  }
  if (!lg_json_is_object(&at)) {
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a number, rows [x_um, value], or an object with everywhere and sections",
                at.file, at.path);
    goto done;
  }
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_number_or(ctx, &at, "everywhere", NULL, 0.0, 1e12, 0.0, &out->everywhere));
  if (!lg_json_has(&at, "sections")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, &at, "sections", &list, &n));
  LG_NEW(ctx, out->pieces, n);
  out->n_pieces = n;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(read_piece(ctx, &item, n_sections, &out->pieces[k]));
  }
done:
  return status;
}
