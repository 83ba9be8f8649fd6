/* What the reader of NMODL refuses: the line and the reason. */
#include "tests/unit/nmodl_file.h"

#define HEAD                                                                                                           \
  "NEURON { SUFFIX x NONSPECIFIC_CURRENT i RANGE g }\nPARAMETER { g = 1 e = -70 }\nASSIGNED { v i a b }\nSTATE { m n " \
  "}\n"
#define BREAK "BREAKPOINT { SOLVE s METHOD cnexp i = g*m*(v - e) }\n"

static const struct {
  const char *text, *message;
} refused[] = {
    {"", "test.mod:1: no mechanism"},
    {"NEURON { SUFFIX a }\nVERBATIM\nint x;\nENDVERBATIM\n", "test.mod:2: VERBATIM holds C code"},
    {"NEURON { SUFFIX a POINTER p }", "test.mod:1: POINTER is not supported"},
    {"NEURON { SUFFIX a\n BBCOREPOINTER p }", "test.mod:2: BBCOREPOINTER is not supported"},
    {"NEURON { ARTIFICIAL_CELL a }", "test.mod:1: ARTIFICIAL_CELL is not supported"},
    {"NEURON { SUFFIX a SUFIX b }", "test.mod:1: in NEURON { }: SUFIX is unknown"},
    {"NEURON { SUFFIX a } \n\n INCLUDE \"x.inc\"", "test.mod:3: INCLUDE is not supported"},
    {"NEURON { SUFFIX a USEION ca WRITE cao }", "test.mod:1: WRITE cao: concentrations outside cannot be written"},
    {"NEURON { SUFFIX a USEION ca WRITE eca }", "test.mod:1: WRITE eca: reversals come from"},
    {"NEURON { SUFFIX a USEION ca READ ena }", "test.mod:1: USEION ca READ ena: eca, ica, cai or cao expected"},
    {"NEURON { SUFFIX a USEION ca READ eca\n USEION ca READ cai }", "test.mod:2: USEION ca stands already in line 1"},
    {"NEURON { SUFFIX a USEION zz READ ezz VALENCE 0.5 }", "test.mod:1: VALENCE 0.5: a whole number"},
    {"NEURON { SUFFIX a }\nPARAMETER { q = 1 <4, 3> }", "test.mod:2: q: the range <4, 3> is empty"},
    {"NEURON { SUFFIX a }\nSTATE { m }\nSTATE { m }", "test.mod:3: m is declared already in line 2"},
    {"NEURON { SUFFIX a }\nASSIGNED { x[3] }", "test.mod:2: x[…]: arrays are not supported"},
    {"NEURON { SUFFIX a }\nUNITS { F = (faradays) (volt) }",
     "test.mod:2: F: how many (volt) are in (faradays) is unknown"},
    {"NEURON { SUFFIX a }\nFUNCTION_TABLE f(v)", "test.mod:2: FUNCTION_TABLE is not supported"},
    {"NEURON { SUFFIX a }\nLINEAR f { ~ x = 1 }", "test.mod:2: LINEAR blocks are not supported"},
    {"NEURON { SUFFIX a }\nNONLINEAR f { ~ x = 1 }", "test.mod:2: NONLINEAR blocks are not supported"},
    {"NEURON { SUFFIX a }\nPROCEDURE f() { while (1) { } }", "test.mod:2: while is not supported"},
    {"NEURON { SUFFIX a }\nPROCEDURE f() {\n FROM i = 0 TO 3 { } }", "test.mod:3: FROM loops are not supported"},
    {"NEURON { SUFFIX a }\nPROCEDURE f() {\n", "test.mod:3: a statement expected, got the end of the file"},
    {"NEURON { SUFFIX a }\nPROCEDURE f() { q + 1 }", "test.mod:2: 'q' is no statement: = or ( expected behind it"},
    {"NEURON { SUFFIX a }\nCOMMENT never ends", "test.mod:2: COMMENT without ENDCOMMENT"},
    {"NEURON { SUFFIX a }\nPARAMETER { x = 1e999 }", "test.mod:2: 1e999 is not a finite number"},
    {"NEURON { SUFFIX a }\n#", "test.mod:2: the character '#' has no meaning here"},
    {"NEURON { SUFFIX a }\nPROCEDURE f() { }\nPROCEDURE f() { }", "test.mod:3: f stands already in line 2"},
    {HEAD BREAK "DERIVATIVE s { m' = (1 - m)*m }", "test.mod:6: m' is not linear in m"},
    {HEAD BREAK "DERIVATIVE s {\n n' = -n\n m' = -exp(m) }", "test.mod:8: m' is not linear in m"},
    {HEAD BREAK "DERIVATIVE s { a = tau(m)\n m' = (b - m)/a }\nFUNCTION tau(x) { tau = 1 + x }",
     "test.mod:7: m' is not linear in m"},
    {HEAD BREAK "DERIVATIVE s { q' = -q }", "test.mod:6: q is no STATE"},
    {HEAD BREAK "DERIVATIVE s { m' = -zz }", "test.mod:6: zz is declared nowhere"},
    {HEAD BREAK "DERIVATIVE s { m' = -m/tau }", "test.mod:6: tau is declared nowhere"},
    {HEAD BREAK "DERIVATIVE s { m' = -f(m, 1) }\nFUNCTION f(x) { f = x }", "test.mod:6: f takes 1 arguments, got 2"},
    {HEAD BREAK "DERIVATIVE s { m' = -f(1) }\nFUNCTION f(x) { f = f(x) }", "calls itself?"},
    {HEAD BREAK "DERIVATIVE s { m' = sine(1) }", "test.mod:6: the function sine is unknown"},
    {HEAD BREAK "DERIVATIVE s { v = 3 }", "test.mod:6: v comes from outside and cannot be assigned"},
    {HEAD "BREAKPOINT { SOLVE r METHOD cnexp i = 0 }", "test.mod:5: SOLVE r: there is no such block"},
    {HEAD "BREAKPOINT { SOLVE s METHOD fancy i = 0 }\nDERIVATIVE s { m' = -m }", "test.mod:5: METHOD fancy is unknown"},
    {HEAD "BREAKPOINT { SOLVE s METHOD derivimplicit i = 0 }\nDERIVATIVE s { m' = -m*n n' = -n }",
     "test.mod:6: s is not linear in its states (m, n)"},
    {HEAD "BREAKPOINT { SOLVE s METHOD sparse i = 0 }\nKINETIC s { ~ m + m <-> n (1, 2) }",
     "test.mod:6: s is not linear in its states (m, m)"},
    {HEAD "INITIAL { net_send(1, 2) }", "test.mod:5: net_send is not supported"},
    {HEAD "NET_RECEIVE(w) { m = m + w }", "test.mod:5: NET_RECEIVE belongs into a POINT_PROCESS"},
    {"NEURON { POINT_PROCESS a NONSPECIFIC_CURRENT i }\nASSIGNED { i r }\nNET_RECEIVE(w, r) { i = w }",
     "test.mod:3: r of NET_RECEIVE is declared already in line 2"},
    {"NEURON { POINT_PROCESS a NONSPECIFIC_CURRENT i }\nASSIGNED { i }\nNET_RECEIVE(w) {\n  WATCH (v > 1) 2 }",
     "test.mod:4: WATCH is not supported"},
};

