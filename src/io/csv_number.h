/** @file csv_number.h @brief One cell of a CSV file as a number, the same in every locale. */
#ifndef LG_CSV_NUMBER_H
#define LG_CSV_NUMBER_H

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** @brief Parse a whole cell; "" and "nan" give NAN. False for words, hexadecimal numbers and trailing characters. */
static inline bool lg_csv_number(const char *cell, double *x) {
  char *end;
  if (cell[0] == '\0' || strcmp(cell, "nan") == 0 || strcmp(cell, "NaN") == 0 || strcmp(cell, "NA") == 0) {
    *x = (double)NAN;
    return true;
  }
  char local[80];
  const size_t n = strlen(cell);
  if (n >= sizeof local || strspn(cell, "0123456789+-.eE") != n) return false;
  /* a program that uses the library may have set a locale whose strtod wants a comma */
  memcpy(local, cell, n + 1);
  char *point = strchr(local, '.');
  if (point) *point = localeconv()->decimal_point[0];
  *x = strtod(local, &end);
  return *end == '\0' && end != local;
}

#endif
