/* tanh, sigmoid and exp of test_simd.c over every float. For the compiler to have fmaf as one instruction the program is for machines
   that have it (x86: those with AVX2). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#  pragma GCC target("avx2,fma")
#endif
#define SLOW
#include "test_simd.c"
