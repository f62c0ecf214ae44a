/* verify.h - what another program answered to some rows, kept in a model file, asked again. */
#ifndef LSTMFC_TOOL_VERIFY_H
#define LSTMFC_TOOL_VERIFY_H

#include "tool.h"

/* The member "verify" of a model file's "extra", as tools/convert.py writes it, and what came of it. */
typedef struct verify_result {
    int asked;                      /* 1: --verify was given; else nothing below counts */
    char reference[80];             /* who answered */
    size_t windows;
    double tolerance, largest;      /* of an answer, or of 1 where the answer is less: allowed, and seen */
} verify_result;

/* Runs the stored rows of the file `text` through the network; fills *out. Returns -1, or an exit code when the file stores none, or
   not as it should. A difference above the tolerance is told by verify_code, behind what is printed. */
int  verify_run(const options *o, const char *path, const char *text, size_t length, const lstmfc_model *model, verify_result *out);
void verify_describe(lstmfc_writer *w, const verify_result *v);
void verify_json(lstmfc_writer *w, const verify_result *v);
/* TOOL_OK, or TOOL_FAILURE and a message. */
int  verify_code(const options *o, const char *path, const verify_result *v);

#endif
