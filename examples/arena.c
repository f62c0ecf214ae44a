/* arena.c - training without malloc and without files: one static buffer holds everything. (Forecasts alone: embedded.c.)
       cc -O2 -I.. arena.c -o arena -lm && ./arena
   The network learns a sine on the device, is written as JSON into memory, and then runs one step at a time with carried state. The
   default allocator is replaced by one that refuses, so that a forgotten environment would show at once. */
#include <stddef.h>
static void *no_malloc(size_t size) { (void)size; return NULL; }
static void *no_realloc(void *pointer, size_t size) { (void)pointer; (void)size; return NULL; }
static void no_free(void *pointer) { (void)pointer; }
#define LSTMFC_MALLOC(size) no_malloc(size)
#define LSTMFC_REALLOC(pointer, size) no_realloc(pointer, size)
#define LSTMFC_FREE(pointer) no_free(pointer)
#define LSTMFC_NO_STDIO
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>                  /* for this program's own printf; the library has none */

enum { WINDOW = 12, ROWS = 200, SAMPLES = ROWS - WINDOW };

int main(void) {
    static unsigned char memory[192 * 1024];
    static float rows[ROWS], targets[SAMPLES];
    lstmfc_arena arena;
    lstmfc_env env = lstmfc_env_default();
    lstmfc_error err = {0};
    lstmfc_model_desc model_desc = {0};
    lstmfc_training_desc training = {0};
    lstmfc_batch samples = {0};
    lstmfc_model *model;
    lstmfc_trainer *trainer = NULL;
    lstmfc_scratch *scratch = NULL;
    lstmfc_writer writer;
    const lstmfc_epoch *history;
    float out = 0;
    int32_t i, epochs = 0, best = 0;

    lstmfc_arena_init(&arena, memory, sizeof memory);
    env.allocator = lstmfc_arena_allocator(&arena);
    for (i = 0; i < ROWS; i++) rows[i] = (float)lstmfc_sin(0.3 * i);
    for (i = 0; i < SAMPLES; i++) targets[i] = rows[i + WINDOW];        /* the row after the window */

    model_desc.spec = "lstm 8 | dense 1";
    model_desc.inputs = 1;
    model_desc.window = WINDOW;
    model_desc.env = &env;
    training.epochs = 30;
    training.optimizer.lr = 0.01;
    training.env = &env;
    samples.rows = rows;
    samples.row_count = ROWS;
    samples.row_stride = 1;
    samples.count = SAMPLES;
    samples.window = WINDOW;
    samples.targets = targets;

    model = lstmfc_model_create(&model_desc, &err);
    if (model) trainer = lstmfc_trainer_create(model, &samples, NULL, &training, &err);
    if (trainer) {
        while (lstmfc_trainer_step(trainer, 1, &err) == LSTMFC_OK) {}   /* a few milliseconds at a time */
        history = lstmfc_trainer_history(trainer, &epochs, &best);
        if (epochs) printf("%d epochs, mean squared error %.6f -> %.6f\n", (int)epochs, history[0].loss, history[epochs - 1].loss);
        lstmfc_trainer_free(trainer);
    }
    if (model && !err.code) scratch = lstmfc_scratch_create(model, 1, &err);
    if (scratch) {
        for (i = 0; i < WINDOW && !err.code; i++) lstmfc_model_step(model, scratch, &rows[i], &out, &err);
        if (!err.code) printf("next row: forecast %.3f, truth %.3f\n", (double)out, (double)rows[WINDOW]);
    }
    if (model && !err.code) {
        lstmfc_writer_init(&writer, &env);
        if (lstmfc_model_save_memory(model, 0, &writer, &err) == LSTMFC_OK) printf("model file of %lu bytes\n", (unsigned long)writer.length);
        lstmfc_writer_free(&writer);
    }
    if (err.code) printf("%s\n", err.message);
    printf("%lu bytes of %lu used at most\n", (unsigned long)arena.peak, (unsigned long)arena.size);
    lstmfc_scratch_free(scratch);
    lstmfc_model_free(model);
    return err.code != LSTMFC_OK;
}
