#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include <fenv.h>
#ifdef __SSE2__
#  include <xmmintrin.h>
#endif
#include <float.h>
#include <locale.h>

static lstmfc_rng rng;
static int quick;           /* LSTMFC_QUICK: under valgrind and in emulators fewer rounds */
#ifdef SLOW                 /* tests/slow_numbers.c: every round */
#  define ROUNDS(n) (n)
#else
#  define ROUNDS(n) (quick ? (n) / 50 : (n) / 4)
#endif

/* ---- random numbers ---- */

TEST(splitmix64) {      /* values published with the algorithm */
    static const char *const expected[] = { "6457827717110365317", "3203168211198807973", "9817491932198370423", "4593380528125082431", "16408922859458223821" };
    char text[32];
    int i;
    lstmfc_rng r;
    lstmfc_rng_seed(&r, 1234567);
    for (i = 0; i < 5; i++) {
        sprintf(text, "%llu", (unsigned long long)lstmfc_rng_next(&r));
        CHECK_TEXT(text, expected[i]);
    }
    lstmfc_rng_seed(&r, 77);
    for (i = 0; i < 100; i++) CHECK(lstmfc_rng_next(&r) == lstmfc_hash(77, (uint64_t)i));
}

TEST(distributions) {
    lstmfc_moments uniform = {0, 0, 0}, normal = {0, 0, 0};
    int64_t seen[7] = {0, 0, 0, 0, 0, 0, 0}, tail = 0;
    int i;
    lstmfc_rng r;
    lstmfc_rng_seed(&r, 5);
    for (i = 0; i < 200000; i++) {
        double u = lstmfc_rng_uniform(&r), z = lstmfc_rng_normal(&r);
        CHECK(u >= 0 && u < 1);
        lstmfc_moments_add(&uniform, u);
        lstmfc_moments_add(&normal, z);
        tail += z > 1.959963985 || z < -1.959963985;
        seen[lstmfc_rng_below(&r, 7)]++;
    }
    CHECK_CLOSE(uniform.mean, 0.5, 0, 0.003);                               /* 4.6 standard errors */
    CHECK_NEAR(lstmfc_moments_variance(&uniform, 1), 1.0 / 12, 0.01);
    CHECK_CLOSE(normal.mean, 0, 0, 0.01);
    CHECK_NEAR(lstmfc_moments_variance(&normal, 1), 1, 0.015);
    CHECK_CLOSE((double)tail / 200000, 0.05, 0, 0.0025);
    for (i = 0; i < 7; i++) CHECK_NEAR((double)seen[i], 200000.0 / 7, 0.03);
    for (i = 0; i < 100; i++) CHECK(lstmfc_rng_below(&r, 1) == 0);
    for (i = 0; i < 1000; i++) CHECK(lstmfc_rng_below(&r, (uint64_t)3 << 62) < (uint64_t)3 << 62);
}

TEST(moments) {
    lstmfc_moments m = {0, 0, 0};
    int i;
    CHECK(lstmfc_is_nan(lstmfc_moments_variance(&m, 0)));
    for (i = 1; i <= 4; i++) lstmfc_moments_add(&m, 1e9 + i);
    CHECK_NEAR(m.mean, 1e9 + 2.5, 0);
    CHECK_NEAR(lstmfc_moments_variance(&m, 0), 1.25, 1e-15);
    CHECK_NEAR(lstmfc_moments_variance(&m, 1), 5.0 / 3, 1e-15);
    CHECK(lstmfc_is_nan(lstmfc_moments_variance(&m, 4)));
}

/* ---- elementary functions ---- */

#if LDBL_MANT_DIG >= 64
/* Nothing to compare with: valgrind computes long double with the 53 bits of a double, and so do the functions of some C libraries
   (musl's with 113 bits, which Emscripten has). */
static int narrow(void) {
    volatile long double one = 1, tiny = LDBL_EPSILON, e = expl(one);
    return one + tiny == one || e == (double)e;
}
static double ulps(double got, long double want) {  /* |got - want| in units of the last place of want */
    int e;
    if (want == 0) return got == 0 ? 0 : 1e9;
    frexpl(want, &e);
    return (double)(fabsl((long double)got - want) / ldexpl(1, e - 53 < -1074 ? -1074 : e - 53));
}

static void sweep(const char *name, double (*ours)(double), long double (*reference)(long double), double low, double high, double limit) {
    double worst = 0, at = low;
    int i;
    for (i = 0; i < ROUNDS(30000); i++) {
        double x = low + (high - low) * lstmfc_rng_uniform(&rng), u = ulps(ours(x), reference((long double)x));
        if (!(u <= worst)) { worst = u; at = x; }
    }
    if (!CHECK(worst < limit)) printf("    %s in [%g, %g]: %.2f ulp at %.17g\n", name, low, high, worst, at);
}

static long double sigmoid_reference(long double x) { return 1 / (1 + expl(-x)); }

