/* lstmfc.h - v0.1.0 - LSTM forecasting in one portable, dependency-free C99 header

   Do this:
       #define LSTMFC_IMPLEMENTATION
   before you include this file in *one* C or C++ file to create the implementation:
       // one .c or .cpp file                      // every other file
       #define LSTMFC_IMPLEMENTATION                #include "lstmfc.h"
       #include "lstmfc.h"
   Compile with any C99 (or C++11) compiler and link the maths library:  cc -O2 app.c -lm

   The file reads market candles, computes indicators, trains, saves, loads, predicts, signals and backtests.
   It promises no profit: the direction of hourly prices is close to a coin toss, and its reports say so.

   QUICK START (this program is extracted and compiled by the project's tests)

//@quickstart-begin
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    lstmfc_error err = {0};
    lstmfc_candles *candles = lstmfc_candles_load_csv(argc > 1 ? argv[1] : "candles.csv", NULL, &err);
    lstmfc_forecaster *fc = NULL;
    lstmfc_forecast next;

    if (candles) fc = lstmfc_forecaster_fit(candles, &(lstmfc_forecaster_desc){
        .target   = LSTMFC_TARGET_DIRECTION, .horizon = 1, .window = 24,
        .features = "log_return(close), rsi(14)/100, macd(12,26,9).hist/close, bbands(20,2).percent, "
                    "atr(14)/close, adx(14)/100, volume/sma(volume,20), realized_vol(20)",
        .model    = "lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1 sigmoid",
    }, &err);
    if (fc && lstmfc_forecaster_predict(fc, candles, 1, &next, &err) == LSTMFC_OK)
        printf("P(up in the next bar) = %.3f\n", next.probability_up);
    if (fc) lstmfc_forecaster_save(fc, "model.json", &err);
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_forecaster_free(fc);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
//@quickstart-end

   OPTIONS (define before the implementation)
     LSTMFC_IMPLEMENTATION  create the implementation in this file
     LSTMFC_STATIC          everything static: several copies may live in one program
     LSTMFC_API             your own linkage for public functions, such as __declspec(dllexport)
     LSTMFC_NO_STDIO        no files: parse and save through memory only
     LSTMFC_NO_SIMD         the scalar reference everywhere
     LSTMFC_NO_THREADS      no threads
     LSTMFC_DOUBLE          lstmfc_real is double (gradient checks, oracles); needs LSTMFC_STATIC
     LSTMFC_STRICT          the unfused result class: the same bytes on every machine
     LSTMFC_MALLOC(size)    with LSTMFC_FREE(pointer) and LSTMFC_REALLOC(pointer,size): the default allocator
     LSTMFC_ASSERT(x)       checks of the library's own invariants (never of input); default: nothing

   CONTENTS (search for the tag)
      1 platform     >>platform      configuration, compiler facts
      2 result       >>result        result codes, errors as data, the environment
      3 memory       >>memory        checked sizes, slab, arena
      4 numbers      >>numbers       random numbers, exp/log/tanh, number <-> text, option tables
      5 simd         >>simd          vector kernels (a first reading may skip it)
      6 matrix       >>matrix        the three products of a layer, vector operations
      7 dense        >>dense         dense, activations, dropout, batch norm, losses
      8 lstm         >>lstm          the LSTM cell, then through time
      9 model        >>model         layer language, tensors, forward and backward of a whole network
     10 optimiser    >>optimiser     SGD, Adam and kin, clipping, schedules
     11 gradcheck    >>gradcheck     how we know chapters 7 to 10 are right
     12 series       >>series        candles, CSV, cleaning
     13 indicators   >>indicators    batch and streaming forms over one step function
     14 features     >>features      the feature language, scalers, windows, spans
     15 json         >>json          a strict bounded reader, a writer
     16 statistics   >>statistics    errors, direction, baselines, significance, intervals
     17 training     >>training      the trainer, checkpoints, the model file
     18 forecaster   >>forecaster    features + scaler + model + target + intervals in one object
     19 signals      >>signals       from forecast to position
     20 backtest     >>backtest      fills, costs, equity, metrics
        licence      >>licence

   NOTATION
     B batch, T time steps of a window, I inputs of a layer, H hidden units, O outputs, N rows (bars).
     Matrices are row-major. Activations and gates are time-major [T][B][.]; LSTM gates stand in blocks i,f,g,o.
     bar       one candle; its time is the time of its open, in UTC milliseconds
     window    the T rows a forecast sees: t-T+1 .. t
     horizon   h: a forecast made at the close of bar t is about the close of bar t+h
     look-ahead  a value at bar t that depends on bar t+1: the cardinal sin

   MEMORY   Every object takes its memory from lstmfc_env.allocator and gives it back in its _free; _free(NULL) does
            nothing. A call that fails leaves nothing behind and its object usable or freeable.
   ERRORS   A failing call fills the lstmfc_error it is given (NULL = quiet), a succeeding one leaves it alone; a call
            handed NULL because an earlier one failed keeps the earlier error. Nothing in here exits or aborts.
   THREADS  No global state. Different objects may be used by different threads; a const object by any number of them.
   RESULTS  The same seed gives the same bytes. Without LSTMFC_STRICT this holds for one result class (see chapter 5).
*/
#ifndef LSTMFC_H
#define LSTMFC_H

/* ================================================================================================================
   Public API, chapter by chapter
   ================================================================================================================ */

/* ---- 1 platform ------------------------------------------------------------------------------------------------ */

#include <stddef.h>
#include <stdint.h>

#define LSTMFC_VERSION_MAJOR 0
#define LSTMFC_VERSION_MINOR 1
#define LSTMFC_VERSION_PATCH 0
#define LSTMFC_VERSION_TEXT  "0.1.0"
#define LSTMFC_VERSION_HEX   (LSTMFC_VERSION_MAJOR * 65536 + LSTMFC_VERSION_MINOR * 256 + LSTMFC_VERSION_PATCH)

#ifndef LSTMFC_API
#  ifdef LSTMFC_STATIC
#    if defined(__GNUC__) || defined(__clang__)
#      define LSTMFC_API static __attribute__((unused))
#    else
#      define LSTMFC_API static
#    endif
#  else
#    define LSTMFC_API extern
#  endif
#endif

#if defined(LSTMFC_DOUBLE) && !defined(LSTMFC_STATIC)
#  error "LSTMFC_DOUBLE changes a public type: define LSTMFC_STATIC with it"
#endif
#ifdef LSTMFC_DOUBLE
typedef double lstmfc_real;         /* weights, activations and gradients */
#else
typedef float lstmfc_real;          /* weights, activations and gradients; money and indicators are always double */
#endif

#define LSTMFC_NONE (-1)            /* in a desc: "none", where 0 means "the default" */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 2 result -------------------------------------------------------------------------------------------------- */

typedef int32_t lstmfc_result;

/* One table: code, value, name, text. Every result the library can give. */
#define LSTMFC_RESULTS(X) \
    X(LSTMFC_OK,                  0, "ok",          "success") \
    X(LSTMFC_DONE,                1, "done",        "nothing left to do") \
    X(LSTMFC_ERROR_ARGUMENT,     -1, "argument",    "an argument is outside its range") \
    X(LSTMFC_ERROR_MEMORY,       -2, "memory",      "the allocator gave no memory") \
    X(LSTMFC_ERROR_LIMIT,        -3, "limit",       "larger than lstmfc_env.limits allows") \
    X(LSTMFC_ERROR_OPEN,         -4, "open",        "a file cannot be opened or read") \
    X(LSTMFC_ERROR_WRITE,        -5, "write",       "a file cannot be written") \
    X(LSTMFC_ERROR_DATA,         -6, "data",        "data that cannot be read with certainty, or too little of it") \
    X(LSTMFC_ERROR_SPEC,         -7, "spec",        "a feature or layer text is not valid") \
    X(LSTMFC_ERROR_FORMAT,       -8, "format",      "not a valid model file") \
    X(LSTMFC_ERROR_SHAPE,        -9, "shape",       "shapes do not fit each other") \
    X(LSTMFC_ERROR_DIVERGED,    -10, "diverged",    "training met a non-finite loss") \
    X(LSTMFC_ERROR_STOPPED,     -11, "stopped",     "a callback asked to stop") \
    X(LSTMFC_ERROR_UNSUPPORTED, -12, "unsupported", "not in this version or build")

enum {
#define LSTMFC__X(code, value, name, text) code = value,
    LSTMFC_RESULTS(LSTMFC__X)
#undef LSTMFC__X
    LSTMFC_RESULT_FORCE_INT = 0x7fffffff
};

/* What went wrong and where. Start it as {0}. line and column count from 1 (0 = does not apply), offset from 0. */
typedef struct lstmfc_error {
    lstmfc_result code;
    int32_t line, column;
    int64_t offset;
    char message[480];              /* names the file, the line, the column, the value and what was expected */
} lstmfc_error;

LSTMFC_API const char *lstmfc_result_name(lstmfc_result result);    /* "ok", "memory", ...; "unknown" otherwise */
LSTMFC_API const char *lstmfc_result_text(lstmfc_result result);    /* one sentence */

/* An allocator with a context. resize and release are told the old size. allocate and resize may return NULL: the call that
   asked fails with LSTMFC_ERROR_MEMORY, and after a failed resize the old block must still be valid. Blocks must be aligned as
   those of malloc are; their content is of no account. Give all three functions or none. Called from the threads that use the
   object. */
typedef struct lstmfc_allocator {
    void *context;
    void *(*allocate)(void *context, size_t size);
    void *(*resize)(void *context, void *pointer, size_t old_size, size_t new_size);
    void  (*release)(void *context, void *pointer, size_t size);
} lstmfc_allocator;

/* Upper limits for what a file or text may ask for; 0 or less = the default in brackets. */
typedef struct lstmfc_limits {
    int64_t file_bytes;             /* largest file read [1 << 32] */
    int64_t dimension;              /* largest size of one tensor axis [1 << 20] */
    int64_t elements;               /* largest number of elements of one tensor or matrix [1 << 31] */
    int32_t depth;                  /* deepest nesting of JSON or of an expression [64] */
} lstmfc_limits;

/* Everything the library takes from its surroundings. All zero = defaults. It is copied into each object. */
typedef struct lstmfc_env {
    lstmfc_allocator allocator;     /* all NULL = malloc and free */
    void (*log)(void *context, const char *message);    /* warnings; NULL = silent */
    void *log_context;
    int32_t simd;                   /* cap of the instruction set; 0 = the best there is. One level (scalar) in this version */
    int32_t threads;                /* 0 or 1: none. A trainer refuses more (UNSUPPORTED); all else runs on the calling thread */
    /* the caller's threads: calls task(argument, 0 .. tasks-1) in any order. Not called in this version */
    void (*parallel_for)(void *context, int32_t tasks, void (*task)(void *argument, int32_t index), void *argument);
    void *parallel_context;
    lstmfc_limits limits;
} lstmfc_env;

LSTMFC_API lstmfc_env  lstmfc_env_default(void);        /* every default filled in */
LSTMFC_API int32_t     lstmfc_version(void);            /* LSTMFC_VERSION_HEX of the implementation */
LSTMFC_API const char *lstmfc_build_info(void);         /* version, real type, result class, contraction found by a probe */

/* ---- 3 memory -------------------------------------------------------------------------------------------------- */

/* A bump allocator over the caller's buffer: for machines without malloc, and for freeing everything at once. Only the
   newest block is given back before that. Not thread-safe. Buffer and arena must outlive every object made from them. How much
   an object takes: its _bytes function.
       lstmfc_arena_init(&arena, buffer, sizeof buffer);  env.allocator = lstmfc_arena_allocator(&arena);  desc.env = &env; */
typedef struct lstmfc_arena {
    unsigned char *base;            /* the buffer; NULL gives no memory */
    size_t size, used, peak;        /* bytes; peak: the most that was ever used */
} lstmfc_arena;

LSTMFC_API void             lstmfc_arena_init(lstmfc_arena *arena, void *buffer, size_t size);
LSTMFC_API lstmfc_allocator lstmfc_arena_allocator(lstmfc_arena *arena);

/* ---- 4 numbers ------------------------------------------------------------------------------------------------- */

/* Random numbers: SplitMix64, one 64-bit word of state. Same seed, same numbers, on every machine. */
typedef struct lstmfc_rng { uint64_t state; } lstmfc_rng;

LSTMFC_API void     lstmfc_rng_seed(lstmfc_rng *rng, uint64_t seed);
LSTMFC_API uint64_t lstmfc_rng_next(lstmfc_rng *rng);                   /* 64 random bits */
LSTMFC_API double   lstmfc_rng_uniform(lstmfc_rng *rng);                /* [0, 1), 53 bits */
LSTMFC_API uint64_t lstmfc_rng_below(lstmfc_rng *rng, uint64_t n);      /* 0 .. n-1 without bias; n >= 1 */
LSTMFC_API double   lstmfc_rng_normal(lstmfc_rng *rng);                 /* standard normal (Box and Muller 1958): two draws */
LSTMFC_API uint64_t lstmfc_hash(uint64_t a, uint64_t b);                /* mixes b into a: keys of the counter-based draws */

/* Elementary functions of our own, so that results do not depend on the C library. Errors below 2 ulp (double). */
LSTMFC_API double lstmfc_exp(double x);
LSTMFC_API double lstmfc_expm1(double x);
LSTMFC_API double lstmfc_log(double x);                 /* NaN for x < 0, -inf for 0 */
LSTMFC_API double lstmfc_log1p(double x);
LSTMFC_API double lstmfc_pow(double x, double y);       /* x > 0 */
LSTMFC_API double lstmfc_sqrt(double x);
LSTMFC_API double lstmfc_sin(double x);                 /* |x| <= 1e6; NaN beyond */
LSTMFC_API double lstmfc_cos(double x);
LSTMFC_API double lstmfc_tanh(double x);
LSTMFC_API double lstmfc_sigmoid(double x);
LSTMFC_API double lstmfc_erf(double x);
LSTMFC_API double lstmfc_erfc(double x);                /* 1 - erf(x), also where it is small: below 8 ulp */
LSTMFC_API int    lstmfc_is_finite(double x);           /* by bits, so that no compiler flag can lie about it */
LSTMFC_API int    lstmfc_is_nan(double x);
LSTMFC_API double lstmfc_nan(void);

/* Numbers and text, independent of the locale. The text of _double and _float is the shortest that reads back to the same bits.
   All end in NUL and fit 32 bytes (_fixed: is cut at size, and returns the length of the whole text); non-finite values are "nan", "inf", "-inf". Returns the length. */
LSTMFC_API size_t lstmfc_format_double(char out[32], double value);
LSTMFC_API size_t lstmfc_format_float(char out[32], float value);
LSTMFC_API size_t lstmfc_format_digits(char out[32], double value, int32_t digits);     /* like %.{digits}g, correctly rounded */
LSTMFC_API size_t lstmfc_format_fixed(char *out, size_t size, double value, int32_t decimals);  /* like %.{decimals}f */
LSTMFC_API size_t lstmfc_format_int(char out[32], int64_t value);
/* Reads [+-]digits[.digits][e[+-]digits], where the digits before a point may be left out: the longest such prefix of text,
   correctly rounded. Returns how many bytes it took; 0 = no number there. Never reads past length. Does not accept inf, nan or hex. */
LSTMFC_API size_t lstmfc_parse_double(const char *text, size_t length, double *value);
LSTMFC_API size_t lstmfc_parse_int(const char *text, size_t length, int64_t *value);    /* 0 also when it overflows */

/* Mean and variance in one pass (Welford 1962). Start it as zero. m2: sum of squared distances to the mean. */
typedef struct lstmfc_moments { int64_t count; double mean, m2; } lstmfc_moments;
LSTMFC_API void   lstmfc_moments_add(lstmfc_moments *moments, double x);
LSTMFC_API double lstmfc_moments_variance(const lstmfc_moments *moments, int32_t ddof);    /* NaN if count <= ddof */

LSTMFC_API void   lstmfc_sort(size_t n, double *x);                     /* ascending, in place; no NaN */
LSTMFC_API double lstmfc_quantile_sorted(size_t n, const double *sorted, double q);    /* linear interpolation, as NumPy */

/* Option tables: each desc struct below is declared from one table X(kind, name, default, range, help). The same table
   gives the struct, its defaults, the flags of the command line, their help, and the keys of a JSON configuration.
     kind      INT int32_t, LONG int64_t, REAL double, TEXT const char *, CHOICE int32_t (index into range, split at '|')
     range     "low..high" or "a|b|c"; "none|" before a range: LSTMFC_NONE is allowed, and a 0 in text means it
   A field that is 0 (NULL) has its default. */
enum { LSTMFC_INT = 1, LSTMFC_LONG, LSTMFC_REAL, LSTMFC_TEXT, LSTMFC_CHOICE };
typedef struct lstmfc_field {
    int32_t kind;
    size_t offset;
    const char *name, *preset, *range, *help;           /* preset: the default, as text */
} lstmfc_field;

/* Fills in every default and checks every range. Errors: ARGUMENT, naming field, value and range. */
LSTMFC_API lstmfc_result lstmfc_fields_resolve(void *desc, const lstmfc_field *fields, size_t count, lstmfc_error *err);
/* Sets one field from text. TEXT fields keep the pointer: the text must live as long as the desc. Errors: ARGUMENT. */
LSTMFC_API lstmfc_result lstmfc_field_set(void *desc, const lstmfc_field *field, const char *text, lstmfc_error *err);
/* Prints the value of one field as lstmfc_field_set reads it; returns the length (cut to size-1). */
LSTMFC_API size_t lstmfc_field_get(const void *desc, const lstmfc_field *field, char *out, size_t size);

#define LSTMFC__TYPE_INT    int32_t
#define LSTMFC__TYPE_LONG   int64_t
#define LSTMFC__TYPE_REAL   double
#define LSTMFC__TYPE_TEXT   const char *
#define LSTMFC__TYPE_CHOICE int32_t
#define LSTMFC__MEMBER(kind, name, preset, range, help) LSTMFC__TYPE_##kind name;

/* ---- 5 simd ---------------------------------------------------------------------------------------------------- */

LSTMFC_API const char *lstmfc_simd_name(void);          /* what runs: "scalar" in this version */

/* ---- 6 matrix -------------------------------------------------------------------------------------------------- */

/* The three products a layer needs, all row-major, all adding to what is in C. Each element of C is one chain: it starts
   from the value present and adds k = 0, 1, ... in order, whatever the blocking (determinism). lda, ldb, ldc: row strides. */
LSTMFC_API void lstmfc_gemm(size_t m, size_t n, size_t k, const lstmfc_real *a, size_t lda,          /* C[m,n] += A[m,k] B[k,n] */
                            const lstmfc_real *b, size_t ldb, lstmfc_real *c, size_t ldc);
LSTMFC_API void lstmfc_gemm_at(size_t m, size_t n, size_t k, const lstmfc_real *a, size_t lda,       /* C[m,n] += A[k,m]' B[k,n] */
                               const lstmfc_real *b, size_t ldb, lstmfc_real *c, size_t ldc);
LSTMFC_API void lstmfc_transpose(size_t rows, size_t columns, const lstmfc_real *a, lstmfc_real *out);  /* out[c,r] = a[r,c] */
/* Sums in 16 interleaved lanes, added pairwise: the order every level of chapter 5 keeps. */
LSTMFC_API double lstmfc_sum(size_t n, const lstmfc_real *x);
LSTMFC_API double lstmfc_sum_squares(size_t n, const lstmfc_real *x);
LSTMFC_API void lstmfc_axpy(size_t n, lstmfc_real alpha, const lstmfc_real *x, lstmfc_real *y);      /* y += alpha x */
LSTMFC_API void lstmfc_add_rows(size_t rows, size_t n, const lstmfc_real *x, lstmfc_real *y);        /* y[n] += sum of rows of x[rows,n], in order */

/* ---- 7 dense --------------------------------------------------------------------------------------------------- */

/* Kernels over arrays: every one is a pure function of its arguments (the dropout mask of its key), allocates nothing, checks
   nothing, and may be used from any thread. "rows" is B for one time step and T*B for a sequence. A backward function adds
   to the gradients of weights and overwrites the gradient of the input. Arrays of one call do not overlap unless it says so. */

enum { LSTMFC_LINEAR, LSTMFC_RELU, LSTMFC_TANH, LSTMFC_SIGMOID, LSTMFC_SWISH, LSTMFC_GELU, LSTMFC_SOFTMAX, LSTMFC_SOFTPLUS };
enum { LSTMFC_LOSS_MSE, LSTMFC_LOSS_MAE, LSTMFC_LOSS_HUBER, LSTMFC_LOSS_BCE };     /* BCE takes logits */

LSTMFC_API const char *lstmfc_activation_name(int32_t activation);     /* "linear", "relu", ...; NULL when there is no such one */

/* y[rows,outputs] = x[rows,inputs] kernel[inputs,outputs] + bias[outputs] */
LSTMFC_API void lstmfc_dense_forward(size_t rows, size_t inputs, size_t outputs, const lstmfc_real *x, const lstmfc_real *kernel,
                                     const lstmfc_real *bias, lstmfc_real *y);
/* dkernel += x' dy, dbias += sum of the rows of dy, dx = dy kernel'. kernel_t [outputs,inputs] is the transposed kernel
   (lstmfc_transpose); dx and kernel_t may both be NULL, so may dkernel and dbias. */
LSTMFC_API void lstmfc_dense_backward(size_t rows, size_t inputs, size_t outputs, const lstmfc_real *x,
                                      const lstmfc_real *kernel_t, const lstmfc_real *dy, lstmfc_real *dx, lstmfc_real *dkernel,
                                      lstmfc_real *dbias);

/* y = f(z), element by element; softmax over each row of n. y may be z. */
LSTMFC_API void lstmfc_activation_forward(int32_t activation, size_t rows, size_t n, const lstmfc_real *z, lstmfc_real *y);
/* dz = dy f'(z), from z and y = f(z). dz may be dy. */
LSTMFC_API void lstmfc_activation_backward(int32_t activation, size_t rows, size_t n, const lstmfc_real *z, const lstmfc_real *y,
                                           const lstmfc_real *dy, lstmfc_real *dz);

/* The key of every random draw of a batch: a mask is a pure function of it and of (layer, sequence, time, unit). */
typedef struct lstmfc_draw { uint64_t seed, epoch, batch; } lstmfc_draw;

/* The factors of inverted dropout (Srivastava 2014): 0 with probability rate, else 1/(1-rate). mask [steps][batch][units];
   steps = 1 gives the mask of variational dropout (Gal & Ghahramani 2016): one per sequence and unit. `layer` tells masks of
   one batch apart. 0 <= rate < 1. */
LSTMFC_API void lstmfc_dropout_mask(const lstmfc_draw *draw, uint64_t layer, double rate, size_t steps, size_t batch,
                                    size_t units, lstmfc_real *mask);
/* y[t] = x[t] * mask[t], `count` elements per step; mask_steps = 1 uses mask[0] at every step. Forward and backward are the
   same. y may be x. */
LSTMFC_API void lstmfc_dropout_apply(size_t steps, size_t count, const lstmfc_real *x, const lstmfc_real *mask,
                                     size_t mask_steps, lstmfc_real *y);

/* Batch norm (Ioffe & Szegedy 2015) over the columns of x [rows,n]. Training mode: statistics of these rows, then forward with
   them, then update; inference mode: forward with the running statistics alone. mean, variance [n]; the variance is the
   biased one (divided by rows). One row alone gives beta. */
LSTMFC_API void lstmfc_batchnorm_statistics(size_t rows, size_t n, const lstmfc_real *x, lstmfc_real *mean,
                                            lstmfc_real *variance);
/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta. y may be x. */
LSTMFC_API void lstmfc_batchnorm_forward(size_t rows, size_t n, double epsilon, const lstmfc_real *x, const lstmfc_real *gamma,
                                         const lstmfc_real *beta, const lstmfc_real *mean, const lstmfc_real *variance,
                                         lstmfc_real *y);
/* running = momentum running + (1 - momentum) batch. unbiased = 1: with the variance rows/(rows-1) times larger, as PyTorch
   does. */
LSTMFC_API void lstmfc_batchnorm_update(size_t rows, size_t n, double momentum, int32_t unbiased, const lstmfc_real *mean,
                                        const lstmfc_real *variance, lstmfc_real *running_mean, lstmfc_real *running_variance);
/* dgamma, dbeta += ...; dx of training mode (constant = 0), where the statistics depend on x, or of inference mode (constant = 1),
   where they do not. dx may be NULL or dy. */
LSTMFC_API void lstmfc_batchnorm_backward(size_t rows, size_t n, double epsilon, int32_t constant, const lstmfc_real *x,
                                          const lstmfc_real *gamma, const lstmfc_real *mean, const lstmfc_real *variance,
                                          const lstmfc_real *dy, lstmfc_real *dx, lstmfc_real *dgamma, lstmfc_real *dbeta);

/* Layer norm (Ba 2016): the same over the n features of each row, so nothing runs and nothing differs in inference.
   mean, inverse [rows] are kept for the way back. */
LSTMFC_API void lstmfc_layernorm_forward(size_t rows, size_t n, double epsilon, const lstmfc_real *x, const lstmfc_real *gamma,
                                         const lstmfc_real *beta, lstmfc_real *mean, lstmfc_real *inverse, lstmfc_real *y);
LSTMFC_API void lstmfc_layernorm_backward(size_t rows, size_t n, const lstmfc_real *x, const lstmfc_real *gamma,
                                          const lstmfc_real *mean, const lstmfc_real *inverse, const lstmfc_real *dy,
                                          lstmfc_real *dx, lstmfc_real *dgamma, lstmfc_real *dbeta);

typedef struct lstmfc_loss_desc {
    int32_t loss;                   /* LSTMFC_LOSS_... */
    double  huber_delta;            /* 0 = 1 */
} lstmfc_loss_desc;
/* sum_i weights[i] l_i / count, l_i the mean over outputs: mse e^2, mae |e|, huber e^2/2 or delta(|e| - delta/2), bce on logits
   softplus(z) - target z. raw_outputs, targets [count][outputs]; weights [count] or NULL = all 1. For bce pass logits
   (lstmfc_model_predict_raw); no form is recovered from another. */
LSTMFC_API double lstmfc_loss(const lstmfc_loss_desc *loss_desc, size_t count, size_t outputs, const lstmfc_real *raw_outputs,
                              const lstmfc_real *targets, const lstmfc_real *weights);
/* gradient [count][outputs] = d(lstmfc_loss)/d(raw_outputs). */
LSTMFC_API void lstmfc_loss_gradient(const lstmfc_loss_desc *loss_desc, size_t count, size_t outputs,
                                     const lstmfc_real *raw_outputs, const lstmfc_real *targets, const lstmfc_real *weights,
                                     lstmfc_real *gradient);

/* ---- 8 lstm ---------------------------------------------------------------------------------------------------- */

/* One LSTM layer through time. Gates stand in blocks i,f,g,o of H columns. Start it as zero and fill in what you need. */
typedef struct lstmfc_lstm_pass {
    size_t steps, batch, inputs, hidden;            /* T, B, I, H */
    const lstmfc_real *kernel, *recurrent, *bias;   /* [I,4H] [H,4H] [4H] */
    const lstmfc_real *x;                           /* [T][B][I] */
    const lstmfc_real *h0, *c0;                     /* [B][H] state before the first step; both NULL = zero */
    const lstmfc_real *recurrent_mask;              /* [B][H] factors on h before the recurrent product; NULL = none */
    /* written by forward, read by backward */
    lstmfc_real *gates;                             /* [T][B][4H] forward: i,f,g,o; backward: the gradients of their sums z */
    lstmfc_real *h;                                 /* [T][B][H] the output */
    lstmfc_real *c;                                 /* [T][B][H]; NULL in inference, where only the last is kept, */
    lstmfc_real *c_last;                            /* [B][H] here; it may be c0 */
    lstmfc_real *h_masked;                          /* [T][B][H] what the recurrent product read; only with recurrent_mask */
    /* backward only */
    const lstmfc_real *dh;                          /* [T][B][H] gradient of every h, or NULL: only of the last, */
    const lstmfc_real *dh_last;                     /* [B][H] which is here */
    const lstmfc_real *kernel_t, *recurrent_t;      /* [4H,I] (only with dx) and [4H,H]: the weights by lstmfc_transpose */
    lstmfc_real *dh_step;                           /* [B][H] workspace */
    lstmfc_real *dc;                                /* [B][H] in: gradient of the last c (zero it if there is none); out: of c0 */
    lstmfc_real *dkernel, *drecurrent, *dbias;      /* added to */
    lstmfc_real *dx;                                /* [T][B][I] overwritten; NULL = not wanted (a first layer) */
    lstmfc_real *dh0;                               /* [B][H] overwritten; NULL = not wanted */
} lstmfc_lstm_pass;
LSTMFC_API void lstmfc_lstm_forward(const lstmfc_lstm_pass *pass);
LSTMFC_API void lstmfc_lstm_backward(const lstmfc_lstm_pass *pass);     /* after forward with the same arrays */

/* ---- 9 model --------------------------------------------------------------------------------------------------- */

/* A network: layers, tensors, nothing else. It changes only through a trainer or lstmfc_model_set; a const model may be
   used by any number of threads, each with its own scratch. */
typedef struct lstmfc_model lstmfc_model;
typedef struct lstmfc_scratch lstmfc_scratch;

/* X(kind, name, preset, range, help) */
#define LSTMFC_MODEL_DESC(X) \
    X(TEXT, spec,   "",        "",                    "layer text: see the EBNF of chapter 9") \
    X(INT,  inputs, "1",       "1..1048576",          "columns of an input row") \
    X(INT,  window, "24",      "1..1048576",          "rows of a window (T)") \
    X(CHOICE, init, "default", "default|keras|torch", "initial weights: Glorot uniform; orthogonal recurrent; U(+-1/sqrt(H))") \
    X(LONG, seed,   "0",       "0..9223372036854775807", "seed of the initial weights")
typedef struct lstmfc_model_desc {
    LSTMFC_MODEL_DESC(LSTMFC__MEMBER)
    const lstmfc_env *env;          /* NULL = defaults; copied */
} lstmfc_model_desc;
LSTMFC_API const lstmfc_field *lstmfc_model_desc_fields(size_t *count);

/* One tensor of a model, for reading, saving and setting. name is "<layer index>.<layer>.<tensor>", as "0.lstm.kernel". */
typedef struct lstmfc_tensor {
    const char *name;
    int32_t rank, shape[2];         /* rank 1: shape[1] = 1 */
    size_t count;                   /* product of shape */
    int32_t trainable;              /* 0: a running statistic */
    int32_t frozen;
    double l2;                      /* penalty l2 * sum(w^2) of this tensor; 0 = none */
    const lstmfc_real *data;
} lstmfc_tensor;

/* Windows are row numbers in one matrix of rows: no window is ever copied as a whole set. Sample i sees the rows
   first_row[i] .. first_row[i]+window-1. targets [count][outputs], weights [count]; NULL = none, weights NULL = all 1. */
typedef struct lstmfc_batch {
    const lstmfc_real *rows;        /* [row_count][row_stride], the first `inputs` columns are used */
    size_t row_count, row_stride;
    const int64_t *first_row;       /* [count]; NULL = 0, 1, 2, ... */
    size_t count, window;
    const lstmfc_real *targets, *weights;
} lstmfc_batch;

LSTMFC_API lstmfc_model *lstmfc_model_create(const lstmfc_model_desc *desc, lstmfc_error *err);
/* How many bytes of an arena lstmfc_model_create takes at most; 0 and an error when the desc is refused. */
LSTMFC_API size_t        lstmfc_model_bytes(const lstmfc_model_desc *desc, lstmfc_error *err);
LSTMFC_API lstmfc_model *lstmfc_model_clone(const lstmfc_model *model, lstmfc_error *err);
LSTMFC_API void          lstmfc_model_free(lstmfc_model *model);
LSTMFC_API const char   *lstmfc_model_spec(const lstmfc_model *model);      /* the canonical layer text */
LSTMFC_API int32_t       lstmfc_model_inputs(const lstmfc_model *model);
LSTMFC_API int32_t       lstmfc_model_outputs(const lstmfc_model *model);
LSTMFC_API int32_t       lstmfc_model_window(const lstmfc_model *model);
LSTMFC_API int32_t       lstmfc_model_layers(const lstmfc_model *model);
LSTMFC_API int32_t       lstmfc_model_head(const lstmfc_model *model);      /* activation of the last layer: LSTMFC_SIGMOID ... */
LSTMFC_API int32_t       lstmfc_model_has_batchnorm(const lstmfc_model *model);
/* How many in all; *trainable (may be NULL) those that are neither statistics nor frozen. */
LSTMFC_API int64_t       lstmfc_model_parameters(const lstmfc_model *model, int64_t *trainable);
LSTMFC_API int32_t       lstmfc_model_tensors(const lstmfc_model *model);   /* how many, in file order */
LSTMFC_API lstmfc_result lstmfc_model_tensor(const lstmfc_model *model, int32_t index, lstmfc_tensor *out);
LSTMFC_API int32_t       lstmfc_model_find(const lstmfc_model *model, const char *name);           /* index or -1 */
LSTMFC_API lstmfc_result lstmfc_model_set(lstmfc_model *model, int32_t index, const lstmfc_real *data, size_t count,
                                          lstmfc_error *err);
/* Freezes (1) or frees (0) every tensor whose name starts with `prefix` ("" = all). Returns how many. */
LSTMFC_API int32_t       lstmfc_model_freeze(lstmfc_model *model, const char *prefix, int32_t frozen);
/* The L2 penalty of every input kernel whose layer names none (a trainer's own l2). It is not part of the layer text;
   lstmfc_tensor.l2 reports it. l2 >= 0; 0 = none, as after creation. */
LSTMFC_API void          lstmfc_model_set_l2(lstmfc_model *model, double l2);
/* Copies every tensor, statistics included, from a model of the same shapes: how a trainer keeps and restores best weights.
   Allocates nothing. Errors: SHAPE. */
LSTMFC_API lstmfc_result lstmfc_model_copy(lstmfc_model *to, const lstmfc_model *from, lstmfc_error *err);
/* A table of layers, output shapes and parameter counts, ended by NUL; returns the length it needs. */
LSTMFC_API size_t        lstmfc_model_summary(const lstmfc_model *model, char *out, size_t size);

/* Scratch for predicting with up to max_batch windows at once. One per thread. */
LSTMFC_API lstmfc_scratch *lstmfc_scratch_create(const lstmfc_model *model, size_t max_batch, lstmfc_error *err);
LSTMFC_API size_t          lstmfc_scratch_bytes(const lstmfc_model *model, size_t max_batch);   /* of an arena */
LSTMFC_API void            lstmfc_scratch_free(lstmfc_scratch *scratch);
/* outputs [batch->count][outputs], in inference mode; a sigmoid or softmax head gives probabilities. Any count (it is cut
   into chunks). Each window's result is the same bits whatever the batch. Allocates nothing. Errors: SHAPE, ARGUMENT. */
LSTMFC_API lstmfc_result lstmfc_model_predict(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_batch *batch,
                                              lstmfc_real *outputs, lstmfc_error *err);
/* One time step with carried state: state_reset forgets, each step consumes one row [inputs] and gives [outputs]. Only for
   models whose every layer can run step by step (no attention, no bidirectional layer). Allocates nothing. */
LSTMFC_API void          lstmfc_scratch_reset(lstmfc_scratch *scratch);
LSTMFC_API lstmfc_result lstmfc_model_step(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_real *row,
                                           lstmfc_real *outputs, lstmfc_error *err);

/* Buffers for one training batch: activations, gate gradients, masks; and the gradients themselves, equal in shape and
   order to the trainable tensors. */
typedef struct lstmfc_gradients lstmfc_gradients;
LSTMFC_API lstmfc_gradients *lstmfc_gradients_create(const lstmfc_model *model, size_t max_batch, lstmfc_error *err);
LSTMFC_API size_t            lstmfc_gradients_bytes(const lstmfc_model *model, size_t max_batch);   /* of an arena */
LSTMFC_API void              lstmfc_gradients_free(lstmfc_gradients *gradients);
/* Forward in training mode, loss, backward. The gradients replace the old ones and hold d(loss + L2)/d(tensor); *loss is
   the data loss alone, *penalty the L2 part (either may be NULL). Batch-norm running statistics of the model move when
   update_statistics is 1. outputs (may be NULL) gets the [count][outputs] predictions as lstmfc_model_predict defines them.
   draw NULL: no dropout. Under bce a sigmoid head is taken at its logits. Frozen tensors get the gradient 0; batch norm whose
   `mean` is frozen runs on its running statistics and leaves them alone. Allocates nothing. batch->count <= max_batch.
   Errors: SHAPE, ARGUMENT. */
LSTMFC_API lstmfc_result lstmfc_gradients_compute(lstmfc_gradients *gradients, lstmfc_model *model, const lstmfc_batch *batch,
                                                  const lstmfc_loss_desc *loss_desc, const lstmfc_draw *draw,
                                                  int32_t update_statistics, double *loss, double *penalty, lstmfc_real *outputs,
                                                  lstmfc_error *err);
/* The gradient of tensor `index` (as lstmfc_model_tensor numbers them); NULL for statistics. */
LSTMFC_API lstmfc_real *lstmfc_gradients_tensor(lstmfc_gradients *gradients, int32_t index);
/* As lstmfc_model_predict, but the logits of a sigmoid head: what lstmfc_loss takes for bce. The other losses compare what
   lstmfc_model_predict gives; where the head is not a sigmoid both are the same. */
LSTMFC_API lstmfc_result lstmfc_model_predict_raw(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_batch *batch,
                                                  lstmfc_real *outputs, lstmfc_error *err);

/* ---- 10 optimiser ---------------------------------------------------------------------------------------------- */

#define LSTMFC_OPTIMIZER_DESC(X) \
    X(CHOICE, optimizer,     "adam",  "adam|adamw|rmsprop|sgd", "update rule") \
    X(CHOICE, adam,          "torch", "torch|keras", "epsilon outside the bias correction (1e-8) or Keras's rule (1e-7)") \
    X(REAL,   lr,            "0.001", "0..1000",    "learning rate") \
    X(REAL,   momentum,      "0",     "0..1",       "momentum of sgd") \
    X(REAL,   beta1,         "0.9",   "0..1",       "Adam's decay of the mean") \
    X(REAL,   beta2,         "0.999", "0..1",       "Adam's decay of the square") \
    X(REAL,   epsilon,       "0",     "0..1",       "0: 1e-8, or 1e-7 with adam=keras") \
    X(REAL,   weight_decay,  "0.01",  "none|0..1",  "of adamw") \
    X(REAL,   clip_norm,     "1",     "none|0..1e30", "largest global norm of the gradient") \
    X(REAL,   clip_value,    "none",  "none|0..1e30", "largest absolute gradient element, applied first")
typedef struct lstmfc_optimizer_desc { LSTMFC_OPTIMIZER_DESC(LSTMFC__MEMBER) } lstmfc_optimizer_desc;
LSTMFC_API const lstmfc_field *lstmfc_optimizer_desc_fields(size_t *count);

/* First and second moments, equal in shape to the trainable tensors, and the step counter. */
typedef struct lstmfc_optimizer lstmfc_optimizer;
LSTMFC_API lstmfc_optimizer *lstmfc_optimizer_create(const lstmfc_model *model, const lstmfc_optimizer_desc *desc,
                                                     lstmfc_error *err);
LSTMFC_API size_t            lstmfc_optimizer_bytes(const lstmfc_model *model);    /* of an arena */
LSTMFC_API void              lstmfc_optimizer_free(lstmfc_optimizer *optimizer);
/* Clip by value, clip by global norm, update, in this order (clip first, so one huge element cannot hide behind the norm). lr replaces desc.lr when > 0 (schedules).
   *norm (may be NULL) is the global norm before clipping by norm. Frozen tensors do not move. Allocates nothing.
   Errors: DIVERGED when the norm is not finite, with nothing changed. */
LSTMFC_API lstmfc_result lstmfc_optimizer_step(lstmfc_optimizer *optimizer, lstmfc_model *model, lstmfc_gradients *gradients,
                                               double lr, double *norm, lstmfc_error *err);
/* For checkpoints: the moments of tensor `index` (count values; order 0: mean or velocity, 1: square), NULL for statistics,
   and the number of steps done, on which Adam's bias correction depends. */
LSTMFC_API lstmfc_real *lstmfc_optimizer_moments(lstmfc_optimizer *optimizer, int32_t index, int32_t order);
LSTMFC_API int64_t      lstmfc_optimizer_steps(const lstmfc_optimizer *optimizer);
LSTMFC_API void         lstmfc_optimizer_set_steps(lstmfc_optimizer *optimizer, int64_t steps);
LSTMFC_API void         lstmfc_optimizer_reset(lstmfc_optimizer *optimizer);    /* moments and steps back to 0 */

/* Reduce on plateau and early stopping: both look at the loss once at the end of an epoch. Plain structs, savable. */
typedef struct lstmfc_plateau {
    double factor, min_delta, best; int32_t patience, wait, torch_rule, started;
} lstmfc_plateau;
/* Returns the new learning rate. patience 0 = off. */
LSTMFC_API double lstmfc_plateau_step(lstmfc_plateau *plateau, double loss, double lr);
typedef struct lstmfc_stopping {
    double min_delta, best; int32_t patience, wait, best_epoch, started;
} lstmfc_stopping;
/* epoch from 1; patience 0 or less: never stop. Returns 1: improved (keep the weights now), 0: not, -1: stop now (not
   improved, patience used up). */
LSTMFC_API int32_t lstmfc_stopping_step(lstmfc_stopping *stopping, double loss, int32_t epoch);

/* ---- 11 gradcheck ---------------------------------------------------------------------------------------------- */

typedef struct lstmfc_gradcheck_result {
    double  worst;                  /* largest relative error max over elements of |a-n| / max(|a|+|n|, floor of the tensor) */
    char    worst_tensor[64];
    int64_t checked;                /* elements compared */
    int32_t passed;                 /* worst < tolerance */
} lstmfc_gradcheck_result;
/* Central differences against lstmfc_gradients_compute, every element of every trainable tensor (at most per_tensor of each
   when > 0). The model is left as it was. tolerance 0 = 1e-6 in the double build, 2e-2 in the float build. */
LSTMFC_API lstmfc_result lstmfc_gradcheck(lstmfc_model *model, const lstmfc_batch *batch, const lstmfc_loss_desc *loss_desc,
                                          const lstmfc_draw *draw, int32_t per_tensor, double tolerance,
                                          lstmfc_gradcheck_result *out, lstmfc_error *err);

/* ---- 12 series ------------------------------------------------------------------------------------------------- */

/* One numeric column, values [count]. missing[t] is 1 where the file's cell was blank (also after a fill); NULL = nowhere. Blanks
   that were not filled are NaN. */
typedef struct lstmfc_column {
    const char *name;
    double *values;
    unsigned char *missing;
    int64_t blanks;                 /* blank cells in the file, before filling and dropping */
} lstmfc_column;

/* A series of bars, oldest first. Fill it over your own arrays (everything unused zero), or load it. Absent columns are
   NULL; time is required. `columns` lists every numeric column in file order, the price columns (aliased) included. */
typedef struct lstmfc_candles {
    size_t count;
    int64_t *time;                  /* open of the bar, UTC milliseconds, strictly ascending */
    double *open, *high, *low, *close, *volume;
    lstmfc_column *columns;
    size_t column_count;
    int64_t interval;               /* milliseconds from bar to bar (the commonest step); 0 = not known */
    int32_t synthetic;              /* 1: made by a generator; every report says so */
    void *internal;                 /* owned by the library; NULL over your own arrays */
} lstmfc_candles;

/* What may be told to the reader; whatever is left 0 (or "") it finds out by itself, or refuses to guess. */
#define LSTMFC_CSV_DESC(X) \
    X(TEXT,   columns,     "",      "",  "names: close=btc_market_price,volume=Volume BTC; an empty name (open=) leaves a role to no column") \
    X(TEXT,   separator,   "auto",  "",  "auto, or one character (tab: tab)") \
    X(CHOICE, decimal,     "auto",  "auto|point|comma", "decimal mark") \
    X(CHOICE, time_format, "auto",  "auto|iso|s|ms|us|ns|dmy|mdy", "how the time column is written") \
    X(CHOICE, header,      "auto",  "auto|yes|no", "whether the columns have names") \
    X(CHOICE, duplicates,  "error_if_different", "error_if_different|first|last", "rows with the same time") \
    X(INT,    max_fill,    "none",  "none|0..1000000", "longest run of blanks a forward fill may cover, in bars; " \
                                                       "none: blanks stay NaN in extra columns, rows with a blank price are dropped") \
    X(LONG,   now,         "0",     "0..9223372036854775807", "UTC ms; an unclosed last row is dropped; 0: not checked") \
    X(INT,    drop_last,   "0",     "0..1", "drop the last row in any case") \
    X(INT,    last,        "0",     "0..2147483647", "keep the last n rows only; 0: all")
struct lstmfc_csv_report;
typedef struct lstmfc_csv_desc {
    LSTMFC_CSV_DESC(LSTMFC__MEMBER)
    struct lstmfc_csv_report *report;   /* filled when not NULL, also on failure as far as it got */
    const lstmfc_env *env;
} lstmfc_csv_desc;
LSTMFC_API const lstmfc_field *lstmfc_csv_desc_fields(size_t *count);

LSTMFC_API lstmfc_csv_desc lstmfc_csv_desc_default(void);                   /* every default filled in */
LSTMFC_API lstmfc_result   lstmfc_csv_desc_resolve(lstmfc_csv_desc *desc, lstmfc_error *err);

/* What the reader found and what it did about it; every count is in rows unless it says cells.
   duplicate_rows     dropped because their time was there already; conflicting_rows of them had other values
   out_of_order       steps against the file's main direction
   blank_rows         dropped: every price blank (every number, without price columns), or nothing but separators
   bad_price_rows     dropped: some price blank or below zero; zero_price_rows: dropped because a price is 0
   preamble_lines     lines before the data that are not the header
   interval           the commonest step; gaps, missing_bars, ohlc_violations and zero_volume are about the bars kept
   unclosed           dropped at the end: open + interval > now, or drop_last */
typedef struct lstmfc_csv_report {
    char    separator;
    char    decimal;
    int32_t has_header, header_line, preamble_lines, bom, crlf;
    int32_t descending;             /* the file was newest first */
    char    time_format[32];        /* "iso", "epoch ms", "epoch mixed s,ms", "12-AM", "d.m.y" ... */
    char    time_column[64], mapping[256];      /* "time=Date, open=Open, close=Price, ..." */
    char    ignored[256];           /* columns that are not numeric, and times that were not used: "symbol, close_time" */
    char    notes[512];             /* what else is worth knowing, as sentences separated by "; " */
    int64_t rows;                   /* data rows in the file */
    int64_t kept;                   /* bars in the result */
    int64_t blank_cells, filled_cells, blank_rows, bad_price_rows, zero_price_rows;
    int64_t duplicate_rows, conflicting_rows, out_of_order, missing_bars, gaps;
    int64_t ohlc_violations, zero_volume, unclosed;
    int64_t interval;
    int64_t conflicting_prices;     /* of conflicting_rows, those where open, high, low or close differ */
    int64_t exchanged_volumes;      /* rows whose two volume columns fit the price only the other way round (left as they are) */
} lstmfc_csv_report;

/* Candles from a CSV text of `length` bytes (no terminator needed; not kept), or from a file, read in pieces. desc NULL = defaults.
   Only a column of times is required; every numeric column is kept. The result is sorted, has each time once, and is freed by
   lstmfc_candles_free. NULL on failure: OPEN (cannot be opened or read), DATA (with line and column), ARGUMENT (an option, a column
   name that does not exist: the nearest is named), LIMIT (env.limits.file_bytes, elements), MEMORY. Memory: the kept numbers twice,
   never the text. May run in any thread. */
LSTMFC_API lstmfc_candles *lstmfc_candles_parse_csv(const char *text, size_t length, const lstmfc_csv_desc *desc, lstmfc_error *err);
#ifndef LSTMFC_NO_STDIO
LSTMFC_API lstmfc_candles *lstmfc_candles_load_csv(const char *path, const lstmfc_csv_desc *desc, lstmfc_error *err);  /* "-": stdin */
#endif
/* A series of `count` bars with OHLCV columns and times, all 0, to be written by the caller: for generators and tests. Bars with
   price 0 are not valid yet. count 0 is fine: append to it. NULL: MEMORY. env NULL = defaults. */
LSTMFC_API lstmfc_candles *lstmfc_candles_create(size_t count, const lstmfc_env *env, lstmfc_error *err);
/* A copy of rows [first, first+count), columns and blanks included, in the env of the original; independent of it from then on.
   NULL: ARGUMENT (rows that the series does not have), MEMORY. */
LSTMFC_API lstmfc_candles *lstmfc_candles_slice(const lstmfc_candles *candles, size_t first, size_t count, lstmfc_error *err);
LSTMFC_API void            lstmfc_candles_free(lstmfc_candles *candles);    /* only what the library made */
/* Appends one closed bar; time (its open, UTC ms) must be later than the last. Only to a series the library made. A price that the
   series has no column for is dropped, further columns are blank (NaN) there. Pointers into the arrays are invalid afterwards. On
   failure (ARGUMENT, MEMORY) the series is as it was. Not for use while another thread reads the series. */
LSTMFC_API lstmfc_result   lstmfc_candles_append(lstmfc_candles *candles, int64_t time, double open, double high, double low,
                                                 double close, double volume, lstmfc_error *err);
/* The values [count] of "open" .. "volume" or of a further column, else of one that differs in the case of ASCII letters only. */
LSTMFC_API const double   *lstmfc_candles_column(const lstmfc_candles *candles, const char *name);     /* NULL = no such column */
/* A hash of times, prices and all columns, the same on every machine; two series with one fingerprint hold the same numbers. */
LSTMFC_API int64_t         lstmfc_candles_fingerprint(const lstmfc_candles *candles, size_t count);    /* of the first count bars */

/* Counts over a whole series: cells that are not finite, bars whose high or low does not enclose the rest, prices <= 0, ... */
typedef struct lstmfc_candles_report {
    int64_t nan_cells, ohlc_violations, nonpositive_prices, negative_volumes, duplicate_times, backward_times, missing_bars, gaps;
    int64_t first_bad_row;          /* -1 = none */
} lstmfc_candles_report;
/* Looks, changes nothing. OK, or DATA when times are not strictly ascending or a price is not finite or <= 0; the message names the
   first such bar. report (may be NULL) is filled in both cases. Gaps are counted by candles->interval, else by the majority's
   step. */
LSTMFC_API lstmfc_result lstmfc_candles_check(const lstmfc_candles *candles, lstmfc_candles_report *report, lstmfc_error *err);

LSTMFC_API size_t  lstmfc_format_time(char out[32], int64_t time);          /* YYYY-MM-DDTHH:MM:SSZ */
/* Reads an ISO date or date-time (UTC, or with a zone); returns the bytes taken, 0 = not one. */
LSTMFC_API size_t  lstmfc_parse_time(const char *text, size_t length, int64_t *time);
LSTMFC_API int64_t lstmfc_time_from_civil(int32_t year, int32_t month, int32_t day);       /* midnight UTC, ms */
LSTMFC_API void    lstmfc_time_to_civil(int64_t time, int32_t *year, int32_t *month, int32_t *day);

/* ---- 13 indicators --------------------------------------------------------------------------------------------- */

/* Indicators as small machines: a plain struct, `_init(state, n)`, then `_update` once for each closed bar. Windowed ones also
   take `ring`, memory of the caller of as many doubles as their `_floats(n)` says; struct and ring may be copied, saved and
   restored with memcpy, and to peek at a bar that is still forming, update a copy of both. Nothing here allocates, and no state
   is shared, so different states may be used by different threads.
     value      NaN until the first valid bar; `_lookback(n)` is the index of that bar and never depends on the data
     stable     `_stable(n, eps)`: how many bars after the first valid one the share of the seed falls below eps (0 = 1e-4);
                counted to 2^24 at most
     NaN, inf   in: window functions give NaN while the window holds one, then are exact again; recursive ones give NaN at that
                bar and hold their state; cumulative ones skip the bar (NaN at it)
     errors     `_init` gives ARGUMENT, and leaves the state untouched, for n below 1 (2 where it says so) or fast > slow
     batch      `_batch` is a loop over `_update`: the same bits. out may be the input itself; `fewer bars than lookback + 1`
                gives all NaN. Returns what `_init` returns, out untouched on an error.
   Definitions follow TA-Lib where it has the function. */

/* The last n values of a series, always in one piece (each is written twice, n apart), and how many of them are not finite. */
typedef struct lstmfc_window { int32_t n, at, bad; int64_t count; } lstmfc_window;
LSTMFC_API size_t        lstmfc_window_floats(int32_t n);       /* 2 n */
LSTMFC_API lstmfc_result lstmfc_window_init(lstmfc_window *window, int32_t n);
/* Adds x. Returns the n values, oldest first, valid until the next push; NULL before there are n or while one is not finite. */
LSTMFC_API const double *lstmfc_window_push(lstmfc_window *window, double *ring, double x);

/* Pure functions of n values in a row, oldest first: what SMA, WMA and the other rolling functions are made of. Two passes over
   differences from the oldest value: a flat window has a mean equal to its value and a deviation of exactly 0. */
LSTMFC_API double lstmfc_window_mean(const double *x, int32_t n);
LSTMFC_API double lstmfc_window_wma(const double *x, int32_t n);        /* weights 1 .. n, the newest heaviest */
LSTMFC_API double lstmfc_window_variance(const double *x, int32_t n, int32_t ddof);    /* NaN if n <= ddof */
LSTMFC_API double lstmfc_window_stddev(const double *x, int32_t n);     /* ddof 0 */
LSTMFC_API double lstmfc_window_zscore(const double *x, int32_t n);     /* (newest - mean) / stddev; 0 when stddev is 0 */
LSTMFC_API double lstmfc_window_min(const double *x, int32_t n);
LSTMFC_API double lstmfc_window_max(const double *x, int32_t n);
LSTMFC_API double lstmfc_window_sum(const double *x, int32_t n);
LSTMFC_API double lstmfc_window_rank(const double *x, int32_t n);       /* of the newest: (less + half of other equals) / (n-1); n >= 2 */
LSTMFC_API double lstmfc_window_slope(const double *x, int32_t n);      /* least squares, per bar; 0 when flat; n >= 2 */
LSTMFC_API double lstmfc_window_corr(const double *x, const double *y, int32_t n);     /* Pearson; 0 when either is flat; n >= 2 */
/* One of the above over a series: out[t] from x[t-n+1..t], NaN before n-1. ring: lstmfc_window_floats(n). */
LSTMFC_API lstmfc_result lstmfc_window_batch(double (*statistic)(const double *x, int32_t n), const double *x, size_t count,
                                             int32_t n, double *ring, double *out);

/* x[t-n], whatever lies between; n >= 0. */
typedef struct lstmfc_lag { int32_t n, at; int64_t count; } lstmfc_lag;
LSTMFC_API size_t        lstmfc_lag_floats(int32_t n);          /* n + 1 */
LSTMFC_API lstmfc_result lstmfc_lag_init(lstmfc_lag *lag, int32_t n);
LSTMFC_API double        lstmfc_lag_update(lstmfc_lag *lag, double *ring, double x);

/* EMA: v += a (x - v), a = 2/(n+1), seeded with the mean of the first n values at bar n-1. Wilder's average: a = 1/n. */
typedef struct lstmfc_ema { int32_t n; int64_t count; double alpha, base, value; } lstmfc_ema;
LSTMFC_API lstmfc_result lstmfc_ema_init(lstmfc_ema *ema, int32_t n);
LSTMFC_API lstmfc_result lstmfc_wilder_init(lstmfc_ema *ema, int32_t n);
LSTMFC_API double        lstmfc_ema_update(lstmfc_ema *ema, double x);
LSTMFC_API lstmfc_result lstmfc_ema_batch(const double *x, size_t count, int32_t n, double *out);
LSTMFC_API lstmfc_result lstmfc_wilder_batch(const double *x, size_t count, int32_t n, double *out);
LSTMFC_API int64_t       lstmfc_ema_lookback(int32_t n);        /* n - 1, Wilder's too */
LSTMFC_API int64_t       lstmfc_ema_stable(int32_t n, double eps);
LSTMFC_API int64_t       lstmfc_wilder_stable(int32_t n, double eps);

/* RSI (Wilder 1978): 100 G/(G+L), G and L Wilder's averages of gains and losses; no losses 100, all flat 0 (TA-Lib). n >= 2. */
typedef struct lstmfc_rsi { lstmfc_ema gain, loss; double previous; } lstmfc_rsi;
LSTMFC_API lstmfc_result lstmfc_rsi_init(lstmfc_rsi *rsi, int32_t n);
LSTMFC_API double        lstmfc_rsi_update(lstmfc_rsi *rsi, double x);
LSTMFC_API lstmfc_result lstmfc_rsi_batch(const double *x, size_t count, int32_t n, double *out);
LSTMFC_API int64_t       lstmfc_rsi_lookback(int32_t n);        /* n */

/* StochRSI, 0..100: raw = where the RSI stands in its range of stoch_n bars (0 when that has no width), k = SMA of raw, d = SMA
   of k. out: raw, k, d. */
typedef struct lstmfc_stochrsi { lstmfc_rsi rsi; lstmfc_window range, k, d; } lstmfc_stochrsi;
LSTMFC_API size_t        lstmfc_stochrsi_floats(int32_t stoch_n, int32_t k, int32_t d);
LSTMFC_API lstmfc_result lstmfc_stochrsi_init(lstmfc_stochrsi *state, int32_t rsi_n, int32_t stoch_n, int32_t k, int32_t d);
LSTMFC_API void          lstmfc_stochrsi_update(lstmfc_stochrsi *state, double *ring, double x, double out[3]);
LSTMFC_API int64_t       lstmfc_stochrsi_lookback(int32_t rsi_n, int32_t stoch_n, int32_t k, int32_t d, int32_t output);

/* MACD (Appel 1979). The fast EMA is seeded over the n bars that end where the slow one is (TA-Lib), not at the start of the
   series; all three outputs begin with the signal. out: line, signal, hist. */
typedef struct lstmfc_macd { lstmfc_ema fast, slow, signal; int32_t skip; } lstmfc_macd;
LSTMFC_API lstmfc_result lstmfc_macd_init(lstmfc_macd *macd, int32_t fast, int32_t slow, int32_t signal);
LSTMFC_API void          lstmfc_macd_update(lstmfc_macd *macd, double x, double out[3]);
LSTMFC_API lstmfc_result lstmfc_macd_batch(const double *x, size_t count, int32_t fast, int32_t slow, int32_t signal,
                                           double *line, double *signal_line, double *hist);    /* any may be NULL */
LSTMFC_API int64_t       lstmfc_macd_lookback(int32_t slow, int32_t signal);    /* slow + signal - 2 */
LSTMFC_API int64_t       lstmfc_macd_stable(int32_t slow, int32_t signal, double eps);

/* Bollinger bands of a window (lstmfc_window_push). out: middle, upper, lower, width = 100 (U-L)/M (0 if M is 0),
   percent = (x-L)/(U-L) (0.5 at zero width). */
LSTMFC_API void          lstmfc_window_bands(const double *x, int32_t n, double k, double out[5]);

/* True range max(H, Cp) - min(L, Cp), first at bar 1; ATR: Wilder's average of it, first at bar n. */
typedef struct lstmfc_tr { double previous; } lstmfc_tr;
LSTMFC_API void          lstmfc_tr_init(lstmfc_tr *tr);
LSTMFC_API double        lstmfc_tr_update(lstmfc_tr *tr, double high, double low, double close);
typedef struct lstmfc_atr { lstmfc_tr tr; lstmfc_ema average; } lstmfc_atr;
LSTMFC_API lstmfc_result lstmfc_atr_init(lstmfc_atr *atr, int32_t n);
LSTMFC_API double        lstmfc_atr_update(lstmfc_atr *atr, double high, double low, double close);
LSTMFC_API lstmfc_result lstmfc_atr_batch(const double *high, const double *low, const double *close, size_t count, int32_t n,
                                          double *out);
LSTMFC_API int64_t       lstmfc_atr_lookback(int32_t n);        /* n */

/* Directional movement (Wilder 1978): +DI, -DI, DX and ADX in one pass. Moves that tie count for neither side; DX and ADX hold
   their value where the range or DI sum is 0. n >= 2. out: plus_di, minus_di, dx (first n), adx (first 2n-1). */
typedef struct lstmfc_dmi { int32_t n; int64_t count; double high, low, close, plus, minus, range, dx, adx; } lstmfc_dmi;
LSTMFC_API lstmfc_result lstmfc_dmi_init(lstmfc_dmi *dmi, int32_t n);
LSTMFC_API void          lstmfc_dmi_update(lstmfc_dmi *dmi, double high, double low, double close, double out[4]);
LSTMFC_API lstmfc_result lstmfc_dmi_batch(const double *high, const double *low, const double *close, size_t count, int32_t n,
                                          double *plus_di, double *minus_di, double *dx, double *adx);  /* any may be NULL */
LSTMFC_API int64_t       lstmfc_adx_lookback(int32_t n);        /* 2 n - 1 */
LSTMFC_API int64_t       lstmfc_adx_stable(int32_t n, double eps);

/* On-balance volume (Granville 1963): starts at the first volume, adds it when the close rises, subtracts it when it falls. */
typedef struct lstmfc_obv { int32_t started; double close, value, rest; } lstmfc_obv;
LSTMFC_API void          lstmfc_obv_init(lstmfc_obv *obv);
LSTMFC_API double        lstmfc_obv_update(lstmfc_obv *obv, double close, double volume);
LSTMFC_API void          lstmfc_obv_batch(const double *close, const double *volume, size_t count, double *out);

/* Volume-weighted mean of the typical price (H+L+C)/3 over n bars; the plain mean where there was no volume. */
typedef struct lstmfc_vwap { lstmfc_window price, volume; } lstmfc_vwap;
LSTMFC_API size_t        lstmfc_vwap_floats(int32_t n);
LSTMFC_API lstmfc_result lstmfc_vwap_init(lstmfc_vwap *vwap, int32_t n);
LSTMFC_API double        lstmfc_vwap_update(lstmfc_vwap *vwap, double *ring, double high, double low, double close, double volume);
/* The same since an anchor: the first bar, or with `daily` the first bar of each UTC day. No volume yet: the typical price of
   the anchor. */
typedef struct lstmfc_vwap_anchored {
    int32_t daily, started; int64_t day; double anchor, money, money_rest, volume, volume_rest;
} lstmfc_vwap_anchored;
LSTMFC_API void          lstmfc_vwap_anchored_init(lstmfc_vwap_anchored *vwap, int32_t daily);
LSTMFC_API double        lstmfc_vwap_anchored_update(lstmfc_vwap_anchored *vwap, int64_t time, double high, double low, double close,
                                                     double volume);

/* V (2C-H-L)/(H-L): V when the bar closes on its high, -V on its low; 0 if H = L. NaN unless all are finite. */
LSTMFC_API double        lstmfc_signed_volume(double high, double low, double close, double volume);
/* ln(x/previous) through log1p, exact for tiny moves; NaN unless both are positive. */
LSTMFC_API double        lstmfc_log_return(double x, double previous);

/* Volatility per bar, not annualised, n >= 2. realized_vol: sample deviation (ddof 1) of n log returns, first at n. */
typedef struct lstmfc_realized_vol { lstmfc_window returns; double previous; } lstmfc_realized_vol;
LSTMFC_API lstmfc_result lstmfc_realized_vol_init(lstmfc_realized_vol *state, int32_t n);      /* ring: lstmfc_window_floats(n) */
LSTMFC_API double        lstmfc_realized_vol_update(lstmfc_realized_vol *state, double *ring, double x);
LSTMFC_API lstmfc_result lstmfc_realized_vol_batch(const double *x, size_t count, int32_t n, double *ring, double *out);
/* What one bar adds to Parkinson (1980), ln(H/L)^2 / (4 ln 2), and to Garman-Klass (1980), ln(H/L)^2/2 - (2 ln 2 - 1) ln(C/O)^2.
   Their volatility is the square root of the mean over n bars (of max(0, mean) for the second). */
LSTMFC_API double        lstmfc_parkinson_term(double high, double low);
LSTMFC_API double        lstmfc_garman_klass_term(double open, double high, double low, double close);
/* Yang-Zhang (2000): overnight, open-to-close and Rogers-Satchell parts; first at n. */
typedef struct lstmfc_yang_zhang { lstmfc_window overnight, day, satchell; double previous; } lstmfc_yang_zhang;
LSTMFC_API size_t        lstmfc_yang_zhang_floats(int32_t n);
LSTMFC_API lstmfc_result lstmfc_yang_zhang_init(lstmfc_yang_zhang *state, int32_t n);
LSTMFC_API double        lstmfc_yang_zhang_update(lstmfc_yang_zhang *state, double *ring, double open, double high, double low,
                                                  double close);

/* Trend by two EMAs: state = sign(fast - slow), a tie keeps the last state; cross = +1 or -1 on the bar where the state changes
   sign, else 0. out: state (first slow-1), cross (first slow). */
typedef struct lstmfc_trend { lstmfc_ema fast, slow; int32_t state, started; } lstmfc_trend;
LSTMFC_API lstmfc_result lstmfc_trend_init(lstmfc_trend *trend, int32_t fast, int32_t slow);
LSTMFC_API void          lstmfc_trend_update(lstmfc_trend *trend, double x, double out[2]);

/* Stochastic (Lane): 100 (C-LL)/(HH-LL) over n bars, 0 at zero range; k = its SMA over k_smooth, d = SMA of k. out: k, d. */
typedef struct lstmfc_stoch { lstmfc_window high, low, k, d; } lstmfc_stoch;
LSTMFC_API size_t        lstmfc_stoch_floats(int32_t n, int32_t k_smooth, int32_t d);
LSTMFC_API lstmfc_result lstmfc_stoch_init(lstmfc_stoch *state, int32_t n, int32_t k_smooth, int32_t d);
LSTMFC_API void          lstmfc_stoch_update(lstmfc_stoch *state, double *ring, double high, double low, double close,
                                             double out[2]);

/* Highest high and lowest low of n bars: Donchian's channel, and Williams %R = -100 (HH-C)/(HH-LL), 0 at zero range.
   out: upper, middle, lower, %R. */
typedef struct lstmfc_channel { lstmfc_window high, low; } lstmfc_channel;
LSTMFC_API size_t        lstmfc_channel_floats(int32_t n);
LSTMFC_API lstmfc_result lstmfc_channel_init(lstmfc_channel *state, int32_t n);
LSTMFC_API void          lstmfc_channel_update(lstmfc_channel *state, double *ring, double high, double low, double close,
                                               double out[4]);

/* Keltner channel: EMA(close, n) +- k ATR(atr_n). out: upper, middle, lower. */
typedef struct lstmfc_keltner { lstmfc_ema middle; lstmfc_atr atr; double k; } lstmfc_keltner;
LSTMFC_API lstmfc_result lstmfc_keltner_init(lstmfc_keltner *state, int32_t n, int32_t atr_n, double k);
LSTMFC_API void          lstmfc_keltner_update(lstmfc_keltner *state, double high, double low, double close, double out[3]);

/* A move worth noticing: 0.5 ATR(14) + 0.3 realized_vol(20) C. First at 20. */
typedef struct lstmfc_threshold { lstmfc_atr atr; lstmfc_realized_vol vol; } lstmfc_threshold;
LSTMFC_API size_t        lstmfc_threshold_floats(void);
LSTMFC_API void          lstmfc_threshold_init(lstmfc_threshold *state);
LSTMFC_API double        lstmfc_threshold_update(lstmfc_threshold *state, double *ring, double high, double low, double close);

/* Commodity channel index (Lambert 1980) of a window of typical prices: (newest - mean) / (0.015 mean |deviation|), 0 when flat. */
LSTMFC_API double        lstmfc_window_cci(const double *x, int32_t n);

/* Money flow index: 100 P/(P+N), P and N the sums of price x volume over n bars where the typical price rose and fell; 0
   when there was no flow. First at n. */
typedef struct lstmfc_mfi { lstmfc_window rising, falling; double previous; } lstmfc_mfi;
LSTMFC_API size_t        lstmfc_mfi_floats(int32_t n);
LSTMFC_API lstmfc_result lstmfc_mfi_init(lstmfc_mfi *mfi, int32_t n);
LSTMFC_API double        lstmfc_mfi_update(lstmfc_mfi *mfi, double *ring, double high, double low, double close, double volume);

/* ---- 14 features ----------------------------------------------------------------------------------------------- */

/* A compiled feature text (language: EBNF and table of functions in the implementation of this chapter, lstmfc_functions). It
   knows its columns, lookback and stable lookback before any data. Immutable: any number of threads may evaluate it. */
typedef struct lstmfc_features lstmfc_features;
/* The state of a plan after some bars: one per series and thread. The plan must outlive it. */
typedef struct lstmfc_features_state lstmfc_features_state;

typedef struct lstmfc_features_desc {
    const lstmfc_candles *columns;  /* whose columns `all_columns` and @c stand for and col() may name; only read while compiling.
                                       NULL: all_columns is open high low close volume, col() names are looked up at evaluation */
    int32_t start_dependent;        /* 1: cumulative outputs (obv, vwap_anchored) may stand alone */
    const lstmfc_env *env;          /* NULL = defaults; copied */
} lstmfc_features_desc;

/* desc NULL: all defaults. Errors: SPEC with the column of the text (from 1, in err->column) and the nearest valid name; MEMORY. */
LSTMFC_API lstmfc_features *lstmfc_features_compile(const char *spec, const lstmfc_features_desc *desc, lstmfc_error *err);
LSTMFC_API void             lstmfc_features_free(lstmfc_features *features);          /* NULL is fine; after all its states */
/* The canonical text: presets and all_columns expanded, arguments filled in; it compiles to the same plan. Lives in the plan. */
LSTMFC_API const char      *lstmfc_features_spec(const lstmfc_features *features);
LSTMFC_API int32_t          lstmfc_features_count(const lstmfc_features *features);
LSTMFC_API const char      *lstmfc_features_name(const lstmfc_features *features, int32_t index);      /* NULL = no such feature */
/* The first row on which all features, or this one, can be valid. */
LSTMFC_API int64_t          lstmfc_features_lookback(const lstmfc_features *features);
LSTMFC_API int64_t          lstmfc_features_lookback_of(const lstmfc_features *features, int32_t index);       /* -1 = no such feature */
/* The row from which the share of recursive seeds is below eps (0 = 1e-4): an upper bound. */
LSTMFC_API int64_t          lstmfc_features_stable(const lstmfc_features *features, double eps);
/* 1: some feature reads the volume, which many files lack. */
LSTMFC_API int32_t          lstmfc_features_needs_volume(const lstmfc_features *features);
/* 1: every feature is made of close and calendar alone; else *first_that_does_not (may be NULL) is one that is not. */
LSTMFC_API int32_t          lstmfc_features_only_close(const lstmfc_features *features, int32_t *first_that_does_not);
/* matrix [candles->count][count]. A value that is not valid yet, or not finite, is NaN; row t depends on rows 0..t alone.
   Errors: DATA naming an absent column; MEMORY. */
LSTMFC_API lstmfc_result    lstmfc_features_evaluate(const lstmfc_features *features, const lstmfc_candles *candles, double *matrix,
                                                     lstmfc_error *err);
/* The same bar by bar, same bits. push: row `index` of candles has just closed; bars come in order, but nothing except that row
   is read, so candles may hold it alone. row [count]. Allocates nothing. To look at a bar that is still forming, push it into a
   copy. Errors: DATA naming an absent column; ARGUMENT. */
LSTMFC_API lstmfc_features_state *lstmfc_features_state_create(const lstmfc_features *features, lstmfc_error *err);
LSTMFC_API void             lstmfc_features_state_free(lstmfc_features_state *state);
LSTMFC_API void             lstmfc_features_state_reset(lstmfc_features_state *state);  /* before the first bar again */
/* Allocates nothing. ARGUMENT when the states are not of the same plan. */
LSTMFC_API lstmfc_result    lstmfc_features_state_copy(lstmfc_features_state *to, const lstmfc_features_state *from);
LSTMFC_API lstmfc_result    lstmfc_features_push(lstmfc_features_state *state, const lstmfc_candles *candles, size_t index,
                                                 double *row, lstmfc_error *err);

/* The table behind the language: what `features --list`, the tests and the README print. */
typedef struct lstmfc_function_info {
    const char *name, *arguments, *defaults, *outputs, *help;   /* "macd", "fast,slow,signal", "12,26,9", "line,signal,hist" */
} lstmfc_function_info;
LSTMFC_API const lstmfc_function_info *lstmfc_functions(size_t *count);

/* Scalers, one per column, to be fitted on fit rows only: y = (x - center) / scale.
     standard  mean and deviation (ddof 0)          robust  median and interquartile range (linear interpolation)
     minmax    least and greatest, to [0, 1]        log     standard over ln x
     none      0 and 1; window too: there the user of the scaler normalises each window by itself */
enum {
    LSTMFC_SCALER_STANDARD, LSTMFC_SCALER_MINMAX, LSTMFC_SCALER_ROBUST, LSTMFC_SCALER_LOG, LSTMFC_SCALER_WINDOW, LSTMFC_SCALER_NONE
};
/* rows [count][stride], the first `columns` of each; rows with a value that is not finite are left out of every column. center,
   scale [columns]. A spread of 0 becomes 1. Errors: DATA when no row is whole, or log meets x <= 0; ARGUMENT; MEMORY. */
LSTMFC_API lstmfc_result lstmfc_scaler_fit(int32_t kind, const double *rows, size_t count, size_t columns, size_t stride,
                                           double *center, double *scale, const lstmfc_env *env, lstmfc_error *err);
/* y of x, and x of y, with one column's center and scale from the fit. log: NaN for x <= 0. Pure functions. */
LSTMFC_API double lstmfc_scale(int32_t kind, double x, double center, double scale);
LSTMFC_API double lstmfc_unscale(int32_t kind, double y, double center, double scale);

/* Chronological spans, as half-open ranges of sample ends t (a sample sees rows t-T+1..t, its labels are t+1..t+h). The T+h
   samples before validation are dropped, and h between validation and calibration: no label row of the fit part is an input or a
   label of validation, and no label row belongs to two parts. */
typedef struct lstmfc_spans {
    int64_t rows;                   /* N */
    int64_t test_start;             /* first row of the test span; N without one */
    int64_t fit_first, fit_end;     /* sample ends t in [fit_first, fit_end) */
    int64_t val_first, val_end;     /* for early stopping and schedules */
    int64_t cal_first, cal_end;     /* calibration (empty without intervals) */
    int64_t test_first, test_end;   /* samples all of whose labels lie in the test span */
} lstmfc_spans;
/* first_row: first row with valid features. test: share of the rows; val: share of the training samples; 0 = none. calibrate: the
   later half of validation becomes the calibration part. Errors: DATA when a part would be empty, with the number of rows
   needed; ARGUMENT. out is left alone on an error. */
LSTMFC_API lstmfc_result lstmfc_spans_make(int64_t rows, int64_t first_row, int32_t window, int32_t horizon, double val,
                                           double test, int32_t calibrate, lstmfc_spans *out, lstmfc_error *err);

/* ---- 15 json --------------------------------------------------------------------------------------------------- */

/* A parsed document: strict RFC 8259, bounded by limits, numbers kept as text until asked for. Stricter than the RFC asks in
   three places: duplicate keys, escaped halves of surrogate pairs and a byte order mark are refused. Immutable: any number of
   threads may read one. Every reader below takes -1 for a node and answers "not there", so lookups can be chained. */
typedef struct lstmfc_json lstmfc_json;
typedef int32_t lstmfc_json_node;                       /* 0 = the root; -1 = absent */
enum { LSTMFC_JSON_NULL, LSTMFC_JSON_FALSE, LSTMFC_JSON_TRUE, LSTMFC_JSON_NUMBER, LSTMFC_JSON_STRING, LSTMFC_JSON_ARRAY,
      LSTMFC_JSON_OBJECT };
/* Keeps a pointer to text: it must outlive the document. Memory: 8 bytes for each value or key, 24 for each container. Errors:
   FORMAT with line, column (in characters) and offset, saying what was expected; LIMIT (depth, file_bytes); MEMORY. */
LSTMFC_API lstmfc_json     *lstmfc_json_parse(const char *text, size_t length, const lstmfc_env *env, lstmfc_error *err);
LSTMFC_API void             lstmfc_json_free(lstmfc_json *json);
/* -1 = absent; a key is a STRING */
LSTMFC_API int32_t          lstmfc_json_type(const lstmfc_json *json, lstmfc_json_node node);
LSTMFC_API size_t           lstmfc_json_size(const lstmfc_json *json, lstmfc_json_node node);          /* elements or members */
/* linear search */
LSTMFC_API lstmfc_json_node lstmfc_json_get(const lstmfc_json *json, lstmfc_json_node object, const char *key);
/* first element, or first key */
LSTMFC_API lstmfc_json_node lstmfc_json_first(const lstmfc_json *json, lstmfc_json_node container);
/* next sibling; after a key comes the next key */
LSTMFC_API lstmfc_json_node lstmfc_json_next(const lstmfc_json *json, lstmfc_json_node node);
LSTMFC_API lstmfc_json_node lstmfc_json_value(const lstmfc_json *json, lstmfc_json_node key);          /* the value of a member */
/* 1 = it is one, and finite as a double */
LSTMFC_API int32_t          lstmfc_json_number(const lstmfc_json *json, lstmfc_json_node node, double *out);
/* 1 = an integer that fits: digits, a number such as 1e3 or 2.0 that is whole and below 2^53, or a string "0x" + hex digits. */
LSTMFC_API int32_t          lstmfc_json_integer(const lstmfc_json *json, lstmfc_json_node node, int64_t *out);
/* Unescaped, NUL-ended; *length (may be NULL) without the NUL, also when size is too small. 0 = not a string, too long for
   size, or length is NULL and the string holds U+0000. */
LSTMFC_API int32_t          lstmfc_json_string(const lstmfc_json *json, lstmfc_json_node node, char *out, size_t size,
                                               size_t *length);
/* its bytes in the text */
LSTMFC_API void             lstmfc_json_span(const lstmfc_json *json, lstmfc_json_node node, size_t *offset, size_t *length);
/* The first `count` elements of an array of finite numbers; returns how many could be read, count when all is well. */
LSTMFC_API size_t           lstmfc_json_reals(const lstmfc_json *json, lstmfc_json_node array, lstmfc_real *out, size_t count);
LSTMFC_API size_t           lstmfc_json_doubles(const lstmfc_json *json, lstmfc_json_node array, double *out, size_t count);

/* A growing text buffer with JSON on top. Errors stick: check once at the end. text is NUL-ended once anything was written.
   With an indent, members and nested containers start a line of their own; an array of plain values stays on one line. */
typedef struct lstmfc_writer {
    char *text; size_t length, capacity;
    lstmfc_env env;
    lstmfc_result failed;
    int32_t depth; uint64_t has_item;   /* one bit per open container, 64 at most */
    int32_t indent;                     /* 0: one line */
} lstmfc_writer;
LSTMFC_API void lstmfc_writer_init(lstmfc_writer *writer, const lstmfc_env *env);
LSTMFC_API void lstmfc_writer_free(lstmfc_writer *writer);
/* OK, or what went wrong first */
LSTMFC_API lstmfc_result lstmfc_writer_result(const lstmfc_writer *writer, lstmfc_error *err);
LSTMFC_API void lstmfc_write_text(lstmfc_writer *writer, const char *text, size_t length);             /* raw bytes */
/* '{' or '['; key NULL inside arrays */
LSTMFC_API void lstmfc_json_begin(lstmfc_writer *writer, const char *key, char bracket);
LSTMFC_API void lstmfc_json_end(lstmfc_writer *writer, char bracket);                                  /* '}' or ']' */
/* NULL value: null; bytes that are not UTF-8 become U+FFFD */
LSTMFC_API void lstmfc_json_put_string(lstmfc_writer *writer, const char *key, const char *value);
LSTMFC_API void lstmfc_json_put_number(lstmfc_writer *writer, const char *key, double value);          /* non-finite: null */
LSTMFC_API void lstmfc_json_put_float(lstmfc_writer *writer, const char *key, float value);            /* shortest float text */
LSTMFC_API void lstmfc_json_put_integer(lstmfc_writer *writer, const char *key, int64_t value);        /* beyond 2^53: as put_hex */
LSTMFC_API void lstmfc_json_put_hex(lstmfc_writer *writer, const char *key, uint64_t value);           /* "0x" and 16 digits */
LSTMFC_API void lstmfc_json_put_bool(lstmfc_writer *writer, const char *key, int32_t value);
LSTMFC_API void lstmfc_json_put_raw(lstmfc_writer *writer, const char *key, const char *json, size_t length);
/* [shortest,...] */
LSTMFC_API void lstmfc_json_put_reals(lstmfc_writer *writer, const char *key, const lstmfc_real *values, size_t count);
LSTMFC_API void lstmfc_json_put_doubles(lstmfc_writer *writer, const char *key, const double *values, size_t count);
/* IEEE 802.3; start with 0 */
LSTMFC_API uint32_t lstmfc_crc32(uint32_t crc, const void *data, size_t length);
/* Sets the fields of a desc that the object names: numbers, strings, true (1), false (0); null leaves the default. TEXT values are
   copied, one after the other, into texts[texts_size], which must live as long as the desc. Errors, with the place in the JSON:
   ARGUMENT for an unknown key (names the nearest), a value of the wrong kind or out of range; LIMIT when texts is too small. */
LSTMFC_API lstmfc_result lstmfc_desc_from_json(void *desc, const lstmfc_field *fields, size_t count, const lstmfc_json *json,
                                               lstmfc_json_node object, char *texts, size_t texts_size, lstmfc_error *err);
#ifndef LSTMFC_NO_STDIO
/* Whole file into memory, ended by a NUL that *length does not count. Give back with lstmfc_file_release. "-": stdin.
   Errors: OPEN naming the file and the cause, LIMIT beyond limits.file_bytes, MEMORY. */
LSTMFC_API char *lstmfc_file_read(const char *path, size_t *length, const lstmfc_env *env, lstmfc_error *err);
LSTMFC_API void  lstmfc_file_release(char *text, size_t length, const lstmfc_env *env);
/* All or nothing: temporary file <path>.tmp-<n> beside it, fsync, rename, fsync of the directory. "-": stdout. A path that is
   there and no regular file (a device, a pipe) is written to directly. Errors: WRITE with the file and the cause. */
LSTMFC_API lstmfc_result lstmfc_file_write(const char *path, const void *data, size_t length, lstmfc_error *err);
#endif

/* ---- 16 statistics --------------------------------------------------------------------------------------------- */

/* Pure functions over arrays [n] of the caller, which are read only unless scratch; nothing allocates unless it takes env (NULL =
   defaults), nothing is kept, and every function may run in any thread. Arrays must not be NULL (functions with err say so,
   others trust it). Unless a function says otherwise, a pair or triple with a NaN in it is skipped (`count` says how many were
   used), and what cannot be computed is NaN. Labels are 1 (up) and 0. Formulas and sources: chapter 16 below. */

/* Result structs of doubles are declared from tables X(name, unit, help), so that reports and JSON list them by a loop:
   lstmfc_..._fields gives name, offset, unit (in `preset`) and help. Units: count, share, ratio, money, return, bars, value. */
#define LSTMFC__FIGURE(name, unit, help) double name;

/* Distribution functions; absolute error below 1e-12 for up to 100,000 samples or degrees of freedom, below 1e-11 to a million.
   Arguments outside the domain give NaN. */
LSTMFC_API double lstmfc_normal_cdf(double x);
LSTMFC_API double lstmfc_normal_quantile(double p);                     /* +-inf at 0 and 1, NaN outside */
LSTMFC_API double lstmfc_log_gamma(double x);                           /* x > 0 */
LSTMFC_API double lstmfc_incomplete_beta(double a, double b, double x); /* regularised I_x(a, b); a, b > 0, 0 <= x <= 1 */
LSTMFC_API double lstmfc_student_cdf(double t, double degrees);
LSTMFC_API double lstmfc_binomial_upper(int64_t n, int64_t hits, double p0);    /* P(X >= hits), exact */
LSTMFC_API double lstmfc_binomial_two_sided(int64_t n, int64_t hits, double p0);    /* sum of all outcomes no likelier than hits */
/* Wilson's score interval of a share hits/n at `level` (0.95). */
LSTMFC_API void   lstmfc_wilson(int64_t n, int64_t hits, double level, double *low, double *high);

/* Forecast errors e = forecast - truth. r2 = 1 - sum e^2 / sum (truth - mean)^2; never print it without a baseline's. */
#define LSTMFC_ERRORS(X) \
    X(count,       "count",  "pairs used") \
    X(mse,         "value",  "mean squared error") \
    X(rmse,        "value",  "its root") \
    X(mae,         "value",  "mean absolute error") \
    X(mape,        "share",  "mean |error| / |truth|, pairs with truth 0 left out") \
    X(bias,        "value",  "mean error") \
    X(r2,          "ratio",  "1 - mse / variance of the truth") \
    X(correlation, "ratio",  "Pearson correlation of forecast and truth")
typedef struct lstmfc_errors { LSTMFC_ERRORS(LSTMFC__FIGURE) } lstmfc_errors;
LSTMFC_API const lstmfc_field *lstmfc_errors_fields(size_t *count);
LSTMFC_API void   lstmfc_errors_of(size_t n, const double *truth, const double *forecast, lstmfc_errors *out);
/* Mean absolute error over that of the naive forecast with lag `season` (0 = 1) inside the training part (Hyndman & Koehler
   2006). */
LSTMFC_API double lstmfc_mase(size_t n, const double *truth, const double *forecast, size_t train_count, const double *train, size_t season);
/* Theil's U2: below 1 beats persistence. previous[i] is the value known when forecast[i] of truth[i] was made. */
LSTMFC_API double lstmfc_theil_u2(size_t n, const double *previous, const double *truth, const double *forecast);

/* Area under the ROC curve by mid-ranks: P(score of an up > score of a down), ties count half. scratch: 2 n doubles.
   NaN when one class is absent. Allocates nothing. targets: above 0.5 = up. */
LSTMFC_API double lstmfc_auc(size_t n, const lstmfc_real *scores, const lstmfc_real *targets, double *scratch);
/* The same over doubles, with DeLong's standard error (se may be NULL; NaN with fewer than 2 of a class). */
LSTMFC_API double lstmfc_auc_delong(size_t n, const double *scores, const double *labels, double *scratch, double *se);

/* Everything about a direction forecast. Class up when probability > cut. */
#define LSTMFC_DIRECTION(X) \
    X(count,         "count", "samples used") \
    X(up,            "count", "of these went up") \
    X(true_up,       "count", "forecast up, went up") \
    X(false_up,      "count", "forecast up, went down") \
    X(true_down,     "count", "forecast down, went down") \
    X(false_down,    "count", "forecast down, went up") \
    X(accuracy,      "share", "right calls") \
    X(accuracy_low,  "share", "Wilson 95 % interval, lower end (samples taken as independent)") \
    X(accuracy_high, "share", "Wilson 95 % interval, upper end") \
    X(base_rate,     "share", "share of ups in the samples") \
    X(p0,            "share", "accuracy that needs no model: the null of the binomial tests") \
    X(p_one_sided,   "share", "exact binomial P(accuracy this high or higher | p0)") \
    X(p_two_sided,   "share", "exact binomial, both tails") \
    X(auc,           "share", "area under the ROC curve") \
    X(auc_se,        "share", "its standard error (DeLong)") \
    X(brier,         "value", "mean squared error of the probability") \
    X(log_loss,      "value", "mean negative log-likelihood") \
    X(mcc,           "ratio", "Matthews correlation coefficient") \
    X(pt,            "value", "Pesaran-Timmermann statistic, standard normal under independence") \
    X(pt_p,          "share", "its one-sided p; NaN when every call is the same")
typedef struct lstmfc_direction { LSTMFC_DIRECTION(LSTMFC__FIGURE) } lstmfc_direction;
LSTMFC_API const lstmfc_field *lstmfc_direction_fields(size_t *count);
/* p0 0 = max(base_rate, 1 - base_rate) of these samples. cut 0 = 0.5. Allocates 2 n doubles for the AUC. */
LSTMFC_API lstmfc_result lstmfc_direction_of(size_t n, const double *probability, const double *label, double cut, double p0,
                                             const lstmfc_env *env, lstmfc_direction *out, lstmfc_error *err);
/* Reliability: samples in `bins` equal bins of probability over [0, 1]. */
typedef struct lstmfc_bin { double low, high, count, probability, up, up_low, up_high; } lstmfc_bin;    /* means; Wilson 95 % */
LSTMFC_API void lstmfc_reliability(size_t n, const double *probability, const double *label, size_t bins, lstmfc_bin *out);

/* Loss of one sample, as the Diebold-Mariano test takes it. */
LSTMFC_API double lstmfc_log_loss(double probability, double label);    /* probability clipped to [1e-15, 1-1e-15] */
LSTMFC_API double lstmfc_qlike(double realized, double forecast);
                                /* a - ln a - 1, a = realized^2 / forecast^2; +inf when realized is 0: leave such samples out */

/* Is the model better than the baseline, or lucky? Losses are per sample, in order of time. */
#define LSTMFC_COMPARISON(X) \
    X(count,         "count", "pairs used") \
    X(loss_model,    "value", "mean loss of the model") \
    X(loss_baseline, "value", "mean loss of the baseline") \
    X(skill,         "ratio", "1 - loss_model / loss_baseline") \
    X(statistic,     "value", "Diebold-Mariano with the Harvey-Leybourne-Newbold factor; above 0: the model's loss is smaller") \
    X(p,             "share", "one-sided, Student t with count-1 degrees of freedom") \
    X(bartlett,      "count", "1: the variance was negative and Bartlett weights were used") \
    X(better,        "count", "the verdict: 1 iff skill > 0 and p < 0.05")
typedef struct lstmfc_comparison { LSTMFC_COMPARISON(LSTMFC__FIGURE) } lstmfc_comparison;
LSTMFC_API const lstmfc_field *lstmfc_comparison_fields(size_t *count);
/* Diebold & Mariano (1995) for forecasts `horizon` bars ahead, one per bar: horizon - 1 lags enter the variance. */
LSTMFC_API void   lstmfc_compare(size_t n, const double *loss_model, const double *loss_baseline, int32_t horizon, lstmfc_comparison *out);
LSTMFC_API double lstmfc_autocorrelation(size_t n, const double *x, size_t lag);
/* Variance of the mean of an autocorrelated series (Newey & West 1987): Bartlett weights over `lags`. */
LSTMFC_API double lstmfc_newey_west(size_t n, const double *x, size_t lags);

/* Stationary block bootstrap (Politis & Romano 1994). block: mean block length, 0 = n^(1/3), at least the horizon when
   forecasts overlap. resamples 0 = 1000. Same seed, same interval. Errors: ARGUMENT (n < 2, a NaN), MEMORY. */
typedef struct lstmfc_bootstrap { double mean, se, low, high; } lstmfc_bootstrap;    /* percentile interval */
LSTMFC_API void          lstmfc_bootstrap_draw(lstmfc_rng *rng, size_t n, double block, size_t *rows);    /* rows [n] of one resample */
LSTMFC_API lstmfc_result lstmfc_bootstrap_mean(size_t n, const double *x, double block, int32_t resamples, double level, uint64_t seed,
                                               const lstmfc_env *env, lstmfc_bootstrap *out, lstmfc_error *err);
/* Errors of accuracy and AUC when forecasts overlap (h > 1: block >= h); either may be NULL. */
LSTMFC_API lstmfc_result lstmfc_bootstrap_direction(size_t n, const double *probability, const double *label, double cut, double block,
                                                    int32_t resamples, double level, uint64_t seed, const lstmfc_env *env,
                                                    lstmfc_bootstrap *accuracy, lstmfc_bootstrap *auc, lstmfc_error *err);

/* Split conformal: the ceil((n+1) level)-th smallest score (sorts them in place); +inf when there are too few; NaN in, NaN out. */
LSTMFC_API double lstmfc_conformal_quantile(size_t n, double *scores, double level);
/* How good intervals at `level` were: share of truths inside (ends included), mean width, mean Winkler score (smaller is
   better). */
typedef struct lstmfc_interval_score { double count, coverage, width, winkler; } lstmfc_interval_score;     /* means */
LSTMFC_API void   lstmfc_interval_score_of(size_t n, const double *truth, const double *lower, const double *upper, double level,
                                           lstmfc_interval_score *out);

/* Linear baselines over the same windows the network sees: sample i is the `window` rows from first_row[i], flattened, `inputs`
   columns of each. Ridge minimises mean (y - b - x.w)^2 + penalty |w|^2, logistic mean log loss + penalty |w|^2; the intercept b is
   free. penalty 0 = the one of 1e-6, 1e-5, .. 1e2 with the least validation loss (validation NULL: an error then). */
enum { LSTMFC_RIDGE, LSTMFC_LOGISTIC };
typedef struct lstmfc_linear {
    int32_t kind;
    size_t  inputs, window, count;  /* count = inputs * window */
    double *weights;                /* [count] */
    double  intercept, penalty, fit_loss, val_loss;     /* losses without the penalty; val_loss NaN without validation */
    lstmfc_env env;
} lstmfc_linear;
/* One target per sample; weights of the batch are ignored. Errors: ARGUMENT, SHAPE, DATA (a non-finite number, fewer than 2
   samples, one class only), MEMORY, LIMIT. Cost: count^2 per sample (logistic: per Newton step). */
LSTMFC_API lstmfc_linear *lstmfc_linear_fit(int32_t kind, size_t inputs, const lstmfc_batch *fit, const lstmfc_batch *validation,
                                            double penalty, const lstmfc_env *env, lstmfc_error *err);
/* out [count]: the forecast, for a logistic model the probability; NaN for a sample outside the rows. */
LSTMFC_API void           lstmfc_linear_predict(const lstmfc_linear *linear, const lstmfc_batch *batch, double *out);
LSTMFC_API void           lstmfc_linear_free(lstmfc_linear *linear);

/* Volatility baselines. returns[t] = log return of bar t (returns[0] may be NaN); out[t], made at the close of bar t, is the
   forecast of sqrt(mean of the next `horizon` squared returns), per bar; NaN where there is not enough past. */
LSTMFC_API void lstmfc_realized(size_t n, const double *returns, int32_t horizon, double *out);  /* of the LAST horizon bars: persistence */
LSTMFC_API void lstmfc_future_realized(size_t n, const double *returns, int32_t horizon, double *out);   /* the truth: of the NEXT */
LSTMFC_API void lstmfc_ewma_volatility(size_t n, const double *returns, double decay, double *out);      /* decay 0 = 0.94 */
/* Corsi's (2009) regression of the next RV on the RV of the last h, 5h and 22h bars, OLS over sample ends fit_first <= t < fit_end
   (whose labels reach fit_end-1+horizon). coefficients[4] (may be NULL): intercept first. */
LSTMFC_API lstmfc_result lstmfc_har(size_t n, const double *returns, int32_t horizon, size_t fit_first, size_t fit_end, double *out,
                                    double *coefficients, const lstmfc_env *env, lstmfc_error *err);
/* GARCH(1,1) (Bollerslev 1986), zero mean, Gaussian likelihood over returns[fit_first .. fit_end-1], variance targeting.
   parameters[3] (may be NULL): omega, alpha, beta. */
LSTMFC_API lstmfc_result lstmfc_garch(size_t n, const double *returns, int32_t horizon, size_t fit_first, size_t fit_end, double *out,
                                      double *parameters, lstmfc_error *err);

/* Risk of a series of simple returns per bar. annual: bars per year. */
/* sharpe: mean / sd (ddof 1) * sqrt(annual), NaN when sd is 0; _se: its standard error, with skew and kurtosis; _lo: with the
   long-run variance over `lags` in place of sd^2 (0 = n^(1/3)). */
LSTMFC_API double lstmfc_sharpe(size_t n, const double *returns, double annual);
LSTMFC_API double lstmfc_sharpe_se(size_t n, const double *returns, double annual);
LSTMFC_API double lstmfc_sharpe_lo(size_t n, const double *returns, double annual, size_t lags);
LSTMFC_API double lstmfc_sortino(size_t n, const double *returns, double annual);       /* all n in the downside mean, target 0 */

/* ---- 17 training ----------------------------------------------------------------------------------------------- */

/* One finished epoch. NaN where it does not apply. norm: mean global gradient norm before clipping. */
typedef struct lstmfc_epoch {
    int32_t epoch;                  /* from 1 */
    double loss, val_loss, penalty, lr, norm;
    double accuracy, val_accuracy, auc, val_auc;    /* bce with one output only */
} lstmfc_epoch;

#define LSTMFC_TRAINING_DESC(X) \
    X(INT,    epochs,          "50",    "1..1000000",   "passes over the fit part") \
    X(INT,    batch,           "32",    "1..1048576",   "windows per update") \
    X(CHOICE, loss,            "auto",  "auto|mse|mae|huber|bce", "auto: bce for direction, mse otherwise") \
    X(REAL,   huber_delta,     "1",     "0..1e30",      "where the Huber loss turns linear") \
    X(REAL,   l2,              "none",  "none|0..1e6",  "penalty of every input kernel whose layer names none") \
    X(INT,    patience,        "8",     "none|0..1000000", "epochs without improvement before stopping") \
    X(REAL,   min_delta,       "0",     "0..1e30",      "smallest improvement that counts") \
    X(INT,    plateau,         "none",  "none|0..1000000", "epochs without improvement before the rate is cut") \
    X(REAL,   plateau_factor,  "0.5",   "0..1",         "what the rate is cut by") \
    X(CHOICE, plateau_rule,    "keras", "keras|torch",  "whose rule counts the epochs") \
    X(CHOICE, monitor,         "loss",  "loss|total",   "total: with the penalty, as Keras monitors") \
    X(CHOICE, shuffle,         "full",  "full|blocks|none", "order of the windows in an epoch") \
    X(REAL,   loss_goal,       "none",  "none|0..1e30", "stop when the training loss falls below it") \
    X(LONG,   seed,            "0",     "0..9223372036854775807", "seed of weights, order and masks") \
    X(INT,    threads,         "1",     "1..1",         "threads; more than one is refused in this version")
typedef struct lstmfc_training_desc {
    LSTMFC_TRAINING_DESC(LSTMFC__MEMBER)
    lstmfc_optimizer_desc optimizer;
    /* Called after each batch: epoch is NULL inside an epoch and the finished one at its end; batches count over all epochs.
       Non-zero stops there: LSTMFC_ERROR_STOPPED, and a later _step goes on as if nothing had been. */
    int32_t (*progress)(void *context, const lstmfc_epoch *epoch, int64_t batches_done, int64_t batches_total);
    void *progress_context;
    const lstmfc_env *env;
} lstmfc_training_desc;
LSTMFC_API const lstmfc_field *lstmfc_training_desc_fields(size_t *count);

/* Owns gradients, moments, position and history; borrows the model and the rows, targets and weights of both batches, which
   must outlive it. train: every sample of the fit part, validation: those to stop by (may be NULL); both have targets, and
   weights (scaled to mean 1 here) or NULL. With patience none or without validation every epoch is run and the last weights
   stay. env.log is told when the statistics of batch norm have not settled. One thread at a time. Errors: ARGUMENT, SHAPE; DATA
   for a value that is not finite, naming sample and row; UNSUPPORTED for env.threads above 1; MEMORY. */
typedef struct lstmfc_trainer lstmfc_trainer;
LSTMFC_API lstmfc_trainer *lstmfc_trainer_create(lstmfc_model *model, const lstmfc_batch *train, const lstmfc_batch *validation,
                                                 const lstmfc_training_desc *desc, lstmfc_error *err);
/* What _create takes from an arena with the same arguments; 0 and an error when they are not valid. */
LSTMFC_API size_t          lstmfc_trainer_bytes(const lstmfc_model *model, const lstmfc_batch *train, const lstmfc_batch *validation,
                                                const lstmfc_training_desc *desc, lstmfc_error *err);
LSTMFC_API void            lstmfc_trainer_free(lstmfc_trainer *trainer);
/* Runs at most max_batches updates (0 = to the end of the epoch). OK: more to do; DONE: finished, best weights restored.
   Where it pauses never changes the result. Allocates nothing. Errors: DIVERGED naming epoch and batch (last good weights
   kept, nothing more to do), STOPPED by the callback. */
LSTMFC_API lstmfc_result   lstmfc_trainer_step(lstmfc_trainer *trainer, int64_t max_batches, lstmfc_error *err);
/* The finished epochs; count and best_epoch (from 1; 0 = none yet) may be NULL. Valid until the next _step. */
LSTMFC_API const lstmfc_epoch *lstmfc_trainer_history(const lstmfc_trainer *trainer, int32_t *count, int32_t *best_epoch);
/* The whole state as one JSON object (value of the model file's "optimizer"), last and best weights included; resume equals an
   uninterrupted run bit for bit. _read takes it into a trainer of the same network, samples and options (epochs may differ; a
   training that had ended stays ended): all or nothing. Errors: ARGUMENT when it belongs to another training, FORMAT, MEMORY. */
LSTMFC_API void            lstmfc_trainer_write(const lstmfc_trainer *trainer, lstmfc_writer *writer, const char *key);
LSTMFC_API lstmfc_result   lstmfc_trainer_read(lstmfc_trainer *trainer, const lstmfc_json *json, lstmfc_json_node node,
                                               lstmfc_error *err);

/* The model file, tensors only: task, features, scaler and the rest belong to the forecaster. save -> load ->
   save gives the same bytes: `created` (UTC ms; 0 = as loaded, or absent) and the member "extra" stay with the model. The float
   build writes and reads dtype float32; the double build writes float64 and reads both. Loading checks the checksum, every
   name, shape and number before it is used. Errors: FORMAT with line and column, LIMIT, MEMORY; OPEN and WRITE for files. */
LSTMFC_API lstmfc_result lstmfc_model_save_memory(const lstmfc_model *model, int64_t created, lstmfc_writer *writer,
                                                  lstmfc_error *err);
LSTMFC_API lstmfc_model *lstmfc_model_load_memory(const char *text, size_t length, const lstmfc_env *env, lstmfc_error *err);
#ifndef LSTMFC_NO_STDIO
LSTMFC_API lstmfc_result lstmfc_model_save(const lstmfc_model *model, const char *path, lstmfc_error *err);
/* also a forecaster's file */
LSTMFC_API lstmfc_model *lstmfc_model_load(const char *path, const lstmfc_env *env, lstmfc_error *err);
#endif

/* ---- 18 forecaster --------------------------------------------------------------------------------------------- */

/* Bars are rows of the candles; a bar's time is that of its open, and a forecast is made when it closes. C[t] is the close of bar
   t, T the window, h the horizon. What one output of the network says at bar t:
       direction    P(C[t+h] > C[t])
       price        C[t+h], learned as ln(C[t+h] / C[t])
       return       ln(C[t+h] / C[t])
       volatility   sqrt(mean of the squared log returns of bars t+1 .. t+h), per bar, learned as its logarithm */
enum { LSTMFC_TARGET_DIRECTION, LSTMFC_TARGET_PRICE, LSTMFC_TARGET_RETURN, LSTMFC_TARGET_VOLATILITY };

#define LSTMFC_FORECASTER_DESC(X) \
    X(CHOICE, target,   "direction", "direction|price|return|volatility", \
                                          "what is forecast: up or down, the price, its log return, or volatility per bar") \
    X(INT,    horizon,  "1",     "1..100000",   "bars ahead") \
    X(INT,    window,   "24",    "1..100000",   "bars a forecast sees") \
    X(TEXT,   features, "@a",    "",            "feature text or preset") \
    X(TEXT,   model,    "lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1 sigmoid", "", "layer text; the last layer fits the target") \
    X(CHOICE, scaler,   "standard", "standard|minmax|robust|log|window|none", "scaling of the features, fitted on fit rows") \
    X(REAL,   val,      "0.2",   "none|0..0.9", "share of the training samples for validation and calibration; none: no intervals") \
    X(REAL,   test,     "none",  "none|0..0.9", "share of the rows kept for evaluation") \
    X(CHOICE, gaps,     "drop",  "drop|count",  "leave out samples that span a missing bar, or only count them") \
    X(CHOICE, start_dependent, "refuse", "refuse|allow", "cumulative features in a saved model") \
    X(REAL,   level,    "0.9",   "0.5..0.999",  "level of the intervals") \
    X(REAL,   cut,      "0.5",   "0..1",        "class up when the probability exceeds it") \
    X(TEXT,   symbol,   "",      "",            "name of the series, kept in the file") \
    X(LONG,   created,  "0",     "0..9223372036854775807", "UTC ms written into the file; 0: absent")
/* Fields left 0 take their default; LSTMFC_NONE (-1) is "none" where the range allows it. The texts are copied. scaler "window" is
   refused in this version. training.loss auto: bce for direction, mse for the others, which refuse bce. */
typedef struct lstmfc_forecaster_desc {
    LSTMFC_FORECASTER_DESC(LSTMFC__MEMBER)
    lstmfc_training_desc training;
    const lstmfc_env *env;
} lstmfc_forecaster_desc;
LSTMFC_API const lstmfc_field    *lstmfc_forecaster_desc_fields(size_t *count);
LSTMFC_API lstmfc_forecaster_desc lstmfc_forecaster_desc_default(void);     /* every default filled in */
LSTMFC_API lstmfc_result          lstmfc_forecaster_desc_resolve(lstmfc_forecaster_desc *desc, lstmfc_error *err);

/* Features, scaler, model, target and intervals in one immutable object: any number of threads may use a const one at once. It
   owns all it needs, so the candles it was fitted on may go. */
typedef struct lstmfc_forecaster lstmfc_forecaster;

/* One forecast, made at the close of bar `time` about the close of bar `target_time`. NaN where it does not apply. */
typedef struct lstmfc_forecast {
    int64_t time, target_time;
    int32_t horizon;
    double  close;                  /* last close seen */
    double  value;                  /* what the target names: probability, price, log return or volatility */
    double  probability_up;         /* direction */
    double  price, log_return, volatility;
    /* Interval of value at this level (split conformal, Lei et al. 2018). NaN: direction, no calibration part, fed-back forecasts,
       20 equal closes. -inf .. inf for returns: fewer calibration samples than the level needs. */
    double  lower, upper, level;
    double  novelty;                /* largest |z| of the inputs against the fit rows; above 8 the model has not seen the like */
} lstmfc_forecast;

/* A fit in progress: candles and desc in, batches step by step, forecaster out. One thread at a time. It is the caller's until
   _free. The candles are borrowed: they must not change or go before _finish, and of them only the first (1 - test) share is
   read.
   _create: desc NULL = every default. Errors: ARGUMENT (an option, named), SPEC (feature or layer text, with column; a head that
       does not fit the target), DATA (too few rows, a close that is not above zero, times that do not ascend, no usable sample),
       UNSUPPORTED, LIMIT, MEMORY.
   _step: at most max_batches updates, 0 = to the end of the epoch. OK: more to do; DONE: finished. Errors as lstmfc_trainer_step.
   _finish: after DONE, calibrates and hands the forecaster out, once; the fit stays to be freed. After MEMORY it may be tried
   again.
   _save_memory: a checkpoint, for _load_memory of a fit of the same candles and desc, which then ends in the same bytes as an
       uninterrupted one. Errors of _load_memory: FORMAT (damaged, not a checkpoint, or made with something else: it says what),
       MEMORY; the fit is as it was. */
typedef struct lstmfc_fit lstmfc_fit;
LSTMFC_API lstmfc_fit        *lstmfc_fit_create(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, lstmfc_error *err);
LSTMFC_API lstmfc_result      lstmfc_fit_step(lstmfc_fit *fit, int64_t max_batches, lstmfc_error *err);
LSTMFC_API lstmfc_trainer    *lstmfc_fit_trainer(lstmfc_fit *fit);          /* the fit's own, for its history */
LSTMFC_API lstmfc_spans       lstmfc_fit_spans(const lstmfc_fit *fit);      /* of the seen rows (the test span is not among them) */
LSTMFC_API lstmfc_forecaster *lstmfc_fit_finish(lstmfc_fit *fit, lstmfc_error *err);
LSTMFC_API void               lstmfc_fit_free(lstmfc_fit *fit);
LSTMFC_API lstmfc_result      lstmfc_fit_save_memory(const lstmfc_fit *fit, lstmfc_writer *writer, lstmfc_error *err);
LSTMFC_API lstmfc_result      lstmfc_fit_load_memory(lstmfc_fit *fit, const char *text, size_t length, lstmfc_error *err);

/* All of it in one call: create, every step, finish. NULL and an error on failure; DIVERGED and STOPPED too. */
LSTMFC_API lstmfc_forecaster *lstmfc_forecaster_fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc,
                                                    lstmfc_error *err);
LSTMFC_API void               lstmfc_forecaster_free(lstmfc_forecaster *forecaster);
/* The forecast at the last bar (steps = 1), or `steps` forecasts, each fed back as the close of the next imagined bar: price and
   return with a horizon of 1 and features of close and calendar only. out [steps]. Runs through the whole series: for live use
   take a stream. Errors: ARGUMENT, UNSUPPORTED, DATA (too few bars, a column that a feature needs, no forecast at the last bar),
   MEMORY. */
LSTMFC_API lstmfc_result      lstmfc_forecaster_predict(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t steps,
                                                        lstmfc_forecast *out, lstmfc_error *err);
/* One forecast for each bar first .. first+count-1; a bar without one (warm-up, a non-finite feature) has value NaN. A window
   across a missing bar is forecast all the same; lstmfc_forecaster_outcome says GAP, and it enters no metric. out [count]. The
   bars before `first` are read as well (an indicator has a memory). Memory: count + window rows of features. Errors: ARGUMENT,
   DATA, MEMORY. */
LSTMFC_API lstmfc_result      lstmfc_forecaster_predict_all(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t first,
                                                            size_t count, lstmfc_forecast *out, lstmfc_error *err);
/* The model file: one JSON object with a checksum, the same on every machine; save -> load -> save gives the same bytes, and a
   loaded forecaster the same bits. Loading refuses what the file must not hold, by name and position, before it is used. env NULL
   = the default; it is copied. Errors: FORMAT, LIMIT, UNSUPPORTED, MEMORY; OPEN and WRITE with the path. */
LSTMFC_API lstmfc_result      lstmfc_forecaster_save_memory(const lstmfc_forecaster *forecaster, lstmfc_writer *writer, lstmfc_error *err);
LSTMFC_API lstmfc_forecaster *lstmfc_forecaster_load_memory(const char *text, size_t length, const lstmfc_env *env, lstmfc_error *err);
#ifndef LSTMFC_NO_STDIO
LSTMFC_API lstmfc_result      lstmfc_forecaster_save(const lstmfc_forecaster *forecaster, const char *path, lstmfc_error *err);
LSTMFC_API lstmfc_forecaster *lstmfc_forecaster_load(const char *path, const lstmfc_env *env, lstmfc_error *err);
#endif
/* Everything a forecaster knows about itself; the pointers live as long as it does. Times are UTC ms, of bar opens. Of NULL:
   zeros. */
typedef struct lstmfc_forecaster_info {
    int32_t target, horizon, window, scaler, gaps, epochs, best_epoch, synthetic;
    const char *symbol, *feature_spec, *model_spec, *options;   /* options: the training options as a JSON object */
    /* rows seen in training (without the test span): their number, first time, time of the last fit label, last time */
    int64_t rows, from, fit_to, seen_to;
    int64_t created;                /* as given, 0 = absent */
    int64_t interval;               /* ms between bars; 0: no step is that of more than half of them */
    int64_t lookback, stable;       /* first row with every feature; first row without a trace of the series' start */
    int64_t seed, fingerprint;      /* fingerprint: of the seen candles */
    int64_t fit_samples, val_samples, cal_samples;              /* used */
    int64_t equal_closes, gap_samples, bad_samples;             /* met in the seen rows: left out, but for gaps=count */
    double base_rate;               /* share of ups in the fit part; NaN unless direction */
    double level, quantile, cut;    /* of the intervals; class up above cut */
    const double *scaling;          /* [2][F] centers and scales of the features, as lstmfc_scale takes them */
    const lstmfc_model *model;
    const lstmfc_features *features;
    const lstmfc_epoch *history;    /* [epochs] */
} lstmfc_forecaster_info;
LSTMFC_API lstmfc_forecaster_info lstmfc_forecaster_get_info(const lstmfc_forecaster *forecaster);

/* What happened to the forecast made at the close of bar `index`, in the units of lstmfc_forecast.value. BAD for NULL. */
enum { LSTMFC_OUTCOME_KNOWN, LSTMFC_OUTCOME_OPEN, LSTMFC_OUTCOME_EQUAL, LSTMFC_OUTCOME_GAP, LSTMFC_OUTCOME_BAD };
typedef struct lstmfc_outcome {
    int32_t reason;                 /* KNOWN, or why the bar is in no metric: label not closed yet, equal closes, missing bar, not finite */
    double value;                   /* 1 or 0, price, log return, or volatility of bars t+1..t+h */
    double log_return;              /* ln(C[t+h] / C[t]) */
    double persistence;             /* the naive forecast of value: base rate of the fit part, C[t], 0, volatility of t-h+1..t */
} lstmfc_outcome;
LSTMFC_API lstmfc_outcome     lstmfc_forecaster_outcome(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t index);

/* Live use: push each closed bar, peek at the forming one. Equals predict_all bit for bit. One per thread or symbol; the
   forecaster must outlive it. Reads only row `index` of candles. out->value is NaN until warm. push and peek allocate nothing.
   push: the bar is closed for good; out may be NULL while catching up. peek: the same forecast if the bar closed as it stands, and
   nothing is kept. Errors: ARGUMENT, DATA (a time that does not ascend, a missing column): the stream is as it was. */
typedef struct lstmfc_stream lstmfc_stream;
LSTMFC_API lstmfc_stream *lstmfc_stream_create(const lstmfc_forecaster *forecaster, lstmfc_error *err);
LSTMFC_API void           lstmfc_stream_free(lstmfc_stream *stream);
LSTMFC_API lstmfc_result  lstmfc_stream_push(lstmfc_stream *stream, const lstmfc_candles *candles, size_t index, lstmfc_forecast *out,
                                             lstmfc_error *err);
LSTMFC_API lstmfc_result  lstmfc_stream_peek(lstmfc_stream *stream, const lstmfc_candles *candles, size_t index, lstmfc_forecast *out,
                                             lstmfc_error *err);

/* ---- 19 signals ------------------------------------------------------------------------------------------------ */

#define LSTMFC_SIGNAL_DESC(X) \
    X(REAL, band,      "0", "0..0.5", "direction: long above 0.5 + band, short below 0.5 - band, else flat") \
    X(REAL, threshold, "0", "0..10",  "price and return: size of the forecast log return that it takes to act") \
    X(INT,  long_only, "0", "0..1",   "flat instead of short")
typedef struct lstmfc_signal_desc { LSTMFC_SIGNAL_DESC(LSTMFC__MEMBER) } lstmfc_signal_desc;
LSTMFC_API const lstmfc_field *lstmfc_signal_desc_fields(size_t *count);

/* From forecasts [n] of a model of `target` (LSTMFC_TARGET_...) to positions [n] wanted at the close of each bar: 1 long, 0 flat,
   -1 short. A value on the edge of the band or threshold is flat. A bar without a forecast (NaN) is flat too: a position is held
   only while a forecast backs it. confidence [n] (may be NULL): max(p, 1-p) for direction, NaN otherwise. desc NULL = defaults.
   Allocates nothing, keeps nothing; may run in any thread. Errors: ARGUMENT (desc, target, NULL); UNSUPPORTED for a volatility
   forecast, which names no side. */
LSTMFC_API lstmfc_result lstmfc_signals(int32_t target, size_t n, const lstmfc_forecast *forecasts, const lstmfc_signal_desc *desc,
                                        double *positions, double *confidence, lstmfc_error *err);

/* ---- 20 backtest ----------------------------------------------------------------------------------------------- */

/* Options of a backtest. Shares are of 1 (0.001 = 10 basis points). A member left 0 gets the default in its row; where the range
   begins with none, LSTMFC_NONE switches it off (fee, slippage: costless; stop, take, trail: no such exit). */
enum { LSTMFC_FILL_NEXT_OPEN, LSTMFC_FILL_SAME_CLOSE };
#define LSTMFC_BACKTEST_DESC(X) \
    X(REAL,   balance,   "10000",  "1e-9..1e30",    "money at the start") \
    X(REAL,   fee,       "0.001",  "none|0..0.5",   "fee per side, share of the notional") \
    X(REAL,   slippage,  "0.0002", "none|0..0.5",   "loss against the reference price per market fill, share of the price") \
    X(REAL,   size,      "1",      "0..1",          "share of the equity in a full position, fee included") \
    X(CHOICE, fill,      "next_open", "next_open|same_close", "same_close fills at the price the decision saw: a named cheat, printed") \
    X(INT,    long_only, "0",      "0..1",          "flat instead of short") \
    X(REAL,   stop,      "none",   "none|0..0.99",  "stop loss, share of the entry price") \
    X(REAL,   take,      "none",   "none|0..1000",  "take profit, share of the entry price (below 1 for shorts)") \
    X(REAL,   trail,     "none",   "none|0..0.99",  "trailing stop, share of the best price since entry") \
    X(REAL,   annual,    "0",      "0..1e9",        "bars per year; 0: 365.25 days / median bar") \
    X(REAL,   block,     "0",      "0..1e9",        "mean block of the bootstrap, bars; 0: n^(1/3)") \
    X(INT,    resamples, "1000",   "100..1000000",  "bootstrap resamples") \
    X(LONG,   seed,      "0",      "0..9223372036854775807", "seed of the bootstrap")
typedef struct lstmfc_backtest_desc {
    LSTMFC_BACKTEST_DESC(LSTMFC__MEMBER)
    const lstmfc_env *env;
} lstmfc_backtest_desc;
LSTMFC_API const lstmfc_field *lstmfc_backtest_desc_fields(size_t *count);

/* How a trade ended. END: still open at the last close, closed there. RUIN: a short ate the whole equity. */
enum { LSTMFC_EXIT_SIGNAL, LSTMFC_EXIT_STOP, LSTMFC_EXIT_TAKE, LSTMFC_EXIT_TRAIL, LSTMFC_EXIT_END, LSTMFC_EXIT_RUIN };
LSTMFC_API const char *lstmfc_exit_name(int32_t reason);        /* "signal", "stop", ... */

typedef struct lstmfc_trade {
    int64_t entry_bar, exit_bar;    /* row numbers of the candles */
    int64_t entry_time, exit_time;  /* times (opens) of those bars, UTC ms */
    int32_t side;                   /* 1 long, -1 short */
    int32_t reason;                 /* LSTMFC_EXIT_... */
    double quantity, entry_price, exit_price;       /* prices as filled, slippage included */
    double entry_fee, exit_fee, slippage;           /* money, all positive */
    double gross, pnl;              /* money between the fills before fees; the same less both fees */
    double net_return;              /* pnl / entry notional */
    double mae, mfe;                /* worst and best price against and for the trade while it was open, shares of the entry price, >= 0 */
    double r;                       /* pnl in units of the risk taken at entry; NaN without a stop */
} lstmfc_trade;

/* Figures over bar returns r_t = equity_t / equity_{t-1} - 1, the first against the starting balance; sd with ddof 1; returns and
   shares of 1. NaN = cannot be computed (no trade, no loss, sd 0). Sharpe and Sortino are those of empyrical. */
#define LSTMFC_METRICS(X) \
    X(total_return,     "return", "end equity / balance - 1, net of all costs") \
    X(gross_return,     "return", "the same orders at no cost") \
    X(cagr,             "return", "net, per year of 365.25 days of calendar time") \
    X(volatility,       "return", "standard deviation of bar returns, annualised") \
    X(annual,           "count",  "bars per year used") \
    X(sharpe,           "ratio",  "annualised mean / sd of bar returns; NaN when sd is 0") \
    X(sharpe_se,        "ratio",  "its standard error (Lo 2002, with skew and kurtosis)") \
    X(sharpe_daily,     "ratio",  "of returns from the last bar of a UTC day to the next, annualised by 365.25") \
    X(sharpe_lo,        "ratio",  "corrected for autocorrelation (Lo 2002)") \
    X(sortino,          "ratio",  "annualised mean / downside deviation over all bars") \
    X(calmar,           "ratio",  "cagr / |max_drawdown|; NaN when there is none") \
    X(max_drawdown,     "return", "lowest equity / earlier peak - 1 at closes, starting balance included") \
    X(max_drawdown_intrabar, "return", "the same at the worst price inside each bar") \
    X(average_drawdown, "return", "mean of equity / peak - 1") \
    X(drawdown_bars,    "bars",   "longest time from a peak to its recovery or to the end") \
    X(drawdown_open,    "count",  "1: that longest one has not recovered") \
    X(ulcer,            "return", "root of the mean squared drawdown") \
    X(omega,            "ratio",  "sum of gains / sum of losses of bar returns") \
    X(value_at_risk,    "return", "5 % quantile of bar returns") \
    X(conditional_value_at_risk, "return", "mean of the bar returns at or below it") \
    X(best_bar,         "return", "best bar return") \
    X(worst_bar,        "return", "worst bar return") \
    X(trades,           "count",  "round trips") \
    X(win_rate,         "share",  "trades with pnl > 0, net") \
    X(profit_factor,    "ratio",  "money won / money lost, net; inf without a loss") \
    X(expectancy,       "money",  "mean net pnl of a trade") \
    X(expectancy_r,     "ratio",  "the same in units of risk; NaN without a stop") \
    X(average_trade,    "return", "mean net return of a trade") \
    X(best_trade,       "return", "best net return of a trade") \
    X(worst_trade,      "return", "worst net return of a trade") \
    X(sqn,              "ratio",  "sqrt(min(trades, 100)) mean / sd of r (net returns without a stop)") \
    X(sqn_raw,          "ratio",  "the same with sqrt(trades)") \
    X(kelly,            "share",  "p - (1-p) / (mean win / mean loss) of trade returns") \
    X(half_kelly,       "share",  "half of it") \
    X(win_streak,       "count",  "most wins in a row") \
    X(loss_streak,      "count",  "most losses in a row") \
    X(average_bars,     "bars",   "mean length of a trade") \
    X(exposure,         "share",  "bars at whose close a position was held") \
    X(turnover,         "ratio",  "sum over fills of notional / equity") \
    X(turnover_annual,  "ratio",  "per year") \
    X(fees,             "money",  "paid") \
    X(slippage,         "money",  "paid") \
    X(break_even,       "ratio",  "cost per side, in basis points, that would leave nothing (below 0: loses before costs)") \
    X(alpha,            "return", "OLS against buy and hold, annualised") \
    X(beta,             "ratio",  "OLS slope against buy and hold") \
    X(information_ratio, "ratio", "annualised mean / sd of the difference to buy and hold") \
    X(mean_low,         "return", "90 % stationary-bootstrap interval of the mean net bar return, lower end (of the strategy alone)") \
    X(mean_high,        "return", "upper end")
typedef struct lstmfc_metrics { LSTMFC_METRICS(LSTMFC__FIGURE) } lstmfc_metrics;
LSTMFC_API const lstmfc_field *lstmfc_metrics_fields(size_t *count);

/* The result; arrays are its own and live until lstmfc_backtest_free. Row t of every curve is the close of bar t. Read only. */
typedef struct lstmfc_backtest {
    size_t bars, trade_count, trade_capacity;
    int64_t *time;                  /* [bars] */
    double *equity;                 /* [bars] strategy, net */
    double *worst;                  /* [bars] lowest mark inside the bar */
    double *position;               /* [bars] held after the close: signed notional / equity */
    double *hold, *persistence;     /* [bars] equity of buy and hold and of "repeat the last move", same costs */
    lstmfc_trade *trades;           /* [trade_count], in order of entry */
    lstmfc_metrics metrics, hold_metrics, persistence_metrics;
    lstmfc_backtest_desc desc;      /* resolved; env NULL */
    int32_t no_costs;               /* 1: fee and slippage are both none: the report's title says NO COSTS */
    int32_t cheat;                  /* 1: fill = same_close */
    int32_t ruined;                 /* 1: equity fell to 0; no order was taken after that */
    int32_t pays_costs;             /* the verdict: 1 iff metrics.mean_low > 0 */
    int32_t open_at_end;            /* 1: the last trade was closed at the last close by the end of the data */
    lstmfc_env env;
} lstmfc_backtest;

/* Runs targets[count] over the candles bar by bar (protocol in the essay of chapter 20). targets[t] is decided at the close of
   bar t: the position wanted, -1 .. 1 (share of `size`), NaN = no order. It is filled at the open of bar t+1, the last one never.
   A position on the wanted side is left as it is; its size is set at entry. After a stop the next order enters again: give NaN to
   stay out. count must equal candles->count: to test a part, slice the candles. desc NULL = defaults. The candles are read only
   during the call. Deterministic: the same input gives the same bits; may run in any thread on shared candles. Time: a few ns per
   bar plus the bootstrap, resamples x bars. Memory: the five curves and the trades, and 6 arrays of that length while it runs.
   Errors: SHAPE (count), ARGUMENT (desc, a target outside -1..1), DATA (a price that is not above 0, with row and time; an absent
   column; fewer than 2 bars), MEMORY. */
LSTMFC_API lstmfc_backtest *lstmfc_backtest_run(const lstmfc_candles *candles, const double *targets, size_t count,
                                                const lstmfc_backtest_desc *desc, lstmfc_error *err);
LSTMFC_API void             lstmfc_backtest_free(lstmfc_backtest *backtest);    /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif /* LSTMFC_H */

/* ================================================================================================================
   Implementation
   ================================================================================================================ */
#ifdef LSTMFC_IMPLEMENTATION
#ifndef LSTMFC__IMPLEMENTED
#define LSTMFC__IMPLEMENTED

/* ================================================================================================================
   1 platform >>platform
   ================================================================================================================ */

/* What the rest of the file may take for granted of the compiler, asked once and here, so that no later chapter tests for one.

   The one fact that matters is arithmetic. A float and a double are the binary formats of IEEE 754 and + - * / and sqrt round
   correctly: then a program that fixes the order of its operations fixes its results, on every machine. Three things break this
   without a word. -ffast-math lets the compiler reorder sums and believe that NaN does not exist: it is refused. Extra precision
   (the x87 registers of old i386 code) rounds twice: it is refused where the bits are promised (LSTMFC_STRICT). Contraction fuses
   a*b + c into one instruction that rounds once; gcc does it by default in gnu mode on machines that can, and only where its
   optimiser happens to see the pair, so one function called from two places can give two results. It is switched off from here to
   the end of the file and back on for the file that includes it (Monniaux, The pitfalls of verifying floating-point computations,
   2008, shows all three at work).

   Linkage: LSTMFC_API declares and LSTMFC__DEF defines a public function; what begins with lstmfc__ is static always. */

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0)
#  error "lstmfc needs IEEE arithmetic: compile without -ffast-math"
#endif

#include <float.h>
#if defined(LSTMFC_STRICT) && defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#  error "LSTMFC_STRICT needs arithmetic without extra precision (on i386: -msse2 -mfpmath=sse, on s390x: -fexcess-precision=fast or -std=gnu99)"
#endif
/* Nothing else of the C library; with LSTMFC_NO_STDIO no file is touched and errno does not exist for us. */
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#ifndef LSTMFC_NO_STDIO
#  include <errno.h>
#  include <fcntl.h>
#  include <stdio.h>
#  include <sys/stat.h>
#  ifdef _WIN32
#    include <io.h>
#  else
#    include <unistd.h>
#  endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* No plain expression below is ever fused into a multiply-add (see section DETERMINISM of chapter 5). */
#if defined(__clang__)
#  pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#  pragma GCC push_options
   /* gcc 12 at -O2 leaves loops of unknown length scalar; with the second two a plain `cc -O2` build trains as fast as -O3
      (measured on system A: 447 against 1,150 sequences a second, same bits). The last two change no value either, only which
      exception flags and errno are raised: what clang assumes anyway, and what a loop with a clamp or a root in it needs to
      become vector code. */
#  pragma GCC optimize ("fp-contract=off", "tree-vectorize", "vect-cost-model=dynamic", "no-trapping-math", "no-math-errno")
#endif

/* A private or static function that this program does not call is no reason for a warning in somebody else's build. */
#if defined(__GNUC__) || defined(__clang__)
#  define LSTMFC__UNUSED __attribute__((unused))
#else
#  define LSTMFC__UNUSED
#endif
#define LSTMFC__PRIVATE static LSTMFC__UNUSED
#if defined(__GNUC__) || defined(__clang__)             /* for what a loop must contain to become vector code, at -O2 too */
#  define LSTMFC__INLINE static inline __attribute__((always_inline, unused))
#else
#  define LSTMFC__INLINE static
#endif
#if defined(LSTMFC_STATIC)
#  define LSTMFC__DEF static LSTMFC__UNUSED
#else
#  define LSTMFC__DEF
#endif
/* The promise that arrays do not overlap: without it the compiler must expect every store to change every load, and vector code
   is out of reach. */
#if defined(__GNUC__) || defined(__clang__) || defined(_MSC_VER)
#  define LSTMFC__RESTRICT __restrict          /* C++ has no restrict of its own */
#elif defined(__cplusplus)
#  define LSTMFC__RESTRICT
#else
#  define LSTMFC__RESTRICT restrict
#endif
#ifndef LSTMFC_ASSERT
#  define LSTMFC_ASSERT(x) ((void)0)
#endif
#define LSTMFC__COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ================================================================================================================
   2 result >>result
   ================================================================================================================ */

/* Errors are data. A function that can fail takes an lstmfc_error and returns a result code, or NULL for an object it could not
   make. There is no exception, no longjmp and no exit: a library inside somebody's process has no right to end it.

   Who fills the error? The innermost function, because only there the file, the line, the column, the value and what was expected
   are all known; everyone above just hands the code up. Two rules make long call chains safe to write without a test after each
   call: a success never touches the error, so an early failure is not washed away by a later success; and a call that is given
   NULL because the call before it failed keeps the first error, which is the one worth reading. (The GNU coding standards ask for
   "file:line:column: message"; the fields line, column and offset hold the same for programs.)

   Pitfall: the message must not depend on where it is printed. The C library's printf writes 1,5 for 1.5 in a German locale and
   is absent where LSTMFC_NO_STDIO is set, so texts are put together by hand, cut at the size of the buffer and always ended. */

/* The same table that gave the constants gives their names and texts, so a new code cannot be forgotten here. */
LSTMFC__DEF const char *lstmfc_result_name(lstmfc_result result)
{
    switch (result) {
#define LSTMFC__X(code, value, name, text) case code: return name;
    LSTMFC_RESULTS(LSTMFC__X)
#undef LSTMFC__X
    default: return "unknown";
    }
}

LSTMFC__DEF const char *lstmfc_result_text(lstmfc_result result)
{
    switch (result) {
#define LSTMFC__X(code, value, name, text) case code: return text;
    LSTMFC_RESULTS(LSTMFC__X)
#undef LSTMFC__X
    default: return "unknown result";
    }
}

/* The version, and how this copy was compiled. Whether the compiler fuses a*b + c is asked at run time: (1 + 2^-27)^2 is
   1 + 2^-26 + 2^-54, whose last term a rounded product loses and a fused one keeps. */
#ifdef LSTMFC_DOUBLE
#  define LSTMFC__BUILD_REAL "double"
#else
#  define LSTMFC__BUILD_REAL "float"
#endif
#ifdef LSTMFC_STRICT
#  define LSTMFC__BUILD_CLASS "unfused (strict)"
#else
#  define LSTMFC__BUILD_CLASS "unfused"
#endif
#define LSTMFC__BUILD_TEXT "lstmfc " LSTMFC_VERSION_TEXT ", real " LSTMFC__BUILD_REAL ", result class " LSTMFC__BUILD_CLASS

LSTMFC__DEF int32_t lstmfc_version(void) { return LSTMFC_VERSION_HEX; }

LSTMFC__DEF const char *lstmfc_build_info(void)
{
    volatile double near_one = 1.0 + 1.0 / 134217728.0, rounded = -(1.0 + 1.0 / 67108864.0);
    double x = near_one, y = near_one, z = rounded;
    return x * y + z == 0.0 ? LSTMFC__BUILD_TEXT ", no contraction found" : LSTMFC__BUILD_TEXT ", CONTRACTION FOUND";
}

/* A bounded text under construction: always ended by NUL (where size > 0), silently cut at size. `length` goes on counting
   behind the cut, as snprintf does: it is the length that the whole text needs. */
typedef struct lstmfc__text { char *out; size_t size, length; } lstmfc__text;

LSTMFC__PRIVATE void lstmfc__text_char(lstmfc__text *text, char c)
{
    if (text->length + 1 < text->size) { text->out[text->length] = c; text->out[text->length + 1] = 0; }
    text->length++;
}

LSTMFC__PRIVATE void lstmfc__text_string(lstmfc__text *text, const char *s)
{
    for (s = s ? s : "(null)"; *s; s++) lstmfc__text_char(text, *s);
}

LSTMFC__PRIVATE void lstmfc__text_unsigned(lstmfc__text *text, uint64_t value)
{
    char digits[20];                /* 2^64 - 1 has 20 digits; they come out last one first */
    int n = 0;
    do { digits[n++] = (char)('0' + value % 10); value /= 10; } while (value);
    while (n) lstmfc__text_char(text, digits[--n]);
}

/* The magnitude is formed in unsigned arithmetic, where 0 - INT64_MIN is defined. */
LSTMFC__PRIVATE void lstmfc__text_int(lstmfc__text *text, int64_t value)
{
    if (value < 0) lstmfc__text_char(text, '-');
    lstmfc__text_unsigned(text, value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value);
}

/* The few directives messages need: %s string, %d int32_t, %l int64_t, %z size_t, %c char, %%. Numbers with a point are
   formatted by the caller (lstmfc_format_double) and passed as %s. */
LSTMFC__PRIVATE void lstmfc__text_format(lstmfc__text *text, const char *format, va_list arguments)
{
    for (; *format; format++) {
        if (*format != '%') { lstmfc__text_char(text, *format); continue; }
        switch (*++format) {
        case 's': lstmfc__text_string(text, va_arg(arguments, const char *)); break;
        case 'd': lstmfc__text_int(text, va_arg(arguments, int)); break;
        case 'l': lstmfc__text_int(text, va_arg(arguments, int64_t)); break;
        case 'z': lstmfc__text_unsigned(text, va_arg(arguments, size_t)); break;
        case 'c': lstmfc__text_char(text, (char)va_arg(arguments, int)); break;
        case 0: return;
        default: lstmfc__text_char(text, *format);
        }
    }
}

/* Formats into a buffer of `size` bytes; returns the length the whole text needs. */
LSTMFC__PRIVATE size_t lstmfc__print(char *out, size_t size, const char *format, ...)
{
    lstmfc__text text = {NULL, 0, 0};
    va_list arguments;
    text.out = out; text.size = size;
    if (size) out[0] = 0;
    va_start(arguments, format);
    lstmfc__text_format(&text, format, arguments);
    va_end(arguments);
    return text.length;
}

/* The one place that writes an lstmfc_error, and every field of it: an error left from before must not shine through. */
LSTMFC__PRIVATE lstmfc_result lstmfc__fail_list(lstmfc_error *err, lstmfc_result code, int64_t line, int64_t column, int64_t offset,
                                                const char *format, va_list arguments)
{
    if (err) {
        lstmfc__text text = {NULL, 0, 0};
        text.out = err->message; text.size = sizeof err->message;
        err->code = code;
        err->line = (int32_t)(line > INT32_MAX ? INT32_MAX : line);
        err->column = (int32_t)(column > INT32_MAX ? INT32_MAX : column);
        err->offset = offset;
        err->message[0] = 0;
        lstmfc__text_format(&text, format, arguments);
    }
    return code;
}

/* Fills err and gives the code back: return lstmfc__fail(err, LSTMFC_ERROR_SPEC, "...", ...); */
LSTMFC__PRIVATE lstmfc_result lstmfc__fail(lstmfc_error *err, lstmfc_result code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lstmfc__fail_list(err, code, 0, 0, 0, format, arguments);
    va_end(arguments);
    return code;
}

/* The same with a place in a text: line and column count from 1 (0 = does not apply), offset from 0. */
LSTMFC__PRIVATE lstmfc_result lstmfc__fail_at(lstmfc_error *err, lstmfc_result code, int64_t line, int64_t column, int64_t offset,
                                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lstmfc__fail_list(err, code, line, column, offset, format, arguments);
    va_end(arguments);
    return code;
}

/* For a NULL argument that an earlier failure may have caused: an error that is already there stays. So this needs one test only,

       model = lstmfc_model_load("absent.json", NULL, &err);
       text  = lstmfc_something(model, &err);                 err still says that absent.json cannot be opened */
LSTMFC__PRIVATE lstmfc_result lstmfc__fail_null(lstmfc_error *err, const char *what)
{
    if (err && err->code) return err->code;
    return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%s is NULL", what);
}

/* "did you mean": the candidate with the fewest edits (Levenshtein 1966: insert, delete, replace; swapping two neighbours, the
   commonest slip, is one edit too: Damerau 1964) from what was written, if at most half of its letters change. Start with
   {NULL, 0} and offer every valid name; best->name is the answer, or NULL. */
typedef struct lstmfc__nearest { const char *name; int32_t distance; } lstmfc__nearest;

LSTMFC__PRIVATE void lstmfc__nearest_offer(lstmfc__nearest *best, const char *text, size_t length, const char *candidate)
{
    int32_t rows[3][65], *row = rows[0], *above = rows[2], *second = rows[1], *oldest, distance;
    size_t i, j, n = strlen(candidate);
    if (length > 64 || n > 64) return;
    for (j = 0; j <= n; j++) row[j] = (int32_t)j;
    for (i = 1; i <= length; i++) {
        oldest = second; second = above; above = row; row = oldest;     /* row[j]: edits from text[0..i) to candidate[0..j) */
        row[0] = (int32_t)i;
        for (j = 1; j <= n; j++) {
            distance = above[j - 1] + (text[i - 1] != candidate[j - 1]);
            if (above[j] + 1 < distance) distance = above[j] + 1;
            if (row[j - 1] + 1 < distance) distance = row[j - 1] + 1;
            if (i > 1 && j > 1 && text[i - 1] == candidate[j - 2] && text[i - 2] == candidate[j - 1] && second[j - 2] + 1 < distance)
                distance = second[j - 2] + 1;
            row[j] = distance;
        }
    }
    if (2 * row[n] <= (int32_t)n && (!best->name || row[n] < best->distance)) { best->name = candidate; best->distance = row[n]; }
}

#ifndef LSTMFC_NO_STDIO
/* The cause of a failed libc call, from errno read right after it. Own short texts: strerror follows the locale. */
LSTMFC__PRIVATE const char *lstmfc__cause(int error)
{
    switch (error) {
    case ENOENT: return "no such file or directory";
    case EACCES: case EPERM: return "permission denied";
    case ENOTDIR: return "a part of the path is not a directory";
    case EISDIR: return "it is a directory";
    case EEXIST: return "it exists already";
    case ENOSPC: return "no space left on the device";
    case EROFS:  return "read-only file system";
    case ENAMETOOLONG: return "the name is too long";
    case EMFILE: case ENFILE: return "too many open files";
    case EFBIG:  return "the file would be too large";
    case EIO:    return "input/output error";
    case EPIPE:  return "the reader has gone";
#ifdef EDQUOT
    case EDQUOT: return "disk quota exceeded";
#endif
    default: return "the system reported an error";
    }
}
#endif

/* ================================================================================================================
   3 memory >>memory
   ================================================================================================================ */

/* Three habits keep memory honest.

   Sizes are computed with checked products and sums. A model file may claim a tensor of 2^33 x 2^33; unchecked, the product of
   the sizes wraps around to something small, the block is granted, and the copy that follows runs over its end. This is the
   classic way in for an attacker (Howard and LeBlanc, Writing Secure Code, 2003, chapter 20); a file's sizes are also held
   against env.limits before anything is asked for.

   Every request goes through the object's allocator, with the old size told on release, so an allocator needs no headers of its
   own: the arena below is 40 lines. Blocks come zeroed. After a failure the object is as it was or can be freed; the tests make
   every single request of every operation fail, once and from then on, and count what is left.

   An object of fixed shape is one block. Its layout is written once, as a function that "takes" its parts from a slab; run with
   no memory it learns the size, run again it places the parts:

       lstmfc__slab count = {NULL, 0, 0};  layout(&count, &parts);         used = bytes needed, overflow = does not fit
       slab.base = lstmfc__align(block);   layout(&slab, &parts);          the same calls now give pointers

   Parts start at multiples of 64 bytes: a cache line, and the widest vector of chapter 5. */

/* a * b > SIZE_MAX is asked as a > SIZE_MAX / b, before the product could wrap; unsigned arithmetic gives no sign of it
   afterwards. */
LSTMFC__PRIVATE int lstmfc__mul(size_t a, size_t b, size_t *out)     /* 1 = fits */
{
    if (b && a > SIZE_MAX / b) return 0;
    *out = a * b;
    return 1;
}

LSTMFC__PRIVATE int lstmfc__add(size_t a, size_t b, size_t *out)     /* 1 = fits */
{
    if (a > SIZE_MAX - b) return 0;
    *out = a + b;
    return 1;
}

/* Whoever replaces malloc must replace all three: memory of one allocator given to another's free is a crash at best. */
#ifdef LSTMFC_MALLOC
#  if !defined(LSTMFC_FREE) || !defined(LSTMFC_REALLOC)
#    error "LSTMFC_MALLOC needs LSTMFC_FREE and LSTMFC_REALLOC"
#  endif
#else
#  define LSTMFC_MALLOC(size)           malloc(size)
#  define LSTMFC_REALLOC(pointer, size) realloc(pointer, size)
#  define LSTMFC_FREE(pointer)          free(pointer)
#endif

/* The C library behind the allocator's three functions: it needs neither context nor old sizes, others do. */
LSTMFC__PRIVATE void *lstmfc__malloc(void *context, size_t size) { (void)context; return LSTMFC_MALLOC(size); }
LSTMFC__PRIVATE void *lstmfc__realloc(void *context, void *pointer, size_t old_size, size_t new_size)
{
    (void)context; (void)old_size;
    return LSTMFC_REALLOC(pointer, new_size);
}
LSTMFC__PRIVATE void lstmfc__release(void *context, void *pointer, size_t size) { (void)context; (void)size; LSTMFC_FREE(pointer); }

/* env may be NULL or partly zero: the rest becomes the default. The allocator's functions come all or none: without `allocate`
   the other two are not looked at. Objects keep the filled copy, so no later line asks whether a field is set. */
LSTMFC__PRIVATE lstmfc_env lstmfc__env_fill(const lstmfc_env *env)
{
    lstmfc_env out;
    if (env) out = *env; else memset(&out, 0, sizeof out);
    if (!out.allocator.allocate) {
        out.allocator.allocate = lstmfc__malloc;
        out.allocator.resize = lstmfc__realloc;
        out.allocator.release = lstmfc__release;
    }
    /* a negative limit is no limit at all once it is compared as an unsigned size: it becomes the default too */
    if (out.limits.file_bytes <= 0) out.limits.file_bytes = (int64_t)1 << 32;
    if (out.limits.dimension <= 0)  out.limits.dimension  = (int64_t)1 << 20;
    if (out.limits.elements <= 0)   out.limits.elements   = (int64_t)1 << 31;
    if (out.limits.depth <= 0)      out.limits.depth      = 64;
    if (!out.threads)               out.threads           = 1;
    return out;
}

LSTMFC__DEF lstmfc_env lstmfc_env_default(void) { return lstmfc__env_fill(NULL); }

LSTMFC__PRIVATE void lstmfc__log(const lstmfc_env *env, const char *message)
{
    if (env->log) env->log(env->log_context, message);
}

/* count * size zeroed bytes, or NULL and an error. count 0 gives a valid block of one element. env must be filled. */
LSTMFC__PRIVATE void *lstmfc__alloc(const lstmfc_env *env, size_t count, size_t size, lstmfc_error *err)
{
    size_t bytes;
    void *pointer;
    if (!lstmfc__mul(count ? count : 1, size, &bytes)) {
        lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z elements of %z bytes do not fit the address space", count, size);
        return NULL;
    }
    pointer = env->allocator.allocate(env->allocator.context, bytes);
    if (!pointer) { lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z bytes", bytes); return NULL; }
    return memset(pointer, 0, bytes);
}

/* count and size as they were asked for: the product was checked then and cannot overflow now. NULL is nothing to free. */
LSTMFC__PRIVATE void lstmfc__free(const lstmfc_env *env, void *pointer, size_t count, size_t size)
{
    if (pointer) env->allocator.release(env->allocator.context, pointer, (count ? count : 1) * size);
}

/* A block from lstmfc__alloc grown or cut to new_count >= 1 elements (new ones zeroed); on failure NULL, and the old block stays
   valid. Hence the pitfall of realloc: p = grow(p) loses the block on failure; the result goes into a variable of its own
   first. */
LSTMFC__PRIVATE void *lstmfc__grow(const lstmfc_env *env, void *pointer, size_t old_count, size_t new_count, size_t size, lstmfc_error *err)
{
    size_t bytes, old_bytes = (old_count ? old_count : 1) * size;
    void *grown;
    if (!pointer) return lstmfc__alloc(env, new_count, size, err);
    if (!lstmfc__mul(new_count, size, &bytes)) {
        lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z elements of %z bytes do not fit the address space", new_count, size);
        return NULL;
    }
    grown = env->allocator.resize(env->allocator.context, pointer, old_bytes, bytes);
    if (!grown) { lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z bytes", bytes); return NULL; }
    if (bytes > old_bytes) memset((unsigned char *)grown + old_bytes, 0, bytes - old_bytes);
    return grown;
}

/* A copy of a string, to be given back with lstmfc__free(env, s, strlen(s) + 1, 1). */
LSTMFC__PRIVATE char *lstmfc__copy_string(const lstmfc_env *env, const char *s, lstmfc_error *err)
{
    size_t bytes = strlen(s) + 1;
    char *copy = (char *)lstmfc__alloc(env, bytes, 1, err);
    return copy ? (char *)memcpy(copy, s, bytes) : NULL;
}

#define LSTMFC__ALIGN ((size_t)64)

/* With base NULL a slab only counts: used is then the size that the block must have. */
typedef struct lstmfc__slab { unsigned char *base; size_t used; int overflow; } lstmfc__slab;

/* The next count * size bytes, aligned to 64 within the block; NULL while counting. An overflow sticks, so a layout of twenty
   parts is checked once at its end. No elements take no room and give the place of the next part, which is never looked at. */
LSTMFC__PRIVATE void *lstmfc__take(lstmfc__slab *slab, size_t count, size_t size)
{
    size_t bytes, start = slab->used, end;
    if (!lstmfc__mul(count, size, &bytes) || !lstmfc__add(start, bytes, &end) || !lstmfc__add(end, LSTMFC__ALIGN - 1, &end)) {
        slab->overflow = 1;
        return NULL;
    }
    slab->used = end / LSTMFC__ALIGN * LSTMFC__ALIGN;
    return slab->base ? slab->base + start : NULL;
}

/* Aligns a raw block (allocated LSTMFC__ALIGN bytes too large) to 64 bytes. */
LSTMFC__PRIVATE unsigned char *lstmfc__align(void *raw)
{
    uintptr_t address = (uintptr_t)raw;
    return (unsigned char *)raw + (LSTMFC__ALIGN - address % LSTMFC__ALIGN) % LSTMFC__ALIGN;
}

/* The arena: each block is 64-byte aligned; only the newest can be grown in place or given back. */
LSTMFC__PRIVATE void *lstmfc__arena_allocate(void *context, size_t size)
{
    lstmfc_arena *arena = (lstmfc_arena *)context;
    size_t start;
    if (!arena->base) return NULL;
    start = (size_t)(lstmfc__align(arena->base + arena->used) - arena->base);
    if (start > arena->size || size > arena->size - start) return NULL;
    arena->used = start + size;
    if (arena->used > arena->peak) arena->peak = arena->used;
    return arena->base + start;
}

/* A block that is not the newest stays where it is until the whole arena is thrown away: that is the bargain of a bump allocator
   (objects freed in the reverse order of their making give everything back, but for up to 63 bytes of alignment each). */
LSTMFC__PRIVATE void lstmfc__arena_release(void *context, void *pointer, size_t size)
{
    lstmfc_arena *arena = (lstmfc_arena *)context;
    size_t start = (size_t)((unsigned char *)pointer - arena->base);
    if (start + size == arena->used) arena->used = start;
}

/* The newest block grows where it stands, which is what a growing list does nearly always; any other moves to the end and leaves
   its old place unused. */
LSTMFC__PRIVATE void *lstmfc__arena_resize(void *context, void *pointer, size_t old_size, size_t new_size)
{
    lstmfc_arena *arena = (lstmfc_arena *)context;
    size_t start = (size_t)((unsigned char *)pointer - arena->base);
    void *moved;
    if (start + old_size == arena->used && new_size <= arena->size - start) {
        arena->used = start + new_size;
        if (arena->used > arena->peak) arena->peak = arena->used;
        return pointer;
    }
    moved = lstmfc__arena_allocate(context, new_size);
    return moved ? memcpy(moved, pointer, old_size < new_size ? old_size : new_size) : NULL;
}

LSTMFC__DEF void lstmfc_arena_init(lstmfc_arena *arena, void *buffer, size_t size)
{
    arena->base = (unsigned char *)buffer;
    arena->size = size;
    arena->used = arena->peak = 0;
}

LSTMFC__DEF lstmfc_allocator lstmfc_arena_allocator(lstmfc_arena *arena)
{
    lstmfc_allocator allocator;
    allocator.context = arena;
    allocator.allocate = lstmfc__arena_allocate;
    allocator.resize = lstmfc__arena_resize;
    allocator.release = lstmfc__arena_release;
    return allocator;
}

/* ================================================================================================================
   4 numbers >>numbers
   ================================================================================================================ */

/* Everything here must give the same bits on every machine, so nothing comes from the C library but sqrt and floor, which IEEE
   754 defines exactly. exp, log and their kin follow one plan (Cody and Waite, Software Manual for the Elementary Functions,
   1980): reduce the argument exactly, evaluate a short series in the small rest, undo the reduction exactly.

       exp(x)  = 2^k exp(r),       r = x - k ln 2, |r| <= ln(2)/2;   the series r + r^2/2! + r^3/3! + ...
       log(x)  = k ln 2 + log(m),  x = 2^k m, m in [sqrt(1/2), sqrt 2);   log m = 2 atanh(s), s = (m-1)/(m+1)
       tanh(x) = 1 - 2/(e^2x + 1), and near 0, where that has no digits left, a continued fraction

   ln 2 is split in two parts so that k times the first is exact: then x - k ln 2 loses nothing, however large x is. The pitfall
   is cancellation: at x = 1e-17 the formula 1 - 2/(e^2x + 1) gives 0, though it is tanh on paper. In float, for the inner loops,
   tanh = E / (E + 2) with E = e^2x - 1 computed without ever adding the 1.

   Number and text: a double is an integer times a power of two, so its decimal expansion ends, and its digits can be computed
   exactly with nothing but small products on an array of words. The shortest text is the first rounding of those digits that lies
   between the two midpoints to the neighbouring doubles (Steele and White, How to print floating-point numbers accurately, 1990).
   Reading is one long division, exact to the last bit (Clinger, How to read floating point numbers accurately, 1990). */

/* A double is sign, 11 bits of exponent e, 52 bits of fraction f:

       0 < e < 2047    (-1)^sign 1.f 2^(e-1023)             normal; the leading 1 is not stored
       e = 0           (-1)^sign 0.f 2^-1022                zero and the subnormal numbers
       e = 2047        infinity if f = 0, else NaN          so "finite" is a question to the exponent alone

   memcpy is the one way to see the bits that C and C++ both allow; compilers make a plain move of it. */
LSTMFC__PRIVATE uint64_t lstmfc__bits(double x)       { uint64_t bits; memcpy(&bits, &x, sizeof bits); return bits; }
LSTMFC__PRIVATE double   lstmfc__from_bits(uint64_t bits) { double x; memcpy(&x, &bits, sizeof x); return x; }
#define LSTMFC__EXPONENT_BITS ((uint64_t)0x7ff << 52)

LSTMFC__DEF int lstmfc_is_finite(double x) { return (lstmfc__bits(x) & LSTMFC__EXPONENT_BITS) != LSTMFC__EXPONENT_BITS; }
LSTMFC__DEF int lstmfc_is_nan(double x)    { return (lstmfc__bits(x) & ~((uint64_t)1 << 63)) > LSTMFC__EXPONENT_BITS; }
LSTMFC__DEF double lstmfc_nan(void)        { return lstmfc__from_bits((uint64_t)0x7ff8 << 48); }
LSTMFC__PRIVATE double lstmfc__infinity(void) { return lstmfc__from_bits(LSTMFC__EXPONENT_BITS); }

/* 2^k for -1022 <= k <= 1023 */
LSTMFC__PRIVATE double lstmfc__power_of_two(int32_t k) { return lstmfc__from_bits((uint64_t)(k + 1023) << 52); }

/* ---- random numbers ---- */

#define LSTMFC__GOLDEN UINT64_C(0x9e3779b97f4a7c15)   /* 2^64 / golden ratio, odd */

LSTMFC__PRIVATE uint64_t lstmfc__mix(uint64_t z)        /* a bijection in which every input bit reaches every output bit */
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014): a counter in steps of the golden
   ratio, mixed. lstmfc_hash(a, b) is the number b of the sequence with seed a, so a draw can be had by its position alone. */
LSTMFC__DEF void     lstmfc_rng_seed(lstmfc_rng *rng, uint64_t seed) { rng->state = seed; }
LSTMFC__DEF uint64_t lstmfc_rng_next(lstmfc_rng *rng)                { return lstmfc__mix(rng->state += LSTMFC__GOLDEN); }
LSTMFC__DEF uint64_t lstmfc_hash(uint64_t a, uint64_t b)             { return lstmfc__mix(a + (b + 1) * LSTMFC__GOLDEN); }

/* 53 random bits as an integer, times 2^-53: every multiple of 2^-53 in [0, 1), equally likely; 1 itself never. */
LSTMFC__DEF double lstmfc_rng_uniform(lstmfc_rng *rng) { return (double)(lstmfc_rng_next(rng) >> 11) * (1.0 / 9007199254740992.0); }

/* draw % n alone would favour small results: of 2^64 draws the first 2^64 mod n results come once too often. So many draws, the
   lowest ones, are thrown away; what remains is a multiple of n. Fewer than one draw in two is lost, for small n practically
   none. In 64 bits 0 - n is 2^64 - n, which has the same remainder as 2^64. */
LSTMFC__DEF uint64_t lstmfc_rng_below(lstmfc_rng *rng, uint64_t n)
{
    uint64_t spare = n ? (0 - n) % n : 0, draw;
    if (!n) return 0;
    do draw = lstmfc_rng_next(rng); while (draw < spare);
    return draw % n;
}

/* Box and Muller (1958): a point in the plane with two independent normal coordinates has a squared radius with distribution
   1 - exp(-s/2) and a uniform angle, so

       s = -2 log u,   angle = 2 pi v,   z = sqrt(s) cos(angle)

   u = 1 - uniform lies in (0, 1]: log 0 cannot happen. The second coordinate, with sin, is not kept: a generator that remembers
   it has hidden state, and a draw would depend on how many came before. |z| <= sqrt(2 * 53 ln 2) = 8.6. */
LSTMFC__DEF double lstmfc_rng_normal(lstmfc_rng *rng)
{
    double u = 1.0 - lstmfc_rng_uniform(rng), v = lstmfc_rng_uniform(rng);
    return sqrt(-2.0 * lstmfc_log(u)) * lstmfc_cos(6.283185307179586 * v);
}

/* ---- elementary functions in double ---- */

#define LSTMFC__LN2_HIGH 6.93147180369123816490e-01     /* the first 33 bits of ln 2: k * this is exact for |k| < 2^20 */
#define LSTMFC__LN2_LOW  1.90821492927058770002e-10
#define LSTMFC__LOG2_E   1.44269504088896338700

/* x = k ln 2 + r + tail, |r| <= ln(2)/2 and a little; |x| < 2000. Returns k, the integer nearest to x / ln 2 (a wrong neighbour
   at a tie does no harm: r is only a hair larger).

       high = x - k HIGH       exact: the product has 33 + 11 bits, and the difference of near numbers is exact (Sterbenz 1974)
       r    = high - k LOW     rounded
       tail                    what that rounding lost, so that r + tail carries about 70 bits of the rest */
LSTMFC__PRIVATE int32_t lstmfc__reduce_ln2(double x, double *r, double *tail)
{
    int32_t k = (int32_t)(x * LSTMFC__LOG2_E + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LSTMFC__LN2_HIGH, low = k * LSTMFC__LN2_LOW;
    *r = high - low;
    *tail = (high - *r) - low;
    return k;
}

/* exp(r) - 1 - r for |r| <= 0.35: r^2/2! + ... + r^14/14!, Horner's rule. The first term left out, 0.35^15/15! = 1e-19, is below
   2^-53 = 1.1e-16. The two largest terms, 1 and r, stay outside: added last, they cost the only rounding that shows. */
LSTMFC__PRIVATE double lstmfc__exp_rest(double r)
{
    static const double inverse_factorial[] = {     /* 1/14! ... 1/2! */
        1.1470745597729725e-11, 1.6059043836821615e-10, 2.0876756987868099e-9, 2.5052108385441719e-8, 2.7557319223985891e-7,
        2.7557319223985891e-6, 2.4801587301587302e-5, 1.9841269841269841e-4, 1.3888888888888889e-3, 8.3333333333333333e-3,
        4.1666666666666667e-2, 1.6666666666666667e-1, 0.5 };
    double sum = inverse_factorial[0];
    size_t i;
    for (i = 1; i < LSTMFC__COUNT(inverse_factorial); i++) sum = sum * r + inverse_factorial[i];
    return sum * r * r;
}

/* exp(x + extra) for |extra| much below 1; *low (may be NULL) is what the result lost by rounding, not for subnormal results.

       y = 1 + r + (tail + exp_rest(r)),   result = y 2^k

   Multiplying by 2^k is exact while the result is normal. 2^1024 has no double though y 2^1024 may be finite with y < 1: 2 *
   2^(k-1) instead. Near 2^-1074 the number is built 2^100 too large and scaled down in one step, or it would be rounded twice. */
LSTMFC__PRIVATE double lstmfc__exp_sum(double x, double extra, double *low)
{
    double r, tail, y;
    int32_t k;
    if (low) *low = 0.0;
    if (x > 709.79) return lstmfc__infinity();
    if (x < -745.14) return 0.0;
    k = lstmfc__reduce_ln2(x, &r, &tail);
    tail += extra;
    x = r + tail;
    tail += r - x;
    r = x + (tail + lstmfc__exp_rest(x));
    y = 1.0 + r;
    if (k > 1023) return y * 2.0 * lstmfc__power_of_two(k - 1);
    if (k < -1021) return y * lstmfc__power_of_two(k + 100) * lstmfc__power_of_two(-100);   /* rounds once, when it is subnormal */
    if (low) *low = (r - (y - 1.0)) * lstmfc__power_of_two(k);
    return y * lstmfc__power_of_two(k);
}

LSTMFC__DEF double lstmfc_exp(double x) { return lstmfc_is_nan(x) ? x : lstmfc__exp_sum(x, 0.0, NULL); }

/* exp(x) - 1 without the loss of exp(x) - 1.0, which has no digits left at x = 1e-17. With x = k ln 2 + r:

       2^k e^r - 1 = (2^k - 1) + 2^k r + 2^k y,    y = exp_rest(r) + tail (1 + r)

   The added tail is e^(r + tail) = e^r + tail e^r, and e^r = 1 + r is enough for it. At k = 1 and r < -0.25 the
   difference cancels most: there it is formed in halves. From k = 57 on the 1 is below the last bit. */
LSTMFC__DEF double lstmfc_expm1(double x)
{
    double r, tail, y, scale;
    int32_t k;
    if (lstmfc_is_nan(x) || x == 0) return x;
    if (x > 709.79) return lstmfc__infinity();
    if (x < -40.0) return -1.0;
    k = lstmfc__reduce_ln2(x, &r, &tail);
    y = lstmfc__exp_rest(r) + tail * (1.0 + r);
    if (k == 0) return r + y;
    if (k > 56) return lstmfc_exp(x);
    scale = lstmfc__power_of_two(k);                    /* 2^k (1 + r + y) - 1, the exact parts added first */
    if (k == 1) return r < -0.25 ? -2.0 * (0.5 - (r + 1.0) - y) : 1.0 + 2.0 * (r + y);
    return ((scale - 1.0) + scale * r) + scale * y;
}

/* log(2^k (1 + f)) + rest, for sqrt(1/2) <= 1 + f < sqrt(2) and tiny rest. With s = f/(2+f): log(1+f) = 2 atanh(s) = 2s + s R,
   R = 2 s^2/3 + 2 s^4/5 + ..., and as 2s = f - s f it is f - (f^2/2 - s (f^2/2 + R)), whose first term is exact. */
LSTMFC__PRIVATE double lstmfc__log_parts(int32_t k, double f, double rest)
{
    double s = f / (2.0 + f), z = s * s, half_square = 0.5 * f * f, R = 0.0;
    int32_t i;
    for (i = 25; i >= 3; i -= 2) R = (R + 2.0 / i) * z;
    if (k == 0) return f - (half_square - (s * (half_square + R) + rest));
    return k * LSTMFC__LN2_HIGH - ((half_square - (s * (half_square + R) + (k * LSTMFC__LN2_LOW + rest))) - f);
}

/* x = 2^k m with sqrt(1/2) <= m < sqrt(2), for finite x > 0; returns m */
LSTMFC__PRIVATE double lstmfc__split_power(double x, int32_t *k)
{
    uint64_t bits;
    *k = 0;
    if (x < 2.2250738585072014e-308) { x *= 18014398509481984.0; *k = -54; }            /* subnormal: times 2^54 */
    bits = lstmfc__bits(x);
    *k += (int32_t)(bits >> 52) - 1023;
    x = lstmfc__from_bits((bits & ~LSTMFC__EXPONENT_BITS) | ((uint64_t)1023 << 52));    /* [1, 2) */
    if (x >= 1.4142135623730951) { x *= 0.5; (*k)++; }
    return x;
}

/* log(2^k m) = k ln 2 + log(1 + f), f = m - 1: exact, because m is near 1. */
LSTMFC__DEF double lstmfc_log(double x)
{
    int32_t k;
    double m;
    if (lstmfc_is_nan(x)) return x;
    if (x < 0) return lstmfc_nan();
    if (x == 0) return -lstmfc__infinity();
    if (!lstmfc_is_finite(x)) return x;
    m = lstmfc__split_power(x, &k);
    return lstmfc__log_parts(k, m - 1.0, 0.0);
}

/* log(1 + x) for x too small to survive 1 + x. Near 0 the series takes f = x itself. Elsewhere u = 1 + x is rounded, and what
   it lost is found again by subtraction (larger term first) and added as log(u + lost) = log u + lost/u + ... */
LSTMFC__DEF double lstmfc_log1p(double x)
{
    int32_t k;
    double u, m, lost;
    if (lstmfc_is_nan(x) || x == 0) return x;
    if (x < -1) return lstmfc_nan();
    if (x == -1) return -lstmfc__infinity();
    if (!lstmfc_is_finite(x)) return x;
    if (x > -0.29 && x < 0.41) return lstmfc__log_parts(0, x, 0.0);
    u = 1.0 + x;
    lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    m = lstmfc__split_power(u, &k);
    return lstmfc__log_parts(k, m - 1.0, lost / u);
}

/* Sums and products in twice the precision (Dekker 1971): the pair (high, low) with high the rounded result, low what it lost. */
typedef struct lstmfc__pair { double high, low; } lstmfc__pair;

/* high = a + b rounded; shadow is the part of b that made it into high, so b - shadow and a - (high - shadow) are the two parts
   that did not. high + low = a + b exactly, whichever is larger (Knuth). -ffast-math would simplify low to 0. */
LSTMFC__PRIVATE lstmfc__pair lstmfc__pair_sum(double a, double b)
{
    lstmfc__pair out;
    double shadow;
    out.high = a + b;
    shadow = out.high - a;
    out.low = (a - (out.high - shadow)) + (b - shadow);
    return out;
}

/* Halves of 26 bits have products of 52, which are exact: a b = ah bh + ah bl + al bh + al bl, and high is taken away from the
   largest first, so nothing is lost on the way. With a fused multiply-add this would be one instruction; not all machines have
   it. */
LSTMFC__PRIVATE lstmfc__pair lstmfc__pair_product(double a, double b)       /* |a|, |b| < 2^990 */
{
    lstmfc__pair out;
    double t = 134217729.0 * a, a_high = t - (t - a), a_low = a - a_high;    /* 2^27 + 1 splits 53 bits into 26 + 26 */
    double u = 134217729.0 * b, b_high = u - (u - b), b_low = b - b_high;
    out.high = a * b;
    out.low = ((a_high * b_high - out.high) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return out;
}

/* Pairs of pairs. The product leaves out low times low; both results are good to about 2^-104 of themselves. */
LSTMFC__PRIVATE lstmfc__pair lstmfc__pair_add(lstmfc__pair a, lstmfc__pair b)
{
    lstmfc__pair out = lstmfc__pair_sum(a.high, b.high);
    return lstmfc__pair_sum(out.high, out.low + (a.low + b.low));
}

LSTMFC__PRIVATE lstmfc__pair lstmfc__pair_multiply(lstmfc__pair a, lstmfc__pair b)
{
    lstmfc__pair out = lstmfc__pair_product(a.high, b.high);
    return lstmfc__pair_sum(out.high, out.low + (a.high * b.low + a.low * b.high));
}

/* q is the quotient of the high parts; what a - q b leaves, divided once more, is its correction. */
LSTMFC__PRIVATE lstmfc__pair lstmfc__pair_divide(lstmfc__pair a, lstmfc__pair b)
{
    double q = a.high / b.high;
    lstmfc__pair back = lstmfc__pair_product(q, b.high);
    return lstmfc__pair_sum(q, (((a.high - back.high) - back.low) + (a.low - q * b.low)) / b.high);
}

/* x^y = exp(y log x). An absolute error in y log x is a relative error of the result: with 700 rounded to 1e-16 of itself it
   would be 7e-14, some 300 ulp. So the logarithm is computed as a pair:

       log x = k ln 2 + 2 atanh s,  s = (m-1)/(m+1),  |s| <= 0.172;   terms up to s^9 in pairs, the rest in double

   and the low part of the product goes into exp_sum as `extra`. pow(x, 0) = pow(1, y) = 1
   even for NaN, as in C99; x < 0 gives NaN always. */
LSTMFC__DEF double lstmfc_pow(double x, double y)
{
    lstmfc__pair s, z, sum, power, ln2, product;
    int32_t k, i;
    double m, tail, e;
    if (y == 0 || x == 1) return 1.0;
    if (lstmfc_is_nan(x) || lstmfc_is_nan(y) || x < 0) return lstmfc_nan();
    if (x == 0 || !lstmfc_is_finite(x) || !lstmfc_is_finite(y)) {
        return (x > 1) == (y > 0) ? lstmfc__infinity() : 0.0;
    }
    m = lstmfc__split_power(x, &k);
    s.high = m - 1.0; s.low = 0.0;
    s = lstmfc__pair_divide(s, lstmfc__pair_sum(m, 1.0));
    z = lstmfc__pair_multiply(s, s);
    sum = s; power = s;
    for (i = 3; i <= 9; i += 2) {                       /* atanh s = s + s^3/3 + s^5/5 + ... */
        lstmfc__pair divisor, term;
        divisor.high = i; divisor.low = 0.0;
        power = lstmfc__pair_multiply(power, z);
        term = lstmfc__pair_divide(power, divisor);
        sum = lstmfc__pair_add(sum, term);
    }
    for (tail = 0.0, i = 29; i >= 11; i -= 2) tail = (tail + 1.0 / i) * z.high;     /* the rest is too small to need it */
    sum = lstmfc__pair_sum(sum.high, sum.low + tail * power.high);
    sum.high *= 2.0; sum.low *= 2.0;
    ln2 = lstmfc__pair_product(k, LSTMFC__LN2_HIGH);
    sum = lstmfc__pair_add(lstmfc__pair_add(ln2, lstmfc__pair_product(k, LSTMFC__LN2_LOW)), sum);
    /* LN2_HIGH + LN2_LOW carries 33 + 53 bits of ln 2, enough: |k| <= 1074 */
    if (y > 1e20 || y < -1e20) return (sum.high > 0) == (y > 0) ? lstmfc__infinity() : 0.0;
    product = lstmfc__pair_product(sum.high, y);
    e = product.low + sum.low * y;
    product = lstmfc__pair_sum(product.high, e);
    return lstmfc__exp_sum(product.high, product.low, NULL);
}

LSTMFC__DEF double lstmfc_sqrt(double x) { return sqrt(x); }    /* correctly rounded by IEEE 754 */

/* x = n pi/2 + r + tail for |x| <= 1e6; returns n mod 4. pi/2 in three parts, the first two of 33 bits: n has 20 at most, so n
   times either is exact. That is where the limit of 1e6 comes from; larger angles need many more digits of pi (Payne and Hanek
   1983), and nobody here has one: an hour of the week, an angle of a random number. */
LSTMFC__PRIVATE int32_t lstmfc__reduce_half_pi(double x, double *r, double *tail)
{
    double n = floor(x * 0.63661977236758134308 + 0.5);
    lstmfc__pair sum = lstmfc__pair_sum(x - n * 1.57079632673412561417, -(n * 6.07710050630396597660e-11));
    lstmfc__pair end = lstmfc__pair_sum(sum.high, sum.low - n * 2.02226624879595063154e-21);
    *r = end.high;
    *tail = end.low;
    return (int32_t)((int64_t)n & 3);
}

/* |r| <= pi/4: sin(r + tail) = r - r^3/3! + r^5/5! ... + tail cos r. Written inside out, each term as a factor of the one before:

       sin r = r - r^3/6 (1 - z/20 (1 - z/42 (1 - ...))),  z = r^2,  20 = 4*5, 42 = 6*7, ... */
LSTMFC__PRIVATE double lstmfc__sin_near(double r, double tail)
{
    double z = r * r, sum = 0.0;
    int32_t i;
    for (i = 19; i >= 5; i -= 2) sum = (1.0 - sum) * z / (double)(i * (i - 1));
    return r + (tail * (1.0 - 0.5 * z) - (1.0 - sum) * z * r / 6.0);
}

/* 1 - r^2/2! + r^4/4! ... - tail sin r; what 1 - r^2/2 loses by rounding is added back with the small terms */
LSTMFC__PRIVATE double lstmfc__cos_near(double r, double tail)
{
    double z = r * r, half = 0.5 * z, first = 1.0 - half, sum = 0.0;
    int32_t i;
    for (i = 20; i >= 6; i -= 2) sum = (1.0 - sum) * z / (double)(i * (i - 1));
    return first + (((1.0 - first) - half) + ((1.0 - sum) * z * z / 24.0 - r * tail));
}

/* With x = n pi/2 + r the quarter n mod 4 chooses: 0 sin r, 1 cos r, 2 -sin r, 3 -cos r. cos is sin one quarter further on. */
LSTMFC__PRIVATE double lstmfc__sin_quarter(double x, int32_t quarter)
{
    double r, tail, y;
    if (!(x >= -1e6 && x <= 1e6)) return lstmfc_nan();
    quarter += lstmfc__reduce_half_pi(x, &r, &tail);
    y = quarter & 1 ? lstmfc__cos_near(r, tail) : lstmfc__sin_near(r, tail);
    return quarter & 2 ? -y : y;
}

LSTMFC__DEF double lstmfc_sin(double x) { return lstmfc__sin_quarter(x, 0); }
LSTMFC__DEF double lstmfc_cos(double x) { return lstmfc__sin_quarter(x, 1); }

/* Near 0 Lambert's continued fraction (1761) x/(1 + x^2/(3 + x^2/(5 + ...))), whose last division is the only large error: all
   that is below the 1 is a small correction. Beyond, 1 - 2/(e^2x + 1) with e^2x + 1 = expm1(2x) + 2; from 22 on the rest is
   below the last bit of 1. tanh is odd: the sign is taken off and put back, so tanh(-x) = -tanh(x) to the bit. */
LSTMFC__DEF double lstmfc_tanh(double x)
{
    double a = x < 0 ? -x : x, y = 0.0;
    int32_t n;
    if (lstmfc_is_nan(x) || x == 0) return x;
    if (a < 0.75) {
        for (n = 19; n >= 3; n -= 2) y = a * a / (n + y);
        y = a / (1.0 + y);
    } else y = a > 22 ? 1.0 : 1.0 - 2.0 / (lstmfc_expm1(2.0 * a) + 2.0);
    return x < 0 ? -y : y;
}

/* sigmoid(x) = 1/(1 + e^-x). For x = -800 e^-x overflows; so e = exp(-|x|) <= 1, and 1/(1 + e) or e/(1 + e) by the sign of x.
   e and d = 1 + e are both rounded: with their lost parts the quotient y is off by the factor 1 + e_low/e - d_low/d. */
LSTMFC__DEF double lstmfc_sigmoid(double x)
{
    double e, e_low, d, d_low, y;
    if (lstmfc_is_nan(x)) return x;
    if (x < -40) return lstmfc_exp(x);
    e = lstmfc__exp_sum(x < 0 ? x : -x, 0.0, &e_low);
    d = 1.0 + e;
    d_low = (1.0 - d) + e + e_low;
    y = x < 0 ? e / d : 1.0 / d;
    return y + y * ((x < 0 ? e_low / e : 0.0) - d_low / d);
}

/* erfc(x) for x >= 1: exp(-x^2)/sqrt(pi) times Laplace's continued fraction 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))). It
   converges the slower the smaller x is: 416 levels at 1, 20 at 10. x^2 is a pair, for the same reason as in lstmfc_pow: at x =
   27 the rounding of 729 alone would cost 250 ulp; exp(-high - low) = exp(-high)(1 - low). */
LSTMFC__PRIVATE double lstmfc__erfc_far(double x)
{
    lstmfc__pair square;
    double f = x;
    int32_t n;
    if (x > 27.5) return 0.0;
    square = lstmfc__pair_product(x, x);
    for (n = 16 + (int32_t)(400.0 / (x * x)); n > 0; n--) f = x + 0.5 * n / f;
    return lstmfc_exp(-square.high) * (1.0 - square.low) / (1.7724538509055160273 * f);
}

/* |x| < 1: 2/sqrt(pi) (x - x^3/3 + x^5/10 - x^7/42 ...), term n is (-z)^n / (n! (2n+1)) with z = x^2. The last product adds what
   the double 2/sqrt(pi) lacks of the true one. */
LSTMFC__PRIVATE double lstmfc__erf_near(double x)
{
    double z = x * x, sum = 0.0;
    int32_t n;
    for (n = 18; n > 0; n--) sum = -z / n * (1.0 / (2 * n + 1) + sum);   /* Horner's rule */
    return 1.1283791670955125739 * (x + x * sum) + x * 1.533545961316588e-17;
}

/* Odd, and 1 - erfc where erfc is the small one: there the subtraction costs nothing. */
LSTMFC__DEF double lstmfc_erf(double x)
{
    if (lstmfc_is_nan(x)) return x;
    if (x >= 1) return 1.0 - lstmfc__erfc_far(x);
    if (x <= -1) return lstmfc__erfc_far(-x) - 1.0;
    return lstmfc__erf_near(x);
}

/* From 1 on not as 1 - erf(x): at x = 6 erf is 1 to the last bit, and erfc = 2.15e-17, such as p-values are made of, is lost. */
LSTMFC__DEF double lstmfc_erfc(double x)
{
    if (lstmfc_is_nan(x)) return x;
    if (x >= 1) return lstmfc__erfc_far(x);
    if (x <= -1) return 2.0 - lstmfc__erfc_far(-x);
    return 1.0 - lstmfc__erf_near(x);
}

/* ---- the same in lstmfc_real, for the inner loops of chapters 7 and 8 ---- */

#ifdef LSTMFC_DOUBLE
LSTMFC__PRIVATE double lstmfc__real_exp(double x)     { return lstmfc_exp(x); }
LSTMFC__PRIVATE double lstmfc__real_tanh(double x)    { return lstmfc_tanh(x); }
LSTMFC__PRIVATE double lstmfc__real_sigmoid(double x) { return lstmfc_sigmoid(x); }
#else
/* No branch, so that a loop over them becomes vector code: a selection between two values is one instruction, a jump is not.

       x = k ln 2 + r,  |r| <= 0.35;   returns p = e^r - 1 (a series of 7 terms), *half_scale = 2^(k-1);   e^x = 2^k (1 + p)

   k is rounded by adding 1.5 * 2^23: floats of that size have no binary places, so the sum is an integer, and its low 23 bits are
   k + 2^22 (the 1.5 keeps negative k from borrowing from the exponent). 2^(k-1) and not 2^k, because k = 128 occurs for the
   largest results and 2^128 has no float. Needs -86 <= x <= 88.8. NaN stays NaN in the result. */
LSTMFC__INLINE float lstmfc__real_exp_parts(float x, float *half_scale)
{
    float shifted = x * 1.44269504f + 12582912.0f, k, r, p;
    uint32_t bits;
    int32_t integer;
    memcpy(&bits, &shifted, sizeof bits);
    integer = (int32_t)((bits & 0x7fffffu) - 0x400000u);
    k = (float)integer;
    r = (x - k * 0.693359375f) - k * -2.12194440e-4f;   /* the first part has 9 bits: exact */
    p = ((((((1.9841270e-4f * r + 1.3888889e-3f) * r + 8.3333333e-3f) * r + 4.1666668e-2f) * r + 1.6666667e-1f) * r + 0.5f) * r) * r + r;
    bits = (uint32_t)(integer + 126) << 23;
    memcpy(half_scale, &bits, sizeof bits);
    return p;
}

/* e^x within 2e-7; below -86 it stays at 4.5e-38, above 88.72 it is infinite */
LSTMFC__INLINE float lstmfc__real_exp(float x)
{
    float half_scale, p;
    x = x < -86.0f ? -86.0f : x;
    x = x > 88.8f ? 88.8f : x;
    p = lstmfc__real_exp_parts(x, &half_scale);
    return (2.0f + 2.0f * p) * half_scale;
}

/* exp overflows to infinity for x below -88.72, and 1/(1 + infinity) is 0: right without a test. */
LSTMFC__INLINE float lstmfc__real_sigmoid(float x) { return 1.0f / (1.0f + lstmfc__real_exp(-x)); }

/* E / (E + 2), E = e^(2|x|) - 1 = 2^k (p + 1) - 1, which near 0 is p itself; 1 to the last bit from |x| = 9.1 on */
LSTMFC__INLINE float lstmfc__real_tanh(float x)
{
    float a = x < 0.0f ? -x : x, half_scale, p, scale, E, y;
    a = a > 9.1f ? 9.1f : a;
    p = lstmfc__real_exp_parts(2.0f * a, &half_scale);
    scale = 2.0f * half_scale;
    E = scale * p + (scale - 1.0f);
    y = E / (E + 2.0f);
    return x < 0.0f ? -y : y;
}
#endif

/* ---- numbers to text ---- */

/* The decimal expansion of mantissa * 2^exponent: value = 0.d1 d2 d3 ... * 10^point, d1 != 0. more: digits that are not zero
   follow. Leading digits only: as many as were asked for. */
typedef struct lstmfc__decimal { char digits[400]; int32_t count, point, more; } lstmfc__decimal;

/* Exact digits of mantissa * 2^exponent with nothing but products and remainders of 32-bit words. The integer part is divided
   by 10^9 again and again: each remainder is a group of nine digits, the last one first. The fraction is multiplied by 10^9: what
   crosses the binary point is the next group. Example: 0.625 = binary .101; times 10 is 6.25, times 10 again (0.25) 2.5, then 5.
   A double needs 1,074 binary places at most, 34 words, and has up to 309 digits before the point, 35 groups.

   Stops after `significant` digits (at most 390), or `decimals` digits behind the point, whichever comes first; `more` tells
   whether something that is not zero was left, which decides a tie. */
LSTMFC__PRIVATE void lstmfc__decimal_make(lstmfc__decimal *out, uint64_t mantissa, int32_t exponent, int32_t significant, int32_t decimals)
{
    uint32_t word[40], group[40];       /* little-endian words of the integer, then of the fraction; groups of nine digits */
    int32_t words = 0, groups = 0, low = 0, i, started = 0;
    uint64_t whole = 0;
    out->count = 0; out->point = 0; out->more = 0;
    if (significant > 390) significant = 390;
    /* factors 2 go into the exponent first: 1.0 is 2^52 * 2^-52, and as 1 * 2^0 it needs no fraction at all */
    while (mantissa && !(mantissa & 1)) { mantissa >>= 1; exponent++; }
    memset(word, 0, sizeof word);
    if (exponent >= 0) {
        int32_t shift = exponent % 32;
        words = exponent / 32;
        word[words]     = (uint32_t)(mantissa << shift);
        word[words + 1] = (uint32_t)((mantissa << shift) >> 32);
        word[words + 2] = shift ? (uint32_t)(mantissa >> (64 - shift)) : 0;
        for (words += 3; words && !word[words - 1]; ) words--;
        while (words) {                 /* divide by 10^9: the remainders are the groups, last one first */
            uint64_t rest = 0;
            for (i = words; i-- > 0; ) {
                rest = rest << 32 | word[i];
                word[i] = (uint32_t)(rest / 1000000000u);
                rest %= 1000000000u;
            }
            group[groups++] = (uint32_t)rest;
            while (words && !word[words - 1]) words--;
        }
    } else {
        int32_t bits = -exponent;       /* the fraction: `bits` binary places, in whole words, top word last */
        words = (bits + 31) / 32;
        if (bits < 64) { whole = mantissa >> bits; mantissa &= ((uint64_t)1 << bits) - 1; }
        {
            int32_t shift = words * 32 - bits;      /* 0..31: align the binary point with the top of the top word */
            word[0] = (uint32_t)(mantissa << shift);
            word[1] = (uint32_t)((mantissa << shift) >> 32);
            word[2] = shift ? (uint32_t)(mantissa >> (64 - shift)) : 0;
        }
        for (; whole; whole /= 1000000000u) group[groups++] = (uint32_t)(whole % 1000000000u);
    }
    for (;;) {
        char nine[9];
        uint32_t value;
        int32_t fraction = groups == 0, rest = 0;
        if (!fraction) value = group[--groups];
        else {
            uint64_t carry = 0;
            if (exponent >= 0) words = 0;
            while (low < words && !word[low]) low++;
            if (low >= words || out->count >= significant || (started && out->count - out->point >= decimals)) { rest = 1; }
            if (rest) { if (low < words) out->more = 1; return; }
            if (!started && -out->point >= decimals) { out->more = 1; return; }     /* 0.000 so far, and no more places wanted */
            for (i = low; i < words; i++) {     /* times 10^9: what leaves the top word is the next group */
                carry += (uint64_t)word[i] * 1000000000u;
                word[i] = (uint32_t)carry;
                carry >>= 32;
            }
            value = (uint32_t)carry;
        }
        for (i = 9; i-- > 0; value /= 10) nine[i] = (char)('0' + value % 10);
        for (i = 0; i < 9; i++) {
            if (!started && nine[i] == '0') { if (fraction) out->point--; continue; }
            started = 1;
            if (!fraction) out->point++;
            if (out->count < significant && (!fraction || out->count - out->point < decimals)) out->digits[out->count++] = nine[i];
            else if (nine[i] != '0') out->more = 1;
        }
    }
}

/* Rounds to n digits (n < count + 1), to nearest, ties to even; up: away from zero whatever follows. Trailing zeros go. */
LSTMFC__PRIVATE void lstmfc__decimal_round(lstmfc__decimal *d, int32_t n, int32_t up)
{
    if (n < d->count) {
        int32_t i;
        if (!up) {
            int32_t tie = d->digits[n] == '5' && !d->more;
            for (i = n + 1; tie && i < d->count; i++) tie = d->digits[i] == '0';
            /* a tie goes to the even digit: 0.125 to two places is 0.12, 0.375 is 0.38 */
            up = tie ? n > 0 && ((d->digits[n - 1] - '0') & 1) : d->digits[n] >= '5';
        }
        d->count = n;
        if (up) {
            /* a nine that goes up is a zero and a carry: 0.1996 to three digits becomes 0.2, 0.996 to two becomes 1 */
            for (i = n; i > 0 && d->digits[i - 1] == '9'; ) i--;
            d->count = i;
            if (i == 0) { d->digits[0] = '1'; d->count = 1; d->point++; }
            else d->digits[i - 1]++;
        }
    }
    while (d->count && d->digits[d->count - 1] == '0') d->count--;
    d->more = 0;
}

/* -1, 0, 1 as a < b, a == b, a > b; b may have more digits than it shows, a has not. Both are 0.d1d2..., d1 != 0, times 10^point:
   the larger point wins, then the first digit that differs. */
LSTMFC__PRIVATE int lstmfc__decimal_compare(const lstmfc__decimal *a, const lstmfc__decimal *b)
{
    int32_t i;
    if (a->point != b->point) return a->point < b->point ? -1 : 1;
    for (i = 0; i < a->count || i < b->count; i++) {
        int x = i < a->count ? a->digits[i] : '0', y = i < b->count ? b->digits[i] : '0';
        if (x != y) return x < y ? -1 : 1;
    }
    return b->more ? -1 : 0;
}

/* Writes digits plainly where the exponent x of the first one is within plain_low..plain_high, else as d.ddde+x. least:
   smallest number of exponent digits. The longest text, "-1.2345678901234567e-308", has 24 characters; plain ones end below
   10^17. */
LSTMFC__PRIVATE size_t lstmfc__decimal_print(char out[32], const lstmfc__decimal *d, int negative, int32_t plain_low, int32_t plain_high, int32_t least)
{
    lstmfc__text text = {NULL, 32, 0};
    int32_t x = d->point - 1, i;                    /* decimal exponent of the first digit */
    text.out = out;
    if (negative) lstmfc__text_char(&text, '-');
    if (!d->count) lstmfc__text_char(&text, '0');
    else if (x < plain_low || x > plain_high) {
        lstmfc__text_char(&text, d->digits[0]);
        if (d->count > 1) lstmfc__text_char(&text, '.');
        for (i = 1; i < d->count; i++) lstmfc__text_char(&text, d->digits[i]);
        lstmfc__text_char(&text, 'e');
        if (x < 0 || least > 1) lstmfc__text_char(&text, x < 0 ? '-' : '+');
        if (x < 0) x = -x;
        if (least > 1 && x < 10) lstmfc__text_char(&text, '0');
        lstmfc__text_int(&text, x);
    } else {
        if (d->point <= 0) lstmfc__text_char(&text, '0');
        for (i = 0; i < d->point; i++) lstmfc__text_char(&text, i < d->count ? d->digits[i] : '0');
        if (d->count > d->point) lstmfc__text_char(&text, '.');
        for (i = d->point; i < 0; i++) lstmfc__text_char(&text, '0');
        for (i = d->point > 0 ? d->point : 0; i < d->count; i++) lstmfc__text_char(&text, d->digits[i]);
    }
    return text.length;
}

/* "nan", "inf", "-inf"; 0 for a finite value */
LSTMFC__PRIVATE size_t lstmfc__format_special(char *out, size_t size, double value)
{
    if (lstmfc_is_finite(value)) return 0;
    return lstmfc__print(out, size, "%s", lstmfc_is_nan(value) ? "nan" : value < 0 ? "-inf" : "inf");
}

/* value = mantissa * 2^exponent (not for 0, NaN or infinity); the sign is dropped */
LSTMFC__PRIVATE uint64_t lstmfc__mantissa(double value, int32_t *exponent)
{
    uint64_t bits = lstmfc__bits(value), fraction = bits & (((uint64_t)1 << 52) - 1);
    int32_t biased = (int32_t)(bits >> 52 & 0x7ff);
    /* 1075 = 1023 + 52: the mantissa is an integer, its point 52 places further right. Subnormals count as biased 1 */
    *exponent = (biased ? biased : 1) - 1075;
    return biased ? fraction | (uint64_t)1 << 52 : fraction;
}

/* The shortest rounding of m * 2^e in [low, high] * 2^scale_e: every decimal between the midpoints to the two neighbours reads
   back as this number, so the first of 1, 2, 3, ... digits that lies there is the answer. 0.1 is 0.1000000000000000055...; its
   midpoints are 0.09999999999999999861 and 0.10000000000000001249, and one digit, 1, is between them. `even`: the ends
   themselves belong to the interval when m is even, because a tie is read to the even neighbour. 17 digits always do. */
LSTMFC__PRIVATE size_t lstmfc__format_shortest(char out[32], int negative, uint64_t m, int32_t e, uint64_t low, uint64_t high, int32_t scale_e,
                                               int even, int32_t plain_high)
{
    lstmfc__decimal exact, least, most, trial;
    int32_t n, up;
    lstmfc__decimal_make(&exact, m, e, 18, INT32_MAX);
    lstmfc__decimal_make(&least, low, scale_e, 20, INT32_MAX);
    lstmfc__decimal_make(&most, high, scale_e, 20, INT32_MAX);
    n = 0;                                  /* no text is shorter than what both ends have in common */
    if (least.point == most.point) while (n < least.count && n < most.count && least.digits[n] == most.digits[n]) n++;
    for (n = n ? n : 1; n <= 17; n++) {
        for (up = 0; up < 2; up++) {        /* below a power of two the gap is half as wide: the way up may be the only one */
            int a, b;
            trial.count = exact.count; trial.point = exact.point; trial.more = exact.more;
            memcpy(trial.digits, exact.digits, (size_t)exact.count);
            lstmfc__decimal_round(&trial, n, up);
            a = lstmfc__decimal_compare(&trial, &least);
            b = lstmfc__decimal_compare(&trial, &most);
            if ((a > 0 || (even && a == 0)) && (b < 0 || (even && b == 0)))
                return lstmfc__decimal_print(out, &trial, negative, -5, plain_high, 1);
        }
    }
    return lstmfc__decimal_print(out, &trial, negative, -5, plain_high, 1);
}

LSTMFC__DEF size_t lstmfc_format_double(char out[32], double value)
{
    int32_t e;
    uint64_t m;
    size_t length = lstmfc__format_special(out, 32, value);
    int negative = (int)(lstmfc__bits(value) >> 63);
    if (length) return length;
    if (value == 0) return lstmfc__print(out, 32, negative ? "-0" : "0");
    m = lstmfc__mantissa(value, &e);        /* neighbours at m +- 1; one step below a power of two only 1/2 away: in quarters */
    return lstmfc__format_shortest(out, negative, m, e, m == (uint64_t)1 << 52 && e > -1074 ? 4 * m - 1 : 4 * m - 2, 4 * m + 2, e - 2, !(m & 1), 16);
}

/* A float's text must also survive being read as a double and rounded then, as every JSON reader does: the ends of its interval
   stay one double away from the midpoints, or a text beside a midpoint could become the midpoint and then the wrong neighbour.
   (7.038531e-26 is the known case: the shortest text for one float, and by way of a double it is the next one.) */
LSTMFC__DEF size_t lstmfc_format_float(char out[32], float value)
{
    uint32_t bits, m;
    int32_t biased, e, negative;
    uint64_t center;
    size_t length = lstmfc__format_special(out, 32, (double)value);
    if (length) return length;
    memcpy(&bits, &value, sizeof bits);
    negative = (int32_t)(bits >> 31);
    if (!(bits << 1)) return lstmfc__print(out, 32, negative ? "-0" : "0");
    biased = (int32_t)(bits >> 23 & 0xff);
    m = (bits & 0x7fffffu) | (biased ? 0x800000u : 0u);
    e = (biased ? biased : 1) - 150;
    center = (uint64_t)m << 30;
    return lstmfc__format_shortest(out, negative, m, e, center - ((uint64_t)1 << (m == 0x800000u && biased > 1 ? 28 : 29)) + 2,
                                   center + ((uint64_t)1 << 29) - 2, e - 30, 1, 8);
}

/* One digit more than is wanted and `more` are enough to round to nearest, ties to even, from the exact value. */
LSTMFC__DEF size_t lstmfc_format_digits(char out[32], double value, int32_t digits)
{
    lstmfc__decimal d;
    int32_t e;
    uint64_t m;
    size_t length = lstmfc__format_special(out, 32, value);
    int negative = (int)(lstmfc__bits(value) >> 63);
    if (length) return length;
    if (value == 0) return lstmfc__print(out, 32, negative ? "-0" : "0");
    if (digits < 1) digits = 1;
    if (digits > 17) digits = 17;
    m = lstmfc__mantissa(value, &e);
    lstmfc__decimal_make(&d, m, e, digits + 1, INT32_MAX);
    lstmfc__decimal_round(&d, digits, 0);
    return lstmfc__decimal_print(out, &d, negative, -4, digits - 1, 2);
}

/* As printf's %.{decimals}f: a small negative number may print as -0.00, and 2.675 as 2.67, for the double is
   2.67499999999999982. */
LSTMFC__DEF size_t lstmfc_format_fixed(char *out, size_t size, double value, int32_t decimals)
{
    lstmfc__decimal d;
    lstmfc__text text = {NULL, 0, 0};
    int32_t e, i;
    uint64_t m;
    size_t length = lstmfc__format_special(out, size, value);
    if (length) return length;
    text.out = out; text.size = size;
    if (size) out[0] = 0;
    if (decimals < 0) decimals = 0;
    if (decimals > 60) decimals = 60;
    m = lstmfc__mantissa(value, &e);
    lstmfc__decimal_make(&d, m, e, 390, decimals + 1);
    if (d.point + decimals < 0) d.count = 0;
    else lstmfc__decimal_round(&d, d.point + decimals, 0);
    if (lstmfc__bits(value) >> 63) lstmfc__text_char(&text, '-');
    if (!d.count) d.point = 0;
    if (d.point <= 0) lstmfc__text_char(&text, '0');
    for (i = 0; i < d.point; i++) lstmfc__text_char(&text, i < d.count ? d.digits[i] : '0');
    if (decimals) lstmfc__text_char(&text, '.');
    for (i = 0; i < decimals; i++) {
        int32_t at = d.point + i;
        lstmfc__text_char(&text, at >= 0 && at < d.count ? d.digits[at] : '0');
    }
    return text.length;
}

LSTMFC__DEF size_t lstmfc_format_int(char out[32], int64_t value) { return lstmfc__print(out, 32, "%l", value); }

/* ---- text to numbers ---- */

/* An unsigned integer of up to 4288 bits, for the division that decides how a decimal is rounded: little-endian words, the top
   one not 0 (count 0 = zero). The largest is 10^1129, 799 digits at an exponent of -1129: 3,751 bits; the shifts below add one
   word. */
typedef struct lstmfc__big { uint32_t word[134]; int32_t count; } lstmfc__big;

/* big = big * factor + add: school arithmetic in base 2^32; a 64-bit word holds every product and its carry */
LSTMFC__PRIVATE void lstmfc__big_multiply_add(lstmfc__big *big, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    int32_t i;
    for (i = 0; i < big->count; i++) {
        carry += (uint64_t)big->word[i] * factor;
        big->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) big->word[big->count++] = (uint32_t)carry;
}

/* The number of bits without leading zeros: floor(log2) + 1. */
LSTMFC__PRIVATE int32_t lstmfc__big_bits(const lstmfc__big *big)
{
    uint32_t top = big->count ? big->word[big->count - 1] : 0;
    int32_t bits = 32 * (big->count - 1);
    for (; top; top >>= 1) bits++;
    return bits;
}

LSTMFC__PRIVATE void lstmfc__big_shift(lstmfc__big *big, int32_t bits)     /* left */
{
    int32_t words = bits / 32, rest = bits % 32, i;
    if (!big->count || !bits) return;
    big->word[big->count] = 0;
    for (i = big->count; i >= 0; i--) {
        uint64_t both = (uint64_t)big->word[i] << 32 | (i ? big->word[i - 1] : 0u);
        big->word[i + words] = (uint32_t)((both << rest) >> 32);
    }
    for (i = 0; i < words; i++) big->word[i] = 0;
    big->count += words + 1;
    while (big->count && !big->word[big->count - 1]) big->count--;
}

LSTMFC__PRIVATE int lstmfc__big_compare(const lstmfc__big *a, const lstmfc__big *b)
{
    int32_t i;
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (i = a->count; i-- > 0; )
        if (a->word[i] != b->word[i]) return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

LSTMFC__PRIVATE void lstmfc__big_subtract(lstmfc__big *a, const lstmfc__big *b)    /* a -= b, a >= b */
{
    int64_t borrow = 0;
    int32_t i;
    for (i = 0; i < a->count; i++) {
        int64_t difference = (int64_t)a->word[i] - (i < b->count ? (int64_t)b->word[i] : 0) + borrow;
        a->word[i] = (uint32_t)difference;
        borrow = difference < 0 ? -1 : 0;
    }
    while (a->count && !a->word[a->count - 1]) a->count--;
}

/* digits[count] as an integer, times 10^exponent, correctly rounded. The value is a fraction a/b of two integers: the power of
   ten goes above or below the line. Shifted so that 1 <= a/b < 2, a long division in base 2 gives its first 64 bits,

       q = q * 2 + (a >= b);   a = (a - (a >= b) b) * 2

   and what is left of a says whether anything follows. Of the 64 bits 53 are kept (fewer for a subnormal number) and the `lost`
   ones are compared with one half; only exactly one half and an empty rest is a tie, and goes to the even neighbour. */
LSTMFC__PRIVATE double lstmfc__parse_exact(const char *digits, int32_t count, int64_t exponent)
{
    lstmfc__big a, b;
    int32_t i, shift, binary, keep, lost;
    uint64_t q = 0, half, rest;
    if (exponent + count > 310) return lstmfc__infinity();
    if (exponent + count < -330) return 0.0;
    a.count = b.count = 0;
    for (i = 0; i < count; i++) lstmfc__big_multiply_add(&a, 10, (uint32_t)(digits[i] - '0'));
    lstmfc__big_multiply_add(&b, 0, 1);
    for (; exponent > 0; exponent--) lstmfc__big_multiply_add(&a, 10, 0);
    for (; exponent < -8; exponent += 9) lstmfc__big_multiply_add(&b, 1000000000u, 0);
    for (; exponent < 0; exponent++) lstmfc__big_multiply_add(&b, 10, 0);
    shift = lstmfc__big_bits(&a) - lstmfc__big_bits(&b);
    if (shift > 0) lstmfc__big_shift(&b, shift); else lstmfc__big_shift(&a, -shift);
    if (lstmfc__big_compare(&a, &b) < 0) { lstmfc__big_shift(&a, 1); shift--; }
    for (i = 0; i < 64; i++) {                      /* value = q * 2^(shift - 63), q in [2^63, 2^64) */
        q <<= 1;
        if (lstmfc__big_compare(&a, &b) >= 0) { lstmfc__big_subtract(&a, &b); q |= 1; }
        lstmfc__big_shift(&a, 1);
    }
    binary = shift - 52;                            /* exponent of the last bit of 53 */
    lost = 11;
    if (binary < -1074) { lost += -1074 - binary; binary = -1074; }
    if (lost > 64) return 0.0;
    keep = lost < 64;
    rest = keep ? q << (64 - lost) : q;
    half = (uint64_t)1 << 63;
    q = keep ? q >> lost : 0;
    if (rest > half || (rest == half && (a.count || (q & 1)))) q++;
    if (q >> 53) { q >>= 1; binary++; }
    if (!(q >> 52)) return lstmfc__from_bits(q);    /* subnormal, or zero */
    if (binary + 1075 >= 2047) return lstmfc__infinity();
    return lstmfc__from_bits((uint64_t)(binary + 1075) << 52 | (q & (((uint64_t)1 << 52) - 1)));
}

/* Two ways. Up to 15 digits and a power of ten up to 22 are both exact doubles, and one product or quotient of exact numbers is
   correctly rounded (Clinger): that is nearly every number of a CSV file. All others take the exact division. More than 799
   digits are cut: no midpoint of two doubles has that many, so it is enough to know that something followed, and the last digit
   kept is made non-zero for it. Where an e has no digits behind it ("2em") the number ends before it. */
LSTMFC__DEF size_t lstmfc_parse_double(const char *text, size_t length, double *value)
{
    static const double ten_to[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
                                     1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };      /* all exact */
    char digits[800];
    size_t i = 0, after;
    int32_t count = 0, negative = 0, any = 0;
    int64_t exponent = 0;
    uint64_t small = 0;
    double out;
    if (i < length && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        any = 1;
        if (count == 0 && text[i] == '0') continue;
        if (count < 799) digits[count++] = text[i];
        else { exponent++; if (text[i] != '0') digits[798] = digits[798] == '0' ? '1' : digits[798]; }
    }
    if (i + 1 < length && text[i] == '.' && text[i + 1] >= '0' && text[i + 1] <= '9') {
        for (i++; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
            any = 1;
            if (count == 0 && text[i] == '0') { exponent--; continue; }
            if (count < 799) { digits[count++] = text[i]; exponent--; }
            else if (text[i] != '0' && digits[798] == '0') digits[798] = '1';   /* something follows: no tie */
        }
    }
    if (!any) return 0;
    after = i;
    if (after < length && (text[after] == 'e' || text[after] == 'E')) {
        int32_t down = 0;
        int64_t e = 0;
        after++;
        if (after < length && (text[after] == '-' || text[after] == '+')) down = text[after++] == '-';
        if (after < length && text[after] >= '0' && text[after] <= '9') {
            for (; after < length && text[after] >= '0' && text[after] <= '9'; after++)
                if (e < 1000000000) e = e * 10 + (text[after] - '0');
            exponent += down ? -e : e;
            i = after;
        }
    }
    while (count > 1 && digits[count - 1] == '0') { count--; exponent++; }
    if (count == 0) out = 0.0;
    else if (count <= 15 && exponent >= -22 && exponent <= 22) {    /* two exact numbers, one rounding */
        int32_t j;
        for (j = 0; j < count; j++) small = small * 10 + (uint64_t)(digits[j] - '0');
        out = exponent < 0 ? (double)small / ten_to[-exponent] : (double)small * ten_to[exponent];
    } else out = lstmfc__parse_exact(digits, count, exponent);
    *value = negative ? -out : out;
    return i;
}

/* The test before the product keeps magnitude * 10 + digit <= limit without ever overflowing; limit is 2^63 for negative numbers,
   one more than for positive ones. */
LSTMFC__DEF size_t lstmfc_parse_int(const char *text, size_t length, int64_t *value)
{
    size_t i = 0, first;
    int negative = 0;
    uint64_t magnitude = 0, limit = (uint64_t)INT64_MAX;
    if (i < length && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
    limit += (uint64_t)negative;
    for (first = i; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (magnitude > (limit - digit) / 10) return 0;
        magnitude = magnitude * 10 + digit;
    }
    if (i == first) return 0;
    if (!negative) *value = (int64_t)magnitude;
    else *value = magnitude == limit ? INT64_MIN : -(int64_t)magnitude;
    return i;
}

/* ---- moments ----

   sum x^2 - (sum x)^2/n loses everything when the mean is large against the spread: closes of 60,000 that move by 1 leave 7
   digits of 16. Welford (Technometrics 1962) keeps the mean so far and the squared distances to it:

       delta = x - mean;   mean += delta/n;   m2 += delta (x - mean)   with the old mean in one factor, the new one in the other
       */


LSTMFC__DEF void lstmfc_moments_add(lstmfc_moments *moments, double x)
{
    double delta = x - moments->mean;
    moments->count++;
    moments->mean += delta / (double)moments->count;
    moments->m2 += delta * (x - moments->mean);
}

LSTMFC__DEF double lstmfc_moments_variance(const lstmfc_moments *moments, int32_t ddof)
{
    if (moments->count <= ddof) return lstmfc_nan();
    return moments->m2 / (double)(moments->count - ddof);
}

/* ---- option tables ----

   An option has a name, a default, a range and a help text. Written in several places they drift apart; here one table per desc
   holds them as text, and struct, flags, help, JSON keys and checkpoints are all made from it. The price is that ranges are
   parsed whenever they are checked, some microseconds at a start.

   0 in the struct is "not set" and becomes the default. So an option whose 0 means something else needs `none|` in its range: a
   written 0 is stored as LSTMFC_NONE (-1) and acts as zero. Where that is not so, a written 0 is either the default itself or
   refused. */


/* The choice `index` of "a|b|c" copied to out[32]; 0 = there is no such choice */
LSTMFC__PRIVATE int lstmfc__choice(const char *range, size_t index, char out[32])
{
    size_t n = 0;
    for (; index; range++) {
        if (!*range) return 0;
        if (*range == '|') index--;
    }
    for (; *range && *range != '|' && n < 31; range++) out[n++] = *range;
    out[n] = 0;
    return n > 0;
}

/* "none|low..high" in its parts: returns 1 when none is allowed */
LSTMFC__PRIVATE int lstmfc__range(const lstmfc_field *field, double *low, double *high, int64_t *low_int, int64_t *high_int)
{
    const char *range = field->range, *dots;
    int none = strncmp(range, "none|", 5) == 0;
    if (none) range += 5;
    dots = strstr(range, "..");
    *low = *high = 0; *low_int = *high_int = 0;
    if (!dots) return none;
    lstmfc_parse_double(range, (size_t)(dots - range), low);
    lstmfc_parse_double(dots + 2, strlen(dots + 2), high);
    lstmfc_parse_int(range, (size_t)(dots - range), low_int);
    lstmfc_parse_int(dots + 2, strlen(dots + 2), high_int);
    return none;
}

LSTMFC__PRIVATE lstmfc_result lstmfc__fail_choice(const lstmfc_field *field, const char *text, lstmfc_error *err)
{
    char names[32][32];
    lstmfc__nearest best = {NULL, 0};
    size_t i;
    for (i = 0; i < LSTMFC__COUNT(names) && lstmfc__choice(field->range, i, names[i]); i++)
        lstmfc__nearest_offer(&best, text, strlen(text), names[i]);
    return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%s: '%s' is none of %s%s%s%s", field->name, text, field->range,
                        best.name ? "; did you mean '" : "", best.name ? best.name : "", best.name ? "'?" : "");
}

/* Reads and writes the number of an INT, LONG, REAL or CHOICE field. An int64_t does not fit a double, hence the two. */
LSTMFC__PRIVATE void lstmfc__field_load(const void *desc, const lstmfc_field *field, int64_t *whole, double *real)
{
    const unsigned char *at = (const unsigned char *)desc + field->offset;
    int32_t small = 0;
    *whole = 0; *real = 0;
    if (field->kind == LSTMFC_LONG) memcpy(whole, at, sizeof *whole);
    else if (field->kind == LSTMFC_REAL) memcpy(real, at, sizeof *real);
    else { memcpy(&small, at, sizeof small); *whole = small; }
}

LSTMFC__PRIVATE void lstmfc__field_store(void *desc, const lstmfc_field *field, int64_t whole, double real)
{
    unsigned char *at = (unsigned char *)desc + field->offset;
    int32_t small = (int32_t)whole;
    if (field->kind == LSTMFC_LONG) memcpy(at, &whole, sizeof whole);
    else if (field->kind == LSTMFC_REAL) memcpy(at, &real, sizeof real);
    else memcpy(at, &small, sizeof small);
}

/* Is the number in the field's range? */
LSTMFC__PRIVATE lstmfc_result lstmfc__field_check(const lstmfc_field *field, int64_t whole, double real, const char *text, lstmfc_error *err)
{
    double low, high;
    int64_t low_int, high_int;
    char number[32];
    int none = lstmfc__range(field, &low, &high, &low_int, &high_int), fits;
    if (field->kind == LSTMFC_REAL) fits = (real >= low && real <= high) || (none && real == LSTMFC_NONE);
    else fits = (whole >= low_int && whole <= high_int) || (none && whole == LSTMFC_NONE);
    if (fits) return LSTMFC_OK;
    if (!text) {
        if (field->kind == LSTMFC_REAL) lstmfc_format_double(number, real); else lstmfc_format_int(number, whole);
        text = number;
    }
    return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%s: %s is not in %s", field->name, text, field->range);
}

LSTMFC__DEF lstmfc_result lstmfc_field_set(void *desc, const lstmfc_field *field, const char *text, lstmfc_error *err)
{
    size_t length;
    int64_t whole = 0;
    double real = 0;
    if (!desc || !field || !text) return lstmfc__fail_null(err, field ? field->name : "field");
    length = strlen(text);
    if (field->kind == LSTMFC_TEXT) {
        memcpy((unsigned char *)desc + field->offset, &text, sizeof text);
        return LSTMFC_OK;
    }
    if (field->kind == LSTMFC_CHOICE) {
        char name[32];
        size_t i;
        for (i = 0; lstmfc__choice(field->range, i, name); i++)
            if (strcmp(name, text) == 0) { lstmfc__field_store(desc, field, (int64_t)i, 0); return LSTMFC_OK; }
        return lstmfc__fail_choice(field, text, err);
    }
    {
        int none = strncmp(field->range, "none|", 5) == 0;
        size_t taken;
        lstmfc_result result;
        if (none && strcmp(text, "none") == 0) {
            lstmfc__field_store(desc, field, LSTMFC_NONE, LSTMFC_NONE);
            return LSTMFC_OK;
        }
        taken = field->kind == LSTMFC_REAL ? lstmfc_parse_double(text, length, &real) : lstmfc_parse_int(text, length, &whole);
        if (!length || taken != length)
            return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%s: '%s' is not %s; expected %s", field->name, text,
                                field->kind == LSTMFC_REAL ? "a number" : "a whole number", field->range);
        if (none && whole == 0 && real == 0) {          /* a written 0 means none; in the struct a 0 means the default */
            lstmfc__field_store(desc, field, LSTMFC_NONE, LSTMFC_NONE);
            return LSTMFC_OK;
        }
        result = lstmfc__field_check(field, whole, real, text, err);
        if (result) return result;
        if (whole == 0 && real == 0) {
            double preset = 0;
            lstmfc_parse_double(field->preset, strlen(field->preset), &preset);
            if (preset != 0)
                return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%s: 0 cannot be asked for (it stands for the default, %s); the range is %s",
                                    field->name, field->preset, field->range);
        }
        lstmfc__field_store(desc, field, whole, real);
    }
    return LSTMFC_OK;
}

LSTMFC__DEF lstmfc_result lstmfc_fields_resolve(void *desc, const lstmfc_field *fields, size_t count, lstmfc_error *err)
{
    size_t i;
    if (!desc || !fields) return lstmfc__fail_null(err, "desc");
    for (i = 0; i < count; i++) {
        const lstmfc_field *field = &fields[i];
        lstmfc_result result = LSTMFC_OK;
        int64_t whole;
        double real;
        if (field->kind == LSTMFC_TEXT) {
            const char *text;
            memcpy(&text, (unsigned char *)desc + field->offset, sizeof text);
            if (!text) memcpy((unsigned char *)desc + field->offset, &field->preset, sizeof field->preset);
            continue;
        }
        lstmfc__field_load(desc, field, &whole, &real);
        if (field->kind == LSTMFC_CHOICE) {
            char name[32];
            if (whole < 0 || !lstmfc__choice(field->range, (size_t)whole, name))
                result = lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%s: there is no choice number %l in %s", field->name, whole, field->range);
        } else if (whole == 0 && real == 0) {
            if (strcmp(field->preset, "0") != 0) result = lstmfc_field_set(desc, field, field->preset, err);
        } else result = lstmfc__field_check(field, whole, real, NULL, err);
        if (result) return result;
    }
    return LSTMFC_OK;
}

/* The inverse of lstmfc_field_set for a resolved desc. Numbers in their shortest text: a checkpoint compares options as texts. */
LSTMFC__DEF size_t lstmfc_field_get(const void *desc, const lstmfc_field *field, char *out, size_t size)
{
    char number[32];
    int64_t whole;
    double real;
    if (field->kind == LSTMFC_TEXT) {
        const char *text;
        memcpy(&text, (const unsigned char *)desc + field->offset, sizeof text);
        return lstmfc__print(out, size, "%s", text ? text : "");
    }
    lstmfc__field_load(desc, field, &whole, &real);
    if (field->kind == LSTMFC_CHOICE) {
        if (whole < 0 || !lstmfc__choice(field->range, (size_t)whole, number)) number[0] = 0;
    } else if (strncmp(field->range, "none|", 5) == 0 && (whole == LSTMFC_NONE || real == LSTMFC_NONE)) return lstmfc__print(out, size, "none");
    else if (field->kind == LSTMFC_REAL) lstmfc_format_double(number, real);
    else lstmfc_format_int(number, whole);
    return lstmfc__print(out, size, "%s", number);
}

/* -- sorting ----------------------------------------------------------------------------------------------------- */

/* Heap sort (Williams 1964) of n records of `width` doubles by their first: no recursion, no memory, n log n at worst. Not
   stable: records with equal keys come in an order that the input alone decides. NaN compares with nothing and would spoil the
   heap. */
LSTMFC__PRIVATE void lstmfc__sort_sift(double *x, size_t width, size_t root, size_t n)
{
    for (;;) {
        size_t child = 2 * root + 1, k;
        if (child >= n) return;
        if (child + 1 < n && x[(child + 1) * width] > x[child * width]) child++;
        if (!(x[child * width] > x[root * width])) return;
        for (k = 0; k < width; k++) {
            double swap = x[root * width + k];
            x[root * width + k] = x[child * width + k];
            x[child * width + k] = swap;
        }
        root = child;
    }
}

LSTMFC__PRIVATE void lstmfc__sort_records(size_t n, size_t width, double *x)
{
    size_t i, k;
    for (i = n / 2; i > 0; i--) lstmfc__sort_sift(x, width, i - 1, n);
    for (i = n; i > 1; i--) {
        for (k = 0; k < width; k++) {
            double swap = x[k];
            x[k] = x[(i - 1) * width + k];
            x[(i - 1) * width + k] = swap;
        }
        lstmfc__sort_sift(x, width, 0, i - 1);
    }
}

LSTMFC__DEF void lstmfc_sort(size_t n, double *x) { lstmfc__sort_records(n, 1, x); }

/* The q-quantile lies at place q (n-1) of the sorted values, between two of them by linear interpolation (type 7 of Hyndman and
   Fan, The American Statistician 1996, the default of NumPy): for 10 20 40 and q = 0.75 it is place 1.5, 30. */
LSTMFC__DEF double lstmfc_quantile_sorted(size_t n, const double *sorted, double q)
{
    double place;
    size_t below;
    if (!n || !(q >= 0 && q <= 1)) return lstmfc_nan();
    place = q * (double)(n - 1);
    below = (size_t)place;
    if (below + 1 >= n) return sorted[n - 1];
    return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - (double)below);
}

/* ================================================================================================================
   5 simd >>simd
   ================================================================================================================ */

/* An empty room with its doors in place. A vector kernel either does its whole range, tails included, and returns 1, or has
   done nothing and returns 0; the readable loop of the chapter that called it then does the work, and is the kernel's oracle.
   This version has no kernels: every call returns 0, the compiler removes it, and -O3 vectorises the loops of chapter 6.

   Result classes. A fused multiply-add rounds once where a*b + c rounds twice, so results come in two classes: unfused (this
   version, and LSTMFC_STRICT always) and fused. Within one class every level gives the same bits, because each element of a
   product is one chain of additions in a fixed order. A compiler that fuses on its own would mix the classes (gcc does, in its
   default mode with -march=native: the same function, inlined in one place and called in another, then differs from itself).
   That is why chapter 1 forbids contraction and lstmfc_build_info() probes for it (Goldberg, What every computer scientist
   should know about floating-point arithmetic, 1991). */

LSTMFC__DEF const char *lstmfc_simd_name(void) { return "scalar"; }

#define LSTMFC__SIMD_NONE() 0       /* what every kernel of this version is: nothing done */
#define lstmfc__simd_gemm(m, n, k, a, lda, b, ldb, c, ldc)    LSTMFC__SIMD_NONE()
#define lstmfc__simd_gemm_at(m, n, k, a, lda, b, ldb, c, ldc) LSTMFC__SIMD_NONE()
#define lstmfc__simd_axpy(n, alpha, x, y)                     LSTMFC__SIMD_NONE()

/* ================================================================================================================
   6 matrix >>matrix
   ================================================================================================================ */

/* A layer needs three products, and all three are one loop nest seen from different sides (y = x W):

       forward           Y[m,n]  += X[m,k]  W[k,n]        lstmfc_gemm
       gradient of X     dX[m,k] += dY[m,n] W'[n,k]       lstmfc_gemm on W transposed once
       gradient of W     dW[k,n] += X'[k,m] dY[m,n]       lstmfc_gemm_at

   Order i-k-j: the inner loop runs along a row of B and a row of C, both contiguous, so the compiler turns it into vector code;
   the textbook order i-j-k is a dot product that strides through B and cannot be vectorised without reordering its sum. Four k's
   per pass load and store each element of C once for four products instead of once for each.

   Determinism: every element is one chain, ((c + a0 b0) + a1 b1) + ..., in the order of k. Blocking may change which element is
   worked on when, never the order inside one. Flat sums cannot be vectorised as one chain, so they are defined as 16 interleaved
   chains added pairwise, in plain code too (Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 4). */

#define LSTMFC__K_BLOCK ((size_t)64)    /* rows of B worked on together: they stay in the cache while all rows of C pass by */

/* One row of C over k = 0 .. count-1: c[n] += sum a[k * stride_a] * b[k, n] */
LSTMFC__PRIVATE void lstmfc__gemm_row(size_t n, size_t count, const lstmfc_real *LSTMFC__RESTRICT a, size_t stride_a,
                                      const lstmfc_real *LSTMFC__RESTRICT b, size_t ldb, lstmfc_real *LSTMFC__RESTRICT c)
{
    size_t k, j;
    for (k = 0; k + 4 <= count; k += 4) {
        const lstmfc_real a0 = a[k * stride_a], a1 = a[(k + 1) * stride_a], a2 = a[(k + 2) * stride_a], a3 = a[(k + 3) * stride_a];
        const lstmfc_real *LSTMFC__RESTRICT b0 = b + k * ldb, *LSTMFC__RESTRICT b1 = b0 + ldb;
        const lstmfc_real *LSTMFC__RESTRICT b2 = b1 + ldb, *LSTMFC__RESTRICT b3 = b2 + ldb;
        for (j = 0; j < n; j++) c[j] = (((c[j] + a0 * b0[j]) + a1 * b1[j]) + a2 * b2[j]) + a3 * b3[j];
    }
    for (; k < count; k++) {
        const lstmfc_real a0 = a[k * stride_a];
        const lstmfc_real *LSTMFC__RESTRICT b0 = b + k * ldb;
        for (j = 0; j < n; j++) c[j] = c[j] + a0 * b0[j];
    }
}

LSTMFC__DEF void lstmfc_gemm(size_t m, size_t n, size_t k, const lstmfc_real *a, size_t lda, const lstmfc_real *b, size_t ldb,
                             lstmfc_real *c, size_t ldc)
{
    size_t i, start;
    if (lstmfc__simd_gemm(m, n, k, a, lda, b, ldb, c, ldc)) return;
    for (start = 0; start < k; start += LSTMFC__K_BLOCK) {
        size_t count = k - start < LSTMFC__K_BLOCK ? k - start : LSTMFC__K_BLOCK;
        for (i = 0; i < m; i++) lstmfc__gemm_row(n, count, a + i * lda + start, 1, b + start * ldb, ldb, c + i * ldc);
    }
}

LSTMFC__DEF void lstmfc_gemm_at(size_t m, size_t n, size_t k, const lstmfc_real *a, size_t lda, const lstmfc_real *b, size_t ldb,
                                lstmfc_real *c, size_t ldc)
{
    size_t i, start;
    if (lstmfc__simd_gemm_at(m, n, k, a, lda, b, ldb, c, ldc)) return;
    for (start = 0; start < k; start += LSTMFC__K_BLOCK) {
        size_t count = k - start < LSTMFC__K_BLOCK ? k - start : LSTMFC__K_BLOCK;
        for (i = 0; i < m; i++) lstmfc__gemm_row(n, count, a + start * lda + i, lda, b + start * ldb, ldb, c + i * ldc);
    }
}

LSTMFC__DEF void lstmfc_transpose(size_t rows, size_t columns, const lstmfc_real *a, lstmfc_real *out)
{
    size_t r, c;
    for (r = 0; r < rows; r++)
        for (c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c];
}

LSTMFC__PRIVATE double lstmfc__lanes_total(double lanes[16])     /* pairwise: 16 -> 8 -> 4 -> 2 -> 1 */
{
    size_t width, i;
    for (width = 8; width; width /= 2)
        for (i = 0; i < width; i++) lanes[i] += lanes[i + width];
    return lanes[0];
}

LSTMFC__DEF double lstmfc_sum(size_t n, const lstmfc_real *x)
{
    double lanes[16] = {0};
    size_t i, lane;
    for (i = 0; i + 16 <= n; i += 16)
        for (lane = 0; lane < 16; lane++) lanes[lane] += (double)x[i + lane];
    for (lane = 0; i < n; i++, lane++) lanes[lane] += (double)x[i];
    return lstmfc__lanes_total(lanes);
}

LSTMFC__DEF double lstmfc_sum_squares(size_t n, const lstmfc_real *x)
{
    double lanes[16] = {0};
    size_t i, lane;
    for (i = 0; i + 16 <= n; i += 16)
        for (lane = 0; lane < 16; lane++) lanes[lane] += (double)x[i + lane] * (double)x[i + lane];
    for (lane = 0; i < n; i++, lane++) lanes[lane] += (double)x[i] * (double)x[i];
    return lstmfc__lanes_total(lanes);
}

LSTMFC__DEF void lstmfc_axpy(size_t n, lstmfc_real alpha, const lstmfc_real *x, lstmfc_real *y)
{
    const lstmfc_real *LSTMFC__RESTRICT from = x;
    lstmfc_real *LSTMFC__RESTRICT to = y;
    size_t i;
    if (lstmfc__simd_axpy(n, alpha, x, y)) return;
    for (i = 0; i < n; i++) to[i] += alpha * from[i];
}

LSTMFC__DEF void lstmfc_add_rows(size_t rows, size_t n, const lstmfc_real *x, lstmfc_real *y)
{
    size_t r;
    for (r = 0; r < rows; r++) lstmfc_axpy(n, 1, x + r * n, y);      /* 1 * x is x, exactly */
}

/* ================================================================================================================
   7 dense >>dense
   ================================================================================================================ */

/* A dense layer is y = x W + b: each output is a weighted sum of all inputs. Everything in this chapter comes as a pair,
   forward and backward, and every backward function is the same sentence: given how the loss moves with my output (dy),
   say how it moves with my input (dx) and with my weights. It is the chain rule, read from the loss towards the data
   (Rumelhart, Hinton & Williams 1986). For y = x W + b with rows of x as samples:

       dW = x' dy          each weight has met input k and output j of every row
       db = sum over rows of dy
       dx = dy W'

   An activation bends the result, y = f(z), so that layers on top of each other are more than one matrix: dz = dy f'(z).
     relu max(z,0) | tanh | sigmoid 1/(1+e^-z) | swish z sigmoid(z) | gelu z Phi(z), the exact one with erf | softplus ln(1+e^z)
     softmax e^z_j / sum e^z, over a row; there each output moves with each input: dz_j = y_j (dy_j - sum_k dy_k y_k).

   Dropout (Srivastava et al. 2014) sets a share p of the values to zero while training and multiplies the others by 1/(1-p),
   so that nothing has to change in inference ("inverted"). The masks are not drawn one after the other from a generator but
   computed from a key: the same batch of the same epoch has the same mask whatever was computed before it, which is what
   makes a resumed run equal to an uninterrupted one.

   Batch norm (Ioffe & Szegedy 2015) subtracts from each feature its mean over the rows of the batch (over batch and time in a
   sequence) and divides by its standard deviation, then scales by gamma and shifts by beta, which are learned. Running
   averages of both statistics stand in for them in inference. The pitfall of its backward pass: mean and variance depend on
   every row, so dx has three terms. With xh = (x-mean)/s and M rows

       dgamma = sum dy xh,   dbeta = sum dy,   dx = gamma/s (dy - dbeta/M - xh dgamma/M)

   and in inference or when frozen, where the statistics are constants, dx = gamma/s dy.

   Losses are means over the batch, in double. Binary cross-entropy is taken from the logit z before the sigmoid:
   softplus(z) - y z cannot overflow, and its gradient is sigmoid(z) - y; going through the probability would take the
   logarithm of numbers rounded to 0 or 1. */

#define LSTMFC__ACTIVATIONS(X) \
    X(LSTMFC_LINEAR, "linear") X(LSTMFC_RELU, "relu") X(LSTMFC_TANH, "tanh") X(LSTMFC_SIGMOID, "sigmoid") \
    X(LSTMFC_SWISH, "swish") X(LSTMFC_GELU, "gelu") X(LSTMFC_SOFTMAX, "softmax") X(LSTMFC_SOFTPLUS, "softplus")

LSTMFC__DEF const char *lstmfc_activation_name(int32_t activation)
{
    switch (activation) {
#define LSTMFC__X(code, name) case code: return name;
    LSTMFC__ACTIVATIONS(LSTMFC__X)
#undef LSTMFC__X
    default: return NULL;
    }
}

/* y[rows,outputs] = x[rows,inputs] kernel[inputs,outputs] + bias[outputs] */
LSTMFC__DEF void lstmfc_dense_forward(size_t rows, size_t inputs, size_t outputs, const lstmfc_real *x, const lstmfc_real *kernel,
                                      const lstmfc_real *bias, lstmfc_real *y)
{
    size_t r;
    for (r = 0; r < rows; r++) memcpy(y + r * outputs, bias, outputs * sizeof *y);     /* each chain starts from the bias */
    lstmfc_gemm(rows, outputs, inputs, x, inputs, kernel, outputs, y, outputs);
}

/* dkernel[inputs,outputs] += x' dy, dbias[outputs] += sum dy, dx[rows,inputs] = dy kernel' */
LSTMFC__DEF void lstmfc_dense_backward(size_t rows, size_t inputs, size_t outputs, const lstmfc_real *x,
                                       const lstmfc_real *kernel_t, const lstmfc_real *dy, lstmfc_real *dx, lstmfc_real *dkernel,
                                       lstmfc_real *dbias)
{
    if (dkernel) lstmfc_gemm_at(inputs, outputs, rows, x, inputs, dy, outputs, dkernel, outputs);
    if (dbias) lstmfc_add_rows(rows, outputs, dy, dbias);
    if (dx) {
        memset(dx, 0, rows * inputs * sizeof *dx);
        lstmfc_gemm(rows, inputs, outputs, dy, outputs, kernel_t, inputs, dx, inputs);
    }
}

/* ---- activations: y[rows,n] = f(z[rows,n]) */

/* ln(1 + e^z) without overflow: e^-|z| <= 1 */
LSTMFC__PRIVATE double lstmfc__softplus(double z) { return (z > 0 ? z : 0) + lstmfc_log1p(lstmfc_exp(z > 0 ? -z : z)); }

/* Phi(z) = (1 + erf(z / sqrt 2)) / 2 */
LSTMFC__PRIVATE double lstmfc__normal_cdf(double z) { return 0.5 * (1.0 + lstmfc_erf(z * 0.70710678118654752440)); }

/* z == y is allowed: each element, in softmax each row, is read before it is written. The functions that the cell uses too are in
   lstmfc_real; gelu and softplus go through double, being rare and at the head, where nothing is gained by haste. Softmax
   subtracts the row's maximum first, e^(z - top) / sum e^(z - top), which is the same number and cannot overflow. */
LSTMFC__DEF void lstmfc_activation_forward(int32_t activation, size_t rows, size_t n, const lstmfc_real *z, lstmfc_real *y)
{
    size_t count = rows * n, k, r;
    switch (activation) {
    case LSTMFC_RELU:     for (k = 0; k < count; k++) y[k] = z[k] > 0 ? z[k] : 0; break;
    case LSTMFC_TANH:     for (k = 0; k < count; k++) y[k] = lstmfc__real_tanh(z[k]); break;
    case LSTMFC_SIGMOID:  for (k = 0; k < count; k++) y[k] = lstmfc__real_sigmoid(z[k]); break;
    case LSTMFC_SWISH:    for (k = 0; k < count; k++) y[k] = z[k] * lstmfc__real_sigmoid(z[k]); break;
    case LSTMFC_GELU:     for (k = 0; k < count; k++) y[k] = (lstmfc_real)((double)z[k] * lstmfc__normal_cdf((double)z[k])); break;
    case LSTMFC_SOFTPLUS: for (k = 0; k < count; k++) y[k] = (lstmfc_real)lstmfc__softplus((double)z[k]); break;
    case LSTMFC_SOFTMAX:
        for (r = 0; r < rows; r++, z += n, y += n) {
            lstmfc_real top = z[0], sum = 0;
            for (k = 1; k < n; k++) if (z[k] > top) top = z[k];
            for (k = 0; k < n; k++) sum += y[k] = lstmfc__real_exp(z[k] - top);     /* the largest term is 1: no overflow */
            for (k = 0; k < n; k++) y[k] /= sum;
        }
        break;
    default: if (y != z) memcpy(y, z, count * sizeof *y);
    }
}

/* The derivatives, most of them shortest in terms of the output that forward has kept:
     relu 1 or 0 (0 at the kink)    tanh 1 - y^2    sigmoid y (1 - y)    swish s + y (1 - s)    softplus sigmoid(z)
   dz == dy is allowed. z and y must be those of forward; relu, swish, gelu and softplus read z, so z must not have been
   overwritten by y.
   dz = dy f'(z); f' from y where that is shorter */
LSTMFC__DEF void lstmfc_activation_backward(int32_t activation, size_t rows, size_t n, const lstmfc_real *z, const lstmfc_real *y,
                                            const lstmfc_real *dy, lstmfc_real *dz)
{
    size_t count = rows * n, k, r;
    switch (activation) {
    case LSTMFC_RELU:     for (k = 0; k < count; k++) dz[k] = z[k] > 0 ? dy[k] : 0; break;
    case LSTMFC_TANH:     for (k = 0; k < count; k++) dz[k] = dy[k] * (1 - y[k] * y[k]); break;
    case LSTMFC_SIGMOID:  for (k = 0; k < count; k++) dz[k] = dy[k] * y[k] * (1 - y[k]); break;
    case LSTMFC_SWISH:                                                              /* s + z s (1-s) = s + y (1-s) */
        for (k = 0; k < count; k++) {
            lstmfc_real s = lstmfc__real_sigmoid(z[k]);
            dz[k] = dy[k] * (s + y[k] * (1 - s));
        }
        break;
    case LSTMFC_GELU:                                                               /* Phi(z) + z phi(z) */
        for (k = 0; k < count; k++) {
            double x = (double)z[k], density = 0.39894228040143267794 * lstmfc_exp(-0.5 * x * x);
            dz[k] = (lstmfc_real)((double)dy[k] * (lstmfc__normal_cdf(x) + x * density));
        }
        break;
    case LSTMFC_SOFTPLUS: for (k = 0; k < count; k++) dz[k] = dy[k] * lstmfc__real_sigmoid(z[k]); break;
    case LSTMFC_SOFTMAX:
        for (r = 0; r < rows; r++, y += n, dy += n, dz += n) {
            lstmfc_real dot = 0;
            for (k = 0; k < n; k++) dot += dy[k] * y[k];
            for (k = 0; k < n; k++) dz[k] = y[k] * (dy[k] - dot);
        }
        break;
    default: if (dz != dy) memcpy(dz, dy, count * sizeof *dz);
    }
}

/* ---- dropout: mask[steps][batch][units] */

/* An element is dropped when 32 random bits are below rate * 2^32: a comparison of integers, equal on every machine. The key goes
   from the coarse to the fine, (seed, epoch, batch, layer), then sequence and step, and one generator per row of units. So a mask
   depends on its place alone: windows could be computed in any order, or by several threads, with the same masks. */
LSTMFC__DEF void lstmfc_dropout_mask(const lstmfc_draw *draw, uint64_t layer, double rate, size_t steps, size_t batch,
                                     size_t units, lstmfc_real *mask)
{
    uint64_t key = lstmfc_hash(lstmfc_hash(lstmfc_hash(draw->seed, draw->epoch), draw->batch), layer);
    uint64_t limit = (uint64_t)(rate * 4294967296.0);
    lstmfc_real keep = (lstmfc_real)(1.0 / (1.0 - rate));
    size_t t, b, u;
    for (t = 0; t < steps; t++) {
        for (b = 0; b < batch; b++, mask += units) {
            lstmfc_rng rng;
            lstmfc_rng_seed(&rng, lstmfc_hash(lstmfc_hash(key, b), t));
            for (u = 0; u < units; u += 2) {                    /* two units share one draw of 64 bits */
                uint64_t bits = lstmfc_rng_next(&rng);
                mask[u] = (bits & 0xffffffffu) < limit ? 0 : keep;
                if (u + 1 < units) mask[u + 1] = (bits >> 32) < limit ? 0 : keep;
            }
        }
    }
}

/* y = x * mask, and on the way back dx = dy * mask: the same function, since a product with a constant is its own derivative.
   x, y [steps][count]; mask [mask_steps][count], mask_steps 1 = one mask for all steps. In place is allowed. */
LSTMFC__DEF void lstmfc_dropout_apply(size_t steps, size_t count, const lstmfc_real *x, const lstmfc_real *mask,
                                      size_t mask_steps, lstmfc_real *y)
{
    size_t t, k;
    for (t = 0; t < steps; t++, x += count, y += count) {
        for (k = 0; k < count; k++) y[k] = x[k] * mask[k];
        if (mask_steps > 1) mask += count;
    }
}

/* ---- batch norm: x, y, dy, dx [rows,n], all else [n]. Sums run down the rows in double, for 16 columns at a time. */

#define LSTMFC__COLUMNS ((size_t)16)

/* Why 16: the sums of a group of columns stay in registers or the first cache while all rows stream by in memory order. One
   column at a time would touch a cache line for each number; all columns at once would need a buffer of unknown size. */
LSTMFC__PRIVATE size_t lstmfc__columns(size_t first, size_t n)
{
    return n - first < LSTMFC__COLUMNS ? n - first : LSTMFC__COLUMNS;
}

/* mean = sum x / M, variance = sum (x - mean)^2 / M (biased, M rows). Not sum x^2 / M - mean^2, which for prices near 60000 and
   a spread of 1 subtracts two numbers that agree in nine digits. */
LSTMFC__DEF void lstmfc_batchnorm_statistics(size_t rows, size_t n, const lstmfc_real *x, lstmfc_real *mean,
                                             lstmfc_real *variance)
{
    size_t first, width, r, j;
    for (first = 0; first < n; first += width) {
        double sum[LSTMFC__COLUMNS], center[LSTMFC__COLUMNS], squares[LSTMFC__COLUMNS];
        width = lstmfc__columns(first, n);
        for (j = 0; j < width; j++) sum[j] = squares[j] = 0;
        for (r = 0; r < rows; r++) for (j = 0; j < width; j++) sum[j] += (double)x[r * n + first + j];
        for (j = 0; j < width; j++) center[j] = sum[j] / (double)rows;
        for (r = 0; r < rows; r++)                              /* a second pass: no cancellation */
            for (j = 0; j < width; j++) { double e = (double)x[r * n + first + j] - center[j]; squares[j] += e * e; }
        for (j = 0; j < width; j++) {
            mean[first + j] = (lstmfc_real)center[j];
            variance[first + j] = (lstmfc_real)(squares[j] / (double)rows);
        }
    }
}

/* y = (x - mean) gamma / sqrt(variance + epsilon) + beta. One function for training and inference: whose statistics these are
   is the caller's business. epsilon keeps a constant column finite: x - mean is 0 there, so y is beta. */
LSTMFC__DEF void lstmfc_batchnorm_forward(size_t rows, size_t n, double epsilon, const lstmfc_real *x, const lstmfc_real *gamma,
                                          const lstmfc_real *beta, const lstmfc_real *mean, const lstmfc_real *variance,
                                          lstmfc_real *y)
{
    size_t first, width, r, j;
    for (first = 0; first < n; first += width) {
        lstmfc_real scale[LSTMFC__COLUMNS];
        width = lstmfc__columns(first, n);
        for (j = 0; j < width; j++)
            scale[j] = (lstmfc_real)((double)gamma[first + j] / lstmfc_sqrt((double)variance[first + j] + epsilon));
        for (r = 0; r < rows; r++)
            for (j = 0; j < width; j++)
                y[r * n + first + j] = (x[r * n + first + j] - mean[first + j]) * scale[j] + beta[first + j];
    }
}

/* running = momentum * running + (1 - momentum) * batch. PyTorch's momentum is the other share: its 0.1 is 0.9 here. `unbiased`
   stores M / (M - 1) times the variance, as PyTorch does, although both normalise by the biased one. Starting from 0 and 1 it
   takes about 3 / (1 - momentum) batches until 95 % of a running average comes from data: 300 at 0.99. */
LSTMFC__DEF void lstmfc_batchnorm_update(size_t rows, size_t n, double momentum, int32_t unbiased, const lstmfc_real *mean,
                                         const lstmfc_real *variance, lstmfc_real *running_mean, lstmfc_real *running_variance)
{
    double factor = unbiased && rows > 1 ? (double)rows / (double)(rows - 1) : 1.0;
    size_t j;
    for (j = 0; j < n; j++) {
        running_mean[j] = (lstmfc_real)(momentum * (double)running_mean[j] + (1.0 - momentum) * (double)mean[j]);
        running_variance[j] = (lstmfc_real)(momentum * (double)running_variance[j] +
                                            (1.0 - momentum) * ((double)variance[j] * factor));
    }
}

/* With xh = (x - mean) / s, s = sqrt(variance + epsilon), scale = gamma / s, shift = sum dy / M, slope = sum(dy xh) / (M s):
     dx = scale (dy - shift - (x - mean) slope)
   The two subtracted terms are what the row contributed to the mean and to the variance of its own batch; they make dx sum to 0
   over the rows, and so a bias in front of a batch norm has gradient 0. constant: statistics that are no function of x, no terms.
   dx == dy is allowed, the sums are complete before the first dx is written. dgamma and dbeta are added to. */
LSTMFC__DEF void lstmfc_batchnorm_backward(size_t rows, size_t n, double epsilon, int32_t constant, const lstmfc_real *x,
                                           const lstmfc_real *gamma, const lstmfc_real *mean, const lstmfc_real *variance,
                                           const lstmfc_real *dy, lstmfc_real *dx, lstmfc_real *dgamma, lstmfc_real *dbeta)
{
    size_t first, width, r, j;
    for (first = 0; first < n; first += width) {
        double sum[LSTMFC__COLUMNS], product[LSTMFC__COLUMNS];              /* sum dy, sum dy xh */
        lstmfc_real inverse[LSTMFC__COLUMNS], scale[LSTMFC__COLUMNS], shift[LSTMFC__COLUMNS], slope[LSTMFC__COLUMNS];
        width = lstmfc__columns(first, n);
        for (j = 0; j < width; j++) {
            inverse[j] = (lstmfc_real)(1.0 / lstmfc_sqrt((double)variance[first + j] + epsilon));
            sum[j] = product[j] = 0;
        }
        for (r = 0; r < rows; r++) {
            for (j = 0; j < width; j++) {
                size_t k = r * n + first + j;
                sum[j] += (double)dy[k];
                product[j] += (double)(dy[k] * ((x[k] - mean[first + j]) * inverse[j]));
            }
        }
        for (j = 0; j < width; j++) {
            dbeta[first + j] += (lstmfc_real)sum[j];
            dgamma[first + j] += (lstmfc_real)product[j];
            scale[j] = gamma[first + j] * inverse[j];
            shift[j] = constant ? 0 : (lstmfc_real)(sum[j] / (double)rows);
            slope[j] = constant ? 0 : (lstmfc_real)(product[j] / (double)rows) * inverse[j];
        }
        if (!dx) continue;
        for (r = 0; r < rows; r++) {
            for (j = 0; j < width; j++) {
                size_t k = r * n + first + j;
                dx[k] = scale[j] * (dy[k] - shift[j] - (x[k] - mean[first + j]) * slope[j]);
            }
        }
    }
}

/* ---- layer norm: the same along each row; mean, inverse [rows] */

/* y = (x - mean) / s gamma + beta with mean and s of the row itself: no batch, hence no running averages and no difference
   between training and inference (Ba, Kiros & Hinton 2016). inverse [rows] = 1/s is kept for the way back. */
LSTMFC__DEF void lstmfc_layernorm_forward(size_t rows, size_t n, double epsilon, const lstmfc_real *x, const lstmfc_real *gamma,
                                          const lstmfc_real *beta, lstmfc_real *mean, lstmfc_real *inverse, lstmfc_real *y)
{
    size_t r, j;
    for (r = 0; r < rows; r++, x += n, y += n) {
        double center = 0, squares = 0;
        for (j = 0; j < n; j++) center += (double)x[j];
        center /= (double)n;
        for (j = 0; j < n; j++) { double e = (double)x[j] - center; squares += e * e; }
        mean[r] = (lstmfc_real)center;
        inverse[r] = (lstmfc_real)(1.0 / lstmfc_sqrt(squares / (double)n + epsilon));
        for (j = 0; j < n; j++) y[j] = (x[j] - mean[r]) * inverse[r] * gamma[j] + beta[j];
    }
}

/* With dxh = gamma dy:   dx = (dxh - mean(dxh) - xh mean(dxh xh)) / s,   dgamma += sum over rows dy xh,   dbeta += sum dy.
   gamma stands inside the means here, as it differs along the row over which they are taken; in batch norm it is one number. */
LSTMFC__DEF void lstmfc_layernorm_backward(size_t rows, size_t n, const lstmfc_real *x, const lstmfc_real *gamma,
                                           const lstmfc_real *mean, const lstmfc_real *inverse, const lstmfc_real *dy,
                                           lstmfc_real *dx, lstmfc_real *dgamma, lstmfc_real *dbeta)
{
    size_t r, j;
    for (r = 0; r < rows; r++, x += n, dy += n) {
        double sum = 0, product = 0;                            /* of the gradient of xh, which is gamma dy */
        lstmfc_real shift, slope;
        for (j = 0; j < n; j++) {
            lstmfc_real xh = (x[j] - mean[r]) * inverse[r], dxh = gamma[j] * dy[j];
            dgamma[j] += dy[j] * xh;
            dbeta[j] += dy[j];
            sum += (double)dxh;
            product += (double)dxh * (double)xh;
        }
        if (!dx) continue;
        shift = (lstmfc_real)(sum / (double)n);
        slope = (lstmfc_real)(product / (double)n);
        for (j = 0; j < n; j++) dx[j] = inverse[r] * (gamma[j] * dy[j] - shift - (x[j] - mean[r]) * inverse[r] * slope);
        dx += n;
    }
}

/* ---- losses: raw, targets, gradient [count][outputs], weights [count] */

/* With e = raw - target and y = target:
     mse    e^2, without 1/2                               slope 2 e
     mae    |e|                                            slope sign e, 0 at e = 0
     huber  e^2/2 up to |e| = delta, delta (|e| - delta/2) slope e, then delta sign e: both parts and slopes meet at delta
     bce    softplus(raw) - y raw                          slope sigmoid(raw) - y, for any y in [0, 1]
   One element of l_i before the mean over outputs, and its slope. */
LSTMFC__PRIVATE double lstmfc__loss_element(const lstmfc_loss_desc *loss_desc, double raw, double target, double *slope)
{
    double e = raw - target, size = e < 0 ? -e : e, sign = e > 0 ? 1.0 : e < 0 ? -1.0 : 0.0;
    double delta = loss_desc->huber_delta > 0 ? loss_desc->huber_delta : 1.0;
    switch (loss_desc->loss) {
    case LSTMFC_LOSS_MAE:   *slope = sign; return size;
    case LSTMFC_LOSS_HUBER:
        if (size <= delta) { *slope = e; return 0.5 * e * e; }
        *slope = delta * sign;
        return delta * (size - 0.5 * delta);
    case LSTMFC_LOSS_BCE:   *slope = lstmfc_sigmoid(raw) - target; return lstmfc__softplus(raw) - target * raw;
    default:                *slope = 2.0 * e; return e * e;
    }
}

/* L = sum_i w_i mean_j l_ij / count. The divisor is the number of windows and not the sum of weights: weights have mean 1 over
   the fit part, and a batch of heavy windows is meant to move the network more. */
LSTMFC__DEF double lstmfc_loss(const lstmfc_loss_desc *loss_desc, size_t count, size_t outputs, const lstmfc_real *raw_outputs,
                               const lstmfc_real *targets, const lstmfc_real *weights)
{
    double total = 0, slope;
    size_t i, j;
    for (i = 0; i < count; i++) {
        double sum = 0;
        for (j = 0; j < outputs; j++)
            sum += lstmfc__loss_element(loss_desc, (double)raw_outputs[i * outputs + j], (double)targets[i * outputs + j],
                                        &slope);
        total += (weights ? (double)weights[i] : 1.0) * (sum / (double)outputs);
    }
    return total / (double)count;
}

/* dL / d raw_ij = w_i / (outputs count) * slope_ij */
LSTMFC__DEF void lstmfc_loss_gradient(const lstmfc_loss_desc *loss_desc, size_t count, size_t outputs,
                                      const lstmfc_real *raw_outputs, const lstmfc_real *targets, const lstmfc_real *weights,
                                      lstmfc_real *gradient)
{
    size_t i, j;
    for (i = 0; i < count; i++) {
        double share = (weights ? (double)weights[i] : 1.0) / ((double)outputs * (double)count), slope;
        for (j = 0; j < outputs; j++) {
            lstmfc__loss_element(loss_desc, (double)raw_outputs[i * outputs + j], (double)targets[i * outputs + j], &slope);
            gradient[i * outputs + j] = (lstmfc_real)(share * slope);
        }
    }
}

/* ================================================================================================================
   8 lstm >>lstm
   ================================================================================================================ */

/* A recurrent network reads a sequence step by step and carries a state. A plain one multiplies its state by the same matrix
   at every step, so the gradient on the way back is multiplied by it as often: it vanishes or explodes. The LSTM (Hochreiter
   & Schmidhuber 1997; the forget gate is from Gers, Schmidhuber & Cummins 2000) keeps a cell c that is only scaled and added
   to, and gates, numbers between 0 and 1, that decide what enters, what stays and what is shown. For one step, with the input
   x (I numbers), the state before it h' and c' (H numbers), W [I,4H] the kernel, U [H,4H] the recurrent kernel, b [4H]:

       z = x W + h' U + b                     four blocks of H: i, f, g, o
       i = sigmoid(z_i)   input gate          how much of the candidate enters
       f = sigmoid(z_f)   forget gate         how much of the old cell stays (its bias starts at 1: at first, remember)
       g = tanh(z_g)      candidate
       o = sigmoid(z_o)   output gate         how much of the cell is shown
       c = f c' + i g
       h = o tanh(c)

   Back through the step (dh and dc: how the loss moves with h and with c; dc comes from the step after this one):

       do = dh tanh(c)                        dz_o = do o (1-o)
       dc = dc + dh o (1 - tanh(c)^2)
       di = dc g                              dz_i = di i (1-i)
       df = dc c'                             dz_f = df f (1-f)
       dg = dc i                              dz_g = dg (1-g^2)
       dc' = dc f                             the highway: no matrix in between, which is why gradients survive
       dh' = dz U'

   and through time, over all steps: dW = sum x' dz, dU = sum h'' dz (h'' is h' transposed), db = sum dz, dx = dz W'.

   How it is computed: x W of all T steps needs no state, so it is one large product before the loop; only h' U stays in it.
   On the way back only dz U' stays in the loop; all dz are kept (in place of the gates) and dW, dU, db and dx are formed from
   them at the end by large products over all T*B rows, which run several times faster than T small ones. Where the first
   state is zero its product is skipped. The chain of each z is therefore: bias, then inputs 0..I-1, then units 0..H-1.

   Recurrent dropout: one mask per sequence and unit on h' before U, the same at all steps (Gal & Ghahramani 2016); a fresh
   mask at each step would make the memory leak. The same mask multiplies dh' on the way back. */

/* One step of the cell for one sequence. z [4H] in: i,f,g,o before, out: after their functions; c [H] in: old, out: new. */
LSTMFC__PRIVATE void lstmfc__lstm_cell(size_t hidden, lstmfc_real *LSTMFC__RESTRICT z, lstmfc_real *LSTMFC__RESTRICT c,
                                       lstmfc_real *LSTMFC__RESTRICT h)
{
    size_t j;
    for (j = 0; j < hidden; j++) {
        lstmfc_real i = lstmfc__real_sigmoid(z[j]), f = lstmfc__real_sigmoid(z[hidden + j]);
        lstmfc_real g = lstmfc__real_tanh(z[2 * hidden + j]), o = lstmfc__real_sigmoid(z[3 * hidden + j]);
        c[j] = f * c[j] + i * g;
        h[j] = o * lstmfc__real_tanh(c[j]);
        z[j] = i; z[hidden + j] = f; z[2 * hidden + j] = g; z[3 * hidden + j] = o;
    }
}

/* The same step backwards. z in: the gates, out: dz; c [H] of this step and c_before (NULL = zero) of the one before; dh [H] of
   this step's h; dc in: of the new c, out: of the old. tanh(c) is computed again: cheaper than keeping it. */
LSTMFC__PRIVATE void lstmfc__lstm_cell_backward(size_t hidden, lstmfc_real *LSTMFC__RESTRICT z,
                                                const lstmfc_real *LSTMFC__RESTRICT c,
                                                const lstmfc_real *LSTMFC__RESTRICT c_before,
                                                const lstmfc_real *LSTMFC__RESTRICT dh, lstmfc_real *LSTMFC__RESTRICT dc)
{
    lstmfc_real *LSTMFC__RESTRICT dz_f = z + hidden;
    size_t j;
    for (j = 0; j < hidden; j++) {
        lstmfc_real i = z[j], f = z[hidden + j], g = z[2 * hidden + j], o = z[3 * hidden + j], t = lstmfc__real_tanh(c[j]);
        lstmfc_real d = dc[j] + dh[j] * o * (1 - t * t);
        z[j] = d * g * i * (1 - i);
        z[hidden + j] = d * f * (1 - f);                        /* still to be multiplied by c_before */
        z[2 * hidden + j] = d * i * (1 - g * g);
        z[3 * hidden + j] = dh[j] * t * o * (1 - o);
        dc[j] = d * f;
    }
    if (!c_before) memset(dz_f, 0, hidden * sizeof *dz_f);
    else for (j = 0; j < hidden; j++) dz_f[j] *= c_before[j];
}

/* Two memories of c: with p->c every step has its own [B][H] for the way back, without it c_last is overwritten at each step. The
   cell reads the old c where it writes the new one, so the old one is copied forward first. A NULL h0 is a zero state, whose
   product h' U adds nothing and is left out.
   x [T][B][I] -> gates [T][B][4H], c, h [T][B][H] */
LSTMFC__DEF void lstmfc_lstm_forward(const lstmfc_lstm_pass *p)
{
    size_t T = p->steps, B = p->batch, I = p->inputs, H = p->hidden, t, b;
    lstmfc_dense_forward(T * B, I, 4 * H, p->x, p->kernel, p->bias, p->gates);
    for (t = 0; t < T; t++) {
        lstmfc_real *z = p->gates + t * B * 4 * H, *h = p->h + t * B * H, *c = p->c ? p->c + t * B * H : p->c_last;
        const lstmfc_real *h_before = t ? h - B * H : p->h0;
        if (t && p->c) memcpy(c, c - B * H, B * H * sizeof *c);     /* every c is needed on the way back */
        if (t == 0 && !p->c0) memset(c, 0, B * H * sizeof *c);
        if (t == 0 && p->c0 && p->c0 != c) memcpy(c, p->c0, B * H * sizeof *c);
        if (h_before) {
            if (p->recurrent_mask) {
                lstmfc_dropout_apply(1, B * H, h_before, p->recurrent_mask, 1, p->h_masked + t * B * H);
                h_before = p->h_masked + t * B * H;
            }
            lstmfc_gemm(B, 4 * H, H, h_before, H, p->recurrent, 4 * H, z, 4 * H);
        }
        for (b = 0; b < B; b++) lstmfc__lstm_cell(H, z + b * 4 * H, c + b * H, h + b * H);
    }
}

/* A step's dh has two sources: the layer above at this step (dh; or only at the last step, dh_last) and the next step through U.
   dc is handed from step to step in place and ends as the gradient of c0. The row blocks line up like this, each h with the dz
   that it helped to make, which is why dU is one product over T-1 steps with the second operand shifted by one:

       h      [h_0 | h_1 | ... | h_T-2 | h_T-1]
       dz           [dz_1 | dz_2 | ... | dz_T-1]          dU = sum over t >= 1 of h_{t-1}' dz_t   (and h0' dz_0 if there was one)
   dh [T][B][H] or dh_last [B][H] -> dx [T][B][I], dkernel, drecurrent, dbias, dc, dh0 */
LSTMFC__DEF void lstmfc_lstm_backward(const lstmfc_lstm_pass *p)
{
    size_t T = p->steps, B = p->batch, I = p->inputs, H = p->hidden, t, b, k;
    const lstmfc_real *h_in = p->recurrent_mask ? p->h_masked + B * H : p->h;      /* what went into step 1, 2, ... */
    for (t = T; t-- > 0; ) {
        lstmfc_real *z = p->gates + t * B * 4 * H;
        const lstmfc_real *above = p->dh ? p->dh + t * B * H : t == T - 1 ? p->dh_last : NULL;
        const lstmfc_real *c_before = t ? p->c + (t - 1) * B * H : p->c0;
        if (t == T - 1) {                                       /* dh = from above, + from the step after */
            memcpy(p->dh_step, above, B * H * sizeof *above);
        } else {
            memset(p->dh_step, 0, B * H * sizeof *p->dh_step);
            lstmfc_gemm(B, H, 4 * H, z + B * 4 * H, 4 * H, p->recurrent_t, H, p->dh_step, H);
            if (p->recurrent_mask) lstmfc_dropout_apply(1, B * H, p->dh_step, p->recurrent_mask, 1, p->dh_step);
            if (above) for (k = 0; k < B * H; k++) p->dh_step[k] += above[k];
        }
        for (b = 0; b < B; b++)
            lstmfc__lstm_cell_backward(H, z + b * 4 * H, p->c + (t * B + b) * H, c_before ? c_before + b * H : NULL,
                                       p->dh_step + b * H, p->dc + b * H);
    }
    lstmfc_dense_backward(T * B, I, 4 * H, p->x, p->kernel_t, p->gates, p->dx, p->dkernel, p->dbias);
    if (p->h0) lstmfc_gemm_at(H, 4 * H, B, p->recurrent_mask ? p->h_masked : p->h0, H, p->gates, 4 * H, p->drecurrent, 4 * H);
    lstmfc_gemm_at(H, 4 * H, (T - 1) * B, h_in, H, p->gates + B * 4 * H, 4 * H, p->drecurrent, 4 * H);
    if (p->dh0) {
        memset(p->dh0, 0, B * H * sizeof *p->dh0);
        lstmfc_gemm(B, H, 4 * H, p->gates, 4 * H, p->recurrent_t, H, p->dh0, H);
        if (p->recurrent_mask) lstmfc_dropout_apply(1, B * H, p->dh0, p->recurrent_mask, 1, p->dh0);
    }
}

/* ================================================================================================================
   9 model >>model
   ================================================================================================================ */

/* A model is a list of layers and the tensors they own, in one block of memory. The list is written in a small language,
   one layer after the other, data flowing from left to right:

       network = layer , { "|" , layer } ;
       layer   = name , [ size ] , { word | key , "=" , number } ;
       name    = "lstm" | "dense" | "dropout" | "variational_dropout" | "batchnorm" | "layernorm" | "flatten" | "last" ;
       size    = units (lstm, dense: a whole number from 1) | rate (the dropouts: 0 <= rate < 1) ;
       word    = "seq" | "last" (lstm) | activation (dense) ;
       activation = "linear" | "relu" | "tanh" | "sigmoid" | "swish" | "gelu" | "softmax" | "softplus" ;
       key     = "dropout" | "recurrent_dropout" | "l2" | "recurrent_l2" | "forget_bias"     (lstm)
               | "l2"                                                                       (dense)
               | "momentum" | "epsilon" | "unbiased"                                        (batchnorm)
               | "epsilon" ;                                                                (layernorm)

   Blanks separate tokens; a key, its "=" and its number are one token. gru, bilstm, bigru and attention are reserved names.

   The input is a sequence of T rows. An lstm turns a sequence into a sequence, or, when nothing behind it reads one, into its
   last step alone: it hands on the sequence exactly when the next layer that is neither a norm nor a dropout needs one (lstm,
   flatten, last). `seq` and `last` behind it force the choice. dense, norms and dropouts work row by row on either. flatten
   makes one long row of the whole sequence, step after step. If the last layer still yields a sequence, its last step is the
   output.

   The canonical text, which the model file keeps, has single blanks, the shortest form of each number, keys in the order of
   the table below, and leaves out what says nothing: parse(print(x)) prints the same again.

   For example, "lstm 64  dropout=0.20 | dense 1 linear" over rows of 30 columns is kept as "lstm 64 dropout=0.2 | dense 1"
   and owns

       0.lstm.kernel      [30, 256]    7,680     x[t]   -> the four gates side by side, i f g o
       0.lstm.recurrent   [64, 256]   16,384     h[t-1] -> the four gates
       0.lstm.bias        [256]          256     4 H (I + H + 1) = 24,320 in the layer
       1.dense.kernel     [64, 1]         64
       1.dense.bias       [1]              1     (64 + 1) 1 = 65;  24,385 in the network, whatever the length of the window
   Tensors are named "<layer index>.<layer>.<tensor>". All trainable ones stand one after the other in one array, so that
   gradients and moments are arrays of the same layout; running statistics stand apart. Weights start from the uniform
   distribution of Glorot & Bengio (2010), U(+-sqrt(6/(rows+columns))), which keeps the variance of what flows through about
   the same in both directions. Each tensor draws from a stream of its own, so another layer behind it changes nothing.

   Going forward, each layer reads its input and writes its own buffer; going back, the buffers say what was there. In
   inference nothing needs to be kept, and all layers share two buffers in turn. */

/* What a layer's name says before anything else is read: whether a number follows it, and whether it can work on a single
   row. Two tables, this one and that of the keys, hold all that differs between the layers' texts; the reader, the printer and
   the error messages below walk through them, so a new layer or key is one line here and not three branches elsewhere. */
enum { LSTMFC__LSTM, LSTMFC__DENSE, LSTMFC__DROPOUT, LSTMFC__VARIATIONAL, LSTMFC__BATCHNORM, LSTMFC__LAYERNORM, LSTMFC__FLATTEN,
       LSTMFC__LAST, LSTMFC__GRU, LSTMFC__BILSTM, LSTMFC__BIGRU, LSTMFC__ATTENTION };
enum { LSTMFC__NO_SIZE, LSTMFC__UNITS, LSTMFC__RATE };

typedef struct lstmfc__kind {
    const char *name;
    int32_t size;                       /* what stands behind the name */
    int32_t sequence;                   /* it needs a sequence */
    int32_t supported;
} lstmfc__kind;

LSTMFC__PRIVATE const lstmfc__kind lstmfc__kinds[] = {         /* in the order of the enum */
    {"lstm", LSTMFC__UNITS, 1, 1}, {"dense", LSTMFC__UNITS, 0, 1}, {"dropout", LSTMFC__RATE, 0, 1},
    {"variational_dropout", LSTMFC__RATE, 0, 1}, {"batchnorm", LSTMFC__NO_SIZE, 0, 1}, {"layernorm", LSTMFC__NO_SIZE, 0, 1},
    {"flatten", LSTMFC__NO_SIZE, 1, 1}, {"last", LSTMFC__NO_SIZE, 1, 1},
    {"gru", LSTMFC__UNITS, 1, 0}, {"bilstm", LSTMFC__UNITS, 1, 0}, {"bigru", LSTMFC__UNITS, 1, 0},
    {"attention", LSTMFC__UNITS, 1, 0}
};

/* Options by key; LSTMFC__KEYS of them. */
enum { LSTMFC__KEY_DROPOUT, LSTMFC__KEY_RECURRENT_DROPOUT, LSTMFC__KEY_L2, LSTMFC__KEY_RECURRENT_L2, LSTMFC__KEY_FORGET_BIAS,
       LSTMFC__KEY_MOMENTUM, LSTMFC__KEY_EPSILON, LSTMFC__KEY_UNBIASED, LSTMFC__KEYS };

/* One line of the keys' table. explicit_default marks the two keys whose absence hands the decision to somebody else: without l2
   a layer takes the model's l2, without forget_bias the scheme of initialisation decides. So "l2=0" and "forget_bias=1" must
   survive printing, though they are the numbers that stand in the table. */
typedef struct lstmfc__key {
    const char *name;
    int32_t kinds;                      /* bits of the layers that take it */
    int32_t explicit_default;           /* 1: writing the default is not the same as leaving it out */
    double preset, low, high;           /* low <= value <= high, or value < high where open */
    int32_t open;
    const char *range;                  /* for the message */
} lstmfc__key;

#define LSTMFC__BIT(kind) (1 << (kind))
LSTMFC__PRIVATE const lstmfc__key lstmfc__keys[LSTMFC__KEYS] = {
    {"dropout",           LSTMFC__BIT(LSTMFC__LSTM), 0, 0, 0, 1, 1, "0 <= dropout < 1"},
    {"recurrent_dropout", LSTMFC__BIT(LSTMFC__LSTM), 0, 0, 0, 1, 1, "0 <= recurrent_dropout < 1"},
    {"l2",                LSTMFC__BIT(LSTMFC__LSTM) | LSTMFC__BIT(LSTMFC__DENSE), 1, 0, 0, 1e6, 0, "0 <= l2 <= 1000000"},
    {"recurrent_l2",      LSTMFC__BIT(LSTMFC__LSTM), 0, 0, 0, 1e6, 0, "0 <= recurrent_l2 <= 1000000"},
    {"forget_bias",       LSTMFC__BIT(LSTMFC__LSTM), 1, 1, -100, 100, 0, "-100 <= forget_bias <= 100"},
    {"momentum",          LSTMFC__BIT(LSTMFC__BATCHNORM), 0, 0.99, 0, 1, 1, "0 <= momentum < 1"},
    {"epsilon",           LSTMFC__BIT(LSTMFC__BATCHNORM) | LSTMFC__BIT(LSTMFC__LAYERNORM), 0, 1e-3, 1e-12, 1, 0,
     "1e-12 <= epsilon <= 1"},
    {"unbiased",          LSTMFC__BIT(LSTMFC__BATCHNORM), 0, 0, 0, 1, 0, "unbiased is 0 or 1"}
};

/* Which form an lstm hands on: decided by its readers, or told by the word seq or last. */
enum { LSTMFC__AUTO, LSTMFC__FORCE_SEQ, LSTMFC__FORCE_LAST };

/* One layer. The first half is what the text said, filled by lstmfc__read_layer; the second, from in_width on, is what follows
   from the layers before it, filled by lstmfc__resolve_layers and lstmfc__add_tensors. Invariants after that: in_width and
   in_sequence are the width and sequence of the layer before it (of the data for the first), width is units wherever the layer
   has units, option[k] is the default where bit k of given is 0, and a layer without tensors has in `tensor` the number of the
   next layer's first one, so at most one past the end of the table. */
typedef struct lstmfc__layer {
    int32_t kind, units, activation, force;
    int32_t given;                      /* bits of the keys that the text names */
    int32_t column;                     /* of its name in the text, from 1 */
    double rate, option[LSTMFC__KEYS];
    int32_t in_width, width;            /* columns in and out */
    int32_t in_sequence, sequence;      /* 1: rows for every time step, 0: one row per sequence */
    int32_t tensor;                     /* its first tensor */
} lstmfc__layer;

/* ---- reading the text */

/* The language needs no stack and no look-ahead: tokens end at a blank or a '|', and the first token of a layer says how the
   others are read. So the reader is a position in the text, and every complaint can name the column it stands at. */
typedef struct lstmfc__layer_reader {
    const char *text;
    size_t length, at;
    const lstmfc_env *env;
    lstmfc_error *err;
} lstmfc__layer_reader;

/* length 0: none before '|' or the end */
typedef struct lstmfc__token { const char *text; size_t length, start; } lstmfc__token;

LSTMFC__PRIVATE int lstmfc__is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The next token of the layer being read. It points into the text: nothing is copied, and nothing is terminated by a NUL. A '|'
   is never passed, so reading beyond the end of a layer yields empty tokens for ever instead of the next layer's words. */
LSTMFC__PRIVATE lstmfc__token lstmfc__layer_token(lstmfc__layer_reader *reader)
{
    lstmfc__token token;
    while (reader->at < reader->length && lstmfc__is_blank(reader->text[reader->at])) reader->at++;
    token.start = reader->at;
    token.text = reader->text + reader->at;
    while (reader->at < reader->length && reader->text[reader->at] != '|' && !lstmfc__is_blank(reader->text[reader->at]))
        reader->at++;
    token.length = reader->at - token.start;
    return token;
}

/* Exact, case included: the language has one spelling for each thing, so that equal models have equal texts. */
LSTMFC__PRIVATE int lstmfc__token_is(const lstmfc__token *token, const char *name)
{
    return strlen(name) == token->length && memcmp(token->text, name, token->length) == 0;
}

/* The first characters of a token, for a message. */
LSTMFC__PRIVATE const char *lstmfc__token_text(const lstmfc__token *token, char out[48])
{
    size_t n = token->length < 44 ? token->length : 44;
    memcpy(out, token->text, n);
    memcpy(out + n, token->length > n ? "..." : "", token->length > n ? 4 : 1);
    return out;
}

/* Refuses what stands at a token: `what` is a text with one %s for the token, `hint` what was expected, `nearest` may have no
   name. A message says where, what and what instead; for "lstm 8 dropuot=0.1" it is

       layer text, column 8: unknown key 'dropuot': did you mean 'dropout'?; lstm takes seq last dropout= ...

   A layer text is often typed at a command line, where the whole line is seen at once: the column is all it takes to find it. */
LSTMFC__PRIVATE lstmfc_result lstmfc__layer_refuse(lstmfc__layer_reader *reader, const lstmfc__token *token, const char *what,
                                                   const char *hint, const lstmfc__nearest *nearest)
{
    char shown[48], text[160];
    const char *name = nearest ? nearest->name : NULL;
    lstmfc__print(text, sizeof text, what, lstmfc__token_text(token, shown));
    return lstmfc__fail_at(reader->err, LSTMFC_ERROR_SPEC, 0, (int64_t)token->start + 1, (int64_t)token->start,
                           "layer text, column %z: %s%s%s%s; %s",
                           token->start + 1, text, name ? ": did you mean '" : "", name ? name : "", name ? "'?" : "", hint);
}

/* The activation's number, or -1. The names are asked one by one until there is none: the list lives in chapter 7 alone. */
LSTMFC__PRIVATE int32_t lstmfc__find_activation(const lstmfc__token *token)
{
    int32_t a;
    for (a = 0; lstmfc_activation_name(a); a++) if (lstmfc__token_is(token, lstmfc_activation_name(a))) return a;
    return -1;
}

/* The hint behind a refused word is made from the tables that the reader uses, so it cannot name what is not accepted nor forget
   what is. A key is compared without its "=number": "dropuot=0.1" is near "dropout", and far from it with the number.
   Every word and key that a layer takes, as "words seq last; keys dropout= l2=" in out, and offered as nearest to token. */
LSTMFC__PRIVATE void lstmfc__layer_options(int32_t kind, const lstmfc__token *token, char *out, size_t size,
                                           lstmfc__nearest *nearest)
{
    lstmfc__text text = {NULL, 0, 0};
    size_t key_length = 0;
    int32_t k;
    text.out = out; text.size = size;
    out[0] = 0;
    while (key_length < token->length && token->text[key_length] != '=') key_length++;
    lstmfc__text_string(&text, lstmfc__kinds[kind].name);
    lstmfc__text_string(&text, " takes");
    if (kind == LSTMFC__LSTM) {
        lstmfc__text_string(&text, " seq last");
        lstmfc__nearest_offer(nearest, token->text, token->length, "seq");
        lstmfc__nearest_offer(nearest, token->text, token->length, "last");
    }
    for (k = 0; kind == LSTMFC__DENSE && lstmfc_activation_name(k); k++) {
        lstmfc__text_char(&text, ' ');
        lstmfc__text_string(&text, lstmfc_activation_name(k));
        lstmfc__nearest_offer(nearest, token->text, token->length, lstmfc_activation_name(k));
    }
    for (k = 0; k < LSTMFC__KEYS; k++) {
        if (!(lstmfc__keys[k].kinds & LSTMFC__BIT(kind))) continue;
        lstmfc__text_char(&text, ' ');
        lstmfc__text_string(&text, lstmfc__keys[k].name);
        lstmfc__text_char(&text, '=');
        lstmfc__nearest_offer(nearest, token->text, key_length, lstmfc__keys[k].name);
    }
    if (text.length == strlen(lstmfc__kinds[kind].name) + 6) lstmfc__text_string(&text, " no words and no keys");
}

/* The number behind a layer's name. A rate may be 0 (the layer then does nothing, useful in a search over rates) but not 1,
   where 1/(1-p) is infinite. Units are bounded by the limits of the env and by a quarter of int32_t, so that 4 * units, the
   width of an lstm's matrices, can be computed everywhere below without a thought of overflow. */
LSTMFC__PRIVATE lstmfc_result lstmfc__read_size(lstmfc__layer_reader *reader, lstmfc__layer *layer)
{
    const lstmfc__kind *kind = &lstmfc__kinds[layer->kind];
    lstmfc__token token = lstmfc__layer_token(reader);
    char hint[120], digits[32];
    int64_t units;
    if (kind->size == LSTMFC__RATE) {
        lstmfc__print(hint, sizeof hint, "%s needs its rate, 0 <= rate < 1, as in '%s 0.3'", kind->name, kind->name);
        if (!token.length) return lstmfc__layer_refuse(reader, &token, "the rate is missing", hint, NULL);
        if (lstmfc_parse_double(token.text, token.length, &layer->rate) != token.length)
            return lstmfc__layer_refuse(reader, &token, "'%s' is not a rate", hint, NULL);
        if (!(layer->rate >= 0 && layer->rate < 1))
            return lstmfc__layer_refuse(reader, &token, "rate %s is out of range", hint, NULL);
    } else {
        lstmfc__print(hint, sizeof hint, "%s needs its number of units, a whole number from 1, as in '%s 32'", kind->name,
                      kind->name);
        if (!token.length) return lstmfc__layer_refuse(reader, &token, "the number of units is missing", hint, NULL);
        if (lstmfc_parse_int(token.text, token.length, &units) != token.length)
            return lstmfc__layer_refuse(reader, &token, "'%s' is not a number of units", hint, NULL);
        if (units < 1) return lstmfc__layer_refuse(reader, &token, "%s units are too few", hint, NULL);
        if (units > reader->env->limits.dimension / (layer->kind == LSTMFC__LSTM ? 4 : 1) || units > INT32_MAX / 4) {
            lstmfc_format_int(digits, reader->env->limits.dimension);
            lstmfc__print(hint, sizeof hint, "a tensor axis may have at most %s%s", digits,
                          layer->kind == LSTMFC__LSTM ? ", and an lstm has 4 times its units" : "");
            return lstmfc__layer_refuse(reader, &token, "%s units are too many", hint, NULL);
        }
        layer->units = (int32_t)units;
    }
    return LSTMFC_OK;
}

/* One word or one key=number behind the size. `3e-4` with a blank before it is a second size to lstmfc__read_layer, not to this
   function; "l2 = 1e-4" arrives here as the word "l2", for which there is a message of its own, since it is easily
   written. A key at its default is kept in `given` all the same: l2=0 switches off the model's l2 for one layer, which is
   not the same as silence. Comparisons are written so that NaN fails them: !(x >= low && x <= high). */
LSTMFC__PRIVATE lstmfc_result lstmfc__read_option(lstmfc__layer_reader *reader, lstmfc__layer *layer, lstmfc__token token)
{
    lstmfc__nearest nearest = {NULL, 0};
    lstmfc__token key = token, value = token;
    char hint[240];
    int32_t k;
    size_t n = 0;
    while (n < token.length && token.text[n] != '=') n++;
    if (n == token.length) {                                    /* a word */
        if (layer->kind == LSTMFC__LSTM && (lstmfc__token_is(&token, "seq") || lstmfc__token_is(&token, "last"))) {
            if (layer->force)
                return lstmfc__layer_refuse(reader, &token, "'%s' is one word too many", "seq or last stands once", NULL);
            layer->force = token.text[0] == 's' ? LSTMFC__FORCE_SEQ : LSTMFC__FORCE_LAST;
            return LSTMFC_OK;
        }
        if (layer->kind == LSTMFC__DENSE && lstmfc__find_activation(&token) >= 0) {
            if (layer->activation >= 0)
                return lstmfc__layer_refuse(reader, &token, "'%s' is a second activation", "a dense layer has one", NULL);
            layer->activation = lstmfc__find_activation(&token);
            return LSTMFC_OK;
        }
        lstmfc__layer_options(layer->kind, &token, hint, sizeof hint, &nearest);
        for (k = 0; k < LSTMFC__KEYS; k++)
            if (lstmfc__token_is(&token, lstmfc__keys[k].name) && (lstmfc__keys[k].kinds & LSTMFC__BIT(layer->kind)))
                return lstmfc__layer_refuse(reader, &token, "key '%s' needs '=' and a number, without blanks", hint, NULL);
        return lstmfc__layer_refuse(reader, &token, "unknown word '%s'", hint, &nearest);
    }
    key.length = n;
    /* both halves stay views of the text, so a bad number is reported at its own column and not at that of its key */
    value.text += n + 1; value.start += n + 1; value.length -= n + 1;
    for (k = 0; k < LSTMFC__KEYS; k++) {
        double number;
        if (!lstmfc__token_is(&key, lstmfc__keys[k].name) || !(lstmfc__keys[k].kinds & LSTMFC__BIT(layer->kind))) continue;
        if (layer->given & LSTMFC__BIT(k))
            return lstmfc__layer_refuse(reader, &key, "key '%s' stands twice", "each key stands once", NULL);
        if (!value.length || lstmfc_parse_double(value.text, value.length, &number) != value.length)
            return lstmfc__layer_refuse(reader, &value, "'%s' is not a number", lstmfc__keys[k].range, NULL);
        if (!(number >= lstmfc__keys[k].low && number <= lstmfc__keys[k].high) ||
            (lstmfc__keys[k].open && !(number < lstmfc__keys[k].high)) ||
            (k == LSTMFC__KEY_UNBIASED && number > 0 && number < 1))
            return lstmfc__layer_refuse(reader, &value, "%s is out of range", lstmfc__keys[k].range, NULL);
        layer->option[k] = number;
        layer->given |= LSTMFC__BIT(k);
        return LSTMFC_OK;
    }
    lstmfc__layer_options(layer->kind, &token, hint, sizeof hint, &nearest);
    return lstmfc__layer_refuse(reader, &key, "unknown key '%s'", hint, &nearest);
}

/* Reads the tokens up to the next '|' into *layer, every field of which is set. What the layer's neighbours are is not known
   yet and not asked: "lstm 8 | flatten | lstm 8" is read without complaint and refused by lstmfc__resolve_layers. */
LSTMFC__PRIVATE lstmfc_result lstmfc__read_layer(lstmfc__layer_reader *reader, lstmfc__layer *layer)
{
    static const char all[] = "layers are lstm, dense, dropout, variational_dropout, batchnorm, layernorm, flatten, last";
    lstmfc__nearest nearest = {NULL, 0};
    lstmfc__token token = lstmfc__layer_token(reader);
    char hint[120];
    int32_t kinds = (int32_t)LSTMFC__COUNT(lstmfc__kinds), k;
    memset(layer, 0, sizeof *layer);
    layer->column = (int32_t)(token.start < INT32_MAX ? token.start + 1 : INT32_MAX);
    layer->activation = -1;
    for (k = 0; k < LSTMFC__KEYS; k++) layer->option[k] = lstmfc__keys[k].preset;
    if (!token.length) return lstmfc__layer_refuse(reader, &token, "an empty layer", all, NULL);
    for (k = 0; k < kinds && !lstmfc__token_is(&token, lstmfc__kinds[k].name); k++)
        lstmfc__nearest_offer(&nearest, token.text, token.length, lstmfc__kinds[k].name);
    if (k == kinds) return lstmfc__layer_refuse(reader, &token, "unknown layer '%s'", all, &nearest);
    layer->kind = k;
    if (!lstmfc__kinds[k].supported)
        return lstmfc__fail_at(reader->err, LSTMFC_ERROR_UNSUPPORTED, 0, (int64_t)token.start + 1, (int64_t)token.start,
                               "layer text, column %z: layer '%s' is not in this version; %s", token.start + 1,
                               lstmfc__kinds[k].name, all);
    if (lstmfc__kinds[k].size != LSTMFC__NO_SIZE) {
        lstmfc_result result = lstmfc__read_size(reader, layer);
        if (result) return result;
    }
    for (token = lstmfc__layer_token(reader); token.length; token = lstmfc__layer_token(reader)) {
        double number;
        lstmfc_result result;
        if (lstmfc_parse_double(token.text, token.length, &number) == token.length) {
            lstmfc__print(hint, sizeof hint, "%s takes %s", lstmfc__kinds[k].name,
                          lstmfc__kinds[k].size == LSTMFC__NO_SIZE ? "no size" : "one number");
            return lstmfc__layer_refuse(reader, &token, "number %s is one too many", hint, NULL);
        }
        result = lstmfc__read_option(reader, layer, token);
        if (result) return result;
    }
    if (layer->activation < 0) layer->activation = LSTMFC_LINEAR;
    return LSTMFC_OK;
}

/* ---- from layers to shapes and tensors */

/* The rule that spares the user Keras's return_sequences. Norms and dropouts work on either form and so have no say: in
   "lstm 8 | batchnorm | dropout 0.2 | lstm 4" the second lstm decides what the first hands on, and with "dense 1" in its place
   the first gives its last step. Behind the last layer nothing wants a sequence.
   1: the next layer that is neither a norm nor a dropout reads a sequence */
LSTMFC__PRIVATE int32_t lstmfc__wants_sequence(const lstmfc__layer *layers, int32_t count, int32_t i)
{
    for (i++; i < count; i++) {
        int32_t kind = layers[i].kind;
        if (kind != LSTMFC__DROPOUT && kind != LSTMFC__VARIATIONAL && kind != LSTMFC__BATCHNORM && kind != LSTMFC__LAYERNORM)
            return lstmfc__kinds[kind].sequence;
    }
    return 0;
}

/* Shapes, from left to right. What flows between layers has two properties only, its width and whether it still has a time
   axis; a window of T rows of `inputs` columns starts it. Each layer reads both and sets both:

                         needs a sequence    width             sequence after it
       lstm N            yes                 N                 seq/last, or what its readers want
       dense N           no                  N                 as before
       dropouts, norms   no                  as before         as before
       flatten           yes                 T * width         no
       last              yes                 as before         no

   For example 24 rows of 30 inputs through "lstm 64 | lstm 32 | dense 1": (24,30) -> (24,64) -> (32) -> (1). */
LSTMFC__PRIVATE lstmfc_result lstmfc__resolve_layers(lstmfc__layer *layers, int32_t count, int32_t inputs, int32_t window,
                                                     const lstmfc_env *env, lstmfc_error *err)
{
    int32_t width = inputs, sequence = 1, i;
    for (i = 0; i < count; i++) {
        lstmfc__layer *layer = &layers[i];
        const char *name = lstmfc__kinds[layer->kind].name;
        int64_t columns;
        layer->in_width = width;
        layer->in_sequence = sequence;
        if (lstmfc__kinds[layer->kind].sequence && !sequence)
            return lstmfc__fail_at(err, LSTMFC_ERROR_SPEC, 0, layer->column, layer->column - 1,
                                   "layer text, column %d: %s needs a sequence, but what comes before it hands on one row; "
                                   "put 'seq' behind the lstm before it",
                                   layer->column, name);
        switch (layer->kind) {
        case LSTMFC__LSTM:
            width = layer->units;
            sequence = layer->force ? layer->force == LSTMFC__FORCE_SEQ : lstmfc__wants_sequence(layers, count, i);
            break;
        case LSTMFC__DENSE: width = layer->units; break;
        case LSTMFC__FLATTEN:
            columns = (int64_t)width * window;
            if (columns > env->limits.dimension || columns > INT32_MAX / 4)     /* widths are int32_t, whatever the limits say */
                return lstmfc__fail_at(err, LSTMFC_ERROR_SPEC, 0, layer->column, layer->column - 1,
                                       "layer text, column %d: flatten makes %l columns of %d rows of %d; at most %l are allowed",
                                       layer->column, columns, window, width,
                                       env->limits.dimension < INT32_MAX / 4 ? env->limits.dimension : INT32_MAX / 4);
            width = (int32_t)columns;
            sequence = 0;
            break;
        case LSTMFC__LAST: sequence = 0; break;
        default: break;
        }
        layer->width = width;
        layer->sequence = sequence;
    }
    return LSTMFC_OK;
}

/* What a tensor is to its layer. The order is that of the names in lstmfc__add_tensor. */
enum { LSTMFC__KERNEL, LSTMFC__RECURRENT, LSTMFC__BIAS, LSTMFC__GAMMA, LSTMFC__BETA, LSTMFC__MEAN, LSTMFC__VARIANCE };

/* A named view of a part of model->weights or model->statistics. shape[1] is 1 for a vector, count = shape[0] * shape[1], data
   = its array + offset. `trainable` is a property of the role (running statistics are never learned); `frozen` is the user's
   wish and can change from step to step: a frozen tensor has gradient 0, and for the mean of a batch norm it means that the norm
   uses its running statistics in training and does not move them. */
typedef struct lstmfc__tensor {
    char name[56];
    int32_t layer, role, rank, shape[2], trainable, frozen;
    size_t count, offset;               /* offset: in the array of trainable tensors, or of statistics */
    lstmfc_real *data;
} lstmfc__tensor;

/* A model: one block that holds this struct, both tables, the canonical text and all numbers. Nothing in it is written by
   predicting, so any number of threads may share it, each with a scratch of its own.

       weights     [0.kernel | pad | 0.recurrent | pad | 0.bias | pad | ... ]   what is learned; gradients and both moments of the
                                                                                optimiser are arrays of the same layout
       statistics  [1.mean | pad | 1.variance | pad | ... ]                     what is measured while learning

   The padding starts as 0 and stays 0 for ever, in the gradients too: sums and copies run over the whole array in one go
   without looking at tensors. Two models with equal signatures have equal layouts. */
struct lstmfc_model {
    lstmfc_env env;
    void *block;
    size_t bytes;
    int32_t inputs, outputs, window, layer_count, tensor_count;
    uint64_t signature;                 /* of spec, inputs and window: what a scratch fits */
    size_t weight_count, statistic_count, spec_size;    /* weight_count: padding between tensors included */
    double l2;
    lstmfc__layer *layers;
    lstmfc__tensor *tensors;
    char *spec;
    lstmfc_real *weights, *statistics;
    /* of the file it came from (chapter 17): when, and its member "extra"; 0 and NULL = absent */
    int64_t created;
    char *extra;
};

/* Adds a tensor to the table (when there is one) and to the counts. Each starts on a 64-byte boundary, which is 16 numbers of 4
   bytes: a bias of 3 takes the places 0..15, and the next tensor starts at 16. The two sums stop at SIZE_MAX / 2 instead of
   wrapping; half, because they are added to each other elsewhere. */
LSTMFC__PRIVATE void lstmfc__add_tensor(lstmfc_model *model, lstmfc__tensor *tensors, int32_t layer, int32_t role, int32_t rows,
                                        int32_t columns)
{
    static const char *const names[] = {"kernel", "recurrent", "bias", "gamma", "beta", "mean", "variance"};
    int32_t trainable = role != LSTMFC__MEAN && role != LSTMFC__VARIANCE;
    size_t *total = trainable ? &model->weight_count : &model->statistic_count, count = (size_t)rows * (size_t)columns;
    size_t pad = LSTMFC__ALIGN / sizeof(lstmfc_real);           /* numbers in 64 bytes: offsets are multiples of it */
    if (tensors) {
        lstmfc__tensor *tensor = &tensors[model->tensor_count];
        memset(tensor, 0, sizeof *tensor);
        lstmfc__print(tensor->name, sizeof tensor->name, "%d.%s.%s", layer, lstmfc__kinds[model->layers[layer].kind].name,
                      names[role]);
        tensor->layer = layer;
        tensor->role = role;
        tensor->rank = role == LSTMFC__KERNEL || role == LSTMFC__RECURRENT ? 2 : 1;
        tensor->shape[0] = rows;
        tensor->shape[1] = columns;
        tensor->trainable = trainable;
        tensor->count = count;
        tensor->offset = *total;
        tensor->data = (trainable ? model->weights : model->statistics) + *total;
    }
    count = (count + pad - 1) / pad * pad;
    /* too much for any block: refused there */
    *total = count > SIZE_MAX / 2 || *total > SIZE_MAX / 2 - count ? SIZE_MAX / 2 : *total + count;
    model->tensor_count++;
}

/* The order of the tensors within a layer is a promise to the rest of the chapter, which writes tensor[0], tensor[1], ...:
   lstm kernel, recurrent, bias; dense kernel, bias; norms gamma, beta, and for batch norm mean, variance at 2 and 3.
   Walks the layers and adds their tensors in file order; with tensors NULL it only counts. Sizes were checked against the
   limits. */
LSTMFC__PRIVATE void lstmfc__add_tensors(lstmfc_model *model, lstmfc__tensor *tensors)
{
    int32_t i;
    model->tensor_count = 0;
    model->weight_count = model->statistic_count = 0;
    for (i = 0; i < model->layer_count; i++) {
        lstmfc__layer *layer = &model->layers[i];
        layer->tensor = model->tensor_count;
        switch (layer->kind) {
        case LSTMFC__LSTM:
            lstmfc__add_tensor(model, tensors, i, LSTMFC__KERNEL, layer->in_width, 4 * layer->units);
            lstmfc__add_tensor(model, tensors, i, LSTMFC__RECURRENT, layer->units, 4 * layer->units);
            lstmfc__add_tensor(model, tensors, i, LSTMFC__BIAS, 4 * layer->units, 1);
            break;
        case LSTMFC__DENSE:
            lstmfc__add_tensor(model, tensors, i, LSTMFC__KERNEL, layer->in_width, layer->units);
            lstmfc__add_tensor(model, tensors, i, LSTMFC__BIAS, layer->units, 1);
            break;
        case LSTMFC__BATCHNORM:
        case LSTMFC__LAYERNORM:
            lstmfc__add_tensor(model, tensors, i, LSTMFC__GAMMA, layer->width, 1);
            lstmfc__add_tensor(model, tensors, i, LSTMFC__BETA, layer->width, 1);
            if (layer->kind == LSTMFC__LAYERNORM) break;
            lstmfc__add_tensor(model, tensors, i, LSTMFC__MEAN, layer->width, 1);
            lstmfc__add_tensor(model, tensors, i, LSTMFC__VARIANCE, layer->width, 1);
            break;
        default: break;
        }
    }
}

/* The largest matrix of each layer against env.limits.elements, before a byte is allocated: the text may come from a model file
   of unknown origin, and "dense 100000 | dense 100000" is short to write. Division instead of multiplication: rows * columns
   could overflow before it is compared. */
LSTMFC__PRIVATE lstmfc_result lstmfc__check_elements(const lstmfc_model *model, lstmfc_error *err)
{
    int32_t i;
    for (i = 0; i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        int32_t lstm = layer->kind == LSTMFC__LSTM;
        int64_t rows = lstm && layer->units > layer->in_width ? layer->units : layer->in_width;
        int64_t columns = (lstm ? 4 : 1) * (int64_t)layer->units;
        if (columns && rows > model->env.limits.elements / columns)
            return lstmfc__fail_at(err, LSTMFC_ERROR_LIMIT, 0, layer->column, layer->column - 1,
                                   "layer text, column %d: a matrix of %l x %l has more elements than the limit of %l",
                                   layer->column, rows, columns,
                                   model->env.limits.elements);
    }
    return LSTMFC_OK;
}

/* Two texts that make the same model must print the same, or equal models would have different files. So the order of keys is
   the table's, whatever order they were written in; linear is never said; seq and last are said only where they change
   something; a key at its default is left out unless its absence means something else (explicit_default).
   The canonical text; returns its length without the NUL. */
LSTMFC__PRIVATE size_t lstmfc__print_layers(const lstmfc__layer *layers, int32_t count, char *out, size_t size)
{
    lstmfc__text text = {NULL, 0, 0};
    char number[32];
    int32_t i, k;
    text.out = out; text.size = size;
    if (size) out[0] = 0;
    for (i = 0; i < count; i++) {
        const lstmfc__layer *layer = &layers[i];
        if (i) lstmfc__text_string(&text, " | ");
        lstmfc__text_string(&text, lstmfc__kinds[layer->kind].name);
        if (lstmfc__kinds[layer->kind].size == LSTMFC__UNITS) {
            lstmfc__text_char(&text, ' ');
            lstmfc__text_int(&text, layer->units);
        }
        if (lstmfc__kinds[layer->kind].size == LSTMFC__RATE) {
            lstmfc_format_double(number, layer->rate);
            lstmfc__text_char(&text, ' ');
            lstmfc__text_string(&text, number);
        }
        if (layer->activation != LSTMFC_LINEAR) {
            lstmfc__text_char(&text, ' ');
            lstmfc__text_string(&text, lstmfc_activation_name(layer->activation));
        }
        /* A word that asks for what would happen anyway is left out: "lstm 8 seq | flatten" loses its seq, since flatten would
           have asked for it; "lstm 8 seq | dense 1" keeps it, since a dense layer would have been given the last step. */
        if (layer->force && (layer->force == LSTMFC__FORCE_SEQ) != lstmfc__wants_sequence(layers, count, i))
            lstmfc__text_string(&text, layer->force == LSTMFC__FORCE_SEQ ? " seq" : " last");
        for (k = 0; k < LSTMFC__KEYS; k++) {
            int same = layer->option[k] >= lstmfc__keys[k].preset && layer->option[k] <= lstmfc__keys[k].preset;
            if (!(layer->given & LSTMFC__BIT(k)) || (same && !lstmfc__keys[k].explicit_default)) continue;
            lstmfc_format_double(number, layer->option[k]);
            lstmfc__text_char(&text, ' ');
            lstmfc__text_string(&text, lstmfc__keys[k].name);
            lstmfc__text_char(&text, '=');
            lstmfc__text_string(&text, number);
        }
    }
    return text.length;
}

/* ---- initial weights */

/* U(-limit, limit), whose variance is limit^2 / 3: Glorot's limit sqrt(6/(rows+columns)) gives 2/(rows+columns), between
   1/rows, which keeps the size of what flows forward, and 1/columns, which keeps that of the gradient. */
LSTMFC__PRIVATE void lstmfc__fill_uniform(lstmfc_rng *rng, lstmfc_real *data, size_t count, double limit)
{
    size_t k;
    for (k = 0; k < count; k++) data[k] = (lstmfc_real)((2.0 * lstmfc_rng_uniform(rng) - 1.0) * limit);
}

/* rows <= columns orthonormal rows: normal numbers, each row freed of the ones before it (Gram-Schmidt), then scaled to 1. The
   same as Keras's QR of the transpose with the signs of R's diagonal made positive.

       v = a row of normal numbers;   for each earlier row u:  v = v - (v . u) u;   row = v / |v|

   This is the modified form: each v . u is taken of what is left of v, not of the row drawn. The two are equal on paper, but in
   floats the classical form loses orthogonality much faster (Golub and Van Loan, Matrix Computations, section 5.2). Normal
   numbers, because their distribution knows no direction: every orthonormal frame is as likely as any other. */
LSTMFC__PRIVATE void lstmfc__fill_orthogonal(lstmfc_rng *rng, lstmfc_real *data, size_t rows, size_t columns)
{
    size_t r, q, k;
    for (r = 0; r < rows; r++) {
        lstmfc_real *row = data + r * columns;
        double norm;
        for (k = 0; k < columns; k++) row[k] = (lstmfc_real)lstmfc_rng_normal(rng);
        for (q = 0; q < r; q++) {
            const lstmfc_real *other = data + q * columns;
            double dot = 0;
            for (k = 0; k < columns; k++) dot += (double)row[k] * (double)other[k];
            lstmfc_axpy(columns, (lstmfc_real)-dot, other, row);
        }
        norm = lstmfc_sqrt(lstmfc_sum_squares(columns, row));
        for (k = 0; k < columns; k++) row[k] = (lstmfc_real)((double)row[k] / norm);
    }
}

/* choices of lstmfc_model_desc.init */
enum { LSTMFC__INIT_DEFAULT, LSTMFC__INIT_KERAS, LSTMFC__INIT_TORCH };

/* The first weights. The key of each tensor's stream is (seed, layer, place in the layer), not its position in a common stream:
   changing the units of layer 2 leaves the start of layer 0 as it was, and two runs that differ in one layer can be compared.

               kernel             recurrent                  bias                   forget gate's part of the bias
     default   Glorot uniform     Glorot uniform [H,4H]      0                      forget_bias (1)
     keras     Glorot uniform     orthogonal rows            0                      forget_bias (1)
     torch     U(+-1/sqrt(n))     U(+-1/sqrt(n))             U(+-1/sqrt(n))         as the rest, unless the text names forget_bias

   For "lstm 64" over 30 inputs: Glorot's limit of the kernel is sqrt(6 / (30 + 256)) = 0.145, torch's 1 / sqrt(64) = 0.125.
   Glorot's columns are all 4H, as in Keras, so the four gates are treated as one matrix. PyTorch has two biases in an lstm, each
   drawn this way, and adds them; here is one, so at the start it has half the variance of their sum. gamma = variance = 1 and
   beta = mean = 0: a norm starts as one that does nothing but normalise.
   n is the units of an lstm and the inputs of a dense layer. Why forget_bias 1: at 0 the gate starts at sigmoid(0) = 1/2, and
   half of the cell is forgotten at each step, 10 steps back leave 0.1 %; at 1 it is 0.73, 4 % (Jozefowicz, Zaremba & Sutskever
   2015). Why orthogonal: U then neither stretches nor shrinks the state (Saxe, McClelland & Ganguli 2014). */
LSTMFC__PRIVATE void lstmfc__initialise(lstmfc_model *model, int32_t init, uint64_t seed)
{
    int32_t i;
    size_t k;
    for (i = 0; i < model->tensor_count; i++) {
        lstmfc__tensor *tensor = &model->tensors[i];
        const lstmfc__layer *layer = &model->layers[tensor->layer];
        size_t rows = (size_t)tensor->shape[0], columns = (size_t)tensor->shape[1], units = (size_t)layer->units;
        int32_t lstm = layer->kind == LSTMFC__LSTM;
        double torch_limit = 1.0 / lstmfc_sqrt(lstm ? (double)units : (double)layer->in_width);
        lstmfc_rng rng;
        lstmfc_rng_seed(&rng, lstmfc_hash(lstmfc_hash(seed, (uint64_t)tensor->layer), (uint64_t)(i - layer->tensor)));
        switch (tensor->role) {
        case LSTMFC__KERNEL:
        case LSTMFC__RECURRENT:
            if (init == LSTMFC__INIT_TORCH) lstmfc__fill_uniform(&rng, tensor->data, tensor->count, torch_limit);
            else if (init == LSTMFC__INIT_KERAS && tensor->role == LSTMFC__RECURRENT)
                lstmfc__fill_orthogonal(&rng, tensor->data, rows, columns);
            else lstmfc__fill_uniform(&rng, tensor->data, tensor->count, lstmfc_sqrt(6.0 / ((double)rows + (double)columns)));
            break;
        case LSTMFC__BIAS:
            if (init == LSTMFC__INIT_TORCH) lstmfc__fill_uniform(&rng, tensor->data, tensor->count, torch_limit);
            if (lstm && (init != LSTMFC__INIT_TORCH || (layer->given & LSTMFC__BIT(LSTMFC__KEY_FORGET_BIAS))))
                /* gates stand in the order i f g o: f is [H, 2H) of the bias */
                for (k = 0; k < units; k++) tensor->data[units + k] = (lstmfc_real)layer->option[LSTMFC__KEY_FORGET_BIAS];
            break;
        case LSTMFC__GAMMA:
        case LSTMFC__VARIANCE: for (k = 0; k < tensor->count; k++) tensor->data[k] = 1; break;
        default: break;                                         /* beta, mean: 0 */
        }
    }
}

/* ---- the object */

/* The X-macro of the public desc as data: defaults, ranges, command-line flags and help all come from this one list. */
LSTMFC__DEF const lstmfc_field *lstmfc_model_desc_fields(size_t *count)
{
#define LSTMFC__X(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(lstmfc_model_desc, name), #name, preset, range, help},
    static const lstmfc_field fields[] = { LSTMFC_MODEL_DESC(LSTMFC__X) };
#undef LSTMFC__X
    *count = LSTMFC__COUNT(fields);
    return fields;
}

/* Every object of this chapter and the next is made the same way, in two runs over one layout function: the first with a slab
   without memory, which only adds up sizes; then one allocation; then the same function again, which now hands out pointers.
   The sizes cannot disagree with the pointers, since the same lines make both, there is one allocation that can fail, and
   freeing is one call.
   The model and everything in it, one after the other in one block. */
/* Invariant: the two runs must see the same counts. That is why every count is in the struct before the first, and why nothing
   here may depend on a pointer. The first part is the struct itself: its address is the block's, so nobody asks for it.

       | lstmfc_model | layers | tensors | spec | weights | statistics |      each part from a multiple of 64 bytes on */
LSTMFC__PRIVATE void lstmfc__model_layout(lstmfc_model *model, lstmfc__slab *slab)
{
    lstmfc__take(slab, 1, sizeof *model);
    model->layers = (lstmfc__layer *)lstmfc__take(slab, (size_t)model->layer_count, sizeof *model->layers);
    model->tensors = (lstmfc__tensor *)lstmfc__take(slab, (size_t)model->tensor_count, sizeof *model->tensors);
    model->spec = (char *)lstmfc__take(slab, model->spec_size, 1);
    model->weights = (lstmfc_real *)lstmfc__take(slab, model->weight_count, sizeof(lstmfc_real));
    model->statistics = (lstmfc_real *)lstmfc__take(slab, model->statistic_count, sizeof(lstmfc_real));
}

/* One zeroed block for a layout of `used` bytes, 64-byte aligned inside; *block and *bytes are what to give back. */
LSTMFC__PRIVATE unsigned char *lstmfc__block(const lstmfc_env *env, const lstmfc__slab *counted, void **block, size_t *bytes,
                                             lstmfc_error *err)
{
    if (counted->overflow || !lstmfc__add(counted->used, LSTMFC__ALIGN, bytes)) {
        lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: the sizes asked for do not fit the address space");
        return NULL;
    }
    *block = lstmfc__alloc(env, *bytes, 1, err);
    return *block ? lstmfc__align(*block) : NULL;
}

/* A model with the layers and sizes of `shape`, weights zero.
   `shape` is a model on the stack of which only layers, counts and env are real; it is a whole model in lstmfc_model_clone, whose
   pointers the second layout run replaces. `extra` belongs to shape and is not taken over. */
LSTMFC__PRIVATE lstmfc_model *lstmfc__model_place(const lstmfc_model *shape, lstmfc_error *err)
{
    lstmfc_model counting = *shape, *model;
    lstmfc__slab slab = {NULL, 0, 0};
    void *block;
    size_t bytes;
    lstmfc__model_layout(&counting, &slab);
    slab.base = lstmfc__block(&shape->env, &slab, &block, &bytes, err);
    if (!slab.base) return NULL;
    slab.used = 0;
    model = (lstmfc_model *)(void *)slab.base;
    *model = *shape;
    lstmfc__model_layout(model, &slab);
    model->block = block;
    model->bytes = bytes;
    model->extra = NULL;
    memcpy(model->layers, shape->layers, (size_t)shape->layer_count * sizeof *shape->layers);
    lstmfc__add_tensors(model, model->tensors);
    return model;
}

/* Reads the text and works out every size. On success shape->layers is to be given back (shape->layer_count of them); *filled is
   desc with its defaults.
   The number of layers is the number of '|' plus one, known before the first is read, so their table has its final size at once.
   The length of the canonical text is asked of the printer with no buffer. */
LSTMFC__PRIVATE lstmfc_result lstmfc__model_shape(const lstmfc_model_desc *desc, lstmfc_model_desc *filled, lstmfc_model *shape,
                                                  lstmfc_error *err)
{
    lstmfc__layer_reader reader;
    const lstmfc_field *fields;
    lstmfc_result result;
    size_t field_count, layers = 1, k;
    int32_t i;
    if (!desc) return lstmfc__fail_null(err, "the model's desc");
    *filled = *desc;
    fields = lstmfc_model_desc_fields(&field_count);
    result = lstmfc_fields_resolve(filled, fields, field_count, err);
    if (result) return result;
    memset(shape, 0, sizeof *shape);
    shape->env = lstmfc__env_fill(desc->env);
    shape->inputs = filled->inputs;
    shape->window = filled->window;
    reader.text = filled->spec; reader.length = strlen(filled->spec); reader.at = 0;
    reader.env = &shape->env; reader.err = err;
    for (k = 0; k < reader.length; k++) layers += reader.text[k] == '|';
    if (layers > (size_t)shape->env.limits.dimension)
        return lstmfc__fail(err, LSTMFC_ERROR_LIMIT, "the layer text has %z layers; at most %l are allowed", layers,
                            shape->env.limits.dimension);
    shape->layer_count = (int32_t)layers;
    shape->layers = (lstmfc__layer *)lstmfc__alloc(&shape->env, layers, sizeof *shape->layers, err);
    if (!shape->layers) return LSTMFC_ERROR_MEMORY;
    for (i = 0; !result && i < shape->layer_count; i++) {
        result = lstmfc__read_layer(&reader, &shape->layers[i]);
        reader.at++;                                            /* the '|' */
    }
    if (!result)
        result = lstmfc__resolve_layers(shape->layers, shape->layer_count, shape->inputs, shape->window, &shape->env, err);
    if (!result) result = lstmfc__check_elements(shape, err);
    if (result) { lstmfc__free(&shape->env, shape->layers, layers, sizeof *shape->layers); return result; }
    shape->outputs = shape->layers[layers - 1].width;
    lstmfc__add_tensors(shape, NULL);
    shape->spec_size = lstmfc__print_layers(shape->layers, shape->layer_count, NULL, 0) + 1;
    return LSTMFC_OK;
}

/* most: how many elements all tensors together may have. A file promises no more than it holds.
   The limit `most` exists for the loader of chapter 17: a file of 2 KB whose text says "dense 30000 | dense 30000" must not make
   us allocate gigabytes before we find that the numbers are missing. The signature hashes what decides the layout: inputs,
   window and the canonical text; not the weights, so it stays the same while a model learns. */
LSTMFC__PRIVATE lstmfc_model *lstmfc__model_create(const lstmfc_model_desc *desc, size_t most, lstmfc_error *err)
{
    lstmfc_model_desc filled;
    lstmfc_model shape, *model = NULL;
    size_t k, padding;
    if (lstmfc__model_shape(desc, &filled, &shape, err)) return NULL;
    padding = LSTMFC__ALIGN * (size_t)shape.tensor_count;       /* more than there is between the tensors */
    if (shape.weight_count + shape.statistic_count > padding && shape.weight_count + shape.statistic_count - padding > most)
        lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the layer text needs more than the %z weights there are", most);
    else model = lstmfc__model_place(&shape, err);
    lstmfc__free(&shape.env, shape.layers, (size_t)shape.layer_count, sizeof *shape.layers);
    if (!model) return NULL;
    lstmfc__print_layers(model->layers, model->layer_count, model->spec, model->spec_size);
    model->signature = lstmfc_hash((uint64_t)model->inputs, (uint64_t)model->window);
    for (k = 0; k + 1 < model->spec_size; k++) model->signature = lstmfc_hash(model->signature, (unsigned char)model->spec[k]);
    lstmfc__initialise(model, filled.init, (uint64_t)filled.seed);
    return model;
}

LSTMFC__DEF lstmfc_model *lstmfc_model_create(const lstmfc_model_desc *desc, lstmfc_error *err)
{
    return lstmfc__model_create(desc, SIZE_MAX, err);
}

/* What a layout needs from an arena: itself, room to align it, and the arena's own alignment. SIZE_MAX when no memory is large
   enough; a wrapped sum would be a small number, which a caller would believe. */
LSTMFC__PRIVATE size_t lstmfc__layout_bytes(const lstmfc__slab *counted)
{
    return counted->overflow || counted->used > SIZE_MAX - 2 * LSTMFC__ALIGN ? SIZE_MAX : counted->used + 2 * LSTMFC__ALIGN;
}

/* The most that lstmfc_model_create has in use at one time. The table of layers counts twice: once while the text is read, when
   the final size is not known, and once in the model. */
LSTMFC__DEF size_t lstmfc_model_bytes(const lstmfc_model_desc *desc, lstmfc_error *err)
{
    lstmfc_model_desc filled;
    lstmfc_model shape, counting;
    lstmfc__slab slab = {NULL, 0, 0};
    if (lstmfc__model_shape(desc, &filled, &shape, err)) return 0;
    counting = shape;
    lstmfc__free(&shape.env, shape.layers, (size_t)shape.layer_count, sizeof *shape.layers);
    lstmfc__take(&slab, (size_t)shape.layer_count, sizeof *shape.layers);       /* while the text is read */
    lstmfc__take(&slab, 1, LSTMFC__ALIGN);                                      /* the arena aligns twice */
    lstmfc__model_layout(&counting, &slab);
    return lstmfc__layout_bytes(&slab);
}

/* A copy that shares nothing, frozen flags and `extra` included. The names and offsets of the tensors are not copied but made
   again by lstmfc__model_place: they point into the block of their own model. */
LSTMFC__DEF lstmfc_model *lstmfc_model_clone(const lstmfc_model *model, lstmfc_error *err)
{
    lstmfc_model *copy;
    int32_t i;
    if (!model) { lstmfc__fail_null(err, "the model"); return NULL; }
    copy = lstmfc__model_place(model, err);
    if (!copy) return NULL;
    if (model->extra && !(copy->extra = lstmfc__copy_string(&copy->env, model->extra, err))) {
        lstmfc_model_free(copy);
        return NULL;
    }
    memcpy(copy->spec, model->spec, model->spec_size);
    memcpy(copy->weights, model->weights, model->weight_count * sizeof *model->weights);
    memcpy(copy->statistics, model->statistics, model->statistic_count * sizeof *model->statistics);
    for (i = 0; i < model->tensor_count; i++) copy->tensors[i].frozen = model->tensors[i].frozen;
    return copy;
}

LSTMFC__DEF void lstmfc_model_free(lstmfc_model *model)
{
    if (model) {
        lstmfc_env env = model->env;
        if (model->extra) lstmfc__free(&env, model->extra, strlen(model->extra) + 1, 1);
        lstmfc__free(&env, model->block, model->bytes, 1);
    }
}

LSTMFC__DEF const char *lstmfc_model_spec(const lstmfc_model *model)    { return model->spec; }
LSTMFC__DEF int32_t     lstmfc_model_inputs(const lstmfc_model *model)  { return model->inputs; }
LSTMFC__DEF int32_t     lstmfc_model_outputs(const lstmfc_model *model) { return model->outputs; }
LSTMFC__DEF int32_t     lstmfc_model_window(const lstmfc_model *model)  { return model->window; }
LSTMFC__DEF int32_t     lstmfc_model_layers(const lstmfc_model *model)  { return model->layer_count; }
LSTMFC__DEF int32_t     lstmfc_model_tensors(const lstmfc_model *model) { return model->tensor_count; }
LSTMFC__DEF void        lstmfc_model_set_l2(lstmfc_model *model, double l2) { model->l2 = l2; }

/* The activation of the last layer; linear where it has none. Which head a target needs is the forecaster's to say. */
LSTMFC__DEF int32_t lstmfc_model_head(const lstmfc_model *model)
{
    return model->layers[model->layer_count - 1].activation;
}

LSTMFC__DEF int32_t lstmfc_model_has_batchnorm(const lstmfc_model *model)
{
    int32_t i;
    for (i = 0; i < model->layer_count; i++) if (model->layers[i].kind == LSTMFC__BATCHNORM) return 1;
    return 0;
}

/* As Keras counts: all numbers of all tensors, running statistics included; *trainable leaves out those and what is frozen. */
LSTMFC__DEF int64_t lstmfc_model_parameters(const lstmfc_model *model, int64_t *trainable)
{
    int64_t all = 0, moving = 0;
    int32_t i;
    for (i = 0; i < model->tensor_count; i++) {
        all += (int64_t)model->tensors[i].count;
        if (model->tensors[i].trainable && !model->tensors[i].frozen) moving += (int64_t)model->tensors[i].count;
    }
    if (trainable) *trainable = moving;
    return all;
}

/* The penalty of a tensor: its layer's, or the model's where the layer names none; never of biases and norms. A weight that is
   large makes the output sensitive to one input, which is what the penalty is for; a bias only shifts, and needs few samples
   to be estimated well (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 7.1). A penalty on gamma would be undone
   by the weights behind the norm. The recurrent kernel has a key of its own and takes no part in the model's l2. */
LSTMFC__PRIVATE double lstmfc__tensor_l2(const lstmfc_model *model, const lstmfc__tensor *tensor)
{
    const lstmfc__layer *layer = &model->layers[tensor->layer];
    if (tensor->role == LSTMFC__KERNEL)
        return layer->given & LSTMFC__BIT(LSTMFC__KEY_L2) ? layer->option[LSTMFC__KEY_L2] : model->l2;
    return tensor->role == LSTMFC__RECURRENT ? layer->option[LSTMFC__KEY_RECURRENT_L2] : 0.0;
}

LSTMFC__DEF lstmfc_result lstmfc_model_tensor(const lstmfc_model *model, int32_t index, lstmfc_tensor *out)
{
    const lstmfc__tensor *tensor;
    if (!model || index < 0 || index >= model->tensor_count) return LSTMFC_ERROR_ARGUMENT;
    tensor = &model->tensors[index];
    out->name = tensor->name;
    out->rank = tensor->rank;
    out->shape[0] = tensor->shape[0];
    out->shape[1] = tensor->shape[1];
    out->count = tensor->count;
    out->trainable = tensor->trainable;
    out->frozen = tensor->frozen;
    out->l2 = lstmfc__tensor_l2(model, tensor);
    out->data = tensor->data;
    return LSTMFC_OK;
}

LSTMFC__DEF int32_t lstmfc_model_find(const lstmfc_model *model, const char *name)
{
    int32_t i;
    for (i = 0; i < model->tensor_count; i++) if (strcmp(model->tensors[i].name, name) == 0) return i;
    return -1;
}

/* For weights from elsewhere. The count must match exactly: a short array would leave the rest as it was, silently. */
LSTMFC__DEF lstmfc_result lstmfc_model_set(lstmfc_model *model, int32_t index, const lstmfc_real *data, size_t count,
                                           lstmfc_error *err)
{
    if (!model || !data) return lstmfc__fail_null(err, !model ? "the model" : "the data of a tensor");
    if (index < 0 || index >= model->tensor_count)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "there is no tensor %d: the model has %d", index, model->tensor_count);
    if (count != model->tensors[index].count)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "tensor %s has %z elements, not %z", model->tensors[index].name,
                            model->tensors[index].count, count);
    memcpy(model->tensors[index].data, data, count * sizeof *data);
    return LSTMFC_OK;
}

/* Numbers only, and only between models of one layout: this is how the best weights are kept and put back, running statistics
   with them. Weights of one epoch under the statistics of another are a model that never existed. */
LSTMFC__DEF lstmfc_result lstmfc_model_copy(lstmfc_model *to, const lstmfc_model *from, lstmfc_error *err)
{
    if (!to || !from) return lstmfc__fail_null(err, "a model to copy");
    if (to->signature != from->signature)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the weights of '%s' do not fit '%s'", from->spec, to->spec);
    memcpy(to->weights, from->weights, from->weight_count * sizeof *from->weights);
    memcpy(to->statistics, from->statistics, from->statistic_count * sizeof *from->statistics);
    return LSTMFC_OK;
}

/* By prefix, so one call can mean a tensor ("0.lstm.kernel"), a layer ("0.") or everything (""). The dot matters: "1" is a prefix
   of "1.dense.kernel" and of "10.dense.kernel". */
LSTMFC__DEF int32_t lstmfc_model_freeze(lstmfc_model *model, const char *prefix, int32_t frozen)
{
    int32_t i, count = 0;
    for (i = 0; i < model->tensor_count; i++) {
        if (strncmp(model->tensors[i].name, prefix, strlen(prefix)) != 0) continue;
        model->tensors[i].frozen = frozen != 0;
        count++;
    }
    return count;
}

/* 1234567 -> 1,234,567: a comma stands where the number of digits to its right is a multiple of three.
   Digits in groups of three. */
LSTMFC__PRIVATE const char *lstmfc__grouped(char out[40], int64_t value)
{
    char digits[32];
    size_t length = lstmfc_format_int(digits, value), i, n = 0;
    for (i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = 0;
    return out;
}

/* A cell that is too wide is not cut but pushes the rest of its line to the right.
   Pads with blanks to a column. */
LSTMFC__PRIVATE void lstmfc__text_cell(lstmfc__text *text, const char *cell, size_t width, int right)
{
    size_t length = strlen(cell), k;
    for (k = length; right && k < width; k++) lstmfc__text_char(text, ' ');
    lstmfc__text_string(text, cell);
    for (k = length; !right && k < width; k++) lstmfc__text_char(text, ' ');
}

/* The table that Keras users look for first: one line for each layer, shapes without the batch axis. "lstm 64 | dense 1" over
   windows of 24 rows of 30 columns:

       layer                               output              parameters
       input                               (24, 30)
       0 lstm                              (64)                    24,320
       1 dense                             (1)                         65
       24,385 parameters, 24,385 trainable

   (64) and not (24, 64): the lstm hands on its last step alone, since a dense layer behind it does not ask for more. */
LSTMFC__DEF size_t lstmfc_model_summary(const lstmfc_model *model, char *out, size_t size)
{
    lstmfc__text text = {NULL, 0, 0};
    char cell[96], number[40], more[40];
    int64_t all, trainable;
    int32_t i, k;
    text.out = out; text.size = size;
    if (size) out[0] = 0;
    lstmfc__text_cell(&text, "layer", 36, 0);
    lstmfc__text_cell(&text, "output", 16, 0);
    lstmfc__text_cell(&text, "parameters", 14, 1);
    lstmfc__text_char(&text, '\n');
    lstmfc__print(cell, sizeof cell, "(%d, %d)", model->window, model->inputs);
    lstmfc__text_cell(&text, "input", 36, 0);
    lstmfc__text_cell(&text, cell, 16, 0);
    lstmfc__text_cell(&text, "", 14, 1);
    lstmfc__text_char(&text, '\n');
    for (i = 0; i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        int64_t count = 0;
        for (k = layer->tensor; k < model->tensor_count && model->tensors[k].layer == i; k++)
            count += (int64_t)model->tensors[k].count;
        if (lstmfc__kinds[layer->kind].size == LSTMFC__RATE) {
            lstmfc_format_double(number, layer->rate);
            lstmfc__print(cell, sizeof cell, "%d %s %s", i, lstmfc__kinds[layer->kind].name, number);
        } else if (layer->kind == LSTMFC__DENSE && layer->activation != LSTMFC_LINEAR) {
            lstmfc__print(cell, sizeof cell, "%d dense %s", i, lstmfc_activation_name(layer->activation));
        } else lstmfc__print(cell, sizeof cell, "%d %s", i, lstmfc__kinds[layer->kind].name);
        lstmfc__text_cell(&text, cell, 36, 0);
        if (layer->sequence) lstmfc__print(cell, sizeof cell, "(%d, %d)", model->window, layer->width);
        else lstmfc__print(cell, sizeof cell, "(%d)", layer->width);
        lstmfc__text_cell(&text, cell, 16, 0);
        lstmfc__text_cell(&text, lstmfc__grouped(number, count), 14, 1);
        lstmfc__text_char(&text, '\n');
    }
    all = lstmfc_model_parameters(model, &trainable);
    lstmfc__print(cell, sizeof cell, "%s parameters, %s trainable\n", lstmfc__grouped(number, all),
                  lstmfc__grouped(more, trainable));
    lstmfc__text_string(&text, cell);
    return text.length;
}

/* ---- forward */

/* The arrays of one layer during a pass. Which of them exist depends on the layer, on its options and on the kind of pass; a
   member that a layer does not use is NULL or, in inference, shared with other layers.

       y, z        [T][B][width]   after and before the activation (dense); z == y if it is linear, and in inference
       gates       [T][B][4H]      i, f, g, o after their functions; on the way back dz takes their place
       c           [T][B][H]       every cell state (training);  c_last [B][H] the running one alone (inference)
       x_masked    [T][B][in]      the input after dropout;      mask [B][in] of an lstm, [T][B][width] or [B][width] of a dropout
       h_masked    [T][B][H]       the state after recurrent dropout;   recurrent_mask [B][H]
       mean, variance              batch norm: [width] of this batch; layer norm: [rows] mean and 1 / standard deviation
       state_h, state_c [H]        what lstmfc_model_step carries from row to row
   What one layer reads and writes. y [T][B][width] or [B][width]; of an lstm [T][B][H] always. Training keeps all of it. */
typedef struct lstmfc__work {
    const lstmfc_real *in, *out;        /* set by forward: where the input was, and the output is */
    lstmfc_real *y, *z;                 /* the layer's own output; before the activation */
    lstmfc_real *gates, *c, *c_last, *h_masked, *x_masked, *mask, *recurrent_mask;
    lstmfc_real *mean, *variance;       /* of a norm: of the batch; of layer norm mean and inverse of each row */
    lstmfc_real *state_h, *state_c;     /* of lstmfc_model_step */
} lstmfc__work;

/* What is the same for all layers of a pass. Dropout and batch statistics are two switches, not one: gradients may be asked for
   without dropout (draw NULL), but never with the running statistics, unless a norm is frozen.
   One way through the network. */
typedef struct lstmfc__pass {
    const lstmfc_model *model;
    lstmfc__work *work;                 /* [layers] */
    size_t steps, batch;
    const lstmfc_draw *draw;            /* NULL: no dropout */
    int32_t training;                   /* batch statistics, everything kept */
    int32_t stepping;                   /* 0: a window from the zero state; 1: first step, 2: later steps of lstmfc_model_step */
    int32_t logits;                     /* inference: leave a sigmoid head before its sigmoid */
} lstmfc__pass;

/* A norm is frozen with its mean (tensor 2). Keras's rule: frozen is more than "gamma and beta do not learn". Batch statistics
   under frozen gamma and beta would still change the function with every batch.
   1: this batch norm normalises by its running statistics even in training */
LSTMFC__PRIVATE int32_t lstmfc__norm_is_frozen(const lstmfc_model *model, const lstmfc__layer *layer)
{
    return model->tensors[layer->tensor + 2].frozen;
}

/* How many rows a row-wise layer sees: every step of every window, or one row for each window. */
LSTMFC__PRIVATE size_t lstmfc__rows_in(const lstmfc__pass *pass, const lstmfc__layer *layer)
{
    return (layer->in_sequence ? pass->steps : 1) * pass->batch;
}

/* One function for both ways: if forward read the masked input and backward the plain one, the gradient would be wrong by the
   mask, and training would still seem to work.
   The arguments of the lstm kernels that forward and backward share. */
LSTMFC__PRIVATE void lstmfc__lstm_arguments(const lstmfc__pass *pass, int32_t index, lstmfc_lstm_pass *p)
{
    const lstmfc__layer *layer = &pass->model->layers[index];
    const lstmfc__tensor *tensor = &pass->model->tensors[layer->tensor];
    lstmfc__work *work = &pass->work[index];
    memset(p, 0, sizeof *p);
    p->steps = pass->steps; p->batch = pass->batch;
    p->inputs = (size_t)layer->in_width; p->hidden = (size_t)layer->units;
    p->kernel = tensor[0].data; p->recurrent = tensor[1].data; p->bias = tensor[2].data;
    p->x = pass->draw && layer->option[LSTMFC__KEY_DROPOUT] > 0 ? work->x_masked : work->in;
    p->gates = work->gates; p->h = work->y; p->c = work->c; p->c_last = work->c_last;
    if (pass->draw && layer->option[LSTMFC__KEY_RECURRENT_DROPOUT] > 0) {
        p->recurrent_mask = work->recurrent_mask;
        p->h_masked = work->h_masked;
    }
}

/* in [T][B][I] -> [T][B][H], or [B][H] where only the last step goes on. Mask keys are 2 i and 2 i + 1 for layer i: every mask of
   the network has a key of its own. In stepping T = B = 1, and the state of the last call comes in as h0, c0; state_c is c0 and
   c_last at once, since the cell is computed in place. The last step of a time-major array is its last block, so handing it on is
   a pointer and no copy. */
LSTMFC__PRIVATE void lstmfc__forward_lstm(const lstmfc__pass *pass, int32_t index)
{
    const lstmfc__layer *layer = &pass->model->layers[index];
    lstmfc__work *work = &pass->work[index];
    size_t T = pass->steps, B = pass->batch, I = (size_t)layer->in_width, H = (size_t)layer->units;
    lstmfc_lstm_pass p;
    lstmfc__lstm_arguments(pass, index, &p);
    /* Both masks are drawn once for a window and hold for all its T steps (Gal and Ghahramani 2016): noise that changed from
       step to step would add up along the recurrence. */
    if (p.x != work->in) {
        lstmfc_dropout_mask(pass->draw, 2 * (uint64_t)index, layer->option[LSTMFC__KEY_DROPOUT], 1, B, I, work->mask);
        lstmfc_dropout_apply(T, B * I, work->in, work->mask, 1, work->x_masked);
    }
    if (p.recurrent_mask)
        lstmfc_dropout_mask(pass->draw, 2 * (uint64_t)index + 1, layer->option[LSTMFC__KEY_RECURRENT_DROPOUT], 1, B, H,
                            work->recurrent_mask);
    if (pass->stepping) {
        p.c_last = work->state_c;
        if (pass->stepping > 1) { p.h0 = work->state_h; p.c0 = work->state_c; }
    }
    lstmfc_lstm_forward(&p);
    if (pass->stepping) memcpy(work->state_h, work->y, H * sizeof *work->y);
    work->out = layer->sequence ? work->y : work->y + (T - 1) * B * H;
}

/* The loop over the layers. `x` is what flows; each layer leaves its output in work->out, which is its own y, or its input where
   it has nothing to do (dropout in inference) or only points into it (last). A sequence is row-wise work for dense and norms:
   T * B rows at once, one large product instead of T small ones. Flatten copies because the axes change places: time comes
   before the batch everywhere inside, and after it in the rows that flatten makes, as in Keras.
   x [T][B][inputs] -> [B][outputs]: the output of the last layer, or of its last step */
LSTMFC__PRIVATE const lstmfc_real *lstmfc__forward(const lstmfc__pass *pass, const lstmfc_real *x)
{
    const lstmfc_model *model = pass->model;
    size_t T = pass->steps, B = pass->batch, t, b;
    int32_t i;
    for (i = 0; i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        const lstmfc__tensor *tensor = model->tensors + layer->tensor;      /* of a layer without tensors: not read */
        lstmfc__work *work = &pass->work[i];
        size_t rows = lstmfc__rows_in(pass, layer), in = (size_t)layer->in_width, width = (size_t)layer->width;
        double epsilon = layer->option[LSTMFC__KEY_EPSILON];
        work->in = x;
        work->out = work->y;
        switch (layer->kind) {
        case LSTMFC__LSTM: lstmfc__forward_lstm(pass, i); break;
        case LSTMFC__DENSE:
            lstmfc_dense_forward(rows, in, width, x, tensor[0].data, tensor[1].data, work->z);
            /* y = f(z), z = x W + b. Where logits are wanted z is the answer: in inference z is y, so leaving f out is enough. */
            if (!(pass->logits && i + 1 == model->layer_count && layer->activation == LSTMFC_SIGMOID))
                lstmfc_activation_forward(layer->activation, rows, width, work->z, work->y);
            break;
        case LSTMFC__DROPOUT:
        case LSTMFC__VARIATIONAL:
            if (pass->draw && layer->rate > 0) {
                /* y = x m, m = 0 with probability p, else 1 / (1 - p): E[y] = x, so inference needs no factor. The two kinds of
                   layer differ in one number, how many steps of mask there are: T of their own, or 1 for all. */
                size_t steps = layer->sequence ? T : 1, mask_steps = layer->kind == LSTMFC__DROPOUT ? steps : 1;
                lstmfc_dropout_mask(pass->draw, 2 * (uint64_t)i, layer->rate, mask_steps, B, width, work->mask);
                lstmfc_dropout_apply(steps, B * width, x, work->mask, mask_steps, work->y);
            } else work->out = x;
            break;
        case LSTMFC__BATCHNORM:
            if (pass->training && !lstmfc__norm_is_frozen(model, layer)) {
                /* y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of each column over all rows of the
                   batch, T * B of them in a sequence. In inference a forecast must not depend on who shares its batch, hence the
                   running statistics (Ioffe and Szegedy 2015). */
                lstmfc_batchnorm_statistics(rows, width, x, work->mean, work->variance);
                lstmfc_batchnorm_forward(rows, width, epsilon, x, tensor[0].data, tensor[1].data, work->mean, work->variance,
                                         work->y);
            } else lstmfc_batchnorm_forward(rows, width, epsilon, x, tensor[0].data, tensor[1].data, tensor[2].data,
                                            tensor[3].data, work->y);
            break;
        case LSTMFC__LAYERNORM:
            lstmfc_layernorm_forward(rows, width, epsilon, x, tensor[0].data, tensor[1].data, work->mean, work->variance,
                                     work->y);
            break;
        case LSTMFC__FLATTEN:                                   /* [T][B][in] -> [B][T*in] */
            for (t = 0; t < T; t++)
                for (b = 0; b < B; b++) memcpy(work->y + (b * T + t) * in, x + (t * B + b) * in, in * sizeof *x);
            break;
        default: work->out = x + (T - 1) * B * in; break;       /* last */
        }
        x = work->out;
    }
    return model->layers[model->layer_count - 1].sequence ? x + (T - 1) * B * (size_t)model->outputs : x;
}

/* Every size of an activation is a product of three, window, batch and width, and each of them may come from a file. An
   overflow sticks in the slab like one of lstmfc__take, so the layouts need not look at each result.
   Takes a * b * c numbers of the work space. */
LSTMFC__PRIVATE lstmfc_real *lstmfc__take_reals(lstmfc__slab *slab, size_t a, size_t b, size_t c)
{
    size_t product;
    if (!lstmfc__mul(a, b, &product) || !lstmfc__mul(product, c, &product)) { slab->overflow = 1; return NULL; }
    return (lstmfc_real *)lstmfc__take(slab, product, sizeof(lstmfc_real));
}

/* The way back needs what the way there produced, so memory grows with the number of layers: mostly 6 T B H numbers for each lstm
   (gates, c, y), here 6 * 24 * 32 * 128 * 4 bytes = 2.4 MB for "lstm 128" over 24 hours at batch 32.
   Training: buffers of its own for each layer, for B windows. */
LSTMFC__PRIVATE void lstmfc__training_layout(const lstmfc_model *model, size_t B, lstmfc__work *work, lstmfc__slab *slab)
{
    size_t T = (size_t)model->window;
    int32_t i;
    for (i = 0; i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        size_t in = (size_t)layer->in_width, width = (size_t)layer->width, steps = layer->sequence ? T : 1;
        lstmfc__work unused, *w = work ? &work[i] : &unused;
        memset(w, 0, sizeof *w);
        switch (layer->kind) {
        case LSTMFC__LSTM:
            w->y = lstmfc__take_reals(slab, T, B, width);
            w->gates = lstmfc__take_reals(slab, T, B, 4 * width);
            w->c = lstmfc__take_reals(slab, T, B, width);
            if (layer->option[LSTMFC__KEY_DROPOUT] > 0) {
                w->mask = lstmfc__take_reals(slab, 1, B, in);
                w->x_masked = lstmfc__take_reals(slab, T, B, in);
            }
            if (layer->option[LSTMFC__KEY_RECURRENT_DROPOUT] > 0) {
                w->recurrent_mask = lstmfc__take_reals(slab, 1, B, width);
                w->h_masked = lstmfc__take_reals(slab, T, B, width);
            }
            break;
        case LSTMFC__DENSE:
            w->z = w->y = lstmfc__take_reals(slab, steps, B, width);
            if (layer->activation != LSTMFC_LINEAR) w->y = lstmfc__take_reals(slab, steps, B, width);
            break;
        case LSTMFC__DROPOUT:
        case LSTMFC__VARIATIONAL:
            w->y = lstmfc__take_reals(slab, steps, B, width);
            w->mask = lstmfc__take_reals(slab, layer->kind == LSTMFC__DROPOUT ? steps : 1, B, width);
            break;
        case LSTMFC__BATCHNORM:
        case LSTMFC__LAYERNORM: {
            size_t count = layer->kind == LSTMFC__BATCHNORM ? width : steps * B;
            w->y = lstmfc__take_reals(slab, steps, B, width);
            w->mean = lstmfc__take_reals(slab, 1, 1, count);
            w->variance = lstmfc__take_reals(slab, 1, 1, count);
            break;
        }
        case LSTMFC__FLATTEN: w->y = lstmfc__take_reals(slab, 1, B, width); break;
        default: break;
        }
    }
}

/* A layer reads one buffer and writes the other; a layer that writes nothing does not take its turn, or the one after it would
   overwrite its own input. Dense computes its activation in place, hence z = y.
   Inference: two buffers in turn for what flows, one for gates and cell state, shared by all layers.

       "lstm 64 | dropout 0.2 | layernorm | dense 1":   x -lstm-> flow 0 (dropout: still 0) -layernorm-> flow 1 -dense-> flow 0

   The state of lstmfc_model_step is the exception: it must outlive the pass, so each lstm has its own. */
LSTMFC__PRIVATE void lstmfc__inference_layout(const lstmfc_model *model, size_t B, lstmfc__work *work, lstmfc__slab *slab)
{
    size_t T = (size_t)model->window, widest = 0, units = 0;
    lstmfc_real *flow[2], *gates, *c_last, *mean, *inverse;
    int32_t i, turn = 0;
    for (i = 0; i < model->layer_count; i++) {                  /* columns per time step; flatten's are all steps in one row */
        size_t width = (size_t)model->layers[i].width / (model->layers[i].kind == LSTMFC__FLATTEN ? T : 1);
        /* an lstm writes all T steps even where only the last goes on, and flatten's one row is as long as T of them */
        size_t rows = model->layers[i].kind == LSTMFC__LSTM || model->layers[i].sequence ||
            model->layers[i].kind == LSTMFC__FLATTEN ? T : 1;
        if (rows * width > widest) widest = rows * width;
        if (model->layers[i].kind == LSTMFC__LSTM && width > units) units = width;
    }
    flow[0] = lstmfc__take_reals(slab, widest, B, 1);
    flow[1] = lstmfc__take_reals(slab, widest, B, 1);
    gates = lstmfc__take_reals(slab, T, B, 4 * units);
    c_last = lstmfc__take_reals(slab, 1, B, units);
    mean = lstmfc__take_reals(slab, T, B, 1);
    inverse = lstmfc__take_reals(slab, T, B, 1);
    for (i = 0; i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        lstmfc__work unused, *w = work ? &work[i] : &unused;
        memset(w, 0, sizeof *w);
        /* nothing written */
        if (layer->kind == LSTMFC__DROPOUT || layer->kind == LSTMFC__VARIATIONAL || layer->kind == LSTMFC__LAST) continue;
        w->y = w->z = flow[turn];
        turn = !turn;
        w->gates = gates; w->c_last = c_last; w->mean = mean; w->variance = inverse;
        if (layer->kind == LSTMFC__LSTM) {
            w->state_h = lstmfc__take_reals(slab, 1, 1, (size_t)layer->units);
            w->state_c = lstmfc__take_reals(slab, 1, 1, (size_t)layer->units);
        }
    }
}

/* ---- batches of windows */

/* Everything about a batch that could lead to a read outside its rows, before the first is read. Written as `row_count - window`
   after row_count >= window is known: sizes are unsigned, and first + window <= row_count could wrap around. */
LSTMFC__PRIVATE lstmfc_result lstmfc__check_batch(const lstmfc_model *model, const lstmfc_batch *batch, lstmfc_error *err)
{
    size_t i, window = (size_t)model->window;
    if (!batch->rows && batch->count) return lstmfc__fail_null(err, "the batch's rows");
    if (batch->window != window)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the batch has windows of %z rows, the model reads %z", batch->window,
                            window);
    if (batch->row_stride < (size_t)model->inputs)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the rows have %z columns, the model reads %d", batch->row_stride,
                            model->inputs);
    if (!batch->first_row && batch->count && (batch->row_count < window || batch->count > batch->row_count - window + 1))
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "%z windows of %z rows do not fit %z rows", batch->count, window,
                            batch->row_count);
    for (i = 0; batch->first_row && i < batch->count; i++)
        if (batch->first_row[i] < 0 || batch->row_count < window || (uint64_t)batch->first_row[i] > batch->row_count - window)
            return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "window %z starts at row %l and has %z rows, but there are %z rows", i,
                                batch->first_row[i],
                                window, batch->row_count);
    return LSTMFC_OK;
}

/* The only place where windows are copied, one batch at a time: N windows of T rows overlap in all but one row, and keeping them
   all would need T times the memory of the data. Time comes first, so that the B rows of one step lie side by side: the
   recurrent product of step t is then one [B][H] x [H][4H] on memory without holes. Three windows a b c of two rows:

       x = a0 b0 c0 | a1 b1 c1            not a0 a1 | b0 b1 | c0 c1

   x [T][count][inputs] = the windows first .. first+count-1 of the batch */
LSTMFC__PRIVATE void lstmfc__gather(const lstmfc_model *model, const lstmfc_batch *batch, size_t first, size_t count,
                                    lstmfc_real *x)
{
    size_t T = (size_t)model->window, I = (size_t)model->inputs, t, b;
    for (t = 0; t < T; t++) {
        for (b = 0; b < count; b++, x += I) {
            size_t row = (batch->first_row ? (size_t)batch->first_row[first + b] : first + b) + t;
            memcpy(x, batch->rows + row * batch->row_stride, I * sizeof *x);
        }
    }
}

/* ---- inference */

/* What predicting writes to. The model stays const, so one model may serve many threads, each with a scratch of its own. The
   signature refuses a scratch made for other shapes, whose buffers might be too small. */
struct lstmfc_scratch {
    lstmfc_env env;
    void *block;
    size_t bytes, max_batch;
    uint64_t signature;
    int32_t stepped;                    /* 1: state_h and state_c hold a state */
    lstmfc__work *work;
    lstmfc_real *x;                     /* [T][max_batch][inputs] */
};

LSTMFC__PRIVATE void lstmfc__scratch_layout(const lstmfc_model *model, size_t max_batch, lstmfc_scratch *scratch,
                                            lstmfc__slab *slab)
{
    lstmfc__take(slab, 1, sizeof *scratch);
    scratch->work = (lstmfc__work *)lstmfc__take(slab, (size_t)model->layer_count, sizeof *scratch->work);
    scratch->x = lstmfc__take_reals(slab, (size_t)model->window, max_batch, (size_t)model->inputs);
    lstmfc__inference_layout(model, max_batch, scratch->work, slab);
}

LSTMFC__DEF size_t lstmfc_scratch_bytes(const lstmfc_model *model, size_t max_batch)
{
    lstmfc_scratch counting;
    lstmfc__slab slab = {NULL, 0, 0};
    lstmfc__scratch_layout(model, max_batch, &counting, &slab);
    return lstmfc__layout_bytes(&slab);
}

LSTMFC__DEF lstmfc_scratch *lstmfc_scratch_create(const lstmfc_model *model, size_t max_batch, lstmfc_error *err)
{
    lstmfc_scratch counting, *scratch;
    lstmfc__slab slab = {NULL, 0, 0};
    if (!model) { lstmfc__fail_null(err, "the model"); return NULL; }
    if (!max_batch) { lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "max_batch is 0; at least one window must fit"); return NULL; }
    memset(&counting, 0, sizeof counting);
    counting.env = model->env;
    counting.max_batch = max_batch;
    counting.signature = model->signature;
    lstmfc__scratch_layout(model, max_batch, &counting, &slab);
    slab.base = lstmfc__block(&model->env, &slab, &counting.block, &counting.bytes, err);
    if (!slab.base) return NULL;
    slab.used = 0;
    scratch = (lstmfc_scratch *)(void *)slab.base;
    *scratch = counting;
    lstmfc__scratch_layout(model, max_batch, scratch, &slab);
    return scratch;
}

LSTMFC__DEF void lstmfc_scratch_free(lstmfc_scratch *scratch)
{
    if (scratch) {
        lstmfc_env env = scratch->env;
        lstmfc__free(&env, scratch->block, scratch->bytes, 1);
    }
}

/* outputs [count][outputs], max_batch windows at a time. Each row of a product is a chain of its own (chapter 6), so the size of
   the groups does not change a bit of the result. logits: see lstmfc_model_predict_raw; the sigmoid of a float saturates near 17,
   and what comes after (a loss, a calibration) wants the number before it. */
LSTMFC__PRIVATE lstmfc_result lstmfc__predict(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_batch *batch,
                                              int32_t logits, lstmfc_real *outputs, lstmfc_error *err)
{
    lstmfc__pass pass;
    lstmfc_result result;
    size_t first, width;
    if (!model || !scratch || !batch || !outputs) return lstmfc__fail_null(err, "an argument of predict");
    if (scratch->signature != model->signature)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the scratch was made for another model than '%s'", model->spec);
    result = lstmfc__check_batch(model, batch, err);
    if (result) return result;
    memset(&pass, 0, sizeof pass);
    pass.model = model; pass.work = scratch->work; pass.steps = (size_t)model->window; pass.logits = logits;
    width = (size_t)model->outputs;
    for (first = 0; first < batch->count; first += pass.batch) {
        pass.batch = batch->count - first < scratch->max_batch ? batch->count - first : scratch->max_batch;
        lstmfc__gather(model, batch, first, pass.batch, scratch->x);
        memcpy(outputs + first * width, lstmfc__forward(&pass, scratch->x), pass.batch * width * sizeof *outputs);
    }
    return LSTMFC_OK;
}

LSTMFC__DEF lstmfc_result lstmfc_model_predict(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_batch *batch,
                                               lstmfc_real *outputs, lstmfc_error *err)
{
    return lstmfc__predict(model, scratch, batch, 0, outputs, err);
}

LSTMFC__DEF lstmfc_result lstmfc_model_predict_raw(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_batch *batch,
                                                   lstmfc_real *outputs, lstmfc_error *err)
{
    return lstmfc__predict(model, scratch, batch, 1, outputs, err);
}

LSTMFC__DEF void lstmfc_scratch_reset(lstmfc_scratch *scratch) { scratch->stepped = 0; }

/* One row in, one output: a stream of N rows costs N steps of the cell, and windows over it N * T. From the zero state,
   `window` steps give the bits of a window; further steps remember more than any window saw in training, which is
   another function: forecasts of a model trained on windows should come from windows. */
LSTMFC__DEF lstmfc_result lstmfc_model_step(const lstmfc_model *model, lstmfc_scratch *scratch, const lstmfc_real *row,
                                            lstmfc_real *outputs, lstmfc_error *err)
{
    lstmfc__pass pass;
    int32_t i;
    if (!model || !scratch || !row || !outputs) return lstmfc__fail_null(err, "an argument of step");
    if (scratch->signature != model->signature)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the scratch was made for another model than '%s'", model->spec);
    for (i = 0; i < model->layer_count; i++)
        if (model->layers[i].kind == LSTMFC__FLATTEN)
            return lstmfc__fail(err, LSTMFC_ERROR_UNSUPPORTED,
                                "layer %d, flatten, needs the whole window: this model cannot run step by step", i);
    memset(&pass, 0, sizeof pass);
    pass.model = model; pass.work = scratch->work; pass.steps = 1; pass.batch = 1;
    pass.stepping = scratch->stepped ? 2 : 1;
    memcpy(outputs, lstmfc__forward(&pass, row), (size_t)model->outputs * sizeof *outputs);
    scratch->stepped = 1;
    return LSTMFC_OK;
}

/* ---- training: backward through the layers */

/* Reverse mode: the loss L is one number, so its gradient by everything can be had in one walk from the output to the input
   (Rumelhart, Hinton and Williams 1986). Each layer y = f(x, w) is handed d = dL/dy and makes of it, with its Jacobians,

       dL/dx = (df/dx)' d       for the layer before it            dL/dw = (df/dw)' d       for the optimiser

   No Jacobian is ever formed: chapters 7 and 8 hold the product for each kind of layer. The walk costs about twice the way
   forward, where difference quotients would cost one way forward for each weight. */
/* Everything a training step writes except the model itself. `weights` is laid out as model->weights, so the gradient of tensor i
   starts at offsets[i] there, and an optimiser can walk both arrays with one index. Two flow buffers are enough for the way back
   too: once a layer has turned the gradient of its output into that of its input, nobody asks for the former. */
struct lstmfc_gradients {
    lstmfc_env env;
    void *block;
    size_t bytes, max_batch, weight_count;
    uint64_t signature;
    int32_t tensor_count;
    size_t *offsets;                    /* [tensors] of the trainable ones, SIZE_MAX of statistics */
    lstmfc__work *work;
    lstmfc_real *x;                     /* [T][max_batch][inputs] */
    lstmfc_real *flow[2];               /* the gradient of a layer's output, and of its input */
    lstmfc_real *transposed, *recurrent_transposed;
    lstmfc_real *dh_step, *dc;          /* [max_batch][widest lstm] */
    lstmfc_real *weights;               /* the gradients: as model->weights */
};

/* Sizes the shared buffers for the largest layer that will use them. The matrices are transposed once per batch because
   dx = dy W' reads W by columns, and a transposed copy turns that into the fast product of chapter 6. The first layer
   needs no copy of its kernel: nothing asks for the gradient of the data. */
LSTMFC__PRIVATE void lstmfc__gradients_layout(const lstmfc_model *model, lstmfc_gradients *g, lstmfc__slab *slab)
{
    size_t T = (size_t)model->window, B = g->max_batch, widest = 0, kernel = 0, recurrent = 0, units = 0;
    int32_t i;
    for (i = 0; i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        size_t width = (size_t)layer->width, columns = layer->kind == LSTMFC__LSTM ? 4 * width : width;
        size_t count = width * (layer->sequence ? T : 1);
        if (count > widest) widest = count;
        if (layer->kind != LSTMFC__LSTM && layer->kind != LSTMFC__DENSE) continue;
        if (i && (size_t)layer->in_width * columns > kernel) kernel = (size_t)layer->in_width * columns;
        if (layer->kind == LSTMFC__DENSE) continue;
        if (width * columns > recurrent) recurrent = width * columns;
        if (width > units) units = width;
    }
    lstmfc__take(slab, 1, sizeof *g);
    g->offsets = (size_t *)lstmfc__take(slab, (size_t)model->tensor_count, sizeof *g->offsets);
    g->work = (lstmfc__work *)lstmfc__take(slab, (size_t)model->layer_count, sizeof *g->work);
    g->x = lstmfc__take_reals(slab, T, B, (size_t)model->inputs);
    g->flow[0] = lstmfc__take_reals(slab, widest, B, 1);
    g->flow[1] = lstmfc__take_reals(slab, widest, B, 1);
    g->transposed = lstmfc__take_reals(slab, kernel, 1, 1);
    g->recurrent_transposed = lstmfc__take_reals(slab, recurrent, 1, 1);
    g->dh_step = lstmfc__take_reals(slab, B, units, 1);
    g->dc = lstmfc__take_reals(slab, B, units, 1);
    g->weights = lstmfc__take_reals(slab, model->weight_count, 1, 1);
    lstmfc__training_layout(model, B, g->work, slab);
}

/* Training memory grows with max_batch; weights and their gradients do not. */
LSTMFC__DEF size_t lstmfc_gradients_bytes(const lstmfc_model *model, size_t max_batch)
{
    lstmfc_gradients counting;
    lstmfc__slab slab = {NULL, 0, 0};
    counting.max_batch = max_batch;
    lstmfc__gradients_layout(model, &counting, &slab);
    return lstmfc__layout_bytes(&slab);
}

/* counting is the object in the making: what it holds is copied into the block once that exists, and its layout is run again. The
   gradients do not keep a reference to the model; the signature ties them to its shape. */
LSTMFC__DEF lstmfc_gradients *lstmfc_gradients_create(const lstmfc_model *model, size_t max_batch, lstmfc_error *err)
{
    lstmfc_gradients counting, *g;
    lstmfc__slab slab = {NULL, 0, 0};
    int32_t i;
    if (!model) { lstmfc__fail_null(err, "the model"); return NULL; }
    if (!max_batch) { lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "max_batch is 0; at least one window must fit"); return NULL; }
    memset(&counting, 0, sizeof counting);
    counting.env = model->env;
    counting.max_batch = max_batch;
    counting.weight_count = model->weight_count;
    counting.signature = model->signature;
    counting.tensor_count = model->tensor_count;
    lstmfc__gradients_layout(model, &counting, &slab);
    slab.base = lstmfc__block(&model->env, &slab, &counting.block, &counting.bytes, err);
    if (!slab.base) return NULL;
    slab.used = 0;
    g = (lstmfc_gradients *)(void *)slab.base;
    *g = counting;
    lstmfc__gradients_layout(model, g, &slab);
    for (i = 0; i < model->tensor_count; i++) g->offsets[i] = model->tensors[i].trainable ? model->tensors[i].offset : SIZE_MAX;
    return g;
}

LSTMFC__DEF void lstmfc_gradients_free(lstmfc_gradients *gradients)
{
    if (gradients) {
        lstmfc_env env = gradients->env;
        lstmfc__free(&env, gradients->block, gradients->bytes, 1);
    }
}

LSTMFC__DEF lstmfc_real *lstmfc_gradients_tensor(lstmfc_gradients *gradients, int32_t index)
{
    if (!gradients || index < 0 || index >= gradients->tensor_count || gradients->offsets[index] == SIZE_MAX) return NULL;
    return gradients->weights + gradients->offsets[index];
}

/* One case for each case of lstmfc__forward, read against it. Dropouts and norms keep the shape and work in
   place (d), the others write e. Gradients of weights are added to g->weights, which starts at zero.
     lstm       d [T][B][H] or [B][H] -> e [T][B][in]         dense      d [rows][width] -> e [rows][in]
     flatten    d [B][T*in] -> e [T][B][in]                   last       d [B][in] -> e [T][B][in], zero but for the last step
   d is the gradient of the layer's output, e takes that of its input (not wanted where the layer is the lowest). Returns the
   one of the two that holds the result. */
LSTMFC__PRIVATE lstmfc_real *lstmfc__backward_layer(lstmfc_gradients *g, const lstmfc__pass *pass, int32_t index, int32_t lowest,
                                                    lstmfc_real *d, lstmfc_real *e)
{
    const lstmfc_model *model = pass->model;
    const lstmfc__layer *layer = &model->layers[index];
    const lstmfc__tensor *tensor = model->tensors + layer->tensor;
    lstmfc__work *work = &pass->work[index];
    size_t T = pass->steps, B = pass->batch, rows = lstmfc__rows_in(pass, layer), in = (size_t)layer->in_width;
    size_t width = (size_t)layer->width;
    size_t t, b;
    switch (layer->kind) {
    case LSTMFC__LSTM: {
        lstmfc_lstm_pass p;
        lstmfc__lstm_arguments(pass, index, &p);
        if (layer->sequence) p.dh = d; else p.dh_last = d;
        p.recurrent_t = g->recurrent_transposed;
        lstmfc_transpose(width, 4 * width, p.recurrent, g->recurrent_transposed);
        if (!lowest) {
            lstmfc_transpose(in, 4 * width, p.kernel, g->transposed);
            p.kernel_t = g->transposed;
            p.dx = e;
        }
        p.dh_step = g->dh_step;
        p.dc = g->dc;
        memset(p.dc, 0, B * width * sizeof *p.dc);
        p.dkernel = g->weights + tensor[0].offset;
        p.drecurrent = g->weights + tensor[1].offset;
        p.dbias = g->weights + tensor[2].offset;
        lstmfc_lstm_backward(&p);
        /* the kernels saw xm = x m; the gradient of x itself has passed the mask once more: dL/dx = m dL/dxm */
        if (!lowest && p.x != work->in) lstmfc_dropout_apply(T, B * in, e, work->mask, 1, e);
        return e;
    }
    /* dz = d f'(z);  dW += x' dz,  db += column sums of dz,  dx = dz W' */
    case LSTMFC__DENSE:
        lstmfc_activation_backward(layer->activation, rows, width, work->z, work->y, d, d);
        if (!lowest) lstmfc_transpose(in, width, tensor[0].data, g->transposed);
        lstmfc_dense_backward(rows, in, width, work->in, g->transposed, d, lowest ? NULL : e, g->weights + tensor[0].offset,
                              g->weights + tensor[1].offset);
        return e;
    case LSTMFC__DROPOUT:
    case LSTMFC__VARIATIONAL:
        if (pass->draw && layer->rate > 0) {
            size_t steps = layer->sequence ? T : 1;
            lstmfc_dropout_apply(steps, B * width, d, work->mask, layer->kind == LSTMFC__DROPOUT ? steps : 1, d);
        }
        return d;
    /* frozen: the statistics are constants, and the terms by which x moves its own mean and variance fall away */
    case LSTMFC__BATCHNORM: {
        int32_t frozen = lstmfc__norm_is_frozen(model, layer);
        const lstmfc_real *mean = frozen ? tensor[2].data : work->mean, *variance = frozen ? tensor[3].data : work->variance;
        lstmfc_batchnorm_backward(rows, width, layer->option[LSTMFC__KEY_EPSILON], frozen, work->in, tensor[0].data, mean,
                                  variance, d, d, g->weights + tensor[0].offset, g->weights + tensor[1].offset);
        return d;
    }
    case LSTMFC__LAYERNORM:
        lstmfc_layernorm_backward(rows, width, work->in, tensor[0].data, work->mean, work->variance, d, d,
                                  g->weights + tensor[0].offset,
                                  g->weights + tensor[1].offset);
        return d;
    case LSTMFC__FLATTEN:                                       /* [B][T*in] -> [T][B][in] */
        for (t = 0; t < T; t++) for (b = 0; b < B; b++) memcpy(e + (t * B + b) * in, d + (b * T + t) * in, in * sizeof *e);
        return e;
    default:                                                    /* last: only the last step had any effect */
        memset(e, 0, (T - 1) * B * in * sizeof *e);
        memcpy(e + (T - 1) * B * in, d, B * in * sizeof *e);
        return e;
    }
}

/* All that can be wrong with the arguments, before a number is written: a refused call leaves the gradients as they were. */
LSTMFC__PRIVATE lstmfc_result lstmfc__check_compute(const lstmfc_gradients *g, const lstmfc_model *model,
                                                    const lstmfc_batch *batch, const lstmfc_loss_desc *loss_desc,
                                                    lstmfc_error *err)
{
    if (!g || !model || !batch || !loss_desc) return lstmfc__fail_null(err, "an argument of gradients_compute");
    if (g->signature != model->signature)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the gradients were made for another model than '%s'", model->spec);
    if (!batch->targets) return lstmfc__fail_null(err, "the batch's targets");
    if (batch->count < 1 || batch->count > g->max_batch)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "the batch has %z windows; from 1 to %z fit", batch->count, g->max_batch);
    if (loss_desc->loss < LSTMFC_LOSS_MSE || loss_desc->loss > LSTMFC_LOSS_BCE)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "there is no loss number %d", loss_desc->loss);
    return lstmfc__check_batch(model, batch, err);
}

/* Apart from lstmfc_gradients_compute so that the gradient checker calls the very same function.
   Forward in training mode, and the data loss. *raw is what the loss looks at: under bce the logits of a sigmoid head. */
LSTMFC__PRIVATE double lstmfc__forward_loss(lstmfc_gradients *g, const lstmfc_model *model, const lstmfc_batch *batch,
                                            const lstmfc_loss_desc *loss_desc, const lstmfc_draw *draw, lstmfc__pass *pass,
                                            const lstmfc_real **output, const lstmfc_real **raw, int32_t *logits)
{
    const lstmfc__layer *head = &model->layers[model->layer_count - 1];
    memset(pass, 0, sizeof *pass);
    pass->model = model; pass->work = g->work; pass->steps = (size_t)model->window; pass->batch = batch->count;
    pass->draw = draw; pass->training = 1;
    lstmfc__gather(model, batch, 0, batch->count, g->x);
    *output = *raw = lstmfc__forward(pass, g->x);
    *logits = loss_desc->loss == LSTMFC_LOSS_BCE && head->kind == LSTMFC__DENSE && head->activation == LSTMFC_SIGMOID;
    /* -(y ln p + (1 - y) ln(1 - p)) of p = sigmoid(z) is computed from z: ln p of a p that was rounded to 0 is -inf.
       output points into the head's y, perhaps at its last step: the logits lie as far into z */
    if (*logits) *raw = g->work[model->layer_count - 1].z + (*output - g->work[model->layer_count - 1].y);
    return lstmfc_loss(loss_desc, batch->count, (size_t)model->outputs, *raw, batch->targets, batch->weights);
}

/* sum over tensors of l2 * |w|^2, beside the loss and not in it: a loss with the penalty inside cannot be compared between
   models of different l2, nor with the validation loss, which has none. No factor 1/2, so the gradient is 2 l2 w. */
LSTMFC__PRIVATE double lstmfc__penalty(const lstmfc_model *model)
{
    double sum = 0;
    int32_t i;
    for (i = 0; i < model->tensor_count; i++) {
        double l2 = lstmfc__tensor_l2(model, &model->tensors[i]);
        if (l2 > 0) sum += l2 * lstmfc_sum_squares(model->tensors[i].count, model->tensors[i].data);
    }
    return sum;
}

/* Forward, loss, backward, penalty, statistics, in this order, and nothing here changes a weight. Three things to notice:

   - The way back ends at the lowest layer that owns something to learn: below it, and for the input of that layer itself,
     gradients would be computed and thrown away. With all but the head frozen, training costs little more than predicting.
   - A sigmoid head under bce is passed in one step: the loss is a function of the logit z with slope sigmoid(z) - y,
     so the head is taken as linear. Going through both, dL/dp = (p - y) / (p (1 - p)) divides by 0 where p has been rounded to
     0 or 1.
   - Where the last layer yields a sequence, only its last step is the output: the gradient of all steps before it is zero. */
LSTMFC__DEF lstmfc_result lstmfc_gradients_compute(lstmfc_gradients *g, lstmfc_model *model, const lstmfc_batch *batch,
                                                   const lstmfc_loss_desc *loss_desc, const lstmfc_draw *draw,
                                                   int32_t update_statistics, double *loss, double *penalty,
                                                   lstmfc_real *outputs, lstmfc_error *err)
{
    lstmfc_result result = lstmfc__check_compute(g, model, batch, loss_desc, err);
    lstmfc__pass pass;
    const lstmfc_real *output, *raw;
    size_t B = batch ? batch->count : 0, width, T, k;
    int32_t logits, lowest = 0, i;
    double value;
    if (result) return result;
    width = (size_t)model->outputs;
    T = (size_t)model->window;
    memset(g->weights, 0, g->weight_count * sizeof *g->weights);   /* the backward functions add to what is there */
    value = lstmfc__forward_loss(g, model, batch, loss_desc, draw, &pass, &output, &raw, &logits);
    if (loss) *loss = value;
    if (penalty) *penalty = lstmfc__penalty(model);
    if (outputs) memcpy(outputs, output, B * width * sizeof *outputs);

    /* tensors stand in the order of their layers: the first that learns belongs to the lowest layer that does */
    for (i = 0; i < model->tensor_count; i++) if (model->tensors[i].trainable && !model->tensors[i].frozen) break;
    lowest = i < model->tensor_count ? model->tensors[i].layer : model->layer_count;       /* below it nothing learns */
    if (lowest < model->layer_count) {
        lstmfc_real *d = g->flow[0], *e = g->flow[1];
        int32_t last = model->layer_count - 1;
        size_t before = model->layers[last].sequence ? (T - 1) * B * width : 0;
        memset(d, 0, before * sizeof *d);
        lstmfc_loss_gradient(loss_desc, B, width, raw, batch->targets, batch->weights, d + before);
        /* the loss has passed the sigmoid already: take the head as linear */
        if (logits) {
            const lstmfc__layer *layer = &model->layers[last];
            const lstmfc__tensor *tensor = &model->tensors[layer->tensor];
            size_t rows = lstmfc__rows_in(&pass, layer), in = (size_t)layer->in_width;
            /* where the head alone learns, nobody wants e: it stays unwritten, and the loop below has nothing left to do */
            if (last > lowest) lstmfc_transpose(in, width, tensor[0].data, g->transposed);
            lstmfc_dense_backward(rows, in, width, g->work[last].in, g->transposed, d, last > lowest ? e : NULL,
                                  g->weights + tensor[0].offset,
                                  g->weights + tensor[1].offset);
            d = e; e = g->flow[0];
            last--;
        }
        for (i = last; i >= lowest; i--) {
            /* invariant: d is the gradient of the output of layer i, e is free; a layer that worked in place leaves both */
            lstmfc_real *at = lstmfc__backward_layer(g, &pass, i, i == lowest, d, e);
            if (at == e) { e = d; d = at; }
        }
    }
    for (i = 0; i < model->tensor_count; i++) {
        const lstmfc__tensor *tensor = &model->tensors[i];
        lstmfc_real *gradient = g->weights + tensor->offset;
        double l2 = lstmfc__tensor_l2(model, tensor);
        if (!tensor->trainable) continue;
        /* so that the global norm, and with it the clip, is that of what moves */
        if (tensor->frozen) { memset(gradient, 0, tensor->count * sizeof *gradient); continue; }
        /* d(l2 |w|^2)/dw = 2 l2 w */
        for (k = 0; l2 > 0 && k < tensor->count; k++) gradient[k] += (lstmfc_real)(2.0 * l2) * tensor->data[k];
    }
    /* Asked for, since a gradient check or a second pass over the same batch must leave the model as it was. */
    for (i = 0; update_statistics && i < model->layer_count; i++) {
        const lstmfc__layer *layer = &model->layers[i];
        const lstmfc__tensor *tensor = model->tensors + layer->tensor;
        if (layer->kind == LSTMFC__BATCHNORM && !lstmfc__norm_is_frozen(model, layer))
            /* running = momentum * running + (1 - momentum) * of this batch; 0.99 remembers about the last 100 batches */
            lstmfc_batchnorm_update(lstmfc__rows_in(&pass, layer), (size_t)layer->width, layer->option[LSTMFC__KEY_MOMENTUM],
                                    layer->option[LSTMFC__KEY_UNBIASED] > 0, g->work[i].mean, g->work[i].variance,
                                    tensor[2].data, tensor[3].data);
    }
    return LSTMFC_OK;
}

/* ================================================================================================================
   10 optimiser >>optimiser
   ================================================================================================================ */

/* An optimiser turns gradients into steps. Plain descent, theta -= lr g, moves every weight by its own slope; what follows
   differs in memory of the past (m, v: arrays of the shape of the weights) and in scale. In the order of one step:

       1. gradient of the loss + L2                     (chapter 9 has added 2 l2 w)
       2. clip by value: each element to [-c, c]
       3. clip by norm: g *= min(1, c / (|g| + 1e-6)), |g| over all tensors together (Pascanu, Mikolov & Bengio 2013): a cliff in
          the loss then shortens the step, but does not turn it
       4. update:
          sgd       v = mu v + g                                             theta -= lr v
          rmsprop   v = 0.99 v + 0.01 g^2                                    theta -= lr g / (sqrt(v) + eps)
          adam      m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2
                    mh = m / (1-b1^t),  vh = v / (1-b2^t)                    theta -= lr mh / (sqrt(vh) + eps)
          adamw     theta *= 1 - lr wd first, then adam

   Adam (Kingma & Ba 2015) divides the mean slope by its size, so each weight moves by about lr whatever its scale; m and v
   start at 0 and are divided by what they would have reached had the slope been constant. AdamW (Loshchilov & Hutter 2019)
   takes the decay out of the gradient, where Adam would normalise it away. `adam=keras` is Keras's arrangement,
   theta -= lr sqrt(1-b2^t)/(1-b1^t) m / (sqrt(v) + eps): eps meets v before its correction, which matters in the first steps.

   Pitfalls. The powers b^t are computed in double from t itself, not multiplied up, so a resumed run has the same bits. A
   moment that decays towards 0 for ever reaches denormal numbers, at which processors slow down manyfold: tiny ones are
   set to 0. Norm and clip leave out frozen tensors, whose gradients are 0.

   Schedules look at the validation loss once per epoch and are plain structs: stopping counts epochs without a new best,
   plateau cuts the rate after some of them. Two rules of plateau are in use. Keras: `wait` reaches patience -> cut now; better
   means below best - min_delta. PyTorch: wait exceeds patience -> cut, one epoch later; better means below best (1 - min_delta). */

LSTMFC__DEF const lstmfc_field *lstmfc_optimizer_desc_fields(size_t *count)
{
#define LSTMFC__X(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(lstmfc_optimizer_desc, name), #name, preset, range, help},
    static const lstmfc_field fields[] = { LSTMFC_OPTIMIZER_DESC(LSTMFC__X) };
#undef LSTMFC__X
    *count = LSTMFC__COUNT(fields);
    return fields;
}

enum { LSTMFC__ADAM, LSTMFC__ADAMW, LSTMFC__RMSPROP, LSTMFC__SGD };     /* choices of desc.optimizer */
enum { LSTMFC__ADAM_TORCH, LSTMFC__ADAM_KERAS };                        /* choices of desc.adam */

/* The memory of an optimiser: for each weight up to two numbers, at the weight's own index. `first` is Adam's m and the velocity
   of sgd, `second` the v of Adam and RMSprop; the unused one stays 0. steps counts updates from 0 (it is t after the increment),
   and with both arrays it is all that a checkpoint must keep for the next step to have the same bits. */
struct lstmfc_optimizer {
    lstmfc_env env;
    void *block;
    size_t bytes, weight_count;
    uint64_t signature;
    lstmfc_optimizer_desc desc;         /* defaults filled in */
    int64_t steps;
    int32_t tensor_count;
    size_t *offsets;                    /* [tensors] as in lstmfc_gradients */
    lstmfc_real *first, *second;        /* as model->weights */
};

LSTMFC__PRIVATE void lstmfc__optimizer_layout(lstmfc_optimizer *optimizer, lstmfc__slab *slab)
{
    lstmfc__take(slab, 1, sizeof *optimizer);
    optimizer->offsets = (size_t *)lstmfc__take(slab, (size_t)optimizer->tensor_count, sizeof *optimizer->offsets);
    optimizer->first = (lstmfc_real *)lstmfc__take(slab, optimizer->weight_count, sizeof *optimizer->first);
    optimizer->second = (lstmfc_real *)lstmfc__take(slab, optimizer->weight_count, sizeof *optimizer->second);
}

LSTMFC__DEF size_t lstmfc_optimizer_bytes(const lstmfc_model *model)
{
    lstmfc_optimizer counting;
    lstmfc__slab slab = {NULL, 0, 0};
    counting.tensor_count = model->tensor_count;
    counting.weight_count = model->weight_count;
    lstmfc__optimizer_layout(&counting, &slab);
    return lstmfc__layout_bytes(&slab);
}

LSTMFC__DEF lstmfc_optimizer *lstmfc_optimizer_create(const lstmfc_model *model, const lstmfc_optimizer_desc *desc,
                                                      lstmfc_error *err)
{
    lstmfc_optimizer counting, *optimizer;
    lstmfc__slab slab = {NULL, 0, 0};
    const lstmfc_field *fields;
    size_t count;
    int32_t i;
    if (!model) { lstmfc__fail_null(err, "the model"); return NULL; }
    memset(&counting, 0, sizeof counting);
    if (desc) counting.desc = *desc;
    fields = lstmfc_optimizer_desc_fields(&count);
    if (lstmfc_fields_resolve(&counting.desc, fields, count, err)) return NULL;
    if (!(counting.desc.epsilon > 0)) {                         /* the default is that of the library whose rule is followed */
        int32_t keras = counting.desc.optimizer <= LSTMFC__ADAMW && counting.desc.adam == LSTMFC__ADAM_KERAS;
        counting.desc.epsilon = keras ? 1e-7 : 1e-8;
    }
    counting.env = model->env;
    counting.weight_count = model->weight_count;
    counting.tensor_count = model->tensor_count;
    counting.signature = model->signature;
    lstmfc__optimizer_layout(&counting, &slab);
    slab.base = lstmfc__block(&model->env, &slab, &counting.block, &counting.bytes, err);
    if (!slab.base) return NULL;
    slab.used = 0;
    optimizer = (lstmfc_optimizer *)(void *)slab.base;
    *optimizer = counting;
    lstmfc__optimizer_layout(optimizer, &slab);
    for (i = 0; i < model->tensor_count; i++)
        optimizer->offsets[i] = model->tensors[i].trainable ? model->tensors[i].offset : SIZE_MAX;
    return optimizer;
}

LSTMFC__DEF void lstmfc_optimizer_free(lstmfc_optimizer *optimizer)
{
    if (optimizer) {
        lstmfc_env env = optimizer->env;
        lstmfc__free(&env, optimizer->block, optimizer->bytes, 1);
    }
}

/* For saving and loading a checkpoint: order 0 = first, 1 = second; NULL for a tensor that is not learned. */
LSTMFC__DEF lstmfc_real *lstmfc_optimizer_moments(lstmfc_optimizer *optimizer, int32_t index, int32_t order)
{
    if (index < 0 || index >= optimizer->tensor_count || optimizer->offsets[index] == SIZE_MAX) return NULL;
    return (order ? optimizer->second : optimizer->first) + optimizer->offsets[index];
}

LSTMFC__DEF int64_t lstmfc_optimizer_steps(const lstmfc_optimizer *optimizer) { return optimizer->steps; }
LSTMFC__DEF void lstmfc_optimizer_set_steps(lstmfc_optimizer *optimizer, int64_t steps) { optimizer->steps = steps; }

/* steps goes back with the moments: m = 0 with a large t would switch off the correction just when it is needed. */
LSTMFC__DEF void lstmfc_optimizer_reset(lstmfc_optimizer *optimizer)
{
    memset(optimizer->first, 0, optimizer->weight_count * sizeof *optimizer->first);
    memset(optimizer->second, 0, optimizer->weight_count * sizeof *optimizer->second);
    optimizer->steps = 0;
}

/* A moment too small to matter is 0: no denormal number ever comes up. */
#ifdef LSTMFC_DOUBLE
#  define LSTMFC__TINY 1e-290
#else
#  define LSTMFC__TINY 1e-36f
#endif
LSTMFC__PRIVATE lstmfc_real lstmfc__flushed(lstmfc_real x) { return x < LSTMFC__TINY && x > -LSTMFC__TINY ? 0 : x; }

/* sqrt rounds correctly, so going through double gives the float result */
LSTMFC__PRIVATE lstmfc_real lstmfc__real_sqrt(lstmfc_real x) { return (lstmfc_real)lstmfc_sqrt((double)x); }

/* Adam's two forms are one loop. With s = sqrt(1 - b2^t):
     torch   lr / (1-b1^t) * m / (sqrt(v) / s + eps)               step = lr / (1-b1^t),       scale = s
     keras   lr s / (1-b1^t) * m / (sqrt(v) + eps)                 step = lr s / (1-b1^t),     scale = 1
   For example at t = 1: m = 0.1 g, v = 0.001 g^2, so mh = g, sqrt(vh) = |g|, and the first step is lr in the direction of -g,
   whatever the size of g. The corrections are taken in double: 1 - 0.999 in float has lost three of its seven digits.
   The update of one tensor: w, g, m, v [n] */
LSTMFC__PRIVATE void lstmfc__update(const lstmfc_optimizer_desc *desc, double lr, int64_t steps, size_t n,
                                    lstmfc_real *LSTMFC__RESTRICT w, const lstmfc_real *LSTMFC__RESTRICT g,
                                    lstmfc_real *LSTMFC__RESTRICT m, lstmfc_real *LSTMFC__RESTRICT v)
{
    lstmfc_real epsilon = (lstmfc_real)desc->epsilon, rate = (lstmfc_real)lr, momentum = (lstmfc_real)desc->momentum;
    lstmfc_real b1 = (lstmfc_real)desc->beta1, b2 = (lstmfc_real)desc->beta2, rest1 = (lstmfc_real)(1.0 - desc->beta1);
    lstmfc_real rest2 = (lstmfc_real)(1.0 - desc->beta2);
    double correct1 = 1.0 - lstmfc_pow(desc->beta1, (double)steps);
    double correct2 = lstmfc_sqrt(1.0 - lstmfc_pow(desc->beta2, (double)steps));
    lstmfc_real step = (lstmfc_real)(lr / correct1), scale = (lstmfc_real)correct2;
    size_t k;
    if (desc->optimizer == LSTMFC__SGD) {
        for (k = 0; k < n; k++) {
            m[k] = lstmfc__flushed(momentum * m[k] + g[k]);
            w[k] -= rate * m[k];
        }
        return;
    }
    if (desc->optimizer == LSTMFC__RMSPROP) {
        for (k = 0; k < n; k++) {
            v[k] = lstmfc__flushed((lstmfc_real)0.99 * v[k] + (lstmfc_real)0.01 * (g[k] * g[k]));
            w[k] -= rate * (g[k] / (lstmfc__real_sqrt(v[k]) + epsilon));
        }
        return;
    }
    if (desc->optimizer == LSTMFC__ADAMW && desc->weight_decay > 0) {
        lstmfc_real keep = (lstmfc_real)(1.0 - lr * desc->weight_decay);        /* biases decay too, as in PyTorch */
        for (k = 0; k < n; k++) w[k] *= keep;
    }
    if (desc->adam == LSTMFC__ADAM_KERAS) { step = (lstmfc_real)(lr * correct2 / correct1); scale = 1; }
    for (k = 0; k < n; k++) {                                   /* sqrt(v) / sqrt(1-b2^t) = sqrt(vh) */
        m[k] = lstmfc__flushed(b1 * m[k] + rest1 * g[k]);
        v[k] = lstmfc__flushed(b2 * v[k] + rest2 * (g[k] * g[k]));
        w[k] -= step * (m[k] / (lstmfc__real_sqrt(v[k]) / scale + epsilon));
    }
}

/* The gradients are clipped where they stand, so they are not those of the loss afterwards; *norm is |g| after the clip by value
   and before the clip by norm, the number worth plotting. It also is the test for disaster: one NaN anywhere (or an infinity,
   unless the clip by value has cut it) makes the norm of all not finite, and then weights, moments and the count of steps stay as
   they were. */
LSTMFC__DEF lstmfc_result lstmfc_optimizer_step(lstmfc_optimizer *optimizer, lstmfc_model *model, lstmfc_gradients *gradients,
                                                double lr, double *norm, lstmfc_error *err)
{
    const lstmfc_optimizer_desc *desc;
    lstmfc_real *g;
    double total;
    size_t k;
    int32_t i;
    if (!optimizer || !model || !gradients) return lstmfc__fail_null(err, "an argument of optimizer_step");
    if (optimizer->signature != model->signature || gradients->signature != model->signature)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "optimiser and gradients were made for another model than '%s'",
                            model->spec);
    desc = &optimizer->desc;
    g = gradients->weights;
    if (!(lr > 0)) lr = desc->lr;
    if (desc->clip_value > 0) {
        lstmfc_real c = (lstmfc_real)desc->clip_value;
        for (k = 0; k < optimizer->weight_count; k++) g[k] = g[k] > c ? c : g[k] < -c ? -c : g[k];
    }
    total = lstmfc_sqrt(lstmfc_sum_squares(optimizer->weight_count, g));        /* the padding between tensors is 0 */
    if (norm) *norm = total;
    if (!lstmfc_is_finite(total))
        return lstmfc__fail(err, LSTMFC_ERROR_DIVERGED, "the gradient is not finite; the weights are left as they were");
    if (desc->clip_norm > 0 && desc->clip_norm / (total + 1e-6) < 1) {
        lstmfc_real scale = (lstmfc_real)(desc->clip_norm / (total + 1e-6));
        for (k = 0; k < optimizer->weight_count; k++) g[k] *= scale;
    }
    optimizer->steps++;
    for (i = 0; i < model->tensor_count; i++) {
        lstmfc__tensor *tensor = &model->tensors[i];
        if (!tensor->trainable || tensor->frozen) continue;
        lstmfc__update(desc, lr, optimizer->steps, tensor->count, tensor->data, g + tensor->offset,
                       optimizer->first + tensor->offset,
                       optimizer->second + tensor->offset);
    }
    return LSTMFC_OK;
}

/* Returns the rate for the next epoch. For example with patience 2, factor 0.5 and losses 1.0, 0.9, 0.95, 0.92, 0.93: wait is
   0, 0, 1, 2, 1 by Keras's rule, which cuts after the fourth epoch, and 0, 0, 1, 2, 3 by PyTorch's, which cuts after the fifth.
   A loss that is NaN is never below anything and counts as no improvement. */
LSTMFC__DEF double lstmfc_plateau_step(lstmfc_plateau *plateau, double loss, double lr)
{
    double limit = plateau->torch_rule ? plateau->best * (1.0 - plateau->min_delta) : plateau->best - plateau->min_delta;
    if (plateau->patience <= 0) return lr;
    if (!plateau->started || loss < limit) {
        plateau->started = 1;
        plateau->best = loss;
        plateau->wait = 0;
        return lr;
    }
    plateau->wait++;
    /* Keras waits for `patience` bad epochs, PyTorch for one more than that */
    if (plateau->torch_rule ? plateau->wait <= plateau->patience : plateau->wait < plateau->patience) return lr;
    plateau->wait = 0;
    return lr * plateau->factor;
}

/* 1: a new best, keep these weights; 0: go on; -1: patience is over. The first epoch is always a best, so there is always
   something to put back. Patience 0 never stops but still finds the best epoch. */
LSTMFC__DEF int32_t lstmfc_stopping_step(lstmfc_stopping *stopping, double loss, int32_t epoch)
{
    if (!stopping->started || loss < stopping->best - stopping->min_delta) {
        stopping->started = 1;
        stopping->best = loss;
        stopping->best_epoch = epoch;
        stopping->wait = 0;
        return 1;
    }
    stopping->wait++;
    return stopping->patience > 0 && stopping->wait >= stopping->patience ? -1 : 0;
}

/* ================================================================================================================
   11 gradcheck >>gradcheck
   ================================================================================================================ */

/* A backward pass with a wrong sign or a forgotten term still trains, only worse, and nobody notices. So it is compared with the
   definition of a derivative: the loss a little to the right of a weight minus the loss a little to the left,

       n = (8 (L(w+h) - L(w-h)) - (L(w+2h) - L(w-2h))) / 12h

   which needs the forward pass alone. It is the central difference, its h^2 error cancelled by a second one twice as wide. Two
   errors compete: what is left of the Taylor series, h^4 / 30 times the fifth derivative, and the rounding of L, about
   eps |L| / h; they balance near h = eps^(1/5) (Fornberg 1988; Nocedal & Wright, Numerical Optimization, 2006, section 8.1).
   We stay a little below it, for norms over nearly constant rows bend sharply. Hence the double build: errors there are near
   1e-12, and the smallest wrong term shows.

   Error of one element: |a - n| / max(|a| + |n|, floor). Where the slope is next to nothing, the rounding of L is all there is:
   the floor is a share of the tensor's largest gradient, and at least the slope of which that rounding is 1e-6 (the
   gradient of a bias in front of a batch norm is 0 for ever). Pitfalls: the loss must be the same function each time, so
   dropout masks come from one fixed key, and batch norm may use batch statistics but must not move the running ones; and where
   relu, mae or huber have a kink between w-2h and w+2h the two sides see two slopes: take other data, not another tolerance. */

/* Every element (or per_tensor of them, evenly spaced) of every tensor that learns, four forward passes for each: costs grow with
   weights times work per pass, so models for checking have units in single figures. The weight is put back bit for bit. Where the
   step has been rounded in float, w+h is not what was asked for: the difference divides by what was really added, at[0] - at[1].
   The loss is that of training mode plus the penalty, since this is what the gradients belong to. */
LSTMFC__DEF lstmfc_result lstmfc_gradcheck(lstmfc_model *model, const lstmfc_batch *batch, const lstmfc_loss_desc *loss_desc,
                                           const lstmfc_draw *draw, int32_t per_tensor, double tolerance,
                                           lstmfc_gradcheck_result *out, lstmfc_error *err)
{
    const int32_t wide = sizeof(lstmfc_real) == sizeof(double);
    const double step = wide ? 3e-4 : 3e-2, rounding = wide ? 2.3e-16 : 1.2e-7;
    const double share = wide ? 1e-2 : 0.3, usual = wide ? 1e-6 : 2e-2;
    double value = 0, resolution = 0;
    lstmfc_gradients *g;
    lstmfc_result result;
    int32_t i;
    if (!model || !batch || !loss_desc || !out) return lstmfc__fail_null(err, "an argument of gradcheck");
    memset(out, 0, sizeof *out);
    if (!(tolerance > 0)) tolerance = usual;
    g = lstmfc_gradients_create(model, batch->count ? batch->count : 1, err);
    if (!g) return err ? err->code : LSTMFC_ERROR_MEMORY;
    result = lstmfc_gradients_compute(g, model, batch, loss_desc, draw, 0, &value, &resolution, NULL, err);
    /* the slope that rounding alone can feign, eps |L| / h, divided by the usual tolerance */
    if (!result) resolution = 8 * rounding * (fabs(value) + resolution) / (step * usual);
    for (i = 0; !result && i < model->tensor_count; i++) {
        lstmfc__tensor *tensor = &model->tensors[i];
        const lstmfc_real *gradient = g->weights + tensor->offset;
        size_t stride = 1, k, done = 0;
        double floor, error;
        if (!tensor->trainable || tensor->frozen) continue;
        if (per_tensor > 0 && tensor->count > (size_t)per_tensor) stride = tensor->count / (size_t)per_tensor;
        floor = resolution;
        for (k = 0; k < tensor->count; k++)
            if (share * fabs((double)gradient[k]) > floor) floor = share * fabs((double)gradient[k]);
        for (k = 0; k < tensor->count && (per_tensor <= 0 || done < (size_t)per_tensor); k += stride, done++) {
            static const double offsets[4] = {1, -1, 2, -2};
            lstmfc_real w = tensor->data[k];
            /* relative to large weights: w + h must differ from w by many units in the last place */
            double h = step * (fabs((double)w) > 1 ? fabs((double)w) : 1), a = (double)gradient[k], n, at[4], loss[4], scale;
            int point;
            for (point = 0; point < 4; point++) {
                lstmfc__pass pass;
                const lstmfc_real *output, *raw;
                int32_t logits;
                tensor->data[k] = (lstmfc_real)((double)w + offsets[point] * h);
                at[point] = (double)tensor->data[k];                /* where rounding has put it */
                loss[point] = lstmfc__forward_loss(g, model, batch, loss_desc, draw, &pass, &output, &raw, &logits);
                loss[point] += lstmfc__penalty(model);
            }
            tensor->data[k] = w;
            /* the formula above with each 2h as it came out: (4 D(h) - D(2h)) / 3, D the central difference */
            n = (4 * (loss[0] - loss[1]) / (at[0] - at[1]) - (loss[2] - loss[3]) / (at[2] - at[3])) / 3;
            scale = fabs(a) + fabs(n) > floor ? fabs(a) + fabs(n) : floor;
            error = scale <= 0 ? 0 : fabs(a - n) / scale;       /* not a number where the loss or the gradient is none */
            out->checked++;
            if (error > out->worst || lstmfc_is_nan(error)) {   /* and no later number is above that: it stays the worst */
                out->worst = error;
                lstmfc__print(out->worst_tensor, sizeof out->worst_tensor, "%s", tensor->name);
            }
        }
    }
    out->passed = !result && out->worst < tolerance;
    lstmfc_gradients_free(g);
    return result;
}

/* ================================================================================================================
   12 series >>series
   ================================================================================================================ */

/* A series of bars, and how to get one out of the CSV files that people really have.

   A bar (candle) sums up one interval of trading: first price (open), highest, lowest, last price (close), amount traded
   (volume). Its time is that of its OPEN, in UTC: what a bar holds is known only one interval later, at its close. Mixing the
   two up lets a model see the future by one bar.

   CSV has a grammar (RFC 4180: fields, quotes, doubled quotes) but no meaning: nothing in the file says what its columns are,
   whether 1,234 is about one or about a thousand, or whether 3/4 is in March or in April. The reader below finds out in
   six steps, says what it found (lstmfc_csv_report), and refuses what it cannot decide:

     1 source    a window of text that moves along the file: memory grows with the kept numbers, never with the text
     2 cells     what one cell says by itself: a blank, a number under either decimal mark, a time
     3 layout    the first records (at most 64, within 256 KiB) tell separator, header, column roles, time columns
     4 rows      each record is split and read in one pass; one row of doubles per record, a blank is NaN
     5 verdicts  what only the whole file can tell: decimal mark, day before month, which time column is usable
     6 cleaning  sort, drop repeated rows, fill forward, drop bars without a price; every step is counted

   Verdicts are by evidence, never by majority: 1.158,91 proves a decimal comma and 13/2/2018 proves day before month; a file
   with proof of both, or with need for one and proof of neither, is refused and the message names the option that decides.

   Pitfalls. (1) Filling backwards or by interpolation uses later rows; a forward fill does not. (2) Spreadsheets destroy
   numbers (1.057.030.998.551.800) and times (1.5301E+12) without a trace in the row. (3) The last row of a download is often
   a bar that is still open: its close will change. (4) Exports come newest first as often as oldest first.

   Calendar: dates become day numbers by counting years from March, so that the leap day comes last (H. Hinnant,
   "chrono-compatible low-level date algorithms", 2013; the Gregorian rule itself: ISO 8601). */

/* ---- time: civil dates and milliseconds --------------------------------------------------------------------------- */

/* C cuts quotients towards 0: -1 / 86400 is 0, but the second before 1970 belongs to day -1. */
LSTMFC__PRIVATE int64_t lstmfc__floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }    /* b > 0 */

/* Days of the Gregorian calendar: 365 a year, one more in years divisible by 4, not by 100, but by 400. Counted from March the
   months repeat 31 30 31 30 31 | 31 30 31 30 31 | 31 28 or 29, and (153 m + 2) / 5 = 0, 31, 61, 92, 122, 153, ... is exactly the
   number of days before month m: 153 days for every five months. The leap day, the only irregularity, falls at the very end.

   Example, 2024-02-29: y = 2023, era 5, year_of_era 23, m = 11 (February): (153 * 11 + 2) / 5 + 28 = 365, the last of 366 days
   counted from 0. day_of_era = 23 * 365 + 5 - 0 + 365 = 8765; 5 * 146097 + 8765 - 719468 = 19782 days after 1970-01-01. */
LSTMFC__DEF int64_t lstmfc_time_from_civil(int32_t year, int32_t month, int32_t day)
{
    int64_t y = (int64_t)year - (month <= 2);                   /* the year that began in March */
    int64_t era = lstmfc__floor_divide(y, 400);                 /* 400 years are always 146,097 days */
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (era * 146097 + day_of_era - 719468) * 86400000;     /* 719,468 days from 0000-03-01 to 1970-01-01 */
}

/* The same backwards. The year of the era first: days less the leap days before them, divided by 365; the corrections take off one
   day for each 4 years (1,460 days, the leap day still to come), add one for each century and take off one for the 400 years. */
LSTMFC__DEF void lstmfc_time_to_civil(int64_t time, int32_t *year, int32_t *month, int32_t *day)
{
    int64_t days = lstmfc__floor_divide(time, 86400000) + 719468;
    int64_t era = lstmfc__floor_divide(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * day_of_year + 2) / 153;                    /* 0 = March */
    *day = (int32_t)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int32_t)(m < 10 ? m + 3 : m - 9);
    *year = (int32_t)(year_of_era + era * 400 + (*month <= 2));
}

/* Whole seconds; part[] is year, month, day, hour, minute, second, each behind its separator. Years of other than four digits
   (times of a hostile file) come out longer but never beyond out[32]. */
LSTMFC__DEF size_t lstmfc_format_time(char out[32], int64_t time)
{
    int32_t part[6], i, digits;
    int64_t seconds = lstmfc__floor_divide(time, 1000), of_day = seconds - lstmfc__floor_divide(seconds, 86400) * 86400;
    lstmfc__text text = {NULL, 32, 0};
    text.out = out;
    lstmfc_time_to_civil(time, &part[0], &part[1], &part[2]);
    part[3] = (int32_t)(of_day / 3600); part[4] = (int32_t)(of_day / 60 % 60); part[5] = (int32_t)(of_day % 60);
    for (i = 0; i < 6; i++) {
        if (i) lstmfc__text_char(&text, "--T::"[i - 1]);
        if (part[i] < 0) { lstmfc__text_char(&text, '-'); part[i] = -part[i]; }
        for (digits = i ? 10 : 1000; digits > part[i] && digits > 1; digits /= 10) lstmfc__text_char(&text, '0');
        lstmfc__text_int(&text, part[i]);
    }
    lstmfc__text_char(&text, 'Z');
    return text.length;
}

/* A place in a text that is being read. Each scan function takes what it recognises and returns non-zero, or returns 0 and leaves
   the place alone; so alternatives are simply tried one after the other. */
typedef struct lstmfc__scan { const char *at, *end; } lstmfc__scan;

LSTMFC__PRIVATE int lstmfc__scan_char(lstmfc__scan *scan, char c)
{
    if (scan->at == scan->end || *scan->at != c) return 0;
    scan->at++;
    return 1;
}

/* Reads `least` to `most` digits (most <= 9) and no more than stand there; 0 = fewer, and nothing is taken. */
LSTMFC__PRIVATE int32_t lstmfc__scan_digits(lstmfc__scan *scan, int32_t least, int32_t most, int32_t *value)
{
    const char *p = scan->at;
    int32_t n = 0, v = 0;
    while (n < most && p < scan->end && *p >= '0' && *p <= '9') { v = v * 10 + (*p++ - '0'); n++; }
    if (n < least) return 0;
    scan->at = p;
    *value = v;
    return n;
}

/* ASCII only: tolower of the C library depends on the locale, and is undefined for a negative char. */
LSTMFC__PRIVATE char lstmfc__lower(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c); }

/* Takes the word if it stands there (letters of any case; word is lower case). */
LSTMFC__PRIVATE int lstmfc__scan_word(lstmfc__scan *scan, const char *word)
{
    size_t i, n = strlen(word);
    if ((size_t)(scan->end - scan->at) < n) return 0;
    for (i = 0; i < n; i++) if (lstmfc__lower(scan->at[i]) != word[i]) return 0;
    scan->at += n;
    return 1;
}

/* Time of day in milliseconds: H:MM, H:MM:SS, H:MM:SS.fff, each also with AM or PM, and the hour alone with AM or PM
   ("09-AM", "9 PM"). 12 AM is midnight, 12 PM is noon. Sets *half when AM or PM was there. Digits beyond the third after the point
   are read and count nothing. */
LSTMFC__PRIVATE int lstmfc__scan_clock(lstmfc__scan *scan, int64_t *out, int32_t *half)
{
    lstmfc__scan s = *scan, before;
    int32_t hour, minute = -1, second = 0, digit, milliseconds = 0, scale = 100, afternoon = 0;
    if (!lstmfc__scan_digits(&s, 1, 2, &hour)) return 0;
    if (lstmfc__scan_char(&s, ':')) {
        if (!lstmfc__scan_digits(&s, 2, 2, &minute)) return 0;
        if (lstmfc__scan_char(&s, ':')) {
            if (!lstmfc__scan_digits(&s, 2, 2, &second)) return 0;
            if (lstmfc__scan_char(&s, '.'))
                for (; lstmfc__scan_digits(&s, 1, 1, &digit); scale /= 10) milliseconds += digit * scale;
        }
    }
    before = s;
    /* the mark before AM or PM is only taken together with it: a blank may as well stand before a zone */
    if (!lstmfc__scan_char(&s, ' ')) lstmfc__scan_char(&s, '-');
    afternoon = lstmfc__scan_word(&s, "pm");
    *half = afternoon || lstmfc__scan_word(&s, "am");
    if (!*half) s = before;
    if (*half && (hour < 1 || hour > 12)) return 0;
    if (!*half && minute < 0) return 0;
    if (minute < 0) minute = 0;
    /* the twelve comes first on a clock face: 12 AM = 0, 1 AM = 1, ... 11 AM = 11, 12 PM = 12, 1 PM = 13 */
    if (*half) hour = hour % 12 + 12 * afternoon;
    if (hour > 23 || minute > 59 || second > 59) return 0;
    *out = ((int64_t)hour * 60 + minute) * 60000 + (int64_t)second * 1000 + milliseconds;
    *scan = s;
    return 1;
}

/* Zone: Z, UTC, GMT, +hh, +hhmm, +hh:mm; nothing there is UTC. *out: milliseconds to take off: 10:00+02:00 is 08:00 UTC. Zone names
   such as EST are left standing, so that the cell is refused: their offset depends on the date and on whom one asks. */
LSTMFC__PRIVATE void lstmfc__scan_zone(lstmfc__scan *scan, int64_t *out)
{
    lstmfc__scan s = *scan;
    int32_t hour, minute = 0, sign;
    *out = 0;
    lstmfc__scan_char(&s, ' ');
    if (lstmfc__scan_word(&s, "z") || lstmfc__scan_word(&s, "utc") || lstmfc__scan_word(&s, "gmt")) { *scan = s; return; }
    sign = lstmfc__scan_char(&s, '+') ? 1 : lstmfc__scan_char(&s, '-') ? -1 : 0;
    if (!sign || !lstmfc__scan_digits(&s, 2, 2, &hour)) return;
    if (!lstmfc__scan_char(&s, ':')) lstmfc__scan_digits(&s, 2, 2, &minute);
    else if (!lstmfc__scan_digits(&s, 2, 2, &minute)) return;
    /* +14:00 (Kiribati) is the largest offset in use; more is a number that happens to follow */
    if (hour > 14 || minute > 59) return;
    *out = sign * ((int64_t)hour * 60 + minute) * 60000;
    *scan = s;
}

/* The families of time texts:  EPOCH 1577836800   ISO 2020-01-31 10:00   HALF 2020-01-31 10-AM   NUMBERS 31/01/2020   NAMED Jan 31,
   2020 A file may mix epochs of several units (real ones do: exchanges changed from s to ms), and ISO, HALF and NAMED, which mean
   one day each. A date whose two small numbers can change places (NUMBERS) keeps to itself: it can only be read together with its
   column. */
enum { LSTMFC__TIME_EPOCH = 1, LSTMFC__TIME_ISO = 2, LSTMFC__TIME_HALF = 4, LSTMFC__TIME_NUMBERS = 8, LSTMFC__TIME_NAMED = 16 };

typedef struct lstmfc__moment {
    int64_t time;                   /* UTC milliseconds; of NUMBERS with the month first where that is a date */
    int32_t family;
    int32_t first, second;          /* of NUMBERS: the two small numbers as they stand */
    char mark;                      /* of NUMBERS: what stands between them */
} lstmfc__moment;

/* Does the day exist? 31/02 does not, and that is one of the proofs of which number is the month. */
LSTMFC__PRIVATE int lstmfc__is_date(int32_t year, int32_t month, int32_t day)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1) return 0;
    return day <= days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* The month whose English name, or its first three letters or more, stands there; 0 = none. */
LSTMFC__PRIVATE int32_t lstmfc__scan_month(lstmfc__scan *scan)
{
    static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september",
                                         "october", "november", "december"};
    int32_t m;
    size_t n = 0;
    while (scan->at + n < scan->end && lstmfc__lower(scan->at[n]) >= 'a' && lstmfc__lower(scan->at[n]) <= 'z') n++;
    for (m = 0; m < 12; m++) {
        size_t i = 0;
        while (i < n && months[m][i] && lstmfc__lower(scan->at[i]) == months[m][i]) i++;
        /* all n letters agree with the name, which may go on: "Sep", "Sept", "September"; three tell all twelve apart */
        if (i == n && n >= 3) { scan->at += n; return m + 1; }
    }
    return 0;
}

/* A date, and a time of day if one follows: YYYY-MM-DD (also with / or .), YYYYMMDD, A/B/YYYY (also with . or -),
   Aug 02, 2020, 2 Aug 2020, 02-Aug-2020. The number of leading digits and the mark behind them tell which. Years have four digits:
   with two, 01/02/03 would have six readings. */
LSTMFC__PRIVATE int lstmfc__scan_moment(lstmfc__scan *scan, lstmfc__moment *out)
{
    lstmfc__scan s = *scan, after_date;
    int32_t year = 0, month = 0, day = 0, digits, number, half = 0;
    int64_t clock = 0, zone = 0;
    memset(out, 0, sizeof *out);
    digits = lstmfc__scan_digits(&s, 1, 8, &number);
    /* 2020-01-31, 20200131, 31/01/2020 or 31 Jan 2020, Jan 31, 2020: in this order */
    if (digits == 4 && s.at < s.end && (*s.at == '-' || *s.at == '/' || *s.at == '.')) {
        char mark = *s.at++;
        year = number;
        if (!lstmfc__scan_digits(&s, 1, 2, &month) || !lstmfc__scan_char(&s, mark) || !lstmfc__scan_digits(&s, 1, 2, &day)) return 0;
        out->family = LSTMFC__TIME_ISO;
    } else if (digits == 8) {
        year = number / 10000; month = number / 100 % 100; day = number % 100;
        out->family = LSTMFC__TIME_ISO;
    } else if ((digits == 1 || digits == 2) && s.at < s.end && (*s.at == '-' || *s.at == '/' || *s.at == '.' || *s.at == ' ')) {
        out->mark = *s.at++;
        if ((month = lstmfc__scan_month(&s)) != 0) {
            day = number;
            out->family = LSTMFC__TIME_NAMED;
        } else {
            out->first = number;
            if (out->mark == ' ' || !lstmfc__scan_digits(&s, 1, 2, &out->second)) return 0;
            out->family = LSTMFC__TIME_NUMBERS;
        }
        if (!lstmfc__scan_char(&s, out->mark) || !lstmfc__scan_digits(&s, 4, 4, &year)) return 0;
        if (out->family == LSTMFC__TIME_NUMBERS) {
            int month_first = lstmfc__is_date(year, out->first, out->second);
            month = month_first ? out->first : out->second;
            day = month_first ? out->second : out->first;
        }
    } else if (!digits && (month = lstmfc__scan_month(&s)) != 0) {
        lstmfc__scan_char(&s, ' ');
        if (!lstmfc__scan_digits(&s, 1, 2, &day)) return 0;
        lstmfc__scan_char(&s, ',');
        if (!lstmfc__scan_char(&s, ' ') || !lstmfc__scan_digits(&s, 4, 4, &year)) return 0;
        out->family = LSTMFC__TIME_NAMED;
    } else return 0;
    if (!lstmfc__is_date(year, month, day)) return 0;
    /* the clock is optional: when none follows, what does stays for the caller, who wants the whole cell to be taken */
    after_date = s;
    if ((lstmfc__scan_char(&s, 'T') || lstmfc__scan_char(&s, ' ')) && lstmfc__scan_clock(&s, &clock, &half)) lstmfc__scan_zone(&s, &zone);
    else s = after_date;
    if (half && out->family == LSTMFC__TIME_ISO) out->family = LSTMFC__TIME_HALF;
    if (zone && out->family == LSTMFC__TIME_NUMBERS) return 0;  /* so that day and month can still change places */
    out->time = lstmfc_time_from_civil(year, month, day) + clock - zone;
    *scan = s;
    return 1;
}

/* Only what can be read without its column: the family ISO with the year first and '-' behind it. Returns the bytes taken. */
LSTMFC__DEF size_t lstmfc_parse_time(const char *text, size_t length, int64_t *time)
{
    lstmfc__scan scan;
    lstmfc__moment moment;
    scan.at = text; scan.end = text + length;
    if (length < 10 || text[4] != '-' || !lstmfc__scan_moment(&scan, &moment) || moment.family != LSTMFC__TIME_ISO) return 0;
    *time = moment.time;
    return (size_t)(scan.at - text);
}

/* Epoch times. The magnitude tells the unit, with certainty between the years 1973 and 2200: seconds then have 9 or 10
   digits, milliseconds 12 or 13, and so on; what lies between two such ranges is refused. A told unit takes the years 1 to 9999. */
enum { LSTMFC__UNIT_AUTO = -1, LSTMFC__UNIT_S, LSTMFC__UNIT_MS, LSTMFC__UNIT_US, LSTMFC__UNIT_NS };

/* Reads digits, or digits.digits (pandas writes seconds as 1577836800.0), as a whole cell. Returns the unit, or -1: not an epoch
   time. 1577836800 -> s, 1577836800000 -> ms; 20200101 is too small for any unit and left to be a date. Digits of the fraction
   below a millisecond are dropped, as are micro- and nanoseconds, towards the past. */
LSTMFC__PRIVATE int32_t lstmfc__epoch(const char *text, size_t length, int32_t told, int64_t *out)
{
    const int64_t first = 100000000, last = 7258118400;         /* 1973-03-03 and 2200-01-01 in seconds */
    const int64_t year_1 = -62135596800000, year_10000 = 253402300800000;   /* in milliseconds */
    int64_t value = 0, fraction = 0, scale = 1;
    int32_t unit;
    size_t i = told != LSTMFC__UNIT_AUTO && length && text[0] == '-' ? 1 : 0, start = i;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        if (value > (INT64_MAX - 9) / 10) return -1;
        value = value * 10 + (text[i] - '0');
    }
    if (i == start) return -1;
    if (i < length && text[i] == '.') {
        /* tenths are 100 ms; from the fourth place on the weight is 0 */
        int64_t weight = 100;
        for (i++; i < length && text[i] >= '0' && text[i] <= '9'; i++) { fraction += weight * (text[i] - '0'); weight /= 10; }
    }
    if (i != length) return -1;
    if (start) { value = -value; fraction = -fraction; }
    for (unit = LSTMFC__UNIT_S; unit <= LSTMFC__UNIT_NS && told == LSTMFC__UNIT_AUTO; unit++, scale *= 1000)
        /* [1e8, 7.26e9) s, [1e11, 7.26e12) ms, ...: ranges that do not meet. No hit: unit runs past NS, the default case */
        if (value >= first * scale && value / scale < last) break;
    if (told != LSTMFC__UNIT_AUTO) unit = told;
    switch (unit) {
    case LSTMFC__UNIT_S:
        /* room for the product with 1000 and for the fraction added to it */
        if (value > INT64_MAX / 2000 || value < -(INT64_MAX / 2000)) return -1;
        value = value * 1000 + fraction;
        break;
    case LSTMFC__UNIT_MS: break;
    case LSTMFC__UNIT_US: value = lstmfc__floor_divide(value, 1000); break;
    case LSTMFC__UNIT_NS: value = lstmfc__floor_divide(value, 1000000); break;
    default: return -1;
    }
    *out = value;
    return value >= year_1 && value < year_10000 ? unit : -1;
}

/* ---- the series object -------------------------------------------------------------------------------------------- */

/* The library's own candles: the public struct, and one block that holds every array with room for `capacity` bars:

     [columns] lstmfc_column | [capacity] times | for each column: [capacity] values, [capacity] missing flags, its name

   each part beginning at a multiple of 64 bytes. Columns and not bars lie together, because indicators walk along one column.
   Invariants: candles.internal points back at the series; role[r] and the public pointers open .. volume name the same arrays; rows
   from count to capacity are free; a column's `missing` is NULL or its place in the block. Candles over the caller's own arrays
   have internal NULL and none of this: they are read, never grown or freed. */
enum { LSTMFC__OPEN, LSTMFC__HIGH, LSTMFC__LOW, LSTMFC__CLOSE, LSTMFC__VOLUME, LSTMFC__ROLES };

typedef struct lstmfc__series {
    lstmfc_candles candles;         /* first: the public pointer is this object's */
    lstmfc_env env;
    size_t capacity;
    void *block;
    size_t block_size;
    int32_t role[LSTMFC__ROLES];    /* index into columns, -1 = absent */
} lstmfc__series;

/* The names of the enum above, with "time" behind them for messages about the one role that has no array of doubles. */
LSTMFC__PRIVATE const char *lstmfc__role_name(int32_t role)
{
    static const char *const names[] = {"open", "high", "low", "close", "volume", "time"};
    return names[role];
}

/* The public role pointers follow the columns. */
LSTMFC__PRIVATE void lstmfc__series_alias(lstmfc__series *series)
{
    lstmfc_candles *c = &series->candles;
    double **role[LSTMFC__ROLES];
    int32_t r;
    role[LSTMFC__OPEN] = &c->open; role[LSTMFC__HIGH] = &c->high; role[LSTMFC__LOW] = &c->low;
    role[LSTMFC__CLOSE] = &c->close; role[LSTMFC__VOLUME] = &c->volume;
    for (r = 0; r < LSTMFC__ROLES; r++) *role[r] = series->role[r] < 0 ? NULL : c->columns[series->role[r]].values;
}

/* Gives the series a new block for `capacity` bars of columns with these names, and copies what it has into it. Every column
   has room for its missing flags; `missing` stays NULL until one is set. On failure the series is as it was.
   The body runs twice over the same slab: the first pass only adds up sizes (checked), the second hands out places in the block
   that was then allocated. Written once, the two can never disagree about the layout. */
LSTMFC__PRIVATE lstmfc_result lstmfc__series_reserve(lstmfc__series *series, size_t capacity, const char *const *names, size_t columns,
                                                     lstmfc_error *err)
{
    lstmfc_candles *c = &series->candles;
    lstmfc_column *out = NULL;
    int64_t *time = NULL;
    void *block = NULL;
    size_t size = 0, i, pass;
    for (pass = 0; pass < 2; pass++) {
        lstmfc__slab slab = {NULL, 0, 0};
        if (pass) {
            block = lstmfc__alloc(&series->env, size, 1, err);
            if (!block) return LSTMFC_ERROR_MEMORY;
            slab.base = (unsigned char *)block;
        }
        out = (lstmfc_column *)lstmfc__take(&slab, columns, sizeof *out);
        time = (int64_t *)lstmfc__take(&slab, capacity, sizeof *time);
        for (i = 0; i < columns; i++) {
            double *values = (double *)lstmfc__take(&slab, capacity, sizeof *values);
            unsigned char *missing = (unsigned char *)lstmfc__take(&slab, capacity, 1);
            size_t length = strlen(names[i]) + 1;
            char *name = (char *)lstmfc__take(&slab, length, 1);
            if (!pass) continue;
            memcpy(name, names[i], length);
            out[i].name = name;
            out[i].values = values;
            if (i < c->column_count) {                          /* growing: the columns are the same ones */
                memcpy(values, c->columns[i].values, c->count * sizeof *values);
                out[i].blanks = c->columns[i].blanks;
                if (c->columns[i].missing) out[i].missing = (unsigned char *)memcpy(missing, c->columns[i].missing, c->count);
            }
        }
        if (slab.overflow) return lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z bars do not fit the address space", capacity);
        size = slab.used;
    }
    if (c->count) memcpy(time, c->time, c->count * sizeof *time);
    lstmfc__free(&series->env, series->block, series->block_size, 1);
    series->block = block;
    series->block_size = size;
    series->capacity = capacity;
    c->columns = out;
    c->column_count = columns;
    c->time = time;
    lstmfc__series_alias(series);
    return LSTMFC_OK;
}

/* The missing flags of a column, brought into being (all 0). They stand behind the values, where reserve left room. */
LSTMFC__PRIVATE unsigned char *lstmfc__series_missing(lstmfc__series *series, size_t column)
{
    lstmfc_column *c = &series->candles.columns[column];
    if (!c->missing) {
        size_t bytes = (series->capacity * sizeof *c->values + LSTMFC__ALIGN - 1) / LSTMFC__ALIGN * LSTMFC__ALIGN;
        c->missing = (unsigned char *)c->values + bytes;
    }
    return c->missing;
}

/* A series of count zeroed bars with these columns; role[r] says which column is open, high, ... */
LSTMFC__PRIVATE lstmfc__series *lstmfc__series_create(size_t count, const char *const *names, size_t columns,
                                                      const int32_t role[LSTMFC__ROLES], const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc__series *series = (lstmfc__series *)lstmfc__alloc(&filled, 1, sizeof *series, err);
    if (!series) return NULL;
    series->env = filled;
    memcpy(series->role, role, sizeof series->role);
    if (lstmfc__series_reserve(series, count, names, columns, err)) {
        lstmfc__free(&filled, series, 1, sizeof *series);
        return NULL;
    }
    series->candles.count = count;
    series->candles.internal = series;
    return series;
}

/* Columns 0 to 4 are the roles 0 to 4, all zero: the caller fills them. */
LSTMFC__DEF lstmfc_candles *lstmfc_candles_create(size_t count, const lstmfc_env *env, lstmfc_error *err)
{
    static const char *const names[] = {"open", "high", "low", "close", "volume"};
    static const int32_t role[LSTMFC__ROLES] = {0, 1, 2, 3, 4};
    lstmfc__series *series = lstmfc__series_create(count, names, LSTMFC__ROLES, role, env, err);
    return series ? &series->candles : NULL;
}

/* Candles over the caller's own arrays have no `internal`: nothing here is ours to free. */
LSTMFC__DEF void lstmfc_candles_free(lstmfc_candles *candles)
{
    lstmfc__series *series = candles ? (lstmfc__series *)candles->internal : NULL;
    if (!series) return;
    lstmfc__free(&series->env, series->block, series->block_size, 1);
    lstmfc__free(&series->env, series, 1, sizeof *series);
}

/* One of the five role arrays of any candles, the caller's own included. */
LSTMFC__PRIVATE double *lstmfc__role_values(const lstmfc_candles *c, int32_t role)
{
    switch (role) {
    case LSTMFC__OPEN: return c->open;
    case LSTMFC__HIGH: return c->high;
    case LSTMFC__LOW: return c->low;
    case LSTMFC__CLOSE: return c->close;
    default: return c->volume;
    }
}

/* Collects what has to be copied - the listed columns, then role arrays of the caller that are not among them - and gathers it into
   a new series. So a slice of candles over the caller's own arrays becomes an ordinary one of the library's. */
LSTMFC__DEF lstmfc_candles *lstmfc_candles_slice(const lstmfc_candles *candles, size_t first, size_t count, lstmfc_error *err)
{
    const lstmfc__series *from;
    lstmfc__series *series;
    lstmfc_env env;
    const char **names;
    const lstmfc_column **source;
    lstmfc_column roles[LSTMFC__ROLES];
    int32_t role[LSTMFC__ROLES], r;
    size_t i, columns, most;
    if (!candles) { lstmfc__fail_null(err, "candles"); return NULL; }
    /* not first + count > candles->count: that sum can wrap around and look small */
    if (first > candles->count || count > candles->count - first) {
        lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "rows %z to %z: the series has %z rows", first, first + count, candles->count);
        return NULL;
    }
    from = (const lstmfc__series *)candles->internal;
    env = lstmfc__env_fill(from ? &from->env : NULL);
    most = candles->column_count + LSTMFC__ROLES;
    names = (const char **)lstmfc__alloc(&env, most, sizeof *names, err);
    source = (const lstmfc_column **)lstmfc__alloc(&env, most, sizeof *source, err);
    series = NULL;
    if (names && source) {
        for (columns = 0; columns < candles->column_count; columns++) {
            source[columns] = &candles->columns[columns];
            names[columns] = source[columns]->name;
        }
        for (r = 0; r < LSTMFC__ROLES; r++) {
            double *values = lstmfc__role_values(candles, r);
            role[r] = -1;
            if (!values) continue;
            for (i = 0; i < columns && source[i]->values != values; i++) continue;
            if (i == columns) {                                 /* the caller's own array, not listed as a column */
                memset(&roles[r], 0, sizeof roles[r]);
                roles[r].values = values;
                source[columns] = &roles[r];
                names[columns++] = lstmfc__role_name(r);
            }
            role[r] = (int32_t)i;
        }
        series = lstmfc__series_create(count, names, columns, role, &env, err);
        for (i = 0; series && i < columns; i++) {
            const lstmfc_column *column = source[i];
            series->candles.columns[i].blanks = column->blanks;
            if (count) memcpy(series->candles.columns[i].values, column->values + first, count * sizeof *column->values);
            if (column->missing && count) memcpy(lstmfc__series_missing(series, i), column->missing + first, count);
        }
    }
    if (series) {
        if (count) memcpy(series->candles.time, candles->time + first, count * sizeof *candles->time);
        series->candles.interval = candles->interval;
        series->candles.synthetic = candles->synthetic;
    }
    lstmfc__free(&env, names, most, sizeof *names);
    lstmfc__free(&env, source, most, sizeof *source);
    return series ? &series->candles : NULL;
}

/* Wraps round instead of overflowing: the times may be anything. */
LSTMFC__PRIVATE int64_t lstmfc__step(const int64_t *time, size_t t) { return (int64_t)((uint64_t)time[t] - (uint64_t)time[t - 1]); }

/* How live data come in: one bar at a time, each later than all before it. A bar that does not ascend is refused and not sorted
   in, for what was computed from the bars after it would be wrong in hindsight. */
LSTMFC__DEF lstmfc_result lstmfc_candles_append(lstmfc_candles *candles, int64_t time, double open, double high, double low,
                                                double close, double volume, lstmfc_error *err)
{
    lstmfc__series *series;
    double bar[LSTMFC__ROLES];
    size_t i, t;
    int32_t r;
    if (!candles) return lstmfc__fail_null(err, "candles");
    series = (lstmfc__series *)candles->internal;
    if (!series) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "a bar can be appended only to a series that the library made");
    t = candles->count;
    if (t && time <= candles->time[t - 1]) {
        char given[32], last[32];
        lstmfc_format_time(given, time);
        lstmfc_format_time(last, candles->time[t - 1]);
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "the new bar's time %s is not later than the last bar's %s", given, last);
    }
    if (t == series->capacity) {                                /* doubling: n appended bars are copied O(n) times in all */
        size_t capacity = t < 16 ? 16 : t > SIZE_MAX / 2 ? SIZE_MAX : t * 2;
        const char **names = (const char **)lstmfc__alloc(&series->env, candles->column_count, sizeof *names, err);
        lstmfc_result result = LSTMFC_ERROR_MEMORY;
        if (!names) return result;
        for (i = 0; i < candles->column_count; i++) names[i] = candles->columns[i].name;
        result = lstmfc__series_reserve(series, capacity, names, candles->column_count, err);
        lstmfc__free(&series->env, names, candles->column_count, sizeof *names);
        if (result) return result;
    }
    bar[LSTMFC__OPEN] = open; bar[LSTMFC__HIGH] = high; bar[LSTMFC__LOW] = low; bar[LSTMFC__CLOSE] = close; bar[LSTMFC__VOLUME] = volume;
    for (i = 0; i < candles->column_count; i++) {               /* a column that the bar does not bring is blank there */
        for (r = 0; r < LSTMFC__ROLES && series->role[r] != (int32_t)i; r++) continue;
        candles->columns[i].values[t] = r < LSTMFC__ROLES ? bar[r] : lstmfc_nan();
        if (r == LSTMFC__ROLES) lstmfc__series_missing(series, i)[t] = 1;
        else if (candles->columns[i].missing) candles->columns[i].missing[t] = 0;
    }
    candles->time[t] = time;
    candles->count = t + 1;
    if (t == 1 && !candles->interval) candles->interval = lstmfc__step(candles->time, 1);
    return LSTMFC_OK;
}

/* Are the names the same, byte for byte or (exact 0) but for the case of ASCII letters? a has `length` bytes, b ends with NUL. */
LSTMFC__PRIVATE int lstmfc__same_name(const char *a, size_t length, const char *b, int32_t exact)
{
    size_t k;
    for (k = 0; k < length && b[k]; k++) if (exact ? a[k] != b[k] : lstmfc__lower(a[k]) != lstmfc__lower(b[k])) return 0;
    return k == length && !b[k];
}

/* By name: a role, else a column of exactly this name, else one that differs in the case of letters only. An exact name wins over
   an earlier column that is merely alike: with "Volume BTC" and "volume btc" in a file both can be had. */
LSTMFC__DEF const double *lstmfc_candles_column(const lstmfc_candles *candles, const char *name)
{
    size_t i;
    int32_t r, exact;
    if (!candles || !name) return NULL;
    /* the five roles first: a column called "close" may be another one than the close, when columns=close=... said so */
    for (r = 0; r < LSTMFC__ROLES; r++)
        if (strcmp(name, lstmfc__role_name(r)) == 0 && lstmfc__role_values(candles, r)) return lstmfc__role_values(candles, r);
    for (exact = 1; exact >= 0; exact--)
        for (i = 0; i < candles->column_count; i++)
            if (lstmfc__same_name(name, strlen(name), candles->columns[i].name, exact)) return candles->columns[i].values;
    return NULL;
}

/* Hashes bits, not values: two series have the same fingerprint when every number is the same to the last bit. */
LSTMFC__PRIVATE uint64_t lstmfc__hash_values(uint64_t hash, const double *values, size_t count)
{
    uint64_t bits;
    size_t t;
    for (t = 0; t < count; t++) {
        memcpy(&bits, &values[t], sizeof bits);
        if (lstmfc_is_nan(values[t])) bits = (uint64_t)0x7ff8 << 48;    /* every NaN is the same blank */
        hash = lstmfc_hash(hash, bits);
    }
    return hash;
}

/* A model file keeps the fingerprint of the bars it was fitted on; so one can tell later whether a file is still the same data.
   Roles are hashed by number (99 = absent) and other columns by name, so that neither can stand in for the other. */
LSTMFC__DEF int64_t lstmfc_candles_fingerprint(const lstmfc_candles *candles, size_t count)
{
    uint64_t hash;
    size_t i, t, k;
    int32_t r;
    int64_t out;
    if (!candles) return 0;
    if (count > candles->count) count = candles->count;
    hash = lstmfc_hash(12, (uint64_t)count);                    /* 12: any constant, so that no other hash begins alike */
    for (t = 0; t < count; t++) hash = lstmfc_hash(hash, (uint64_t)candles->time[t]);
    for (r = 0; r < LSTMFC__ROLES; r++) {
        const double *values = lstmfc__role_values(candles, r);
        hash = lstmfc_hash(hash, values ? (uint64_t)r : 99);
        if (values) hash = lstmfc__hash_values(hash, values, count);
    }
    for (i = 0; i < candles->column_count; i++) {               /* further columns, by name */
        const lstmfc_column *column = &candles->columns[i];
        for (r = 0; r < LSTMFC__ROLES && lstmfc__role_values(candles, r) != column->values; r++) continue;
        if (r < LSTMFC__ROLES) continue;
        for (k = 0; column->name[k]; k++) hash = lstmfc_hash(hash, (unsigned char)column->name[k]);
        hash = lstmfc__hash_values(hash, column->values, count);
    }
    memcpy(&out, &hash, sizeof out);
    return out;
}

/* Bars missing in a step of a series with this interval, 0 for a step of up to 1.5 intervals: the step in intervals, rounded, less
   one. Months of 28 to 31 days are no gaps. */
LSTMFC__PRIVATE int64_t lstmfc__missing_bars(int64_t step, int64_t interval)
{
    if (interval <= 0 || step <= interval || step - interval <= interval / 2) return 0;
    /* hours: a step of 3 h misses 2 bars, one of 2 h 40 min is taken for 3 h and misses 2, one of 1 h 20 min misses none */
    return step / interval - 1 + (step % interval > interval / 2);
}

/* The step that more than half of all steps have; 0 = none. Boyer and Moore (1981): let every step cancel one different step; if
   one value has the majority, it is what is left. One pass, no memory; a second pass counts whether it really has. */
LSTMFC__PRIVATE int64_t lstmfc__majority_step(const int64_t *time, size_t count)
{
    int64_t candidate = 0;
    size_t t, lead = 0, votes = 0;
    for (t = 1; t < count; t++) {
        int64_t step = lstmfc__step(time, t);
        /* steps 1 1 2 1 3 1 hours: lead 1 2 1 2 1 2, the candidate is 1, and it has 4 of 6 votes */
        if (!lead) candidate = step;
        if (step == candidate) lead++; else lead--;
    }
    for (t = 1; t < count; t++) votes += lstmfc__step(time, t) == candidate;
    return count > 1 && votes > (count - 1) / 2 ? candidate : 0;
}

/* 1 when high or low of a bar do not enclose the others: low <= open, close <= high. Absent and NaN prices do not count. Such bars
   are counted and kept, as real exports have them (a high rounded down); the backtester widens the bar instead of believing it. */
LSTMFC__PRIVATE int lstmfc__breaks_order(const lstmfc_candles *c, size_t t)
{
    const double *price[3];
    int32_t i;
    /* the low stands in the list too: a low above the high breaks the order without any other price */
    price[0] = c->open; price[1] = c->close; price[2] = c->low;
    if (c->high) for (i = 0; i < 3; i++) if (price[i] && price[i][t] > c->high[t]) return 1;
    if (c->low) for (i = 0; i < 2; i++) if (price[i] && price[i][t] < c->low[t]) return 1;
    return 0;
}

/* Counts everything, and remembers the first thing that makes the series unusable: a time that does not ascend or a price that is
   no price. Gaps, volumes and bars whose high is too low are reported and do not fail. */
LSTMFC__DEF lstmfc_result lstmfc_candles_check(const lstmfc_candles *candles, lstmfc_candles_report *report, lstmfc_error *err)
{
    lstmfc_candles_report own;
    int64_t interval, missing;
    size_t t;
    int32_t r;
    const char *what = NULL;
    char time[32];
    if (!candles) return lstmfc__fail_null(err, "candles");
    if (!candles->time && candles->count) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "candles have no times");
    if (!report) report = &own;
    memset(report, 0, sizeof *report);
    report->first_bad_row = -1;
    interval = candles->interval ? candles->interval : lstmfc__majority_step(candles->time, candles->count);
    for (t = 0; t < candles->count; t++) {
        const char *bad = NULL;
        if (t && candles->time[t] == candles->time[t - 1]) { report->duplicate_times++; bad = "its time is that of the bar before"; }
        else if (t && candles->time[t] < candles->time[t - 1]) { report->backward_times++; bad = "its time is before that of the bar before"; }
        else if (t) {
            missing = lstmfc__missing_bars(lstmfc__step(candles->time, t), interval);
            report->missing_bars += missing;
            report->gaps += missing > 0;
        }
        for (r = 0; r < LSTMFC__ROLES; r++) {
            const double *values = lstmfc__role_values(candles, r);
            if (!values) continue;
            if (!lstmfc_is_finite(values[t])) {
                report->nan_cells++;
                if (r != LSTMFC__VOLUME && !bad) bad = "a price is not a number";
            } else if (r == LSTMFC__VOLUME) report->negative_volumes += values[t] < 0;
            else if (values[t] <= 0) {
                report->nonpositive_prices++;
                if (!bad) bad = "a price is not above zero";
            }
        }
        report->ohlc_violations += lstmfc__breaks_order(candles, t);
        if (bad && !what) { what = bad; report->first_bad_row = (int64_t)t; }
    }
    if (!what) return LSTMFC_OK;
    lstmfc_format_time(time, candles->time[report->first_bad_row]);
    return lstmfc__fail(err, LSTMFC_ERROR_DATA, "bar %l (%s): %s", report->first_bad_row, time, what);
}

/* ---- CSV 1: source and records ------------------------------------------------------------------------------------- */

static const lstmfc_field lstmfc__csv_fields[] = {
#define LSTMFC__X(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(lstmfc_csv_desc, name), #name, preset, range, help},
    LSTMFC_CSV_DESC(LSTMFC__X)
#undef LSTMFC__X
};

LSTMFC__DEF const lstmfc_field *lstmfc_csv_desc_fields(size_t *count)
{
    if (count) *count = LSTMFC__COUNT(lstmfc__csv_fields);
    return lstmfc__csv_fields;
}

LSTMFC__DEF lstmfc_result lstmfc_csv_desc_resolve(lstmfc_csv_desc *desc, lstmfc_error *err)
{
    return lstmfc_fields_resolve(desc, lstmfc__csv_fields, LSTMFC__COUNT(lstmfc__csv_fields), err);
}

/* Every option at its preset: resolving a zeroed struct cannot fail, so there is no error to pass on. */
LSTMFC__DEF lstmfc_csv_desc lstmfc_csv_desc_default(void)
{
    lstmfc_csv_desc desc;
    memset(&desc, 0, sizeof desc);
    lstmfc_csv_desc_resolve(&desc, NULL);
    return desc;
}

/* Bytes read at a time, which is also what the layout may look at; bytes of the longest record; records of the sample. */
enum { LSTMFC__CSV_BLOCK = 1 << 18, LSTMFC__CSV_RECORD = 1 << 20, LSTMFC__CSV_SAMPLE = 64 };
enum { LSTMFC__ROLE_TIME = LSTMFC__ROLES, LSTMFC__ROLE_NONE };          /* after open .. volume */
enum { LSTMFC__CELL_IGNORED, LSTMFC__CELL_NUMBER, LSTMFC__CELL_TIME, LSTMFC__CELL_CLOCK };   /* CLOCK: time of day beside a date */
enum { LSTMFC__POINT = 1, LSTMFC__COMMA = 2 };                          /* decimal marks, as bits */

/* start: where it begins in the text, at its quote if it has one; text: without quotes and the blanks at both ends. */
typedef struct lstmfc__csv_cell { const char *start, *text; size_t length; int quoted; } lstmfc__csv_cell;

/* What is known of one column. The sample_ counts come from the first records and decide what the column is; marks, blanks and
   numbers grow while the file is read. A column without a role may stop being numeric in row 30,000: it is then dropped, not the
   file. */
typedef struct lstmfc__csv_column {
    const char *name;
    int32_t role, rank;             /* rank: how well the name fits the role; the lowest of a role gets it */
    int32_t kind;
    size_t slot;                    /* NUMBER: its place in a row; TIME: 0 first choice, 1 second */
    int64_t blanks, numbers;
    int32_t marks;                  /* decimal marks that cells have proved */
    int32_t sample_rows, sample_text, sample_times, sample_midnights, sample_clocks;
} lstmfc__csv_column;

/* A cell that proved something, for the message that has to name it later. */
typedef struct lstmfc__csv_proof { int64_t line, column; const char *name; char text[48]; } lstmfc__csv_proof;

/* A column of times. The file's first unusable cell is kept: the second choice may still do. */
typedef struct lstmfc__csv_times {
    int32_t column;                 /* -1 = none */
    int32_t families, units;        /* bits seen */
    int32_t order;                  /* of NUMBERS: 0 not known, 'd' or 'm' first */
    size_t  undecided;              /* rows before this one were read month first without proof */
    char    mark;
    lstmfc__csv_proof order_proof;  /* the first of NUMBERS, then the one that proved the order */
    lstmfc__csv_proof bad;
    const char *why;                /* NULL = usable so far */
} lstmfc__csv_times;

/* A cell that reads differently with a point and with a comma, from before the file told which: its value with a comma. */
typedef struct lstmfc__csv_twin { size_t row, slot; double value; } lstmfc__csv_twin;

/* The reader: one struct, passed to every function below, whose parts belong to the six steps of the essay. Unless it says
   otherwise a function that can fail returns 0 after filling err, so that a chain of steps reads a && b && c. */
typedef struct lstmfc__csv {
    lstmfc_csv_desc desc;
    lstmfc_env env;
    lstmfc_error *err;
    lstmfc_csv_report *report;
    const char *path;               /* NULL = memory */

    /* source: text[0..length) is the window; for a stream it is `buffer`, moved along by fill */
    const char *text;
    size_t length, position;
    int64_t line, before;           /* line of position; bytes that have left the window */
    int at_end, sampling;
    char *buffer;
    size_t capacity;
    size_t (*read)(void *context, char *out, size_t size, const char **cause);  /* fewer than size = the end */
    void *context;

    /* the record that was read last */
    const char *record;
    int64_t record_line, record_lines;
    lstmfc__csv_cell *cell;
    size_t cells, cell_capacity;
    unsigned char stop[256];        /* 1: the byte ends an unquoted cell */

    /* layout */
    size_t columns;
    lstmfc__csv_column *column;
    char *names;
    size_t names_size;
    lstmfc__csv_times times[2];
    int32_t clocks;                 /* how many of times are there: 1 or 2 */
    int32_t chosen;                 /* the one that is used */
    int32_t day_clock;              /* column of times of day, to be added to the date; -1 = none */
    int32_t synthetic;
    int32_t unit;                   /* told unit of epoch times */
    size_t slots;

    /* rows: [rows][clocks] times, [rows] places (line << 32 | column of the time cell), [rows][slots] numbers */
    size_t rows, time_capacity, place_capacity, number_capacity;
    int64_t *time;
    uint64_t *place;
    double *number;

    /* decimal mark */
    char decimal;                   /* 0 = not known yet */
    int decimal_told;
    lstmfc__csv_proof decimal_proof;
    lstmfc__csv_twin *twin;
    size_t twins, twin_capacity;
    lstmfc__csv_proof doubt;        /* the first twin that the separator does not settle */
} lstmfc__csv;

/* A cell as it may stand in a message: short, printable. */
LSTMFC__PRIVATE const char *lstmfc__csv_show(char out[48], const lstmfc__csv_cell *cell)
{
    size_t i, n = cell->length < 40 ? cell->length : 40;
    for (i = 0; i < n; i++) out[i] = (char)((unsigned char)cell->text[i] < 32 ? '?' : cell->text[i]);
    /* byte n is the first that is cut off: if it continues a character, the ones before it go too, down to its first byte */
    while (n < cell->length && n && ((unsigned char)cell->text[n] & 0xc0) == 0x80) n--;    /* no half of a character */
    memcpy(out + n, "...", 4);
    if (n == cell->length) out[n] = 0;
    return out;
}

/* Fails at a line and column: "file: line 3, column 21: ...". line 0 = the file as a whole. */
LSTMFC__PRIVATE int lstmfc__csv_fail_list(lstmfc__csv *csv, lstmfc_result code, int64_t line, int64_t column, int64_t offset,
                                          const char *format, va_list arguments)
{
    char message[480];
    const char *path = csv->path ? csv->path : "CSV";
    lstmfc__text text = {NULL, 0, 0};
    text.out = message; text.size = sizeof message;
    message[0] = 0;
    lstmfc__text_format(&text, format, arguments);
    if (line) lstmfc__fail_at(csv->err, code, line, column, offset, "%s: line %l, column %l: %s", path, line, column, message);
    else lstmfc__fail(csv->err, code, "%s: %s", path, message);
    return 0;
}

/* Three ways to fail: at a line and column that were kept (a proof), for a wrong option, and at a byte of the current record. */
LSTMFC__PRIVATE int lstmfc__csv_fail_line(lstmfc__csv *csv, int64_t line, int64_t column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lstmfc__csv_fail_list(csv, LSTMFC_ERROR_DATA, line, column, 0, format, arguments);
    va_end(arguments);
    return 0;
}

/* Before the file is at fault its options may be: no line to name. */
LSTMFC__PRIVATE int lstmfc__csv_fail_argument(lstmfc__csv *csv, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lstmfc__csv_fail_list(csv, LSTMFC_ERROR_ARGUMENT, 0, 0, 0, format, arguments);
    va_end(arguments);
    return 0;
}

/* Line and column of a place in the current record. Columns count characters (UTF-8), not bytes: bytes 10xxxxxx continue a
   character. Lines end inside a record only between quotes. */
LSTMFC__PRIVATE void lstmfc__csv_place(const lstmfc__csv *csv, const char *at, int64_t *line, int64_t *column)
{
    const char *p;
    *line = csv->record_line;
    *column = 1;
    for (p = csv->record; p < at; p++) {
        if (*p == '\n' || (*p == '\r' && p[1] != '\n')) { ++*line; *column = 1; }
        else if (((unsigned char)*p & 0xc0) != 0x80 && *p != '\r') ++*column;
    }
}

/* at: a byte of the window; `before` turns its place there into the offset in the whole file. */
LSTMFC__PRIVATE int lstmfc__csv_fail(lstmfc__csv *csv, const char *at, const char *format, ...)
{
    va_list arguments;
    int64_t line, column;
    lstmfc__csv_place(csv, at, &line, &column);
    va_start(arguments, format);
    lstmfc__csv_fail_list(csv, LSTMFC_ERROR_DATA, line, column, csv->before + (int64_t)(at - csv->text), format, arguments);
    va_end(arguments);
    return 0;
}

/* Makes room for `need` elements of `size` bytes in *array by doubling, so that n elements one by one cost O(n) copies in all. */
LSTMFC__PRIVATE int lstmfc__csv_room(lstmfc__csv *csv, void **array, size_t *capacity, size_t need, size_t size)
{
    void *grown;
    size_t wanted = *capacity ? *capacity : 32;
    if (need <= *capacity) return 1;
    while (wanted < need) wanted = wanted > SIZE_MAX / 2 ? SIZE_MAX : wanted * 2;
    grown = lstmfc__grow(&csv->env, *array, *capacity, wanted, size, csv->err);
    if (!grown) return 0;
    *array = grown;
    *capacity = wanted;
    return 1;
}

/* Moves what is left of the window to the front and reads on. 0 = failed.

     before:  ....taken....|rest of a record|                  after:  |rest of a record|new bytes.............|
              0        position          length                        0 = position                       length

   A source in memory is one window that never moves (at_end from the start), so that nothing is copied. */
LSTMFC__PRIVATE int lstmfc__csv_fill(lstmfc__csv *csv)
{
    size_t rest = csv->length - csv->position, got, room;
    const char *cause = NULL;
    if (csv->at_end) return 1;
    if (csv->capacity - rest < LSTMFC__CSV_BLOCK) {             /* a long record: at most LSTMFC__CSV_RECORD, see next */
        char *grown = (char *)lstmfc__grow(&csv->env, csv->buffer, csv->capacity, rest + 2 * LSTMFC__CSV_BLOCK, 1, csv->err);
        if (!grown) return 0;
        csv->buffer = grown;
        csv->capacity = rest + 2 * LSTMFC__CSV_BLOCK;
    }
    memmove(csv->buffer, csv->buffer + csv->position, rest);
    csv->before += (int64_t)csv->position;
    csv->position = 0;
    room = LSTMFC__CSV_BLOCK;
    got = csv->read(csv->context, csv->buffer + rest, room, &cause);
    if (cause) {
        lstmfc__fail(csv->err, LSTMFC_ERROR_OPEN, "%s: cannot be read: %s", csv->path, cause);
        return 0;
    }
    /* read promises all that was asked for unless the source ends, so fewer bytes mean that there is no more */
    csv->at_end = got < room;
    csv->text = csv->buffer;
    csv->length = rest + got;
    /* the bytes that have left plus those in the window, compared without a sum that could overflow */
    if (csv->before > csv->env.limits.file_bytes - (int64_t)csv->length) {
        lstmfc__fail(csv->err, LSTMFC_ERROR_LIMIT, "%s: longer than the limit of %l bytes", csv->path, csv->env.limits.file_bytes);
        return 0;
    }
    return 1;
}

/* Splits the record at the window's position into cells (RFC 4180; a record ends with LF, CRLF or CR). Returns the bytes it
   takes with its line end, 0 when the window ends first, SIZE_MAX after an error. When the window ends inside a record, everything
   so far is forgotten and split again after the next fill: simpler than a state that survives, and a record is seldom cut.
   A CR as last byte of the window is such a cut too: an LF may follow. Cells point into the window and die with the next fill. */
LSTMFC__PRIVATE size_t lstmfc__csv_split(lstmfc__csv *csv)
{
    const char *text = csv->text + csv->position, *end = csv->text + csv->length, *p = text, *last;
    csv->record = text;
    csv->record_line = csv->line;
    csv->record_lines = 1;
    csv->cells = 0;
    for (;;) {
        lstmfc__csv_cell *cell;
        void *array = csv->cell;
        if (!lstmfc__csv_room(csv, &array, &csv->cell_capacity, csv->cells + 1, sizeof *cell)) return SIZE_MAX;
        csv->cell = (lstmfc__csv_cell *)array;
        cell = &csv->cell[csv->cells++];
        while (p < end && *p == ' ') p++;
        cell->start = cell->text = p;
        cell->quoted = p < end && *p == '"';
        /* two kinds of cells: a quoted one may hold separators and line ends, any other ends at the first byte that stops */
        if (cell->quoted) {
            cell->text = ++p;
            for (;; p += 2) {                                   /* "" inside is one quote and does not end the cell */
                for (; p < end && *p != '"' && *p; p++)
                    if (*p == '\n' || (*p == '\r' && p + 1 < end && p[1] != '\n')) csv->record_lines++;
                if (p == end) {
                    if (!csv->at_end && p - text <= LSTMFC__CSV_RECORD) return 0;
                    lstmfc__csv_fail(csv, cell->start, "the quote that opens here is never closed");
                    return SIZE_MAX;
                }
                if (!*p) break;
                /* a quote that ends the window: whether a second follows is seen after the next fill, which splits anew */
                if (p + 1 == end || p[1] != '"') break;
            }
            last = p;
            if (p < end && *p == '"') p++;
            while (p < end && *p == ' ') p++;
            while (cell->text < last && *cell->text == ' ') cell->text++;
            if (p < end && !csv->stop[(unsigned char)*p]) {
                lstmfc__csv_fail(csv, p, "text after a closing quote: expected the separator or the end of the line");
                return SIZE_MAX;
            }
        } else {
            while (p < end && !csv->stop[(unsigned char)*p]) p++;
            last = p;
        }
        while (last > cell->text && last[-1] == ' ') last--;
        cell->length = (size_t)(last - cell->text);
        if (p == end) return csv->at_end ? (size_t)(p - text) : 0;
        /* what stopped the cell: the next cell follows, or the record ends with LF, CR or CRLF, or it was a NUL */
        if (*p == csv->report->separator) { p++; continue; }
        if (*p == '\n') return (size_t)(p - text) + 1;
        if (*p == '\r') {
            if (p + 1 == end) return csv->at_end ? (size_t)(p - text) + 1 : 0;
            return (size_t)(p - text) + 1 + (p[1] == '\n');
        }
        lstmfc__csv_fail(csv, p, "a NUL byte: this is not a text file");
        return SIZE_MAX;
    }
}

/* Reads the next record that is not an empty line. 1 = there it is, 0 = the end, -1 = failed. While sampling, the window is
   not moved and an error is only the end of the sample. */
LSTMFC__PRIVATE int lstmfc__csv_next(lstmfc__csv *csv)
{
    for (;;) {
        size_t taken;
        if (csv->position == csv->length && csv->at_end) return 0;
        taken = csv->position < csv->length ? lstmfc__csv_split(csv) : 0;
        if (taken == SIZE_MAX) return csv->sampling ? 0 : -1;
        /* a bound on the window: a file without line ends is refused after 1 MiB instead of being read into memory whole */
        if (taken > LSTMFC__CSV_RECORD || (!taken && csv->length - csv->position > LSTMFC__CSV_RECORD)) {
            lstmfc__csv_fail(csv, csv->record, "a line of more than %d bytes", (int32_t)LSTMFC__CSV_RECORD);
            return -1;
        }
        if (!taken) {
            if (csv->sampling) return 0;
            if (!lstmfc__csv_fill(csv)) return -1;
            continue;
        }
        csv->position += taken;
        csv->line += csv->record_lines;
        /* one unquoted cell of blanks is an empty line; "" in quotes is a record with an empty cell */
        if (csv->cells > 1 || csv->cell[0].length || csv->cell[0].quoted) return 1;
    }
}

/* ---- CSV 2: what a cell says ---------------------------------------------------------------------------------------- */

/* A cell alone often has several readings: 1.158 is a small number or a large one, 20200101 a number or a date. The functions here
   list the readings; what the column and the file make of them is decided in parts 4 and 5. */

/* The whole cell as a time of day. */
LSTMFC__PRIVATE int lstmfc__csv_clock(const lstmfc__csv_cell *cell, int64_t *out)
{
    lstmfc__scan scan;
    int32_t half;
    scan.at = cell->text; scan.end = cell->text + cell->length;
    return lstmfc__scan_clock(&scan, out, &half) && scan.at == scan.end;
}

/* The spellings of "no value" that exports use, in any case; the empty cell too. Nothing else: "?" or "#REF!" in a price column is
   an error the user should see. */
LSTMFC__PRIVATE int lstmfc__csv_blank(const lstmfc__csv_cell *cell)
{
    static const char *const spellings[] = {"-", "null", "nan", "na", "n/a", "none"};
    size_t i;
    if (!cell->length) return 1;
    if (cell->length > 4) return 0;
    for (i = 0; i < LSTMFC__COUNT(spellings); i++) {
        lstmfc__scan scan;
        scan.at = cell->text; scan.end = cell->text + cell->length;
        if (lstmfc__scan_word(&scan, spellings[i]) && scan.at == scan.end) return 1;
    }
    return 0;
}

/* Reads a whole cell as a number whose decimal mark is `point` and whose thousands (groups of exactly three digits) may be
   separated by `group`; K, M, B and % behind it scale by 1e3, 1e6, 1e9 and 1e-2. 0 = it is not one.
     11,803.1 -> 11803.1     698.62K -> 698620     1,23 -> no (a group of two)     0,123 -> no (nobody writes thousands of 0)
   The cell is rewritten as plain text and converted once, so that the result is the nearest double and 698.62K does not pick up the
   rounding of a multiplication. `run` is the length of the current run of digits. */
LSTMFC__PRIVATE int lstmfc__csv_number_as(const lstmfc__csv_cell *cell, char point, char group, double *value)
{
    char plain[64];
    const char *p = cell->text, *end = p + cell->length, *scale = "";
    size_t n = 0, run = 0, groups = 0, digits = 0;
    int fraction = 0, exponent = 0;
    /* a bound on plain[64]: each byte of the cell gives one at most, and the scale three more */
    if (cell->length > 48) return 0;
    /* sign, digits in groups, one mark, digits, exponent, scale: whatever is left over at the end makes it text */
    if (p < end && (*p == '-' || *p == '+')) { if (*p == '-') plain[n++] = '-'; p++; }
    for (; p < end; p++) {
        if (*p >= '0' && *p <= '9') { plain[n++] = *p; run++; digits++; }
        else if (*p == group && !fraction) {
            /* the first group has 1 to 3 digits and no leading zero, every further one exactly 3 */
            if (groups ? run != 3 : run < 1 || run > 3 || plain[n - run] == '0') return 0;
            groups++;
            run = 0;
        } else if (*p == point && !fraction) {
            if (groups && run != 3) return 0;
            fraction = 1;
            plain[n++] = '.';
        } else break;
    }
    /* without a fraction the last group has not been looked at: 1,23 ends here */
    if (!digits || (groups && !fraction && run != 3)) return 0;
    if (plain[n - 1] == '.') n--;                               /* "20." */
    if (p < end && (*p == 'e' || *p == 'E')) {
        exponent = 1;
        plain[n++] = *p++;
        if (p < end && (*p == '-' || *p == '+')) plain[n++] = *p++;
        for (run = 0; p < end && *p >= '0' && *p <= '9'; run++) plain[n++] = *p++;
        if (!run) return 0;
    }
    if (p < end && *p == ' ') p++;
    if (p < end) {
        switch (*p++) {
        case 'k': case 'K': scale = "e3"; break;
        case 'm': case 'M': scale = "e6"; break;
        case 'b': case 'B': scale = "e9"; break;
        case '%': scale = "e-2"; break;
        default: return 0;
        }
        /* 1e3K would have two scales; nobody writes it, and the text "e3e3" would be no number */
        if (exponent || p != end) return 0;
    }
    while (*scale) plain[n++] = *scale++;
    return lstmfc_parse_double(plain, n, value) == n && lstmfc_is_finite(*value);
}

/* As lstmfc__csv_number_as under both marks: bits POINT and COMMA for those under which it is a number, out[0] and out[1]. */
LSTMFC__PRIVATE int32_t lstmfc__csv_number(const lstmfc__csv_cell *cell, double out[2])
{
    /* 12 and 1e5: both marks, one value. 1.158: both, two values (a twin). 1.158,91: COMMA alone, which proves it. abc: none */
    int32_t point = lstmfc__csv_number_as(cell, '.', ',', &out[0]) ? LSTMFC__POINT : 0;
    return point | (lstmfc__csv_number_as(cell, ',', '.', &out[1]) ? LSTMFC__COMMA : 0);
}

/* Why a cell is no time, or NULL and the moment; *unit: of an epoch time, else -1. Looks at this cell alone. 1.5301E+12 is an epoch
   time in ms after a visit to a spreadsheet: the digits that told the hours are gone, so it is recognised in order to be
   refused. */
LSTMFC__PRIVATE const char *lstmfc__csv_moment(const lstmfc__csv *csv, const lstmfc__csv_cell *cell, lstmfc__moment *out, int32_t *unit)
{
    lstmfc__scan scan;
    int32_t told = csv->desc.time_format;       /* 0 auto, 1 iso, 2..5 s ms us ns, 6 dmy, 7 mdy */
    size_t i;
    *unit = -1;
    /* epochs first, but for what is an ISO date at a glance (a dash in fifth place): 64 rows of dates need no failed attempt */
    if (cell->length && cell->text[0] <= '9' && told != 1 && told < 6 && !(cell->length > 4 && cell->text[4] == '-')) {
        *unit = lstmfc__epoch(cell->text, cell->length, csv->unit, &out->time);
        if (*unit >= 0) { out->family = LSTMFC__TIME_EPOCH; return NULL; }
        for (i = 0; i < cell->length && cell->text[i] != 'e' && cell->text[i] != 'E'; i++)
            if (cell->text[i] != '.' && (cell->text[i] < '0' || cell->text[i] > '9')) break;
        if (i && i < cell->length && (cell->text[i] == 'e' || cell->text[i] == 'E')) return "an epoch time that a spreadsheet has rounded";
    }
    if (csv->unit != LSTMFC__UNIT_AUTO) return "not an epoch time in the unit that time_format tells";
    scan.at = cell->text; scan.end = cell->text + cell->length;
    if (!lstmfc__scan_moment(&scan, out) || scan.at != scan.end) return "not a time";
    if (told == 1 && out->family != LSTMFC__TIME_ISO && out->family != LSTMFC__TIME_HALF)
        return "not an ISO time (YYYY-MM-DD HH:MM:SS), as time_format tells";
    if (told >= 6 && out->family != LSTMFC__TIME_NUMBERS) return "not a date in day, month and year, as time_format tells";
    return NULL;
}

/* ---- CSV 3: layout -------------------------------------------------------------------------------------------------- */

/* Header names, reduced to lower-case letters and digits (bytes above 127 stay), and the role each stands for: "Open Time",
   "open_time" and "<OPENTIME>" are all opentime. The rank orders names of one role, 0 fits best: an opening time is preferred to a
   plain time and that to a date; a price to an adjusted close. Times of the close, high or low (rank 9) are recognised and never
   used: a bar's time is that of its open, and taking the close instead would let every feature see one bar ahead.
   Volumes: of two ("Volume BTC", "Volume USD") the base asset's is wanted, and the symbol column says which asset that is. */
LSTMFC__PRIVATE int32_t lstmfc__csv_role(const char *text, size_t length, const char *symbol, int32_t *rank)
{
    static const struct { const char *name; int32_t role, rank; } known[] = {
        {"opentime", LSTMFC__ROLE_TIME, 0}, {"timeopen", LSTMFC__ROLE_TIME, 0}, {"opentimestamp", LSTMFC__ROLE_TIME, 0},
        {"time", LSTMFC__ROLE_TIME, 1}, {"timestamp", LSTMFC__ROLE_TIME, 1}, {"unix", LSTMFC__ROLE_TIME, 1}, {"unixtimestamp", LSTMFC__ROLE_TIME, 1},
        {"unixtime", LSTMFC__ROLE_TIME, 1}, {"epoch", LSTMFC__ROLE_TIME, 1}, {"ts", LSTMFC__ROLE_TIME, 1}, {"datetime", LSTMFC__ROLE_TIME, 1},
        {"date", LSTMFC__ROLE_TIME, 2}, {"tarih", LSTMFC__ROLE_TIME, 2}, {"datum", LSTMFC__ROLE_TIME, 2}, {"fecha", LSTMFC__ROLE_TIME, 2},
        {"gmttime", LSTMFC__ROLE_TIME, 1}, {"utctime", LSTMFC__ROLE_TIME, 1}, {"dateutc", LSTMFC__ROLE_TIME, 2}, {"timeutc", LSTMFC__ROLE_TIME, 1},
        {"closetime", LSTMFC__ROLE_TIME, 9}, {"timeclose", LSTMFC__ROLE_TIME, 9}, {"timehigh", LSTMFC__ROLE_TIME, 9}, {"timelow", LSTMFC__ROLE_TIME, 9},
        {"open", LSTMFC__OPEN, 0}, {"openprice", LSTMFC__OPEN, 1}, {"priceopen", LSTMFC__OPEN, 1},
        {"a\303\247\304\261l\304\261\305\237", LSTMFC__OPEN, 0},                                        /* Acilis, in Turkish letters */
        {"high", LSTMFC__HIGH, 0}, {"highprice", LSTMFC__HIGH, 1}, {"pricehigh", LSTMFC__HIGH, 1},
        {"y\303\274ksek", LSTMFC__HIGH, 0},                                                             /* Yuksek */
        {"low", LSTMFC__LOW, 0}, {"lowprice", LSTMFC__LOW, 1}, {"pricelow", LSTMFC__LOW, 1},
        {"d\303\274\305\237\303\274k", LSTMFC__LOW, 0},                                                 /* Dusuk */
        {"close", LSTMFC__CLOSE, 0}, {"closeprice", LSTMFC__CLOSE, 1}, {"priceclose", LSTMFC__CLOSE, 1}, {"price", LSTMFC__CLOSE, 2},
        {"last", LSTMFC__CLOSE, 3}, {"lastprice", LSTMFC__CLOSE, 3}, {"adjclose", LSTMFC__CLOSE, 4}, {"adjustedclose", LSTMFC__CLOSE, 4},
        {"\305\236imdi", LSTMFC__CLOSE, 0}, {"\305\237imdi", LSTMFC__CLOSE, 0},                         /* Simdi */
        {"volume", LSTMFC__VOLUME, 1}, {"vol", LSTMFC__VOLUME, 2}, {"hac", LSTMFC__VOLUME, 2}, {"hacim", LSTMFC__VOLUME, 2},
        {"basevolume", LSTMFC__VOLUME, 0}, {"tickvol", LSTMFC__VOLUME, 4}, {"tickvolume", LSTMFC__VOLUME, 4}
    };
    static const char *const assets[] = {"base", "from", "coin", "btc", "eth", "ltc", "xrp", "bnb", "sol", "ada", "doge", "to", "usd", "usdt",
                                         "usdc", "busd", "eur", "gbp", "try", "currency"};
    char name[32];
    size_t i, n = 0;
    *rank = 0;
    for (i = 0; i < length; i++) {
        char c = lstmfc__lower(text[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c > 127)) continue;
        if (n + 1 == sizeof name) return LSTMFC__ROLE_NONE;
        name[n++] = c;
    }
    name[n] = 0;
    for (i = 0; i < LSTMFC__COUNT(known); i++)
        if (strcmp(name, known[i].name) == 0) { *rank = known[i].rank; return known[i].role; }
    if (n > 6 && memcmp(name, "volume", 6) == 0) {      /* "Volume BTC": in units of the symbol's first asset is what is wanted */
        if (symbol && strncmp(symbol, name + 6, n - 6) == 0) return LSTMFC__VOLUME;
        for (i = 0; i < LSTMFC__COUNT(assets); i++) if (strcmp(name + 6, assets[i]) == 0) { *rank = 3; return LSTMFC__VOLUME; }
    }
    return LSTMFC__ROLE_NONE;
}

/* One record of the sample. */
typedef struct lstmfc__csv_line {
    size_t cells, position;
    int64_t line;
    int32_t times, numbers, names, texts;   /* how many cells are times, numbers, names of roles, not blank */
} lstmfc__csv_line;

/* Reads the sample's records under the current separator; leaves the source where it was. Returns how many, -1 = no memory. Errors
   under a separator that is only being tried mean nothing: they go into `quiet`, all but the want of memory. */
LSTMFC__PRIVATE int32_t lstmfc__csv_sample(lstmfc__csv *csv, lstmfc__csv_line out[LSTMFC__CSV_SAMPLE])
{
    size_t i, position = csv->position, length = csv->length;
    int64_t line = csv->line;
    lstmfc_error *err = csv->err, quiet;
    int at_end = csv->at_end;
    int32_t n = 0;
    memset(&quiet, 0, sizeof quiet);
    /* a text in memory shows no more of itself than a file would: both give the same layout */
    if (csv->length >= LSTMFC__CSV_BLOCK) { csv->length = LSTMFC__CSV_BLOCK; csv->at_end = 0; }  /* memory sees what a stream sees */
    csv->sampling = 1;
    /* a faulty record only ends the sample: the same fault is met again, and reported, when the rows are read in order */
    csv->err = &quiet;
    while (n < LSTMFC__CSV_SAMPLE && lstmfc__csv_next(csv) > 0) {
        lstmfc__csv_line *record = &out[n++];
        memset(record, 0, sizeof *record);
        record->cells = csv->cells;
        record->position = (size_t)(csv->record - csv->text);
        record->line = csv->record_line;
        for (i = 0; i < csv->cells; i++) {
            const lstmfc__csv_cell *cell = &csv->cell[i];
            lstmfc__moment moment;
            double value[2];
            int32_t unit, rank;
            record->times += lstmfc__csv_moment(csv, cell, &moment, &unit) == NULL;
            record->numbers += lstmfc__csv_number(cell, value) != 0;
            record->names += lstmfc__csv_role(cell->text, cell->length, NULL, &rank) != LSTMFC__ROLE_NONE;
            record->texts += !lstmfc__csv_blank(cell);
        }
    }
    csv->sampling = 0;
    csv->err = err;
    csv->position = position; csv->length = length; csv->line = line; csv->at_end = at_end;
    if (quiet.code == LSTMFC_ERROR_MEMORY) { if (err) *err = quiet; return -1; }
    return n;
}

/* Fixes the separator: the bytes that end an unquoted cell are it, LF, CR and NUL, found by one table look-up per byte. */
LSTMFC__PRIVATE void lstmfc__csv_separate(lstmfc__csv *csv, char separator)
{
    memset(csv->stop, 0, sizeof csv->stop);
    csv->stop[0] = csv->stop[(unsigned char)'\n'] = csv->stop[(unsigned char)'\r'] = csv->stop[(unsigned char)separator] = 1;
    csv->report->separator = separator;
}

/* The commonest number of cells among the records, at least 2 (1 when no record has more). */
LSTMFC__PRIVATE size_t lstmfc__csv_width(const lstmfc__csv_line *record, int32_t n, int32_t *hits)
{
    size_t width = 1;
    int32_t i, k;
    *hits = 0;
    for (i = 0; i < n; i++) {
        int32_t same = 0;
        if (record[i].cells < 2) continue;
        for (k = 0; k < n; k++) same += record[k].cells == record[i].cells;
        if (same > *hits || (same == *hits && record[i].cells > width)) { width = record[i].cells; *hits = same; }
    }
    return width;
}

/* Finds the separator: the one under which some record of the commonest width holds a time, most records have that width,
   and that width is largest, in this order. The time comes first because in "2020-01-01;1,5;2,5" the comma splits as evenly as the
   semicolon does, but only the semicolon leaves a time standing alone. */
LSTMFC__PRIVATE int lstmfc__csv_find_separator(lstmfc__csv *csv, lstmfc__csv_line record[LSTMFC__CSV_SAMPLE])
{
    static const char candidates[] = {'\t', ';', '|', ','};
    const char *told = csv->desc.separator;
    char best = ',';
    int32_t i, k, best_hits = -1, best_timed = -1;
    size_t best_width = 0;
    if (strcmp(told, "auto") != 0 && *told) {
        char c = strcmp(told, "tab") == 0 || strcmp(told, "\\t") == 0 ? '\t' : told[0];
        int alphanumeric = (c >= '0' && c <= '9') || (lstmfc__lower(c) >= 'a' && lstmfc__lower(c) <= 'z');
        if ((told[1] && c != '\t') || alphanumeric || strchr("\"\r\n.+- ", c) || (unsigned char)c > 126)
            return lstmfc__csv_fail_argument(csv, "separator '%s': expected auto, tab, or one character such as , ; |", told);
        lstmfc__csv_separate(csv, c);
        return 1;
    }
    for (i = 0; i < (int32_t)sizeof candidates; i++) {
        int32_t n, hits, timed = 0;
        size_t width;
        lstmfc__csv_separate(csv, candidates[i]);
        n = lstmfc__csv_sample(csv, record);
        if (n < 0) return 0;
        width = lstmfc__csv_width(record, n, &hits);
        for (k = 0; k < n; k++) timed |= record[k].cells == width && record[k].times > 0;
        /* a file of one column has no separator: the comma stands for it */
        if (width < 2 && candidates[i] != ',') continue;
        if (timed > best_timed || (timed == best_timed && (hits > best_hits || (hits == best_hits && width > best_width)))) {
            best = candidates[i];
            best_timed = timed; best_hits = hits; best_width = width;
        }
    }
    lstmfc__csv_separate(csv, best);
    return 1;
}

/* Puts the source at a record of the sample and reads it. */
LSTMFC__PRIVATE int lstmfc__csv_revisit(lstmfc__csv *csv, const lstmfc__csv_line *record)
{
    csv->position = record->position;
    csv->line = record->line;
    return lstmfc__csv_next(csv) > 0;
}

/* Appends a name to the name block; a cell's doubled quotes become single. The block was made large enough. */
LSTMFC__PRIVATE const char *lstmfc__csv_add_name(char *names, size_t *used, const lstmfc__csv_cell *cell, size_t index)
{
    char *name = names + *used;
    size_t i, n = 0;
    for (i = 0; i < cell->length; i++) {
        if (cell->quoted && cell->text[i] == '"' && i + 1 < cell->length && cell->text[i + 1] == '"') i++;
        name[n++] = (char)((unsigned char)cell->text[i] < 32 ? ' ' : cell->text[i]);
    }
    if (!n) n = lstmfc__print(name, 24, "column_%z", index + 1);
    name[n] = 0;
    *used += n + 1;
    return name;
}

/* Binance's published order of a kline without a header. */
LSTMFC__PRIVATE const char *lstmfc__csv_kline_name(size_t i)
{
    static const char *const names[] = {"open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count",
                                        "taker_buy_volume", "taker_buy_quote_volume", "ignore"};
    return names[i];
}

/* Without a header: are columns 2 to 5 open, high, low, close? Yes only when a time stands first and every sampled row keeps
   low <= open, close <= high, not all of them flat. Any other order of four prices breaks that soon: in 64 rows of real prices
   open or close will once be away from the extremes. record [first .. n): the sampled rows. */
LSTMFC__PRIVATE int lstmfc__csv_looks_like_bars(lstmfc__csv *csv, const lstmfc__csv_line *record, int32_t first, int32_t n)
{
    int32_t k, i, moving = 0;
    for (k = first; k < n; k++) {
        double v[5][2], x[5];
        lstmfc__moment moment;
        int32_t unit, bits, marks = LSTMFC__POINT | LSTMFC__COMMA;
        if (!lstmfc__csv_revisit(csv, &record[k]) || csv->cells < 5 || csv->cells != csv->columns) return 0;
        if (lstmfc__csv_moment(csv, &csv->cell[0], &moment, &unit)) return 0;
        for (i = 1; i < 5; i++) {
            bits = lstmfc__csv_number(&csv->cell[i], v[i]);
            if (!bits) return 0;
            marks &= bits;
        }
        if (!marks) return 0;
        for (i = 1; i < 5; i++) x[i] = v[i][marks & LSTMFC__POINT ? 0 : 1];
        /* x[1..4] = open, high, low, close. Flat bars (all four equal) fit every order and prove nothing: hence `moving` */
        if (x[2] < x[1] || x[2] < x[4] || x[3] > x[1] || x[3] > x[4] || x[3] > x[2]) return 0;
        moving |= x[2] > x[3];
    }
    return moving;
}

/* Appends to a text of fixed size in the report, with ", " between the parts; what does not fit is left out. */
LSTMFC__PRIVATE void lstmfc__csv_append(char *out, size_t size, const char *separator, const char *a, const char *b, const char *c)
{
    size_t used = strlen(out), need = strlen(a) + strlen(b) + strlen(c) + (used ? strlen(separator) : 0);
    if (used + need < size) lstmfc__print(out + used, size - used, "%s%s%s%s", used ? separator : "", a, b, c);
    else if (used + 4 < size && (used < 3 || strcmp(out + used - 3, "...") != 0)) lstmfc__print(out + used, size - used, "...");
}

/* The column a caller's name means: the same bytes, else the same regardless of ASCII case. -1 = none. */
LSTMFC__PRIVATE int32_t lstmfc__csv_find(const lstmfc__csv *csv, const char *name, size_t length)
{
    size_t i;
    int32_t exact;
    for (exact = 1; exact >= 0; exact--)
        for (i = 0; i < csv->columns; i++)
            if (lstmfc__same_name(name, length, csv->column[i].name, exact)) return (int32_t)i;
    return -1;
}

/* desc.columns: "close=btc_market_price,volume=Volume BTC". An empty name leaves the role to no column. */
LSTMFC__PRIVATE int lstmfc__csv_map(lstmfc__csv *csv)
{
    const char *p = csv->desc.columns;
    size_t i;
    while (*p) {
        const char *name, *end;
        char wanted[48], list[256];
        lstmfc__scan scan;
        lstmfc__csv_cell cell;
        lstmfc__nearest nearest = {NULL, 0};
        int32_t role, found;
        while (*p == ' ' || *p == ',') p++;
        if (!*p) break;
        for (end = p; *end && *end != ','; end++) continue;
        scan.at = p; scan.end = end;
        /* "close = name": the role's word, an equals sign, and all up to the next comma; names may contain blanks */
        for (role = 0; role <= LSTMFC__ROLE_TIME; role++) {
            scan.at = p;
            if (!lstmfc__scan_word(&scan, lstmfc__role_name(role))) continue;
            while (lstmfc__scan_char(&scan, ' ')) continue;
            if (lstmfc__scan_char(&scan, '=')) break;
        }
        cell.start = cell.text = p; cell.length = (size_t)(end - p); cell.quoted = 0;
        if (role > LSTMFC__ROLE_TIME)
            return lstmfc__csv_fail_argument(csv, "columns '%s': expected time, open, high, low, close or volume, then = and a column's name",
                                             lstmfc__csv_show(wanted, &cell));
        while (lstmfc__scan_char(&scan, ' ')) continue;
        name = scan.at;
        p = end;
        while (end > name && end[-1] == ' ') end--;
        /* what was told replaces every guess; an empty name stops here, with the role given to no column */
        for (i = 0; i < csv->columns; i++) if (csv->column[i].role == role) csv->column[i].role = LSTMFC__ROLE_NONE;
        if (end == name) continue;
        found = lstmfc__csv_find(csv, name, (size_t)(end - name));
        if (found < 0) {
            list[0] = 0;
            for (i = 0; i < csv->columns; i++) {
                lstmfc__nearest_offer(&nearest, name, (size_t)(end - name), csv->column[i].name);
                lstmfc__csv_append(list, sizeof list, ", ", csv->column[i].name, "", "");
            }
            cell.text = name; cell.length = (size_t)(end - name);
            return lstmfc__csv_fail_argument(csv, "no column '%s' for %s%s%s%s; the columns are %s", lstmfc__csv_show(wanted, &cell),
                                             lstmfc__role_name(role), nearest.name ? " (nearest: " : "", nearest.name ? nearest.name : "", nearest.name ? ")" : "", list);
        }
        csv->column[found].role = role;
        csv->column[found].rank = -1;
    }
    return 1;
}

/* Each of open .. volume goes to the column whose name fits best, the first one among equals; those who lose remain as further
   columns. Two columns of the very same name are an error: later text could not say which of them it means. */
LSTMFC__PRIVATE int lstmfc__csv_elect(lstmfc__csv *csv, const lstmfc__csv_line *header)
{
    int32_t r;
    size_t i;
    for (r = 0; r < LSTMFC__ROLES; r++) {
        lstmfc__csv_column *best = NULL;
        for (i = 0; i < csv->columns; i++) {
            lstmfc__csv_column *column = &csv->column[i];
            if (column->role != r) continue;
            if (best && best->rank == column->rank && strcmp(best->name, column->name) == 0)
                return lstmfc__csv_revisit(csv, header)
                    ? lstmfc__csv_fail(csv, csv->cell[i].start, "two columns are called %s: rename one of them", column->name) : 0;
            if (!best || column->rank < best->rank) {
                if (best) best->role = LSTMFC__ROLE_NONE;
                best = column;
            } else column->role = LSTMFC__ROLE_NONE;
        }
    }
    return 1;
}

/* Up to two columns of times: by name, an opening time before a plain one before a date; without such a name the first column
   whose every sampled cell is a time. The second is for files whose first is spoilt. A column that holds only times of day
   ("Date,Time,Open,..." of trading terminals) is added to a date that comes without one. */
LSTMFC__PRIVATE int lstmfc__csv_find_times(lstmfc__csv *csv, int64_t line)
{
    char list[256];
    size_t i;
    int32_t rank;
    csv->clocks = 0;
    csv->day_clock = -1;
    for (i = 0; i < csv->columns; i++) {
        lstmfc__csv_column *column = &csv->column[i];
        if (column->role != LSTMFC__ROLE_TIME || !column->sample_clocks || column->sample_clocks != column->sample_text) continue;
        if (csv->day_clock < 0) csv->day_clock = (int32_t)i;
        column->rank = 9;                                       /* not a time by itself */
    }
    /* in order of rank: -1 was told by the caller, 0 an opening time, 1 a time, 2 a date; 9 is no opening time and stays out */
    for (rank = -1; rank < 9; rank++)
        for (i = 0; i < csv->columns && csv->clocks < 2; i++)
            if (csv->column[i].role == LSTMFC__ROLE_TIME && csv->column[i].rank == rank) csv->times[csv->clocks++].column = (int32_t)i;
    for (i = 0; i < csv->columns && !csv->clocks; i++)
        if (csv->column[i].role == LSTMFC__ROLE_NONE && csv->column[i].sample_rows && csv->column[i].sample_times == csv->column[i].sample_rows)
            csv->times[csv->clocks++].column = (int32_t)i;
    if (!csv->clocks) {
        list[0] = 0;
        for (i = 0; i < csv->columns; i++) lstmfc__csv_append(list, sizeof list, ", ", csv->column[i].name, "", "");
        return lstmfc__csv_fail_line(csv, line, 1, "no column of times: the columns are %s; name one with columns=time=...", list);
    }
    /* a date with a time of day in some sampled row has its own clock: the other column is not added */
    for (i = 0; i < (size_t)csv->clocks; i++) {
        csv->column[csv->times[i].column].kind = LSTMFC__CELL_TIME;
        csv->column[csv->times[i].column].slot = i;
        csv->column[csv->times[i].column].role = LSTMFC__ROLE_TIME;
        csv->times[i].order = csv->desc.time_format == 6 ? 'd' : csv->desc.time_format == 7 ? 'm' : 0;
        if (csv->column[csv->times[i].column].sample_midnights != csv->column[csv->times[i].column].sample_times) csv->day_clock = -1;
    }
    if (csv->day_clock >= 0) csv->column[csv->day_clock].kind = LSTMFC__CELL_CLOCK;
    return 1;
}

/* The sample of a file, and where in it the header and the first data record are. */
typedef struct lstmfc__csv_head {
    lstmfc__csv_line record[LSTMFC__CSV_SAMPLE];
    int32_t count, header, data;    /* header -1 = none; data = count: no data in the sample */
} lstmfc__csv_head;

/* Which record is the header, and which the first of the data. Exports put titles, addresses and second header lines around them,
   so:
     width    the commonest number of cells; titles have another one
     header   before the first record with a time, without times and numbers itself: the one with most names of roles, the last of
              equals. header=yes: the first record of that width; header=no: none
     data     the first record behind the header with a time or a number in it */
LSTMFC__PRIVATE int lstmfc__csv_find_header(lstmfc__csv *csv, lstmfc__csv_head *head)
{
    static const char label[] = "# synthetic";
    const lstmfc__csv_line *record = head->record;
    lstmfc_csv_report *report = csv->report;
    int32_t n = head->count, i, hits, best = -1, first_timed, data;
    csv->columns = lstmfc__csv_width(record, n, &hits);
    for (first_timed = 0; first_timed < n; first_timed++)
        if (record[first_timed].cells == csv->columns && record[first_timed].times) break;
    head->header = -1;
    for (i = 0; i < n && csv->desc.header != 2; i++) {
        if (record[i].cells != csv->columns) continue;
        if (csv->desc.header == 1) { head->header = i; break; }
        if (i >= first_timed) break;
        if (record[i].times || record[i].numbers || !record[i].texts || record[i].names < best) continue;
        head->header = i;
        best = record[i].names;
    }
    for (data = head->header + 1; data < n; data++)
        if ((head->header >= 0 || record[data].cells == csv->columns) && (record[data].times || record[data].numbers)) break;
    head->data = data;
    if (head->header < 0 && data == n) return lstmfc__csv_fail_line(csv, record[0].line, 1, "no line with a time in it");
    report->has_header = head->header >= 0;
    report->header_line = head->header >= 0 ? (int32_t)record[head->header].line : 0;
    report->preamble_lines = data - (head->header >= 0);
    for (i = 0; i < data; i++) {                                /* what this library's generator writes above its candles */
        if (i == head->header || csv->length - record[i].position < sizeof label - 1) continue;
        if (memcmp(csv->text + record[i].position, label, sizeof label - 1) == 0) csv->synthetic = 1;
    }
    return 1;
}

/* Names of all columns: from the header, or column_1, column_2, ... yfinance writes further header lines ("Ticker", "Date") that
   name only the column of dates: one of those may rename it. All names lie in one block, for each column and header line 32 bytes
   and what the header's cells need beyond that. */
LSTMFC__PRIVATE int lstmfc__csv_name_columns(lstmfc__csv *csv, const lstmfc__csv_head *head)
{
    const lstmfc__csv_cell none = {"", "", 0, 0};
    int32_t header = head->header, i, rank;
    size_t j, used = 0;
    if (!lstmfc__csv_revisit(csv, &head->record[header >= 0 ? header : head->data])) return 0;
    csv->report->crlf = csv->position >= 2 && csv->text[csv->position - 1] == '\n' && csv->text[csv->position - 2] == '\r';
    csv->names_size = 32 * csv->columns * (size_t)(head->data - header);
    for (j = 0; j < csv->columns; j++) csv->names_size += csv->cell[j].length + 32;
    csv->names = (char *)lstmfc__alloc(&csv->env, csv->names_size, 1, csv->err);
    if (!csv->names) return 0;
    for (j = 0; j < csv->columns; j++)
        csv->column[j].name = lstmfc__csv_add_name(csv->names, &used, header >= 0 ? &csv->cell[j] : &none, j);
    for (i = header + 1; header >= 0 && i < head->data; i++) {
        if (head->record[i].cells != csv->columns || !lstmfc__csv_revisit(csv, &head->record[i])) continue;
        for (j = 0; j < csv->columns; j++)
            if (csv->cell[j].length < 32 && lstmfc__csv_role(csv->cell[j].text, csv->cell[j].length, NULL, &rank) == LSTMFC__ROLE_TIME)
                csv->column[j].name = lstmfc__csv_add_name(csv->names, &used, &csv->cell[j], j);
    }
    return 1;
}

/* Counts what the sampled cells of each column are, and takes the symbol ("BTC/USD") from a column called symbol or pair. */
LSTMFC__PRIVATE void lstmfc__csv_study_columns(lstmfc__csv *csv, const lstmfc__csv_head *head, char symbol[32])
{
    int32_t i, unit;
    size_t j, k;
    symbol[0] = 0;
    for (i = head->data; i < head->count; i++) {
        if (head->record[i].cells != csv->columns || !lstmfc__csv_revisit(csv, &head->record[i])) continue;
        for (j = 0; j < csv->columns; j++) {
            lstmfc__csv_column *column = &csv->column[j];
            const lstmfc__csv_cell *cell = &csv->cell[j];
            lstmfc__moment moment;
            lstmfc__scan scan;
            double value[2];
            int64_t clock;
            column->sample_rows++;
            if (!lstmfc__csv_moment(csv, cell, &moment, &unit)) {
                column->sample_times++;
                column->sample_midnights += moment.time % 86400000 == 0;
            }
            column->sample_clocks += lstmfc__csv_clock(cell, &clock);
            column->sample_text += !lstmfc__csv_number(cell, value) && !lstmfc__csv_blank(cell);
            scan.at = column->name; scan.end = scan.at + strlen(scan.at);
            if (symbol[0] || cell->length >= 32 || !(lstmfc__scan_word(&scan, "symbol") || lstmfc__scan_word(&scan, "pair"))) continue;
            for (k = 0; k < cell->length; k++) symbol[k] = lstmfc__lower(cell->text[k]);
            symbol[k] = 0;
        }
    }
}

/* Roles by name; without a header by what the rows look like, in the order in which Binance publishes klines. */
LSTMFC__PRIVATE void lstmfc__csv_give_roles(lstmfc__csv *csv, const lstmfc__csv_head *head, const char *symbol)
{
    int klines = csv->columns == 11 || csv->columns == 12;
    size_t j;
    for (j = 0; j < csv->columns; j++) {
        lstmfc__csv_column *column = &csv->column[j];
        column->role = LSTMFC__ROLE_NONE;
        if (head->header >= 0) column->role = lstmfc__csv_role(column->name, strlen(column->name), symbol[0] ? symbol : NULL, &column->rank);
    }
    if (head->header >= 0 || csv->columns < 5 || !lstmfc__csv_looks_like_bars(csv, head->record, head->data, head->count)) return;
    csv->column[0].role = LSTMFC__ROLE_TIME;
    for (j = 1; j < 5; j++) csv->column[j].role = (int32_t)j - 1;
    if (klines || csv->columns == 6) csv->column[5].role = LSTMFC__VOLUME;
    if (klines) { csv->column[6].role = LSTMFC__ROLE_TIME; csv->column[6].rank = 9; }   /* the time of the close */
    for (j = 0; j < csv->columns; j++) if (klines || j < 5 || csv->columns == 6) csv->column[j].name = lstmfc__csv_kline_name(j);
}

/* Finds preamble, header, data, names, roles and kinds of columns, and leaves the source at the first data record. Only the sample
   is looked at, and only what it says for certain is used: the rows to come may still prove a column to be no number. */
LSTMFC__PRIVATE int lstmfc__csv_layout(lstmfc__csv *csv)
{
    lstmfc__csv_head head;
    const lstmfc__csv_line *first;      /* the line that names the columns, or would */
    char symbol[32];
    size_t j;
    if (csv->read && !lstmfc__csv_fill(csv)) return 0;
    if (csv->length >= 2 && ((csv->text[0] == '\377' && csv->text[1] == '\376') || (csv->text[0] == '\376' && csv->text[1] == '\377')))
        return lstmfc__csv_fail_line(csv, 1, 1, "UTF-16 text: save the file as UTF-8");
    if (csv->length >= 3 && memcmp(csv->text, "\357\273\277", 3) == 0) { csv->report->bom = 1; csv->position = 3; }
    if (!lstmfc__csv_find_separator(csv, head.record)) return 0;
    head.count = lstmfc__csv_sample(csv, head.record);
    if (head.count < 0) return 0;
    if (!head.count) {                                          /* nothing, or an error at once: let it be told */
        int got = lstmfc__csv_next(csv);
        if (got >= 0) lstmfc__csv_fail_line(csv, 1, 1, got ? "a first line of more than 262144 bytes" : "the file is empty");
        return 0;
    }
    if (!lstmfc__csv_find_header(csv, &head)) return 0;
    first = &head.record[head.header >= 0 ? head.header : head.data];
    csv->column = (lstmfc__csv_column *)lstmfc__alloc(&csv->env, csv->columns, sizeof *csv->column, csv->err);
    if (!csv->column || !lstmfc__csv_name_columns(csv, &head)) return 0;
    lstmfc__csv_study_columns(csv, &head, symbol);
    lstmfc__csv_give_roles(csv, &head, symbol);
    if (!lstmfc__csv_map(csv) || !lstmfc__csv_elect(csv, first) || !lstmfc__csv_find_times(csv, first->line)) return 0;
    for (j = 0; j < csv->columns; j++) {                        /* numbers: columns with a role, and others without text in them */
        lstmfc__csv_column *column = &csv->column[j];
        if (column->role == LSTMFC__ROLE_TIME || (column->role == LSTMFC__ROLE_NONE && column->sample_text)) continue;
        column->kind = LSTMFC__CELL_NUMBER;
        column->slot = csv->slots++;
    }
    if (head.data == head.count) return lstmfc__csv_revisit(csv, first);    /* go on behind the header */
    csv->position = head.record[head.data].position;
    csv->line = head.record[head.data].line;
    return 1;
}

/* ---- CSV 4: rows ---------------------------------------------------------------------------------------------------- */

/* Keeps a cell (place and text) for a message that may be written thousands of rows later, when its record has left the window. */
LSTMFC__PRIVATE void lstmfc__csv_prove(const lstmfc__csv *csv, lstmfc__csv_proof *proof, const lstmfc__csv_cell *cell, const char *name)
{
    lstmfc__csv_place(csv, cell->start, &proof->line, &proof->column);
    lstmfc__csv_show(proof->text, cell);
    proof->name = name;
}

/* 2020-03-04 10:00 -> 2020-04-03 10:00; day and month are both at most 12. */
LSTMFC__PRIVATE int64_t lstmfc__exchange_day_month(int64_t time)
{
    int32_t year, month, day;
    lstmfc_time_to_civil(time, &year, &month, &day);
    return time + lstmfc_time_from_civil(year, day, month) - lstmfc_time_from_civil(year, month, day);
}

/* Checks a moment against the column's rows so far, and puts it into the column's order of day and month. 13/02 proves that the day
   stands first, 02/13 the month; from then on every row is read so, and rows that come against it fail. Rows from before the proof
   were read month first and are counted in `undecided`, for decide_times to turn round; without any proof it refuses the file.
   Returns NULL, or why the moment cannot stand in this column. */
LSTMFC__PRIVATE const char *lstmfc__csv_fit(lstmfc__csv *csv, lstmfc__csv_times *times, const lstmfc__csv_cell *cell, size_t row,
                                            lstmfc__moment *moment)
{
    int32_t all = times->families | moment->family, proves;
    if (all != times->families && (all & (all - 1)) && (all & ~(LSTMFC__TIME_ISO | LSTMFC__TIME_HALF | LSTMFC__TIME_NAMED)))
        return "a time written in another way than in the rows before";
    times->families = all;
    if (moment->family != LSTMFC__TIME_NUMBERS) return NULL;
    if (!times->mark) {
        times->mark = moment->mark;
        lstmfc__csv_prove(csv, &times->order_proof, cell, csv->column[times->column].name);
    }
    if (times->mark != moment->mark) return "a date written in another way than in the rows before";
    proves = moment->first > 12 ? 'd' : moment->second > 12 ? 'm' : 0;
    if (proves && !times->order) {
        times->order = proves;
        lstmfc__csv_prove(csv, &times->order_proof, cell, csv->column[times->column].name);
    }
    if (proves && proves != times->order)
        return times->order == 'd' ? "not a date with the day first, as the file's others are or time_format tells"
                                   : "not a date with the month first, as the file's others are or time_format tells";
    if (!times->order) times->undecided = row + 1;
    if (!proves && times->order == 'd') moment->time = lstmfc__exchange_day_month(moment->time);
    return NULL;
}

/* A time cell into *out. A cell that cannot be one spoils its column; it fails the file when no other column is left. */
LSTMFC__PRIVATE int lstmfc__csv_take_time(lstmfc__csv *csv, int32_t k, const lstmfc__csv_cell *cell, int64_t *out)
{
    lstmfc__csv_times *times = &csv->times[k];
    lstmfc__moment moment;
    int32_t unit;
    char shown[48];
    const char *why;
    if (times->why) return 1;
    why = lstmfc__csv_moment(csv, cell, &moment, &unit);
    if (!why) why = lstmfc__csv_fit(csv, times, cell, csv->rows, &moment);
    if (!why) {
        if (unit >= 0) times->units |= 1 << unit;
        *out = moment.time;
        return 1;
    }
    times->why = why;
    lstmfc__csv_prove(csv, &times->bad, cell, csv->column[times->column].name);
    if (csv->clocks == 2 && !csv->times[1 - k].why) return 1;
    return lstmfc__csv_fail(csv, cell->start, "%s \"%s\": %s", csv->column[times->column].name, lstmfc__csv_show(shown, cell), why);
}

/* The decimal mark is known from here on: cells that waited for it (twins, stored as with a point) get their value. */
LSTMFC__PRIVATE void lstmfc__csv_settle(lstmfc__csv *csv, int32_t mark)
{
    size_t i;
    csv->decimal = mark == LSTMFC__COMMA ? ',' : '.';
    for (i = 0; i < csv->twins && csv->decimal == ','; i++) csv->number[csv->twin[i].row * csv->slots + csv->twin[i].slot] = csv->twin[i].value;
    csv->twins = 0;
}

/* The message for a needed cell that contradicts the decimal mark. A cell with several dots is the likelier culprit. */
LSTMFC__PRIVATE int lstmfc__csv_fail_mark(lstmfc__csv *csv, const lstmfc__csv_column *column, const lstmfc__csv_cell *cell)
{
    const lstmfc__csv_proof *other = &csv->decimal_proof;
    const char *mark = csv->decimal == ',' ? "comma" : "point", *dot = strchr(other->text, '.');
    char shown[48];
    lstmfc__csv_show(shown, cell);
    if (csv->decimal_told)
        return lstmfc__csv_fail(csv, cell->start, "%s \"%s\" is not a number with a decimal %s, as decimal tells", column->name, shown, mark);
    if (dot && strchr(dot + 1, '.') && !strchr(other->text, ','))
        return lstmfc__csv_fail_line(csv, other->line, other->column, "%s \"%s\" has several dots, but %s \"%s\" in line %l has a decimal point",
                                     other->name, other->text, column->name, shown, csv->record_line);
    return lstmfc__csv_fail(csv, cell->start, "%s \"%s\" is not a number with a decimal %s, which %s \"%s\" in line %l has", column->name,
                            shown, mark, other->name, other->text, other->line);
}

/* A number cell into *out. Text fails the file in a column with a role; any other column just stops being numeric. The cases:
     known point, plain number       converted at once: nearly every cell of nearly every file
     blank                           NaN, counted
     both marks possible             "5" reads the same under both; "1.158" does not and becomes a twin until some cell decides
     one mark possible               a proof: the first one in a column with a role decides the file, later ones must agree
     none                            text */
LSTMFC__PRIVATE int lstmfc__csv_take_number(lstmfc__csv *csv, lstmfc__csv_column *column, const lstmfc__csv_cell *cell, double *out)
{
    double value[2];
    void *array;
    int32_t bits, needed = column->role < LSTMFC__ROLES;
    char shown[48];
    if (csv->decimal == '.' && cell->length && lstmfc_parse_double(cell->text, cell->length, out) == cell->length && lstmfc_is_finite(*out)) {
        column->numbers++;
        return 1;
    }
    *out = lstmfc_nan();
    if (lstmfc__csv_blank(cell)) { column->blanks++; return 1; }
    column->numbers++;
    bits = lstmfc__csv_number(cell, value);
    if (bits == (LSTMFC__POINT | LSTMFC__COMMA)) {
        *out = value[csv->decimal == ','];
        if (csv->decimal || memcmp(&value[0], &value[1], sizeof value[0]) == 0) return 1;
        array = csv->twin;
        if (!lstmfc__csv_room(csv, &array, &csv->twin_capacity, csv->twins + 1, sizeof *csv->twin)) return 0;
        csv->twin = (lstmfc__csv_twin *)array;
        csv->twin[csv->twins].row = csv->rows;
        csv->twin[csv->twins].slot = column->slot;
        csv->twin[csv->twins++].value = value[1];
        /* Unquoted between commas a decimal comma is impossible. */
        if ((csv->report->separator != ',' || cell->quoted) && !csv->doubt.line) lstmfc__csv_prove(csv, &csv->doubt, cell, column->name);
        return 1;
    }
    if (bits) {
        *out = value[bits == LSTMFC__COMMA];
        column->marks |= bits;
        if (!csv->decimal && needed) {
            lstmfc__csv_settle(csv, bits);
            lstmfc__csv_prove(csv, &csv->decimal_proof, cell, column->name);
        }
        if (!csv->decimal || bits == (csv->decimal == ',' ? LSTMFC__COMMA : LSTMFC__POINT)) return 1;
        if (needed) return lstmfc__csv_fail_mark(csv, column, cell);
    } else if (needed) {
        lstmfc__csv_show(shown, cell);
        return lstmfc__csv_fail(csv, cell->start, "%s \"%s\" is not a number", column->name, shown);
    }
    column->kind = LSTMFC__CELL_IGNORED;
    return 1;
}

/* The current record into the next row. Room is made before anything is written, so that no half row is left by a failure; the
   place of the time cell is kept for messages about duplicates, which are found only after sorting. */
LSTMFC__PRIVATE int lstmfc__csv_row(lstmfc__csv *csv)
{
    size_t i, cells = csv->cells, row = csv->rows, clocks = (size_t)csv->clocks;
    int64_t line, column;
    void *array;
    const lstmfc__csv_cell *clock = &csv->cell[csv->times[0].column];
    /* never filled up or cut: a line with a cell too many has a separator inside a number, and all behind it is shifted */
    if (cells != csv->columns) {
        const lstmfc__csv_cell *at = &csv->cell[cells > csv->columns ? csv->columns : cells - 1];
        return lstmfc__csv_fail(csv, at->start, "%z fields in this line, expected %z", cells, csv->columns);
    }
    csv->report->rows++;
    if (lstmfc__csv_blank(clock)) {                             /* a row of separators only says nothing; a bar needs a time */
        for (i = 0; i < cells && lstmfc__csv_blank(&csv->cell[i]); i++) continue;
        if (i == cells) { csv->report->blank_rows++; return 1; }
    }
    if (row >= (size_t)csv->env.limits.elements / (csv->slots + 1)) {
        lstmfc__fail(csv->err, LSTMFC_ERROR_LIMIT, "%s: line %l: more rows than the limit of %l elements allows", csv->path ? csv->path : "CSV",
                     csv->record_line, csv->env.limits.elements);
        return 0;
    }
    array = csv->time;
    if (!lstmfc__csv_room(csv, &array, &csv->time_capacity, (row + 1) * clocks, sizeof *csv->time)) return 0;
    csv->time = (int64_t *)array;
    array = csv->place;
    if (!lstmfc__csv_room(csv, &array, &csv->place_capacity, row + 1, sizeof *csv->place)) return 0;
    csv->place = (uint64_t *)array;
    array = csv->number;
    if (!lstmfc__csv_room(csv, &array, &csv->number_capacity, (row + 1) * csv->slots, sizeof *csv->number)) return 0;
    csv->number = (double *)array;
    lstmfc__csv_place(csv, clock->start, &line, &column);
    csv->place[row] = (uint64_t)line << 32 | (uint32_t)column;
    for (i = 0; i < cells; i++) {
        lstmfc__csv_column *c = &csv->column[i];
        if (c->kind == LSTMFC__CELL_NUMBER) {
            if (!lstmfc__csv_take_number(csv, c, &csv->cell[i], &csv->number[row * csv->slots + c->slot])) return 0;
        } else if (c->kind == LSTMFC__CELL_TIME) {
            if (!lstmfc__csv_take_time(csv, (int32_t)c->slot, &csv->cell[i], &csv->time[row * clocks + c->slot])) return 0;
        }
    }
    if (csv->day_clock >= 0) {
        const lstmfc__csv_cell *cell = &csv->cell[csv->day_clock];
        char shown[48];
        int64_t of_day;
        if (!lstmfc__csv_clock(cell, &of_day))
            return lstmfc__csv_fail(csv, cell->start, "%s \"%s\": not a time of day", csv->column[csv->day_clock].name, lstmfc__csv_show(shown, cell));
        for (i = 0; i < clocks; i++) csv->time[row * clocks + i] += of_day;
    }
    csv->rows++;
    return 1;
}

/* ---- CSV 5: verdicts ------------------------------------------------------------------------------------------------ */

/* The decimal mark, when no cell of a needed column proved it: by proofs in the other columns when they agree, else a point -
   unless some cell would change its value under a comma and the separator does not rule that out; then the user must say. */
LSTMFC__PRIVATE int lstmfc__csv_decide_decimal(lstmfc__csv *csv)
{
    int32_t marks = 0;
    size_t i;
    for (i = 0; i < csv->columns; i++) if (csv->column[i].kind == LSTMFC__CELL_NUMBER) marks |= csv->column[i].marks;
    if (!csv->decimal) {
        if (marks != LSTMFC__POINT && marks != LSTMFC__COMMA && csv->doubt.line)
            return lstmfc__csv_fail_line(csv, csv->doubt.line, csv->doubt.column,
                                         "%s \"%s\" reads with a decimal point and with a decimal comma, and no other cell decides: "
                                         "say decimal=point or decimal=comma",
                                         csv->doubt.name, csv->doubt.text);
        lstmfc__csv_settle(csv, marks == LSTMFC__COMMA ? LSTMFC__COMMA : LSTMFC__POINT);
    }
    csv->report->decimal = csv->decimal;
    for (i = 0; i < csv->columns; i++) {                        /* columns that proved the other mark, or hold nothing, are no numbers */
        lstmfc__csv_column *column = &csv->column[i];
        if (column->kind != LSTMFC__CELL_NUMBER) continue;
        if ((column->marks & (csv->decimal == ',' ? LSTMFC__POINT : LSTMFC__COMMA)) || (!column->numbers && column->role == LSTMFC__ROLE_NONE))
            column->kind = LSTMFC__CELL_IGNORED;
    }
    return 1;
}

/* Which column of times is used, with the rows' times moved to the front of csv->time and day and month in their places. */
LSTMFC__PRIVATE int lstmfc__csv_decide_times(lstmfc__csv *csv)
{
    static const char *const units[] = {"s", "ms", "us", "ns"};
    lstmfc_csv_report *report = csv->report;
    lstmfc__csv_times *times = NULL;
    size_t row, clocks = (size_t)csv->clocks;
    int32_t k;
    for (k = 0; k < csv->clocks; k++) {
        times = &csv->times[k];
        if (!times->why && times->undecided && !times->order) {
            times->why = "day and month cannot be told apart: say time_format=dmy or time_format=mdy";
            times->bad = times->order_proof;
        }
    }
    /* the first choice unless it failed somewhere in the file; when both did, the message is about the first */
    k = csv->times[0].why && csv->clocks == 2 ? 1 : 0;
    times = &csv->times[k];
    if (times->why) {
        times = &csv->times[0];
        return lstmfc__csv_fail_line(csv, times->bad.line, times->bad.column, "%s \"%s\": %s", times->bad.name, times->bad.text, times->why);
    }
    for (row = 0; row < csv->rows; row++) csv->time[row] = csv->time[row * clocks + (size_t)k];
    for (row = 0; row < times->undecided && times->order == 'd'; row++) csv->time[row] = lstmfc__exchange_day_month(csv->time[row]);
    csv->chosen = times->column;
    lstmfc__print(report->time_column, sizeof report->time_column, "%s%s%s", csv->column[times->column].name, csv->day_clock < 0 ? "" : " + ",
                  csv->day_clock < 0 ? "" : csv->column[csv->day_clock].name);
    if (times->families & LSTMFC__TIME_EPOCH) {
        char list[16] = "";
        for (row = 0; row < 4; row++) if (times->units & (1 << row)) lstmfc__csv_append(list, sizeof list, ",", units[row], "", "");
        lstmfc__print(report->time_format, sizeof report->time_format, "epoch %s%s", strlen(list) > 2 ? "mixed " : "", list);
    } else if (times->families & LSTMFC__TIME_NUMBERS) {
        const char *order = times->order == 'd' ? "dm" : "md";
        lstmfc__print(report->time_format, sizeof report->time_format, "%c%c%c%cy", order[0], times->mark, order[1], times->mark);
    } else {
        if (times->families & LSTMFC__TIME_ISO) lstmfc__csv_append(report->time_format, sizeof report->time_format, ", ", "iso", "", "");
        if (times->families & LSTMFC__TIME_HALF) lstmfc__csv_append(report->time_format, sizeof report->time_format, ", ", "12-AM", "", "");
        if (times->families & LSTMFC__TIME_NAMED) lstmfc__csv_append(report->time_format, sizeof report->time_format, ", ", "Mon d, y", "", "");
    }
    for (k = 0; k < csv->clocks; k++)
        if (csv->times[k].why) {
            char place[64];
            lstmfc__print(place, sizeof place, "\" in line %l)", csv->times[k].bad.line);
            lstmfc__csv_append(report->notes, sizeof report->notes, "; ", csv->times[k].bad.name, " was not used as the time: ", csv->times[k].why);
            lstmfc__csv_append(report->notes, sizeof report->notes, " ", "(\"", csv->times[k].bad.text, place);
        }
    return 1;
}

/* The columns' part of the report: what was read as what, and what was left aside. */
LSTMFC__PRIVATE void lstmfc__csv_describe(lstmfc__csv *csv)
{
    lstmfc_csv_report *report = csv->report;
    size_t i;
    int32_t r;
    lstmfc__csv_append(report->mapping, sizeof report->mapping, ", ", "time=", report->time_column, "");
    for (r = 0; r < LSTMFC__ROLES; r++)
        for (i = 0; i < csv->columns; i++)
            if (csv->column[i].role == r)
                lstmfc__csv_append(report->mapping, sizeof report->mapping, ", ", lstmfc__role_name(r), "=", csv->column[i].name);
    for (i = 0; i < csv->columns; i++) {
        if (csv->column[i].kind == LSTMFC__CELL_NUMBER) report->blank_cells += csv->column[i].blanks;
        else if (csv->column[i].kind != LSTMFC__CELL_CLOCK && (int32_t)i != csv->chosen)
            lstmfc__csv_append(report->ignored, sizeof report->ignored, ", ", csv->column[i].name, "", "");
    }
}

/* ---- CSV 6: cleaning ------------------------------------------------------------------------------------------------ */

/* Order of rows: by time, rows of one time as in the file. No two rows are equal, so the result does not depend on the
   algorithm. */
LSTMFC__PRIVATE int lstmfc__row_before(const int64_t *time, size_t a, size_t b) { return time[a] != time[b] ? time[a] < time[b] : a < b; }

/* Heap sort of row numbers (Williams 1964): in place, and never quadratic, whatever a file is made of. In a heap no parent comes
   before its children, 2 i + 1 and 2 i + 2: the last row of all is at the top. `moving` sinks from the top of the part [start,
   end): as long as a child comes after it, the later child moves up. */
LSTMFC__PRIVATE void lstmfc__sort_rows(const int64_t *time, size_t *order, size_t count)
{
    size_t start = count / 2, end = count;
    while (end > 1) {
        size_t root, child, moving;
        if (start) moving = order[--start];                     /* first build the heap, then take the largest off it */
        else { moving = order[--end]; order[end] = order[0]; }
        for (root = start; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && lstmfc__row_before(time, order[child], order[child + 1])) child++;
            if (!lstmfc__row_before(time, moving, order[child])) break;
            order[root] = order[child];
        }
        order[root] = moving;
    }
}

/* The first numeric column with a role up to `role` in which two rows disagree (a blank disagrees with nothing); columns = none. */
LSTMFC__PRIVATE size_t lstmfc__csv_differ(const lstmfc__csv *csv, size_t a, size_t b, int32_t role)
{
    size_t i;
    for (i = 0; i < csv->columns; i++) {
        const lstmfc__csv_column *column = &csv->column[i];
        double x, y;
        if (column->kind != LSTMFC__CELL_NUMBER || column->role > role) continue;
        x = csv->number[a * csv->slots + column->slot];
        y = csv->number[b * csv->slots + column->slot];
        if (!lstmfc_is_nan(x) && !lstmfc_is_nan(y) && (x < y || x > y)) break;
    }
    return i;
}

/* Row numbers in the order of time, each time once: order [rows], of which the first *kept count. A file that is merely newest
   first is turned round, one that is out of order sorted. Of rows with one time the first is kept, or the last on request; when
   they disagree and nobody said which is right, that is an error naming both lines. */
LSTMFC__PRIVATE int lstmfc__csv_order(lstmfc__csv *csv, size_t *order, size_t *kept)
{
    lstmfc_csv_report *report = csv->report;
    size_t i, w, rows = csv->rows, forward = 0, backward = 0;
    for (i = 1; i < rows; i++) {
        forward += csv->time[i] > csv->time[i - 1];
        backward += csv->time[i] < csv->time[i - 1];
    }
    report->descending = backward > forward;
    report->out_of_order = (int64_t)(backward > forward ? forward : backward);
    /* the direction in which most steps go is the file's own; sorting is only for files that break it */
    for (i = 0; i < rows; i++) order[i] = report->descending ? rows - 1 - i : i;
    if (rows && forward != rows - 1 && backward != rows - 1) lstmfc__sort_rows(csv->time, order, rows);
    for (i = 0, w = 0; i < rows; i++) {
        size_t column;
        if (!w || csv->time[order[i]] != csv->time[order[w - 1]]) { order[w++] = order[i]; continue; }
        report->duplicate_rows++;
        column = lstmfc__csv_differ(csv, order[w - 1], order[i], LSTMFC__ROLE_NONE);
        if (column < csv->columns) {
            report->conflicting_rows++;
            /* all conflicts are counted for the report, the first one is told */
            report->conflicting_prices += lstmfc__csv_differ(csv, order[w - 1], order[i], LSTMFC__CLOSE) < csv->columns;
            if (csv->desc.duplicates == 0 && report->conflicting_rows == 1) {
                char time[32], a[32], b[32];
                size_t slot = csv->column[column].slot;
                uint64_t place = csv->place[order[i]];
                lstmfc_format_time(time, csv->time[order[i]]);
                lstmfc_format_double(a, csv->number[order[w - 1] * csv->slots + slot]);
                lstmfc_format_double(b, csv->number[order[i] * csv->slots + slot]);
                lstmfc__csv_fail_line(csv, (int64_t)(place >> 32), (int64_t)(place & 0xffffffffu),
                                      "%s is also the time of line %l, but %s is %s here and %s there: "
                                      "duplicates=first or duplicates=last decides", time, (int64_t)(csv->place[order[w - 1]] >> 32), csv->column[column].name, b, a);
            }
        }
        if (csv->desc.duplicates == 2) order[w - 1] = order[i];
    }
    *kept = w;
    return csv->desc.duplicates || !report->conflicting_rows;
}

/* The commonest step between bars, the smallest of equally common ones; 0 with fewer than two bars. Steps are sorted as doubles:
   between the years 1 and 9999 they stay far below 2^53, so that each is exact. */
LSTMFC__PRIVATE int lstmfc__csv_interval(lstmfc__csv *csv, const int64_t *time, size_t count, int64_t *out)
{
    double *steps;
    size_t i, run = 0, best = 0;
    *out = lstmfc__majority_step(time, count);
    if (*out || count < 2) return 1;
    steps = (double *)lstmfc__alloc(&csv->env, count - 1, sizeof *steps, csv->err);
    if (!steps) return 0;
    for (i = 0; i + 1 < count; i++) steps[i] = (double)(time[i + 1] - time[i]);
    lstmfc_sort(count - 1, steps);
    for (i = 0; i + 1 < count; i++) {
        run = i && !(steps[i] > steps[i - 1]) ? run + 1 : 1;
        if (run > best) { best = run; *out = (int64_t)steps[i]; }
    }
    lstmfc__free(&csv->env, steps, count - 1, sizeof *steps);
    return 1;
}

/* Moves row `from` to row `to` in every column. */
LSTMFC__PRIVATE void lstmfc__series_move(lstmfc__series *series, size_t to, size_t from)
{
    lstmfc_candles *c = &series->candles;
    size_t i;
    c->time[to] = c->time[from];
    for (i = 0; i < c->column_count; i++) {
        c->columns[i].values[to] = c->columns[i].values[from];
        if (c->columns[i].missing) c->columns[i].missing[to] = c->columns[i].missing[from];
    }
}

/* Fill, then drop: on the finished columns, oldest row first. A blank takes the value of the row before, at most max_fill rows
   long: what someone at that time would have known. Interpolation would use the row after, and a model would learn to read it
   there. Then rows without usable prices go: a bar with a blank, zero or negative price cannot be traded. */
LSTMFC__PRIVATE void lstmfc__csv_clean(lstmfc__csv *csv, lstmfc__series *series)
{
    lstmfc_csv_report *report = csv->report;
    lstmfc_candles *c = &series->candles;
    size_t i, t, w, most = csv->desc.max_fill > 0 ? (size_t)csv->desc.max_fill : 0;
    int32_t r;
    for (i = 0; i < c->column_count && most; i++) {
        double *x = c->columns[i].values;
        size_t run = 0;
        for (t = 1; t < c->count; t++) {
            if (!lstmfc_is_nan(x[t])) { run = 0; continue; }
            if (lstmfc_is_nan(x[t - 1]) || run == most) continue;   /* nothing before it, or filled far enough */
            x[t] = x[t - 1];
            run++;
            report->filled_cells++;
        }
    }
    for (t = 0, w = 0; t < c->count; t++) {
        int prices = 0, blank = 0, zero = 0, negative = 0;
        for (r = 0; r <= LSTMFC__CLOSE; r++) {
            const double *x = lstmfc__role_values(c, r);
            if (!x) continue;
            prices++;
            blank += lstmfc_is_nan(x[t]);
            zero += x[t] == 0;
            negative += x[t] < 0;
        }
        if (!prices)                                            /* no price column at all: a row without any value */
            for (i = 0; i < c->column_count; i++) { prices++; blank += lstmfc_is_nan(c->columns[i].values[t]); }
        if (blank && blank == prices) report->blank_rows++;
        else if (c->close || c->open || c->high || c->low ? blank || negative : 0) report->bad_price_rows++;
        else if (zero) report->zero_price_rows++;
        else { if (w != t) lstmfc__series_move(series, w, t); w++; }
    }
    c->count = w;
}

/* A file with two volumes, of the base asset (b) and of the quote asset (q): q/b is about the price, so that rows where b/q is
   have them exchanged. They are counted, not mended. */
LSTMFC__PRIVATE void lstmfc__csv_compare_volumes(lstmfc__csv *csv, const lstmfc__series *series)
{
    const lstmfc_candles *c = &series->candles;
    const double *other = NULL;
    const char *name = NULL;
    char first[32];
    size_t i, t;
    int32_t rank;
    for (i = 0; i < c->column_count && !other; i++) {
        name = c->columns[i].name;
        if (c->columns[i].values != c->volume && lstmfc__csv_role(name, strlen(name), NULL, &rank) == LSTMFC__VOLUME) other = c->columns[i].values;
    }
    if (!other || !c->volume || !c->close) return;
    for (t = 0; t < c->count; t++) {
        /* b close / q is near 1 in a right row, q close / b in an exchanged one; both when the price is near 1, which tells
           nothing */
        double b = c->volume[t], q = other[t], right = b * c->close[t] / q, wrong = q * c->close[t] / b;
        if (!(b > 0 && q > 0) || !(wrong > 0.5 && wrong < 2) || (right > 0.5 && right < 2)) continue;
        if (!csv->report->exchanged_volumes++) lstmfc_format_time(first, c->time[t]);
    }
    if (!csv->report->exchanged_volumes) return;
    lstmfc__csv_append(csv->report->notes, sizeof csv->report->notes, "; ", "volume and ", name, " look exchanged in some rows");
    lstmfc__csv_append(csv->report->notes, sizeof csv->report->notes, ", ", "first at ", first, "");
}

/* Drops what is not a finished bar, keeps the last ones asked for, and measures what is left. */
LSTMFC__PRIVATE int lstmfc__csv_finish(lstmfc__csv *csv, lstmfc__series *series)
{
    lstmfc_csv_report *report = csv->report;
    lstmfc_candles *c = &series->candles;
    size_t t, first;
    if (!lstmfc__csv_interval(csv, c->time, c->count, &c->interval)) return 0;
    report->interval = c->interval;
    /* a bar is closed when its open + interval <= now; written so that it cannot overflow */
    if (csv->desc.now > 0 && c->interval)
        while (c->count && c->time[c->count - 1] > csv->desc.now - c->interval) { c->count--; report->unclosed++; }
    if (csv->desc.drop_last && !report->unclosed && c->count) { c->count--; report->unclosed++; }
    if (csv->desc.last > 0 && c->count > (size_t)csv->desc.last) {
        first = c->count - (size_t)csv->desc.last;
        for (t = first; t < c->count; t++) lstmfc__series_move(series, t - first, t);
        c->count -= first;
    }
    if (!c->count) {
        lstmfc__fail(csv->err, LSTMFC_ERROR_DATA,
                     "%s: no bar is left of %l rows: %l without a value, %l with a blank or negative price, %l with a price of zero, "
                     "%l not closed", csv->path ? csv->path : "CSV", report->rows, report->blank_rows, report->bad_price_rows, report->zero_price_rows, report->unclosed);
        return 0;
    }
    for (t = 0; t < c->count; t++) {
        int64_t missing = t ? lstmfc__missing_bars(c->time[t] - c->time[t - 1], c->interval) : 0;
        report->missing_bars += missing;
        report->gaps += missing > 0;
        report->ohlc_violations += lstmfc__breaks_order(c, t);
        report->zero_volume += c->volume && c->volume[t] == 0;
    }
    lstmfc__csv_compare_volumes(csv, series);
    report->kept = (int64_t)c->count;
    return 1;
}

/* The rows as a series: gathered through the order, column by column, then cleaned. `missing` is set before the fill, so that
   a feature can still ask whether a value was really there. */
LSTMFC__PRIVATE lstmfc__series *lstmfc__csv_series(lstmfc__csv *csv)
{
    lstmfc__series *series = NULL;
    int32_t role[LSTMFC__ROLES], r;
    size_t i, t, n = 0, kept = 0;
    size_t *order = (size_t *)lstmfc__alloc(&csv->env, csv->rows, sizeof *order, csv->err);
    const char **names = (const char **)lstmfc__alloc(&csv->env, csv->columns, sizeof *names, csv->err);
    for (r = 0; r < LSTMFC__ROLES; r++) role[r] = -1;
    if (order && names && lstmfc__csv_order(csv, order, &kept)) {
        for (i = 0; i < csv->columns; i++) {
            if (csv->column[i].kind != LSTMFC__CELL_NUMBER) continue;
            if (csv->column[i].role < LSTMFC__ROLES) role[csv->column[i].role] = (int32_t)n;
            names[n++] = csv->column[i].name;
        }
        series = lstmfc__series_create(kept, names, n, role, &csv->env, csv->err);
    }
    if (series) {
        for (t = 0; t < kept; t++) series->candles.time[t] = csv->time[order[t]];
        for (i = 0, n = 0; i < csv->columns; i++) {
            lstmfc_column *out = &series->candles.columns[n];
            size_t slot = csv->column[i].slot;
            if (csv->column[i].kind != LSTMFC__CELL_NUMBER) continue;
            for (t = 0; t < kept; t++) out->values[t] = csv->number[order[t] * csv->slots + slot];
            out->blanks = csv->column[i].blanks;
            if (out->blanks) {
                unsigned char *missing = lstmfc__series_missing(series, n);
                for (t = 0; t < kept; t++) missing[t] = (unsigned char)lstmfc_is_nan(out->values[t]);
            }
            n++;
        }
        series->candles.synthetic = csv->synthetic;
        lstmfc__csv_clean(csv, series);
        if (!lstmfc__csv_finish(csv, series)) { lstmfc_candles_free(&series->candles); series = NULL; }
    }
    lstmfc__free(&csv->env, order, csv->rows, sizeof *order);
    lstmfc__free(&csv->env, names, csv->columns, sizeof *names);
    return series;
}

/* The whole job, from a source that is set up. Gives back every working array. */
LSTMFC__PRIVATE lstmfc_candles *lstmfc__csv_run(lstmfc__csv *csv, const lstmfc_csv_desc *desc)
{
    lstmfc_csv_report own;
    lstmfc__series *series = NULL;
    int got = 0;
    if (desc) csv->desc = *desc;
    csv->report = csv->desc.report ? csv->desc.report : &own;
    memset(csv->report, 0, sizeof *csv->report);
    if (lstmfc_csv_desc_resolve(&csv->desc, csv->err)) return NULL;
    csv->env = lstmfc__env_fill(csv->desc.env);
    csv->line = 1;
    csv->unit = csv->desc.time_format >= 2 && csv->desc.time_format <= 5 ? csv->desc.time_format - 2 : LSTMFC__UNIT_AUTO;
    csv->decimal = (char)(csv->desc.decimal == 1 ? '.' : csv->desc.decimal == 2 ? ',' : 0);
    csv->decimal_told = csv->decimal != 0;
    /* one pass over the rows, then the verdicts, then the series; got < 0 and a failed row have filled err already */
    if (lstmfc__csv_layout(csv)) {
        while ((got = lstmfc__csv_next(csv)) > 0) if (!lstmfc__csv_row(csv)) break;
        if (!got && !csv->rows) lstmfc__csv_fail_line(csv, csv->line, 1, "no data rows");
        else if (!got && lstmfc__csv_decide_decimal(csv) && lstmfc__csv_decide_times(csv)) {
            lstmfc__csv_describe(csv);
            series = lstmfc__csv_series(csv);
        }
    }
    lstmfc__free(&csv->env, csv->buffer, csv->capacity, 1);
    lstmfc__free(&csv->env, csv->cell, csv->cell_capacity, sizeof *csv->cell);
    lstmfc__free(&csv->env, csv->column, csv->columns, sizeof *csv->column);
    lstmfc__free(&csv->env, csv->names, csv->names_size, 1);
    lstmfc__free(&csv->env, csv->time, csv->time_capacity, sizeof *csv->time);
    lstmfc__free(&csv->env, csv->place, csv->place_capacity, sizeof *csv->place);
    lstmfc__free(&csv->env, csv->number, csv->number_capacity, sizeof *csv->number);
    lstmfc__free(&csv->env, csv->twin, csv->twin_capacity, sizeof *csv->twin);
    return series ? &series->candles : NULL;
}

LSTMFC__DEF lstmfc_candles *lstmfc_candles_parse_csv(const char *text, size_t length, const lstmfc_csv_desc *desc, lstmfc_error *err)
{
    lstmfc__csv csv;
    if (!text && length) { lstmfc__fail_null(err, "text"); return NULL; }
    memset(&csv, 0, sizeof csv);
    csv.err = err;
    csv.text = text ? text : "";
    csv.length = length;
    csv.at_end = 1;
    return lstmfc__csv_run(&csv, desc);
}

#ifndef LSTMFC_NO_STDIO
/* errno is read right after the call that failed; fewer bytes than asked for without an error is the end of the file. */
LSTMFC__PRIVATE size_t lstmfc__csv_read_file(void *context, char *out, size_t size, const char **cause)
{
    FILE *file = (FILE *)context;
    size_t got;
    errno = 0;
    got = fread(out, 1, size, file);
    if (got < size && ferror(file)) *cause = lstmfc__cause(errno);
    return got;
}

LSTMFC__DEF lstmfc_candles *lstmfc_candles_load_csv(const char *path, const lstmfc_csv_desc *desc, lstmfc_error *err)
{
    lstmfc__csv csv;
    lstmfc_candles *candles;
    FILE *file;
    if (!path) { lstmfc__fail_null(err, "path"); return NULL; }
    file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!file) { lstmfc__fail(err, LSTMFC_ERROR_OPEN, "%s: cannot be opened: %s", path, lstmfc__cause(errno)); return NULL; }
    memset(&csv, 0, sizeof csv);
    csv.err = err;
    csv.path = file == stdin ? "stdin" : path;
    csv.text = "";
    csv.read = lstmfc__csv_read_file;
    csv.context = file;
    candles = lstmfc__csv_run(&csv, desc);
    if (file != stdin) fclose(file);
    return candles;
}
#endif

/* ================================================================================================================
   13 indicators >>indicators
   ================================================================================================================ */

/* An indicator is a causal function of a series: its value at bar t is made of bars 0..t. Each one below is a machine with one
   step, `_update`, that takes the closed bar and gives the value; the batch form is a loop over the same step, so a live stream
   and a back-computed history cannot disagree, not even in the last bit. There are three families:

     window      mean, deviation, extremes, rank ... of the last n values. The values are kept and the statistic is made afresh
                 for each bar: a running sum is faster, but it carries the rounding of every bar it ever saw, and at a price of
                 1e7 or 1e-5 what is left of a variance by running sums is noise. With d_i = x_i - x_oldest:
                     mean = x_oldest + sum(d_i)/n          variance = sum((d_i - mean(d))^2) / (n - ddof)
                 so a flat leg has deviation 0 exactly, and no epsilon is needed to see that it is flat.
     recursive   v += a (x - v): the exponential average (a = 2/(n+1)) and Wilder's (a = 1/n), seeded with the mean of the first
                 n values. The seed's share in the value falls as (1-a)^t: `_stable` counts the bars until it is below eps.
     cumulative  OBV and the anchored VWAP: they depend on where the series starts for ever. They are summed with the rounding
                 kept apart (Neumaier 1974).

   Pitfalls. Seeds differ between libraries and so do the first hundred values: the definitions here are TA-Lib's (MACD's fast
   average is seeded late, ADX averages the DX of bars n..2n-1, ties of directional movement count for nobody). Zero range, zero
   volume and flat prices are ordinary in markets: each formula below names its value there. A comparison with zero is exact, so
   a price in satoshi behaves like one in dollars. NaN in: a window is NaN until the value has left it, a recursion holds.
   Literature: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978. */

#define LSTMFC__LN2 0.693147180559945309417

/* ---- windows ---- */

/* A ring buffer forgets the oldest value by overwriting it, but its content then lies in two pieces, and every statistic would
   need an index modulo n. Writing each value twice, n apart, costs one store and always leaves the last n values in one piece:

       n = 3, pushed 1 2 3 4:   ring = 4 2 3 | 4 2 3     at = 1, the window is ring[1..3] = 2 3 4

   `bad` counts the values in the window that are not finite, so one NaN costs n values of the result and not one more. */
LSTMFC__DEF size_t lstmfc_window_floats(int32_t n) { return n > 0 ? 2 * (size_t)n : 0; }

LSTMFC__DEF lstmfc_result lstmfc_window_init(lstmfc_window *window, int32_t n)
{
    if (n < 1) return LSTMFC_ERROR_ARGUMENT;
    window->n = n;
    window->at = window->bad = 0;
    window->count = 0;
    return LSTMFC_OK;
}

LSTMFC__DEF const double *lstmfc_window_push(lstmfc_window *window, double *ring, double x)
{
    int32_t at = window->at, n = window->n;
    /* Before it is overwritten, place `at` still holds the value of n bars ago. */
    if (window->count >= n && !lstmfc_is_finite(ring[at])) window->bad--;      /* the oldest leaves */
    if (!lstmfc_is_finite(x)) window->bad++;
    ring[at] = ring[at + n] = x;
    window->at = at + 1 == n ? 0 : at + 1;
    window->count++;
    return window->count >= n && window->bad == 0 ? ring + at + 1 : NULL;      /* at + 1 .. at + n: oldest .. newest */
}

/* The mean's distance from the oldest value: what is small stays exact, however large the price. */
LSTMFC__PRIVATE double lstmfc__window_offset(const double *x, int32_t n)
{
    double sum = 0.0;
    int32_t i;
    /* A sum of 1000 prices near 1e7 is rounded in steps of 2e-6 at its end; their differences, of some dollars, 1e6 times
       finer. */
    for (i = 1; i < n; i++) sum += x[i] - x[0];
    return sum / n;
}

LSTMFC__DEF double lstmfc_window_mean(const double *x, int32_t n) { return x[0] + lstmfc__window_offset(x, n); }

/* sum(w_i x_i) / sum(w_i) with w_i = i + 1; the weights add up to n (n+1)/2. Again as x_0 plus what the others differ from it. */
LSTMFC__DEF double lstmfc_window_wma(const double *x, int32_t n)
{
    double sum = 0.0;
    int32_t i;
    /* Example 1 2 4: 1 + (2*1 + 3*3)/6 = 17/6, which is (1*1 + 2*2 + 3*4)/6. */
    for (i = 1; i < n; i++) sum += (i + 1.0) * (x[i] - x[0]);
    return x[0] + sum / (0.5 * n * (n + 1.0));
}

/* Sum of squared deviations. The second sum is 0 but for the rounding of the mean, and takes that rounding out again. */
LSTMFC__PRIVATE double lstmfc__window_squares(const double *x, int32_t n)
{
    double mean = lstmfc__window_offset(x, n), squares = 0.0, rest = 0.0, d;
    int32_t i;
    for (i = 0; i < n; i++) {
        d = (x[i] - x[0]) - mean;
        squares += d * d;
        rest += d;
    }
    squares -= rest * rest / n;
    return squares > 0.0 ? squares : 0.0;
}

/* ddof 0 describes these n values (bands, z-score); ddof 1 estimates the variance they were drawn with (realized volatility). */
LSTMFC__DEF double lstmfc_window_variance(const double *x, int32_t n, int32_t ddof)
{
    return n > ddof ? lstmfc__window_squares(x, n) / (n - ddof) : lstmfc_nan();
}

LSTMFC__DEF double lstmfc_window_stddev(const double *x, int32_t n) { return lstmfc_sqrt(lstmfc_window_variance(x, n, 0)); }

/* How many deviations the newest value is from the mean. The numerator is formed from differences too: x - mean of two large
   prices would keep only the last digits. A flat window has no unit to measure in: 0. */
LSTMFC__DEF double lstmfc_window_zscore(const double *x, int32_t n)
{
    double deviation = lstmfc_window_stddev(x, n);
    return deviation > 0.0 ? ((x[n - 1] - x[0]) - lstmfc__window_offset(x, n)) / deviation : 0.0;
}

/* Extremes are searched afresh, n comparisons a bar: for the n of indicators that is faster than the bookkeeping of a deque. */
LSTMFC__DEF double lstmfc_window_min(const double *x, int32_t n)
{
    double least = x[0];
    int32_t i;
    for (i = 1; i < n; i++) if (x[i] < least) least = x[i];
    return least;
}

LSTMFC__DEF double lstmfc_window_max(const double *x, int32_t n)
{
    double most = x[0];
    int32_t i;
    for (i = 1; i < n; i++) if (x[i] > most) most = x[i];
    return most;
}

/* Here the sum itself is asked for. Terms of one sign, as volumes are, lose nothing but the roundings of the result; and
   nothing of one bar's rounding is carried into the next, for the window is summed afresh. */
LSTMFC__DEF double lstmfc_window_sum(const double *x, int32_t n)
{
    double sum = 0.0;
    int32_t i;
    for (i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* 0: the newest is the least of the window, 1: the greatest, 0.5: as many below as above. Unlike the z-score it does not care how
   far away an outlier is. */
LSTMFC__DEF double lstmfc_window_rank(const double *x, int32_t n)
{
    double score = 0.0;
    int32_t i;
    /* Example 1 5 3 3, the last is the newest: one below, one equal: (1 + 0.5)/3 = 0.5. */
    for (i = 0; i < n - 1; i++) score += x[i] < x[n - 1] ? 1.0 : x[i] == x[n - 1] ? 0.5 : 0.0;
    return score / (n - 1.0);
}

/* sum((i - m) d_i) / sum((i - m)^2), m = (n-1)/2; the lower sum is n (n^2 - 1)/12. */
LSTMFC__DEF double lstmfc_window_slope(const double *x, int32_t n)
{
    double middle = 0.5 * (n - 1.0), sum = 0.0;
    int32_t i;
    /* x_i may be replaced by its distance from x_0 as sum(i - m) = 0. Example 2 4 6: m = 1, (0*2 + 1*4) / (3*8/12) = 2 a bar. */
    for (i = 1; i < n; i++) sum += (i - middle) * (x[i] - x[0]);
    return sum / (n * ((double)n * n - 1.0) / 12.0);
}

/* r = sum(dx dy) / sqrt(sum(dx^2) sum(dy^2)). Two roots, not one of the product, which could underflow; rounding may lead a hair
   outside of -1..1, and whoever takes acos or sqrt(1 - r^2) of the result would get NaN. */
LSTMFC__DEF double lstmfc_window_corr(const double *x, const double *y, int32_t n)
{
    double mean_x = lstmfc__window_offset(x, n), mean_y = lstmfc__window_offset(y, n), xy = 0.0, r;
    double xx = lstmfc__window_squares(x, n), yy = lstmfc__window_squares(y, n);
    int32_t i;
    if (!(xx > 0.0 && yy > 0.0)) return 0.0;
    for (i = 0; i < n; i++) xy += ((x[i] - x[0]) - mean_x) * ((y[i] - y[0]) - mean_y);
    r = xy / (lstmfc_sqrt(xx) * lstmfc_sqrt(yy));
    return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}

/* M = mean, R = k deviation:  middle M, upper M + R, lower M - R, width 100 (2 R)/M, percent (x - (M - R))/(2 R). */
LSTMFC__DEF void lstmfc_window_bands(const double *x, int32_t n, double k, double out[5])
{
    double offset = lstmfc__window_offset(x, n), middle = x[0] + offset, reach = k * lstmfc_window_stddev(x, n);
    out[0] = middle;
    out[1] = middle + reach;
    out[2] = middle - reach;
    out[3] = middle != 0.0 ? 100.0 * (2.0 * reach) / middle : 0.0;             /* 2 reach: U - L would cancel */
    /* No band, no place in it: 0.5 is the middle. 0 and 1 lie on the bands, and a price beyond them is below 0 or above 1. */
    out[4] = reach != 0.0 ? (((x[n - 1] - x[0]) - offset) + reach) / (2.0 * reach) : 0.5;
}

/* The mean absolute deviation in place of the standard one; Lambert's 0.015 brings most values into -100..100. */
LSTMFC__DEF double lstmfc_window_cci(const double *x, int32_t n)
{
    double mean = lstmfc__window_offset(x, n), deviation = 0.0;
    int32_t i;
    for (i = 0; i < n; i++) deviation += fabs((x[i] - x[0]) - mean);
    return deviation > 0.0 ? ((x[n - 1] - x[0]) - mean) / (0.015 * (deviation / n)) : 0.0;
}

/* x[t] is read before out[t] is written and lives on in the ring: that is why out may be x. */
LSTMFC__DEF lstmfc_result lstmfc_window_batch(double (*statistic)(const double *x, int32_t n), const double *x, size_t count,
                                              int32_t n, double *ring, double *out)
{
    lstmfc_window window;
    size_t t;
    if (lstmfc_window_init(&window, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) {
        const double *last = lstmfc_window_push(&window, ring, x[t]);
        out[t] = last ? statistic(last, n) : lstmfc_nan();
    }
    return LSTMFC_OK;
}

/* A window would hide x[t-n] behind any NaN between; a lag looks at one value alone. n + 1 places: the newest and n before it, so
   that n = 0, x itself, is no special case. */
LSTMFC__DEF size_t lstmfc_lag_floats(int32_t n) { return n >= 0 ? (size_t)n + 1 : 0; }

LSTMFC__DEF lstmfc_result lstmfc_lag_init(lstmfc_lag *lag, int32_t n)
{
    if (n < 0) return LSTMFC_ERROR_ARGUMENT;
    lag->n = n;
    lag->at = 0;
    lag->count = 0;
    return LSTMFC_OK;
}

/* Example n = 2, three places: after a b c the next place is 0 again, and there stands a, the value of two bars ago. */
LSTMFC__DEF double lstmfc_lag_update(lstmfc_lag *lag, double *ring, double x)
{
    ring[lag->at] = x;
    lag->at = lag->at == lag->n ? 0 : lag->at + 1;                             /* now the place of the oldest */
    return lag->count++ >= lag->n ? ring[lag->at] : lstmfc_nan();
}

/* ---- averages that recur ---- */

/* Both averages are one recursion with another factor a; n matters for the seed alone. While the seed is being gathered (count <
   n), `value` is the sum of differences from the first value, `base`; from then on it is the average itself. */
LSTMFC__PRIVATE lstmfc_result lstmfc__ema_start(lstmfc_ema *ema, int32_t n, double alpha)
{
    if (n < 1) return LSTMFC_ERROR_ARGUMENT;
    ema->n = n;
    ema->count = 0;
    ema->alpha = alpha;
    ema->base = ema->value = 0.0;
    return LSTMFC_OK;
}

/* A value of k bars ago weighs a (1-a)^k, so the weights' mean age is (1-a)/a bars. With a = 2/(n+1) that is (n-1)/2, as in a
   plain mean of n: hence the factor. Wilder's 1/n is 2/(m+1) with m = 2n-1: his average of 14 is as slow as an EMA of 27. */
LSTMFC__DEF lstmfc_result lstmfc_ema_init(lstmfc_ema *ema, int32_t n) { return lstmfc__ema_start(ema, n, 2.0 / (n + 1.0)); }
LSTMFC__DEF lstmfc_result lstmfc_wilder_init(lstmfc_ema *ema, int32_t n) { return lstmfc__ema_start(ema, n, 1.0 / n); }

/* v += a (x - v) rather than a x + (1-a) v: one product less, and a constant series stays constant to the last bit. A bar without
   a finite x changes nothing: the next good one goes on from the held value. */
LSTMFC__DEF double lstmfc_ema_update(lstmfc_ema *ema, double x)
{
    if (!lstmfc_is_finite(x)) return lstmfc_nan();
    if (ema->count >= ema->n) return ema->value += ema->alpha * (x - ema->value);
    /* Example n = 3, values 1 2 6 5: base 1, sum 0+1+5, seed 1 + 6/3 = 3; then a = 0.5 and 3 + 0.5 (5 - 3) = 4. */
    if (ema->count == 0) ema->base = x;
    ema->value += x - ema->base;
    if (++ema->count < ema->n) return lstmfc_nan();
    return ema->value = ema->base + ema->value / ema->n;
}

LSTMFC__DEF lstmfc_result lstmfc_ema_batch(const double *x, size_t count, int32_t n, double *out)
{
    lstmfc_ema ema;
    size_t t;
    if (lstmfc_ema_init(&ema, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) out[t] = lstmfc_ema_update(&ema, x[t]);
    return LSTMFC_OK;
}

LSTMFC__DEF lstmfc_result lstmfc_wilder_batch(const double *x, size_t count, int32_t n, double *out)
{
    lstmfc_ema ema;
    size_t t;
    if (lstmfc_wilder_init(&ema, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) out[t] = lstmfc_ema_update(&ema, x[t]);
    return LSTMFC_OK;
}

LSTMFC__DEF int64_t lstmfc_ema_lookback(int32_t n) { return (int64_t)n - 1; }

/* Bars until the seed's share is below eps when an average of ratio r1 = 1 - a1 feeds one of ratio r2 (0: there is no second):
   s_k = r1^k,  y_k = r2 y_{k-1} + (1 - r2) s_k,  y_0 = 1. */
LSTMFC__PRIVATE int64_t lstmfc__seed_bars(double r1, double r2, double eps)
{
    double share = 1.0, second = 1.0;
    int64_t bars = 0;
    if (!(eps > 0.0)) eps = 1e-4;
    /* Counted rather than solved for k: with two ratios k has no closed form, and a loop needs no logarithm. Example: r1 =
       19/21 (EMA of 20), eps 1e-4: 93 bars; r1 = 13/14 (Wilder's of 14): 125. */
    while (second >= eps && bars < (int64_t)1 << 24) {
        share *= r1;
        second = r2 * second + (1.0 - r2) * share;
        bars++;
    }
    return bars;
}

LSTMFC__DEF int64_t lstmfc_ema_stable(int32_t n, double eps) { return lstmfc__seed_bars(1.0 - 2.0 / (n + 1.0), 0.0, eps); }
LSTMFC__DEF int64_t lstmfc_wilder_stable(int32_t n, double eps) { return lstmfc__seed_bars(1.0 - 1.0 / n, 0.0, eps); }

/* The relative strength index: which share of the recent movement was upward.
       gain = max(change, 0)   loss = max(-change, 0)   G, L = Wilder's averages of them   RSI = 100 G/(G+L)
   which is Wilder's 100 - 100/(1 + G/L) without a division by L = 0. Only G = L = 0 is left: 0, as TA-Lib has it. */
LSTMFC__DEF lstmfc_result lstmfc_rsi_init(lstmfc_rsi *rsi, int32_t n)
{
    if (n < 2) return LSTMFC_ERROR_ARGUMENT;
    lstmfc_wilder_init(&rsi->gain, n);
    lstmfc_wilder_init(&rsi->loss, n);
    rsi->previous = lstmfc_nan();
    return LSTMFC_OK;
}

LSTMFC__DEF double lstmfc_rsi_update(lstmfc_rsi *rsi, double x)
{
    double change, gain, loss;
    if (!lstmfc_is_finite(x)) return lstmfc_nan();
    /* A hole in the data has not moved `previous`: the first change after it spans the hole. */
    change = x - rsi->previous;
    rsi->previous = x;
    if (lstmfc_is_nan(change)) return lstmfc_nan();                            /* the first value */
    gain = lstmfc_ema_update(&rsi->gain, change > 0.0 ? change : 0.0);
    loss = lstmfc_ema_update(&rsi->loss, change < 0.0 ? -change : 0.0);
    /* Both averages have seen equally many changes: one test is enough. Averages of 3 up and 1 down give 75. */
    if (lstmfc_is_nan(gain)) return gain;
    return gain > 0.0 ? 100.0 * (gain / (gain + loss)) : 0.0;
}

LSTMFC__DEF lstmfc_result lstmfc_rsi_batch(const double *x, size_t count, int32_t n, double *out)
{
    lstmfc_rsi rsi;
    size_t t;
    if (lstmfc_rsi_init(&rsi, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) out[t] = lstmfc_rsi_update(&rsi, x[t]);
    return LSTMFC_OK;
}

LSTMFC__DEF int64_t lstmfc_rsi_lookback(int32_t n) { return n; }

/* The RSI of a calm market stays between 40 and 60 for weeks; measured against its own range of the last bars it uses the whole
   scale again (Chande and Kroll, The New Technical Trader, 1994). raw -> k -> d are each smoother and later than the one before.
   The caller's ring holds the three windows one after another. */
LSTMFC__DEF size_t lstmfc_stochrsi_floats(int32_t stoch_n, int32_t k, int32_t d)
{
    return lstmfc_window_floats(stoch_n) + lstmfc_window_floats(k) + lstmfc_window_floats(d);
}

LSTMFC__DEF lstmfc_result lstmfc_stochrsi_init(lstmfc_stochrsi *state, int32_t rsi_n, int32_t stoch_n, int32_t k, int32_t d)
{
    if (rsi_n < 2 || stoch_n < 1 || k < 1 || d < 1) return LSTMFC_ERROR_ARGUMENT;
    lstmfc_rsi_init(&state->rsi, rsi_n);
    lstmfc_window_init(&state->range, stoch_n);
    lstmfc_window_init(&state->k, k);
    lstmfc_window_init(&state->d, d);
    return LSTMFC_OK;
}

/* While prices stand still, both averages of the RSI shrink by the same factor and the RSI stays where it is but for rounding,
   about 1e-14: a range as narrow as that has no width. (The RSI has no unit, so this is no epsilon on prices.) */
#define LSTMFC__RSI_NOISE 1e-11

/* 100 (x - low)/(high - low), x between them; 0 where there is no range. */
/* No clamp is needed: rounding keeps order, so x <= high gives x - low <= high - low and a quotient of at most 1 after
   rounding too. */
LSTMFC__PRIVATE double lstmfc__percent_of_range(double x, double low, double high)
{
    return high > low ? 100.0 * ((x - low) / (high - low)) : lstmfc_is_nan(x) ? x : 0.0;
}

/* The mean of n percentages: rounding must not lead out of 0..100. NaN while the window is not full. */
/* A NaN passes both comparisons as it is. */
LSTMFC__PRIVATE double lstmfc__smooth_percent(lstmfc_window *window, double *ring, double x)
{
    const double *last = lstmfc_window_push(window, ring, x);
    double mean = last ? lstmfc_window_mean(last, window->n) : lstmfc_nan();
    return mean > 100.0 ? 100.0 : mean < 0.0 ? 0.0 : mean;
}

LSTMFC__DEF void lstmfc_stochrsi_update(lstmfc_stochrsi *state, double *ring, double x, double out[3])
{
    double *ring_k = ring + lstmfc_window_floats(state->range.n), *ring_d = ring_k + lstmfc_window_floats(state->k.n);
    double rsi = lstmfc_rsi_update(&state->rsi, x);
    const double *last;
    out[0] = lstmfc_nan();
    /* The RSI's warm-up goes into the window as NaN and out again after stoch_n bars: the lookbacks add up by themselves. */
    last = lstmfc_window_push(&state->range, ring, rsi);
    if (last) {
        double low = lstmfc_window_min(last, state->range.n), high = lstmfc_window_max(last, state->range.n);
        out[0] = high - low > LSTMFC__RSI_NOISE ? lstmfc__percent_of_range(rsi, low, high) : 0.0;
    }
    out[1] = lstmfc__smooth_percent(&state->k, ring_k, out[0]);
    out[2] = lstmfc__smooth_percent(&state->d, ring_d, out[1]);
}

LSTMFC__DEF int64_t lstmfc_stochrsi_lookback(int32_t rsi_n, int32_t stoch_n, int32_t k, int32_t d, int32_t output)
{
    return (int64_t)rsi_n + stoch_n - 1 + (output > 0 ? k - 1 : 0) + (output > 1 ? d - 1 : 0);
}

/* line = EMA(fast) - EMA(slow), signal = EMA of the line, hist = line - signal. For 12, 26, 9 the slow average is seeded by bars
   0..25. TA-Lib seeds the fast one by bars 14..25, not 0..11, so that both are born on bar 25; the signal is seeded by the lines
   of bars 25..33, and bar 33 is the first of all three outputs. `skip` counts the 14 bars the fast average sits out. */
LSTMFC__DEF lstmfc_result lstmfc_macd_init(lstmfc_macd *macd, int32_t fast, int32_t slow, int32_t signal)
{
    if (fast < 1 || slow < fast || signal < 1) return LSTMFC_ERROR_ARGUMENT;
    lstmfc_ema_init(&macd->fast, fast);
    lstmfc_ema_init(&macd->slow, slow);
    lstmfc_ema_init(&macd->signal, signal);
    macd->skip = slow - fast;
    return LSTMFC_OK;
}

LSTMFC__DEF void lstmfc_macd_update(lstmfc_macd *macd, double x, double out[3])
{
    double fast = lstmfc_nan(), slow, line, signal;
    out[0] = out[1] = out[2] = lstmfc_nan();
    if (!lstmfc_is_finite(x)) return;
    slow = lstmfc_ema_update(&macd->slow, x);
    if (macd->skip > 0) macd->skip--;                                          /* the fast seed ends where the slow one does */
    else fast = lstmfc_ema_update(&macd->fast, x);
    line = fast - slow;
    /* The line is NaN until both averages are born; an average passes over NaN, so the signal's seed begins with the first
       line. */
    signal = lstmfc_ema_update(&macd->signal, line);
    if (lstmfc_is_nan(signal)) return;
    out[0] = line;
    out[1] = signal;
    out[2] = line - signal;
}

LSTMFC__DEF lstmfc_result lstmfc_macd_batch(const double *x, size_t count, int32_t fast, int32_t slow, int32_t signal,
                                            double *line, double *signal_line, double *hist)
{
    lstmfc_macd macd;
    double out[3];
    size_t t;
    if (lstmfc_macd_init(&macd, fast, slow, signal) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) {
        lstmfc_macd_update(&macd, x[t], out);
        if (line) line[t] = out[0];
        if (signal_line) signal_line[t] = out[1];
        if (hist) hist[t] = out[2];
    }
    return LSTMFC_OK;
}

/* slow - 1 bars to the first line, signal - 1 more to the first signal. For the settling the slow average stands for both: its
   seed fades last, and the signal averages what is left of it. */
LSTMFC__DEF int64_t lstmfc_macd_lookback(int32_t slow, int32_t signal) { return (int64_t)slow + signal - 2; }
LSTMFC__DEF int64_t lstmfc_macd_stable(int32_t slow, int32_t signal, double eps)
{
    return lstmfc__seed_bars(1.0 - 2.0 / (slow + 1.0), 1.0 - 2.0 / (signal + 1.0), eps);
}

/* ---- range and direction ---- */

/* TR = max(H, Cp) - min(L, Cp): the range of the bar, with the gap from the close before it. Bar 0 has no close before it and so
   no true range (H - L would be another quantity), and ATR starts a bar later than other averages of n. */
LSTMFC__DEF void lstmfc_tr_init(lstmfc_tr *tr) { tr->previous = lstmfc_nan(); }

/* Wilder's greatest of H - L, |H - Cp| and |L - Cp| is the same number. Example: close 100, then a bar 103..105: TR 5, though
   the bar itself spans 2. */
LSTMFC__PRIVATE double lstmfc__true_range(double high, double low, double previous)
{
    return (previous > high ? previous : high) - (previous < low ? previous : low);
}

LSTMFC__DEF double lstmfc_tr_update(lstmfc_tr *tr, double high, double low, double close)
{
    double previous = tr->previous;
    if (!lstmfc_is_finite(high) || !lstmfc_is_finite(low) || !lstmfc_is_finite(close)) return lstmfc_nan();
    tr->previous = close;
    return lstmfc_is_nan(previous) ? previous : lstmfc__true_range(high, low, previous);
}

/* ATR = Wilder's average of TR. TR is NaN on bar 0, the average ignores it, and its seed is the mean of TR 1..n: first at bar n. */
LSTMFC__DEF lstmfc_result lstmfc_atr_init(lstmfc_atr *atr, int32_t n)
{
    if (n < 1) return LSTMFC_ERROR_ARGUMENT;
    lstmfc_tr_init(&atr->tr);
    return lstmfc_wilder_init(&atr->average, n);
}

LSTMFC__DEF double lstmfc_atr_update(lstmfc_atr *atr, double high, double low, double close)
{
    return lstmfc_ema_update(&atr->average, lstmfc_tr_update(&atr->tr, high, low, close));
}

LSTMFC__DEF lstmfc_result lstmfc_atr_batch(const double *high, const double *low, const double *close, size_t count, int32_t n,
                                           double *out)
{
    lstmfc_atr atr;
    size_t t;
    if (lstmfc_atr_init(&atr, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) out[t] = lstmfc_atr_update(&atr, high[t], low[t], close[t]);
    return LSTMFC_OK;
}

LSTMFC__DEF int64_t lstmfc_atr_lookback(int32_t n) { return n; }

/* One machine for the four, as each is made of the one before it; whoever needs only ATR takes the smaller one above. */
LSTMFC__DEF lstmfc_result lstmfc_dmi_init(lstmfc_dmi *dmi, int32_t n)
{
    if (n < 2) return LSTMFC_ERROR_ARGUMENT;
    memset(dmi, 0, sizeof *dmi);
    dmi->n = n;
    return LSTMFC_OK;
}

/* Which side pushes beyond the last bar, and how one-sidedly. up = H - Hp, down = Lp - L; the larger one counts, if positive.
       +DM, -DM, TR   sums S over bars 1..n-1, then S <- S - S/n + x (Wilder's sum: n times his average, the n cancels below)
       +DI, -DI       100 (+DM)/TR, 100 (-DM)/TR
       DX             100 |+DI - -DI| / (+DI + -DI)        held where the denominator is 0: no move says nothing of direction
       ADX            mean of DX over bars n..2n-1, then Wilder's average of it: the strength of a trend, up or down alike
   While ADX is seeded, dmi->adx is the sum of the DX so far. count is the number of bars seen, this one included: bar t has
   count t + 1, so bar n is the first with count > n, and bar 2n-1 the one with count == 2n. */
LSTMFC__DEF void lstmfc_dmi_update(lstmfc_dmi *dmi, double high, double low, double close, double out[4])
{
    double up = high - dmi->high, down = dmi->low - low, range, plus_di, minus_di, n = dmi->n;
    int defined;
    out[0] = out[1] = out[2] = out[3] = lstmfc_nan();
    if (!lstmfc_is_finite(high) || !lstmfc_is_finite(low) || !lstmfc_is_finite(close)) return;
    range = lstmfc__true_range(high, low, dmi->close);
    dmi->high = high;
    dmi->low = low;
    dmi->close = close;
    if (dmi->count++ == 0) return;                                 /* bar 0 only gives the others something to compare with */
    /* n = 14: bars 1..13 are only summed, bar 14 is the first smoothed one and gives the first DI and DX, bar 27 the first
       ADX. */
    if (dmi->count > dmi->n) {
        dmi->plus -= dmi->plus / n;
        dmi->minus -= dmi->minus / n;
        dmi->range -= dmi->range / n;
    }
    /* An inside bar moves neither sum; of an outside bar only the larger push counts, and of two equal ones none. */
    if (up > 0.0 && up > down) dmi->plus += up;
    if (down > 0.0 && down > up) dmi->minus += down;
    dmi->range += range;
    if (dmi->count <= dmi->n) return;

    plus_di = dmi->range > 0.0 ? 100.0 * (dmi->plus / dmi->range) : 0.0;
    minus_di = dmi->range > 0.0 ? 100.0 * (dmi->minus / dmi->range) : 0.0;
    defined = plus_di + minus_di > 0.0;
    if (defined) dmi->dx = 100.0 * (fabs(plus_di - minus_di) / (plus_di + minus_di));
    out[0] = plus_di;
    out[1] = minus_di;
    out[2] = dmi->dx;
    if (dmi->count <= 2 * (int64_t)dmi->n) {                                   /* the seed: the mean DX of bars n .. 2n-1 */
        /* A bar without direction adds 0 to the mean of the seed; after the seed it leaves the average where it is. */
        if (defined) dmi->adx += dmi->dx;
        if (dmi->count < 2 * (int64_t)dmi->n) return;
        dmi->adx /= n;
    } else if (defined) {
        dmi->adx += (dmi->dx - dmi->adx) / n;
    }
    out[3] = dmi->adx;
}

LSTMFC__DEF lstmfc_result lstmfc_dmi_batch(const double *high, const double *low, const double *close, size_t count, int32_t n,
                                           double *plus_di, double *minus_di, double *dx, double *adx)
{
    lstmfc_dmi dmi;
    double out[4];
    size_t t;
    if (lstmfc_dmi_init(&dmi, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) {
        lstmfc_dmi_update(&dmi, high[t], low[t], close[t], out);
        if (plus_di) plus_di[t] = out[0];
        if (minus_di) minus_di[t] = out[1];
        if (dx) dx[t] = out[2];
        if (adx) adx[t] = out[3];
    }
    return LSTMFC_OK;
}

LSTMFC__DEF int64_t lstmfc_adx_lookback(int32_t n) { return 2 * (int64_t)n - 1; }
/* Two Wilder averages in a row, one of the movements and one of DX, hence both ratios 1 - 1/n. */
LSTMFC__DEF int64_t lstmfc_adx_stable(int32_t n, double eps) { return lstmfc__seed_bars(1.0 - 1.0 / n, 1.0 - 1.0 / n, eps); }

/* ---- volume ---- */

/* Adds x to sum; *rest gathers what each addition rounds off. The total is sum + rest. */
LSTMFC__PRIVATE void lstmfc__add_exactly(double *sum, double *rest, double x)
{
    double total = *sum + x;
    /* (larger - total) + smaller is the very error of the addition. Example: 1e16 + 1 gives 1e16 in a double, rest takes the
       1. */
    *rest += fabs(*sum) >= fabs(x) ? (*sum - total) + x : (x - total) + *sum;
    *sum = total;
}

/* A running total of years of volume has more digits than a double; with the rest kept the total is what exact arithmetic would
   give, rounded once, so that the difference of two totals (what models use) is right too. */
LSTMFC__DEF void lstmfc_obv_init(lstmfc_obv *obv) { memset(obv, 0, sizeof *obv); }

LSTMFC__DEF double lstmfc_obv_update(lstmfc_obv *obv, double close, double volume)
{
    if (!lstmfc_is_finite(close) || !lstmfc_is_finite(volume)) return lstmfc_nan();
    /* +V on a higher close, -V on a lower, nothing on an equal one. The first bar counts as a rise, as in TA-Lib. */
    if (!obv->started || close > obv->close) lstmfc__add_exactly(&obv->value, &obv->rest, volume);
    else if (close < obv->close) lstmfc__add_exactly(&obv->value, &obv->rest, -volume);
    obv->started = 1;
    obv->close = close;
    return obv->value + obv->rest;
}

LSTMFC__DEF void lstmfc_obv_batch(const double *close, const double *volume, size_t count, double *out)
{
    lstmfc_obv obv;
    size_t t;
    lstmfc_obv_init(&obv);
    for (t = 0; t < count; t++) out[t] = lstmfc_obv_update(&obv, close[t], volume[t]);
}

/* The typical price stands for all prices of a bar where only four are known. */
LSTMFC__PRIVATE double lstmfc__typical(double high, double low, double close) { return (high + low + close) / 3.0; }

/* sum(p v)/sum(v) = p_0 + sum((p - p_0) v)/sum(v): where the volume was traded, on average. */
LSTMFC__DEF size_t lstmfc_vwap_floats(int32_t n) { return 2 * lstmfc_window_floats(n); }

LSTMFC__DEF lstmfc_result lstmfc_vwap_init(lstmfc_vwap *vwap, int32_t n)
{
    if (lstmfc_window_init(&vwap->price, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    return lstmfc_window_init(&vwap->volume, n);
}

LSTMFC__DEF double lstmfc_vwap_update(lstmfc_vwap *vwap, double *ring, double high, double low, double close, double volume)
{
    int32_t i, n = vwap->price.n;
    const double *p = lstmfc_window_push(&vwap->price, ring, lstmfc__typical(high, low, close));
    const double *v = lstmfc_window_push(&vwap->volume, ring + lstmfc_window_floats(n), volume);
    double money = 0.0, traded = 0.0;
    if (!p || !v) return lstmfc_nan();
    for (i = 0; i < n; i++) {
        money += (p[i] - p[0]) * v[i];
        traded += v[i];
    }
    /* Nothing was traded in n bars: with no weights every price weighs the same. */
    return traded > 0.0 ? p[0] + money / traded : lstmfc_window_mean(p, n);
}

LSTMFC__DEF void lstmfc_vwap_anchored_init(lstmfc_vwap_anchored *vwap, int32_t daily)
{
    memset(vwap, 0, sizeof *vwap);
    vwap->daily = daily;
}

#define LSTMFC__DAY_MS ((int64_t)86400000)

/* As above with p_0 = the anchor's typical price, summed from the anchor on. floor, not truncation, finds the day: times before
   1970 are negative, and truncation would make one day of the two around midnight 1970-01-01. */
LSTMFC__DEF double lstmfc_vwap_anchored_update(lstmfc_vwap_anchored *vwap, int64_t time, double high, double low, double close,
                                               double volume)
{
    double typical = lstmfc__typical(high, low, close), traded;
    int64_t day = vwap->daily ? lstmfc__floor_divide(time, LSTMFC__DAY_MS) : 0;
    if (!lstmfc_is_finite(typical) || !lstmfc_is_finite(volume)) return lstmfc_nan();
    /* A new anchor: everything starts afresh, and the day's first bar has its own typical price for a VWAP. */
    if (!vwap->started || day != vwap->day) {
        lstmfc_vwap_anchored_init(vwap, vwap->daily);
        vwap->started = 1;
        vwap->day = day;
        vwap->anchor = typical;
    }
    lstmfc__add_exactly(&vwap->money, &vwap->money_rest, (typical - vwap->anchor) * volume);
    lstmfc__add_exactly(&vwap->volume, &vwap->volume_rest, volume);
    traded = vwap->volume + vwap->volume_rest;
    return traded > 0.0 ? vwap->anchor + (vwap->money + vwap->money_rest) / traded : vwap->anchor;
}

/* (2C-H-L)/(H-L) written as ((C-L) - (H-C))/(H-L): differences of neighbouring prices are exact, 2C-H-L would round first. */
LSTMFC__DEF double lstmfc_signed_volume(double high, double low, double close, double volume)
{
    if (!lstmfc_is_finite(high) || !lstmfc_is_finite(low) || !lstmfc_is_finite(close) || !lstmfc_is_finite(volume))
        return lstmfc_nan();
    return high != low ? volume * ((close - low) - (high - close)) / (high - low) : 0.0;
}

LSTMFC__DEF size_t lstmfc_mfi_floats(int32_t n) { return 2 * lstmfc_window_floats(n); }

/* An RSI of money: the flow of a bar, typical price x volume, counts as rising or falling by the sign of the price's change. A
   product with 0 keeps an undefined flow undefined (0 NaN = NaN), so the window turns NaN by itself, also for bar 0. */
LSTMFC__DEF lstmfc_result lstmfc_mfi_init(lstmfc_mfi *mfi, int32_t n)
{
    if (lstmfc_window_init(&mfi->rising, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    mfi->previous = lstmfc_nan();
    return lstmfc_window_init(&mfi->falling, n);
}

LSTMFC__DEF double lstmfc_mfi_update(lstmfc_mfi *mfi, double *ring, double high, double low, double close, double volume)
{
    double typical = lstmfc__typical(high, low, close), previous = mfi->previous, flow = typical * volume, up, down;
    const double *rising, *falling;
    int32_t n = mfi->rising.n, tie;
    mfi->previous = typical;
    /* No change is known: on bar 0, and next to a hole on either side. */
    if (!lstmfc_is_finite(typical - previous)) flow = lstmfc_nan();
    tie = fabs(typical - previous) <= 4.0 * DBL_EPSILON * fabs(typical);       /* (H+L+C)/3 rounds: this is no move */
    rising = lstmfc_window_push(&mfi->rising, ring, !tie && typical > previous ? flow : 0.0 * flow);
    falling = lstmfc_window_push(&mfi->falling, ring + lstmfc_window_floats(n), !tie && typical < previous ? flow : 0.0 * flow);
    if (!rising || !falling) return lstmfc_nan();
    up = lstmfc_window_sum(rising, n);
    down = lstmfc_window_sum(falling, n);
    return up + down > 0.0 ? 100.0 * (up / (up + down)) : 0.0;
}

/* ---- volatility ---- */

/* ln(x/p) = log1p((x-p)/p). For a move of 1e-9, x/p rounds to 16 digits of 1.000000001 and leaves 7 of the move; x - p is exact
   for prices within a factor of two (Sterbenz 1974) and keeps all. */
LSTMFC__DEF double lstmfc_log_return(double x, double previous)
{
    return x > 0.0 && previous > 0.0 ? lstmfc_log1p((x - previous) / previous) : lstmfc_nan();
}

/* sigma = sqrt(sum((r_i - mean r)^2)/(n-1)) of n log returns. Per bar; times sqrt(bars in a year) it would be annual. */
LSTMFC__DEF lstmfc_result lstmfc_realized_vol_init(lstmfc_realized_vol *state, int32_t n)
{
    if (n < 2) return LSTMFC_ERROR_ARGUMENT;
    state->previous = lstmfc_nan();
    return lstmfc_window_init(&state->returns, n);
}

/* Bar 0 has no return. Its NaN takes a place in the window and has to leave it: first valid on row n, that is after n + 1
   closes. */
LSTMFC__DEF double lstmfc_realized_vol_update(lstmfc_realized_vol *state, double *ring, double x)
{
    double change = lstmfc_log_return(x, state->previous);
    const double *last = lstmfc_window_push(&state->returns, ring, change);
    state->previous = x;
    return last ? lstmfc_sqrt(lstmfc_window_variance(last, state->returns.n, 1)) : lstmfc_nan();
}

LSTMFC__DEF lstmfc_result lstmfc_realized_vol_batch(const double *x, size_t count, int32_t n, double *ring, double *out)
{
    lstmfc_realized_vol state;
    size_t t;
    if (lstmfc_realized_vol_init(&state, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) out[t] = lstmfc_realized_vol_update(&state, ring, x[t]);
    return LSTMFC_OK;
}

/* Closes alone waste what happened between them. For a random walk without drift E[ln(H/L)^2] = 4 ln 2 sigma^2, and an estimate
   from ranges needs about a fifth of the bars for the same precision; Garman and Klass add the closes for about a seventh. Both
   take trading to be continuous: real ranges are seen in steps and come out a little too small. */
/* ln(H/L)^2 / (4 ln 2); the mean of n terms is a variance per bar (Parkinson, Journal of Business 53, 1980). */
LSTMFC__DEF double lstmfc_parkinson_term(double high, double low)
{
    double range = lstmfc_log_return(high, low);
    return range * range / (4.0 * LSTMFC__LN2);
}

/* ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2 (Garman and Klass, Journal of Business 53, 1980). Not negative as long as high and
   low enclose open and close: then |ln(C/O)| <= ln(H/L), and 2 ln 2 - 1 = 0.386 < 0.5. */
LSTMFC__DEF double lstmfc_garman_klass_term(double open, double high, double low, double close)
{
    double range = lstmfc_log_return(high, low), day = lstmfc_log_return(close, open);
    return 0.5 * range * range - (2.0 * LSTMFC__LN2 - 1.0) * day * day;
}

LSTMFC__DEF size_t lstmfc_yang_zhang_floats(int32_t n) { return 3 * lstmfc_window_floats(n); }

/* Range estimators assume that trading never stops. Where a close and the next open differ, the jump between is a variance of its
   own: Yang and Zhang add it, and weigh open-to-close against Rogers-Satchell (which a drift does not bias) with the k that makes
   the variance of the sum least. */
LSTMFC__DEF lstmfc_result lstmfc_yang_zhang_init(lstmfc_yang_zhang *state, int32_t n)
{
    if (n < 2) return LSTMFC_ERROR_ARGUMENT;
    state->previous = lstmfc_nan();
    lstmfc_window_init(&state->overnight, n);
    lstmfc_window_init(&state->day, n);
    return lstmfc_window_init(&state->satchell, n);
}

/* overnight ln(O/Cp), day ln(C/O), satchell ln(H/C) ln(H/O) + ln(L/C) ln(L/O);
   variance = var(overnight) + k var(day) + (1-k) mean(satchell),  k = 0.34 / (1.34 + (n+1)/(n-1)) */
LSTMFC__DEF double lstmfc_yang_zhang_update(lstmfc_yang_zhang *state, double *ring, double open, double high, double low,
                                            double close)
{
    int32_t n = state->day.n;
    size_t floats = lstmfc_window_floats(n);
    double satchell = lstmfc_log_return(high, close) * lstmfc_log_return(high, open)
                    + lstmfc_log_return(low, close) * lstmfc_log_return(low, open);
    double overnight = lstmfc_log_return(open, state->previous), k, variance;
    const double *o, *c, *s;
    state->previous = close;
    o = lstmfc_window_push(&state->overnight, ring, overnight);
    c = lstmfc_window_push(&state->day, ring + floats, lstmfc_log_return(close, open));
    s = lstmfc_window_push(&state->satchell, ring + 2 * floats, satchell);
    if (!o || !c || !s) return lstmfc_nan();
    /* Yang and Zhang, Journal of Business 73, 2000. n = 20: k = 0.139, so most of the weight is on Rogers-Satchell. */
    k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0));
    variance = lstmfc_window_variance(o, n, 1) + k * lstmfc_window_variance(c, n, 1) + (1.0 - k) * lstmfc_window_mean(s, n);
    return variance > 0.0 ? lstmfc_sqrt(variance) : 0.0;
}

/* ---- trend and channels ---- */

/* `state` may be 0 only while the averages have been equal from the start; the first state is no crossing, for nobody knows what
   was before it. */
LSTMFC__DEF lstmfc_result lstmfc_trend_init(lstmfc_trend *trend, int32_t fast, int32_t slow)
{
    if (fast < 1 || slow < fast) return LSTMFC_ERROR_ARGUMENT;
    trend->state = trend->started = 0;
    lstmfc_ema_init(&trend->fast, fast);
    return lstmfc_ema_init(&trend->slow, slow);
}

/* out: state, cross. A tie is no event: when the averages touch and part again on the same side, nothing has been crossed. */
LSTMFC__DEF void lstmfc_trend_update(lstmfc_trend *trend, double x, double out[2])
{
    double fast = lstmfc_ema_update(&trend->fast, x), slow = lstmfc_ema_update(&trend->slow, x);
    int32_t last = trend->state;
    out[0] = out[1] = lstmfc_nan();
    if (lstmfc_is_nan(fast) || lstmfc_is_nan(slow)) return;
    /* States 1 1 tie -1 give the crosses 0 0 0 -1: a tie keeps the old state. */
    if (fast != slow) trend->state = fast > slow ? 1 : -1;
    out[0] = trend->state;
    if (trend->started) out[1] = last != 0 && trend->state != last ? trend->state : 0;
    trend->started = 1;
}

LSTMFC__DEF size_t lstmfc_channel_floats(int32_t n) { return 2 * lstmfc_window_floats(n); }

LSTMFC__DEF lstmfc_result lstmfc_channel_init(lstmfc_channel *state, int32_t n)
{
    if (lstmfc_window_init(&state->high, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    return lstmfc_window_init(&state->low, n);
}

/* The middle as L + (H-L)/2. %R = -100 (HH-C)/(HH-LL), written 0 - x for a zero without a sign. */
LSTMFC__DEF void lstmfc_channel_update(lstmfc_channel *state, double *ring, double high, double low, double close, double out[4])
{
    int32_t n = state->high.n;
    const double *highs = lstmfc_window_push(&state->high, ring, high);
    const double *lows = lstmfc_window_push(&state->low, ring + lstmfc_window_floats(n), low);
    out[0] = out[1] = out[2] = out[3] = lstmfc_nan();
    if (!highs || !lows) return;
    out[0] = lstmfc_window_max(highs, n);
    out[2] = lstmfc_window_min(lows, n);
    /* This bar's own high and low are among the n: in sound data a close can reach the channel's edge but not leave it. */
    out[1] = out[2] + 0.5 * (out[0] - out[2]);
    out[3] = 0.0 - lstmfc__percent_of_range(out[0] - close, 0.0, out[0] - out[2]);
}

LSTMFC__DEF size_t lstmfc_stoch_floats(int32_t n, int32_t k_smooth, int32_t d)
{
    return 2 * lstmfc_window_floats(n) + lstmfc_window_floats(k_smooth) + lstmfc_window_floats(d);
}

LSTMFC__DEF lstmfc_result lstmfc_stoch_init(lstmfc_stoch *state, int32_t n, int32_t k_smooth, int32_t d)
{
    if (n < 1 || k_smooth < 1 || d < 1) return LSTMFC_ERROR_ARGUMENT;
    lstmfc_window_init(&state->high, n);
    lstmfc_window_init(&state->low, n);
    lstmfc_window_init(&state->k, k_smooth);
    return lstmfc_window_init(&state->d, d);
}

/* raw = 100 (C-LL)/(HH-LL): 100 at the top of the range of n bars, 0 at its bottom; k and d are means of it and of k. */
LSTMFC__DEF void lstmfc_stoch_update(lstmfc_stoch *state, double *ring, double high, double low, double close, double out[2])
{
    int32_t n = state->high.n;
    double *ring_k = ring + 2 * lstmfc_window_floats(n), *ring_d = ring_k + lstmfc_window_floats(state->k.n);
    const double *highs = lstmfc_window_push(&state->high, ring, high);
    const double *lows = lstmfc_window_push(&state->low, ring + lstmfc_window_floats(n), low);
    double raw = lstmfc_nan();
    if (highs && lows) raw = lstmfc__percent_of_range(close, lstmfc_window_min(lows, n), lstmfc_window_max(highs, n));
    out[0] = lstmfc__smooth_percent(&state->k, ring_k, raw);
    out[1] = lstmfc__smooth_percent(&state->d, ring_d, out[0]);
}

LSTMFC__DEF lstmfc_result lstmfc_keltner_init(lstmfc_keltner *state, int32_t n, int32_t atr_n, double k)
{
    if (n < 1 || atr_n < 1) return LSTMFC_ERROR_ARGUMENT;
    state->k = k;
    lstmfc_ema_init(&state->middle, n);
    return lstmfc_atr_init(&state->atr, atr_n);
}

/* Bands like Bollinger's with the ATR for a unit: gaps and wicks widen them, not only closes. NaN until both parts are valid. */
LSTMFC__DEF void lstmfc_keltner_update(lstmfc_keltner *state, double high, double low, double close, double out[3])
{
    double middle = lstmfc_ema_update(&state->middle, close), reach = state->k * lstmfc_atr_update(&state->atr, high, low, close);
    out[0] = middle + reach;
    out[1] = middle;
    out[2] = middle - reach;
}

/* A ring for the 20 returns alone; ATR is recursive and needs none. */
LSTMFC__DEF size_t lstmfc_threshold_floats(void) { return lstmfc_window_floats(20); }

LSTMFC__DEF void lstmfc_threshold_init(lstmfc_threshold *state)
{
    lstmfc_atr_init(&state->atr, 14);
    lstmfc_realized_vol_init(&state->vol, 20);
}

/* Half an average bar plus 0.3 deviations of a bar's return, in units of price: moves below it are taken for noise. */
LSTMFC__DEF double lstmfc_threshold_update(lstmfc_threshold *state, double *ring, double high, double low, double close)
{
    double atr = lstmfc_atr_update(&state->atr, high, low, close), vol = lstmfc_realized_vol_update(&state->vol, ring, close);
    return 0.5 * atr + 0.3 * vol * close;
}

/* ================================================================================================================
   14 features >>features
   ================================================================================================================ */

/* Features are texts. `rsi(14)/100, vol = realized_vol(20)` is parsed once into a plan: a list of nodes, each a number, a column
   of the candles, an operation, or an indicator of chapter 13, whose inputs are earlier nodes. Equal sub-expressions are one node
   (two features that mention macd(12,26,9) compute it once). A bar is evaluated by stepping every node in order; a series is
   evaluated by stepping every bar in order: there is no second code path that could disagree, and no node can see a later bar.

     features = feature { "," feature } ;
     feature  = [ name "=" ] sum | "@" preset | "all_columns" ;
     sum      = product { ( "+" | "-" ) product } ;
     product  = factor { ( "*" | "/" ) factor } ;
     factor   = "-" factor | primary ;
     primary  = number | "(" sum ")" | column | "col" "(" name ")" | call ;
     call     = function [ "(" [ argument { "," argument } ] ")" ] [ "." output ] ;
     argument = sum | [ "-" ] number ;                     (which of the two: the table of functions says)
     column   = "open" | "high" | "low" | "close" | "volume" | "time" ;
     name     = letter or "_", then letters, digits, "_" | '"' any text, '"' written twice '"' ;

   White space is free; names are case-sensitive. A series argument that defaults to close may be left out when a number follows:
   rsi(14) is rsi(close,14). `and or not` and the comparisons are reserved for signal rules.

   Before any data the plan knows, for each node, the index of its first valid row (lookback), and how many bars later the share
   of recursive seeds is negligible (stable). Any result that is not finite is NaN, and NaN spreads like in arithmetic: a row is
   usable when all its features are finite. The classic mistakes this design rules out: a scaler or a fill that reads the future,
   a warm-up of invented zeros, training on one formula and trading on another.
   Literature: A. Aho, M. Lam, R. Sethi, J. Ullman, Compilers, 2nd ed. 2006, ch. 6.1 (value numbering). */

/* One table is the language: X(op, name, types, arguments, defaults, outputs, reads, least, help).
     types    one letter an argument: x series, n bars (>= least), l bars (>= 0), r any number
     defaults one an argument; empty = it must be given
     reads    columns the function reads besides its series: o h l c v, t time */
#define LSTMFC__FUNCTIONS(X) \
    X(LOG,          "log",          "x",    "x",       "",         "", "", 0, "natural logarithm; NaN for x <= 0") \
    X(LOG0,         "log0",         "x",    "x",       "",         "", "", 0, "natural logarithm; 0 for x <= 0") \
    X(ABS,          "abs",          "x",    "x",       "",         "", "", 0, "absolute value") \
    X(SIGN,         "sign",         "x",    "x",       "",         "", "", 0, "-1, 0 or 1") \
    X(SQRT,         "sqrt",         "x",    "x",       "",         "", "", 0, "square root; NaN for x < 0") \
    X(EXP,          "exp",          "x",    "x",       "",         "", "", 0, "exponential") \
    X(CLIP,         "clip",         "xrr",  "x,lo,hi", ",,",       "", "", 0, "x held within lo..hi") \
    X(FILL,         "fill",         "xr",   "x,v",     ",",        "", "", 0, \
      "v where x is NaN, from the first row x can be valid on") \
    X(MISSING,      "missing",      "x",    "x",       "",         "", "", 0, "1 where the cell of a column was blank, else 0") \
    X(LAG,          "lag",          "xl",   "x,n",     "close,1",  "", "", 0, "x of n bars ago") \
    X(DIFF,         "diff",         "xn",   "x,n",     "close,1",  "", "", 1, "x - x of n bars ago") \
    X(PCT_CHANGE,   "pct_change",   "xn",   "x,n",     "close,1",  "", "", 1, "x / x of n bars ago - 1") \
    X(LOG_RETURN,   "log_return",   "xn",   "x,n",     "close,1",  "", "", 1, "ln(x / x of n bars ago)") \
    X(SMA,          "sma",          "xn",   "x,n",     "close,",   "", "", 1, "mean of n bars") \
    X(EMA,          "ema",          "xn",   "x,n",     "close,",   "", "", 1, \
      "exponential average, factor 2/(n+1), seeded with the SMA") \
    X(WMA,          "wma",          "xn",   "x,n",     "close,",   "", "", 1, "mean of n bars, weights 1..n") \
    X(WILDER,       "wilder",       "xn",   "x,n",     "close,",   "", "", 1, \
      "exponential average, factor 1/n, seeded with the SMA") \
    X(STDDEV,       "stddev",       "xn",   "x,n",     "close,",   "", "", 1, "standard deviation of n bars, ddof 0") \
    X(ZSCORE,       "zscore",       "xn",   "x,n",     "close,",   "", "", 1, "(x - sma)/stddev; 0 when stddev is 0") \
    X(MIN,          "min",          "xn",   "x,n",     "close,",   "", "", 1, "least of n bars") \
    X(MAX,          "max",          "xn",   "x,n",     "close,",   "", "", 1, "greatest of n bars") \
    X(RANK,         "rank",         "xn",   "x,n",     "close,",   "", "", 2, \
      "share of the other n-1 bars below x, equals count half") \
    X(SUM,          "sum",          "xn",   "x,n",     "close,",   "", "", 1, "sum of n bars") \
    X(SLOPE,        "slope",        "xn",   "x,n",     "close,",   "", "", 2, "least-squares slope per bar") \
    X(CORR,         "corr",         "xxn",  "x,y,n",   ",,",       "", "", 2, "correlation of n bars; 0 when either is flat") \
    X(RSI,          "rsi",          "xn",   "x,n",     "close,14", "", "", 2, "relative strength index, 0..100") \
    X(STOCHRSI,     "stochrsi",     "xnnnn", "x,rsi_n,stoch_n,k,d", "close,14,14,3,3", "raw,k,d", "", 1, \
      "stochastic of the RSI, 0..100") \
    X(MACD,         "macd",         "xnnn", "x,fast,slow,signal", "close,12,26,9", "line,signal,hist", "", 1, \
      "difference of two EMAs, its EMA, and their difference") \
    X(BBANDS,       "bbands",       "xnr",  "x,n,k",   "close,20,2", "middle,upper,lower,width,percent", "", 1, \
      "Bollinger bands; width in % of the middle, percent 0..1") \
    X(TR,           "tr",           "",     "",        "",         "", "hlc", 0, "true range") \
    X(ATR,          "atr",          "n",    "n",       "14",       "", "hlc", 1, "average true range") \
    X(PLUS_DI,      "plus_di",      "n",    "n",       "14",       "", "hlc", 2, "directional indicator up, 0..100") \
    X(MINUS_DI,     "minus_di",     "n",    "n",       "14",       "", "hlc", 2, "directional indicator down, 0..100") \
    X(DX,           "dx",           "n",    "n",       "14",       "", "hlc", 2, "directional movement index, 0..100") \
    X(ADX,          "adx",          "n",    "n",       "14",       "", "hlc", 2, "average directional index, 0..100") \
    X(OBV,          "obv",          "",     "",        "",         "", "cv", 0, \
      "on-balance volume (depends on the start of the series)") \
    X(VWAP,         "vwap",         "n",    "n",       "14",       "", "hlcv", 1, \
      "volume-weighted mean of the typical price, n bars") \
    X(VWAP_SESSION, "vwap_session", "",     "",        "",         "", "thlcv", 0, "the same since the UTC day began") \
    X(VWAP_ANCHORED, "vwap_anchored", "",   "",        "",         "", "thlcv", 0, \
      "the same since the first bar (depends on the start of the series)") \
    X(VOLUME_DELTA, "volume_delta", "",     "",        "",         "", "v", 0, "change of volume") \
    X(SIGNED_VOLUME, "signed_volume", "",   "",        "",         "", "hlcv", 0, \
      "volume x place of the close in the range, -1..1") \
    X(VOLUME_RATIO, "volume_ratio", "n",    "n",       "20",       "", "v", 1, "volume / its SMA; 1 when that is 0") \
    X(REALIZED_VOL, "realized_vol", "xn",   "x,n",     "close,20", "", "", 2, \
      "standard deviation of n log returns, ddof 1, per bar") \
    X(PARKINSON,    "parkinson",    "n",    "n",       "20",       "", "hl", 1, "volatility from high and low, per bar") \
    X(GARMAN_KLASS, "garman_klass", "n",    "n",       "20",       "", "ohlc", 1, \
      "volatility from open, high, low, close, per bar") \
    X(YANG_ZHANG,   "yang_zhang",   "n",    "n",       "20",       "", "ohlc", 2, "volatility with overnight jumps, per bar") \
    X(MOM,          "mom",          "xn",   "x,n",     "close,10", "", "", 1, "x - x of n bars ago") \
    X(ROC,          "roc",          "xn",   "x,n",     "close,10", "", "", 1, "100 (x / x of n bars ago - 1)") \
    X(STOCH,        "stoch",        "nnn",  "k,k_smooth,d", "5,3,3", "k,d", "hlc", 1, "stochastic oscillator, 0..100") \
    X(CCI,          "cci",          "n",    "n",       "14",       "", "hlc", 1, "commodity channel index") \
    X(MFI,          "mfi",          "n",    "n",       "14",       "", "hlcv", 1, "money flow index, 0..100") \
    X(WILLR,        "willr",        "n",    "n",       "14",       "", "hlc", 1, "Williams %R, -100..0") \
    X(DONCHIAN,     "donchian",     "n",    "n",       "20",       "upper,middle,lower", "hl", 1, \
      "highest high and lowest low of n bars, this one included") \
    X(KELTNER,      "keltner",      "nnr",  "n,atr_n,k", "20,10,2", "upper,middle,lower", "hlc", 1, "EMA +- k ATR") \
    X(TREND,        "trend",        "xnn",  "x,fast,slow", "close,20,50", "state,cross", "", 1, \
      "sign of fast EMA - slow EMA; +-1 on the bar it changes") \
    X(THRESHOLD,    "threshold",    "",     "",        "",         "", "hlc", 0, "0.5 atr(14) + 0.3 realized_vol(20) close") \
    X(HOUR_SIN,     "hour_sin",     "",     "",        "",         "", "t", 0, "sine of the time of day, UTC") \
    X(HOUR_COS,     "hour_cos",     "",     "",        "",         "", "t", 0, "cosine of the time of day, UTC") \
    X(WEEKDAY_SIN,  "weekday_sin",  "",     "",        "",         "", "t", 0, "sine of the day of the week, UTC, Monday = 0") \
    X(WEEKDAY_COS,  "weekday_cos",  "",     "",        "",         "", "t", 0, "cosine of the day of the week, UTC, Monday = 0")

/* The table is spread three times: into op numbers, into what the public may read, and into what the parser needs. One line more
   in it is a new word of the language; what is left to write is its state, its wait and its step (the three switches below). */
enum {
#define LSTMFC__X(op, name, types, arguments, defaults, outputs, reads, least, help) LSTMFC__OP_##op,
    LSTMFC__FUNCTIONS(LSTMFC__X)
#undef LSTMFC__X
    LSTMFC__OP_NUMBER, LSTMFC__OP_COLUMN, LSTMFC__OP_ADD, LSTMFC__OP_SUB, LSTMFC__OP_MUL, LSTMFC__OP_DIV, LSTMFC__OP_NEG
};
#define LSTMFC__OP_FUNCTIONS LSTMFC__OP_NUMBER      /* ops below this one are functions of the table */

static const lstmfc_function_info lstmfc__function_infos[] = {
#define LSTMFC__X(op, name, types, arguments, defaults, outputs, reads, least, help) {name, arguments, defaults, outputs, help},
    LSTMFC__FUNCTIONS(LSTMFC__X)
#undef LSTMFC__X
};

/* What only the parser asks of a function. least holds for its arguments of type n; the shortest that has a meaning: a slope or a
   correlation of one point has none. */
typedef struct lstmfc__function { const char *types, *reads; int32_t least; } lstmfc__function;
static const lstmfc__function lstmfc__functions[] = {
#define LSTMFC__X(op, name, types, arguments, defaults, outputs, reads, least, help) {types, reads, least},
    LSTMFC__FUNCTIONS(LSTMFC__X)
#undef LSTMFC__X
};

LSTMFC__DEF const lstmfc_function_info *lstmfc_functions(size_t *count)
{
    if (count) *count = LSTMFC__COUNT(lstmfc__function_infos);
    return lstmfc__function_infos;
}

/* ---- the plan ---- */

/* Example: `rsi(14)/100, x = (close-ema(20))/close` becomes
       node 0 close   1 rsi(0; 14)   2 number 100   3 div(1, 2)   4 ema(0; 20)   5 sub(0, 4)   6 div(5, 0)
   with the features 3 and 6: close is one node, whoever mentions it, and inputs always stand before what uses them, so that one
   walk from first to last evaluates everything.

   A value is named by `ref` = 8 node + output. Its sources: the roles of chapter 12, 0..4 = open high low close volume, then the
   time, then columns by name. */
enum {
    /* Eight places a node although bbands, the widest, fills five: ref / 8 and ref % 8 are then node and output. The greatest ref
       is 8 * 8192 - 1. TREE_MOST bounds the depth of the recursive walks over a finished plan (ref_stable, text_ref). */
    LSTMFC__NODE_OUTPUTS = 8, LSTMFC__SOURCE_TIME = LSTMFC__ROLES, LSTMFC__SOURCES, LSTMFC__NODES_MOST = 8192,
    LSTMFC__TREE_MOST = 1000, LSTMFC__NAME_MOST = 255
};
static const char lstmfc__source_letters[] = "ohlcvt";

/* input: first the series arguments in their order, then the columns the function reads besides (`reads` in the table). Every
   input is a ref below the node's own, so there can be no cycle. Six places, of which vwap_session uses most, five: time, high,
   low, close, volume. What a node does not use is zero; lstmfc__intern relies on it. */
typedef struct lstmfc__node {
    int32_t op, outputs, inputs, input[6];      /* refs of earlier nodes */
    int32_t bars[4], bar_count;         /* arguments of type n and l, in order */
    int32_t source;                     /* of COLUMN */
    double  real[2];                    /* arguments of type r; the value of NUMBER */
    int32_t real_count;
    int32_t height;                     /* of its expression tree */
    int32_t start;                      /* how it depends on where the series starts: LSTMFC__START_... */
    int64_t lookback;                   /* first row all inputs can be valid on */
    size_t  ring;                       /* where its doubles lie in the state */
} lstmfc__node;

/* What a column of the matrix is: a value of the plan under a name. named 0: the name is the canonical text of the expression. */
typedef struct lstmfc__feature { size_t name; int32_t ref, named; } lstmfc__feature;    /* name: offset in the pool */

struct lstmfc_features {
    lstmfc_env env;
    lstmfc__node *nodes;        size_t node_count, node_room;
    lstmfc__feature *features;  size_t feature_count, feature_room;
    size_t *sources;            size_t source_count, source_room;       /* names of columns beyond the six: offsets in the pool */
    char *pool;                 size_t pool_used, pool_room;            /* texts, each ended by NUL */
    size_t ring_floats;
    size_t spec;                                                        /* offset in the pool */
};

/* pool and arrays may move while they grow: what points into them is an offset or an index, never a pointer. A plan is written
   by the parser alone; afterwards it is only read, which is why threads may share it. */
/* The state of any one node. */
/* None of these machines owns memory: a window's numbers lie in the state's ring, at the node's offset, and the machine keeps
   only its place in it. */
typedef union lstmfc__kernel {
    int64_t row;
    lstmfc_window window[2]; lstmfc_lag lag; lstmfc_ema ema; lstmfc_rsi rsi; lstmfc_stochrsi stochrsi; lstmfc_macd macd;
    lstmfc_tr tr; lstmfc_atr atr; lstmfc_dmi dmi; lstmfc_obv obv; lstmfc_vwap vwap; lstmfc_vwap_anchored anchored;
    lstmfc_realized_vol vol; lstmfc_yang_zhang yang_zhang; lstmfc_stoch stoch; lstmfc_mfi mfi; lstmfc_channel channel;
    lstmfc_keltner keltner; lstmfc_trend trend; lstmfc_threshold threshold;
} lstmfc__kernel;

/* The three switches over the operations: what a node remembers (here), how long it waits (lstmfc__node_wait), what it does with a
   bar (lstmfc__node_step). Plain arithmetic remembers nothing and falls to `default`. A kernel is a union as large as the largest
   machine, so that node i has kernel i; only the rings differ in length. */
/* Sets a node's state to the one before bar 0 and returns how many doubles of ring it uses. */
LSTMFC__PRIVATE size_t lstmfc__kernel_init(const lstmfc__node *node, lstmfc__kernel *kernel)
{
    const int32_t *n = node->bars;
    memset(kernel, 0, sizeof *kernel);
    switch (node->op) {
    case LSTMFC__OP_LAG: case LSTMFC__OP_DIFF: case LSTMFC__OP_PCT_CHANGE: case LSTMFC__OP_LOG_RETURN:
    case LSTMFC__OP_MOM: case LSTMFC__OP_ROC:
        lstmfc_lag_init(&kernel->lag, n[0]);
        return lstmfc_lag_floats(n[0]);
    case LSTMFC__OP_VOLUME_DELTA:
        lstmfc_lag_init(&kernel->lag, 1);
        return lstmfc_lag_floats(1);
    case LSTMFC__OP_SMA: case LSTMFC__OP_WMA: case LSTMFC__OP_STDDEV: case LSTMFC__OP_ZSCORE: case LSTMFC__OP_MIN:
    case LSTMFC__OP_MAX: case LSTMFC__OP_RANK: case LSTMFC__OP_SUM: case LSTMFC__OP_SLOPE: case LSTMFC__OP_BBANDS:
    case LSTMFC__OP_VOLUME_RATIO: case LSTMFC__OP_PARKINSON: case LSTMFC__OP_GARMAN_KLASS: case LSTMFC__OP_CCI:
        lstmfc_window_init(&kernel->window[0], n[0]);
        return lstmfc_window_floats(n[0]);
    case LSTMFC__OP_CORR:
        lstmfc_window_init(&kernel->window[0], n[0]);
        lstmfc_window_init(&kernel->window[1], n[0]);
        /* Two windows, one ring: the second begins where the first one's doubles end, here and in the step. */
        return 2 * lstmfc_window_floats(n[0]);
    case LSTMFC__OP_EMA: lstmfc_ema_init(&kernel->ema, n[0]); return 0;
    case LSTMFC__OP_WILDER: lstmfc_wilder_init(&kernel->ema, n[0]); return 0;
    case LSTMFC__OP_RSI: lstmfc_rsi_init(&kernel->rsi, n[0]); return 0;
    case LSTMFC__OP_STOCHRSI:
        lstmfc_stochrsi_init(&kernel->stochrsi, n[0], n[1], n[2], n[3]);
        return lstmfc_stochrsi_floats(n[1], n[2], n[3]);
    case LSTMFC__OP_MACD: lstmfc_macd_init(&kernel->macd, n[0], n[1], n[2]); return 0;
    case LSTMFC__OP_TR: lstmfc_tr_init(&kernel->tr); return 0;
    case LSTMFC__OP_ATR: lstmfc_atr_init(&kernel->atr, n[0]); return 0;
    case LSTMFC__OP_PLUS_DI: case LSTMFC__OP_MINUS_DI: case LSTMFC__OP_DX: case LSTMFC__OP_ADX:
        lstmfc_dmi_init(&kernel->dmi, n[0]);
        return 0;
    case LSTMFC__OP_OBV: lstmfc_obv_init(&kernel->obv); return 0;
    case LSTMFC__OP_VWAP: lstmfc_vwap_init(&kernel->vwap, n[0]); return lstmfc_vwap_floats(n[0]);
    case LSTMFC__OP_VWAP_SESSION: lstmfc_vwap_anchored_init(&kernel->anchored, 1); return 0;
    case LSTMFC__OP_VWAP_ANCHORED: lstmfc_vwap_anchored_init(&kernel->anchored, 0); return 0;
    case LSTMFC__OP_REALIZED_VOL: lstmfc_realized_vol_init(&kernel->vol, n[0]); return lstmfc_window_floats(n[0]);
    case LSTMFC__OP_YANG_ZHANG: lstmfc_yang_zhang_init(&kernel->yang_zhang, n[0]); return lstmfc_yang_zhang_floats(n[0]);
    case LSTMFC__OP_STOCH: lstmfc_stoch_init(&kernel->stoch, n[0], n[1], n[2]); return lstmfc_stoch_floats(n[0], n[1], n[2]);
    case LSTMFC__OP_MFI: lstmfc_mfi_init(&kernel->mfi, n[0]); return lstmfc_mfi_floats(n[0]);
    case LSTMFC__OP_WILLR: case LSTMFC__OP_DONCHIAN:
        lstmfc_channel_init(&kernel->channel, n[0]);
        return lstmfc_channel_floats(n[0]);
    case LSTMFC__OP_KELTNER: lstmfc_keltner_init(&kernel->keltner, n[0], n[1], node->real[0]); return 0;
    case LSTMFC__OP_TREND: lstmfc_trend_init(&kernel->trend, n[0], n[1]); return 0;
    case LSTMFC__OP_THRESHOLD: lstmfc_threshold_init(&kernel->threshold); return lstmfc_threshold_floats();
    default: return 0;
    }
}

/* A mean of n is complete n - 1 bars after its first input, a difference over n bars n after it. The figures follow from the text
   alone: the data never move them, so a plan can refuse a series that is too short before it computes anything.
   Bars a node needs after all its inputs are valid, before `output` is; *settle: bars after that until its own seed's share is
   below eps. */
LSTMFC__PRIVATE int64_t lstmfc__node_wait(const lstmfc__node *node, int32_t output, double eps, int64_t *settle)
{
    const int32_t *n = node->bars;
    int64_t other;
    *settle = 0;
    switch (node->op) {
    case LSTMFC__OP_LAG: case LSTMFC__OP_DIFF: case LSTMFC__OP_PCT_CHANGE: case LSTMFC__OP_LOG_RETURN: case LSTMFC__OP_MOM:
    case LSTMFC__OP_ROC: case LSTMFC__OP_REALIZED_VOL: case LSTMFC__OP_YANG_ZHANG: case LSTMFC__OP_MFI:
        /* What compares a bar with an earlier one. n returns, or n changes of the typical price, need n + 1 bars: first valid on
           row n, not n - 1. */
        return n[0];
    case LSTMFC__OP_SMA: case LSTMFC__OP_WMA: case LSTMFC__OP_STDDEV: case LSTMFC__OP_ZSCORE: case LSTMFC__OP_MIN:
    case LSTMFC__OP_MAX: case LSTMFC__OP_RANK: case LSTMFC__OP_SUM: case LSTMFC__OP_SLOPE: case LSTMFC__OP_CORR:
    case LSTMFC__OP_BBANDS: case LSTMFC__OP_VWAP: case LSTMFC__OP_VOLUME_RATIO: case LSTMFC__OP_PARKINSON:
    case LSTMFC__OP_GARMAN_KLASS: case LSTMFC__OP_CCI: case LSTMFC__OP_WILLR: case LSTMFC__OP_DONCHIAN:
        /* A window of n is full with its n-th bar: example sma(20), first valid on row 19. */
        return (int64_t)n[0] - 1;
    case LSTMFC__OP_EMA: *settle = lstmfc_ema_stable(n[0], eps); return lstmfc_ema_lookback(n[0]);
    case LSTMFC__OP_WILDER: *settle = lstmfc_wilder_stable(n[0], eps); return lstmfc_ema_lookback(n[0]);
    case LSTMFC__OP_RSI: *settle = lstmfc_wilder_stable(n[0], eps); return lstmfc_rsi_lookback(n[0]);
    case LSTMFC__OP_STOCHRSI:
        *settle = lstmfc_wilder_stable(n[0], eps);
        return lstmfc_stochrsi_lookback(n[0], n[1], n[2], n[3], output);
    case LSTMFC__OP_MACD: *settle = lstmfc_macd_stable(n[1], n[2], eps); return lstmfc_macd_lookback(n[1], n[2]);
    case LSTMFC__OP_TR: case LSTMFC__OP_VOLUME_DELTA: return 1;
    case LSTMFC__OP_ATR: case LSTMFC__OP_PLUS_DI: case LSTMFC__OP_MINUS_DI: case LSTMFC__OP_DX:
        *settle = lstmfc_wilder_stable(n[0], eps);
        return lstmfc_atr_lookback(n[0]);
    case LSTMFC__OP_ADX: *settle = lstmfc_adx_stable(n[0], eps); return lstmfc_adx_lookback(n[0]);
    /* A chain of windows adds up what each waits: %K after k bars, smoothed over k_smooth of them, %D over d of those. */
    case LSTMFC__OP_STOCH: return (int64_t)n[0] - 1 + n[1] - 1 + (output > 0 ? n[2] - 1 : 0);
    case LSTMFC__OP_KELTNER:
        *settle = lstmfc_ema_stable(n[0], eps);
        other = lstmfc_wilder_stable(n[1], eps);
        if (other > *settle) *settle = other;
        /* The band is there when the later of its two parts is: the EMA waits n - 1 bars, the ATR atr_n, as its first true range
           needs a close before it. */
        return n[0] - 1 > n[1] ? n[0] - 1 : n[1];
    /* .cross (output 1) compares two states, hence one bar more than .state (output 0). */
    case LSTMFC__OP_TREND: *settle = lstmfc_ema_stable(n[1], eps); return (int64_t)n[1] - 1 + output;
    /* The later of atr(14), valid on row 14, and realized_vol(20), which needs 21 closes: row 20. */
    case LSTMFC__OP_THRESHOLD: *settle = lstmfc_wilder_stable(14, eps); return 20;
    default: return 0;
    }
}

/* First row on which the value is defined. Only the wait is wanted here: with eps 2 (a share never exceeds 1) nothing has to
   settle, and no bars are counted for it. */
LSTMFC__PRIVATE int64_t lstmfc__ref_lookback(const lstmfc_features *features, int32_t ref)
{
    const lstmfc__node *node = &features->nodes[ref / LSTMFC__NODE_OUTPUTS];
    int64_t settle;
    return node->lookback + lstmfc__node_wait(node, ref % LSTMFC__NODE_OUTPUTS, 2.0, &settle);
}

/* A recursion that is fed by recursions has settled when they have and its own seed has faded: an upper bound. Example:
   sma(ema(close,20),5) at eps 1e-4: the EMA is valid at 19 and settled 93 bars later, the mean of 5 waits
   4 more: 116. */
LSTMFC__PRIVATE int64_t lstmfc__ref_stable(const lstmfc_features *features, int32_t ref, double eps)
{
    const lstmfc__node *node = &features->nodes[ref / LSTMFC__NODE_OUTPUTS];
    int64_t settle, wait = lstmfc__node_wait(node, ref % LSTMFC__NODE_OUTPUTS, eps, &settle), latest = 0, input;
    int32_t i;
    for (i = 0; i < node->inputs; i++) {
        input = lstmfc__ref_stable(features, node->input[i], eps);
        if (input > latest) latest = input;
    }
    return latest + wait + settle;
}

/* ---- one bar through one node ---- */

/* What a plan reads a bar from. values [count] of one column; missing [count] or NULL: 1 where the file's cell was blank. */
typedef struct lstmfc__source { const double *values; const unsigned char *missing; } lstmfc__source;

/* All that one series remembers, in one block of memory: freeing it is one call, copying it needs no allocation. */
struct lstmfc_features_state {
    const lstmfc_features *features;
    size_t bytes;                   /* of this block */
    lstmfc__source *sources;        /* [6 + source_count], bound anew at each call */
    lstmfc__kernel *kernels;        /* [node_count] */
    double *rings;                  /* [ring_floats] */
    double *values;                 /* [node_count * 8]: the newest value of every ref */
    int64_t row;                    /* bars seen */
};

/* Cleaning may have filled a blank cell; the flag remembers that it was one. */
LSTMFC__PRIVATE double lstmfc__missing_cell(const lstmfc__source *source, size_t t)
{
    return (source->missing && source->missing[t]) || !lstmfc_is_finite(source->values[t]) ? 1.0 : 0.0;
}

/* An hour is a point on a circle: 23:00 and 00:00 are neighbours, which the number 23 does not tell a network, and a sine with
   its cosine does. An angle of the calendar: fraction of a day, or day of the week (1970-01-01 was a Thursday) in sevenths. */
LSTMFC__PRIVATE double lstmfc__calendar_angle(int64_t time, int32_t weekday)
{
    int64_t day = lstmfc__floor_divide(time, LSTMFC__DAY_MS), of_week = (day + 3) - 7 * lstmfc__floor_divide(day + 3, 7);
    return 6.283185307179586477 * (weekday ? (double)of_week / 7.0 : (double)((time - day * LSTMFC__DAY_MS) / 1000) / 86400.0);
}

/* The one step of every operation and function: in [inputs] -> out [outputs], for the bar that opened at `time` (ms). kernel and
   ring are the node's own memory of the bars before. Division by zero needs no case: its infinity becomes NaN with the caller. */
LSTMFC__PRIVATE void lstmfc__node_step(const lstmfc__node *node, lstmfc__kernel *kernel, double *ring, const double *in,
                                       double *out, int64_t time)
{
    const int32_t *n = node->bars;
    const double *x, *y;
    double x0 = in[0], wide[5];
    switch (node->op) {
    case LSTMFC__OP_ADD: out[0] = x0 + in[1]; break;
    case LSTMFC__OP_SUB: out[0] = x0 - in[1]; break;
    case LSTMFC__OP_MUL: out[0] = x0 * in[1]; break;
    case LSTMFC__OP_DIV: out[0] = x0 / in[1]; break;
    case LSTMFC__OP_NEG: out[0] = -x0; break;
    case LSTMFC__OP_LOG: out[0] = x0 > 0.0 ? lstmfc_log(x0) : lstmfc_nan(); break;
    /* Neither comparison holds for a NaN, which thus gets through as NaN: so it is in log0, sign and clip. */
    case LSTMFC__OP_LOG0: out[0] = x0 > 0.0 ? lstmfc_log(x0) : x0 <= 0.0 ? 0.0 : lstmfc_nan(); break;
    case LSTMFC__OP_ABS: out[0] = fabs(x0); break;
    case LSTMFC__OP_SIGN: out[0] = x0 > 0.0 ? 1.0 : x0 < 0.0 ? -1.0 : x0 == 0.0 ? 0.0 : x0; break;
    case LSTMFC__OP_SQRT: out[0] = x0 >= 0.0 ? lstmfc_sqrt(x0) : lstmfc_nan(); break;
    case LSTMFC__OP_EXP: out[0] = lstmfc_exp(x0); break;
    case LSTMFC__OP_CLIP: out[0] = x0 < node->real[0] ? node->real[0] : x0 > node->real[1] ? node->real[1] : x0; break;
    /* fill mends holes, not the warm-up: rows before lookback stay NaN, or invented values would be trained on as if measured. */
    case LSTMFC__OP_FILL: out[0] = kernel->row++ >= node->lookback && lstmfc_is_nan(x0) ? node->real[0] : x0; break;
    /* lag_update takes x[t] and hands back x[t-n], NaN as long as there is none. */
    case LSTMFC__OP_LAG: out[0] = lstmfc_lag_update(&kernel->lag, ring, x0); break;
    case LSTMFC__OP_DIFF: case LSTMFC__OP_MOM: case LSTMFC__OP_VOLUME_DELTA:
        out[0] = x0 - lstmfc_lag_update(&kernel->lag, ring, x0);
        break;
    case LSTMFC__OP_PCT_CHANGE: case LSTMFC__OP_ROC:
        out[0] = lstmfc_lag_update(&kernel->lag, ring, x0);
        /* (x - y)/y and not x/y - 1: of close neighbours the difference is exact (Sterbenz: for y/2 <= x <= 2y), whereas x/y is
           rounded near 1 and the subtraction lays that error bare: for a change of 1e-6 ten of the sixteen digits are left. */
        out[0] = (node->op == LSTMFC__OP_ROC ? 100.0 : 1.0) * ((x0 - out[0]) / out[0]);
        break;
    case LSTMFC__OP_LOG_RETURN: out[0] = lstmfc_log_return(x0, lstmfc_lag_update(&kernel->lag, ring, x0)); break;

/* The window functions differ only in what they make of the last n values; NULL until there are n. */
#define LSTMFC__WINDOW(value) \
        x = lstmfc_window_push(&kernel->window[0], ring, x0); \
        out[0] = x ? (value) : lstmfc_nan(); \
        break
    case LSTMFC__OP_SMA:    LSTMFC__WINDOW(lstmfc_window_mean(x, n[0]));
    case LSTMFC__OP_WMA:    LSTMFC__WINDOW(lstmfc_window_wma(x, n[0]));
    case LSTMFC__OP_STDDEV: LSTMFC__WINDOW(lstmfc_window_stddev(x, n[0]));
    case LSTMFC__OP_ZSCORE: LSTMFC__WINDOW(lstmfc_window_zscore(x, n[0]));
    case LSTMFC__OP_MIN:    LSTMFC__WINDOW(lstmfc_window_min(x, n[0]));
    case LSTMFC__OP_MAX:    LSTMFC__WINDOW(lstmfc_window_max(x, n[0]));
    case LSTMFC__OP_RANK:   LSTMFC__WINDOW(lstmfc_window_rank(x, n[0]));
    case LSTMFC__OP_SUM:    LSTMFC__WINDOW(lstmfc_window_sum(x, n[0]));
    case LSTMFC__OP_SLOPE:  LSTMFC__WINDOW(lstmfc_window_slope(x, n[0]));
    case LSTMFC__OP_VOLUME_RATIO:
        x = lstmfc_window_push(&kernel->window[0], ring, x0);
        out[0] = x ? lstmfc_window_mean(x, n[0]) : lstmfc_nan();
        /* A NaN is unequal to 0 and stays one by the division. */
        out[0] = out[0] != 0.0 ? x0 / out[0] : 1.0;
        break;
    case LSTMFC__OP_PARKINSON:
        x0 = lstmfc_parkinson_term(in[0], in[1]);
        LSTMFC__WINDOW(lstmfc_sqrt(lstmfc_window_mean(x, n[0])));
    case LSTMFC__OP_GARMAN_KLASS:
        x0 = lstmfc_garman_klass_term(in[0], in[1], in[2], in[3]);
        x = lstmfc_window_push(&kernel->window[0], ring, x0);
        out[0] = x ? lstmfc_window_mean(x, n[0]) : lstmfc_nan();
        /* Below 0 only by rounding, or in faulty data whose high and low do not enclose open and close. */
        out[0] = out[0] <= 0.0 ? 0.0 : lstmfc_sqrt(out[0]);
        break;
    case LSTMFC__OP_CCI:
        x0 = lstmfc__typical(in[0], in[1], in[2]);
        LSTMFC__WINDOW(lstmfc_window_cci(x, n[0]));
#undef LSTMFC__WINDOW
    case LSTMFC__OP_CORR:
        x = lstmfc_window_push(&kernel->window[0], ring, x0);
        y = lstmfc_window_push(&kernel->window[1], ring + lstmfc_window_floats(n[0]), in[1]);
        out[0] = x && y ? lstmfc_window_corr(x, y, n[0]) : lstmfc_nan();
        break;
    case LSTMFC__OP_BBANDS:
        x = lstmfc_window_push(&kernel->window[0], ring, x0);
        if (x) lstmfc_window_bands(x, n[0], node->real[0], out);
        else out[0] = out[1] = out[2] = out[3] = out[4] = lstmfc_nan();
        break;
    case LSTMFC__OP_EMA: case LSTMFC__OP_WILDER: out[0] = lstmfc_ema_update(&kernel->ema, x0); break;
    case LSTMFC__OP_RSI: out[0] = lstmfc_rsi_update(&kernel->rsi, x0); break;
    case LSTMFC__OP_STOCHRSI: lstmfc_stochrsi_update(&kernel->stochrsi, ring, x0, out); break;
    case LSTMFC__OP_MACD: lstmfc_macd_update(&kernel->macd, x0, out); break;
    case LSTMFC__OP_TR: out[0] = lstmfc_tr_update(&kernel->tr, in[0], in[1], in[2]); break;
    case LSTMFC__OP_ATR: out[0] = lstmfc_atr_update(&kernel->atr, in[0], in[1], in[2]); break;
    case LSTMFC__OP_PLUS_DI: case LSTMFC__OP_MINUS_DI: case LSTMFC__OP_DX: case LSTMFC__OP_ADX:
        lstmfc_dmi_update(&kernel->dmi, in[0], in[1], in[2], wide);
        /* dmi_update answers +DI, -DI, DX, ADX in the order in which the table of functions lists the four. */
        out[0] = wide[node->op - LSTMFC__OP_PLUS_DI];
        break;
    case LSTMFC__OP_OBV: out[0] = lstmfc_obv_update(&kernel->obv, in[0], in[1]); break;
    case LSTMFC__OP_VWAP: out[0] = lstmfc_vwap_update(&kernel->vwap, ring, in[0], in[1], in[2], in[3]); break;
    case LSTMFC__OP_VWAP_SESSION: case LSTMFC__OP_VWAP_ANCHORED:
        out[0] = lstmfc_vwap_anchored_update(&kernel->anchored, time, in[1], in[2], in[3], in[4]);
        break;
    case LSTMFC__OP_SIGNED_VOLUME: out[0] = lstmfc_signed_volume(in[0], in[1], in[2], in[3]); break;
    case LSTMFC__OP_REALIZED_VOL: out[0] = lstmfc_realized_vol_update(&kernel->vol, ring, x0); break;
    case LSTMFC__OP_YANG_ZHANG: out[0] = lstmfc_yang_zhang_update(&kernel->yang_zhang, ring, in[0], in[1], in[2], in[3]); break;
    case LSTMFC__OP_STOCH: lstmfc_stoch_update(&kernel->stoch, ring, in[0], in[1], in[2], out); break;
    case LSTMFC__OP_MFI: out[0] = lstmfc_mfi_update(&kernel->mfi, ring, in[0], in[1], in[2], in[3]); break;
    case LSTMFC__OP_WILLR:
        lstmfc_channel_update(&kernel->channel, ring, in[0], in[1], in[2], wide);
        out[0] = wide[3];
        break;
    case LSTMFC__OP_DONCHIAN:
        lstmfc_channel_update(&kernel->channel, ring, in[0], in[1], in[0], wide);      /* only %R asks for the close */
        out[0] = wide[0]; out[1] = wide[1]; out[2] = wide[2];
        break;
    case LSTMFC__OP_KELTNER: lstmfc_keltner_update(&kernel->keltner, in[0], in[1], in[2], out); break;
    case LSTMFC__OP_TREND: lstmfc_trend_update(&kernel->trend, x0, out); break;
    case LSTMFC__OP_THRESHOLD: out[0] = lstmfc_threshold_update(&kernel->threshold, ring, in[0], in[1], in[2]); break;
    case LSTMFC__OP_HOUR_SIN: out[0] = lstmfc_sin(lstmfc__calendar_angle(time, 0)); break;
    case LSTMFC__OP_HOUR_COS: out[0] = lstmfc_cos(lstmfc__calendar_angle(time, 0)); break;
    case LSTMFC__OP_WEEKDAY_SIN: out[0] = lstmfc_sin(lstmfc__calendar_angle(time, 1)); break;
    case LSTMFC__OP_WEEKDAY_COS: out[0] = lstmfc_cos(lstmfc__calendar_angle(time, 1)); break;
    default: out[0] = node->real[0];                               /* NUMBER */
    }
}

/* Row t of the bound sources through every node; the features to row[count]. state->values [node_count][8] holds what each node
   said about this bar; nodes are in the order of their inputs, so what a node reads has been written just before. */
LSTMFC__PRIVATE void lstmfc__features_step(lstmfc_features_state *state, int64_t time, size_t t, double *row)
{
    const lstmfc_features *features = state->features;
    double in[6], *out;
    size_t i, k;
    for (i = 0; i < features->node_count; i++) {
        const lstmfc__node *node = &features->nodes[i];
        out = state->values + i * LSTMFC__NODE_OUTPUTS;
        if (node->op == LSTMFC__OP_COLUMN) {
            /* Milliseconds since 1970 as a double are exact: they stay below 2^53 for 285,000 years. */
            out[0] = node->source == LSTMFC__SOURCE_TIME ? (double)time : state->sources[node->source].values[t];
        } else if (node->op == LSTMFC__OP_MISSING) {
            out[0] = lstmfc__missing_cell(&state->sources[features->nodes[node->input[0] / LSTMFC__NODE_OUTPUTS].source], t);
        } else {
            in[0] = 0.0;
            for (k = 0; k < (size_t)node->inputs; k++) in[k] = state->values[node->input[k]];
            lstmfc__node_step(node, &state->kernels[i], state->rings + node->ring, in, out, time);
        }
        /* 1/0 = inf would turn up again as 0 after another division, a wrong number that looks right. As NaN it stays visible in
           all that is computed from it. */
        for (k = 0; k < (size_t)node->outputs; k++) if (!lstmfc_is_finite(out[k])) out[k] = lstmfc_nan();
    }
    for (i = 0; i < features->feature_count; i++) row[i] = state->values[features->features[i].ref];
    state->row++;
}

/* ---- from text to plan ---- */

/* Recursive descent: one function for each rule of the grammar, each reading from p->at on and returning the ref of the value it
   found, or -1 after it has set the error. Precedence is who calls whom: sum -> product -> factor -> primary. The tree of the text
   is never built, the plan's nodes are made on the way back up. */
typedef struct lstmfc__parser {
    lstmfc_features *plan;
    const lstmfc_candles *candles;      /* desc.columns */
    const char *text;
    size_t length, at;
    size_t fixed_column;                /* inside a preset: where its name stands in the user's text, from 1; else 0 */
    int32_t depth, start_dependent, ratio_only;
    size_t c_first, c_raw_end, c_made;  /* features of @c: raw ones c_first..c_raw_end-1, engineered ones from c_made on;
                                           c_raw_end 0 = no @c yet */
    lstmfc_error *err;
} lstmfc__parser;

/* Presets. Those of A, D and E are scale-free: prices appear as ratios (close/ema - 1), ranges and MACD are divided by the close,
   oscillators brought to 0..1. A network trained at 20,000 can then be used at 60,000; with raw levels it would be asked about
   numbers it has never seen. fill(..., 0) stands where a quotient is undefined on an ordinary bar (no range, no volume).
   @e_literal keeps raw levels, for comparison. In @c, "~" marks the columns that drift with the level: @c_ratio is @c without them. */
static const char *const lstmfc__presets[][2] = {
    {"a", "ret_1 = log_return(close), ret_3 = log_return(close,3), ret_6 = log_return(close,6), ret_12 = log_return(close,12), "
          "ret_24 = log_return(close,24), ret_168 = log_return(close,168), range = log(high/low), "
          "close_location = fill((2*close-high-low)/(high-low),0), rsi = rsi(14)/100, stoch_rsi = stochrsi(14,14,3,3).k/100, "
          "macd = macd(12,26,9).line/close, macd_hist = macd(12,26,9).hist/close, bb_percent = bbands(20,2).percent, "
          "bb_width = bbands(20,2).width/100, atr = atr(14)/close, adx = adx(14)/100, di = (plus_di(14)-minus_di(14))/100, "
          "ema_20 = close/ema(20)-1, ema_50 = close/ema(50)-1, ema_trend = ema(20)/ema(50)-1, vwap = close/vwap(24)-1, "
          "vol_24 = realized_vol(24), vol_ratio = fill(realized_vol(6)/realized_vol(72),1), "
          "volume_ratio = clip(volume_ratio(24),0,10), obv_flow = fill(diff(obv,24)/sum(volume,24),0), "
          "signed_flow = fill(sum(signed_volume,24)/sum(volume,24),0), hour_sin = hour_sin, hour_cos = hour_cos, "
          "weekday_sin = weekday_sin, weekday_cos = weekday_cos"},
    {"d", "ret = log_return(close), abs_ret = abs(log_return(close)), range = log(high/low), rsi = rsi(14)/100, "
          "macd = macd(12,26,9).line/close, macd_signal = macd(12,26,9).signal/close, bb_percent = bbands(20,2).percent, "
          "bb_width = bbands(20,2).width/100, sma_7 = close/sma(7)-1, sma_20 = close/sma(20)-1, sma_50 = close/sma(50)-1, "
          "atr = atr(14)/close, volume_ratio = clip(volume_ratio(20),0,10), volume_ma = fill(sma(volume,5)/sma(volume,20),1), "
          "vol_5 = realized_vol(5), vol_20 = realized_vol(20), vol_60 = realized_vol(60), parkinson = parkinson(20)"},
    {"d_sentiment", "sentiment = col(sentiment), sentiment_3 = sma(col(sentiment),3), sentiment_7 = sma(col(sentiment),7), "
                    "news_volume = col(news_volume)"},
    {"d_sentiment_proxy", "sentiment = fill(clip(log_return(close)/realized_vol(20),-3,3)/3,0), "
                          "sentiment_3 = sma(fill(clip(log_return(close)/realized_vol(20),-3,3)/3,0),3), "
                          "sentiment_7 = sma(fill(clip(log_return(close)/realized_vol(20),-3,3)/3,0),7), "
                          "news_volume = clip(volume_ratio(20),0,10)"},
    {"e", "rsi = rsi(14)/100, stoch_rsi = stochrsi(14,14,3,3).k/100, macd_diff = macd(12,26,9).hist/close, "
          "bb_width = bbands(20,2).width/100, atr = atr(14)/close, adx = adx(14)/100, ema_20 = close/ema(20)-1, "
          "ema_50 = close/ema(50)-1, obv = fill(diff(obv,20)/sum(volume,20),0), vwap = close/vwap(14)-1, "
          "volume_ratio = clip(volume_ratio(20),0,10), log_return = log_return(close), realized_vol = realized_vol(20), "
          "trend = trend(20,50).state"},
    {"e_literal", "rsi = rsi(14), stoch_rsi = stochrsi(14,14,3,3).raw, macd = macd(12,26,9).line, "
                  "macd_signal = macd(12,26,9).signal, macd_diff = macd(12,26,9).hist, bb_middle = bbands(20,2).middle, "
                  "bb_upper = bbands(20,2).upper, bb_lower = bbands(20,2).lower, bb_width = bbands(20,2).width, atr = atr(14), "
                  "adx = adx(14), ema_20 = ema(20), ema_50 = ema(50), obv = obv, vwap = vwap(14), volume_delta = volume_delta, "
                  "volume_ratio = volume_ratio(20), log_return = log_return(close), realized_vol = realized_vol(20), "
                  "price_ratio = close/ema(20), trend_cross = trend(20,50).cross"},
    {"c", NULL}, {"c_log", NULL}, {"c_ratio", NULL}
};

/* The file's columns that span many magnitudes: ln turns growth by a factor into a step of one size. */
static const char *const lstmfc__preset_c_logs[] = {
    "btc_market_price", "btc_market_cap", "btc_total_bitcoins", "btc_trade_volume", "btc_output_volume",
    "btc_estimated_transaction_volume", "btc_estimated_transaction_volume_usd", "btc_transaction_fees", "btc_cost_per_transaction",
    "btc_miners_revenue"
};

enum { LSTMFC__PRESET_C_MADE = 65 };                              /* features in the text below */
static const char lstmfc__preset_c[] =
    "pct_1 = pct_change(close,1), pct_3 = pct_change(close,3), pct_7 = pct_change(close,7), pct_14 = pct_change(close,14), "
    "pct_30 = pct_change(close,30), ret_1 = log_return(close,1), ret_7 = log_return(close,7), ret_30 = log_return(close,30), "
    "~mom_7 = diff(close,7), ~mom_14 = diff(close,14), ~mom_30 = diff(close,30), ~sma_7 = sma(7), ~sma_14 = sma(14), "
    "~sma_30 = sma(30), ~sma_90 = sma(90), ~sd_7 = stddev(7), ~sd_14 = stddev(14), ~sd_30 = stddev(30), ~min_7 = min(7), "
    "~max_7 = max(7), ~min_30 = min(30), ~max_30 = max(30), dev_7 = close/sma(7)-1, dev_30 = close/sma(30)-1, "
    "dev_90 = close/sma(90)-1, z_7 = zscore(7), z_30 = zscore(30), z_90 = zscore(90), ~ema_12 = ema(12), ~ema_26 = ema(26), "
    "vol_7 = realized_vol(7), vol_30 = realized_vol(30), rsi_14 = rsi(14), rank_30 = rank(30), trend_30 = slope(log(close),30), "
    "volume_1d = pct_change(col(btc_trade_volume),1), volume_7d = col(btc_trade_volume)/sma(col(btc_trade_volume),7), "
    "volume_30d = col(btc_trade_volume)/sma(col(btc_trade_volume),30), "
    "volume_7_30 = sma(col(btc_trade_volume),7)/sma(col(btc_trade_volume),30), ~volume_sma_7 = sma(col(btc_trade_volume),7), "
    "~volume_sma_30 = sma(col(btc_trade_volume),30), "
    "volume_cv_30 = stddev(col(btc_trade_volume),30)/sma(col(btc_trade_volume),30), "
    "volume_pct_7 = pct_change(col(btc_trade_volume),7), ~supply_ratio = col(btc_total_bitcoins)/21000000, "
    "supply_growth_1 = pct_change(col(btc_total_bitcoins),1), supply_growth_30 = pct_change(col(btc_total_bitcoins),30), "
    "~stock_to_flow = col(btc_total_bitcoins)/(diff(col(btc_total_bitcoins),30)*365/30), "
    "dominance = col(btc_trade_volume)/(col(btc_trade_volume)+col(btc_estimated_transaction_volume_usd)), "
    "dominance_adjusted = sma(col(btc_trade_volume),30)"
    "/(sma(col(btc_trade_volume),30)+sma(col(btc_estimated_transaction_volume_usd),30)), "
    "~price_to_volume = close/col(btc_trade_volume), turnover = col(btc_trade_volume)/col(btc_market_cap), "
    "nvt = col(btc_market_cap)/col(btc_estimated_transaction_volume_usd), "
    "nvt_30 = col(btc_market_cap)/sma(col(btc_estimated_transaction_volume_usd),30), "
    "~value_per_address = col(btc_market_cap)/col(btc_n_unique_addresses), "
    "~fee_per_transaction = col(btc_transaction_fees)*close/col(btc_n_transactions), "
    "~revenue_per_hash = col(btc_miners_revenue)/col(btc_hash_rate), "
    "~value_per_transaction = col(btc_estimated_transaction_volume_usd)/col(btc_n_transactions), "
    "~volume_per_coin = col(btc_trade_volume)/col(btc_total_bitcoins), hash_growth_30 = pct_change(col(btc_hash_rate),30), "
    "difficulty_growth_30 = pct_change(col(btc_difficulty),30), address_growth_7 = pct_change(col(btc_n_unique_addresses),7), "
    "address_growth_30 = pct_change(col(btc_n_unique_addresses),30), "
    "transaction_growth_7 = pct_change(col(btc_n_transactions),7), "
    "transaction_growth_30 = pct_change(col(btc_n_transactions),30), "
    "puell_90 = col(btc_miners_revenue)/sma(col(btc_miners_revenue),90)";

/* Every error of the parser goes through here. Within a preset the place in its text would mean nothing to the user: then the
   column is that of the preset's name.
   at: offset in the parser's text of what is wrong. Returns -1, which is no ref. */
LSTMFC__PRIVATE int32_t lstmfc__parse_fail(lstmfc__parser *p, size_t at, const char *format, ...)
{
    size_t column = p->fixed_column ? p->fixed_column : at + 1;
    va_list arguments;
    va_start(arguments, format);
    lstmfc__fail_list(p->err, LSTMFC_ERROR_SPEC, 0, (int64_t)column, (int64_t)column - 1, format, arguments);
    va_end(arguments);
    return -1;
}

/* A byte 10xxxxxx continues a UTF-8 character: a message must not be cut before one. */
LSTMFC__PRIVATE int lstmfc__continues(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* A piece of the text as a message shows it: at most 60 bytes, whole characters, nothing that would move a terminal's cursor. */
LSTMFC__PRIVATE void lstmfc__word(char out[64], const char *text, size_t length)
{
    size_t i, n = length < 60 ? length : 60;
    while (n && n < length && lstmfc__continues(text[n])) n--;
    for (i = 0; i < n; i++) out[i] = (unsigned char)text[i] < 32 ? '?' : text[i];
    out[n] = 0;
}

/* The scanner has no tokens of its own: each rule looks at the next character that matters and decides by it. Where two
   alternatives begin alike (a name or an expression, a number or a series) the parser reads on and then goes back. */
LSTMFC__PRIVATE void lstmfc__skip_space(lstmfc__parser *p)
{
    while (p->at < p->length && lstmfc__is_blank(p->text[p->at])) p->at++;
}

/* The next character that is not white space; 0 at the end. */
LSTMFC__PRIVATE char lstmfc__look(lstmfc__parser *p)
{
    lstmfc__skip_space(p);
    return p->at < p->length ? p->text[p->at] : (char)0;
}

LSTMFC__PRIVATE int lstmfc__is_digit(char c) { return c >= '0' && c <= '9'; }
LSTMFC__PRIVATE int lstmfc__is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/* The length of the identifier at p->at; 0 = there is none. */
LSTMFC__PRIVATE size_t lstmfc__identifier(const lstmfc__parser *p)
{
    size_t end = p->at;
    if (end >= p->length || !lstmfc__is_letter(p->text[end])) return 0;
    while (end < p->length && (lstmfc__is_letter(p->text[end]) || lstmfc__is_digit(p->text[end]))) end++;
    return end - p->at;
}

/* Whether a piece of the text, which has no NUL at its end, is the word. */
LSTMFC__PRIVATE int lstmfc__same(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* Room for `more` elements behind the `count` used of a growing array: doubled, so that n appends copy fewer than 2 n elements.
   Returns 0 when there is no memory. */
LSTMFC__PRIVATE int lstmfc__room(lstmfc_features *plan, void **array, size_t count, size_t *room, size_t more, size_t size,
                                 lstmfc_error *err)
{
    size_t wanted = *room ? *room : 16;
    void *grown;
    while (wanted - count < more) {
        if (wanted > SIZE_MAX / 2) { lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: the text is too long"); return 0; }
        wanted *= 2;
    }
    if (*array && wanted == *room) return 1;
    grown = lstmfc__grow(&plan->env, *array, *room, wanted, size, err);
    if (!grown) return 0;
    *array = grown;
    *room = wanted;
    return 1;
}

/* Keeps a text in the pool; *out is its offset. Returns 0 when there is no memory. */
LSTMFC__PRIVATE int lstmfc__keep(lstmfc_features *plan, const char *text, size_t length, size_t *out, lstmfc_error *err)
{
    void *pool = plan->pool;
    if (!lstmfc__room(plan, &pool, plan->pool_used, &plan->pool_room, length + 1, 1, err)) return 0;
    plan->pool = (char *)pool;
    *out = plan->pool_used;
    memcpy(plan->pool + plan->pool_used, text, length);
    plan->pool[plan->pool_used + length] = 0;
    plan->pool_used += length + 1;
    return 1;
}

/* A model trained on five years of bars is asked on the last thousand: RSI and EMA have forgotten the start by then, a cumulative
   sum never does, and as a feature it would silently be another number than in training. Hence the language tracks it.
   Example: obv is refused, diff(obv,24) and obv - sma(obv,20) are taken, log(obv) is refused.

   How a value depends on where the series starts, for ever. OBV is one running sum, so another start SHIFTs it by a constant, and
   a difference of two shifted values is FREE of it; the mean of a window is still shifted, but the language lets it pass (KEPT). */
enum { LSTMFC__START_FREE, LSTMFC__START_KEPT, LSTMFC__START_SHIFT, LSTMFC__START_ANY };

/* The rule of each operation; a, b: of its inputs (b FREE when there is one). What is not listed mixes a shift into something that
   no difference can take out again (ANY). Only what is KEPT or better may become a feature. */
LSTMFC__PRIVATE int32_t lstmfc__start_of(int32_t op, int32_t a, int32_t b)
{
    int32_t worst = a > b ? a : b;
    switch (op) {
    /* The two sources: another start adds a constant to a sum; a ratio of two sums it changes by no constant. */
    case LSTMFC__OP_OBV: return LSTMFC__START_SHIFT;
    case LSTMFC__OP_VWAP_ANCHORED: return LSTMFC__START_ANY;
    case LSTMFC__OP_SMA: case LSTMFC__OP_WMA: case LSTMFC__OP_MIN: case LSTMFC__OP_MAX:
        /* KEPT is not called FREE, since subtracting from obv takes the constant out only if both sides have it. */
        return a == LSTMFC__START_SHIFT ? LSTMFC__START_KEPT : a == LSTMFC__START_ANY ? LSTMFC__START_FREE : a;
    case LSTMFC__OP_STDDEV: case LSTMFC__OP_ZSCORE: case LSTMFC__OP_RANK: case LSTMFC__OP_SUM: case LSTMFC__OP_SLOPE:
    case LSTMFC__OP_CORR: case LSTMFC__OP_DIFF: case LSTMFC__OP_MOM: case LSTMFC__OP_BBANDS:
        return LSTMFC__START_FREE;
    /* An average with weights that sum to 1, or an older value, carries the constant on unchanged. */
    case LSTMFC__OP_LAG: case LSTMFC__OP_EMA: case LSTMFC__OP_WILDER: case LSTMFC__OP_FILL: return a;
    case LSTMFC__OP_SUB:
        /* (x + c) - (y + c) = x - y;  (x + c) - y keeps c;  y - (x + c) turns its sign: ANY. */
        if (a && b && worst < LSTMFC__START_ANY) return LSTMFC__START_FREE;
        if (!b) return a;
        break;
    case LSTMFC__OP_ADD:
        /* (x + c) + y keeps c, (x + c) + (y + c) doubles it: then no difference with obv would be free of it. */
        if (!a || !b) return worst;
        break;
    default: break;
    }
    return worst > LSTMFC__START_KEPT ? LSTMFC__START_ANY : LSTMFC__START_FREE;
}

/* Value numbering: op, inputs, bars and numbers say all there is about a value, so a node equal in these is the same value. They
   are compared by bytes, which is why lstmfc__node_clear zeroes the unused places. A linear search: plans have tens of nodes.
   Here also lookback, height and start are derived, once, from inputs that are known already.
   The node equal to `node`, made if there is none. Returns its ref (output 0), or -1. */
LSTMFC__PRIVATE int32_t lstmfc__intern(lstmfc__parser *p, size_t at, lstmfc__node *node)
{
    lstmfc_features *plan = p->plan;
    lstmfc__kernel kernel;
    void *nodes = plan->nodes;
    size_t i, floats;
    int32_t k, start[2] = {0, 0};
    for (i = 0; i < plan->node_count; i++) {
        const lstmfc__node *old = &plan->nodes[i];
        if (old->op == node->op && old->source == node->source && old->inputs == node->inputs
            && memcmp(old->input, node->input, sizeof node->input) == 0 && memcmp(old->bars, node->bars, sizeof node->bars) == 0
            && memcmp(old->real, node->real, sizeof node->real) == 0) return (int32_t)i * LSTMFC__NODE_OUTPUTS;
    }
    if (plan->node_count >= LSTMFC__NODES_MOST)
        return lstmfc__parse_fail(p, at, "more than %d different sub-expressions", (int32_t)LSTMFC__NODES_MOST);
    node->height = 0;
    for (k = 0; k < node->inputs; k++) {
        const lstmfc__node *input = &plan->nodes[node->input[k] / LSTMFC__NODE_OUTPUTS];
        int64_t lookback = lstmfc__ref_lookback(plan, node->input[k]);
        if (lookback > node->lookback) node->lookback = lookback;
        if (input->height + 1 > node->height) node->height = input->height + 1;
        /* Only + and -, with two inputs, tell them apart; functions of more inputs read columns, which are FREE. */
        if (k < 2) start[k] = input->start;
    }
    if (node->height > LSTMFC__TREE_MOST)
        return lstmfc__parse_fail(p, at, "the expression is more than %d operations deep", (int32_t)LSTMFC__TREE_MOST);
    node->start = lstmfc__start_of(node->op, start[0], start[1]);
    if (!lstmfc__room(plan, &nodes, plan->node_count, &plan->node_room, 1, sizeof *node, p->err)) return -1;
    plan->nodes = (lstmfc__node *)nodes;
    /* The kernel is thrown away here, only the length of its ring is wanted: rings lie one behind the other. */
    floats = lstmfc__kernel_init(node, &kernel);
    node->ring = plan->ring_floats;
    if (!lstmfc__add(plan->ring_floats, floats, &plan->ring_floats)
        || (uint64_t)plan->ring_floats > (uint64_t)plan->env.limits.elements)
        return lstmfc__parse_fail(p, at, "the windows together hold more than the %l numbers allowed", plan->env.limits.elements);
    plan->nodes[plan->node_count] = *node;
    return (int32_t)plan->node_count++ * LSTMFC__NODE_OUTPUTS;
}

/* One output, all else 0: equal nodes must be equal in their unused bytes too. */
LSTMFC__PRIVATE void lstmfc__node_clear(lstmfc__node *node, int32_t op)
{
    memset(node, 0, sizeof *node);
    node->op = op;
    node->outputs = 1;
}

/* The value of a column; source as in lstmfc__node. */
LSTMFC__PRIVATE int32_t lstmfc__make_column(lstmfc__parser *p, size_t at, int32_t source)
{
    lstmfc__node node;
    lstmfc__node_clear(&node, LSTMFC__OP_COLUMN);
    node.source = source;
    return lstmfc__intern(p, at, &node);
}

/* An operation of two values; of one, with b = -1. */
LSTMFC__PRIVATE int32_t lstmfc__make_binary(lstmfc__parser *p, size_t at, int32_t op, int32_t a, int32_t b)
{
    lstmfc__node node;
    lstmfc__node_clear(&node, op);
    node.inputs = b < 0 ? 1 : 2;
    node.input[0] = a;
    node.input[1] = b < 0 ? 0 : b;
    return lstmfc__intern(p, at, &node);
}

/* A column by the name it has in the file. Each name is one source of the plan; where its values lie is asked when candles are
   bound, so that one plan fits any file that has the column. */
LSTMFC__PRIVATE int32_t lstmfc__make_named(lstmfc__parser *p, size_t at, const char *name)
{
    lstmfc_features *plan = p->plan;
    void *sources = plan->sources;
    size_t i, offset;
    if (p->candles && !lstmfc_candles_column(p->candles, name)) {
        lstmfc__nearest best = {NULL, 0};
        char word[64];
        lstmfc__word(word, name, strlen(name));
        for (i = 0; i < p->candles->column_count; i++)
            lstmfc__nearest_offer(&best, name, strlen(name), p->candles->columns[i].name);
        return best.name ? lstmfc__parse_fail(p, at, "unknown column \"%s\"; did you mean \"%s\"?", word, best.name)
                         : lstmfc__parse_fail(p, at, "unknown column \"%s\": the candles have no such column", word);
    }
    for (i = 0; i < plan->source_count; i++)
        if (strcmp(name, plan->pool + plan->sources[i]) == 0)
            return lstmfc__make_column(p, at, (int32_t)i + LSTMFC__SOURCES);
    if (!lstmfc__room(plan, &sources, plan->source_count, &plan->source_room, 1, sizeof *plan->sources, p->err)) return -1;
    plan->sources = (size_t *)sources;
    if (!lstmfc__keep(plan, name, strlen(name), &offset, p->err)) return -1;
    plan->sources[plan->source_count++] = offset;
    return lstmfc__make_column(p, at, (int32_t)(plan->source_count - 1) + LSTMFC__SOURCES);
}

/* Reserved here although signal rules are no part of this language: a feature called `and` could not be named in a rule. */
LSTMFC__PRIVATE int lstmfc__is_reserved(const char *text, size_t length)
{
    return lstmfc__same(text, length, "and") || lstmfc__same(text, length, "or") || lstmfc__same(text, length, "not");
}

/* Something stands at p->at that does not belong there. The message shows what was found and says what was expected; comparisons
   and reserved words get an answer of their own, since they are right elsewhere. Returns -1. */
LSTMFC__PRIVATE int32_t lstmfc__unexpected(lstmfc__parser *p, const char *expected)
{
    char c = lstmfc__look(p), word[64];
    size_t length = lstmfc__identifier(p);
    if (c == 0 && p->at >= p->length) return lstmfc__parse_fail(p, p->at, "the text ends where %s was expected", expected);
    if (c == '<' || c == '>' || c == '=' || c == '!')
        return lstmfc__parse_fail(p, p->at, "'%c' where %s was expected (comparisons belong to signal rules)", c, expected);
    if (!length) do length++; while (p->at + length < p->length && lstmfc__continues(p->text[p->at + length]));
    lstmfc__word(word, p->text + p->at, length);
    if (lstmfc__is_reserved(word, strlen(word)))
        return lstmfc__parse_fail(p, p->at, "\"%s\" is reserved for signal rules; %s was expected", word, expected);
    return lstmfc__parse_fail(p, p->at, "\"%s\" where %s was expected", word, expected);
}

/* Item `index` of a comma-separated list; returns its length and sets *item. */
LSTMFC__PRIVATE size_t lstmfc__list_item(const char *list, size_t index, const char **item)
{
    size_t length = 0;
    for (; index; index--) {
        while (*list && *list != ',') list++;
        if (*list) list++;
    }
    while (list[length] && list[length] != ',') length++;
    *item = list;
    return length;
}

/* Items of such a list: "" has none, "a,b" two; ",," has three, all empty. */
LSTMFC__PRIVATE size_t lstmfc__list_count(const char *list)
{
    size_t count = *list != 0;
    for (; *list; list++) count += *list == ',';
    return count;
}

/* [ "-" ] digits ...; reads nothing and returns 0 if there is no number, or one that is not finite. */
LSTMFC__PRIVATE size_t lstmfc__number(lstmfc__parser *p, int32_t may_be_negative, double *value)
{
    size_t minus = may_be_negative && p->at < p->length && p->text[p->at] == '-', taken;
    if (p->at + minus >= p->length || !lstmfc__is_digit(p->text[p->at + minus])) return 0;
    taken = lstmfc_parse_double(p->text + p->at + minus, p->length - p->at - minus, value);
    if (!taken || !lstmfc_is_finite(*value)) return 0;
    if (minus) *value = -*value;
    return minus + taken;
}

/* Whether the next argument is nothing but a number: then a series before it was left out. sma(20) is sma(close,20), but
   sma(20*close,5) starts with a number and is a series: one looks ahead to the ',' or ')' and goes back. */
LSTMFC__PRIVATE int lstmfc__number_alone(lstmfc__parser *p)
{
    double value;
    size_t start, taken;
    char next;
    lstmfc__skip_space(p);
    start = p->at;
    taken = lstmfc__number(p, 1, &value);
    p->at += taken;
    next = lstmfc__look(p);
    p->at = start;
    return taken && (next == ',' || next == ')');
}

LSTMFC__PRIVATE int32_t lstmfc__parse_sum(lstmfc__parser *p);

/* An argument of type n, l or r. Returns 0, or -1 and an error. They are constants, not expressions: lookback and memory must be
   known before any data. Here is where the future is refused: no function takes a negative number of bars. */
LSTMFC__PRIVATE int32_t lstmfc__parse_constant(lstmfc__parser *p, int32_t op, size_t index, lstmfc__node *node)
{
    const char *function = lstmfc__function_infos[op].name, *item;
    char type = lstmfc__functions[op].types[index], name[64];
    int32_t least = type == 'l' ? 0 : lstmfc__functions[op].least;
    double value = 0.0;
    size_t at, taken, length = lstmfc__list_item(lstmfc__function_infos[op].arguments, index, &item);
    lstmfc__word(name, item, length);
    lstmfc__skip_space(p);
    at = p->at;
    taken = lstmfc__number(p, 1, &value);
    p->at += taken;
    if (!taken || (lstmfc__look(p) != ',' && lstmfc__look(p) != ')' && lstmfc__look(p) != 0))
        return lstmfc__parse_fail(p, at, "the argument %s of %s must be a plain number", name, function);
    /* A factor or a limit may be any number; what follows are counts of bars. */
    if (type == 'r') { node->real[node->real_count++] = value; return 0; }
    /* Its RSI needs at least 2 bars as rsi() itself does; the three windows after it may have 1. */
    if (op == LSTMFC__OP_STOCHRSI && index == 1) least = 2;
    if (value < 0.0)
        return lstmfc__parse_fail(p, at, "a negative %s would read the future: %s looks back over bars", name, function);
    /* The order of these questions chooses the message: -1.5 bars are the future first, and a fraction only after that. */
    if (value != floor(value))
        return lstmfc__parse_fail(p, at, "the argument %s of %s must be a whole number of bars", name, function);
    if (value < least) return lstmfc__parse_fail(p, at, "the argument %s of %s must be at least %d", name, function, least);
    if (value > (double)p->plan->env.limits.dimension || value > 1e9)
        return lstmfc__parse_fail(p, at, "the argument %s of %s is larger than the %l bars allowed", name, function,
                                  p->plan->env.limits.dimension);
    node->bars[node->bar_count++] = (int32_t)value;
    return 0;
}

/* The text after a function's name: arguments and output. at: where the name stands. Four steps: what is written in brackets, the
   defaults of what is not, the columns the function reads besides, the output after the dot. All outputs belong to one node, so
   macd.line and macd.hist step one machine. */
LSTMFC__PRIVATE int32_t lstmfc__parse_call(lstmfc__parser *p, int32_t op, size_t at)
{
    const lstmfc_function_info *info = &lstmfc__function_infos[op];
    const char *types = lstmfc__functions[op].types, *reads = lstmfc__functions[op].reads, *item;
    size_t index = 0, length, wanted = strlen(types), end = at, first_bars = at, output = 0;
    lstmfc__node node;
    char c, word[64];
    int32_t ref;
    lstmfc__node_clear(&node, op);
    if (lstmfc__look(p) == '(') {
        size_t open = p->at++;
        if (lstmfc__look(p) != ')') for (;;) {
            /* Only where close is the default (a list item with a length): clip(1,0,2) clips the number 1. */
            if (index == 0 && wanted > 1 && types[0] == 'x' && lstmfc__list_item(info->defaults, 0, &item)
                && lstmfc__number_alone(p)) {
                node.input[node.inputs++] = lstmfc__make_column(p, at, LSTMFC__CLOSE);
                if (node.input[0] < 0) return -1;
                index++;
            }
            if (index >= wanted) {
                c = lstmfc__look(p);
                return lstmfc__parse_fail(p, p->at, wanted ? "too many arguments: %s(%s)" : "%s takes no arguments%s", info->name,
                                          info->arguments);
            }
            if (types[index] == 'x') {
                node.input[node.inputs] = lstmfc__parse_sum(p);
                if (node.input[node.inputs++] < 0) return -1;
            } else {
                /* Where the first count of bars stands: a complaint about fast > slow shall point there. */
                if (node.bar_count == 0) { lstmfc__skip_space(p); first_bars = p->at; }
                if (lstmfc__parse_constant(p, op, index, &node) < 0) return -1;
            }
            index++;
            c = lstmfc__look(p);
            if (c == ')') break;
            if (c == 0) return lstmfc__parse_fail(p, p->at, "a ')' is missing for the '(' at column %z", open + 1);
            if (c != ',') return lstmfc__unexpected(p, "',' or ')'");
            p->at++;
        }
        end = p->at++;
    }
    for (; index < wanted; index++) {                              /* arguments left out take their defaults */
        length = lstmfc__list_item(info->defaults, index, &item);
        if (!length) {
            length = lstmfc__list_item(info->arguments, index, &item);
            lstmfc__word(word, item, length);
            return lstmfc__parse_fail(p, end, "%s needs %s: %s(%s)", info->name, word, info->name, info->arguments);
        }
        if (types[index] == 'x') {
            node.input[node.inputs] = lstmfc__make_column(p, at, LSTMFC__CLOSE);
            if (node.input[node.inputs++] < 0) return -1;
        } else {
            double value = 0.0;
            lstmfc_parse_double(item, length, &value);
            if (types[index] == 'r') node.real[node.real_count++] = value;
            else node.bars[node.bar_count++] = (int32_t)value;
        }
    }
    for (; *reads; reads++) {
        /* The place of the letter in "ohlcvt" is the number of the source. */
        ref = lstmfc__make_column(p, at, (int32_t)(strchr(lstmfc__source_letters, *reads) - lstmfc__source_letters));
        if (ref < 0) return -1;
        node.input[node.inputs++] = ref;
    }
    /* What can be asked only when all arguments are known. */
    if ((op == LSTMFC__OP_MACD || op == LSTMFC__OP_TREND) && node.bars[0] > node.bars[1])
        return lstmfc__parse_fail(p, first_bars, "the fast period of %s must not exceed the slow one", info->name);
    if (op == LSTMFC__OP_CLIP && node.real[0] > node.real[1])
        return lstmfc__parse_fail(p, at, "the lower limit of clip must not exceed the upper one");
    if (op == LSTMFC__OP_MISSING) {
        const lstmfc__node *input = &p->plan->nodes[node.input[0] / LSTMFC__NODE_OUTPUTS];
        if (input->op != LSTMFC__OP_COLUMN || input->source == LSTMFC__SOURCE_TIME)
            return lstmfc__parse_fail(p, at, "missing takes a column, as missing(col(name)) or missing(volume)");
    }
    node.outputs = *info->outputs ? (int32_t)lstmfc__list_count(info->outputs) : 1;
    ref = lstmfc__intern(p, at, &node);
    /* Without a dot the first output is meant: macd is macd.line, bbands is bbands.middle. */
    if (ref < 0 || lstmfc__look(p) != '.') return ref;

    p->at++;
    lstmfc__skip_space(p);
    length = lstmfc__identifier(p);
    if (!*info->outputs) return lstmfc__parse_fail(p, p->at, "%s has one output: nothing follows it", info->name);
    if (!length) return lstmfc__parse_fail(p, p->at, "an output of %s is missing after the dot: %s", info->name, info->outputs);
    for (output = 0; output < (size_t)node.outputs; output++) {
        size_t n = lstmfc__list_item(info->outputs, output, &item);
        if (n == length && memcmp(item, p->text + p->at, n) == 0) { p->at += length; return ref + (int32_t)output; }
    }
    lstmfc__word(word, p->text + p->at, length);
    return lstmfc__parse_fail(p, p->at, "%s has no output \"%s\": it has %s", info->name, word, info->outputs);
}

/* A name in quotes or an identifier to out[256]. Returns its length; 0 with nothing read if there is none; -1 and an error. */
LSTMFC__PRIVATE int32_t lstmfc__parse_name(lstmfc__parser *p, char out[LSTMFC__NAME_MOST + 1])
{
    size_t length, at = p->at;
    if (p->at < p->length && p->text[p->at] == '"') {
        for (length = 0, p->at++; ; p->at++) {
            if (p->at >= p->length) return lstmfc__parse_fail(p, at, "a quote is not closed");
            /* A quote ends the name unless another follows at once: "" within quotes is one quote, as in CSV. */
            if (p->text[p->at] == '"' && (p->at + 1 >= p->length || p->text[p->at + 1] != '"')) break;
            if (p->text[p->at] == '"') p->at++;
            if ((unsigned char)p->text[p->at] < 32) return lstmfc__parse_fail(p, p->at, "a control character in a name");
            if (length == LSTMFC__NAME_MOST)
                return lstmfc__parse_fail(p, at, "a name is longer than %d bytes", (int32_t)LSTMFC__NAME_MOST);
            out[length++] = p->text[p->at];
        }
        p->at++;
        if (!length) return lstmfc__parse_fail(p, at, "a name is empty");
    } else {
        length = lstmfc__identifier(p);
        if (length > LSTMFC__NAME_MOST)
            return lstmfc__parse_fail(p, at, "a name is longer than %d bytes", (int32_t)LSTMFC__NAME_MOST);
        memcpy(out, p->text + p->at, length);
        p->at += length;
    }
    out[length] = 0;
    return (int32_t)length;
}

/* After the word `col`. */
/* col(name) reaches any column of the file, also one whose name is a function's or has spaces: col("Market Cap"). */
LSTMFC__PRIVATE int32_t lstmfc__parse_col(lstmfc__parser *p)
{
    char name[256];
    int32_t length;
    size_t start;
    if (lstmfc__look(p) != '(') return lstmfc__parse_fail(p, p->at, "a column name in brackets must follow: col(name)");
    p->at++;
    lstmfc__skip_space(p);
    start = p->at;
    length = lstmfc__parse_name(p, name);
    if (length < 0) return -1;
    if (!length || lstmfc__look(p) != ')') {
        if (p->at >= p->length) return lstmfc__parse_fail(p, p->at, "a ')' is missing for the '(' of col");
        return lstmfc__parse_fail(p, start, "col takes one column name; in quotes unless it is made of letters, digits and _");
    }
    p->at++;
    return lstmfc__make_named(p, start, name);
}

/* An identifier: column, function, or a mistake worth a helpful answer. Functions and columns never share a name, so the order of
   the questions does not matter but for a file's column that needs col(). */
LSTMFC__PRIVATE int32_t lstmfc__parse_word(lstmfc__parser *p)
{
    size_t i, at = p->at, length = lstmfc__identifier(p);
    const char *text = p->text + at;
    lstmfc__nearest best = {NULL, 0};
    char word[64];
    int32_t r;
    if (lstmfc__is_reserved(text, length)) return lstmfc__unexpected(p, "an expression");
    lstmfc__word(word, text, length);
    p->at += length;
    if (lstmfc__same(text, length, "col")) return lstmfc__parse_col(p);
    for (r = 0; r < LSTMFC__SOURCES; r++)
        if (lstmfc__same(text, length, lstmfc__role_name(r))) return lstmfc__make_column(p, at, r);
    for (i = 0; i < LSTMFC__COUNT(lstmfc__function_infos); i++)
        if (lstmfc__same(text, length, lstmfc__function_infos[i].name)) return lstmfc__parse_call(p, (int32_t)i, at);
    if (lstmfc__same(text, length, "all_columns"))
        return lstmfc__parse_fail(p, at, "all_columns stands for several features: it cannot be part of an expression");
    if (p->candles) for (i = 0; i < p->candles->column_count; i++)
        if (lstmfc__same(text, length, p->candles->columns[i].name))
            return lstmfc__parse_fail(p, at, "\"%s\" is a column of the file: write col(%s)", word, word);
    for (i = 0; i < LSTMFC__COUNT(lstmfc__function_infos); i++)
        lstmfc__nearest_offer(&best, text, length, lstmfc__function_infos[i].name);
    for (r = 0; r < LSTMFC__SOURCES; r++) lstmfc__nearest_offer(&best, text, length, lstmfc__role_name(r));
    lstmfc__nearest_offer(&best, text, length, "all_columns");
    return lstmfc__parse_fail(p, at, best.name ? "unknown name \"%s\"; did you mean \"%s\"?"
                                               : "unknown name \"%s\": neither a function nor a column", word, best.name);
}

/* The descent uses the machine's stack, and a text of a million '(' must end in a message, not in a crash.
   One level deeper in brackets, calls or signs. Returns 0 when that is too deep. */
LSTMFC__PRIVATE int lstmfc__deeper(lstmfc__parser *p)
{
    int32_t most = p->plan->env.limits.depth < LSTMFC__TREE_MOST ? p->plan->env.limits.depth : LSTMFC__TREE_MOST;
    if (p->depth >= most) { lstmfc__parse_fail(p, p->at, "nested deeper than the %d levels allowed", most); return 0; }
    p->depth++;
    return 1;
}

/* primary = number | "(" sum ")" | column | call. Brackets leave no trace in the plan: order of evaluation is the order of nodes. */
LSTMFC__PRIVATE int32_t lstmfc__parse_primary(lstmfc__parser *p)
{
    char c = lstmfc__look(p);
    size_t at = p->at, taken;
    lstmfc__node node;
    int32_t ref;
    if (!lstmfc__deeper(p)) return -1;
    if (c == '(') {
        p->at++;
        ref = lstmfc__parse_sum(p);
        if (ref < 0) return -1;
        c = lstmfc__look(p);
        if (c == 0) return lstmfc__parse_fail(p, p->at, "a ')' is missing for the '(' at column %z", at + 1);
        if (c != ')') return lstmfc__unexpected(p, "an operator or ')'");
        p->at++;
    } else if (lstmfc__is_digit(c)) {
        lstmfc__node_clear(&node, LSTMFC__OP_NUMBER);
        taken = lstmfc__number(p, 0, &node.real[0]);
        if (!taken) return lstmfc__parse_fail(p, at, "a number too large for a double");
        p->at += taken;
        /* 2x and 1.2.3 are mistakes, not a number and something after it. */
        if (p->at < p->length && (lstmfc__is_letter(p->text[p->at]) || p->text[p->at] == '.'))
            return lstmfc__unexpected(p, "the end of a number");
        ref = lstmfc__intern(p, at, &node);
    } else if (lstmfc__is_letter(c)) {
        ref = lstmfc__parse_word(p);
    } else if (c == '@') {
        return lstmfc__parse_fail(p, at, "a preset stands for several features: it cannot be part of an expression");
    } else {
        return lstmfc__unexpected(p, "an expression");
    }
    p->depth--;
    return ref;
}

/* The sign binds tighter than * and /: -a*b is (-a)*b. That is the same number as -(a*b), but another node. */
LSTMFC__PRIVATE int32_t lstmfc__parse_factor(lstmfc__parser *p)
{
    size_t at;
    int32_t ref;
    if (lstmfc__look(p) != '-') return lstmfc__parse_primary(p);
    at = p->at;
    if (!lstmfc__deeper(p)) return -1;
    p->at++;
    ref = lstmfc__parse_factor(p);
    p->depth--;
    return ref < 0 ? -1 : lstmfc__make_binary(p, at, LSTMFC__OP_NEG, ref, -1);
}

/* A loop, not a recursion: a-b-c is (a-b)-c. With the operator found the right side is read at the next higher precedence. */
LSTMFC__PRIVATE int32_t lstmfc__parse_product(lstmfc__parser *p)
{
    int32_t a = lstmfc__parse_factor(p), b;
    for (;;) {
        char c = a < 0 ? (char)0 : lstmfc__look(p);
        size_t at = p->at;
        if (c != '*' && c != '/') return a;
        p->at++;
        b = lstmfc__parse_factor(p);
        a = b < 0 ? -1 : lstmfc__make_binary(p, at, c == '*' ? LSTMFC__OP_MUL : LSTMFC__OP_DIV, a, b);
    }
}

LSTMFC__PRIVATE int32_t lstmfc__parse_sum(lstmfc__parser *p)
{
    int32_t a = lstmfc__parse_product(p), b;
    for (;;) {
        char c = a < 0 ? (char)0 : lstmfc__look(p);
        size_t at = p->at;
        if (c != '+' && c != '-') return a;
        p->at++;
        b = lstmfc__parse_product(p);
        a = b < 0 ? -1 : lstmfc__make_binary(p, at, c == '+' ? LSTMFC__OP_ADD : LSTMFC__OP_SUB, a, b);
    }
}

/* ---- from plan to text ---- */

/* The shortest digits that read back to the same double: compiling the text gives the same node again. */
LSTMFC__PRIVATE void lstmfc__text_double(lstmfc__text *text, double value)
{
    char digits[32];
    lstmfc_format_double(digits, value);
    lstmfc__text_string(text, digits);
}

/* A name as the language reads it: bare if it can be, else in quotes. */
LSTMFC__PRIVATE void lstmfc__text_name(lstmfc__text *text, const char *name)
{
    size_t i, length = strlen(name);
    int bare = lstmfc__is_letter(name[0]) && !lstmfc__is_reserved(name, length);
    for (i = 0; i < length; i++) if (!lstmfc__is_letter(name[i]) && !lstmfc__is_digit(name[i])) bare = 0;
    if (bare) { lstmfc__text_string(text, name); return; }
    lstmfc__text_char(text, '"');
    for (i = 0; i < length; i++) {
        if (name[i] == '"') lstmfc__text_char(text, '"');
        lstmfc__text_char(text, name[i]);
    }
    lstmfc__text_char(text, '"');
}

/* Which operands need brackets: sum 1, product 2, sign 3, all else 4. A right operand needs them at equal precedence too, since
   a-(b-c) is not a-b-c. */
LSTMFC__PRIVATE int32_t lstmfc__precedence(const lstmfc__node *node)
{
    switch (node->op) {
    case LSTMFC__OP_ADD: case LSTMFC__OP_SUB: return 1;
    case LSTMFC__OP_MUL: case LSTMFC__OP_DIV: return 2;
    case LSTMFC__OP_NEG: return 3;
    default: return 4;
    }
}

/* Two spellings of one expression must give one text, for it names the feature and is stored in the model: `rsi`, `rsi( 14 )` and
   `rsi(close,14)` are all rsi(14).
   The canonical text: every argument that is a number is written, a leading `close` before one is not (the lag family, whose n
   is usually 1, does it the other way round), brackets only where the tree needs them. least: the precedence that goes bare. */
LSTMFC__PRIVATE void lstmfc__text_ref(const lstmfc_features *plan, lstmfc__text *text, int32_t ref, int32_t least)
{
    const lstmfc__node *node = &plan->nodes[ref / LSTMFC__NODE_OUTPUTS];
    int32_t precedence = lstmfc__precedence(node);
    size_t i;
    if (precedence < least) {
        lstmfc__text_char(text, '(');
        lstmfc__text_ref(plan, text, ref, 0);
        lstmfc__text_char(text, ')');
    } else if (node->op == LSTMFC__OP_NUMBER) {
        lstmfc__text_double(text, node->real[0]);
    } else if (node->op == LSTMFC__OP_COLUMN) {
        if (node->source < LSTMFC__SOURCES) { lstmfc__text_string(text, lstmfc__role_name(node->source)); return; }
        lstmfc__text_string(text, "col(");
        lstmfc__text_name(text, plan->pool + plan->sources[node->source - LSTMFC__SOURCES]);
        lstmfc__text_char(text, ')');
    } else if (node->op == LSTMFC__OP_NEG) {
        lstmfc__text_char(text, '-');
        lstmfc__text_ref(plan, text, node->input[0], 3);
    } else if (node->op > LSTMFC__OP_FUNCTIONS) {
        lstmfc__text_ref(plan, text, node->input[0], precedence);
        lstmfc__text_char(text, "+-*/"[node->op - LSTMFC__OP_ADD]);
        /* left: the same precedence goes bare, a-b-c; right: only a higher one, a-(b-c) and a/(b*c) keep their brackets. */
        lstmfc__text_ref(plan, text, node->input[1], precedence + 1);
    } else {
        const lstmfc_function_info *info = &lstmfc__function_infos[node->op];
        const char *types = lstmfc__functions[node->op].types, *item;
        /* input, bars and reals are three cursors: the table's types say from which of a node's lists the next argument comes. */
        int32_t input = 0, bars = 0, reals = 0, written = 0, lag = node->op >= LSTMFC__OP_LAG && node->op <= LSTMFC__OP_LOG_RETURN;
        size_t length;
        lstmfc__text_string(text, info->name);
        for (i = 0; types[i]; i++) {
            const lstmfc__node *x = types[i] == 'x' ? &plan->nodes[node->input[input] / LSTMFC__NODE_OUTPUTS] : NULL;
            if (x && i == 0 && types[1] && !lag && x->op == LSTMFC__OP_COLUMN && x->source == LSTMFC__CLOSE
                && lstmfc__list_item(info->defaults, 0, &item)) { input++; continue; }
            if (lag && i == 1 && node->bars[0] == 1) continue;
            lstmfc__text_char(text, written++ ? ',' : '(');
            if (x && types[1]) {                                   /* a bare number here would be read as the next argument */
                int bare = x->op == LSTMFC__OP_NUMBER
                        || (x->op == LSTMFC__OP_NEG && plan->nodes[x->input[0] / LSTMFC__NODE_OUTPUTS].op == LSTMFC__OP_NUMBER);
                if (bare) lstmfc__text_char(text, '(');
                lstmfc__text_ref(plan, text, node->input[input++], 0);
                if (bare) lstmfc__text_char(text, ')');
            } else if (x) {
                lstmfc__text_ref(plan, text, node->input[input++], 0);
            } else if (types[i] == 'r') {
                lstmfc__text_double(text, node->real[reals++]);
            } else {
                lstmfc__text_int(text, node->bars[bars++]);
            }
        }
        if (written) lstmfc__text_char(text, ')');
        if (*info->outputs) {
            length = lstmfc__list_item(info->outputs, (size_t)(ref % LSTMFC__NODE_OUTPUTS), &item);
            lstmfc__text_char(text, '.');
            for (i = 0; i < length; i++) lstmfc__text_char(text, item[i]);
        }
    }
}

/* The whole plan as one text, the one a model file stores: read back it gives the same nodes, names and order. */
LSTMFC__PRIVATE void lstmfc__text_features(const lstmfc_features *plan, lstmfc__text *text)
{
    size_t i;
    for (i = 0; i < plan->feature_count; i++) {
        const lstmfc__feature *feature = &plan->features[i];
        if (i) lstmfc__text_string(text, ", ");
        if (feature->named) {
            lstmfc__text_name(text, plan->pool + feature->name);
            lstmfc__text_string(text, " = ");
        }
        lstmfc__text_ref(plan, text, feature->ref, 0);
    }
}

/* Writes the text of `ref`, or of the whole plan for ref -1, into the pool. Returns 0 when there is no memory. */
LSTMFC__PRIVATE int lstmfc__keep_text(lstmfc_features *plan, int32_t ref, size_t *out, lstmfc_error *err)
{
    lstmfc__text text = {NULL, 0, 0};
    void *pool = plan->pool;
    int pass;
    for (pass = 0; pass < 2; pass++) {                             /* once to learn the length, once to write */
        if (ref < 0) lstmfc__text_features(plan, &text);
        else lstmfc__text_ref(plan, &text, ref, 0);
        if (pass) break;
        if (!lstmfc__room(plan, &pool, plan->pool_used, &plan->pool_room, text.length + 1, 1, err)) return 0;
        plan->pool = (char *)pool;
        text.out = plan->pool + plan->pool_used;
        text.size = text.length + 1;
        text.length = 0;
    }
    *out = plan->pool_used;
    plan->pool_used += text.size;
    return 1;
}

/* ---- features, presets, all_columns ---- */

/* Names come from the text, which lstmfc__parse_name has checked, or from a file's header, which nobody has: a name the language
   cannot read back would make a canonical text, and a saved model, that no longer compiles. */
LSTMFC__PRIVATE int lstmfc__is_readable_name(const char *name)
{
    size_t i;
    for (i = 0; name[i] && i <= LSTMFC__NAME_MOST; i++) if ((unsigned char)name[i] < 32) return 0;
    return i > 0 && i <= LSTMFC__NAME_MOST;
}

/* name NULL: the feature is called by its canonical text. Returns 1, or 0 and an error. */
LSTMFC__PRIVATE int lstmfc__add_feature(lstmfc__parser *p, size_t at, const char *name, int32_t ref)
{
    lstmfc_features *plan = p->plan;
    void *features = plan->features;
    lstmfc__feature feature;
    size_t i;
    char word[64];
    feature.ref = ref;
    feature.named = name != NULL;
    if (name && !lstmfc__is_readable_name(name)) {
        lstmfc__word(word, name, strlen(name));
        lstmfc__parse_fail(p, at, "the name \"%s\" cannot be that of a feature: 1 to %d bytes without control characters are", word,
                           (int32_t)LSTMFC__NAME_MOST);
        return 0;
    }
    if (plan->nodes[ref / LSTMFC__NODE_OUTPUTS].start > LSTMFC__START_KEPT && !p->start_dependent) {
        lstmfc__parse_fail(p, at, "this feature depends on where the series starts: put its cumulative part into a window "
                           "function or a difference, as diff(obv,24), or allow it with start_dependent");
        return 0;
    }
    if (plan->feature_count >= LSTMFC__NODES_MOST) {
        lstmfc__parse_fail(p, at, "more than %d features", (int32_t)LSTMFC__NODES_MOST);
        return 0;
    }
    if (name ? !lstmfc__keep(plan, name, strlen(name), &feature.name, p->err)
             : !lstmfc__keep_text(plan, ref, &feature.name, p->err)) return 0;
    for (i = 0; i < plan->feature_count; i++) {
        /* Names are how an error, a report and a model file speak of a feature: one name, one feature. */
        if (strcmp(plan->pool + plan->features[i].name, plan->pool + feature.name) == 0) {
            lstmfc__word(word, plan->pool + feature.name, strlen(plan->pool + feature.name));
            lstmfc__parse_fail(p, at, "two features are called \"%s\": give this one another name", word);
            return 0;
        }
    }
    if (!lstmfc__room(plan, &features, plan->feature_count, &plan->feature_room, 1, sizeof feature, p->err)) return 0;
    plan->features = (lstmfc__feature *)features;
    plan->features[plan->feature_count++] = feature;
    return 1;
}

/* A list is wanted inside a feature: a preset is one. */
LSTMFC__PRIVATE int lstmfc__parse_list(lstmfc__parser *p);

/* A preset is compiled by a second parser on its text that writes into the same plan, hence shares the nodes that are there.
   Another text in place of the user's; errors keep pointing to `at` in the user's. */
LSTMFC__PRIVATE int lstmfc__parse_inner(lstmfc__parser *p, size_t at, const char *text)
{
    lstmfc__parser inner = *p;
    inner.text = text;
    inner.length = strlen(text);
    inner.at = 0;
    inner.fixed_column = p->fixed_column ? p->fixed_column : at + 1;
    return lstmfc__parse_list(&inner);
}

/* One of the candles' own columns as a feature: through its role (close, ...) when it has one, so that a file that spells the
   column otherwise still fits. */
LSTMFC__PRIVATE int lstmfc__add_column(lstmfc__parser *p, size_t at, const lstmfc_column *column)
{
    int32_t r, ref;
    /* Which role has these very values: the pointer decides, not the name. */
    for (r = 0; r < LSTMFC__ROLES && (!column->values || lstmfc__role_values(p->candles, r) != column->values); r++) continue;
    ref = r < LSTMFC__ROLES ? lstmfc__make_column(p, at, r) : lstmfc__make_named(p, at, column->name);
    if (ref < 0) return 0;
    if (r < LSTMFC__ROLES && strcmp(column->name, lstmfc__role_name(r)) == 0) return lstmfc__add_feature(p, at, NULL, ref);
    return lstmfc__add_feature(p, at, column->name, ref);
}

/* Every numeric column in the order of the file; of candles made by hand, which have no list of columns, the roles they have; with
   no candles at all, open high low close volume. */
LSTMFC__PRIVATE int lstmfc__add_all_columns(lstmfc__parser *p, size_t at)
{
    size_t i;
    int32_t r, ref;
    if (p->candles && p->candles->column_count) {
        for (i = 0; i < p->candles->column_count; i++) if (!lstmfc__add_column(p, at, &p->candles->columns[i])) return 0;
        return 1;
    }
    for (r = 0; r < LSTMFC__ROLES; r++) {
        if (p->candles && !lstmfc__role_values(p->candles, r)) continue;
        ref = lstmfc__make_column(p, at, r);
        if (ref < 0 || !lstmfc__add_feature(p, at, NULL, ref)) return 0;
    }
    return 1;
}

/* @c, 108 features: the file's numeric columns, log0 of ten of them, ten flags where those were blank, and the engineered ones.
   The file decides only the first part; which columns get a logarithm is fixed, never chosen by looking at the data. */
LSTMFC__PRIVATE int lstmfc__add_preset_c(lstmfc__parser *p, size_t at)
{
    char name[128];
    size_t i;
    int32_t ref, pass;
    if (!p->candles || !p->candles->column_count || !p->candles->close) {
        lstmfc__parse_fail(p, at, "@c needs the columns of a file: those of bitcoin_dataset.csv, with close=btc_market_price");
        return 0;
    }
    p->c_first = p->plan->feature_count;
    ref = lstmfc__make_column(p, at, LSTMFC__CLOSE);
    if (ref < 0 || !lstmfc__add_feature(p, at, "btc_market_price", ref)) return 0;
    for (i = 0; i < p->candles->column_count; i++)
        if (p->candles->columns[i].values != p->candles->close && !lstmfc__add_column(p, at, &p->candles->columns[i])) return 0;
    p->c_raw_end = p->plan->feature_count;
    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < LSTMFC__COUNT(lstmfc__preset_c_logs); i++) {
            const char *column = lstmfc__preset_c_logs[i];
            ref = lstmfc__make_named(p, at, column);
            if (ref < 0) return 0;
            ref = lstmfc__make_binary(p, at, pass ? LSTMFC__OP_MISSING : LSTMFC__OP_LOG0, ref, -1);
            lstmfc__print(name, sizeof name, pass ? "log_%s_missing" : "log_%s", column);
            if (ref < 0 || !lstmfc__add_feature(p, at, name, ref)) return 0;
        }
    }
    p->c_made = p->plan->feature_count;
    return lstmfc__parse_inner(p, at, lstmfc__preset_c);
}

/* @c_log: @c unless it is there already, then log0 of its raw and its engineered columns. */
LSTMFC__PRIVATE int lstmfc__add_preset_c_log(lstmfc__parser *p, size_t at)
{
    char name[300];
    size_t i;
    int32_t ref;
    if (!p->c_raw_end && !lstmfc__add_preset_c(p, at)) return 0;
    for (i = p->c_first; i < p->c_made + LSTMFC__PRESET_C_MADE; i++) {
        if (i == p->c_raw_end) i = p->c_made;                      /* over the ten logs and their flags */
        ref = lstmfc__make_binary(p, at, LSTMFC__OP_LOG0, p->plan->features[i].ref, -1);
        lstmfc__print(name, sizeof name, "%s_log", p->plan->pool + p->plan->features[i].name);
        if (ref < 0 || !lstmfc__add_feature(p, at, name, ref)) return 0;
    }
    return 1;
}

/* "@" name. A preset is text in the same language, or built from the file's columns (@c and kin). Returns 1, or 0 and an error. */
LSTMFC__PRIVATE int lstmfc__parse_preset(lstmfc__parser *p)
{
    size_t at = p->at++, i, length = lstmfc__identifier(p);
    const char *text = p->text + p->at;
    lstmfc__nearest best = {NULL, 0};
    char word[64];
    p->at += length;
    for (i = 0; i < LSTMFC__COUNT(lstmfc__presets); i++) {
        const char *name = lstmfc__presets[i][0];
        int ok;
        if (!lstmfc__same(text, length, name)) { lstmfc__nearest_offer(&best, text, length, name); continue; }
        /* A preset that is text needs nothing else; the three of @c are told apart by name, @c_ratio being the last. */
        if (lstmfc__presets[i][1]) return lstmfc__parse_inner(p, at, lstmfc__presets[i][1]);
        if (strcmp(name, "c") == 0) return lstmfc__add_preset_c(p, at);
        if (strcmp(name, "c_log") == 0) return lstmfc__add_preset_c_log(p, at);
        p->ratio_only = 1;
        ok = lstmfc__parse_inner(p, at, lstmfc__preset_c);
        p->ratio_only = 0;
        return ok;
    }
    lstmfc__word(word, text, length);
    lstmfc__parse_fail(p, at, best.name ? "unknown preset @%s; did you mean @%s?" : "unknown preset @%s: there are @a @c @c_log "
                       "@c_ratio @d @d_sentiment @d_sentiment_proxy @e @e_literal", word, best.name);
    return 0;
}

/* feature = [ name "=" ] sum | preset | all_columns. Returns 1, or 0 and an error. */
LSTMFC__PRIVATE int lstmfc__parse_feature(lstmfc__parser *p)
{
    char name[256], c = lstmfc__look(p);
    size_t at = p->at, depth = 0;
    int32_t length, ref, named;
    if (c == '@') return lstmfc__parse_preset(p);
    if (c == '~' && p->fixed_column) {                             /* a column of @c that follows the level */
        p->at++;
        if (p->ratio_only) {
            /* Skips one feature: up to the comma that stands in no brackets. */
            for (; p->at < p->length && (depth || p->text[p->at] != ','); p->at++) {
                if (p->text[p->at] == '(') depth++;
                if (p->text[p->at] == ')') depth--;
            }
            return 1;
        }
        lstmfc__skip_space(p);
        at = p->at;
    }
    length = lstmfc__parse_name(p, name);
    if (length < 0) return 0;
    /* `x = ...` is a name, `x == ...` a comparison, which the expression's parser then refuses with its own words. */
    named = length > 0 && lstmfc__look(p) == '=' && !(p->at + 1 < p->length && p->text[p->at + 1] == '=');
    if (named && p->text[at] != '"' && lstmfc__is_reserved(name, (size_t)length)) {
        lstmfc__parse_fail(p, at, "\"%s\" is reserved for signal rules: it cannot name a feature", name);
        return 0;
    }
    if (named) p->at++;
    else if (strcmp(name, "all_columns") == 0 && p->text[at] != '"') return lstmfc__add_all_columns(p, at);
    else p->at = at;
    ref = lstmfc__parse_sum(p);
    return ref >= 0 && lstmfc__add_feature(p, at, named ? name : NULL, ref);
}

/* features = feature { "," feature }, up to the end of the text. Returns 1, or 0 and an error. */
LSTMFC__PRIVATE int lstmfc__parse_list(lstmfc__parser *p)
{
    size_t comma;
    char c;
    if (lstmfc__look(p) == 0 && p->at >= p->length) { lstmfc__parse_fail(p, 0, "the feature text is empty"); return 0; }
    for (;;) {
        if (!lstmfc__parse_feature(p)) return 0;
        c = lstmfc__look(p);
        if (c == 0 && p->at >= p->length) return 1;
        if (c == ')') { lstmfc__parse_fail(p, p->at, "a ')' without its '('"); return 0; }
        if (c != ',') { lstmfc__unexpected(p, "an operator, ',' or the end"); return 0; }
        comma = p->at++;
        if (lstmfc__look(p) == 0 && p->at >= p->length) {
            lstmfc__parse_fail(p, comma, "a feature is missing after the last comma");
            return 0;
        }
    }
}

/* The env is copied out first: it lies in the very memory that is freed last. */
LSTMFC__DEF void lstmfc_features_free(lstmfc_features *features)
{
    lstmfc_env env;
    if (!features) return;
    env = features->env;
    lstmfc__free(&env, features->nodes, features->node_room, sizeof *features->nodes);
    lstmfc__free(&env, features->features, features->feature_room, sizeof *features->features);
    lstmfc__free(&env, features->sources, features->source_room, sizeof *features->sources);
    lstmfc__free(&env, features->pool, features->pool_room, 1);
    lstmfc__free(&env, features, 1, sizeof *features);
}

/* A failure anywhere frees the whole plan at once: the parser owns nothing of its own, and a half-made array is in the plan with
   its room. */
LSTMFC__DEF lstmfc_features *lstmfc_features_compile(const char *spec, const lstmfc_features_desc *desc, lstmfc_error *err)
{
    lstmfc_env env = lstmfc__env_fill(desc ? desc->env : NULL);
    lstmfc_features *features;
    lstmfc__parser parser;
    if (!spec) { lstmfc__fail_null(err, "the feature text"); return NULL; }
    features = (lstmfc_features *)lstmfc__alloc(&env, 1, sizeof *features, err);
    if (!features) return NULL;
    features->env = env;
    memset(&parser, 0, sizeof parser);
    parser.plan = features;
    parser.candles = desc ? desc->columns : NULL;
    parser.start_dependent = desc ? desc->start_dependent : 0;
    parser.text = spec;
    parser.length = strlen(spec);
    parser.err = err;
    if (!lstmfc__parse_list(&parser) || !lstmfc__keep_text(features, -1, &features->spec, err)) {
        lstmfc_features_free(features);
        return NULL;
    }
    return features;
}

LSTMFC__DEF const char *lstmfc_features_spec(const lstmfc_features *features) { return features->pool + features->spec; }
LSTMFC__DEF int32_t lstmfc_features_count(const lstmfc_features *features) { return (int32_t)features->feature_count; }

LSTMFC__DEF const char *lstmfc_features_name(const lstmfc_features *features, int32_t index)
{
    return index >= 0 && (size_t)index < features->feature_count ? features->pool + features->features[index].name : NULL;
}

LSTMFC__DEF int64_t lstmfc_features_lookback_of(const lstmfc_features *features, int32_t index)
{
    if (index < 0 || (size_t)index >= features->feature_count) return -1;
    return lstmfc__ref_lookback(features, features->features[index].ref);
}

/* A row is usable when its last feature is: the greatest of all lookbacks, and likewise below of all stable ones. */
LSTMFC__DEF int64_t lstmfc_features_lookback(const lstmfc_features *features)
{
    int64_t latest = 0, lookback;
    int32_t i;
    for (i = 0; i < (int32_t)features->feature_count; i++) {
        lookback = lstmfc_features_lookback_of(features, i);
        if (lookback > latest) latest = lookback;
    }
    return latest;
}

LSTMFC__DEF int64_t lstmfc_features_stable(const lstmfc_features *features, double eps)
{
    int64_t latest = 0, stable;
    size_t i;
    for (i = 0; i < features->feature_count; i++) {
        stable = lstmfc__ref_stable(features, features->features[i].ref, eps);
        if (stable > latest) latest = stable;
    }
    return latest;
}

LSTMFC__DEF int32_t lstmfc_features_needs_volume(const lstmfc_features *features)
{
    size_t i;
    for (i = 0; i < features->node_count; i++)
        if (features->nodes[i].op == LSTMFC__OP_COLUMN && features->nodes[i].source == LSTMFC__VOLUME) return 1;
    return 0;
}

/* Whether the expression `ref` reads `source`; with source -1, whether it reads anything but close and time. */
LSTMFC__PRIVATE int lstmfc__ref_reads(const lstmfc_features *features, int32_t ref, int32_t source)
{
    const lstmfc__node *node = &features->nodes[ref / LSTMFC__NODE_OUTPUTS];
    int32_t i;
    if (node->op == LSTMFC__OP_COLUMN)
        return source >= 0 ? node->source == source : node->source != LSTMFC__CLOSE && node->source != LSTMFC__SOURCE_TIME;
    for (i = 0; i < node->inputs; i++) if (lstmfc__ref_reads(features, node->input[i], source)) return 1;
    return 0;
}

LSTMFC__DEF int32_t lstmfc_features_only_close(const lstmfc_features *features, int32_t *first_that_does_not)
{
    size_t i;
    for (i = 0; i < features->feature_count; i++) {
        if (!lstmfc__ref_reads(features, features->features[i].ref, -1)) continue;
        if (first_that_does_not) *first_that_does_not = (int32_t)i;
        return 0;
    }
    return 1;
}

/* ---- evaluation ---- */

/* Lays the arrays of a state out behind it in one block from `base` on; base NULL only counts. Returns the bytes of the block. */
LSTMFC__PRIVATE size_t lstmfc__state_layout(const lstmfc_features *features, lstmfc_features_state *state, unsigned char *base,
                                            int32_t *overflow)
{
    lstmfc__slab slab;
    memset(&slab, 0, sizeof slab);
    slab.base = base;
    lstmfc__take(&slab, 1, sizeof *state);
    state->sources = (lstmfc__source *)lstmfc__take(&slab, LSTMFC__SOURCES + features->source_count, sizeof *state->sources);
    state->kernels = (lstmfc__kernel *)lstmfc__take(&slab, features->node_count, sizeof *state->kernels);
    state->rings = (double *)lstmfc__take(&slab, features->ring_floats, sizeof *state->rings);
    state->values = (double *)lstmfc__take(&slab, features->node_count * LSTMFC__NODE_OUTPUTS, sizeof *state->values);
    *overflow = slab.overflow;
    return slab.used;
}

/* Rings and values are zeroed as well, so that after the same bars they are equal byte for byte in any two states. */
LSTMFC__DEF void lstmfc_features_state_reset(lstmfc_features_state *state)
{
    size_t i;
    for (i = 0; i < state->features->node_count; i++) lstmfc__kernel_init(&state->features->nodes[i], &state->kernels[i]);
    memset(state->rings, 0, state->features->ring_floats * sizeof *state->rings);
    memset(state->values, 0, state->features->node_count * LSTMFC__NODE_OUTPUTS * sizeof *state->values);
    state->row = 0;
}

/* The layout is run twice: over nothing, to learn the size, and over the block. One function, so the two cannot disagree. */
LSTMFC__DEF lstmfc_features_state *lstmfc_features_state_create(const lstmfc_features *features, lstmfc_error *err)
{
    lstmfc_features_state *state, shape;
    int32_t overflow;
    size_t bytes;
    if (!features) { lstmfc__fail_null(err, "the features"); return NULL; }
    memset(&shape, 0, sizeof shape);
    bytes = lstmfc__state_layout(features, &shape, NULL, &overflow);
    if (overflow) {
        lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: the windows of the features are too long");
        return NULL;
    }
    state = (lstmfc_features_state *)lstmfc__alloc(&features->env, bytes, 1, err);
    if (!state) return NULL;
    lstmfc__state_layout(features, state, (unsigned char *)state, &overflow);
    state->features = features;
    state->bytes = bytes;
    lstmfc_features_state_reset(state);
    return state;
}

LSTMFC__DEF void lstmfc_features_state_free(lstmfc_features_state *state)
{
    if (state) lstmfc__free(&state->features->env, state, state->bytes, 1);
}

/* Kernels hold no pointers and rings are addressed by offset: memory copied is state copied. */
LSTMFC__DEF lstmfc_result lstmfc_features_state_copy(lstmfc_features_state *to, const lstmfc_features_state *from)
{
    const lstmfc_features *features;
    if (!to || !from || to->features != from->features) return LSTMFC_ERROR_ARGUMENT;
    features = from->features;
    memcpy(to->kernels, from->kernels, features->node_count * sizeof *to->kernels);
    memcpy(to->rings, from->rings, features->ring_floats * sizeof *to->rings);
    memcpy(to->values, from->values, features->node_count * LSTMFC__NODE_OUTPUTS * sizeof *to->values);
    to->row = from->row;
    return LSTMFC_OK;
}

/* Points the state's sources at the candles: the roles, then the file's columns by name, then every column the plan reads must be
   there, or the error names it and the first feature that reads it. Bound anew at each call: no pointer to memory of the caller
   outlives the call. */
LSTMFC__PRIVATE lstmfc_result lstmfc__state_bind(lstmfc_features_state *state, const lstmfc_candles *candles, lstmfc_error *err)
{
    const lstmfc_features *features = state->features;
    size_t i, k;
    int32_t r;
    memset(state->sources, 0, (LSTMFC__SOURCES + features->source_count) * sizeof *state->sources);
    if (!candles->time) return lstmfc__fail(err, LSTMFC_ERROR_DATA, "the candles have no times");
    for (r = 0; r < LSTMFC__ROLES; r++) state->sources[r].values = lstmfc__role_values(candles, r);
    for (k = candles->column_count; k-- > 0; ) {                   /* of two columns with one name the first is meant */
        const lstmfc_column *column = &candles->columns[k];
        for (r = 0; r < LSTMFC__ROLES; r++)
            /* The flags of blank cells belong to columns, roles have none of their own: a role takes those of the column
               it shares its values with. */
            if (column->values && column->values == state->sources[r].values) state->sources[r].missing = column->missing;
        for (i = 0; i < features->source_count; i++) {
            if (strcmp(column->name, features->pool + features->sources[i]) != 0) continue;
            state->sources[LSTMFC__SOURCES + i].values = column->values;
            state->sources[LSTMFC__SOURCES + i].missing = column->missing;
        }
    }
    for (i = 0; i < features->source_count; i++)                   /* no such column in the file: a role, or another case */
        if (!state->sources[LSTMFC__SOURCES + i].values)
            state->sources[LSTMFC__SOURCES + i].values = lstmfc_candles_column(candles, features->pool + features->sources[i]);
    for (i = 0; i < features->node_count; i++) {
        int32_t source = features->nodes[i].source;
        const char *name;
        if (features->nodes[i].op != LSTMFC__OP_COLUMN || source == LSTMFC__SOURCE_TIME || state->sources[source].values) continue;
        name = source < LSTMFC__SOURCES ? lstmfc__role_name(source)
                                        : features->pool + features->sources[source - LSTMFC__SOURCES];
        /* The first feature that reads it; the last one is not asked: when no other does, it is the one. */
        for (k = 0; k + 1 < features->feature_count && !lstmfc__ref_reads(features, features->features[k].ref, source); k++) {}
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "the candles have no column \"%s\", which the feature \"%s\" needs", name,
                            lstmfc_features_name(features, (int32_t)k));
    }
    return LSTMFC_OK;
}

/* Live and history meet here: push binds and steps one row, evaluate binds once and steps them all. */
LSTMFC__DEF lstmfc_result lstmfc_features_push(lstmfc_features_state *state, const lstmfc_candles *candles, size_t index,
                                               double *row, lstmfc_error *err)
{
    lstmfc_result result;
    if (!state || !candles || !row)
        return lstmfc__fail_null(err, !state ? "the features' state" : !candles ? "the candles" : "the row");
    if (index >= candles->count)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "row %z is outside the %z candles", index, candles->count);
    result = lstmfc__state_bind(state, candles, err);
    if (result == LSTMFC_OK) lstmfc__features_step(state, candles->time[index], index, row);
    return result;
}

/* matrix [candles->count][features]: a fresh state, each bar once, in order. */
LSTMFC__DEF lstmfc_result lstmfc_features_evaluate(const lstmfc_features *features, const lstmfc_candles *candles, double *matrix,
                                                   lstmfc_error *err)
{
    lstmfc_features_state *state;
    lstmfc_result result;
    size_t t;
    if (!features || !candles || !matrix)
        return lstmfc__fail_null(err, !features ? "the features" : !candles ? "the candles" : "the matrix");
    state = lstmfc_features_state_create(features, err);
    if (!state) return LSTMFC_ERROR_MEMORY;
    result = lstmfc__state_bind(state, candles, err);
    for (t = 0; result == LSTMFC_OK && t < candles->count; t++)
        lstmfc__features_step(state, candles->time[t], t, matrix + t * features->feature_count);
    lstmfc_features_state_free(state);
    return result;
}

/* ---- scalers ---- */

/* A scaler is fitted on the fit rows alone: one that has seen the test span has seen the future.
       standard  (x - mean)/deviation             a few wild bars stretch the deviation and flatten all others
       robust    (x - median)/(q75 - q25)         they do not, but they stay wild
       minmax    (x - min)/(max - min)            fit rows in 0..1; later rows may leave it, as new price levels do
       log       standard of ln x                 for positive quantities over many magnitudes
   rows [count][stride]. A row counts for all columns or for none, so every column is described over the same bars. kept [count]
   holds one column without the skipped rows; the mean and the squares are taken as in lstmfc__window_squares. */
LSTMFC__DEF lstmfc_result lstmfc_scaler_fit(int32_t kind, const double *rows, size_t count, size_t columns, size_t stride,
                                            double *center, double *scale, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_result result = LSTMFC_OK;
    double *kept, sum, squares, d;
    unsigned char *usable;
    size_t i, j, n = 0;
    if (!rows || !center || !scale) return lstmfc__fail_null(err, !rows ? "the rows" : "the scaler's result");
    if (kind < LSTMFC_SCALER_STANDARD || kind > LSTMFC_SCALER_NONE)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "scaler %d: unknown", kind);
    if (stride < columns) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "row stride %z is less than %z columns", stride, columns);
    for (j = 0; j < columns; j++) { center[j] = 0.0; scale[j] = 1.0; }
    /* center 0 and scale 1 change nothing; with the window kind the fit has no say, each window is
       normalised by itself. */
    if (kind == LSTMFC_SCALER_NONE || kind == LSTMFC_SCALER_WINDOW) return LSTMFC_OK;

    kept = (double *)lstmfc__alloc(&filled, count, sizeof *kept, err);
    usable = kept ? (unsigned char *)lstmfc__alloc(&filled, count, 1, err) : NULL;
    if (!usable) { lstmfc__free(&filled, kept, count, sizeof *kept); return LSTMFC_ERROR_MEMORY; }
    for (i = 0; i < count; i++) {
        usable[i] = 1;
        for (j = 0; j < columns; j++) if (!lstmfc_is_finite(rows[i * stride + j])) usable[i] = 0;
        n += usable[i];
    }
    if (!n) result = lstmfc__fail(err, LSTMFC_ERROR_DATA, "no row of %z is complete: a scaler has nothing to learn from", count);
    for (j = 0; j < columns && result == LSTMFC_OK; j++) {
        n = 0;
        for (i = 0; i < count; i++) {
            double x = rows[i * stride + j];
            if (!usable[i]) continue;
            if (kind == LSTMFC_SCALER_LOG && x <= 0.0) {
                result = lstmfc__fail(err, LSTMFC_ERROR_DATA, "the log scaler needs positive values: row %z, column %z is not",
                                      i, j);
                break;
            }
            kept[n++] = kind == LSTMFC_SCALER_LOG ? lstmfc_log(x) : x;
        }
        if (result != LSTMFC_OK) break;
        if (kind == LSTMFC_SCALER_STANDARD || kind == LSTMFC_SCALER_LOG) {     /* mean and deviation, ddof 0, two passes */
            for (sum = 0.0, i = 0; i < n; i++) sum += kept[i] - kept[0];
            center[j] = kept[0] + sum / (double)n;
            for (sum = squares = 0.0, i = 0; i < n; i++) {
                d = kept[i] - center[j];
                squares += d * d;
                sum += d;
            }
            squares = (squares - sum * sum / (double)n) / (double)n;
            scale[j] = squares > 0.0 ? lstmfc_sqrt(squares) : 0.0;
        } else {
            /* Quantiles of the sorted column; 0.5 is the median. One wild bar moves them by at most one place. */
            lstmfc_sort(n, kept);
            center[j] = kind == LSTMFC_SCALER_MINMAX ? kept[0] : lstmfc_quantile_sorted(n, kept, 0.5);
            scale[j] = kind == LSTMFC_SCALER_MINMAX ? kept[n - 1] - kept[0]
                     : lstmfc_quantile_sorted(n, kept, 0.75) - lstmfc_quantile_sorted(n, kept, 0.25);
        }
        if (!(scale[j] > 0.0) || !lstmfc_is_finite(scale[j])) scale[j] = 1.0;  /* a constant column becomes 0 */
    }
    lstmfc__free(&filled, usable, count, 1);
    lstmfc__free(&filled, kept, count, sizeof *kept);
    return result;
}

/* y = (x - center)/scale and its inverse x = center + y scale; for log with ln x in the place of x. */
LSTMFC__DEF double lstmfc_scale(int32_t kind, double x, double center, double scale)
{
    if (kind == LSTMFC_SCALER_LOG) x = x > 0.0 ? lstmfc_log(x) : lstmfc_nan();
    return (x - center) / scale;
}

LSTMFC__DEF double lstmfc_unscale(int32_t kind, double y, double center, double scale)
{
    y = center + y * scale;
    return kind == LSTMFC_SCALER_LOG ? lstmfc_exp(y) : y;
}

/* ---- spans ---- */

/* Samples are named by their last input row t: inputs t-T+1..t, labels t+1..t+h. In time order, with N rows:

       fit part | T+h samples dropped | validation: early half | h dropped | calibration half | rows of the test span
       ^ fit_first          fit_end ^   ^ val_first   val_end ^   ^ cal_first       cal_end ^   ^ test_start

   Training samples are those whose labels all lie before test_start; the last floor(val * M) of the M are the validation.
   Labels of neighbouring samples overlap, so a cut without drops would put the same future into two parts (de Prado, Advances in
   Financial Machine Learning, 2018, ch. 7: purging). T+h dropped: no label row of the fit part is a row that validation sees, as
   input or label. h dropped: the label rows of validation and calibration are apart; their inputs may overlap, as those of the
   test span reach back over its start: inputs are past by then, and a live forecast would see them too.
   Example: N = 1000, first_row 9, T = 10, h = 2, val = test = 0.2. test_start = 800; samples 18..797, M = 780, validation 156:
   642..797; fit 18..629 (its last label row is 631, the first input row of validation 633); test 799..997.
   Returns 1 if no part that was asked for is empty. */
LSTMFC__PRIVATE int lstmfc__spans_at(int64_t rows, int64_t first_row, int32_t window, int32_t horizon, double val, double test,
                                     int32_t calibrate, lstmfc_spans *out)
{
    int64_t first = first_row + window - 1, end, samples, validation;
    out->rows = rows;
    out->test_start = (int64_t)floor((1.0 - test) * (double)rows);
    if (out->test_start > rows) out->test_start = rows;
    end = out->test_start - horizon;                               /* t + h < test_start */
    /* M samples, t from first to end - 1. */
    samples = end > first ? end - first : 0;
    validation = (int64_t)floor(val * (double)samples);
    if (samples == 0) end = first;
    out->fit_first = first;
    out->fit_end = val > 0.0 ? end - validation - window - horizon : end;
    out->val_first = end - validation;
    out->val_end = out->cal_first = out->cal_end = end;
    if (val > 0.0 && calibrate) {
        /* The calibration half is the later one: intervals are to fit the time closest to that of the test. */
        out->cal_first = end - validation / 2;
        out->val_end = out->cal_first - horizon;
    }
    out->test_first = out->test_end = rows - horizon > first ? rows - horizon : first;
    if (test > 0.0) out->test_first = out->test_start - 1 > first ? out->test_start - 1 : first;   /* t + 1 >= test_start */
    return out->fit_end > out->fit_first && (!(val > 0.0) || out->val_end > out->val_first)
        && (!(val > 0.0 && calibrate) || out->cal_end > out->cal_first) && (!(test > 0.0) || out->test_end > out->test_first);
}

/* When the rows do not suffice, "too few" alone leaves the user guessing: the number that would do is found by doubling, then by
   halving the interval, with the same function that cuts the spans. */
LSTMFC__DEF lstmfc_result lstmfc_spans_make(int64_t rows, int64_t first_row, int32_t window, int32_t horizon, double val,
                                            double test, int32_t calibrate, lstmfc_spans *out, lstmfc_error *err)
{
    lstmfc_spans spans, trial;
    const int64_t most = (int64_t)1 << 46;
    int64_t low = rows, high, middle;
    if (!out) return lstmfc__fail_null(err, "the spans");
    if (rows < 0 || rows >= most || first_row < 0 || first_row >= most || window < 1 || horizon < 1)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "rows %l and first row %l must be 0 or more, window %d and horizon %d 1 or more",
                            rows, first_row, window, horizon);
    if (!(val >= 0.0 && val < 1.0 && test >= 0.0 && test < 1.0))
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "the shares val and test must be at least 0 and below 1");
    memset(&spans, 0, sizeof spans);
    if (lstmfc__spans_at(rows, first_row, window, horizon, val, test, calibrate, &spans)) { *out = spans; return LSTMFC_OK; }
    for (high = rows + 1; high < most; high *= 2)
        if (lstmfc__spans_at(high, first_row, window, horizon, val, test, calibrate, &trial)) break;
    while (high - low > 1) {                                       /* low is too few, high is enough */
        middle = low + (high - low) / 2;
        if (lstmfc__spans_at(middle, first_row, window, horizon, val, test, calibrate, &trial)) high = middle; else low = middle;
    }
    return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%l rows are too few: with a window of %d, a horizon of %d and a warm-up of %l bars, "
                        "training, validation and test together need about %l rows", rows, window, horizon, first_row, high);
}

/* ================================================================================================================
   15 json >>json
   ================================================================================================================ */

/* Models, configurations and command-line results are JSON (RFC 8259): a person can read them, every language can parse them,
   and numbers survive because we write the shortest text that reads back to the same bits.

   The reader. A file is hostile until proven otherwise, so there is one strict grammar, no recursion (a million '[' must not
   eat the stack), a depth limit, and every size is known before memory is asked for. Parsing gives a "tape" (Langdale and
   Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 2019): one 64-bit word for each value in the order of the
   text, type in the top 4 bits, byte offset in the other 60. A node is the index of its word.

        text   {"a": [1, 2]}
        tape   0 OBJECT at 0    1 next 9, size 1    2 KEY at 1    3 ARRAY at 6    4 next 8, size 2
               5 NUMBER at 7    6 NUMBER at 10      7 END at 11   8 END at 12

   A container takes a second word (the index behind it, its size) and an END word; while it is still open, the second word
   holds its parent, so the tape is its own stack. A weight costs 8 bytes of tape and becomes a float when asked for.

   What the RFC leaves open: duplicate keys are refused (two readers could see two models in one file), and so is an escape
   for half a surrogate pair, for no UTF-8 text can hold it. A byte order mark is refused with a message that names it.
   A number may be as long and as large as it likes: only who asks for its value learns that 1e999 has none.

   The writer keeps a sticky error instead of a result on every line: whoever writes forty keys checks once at the end. */

/* Invariants once parsing has succeeded: every offset on the tape lies inside the text, every string and number there has
   been scanned, every container has its END. The accessors below lean on that and check nothing again but the node itself. */
struct lstmfc_json {
    lstmfc_env env;
    const char *text;               /* the caller's, [length] bytes; need not end in NUL */
    size_t length;
    uint64_t *tape;                 /* [capacity], the first `count` words are filled */
    size_t count, capacity;
    int32_t *keys;                  /* [key_capacity] work space of the duplicate check: tape indices of one object's keys */
    size_t key_capacity;
};

enum { LSTMFC__JSON_KEY = 7, LSTMFC__JSON_END = 8 };    /* types on the tape that lstmfc_json_type does not show */
#define LSTMFC__JSON_NO_PARENT UINT32_MAX               /* the root is open: no tape index, for those end at INT32_MAX */

/* Length (1..4) of the UTF-8 character that starts at p with `left` >= 1 bytes to go; 0 = not UTF-8 (RFC 3629).

       U+0000 .. U+007F     0xxxxxxx
       U+0080 .. U+07FF     110xxxxx 10xxxxxx               lead C2 .. DF (C0, C1 would be overlong forms of ASCII)
       U+0800 .. U+FFFF     1110xxxx 10xxxxxx 10xxxxxx      after E0 at least A0 (no overlong), after ED at most 9F (no surrogate)
       .. U+10FFFF          11110xxx 10xxxxxx (three)       after F0 at least 90 (no overlong), after F4 at most 8F

   So all that the standard forbids shows in the second byte: its bounds depend on the lead, those of the others do not.
   Overlong forms matter for safety: a filter that looks for '/' does not see it written as C0 AF. */
LSTMFC__PRIVATE size_t lstmfc__utf8_length(const char *p, size_t left)
{
    unsigned char c = (unsigned char)p[0], low = 0x80, high = 0xBF;
    size_t n, i;
    if (c < 0x80) return 1;
    if (c >= 0xC2 && c <= 0xDF) n = 2;
    else if (c >= 0xE0 && c <= 0xEF) n = 3;
    else if (c >= 0xF0 && c <= 0xF4) n = 4;
    else return 0;
    if (left < n) return 0;
    if (c == 0xE0) low = 0xA0;
    if (c == 0xED) high = 0x9F;
    if (c == 0xF0) low = 0x90;
    if (c == 0xF4) high = 0x8F;
    for (i = 1; i < n; i++) {
        unsigned char next = (unsigned char)p[i];
        if (next < low || next > high) return 0;
        low = 0x80; high = 0xBF;
    }
    return n;
}

/* Writes a code point as UTF-8; returns its 1..4 bytes. The first byte starts with as many ones as there are bytes. */
LSTMFC__PRIVATE size_t lstmfc__utf8_put(char out[4], int32_t point)
{
    size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4, i;
    if (n == 1) { out[0] = (char)point; return 1; }
    for (i = n - 1; i > 0; i--, point >>= 6) out[i] = (char)(0x80 | (point & 0x3F));
    /* 0xF00 >> n leaves n ones at the top of the byte: n = 2: C0, 3: E0, 4: F0. U+20AC is E2 82 AC: 0010 | 000010 | 101100 */
    out[0] = (char)((0xF00 >> n & 0xFF) | point);
    return n;
}

/* Line and column (in characters) of a byte offset: worked out only when something went wrong. */
LSTMFC__PRIVATE void lstmfc__text_place(const char *text, size_t offset, int64_t *line, int64_t *column)
{
    size_t i;
    *line = *column = 1;
    for (i = 0; i < offset; i++) {
        if (text[i] == '\n') { (*line)++; *column = 1; }
        /* a byte 10xxxxxx continues a character and is no column of its own: editors count the same way */
        else if (((unsigned char)text[i] & 0xC0) != 0x80) (*column)++;
    }
}

/* The one message of every fault of grammar: where, what was expected, what stands there instead. A byte that is no printable
   ASCII is named by its number, for the message may go to any terminal. */
LSTMFC__PRIVATE lstmfc_result lstmfc__json_expected(const lstmfc_json *json, size_t at, const char *expected, lstmfc_error *err)
{
    int64_t line, column;
    char found[40];
    lstmfc__text_place(json->text, at, &line, &column);
    if (at >= json->length) lstmfc__print(found, sizeof found, "the end of the text");
    else if (json->text[at] > ' ' && json->text[at] < 127) lstmfc__print(found, sizeof found, "'%c'", json->text[at]);
    else lstmfc__print(found, sizeof found, "byte %d", (unsigned char)json->text[at]);
    return lstmfc__fail_at(err, LSTMFC_ERROR_FORMAT, line, column, (int64_t)at, "JSON line %l, column %l: expected %s, found %s",
                           line, column, expected, found);
}

/* An error about the value at `node` (-1: about the document): format and arguments as for lstmfc__fail. */
LSTMFC__PRIVATE lstmfc_result lstmfc__json_fail(const lstmfc_json *json, lstmfc_json_node node, lstmfc_error *err,
                                                lstmfc_result code, const char *format, ...)
{
    int64_t line = 0, column = 0;
    size_t offset = 0, length;
    char message[400];
    lstmfc__text text = {NULL, 0, 0};
    va_list arguments;
    text.out = message; text.size = sizeof message;
    message[0] = 0;
    va_start(arguments, format);
    lstmfc__text_format(&text, format, arguments);
    va_end(arguments);
    if (node < 0) return lstmfc__fail(err, code, "%s", message);
    lstmfc_json_span(json, node, &offset, &length);
    lstmfc__text_place(json->text, offset, &line, &column);
    return lstmfc__fail_at(err, code, line, column, (int64_t)offset, "JSON line %l, column %l: %s", line, column, message);
}

/* Puts "path: " in front of an error's message. */
LSTMFC__PRIVATE void lstmfc__error_in_file(lstmfc_error *err, const char *path)
{
    char message[sizeof err->message];
    if (!err) return;
    memcpy(message, err->message, sizeof message);
    message[sizeof message - 1] = 0;
    lstmfc__print(err->message, sizeof err->message, "%s: %s", path, message);
}

/* One more word at the end of the tape: type in the top 4 bits, value (an offset, below 2^60) in the others. The tape doubles
   when it is full, so n words are copied fewer than 2n times in all. A node is an int32_t, hence the limit;
   it leaves room for the words that come with a container. */
LSTMFC__PRIVATE lstmfc_result lstmfc__json_push(lstmfc_json *json, int32_t type, uint64_t value, lstmfc_error *err)
{
    if (json->count == json->capacity) {
        size_t capacity = json->capacity ? 2 * json->capacity : 64;
        uint64_t *tape = (uint64_t *)lstmfc__grow(&json->env, json->tape, json->capacity, capacity, sizeof *tape, err);
        if (!tape) return LSTMFC_ERROR_MEMORY;
        json->tape = tape;
        json->capacity = capacity;
    }
    if (json->count >= (size_t)INT32_MAX - 4) return lstmfc__fail(err, LSTMFC_ERROR_LIMIT, "JSON: more than 2^31 values");
    json->tape[json->count++] = (uint64_t)type << 60 | value;
    return LSTMFC_OK;
}

/* The two halves of a word. */
LSTMFC__PRIVATE int32_t lstmfc__json_word_type(const lstmfc_json *json, size_t index) { return (int32_t)(json->tape[index] >> 60); }
LSTMFC__PRIVATE size_t  lstmfc__json_word_offset(const lstmfc_json *json, size_t index)
{
    return (size_t)(json->tape[index] & (((uint64_t)1 << 60) - 1));
}

LSTMFC__PRIVATE int32_t lstmfc__hex_digit(char c)       /* -1 = none */
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The 16 bits of four hex digits at p; the caller knows that there are four. */
LSTMFC__PRIVATE int32_t lstmfc__hex4(const char *p)
{
    return lstmfc__hex_digit(p[0]) << 12 | lstmfc__hex_digit(p[1]) << 8 | lstmfc__hex_digit(p[2]) << 4 | lstmfc__hex_digit(p[3]);
}

/* number = [-] (0 | 1-9 digits) [. digits] [e [+-] digits]. Moves *at behind it, or to the place of the fault; returns NULL when
   it is good, else what was expected. Narrower than lstmfc_parse_double: JSON has no ".5" and no "+1", and 01 is
   refused because some readers take it for octal. The value is not computed here: a model file has a million numbers, and
   whoever asks for one knows whether it is to be a float, a double or an integer. */
LSTMFC__PRIVATE const char *lstmfc__json_scan_number(const char *text, size_t length, size_t *at)
{
    size_t i = *at;
    const char *expected = NULL;
#define LSTMFC__DIGIT (i < length && text[i] >= '0' && text[i] <= '9')
    /* the caller has seen '-' or a digit at *at; the macro tests the bound each time, for the text need not end in NUL */
    if (text[i] == '-') i++;
    if (!LSTMFC__DIGIT) expected = "a digit";
    else if (text[i] == '0') {
        i++;
        if (LSTMFC__DIGIT) expected = "no digit after a leading zero";
    }
    while (!expected && LSTMFC__DIGIT) i++;
    if (!expected && i < length && text[i] == '.') {
        i++;
        if (!LSTMFC__DIGIT) expected = "a digit after the decimal point";
        while (LSTMFC__DIGIT) i++;
    }
    if (!expected && i < length && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < length && (text[i] == '+' || text[i] == '-')) i++;
        if (!LSTMFC__DIGIT) expected = "a digit of the exponent";
        while (LSTMFC__DIGIT) i++;
    }
    *at = i;
    return expected;
#undef LSTMFC__DIGIT
}

/* From the opening quote to behind the closing one; the result as above. Afterwards every escape and every byte is known to be
   good, so lstmfc__json_code_point may decode without a test.

   \uXXXX names 16 bits of UTF-16. A character above U+FFFF takes two of them, a high half D800..DBFF and a low half DC00..DFFF,
   each with ten of its bits: \uD83D\uDE00 is U+1F600. One half alone is no character. */
LSTMFC__PRIVATE const char *lstmfc__json_scan_string(const char *text, size_t length, size_t *at)
{
    int32_t i, unit;
    size_t n;
    for (++*at; ; ) {
        unsigned char c;
        if (*at >= length) return "a closing '\"'";
        c = (unsigned char)text[*at];
        if (c == '"') { ++*at; return NULL; }
        if (c < 0x20) return "an escape instead of a control character";
        if (c >= 0x80) {
            n = lstmfc__utf8_length(text + *at, length - *at);
            if (!n) return "UTF-8 text";
            *at += n;
            continue;
        }
        if (c != '\\') { ++*at; continue; }
        if (++*at >= length) return "a character after '\\'";
        c = (unsigned char)text[*at];
        if (c != 'u') {
            /* strchr finds the terminating NUL as well, hence the second question */
            if (!strchr("\"\\/bfnrt", c) || !c) return "one of \" \\ / b f n r t u after '\\'";
            ++*at;
            continue;
        }
        for (i = 1; i <= 4; i++)
            if (*at + (size_t)i >= length || lstmfc__hex_digit(text[*at + (size_t)i]) < 0) {
                *at += (size_t)i;
                return "a hex digit";
            }
        unit = lstmfc__hex4(text + *at + 1);
        if (unit >= 0xDC00 && unit <= 0xDFFF) return "a whole surrogate pair (this is a second half alone)";
        *at += 5;
        if (unit < 0xD800 || unit > 0xDBFF) continue;
        for (i = 0; i < 6; i++) {           /* the second half must follow: \uDC00 .. \uDFFF */
            char d = *at + (size_t)i < length ? text[*at + (size_t)i] : '\0';
            if (i < 2 ? d != "\\u"[i] : lstmfc__hex_digit(d) < 0) break;
        }
        unit = i == 6 ? lstmfc__hex4(text + *at + 2) : 0;
        if (unit < 0xDC00 || unit > 0xDFFF) return "the second half of a surrogate pair";
        *at += 6;
    }
}

/* The next code point of a scanned string, *at moving behind it; -1 at the closing quote. */
LSTMFC__PRIVATE int32_t lstmfc__json_code_point(const char *text, size_t *at)
{
    const char *p = text + *at;
    unsigned char c = (unsigned char)*p;
    int32_t unit;
    if (c == '"') return -1;
    if (c >= 0x80) {                        /* UTF-8: 5, 4 or 3 bits of the first byte, 6 of each that follows */
        size_t n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4, i;
        unit = c & (0xFF >> (n + 1));
        for (i = 1; i < n; i++) unit = unit << 6 | (p[i] & 0x3F);
        *at += n;
        return unit;
    }
    if (c != '\\') { *at += 1; return c; }
    *at += 2;
    switch (p[1]) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return (unsigned char)p[1];
    }
    /* p[0..5] is \uXXXX; the low half of a pair has its digits at p + 8. U+10000 + (10 bits of the high half, 10 of the low) */
    unit = lstmfc__hex4(p + 2);
    *at += 4;
    if (unit < 0xD800 || unit > 0xDBFF) return unit;
    *at += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + (lstmfc__hex4(p + 8) - 0xDC00);
}

/* Order of two strings by code point; a and b are the offsets of their opening quotes. */
/* By what they mean and not by how they are written: "a" and "\u0061" are one key. -1, 0, 1. */
LSTMFC__PRIVATE int32_t lstmfc__json_compare(const char *text, size_t a, size_t b)
{
    int32_t x, y;
    for (a++, b++; ; ) {
        x = lstmfc__json_code_point(text, &a);
        y = lstmfc__json_code_point(text, &b);
        if (x != y) return x < y ? -1 : 1;
        if (x < 0) return 0;
    }
}

/* Equal keys of the object that has just been closed become neighbours when sorted. Heap sort (Williams 1964): n log n for any
   input, so that a file of a million hostile keys costs no more than one of a million friendly ones. */
LSTMFC__PRIVATE lstmfc_result lstmfc__json_check_keys(lstmfc_json *json, size_t object, lstmfc_error *err)
{
    size_t n = (size_t)(json->tape[object + 1] & UINT32_MAX), i = 0, start, end, root, child, index;
    int32_t *keys, duplicate = -1, swap;
    const char *text = json->text;
    if (n < 2) return LSTMFC_OK;
    /* one work space for all objects: an inner one has been closed, and is done with it, before the outer one needs it */
    if (n > json->key_capacity) {
        size_t capacity = n < 16 ? 16 : n;
        keys = (int32_t *)lstmfc__grow(&json->env, json->keys, json->key_capacity, capacity, sizeof *keys, err);
        if (!keys) return LSTMFC_ERROR_MEMORY;
        json->keys = keys;
        json->key_capacity = capacity;
    }
    keys = json->keys;
#define LSTMFC__AT(k) lstmfc__json_word_offset(json, (size_t)keys[k])
    /* collect: a key is one word, its value the next one; a container says in its second word where its successor stands */
    for (index = object + 2; lstmfc__json_word_type(json, index) != LSTMFC__JSON_END; ) {
        int32_t type = lstmfc__json_word_type(json, index + 1);
        keys[i++] = (int32_t)index;
        index = type == LSTMFC_JSON_ARRAY || type == LSTMFC_JSON_OBJECT ? (size_t)(json->tape[index + 2] >> 32) : index + 2;
    }
    /* the heap: no parent keys[i] is smaller than its children keys[2i+1] and keys[2i+2]; the loop inside lets the one at `start`
       sink to its place, first to build the heap from the last parent down to the root, then after each largest one removed */
    for (start = n / 2, end = n; end > 1; ) {
        if (start > 0) start--;                                     /* build the heap ... */
        else { end--; swap = keys[end]; keys[end] = keys[0]; keys[0] = swap; }      /* ... then take the largest away */
        for (root = start; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && lstmfc__json_compare(text, LSTMFC__AT(child), LSTMFC__AT(child + 1)) < 0) child++;
            if (lstmfc__json_compare(text, LSTMFC__AT(root), LSTMFC__AT(child)) >= 0) break;
            swap = keys[root]; keys[root] = keys[child]; keys[child] = swap;
        }
    }
    for (i = 1; i < n; i++)
        if (lstmfc__json_compare(text, LSTMFC__AT(i - 1), LSTMFC__AT(i)) == 0) {
            swap = keys[i - 1] > keys[i] ? keys[i - 1] : keys[i];   /* the later of the two is the fault */
            if (duplicate < 0 || swap < duplicate) duplicate = swap;
        }
#undef LSTMFC__AT
    if (duplicate < 0) return LSTMFC_OK;
    return lstmfc__json_expected(json, lstmfc__json_word_offset(json, (size_t)duplicate), "a key that the object does not have "
                                 "already", err);
}

/* One loop over the text, each turn one token. `open` is the tape index of the innermost open container; what may come next is
   one of four states:

       VALUE   a value                    at the start, behind ':' and behind ',' of an array
       FIRST   a value or key, or the closing bracket     behind an opening bracket ("[,1]" and "[1,]" are both refused)
       KEY     a key in quotes            behind ',' of an object
       AFTER   ',' or the closing bracket, at the root the end of the text

   The second word of an open container: parent in the upper half, elements so far in the lower. On closing, the parent is read
   (there we go on) and the index behind the END word takes its place: that makes lstmfc_json_next one look instead of a walk. */
LSTMFC__PRIVATE lstmfc_result lstmfc__json_scan(lstmfc_json *json, lstmfc_error *err)
{
    enum { VALUE, FIRST, KEY, AFTER } state = VALUE;    /* FIRST: just behind an opening bracket; AFTER: behind a value */
    const char *text = json->text, *expected;
    size_t length = json->length, at = 0;
    uint32_t open = LSTMFC__JSON_NO_PARENT;
    int32_t depth = 0, in_object = 0, type;
    lstmfc_result result;

    if (length >= 3 && (unsigned char)text[0] == 0xEF && (unsigned char)text[1] == 0xBB && (unsigned char)text[2] == 0xBF)
        return lstmfc__json_expected(json, 0, "a value (a byte order mark is not allowed)", err);
    for (;;) {
        char c;
        while (at < length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++;
        c = at < length ? text[at] : '\0';
        /* c is NUL at the end of the text, which fits no token; a NUL in the text fits none either, and is reported as byte 0 */
        if (state == AFTER && open == LSTMFC__JSON_NO_PARENT) {
            if (at >= length) return LSTMFC_OK;
            return lstmfc__json_expected(json, at, "nothing after the value", err);
        }
        if ((state == AFTER || state == FIRST) && c == (in_object ? '}' : ']')) {
            /* a container is complete */
            uint32_t parent = (uint32_t)(json->tape[open + 1] >> 32);
            if ((result = lstmfc__json_push(json, LSTMFC__JSON_END, at, err)) != LSTMFC_OK) return result;
            /* after the push: count is the index behind END, which is what the next sibling's index will be */
            json->tape[open + 1] = (uint64_t)json->count << 32 | (json->tape[open + 1] & UINT32_MAX);
            if (in_object) result = lstmfc__json_check_keys(json, open, err);
            if (result != LSTMFC_OK) return result;
            open = parent;
            /* the type of the parent comes from its own word: no stack of types is needed beside the tape */
            in_object = open != LSTMFC__JSON_NO_PARENT && lstmfc__json_word_type(json, open) == LSTMFC_JSON_OBJECT;
            depth--; at++;
            state = AFTER;
            continue;
        }
        if (state == AFTER) {
            if (c != ',') return lstmfc__json_expected(json, at, in_object ? "',' or '}'" : "',' or ']'", err);
            at++;
            state = in_object ? KEY : VALUE;
            continue;
        }
        if (state == KEY || (state == FIRST && in_object)) {
            if (c != '"') return lstmfc__json_expected(json, at, state == KEY ? "a key in quotes" : "a key in quotes or '}'", err);
            if ((result = lstmfc__json_push(json, LSTMFC__JSON_KEY, at, err)) != LSTMFC_OK) return result;
            expected = lstmfc__json_scan_string(text, length, &at);
            if (expected) return lstmfc__json_expected(json, at, expected, err);
            while (at < length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++;
            if (at >= length || text[at] != ':') return lstmfc__json_expected(json, at, "':'", err);
            at++;
            state = VALUE;
            continue;
        }
        /* a value: count it in its container, then look at its first character */
        if (open != LSTMFC__JSON_NO_PARENT) json->tape[open + 1]++;
        if (c == '{' || c == '[') {
            /* an index, not a pointer: the push below may move the tape */
            uint32_t index = (uint32_t)json->count;
            type = c == '{' ? LSTMFC_JSON_OBJECT : LSTMFC_JSON_ARRAY;
            if (++depth > json->env.limits.depth) {
                lstmfc__json_expected(json, at, "less nesting", err);
                /* not a fault of grammar: the same text is accepted under a larger limits.depth */
                if (err) err->code = LSTMFC_ERROR_LIMIT;
                return LSTMFC_ERROR_LIMIT;
            }
            result = lstmfc__json_push(json, type, at, err);
            if (result == LSTMFC_OK) result = lstmfc__json_push(json, 0, 0, err);
            if (result != LSTMFC_OK) return result;
            json->tape[index + 1] = (uint64_t)open << 32;
            open = index;
            in_object = c == '{';
            at++;
            state = FIRST;
            continue;
        }
        expected = NULL;
        if (c == '"') {
            if ((result = lstmfc__json_push(json, LSTMFC_JSON_STRING, at, err)) != LSTMFC_OK) return result;
            expected = lstmfc__json_scan_string(text, length, &at);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            if ((result = lstmfc__json_push(json, LSTMFC_JSON_NUMBER, at, err)) != LSTMFC_OK) return result;
            expected = lstmfc__json_scan_number(text, length, &at);
        } else {
            /* of the three words, the one that the first letter asks for; nothing fits a c that starts none */
            const char *word = c == 't' ? "true" : c == 'f' ? "false" : "null";
            size_t i, n = strlen(word);
            type = c == 't' ? LSTMFC_JSON_TRUE : c == 'f' ? LSTMFC_JSON_FALSE : LSTMFC_JSON_NULL;
            if (c != *word) return lstmfc__json_expected(json, at, state == FIRST ? "a value or ']'" : "a value", err);
            if ((result = lstmfc__json_push(json, type, at, err)) != LSTMFC_OK) return result;
            for (i = 0; i < n; i++, at++)
                if (at >= length || text[at] != word[i])
                    return lstmfc__json_expected(json, at, c == 't' ? "true" : c == 'f' ? "false" : "null", err);
        }
        if (expected) return lstmfc__json_expected(json, at, expected, err);
        state = AFTER;
    }
}

/* The tape grows with what has been read, never by promise: at most 12 bytes for each byte of text (a row of "[],[],"). */
LSTMFC__DEF lstmfc_json *lstmfc_json_parse(const char *text, size_t length, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_json *json;
    if (!text) { lstmfc__fail_null(err, "the JSON text"); return NULL; }
    if ((uint64_t)length > (uint64_t)filled.limits.file_bytes) {
        lstmfc__fail(err, LSTMFC_ERROR_LIMIT, "JSON: %z bytes, but limits.file_bytes is %l", length, filled.limits.file_bytes);
        return NULL;
    }
    json = (lstmfc_json *)lstmfc__alloc(&filled, 1, sizeof *json, err);
    if (!json) return NULL;
    json->env = filled;
    json->text = text;
    json->length = length;
    if (lstmfc__json_scan(json, err) != LSTMFC_OK) { lstmfc_json_free(json); return NULL; }
    return json;
}

LSTMFC__DEF void lstmfc_json_free(lstmfc_json *json)
{
    lstmfc_env env;
    if (!json) return;
    env = json->env;
    lstmfc__free(&env, json->keys, json->key_capacity, sizeof *json->keys);
    lstmfc__free(&env, json->tape, json->capacity, sizeof *json->tape);
    lstmfc__free(&env, json, 1, sizeof *json);
}

/* ---- looking around in a document ----

   A node is an index of the tape, -1 for "not there". Every accessor takes -1 and hands it on, so that a chain such as
   get(get(root, "model"), "window") needs one test at its end. What is the next node follows from the layout alone:

       first child      the word behind the container's two
       value of a key   the word behind the key
       next sibling     one word on, or where the second word of a container points; none if an END word is there

   Example on the tape of the essay, {"a": [1, 2]}: first(0) = 2, the key; value(2) = 3, the array; first(3) = 5, next(5) = 6, and
   next(6) = -1, for word 7 is END; next(2) looks behind the value of the key, at word 8, and is -1 as well. */
LSTMFC__PRIVATE int lstmfc__json_valid(const lstmfc_json *json, lstmfc_json_node node)
{
    return json && node >= 0 && (size_t)node < json->count;
}

/* A key is shown as a STRING: whoever reads its text need not know that the tape tells the two apart. */
LSTMFC__DEF int32_t lstmfc_json_type(const lstmfc_json *json, lstmfc_json_node node)
{
    int32_t type;
    if (!lstmfc__json_valid(json, node)) return -1;
    type = lstmfc__json_word_type(json, (size_t)node);
    return type == LSTMFC__JSON_KEY ? LSTMFC_JSON_STRING : type;
}

LSTMFC__PRIVATE int lstmfc__json_is_container(const lstmfc_json *json, lstmfc_json_node node)
{
    int32_t type = lstmfc_json_type(json, node);
    return type == LSTMFC_JSON_ARRAY || type == LSTMFC_JSON_OBJECT;
}

/* Elements of an array or members of an object (a key and its value count as one, since the scan counts values); else 0. */
LSTMFC__DEF size_t lstmfc_json_size(const lstmfc_json *json, lstmfc_json_node node)
{
    return lstmfc__json_is_container(json, node) ? (size_t)(json->tape[node + 1] & UINT32_MAX) : 0;
}

LSTMFC__DEF lstmfc_json_node lstmfc_json_first(const lstmfc_json *json, lstmfc_json_node container)
{
    return lstmfc_json_size(json, container) ? container + 2 : -1;
}

LSTMFC__DEF lstmfc_json_node lstmfc_json_value(const lstmfc_json *json, lstmfc_json_node key)
{
    return lstmfc__json_valid(json, key) && lstmfc__json_word_type(json, (size_t)key) == LSTMFC__JSON_KEY ? key + 1 : -1;
}

/* From a key to the next key, from an element to the next element. The root has no sibling: behind it the tape ends. */
LSTMFC__DEF lstmfc_json_node lstmfc_json_next(const lstmfc_json *json, lstmfc_json_node node)
{
    lstmfc_json_node value = lstmfc_json_value(json, node), next;
    if (!lstmfc__json_valid(json, node)) return -1;
    if (value < 0) value = node;
    next = lstmfc__json_is_container(json, value) ? (lstmfc_json_node)(json->tape[value + 1] >> 32) : value + 1;
    return (size_t)next < json->count && lstmfc__json_word_type(json, (size_t)next) != LSTMFC__JSON_END ? next : -1;
}

/* Is the node a string (or key) of just this text? The text's own UTF-8 against the code points in the document. */
LSTMFC__PRIVATE int32_t lstmfc__json_equals(const lstmfc_json *json, lstmfc_json_node node, const char *text)
{
    size_t at, left = strlen(text), n;
    char utf8[4];
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_STRING) return 0;
    for (at = lstmfc__json_word_offset(json, (size_t)node) + 1; ; text += n, left -= n) {
        int32_t point = lstmfc__json_code_point(json->text, &at);
        if (point < 0) return left == 0;
        n = lstmfc__utf8_put(utf8, point);
        if (n > left || memcmp(utf8, text, n) != 0) return 0;
    }
}

/* Linear: objects have a few members, and a table of hashes would cost every reader more than it saves one. Two loops of n
   lookups over n members are the pitfall; iterate with first/next/value where all of them are wanted. */
LSTMFC__DEF lstmfc_json_node lstmfc_json_get(const lstmfc_json *json, lstmfc_json_node object, const char *key)
{
    lstmfc_json_node node;
    if (lstmfc_json_type(json, object) != LSTMFC_JSON_OBJECT || !key) return -1;
    for (node = lstmfc_json_first(json, object); node >= 0; node = lstmfc_json_next(json, node))
        if (lstmfc__json_equals(json, node, key)) return node + 1;
    return -1;
}

/* The text at a NUMBER's offset has been scanned as JSON, a subset of what lstmfc_parse_double takes. That it reads no further
   than the number is the grammar's doing: what may follow (',' ']' '}' blank) continues none. */
LSTMFC__DEF int32_t lstmfc_json_number(const lstmfc_json *json, lstmfc_json_node node, double *out)
{
    size_t at;
    double value;
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_NUMBER) return 0;
    at = lstmfc__json_word_offset(json, (size_t)node);
    if (!lstmfc_parse_double(json->text + at, json->length - at, &value) || !lstmfc_is_finite(value)) return 0;
    *out = value;
    return 1;
}

/* Three spellings of an integer: digits (12), a number with an integral value (1e3, 2.0), and the quoted hex that put_integer
   writes beyond 2^53. Anything else gives 0. */
LSTMFC__DEF int32_t lstmfc_json_integer(const lstmfc_json *json, lstmfc_json_node node, int64_t *out)
{
    size_t at, length, i;
    double value;
    uint64_t bits = 0;
    if (lstmfc_json_type(json, node) == LSTMFC_JSON_STRING) {
        /* 64 bits as the writer puts them, read into a signed number: 0xffffffffffffffff is -1, a hash comes back by a cast */
        lstmfc_json_span(json, node, &at, &length);                 /* "0x" + 1..16 digits, in quotes */
        if (length < 5 || length > 20 || json->text[at + 1] != '0' || json->text[at + 2] != 'x') return 0;
        for (i = 3; i + 1 < length; i++) {
            int32_t digit = lstmfc__hex_digit(json->text[at + i]);
            if (digit < 0) return 0;
            bits = bits << 4 | (uint64_t)digit;
        }
        memcpy(out, &bits, sizeof bits);
        return 1;
    }
    /* digits only first: 9007199254740993 has no double, so it must not pass through one */
    if (!lstmfc_json_number(json, node, &value)) return 0;
    lstmfc_json_span(json, node, &at, &length);
    if (lstmfc_parse_int(json->text + at, length, out) == length) return 1;
    if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0) || (double)(int64_t)value != value) return 0;
    *out = (int64_t)value;                  /* 1e3 or 2.0: exact, for doubles hold every integer up to 2^53 */
    return 1;
}

/* Decodes once; what no longer fits is counted but not copied, so that *length tells how large `out` must be. On failure out is
   the empty string and never a cut one, which could be taken for a name. U+0000 would end the C string early: only a caller
   that asks for the length can notice, for everyone else it is refused. */
LSTMFC__DEF int32_t lstmfc_json_string(const lstmfc_json *json, lstmfc_json_node node, char *out, size_t size, size_t *length)
{
    size_t at, n, used = 0;
    int32_t point, good = 1;
    char utf8[4];
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_STRING) return 0;
    at = lstmfc__json_word_offset(json, (size_t)node) + 1;
    while ((point = lstmfc__json_code_point(json->text, &at)) >= 0) {
        n = lstmfc__utf8_put(utf8, point);
        if (!point && !length) good = 0;
        /* < and not <=: one byte stays free for the NUL */
        if (used + n < size) memcpy(out + used, utf8, n); else good = 0;
        used += n;
    }
    if (length) *length = used;
    if (used >= size) good = 0;
    if (size) out[good ? used : 0] = 0;
    return good;
}

/* The tape holds where a value starts. Where it ends is found by scanning it again: that costs nobody who does not ask, and
   saves 8 bytes for each of a million weights. A container ends with the bracket that its END word points at. */
LSTMFC__DEF void lstmfc_json_span(const lstmfc_json *json, lstmfc_json_node node, size_t *offset, size_t *length)
{
    size_t at, start;
    int32_t type = lstmfc_json_type(json, node);
    *offset = *length = 0;
    if (type < 0) return;
    start = at = lstmfc__json_word_offset(json, (size_t)node);
    switch (type) {
    case LSTMFC_JSON_NULL: case LSTMFC_JSON_TRUE: at += 4; break;
    case LSTMFC_JSON_FALSE: at += 5; break;
    case LSTMFC_JSON_NUMBER: lstmfc__json_scan_number(json->text, json->length, &at); break;
    case LSTMFC_JSON_STRING: lstmfc__json_scan_string(json->text, json->length, &at); break;
    default: at = lstmfc__json_word_offset(json, (size_t)(json->tape[node + 1] >> 32) - 1) + 1;    /* its END word */
    }
    *offset = start;
    *length = at - start;
}

/* Returns how many were read before the first that is no finite number (null included): fewer than `count` tells the caller at
   which element to look. A walk by next, since get-by-index would make n numbers cost n^2 / 2 steps. */
LSTMFC__DEF size_t lstmfc_json_doubles(const lstmfc_json *json, lstmfc_json_node array, double *out, size_t count)
{
    lstmfc_json_node node = lstmfc_json_type(json, array) == LSTMFC_JSON_ARRAY ? lstmfc_json_first(json, array) : -1;
    size_t i;
    for (i = 0; i < count && lstmfc_json_number(json, node, out + i); i++) node = lstmfc_json_next(json, node);
    return i;
}

/* Float from text goes through double. Two roundings can differ from one (text just above the midpoint of two floats may become
   the midpoint as a double, and then go down); lstmfc_format_float writes no text for which they do. */
LSTMFC__DEF size_t lstmfc_json_reals(const lstmfc_json *json, lstmfc_json_node array, lstmfc_real *out, size_t count)
{
#ifdef LSTMFC_DOUBLE
    return lstmfc_json_doubles(json, array, out, count);
#else
    lstmfc_json_node node = lstmfc_json_type(json, array) == LSTMFC_JSON_ARRAY ? lstmfc_json_first(json, array) : -1;
    size_t i;
    double value;
    for (i = 0; i < count && lstmfc_json_number(json, node, &value); i++) {
        /* 2^128 - 2^103 lies halfway between FLT_MAX and 2^128: from there on the nearest float is infinity. Below it, and beyond
           FLT_MAX, C leaves the conversion undefined: hence the clamp */
        if (value >= 3.4028235677973366e38 || value <= -3.4028235677973366e38) break;
        out[i] = value > (double)FLT_MAX ? FLT_MAX : value < -(double)FLT_MAX ? -FLT_MAX : (float)value;
        node = lstmfc_json_next(json, node);
    }
    return i;
#endif
}

/* ---- the writer ----

   State: `depth` open containers, for each a bit of has_item that says whether it needs a comma before its next member. After the
   first failure (no memory, a 65th open container) nothing more is written. Misuse, such as a key inside an array or a missing
   end, gives wrong JSON and no error: it is a fault of the program, not of its input. */

/* env is filled once here, so that no later call has to ask whether there is an allocator. */
LSTMFC__DEF void lstmfc_writer_init(lstmfc_writer *writer, const lstmfc_env *env)
{
    memset(writer, 0, sizeof *writer);
    writer->env = lstmfc__env_fill(env);
}

/* Takes the text with it; length 0 afterwards, so that a second call does nothing. */
LSTMFC__DEF void lstmfc_writer_free(lstmfc_writer *writer)
{
    if (!writer) return;
    lstmfc__free(&writer->env, writer->text, writer->capacity, 1);
    writer->text = NULL;
    writer->length = writer->capacity = 0;
}

/* The one place where the sticky error comes out. A text that was cut short must not be used: ask this before looking at it. */
LSTMFC__DEF lstmfc_result lstmfc_writer_result(const lstmfc_writer *writer, lstmfc_error *err)
{
    if (writer->failed == LSTMFC_ERROR_LIMIT)
        return lstmfc__fail(err, LSTMFC_ERROR_LIMIT, "JSON writer: more than 64 open containers");
    if (writer->failed != LSTMFC_OK)
        return lstmfc__fail(err, writer->failed, "JSON writer: out of memory after %z bytes", writer->length);
    return LSTMFC_OK;
}

/* Room for n more bytes and a NUL; 0 = no, and the error sticks. */
LSTMFC__PRIVATE int lstmfc__write_room(lstmfc_writer *writer, size_t n)
{
    size_t need, capacity = writer->capacity ? writer->capacity : 256;
    char *text;
    if (writer->failed != LSTMFC_OK) return 0;
    if (!lstmfc__add(writer->length, n, &need) || need >= SIZE_MAX / 2) { writer->failed = LSTMFC_ERROR_MEMORY; return 0; }
    /* < leaves the byte for the NUL. Doubling: n bytes cost fewer than 2n bytes of copying, however small the pieces */
    if (need < writer->capacity) return 1;
    while (capacity <= need) capacity *= 2;
    text = (char *)lstmfc__grow(&writer->env, writer->text, writer->capacity, capacity, 1, NULL);
    if (!text) { writer->failed = LSTMFC_ERROR_MEMORY; return 0; }
    writer->text = text;
    writer->capacity = capacity;
    return 1;
}

/* Bytes as they are. The text ends in NUL after each call, so that it can be printed at any moment. */
LSTMFC__DEF void lstmfc_write_text(lstmfc_writer *writer, const char *text, size_t length)
{
    if (!lstmfc__write_room(writer, length)) return;
    if (length) memcpy(writer->text + writer->length, text, length);
    writer->length += length;
    writer->text[writer->length] = 0;
}

/* A new line and its indent; indent 0 means all on one line, the form for machines. */
LSTMFC__PRIVATE void lstmfc__write_line(lstmfc_writer *writer)
{
    int32_t i, n = writer->indent * writer->depth;
    if (!writer->indent) return;
    lstmfc_write_text(writer, "\n", 1);
    for (i = 0; i < n; i++) lstmfc_write_text(writer, " ", 1);
}

/* Escaped: what JSON demands (quote, backslash, controls) and no more; other characters go out as their UTF-8. A byte that is not
   UTF-8, from a file name or a damaged CSV, becomes U+FFFD: the output must be JSON whatever the input was. Plain ASCII goes
   out in whole runs, because that is what nearly every string is. */
LSTMFC__PRIVATE void lstmfc__write_string(lstmfc_writer *writer, const char *s)
{
    static const char hex[] = "0123456789abcdef";
    size_t left = strlen(s), n, plain;
    lstmfc_write_text(writer, "\"", 1);
    for (; left; s += n, left -= n) {
        unsigned char c = (unsigned char)*s;
        for (plain = 0; plain < left && s[plain] >= 0x20 && s[plain] < 0x7F && s[plain] != '"' && s[plain] != '\\'; ) plain++;
        if (plain) { lstmfc_write_text(writer, s, n = plain); continue; }
        n = lstmfc__utf8_length(s, left);
        if (!n) { lstmfc_write_text(writer, "\xEF\xBF\xBD", 3); n = 1; }
        else if (c == '"')  lstmfc_write_text(writer, "\\\"", 2);
        else if (c == '\\') lstmfc_write_text(writer, "\\\\", 2);
        else if (c == '\n') lstmfc_write_text(writer, "\\n", 2);
        else if (c == '\t') lstmfc_write_text(writer, "\\t", 2);
        else if (c < 0x20) {
            char escape[6] = {'\\', 'u', '0', '0', '0', '0'};
            escape[4] = hex[c >> 4];
            escape[5] = hex[c & 15];
            lstmfc_write_text(writer, escape, 6);
        }
        else lstmfc_write_text(writer, s, n);
    }
    lstmfc_write_text(writer, "\"", 1);
}

/* What stands before a value: the comma behind its elder sibling, a new line where there are to be lines, its key. */
LSTMFC__PRIVATE void lstmfc__write_lead(lstmfc_writer *writer, const char *key, int32_t container)
{
    uint64_t bit = writer->depth ? (uint64_t)1 << (writer->depth - 1) : 0;
    if (writer->has_item & bit) lstmfc_write_text(writer, ",", 1);
    writer->has_item |= bit;
    if (writer->depth && (key || container)) lstmfc__write_line(writer);
    if (!key) return;
    lstmfc__write_string(writer, key);
    lstmfc_write_text(writer, ": ", writer->indent ? 2 : 1);
}

/* Bit depth-1 of has_item belongs to the innermost open container: 64 bits, hence at most 64 of them. It may still be set from a
   container that stood at this depth before. */
LSTMFC__DEF void lstmfc_json_begin(lstmfc_writer *writer, const char *key, char bracket)
{
    lstmfc__write_lead(writer, key, 1);
    lstmfc_write_text(writer, &bracket, 1);
    if (writer->depth >= 64) { if (!writer->failed) writer->failed = LSTMFC_ERROR_LIMIT; return; }
    writer->depth++;
    writer->has_item &= ~((uint64_t)1 << (writer->depth - 1));
}

/* The closing bracket stands on a line of its own when the opening one did not close on it: always for a non-empty object, for an
   array when its last element was a container. The last byte written tells, so no state is needed. */
LSTMFC__DEF void lstmfc_json_end(lstmfc_writer *writer, char bracket)
{
    char last = writer->length ? writer->text[writer->length - 1] : '\0';
    int32_t lines;
    if (!writer->depth) return;
    lines = (writer->has_item >> (writer->depth - 1) & 1) && (bracket == '}' || last == '}' || last == ']');
    writer->depth--;
    if (lines) lstmfc__write_line(writer);
    lstmfc_write_text(writer, &bracket, 1);
}

/* For text that is JSON already: numbers formatted here, a member kept byte for byte. It is not checked. */
LSTMFC__DEF void lstmfc_json_put_raw(lstmfc_writer *writer, const char *key, const char *json, size_t length)
{
    lstmfc__write_lead(writer, key, 0);
    lstmfc_write_text(writer, json, length);
}

LSTMFC__DEF void lstmfc_json_put_string(lstmfc_writer *writer, const char *key, const char *value)
{
    lstmfc__write_lead(writer, key, 0);
    if (value) lstmfc__write_string(writer, value); else lstmfc_write_text(writer, "null", 4);
}

/* JSON has no NaN and no infinity; null is what other readers understand as "no figure". The shortest text that reads back to the
   same bits keeps files small and save -> load -> save equal byte for byte. */
LSTMFC__DEF void lstmfc_json_put_number(lstmfc_writer *writer, const char *key, double value)
{
    char text[32] = "null";
    lstmfc_json_put_raw(writer, key, text, lstmfc_is_finite(value) ? lstmfc_format_double(text, value) : 4);
}

/* As a double 0.1f is 0.10000000149011612; as a float its shortest text is 0.1. The digits beyond say nothing about the float. */
LSTMFC__DEF void lstmfc_json_put_float(lstmfc_writer *writer, const char *key, float value)
{
    char text[32] = "null";
    lstmfc_json_put_raw(writer, key, text, lstmfc_is_finite((double)value) ? lstmfc_format_float(text, value) : 4);
}

/* Fixed width, so that a hash has one spelling. In quotes: JavaScript would round a number of 64 bits to 53. */
LSTMFC__DEF void lstmfc_json_put_hex(lstmfc_writer *writer, const char *key, uint64_t value)
{
    char text[20];
    int32_t i;
    memcpy(text, "\"0x", 3);
    for (i = 0; i < 16; i++) text[3 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    text[19] = '"';
    lstmfc_json_put_raw(writer, key, text, sizeof text);
}

/* Every integer up to 2^53 is a double; 2^53 + 1 = 9007199254740993 is none, and a reader would see ...992 without a warning. */
LSTMFC__DEF void lstmfc_json_put_integer(lstmfc_writer *writer, const char *key, int64_t value)
{
    char text[32];
    const int64_t exact = (int64_t)1 << 53;     /* other readers keep numbers as doubles */
    if (value > exact || value < -exact) lstmfc_json_put_hex(writer, key, (uint64_t)value);
    else lstmfc_json_put_raw(writer, key, text, lstmfc_format_int(text, value));
}

LSTMFC__DEF void lstmfc_json_put_bool(lstmfc_writer *writer, const char *key, int32_t value)
{
    lstmfc_json_put_raw(writer, key, value ? "true" : "false", value ? 4 : 5);
}

/* A list of numbers on one line: formatted in place, because a model is mostly this. */
LSTMFC__DEF void lstmfc_json_put_doubles(lstmfc_writer *writer, const char *key, const double *values, size_t count)
{
    size_t i;
    lstmfc__write_lead(writer, key, 1);
    lstmfc_write_text(writer, "[", 1);
    for (i = 0; i < count && lstmfc__write_room(writer, 40); i++) {
        if (i) writer->text[writer->length++] = ',';
        /* room for 40 bytes: a comma, at most 24 of a double, and the NUL */
        if (lstmfc_is_finite(values[i])) writer->length += lstmfc_format_double(writer->text + writer->length, values[i]);
        else lstmfc_write_text(writer, "null", 4);
    }
    lstmfc_write_text(writer, "]", 1);
}

/* The same for weights: the shortest float text is about half as long as that of the float as a double. */
LSTMFC__DEF void lstmfc_json_put_reals(lstmfc_writer *writer, const char *key, const lstmfc_real *values, size_t count)
{
#ifdef LSTMFC_DOUBLE
    lstmfc_json_put_doubles(writer, key, values, count);
#else
    size_t i;
    lstmfc__write_lead(writer, key, 1);
    lstmfc_write_text(writer, "[", 1);
    for (i = 0; i < count && lstmfc__write_room(writer, 40); i++) {
        if (i) writer->text[writer->length++] = ',';
        if (lstmfc_is_finite((double)values[i])) writer->length += lstmfc_format_float(writer->text + writer->length, values[i]);
        else lstmfc_write_text(writer, "null", 4);
    }
    lstmfc_write_text(writer, "]", 1);
#endif
}

/* The cyclic redundancy check of Ethernet and zip (Peterson and Brown, Proc. IRE 1961): the message is a polynomial with bits as
   coefficients, the check is its remainder modulo a fixed one of degree 32, written with the lowest power in the top bit as
   0xEDB88320. Subtraction is xor. By the bit, the division is

       if the lowest bit of c is 1:  c = (c >> 1) ^ 0xEDB88320      else  c = c >> 1

   and as it is linear, eight steps of it depend on one byte only: table[0][b]. table[k][b] is what byte b does to the remainder k
   bytes further on, so that four bytes go at once. The check finds every change within 32 neighbouring bits and all but one
   in 2^32 of the others. It starts and ends inverted, or leading zeros would go unseen. It proves no authorship: whoever
   changes the text can compute it anew. crc32("123456789") = cbf43926. The tables are made anew in each call (a few
   microseconds): the library has no writable globals. */
LSTMFC__DEF uint32_t lstmfc_crc32(uint32_t crc, const void *data, size_t length)
{
    const unsigned char *p = (const unsigned char *)data;
    uint32_t table[4][256], c, i, k;
    for (i = 0; i < 256; i++) {
        for (c = i, k = 0; k < 8; k++) c = c >> 1 ^ (0xEDB88320u & (0u - (c & 1u)));
        table[0][i] = c;
    }
    for (k = 1; k < 4; k++)
        for (i = 0; i < 256; i++) table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
    crc = ~crc;
    for (; length >= 4; length -= 4, p += 4) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        /* the byte that was read first has the longest way to go: table[3], three bytes on */
        crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^ table[0][crc >> 24];
    }
    for (; length; length--, p++) crc = crc >> 8 ^ table[0][(crc ^ *p) & 255];
    return ~crc;
}

/* A configuration goes the way of a command line: each value becomes the text that a flag would have, and lstmfc_field_set does
   the rest. So there is one set of ranges, one rule for "none" and one text for each error, to which the place in the JSON is
   added. An unknown name is an error: a misspelt option that is silently ignored trains another network than the one that was
   meant. */
LSTMFC__DEF lstmfc_result lstmfc_desc_from_json(void *desc, const lstmfc_field *fields, size_t count, const lstmfc_json *json,
                                                lstmfc_json_node object, char *texts, size_t texts_size, lstmfc_error *err)
{
    lstmfc_json_node key, value;
    size_t used = 0, i, length, offset;
    char name[80], number[80];
    if (!desc || !fields || !json) return lstmfc__fail_null(err, "desc, fields or json");
    if (lstmfc_json_type(json, object) != LSTMFC_JSON_OBJECT)
        return lstmfc__json_fail(json, object, err, LSTMFC_ERROR_ARGUMENT, "options must be an object {\"name\": value}");
    for (key = lstmfc_json_first(json, object); key >= 0; key = lstmfc_json_next(json, key)) {
        const lstmfc_field *field = NULL;
        const char *text = number;
        lstmfc__nearest best = {NULL, 0};
        lstmfc_error why;
        int32_t type;
        if (!lstmfc_json_string(json, key, name, sizeof name, NULL))
            return lstmfc__json_fail(json, key, err, LSTMFC_ERROR_ARGUMENT, "unknown option: its name is too long or holds U+0000");
        for (i = 0; i < count && !field; i++) {
            if (strcmp(fields[i].name, name) == 0) field = &fields[i];
            else lstmfc__nearest_offer(&best, name, strlen(name), fields[i].name);
        }
        if (!field)
            return lstmfc__json_fail(json, key, err, LSTMFC_ERROR_ARGUMENT, "unknown option '%s'%s%s%s", name,
                                     best.name ? "; did you mean '" : "", best.name ? best.name : "", best.name ? "'?" : "");
        value = lstmfc_json_value(json, key);
        lstmfc_json_span(json, value, &offset, &length);
        type = lstmfc_json_type(json, value);
        if (field->kind == LSTMFC_TEXT && type != LSTMFC_JSON_STRING && type != LSTMFC_JSON_NULL)
            return lstmfc__json_fail(json, value, err, LSTMFC_ERROR_ARGUMENT, "option '%s' takes a string", name);
        switch (type) {
        /* null leaves the option as it is, as if it were not named */
        case LSTMFC_JSON_NULL: continue;
        case LSTMFC_JSON_TRUE: text = "1"; break;
        case LSTMFC_JSON_FALSE: text = "0"; break;
        case LSTMFC_JSON_NUMBER:
            if (length >= sizeof number)
                return lstmfc__json_fail(json, value, err, LSTMFC_ERROR_ARGUMENT, "option '%s': the number is too long", name);
            /* the number's own text, not a double printed again: 0.1 stays 0.1, and a 64-bit seed keeps all its digits */
            memcpy(number, json->text + offset, length);
            number[length] = 0;
            break;
        case LSTMFC_JSON_STRING:
            if (!lstmfc_json_string(json, value, texts ? texts + used : NULL, texts ? texts_size - used : 0, &length)
                || strlen(texts + used) != length)
                return lstmfc__json_fail(json, value, err, LSTMFC_ERROR_LIMIT, "option '%s': the text holds U+0000, or all texts "
                                         "together exceed %z bytes", name, texts_size);
            text = texts + used;
            /* a TEXT option points into `texts` from now on: each string keeps its place there, none overwrites another */
            used += length + 1;
            break;
        default: return lstmfc__json_fail(json, value, err, LSTMFC_ERROR_ARGUMENT, "option '%s' takes a number, a string, true, "
                                          "false or null", name);
        }
        memset(&why, 0, sizeof why);
        if (lstmfc_field_set(desc, field, text, &why) != LSTMFC_OK)
            return lstmfc__json_fail(json, value, err, why.code, "%s", why.message);
    }
    return LSTMFC_OK;
}

#ifndef LSTMFC_NO_STDIO

/* ---- files ---- */

/* Read until the end rather than ask for the size first: a pipe has none, and a file may grow meanwhile. The buffer doubles, and
   is cut to size at the end because lstmfc_file_release must tell the allocator how much it gives back. "rb": Windows would
   turn CRLF into LF and stop at the byte 26. fopen opens a directory too; only reading it fails. */
LSTMFC__DEF char *lstmfc_file_read(const char *path, size_t *length, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    size_t capacity = (size_t)1 << 16, used = 0, got, limit;
    char *text = NULL, *grown;
    FILE *file;
    int from_stdin, error = 0;
    lstmfc_result result = LSTMFC_OK;

    if (!path || !length) { lstmfc__fail_null(err, "the file name or length"); return NULL; }
    from_stdin = strcmp(path, "-") == 0;
    file = from_stdin ? stdin : fopen(path, "rb");
    if (!file) {
        error = errno;
        lstmfc__fail(err, LSTMFC_ERROR_OPEN, "%s: cannot open: %s (errno %d)", path, lstmfc__cause(error), error);
        return NULL;
    }
    /* SIZE_MAX / 4: doubling the capacity must not wrap around on a 32-bit machine, whatever the limit says */
    limit = (uint64_t)filled.limits.file_bytes < SIZE_MAX / 4 ? (size_t)filled.limits.file_bytes : SIZE_MAX / 4;
    text = (char *)lstmfc__alloc(&filled, capacity, 1, err);
    if (!text) result = LSTMFC_ERROR_MEMORY;
    while (result == LSTMFC_OK) {
        errno = 0;
        got = fread(text + used, 1, capacity - used - 1, file);     /* always one byte short: room for the NUL */
        error = errno;
        used += got;
        if (used > limit)
            result = lstmfc__fail(err, LSTMFC_ERROR_LIMIT, "%s: larger than limits.file_bytes = %l", path,
                                  filled.limits.file_bytes);
        else if (ferror(file))
            result = lstmfc__fail(err, LSTMFC_ERROR_OPEN, "%s: cannot read: %s (errno %d)", path, lstmfc__cause(error), error);
        else if (feof(file)) break;
        else if (used + 1 == capacity) {
            grown = (char *)lstmfc__grow(&filled, text, capacity, 2 * capacity, 1, err);
            if (!grown) result = LSTMFC_ERROR_MEMORY;
            else { text = grown; capacity *= 2; }
        }
    }
    if (!from_stdin) fclose(file);
    if (result == LSTMFC_OK) {
        grown = (char *)lstmfc__grow(&filled, text, capacity, used + 1, 1, err);    /* to the size that _release will name */
        if (grown) {
            grown[used] = 0;
            *length = used;
            return grown;
        }
    }
    lstmfc__free(&filled, text, capacity, 1);
    return NULL;
}

/* length as lstmfc_file_read gave it: the block is one byte longer, for its NUL. */
LSTMFC__DEF void lstmfc_file_release(char *text, size_t length, const lstmfc_env *env)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    if (text) lstmfc__free(&filled, text, length + 1, 1);
}

/* Six calls of the operating system, for a write that is all or nothing: standard C can neither create a file only if it is
   new nor push its bytes to the disk. Each returns 0 or the error number. */
#ifdef _WIN32
#  ifdef __cplusplus
extern "C"
#  endif
__declspec(dllimport) int __stdcall MoveFileExA(const char *from, const char *to, unsigned long flags);
LSTMFC__PRIVATE int lstmfc__os_open(const char *path, int create)
{
    return _open(path, _O_WRONLY | _O_BINARY | (create ? _O_CREAT | _O_EXCL : 0), _S_IREAD | _S_IWRITE);
}
LSTMFC__PRIVATE int64_t lstmfc__os_write(int file, const char *data, size_t n) { return _write(file, data, (unsigned int)n); }
LSTMFC__PRIVATE int lstmfc__os_sync(int file) { return _commit(file) ? errno : 0; }
LSTMFC__PRIVATE int lstmfc__os_close(int file) { return _close(file) ? errno : 0; }
/* replace, write through */
LSTMFC__PRIVATE int lstmfc__os_rename(const char *from, const char *to) { return MoveFileExA(from, to, 1 | 8) ? 0 : EACCES; }
LSTMFC__PRIVATE void lstmfc__os_sync_directory(const char *path) { (void)path; }
LSTMFC__PRIVATE int lstmfc__os_is_device(const char *path)
{
    struct _stat s;
    return _stat(path, &s) == 0 && (s.st_mode & _S_IFMT) != _S_IFREG && (s.st_mode & _S_IFMT) != _S_IFDIR;
}
#else
LSTMFC__PRIVATE int lstmfc__os_open(const char *path, int create)
{
    return open(path, create ? O_WRONLY | O_CREAT | O_EXCL : O_WRONLY, 0666);
}
LSTMFC__PRIVATE int64_t lstmfc__os_write(int file, const char *data, size_t n) { return (int64_t)write(file, data, n); }
LSTMFC__PRIVATE int lstmfc__os_sync(int file) { return fsync(file) ? errno : 0; }
LSTMFC__PRIVATE int lstmfc__os_close(int file) { return close(file) ? errno : 0; }
LSTMFC__PRIVATE int lstmfc__os_rename(const char *from, const char *to) { return rename(from, to) ? errno : 0; }
/* The new name is on the disk only when its directory is. Where a directory cannot be opened or synced there is no more to do. */
LSTMFC__PRIVATE void lstmfc__os_sync_directory(const char *path)
{
    char directory[4200];
    size_t n = strlen(path);
    int file;
    while (n && path[n - 1] != '/') n--;
    lstmfc__print(directory, sizeof directory, "%s", n ? path : ".");
    if (n) directory[n] = 0;
    file = open(directory, O_RDONLY);
    if (file < 0) return;
    (void)fsync(file);
    (void)close(file);
}
LSTMFC__PRIVATE int lstmfc__os_is_device(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
}
#endif

/* write may take less than it was given (a full pipe, a signal): the rest is offered again. At most 2^30 bytes at a time, for a
   count above INT_MAX is refused or cut by several systems. 0 = all written, else the error number. */
LSTMFC__PRIVATE int lstmfc__os_write_all(int file, const char *data, size_t length)
{
    const size_t most = (size_t)1 << 30;
    while (length) {
        int64_t n = lstmfc__os_write(file, data, length < most ? length : most);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return ENOSPC;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* A crash at any moment leaves the old file or the new one, never half of one (Pillai et al., "All file systems are not created
   equal", OSDI 2014, is about what goes wrong without one of these steps):

       1  create  path.tmp-0 (or -1, -2, ... where another writer is at work or has died)    O_EXCL: never somebody else's file
       2  write it, fsync it             the bytes are on the disk before the name is: the order is not given without
       3  rename it to path              atomic: every reader opens the whole old or the whole new file
       4  fsync the directory            now the new name survives a power cut too

   close is checked: network file systems report a full disk only there. On an error the temporary file is removed and the target
   is untouched. A device or pipe cannot be replaced: it is written to directly. */
LSTMFC__DEF lstmfc_result lstmfc_file_write(const char *path, const void *data, size_t length, lstmfc_error *err)
{
    char temporary[4200];
    const char *what = "cannot create";
    int file = -1, error = 0, closed, direct, n;

    if (!path || (!data && length)) return lstmfc__fail_null(err, "the file name or data");
    if (strcmp(path, "-") == 0) {
        errno = 0;
        if ((length && fwrite(data, 1, length, stdout) != length) || fflush(stdout) != 0) {
            error = errno;
            return lstmfc__fail(err, LSTMFC_ERROR_WRITE, "standard output: cannot write: %s (errno %d)", lstmfc__cause(error),
                                error);
        }
        return LSTMFC_OK;
    }
    if (strlen(path) + 16 > sizeof temporary)
        return lstmfc__fail(err, LSTMFC_ERROR_WRITE,
                            "cannot create a file: its name has %z bytes, at most %z are possible", strlen(path),
                            sizeof temporary - 16);
    /* /dev/null or a named pipe: renaming a file over it would replace the device by a plain file */
    direct = lstmfc__os_is_device(path);
    for (n = 0; n < 1000; n++) {
        lstmfc__print(temporary, sizeof temporary, direct ? "%s" : "%s.tmp-%d", path, n);
        file = lstmfc__os_open(temporary, !direct);
        error = file < 0 ? errno : 0;
        /* EEXIST is the only error that another number cures; a missing directory stays missing */
        if (error != EEXIST || direct) break;
    }
    if (!error) {
        what = "cannot write";
        error = lstmfc__os_write_all(file, (const char *)data, length);
        if (!error && !direct) error = lstmfc__os_sync(file);
        closed = lstmfc__os_close(file);
        /* the file is closed in every case, but the first error is the cause and the one to report */
        if (!error) error = closed;
        if (!error && !direct) {
            what = "cannot rename the finished file to this name";
            error = lstmfc__os_rename(temporary, path);
        }
        if (error && !direct) remove(temporary);
        if (!error && !direct) lstmfc__os_sync_directory(path);
    }
    if (error) return lstmfc__fail(err, LSTMFC_ERROR_WRITE, "%s: %s: %s (errno %d)", path, what, lstmfc__cause(error), error);
    return LSTMFC_OK;
}
#endif

/* ================================================================================================================
   16 statistics >>statistics
   ================================================================================================================ */

/* What a forecast is worth is a question about luck. This chapter holds the answers as pure functions over arrays, so that each
   can be checked against SciPy and none knows what a forecaster is.

   errors         mse, mae and kin say how far off; MASE and Theil's U2 divide by what "tomorrow is like today" would have missed.
                  On price levels R2 is near 1 for that naive forecast too: alone it says nothing.
   direction      hits out of n against the share that needs no model: the commoner side, not 50 %. AUC = P(an up scored above a
                  down) needs no cut; its variance is DeLong's. Pesaran-Timmermann asks whether calls and moves are related at all.
   comparison     Diebold-Mariano on the difference of two loss series, d_t = loss_baseline - loss_model. Forecasts h bars ahead
                  overlap, so d has h-1 autocorrelations that belong in its variance; Harvey, Leybourne and Newbold's factor
                  and Student's t mend the small-sample size.
   bootstrap      resamples blocks of random (geometric) length, so that what is near in time stays together.
   intervals      split conformal: past absolute scores of the same forecaster bound the next one.
   baselines      ridge, logistic, EWMA, HAR, GARCH: what a network must beat before it deserves its name.
   risk           Sharpe, Sortino and their errors.

   Pitfalls: a null of 50 % in a trending market; standard errors that take overlapping samples as independent; a scale fitted
   on the test part; nested models, for which Diebold-Mariano is too strict (Clark and West 2007); many trials, one reported.

   Diebold & Mariano, "Comparing predictive accuracy", JBES 13 (1995). Harvey, Leybourne & Newbold, "Testing the equality of
   prediction mean squared errors", IJF 13 (1997). DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988); the one-pass form over
   ranks: Sun & Xu, IEEE SPL 21 (2014). Pesaran & Timmermann, JBES 10 (1992). Politis & Romano, "The stationary bootstrap",
   JASA 89 (1994). Vovk, Gammerman & Shafer, "Algorithmic learning in a random world" (2005). Hyndman & Koehler, IJF 22 (2006). */

/* -- area under the ROC curve ------------------------------------------------------------------------------------- */

/* AUC = P(score of an up > score of a down), ties half. Counting pairs costs ups x downs; sorting makes it one walk:

     score   0.2   0.4   0.4   0.7        ups 2, downs 2; walking up, each up scores the downs below it, ties half:
     label   down  up    down  up         up at 0.4: 1 + 1/2, up at 0.7: 2      AUC = 3.5 / (2 x 2) = 0.875

   pairs [n][2] = (score, 1 for up). Sorted by score, each group of equal scores adds, for every up in it, the downs before it
   and half of the downs in it: ups placed above downs, ties half. That share per up (and its mirror per down) is all
   DeLong's variance needs: var = s2(shares of ups) / ups + s2(shares of downs) / downs. */
LSTMFC__PRIVATE double lstmfc__auc_pairs(size_t n, double *pairs, double *se)
{
    double ups = 0, downs = 0, wins = 0, auc = 0, before_up, before_down, square_up = 0, square_down = 0;
    size_t i, j;
    int32_t pass;
    if (se) *se = lstmfc_nan();
    for (i = 0; i < n; i++) ups += pairs[2 * i + 1];
    downs = (double)n - ups;
    if (!(ups > 0 && downs > 0)) return lstmfc_nan();
    lstmfc__sort_records(n, 2, pairs);
    /* i .. j-1 is one group of equal scores; before_up and before_down count the labels below it */
    for (pass = 0; pass < (se ? 2 : 1); pass++) {       /* the second pass needs the mean of the first */
        before_up = before_down = 0;
        for (i = 0; i < n; i = j) {
            double here_up = 0, here_down;
            for (j = i; j < n && pairs[2 * j] == pairs[2 * i]; j++) here_up += pairs[2 * j + 1];
            here_down = (double)(j - i) - here_up;
            if (pass == 0) wins += here_up * (before_down + 0.5 * here_down);
            else {
                double share_up = (before_down + 0.5 * here_down) / downs - auc;
                double share_down = (ups - before_up - 0.5 * here_up) / ups - auc;
                square_up += here_up * share_up * share_up;
                square_down += here_down * share_down * share_down;
            }
            before_up += here_up;
            before_down += here_down;
        }
        if (pass == 0) auc = wins / (ups * downs);
    }
    /* s2 of the shares, divided by n-1 and by n: the variance of their mean, for ups and for downs */
    if (se && ups >= 2 && downs >= 2) *se = lstmfc_sqrt(square_up / (ups * (ups - 1)) + square_down / (downs * (downs - 1)));
    return auc;
}

/* scores, targets [n] in the precision of the network, for the trainer; scratch [2 n]. */
LSTMFC__DEF double lstmfc_auc(size_t n, const lstmfc_real *scores, const lstmfc_real *targets, double *scratch)
{
    size_t i, used = 0;
    for (i = 0; i < n; i++) {
        if (lstmfc_is_nan((double)scores[i]) || lstmfc_is_nan((double)targets[i])) continue;
        scratch[2 * used] = (double)scores[i];
        scratch[2 * used++ + 1] = targets[i] > (lstmfc_real)0.5 ? 1 : 0;
    }
    return lstmfc__auc_pairs(used, scratch, NULL);
}

LSTMFC__DEF double lstmfc_auc_delong(size_t n, const double *scores, const double *labels, double *scratch, double *se)
{
    size_t i, used = 0;
    for (i = 0; i < n; i++) {
        if (lstmfc_is_nan(scores[i]) || lstmfc_is_nan(labels[i])) continue;
        scratch[2 * used] = scores[i];
        scratch[2 * used++ + 1] = labels[i] > 0.5 ? 1 : 0;
    }
    return lstmfc__auc_pairs(used, scratch, se);
}

/* -- tables of figures -------------------------------------------------------------------------------------------- */

/* A struct of figures and its table are made from one list (LSTMFC_ERRORS and kin), so a figure added there appears in every
   report. A macro writes the function, as C has no loop over lists: each use expands the list once more with another meaning of
   X. */

#define LSTMFC__FIGURE_FIELD(type, name, unit, help) {LSTMFC_REAL, offsetof(type, name), #name, unit, "", help},
#define LSTMFC__FIGURE_TABLE(function, type, table) \
LSTMFC__DEF const lstmfc_field *function(size_t *count) \
{ \
    static const lstmfc_field fields[] = { table }; \
    if (count) *count = LSTMFC__COUNT(fields); \
    return fields; \
}
#define LSTMFC__X(name, unit, help) LSTMFC__FIGURE_FIELD(lstmfc_errors, name, unit, help)
LSTMFC__FIGURE_TABLE(lstmfc_errors_fields, lstmfc_errors, LSTMFC_ERRORS(LSTMFC__X))
#undef LSTMFC__X
#define LSTMFC__X(name, unit, help) LSTMFC__FIGURE_FIELD(lstmfc_direction, name, unit, help)
LSTMFC__FIGURE_TABLE(lstmfc_direction_fields, lstmfc_direction, LSTMFC_DIRECTION(LSTMFC__X))
#undef LSTMFC__X
#define LSTMFC__X(name, unit, help) LSTMFC__FIGURE_FIELD(lstmfc_comparison, name, unit, help)
LSTMFC__FIGURE_TABLE(lstmfc_comparison_fields, lstmfc_comparison, LSTMFC_COMPARISON(LSTMFC__X))
#undef LSTMFC__X

/* -- distributions ------------------------------------------------------------------------------------------------ */

/* Phi(x) = (1 + erf(x / sqrt 2)) / 2. */
LSTMFC__DEF double lstmfc_normal_cdf(double x) { return 0.5 * (1 + lstmfc_erf(x * 0.70710678118654752440)); }

/* Phi^-1(p), q = p - 1/2. Wichura, algorithm AS 241 (Applied Statistics 37, 1988): three rational approximations P(r) / Q(r),
   relative error about 1e-16.
     |q| <= 0.425           q P(r) / Q(r) in r = 0.425^2 - q^2: odd in q by construction
     tails                  in r = sqrt(-ln of the tail), since Phi^-1 grows like sqrt(-2 ln p); split at r = 5, p about 1e-11 */
LSTMFC__DEF double lstmfc_normal_quantile(double p)
{
    static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[8] = {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3};
    static const double c[8] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
    const double *top = a, *bottom = b;
    double q = p - 0.5, r, above = 0, below = 0;
    int32_t i;
    if (!(p >= 0 && p <= 1)) return lstmfc_nan();
    if (p <= 0 || p >= 1) return p <= 0 ? -lstmfc__infinity() : lstmfc__infinity();
    if (q >= -0.425 && q <= 0.425) r = 0.180625 - q * q;
    else {
        r = lstmfc_sqrt(-lstmfc_log(q < 0 ? p : 1 - p));
        if (r <= 5) { r -= 1.6; top = c; bottom = d; }
        else        { r -= 5;   top = e; bottom = f; }
    }
    for (i = 7; i >= 0; i--) { above = above * r + top[i]; below = below * r + bottom[i]; }
    if (top == a) return q * above / below;
    return q < 0 ? -above / below : above / below;
}

/* What Stirling's formula leaves over: ln G(x) = (x - 1/2) ln x - x + ln(2 pi) / 2 + rest(x),
     rest(x) = 1/(12 x) - 1/(360 x^3) + 1/(1260 x^5) - ...                     (Abramowitz & Stegun 6.1.41)
   The series never converges but is accurate once x is large, so x is first raised above 10: ln G(x) = ln G(x+1) - ln x gives
   rest(x) = rest(x+1) + (x + 1/2) ln(1 + 1/x) - 1. */
LSTMFC__PRIVATE double lstmfc__stirling_rest(double x)
{
    double rest = 0, z, z2;
    for (; x < 10; x++) rest += (x + 0.5) * lstmfc_log1p(1 / x) - 1;
    z = 1 / x;
    z2 = z * z;
    return rest + z * (1.0 / 12 - z2 * (1.0 / 360 - z2 * (1.0 / 1260 - z2 * (1.0 / 1680 - z2 * (1.0 / 1188
                      - z2 * (691.0 / 360360 - z2 / 156))))));
}

/* Here the raising is done on G itself, the factors gathered in one product: ln G(1) and ln G(2) come out as 0 to rounding. */
LSTMFC__DEF double lstmfc_log_gamma(double x)
{
    double product = 1;
    if (!(x > 0)) return lstmfc_nan();
    while (x < 10) product *= x++;
    return (x - 0.5) * lstmfc_log(x) - x + 0.91893853320467274178 - lstmfc_log(product) + lstmfc__stirling_rest(x);
}

/* I_x(a, b), the distribution behind both Student's t and the binomial: one function, and every p-value of this chapter follows.
   The continued fraction (Abramowitz & Stegun 26.5.8)
     I_x(a, b) = x^a (1-x)^b / (a B(a, b)) / (1 + d_1 / (1 + d_2 / (1 + ...)))
     d_2m = m (b-m) x / ((a+2m-1) (a+2m))        d_2m+1 = -(a+m) (a+b+m) x / ((a+2m) (a+2m+1))
   by Lentz's method: c and d are the ratios of successive numerators and denominators, each kept from 0 by a tiny number, and the
   value is the product of c d. It converges fast for x < (a+1)/(a+b+2), and I_x(a, b) = 1 - I_{1-x}(b, a) covers the rest. Takes
   O(sqrt(max(a, b))) terms.

   The factor in front: a million coin tosses have ln G of 1e7, whose differences keep ten digits fewer. With Stirling's formula
   written out the large terms cancel on paper, and D = b x - a (1-x), the distance from the mean, is what remains:
     x^a (1-x)^b / B(a, b) = (1 + D/a)^a (1 - D/b)^b sqrt(a b / (2 pi (a+b))) e^(rest(a+b) - rest(a) - rest(b)) */
LSTMFC__DEF double lstmfc_incomplete_beta(double a, double b, double x)
{
    const double tiny = 1e-300;
    double distance = b * x - a * (1 - x), front, c, d, h;
    int32_t m, terms = 100000;
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return lstmfc_nan();
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - lstmfc_incomplete_beta(b, a, 1 - x);
    /* a ln(1 + D/a); with x near 0 that is a ln(x (a+b)/a), as D/a near -1 has lost the digits of x */
    front = a * (distance > -0.5 * a ? lstmfc_log1p(distance / a) : lstmfc_log(x) + lstmfc_log1p(b / a));
    front += b * lstmfc_log1p(-distance / b) + lstmfc__stirling_rest(a + b) - lstmfc__stirling_rest(a) - lstmfc__stirling_rest(b);
    front = lstmfc_exp(front) * lstmfc_sqrt(a / (a + b) * b) * 0.39894228040143267794 / a;      /* 1 / sqrt(2 pi) */
    c = 1;
    d = 1 - (a + b) * x / (a + 1);
    d = 1 / (d > -tiny && d < tiny ? tiny : d);
    h = d;
    for (m = 1; m < terms; m++) {
        double k = m, even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)), step;
        d = 1 + even * d; d = 1 / (d > -tiny && d < tiny ? tiny : d);
        c = 1 + even / c; if (c > -tiny && c < tiny) c = tiny;
        h *= d * c;
        d = 1 + odd * d;  d = 1 / (d > -tiny && d < tiny ? tiny : d);
        c = 1 + odd / c;  if (c > -tiny && c < tiny) c = tiny;
        step = d * c;
        h *= step;
        if (step > 1 - 1e-15 && step < 1 + 1e-15) break;
    }
    return front * h;
}

/* P(T <= t) = 1 - I_{v/(v+t^2)}(v/2, 1/2) / 2 for t > 0, v degrees of freedom. The tail is computed first and subtracted last, so
   that a small p keeps all its digits. */
LSTMFC__DEF double lstmfc_student_cdf(double t, double degrees)
{
    double tail;
    if (lstmfc_is_nan(t) || !(degrees > 0)) return lstmfc_nan();
    if (!lstmfc_is_finite(t)) return t > 0 ? 1 : 0;
    tail = 0.5 * lstmfc_incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t));
    return t > 0 ? 1 - tail : tail;
}

/* P(X >= k) = I_p(k, n-k+1): exact at any n, where the normal approximation misjudges small samples and small shares. */
LSTMFC__DEF double lstmfc_binomial_upper(int64_t n, int64_t hits, double p0)
{
    if (n < 0 || !(p0 >= 0 && p0 <= 1)) return lstmfc_nan();
    if (hits <= 0) return 1;
    if (hits > n) return 0;
    return lstmfc_incomplete_beta((double)hits, (double)(n - hits) + 1, p0);
}

/* ln P(X = k) = ln n! - ln k! - ln (n-k)! + k ln p + (n-k) ln(1-p); 0 < p0 < 1. The probabilities themselves underflow. */
LSTMFC__PRIVATE double lstmfc__binomial_log(int64_t n, int64_t k, double p0)
{
    return lstmfc_log_gamma((double)n + 1) - lstmfc_log_gamma((double)k + 1) - lstmfc_log_gamma((double)(n - k) + 1)
         + (double)k * lstmfc_log(p0) + (double)(n - k) * lstmfc_log1p(-p0);
}

/* The far tail starts at the first outcome beyond the mean that is no likelier than `hits` (a relative 1e-7 counts as
   equal, as in SciPy); the probabilities fall away from the mean, so bisection finds it. */
LSTMFC__DEF double lstmfc_binomial_two_sided(int64_t n, int64_t hits, double p0)
{
    double mean = (double)n * p0, limit;
    int64_t low, high;
    if (n < 1 || hits < 0 || hits > n || !(p0 >= 0 && p0 <= 1)) return lstmfc_nan();
    if (p0 <= 0) return hits == 0 ? 1 : 0;              /* certain outcomes; their logarithms would be infinite */
    if (p0 >= 1) return hits == n ? 1 : 0;
    limit = lstmfc__binomial_log(n, hits, p0) + 1e-7;
    if ((double)hits < mean) {
        low = (int64_t)ceil(mean); high = n + 1;        /* in [low, high] lies the first k that is no likelier */
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (lstmfc__binomial_log(n, middle, p0) <= limit) high = middle; else low = middle + 1;
        }
        return 1 - lstmfc_binomial_upper(n, hits + 1, p0) + lstmfc_binomial_upper(n, low, p0);
    }
    if ((double)hits > mean) {
        low = -1; high = (int64_t)floor(mean);          /* the last such k below the mean */
        while (low < high) {
            int64_t middle = high - (high - low) / 2;
            if (lstmfc__binomial_log(n, middle, p0) <= limit) low = middle; else high = middle - 1;
        }
        return lstmfc_binomial_upper(n, hits, p0) + 1 - lstmfc_binomial_upper(n, low + 1, p0);
    }
    return 1;
}

/* Wilson's interval (JASA 22, 1927): all shares p that a normal test would not reject, |share - p| <= z sqrt(p (1-p) / n), solved
   for p:
     (share + z^2/2n +- z sqrt(share (1-share)/n + z^2/4n^2)) / (1 + z^2/n)
   Unlike share +- z sqrt(share (1-share) / n) it never leaves [0, 1], and it has a width when all of the calls were right. */
LSTMFC__DEF void lstmfc_wilson(int64_t n, int64_t hits, double level, double *low, double *high)
{
    double z = lstmfc_normal_quantile(0.5 + 0.5 * level), size = (double)n, share, centre, half, scale;
    *low = *high = lstmfc_nan();
    if (n < 1) return;
    share = (double)hits / size;
    scale = 1 / (1 + z * z / size);
    centre = scale * (share + z * z / (2 * size));
    half = scale * z * lstmfc_sqrt(share * (1 - share) / size + z * z / (4 * size * size));
    *low = hits == 0 ? 0 : centre - half;               /* exact there; the formula would leave a rounding */
    *high = hits == n ? 1 : centre + half;
}

/* -- errors ------------------------------------------------------------------------------------------------------- */

/* 1 when the pair counts: neither is NaN. */
LSTMFC__PRIVATE int lstmfc__both(double a, double b) { return !lstmfc_is_nan(a) && !lstmfc_is_nan(b); }

/* truth, forecast [n]. Two passes, as sums of squares around a mean taken first lose no digits; sum(x^2) - n mean^2 on prices of
   60,000 loses ten. */
LSTMFC__DEF void lstmfc_errors_of(size_t n, const double *truth, const double *forecast, lstmfc_errors *out)
{
    double count = 0, sum_truth = 0, sum_forecast = 0, square = 0, absolute = 0, sum = 0, share = 0, shares = 0;
    double var_truth = 0, var_forecast = 0, both = 0;
    size_t i;
    for (i = 0; i < n; i++) {
        double e = forecast[i] - truth[i], size = e < 0 ? -e : e;
        if (!lstmfc__both(truth[i], forecast[i])) continue;
        count++;
        sum_truth += truth[i];
        sum_forecast += forecast[i];
        sum += e;
        square += e * e;
        absolute += size;
        if (truth[i] < 0 || truth[i] > 0) { share += size / (truth[i] < 0 ? -truth[i] : truth[i]); shares++; }
    }
    for (i = 0; i < n; i++) {
        double a = truth[i] - sum_truth / count, b = forecast[i] - sum_forecast / count;
        if (!lstmfc__both(truth[i], forecast[i])) continue;
        var_truth += a * a;
        var_forecast += b * b;
        both += a * b;
    }
    /* without pairs every 0 / 0 is NaN; a constant truth has no r2, a constant on either side no correlation */
    out->count = count;
    out->mse = count > 0 ? square / count : lstmfc_nan();
    out->rmse = count > 0 ? lstmfc_sqrt(out->mse) : lstmfc_nan();
    out->mae = count > 0 ? absolute / count : lstmfc_nan();
    out->mape = shares > 0 ? share / shares : lstmfc_nan();
    out->bias = count > 0 ? sum / count : lstmfc_nan();
    out->r2 = var_truth > 0 ? 1 - square / var_truth : lstmfc_nan();
    out->correlation = var_truth > 0 && var_forecast > 0 ? both / (lstmfc_sqrt(var_truth) * lstmfc_sqrt(var_forecast)) : lstmfc_nan();
}

/* mean |e| / mean |y_t - y_{t-season}| of the TRAINING part. Dividing by the test part's own moves is another number (relative
   MAE) and lets a quiet test period make a model look bad. */
LSTMFC__DEF double lstmfc_mase(size_t n, const double *truth, const double *forecast, size_t train_count, const double *train, size_t season)
{
    lstmfc_errors errors, naive;
    if (!season) season = 1;
    if (train_count <= season) return lstmfc_nan();
    lstmfc_errors_of(n, truth, forecast, &errors);
    lstmfc_errors_of(train_count - season, train + season, train, &naive);      /* the forecast of train[t] is train[t-season] */
    return naive.mae > 0 ? errors.mae / naive.mae : lstmfc_nan();
}

/* sqrt(sum ((forecast - truth) / previous)^2 / sum ((truth - previous) / previous)^2): the relative error over that of "no
   change". */
LSTMFC__DEF double lstmfc_theil_u2(size_t n, const double *previous, const double *truth, const double *forecast)
{
    double ours = 0, naive = 0;
    size_t i;
    for (i = 0; i < n; i++) {
        double e = (forecast[i] - truth[i]) / previous[i], move = (truth[i] - previous[i]) / previous[i];
        if (!lstmfc_is_finite(e) || !lstmfc_is_finite(move)) continue;
        ours += e * e;
        naive += move * move;
    }
    return naive > 0 ? lstmfc_sqrt(ours / naive) : lstmfc_nan();
}

/* -ln of the probability given to what happened. A certain forecast that is wrong would cost infinitely much; the clip makes it
   34.5, bad enough. */
LSTMFC__DEF double lstmfc_log_loss(double probability, double label)
{
    double p = probability < 1e-15 ? 1e-15 : probability > 1 - 1e-15 ? 1 - 1e-15 : probability;
    if (!lstmfc__both(probability, label)) return lstmfc_nan();
    return label > 0.5 ? -lstmfc_log(p) : -lstmfc_log1p(-p);
}

/* a - ln a - 1, a = realized^2 / forecast^2: zero exactly when the forecast is right, and steeper for too low than for too high.
   True volatility is never seen, only a noisy realized one; of the usual losses only this one and the squared error of variances
   still rank forecasts as the unseen truth would (Patton, J. Econometrics 160, 2011), and this one is not ruled by a few violent
   days. */
LSTMFC__DEF double lstmfc_qlike(double realized, double forecast)
{
    double a = realized / forecast;
    a *= a;
    if (!(forecast > 0) || lstmfc_is_nan(realized)) return lstmfc_nan();
    return a - lstmfc_log(a) - 1;
}

/* -- direction ---------------------------------------------------------------------------------------------------- */

/* probability, label [n]. One pass counts the table
                       went up       went down
     forecast up       tp            fp
     forecast down     fn            tn
   from which accuracy, base rate, MCC = (tp tn - fp fn) / sqrt of the product of the four margins, and Pesaran-Timmermann follow.
   Accuracy alone misleads: "always up" has the base rate, so p0, the better of "always up" and "always down", is the null. The
   binomial tests and Wilson's interval take samples as independent; with overlapping ones use lstmfc_bootstrap_direction. */
LSTMFC__DEF lstmfc_result lstmfc_direction_of(size_t n, const double *probability, const double *label, double cut, double p0,
                                              const lstmfc_env *env, lstmfc_direction *out, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    double count = 0, brier = 0, log_loss = 0, tp = 0, fp = 0, tn = 0, fn = 0, py, px, chance, var_p, var_chance, *scratch;
    size_t i, doubles;
    if (!probability || !label || !out) return lstmfc__fail_null(err, "an array of lstmfc_direction_of");
    if (!lstmfc__mul(n, 2, &doubles)) return lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z samples", n);
    scratch = (double *)lstmfc__alloc(&filled, doubles, sizeof *scratch, err);
    if (!scratch) return LSTMFC_ERROR_MEMORY;
    if (!(cut > 0)) cut = 0.5;
    for (i = 0; i < n; i++) {
        double p = probability[i], y = label[i] > 0.5 ? 1 : 0;
        if (!lstmfc__both(p, label[i])) continue;
        count++;
        brier += (p - y) * (p - y);
        log_loss += lstmfc_log_loss(p, y);
        if (p > cut) { tp += y; fp += 1 - y; } else { fn += y; tn += 1 - y; }
    }
    out->count = count;
    out->up = tp + fn;
    out->true_up = tp; out->false_up = fp; out->true_down = tn; out->false_down = fn;
    /* the counts are doubles, so that 0 / 0 is NaN without samples */
    out->accuracy = (tp + tn) / count;
    out->base_rate = py = out->up / count;
    out->p0 = p0 > 0 ? p0 : py > 0.5 ? py : 1 - py;
    lstmfc_wilson((int64_t)count, (int64_t)(tp + tn), 0.95, &out->accuracy_low, &out->accuracy_high);
    out->p_one_sided = count > 0 ? lstmfc_binomial_upper((int64_t)count, (int64_t)(tp + tn), out->p0) : lstmfc_nan();
    out->p_two_sided = lstmfc_binomial_two_sided((int64_t)count, (int64_t)(tp + tn), out->p0);
    out->auc = lstmfc_auc_delong(n, probability, label, scratch, &out->auc_se);
    out->brier = brier / count;
    out->log_loss = log_loss / count;
    /* MCC: the correlation of the two binary series; NaN when all calls or all moves are of one side */
    chance = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
    out->mcc = chance > 0 ? (tp * tn - fp * fn) / lstmfc_sqrt(chance) : lstmfc_nan();
    /* Pesaran & Timmermann: hits P against P* = the hits of independent calls with the same shares of ups, py among the moves and
       px
       among the calls:  P* = py px + (1-py)(1-px),  S = (P - P*) / sqrt(V(P) - V(P*)) ~ N(0, 1),  V(P) = P* (1-P*) / n,
       V(P*) = ((2py-1)^2 px (1-px) + (2px-1)^2 py (1-py) + 4 py px (1-py) (1-px) / n) / n. Undefined when all calls are the
       same. */
    px = (tp + fp) / count;
    chance = py * px + (1 - py) * (1 - px);
    var_p = chance * (1 - chance) / count;
    var_chance = ((2 * py - 1) * (2 * py - 1) * px * (1 - px) + (2 * px - 1) * (2 * px - 1) * py * (1 - py)
               + 4 * py * px * (1 - py) * (1 - px) / count) / count;
    out->pt = lstmfc_nan();
    if (px > 0 && px < 1 && py > 0 && py < 1 && var_p > var_chance) out->pt = (out->accuracy - chance) / lstmfc_sqrt(var_p - var_chance);
    out->pt_p = lstmfc_is_nan(out->pt) ? out->pt : lstmfc_normal_cdf(-out->pt);
    lstmfc__free(&filled, scratch, doubles, sizeof *scratch);
    return LSTMFC_OK;
}

/* Of the samples that were given a probability of about 0.6, did 60 % go up? out [bins]: per bin the mean probability and the share
   of ups, which lie on the diagonal when the forecaster is calibrated; Wilson's interval says how far off chance alone may put
   it. */
LSTMFC__DEF void lstmfc_reliability(size_t n, const double *probability, const double *label, size_t bins, lstmfc_bin *out)
{
    size_t i, b;
    for (b = 0; b < bins; b++) {
        memset(&out[b], 0, sizeof out[b]);
        out[b].low = (double)b / (double)bins;
        out[b].high = (double)(b + 1) / (double)bins;
    }
    for (i = 0; bins && i < n; i++) {
        double p = probability[i];
        if (!lstmfc__both(p, label[i]) || p < 0 || p > 1) continue;
        b = (size_t)(p * (double)bins);
        if (b == bins) b--;                             /* p = 1 belongs to the last bin */
        out[b].count++;
        out[b].probability += p;
        if (label[i] > 0.5) out[b].up++;
    }
    for (b = 0; b < bins; b++) {
        lstmfc_wilson((int64_t)out[b].count, (int64_t)out[b].up, 0.95, &out[b].up_low, &out[b].up_high);
        out[b].probability /= out[b].count;             /* NaN in an empty bin */
        out[b].up /= out[b].count;
    }
}

/* -- comparison --------------------------------------------------------------------------------------------------- */

/* gamma_lag = sum of (d_t - mean)(d_{t-lag} - mean) over the pairs present, d = a - b (b NULL: a), divided by the count of all d
   and not of the pairs: a missing value then counts as a deviation of 0, and sums with Bartlett weights cannot turn negative. */
LSTMFC__PRIVATE double lstmfc__autocovariance(size_t n, const double *a, const double *b, double mean, double count, size_t lag)
{
    double sum = 0;
    size_t t;
    for (t = lag; t < n; t++) {
        double now = a[t] - (b ? b[t] : 0) - mean, then = a[t - lag] - (b ? b[t - lag] : 0) - mean;
        if (lstmfc__both(now, then)) sum += now * then;
    }
    return sum / count;
}

/* Mean of what is not NaN; *count: how many. */
LSTMFC__PRIVATE double lstmfc__mean(size_t n, const double *x, double *count)
{
    double sum = 0;
    size_t t;
    *count = 0;
    for (t = 0; t < n; t++) if (!lstmfc_is_nan(x[t])) { sum += x[t]; (*count)++; }
    return sum / *count;
}

LSTMFC__DEF double lstmfc_autocorrelation(size_t n, const double *x, size_t lag)
{
    double count, mean = lstmfc__mean(n, x, &count);
    return lstmfc__autocovariance(n, x, NULL, mean, count, lag) / lstmfc__autocovariance(n, x, NULL, mean, count, 0);
}

/* Var(mean) = (gamma_0 + 2 sum_{k<=L} (1 - k/(L+1)) gamma_k) / n. Values that move together carry less news than n of them would:
   with an AR(1) of 0.9 the mean of 1,900 values is no better known than that of 100 independent ones. */
LSTMFC__DEF double lstmfc_newey_west(size_t n, const double *x, size_t lags)
{
    double count, mean = lstmfc__mean(n, x, &count), variance = lstmfc__autocovariance(n, x, NULL, mean, count, 0);
    size_t k;
    for (k = 1; k <= lags && k < n; k++)
        variance += 2 * (1 - (double)k / (double)(lags + 1)) * lstmfc__autocovariance(n, x, NULL, mean, count, k);
    return variance / count;
}

/* loss_model, loss_baseline [n], d_t = loss_baseline - loss_model. Diebold-Mariano:
     DM = mean(d) / sqrt(V),  V = (gamma_0 + 2 sum_{k<h} gamma_k) / n
   Errors of optimal h-step forecasts are an MA(h-1), so no more lags are needed. The plain sum may turn negative; Bartlett weights
   1 - k/h cannot. Harvey, Leybourne & Newbold correct the size in small samples:
     statistic = DM sqrt((n + 1 - 2h + h (h-1) / n) / n),  p = P(T_{n-1} > statistic)
   One-sided, because the question is "better?" and not "different?". A skill without this p is an anecdote. */
LSTMFC__DEF void lstmfc_compare(size_t n, const double *loss_model, const double *loss_baseline, int32_t horizon, lstmfc_comparison *out)
{
    double sum_model = 0, sum_baseline = 0, count = 0, mean, gamma0, plain, bartlett, variance, factor, h = horizon > 1 ? horizon : 1;
    size_t i, k;
    for (i = 0; i < n; i++) {
        if (!lstmfc__both(loss_model[i], loss_baseline[i])) continue;
        count++;
        sum_model += loss_model[i];
        sum_baseline += loss_baseline[i];
    }
    out->count = count;
    out->loss_model = sum_model / count;
    out->loss_baseline = sum_baseline / count;
    out->skill = 1 - sum_model / sum_baseline;
    out->statistic = out->p = lstmfc_nan();
    out->bartlett = out->better = 0;
    /* too few pairs for the horizon: the correction would be 0 or less, and nothing can be tested */
    factor = (count + 1 - 2 * h + h * (h - 1) / count) / count;
    if (count < 2 || h >= count || !(factor > 0)) return;
    mean = (sum_baseline - sum_model) / count;
    gamma0 = plain = bartlett = lstmfc__autocovariance(n, loss_baseline, loss_model, mean, count, 0);
    for (k = 1; k < (size_t)h; k++) {
        double gamma = lstmfc__autocovariance(n, loss_baseline, loss_model, mean, count, k);
        plain += 2 * gamma;
        bartlett += 2 * (1 - (double)k / h) * gamma;
    }
    if (!lstmfc_is_finite(gamma0) || !lstmfc_is_finite(mean)) return;           /* an infinite loss proves nothing */
    out->bartlett = plain > 0 ? 0 : 1;
    variance = (plain > 0 ? plain : bartlett) / count;  /* of the mean of d */
    if (!(gamma0 > 0) && !(mean < 0 || mean > 0)) return;       /* equal losses everywhere: nothing to test */
    if (!(variance > 0)) { out->bartlett = 0; out->statistic = mean > 0 ? lstmfc__infinity() : -lstmfc__infinity(); }
    else out->statistic = mean / lstmfc_sqrt(variance) * lstmfc_sqrt(factor);
    out->p = lstmfc_student_cdf(-out->statistic, count - 1);
    out->better = out->skill > 0 && out->p < 0.05 ? 1 : 0;
}

/* -- bootstrap ---------------------------------------------------------------------------------------------------- */

/* How certain is a figure for which no formula exists? Draw samples of the same size from the sample itself and look how the figure
   scatters. Drawing single rows would destroy the dependence in time that makes the scatter large, so whole blocks are drawn.
   Lengths are random (geometric with mean `block`) and the series is closed to a ring, which makes each resample stationary:
   every row is equally likely at every place. A block must outlast the dependence: for h-step forecasts at least h.

   The interval is the percentile one: quantiles of the resampled figures themselves, no normality assumed. */

/* rows [n]: the row numbers of one resample. */
LSTMFC__DEF void lstmfc_bootstrap_draw(lstmfc_rng *rng, size_t n, double block, size_t *rows)
{
    double jump = block > 1 ? 1 / block : 1;            /* each row starts a new block with this probability */
    size_t i, row = 0;
    for (i = 0; i < n; i++) {
        row = i == 0 || lstmfc_rng_uniform(rng) < jump ? (size_t)lstmfc_rng_below(rng, n) : row + 1 == n ? 0 : row + 1;
        rows[i] = row;
    }
}

/* n^(1/3), the order at which the variance of a mean is best estimated (Hall, Horowitz & Jing 1995). */
LSTMFC__PRIVATE double lstmfc__cube_root(size_t n) { return n ? lstmfc_exp(lstmfc_log((double)n) / 3) : 0; }

/* From the estimates of all resamples (sorted here; NaN ones left out) to their spread. */
LSTMFC__PRIVATE void lstmfc__bootstrap_finish(size_t count, double *estimates, double mean, double level, lstmfc_bootstrap *out)
{
    lstmfc_moments moments = {0, 0, 0};
    size_t i, used = 0;
    for (i = 0; i < count; i++) {
        if (lstmfc_is_nan(estimates[i])) continue;
        lstmfc_moments_add(&moments, estimates[i]);
        estimates[used++] = estimates[i];
    }
    lstmfc_sort(used, estimates);
    out->mean = mean;
    out->se = lstmfc_sqrt(lstmfc_moments_variance(&moments, 1));
    out->low = lstmfc_quantile_sorted(used, estimates, 0.5 - 0.5 * level);
    out->high = lstmfc_quantile_sorted(used, estimates, 0.5 + 0.5 * level);
}

/* Checks what both bootstraps are asked for and puts the defaults in. */
LSTMFC__PRIVATE lstmfc_result lstmfc__bootstrap_check(size_t n, double *block, int32_t *resamples, double level, lstmfc_error *err)
{
    if (n < 2) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "a bootstrap needs at least 2 values, not %z", n);
    if (*resamples == 0) *resamples = 1000;
    if (*resamples < 2) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "a bootstrap needs at least 2 resamples, not %d", *resamples);
    if (!(level > 0 && level < 1)) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "the level of an interval lies between 0 and 1");
    if (!(*block > 0)) *block = lstmfc__cube_root(n);
    return LSTMFC_OK;
}

LSTMFC__DEF lstmfc_result lstmfc_bootstrap_mean(size_t n, const double *x, double block, int32_t resamples, double level, uint64_t seed,
                                                const lstmfc_env *env, lstmfc_bootstrap *out, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_result result;
    lstmfc_rng rng;
    double sum = 0, *estimates;
    size_t i, *rows;
    int32_t b;
    if (!x || !out) return lstmfc__fail_null(err, "an array of lstmfc_bootstrap_mean");
    result = lstmfc__bootstrap_check(n, &block, &resamples, level, err);
    if (result < 0) return result;
    for (i = 0; i < n; i++) {
        if (!lstmfc_is_finite(x[i])) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "value %z of the bootstrap is not finite", i);
        sum += x[i];
    }
    rows = (size_t *)lstmfc__alloc(&filled, n, sizeof *rows, err);
    estimates = rows ? (double *)lstmfc__alloc(&filled, (size_t)resamples, sizeof *estimates, err) : NULL;
    if (!estimates) { lstmfc__free(&filled, rows, n, sizeof *rows); return LSTMFC_ERROR_MEMORY; }
    lstmfc_rng_seed(&rng, seed);
    for (b = 0; b < resamples; b++) {                   /* one generator for all: the seed fixes every resample */
        double total = 0;
        lstmfc_bootstrap_draw(&rng, n, block, rows);
        for (i = 0; i < n; i++) total += x[rows[i]];
        estimates[b] = total / (double)n;
    }
    lstmfc__bootstrap_finish((size_t)resamples, estimates, sum / (double)n, level, out);
    lstmfc__free(&filled, estimates, (size_t)resamples, sizeof *estimates);
    lstmfc__free(&filled, rows, n, sizeof *rows);
    return LSTMFC_OK;
}

/* probability, label [n]. Sorting each resample for its AUC would cost n log n a thousand times. One sort serves them all: records
   (score, label, sample) in order of score, and for each resample a count of how often it drew each sample; the sums of
   lstmfc__auc_pairs are then taken with these counts as weights. estimates [2 resamples]: accuracies, then AUCs. */
LSTMFC__DEF lstmfc_result lstmfc_bootstrap_direction(size_t n, const double *probability, const double *label, double cut, double block,
                                                     int32_t resamples, double level, uint64_t seed, const lstmfc_env *env,
                                                     lstmfc_bootstrap *accuracy, lstmfc_bootstrap *auc, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_result result = LSTMFC_ERROR_MEMORY;
    lstmfc_rng rng;
    double *records = NULL, *estimates = NULL, *counts = NULL;
    size_t *rows = NULL, i, j, used = 0, triples, twice;
    int32_t b, bs = resamples;
    if (!probability || !label) return lstmfc__fail_null(err, "an array of lstmfc_bootstrap_direction");
    for (i = 0; i < n; i++) if (lstmfc__both(probability[i], label[i])) used++;
    result = lstmfc__bootstrap_check(used, &block, &bs, level, err);
    if (result < 0) return result;
    if (!(cut > 0)) cut = 0.5;
    if (!lstmfc__mul(used, 3, &triples) || !lstmfc__mul((size_t)bs, 2, &twice))
        return lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z samples", n);
    result = LSTMFC_ERROR_MEMORY;
    records = (double *)lstmfc__alloc(&filled, triples, sizeof *records, err);
    if (records) estimates = (double *)lstmfc__alloc(&filled, twice, sizeof *estimates, err);
    if (estimates) counts = (double *)lstmfc__alloc(&filled, used, sizeof *counts, err);
    if (counts) rows = (size_t *)lstmfc__alloc(&filled, used, sizeof *rows, err);
    if (rows) {
        for (i = 0, used = 0; i < n; i++) {
            if (!lstmfc__both(probability[i], label[i])) continue;
            records[3 * used] = probability[i];
            records[3 * used + 1] = label[i] > 0.5 ? 1 : 0;
            records[3 * used + 2] = (double)used;
            used++;
        }
        lstmfc__sort_records(used, 3, records);
        lstmfc_rng_seed(&rng, seed);
        for (b = -1; b < bs; b++) {                     /* -1: the sample itself */
            double hits = 0, wins = 0, ups = 0, downs = 0;
            if (b < 0) for (i = 0; i < used; i++) counts[i] = 1;
            else {
                memset(counts, 0, used * sizeof *counts);
                lstmfc_bootstrap_draw(&rng, used, block, rows);
                for (i = 0; i < used; i++) counts[rows[i]]++;
            }
            for (i = 0; i < used; i = j) {              /* groups of equal scores, as in lstmfc__auc_pairs */
                double here_up = 0, here_down = 0;
                for (j = i; j < used && records[3 * j] == records[3 * i]; j++) {
                    double weight = counts[(size_t)records[3 * j + 2]], y = records[3 * j + 1];
                    here_up += weight * y;
                    here_down += weight * (1 - y);
                }
                hits += records[3 * i] > cut ? here_up : here_down;
                wins += here_up * (downs + 0.5 * here_down);
                ups += here_up;
                downs += here_down;
            }
            hits /= (double)used;                       /* a resample of one class has no AUC and is left out of its interval */
            wins = ups > 0 && downs > 0 ? wins / (ups * downs) : lstmfc_nan();
            if (b < 0) { if (accuracy) accuracy->mean = hits; if (auc) auc->mean = wins; }
            else { estimates[b] = hits; estimates[bs + b] = wins; }
        }
        if (accuracy) lstmfc__bootstrap_finish((size_t)bs, estimates, accuracy->mean, level, accuracy);
        if (auc) lstmfc__bootstrap_finish((size_t)bs, estimates + bs, auc->mean, level, auc);
        result = LSTMFC_OK;
    }
    lstmfc__free(&filled, rows, used, sizeof *rows);
    lstmfc__free(&filled, counts, used, sizeof *counts);
    lstmfc__free(&filled, estimates, twice, sizeof *estimates);
    lstmfc__free(&filled, records, triples, sizeof *records);
    return result;
}

/* -- intervals ---------------------------------------------------------------------------------------------------- */

/* Split conformal: if the next score is exchangeable with the n past ones it is equally likely to fall into each of the n+1 gaps
   between them, so it stays at or below the ceil((n+1) level)-th smallest with probability at least `level` - whatever the model
   and the distribution. With 9 scores and level 0.9 that is the largest; with 8 there is no such score and the honest bound is
   infinite. Time breaks exchangeability: take the latest scores, and scale them by the current volatility. scores [n], sorted in
   place. */
LSTMFC__DEF double lstmfc_conformal_quantile(size_t n, double *scores, double level)
{
    double index = ceil((double)(n + 1) * level - 1e-9);        /* the product of 10 and 0.9 must not become 10 */
    size_t i;
    if (!(level > 0 && level < 1)) return lstmfc_nan();
    for (i = 0; i < n; i++) if (lstmfc_is_nan(scores[i])) return scores[i];
    if (index > (double)n) return lstmfc__infinity();
    lstmfc_sort(n, scores);
    return scores[index > 1 ? (size_t)index - 1 : 0];
}

/* Winkler's score: the width, plus 2/alpha times the distance by which a truth falls outside. Coverage and width can each be had
   for nothing (infinite or empty intervals); the score is smallest in expectation for the true quantiles and judges both at once.
   All arrays [n] (Winkler, JASA 67, 1972; Gneiting & Raftery, JASA 102, 2007). */
LSTMFC__DEF void lstmfc_interval_score_of(size_t n, const double *truth, const double *lower, const double *upper, double level,
                                          lstmfc_interval_score *out)
{
    double alpha = 1 - level;
    size_t i;
    memset(out, 0, sizeof *out);
    for (i = 0; i < n; i++) {
        double y = truth[i], width = upper[i] - lower[i];
        if (lstmfc_is_nan(y) || lstmfc_is_nan(width)) continue;
        out->count++;
        out->width += width;
        out->winkler += width + (y < lower[i] ? 2 / alpha * (lower[i] - y) : y > upper[i] ? 2 / alpha * (y - upper[i]) : 0);
        if (y >= lower[i] && y <= upper[i]) out->coverage++;
    }
    out->width /= out->count;                           /* NaN without samples */
    out->winkler /= out->count;
    out->coverage /= out->count;
}

/* -- linear baselines --------------------------------------------------------------------------------------------- */

/* Both are Newton steps on (1/n) sum loss(z_i, y_i) + penalty |w|^2, z = b + x.w, over the augmented vector (x, 1):
     ridge      loss (z - y)^2            gradient (z - y) x      curvature x x'              (both halved, so the penalty adds
     logistic   ln(1 + e^z) - y z         gradient (s(z) - y) x   curvature s (1 - s) x x'     1 and 2 times penalty)
   Ridge is quadratic: one step from zero is exact, and its curvature serves every penalty. Logistic repeats (iteratively
   reweighted least squares), halving a step that does not help. Windows overlap, so a sample is a pointer into the rows, never
   a copy of the set. Hoerl & Kennard, Technometrics 12 (1970); McCullagh & Nelder, "Generalized linear models" (1989). */

/* a [n][n] lower triangle -> its Cholesky factor L, a = L L', in place; 0 when a is not positive definite:
     L_ij = (a_ij - sum_{k<j} L_ik L_jk) / L_jj,   L_ii = sqrt(a_ii - sum_{k<i} L_ik^2)
   Half the work of elimination, no pivoting needed, and the failing root is itself the test for collinear inputs. */
LSTMFC__PRIVATE int lstmfc__cholesky(size_t n, double *a)
{
    size_t i, j, k;
    for (i = 0; i < n; i++) {
        for (j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
            if (i != j) a[i * n + j] = sum / a[j * n + j];
            else if (!(sum > 0)) return 0;
            else a[i * n + i] = lstmfc_sqrt(sum);
        }
    }
    return 1;
}

/* L L' x = b: forward through L, then backward through L'. x [n]: right side in, solution out. */
LSTMFC__PRIVATE void lstmfc__cholesky_solve(size_t n, const double *factor, double *x)
{
    size_t i, k;
    for (i = 0; i < n; i++) {
        for (k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k];
        x[i] /= factor[i * n + i];
    }
    for (i = n; i-- > 0; ) {
        for (k = i + 1; k < n; k++) x[i] -= factor[k * n + i] * x[k];
        x[i] /= factor[i * n + i];
    }
}

/* The first row of sample `index`, or NULL when its `window` rows do not all exist. */
LSTMFC__PRIVATE const lstmfc_real *lstmfc__linear_rows(const lstmfc_batch *batch, size_t window, size_t index)
{
    int64_t first = batch->first_row ? batch->first_row[index] : (int64_t)index;
    if (first < 0 || (uint64_t)first > batch->row_count || window > batch->row_count - (size_t)first) return NULL;
    return batch->rows + (size_t)first * batch->row_stride;
}

/* Sample `index` as (x, 1) in out [count + 1]; 0 when its window does not lie in the rows. */
LSTMFC__PRIVATE int lstmfc__linear_gather(size_t inputs, const lstmfc_batch *batch, size_t index, double *out)
{
    const lstmfc_real *from = lstmfc__linear_rows(batch, batch->window, index);
    size_t row, column;
    if (!from) return 0;
    for (row = 0; row < batch->window; row++, from += batch->row_stride) {
        for (column = 0; column < inputs; column++) *out++ = (double)from[column];
    }
    *out = 1;
    return 1;
}

LSTMFC__PRIVATE double lstmfc__linear_score(size_t count, const double *weights, const double *x)   /* x augmented, weights too */
{
    double z = 0;
    size_t k;
    for (k = 0; k <= count; k++) z += weights[k] * x[k];
    return z;
}

/* Mean loss, penalty left out; infinite when a number is not finite. */
LSTMFC__PRIVATE double lstmfc__linear_loss(int32_t kind, size_t inputs, size_t count, const lstmfc_batch *batch, const double *weights,
                                           double *x)
{
    double sum = 0;
    size_t i;
    for (i = 0; i < batch->count; i++) {
        double y = (double)batch->targets[i], z;
        lstmfc__linear_gather(inputs, batch, i, x);
        z = lstmfc__linear_score(count, weights, x);
        if (kind == LSTMFC_RIDGE) sum += (z - y) * (z - y);
        else sum += (z > 0 ? z : 0) + lstmfc_log1p(lstmfc_exp(z > 0 ? -z : z)) - y * z;     /* ln(1 + e^z) - y z without overflow */
    }
    sum /= (double)batch->count;
    return lstmfc_is_finite(sum) ? sum : lstmfc__infinity();
}

/* The curvature is d^2 numbers: adding one sample at a time, the loop waits for loads and stores of the matrix. Four samples in one
   pass share each load. Those missing at the end are zeros, which add nothing. */
#define LSTMFC__LINEAR_BLOCK 4

/* gradient [d] and the lower triangle of curvature [d][d], d = count + 1, at weights [d]; x [LSTMFC__LINEAR_BLOCK][d]. */
LSTMFC__PRIVATE void lstmfc__linear_normal(int32_t kind, size_t inputs, size_t count, const lstmfc_batch *batch, const double *weights,
                                           double *gradient, double *curvature, double *x)
{
    size_t d = count + 1, i, j, k, s;
    double scale = 1 / (double)batch->count;
    memset(gradient, 0, d * sizeof *gradient);
    memset(curvature, 0, d * d * sizeof *curvature);
    for (i = 0; i < batch->count; i += LSTMFC__LINEAR_BLOCK) {
        double v[LSTMFC__LINEAR_BLOCK] = {0, 0, 0, 0};
        const double *x0 = x, *x1 = x + d, *x2 = x + 2 * d, *x3 = x + 3 * d;
        for (s = 0; s < LSTMFC__LINEAR_BLOCK; s++) {
            double z, y, residual;
            if (i + s >= batch->count) { memset(x + s * d, 0, d * sizeof *x); continue; }
            lstmfc__linear_gather(inputs, batch, i + s, x + s * d);
            z = lstmfc__linear_score(count, weights, x + s * d);
            y = (double)batch->targets[i + s];
            if (kind == LSTMFC_RIDGE) { residual = z - y; v[s] = scale; }
            else { double p = lstmfc_sigmoid(z); residual = p - y; v[s] = p * (1 - p) * scale; }
            for (j = 0; j < d; j++) gradient[j] += residual * scale * x[s * d + j];
        }
        for (j = 0; j < d; j++) {                       /* curvature += sum_s v_s x_s x_s', lower triangle */
            double a0 = v[0] * x0[j], a1 = v[1] * x1[j], a2 = v[2] * x2[j], a3 = v[3] * x3[j], *row = curvature + j * d;
            for (k = 0; k <= j; k++) row[k] += a0 * x0[k] + a1 * x1[k] + a2 * x2[k] + a3 * x3[k];
        }
    }
}

/* Every number of a part is looked at before any is used: a NaN would spread through the sums and come out as "collinear". */
LSTMFC__PRIVATE lstmfc_result lstmfc__linear_check(int32_t kind, size_t inputs, const lstmfc_batch *batch, const char *which, double *x,
                                                   lstmfc_error *err)
{
    double low = lstmfc__infinity(), high = -low;
    size_t i, k;
    if (batch->count < 2) return lstmfc__fail(err, LSTMFC_ERROR_DATA, "the %s part has %z samples, a baseline needs 2", which, batch->count);
    for (i = 0; i < batch->count; i++) {
        double y = (double)batch->targets[i];
        if (!lstmfc__linear_gather(inputs, batch, i, x))
            return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "sample %z of the %s part does not lie in the %z rows", i, which, batch->row_count);
        for (k = 0; k < inputs * batch->window; k++)
            if (!lstmfc_is_finite(x[k]))
                return lstmfc__fail(err, LSTMFC_ERROR_DATA, "sample %z of the %s part: input %z is not finite", i, which, k);
        if (!lstmfc_is_finite(y))
            return lstmfc__fail(err, LSTMFC_ERROR_DATA, "sample %z of the %s part: the target is not finite", i, which);
        if (kind == LSTMFC_LOGISTIC && (y < 0 || y > 1 || (y > 0 && y < 1)))
            return lstmfc__fail(err, LSTMFC_ERROR_DATA, "sample %z of the %s part: a logistic target is 0 or 1", i, which);
        if (y < low) low = y;
        if (y > high) high = y;
    }
    if (kind == LSTMFC_LOGISTIC && !strcmp(which, "fit") && !(low < high))
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "all targets of the fit part are %s: nothing to tell apart", low > 0.5 ? "1" : "0");
    return LSTMFC_OK;
}

/* Minimises for one penalty, from the weights given: Newton's step s solves (H + shrink I) s = -(g + shrink w), the intercept not
   shrunk. The weights found for one penalty start the search for the next. 0 when the curvature is not positive definite.
   weights, step, trial, gradient [d]; curvature, factor [d][d]; x [LSTMFC__LINEAR_BLOCK][d]; d = count + 1. */
LSTMFC__PRIVATE int lstmfc__linear_solve(int32_t kind, size_t inputs, size_t count, const lstmfc_batch *fit, double penalty, double *weights,
                                         double *step, double *trial, double *gradient, double *curvature, double *factor, double *x)
{
    size_t d = count + 1, j, k;
    double shrink = kind == LSTMFC_RIDGE ? penalty : 2 * penalty, value = 0;
    int32_t iteration, halving;
    if (kind == LSTMFC_RIDGE) memset(weights, 0, d * sizeof *weights);
    for (iteration = 0; iteration < 100; iteration++) {
        double largest = 0;
        if (kind == LSTMFC_LOGISTIC) {                  /* gradient and curvature change with the weights; ridge's were given */
            lstmfc__linear_normal(kind, inputs, count, fit, weights, gradient, curvature, x);
            value = lstmfc__linear_loss(kind, inputs, count, fit, weights, x);
            for (j = 0; j < count; j++) value += penalty * weights[j] * weights[j];
        }
        for (j = 0; j < d; j++) {
            for (k = 0; k <= j; k++) factor[j * d + k] = curvature[j * d + k];
            if (j < count) factor[j * d + j] += shrink;
            step[j] = -gradient[j] - (j < count ? shrink * weights[j] : 0);
        }
        if (!lstmfc__cholesky(d, factor)) return 0;
        lstmfc__cholesky_solve(d, factor, step);
        if (kind == LSTMFC_RIDGE) { memcpy(weights, step, d * sizeof *weights); return 1; }
        /* far from the minimum a full Newton step may overshoot: half of it, a quarter, ... until the loss does not rise */
        for (halving = 0; halving < 40; halving++) {
            double now;
            for (j = 0; j < d; j++) trial[j] = weights[j] + step[j];
            now = lstmfc__linear_loss(kind, inputs, count, fit, trial, x);
            for (j = 0; j < count; j++) now += penalty * trial[j] * trial[j];
            if (now <= value) break;
            for (j = 0; j < d; j++) step[j] *= 0.5;
        }
        if (halving == 40) return 1;                    /* no step helps any more: the minimum, to rounding */
        memcpy(weights, trial, d * sizeof *weights);
        for (j = 0; j < d; j++) {
            double size = step[j] < 0 ? -step[j] : step[j];
            if (size > largest) largest = size;
        }
        if (largest < 1e-9) return 1;
    }
    return 1;
}

/* Checks, one block of working memory, then a fit for each penalty from strong to weak; the validation loss chooses. The candidates
   never see validation targets: choosing 1 of 9 on them is a mild use, and the test part stays untouched. */
LSTMFC__DEF lstmfc_linear *lstmfc_linear_fit(int32_t kind, size_t inputs, const lstmfc_batch *fit, const lstmfc_batch *validation,
                                             double penalty, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_linear *linear;
    static const double penalties[] = {1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};    /* a tie keeps the stronger: simpler */
    double *work, *weights, *step, *trial, *gradient, *x, *curvature, *factor;
    size_t count = 0, d = 0, doubles = 0, squares = 0, i;
    int32_t found = 0;
    if (!fit || !fit->rows || !fit->targets) { lstmfc__fail_null(err, "the fit part of a linear baseline"); return NULL; }
    if (kind != LSTMFC_RIDGE && kind != LSTMFC_LOGISTIC) {
        lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "kind of the linear baseline is %d, expected LSTMFC_RIDGE or LSTMFC_LOGISTIC", kind);
        return NULL;
    }
    if (!inputs || !fit->window || inputs > fit->row_stride
        || (validation && (validation->window != fit->window || inputs > validation->row_stride))) {
        lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "a linear baseline over %z inputs, window %z, row stride %z", inputs, fit->window,
                     fit->row_stride);
        return NULL;
    }
    if (!(penalty > 0) && !validation) {
        lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "a linear baseline needs a penalty above 0 or a validation part to choose one");
        return NULL;
    }
    /* two matrices of d x d, and vectors of d: weights, step, trial, gradient and 4 samples */
    if (!lstmfc__mul(inputs, fit->window, &count) || count > (size_t)filled.limits.dimension || !lstmfc__mul(count + 1, count + 1, &squares)
        || squares > (size_t)filled.limits.elements || !lstmfc__mul(squares, 2, &doubles) || !lstmfc__add(doubles, (count + 1) * 8, &doubles)) {
        lstmfc__fail(err, LSTMFC_ERROR_LIMIT, "a linear baseline over %z inputs x %z rows is larger than limits allow", inputs, fit->window);
        return NULL;
    }
    d = count + 1;
    linear = (lstmfc_linear *)lstmfc__alloc(&filled, 1, sizeof *linear, err);
    if (!linear) return NULL;
    linear->env = filled;
    linear->kind = kind;
    linear->inputs = inputs;
    linear->window = fit->window;
    linear->count = count;
    linear->weights = (double *)lstmfc__alloc(&filled, count, sizeof *linear->weights, err);
    work = linear->weights ? (double *)lstmfc__alloc(&filled, doubles, sizeof *work, err) : NULL;
    if (!work) { lstmfc_linear_free(linear); return NULL; }
    weights = work; step = weights + d; trial = step + d; gradient = trial + d;
    x = gradient + d;                                   /* LSTMFC__LINEAR_BLOCK samples */
    curvature = x + LSTMFC__LINEAR_BLOCK * d; factor = curvature + squares;
    if (lstmfc__linear_check(kind, inputs, fit, "fit", x, err) == LSTMFC_OK
        && (!validation || lstmfc__linear_check(kind, inputs, validation, "validation", x, err) == LSTMFC_OK)) {
        if (kind == LSTMFC_RIDGE) lstmfc__linear_normal(kind, inputs, count, fit, weights, gradient, curvature, x);
        for (i = 0; i < LSTMFC__COUNT(penalties); i++) {
            double candidate = penalty > 0 ? penalty : penalties[i], loss;
            if (lstmfc__linear_solve(kind, inputs, count, fit, candidate, weights, step, trial, gradient, curvature, factor, x)) {
                loss = validation ? lstmfc__linear_loss(kind, inputs, count, validation, weights, x) : lstmfc_nan();
                if (!found || loss < linear->val_loss) {
                    memcpy(linear->weights, weights, count * sizeof *weights);
                    linear->intercept = weights[count];
                    linear->penalty = candidate;
                    linear->val_loss = loss;
                    linear->fit_loss = lstmfc__linear_loss(kind, inputs, count, fit, weights, x);
                    found = 1;
                }
            }
            if (penalty > 0) break;
        }
        if (!found) lstmfc__fail(err, LSTMFC_ERROR_DATA, "the inputs of the linear baseline are collinear or out of scale: scale them first");
    }
    lstmfc__free(&filled, work, doubles, sizeof *work);
    if (!found) { lstmfc_linear_free(linear); return NULL; }
    return linear;
}

LSTMFC__DEF void lstmfc_linear_free(lstmfc_linear *linear)
{
    lstmfc_env env;
    if (!linear) return;
    env = linear->env;
    lstmfc__free(&env, linear->weights, linear->count, sizeof *linear->weights);
    lstmfc__free(&env, linear, 1, sizeof *linear);
}

LSTMFC__DEF void lstmfc_linear_predict(const lstmfc_linear *linear, const lstmfc_batch *batch, double *out)
{
    size_t i, row, column;
    for (i = 0; i < batch->count; i++) {
        const lstmfc_real *from = lstmfc__linear_rows(batch, linear->window, i);
        const double *w = linear->weights;
        double z = linear->intercept;
        out[i] = lstmfc_nan();
        if (!from) continue;
        for (row = 0; row < linear->window; row++, from += batch->row_stride)
            for (column = 0; column < linear->inputs; column++) z += *w++ * (double)from[column];
        out[i] = linear->kind == LSTMFC_LOGISTIC ? lstmfc_sigmoid(z) : z;
    }
}

/* -- volatility baselines ------------------------------------------------------------------------------------------ */

/* Volatility comes in clusters, so the past says much: persistence is a strong forecast and these are stronger.
     EWMA    s2 = 0.94 s2 + 0.06 r^2                                  (RiskMetrics 1996)
     HAR     RV_next = b0 + b1 RV_h + b2 RV_5h + b3 RV_22h           "day, week, month" (Corsi, JFEC 7, 2009)
     GARCH   s2 = omega + alpha r^2 + beta s2, mean reverting         (Bollerslev, J. Econometrics 31, 1986)
   A network that does not beat HAR has learned only what three averages know. */

/* sqrt(mean r^2), no mean taken off: over a few bars the mean return is mostly noise, and subtracting it would hide a steady
   fall. */
LSTMFC__PRIVATE double lstmfc__root_mean_square(const double *returns, size_t first, size_t count)
{
    double sum = 0;
    size_t t;
    for (t = first; t < first + count; t++) sum += returns[t] * returns[t];     /* a NaN stays one */
    return lstmfc_sqrt(sum / (double)count);
}

LSTMFC__DEF void lstmfc_realized(size_t n, const double *returns, int32_t horizon, double *out)
{
    size_t t, h = horizon > 0 ? (size_t)horizon : 1;
    for (t = 0; t < n; t++) out[t] = t + 1 >= h ? lstmfc__root_mean_square(returns, t + 1 - h, h) : lstmfc_nan();
}

LSTMFC__DEF void lstmfc_future_realized(size_t n, const double *returns, int32_t horizon, double *out)
{
    size_t t, h = horizon > 0 ? (size_t)horizon : 1;
    for (t = 0; t < n; t++) out[t] = h <= n - 1 - t ? lstmfc__root_mean_square(returns, t + 1, h) : lstmfc_nan();
}

/* s2_t = decay s2_{t-1} + (1 - decay) r_t^2: weights fall by half every ln(1/2) / ln(decay) bars, 11 for 0.94. Starts at the first
   square. A missing return leaves the state as it is. No parameter is fitted, which is its strength on short series. */
LSTMFC__DEF void lstmfc_ewma_volatility(size_t n, const double *returns, double decay, double *out)
{
    double variance = lstmfc_nan();
    size_t t;
    if (!(decay > 0)) decay = 0.94;
    for (t = 0; t < n; t++) {
        double square = returns[t] * returns[t];
        if (!lstmfc_is_nan(square)) variance = lstmfc_is_nan(variance) ? square : decay * variance + (1 - decay) * square;
        out[t] = lstmfc_sqrt(variance);
    }
}

/* x = (1, RV_h, RV_5h, RV_22h) at bar t from rv[] = RV_h; 0 when a bar is missing. RV of k h bars = root mean square of k of
   RV_h. */
LSTMFC__PRIVATE int lstmfc__har_row(const double *rv, size_t t, size_t h, double x[4])
{
    static const size_t blocks[3] = {1, 5, 22};
    size_t i, k;
    x[0] = 1;
    for (i = 0; i < 3; i++) {
        double sum = 0;
        if (t + 1 < blocks[i] * h) return 0;
        for (k = 0; k < blocks[i]; k++) sum += rv[t - k * h] * rv[t - k * h];
        x[i + 1] = lstmfc_sqrt(sum / (double)blocks[i]);
        if (lstmfc_is_nan(x[i + 1])) return 0;
    }
    return 1;
}

/* returns [n] -> out [n]. Least squares over t in [fit_first, fit_end) by the 4 x 4 normal equations X'X b = X'y, summed as lower
   triangle. The label of t is RV_h at t+h, so the fit reads returns up to fit_end-1+h and not one further: whoever calls keeps
   that before the test part. Forecasts below the smallest RV of the fit part are raised to it: a line may cross zero, a volatility
   may not, and QLIKE would punish a forecast near 0 without bound. */
LSTMFC__DEF lstmfc_result lstmfc_har(size_t n, const double *returns, int32_t horizon, size_t fit_first, size_t fit_end, double *out,
                                     double *coefficients, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    double normal[16], b[4], x[4], lowest = 0, *rv;
    size_t t, i, j, h = horizon > 0 ? (size_t)horizon : 1, used = 0;
    int32_t solved;
    if (!returns || !out) return lstmfc__fail_null(err, "an array of lstmfc_har");
    if (fit_end > n || h > n || fit_end + h > n || fit_first > fit_end)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "HAR fit part %z..%z with horizon %z does not lie in %z bars",
                            fit_first, fit_end, h, n);
    rv = (double *)lstmfc__alloc(&filled, n, sizeof *rv, err);
    if (!rv) return LSTMFC_ERROR_MEMORY;
    lstmfc_realized(n, returns, (int32_t)h, rv);
    memset(normal, 0, sizeof normal);
    memset(b, 0, sizeof b);
    for (t = fit_first; t < fit_end; t++) {
        double y = rv[t + h];                           /* RV of the next h bars is the RV_h at t+h */
        if (lstmfc_is_nan(y) || !lstmfc__har_row(rv, t, h, x)) continue;
        used++;
        if (y > 0 && (y < lowest || !(lowest > 0))) lowest = y;
        for (i = 0; i < 4; i++) {
            b[i] += x[i] * y;
            for (j = 0; j <= i; j++) normal[i * 4 + j] += x[i] * x[j];
        }
    }
    solved = used >= 8 && lstmfc__cholesky(4, normal);
    if (solved) {
        lstmfc__cholesky_solve(4, normal, b);
        for (t = 0; t < n; t++) {
            out[t] = lstmfc_nan();
            if (!lstmfc__har_row(rv, t, h, x)) continue;
            out[t] = b[0] + b[1] * x[1] + b[2] * x[2] + b[3] * x[3];
            if (out[t] < lowest) out[t] = lowest;
        }
        if (coefficients) memcpy(coefficients, b, sizeof b);
    }
    lstmfc__free(&filled, rv, n, sizeof *rv);
    if (!solved) return lstmfc__fail(err, LSTMFC_ERROR_DATA,
                                     "HAR has %z usable samples of which it needs 8 that vary (22 x horizon bars come before the first)", used);
    return LSTMFC_OK;
}

/* Twice the negative log-likelihood of r_t ~ N(0, s2_t) without constants: sum ln s2_t + r_t^2 / s2_t, with omega = target (1 -
   alpha - beta), so that the long-run variance omega / (1 - alpha - beta) is the target for all parameters tried. A missing return
   moves the state as if it had been of the expected size. */
LSTMFC__PRIVATE double lstmfc__garch_loss(const double *returns, size_t first, size_t end, double target, double alpha, double beta)
{
    double variance = target, sum = 0, omega = target * (1 - alpha - beta);
    size_t t;
    for (t = first; t < end; t++) {
        double square = returns[t] * returns[t];
        if (lstmfc_is_nan(square)) square = variance;
        else sum += lstmfc_log(variance) + square / variance;
        variance = omega + alpha * square + beta * variance;
    }
    return lstmfc_is_finite(sum) ? sum : lstmfc__infinity();
}

/* Variance targeting fixes the long-run variance to the sample's (Francq, Horvath & Zakoian 2011), which leaves two numbers:
   persistence alpha + beta and the share of alpha in it, both in (0, 1), searched through their logits by a compass: try a
   step in the eight directions, keep the first that helps, else halve it. Slow beside Newton, but it cannot run away and it
   takes the same path on every machine. */
LSTMFC__DEF lstmfc_result lstmfc_garch(size_t n, const double *returns, int32_t horizon, size_t fit_first, size_t fit_end, double *out,
                                       double *parameters, lstmfc_error *err)
{
    static const double compass[8][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};
    double target = 0, count = 0, x = 3, y = -2, best, step = 1, alpha, beta, persistence, variance, mean, decay = 1;
    double h = horizon > 0 ? horizon : 1;
    size_t t;
    int32_t i;
    if (!returns || !out) return lstmfc__fail_null(err, "an array of lstmfc_garch");
    if (fit_end > n || fit_first > fit_end)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "GARCH fit part %z..%z does not lie in %z bars", fit_first, fit_end, n);
    for (t = fit_first; t < fit_end; t++) if (!lstmfc_is_nan(returns[t])) { target += returns[t] * returns[t]; count++; }
    target /= count;
    if (count < 8 || !(target > 0) || !lstmfc_is_finite(target))
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "GARCH needs 8 finite returns that are not all 0 in bars %z..%z", fit_first, fit_end);
    persistence = lstmfc_sigmoid(x);                    /* starts at 0.95, alpha 0.11: what markets are like */
    alpha = persistence * lstmfc_sigmoid(y);
    best = lstmfc__garch_loss(returns, fit_first, fit_end, target, alpha, persistence - alpha);
    while (step > 1e-5) {                               /* every move lowers the loss, so this ends */
        for (i = 0; i < 8; i++) {
            double p = lstmfc_sigmoid(x + step * compass[i][0]), a = p * lstmfc_sigmoid(y + step * compass[i][1]), loss;
            loss = lstmfc__garch_loss(returns, fit_first, fit_end, target, a, p - a);
            if (loss < best) break;
        }
        if (i == 8) { step *= 0.5; continue; }
        x += step * compass[i][0];
        y += step * compass[i][1];
        persistence = lstmfc_sigmoid(x);
        alpha = persistence * lstmfc_sigmoid(y);
        best = lstmfc__garch_loss(returns, fit_first, fit_end, target, alpha, persistence - alpha);
        if (x > 30 || x < -30 || y > 30 || y < -30) break;      /* a boundary: nothing beyond is told apart */
    }
    beta = persistence - alpha;
    variance = target;
    /* E s2_{t+k} = target + persistence^{k-1} (s2_{t+1} - target), averaged over k = 1..h */
    for (mean = 0, i = 0; i < (int32_t)h; i++) { mean += decay; decay *= persistence; }
    for (t = 0; t < n; t++) {
        double square = returns[t] * returns[t];
        if (lstmfc_is_nan(square)) square = variance;
        variance = target * (1 - persistence) + alpha * square + beta * variance;       /* of bar t+1 */
        out[t] = lstmfc_sqrt(target + mean / h * (variance - target));
    }
    if (parameters) { parameters[0] = target * (1 - persistence); parameters[1] = alpha; parameters[2] = beta; }
    return LSTMFC_OK;
}

/* -- risk --------------------------------------------------------------------------------------------------------- */

/* Sharpe ratio: mean / sd. Its error grows with fat tails and negative skew (Lo, "The statistics of Sharpe ratios", FAJ 58,
   2002; Mertens 2002; Bailey & Lopez de Prado, "The Sharpe ratio efficient frontier", 2012), and a year of bars is rarely enough to
   tell 1 from 0. Time is scaled by the square root only when returns are uncorrelated: lstmfc_sharpe_lo divides by the long-run
   variance instead. Crypto trades on 365.25 days; 252 belongs to exchanges that close. */

/* Count, mean and sum of squared deviations of what is not NaN, in one stable pass (chapter 4). */
LSTMFC__PRIVATE lstmfc_moments lstmfc__moments_of(size_t n, const double *x)
{
    lstmfc_moments moments = {0, 0, 0};
    size_t i;
    for (i = 0; i < n; i++) if (!lstmfc_is_nan(x[i])) lstmfc_moments_add(&moments, x[i]);
    return moments;
}

/* mean / sd (ddof 1) * sqrt(annual). */
LSTMFC__DEF double lstmfc_sharpe(size_t n, const double *returns, double annual)
{
    lstmfc_moments moments = lstmfc__moments_of(n, returns);
    double variance = lstmfc_moments_variance(&moments, 1);
    return variance > 0 ? moments.mean / lstmfc_sqrt(variance) * lstmfc_sqrt(annual) : lstmfc_nan();
}

/* sqrt((1 + SR^2/2 - g3 SR + (g4-3)/4 SR^2) / n) per bar; g3, g4 skewness and kurtosis (normal: 0 and 3). Annualised it is about
   1 / sqrt(years): a Sharpe ratio of 1 over one year is one standard error away from 0. */
LSTMFC__DEF double lstmfc_sharpe_se(size_t n, const double *returns, double annual)
{
    lstmfc_moments moments = lstmfc__moments_of(n, returns);
    double count = (double)moments.count, sharpe = lstmfc_sharpe(n, returns, 1), m2 = moments.m2 / count, m3 = 0, m4 = 0, g3, g4;
    size_t i;
    for (i = 0; i < n; i++) {
        double d = returns[i] - moments.mean;
        if (!lstmfc_is_nan(d)) { m3 += d * d * d; m4 += d * d * d * d; }
    }
    if (lstmfc_is_nan(sharpe)) return sharpe;
    g3 = m3 / count / (m2 * lstmfc_sqrt(m2));
    g4 = m4 / count / (m2 * m2);
    return lstmfc_sqrt((1 + 0.5 * sharpe * sharpe - g3 * sharpe + 0.25 * (g4 - 3) * sharpe * sharpe) / count) * lstmfc_sqrt(annual);
}

/* mean / sqrt(n Var(mean)) * sqrt(annual), Var(mean) by Newey and West: with uncorrelated returns n Var(mean) is the variance and
   nothing changes; returns that trend make it larger and the honest Sharpe ratio smaller. */
LSTMFC__DEF double lstmfc_sharpe_lo(size_t n, const double *returns, double annual, size_t lags)
{
    lstmfc_moments moments = lstmfc__moments_of(n, returns);
    double variance;
    if (!lags) lags = (size_t)lstmfc__cube_root((size_t)moments.count);
    variance = (double)moments.count * lstmfc_newey_west(n, returns, lags);
    return moments.count > 1 && moments.m2 > 0 && variance > 0 ? moments.mean / lstmfc_sqrt(variance) * lstmfc_sqrt(annual) : lstmfc_nan();
}

/* mean / sqrt(mean(min(r, 0)^2)) * sqrt(annual): rises are not risk. The mean under the root is over all n bars; over the losing
   bars alone it would reward losing often. */
LSTMFC__DEF double lstmfc_sortino(size_t n, const double *returns, double annual)
{
    lstmfc_moments moments = lstmfc__moments_of(n, returns);
    double down = 0;
    size_t i;
    for (i = 0; i < n; i++) if (returns[i] < 0) down += returns[i] * returns[i];
    return down > 0 ? moments.mean / lstmfc_sqrt(down / (double)moments.count) * lstmfc_sqrt(annual) : lstmfc_nan();
}

/* ================================================================================================================
   17 training >>training
   ================================================================================================================ */

/* Training is one loop: draw a batch, compute the gradients of its loss, clip, update; after each pass over the samples (an
   epoch) look at the validation loss, keep the best weights, cut the learning rate when nothing improves, stop when nothing
   has improved for long (Prechelt, "Early stopping - but when?", 1998).

   What makes it trustworthy is that nothing hangs on how the loop is driven. The order of the samples is a pure function of
   (seed, epoch), the dropout masks of (seed, epoch, batch, layer, sequence, unit): there is no generator whose state could
   run ahead. So a trainer may be paused after any batch, written to a checkpoint, read into a new process, and it ends with
   the same bits as if nobody had touched it. All that moves is in lstmfc__progress and in the tensors.

   Order of the samples:
     full    a random permutation: each batch looks like the data
     blocks  runs of consecutive windows in random order, cut at a random offset that changes with the epoch. Batch norm wants
             batches that look like the data, so with it a run is at most batch/8 windows; without it, a batch
     none    as given
   The last batch of an epoch is smaller when the count does not divide; the statistics of a very small batch would upset batch
   norm, so with it a last batch below batch/4 joins the one before it.

   End of an epoch, in this order: training loss (sample-weighted mean over the batches, dropout on), validation loss (inference
   mode), best copy and stopping, plateau, loss goal. What is monitored is the validation loss, with the penalty under
   monitor=total.
     patience n      stop after n epochs without improvement; the best weights and statistics come back
     patience none   every epoch is run and the last weights stay
     no validation   there is nothing to choose by: as patience none; the plateau looks at the training loss
   A loss or gradient that is not finite ends the training with the best copy (with the weights of the last whole epoch where
   none is chosen), and an error that names epoch and batch.

   Who owns what: the model, the rows, the targets and the weights of the samples are the caller's and are only borrowed; the
   trainer moves the model's tensors and owns all the rest. A training is started, driven and left like this:

       trainer = lstmfc_trainer_create(model, &train, &validation, &desc, &err);
       while ((result = lstmfc_trainer_step(trainer, 0, &err)) == LSTMFC_OK) {}        0: one epoch per call
       lstmfc_trainer_free(trainer);                                                   the model stays, trained

   The chapter in order: the trainer's memory and checks; order, batch, validation and end of an epoch, which together are the
   loop; checkpoints; the model file. */

/* The table that declared the struct, now as data: what the defaults, the flags, their help and a checkpoint are made from. */
LSTMFC__DEF const lstmfc_field *lstmfc_training_desc_fields(size_t *count)
{
#define LSTMFC__X(kind, name, preset, range, help) \
    {LSTMFC_##kind, offsetof(lstmfc_training_desc, name), #name, preset, range, help},
    static const lstmfc_field fields[] = { LSTMFC_TRAINING_DESC(LSTMFC__X) };
#undef LSTMFC__X
    *count = LSTMFC__COUNT(fields);
    return fields;
}

enum { LSTMFC__SHUFFLE_FULL, LSTMFC__SHUFFLE_BLOCKS, LSTMFC__SHUFFLE_NONE };       /* as in the option table */

/* Where a training stands, tensors apart. A plain struct: a checkpoint replaces it at once.

   What must stand here and what can be made anew decides what a checkpoint holds. A sum that is not finished (loss_sum, norm_sum,
   correct) cannot be made anew without going over the batches again, so it is state; the order of the samples can, so it is not.
   Invariants between two steps: 1 <= epoch <= epochs + 1 (one beyond the last when all are done), epochs_done = epoch - 1,
   best_epoch <= epochs_done, 0 <= batch < batches (= batches only where the validation after them has diverged). */
typedef struct lstmfc__progress {
    int32_t epoch;                  /* under way, from 1 */
    int64_t batch;                  /* batches of it that are done */
    int32_t finished;               /* 0, LSTMFC_DONE or LSTMFC_ERROR_DIVERGED */
    int32_t epochs_done, best_epoch;
    double  lr;                     /* learning rate of this epoch */
    double  loss_sum, norm_sum;     /* over its batches: loss times samples, gradient norm */
    int64_t correct;
    lstmfc_plateau plateau;
    lstmfc_stopping stopping;
} lstmfc__progress;

/* Invariants between two steps: `model` and `optimizer` have made epochs_done * batches + now.batch updates (fewer only after a
   divergence); history[0 .. epochs_done) is final; `best` holds the weights and statistics of best_epoch, or those before
   training while best_epoch is 0; `order` is valid only for epoch `ordered`, and is made again when that is not the epoch under
   way. */
struct lstmfc_trainer {
    lstmfc_env env;
    lstmfc_model *model;            /* the caller's */
    lstmfc_model *best;
    lstmfc_gradients *gradients;
    lstmfc_optimizer *optimizer;
    lstmfc_scratch *scratch;
    lstmfc_training_desc desc;      /* resolved; its loss is never auto */
    lstmfc_loss_desc loss;
    lstmfc_batch train, validation; /* validation.count 0 = none */
    int32_t classify;               /* bce with one output: accuracy and AUC make sense */
    size_t outputs, largest;        /* samples of the largest batch */
    int64_t batches;                /* per epoch */
    size_t block;                   /* windows per run under shuffle=blocks */
    lstmfc__progress now;
    int32_t ordered;                /* the epoch whose order is in `order`; 0 = none */
    void *memory;
    size_t memory_size;
    /* parts of `memory` */
    int64_t *order, *runs;          /* [train.count], [train.count / block + 2] */
    int64_t *batch_rows;            /* [largest], as the next two: the batch gathered */
    lstmfc_real *batch_targets, *batch_weights, *batch_outputs;
    lstmfc_real *weights, *validation_weights;      /* scaled to mean 1, NULL without weights */
    lstmfc_real *scores, *validation_scores;        /* one per sample, NULL unless `classify` */
    double *auc_scratch;
    lstmfc_epoch *history;          /* [epochs] */
};

/* All arrays of a trainer in one block: run once to learn its size, once to place the parts (see chapter 3). What a step needs
   is here before the first step, which is why a step allocates nothing and cannot fail for want of memory in the tenth hour.
   n train samples, v validation samples; a part of no elements is never looked at. */
LSTMFC__PRIVATE void lstmfc__trainer_layout(lstmfc_trainer *t, lstmfc__slab *slab)
{
    size_t n = t->train.count, v = t->validation.count, scored = t->classify ? n : 0, larger = n > v ? n : v;
    t->order = (int64_t *)lstmfc__take(slab, n, sizeof *t->order);
    t->runs = (int64_t *)lstmfc__take(slab, n / t->block + 2, sizeof *t->runs);
    t->batch_rows = (int64_t *)lstmfc__take(slab, t->largest, sizeof *t->batch_rows);
    t->batch_targets = (lstmfc_real *)lstmfc__take(slab, t->largest * t->outputs, sizeof *t->batch_targets);
    t->batch_weights = (lstmfc_real *)lstmfc__take(slab, t->largest, sizeof *t->batch_weights);
    t->batch_outputs = (lstmfc_real *)lstmfc__take(slab, t->largest * t->outputs, sizeof *t->batch_outputs);
    t->weights = (lstmfc_real *)lstmfc__take(slab, t->train.weights ? n : 0, sizeof *t->weights);
    t->validation_weights = (lstmfc_real *)lstmfc__take(slab, t->validation.weights ? v : 0, sizeof *t->validation_weights);
    t->scores = (lstmfc_real *)lstmfc__take(slab, scored, sizeof *t->scores);
    t->validation_scores = (lstmfc_real *)lstmfc__take(slab, t->classify ? v : 0, sizeof *t->validation_scores);
    t->auc_scratch = (double *)lstmfc__take(slab, t->classify ? 2 * larger : 0, sizeof *t->auc_scratch);
    t->history = (lstmfc_epoch *)lstmfc__take(slab, (size_t)t->desc.epochs, sizeof *t->history);
}

/* first_row NULL stands for windows that begin at row 0, 1, 2, ...: the usual case needs no array. The one place that knows. */
LSTMFC__PRIVATE size_t lstmfc__first_row(const lstmfc_batch *batch, size_t sample)
{
    return batch->first_row ? (size_t)batch->first_row[sample] : sample;
}

/* Everything a batch asks of memory that is not ours, before the first read: row numbers inside the matrix, targets and inputs
   finite. One NaN that got in would be in every weight after one step and say nothing of where it came from; here the message
   names the sample and the row.

   Windows overlap: to look at each one's rows would cost T looks per sample. Instead one pass from the last row to the first
   counts how many finite rows stand in a run,

       good[i] = good[i+1] + 1 if row i is finite, else 0            (good[row_count] = 0)

   and a window from row i is clean iff good[i] >= T; else row i + good[i] is the first bad one. Rows that no window sees may hold
   anything: the warm-up rows of indicators do. */
LSTMFC__PRIVATE lstmfc_result lstmfc__check_samples(const lstmfc_batch *b, const lstmfc_model *model, const lstmfc_loss_desc *loss,
                                                    const char *what, const lstmfc_env *env, lstmfc_error *err)
{
    size_t inputs = (size_t)lstmfc_model_inputs(model), window = (size_t)lstmfc_model_window(model);
    size_t outputs = (size_t)lstmfc_model_outputs(model), i, j;
    int64_t *good;                  /* rows from here upwards that are finite */
    lstmfc_result result = LSTMFC_OK;
    if (!b->rows || !b->targets) return lstmfc__fail_null(err, "the rows or targets of a batch");
    if (b->count < 1) return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%s: there are no samples", what);
    if (b->window != window)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "%s: windows of %z rows, but the model takes %z", what, b->window, window);
    if (b->row_stride < inputs)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "%s: rows of %z columns, but the model takes %z inputs", what, b->row_stride,
                            inputs);
    /* in this order: row_count - window below must not wrap around */
    if (b->row_count < window)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "%s: %z rows do not fill one window of %z", what, b->row_count, window);
    for (i = 0; i < b->count; i++) {
        int64_t first = b->first_row ? b->first_row[i] : (int64_t)i;
        /* the last window that fits begins at row_count - window: 10 rows and windows of 4 leave the starts 0 .. 6 */
        if (first < 0 || (uint64_t)first > b->row_count - window)
            return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "%s: sample %z starts at row %l; with %z rows and windows of %z it can be "
                                "0 to %z", what, i, first, b->row_count, window, b->row_count - window);
    }
    for (i = 0; i < b->count * outputs; i++) {
        double y = (double)b->targets[i];
        if (!lstmfc_is_finite(y))
            return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%s: the target of sample %z is not finite", what, i / outputs);
        /* the ends are allowed, and what lies between them too: a soft label such as 0.9 is a legal target of cross-entropy */
        if (loss->loss == LSTMFC_LOSS_BCE && (y < 0 || y > 1))
            return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%s: the target of sample %z is not in 0..1, as the loss bce needs it",
                                what, i / outputs);
    }
    good = (int64_t *)lstmfc__alloc(env, b->row_count + 1, sizeof *good, err);
    if (!good) return LSTMFC_ERROR_MEMORY;
    for (i = b->row_count; i-- > 0; ) {
        for (j = 0; j < inputs && lstmfc_is_finite((double)b->rows[i * b->row_stride + j]); j++) {}
        good[i] = j == inputs ? good[i + 1] + 1 : 0;
    }
    for (i = 0; i < b->count && result == LSTMFC_OK; i++) {
        size_t first = lstmfc__first_row(b, i);
        if ((size_t)good[first] < window)
            result = lstmfc__fail(err, LSTMFC_ERROR_DATA,
                                  "%s: sample %z sees row %z, which holds a value that is not finite", what, i,
                                  first + (size_t)good[first]);
    }
    lstmfc__free(env, good, b->row_count + 1, sizeof *good);
    return result;
}

/* out[i] = w[i] count / sum(w): mean 1, so that the loss and with it the learning rate keep their scale whatever the unit of the
   weights. A weight of 0 leaves a sample out; all of them 0 leaves nothing to learn. */
LSTMFC__PRIVATE lstmfc_result lstmfc__scale_weights(const lstmfc_batch *b, const char *what, lstmfc_real *out, lstmfc_error *err)
{
    double sum = 0;
    size_t i;
    if (!b->count || !b->weights) return LSTMFC_OK;
    for (i = 0; i < b->count; i++) {
        double w = (double)b->weights[i];
        if (!lstmfc_is_finite(w) || w < 0)
            return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%s: the weight of sample %z is negative or not finite", what, i);
        sum += w;
    }
    if (!(sum > 0)) return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%s: every weight is 0", what);
    for (i = 0; i < b->count; i++) out[i] = (lstmfc_real)((double)b->weights[i] * ((double)b->count / sum));
    return LSTMFC_OK;
}

/* Also undoes a creation that failed half-way: the block came zeroed, so a part not reached yet is NULL, and every _free takes
   NULL. The allocator stands in the very block that is freed last, hence the copy of env. */
LSTMFC__DEF void lstmfc_trainer_free(lstmfc_trainer *trainer)
{
    lstmfc_env env;
    if (!trainer) return;
    env = trainer->env;
    lstmfc_model_free(trainer->best);
    lstmfc_gradients_free(trainer->gradients);
    lstmfc_optimizer_free(trainer->optimizer);
    lstmfc_scratch_free(trainer->scratch);
    lstmfc__free(&env, trainer->memory, trainer->memory_size, 1);
    lstmfc__free(&env, trainer, 1, sizeof *trainer);
}

/* Options resolved, batches counted, memory measured. */
LSTMFC__PRIVATE lstmfc_result lstmfc__trainer_plan(lstmfc_trainer *t, lstmfc_error *err)
{
    lstmfc__slab slab = {NULL, 0, 0};
    const lstmfc_model *model = t->model;
    size_t count, n = t->train.count, batch, rest, fields;
    const lstmfc_field *table = lstmfc_training_desc_fields(&fields), *rules = lstmfc_optimizer_desc_fields(&count);
    int32_t batchnorm = lstmfc_model_has_batchnorm(model);
    lstmfc_result result = lstmfc_fields_resolve(&t->desc, table, fields, err);

    if (result == LSTMFC_OK) result = lstmfc_fields_resolve(&t->desc.optimizer, rules, count, err);
    if (result != LSTMFC_OK) return result;
    /* CHOICE 0 is auto, so a choice is the loss plus 1. A sigmoid head says "probability", and bce is its likelihood: with mse
       its gradient carries the factor p(1-p), which is nearly 0 for exactly those samples that are confidently wrong */
    if (!t->desc.loss) t->desc.loss = 1 + (lstmfc_model_head(model) == LSTMFC_SIGMOID ? LSTMFC_LOSS_BCE : LSTMFC_LOSS_MSE);
    t->loss.loss = t->desc.loss - 1;
    t->loss.huber_delta = t->desc.huber_delta;
    t->outputs = (size_t)lstmfc_model_outputs(model);
    /* one output against one 0/1 target: the only case in which "correct" has a meaning without asking the user for a rule */
    t->classify = t->loss.loss == LSTMFC_LOSS_BCE && t->outputs == 1;
    /* n = 70, batch = 32: 3 batches, the last of 6. With batch norm 6 < 32/4 joins the one before: 32 and 38 */
    batch = (size_t)t->desc.batch;
    rest = n % batch;
    t->batches = (int64_t)(n / batch + (rest > 0));
    t->largest = n < batch ? n : batch;
    /* n > batch: a rest that is the only batch has no other to join */
    if (batchnorm && rest && n > batch && 4 * rest < batch) { t->batches--; t->largest = batch + rest; }
    /* Neighbouring windows share all rows but one, so one run of 32 is hardly more than one window to a batch norm: its
       mean and variance would be those of one stretch of time. Eight runs from different times are a fair sample. */
    t->block = batchnorm ? batch / 8 : batch;
    if (t->block < 1) t->block = 1;

    lstmfc__trainer_layout(t, &slab);
    if (slab.overflow || !lstmfc__add(slab.used, LSTMFC__ALIGN, &t->memory_size))
        return lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: a trainer for %z samples does not fit the address space", n);
    return LSTMFC_OK;
}

/* Checks first, memory next, the model last: nothing of the caller's has changed when this fails. What was allocated is given
   back by lstmfc_trainer_free, which takes a trainer in any state. */
LSTMFC__PRIVATE lstmfc_result lstmfc__trainer_start(lstmfc_trainer *t, lstmfc_error *err)
{
    lstmfc__slab slab = {NULL, 0, 0};
    const lstmfc_model *model = t->model;
    lstmfc_result result = lstmfc__trainer_plan(t, err);
    if (result != LSTMFC_OK) return result;
    if (t->env.threads > 1)
        return lstmfc__fail(err, LSTMFC_ERROR_UNSUPPORTED, "env.threads is %d, but this version trains on one thread", t->env.threads);
    result = lstmfc__check_samples(&t->train, model, &t->loss, "training samples", &t->env, err);
    if (result == LSTMFC_OK && t->validation.count)
        result = lstmfc__check_samples(&t->validation, model, &t->loss, "validation samples", &t->env, err);
    if (result != LSTMFC_OK) return result;

    t->memory = lstmfc__alloc(&t->env, t->memory_size, 1, err);
    if (!t->memory) return LSTMFC_ERROR_MEMORY;
    slab.base = lstmfc__align(t->memory);
    lstmfc__trainer_layout(t, &slab);
    result = lstmfc__scale_weights(&t->train, "training samples", t->weights, err);
    if (result == LSTMFC_OK) result = lstmfc__scale_weights(&t->validation, "validation samples", t->validation_weights, err);
    if (result != LSTMFC_OK) return result;

    /* `best` begins as the untouched model: a training that diverges in its first epoch has something to go back to. Scratch is
       for inference and needed by the validation alone; `largest` is the size of a batch that took in the rest. */
    if (!(t->best = lstmfc_model_clone(model, err))) return LSTMFC_ERROR_MEMORY;
    if (!(t->gradients = lstmfc_gradients_create(model, t->largest, err))) return LSTMFC_ERROR_MEMORY;
    if (!(t->optimizer = lstmfc_optimizer_create(model, &t->desc.optimizer, err))) return LSTMFC_ERROR_MEMORY;
    if (t->validation.count && !(t->scratch = lstmfc_scratch_create(model, t->largest, err))) return LSTMFC_ERROR_MEMORY;

    t->now.epoch = 1;
    t->now.lr = t->desc.optimizer.lr;
    t->now.plateau.factor = t->desc.plateau_factor;
    /* 1e-4 is the default of both Keras (ReduceLROnPlateau: absolute) and PyTorch (threshold: relative to the best) */
    t->now.plateau.min_delta = 1e-4;
    t->now.plateau.patience = t->desc.plateau == LSTMFC_NONE ? 0 : t->desc.plateau;
    t->now.plateau.torch_rule = t->desc.plateau_rule;
    t->now.stopping.min_delta = t->desc.min_delta;
    t->now.stopping.patience = t->desc.patience;
    lstmfc_model_set_l2(t->model, t->desc.l2 == LSTMFC_NONE ? 0 : t->desc.l2);
    return LSTMFC_OK;
}

/* The structs train, validation and desc are copied, so they may be locals of the caller; the arrays they point to are not. */
LSTMFC__DEF lstmfc_trainer *lstmfc_trainer_create(lstmfc_model *model, const lstmfc_batch *train, const lstmfc_batch *validation,
                                                  const lstmfc_training_desc *desc, lstmfc_error *err)
{
    lstmfc_env env;
    lstmfc_trainer *trainer;
    if (!model || !train) { lstmfc__fail_null(err, "the model or the training samples"); return NULL; }
    env = lstmfc__env_fill(desc ? desc->env : NULL);
    trainer = (lstmfc_trainer *)lstmfc__alloc(&env, 1, sizeof *trainer, err);
    if (!trainer) return NULL;
    trainer->env = env;
    trainer->model = model;
    trainer->train = *train;
    if (validation) trainer->validation = *validation;
    if (desc) trainer->desc = *desc;
    trainer->desc.env = NULL;       /* ours is in trainer->env */
    if (lstmfc__trainer_start(trainer, err) != LSTMFC_OK) { lstmfc_trainer_free(trainer); return NULL; }
    return trainer;
}

/* The sum over what trainer_start and check_samples allocate, in their order. An arena gives the newest block back, so the
   block of the check and those that follow it are never there together: the larger of the two counts. */
LSTMFC__DEF size_t lstmfc_trainer_bytes(const lstmfc_model *model, const lstmfc_batch *train, const lstmfc_batch *validation,
                                        const lstmfc_training_desc *desc, lstmfc_error *err)
{
    lstmfc_trainer t;
    lstmfc__slab slab = {NULL, 0, 0}, check;        /* each block at a 64-byte boundary, as an arena places them */
    size_t rows, bytes;
    if (!model || !train) { lstmfc__fail_null(err, "the model or the training samples"); return 0; }
    memset(&t, 0, sizeof t);
    t.model = (lstmfc_model *)(uintptr_t)(const void *)model;   /* only looked at */
    t.train = *train;
    if (validation) t.validation = *validation;
    if (desc) t.desc = *desc;
    if (lstmfc__trainer_plan(&t, err) != LSTMFC_OK) return 0;
    lstmfc__take(&slab, 1, sizeof t);
    check = slab;                           /* while the samples are checked there is one more block, and none of the next */
    rows = t.train.row_count > t.validation.row_count ? t.train.row_count : t.validation.row_count;
    if (!lstmfc__add(rows, 1, &rows)) check.overflow = 1;
    lstmfc__take(&check, rows, sizeof(int64_t));
    lstmfc__take(&slab, t.memory_size, 1);
    lstmfc__take(&slab, model->bytes, 1);
    if (model->extra) lstmfc__take(&slab, strlen(model->extra) + 1, 1);
    lstmfc__take(&slab, lstmfc_gradients_bytes(model, t.largest), 1);
    lstmfc__take(&slab, lstmfc_optimizer_bytes(model), 1);
    if (t.validation.count) lstmfc__take(&slab, lstmfc_scratch_bytes(model, t.largest), 1);
    bytes = slab.used > check.used ? slab.used : check.used;
    if (slab.overflow || check.overflow || !lstmfc__add(bytes, LSTMFC__ALIGN, &bytes)) {
        lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: a trainer for %z samples of %z rows does not fit the address space",
                     t.train.count, t.train.row_count);
        return 0;
    }
    return bytes;
}

/* Fisher and Yates (1938; Durstenfeld 1964 in place): the last place gets any of the n items, the one before it any of the n-1
   left, ...: n! orders, each equally likely. The pitfall is to draw j from all n places every time: n^n outcomes cannot fall
   evenly on n! orders. */
LSTMFC__PRIVATE void lstmfc__shuffle(int64_t *items, size_t n, lstmfc_rng *rng)
{
    size_t i;
    for (i = n; i > 1; i--) {
        size_t j = (size_t)lstmfc_rng_below(rng, i);
        int64_t swap = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swap;
    }
}

/* order[] of one epoch: which sample comes when. A pure function of (seed, epoch): a resumed epoch makes the same one again.
   Blocks, with n = 10, block = 4 and an offset of 3:   run 0 = 0 1 2,  run 1 = 3 4 5 6,  run 2 = 7 8 9;   runs in random order */
LSTMFC__PRIVATE void lstmfc__trainer_order(lstmfc_trainer *t, int32_t epoch)
{
    size_t n = t->train.count, i, k, offset, runs, out = 0;
    lstmfc_rng rng;
    /* hash(hash(seed, purpose), epoch): the purpose keeps these draws apart from those of weights and masks of the same seed, and
       hashing in two steps keeps (seed 1, epoch 2) apart from (seed 2, epoch 1), which seed + epoch would make equal */
    lstmfc_rng_seed(&rng, lstmfc_hash(lstmfc_hash((uint64_t)t->desc.seed, 0x6f72646572u), (uint64_t)epoch));   /* "order" */
    if (t->desc.shuffle == LSTMFC__SHUFFLE_BLOCKS) {
        offset = (size_t)lstmfc_rng_below(&rng, t->block);
        /* runs <= n / block + 2, as the layout has it: one before the offset, one that n cuts short */
        /* run 0 holds the `offset` samples before the others */
        runs = 1 + (n > offset ? (n - offset + t->block - 1) / t->block : 0);
        for (k = 0; k < runs; k++) t->runs[k] = (int64_t)k;
        lstmfc__shuffle(t->runs, runs, &rng);
        for (k = 0; k < runs; k++) {
            size_t run = (size_t)t->runs[k], first = run ? offset + (run - 1) * t->block : 0, end = run ? first + t->block : offset;
            for (i = first; i < end && i < n; i++) t->order[out++] = (int64_t)i;
        }
    } else {
        for (i = 0; i < n; i++) t->order[i] = (int64_t)i;
        if (t->desc.shuffle == LSTMFC__SHUFFLE_FULL) lstmfc__shuffle(t->order, n, &rng);
    }
    t->ordered = epoch;
}

/* The weights are good again when this returns: those of the best epoch, or as they were before training. batch 0: the whole
   epoch, found by its validation. Nothing is tried again with a smaller rate: that would hide from the user what happened. */
LSTMFC__PRIVATE lstmfc_result lstmfc__trainer_diverged(lstmfc_trainer *t, int64_t batch, const char *what, lstmfc_error *err)
{
    char where[48] = "";
    lstmfc_model_copy(t->model, t->best, NULL);
    t->now.finished = LSTMFC_ERROR_DIVERGED;
    if (batch) lstmfc__print(where, sizeof where, ", batch %l of %l", batch, t->batches);
    if (t->now.best_epoch)
        return lstmfc__fail(err, LSTMFC_ERROR_DIVERGED,
                "training diverged in epoch %d%s: %s is not finite; the weights of epoch %d are kept. A smaller learning rate or "
                    "clip_norm may help",
                            t->now.epoch, where, what, t->now.best_epoch);
    return lstmfc__fail(err, LSTMFC_ERROR_DIVERGED,
            "training diverged in epoch %d%s: %s is not finite; the weights are those before training. A smaller learning rate or "
                "clip_norm may help",
                        t->now.epoch, where, what);
}

/* One update: gather the samples of this batch (n row numbers, targets and weights; never the windows themselves), gradients of

       L = sum_i w_i l_i / n

   then clip, L2 and the rule of chapter 10. The samples of an epoch stand in order[]; batch b takes those from b * batch on,
   and the last one takes all that remain (fewer, or more where a small rest has joined it). The figures of training are those
   of the pass itself, dropout on and weights still moving: that is cheap, and a little worse than the epoch's final weights. */
LSTMFC__PRIVATE lstmfc_result lstmfc__trainer_batch(lstmfc_trainer *t, lstmfc_error *err)
{
    size_t first = (size_t)t->now.batch * (size_t)t->desc.batch;
    size_t end = t->now.batch + 1 == t->batches ? t->train.count : first + (size_t)t->desc.batch;
    size_t i, k, sample, n = end - first;
    /* where up and down meet: probability or logit */
    double loss, norm = 0, cut = lstmfc_model_head(t->model) == LSTMFC_SIGMOID ? 0.5 : 0.0;
    lstmfc_batch batch = t->train;
    lstmfc_draw draw;
    lstmfc_result result;

    if (t->ordered != t->now.epoch) lstmfc__trainer_order(t, t->now.epoch);
    for (i = 0; i < n; i++) {
        sample = (size_t)t->order[first + i];
        t->batch_rows[i] = (int64_t)lstmfc__first_row(&t->train, sample);
        for (k = 0; k < t->outputs; k++) t->batch_targets[i * t->outputs + k] = t->train.targets[sample * t->outputs + k];
        if (t->train.weights) t->batch_weights[i] = t->weights[sample];
    }
    batch.first_row = t->batch_rows;
    batch.targets = t->batch_targets;
    batch.weights = t->train.weights ? t->batch_weights : NULL;
    batch.count = n;
    /* epoch and batch by their numbers: a batch that is computed again after a pause gets the masks it would have had */
    draw.seed = (uint64_t)t->desc.seed;
    draw.epoch = (uint64_t)t->now.epoch;
    draw.batch = (uint64_t)t->now.batch;

    result = lstmfc_gradients_compute(t->gradients, t->model, &batch, &t->loss, &draw, 1, &loss, NULL, t->batch_outputs, err);
    if (result != LSTMFC_OK) return result;
    /* before the weights move: the check costs one comparison, and after the update there would be nothing left to save */
    if (!lstmfc_is_finite(loss)) return lstmfc__trainer_diverged(t, t->now.batch + 1, "the loss", err);
    result = lstmfc_optimizer_step(t->optimizer, t->model, t->gradients, t->now.lr, &norm, err);
    if (result == LSTMFC_ERROR_DIVERGED) return lstmfc__trainer_diverged(t, t->now.batch + 1, "the gradient", err);
    if (result != LSTMFC_OK) return result;

    if (t->classify)
        for (i = 0; i < n; i++) {
            /* by sample and not by time, so that the AUC finds score and target at the same place */
            t->scores[t->order[first + i]] = t->batch_outputs[i];
            t->now.correct += ((double)t->batch_outputs[i] > cut) == ((double)t->batch_targets[i] > 0.5);
        }
    /* `loss` is a mean over n, and batches differ in size: sum(n_b L_b) / sum(n_b) is the mean over samples, mean(L_b) is not.
       With batches of 32 and 6 and losses 1 and 2: (32 + 12) / 38 = 1.158, not 1.5. The norm is a property of an update, not of
       a sample, so the updates count alike. */
    t->now.loss_sum += loss * (double)n;
    t->now.norm_sum += norm;
    t->now.batch++;
    return LSTMFC_OK;
}

/* Loss, accuracy and AUC on the validation samples, in inference mode (no dropout, running statistics), as many at a time as a
   batch holds: sum_b n_b L_b / N is the loss of all N at once. bce is computed on the logit, where a saturated probability has
   not yet lost its digits; logit > 0 is probability > 0.5. */
LSTMFC__PRIVATE lstmfc_result lstmfc__trainer_validate(lstmfc_trainer *t, lstmfc_epoch *epoch, lstmfc_error *err)
{
    size_t first, i, n, count = t->validation.count;
    double sum = 0;
    int64_t correct = 0;
    for (first = 0; first < count; first += n) {
        lstmfc_batch batch = t->validation;
        lstmfc_result result;
        n = count - first < t->largest ? count - first : t->largest;
        for (i = 0; i < n; i++) t->batch_rows[i] = (int64_t)lstmfc__first_row(&t->validation, first + i);
        batch.first_row = t->batch_rows;
        batch.count = n;
        /* predicting is inference mode: looking at the validation samples must not move the statistics of batch norm */
        result = t->loss.loss == LSTMFC_LOSS_BCE ? lstmfc_model_predict_raw(t->model, t->scratch, &batch, t->batch_outputs, err)
                                                 : lstmfc_model_predict(t->model, t->scratch, &batch, t->batch_outputs, err);
        if (result != LSTMFC_OK) return result;
        sum += (double)n * lstmfc_loss(&t->loss, n, t->outputs, t->batch_outputs, t->validation.targets + first * t->outputs,
                                       t->validation.weights ? t->validation_weights + first : NULL);
        if (t->classify)
            for (i = 0; i < n; i++) {
                t->validation_scores[first + i] = t->batch_outputs[i];
                correct += (t->batch_outputs[i] > 0) == ((double)t->validation.targets[first + i] > 0.5);
            }
    }
    epoch->val_loss = sum / (double)count;
    if (t->classify) {
        epoch->val_accuracy = (double)correct / (double)count;
        /* the AUC looks at ranks alone: the sigmoid is increasing, so logits give it what probabilities would */
        epoch->val_auc = lstmfc_auc(count, t->validation_scores, t->validation.targets, t->auc_scratch);
    }
    return LSTMFC_OK;
}

/* What l2 adds to the loss at the weights of now: sum over tensors of l2 * sum(w^2). Reported beside the loss and not inside
   it: the loss stays comparable between penalties, and equal to what `evaluate` computes. */
LSTMFC__PRIVATE double lstmfc__model_penalty(const lstmfc_model *model)
{
    double penalty = 0;
    int32_t i, n = lstmfc_model_tensors(model);
    for (i = 0; i < n; i++) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(model, i, &tensor);
        if (tensor.l2 > 0) penalty += tensor.l2 * lstmfc_sum_squares(tensor.count, tensor.data);
    }
    return penalty;
}

/* A running statistic moves by the share 1 - m of each batch (m: momentum), so after n batches it still holds m^n of its start
   (mean 0, variance 1), which no data asked for. At n = 3/(1-m) that is e^-3 = 5 %: below it inference normalises with numbers
   that training never saw, and the validation loss is no guide. Every batch norm with the slowest momentum decides. */
LSTMFC__PRIVATE void lstmfc__warn_unsettled(const lstmfc_trainer *t)
{
    double slowest = 0;
    int64_t steps = (int64_t)t->now.best_epoch * t->batches;    /* behind the statistics that are kept */
    int32_t i;
    char momentum[32], message[200];
    for (i = 0; i < t->model->layer_count; i++) {
        const lstmfc__layer *layer = &t->model->layers[i];
        if (layer->kind != LSTMFC__BATCHNORM) continue;
        if (!t->model->tensors[layer->tensor].frozen && layer->option[LSTMFC__KEY_MOMENTUM] > slowest) slowest = layer->option[LSTMFC__KEY_MOMENTUM];
    }
    /* momentum 0.99: 3 / 0.01 = 300 batches. 1 - 0.99 is not quite 0.01 in binary, and 300 must not fail by a rounding. */
    if ((double)steps * (1.0 - slowest) >= 3.0 * (1.0 - 1e-12) || slowest == 0) return;
    lstmfc_format_double(momentum, slowest);
    lstmfc__print(message, sizeof message, "the running statistics of batchnorm have not settled: %l batches, but momentum=%s needs "
                  "%l; train longer, or lower the momentum", steps, momentum, (int64_t)(3.0 / (1.0 - slowest) + 0.5));
    lstmfc__log(&t->env, message);
}

/* The order of what follows is part of the result: the figures of this epoch, then the best copy and the stopping rule, then the
   plateau (whose new rate holds from the next epoch on), then the counters of the next epoch, then the reasons to end. `improved`
   is 1 for a new best, 0 for none, -1 when patience is over; where nothing is chosen it stays 1 and `best` follows the model. */
LSTMFC__PRIVATE lstmfc_result lstmfc__trainer_end_epoch(lstmfc_trainer *t, lstmfc_error *err)
{
    lstmfc__progress *now = &t->now;
    lstmfc_epoch *epoch = &t->history[now->epochs_done];
    double nan = lstmfc_nan(), monitored;
    int32_t improved = 1, last = now->epoch >= t->desc.epochs;
    /* patience 0 chooses too: it never stops early, but the best epoch comes back; only `none` keeps the last weights */
    int32_t choosing = t->validation.count && t->desc.patience != LSTMFC_NONE;
    lstmfc_result result;

    epoch->epoch = now->epoch;
    epoch->loss = now->loss_sum / (double)t->train.count;
    epoch->norm = now->norm_sum / (double)t->batches;
    epoch->lr = now->lr;
    epoch->penalty = lstmfc__model_penalty(t->model);
    /* NaN is "does not apply": a 0 would be taken for a figure, and drawn */
    epoch->val_loss = epoch->accuracy = epoch->val_accuracy = epoch->auc = epoch->val_auc = nan;
    if (t->classify) {
        epoch->accuracy = (double)now->correct / (double)t->train.count;
        epoch->auc = lstmfc_auc(t->train.count, t->scores, t->train.targets, t->auc_scratch);
    }
    if (t->validation.count) {
        result = lstmfc__trainer_validate(t, epoch, err);
        if (result != LSTMFC_OK) return result;
        if (!lstmfc_is_finite(epoch->val_loss)) return lstmfc__trainer_diverged(t, 0, "the validation loss", err);
    }
    /* loss, or loss + penalty under monitor=total, as Keras monitors it */
    monitored = (t->validation.count ? epoch->val_loss : epoch->loss) + (t->desc.monitor ? epoch->penalty : 0.0);
    now->epochs_done++;

    /* Example, patience 2, validation losses 0.70 0.66 0.67 0.68: improved = 1 1 0 -1. `best` is copied after epochs 1 and 2, the
       training ends after 4, and the model returned is that of epoch 2. */
    if (choosing) improved = lstmfc_stopping_step(&now->stopping, monitored, now->epoch);
    if (improved > 0) { lstmfc_model_copy(t->best, t->model, NULL); now->best_epoch = now->epoch; }
    now->lr = lstmfc_plateau_step(&now->plateau, monitored, now->lr);
    now->epoch++;
    now->batch = 0;
    now->loss_sum = now->norm_sum = 0;
    now->correct = 0;
    if (improved < 0 || last || (t->desc.loss_goal != LSTMFC_NONE && epoch->loss < t->desc.loss_goal)) {
        now->finished = LSTMFC_DONE;
        /* loss_goal looks at the training loss: it is for the test "can this network learn these samples at all" */
        lstmfc_model_copy(t->model, t->best, NULL);     /* the last weights where nothing is chosen */
        lstmfc__warn_unsettled(t);
    }
    return LSTMFC_OK;
}

/* The caller owns the loop: a window with a progress bar, a browser's worker and a command line all drive the same function, and
   stop where they like. The callback comes after the state is complete, so that STOPPED leaves a trainer that can be written. */
LSTMFC__DEF lstmfc_result lstmfc_trainer_step(lstmfc_trainer *trainer, int64_t max_batches, lstmfc_error *err)
{
    lstmfc_trainer *t = trainer;
    int64_t done = 0;
    if (!t) return lstmfc__fail_null(err, "the trainer");
    if (max_batches < 0) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "max_batches is %l; it must be 0 or more", max_batches);
    while (!t->now.finished) {
        const lstmfc_epoch *finished_epoch = NULL;
        lstmfc_result result = lstmfc__trainer_batch(t, err);
        if (result != LSTMFC_OK) return result;
        if (t->now.batch == t->batches) {
            result = lstmfc__trainer_end_epoch(t, err);
            if (result != LSTMFC_OK) return result;
            finished_epoch = &t->history[t->now.epochs_done - 1];
        }
        if (t->desc.progress) {
            /* at the end of an epoch `epoch` has moved on and `batch` is 0: the same position, counted from the other side */
            int64_t position = (int64_t)(t->now.epoch - 1) * t->batches + t->now.batch;
            int32_t stop = t->desc.progress(t->desc.progress_context, finished_epoch, position,
                                            (int64_t)t->desc.epochs * t->batches);
            if (stop && !t->now.finished)
                return lstmfc__fail(err, LSTMFC_ERROR_STOPPED, "training was stopped in epoch %d after %l of %l batches; it can go "
                                    "on from there", t->now.epoch, t->now.batch, t->batches);
        }
        /* max_batches 0: to the end of the epoch. done starts at 1 here, so 0 never equals it */
        if (++done == max_batches || (finished_epoch && !max_batches)) break;
    }
    if (t->now.finished == LSTMFC_ERROR_DIVERGED)
        return lstmfc__fail(err, LSTMFC_ERROR_DIVERGED, "training has diverged in epoch %d and cannot go on", t->now.epoch);
    return t->now.finished ? LSTMFC_DONE : LSTMFC_OK;
}

/* The array is the trainer's and lives as long as it; entries [0 .. count) never change again. best_epoch 0: none done yet. */
LSTMFC__DEF const lstmfc_epoch *lstmfc_trainer_history(const lstmfc_trainer *trainer, int32_t *count, int32_t *best_epoch)
{
    if (count) *count = trainer ? trainer->now.epochs_done : 0;
    if (best_epoch) *best_epoch = trainer ? trainer->now.best_epoch : 0;
    return trainer ? trainer->history : NULL;
}

/* ---- checkpoints ---- */

/* A checkpoint is only good for the samples it was made with: this is a hash of their bits (every value as a double, so that the
   padding of a row does not count). It is no signature; it finds the wrong file, not a forged one. */
LSTMFC__PRIVATE uint64_t lstmfc__samples_hash(uint64_t hash, const lstmfc_batch *b, size_t inputs, size_t outputs)
{
    size_t i, j;
    double value;
    uint64_t bits;
#define LSTMFC__ADD(x) (value = (double)(x), memcpy(&bits, &value, sizeof bits), hash = lstmfc_hash(hash, bits))
    hash = lstmfc_hash(hash, b->count);
    if (!b->count) return hash;
    /* Rows between windows are hashed too though no sample sees them: simpler than to find out, and a changed matrix is a changed
       matrix. A float becomes a double exactly, so the hash depends on values and not on the type of the build. */
    for (i = 0; i < b->row_count; i++)
        for (j = 0; j < inputs; j++) LSTMFC__ADD(b->rows[i * b->row_stride + j]);
    for (i = 0; i < b->count; i++) hash = lstmfc_hash(hash, (uint64_t)lstmfc__first_row(b, i));
    for (i = 0; i < b->count * outputs; i++) LSTMFC__ADD(b->targets[i]);
    for (i = 0; b->weights && i < b->count; i++) LSTMFC__ADD(b->weights[i]);
#undef LSTMFC__ADD
    return hash;
}

/* Train first, its result the start of validation: a chain, so the two exchanged give another hash. The counts go in as well,
   so the boundary between the two is part of it. */
LSTMFC__PRIVATE uint64_t lstmfc__trainer_hash(const lstmfc_trainer *t)
{
    size_t inputs = (size_t)lstmfc_model_inputs(t->model);
    return lstmfc__samples_hash(lstmfc__samples_hash(0, &t->train, inputs, t->outputs), &t->validation, inputs, t->outputs);
}

/* One option table as {"name": "text"}: the same texts that a flag takes, so that a person can read what a checkpoint was run
   with, and `none` and `auto` need no rule of their own in JSON. */
LSTMFC__PRIVATE void lstmfc__write_fields(lstmfc_writer *writer, const char *key, const void *desc, const lstmfc_field *fields,
                                          size_t count)
{
    size_t i;
    char text[64];
    lstmfc_json_begin(writer, key, '{');
    for (i = 0; i < count; i++) {
        lstmfc_field_get(desc, &fields[i], text, sizeof text);
        lstmfc_json_put_string(writer, fields[i].name, text);
    }
    lstmfc_json_end(writer, '}');
}

/* An option that changes the course of the training must be what it was, or "resume" would mean a training that nobody ran.
   Only the number of epochs may differ: it does not act on the epochs before. A training that had ended stays ended. */
LSTMFC__PRIVATE lstmfc_result lstmfc__compare_fields(const lstmfc_json *json, lstmfc_json_node object, const void *desc,
                                                     const lstmfc_field *fields, size_t count, lstmfc_error *err)
{
    size_t i;
    char ours[64], theirs[64];
    for (i = 0; i < count; i++) {
        lstmfc_json_node node = lstmfc_json_get(json, object, fields[i].name);
        if (!lstmfc_json_string(json, node, theirs, sizeof theirs, NULL))
            return lstmfc__json_fail(json, node < 0 ? object : node, err, LSTMFC_ERROR_FORMAT,
                                     "checkpoint: option '%s' is missing or no text", fields[i].name);
        lstmfc_field_get(desc, &fields[i], ours, sizeof ours);
        /* as text: field_get writes one spelling per value, so 0.001 and 1e-3 in a command line compare equal here */
        if (strcmp(ours, theirs) != 0 && strcmp(fields[i].name, "epochs") != 0)
            return lstmfc__json_fail(json, node, err, LSTMFC_ERROR_ARGUMENT,
                                     "checkpoint: it was made with %s = %s, this training has %s", fields[i].name, theirs, ours);
    }
    return LSTMFC_OK;
}

/* The history as an array with one object per epoch; a figure that does not apply is null, and NaN again when read. The one list
   of names below serves writing and reading, so the two cannot drift apart. */
LSTMFC__PRIVATE double *lstmfc__epoch_member(lstmfc_epoch *epoch, int32_t index, const char **name)
{
    switch (index) {
    case 0: *name = "loss";         return &epoch->loss;
    case 1: *name = "val_loss";     return &epoch->val_loss;
    case 2: *name = "penalty";      return &epoch->penalty;
    case 3: *name = "lr";           return &epoch->lr;
    case 4: *name = "norm";         return &epoch->norm;
    case 5: *name = "accuracy";     return &epoch->accuracy;
    case 6: *name = "val_accuracy"; return &epoch->val_accuracy;
    case 7: *name = "auc";          return &epoch->auc;
    case 8: *name = "val_auc";      return &epoch->val_auc;
    default: return NULL;
    }
}

/* value goes through a copy of the epoch because epoch_member hands out writable places and history is const. */
LSTMFC__PRIVATE void lstmfc__epochs_write(lstmfc_writer *writer, const char *key, const lstmfc_epoch *history, int32_t count)
{
    int32_t i, k;
    const char *name;
    double *value;
    lstmfc_json_begin(writer, key, '[');
    for (i = 0; i < count; i++) {
        lstmfc_epoch epoch = history[i];
        lstmfc_json_begin(writer, NULL, '{');
        lstmfc_json_put_integer(writer, "epoch", epoch.epoch);
        for (k = 0; (value = lstmfc__epoch_member(&epoch, k, &name)) != NULL; k++) lstmfc_json_put_number(writer, name, *value);
        lstmfc_json_end(writer, '}');
    }
    lstmfc_json_end(writer, ']');
}

/* Exactly `count` epochs, numbered from 1; out may be NULL: only checked. */
LSTMFC__PRIVATE lstmfc_result lstmfc__epochs_read(const lstmfc_json *json, lstmfc_json_node array, lstmfc_epoch *out, int32_t count,
                                                  lstmfc_error *err)
{
    int32_t i, k;
    int64_t number;
    const char *name;
    double *value;
    lstmfc_json_node item = lstmfc_json_first(json, array);
    if (lstmfc_json_type(json, array) != LSTMFC_JSON_ARRAY || lstmfc_json_size(json, array) != (size_t)count)
        return lstmfc__json_fail(json, array, err, LSTMFC_ERROR_FORMAT, "'history' must be an array of %d epochs", count);
    for (i = 0; i < count; i++, item = lstmfc_json_next(json, item)) {
        lstmfc_epoch epoch;
        memset(&epoch, 0, sizeof epoch);
        /* the numbers are redundant on purpose: an entry that was lost or doubled by hand shows at once */
        if (!lstmfc_json_integer(json, lstmfc_json_get(json, item, "epoch"), &number) || number != i + 1)
            return lstmfc__json_fail(json, item, err, LSTMFC_ERROR_FORMAT, "'epoch' must be %d", i + 1);
        epoch.epoch = i + 1;
        for (k = 0; (value = lstmfc__epoch_member(&epoch, k, &name)) != NULL; k++) {
            lstmfc_json_node node = lstmfc_json_get(json, item, name);
            if (lstmfc_json_type(json, node) == LSTMFC_JSON_NULL) *value = lstmfc_nan();
            else if (!lstmfc_json_number(json, node, value))
                return lstmfc__json_fail(json, node < 0 ? item : node, err, LSTMFC_ERROR_FORMAT, "'%s' must be a number or null",
                                         name);
        }
        if (out) out[i] = epoch;
    }
    return LSTMFC_OK;
}

/* All of lstmfc__progress and every tensor as it moves: weights now, weights of the best epoch, the moments of the optimiser. Not
   written: the order (a function of seed and epoch), the masks (likewise), the gradients (made anew by each batch). */
LSTMFC__DEF void lstmfc_trainer_write(const lstmfc_trainer *trainer, lstmfc_writer *writer, const char *key)
{
    const lstmfc_trainer *t = trainer;
    const lstmfc__progress *now = &t->now;
    size_t fields;
    const lstmfc_field *table = lstmfc_training_desc_fields(&fields);
    int32_t i, k;
    lstmfc_json_begin(writer, key, '{');
    lstmfc__write_fields(writer, "options", &t->desc, table, fields);
    table = lstmfc_optimizer_desc_fields(&fields);
    lstmfc__write_fields(writer, "rule", &t->desc.optimizer, table, fields);
    /* what the checkpoint belongs to: options, network, samples. Then where it stands; then the numbers */
    lstmfc_json_put_string(writer, "spec", lstmfc_model_spec(t->model));
    lstmfc_json_put_hex(writer, "samples", lstmfc__trainer_hash(t));
    lstmfc_json_put_integer(writer, "epoch", now->epoch);
    lstmfc_json_put_integer(writer, "batch", now->batch);
    lstmfc_json_put_integer(writer, "finished", now->finished);
    lstmfc_json_put_integer(writer, "best_epoch", now->best_epoch);
    /* Adam divides its moments by 1 - beta^steps: without it, settled moments would be blown up as if new */
    lstmfc_json_put_integer(writer, "steps", lstmfc_optimizer_steps(t->optimizer));
    lstmfc_json_put_number(writer, "lr", now->lr);
    lstmfc_json_put_number(writer, "loss_sum", now->loss_sum);
    lstmfc_json_put_number(writer, "norm_sum", now->norm_sum);
    lstmfc_json_put_integer(writer, "correct", now->correct);
    lstmfc_json_begin(writer, "plateau", '{');
    lstmfc_json_put_number(writer, "best", now->plateau.best);
    lstmfc_json_put_integer(writer, "wait", now->plateau.wait);
    lstmfc_json_put_integer(writer, "started", now->plateau.started);
    lstmfc_json_end(writer, '}');
    /* patience, factor and min_delta are options and stand above; here is only what moves */
    lstmfc_json_begin(writer, "stopping", '{');
    lstmfc_json_put_number(writer, "best", now->stopping.best);
    lstmfc_json_put_integer(writer, "wait", now->stopping.wait);
    lstmfc_json_put_integer(writer, "best_epoch", now->stopping.best_epoch);
    lstmfc_json_put_integer(writer, "started", now->stopping.started);
    lstmfc_json_end(writer, '}');
    lstmfc__epochs_write(writer, "history", t->history, now->epochs_done);
    /* for the AUC of the epoch under way */
    lstmfc_json_put_reals(writer, "scores", t->scores, t->classify && now->batch ? t->train.count : 0);
    lstmfc_json_begin(writer, "tensors", '[');
    for (i = 0; i < lstmfc_model_tensors(t->model); i++) {
        lstmfc_tensor last, best;
        lstmfc_model_tensor(t->model, i, &last);
        lstmfc_model_tensor(t->best, i, &best);
        lstmfc_json_begin(writer, NULL, '{');
        lstmfc_json_put_string(writer, "name", last.name);
        lstmfc_json_put_reals(writer, "last", last.data, last.count);
        lstmfc_json_put_reals(writer, "best", best.data, best.count);
        for (k = 0; k < 2; k++) {
            const lstmfc_real *moments = lstmfc_optimizer_moments(t->optimizer, i, k);
            /* Statistics have no moments; for weights both are written whatever the rule, so one shape of file serves them all */
            if (moments) lstmfc_json_put_reals(writer, k ? "square" : "mean", moments, last.count);
        }
        lstmfc_json_end(writer, '}');
    }
    lstmfc_json_end(writer, ']');
    lstmfc_json_end(writer, '}');
}

/* An integer member within bounds, or an error. */
LSTMFC__PRIVATE lstmfc_result lstmfc__member_integer(const lstmfc_json *json, lstmfc_json_node object, const char *key, int64_t low,
                                                     int64_t high, int64_t *out, lstmfc_error *err)
{
    lstmfc_json_node node = lstmfc_json_get(json, object, key);
    char a[32], b[32];
    if (lstmfc_json_integer(json, node, out) && *out >= low && *out <= high) return LSTMFC_OK;
    lstmfc_format_int(a, low);
    lstmfc_format_int(b, high);
    return lstmfc__json_fail(json, node < 0 ? object : node, err, LSTMFC_ERROR_FORMAT, "'%s' must be an integer in %s..%s", key, a,
                             b);
}

/* Any finite number: JSON has no other, so whoever reads a "best" or an "lr" here need not ask for NaN. */
LSTMFC__PRIVATE lstmfc_result lstmfc__member_number(const lstmfc_json *json, lstmfc_json_node object, const char *key, double *out,
                                                    lstmfc_error *err)
{
    lstmfc_json_node node = lstmfc_json_get(json, object, key);
    if (lstmfc_json_number(json, node, out)) return LSTMFC_OK;
    return lstmfc__json_fail(json, node < 0 ? object : node, err, LSTMFC_ERROR_FORMAT, "'%s' must be a number", key);
}

/* An array of exactly `count` finite numbers. */
LSTMFC__PRIVATE lstmfc_result lstmfc__member_reals(const lstmfc_json *json, lstmfc_json_node object, const char *key,
                                                   lstmfc_real *out, size_t count, lstmfc_error *err)
{
    lstmfc_json_node node = lstmfc_json_get(json, object, key);
    size_t got;
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_ARRAY)
        return lstmfc__json_fail(json, node < 0 ? object : node, err, LSTMFC_ERROR_FORMAT, "'%s' must be an array of %z numbers",
                                 key, count);
    if (lstmfc_json_size(json, node) != count)
        return lstmfc__json_fail(json, node, err, LSTMFC_ERROR_FORMAT, "'%s' holds %z values, but %z are needed", key,
                                 lstmfc_json_size(json, node), count);
    /* all in one go, and only on a failure a walk to the element that could not be read, for its line and column */
    got = lstmfc_json_reals(json, node, out, count);
    if (got == count) return LSTMFC_OK;
    for (node = lstmfc_json_first(json, node); got; got--) node = lstmfc_json_next(json, node);
    return lstmfc__json_fail(json, node, err, LSTMFC_ERROR_FORMAT, "'%s': this is not a finite number that fits the weights", key);
}

/* *now from the checkpoint, each number within what this trainer can stand: an epoch or batch beyond the end would index past the
   order. Fields that are options (patience, factor) stay as they are in *now. */
LSTMFC__PRIVATE lstmfc_result lstmfc__read_progress(const lstmfc_trainer *t, const lstmfc_json *json, lstmfc_json_node node,
                                                    lstmfc__progress *now, int64_t *steps, lstmfc_error *err)
{
    lstmfc_result result;
    lstmfc_json_node plateau = lstmfc_json_get(json, node, "plateau"), stopping = lstmfc_json_get(json, node, "stopping");
    int64_t epoch, finished, best_epoch, value[5];
#define LSTMFC__READ(call) if ((result = (call)) != LSTMFC_OK) return result
    LSTMFC__READ(lstmfc__member_integer(json, node, "epoch", 1, (int64_t)t->desc.epochs + 1, &epoch, err));
    LSTMFC__READ(lstmfc__member_integer(json, node, "finished", LSTMFC_ERROR_DIVERGED, LSTMFC_DONE, &finished, err));
    /* all batches of an epoch done and the next one not begun: only where the validation that follows them diverged */
    LSTMFC__READ(lstmfc__member_integer(json, node, "batch", 0, t->batches - (finished != LSTMFC_ERROR_DIVERGED), &now->batch, err));
    LSTMFC__READ(lstmfc__member_integer(json, node, "best_epoch", 0, epoch - 1, &best_epoch, err));
    LSTMFC__READ(lstmfc__member_integer(json, node, "steps", 0, INT64_MAX, steps, err));
    LSTMFC__READ(lstmfc__member_integer(json, node, "correct", 0, (int64_t)t->train.count, &now->correct, err));
    LSTMFC__READ(lstmfc__member_number(json, node, "lr", &now->lr, err));
    LSTMFC__READ(lstmfc__member_number(json, node, "loss_sum", &now->loss_sum, err));
    LSTMFC__READ(lstmfc__member_number(json, node, "norm_sum", &now->norm_sum, err));
    LSTMFC__READ(lstmfc__member_number(json, plateau, "best", &now->plateau.best, err));
    LSTMFC__READ(lstmfc__member_integer(json, plateau, "wait", 0, INT32_MAX, &value[0], err));
    LSTMFC__READ(lstmfc__member_integer(json, plateau, "started", 0, 1, &value[1], err));
    LSTMFC__READ(lstmfc__member_number(json, stopping, "best", &now->stopping.best, err));
    LSTMFC__READ(lstmfc__member_integer(json, stopping, "wait", 0, INT32_MAX, &value[2], err));
    LSTMFC__READ(lstmfc__member_integer(json, stopping, "best_epoch", 0, epoch - 1, &value[3], err));
    LSTMFC__READ(lstmfc__member_integer(json, stopping, "started", 0, 1, &value[4], err));
    if (epoch > t->desc.epochs && finished == 0)
        return lstmfc__json_fail(json, lstmfc_json_get(json, node, "epoch"), err, LSTMFC_ERROR_FORMAT,
                                 "epoch %l of %d in a training that has not ended", epoch, t->desc.epochs);
    if (finished != 0 && finished != LSTMFC_DONE && finished != LSTMFC_ERROR_DIVERGED)
        return lstmfc__json_fail(json, lstmfc_json_get(json, node, "finished"), err, LSTMFC_ERROR_FORMAT,
                                 "'finished' must be 0, %d or %d", LSTMFC_DONE, LSTMFC_ERROR_DIVERGED);
    now->epoch = (int32_t)epoch;
    now->epochs_done = (int32_t)epoch - 1;
    now->finished = (int32_t)finished;
    now->best_epoch = (int32_t)best_epoch;
    now->plateau.wait = (int32_t)value[0];
    now->plateau.started = (int32_t)value[1];
    now->stopping.wait = (int32_t)value[2];
    now->stopping.best_epoch = (int32_t)value[3];
    now->stopping.started = (int32_t)value[4];
    return LSTMFC_OK;
}

/* Tensors, moments and scores of a checkpoint. With apply 0 everything is only checked, through `buffer`. */
LSTMFC__PRIVATE lstmfc_result lstmfc__read_tensors(lstmfc_trainer *t, const lstmfc_json *json, lstmfc_json_node node,
                                                   int32_t scored, int32_t apply, lstmfc_real *buffer, lstmfc_error *err)
{
    static const char *const parts[] = {"last", "best", "mean", "square"};
    lstmfc_json_node list = lstmfc_json_get(json, node, "tensors"), item = lstmfc_json_first(json, list), name;
    int32_t i, k, n = lstmfc_model_tensors(t->model);
    char text[128];
    lstmfc_result result;
    if (lstmfc_json_type(json, list) != LSTMFC_JSON_ARRAY || lstmfc_json_size(json, list) != (size_t)n)
        return lstmfc__json_fail(json, list < 0 ? node : list, err, LSTMFC_ERROR_FORMAT, "'tensors' must be an array of %d tensors",
                                 n);
    for (i = 0; i < n; i++, item = lstmfc_json_next(json, item)) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(t->model, i, &tensor);
        name = lstmfc_json_get(json, item, "name");
        if (!lstmfc_json_string(json, name, text, sizeof text, NULL) || strcmp(text, tensor.name) != 0)
            return lstmfc__json_fail(json, name < 0 ? item : name, err, LSTMFC_ERROR_FORMAT, "tensor %d must be '%s'", i,
                                     tensor.name);
        for (k = 0; k < 4; k++) {
            lstmfc_real *moments = k < 2 ? NULL : lstmfc_optimizer_moments(t->optimizer, i, k - 2);
            if (k >= 2 && !moments) continue;
            LSTMFC__READ(lstmfc__member_reals(json, item, parts[k], buffer, tensor.count, err));
            if (!apply) continue;
            /* k = 0, 1: the two copies of the weights; 2, 3: the first and second moment of the rule */
            if (k < 2) lstmfc_model_set(k ? t->best : t->model, i, buffer, tensor.count, NULL);
            else memcpy(moments, buffer, tensor.count * sizeof *buffer);
        }
    }
    return lstmfc__member_reals(json, node, "scores", apply ? t->scores : buffer, scored ? t->train.count : 0, err);
}

/* All or nothing: everything is checked once before the first thing changes. */
LSTMFC__DEF lstmfc_result lstmfc_trainer_read(lstmfc_trainer *trainer, const lstmfc_json *json, lstmfc_json_node node,
                                              lstmfc_error *err)
{
    lstmfc_trainer *t = trainer;
    lstmfc__progress now;
    size_t fields, largest;
    const lstmfc_field *table = lstmfc_training_desc_fields(&fields);
    lstmfc_json_node spec;
    lstmfc_real *buffer;
    int64_t samples, steps;
    int32_t i, scored;
    lstmfc_result result;
    if (!t || !json) return lstmfc__fail_null(err, "the trainer or the JSON document");
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_OBJECT)
        return lstmfc__json_fail(json, node, err, LSTMFC_ERROR_FORMAT, "a checkpoint must be an object");
    LSTMFC__READ(lstmfc__compare_fields(json, lstmfc_json_get(json, node, "options"), &t->desc, table, fields, err));
    table = lstmfc_optimizer_desc_fields(&fields);
    LSTMFC__READ(lstmfc__compare_fields(json, lstmfc_json_get(json, node, "rule"), &t->desc.optimizer, table, fields, err));
    /* cheapest question first; the hash looks at every sample, and comes when all that is easy to tell apart is equal */
    spec = lstmfc_json_get(json, node, "spec");
    if (!lstmfc__json_equals(json, spec, lstmfc_model_spec(t->model)))
        return lstmfc__json_fail(json, spec < 0 ? node : spec, err, LSTMFC_ERROR_ARGUMENT, "checkpoint: it is of another network "
                                 "than \"%s\"", lstmfc_model_spec(t->model));
    LSTMFC__READ(lstmfc__member_integer(json, node, "samples", INT64_MIN, INT64_MAX, &samples, err));
    if ((uint64_t)samples != lstmfc__trainer_hash(t))
        return lstmfc__json_fail(json, lstmfc_json_get(json, node, "samples"), err, LSTMFC_ERROR_ARGUMENT,
                                 "checkpoint: it was made with other samples");
    now = t->now;
    LSTMFC__READ(lstmfc__read_progress(t, json, node, &now, &steps, err));
    LSTMFC__READ(lstmfc__epochs_read(json, lstmfc_json_get(json, node, "history"), NULL, now.epochs_done, err));

    /* as the writer has it: at the start of an epoch there are no scores yet, and the array is empty */
    scored = t->classify && now.batch > 0;
    largest = scored ? t->train.count : 1;
    for (i = 0; i < lstmfc_model_tensors(t->model); i++) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(t->model, i, &tensor);
        if (tensor.count > largest) largest = tensor.count;
    }
    buffer = (lstmfc_real *)lstmfc__alloc(&t->env, largest, sizeof *buffer, err);
    if (!buffer) return LSTMFC_ERROR_MEMORY;
    /* once to check, through the buffer, then again for good: the second run meets the same text and cannot fail */
    result = lstmfc__read_tensors(t, json, node, scored, 0, buffer, err);
    if (result == LSTMFC_OK) {
        lstmfc__read_tensors(t, json, node, scored, 1, buffer, NULL);
        lstmfc__epochs_read(json, lstmfc_json_get(json, node, "history"), t->history, now.epochs_done, NULL);
        lstmfc_optimizer_set_steps(t->optimizer, steps);
        t->now = now;
    }
    lstmfc__free(&t->env, buffer, largest, sizeof *buffer);
    return result;
#undef LSTMFC__READ
}

/* ---- the model file ---- */

/* One JSON object, here as the network alone writes it; a forecaster puts its own members between ours with the same calls:

       {"format": "lstmfc", "version": 1, "library": "0.1.0", "created": 1700000000000,
        "model": {"spec": "lstm 8 | dense 1", "inputs": 3, "window": 24, "dtype": "float32",
                  "parameters": [{"name": "0.lstm.kernel", "shape": [3,32], "data": [0.1,...]}, ...]},
        "extra": any JSON, kept byte for byte,
        "checksum":"cbf43926"}

   Tensors have names and shapes although the spec implies both: a reader in another language needs no knowledge of our order, and
   a file whose parts do not fit each other is found at the first tensor that differs.

   The checksum (CRC-32 of all bytes before its comma) finds every changed byte, so what comes after it may trust the text to be
   what was written, but not who wrote it: sizes are still compared before memory is asked for. A network is created with no
   more weights than the file holds, so that a file of 100 bytes that promises "lstm 1000000" is refused without a gigabyte. */

#define LSTMFC__FILE_VERSION 1
/* "extra" is for a caller's own notes (where the data came from, a name): a bound keeps a model file a model file. */
#define LSTMFC__EXTRA_MOST   ((size_t)65536)
#ifdef LSTMFC_DOUBLE
#  define LSTMFC__DTYPE "float64"
#else
#  define LSTMFC__DTYPE "float32"
#endif

/* created: UTC milliseconds, given by the caller because a library that reads the clock gives no byte twice; 0 = absent. */
LSTMFC__PRIVATE void lstmfc__file_begin(lstmfc_writer *writer, int64_t created)
{
    writer->indent = 1;
    lstmfc_json_begin(writer, NULL, '{');
    lstmfc_json_put_string(writer, "format", "lstmfc");
    lstmfc_json_put_integer(writer, "version", LSTMFC__FILE_VERSION);
    lstmfc_json_put_string(writer, "library", LSTMFC_VERSION_TEXT);
    if (created) lstmfc_json_put_integer(writer, "created", created);
}

/* The member "model": every tensor in the order of the layers, row-major, running statistics of batch norm included. */
LSTMFC__PRIVATE void lstmfc__file_model(lstmfc_writer *writer, const lstmfc_model *model)
{
    int32_t i, k;
    lstmfc_json_begin(writer, "model", '{');
    lstmfc_json_put_string(writer, "spec", lstmfc_model_spec(model));
    lstmfc_json_put_integer(writer, "inputs", lstmfc_model_inputs(model));
    lstmfc_json_put_integer(writer, "window", lstmfc_model_window(model));
    lstmfc_json_put_string(writer, "dtype", LSTMFC__DTYPE);
    lstmfc_json_begin(writer, "parameters", '[');
    for (i = 0; i < lstmfc_model_tensors(model); i++) {
        lstmfc_tensor tensor;
        lstmfc_model_tensor(model, i, &tensor);
        lstmfc_json_begin(writer, NULL, '{');
        lstmfc_json_put_string(writer, "name", tensor.name);
        lstmfc_json_begin(writer, "shape", '[');
        for (k = 0; k < tensor.rank; k++) lstmfc_json_put_integer(writer, NULL, tensor.shape[k]);
        lstmfc_json_end(writer, ']');
        lstmfc_json_put_reals(writer, "data", tensor.data, tensor.count);
        lstmfc_json_end(writer, '}');
    }
    lstmfc_json_end(writer, ']');
    lstmfc_json_end(writer, '}');
}

/* Eight digits, the highest first, leading zeros kept: the checksum has one spelling and can be compared as text. */
LSTMFC__PRIVATE void lstmfc__hex8(char out[9], uint32_t value)
{
    int32_t i;
    for (i = 0; i < 8; i++) out[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    out[8] = 0;
}

/* The checksum covers all bytes before the comma that precedes it, so it is taken here, when they are all written. */
LSTMFC__PRIVATE lstmfc_result lstmfc__file_end(lstmfc_writer *writer, lstmfc_error *err)
{
    char hex[9];
    writer->indent = 0;                     /* no blank behind the comma: one that changed would go unseen */
    lstmfc__hex8(hex, lstmfc_crc32(0, writer->text ? writer->text : "", writer->length));
    lstmfc_json_put_string(writer, "checksum", hex);
    lstmfc_json_end(writer, '}');
    return lstmfc_writer_result(writer, err);
}

/* Reads the text, checks that it is one of ours, whole and unchanged. *json is the caller's to free; text must outlive it. The
   order of the questions makes the answer useful: is it JSON, is it ours, is it a version that we read, and only then is it
   damaged. A text cut anywhere fails in the first question, for the root object lacks its bracket. */
LSTMFC__PRIVATE lstmfc_result lstmfc__file_open(const char *text, size_t length, const lstmfc_env *env, lstmfc_json **json,
                                                lstmfc_error *err)
{
    lstmfc_error why;
    lstmfc_json *document;
    lstmfc_json_node node, last = -1;
    int64_t version;
    size_t comma = 0, bytes;
    char hex[9];
    lstmfc_result result = LSTMFC_OK;

    *json = NULL;
    memset(&why, 0, sizeof why);
    document = lstmfc_json_parse(text, length, env, &why);
    if (!document) { if (err) *err = why; return why.code; }
    node = lstmfc_json_get(document, 0, "format");
    if (!lstmfc__json_equals(document, node, "lstmfc"))
        result = lstmfc__json_fail(document, node, err, LSTMFC_ERROR_FORMAT, "not a model file of lstmfc: the member \"format\" is "
                                   "not \"lstmfc\"");
    node = lstmfc_json_get(document, 0, "version");
    if (result == LSTMFC_OK && !lstmfc_json_integer(document, node, &version))
        result = lstmfc__json_fail(document, node, err, LSTMFC_ERROR_FORMAT, "'version' must be an integer");
    if (result == LSTMFC_OK && version != LSTMFC__FILE_VERSION)
        result = lstmfc__json_fail(document, node, err, LSTMFC_ERROR_FORMAT, "model file version %l: this library (%s) reads "
                                   "version %d", version, LSTMFC_VERSION_TEXT, LSTMFC__FILE_VERSION);
    if (result == LSTMFC_OK) {
        /* it must be the last member: a member behind it would not be covered, and could be anything */
        for (node = lstmfc_json_first(document, 0); node >= 0; node = lstmfc_json_next(document, node)) last = node;
        node = lstmfc_json_get(document, 0, "checksum");
        if (node < 0 || node != lstmfc_json_value(document, last))
            result = lstmfc__json_fail(document, node < 0 ? 0 : node, err, LSTMFC_ERROR_FORMAT,
                                       "the last member must be \"checksum\"");
    }
    if (result == LSTMFC_OK) {
        lstmfc_json_span(document, last, &comma, &bytes);
        /* from the key back over blanks to the comma: the bytes before it are those that the writer had when it took the sum */
        while (text[comma] != ',') comma--;             /* there is one: "format" comes before */
        lstmfc__hex8(hex, lstmfc_crc32(0, text, comma));
        if (!lstmfc__json_equals(document, node, hex))
            result = lstmfc__json_fail(document, node, err, LSTMFC_ERROR_FORMAT,
                                       "the checksum does not fit: the file was changed or damaged (it should be %s)", hex);
    }
    if (result != LSTMFC_OK) { lstmfc_json_free(document); return result; }
    *json = document;
    return LSTMFC_OK;
}

/* How many numbers the list of parameters holds, all together and in its longest tensor: what the network may take at most, and
   the size of the buffer that the numbers pass through. Both are bounded by the length of the file. */
LSTMFC__PRIVATE lstmfc_result lstmfc__file_tensors(const lstmfc_json *json, lstmfc_json_node list, size_t *all, size_t *longest,
                                                   lstmfc_error *err)
{
    lstmfc_json_node item;
    *all = *longest = 0;
    if (lstmfc_json_type(json, list) != LSTMFC_JSON_ARRAY)
        return lstmfc__json_fail(json, list, err, LSTMFC_ERROR_FORMAT, "model: 'parameters' must be an array");
    for (item = lstmfc_json_first(json, list); item >= 0; item = lstmfc_json_next(json, item)) {
        lstmfc_json_node data = lstmfc_json_get(json, item, "data");
        if (lstmfc_json_type(json, data) != LSTMFC_JSON_ARRAY)
            return lstmfc__json_fail(json, item, err, LSTMFC_ERROR_FORMAT, "model: every parameter must be {\"name\", \"shape\", "
                                     "\"data\": [...]}");
        /* cannot overflow: an element takes at least two bytes of text, and the text is in memory */
        *all += lstmfc_json_size(json, data);
        if (lstmfc_json_size(json, data) > *longest) *longest = lstmfc_json_size(json, data);
    }
    return LSTMFC_OK;
}

/* Name, shape and numbers of one tensor into the model; buffer [longest]. narrow: dtype float32 read by the double build. */
LSTMFC__PRIVATE lstmfc_result lstmfc__file_tensor(const lstmfc_json *json, lstmfc_json_node item, lstmfc_model *model,
                                                  int32_t index, lstmfc_real *buffer, int32_t narrow, lstmfc_error *err)
{
    lstmfc_tensor tensor;
    lstmfc_json_node node = lstmfc_json_get(json, item, "name"), size;
    int32_t k;
    int64_t value;
    lstmfc_result result;
    lstmfc_model_tensor(model, index, &tensor);
    if (!lstmfc__json_equals(json, node, tensor.name))
        return lstmfc__json_fail(json, node < 0 ? item : node, err, LSTMFC_ERROR_FORMAT, "model: parameter %d must be '%s'", index,
                                 tensor.name);
    /* walk sizes and shape side by side; size >= 0 after the loop means that the file names more dimensions than there are */
    node = lstmfc_json_get(json, item, "shape");
    size = lstmfc_json_first(json, node);
    for (k = 0; k < tensor.rank && lstmfc_json_integer(json, size, &value) && value == tensor.shape[k]; k++)
        size = lstmfc_json_next(json, size);
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_ARRAY || k < tensor.rank || size >= 0)
        return tensor.rank == 1
            ? lstmfc__json_fail(json, node < 0 ? item : node, err, LSTMFC_ERROR_FORMAT, "model: the shape of '%s' must be [%d]",
                                tensor.name, tensor.shape[0])
            : lstmfc__json_fail(json, node < 0 ? item : node, err, LSTMFC_ERROR_FORMAT, "model: the shape of '%s' must be [%d, %d]",
                                tensor.name, tensor.shape[0], tensor.shape[1]);
    result = lstmfc__member_reals(json, item, "data", buffer, tensor.count, err);
    if (result != LSTMFC_OK) return result;
#ifdef LSTMFC_DOUBLE
    if (narrow) {                           /* the text of a float, read as the float that it was */
        size_t i;
        for (i = 0; i < tensor.count; i++) buffer[i] = (double)(float)buffer[i];
    }
#else
    (void)narrow;
#endif
    return lstmfc_model_set(model, index, buffer, tensor.count, err);
}

/* The member "model" of a file. NULL and an error when it is not whole. The network is made from the spec by the same function
   as a new one; its fault, if it has one, is reported at the spec's place in the file. Initial weights are drawn and then
   overwritten, which costs little and keeps one way of making a network. */
LSTMFC__PRIVATE lstmfc_model *lstmfc__file_read_model(const lstmfc_json *json, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_json_node node = lstmfc_json_get(json, 0, "model"), spec = lstmfc_json_get(json, node, "spec");
    lstmfc_json_node dtype = lstmfc_json_get(json, node, "dtype"), list = lstmfc_json_get(json, node, "parameters"), item;
    lstmfc_model_desc desc;
    lstmfc_model *model = NULL;
    lstmfc_real *buffer = NULL;
    lstmfc_error why;
    char *text = NULL;
    size_t offset, span, length, all, longest;
    int64_t inputs, window;
    int32_t i, narrow = lstmfc__json_equals(json, dtype, "float32");
    lstmfc_result result = LSTMFC_OK;

    memset(&why, 0, sizeof why);
    memset(&desc, 0, sizeof desc);
    if (lstmfc_json_type(json, node) != LSTMFC_JSON_OBJECT) {
        lstmfc__json_fail(json, node, err, LSTMFC_ERROR_FORMAT, "the member 'model' is missing or no object");
        return NULL;
    }
    if (lstmfc_json_type(json, spec) != LSTMFC_JSON_STRING) {
        lstmfc__json_fail(json, spec < 0 ? node : spec, err, LSTMFC_ERROR_FORMAT, "model: 'spec' must be a string");
        return NULL;
    }
    if (!lstmfc__json_equals(json, dtype, LSTMFC__DTYPE) && !(narrow && sizeof(lstmfc_real) == sizeof(double))) {
        lstmfc__json_fail(json, dtype < 0 ? node : dtype, err, LSTMFC_ERROR_FORMAT, "model: 'dtype' must be \"%s\" for this build",
                          LSTMFC__DTYPE);
        return NULL;
    }
    if (lstmfc__member_integer(json, node, "inputs", 1, filled.limits.dimension, &inputs, err) != LSTMFC_OK) return NULL;
    if (lstmfc__member_integer(json, node, "window", 1, filled.limits.dimension, &window, err) != LSTMFC_OK) return NULL;
    if (lstmfc__file_tensors(json, list, &all, &longest, err) != LSTMFC_OK) return NULL;

    /* Decoding never makes a string longer (\uXXXX, 6 bytes, gives at most 3), and the quotes leave room for the NUL. */
    lstmfc_json_span(json, spec, &offset, &span);
    text = (char *)lstmfc__alloc(&filled, span, 1, err);
    if (!text) return NULL;
    if (!lstmfc_json_string(json, spec, text, span, &length) || strlen(text) != length)
        result = lstmfc__json_fail(json, spec, err, LSTMFC_ERROR_FORMAT, "model: 'spec' holds U+0000");
    if (result == LSTMFC_OK) {
        desc.spec = text;
        desc.inputs = (int32_t)inputs;
        desc.window = (int32_t)window;
        desc.env = &filled;
        /* `all` bounds the weights: a spec that asks for more than the file holds is refused before its memory is */
        model = lstmfc__model_create(&desc, all, &why);
        /* a full memory is no fault of the file and stays what it is; everything else is, and gets the place in the file */
        if (!model && why.code == LSTMFC_ERROR_MEMORY) { result = why.code; if (err) *err = why; }
        else if (!model) {
            result = why.code == LSTMFC_ERROR_LIMIT ? LSTMFC_ERROR_LIMIT : LSTMFC_ERROR_FORMAT;
            lstmfc__json_fail(json, spec, err, result, "model: %s", why.message);
        }
    }
    if (result == LSTMFC_OK && lstmfc_json_size(json, list) != (size_t)lstmfc_model_tensors(model))
        result = lstmfc__json_fail(json, list, err, LSTMFC_ERROR_FORMAT, "model: %z parameters, but \"%s\" has %d",
                                   lstmfc_json_size(json, list), lstmfc_model_spec(model), lstmfc_model_tensors(model));
    if (result == LSTMFC_OK) {
        buffer = (lstmfc_real *)lstmfc__alloc(&filled, longest, sizeof *buffer, err);
        if (!buffer) result = LSTMFC_ERROR_MEMORY;
    }
    item = lstmfc_json_first(json, list);
    for (i = 0; result == LSTMFC_OK && i < lstmfc_model_tensors(model); i++, item = lstmfc_json_next(json, item))
        result = lstmfc__file_tensor(json, item, model, i, buffer, narrow, err);
    lstmfc__free(&filled, buffer, longest, sizeof *buffer);
    lstmfc__free(&filled, text, span, 1);
    if (result != LSTMFC_OK) { lstmfc_model_free(model); return NULL; }
    return model;
}

/* The network alone. A loaded model remembers `created` and `extra`, so load -> save gives the bytes that were there; a caller's
   own date wins over the remembered one. */
LSTMFC__DEF lstmfc_result lstmfc_model_save_memory(const lstmfc_model *model, int64_t created, lstmfc_writer *writer,
                                                   lstmfc_error *err)
{
    if (!model || !writer) return lstmfc__fail_null(err, "the model or the writer");
    lstmfc__file_begin(writer, created ? created : model->created);
    lstmfc__file_model(writer, model);
    if (model->extra) lstmfc_json_put_raw(writer, "extra", model->extra, strlen(model->extra));
    return lstmfc__file_end(writer, err);
}

/* Members with other names are passed over: a forecaster's file is a model file too, and what a later version adds under the same
   version number must not make this one fail. */
LSTMFC__DEF lstmfc_model *lstmfc_model_load_memory(const char *text, size_t length, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_json *json;
    lstmfc_model *model;
    lstmfc_json_node node;
    size_t offset, bytes;
    lstmfc_result result = LSTMFC_OK;
    if (!text) { lstmfc__fail_null(err, "the text of the model"); return NULL; }
    if (lstmfc__file_open(text, length, env, &json, err) != LSTMFC_OK) return NULL;
    model = lstmfc__file_read_model(json, env, err);
    if (model && (node = lstmfc_json_get(json, 0, "created")) >= 0 && !lstmfc_json_integer(json, node, &model->created))
        result = lstmfc__json_fail(json, node, err, LSTMFC_ERROR_FORMAT, "'created' must be an integer: UTC milliseconds");
    if (model && result == LSTMFC_OK && (node = lstmfc_json_get(json, 0, "extra")) >= 0) {
        lstmfc_json_span(json, node, &offset, &bytes);
        if (bytes > LSTMFC__EXTRA_MOST)
            result = lstmfc__json_fail(json, node, err, LSTMFC_ERROR_FORMAT, "'extra' has %z bytes, at most %z are allowed", bytes,
                                       LSTMFC__EXTRA_MOST);
        else if (!(model->extra = (char *)lstmfc__alloc(&model->env, bytes + 1, 1, err))) result = LSTMFC_ERROR_MEMORY;
        else memcpy(model->extra, text + offset, bytes);        /* JSON holds no NUL */
    }
    lstmfc_json_free(json);
    if (result != LSTMFC_OK) { lstmfc_model_free(model); return NULL; }
    return model;
}

#ifndef LSTMFC_NO_STDIO
/* The whole file is made in memory before the first byte goes out: the checksum needs all of it, and a save that fails for want
   of memory has not touched the old file. */
LSTMFC__DEF lstmfc_result lstmfc_model_save(const lstmfc_model *model, const char *path, lstmfc_error *err)
{
    lstmfc_writer writer;
    lstmfc_result result;
    if (!model || !path) return lstmfc__fail_null(err, "the model or the file name");
    lstmfc_writer_init(&writer, &model->env);
    result = lstmfc_model_save_memory(model, 0, &writer, err);
    if (result == LSTMFC_OK) result = lstmfc_file_write(path, writer.text, writer.length, err);
    lstmfc_writer_free(&writer);
    return result;
}

LSTMFC__DEF lstmfc_model *lstmfc_model_load(const char *path, const lstmfc_env *env, lstmfc_error *err)
{
    size_t length;
    lstmfc_error why;
    lstmfc_model *model;
    char *text = lstmfc_file_read(path, &length, env, err);
    if (!text) return NULL;
    memset(&why, 0, sizeof why);
    model = lstmfc_model_load_memory(text, length, env, &why);
    if (!model) { lstmfc__error_in_file(&why, path); if (err) *err = why; }
    lstmfc_file_release(text, length, env);
    return model;
}
#endif

/* ================================================================================================================
   18 forecaster >>forecaster
   ================================================================================================================ */

/* A forecaster is everything a forecast needs, and nothing that training needed: the feature text, the scaler, the network, the
   target's own scaling and its interval. Fitting one is a fixed sequence, and the order is the point of it:

       candles -> features -> spans -> scaler -> samples -> network -> calibration

   Spans come before the scaler because whoever scales first has looked at the test span. From the moment the test span is cut
   off, this chapter works on a view of the candles that ends there, so that nothing after it - not a price, not a NaN, not even
   the number of rows - can reach the model file. The tests put garbage behind the cut and compare the files byte by byte.

   A sample is a bar t: the network sees the rows t-T+1..t and answers for the bars t+1..t+h. Four targets are taught, in units
   that do not drift with the price (a network trained on price levels never predicts above the prices it saw):

       direction    1 if C[t+h] > C[t], 0 if lower; equal closes teach nothing and are left out
       price        y = ln(C[t+h] / C[t]), standardised over the fit samples; told as C[t] exp(y)
       return       the same y, told as it is
       volatility   ln RV standardised, RV = sqrt(sum of the h squared log returns of t+1..t+h / h)

   Intervals are split conformal (Vovk, Gammerman, Shafer 2005; Lei et al. 2018): on a calibration part that neither the weights
   nor early stopping have seen, the scores |y - yhat| / RV20[t] are sorted, and the ceil((n+1) level)-th smallest is q. The
   interval of a later forecast is C[t] exp(yhat -+ q RV20[t]): wide when the market moves, narrow when it sleeps. Dividing by the
   volatility of the last 20 returns is what keeps the promised coverage when calm follows storm. For volatility itself the score
   is |ln RV - ln f|. A direction has no interval; its probabilities are held against calibration bins in the report.

   Pitfalls. (1) An indicator that starts at bar 0 carries the memory of its seed: rows before the stable lookback are not used.
   (2) A bar may be missing: a window across a gap pretends that two hours were one; such samples are left out (gaps=drop). (3) A
   live stream must equal the batch: both go through lstmfc_features_push and lstmfc_model_predict, so they share every bit. */

static const lstmfc_field lstmfc__forecaster_fields[] = {
#define LSTMFC__X(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(lstmfc_forecaster_desc, name), #name, preset, range, help},
    LSTMFC_FORECASTER_DESC(LSTMFC__X)
#undef LSTMFC__X
};

LSTMFC__DEF const lstmfc_field *lstmfc_forecaster_desc_fields(size_t *count)
{
    if (count) *count = LSTMFC__COUNT(lstmfc__forecaster_fields);
    return lstmfc__forecaster_fields;
}

/* The three tables are separate structs, each with offsets of its own, so each is resolved by itself: 0 becomes the default, what
   lies outside its range is refused by name. */
LSTMFC__DEF lstmfc_result lstmfc_forecaster_desc_resolve(lstmfc_forecaster_desc *desc, lstmfc_error *err)
{
    size_t count;
    const lstmfc_field *fields = lstmfc_training_desc_fields(&count);
    lstmfc_result result = lstmfc_fields_resolve(&desc->training, fields, count, err);
    if (result) return result;
    fields = lstmfc_optimizer_desc_fields(&count);
    result = lstmfc_fields_resolve(&desc->training.optimizer, fields, count, err);
    if (result) return result;
    return lstmfc_fields_resolve(desc, lstmfc__forecaster_fields, LSTMFC__COUNT(lstmfc__forecaster_fields), err);
}

LSTMFC__DEF lstmfc_forecaster_desc lstmfc_forecaster_desc_default(void)
{
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    lstmfc_forecaster_desc_resolve(&desc, NULL);
    return desc;
}

/* Nothing in it changes after the fit or the load that made it. Every member is written to the file, or follows from one that
   is. */
struct lstmfc_forecaster {
    lstmfc_env env;                         /* filled */
    int32_t target, horizon, window, scaler, gaps, start_dependent, synthetic;
    int32_t columns;                        /* F: features = inputs of the network */
    double level, cut;
    lstmfc_features *features;
    lstmfc_model *model;                    /* one output; its window is `window` */
    /* [4][F]: center and scale as lstmfc_scale takes them; then mean and deviation of the fit rows, against which the novelty is
       measured. They are kept apart because a robust or min-max scale says little about how far from home an input is. All
       scales and deviations are above 0. */
    double *scaling;
    double target_center, target_scale;     /* the network answers (y - center) / scale; 0 and 1 for direction */
    double quantile;                        /* conformal q; NaN = no interval, inf = too few calibration samples for the level */
    int64_t calibration_count;              /* scores behind q */
    char *symbol, *options, *extra;         /* options, extra: raw JSON kept byte for byte; extra NULL = absent */
    lstmfc_epoch *history;                  /* [epochs] */
    int32_t epochs, best_epoch;             /* 0 <= best_epoch <= epochs */
    int64_t created, interval;              /* ms; interval 0 = unknown, else at most LSTMFC__INTERVAL_MAX */
    int64_t lookback, stable, seed;         /* 0 <= lookback <= stable */
    int64_t rows, from, fit_to, seen_to, fingerprint;   /* of the seen rows */
    int64_t fit_samples, val_samples, equal_closes, gap_samples, bad_samples;
    double base_rate;                       /* share of ups in the fit part, in [0, 1]; NaN unless direction */
};

/* Works on a half-made object too: every maker takes zeroed memory first and hangs each part on as soon as it is there. The env is
   copied out because the object that holds it goes last. */
LSTMFC__DEF void lstmfc_forecaster_free(lstmfc_forecaster *forecaster)
{
    lstmfc_env env;
    if (!forecaster) return;
    env = forecaster->env;
    lstmfc_features_free(forecaster->features);
    lstmfc_model_free(forecaster->model);
    lstmfc__free(&env, forecaster->scaling, 4 * (size_t)forecaster->columns, sizeof(double));
    if (forecaster->symbol) lstmfc__free(&env, forecaster->symbol, strlen(forecaster->symbol) + 1, 1);
    if (forecaster->options) lstmfc__free(&env, forecaster->options, strlen(forecaster->options) + 1, 1);
    if (forecaster->extra) lstmfc__free(&env, forecaster->extra, strlen(forecaster->extra) + 1, 1);
    lstmfc__free(&env, forecaster->history, (size_t)forecaster->epochs, sizeof(lstmfc_epoch));
    lstmfc__free(&env, forecaster, 1, sizeof *forecaster);
}

/* ---- targets: what a sample's label is ---- */

#define LSTMFC__RV_BARS 20                  /* returns in the volatility that scales the intervals */
#define LSTMFC__HORIZON_MAX 100000          /* bars; the bound of the option */
#define LSTMFC__INTERVAL_MAX ((int64_t)10000000000 * 1000)     /* ms, some 317 years: times the largest horizon it fits int64 */

/* sum of r[k]^2 over the bars k = last-n+1 .. last, r[k] = ln(C[k] / C[k-1]); reads C[last-n] .. C[last] */
LSTMFC__PRIVATE double lstmfc__squared_returns(const double *close, int64_t last, int64_t n)
{
    double sum = 0;
    int64_t k;
    for (k = last - n + 1; k <= last; k++) {
        double r = lstmfc_log(close[k] / close[k - 1]);
        sum += r * r;
    }
    return sum;
}

/* RV of the n bars that end at `last`: sqrt(sum r^2 / n). No mean is subtracted: over a few bars the mean return is mostly noise,
   and a market that rises by 1 % each bar is not calm. NaN when the series does not reach back that far. */
LSTMFC__PRIVATE double lstmfc__root_mean_square_return(const double *close, int64_t last, int64_t n)
{
    return last - n < 0 ? lstmfc_nan() : lstmfc_sqrt(lstmfc__squared_returns(close, last, n) / (double)n);
}

/* RV20: sample standard deviation (ddof 1) of the last 20 log returns, the yardstick of the intervals,

       sqrt(sum (r[k] - mean r)^2 / 19)      over k = last-19 .. last, so the closes from last-20 on

   Here the mean is subtracted: a width should say how far the returns scatter, and a steady drift does not scatter. Computed
   afresh from the closes at every bar and never as a running sum: a stream and a batch must agree in every bit, wherever they
   began. */
LSTMFC__PRIVATE double lstmfc__interval_scale(const double *close, int64_t last)
{
    lstmfc_moments moments = {0, 0, 0};
    int64_t k;
    if (last < LSTMFC__RV_BARS) return lstmfc_nan();
    for (k = last - LSTMFC__RV_BARS + 1; k <= last; k++) lstmfc_moments_add(&moments, lstmfc_log(close[k] / close[k - 1]));
    return lstmfc_sqrt(lstmfc_moments_variance(&moments, 1));
}

/* 1 when a step between two neighbouring bars of first..last is longer than 1.5 intervals. An interval of 0 (bars in no common
   rhythm) has no gaps: nobody can say which bar is missing. */
LSTMFC__PRIVATE int lstmfc__has_gap(const int64_t *time, int64_t first, int64_t last, int64_t interval)
{
    int64_t k;
    for (k = first + 1; k <= last; k++) if (lstmfc__missing_bars(lstmfc__step(time, (size_t)k), interval) > 0) return 1;
    return 0;
}

/* What every use of a series needs, whatever the features are. */
LSTMFC__PRIVATE lstmfc_result lstmfc__need_close(const lstmfc_candles *candles, lstmfc_error *err)
{
    if (!candles) return lstmfc__fail_null(err, "candles");
    if (!candles->time && candles->count) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "candles have no times");
    if (!candles->close)
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "the series has no column 'close'; map one with columns, as in close=<name>");
    return LSTMFC_OK;
}

/* The label of sample t before scaling: 1/0, log return, or ln RV. Returns why there is none: an lstmfc outcome reason. In this
   chapter only a label and the outcome below read bars after t: whatever learns or measures goes through one of the two.

   Closes 100 101 101 99 and h = 1: the directions are 1, none (equal), 0, none (open: its answer has not happened yet); the
   returns ln 1.01 = 0.00995, 0, ln(99/101) = -0.02000, open. Closes are compared exactly and without an epsilon: they are
   quoted numbers, and what is a small difference for one market is a day's move of another. */
LSTMFC__PRIVATE int32_t lstmfc__label(const lstmfc_candles *candles, int32_t target, int64_t t, int64_t horizon, double *label)
{
    const double *close = candles->close;
    *label = lstmfc_nan();
    if (t + horizon >= (int64_t)candles->count) return LSTMFC_OUTCOME_OPEN;
    if (target == LSTMFC_TARGET_DIRECTION) {
        if (lstmfc_is_nan(close[t]) || lstmfc_is_nan(close[t + horizon])) return LSTMFC_OUTCOME_BAD;
        if (close[t + horizon] == close[t]) return LSTMFC_OUTCOME_EQUAL;
        *label = close[t + horizon] > close[t] ? 1.0 : 0.0;
    } else if (target == LSTMFC_TARGET_VOLATILITY) {
        /* h + 1 equal closes have RV 0 and the label ln 0 = -inf: not finite, so left out below like a close of 0 */
        *label = lstmfc_log(lstmfc__root_mean_square_return(close, t + horizon, horizon));
    } else {
        *label = lstmfc_log(close[t + horizon] / close[t]);
    }
    return lstmfc_is_finite(*label) ? LSTMFC_OUTCOME_KNOWN : LSTMFC_OUTCOME_BAD;
}

/* Label and persistence in the units of a forecast. Persistence is what a forecaster without any model would say: it is the bar to
   beat, and it knows nothing that lies after t. */
LSTMFC__DEF lstmfc_outcome lstmfc_forecaster_outcome(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t index)
{
    lstmfc_outcome outcome;
    int64_t t = (int64_t)index, h, first;
    double label;
    outcome.value = outcome.log_return = outcome.persistence = lstmfc_nan();
    outcome.reason = LSTMFC_OUTCOME_BAD;
    if (!forecaster || lstmfc__need_close(candles, NULL)) return outcome;
    h = forecaster->horizon;
    first = t - forecaster->window + 1;
    outcome.reason = index < candles->count ? lstmfc__label(candles, forecaster->target, t, h, &label) : LSTMFC_OUTCOME_OPEN;
    if (outcome.reason == LSTMFC_OUTCOME_OPEN) return outcome;
    outcome.log_return = lstmfc_log(candles->close[t + h] / candles->close[t]);
    switch (forecaster->target) {
    case LSTMFC_TARGET_DIRECTION:
        outcome.value = label;
        outcome.persistence = forecaster->base_rate;    /* of the fit part: the measured bars' own share would be hindsight */
        break;
    case LSTMFC_TARGET_PRICE:
        outcome.value = candles->close[t + h];
        outcome.persistence = candles->close[t];
        break;
    case LSTMFC_TARGET_RETURN:
        outcome.value = label;
        outcome.persistence = 0;
        break;
    default:
        outcome.value = lstmfc__root_mean_square_return(candles->close, t + h, h);
        outcome.persistence = lstmfc__root_mean_square_return(candles->close, t, h);
    }
    if (outcome.reason == LSTMFC_OUTCOME_KNOWN && forecaster->gaps == 0
        && lstmfc__has_gap(candles->time, first < 0 ? 0 : first, t + h, forecaster->interval)) outcome.reason = LSTMFC_OUTCOME_GAP;
    return outcome;
}

/* `bars` intervals after `time`. Wraps instead of overflowing: the times of a caller's own arrays may be anything. */
LSTMFC__PRIVATE int64_t lstmfc__bars_later(const lstmfc_forecaster *fc, int64_t time, int64_t bars)
{
    return (int64_t)((uint64_t)time + (uint64_t)bars * (uint64_t)fc->interval);
}

/* ---- rows: one bar's features, scaled ---- */

/* "Novelty" answers a question no forecast answers: has the model ever seen such a market? A network extrapolates without
   complaint. An input 12 deviations from the mean of the fit rows (a crash, a new exchange, a slipped decimal point) gives a
   forecast that looks like any other; so each forecast carries the largest |z| of its window, and 8 is far outside what even
   fat-tailed returns do. */

/* row [F] of features -> scaled [F]; returns the row's novelty max_j |row[j] - mean[j]| / deviation[j], NaN if any value is not
   finite. Such a row must not be shown to a network (one NaN would spread to every output of every window that holds it), so its
   NaN novelty marks it and whoever builds windows leaves them out. Its values are set to 0: windows of other samples in the same
   batch are multiplied in one go, and 0 times a weight is harmless. */
LSTMFC__PRIVATE double lstmfc__scale_row(const lstmfc_forecaster *fc, const double *row, lstmfc_real *scaled)
{
    /* scaling = | center [F] | scale [F] | mean [F] | deviation [F] | */
    const double *center = fc->scaling, *scale = center + fc->columns, *mean = scale + fc->columns, *deviation = mean + fc->columns;
    double novelty = 0;
    int bad = 0;
    int32_t j;
    for (j = 0; j < fc->columns; j++) {
        double z = row[j] - mean[j], y = lstmfc_scale(fc->scaler, row[j], center[j], scale[j]);
        z = (z < 0 ? -z : z) / deviation[j];
        if (z > novelty) novelty = z;
        scaled[j] = (lstmfc_real)y;
        if (!lstmfc_is_finite((double)scaled[j])) { bad = 1; scaled[j] = 0; }      /* also what is too large for a float */
    }
    return bad ? lstmfc_nan() : novelty;
}

/* The largest of n novelties; NaN if one is: a window with one unusable row is unusable. */
LSTMFC__PRIVATE double lstmfc__largest(const double *x, int64_t n)
{
    double largest = 0;
    int64_t k;
    for (k = 0; k < n; k++) {
        if (lstmfc_is_nan(x[k])) return x[k];
        if (x[k] > largest) largest = x[k];
    }
    return largest;
}

/* The network's answer for one window -> a forecast in the user's units. close points at the last close seen, with `history`
   closes before it; LSTMFC__RV_BARS of them are read when there are as many. With a = the answer, c and s the target's scaling, q
   the conformal quantile:
       direction    p = a (the sigmoid has been applied)
       price        y = c + s a,   C exp(y),   C exp(y -+ q RV20)
       return       y,                         y -+ q RV20
       volatility   exp(y),                    exp(y -+ q): a factor up and down
   Bounds are not symmetric around a price, as prices are not. q = inf gives an honest interval of everything.

   For C = 100, y = 0.002, RV20 = 0.005 and q = 1.7 the width is 0.0085, the price 100 exp(0.002) = 100.20 and its interval 100
   exp(-0.0065) .. 100 exp(0.0105) = 99.35 .. 101.06. Every field that the target does not define is NaN, never 0: a 0 would be
   a forecast. */
LSTMFC__PRIVATE void lstmfc__forecast_fill(const lstmfc_forecaster *fc, double answer, int64_t time, const double *close, int64_t history,
                                           double novelty, lstmfc_forecast *out)
{
    double none = lstmfc_nan(), y, width;
    out->time = time;
    out->target_time = lstmfc__bars_later(fc, time, fc->horizon);
    out->horizon = fc->horizon;
    out->close = *close;
    out->value = out->probability_up = out->price = out->log_return = out->volatility = out->lower = out->upper = none;
    out->level = fc->level;
    out->novelty = novelty;
    if (!lstmfc_is_finite(answer) || lstmfc_is_nan(novelty)) return;
    if (fc->target == LSTMFC_TARGET_DIRECTION) {
        out->value = out->probability_up = answer;
        return;
    }
    y = fc->target_center + fc->target_scale * answer;
    if (fc->target == LSTMFC_TARGET_VOLATILITY) {
        out->value = out->volatility = lstmfc_exp(y);
        out->lower = lstmfc_exp(y - fc->quantile);
        out->upper = lstmfc_exp(y + fc->quantile);
        return;
    }
    width = history >= LSTMFC__RV_BARS ? lstmfc__interval_scale(close - LSTMFC__RV_BARS, LSTMFC__RV_BARS) : none;
    /* 20 equal closes say nothing about the next: no interval, rather than an empty one. */
    width = width > 0 ? width * fc->quantile : none;
    out->log_return = y;
    out->price = *close * lstmfc_exp(y);
    if (fc->target == LSTMFC_TARGET_PRICE) {
        out->value = out->price;
        out->lower = *close * lstmfc_exp(y - width);
        out->upper = *close * lstmfc_exp(y + width);
    } else {
        out->value = y;
        out->lower = y - width;
        out->upper = y + width;
    }
}

/* ---- forecasts in bulk ---- */

#define LSTMFC__FORECAST_CHUNK 256          /* windows per call of the network: wide products, little stack */

/* Three passes in one: features bar by bar from the very first bar (an average remembers it), rows scaled and kept from `start`
   on, windows in chunks through the network. A window is only a row number in the kept matrix, never a copy.

       bar    0 ......... start ........ first ............ end-1
                          |<- window-1 ->|<--- count --->|
              pushed only |<----------- kept ----------->|

   For T = 3 and the forecasts of bars 5 and 6: start = 3, the bars 3 4 5 6 are kept as rows 0 1 2 3, and the windows begin at the
   rows 0 and 1. Memory is N F numbers instead of the N T F of copied windows. Nothing here can look ahead: the features of bar t
   are pushed before those of t+1 are known, and a window ends with its own bar. */

LSTMFC__DEF lstmfc_result lstmfc_forecaster_predict_all(const lstmfc_forecaster *fc, const lstmfc_candles *candles, size_t first,
                                                        size_t count, lstmfc_forecast *out, lstmfc_error *err)
{
    lstmfc_result result = LSTMFC_OK;
    lstmfc_features_state *state = NULL;
    lstmfc_scratch *scratch = NULL;
    lstmfc_real *rows = NULL, answers[LSTMFC__FORECAST_CHUNK];
    double *row = NULL, *novelty = NULL;
    int64_t starts[LSTMFC__FORECAST_CHUNK];
    size_t columns, end = first + count, start, keep, values = 0, t, i;
    lstmfc_batch batch;
    const lstmfc_env *env;

    if (!fc) return lstmfc__fail_null(err, "forecaster");
    result = lstmfc__need_close(candles, err);
    if (result) return result;
    if (!out) return lstmfc__fail_null(err, "out");
    if (end < first || end > candles->count)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%z bars from bar %z are asked for, the series has %z", count, first,
                            candles->count);
    if (!count) return LSTMFC_OK;
    env = &fc->env;
    columns = (size_t)fc->columns;
    start = first + 1 > (size_t)fc->window ? first + 1 - (size_t)fc->window : 0;
    keep = end - start;
    state = lstmfc_features_state_create(fc->features, err);
    scratch = state ? lstmfc_scratch_create(fc->model, LSTMFC__FORECAST_CHUNK, err) : NULL;
    row = scratch ? (double *)lstmfc__alloc(env, columns, sizeof(double), err) : NULL;
    novelty = row ? (double *)lstmfc__alloc(env, keep, sizeof(double), err) : NULL;
    if (novelty && !lstmfc__mul(keep, columns, &values))
        result = lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z rows of %z features", keep, columns);
    else if (novelty) rows = (lstmfc_real *)lstmfc__alloc(env, values, sizeof(lstmfc_real), err);
    if (!rows) result = LSTMFC_ERROR_MEMORY;
    for (t = 0; !result && t < end; t++) {
        result = lstmfc_features_push(state, candles, t, row, err);
        if (!result && t >= start) {
            novelty[t - start] = lstmfc__scale_row(fc, row, rows + (t - start) * columns);
            if ((int64_t)t < fc->stable) novelty[t - start] = lstmfc_nan();     /* it still remembers where the series began */
        }
    }
    memset(&batch, 0, sizeof batch);
    batch.rows = rows; batch.row_count = keep; batch.row_stride = columns; batch.window = (size_t)fc->window;
    batch.first_row = starts;
    /* row of bar t in the kept matrix: t - start; first row of its window: t - (T-1) - start */
    for (t = first; !result && t < end; t += batch.count) {
        batch.count = end - t < LSTMFC__FORECAST_CHUNK ? end - t : LSTMFC__FORECAST_CHUNK;
        for (i = 0; i < batch.count; i++) {
            size_t last = t + i;                        /* a window that would begin before bar 0 borrows row 0: its answer is dropped */
            starts[i] = last + 1 >= start + (size_t)fc->window ? (int64_t)(last + 1 - (size_t)fc->window - start) : 0;
        }
        if (keep < (size_t)fc->window) memset(answers, 0, sizeof answers);      /* no whole window anywhere: every forecast is NaN */
        else result = lstmfc_model_predict(fc->model, scratch, &batch, answers, err);
        for (i = 0; !result && i < batch.count; i++) {
            size_t last = t + i;
            double worst = last + 1 >= start + (size_t)fc->window ? lstmfc__largest(novelty + starts[i], fc->window) : lstmfc_nan();
            lstmfc__forecast_fill(fc, (double)answers[i], candles->time[last], candles->close + last, (int64_t)last, worst,
                                  &out[last - first]);
        }
    }
    lstmfc__free(env, rows, values, sizeof(lstmfc_real));
    lstmfc__free(env, novelty, keep, sizeof(double));
    lstmfc__free(env, row, columns, sizeof(double));
    lstmfc_scratch_free(scratch);
    lstmfc_features_state_free(state);
    return result;
}

/* ---- streams: the same forecasts bar by bar ---- */

/* Why not simply call predict_all with the newest bar? It would run through the whole history at every bar. A stream remembers
   what the history leaves behind: the state of the features (the last value of an average, the ring of a window), the last T
   scaled rows, and the last closes for the interval. The price of a bar is then one step of the features and T steps of the
   network. */

/* Position T of the buffers holds the newest row; positions 0 .. T-1 the rows before it. A push shifts everything down by one
   afterwards, a peek does not, and works on a copy of the feature state: that is all the difference between them. For T = 3, with
   bars up to 8 closed and bar 9 coming in:

       position     0   1   2   3                                     0   1   2   3
       bar          6   7   8   9     window = positions 1..3;        7   8   9   -     after the shift
   The recurrence is run anew over the whole window at each bar, from the zero state, although carrying the state on would cost one
   step instead of T: a state carried on for a year is not the state of the training windows, so its forecasts would be of another
   model than the one that was evaluated. */
struct lstmfc_stream {
    const lstmfc_forecaster *forecaster;    /* borrowed */
    lstmfc_features_state *state, *spare;   /* after the last closed bar; room for a peek's copy */
    lstmfc_scratch *scratch;                /* for one window */
    lstmfc_real *rows;                      /* [T + 1][F] */
    double *row, *novelty;                  /* [F] before scaling; [T + 1], NaN where there is no usable row (yet) */
    double closes[LSTMFC__RV_BARS + 1];     /* the newest at the end */
    int64_t seen;                           /* closed bars so far = row number of the bar that comes next */
    int64_t last_time;                      /* of the last closed bar, when seen > 0 */
};

LSTMFC__DEF void lstmfc_stream_free(lstmfc_stream *stream)
{
    lstmfc_env env;
    size_t columns, positions;
    if (!stream) return;
    env = stream->forecaster->env;
    columns = (size_t)stream->forecaster->columns;
    positions = (size_t)stream->forecaster->window + 1;
    lstmfc_features_state_free(stream->state);
    lstmfc_features_state_free(stream->spare);
    lstmfc_scratch_free(stream->scratch);
    lstmfc__free(&env, stream->rows, positions * columns, sizeof(lstmfc_real));
    lstmfc__free(&env, stream->row, columns, sizeof(double));
    lstmfc__free(&env, stream->novelty, positions, sizeof(double));
    lstmfc__free(&env, stream, 1, sizeof *stream);
}

/* All memory a stream will ever take: push and peek allocate nothing, so a bot cannot run out of memory in the middle of a
   trade. */
LSTMFC__DEF lstmfc_stream *lstmfc_stream_create(const lstmfc_forecaster *forecaster, lstmfc_error *err)
{
    lstmfc_stream *stream;
    const lstmfc_env *env;
    size_t columns, positions, k;
    if (!forecaster) { lstmfc__fail_null(err, "forecaster"); return NULL; }
    env = &forecaster->env;
    columns = (size_t)forecaster->columns;
    positions = (size_t)forecaster->window + 1;
    stream = (lstmfc_stream *)lstmfc__alloc(env, 1, sizeof *stream, err);
    if (!stream) return NULL;
    stream->forecaster = forecaster;
    if (!(stream->state = lstmfc_features_state_create(forecaster->features, err))
        || !(stream->spare = lstmfc_features_state_create(forecaster->features, err))
        || !(stream->scratch = lstmfc_scratch_create(forecaster->model, 1, err))
        || !(stream->row = (double *)lstmfc__alloc(env, columns, sizeof(double), err))
        || !(stream->novelty = (double *)lstmfc__alloc(env, positions, sizeof(double), err))
        || !(stream->rows = (lstmfc_real *)lstmfc__alloc(env, positions * columns, sizeof(lstmfc_real), err))) {
        lstmfc_stream_free(stream);
        return NULL;
    }
    for (k = 0; k < positions; k++) stream->novelty[k] = lstmfc_nan();      /* no forecast before T usable rows have come */
    return stream;
}

/* The newest bar into position T, through the given feature state. Everything that can be wrong with a bar is found before the
   state takes it, so a refused bar leaves the stream as it was. A bar that is late or comes twice is refused rather than skipped:
   the caller's feed is broken, and only the caller can tell how. */
LSTMFC__PRIVATE lstmfc_result lstmfc__stream_enter(lstmfc_stream *stream, lstmfc_features_state *state, const lstmfc_candles *candles,
                                                   size_t index, lstmfc_error *err)
{
    const lstmfc_forecaster *fc = stream->forecaster;
    lstmfc_result result = lstmfc__need_close(candles, err);
    if (result) return result;
    if (index >= candles->count)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "bar %z is asked for, the series has %z", index, candles->count);
    if (stream->seen && candles->time[index] <= stream->last_time) {
        char now[32], before[32];
        lstmfc_format_time(now, candles->time[index]);
        lstmfc_format_time(before, stream->last_time);
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "a bar of %s after one of %s: times must ascend", now, before);
    }
    result = lstmfc_features_push(state, candles, index, stream->row, err);
    if (result) return result;
    stream->novelty[fc->window] = lstmfc__scale_row(fc, stream->row, stream->rows + (size_t)fc->window * (size_t)fc->columns);
    if (stream->seen < fc->stable) stream->novelty[fc->window] = lstmfc_nan();
    stream->closes[LSTMFC__RV_BARS] = candles->close[index];
    return LSTMFC_OK;
}

/* The forecast from positions 1 .. T, the window that ends with the newest row: a batch of one, through the same function as the
   batches of lstmfc_forecaster_predict_all, whose results do not depend on how many windows share a call. `seen` is the number of
   closed bars and so also the number of closes before this one, which is what lstmfc__forecast_fill asks for. */
LSTMFC__PRIVATE lstmfc_result lstmfc__stream_forecast(lstmfc_stream *stream, int64_t time, lstmfc_forecast *out, lstmfc_error *err)
{
    const lstmfc_forecaster *fc = stream->forecaster;
    lstmfc_result result;
    lstmfc_real answer = 0;
    double worst = lstmfc__largest(stream->novelty + 1, fc->window);
    lstmfc_batch batch;
    int64_t first = 1;
    memset(&batch, 0, sizeof batch);
    batch.rows = stream->rows; batch.row_count = (size_t)fc->window + 1; batch.row_stride = (size_t)fc->columns;
    batch.first_row = &first; batch.count = 1; batch.window = (size_t)fc->window;
    if (!lstmfc_is_nan(worst)) {                        /* else the forecast is NaN whatever the network would say */
        result = lstmfc_model_predict(fc->model, stream->scratch, &batch, &answer, err);
        if (result) return result;
    }
    lstmfc__forecast_fill(fc, (double)answer, time, stream->closes + LSTMFC__RV_BARS, stream->seen, worst, out);
    return LSTMFC_OK;
}

/* The newest bar is closed: everything moves down by one. */
LSTMFC__PRIVATE void lstmfc__stream_shift(lstmfc_stream *stream, int64_t time)
{
    size_t window = (size_t)stream->forecaster->window, columns = (size_t)stream->forecaster->columns;
    memmove(stream->rows, stream->rows + columns, window * columns * sizeof(lstmfc_real));
    memmove(stream->novelty, stream->novelty + 1, window * sizeof(double));
    memmove(stream->closes, stream->closes + 1, LSTMFC__RV_BARS * sizeof(double));
    stream->seen++;
    stream->last_time = time;
}

/* features -> forecast -> shift. The shift comes last and cannot fail, so an error leaves position and time as they were. It moves
   T rows of F numbers, which is little beside the T steps of the network that precede it; a ring would save the copy and cost
   the window its one unbroken block. */
LSTMFC__DEF lstmfc_result lstmfc_stream_push(lstmfc_stream *stream, const lstmfc_candles *candles, size_t index, lstmfc_forecast *out,
                                             lstmfc_error *err)
{
    lstmfc_result result;
    if (!stream) return lstmfc__fail_null(err, "stream");
    result = lstmfc__stream_enter(stream, stream->state, candles, index, err);
    if (!result && out) result = lstmfc__stream_forecast(stream, candles->time[index], out, err);
    if (!result) lstmfc__stream_shift(stream, candles->time[index]);
    return result;
}

/* A push into a copy. Position T is overwritten by the next push or peek, so nothing needs to be undone. */
LSTMFC__DEF lstmfc_result lstmfc_stream_peek(lstmfc_stream *stream, const lstmfc_candles *candles, size_t index, lstmfc_forecast *out,
                                             lstmfc_error *err)
{
    lstmfc_result result;
    if (!stream) return lstmfc__fail_null(err, "stream");
    if (!out) return lstmfc__fail_null(err, "out");
    result = lstmfc_features_state_copy(stream->spare, stream->state);
    if (!result) result = lstmfc__stream_enter(stream, stream->spare, candles, index, err);
    if (!result) result = lstmfc__stream_forecast(stream, candles->time[index], out, err);
    return result;
}

/* ---- the newest forecast, and forecasts fed back ---- */

/* Feeding back is a way to see where a model leads, not a way to forecast better: each imagined bar is smoother than a real one
   (a forecast is a mean, and means do not jump), so the features drift away from anything the network was fitted on, which the
   growing novelty shows. A model trained for the horizon itself is the honest way to look four bars ahead. */

/* A stream pushed through the series; beyond the last bar, each forecast price becomes the close of an imagined bar that is
   pushed in turn. That only makes sense when a bar is known by its close and its time alone - hence no features of high, low or
   volume - and when one forecast is one bar ahead. A probability is no price, so direction is never fed back. */
LSTMFC__DEF lstmfc_result lstmfc_forecaster_predict(const lstmfc_forecaster *fc, const lstmfc_candles *candles, int32_t steps,
                                                    lstmfc_forecast *out, lstmfc_error *err)
{
    lstmfc_result result = LSTMFC_OK;
    lstmfc_stream *stream;
    lstmfc_candles next;                    /* the bar a recursive step imagines */
    double close;
    int64_t time, needed;
    int32_t step, culprit = -1;
    size_t t;

    if (!fc) return lstmfc__fail_null(err, "forecaster");
    if (!candles) return lstmfc__fail_null(err, "candles");
    if (!out) return lstmfc__fail_null(err, "out");
    if (steps < 1) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "steps is %d; it must be at least 1", steps);
    if (steps > 1) {
        if (fc->target != LSTMFC_TARGET_PRICE && fc->target != LSTMFC_TARGET_RETURN)
            return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%d steps: only price and return can be fed back, not %s", steps,
                                fc->target == LSTMFC_TARGET_DIRECTION ? "direction" : "volatility");
        if (fc->horizon != 1)
            return lstmfc__fail(err, LSTMFC_ERROR_UNSUPPORTED, "%d steps: only a horizon of 1 can be fed back, the model's is %d", steps,
                                fc->horizon);
        if (!lstmfc_features_only_close(fc->features, &culprit))
            return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "%d steps: the feature '%s' needs more than close and time, which nobody "
                                "knows ahead", steps, lstmfc_features_name(fc->features, culprit));
        if (!fc->interval)
            return lstmfc__fail(err, LSTMFC_ERROR_DATA, "%d steps: the model's bars have no common interval, so nobody knows the "
                                "time of the next", steps);
    }
    /* the last of these bars has the number stable + T - 1, and its window begins at bar `stable`, the first usable row */
    needed = fc->stable + fc->window;
    if ((int64_t)candles->count < needed)
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "a forecast needs %l bars (stable lookback %l + window %d), the series has %z",
                            needed, fc->stable, fc->window, candles->count);
    stream = lstmfc_stream_create(fc, err);
    if (!stream) return LSTMFC_ERROR_MEMORY;
    for (t = 0; !result && t < candles->count; t++)
        result = lstmfc_stream_push(stream, candles, t, t + 1 == candles->count ? out : NULL, err);
    if (!result && lstmfc_is_nan(out[0].value)) {
        char when[32];
        lstmfc_format_time(when, out[0].time);
        result = lstmfc__fail(err, LSTMFC_ERROR_DATA, "no forecast at %s: a feature in its window of %d bars is not finite", when,
                              fc->window);
    }
    memset(&next, 0, sizeof next);
    next.count = 1; next.time = &time; next.close = &close; next.interval = candles->interval;
    for (step = 1; !result && step < steps; step++) {
        /* C[t+k] = C[t+k-1] exp(y[k]): the price of a target `return` is filled in as well, so both are fed back alike */
        time = lstmfc__bars_later(fc, out[step - 1].time, 1);
        close = out[step - 1].price;
        result = lstmfc_stream_push(stream, &next, 0, &out[step], err);
        /* Errors compound over fed-back steps and the calibration saw none of them: no interval is better than a false one. */
        out[step].lower = out[step].upper = lstmfc_nan();
    }
    lstmfc_stream_free(stream);
    return result;
}

/* ---- fitting ---- */

/* The seen rows of N bars fall into parts, each a range of sample ends t; between two parts, samples that would share bars are
   left out ("purged": the labels of one must not lie in the windows or labels of the next):

       | warm-up | fit ................ | T+h | validation ... | h | calibration ... |  h  |   test: not in here at all
                   weights, scalers           early stopping       intervals         labels

   With 1,000 seen rows, 50 of them warm-up, T = 24, h = 1 and val = 0.2: the first window is 50..73, so samples end at t =
   73..998, 926 of them; 185 are for validation and calibration. Fit: t = 73..788. Its last label is row 789, and the first
   validation window begins at row 791. Validation: t = 814..905; calibration: t = 907..998.

   Samples of the three parts stand one after another in starts, labels and scores: fit, validation, calibration. */
struct lstmfc_fit {
    lstmfc_env env;                         /* filled */
    lstmfc_forecaster *forecaster;          /* under construction; handed out by lstmfc_fit_finish, then NULL */
    lstmfc_trainer *trainer;                /* borrows model, scaled, starts and labels */
    lstmfc_spans spans;
    int32_t columns, window;                /* kept here because the forecaster leaves */
    int64_t rows;                           /* N of the seen rows */
    lstmfc_real *scaled;                    /* [N][F] */
    double *novelty;                        /* [N], NaN where a row cannot be used */
    int64_t *starts;                        /* [samples] of N: first row of each window */
    lstmfc_real *labels;                    /* [samples] of N: scaled targets */
    double *scores;                         /* [samples] of N: unscaled targets; those of the calibration part become scores */
    const lstmfc_candles *candles;          /* borrowed; only its first `rows` bars are ever read */
    size_t samples;                         /* fit + validation + calibration */
    int32_t done;                           /* lstmfc_fit_step has given LSTMFC_DONE */
};

/* The trainer goes first: it borrows from all the others. */
LSTMFC__DEF void lstmfc_fit_free(lstmfc_fit *fit)
{
    lstmfc_env env;
    size_t rows;
    if (!fit) return;
    env = fit->env;
    rows = (size_t)fit->rows;
    lstmfc_trainer_free(fit->trainer);
    lstmfc_forecaster_free(fit->forecaster);
    lstmfc__free(&env, fit->scaled, rows * (size_t)fit->columns, sizeof(lstmfc_real));
    lstmfc__free(&env, fit->novelty, rows, sizeof(double));
    lstmfc__free(&env, fit->starts, rows, sizeof(int64_t));
    lstmfc__free(&env, fit->labels, rows, sizeof(lstmfc_real));
    lstmfc__free(&env, fit->scores, rows, sizeof(double));
    lstmfc__free(&env, fit, 1, sizeof *fit);
}

LSTMFC__DEF lstmfc_trainer *lstmfc_fit_trainer(lstmfc_fit *fit) { return fit ? fit->trainer : NULL; }
LSTMFC__DEF lstmfc_spans lstmfc_fit_spans(const lstmfc_fit *fit)
{
    lstmfc_spans none;
    memset(&none, 0, sizeof none);
    return fit ? fit->spans : none;
}

/* Does the network end as the target needs? One output; a sigmoid for direction, linear for the rest. The commonest slip of a
   first network, so the message holds the text to write. (A linear head under a log loss, or a sigmoid that must say -3, would
   train without complaint and learn nothing.) */
LSTMFC__PRIVATE lstmfc_result lstmfc__check_head(const lstmfc_model *model, int32_t target, lstmfc_error *err)
{
    int32_t outputs = lstmfc_model_outputs(model), head = lstmfc_model_head(model);
    int32_t direction = target == LSTMFC_TARGET_DIRECTION;
    if (outputs == 1 && head == (direction ? LSTMFC_SIGMOID : LSTMFC_LINEAR)) return LSTMFC_OK;
    return lstmfc__fail(err, LSTMFC_ERROR_SPEC, "the network '%s' has %d output%s%s: this target needs '%s' as its last layer",
                        lstmfc_model_spec(model), outputs, outputs == 1 ? "" : "s",
                        head == LSTMFC_SIGMOID ? " with sigmoid" : head == LSTMFC_LINEAR ? " without activation" : "",
                        direction ? "dense 1 sigmoid" : "dense 1");
}

/* Samples t in [first, end) that can be used, appended to the fit; labels are still unscaled. Returns how many. What is left out
   is counted by its first reason: no side (equal closes), a number that is not finite in window or label, a missing bar between
   the first row of the window and the last of the label. So the counts add up: with gaps=drop, end - first = taken + equal +
   bad + gaps, and a report can say where the samples went. */
LSTMFC__PRIVATE int64_t lstmfc__collect(lstmfc_fit *fit, const lstmfc_candles *seen, int64_t first, int64_t end)
{
    lstmfc_forecaster *fc = fit->forecaster;
    int64_t t, taken = 0;
    for (t = first; t < end; t++) {
        int64_t start = t - fc->window + 1;
        double label;
        int32_t reason = lstmfc__label(seen, fc->target, t, fc->horizon, &label);
        if (reason == LSTMFC_OUTCOME_EQUAL) { fc->equal_closes++; continue; }
        if (reason != LSTMFC_OUTCOME_KNOWN || lstmfc_is_nan(lstmfc__largest(fit->novelty + start, fc->window))) {
            fc->bad_samples++;
            continue;
        }
        if (lstmfc__has_gap(seen->time, start, t + fc->horizon, fc->interval)) {
            fc->gap_samples++;
            if (fc->gaps == 0) continue;                /* drop; count keeps it */
        }
        fit->starts[fit->samples] = start;
        fit->labels[fit->samples] = (lstmfc_real)label;
        fit->scores[fit->samples] = label;          /* in double until it is scaled */
        fit->samples++;
        taken++;
    }
    return taken;
}

/* The training options as raw JSON: what made this file, for the reader of it, and for the check that a checkpoint is resumed
   with what it was begun with. Left out: what has its own member in the file; test, because the model must not depend on what
   lies behind the seen rows, not even on how much of it there is; threads, which never changes a result. */
LSTMFC__PRIVATE char *lstmfc__options_text(const lstmfc_forecaster_desc *desc, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_writer writer;
    size_t count, k, table;
    char *text = NULL;
    lstmfc_writer_init(&writer, env);
    lstmfc_json_begin(&writer, NULL, '{');
    for (table = 0; table < 3; table++) {
        const lstmfc_field *fields = table == 0 ? lstmfc_forecaster_desc_fields(&count)
                                   : table == 1 ? lstmfc_training_desc_fields(&count) : lstmfc_optimizer_desc_fields(&count);
        const void *values = table == 0 ? (const void *)desc : table == 1 ? (const void *)&desc->training
                           : (const void *)&desc->training.optimizer;
        for (k = 0; k < count; k++) {
            static const char *const elsewhere[] = {"target", "horizon", "window", "features", "model", "scaler", "symbol", "created",
                                                    "seed", "test", "threads"};
            char value[64];
            size_t e = 0;
            while (e < LSTMFC__COUNT(elsewhere) && strcmp(fields[k].name, elsewhere[e]) != 0) e++;
            if (e < LSTMFC__COUNT(elsewhere)) continue;
            lstmfc_field_get(values, &fields[k], value, sizeof value);
            lstmfc_json_put_string(&writer, fields[k].name, value);
        }
    }
    lstmfc_json_end(&writer, '}');
    lstmfc_write_text(&writer, "", 1);
    if (writer.failed) lstmfc__fail(err, writer.failed, "out of memory for the options");
    else text = lstmfc__copy_string(env, writer.text, err);
    lstmfc_writer_free(&writer);
    return text;
}

/* What of a resolved desc belongs to the finished object, and the compiled feature text. `seen` gives the feature compiler the
   names of the columns, so that a feature of an absent column is refused now and not at the first bar. */
LSTMFC__PRIVATE lstmfc_forecaster *lstmfc__forecaster_new(const lstmfc_forecaster_desc *desc, const lstmfc_candles *seen,
                                                          const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_features_desc features_desc;
    lstmfc_forecaster *fc = (lstmfc_forecaster *)lstmfc__alloc(env, 1, sizeof *fc, err);
    if (!fc) return NULL;
    fc->env = *env;
    fc->target = desc->target; fc->horizon = desc->horizon; fc->window = desc->window; fc->scaler = desc->scaler;
    fc->gaps = desc->gaps; fc->start_dependent = desc->start_dependent; fc->level = desc->level; fc->cut = desc->cut;
    fc->created = desc->created; fc->seed = desc->training.seed; fc->synthetic = seen->synthetic;
    fc->target_scale = 1; fc->quantile = fc->base_rate = lstmfc_nan();
    memset(&features_desc, 0, sizeof features_desc);
    features_desc.columns = seen; features_desc.start_dependent = desc->start_dependent; features_desc.env = env;
    if (!(fc->symbol = lstmfc__copy_string(env, desc->symbol, err))
        || !(fc->options = lstmfc__options_text(desc, env, err))
        || !(fc->features = lstmfc_features_compile(desc->features, &features_desc, err))) {
        lstmfc_forecaster_free(fc);
        return NULL;
    }
    fc->columns = lstmfc_features_count(fc->features);
    fc->lookback = lstmfc_features_lookback(fc->features);
    fc->stable = lstmfc_features_stable(fc->features, 0);       /* an endless average of 14 bars is stable after some hundred */
    /* from the seen rows, not candles->interval: a reader has measured that over the whole file, test span included */
    fc->interval = lstmfc__majority_step(seen->time, seen->count);
    if (fc->interval > LSTMFC__INTERVAL_MAX) fc->interval = 0;
    fc->rows = (int64_t)seen->count;
    fc->scaling = (double *)lstmfc__alloc(env, 4 * (size_t)fc->columns, sizeof(double), err);
    if (!fc->scaling) { lstmfc_forecaster_free(fc); return NULL; }
    return fc;
}

/* Features of the seen rows, scaler from the fit rows, scaled rows and their novelty. Fit rows: from the first row of the first
   fit window to the last row of the last one, in the example above 50..788. The rows of validation and calibration are scaled
   with these same numbers, as every later row will be: a scaler fitted on all seen rows would tell the network the range of a
   future it is to be judged on, and the validation loss would look better than life (Kaufman et al., Leakage in data mining,
   2012). The unscaled matrix is only passed through: what stays is one float per value. */
LSTMFC__PRIVATE lstmfc_result lstmfc__fit_rows(lstmfc_fit *fit, const lstmfc_candles *seen, lstmfc_error *err)
{
    lstmfc_forecaster *fc = fit->forecaster;
    const lstmfc_env *env = &fit->env;
    size_t rows = seen->count, columns = (size_t)fc->columns, values, t;
    int64_t first = fit->spans.fit_first - fc->window + 1;
    double *center = fc->scaling, *scale = center + columns, *mean = scale + columns, *deviation = mean + columns, *matrix = NULL;
    lstmfc_result result = LSTMFC_ERROR_MEMORY;
    if (!lstmfc__mul(rows, columns, &values))
        return lstmfc__fail(err, result, "out of memory: %z rows of %z features", rows, columns);
    if (!(matrix = (double *)lstmfc__alloc(env, values, sizeof(double), err))
        || !(fit->scaled = (lstmfc_real *)lstmfc__alloc(env, values, sizeof(lstmfc_real), err))
        || !(fit->novelty = (double *)lstmfc__alloc(env, rows, sizeof(double), err))) goto end;
    result = lstmfc_features_evaluate(fc->features, seen, matrix, err);
    if (!result) result = lstmfc_scaler_fit(fc->scaler, matrix + (size_t)first * columns, (size_t)(fit->spans.fit_end - first), columns,
                                            columns, center, scale, env, err);
    /* the novelty's own mean and deviation, whatever the scaler of the network */
    if (!result) result = lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, matrix + (size_t)first * columns,
                                            (size_t)(fit->spans.fit_end - first), columns, columns, mean, deviation, env, err);
    for (t = 0; !result && t < rows; t++) {
        fit->novelty[t] = lstmfc__scale_row(fc, matrix + t * columns, fit->scaled + t * columns);
        if ((int64_t)t < fc->stable) fit->novelty[t] = lstmfc_nan();
    }
end:
    lstmfc__free(env, matrix, values, sizeof(double));
    return result;
}

/* Labels to the network's scale, (y - mean) / deviation with ddof 0 over the fit samples: an hourly log return is about 0.005,
   and a network that starts with outputs around 1 would spend its first epochs shrinking. Direction keeps 1 and 0, and notes the
   share of ups: the probability that a forecaster without a model would name. */
LSTMFC__PRIVATE void lstmfc__fit_labels(lstmfc_fit *fit)
{
    lstmfc_forecaster *fc = fit->forecaster;
    size_t k;
    if (fc->target == LSTMFC_TARGET_DIRECTION) {
        double up = 0;
        for (k = 0; k < (size_t)fc->fit_samples; k++) up += fit->scores[k];
        fc->base_rate = up / (double)fc->fit_samples;
    } else {
        lstmfc_moments moments = {0, 0, 0};
        /* label = (y - center) / scale, undone by y = center + scale * answer in lstmfc__forecast_fill and lstmfc__calibrate */
        for (k = 0; k < (size_t)fc->fit_samples; k++) lstmfc_moments_add(&moments, fit->scores[k]);
        fc->target_center = moments.mean;
        fc->target_scale = lstmfc_sqrt(lstmfc_moments_variance(&moments, 0));
        if (!(fc->target_scale > 0)) fc->target_scale = 1;      /* every label the same: nothing to learn, nothing to divide by */
        for (k = 0; k < fit->samples; k++)
            fit->labels[k] = (lstmfc_real)((fit->scores[k] - fc->target_center) / fc->target_scale);
    }
}

/* The sequence of the essay, up to the first batch. What it makes hangs on the fit at once, so a failure anywhere just returns:
   the caller frees the fit. desc is resolved. */
LSTMFC__PRIVATE lstmfc_result lstmfc__fit_start(lstmfc_fit *fit, const lstmfc_candles *candles, lstmfc_forecaster_desc *desc,
                                                lstmfc_error *err)
{
    const lstmfc_env *env = &fit->env;
    lstmfc_candles seen = *candles;         /* the same arrays, cut short */
    lstmfc_candles_report report;
    lstmfc_model_desc model_desc;
    lstmfc_forecaster *fc;
    lstmfc_batch train, validation;
    lstmfc_result result;
    double val = desc->val == LSTMFC_NONE ? 0 : desc->val, test = desc->test == LSTMFC_NONE ? 0 : desc->test;
    int64_t last_label;

    result = lstmfc__need_close(candles, err);
    if (result) return result;
    if (desc->scaler == LSTMFC_SCALER_WINDOW)
        return lstmfc__fail(err, LSTMFC_ERROR_UNSUPPORTED,
                            "scaler 'window' is not in this version; standard, minmax, robust, log and none are");
    /* From here on the test span does not exist: floor((1 - test) N) bars, and nothing below looks at `candles` again. */
    seen.count = (size_t)floor((1 - test) * (double)candles->count);
    result = lstmfc_candles_check(&seen, &report, err);
    if (result) return result;
    fit->candles = candles;
    fit->rows = (int64_t)seen.count;
    fc = fit->forecaster = lstmfc__forecaster_new(desc, &seen, env, err);
    if (!fc) return err && err->code ? err->code : LSTMFC_ERROR_MEMORY;
    fit->columns = fc->columns;
    fit->window = fc->window;
    /* test 0: that span is cut off already. A direction has no interval and needs no calibration part: validation gets it all. */
    result = lstmfc_spans_make((int64_t)seen.count, fc->stable, fc->window, fc->horizon, val, 0,
                               fc->target != LSTMFC_TARGET_DIRECTION, &fit->spans, err);
    if (result) return result;
    result = lstmfc__fit_rows(fit, &seen, err);
    if (result) return result;
    if (!(fit->starts = (int64_t *)lstmfc__alloc(env, seen.count, sizeof(int64_t), err))
        || !(fit->labels = (lstmfc_real *)lstmfc__alloc(env, seen.count, sizeof(lstmfc_real), err))
        || !(fit->scores = (double *)lstmfc__alloc(env, seen.count, sizeof(double), err))) return LSTMFC_ERROR_MEMORY;
    /* As many as there are rows is room enough: the three parts hold different sample ends. */
    fc->fit_samples = lstmfc__collect(fit, &seen, fit->spans.fit_first, fit->spans.fit_end);
    fc->val_samples = lstmfc__collect(fit, &seen, fit->spans.val_first, fit->spans.val_end);
    lstmfc__collect(fit, &seen, fit->spans.cal_first, fit->spans.cal_end);
    if (!fc->fit_samples || (val > 0 && !fc->val_samples))
        return lstmfc__fail(err, LSTMFC_ERROR_DATA,
                            "no usable %s sample: %l left out for equal closes, %l for a missing bar, %l for a value that "
                            "is not finite",
                            fc->fit_samples ? "validation" : "fit", fc->equal_closes, fc->gap_samples, fc->bad_samples);
    lstmfc__fit_labels(fit);
    /* fit_to is the bar of the last label, not of the last window: whoever fits a baseline for comparison must stop there too.
       seen_to is the last bar that anything in the file may depend on; evaluation begins after it. */
    last_label = fit->spans.fit_end - 1 + fc->horizon;
    fc->from = seen.time[0];
    fc->fit_to = seen.time[last_label];
    fc->seen_to = seen.time[seen.count - 1];
    fc->fingerprint = lstmfc_candles_fingerprint(&seen, seen.count);

    memset(&model_desc, 0, sizeof model_desc);
    model_desc.spec = desc->model; model_desc.inputs = fc->columns; model_desc.window = fc->window;
    model_desc.seed = desc->training.seed; model_desc.env = env;
    /* Seeds: weights, shuffling and masks all draw from training.seed, each in a stream of its own. */
    fc->model = lstmfc_model_create(&model_desc, err);
    if (!fc->model) return err && err->code ? err->code : LSTMFC_ERROR_SPEC;
    result = lstmfc__check_head(fc->model, fc->target, err);
    if (result) return result;
    if (desc->training.loss == 1 + LSTMFC_LOSS_BCE && fc->target != LSTMFC_TARGET_DIRECTION)     /* 0 is auto: by the head */
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT,
                            "loss 'bce' is for target direction; this target is a number: mse, mae or huber");
    desc->training.env = env;

    /* Both batches are views of the one matrix of scaled rows: windows are row numbers, labels stand beside them. */
    memset(&train, 0, sizeof train);
    train.rows = fit->scaled; train.row_count = seen.count; train.row_stride = (size_t)fc->columns;
    train.window = (size_t)fc->window;
    validation = train;
    train.first_row = fit->starts;
    train.targets = fit->labels;
    train.count = (size_t)fc->fit_samples;
    validation.first_row = fit->starts + fc->fit_samples;
    validation.targets = fit->labels + fc->fit_samples;
    validation.count = (size_t)fc->val_samples;
    fit->trainer = lstmfc_trainer_create(fc->model, &train, validation.count ? &validation : NULL, &desc->training, err);
    return fit->trainer ? LSTMFC_OK : err && err->code ? err->code : LSTMFC_ERROR_MEMORY;
}

/* desc is copied before it is resolved: the caller's keeps its zeros, and may be used again. */
LSTMFC__DEF lstmfc_fit *lstmfc_fit_create(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, lstmfc_error *err)
{
    lstmfc_forecaster_desc resolved;
    lstmfc_env env;
    lstmfc_fit *fit;
    if (!candles) { lstmfc__fail_null(err, "candles"); return NULL; }
    if (desc) resolved = *desc; else memset(&resolved, 0, sizeof resolved);
    if (lstmfc_forecaster_desc_resolve(&resolved, err)) return NULL;
    env = lstmfc__env_fill(resolved.env);
    fit = (lstmfc_fit *)lstmfc__alloc(&env, 1, sizeof *fit, err);
    if (!fit) return NULL;
    fit->env = env;
    if (lstmfc__fit_start(fit, candles, &resolved, err)) { lstmfc_fit_free(fit); return NULL; }
    return fit;
}

/* `done` is the fit's own memory of DONE: only a finished training is calibrated, for only then are the best weights in place. */
LSTMFC__DEF lstmfc_result lstmfc_fit_step(lstmfc_fit *fit, int64_t max_batches, lstmfc_error *err)
{
    lstmfc_result result;
    if (!fit) return lstmfc__fail_null(err, "fit");
    if (!fit->forecaster) return LSTMFC_DONE;           /* its network has left with it, and may be freed by now */
    result = lstmfc_trainer_step(fit->trainer, max_batches, err);
    fit->done = result == LSTMFC_DONE;
    return result;
}

/* Split conformal: score_i = |y_i - yhat_i| / RV20[t_i] (for volatility |y_i - yhat_i|) over the calibration samples, and q = the
   ceil((n+1) level)-th smallest of them. Why n+1: the next score is as likely to take any of the n+1 places among the others, so
   it is at most the k-th smallest of n with probability k / (n+1). The 92 samples of the example above at a level of 0.9:
   ceil(93 * 0.9) = 84, so q is the 84th smallest score. With n = 8 that needs the 9th of 8: q = inf. That holds for any
   network, however bad - a bad one gets wide intervals - as long as the future is like the calibration part. */
LSTMFC__PRIVATE lstmfc_result lstmfc__calibrate(lstmfc_fit *fit, lstmfc_error *err)
{
    lstmfc_forecaster *fc = fit->forecaster;
    const double *close = fit->candles->close;
    double *scores = fit->scores + fc->fit_samples + fc->val_samples;   /* labels, turned into scores from the front */
    lstmfc_scratch *scratch;
    lstmfc_result result = LSTMFC_OK;
    lstmfc_batch batch;
    lstmfc_real answers[LSTMFC__FORECAST_CHUNK];
    size_t first, k, scored = 0;            /* scored <= samples read so far, so writing scores never overtakes reading labels */

    scratch = lstmfc_scratch_create(fc->model, LSTMFC__FORECAST_CHUNK, err);
    if (!scratch) return LSTMFC_ERROR_MEMORY;
    memset(&batch, 0, sizeof batch);
    batch.rows = fit->scaled; batch.row_count = (size_t)fit->rows; batch.row_stride = (size_t)fc->columns;
    batch.window = (size_t)fc->window;
    for (first = (size_t)(fc->fit_samples + fc->val_samples); !result && first < fit->samples; first += batch.count) {
        batch.first_row = fit->starts + first;
        batch.count = fit->samples - first < LSTMFC__FORECAST_CHUNK ? fit->samples - first : LSTMFC__FORECAST_CHUNK;
        result = lstmfc_model_predict(fc->model, scratch, &batch, answers, err);
        for (k = 0; !result && k < batch.count; k++) {
            /* the sample's own bar: yardstick and forecast both end there, as they will for a bar that is forecast live */
            int64_t t = fit->starts[first + k] + fc->window - 1;
            double y = fc->target_center + fc->target_scale * (double)answers[k], score = fit->scores[first + k] - y;
            if (fc->target != LSTMFC_TARGET_VOLATILITY) score /= lstmfc__interval_scale(close, t);
            if (score < 0) score = -score;
            if (lstmfc_is_finite(score)) scores[scored++] = score;      /* a flat market has no yardstick: no score, no interval */
        }
    }
    lstmfc_scratch_free(scratch);
    if (result) return result;
    fc->calibration_count = (int64_t)scored;
    fc->quantile = scored ? lstmfc_conformal_quantile(scored, scores, fc->level) : lstmfc_nan();
    return LSTMFC_OK;
}

/* The trainer has put the best weights back when it said DONE; what is missing is the interval and the history. Then the
   forecaster changes hands: the fit forgets it, so that each is freed once, in any order. */
LSTMFC__DEF lstmfc_forecaster *lstmfc_fit_finish(lstmfc_fit *fit, lstmfc_error *err)
{
    lstmfc_forecaster *fc;
    const lstmfc_epoch *history;
    lstmfc_epoch *copy;
    int32_t epochs, best;
    if (!fit) { lstmfc__fail_null(err, "fit"); return NULL; }
    if (!fit->forecaster) { lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "this fit has already given its forecaster"); return NULL; }
    if (!fit->done) {
        lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "training is not finished: call lstmfc_fit_step until it gives LSTMFC_DONE");
        return NULL;
    }
    fc = fit->forecaster;
    history = lstmfc_trainer_history(fit->trainer, &epochs, &best);
    copy = (lstmfc_epoch *)lstmfc__alloc(&fit->env, (size_t)epochs, sizeof *history, err);
    if (!copy) return NULL;
    /* The calibration changes nothing before it has all its memory, so a second try finds the fit as it was. */
    if (fit->spans.cal_end > fit->spans.cal_first && lstmfc__calibrate(fit, err)) {
        lstmfc__free(&fit->env, copy, (size_t)epochs, sizeof *history);
        return NULL;
    }
    memcpy(copy, history, (size_t)epochs * sizeof *history);
    fc->history = copy;
    fc->epochs = epochs;
    fc->best_epoch = best;
    fit->forecaster = NULL;
    return fc;
}

/* The three calls as most programs want them. Whoever must stay responsive (a page, a bot, Ctrl-C) takes them one by one. */
LSTMFC__DEF lstmfc_forecaster *lstmfc_forecaster_fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc,
                                                     lstmfc_error *err)
{
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_result result = LSTMFC_OK;
    lstmfc_fit *fit;
    if (!candles) { lstmfc__fail_null(err, "candles"); return NULL; }
    fit = lstmfc_fit_create(candles, desc, err);
    while (fit && result == LSTMFC_OK) result = lstmfc_fit_step(fit, 0, err);
    if (fit && result == LSTMFC_DONE) forecaster = lstmfc_fit_finish(fit, err);
    lstmfc_fit_free(fit);
    return forecaster;
}

/* A view: its texts, arrays and objects belong to the forecaster and live as long. NULL gives zeros. */
LSTMFC__DEF lstmfc_forecaster_info lstmfc_forecaster_get_info(const lstmfc_forecaster *fc)
{
    lstmfc_forecaster_info info;
    memset(&info, 0, sizeof info);
    if (!fc) return info;
    info.target = fc->target; info.horizon = fc->horizon; info.window = fc->window; info.scaler = fc->scaler; info.gaps = fc->gaps;
    info.epochs = fc->epochs; info.best_epoch = fc->best_epoch; info.synthetic = fc->synthetic; info.seed = fc->seed;
    info.symbol = fc->symbol; info.options = fc->options;
    info.feature_spec = lstmfc_features_spec(fc->features); info.model_spec = lstmfc_model_spec(fc->model);
    info.rows = fc->rows; info.from = fc->from; info.fit_to = fc->fit_to; info.seen_to = fc->seen_to; info.created = fc->created;
    info.interval = fc->interval; info.lookback = fc->lookback; info.stable = fc->stable; info.fingerprint = fc->fingerprint;
    info.fit_samples = fc->fit_samples; info.val_samples = fc->val_samples; info.cal_samples = fc->calibration_count;
    info.equal_closes = fc->equal_closes; info.gap_samples = fc->gap_samples; info.bad_samples = fc->bad_samples;
    info.base_rate = fc->base_rate; info.level = fc->level; info.cut = fc->cut; info.quantile = fc->quantile;
    info.model = fc->model; info.features = fc->features; info.history = fc->history; info.scaling = fc->scaling;
    return info;
}

/* ---- the model file: this chapter's members around those of chapter 17 ---- */

/* One JSON object; [F] is an array with one number per feature. Chapter 17 writes what stands to the right of its name.

       "format", "version", "library", "created"                                            17
       "task"       target, horizon, symbol, interval_seconds, cut, target_center, target_scale, base_rate
       "features"   spec, names, lookback, stable, start_dependent, gaps
       "scaler"     kind, center [F], scale [F], mean [F], deviation [F]
       "model"      spec, inputs, window, dtype, parameters                                 17
       "intervals"  level, count, quantile
       "training"   rows, seed, epochs, best_epoch, options, history, metrics, from, fit_to, seen_to, fingerprint, synthetic
       "optimizer"  in a checkpoint only                                                    17
       "extra"      whatever its owner put there
       "checksum"                                                                           17

   Timings and thread counts are not in it: the same data, options and seed must give the same bytes. The window T stands in
   "model" alone, the number of features follows from the spec: what is written twice can disagree. */

/* in the order of LSTMFC_TARGET_... and LSTMFC_SCALER_... */
static const char *const lstmfc__target_names[] = {"direction", "price", "return", "volatility"};
static const char *const lstmfc__scaler_names[] = {"standard", "minmax", "robust", "log", "window", "none"};

/* The members before "model": what the forecaster reads. "names" is for people and other programs; the spec alone is compiled.
   A reader in another language has in these members all it takes to feed the network: the columns in their order, and what to do
   to each. Times are whole milliseconds everywhere but in interval_seconds. */
LSTMFC__PRIVATE void lstmfc__forecaster_head(const lstmfc_forecaster *fc, lstmfc_writer *writer)
{
    int32_t j;
    lstmfc_json_begin(writer, "task", '{');
    lstmfc_json_put_string(writer, "target", lstmfc__target_names[fc->target]);
    lstmfc_json_put_integer(writer, "horizon", fc->horizon);
    lstmfc_json_put_string(writer, "symbol", fc->symbol);
    lstmfc_json_put_number(writer, "interval_seconds", (double)fc->interval / 1000);
    lstmfc_json_put_number(writer, "cut", fc->cut);
    lstmfc_json_put_number(writer, "target_center", fc->target_center);
    lstmfc_json_put_number(writer, "target_scale", fc->target_scale);
    lstmfc_json_put_number(writer, "base_rate", fc->base_rate);
    lstmfc_json_end(writer, '}');
    lstmfc_json_begin(writer, "features", '{');
    lstmfc_json_put_string(writer, "spec", lstmfc_features_spec(fc->features));
    lstmfc_json_begin(writer, "names", '[');
    for (j = 0; j < fc->columns; j++) lstmfc_json_put_string(writer, NULL, lstmfc_features_name(fc->features, j));
    lstmfc_json_end(writer, ']');
    lstmfc_json_put_integer(writer, "lookback", fc->lookback);
    lstmfc_json_put_integer(writer, "stable", fc->stable);
    lstmfc_json_put_bool(writer, "start_dependent", fc->start_dependent);
    lstmfc_json_put_string(writer, "gaps", fc->gaps == 0 ? "drop" : "count");
    lstmfc_json_end(writer, '}');
    lstmfc_json_begin(writer, "scaler", '{');
    lstmfc_json_put_string(writer, "kind", lstmfc__scaler_names[fc->scaler]);
    lstmfc_json_put_doubles(writer, "center", fc->scaling, (size_t)fc->columns);
    lstmfc_json_put_doubles(writer, "scale", fc->scaling + fc->columns, (size_t)fc->columns);
    lstmfc_json_put_doubles(writer, "mean", fc->scaling + 2 * fc->columns, (size_t)fc->columns);
    lstmfc_json_put_doubles(writer, "deviation", fc->scaling + 3 * fc->columns, (size_t)fc->columns);
    lstmfc_json_end(writer, '}');
}

/* The members after "model": what it has measured and where it comes from. */
LSTMFC__PRIVATE void lstmfc__forecaster_tail(const lstmfc_forecaster *fc, lstmfc_writer *writer)
{
    lstmfc_json_begin(writer, "intervals", '{');
    lstmfc_json_put_number(writer, "level", fc->level);
    lstmfc_json_put_integer(writer, "count", fc->calibration_count);
    /* null: no interval; "inf": fewer calibration samples than the level needs, so that only the infinite interval is honest */
    if (fc->quantile > DBL_MAX) lstmfc_json_put_string(writer, "quantile", "inf");
    else lstmfc_json_put_number(writer, "quantile", fc->quantile);
    lstmfc_json_end(writer, '}');
    lstmfc_json_begin(writer, "training", '{');
    lstmfc_json_put_integer(writer, "rows", fc->rows);
    lstmfc_json_put_integer(writer, "seed", fc->seed);
    lstmfc_json_put_integer(writer, "epochs", fc->epochs);
    lstmfc_json_put_integer(writer, "best_epoch", fc->best_epoch);
    lstmfc_json_put_raw(writer, "options", fc->options, strlen(fc->options));
    lstmfc__epochs_write(writer, "history", fc->history, fc->epochs);
    lstmfc_json_begin(writer, "metrics", '{');
    lstmfc_json_put_integer(writer, "fit_samples", fc->fit_samples);
    lstmfc_json_put_integer(writer, "val_samples", fc->val_samples);
    lstmfc_json_put_integer(writer, "equal_closes", fc->equal_closes);
    lstmfc_json_put_integer(writer, "gap_samples", fc->gap_samples);
    lstmfc_json_put_integer(writer, "bad_samples", fc->bad_samples);
    lstmfc_json_end(writer, '}');
    lstmfc_json_put_integer(writer, "from", fc->from);
    lstmfc_json_put_integer(writer, "fit_to", fc->fit_to);
    lstmfc_json_put_integer(writer, "seen_to", fc->seen_to);
    lstmfc_json_put_hex(writer, "fingerprint", (uint64_t)fc->fingerprint);
    lstmfc_json_put_bool(writer, "synthetic", fc->synthetic);
    lstmfc_json_end(writer, '}');
}

/* The members stand in one fixed order and every number in its shortest exact text, so equal forecasters are equal files: the
   tests compare bytes. A writer that ran out of memory remembers it, and lstmfc__file_end reports it. */
LSTMFC__DEF lstmfc_result lstmfc_forecaster_save_memory(const lstmfc_forecaster *fc, lstmfc_writer *writer, lstmfc_error *err)
{
    if (!fc) return lstmfc__fail_null(err, "forecaster");
    lstmfc__file_begin(writer, fc->created);
    lstmfc__forecaster_head(fc, writer);
    lstmfc__file_model(writer, fc->model);
    lstmfc__forecaster_tail(fc, writer);
    if (fc->extra) lstmfc_json_put_raw(writer, "extra", fc->extra, strlen(fc->extra));
    return lstmfc__file_end(writer, err);
}

/* A checkpoint is a model file with one more member, "optimizer": last and best weights, moments, position in the epoch. Without
   it the file is the forecaster as it stands, before calibration, and loads as one. */
LSTMFC__DEF lstmfc_result lstmfc_fit_save_memory(const lstmfc_fit *fit, lstmfc_writer *writer, lstmfc_error *err)
{
    const lstmfc_forecaster *fc;
    if (!fit) return lstmfc__fail_null(err, "fit");
    fc = fit->forecaster;
    if (!fc) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "this fit has already given its forecaster: save that");
    lstmfc__file_begin(writer, fc->created);
    lstmfc__forecaster_head(fc, writer);
    lstmfc__file_model(writer, fc->model);
    lstmfc__forecaster_tail(fc, writer);
    lstmfc_trainer_write(fit->trainer, writer, "optimizer");
    return lstmfc__file_end(writer, err);
}

/* ---- reading it: a sticky layer over chapter 17's checked members, so that the members can be read in a row ---- */

/* Some forty members are read. With a result tested after each, the list of members - the thing worth reading - would drown; so
   the reader keeps the first failure, and every read after it is a no-op. */

typedef struct lstmfc__reader {
    const lstmfc_json *json;
    const char *text;                       /* what json was parsed from */
    lstmfc_result failed;
    lstmfc_error *err;                      /* never NULL */
} lstmfc__reader;

/* "'key' must be ...", at the line and column of the member, or of the object that lacks it. */
LSTMFC__PRIVATE void lstmfc__bad_member(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, const char *expected)
{
    lstmfc_json_node node = lstmfc_json_get(reader->json, parent, key);
    if (!reader->failed)
        reader->failed = lstmfc__json_fail(reader->json, node < 0 ? parent : node, reader->err, LSTMFC_ERROR_FORMAT, "'%s' must be %s",
                                           key, expected);
}

LSTMFC__PRIVATE lstmfc_json_node lstmfc__read_object(lstmfc__reader *reader, lstmfc_json_node parent, const char *key)
{
    lstmfc_json_node node = lstmfc_json_get(reader->json, parent, key);
    if (node < 0 || lstmfc_json_type(reader->json, node) != LSTMFC_JSON_OBJECT)
        lstmfc__bad_member(reader, parent, key, "an object");
    return node;
}

LSTMFC__PRIVATE int64_t lstmfc__read_integer(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, int64_t low,
                                             int64_t high)
{
    int64_t value = low;
    if (!reader->failed) reader->failed = lstmfc__member_integer(reader->json, parent, key, low, high, &value, reader->err);
    return reader->failed ? low : value;
}

/* A number that is not finite has no JSON: it was written as null, and comes back as NaN where that is allowed. */
LSTMFC__PRIVATE double lstmfc__read_number(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, int null_allowed)
{
    double value = lstmfc_nan();
    if (null_allowed && lstmfc_json_type(reader->json, lstmfc_json_get(reader->json, parent, key)) == LSTMFC_JSON_NULL)
        return value;
    if (!reader->failed) reader->failed = lstmfc__member_number(reader->json, parent, key, &value, reader->err);
    return value;
}

/* The same within [low, high]: what no file of ours holds must not reach the arithmetic. After an error: low, or NaN. A NaN fails
   the comparison and is not reported here: it was a null that is allowed, or lstmfc__read_number has reported it already. */
LSTMFC__PRIVATE double lstmfc__read_within(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, double low, double high,
                                           int null_allowed)
{
    double value = lstmfc__read_number(reader, parent, key, null_allowed);
    char a[32], b[32], expected[80];
    if (value >= low && value <= high) return value;
    if (!lstmfc_is_nan(value)) {
        lstmfc_format_double(a, low);
        lstmfc_format_double(b, high);
        lstmfc__print(expected, sizeof expected, "a number in %s..%s", a, b);
        lstmfc__bad_member(reader, parent, key, expected);
    }
    return null_allowed ? lstmfc_nan() : low;
}

LSTMFC__PRIVATE int32_t lstmfc__read_bool(lstmfc__reader *reader, lstmfc_json_node parent, const char *key)
{
    lstmfc_json_node node = lstmfc_json_get(reader->json, parent, key);
    int32_t type = node < 0 ? LSTMFC_JSON_NULL : lstmfc_json_type(reader->json, node);
    if (type != LSTMFC_JSON_TRUE && type != LSTMFC_JSON_FALSE) lstmfc__bad_member(reader, parent, key, "true or false");
    return type == LSTMFC_JSON_TRUE;
}

/* index of a string in a list of names */
LSTMFC__PRIVATE int32_t lstmfc__read_choice(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, const char *const *names,
                                            size_t count)
{
    char text[32];
    size_t k;
    lstmfc_json_node node = lstmfc_json_get(reader->json, parent, key);
    if (node >= 0 && lstmfc_json_string(reader->json, node, text, sizeof text, NULL))
        for (k = 0; k < count; k++) if (strcmp(text, names[k]) == 0) return (int32_t)k;
    lstmfc__bad_member(reader, parent, key, "one of its known names");
    return 0;
}

/* Bytes of the file as a string of their own, to be freed like lstmfc__copy_string's (they hold no NUL: it is JSON). */
LSTMFC__PRIVATE char *lstmfc__copy_span(const lstmfc_env *env, const char *text, size_t length, lstmfc_error *err)
{
    char *copy = (char *)lstmfc__alloc(env, length + 1, 1, err);
    return copy ? (char *)memcpy(copy, text, length) : NULL;
}

/* A string of any length within the file, unescaped, to be freed like lstmfc__copy_string's. */
LSTMFC__PRIVATE char *lstmfc__read_string(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, const lstmfc_env *env)
{
    lstmfc_json_node node = lstmfc_json_get(reader->json, parent, key);
    size_t offset = 0, length = 0, filled = 0;
    char *buffer, *text = NULL;
    if (reader->failed) return NULL;
    if (node < 0 || lstmfc_json_type(reader->json, node) != LSTMFC_JSON_STRING) {
        lstmfc__bad_member(reader, parent, key, "a string");
        return NULL;
    }
    lstmfc_json_span(reader->json, node, &offset, &length);     /* unescaping only shortens */
    buffer = (char *)lstmfc__alloc(env, length + 1, 1, reader->err);
    if (!buffer) { reader->failed = LSTMFC_ERROR_MEMORY; return NULL; }
    if (!lstmfc_json_string(reader->json, node, buffer, length + 1, &filled) || strlen(buffer) != filled)
        lstmfc__bad_member(reader, parent, key, "a text without NUL");
    else if (!(text = lstmfc__copy_string(env, buffer, reader->err))) reader->failed = LSTMFC_ERROR_MEMORY;
    lstmfc__free(env, buffer, length + 1, 1);
    return text;
}

/* An array of exactly `count` numbers; scales and deviations must be above 0, for they divide. */
LSTMFC__PRIVATE void lstmfc__read_doubles(lstmfc__reader *reader, lstmfc_json_node parent, const char *key, double *out, int32_t count,
                                          int positive)
{
    lstmfc_json_node node = lstmfc_json_get(reader->json, parent, key);
    int32_t k;
    if (reader->failed) return;
    if (lstmfc_json_size(reader->json, node) != (size_t)count
        || lstmfc_json_doubles(reader->json, node, out, (size_t)count) != (size_t)count)
        lstmfc__bad_member(reader, parent, key, "an array with one number per feature");
    for (k = 0; positive && !reader->failed && k < count; k++)
        if (!(out[k] > 0)) lstmfc__bad_member(reader, parent, key, "an array of positive numbers");
}

/* Everything but the network, in the order of the file. The file may come from anyone: each number is held to the range that the
   arithmetic behind it can bear (a horizon times an interval must fit 64 bits, a scale must not divide by 0, the best epoch is an
   index), and sizes are compared before memory is asked for. */
LSTMFC__PRIVATE lstmfc_result lstmfc__read_forecaster(lstmfc__reader *reader, lstmfc_forecaster *fc)
{
    static const char *const gaps[] = {"drop", "count"};
    const lstmfc_env *env = &fc->env;
    lstmfc_json_node task, node, options;
    lstmfc_features_desc features_desc;
    size_t offset = 0, length = 0;
    char *spec;

    task = lstmfc__read_object(reader, 0, "task");
    if (reader->failed) return reader->failed;
    fc->target = lstmfc__read_choice(reader, task, "target", lstmfc__target_names, LSTMFC__COUNT(lstmfc__target_names));
    fc->horizon = (int32_t)lstmfc__read_integer(reader, task, "horizon", 1, LSTMFC__HORIZON_MAX);
    fc->symbol = lstmfc__read_string(reader, task, "symbol", env);
    /* + 0.5: seconds with a fraction are a rounded double, and a product just below a whole number would lose a millisecond */
    fc->interval = (int64_t)(lstmfc__read_within(reader, task, "interval_seconds", 0, (double)(LSTMFC__INTERVAL_MAX / 1000), 0)
                             * 1000 + 0.5);
    fc->cut = lstmfc__read_within(reader, task, "cut", 0, 1, 0);
    fc->target_center = lstmfc__read_within(reader, task, "target_center", -DBL_MAX, DBL_MAX, 0);
    fc->target_scale = lstmfc__read_within(reader, task, "target_scale", DBL_MIN, DBL_MAX, 0);
    fc->base_rate = lstmfc__read_within(reader, task, "base_rate", 0, 1, fc->target != LSTMFC_TARGET_DIRECTION);

    node = lstmfc__read_object(reader, 0, "features");
    if (reader->failed) return reader->failed;
    fc->stable = lstmfc__read_integer(reader, node, "stable", 0, INT64_MAX / 4);
    fc->lookback = lstmfc__read_integer(reader, node, "lookback", 0, INT64_MAX / 4);
    fc->start_dependent = lstmfc__read_bool(reader, node, "start_dependent");
    fc->gaps = lstmfc__read_choice(reader, node, "gaps", gaps, 2);
    spec = lstmfc__read_string(reader, node, "spec", env);
    if (!spec) return reader->failed;
    memset(&features_desc, 0, sizeof features_desc);
    features_desc.start_dependent = fc->start_dependent;
    features_desc.env = env;
    fc->features = lstmfc_features_compile(spec, &features_desc, reader->err);
    lstmfc__free(env, spec, strlen(spec) + 1, 1);
    if (!fc->features)
        return reader->failed = reader->err->code == LSTMFC_ERROR_MEMORY ? LSTMFC_ERROR_MEMORY
                              : lstmfc__fail(reader->err, LSTMFC_ERROR_FORMAT,
                                             "model file: the feature text in 'spec' is not valid in this version");
    /* A lookback that does not fit its text would let rows through that still remember the start of the series. */
    if (fc->lookback != lstmfc_features_lookback(fc->features) || fc->stable < fc->lookback)
        return reader->failed = lstmfc__fail(reader->err, LSTMFC_ERROR_FORMAT, "model file: 'lookback' is %l and 'stable' %l; the feature "
                                             "text needs a lookback of %l, and at least that to be stable", fc->lookback, fc->stable,
                                             lstmfc_features_lookback(fc->features));
    fc->columns = lstmfc_features_count(fc->features);
    fc->scaling = (double *)lstmfc__alloc(env, 4 * (size_t)fc->columns, sizeof(double), reader->err);
    if (!fc->scaling) return reader->failed = LSTMFC_ERROR_MEMORY;

    node = lstmfc__read_object(reader, 0, "scaler");
    if (reader->failed) return reader->failed;
    fc->scaler = lstmfc__read_choice(reader, node, "kind", lstmfc__scaler_names, LSTMFC__COUNT(lstmfc__scaler_names));
    lstmfc__read_doubles(reader, node, "center", fc->scaling, fc->columns, 0);
    lstmfc__read_doubles(reader, node, "scale", fc->scaling + fc->columns, fc->columns, 1);
    lstmfc__read_doubles(reader, node, "mean", fc->scaling + 2 * fc->columns, fc->columns, 0);
    lstmfc__read_doubles(reader, node, "deviation", fc->scaling + 3 * fc->columns, fc->columns, 1);

    node = lstmfc__read_object(reader, 0, "intervals");
    if (reader->failed) return reader->failed;
    fc->level = lstmfc__read_within(reader, node, "level", 0.5, 0.999, 0);
    fc->calibration_count = lstmfc__read_integer(reader, node, "count", 0, INT64_MAX / 4);
    if (lstmfc__json_equals(reader->json, lstmfc_json_get(reader->json, node, "quantile"), "inf"))
        fc->quantile = lstmfc__infinity();
    else fc->quantile = lstmfc__read_within(reader, node, "quantile", 0, DBL_MAX, 1);

    node = lstmfc__read_object(reader, 0, "training");
    if (reader->failed) return reader->failed;
    fc->rows = lstmfc__read_integer(reader, node, "rows", 1, INT64_MAX / 4);
    fc->seed = lstmfc__read_integer(reader, node, "seed", 0, INT64_MAX);
    fc->epochs = (int32_t)lstmfc__read_integer(reader, node, "epochs", 0, 1000000);
    fc->best_epoch = (int32_t)lstmfc__read_integer(reader, node, "best_epoch", 0, fc->epochs);  /* an index into the history */
    if (reader->failed) return reader->failed;
    /* memory only when the array is as long as it claims; if it is not, lstmfc__epochs_read below refuses it */
    if (lstmfc_json_size(reader->json, lstmfc_json_get(reader->json, node, "history")) == (size_t)fc->epochs) {
        fc->history = (lstmfc_epoch *)lstmfc__alloc(env, (size_t)fc->epochs, sizeof(lstmfc_epoch), reader->err);
        if (!fc->history) return reader->failed = LSTMFC_ERROR_MEMORY;
    }
    reader->failed = lstmfc__epochs_read(reader->json, lstmfc_json_get(reader->json, node, "history"), fc->history, fc->epochs,
                                         reader->err);
    if (reader->failed) return reader->failed;
    fc->from = lstmfc__read_integer(reader, node, "from", INT64_MIN, INT64_MAX);
    fc->fit_to = lstmfc__read_integer(reader, node, "fit_to", INT64_MIN, INT64_MAX);
    fc->seen_to = lstmfc__read_integer(reader, node, "seen_to", INT64_MIN, INT64_MAX);
    fc->fingerprint = lstmfc__read_integer(reader, node, "fingerprint", INT64_MIN, INT64_MAX);
    fc->synthetic = lstmfc__read_bool(reader, node, "synthetic");
    options = lstmfc__read_object(reader, node, "options");
    if (reader->failed) return reader->failed;
    lstmfc_json_span(reader->json, options, &offset, &length);
    fc->options = lstmfc__copy_span(env, reader->text + offset, length, reader->err);
    if (!fc->options) return reader->failed = LSTMFC_ERROR_MEMORY;
    node = lstmfc__read_object(reader, node, "metrics");
    if (reader->failed) return reader->failed;
    fc->fit_samples = lstmfc__read_integer(reader, node, "fit_samples", 0, INT64_MAX / 4);
    fc->val_samples = lstmfc__read_integer(reader, node, "val_samples", 0, INT64_MAX / 4);
    fc->equal_closes = lstmfc__read_integer(reader, node, "equal_closes", 0, INT64_MAX / 4);
    fc->gap_samples = lstmfc__read_integer(reader, node, "gap_samples", 0, INT64_MAX / 4);
    fc->bad_samples = lstmfc__read_integer(reader, node, "bad_samples", 0, INT64_MAX / 4);
    return reader->failed;
}

/* Each part is checked by itself as it is read; here, whether the parts fit each other: network and features in width, head and
   target. */
LSTMFC__DEF lstmfc_forecaster *lstmfc_forecaster_load_memory(const char *text, size_t length, const lstmfc_env *env, lstmfc_error *err)
{
    lstmfc_env filled = lstmfc__env_fill(env);
    lstmfc_error local;                     /* the reader decides by the code, so it needs one even when the caller is quiet */
    lstmfc_forecaster *fc;
    lstmfc__reader reader;
    lstmfc_json *json = NULL;
    lstmfc_json_node extra;
    size_t offset = 0, extra_length = 0;

    memset(&local, 0, sizeof local);
    reader.err = err ? err : &local;
    fc = (lstmfc_forecaster *)lstmfc__alloc(&filled, 1, sizeof *fc, reader.err);
    if (!fc) return NULL;
    fc->env = filled;
    reader.failed = lstmfc__file_open(text, length, &filled, &json, reader.err);
    reader.json = json;
    reader.text = text;
    /* The likeliest wrong file deserves its own words: chapter 17's, which holds a network and nothing around it. */
    if (!reader.failed && lstmfc_json_get(json, 0, "task") < 0)
        reader.failed = lstmfc__fail(reader.err, LSTMFC_ERROR_FORMAT,
                "model file: a network alone, without task, features and scaler; lstmfc_model_load and the command 'infer' read it");
    if (!reader.failed) {
        lstmfc_json_node created = lstmfc_json_get(json, 0, "created");
        if (created >= 0 && !lstmfc_json_integer(json, created, &fc->created))
            lstmfc__bad_member(&reader, 0, "created", "an integer");
    }
    if (!reader.failed) reader.failed = lstmfc__read_forecaster(&reader, fc);
    /* the network after the features, so that the cheap members are refused before the large one is decoded */
    if (!reader.failed && !(fc->model = lstmfc__file_read_model(json, &filled, reader.err))) reader.failed = reader.err->code;
    if (!reader.failed) {
        fc->window = lstmfc_model_window(fc->model);
        if (lstmfc_model_inputs(fc->model) != fc->columns)
            reader.failed = lstmfc__fail(reader.err, LSTMFC_ERROR_FORMAT,
                    "model file: the network takes %d inputs, the feature text gives %d", lstmfc_model_inputs(fc->model),
                    fc->columns);
        else if (fc->scaler == LSTMFC_SCALER_WINDOW)
            reader.failed = lstmfc__fail(reader.err, LSTMFC_ERROR_UNSUPPORTED, "model file: scaler 'window' is not in this version");
        else if (lstmfc__check_head(fc->model, fc->target, NULL))
            reader.failed = lstmfc__fail(reader.err, LSTMFC_ERROR_FORMAT,
                                         "model file: the network's head does not fit the target '%s'", lstmfc__target_names[fc->target]);
    }
    /* "extra" belongs to whoever put it there: not read, but kept byte for byte. Other unknown members are dropped. */
    extra = reader.failed ? -1 : lstmfc_json_get(json, 0, "extra");
    if (extra >= 0) {
        lstmfc_json_span(json, extra, &offset, &extra_length);
        fc->extra = lstmfc__copy_span(&filled, text + offset, extra_length, reader.err);
        if (!fc->extra) reader.failed = LSTMFC_ERROR_MEMORY;
    }
    lstmfc_json_free(json);
    if (reader.failed) { lstmfc_forecaster_free(fc); return NULL; }
    return fc;
}

/* Resume: the checkpoint must come from the same data and the same options, else the words "bit for bit" would be a lie. So the
   whole file is loaded as a forecaster once and held against the one under construction; then the trainer takes its own member,
   all of it or nothing. The date of the first run is kept: the resumed run ends in the same bytes. */
LSTMFC__DEF lstmfc_result lstmfc_fit_load_memory(lstmfc_fit *fit, const char *text, size_t length, lstmfc_error *err)
{
    lstmfc_forecaster *then, *now;
    lstmfc_result result = LSTMFC_OK;
    lstmfc_json *json = NULL;
    lstmfc_json_node optimizer;
    const char *differs;
    lstmfc_error local;
    int64_t created;
    if (!fit) return lstmfc__fail_null(err, "fit");
    now = fit->forecaster;
    if (!now) return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "this fit has already given its forecaster");
    memset(&local, 0, sizeof local);
    if (!err) err = &local;                             /* the result is its code */
    then = lstmfc_forecaster_load_memory(text, length, &fit->env, err);
    if (!then) return err->code;
    /* the first difference is named; `options` comes last, as it stands for everything without a member of its own */
    differs = then->rows != now->rows ? "another number of candles or another share 'test'"
            : then->fingerprint != now->fingerprint ? "other candles"
            : then->seed != now->seed ? "another seed"
            : then->target != now->target || then->horizon != now->horizon || then->window != now->window
              ? "another target, horizon or window"
            : strcmp(lstmfc_features_spec(then->features), lstmfc_features_spec(now->features)) != 0 ? "other features"
            : strcmp(lstmfc_model_spec(then->model), lstmfc_model_spec(now->model)) != 0 ? "another network"
            : then->scaler != now->scaler ? "another scaler"
            : strcmp(then->options, now->options) != 0 ? "other training options" : NULL;
    created = then->created;
    lstmfc_forecaster_free(then);
    if (differs)
        return lstmfc__fail(err, LSTMFC_ERROR_FORMAT, "this checkpoint cannot be resumed here: it was made with %s", differs);
    result = lstmfc__file_open(text, length, &fit->env, &json, err);
    if (result) return result;
    optimizer = lstmfc_json_get(json, 0, "optimizer");
    if (optimizer < 0)
        result = lstmfc__fail(err, LSTMFC_ERROR_FORMAT, "the file is a finished model, not a checkpoint: it has no member 'optimizer'");
    else result = lstmfc_trainer_read(fit->trainer, json, optimizer, err);
    lstmfc_json_free(json);
    if (!result) now->created = created;
    return result;
}

/* Files are the memory forms plus one read or one atomic write: a crash leaves the old file or the new one, never a part. */
#ifndef LSTMFC_NO_STDIO
LSTMFC__DEF lstmfc_result lstmfc_forecaster_save(const lstmfc_forecaster *fc, const char *path, lstmfc_error *err)
{
    lstmfc_writer writer;
    lstmfc_result result;
    if (!fc) return lstmfc__fail_null(err, "forecaster");
    lstmfc_writer_init(&writer, &fc->env);
    result = lstmfc_forecaster_save_memory(fc, &writer, err);
    if (!result) result = lstmfc_file_write(path, writer.text, writer.length, err);
    lstmfc_writer_free(&writer);
    return result;
}

LSTMFC__DEF lstmfc_forecaster *lstmfc_forecaster_load(const char *path, const lstmfc_env *env, lstmfc_error *err)
{
    size_t length;
    char *text = lstmfc_file_read(path, &length, env, err);
    lstmfc_forecaster *fc = text ? lstmfc_forecaster_load_memory(text, length, env, err) : NULL;
    lstmfc_file_release(text, length, env);
    return fc;
}
#endif

/* ================================================================================================================
   19 signals >>signals
   ================================================================================================================ */

/* A forecast is not yet a decision. This chapter turns one into the position wanted at the close of its bar:
     direction        long when p > 0.5 + band, short when p < 0.5 - band, else flat
     price, return    long when the forecast log return > threshold, short when < -threshold, else flat
   The band and the threshold are where costs enter: a forecast of one basis point is right to ignore when a fill costs twelve.
   They may be tuned on validation rows, never on the rows that are then reported. The position is decided with what bar t knows;
   chapter 20 fills it at the open of bar t+1.

   Pitfalls: p = 0.55 is not "55 % sure" unless the probabilities are calibrated (lstmfc_reliability); a rule with many knobs, each
   tuned, fits the past. Granger & Pesaran, "Economic and statistical measures of forecast accuracy", J. Forecasting 19 (2000). */

/* The rows of LSTMFC_SIGNAL_DESC as data (see lstmfc_fields_resolve in chapter 4). */
#define LSTMFC__X(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(lstmfc_signal_desc, name), #name, preset, range, help},
LSTMFC__FIGURE_TABLE(lstmfc_signal_desc_fields, lstmfc_signal_desc, LSTMFC_SIGNAL_DESC(LSTMFC__X))
#undef LSTMFC__X

/* forecasts [n] -> positions [n]. The edges are computed once as 0.5 + band and 0.5 - band and compared with p itself: p - 0.5 >
   band would differ in the last bit (0.8 - 0.5 > 0.3 is true in binary), and two programs with one rule must trade alike. */
LSTMFC__DEF lstmfc_result lstmfc_signals(int32_t target, size_t n, const lstmfc_forecast *forecasts, const lstmfc_signal_desc *desc,
                                         double *positions, double *confidence, lstmfc_error *err)
{
    lstmfc_signal_desc rule;
    lstmfc_result result;
    double above, below;                                /* long beyond the first, short beyond the second */
    size_t i, count;
    const lstmfc_field *fields = lstmfc_signal_desc_fields(&count);
    if (n && (!forecasts || !positions)) return lstmfc__fail_null(err, "an array of lstmfc_signals");
    if (desc) rule = *desc; else memset(&rule, 0, sizeof rule);
    result = lstmfc_fields_resolve(&rule, fields, count, err);
    if (result != LSTMFC_OK) return result;
    if (target == LSTMFC_TARGET_VOLATILITY)
        return lstmfc__fail(err, LSTMFC_ERROR_UNSUPPORTED,
                            "a volatility forecast names no side: signals need a model of direction, price or return");
    if (target != LSTMFC_TARGET_DIRECTION && target != LSTMFC_TARGET_PRICE && target != LSTMFC_TARGET_RETURN)
        return lstmfc__fail(err, LSTMFC_ERROR_ARGUMENT, "target %d is none of LSTMFC_TARGET_...", target);
    if (target == LSTMFC_TARGET_DIRECTION) { above = 0.5 + rule.band; below = 0.5 - rule.band; }
    else { above = rule.threshold; below = -rule.threshold; }
    for (i = 0; i < n; i++) {
        double p = forecasts[i].probability_up, x = target == LSTMFC_TARGET_DIRECTION ? p : forecasts[i].log_return;
        positions[i] = x > above ? 1 : x < below && !rule.long_only ? -1 : 0;   /* NaN: neither, flat */
        if (confidence) confidence[i] = target == LSTMFC_TARGET_DIRECTION ? (p > 0.5 ? p : 1 - p) : lstmfc_nan();
    }
    return LSTMFC_OK;
}

/* ================================================================================================================
   20 backtest >>backtest
   ================================================================================================================ */

/* The backtester asks what a series of decisions would have earned, under rules that favour the market and not the reader. The
   commonest ways to fool oneself are fills at a price that the decision itself has seen, costs charged once instead of twice,
   a stop and a target touched in one bar with the target assumed first, and losses that only showed between closes.

   For each bar t, with the order decided at the close of t-1:
     1 (accrual of funding and borrowing: not in this version, always 0; a short of perpetual futures pays or gets it for real)
     2 gap check: an open beyond stop, trail or take ends the trade at the open
     3 the order is filled at the open: exit, entry or both (a reversal), market fills `slippage` worse, fee on the notional
     4 inside the bar, stops live from the entry bar on: the adverse side first - stop, trail or ruin, whichever the price meets
       first, filled at its level less slippage - then the take profit, a resting order filled at its level
     5 the trail follows this bar's best price, only now: inside the bar one cannot know whether the high came before the low
     6 mark to the close: equity, position, drawdown; and the worst price inside the bar for the intrabar drawdown
     7 targets[t] becomes the order for t+1, if it wants another side than the one held
   After the last bar an open position is closed at the last close, flagged. same_close fills step 3 at the close of the bar that
   decided, after step 5, and stays marked as a cheat.

   Money: cash + quantity * price is the equity at all times. An entry stakes size * |target| of the equity, fee included, in
   fractional units; a short receives the proceeds in cash and owes the units, and can lose more than the stake: when nothing
   would be left it is bought back (ruin) and no order is taken again. Exit and entry of a reversal each pay their costs.

   What to read first: net beside gross, turnover, break-even cost per side, and the interval of the mean return. A Sharpe ratio of
   1 over a year has a standard error of 1. Buy and hold and "repeat the last move" run through the same engine at the same costs.

   Lo, "The statistics of Sharpe ratios", FAJ 58 (2002); Bailey & Lopez de Prado, "The deflated Sharpe ratio", JPM 40 (2014): the
   best of many trials is not evidence. Politis & Romano (1994) for the interval. */

/* The rows of LSTMFC_BACKTEST_DESC and LSTMFC_METRICS as data: one list declares the members, resolves the defaults, prints the
   report and names the options of the command line, so that none of the four can fall behind the others. */
#define LSTMFC__X(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(lstmfc_backtest_desc, name), #name, preset, range, help},
LSTMFC__FIGURE_TABLE(lstmfc_backtest_desc_fields, lstmfc_backtest_desc, LSTMFC_BACKTEST_DESC(LSTMFC__X))
#undef LSTMFC__X
#define LSTMFC__X(name, unit, help) LSTMFC__FIGURE_FIELD(lstmfc_metrics, name, unit, help)
LSTMFC__FIGURE_TABLE(lstmfc_metrics_fields, lstmfc_metrics, LSTMFC_METRICS(LSTMFC__X))
#undef LSTMFC__X

LSTMFC__DEF const char *lstmfc_exit_name(int32_t reason)
{
    static const char *const names[] = {"signal", "stop", "take", "trail", "end", "ruin"};
    return reason >= 0 && reason <= LSTMFC_EXIT_RUIN ? names[reason] : "unknown";
}

/* -- the engine --------------------------------------------------------------------------------------------------- */

/* One account. Invariants between two steps:
     held      1 long, 0 flat, -1 short; quantity >= 0, and 0 exactly when flat
     cash      negative only when a short lost more than everything: then ruined = 1 and nothing is opened again
     levels    prices, fixed at entry (trail_level moves with the best price, never back); NaN = none, and since every comparison
               with NaN is false, a level that is not set is never met
     trades    the newest element is the open trade while held != 0; its exit half is then still zero
   Flat means equity = cash. A long holds the units and has paid for them; a short has been paid and owes them: in both cases
   equity = cash + held * quantity * price, which is why one formula serves both sides everywhere below. */
typedef struct lstmfc__account {
    const lstmfc_env *env;
    const lstmfc_candles *candles;
    double fee, slippage, size, stop, take, trail;      /* shares; stop, take, trail < 0 = none */
    double cash, quantity, entry, stop_level, take_level, trail_level;
    int32_t held, ruined;
    double fees, slipped, turnover;
    lstmfc_trade *trades;
    size_t trade_count, trade_capacity;
} lstmfc__account;

LSTMFC__PRIVATE double lstmfc__account_equity(const lstmfc__account *a, double price) { return a->cash + a->held * a->quantity * price; }

/* The open trade has been at this price: its greatest excursions for (mfe) and against it (mae), as shares of the entry price.
   Sweeney, "Maximum adverse excursion" (1997): where the losers went tells where a stop would have stood. */
LSTMFC__PRIVATE void lstmfc__account_touch(lstmfc__account *a, double price)
{
    lstmfc_trade *trade = &a->trades[a->trade_count - 1];
    double move = a->held * (price - a->entry) / a->entry;
    if (move > trade->mfe) trade->mfe = move;
    if (-move > trade->mae) trade->mae = -move;
}

/* Opens side * |target| at a market price near `price`. From flat only, so that cash is the equity.
     fill      entry = price (1 + side slippage): a buyer pays more, a seller gets less
     size      quantity = stake / (entry (1 + fee)): the fee comes out of the stake, a full stake never borrows
   With 10,000 of cash, price 100, slippage 0.02 % and fee 0.1 %: entry 100.02, quantity 10,000 / 100.12002 = 99.8801,
   notional 9,990.01, fee 9.99, and nothing is left in cash. Fails only for want of memory. */
LSTMFC__PRIVATE lstmfc_result lstmfc__account_enter(lstmfc__account *a, size_t bar, double target, double price, lstmfc_error *err)
{
    lstmfc_trade *trade;
    double side = target > 0 ? 1 : -1, stake = (target > 0 ? target : -target) * a->size * a->cash, fee;
    if (a->ruined || !(stake > 0)) return LSTMFC_OK;
    if (a->trade_count == a->trade_capacity) {
        size_t capacity = a->trade_capacity ? a->trade_capacity * 2 : 64;
        trade = (lstmfc_trade *)lstmfc__grow(a->env, a->trades, a->trade_capacity, capacity, sizeof *trade, err);
        if (!trade) return LSTMFC_ERROR_MEMORY;
        a->trades = trade;
        a->trade_capacity = capacity;
    }
    a->entry = price * (1 + side * a->slippage);
    a->quantity = stake / (a->entry * (1 + a->fee));
    a->held = side > 0 ? 1 : -1;
    fee = a->quantity * a->entry * a->fee;
    a->turnover += a->quantity * a->entry / a->cash;
    a->cash -= side * a->quantity * a->entry + fee;
    a->fees += fee;
    a->slipped += a->quantity * price * a->slippage;
    /* levels count from the price paid, slippage included; NaN: no price compares with it */
    a->stop_level = a->stop < 0 ? lstmfc_nan() : a->entry * (1 - side * a->stop);
    a->take_level = a->take < 0 ? lstmfc_nan() : a->entry * (1 + side * a->take);
    a->trail_level = a->trail < 0 ? lstmfc_nan() : a->entry * (1 - side * a->trail);
    trade = &a->trades[a->trade_count++];
    memset(trade, 0, sizeof *trade);
    trade->entry_bar = (int64_t)bar;
    trade->entry_time = a->candles->time[bar];
    trade->side = a->held;
    trade->quantity = a->quantity;
    trade->entry_price = a->entry;
    trade->entry_fee = fee;
    trade->slippage = a->quantity * price * a->slippage;
    return LSTMFC_OK;
}

/* Closes the position near `price`: with slippage against us at the market, without for a resting order (take), which others
   come to meet. A stop is a market order once it is touched. Completes the open trade:
     gross = side quantity (exit - entry)        pnl = gross - both fees
     net_return = pnl / (quantity entry)         r = net_return / stop, the result in units of what was put at risk */
LSTMFC__PRIVATE void lstmfc__account_exit(lstmfc__account *a, size_t bar, double price, int32_t reason)
{
    lstmfc_trade *trade = &a->trades[a->trade_count - 1];
    double slippage = reason == LSTMFC_EXIT_TAKE ? 0 : a->slippage, fill = price * (1 - a->held * slippage);
    double notional = a->quantity * fill, fee = notional * a->fee;
    lstmfc__account_touch(a, price);
    /* a fill's share of the equity; a bankrupt account has no such share */
    if (lstmfc__account_equity(a, price) > 0) a->turnover += notional / lstmfc__account_equity(a, price);
    a->cash += a->held * notional - fee;
    a->fees += fee;
    a->slipped += a->quantity * price * slippage;
    trade->exit_bar = (int64_t)bar;
    trade->exit_time = a->candles->time[bar];
    trade->reason = reason;
    trade->exit_price = fill;
    trade->exit_fee = fee;
    trade->slippage += a->quantity * price * slippage;
    trade->gross = a->held * a->quantity * (fill - a->entry);
    trade->pnl = trade->gross - trade->entry_fee - fee;
    trade->net_return = trade->pnl / (a->quantity * a->entry);
    trade->r = a->stop < 0 ? lstmfc_nan() : trade->net_return / a->stop;
    a->held = 0;
    a->quantity = 0;
    if (reason == LSTMFC_EXIT_RUIN || !(a->cash > 0)) a->ruined = 1;
}

/* The adverse price that ends the trade: of stop, trail and (shorts) ruin the one met first; NaN = none. "First" is the higher
   level of a long, the lower one of a short: held * (a - b) > 0 says that a is met before b.
   Ruin is where buying back takes all the cash: quantity p (1 + slippage) (1 + fee) = cash. A long of at most the whole equity
   cannot be ruined above price 0. */
LSTMFC__PRIVATE double lstmfc__account_adverse(const lstmfc__account *a, int32_t *reason)
{
    double level = a->stop_level;
    *reason = LSTMFC_EXIT_STOP;
    if (lstmfc_is_nan(level) || a->held * (a->trail_level - level) > 0) { level = a->trail_level; *reason = LSTMFC_EXIT_TRAIL; }
    if (a->held < 0) {
        double ruin = a->cash / (a->quantity * (1 + a->slippage) * (1 + a->fee));
        if (lstmfc_is_nan(level) || ruin < level) { level = ruin; *reason = LSTMFC_EXIT_RUIN; }
    }
    return level;
}

/* Runs one account over the candles; equity, worst, position [count] may be NULL. targets NULL = always 1. The numbers are the
   steps of the essay. What keeps the future out: at bar t the loop reads targets[t] only to form the order for t+1 (step 7), and
   fills at bar t only the order formed at t-1. same_close breaks exactly this rule, which is why it is called a cheat. */
LSTMFC__PRIVATE lstmfc_result lstmfc__account_run(lstmfc__account *a, const double *targets, int32_t fill, int32_t long_only,
                                                  double *equity, double *worst, double *position, lstmfc_error *err)
{
    const lstmfc_candles *c = a->candles;
    size_t t, n = c->count;
    double order = lstmfc_nan(), level;
    int32_t reason;
    lstmfc_result result = LSTMFC_OK;
    for (t = 0; t < n && result == LSTMFC_OK; t++) {
        /* a series of closes alone (same_close only) is bars without a range */
        double close = c->close[t], open = c->open ? c->open[t] : close, target = targets ? targets[t] : 1, lowest, price;
        double high = open > close ? open : close, low = open < close ? open : close, adverse, best;
        if (c->high && c->high[t] > high) high = c->high[t];    /* a high below the open is an error of the file, not of the market */
        if (c->low && c->low[t] < low) low = c->low[t];
        if (long_only && target < 0) target = 0;

        if (a->held) {                                          /* 2: gaps */
            level = lstmfc__account_adverse(a, &reason);
            if (a->held * (open - level) <= 0) lstmfc__account_exit(a, t, open, reason);
            else if (a->held * (open - a->take_level) >= 0) lstmfc__account_exit(a, t, open, LSTMFC_EXIT_TAKE);
        }
        /* 3: the order of the last close. It wants another side than was held then; if a gap has just closed the position, what is
           left of the order is the entry, and the order "flat" (0) is already done */
        if (!lstmfc_is_nan(order)) {
            if (a->held) lstmfc__account_exit(a, t, open, LSTMFC_EXIT_SIGNAL);
            result = lstmfc__account_enter(a, t, order, open, err);
            order = lstmfc_nan();
        }
        lowest = lstmfc__account_equity(a, open);               /* the fills at the open are done: from here the bar's worst mark */
        if (a->held) {                                          /* 4: inside the bar, the adverse side first */
            adverse = a->held > 0 ? low : high;
            best = a->held > 0 ? high : low;
            level = lstmfc__account_adverse(a, &reason);
            /* Both ends of the bar may touch a level and their order is unknown: the bad one is taken to come first. The other
               choice lets a tight stop and a near target win almost every bar, in the backtest only. */
            if (a->held * (adverse - level) <= 0) {
                price = a->held * (open - level) < 0 ? open : level;    /* an entry may lie beyond its own stop already */
                lstmfc__account_exit(a, t, price, reason);
                if (a->cash < lowest) lowest = a->cash;
            } else {
                price = lstmfc__account_equity(a, adverse);
                if (price < lowest) lowest = price;
                lstmfc__account_touch(a, adverse);
                if (a->held * (best - a->take_level) >= 0) lstmfc__account_exit(a, t, a->take_level, LSTMFC_EXIT_TAKE);
                else {
                    lstmfc__account_touch(a, best);             /* 5: the trail, after all fills of the bar */
                    price = best * (1 - a->held * a->trail);
                    if (a->held * (price - a->trail_level) > 0) a->trail_level = price;
                }
            }
        }
        /* the cheat: the close that decided is also the price */
        if (fill == LSTMFC_FILL_SAME_CLOSE && t + 1 < n && !lstmfc_is_nan(target) && (target > 0) - (target < 0) != a->held) {
            if (a->held) lstmfc__account_exit(a, t, close, LSTMFC_EXIT_SIGNAL);
            result = lstmfc__account_enter(a, t, target, close, err);
        }
        /* the data end, the trade does not: closed here so that its costs are paid, and flagged so that it is not taken for a
           decision */
        if (t + 1 == n && a->held) lstmfc__account_exit(a, t, close, LSTMFC_EXIT_END);

        price = lstmfc__account_equity(a, close);               /* 6: mark */
        if (equity) equity[t] = price;
        if (worst) worst[t] = price < lowest ? price : lowest;
        if (position) position[t] = a->held ? a->held * a->quantity * close / price : 0;

        if (fill == LSTMFC_FILL_NEXT_OPEN && !lstmfc_is_nan(target) && (target > 0) - (target < 0) != a->held) order = target;    /* 7 */
    }
    return result;
}

/* -- metrics ------------------------------------------------------------------------------------------------------ */

/* From the equity curve and the trades to figures. Two families that must not be mixed: figures per BAR (Sharpe, drawdown, omega,
   value at risk) see every mark between the fills, figures per TRADE (win rate, profit factor, Kelly) only what was closed. A
   strategy with a win rate of 90 % can lose money; a win rate without the two average sizes says nothing.

   Annualising: a mean grows with time, a standard deviation with its root, hence sharpe * sqrt(bars per year). Bars per year
   come from the data and not from a habit: 252 belongs to exchanges with closing bells, crypto trades 365.25 days of 24 hours. */

#define LSTMFC__YEAR_MS (365.25 * 86400000.0)

/* Simple returns r_t = E_t / E_{t-1} - 1 of n bars, r [n-1]. No order can have been filled before the open of bar 1, so E_0 is
   the balance, and with same_close the costs of a fill at bar 0 fall into the first return. After ruin nothing moves: 0, not 0/0.
   */
LSTMFC__PRIVATE void lstmfc__equity_returns(size_t n, const double *equity, double balance, double *r)
{
    size_t t;
    for (t = 1; t < n; t++) {
        double before = t == 1 ? balance : equity[t - 1];
        r[t - 1] = before > 0 ? equity[t] / before - 1 : 0;
    }
}

/* Drawdown d_t = E_t / max(E_s, s <= t) - 1 <= 0, the starting balance counting as the first peak: a strategy that only loses is
   in drawdown from its first bar. The intrabar figure marks each bar at its worst price against the peak of the closes before it:
   a loss that came back by the close was still a loss for whoever had a margin call.
   Length: from the peak's bar to the bar that reaches it again; the one still open at the end counts as far as it got.
   Ulcer index = sqrt(mean d^2) (Martin & McCann 1989): deep and long count more than deep alone. */
LSTMFC__PRIVATE void lstmfc__drawdowns(size_t n, const double *equity, const double *worst, double balance, lstmfc_metrics *m)
{
    double peak = balance, sum = 0, square = 0;
    size_t t, peak_bar = 0;
    int32_t under = 0;
    m->max_drawdown = m->max_drawdown_intrabar = m->drawdown_bars = m->drawdown_open = 0;
    for (t = 0; t < n; t++) {
        /* a bar that closes at or above the old peak ends the drawdown, whatever happened inside it */
        double inside = worst[t] / peak - 1, at_close = equity[t] / peak - 1;       /* the peak before this bar */
        if (inside < m->max_drawdown_intrabar) m->max_drawdown_intrabar = inside;
        if (at_close < m->max_drawdown) m->max_drawdown = at_close;
        if (at_close < 0) { under = 1; sum += at_close; square += at_close * at_close; }
        if (under && (at_close >= 0 || t + 1 == n) && (double)(t - peak_bar) > m->drawdown_bars) {
            m->drawdown_bars = (double)(t - peak_bar);
            m->drawdown_open = at_close < 0;
        }
        if (at_close >= 0) { peak = equity[t]; peak_bar = t; under = 0; }
    }
    m->average_drawdown = sum / (double)n;
    m->ulcer = lstmfc_sqrt(square / (double)n);
    m->calmar = m->max_drawdown < 0 ? m->cagr / -m->max_drawdown : lstmfc_nan();
}

/* Sharpe of returns from the last bar of a UTC day to that of the next day there is; r: scratch [n]. Bars an hour long are
   autocorrelated by the prices' bid-ask bounce and by positions held for hours; a day's return has most of that averaged away, so
   a daily figure far below the hourly one says that the hourly one flatters. */
LSTMFC__PRIVATE double lstmfc__sharpe_daily(size_t n, const int64_t *time, const double *equity, double annual, double *r)
{
    double last = lstmfc_nan();
    size_t t, days = 0;
    for (t = 0; t < n; t++) {
        if (t + 1 < n && lstmfc__floor_divide(time[t + 1], 86400000) == lstmfc__floor_divide(time[t], 86400000)) continue;
        if (last > 0) r[days++] = equity[t] / last - 1;
        last = equity[t];
    }
    return lstmfc_sharpe(days, r, annual < 365.25 ? annual : 365.25);
}

/* Figures per closed trade, all net of fees. A trade of exactly 0 is no win and no loss, and ends either streak.
     profit factor   money won / money lost          expectancy   mean pnl
     SQN             sqrt(N) mean(r) / sd(r), Van Tharp's t-statistic of the trades; N capped at 100, since above that only
                     trading more often raises it
     Kelly           p - (1 - p) / b with b = mean win / mean loss, both as returns: the stake that maximises the growth of a bet
                     repeated for ever (Kelly 1956). Estimated from few trades it is far too high: halve it at least. */
LSTMFC__PRIVATE void lstmfc__trade_metrics(const lstmfc__account *a, lstmfc_metrics *m)
{
    double won = 0, lost = 0, wins = 0, losses = 0, pnl = 0, returns = 0, r = 0, bars = 0, return_won = 0, return_lost = 0;
    double streak_win = 0, streak_loss = 0, count = (double)a->trade_count, sd;
    lstmfc_moments risk = {0, 0, 0};
    size_t i;
    m->trades = count;
    m->best_trade = m->worst_trade = count > 0 ? a->trades[0].net_return : lstmfc_nan();
    m->win_streak = m->loss_streak = 0;
    for (i = 0; i < a->trade_count; i++) {
        const lstmfc_trade *trade = &a->trades[i];
        double x = trade->net_return;
        pnl += trade->pnl;
        returns += x;
        r += trade->r;
        bars += (double)(trade->exit_bar - trade->entry_bar);
        if (trade->pnl > 0) { wins++; won += trade->pnl; return_won += x; streak_win++; streak_loss = 0; }
        else if (trade->pnl < 0) { losses++; lost -= trade->pnl; return_lost -= x; streak_loss++; streak_win = 0; }
        else streak_win = streak_loss = 0;
        if (streak_win > m->win_streak) m->win_streak = streak_win;
        if (streak_loss > m->loss_streak) m->loss_streak = streak_loss;
        if (x > m->best_trade) m->best_trade = x;
        if (x < m->worst_trade) m->worst_trade = x;
        lstmfc_moments_add(&risk, a->stop < 0 ? x : trade->r);
    }
    m->win_rate = wins / count;                         /* NaN without trades, as all that follow */
    m->profit_factor = lost > 0 ? won / lost : won > 0 ? lstmfc__infinity() : lstmfc_nan();
    m->expectancy = pnl / count;
    m->expectancy_r = r / count;
    m->average_trade = returns / count;
    m->average_bars = bars / count;
    sd = lstmfc_sqrt(lstmfc_moments_variance(&risk, 1));
    m->sqn_raw = sd > 0 ? lstmfc_sqrt(count) * risk.mean / sd : lstmfc_nan();
    m->sqn = sd > 0 ? lstmfc_sqrt(count < 100 ? count : 100) * risk.mean / sd : lstmfc_nan();
    /* Kelly: p - (1 - p) / b, b = mean win / mean loss. Without a loss b is infinite, without a win there is no bet. */
    m->kelly = wins > 0 && losses > 0 ? m->win_rate - (1 - m->win_rate) * (return_lost / losses) / (return_won / wins)
             : wins > 0 ? m->win_rate : lstmfc_nan();
    m->half_kelly = 0.5 * m->kelly;
}

/* Everything but gross_return, break_even and the bootstrap interval. scratch [3 n], of which two thirds hold the bar returns of
   the strategy r and of buy and hold h [n-1], and the last a copy to sort.
     cagr     (E_end / balance)^(1 / years) - 1, calendar years
     omega    sum of gains / sum of losses
     VaR      5 % quantile of r; CVaR the mean of what lies at or below it
     alpha, beta   r = alpha + beta h + e by least squares: beta = cov(r, h) / var(h). A strategy that is long most of the time
     earns
              its beta for nothing; alpha is what remains, and information_ratio judges r - h itself */
LSTMFC__PRIVATE void lstmfc__metrics_of(const lstmfc__account *a, const double *equity, const double *worst, const double *position,
                                        const double *hold, double balance, double annual, double *scratch, lstmfc_metrics *m)
{
    const int64_t *time = a->candles->time;
    size_t t, n = a->candles->count, k = n - 1, tail;
    double *r = scratch, *h = scratch + n, *sorted = scratch + 2 * n, years = (double)(time[n - 1] - time[0]) / LSTMFC__YEAR_MS;
    double gain = 0, loss = 0, held = 0, cov = 0, var = 0, end = equity[n - 1] / balance;
    lstmfc_moments mine = {0, 0, 0}, theirs = {0, 0, 0};
    m->annual = annual;
    m->total_return = end - 1;
    m->gross_return = m->break_even = m->mean_low = m->mean_high = lstmfc_nan();
    /* growth per calendar year by logarithms; over an hour of data it is a huge or tiny number and means nothing */
    m->cagr = end > 0 ? lstmfc_exp(lstmfc_log(end) / years) - 1 : -1;
    lstmfc__equity_returns(n, equity, balance, r);
    lstmfc__equity_returns(n, hold, balance, h);
    for (t = 0; t < k; t++) {
        lstmfc_moments_add(&mine, r[t]);
        lstmfc_moments_add(&theirs, h[t]);
        if (r[t] > 0) gain += r[t]; else loss -= r[t];
        sorted[t] = r[t];
    }
    m->volatility = lstmfc_sqrt(lstmfc_moments_variance(&mine, 1)) * lstmfc_sqrt(annual);
    m->sharpe = lstmfc_sharpe(k, r, annual);
    m->sharpe_se = lstmfc_sharpe_se(k, r, annual);
    m->sharpe_lo = lstmfc_sharpe_lo(k, r, annual, 0);
    m->sortino = lstmfc_sortino(k, r, annual);
    m->omega = loss > 0 ? gain / loss : gain > 0 ? lstmfc__infinity() : lstmfc_nan();
    lstmfc_sort(k, sorted);
    m->worst_bar = sorted[0];
    m->best_bar = sorted[k - 1];
    m->value_at_risk = lstmfc_quantile_sorted(k, sorted, 0.05);
    m->conditional_value_at_risk = 0;
    /* the quantile lies between two returns, so that at least the lowest one is in the tail */
    for (tail = 0; tail < k && sorted[tail] <= m->value_at_risk; tail++) m->conditional_value_at_risk += sorted[tail];
    m->conditional_value_at_risk /= (double)tail;
    lstmfc__drawdowns(n, equity, worst, balance, m);
    lstmfc__trade_metrics(a, m);
    for (t = 0; t < n; t++) if (position[t] < 0 || position[t] > 0) held++;
    m->exposure = held / (double)n;
    m->turnover = a->turnover;
    m->turnover_annual = a->turnover / years;
    m->fees = a->fees;
    m->slippage = a->slipped;
    for (t = 0; t < k; t++) {                           /* against buy and hold, ordinary least squares */
        cov += (r[t] - mine.mean) * (h[t] - theirs.mean);
        var += (h[t] - theirs.mean) * (h[t] - theirs.mean);
    }
    m->beta = var > 0 ? cov / var : lstmfc_nan();
    m->alpha = (mine.mean - m->beta * theirs.mean) * annual;
    for (t = 0; t < k; t++) sorted[t] = r[t] - h[t];
    m->information_ratio = lstmfc_sharpe(k, sorted, annual);
    m->sharpe_daily = lstmfc__sharpe_daily(n, time, equity, annual, sorted);
}

/* -- the run ------------------------------------------------------------------------------------------------------ */

/* OK, or what is wrong with the candles for this desc. A backtest does not clean: a price of 0 or NaN would turn into infinite
   quantities, and filling it here would hide from the reader what the series is made of. Open and close decide, so an absent open
   is refused rather than replaced: the close of the bar before is not a price at which the next open could be traded. */
LSTMFC__PRIVATE lstmfc_result lstmfc__backtest_check(const lstmfc_candles *c, const double *targets, size_t count,
                                                     const lstmfc_backtest_desc *desc, lstmfc_error *err)
{
    static const char *const names[4] = {"open", "high", "low", "close"};
    const double *columns[4];
    size_t t, k;
    columns[0] = c->open; columns[1] = c->high; columns[2] = c->low; columns[3] = c->close;
    if (count != c->count)
        return lstmfc__fail(err, LSTMFC_ERROR_SHAPE, "%z signals for %z bars: a backtest needs one signal per bar", count, c->count);
    if (count < 2) return lstmfc__fail(err, LSTMFC_ERROR_DATA, "a backtest needs at least 2 bars, there are %z", count);
    if (!c->time || !c->close) return lstmfc__fail(err, LSTMFC_ERROR_DATA, "a backtest needs the column %s", c->time ? "close" : "time");
    if (!c->open && desc->fill == LSTMFC_FILL_NEXT_OPEN)
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "fills at the next open need the column open; a series of closes alone can only be "
                            "run with fill=same_close");
    if ((!c->high || !c->low) && (desc->stop > 0 || desc->take > 0 || desc->trail > 0))
        return lstmfc__fail(err, LSTMFC_ERROR_DATA, "stop, take and trail need the column %s", c->high ? "low" : "high");
    for (t = 0; t < count; t++) {
        char when[32], text[32];
        int late = t && c->time[t] <= c->time[t - 1], wild = targets[t] < -1 || targets[t] > 1;
        for (k = 0; k < 4; k++) if (columns[k] && !(columns[k][t] > 0 && lstmfc_is_finite(columns[k][t]))) break;
        if (!late && k == 4 && !wild) continue;
        lstmfc_format_time(when, c->time[t]);           /* only now: a text per bar would cost more than the backtest */
        if (late)
            return lstmfc__fail_at(err, LSTMFC_ERROR_DATA, (int64_t)t + 1, 0, 0, "row %z (%s): time is not after the row before",
                                   t + 1, when);
        lstmfc_format_double(text, k < 4 ? columns[k][t] : targets[t]);
        if (k < 4)
            return lstmfc__fail_at(err, LSTMFC_ERROR_DATA, (int64_t)t + 1, 0, 0, "row %z (%s): %s is %s, expected a price above 0",
                                   t + 1, when, names[k], text);
        return lstmfc__fail_at(err, LSTMFC_ERROR_ARGUMENT, (int64_t)t + 1, 0, 0, "row %z (%s): signal is %s, expected -1 .. 1",
                               t + 1, when, text);
    }
    return LSTMFC_OK;
}

/* Bars per year: 365.25 days over the median step, which a few missing bars do not move. scratch [n]. */
LSTMFC__PRIVATE double lstmfc__bars_per_year(size_t n, const int64_t *time, double *scratch)
{
    size_t t;
    for (t = 1; t < n; t++) scratch[t - 1] = (double)(time[t] - time[t - 1]);
    lstmfc_sort(n - 1, scratch);
    return LSTMFC__YEAR_MS / lstmfc_quantile_sorted(n - 1, scratch, 0.5);
}

/* A fresh account under the desc. costs 0: fee and slippage 0, for the gross return; stops 0: without stop, take and trail, as
   the two baselines run - a stopped buy and hold would not be buy and hold. */
LSTMFC__PRIVATE void lstmfc__account_open(lstmfc__account *a, const lstmfc_env *env, const lstmfc_candles *candles,
                                          const lstmfc_backtest_desc *desc, int32_t costs, int32_t stops)
{
    memset(a, 0, sizeof *a);
    a->env = env;
    a->candles = candles;
    a->fee = costs && desc->fee > 0 ? desc->fee : 0;
    a->slippage = costs && desc->slippage > 0 ? desc->slippage : 0;
    a->size = desc->size;
    a->stop = stops ? desc->stop : -1;
    a->take = stops ? desc->take : -1;
    a->trail = stops ? desc->trail : -1;
    a->cash = desc->balance;
}

LSTMFC__PRIVATE void lstmfc__account_close(lstmfc__account *a) { lstmfc__free(a->env, a->trades, a->trade_capacity, sizeof *a->trades); }

/* Runs three accounts - buy and hold, persistence, the strategy - each at the costs given and then, for the gross return, at
   none. Buy and hold comes first because the others are measured against its curve.

   Break-even is the cost per side c that would eat the growth of the costless run. A round trip of the whole equity keeps
   (1 - c) / (1 + c), so growth ((1 - c) / (1 + c))^(sides / 2) = 1 and, as artanh c = ln((1 + c) / (1 - c)) / 2,
   c = tanh(ln growth / sides), sides = turnover. Growth 1.5 in 100 sides: tanh(0.405 / 100) = 40.5 basis points per side.

   The verdict asks more than a positive result: the 90 % interval of the mean net bar return, by the stationary bootstrap because
   bar returns are neither independent nor normal, has to lie above 0. work [6 n]: three scratch arrays for the metrics, the
   moves, and a worst and a position curve that the baselines need but do not keep. */
LSTMFC__PRIVATE lstmfc_result lstmfc__backtest_work(lstmfc_backtest *b, const lstmfc_candles *candles, const double *targets, double *work,
                                                    lstmfc_error *err)
{
    const lstmfc_backtest_desc *desc = &b->desc;
    size_t t, n = candles->count;
    double *moves = work + 3 * n, *other_worst = work + 4 * n, *other_position = work + 5 * n, annual;
    lstmfc_result result = LSTMFC_OK;
    int32_t pass;
    annual = desc->annual > 0 ? desc->annual : lstmfc__bars_per_year(n, candles->time, work);
    moves[0] = lstmfc_nan();                            /* no bar before: no move, no order */
    for (t = 1; t < n; t++) {                           /* "repeat the last move"; no move: no order */
        double move = candles->close[t] - candles->close[t - 1];
        moves[t] = move > 0 ? 1 : move < 0 ? -1 : lstmfc_nan();
    }
    for (pass = 0; pass < 3 && result == LSTMFC_OK; pass++) {
        const double *orders = pass == 0 ? NULL : pass == 1 ? moves : targets;
        double *equity = pass == 0 ? b->hold : pass == 1 ? b->persistence : b->equity, growth;
        double *worst = pass < 2 ? other_worst : b->worst, *position = pass < 2 ? other_position : b->position;
        lstmfc_metrics *m = pass == 0 ? &b->hold_metrics : pass == 1 ? &b->persistence_metrics : &b->metrics;
        lstmfc__account account, gross;
        lstmfc__account_open(&account, &b->env, candles, desc, 1, pass == 2);
        lstmfc__account_open(&gross, &b->env, candles, desc, 0, pass == 2);
        result = lstmfc__account_run(&account, orders, desc->fill, desc->long_only, equity, worst, position, err);
        if (result == LSTMFC_OK) result = lstmfc__account_run(&gross, orders, desc->fill, desc->long_only, NULL, NULL, NULL, err);
        if (result == LSTMFC_OK) {
            lstmfc__metrics_of(&account, equity, worst, position, b->hold, desc->balance, annual, work, m);
            growth = gross.cash / desc->balance;
            m->gross_return = growth - 1;
            m->break_even = gross.turnover > 0 && !gross.ruined ? 1e4 * lstmfc_tanh(lstmfc_log(growth) / gross.turnover) : lstmfc_nan();
        }
        lstmfc__account_close(&gross);
        if (pass < 2) { lstmfc__account_close(&account); continue; }
        b->trades = account.trades;                     /* handed over, also on failure: lstmfc_backtest_free gives them back */
        b->trade_count = account.trade_count;
        b->trade_capacity = account.trade_capacity;
        b->ruined = account.ruined;
        b->open_at_end = account.trade_count > 0 && account.trades[account.trade_count - 1].reason == LSTMFC_EXIT_END;
    }
    if (result == LSTMFC_OK && n > 2) {
        lstmfc_bootstrap interval = {0, 0, 0, 0};
        lstmfc__equity_returns(n, b->equity, desc->balance, work);
        result = lstmfc_bootstrap_mean(n - 1, work, desc->block, desc->resamples, 0.9, (uint64_t)desc->seed, &b->env, &interval, err);
        if (result == LSTMFC_OK) { b->metrics.mean_low = interval.low; b->metrics.mean_high = interval.high; }
    }
    b->pays_costs = b->metrics.mean_low > 0;
    return result;
}

/* Checks, allocates and hands over to lstmfc__backtest_work. The five curves are one block: equity first, freed through it. */
LSTMFC__DEF lstmfc_backtest *lstmfc_backtest_run(const lstmfc_candles *candles, const double *targets, size_t count,
                                                 const lstmfc_backtest_desc *desc, lstmfc_error *err)
{
    lstmfc_backtest_desc resolved;
    lstmfc_env env = lstmfc__env_fill(desc ? desc->env : NULL);
    lstmfc_backtest *b = NULL;
    double *work;
    size_t fields_count, doubles, work_doubles;
    const lstmfc_field *fields = lstmfc_backtest_desc_fields(&fields_count);
    lstmfc_result result;
    if (!candles) { lstmfc__fail_null(err, "candles"); return NULL; }
    if (!targets) { lstmfc__fail_null(err, "targets"); return NULL; }
    if (desc) resolved = *desc; else memset(&resolved, 0, sizeof resolved);
    resolved.env = NULL;
    if (lstmfc_fields_resolve(&resolved, fields, fields_count, err) != LSTMFC_OK) return NULL;
    if (lstmfc__backtest_check(candles, targets, count, &resolved, err) != LSTMFC_OK) return NULL;
    if (!lstmfc__mul(count, 5, &doubles) || !lstmfc__mul(count, 6, &work_doubles)) {
        lstmfc__fail(err, LSTMFC_ERROR_MEMORY, "out of memory: %z bars", count);
        return NULL;
    }
    b = (lstmfc_backtest *)lstmfc__alloc(&env, 1, sizeof *b, err);
    if (!b) return NULL;
    b->env = env;
    b->desc = resolved;
    b->bars = count;
    b->no_costs = !(resolved.fee > 0) && !(resolved.slippage > 0);
    b->cheat = resolved.fill == LSTMFC_FILL_SAME_CLOSE;
    b->time = (int64_t *)lstmfc__alloc(&env, count, sizeof *b->time, err);
    b->equity = b->time ? (double *)lstmfc__alloc(&env, doubles, sizeof *b->equity, err) : NULL;      /* and the other curves behind it */
    work = b->equity ? (double *)lstmfc__alloc(&env, work_doubles, sizeof *work, err) : NULL;
    if (!work) { lstmfc_backtest_free(b); return NULL; }
    memcpy(b->time, candles->time, count * sizeof *b->time);
    b->worst = b->equity + count;
    b->position = b->worst + count;
    b->hold = b->position + count;
    b->persistence = b->hold + count;
    result = lstmfc__backtest_work(b, candles, targets, work, err);
    lstmfc__free(&env, work, work_doubles, sizeof *work);
    if (result != LSTMFC_OK) { lstmfc_backtest_free(b); return NULL; }
    return b;
}

LSTMFC__DEF void lstmfc_backtest_free(lstmfc_backtest *b)
{
    lstmfc_env env;
    if (!b) return;
    env = b->env;
    lstmfc__free(&env, b->trades, b->trade_capacity, sizeof *b->trades);
    lstmfc__free(&env, b->equity, b->bars * 5, sizeof *b->equity);
    lstmfc__free(&env, b->time, b->bars, sizeof *b->time);
    lstmfc__free(&env, b, 1, sizeof *b);
}

#if defined(__clang__)
#  pragma STDC FP_CONTRACT DEFAULT
#elif defined(__GNUC__)
#  pragma GCC pop_options
#endif
#ifdef __cplusplus
}
#endif

#endif /* LSTMFC__IMPLEMENTED */
#endif /* LSTMFC_IMPLEMENTATION */

/* ================================================================================================================
   licence >>licence
   ================================================================================================================
This software is available under two licences: choose the one you prefer.

ALTERNATIVE A - MIT No Attribution
Copyright (c) 2026 the lstmfc authors
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so.
THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

ALTERNATIVE B - public domain (www.unlicense.org)
This is free and unencumbered software released into the public domain. Anyone is free to copy, modify, publish, use, compile,
sell, or distribute this software, either in source code form or as a compiled binary, for any purpose, commercial or
non-commercial, and by any means. In jurisdictions that recognize copyright laws, the author or authors of this software dedicate
any and all copyright interest in the software to the public domain. We make this dedication for the benefit of the public at
large and to the detriment of our heirs and successors. We intend this dedication to be an overt act of relinquishment in
perpetuity of all present and future rights to this software under copyright law.
THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
*/
