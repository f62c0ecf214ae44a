/* The same small jobs, on every machine the library is built for: two trainings whose every number is printed as bits. The output of
   this program is compared byte by byte between compilers, levels, architectures and WebAssembly (tests/test_cross.sh, tests/test_wasm.sh;
   wasm/trace.mjs prints the same lines through the exports of wasm/lstmfc_wasm.c).

     trace csv         prints the candles of the second job
     trace             prints the trace of both jobs
     trace --model F   also writes the forecaster's model file to F */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include <inttypes.h>
#include <stdio.h>

/* One generator for both sides: 32 bits of state, 24 bits out, all exact. JavaScript has the same three lines. */
static uint32_t state = 12345;
static uint32_t draw(void) { state = state * 1664525u + 1013904223u; return state >> 8; }

static void bits(const char *name, double x) {
    uint64_t pattern;
    memcpy(&pattern, &x, sizeof pattern);
    if (x != x) printf(" %s nan", name);            /* which NaN is nobody's promise */
    else printf(" %s %016" PRIx64, name, pattern);
}

static void history(const lstmfc_trainer *trainer) {
    int32_t i, count = 0, best = 0;
    const lstmfc_epoch *epochs = lstmfc_trainer_history(trainer, &count, &best);
    for (i = 0; i < count; i++) {
        printf("epoch %d", (int)epochs[i].epoch);
        bits("loss", epochs[i].loss);
        bits("val_loss", epochs[i].val_loss);
        bits("penalty", epochs[i].penalty);
        bits("lr", epochs[i].lr);
        bits("norm", epochs[i].norm);
        bits("auc", epochs[i].auc);
        bits("val_auc", epochs[i].val_auc);
        printf("\n");
    }
    printf("best %d\n", (int)best);
}

static int failed(const char *what, const lstmfc_error *err) {
    printf("%s: %s\n", what, err->message);
    return 1;
}

enum { ROWS = 100, INPUTS = 3, WINDOW = 6, TRAIN = 70, VALIDATION = 25 };

/* Job 1: model and trainer over plain rows. Two LSTM layers, batch norm, dropout, L2, an active clip. */
static int train_rows(void) {
    static float rows[ROWS * INPUTS], targets[TRAIN + VALIDATION], outputs[TRAIN + VALIDATION];
    lstmfc_error err;
    lstmfc_model_desc model_desc;
    lstmfc_training_desc training;
    lstmfc_batch train, validation;
    lstmfc_model *model;
    lstmfc_trainer *trainer;
    lstmfc_scratch *scratch;
    lstmfc_writer writer;
    lstmfc_result result;
    int i;
    memset(&err, 0, sizeof err);
    memset(&model_desc, 0, sizeof model_desc);
    memset(&training, 0, sizeof training);
    memset(&train, 0, sizeof train);
    for (i = 0; i < ROWS * INPUTS; i++) rows[i] = (float)draw() / 8388608.0f - 1.0f;
    for (i = 0; i < TRAIN + VALIDATION; i++) targets[i] = rows[(i + WINDOW - 1) * INPUTS] + rows[(i + WINDOW - 3) * INPUTS + 1] > 0 ? 1.0f : 0.0f;
    model_desc.spec = "lstm 7 dropout=0.1 | batchnorm | dropout 0.2 | lstm 5 l2=0.001 | dense 4 tanh | dense 1 sigmoid";
    model_desc.inputs = INPUTS;
    model_desc.window = WINDOW;
    model_desc.seed = 7;
    training.epochs = 4;
    training.batch = 16;
    training.seed = 7;
    training.loss = LSTMFC_LOSS_BCE;
    training.optimizer.lr = 0.02;
    training.optimizer.clip_norm = 0.25;
    train.rows = rows;
    train.row_count = ROWS;
    train.row_stride = INPUTS;
    train.count = TRAIN;
    train.window = WINDOW;
    train.targets = targets;
    validation = train;
    validation.rows = rows + TRAIN * INPUTS;
    validation.row_count = ROWS - TRAIN;
    validation.count = VALIDATION;
    validation.targets = targets + TRAIN;
    model = lstmfc_model_create(&model_desc, &err);
    if (!model) return failed("model", &err);
    trainer = lstmfc_trainer_create(model, &train, &validation, &training, &err);
    if (!trainer) return failed("trainer", &err);
    while ((result = lstmfc_trainer_step(trainer, 2, &err)) == LSTMFC_OK) {}
    if (result != LSTMFC_DONE) return failed("step", &err);
    history(trainer);
    scratch = lstmfc_scratch_create(model, 8, &err);
    if (!scratch || lstmfc_model_predict(model, scratch, &validation, outputs, &err) != LSTMFC_OK) return failed("predict", &err);
    for (i = 0; i < VALIDATION; i++) { printf("output %d", i); bits("p", (double)outputs[i]); printf("\n"); }
    lstmfc_writer_init(&writer, NULL);
    if (lstmfc_model_save_memory(model, 0, &writer, &err) != LSTMFC_OK) return failed("save", &err);
    printf("model %zu bytes, crc32 %08" PRIx32 "\n", writer.length, lstmfc__crc32(0, writer.text, writer.length));
    lstmfc_writer_free(&writer);
    lstmfc_scratch_free(scratch);
    lstmfc_trainer_free(trainer);
    lstmfc_model_free(model);
    return 0;
}

