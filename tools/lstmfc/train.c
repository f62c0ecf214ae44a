/* lstmfc train - candles in, model file out. */
#include "keep.h"
#include "symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN_OPTIONS(X) \
    X(TEXT, out,    "-", OPTIONS_OUT, "the model file; - is stdout") \
    X(TEXT, resume, "",  OPTIONS_IN, "go on from this checkpoint (same candles, same flags)") \
    X(TEXT, from,   "",  OPTIONS_IN, "fine-tune this model: its features, scales and network, on the candles of --csv") \
    X(TEXT, moments, "", OPTIONS_IN, "with --from: the optimiser goes on with the moments of this checkpoint, else with fresh ones") \
    X(TEXT, keep_checkpoint, "", OPTIONS_OUT, "also save the finished training here, for --moments (or --resume with more epochs)") \
    X(INT,  pooled, "0", "0..1", "one model for all the symbols of --csv") \
    KEEP_AGE_OPTION(X) \
    KEEP_OPTION(X) \
    X(INT,  roll_back, "0", "0..1", "put the model kept before into --out again; trains nothing")
typedef struct train_options { TRAIN_OPTIONS(LSTMFC__MEMBER) } train_options;
#define OPTIONS_STRUCT train_options
static const lstmfc_field fields[] = { TRAIN_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "train", "fit a forecaster on candles and save it", "--csv F --out M.json [flags]",
    "The last --test share of the rows is kept aside and never looked at: evaluate measures the model there. Ctrl-C saves\n"
    "<out>.checkpoint; --resume goes on from it and ends in the same bytes as a run that was never interrupted. Once the model\n"
    "is saved, <out>.checkpoint is removed if this run went on from it. --from M.json teaches a finished model new candles: what its\n"
    "forecasts are made of (target, window, features, scales, network) stays, layers of --freeze keep their weights, the optimiser\n"
    "starts fresh, or with --moments FILE as a training left it that wrote FILE by --keep-checkpoint (same network, same rule; the rate\n"
    "may differ); calibration and baselines are those of the new bars. As in: --from M.json --freeze \"all but last 2\" --lr 1e-5\n"
    "--epochs 10. --max-age-hours H trains only where --out is absent or older; what is not said by a flag is then as in the old model,\n"
    "which stays if the training fails. --pooled makes one model of all the symbols that --csv FOLDER, A.csv,B.csv or a file of several\n"
    "means: spans are cut at the same times for all, and the model serves each of them (evaluate --csv FOLDER --model M.json).\n"
    "--keep N keeps the newest N as M-<time>.json, --roll-back --out M.json goes back by one.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --target direction --horizon 1 --window 12 --features \"log_return(close), rsi(14)/100\" "
    "\\\n"
    "      --model \"lstm 8 | dense 1 sigmoid\" --epochs 2 --out model.json"
};

