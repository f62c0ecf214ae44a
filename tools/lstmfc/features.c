/* lstmfc features - the feature language from the table that implements it, and what a feature text does to a file. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEATURES_OPTIONS(X) \
    X(INT,  list,     "0", "0..1", "list every function of the feature language") \
    X(INT,  markdown, "0", "0..1", "the list as the tables of FEATURES.md") \
    X(TEXT, features, "",  "",     "feature text or preset to examine (--list stands alone): rsi(14), @a") \
    X(REAL, eps,      "0", "0..1", "share of the starting value below which a row counts as stable; 0: 1e-4") \
    X(CHOICE, profile, "talib", LSTMFC_CHOICES_PROFILE, \
                                "whose definitions the indicators follow where libraries differ")
typedef struct features_options { FEATURES_OPTIONS(LSTMFC__MEMBER) } features_options;
#define OPTIONS_STRUCT features_options
static const lstmfc_field fields[] = { FEATURES_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "features", "list the feature language, or examine a feature text on a file", "--list [--markdown] | --features TEXT [--csv F]",
    "Without --csv: names, lookback (first row where the value is valid) and stable lookback (first row where the choice of the\n"
    "first row no longer matters). With --csv also the statistics of every column on that file.",
    "  lstmfc features --list\n"
    "  lstmfc synth --bars 500 --seed 1 --out candles.csv\n"
    "  lstmfc features --features @a --csv candles.csv"
};

/* The table of the header, whole: nothing here knows a function by name. */
static void call(char out[160], const lstmfc_function_info *f) {       /* macd(x=close,fast=12,slow=26,signal=9) */
    const char *argument = f->arguments, *preset = f->defaults;
    size_t used = (size_t)snprintf(out, 160, "%s%s", f->name, *argument ? "(" : "");
    while (*argument) {
        size_t length = strcspn(argument, ","), given = strcspn(preset, ",");
        used += (size_t)snprintf(out + used, 160 - used, "%.*s%s%.*s%s", (int)length, argument, given ? "=" : "", (int)given, preset,
                                 argument[length] ? "," : ")");
        argument += length + (argument[length] != 0);
        preset += given + (preset[given] != 0);
    }
}

static void list_text(lstmfc_writer *w) {
    size_t functions, presets, i;
    const lstmfc_function_info *f = lstmfc_functions(&functions);
    const lstmfc_preset_info *p = lstmfc_presets(&presets);
    for (i = 0; i < functions; i++) {
        char shown[160];
        call(shown, &f[i]);
        tool_print(w, "%s\n", shown);
        tool_print(w, "    %s\n", f[i].help);
        if (*f[i].outputs) tool_print(w, "    outputs   %s\n", f[i].outputs);
        if (strcmp(f[i].lookback, "0")) tool_print(w, "    lookback  %s\n", f[i].lookback);
    }
    for (i = 0; i < presets; i++) tool_print(w, "@%s\n    %s\n", p[i].name, p[i].help);
    tool_print(w, "columns: open high low close volume time col(name) all_columns; operators: + - * / ( ); a name: name = expression\n"
               "lookback: bars until the value is valid, after its series is; outputs that differ are separated by |\n");
}

/* A list of the table as Markdown code; | would end the cell. */
static void markdown_code(lstmfc_writer *w, const char *text) {
    tool_print(w, "`");
    for (; *text; text++) {
        if (*text == '|') tool_print(w, "`, `");
        else lstmfc_write_text(w, text, 1);
    }
    tool_print(w, "`");
}

static void list_markdown(lstmfc_writer *w) {
    size_t functions, presets, i;
    const lstmfc_function_info *f = lstmfc_functions(&functions);
    const lstmfc_preset_info *p = lstmfc_presets(&presets);
    tool_print(w, "| function | outputs | lookback | value |\n|---|---|---|---|\n");
    for (i = 0; i < functions; i++) {
        char shown[160];
        call(shown, &f[i]);
        tool_print(w, "| `%s` | ", shown);
        if (*f[i].outputs) tool_print(w, "`%s`", f[i].outputs);
        tool_print(w, " | ");
        markdown_code(w, f[i].lookback);
        tool_print(w, " | %s |\n", f[i].help);
    }
    tool_print(w, "\n| preset | stands for |\n|---|---|\n");
    for (i = 0; i < presets; i++) tool_print(w, "| `@%s` | %s |\n", p[i].name, p[i].help);
}