TEST(elementary) {
    static const double ends[] = { -745, 709, -30, 30, -1, 1, -1e-3, 1e-3, -1e-9, 1e-9 };
    size_t i;
    if (narrow()) SKIP("long double or its functions are no more exact than double here");
    lstmfc_rng_seed(&rng, 1);
    for (i = 0; i < 10; i += 2) {
        sweep("exp", lstmfc_exp, expl, ends[i], ends[i + 1], 1);
        sweep("expm1", lstmfc_expm1, expm1l, ends[i], ends[i + 1], 2);
        sweep("tanh", lstmfc_tanh, tanhl, ends[i], ends[i + 1], 2);
        sweep("sigmoid", lstmfc_sigmoid, sigmoid_reference, ends[i], ends[i + 1], 2);
        sweep("erf", lstmfc__erf, erfl, ends[i], ends[i + 1], 2);
        sweep("sin", lstmfc_sin, sinl, ends[i], ends[i + 1], 1);
        sweep("cos", lstmfc_cos, cosl, ends[i], ends[i + 1], 1);
    }
    sweep("tanh", lstmfc_tanh, tanhl, 0.1, 1.5, 2);
    sweep("erf", lstmfc__erf, erfl, 0.5, 3, 2);
    sweep("erfc", lstmfc__erfc_far, erfcl, 1, 26, 8);
    sweep("log", lstmfc_log, logl, 0, 10, 1);
    sweep("log", lstmfc_log, logl, 0.9, 1.1, 1);
    sweep("log", lstmfc_log, logl, 1e290, 1e308, 1);
    sweep("log", lstmfc_log, logl, 0, 1e-307, 1);
    sweep("log1p", lstmfc_log1p, log1pl, -0.99999, 3, 1);
    sweep("log1p", lstmfc_log1p, log1pl, -1e-6, 1e-6, 1);
    sweep("log1p", lstmfc_log1p, log1pl, 1, 1e18, 1);
    sweep("sin", lstmfc_sin, sinl, -1e6, 1e6, 1);
    sweep("cos", lstmfc_cos, cosl, -1e6, 1e6, 1);
}

TEST(powers) {
    double worst = 0;
    int i;
    if (narrow()) SKIP("long double or its functions are no more exact than double here");
    lstmfc_rng_seed(&rng, 2);
    for (i = 0; i < ROUNDS(30000); i++) {
        double x = lstmfc_exp(40 * (lstmfc_rng_uniform(&rng) - 0.5)), y = 70 * (lstmfc_rng_uniform(&rng) - 0.5), u;
        if (i % 3 == 0) x = 1 + (x - 1) * 1e-7 / (x + 1), y *= 1e7;
        u = ulps(lstmfc_pow(x, y), powl(x, y));
        if (lstmfc_is_finite(lstmfc_pow(x, y)) && !(u <= worst)) worst = u;
    }
    if (!CHECK(worst < 1)) printf("    pow: %.2f ulp\n", worst);
}
#else
TEST(elementary) { SKIP("long double is no wider than double here"); }
TEST(powers)     { SKIP("long double is no wider than double here"); }
#endif

TEST(special_values) {
    const double inf = HUGE_VAL, nan = lstmfc_nan();
    double (*const functions[])(double) = { lstmfc_exp, lstmfc_expm1, lstmfc_log, lstmfc_log1p, lstmfc_sin, lstmfc_cos, lstmfc_tanh, lstmfc_sigmoid, lstmfc__erf, lstmfc_sqrt };
    size_t i;
    for (i = 0; i < sizeof functions / sizeof functions[0]; i++) CHECK(lstmfc_is_nan(functions[i](nan)));
    CHECK(lstmfc_exp(inf) == inf && lstmfc_exp(-inf) == 0 && lstmfc_exp(0) == 1 && lstmfc_exp(710) == inf && lstmfc_exp(-746) == 0);
    CHECK(lstmfc_exp(-745) == 4.9406564584124654e-324 && lstmfc_exp(709.78) < inf);
    CHECK(lstmfc_expm1(inf) == inf && lstmfc_expm1(-inf) == -1 && lstmfc_expm1(0) == 0 && lstmfc_expm1(1e-300) == 1e-300);
    CHECK(lstmfc_log(0) == -inf && lstmfc_log(1) == 0 && lstmfc_log(inf) == inf && lstmfc_is_nan(lstmfc_log(-1)));
    CHECK(lstmfc_log1p(-1) == -inf && lstmfc_log1p(inf) == inf && lstmfc_is_nan(lstmfc_log1p(-2)));
    CHECK(lstmfc_tanh(inf) == 1 && lstmfc_tanh(-inf) == -1 && lstmfc_tanh(-0.3) == -lstmfc_tanh(0.3) && lstmfc_tanh(1e-300) == 1e-300);
    CHECK(lstmfc_sigmoid(inf) == 1 && lstmfc_sigmoid(-inf) == 0 && lstmfc_sigmoid(0) == 0.5);
    CHECK(lstmfc__erf(inf) == 1 && lstmfc__erf(-inf) == -1);
    CHECK(lstmfc_is_nan(lstmfc_sin(inf)) && lstmfc_is_nan(lstmfc_cos(2e6)) && lstmfc_sin(0) == 0 && lstmfc_cos(0) == 1);
    CHECK(lstmfc_pow(2, 10) == 1024 && lstmfc_pow(10, -2) == 0.01 && lstmfc_pow(7, 0) == 1 && lstmfc_pow(1, nan) == 1 && lstmfc_pow(0, 2) == 0);
    CHECK(lstmfc_pow(0, -1) == inf && lstmfc_pow(2, 1e300) == inf && lstmfc_pow(2, -1e300) == 0 && lstmfc_pow(0.5, inf) == 0 && lstmfc_pow(2, inf) == inf);
    CHECK(lstmfc_is_nan(lstmfc_pow(-1, 2)) && lstmfc_is_nan(lstmfc_pow(2, nan)) && lstmfc_pow(inf, -1) == 0 && lstmfc_pow(10, 22) == 1e22);
    CHECK(lstmfc_is_finite(1e308) && !lstmfc_is_finite(inf) && !lstmfc_is_finite(-inf) && !lstmfc_is_finite(nan));
    CHECK(!lstmfc_is_nan(inf) && !lstmfc_is_nan(0) && lstmfc_is_nan(-nan));
}

