/* importance.h - what a model's features are worth, and how they hang together. */
#ifndef LSTMFC_TOOL_IMPORTANCE_H
#define LSTMFC_TOOL_IMPORTANCE_H

#include "tool.h"

/* Columns of one indicator, or a series with its lags, shuffled together. */
typedef struct importance_group {
    char name[64];
    int32_t columns;
    double added, error;                /* mean loss added, and its standard error */
} importance_group;

typedef struct importance {
    importance_group *groups;           /* by what they add, the largest first; NULL = not measured */
    int32_t count, repeats;
    size_t block;                       /* bars that stay together */
    double loss;                        /* of the model as it is */
} importance;

enum { CORRELATIONS_MOST = 40 };
typedef struct correlations {
    double *matrix;                     /* [count][count], the target the last; NULL = not measured */
    char (*names)[64];                  /* [count] */
    int32_t count, left_out;            /* left_out: features, those that go least with the target */
    size_t rows;
    char missing[160];                  /* why there is none; "" when nobody asked */
} correlations;

#endif