/* The model is young enough. */
static int fresh(const options *o, const train_options *own, const keep_model *present) {
    lstmfc_writer w;
    int code;
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_bool(&w, "trained", 0);
        lstmfc_json_put_string(&w, "because", present->why);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else tool_print(&w, "reused        %s: %s, at most %g; nothing was trained\n", own->out, present->why, own->max_age_hours);
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

/* ---- --pooled ---------------------------------------------------------------------------------------------------- */

typedef struct pooled {
    lstmfc_candles **candles;       /* [count] */
    tool_input *inputs;             /* [count] */
    char *names;                    /* "pooled: A, B" */
    int count;
} pooled;

static void pooled_free(pooled *p) {
    int i;
    for (i = 0; p->candles && i < p->count; i++) lstmfc_candles_free(p->candles[i]);
    free(p->candles);
    free(p->inputs);
    free(p->names);
}

/* The candles of all symbols, by name; those after the first into desc. */
static lstmfc_candles *pooled_load(const options *o, const tool_input *input, lstmfc_forecaster_desc *desc, pooled *p, int *code) {
    const char *name, *csv, *only;
    size_t length = sizeof "pooled: ";
    int i;
    for (i = 0; symbols_pool(i, &name, &csv, &only); i++) length += strlen(name) + 2;
    p->candles = (lstmfc_candles **)calloc((size_t)i + 1, sizeof *p->candles);
    p->inputs = (tool_input *)calloc((size_t)i + 1, sizeof *p->inputs);
    p->names = (char *)calloc(length, 1);
    if (!p->candles || !p->inputs || !p->names) { *code = tool_fail(o, TOOL_FAILURE, "out of memory"); return NULL; }
    strcpy(p->names, "pooled: ");
    for (i = 0; symbols_pool(i, &name, &csv, &only); i++) {
        p->inputs[i] = *input;
        p->inputs[i].csv = csv;
        p->inputs[i].only = only;
        p->count = i + 1;
        if (!(p->candles[i] = tool_input_load(o, &p->inputs[i], code))) return NULL;
        if (i) strcat(p->names, ", ");
        strcat(p->names, name);
    }
    desc->symbol = i > 1 ? p->names : name;                 /* a symbol alone is as without --pooled */
    desc->pool = (const lstmfc_candles *const *)(p->candles + 1);
    desc->pool_count = (size_t)(i - 1);
    return p->candles[0];
}

static int run(const options *o, tool_input *input, lstmfc_forecaster_desc *desc, const train_options *own,
               const char *checkpoint, lstmfc_forecaster *from, keep_model *present) {
    int code = TOOL_OK, to_stdout = !strcmp(own->out, "-"), spent, i;
    pooled all = {NULL, NULL, NULL, 0};
    lstmfc_candles *candles = own->pooled ? pooled_load(o, input, desc, &all, &code) : tool_input_load(o, input, &code);
    lstmfc_forecaster *forecaster = NULL;
    const char *name, *csv, *only;
    lstmfc_writer w;
    fit_report report;
    fit_job job = {"training", NULL, NULL, NULL, NULL, NULL};
    if (!candles) { pooled_free(&all); return code; }
    if (!all.count) code = keep_candles(o, present, own->out, candles, options_given(o, "symbol") ? desc->symbol : NULL, "--out");
    if (code == TOOL_OK && present->fresh) code = keep_options(o, present, own->out, candles, desc);
    if (code == TOOL_OK && present->fresh) code = fresh(o, own, present);
    if (code != TOOL_OK || present->fresh) {
        if (!all.count) lstmfc_candles_free(candles);
        pooled_free(&all);
        return code;
    }
    lstmfc_writer_init(&w, NULL);
    desc->env = desc->training.env = tool_env();
    desc->from = from;
    desc->created = tool_created(desc->created, options_given(o, "created"));
    job.checkpoint = checkpoint;
    job.resume = own->resume;
    job.moments = own->moments;
    job.keep = own->keep_checkpoint;
    if (present->old) code = keep_inherit(o, present, desc);
    if (code == TOOL_OK) forecaster = tool_fit(o, candles, desc, &job, &report, &code);
    if (forecaster) code = own->keep ? keep_save(o, forecaster, own->out, own->keep) : tool_save_model(o, forecaster, own->out);
    if (code != TOOL_OK) keep_fallback(present, own->out);
    /* a model on stdout may still be lost on its way, a file of another name is the user's own */
    spent = forecaster && code == TOOL_OK && !to_stdout && files_same(o, "resume", checkpoint) && !remove(checkpoint);
    if (forecaster && code == TOOL_OK) {
        if (o->json) {
            lstmfc_json_begin(&w, NULL, '{');
            lstmfc_json_put_string(&w, "out", own->out);
            if (own->max_age_hours > 0) { lstmfc_json_put_bool(&w, "trained", 1); lstmfc_json_put_string(&w, "because", present->why); }
            tool_fit_json(&w, "training", forecaster, &report);
            if (!all.count) tool_input_json(&w, "csv", &input->report);
            else lstmfc_json_begin(&w, "csv", '{');
            for (i = 0; symbols_pool(i, &name, &csv, &only); i++) tool_input_json(&w, name, &all.inputs[i].report);
            if (all.count) lstmfc_json_end(&w, '}');
            lstmfc_json_end(&w, '}');
            tool_print(&w, "\n");
        } else {
            if (own->max_age_hours > 0) tool_print(&w, "trained       anew: %s%s\n", keep_before(present), present->why);
            tool_fit_describe(&w, forecaster, &report);
            if (all.count) tool_print(&w, "symbols       %d, %s\n", all.count, desc->symbol);
            if (!to_stdout) tool_print(&w, "saved         %s\n", own->out);
            if (spent) tool_print(&w, "removed       %s, which this run went on from\n", checkpoint);
        }
        code = tool_say(o, to_stdout ? stderr : stdout, &w);    /* stdout holds the model */
    }
    lstmfc_writer_free(&w);
    lstmfc_forecaster_free(forecaster);
    if (!all.count) lstmfc_candles_free(candles);
    pooled_free(&all);
    return code;
}

int command_train(int argc, char **argv) {
    options o;
    tool_input input;
    lstmfc_forecaster_desc desc;
    train_options own;
    keep_model present;
    lstmfc_forecaster *from = NULL;
    lstmfc_error err = {0};
    char *checkpoint = NULL;
    const char *name, *csv, *only;
    int code = symbols_each(argc, argv, command_train);
    if (code != -1) return code;
    memset(&own, 0, sizeof own);
    memset(&present, 0, sizeof present);
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_fit_options(&o, &desc);
    options_progress(&o);
    options_preset(&o, "test", "0.2");
    options_shown(&o, "created", "SOURCE_DATE_EPOCH, else wall clock");
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, own.roll_back ? "out" : "csv");
    if (code == -1 && own.roll_back) code = keep_roll_back(&o, own.out);
    if (code == -1 && !strcmp(own.out, "-") && (own.keep || own.max_age_hours > 0))
        code = tool_fail(&o, TOOL_USAGE, "--keep and --max-age-hours are about the file of --out: name one");
    if (code == -1 && own.pooled && !symbols_pool(0, &name, &csv, &only))
        code = tool_fail(&o, TOOL_USAGE, "--pooled: %s is one series; a folder, A.csv,B.csv or a file of several symbols is to be pooled",
                         input.csv);
    if (code == -1) code = tool_check_created(&o, options_given(&o, "created"));
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1) checkpoint = files_join(&o, strcmp(own.out, "-") ? own.out : "lstmfc", ".checkpoint");
    if (code == -1 && !checkpoint) code = TOOL_FAILURE;
    if (code == -1 && *own.out) files_add(&o, "out", FILE_SAVED_LATER, checkpoint);
    if (code == -1) code = files_check(&o);
    if (code == -1 && own.from && !(from = lstmfc_forecaster_load(own.from, tool_env(), &err)))
        code = tool_fail_model(&o, own.from, &err);
    if (code == -1 && own.max_age_hours > 0) code = keep_look(&o, own.out, own.max_age_hours, input.desc.now, &present);
    if (code == -1 && present.old) tool_input_follow(&o, &input, lstmfc_forecaster_get_info(present.old).any_prices);
    if (code == -1) code = run(&o, &input, &desc, &own, checkpoint, from, &present);
    lstmfc_forecaster_free(present.old);
    lstmfc_forecaster_free(from);
    symbols_pool_free();
    options_free(&o);
    return code;
}