TEST(real_functions) {  /* the versions for the inner loops, in float */
    double worst_exp = 0, worst_tanh = 0, worst_sigmoid = 0, e;
    float last = 0, x;
    int i;
    lstmfc_rng_seed(&rng, 3);
    for (i = 0; i < ROUNDS(200000); i++) {
        x = (float)(172 * (lstmfc_rng_uniform(&rng) - 0.5));
        e = fabs((double)lstmfc__real_exp(x) / lstmfc_exp((double)x) - 1);
        if (!(e <= worst_exp)) worst_exp = e;
        x = (float)(24 * (lstmfc_rng_uniform(&rng) - 0.5)) * (i & 1 ? 1.0f : i & 2 ? 0.05f : 1e-4f);
        e = fabs((double)lstmfc__real_tanh(x) / lstmfc_tanh((double)x) - 1);
        if (!(e <= worst_tanh)) worst_tanh = e;
        e = fabs((double)lstmfc__real_sigmoid(x) / lstmfc_sigmoid((double)x) - 1);
        if (!(e <= worst_sigmoid)) worst_sigmoid = e;
        CHECK(lstmfc__real_tanh(-x) == -lstmfc__real_tanh(x));
    }
    CHECK(worst_exp < 3e-7 && worst_tanh < 3e-7 && worst_sigmoid < 3e-7);
    for (x = -12; x < 12; x += 1.0f / 1024) {
        float y = lstmfc__real_tanh(x);
        CHECK(x == -12 || y >= last - 1.2e-7f);
        CHECK(y >= -1 && y <= 1);
        last = y;
    }
    CHECK(lstmfc__real_tanh(9.2f) == 1 && lstmfc__real_tanh(1e30f) == 1 && lstmfc__real_tanh(-1e30f) == -1 && lstmfc__real_tanh(0) == 0);
    CHECK(lstmfc__real_tanh((float)HUGE_VAL) == 1 && lstmfc__real_sigmoid((float)HUGE_VAL) == 1 && lstmfc__real_sigmoid(-200) < 1e-37f);
    CHECK(lstmfc__real_exp(0) == 1 && lstmfc__real_exp(-1000) < 1e-37f && lstmfc__real_exp(1000) == (lstmfc_real)HUGE_VAL);
    CHECK(lstmfc_is_nan((double)lstmfc__real_exp((lstmfc_real)lstmfc_nan())) && lstmfc_is_nan((double)lstmfc__real_tanh((lstmfc_real)lstmfc_nan())));
    CHECK(lstmfc_is_nan((double)lstmfc__real_sigmoid((lstmfc_real)lstmfc_nan())));
}

/* ---- number and text ---- */

static double random_double(void) {
    double x;
    do {
        uint64_t bits = lstmfc_rng_next(&rng);
        if (lstmfc_rng_below(&rng, 2)) bits = (bits & ~((uint64_t)0x7ff << 52)) | (1003 + lstmfc_rng_below(&rng, 60)) << 52;    /* everyday sizes */
        memcpy(&x, &bits, sizeof x);
    } while (!lstmfc_is_finite(x));
    return x;
}

TEST(double_round_trip) {
    char text[64];
    int i, digits;
    lstmfc_rng_seed(&rng, 4);
    for (i = 0; i < ROUNDS(1 << 20); i++) {
        double x = random_double(), back = 0, c_library;
        size_t length;
        if (i % 7 == 0) {       /* powers of two and their neighbours: where the gaps change */
            uint64_t bits = lstmfc_rng_below(&rng, 2047) << 52;
            bits += lstmfc_rng_below(&rng, 3) - 1;
            memcpy(&x, &bits, sizeof x);
            if (!lstmfc_is_finite(x)) continue;
        }
        length = lstmfc_format_double(text, x);
        CHECK(length < 32 && strlen(text) == length);
        CHECK(lstmfc_parse_double(text, length, &back) == length && memcmp(&back, &x, sizeof x) == 0);
        if (i % 4) continue;
        c_library = strtod(text, NULL);
        CHECK(memcmp(&c_library, &x, sizeof x) == 0);
        if (i % 16) continue;       /* shortest: printf with one digit less does not read back */
        for (digits = 0, length = 0; text[length] && text[length] != 'e'; length++) digits += text[length] >= '0' && text[length] <= '9' && (digits || text[length] != '0');
        if (digits > 1 && !strchr(text, '.') && !strchr(text, 'e')) continue;       /* an integer in full */
        if (digits > 1) {
            sprintf(text, "%.*e", digits - 2, x);
            c_library = strtod(text, NULL);
            CHECK(c_library != x);
        }
    }
}

TEST(float_round_trip) {
    char text[64];
    int i;
    lstmfc_rng_seed(&rng, 5);
    for (i = 0; i < ROUNDS(1 << 20); i++) {
        uint32_t bits = (uint32_t)lstmfc_rng_next(&rng);
        float x, direct, narrowed;
        double wide = 0;
        size_t length;
        if (i % 7 == 0) bits = ((uint32_t)lstmfc_rng_below(&rng, 255) << 23) + (uint32_t)lstmfc_rng_below(&rng, 3) - 1;
        memcpy(&x, &bits, sizeof x);
        if (!lstmfc_is_finite((double)x)) continue;
        length = lstmfc__format_float(text, x);
        CHECK(length < 32 && strlen(text) == length && lstmfc_parse_double(text, length, &wide) == length);
        narrowed = (float)wide;
        CHECK(memcmp(&narrowed, &x, sizeof x) == 0);
        if (i % 4) continue;
        direct = strtof(text, NULL);
        CHECK(memcmp(&direct, &x, sizeof x) == 0);
    }
}

