// also: double native scalar
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

static lstmfc_rng rng;
static lstmfc_real value(void) { return (lstmfc_real)(2 * lstmfc_rng_uniform(&rng) - 1); }

#define SIZE 40
static lstmfc_real a[SIZE * 3 * SIZE * 3], b[SIZE * 3 * SIZE * 3], c[SIZE * 3 * SIZE * 3], d[SIZE * 3 * SIZE * 3];

static void fill(void) {
    size_t i;
    for (i = 0; i < sizeof a / sizeof a[0]; i++) { a[i] = value(); b[i] = value(); c[i] = d[i] = value(); }
}

/* One element is one chain from the value present, k = 0, 1, ... volatile: nothing is reordered. In the rounding of the class that
   runs on this machine. */
static lstmfc_real chain(lstmfc_real start, size_t k, const lstmfc_real *x, size_t step_x, const lstmfc_real *y, size_t step_y) {
    const lstmfc__simd *simd = lstmfc__simd_get(0);
    volatile lstmfc_real sum = start;
    size_t i;
    for (i = 0; i < k; i++) {
        if (simd && simd->fused) { sum = (lstmfc_real)fmaf((float)x[i * step_x], (float)y[i * step_y], (float)sum); continue; }
        volatile lstmfc_real product = x[i * step_x] * y[i * step_y];
        sum = sum + product;
    }
    return sum;
}

static void compare(size_t m, size_t n, size_t k, size_t extra) {
    size_t lda = k + extra, ldb = n + 2 * extra, ldc = n + extra, i, j;
    fill();
    lstmfc_gemm(m, n, k, a, lda, b, ldb, c, ldc);
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) d[i * ldc + j] = chain(d[i * ldc + j], k, a + i * lda, 1, b + j, ldb);
    if (!CHECK(memcmp(c, d, sizeof c) == 0)) printf("    gemm %d %d %d\n", (int)m, (int)n, (int)k);
    lda = m + extra;
    fill();
    lstmfc_gemm_at(m, n, k, a, lda, b, ldb, c, ldc);
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) d[i * ldc + j] = chain(d[i * ldc + j], k, a + i, lda, b + j, ldb);
    if (!CHECK(memcmp(c, d, sizeof c) == 0)) printf("    gemm_at %d %d %d\n", (int)m, (int)n, (int)k);
}

TEST(products) {
    size_t size, other;
    lstmfc_rng_seed(&rng, 1);
    for (size = 1; size <= SIZE; size++) compare(size, size, size, 0);
    for (size = 0; size <= 18; size++)
        for (other = 1; other < 20; other += 3) { compare(3, size, other, 1); compare(size, 5, other, 3); compare(4, other, size, 0); }
    compare(7, 33, 65, 2); compare(2, 17, 117, 1); compare(1, 1, 117, 0); compare(30, 31, 64, 1);       /* beyond one block of k */
}

TEST(rows_do_not_matter) {      /* a row of the result is the same bits however many rows go with it */
    size_t i;
    lstmfc_rng_seed(&rng, 2);
    fill();
    memset(c, 0, sizeof c); memset(d, 0, sizeof d);
    lstmfc_gemm(40, 37, 100, a, 100, b, 37, c, 37);
    for (i = 0; i < 40; i++) lstmfc_gemm(1, 37, 100, a + i * 100, 100, b, 37, d + i * 37, 37);
    CHECK(memcmp(c, d, sizeof c) == 0);
}

TEST(transposed) {
    size_t r, k, rows, columns;
    lstmfc_rng_seed(&rng, 3);
    fill();
    for (rows = 1; rows < 20; rows += 2)
        for (columns = 1; columns < 40; columns += 3) {
            lstmfc_transpose(rows, columns, a, c);
            for (r = 0; r < rows; r++) for (k = 0; k < columns; k++) CHECK(c[k * rows + r] == a[r * columns + k]);
        }
}

TEST(sizes_of_panels) {
    CHECK(lstmfc_pack_size(LSTMFC_SIMD_SCALAR, 7, 9) == 63);
    CHECK(lstmfc_pack_size(0, 7, 9) >= 63 && lstmfc_pack_size(0, 7, 9) % 7 == 0);
    CHECK(lstmfc_pack_size(0, 0, 9) == 0 && lstmfc_pack_size(0, 7, 0) == 0);
    CHECK(lstmfc_pack_size(0, SIZE_MAX / 8, 9) == SIZE_MAX);               /* and not a small number that has wrapped around */
    CHECK(lstmfc_pack_size(LSTMFC_SIMD_SCALAR, SIZE_MAX / 2, 3) == SIZE_MAX);
    CHECK(lstmfc_pack_size(0, 2, SIZE_MAX) == SIZE_MAX);
}

TEST(sums) {
    size_t n, i, width;
    lstmfc_rng_seed(&rng, 4);
    fill();
    for (n = 0; n < 100; n++) {
        double squares[16] = {0};
        long double exact = 0;
        for (i = 0; i < n; i++) { squares[i % 16] += (double)a[i] * (double)a[i]; exact += (long double)a[i] * (long double)a[i]; }
        for (width = 8; width; width /= 2) for (i = 0; i < width; i++) squares[i] += squares[i + width];
        CHECK(lstmfc_sum_squares(n, a) == squares[0]);
        CHECK_NEAR(squares[0], (double)exact, 1e-13);
    }
}

TEST(vectors) {
    size_t n, i, r;
    lstmfc_rng_seed(&rng, 5);
    for (n = 0; n < 50; n++) {
        fill();
        lstmfc_axpy(n, a[77], b, c);
        for (i = 0; i < n; i++) { volatile lstmfc_real product = a[77] * b[i]; d[i] += product; }
        CHECK(memcmp(c, d, sizeof c) == 0);
        fill();
        lstmfc__add_rows(lstmfc__simd_get(0), 9, n, b, n, c);
        for (i = 0; i < n; i++) for (r = 0; r < 9; r++) { volatile lstmfc_real sum = d[i] + b[r * n + i]; d[i] = sum; }
        CHECK(memcmp(c, d, sizeof c) == 0);
    }
}

int main(void) { RUN(products); RUN(rows_do_not_matter); RUN(transposed); RUN(sizes_of_panels); RUN(sums); RUN(vectors); return test_end(); }
