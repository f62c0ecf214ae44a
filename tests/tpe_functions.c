/* The sampler of `lstmfc tune` on functions whose least value is known, so that it can be held against random search,
   here, and against another program's (tests/tpe_compare.py).
     tpe_functions NAME random|tpe BUDGET SEED...       one line a seed: the least value that BUDGET points found
     tpe_functions values                               each function at a few points, for whoever writes it again
   branin and hartmann6 are those of every comparison (Dixon and Szego 1978), rosenbrock and ackley in 5 dimensions have
   a narrow valley and a flat plain, mixed is shaped as a search of networks is: choices, whole numbers, logarithms, and
   what only some points have. */
#define LSTMFC_STATIC
#define LSTMFC_IMPLEMENTATION
#include "../tools/lstmfc/tpe.c"

#include <stdio.h>

#define PI 3.14159265358979323846

static double branin(const double *x) {
    double a = x[1] - 5.1 / (4 * PI * PI) * x[0] * x[0] + 5 / PI * x[0] - 6;
    return a * a + 10 * (1 - 1 / (8 * PI)) * cos(x[0]) + 10;
}

static double hartmann6(const double *x) {
    static const double alpha[4] = {1, 1.2, 3, 3.2};
    static const double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8},
        {17, 8, 0.05, 10, 0.1, 14}};
    static const double p[4][6] = {{1312, 1696, 5569, 124, 8283, 5886}, {2329, 4135, 8307, 3736, 1004, 9991},
                                   {2348, 1451, 3522, 2883, 3047, 6650}, {4047, 8828, 8732, 5743, 1091, 381}};
    double sum = 0;
    int i, k;
    for (i = 0; i < 4; i++) {
        double s = 0;
        for (k = 0; k < 6; k++) s += a[i][k] * (x[k] - 1e-4 * p[i][k]) * (x[k] - 1e-4 * p[i][k]);
        sum -= alpha[i] * exp(-s);
    }
    return sum;
}

static double rosenbrock(const double *x) {
    double sum = 0;
    int i;
    for (i = 0; i < 4; i++) sum += 100 * (x[i + 1] - x[i] * x[i]) * (x[i + 1] - x[i] * x[i]) + (1 - x[i]) * (1 - x[i]);
    return sum;
}

static double ackley(const double *x) {
    double squares = 0, waves = 0;
    int i;
    for (i = 0; i < 5; i++) { squares += x[i] * x[i]; waves += cos(2 * PI * x[i]); }
    return 20 + exp(1.0) - 20 * exp(-0.2 * sqrt(squares / 5)) - exp(waves / 5);
}

/* 0 rate 1e-6..1e-1 by logarithm, 1 size of four, 2 layers 1..4, 3 kind of two, 4 dropout with two layers and more, 5
   momentum with kind 0, 6 decay 1e-6..1e-1 by logarithm with kind 1. Least value 0. */
static double mixed(const double *x) {
    static const double size[4] = {0.4, 0.1, 0, 0.2};
    double rate = (log10(x[0]) + 3 - 0.3 * (x[2] - 1)) / 2, sum = rate * rate + size[(int)x[1]];
    sum += x[2] > 1.5 ? 0.1 * fabs(x[2] - 3) + 4 * (x[4] - 0.25) * (x[4] - 0.25) : 0.35;
    if (x[3] < 0.5) sum += 0.1 + (x[5] - 0.9) * (x[5] - 0.9);
    else sum += (log10(x[6]) + 4) * (log10(x[6]) + 4) / 9;
    return sum;
}

static int mixed_present(const void *context, const double *x, int dimension) {
    (void)context;
    return dimension == 4 ? x[2] > 1.5 : (x[3] > 0.5) == (dimension == 6);
}