TEST(shortest_known) {
    static const struct { double value; const char *text; } known[] = {
        { 0, "0" }, { 1, "1" }, { 0.1, "0.1" }, { 100, "100" }, { 1e22, "1e22" }, { 1e23, "1e23" }, { 123456789, "123456789" },
        { 5e-324, "5e-324" }, { 1.7976931348623157e308, "1.7976931348623157e308" }, { 2.2250738585072014e-308, "2.2250738585072014e-308" },
        { 9007199254740993.0, "9007199254740992" }, { 5.684341886080802e-14, "5.684341886080802e-14" }, { 0.3, "0.3" }, { 0.1 + 0.2, "0.30000000000000004" },
        { -1.5, "-1.5" }, { 1e-5, "0.00001" }, { 1.25e-6, "1.25e-6" }, { 1e16, "10000000000000000" }, { 1e17, "1e17" }, { 299792458.5, "299792458.5" } };
    char text[32];
    size_t i;
    double minus = -0.0;
    for (i = 0; i < sizeof known / sizeof known[0]; i++) { lstmfc_format_double(text, known[i].value); CHECK_TEXT(text, known[i].text); }
    lstmfc_format_double(text, minus); CHECK_TEXT(text, "-0");
    lstmfc_format_double(text, lstmfc_nan()); CHECK_TEXT(text, "nan");
    lstmfc_format_double(text, HUGE_VAL); CHECK_TEXT(text, "inf");
    lstmfc_format_double(text, -HUGE_VAL); CHECK_TEXT(text, "-inf");
    lstmfc__format_float(text, 0.1f); CHECK_TEXT(text, "0.1");
    lstmfc__format_float(text, 16777216.0f); CHECK_TEXT(text, "16777216");
    lstmfc__format_float(text, 3.4028235e38f); CHECK_TEXT(text, "3.4028235e38");
    lstmfc__format_float(text, 1e-45f); CHECK_TEXT(text, "1e-45");
    lstmfc__format_float(text, 1.17549435e-38f); CHECK_TEXT(text, "1.1754944e-38");
    lstmfc_format_int(text, INT64_MIN); CHECK_TEXT(text, "-9223372036854775808");
}

/* Of the texts with the fewest digits the closest: printf rounds to as many digits, and gives the same ones or a text that does not
   read back (below a power of two, where the interval is narrower). */
TEST(shortest_is_closest) {
    char text[32], digits[32], printed[40];
    int i, n, k;
    lstmfc_rng_seed(&rng, 8);
    for (i = 0; i < ROUNDS(200000); i++) {
        uint64_t bits = lstmfc_rng_next(&rng) & ~((uint64_t)1 << 63);
        double x, back;
        if (i % 4 == 1) bits = lstmfc_rng_below(&rng, 2047) << 52;                          /* powers of two */
        if (i % 4 == 2) bits >>= 12 + lstmfc_rng_below(&rng, 50);                           /* subnormal */
        memcpy(&x, &bits, sizeof x);
        if (i % 4 == 3) x = (double)(bits >> (11 + lstmfc_rng_below(&rng, 40))) / (double)((uint64_t)1 << lstmfc_rng_below(&rng, 50));   /* ties */
        if (!lstmfc_is_finite(x) || x == 0) continue;
        lstmfc_format_double(text, x);
        for (n = 0, k = 0; text[k] && text[k] != 'e'; k++) if (text[k] != '.' && (n || text[k] != '0')) digits[n++] = text[k];
        while (n && digits[n - 1] == '0') n--;
        sprintf(printed, "%.*e", n - 1, x);
        back = strtod(printed, NULL);
        if (back != x) continue;
        for (k = 0; k < n; k++) if (printed[k ? k + 1 : 0] != digits[k]) break;
        if (!CHECK(k == n)) printf("    %s, printf %s\n", text, printed);
    }
}

static uint64_t text_hash(uint64_t hash, const char *text) {    /* FNV-1a, with the NUL */
    do hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211); while (*text++);
    return hash;
}

TEST(shortest_unchanged) {  /* model files of all versions are equal byte for byte: these texts were made by long division */
    uint64_t floats = UINT64_C(14695981039346656037), doubles = floats, bits;
    uint32_t word;
    char text[32];
    float x;
    double y;
    int i;
    for (i = 0; i < 40000; i++) {
        word = (uint32_t)i * 107374u;
        if (i % 5 == 0) word &= ~(uint32_t)0x7fffff;                                        /* powers of two, infinity */
        memcpy(&x, &word, sizeof x);
        lstmfc__format_float(text, x);
        floats = text_hash(floats, text);
        bits = lstmfc_hash(9, (uint64_t)i);
        if (i % 5 == 0) bits &= ~(((uint64_t)1 << 52) - 1);
        if (i % 5 == 1) bits >>= 12;
        memcpy(&y, &bits, sizeof y);
        lstmfc_format_double(text, y);
        doubles = text_hash(doubles, text);
    }
    CHECK(floats == UINT64_C(0xec0e00aa34906bf9) && doubles == UINT64_C(0xd8f268b1954150d1));
}

