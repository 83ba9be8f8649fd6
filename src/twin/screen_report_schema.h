/** @file screen_report_schema.h @brief The keys of screen.json: one table per kind of record. */
#ifndef LG_TWIN_SCREEN_REPORT_SCHEMA_H
#define LG_TWIN_SCREEN_REPORT_SCHEMA_H

#include "twin/report_schema.h"
#include "twin/screen_report_view.h"

#define LG_SCREEN_SCHEMA "loligo-screen/1"

extern const lg_record lg_record_screen_head /* of lg_screen_report_data */, lg_record_screen_compound,
    lg_record_screen_failure;

/** A number of every cell: one array per compound. */
typedef struct lg_screen_column {
  const char *key;
  size_t offset; /* of the member of lg_screen_cell */
} lg_screen_column;
enum { LG_SCREEN_COLUMNS = 5 };
extern const lg_screen_column lg_screen_columns[LG_SCREEN_COLUMNS];

#endif
