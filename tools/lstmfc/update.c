/* lstmfc update - a finished model learns from the bars that came since, one step a bar.

   Each forecast on the way was issued before its outcome was learnt, so all of them together are an honest test of learning on the
   way, held here against the same model left alone on the same bars. */
#include "evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UPDATE_OPTIONS(X) \
    X(TEXT, model, "",  OPTIONS_IN, "the model file; it stays as it is") \
    X(TEXT, out,   "-", OPTIONS_OUT, "the new model file; - is stdout") \
    X(REAL, lr,    "0", "0..1000", "rate of the steps; 0: a tenth of the one it was trained with") \
    X(LONG, created, "0", "0..9223372036854775807", "UTC ms written into the new file")
typedef struct update_options { UPDATE_OPTIONS(LSTMFC__MEMBER) } update_options;
#define OPTIONS_STRUCT update_options
static const lstmfc_field fields[] = { UPDATE_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "update", "teach a saved model the bars that came since, one step each", "--model M --csv F --out M2.json",
    "Online learning: when the outcome of a bar has closed, one step on it, at a low rate; scales stay, batch norm is frozen, the\n"
    "optimiser starts fresh; each run goes on with the outcomes that the one before left open, so bars may come one at a time or\n"
    "all at once. The old file stays; the new one has seen the whole of --csv, and is judged on later bars. It prints\n"
    "how the forecasts issued on the way, each before its outcome was learnt, did beside those of the model left alone.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | dense 1 "
    "sigmoid\" --epochs 2 --out model.json\n"
    "  lstmfc update --model model.json --csv candles.csv --out updated.json"
};

/* The same bars, forecast on the way [0] and by the model left alone [1]; persistence [2]. */
typedef struct contest {
    size_t n, inside[2], bounded;
    double *loss[3];
    lstmfc_comparison skill[2], against;        /* over persistence; of learning over the model left alone */
    const char *loss_name;
} contest;

static double loss_of(const lstmfc_forecaster_info *info, const lstmfc_forecast *f, const lstmfc_outcome *outcome) {
    int by_return = info->target == LSTMFC_TARGET_PRICE || info->target == LSTMFC_TARGET_RETURN;
    return by_return ? verdict_loss(info->target, f->log_return, outcome->log_return)
                     : verdict_loss(info->target, f->value, outcome->value);
}

static void compare(const lstmfc_forecaster_info *info, const lstmfc_forecast *const way[2], const lstmfc_outcome *outcomes,
                    size_t count, contest *c) {
    int by_return = info->target == LSTMFC_TARGET_PRICE || info->target == LSTMFC_TARGET_RETURN, i;
    size_t k;
    c->loss_name = info->target == LSTMFC_TARGET_DIRECTION ? "log loss" : info->target == LSTMFC_TARGET_VOLATILITY ? "QLIKE"
                 : by_return ? "squared log-return error" : "squared error";
    for (k = 0; k < count; k++) {
        const lstmfc_outcome *o = &outcomes[k];
        if (o->reason != LSTMFC_OUTCOME_KNOWN || way[0][k].reason || way[1][k].reason) continue;
        for (i = 0; i < 2; i++) c->loss[i][c->n] = loss_of(info, &way[i][k], o);
        c->loss[2][c->n] = verdict_loss(info->target, by_return ? 0 : o->persistence, by_return ? o->log_return : o->value);
        if (!lstmfc_is_nan(way[0][k].lower) && !lstmfc_is_nan(way[1][k].lower)) {
            c->bounded++;
            for (i = 0; i < 2; i++) c->inside[i] += o->value >= way[i][k].lower && o->value <= way[i][k].upper;
        }
        c->n++;
    }
    for (i = 0; i < 2; i++) lstmfc_compare(c->n, c->loss[i], c->loss[2], info->horizon, &c->skill[i]);
    lstmfc_compare(c->n, c->loss[0], c->loss[1], info->horizon, &c->against);
}

static void describe(lstmfc_writer *w, const lstmfc_forecaster_info *was, const lstmfc_forecaster_info *is, const contest *c) {
    char a[32], b[32];
    double n = c->bounded ? (double)c->bounded : 1;
    tool_print(w, "learnt        %s bars, one step each; the model has now seen everything up to %s\n",
               tool_count(a, is->updates - was->updates), tool_time(b, is->seen_to, is->interval));
    if (!c->n) {
        tool_print(w, "on the way    no forecast issued on these bars has its outcome yet\n");
        return;
    }
    tool_print(w, "on the way    %s forecasts whose outcome is known, each issued before it was learnt (%s, skill over persistence)\n",
               tool_count(a, (int64_t)c->n), c->loss_name);
    tool_print(w, "  learning    %.6g, skill %+.4f\n", c->skill[0].loss_model, c->skill[0].skill);
    tool_print(w, "  left alone  %.6g, skill %+.4f\n", c->skill[1].loss_model, c->skill[1].skill);
    tool_print(w, "              skill of learning over the model left alone %+.4f, p %s: %s\n", c->against.skill,
               tool_p(a, c->against.p), c->against.better ? "learning was better" : "no evidence that learning was better");
    if (c->bounded)
        tool_print(w, "intervals     %.0f %% asked for; learning %.1f %%, left alone %.1f %% of %s outcomes inside\n", 100 * is->level,
                   100 * (double)c->inside[0] / n, 100 * (double)c->inside[1] / n, tool_count(a, (int64_t)c->bounded));
}

