/* The test harness: include it after lstmfc.h. C99, also C++11.

       // also: double native                       first line, if wanted: which further builds `make check` makes of the file
       #define LSTMFC_IMPLEMENTATION                (double: lstmfc_real is double; strict, scalar: LSTMFC_STRICT, LSTMFC_NO_SIMD;
       #include "../lstmfc.h"                        native: gnu mode -O2 -march=native with gcc, g++ and clang)
       #include "test.h"

       TEST(sum)      { CHECK(1 + 1 == 2); CHECK_NEAR(0.1 + 0.2, 0.3, 1e-15); CHECK_TEXT("a", "a"); }
       TEST(on_data)  { const char *path = data_path("btcusdt_1h.csv"); if (!path) SKIP("market data not found"); ... }
       int main(void) { RUN(sum); RUN(on_data); return test_end(); }

   A program ends with the line "N passed, N failed, N skipped" and exits with 1 if anything failed. TEST_ONLY=sum in the environment
   runs that test alone. */
#ifndef LSTMFC_TEST_H
#define LSTMFC_TEST_H

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#  include <sys/stat.h>
#  include <unistd.h>
#endif

#if defined(__GNUC__) || defined(__clang__)
#  define TEST_UNUSED __attribute__((unused))
#else
#  define TEST_UNUSED
#endif

typedef struct test_state {
    int passed, failed, skipped;
    int checks_failed;              /* in the running test */
    int skip;
    const char *name;
    void *fixtures[4096];           /* to be freed at the end */
    int fixture_count;
    char root[1024], own[1100];     /* where the program was started, with a '/', and its own directory, or "" */
} test_state;
static test_state test_now;

#define TEST(test) static void test_##test(void)
#define RUN(test) test_run(#test, test_##test)
#define SKIP(reason) do { printf("skip %s: %s\n", test_now.name, reason); test_now.skip = 1; return; } while (0)
/* A bare statement about the running test: prints where and what, goes on. */
#define CHECK(condition) test_check((condition) ? 1 : 0, __FILE__, __LINE__, #condition)
/* |a - b| <= relative * max(|a|, |b|); two NaN are near, and so are equal infinities */
#define CHECK_NEAR(a, b, relative) test_near((double)(a), (double)(b), relative, 0.0, __FILE__, __LINE__, #a " ~ " #b)
/* The same plus an absolute allowance, for values around zero */
#define CHECK_CLOSE(a, b, relative, absolute) test_near((double)(a), (double)(b), relative, absolute, __FILE__, __LINE__, #a " ~ " #b)
#define CHECK_INT(a, b) test_int((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_TEXT(a, b) test_text(a, b, __FILE__, __LINE__, #a)
/* The text holds the part */
#define CHECK_HAS(a, part) test_has(a, part, __FILE__, __LINE__, #a)
/* The error names the place of the text under which `caret` has its '^' (what stands before it counts for its length alone) */
#define CHECK_AT(text, caret, err) test_at(text, caret, (err).line, (err).column, (long long)(err).offset, __FILE__, __LINE__)
/* A result of LSTMFC_OK; prints the error's message otherwise */
#define CHECK_OK(result, err) test_ok((result), (err).message, __FILE__, __LINE__, #result)

TEST_UNUSED static int test_check(int ok, const char *file, int line, const char *what) {
    if (!ok && ++test_now.checks_failed <= 20) printf("%s:%d: in %s: %s\n", file, line, test_now.name, what);
    return ok;
}

