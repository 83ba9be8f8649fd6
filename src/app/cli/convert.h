/** @file convert.h @brief The parts of loligo convert. */
#ifndef LG_CLI_CONVERT_H
#define LG_CLI_CONVERT_H

#include "app/cli/cli.h"
#include "data/provenance.h"

/** What was written; `writing` tells that a failure belongs to the output. */
typedef struct convert_summary {
  const char *what; /* "sweeps", "rows", "parameters", "tensors" */
  size_t n;
  bool writing;
} convert_summary;

bool convert_ends_in(const char *path, const char *ending);

/** Twin or model: .csv is the table of parameters, .json the plain model. */
LG_MUST_CHECK lg_status convert_document(cli_run *run, const char *in, const char *out, convert_summary *s);

/** safetensors: .h5 holds every tensor, .npy one. */
LG_MUST_CHECK lg_status convert_tensors(cli_run *run, const char *in, const char *out, convert_summary *s);

#endif
