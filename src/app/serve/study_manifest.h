/**
 * @file study_manifest.h
 * @brief The texts of a study that are hashed: its manifest, and what a review or signature vouches for.
 *
 * Written by the server, recomputed by `loligo study verify`.
 */
#ifndef LG_SERVE_STUDY_MANIFEST_H
#define LG_SERVE_STUDY_MANIFEST_H

#include "app/serve/store_studies.h"
#include "data/json_writer.h"

#define STUDY_SCHEMA "loligo-study/1"

enum { STUDY_PATH = 512 };

/** @brief SHA-256 over the fields of an act (but `sha256`) and the number of its study. */
LG_MUST_CHECK lg_status study_act_hash(lg_ctx *ctx, int64_t study, const study_act *act, char sha256[BLOB_HEX]);

/**
 * @brief Where a file lies in an exported study: files/02-job-7/output/scr/results.csv. Names that are no safe path get
 * a number and safe letters.
 */
void study_file_path(const study_item *item, const study_file *file, size_t k, char path[STUDY_PATH]);

/** @brief The codes as an array. */
void study_write_subjects(lg_json *w, const char *subjects);
/** @brief What the manifest and the API say of an item, inside an object that is begun; leaves the array of its files
 * open. */
void study_write_item(lg_json *w, const study_item *item);
/** @brief One of its files as an object. @param path where it lies in an export; NULL: not said */
void study_write_file(lg_json *w, const study_file *file, const char *path);
/** @brief An act as an object, as exports and the API have it. */
void study_write_act(lg_json *w, const study_act *act);

#endif
