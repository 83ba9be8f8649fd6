/* What is written is read as the same model: shape, membrane, stimuli, probes, bit for bit. */
#include "tests/test.h"
#include "twin/cable_file.h"
#include "twin/cable_write.h"

#include <math.h>
#include <string.h>

static const char text[] =
    "{\"model\": \"cable\", \"celsius\": 20.5, \"v_init_mV\": -71.3, \"tstop_ms\": 40, \"sample_ms\": 0.1,"
    " \"sections\": ["
    "  {\"type\": 1, \"parent\": -1, \"parentx\": 0, \"name\": \"soma\", \"distal_id\": 3,"
    "   \"pts\": [[0, 0, 0, 12.1], [11.7, 0.3, 0, 12.3]]},"
    "  {\"type\": 3, \"parent\": 0, \"parentx\": 0.5, \"pts\": [[6, 0, 0, 2.2], [6, 80, 1, 1.3], [9, 160, 2, 0.7]]}],"
    " \"regions\": ["
    "  {\"types\": \"all\", \"Ra_ohm_cm\": 123.4, \"cm_uF_cm2\": 0.9,"
    "   \"mechanisms\": {\"pas\": {\"g\": 3.1e-5, \"e\": -71.3}}},"
    "  {\"types\": [1, 2], \"Ra_ohm_cm\": 100, \"cm_uF_cm2\": 1.1,"
    "   \"mechanisms\": {\"hh\": {\"gnabar\": 0.11}, \"cahva\": {\"gbar\": 1e-4}, \"cadyn\": {}},"
    "   \"reversal\": {\"ena\": 48, \"ek\": -81.5}, \"cao_mM\": 1.8, \"cai_mM\": 7e-5,"
    "   \"concentrations\": {\"nai\": 11.5}}],"
    " \"iclamps\": [{\"loc\": [\"soma\"], \"delay_ms\": 1, \"dur_ms\": 2.5, \"amp_nA\": -0.05}],"
    " \"points\": [{\"type\": \"SEClamp\", \"loc\": [\"mid\", 3]}],"
    " \"synapses\": [{\"type\": \"ExpSyn\", \"name\": \"a\", \"loc\": [\"sec\", 1, 0.3], \"params\": {\"tau\": 1.7},"
    "   \"weight_uS\": 0.0021, \"times_ms\": [3, 7.25]}],"
    " \"probes\": [{\"name\": \"soma\", \"loc\": [\"name\", \"soma\", 0.5]},"
    "   {\"name\": \"d\", \"loc\": [\"sec\", 1, 1]}, {\"name\": \"soma\", \"loc\": [\"soma\"], \"var\": \"m_hh\"}],"
    " \"record_extra\": [{\"name\": \"cai_mM\", \"var\": \"cai\", \"loc\": [\"soma\"]}]}";

static const char compartments[] =
    "{\"celsius\": 6.3, \"v_init_mV\": -65, \"tstop_ms\": 10, \"sample_ms\": 0.5, \"compartments\": ["
    "  {\"name\": \"soma\", \"type\": 1, \"parent\": -1, \"area_um2\": 801.25},"
    "  {\"name\": \"tuft\", \"type\": 101, \"parent\": 0, \"area_um2\": 33.1, \"capacitance_nF\": 0.0123,"
    "   \"axial_uS\": 0.0173, \"leak_uS\": 1e-5, \"leak_mV\": -63.5}],"
    " \"regions\": [{\"types\": \"all\", \"Ra_ohm_cm\": 100, \"cm_uF_cm2\": 1,"
    "   \"mechanisms\": {\"pas\": {\"g\": 5e-5, \"e\": -65}}}],"
    " \"probes\": [{\"name\": \"tuft\", \"loc\": [\"name\", \"tuft\", 0.5]}]}";