static void list_json(lstmfc_writer *w) {
    size_t functions, presets, i;
    const lstmfc_function_info *f = lstmfc_functions(&functions);
    const lstmfc_preset_info *p = lstmfc_presets(&presets);
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_json_begin(w, "functions", '[');
    for (i = 0; i < functions; i++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", f[i].name);
        lstmfc_json_put_string(w, "arguments", f[i].arguments);
        lstmfc_json_put_string(w, "defaults", f[i].defaults);
        lstmfc_json_put_string(w, "outputs", f[i].outputs);
        lstmfc_json_put_string(w, "lookback", f[i].lookback);
        lstmfc_json_put_string(w, "help", f[i].help);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_begin(w, "presets", '[');
    for (i = 0; i < presets; i++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", p[i].name);
        lstmfc_json_put_string(w, "help", p[i].help);
        if (p[i].spec) lstmfc_json_put_string(w, "spec", p[i].spec);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
    tool_print(w, "\n");
}

static int list(const options *o, const features_options *own) {
    lstmfc_writer w;
    int code;
    lstmfc_writer_init(&w, NULL);
    if (o->json) list_json(&w);
    else if (own->markdown) list_markdown(&w);
    else list_text(&w);
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

typedef struct column_statistics { int64_t valid, invalid; double mean, sd, low, high; } column_statistics;

/* Over rows from the column's own lookback on; a NaN there counts as invalid. */
static column_statistics column_look(const double *matrix, size_t rows, size_t columns, size_t j, int64_t lookback) {
    column_statistics s = {0, 0, 0, 0, 0, 0};
    lstmfc_moments moments = {0, 0, 0};
    size_t t;
    for (t = (size_t)lookback; t < rows; t++) {
        double x = matrix[t * columns + j];
        if (!lstmfc_is_finite(x)) { s.invalid++; continue; }
        if (!s.valid || x < s.low) s.low = x;
        if (!s.valid || x > s.high) s.high = x;
        s.valid++;
        lstmfc_moments_add(&moments, x);
    }
    s.mean = moments.mean;
    s.sd = lstmfc_moments_variance(&moments, 0);
    s.sd = lstmfc_is_finite(s.sd) ? lstmfc_sqrt(s.sd) : s.sd;
    if (!s.valid) s.mean = s.sd = s.low = s.high = lstmfc_nan();
    return s;
}

static int examine(const options *o, tool_input *input, const features_options *own) {
    int code = TOOL_OK;
    lstmfc_error err = {0};
    lstmfc_features_desc desc;
    lstmfc_features *plan = NULL;
    lstmfc_candles *candles = NULL;
    double *matrix = NULL;
    lstmfc_writer w;
    size_t count = 0, j;

    lstmfc_writer_init(&w, NULL);
    if (input->csv && !(candles = tool_input_load(o, input, &code))) return code;
    memset(&desc, 0, sizeof desc);
    desc.columns = candles;
    desc.start_dependent = 1;
    desc.env = tool_env();
    desc.profile = own->profile;
    plan = lstmfc_features_compile(own->features, &desc, &err);
    if (!plan) code = tool_fail_error(o, &err);
    if (plan) count = (size_t)lstmfc_features_count(plan);
    if (plan && candles) {
        matrix = (double *)malloc(candles->count * count * sizeof(double) + 1);
        if (!matrix) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else if (lstmfc_features_evaluate(plan, candles, matrix, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    }
    if (code == TOOL_OK && o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "spec", lstmfc_features_spec(plan));
        lstmfc_json_put_string(&w, "profile", tool_profile_name(own->profile));
        lstmfc_json_put_integer(&w, "lookback", lstmfc_features_lookback(plan));
        lstmfc_json_put_integer(&w, "stable_lookback", lstmfc_features_stable(plan, own->eps));
        lstmfc_json_begin(&w, "features", '[');
        for (j = 0; j < count; j++) {
            lstmfc_json_begin(&w, NULL, '{');
            lstmfc_json_put_string(&w, "name", lstmfc_features_name(plan, (int32_t)j));
            lstmfc_json_put_integer(&w, "lookback", lstmfc_features_lookback_of(plan, (int32_t)j));
            if (matrix) {
                column_statistics s = column_look(matrix, candles->count, count, j, lstmfc_features_lookback_of(plan, (int32_t)j));
                lstmfc_json_put_integer(&w, "valid", s.valid);
                lstmfc_json_put_integer(&w, "invalid", s.invalid);
                lstmfc_json_put_number(&w, "mean", s.mean);
                lstmfc_json_put_number(&w, "sd", s.sd);
                lstmfc_json_put_number(&w, "min", s.low);
                lstmfc_json_put_number(&w, "max", s.high);
            }
            lstmfc_json_end(&w, '}');
        }
        lstmfc_json_end(&w, ']');
        if (candles) tool_input_json(&w, "csv", &input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else if (code == TOOL_OK) {
        int64_t stable = lstmfc_features_stable(plan, own->eps);
        tool_print(&w, "%d feature%s; all valid from row %lld on, stable from row %lld on (rows count from 0)\n\n", (int)count, count == 1 ? "" : "s",
                   (long long)lstmfc_features_lookback(plan), (long long)stable);
        tool_print(&w, "%-28s %8s", "name", "lookback");
        if (matrix) tool_print(&w, " %9s %8s %12s %12s %12s %12s", "valid", "invalid", "mean", "sd", "min", "max");
        tool_print(&w, "\n");
        for (j = 0; j < count; j++) {
            int64_t lookback = lstmfc_features_lookback_of(plan, (int32_t)j);
            tool_print(&w, "%-28s %8lld", lstmfc_features_name(plan, (int32_t)j), (long long)lookback);
            if (matrix) {
                column_statistics s = column_look(matrix, candles->count, count, j, lookback);
                tool_print(&w, " %9lld %8lld %12.6g %12.6g %12.6g %12.6g", (long long)s.valid, (long long)s.invalid, s.mean, s.sd,
                           s.low, s.high);
            }
            tool_print(&w, "\n");
        }
        if (candles && candles->count <= (size_t)stable)
            tool_print(&w, "\nThe file has %lu bars: fewer than the %lld that stable values need.\n",
                       (unsigned long)candles->count, (long long)stable + 1);
    }
    if (code == TOOL_OK) code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    free(matrix);
    lstmfc_features_free(plan);
    lstmfc_candles_free(candles);
    return code;
}

int command_features(int argc, char **argv) {
    options o;
    tool_input input;
    features_options own;
    int code, i;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Features", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    code = options_parse(&o, argc, argv);
    if (code == -1 && own.list) {
        for (i = 0; i < o.flag_count && code == -1; i++)        /* the list depends on nothing else: say so */
            if (o.flags[i].given && strcmp(o.flags[i].field->name, "list") && strcmp(o.flags[i].field->name, "markdown") &&
                strcmp(o.flags[i].field->name, "json"))
                code = tool_fail(&o, TOOL_USAGE, "--list stands alone: %s has no effect beside it", o.flags[i].field->name);
        if (code == -1 && own.markdown && o.json) code = tool_fail(&o, TOOL_USAGE, "--markdown and --json are two forms of one list");
        if (code == -1) code = list(&o, &own);
    }
    if (code == -1 && own.markdown) code = tool_fail(&o, TOOL_USAGE, "--markdown belongs to --list");
    if (code == -1) code = options_require(&o, "features");
    if (code == -1 && !input.csv)
        for (i = 0; i < o.flag_count && code == -1; i++)
            if (o.flags[i].given && (char *)o.flags[i].desc == (char *)&input.desc)
                code = tool_fail(&o, TOOL_USAGE, "%s needs --csv", o.flags[i].field->name);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = examine(&o, &input, &own);
    options_free(&o);
    return code;
}
