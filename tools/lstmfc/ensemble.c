/* lstmfc ensemble - several models, and a file of probabilities, asked as one. */
#include "fit.h"
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENSEMBLE_OPTIONS(X) \
    X(TEXT,   models,  "", "", "the models, commas between: A.json,B.json; of directions one may be a CSV time,probability") \
    X(CHOICE, how,     "mean", LSTMFC_CHOICES_HOW, \
      "mean of what they say; weighted: by 1 / mean squared error on validation; vote: of directions, the share that says up; median") \
    X(TEXT,   out,     "", OPTIONS_OUT, "the ensemble, one JSON file that predict, evaluate, backtest and signal take like a model") \
    X(LONG,   created, "0", "0..9223372036854775807", "UTC ms written into the file")
typedef struct ensemble_options { ENSEMBLE_OPTIONS(LSTMFC__MEMBER) } ensemble_options;
#define OPTIONS_STRUCT ensemble_options
static const lstmfc_field fields[] = { ENSEMBLE_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "ensemble", "several models asked as one", "--models A.json,B.json[,P.csv] --csv F [--how weighted] --out E.json",
    "The models may differ in features, window and network, not in target, horizon and bars; they are copied into the file. Give the\n"
    "candles they were trained on: weights and intervals are measured on those of their bars that no model was fitted on, and none\n"
    "that the last of them has not seen is read. Its baselines are those of the model whose linear one was best on validation. A file\n"
    "of probabilities of up, by a program of another kind, is known by its path and contents, and asked in evaluate and backtest alone;\n"
    "its `time` is the open of the bar at whose close the forecast is made, as in --forecasts of evaluate: never that of the bar forecast.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | dense 1 "
    "sigmoid\" --epochs 2 --out a.json\n"
    "  lstmfc train --csv candles.csv --window 1 --features \"log_return(close), rsi(14)/100\" --model \"dense 8 relu | dense 1 "
    "sigmoid\" --epochs 2 --out b.json\n"
    "  lstmfc ensemble --models a.json,b.json --csv candles.csv --how weighted --out both.json\n"
    "  lstmfc evaluate --model both.json --csv candles.csv"
};

typedef struct job {
    options *o;
    tool_input *input;
    const ensemble_options *own;
    char *names;                        /* own->models, cut at its commas */
    const char *paths[MEMBERS_MOST], *file;
    lstmfc_forecaster *members[MEMBERS_MOST];
    int count, loaded;
} job;

/* The models and the file among the names; -1, or an exit code. */
static int sort_names(job *j) {
    char *name = j->names;
    while (name) {
        char *comma = strchr(name, ','), *next = comma ? comma + 1 : NULL;
        size_t length;
        if (comma) *comma = 0;
        name += strspn(name, " ");
        length = strlen(name);
        while (length && name[length - 1] == ' ') name[--length] = 0;
        if (!length) return tool_fail(j->o, TOOL_USAGE, "--models %s: an empty name between commas", j->own->models);
        if (length > 4 && !strcmp(name + length - 4, ".csv")) {
            if (j->file) return tool_fail(j->o, TOOL_USAGE, "--models: %s and %s; one file of probabilities at most", j->file, name);
            j->file = name;
        } else if (j->count == MEMBERS_MOST) return tool_fail(j->o, TOOL_USAGE, "--models: at most %d", MEMBERS_MOST);
        else j->paths[j->count++] = name;
        if (!files_add(j->o, "models", FILE_READ, name)) return tool_fail(j->o, TOOL_FAILURE, "out of memory");
        name = next;
    }
    if (!j->count || j->count + (j->file != NULL) < 2)
        return tool_fail(j->o, TOOL_USAGE, "--models %s: an ensemble has two members or more, one of them a model", j->own->models);
    return -1;
}

/* A model that is given twice, under one name or two: it is no mistake to refuse, but seldom meant. */
static void note_twins(const job *j) {
    lstmfc_writer texts[MEMBERS_MOST];
    int i, k;
    for (i = 0; i < j->count; i++) {
        lstmfc_writer_init(&texts[i], NULL);
        lstmfc_forecaster_save_memory(j->members[i], &texts[i], NULL);
        for (k = 0; k < i; k++)
            if (texts[k].length && texts[k].length == texts[i].length && !memcmp(texts[k].text, texts[i].text, texts[i].length)) {
                fprintf(stderr, "note: %s and %s are the same model: it counts twice\n", j->paths[k], j->paths[i]);
                break;
            }
    }
    while (i--) lstmfc_writer_free(&texts[i]);
}