TEST(like_printf) {
    char ours[512], theirs[512];
    int i;
    lstmfc_rng_seed(&rng, 6);
    for (i = 0; i < ROUNDS(30000); i++) {
        double x = random_double(), money = (double)(int64_t)(lstmfc_rng_next(&rng) >> 34) / 1e4 - 5e4;
        int digits = 1 + i % 17, decimals = i % 12;
        if (i % 5 == 0) x = money;
        if (i % 50 == 1) x = (double)(i % 2000) / 8;                                        /* ties */
        lstmfc_format_digits(ours, x, digits);
        sprintf(theirs, "%.*g", digits, x);
        CHECK_TEXT(ours, theirs);
        CHECK(lstmfc_format_fixed(ours, sizeof ours, x, decimals) == strlen(ours));
        sprintf(theirs, "%.*f", decimals, x);
        CHECK_TEXT(ours, theirs);
    }
    CHECK(lstmfc_format_fixed(ours, 4, 123.456, 2) == 6);
    CHECK_TEXT(ours, "123");
    lstmfc_format_fixed(ours, sizeof ours, 0.0, 2); CHECK_TEXT(ours, "0.00");
    lstmfc_format_fixed(ours, sizeof ours, 9.999, 2); CHECK_TEXT(ours, "10.00");
    lstmfc_format_fixed(ours, sizeof ours, 0.5, 0); CHECK_TEXT(ours, "0");
    lstmfc_format_fixed(ours, sizeof ours, 1.5, 0); CHECK_TEXT(ours, "2");
    lstmfc_format_fixed(ours, sizeof ours, 0.0004, 2); CHECK_TEXT(ours, "0.00");
    lstmfc_format_fixed(ours, sizeof ours, lstmfc_nan(), 2); CHECK_TEXT(ours, "nan");
}

static void parses(const char *text, double value, size_t taken) {
    double out = -77;
    size_t n = lstmfc_parse_double(text, strlen(text), &out);
    if (!CHECK(n == taken && (taken == 0 || memcmp(&out, &value, sizeof out) == 0))) printf("    '%s' gave %.17g, %d bytes\n", text, out, (int)n);
}

TEST(parse_grammar) {
    double minus = -0.0;
    parses("1", 1, 1); parses("-1.5", -1.5, 4); parses("+2", 2, 2); parses("1e3", 1000, 3); parses("1E-3", 0.001, 4); parses("1e+2", 100, 4);
    parses("1.", 1, 1); parses(".5", 0.5, 2); parses("-.5", -0.5, 3); parses("1e", 1, 1); parses("1e+", 1, 1); parses("1.5.2", 1.5, 3);
    parses("1..2", 1, 1); parses("007", 7, 3); parses("0x10", 0, 1); parses("-0", minus, 2); parses("0e999999999999", 0, 14);
    parses("", 0, 0); parses("-", 0, 0); parses(".", 0, 0); parses("e5", 0, 0); parses("inf", 0, 0); parses("nan", 0, 0); parses(" 1", 0, 0); parses(",5", 0, 0);
    parses("1,5", 1, 1); parses("1e400", HUGE_VAL, 5); parses("-1e400", -HUGE_VAL, 6); parses("1e-400", 0, 6); parses("1e99999999999999999999", HUGE_VAL, 22);
    parses("1.7976931348623157e308", 1.7976931348623157e308, 22); parses("1.7976931348623159e308", HUGE_VAL, 22);
    parses("4.9406564584124654e-324", 4.9406564584124654e-324, 23); parses("2.4703282292062327e-324", 0, 23); parses("2.4703282292062328e-324", 4.9406564584124654e-324, 23);
    parses("9007199254740993", 9007199254740992.0, 16); parses("9007199254740993.0000000000000000000000000000000000000001", 9007199254740994.0, 57);
    parses("2.2250738585072011e-308", 2.2250738585072011e-308, 23);
    parses("900719925474099.1875", 900719925474099.25, 20); parses("900719925474099.1874", 900719925474099.125, 20);    /* ties in 19 digits */
    parses("900719925474099.3125", 900719925474099.25, 20); parses("900719925474099.3126", 900719925474099.375, 20);
    parses("123456789.50000000", 123456789.5, 18); parses("9007199254740993e0", 9007199254740992.0, 18); parses("9007199254740993e1", 90071992547409930.0, 18);
    {
        char text[1300];        /* a tie decided by the 1200th digit */
        memset(text, '0', sizeof text);
        memcpy(text, "9007199254740993.", 17);
        text[1200] = '1';
        text[1201] = 0;
        parses(text, 9007199254740994.0, 1201);
        text[1200] = '0';
        parses(text, 9007199254740992.0, 1201);
        memset(text, '1', 400); text[400] = 0;
        parses(text, HUGE_VAL, 400);
        memcpy(text + 400, "e-400", 6);
        parses(text, strtod(text, NULL), 405);
    }
    {
        double out = 0;
        CHECK(lstmfc_parse_double("12345", 3, &out) == 3 && out == 123);
    }
}

TEST(parse_exact) {     /* against the C library under the C locale */
    char text[128];
    int i, j;
    lstmfc_rng_seed(&rng, 7);
    for (i = 0; i < ROUNDS(60000); i++) {
        double out = 0, theirs, x = random_double();
        int digits = 1 + (int)lstmfc_rng_below(&rng, 40);
        size_t length = 0;
        if (i % 2) length = (size_t)sprintf(text, "%.*e", digits % 25, x);
        else {
            for (j = 0; j < digits; j++) {
                if (j == digits / 2 && j) text[length++] = '.';
                text[length++] = (char)('0' + lstmfc_rng_below(&rng, 10));
            }
            length += (size_t)sprintf(text + length, "e%d", (int)lstmfc_rng_below(&rng, 660) - 335);
        }
        if (i % 5 == 4) {       /* exactly between two doubles */
            int e;
            uint64_t m = lstmfc__mantissa(x, &e);
            if (e > -55 && e < 10) length = (size_t)sprintf(text, "%.60Lf", ldexpl((long double)m + 0.5L, e));
            if (length >= sizeof text) continue;
        }
        CHECK(lstmfc_parse_double(text, length, &out) == length);
        theirs = strtod(text, NULL);
        if (!CHECK(memcmp(&out, &theirs, sizeof out) == 0)) printf("    %s\n", text);
    }
}

