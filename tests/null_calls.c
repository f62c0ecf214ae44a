/* Runs the calls that null_calls.awk has made from the header, each in a process of its own: none may end by a signal, and each says
   what the documentation says. Built and run by test_null.sh. */
#define _POSIX_C_SOURCE 200809L
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static walk w;
static struct {
    lstmfc_model *model; lstmfc_scratch *scratch; lstmfc_gradients *gradients; lstmfc_optimizer *optimizer; lstmfc_trainer *trainer;
    lstmfc_candles *candles; lstmfc_features *features; lstmfc_features_state *features_state; lstmfc_json *json; lstmfc_linear *linear;
    lstmfc_fit *fit; lstmfc_forecaster *forecaster; lstmfc_stream *stream; lstmfc_steps *steps; lstmfc_writer *writer; lstmfc_batch *batch;
    lstmfc_loss_desc *loss_desc; lstmfc_draw *draw; lstmfc_env *env; lstmfc_tensor *tensor; lstmfc_forecast *forecast;
    lstmfc_spans *spans; lstmfc_csv_desc *csv_desc; lstmfc_features_desc *features_desc; lstmfc_candles_report *candles_report;
    lstmfc_model_desc *model_desc; lstmfc_training_desc *training_desc; lstmfc_optimizer_desc *optimizer_desc;
    lstmfc_forecaster_desc *forecaster_desc; lstmfc_signal_desc *signal_desc; lstmfc_backtest_desc *backtest_desc;
    lstmfc_gradcheck_result *gradcheck_result; lstmfc_bootstrap *bootstrap; lstmfc_direction *direction; const lstmfc_field *field;
    lstmfc_origin *origin; lstmfc_adaptive *adaptive;
    char bytes[65536]; const char *text; double *doubles; lstmfc_real *reals; int64_t numbers[64]; size_t count; lstmfc_error err;
} scratch;
static void no_task(void *argument, int32_t index) { (void)argument; (void)index; }
static void no_targets(void *context, size_t index, double *targets) { (void)context; (void)index; memset(targets, 0, scratch.candles->count * sizeof *targets); }
#include "null_calls.h"

/* Where NULL has a meaning of its own ("not wanted", "the default", "none"), as the comment of each function says. env and the
   counts of _fields go without saying. */
static const char *const allowed[] = {
    "lstmfc_forecaster_spread crossed", "lstmfc_gradients_compute draw", "lstmfc_gradients_compute loss", "lstmfc_gradients_compute penalty", "lstmfc_gradients_compute outputs",
    "lstmfc_optimizer_create desc", "lstmfc_optimizer_step norm", "lstmfc_gradcheck draw", "lstmfc_candles_parse_csv desc",
    "lstmfc_candles_load_csv desc", "lstmfc_candles_create all", "lstmfc_candles_check report", "lstmfc_features_compile desc",
    "lstmfc_functions all", "lstmfc_presets all", "lstmfc_linear_fit validation",
    "lstmfc_trainer_create validation", "lstmfc_trainer_create desc", "lstmfc_fit_create desc", "lstmfc_forecaster_fit desc",
    "lstmfc_model_gates gates", "lstmfc_model_gates cell", "lstmfc_model_gates hidden", "lstmfc_stream_push out", "lstmfc_forecaster_update first", "lstmfc_forecaster_predict_intervals state", "lstmfc_signals desc", "lstmfc_signals confidence", "lstmfc_parallel argument", "lstmfc_parallel all",
    "lstmfc_backtest_sweep context", "lstmfc_backtest_sweep desc", "lstmfc_backtest_sweep moments", "lstmfc_backtest_run desc", "lstmfc_backtest_portfolio desc", "lstmfc_backtest_start desc",
    "lstmfc_bootstrap_direction accuracy", "lstmfc_bootstrap_direction auc", "lstmfc_trainer_history count", "lstmfc_trainer_history best_epoch"
};

/* 1: the comment allows it. */
static int is_allowed(const char *what) {
    size_t a, n = strlen(what);
    for (a = 0; a < sizeof allowed / sizeof allowed[0]; a++) if (strcmp(allowed[a], what) == 0) return 1;
    return (n > 4 && strcmp(what + n - 4, " env") == 0) || strstr(what, "_fields all") != NULL;
}

