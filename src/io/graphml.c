/* GraphML by igraph, loaded when it is needed. */
#define _XOPEN_SOURCE 700
#include "io/graphml.h"

#include <dlfcn.h>
#include <igraph.h>
#include <string.h>

#ifndef LG_IGRAPH_OBJECT
#define LG_IGRAPH_OBJECT "libigraph.so.3"
#endif

/* What is called, by igraph's own declarations. */
typedef struct igraph {
  igraph_error_t (*version)(const char **, int *, int *, int *);
  const char *(*strerror)(const igraph_error_t);
  igraph_error_handler_t *(*set_error_handler)(igraph_error_handler_t *);
  igraph_error_handler_t *ignore_errors;
  igraph_warning_handler_t *(*set_warning_handler)(igraph_warning_handler_t *);
  igraph_warning_handler_t *ignore_warnings;
  igraph_attribute_table_t *(*set_attribute_table)(const igraph_attribute_table_t *);
  const igraph_attribute_table_t *c_attributes;
  igraph_error_t (*create)(igraph_t *, const igraph_vector_int_t *, igraph_integer_t, igraph_bool_t);
  void (*destroy)(igraph_t *);
  const igraph_vector_int_t *(*vector_int_view)(const igraph_vector_int_t *, const igraph_integer_t *,
                                                igraph_integer_t);
  const igraph_vector_t *(*vector_view)(const igraph_vector_t *, const igraph_real_t *, igraph_integer_t);
  const igraph_vector_bool_t *(*vector_bool_view)(const igraph_vector_bool_t *, const igraph_bool_t *,
                                                  igraph_integer_t);
  igraph_error_t (*strvector_init)(igraph_strvector_t *, igraph_integer_t);
  igraph_error_t (*strvector_set)(igraph_strvector_t *, igraph_integer_t, const char *);
  void (*strvector_destroy)(igraph_strvector_t *);
  igraph_error_t (*set_graph_text)(igraph_t *, const char *, const char *);
  igraph_error_t (*set_numbers[2])(igraph_t *, const char *, const igraph_vector_t *); /* vertices, edges */
  igraph_error_t (*set_truths[2])(igraph_t *, const char *, const igraph_vector_bool_t *);
  igraph_error_t (*set_texts[2])(igraph_t *, const char *, const igraph_strvector_t *);
  igraph_error_t (*write_graphml)(const igraph_t *, FILE *, igraph_bool_t);
} igraph;

/* ---- loading -------------------------------------------------------------------------------------------- */

