/**
 * @file nmodl_program.h
 * @brief A task as a list of vector instructions. Scalars (constants, dt, what follows from the temperature) are
 * computed once per call; everything else over chunks of instances.
 */
#ifndef LG_NMODL_PROGRAM_H
#define LG_NMODL_PROGRAM_H

#include "cable/nmodl_lower.h"

enum { NM_CHUNK = 128 }; /* instances at a time: registers of 1 KiB stay in the first cache */

typedef enum nm_place { NM_IN_REGISTER, NM_IN_INPUT, NM_IN_SCALAR } nm_place;

typedef struct nm_operand {
  uint8_t place;
  uint32_t index; /* NM_IN_REGISTER: number of the instruction that makes it */
} nm_operand;

typedef struct nm_instruction {
  uint8_t op;      /* ir_op; IR_CONST: spread the scalar a; IR_INPUT: copy a */
  uint32_t target; /* register of the interpreter */
  nm_operand a, b, c;
} nm_instruction;

typedef struct nm_scalar { /* in order: later ones use earlier ones */
  uint8_t op;              /* IR_CONST, IR_INPUT (a: source), or an operation on scalars a, b, c */
  uint32_t a, b, c;
  double value;
} nm_scalar;

typedef struct nm_input {
  ir_source source;
  uint32_t index; /* of states: their place in the block */
} nm_input;

typedef struct nm_result {
  nm_target target;
  uint32_t index; /* of states: their place in the block */
  nm_operand value;
} nm_result;

typedef struct nm_program {
  nm_instruction *code;
  nm_scalar *scalars;
  nm_input *inputs;
  nm_result *results;
  size_t n_code, n_scalars, n_inputs, n_results, n_registers;
} nm_program;

/** Runs a program over n <= NM_CHUNK instances. in: [n_inputs](n), out: [n_results](n); out may be in. */
typedef void (*nm_kernel)(const nm_program *program, size_t n, const double *const *in, const double *scalar,
                          double *const *out, double *registers);
/** The same, compiled from C text. */
typedef void (*nm_compiled)(size_t n, const double *const *in, const double *scalar, double *const *out);

/** @brief Make the program of a task. Free its arrays with lg_nmodl_program_clear(), also after a failure. */
LG_MUST_CHECK lg_status lg_nmodl_program(lg_ctx *ctx, const nm_lowered *lowered, nm_task task, nm_program *out);
void lg_nmodl_program_clear(lg_ctx *ctx, nm_program *program);

/** @brief Values of all scalars: outside(source) gives v-independent inputs. */
void lg_nmodl_scalars(const nm_program *program, const double *by_source, double *scalar);

void lg_nmodl_run_plain(const nm_program *program, size_t n, const double *const *in, const double *scalar,
                        double *const *out, double *registers);
void lg_nmodl_run_v3(const nm_program *program, size_t n, const double *const *in, const double *scalar,
                     double *const *out, double *registers);
void lg_nmodl_run_v4(const nm_program *program, size_t n, const double *const *in, const double *scalar,
                     double *const *out, double *registers);
/** @brief The fastest interpreter that this machine can run. */
nm_kernel lg_nmodl_interpreter(void);

/** @brief Write the programs of all tasks as C (functions lg_task_0 …) with the text of base/elementary.h and
 * cable/nmodl_math.h. LG_ERR_MEMORY, or LG_OK and *text to be freed with lg_free. */
LG_MUST_CHECK lg_status lg_nmodl_c_text(lg_ctx *ctx, const nm_program *programs, const bool *has, char **text);

#endif