static const struct { const char *name; double (*value)(const double *x); tpe_space space; } functions[] = {
    {"branin", branin, {{{TPE_REAL, -5, 10, 0}, {TPE_REAL, 0, 15, 0}}, 2, NULL, NULL}},
    {"hartmann6", hartmann6, {{{TPE_REAL, 0, 1, 0}, {TPE_REAL, 0, 1, 0}, {TPE_REAL, 0, 1, 0}, {TPE_REAL, 0, 1, 0},
                               {TPE_REAL, 0, 1, 0}, {TPE_REAL, 0, 1, 0}}, 6, NULL, NULL}},
    {"rosenbrock", rosenbrock, {{{TPE_REAL, -5, 10, 0}, {TPE_REAL, -5, 10, 0}, {TPE_REAL, -5, 10, 0},
                                 {TPE_REAL, -5, 10, 0},
                                 {TPE_REAL, -5, 10, 0}}, 5, NULL, NULL}},
    {"ackley", ackley, {{{TPE_REAL, -32.768, 32.768, 0}, {TPE_REAL, -32.768, 32.768, 0}, {TPE_REAL, -32.768, 32.768, 0},
                         {TPE_REAL, -32.768, 32.768, 0}, {TPE_REAL, -32.768, 32.768, 0}}, 5, NULL, NULL}},
    {"mixed", mixed, {{{TPE_LOG, 1e-6, 1e-1, 0}, {TPE_CHOICE, 0, 3, 0}, {TPE_WHOLE, 1, 4, 0}, {TPE_CHOICE, 0, 1, 0},
                       {TPE_REAL, 0, 0.6, 1}, {TPE_REAL, 0, 1, 1}, {TPE_LOG, 1e-6, 1e-1, 1}}, 7, mixed_present, NULL}}
};
enum { FUNCTIONS = (int)(sizeof functions / sizeof functions[0]), MOST = 2000 };

static double search(int f, int with_tpe, int budget, uint64_t seed) {
    static double points[MOST][TPE_DIMENSIONS];
    static tpe_observation observations[MOST];
    double least = 1e308;
    int i;
    for (i = 0; i < budget; i++) {
        lstmfc_rng rng;
        lstmfc_rng_seed(&rng, lstmfc_hash(seed, (uint64_t)i));
        if (!with_tpe) tpe_random(&functions[f].space, &rng, points[i]);
        else if (!tpe_suggest(&functions[f].space, i, observations, &rng, points[i])) exit(1);
        memset(&observations[i], 0, sizeof observations[i]);
        observations[i].x = points[i];
        observations[i].value = functions[f].value(points[i]);
        if (observations[i].value < least) least = observations[i].value;
    }
    return least;
}

static int print_values(void) {
    int f, i, k;
    for (f = 0; f < FUNCTIONS; f++)
        for (i = 0; i < 5; i++) {
            double x[TPE_DIMENSIONS];
            lstmfc_rng rng;
            lstmfc_rng_seed(&rng, (uint64_t)i);
            tpe_random(&functions[f].space, &rng, x);
            printf("%s %.17g", functions[f].name, functions[f].value(x));
            for (k = 0; k < functions[f].space.count; k++) printf(lstmfc_is_nan(x[k]) ? " -" : " %.17g", x[k]);
            printf("\n");
        }
    return 0;
}

int main(int argc, char **argv) {
    int f, a, budget = argc > 3 ? atoi(argv[3]) : 0;
    if (argc == 2 && !strcmp(argv[1], "values")) return print_values();
    for (f = 0; f < FUNCTIONS && argc > 4; f++) {
        if (strcmp(argv[1], functions[f].name) || budget < 1 || budget > MOST) continue;
        for (a = 4; a < argc; a++)
            printf("%s %.17g\n", argv[a], search(f, !strcmp(argv[2], "tpe"), budget, (uint64_t)atoi(argv[a])));
        return 0;
    }
    fprintf(stderr, "usage: tpe_functions NAME random|tpe BUDGET SEED... | values\n");
    return 2;
}