static int tell(const job *j, const lstmfc_forecaster *ensemble, const members_measure *m) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(ensemble);
    const char *names[MEMBERS_MOST + 1];
    char a[32], b[32];
    lstmfc_writer w;
    int code, i, k, voices = info.member_count + (info.member_file != NULL);
    for (i = 0; i < j->count; i++) names[i] = j->paths[i];
    names[j->count] = j->file;
    lstmfc_writer_init(&w, NULL);
    if (j->o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", j->own->out);
        tool_fit_json(&w, "training", ensemble, NULL);
        lstmfc_json_put_integer(&w, "weighed_bars", m->weighed);
        lstmfc_json_put_integer(&w, "scored_bars", m->scored);
        lstmfc_json_put_doubles(&w, "mean_squared_errors", m->loss, (size_t)voices);
        lstmfc_json_begin(&w, "files", '[');            /* of them, in that order */
        for (i = 0; i < voices; i++) lstmfc_json_put_string(&w, NULL, names[m->order[i]]);
        lstmfc_json_end(&w, ']');
        tool_input_json(&w, "csv", &j->input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else {
        tool_print(&w, "target        %s, %d bar%s of %s ahead\n", tool_target_name(info.target), info.horizon,
                   info.horizon == 1 ? "" : "s", info.interval > 0 ? tool_span(a, info.interval) : "unknown length");
        members_describe(&w, &info, names, m->order);
        tool_print(&w, "measured      on %s bars of validation that no member was fitted on; mean squared errors of the members:", tool_count(a, m->weighed));
        for (i = 0; i < voices; i++) {                  /* as --models has them, the file last */
            for (k = 0; m->order[k] != i; k++) {}
            tool_print(&w, "%s %s %s", i ? "," : "", names[i], tool_figure(b, "%.6g", m->loss[k]));
        }
        tool_print(&w, "\nsaved         %s\n", j->own->out);
    }
    code = tool_write(j->o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

static int run(job *j) {
    lstmfc_error err = {0};
    members_file file;
    members_measure measured;
    lstmfc_candles *candles;
    lstmfc_forecaster *ensemble = NULL;
    int code = TOOL_OK, any_prices = 0;
    memset(&file, 0, sizeof file);
    for (; j->loaded < j->count; j->loaded++) {
        const char *path = j->paths[j->loaded];
        if (!(j->members[j->loaded] = lstmfc_forecaster_load(path, tool_env(), &err))) return tool_fail_model(j->o, path, &err);
        any_prices |= lstmfc_forecaster_get_info(j->members[j->loaded]).any_prices;
    }
    note_twins(j);
    tool_input_follow(j->o, j->input, any_prices);
    candles = tool_input_load(j->o, j->input, &code);
    if (!candles) return code;
    if (j->file) code = members_join(j->o, j->file, -1, candles, &file);
    if (code == TOOL_OK)
        ensemble = members_make(j->o, j->members, j->count, j->file, file.sum, j->own->how,
                                tool_created(j->own->created, options_given(j->o, "created")), candles, &measured, &code);
    if (ensemble) code = tool_save_model(j->o, ensemble, j->own->out);
    if (ensemble && code == TOOL_OK) code = tell(j, ensemble, &measured);
    lstmfc_forecaster_free(ensemble);
    members_part(&file);
    lstmfc_candles_free(candles);
    return code;
}

int command_ensemble(int argc, char **argv) {
    options o;
    tool_input input;
    ensemble_options own;
    job j;
    int code;
    memset(&own, 0, sizeof own);
    memset(&j, 0, sizeof j);
    options_init(&o, &command);
    options_add(&o, "Ensemble", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    options_shown(&o, "created", "SOURCE_DATE_EPOCH, else wall clock");
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "models csv out");
    if (code == -1) code = tool_check_created(&o, options_given(&o, "created"));
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    j.o = &o; j.input = &input; j.own = &own;
    if (code == -1 && !(j.names = (char *)malloc(strlen(own.models) + 1))) code = tool_fail(&o, TOOL_FAILURE, "out of memory");
    if (code == -1) { strcpy(j.names, own.models); code = sort_names(&j); }
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&j);
    while (j.loaded--) lstmfc_forecaster_free(j.members[j.loaded]);
    free(j.names);
    options_free(&o);
    return code;
}