static void prepare(void) {
    static lstmfc_batch batch;
    static lstmfc_loss_desc loss;
    static lstmfc_draw draw;
    static lstmfc_env env;
    static lstmfc_tensor tensor;
    static lstmfc_forecast forecasts[WALK_BARS];
    static lstmfc_spans spans;
    static lstmfc_csv_desc csv;
    static lstmfc_features_desc features;
    static lstmfc_candles_report report;
    static lstmfc_model_desc model;
    static lstmfc_training_desc training;
    static lstmfc_optimizer_desc optimizer;
    static lstmfc_forecaster_desc forecaster;
    static lstmfc_signal_desc signals;
    static lstmfc_backtest_desc backtest;
    static lstmfc_gradcheck_result checked;
    static lstmfc_bootstrap bootstrap;
    static lstmfc_direction direction;
    static lstmfc_origin origin;
    static lstmfc_adaptive adaptive;
    static lstmfc_writer writer;
    static double doubles[20000];
    static lstmfc_real reals[20000];
    size_t k, count;
    scratch.batch = &batch; scratch.loss_desc = &loss; scratch.draw = &draw; scratch.env = &env; scratch.tensor = &tensor;
    scratch.forecast = forecasts; scratch.spans = &spans; scratch.csv_desc = &csv; scratch.features_desc = &features;
    scratch.candles_report = &report; scratch.model_desc = &model; scratch.training_desc = &training; scratch.optimizer_desc = &optimizer;
    scratch.forecaster_desc = &forecaster; scratch.signal_desc = &signals; scratch.backtest_desc = &backtest;
    scratch.gradcheck_result = &checked; scratch.bootstrap = &bootstrap; scratch.direction = &direction; scratch.writer = &writer;
    scratch.origin = &origin; scratch.adaptive = &adaptive;
    scratch.doubles = doubles; scratch.reals = reals; scratch.count = 20; scratch.text = "{\"a\": 1}";
    for (k = 0; k < 20000; k++) { doubles[k] = 0.5 + 0.001 * (double)(k % 7); reals[k] = (lstmfc_real)doubles[k]; }
    walk_make(&w, 200, 5);
    scratch.candles = &w.candles;
    model.spec = "lstm 2 | dense 1"; model.inputs = 2; model.window = 3;
    scratch.model = lstmfc_model_create(&model, &scratch.err);
    batch.rows = reals; batch.row_count = 40; batch.row_stride = 2; batch.count = 8; batch.window = 3; batch.targets = reals;
    scratch.scratch = lstmfc_scratch_create(scratch.model, 8, &scratch.err);
    scratch.gradients = lstmfc_gradients_create(scratch.model, 8, &scratch.err);
    scratch.optimizer = lstmfc_optimizer_create(scratch.model, NULL, &scratch.err);
    scratch.trainer = lstmfc_trainer_create(scratch.model, &batch, NULL, NULL, &scratch.err);
    scratch.features = lstmfc_features_compile("close, sma(3)", NULL, &scratch.err);
    scratch.features_state = lstmfc_features_state_create(scratch.features, &scratch.err);
    scratch.json = lstmfc_json_parse(scratch.text, strlen(scratch.text), NULL, &scratch.err);
    scratch.linear = lstmfc_linear_fit(0, 2, &batch, NULL, 1, NULL, &scratch.err);
    scratch.field = lstmfc_signal_desc_fields(&count);
    forecaster.features = "log_return(close), sma(3)/close"; forecaster.window = 4; forecaster.model = "lstm 2 | dense 1 sigmoid";
    forecaster.training.epochs = 1;
    scratch.forecaster = lstmfc_forecaster_fit(scratch.candles, &forecaster, &scratch.err);
    scratch.stream = lstmfc_stream_create(scratch.forecaster, &scratch.err);
    scratch.steps = lstmfc_steps_create(scratch.forecaster, scratch.candles, 1, &scratch.err);
    scratch.fit = lstmfc_fit_create(scratch.candles, &forecaster, &scratch.err);
    lstmfc_fit_step(scratch.fit, 0, &scratch.err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(scratch.err.code, scratch.err);
}

/* What a call came to. SILENT: refused without a message; OTHER: with an error that is not ARGUMENT; NOTHING: it returns nothing that
   could say. */
enum { WENT, REFUSED, SILENT, OTHER, NOTHING, SIGNAL };
static const char *const words[] = {"was accepted, which no comment promises", "was refused, though its comment allows it",
                                    "was refused without a message", "was refused, but not as an ARGUMENT", "", "ended by a signal"};

static int outcome(int k) {
    int status = 0;
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        int said;
        memset(&scratch.err, 0, sizeof scratch.err);
        said = calls[k].call();
        if (said == REFUSED && calls[k].has_error == 1)
            said = !scratch.err.code || !scratch.err.message[0] ? SILENT : scratch.err.code != LSTMFC_ERROR_ARGUMENT ? OTHER : REFUSED;
        _exit(said);
    }
    return child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ? SIGNAL : WEXITSTATUS(status);
}

/* has_error 1: the function has an err, which is given; 2: err itself is the NULL, and any answer will do. */
TEST(null_arguments) {
    int k;
    size_t a;
    prepare();
    for (k = 0; k < CALLS; k++) {
        int said = outcome(k), promised = is_allowed(calls[k].what), bad = said == SIGNAL || said == SILENT;
        if (calls[k].has_error != 2) bad |= promised ? said == REFUSED : said == WENT || said == OTHER;
        if (bad) printf("    %s NULL: %s\n", calls[k].what, words[said]);
        CHECK(!bad);
    }
    for (a = 0; a < sizeof allowed / sizeof allowed[0]; a++) {
        for (k = 0; k < CALLS && strcmp(calls[k].what, allowed[a]) != 0; k++) {}
        if (!CHECK(k < CALLS)) printf("    there is no call %s\n", allowed[a]);
    }
    CHECK(CALLS > 400);
    printf("%d calls with NULL; %d functions trust their pointers\n", CALLS, TRUSTED);
}

int main(void) {
    RUN(null_arguments);
    return test_end();
}