/* The checksum of a file's text (CRC-32, bit by bit), for the files that a test spoils and seals again. */
TEST_UNUSED static uint32_t crc32_of(const char *text, size_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    size_t k;
    for (k = 0; k < 8 * length; k++) {
        uint32_t bit = (crc ^ ((uint32_t)(unsigned char)text[k / 8] >> k % 8)) & 1u;
        crc = crc >> 1 ^ (bit ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

/* The same bits, NaN too. */
TEST_UNUSED static int same_double(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

TEST_UNUSED static int test_near(double a, double b, double relative, double absolute, const char *file, int line, const char *what) {
    double size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    int ok = a == b || (lstmfc_is_nan(a) && lstmfc_is_nan(b)) || fabs(a - b) <= relative * size + absolute;
    if (lstmfc_is_nan(a) != lstmfc_is_nan(b)) ok = 0;
    if (!test_check(ok, file, line, what) && test_now.checks_failed <= 20)
        printf("    %.17g against %.17g, relative difference %.3g (allowed %.3g)\n", a, b, size > 0 ? fabs(a - b) / size : 0.0, relative);
    return ok;
}

TEST_UNUSED static int test_int(long long a, long long b, const char *file, int line, const char *what) {
    if (!test_check(a == b, file, line, what) && test_now.checks_failed <= 20) printf("    %lld against %lld\n", a, b);
    return a == b;
}

TEST_UNUSED static int test_text(const char *a, const char *b, const char *file, int line, const char *what) {
    int ok = a && b && strcmp(a, b) == 0;
    if (!test_check(ok, file, line, what) && test_now.checks_failed <= 20)
        printf("    is      \"%s\"\n    must be \"%s\"\n", a ? a : "(null)", b ? b : "(null)");
    return ok;
}

TEST_UNUSED static int test_has(const char *a, const char *part, const char *file, int line, const char *what) {
    int ok = a && strstr(a, part) != NULL;
    if (!test_check(ok, file, line, what) && test_now.checks_failed <= 20) printf("    \"%s\" does not hold \"%s\"\n", a ? a : "(null)", part);
    return ok;
}

TEST_UNUSED static int test_ok(lstmfc_result result, const char *message, const char *file, int line, const char *what) {
    if (!test_check(result == LSTMFC_OK, file, line, what) && test_now.checks_failed <= 20)
        printf("    %s: %s\n", lstmfc_result_name(result), message);
    return result == LSTMFC_OK;
}

/* Lines and columns count from 1, columns in characters of UTF-8; offsets are bytes from 0. A text of one line may have line 0. */
TEST_UNUSED static int test_at(const char *text, const char *caret, int line, int column, long long offset, const char *file, int at) {
    int line_there = 1, column_there = 1;
    long long i, there = (long long)(strchr(caret, '^') - caret);
    for (i = 0; i < there && text[i]; i++) {
        if (text[i] == '\n') { line_there++; column_there = 1; }
        else column_there += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    if ((line == line_there || (line == 0 && line_there == 1)) && column == column_there && offset == there) return 1;
    test_check(0, file, at, "the error names another place");
    if (test_now.checks_failed <= 20) printf("    %s\n    %s   line %d, column %d, offset %lld\n", text, caret, line, column, offset);
    return 0;
}

TEST_UNUSED static void test_run(const char *name, void (*function)(void)) {
    const char *only = getenv("TEST_ONLY");
    if (only && *only && strcmp(only, name) != 0) return;
    test_now.name = name;
    test_now.checks_failed = test_now.skip = 0;
    function();
    if (test_now.checks_failed) { test_now.failed++; printf("FAIL %s: %d checks\n", name, test_now.checks_failed); }
    else if (test_now.skip) test_now.skipped++;
    else test_now.passed++;
    fflush(stdout);
}

TEST_UNUSED static int test_end(void) {
#ifndef _WIN32
    test_now.checks_failed = 0;
    if (test_now.own[0]) test_check(chdir(test_now.root) == 0 && rmdir(test_now.own) == 0, __FILE__, __LINE__, "the test's own directory is left empty");
    if (test_now.checks_failed) test_now.failed++;
#endif
    while (test_now.fixture_count) free(test_now.fixtures[--test_now.fixture_count]);
    printf("%d passed, %d failed, %d skipped\n", test_now.passed, test_now.failed, test_now.skipped);
    return test_now.failed != 0;
}

/* ---- files ---- */

/* From here on the program works in a directory of its own (under build/ where that is): the same tests run in several builds at
   a time, and each writes the same names. Call it first in main; files of tests and data are still found. */
TEST_UNUSED static void own_directory(void) {
#ifndef _WIN32
    long id = (long)getpid();
    if (!getcwd(test_now.root, sizeof test_now.root - 1)) { test_now.root[0] = 0; return; }
    strcat(test_now.root, "/");
    do snprintf(test_now.own, sizeof test_now.own, "%s%stest-%ld", test_now.root, access("build", W_OK) ? "" : "build/", id++);
    while (mkdir(test_now.own, 0777) && errno == EEXIST);          /* in WebAssembly every process is number 42 */
    if (chdir(test_now.own)) { printf("no directory %s\n", test_now.own); exit(1); }
#endif
}
/* The path as seen from where the program was started */
TEST_UNUSED static void test_place(char *path, size_t size, const char *folder, const char *name) {
    snprintf(path, size, "%s%s%s", folder[0] == '/' ? "" : test_now.root, folder, name);
}

/* The values of one record of a fixture file: lines "# comment", then "name count", then count numbers ("nan" and "inf" too).
   The file is looked for as given, in tests/ and in tests/fixtures/. Absent: a failed check, NULL and count 0. The values stay
   valid until test_end. */
TEST_UNUSED static const double *fixture(const char *path, const char *record, size_t *count) {
    static const char *const places[] = { "", "tests/", "tests/fixtures/", "fixtures/" };
    char name[2048], line[4096];
    FILE *file = NULL;
    double *values = NULL;
    size_t i, n = 0;
    *count = 0;
    for (i = 0; !file && i < sizeof places / sizeof places[0]; i++) {
        test_place(name, sizeof name, places[i], path);
        file = fopen(name, "rb");
    }
    if (!file) { test_check(0, path, 0, "fixture file not found"); return NULL; }
    while (!values && fgets(line, sizeof line, file)) {
        char key[256];
        unsigned long long size;
        if (line[0] == '#' || sscanf(line, "%255s %llu", key, &size) != 2 || strcmp(key, record) != 0) continue;
        n = (size_t)size;
        values = (double *)calloc(n ? n : 1, sizeof *values);
    }
    if (values) {
        char word[128];
        for (i = 0; i < n; i++) {
            if (fscanf(file, "%127s", word) != 1) break;
            values[i] = strtod(word, NULL);
        }
        if (i < n || test_now.fixture_count == 4096) { test_check(0, path, 0, "fixture record cut short, or too many records"); free(values); values = NULL; }
        else { test_now.fixtures[test_now.fixture_count++] = values; *count = n; }
    } else { test_check(0, path, 0, "fixture record not found:"); printf("    %s\n", record); }
    fclose(file);
    return values;
}

/* The path of a file of the market data: in $LSTMFC_DATA, else ../shared/data. NULL = not there: SKIP the test. */
TEST_UNUSED static const char *data_path(const char *name) {
    static char path[4][2048];
    static int next;
    const char *places[4];
    int i;
    static char given[1024];
    places[0] = getenv("LSTMFC_DATA") ? given : NULL; places[1] = "../shared/data/"; places[2] = "../../shared/data/"; places[3] = "shared/data/";
    if (places[0]) snprintf(given, sizeof given, "%s/", getenv("LSTMFC_DATA"));
    next = (next + 1) % 4;
    for (i = 0; i < 4; i++) {
        FILE *file;
        if (!places[i]) continue;
        test_place(path[next], sizeof path[next], places[i], name);
        file = fopen(path[next], "rb");
        if (file) { fclose(file); return path[next]; }
    }
    return NULL;
}

/* ---- memory ---- */

/* An allocator that counts, poisons, checks the sizes it is told, and fails on request. */
typedef struct test_allocator {
    long long allocations;          /* calls of allocate and resize so far */
    long long live, live_bytes, peak_bytes;
    long long fail_at;              /* the number (from 1) of the call that gets no memory; 0 = none */
    int from_then_on;               /* and every later call */
    long long faults;               /* calls that got no memory */
    int wrong_sizes;                /* releases and resizes told another size than was allocated */
} test_allocator;

TEST_UNUSED static int test_refuse(test_allocator *a) {
    a->allocations++;
    if (a->fail_at && (a->allocations == a->fail_at || (a->from_then_on && a->allocations > a->fail_at))) { a->faults++; return 1; }
    return 0;
}

TEST_UNUSED static void *test_allocate(void *context, size_t size) {
    test_allocator *a = (test_allocator *)context;
    unsigned char *block;
    if (test_refuse(a)) return NULL;
    block = (unsigned char *)malloc(size + 16);
    if (!block) return NULL;
    memcpy(block, &size, sizeof size);
    memset(block + 16, 0xa5, size);
    a->live++;
    a->live_bytes += (long long)size;
    if (a->live_bytes > a->peak_bytes) a->peak_bytes = a->live_bytes;
    return block + 16;
}

TEST_UNUSED static void test_release(void *context, void *pointer, size_t size) {
    test_allocator *a = (test_allocator *)context;
    unsigned char *block = (unsigned char *)pointer - 16;
    size_t real_size;
    memcpy(&real_size, block, sizeof real_size);
    if (real_size != size) {
        if (!a->wrong_sizes++) printf("    release of %llu bytes was told %llu\n", (unsigned long long)real_size, (unsigned long long)size);
    }
    a->live--;
    a->live_bytes -= (long long)real_size;
    memset(block, 0xdd, real_size + 16);
    free(block);
}

TEST_UNUSED static void *test_resize(void *context, void *pointer, size_t old_size, size_t new_size) {
    void *moved = test_allocate(context, new_size);         /* always moves: a stale pointer shows */
    if (!moved) return NULL;
    memcpy(moved, pointer, old_size < new_size ? old_size : new_size);
    test_release(context, pointer, old_size);
    return moved;
}

/* A default environment on a counting allocator, which must outlive every object made with it. */
TEST_UNUSED static lstmfc_env test_env(test_allocator *a) {
    lstmfc_env env;
    memset(&env, 0, sizeof env);
    memset(a, 0, sizeof *a);
    env.allocator.context = a;
    env.allocator.allocate = test_allocate;
    env.allocator.resize = test_resize;
    env.allocator.release = test_release;
    return env;
}

/* The allocation-failure loop. The function does one whole piece of work with the env it is given, frees everything it made,
   whether it succeeded or not, and returns the result: LSTMFC_OK, or what the failing call returned (err.code of a creator).
   It is called with the first allocation failing, then the second, ... until it runs through without a fault; once with that
   single allocation failing and once with every later one failing too. Checked: a failure says LSTMFC_ERROR_MEMORY, nothing is
   left, every size told is right. Returns the number of faults. */
TEST_UNUSED static long long torture(const char *name, lstmfc_result (*function)(const lstmfc_env *env, void *context), void *context) {
    long long total = 0, leaks = 0, n;
    int mode;
    for (mode = 0; mode < 2; mode++) {
        for (n = 1; n < 1000000; n++) {
            test_allocator a;
            lstmfc_env env = test_env(&a);
            lstmfc_result result;
            a.fail_at = n;
            a.from_then_on = mode;
            result = function(&env, context);
            total += a.faults;
            if (a.live || a.live_bytes) {
                leaks++;
                test_check(0, name, (int)n, mode ? "memory left after failing from this allocation on" : "memory left after this allocation failed");
            }
            if (a.wrong_sizes) test_check(0, name, (int)n, "a block was given back with a wrong size");
            if (result != LSTMFC_OK && result != LSTMFC_ERROR_MEMORY) {
                test_check(0, name, (int)n, "the failure of this allocation was reported as something else:");
                printf("    %s\n", lstmfc_result_name(result));
            }
            if (!a.faults) {
                if (result != LSTMFC_OK) test_check(0, name, (int)n, "fails without a fault");
                break;
            }
        }
    }
    printf("torture %s: %lld faults injected, %lld leaks\n", name, total, leaks);
    test_check(total > 0 || n == 1, name, 0, "nothing was injected");
    return total;
}

/* The first layer of a text that needs the whole window, so that the network cannot run step by step; NULL: none. */
TEST_UNUSED static const char *test_whole_window(const char *spec) {
    static const char *const kinds[] = {"flatten", "attention", "bilstm", "bigru"};
    const char *found = NULL, *at, *first = NULL;
    size_t i;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((at = strstr(spec, kinds[i])) != NULL && (!first || at < first)) { first = at; found = kinds[i]; }
    return found;
}

#endif
