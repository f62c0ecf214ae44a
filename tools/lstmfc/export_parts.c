/* export_parts.c - the functions that exported code carries. Each does, operation by operation, what the function of lstmfc.h does that
   its comment names: the result is compared bit by bit (tests/test_export.sh), so whoever changes one there changes it here. */
#include "export.h"

const export_part export_parts[] = {
{PART_BITS, 0,
"static uint32_t @__bits(float x) { uint32_t bits; memcpy(&bits, &x, sizeof bits); return bits; }\n"
"static float @__of_bits(uint32_t bits) { float x; memcpy(&x, &bits, sizeof x); return x; }\n"},

/* lstmfc__real_exp_parts */
{PART_EXP_PARTS, PART_BITS,
"/* e^x = 2^k (1 + p): returns p, *half_scale = 2^(k-1). Needs -86 <= x <= 88.8. */\n"
"static float @__exp_parts(float x, float *half_scale) {\n"
"    float shifted = x * 1.44269504f + 12582912.0f, k = shifted - 12582912.0f;\n"
"    float r = (x - k * 0.693359375f) - k * -2.12194440e-4f, p = 1.3814320e-3f * r + 8.3688507e-3f;\n"
"    p = p * r + 4.1668400e-2f;\n"
"    p = p * r + 1.6666520e-1f;\n"
"    p = p * r + 4.9999994e-1f;\n"
"    *half_scale = @__of_bits((@__bits(shifted) << 23) + (UINT32_C(126) << 23));\n"
"    return (p * r) * r + r;\n"
"}\n"},

/* lstmfc__real_exp */
{PART_EXP, PART_EXP_PARTS,
"static float @__exp(float x) {\n"
"    float half_scale, p;\n"
"    x = x < -86.0f ? -86.0f : x;\n"
"    x = x > 88.8f ? 88.8f : x;\n"
"    p = @__exp_parts(x, &half_scale);\n"
"    return (2.0f * p + 2.0f) * half_scale;\n"
"}\n"},

/* lstmfc__real_sigmoid */
{PART_SIGMOID, PART_EXP,
"static float @__sigmoid(float x) { return 1.0f / (1.0f + @__exp(-x)); }\n"},

/* lstmfc__real_tanh_parts, lstmfc__real_signed, lstmfc__real_tanh */
{PART_TANH, PART_EXP_PARTS,
"/* e^(2|x|) - 1 */\n"
"static float @__tanh_parts(float x) {\n"
"    float half_scale, p, scale;\n"
"    x = @__of_bits(@__bits(x) & UINT32_C(0x7fffffff));\n"
"    x = x > 9.1f ? 9.1f : x;\n"
"    p = @__exp_parts(x + x, &half_scale);\n"
"    scale = half_scale + half_scale;\n"
"    return scale * p + (scale - 1.0f);\n"
"}\n"
"/* y, which is not negative, with the sign of x */\n"
"static float @__signed(float y, float x) { return @__of_bits(@__bits(y) | (@__bits(x) & UINT32_C(0x80000000))); }\n"
"static float @__tanh(float x) {\n"
"    float e = @__tanh_parts(x);\n"
"    return @__signed(e / (e + 2.0f), x);\n"
"}\n"},

/* lstmfc__product: the same chains; the order in memory is the export's own */
{PART_PRODUCT, 0,
"/* y [n] = start + x W, x [k]. Each y is one chain: start, then x[0] W[0], x[1] W[1], ... W stands in panels of 8 columns, row after\n"
"   row, and then column after column: in the order in which it is read. start may be y. */\n"
"static void @__product(int32_t k, int32_t n, const float *x, const float *w, const float *start, float *y) {\n"
"    int32_t i;\n"
"    for (; n >= 8; n -= 8, start += 8, y += 8) {\n"
"        float s0 = start[0], s1 = start[1], s2 = start[2], s3 = start[3];\n"
"        float s4 = start[4], s5 = start[5], s6 = start[6], s7 = start[7];\n"
"        for (i = 0; i < k; i++, w += 8) {\n"
"            const float a = x[i];\n"
"            s0 += a * w[0]; s1 += a * w[1]; s2 += a * w[2]; s3 += a * w[3];\n"
"            s4 += a * w[4]; s5 += a * w[5]; s6 += a * w[6]; s7 += a * w[7];\n"
"        }\n"
"        y[0] = s0; y[1] = s1; y[2] = s2; y[3] = s3; y[4] = s4; y[5] = s5; y[6] = s6; y[7] = s7;\n"
"    }\n"
"    for (; n > 0; n--, w += k) {\n"
"        float s = *start++;\n"
"        for (i = 0; i < k; i++) s += x[i] * w[i];\n"
"        *y++ = s;\n"
"    }\n"
"}\n"},

/* lstmfc__lstm_one_plus_exp, lstmfc__lstm_gates, lstmfc__lstm_cell */
{PART_LSTM, PART_TANH | PART_PRODUCT,
"/* 1 + e^-x */\n"
"static float @__one_plus_exp(float x) {\n"
"    float half_scale, p, scale;\n"
"    x = 0.0f - x;\n"
"    x = x < -43.0f ? -43.0f : x;\n"
"    x = x > 43.0f ? 43.0f : x;\n"
"    p = @__exp_parts(x, &half_scale);\n"
"    scale = half_scale + half_scale;\n"
"    return scale * p + (scale + 1.0f);\n"
"}\n"
"/* One step: x [inputs] -> c, h [units] in place; z [4 units] is work, blocks i, f, g, o. first: c and h are zero, whatever they hold. */\n"
"static void @__lstm(int32_t inputs, int32_t units, const float *x, const float *kernel, const float *recurrent, const float *bias,\n"
"                    float *z, float *c, float *h, int32_t first) {\n"
"    int32_t j;\n"
"    @__product(inputs, 4 * units, x, kernel, bias, z);\n"
"    if (!first) @__product(units, 4 * units, h, recurrent, z, z);\n"
"    for (j = 0; j < units; j++) {\n"
"        float di = @__one_plus_exp(z[j]), df = @__one_plus_exp(z[units + j]), zg = z[2 * units + j];\n"
"        float d_o = @__one_plus_exp(z[3 * units + j]), e = @__tanh_parts(zg), dg = e + 2.0f;\n"
"        float q = 1.0f / (di * df), s = 1.0f / (d_o * dg), enters = (q * df) * @__signed(e * (s * d_o), zg);\n"
"        c[j] = first ? enters : (q * di) * c[j] + enters;\n"
"        h[j] = (s * dg) * @__tanh(c[j]);\n"
"    }\n"
"}\n"},

/* lstmfc__gru_open, lstmfc__gru_cell */
{PART_GRU, PART_SIGMOID | PART_TANH | PART_PRODUCT,
"/* One step: x [inputs] -> h [units] in place; z [4 units] is work, blocks r, z, q, n. first: h is zero, whatever it holds. */\n"
"static void @__gru(int32_t inputs, int32_t units, const float *x, const float *kernel, const float *recurrent, const float *bias,\n"
"                   const float *recurrent_bias, float *z, float *h, int32_t first) {\n"
"    float *q = z + 2 * units, *n = q + units;\n"
"    int32_t j;\n"
"    @__product(inputs, 3 * units, x, kernel, bias, z);\n"
"    for (j = 0; j < units; j++) { n[j] = q[j]; q[j] = recurrent_bias[j]; }\n"
"    if (!first) @__product(units, 3 * units, h, recurrent, z, z);\n"
"    for (j = 0; j < units; j++) {\n"
"        float r = @__sigmoid(z[j]), stays = @__sigmoid(z[units + j]), candidate = @__tanh(r * q[j] + n[j]);\n"
"        h[j] = stays * ((first ? 0.0f : h[j]) - candidate) + candidate;\n"
"    }\n"
"}\n"},

/* lstmfc__bits and kin */
{PART_DOUBLE, 0,
"#if DBL_MANT_DIG != 53\n"
"#  error \"this model needs a double of 64 bits\"\n"
"#endif\n"
"static uint64_t @__double_bits(double x) { uint64_t bits; memcpy(&bits, &x, sizeof bits); return bits; }\n"
"static double @__of_double_bits(uint64_t bits) { double x; memcpy(&x, &bits, sizeof x); return x; }\n"
"static int32_t @__is_nan(double x) { return (@__double_bits(x) & ~((uint64_t)1 << 63)) > (uint64_t)0x7ff << 52; }\n"},

/* lstmfc__power_of_two, lstmfc__reduce_ln2, lstmfc__exp_rest, lstmfc__exp_sum, lstmfc_exp */
{PART_EXP_DOUBLE, PART_DOUBLE,
"static double @__power_of_two(int32_t k) { return @__of_double_bits((uint64_t)(k + 1023) << 52); }\n"
"static double @__exp_double(double x) {\n"
"    static const double inverse_factorial[] = {     /* 1/14! ... 1/2! */\n"
"        1.1470745597729725e-11, 1.6059043836821615e-10, 2.0876756987868099e-9, 2.5052108385441719e-8,\n"
"        2.7557319223985891e-7, 2.7557319223985891e-6, 2.4801587301587302e-5, 1.9841269841269841e-4,\n"
"        1.3888888888888889e-3, 8.3333333333333333e-3, 4.1666666666666667e-2, 1.6666666666666667e-1, 0.5 };\n"
"    double high, low, r, tail, y, sum;\n"
"    int32_t k, i;\n"
"    if (@__is_nan(x)) return x;\n"
"    if (x > 709.79) return @__of_double_bits((uint64_t)0x7ff << 52);\n"
"    if (x < -745.14) return 0.0;\n"
"    k = (int32_t)(x * 1.44269504088896338700 + (x < 0 ? -0.5 : 0.5));\n"
"    high = x - k * 6.93147180369123816490e-01;\n"
"    low = k * 1.90821492927058770002e-10;\n"
"    r = high - low;\n"
"    tail = (high - r) - low;\n"
"    x = r + tail;\n"
"    tail += r - x;\n"
"    sum = inverse_factorial[0];\n"
"    for (i = 1; i < 13; i++) sum = sum * x + inverse_factorial[i];\n"
"    r = x + (tail + sum * x * x);\n"
"    y = 1.0 + r;\n"
"    if (k > 1023) return y * 2.0 * @__power_of_two(k - 1);\n"
"    if (k < -1021) return y * @__power_of_two(k + 100) * @__power_of_two(-100);\n"
"    return y * @__power_of_two(k);\n"
"}\n"},

/* lstmfc__log_parts, lstmfc__power_split */
{PART_LOG_PARTS, PART_DOUBLE,
"/* log(2^k (1 + f)) + rest */\n"
"static double @__log_parts(int32_t k, double f, double rest) {\n"
"    double s = f / (2.0 + f), z = s * s, half_square = 0.5 * f * f, q = 2.0 / 25 * z;\n"
"    q = (q + 2.0 / 23) * z; q = (q + 2.0 / 21) * z; q = (q + 2.0 / 19) * z; q = (q + 2.0 / 17) * z;\n"
"    q = (q + 2.0 / 15) * z; q = (q + 2.0 / 13) * z; q = (q + 2.0 / 11) * z; q = (q + 2.0 / 9) * z;\n"
"    q = (q + 2.0 / 7) * z; q = (q + 2.0 / 5) * z; q = (q + 2.0 / 3) * z;\n"
"    if (k == 0) return f - (half_square - (s * (half_square + q) + rest));\n"
"    return k * 6.93147180369123816490e-01\n"
"        - ((half_square - (s * (half_square + q) + (k * 1.90821492927058770002e-10 + rest))) - f);\n"
"}\n"
"/* x = 2^k m with sqrt(1/2) <= m < sqrt(2), for finite x > 0; returns m */\n"
"static double @__power_split(double x, int32_t *k) {\n"
"    uint64_t bits;\n"
"    *k = 0;\n"
"    if (x < 2.2250738585072014e-308) { x *= 18014398509481984.0; *k = -54; }\n"
"    bits = @__double_bits(x);\n"
"    *k += (int32_t)(bits >> 52) - 1023;\n"
"    x = @__of_double_bits((bits & ~((uint64_t)0x7ff << 52)) | ((uint64_t)1023 << 52));\n"
"    if (x >= 1.4142135623730951) { x *= 0.5; (*k)++; }\n"
"    return x;\n"
"}\n"},

/* lstmfc_log, of positive numbers */
{PART_LOG, PART_LOG_PARTS,
"static double @__log(double x) {\n"
"    int32_t k;\n"
"    double m;\n"
"    if ((@__double_bits(x) >> 52) == 0x7ff) return x;\n"
"    m = @__power_split(x, &k);\n"
"    return @__log_parts(k, m - 1.0, 0.0);\n"
"}\n"},

/* lstmfc__activation_softplus, and in it lstmfc_log1p of numbers from 0 to 1 */
{PART_SOFTPLUS_DOUBLE, PART_EXP_DOUBLE | PART_LOG_PARTS,
"static double @__softplus_double(double z) {\n"
"    double x = @__exp_double(z > 0 ? -z : z), y, u, m;\n"
"    int32_t k;\n"
"    if (@__is_nan(x) || @__double_bits(x) == 0) y = x;\n"
"    else if (x < 0.41) y = @__log_parts(0, x, 0.0);\n"
"    else {\n"
"        u = 1.0 + x;\n"
"        m = @__power_split(u, &k);\n"
"        y = @__log_parts(k, m - 1.0, (x - (u - 1.0)) / u);\n"
"    }\n"
"    return (z > 0 ? z : 0) + y;\n"
"}\n"},

/* sqrt: correctly rounded, as IEEE 754 has it, without a C library */
{PART_SQRT, PART_DOUBLE,
"/* The square root of a normal x > 0, bit by bit and rounded once; an infinity or NaN stays what it is. */\n"
"static double @__sqrt(double x) {\n"
"    uint64_t bits = @__double_bits(x), m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52, rest = 0, root = 0;\n"
"    int32_t exponent = (int32_t)(bits >> 52) - 1075, i;\n"
"    if (exponent >= 0x7ff - 1075) return x;\n"
"    if (exponent & 1) { m <<= 1; exponent--; }\n"
"    for (i = 0; i < 54; i++) {                      /* two bits of m 2^54 make one of the root */\n"
"        rest = rest << 2 | (i < 27 ? m >> (52 - 2 * i) & 3 : 0);\n"
"        root <<= 1;\n"
"        if (rest > root << 1) { rest -= (root << 1) + 1; root++; }\n"
"    }\n"
"    return @__of_double_bits(((uint64_t)(1048 + exponent / 2) << 52) + (root >> 1) + (root & 1));\n"
"}\n"},

/* lstmfc_activation_forward; x may be y in all of them */
{PART_RELU, 0,
"static void @__relu(int32_t n, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) y[j] = x[j] <= 0.0f ? 0.0f : x[j];\n"
"}\n"},
{PART_TANH_ROW, PART_TANH,
"static void @__tanh_row(int32_t n, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) y[j] = @__tanh(x[j]);\n"
"}\n"},
{PART_SIGMOID_ROW, PART_SIGMOID,
"static void @__sigmoid_row(int32_t n, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) y[j] = @__sigmoid(x[j]);\n"
"}\n"},
{PART_SWISH, PART_SIGMOID,
"static void @__swish(int32_t n, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) y[j] = x[j] * @__sigmoid(x[j]);\n"
"}\n"},
/* lstmfc__pair_product, lstmfc__erfc_far, lstmfc__erf_near, lstmfc__erf, lstmfc__normal_cdf */
{PART_GELU, PART_EXP_DOUBLE,
"/* erfc(x) for x >= 1 */\n"
"static double @__erfc_far(double x) {\n"
"    double t, high, low, a, b, f = x;\n"
"    int32_t n;\n"
"    if (x > 27.5) return 0.0;\n"
"    t = 134217729.0 * x;                            /* x^2 = a + b, exactly (Dekker 1971) */\n"
"    high = t - (t - x);\n"
"    low = x - high;\n"
"    a = x * x;\n"
"    b = ((high * high - a) + high * low + low * high) + low * low;\n"
"    for (n = 16 + (int32_t)(400.0 / (x * x)); n > 0; n--) f = x + 0.5 * n / f;\n"
"    return @__exp_double(-a) * (1.0 - b) / (1.7724538509055160273 * f);\n"
"}\n"
"static double @__erf(double x) {\n"
"    double z = x * x, sum = 0.0;\n"
"    int32_t n;\n"
"    if (@__is_nan(x)) return x;\n"
"    if (x >= 1) return 1.0 - @__erfc_far(x);\n"
"    if (x <= -1) return @__erfc_far(-x) - 1.0;\n"
"    for (n = 18; n > 0; n--) sum = -z / n * (1.0 / (2 * n + 1) + sum);\n"
"    return 1.1283791670955125739 * (x + x * sum) + x * 1.533545961316588e-17;\n"
"}\n"
"static void @__gelu(int32_t n, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++)\n"
"        y[j] = (float)((double)x[j] * (0.5 * (1.0 + @__erf((double)x[j] * 0.70710678118654752440))));\n"
"}\n"},
{PART_SOFTPLUS, PART_SOFTPLUS_DOUBLE,
"static void @__softplus(int32_t n, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) y[j] = (float)@__softplus_double((double)x[j]);\n"
"}\n"},
{PART_SOFTMAX, PART_EXP,
"static void @__softmax(int32_t n, const float *x, float *y) {\n"
"    float top = x[0], sum = 0.0f;\n"
"    int32_t j;\n"
"    for (j = 1; j < n; j++) if (x[j] > top) top = x[j];\n"
"    for (j = 0; j < n; j++) { y[j] = @__exp(x[j] - top); sum += y[j]; }\n"
"    for (j = 0; j < n; j++) y[j] /= sum;\n"
"}\n"},

/* lstmfc__batchnorm_forward on running statistics, gamma / deviation formed at export */
{PART_BATCHNORM, 0,
"static void @__batchnorm(int32_t n, const float *mean, const float *scale, const float *beta, const float *x, float *y) {\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) y[j] = (x[j] - mean[j]) * scale[j] + beta[j];\n"
"}\n"},

/* lstmfc_layernorm_forward */
{PART_LAYERNORM, PART_SQRT,
"static void @__layernorm(int32_t n, double epsilon, const float *gamma, const float *beta, const float *x, float *y) {\n"
"    double center = 0, squares = 0;\n"
"    float mean, inverse;\n"
"    int32_t j;\n"
"    for (j = 0; j < n; j++) center += (double)x[j];\n"
"    center /= (double)n;\n"
"    for (j = 0; j < n; j++) { double e = (double)x[j] - center; squares += e * e; }\n"
"    mean = (float)center;\n"
"    inverse = (float)(1.0 / @__sqrt(squares / (double)n + epsilon));\n"
"    for (j = 0; j < n; j++) y[j] = (x[j] - mean) * inverse * gamma[j] + beta[j];\n"
"}\n"},

/* lstmfc__layer_attention_scores, lstmfc__layer_attention_forward */
{PART_ATTENTION, PART_TANH | PART_PRODUCT | PART_SOFTMAX,
"/* x [steps][inputs] -> y [inputs], the mean of the steps under the weights a [steps]; u [units] is work */\n"
"static void @__attention(int32_t steps, int32_t inputs, int32_t units, const float *x, const float *kernel, const float *bias,\n"
"                         const float *score, float *u, float *a, float *y) {\n"
"    int32_t t, j;\n"
"    for (t = 0; t < steps; t++) {\n"
"        float e = 0.0f;\n"
"        @__product(inputs, units, x + t * inputs, kernel, bias, u);\n"
"        for (j = 0; j < units; j++) e = @__tanh(u[j]) * score[j] + e;\n"
"        a[t] = e;\n"
"    }\n"
"    @__softmax(steps, a, a);\n"
"    for (j = 0; j < inputs; j++) y[j] = 0.0f;\n"
"    for (t = 0; t < steps; t++)\n"
"        for (j = 0; j < inputs; j++) y[j] += a[t] * x[t * inputs + j];\n"
"}\n"},
};
const int export_part_count = (int)(sizeof export_parts / sizeof export_parts[0]);
