/* space.h - what `lstmfc tune` searches: a JSON object whose keys are flags of train.

     {"window": {"choice": [8, 16, 24]},                one of these
      "lr":     {"loguniform": [1e-5, 1e-2]},           a real number, even in its logarithm
      "l2":     {"uniform": [0, 0.001]},                a real number
      "units":  {"int": [8, 64]},                       a whole number, both ends included
      "layers": {"int": [1, 2]},
      "second": {"int": [8, 32], "if": {"layers": 2}},  only in trials where layers is 2 ([2, 3]: one of these)
      "top":    {"choice": ["| lstm {second}"], "if": {"layers": 2}},
      "model":  "lstm {units} {top} | dense 1 sigmoid", fixed; places filled
      "epochs": 30}                                     fixed

   A key that is no flag (units, second, top) fills the places {units} of texts, and must be used by one or by an "if".
   A place whose parameter is not in the trial is left empty. A name is used only below the line where it stands, so
   nothing can go in a circle. */
#ifndef LSTMFC_TOOL_SPACE_H
#define LSTMFC_TOOL_SPACE_H

#include "tool.h"
#include "tpe.h"

enum { SPACE_FIXED, SPACE_CHOICE, SPACE_UNIFORM, SPACE_LOGUNIFORM, SPACE_INT };

typedef struct space_condition {
    int parameter;                  /* which one, */
    char **values;                  /* and what it must be one of */
    int count;
} space_condition;

typedef struct space_parameter {
    char name[64];                  /* with _ for - */
    const lstmfc_field *field;      /* the flag of train; NULL: none, it fills places */
    int kind;
    double low, high;
    char **texts;                   /* of a choice, or the fixed one */
    int count;
    space_condition *conditions;
    int condition_count, used;
} space_parameter;

/* A point of it, x [count], holds for each parameter the number of the choice (fixed: 0), else the value; NaN: not in
   the trial. */
typedef struct space {
    space_parameter parameters[TPE_DIMENSIONS];
    int count;
    tpe_space sampler;              /* the same for the sampler; its dimensions are the parameters */
    char *text;                     /* the file */
    size_t length;
} space;

/* Reads and checks the file. `flags` knows the flags of train (tool_fit_options) and what tune's command line gave of
   them: flags win, a given one is fixed. epochs_fixed: it may not be searched. TOOL_OK, else said; space_free in any
   case. */
int  space_load(const options *o, const char *path, const options *flags, int epochs_fixed, space *s);
void space_free(space *s);
/* Whether there is anything to say of it: not fixed, and more than one value. */
int  space_varies(const space_parameter *p);
/* Appends the value as train would read it, places filled. Nothing for a parameter that is not in the trial. */
void space_value(const space *s, const double *x, int parameter, lstmfc_writer *w);
/* {"window":8,...}: what is in the trial and was not fixed, as a member of an object. */
void space_json(lstmfc_writer *w, const char *key, const space *s, const double *x);
/* The point of such an object. 0: it is not of this space. */
int  space_read(const space *s, const lstmfc_json *json, lstmfc_json_node object, double *x);
/* Rounds the reals of a point to the six digits that are written, so that a trial can be repeated from its text. */
void space_round(const space *s, double *x);

#endif