static void refusals_name_line_and_reason(void **state) {
  (void)state;
  for (size_t k = 0; k < sizeof refused / sizeof refused[0]; k++) {
    cable_nmodl *m = NULL;
    const lg_status status = lg_cable_nmodl_compile(ctx, "test.mod", refused[k].text, strlen(refused[k].text), &m);
    if (status != LG_ERR_FORMAT)
      fail_msg("accepted or failed otherwise (%s): %s", lg_status_name(status), refused[k].text);
    if (!strstr(lg_ctx_message(ctx), refused[k].message))
      fail_msg("'%s' says '%s', not '%s'", refused[k].text, lg_ctx_message(ctx), refused[k].message);
    assert_null(m);
  }
}

/* A misspelt name is answered with the nearest. */
static void near_names_are_offered(void **state) {
  (void)state;
  cable_nmodl *m = NULL;
  const char *text = HEAD "BREAKPOINT { i = g*(v - ee) }";
  assert_int_equal(lg_cable_nmodl_compile(ctx, "t", text, strlen(text), &m), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "did you mean"));
}

/* Calls that would be written out without end, and huge files, cost little. */
static void large_things_are_limited(void **state) {
  (void)state;
  char *text = calloc(1, 2 << 20);
  cable_nmodl *m = NULL;
  assert_non_null(text);
  size_t n = (size_t)sprintf(text, "%s", HEAD BREAK "DERIVATIVE s { m' = -f0(1) }\n");
  for (int k = 0; k < 40; k++)
    n += (size_t)sprintf(text + n, "FUNCTION f%d(x) { f%d = f%d(x) + f%d(x + 1) }\n", k, k, k + 1, k + 1);
  n += (size_t)sprintf(text + n, "FUNCTION f40(x) { f40 = x }\n");
  assert_int_equal(lg_cable_nmodl_compile(ctx, "t", text, n, &m), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "written out"));
  memset(text, '(', (2 << 20) - 1);
  memcpy(text, HEAD "PROCEDURE f() { a = ", strlen(HEAD "PROCEDURE f() { a = "));
  assert_int_equal(lg_cable_nmodl_compile(ctx, "t", text, 1 << 20, &m), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "nested more than"));
  assert_int_equal(lg_cable_nmodl_compile(ctx, "t", text, (2 << 20) - 1, &m), LG_ERR_LIMIT);
  free(text);
}

