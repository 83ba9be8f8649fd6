/** @file drug_json.h @brief A drug of the table as JSON. */
#ifndef LG_TWIN_DRUG_JSON_H
#define LG_TWIN_DRUG_JSON_H

#include "data/json_writer.h"
#include "twin/drug.h"

/** @brief Write the keys of a drug into the object that is open: name, id, class … targets. */
void lg_drug_json(const lg_drug *drug, lg_json *w);

#endif