static void tell_json(lstmfc_writer *w, const lstmfc_forecaster_info *was, const lstmfc_forecaster_info *is, const contest *c) {
    static const char *const names[] = {"learning", "left_alone"};
    char text[32];
    int i;
    lstmfc_json_put_integer(w, "steps", is->updates - was->updates);
    lstmfc_format_time(text, is->seen_to);
    lstmfc_json_put_string(w, "seen_to", text);
    lstmfc_json_put_integer(w, "forecasts", (int64_t)c->n);
    lstmfc_json_put_string(w, "loss", c->loss_name);
    for (i = 0; i < 2; i++) {
        lstmfc_json_begin(w, names[i], '{');
        lstmfc_json_put_number(w, "loss", c->skill[i].loss_model);
        lstmfc_json_put_number(w, "skill", c->skill[i].skill);
        lstmfc_json_put_number(w, "p", c->skill[i].p);
        lstmfc_json_put_number(w, "coverage", c->bounded ? (double)c->inside[i] / (double)c->bounded : lstmfc_nan());
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_begin(w, "learning_over_left_alone", '{');
    lstmfc_json_put_number(w, "skill", c->against.skill);
    lstmfc_json_put_number(w, "p", c->against.p);
    lstmfc_json_put_bool(w, "better", c->against.better > 0);
    lstmfc_json_end(w, '}');
}

static int learn(const options *o, const lstmfc_forecaster *old, const lstmfc_candles *candles, const tool_input *input,
                 const update_options *own) {
    lstmfc_error err = {0};
    size_t room = candles->count ? candles->count : 1, first = 0, count;
    lstmfc_forecast *way[2];
    lstmfc_outcome *outcomes = (lstmfc_outcome *)calloc(room, sizeof *outcomes);
    double *losses = (double *)calloc(room, 3 * sizeof *losses);
    lstmfc_forecaster *updated = NULL;
    lstmfc_forecaster_info was = lstmfc_forecaster_get_info(old), is;
    contest c = {0};
    lstmfc_writer w;
    int code = TOOL_OK, i, to_stdout = !strcmp(own->out, "-");
    for (i = 0; i < 2; i++) way[i] = (lstmfc_forecast *)calloc(room, sizeof **way);
    for (i = 0; i < 3 && losses; i++) c.loss[i] = losses + (size_t)i * room;
    lstmfc_writer_init(&w, NULL);
    if (!way[0] || !way[1] || !outcomes || !losses) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (!(updated = lstmfc_forecaster_update(old, candles, own->lr, tool_created(own->created, options_given(o, "created")),
                                                  &first, way[0], &err))) code = tool_fail_error(o, &err);
    count = candles->count - first;
    if (updated && (lstmfc_forecaster_predict_all(old, candles, first, count, way[1], &err)
                    || lstmfc_forecaster_outcomes(old, candles, first, count, outcomes, &err))) code = tool_fail_error(o, &err);
    if (code == TOOL_OK) code = tool_save_model(o, updated, own->out);
    if (code == TOOL_OK) {
        const lstmfc_forecast *both[2];
        both[0] = way[0]; both[1] = way[1];
        is = lstmfc_forecaster_get_info(updated);
        compare(&was, both, outcomes, count, &c);
        if (o->json) {
            lstmfc_json_begin(&w, NULL, '{');
            lstmfc_json_put_string(&w, "out", own->out);
            tell_json(&w, &was, &is, &c);
            tool_input_json(&w, "csv", &input->report);
            lstmfc_json_end(&w, '}');
            tool_print(&w, "\n");
        } else {
            describe(&w, &was, &is, &c);
            if (!to_stdout) tool_print(&w, "saved         %s\n", own->out);
        }
        code = tool_say(o, to_stdout ? stderr : stdout, &w);
    }
    lstmfc_writer_free(&w);
    lstmfc_forecaster_free(updated);
    free(way[0]); free(way[1]); free(outcomes); free(losses);
    return code;
}

static int run(const options *o, tool_input *input, const update_options *own) {
    lstmfc_error err = {0};
    lstmfc_candles *candles;
    lstmfc_forecaster *old = lstmfc_forecaster_load(own->model, tool_env(), &err);
    int code = TOOL_OK;
    if (!old) return tool_fail_model(o, own->model, &err);
    tool_input_follow(o, input, lstmfc_forecaster_get_info(old).any_prices);
    candles = tool_input_load(o, input, &code);
    if (candles) code = learn(o, old, candles, input, own);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(old);
    return code;
}

int command_update(int argc, char **argv) {
    options o;
    tool_input input;
    update_options own;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    options_shown(&o, "created", "SOURCE_DATE_EPOCH, else wall clock");
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "model csv");
    if (code == -1) code = tool_check_created(&o, options_given(&o, "created"));
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &input, &own);
    options_free(&o);
    return code;
}