#if LDBL_MANT_DIG >= 64
TEST(parse_midpoints) {   /* the whole decimal expansion of a midpoint of two doubles: a tie; one digit changed or added decides it */
    char text[1300];
    int i, kind;
    if (narrow()) SKIP("long double is no wider than double here");
    lstmfc_rng_seed(&rng, 10);
    for (i = 0; i < ROUNDS(4000); i++) {
        uint64_t bits = lstmfc_rng_next(&rng) >> 1, mantissa;
        double x, out = 0, want;
        int e;
        if (i % 3 == 1) bits >>= 11 + lstmfc_rng_below(&rng, 52);       /* subnormal, and 0 */
        if (i % 3 == 2) bits = lstmfc_rng_below(&rng, 2047) << 52;
        if (i == 1) bits = UINT64_C(0x7fefffffffffffff);
        memcpy(&x, &bits, sizeof x);
        if (!lstmfc_is_finite(x)) continue;
        mantissa = lstmfc__mantissa(x, &e);
        for (kind = 0; kind < 4; kind++) {
            size_t length = (size_t)sprintf(text, "%.800Le", ldexpl(2 * (long double)mantissa + 1, e - 1)), last = 801;
            uint64_t up = mantissa & 1;
            while (text[last] == '0' || text[last] == '.') last--;     /* 1e23 is a midpoint with one digit */
            if (kind == 1) {                                            /* one unit of the 801st digit less */
                text[last]--;
                while (++last <= 801) if (text[last] == '0') text[last] = '9';
                up = 0;
            }
            if (kind == 2) { text[801] += text[801] == '0'; up = 1; }
            if (kind == 3) { memmove(text + 1002, text + 802, length - 801); memset(text + 802, '0', 199); text[1001] = '1'; up = 1; }
            bits += up;
            memcpy(&want, &bits, sizeof want);
            bits -= up;
            length = strlen(text);
            if (!CHECK(lstmfc_parse_double(text, length, &out) == length && memcmp(&out, &want, sizeof out) == 0))
                printf("    %.17g, kind %d: %.17g\n", x, kind, out);
        }
    }
}
#else
TEST(parse_midpoints) { SKIP("long double is no wider than double here"); }
#endif

TEST(parse_integers) {
    int64_t x = 5;
    CHECK(lstmfc_parse_int("42", 2, &x) == 2 && x == 42);
    CHECK(lstmfc_parse_int("-9223372036854775808", 20, &x) == 20 && x == INT64_MIN);
    CHECK(lstmfc_parse_int("9223372036854775807", 19, &x) == 19 && x == INT64_MAX);
    CHECK(lstmfc_parse_int("9223372036854775808", 19, &x) == 0 && lstmfc_parse_int("-9223372036854775809", 20, &x) == 0);
    CHECK(lstmfc_parse_int("99999999999999999999", 20, &x) == 0);
    CHECK(lstmfc_parse_int("", 0, &x) == 0 && lstmfc_parse_int("-", 1, &x) == 0 && lstmfc_parse_int("x", 1, &x) == 0);
    CHECK(lstmfc_parse_int("12x", 3, &x) == 2 && x == 12 && lstmfc_parse_int("+7", 2, &x) == 2 && x == 7 && lstmfc_parse_int("123", 2, &x) == 2 && x == 12);
}

TEST(comma_locale) {
    char text[32];
    double x = 0;
    lstmfc_error err;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE.utf8")) SKIP("no German locale (package locales-all)");
    sprintf(text, "%.1f", 1.5);
    if (strcmp(text, "1.5") == 0) { setlocale(LC_ALL, "C"); SKIP("musl takes any locale's name and writes the point"); }
    CHECK_TEXT(text, "1,5");            /* the locale is what we think it is */
    lstmfc_format_double(text, 1.5); CHECK_TEXT(text, "1.5");
    lstmfc_format_digits(text, 1.25, 3); CHECK_TEXT(text, "1.25");
    lstmfc_format_fixed(text, sizeof text, 1234.5, 2); CHECK_TEXT(text, "1234.50");
    CHECK(lstmfc_parse_double("1.5", 3, &x) == 3 && x == 1.5);
    CHECK(lstmfc_parse_double("1,5", 3, &x) == 1 && x == 1);
    lstmfc__fail(&err, LSTMFC_ERROR_DATA, "%d rows", 1234567);
    CHECK_TEXT(err.message, "1234567 rows");
    setlocale(LC_ALL, "C");
}

/* ---- option tables ---- */

#define THING_DESC(X) \
    X(INT,    size,   "24",    "1..1048576",   "a size") \
    X(LONG,   seed,   "0",     "0..9223372036854775807", "a seed") \
    X(REAL,   rate,   "0.001", "0..1000",      "a rate") \
    X(REAL,   clip,   "1",     "none|0..1e30", "a clip") \
    X(REAL,   delta,  "none",  "none|0..1",    "a delta") \
    X(INT,    wait,   "8",     "none|0..100",  "a patience") \
    X(TEXT,   spec,   "@a",    "",             "a text") \
    X(CHOICE, rule,   "adam",  "adam|adamw|rmsprop|sgd", "a rule")
