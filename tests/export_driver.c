/* Runs an exported network on a file of rows and holds it against what `lstmfc infer` printed for them, bit by bit: `driver rows.csv out.csv`.
   STEPS: the network has m_step, and from a reset on a window of steps ends in the window's bits. */
#define M_IMPLEMENTATION
#include "m.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of a file, as floats that were read as doubles; *count of them */
static float *numbers(const char *path, size_t *count) {
    FILE *file = fopen(path, "r");
    size_t room = 1 << 16;
    float *out = (float *)malloc(room * sizeof *out);
    double x;
    for (*count = 0; file && out && *count < room && fscanf(file, "%lf%*[,\n]", &x) == 1; ) out[(*count)++] = (float)x;
    if (file) fclose(file);
    return out;
}

static int same(const float *a, const float *b, size_t n) {
    size_t i;
    for (i = 0; i < n; i++) if (memcmp(a + i, b + i, sizeof *a) && (a[i] == a[i] || b[i] == b[i])) return 0;
    return 1;
}

int main(int argc, char **argv) {
    static m_state m;
    static float outputs[M_OUTPUTS];
    size_t row_count, expected_count, windows, w;
    float *rows = numbers(argc > 1 ? argv[1] : "", &row_count), *expected = numbers(argc > 2 ? argv[2] : "", &expected_count);
    int code = (int)m_self_test(&m);
    if (code) { printf("the self-test says %d\n", code); return 1; }
    row_count /= M_INPUTS;
    windows = expected_count / M_OUTPUTS;
    if (!rows || !expected || !windows || windows + M_WINDOW - 1 != row_count) { printf("%lu rows, %lu windows\n", (unsigned long)row_count, (unsigned long)windows); return 1; }
    for (w = 0; w < windows; w++) {
        m_predict(&m, rows + w * M_INPUTS, outputs);
        if (!same(outputs, expected + w * M_OUTPUTS, M_OUTPUTS)) { printf("window %lu: %.9g, not %.9g\n", (unsigned long)w, (double)outputs[0], (double)expected[w * M_OUTPUTS]); return 1; }
#ifdef STEPS
        {
            size_t t;
            m_reset(&m);
            for (t = 0; t < M_WINDOW; t++) m_step(&m, rows + (w + t) * M_INPUTS, outputs);
            if (!same(outputs, expected + w * M_OUTPUTS, M_OUTPUTS)) { printf("steps of window %lu: another answer\n", (unsigned long)w); return 1; }
        }
#endif
    }
    printf("%lu windows of %d rows\n", (unsigned long)windows, M_WINDOW);
    free(rows);
    free(expected);
    return 0;
}
