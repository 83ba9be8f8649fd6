#include "twin/family.h"

static const lg_family *const table[] = {&lg_family_izhikevich, &lg_family_tm, &lg_family_izhikevich_search,
                                         &lg_family_klowkhigh_search, &lg_family_tm_search};

const lg_family *const *lg_families(size_t *n) {
  *n = sizeof table / sizeof table[0];
  return table;
}
