/* tpe.h - where to look next: random search and the tree-structured Parzen estimator. It knows nothing of networks:
   numbers in, a point out, so that it can be tried on functions whose least value is known (tests/tpe_functions.c). */
#ifndef LSTMFC_TOOL_TPE_H
#define LSTMFC_TOOL_TPE_H

#include "../../lstmfc.h"

enum { TPE_DIMENSIONS = 64 };
enum { TPE_REAL, TPE_LOG, TPE_WHOLE, TPE_CHOICE };      /* TPE_LOG: a real above 0, searched by its logarithm */

typedef struct tpe_dimension {
    int kind;
    double low, high;               /* both ends may be drawn; of a choice 0 and the number of the last one */
    int conditional;                /* 1: some points do without it */
} tpe_dimension;

typedef struct tpe_space {
    tpe_dimension dimensions[TPE_DIMENSIONS];
    int count;
    /* Whether a point whose dimensions before this one stand in x has this one. Asked of conditional ones alone, in
       order. */
    int (*present)(const void *context, const double *x, int dimension);
    const void *context;
} tpe_space;

/* A point that was tried. The one with the higher rung is the better one (it was worth more epochs), then the one with
   the smaller value. pending: it runs, and nothing is known of it yet. */
typedef struct tpe_observation {
    const double *x;                /* [count]; NaN: the point does without this dimension */
    double value;
    int rung, pending;
} tpe_observation;

/* The next point, x [count], uniform over the space. */
void tpe_random(const tpe_space *space, lstmfc_rng *rng, double *x);
/* The next point by what was found: observations [n] in the order in which they were begun. 0: out of memory. */
int  tpe_suggest(const tpe_space *space, int n, const tpe_observation *observations, lstmfc_rng *rng, double *x);
/* How much each dimension matters, importance [count], of sum 1; NaN for all with fewer than TPE_LEAST known points. 0:
   out of memory. */
enum { TPE_LEAST = 10 };
int  tpe_importance(const tpe_space *space, int n, const tpe_observation *observations, double *importance);

#endif
