/* A user's mechanism, from text to a table like those of the built-in ones. */
#include "cable/nmodl.h"
#include "cable/nmodl_internal.h"
#include "cable/nmodl_lex.h"

#include <string.h>

/* What a block says needs no memory later, so that messages and tables live as long as the mechanism. */
static void describe(struct cable_nmodl *m) {
  const nm_lowered *l = &m->lowered;
  bool writes_ion = false;
  for (size_t k = 0; k < l->n_ions; k++) writes_ion = writes_ion || l->ions[k].writes_current;
  m->kind.name = m->module.name;
  m->kind.summary = *m->module.title ? m->module.title : "A mechanism of the user.";
  m->kind.source = m->module.file;
  m->kind.sort = m->module.point ? CABLE_POINT : CABLE_DENSITY;
  m->kind.parameters = l->parameters;
  m->kind.n_parameters = l->n_parameters;
  m->kind.states = l->states;
  m->kind.n_states = l->n_states;
  m->kind.ions = l->ions;
  m->kind.n_ions = l->n_ions;
  m->kind.uses_geometry = l->uses_geometry || (m->module.point && writes_ion);
  m->kind.whole_steps = l->is_pool || l->has[NM_RECEIVE];
}

lg_status lg_cable_nmodl_compile(lg_ctx *ctx, const char *file, const char *text, size_t n, cable_nmodl **out) {
  cable_nmodl *m = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, m, 1);
  LG_TRY(lg_nmodl_parse(ctx, file, text, n, &m->module));
  LG_TRY(lg_nmodl_check(ctx, &m->module, &m->lowered));
  LG_TRY(lg_nmodl_lower(ctx, &m->module, &m->lowered));
  for (size_t t = 0; t < NM_TASKS; t++)
    if (m->lowered.has[t]) LG_TRY(lg_nmodl_program(ctx, &m->lowered, (nm_task)t, &m->program[t]));
  m->interpret = lg_nmodl_interpreter();
  describe(m);
  lg_nmodl_set_functions(m);
  *out = m;
  return LG_OK;
done:
  lg_cable_nmodl_destroy(ctx, m);
  return status;
}

void lg_cable_nmodl_destroy(lg_ctx *ctx, cable_nmodl *m) {
  if (!m) return;
  if (m->close) m->close(m->handle);
  for (size_t t = 0; t < NM_TASKS; t++) lg_nmodl_program_clear(ctx, &m->program[t]);
  if (m->lowered.graph.ctx) lg_ir_clear(&m->lowered.graph);
  if (m->module.arena.ctx) lg_nmodl_module_clear(&m->module);
  lg_free(ctx, m);
}

const cable_mechanism *lg_cable_nmodl_mechanism(const cable_nmodl *m) { return &m->kind; }
const char *lg_cable_nmodl_title(const cable_nmodl *m) { return m->module.title; }
size_t lg_cable_nmodl_shown_states(const cable_nmodl *m) { return m->lowered.n_shown; }

static const nm_variable *variable_of_state(const cable_nmodl *m, size_t k) {
  return k < m->lowered.n_shown ? lg_nmodl_find(&m->module, m->lowered.states[k]) : NULL;
}

const char *lg_cable_nmodl_state_unit(const cable_nmodl *m, size_t k) {
  const nm_variable *v = variable_of_state(m, k);
  return v ? v->unit : "";
}

bool lg_cable_nmodl_is_state(const cable_nmodl *m, size_t k) {
  const nm_variable *v = variable_of_state(m, k);
  return v && v->sort == NM_STATE;
}

const char *lg_cable_nmodl_nonspecific(const cable_nmodl *m, size_t k) {
  if (k < m->module.n_nonspecific) return m->module.nonspecific[k];
  k -= m->module.n_nonspecific;
  return k < m->module.n_electrode ? m->module.electrode[k] : NULL;
}

const char *lg_cable_nmodl_note(const cable_nmodl *m, size_t k, unsigned *line) {
  const nm_note *note = m->module.notes;
  for (; note && k > 0; k--) note = note->next;
  if (!note) return NULL;
  *line = note->line;
  return note->text;
}

size_t lg_cable_nmodl_operations(const cable_nmodl *m) {
  size_t n = 0;
  for (size_t t = 0; t < NM_TASKS; t++) n += m->program[t].n_code;
  return n;
}

lg_status lg_cable_nmodl_c(lg_ctx *ctx, const cable_nmodl *m, char **text) {
  return lg_nmodl_c_text(ctx, m->program, m->lowered.has, text);
}

void lg_cable_nmodl_attach(cable_nmodl *m, const cable_nmodl_function *functions, void *handle, void (*close)(void *)) {
  for (size_t t = 0; t < NM_TASKS; t++) m->compiled[t] = functions[t];
  m->handle = handle;
  m->close = close;
}

bool lg_cable_nmodl_is_compiled(const cable_nmodl *m) { return m->handle != NULL; }
