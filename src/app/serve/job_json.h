/** @file job_json.h @brief A job, its files and an upload as JSON. */
#ifndef LG_SERVE_JOB_JSON_H
#define LG_SERVE_JOB_JSON_H

#include "app/serve/store_files.h"
#include "app/serve/store_jobs.h"
#include "data/json_writer.h"

/** @brief One job as an object; `summary` (what the command printed) only where asked for. */
void job_write(lg_json *w, const job_row *row, bool summary);
/** @brief One file of a job as an object: a job_file_fn whose argument is the lg_json. */
void job_write_file(void *json, const job_file *file);
/** @brief One upload as an object: an upload_fn. */
void job_write_upload(void *json, const upload_row *row);

#endif
