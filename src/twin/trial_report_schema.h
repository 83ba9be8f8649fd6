/** @file trial_report_schema.h @brief The keys of trial.json: one table per kind of record. */
#ifndef LG_TWIN_TRIAL_REPORT_SCHEMA_H
#define LG_TWIN_TRIAL_REPORT_SCHEMA_H

#include "twin/report_schema.h"
#include "twin/trial_report_view.h"

#define LG_TRIAL_SCHEMA "loligo-trial/1"

extern const lg_record lg_record_trial_head /* of lg_trial_report_data */, lg_record_trial_drug, lg_record_trial_target,
    lg_record_trial_metric, lg_record_trial_dose, lg_record_trial_flag, lg_record_trial_liability;

#endif
