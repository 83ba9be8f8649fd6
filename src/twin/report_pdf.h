/** @file report_pdf.h @brief The tables of a clone's pages, each of one file's worth. */
#ifndef LG_REPORT_PDF_H
#define LG_REPORT_PDF_H

#include "twin/report_html.h"
#include "twin/report_paper.h"

void lg_pdf_parameters(lg_paper *p, const lg_report_view *v);
void lg_pdf_features(lg_paper *p, const lg_report_view *v);
void lg_pdf_card(lg_paper *p, const lg_report_view *v);

#endif