typedef struct thing { THING_DESC(LSTMFC__MEMBER) } thing;
#define THING_FIELD(kind, name, preset, range, help) { LSTMFC_##kind, offsetof(thing, name), #name, preset, range, help },
static const lstmfc_field thing_fields[] = { THING_DESC(THING_FIELD) };
#define FIELDS (sizeof thing_fields / sizeof thing_fields[0])

TEST(fields_defaults) {
    thing t;
    lstmfc_error err;
    char text[64];
    memset(&t, 0, sizeof t); memset(&err, 0, sizeof err);
    CHECK_OK(lstmfc_fields_resolve(&t, thing_fields, FIELDS, &err), err);
    CHECK(t.size == 24 && t.seed == 0 && t.rate == 0.001 && t.clip == 1 && t.delta == LSTMFC_NONE && t.wait == 8 && t.rule == 0);
    CHECK_TEXT(t.spec, "@a");
    CHECK_OK(lstmfc_fields_resolve(&t, thing_fields, FIELDS, &err), err);      /* again: nothing moves */
    CHECK(t.size == 24 && t.delta == LSTMFC_NONE);
    lstmfc_field_get(&t, &thing_fields[0], text, sizeof text); CHECK_TEXT(text, "24");
    lstmfc_field_get(&t, &thing_fields[2], text, sizeof text); CHECK_TEXT(text, "0.001");
    lstmfc_field_get(&t, &thing_fields[4], text, sizeof text); CHECK_TEXT(text, "none");
    lstmfc_field_get(&t, &thing_fields[6], text, sizeof text); CHECK_TEXT(text, "@a");
    lstmfc_field_get(&t, &thing_fields[7], text, sizeof text); CHECK_TEXT(text, "adam");
}

static void set_fails(int field, const char *text, const char *part) {
    thing t;
    lstmfc_error err;
    memset(&t, 0, sizeof t); memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_field_set(&t, &thing_fields[field], text, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, thing_fields[field].name);
    CHECK_HAS(err.message, part);
}

TEST(fields_set) {
    thing t, before;
    lstmfc_error err;
    memset(&t, 0, sizeof t); memset(&err, 0, sizeof err);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[0], "48", &err), err);                     CHECK_INT(t.size, 48);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[1], "9223372036854775807", &err), err);    CHECK(t.seed == INT64_MAX);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[2], "1e-4", &err), err);                   CHECK(t.rate == 1e-4);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[3], "none", &err), err);                   CHECK(t.clip == LSTMFC_NONE);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[3], "0.5", &err), err);                    CHECK(t.clip == 0.5);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[3], "0", &err), err);                      CHECK(t.clip == LSTMFC_NONE);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[5], "0", &err), err);                      CHECK_INT(t.wait, LSTMFC_NONE);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[7], "rmsprop", &err), err);                CHECK_INT(t.rule, 2);
    CHECK_OK(lstmfc_field_set(&t, &thing_fields[6], "rsi(14)", &err), err);                CHECK_TEXT(t.spec, "rsi(14)");
    before = t;
    CHECK_OK(lstmfc_fields_resolve(&t, thing_fields, FIELDS, &err), err);
    CHECK(t.size == before.size && t.seed == before.seed && t.clip == before.clip && t.wait == before.wait && t.rule == before.rule);
    set_fails(0, "0", "1..1048576"); set_fails(0, "1048577", "1..1048576"); set_fails(0, "12.5", "whole number"); set_fails(0, "", "whole number");
    set_fails(0, "none", "whole number"); set_fails(0, "99999999999999999999", "whole number"); set_fails(2, "fast", "'fast'"); set_fails(2, "-1", "0..1000");
    set_fails(2, "1e999", "0..1000"); set_fails(2, "0", "default"); set_fails(3, "-2", "none|0..1e30"); set_fails(3, "nan", "'nan'");
    set_fails(7, "adma", "did you mean 'adam"); set_fails(7, "xyz", "none of"); set_fails(7, "", "none of");
}

