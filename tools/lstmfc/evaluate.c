/* lstmfc evaluate - a saved model on bars it has not seen, beside what needs no model. */
#include "folds.h"
#include "horizons.h"
#include "ledger.h"
#include "report.h"
#include "members.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#define EVALUATE_OPTIONS(X) \
    X(TEXT, model,     "", OPTIONS_IN, "the model file") \
    X(TEXT, report,    "", OPTIONS_OUT, "write a report, one HTML file") \
    X(TEXT, forecasts, "", OPTIONS_OUT, "write every forecast with its outcome, CSV; target_time is the bar of the " \
                                        "outcome (with --gaps count empty while it is not known)") \
    LEDGER_OPTION(X) \
    X(INT,  in_sample, "0", "0..1", "measure the bars the model was trained on instead: no evidence, labelled so everywhere") \
    X(TEXT, symbol,    "", "", "name of the series in this file; one that differs from the model's is told in the first line") \
    X(INT,  use_horizon, "0", "0..100000", "of a model of several horizons: a further one alone; 0: the first, and a table of all") \
    FOLDS_OPTIONS(X) \
    X(INT,  importance, "0", "0..1", "what each feature is worth: the loss added when it is shuffled in blocks of bars") \
    X(INT,  repeats, "5", "2..1000", "shuffles of each feature") \
    X(INT,  correlations, "0", "0..1", "Pearson correlations of features and target over the fit rows, with --json; a report draws them") \
    RULES_OPTION(X, "plain")
typedef struct evaluate_options { EVALUATE_OPTIONS(LSTMFC__MEMBER) } evaluate_options;
#define OPTIONS_STRUCT evaluate_options
static const lstmfc_field fields[] = { EVALUATE_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "evaluate", "measure a saved model on bars it has not seen, against baselines", "--model M --csv F [--report R.html]",
    "Uses only bars after the last one the model has seen (seen_to in the file); nothing left is exit code 3. Baselines were "
    "fitted\n"
    "with the model and stand in its file: give any candles that go on from it, with the bars that its features and HAR look back.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | dense 1 "
    "sigmoid\" --epochs 2 --out model.json\n"
    "  lstmfc evaluate --model model.json --csv candles.csv --report report.html"
};

static int run(const options *o, tool_input *input, const evaluate_options *own, const char *kept, const lstmfc_signal_desc *signals,
               const lstmfc_backtest_desc *costs, const char *typed) {
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster;
    const lstmfc_forecaster *answer;
    lstmfc_candles *candles;
    members_file file;
    evaluation e;
    rules_result rules;
    ledger looks;
    lstmfc_writer w;
    FILE *words;
    int code = tool_share_stdout(o, own->report, own->forecasts, NULL, NULL, &words);
    if (code != -1) return code;
    forecaster = lstmfc_forecaster_load(own->model, tool_env(), &err);
    if (!forecaster) return tool_fail_model(o, own->model, &err);
    code = options_useful(o, tool_target_name(lstmfc_forecaster_get_info(forecaster).target));
    answer = tool_use_horizon(o, forecaster, own->use_horizon, &code);
    tool_input_follow(o, input, lstmfc_forecaster_get_info(forecaster).any_prices);
    candles = code == -1 ? tool_input_load(o, input, &code) : NULL;
    if (!candles) { lstmfc_forecaster_free(forecaster); return code; }
    lstmfc_writer_init(&w, NULL);
    memset(&e, 0, sizeof e);
    if (own->folds) {
        const folds_desc folds = {own->folds, own->walk_forward, own->train_bars, own->embargo};
        code = folds_run(o, forecaster, candles, &folds, signals, costs, own->model);
        lstmfc_writer_free(&w);
        lstmfc_candles_free(candles);
        lstmfc_forecaster_free(forecaster);
        return code;
    }
    code = members_file_of(o, answer, candles, &file);
    if (code == TOOL_OK) code = evaluation_run(o, answer, candles, own->in_sample, signals, costs, &e);
    if (code == TOOL_OK && own->importance) code = evaluation_importance(o, answer, candles, own->repeats, &e);
    if (code == TOOL_OK && (own->correlations || own->report)) code = evaluation_correlations(o, answer, candles, &e);
    if (code != TOOL_OK) evaluation_free(&e);
    e.symbol = own->symbol;
    memset(&rules, 0, sizeof rules);
    if (code == TOOL_OK && (own->rules != RULES_PLAIN || o->threshold)) {
        code = rules_evaluate(o, (rules_asked){own->rules, own->clauses}, signals, costs, answer, rules_longest(forecaster), candles, &e, &rules);
        if (code != TOOL_OK) evaluation_free(&e);
    }
    if (code == TOOL_OK) {
        const ledger_entry look = {forecaster, own->model, candles, &e, e.backtest, 0, NULL, 0, 0};
        code = ledger_look(o, kept, &look, &looks);
        if (code != TOOL_OK) { rules_free(&rules); evaluation_free(&e); }
    }
    if (code == TOOL_OK) {
        symbols_note(&e);
        if (own->report) {
            char title[120], span[32];
            report r;
            memset(&r, 0, sizeof r);
            tool_title(title, sizeof title, NULL, e.info.target, e.info.horizon, tool_span(span, e.interval));
            r.title = title;
            r.command = typed;
            r.file = input->csv;
            r.csv = &input->report;
            r.evaluation = &e;
            r.rules = rules.clauses ? &rules : NULL;
            r.ledger = &looks;
            r.synthetic = e.synthetic;
            r.interval = e.interval;
            r.created = tool_created(0, 0);
            report_write(&w, &r);
            code = tool_write(o, own->report, &w);
        }
        if (code == TOOL_OK && own->forecasts) {
            lstmfc_writer_free(&w);
            lstmfc_writer_init(&w, NULL);
            evaluation_forecasts_csv(&w, &e);
            code = tool_write(o, own->forecasts, &w);
        }
        if (code == TOOL_OK) {
            lstmfc_writer_free(&w);
            lstmfc_writer_init(&w, NULL);
            if (o->json) {
                lstmfc_json_begin(&w, NULL, '{');
                lstmfc_json_put_string(&w, "model", own->model);
                tool_fit_json(&w, "training", forecaster, NULL);
                evaluation_json(&w, "evaluation", &e);
                ledger_json(&w, &looks);
                if (rules.clauses) rules_json(&w, "signals", &rules);
                tool_input_json(&w, "csv", &input->report);
                lstmfc_json_end(&w, '}');
                tool_print(&w, "\n");
            } else if (!symbols_running()) {
                evaluation_describe(&w, &e);
                ledger_describe(&w, &looks);
                if (rules.clauses) rules_describe(&w, &rules);
                if (own->report) tool_print(&w, "report        %s\n", own->report);
            }
            code = tool_say(o, words, &w);
        }
        rules_free(&rules);
        evaluation_free(&e);
    }
    lstmfc_writer_free(&w);
    members_part(&file);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(forecaster);
    return code;
}

int command_evaluate(int argc, char **argv) {
    report_run r;
    evaluate_options own = {0};
    const char *kept = NULL;
    int code = symbols_each(argc, argv, command_evaluate);
    if (code != -1) return code;
    code = report_begin(&r, &command, &own, fields, sizeof fields / sizeof fields[0], "!seed resize weights", "model csv", argc, argv);
    if (code == -1 && !own.folds) kept = ledger_path(&r.o, own.ledger, own.model);
    if (code == -1) code = files_check(&r.o);
    if (code == -1) code = run(&r.o, &r.input, &own, kept, &r.signals, &r.costs, r.typed);
    return report_end(&r, code);
}
