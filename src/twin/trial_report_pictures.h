/** @file trial_report_pictures.h @brief The figures of a trial with the sizes they are drawn in. */
#ifndef LG_TWIN_TRIAL_REPORT_PICTURES_H
#define LG_TWIN_TRIAL_REPORT_PICTURES_H

#include "twin/report_folder.h"
#include "twin/trial_report_view.h"

enum { LG_TRIAL_DOSE = 0, LG_TRIAL_FI, LG_TRIAL_TRACES, LG_TRIAL_PICTURES };
/** @brief Fill pictures (LG_TRIAL_PICTURES) for a file or a wide page, or for a narrow one. */
void lg_trial_pictures(const lg_trial_view *view, bool narrow, lg_picture *pictures);

#endif