static cable_model *parse(lg_ctx *ctx, const char *words, size_t n) {
  lg_json_doc *doc = NULL;
  cable_model *m = NULL;
  assert_ok(ctx, lg_json_parse(ctx, "test", words, n, LG_JSON_STRICT, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_cable_parse(ctx, &root, ".", &m));
  lg_json_doc_destroy(ctx, doc);
  return m;
}

static char *print(const cable_model *m, size_t *n) {
  char *words = NULL;
  FILE *stream = open_memstream(&words, n);
  assert_non_null(stream);
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_cable_write_keys(&w, m);
  lg_json_end_object(&w);
  assert_true(lg_json_end(&w));
  assert_int_equal(fclose(stream), 0);
  return words;
}

static void same_use(const cable_use *a, const cable_use *b) {
  assert_ptr_equal(a->mechanism, b->mechanism);
  assert_memory_equal(a->values, b->values, a->mechanism->n_parameters * sizeof(double));
}

static void same_place(const cable_location *a, const cable_location *b) {
  assert_int_equal(a->where, b->where);
  assert_int_equal(a->node_id, b->node_id);
  assert_int_equal(a->section, b->section);
  assert_true(a->x == b->x);
  assert_string_equal(a->name, b->name);
}

static void same_shape(const cable_model *a, const cable_model *b) {
  assert_int_equal(a->n_compartments, b->n_compartments);
  for (size_t k = 0; k < a->n_compartments; k++) {
    const cable_compartment *x = &a->compartments[k], *y = &b->compartments[k];
    assert_string_equal(x->name, y->name);
    assert_true(x->type == y->type && x->parent == y->parent && x->area_um2 == y->area_um2);
    assert_true(x->capacitance_nF == y->capacitance_nF || (isnan(x->capacitance_nF) && isnan(y->capacitance_nF)));
    assert_true(x->axial_uS == y->axial_uS && x->leak_uS == y->leak_uS && x->leak_mV == y->leak_mV);
  }
  assert_int_equal(a->morphology == NULL, b->morphology == NULL);
  if (!a->morphology) return;
  assert_int_equal(a->morphology->n_sections, b->morphology->n_sections);
  assert_int_equal(a->morphology->n_points, b->morphology->n_points);
  assert_memory_equal(a->morphology->points, b->morphology->points,
                      a->morphology->n_points * sizeof *a->morphology->points);
  for (size_t k = 0; k < a->morphology->n_sections; k++) {
    const lg_section *x = &a->morphology->sections[k], *y = &b->morphology->sections[k];
    assert_true(x->type == y->type && x->parent == y->parent && x->parent_x == y->parent_x);
    assert_true(x->distal_id == y->distal_id && x->n_points == y->n_points);
    assert_string_equal(x->name, y->name);
  }
}

static void same_region(const cable_region *a, const cable_region *b) {
  assert_int_equal(a->all_types, b->all_types);
  assert_int_equal(a->n_types, b->n_types);
  assert_memory_equal(a->types, b->types, a->n_types * sizeof *a->types);
  assert_true(a->axial_resistivity_ohm_cm == b->axial_resistivity_ohm_cm);
  assert_true(a->capacitance_uF_cm2 == b->capacitance_uF_cm2);
  assert_true(a->reversal_na_mV == b->reversal_na_mV && a->reversal_k_mV == b->reversal_k_mV);
  assert_true(isnan(a->reversal_ca_mV) && isnan(b->reversal_ca_mV));
  assert_true(a->outside_ca_mM == b->outside_ca_mM && a->inside_ca_mM == b->inside_ca_mM);
  assert_int_equal(a->n_uses, b->n_uses);
  for (size_t u = 0; u < a->n_uses; u++) same_use(&a->uses[u], &b->uses[u]);
  for (size_t k = 0; k < a->n_ions; k++) {
    size_t j = 0;
    while (j < b->n_ions && strcmp(a->ions[k].name, b->ions[j].name) != 0) j++;
    assert_true(j < b->n_ions);
    assert_memory_equal(&a->ions[k].inside_mM, &b->ions[j].inside_mM, sizeof(double));
  }
}

static void same_stimuli(const cable_model *a, const cable_model *b) {
  assert_int_equal(a->n_clamps, b->n_clamps);
  for (size_t k = 0; k < a->n_clamps; k++) {
    same_place(&a->clamps[k].at, &b->clamps[k].at);
    assert_true(a->clamps[k].amplitude_nA == b->clamps[k].amplitude_nA);
    assert_true(a->clamps[k].delay_ms == b->clamps[k].delay_ms && a->clamps[k].duration_ms == b->clamps[k].duration_ms);
  }
  assert_int_equal(a->n_points, b->n_points);
  for (size_t k = 0; k < a->n_points; k++) {
    same_place(&a->points[k].at, &b->points[k].at);
    same_use(&a->points[k].use, &b->points[k].use);
  }
  assert_int_equal(a->n_synapses, b->n_synapses);
  for (size_t k = 0; k < a->n_synapses; k++) {
    const cable_synapse *x = &a->synapses[k], *y = &b->synapses[k];
    same_place(&x->at, &y->at);
    same_use(&x->use, &y->use);
    assert_string_equal(x->name, y->name);
    assert_true(x->weight_uS == y->weight_uS);
    assert_int_equal(x->n_times, y->n_times);
    assert_memory_equal(x->times_ms, y->times_ms, x->n_times * sizeof *x->times_ms);
  }
  assert_int_equal(a->n_probes, b->n_probes);
  for (size_t k = 0; k < a->n_probes; k++) {
    same_place(&a->probes[k].at, &b->probes[k].at);
    assert_string_equal(a->probes[k].name, b->probes[k].name);
    assert_string_equal(a->probes[k].column, b->probes[k].column);
    assert_int_equal(a->probes[k].quantity, b->probes[k].quantity);
    assert_ptr_equal(a->probes[k].mechanism, b->probes[k].mechanism);
    assert_int_equal(a->probes[k].state, b->probes[k].state);
  }
}

static void round_trip(const char *words, size_t bytes) {
  lg_ctx *ctx = lg_test_ctx();
  size_t n = 0;
  cable_model *a = parse(ctx, words, bytes);
  char *written = print(a, &n);
  cable_model *b = parse(ctx, written, n);
  assert_true(a->celsius == b->celsius && a->v_init_mV == b->v_init_mV);
  assert_true(a->tstop_ms == b->tstop_ms && a->sample_ms == b->sample_ms);
  same_shape(a, b);
  assert_int_equal(a->n_regions, b->n_regions);
  for (size_t r = 0; r < a->n_regions; r++) same_region(&a->regions[r], &b->regions[r]);
  same_stimuli(a, b);
  free(written);
  lg_cable_model_destroy(ctx, a);
  lg_cable_model_destroy(ctx, b);
  lg_ctx_destroy(ctx);
}

static void test_sections(void **state) {
  (void)state;
  round_trip(text, sizeof text - 1);
}

static void test_compartments(void **state) {
  (void)state;
  round_trip(compartments, sizeof compartments - 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sections), cmocka_unit_test(test_compartments)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