enum { BARS = 400 };

/* A random walk in cents, as CSV text, integers only. Returns the length. */
static size_t candles_text(char *out, size_t size) {
    long price = 100000, open, close, high, low;
    size_t length = (size_t)snprintf(out, size, "time,open,high,low,close,volume\n");
    int i;
    state = 777;
    for (i = 0; i < BARS; i++) {
        open = price;
        close = open + (long)(draw() % 1601) - 800;
        high = (open > close ? open : close) + (long)(draw() % 300);
        low = (open < close ? open : close) - (long)(draw() % 300);
        length += (size_t)snprintf(out + length, size - length, "%ld,%ld.%02ld,%ld.%02ld,%ld.%02ld,%ld.%02ld,%ld\n", 1600000000L + 3600L * i,
                                   open / 100, open % 100, high / 100, high % 100, low / 100, low % 100, close / 100, close % 100,
                                   (long)(draw() % 5000) + 1);
        price = close;
    }
    return length;
}

/* Job 2: from CSV text to a forecaster with features, scaler, intervals, and its model file. */
static int train_candles(const char *path) {
    static char text[64 * BARS];
    static lstmfc_forecast all[BARS];
    size_t length = candles_text(text, sizeof text);
    lstmfc_error err;
    lstmfc_forecaster_desc desc;
    lstmfc_candles *candles;
    lstmfc_fit *fit;
    lstmfc_forecaster *forecaster;
    lstmfc_writer writer;
    lstmfc_result result;
    size_t i;
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    desc.target = LSTMFC_TARGET_PRICE;
    desc.horizon = 2;
    desc.window = 8;
    desc.features = "log_return(close), rsi(14)/100, macd(12,26,9).hist/close, atr(14)/close, realized_vol(20), hour_sin";
    desc.model = "lstm 8 | batchnorm | dropout 0.2 | dense 1";
    desc.training.epochs = 3;
    desc.training.seed = 11;
    desc.training.optimizer.lr = 0.005;
    candles = lstmfc_candles_parse_csv(text, length, NULL, &err);
    if (!candles) return failed("candles", &err);
    fit = lstmfc_fit_create(candles, &desc, &err);
    if (!fit) return failed("fit", &err);
    while ((result = lstmfc_fit_step(fit, 3, &err)) == LSTMFC_OK) {}
    if (result != LSTMFC_DONE) return failed("fit_step", &err);
    history(lstmfc_fit_trainer(fit));
    forecaster = lstmfc_fit_finish(fit, &err);
    if (!forecaster) return failed("fit_finish", &err);
    if (lstmfc_forecaster_predict_all(forecaster, candles, 0, candles->count, all, &err) != LSTMFC_OK) return failed("predict_all", &err);
    for (i = 0; i < candles->count; i += 13) {
        printf("bar %zu", i);
        bits("value", all[i].value);
        bits("lower", all[i].lower);
        bits("upper", all[i].upper);
        printf("\n");
    }
    lstmfc_writer_init(&writer, NULL);
    if (lstmfc_forecaster_save_memory(forecaster, &writer, &err) != LSTMFC_OK) return failed("save", &err);
    printf("forecaster %zu bytes, crc32 %08" PRIx32 "\n", writer.length, lstmfc__crc32(0, writer.text, writer.length));
    if (path) {
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(writer.text, 1, writer.length, file) != writer.length || fclose(file)) { printf("cannot write %s\n", path); return 1; }
    }
    lstmfc_writer_free(&writer);
    lstmfc_forecaster_free(forecaster);
    lstmfc_fit_free(fit);
    lstmfc_candles_free(candles);
    return 0;
}

int main(int argc, char **argv) {
    static char text[64 * BARS];
    if (argc > 1 && strcmp(argv[1], "csv") == 0) return fwrite(text, 1, candles_text(text, sizeof text), stdout) == 0;
    return train_rows() || train_candles(argc > 2 ? argv[2] : NULL);
}
