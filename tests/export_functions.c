/* The functions that exported code carries against those of the library, over the floats from end to end, bit by bit: for tests/test_export.sh.
   m.h is of a network in which every activation occurs, n.h of a forecaster with scaler log. */
#define LSTMFC_STATIC
#define LSTMFC_STRICT
#define LSTMFC_NO_SIMD
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#define M_IMPLEMENTATION
#include "m.h"
#define N_IMPLEMENTATION
#include "n.h"
#include <stdio.h>

static int bad;

static void same(const char *what, float x, float ours, float theirs) {
    if (!memcmp(&ours, &theirs, sizeof ours) || (ours != ours && theirs != theirs)) return;
    if (bad++ < 5) printf("%s(%.9g) is %.9g, not %.9g\n", what, (double)x, (double)ours, (double)theirs);
}

static void same_double(const char *what, double x, double ours, double theirs) {
    if (!memcmp(&ours, &theirs, sizeof ours) || (ours != ours && theirs != theirs)) return;
    if (bad++ < 5) printf("%s(%.17g) is %.17g, not %.17g\n", what, x, ours, theirs);
}

static void row(const char *what, void (*ours)(int32_t, const float *, float *), int32_t theirs, float x) {
    float a, b;
    ours(1, &x, &a);
    lstmfc_activation_forward(theirs, 1, 1, &x, &b);
    same(what, x, a, b);
}

int main(void) {
    lstmfc_rng rng;
    uint32_t k, count = 0;
    uint64_t bits;
    for (bits = 0; bits < (uint64_t)1 << 32; bits += 2039) {            /* a prime: every sign, exponent and last bit */
        float x = lstmfc__from_float_bits((uint32_t)bits);
        same("exp", x, m__exp(x), lstmfc__real_exp(x));
        same("sigmoid", x, m__sigmoid(x), lstmfc__real_sigmoid(x));
        same("tanh", x, m__tanh(x), lstmfc__real_tanh(x));
        same("tanh_parts", x, m__tanh_parts(x), lstmfc__real_tanh_parts(x));
        same("one_plus_exp", x, m__one_plus_exp(x), lstmfc__lstm_one_plus_exp(x));
        row("relu", m__relu, LSTMFC_RELU, x);
        row("swish", m__swish, LSTMFC_SWISH, x);
        count++;
    }
    for (bits = 0; bits < (uint64_t)1 << 32; bits += 65537) {           /* in double: where the answer lives, the rounding to a float hides little */
        float x = lstmfc__from_float_bits((uint32_t)bits);
        row("gelu", m__gelu, LSTMFC_GELU, x);
        row("softplus", m__softplus, LSTMFC_SOFTPLUS, x);
        same_double("erf", (double)x, m__erf((double)x), lstmfc__erf((double)x));
        same_double("exp_double", (double)x, m__exp_double((double)x), lstmfc_exp((double)x));
        same_double("softplus_double", (double)x, m__softplus_double((double)x), lstmfc__activation_softplus((double)x));
    }
    lstmfc_rng_seed(&rng, 3);
    for (k = 0; k < 1000000; k++) {
        double z = 12 * lstmfc_rng_normal(&rng), x = lstmfc_rng_uniform(&rng) * lstmfc__power_of_two((int32_t)lstmfc_rng_below(&rng, 2000) - 1000);
        if (x < 1e-300) continue;
        same_double("sqrt", x, m__sqrt(x), sqrt(x));
        same_double("log", x, n__log(x), lstmfc_log(x));
        if (k % 10) continue;
        same_double("exp_double", z, m__exp_double(40 * z), lstmfc_exp(40 * z));
        same_double("erf", z, m__erf(z / 12), lstmfc__erf(z / 12));
        same_double("softplus_double", z, m__softplus_double(z), lstmfc__activation_softplus(z));
    }
    if (!bad) printf("%lu floats\n", (unsigned long)count);
    else printf("%d differ\n", bad);
    return bad != 0;
}
