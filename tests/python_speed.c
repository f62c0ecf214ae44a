/* python_speed ROWS EPOCHS: seconds of a training of W2 (108 -> LSTM 64 -> LSTM 64 -> 1, windows of 16, batches of 16, MSE, norm clipped)
   on rows of noise, for tests/python_test.py, which trains the same through the Python package. Prints seconds and the last loss. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { INPUTS = 108, WINDOW = 16 };

int main(int argc, char **argv) {
    size_t rows = argc > 1 ? (size_t)atol(argv[1]) : 2000, i, count = rows - WINDOW + 1;
    float *x = (float *)malloc(rows * INPUTS * sizeof *x), *y = (float *)malloc(rows * sizeof *y);
    unsigned state = 1;
    lstmfc_model_desc desc = {0};
    lstmfc_training_desc training = {0};
    lstmfc_batch batch = {0};
    lstmfc_error err = {0};
    lstmfc_trainer *trainer;
    const lstmfc_epoch *epochs;
    int32_t told = 0, best = 0;
    clock_t begun;
    for (i = 0; i < rows * INPUTS; i++) { state = state * 1664525u + 1013904223u; x[i] = (float)(state >> 8) / 16777216.0f - 0.5f; }
    for (i = 0; i < rows; i++) { state = state * 1664525u + 1013904223u; y[i] = (float)(state >> 8) / 16777216.0f - 0.5f; }
    desc.spec = "lstm 64 | lstm 64 | dense 1"; desc.inputs = INPUTS; desc.window = WINDOW; desc.seed = 1;
    training.loss = LSTMFC_LOSS_MSE; training.batch = 16; training.epochs = argc > 2 ? atoi(argv[2]) : 3; training.optimizer.clip_norm = 1; training.seed = 1;
    batch.rows = x; batch.row_count = rows; batch.row_stride = INPUTS; batch.window = WINDOW; batch.count = count; batch.targets = y;
    begun = clock();
    trainer = lstmfc_trainer_create(lstmfc_model_create(&desc, &err), &batch, NULL, &training, &err);
    while (trainer && lstmfc_trainer_step(trainer, 1 << 30, &err) == LSTMFC_OK) {}
    if (err.code) { fprintf(stderr, "%s\n", err.message); return 1; }
    epochs = lstmfc_trainer_history(trainer, &told, &best);
    printf("%.4f %.17g\n", (double)(clock() - begun) / CLOCKS_PER_SEC, epochs[told - 1].loss);
    return 0;
}
