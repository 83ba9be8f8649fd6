/* Growing a morphology: notes, sections, points. */
#include "io/swc_internal.h"

#include <string.h>

enum { MOST_NOTES_OF_A_CODE = 1000 };

/** Make room for one more; the capacity doubles. */
static lg_status grow(lg_ctx *ctx, void **array, size_t n, size_t *capacity, size_t size) {
  if (n < *capacity) return LG_OK;
  const size_t more = *capacity ? *capacity * 2 : 16;
  void *grown = lg_realloc(ctx, *array, *capacity * size, more, size);
  if (!grown) return LG_ERR_MEMORY;
  *array = grown, *capacity = more;
  return LG_OK;
}

static lg_status append(swc_building *b, const char *code, bool refusal, int64_t node_id, size_t line,
                        const char *text) {
  lg_morphology *m = b->m;
  void *notes = m->notes;
  const lg_status status = grow(b->ctx, &notes, m->n_notes, &b->note_capacity, sizeof *m->notes);
  m->notes = notes;
  if (status != LG_OK) return status;
  lg_morphology_note *note = &m->notes[m->n_notes++];
  *note = (lg_morphology_note){.node_id = node_id, .line = line, .refusal = refusal};
  (void)snprintf(note->code, sizeof note->code, "%s", code);
  (void)snprintf(note->text, sizeof note->text, "%s", text);
  lg_one_line(note->text);
  return LG_OK;
}

/** How many notes of a code there were before this one. */
static size_t count_code(swc_building *b, const char *code, bool refusal) {
  for (size_t k = 0; k < b->n_codes; k++)
    if (strcmp(b->codes[k].code, code) == 0) return b->codes[k].n++;
  if (b->n_codes < SWC_MAX_CODES) {
    (void)snprintf(b->codes[b->n_codes].code, sizeof b->codes[0].code, "%s", code);
    b->codes[b->n_codes].refusal = refusal;
    b->codes[b->n_codes++].n = 1;
  }
  return 0;
}

lg_status lg_swc_note(swc_building *b, const char *code, bool refusal, int64_t node_id, size_t line, const char *fmt,
                      ...) {
  char text[sizeof b->m->notes->text];
  va_list args;
  b->n_refusals += refusal;
  if (count_code(b, code, refusal) >= MOST_NOTES_OF_A_CODE) return LG_OK;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  return append(b, code, refusal, node_id, line, text);
}

lg_status lg_swc_note_rest(swc_building *b) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < b->n_codes; k++) {
    char text[80];
    if (b->codes[k].n <= MOST_NOTES_OF_A_CODE) continue;
    (void)snprintf(text, sizeof text, "and %zu more of this kind", b->codes[k].n - MOST_NOTES_OF_A_CODE);
    LG_TRY(append(b, b->codes[k].code, b->codes[k].refusal, -1, 0, text));
  }
done:
  return status;
}

lg_status lg_swc_add_section(swc_building *b, int type, ptrdiff_t parent, double parent_x, int64_t distal_id) {
  lg_morphology *m = b->m;
  void *sections = m->sections;
  const lg_status status = grow(b->ctx, &sections, m->n_sections, &b->section_capacity, sizeof *m->sections);
  m->sections = sections;
  if (status != LG_OK) return status;
  m->sections[m->n_sections++] = (lg_section){
      .type = type, .parent = parent, .parent_x = parent_x, .first_point = m->n_points, .distal_id = distal_id};
  return LG_OK;
}

lg_status lg_swc_add_point(swc_building *b, double x, double y, double z, double diameter) {
  lg_morphology *m = b->m;
  void *points = m->points;
  const lg_status status = grow(b->ctx, &points, m->n_points, &b->point_capacity, sizeof *m->points);
  m->points = points;
  if (status != LG_OK) return status;
  m->points[m->n_points++] = (lg_morphology_point){x, y, z, diameter};
  m->sections[m->n_sections - 1].n_points++;
  return LG_OK;
}