TEST(fields_ranges) {
    thing t;
    lstmfc_error err;
    memset(&t, 0, sizeof t); memset(&err, 0, sizeof err);
    t.size = -3;
    CHECK_INT(lstmfc_fields_resolve(&t, thing_fields, FIELDS, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "size: -3 is not in 1..1048576");
    t.size = 0; t.rate = lstmfc_nan();
    CHECK_INT(lstmfc_fields_resolve(&t, thing_fields, FIELDS, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "rate: nan is not in 0..1000");
    t.rate = 0; t.rule = 4;
    CHECK_INT(lstmfc_fields_resolve(&t, thing_fields, FIELDS, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "rule");
    t.rule = -1;
    CHECK_INT(lstmfc_fields_resolve(&t, thing_fields, FIELDS, NULL), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_fields_resolve(NULL, thing_fields, FIELDS, NULL), LSTMFC_ERROR_ARGUMENT);
}

/* ---- the caller's arithmetic ---- */

/* Texts and what they are read as and printed as, all of it a function of the text: the state of the processor must not show. */
static uint64_t text_marks(void) {
    static const char *const special[] = {"0.1", "1e-320", "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "-0.3", "123456.789", "9007199254740993",
                                          "0.1e-300", "5e-324", "3.4028235e38", "1.1754942e-38", "1e-45", "7.038531e-26", "33333333333333333333.3", "0", "-0"};
    lstmfc_rng draws;
    uint64_t mark = 5;
    int i;
    lstmfc_rng_seed(&draws, 17);
    for (i = 0; i < 4000; i++) {
        char text[64], out[64];
        double value;
        float real;
        uint32_t bits;
        size_t n, k;
        uint64_t random = lstmfc_rng_next(&draws);
        if (i < (int)(sizeof special / sizeof special[0])) n = lstmfc__print(text, sizeof text, "%s", special[i]);
        else n = lstmfc__print(text, sizeof text, "%l.%le%d", (int64_t)(random % 1000000), (int64_t)(random >> 24 & 0xffffffff), (int)(random >> 56) * 3 % 680 - 340);
        lstmfc_parse_double(text, n, &value);
        mark = lstmfc_hash(mark, lstmfc__bits(value));
        real = lstmfc__to_float(value);
        memcpy(&bits, &real, sizeof bits);
        mark = lstmfc_hash(mark, bits);
        n = lstmfc_format_double(out, value);
        for (k = 0; k < n; k++) mark = lstmfc_hash(mark, (unsigned char)out[k]);
        n = lstmfc_format_digits(out, value, 9);
        for (k = 0; k < n; k++) mark = lstmfc_hash(mark, (unsigned char)out[k]);
        if (lstmfc_is_finite(value)) n = lstmfc_format_fixed(out, sizeof out, value, 8);
        for (k = 0; k < n && k < sizeof out - 1; k++) mark = lstmfc_hash(mark, (unsigned char)out[k]);
        n = lstmfc__format_float(out, real);
        for (k = 0; k < n; k++) mark = lstmfc_hash(mark, (unsigned char)out[k]);
    }
    return mark;
}

/* No parsed or printed number depends on the rounding mode, or on small numbers being flushed to zero; both are told. */
TEST(rounding_and_flushing) {
    static const int modes[] = {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    uint64_t (*volatile marks)(void) = text_marks;      /* volatile: called each time */
    volatile double one = 1, tiny = 1e-30, small_one = 3e-308;
    uint64_t mark;
    double tenth = 0;
    size_t i;
    int acts;                                           /* an emulated processor (valgrind's) takes the mode and does nothing */
    if (fegetround() != FE_TONEAREST) SKIP("this thread does not round to the nearest");
    mark = marks();
    CHECK(!strstr(lstmfc_build_info(), "ROUNDING"));
    for (i = 0; i < 3; i++) {
        const char *told;
        uint64_t other;
        if (fesetround(modes[i])) continue;
        other = marks();
        lstmfc_parse_double("0.1", 3, &tenth);
        told = lstmfc_build_info();
        acts = one + tiny != 1 || one - tiny != 1;
        fesetround(FE_TONEAREST);
        CHECK(other == mark);
        CHECK(tenth == 0.1);
        if (acts) CHECK_HAS(told, "ROUNDING MODE NOT TO NEAREST");
    }
#if defined(__SSE2__)
    {
        unsigned state = _mm_getcsr();
        const char *told;
        uint64_t other, small;
        _mm_setcsr(state | 0x8040u);                    /* flush results, take operands for zero */
        other = marks();
        lstmfc_parse_double("1e-320", 6, &tenth);
        small = lstmfc__bits(tenth);
        told = lstmfc_build_info();
        acts = small_one * 0.25 == 0;
        _mm_setcsr(state);
        CHECK(other == mark);
        CHECK(small == 2024);                           /* 1e-320 in units of 2^-1074 */
        if (acts) CHECK_HAS(told, "SMALL NUMBERS FLUSHED TO ZERO");
    }
#endif
}

/* A float from a double, by bits, against the processor's own conversion. */
TEST(floats_from_doubles) {
    lstmfc_rng draws;
    int i;
    lstmfc_rng_seed(&draws, 3);
    for (i = 0; i < 400000; i++) {
        uint64_t random = lstmfc_rng_next(&draws), exponent = 1023 - 155 + lstmfc_rng_below(&draws, 282);
        double x;
        float a, b;
        if (i % 3 == 0) random &= ~(uint64_t)0x1fffffff;                /* exact, and ties */
        if (i % 3 == 1) random = (random & ~(uint64_t)0x1fffffff) | 0x10000000;
        x = lstmfc__from_bits((random & 0x800fffffffffffffu) | exponent << 52);
        if (fabs(x) >= 3.4028235677973366e38) continue;
        a = lstmfc__to_float(x);
        b = (float)x;
        if (!CHECK(memcmp(&a, &b, sizeof a) == 0)) { printf("    %a: %a, not %a\n", x, (double)a, (double)b); return; }
    }
    CHECK(lstmfc__to_float(0.0) == 0 && lstmfc__to_float(5e-324) == 0 && lstmfc__to_float(1e300) > FLT_MAX);
}

int main(void) {
    quick = getenv("LSTMFC_QUICK") != NULL;
    RUN(splitmix64); RUN(distributions); RUN(moments);
    RUN(elementary); RUN(powers); RUN(special_values); RUN(real_functions);
    RUN(double_round_trip); RUN(float_round_trip); RUN(shortest_known); RUN(shortest_is_closest); RUN(shortest_unchanged); RUN(like_printf); RUN(parse_grammar); RUN(parse_exact); RUN(parse_midpoints); RUN(parse_integers); RUN(comma_locale);
    RUN(fields_defaults); RUN(fields_set); RUN(fields_ranges);
    RUN(rounding_and_flushing); RUN(floats_from_doubles);
    return test_end();
}
