/* lstmfc check - what a CSV file holds, how it was read, and what is wrong with it, in plain words. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const options_command command = {
    "check", "what a CSV file holds and what is wrong with it", "--csv F [flags]",
    "Reads the file as every other command does and says what was detected, what was dropped or filled, and what looks wrong.\n"
    "Nothing is written. Exit code 3 when the candles cannot be used.\n"
    "`lstmfc check leak --csv F` with --model, --features or --signals names what knows what happens next, `lstmfc check lookahead --csv F` with\n"
    "--model, --features or --command what changes at a bar when later bars do, `lstmfc check warmup --csv F` with --model or --features how many\n"
    "bars a value needs, `lstmfc check placebo --csv F` with the flags of train what skill the same training finds where there is none.",
    "  lstmfc synth --bars 500 --seed 1 --out candles.csv\n"
    "  lstmfc check --csv candles.csv"
};

/* Sound rows without a close: nothing can be trained on them until a column is named. */
static void name_a_close(const lstmfc_candles *candles, char *out, size_t size) {
    size_t i, used;
    snprintf(out, size, "no column is the close; name one with --columns close=NAME; the columns are");
    for (i = 0; i < candles->column_count; i++) {
        used = strlen(out);
        snprintf(out + used, size - used, "%s %s", i ? "," : "", candles->columns[i].name);
    }
}

/* A slip of the decimal point, a split or a wrong cell shows here first. */
static void largest_move(lstmfc_writer *w, const lstmfc_candles *candles) {
    double largest = 0;
    size_t t, at = 0;
    char when[32];
    for (t = 1; t < candles->count; t++) {
        double move = lstmfc_log(candles->close[t] / candles->close[t - 1]);
        if (move > largest || -move > largest) { largest = move > 0 ? move : -move; at = t; }
    }
    if (at) tool_print(w, "  largest move from close to close %+.4g %%, in the bar of %s\n",
                       100 * (candles->close[at] / candles->close[at - 1] - 1), tool_time(when, candles->time[at], candles->interval));
}

static int run(const options *o, tool_input *input) {
    int code = TOOL_OK, usable;
    lstmfc_error err = {0};
    lstmfc_candles_report r;
    lstmfc_candles *candles = tool_input_load(o, input, &code);
    lstmfc_writer w;
    size_t i, t;
    char a[32], b[32], n[32];
    if (!candles) return code;
    lstmfc_writer_init(&w, NULL);
    memset(&r, 0, sizeof r);
    usable = lstmfc_candles_check(candles, &r, &err) == LSTMFC_OK;
    if (usable && !candles->close) { usable = 0; name_a_close(candles, err.message, sizeof err.message); }
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_bool(&w, "usable", usable);
        lstmfc_json_put_string(&w, "problem", usable ? NULL : err.message);
        lstmfc_json_put_bool(&w, "synthetic", candles->synthetic);
        lstmfc_json_put_integer(&w, "bars", (int64_t)candles->count);
        if (candles->count) {
            lstmfc_format_time(a, candles->time[0]);
            lstmfc_format_time(b, candles->time[candles->count - 1]);
            lstmfc_json_put_string(&w, "from", a);
            lstmfc_json_put_string(&w, "to", b);
        }
        tool_input_json(&w, "csv", &input->report);
        lstmfc_json_begin(&w, "candles", '{');
#define PUT(name) lstmfc_json_put_integer(&w, #name, r.name)
        PUT(nan_cells); PUT(ohlc_violations); PUT(nonpositive_prices); PUT(negative_volumes); PUT(duplicate_times);
        PUT(backward_times); PUT(missing_bars);
        PUT(gaps); PUT(first_bad_row);
#undef PUT
        lstmfc_json_end(&w, '}');
        lstmfc_json_begin(&w, "columns", '[');
        for (i = 0; i < candles->column_count; i++) lstmfc_json_put_string(&w, NULL, candles->columns[i].name);
        lstmfc_json_end(&w, ']');
        tool_blanks_json(&w, "blanks_by_column", candles);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else {
        tool_print(&w, "%s%s\n", input->csv, candles->synthetic ? "  (SYNTHETIC: made by a generator)" : "");
        tool_input_describe(&w, &input->report, "  ");
        if (candles->count) {
            tool_print(&w, "  from %s to %s\n", tool_time(a, candles->time[0], candles->interval),
                       tool_time(b, candles->time[candles->count - 1], candles->interval));
            if (candles->close) tool_print(&w, "  last close %.10g\n", candles->close[candles->count - 1]);
            if (candles->close) largest_move(&w, candles);
        }
        for (i = 0, t = 0; i < candles->column_count; i++) {        /* what a feature text may call by name */
            const double *values = candles->columns[i].values;
            if (values == candles->open || values == candles->high || values == candles->low || values == candles->close ||
                values == candles->volume) continue;
            tool_print(&w, "%s %s", t ? "," : "  other columns:", candles->columns[i].name);
            t++;
        }
        if (t) tool_print(&w, "\n");
        for (i = 0; i < candles->column_count; i++) {
            const lstmfc_column *column = &candles->columns[i];
            int64_t missing = 0, nan = 0;
            for (t = 0; t < candles->count; t++) {
                missing += column->missing && column->missing[t];
                nan += !lstmfc_is_finite(column->values[t]);
            }
            if (missing || nan || column->blanks) {
                tool_print(&w, "  column %s: %s blank in the file", column->name, tool_count(n, column->blanks));
                if (missing != column->blanks) tool_print(&w, " (%s of them in the bars kept)", tool_count(n, missing));
                tool_print(&w, ", %s without a value now\n", tool_count(n, nan));
            }
        }
        tool_print(&w, "As candles\n");
#define LINE(value, text) tool_counted(&w, "  ", value, text)
        LINE(r.nan_cells, "cell{|s} of open, high, low, close or volume without a number");
        LINE(r.ohlc_violations, "bar{|s} where high or low do not enclose open and close");
        LINE(r.nonpositive_prices, "bar{|s} with a price that is not above zero");
        LINE(r.negative_volumes, "bar{|s} with a negative volume");
        LINE(r.duplicate_times, "bar{|s} {repeats|repeat} a time");
        LINE(r.backward_times, "bar{|s} {goes|go} back in time");
        LINE(r.missing_bars, "missing bar{|s}; samples that span {it|them} are left out of training (--gaps drop)");
        LINE(r.gaps, "gap{|s} {holds|hold} them");
#undef LINE
        if (usable) tool_print(&w, "  usable: times ascend strictly and every price is above zero\n");
        else tool_print(&w, "  NOT usable: %s\n", err.message);
    }
    code = tool_write(o, "-", &w);
    if (code == TOOL_OK && !usable) code = TOOL_DATA;
    lstmfc_writer_free(&w);
    lstmfc_candles_free(candles);
    return code;
}

int command_check(int argc, char **argv) {
    options o;
    tool_input input;
    int code;
#define CHECK(name, purpose) if (argc > 1 && !strcmp(argv[1], #name)) return command_##name(argc - 1, argv + 1);
    TOOL_CHECKS(CHECK)
#undef CHECK
    options_init(&o, &command);
    tool_input_options(&o, &input);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv");
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &input);
    options_free(&o);
    return code;
}