/* POSIX gives functions as void pointers; C has no cast for that. */
static bool find(void *object, const char *name, void *function) {
  void *symbol = dlsym(object, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static bool find_all(void *object, igraph *i) {
  const struct {
    const char *name;
    void *function;
  } wanted[] = {{"igraph_version", &i->version},
                {"igraph_strerror", &i->strerror},
                {"igraph_set_error_handler", &i->set_error_handler},
                {"igraph_error_handler_ignore", &i->ignore_errors},
                {"igraph_set_warning_handler", &i->set_warning_handler},
                {"igraph_warning_handler_ignore", &i->ignore_warnings},
                {"igraph_set_attribute_table", &i->set_attribute_table},
                {"igraph_cattribute_table", &i->c_attributes},
                {"igraph_create", &i->create},
                {"igraph_destroy", &i->destroy},
                {"igraph_vector_int_view", &i->vector_int_view},
                {"igraph_vector_view", &i->vector_view},
                {"igraph_vector_bool_view", &i->vector_bool_view},
                {"igraph_strvector_init", &i->strvector_init},
                {"igraph_strvector_set", &i->strvector_set},
                {"igraph_strvector_destroy", &i->strvector_destroy},
                {"igraph_cattribute_GAS_set", &i->set_graph_text},
                {"igraph_cattribute_VAN_setv", &i->set_numbers[0]},
                {"igraph_cattribute_EAN_setv", &i->set_numbers[1]},
                {"igraph_cattribute_VAB_setv", &i->set_truths[0]},
                {"igraph_cattribute_EAB_setv", &i->set_truths[1]},
                {"igraph_cattribute_VAS_setv", &i->set_texts[0]},
                {"igraph_cattribute_EAS_setv", &i->set_texts[1]},
                {"igraph_write_graph_graphml", &i->write_graphml}};
  for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
    if (!find(object, wanted[k].name, wanted[k].function)) return false;
  return true;
}

static lg_status load(lg_ctx *ctx, igraph *i) {
  const char *text = "of an unknown version";
  int major = 0, minor = 0;
  /* it stays: threads that its BLAS has started must not lose their code */
  void *object = dlopen(LG_IGRAPH_OBJECT, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!object)
    return lg_fail(ctx, LG_ERR_LIMIT, "GraphML is written by igraph, which cannot be loaded: %s; install libigraph3",
                   dlerror());
  const bool whole = find_all(object, i) && i->version(&text, &major, &minor, NULL) == IGRAPH_SUCCESS;
  (void)dlclose(object);
  if (!whole || major != 0 || minor != 10)
    return lg_fail(ctx, LG_ERR_LIMIT, "GraphML is written by igraph 0.10; " LG_IGRAPH_OBJECT " is %s", text);
  return LG_OK;
}

/* ---- the graph ------------------------------------------------------------------------------------------ */

static igraph_error_t set_texts(const igraph *i, igraph_t *g, int side, const lg_graphml_column *c, size_t n) {
  igraph_strvector_t texts;
  igraph_error_t code = i->strvector_init(&texts, (igraph_integer_t)n);
  if (code != IGRAPH_SUCCESS) return code;
  for (size_t k = 0; k < n && code == IGRAPH_SUCCESS; k++)
    code = i->strvector_set(&texts, (igraph_integer_t)k, c->text[k] ? c->text[k] : "");
  if (code == IGRAPH_SUCCESS) code = i->set_texts[side](g, c->name, &texts);
  i->strvector_destroy(&texts);
  return code;
}

static igraph_error_t set_column(const igraph *i, igraph_t *g, int side, const lg_graphml_column *c, size_t n,
                                 igraph_bool_t *truths) {
  const igraph_integer_t size = (igraph_integer_t)n;
  igraph_vector_t numbers = {0};
  igraph_vector_bool_t flags = {0};
  if (c->number) return i->set_numbers[side](g, c->name, i->vector_view(&numbers, c->number, size));
  if (c->text) return set_texts(i, g, side, c, n);
  for (size_t k = 0; k < n; k++) truths[k] = c->truth[k];
  return i->set_truths[side](g, c->name, i->vector_bool_view(&flags, truths, size));
}

static igraph_error_t set_all(const igraph *i, igraph_t *g, const lg_graphml *graph, igraph_bool_t *truths) {
  igraph_error_t code = IGRAPH_SUCCESS;
  for (size_t k = 0; k < graph->n_about && code == IGRAPH_SUCCESS; k++)
    code = i->set_graph_text(g, graph->about[2 * k], graph->about[2 * k + 1]);
  for (size_t k = 0; k < graph->n_vertex && code == IGRAPH_SUCCESS; k++)
    code = set_column(i, g, 0, &graph->vertex[k], graph->n, truths);
  for (size_t k = 0; k < graph->n_edge && code == IGRAPH_SUCCESS; k++)
    code = set_column(i, g, 1, &graph->edge[k], graph->n_edges, truths);
  return code;
}

static igraph_error_t write_graph(const igraph *i, FILE *stream, const lg_graphml *graph, const igraph_integer_t *ends,
                                  igraph_bool_t *truths) {
  igraph_t g;
  igraph_vector_int_t list = {0};
  igraph_error_t code = i->create(&g, i->vector_int_view(&list, ends, (igraph_integer_t)(2 * graph->n_edges)),
                                  (igraph_integer_t)graph->n, false);
  if (code != IGRAPH_SUCCESS) return code;
  code = set_all(i, &g, graph, truths);
  if (code == IGRAPH_SUCCESS) code = i->write_graphml(&g, stream, true);
  i->destroy(&g);
  return code;
}

lg_status lg_graphml_write(lg_ctx *ctx, FILE *stream, const lg_graphml *graph) {
  lg_status status = LG_OK;
  igraph i;
  igraph_integer_t *ends = NULL;
  igraph_bool_t *truths = NULL;
  LG_TRY(load(ctx, &i));
  LG_NEW(ctx, ends, 2 * graph->n_edges + 1);
  LG_NEW(ctx, truths, graph->n + graph->n_edges + 1);
  for (size_t k = 0; k < 2 * graph->n_edges; k++) ends[k] = (igraph_integer_t)graph->ends[k];
  igraph_error_handler_t *errors = i.set_error_handler(i.ignore_errors);
  igraph_warning_handler_t *warnings = i.set_warning_handler(i.ignore_warnings);
  igraph_attribute_table_t *attributes = i.set_attribute_table(i.c_attributes);
  const igraph_error_t code = write_graph(&i, stream, graph, ends, truths);
  (void)i.set_attribute_table(attributes);
  (void)i.set_warning_handler(warnings);
  (void)i.set_error_handler(errors);
  if (code != IGRAPH_SUCCESS)
    LG_TRY(lg_fail(ctx, LG_ERR_INTERNAL, "igraph could not write the graph: %s", i.strerror(code)));
done:
  lg_free(ctx, ends);
  lg_free(ctx, truths);
  return status;
}