static void what_neuron_forgives_is_noted(void **state) {
  (void)state;
  static const char *const notes[] = {"RANGE q is declared nowhere", "p = 1 is outside of its range <2, 3>",
                                      "VERBATIM { return 0; } is ignored"};
  cable_nmodl *m =
      nmodl_text("NEURON { SUFFIX a\nRANGE q }\nPARAMETER { p = 1 <2, 3> }\nSTATE { m }\n"
                 "BREAKPOINT { SOLVE s }\nPROCEDURE s() {\n m = m + p\nVERBATIM\n\treturn 0;\nENDVERBATIM\n}");
  static const unsigned lines[] = {2, 3, 8};
  for (size_t k = 0; k < 3; k++) {
    bool found = false;
    unsigned line;
    const char *note;
    for (size_t n = 0; (note = lg_cable_nmodl_note(m, n, &line)) != NULL; n++)
      found = found || (strstr(note, notes[k]) && line == lines[k]);
    if (!found) fail_msg("no note '%s' of line %u", notes[k], lines[k]);
  }
  const cable_mechanism *kind = lg_cable_nmodl_mechanism(m);
  assert_true(kind->parameters[0].low == 1.0 && kind->parameters[0].high == 3.0);
  lg_cable_nmodl_destroy(ctx, m);
}

static void notes_say_what_is_ignored(void **state) {
  (void)state;
  cable_nmodl *m = nmodl_file("hh");
  unsigned line = 0;
  const char *note = lg_cable_nmodl_note(m, 0, &line);
  assert_non_null(note);
  assert_non_null(strstr(note, "TABLE is ignored"));
  assert_int_equal(line, 50);
  assert_null(lg_cable_nmodl_note(m, 1, &line));
  assert_int_equal(lg_cable_nmodl_shown_states(m), 5);
  assert_true(lg_cable_nmodl_is_state(m, 2));
  assert_false(lg_cable_nmodl_is_state(m, 3));
  assert_string_equal(lg_cable_nmodl_state_unit(m, 3), "S/cm2");
  assert_string_equal(lg_cable_nmodl_nonspecific(m, 0), "il");
  lg_cable_nmodl_destroy(ctx, m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refusals_name_line_and_reason), cmocka_unit_test(near_names_are_offered),
      cmocka_unit_test(large_things_are_limited),      cmocka_unit_test(what_neuron_forgives_is_noted),
      cmocka_unit_test(notes_say_what_is_ignored),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
