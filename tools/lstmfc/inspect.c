/* lstmfc inspect - what is in a model file. */
#include "fit.h"
#include "members.h"
#include "verify.h"

#include <string.h>

#define INSPECT_OPTIONS(X) \
    X(TEXT, model,  "",  OPTIONS_IN, "the model file") \
    X(INT,  verify, "0", "0..1", "run again the windows that a conversion (tools/convert.py) stored in the file")
typedef struct inspect_options { INSPECT_OPTIONS(LSTMFC__MEMBER) } inspect_options;
#define OPTIONS_STRUCT inspect_options
static const lstmfc_field fields[] = { INSPECT_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "inspect", "what is in a model file", "--model M.json [--verify]",
    "Loading checks everything: format, checksum, every size. A file that is not as it should be is refused with exit code 4;\n"
    "so is the checkpoint of an unfinished training, and the saved state of a stream: it says which it is. With --verify also\n"
    "what another program answered to some windows, if the file has them, is compared; another answer is exit code 1.",
    "  lstmfc synth --bars 600 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --features \"log_return(close)\" --model \"lstm 4 | dense 1 sigmoid\" --epochs 1 --out "
    "model.json\n"
    "  lstmfc inspect --model model.json"
};

/* Name, shape, size and spread of every tensor. */
static void tensors_json(lstmfc_writer *w, const lstmfc_model *model) {
    int32_t i, n = lstmfc_model_tensors(model);
    lstmfc_json_begin(w, "tensors", '[');
    for (i = 0; i < n; i++) {
        lstmfc_tensor tensor;
        int32_t axis;
        if (lstmfc_model_tensor(model, i, &tensor) != LSTMFC_OK) continue;
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", tensor.name);
        lstmfc_json_begin(w, "shape", '[');
        for (axis = 0; axis < tensor.rank; axis++) lstmfc_json_put_integer(w, NULL, tensor.shape[axis]);
        lstmfc_json_end(w, ']');
        lstmfc_json_put_bool(w, "trainable", tensor.trainable);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

static void history_json(lstmfc_writer *w, const lstmfc_forecaster_info *info) {
    int32_t i;
    lstmfc_json_begin(w, "history", '[');
    for (i = 0; i < info->epochs; i++) {
        const lstmfc_epoch *e = &info->history[i];
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_integer(w, "epoch", e->epoch);
        lstmfc_json_put_number(w, "loss", e->loss);
        lstmfc_json_put_number(w, "val_loss", e->val_loss);
        lstmfc_json_put_number(w, "penalty", e->penalty);
        lstmfc_json_put_number(w, "lr", e->lr);
        lstmfc_json_put_number(w, "accuracy", e->accuracy);
        lstmfc_json_put_number(w, "val_accuracy", e->val_accuracy);
        lstmfc_json_put_number(w, "auc", e->auc);
        lstmfc_json_put_number(w, "val_auc", e->val_auc);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

static void print_summary(lstmfc_writer *w, const lstmfc_model *model) {
    char text[16384];
    size_t length = lstmfc_model_summary(model, text, sizeof text);
    lstmfc_write_text(w, text, length < sizeof text ? length : sizeof text - 1);
    if (length >= sizeof text) tool_print(w, "\n(the table is longer than shown)\n");
}

/* A file holds a forecaster or a network alone. Read once, for it may come from stdin; what is neither gets the forecaster's reason. */
static lstmfc_forecaster *load(const char *text, size_t length, lstmfc_model **model, lstmfc_error *err) {
    if (!text) return NULL;
    if (lstmfc_file_kind(text, length, tool_env(), err) == LSTMFC_FILE_NETWORK)
        *model = lstmfc_model_load_memory(text, length, tool_env(), err);
    else if (!err->code) return lstmfc_forecaster_load_memory(text, length, tool_env(), err);
    return NULL;
}

static int run(const options *o, const inspect_options *own) {
    lstmfc_error err = {0};
    lstmfc_model *model = NULL;
    size_t length = 0;
    char *text = tool_read(own->model, &length, NULL, &err);
    lstmfc_forecaster *forecaster = load(text, length, &model, &err);
    lstmfc_forecaster_info info;
    verify_result verified;
    lstmfc_writer w;
    int code = -1;
    memset(&info, 0, sizeof info);
    memset(&verified, 0, sizeof verified);
    if (forecaster) info = lstmfc_forecaster_get_info(forecaster);
    else info.model = model;
    if (!forecaster && !model) code = tool_fail_model(o, own->model, &err);
    else if (own->verify) code = verify_run(o, own->model, text, length, info.members ? NULL : info.model, &verified);
    lstmfc_file_release(text, length, NULL);
    if (code != -1) {
        lstmfc_model_free(model);
        lstmfc_forecaster_free(forecaster);
        return code;
    }
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "file", own->model);
        lstmfc_json_put_string(&w, "kind", info.members ? "ensemble" : forecaster ? "forecaster" : "network");
        if (forecaster) tool_fit_json(&w, "training", forecaster, NULL);
        else {
            lstmfc_json_put_string(&w, "model", lstmfc_model_spec(info.model));
            lstmfc_json_put_integer(&w, "inputs", lstmfc_model_inputs(info.model));
            lstmfc_json_put_integer(&w, "window", lstmfc_model_window(info.model));
            lstmfc_json_put_integer(&w, "parameters", lstmfc_model_parameters(info.model, NULL));
        }
        tensors_json(&w, info.model);
        if (forecaster) history_json(&w, &info);
        verify_json(&w, &verified);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else {
        char when[32];
        tool_print(&w, "%s\n", own->model);
        if (forecaster) {
            if (info.synthetic) tool_print(&w, "trained on SYNTHETIC candles\n");
            if (info.symbol && *info.symbol) tool_print(&w, "symbol        %s\n", info.symbol);
            tool_fit_describe(&w, forecaster, NULL);
            if (!info.members) tool_print(&w, "features      %s\n", info.feature_spec);
            tool_fit_origin(&w, &info);
            tool_print(&w, "needs         %lld bars for the first forecast\n", (long long)info.first_forecast + 1);
            if (info.created) tool_print(&w, "created       %s\n", tool_time(when, info.created, 0));
        } else {
            tool_print(&w, "a network alone: no task, no features; use it with infer\n");
        }
        if (info.members) {
            int i;
            for (i = 0; i < info.member_count; i++) {
                tool_print(&w, "\nmember %d\n", i + 1);
                tool_fit_describe(&w, info.members[i], NULL);
            }
        } else {
            tool_print(&w, "\n");
            print_summary(&w, info.model);
        }
        verify_describe(&w, &verified);
    }
    code = tool_write(o, "-", &w);
    if (code == TOOL_OK) code = verify_code(o, own->model, &verified);
    lstmfc_writer_free(&w);
    lstmfc_model_free(model);
    lstmfc_forecaster_free(forecaster);
    return code;
}

int command_inspect(int argc, char **argv) {
    options o;
    inspect_options own = {NULL, 0};
    int code;
    options_init(&o, &command);
    options_add(&o, "Input", &own, fields, sizeof fields / sizeof fields[0], NULL);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "model");
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &own);
    options_free(&o);
    return code;
}
