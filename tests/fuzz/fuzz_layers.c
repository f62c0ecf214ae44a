/* Any text as layer text: refused with a column inside it, or a model whose canonical text reads back to itself, that
   predicts, takes a training pass and steps. */
#define LSTMFC_IMPLEMENTATION
#include "../../lstmfc.h"

static lstmfc_model *create(const char *text, int32_t inputs, int32_t window, lstmfc_error *err) {
    lstmfc_model_desc desc;
    lstmfc_env env;
    memset(&desc, 0, sizeof desc);
    memset(&env, 0, sizeof env);
    env.limits.dimension = 128;
    env.limits.elements = 4096;
    desc.spec = text; desc.inputs = inputs; desc.window = window; desc.env = &env;
    return lstmfc_model_create(&desc, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static lstmfc_real rows[16 * 4], out[4 * 128], targets[4 * 128];
    char text[1024];
    lstmfc_error err;
    lstmfc_model *model, *again;
    lstmfc_batch batch;
    int32_t inputs, window;
    size_t k;
    if (size < 1 || size > sizeof text) return 0;
    inputs = 1 + data[0] % 4;
    window = 1 + data[0] / 4 % 5;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    memset(&err, 0, sizeof err);
    model = create(text, inputs, window, &err);
    if (!model) {
        if (!err.code || !err.message[0] || err.code == LSTMFC_ERROR_MEMORY) __builtin_trap();
        if (err.code == LSTMFC_ERROR_SPEC && (err.column < 1 || (size_t)err.column > strlen(text) + 1)) __builtin_trap();
        return 0;
    }
    again = create(lstmfc_model_spec(model), inputs, window, &err);
    if (!again || strcmp(lstmfc_model_spec(again), lstmfc_model_spec(model)) != 0) __builtin_trap();
    if (lstmfc_model_parameters(again, NULL) != lstmfc_model_parameters(model, NULL)) __builtin_trap();
    lstmfc_model_free(again);
    for (k = 0; k < sizeof rows / sizeof rows[0]; k++) rows[k] = (lstmfc_real)(k % 7) - 3;
    memset(&batch, 0, sizeof batch);
    batch.rows = rows; batch.row_count = 16; batch.row_stride = 4; batch.count = 3; batch.window = (size_t)window; batch.targets = targets;
    if (lstmfc_model_layers(model) <= 12) {
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 2, &err);
        lstmfc_gradients *g = lstmfc_gradients_create(model, 3, &err);
        lstmfc_loss_desc loss = {LSTMFC_LOSS_HUBER, 1, {0}};
        lstmfc_draw draw = {1, 2, 3};
        if (!scratch || !g || lstmfc_model_predict(model, scratch, &batch, out, &err)) __builtin_trap();
        if (lstmfc_gradients_compute(g, model, &batch, &loss, &draw, 1, NULL, NULL, out, &err)) __builtin_trap();
        lstmfc_scratch_reset(scratch);
        if (lstmfc_model_step(model, scratch, rows, out, NULL) && !strstr(lstmfc_model_spec(model), "flatten")) __builtin_trap();
        lstmfc_gradients_free(g);
        lstmfc_scratch_free(scratch);
    }
    lstmfc_model_free(model);
    return 0;
}
