/* The arena and the tables of a module. */
#include "cable/nmodl_ast.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 16 << 10 };

typedef struct nm_chunk { /* the data stand at a multiple of 16 bytes */
  struct nm_chunk *next;
  size_t bytes;
  char data[];
} nm_chunk;

void *lg_nmodl_arena_get(nm_arena *arena, size_t n) {
  if (n > SIZE_MAX / 2) return NULL;
  n = (n + 15) & ~(size_t)15;
  if (!arena->chunk || arena->chunk->bytes - arena->used < n) {
    const size_t bytes = n > CHUNK ? n : CHUNK;
    nm_chunk *chunk = lg_alloc(arena->ctx, sizeof *chunk + bytes, 1);
    if (!chunk) return NULL;
    chunk->next = arena->chunk;
    chunk->bytes = bytes;
    arena->chunk = chunk;
    arena->used = 0;
  }
  void *block = arena->chunk->data + arena->used;
  arena->used += n;
  return block;
}

char *lg_nmodl_arena_text(nm_arena *arena, const char *text, size_t n) {
  char *copy = lg_nmodl_arena_get(arena, n + 1);
  if (copy && n > 0) memcpy(copy, text, n);
  return copy;
}

void lg_nmodl_arena_clear(nm_arena *arena) {
  while (arena->chunk) {
    nm_chunk *next = arena->chunk->next;
    lg_free(arena->ctx, arena->chunk);
    arena->chunk = next;
  }
}

void lg_nmodl_module_clear(nm_module *module) {
  lg_nmodl_arena_clear(&module->arena);
  memset(module, 0, sizeof *module);
}

lg_status lg_nmodl_note(nm_module *module, unsigned line, const char *fmt, ...) {
  char text[240];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  size_t n = 0;
  for (const nm_note *k = module->notes; k; k = k->next, n++)
    if (k->line == line && strcmp(k->text, text) == 0) return LG_OK;
  if (n >= 200) return LG_OK;
  nm_note *note = lg_nmodl_arena_get(&module->arena, sizeof *note);
  char *copy = lg_nmodl_arena_text(&module->arena, text, strlen(text));
  if (!note || !copy) return LG_ERR_MEMORY;
  note->line = line;
  note->text = copy;
  if (module->last_note) module->last_note->next = note;
  else module->notes = note;
  module->last_note = note;
  return LG_OK;
}

nm_variable *lg_nmodl_find(const nm_module *module, const char *name) {
  for (size_t k = 0; k < module->n_variables; k++)
    if (strcmp(module->variables[k].name, name) == 0) return &module->variables[k];
  return NULL;
}

nm_variable *lg_nmodl_declare(nm_module *module, const char *name, unsigned line) {
  nm_variable *old = lg_nmodl_find(module, name);
  if (old) return old;
  if (module->n_variables >= NM_MAX_VARIABLES) {
    LG_IGNORE(lg_fail(module->arena.ctx, LG_ERR_LIMIT, "%s:%u: more than %d variables", module->file, line,
                      NM_MAX_VARIABLES));
    return NULL;
  }
  if ((module->n_variables & (module->n_variables - 1)) == 0) { /* room for the next power of two */
    const size_t room = module->n_variables ? 2 * module->n_variables : 1;
    nm_variable *grown = lg_nmodl_arena_get(&module->arena, room * sizeof *grown);
    if (!grown) return NULL;
    if (module->n_variables > 0) memcpy(grown, module->variables, module->n_variables * sizeof *grown);
    module->variables = grown;
  }
  char *copy = lg_nmodl_arena_text(&module->arena, name, strlen(name));
  if (!copy) return NULL;
  module->variables[module->n_variables] =
      (nm_variable){.name = copy, .unit = "", .line = line, .value = (double)NAN, .low = -1e300, .high = 1e300};
  return &module->variables[module->n_variables++];
}

nm_block *lg_nmodl_block(const nm_module *module, nm_block_kind kind, const char *name) {
  for (nm_block *b = module->blocks; b; b = b->next)
    if (b->kind == kind && (!name || strcmp(b->name, name) == 0)) return b;
  return NULL;
}
