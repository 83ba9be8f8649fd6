/** @file audit_rows.h @brief Rows of the audit as CSV and as JSON, for the API and the command line alike. */
#ifndef LG_SERVE_AUDIT_ROWS_H
#define LG_SERVE_AUDIT_ROWS_H

#include "app/serve/store_audit.h"
#include "data/json_writer.h"

/** @brief The line of names. */
void audit_csv_head(FILE *f);
/**
 * @brief One row; time in ISO 8601 (UTC) and as ms since 1970. Text that a spreadsheet would take for a formula begins
 * with an apostrophe.
 */
void audit_csv_row(FILE *f, const audit_row *row);
/** @brief One row as an object: an audit_row_fn whose argument is the lg_json. */
void audit_json_row(void *json, const audit_row *row);

#endif
