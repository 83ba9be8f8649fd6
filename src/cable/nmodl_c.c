/* Programs as C text. Nothing of the user's file stands in it but numbers: names are of our own making. */
#include "cable/nmodl_program.h"
#include <nmodl_math_text.h>

#include <string.h>

typedef struct writer {
  lg_ctx *ctx;
  char *text;
  size_t n, room;
  bool broken;
} writer;

static void put_bytes(writer *w, const char *bytes, size_t n) {
  if (w->broken) return;
  if (w->room - w->n <= n) {
    const size_t room = 2 * (w->room + n) + 1024;
    char *grown = lg_realloc(w->ctx, w->text, w->n, room, 1);
    if (!grown) {
      w->broken = true;
      return;
    }
    w->text = grown;
    w->room = room;
  }
  memcpy(w->text + w->n, bytes, n);
  w->n += n;
  w->text[w->n] = 0;
}

static void put(writer *w, const char *fmt, ...) LG_PRINTF(2, 3);

static void put(writer *w, const char *fmt, ...) {
  char line[256];
  va_list args;
  va_start(args, fmt);
  const int n = vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  put_bytes(w, line, n > 0 && (size_t)n < sizeof line ? (size_t)n : 0);
}

static void operand(char *text, size_t room, nm_operand o) {
  if (o.place == NM_IN_REGISTER) (void)snprintf(text, room, "x%u", o.index);
  else if (o.place == NM_IN_INPUT) (void)snprintf(text, room, "i%u[k]", o.index);
  else (void)snprintf(text, room, "s%u", o.index);
}

/* %a, %b, %c of a pattern are the operands. */
static const char *const patterns[IR_OPS] = {
    [IR_CONST] = "%a",
    [IR_INPUT] = "%a",
    [IR_NEG] = "-%a",
    [IR_NOT] = "%a == 0.0 ? 1.0 : 0.0",
    [IR_ABS] = "fabs(%a)",
    [IR_SQRT] = "sqrt(%a)",
    [IR_EXP] = "lg_nm_exp(%a)",
    [IR_EXPM1] = "lg_nm_expm1(%a)",
    [IR_LN] = "lg_nm_ln(%a)",
    [IR_SIN] = "lg_nm_sin(%a)",
    [IR_COS] = "lg_nm_cos(%a)",
    [IR_TANH] = "lg_nm_tanh(%a)",
    [IR_FLOOR] = "floor(%a)",
    [IR_ADD] = "%a + %b",
    [IR_SUB] = "%a - %b",
    [IR_MUL] = "%a * %b",
    [IR_DIV] = "%a / %b",
    [IR_POW] = "lg_nm_pow(%a, %b)",
    [IR_LT] = "%a < %b ? 1.0 : 0.0",
    [IR_LE] = "%a <= %b ? 1.0 : 0.0",
    [IR_EQ] = "%a == %b ? 1.0 : 0.0",
    [IR_AND] = "(%a != 0.0) & (%b != 0.0) ? 1.0 : 0.0",
    [IR_OR] = "(%a != 0.0) | (%b != 0.0) ? 1.0 : 0.0",
    [IR_SELECT] = "%a != 0.0 ? %b : %c",
};

static void instruction(writer *w, size_t k, const nm_instruction *i) {
  char part[3][24];
  operand(part[0], sizeof part[0], i->a);
  operand(part[1], sizeof part[1], i->b);
  operand(part[2], sizeof part[2], i->c);
  put(w, "    const double x%zu = ", k);
  for (const char *p = patterns[i->op]; *p; p++) {
    if (*p == '%') put(w, "%s", part[*++p - 'a']);
    else put_bytes(w, p, 1);
  }
  put_bytes(w, ";\n", 2);
}

static void task(writer *w, size_t t, const nm_program *p) {
  put(w, "\nvoid lg_task_%zu(size_t n, const double *const *in, const double *scalar, double *const *out);\n", t);
  put(w, "void lg_task_%zu(size_t n, const double *const *in, const double *scalar, double *const *out) {\n", t);
  for (size_t k = 0; k < p->n_inputs; k++) put(w, "  const double *i%zu = in[%zu];\n", k, k);
  for (size_t k = 0; k < p->n_scalars; k++) put(w, "  const double s%zu = scalar[%zu];\n  (void)s%zu;\n", k, k, k);
  for (size_t k = 0; k < p->n_results; k++) put(w, "  double *o%zu = out[%zu];\n", k, k);
  put(w, "  (void)in;\n  (void)scalar;\n");
  put(w, "LANES\n  for (size_t k = 0; k < n; k++) {\n");
  for (size_t k = 0; k < p->n_code; k++) instruction(w, k, &p->code[k]);
  for (size_t k = 0; k < p->n_results; k++) {
    char value[24];
    operand(value, sizeof value, p->results[k].value);
    put(w, "    o%zu[k] = %s;\n", k, value);
  }
  put(w, "  }\n}\n");
}

lg_status lg_nmodl_c_text(lg_ctx *ctx, const nm_program *programs, const bool *has, char **text) {
  writer w = {.ctx = ctx};
  for (size_t k = 0; k < sizeof math_lines / sizeof math_lines[0]; k++)
    put_bytes(&w, math_lines[k], strlen(math_lines[k]));
  put(&w, "\n#include <stddef.h>\n#if defined(__clang__)\n#define LANES _Pragma(\"clang loop "
          "vectorize(assume_safety)\")\n");
  put(&w, "#elif defined(__GNUC__)\n#define LANES _Pragma(\"GCC ivdep\")\n#else\n#define LANES\n#endif\n");
  for (size_t t = 0; t < NM_TASKS; t++)
    if (has[t]) task(&w, t, &programs[t]);
  if (w.broken) {
    lg_free(ctx, w.text);
    return LG_ERR_MEMORY;
  }
  *text = w.text;
  return LG_OK;
}
